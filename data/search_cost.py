"""What a search may cost: a query that would hold up the machine is refused before it is looked up.

What Tantivy does at one call cannot be stopped, so its work is told from the index beforehand: the entries that it
reads, one for each word and document. That takes milliseconds, whatever the query is.
"""

import time
from collections.abc import Callable, Iterator

from data import grammar
from data.asked import apart, places
from data.grammar import All, AnyOf, Fact, Near, Not, Query, QueryError, Term

#: Entries that a search may read; measured on an index of 24,500 articles, so many take 2 seconds of a core.
MOST_ENTRIES = 40_000_000
#: Seconds of a core in which texts that the index lacks are read for a search, for each so many of them.
SECONDS, OF_TEXTS = 2.0, 5_000
#: What an entry of words that stand beside or near each other, of which all places are compared, costs against others.
BESIDE_COSTS = 10
#: Pairs of words of all NEAR of a query, before anything is counted.
MOST_PAIRS = 2_000

Entries = Callable[[Term, str], int]


def check(query: Query, entries: Entries) -> None:
    """Raises QueryError where a query costs too much; `entries` tells how many there are of a term."""
    pairs = sum(len(one.terms) * len(one.others) for one in _nears(query))
    if pairs > MOST_PAIRS or cost(query, entries) > MOST_ENTRIES:
        raise QueryError(f"This search would take too long. {_advice(query)}", 0)


class Deadline:
    """The time in which texts are read for a query; `clock` tells the seconds that this thread has worked."""

    def __init__(self, query: Query, texts: int, clock: Callable[[], float] = time.thread_time) -> None:
        self.query, self.clock = query, clock
        self.end = clock() + SECONDS * max(1.0, texts / OF_TEXTS)

    def check(self) -> None:
        """Raises QueryError where it is over."""
        if self.clock() > self.end:
            raise QueryError(f"This search takes too long. {_advice(self.query)}", 0)


def cost(query: Query, entries: Entries) -> int:
    """The entries that are read for a query, those of phrases and NEAR as often as they cost more."""
    match query:
        case Term():
            each = 1 if len(query.words) == 1 else BESIDE_COSTS
            return each * sum(entries(query, place) for place in places(query.where))
        case Near():
            return BESIDE_COSTS * _near(query, entries)
        case All(parts) | AnyOf(parts):
            return sum(cost(part, entries) for part in parts)
        case Not(part):
            return cost(part, entries)
        case Fact():
            return 0


def _near(asked: Near, entries: Entries) -> int:
    """Each pair is looked up in both orders, and at each distance where a word may be both (see data/asked.py)."""
    total = 0
    for place in grammar.PLACES:
        ones, others = (
            [(term, entries(term, place)) for term in side if term.where in ("", place)]
            for side in (asked.terms, asked.others)
        )
        for one, of_one in ones:
            for other, of_other in others:
                # Of two words as they stand the rarer one leads.
                is_open = one.open_end or other.open_end
                read = of_one + of_other if is_open else 2 * min(of_one, of_other)
                total += read * 2 * (1 if apart(one, other) else asked.within)
    return total


def _nears(query: Query) -> Iterator[Near]:
    match query:
        case Near():
            yield query
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _nears(part)
        case Not(part):
            yield from _nears(part)


def _advice(query: Query) -> str:
    """What to narrow."""
    ways = ["fewer alternatives"]
    if any(term.open_end for term in grammar.terms(query)):
        ways.append("more letters before each *")
    if any(_nears(query)):
        ways.append("smaller numbers after NEAR/")
    return f"Write {' or '.join([', '.join(ways[:-1]), ways[-1]]) if len(ways) > 1 else ways[0]}."
