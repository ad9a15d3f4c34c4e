"""The catalogue: who is watched, where we look, what topics mean. People edit it; this reads and checks it.

Four TOML files in one folder: `actors.toml`, `outlets.toml`, `topics.toml`, and `words.toml` with what stands around
names in English news (titles, given names, newspapers). A fault is a CatalogueError that names file and entry and says
what to write.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from data import grammar
from data.entries import DEFAULT as DEFAULT
from data.entries import SLUG, Entry, did_you_mean, entries, entries_of, read
from data.entries import CatalogueError as CatalogueError
from data.identity import digest

Strength = Literal["strong", "weak", "never"]
NameKind = Literal["name", "metonym", "demonym", "nominal"]
ActorKind = Literal["person", "organisation", "country", "office"]
FullText = Literal["allowed", "headline-only"]

ACTOR_KINDS = ("person", "organisation", "country", "office")
MEDIA_TYPES = ("wire", "print", "broadcast", "digital", "official", "think-tank", "unknown")
OWNERSHIPS = ("private", "public", "state", "unknown")
UNKNOWN_COUNTRY = "ZZ"  # as in CLDR
FULL_TEXTS = ("allowed", "headline-only")
FEED_KINDS = ("feed", "news-sitemap")
COLOURS = range(6)


@dataclass(frozen=True, slots=True)
class Name:
    """A way to write an actor, and when it counts.

    A strong name counts alone. A weak one counts where the article also has a strong name of the actor or one of its
    context words, or where one of the actor's titles stands right before it. A never-name counts for nobody, and
    neither does any name inside it. A final `*` stands for an ending of up to three letters.
    """

    text: str
    strength: Strength
    kind: NameKind = "name"
    exact: bool = False  # never in a line of capitals, where it may be the common word
    languages: tuple[str, ...] = ()  # only in these, or with a minus ("-it") in all but these; empty: in all
    first: date | None = None  # counts in articles of this day and later
    last: date | None = None  # and until this day
    near: tuple[str, ...] = ()  # a weak name also counts where one of these words stands in its sentence


@dataclass(frozen=True, slots=True)
class Holder:
    """Who held an office from one day to another."""

    actor: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone or something watched. `colour` is an index into the six actor colours of the charts."""

    key: str
    label: str
    kind: ActorKind
    colour: int
    wikidata: str | None
    parent: str | None
    names: tuple[Name, ...]
    titles: tuple[Name, ...]  # right before a weak name they make it count: "Vice President" Harris
    context: tuple[str, ...]  # anywhere in the article they make weak names count: Tbilisi for Georgia
    not_after: tuple[str, ...]  # right before a surname or weak name they reject it; `#` is any number
    not_before: tuple[str, ...]  # and right after it
    holders: tuple[Holder, ...]  # of an office
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedSource:
    """One address of an outlet that lists its articles; some ask for their own User-Agent or Accept header."""

    url: str
    kind: Literal["feed", "news-sitemap"] = "feed"
    user_agent: str | None = None
    accept: str | None = None


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes. `added` and `retired` tell on which days it belonged to its panels.

    One that came from a reader's list may have no languages, and `unknown` or UNKNOWN_COUNTRY where nothing is known.
    """

    key: str
    name: str
    homepage: str
    country: str
    languages: tuple[str, ...]
    media_type: str
    ownership: str
    panels: tuple[str, ...]
    feeds: tuple[FeedSource, ...]
    full_text: FullText
    added: date | None
    retired: date | None


@dataclass(frozen=True, slots=True)
class Topic:
    """What an article can be about: a lexicon of words with their weights, or a watched query."""

    key: str
    label: str
    id: str | None  # medtop:… of the IPTC Media Topics
    words: tuple[tuple[str, int], ...]
    query: str | None
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around names, as it is written there."""

    given_names: frozenset[str]  # before a surname: another person
    titles: frozenset[str]  # before a surname: nothing against it
    institutions: frozenset[str]  # after a surname: something that is called after the person
    publications: frozenset[str]  # newspapers whose titles hold a name
    place_before: frozenset[str]  # before a capital: the place is meant
    government_before: frozenset[str]  # before a capital: its government is meant
    government_after: frozenset[str]  # and after it
    place_after: frozenset[str]  # after a capital, or as its own: the place after all
    societies: frozenset[str]  # in capitals behind a demonym: a body of its own, "American Medical Association"
    sport: frozenset[str]  # an article that is full of these tells of a game, and a country in it is a team


@dataclass(frozen=True)
class Catalogue:
    """All that people wrote down. `version` is 12 hex digits that change when a reading of an article may change."""

    actors: tuple[Actor, ...]
    outlets: tuple[Outlet, ...]
    topics: tuple[Topic, ...]
    words: Words
    version: str

    def __hash__(self) -> int:
        return hash(self.version)


def load(folder: Path) -> Catalogue:
    """The catalogue in this folder; `words.toml` may be missing there, then the one that ships is used."""
    actors = _actors(folder)
    outlets = tuple(_outlet(entry) for entry in entries(folder / "outlets.toml", "outlet"))
    topics = _topics(folder)
    words = _words(folder)
    _check_feeds_are_listed_once(outlets)
    return Catalogue(actors, outlets, topics, words, _version(actors, topics, words))


def _version(actors: tuple[Actor, ...], topics: tuple[Topic, ...], words: Words) -> str:
    # Labels, colours and example sentences are left out: a reading does not depend on them.
    read = [
        (a.key, a.kind, a.parent, a.names, a.titles, a.context, a.not_after, a.not_before, a.holders) for a in actors
    ]
    asked = [(t.key, t.words, t.query) for t in topics]
    around = [(field, sorted(getattr(words, field))) for field in Words.__slots__]
    return digest(repr((read, asked, around)))[:12]


# Actors


def _actors(folder: Path) -> tuple[Actor, ...]:
    found = list(entries(folder / "actors.toml", "actor"))
    actors = tuple(_actor(entry) for entry in found)
    keys = {actor.key for actor in actors}
    for entry, actor in zip(found, actors, strict=True):
        for field, other in [("parent", actor.parent), *(("holders", holder.actor) for holder in actor.holders)]:
            if other is not None and other not in keys:
                raise entry.error(f"names {other!r} in `{field}`, which is no actor", did_you_mean(other, keys))
    return actors


def _actor(entry: Entry) -> Actor:
    actor = Actor(
        key=entry.key,
        label=entry.text("label"),
        kind=cast(ActorKind, entry.one_of("kind", ACTOR_KINDS)),
        colour=entry.number("colour", COLOURS, default=_colour(entry.key)),
        wikidata=entry.optional_text("wikidata", r"Q[1-9]\d*", 'the number of its Wikidata page, as in "Q7184"'),
        parent=entry.optional_text("parent"),
        names=tuple(_names(entry)),
        titles=tuple(_name(entry, "titles", value, "weak", "name") for value in entry.values("titles")),
        context=entry.texts("context"),
        not_after=entry.texts("not_after"),
        not_before=entry.texts("not_before"),
        holders=tuple(_holder(entry, value) for value in entry.values("holders")),
        examples=entry.texts("examples"),
        counter_examples=entry.texts("counter_examples"),
    )
    entry.finish()
    if not any(name.strength != "never" for name in actor.names):
        raise entry.error("has no name that could be found", f'Add `strong = ["{actor.label}"]` under [{entry.key}].')
    return actor


#: The lists of names in an actor's entry: key, strength and kind.
_NAME_LISTS: tuple[tuple[str, Strength, NameKind], ...] = (
    ("strong", "strong", "name"),
    ("weak", "weak", "name"),
    ("metonyms", "weak", "metonym"),
    ("demonyms", "strong", "demonym"),
    ("nominals", "weak", "nominal"),
    ("never", "never", "name"),
)


def _names(entry: Entry) -> Iterator[Name]:
    seen: set[tuple[str, date | None, tuple[str, ...]]] = set()
    for field, strength, kind in _NAME_LISTS:
        for value in entry.values(field):
            name = _name(entry, field, value, strength, kind)
            if (name.text, name.first, name.languages) in seen:
                raise entry.error(f'lists the name "{name.text}" twice', "Keep the one that is meant.")
            seen.add((name.text, name.first, name.languages))
            yield name


def _name(entry: Entry, field: str, value: object, strength: Strength, kind: NameKind) -> Name:
    """A name is a string, or a table with `name` and what it depends on."""
    if isinstance(value, str):
        value = {"name": value}
    inner = entry.inner(field, value, 'a name, or {name = "…", languages = ["de"], from = 2024-10-01}')
    name = Name(
        text=inner.text("name"),
        strength=_strength(inner, strength),
        kind=kind,
        exact=inner.flag("exact"),
        languages=inner.texts("languages", r"-?[a-z]{2}", 'languages as in "de", or "-it" for all but Italian'),
        first=inner.day("from"),
        last=inner.day("to"),
        near=inner.texts("near"),
    )
    inner.finish()
    if not any(letter.isalpha() for letter in name.text) or name.text != " ".join(name.text.split()):
        raise entry.error(
            f"has the name {name.text!r} in `{field}`", "Write it as it stands in the news, single-spaced."
        )
    return name


def _strength(inner: Entry, of_list: Strength) -> Strength:
    return cast(Strength, inner.one_of("strength", ("strong", "weak", "never"), default=of_list))


def _holder(entry: Entry, value: object) -> Holder:
    inner = entry.inner("holders", value, '{actor = "mark-rutte", from = 2024-10-01}')
    holder = Holder(inner.text("actor"), inner.day("from"), inner.day("to"))
    inner.finish()
    return holder


def _colour(key: str) -> int:
    """The colour of an actor that names none: always the same for the same key."""
    return int(digest(key)[:8], 16) % len(COLOURS)


# Outlets


def _outlet(entry: Entry) -> Outlet:
    outlet = Outlet(
        key=entry.key,
        name=entry.text("name"),
        homepage=_address(entry, "homepage", entry.text("homepage")),
        country=entry.text("country", r"[A-Z]{2}", 'two capitals of ISO 3166, as in "GB"'),
        languages=entry.texts("languages", r"[a-z]{2}", 'two letters of ISO 639, as in "en"'),
        media_type=entry.one_of("media_type", MEDIA_TYPES),
        ownership=entry.one_of("ownership", OWNERSHIPS),
        panels=entry.texts("panels", SLUG, 'lower-case words, as in "uk-national"'),
        feeds=tuple(_feed(entry, value) for value in entry.values("feeds")),
        full_text=cast(FullText, entry.one_of("full_text", FULL_TEXTS, default="headline-only")),
        added=entry.day("added"),
        retired=entry.day("retired"),
    )
    entry.finish()
    if not outlet.feeds:
        raise entry.error("has no feed", f'Add `feeds = [{{url = "https://…"}}]` under [{entry.key}].')
    return outlet


def _feed(entry: Entry, value: object) -> FeedSource:
    inner = entry.inner("feeds", value, '{url = "https://…"}')
    feed = FeedSource(
        url=_address(entry, "feeds", inner.text("url")),
        kind=cast(Literal["feed", "news-sitemap"], inner.one_of("kind", FEED_KINDS, default="feed")),
        user_agent=inner.optional_text("user_agent"),
        accept=inner.optional_text("accept"),
    )
    inner.finish()
    return feed


def _address(entry: Entry, field: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:
        good = False
    if not good:
        raise entry.error(f"has the address {url!r} in `{field}`", "Write one that starts with https:// or http://.")
    if "@" in parts.netloc:
        # A feed's address stands in logs, in the archive and on the Health page.
        raise entry.error(
            f"has a user or password in an address of `{field}`", "Every reader would see it. Leave it out."
        )
    return url


def _check_feeds_are_listed_once(outlets: tuple[Outlet, ...]) -> None:
    # Read twice, a feed's articles would belong to whichever outlet came first.
    owner: dict[str, str] = {}
    for outlet in outlets:
        for feed in outlet.feeds:
            if feed.url in owner:
                raise CatalogueError(
                    f'outlets.toml: outlet "{outlet.key}" lists {feed.url}, which "{owner[feed.url]}" lists too. '
                    "Keep it where it belongs."
                )
            owner[feed.url] = outlet.key


# Topics


def _topics(folder: Path) -> tuple[Topic, ...]:
    tables = dict(read(folder / "topics.toml"))
    watched = tables.pop("watched", {})
    if not isinstance(watched, dict):
        raise CatalogueError("topics.toml: `watched` is no table. Write [watched.sanctions] with `label` and `query`.")
    listed = tuple(_topic(entry) for entry in entries_of("topics.toml", "topic", tables))
    asked = tuple(_watched(entry) for entry in entries_of("topics.toml", "watched topic", watched))
    for topic in asked:
        if topic.key in tables:
            raise CatalogueError(f'topics.toml: "{topic.key}" is a topic and a watched topic. Rename one of them.')
    return listed + asked


def _topic(entry: Entry) -> Topic:
    weights = (("strong", 3), ("medium", 2), ("weak", 1))
    topic = Topic(
        key=entry.key,
        label=entry.text("label"),
        id=entry.optional_text("id", r"medtop:\d{8}", 'an IPTC Media Topic, as in "medtop:11000000"'),
        words=tuple((word, weight) for field, weight in weights for word in entry.texts(field)),
        query=None,
        examples=entry.texts("examples"),
        counter_examples=entry.texts("counter_examples"),
    )
    entry.finish()
    if not topic.words:
        raise entry.error("has no words", f'Add `strong = ["…"]` under [{entry.key}].')
    return topic


def _watched(entry: Entry) -> Topic:
    topic = Topic(
        key=entry.key,
        label=entry.text("label"),
        id=entry.optional_text("id", r"medtop:\d{8}", 'an IPTC Media Topic, as in "medtop:11000000"'),
        words=(),
        query=_query(entry),
        examples=entry.texts("examples"),
        counter_examples=entry.texts("counter_examples"),
    )
    entry.finish()
    return topic


def _query(entry: Entry) -> str:
    query = entry.text("query")
    try:
        grammar.parse(query, fields=False)
    except grammar.QueryError as error:
        raise entry.error(
            f"has a query that breaks at character {error.position + 1}",
            f"{error.message[0].upper()}{error.message[1:]}",
        ) from None
    return query


# Words around names


def _words(folder: Path) -> Words:
    file = folder / "words.toml"
    tables = read(file if file.exists() else DEFAULT / "words.toml")
    entry = Entry("words.toml", "list", "words", tables)
    words = Words(*(frozenset(entry.texts(field)) for field in Words.__slots__))
    entry.finish()
    return words
