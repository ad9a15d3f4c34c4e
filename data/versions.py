"""Which catalogue and which model articles were read with, and from which day on it was another one.

Versions are opaque: two are the same or they are not, and none is later than another. `readings` are rows of the table
of that name; an article is stale where it was read with another catalogue or model than today's.
"""

from itertools import groupby
from operator import itemgetter
from typing import Literal, get_args

import polars as pl

from data.filters import Filters
from data.queries import Every

Of = Literal["catalogue", "model"]
OF: tuple[Of, ...] = get_args(Of)

_STORED = {"catalogue": "catalogue_version", "model": "model_version"}


def counted(readings: pl.LazyFrame, catalogue: str, model: str) -> pl.DataFrame:
    """How many articles each pair of versions has read: `catalogue, model, articles, first_day, last_day, stale`.

    Today's pair comes first, then the one that read most. The days are null where no article has one.
    """
    day = pl.col("published_at").dt.date()
    return (
        readings.group_by(_versions())
        .agg(articles=pl.len().cast(pl.Int64), first_day=day.min(), last_day=day.max())
        .with_columns(stale=~_is_todays(catalogue, model))
        .sort("stale", "articles", "catalogue", "model", descending=[False, True, False, False])
        .collect()
    )


def stale_months(readings: pl.LazyFrame, catalogue: str, model: str) -> list[str]:
    """The months that hold a stale article, in order."""
    versions = readings.select("month", *_versions())
    months = versions.filter(~_is_todays(catalogue, model)).select(pl.col("month").unique().sort())
    return months.collect().to_series().to_list()


def by_day(readings: pl.LazyFrame) -> pl.DataFrame:
    """What the two below need: `day, outlet, language, is_copy, catalogue, model, articles` of all dated articles."""
    return (
        readings.filter(pl.col("published_at").is_not_null())
        .group_by(
            pl.col("outlet", "language").cast(pl.Categorical),
            *(version.cast(pl.Categorical) for version in _versions()),
            day=pl.col("published_at").dt.date(),
            is_copy=pl.col("copy_of").is_not_null(),
        )
        .agg(articles=pl.len().cast(pl.Int64))
        .collect()
    )


def periods(days: pl.DataFrame, filters: Filters, every: Every, of: Of) -> pl.DataFrame:
    """The version that read most of each period's articles: `date, version, articles, others`.

    `articles` are all of the same outlets, languages and days, `others` those that another version has read: where
    there are any, the period is mixed. Of two versions with as many articles, the one of the period before counts.
    """
    date = pl.col("day").dt.truncate({"day": "1d", "week": "1w", "month": "1mo"}[every])
    looked_at = (
        days.filter(filters.articles())
        .group_by(date=date, version=pl.col(of).cast(pl.String))
        .agg(pl.col("articles").sum())
        .sort("date", "articles", "version", descending=[False, True, False])
    )
    rows: list[tuple[object, str, int, int]] = []
    for when, versions in groupby(looked_at.rows(), key=itemgetter(0)):
        count = {version: articles for _, version, articles in versions}
        before = rows[-1][1] if rows else ""
        # Who read most stands first.
        first, highest = next(iter(count.items()))
        most = before if count.get(before) == highest else first
        rows.append((when, most, sum(count.values()), sum(count.values()) - count[most]))
    return pl.DataFrame(rows, schema=_PERIODS, orient="row")


def breaks(periods: pl.DataFrame) -> pl.DataFrame:
    """The periods from which on another version read most articles than in the period before: `date, before, after`."""
    before = pl.col("version").shift()
    return periods.select("date", before=before, after="version").filter(pl.col("before") != pl.col("after"))


_PERIODS = {"date": pl.Date, "version": pl.String, "articles": pl.Int64, "others": pl.Int64}


def _versions() -> list[pl.Expr]:
    # An archive of an earlier state may not know.
    return [pl.col(stored).fill_null("unknown").alias(of) for of, stored in _STORED.items()]


def _is_todays(catalogue: str, model: str) -> pl.Expr:
    return (pl.col("catalogue") == catalogue) & (pl.col("model") == model)
