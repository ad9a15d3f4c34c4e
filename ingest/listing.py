"""Which article each entry of a feed is: one that the archive has, one that this run has seen, or a new one.

It is known by its address and the variants of that, then by its guid, then by its title within 7 days. Guid and title
tell something only within an outlet, and never against what is said: another title at another address is another
article, unless a guid says that they are one and so do their texts.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import polars as pl

from data import known
from data.identity import article_id, digest, variants
from ingest import articles
from ingest import text as texts
from ingest.entries import TELLING_GUID, Entry, Feed, known_by, repeated_guids

#: Words without which a title is one of those that come every day (Morning briefing).
TELLING_WORDS = 3
#: Texts of fewer longer words are not compared.
LONGER_WORDS = 8
#: Two texts are evidently different where they share less than the first part of the longer words of the one that has
#: fewer, and evidently alike with the second.
DIFFERENT, ALIKE = 0.2, 0.8


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that has a place in the archive; `id` and `url` are those of the article that it is."""

    id: str
    url: str
    entry: Entry
    delivered_hash: str
    guid: str | None  # where it tells something
    title: str  # as known.title_key writes it
    owner: str | None = None  # the outlet whose article it is; None where the archive does not have it
    stored_hash: str | None = None  # as it was delivered before

    def at(self, now: datetime) -> datetime:
        """When it was published, as far as that is known."""
        return min(self.entry.published_at or now, now)

    @property
    def text(self) -> str:
        """What its feed says of it."""
        return _text(self.entry)

    @property
    def telling_title(self) -> str | None:
        """Its title, where that is not one that comes every day."""
        return self.title if self.title.count(" ") >= TELLING_WORDS - 1 else None


def listed(outlet: str, feed: Feed) -> tuple[list[Listed], Counter[str]]:
    """The entries that can be known again, the newest first, and why the others were dropped."""
    dropped = Counter(feed.dropped)
    found: list[Listed] = []
    repeated = repeated_guids(feed.entries)
    keys = _title_keys(feed.entries)
    newest = sorted(zip(feed.entries, keys, strict=True), key=lambda one: one[0].published_at or _NEVER, reverse=True)
    for entry, key in newest:
        guid = entry.guid if entry.url else known_by(entry, repeated)
        try:
            url = articles.address(entry.url, outlet, guid, texts.clean_title(entry.title), entry.published_at)
        except ValueError:
            url = None
        if url is None:
            dropped["no address"] += 1
            continue
        telling = texts.clean_title(guid) if guid and len(guid) >= TELLING_GUID and guid not in repeated else None
        hashed = digest(entry.title, _text(entry))
        found.append(Listed(article_id(url), url, replace(entry, guid=guid), hashed, telling or None, key))
    return found, dropped


_NEVER = datetime.min.replace(tzinfo=UTC)


def _title_keys(entries: Sequence[Entry]) -> list[str]:
    titles = pl.Series("title", [texts.clean_title(entry.title) for entry in entries], dtype=pl.String)
    keys: list[str] = titles.to_frame().select(known.title_key(pl.col("title"))).to_series().to_list()
    return keys


def asked(entries: Sequence[Listed], outlet: str, now: datetime) -> pl.DataFrame:
    """What the archive is asked about them: rows of known.ASKED, numbered by their places."""
    rows = [
        {
            "number": number,
            "id": one.id,
            "others": [article_id(url) for url in variants(one.url)],
            "outlet": outlet,
            "guid": one.guid,
            "title": one.telling_title,
            "at": one.at(now),
            "now": now,
        }
        for number, one in enumerate(entries)
    ]
    return pl.DataFrame(rows, schema=known.ASKED)


def resolved(entries: Sequence[Listed], candidates: pl.DataFrame) -> list[Listed]:
    """The same entries, each as the first of its known.CANDIDATES that it can be."""
    made = list(entries)
    keyed = candidates.select(*known.CANDIDATES).with_columns(title=known.title_key(pl.col("title")))
    for number, by, *described, title, text in keyed.reverse().iter_rows():
        one = entries[number]
        if by == "address" or is_same(one, by, title or "", text or ""):
            id_, url, owner, stored_hash = described
            made[number] = replace(one, id=id_, url=url or one.url, owner=owner, stored_hash=stored_hash)
    return made


def is_same(one: Listed, by: str, title: str, text: str) -> bool:
    """Whether an entry is the article of this title (a known.title_key) and text at another address.

    `by` is what they have in common: "guid" or "title". Titles are compared before texts.
    """
    if by == "title":
        return not differ(f"{one.title} {one.text}", f"{title} {text}")
    return one.title == title or not one.title or not title or alike(one.text, text)


def _text(entry: Entry) -> str:
    return entry.content or entry.summary or ""


def alike(one: str, other: str) -> bool:
    """Whether these are evidently one text, or one and its beginning; of short ones that cannot be said.

    >>> morning = "The minister resigned over the harbour contract after months of pressure from trawler owners"
    >>> alike(morning, morning + " in Oslo"), alike("NATO met.", "NATO met.")
    (True, False)
    """
    shared = _shared(one, other)
    return shared is not None and shared >= ALIKE


def differ(one: str, other: str) -> bool:
    """Whether these are evidently different texts; of short ones that cannot be said.

    >>> morning = "The minister resigned over the harbour contract after months of pressure from trawler owners"
    >>> evening = "Heavy rainfall closed several mountain railways while villages waited for rescue helicopters"
    >>> differ(morning, evening), differ(morning, morning + " in Oslo")
    (True, False)
    """
    shared = _shared(one, other)
    return shared is not None and shared < DIFFERENT


def _shared(one: str, other: str) -> float | None:
    """Which part of the longer words of the one that has fewer is in both; None where they are too few to tell."""
    words, others = (set(_LONGER.findall(text.lower())) for text in (one, other))
    fewer = min(len(words), len(others))
    return len(words & others) / fewer if fewer >= LONGER_WORDS else None


_LONGER = re.compile(r"\w{5,}")


@dataclass
class Taken:
    """The articles that the feeds of a run have listed so far.

    All ids are kept until the end of the run, for any feed may list any article; guids, titles and texts only until the
    last feed of their outlet is read.
    """

    ids: set[str] = field(default_factory=set)
    outlets: dict[str, "_OfOutlet"] = field(default_factory=dict)

    def take(self, outlet: str, one: Listed, now: datetime) -> bool:
        """Whether nobody has listed it before; from now on somebody has."""
        listed_by = self.outlets.setdefault(outlet, _OfOutlet())
        if self._at_its_address(one) or (one.owner is None and listed_by.has(one, now)):
            return False
        self.ids.add(one.id)
        listed_by.add(one)
        return True

    def forget(self, outlet: str) -> None:
        """The last feed of this outlet is read."""
        self.outlets.pop(outlet, None)

    def _at_its_address(self, one: Listed) -> bool:
        # Who is a variant of whom is mutual, so the variants of what was taken need not be kept.
        return one.id in self.ids or any(article_id(url) in self.ids for url in variants(one.url))


@dataclass
class _OfOutlet:
    """What the feeds of one outlet have listed, by guid and by title."""

    guids: dict[str, list[Listed]] = field(default_factory=dict)
    titles: dict[str, list[Listed]] = field(default_factory=dict)

    def add(self, one: Listed) -> None:
        if one.guid:
            self.guids.setdefault(one.guid, []).append(one)
        if one.telling_title:
            self.titles.setdefault(one.telling_title, []).append(one)

    def has(self, one: Listed, now: datetime) -> bool:
        """Whether one of them is this article at another address."""
        same_guid = self.guids.get(one.guid or "", [])
        same_title = self.titles.get(one.telling_title or "", [])
        return any(is_same(one, "guid", other.title, other.text) for other in same_guid) or any(
            abs(other.at(now) - one.at(now)) <= known.SAME_TITLE and is_same(one, "title", other.title, other.text)
            for other in same_title
        )
