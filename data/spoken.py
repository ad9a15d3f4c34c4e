"""What is said of actors and how they are written, month by month in memory: what a portrait asks of the archive.

Mentions lie in their table by articles, and who wants one actor's reads everybody's. Here a month is read once, for all
actors, as it lies there; an actor's rows are then found at once, and they alone are unpacked. Pure functions of frames.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import columns, places, portrait, schema


@dataclass(frozen=True, eq=False)
class Month:
    """The mentions of a month by actor, `starts` having where those of each begin and end.

    `rows` has `article`, the number of its id, and what is said and written: `names, places` or `spans, passages`.
    """

    rows: pl.DataFrame
    starts: Mapping[str, tuple[int, int]]

    def of(self, actor: str) -> pl.DataFrame:
        """The rows of one actor."""
        start, end = self.starts.get(actor, (0, 0))
        return self.rows[start:end]


def month(mentions: pl.DataFrame) -> Month:
    """Of rows of the table of mentions, packed or not."""
    kept = [column for column in ("names", "places", "spans", "passages") if column in mentions.columns]
    rows = mentions.select("article_id", "actor", *kept).sort("actor", maintain_order=True)
    runs = rows["actor"].rle().struct.unnest()
    ends = runs["len"].cum_sum().to_list()
    starts = {actor: (end - some, end) for actor, some, end in zip(runs["value"], runs["len"], ends, strict=True)}
    numbers = pl.Series("article", columns.numbers(rows["article_id"]), dtype=pl.UInt64)
    return Month(rows.select(kept).insert_column(0, numbers).rechunk(), starts)


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
    said = portrait.said_of(_mentions(months, actor, "passages", places.passages())).drop("actor")
    return known.numbered(said.rename({"article_id": "article"}).collect())


def written(months: Sequence[Month], actor: str, known: Numbers) -> pl.DataFrame:
    """`portrait.written` of an actor in these months."""
    written = portrait.written_of(_mentions(months, actor, "spans", places.spans())).drop("actor")
    return known.numbered(written.rename({"article_id": "article"}).collect())


def _mentions(months: Sequence[Month], actor: str, column: str, unpacked: pl.Expr) -> pl.LazyFrame:
    """`article_id, actor` and one column of lists, the number as the id."""
    rows = pl.concat([one.of(actor) for one in months or [_nothing()]], how="diagonal")
    told = {"places": unpacked, column: pl.col(column)}
    lists = pl.coalesce(expression for name, expression in told.items() if name in rows.columns)
    return rows.lazy().select(lists.alias(column), article_id="article", actor=pl.lit(actor))


@lru_cache(maxsize=1)
def _nothing() -> Month:
    return month(schema.empty("mentions"))
