"""What a server holds of an archive: where it lies, its press in memory, one for each version, and all answers.

Nothing here draws. The archive is asked for its version at most every ten seconds, whatever the number of readers; a
page asks for the version once a run, so that all of its charts speak of the same state. The frames of two versions are
kept, because a page that began on the old one ends on it.
"""

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial, wraps
from itertools import count
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import polars as pl
import streamlit as st

from dashboard.kept import Kept
from dashboard.latest import Latest
from data import catalogue as catalogues
from data import copies, health, index, indexed, phrases, queries, rhythm, schema, search
from data import filters as filtering
from data.address import is_remote
from data.archive import Archive, open_archive
from data.catalogue import Catalogue
from data.indexed import Columns, Places
from data.phrases import Titles
from data.search import Search

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


def most_mentions() -> int:
    """How many mentions are held in memory at most, about 400 bytes each; what the environment says."""
    told = os.environ.get("NEWSGAUGE_HELD", "")
    return int(told) if told.isdecimal() and int(told) else HELD


#: Two versions of so many beside the libraries are about a gigabyte.
HELD = 1_000_000


def catalogue(folder: Path) -> Catalogue:
    """The catalogue, read again when one of its files has changed. Raises CatalogueError."""
    entries = list(os.scandir(folder)) if folder.is_dir() else []
    files = sorted((file.name, file.stat()) for file in entries if file.name.endswith(".toml"))
    return _catalogue(folder, tuple((name, told.st_mtime_ns, told.st_size) for name, told in files))


@st.cache_resource(max_entries=2, show_spinner=False)
def _catalogue(folder: Path, stamp: tuple[tuple[str, int, int], ...]) -> Catalogue:
    return catalogues.load(folder)


@st.cache_resource(ttl=10, max_entries=4, show_spinner=False)
def pinned(url: str) -> Archive:
    """The archive at the version of now. Raises ArchiveError."""
    commits = _commits(url)
    return _pinned_at(url, commits) if commits else open_archive(url).pin()


@st.cache_resource(max_entries=2, show_spinner=False)
def _pinned_at(url: str, commits: tuple[tuple[str, int, int], ...]) -> Archive:
    """To open all tables takes a tenth of a second, which some reader waits for: once for each commit is enough."""
    return open_archive(url).pin()


def _commits(url: str) -> tuple[tuple[str, int, int], ...]:
    """What changes with each commit to a table in a folder: its last one. Nothing where that cannot be told."""
    try:
        return (
            () if is_remote(url) else tuple(_last_commit(Path(url) / table / "_delta_log") for table in schema.TABLES)
        )
    except (OSError, ValueError):
        return ()


def _last_commit(log: Path) -> tuple[str, int, int]:
    # Its number makes the name, in twenty digits (Delta's protocol).
    last = max(entry.name for entry in os.scandir(log) if entry.name.endswith(".json"))
    told = (log / last).stat()
    return last, told.st_mtime_ns, told.st_size


@dataclass(frozen=True, eq=False)
class Press:
    """One version of the archive in memory: narrow columns, no text.

    `mentions` is the hot frame, `columns` its columns, `readings` the denominators. `articles` is `article_id, title,
    published_at, day, outlet, language, is_copy, story, text_no, topics, tone, article_no`, newest first; the tone is
    the text's, `place` has where an article's number stands, `titles` the words of their titles. `checks` is `outlet,
    feed_url, started_at, state` of each feed in each run, `feeds` the last check of each feed, `usual` rhythm.USUAL of
    them, `dates` what their outlets said of their days, `unconditional` how many checks asked for all on purpose,
    `runs` all runs, newest first. Days are those of dated articles; actors stand most mentioned first. Where `is_cut`,
    older months are left in the archive, which holds more than memory has room for.
    """

    url: str
    version: str
    mentions: pl.DataFrame
    columns: Columns
    readings: pl.DataFrame
    articles: pl.DataFrame
    place: Places
    titles: Titles
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


#: What two presses are told apart by, for Streamlit's caches.
HASHED: dict[str | type[Any], Callable[[Any], Any]] = {Press: lambda one: (one.url, one.version, one.search.stamp)}


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


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=HASHED)
def _caught_up(press: Press, stamp: tuple[int, int], _archive: Archive) -> Press:
    """The same press where the search index alone has changed."""
    return replace(press, search=search.opened(_archive), kept=Kept())


def _read(url: str, archive: Archive) -> Press:
    newest = archive.newest(most_mentions())
    readings = newest.readings()
    columns = indexed.columns(queries.enriched(newest.mentions(), readings))
    mentions = columns.frame
    narrow = queries.narrow(readings)
    numbers = mentions.select("article_id", "article_no").unique("article_no")
    articles = _articles(newest).join(numbers, on="article_id", how="left", maintain_order="left")
    # A dozen rows out of many pieces cost as much as the pieces.
    articles, narrow = articles.rechunk(), narrow.rechunk()
    days = narrow.select(first=pl.col("day").min(), last=pl.col("day").max()).row(0)
    counted = mentions.group_by("actor").len().sort("len", "actor", descending=[True, False])
    topics = mentions.select(pl.col("topics").explode().drop_nulls().unique().sort()).to_series()
    # Sessions that have ended are garbage that may hold the press of the version before.
    gc.unfreeze()
    _settle()
    return Press(
        url=url,
        version=str(archive.version()),
        mentions=mentions,
        columns=columns,
        readings=narrow,
        articles=articles,
        place=indexed.placed(articles["article_no"]),
        titles=phrases.titles(articles["title"]),
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
        search=search.opened(newest),
    )


def _settle() -> None:
    """Take what is alive now, libraries above all, out of what a collection of garbage walks through.

    Streamlit collects after every run of a page, with all sessions waiting; without this that takes longer than the
    page. Garbage that has come up since goes first.
    """
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


# Each answer is kept for a version of the press and what was asked; the frames behind them are not copied.

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


def settled(page: str) -> None:
    """To be told when a page has been drawn: with its first picture come charts and libraries, with each one answers.

    All of that is settled now and then, and more seldom looked through for what is garbage among it, as it is with each
    version of a press: that takes half a second, in which everybody waits.
    """
    drawn = next(_pages)
    if drawn % _LOOKED_THROUGH_AFTER == 0:
        gc.unfreeze()
    elif page in _drawn and drawn % _SETTLED_AFTER:
        return
    _drawn.add(page)
    _settle()


_pages, _SETTLED_AFTER, _LOOKED_THROUGH_AFTER = count(1), 20, 2_000
_drawn: set[str] = set()
