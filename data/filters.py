"""What the analyst looks at: one frozen value, and its words on the command line and in the URL."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from data import grammar

if TYPE_CHECKING:
    from data.catalogue import Actor, Catalogue

_T = TypeVar("_T")

#: The language of an article whose language could not be told (ISO 639-3, "undetermined").
UNDETERMINED = "und"

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Filters:
    """What is looked at; an empty tuple, None or '' does not narrow.

    Values of one field widen each other (actor NATO or Ukraine), fields narrow each other. Outlets and panels are one
    field: the outlets named, and those of the panels. Days are inclusive, in UTC. The tone is the one toward the actor.
    """

    actors: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    from_day: date | None = None
    to_day: date | None = None
    search: str = ""
    tone_from: float | None = None
    tone_to: float | None = None
    copies: bool = True

    def mentions(self) -> pl.Expr:
        """True for a row of the hot frame (`queries.enriched`) that is looked at; the search is `queries.found`."""
        return _all(_one_of("actor", self.actors), self.articles(), self.about(), self.in_tone())

    def articles(self) -> pl.Expr:
        """True for a row with `outlet, language, day, is_copy` that lies in the same press and the same days.

        This is the denominator of attention: it knows nothing of actors, topics, stories, tones and searches.
        """
        if self.panels:
            raise ValueError("panels are not resolved: call filters.resolved(catalogue) first")
        told = tuple(language for language in self.languages if language != UNDETERMINED)
        return _all(
            _one_of("outlet", self.outlets),
            _any(
                expression
                for expression in (
                    _one_of("language", told),
                    pl.col("language").is_null() if UNDETERMINED in self.languages else None,
                )
                if expression is not None
            ),
            None if self.from_day is None else pl.col("day") >= self.from_day,
            None if self.to_day is None else pl.col("day") <= self.to_day,
            None if self.copies else ~pl.col("is_copy"),
        )

    def about(self) -> pl.Expr:
        """True for a row with `topics, story` that is about one of the topics and belongs to one of the stories."""
        topics = _any(pl.col("topics").list.contains(topic) for topic in self.topics)
        return _all(_one_of("story", self.stories), topics)

    def in_tone(self) -> pl.Expr:
        """True for a row whose `tone` lies between the two asked for; where one is asked for, unscored rows do not."""
        return _all(
            None if self.tone_from is None else pl.col("tone") >= self.tone_from,
            None if self.tone_to is None else pl.col("tone") <= self.tone_to,
        )

    def resolved(self, catalogue: Catalogue) -> Filters:
        """The same view with panels replaced by their outlets, and IPTC ids by the keys of their topics."""
        of_panels = [outlet.key for outlet in catalogue.outlets if set(outlet.panels) & set(self.panels)]
        # A panel without outlets shows nothing; left out, it would show everything.
        of_panels = of_panels or [f"panel:{panel}" for panel in self.panels]
        # A watched topic names the id that it overlaps with; the id itself is that of the topic by words.
        keys = {topic.id: topic.key for topic in catalogue.topics if topic.id and topic.query is None}
        return replace(
            self,
            outlets=_distinct([*self.outlets, *of_panels]),
            panels=(),
            topics=_distinct(keys.get(topic, topic) for topic in self.topics),
        )


def from_words(words: dict[str, list[str]]) -> tuple[Filters, list[str]]:
    """The filters that these words of the command line or the URL mean, and a message for each that means nothing.

    Words that are no filters are passed over; a value that means nothing is left out. Never raises.
    """
    problems: list[str] = []
    values = {_LISTS[word]: _distinct(v.strip() for v in words.get(word, []) if v.strip()) for word in _LISTS}
    from_day = _single(words, "from", _day, problems)
    to_day = _single(words, "to", _day, problems)
    if from_day and to_day and to_day < from_day:
        problems.append(f"to={to_day} lies before from={from_day}. Swap the two days.")
        from_day = to_day = None
    tone_from = _single(words, "tone-from", _tone, problems)
    tone_to = _single(words, "tone-to", _tone, problems)
    if tone_from is not None and tone_to is not None and tone_to < tone_from:
        problems.append(f"tone-to={tone_to:g} is less than tone-from={tone_from:g}. Swap the two.")
        tone_from = tone_to = None
    filters = Filters(
        **values,
        from_day=from_day,
        to_day=to_day,
        search=next((v.strip() for v in reversed(words.get("search", [])) if v.strip()), ""),
        tone_from=tone_from,
        tone_to=tone_to,
        copies=words.get("no-copies", ["0"])[-1:] in (["0"], ["false"]),
    )
    return filters, problems


def to_words(filters: Filters) -> dict[str, list[str]]:
    """The words that mean these filters: `from_words(to_words(f)) == (f, [])`; what does not narrow has no word."""
    words = {word: list(getattr(filters, field)) for word, field in _LISTS.items()}
    words["from"] = [filters.from_day.isoformat()] if filters.from_day else []
    words["to"] = [filters.to_day.isoformat()] if filters.to_day else []
    words["search"] = [filters.search] if filters.search else []
    words["tone-from"] = [] if filters.tone_from is None else [repr(filters.tone_from)]
    words["tone-to"] = [] if filters.tone_to is None else [repr(filters.tone_to)]
    words["no-copies"] = [] if filters.copies else ["1"]
    return {word: values for word, values in words.items() if values}


def check(filters: Filters, catalogue: Catalogue, outlets_seen: Iterable[str] = ()) -> list[str]:
    """A message for each key that neither the catalogue nor (for outlets) the archive knows, with the nearest ones."""
    known = {
        "actor": {actor.key for actor in catalogue.actors},
        "outlet": {outlet.key for outlet in catalogue.outlets} | set(outlets_seen),
        "panel": {panel for outlet in catalogue.outlets for panel in outlet.panels},
        "topic": {topic.key for topic in catalogue.topics} | {topic.id for topic in catalogue.topics if topic.id},
    }
    problems = [
        _unknown(word, value, known[word], _names(word, catalogue))
        for word in known
        for value in getattr(filters, _LISTS[word])
        if value not in known[word]
    ]
    # A search knows topics by their keys alone.
    known["topic"] -= {topic.id for topic in catalogue.topics}
    problems += [
        f"search: {_unknown(fact.field, fact.value, known[fact.field], _names(fact.field, catalogue, search=True))}"
        for fact in _asked(filters.search)
        if fact.field in known and fact.value not in known[fact.field]
    ]
    for language in filters.languages:
        if not re.fullmatch(r"[a-z]{2,3}", language):
            problems.append(f'language "{language}" is no code. Write two letters of ISO 639-1, such as en or de.')
    return problems


_LISTS = {
    "actor": "actors",
    "outlet": "outlets",
    "panel": "panels",
    "language": "languages",
    "topic": "topics",
    "story": "stories",
}


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _one_of(column: str, values: tuple[str, ...]) -> pl.Expr | None:
    # One value is by far the most frequent case, and == is several times faster than is_in.
    if len(values) == 1:
        return pl.col(column) == values[0]
    return pl.col(column).is_in(values) if values else None


def _any(expressions: Iterable[pl.Expr]) -> pl.Expr | None:
    given = list(expressions)
    return reduce(or_, given) if given else None


def _all(*expressions: pl.Expr | None) -> pl.Expr:
    """True where all hold; None narrows nothing."""
    return reduce(and_, (expression for expression in expressions if expression is not None), pl.lit(True))


def _single(words: dict[str, list[str]], word: str, parse: Callable[[str], _T], problems: list[str]) -> _T | None:
    """The last value of a word that is said once; the parser's complaint goes to the problems."""
    given = [value.strip() for value in words.get(word, []) if value.strip()]
    if not given:
        return None
    try:
        return parse(given[-1])
    except ValueError as complaint:
        problems.append(f"{word}={given[-1][:100]} {complaint}")
        return None


def _day(value: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        raise ValueError("is no day. Write it as YYYY-MM-DD, such as 2024-10-01.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("is no day of the calendar.") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"lies outside {FIRST_DAY} to {LAST_DAY}.")
    return day


def _tone(value: str) -> float:
    try:
        tone = float(value)
    except ValueError:
        tone = math.nan
    if not -1 <= tone <= 1:
        raise ValueError("is no tone. Write a number from -1 to 1, such as -0.05.")
    return tone


def _names(word: str, catalogue: Catalogue, search: bool = False) -> dict[str, str]:
    """Other words for the keys of this kind, in lower case."""
    if word == "actor":
        return {name: actor.key for actor in catalogue.actors for name in _written(actor)}
    if word == "outlet":
        return {outlet.name.casefold(): outlet.key for outlet in catalogue.outlets}
    if word == "topic":
        ids = {topic.id: topic.key for topic in catalogue.topics if topic.id and topic.query is None}
        return {topic.label.casefold(): topic.key for topic in catalogue.topics} | (ids if search else {})
    return {}


def _written(actor: Actor) -> set[str]:
    """The key, the label and the strong names of an actor in lower case."""
    strong = {name.text.casefold() for name in actor.names if name.strength == "strong"}
    return {actor.key, actor.label.casefold()} | strong


def _asked(query: str) -> Iterable[grammar.Fact]:
    """What a search asks of things known; nothing where it cannot be read, which whoever searches is told."""
    try:
        return grammar.facts(grammar.parse(query)) if query else ()
    except grammar.QueryError:
        return ()


def _unknown(word: str, value: str, known: set[str], names: Mapping[str, str]) -> str:
    """`names` are other words for the keys, in lower case: labels, and ways to write an actor."""
    meant = value.strip().casefold()
    near = [names[meant]] if meant in names else []
    near = near or [key for key in sorted(known) if meant in key.split("-")][:3]
    near = near or difflib.get_close_matches(meant, sorted(known), 3, 0.6)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known are, for example: {', '.join(sorted(known)[:5])}."
    return f'{word} "{value[:100]}" is not known. {hint if known else f"No {word} is known."}'
