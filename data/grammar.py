"""The search grammar: words and "phrases", AND, OR, NOT, NEAR, brackets, a * for any ending, and fields.

    query  = either { OR either }
    either = part { [AND] part }          nothing between two parts means AND
    part   = NOT part | unit { NEAR unit }
    unit   = ( query ) | word | "phrase" | field unit
    field  = title: | text: | outlet: | actor: | topic: | language: | date: date> date>= date< date<= | tone> tone< ...

Operators are written in capitals, fields in small letters. Neither case nor accents matter in words, and a hyphen or
full stop in one makes it a phrase: `cease-fire` asks for "cease fire". `grain NEAR/5 (ukraine OR odesa)` asks for both
at most five words apart, in either order; NEAR alone is NEAR/10. `title:` and `text:` say where words are looked for,
the other fields ask for what is known of an article: `outlet:(bbc OR npr) date:2024-10 tone<-0.2`. `parse` gives a
tree; what it is held against is up to the caller.
"""

import dataclasses
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Literal, cast

#: Brackets within brackets; a query that goes deeper was not written by a person.
DEEPEST = 50

#: How many words apart NEAR means, and the most that may be asked for: with more, AND is meant.
NEAR, FARTHEST = 10, 100


class QueryError(ValueError):
    """A query that cannot be read: `message` says why and what to write, `position` is the code point it is about."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or several that follow each other, folded; with `open_end` the last one may go on.

    It stands in the title or in the text where `where` does not name one of them.
    """

    words: tuple[str, ...]
    open_end: bool = False
    where: "Where" = ""


@dataclass(frozen=True, slots=True)
class Near:
    """One of the first terms stands at most so many words from one of the others; 1 is side by side."""

    terms: tuple[Term, ...]
    others: tuple[Term, ...]
    within: int = NEAR


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known of an article; where nothing is known of it, it does not hold.

    The value is a key in small letters, a tone as a number, or a day, month or year as `2024-10-01`, `2024-10`, `2024`.
    """

    field: "Known"
    operator: "Operator"
    value: str
    position: int = dataclasses.field(default=0, compare=False)

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of a date."""
        year, month, day = (int(part) for part in [*self.value.split("-"), "0", "0"][:3])
        if day:
            return date(year, month, day), date(year, month, day)
        if month:
            return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return date(year, 1, 1), date(year, 12, 31)


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Query"


Where = Literal["", "title", "text"]
Known = Literal["outlet", "actor", "topic", "language", "date", "tone"]
Operator = Literal[":", "<", "<=", ">", ">="]
Leaf = Term | Near | Fact
Query = Leaf | All | AnyOf | Not

#: Where words can be looked for, and what can be known of an article.
PLACES: tuple[Where, ...] = ("title", "text")
KNOWN: tuple[Known, ...] = ("outlet", "actor", "topic", "language", "date", "tone")


def parse(query: str, fields: bool = True) -> Query:
    """The query as a tree; without `fields` one that asks for them is refused. Raises QueryError.

    >>> parse('title:ban* OR war')
    AnyOf(parts=(Term(words=('ban',), open_end=True, where='title'), Term(words=('war',), open_end=False, where='')))
    """
    return _Parser(query, fields).read()


def term(written: str) -> Term | None:
    """A word or phrase as a term; None where it holds no letter or digit.

    >>> term("Cease-fire*")
    Term(words=('cease', 'fire'), open_end=True, where='')
    """
    words = tuple(split(written))
    return Term(words, written.rstrip().endswith("*")) if words else None


def split(text: str) -> list[str]:
    """The words of a text as the grammar compares them: folded, without punctuation."""
    return _WORD.findall(folded(text))


def folded(text: str) -> str:
    """Small letters without accents, so that two spellings of one name are one.

    >>> folded("Orbán, ΟΔΟΣ")
    'orban, οδοσ'
    """
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text)
    marks = {ord(one): None for one in set(bare) if unicodedata.category(one) == "Mn"}
    return (bare.translate(marks) if marks else bare).lower().replace("ς", "σ")


def holds(query: Query, present: Callable[[Leaf], bool]) -> bool:
    """Whether the query holds for an article, of which `present` tells whether a leaf of the query does."""
    match query:
        case Term() | Near() | Fact():
            return present(query)
        case All(parts):
            return all(holds(part, present) for part in parts)
        case AnyOf(parts):
            return any(holds(part, present) for part in parts)
        case Not(part):
            return not holds(part, present)


def standing(words: Sequence[str]) -> dict[str, list[int]]:
    """Each word of a text with the places where it stands, for `places` of many terms."""
    found: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        found.setdefault(word, []).append(place)
    return found


def places(asked: Term, words: Sequence[str], stand: Mapping[str, Sequence[int]] | None = None) -> list[int]:
    """Where a term stands among the words of a text: the place of its first word, each time.

    >>> places(Term(("talk",), open_end=True), ["they", "talk", "of", "talks"])
    [1, 3]
    """
    *before, last = asked.words
    size = len(before)
    stand = standing(words) if stand is None else stand
    ends = stand.get(last, ())
    if asked.open_end:
        ends = sorted(place for word, found in stand.items() if word.startswith(last) for place in found)
    return [place - size for place in ends if place >= size and list(words[place - size : place]) == before]


def times_near(asked: Near, words: Sequence[str]) -> int:
    """How often one of the first terms stands near one of the others.

    >>> times_near(Near((Term(("grain",)),), (Term(("black", "sea")),), 2), split("Grain by the Black Sea, sea grain"))
    1
    """
    stand = standing(words)
    others = [(term, place) for term in asked.others for place in places(term, words, stand)]
    starts = sorted(place for _, place in others)
    ends = sorted(place + len(term.words) for term, place in others)
    return sum(
        _any_within(starts, end, end + asked.within) or _any_within(ends, start - asked.within + 1, start + 1)
        for term in asked.terms
        for start in places(term, words, stand)
        for end in (start + len(term.words),)
    )


def _any_within(places: Sequence[int], first: int, behind: int) -> bool:
    """Whether one of these sorted places lies between `first` and the one before `behind`."""
    return bisect_left(places, first) < bisect_left(places, behind)


def wanted(query: Query) -> Iterator[Term]:
    """The terms that speak for a text, those under NOT left out."""
    match query:
        case Term():
            yield query
        case Near(ones, others):
            yield from (*ones, *others)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from wanted(part)
        case Not() | Fact():
            return


def terms(query: Query) -> Iterator[Term]:
    """All terms, those under NOT too."""
    match query:
        case Term():
            yield query
        case Near(ones, others):
            yield from (*ones, *others)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from terms(part)
        case Not(part):
            yield from terms(part)
        case Fact():
            return


def facts(query: Query) -> Iterator[Fact]:
    """What the query asks of things known, from left to right."""
    match query:
        case Fact():
            yield query
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from facts(part)
        case Not(part):
            yield from facts(part)
        case Term() | Near():
            return


# No word of any language is longer; what is, counts as several, so that an index can hold it.
_WORD = re.compile(r"\w{1,200}")
_TOKEN = re.compile(
    r'\s*(?:(?P<mark>[()])|"(?P<phrase>[^"]*)"|(?P<operator>AND|OR|NOT)(?![^\s()"])'
    r"|(?P<field>(?:title|text|outlet|actor|topic|language|date|tone)(?::|\s*(?:[<>]=?|=)))"
    r'|(?P<near>NEAR(?:/\d+)?)(?![^\s()"])|(?P<word>[^\s()"]+)|(?P<open>"))'
)
_QUOTES = str.maketrans("“”„", '"' * 3)
_OPERATORS = {"date": (":", "<", "<=", ">", ">="), "tone": ("<", "<=", ">", ">=")}
_FIELD_HELP = {
    "tone": "Write tone>0.2 or tone<=-0.1, a number from -1 to 1.",
    "date": "Write date:2024-10-01, date:2024-10, date:2024 or date>=2024-10-01.",
    "language": "Write two letters of ISO 639-1, such as language:en.",
}


class _Parser:
    """Reads a query from left to right, one token ahead."""

    def __init__(self, query: str, fields: bool) -> None:
        self._tokens = [match for match in _TOKEN.finditer(query.translate(_QUOTES)) if match.lastgroup]
        self._end = len(query)
        self._next = 0
        self._fields = fields
        self._field: tuple[str, str] | None = None  # that of what is read now, and its operator

    def read(self) -> Query:
        query = self._query(0)
        if self._kind() is not None:
            raise QueryError("this ) closes no bracket. Remove it, or open one before.", self._position())
        return query

    def _query(self, depth: int) -> Query:
        if depth > DEEPEST:
            raise QueryError(f"brackets go deeper than {DEEPEST}. Write the query flatter.", self._position())
        parts = [self._either(depth)]
        while self._take("operator", "OR"):
            parts.append(self._either(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _either(self, depth: int) -> Query:
        parts = [self._part(depth)]
        while self._take("operator", "AND") or self._kind() in ("word", "phrase", "open", "NOT", "(", "field"):
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self, depth: int) -> Query:
        negations = 0
        while self._take("operator", "NOT"):
            negations += 1
        part = self._close_together(depth)
        return Not(part) if negations % 2 else part

    def _close_together(self, depth: int) -> Query:
        unit, pairs = self._unit(depth), []
        while self._kind() == "near":
            position, within = self._position(), self._distance()
            following = self._unit(depth)
            pairs.append(Near(self._sides(unit, position), self._sides(following, position), within))
            unit = following
        return unit if not pairs else pairs[0] if len(pairs) == 1 else All(tuple(pairs))

    def _unit(self, depth: int) -> Query:
        if self._kind() == "field":
            return self._of_field(depth)
        return self._group(depth) if self._take("mark", "(") else self._term()

    def _of_field(self, depth: int) -> Query:
        position, written = self._position(), self._tokens[self._next]["field"]
        name = re.split(r"[\s:<>=]", written, maxsplit=1)[0]
        operator = written[len(name) :].strip()
        if not self._fields:
            raise QueryError(f"{written} asks for a field, and here words alone are asked for. Leave it out.", position)
        if self._field:
            raise QueryError(f"{written} stands within {''.join(self._field)}. Close the bracket before it.", position)
        if operator not in _OPERATORS.get(name, (":",)):
            advice = _FIELD_HELP.get(name, f"Write {name}: and what is looked for.")
            raise QueryError(f"{written} cannot be asked for. {advice}", position)
        self._next += 1
        self._field = (name, operator)
        unit = self._unit(depth)
        self._field = None
        return unit

    def _distance(self) -> int:
        _, _, written = self._tokens[self._next]["near"].partition("/")
        # Of a number of thousands of digits its length says enough, and Python reads no longer ones.
        within = NEAR if not written else int(written[:9])
        if not 1 <= within <= FARTHEST:
            raise QueryError(
                f"NEAR/{written[:9]} is no distance. Write 1 to {FARTHEST} words, or AND.", self._position()
            )
        self._next += 1
        return within

    def _sides(self, unit: Query, position: int) -> tuple[Term, ...]:
        match unit:
            case Term():
                return (unit,)
            case AnyOf(parts):
                return tuple(term for part in parts for term in self._sides(part, position))
        raise QueryError('NEAR stands between words, "phrases", or several of them as (one OR other).', position)

    def _group(self, depth: int) -> Query:
        opened = self._position(self._next - 1)
        query = self._query(depth + 1)
        if not self._take("mark", ")"):
            raise QueryError("this ( is never closed. Add a ) behind what belongs together.", opened)
        return query

    def _term(self) -> Term | Fact:
        kind, position = self._kind(), self._position()
        if kind == "open":
            raise QueryError('this " is never closed. Add one behind the phrase.', position)
        if kind not in ("word", "phrase"):
            raise QueryError("a word or phrase is missing here. Write one, or remove what stands before.", position)
        written = self._tokens[self._next][kind]
        self._next += 1
        if self._field and self._field[0] in KNOWN:
            return _fact(*self._field, written.strip(), position)
        if self._fields and kind == "word":
            _check_field(written, position)
        found = term(written)
        if found is None:
            raise QueryError("there is no letter or digit to search for here. Write a word.", position)
        return replace(found, where=cast(Where, self._field[0])) if self._field else found

    def _kind(self) -> str | None:
        """word, phrase, open, one of the operators, ( or ); None at the end."""
        if self._next == len(self._tokens):
            return None
        token = self._tokens[self._next]
        kind = token.lastgroup
        return token[kind] if kind in ("operator", "mark") else kind

    def _take(self, kind: str, written: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][kind] == written:
            self._next += 1
            return True
        return False

    def _position(self, index: int | None = None) -> int:
        index = self._next if index is None else index
        if index >= len(self._tokens):
            return self._end
        token = self._tokens[index]
        return token.end() - len(token[0].lstrip())


def _fact(name: str, operator: str, value: str, position: int) -> Fact:
    fact = Fact(cast(Known, name), cast(Operator, operator), value.lower(), position)
    if not value:
        raise QueryError(f"what {name} is asked for is missing here. Write it.", position)
    wrong = {"tone": _no_tone, "date": _no_date, "language": _no_language}.get(name)
    if wrong and wrong(fact):
        raise QueryError(f"{value[:50]} is no {name}. {_FIELD_HELP[name]}", position)
    return fact


def _no_tone(fact: Fact) -> bool:
    number = re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", fact.value, re.ASCII)
    return number is None or not -1 <= float(fact.value) <= 1


def _no_date(fact: Fact) -> bool:
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", fact.value, re.ASCII):
        return True
    try:
        return not fact.days
    except ValueError:
        return True


def _no_language(fact: Fact) -> bool:
    return not re.fullmatch(r"[a-z]{2,3}", fact.value)


def _check_field(written: str, position: int) -> None:
    """Refuse a field that is spelled nearly as one of ours; `12:30` and `re:invent` are words."""
    name, colon, behind = written.partition(":")
    near = get_close_matches(name, [*PLACES, *KNOWN], 1, 0.8) if colon and behind and name.isalpha() else []
    if near and len(name) > 4:  # a test: is no text:
        raise QueryError(f"there is no field {name}: here. Did you mean {near[0]}: ?", position)
