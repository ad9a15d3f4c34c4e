"""The way of a download: what the server gives out, to whom and in what form, and what the page says of it."""

import hashlib
import html
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import polars as pl
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

from dashboard import files
from dashboard.views import download
from data import formats, making
from data.archive import Archive
from data.shelf import Making
from tests.browser.newsroom import newsroom
from tests.test_breaks import notes, opened
from tests.test_shelf import task

ROOT = Path(__file__).resolve().parents[1]
SIGNED_IN = {"_streamlit_user": "ada", "theme": "dark"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return newsroom(tmp_path_factory.mktemp("download") / "archive").pin()


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the files of these tests lie."""
    folder = tmp_path_factory.mktemp("place")
    files.shelf.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        files.shelf()
    yield folder
    files.shelf().close()
    files.shelf.cache_clear()
    assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server that gives out files below a base, and packs what may be packed."""
    stack = [*files.middleware("base"), Middleware(GZipMiddleware, minimum_size=10)]
    app = Starlette(routes=files.routes("base"), middleware=stack)
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/base/"
    running.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def made(archive: Archive) -> Making:
    """A file of somebody who has signed in."""
    one = files.shelf().begin(task(archive), "newsgauge-articles.csv", 96, files.holder(SIGNED_IN))
    assert one.ended.wait(60)
    return one


def got(address: str, cookie: str = "_streamlit_user=ada", **headers: str) -> tuple[int, Message, bytes]:
    asked = Request(address, headers={"Cookie": cookie, **headers})  # noqa: S310 (loopback)
    try:
        with urlopen(asked, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except HTTPError as error:
        return error.code, error.headers, error.read()


def test_a_file_comes_whole_with_its_length_and_its_name(server: str, made: Making) -> None:
    status, headers, body = got(server + files.link(made), **{"Accept-Encoding": "gzip"})
    assert (status, body) == (200, made.path.read_bytes())
    assert int(headers["content-length"]) == len(body)
    assert headers["content-encoding"] is None
    assert headers["content-disposition"] == 'attachment; filename="newsgauge-articles.csv"'
    assert headers["content-type"] == "text/csv; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_a_download_that_broke_off_goes_on_where_it_was(server: str, made: Making) -> None:
    status, headers, body = got(server + files.link(made), Range="bytes=100-199")
    whole = made.path.read_bytes()
    assert (status, body) == (206, whole[100:200])
    assert headers["content-range"] == f"bytes 100-199/{len(whole)}"


def test_the_manifest_has_the_checksum_of_the_file_that_comes(server: str, made: Making) -> None:
    _, headers, said = got(server + files.link(made, manifest=True))
    assert headers["content-disposition"] == 'attachment; filename="newsgauge-articles.csv.manifest.json"'
    _, _, body = got(server + files.link(made))
    assert json.loads(said)["sha256"] == hashlib.sha256(body).hexdigest()


def test_nobody_else_is_given_a_file(server: str, made: Making) -> None:
    for link, cookie in (
        (files.link(made), ""),
        (files.link(made), "_streamlit_user=bob"),
        (files.link(made, manifest=True), "_streamlit_user=bob"),
        (files.link(made).replace(made.token, "x" * len(made.token)), "_streamlit_user=ada"),
        (files.link(made) + ".lock", "_streamlit_user=ada"),
        (f"files/{made.token}/%2e%2e%2f.lock", "_streamlit_user=ada"),
    ):
        status, _, body = got(server + link, cookie)
        assert status == 404
        assert len(body) < 200
    assert b"download them again" in got(server + files.link(made), "")[2]


def test_who_need_not_sign_in_is_known_by_the_link_alone() -> None:
    assert files.holder({"theme": "dark"}) == ""
    assert files.holder(SIGNED_IN) == files.holder({"_streamlit_user": "ada"}) != files.holder({"_streamlit_user": "x"})


def test_streamlit_finds_the_routes_and_the_page_in_one_file() -> None:
    assert discover_asgi_app(ROOT / "streamlit_app.py").import_string == "streamlit_app:app"


SERVING = """
import sys, uvicorn
from starlette.applications import Starlette
from dashboard import files
from data.shelf import Making

shelf = files.shelf()
one = Making("token", "large.csv", "csv", 1, "", shelf.folder / "one", state="made")
one.folder.mkdir()
with one.path.open("wb") as file:
    file.truncate(1 << 30)
one.ended.set()
shelf._makings["token"] = shelf.watched(one)
print(files.link(one), shelf.folder, flush=True)
app = Starlette(routes=files.routes(""), lifespan=files.lifespan)
uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]))).run()
"""


def test_a_download_that_nobody_reads_to_its_end_does_not_hold_up_the_end_of_the_server(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    told = {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", SERVING, str(port)]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | told, **out) as process:
        try:
            lines = iter(process.stdout or ())
            link, folder = next(lines).split()
            assert any("Uvicorn running" in line for line in lines)
            with socket.create_connection(("127.0.0.1", port), timeout=30) as reader:
                reader.sendall(f"GET /{link} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert reader.recv(15) == b"HTTP/1.1 200 OK"
                process.terminate()
                process.wait(20)
        finally:
            process.kill()
    assert not Path(folder).exists()


# The page


@pytest.fixture
def page(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return opened(archive.url, monkeypatch, "articles", actor="nato", period="all")


def click(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception, page.exception
    return page


def links(page: AppTest) -> list[str]:
    drawn = " ".join(block.body for block in page.html)
    return [html.unescape(one) for one in re.findall(r'href="(files/[^"]*)"', drawn)]


def rows(form: str, path: Path) -> int:
    if form == "csv":
        return pl.read_csv(path).height
    if form == "jsonl":
        return pl.read_ndjson(path).height
    return pl.read_parquet(path).height


@pytest.mark.parametrize("form", formats.FORMATS)
def test_a_click_makes_the_file_that_the_page_counts(page: AppTest, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_AT_ONCE", 60)
    page.segmented_control(key="format").set_value(form).run()
    assert any("32,767" in note for note in notes(page)) == (form == "xlsx")
    click(page, "download")
    file, manifest = links(page)
    one = files.shelf().found(file.split("/")[1], "")
    assert one is not None
    assert (file, manifest) == (files.link(one), files.link(one, manifest=True))
    assert any("holds 96 articles" in note for note in notes(page))
    assert json.loads(one.manifest.read_text())["rows"] == 96
    if form != "xlsx":
        assert rows(form, one.path) == 96


def test_the_browser_takes_a_file_once_and_a_second_click_gives_the_same(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_AT_ONCE", 60)

    def is_taken() -> bool:
        return any("click()" in block.body for block in page.html)

    click(page, "download")
    first = links(page)
    assert is_taken()
    page.run()
    assert (links(page), is_taken()) == (first, False)
    click(page, "download")
    assert (links(page), is_taken()) == (first, True)
    page.segmented_control(key="format").set_value("jsonl").run()
    assert any("an earlier choice" in note for note in notes(page))


def test_long_work_shows_how_far_it_is_and_can_be_stopped(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_AT_ONCE", 0)
    click(page, "download")
    asked = page.session_state[download._ASKED]
    assert page.button(key="download-stop").label == "Stop"
    assert links(page) == []
    click(page, "download-stop")
    assert asked.making.ended.wait(60)
    assert not asked.making.folder.exists()
    assert download._ASKED not in page.session_state


def test_a_fault_is_told_on_the_page(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_AT_ONCE", 60)
    monkeypatch.setattr(making, "RESERVE", 1 << 62)
    click(page, "download")
    assert any("no room left on its disk" in note for note in notes(page))
    assert links(page) == []


def test_an_archive_that_is_gone_is_told_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom(tmp_path / "archive")
    page = opened(str(tmp_path / "archive"), monkeypatch, "articles", actor="nato", period="all")
    for file in (tmp_path / "archive" / "articles").rglob("*.parquet"):
        file.unlink()
    monkeypatch.setattr(download, "_AT_ONCE", 60)
    click(page, "download")
    assert any("could not be made" in note and "The archive cannot be read" in note for note in notes(page))
    assert str(tmp_path) not in " ".join(notes(page))


def test_more_articles_than_a_sheet_holds_are_told_before(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "XLSX_ROWS", 96)
    page.segmented_control(key="format").set_value("xlsx").run()
    assert page.button(key="download").disabled
    assert any("A sheet of xlsx holds 95 articles, and these are 96." in note for note in notes(page))
    page.segmented_control(key="format").set_value("csv").run()
    assert not page.button(key="download").disabled


def test_the_command_for_scripts_stays(page: AppTest) -> None:
    assert any("./newsgauge export articles --actor nato" in block.value for block in page.code)
