"""Documents saved to disk: feed documents, and article pages with the address at which they were found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from data.identity import digest, slug
from ingest import moments, parsing
from ingest.articles import Delivered
from ingest.entries import FeedError, known_by, repeated_guids
from ingest.feeds import language_code
from ingest.outlets import Outlets, hosted, own_address
from ingest.pages import Page, read_page
from ingest.rows import LARGEST_DOCUMENT, Given, Reached, Unreadable


def feed(file: Path, outlets: Outlets) -> Iterator[Given]:
    """The articles of a feed document. Raises OSError."""
    document = _content(file)
    if document is None:
        yield Unreadable(f"{file}: larger than {LARGEST_DOCUMENT:,} bytes. Split it", reason=None)
        return
    try:
        found = parsing.feed(document, file.absolute().as_uri())
    except FeedError as error:
        yield Unreadable(f"{file}: {error}", reason=None)
        return
    repeated = repeated_guids(found.entries)
    for entry in found.entries:
        text = entry.content or entry.summary or ""
        yield Delivered(
            outlet=hosted(entry.url, outlets) if entry.url else slug(found.title or file.stem),
            title=entry.title,
            text=text,
            text_from="feed",
            delivered_hash=digest(entry.title, text),
            url=entry.url or None,
            guid=entry.guid if entry.url else known_by(entry, repeated),
            authors=entry.authors,
            language=language_code(entry.language),
            claimed_at=entry.published_at,
            claimed_by="feed" if entry.published_at else None,
        )
    for reason, count in found.dropped.items():
        for _ in range(count):
            yield Unreadable(f"{file}: an entry was dropped ({reason})")


def pages(files: list[Path], outlets: Outlets, start: int = 0) -> Iterator[Given]:
    """The articles of saved pages, one after the other; Reached counts the files, up to one that cannot be opened."""
    all_open = True
    for number, file in enumerate(files[start:], start=start + 1):
        try:
            yield page(file, outlets)
        except OSError as error:
            all_open = False
            yield Unreadable(f"{file}: {error.strerror or error}. Check the path and its permissions", reason=None)
        if all_open:
            yield Reached(number)


def page(file: Path, outlets: Outlets) -> Delivered | Unreadable:
    """The article of a saved page. Raises OSError.

    Its address is the one it was saved from, or calls its own. When a file was last changed tells when it was saved or
    copied and not when it was published, so that a page without a date of its own stays undated.
    """
    html = _content(file)
    if html is None:
        return Unreadable(f"{file}: larger than {LARGEST_DOCUMENT:,} bytes, no article page", "too large")
    saved = saved_from(html)
    found = article_page(html, saved.url or "", None, str(file))
    if isinstance(found, Unreadable):
        return found
    url = own_address(found.canonical_url, saved.url, outlets) if saved.url else found.canonical_url
    return Delivered(
        outlet=hosted(url, outlets) if url else slug(file.parent.name),
        title=found.title or "",
        text=found.text,
        text_from="page",
        delivered_hash=digest(found.title, found.text),
        url=url,
        guid=None if url else file.name,
        authors=found.authors,
        language=found.language,
        claimed_at=found.published_at,
        claimed_by="page" if found.published_at else None,
        seen_at=saved.at,
    )


def article_page(html: bytes, url: str, content_type: str | None, where: str) -> Page | Unreadable:
    """The page with its article; `where` it lies is named where it has none, and where it could not be looked at."""
    try:
        found = parsing.apart(read_page, html, url, content_type)
    except parsing.Lost as lost:
        said = f"{where}: {url} {str(lost).split('. ')[0]}. Touch the file, and the next import tries it again"
        return Unreadable(said, "malformed")
    if found.text:
        return found
    return Unreadable(f"{where}: {found.notice or 'no text was found on the page'}", "no article", is_fault=False)


@dataclass(frozen=True, slots=True)
class SavedFrom:
    """Where and when a page was saved, as far as whoever saved it says so."""

    url: str | None = None
    at: datetime | None = None


def saved_from(html: bytes) -> SavedFrom:
    """What the comment at the top of a saved page tells: browsers', SingleFile's or HTTrack's.

    >>> saved_from(b"<!-- saved from url=(0021)https://example.org/a --><html>").url
    'https://example.org/a'
    """
    for comment in _COMMENT.findall(html[:_HEAD]):
        told = comment.decode("utf-8", "replace")
        if browser := re.search(r"saved from url=\(\d+\)(\S+)", told):
            return SavedFrom(_web(browser[1]))
        if "SingleFile" in told and (single := re.search(r"\burl:\s*(\S+)", told)):
            date = re.search(r"saved date:\s*([^\n(]+)", told)
            return SavedFrom(_web(single[1]), moments.parse(date[1].strip()) if date else None)
        if mirror := re.search(r"Mirrored from (\S+) by HTTrack\b[^,]*,\s*([^\n]+)", told):
            return SavedFrom(_web(f"http://{mirror[1]}"), moments.parse(mirror[2].strip()))
    return SavedFrom()


_COMMENT = re.compile(rb"<!--(.{1,4000}?)-->", re.DOTALL)
_HEAD = 10_000  # bytes of a page in which such a comment stands


def _web(url: str) -> str | None:
    try:
        return url if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname else None
    except ValueError:
        return None


def _content(file: Path) -> bytes | None:
    """All of a file; None where it is larger than a document may be."""
    with file.open("rb") as document:
        content = document.read(LARGEST_DOCUMENT + 1)
    return content if len(content) <= LARGEST_DOCUMENT else None
