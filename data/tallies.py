"""The questions of `queries` that a chart asks, counted in columns of numbers: the same tables, several times sooner.

A page asks a dozen questions about the same mentions. Each of them alone would look through all that are in memory;
here an actor's mentions lie together in the order of days, so that what is looked at is found at once (`chosen`), and
counting is adding up by places. What `queries` says of a table holds for the one of the same name here; a law in the
tests says that both are the same. Undated mentions stand behind those of all days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Literal, Protocol, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import queries, resampling
from data.columns import UNDATED
from data.filters import Filters
from data.queries import Every, Kind, Measure

Places = NDArray[np.int64]
_Column = NDArray[Any]

_KINDS: tuple[Kind, ...] = get_args(Kind)
_MEASURES: tuple[Measure, ...] = get_args(Measure)
_NOTHING = Filters()


class Counted(Protocol):
    """Mentions in columns, a place for each in all of them: what is counted. Numbers tell things apart, small ones."""

    @property
    def day(self) -> _Column:
        """In days since 1970, UNDATED where there is none."""

    @property
    def article(self) -> _Column:
        """A number for each article."""

    @property
    def text(self) -> _Column:
        """One for each text."""

    @property
    def story(self) -> _Column:
        """One for each story."""

    @property
    def outlet(self) -> _Column:
        """One for each outlet."""

    @property
    def tones(self) -> Mapping[Measure, _Column]:
        """Not a number where there is none."""

    @property
    def kinds(self) -> Mapping[Measure, _Column]:
        """Places in `queries.Kind`."""

    @property
    def by_lexicon(self) -> _Column:
        """Whether its tone, if it has one, is the lexicon's."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The hot frame, sorted by actor and day, and its columns as arrays.

    `starts` has where an actor's rows begin and end. `day` is in days since 1970; `tones` are not a number where there
    is none; `kinds` are places in `queries.Kind`; `by_article` is the order of the rows by their articles, and
    `articles` the article of each in that order. `outlets` has the number of each outlet in `outlet`.
    """

    frame: pl.DataFrame
    starts: Mapping[str, tuple[int, int]]
    day: _Column
    article: _Column
    text: _Column
    story: _Column
    outlet: _Column
    outlets: Mapping[str, int]
    is_copy: _Column
    tones: Mapping[Measure, _Column]
    kinds: Mapping[Measure, _Column]
    by_lexicon: _Column
    by_article: Places
    articles: _Column


def columns(hot: pl.DataFrame) -> Columns:
    """The columns of a frame that `queries.enriched` made."""
    # Numbers are several times quicker to sort than words.
    keys = hot["actor"].unique().cast(pl.String).sort()
    frame = hot.sort(pl.col("actor").cast(pl.Enum(keys)).to_physical(), "day", nulls_last=True)
    numbers = frame["actor"].rle().struct.unnest()
    ends = numbers["len"].cum_sum().to_list()
    actors = numbers["value"].cast(pl.String).to_list()
    starts = {actor: (end - rows, end) for actor, rows, end in zip(actors, numbers["len"], ends, strict=True)}
    text, article = frame["text_no"].to_numpy(), frame["article_no"].to_numpy()
    by_article = np.argsort(article, kind="stable")
    numbered = frame["outlet"].to_physical().rank("dense").fill_null(0)
    outlets = frame.select(pl.col("outlet").cast(pl.String), number=numbered).unique().drop_nulls()
    return Columns(
        frame=frame,
        starts=starts,
        day=frame["day"].cast(pl.Int32).fill_null(UNDATED).to_numpy(),
        article=article,
        text=text,
        story=frame["story_no"].to_numpy(),
        outlet=numbered.to_numpy(),
        outlets=dict(zip(outlets["outlet"], outlets["number"], strict=True)),
        is_copy=frame["is_copy"].to_numpy(),
        tones={one: frame[one].to_numpy() for one in _MEASURES},
        kinds={one: _kinds(frame, one) for one in _MEASURES},
        by_lexicon=frame["confidence"].is_null().to_numpy(),
        by_article=by_article,
        articles=article[by_article],
    )


def _kinds(frame: pl.DataFrame, measure: Measure) -> _Column:
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
    weight: _Column | None = None
    by_story: dict[Measure, resampling.ByStory] = field(default_factory=dict, repr=False)

    @cached_property
    def day(self) -> _Column:
        """Of each row, in days since 1970."""
        return self.columns.day[self.rows]


def chosen(of: Columns, filters: Filters) -> Chosen:
    """The mentions that `filters.mentions()` lets through, of the actors that it names; the search is looked up."""
    if not filters.actors:
        raise ValueError("tallies are those of actors: name one")
    actors = tuple(sorted(set(filters.actors)))
    found = [_rows(of, actor, filters) for actor in actors]
    return Chosen(of, actors, np.concatenate(found), np.repeat(np.arange(len(actors)), [len(rows) for rows in found]))


def _rows(of: Columns, actor: str, filters: Filters) -> Places:
    start, end = of.starts.get(actor, (0, 0))
    days = of.day[start:end]
    begin = start + (0 if filters.from_day is None else _place(days, _number(filters.from_day), "left"))
    # The undated are looked at where no day is asked for.
    is_bound = filters.from_day is not None or filters.to_day is not None
    last = _number(filters.to_day) if filters.to_day is not None else UNDATED - 1 if is_bound else UNDATED
    end = start + _place(days, last, "right")
    return _let_through(of, begin, end, filters)


def _place(days: _Column, day: int, side: Literal["left", "right"]) -> int:
    # A number of another width would have all days copied to it first.
    return int(np.searchsorted(days, days.dtype.type(day), side))


def _let_through(of: Columns, begin: int, end: int, filters: Filters) -> Places:
    """Of these rows those that all filters but actors, days and search let through."""
    rows = np.arange(begin, max(begin, end))
    others = replace(filters, actors=(), from_day=None, to_day=None, search="")
    if others == _NOTHING or not len(rows):
        return rows
    if others == Filters(outlets=filters.outlets, copies=filters.copies):
        return rows[_of_press(of, begin, end, others)]
    is_in = of.frame.slice(begin, len(rows)).select(others.mentions()).to_series()
    kept: Places = rows[is_in.fill_null(False).to_numpy()]
    return kept


def _of_press(of: Columns, begin: int, end: int, filters: Filters) -> NDArray[np.bool_]:
    """What a reader chooses most, told of these rows without a frame: their outlets, and no copies."""
    is_in = np.ones(end - begin, np.bool_) if filters.copies else ~of.is_copy[begin:end]
    if filters.outlets:
        is_wanted = np.zeros(len(of.outlets) + 1, np.bool_)
        is_wanted[[of.outlets[outlet] for outlet in filters.outlets if outlet in of.outlets]] = True
        is_in &= is_wanted[of.outlet[begin:end]]
    return is_in


def _undated(of: Columns, actors: Sequence[str], filters: Filters) -> int:
    """How many mentions of these actors have no day, whatever days are asked for."""
    bounds = [of.starts.get(actor, (0, 0)) for actor in actors]
    begins = [start + _place(of.day[start:end], UNDATED, "left") for start, end in bounds]
    return sum(len(_let_through(of, begin, end, filters)) for begin, (_, end) in zip(begins, bounds, strict=True))


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


@dataclass(frozen=True, eq=False)
class Collected:
    """How many articles were collected on each day from `first` on (days since 1970), and how many have no day."""

    first: int
    counts: Places
    undated: int

    def within(self, filters: Filters) -> int:
        """The articles of the days asked for; of all, with the undated, where no day is asked for."""
        if filters.from_day is None and filters.to_day is None:
            return int(self.counts.sum()) + self.undated
        return int(self.days(filters)[1].sum())

    def ends(self, filters: Filters) -> tuple[int, int] | None:
        """The first and the last of the days asked for on which something was collected."""
        first, counts = self.days(filters)
        days = np.flatnonzero(counts)
        return (first + int(days[0]), first + int(days[-1])) if len(days) else None

    def days(self, filters: Filters) -> tuple[int, Places]:
        """The first of the days asked for, and the counts from it on."""
        start = 0 if filters.from_day is None else max(0, _number(filters.from_day) - self.first)
        end = len(self.counts) if filters.to_day is None else max(0, _number(filters.to_day) - self.first + 1)
        return self.first + start, self.counts[start:end]


def collected(readings: pl.DataFrame, filters: Filters) -> Collected:
    """All articles of the same outlets and languages, of all days; `readings` is `queries.narrow`."""
    press = replace(filters, from_day=None, to_day=None).articles()
    days = readings.lazy().filter(press).select(pl.col("day").cast(pl.Int32).fill_null(UNDATED)).collect().to_series()
    return collected_on(days.to_numpy())


def collected_on(days: _Column, articles: _Column | None = None) -> Collected:
    """Articles of these days, one of each or as many as `articles` says."""
    dated = days < UNDATED
    counts = np.ones(len(days), np.int64) if articles is None else articles.astype(np.int64)
    first = int(days[dated].min()) if dated.any() else 0
    found = np.bincount(days[dated] - first, counts[dated]).astype(np.int64)
    return Collected(first, found, int(counts[~dated].sum()))


@dataclass(frozen=True, eq=False)
class _Periods:
    """Periods in a row: their first days, and for each day from the first one on the place of its period."""

    dates: pl.Series
    first: int
    place: Places

    def of(self, days: _Column) -> tuple[Places, NDArray[np.bool_]]:
        """The period of each day, and whether it lies in any."""
        since = days.astype(np.int64) - self.first
        inside = (since >= 0) & (since < len(self.place))
        place: Places = self.place[np.where(inside, since, 0)] if len(self.place) else since
        return place, inside


@lru_cache(maxsize=256)
def _periods(first: int, last: int, every: Every) -> _Periods:
    """Those from the one of the first day to that of the last, each whole."""
    days = pl.Series([first, max(first, last)], dtype=pl.Int32).cast(pl.Date)
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    begin, end = days.dt.truncate(step).to_list()
    dates = pl.date_range(begin, end, step, eager=True)
    numbers = dates.cast(pl.Int32).to_numpy()
    after = _number(pl.Series([end]).dt.offset_by(step).item())
    lengths = np.diff(numbers, append=after)
    return _Periods(dates, int(numbers[0]), np.repeat(np.arange(len(dates)), lengths))


_NO_PERIODS = _Periods(pl.Series([], dtype=pl.Date), 0, np.zeros(0, np.int64))


# Questions


def counts(of: Chosen, press: Collected, filters: Filters, every: Every) -> pl.DataFrame:
    """`actor, date, count, total_count` of `queries.volume`."""
    return _counted(of, press, _window(press, filters, every), filters, distinct=False)


def volume(of: Chosen, press: Collected, filters: Filters, every: Every) -> pl.DataFrame:
    """`queries.volume`."""
    found = _counted(of, press, _window(press, filters, every), filters, distinct=True)
    ratio = pl.when(pl.col("total_count") > 0).then(pl.col("count") / pl.col("total_count"))
    return found.select("actor", "date", "count", "total_count", ratio.alias("ratio"), "texts", "stories")


def _window(press: Collected, filters: Filters, every: Every) -> _Periods:
    ends = press.ends(filters)
    first = _number(filters.from_day) if filters.from_day else ends and ends[0]
    last = _number(filters.to_day) if filters.to_day else ends and ends[1]
    return _NO_PERIODS if first is None or last is None or last < first else _periods(first, last, every)


def totals(press: Collected, filters: Filters, every: Every) -> pl.DataFrame:
    """`date, total_count` of `queries.volume`."""
    periods = _window(press, filters, every)
    return pl.DataFrame({"date": periods.dates, "total_count": _totals(press, periods, filters)})


def _totals(press: Collected, periods: _Periods, filters: Filters) -> Places:
    first, counts_ = press.days(filters)
    place, inside = periods.of(first + np.arange(len(counts_)))
    number = len(periods.dates)
    found = np.bincount(place[inside], weights=counts_[inside], minlength=number)[:number]
    return found.astype(np.int64)


def _counted(of: Chosen, press: Collected, periods: _Periods, filters: Filters, distinct: bool) -> pl.DataFrame:
    place, inside = periods.of(of.day)
    inside &= of.day < UNDATED
    number = len(periods.dates)
    group, size = (of.actor * number + place)[inside], len(of.actors) * number
    weight = None if of.weight is None else of.weight[inside]
    found = {
        "actor": pl.Series(of.actors, dtype=pl.String)[np.repeat(np.arange(len(of.actors)), number)],
        "date": periods.dates[np.tile(np.arange(number), len(of.actors))],
        "count": pl.Series(np.bincount(group, weight, size).astype(np.int64)),
        "total_count": pl.Series(np.tile(_totals(press, periods, filters), len(of.actors))),
    }
    if distinct:
        rows = of.rows[inside]
        found["texts"] = pl.Series(_distinct(of.columns.text[rows], group, size))
        found["stories"] = pl.Series(_distinct(of.columns.story[rows], group, size))
    return pl.DataFrame(found)


def _distinct(ids: _Column, group: Places, size: int) -> Places:
    """How many different ids each group has."""
    numbers = int(ids.max(initial=0)) + 1
    keys = np.sort(group * numbers + ids)
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return np.bincount(keys[first] // numbers, minlength=size)


def tone(of: Chosen, every: Every, measure: Measure) -> pl.DataFrame:
    """`queries.tone`."""
    day = of.day
    dated = np.flatnonzero(day < UNDATED)
    if not len(dated):
        return pl.DataFrame(schema=_TONE)
    day = day[dated]
    periods = _periods(int(day.min()), int(day.max()), every)
    place, _ = periods.of(day)
    number = len(periods.dates)
    group, there = _numbered(of.actor[dated] * number + place)
    actor = pl.Series(of.actors, dtype=pl.String)[there // number]
    told = _means(of.columns, of.rows[dated], group, len(there), measure)
    return told.with_columns(actor=actor, date=periods.dates[there % number]).select(*_TONE)


def overall(of: Chosen, measure: Measure) -> pl.DataFrame:
    """`queries.tone` with all days as one, which is told as 1 January 2000."""
    there = np.flatnonzero(np.bincount(of.actor[of.day < UNDATED]))
    by_story = _by_story(of, measure)
    dated = by_story.where(by_story.group % 2 == 0)
    told = resampling.means_of(dated.grouped(dated.group // 2), len(of.actors))[there]
    actor = pl.Series(of.actors, dtype=pl.String)[there]
    return told.with_columns(actor=actor, date=pl.lit(date(2000, 1, 1))).select(*_TONE)


def _by_story(of: Chosen, measure: Measure) -> resampling.ByStory:
    """The tones of each story toward each actor: the group is twice the actor's place, and one more where undated.

    The same for two questions, and most of their work.
    """
    if measure not in of.by_story:
        value, scored, story = _scored(of.columns, of.rows, measure)
        group = 2 * of.actor + (of.day == UNDATED)
        of.by_story[measure] = resampling.by_story(group[scored], story, value)
    return of.by_story[measure]


_TONE = {"actor": pl.String, "date": pl.Date, **resampling.MEANS}


def _numbered(group: Places) -> tuple[Places, Places]:
    """The groups that there are, numbered in a row: the number of each, and which they are."""
    there = np.flatnonzero(np.bincount(group, minlength=1))
    number = np.zeros(int(there.max(initial=0)) + 1, np.int64)
    number[there] = np.arange(len(there))
    return number[group], there


def _means(of: Counted, rows: Places, group: Places, groups: int, measure: Measure) -> pl.DataFrame:
    value, scored, story = _scored(of, rows, measure)
    return resampling.means(group[scored], story, value, groups)


def _scored(of: Counted, rows: Places, measure: Measure) -> tuple[_Column, Places, _Column]:
    """The tones of those of the rows that have one, which of the rows they are, and their stories."""
    value = of.tones[measure][rows]
    scored = np.flatnonzero(~np.isnan(value))
    return value[scored], scored, of.story[rows[scored]].astype(np.int64)


def share_of_voice(of: Chosen) -> pl.DataFrame:
    """`queries.share_of_voice`."""
    mentions = np.bincount(of.actor, of.weight, len(of.actors)).astype(np.int64)
    counted = pl.DataFrame(
        {"actor": of.actors, "mentions": mentions}, schema={"actor": pl.String, "mentions": pl.Int64}
    )
    share = pl.col("mentions") / int(mentions.sum()) if mentions.sum() else pl.lit(None, pl.Float64)
    return counted.with_columns(share=share).sort("mentions", "actor", descending=[True, False])


def balance(of: Chosen, measure: Measure) -> pl.DataFrame:
    """`queries.balance`."""
    kind = of.columns.kinds[measure][of.rows]
    size = len(of.actors) * len(_KINDS)
    found = np.bincount(of.actor * len(_KINDS) + kind, minlength=size).reshape(-1, len(_KINDS))
    kinds = [pl.Series(one, found[:, place], dtype=pl.Int64) for place, one in enumerate(_KINDS)]
    mentions = pl.Series("mentions", found.sum(1), dtype=pl.Int64)
    return pl.DataFrame([pl.Series("actor", of.actors, dtype=pl.String), *kinds, mentions])


def course(of: Chosen, every: Every, measure: Measure) -> pl.DataFrame:
    """`date, tone, negative_share` of all mentions looked at, for each period that has one."""
    dated = np.flatnonzero(of.day < UNDATED)
    day, rows = of.day[dated], of.rows[dated]
    if not len(rows):
        return pl.DataFrame(schema={"date": pl.Date, "tone": pl.Float64, "negative_share": pl.Float64})
    periods = _periods(int(day.min()), int(day.max()), every)
    place, _ = periods.of(day)
    there = np.flatnonzero(np.bincount(place))
    value = of.columns.tones[measure][rows]
    scored = ~np.isnan(value)
    # What is not scored adds nothing to any sum.
    weights = (scored, np.nan_to_num(value), scored & (of.columns.kinds[measure][rows] == _KINDS.index("negative")))
    size, total, negative = (np.bincount(place, weights=one)[there] for one in weights)
    sums = pl.DataFrame({"date": periods.dates[there], "size": size, "total": total, "negative": negative})
    some = pl.when(pl.col("size") > 0)
    return sums.select(
        "date",
        tone=some.then(pl.col("total") / pl.col("size")),
        negative_share=some.then(pl.col("negative") / pl.col("size")),
    )


def co_mentions(of: Columns, filters: Filters, actors: Sequence[str]) -> pl.DataFrame:
    """`queries.co_mentions`."""
    wanted = list(dict.fromkeys(actors))
    rows = [_rows(of, actor, filters) for actor in wanted]
    return _pairs(wanted, [of.article[some] for some in rows])


def together(of: Chosen, actors: Sequence[str]) -> pl.DataFrame:
    """`queries.co_mentions` of mentions chosen, which are those of these actors."""
    wanted = list(dict.fromkeys(actors))
    order = np.argsort(of.actor, kind="stable")
    article = of.columns.article[of.rows[order]]
    ends = np.concatenate(([0], np.bincount(of.actor, minlength=len(of.actors)).cumsum()))
    by_actor = {actor: article[ends[place] : ends[place + 1]] for place, actor in enumerate(of.actors)}
    return _pairs(wanted, [by_actor.get(actor, article[:0]) for actor in wanted])


def _pairs(wanted: list[str], articles: list[_Column]) -> pl.DataFrame:
    """How many articles each two of these actors share, `articles` being those of each."""
    together = _together(articles)
    pairs = [(one, other) for one in range(len(wanted)) for other in range(one + 1, len(wanted))]
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    both = together[one, other]
    either = together[one, one] + together[other, other] - both
    names = pl.Series(wanted, dtype=pl.String)
    found = {"actor": names[one], "other": names[other], "articles": both, "either": either}
    share = pl.when(pl.col("either") > 0).then(pl.col("articles") / pl.col("either"))
    return pl.DataFrame(found).select("actor", "other", "articles", share=share)


#: How many actors' bits are counted at once.
_BITS = 12


def _together(articles: Sequence[_Column]) -> Places:
    """How many articles each two of these lists share; a list has an article once."""
    highest = max((int(some.max(initial=0)) for some in articles), default=0)
    found = np.zeros((len(articles), len(articles)), np.int64)
    for first in range(0, len(articles), _BITS):
        some = articles[first : first + _BITS]
        # One number an article, whose bits say whom of these it names.
        named = np.zeros(highest + 1, np.int16)
        for bit, numbers in enumerate(some):
            named[numbers] |= 1 << bit
        bits = (np.arange(1 << len(some))[:, None] >> np.arange(len(some))) & 1
        for one, numbers in enumerate(articles):
            found[one, first : first + len(some)] = np.bincount(named[numbers], minlength=len(bits)) @ bits
    return found


def summary(of: Chosen, press: Collected, filters: Filters, measure: Measure) -> dict[str, Any]:
    """The row of `queries.summary`, of mentions that are all in memory."""
    rows, columns_ = of.rows, of.columns
    if not isinstance(columns_, Columns):
        raise TypeError("the undated are told of all days, which are not here")
    value, kind = columns_.tones[measure][rows], columns_.kinds[measure][rows]
    scored = ~np.isnan(value)
    kinds = np.bincount(kind, minlength=len(_KINDS))
    number = int(scored.sum())
    by_lexicon = scored if measure == "lexicon_tone" else scored & columns_.by_lexicon[rows]
    by_story = _by_story(of, measure)
    told = resampling.means_of(by_story.grouped(np.zeros_like(by_story.group)), 1).row(0, named=True)
    return {
        "mentions": len(rows),
        "articles": _different(columns_.article[rows]),
        "outlets": _different(columns_.outlet[rows]),
        "tone": told["tone"],
        "low": told["low"],
        "high": told["high"],
        "negative_share": int(kinds[_KINDS.index("negative")]) / number if number else None,
        "scored": number,
        "stories": told["stories"],
        "by_lexicon": int(by_lexicon.sum()),
        "unsure": int(kinds[_KINDS.index("unsure")]),
        "not_scored": int(kinds[_KINDS.index("not_scored")]),
        "undated": _undated(columns_, of.actors, filters),
        "collected": press.within(filters),
    }


def _different(ids: _Column) -> int:
    seen = np.zeros(int(ids.max(initial=0)) + 1, np.bool_)
    seen[ids] = True
    return int(np.count_nonzero(seen))


def stories(of: Chosen) -> int:
    """In how many stories the mentions stand, scored or not."""
    return _different(of.columns.story[of.rows])


# Articles


def articles(of: Chosen, place: Places, measure: Measure, most: int | None = None) -> tuple[Places, pl.Series]:
    """The places of the articles looked at, rising, and the mean tone in each; `place` is that of an article number.

    With `most`, of so many of them.
    """
    places, rows = place[of.columns.article[of.rows]], of.rows
    if most is not None:
        # An article has a row for each actor at most: that many rows hold enough articles.
        many = most * len(of.actors)
        first = np.unique(np.partition(places, many)[:many] if many < len(places) else places)[:most]
        near = places <= first.max(initial=-1)
        places, rows = places[near], rows[near]
    value = of.columns.tones[measure][rows]
    there, group = np.unique(places, return_inverse=True)
    number = np.bincount(group, weights=~np.isnan(value), minlength=len(there))
    total = np.bincount(group, weights=np.nan_to_num(value), minlength=len(there))
    mean = pl.when(pl.col("number") > 0).then(pl.col("total") / pl.col("number"))
    return there, pl.DataFrame({"number": number, "total": total}).select(tone=mean).to_series()


def placed(numbers: pl.Series) -> Places:
    """The place of each article number in this order, which has each once; what has no number is null."""
    rows = numbers.to_frame("number").with_row_index("place").drop_nulls("number")
    order = rows["number"].to_numpy()
    found = np.full(int(order.max(initial=0)) + 1, numbers.len(), np.int64)
    found[order] = rows["place"].to_numpy()
    return found


def of_articles(of: Columns, articles: Places) -> pl.DataFrame:
    """The rows of the hot frame that are about these article numbers."""
    starts, ends = (np.searchsorted(of.articles, articles, side) for side in ("left", "right"))
    rows = [of.by_article[start:end] for start, end in zip(starts, ends, strict=True)]
    return of.frame[np.concatenate(rows)] if rows else of.frame.clear()
