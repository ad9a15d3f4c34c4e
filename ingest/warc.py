"""Web archives as crawlers write them: WARC 1.0 and 1.1 (ISO 28500), plain or gzip, CC-NEWS among them.

A record is read at a time, and what is damaged costs itself only: behind it the next record is looked for.
"""

import base64
import hashlib
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from data.identity import digest
from ingest import moments
from ingest.articles import Delivered
from ingest.outlets import Outlets, hosted, own_address
from ingest.rows import LARGEST_DOCUMENT, Given, Reached, Unreadable
from ingest.saved import article_page
from ingest.unpack import UNPACKERS, Broken, TooLarge

_BOOKKEEPING = (WarcRecordType.warcinfo, WarcRecordType.request, WarcRecordType.metadata)
_GZIP = b"\x1f\x8b\x08"
_GAP = b"\r\n\r\n"  # behind a record's header, and behind the record
_STEP = 1_000_000


@dataclass(frozen=True, slots=True)
class Capture:
    """A web page as somebody's crawler got it, unpacked."""

    url: str
    seen_at: datetime | None
    content_type: str | None
    body: bytes


def read(stream: BinaryIO, name: str, outlets: Outlets, start: int = 0) -> Iterator[Given]:
    """The articles of the web archive `name` from a place on that Reached told of, or from its beginning.

    A response or another capture that gives no article is one Unreadable, and so is a stretch that is damaged. Raises
    OSError where the stream does.
    """
    for found in captures(stream, start):
        if isinstance(found, Capture):
            yield _article(found, name, outlets)
        elif isinstance(found, Unreadable):
            yield Unreadable(f"{name}: {found.problem}", found.reason, found.is_fault)
        else:
            yield found


def captures(stream: BinaryIO, start: int = 0) -> Iterator[Capture | Unreadable | Reached]:
    """The web pages of an archive in their order, in between what could not be read, and how far all is given."""
    size = stream.seek(0, os.SEEK_END)
    at: int | None = start if start == size or _begins(stream, start) else 0
    damaged: int | None = None  # where the damage began of which the end is being looked for
    while at is not None:
        last, held = at, None
        for record in _records(stream, at):
            if damaged is not None:
                yield _damage(damaged, record.position)
                damaged = None
            if held:
                yield held
            yield Reached(record.position)
            last, held = record.position, _capture(record)
        # The last record of all, or the one before the damage, which may be the damaged one itself.
        end = _end(stream, last, at, size)
        if held and end is not None:
            yield held
        if end == size:
            break
        behind = last if end is None else end
        damaged = behind if damaged is None else damaged
        at = _next(stream, max(last + 1, behind - len(_GAP)))
    if damaged is not None:
        yield _damage(damaged, size)
    yield Reached(size)


def edges(stream: BinaryIO, start: int, step: int) -> list[int]:
    """This place and those behind it where, most likely, records begin, `step` bytes apart or more.

    Only who reads up to one can tell whether it was one: then Reached tells of it.
    """
    size = stream.seek(0, os.SEEK_END)
    found = [start]
    while found[-1] + step < size and (following := _next(stream, found[-1] + step)) is not None:
        found.append(following)
    return found


def looks_like(head: bytes) -> bool:
    """Whether bytes, unpacked as far as they go, are the beginning of a web archive."""
    return head.startswith(b"WARC/")


def unpacked_head(head: bytes) -> bytes:
    """The first bytes of a file without their gzip, as far as they unpack."""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, 4_096)
    except zlib.error:
        return b""


# Records


@dataclass(frozen=True, slots=True)
class _Record:
    """One record; of its block no more is kept than a page may have."""

    position: int
    kind: WarcRecordType
    url: str
    date: str
    digest: str
    payload_digest: str
    is_cut: bool
    length: int
    block: bytes


def _records(stream: BinaryIO, start: int) -> Iterator[_Record]:
    """The records from here on, up to the end or to one that cannot be read."""
    stream.seek(start)
    records = iter(ArchiveIterator(stream, parse_http=False))
    while True:
        try:
            found = next(records, None)
            record = None if found is None else _record(found)
        except OSError as error:
            if error.errno:  # the disk's own word, not the library's
                raise
            return
        if record is None:
            return
        yield record


def _record(found: WarcRecord) -> _Record | None:
    """The record with its block read; None for one that ends too early."""
    header = found.headers.get
    kept = min(found.content_length, LARGEST_DOCUMENT + 1)
    block = found.reader.read(kept)
    if len(block) < kept or header("WARC-Type") is None or header("Content-Length") is None:
        return None
    return _Record(
        position=found.stream_pos,
        kind=found.record_type,
        url=(header("WARC-Target-URI") or "").strip("<> "),
        date=header("WARC-Date") or "",
        digest=header("WARC-Block-Digest") or "",
        payload_digest=header("WARC-Payload-Digest") or "",
        is_cut=bool(header("WARC-Truncated")),
        length=found.content_length,
        block=block,
    )


# Places in the file


def _begins(stream: BinaryIO, position: int) -> bool:
    """Whether a record begins at this place."""
    stream.seek(position)
    return looks_like(unpacked_head(stream.read(_HEAD)))


def _end(stream: BinaryIO, position: int, start: int, size: int) -> int | None:
    """Where the record at `position` ends by the file's own word; None where it does not end as it should.

    In an archive that was packed as a whole a record has no beginning of its own; its end is that of the member of gzip
    that holds it, and one begins at `start`.
    """
    stream.seek(position)
    head = stream.read(_HEAD)
    if head.startswith(_GZIP):
        return _end_packed(stream, position, size)
    if looks_like(head):
        return _end_plain(stream, position, head, size)
    end: int | None = start
    while end is not None and end <= position and end < size:
        end = _end_packed(stream, end, size)
    return end


def _end_packed(stream: BinaryIO, position: int, size: int) -> int | None:
    """The end of the gzip member that begins here, if it unpacks and its checksum is right."""
    stream.seek(position)
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        while not member.eof:
            packed = member.unconsumed_tail or stream.read(_STEP)
            if not packed:
                return None
            member.decompress(packed, _STEP)
    except zlib.error:
        return None
    end = stream.tell() - len(member.unused_data)
    # Some writers fill the file up with zeros.
    stream.seek(end)
    return size if not stream.read(_HEAD).strip(b"\0") else end


def _end_plain(stream: BinaryIO, position: int, head: bytes, size: int) -> int | None:
    """The end of the plain record that begins here: two line breaks, and then another record or the end."""
    gap = head.find(_GAP)
    length = re.search(rb"^content-length:\s*(\d{1,15})\s*$", head[: max(gap, 0) + 2], re.IGNORECASE | re.MULTILINE)
    if gap < 0 or not length:
        return None
    end = position + gap + 4 + int(length[1])
    stream.seek(min(end, size))
    behind = stream.read(len(_GAP + b"WARC/"))
    if end <= size and not behind.strip():
        return size
    return end + 4 if behind == _GAP + b"WARC/" else None


def _next(stream: BinaryIO, position: int) -> int | None:
    """Where the next record begins, at this place or behind it."""
    stream.seek(position)
    before, behind = b"", position
    while piece := stream.read(_STEP):
        window = before + piece
        for mark in _RECORD.finditer(window):
            found = behind - len(before) + mark.start(mark.lastgroup or 0)
            if _begins(stream, found):
                return found
        behind += len(piece)
        before = window[-_OVERLAP:]
        stream.seek(behind)
    return None


#: The first bytes of a packed record, and of a plain one with the end of the record before it.
_RECORD = re.compile(rb"(?P<packed>\x1f\x8b\x08)|\r\n\r\n(?P<plain>WARC/1\.)", re.DOTALL)
_OVERLAP = 16
_HEAD = 65_536


def _damage(start: int, end: int) -> Unreadable:
    return Unreadable(
        f"damaged from byte {start:,} to {end:,}. What stands there is lost; get the file again", "damaged"
    )


# Pages


def _capture(record: _Record) -> Capture | Unreadable | None:
    """The web page of a record, or why it is none; None for the archive's own bookkeeping."""
    if record.kind in _BOOKKEEPING:
        return None
    if record.kind != WarcRecordType.response:
        return _no_page("a record of another type than response")
    if not record.url:
        return Unreadable(f"byte {record.position:,}: a response without its address", "no address")
    if record.length > LARGEST_DOCUMENT:
        return Unreadable(f"a page of more than {LARGEST_DOCUMENT:,} bytes", "too large", is_fault=False)
    if record.is_cut:
        return Unreadable("a page that was cut off when it was collected", "damaged", is_fault=False)
    answer = _answer(record.block)
    if not answer:
        return _no_page("a response that is not of the web")
    if not _is_as_written(record, answer.body):
        return Unreadable(f"byte {record.position:,}: {record.url[:200]} is not what its digest says", "damaged")
    if answer.status != 200:
        return _no_page(f"status {answer.status}")
    if not _is_html(answer):
        return _no_page("not HTML")
    return _unpacked(record, answer)


def _no_page(why: str) -> Unreadable:
    return Unreadable(f"no web page: {why}", "no page", is_fault=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An HTTP response, its body as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def _answer(block: bytes) -> _Answer | None:
    """The response that a block holds (RFC 9112); None where it is none."""
    status = re.match(rb"HTTP/[\d.]+ +(\d{3})", block)
    end = re.search(rb"\r?\n\r?\n", block[:_LONGEST_HEADERS])
    if not status or not end:
        return None
    lines = block[: end.start()].decode("latin-1").splitlines()[1:]
    named = (line.partition(":") for line in lines if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    return _Answer(int(status[1]), headers, block[end.end() :])


_LONGEST_HEADERS = 1_000_000


def _is_html(answer: _Answer) -> bool:
    kind = answer.headers.get("content-type", "").lower()
    return "html" in kind if kind else b"<" in answer.body[:1_000]


def _unpacked(record: _Record, answer: _Answer) -> Capture | Unreadable:
    body = answer.body
    if "chunked" in answer.headers.get("transfer-encoding", "").lower():
        body = _unchunked(body)
    codings = [one.strip().lower() for one in answer.headers.get("content-encoding", "").split(",")]
    for coding in reversed(codings):
        try:
            body = _decoded(body, coding)
        except TooLarge:
            return Unreadable(f"a page of more than {LARGEST_DOCUMENT:,} bytes", "too large", is_fault=False)
        except Broken as error:
            said = f"byte {record.position:,}: {record.url[:200]}: {error}"
            return Unreadable(said, "damaged")
    seen_at = moments.parse(record.date)
    return Capture(record.url, seen_at, answer.headers.get("content-type"), body)


def _decoded(body: bytes, coding: str) -> bytes:
    """The body without this content coding. Raises Broken and TooLarge."""
    if re.match(rb"(?:\xef\xbb\xbf)?\s*<", body):
        return body  # many crawlers write what they have unpacked, and leave the header as it was
    if coding not in UNPACKERS:
        raise Broken(f"It is packed as {coding[:20]!r}, which nobody here unpacks")
    unpacker = UNPACKERS[coding](LARGEST_DOCUMENT)
    unpacker.feed(body)
    return unpacker.finish().read()


def _unchunked(body: bytes) -> bytes:
    """The chunks put together (RFC 9112, 7.1); the body as it is where it has none, as many crawlers leave it."""
    pieces: list[bytes] = []
    at = 0
    while size := _CHUNK.match(body, at):
        length = int(size[1], 16)
        if not length:
            return b"".join(pieces)
        pieces.append(body[size.end() : size.end() + length])
        at = size.end() + length
    return b"".join(pieces) if pieces and not body[at : at + 4].strip() else body


_CHUNK = re.compile(rb"(?:\r?\n)?([0-9a-fA-F]{1,8})[ \t]*(?:;[^\n]{0,1000})?\r?\n")


def _is_as_written(record: _Record, body: bytes) -> bool:
    """Whether the record is what its digest says; without a digest that we know how to make, it is."""
    if record.digest:
        return _matches(record.digest, record.block)
    return _matches(record.payload_digest, body) or _matches(record.payload_digest, _unchunked(body))


def _matches(said: str, content: bytes) -> bool:
    """Whether `sha1:...`, in base 16 or 32, is of this content."""
    name, _, value = said.partition(":")
    name = name.strip().lower().replace("-", "")
    if name not in ("md5", "sha1", "sha256", "sha512") or not value.strip():
        return True
    made = hashlib.new(name, content, usedforsecurity=False).digest()
    return value.strip().rstrip("=").upper() in (made.hex().upper(), base64.b32encode(made).decode().rstrip("="))


# Articles


def _article(capture: Capture, name: str, outlets: Outlets) -> Delivered | Unreadable:
    page = article_page(capture.body, capture.url, capture.content_type, name)
    if isinstance(page, Unreadable):
        return page
    url = own_address(page.canonical_url, capture.url, outlets)
    return Delivered(
        outlet=hosted(url, outlets),
        title=page.title or "",
        text=page.text,
        text_from="page",
        delivered_hash=digest(page.title, page.text),
        url=url,
        authors=page.authors,
        language=page.language,
        claimed_at=page.published_at,
        claimed_by="page" if page.published_at else None,
        seen_at=capture.seen_at,
    )
