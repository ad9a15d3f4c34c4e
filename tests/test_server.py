"""The dashboard's server: whose requests it answers, what it tells browsers, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from dashboard.security import middleware
from data.hosts import hosts

HOME = Path(__file__).resolve().parents[1]
NAMED = "news.example.org"


@contextmanager
def dashboard(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command `dashboard`, once it serves, and its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "newsgauge.py", "--archive", str(folder / "archive"), "dashboard", "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSGAUGE_")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, *words], cwd=HOME, env=environment, stdout=log, stderr=log, text=True)
        try:
            while not listens(port):
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
                assert process.returncode is None, (folder / "log").read_text()
            yield process, port
        finally:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with dashboard(tmp_path_factory.mktemp("server"), "--host", NAMED) as (_, port):
        yield port


def asked(port: int, path: str, **headers: str) -> tuple[HTTPResponse, str]:
    """The answer to a request with these headers, `host` for Host, and its text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer, "" if answer.status == 101 else answer.read().decode()
    finally:
        connection.close()


def session(port: int, host: str, origin: str) -> int:
    """The status of the answer to a browser that asks for a WebSocket."""
    handshake = {"connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13"}
    key = {"sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==", "sec_websocket_protocol": "streamlit"}
    return asked(port, "/_stcore/stream", host=host, origin=origin, **handshake, **key)[0].status


@pytest.mark.parametrize("host", ["localhost:8501", "LOCALHOST", "127.0.0.1", "[::1]:8501", NAMED, f"{NAMED}.:443"])
def test_the_dashboard_answers_to_its_names(port: int, host: str) -> None:
    answer, text = asked(port, "/", host=host)
    assert (answer.status, "<title>" in text) == (200, True)


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.{NAMED}", f"{NAMED}.evil.example", "localhost.evil.example", "10.0.0.7", "a@localhost"],
)
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/files/x/y.csv", "/app/static/x"])
def test_whoever_asks_for_another_name_is_told_what_to_do_and_nothing_else(port: int, path: str, host: str) -> None:
    answer, text = asked(port, path, host=host)
    assert answer.status == 421
    assert "./newsgauge dashboard --host" in text
    assert "<" not in text


def test_a_request_without_a_host_is_refused(port: int) -> None:
    assert asked(port, "/")[0].status in {400, 421}


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("localhost:8501", "http://localhost:8501", 101),
        (NAMED, f"https://{NAMED}", 101),
        ("localhost:8501", "http://localhost:3000", 403),
        ("localhost:8501", "https://evil.example", 403),
        ("localhost:8501", "null", 403),
        ("evil.example", "http://evil.example", 421),
    ],
)
def test_only_a_page_of_the_dashboard_is_given_a_session(port: int, host: str, origin: str, status: int) -> None:
    assert session(port, host, origin) == status


@pytest.mark.parametrize("path", ["/", "/articles", "/_stcore/health", "/files/x/y.csv", "/nothing/here.js"])
def test_no_other_site_shows_a_page_in_a_frame_or_learns_a_search(port: int, path: str) -> None:
    answer, _ = asked(port, path, host="localhost")
    assert "frame-ancestors 'none'" in answer.getheader("content-security-policy", "")
    assert answer.getheader("x-frame-options") == "DENY"
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("referrer-policy") in {"same-origin", "no-referrer"}


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/metrics/", "/_stcore/%6detrics"])
def test_the_servers_own_figures_are_nobodys(port: int, path: str) -> None:
    answer, text = asked(port, path, host="localhost")
    assert (answer.status, text) == (404, "404 Not Found\n")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_server_by_its_own_status(tmp_path: Path, number: int, status: int) -> None:
    with dashboard(tmp_path) as (process, _):
        process.send_signal(number)
        # A shell tells 143 also of a process that the signal itself has ended.
        assert process.wait(20) in {status, -number}
        assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    "text", ["https://news.example.org", "a b", "*.example.org", "-", "a..b", "x" * 64 + "." + "y" * 200]
)
def test_what_is_no_name_is_told_at_once(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    import newsgauge

    with pytest.raises(SystemExit) as ended:
        newsgauge.main(["dashboard", f"--host={text}"])
    assert ended.value.code == 2
    assert f"--host {text}: write the name alone" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bound", "served", "refused"),
    [
        ("127.0.0.1", ["localhost", "127.0.0.1", "127.8.8.8", "::1"], ["10.0.0.7", "8.8.8.8", "desk"]),
        ("10.0.0.7", ["localhost", "10.0.0.7", "127.0.0.1"], ["10.0.0.8", "desk"]),
        ("desk", ["desk", "localhost"], ["10.0.0.8", "desk.evil.example"]),
        ("0.0.0.0", ["10.0.0.7", "2001:db8::7"], ["desk", "evil.example"]),  # noqa: S104 (nothing is bound)
        ("::", ["10.0.0.7", "2001:db8::7"], ["desk", "evil.example"]),
        (None, ["10.0.0.7", "localhost"], ["desk", "evil.example"]),
    ],
)
def test_a_server_answers_to_the_address_that_it_is_bound_to(bound, served, refused):
    answered = hosts(bound, [])
    assert [host for host in [*served, *refused] if host in answered] == served


def test_the_sign_in_leads_readers_back_to_a_host_that_is_served():
    def answers_to(uri: object, environment: dict[str, str]):
        return middleware("", "127.0.0.1", environment, {"auth": {"redirect_uri": uri}}).kwargs["answers_to"]

    assert NAMED in answers_to(f"https://{NAMED}:8443/oauth2callback", {})
    assert "desk" in answers_to("https://[broken/oauth2callback", {"NEWSGAUGE_HOST": " desk ,, other"})
    assert "evil.example" not in answers_to(7, {})
