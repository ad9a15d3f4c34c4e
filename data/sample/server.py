"""The sample press on loopback, over real HTTP: feeds and pages as of a moment that can be moved.

Whoever moves the moment sees what a collector would have seen then: a feed lists the last days only, an outlet that is
down answers 500, and a feed that is broken is a web page, as real ones are.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from socketserver import TCPServer
from urllib.parse import unquote, urlsplit

from data.catalogue import Outlet
from data.identity import digest
from data.sample import documents
from data.sample.agenda import LAST_DAY
from data.sample.press import Article, Press
from data.sample.profiles import Profile

HOST = "127.0.0.1"
PORT = 8599
END = datetime.combine(LAST_DAY, time(23, 59), UTC)

#: Entries that a feed lists at most.
FEED_LENGTH = 200


class PortTakenError(Exception):
    """Something else listens on the port."""


class Newsstand:
    """What the sample press shows at the moment `as_of`."""

    def __init__(self, press: Press, outlets: tuple[Outlet, ...], address: str, as_of: datetime = END) -> None:
        """`address` is http://host:port of the server, which links begin with."""
        self.as_of = as_of
        self._address = address
        self._outlets = {outlet.key: outlet for outlet in outlets}
        self._profiles = {profile.outlet: profile for profile in press.profiles}
        self._by_path = {article.path: article for article in press.articles}
        in_order = sorted(press.articles, key=lambda article: article.outlet)
        self._by_outlet = {key: list(articles) for key, articles in groupby(in_order, lambda article: article.outlet)}
        self._feeds = {urlsplit(feed.url).path: outlet.key for outlet in outlets for feed in outlet.feeds}

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """The status, content type and body for this path at this moment."""
        outlet = path.split("/")[1]
        if outlet in self._profiles and _is_down(self._profiles[outlet], self.as_of):
            return 500, _PAGE, documents.message("This outlet's server is down (so the sample has it)")
        if path in self._feeds:
            return self._feed(self._feeds[path])
        if path in self._by_path:
            return 200, _PAGE, self._page(self._by_path[path])
        if outlet in self._outlets and path == f"/{outlet}/":
            return 200, _PAGE, documents.front_page(self._outlets[outlet], self._newest(outlet, days=60))
        if path == "/":
            return 200, _PAGE, documents.kiosk(tuple(self._outlets.values()))
        if path == "/robots.txt":
            return 200, "text/plain; charset=utf-8", b"User-agent: *\nDisallow: /drafts/\n"
        return 404, _PAGE, documents.message("The sample press has no such page")

    def _feed(self, key: str) -> tuple[int, str, bytes]:
        profile = self._profiles[key]
        if self.as_of.day in profile.broken_on:
            return 200, _PAGE, documents.message("We are sorry, this feed is being repaired")
        articles = self._newest(key, profile.window)
        body, content_type = documents.feed(self._outlets[key], profile, articles, self._address)
        return 200, content_type, body

    def _page(self, article: Article) -> bytes:
        others = [other for other in self._by_outlet[article.outlet] if other.published_at < article.published_at]
        return documents.page(self._outlets[article.outlet], article, others[-5:], self._address)

    def _newest(self, key: str, days: int) -> list[Article]:
        """The outlet's articles of the last days, newest first."""
        since = self.as_of - timedelta(days=days)
        shown = [one for one in self._by_outlet.get(key, []) if since < one.published_at <= self.as_of]
        return shown[::-1][:FEED_LENGTH]


_PAGE = "text/html; charset=utf-8"


def _is_down(profile: Profile, at: datetime) -> bool:
    return profile.down is not None and profile.down[0] <= at.date() <= profile.down[1]


@contextmanager
def serve(newsstand: Newsstand, port: int) -> Iterator[None]:
    """The newsstand on 127.0.0.1 while the block runs. Raises PortTakenError where something listens there already."""

    class Handler(_Handler):
        stand = newsstand

    try:
        server = _Server((HOST, port), Handler)
    except OSError as error:
        raise PortTakenError(
            f"the sample press cannot use port {port} of {HOST} ({error.strerror}). "
            f"Stop what listens there, or choose another port with --press-port, for example {port + 1}."
        ) from error
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="sample-press"
    )
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # All feeds are asked at once; a connection over the base class's 5 would wait a second to try again.
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without the base class's look-up of the host's name, which waits for a name server."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    """One connection; answers GET and HEAD, with an ETag as real servers have one."""

    protocol_version = "HTTP/1.1"
    # A small answer must not wait for the acknowledgement of its headers.
    wbufsize = -1
    disable_nagle_algorithm = True
    stand: Newsstand

    def do_GET(self) -> None:
        """Answer with the page, or with 'not modified'."""
        status, content_type, body = self.stand.answer(unquote(urlsplit(self.path).path))
        etag = f'"{digest(body.decode("utf-8", "replace"))}"'
        if status == 200 and self.headers.get("If-None-Match") == etag:
            self._head(304, {"ETag": etag})
            return
        headers = {"Content-Type": content_type, "Content-Length": str(len(body)), **_SAFETY}
        self._head(status, headers | ({"ETag": etag} if status == 200 else {}))
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the demo's progress is shown in the same terminal."""

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


#: No script of a page may run, whatever an article's title says.
_SAFETY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
