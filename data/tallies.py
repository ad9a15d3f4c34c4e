"""The questions of `queries` that a chart asks, counted in columns of numbers: the same tables, several times sooner.

A page asks a dozen questions about the same mentions. Each of them alone would look through all that are in memory;
here what is looked at is found at once (`data/indexed.py`), and counting is adding up by places. What `queries` says of
a table holds for the one of the same name here; a law in the tests says that both are the same.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import indexed, resampling
from data.columns import UNDATED
from data.filters import Filters
from data.indexed import Chosen, Column, Columns, Counted, Places, Topics, day_number
from data.periods import NO_PERIODS, Collected, Periods, whole_periods
from data.queries import Every, Kind, Measure

_KINDS: tuple[Kind, ...] = get_args(Kind)


def counts(of: Chosen, press: Collected, filters: Filters, every: Every) -> pl.DataFrame:
    """`actor, date, count, total_count` of `queries.volume`."""
    return _counted(of, press, _window(press, filters, every), filters, distinct=False)


def volume(of: Chosen, press: Collected, filters: Filters, every: Every) -> pl.DataFrame:
    """`queries.volume`."""
    found = _counted(of, press, _window(press, filters, every), filters, distinct=True)
    ratio = pl.when(pl.col("total_count") > 0).then(pl.col("count") / pl.col("total_count"))
    return found.select("actor", "date", "count", "total_count", ratio.alias("ratio"), "texts", "stories")


def _window(press: Collected, filters: Filters, every: Every) -> Periods:
    ends = press.ends(filters)
    first = day_number(filters.from_day) if filters.from_day else ends and ends[0]
    last = day_number(filters.to_day) if filters.to_day else ends and ends[1]
    return NO_PERIODS if first is None or last is None or last < first else whole_periods(first, last, every)


def totals(press: Collected, filters: Filters, every: Every) -> pl.DataFrame:
    """`date, total_count` of `queries.volume`."""
    periods = _window(press, filters, every)
    return pl.DataFrame({"date": periods.dates, "total_count": _totals(press, periods, filters)})


def _totals(press: Collected, periods: Periods, filters: Filters) -> Places:
    first, counts_ = press.days(filters)
    place, inside = periods.of(first + np.arange(len(counts_)))
    number = len(periods.dates)
    found = np.bincount(place[inside], weights=counts_[inside], minlength=number)[:number]
    return found.astype(np.int64)


def _counted(of: Chosen, press: Collected, periods: Periods, filters: Filters, distinct: bool) -> pl.DataFrame:
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


def _distinct(ids: Column, group: Places, size: int) -> Places:
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
    periods = whole_periods(int(day.min()), int(day.max()), every)
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


def _scored(of: Counted, rows: Places, measure: Measure) -> tuple[Column, Places, Column]:
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
    periods = whole_periods(int(day.min()), int(day.max()), every)
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
    rows = [indexed.rows_of(of, actor, filters) for actor in wanted]
    return _pairs(wanted, [of.article[some] for some in rows])


def together(of: Chosen, actors: Sequence[str]) -> pl.DataFrame:
    """`queries.co_mentions` of mentions chosen, which are those of these actors."""
    wanted = list(dict.fromkeys(actors))
    order = np.argsort(of.actor, kind="stable")
    article = of.columns.article[of.rows[order]]
    ends = np.concatenate(([0], np.bincount(of.actor, minlength=len(of.actors)).cumsum()))
    by_actor = {actor: article[ends[place] : ends[place + 1]] for place, actor in enumerate(of.actors)}
    return _pairs(wanted, [by_actor.get(actor, article[:0]) for actor in wanted])


def _pairs(wanted: list[str], articles: list[Column]) -> pl.DataFrame:
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


def _together(articles: Sequence[Column]) -> Places:
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
        "undated": indexed.undated(columns_, of.actors, filters),
        "collected": press.within(filters),
    }


def _different(ids: Column) -> int:
    return int(np.count_nonzero(_seen(ids)))


def _seen(ids: Column) -> NDArray[np.bool_]:
    seen = np.zeros(int(ids.max(initial=0)) + 1, np.bool_)
    seen[ids] = True
    return seen


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


# What articles are about, and whom they name


def topics(articles: Column, about: Topics) -> pl.DataFrame:
    """`portrait.topics` of these article numbers, which may come several times."""
    numbers = np.flatnonzero(_seen(articles))
    topic, text = about.of(numbers)
    of = len(numbers), _different(about.text[numbers])
    return _parts("topic", about.names, topic, text, of)


def named(of: Columns, rows: Places, own: Places) -> pl.DataFrame:
    """`portrait.named` of the articles of the mentions in `own`; `rows` are those of all whom they name."""
    actors = pl.Series([*of.starts], dtype=pl.String)
    ends = np.array([end for _, end in of.starts.values()], np.int64)
    actor = np.searchsorted(ends, rows, "right")
    return _parts("actor", actors, actor, of.text[rows], (_different(of.article[own]), _different(of.text[own])))


def _parts(thing: str, names: pl.Series, place: Places, text: Column, of: tuple[int, int]) -> pl.DataFrame:
    """How often each of these things comes, and in how many texts; without those that do not come."""
    number = np.bincount(place, minlength=names.len())
    there = np.flatnonzero(number)
    texts = _distinct(text, place, names.len())
    told = {thing: names.gather(there), "articles": number[there], "texts": texts[there]}
    told |= dict(zip(("of", "of_texts"), (np.full(len(there), one) for one in of), strict=True))
    return pl.DataFrame(told, schema={thing: pl.String, **dict.fromkeys(_PARTS, pl.Int64)}).sort(thing)


_PARTS = ("articles", "texts", "of", "of_texts")
