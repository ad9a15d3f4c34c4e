"""How the names of the catalogue fare in real texts: what who edits actors.toml looks at before a chart is believed.

For each name its hits, lines in which it stands, what speaks against it, and what two actors claim; at the end rules to
paste. The time is linear in the texts, the memory bounded by the catalogue: samples and contexts are kept up to a
number for each name.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import polars as pl

from data.archive import Archive
from data.catalogue import Actor, Catalogue, Name
from data.terminal import printable
from ingest import files, text
from ingest.tally import Article as Article
from ingest.tally import Seen, Tally

FEW = 3  # hits that are no accident

#: Behind a name these make a newspaper or a broadcaster of it.
# fmt: off
OUTLET_WORDS = frozenset(
    [
        "Times", "Post", "News", "Herald", "Tribune", "Journal", "Daily", "Today", "Gazette", "Guardian",
        "Observer", "Telegraph", "Chronicle", "Mail", "Standard", "Star", "Sun", "Independent", "Examiner",
        "Monitor", "Review", "Weekly", "Magazine", "TV", "Radio",
    ]
)
# fmt: on


@dataclass(frozen=True)
class Suspicion:
    """What speaks against a name, with the words that do and how often."""

    what: str
    words: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class NameFound:
    """A name of an actor in the texts: where it counts, and where it stands and does not."""

    name: str
    rule: str  # strong, weak, never, or a kind
    counted: int
    passed_over: int
    articles: int  # in which it counts
    samples: tuple[str, ...]
    samples_passed_over: tuple[str, ...]
    suspicions: tuple[Suspicion, ...]


@dataclass(frozen=True)
class ActorFound:
    """The names of an actor that stand in the texts, most frequent first, and those that never do."""

    actor: str
    label: str
    hits: int
    names: tuple[NameFound, ...]
    never_there: tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """A name of two actors, or a stretch that two actors claim: how often, and a line where they do."""

    text: str
    actors: tuple[str, str]
    both_list_it: bool
    claimed_by_both: int
    sample: str


@dataclass(frozen=True)
class Suggestion:
    """A line for an actor's entry in actors.toml, in place of the one that is there, and why."""

    actor: str
    because: str
    line: str


@dataclass(frozen=True)
class Audit:
    """What the texts say about the catalogue."""

    articles: int
    languages: dict[str, int]  # "" where it is unsure
    actors: tuple[ActorFound, ...]
    conflicts: tuple[Conflict, ...]
    suggestions: tuple[Suggestion, ...]


def audit(articles: Iterable[Article], catalogue: Catalogue, actors: Iterable[str] = ()) -> Audit:
    """The names of these actors, or of all, in the articles."""
    wanted = set(actors)
    watched = [actor for actor in catalogue.actors if not wanted or actor.key in wanted]
    tally = Tally(catalogue, frozenset(actor.key for actor in watched))
    for article in articles:
        tally.count(article)
    found = tuple(sorted((_actor(actor, tally) for actor in watched), key=lambda one: (-one.hits, one.actor)))
    return Audit(
        articles=tally.articles,
        languages=dict(tally.languages.most_common()),
        actors=found,
        conflicts=tuple(_conflicts(catalogue, tally)),
        suggestions=tuple(suggestion for actor in watched for suggestion in _suggestions(actor, tally)),
    )


# Where the articles come from


def of_archive(archive: Archive, limit: int) -> Iterator[Article]:
    """The articles of the archive, a month at a time; of more than `limit` those of the least ids, which are hashes."""
    drawn = archive.articles().select("id").collect()["id"].sort().head(limit)
    columns = ["title", "text", "language", "published_at"]
    for month in archive.months():
        some = archive.articles().filter(pl.col("month") == month, pl.col("id").is_in(drawn.implode()))
        for row in some.select(columns).collect().iter_rows():
            yield Article(*row)


def of_files(batches: Iterable[files.Batch], limit: int, tell: Callable[[str], object]) -> Iterator[Article]:
    """The first articles of these files; `tell` hears what cannot be read. A language not told is guessed."""
    left = limit
    for batch in batches:
        for problem in batch.problems:
            tell(problem)
        for title, body, language, published_at in (
            batch.articles.head(left).select("title", "text", "language", "published_at").iter_rows()
        ):
            yield Article(title, body, language or text.language(title, body), published_at)
        left -= min(left, batch.articles.height)
        if not left:
            return


# What is told of an actor


def _actor(actor: Actor, tally: Tally) -> ActorFound:
    there = [name for name in actor.names if (actor.key, name) in tally.seen]
    found = sorted(
        (_name(actor, name, tally) for name in there), key=lambda one: (-one.counted, -one.passed_over, one.name)
    )
    never_there = tuple(
        name.text for name in actor.names if name not in there and _could_stand_there(name, tally.languages)
    )
    return ActorFound(actor.key, actor.label, sum(one.counted for one in found), tuple(found), never_there)


def _could_stand_there(name: Name, languages: Counter[str]) -> bool:
    """Not the Russian names where no Russian text was read."""
    if not name.text.isascii() and not languages.keys() - {"en"}:
        return False
    wanted = {language for language in name.languages if not language.startswith("-")}
    unwanted = {language[1:] for language in name.languages if language.startswith("-")}
    return any((not wanted or language in wanted) and language not in unwanted for language in languages)


def _name(actor: Actor, name: Name, tally: Tally) -> NameFound:
    seen = tally.seen[actor.key, name]
    return NameFound(
        name=name.text,
        rule=name.strength if name.kind == "name" else name.kind,
        counted=seen.counted,
        passed_over=seen.passed_over,
        articles=seen.articles,
        samples=tuple(seen.samples),
        samples_passed_over=tuple(seen.samples_passed_over),
        suspicions=tuple(_suspicions(actor, name, tally)),
    )


def _suspicions(actor: Actor, name: Name, tally: Tally) -> Iterator[Suspicion]:
    seen = tally.seen[actor.key, name]
    for what, words in (
        ("another's given name before it", _given_names(actor, name, tally)),
        ("a newspaper or broadcaster", _behind(seen, OUTLET_WORDS)),
        ("a place or body that is called after it", _behind(seen, _CALLED_AFTER)),
        ("nearly always before the same word", _fixed(seen, name, tally)),
    ):
        if words:
            yield Suspicion(what, words)
    for what, times in (
        ("also a common word, in small letters", tally.common[name.text.lower()] if _is_common(name, tally) else 0),
        ("half of it in articles on sport", seen.in_sport if 2 * seen.in_sport >= max(seen.counted, FEW) else 0),
        ("in bylines", seen.in_bylines if seen.in_bylines >= FEW else 0),
    ):
        if times:
            yield Suspicion(what, ((name.text, times),))


def _given_names(actor: Actor, name: Name, tally: Tally) -> tuple[tuple[str, int], ...]:
    """Capitalised words before a person's surname that no text writes in small letters: names, not "But Trump"."""
    if actor.kind != "person" or " " in name.text:
        return ()
    return tuple(
        (word, times)
        for word, times in tally.seen[actor.key, name].before.most_common(10)
        if times > 1 and word.lower() not in tally.small and not word.isupper()
    )


def _behind(seen: Seen, words: frozenset[str]) -> tuple[tuple[str, int], ...]:
    return tuple((word, times) for word, times in seen.after.most_common() if word in words and times >= FEW)[:10]


#: Behind a name these make a place or a body of it that is neither a person nor a government.
_CALLED_AFTER = frozenset(
    ["Avenue", "Bridge", "Center", "Centre", "City", "County", "Foundation", "Hotel", "Islands"]
) | (frozenset(["Library", "Museum", "Road", "School", "Street", "Tower", "University"]))


def _fixed(seen: Seen, name: Name, tally: Tally) -> tuple[tuple[str, int], ...]:
    """A word that stands behind half of the hits or more: "Dutch Ruppersberger"."""
    words = tally.catalogue.words
    if name.kind == "nominal":
        return ()
    return tuple(
        (word, times)
        for word, times in seen.after.most_common(1)
        if times >= max(FEW, seen.counted / 2) and word not in words.given_names | words.titles
    )


def _is_common(name: Name, tally: Tally) -> bool:
    return (
        not name.exact
        and name.strength != "never"
        and name.text[0].isupper()
        and tally.common[name.text.lower()] >= max(FEW, tally.counted[name.text] / 2)
    )


# Conflicts: names that two actors have


def _conflicts(catalogue: Catalogue, tally: Tally) -> Iterator[Conflict]:
    """Also those that no text shows; the most frequent first."""
    listed = _listed_twice(catalogue, tally.actors)
    found = [
        Conflict(text, actors, (text, actors) in listed, times, sample)
        for (text, actors), (times, sample) in tally.claims.items()
        if not _is_office(catalogue, actors)
    ]
    told = {(one.text, one.actors) for one in found}
    found += [Conflict(text, actors, True, 0, "") for text, actors in listed if (text, actors) not in told]
    yield from sorted(found, key=lambda one: (-one.claimed_by_both, one.text, one.actors))


def _listed_twice(catalogue: Catalogue, actors: frozenset[str]) -> set[tuple[str, tuple[str, str]]]:
    bearers: defaultdict[str, set[str]] = defaultdict(set)
    for actor in catalogue.actors:
        for name in actor.names:
            if name.strength != "never" and name.kind != "nominal" and actor.kind != "office":
                bearers[name.text].add(actor.key)
    return {
        (text, (pair[0], pair[1]))
        for text, keys in bearers.items()
        for pair in combinations(sorted(keys), 2)
        if not actors.isdisjoint(pair)
    }


def _is_office(catalogue: Catalogue, actors: tuple[str, str]) -> bool:
    """An office has a layer of its own: "President Trump" is both."""
    return any(actor.kind == "office" for actor in catalogue.actors if actor.key in actors)


# Rules to paste


def _suggestions(actor: Actor, tally: Tally) -> Iterator[Suggestion]:
    never = list(_wrong_phrases(actor, tally))
    if never:
        names = [Name(phrase, "never") for phrase, _ in never]
        told = ", ".join(f'"{phrase}" stands there {times} times' for phrase, times in never)
        yield Suggestion(actor.key, told, _list_line("never", [*_listed(actor, "never"), *names]))
    titles = [(title, times) for title, times in _lost_titles(actor, tally)]
    if titles:
        told = ", ".join(f'"{title} {_surname(actor)}" does not count {times} times' for title, times in titles)
        names = [Name(title, "weak") for title, _ in titles]
        yield Suggestion(actor.key, told, _list_line("titles", [*actor.titles, *names]))
    common = [name for name in _listed(actor, "strong") if (actor.key, name) in tally.seen and _is_common(name, tally)]
    if common:
        times = [(name.text, tally.common[name.text.lower()]) for name in common]
        told = ", ".join(f'"{text}" stands there {count} times in small letters' for text, count in times)
        strong = [name for name in _listed(actor, "strong") if name not in common]
        weak = [*_listed(actor, "weak"), *(replace(name, strength="weak", exact=True) for name in common)]
        yield Suggestion(actor.key, told, f"{_list_line('strong', strong)}\n{_list_line('weak', weak)}")


def _wrong_phrases(actor: Actor, tally: Tally) -> Iterator[tuple[str, int]]:
    known = {name.text for name in actor.names}
    for name in actor.names:
        if name.strength == "never" or (actor.key, name) not in tally.seen:
            continue
        seen, text = tally.seen[actor.key, name], name.text.removesuffix("*")
        before = [(f"{word} {text}", times) for word, times in _given_names(actor, name, tally) if times >= FEW]
        behind = [
            (f"{text} {word}", times)
            for word, times in {*_behind(seen, OUTLET_WORDS), *_fixed(seen, name, tally), *_behind(seen, _CALLED_AFTER)}
        ]
        yield from sorted(one for one in [*before, *behind] if one[0] not in known)


def _lost_titles(actor: Actor, tally: Tally) -> Iterator[tuple[str, int]]:
    """Titles before a surname that waits in vain. Whether they are this actor's, the editor knows."""
    known = {title.text for title in actor.titles} | set(actor.not_after)
    for name in actor.names:
        if name.strength == "weak" and (actor.key, name) in tally.seen:
            for title, times in tally.seen[actor.key, name].titles.most_common(3):
                if times >= FEW and title not in known and title in _OF_OFFICE:
                    yield title, times


# fmt: off
_OF_OFFICE = frozenset(
    [
        "President", "Chancellor", "Secretary", "Senator", "Sen.", "Representative", "Rep.", "Speaker", "Governor",
        "Gov.", "Minister", "Premier", "Judge", "Justice", "Director", "Ambassador", "General", "Gen.", "Mayor",
        "Congressman", "Congresswoman", "Mr.", "Mrs.", "Ms.", "Dr.",
    ]
)
# fmt: on


def _surname(actor: Actor) -> str:
    return next((name.text for name in actor.names if name.strength == "weak" and name.kind == "name"), actor.label)


def _listed(actor: Actor, strength: str) -> list[Name]:
    return [name for name in actor.names if name.strength == strength and name.kind == "name"]


def _list_line(key: str, names: list[Name]) -> str:
    return f"{key} = [{', '.join(map(_toml, names))}]"


def _toml(name: Name) -> str:
    """A name as actors.toml writes it: a text, or a table where more is said of it."""
    more = []
    if name.exact:
        more.append("exact = true")
    if name.languages:
        more.append(f"languages = [{', '.join(map(_quoted, name.languages))}]")
    more += [f"{key} = {day}" for key, day in (("from", name.first), ("to", name.last)) if isinstance(day, date)]
    if name.near:
        more.append(f"near = [{', '.join(map(_quoted, name.near))}]")
    return f"{{{', '.join([f'name = {_quoted(name.text)}', *more])}}}" if more else _quoted(name.text)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# For people and for programs


def as_json(found: Audit) -> dict[str, Any]:
    """The audit as plain values."""
    return asdict(found)


def told(found: Audit) -> str:
    """The audit for people, in a terminal: what texts of others hold is inert there."""
    return "\n".join(_told(found))


def _told(found: Audit) -> Iterator[str]:
    languages = ", ".join(f"{language or 'unsure'} {times:,}" for language, times in found.languages.items())
    hits = sum(actor.hits for actor in found.actors)
    yield f"{found.articles:,} articles read ({languages or 'none'}): {hits:,} hits"
    for actor in found.actors:
        if actor.names:
            yield from _told_actor(actor)
    if found.conflicts:
        yield "\nNames that two actors have"
        yield from (_told_conflict(conflict) for conflict in found.conflicts)
    silent = [actor for actor in found.actors if actor.never_there]
    if silent:
        yield "\nNames that never stood there"
        yield from (f"  {one.actor}: {printable(', '.join(one.never_there), 2_000)}" for one in silent)
    if found.suggestions:
        yield "\nSuggested rules, each line in place of the one that is there; add a sentence, then `catalogue check`"
        for suggestion in found.suggestions:
            yield f"\n# {printable(suggestion.because, 500)}\n[{suggestion.actor}]"
            yield from (printable(line, 20_000) for line in suggestion.line.split("\n"))


def _told_actor(actor: ActorFound) -> Iterator[str]:
    yield f"\n{actor.actor} ({printable(actor.label)}): {actor.hits:,} hits"
    for name in actor.names:
        yield f'  {name.rule} "{printable(name.name)}": {_told_counts(name)}'
        yield from (f"      + {printable(line)}" for line in name.samples)
        yield from (f"      - {printable(line)}" for line in name.samples_passed_over)
        for suspicion in name.suspicions:
            words = ", ".join(f"{word} {times:,}" for word, times in suspicion.words)
            yield f"      ! {suspicion.what}: {printable(words)}"


def _told_counts(name: NameFound) -> str:
    if name.rule == "never":
        return f"{name.passed_over:,} passed over"
    passed = f", {name.passed_over:,} passed over" if name.passed_over else ""
    return f"{name.counted:,} in {name.articles:,} articles{passed}"


def _told_conflict(conflict: Conflict) -> str:
    both = " and ".join(conflict.actors)
    listed = "both list it" if conflict.both_list_it else "each reads it so"
    claimed = f", {conflict.claimed_by_both:,} stretches claimed by both: {printable(conflict.sample)}"
    return f'  "{printable(conflict.text)}": {both}; {listed}{claimed if conflict.claimed_by_both else ""}'
