"""How many articles a feed brings on which weekday at which hour, and whether it has fallen silent or floods.

Learnt from `fetches` alone, so from what was collected: a day on which nobody could look tells nothing, and the first
look at a feed, which finds all that it lists, tells nothing either.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from data import schema

WEEKS = 8  # that are looked back
LEAST_DAYS = 7  # before that nothing is to be expected
#: So many articles were to be expected, and none came: of feeds whose articles come by chance, one look in a thousand.
SILENT = 7.0
#: A day's articles are a flood where they are so many at least, and so many times what was to be expected.
FLOOD, TIMES = 20, 4.0
_LONGEST = 14 * 24  # hours of silence that are added up
_HOUR = timedelta(hours=1)
_SUNDAY = timedelta(days=1)

#: What is usual of a feed. `weekdays` has the articles of a Monday ... Sunday, `hours` the part of a day's that comes
#: in each of its hours, UTC; `days` is how many days this was learnt from, `recent` what came in the last 24 hours.
USUAL: dict[str, schema.Column] = {
    "feed_url": pl.String,
    "days": pl.Int64,
    "weekdays": pl.List(pl.Float64),
    "hours": pl.List(pl.Float64),
    "last_new_at": schema.MOMENT,
    "recent": pl.Int64,
}


def usual(fetches: pl.LazyFrame, now: datetime) -> pl.DataFrame:
    """USUAL of the feeds that were looked at on LEAST_DAYS days or more of the last WEEKS weeks, today not counted.

    A weekday that was seen once only has the mean of all days.
    """
    since = now - timedelta(weeks=WEEKS)
    looked = (
        fetches.filter(pl.col("month") >= f"{since:%Y-%m}", pl.col("started_at").is_between(since, now))
        .filter(pl.col("state").is_in(schema.LOOKED_STATES))
        .select("feed_url", "started_at", pl.col("new").fill_null(0).cast(pl.Int64))
        .filter(pl.col("started_at") > pl.col("started_at").min().over("feed_url"))
    )
    brought, recent = pl.col("new") > 0, pl.col("started_at") > now - timedelta(hours=24)
    days, hours, last = pl.collect_all(
        [
            looked.group_by("feed_url", day=pl.col("started_at").dt.date()).agg(pl.col("new").sum()),
            looked.filter(brought).group_by("feed_url", hour=pl.col("started_at").dt.hour()).agg(pl.col("new").sum()),
            looked.group_by("feed_url").agg(
                last_new_at=pl.col("started_at").filter(brought).max(), recent=pl.col("new").filter(recent).sum()
            ),
        ]
    )
    # A silence must not become what is usual: nothing is learnt from more than a Sunday after the last article.
    heard = days.join(last, on="feed_url").filter(pl.col("day") <= pl.col("last_new_at").dt.date() + _SUNDAY)
    by_weekday = _weekdays(heard.filter(pl.col("day") < now.date()))
    found = by_weekday.join(_hours(hours), on="feed_url").join(last, on="feed_url")
    return found.select(pl.col(name).cast(kind) for name, kind in USUAL.items())


def as_of_last_check(fetches: pl.LazyFrame) -> pl.DataFrame:
    """USUAL as it was known at the last check of any feed."""
    last = fetches.select(pl.col("started_at").max()).collect().item()
    return usual(fetches, last) if last else pl.DataFrame(schema=USUAL)


def _weekdays(days: pl.DataFrame) -> pl.DataFrame:
    """`feed_url, days, weekdays` of the feeds with enough days."""
    # A flood must not become what is usual either.
    ceiling = pl.max_horizontal(pl.lit(FLOOD), TIMES * pl.col("new").median().over("feed_url"))
    known = days.with_columns(pl.min_horizontal("new", ceiling)).with_columns(
        pl.len().over("feed_url").alias("days"), pl.col("new").mean().over("feed_url").alias("mean")
    )
    by_weekday = (
        known.filter(pl.col("days") >= LEAST_DAYS)
        .group_by("feed_url", "days", "mean", weekday=pl.col("day").dt.weekday())
        .agg(pl.col("new").mean(), seen=pl.len())
    )
    feeds = by_weekday.select("feed_url", "days", "mean").unique()
    every = feeds.join(pl.DataFrame({"weekday": range(1, 8)}, schema={"weekday": pl.Int8}), how="cross")
    return (
        every.join(by_weekday.select("feed_url", "weekday", "new", "seen"), on=["feed_url", "weekday"], how="left")
        .with_columns(pl.when(pl.col("seen") > 1).then("new").otherwise("mean").alias("expected"))
        .sort("feed_url", "weekday")
        .group_by("feed_url", "days", maintain_order=True)
        .agg(weekdays="expected")
    )


def _hours(hours: pl.DataFrame) -> pl.DataFrame:
    """`feed_url, hours`; one article more in each hour, so that what never happened yet is not taken for impossible."""
    day = pl.DataFrame({"hour": range(24)}, schema={"hour": pl.Int8})
    every = hours.select("feed_url").unique().join(day, how="cross")
    counted = every.join(hours, on=["feed_url", "hour"], how="left").with_columns(pl.col("new").fill_null(0) + 1)
    parts = counted.with_columns(part=pl.col("new") / pl.col("new").sum().over("feed_url")).sort("feed_url", "hour")
    return parts.group_by("feed_url", maintain_order=True).agg(hours="part")


def judged(fetches: pl.DataFrame, known: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Rows of `fetches` with `expected` and `flag`, by the USUAL of their feeds and their rows before this run.

    `expected` is how many articles were to be expected since the feed last had a new one; null where that is not known,
    or where nobody could look. A silent feed stays silent until it has news, also when its rhythm is forgotten.
    """
    usual_of = {row["feed_url"]: row for row in known.iter_rows(named=True)}
    silent = set(before.filter(flag="silent")["feed_url"])
    made = [
        _judged(row, usual_of.get(row["feed_url"]), row["feed_url"] in silent) for row in fetches.iter_rows(named=True)
    ]
    return fetches.with_columns(
        expected=pl.Series([expected for expected, _ in made], dtype=pl.Float64),
        flag=pl.Series([flag for _, flag in made], dtype=pl.String),
    )


def _judged(
    row: Mapping[str, Any], usual_of: Mapping[str, Any] | None, was_silent: bool
) -> tuple[float | None, str | None]:
    new, at = row["new"] or 0, row["started_at"]
    still = "silent" if was_silent and new == 0 else None
    if usual_of is None or row["state"] not in schema.LOOKED_STATES:
        return None, still
    weekdays, hours, recent = usual_of["weekdays"], usual_of["hours"], usual_of["recent"]
    waited = expected(weekdays, hours, usual_of["last_new_at"], at)
    a_day = expected(weekdays, hours, at - timedelta(hours=24), at)
    if still or (new == 0 and waited >= SILENT):
        return waited, "silent"
    return waited, "flood" if new > 0 and new + recent >= max(FLOOD, TIMES * a_day) else None


def expected(weekdays: Sequence[float], hours: Sequence[float], begin: datetime, end: datetime) -> float:
    """How many articles a feed of this rhythm brings from one moment to another; two weeks at most are added up.

    >>> from datetime import UTC
    >>> monday = datetime(2024, 10, 7, tzinfo=UTC)
    >>> expected([24, 0, 0, 0, 0, 0, 0], [1 / 24] * 24, monday, monday + timedelta(minutes=90))
    1.5
    """
    total, at = 0.0, max(begin, end - _LONGEST * _HOUR)
    while at < end:
        until = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, end)
        total += weekdays[at.weekday()] * hours[at.hour] * ((until - at) / _HOUR)
        at = until
    return round(total, 6)
