"""The archive's answers, kept in memory: one copy of the hot columns for each version, and each answer once.

Nothing here draws. An answer is kept for its archive version and its question, in caches with an end; a page asks for
the version once a run, so that all of its charts speak of the same state.
"""

import gc
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import polars as pl
import streamlit as st

from dashboard.charts import FEWEST_STORIES
from dashboard.kept import Kept
from dashboard.latest import Latest
from data import catalogue as catalogues
from data import copies, health, index, queries, rhythm, search, tallies
from data import filters as filtering
from data import peaks as outstanding
from data.archive import Archive, open_archive
from data.catalogue import Catalogue
from data.change import Change, Period, taken_apart
from data.change import Measure as Changing
from data.filters import Filters
from data.peaks import Explanation, Window
from data.phrases import phrases_of
from data.queries import Every, Measure
from data.search import Search
from data.story_labels import evenly, labelled, leads
from data.tallies import Chosen, Collected, Columns, Places

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Settings:
    """Where the archive and the catalogue are, and whether all of it is the sample press."""

    archive: str
    catalogue: Path
    sample: bool


def settings() -> Settings:
    """What the environment says; by default the archive and the catalogue beside the code."""
    return Settings(
        archive=os.environ.get("NEWSGAUGE_ARCHIVE") or str(_ROOT / "data" / "var" / "archive"),
        catalogue=Path(os.environ.get("NEWSGAUGE_CATALOGUE") or catalogues.DEFAULT),
        sample=os.environ.get("NEWSGAUGE_SAMPLE") == "1",
    )


def held() -> int:
    """How many mentions are held in memory at most, about 400 bytes each; what the environment says."""
    told = os.environ.get("NEWSGAUGE_HELD", "")
    return int(told) if told.isdecimal() and int(told) else HELD


#: Two versions of so many beside the libraries are about a gigabyte.
HELD = 1_000_000


# The archive is asked for its version at most every ten seconds, whatever the number of readers; the frames of two
# versions are kept, because a page that began on the old one ends on it.


def catalogue(folder: Path) -> Catalogue:
    """The catalogue, read again when one of its files has changed. Raises CatalogueError."""
    files = [(file.name, file.stat()) for file in sorted(folder.glob("*.toml"))]
    return _catalogue(folder, tuple((name, told.st_mtime_ns, told.st_size) for name, told in files))


@st.cache_resource(max_entries=2, show_spinner=False)
def _catalogue(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> Catalogue:
    return catalogues.load(folder)


@st.cache_resource(ttl=10, max_entries=4, show_spinner=False)
def pinned(url: str) -> Archive:
    """The archive at the version of now. Raises ArchiveError."""
    return open_archive(url).pin()


@dataclass(frozen=True, eq=False)
class Press:
    """One version of the archive in memory: narrow columns, no text.

    `mentions` is the hot frame, `columns` its columns, `readings` the denominators. `articles` is `article_id, title,
    published_at, day, outlet, language, is_copy, story, text_no, topics, tone, article_no`, newest first; the tone is
    the text's, `place` has where an article's number stands. `checks` is `outlet, feed_url, started_at, state` of each
    feed in each run, `feeds` the last check of each feed, `usual` rhythm.USUAL of them, `dates` what their outlets said
    of their days, `unconditional` how many checks asked for all on purpose, `runs` all runs, newest first. Days are
    those of dated articles; actors stand most mentioned first. Where `is_cut`, older months are left in the archive,
    which holds more than memory has room for.
    """

    url: str
    version: str
    mentions: pl.DataFrame
    columns: Columns
    readings: pl.DataFrame
    articles: pl.DataFrame
    place: Places
    checks: pl.DataFrame
    runs: pl.DataFrame
    feeds: pl.DataFrame
    usual: pl.DataFrame
    dates: pl.DataFrame
    unconditional: int
    is_cut: bool
    first_day: date | None
    last_day: date | None
    last_published_at: datetime | None
    actors: tuple[str, ...]
    outlets: tuple[str, ...]
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    search: Search
    kept: Kept = field(default_factory=Kept, repr=False)

    @property
    def complete_to(self) -> date | None:
        """The last day that was over when the last run ended; None where no run is known."""
        ended = self.runs["finished_at"].max() if self.runs.height else None
        return ended.date() - timedelta(days=1) if isinstance(ended, datetime) else None


_HASHED: dict[str | type[Any], Callable[[Any], Any]] = {Press: lambda one: (one.url, one.version, one.search.stamp)}


def press(archive: Archive, url: str) -> Press:
    """The archive's press, read once for each version. Where that takes long, the one before until it has been read.

    Raises ArchiveError.
    """
    version, last = archive.version(), _latest.last(url)
    if last is None or last.mentions.height <= _AT_ONCE:
        read = _press(url, str(version), archive)
        _latest.set(url, version, read)
        if read.mentions.height > _AT_ONCE:
            _press.clear()  # one of them in memory is enough
    else:
        read = _latest.get(url, version, partial(_read, url, archive))
        if read.version != str(version):
            return read
    stamp = index.stamp(url)
    return read if read.search.stamp == stamp else _caught_up(read, stamp, read.search.archive)


#: So many mentions are read while a reader waits.
_AT_ONCE = 100_000
_latest: Latest[Press] = Latest()


@st.cache_resource(max_entries=2, show_spinner="Reading the archive …")
def _press(url: str, version: str, _archive: Archive) -> Press:
    return _read(url, _archive)


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=_HASHED)
def _caught_up(press: Press, stamp: tuple[int, int], _archive: Archive) -> Press:
    """The same press where the search index alone has changed."""
    return replace(press, search=search.opened(_archive), kept=Kept())


def _read(url: str, archive: Archive) -> Press:
    newest = archive.newest(held())
    readings = newest.readings()
    columns = tallies.columns(queries.enriched(newest.mentions(), readings))
    mentions = columns.frame
    narrow = queries.narrow(readings)
    numbers = mentions.select("article_id", "article_no").unique("article_no")
    articles = _articles(newest).join(numbers, on="article_id", how="left", maintain_order="left")
    # A dozen rows out of many pieces cost as much as the pieces.
    articles, narrow = articles.rechunk(), narrow.rechunk()
    days = narrow.select(first=pl.col("day").min(), last=pl.col("day").max()).row(0)
    counted = mentions.group_by("actor").len().sort("len", "actor", descending=[True, False])
    topics = mentions.select(pl.col("topics").explode().drop_nulls().unique().sort()).to_series()
    _settle()
    return Press(
        url=url,
        version=str(archive.version()),
        mentions=mentions,
        columns=columns,
        readings=narrow,
        articles=articles,
        place=tallies.placed(articles["article_no"]),
        checks=archive.fetches().select("outlet", "feed_url", "started_at", "state").collect().rechunk(),
        feeds=archive.feed_states(),
        usual=rhythm.as_of_last_check(archive.fetches()),
        dates=health.dates(archive.fetches()),
        unconditional=health.checks(archive.fetches())["unconditional"],
        runs=archive.runs().sort("started_at", descending=True).collect(),
        is_cut=bool(newest.since),
        first_day=days[0],
        last_day=days[1],
        last_published_at=articles["published_at"].max(),  # type: ignore[arg-type]
        actors=tuple(counted["actor"].cast(pl.String)),
        outlets=tuple(sorted(narrow["outlet"].cast(pl.String).unique().drop_nulls())),
        languages=tuple(
            language or filtering.UNDETERMINED
            for language in narrow["language"].cast(pl.String).value_counts(sort=True)["language"]
        ),
        topics=tuple(topics),
        search=search.opened(archive),
    )


def _settle() -> None:
    """Take what is alive now, libraries above all, out of what a collection of garbage walks through.

    Streamlit collects after every run of a page, with all sessions waiting; without this that takes longer than the
    page. Garbage that has come up since the last version goes first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _articles(archive: Archive) -> pl.DataFrame:
    """An article that has not been read yet is listed, without tone and topics."""
    read = archive.readings().select(
        "article_id",
        "story",
        "topics",
        "tone",
        is_copy=pl.col("copy_of").is_not_null(),
        text_no=copies.FAMILY.rank("dense").cast(pl.UInt32),
    )
    listed = archive.articles().select(
        "title",
        "published_at",
        pl.col("outlet", "language").cast(pl.Categorical),
        article_id="id",
        day=pl.col("published_at").dt.date(),
    )
    return (
        listed.join(read, on="article_id", how="left")
        .with_columns(pl.col("is_copy").fill_null(False))
        .sort("published_at", "article_id", descending=[True, False], nulls_last=True)
        .collect()
    )


# Questions. Each is kept for a version of the press and what was asked; the frames behind them are not copied.

_Asked = ParamSpec("_Asked")
_Answer = TypeVar("_Answer")
_Question = Callable[Concatenate[Press, _Asked], _Answer]


def kept(most: int) -> Callable[[_Question[_Asked, _Answer]], _Question[_Asked, _Answer]]:
    """Keep the `most` latest answers to a question with the press that gave them. They are shared: change none."""

    def keeping(question: _Question[_Asked, _Answer]) -> _Question[_Asked, _Answer]:
        name = f"{question.__module__}.{question.__name__}"

        @wraps(question)
        def asked(press: Press, /, *what: _Asked.args, **named: _Asked.kwargs) -> _Answer:
            words = (what, tuple(sorted(named.items())))
            return press.kept.answer(name, words, most, partial(question, press, *what, **named))

        return asked

    return keeping


#: How many answers to one question are kept, of small tables and of long ones.
MANY, FEW = 300, 12


@kept(FEW)
def settled(press: Press, page: str) -> None:
    """To be asked when a page has been drawn: with its first picture come charts and libraries that stay."""
    _settle()


@kept(FEW)
def looked_at(press: Press, query: str) -> pl.DataFrame:
    """The hot frame of the articles that a query finds. Raises SearchError."""
    return queries.found(press.mentions, searched(press, query)) if query else press.mentions


@kept(FEW)
def searched(press: Press, query: str) -> pl.DataFrame:
    """`article_id` of the articles that a query finds. Raises SearchError."""
    return search.found(press.search, query)


@kept(FEW)
def texts(press: Press, articles: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Title and text by article, of a few of them."""
    rows = press.articles.filter(pl.col("article_id").is_in(articles))
    # Naming the months spares the scan of all others; an undated article lies in the month in which it was collected.
    months = rows["day"].dt.strftime("%Y-%m").unique().to_list()
    near = pl.lit(True) if None in months else pl.col("month").is_in(months)
    found = press.search.archive.articles().filter(near, pl.col("id").is_in(articles)).select("id", "title", "text")
    return {one: (title or "", text or "") for one, title, text in found.collect().iter_rows()}


@kept(FEW)
def _columns(press: Press, query: str) -> Columns:
    return tallies.columns(looked_at(press, query)) if query else press.columns


@kept(FEW)
def _chosen(press: Press, filters: Filters) -> Chosen:
    """The mentions looked at, of the actors chosen; of all where none is."""
    filters = filters if filters.actors else replace(filters, actors=press.actors)
    return tallies.chosen(_columns(press, filters.search), filters)


def _collected(press: Press, filters: Filters) -> Collected:
    """All articles of the press looked at, day by day: the same for all actors and periods."""
    outlets, languages, copies = filters.outlets, filters.languages, filters.copies
    return _collected_by(press, Filters(outlets=outlets, languages=languages, copies=copies))


@kept(MANY)
def _collected_by(press: Press, outlets: Filters) -> Collected:
    return tallies.collected(press.readings, outlets)


@kept(MANY)
def volume(press: Press, filters: Filters, every: Every) -> pl.DataFrame:
    """`actor, date, count, total_count, ratio, texts, stories`."""
    if not filters.actors:
        return queries.volume(looked_at(press, filters.search), press.readings, filters, every)
    return tallies.volume(_chosen(press, filters), _collected(press, filters), filters, every)


@kept(MANY)
def tone(press: Press, filters: Filters, every: Every, measure: Measure) -> pl.DataFrame:
    """`actor, date, tone, low, high, mentions, stories`."""
    return tallies.tone(_chosen(press, filters), every, measure)


@kept(MANY)
def overall(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The tone of all days looked at as one point: `actor, date, tone, low, high, mentions, stories`."""
    return tallies.overall(_chosen(press, filters), measure)


@kept(MANY)
def share_of_voice(press: Press, filters: Filters) -> pl.DataFrame:
    """`actor, mentions, share`."""
    if not filters.actors:
        return queries.share_of_voice(looked_at(press, filters.search), filters)
    return tallies.share_of_voice(_chosen(press, filters))


@kept(MANY)
def balance(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """`actor, negative, neutral, positive, unsure, not_scored, mentions`."""
    if not filters.actors:
        return queries.balance(looked_at(press, filters.search), filters, measure)
    return tallies.balance(_chosen(press, filters), measure)


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
    return tallies.co_mentions(_columns(press, filters.search), filters, actors)


@kept(MANY)
def summary(press: Press, filters: Filters, measure: Measure) -> dict[str, Any]:
    """One row of `queries.summary`."""
    return tallies.summary(_chosen(press, filters), _collected(press, filters), filters, measure)


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
    return tallies.course(_chosen(press, filters), every, measure)


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
    start, longer = outstanding.first_judged(filters, every), outstanding.with_history(filters, every)
    longer = replace(longer, from_day=None) if every == "week" else longer
    judged = [_judged(press, replace(longer, actors=(actor,)), every) for actor in actors]
    since = [days.filter(pl.col("date") >= (start or date.min)) for days in judged]
    return outstanding.standing_out(pl.concat(since), every)


@kept(MANY)
def _judged(press: Press, filters: Filters, every: outstanding.Every) -> pl.DataFrame:
    of = tallies.chosen(_columns(press, filters.search), filters)
    counts = tallies.counts(of, _collected(press, filters), filters, every)
    return outstanding.verdicts(counts, None, every)


@kept(MANY)
def judged_from(press: Press, filters: Filters, every: outstanding.Every) -> date | None:
    """The first day (or week) that has history enough to tell a peak, of any actor; None where none has."""
    longer = outstanding.with_history(filters, every)
    totals = tallies.totals(_collected(press, filters), longer, every)
    return outstanding.first_known(totals, outstanding.first_judged(filters, every), every)


def told_by_titles(press: Press, filters: Filters, windows: Sequence[Window], most: int) -> list[tuple[str, ...]]:
    """The phrases that tell each window from the weeks before, of titles alone, which are in memory.

    Each window is told once; those that are new are told together, which costs little more than one of them.
    """
    kept = _told(press)
    # Another session may clear what is kept at any time.
    told = {window: kept.get((filters, window, most)) for window in windows}
    if new := [window for window, phrases in told.items() if phrases is None]:
        titles = press.articles.lazy().select("title", id="article_id", text=pl.lit(""))
        found = outstanding.telling(looked_at(press, filters.search), titles, filters, new, most)
        told |= {window: tuple(phrases["phrase"]) for window, phrases in zip(new, found, strict=True)}
        if len(kept) > _MOST_TOLD:
            kept.clear()
        kept.update(((filters, window, most), told[window] or ()) for window in new)
    return [told[window] or () for window in windows]


_MOST_TOLD = 1_000


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=_HASHED)
def _told(press: Press) -> dict[tuple[Filters, Window, int], tuple[str, ...]]:
    return {}


@st.cache_resource(
    max_entries=60, show_spinner="Reading the articles …", hash_funcs={**_HASHED, Archive: lambda one: one.url}
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


@kept(MANY)
def story_titles(press: Press, stories: tuple[str, ...]) -> dict[str, str]:
    """The title of each story, as the page of stories has it."""
    return dict(leads(press.articles, stories).iter_rows())


@kept(MANY)
def story_labels(press: Press, stories: tuple[str, ...]) -> pl.DataFrame:
    """`story, label, lead`: the phrases that tell each story and the title at its centre."""
    return labelled(press.articles, stories, usual=_usual(press))


@kept(FEW)
def _usual(press: Press) -> pl.DataFrame:
    return evenly(press.articles)


@kept(MANY)
def told_stories(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The stories of the articles looked at, the rows of `queries.stories`. Raises SearchError."""
    return queries.stories(press.mentions, listed(press, filters, measure))


@kept(MANY)
def change(press: Press, filters: Filters, before: Period, after: Period, measure: Changing) -> Change:
    """The change from one period to the other, taken apart by outlet."""
    return taken_apart(looked_at(press, filters.search), press.readings, filters, before, after, measure)


@kept(MANY)
def stories(press: Press, filters: Filters) -> int:
    """In how many stories the mentions stand, scored or not."""
    return tallies.stories(_chosen(press, filters))


@kept(FEW)
def listed(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """The articles looked at, the newest first, undated ones last: the rows that `export.articles_table` exports.

    `article_id, title, published_at, day, outlet, language, is_copy, story, text_no, topics, tone, article_no`; with
    actors, the tone is the mean of those toward them, by this measure; otherwise that of the text. Raises SearchError.
    """
    if filters.actors:
        return _naming(press, filters, measure)
    chosen = press.articles.lazy().filter(filters.articles(), filters.about(), filters.in_tone())
    if filters.search:
        found = searched(press, filters.search).lazy()
        chosen = chosen.join(found, on="article_id", how="semi", maintain_order="left")
    return chosen.collect()


@kept(MANY)
def newest(press: Press, filters: Filters, measure: Measure, most: int) -> pl.DataFrame:
    """The first `most` rows of `listed`. Raises SearchError."""
    if not filters.actors:
        return listed(press, filters, measure).head(most)
    return _naming(press, filters, measure, most)


def _naming(press: Press, filters: Filters, measure: Measure, most: int | None = None) -> pl.DataFrame:
    """The first `most` articles that name an actor chosen, with the tone toward them."""
    places, tone = tallies.articles(_chosen(press, filters), press.place, measure, most)
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
    rows = tallies.of_articles(press.columns, np.array(numbers, dtype=np.uint32)).lazy()
    return rows.group_by("article_id").agg(actors=pl.col("actor").cast(pl.String).unique().sort()).collect()


@dataclass(frozen=True)
class Article:
    """One article with all that is known of it: rows of the tables of schema.py."""

    article: dict[str, Any]
    reading: dict[str, Any] | None
    mentions: list[dict[str, Any]]


@st.cache_resource(max_entries=50, show_spinner=False, hash_funcs={**_HASHED, Archive: lambda one: one.url})
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
