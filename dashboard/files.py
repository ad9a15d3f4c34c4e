"""The way of a made file to a browser: streamed from disk, for whom a page has drawn the link."""

import functools
import hashlib
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from anyio import to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.starlette import App
from uvicorn import Server

from data.shelf import Making, Shelf

FORMS = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Also of the pages' own address: a browser keeps nothing of it, takes it for nothing else, and shows it to no page.
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_OVER = "This link has had its time, or is not yours. Go back to the page of the articles and download them again.\n"


@functools.cache
def shelf() -> Shelf:
    """The files of this server."""
    return Shelf(time.monotonic)


def holder(cookies: Mapping[str, str]) -> str:
    """Who may take a file, by the cookies that came with a request: the sign-in; empty where nobody has to sign in."""
    of_sign_in = sorted((name, value) for name, value in cookies.items() if name.startswith("_streamlit_user"))
    return hashlib.sha256(repr(of_sign_in).encode()).hexdigest() if of_sign_in else ""


def link(one: Making, manifest: bool = False) -> str:
    """The address of a file, or of its manifest, as a page links to it."""
    return f"files/{one.token}/{(one.manifest if manifest else one.path).name}"


def routes(base: str) -> list[Route]:
    """Where the server gives out files, below its `base` (server.baseUrlPath)."""
    return [Route(f"{_root(base)}files/{{token}}/{{name}}", _file)]


def middleware(base: str) -> list[Middleware]:
    """What has to stand before Streamlit's own."""
    return [Middleware(_AsItLies, root=f"{_root(base)}files/")]


def _root(base: str) -> str:
    return f"/{base.strip('/')}/" if base.strip("/") else "/"


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """No file outlives the server, and no download that is still going on holds up its end."""
    _hurry()
    yield
    if shelf.cache_info().currsize:
        await to_thread.run_sync(shelf().close)


def _hurry() -> None:
    """Give downloads some seconds when the server is told to stop: by itself uvicorn would wait until all are taken."""
    # Streamlit makes uvicorn's server and keeps it to itself; whom a signal calls is the way to it.
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if isinstance(server, Server):
        server.config.timeout_graceful_shutdown = _LAST_SECONDS


#: A command that is told to stop has five seconds in all.
_LAST_SECONDS = 2


async def _file(request: Request) -> Response:
    token, name = request.path_params["token"], request.path_params["name"]
    one = await to_thread.run_sync(_found, token, holder(request.cookies))
    if one is not None and name == one.path.name:
        return FileResponse(one.path, media_type=FORMS[one.form], filename=name, headers=_HEADERS)
    if one is not None and name == one.manifest.name:
        return FileResponse(one.manifest, media_type="application/json", filename=name, headers=_HEADERS)
    return PlainTextResponse(_OVER, status_code=404, headers=_HEADERS)


def _found(token: str, who: str) -> Making | None:
    return shelf().found(token, who)


class _AsItLies:
    """Files are not packed on their way: so their length is told, and a part of one can be asked for."""

    def __init__(self, app: ASGIApp, root: str) -> None:
        self.app = app
        self.root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self.root):
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        await self.app(scope, receive, send)
