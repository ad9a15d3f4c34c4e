"""Finding articles: what a query of data/grammar.py finds in an archive, to the article.

Words are looked up in the index (data/index.py); an article that it does not hold yet is read plainly, by the same
rules. What is known of articles (outlet, topic, tone ...) is asked of the archive's own tables, so that it is always
that of now. Where there are too many articles to read, their titles alone are searched, and `notice` says so.
"""

from __future__ import annotations

import operator
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import columns, grammar, index, search_cost
from data.archive import Archive
from data.facts import Facts
from data.grammar import All, AnyOf, Fact, Near, Not, Query, QueryError, Term
from data.index import Behind, Index, IndexFault
from data.search_cost import Deadline

#: What is raised for a query that cannot be read: `message`, and `position`, the code point that it is about.
SearchError = QueryError

#: So many articles that the index does not hold are read at a search by somebody who waits for it.
MOST_READ = 5_000

#: Code points of a snippet.
SNIPPET = 260

#: For each article that is searched whether it is found; where articles of a list stand among them.
Bits = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Search:
    """An archive that can be searched, as it was when this was opened.

    Of the articles that the index lacks, `unread` are too many to be read: from `since` on their titles alone count.
    """

    archive: Archive
    index: Index | None
    lacks: Behind
    unread: int
    since: datetime | None
    fault: str  # what is wrong with the index
    stamp: tuple[int, int]  # of the index

    @cached_property
    def pending(self) -> pl.DataFrame:
        """The rows of `prepared` of the articles that the index lacks; read when they are first asked for."""
        return _read(self.archive, self.lacks.pending, titles_only=self.unread > 0)

    @cached_property
    def facts(self) -> Facts:
        """What is known of its articles."""
        return Facts(self.archive)

    @cached_property
    def known(self) -> Places:
        """Where the articles of `facts` stand among its own."""
        return placed(self, self.facts.articles["article_id"])

    @cached_property
    def is_known(self) -> Bits:
        """Whether something is known of each of its own articles."""
        known = np.zeros(self.rows + self.pending.height + 1, np.bool_)
        known[self.known] = True
        return known[:-1]

    @property
    def rows(self) -> int:
        """How many of its own articles stand in the index, those that are gone too; the pending ones follow."""
        return len(self.index.there) if self.index else 0


def opened(archive: Archive, most: int | None = MOST_READ) -> Search:
    """The archive, ready to be searched; up to `most` articles that the index lacks are read, None: all of them."""
    stamp, fault = index.stamp(archive.url), ""
    try:
        held = index.opened(archive)
    except IndexFault as error:
        held, fault = None, error.cause
    lacks = index.behind(archive, held)
    too_many = most is not None and lacks.pending.height > most
    since = lacks.pending["collected_at"].min() if too_many else None
    unread = lacks.pending.height if too_many else 0
    held = held and held.without(lacks.gone["id"])
    return Search(archive, held, lacks, unread, since if isinstance(since, datetime) else None, fault, stamp)


def found(search: Search, query: str) -> pl.DataFrame:
    """`article_id` of the articles that a query finds, each once. Raises SearchError; an empty query is none."""
    return _found(search, grammar.parse(query))


def placed(search: Search, ids: pl.Series) -> Places:
    """Where each article of a list stands among those that are searched, for `among`; one that is not stands behind.

    Depends on no query: once it is known, no ids are compared any more.
    """
    sought = pl.DataFrame({"id": ids, "key": columns.numbers(ids)})
    there = search.index.there if search.index else np.zeros(0, np.bool_)
    rows = pl.Series("row", np.flatnonzero(there))
    keys = search.index.keys[there] if search.index else np.zeros(0, np.uint64)
    indexed = pl.DataFrame({"key": keys, "row": rows})
    waiting = search.pending.select(id="article_id").with_row_index("place", search.rows)
    return (
        sought.lazy()
        .join(indexed.lazy(), on="key", how="left", maintain_order="left")
        .join(waiting.lazy(), on="id", how="left", maintain_order="left")
        .select(pl.coalesce("place", "row", search.rows + waiting.height).cast(pl.Int64))
        .collect()
        .to_series()
        .to_numpy()
    )


def among(search: Search, query: str, places: Places) -> Bits:
    """Whether a query finds each article of a list, of which `placed` told the places. Raises SearchError."""
    return np.append(_held(search, grammar.parse(query)), False)[places]


def notice(search: Search) -> str:
    """That some texts could not be searched, since when and what to do; empty where all were."""
    if not search.unread:
        return ""
    advice = "Run ./newsgauge maintain: then texts are searched as well."
    if search.fault:
        return f"Only titles are searched, since the search index {search.fault}. {advice}"
    if search.index is None:
        return f"Only titles are searched, since there is no search index yet. {advice}"
    return (
        f"Of {search.unread:,} articles, collected since {search.since:%Y-%m-%d %H:%M} UTC, only titles are searched, "
        f"since the search index has not seen them. {advice}"
    )


def folded(text: pl.Expr) -> pl.Expr:
    """Small letters without accents, as `grammar.folded`, so that two spellings of one name are one."""
    bare = text.str.normalize("NFKD").str.replace_all(r"\p{Mn}", "").str.to_lowercase()
    return bare.str.replace_all("ς", "σ", literal=True)


def pointed(query: str, error: QueryError, width: int = 76) -> tuple[str, str]:
    """The query, or as much of it as fits, and a line with a caret under the place that an error is about.

    >>> print(*pointed("nato (oslo", QueryError("never closed", 5)), sep=chr(10))
    nato (oslo
         ^
    """
    start = max(0, error.position - width * 3 // 4) if len(query) > width else 0
    shown = "".join(one if one.isprintable() else " " for one in query[start : start + width])
    return shown, " " * (error.position - start) + "^"


# --- what holds ---------------------------------------------------------------------------------------------------


def _found(search: Search, query: Query) -> pl.DataFrame:
    held = _held(search, query)
    waiting = search.pending["article_id"].filter(pl.Series(held[search.rows :], dtype=pl.Boolean)).to_frame()
    if search.index is None:
        return waiting
    return pl.concat([search.index.ids(held[: search.rows]).to_frame("article_id"), waiting])


def _held(search: Search, query: Query) -> Bits:
    """Whether a query holds, for each of the articles that are searched. Raises SearchError where it costs too much."""
    if search.index:
        search_cost.check(query, search.index.entries)
    held = _holds(search, query)
    if search.index:
        held[: search.rows] &= search.index.there
    if not _asks_facts(query):
        return held
    return held & search.is_known


def _asks_facts(query: Query) -> bool:
    return next(grammar.facts(query), None) is not None


def _holds(search: Search, query: Query) -> Bits:
    """The same, with what is gone; parts without facts asked of the index as wholes."""
    match query:
        case Fact():
            held = np.zeros(search.rows + search.pending.height + 1, np.bool_)
            held[search.known] = search.facts.held(query)
            return held[:-1]
        case All(parts) | AnyOf(parts) if _asks_facts(query):
            join = operator.and_ if isinstance(query, All) else operator.or_
            wordy = [part for part in parts if not _asks_facts(part)]
            others = [part for part in parts if _asks_facts(part)]
            together = [type(query)(tuple(wordy))] if len(wordy) > 1 else wordy
            return reduce(join, (_holds(search, part) for part in (*together, *others)))
        case Not(part):
            return ~_holds(search, part)
        case _:
            waiting = _said(query, search.pending, Deadline(query, search.pending.height)).to_numpy()
            return np.concatenate([search.index.held(query), waiting]) if search.index else waiting.copy()


def plainly(query: Query, rows: pl.DataFrame, deadline: Deadline) -> pl.DataFrame:
    """`article_id` of the rows of `prepared` that hold a query of words alone, read one by one. Raises SearchError."""
    return rows.filter(_said(query, rows, deadline)).select("article_id")


def _said(query: Query, rows: pl.DataFrame, deadline: Deadline) -> pl.Series:
    deadline.check()
    match query:
        case Term(_, _, where):
            places = [where] if where else grammar.PLACES
            return rows.select(held=pl.any_horizontal(_contains(query, place) for place in places))["held"]
        case Near(ones, others):
            likely = _said(AnyOf(ones), rows, deadline) & _said(AnyOf(others), rows, deadline)
            return _nearby(query, rows, likely, deadline)
        case All(parts):
            return reduce(operator.and_, (_said(part, rows, deadline) for part in parts))
        case AnyOf(parts):
            return reduce(operator.or_, (_said(part, rows, deadline) for part in parts))
        case Not(part):
            return ~_said(part, rows, deadline)
        case Fact():
            raise TypeError("a text tells words alone")


def _contains(asked: Term, place: str) -> pl.Expr:
    return pl.col(place).str.contains(f" {' '.join(asked.words)}" + ("" if asked.open_end else " "), literal=True)


def _nearby(asked: Near, rows: pl.DataFrame, likely: pl.Series, deadline: Deadline) -> pl.Series:
    """Whether a NEAR holds, looked at only where both of its sides occur at all."""
    held = []
    for maybe, texts in zip(likely, rows.select(grammar.PLACES).rows(), strict=True):
        deadline.check()
        told = zip(grammar.PLACES, texts, strict=True)
        held.append(maybe and any(_near(asked, place, said.split()) for place, said in told))
    return pl.Series("held", held, dtype=pl.Boolean)


def _near(asked: Near, place: str, words: Sequence[str]) -> bool:
    sides = [tuple(one for one in side if one.where in ("", place)) for side in (asked.terms, asked.others)]
    return all(sides) and grammar.times_near(Near(sides[0], sides[1], asked.within), words) > 0


def prepared(articles: pl.DataFrame) -> pl.DataFrame:
    """`article_id, title, text` of `id, title, text` with each text as its words, a space before and behind each."""
    said = [index.words(title, text) for title, text in articles.select("title", "text").rows()]
    return pl.DataFrame(
        {
            "article_id": articles["id"],
            "title": [f" {title} " for title, _ in said],
            "text": [f" {text} " for _, text in said],
        },
        schema={"article_id": pl.String, "title": pl.String, "text": pl.String},
    )


def _read(archive: Archive, pending: pl.DataFrame, titles_only: bool) -> pl.DataFrame:
    text = pl.lit("").alias("text") if titles_only else pl.col("text")
    months = pending["month"].unique().sort().to_list()
    made = [prepared(pl.DataFrame(schema={"id": pl.String, "title": pl.String, "text": pl.String}))]
    for some in [months] if titles_only else [[month] for month in months]:
        rows = archive.articles().filter(pl.col("month").is_in(some)).select("id", "title", text)
        made.append(prepared(rows.join(pending.lazy().select("id"), on="id", how="semi").collect()))
    return pl.concat(made)


# --- where it stands --------------------------------------------------------------------------------------------------


def spans(query: Query, text: str, place: grammar.Where) -> list[tuple[int, int]]:
    """Where the words that speak for a query stand in a title or text, in code points, in their order.

    >>> spans(grammar.parse("orban NOT nato"), "NATO and Orbán", "text")
    [(9, 14)]
    """
    words: list[str] = []
    stretches: list[tuple[int, int]] = []
    for chunk in _CHUNK.finditer(text):
        for word in grammar.split(chunk[0]):
            words.append(word)
            stretches.append(chunk.span())
    standing = grammar.standing(words)
    return sorted(
        {
            (stretches[at][0], stretches[at + len(asked.words) - 1][1])
            for asked in set(grammar.wanted(query))
            if asked.where in ("", place)
            for at in grammar.places(asked, words, standing)
        }
    )


# A word with the accents that stand behind its letters as characters of their own.
_CHUNK = re.compile(r"\w[\w\u0300-\u036f]*")


def snippet(query: Query, text: str) -> tuple[str, list[tuple[int, int]]]:
    """The stretch of a text where most of a query's words stand together, and where they stand in it.

    Of a long text the first piece that has any of them is looked at. The beginning of the text where none has; dots
    tell where it is cut.
    """
    looked_at, hits = _first_hits(query, text)
    counts = _different_within([(left, looked_at[left:right].lower()) for left, right in hits])
    best = max(zip(counts, hits, strict=True), key=lambda one: (one[0], -one[1][0]))[1] if hits else (0, 0)
    start = text.rfind(" ", 0, max(best[0] - SNIPPET // 4, 0)) + 1 if best[0] > SNIPPET // 4 else 0
    end = start + SNIPPET
    end = len(text) if end >= len(text) else max(text.rfind(" ", start, end), best[1], start + SNIPPET // 2)
    before, behind = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    inside = [(left + shift, right + shift) for left, right in hits if left >= start and right <= end]
    return f"{before}{text[start:end]}{behind}", inside


#: Code points of a piece of a long text.
_PIECE = 50_000


def _first_hits(query: Query, text: str) -> tuple[str, list[tuple[int, int]]]:
    """The beginning of a text up to the end of the first piece that has any hits, and where these are."""
    start = 0
    while start < len(text):
        end = len(text) if len(text) - start <= _PIECE else text.rfind(" ", start, start + _PIECE) + 1 or start + _PIECE
        if hits := spans(query, text[start:end], "text"):
            return text[:end], [(left + start, right + start) for left, right in hits]
        start = max(end, start + 1)
    return text, spans(query, text, "text") if len(text) > _PIECE else []  # a phrase may stand across two pieces


def _different_within(hits: Sequence[tuple[int, str]]) -> list[int]:
    """How many different words are hit from each of these places, in their order, to the end of a snippet.

    >>> _different_within([(0, "nato"), (5, "oslo"), (9, "nato"), (900, "nato")])
    [2, 2, 1, 1]
    """
    counts: list[int] = []
    within: Counter[str] = Counter()
    behind = different = 0
    for place, word in hits:
        while behind < len(hits) and hits[behind][0] < place + SNIPPET * 3 // 4:
            within[hits[behind][1]] += 1
            different += within[hits[behind][1]] == 1
            behind += 1
        counts.append(different)
        within[word] -= 1
        different -= within[word] == 0
    return counts
