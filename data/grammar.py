"""The search grammar: words and "phrases", AND, OR, NOT, NEAR, brackets, and a * for any ending.

    query  = either { OR either }
    either = part { [AND] part }          nothing between two parts means AND
    part   = NOT part | unit { NEAR unit }
    unit   = ( query ) | word | "phrase"

Operators are written in capitals. Case does not matter in words, and a hyphen or full stop in one makes it a phrase:
`cease-fire` asks for "cease fire". `grain NEAR/5 (ukraine OR odesa)` asks for both at most five words apart, in either
order; NEAR alone is NEAR/10. `parse` gives a tree; what it is held against is up to the caller.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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
    """A word, or several that follow each other, lower-cased; with `open_end` the last one may go on."""

    words: tuple[str, ...]
    open_end: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """One of the first terms stands at most so many words from one of the others; 1 is side by side."""

    terms: tuple[Term, ...]
    others: tuple[Term, ...]
    within: int = NEAR


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


Query = Term | Near | All | AnyOf | Not


def parse(query: str) -> Query:
    """The query as a tree. Raises QueryError.

    >>> parse('sanction* OR "frozen assets"')
    AnyOf(parts=(Term(words=('sanction',), open_end=True), Term(words=('frozen', 'assets'), open_end=False)))
    """
    return _Parser(query).read()


def term(written: str) -> Term | None:
    """A word or phrase as a term; None where it holds no letter or digit.

    >>> term("Cease-fire*")
    Term(words=('cease', 'fire'), open_end=True)
    """
    words = tuple(split(written))
    return Term(words, written.rstrip().endswith("*")) if words else None


def split(text: str) -> list[str]:
    """The words of a text as the grammar compares them: lower case, without punctuation."""
    return _WORD.findall(text.lower())


def holds(query: Query, present: Callable[[Term | Near], bool]) -> bool:
    """Whether the query holds for a text, of which `present` tells whether a term or a NEAR is in it."""
    match query:
        case Term() | Near():
            return present(query)
        case All(parts):
            return all(holds(part, present) for part in parts)
        case AnyOf(parts):
            return any(holds(part, present) for part in parts)
        case Not(part):
            return not holds(part, present)


def places(asked: Term, words: Sequence[str]) -> list[int]:
    """Where a term stands among the words of a text: the place of its first word, each time.

    >>> places(Term(("talk",), open_end=True), ["they", "talk", "of", "talks"])
    [1, 3]
    """
    *before, last = asked.words
    size = len(before)
    return [
        place - size
        for place, word in enumerate(words)
        if (word == last or (asked.open_end and word.startswith(last)))
        and place >= size
        and list(words[place - size : place]) == before
    ]


def times_near(asked: Near, words: Sequence[str]) -> int:
    """How often one of the first terms stands near one of the others.

    >>> times_near(Near((Term(("grain",)),), (Term(("black", "sea")),), 2), split("Grain by the Black Sea, sea grain"))
    1
    """
    starts = sorted(place for term in asked.others for place in places(term, words))
    ends = sorted(place + len(term.words) for term in asked.others for place in places(term, words))
    return sum(
        _any_within(starts, end, end + asked.within) or _any_within(ends, start - asked.within + 1, start + 1)
        for term in asked.terms
        for start in places(term, words)
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
        case Not():
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


_WORD = re.compile(r"\w+")
_TOKEN = re.compile(
    r'\s*(?:(?P<mark>[()])|"(?P<phrase>[^"]*)"|(?P<operator>AND|OR|NOT)(?![^\s()"])'
    r'|(?P<near>NEAR(?:/\d+)?)(?![^\s()"])|(?P<word>[^\s()"]+)|(?P<open>"))'
)


class _Parser:
    """Reads a query from left to right, one token ahead."""

    def __init__(self, query: str) -> None:
        self._tokens = [match for match in _TOKEN.finditer(query) if match.lastgroup]
        self._end = len(query)
        self._next = 0

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
        while self._take("operator", "AND") or self._kind() in ("word", "phrase", "open", "NOT", "("):
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
        return self._group(depth) if self._take("mark", "(") else self._term()

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

    def _term(self) -> Term:
        kind, position = self._kind(), self._position()
        if kind == "open":
            raise QueryError('this " is never closed. Add one behind the phrase.', position)
        if kind not in ("word", "phrase"):
            raise QueryError("a word or phrase is missing here. Write one, or remove what stands before.", position)
        found = term(self._tokens[self._next][kind])
        if found is None:
            raise QueryError("there is no letter or digit to search for here. Write a word.", position)
        self._next += 1
        return found

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
