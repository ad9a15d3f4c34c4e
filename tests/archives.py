"""Makers of web archives and saved pages, record by record, as the tests need them."""

import base64
import gzip
import hashlib

PARAGRAPHS = (
    "NATO met in Oslo on Tuesday, and its members spoke at length about the budget of the alliance.",
    "Ministers of all members had come, and most of them wanted to know what it will cost and who pays for it.",
    "A decision was put off until the spring, when the next meeting is to be held in the same town by the fjord.",
)


def page(title: str = "NATO meets in Oslo", head: str = "", text: str = "") -> bytes:
    """An article page in UTF-8, dated by its own word."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in (text, *PARAGRAPHS) if paragraph)
    date = '<meta property="article:published_time" content="2024-09-30T08:00:00Z">'
    top = f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>{date}{head}</head>'
    return f"<!doctype html>{top}<body><article><h1>{title}</h1>{body}</article></body></html>".encode()


def answer(body: bytes, status: int = 200, **headers: str) -> bytes:
    """An HTTP response."""
    named = {"Content-Type": "text/html; charset=utf-8"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} So", *(f"{name}: {value}" for name, value in named.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def record(url: str, block: bytes, kind: str = "response", date: str = "2024-10-01T06:00:00Z", **more: str) -> bytes:
    """A WARC record with the digest of its block, unless another is given."""
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    named = {"WARC-Type": kind, "WARC-Target-URI": url, "WARC-Date": date, "WARC-Block-Digest": f"sha1:{digest}"}
    named |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{name}: {value}" for name, value in {"Content-Length": str(len(block)), **named}.items() if value]
    return "\r\n".join(["WARC/1.0", *lines, "", ""]).encode() + block + b"\r\n\r\n"


def pages(count: int) -> list[bytes]:
    """So many records of article pages of one outlet."""
    return [
        record(f"https://example.org/{number}", answer(page(f"NATO meets again, for time number {number}")))
        for number in range(count)
    ]


def packed(records: list[bytes]) -> bytes:
    """The records as .warc.gz has them: each one a member of its own."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)
