"""A query of data/grammar.py in Tantivy's words, for data/index.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import tantivy
from tantivy import Occur

from data import grammar
from data.grammar import All, AnyOf, Fact, Near, Not, Query, QueryError, Term, Where

#: The most phrases that one NEAR is looked up as; with more it would take seconds.
MOST_PHRASES = 4_000


class Asked:
    """Queries of the grammar as Tantivy's; each holds for the same articles, to the article."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def of(self, query: Query) -> tantivy.Query:
        """The query, of words alone. Raises QueryError where it is too much to be looked up."""
        match query:
            case Term(_, _, where):
                return _any_of(self._term(query, place) for place in places(where))
            case Near():
                return _any_of(self._near(query))
            case AnyOf(parts):
                return _any_of(self.of(part) for part in parts)
            case All(parts):
                # Tantivy takes away only from what is asked for.
                start = [(Occur.Must, _every())] if all(isinstance(part, Not) for part in parts) else []
                return tantivy.Query.boolean_query([*start, *map(self._clause, parts)])
            case Not():
                return self.of(All((query,)))
            case Fact():
                raise TypeError("the index knows words alone")
        raise AssertionError("every query is one of these")

    def _clause(self, part: Query) -> tuple[Occur, tantivy.Query]:
        if isinstance(part, Not):
            return Occur.MustNot, self.of(part.part)
        return Occur.Must, self.of(part)

    def _term(self, asked: Term, place: str) -> tantivy.Query:
        return self._phrase(list(enumerate(asked.words)), asked.open_end, place)

    def _phrase(self, placed: list[tuple[int, str]], open_end: bool, place: str, slop: int = 0) -> tantivy.Query:
        """Words at these distances from the first; with `open_end` the last one may go on."""
        if open_end:
            return self._patterns([*placed[:-1], (placed[-1][0], placed[-1][1] + ".*")], place, slop)
        if len(placed) == 1:
            return tantivy.Query.term_query(self._schema, place, placed[0][1], "basic")
        return tantivy.Query.phrase_query(self._schema, place, list(placed), slop)

    def _patterns(self, placed: list[tuple[int, str]], place: str, slop: int = 0) -> tantivy.Query:
        if len(placed) == 1:
            return tantivy.Query.regex_query(self._schema, place, placed[0][1])
        return tantivy.Query.regex_phrase_query(self._schema, place, list(placed), slop)

    def _near(self, asked: Near) -> Iterator[tantivy.Query]:
        pairs = [
            (one, other, place)
            for place in grammar.PLACES
            for one, other in product(asked.terms, asked.others)
            if place in places(one.where) and place in places(other.where)
        ]
        stepped = sum(not apart(one, other) for one, other, _ in pairs)
        if 2 * stepped * asked.within > MOST_PHRASES:
            raise QueryError(
                f"NEAR/{asked.within} has too many alternatives to be looked up. Write fewer, or a smaller number.", 0
            )
        for one, other, place in pairs:
            for first, second in ((one, other), (other, one)):
                yield from self._after(first, second, asked.within, place)

    def _after(self, first: Term, second: Term, within: int, place: str) -> Iterator[tantivy.Query]:
        """The second at most so many words behind the first."""
        if apart(first, second):
            # Of two words, slop is how far the second stands from right behind the first, to either side; the other
            # side's reach is shorter than asked for, and the pair is asked for in both orders.
            yield self._beside(first, second, 0, place, within - 1)
            return
        for distance in range(within):
            yield self._beside(first, second, distance, place, 0)

    def _beside(self, first: Term, second: Term, distance: int, place: str, slop: int) -> tantivy.Query:
        size = len(first.words) + distance
        placed = [*enumerate(first.words), *((size + at, word) for at, word in enumerate(second.words))]
        if not first.open_end:
            return self._phrase(placed, second.open_end, place, slop)
        patterns = [(at, word + ".*" if at == len(first.words) - 1 else word) for at, word in placed]
        if second.open_end:
            patterns[-1] = (patterns[-1][0], patterns[-1][1] + ".*")
        return self._patterns(patterns, place, slop)


def apart(one: Term, other: Term) -> bool:
    """Whether these are two single words that no word is both of."""
    if len(one.words) > 1 or len(other.words) > 1:
        return False
    first, second = one.words[0], other.words[0]
    return not (
        first == second or (one.open_end and second.startswith(first)) or (other.open_end and first.startswith(second))
    )


def places(where: Where) -> tuple[Where, ...]:
    """Where a term of this field is looked for."""
    return (where,) if where else grammar.PLACES


def _any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def _every() -> tantivy.Query:
    """All articles: all documents but the one with the mark."""
    mark = tantivy.Query.exists_query("mark")
    return tantivy.Query.boolean_query([(Occur.Must, tantivy.Query.all_query()), (Occur.MustNot, mark)])
