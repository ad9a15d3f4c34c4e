"""What is worked out of the archive ahead of any question: mentions beside their readings, and totals of each day.

Three tables, all of them derived: `mentions` has all that a filter asks of a mention, `totals` counts those of a day,
actor and language, `collected` counts the articles of a day, outlet and language. `data/derived.py` keeps them;
here is what lies in them, and the questions of `queries` that are answered by counting alone. What `queries` says of a
table holds for the one of the same name here; a law in the tests says that both are the same.
"""

from typing import cast, get_args

import numpy as np
import polars as pl

from data import columns, looked, resampling, tallies
from data.columns import Column, Table
from data.filters import Filters
from data.indexed import Chosen
from data.looked import Rows
from data.periods import Collected
from data.queries import Every, Measure

# --- the tables -------------------------------------------------------------------------------------------------------


def beside_readings(mentions: pl.LazyFrame, readings: pl.LazyFrame) -> pl.DataFrame:
    """The mentions whose article has been read, with what its reading says, by actor and day, the undated last.

    `actor, day, article_id, outlet, language, tone, lexicon_tone, confidence, copy_of, story, topics`.
    """
    read = readings.select("article_id", "copy_of", "story", "topics")
    return (
        mentions.select(
            "article_id",
            "actor",
            "outlet",
            "language",
            "tone",
            "lexicon_tone",
            "confidence",
            day=pl.col("published_at").dt.date(),
        )
        .join(read, on="article_id", how="inner")
        .sort("actor", "day", "article_id", nulls_last=True)
        .collect()
    )


def to_be_counted(mentions: pl.LazyFrame, readings: pl.LazyFrame) -> pl.DataFrame:
    """What `totals` asks of the rows of `beside_readings`, several times sooner, in no order."""
    day = pl.col("published_at").dt.date()
    rows = mentions.select("article_id", "actor", "language", day=day)
    return rows.join(readings.select("article_id", "copy_of"), on="article_id", how="inner").collect()


def mentions(hot: pl.DataFrame) -> Table:
    """A table of rows of `beside_readings`.

    Of each mention, by actor and day: `day, outlet, language, tone, lexicon_tone, is_sure` (it has a confidence) and
    `article`, the place of its article. Of each article, by id: `id, text, is_copy, story, topics`; the story is a
    place among `stories`, the topics are a number that `set` has beside each `topic` of theirs. `starts` has where an
    actor's mentions begin.
    """
    article = pl.col("article_id")
    articles = hot.select("article_id", "copy_of", "story", "topics").unique("article_id").sort("article_id")
    place = hot.select(article.cast(pl.Enum(articles["article_id"])).to_physical().cast(pl.UInt32)).to_series()
    text = articles.select(pl.coalesce("copy_of", "article_id")).to_series()
    told = articles.select(pl.coalesce("story", "copy_of", "article_id")).to_series()
    stories, story = np.unique(columns.numbers(told), return_inverse=True)
    actors, starts = _starts(hot["actor"])
    outlets, outlet = columns.coded(hot["outlet"])
    languages, language = columns.coded(hot["language"])
    topics, of_articles, sets, topic = _topics(articles["topics"])
    return Table(
        {"actor": actors, "outlet": outlets, "language": languages, "topic": topics},
        {
            "starts": starts,
            "day": _days(hot["day"]),
            "article": place.to_numpy(),
            "outlet": outlet,
            "language": language,
            "tone": columns.packed(hot["tone"]),
            "lexicon_tone": columns.packed(hot["lexicon_tone"]),
            "is_sure": hot["confidence"].is_not_null().to_numpy(),
            "id": columns.numbers(articles["article_id"]),
            "text": columns.numbers(text),
            "is_copy": articles["copy_of"].is_not_null().to_numpy(),
            "story": story.astype(np.uint32),
            "topics": of_articles,
            "stories": stories,
            "set": sets,
            "topic": topic,
        },
    )


def totals(hot: pl.DataFrame) -> Table:
    """Rows of `beside_readings` or `to_be_counted` in `mentions`: of each `day, language, is_copy`, by actor."""
    by = ["actor", "day", "language", "is_copy"]
    counted = hot.with_columns(is_copy=pl.col("copy_of").is_not_null()).group_by(by).len()
    counted = counted.sort(by, nulls_last=True)
    actors, starts = _starts(counted["actor"])
    languages, language = columns.coded(counted["language"])
    return Table(
        {"actor": actors, "language": languages},
        {
            "starts": starts,
            "day": _days(counted["day"]),
            "language": language,
            "is_copy": counted["is_copy"].to_numpy(),
            "mentions": _narrow(counted["len"]),
        },
    )


def collected(readings: pl.LazyFrame) -> Table:
    """Readings, counted in `mentions`: of each `day, outlet, language, is_copy`."""
    by = ["day", "outlet", "language", "is_copy"]
    day, is_copy = pl.col("published_at").dt.date(), pl.col("copy_of").is_not_null()
    counted = readings.group_by("outlet", "language", day=day, is_copy=is_copy).len().sort(by, nulls_last=True)
    rows = counted.collect()
    outlets, outlet = columns.coded(rows["outlet"])
    languages, language = columns.coded(rows["language"])
    return Table(
        # Of nobody in particular: all of them are one actor's.
        {"actor": [""], "outlet": outlets, "language": languages},
        {
            "starts": np.array([0, rows.height]),
            "day": _days(rows["day"]),
            "outlet": outlet,
            "language": language,
            "is_copy": rows["is_copy"].to_numpy(),
            "mentions": _narrow(rows["len"]),
        },
    )


def in_short(totals: Table) -> Table:
    """The same totals, whatever the language and the outlet, copies and others: of each actor and `day`."""
    actor = np.repeat(np.arange(len(totals.names["actor"])), np.diff(totals["starts"]))
    keys, place = np.unique(actor.astype(np.int64) << 32 | totals["day"], return_inverse=True)
    mentions = np.bincount(place, totals["mentions"], len(keys)).astype(np.int64)
    return Table(
        {"actor": totals.names["actor"]},
        {
            "starts": np.searchsorted(keys >> 32, np.arange(len(totals.names["actor"]) + 1)),
            "day": (keys & (2**32 - 1)).astype(np.int32),
            "mentions": mentions.astype(np.min_scalar_type(int(mentions.max(initial=0)))),
        },
    )


def tones(of: Table) -> Table:
    """The mean tones toward each actor in each month, of rows of `mentions`, with their intervals.

    Of each actor and `day`, the month's first: `tone, low, high, mentions, stories` by each measure, as in
    `queries.tone`.
    """
    every = looked.chosen([of], Filters())
    by_measure = {measure: tallies.tone(every, "month", measure) for measure in _MEASURES}
    actors, starts = _starts(by_measure["tone"]["actor"])
    told = {
        f"{measure} {column}": by_measure[measure][column].cast(kind).fill_null(np.nan).to_numpy()
        for measure in _MEASURES
        for column, kind in resampling.MEANS.items()
    }
    return Table({"actor": actors}, {"starts": starts, "day": _days(by_measure["tone"]["date"]), **told})


_MEASURES: tuple[Measure, ...] = get_args(Measure)


def _starts(actors: pl.Series) -> tuple[list[str], Column]:
    """The different ones of words that lie in order, and where each begins, with the end of all."""
    runs = actors.rle().struct.unnest()
    return runs["value"].to_list(), np.concatenate(([0], runs["len"].to_numpy().astype(np.int64).cumsum()))


def _days(days: pl.Series) -> Column:
    return days.cast(pl.Int32).fill_null(columns.UNDATED).to_numpy()


def _narrow(counts: pl.Series) -> Column:
    values = counts.to_numpy()
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _topics(topics: pl.Series) -> tuple[list[str], Column, Column, Column]:
    """The names of topics, the number of each article's set of them, and the sets: a row for each topic of each."""
    whole = topics.rename("topics").to_frame().select(words=pl.col("topics").list.sort().list.join("\n").fill_null(""))
    names, number = columns.coded(whole["words"])
    listed = pl.DataFrame({"words": names}, schema={"words": pl.String}).with_row_index("set")
    each = listed.with_columns(topic=pl.col("words").str.split("\n")).explode("topic").filter(pl.col("topic") != "")
    words, topic = columns.coded(each["topic"])
    return words, number, each["set"].to_numpy(), topic


# --- questions --------------------------------------------------------------------------------------------------------


def knows(filters: Filters) -> bool:
    """Whether totals can tell: they know of days, actors, languages and copies, and of nothing else."""
    asked = (filters.outlets, filters.panels, filters.topics, filters.stories, filters.search)
    return not any(asked) and filters.tone_from is None and filters.tone_to is None


def volume(of: Chosen, press: Collected, filters: Filters, every: Every = "day") -> pl.DataFrame:
    """`actor, date, count, total_count, ratio` of `queries.volume`."""
    ratio = pl.when(pl.col("total_count") > 0).then(pl.col("count") / pl.col("total_count"))
    counted = tallies.counts(of, press, filters, every).with_columns(ratio=ratio)
    if filters.actors:
        return counted
    there = np.flatnonzero(np.bincount(of.actor[of.day < columns.UNDATED]))
    return counted.filter(pl.col("actor").is_in([of.actors[place] for place in there]))


def tone(of: Chosen, measure: Measure) -> pl.DataFrame:
    """`queries.tone` by month, of rows of `tones`."""
    rows = cast(Rows, of.columns)
    told = {column: rows.column(f"{measure} {column}") for column in resampling.MEANS}
    frame = pl.DataFrame(told, schema=resampling.MEANS, nan_to_null=True)
    actor = pl.Series("actor", of.actors, dtype=pl.String)[of.actor]
    return pl.concat([pl.DataFrame([actor, pl.Series("date", of.day).cast(pl.Date)]), frame], how="horizontal")


def share_of_voice(of: Chosen, filters: Filters) -> pl.DataFrame:
    """`queries.share_of_voice`."""
    found = tallies.share_of_voice(of)
    return found if filters.actors else found.filter(pl.col("mentions") > 0)
