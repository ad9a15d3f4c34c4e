"""The archive's answers about its outlets, kept in memory; see `answers`."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from dashboard import answers
from dashboard.held import FEW, MANY, Press, kept
from data import coverage, outlets, queries, schema
from data.coverage import Every
from data.filters import Filters
from data.queries import Measure


def narrows(filters: Filters) -> bool:
    """Whether more than the press and the days are chosen, so that only some of an outlet's articles are looked at."""
    tones = filters.tone_from is not None or filters.tone_to is not None
    return bool(filters.actors or filters.topics or filters.stories or filters.search or tones)


@kept(MANY)
def listed(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The rows of `outlets.listed`, with `tone, low, high, scored, scored_stories` of the articles looked at.

    With actors chosen the tone is the one toward them, by this measure; otherwise that of the text. Raises SearchError.
    """
    looked_at = answers.listed(press, filters, measure).filter(pl.col("text_no").is_not_null())
    if filters.actors:
        mentions = answers.looked_at(press, filters.search).filter(filters.mentions())
        values = mentions.select("outlet", "story_no", value=measure)
    else:
        values = looked_at.select("outlet", story_no=pl.coalesce("story", "article_id").rank("dense"), value="tone")
    rows = outlets.listed(_press(press, filters), looked_at)
    return rows.join(outlets.tones(values), on="outlet", how="left", maintain_order="left").with_columns(
        pl.col("scored", "scored_stories").fill_null(0)
    )


def _press(press: Press, filters: Filters) -> pl.DataFrame:
    """All articles of the same press and days that have been read, whatever they are about."""
    return press.articles.filter(filters.articles(), pl.col("text_no").is_not_null())


@kept(MANY)
def leads(press: Press, filters: Filters) -> pl.DataFrame:
    """`outlet, told, first, share, hours` of the stories of these days, whatever they are about."""
    return outlets.leads(_press(press, filters))


@kept(FEW)
def _days(press: Press) -> pl.DataFrame:
    articles = press.articles.filter(pl.col("text_no").is_not_null()).select("outlet", "day")
    return coverage.by_day(articles, queries.checks(press.checks))


def complete_to(press: Press) -> date:
    """The last day of which all is known that will be: the one before the last run ended, or before the last check."""
    last = press.checks["started_at"].dt.date().max()
    return press.complete_to or (last - timedelta(days=1) if isinstance(last, date) else date.max)


@kept(MANY)
def received(press: Press, first: date, last: date, every: Every) -> pl.DataFrame:
    """The rows of `coverage.periods` from the first to the last day."""
    within = _days(press).filter(pl.col("day").is_between(first, last))
    return coverage.periods(within, every, complete_to(press))


@kept(MANY)
def alarms(press: Press, last: date) -> pl.DataFrame:
    """The rows of `coverage.alarms` up to this day, or the last one that was over."""
    return coverage.alarms(_days(press), min(last, complete_to(press)))


@kept(MANY)
def feeds_up(press: Press) -> pl.DataFrame:
    """Of how many feeds of an outlet the last check could look at them: `outlet, feeds, up`."""
    looked = pl.col("state").is_in(schema.LOOKED_STATES)
    return press.feeds.group_by("outlet").agg(feeds=pl.len().cast(pl.Int64), up=looked.sum().cast(pl.Int64))


# One outlet and the others


def whole(filters: Filters) -> Filters:
    """What an outlet is put beside: the same days, languages, topics and search, of all outlets and about anybody."""
    return replace(filters, outlets=(), actors=(), stories=(), tone_from=None, tone_to=None)


@kept(MANY)
def topics(press: Press, filters: Filters, outlet: str) -> pl.DataFrame:
    """The rows of `outlets.against_others` with topics as items."""
    articles = answers.listed(press, replace(whole(filters), topics=()), "tone")
    items = articles.select("outlet", "text_no", item="topics").explode("item", empty_as_null=False, keep_nulls=False)
    return outlets.against_others(items, articles, outlet)


@kept(MANY)
def actors(press: Press, filters: Filters, outlet: str) -> pl.DataFrame:
    """The rows of `outlets.against_others` with actors as items."""
    articles = answers.listed(press, whole(filters), "tone")
    named = answers.looked_at(press, filters.search).filter(whole(filters).mentions())
    items = named.select("outlet", "text_no", item=pl.col("actor").cast(pl.String))
    return outlets.against_others(items, articles, outlet)


@kept(MANY)
def tones(press: Press, filters: Filters, outlet: str, measure: Measure) -> pl.DataFrame:
    """The rows of `outlets.tone_against_others`."""
    named = answers.looked_at(press, filters.search).filter(whole(filters).mentions())
    return outlets.tone_against_others(named, outlet, measure)


@kept(MANY)
def counted(press: Press, outlet: str, first: date, last: date, every: Every) -> pl.DataFrame:
    """Articles of an outlet by period: `date, count`, zeros from its first article or check on; null before."""
    own = press.articles.filter(pl.col("outlet") == outlet, pl.col("text_no").is_not_null())
    begins = [own["day"].min(), press.checks.filter(outlet=outlet)["started_at"].dt.date().min()]
    begin = min((day for day in begins if isinstance(day, date)), default=last)
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    days = pl.DataFrame({"day": pl.date_range(first, last, eager=True)})
    counts = own.group_by("day").agg(count=pl.len().cast(pl.Int64))
    return (
        days.join(counts, on="day", how="left")
        .with_columns(count=pl.when(pl.col("day") >= begin).then(pl.col("count").fill_null(0)))
        .group_by(date=pl.col("day").dt.truncate(step))
        .agg(count=pl.when(pl.col("count").count() > 0).then(pl.col("count").sum()))
        .sort("date")
    )
