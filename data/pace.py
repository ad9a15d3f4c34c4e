"""How much of a period's articles are usually out by a moment within it: what an unfinished one will come to."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import polars as pl

Every = Literal["day", "week", "month"]

#: So many periods before tell what is usual, of which this many must have this many articles each.
HISTORY: Mapping[Every, int] = {"day": 28, "week": 12, "month": 12}
LEAST, FEWEST = 4, 10

#: A smaller part says too little of the rest.
EARLY = 0.2


def part_out(articles: pl.DataFrame, start: date, at: datetime, every: Every) -> float | None:
    """The part of a period's articles that is usually published by now, 0 ... 1; None where it cannot be told.

    `articles` needs `published_at`; the period begins on the day `start`, and `at` lies in it. The median over the
    periods before, each up to as long after its own beginning. For a day, those of the same weekday count, since a
    Sunday has other hours. None under four such periods with ten articles each, and where the part is under a fifth.
    """
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    back = timedelta(days={"day": 1, "week": 7, "month": 31}[every]) * HISTORY[every]
    begin = datetime.combine(start, time(), UTC)
    before = (
        articles.lazy()
        .filter(pl.col("published_at") >= begin - back, pl.col("published_at") < begin)
        .with_columns(begins=pl.col("published_at").dt.truncate(step))
    )
    if every == "day":
        before = before.filter(pl.col("begins").dt.weekday() == begin.isoweekday())
    parts = (
        before.group_by("begins")
        .agg(articles=pl.len(), part=((pl.col("published_at") - pl.col("begins")) < at - begin).mean())
        .filter(pl.col("articles") >= FEWEST)
        .collect()["part"]
    )
    median = parts.median() if parts.len() >= LEAST else None
    return median if isinstance(median, float) and median >= EARLY else None
