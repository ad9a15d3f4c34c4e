"""Which article each entry of a feed is: one that the archive has, one that this run has seen, or a new one.

It is known by its address and the variants of that, then by its guid, then by its title within 7 days; guid and title
tell something only within an outlet, and only where what is said is not evidently something else.
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
from ingest.entries import Entry, Feed

#: Words without which a title is one of those that come every day (Morning briefing).
TELLING_WORDS = 3
#: Characters below which a guid may be no more than a place in the list.
TELLING_GUID = 8
#: Two texts are evidently different where both have so many longer words, and share less than this part of them.
LONGER_WORDS, SHARED = 8, 0.2


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry that has a place in the archive; `id` and `url` are those of the article that it is."""

    id: str
    url: str
    entry: Entry
    delivered_hash: str
    guid: str | None  # where it tells something
    title: str | None  # of known.title_key, likewise
    owner: str | None = None  # the outlet whose article it is; None where the archive does not have it
    stored_hash: str | None = None  # as it was delivered before

    def at(self, now: datetime) -> datetime:
        """When it was published, as far as that is known."""
        return min(self.entry.published_at or now, now)


def listed(outlet: str, feed: Feed) -> tuple[list[Listed], Counter[str]]:
    """The entries that can be known again, the newest first, and why the others were dropped."""
    dropped = Counter(feed.dropped)
    found: list[Listed] = []
    repeated = _repeated(feed.entries)
    keys = _title_keys(feed.entries)
    newest = sorted(zip(feed.entries, keys, strict=True), key=lambda one: one[0].published_at or _NEVER, reverse=True)
    for entry, key in newest:
        text = entry.content or entry.summary or ""
        guid = entry.guid or (None if entry.url or entry.title else digest(text))
        try:
            url = articles.address(entry.url, outlet, guid, texts.clean_title(entry.title), entry.published_at)
        except ValueError:
            url = None
        if url is None:
            dropped["no address"] += 1
            continue
        telling = texts.clean_title(guid) if guid and guid not in repeated else None
        hashed = digest(entry.title, text)
        found.append(Listed(article_id(url), url, replace(entry, guid=guid), hashed, telling or None, key))
    return found, dropped


_NEVER = datetime.min.replace(tzinfo=UTC)


def _repeated(entries: Sequence[Entry]) -> set[str]:
    """Guids that stand at more than one address, and so at none in particular."""
    pairs = {(entry.guid, entry.url) for entry in entries if entry.guid}
    return {guid for guid, count in Counter(guid for guid, _ in pairs).items() if guid and count > 1}


def _title_keys(entries: Sequence[Entry]) -> list[str | None]:
    keys = pl.Series("title", [texts.clean_title(entry.title) for entry in entries], dtype=pl.String)
    made = keys.to_frame().select(known.title_key(pl.col("title"))).to_series().to_list()
    return [key if key.count(" ") >= TELLING_WORDS - 1 else None for key in made]


def asked(entries: Sequence[Listed], outlet: str, now: datetime) -> pl.DataFrame:
    """What the archive is asked about them: rows of known.ASKED, numbered by their places."""
    rows = [
        {
            "number": number,
            "id": one.id,
            "others": [article_id(url) for url in variants(one.url)],
            "outlet": outlet,
            "guid": one.guid,
            "title": one.title,
            "at": one.at(now),
            "now": now,
        }
        for number, one in enumerate(entries)
    ]
    return pl.DataFrame(rows, schema=known.ASKED)


def resolved(entries: Sequence[Listed], candidates: pl.DataFrame) -> list[Listed]:
    """The same entries, each as the first of its known.CANDIDATES that it can be."""
    made = list(entries)
    for number, by, *described, title, text in candidates.select(*known.CANDIDATES).reverse().iter_rows():
        one = entries[number]
        doubtful = by == "title" or (by == "guid" and len(one.guid or "") < TELLING_GUID)
        if not (doubtful and differ(_words_of(one.entry), f"{title} {text}")):
            id_, url, owner, stored_hash = described
            made[number] = replace(one, id=id_, url=url or one.url, owner=owner, stored_hash=stored_hash)
    return made


def _words_of(entry: Entry) -> str:
    return f"{entry.title} {entry.content or entry.summary or ''}"


def differ(one: str, other: str) -> bool:
    """Whether these are evidently different texts; of short ones that cannot be said.

    >>> morning = "The minister resigned over the harbour contract after months of pressure from trawler owners"
    >>> evening = "Heavy rainfall closed several mountain railways while villages waited for rescue helicopters"
    >>> differ(morning, evening), differ(morning, morning + " in Oslo")
    (True, False)
    """
    words, others = (set(_LONGER.findall(text.lower())) for text in (one, other))
    fewer = min(len(words), len(others))
    return fewer >= LONGER_WORDS and len(words & others) < SHARED * fewer


_LONGER = re.compile(r"\w{5,}")


@dataclass
class Taken:
    """The articles that the feeds of a run have listed so far.

    All ids are kept until the end of the run, for any feed may list any article; guids and titles, and the words that
    go with them, only until the last feed of their outlet is read.
    """

    ids: set[str] = field(default_factory=set)
    outlets: dict[str, "_OfOutlet"] = field(default_factory=dict)

    def take(self, outlet: str, one: Listed, now: datetime) -> bool:
        """Whether nobody has listed it before; from now on somebody has."""
        listed_by = self.outlets.setdefault(outlet, _OfOutlet())
        if self._at_its_address(one) or (one.owner is None and listed_by.alike(one, now)):
            return False
        self.ids.add(one.id)
        listed_by.add(one, now)
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

    guids: dict[str, str] = field(default_factory=dict)  # -> words
    titles: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    def add(self, one: Listed, now: datetime) -> None:
        words = _words_of(one.entry)
        if one.guid:
            self.guids.setdefault(one.guid, words)
        if one.title:
            self.titles.setdefault(one.title, []).append((one.at(now), words))

    def alike(self, one: Listed, now: datetime) -> bool:
        words = _words_of(one.entry)
        same_guid = self.guids.get(one.guid or "")
        if same_guid is not None and (len(one.guid or "") >= TELLING_GUID or not differ(words, same_guid)):
            return True
        same_title = self.titles.get(one.title or "", [])
        return any(abs(at - one.at(now)) <= known.SAME_TITLE and not differ(words, said) for at, said in same_title)
