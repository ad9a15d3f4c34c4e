"""What is looked at of mentions in tables: which rows, and their columns as far as a question asks for them.

`data/tallies.py` counts it as it counts what a page holds in memory. Rows of several tables stand one behind another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import cast, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import columns, queries
from data.columns import UNDATED, Column, Table
from data.filters import UNDETERMINED, Filters
from data.indexed import Chosen, Places
from data.queries import Kind, Measure

_MEASURES: tuple[Measure, ...] = get_args(Measure)
_KINDS: tuple[Kind, ...] = get_args(Kind)
_Bools = NDArray[np.bool_]

#: Rows of a table: a run of them, or each by its place.
_Rows = slice | Places

#: Numbers of stories that hold in all of some tables: those of each table's own, by their places there.
Stories = Callable[[], Sequence[Column]]


def chosen(
    tables: Sequence[Table], filters: Filters, found: Column | None = None, stories: Stories | None = None
) -> Chosen:
    """The mentions of these tables that are looked at: of the actors named, or of all where none is.

    `found` are the numbers of the articles that a search found. `stories` gives the numbers of the stories where they
    are known, which are worked out otherwise.
    """
    filters.articles()  # says what is wrong with the filters
    actors = tuple(sorted(set(filters.actors) or {actor for table in tables for actor in table.names["actor"]}))
    place = {actor: number for number, actor in enumerate(actors)}
    pieces: list[tuple[Places, int, _Rows]] = []
    for number, table in enumerate(tables):
        asked = _asked(table, filters, found)
        if not filters.actors and not _is_bound(filters):
            # All rows at once: those of each actor apart are thousands of pieces.
            some = _let_through(table, 0, len(table["day"]), asked, filters)
            places = np.array([place[actor] for actor in table.names["actor"]], np.int64)
            pieces.append((np.repeat(places, np.diff(table["starts"]))[some], number, some))
            continue
        for actor, ends in _runs(table, filters):
            some = _let_through(table, *ends, asked, filters)
            pieces.append((np.full(_number(some), place[actor]), number, some))
    pieces.sort(key=lambda piece: (piece[0][0] if len(piece[0]) else 0, piece[1]))
    rows = Rows(tuple(tables), tuple((number, some) for _, number, some in pieces), stories)
    actors_of = _joined([of for of, _, _ in pieces])
    return Chosen(rows, actors, np.arange(len(actors_of)), actors_of)


def _is_bound(filters: Filters) -> bool:
    return filters.from_day is not None or filters.to_day is not None


def _runs(table: Table, filters: Filters) -> Iterator[tuple[str, tuple[int, int]]]:
    """The rows of each actor asked for, within the days asked for: where they begin and end."""
    wanted = set(filters.actors)
    day, starts = table["day"], table["starts"].tolist()
    is_bound = _is_bound(filters)
    last = _day(filters.to_day) if filters.to_day else UNDATED - 1
    for number, actor in enumerate(table.names["actor"]):
        if wanted and actor not in wanted:
            continue
        start, end = starts[number], starts[number + 1]
        if is_bound:
            days = day[start:end]
            begin = int(np.searchsorted(days, np.int32(_day(filters.from_day)), "left")) if filters.from_day else 0
            start, end = start + begin, start + int(np.searchsorted(days, np.int32(last), "right"))
        yield actor, (start, max(start, end))


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@dataclass(frozen=True, eq=False)
class _Asked:
    """For each number of some columns of a table whether it is looked at; `article` for each article of it."""

    by_column: Mapping[str, _Bools]


def _asked(table: Table, filters: Filters, found: Column | None) -> _Asked:
    by_column: dict[str, _Bools] = {}
    if filters.outlets:
        by_column["outlet"] = columns.among(table.names["outlet"], filters.outlets)
    if filters.languages:
        is_unknown = UNDETERMINED in filters.languages
        told = set(filters.languages) - {UNDETERMINED}
        by_column["language"] = columns.among(table.names["language"], told, is_unknown)
    if "is_copy" in table.columns and "article" not in table.columns and not filters.copies:
        by_column["is_copy"] = np.array([True, False])
    articles = list(_of_articles(table, filters, found)) if "article" in table.columns else []
    if articles:
        by_column["article"] = np.logical_and.reduce(articles)
    return _Asked(by_column)


def _of_articles(table: Table, filters: Filters, found: Column | None) -> Iterator[_Bools]:
    """For each article whether it is looked at, once for each of what is asked of it."""
    if not filters.copies:
        yield ~table["is_copy"]
    if filters.stories:
        wanted = columns.numbers(pl.Series(filters.stories, dtype=pl.String))
        yield np.isin(table["stories"], wanted)[table["story"]]
    if filters.topics:
        is_wanted = columns.among(table.names["topic"], filters.topics)
        sets = np.zeros(int(table["topics"].max(initial=0)) + 1, np.bool_)
        sets[table["set"][is_wanted[table["topic"]]]] = True
        yield sets[table["topics"]]
    if found is not None:
        yield np.isin(table["id"], found)


def _let_through(table: Table, start: int, end: int, asked: _Asked, filters: Filters) -> _Rows:
    """Of these rows those that all filters but actors and days let through."""
    rows: _Rows = slice(start, end)
    # What one lets through is all that the next one reads.
    for column, is_wanted in asked.by_column.items():
        rows = _those(rows, is_wanted[_places(table[column][rows])])
    if filters.tone_from is not None or filters.tone_to is not None:
        tone = columns.unpacked(table["tone"][rows])
        least = -np.inf if filters.tone_from is None else filters.tone_from
        most = np.inf if filters.tone_to is None else filters.tone_to
        rows = _those(rows, (tone >= least) & (tone <= most))
    return rows


def _those(rows: _Rows, are_in: _Bools) -> Places:
    places = np.flatnonzero(are_in)
    return rows.start + places if isinstance(rows, slice) else rows[places]


def _places(numbers: Column) -> Column:
    return numbers.view(np.uint8) if numbers.dtype == np.bool_ else numbers


def _number(rows: _Rows) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


@dataclass(frozen=True, eq=False)
class Rows:
    """indexed.Counted of rows of some tables; a column is read when it is asked for.

    `pieces` are which rows of which table, one behind another.
    """

    tables: tuple[Table, ...]
    pieces: tuple[tuple[int, _Rows], ...]
    stories: Stories | None = None

    def column(self, name: str) -> Column:
        """A column of the tables."""
        return _joined([self.tables[number][name][rows] for number, rows in self.pieces])

    def _of_article(self, name: str, number: int, rows: _Rows) -> Column:
        table = self.tables[number]
        return table[name][table["article"][rows]]

    @cached_property
    def day(self) -> Column:
        """In days since 1970."""
        return self.column("day")

    @cached_property
    def article(self) -> Column:
        """The place of the article among those of all tables."""
        firsts = np.cumsum([0, *(len(table["id"]) for table in self.tables)])
        return _joined([firsts[number] + self.tables[number]["article"][rows] for number, rows in self.pieces])

    @cached_property
    def text(self) -> Column:
        """A number for each text: that of an article and its copies."""
        texts = _joined([self._of_article("text", *piece) for piece in self.pieces])
        return np.unique(texts, return_inverse=True)[1]

    @cached_property
    def story(self) -> Column:
        """A number for each story, in the order of their ids."""
        told = self.stories() if self.stories else numbered([table["stories"] for table in self.tables])
        return _joined([told[number][self._of_article("story", number, rows)] for number, rows in self.pieces])

    @cached_property
    def outlet(self) -> Column:
        """The place of the outlet among the names of all tables."""
        names = sorted({name for table in self.tables for name in table.names["outlet"]})
        place = {name: number for number, name in enumerate(names)}
        of_tables = [
            np.array([*(place[name] for name in table.names["outlet"]), len(names)], np.int64) for table in self.tables
        ]
        return _joined([of_tables[number][self.tables[number]["outlet"][rows]] for number, rows in self.pieces])

    @cached_property
    def tones(self) -> Mapping[Measure, Column]:
        """By measure, not a number where there is none."""
        return _Each(self._tones)

    @cached_property
    def kinds(self) -> Mapping[Measure, Column]:
        """By measure, places in `queries.Kind`."""
        return _Each(self._kinds)

    @cached_property
    def by_lexicon(self) -> Column:
        """Whether its tone, if it has one, is the lexicon's."""
        return np.logical_not(self.column("is_sure"))

    def _tones(self, measure: Measure) -> Column:
        return _joined([columns.unpacked(self.tables[number][measure][rows]) for number, rows in self.pieces])

    def _kinds(self, measure: Measure) -> Column:
        told = {one: pl.Series(self.tones[one], nan_to_null=True) for one in _MEASURES}
        sure = pl.when(pl.lit(pl.Series(~self.by_lexicon))).then(1.0)
        rows = pl.DataFrame(told, schema=dict.fromkeys(_MEASURES, pl.Float64)).with_columns(confidence=sure)
        return rows.select(queries.kind(measure).cast(pl.Enum(_KINDS)).to_physical()).to_series().to_numpy()


class _Each(Mapping[Measure, Column]):
    """A column for each measure, worked out when it is asked for."""

    def __init__(self, of: Callable[[Measure], Column]) -> None:
        self._of, self._known = of, dict[Measure, Column]()

    def __getitem__(self, measure: Measure) -> Column:
        if measure not in self._known:
            self._known[measure] = self._of(measure)
        return self._known[measure]

    def __iter__(self) -> Iterator[Measure]:
        return iter(_MEASURES)

    def __len__(self) -> int:
        return len(_MEASURES)


def numbered(rising: Sequence[Column]) -> list[Column]:
    """Numbers from 0 on for the values of several lists, each without one twice: the same for the same, in order."""
    of_all = np.unique(_joined(list(rising)))
    return [np.searchsorted(of_all, values).astype(np.uint32) for values in rising]


def counted(tables: Sequence[Table], filters: Filters) -> Chosen:
    """The same of tables whose rows stand for several each: their `mentions` are the weights."""
    of = chosen(tables, filters)
    return replace(of, weight=Rows.column(cast(Rows, of.columns), "mentions"))


def _joined(parts: Sequence[Column]) -> Column:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
