"""What is worked out of the archive ahead of any question: mentions beside their readings, and totals of each day.

Three tables, all of them derived: `hot` has a mention with all that a filter asks of it, `totals` counts those of a
day, actor and language, `collected` counts the articles of a day, outlet and language. `data/derived.py` keeps them;
here is what lies in them, and the questions of `queries` that totals answer alone, over any length of time. What
`queries` says of a table holds for the one of the same name here; a law in the tests says that both are the same.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from data import copies, queries, schema
from data.filters import Filters
from data.queries import Every, Kind, Measure

Name = Literal["hot", "totals", "collected"]


def _table(columns: dict[str, schema.Column]) -> pl.Schema:
    return pl.Schema(columns)


#: A mention whose article has been read. `day` is null where the article is undated, `story` where the text is alone.
HOT = _table(
    {
        "month": pl.String,
        "actor": pl.String,
        "day": pl.Date,
        "article_id": pl.String,
        "outlet": pl.String,
        "language": pl.String,
        "kind": pl.String,
        "tone": pl.Float64,
        "lexicon_tone": pl.Float64,
        "confidence": pl.Float64,
        "copy_of": pl.String,
        "story": pl.String,
        "topics": pl.List(pl.String),
    }
)

_MEASURES: tuple[Measure, ...] = get_args(Measure)
_KINDS: tuple[Kind, ...] = get_args(Kind)

#: The mentions of one day, actor and language, of copies apart: how many, by kind, and sums of tones, for each measure.
TOTALS = _table(
    {
        "month": pl.String,
        "day": pl.Date,
        "actor": pl.String,
        "language": pl.String,
        "is_copy": pl.Boolean,
        "mentions": pl.Int32,
        **{f"{measure}_sum": pl.Float64 for measure in _MEASURES},
        **{f"{measure}_{kind}": pl.Int32 for measure in _MEASURES for kind in _KINDS},
    }
)

#: The articles of one day, outlet and language, copies apart: the denominators.
COLLECTED = _table(
    {
        "month": pl.String,
        "day": pl.Date,
        "outlet": pl.String,
        "language": pl.String,
        "is_copy": pl.Boolean,
        "articles": pl.Int32,
    }
)

TABLES: dict[Name, pl.Schema] = {"hot": HOT, "totals": TOTALS, "collected": COLLECTED}

#: How the rows of a month lie.
ORDER: dict[Name, list[str]] = {
    "hot": ["actor", "day", "article_id"],
    "totals": ["actor", "day", "language", "is_copy"],
    "collected": ["day", "outlet", "language", "is_copy"],
}


@dataclass(frozen=True, eq=False)
class Made:
    """The rows of some months, a frame for each of TABLES."""

    hot: pl.LazyFrame
    totals: pl.LazyFrame
    collected: pl.LazyFrame


def made(mentions: pl.LazyFrame, readings: pl.LazyFrame) -> Made:
    """The rows of these mentions and readings, which are those of whole months."""
    hot = _hot(mentions, readings)
    return Made(hot, totals(hot), _collected(readings))


def _hot(mentions: pl.LazyFrame, readings: pl.LazyFrame) -> pl.LazyFrame:
    text = pl.coalesce("copy_of", "article_id")
    read = readings.select("article_id", "copy_of", "topics", story=pl.when(pl.col("story") != text).then("story"))
    day = pl.col("published_at").dt.date()
    return mentions.with_columns(day=day).join(read, on="article_id", how="inner").select(*HOT)


def totals(hot: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of TOTALS of rows of HOT."""
    by_kind = {
        f"{measure}_{kind}": (queries.kind(measure) == kind).sum().cast(pl.Int32)
        for measure in _MEASURES
        for kind in _KINDS
    }
    return (
        hot.group_by("month", "day", "actor", "language", is_copy=pl.col("copy_of").is_not_null())
        .agg(
            mentions=pl.len().cast(pl.Int32),
            **{f"{measure}_sum": pl.col(measure).sum() for measure in _MEASURES},
            **by_kind,
        )
        .select(*TOTALS)
    )


def _collected(readings: pl.LazyFrame) -> pl.LazyFrame:
    day, is_copy = pl.col("published_at").dt.date(), pl.col("copy_of").is_not_null()
    counted = readings.group_by("month", "outlet", "language", day=day, is_copy=is_copy)
    return counted.agg(articles=pl.len().cast(pl.Int32)).select(*COLLECTED)


# --- the rows of a view -----------------------------------------------------------------------------------------------


def looked_at(hot: pl.LazyFrame, filters: Filters) -> pl.LazyFrame:
    """The mentions of HOT that are looked at, in the columns that `queries` asks for, but for `published_at`.

    The search is not looked up. Numbers tell apart, and are none of those of `queries.enriched`; those of stories have
    the same order. Only what a query asks for is worked out, and read.
    """
    text = copies.FAMILY
    return (
        hot.with_columns(is_copy=pl.col("copy_of").is_not_null(), story=pl.coalesce("story", text))
        .filter(filters.mentions())
        .select(
            pl.col("actor", "outlet", "language", "kind").cast(pl.Categorical),
            "article_id",
            "day",
            "tone",
            "lexicon_tone",
            "confidence",
            "story",
            "is_copy",
            "topics",
            article_no=pl.col("article_id").hash(),
            text_no=text.hash(),
            story_no=pl.col("story").rank("dense").cast(pl.UInt32),
        )
    )


def volume_of(hot: pl.LazyFrame, collected: pl.DataFrame, filters: Filters, every: Every = "day") -> pl.DataFrame:
    """`actor, date, count, total_count, ratio` of `queries.volume`, of rows of `looked_at`: no story is read."""
    dated = hot.filter(pl.col("day").is_not_null())
    counted = dated.group_by(pl.col("actor").cast(pl.String), date=queries.period("day", every)).agg(count=pl.len())
    return queries.laid_out(counted.collect(), collected, filters, every)


# --- questions that totals answer -------------------------------------------------------------------------------------


def knows(filters: Filters) -> bool:
    """Whether totals can tell: they know of days, actors, languages and copies, and of nothing else."""
    asked = (filters.outlets, filters.panels, filters.topics, filters.stories, filters.search)
    return not any(asked) and filters.tone_from is None and filters.tone_to is None


def volume(totals: pl.LazyFrame, collected: pl.DataFrame, filters: Filters, every: Every = "day") -> pl.DataFrame:
    """`actor, date, count, total_count, ratio` of `queries.volume`."""
    date = queries.period("day", every)
    counted = (
        _chosen(totals, filters)
        .filter(pl.col("day").is_not_null())
        .group_by("actor", date=date)
        .agg(count=pl.col("mentions").sum())
    )
    return queries.laid_out(counted.collect(), collected, filters, every)


def share_of_voice(totals: pl.LazyFrame, filters: Filters) -> pl.DataFrame:
    """`queries.share_of_voice`."""
    return queries.shares(_by_actor(totals, filters, mentions=pl.col("mentions").sum()))


def balance(totals: pl.LazyFrame, filters: Filters, measure: Measure = "tone") -> pl.DataFrame:
    """`queries.balance`."""
    counts = {kind: pl.col(f"{measure}_{kind}").sum() for kind in _KINDS}
    return _by_actor(totals, filters, **counts, mentions=pl.col("mentions").sum()).sort("actor")


def tone(totals: pl.LazyFrame, filters: Filters, every: Every = "day", measure: Measure = "tone") -> pl.DataFrame:
    """`actor, date, tone, mentions` of `queries.tone`; how sure a mean is, sums of days cannot tell."""
    scored = pl.sum_horizontal(pl.col(f"{measure}_{kind}") for kind in ("negative", "neutral", "positive"))
    return (
        _chosen(totals, filters)
        .filter(pl.col("day").is_not_null())
        .group_by("actor", date=queries.period("day", every))
        .agg(mentions=scored.sum().cast(pl.Int64), total=pl.col(f"{measure}_sum").sum())
        .with_columns(tone=pl.when(pl.col("mentions") > 0).then(pl.col("total") / pl.col("mentions")).round(12))
        .select("actor", "date", "tone", "mentions")
        .sort("actor", "date")
        .collect()
    )


def _chosen(totals: pl.LazyFrame, filters: Filters) -> pl.LazyFrame:
    if not knows(filters):
        raise ValueError("totals know nothing of outlets, topics, stories, searches and tones")
    # They are of all outlets, stories and topics: nothing is asked of those.
    return totals.filter(filters.mentions())


def _by_actor(totals: pl.LazyFrame, filters: Filters, **counts: pl.Expr) -> pl.DataFrame:
    counted = _chosen(totals, filters).group_by("actor").agg(**{k: v.cast(pl.Int64) for k, v in counts.items()})
    return queries.with_all_asked(counted.collect(), filters)
