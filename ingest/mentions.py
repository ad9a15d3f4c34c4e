"""Which actors an article names, where, and in what sense, by the rules of the catalogue.

`ingest.matcher` finds names, `ingest.verdicts` tells what the words right around one make of it, and here the article
as a whole decides on weak names. All offsets are code points. The time is linear in the text.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.catalogue import Actor, Catalogue, Holder, Name, Words
from ingest.matcher import Field, Matcher, Meaning, Spot, is_valid, matcher_of, occurrences, word_after, word_before
from ingest.verdicts import INSIDE, Verdict, is_capitalised, verdict_on


@dataclass(frozen=True, slots=True)
class Span:
    """One place where an article names an actor, and the rule that says so."""

    actor: str
    field: Field
    start: int
    end: int
    text: str
    kind: str
    rule: str


def find(
    title: str, text: str, language: str | None, published_at: datetime | None, catalogue: Catalogue
) -> list[Span]:
    """All places where title and text name an actor, in reading order.

    Names that are bound to a time count in any article that is undated; names that are bound to a language count in any
    text whose language is unknown.
    """
    return sighted(matcher_of(catalogue), title, text, language, published_at)[1]


@dataclass(frozen=True, slots=True)
class Trace:
    """One place that looks like a name, and what was made of it; `rule` is empty where it does not count."""

    actor: str
    name: Name
    field: Field
    start: int
    end: int
    before: str  # the word before it
    after: str  # and the one behind
    in_sport: bool  # the article tells of a game
    verdict: Verdict
    rule: str


def trace(
    title: str, text: str, language: str | None, published_at: datetime | None, catalogue: Catalogue
) -> list[Trace]:
    """All places where title and text could name an actor, in the order of the catalogue's automaton, title first."""
    named, spans, in_sport = sighted(matcher_of(catalogue), title, text, language, published_at)
    rules = {(span.actor, span.field, span.start, span.end): span.rule for span in spans}
    traces: dict[tuple[str, Field, int, int], Trace] = {}
    for seen in named:
        if seen.meaning.actor is None:
            continue
        spot, name = seen.spot, seen.meaning.name
        place = (seen.meaning.actor.key, spot.field, spot.start, spot.end)
        # "NATO" may be the name "Nato" in capitals too; as it is written comes first.
        if place not in traces or name.text == spot.text:
            by_rule = rules.get(place, "")
            traces[place] = Trace(
                *(place[0], name, *place[1:]), spot.before, spot.after, in_sport, seen.verdict, by_rule
            )
    return list(traces.values())


def sighted(
    matcher: Matcher, title: str, text: str, language: str | None, published_at: datetime | None
) -> tuple[list["Sighting"], list[Span], bool]:
    """All that looks like a name, the spans that it comes to, and whether the article tells of a game."""
    day = published_at.date() if published_at else None
    sightings = [
        *_sightings(matcher, "title", title, language, day),
        *_sightings(matcher, "text", text, language, day),
    ]
    in_sport = _is_sport(sightings, len(title) + len(text))
    if in_sport:
        sightings = [replace(s, verdict="nothing") if _is_a_team(matcher.words, s) else s for s in sightings]
    named = [sighting for sighting in sightings if not (sighting.meaning.context or sighting.meaning.sport)]
    witness = _witnesses(sightings)
    spans = [*_plain(named, witness), *_surnames(named, witness)]
    spans.extend(_holders(matcher, spans, {"title": title, "text": text}, day))
    spans.sort(key=lambda span: (span.field != "title", span.start, -span.end, span.actor))
    # A form can have two meanings of one actor, as "President Trump" of two terms.
    return named, list({(span.actor, span.field, span.start, span.end): span for span in spans}.values()), in_sport


# Sightings: names where they stand


@dataclass(frozen=True, slots=True)
class Sighting:
    """A meaning at a spot. `by` is what stands beside it and decided, where something did."""

    meaning: Meaning
    spot: Spot
    verdict: Verdict
    by: str = ""

    @property
    def place(self) -> tuple[bool, int]:
        """Grows in reading order."""
        return self.spot.field == "text", self.spot.start


def _sightings(
    matcher: Matcher, field: Field, content: str, language: str | None, day: date | None
) -> Iterator[Sighting]:
    """The longest names in `content`, none inside another, each with the verdict of the words around it.

    Titles of offices and nominals stand in a layer of their own: "NATO chief" names NATO too.
    """
    datelines = _datelines(content) if field == "text" else []
    reached = [0, 0]
    for start, end, meanings in occurrences(matcher, content, language):
        spot = Spot(field, content, language, day, start, end, word_before(content, start), word_after(content, end))
        in_dateline = bisect_right(datelines, start) % 2 == 1
        free = [layer for layer in (0, 1) if start >= reached[layer]]
        for meaning in meanings:
            if not is_valid(meaning.name, language, day):
                continue
            if meaning.context or meaning.sport:
                yield Sighting(meaning, spot, "counts")
            elif _layer(meaning) in free:
                reached[_layer(meaning)] = end
                yield Sighting(meaning, spot, *verdict_on(matcher, meaning, spot, in_dateline))


# A game takes more words than one: "the goal of the match" may stand in any article.
_KINDS_OF_SPORT, _ROOM_FOR_SPORT = 2, 400


def _is_sport(sightings: Iterable[Sighting], length: int) -> bool:
    """Whether the article tells of a game: two different words of sport, and one in 400 code points."""
    said = Counter(sighting.meaning.name.text for sighting in sightings if sighting.meaning.sport)
    return len(said) >= _KINDS_OF_SPORT and said.total() * _ROOM_FOR_SPORT >= length


def _is_a_team(words: Words, sighting: Sighting) -> bool:
    """Whether a country in an article on sport is its team: "England beat Wales", not "in Wales"."""
    actor, spot = sighting.meaning.actor, sighting.spot
    if actor is None or actor.kind != "country" or sighting.meaning.name.kind != "name":
        return False
    before = spot.content[max(0, spot.start - 2) : spot.start].strip()
    return not before.endswith("(") and spot.before.lower() not in words.place_before - {"the", "over"}


def _layer(meaning: Meaning) -> int:
    return int(meaning.actor is not None and (meaning.actor.kind == "office" or meaning.name.kind == "nominal"))


_DATELINE = re.compile(
    r"^(?:[A-Z][A-Z.’' -]{2,30}(?:, [A-Z][\w.]*(?: [A-Z][\w.]*){0,2})?(?: \([^)\n]{2,30}\))? ?(?:-|–|—|--) "
    r"|[A-Z]\w{2,20}(?: [A-Z]\w{2,20})?(?:, [A-Z][\w. ]{2,20})? \((?:AP|AFP|CNN|Reuters|dpa|UPI)\))",
    re.MULTILINE,
)


def _datelines(content: str) -> list[int]:
    """Where the places of writing before the first words begin and end, by turns: "KYIV, Ukraine (AP) - "."""
    return [bound for match in _DATELINE.finditer(content) for bound in match.span()]


# The article as a whole: who bears witness for a weak name


@dataclass(frozen=True, slots=True)
class _Witness:
    place: tuple[bool, int]
    text: str
    context: bool = False  # no name of the actor


def _witnesses(sightings: Iterable[Sighting]) -> dict[str, _Witness]:
    """For each actor the first name that counts by itself, else its first context word."""
    strong: dict[str, _Witness] = {}
    context: dict[str, _Witness] = {}
    for sighting in sightings:
        if sighting.meaning.actor and sighting.verdict in ("counts", "titled", "near"):
            kept = context if sighting.meaning.context else strong
            kept.setdefault(
                sighting.meaning.actor.key, _Witness(sighting.place, sighting.spot.text, sighting.meaning.context)
            )
    return context | strong


def _plain(named: list[Sighting], witness: dict[str, _Witness]) -> Iterator[Span]:
    """What counts by itself, and weak names that are no surnames."""
    for sighting in named:
        actor, name, verdict = sighting.meaning.actor, sighting.meaning.name, sighting.verdict
        if actor is None:
            continue
        seen = witness.get(actor.key)
        if verdict == "counts":
            yield _span(sighting, actor, "")
        elif verdict == "titled":
            yield _span(sighting, actor, f'after title "{sighting.by}"')
        elif sighting.meaning.surname:
            continue
        elif verdict == "near":
            yield _span(sighting, actor, f'near "{sighting.by}"')
        # A description needs the name before it; a headline may use a weak name that the text explains.
        elif verdict == "waits" and seen and (name.kind != "nominal" or _is_named_before(seen, sighting)):
            yield _span(sighting, actor, _beside(seen, sighting))


def _is_named_before(seen: _Witness, sighting: Sighting) -> bool:
    return not seen.context and seen.place < sighting.place


def _surnames(named: list[Sighting], witness: dict[str, _Witness]) -> Iterator[Span]:
    """Weak surnames, where the actor bears them; where nobody is named in full, a context word suffices."""
    bearers = _Bearers(named)
    for sighting in named:
        actor, surname = sighting.meaning.actor, sighting.meaning.name.text
        bearers.pass_by(sighting)
        if actor is None or not sighting.meaning.surname or sighting.verdict not in ("waits", "near"):
            continue
        if sighting.verdict == "near" and actor.kind == "country" and sighting.spot.before in INSIDE:
            # "in Jordan and Lebanon", though a Jordan speaks.
            yield _span(sighting, actor, f'near "{sighting.by}"')
            continue
        if bearers.anyone(surname):
            seen = bearers.of(actor.key, surname)
        elif sighting.verdict == "near":
            yield _span(sighting, actor, f'near "{sighting.by}"')
            continue
        else:
            seen = witness.get(actor.key)
        if seen:
            yield _span(sighting, actor, _beside(seen, sighting))


class _Bearers:
    """Who bears a surname: whoever the article names in full most often, among equals the last so far."""

    def __init__(self, named: list[Sighting]) -> None:
        self._times: dict[str, Counter[str | None]] = defaultdict(Counter)
        self._now: dict[str, str | None] = {}
        self._first: dict[tuple[str | None, str], _Witness] = {}
        for sighting in named:
            for surname, bearer in _naming(sighting):
                self._times[surname][bearer] += 1
                self._now.setdefault(surname, bearer)
                self._first.setdefault((bearer, surname), _Witness(sighting.place, sighting.spot.text))

    def pass_by(self, sighting: Sighting) -> None:
        for surname, bearer in _naming(sighting):
            self._now[surname] = bearer

    def anyone(self, surname: str) -> bool:
        return surname in self._now

    def of(self, actor: str, surname: str) -> _Witness | None:
        """The full name by which this actor bears the surname here; None where somebody else does."""
        times = self._times[surname]
        most = max(times.values())
        candidates = [bearer for bearer, count in times.items() if count == most]
        bearer = candidates[0] if len(candidates) == 1 else self._now[surname]
        return self._first[bearer, surname] if bearer == actor else None


def _naming(sighting: Sighting) -> Iterator[tuple[str, str | None]]:
    """The surnames that this sighting gives to somebody: to its actor, or (None) to another person."""
    meaning = sighting.meaning
    if meaning.actor is None:
        return
    if meaning.name.strength == "never":
        for surname in meaning.carries:
            yield surname, None
    elif sighting.verdict == "another":
        yield meaning.name.text, None
    elif sighting.verdict == "titled":
        yield meaning.name.text, meaning.actor.key
    elif sighting.verdict in ("counts", "nothing"):
        # Also "George W. Bush administration" says who bears the surname.
        for surname in meaning.carries:
            yield surname, meaning.actor.key


def _span(sighting: Sighting, actor: Actor, because: str) -> Span:
    name, spot = sighting.meaning.name, sighting.spot
    rule = f'{name.strength if name.kind == "name" else name.kind} "{spot.text}" {because}'.rstrip()
    return Span(actor.key, spot.field, spot.start, spot.end, spot.text, name.kind, rule)


def _beside(seen: _Witness, sighting: Sighting) -> str:
    return f'{"after" if seen.place < sighting.place else "before"} "{seen.text}"'


# Offices: who held it on the day of the article


def _holders(matcher: Matcher, spans: list[Span], contents: dict[str, str], day: date | None) -> Iterator[Span]:
    """The title of an office describes its holder of that day too: "the NATO chief said"."""
    if day is None:
        return
    for span in spans:
        for holder in matcher.actors[span.actor].holders:
            own = matcher.own_words[holder.actor]
            if held(holder, day) and _means_the_holder(contents[span.field], span, own):
                rule = f'office "{span.text}" held on {day}'
                yield Span(holder.actor, span.field, span.start, span.end, span.text, "nominal", rule)


def held(holder: Holder, day: date) -> bool:
    """Whether the office was held on this day."""
    return (holder.first is None or holder.first <= day) and (holder.last is None or day <= holder.last)


def _means_the_holder(content: str, span: Span, own: frozenset[str]) -> bool:
    """Whether a title alone speaks of its holder: not "as NATO chief", "a former NATO chief", "NATO chief Solana"."""
    before, after = word_before(content, span.start), word_after(content, span.end)
    starts = span.start == 0 or content[span.start - 1] == "\n"
    definite = starts or before in ("the", "The")
    titled = any(word in own for word in span.text.split())
    return definite and not titled and (not is_capitalised(after) or after in own)
