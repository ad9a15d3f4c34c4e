"""The hot frame with its columns as arrays, and which of its rows are looked at.

An actor's mentions lie together in the order of days, the undated behind those of all days, so that what is looked at
is found at once (`chosen`); `data/tallies.py` counts it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal, Protocol, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import queries, resampling
from data.columns import UNDATED
from data.filters import UNDETERMINED, Filters
from data.queries import Kind, Measure

Places = NDArray[np.int64]
Column = NDArray[Any]

_KINDS: tuple[Kind, ...] = get_args(Kind)
_MEASURES: tuple[Measure, ...] = get_args(Measure)
_NOTHING = Filters()


class Counted(Protocol):
    """Mentions in columns, a place for each in all of them: what is counted. Numbers tell things apart, small ones."""

    @property
    def day(self) -> Column:
        """In days since 1970, UNDATED where there is none."""

    @property
    def article(self) -> Column:
        """A number for each article."""

    @property
    def text(self) -> Column:
        """One for each text."""

    @property
    def story(self) -> Column:
        """One for each story."""

    @property
    def outlet(self) -> Column:
        """One for each outlet."""

    @property
    def tones(self) -> Mapping[Measure, Column]:
        """Not a number where there is none."""

    @property
    def kinds(self) -> Mapping[Measure, Column]:
        """Places in `queries.Kind`."""

    @property
    def by_lexicon(self) -> Column:
        """Whether its tone, if it has one, is the lexicon's."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The hot frame, sorted by actor and day, and its columns as arrays.

    `starts` has where an actor's rows begin and end. `day` is in days since 1970; `tones` are not a number where there
    is none; `kinds` are places in `queries.Kind`; `by_article` is the order of the rows by their articles, and
    `articles` the article of each in that order. `outlets` has the number of each outlet in `outlet`, as `languages`
    has it for `language`, where what has none is 0; `topics` has the bit of each topic in `about`, which has so many.
    """

    frame: pl.DataFrame
    starts: Mapping[str, tuple[int, int]]
    day: Column
    article: Column
    text: Column
    story: Column
    outlet: Column
    outlets: Mapping[str, int]
    language: Column
    languages: Mapping[str, int]
    about: Column
    topics: Mapping[str, int]
    is_copy: Column
    tones: Mapping[Measure, Column]
    kinds: Mapping[Measure, Column]
    by_lexicon: Column
    by_article: Places
    articles: Column


def columns(hot: pl.DataFrame) -> Columns:
    """The columns of a frame that `queries.enriched` made."""
    # Numbers are several times quicker to sort than words.
    keys = hot["actor"].unique().cast(pl.String).sort()
    # Within a day in an order as well: what is read of many articles must not hang on how they came out of the archive.
    frame = hot.sort(pl.col("actor").cast(pl.Enum(keys)).to_physical(), "day", "article_no", nulls_last=True)
    numbers = frame["actor"].rle().struct.unnest()
    ends = numbers["len"].cum_sum().to_list()
    actors = numbers["value"].cast(pl.String).to_list()
    starts = {actor: (end - rows, end) for actor, rows, end in zip(actors, numbers["len"], ends, strict=True)}
    text, article = frame["text_no"].to_numpy(), frame["article_no"].to_numpy()
    by_article = np.argsort(article, kind="stable")
    outlet, outlets = _numbered(frame["outlet"])
    language, languages = _numbered(frame["language"])
    about, topics = _bits(frame["topics"])
    return Columns(
        frame=frame,
        starts=starts,
        day=frame["day"].cast(pl.Int32).fill_null(UNDATED).to_numpy(),
        article=article,
        text=text,
        story=frame["story_no"].to_numpy(),
        outlet=outlet,
        outlets=outlets,
        language=language,
        languages=languages,
        about=about,
        topics=topics,
        is_copy=frame["is_copy"].to_numpy(),
        tones={one: frame[one].to_numpy() for one in _MEASURES},
        kinds={one: _kinds(frame, one) for one in _MEASURES},
        by_lexicon=frame["confidence"].is_null().to_numpy(),
        by_article=by_article,
        articles=article[by_article],
    )


def _numbered(words: pl.Series) -> tuple[Column, Mapping[str, int]]:
    """A number for each word, from 1 on, and 0 where there is none; and that of each different one."""
    number = words.to_physical().rank("dense").fill_null(0)
    told = pl.select(word=words.cast(pl.String), number=number).unique().drop_nulls()
    return number.to_numpy(), dict(zip(told["word"], told["number"], strict=True))


def _bits(lists: pl.Series) -> tuple[Column, Mapping[str, int]]:
    """A number for each list, whose bits say which words are in it, and the bit of each word; of many words no more."""
    listed = lists.explode(empty_as_null=False, keep_nulls=False)
    words = listed.unique().drop_nulls().sort()
    place = listed.cast(pl.Enum(words)).to_physical().fill_null(_MOST_BITS).to_numpy()
    row = np.repeat(np.arange(lists.len()), lists.list.len().fill_null(0).to_numpy())
    bits = np.zeros(lists.len(), np.uint64)
    # A list has a word once, so that each bit is set by itself.
    for bit in range(min(words.len(), _MOST_BITS)):
        bits[row[place == bit]] |= np.uint64(1 << bit)
    return bits, {word: bit for bit, word in enumerate(words)}


#: Of more topics than this the last ones have no bit.
_MOST_BITS = 64


def _kinds(frame: pl.DataFrame, measure: Measure) -> Column:
    return frame.select(queries.kind(measure).cast(pl.Enum(_KINDS)).to_physical()).to_series().to_numpy()


@dataclass(frozen=True, eq=False)
class Chosen:
    """The rows of the columns that are looked at, by actor: their places, and their actor's in `actors`.

    Each is a mention, or with `weight` as many as that says, of which no more is known than actor and day.
    """

    columns: Counted
    actors: tuple[str, ...]
    rows: Places
    actor: Places
    weight: Column | None = None
    by_story: dict[Measure, resampling.ByStory] = field(default_factory=dict, repr=False)

    @cached_property
    def day(self) -> Column:
        """Of each row, in days since 1970."""
        return self.columns.day[self.rows]


def chosen(of: Columns, filters: Filters) -> Chosen:
    """The mentions that `filters.mentions()` lets through, of the actors that it names; the search is looked up."""
    if not filters.actors:
        raise ValueError("tallies are those of actors: name one")
    actors = tuple(sorted(set(filters.actors)))
    found = [rows_of(of, actor, filters) for actor in actors]
    return Chosen(of, actors, np.concatenate(found), np.repeat(np.arange(len(actors)), [len(rows) for rows in found]))


def rows_of(of: Columns, actor: str, filters: Filters) -> Places:
    """The places of the mentions of one actor that the filters let through, whichever actors they name."""
    start, end = of.starts.get(actor, (0, 0))
    days = of.day[start:end]
    begin = start + (0 if filters.from_day is None else _place(days, day_number(filters.from_day), "left"))
    # The undated are looked at where no day is asked for.
    is_bound = filters.from_day is not None or filters.to_day is not None
    last = day_number(filters.to_day) if filters.to_day is not None else UNDATED - 1 if is_bound else UNDATED
    end = start + _place(days, last, "right")
    return _let_through(of, begin, end, filters)


def _place(days: Column, day: int, side: Literal["left", "right"]) -> int:
    # A number of another width would have all days copied to it first.
    return int(np.searchsorted(days, days.dtype.type(day), side))


def _let_through(of: Columns, begin: int, end: int, filters: Filters) -> Places:
    """Of these rows those that all filters but actors, days and search let through."""
    rows = np.arange(begin, max(begin, end))
    others = replace(filters, actors=(), from_day=None, to_day=None, search="")
    if others == _NOTHING or not len(rows):
        return rows
    if _has_columns(of, others):
        return rows[_told_by_columns(of, begin, end, others)]
    is_in = of.frame.slice(begin, len(rows)).select(others.mentions()).to_series()
    kept: Places = rows[is_in.fill_null(False).to_numpy()]
    return kept


def _has_columns(of: Columns, filters: Filters) -> bool:
    """Whether the columns tell what these filters ask; the frame tells all."""
    bits = [of.topics.get(topic, 0) for topic in filters.topics]
    return not filters.stories and not filters.panels and max(bits, default=0) < _MOST_BITS


def _told_by_columns(of: Columns, begin: int, end: int, filters: Filters) -> NDArray[np.bool_]:
    """What a reader chooses, told of these rows without a frame, of which that takes several times as long."""
    is_in = np.ones(end - begin, np.bool_) if filters.copies else ~of.is_copy[begin:end]
    if filters.outlets:
        is_in &= _among(filters.outlets, of.outlets)[of.outlet[begin:end]]
    if filters.languages:
        told = [language for language in filters.languages if language != UNDETERMINED]
        is_in &= _among(told, of.languages, len(told) < len(filters.languages))[of.language[begin:end]]
    if filters.topics:
        wanted = sum(1 << of.topics[topic] for topic in set(filters.topics) if topic in of.topics)
        is_in &= (of.about[begin:end] & np.uint64(wanted)) != 0
    # What has no tone is not a number, which is in no range.
    if filters.tone_from is not None:
        is_in &= of.tones["tone"][begin:end] >= filters.tone_from
    if filters.tone_to is not None:
        is_in &= of.tones["tone"][begin:end] <= filters.tone_to
    return is_in


def _among(wanted: Sequence[str], numbers: Mapping[str, int], none: bool = False) -> NDArray[np.bool_]:
    """For each of the numbers whether its word is wanted, and for 0 whether none is."""
    is_wanted = np.zeros(len(numbers) + 1, np.bool_)
    is_wanted[[numbers[word] for word in wanted if word in numbers]] = True
    is_wanted[0] = none
    return is_wanted


def of_anybody(of: Columns, filters: Filters) -> Places:
    """The places of the mentions of all actors that the filters let through, whichever they name."""
    rows = _let_through(of, 0, len(of.day), filters)
    if filters.from_day is None and filters.to_day is None:
        return rows
    first = -UNDATED if filters.from_day is None else day_number(filters.from_day)
    last = UNDATED - 1 if filters.to_day is None else day_number(filters.to_day)
    day = of.day[rows]
    return rows[(day >= first) & (day <= last)]


def undated(of: Columns, actors: Sequence[str], filters: Filters) -> int:
    """How many mentions of these actors have no day, whatever days are asked for."""
    bounds = [of.starts.get(actor, (0, 0)) for actor in actors]
    begins = [start + _place(of.day[start:end], UNDATED, "left") for start, end in bounds]
    return sum(len(_let_through(of, begin, end, filters)) for begin, (_, end) in zip(begins, bounds, strict=True))


def day_number(day: date) -> int:
    """In days since 1970."""
    return (day - date(1970, 1, 1)).days


# Articles


def placed(numbers: pl.Series) -> Places:
    """The place of each article number in this order, which has each once; what has no number is null."""
    rows = numbers.to_frame("number").with_row_index("place").drop_nulls("number")
    order = rows["number"].to_numpy()
    found = np.full(int(order.max(initial=0)) + 1, numbers.len(), np.int64)
    found[order] = rows["place"].to_numpy()
    return found


def of_articles(of: Columns, articles: Places) -> pl.DataFrame:
    """The rows of the hot frame that are about these article numbers."""
    return of.frame[about(of, articles)]


def about(of: Columns, articles: Column) -> Places:
    """The places of all mentions in these articles."""
    starts, ends = (np.searchsorted(of.articles, articles, side) for side in ("left", "right"))
    return of.by_article[_runs(starts, ends - starts)]


def _runs(starts: Places, lengths: Places) -> Places:
    """The places of runs of so many, one run behind another."""
    within: Places = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(starts, lengths) + within


@dataclass(frozen=True, eq=False)
class Topics:
    """What the articles of a hot frame are about.

    `starts` has where the topics of each article number begin in `topic`, which has places among `names`; `text` is the
    text of each number.
    """

    names: pl.Series
    starts: Places
    topic: Places
    text: Column

    def of(self, articles: Places) -> tuple[Places, Column]:
        """The topics of these articles, and the text of each."""
        lengths = self.starts[articles + 1] - self.starts[articles]
        return self.topic[_runs(self.starts[articles], lengths)], np.repeat(self.text[articles], lengths)


def topics(of: Columns) -> Topics:
    """Of all articles that name anybody."""
    first = np.flatnonzero(np.diff(of.articles, prepend=-1))
    rows = of.frame.select("article_no", "text_no", "topics")[of.by_article[first]]
    number = rows["article_no"].to_numpy()
    lengths = np.zeros(int(number.max(initial=0)) + 1, np.int64)
    lengths[number] = rows["topics"].list.len().fill_null(0).to_numpy()
    text = np.zeros(len(lengths), np.int64)
    text[number] = rows["text_no"].to_numpy()
    listed = rows["topics"].explode(empty_as_null=False, keep_nulls=False)
    names = listed.unique().sort()
    topic = listed.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return Topics(names, np.concatenate(([0], np.cumsum(lengths))), topic, text)


@dataclass(frozen=True, eq=False)
class Groups:
    """The rows of a frame by a word in each: where those of a word are is found at once."""

    words: pl.Series
    starts: Places
    rows: Places

    def of(self, words: Sequence[str]) -> Places:
        """The places of the rows with these words, rising."""
        if self.words.is_empty():
            return self.rows[:0]
        wanted = pl.Series(sorted(set(words)), dtype=pl.String)
        place = self.words.search_sorted(wanted).to_numpy().astype(np.int64)
        known = place[(self.words[np.minimum(place, self.words.len() - 1)] == wanted).to_numpy()]
        return np.sort(self.rows[_runs(self.starts[known], self.starts[known + 1] - self.starts[known])])


def groups(words: pl.Series) -> Groups:
    """The rows by these words; those without one are in no group."""
    different = words.unique().drop_nulls().sort()
    place = words.cast(pl.Enum(different)).to_physical().cast(pl.Int64).fill_null(different.len()).to_numpy()
    rows = np.argsort(place, kind="stable")
    return Groups(different, np.searchsorted(place[rows], np.arange(different.len() + 1)), rows)
