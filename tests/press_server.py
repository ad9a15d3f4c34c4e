"""A press on the loopback, real sockets and all: good feeds, and every way in which a server can fail.

`FAULTS` names each way, what a reader must call it, and how the server does it.
"""

import asyncio
import gzip
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import brotli  # type: ignore[import-untyped]
import zstandard

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Harbour Times</title><link>https://harbour.example/</link>{items}</channel></rss>"""
ITEM = """<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{title}</guid>
<pubDate>Tue, 01 Oct 2024 10:00:00 GMT</pubDate><description>{summary}</description></item>"""


def feed(*titles: str, base: str = "https://harbour.example", summary: str = "Ministers met at the quay.") -> bytes:
    """An RSS feed with one article a title."""
    items = "".join(ITEM.format(title=t, link=f"{base}/{t.replace(' ', '-').lower()}", summary=summary) for t in titles)
    return RSS.format(items=items).encode()


GOOD = feed("NATO meets in Oslo", "A quiet day in Riga", "Rain over Rome")


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP answer; `content_type=...` becomes `Content-Type: ...`."""
    named = {"Content-Type": "application/rss+xml", "Content-Length": str(len(body))}
    named |= {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body


class Reset(Exception):  # noqa: N818 - what the server does
    """Raised by an answer that ends its connection without a word of farewell (RST)."""


Say = Callable[[bytes], Awaitable[None]]
Answer = bytes | Callable[[Say, dict[str, str]], Awaitable[None]]


@dataclass
class Press:
    """What is served where, and what was asked for (path and headers, in order)."""

    port: int = 0
    host: str = "127.0.0.1"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    @property
    def allow(self) -> frozenset[tuple[str, int]]:
        return frozenset([(self.host, self.port)])

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(piece: bytes) -> None:
            writer.write(piece)
            await writer.drain()

        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
            path = head[0].split(" ")[1]
            self.asked.append((path, headers))
            answer = self.answers.get(path, http(b"nothing here", "404 Not Found"))
            if isinstance(answer, bytes):
                await say(answer)
            else:
                await answer(say, headers)
        except Reset:
            writer.transport.abort()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the reader had enough, or the press closes
        finally:
            writer.close()


@contextmanager
def press(answers: dict[str, Answer] | None = None, host: str = "127.0.0.1") -> Iterator[Press]:
    """A press that serves until the end of the block."""
    loop = asyncio.new_event_loop()
    served = Press(host=host, answers={"/good.xml": http(GOOD), **FAULT_ANSWERS, **(answers or {})})

    async def start() -> None:
        server = await asyncio.start_server(served.serve, host, 0)
        served.port = server.sockets[0].getsockname()[1]

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


async def drip(say: Say, headers: dict[str, str]) -> None:
    await say(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 9999\r\n\r\n")
    while True:
        await say(b" ")
        await asyncio.sleep(0.05)


async def endless_headers(say: Say, headers: dict[str, str]) -> None:
    await say(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000):
        await say(f"X-{number}: {number}\r\n".encode())
        await asyncio.sleep(0.3)


async def many_headers(say: Say, headers: dict[str, str]) -> None:
    await say(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(5000)) + b"\r\n")


async def endless_header(say: Say, headers: dict[str, str]) -> None:
    await say(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        await say(b"a" * 65_536)


async def silence(say: Say, headers: dict[str, str]) -> None:
    await asyncio.sleep(3600)


async def hang_up(say: Say, headers: dict[str, str]) -> None:
    pass


async def endless_body(say: Say, headers: dict[str, str]) -> None:
    await say(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>")
    while True:
        await say(b"<item/>" * 20_000)


async def cut_chunks(say: Say, headers: dict[str, str]) -> None:
    await say(b'HTTP/1.1 200 OK\r\nETag: "half"\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n' + GOOD[:64] + b"\r\n")


async def hop_forever(say: Say, headers: dict[str, str]) -> None:
    await say(http(status="302 Found", location="/redirect-loop"))


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"


async def slow_headers(say: Say, headers: dict[str, str]) -> None:
    await say(OK + b"X-Slow: ")
    while True:
        await say(b"a")
        await asyncio.sleep(0.05)


async def slow_redirects(say: Say, headers: dict[str, str]) -> None:
    await asyncio.sleep(4)
    await say(http(status="302 Found", location="/slow-redirects"))


async def continue_forever(say: Say, headers: dict[str, str]) -> None:
    while True:
        await say(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)
        await asyncio.sleep(0.02)


async def reset_at_once(say: Say, headers: dict[str, str]) -> None:
    raise Reset


async def reset_in_the_body(say: Say, headers: dict[str, str]) -> None:
    await say(OK + b'ETag: "half"\r\nContent-Length: %d\r\n\r\n' % len(GOOD) + GOOD[:100])
    await asyncio.sleep(0.1)
    raise Reset


async def headers_only(say: Say, headers: dict[str, str]) -> None:
    await say(OK + b"Content-Length: 900\r\n\r\n")


async def tiny_chunks(say: Say, headers: dict[str, str]) -> None:
    await say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await say(b"1\r\na\r\n" * 100)
        await asyncio.sleep(0.02)


async def endless_trailers(say: Say, headers: dict[str, str]) -> None:
    await say(OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n" % (len(GOOD), GOOD))
    while True:
        await say(b"X-Trailer: a\r\n" * 10)
        await asyncio.sleep(0.02)


async def endless_redirect(say: Say, headers: dict[str, str]) -> None:
    await say(b"HTTP/1.1 302 Found\r\nLocation: /good.xml\r\n\r\n")
    while True:
        await say(b"moved " * 10_000)


async def two_answers(say: Say, headers: dict[str, str]) -> None:
    """A second answer that nobody asked for, for whoever uses the connection next."""
    poison = feed("Poison")
    await say(OK + b"Content-Length: %d\r\n\r\n%b" % (len(GOOD), GOOD))
    await say(OK + b"Content-Length: %d\r\n\r\n%b" % (len(poison), poison))
    await asyncio.sleep(3600)


def chunked(*chunks: bytes) -> bytes:
    """An answer in these chunks, each as it is written."""
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def packed(*codings: str) -> bytes:
    """GOOD packed by one coding after the other."""
    pack: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress}
    body = GOOD
    for coding in codings:
        body = pack[coding](body)
    return http(body, content_encoding=", ".join(codings))


def _to(location: str, status: str = "302 Found") -> bytes:
    return http(status=status, location=location)


def bomb(size: int) -> bytes:
    """`size` zeros as gzip, a thousandth of that on the wire."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(size // len(zeros))) + packer.flush()


def zstd_bomb(size: int) -> bytes:
    """One zstd frame of blocks that each say '128 kB of this byte' in four bytes (RFC 8878, 3.1.1)."""
    block = 128 * 1024
    blocks = b"".join(
        (block << 3 | 1 << 1 | (number == size // block - 1)).to_bytes(3, "little") + b"a"
        for number in range(size // block)
    )
    return struct.pack("<IBB", 0xFD2FB528, 0, 0x58) + blocks


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><rss><channel><item><title>&i;</title><link>https://harbour.example/bomb</link></item></channel></rss>"
).encode()
SECRET = (
    b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rss><channel><item><title>&x;</title></item></channel></rss>"
)


def _stretched(size: int) -> bytes:
    return GOOD.replace(b"<rss", b"<rss a='" + b"x" * size + b"'", 1)


def _attributes(count: int) -> bytes:
    return b" ".join(b'a%d=""' % number for number in range(count))


@dataclass(frozen=True)
class Fault:
    """What the server does; `fetched` is the Failure's kind or 'answer', `collected` the state of the feed."""

    answer: Answer
    fetched: str
    collected: str


def _fails(kind: str, answer: Answer) -> Fault:
    return Fault(answer, kind, kind)


def _answers(state: str, answer: Answer) -> Fault:
    return Fault(answer, "answer", state)


FAULTS: dict[str, Fault] = {
    # the connection
    "drip": _fails("timeout", drip),
    "silence": _fails("timeout", silence),
    "endless-headers": _fails("timeout", endless_headers),
    "hang-up": _fails("unreachable", hang_up),
    "no-http": _fails("malformed", b"220 mail.example ESMTP\r\n\r\n"),
    "bytes": _fails("malformed", bytes(range(256)) * 8),
    "many-headers": _fails("malformed", many_headers),
    "huge-header": _fails("too large", http(GOOD, x_padding="a" * 100_000)),
    "endless-header": _fails("too large", endless_header),
    # the body
    "endless-body": _fails("too large", endless_body),
    "short-body": _fails("malformed", http(GOOD[:200], content_length=str(len(GOOD)), etag='"half"')),
    "cut-chunks": _fails("malformed", cut_chunks),
    "bad-chunks": _fails("malformed", http(b"zzz\r\nhello\r\n", content_length="", transfer_encoding="chunked")),
    "gzip-bomb": _fails("too large", http(bomb(200_000_000), content_encoding="gzip")),
    "gzip-cut": _fails("malformed", http(gzip.compress(GOOD)[:-12], content_encoding="gzip")),
    "gzip-lie": _fails("malformed", http(GOOD, content_encoding="gzip")),
    "br-bomb": _fails("too large", http(brotli.compress(bytes(100_000_000), quality=4), content_encoding="br")),
    "br-cut": _fails("malformed", http(brotli.compress(GOOD)[:-9], content_encoding="br")),
    "zstd-bomb": _fails("too large", http(zstd_bomb(2_000_000_000), content_encoding="zstd")),
    "zstd-cut": _fails("malformed", http(zstandard.compress(GOOD)[:-9], content_encoding="zstd")),
    "deflate-lie": _fails("malformed", http(b"\x78\x9cnonsense", content_encoding="deflate")),
    "unknown-packing": _fails("malformed", http(GOOD, content_encoding="compress")),
    "partial": _fails("malformed", http(GOOD, "206 Partial Content")),
    # the status
    "unasked-304": _fails("malformed", http(status="304 Not Modified")),
    "403": _fails("forbidden", http(b"no", "403 Forbidden")),
    "406": _fails("forbidden", http(b"no", "406 Not Acceptable")),
    "404": _fails("not found", http(b"no", "404 Not Found")),
    "410": _fails("not found", http(b"no", "410 Gone")),
    "429": _fails("rate limited", http(b"no", "429 Too Many Requests", retry_after="7200")),
    "500": _fails("server error", http(b"no", "500 Internal Server Error")),
    "503": _fails(
        "server error",
        http(
            b"no",
            "503 Service Unavailable",
            retry_after="Wed, 21 Oct 2015 07:28:00 GMT",
            date="Wed, 21 Oct 2015 07:26:30 GMT",
        ),
    ),
    "300-nowhere": _fails("malformed", http(status="302 Found")),
    # where it leads
    "redirect-loop": _fails("unreachable", hop_forever),
    "to-metadata": _fails("refused address", http(status="302 Found", location="http://169.254.169.254/latest/")),
    "to-localhost": _fails("refused address", http(status="301 Moved", location="http://localhost:9/")),
    "to-number": _fails("refused address", http(status="307 Moved", location="http://2130706433/")),
    "to-hex": _fails("refused address", http(status="307 Moved", location="http://0x7f.1/")),
    "to-v6": _fails("refused address", http(status="308 Moved", location="http://[::1]:80/")),
    "to-mapped": _fails("refused address", http(status="308 Moved", location="http://[::ffff:10.0.0.1]/")),
    "to-zero": _fails("refused address", http(status="302 Found", location="http://0.0.0.0/")),
    "to-file": _fails("refused address", http(status="302 Found", location="file:///etc/passwd")),
    "to-nonsense": _fails("refused address", http(status="302 Found", location="http://[oops/")),
    "to-no-host": _fails("refused address", http(status="302 Found", location="https:///path")),
    # the document
    "empty": _answers("empty", http(b"")),
    "no-content": _answers("empty", http(b"", "204 No Content")),
    "no-items": _answers("empty", http(RSS.format(items="").encode())),
    "html": _answers("html", http(b"<!doctype html><html><body>Sign in</body></html>", content_type="text/html")),
    "torn": _answers("malformed", http(b"<rss><channel><item>")),
    "text": _answers("malformed", http(b"Service is starting, please wait.", content_type="text/plain")),
    "json-other": _answers("malformed", http(b'{"error": "no key"}', content_type="application/json")),
    "json-torn": _answers("malformed", http(b'{"version": "https://jsonfeed.org/version/1.1", "items": [')),
    "json-deep": _answers("malformed", http(b'{"items": ' + b"[" * 100_000)),
    "sitemap": _answers("malformed", http(b"<urlset><url><loc>https://harbour.example/a</loc></url></urlset>")),
    "entity-bomb": _answers("malformed", http(ENTITIES)),
    "entity-file": _answers("malformed", http(SECRET)),
    "zeros": _answers("malformed", http(bytes(1000))),
    "undated": _answers("undated", http(GOOD.replace(b"Tue, 01 Oct 2024 10:00:00 GMT", b"soon"))),
    "javascript": _answers("ok", http(GOOD.replace(b"https://harbour.example/rain", b"javascript:alert(1)//"))),
    "wrong-charset": _answers("ok", http(GOOD, content_type="text/xml; charset=iso-8859-1")),
    "unknown-charset": _answers("ok", http(GOOD, content_type="text/xml; charset=klingon")),
    "huge-title": _answers("ok", http(GOOD.replace(b"<title>Rain", b"<title>" + b"very " * 400_000))),
    "deep": _answers("malformed", http(b"<rss>" + b"<a>" * 300_000)),
    "controls": _answers("ok", http(feed("NATO\x1b[2J meets"))),
}
FAULTS |= {
    # the connection
    "slow-headers": _fails("timeout", slow_headers),
    "slow-redirects": _fails("timeout", slow_redirects),
    "continue-forever": _fails("timeout", continue_forever),
    "reset": _fails("unreachable", reset_at_once),
    "reset-in-the-body": _fails("malformed", reset_in_the_body),
    "headers-only": _fails("malformed", headers_only),
    "two-answers": _answers("ok", two_answers),
    # the head
    "http-0.9": _fails("malformed", GOOD),
    "icy": _fails("malformed", b"ICY 200 OK\r\n\r\n" + GOOD),
    "no-status": _fails("malformed", b"HTTP/1.1 OK\r\n\r\n" + GOOD),
    "status-of-letters": _fails("malformed", b"HTTP/1.1 2oo OK\r\n\r\n" + GOOD),
    "status-of-six-digits": _fails("malformed", b"HTTP/1.1 200200 OK\r\n\r\n" + GOOD),
    "http-9": _fails("malformed", b"HTTP/9.9 200 OK\r\n\r\n" + GOOD),
    "header-without-colon": _fails("malformed", OK + b"nonsense\r\n\r\n" + GOOD),
    "nul-in-a-header": _fails("malformed", OK + b"X-A: a\0b\r\n\r\n" + GOOD),
    "early-hints": _answers("ok", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(GOOD)),
    "switching": _fails("malformed", http(b"", "101 Switching Protocols", upgrade="h2c", content_length="")),
    "cookies": _answers("ok", OK + b"Set-Cookie: a=%b\r\n" % (b"b" * 8000) * 60 + b"\r\n" + GOOD),
    "letters-in-headers": _answers("ok", OK + "X-City: Łódź\r\n\r\n".encode() + GOOD),
    "etag-with-controls": _answers("ok", http(GOOD, etag='"a\x01\x7fb"')),
    "etag-of-20-kB": _answers("ok", http(GOOD, etag=f'"{"a" * 20_000}"')),
    # the length
    "two-lengths": _fails("malformed", OK + b"Content-Length: 20\r\nContent-Length: 30\r\n\r\n" + GOOD),
    "length-below-zero": _fails("malformed", http(GOOD, content_length="-1")),
    "length-in-words": _fails("malformed", http(GOOD, content_length="many")),
    "length-past-all": _fails("malformed", http(GOOD, content_length="9" * 40)),
    "length-and-chunks": _fails("malformed", http(b"0\r\n\r\n" + GOOD, transfer_encoding="chunked")),
    "length-too-short": _fails("malformed", http(GOOD, content_length=str(len(GOOD) - 120), etag='"half"')),
    "length-too-short-and-open": _fails(
        "malformed", OK + b'ETag: "half"\r\nContent-Length: %d\r\n\r\n' % (len(GOOD) - 120) + GOOD
    ),
    "cut-by-its-maker": _answers("ok", http(GOOD[:-120], etag='"half"')),
    # the chunks
    "tiny-chunks": _fails("timeout", tiny_chunks),
    "endless-trailers": _fails("malformed", endless_trailers),
    "chunk-past-all": _fails("malformed", chunked(b"f" * 17 + b"\r\n" + GOOD)),
    "chunk-below-zero": _fails("malformed", chunked(b"-5\r\n" + GOOD)),
    "chunk-too-short": _fails("malformed", chunked(b"10\r\n" + GOOD)),
    "chunks-without-end": _fails("malformed", chunked(b"%x\r\n%b\r\n" % (len(GOOD), GOOD))),
    # the packing
    "gzip-in-gzip": _fails("malformed", packed("gzip", "gzip")),
    "gzip-in-br": _fails("malformed", packed("gzip", "br")),
    "gzip-head-only": _fails("malformed", http(gzip.compress(GOOD)[:10], content_encoding="gzip")),
    "gzip-of-many": _answers("empty", http(gzip.compress(b"") * 100_000, content_encoding="gzip")),
    "deflate-bomb": _fails("too large", http(zlib.compress(bytes(100_000_000), 9), content_encoding="deflate")),
    "deflate-cut": _fails("malformed", http(zlib.compress(GOOD)[:-9], content_encoding="deflate")),
    "zstd-window": _fails("malformed", http(b"\x28\xb5\x2f\xfd\x00\xf8" + bytes(50), content_encoding="zstd")),
    "br-lie": _fails("malformed", http(GOOD, content_encoding="br")),
    "zstd-lie": _fails("malformed", http(GOOD, content_encoding="zstd")),
    "packed-twice-unsaid": _answers("malformed", http(gzip.compress(GOOD))),
    # the status
    "401": _fails("forbidden", http(b"no", "401 Unauthorized", www_authenticate="Basic realm=x")),
    "407": _fails("forbidden", http(b"no", "407 Proxy Authentication Required")),
    "408": _fails("timeout", http(b"no", "408 Request Timeout")),
    "451": _fails("forbidden", http(b"no", "451 Unavailable For Legal Reasons")),
    "520": _fails("server error", http(b"no", "520 Unknown")),
    "retry-after-ages": _fails("rate limited", http(b"no", "429 Wait", retry_after="9" * 60)),
    "retry-after-year-9999": _fails(
        "rate limited", http(b"no", "429 Wait", retry_after="Fri, 31 Dec 9999 23:59:59 GMT", date="Tue, 01 Oct 2024")
    ),
    "retry-after-nonsense": _fails("server error", http(b"no", "503 Wait", retry_after="-1; soon")),
    # where it leads
    "endless-redirect": _answers("ok", endless_redirect),
    "to-credentials": _fails("refused address", _to("http://user:secret@harbour.example/feed")),
    "to-ftp": _fails("refused address", _to("ftp://harbour.example/feed")),
    "to-data": _fails("refused address", _to("data:text/xml,<rss/>")),
    "to-javascript": _fails("refused address", _to("javascript:alert(1)")),
    "to-octal": _fails("refused address", _to("http://0177.0.0.1/")),
    "to-short": _fails("refused address", _to("http://127.1/")),
    "to-wide-digits": _fails("refused address", _to("http://１２７.0.0.1/")),
    "to-mapped-hex": _fails("refused address", _to("http://[::ffff:7f00:1]/")),
    "to-link-local": _fails("refused address", _to("http://[fe80::1%25lo]/")),
    "to-other-port": _fails("refused address", _to("http://127.0.0.1:22/")),
    "to-no-scheme": _fails("refused address", _to("//169.254.169.254/latest/")),
    "to-backslashes": _fails("not found", _to("http:\\\\169.254.169.254\\latest")),
    "to-port-70000": _fails("refused address", _to("http://harbour.example:70000/")),
    # the document
    "png": _answers("malformed", http(b"\x89PNG\r\n\x1a\n" + bytes(99), content_type="text/xml")),
    "feed-called-png": _answers("ok", http(GOOD, content_type="image/png")),
    "html-called-rss": _answers("html", http(b"<html><head><title>Sign in</title></head></html>")),
    "challenge": _answers("html", http(b"<!DOCTYPE html><title>Just a moment...</title>", "202 Accepted")),
    "utf-7": _answers("malformed", http(GOOD.decode().encode("utf-7").replace(b"<", b"+ADw-"))),
    "utf-16": _answers("ok", http(GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"))),
    "utf-16-unmarked": _answers("ok", http(GOOD.decode().encode("utf-16-be"))),
    "utf-32": _answers("ok", http(GOOD.decode().encode("utf-32"))),
    "utf-32-unmarked": _answers("ok", http(GOOD.decode().encode("utf-32-le"))),
    "two-marks": _answers("ok", http(b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD)),
    "mark-of-another": _answers("malformed", http(b"\xff\xfe" + GOOD)),
    "nuls": _answers("ok", http(GOOD.replace(b"<item>", b"\0<item>\0"))),
    "noise-before": _answers("ok", http(b"Warning: mysql_connect() on line 7\n" + GOOD)),
    "entity-bomb-16": _answers("malformed", http(ENTITIES.decode().encode("utf-16"))),
    "entity-quadratic": _answers(
        "malformed", http(b'<!DOCTYPE a [<!ENTITY b "%b">]><rss>%b</rss>' % (b"c" * 50_000, b"&b;" * 50_000))
    ),
    "outer-dtd": _answers("ok", http(GOOD.replace(b"<rss", b'<!DOCTYPE rss SYSTEM "/secret.dtd"><rss'))),
    "entries-without-end": _answers("ok", http(GOOD.replace(b"</channel>", b"<item/>" * 300_000 + b"</channel>"))),
    "huge-attribute": _answers("ok", http(gzip.compress(_stretched(19_000_000), 1), content_encoding="gzip")),
    "million-attributes": _answers("ok", http(GOOD.replace(b"<rss", b"<rss " + _attributes(100_000)))),
    "deep-entry": _answers("ok", http(GOOD.replace(b"Ministers", b"&lt;b&gt;" * 100_000 + b"Ministers"))),
    "ampersands": _answers("malformed", http(b"<rss>" + b"&" * 600_000)),
    "json-million": _answers("undated", http(b'{"items": [{"id": "a", "title": "b"}' + b", 7" * 1_000_000 + b"]}")),
    "json-number": _answers("malformed", http(b'{"items": [' + b"1" * 5_000_000 + b"]}")),
}
#: Faults that end with the reader's patience, and all others, which a busy machine must have time for.
SLOW = [name for name, fault in FAULTS.items() if callable(fault.answer) and fault.fetched == "timeout"]
QUICK = [name for name in FAULTS if name not in SLOW]
FAULT_ANSWERS: dict[str, Answer] = {f"/{name}": fault.answer for name, fault in FAULTS.items()}
