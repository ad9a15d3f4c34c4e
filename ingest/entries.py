"""What is made of a feed: entries, and why there are none."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from data.identity import digest

MOST_ENTRIES = 5_000
MOST_AUTHORS = 20
#: Characters below which a guid may be no more than a place in the list.
TELLING_GUID = 8

Fault = Literal["html", "empty", "malformed", "too large", "timeout"]


class FeedError(Exception):
    """Why a document gives no entries; `kind` is one of `schema.STATES`, the text says what to do."""

    def __init__(self, kind: Fault, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as a feed lists it. Texts are plain; what the feed does not say is None or empty."""

    url: str | None  # absolute, http(s); None where the entry names no address
    title: str
    summary: str | None
    content: str | None
    published_at: datetime | None  # the outlet's claim in UTC, also where it lies in the future
    guid: str | None
    authors: tuple[str, ...] = ()
    language: str | None = None  # ISO 639-1, where the feed says it
    unread_date: str | None = None  # what stands in the place of a date where none can be read


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document lists; `dropped` counts entries left out by their reason, a key of `schema.DROPPED`."""

    title: str
    entries: tuple[Entry, ...]
    ttl_minutes: int | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    sitemaps: tuple[str, ...] = ()  # further documents that an index of sitemaps names, newest first
    skip_hours: frozenset[int] = frozenset()  # 0 ... 23, UTC: hours in which the feed asks not to be read
    skip_days: frozenset[int] = frozenset()  # likewise, 0 is Monday
    whole: bool = True  # False where the document breaks off: what came of it is no reason not to ask again


def made(entry: Entry) -> Entry | str:
    """The entry, or why it is dropped: there is nothing by which it could be known again."""
    return entry if entry.url or entry.guid or entry.title or entry.summary or entry.content else "no address"


def repeated_guids(entries: Iterable[Entry]) -> set[str]:
    """Guids that stand at more than one address, or title where there is none, and so at none in particular."""
    pairs = {(entry.guid, entry.url or entry.title) for entry in entries if entry.guid}
    return {guid for guid, count in Counter(guid for guid, _ in pairs).items() if guid and count > 1}


def known_by(entry: Entry, repeated: Collection[str]) -> str | None:
    """What an entry without an address is known by; None where its title has to do.

    That is its guid; where that is short or one of `repeated_guids`, guid, title and date together; where there is
    neither guid nor title, its text.
    """
    if not entry.guid:
        return None if entry.title else digest(entry.content or entry.summary or "")
    if len(entry.guid) >= TELLING_GUID and entry.guid not in repeated:
        return entry.guid
    return digest(entry.guid, entry.title, entry.published_at.isoformat() if entry.published_at else None)


def collected(outcomes: Iterable[Entry | str]) -> tuple[tuple[Entry, ...], Counter[str]]:
    """The entries in order, and how many were dropped for which reason."""
    entries: list[Entry] = []
    dropped: Counter[str] = Counter()
    for outcome in outcomes:
        if isinstance(outcome, str):
            dropped[outcome] += 1
        else:
            entries.append(outcome)
    return tuple(entries), dropped
