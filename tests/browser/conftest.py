"""A real server on the loopback before the newsroom's archive, and a real Chromium before the server."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.newsroom import events, newsroom, summit

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
# A machine with other work to do is slow, and no promise of the product is about it.
PATIENCE = 60_000
# Without these a Chromium asks its maker for updates and lists at each start.
QUIET = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of the newsroom."""
    with served(newsroom, tmp_path_factory.mktemp("browser")) as address:
        yield address


@pytest.fixture(scope="package")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of the summit."""
    with served(summit, tmp_path_factory.mktemp("summit")) as address:
        yield address


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of two events."""
    with served(events, tmp_path_factory.mktemp("events")) as address:
        yield address


@contextmanager
def served(fill: Callable[[Path], object], folder: Path, secrets: str = "") -> Iterator[str]:
    """The address of the dashboard of the archive that `fill` makes in this folder; `secrets` is its secrets.toml.

    Where `fill` makes a catalogue beside the archive, the dashboard has that.
    """
    archive = folder / "archive"
    fill(archive)
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("NEWSGAUGE_", "STREAMLIT_"))
    }
    catalogue = {"NEWSGAUGE_CATALOGUE": str(folder / "catalogue")} if (folder / "catalogue").exists() else {}
    # No sign-in of this machine's own.
    (folder / "secrets.toml").write_text(secrets)
    command += ["--server.address", "127.0.0.1", "--secrets.files", str(folder / "secrets.toml")]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment, "NEWSGAUGE_ARCHIVE": str(archive), "NEWSGAUGE_SAMPLE": "1", **catalogue},
        stdout=log,
        stderr=log,
    )
    try:
        _await(f"http://127.0.0.1:{port}/_stcore/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        log.close()


# Not for the session: Playwright keeps an event loop running, beside which other tests could not run theirs.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium here: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def browsers(chromium: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A browser in each theme. Its cache spares each page the reading of Streamlit's scripts."""
    by_scheme = {scheme: chromium.new_context(color_scheme=scheme) for scheme in ("light", "dark")}
    yield by_scheme
    for context in by_scheme.values():
        context.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(server: str, browsers: dict[str, BrowserContext]) -> Iterator[Visit]:
    """Open a path in a tab of its own, which is a session of its own; nothing but the server is asked for anything."""
    pages: list[Page] = []
    strangers: list[str] = []

    def open_path(path: str, width: int = 1440, scheme: str = "light", at: str = server) -> Page:
        page = browsers[scheme].new_page()
        pages.append(page)
        page.set_default_timeout(PATIENCE)
        page.set_viewport_size({"width": width, "height": 1000})
        page.on("request", lambda request: strangers.append(request.url) if _strange(request.url, at) else None)
        page.on("dialog", lambda dialog: strangers.append(f"dialog {dialog.message}"))
        page.goto(at + path)
        page.wait_for_selector("h1")
        idle(page)
        return page

    yield open_path
    for page in pages:
        page.close()
    assert strangers == []


def idle(page: Page) -> None:
    """Wait until the page's script has run to its end and its charts have been given time to draw."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid=stApp]');
            const still = app && app.getAttribute('data-test-script-state') !== 'running';
            window.quiet = still ? (window.quiet || 0) + 1 : 0;
            return window.quiet > 6;
        }""",
        polling=50,
    )
    page.evaluate("() => { window.quiet = 0 }")


def _strange(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws", 1), "data:", "blob:"))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert process.poll() is None, "the dashboard's server has ended; see server.log"
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 (loopback)
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the dashboard's server does not answer")
