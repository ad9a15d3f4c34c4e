"""What is said of all actors and how they are written in one month, in memory: what a portrait asks of the archive.

Mentions lie in their table with passages and names in lists, and who wants one actor's reads everybody's. Here a month
is read once, for all actors; each actor's rows are then found at once. Pure functions of frames.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import columns, portrait, schema


@dataclass(frozen=True, eq=False)
class _ByActor:
    """Rows that lie together by actor: `starts` has where those of each begin and end."""

    rows: pl.DataFrame
    starts: Mapping[str, tuple[int, int]]

    def of(self, actor: str) -> pl.DataFrame:
        start, end = self.starts.get(actor, (0, 0))
        return self.rows[start:end]


@dataclass(frozen=True, eq=False)
class Month:
    """The rows of `portrait.said_of` and of `portrait.written_of` of a month; `article` is the number of its id."""

    said: _ByActor
    written: _ByActor


def month(mentions: pl.DataFrame) -> Month:
    """Of the rows of the table of mentions: `article_id, actor, spans, passages`."""
    said, written = portrait.said_of(mentions).collect(), portrait.written_of(mentions).collect()
    return Month(_by_actor(said), _by_actor(written))


def _by_actor(found: pl.DataFrame) -> _ByActor:
    rows = found.sort("actor", maintain_order=True)
    runs = rows["actor"].rle().struct.unnest()
    ends = runs["len"].cum_sum().to_list()
    starts = {actor: (end - some, end) for actor, some, end in zip(runs["value"], runs["len"], ends, strict=True)}
    numbers = pl.Series("article", columns.numbers(rows["article_id"]), dtype=pl.UInt64)
    return _ByActor(rows.drop("actor", "article_id").insert_column(0, numbers).rechunk(), starts)


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers that articles have in a hot frame, by those of their ids, which rise."""

    ids: NDArray[np.uint64]
    numbers: NDArray[np.uint32]

    def numbered(self, found: pl.DataFrame) -> pl.DataFrame:
        """The rows with `article_no` in the place of `article`; without those of articles that have none."""
        if not len(self.ids):
            return found.clear().select(pl.lit(None, pl.UInt32).alias("article_no"), pl.exclude("article"))
        wanted = found["article"].to_numpy()
        place = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        known = self.ids[place] == wanted
        numbers = pl.Series("article_no", self.numbers[place], dtype=pl.UInt32)
        rows = found.drop("article").insert_column(0, numbers)
        return rows if known.all() else rows.filter(pl.Series(known))


def numbers(hot: pl.DataFrame) -> Numbers:
    """Of a frame that `queries.enriched` made."""
    rows = hot.select("article_id", "article_no").unique("article_no")
    ids = columns.numbers(rows["article_id"])
    order = np.argsort(ids)
    return Numbers(ids[order], rows["article_no"].to_numpy()[order])


def passages(months: Sequence[Month], actor: str, known: Numbers) -> pl.DataFrame:
    """`portrait.passages` of an actor in these months."""
    return known.numbered(pl.concat([one.said.of(actor) for one in months or [_nothing()]]))


def written(months: Sequence[Month], actor: str, known: Numbers) -> pl.DataFrame:
    """`portrait.written` of an actor in these months."""
    return known.numbered(pl.concat([one.written.of(actor) for one in months or [_nothing()]]))


@lru_cache(maxsize=1)
def _nothing() -> Month:
    return month(schema.empty("mentions"))
