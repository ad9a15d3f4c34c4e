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


Say = Callable[[bytes], Awaitable[None]]
Answer = bytes | Callable[[Say, dict[str, str]], Awaitable[None]]


@dataclass
class Press:
    """What is served where, and what was asked for (path and headers, in order)."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def allow(self) -> frozenset[tuple[str, int]]:
        return frozenset([("127.0.0.1", self.port)])

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
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the reader had enough, or the press closes
        finally:
            writer.close()


@contextmanager
def press(answers: dict[str, Answer] | None = None) -> Iterator[Press]:
    """A press that serves until the end of the block."""
    loop = asyncio.new_event_loop()
    served = Press(answers={"/good.xml": http(GOOD), **FAULT_ANSWERS, **(answers or {})})

    async def start() -> None:
        server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
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
        await asyncio.sleep(0.05)


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
    "huge-title": _answers("ok", http(GOOD.replace(b"<title>Rain", b"<title>" + b"very " * 1_900_000))),
    "deep": _answers("malformed", http(b"<rss>" + b"<a>" * 300_000)),
    "controls": _answers("ok", http(feed("NATO\x1b[2J meets"))),
}
FAULT_ANSWERS: dict[str, Answer] = {f"/{name}": fault.answer for name, fault in FAULTS.items()}
