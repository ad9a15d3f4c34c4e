"""What is known of articles (outlet, topic, tone ...), for the facts that a query of data/grammar.py asks for.

It is asked of the archive's own tables, so that it is always that of now, and kept as long as the archive is as it was:
70 bytes for each article once a fact is asked for, and a bit for each answer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import columns
from data.archive import Archive
from data.grammar import Fact

#: Answers that are kept.
MOST = 64


class Facts:
    """Of all articles of an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._held: dict[Fact, pl.Series] = {}

    @cached_property
    def articles(self) -> pl.DataFrame:
        """`article_id, outlet, language, day` of all articles."""
        day = pl.col("published_at").dt.date()
        few = pl.col("outlet", "language").cast(pl.Categorical)
        return self._archive.articles().select(few, article_id="id", day=day).collect()

    def held(self, asked: Fact) -> pl.Series:
        """Whether a fact holds, for each row of `articles`."""
        if asked not in self._held:
            if len(self._held) >= MOST:
                self._held.clear()
            self._held[asked] = self._looked_up(asked)
        return self._held[asked]

    def _looked_up(self, asked: Fact) -> pl.Series:
        match asked.field:
            case "outlet":
                return self._of_articles(pl.col("outlet") == asked.value)
            case "language":
                return self._of_articles(pl.col("language").cast(pl.String).fill_null("und") == asked.value)
            case "date":
                return self._of_articles(_dated(asked))
            case "actor":
                return self._among(self._naming(asked.value))
            case "topic":
                return self._of_readings(pl.col("topics").list.contains(asked.value))
            case "tone":
                return self._of_readings(_COMPARE[asked.operator](pl.col("tone"), float(asked.value)))

    def _of_articles(self, holds: pl.Expr) -> pl.Series:
        return self.articles.select(held=holds.fill_null(False))["held"]

    def _of_readings(self, holds: pl.Expr) -> pl.Series:
        read = self._archive.readings().select(held=holds.fill_null(False)).collect()["held"].to_numpy()
        held = np.zeros(self.articles.height + 1, np.bool_)
        held[self._read[read]] = True
        return pl.Series("held", held[:-1])

    @cached_property
    def _read(self) -> NDArray[np.uint32]:
        """Where the article of each reading stands among `articles`; one that is not there stands behind them."""
        read = self._archive.readings().select("article_id").collect()["article_id"]
        there = pl.LazyFrame({"key": self._numbers}).with_row_index("place")
        asked = pl.LazyFrame({"key": columns.numbers(read)})
        placed = asked.join(there, on="key", how="left", maintain_order="left")
        return placed.select(pl.col("place").fill_null(self.articles.height)).collect()["place"].to_numpy()

    def _among(self, rows: pl.LazyFrame) -> pl.Series:
        wanted = np.sort(columns.numbers(rows.select("article_id").collect()["article_id"]))
        keys, places = self._keys
        found = np.searchsorted(keys, wanted)
        found = found[found < len(keys)]
        held = np.zeros(len(keys), np.bool_)
        held[places[found[keys[found] == wanted[: len(found)]]]] = True
        return pl.Series("held", held)

    @cached_property
    def _keys(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """The numbers of the articles' ids, rising, and the places of these."""
        places = np.argsort(self._numbers)
        return self._numbers[places], places

    @cached_property
    def _numbers(self) -> NDArray[np.uint64]:
        return columns.numbers(self.articles["article_id"])

    def _naming(self, actor: str) -> pl.LazyFrame:
        """The mentions of an actor; one counts only beside its reading, which a batch broken off has not."""
        named = self._archive.mentions().filter(pl.col("actor") == actor)
        if self._archive.is_whole():
            return named
        return named.join(self._archive.readings().select("article_id"), on="article_id", how="semi")


def _dated(asked: Fact) -> pl.Expr:
    first, last = asked.days
    day = pl.col("day")
    if asked.operator == ":":
        return (day >= first) & (day <= last)
    edge: date = first if asked.operator in ("<", ">=") else last
    return _COMPARE[asked.operator](day, edge)


_COMPARE: dict[str, Callable[..., pl.Expr]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
