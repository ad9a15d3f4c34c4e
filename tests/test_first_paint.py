"""The style of the pages is part of their HTML, whatever a browser asks for and however the page is kept."""

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dashboard import app, first_paint

ROOT = Path(__file__).resolve().parents[1]
PAGE = b"<html><head></head><body><div id=root></div></body></html>"


def answer(
    path: str, kind: bytes = b"text/html; charset=utf-8", status: int = 200, base: str = "", method: str = "GET"
) -> tuple[dict[bytes, bytes], bytes, dict[bytes, bytes]]:
    """What a browser gets of a server that has this page in two pieces, headers and body; and how that was asked."""
    asked: dict[bytes, bytes] = {}
    sent: list[Any] = []

    async def server(scope: Any, _receive: Any, send: Any) -> None:
        asked.update(scope["headers"])
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(PAGE)), (b"etag", b'"1"')]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": PAGE[:20], "more_body": True})
        await send({"type": "http.response.body", "body": PAGE[20:]})

    async def send(message: Any) -> None:
        sent.append(message)

    made = first_paint.middleware(base)
    headers = [(b"accept-encoding", b"gzip"), (b"if-none-match", b'"1"'), (b"cookie", b"a=b")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(made.cls(server, **made.kwargs)(scope, None, send))
    return dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:]), asked


@pytest.mark.parametrize(("path", "base"), [("/", ""), ("/articles", ""), ("/overview", ""), ("/news/health", "news")])
def test_a_page_brings_its_style_behind_all_that_comes_before(path: str, base: str) -> None:
    headers, body, asked = answer(path, base=base)
    before, style, after = body.partition(b"<style>")
    assert before.startswith(b'<html><head></head><body><div id=root></div><link rel="preload" href="./app/static/')
    assert b".ng-card {" in style + after
    assert b".ng-press td" in after
    assert body.endswith(b"</script></body></html>")
    assert headers[b"content-length"] == str(len(body)).encode()
    # An older style that a browser keeps is never taken for the newest.
    assert b"etag" not in headers
    assert asked == {b"cookie": b"a=b"}


@pytest.mark.parametrize(
    "told",
    [
        {"path": "/static/js/index.js"},
        {"path": "/_stcore/health"},
        {"path": "/files/token/articles.csv"},
        {"path": "/", "kind": b"text/plain"},
        {"path": "/", "status": 404},
        {"path": "/", "method": "HEAD"},
    ],
)
def test_what_is_no_page_is_as_it_is(told: dict[str, Any]) -> None:
    headers, body, _ = answer(**told)
    assert body == PAGE
    assert headers[b"etag"] == b'"1"'


def test_each_script_that_is_asked_for_at_once_is_there() -> None:
    found = re.findall(r'import\("\./static/js/([^"]+)"\)', first_paint.addition())
    assert [name.partition(".")[0] for name in found] == list(first_paint._ELEMENTS)


def test_the_font_that_is_asked_for_at_once_is_the_one_of_the_pages() -> None:
    faces = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]["fontFaces"]
    assert first_paint.FONT in [face["url"] for face in faces if "U+0000-00FF" in face["unicodeRange"]]
    assert (ROOT / first_paint.FONT.removeprefix("app/")).is_file()


def test_no_style_or_script_can_end_the_element_that_it_stands_in() -> None:
    for file in (*(ROOT / "dashboard").glob("*.css"), ROOT / "dashboard" / "scheme.js"):
        assert "</" not in file.read_text(encoding="utf-8")


def test_every_page_has_its_style() -> None:
    assert set(first_paint.PAGES) == set(app._PAGES)
