"""The archive's answers, kept in memory: each question once for a version of the press and what was asked.

Nothing here draws. Answers are shared: change none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

import numpy as np
import polars as pl
import streamlit as st

from dashboard.charts import FEWEST_STORIES
from dashboard.held import FEW, HASHED, MANY, Press, kept
from data import indexed, periods, queries, search, tallies
from data import peaks as outstanding
from data.archive import Archive
from data.change import Change, Period, taken_apart
from data.change import Measure as Changing
from data.filters import Filters
from data.indexed import Chosen, Columns
from data.peaks import Explanation, Window
from data.periods import Collected
from data.phrases import OF_TITLES, Numbered, of_titles, phrases_of
from data.queries import Every, Measure
from data.story_labels import Usual, evenly, labelled, leads

_Told = TypeVar("_Told")


@kept(FEW)
def looked_at(press: Press, query: str) -> pl.DataFrame:
    """The hot frame of the articles that a query finds. Raises SearchError."""
    if not query:
        return press.mentions
    return queries.found(press.mentions, press.articles.filter(_are_found(press, query)).select("article_no"))


@kept(FEW)
def _are_found(press: Press, query: str) -> pl.Series:
    """Whether a query finds each of the press's articles. Raises SearchError."""
    return pl.Series(search.among(press.search, query, _places(press)), dtype=pl.Boolean)


@kept(1)
def _places(press: Press) -> search.Places:
    return search.placed(press.search, press.articles["article_id"])


@kept(FEW)
def searched(press: Press, query: str) -> pl.DataFrame:
    """`article_id` of the articles that a query finds. Raises SearchError."""
    return search.found(press.search, query)


@kept(FEW)
def columns(press: Press, query: str) -> Columns:
    """The columns of `looked_at`. Raises SearchError."""
    return indexed.columns(looked_at(press, query)) if query else press.columns


@kept(FEW)
def chosen(press: Press, filters: Filters) -> Chosen:
    """The mentions looked at, of the actors chosen; of all where none is."""
    filters = filters if filters.actors else replace(filters, actors=press.actors)
    return indexed.chosen(columns(press, filters.search), filters)


def mentions(press: Press, filters: Filters) -> pl.DataFrame:
    """The rows of the hot frame that are looked at, of the actors chosen; of all where none is. Raises SearchError."""
    return columns(press, filters.search).frame[chosen(press, filters).rows]


def _collected(press: Press, filters: Filters) -> Collected:
    """All articles of the press looked at, day by day: the same for all actors and periods."""
    outlets, languages, copies = filters.outlets, filters.languages, filters.copies
    return _collected_by(press, Filters(outlets=outlets, languages=languages, copies=copies))


@kept(MANY)
def _collected_by(press: Press, outlets: Filters) -> Collected:
    return periods.collected(press.readings, outlets)


@kept(MANY)
def volume(press: Press, filters: Filters, every: Every) -> pl.DataFrame:
    """`actor, date, count, total_count, ratio, texts, stories`."""
    if not filters.actors:
        return queries.volume(looked_at(press, filters.search), press.readings, filters, every)
    return tallies.volume(chosen(press, filters), _collected(press, filters), filters, every)


@kept(MANY)
def tone(press: Press, filters: Filters, every: Every, measure: Measure) -> pl.DataFrame:
    """`actor, date, tone, low, high, mentions, stories`."""
    return tallies.tone(chosen(press, filters), every, measure)


@kept(MANY)
def overall(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The tone of all days looked at as one point: `actor, date, tone, low, high, mentions, stories`."""
    return tallies.overall(chosen(press, filters), measure)


@kept(MANY)
def share_of_voice(press: Press, filters: Filters) -> pl.DataFrame:
    """`actor, mentions, share`."""
    if not filters.actors:
        return queries.share_of_voice(looked_at(press, filters.search), filters)
    return tallies.share_of_voice(chosen(press, filters))


@kept(MANY)
def balance(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """`actor, negative, neutral, positive, unsure, not_scored, mentions`."""
    if not filters.actors:
        return queries.balance(looked_at(press, filters.search), filters, measure)
    return tallies.balance(chosen(press, filters), measure)


@kept(MANY)
def by_outlet(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """Who writes of the actors: `outlet, articles, share, tone, stories`, most articles first.

    The share is of all mentions looked at; the tone is blank under ten scored stories, which `stories` counts.
    """
    scored = pl.col(measure).is_not_null()
    stories = pl.col("story_no").filter(scored).n_unique().cast(pl.Int64)
    return (
        looked_at(press, filters.search)
        .lazy()
        .filter(filters.mentions())
        .group_by(pl.col("outlet").cast(pl.String))
        .agg(articles=pl.len().cast(pl.Int64), stories=stories, tone=pl.col(measure).mean())
        .select(
            "outlet",
            "articles",
            share=pl.col("articles") / pl.col("articles").sum(),
            tone=pl.when(pl.col("stories") >= FEWEST_STORIES).then("tone"),
            stories="stories",
        )
        .sort("articles", "outlet", descending=[True, False])
        .collect()
    )


@kept(MANY)
def co_mentions(press: Press, filters: Filters, actors: tuple[str, ...]) -> pl.DataFrame:
    """`actor, other, articles, share`."""
    return tallies.co_mentions(columns(press, filters.search), filters, actors)


@kept(MANY)
def summary(press: Press, filters: Filters, measure: Measure) -> dict[str, Any]:
    """One row of `queries.summary`."""
    return tallies.summary(chosen(press, filters), _collected(press, filters), filters, measure)


@kept(MANY)
def outages(press: Press, first: date | None, last: date | None) -> pl.DataFrame:
    """`outlet, day, failed, checked` of the days on which an outlet could not be read."""
    day = pl.col("day")
    return _failures(press).filter(day >= (first or date.min), day <= (last or date.max))


@kept(FEW)
def _failures(press: Press) -> pl.DataFrame:
    return queries.outages(press.checks)


@kept(MANY)
def course(press: Press, filters: Filters, every: Every, measure: Measure) -> pl.DataFrame:
    """`date, tone, negative_share` of all mentions looked at, for the small lines."""
    return tallies.course(chosen(press, filters), every, measure)


@kept(MANY)
def checks_by_day(press: Press, days: int) -> pl.DataFrame:
    """`outlet, day, failed, checked` for each outlet with a failed check in the last `days` days that were checked."""
    last = press.checks["started_at"].dt.date().max()
    first = last - timedelta(days=days - 1) if isinstance(last, date) else None
    by_day = queries.checks(press.checks, first)
    return by_day.filter((pl.col("failed") > 0).any().over("outlet")).sort("outlet", "day")


# Peaks and changes


@kept(MANY)
def peaks(press: Press, filters: Filters, every: outstanding.Every) -> pl.DataFrame:
    """`actor, first, top, last, count, expected, score, articles, usual` of all peaks."""
    actors = sorted(filters.actors or press.actors)
    if not actors:
        return outstanding.peaks(press.mentions, press.readings, filters, every)
    # A verdict, once given, stands: that of a week is the same whatever days and actors it is shown among. Of days
    # there would be too many to judge them all.
    start = outstanding.first_judged(filters, every)
    asked = replace(filters, from_day=None) if every == "week" else filters
    known = _judged_known(press, replace(asked, actors=()), every)
    found = _each(known, actors, partial(_judged, press, asked, every))
    judged = pl.concat([found[actor] for actor in actors])
    return outstanding.standing_out(judged.filter(pl.col("date") >= start) if start else judged, every)


@kept(MANY)
def _judged_known(press: Press, filters: Filters, every: outstanding.Every) -> dict[str, pl.DataFrame]:
    return {}


def _judged(
    press: Press, filters: Filters, every: outstanding.Every, actors: tuple[str, ...]
) -> dict[str, pl.DataFrame]:
    """The verdicts on each of these actors: all together at little more than the cost of one."""
    longer = outstanding.with_history(replace(filters, actors=actors), every)
    of = indexed.chosen(columns(press, filters.search), longer)
    counts = tallies.counts(of, _collected(press, longer), longer, every)
    judged = outstanding.verdicts(counts, outstanding.first_judged(filters, every), every)
    rows = judged.height // len(actors)
    return {actor: judged.slice(place * rows, rows) for place, actor in enumerate(of.actors)}


@kept(MANY)
def judged_from(press: Press, filters: Filters, every: outstanding.Every) -> date | None:
    """The first day (or week) that has history enough to tell a peak, of any actor; None where none has."""
    longer = outstanding.with_history(filters, every)
    totals = tallies.totals(_collected(press, filters), longer, every)
    return outstanding.first_known(totals, outstanding.first_judged(filters, every), every)


def hints(press: Press, filters: Filters, windows: Sequence[Window], most: int) -> list[str]:
    """What each window is about, in few words of titles, which are in memory; empty where nothing tells.

    The title of the story that carries it; else at most so many phrases that tell it from the weeks before; else the
    title of its largest story. Each window is told once; those that are new are told together, which costs little more
    than one of them.
    """
    kept = _told(press)
    # Another session may clear what is kept at any time.
    told = {window: kept.get((filters, window, most)) for window in windows}
    if new := tuple(window for window, hint in told.items() if hint is None):
        found = dict(zip(new, _told_together(press, filters, new, most), strict=True))
        told |= found
        if len(kept) > _MOST_TOLD:
            kept.clear()
        kept.update(((filters, window, most), hint) for window, hint in found.items())
    return [told[window] or "" for window in windows]


_MOST_TOLD = 1_000


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=HASHED)
def _told(press: Press) -> dict[tuple[Filters, Window, int], str]:
    return {}


@kept(FEW)
def _told_together(press: Press, filters: Filters, windows: tuple[Window, ...], most: int) -> list[str]:
    of = columns(press, filters.search)
    stories = [outstanding.main_story(of, filters, window) for window in windows]
    titles = story_titles(press, tuple(sorted({story for story, _ in filter(None, stories)})))
    hints = {window: _hint("", story, titles) for window, story in zip(windows, stories, strict=True)}
    # Phrases are what takes long: they are told where no story carries the window.
    others = {
        window: story
        for window, story in zip(windows, stories, strict=True)
        if not (story and story[1] and hints[window])
    }
    sides = [outstanding.sides(of, filters, window) for window in others]
    names = [window.names for window in others]
    found = outstanding.told_of(sides, partial(_phrases, press), names, most, OF_TITLES) if others else []
    for (window, story), told in zip(others.items(), found, strict=True):
        hints[window] = _hint(", ".join(told["phrase"]), story, titles)
    return [hints[window] for window in windows]


def _hint(phrases: str, main_story: tuple[str, bool] | None, titles: Mapping[str, str]) -> str:
    """What tells best of the phrases and the title of the main story.

    >>> [_hint("Helsinki", ("s1", carries), {"s1": "Trump meets Putin"}) for carries in (True, False)]
    ['“Trump meets Putin”', 'Helsinki']
    >>> _hint("", ("s1", False), {"s1": "Trump meets Putin"})
    '“Trump meets Putin”'
    """
    story, carries = main_story or ("", False)
    title = f"“{titles[story]}”" if titles.get(story) else ""
    return title if title and carries else phrases or title


def _phrases(press: Press, numbers: pl.Series) -> Numbered:
    """The phrases of the titles of the articles of these numbers; a text is not in memory."""
    different = np.unique(numbers.to_numpy())
    places = press.place[different]
    # What is no article any more has a place behind all.
    is_there = places < press.articles.height
    return of_titles(press.titles, places[is_there], pl.Series(different[is_there]))


@st.cache_resource(
    max_entries=60, show_spinner="Reading the articles …", hash_funcs={**HASHED, Archive: lambda one: one.url}
)
def explanation(press: Press, archive: Archive, filters: Filters, window: Window) -> Explanation:
    """What these days of an actor are about; reads titles and leads of its articles from the archive."""
    actor, first, last = window.actor, window.first, window.last
    hot = looked_at(press, filters.search)
    ids = _with_background(hot, filters, actor, first, last)
    start = first - timedelta(weeks=outstanding.HISTORY)
    # Naming the months spares the scan of all others.
    months = pl.col("month").is_between(pl.lit(f"{start:%Y-%m}"), pl.lit(f"{last:%Y-%m}"))
    articles = archive.articles().filter(months).join(ids.lazy().select(id="article_id"), on="id", how="semi")
    phrases = phrases_of(articles.select("id", "title", "text").collect())
    return outstanding.explained(hot, phrases, filters, actor, first, last, names=window.names)


def _with_background(hot: pl.DataFrame, filters: Filters, actor: str, first: date, last: date) -> pl.DataFrame:
    """`article_id` of the actor's articles from `first` to `last` and of the weeks before."""
    start = first - timedelta(weeks=outstanding.HISTORY)
    longer = replace(filters, actors=(actor,), from_day=start, to_day=last)
    return hot.filter(longer.mentions()).select("article_id")


def story_titles(press: Press, stories: tuple[str, ...]) -> dict[str, str]:
    """The title of each story, as the page of stories has it; none of a story that nobody tells."""
    return _each(_titles_known(press), stories, partial(_titles_of, press))


def story_labels(press: Press, stories: tuple[str, ...]) -> pl.DataFrame:
    """`story, label, lead`: the phrases that tell each story and the title at its centre."""
    found = _each(_labels_known(press), stories, partial(_labels_of, press))
    schema: dict[str, Any] = {"story": pl.String, "label": pl.List(pl.String), "lead": pl.String}
    return pl.DataFrame([(story, *found[story]) for story in stories if story in found], schema=schema, orient="row")


def _each(
    known: dict[str, _Told], stories: Sequence[str], work: Callable[[tuple[str, ...]], dict[str, _Told]]
) -> dict[str, _Told]:
    """What is known of each story, or what `work` finds of the others: a story is called the same beside any others."""
    # Another session may clear what is known at any time.
    found = {story: told for story, told in known.copy().items() if story in stories}
    if new := tuple(story for story in stories if story not in found):
        found |= work(new)
        if len(known) > _MOST_TOLD:
            known.clear()
        known.update(found)
    return found


@kept(1)
def _titles_known(press: Press) -> dict[str, str]:
    return {}


@kept(FEW)
def _titles_of(press: Press, stories: tuple[str, ...]) -> dict[str, str]:
    rows = _by_story(press).of(stories)
    placed = press.articles.select(_OF_TITLES)[rows].with_columns(place=pl.Series(rows))

    def phrases(some: pl.DataFrame) -> Numbered:
        return of_titles(press.titles, some["place"].to_numpy(), some["article_id"])

    return dict(leads(placed, stories, phrases).iter_rows())


#: What `leads` needs: of all columns it takes twice as long.
_OF_TITLES = ("article_id", "title", "published_at", "story", "is_copy")


@kept(1)
def _labels_known(press: Press) -> dict[str, tuple[list[str], str | None]]:
    return {}


@kept(FEW)
def _labels_of(press: Press, stories: tuple[str, ...]) -> dict[str, tuple[list[str], str | None]]:
    told = labelled(_of_stories(press, stories), stories, usual=_usual(press))
    return {story: (label, lead) for story, label, lead in told.iter_rows()}


def _of_stories(press: Press, stories: tuple[str, ...]) -> pl.DataFrame:
    """The articles that tell these stories, in the order of all."""
    return press.articles[_by_story(press).of(stories)]


@kept(1)
def _by_story(press: Press) -> indexed.Groups:
    return indexed.groups(press.articles["story"])


@kept(FEW)
def _usual(press: Press) -> Usual:
    return evenly(press.articles)


@kept(MANY)
def told_stories(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The stories of the articles looked at, the rows of `queries.counted_stories`. Raises SearchError."""
    return queries.counted_stories(listed(press, filters, measure))


@kept(MANY)
def in_full(press: Press, filters: Filters, measure: Measure, stories: tuple[str, ...]) -> pl.DataFrame:
    """Some of `told_stories` with their actors and tones, in that order: the rows of `queries.stories`."""
    wanted = pl.DataFrame({"story": stories}, schema={"story": pl.String})
    rows = wanted.join(told_stories(press, filters, measure), on="story", maintain_order="left")
    articles = listed(press, filters, measure).join(wanted, on="story", how="semi")
    hot = indexed.of_articles(press.columns, articles["article_no"].drop_nulls().to_numpy())
    return queries.in_full(rows, hot, articles, _rarity(press))


@kept(FEW)
def _rarity(press: Press) -> pl.DataFrame:
    return queries.rarity(press.mentions)


@kept(MANY)
def change(press: Press, filters: Filters, before: Period, after: Period, measure: Changing) -> Change:
    """The change from one period to the other, taken apart by outlet."""
    return taken_apart(looked_at(press, filters.search), press.readings, filters, before, after, measure)


@kept(MANY)
def stories(press: Press, filters: Filters) -> int:
    """In how many stories the mentions stand, scored or not."""
    return tallies.stories(chosen(press, filters))


@kept(FEW)
def listed(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The articles looked at, the newest first, undated ones last: the rows that `export.articles_table` exports.

    `article_id, title, published_at, day, outlet, language, is_copy, story, text_no, topics, tone, article_no`; with
    actors, the tone is the mean of those toward them, by this measure; otherwise that of the text. Raises SearchError.
    """
    if filters.actors:
        return _naming(press, filters, measure)
    chosen = press.articles.filter(_are_found(press, filters.search)) if filters.search else press.articles
    return chosen.lazy().filter(filters.articles(), filters.about(), filters.in_tone()).collect()


@kept(MANY)
def newest(press: Press, filters: Filters, measure: Measure, most: int) -> pl.DataFrame:
    """The first `most` rows of `listed`. Raises SearchError."""
    if not filters.actors:
        return listed(press, filters, measure).head(most)
    return _naming(press, filters, measure, most)


def _naming(press: Press, filters: Filters, measure: Measure, most: int | None = None) -> pl.DataFrame:
    """The first `most` articles that name an actor chosen, with the tone toward them."""
    places, tone = tallies.articles(chosen(press, filters), press.place, measure, most)
    # What is no article any more has a place behind all.
    number = int(np.searchsorted(places, press.articles.height))
    number = number if most is None else min(number, most)
    return press.articles[places[:number]].with_columns(tone=tone[:number])


@kept(MANY)
def articles_of_story(press: Press, filters: Filters, measure: Measure, story: str) -> pl.DataFrame:
    """The rows of `listed` that tell this story. Raises SearchError."""
    return listed(press, filters, measure).filter(pl.col("story") == story)


@kept(MANY)
def named(press: Press, numbers: tuple[int, ...]) -> pl.DataFrame:
    """Whom the articles of these numbers name: `article_id, actors`, in the order of the alphabet."""
    rows = indexed.of_articles(press.columns, np.array(numbers, dtype=np.uint32)).lazy()
    return rows.group_by("article_id").agg(actors=pl.col("actor").cast(pl.String).unique().sort()).collect()


@dataclass(frozen=True)
class Article:
    """One article with all that is known of it: rows of the tables of schema.py."""

    article: dict[str, Any]
    reading: dict[str, Any] | None
    mentions: list[dict[str, Any]]


@st.cache_resource(max_entries=50, show_spinner=False, hash_funcs={**HASHED, Archive: lambda one: one.url})
def article(press: Press, archive: Archive, article_id: str) -> Article | None:
    """The article of this id; None where the archive has none."""
    dated = press.articles.filter(pl.col("article_id") == article_id)["published_at"].to_list()
    if not dated:
        return None
    # Naming the month spares the scan of all others; an undated article lies in the month in which it was collected.
    month = pl.lit(True) if dated[0] is None else pl.col("month") == f"{dated[0]:%Y-%m}"
    of_article = pl.col("article_id") == article_id
    rows = archive.articles().filter(month, pl.col("id") == article_id).collect()
    readings = archive.readings().filter(month, of_article).collect()
    mentions = archive.mentions().filter(month, of_article).sort("actor").collect()
    if rows.is_empty():
        return None
    return Article(
        article=rows.row(0, named=True),
        reading=readings.row(0, named=True) if readings.height else None,
        mentions=mentions.to_dicts(),
    )
