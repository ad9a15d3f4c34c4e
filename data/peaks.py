"""Days and weeks on which an actor is written about far more than usual, and what they are about.

Pure functions of frames: `hot` is the frame of `queries.enriched`, `readings` are those of `queries.narrow` or the rows
of that table. What is usual is learnt from the weeks before, never from what came after: a verdict, once given, stands.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import indexed, queries
from data.filters import Filters
from data.indexed import Columns
from data.phrases import (
    FEW,
    MANY,
    ONE_WINDOW,
    Numbered,
    more_often,
    most_telling,
    numbered,
    phrases_among,
    window_counts,
    windows_counts,
)

Every = Literal["day", "week"]
_Numbers = NDArray[np.float64]

#: Weeks before a day from which its usual volume is learnt, and how many of them must have been looked at.
HISTORY, LEAST_HISTORY = 26, 8

#: How rare a volume must be among usual ones to stand out. Measured by tests/benchmarks/peaks.py, an actor has at most
#: .6 false peaks a year: on made-up series without events (negative binomial, up to a dispersion of .3) .08 to .36 by
#: days and .03 to .52 by weeks; on a real press in random order .05 and .03, and .5 and .6 where only its days are.
RARE: dict[Every, float] = {"day": 0.0002, "week": 0.002}

#: Fewer articles are no peak, however rare they are.
FEWEST = 3

#: Days that may lie between two that stand out in one and the same peak: a weekend does not end it.
BETWEEN: dict[Every, int] = {"day": 2, "week": 0}


def peaks(hot: pl.DataFrame, readings: pl.DataFrame, filters: Filters, every: Every = "day") -> pl.DataFrame:
    """When each actor's volume stood out: `actor, first, top, last, count, expected, score, articles, usual`.

    A row is a run of days (or of weeks, by their Mondays) that stand out; `last` is a day as well, that week's Sunday.
    `count`, `expected` and `score` are those of `top`, the most surprising one; see `judged`. `articles` were published
    from `first` to `last`, where `usual` would have been. By actor and time.
    """
    return standing_out(judged(hot, readings, filters, every), every)


def standing_out(days: pl.DataFrame, every: Every = "day") -> pl.DataFrame:
    """The rows of `peaks` of those of `judged`."""
    step = timedelta(days=1 if every == "day" else 7)
    reach = (BETWEEN[every] + 1) * step
    places = np.flatnonzero(days["stands_out"].fill_null(False).to_numpy())
    runs: list[list[dict[str, Any]]] = []
    for place, day in zip(places.tolist(), days[places].iter_rows(named=True), strict=True):
        last = runs[-1][-1] if runs else None
        if last is None or last["actor"] != day["actor"] or day["date"] - last["date"] > reach:
            runs.append([])
        runs[-1].append({**day, "place": place})
    return pl.DataFrame([_peak(run, days, step) for run in runs], schema=_PEAKS, orient="row")


def judged(hot: pl.DataFrame, readings: pl.DataFrame, filters: Filters, every: Every = "day") -> pl.DataFrame:
    """Each day's volume beside the usual one: `actor, date, count, expected, score, stands_out`.

    `expected` is the actor's usual part of all articles collected, learnt from the 26 weeks before, times the articles
    collected on this day, times how much the actor is a matter of this weekday. `score` is how surprising the count
    is, as the decimal digits of its rarity: 3 says that one usual day in a thousand has as many articles or more.

    There is no verdict (null) where fewer than 8 of the 26 weeks before were looked at, nor on a day on which nothing
    was collected: nobody could look, and it is no low day, neither here nor in the history of others. The history is
    looked at through the same filters. Weeks begin on Monday.
    """
    volume = queries.volume(hot, readings, with_history(filters, every), every)
    return verdicts(volume, first_judged(filters, every), every)


def first_judged(filters: Filters, every: Every) -> date | None:
    """The first day (or Monday) of which a verdict is asked."""
    return _monday(filters.from_day) if every == "week" else filters.from_day


def with_history(filters: Filters, every: Every) -> Filters:
    """The filters that let through what verdicts are learnt from as well."""
    start = first_judged(filters, every)
    return replace(filters, from_day=start and start - timedelta(weeks=HISTORY))


def verdicts(volume: pl.DataFrame, start: date | None, every: Every) -> pl.DataFrame:
    """The rows of `judged` from `start` on.

    `volume` has `actor, date, count, total_count` of the weeks before too, for each actor the same dates in a row.
    """
    if volume.is_empty():
        return pl.DataFrame(schema=_JUDGED)
    actors = volume["actor"].n_unique()
    dates, total = (volume[column][: volume.height // actors] for column in ("date", "total_count"))
    first = int(dates.search_sorted(start)) if start else 0
    counts = volume["count"].to_numpy().astype(float).reshape(actors, -1)
    collected, season = total.to_numpy().astype(float), _season(every)
    some = max(1, _AT_ONCE // (len(collected) * season))
    parts = [_verdicts(counts[one : one + some], collected, season, first) for one in range(0, actors, some)]
    expected, score, known = (np.concatenate(one) for one in zip(*parts, strict=True))
    is_shown = np.tile(np.arange(len(collected)) >= first, actors)
    rows = volume.select("actor", "date", "count")
    return (rows.filter(pl.Series(is_shown)) if first else rows).with_columns(
        _where("expected", known, expected),
        _where("score", known, score),
        pl.Series("stands_out", known & (score >= -math.log10(RARE[every])) & (counts[:, first:].ravel() >= FEWEST)),
    )


def first_known(totals: pl.DataFrame, start: date | None, every: Every) -> date | None:
    """The first date from `start` on of which there is a verdict; `totals` is `date, total_count` as in `verdicts`."""
    known = totals.filter(pl.lit(pl.Series(_known(totals["total_count"].to_numpy(), _season(every)))))
    found = known.filter(pl.col("date") >= (start or date.min))["date"].min()
    return found if isinstance(found, date) else None


@dataclass(frozen=True, eq=False)
class Explanation:
    """What an actor's articles of a window are about, against the same actor's articles of the 26 weeks before.

    `articles` is how many there are, `background` how many before. `stories` are the largest: `story, articles,
    outlets, share`; `carried_by` is the one that holds at least half of the articles, and more than one, or None.
    `phrases`, `outlets` and `actors` are what is more frequent than before, the most telling first: `phrase` (or
    `outlet`, `actor`), `articles, before, z`, in articles of the window and of the background; z is how many standard
    errors lie between the two. Outlets and actors under 2 are left out, phrases, which are hints, under 1.5.
    """

    articles: int
    background: int
    stories: pl.DataFrame
    carried_by: str | None
    phrases: pl.DataFrame
    outlets: pl.DataFrame
    actors: pl.DataFrame


def explained(
    hot: pl.DataFrame,
    phrases: pl.DataFrame,
    filters: Filters,
    actor: str,
    first: date,
    last: date,
    *,
    names: Sequence[str] = (),
    most: int = 8,
) -> Explanation:
    """What the actor's articles from `first` to `last` are about: at most `most` rows in each table.

    `phrases` is what `phrases_of` makes of the articles of this window and the 26 weeks before. `names` are the actor's
    own, which tell nothing. Copies count for stories, outlets and actors, as the filters say, and never for phrases.
    """
    here, before = _window(hot, filters, actor, first, last)
    stories = _stories(here)
    now, then = phrases_among(phrases, here, "written"), phrases_among(phrases, before)
    counted = window_counts(now["phrase"], then["phrase"])
    outlets = more_often(_sides(_outlets(here, before), "outlet"), "outlet", FEW, 2.0)
    actors = more_often(_sides(_others(hot, here, before, actor), "actor"), "actor", FEW, 2.0)
    return Explanation(
        articles=here.height,
        background=before.height,
        stories=stories.head(most),
        carried_by=_carrier(stories),
        phrases=most_telling(counted, now.with_columns(ONE_WINDOW), [names], most)[0],
        outlets=outlets.head(most).drop("window"),
        actors=actors.head(most).drop("window"),
    )


@dataclass(frozen=True)
class Window:
    """Days of an actor, and its own names, which tell nothing about them."""

    actor: str
    first: date
    last: date
    names: tuple[str, ...] = ()


def telling(
    hot: pl.DataFrame, articles: pl.DataFrame | pl.LazyFrame, filters: Filters, windows: Sequence[Window], most: int = 8
) -> list[pl.DataFrame]:
    """The `phrases` of `explained` for each window, told together at a part of the cost.

    `articles` needs `id, title, text`; each window's phrases are those of its own articles and the 26 weeks before.
    Of those before, 400 that are spread over the weeks speak for all: what is told is a hint, and an actor that is
    always in the news has ten thousand. On a press of 400,000 articles nine in ten phrases are those of all of them.
    """
    sides = [_window(hot, filters, one.actor, one.first, one.last) for one in windows]
    read = articles.lazy()

    def phrases(ids: pl.Series) -> Numbered:
        return numbered(read.join(ids.to_frame("id").lazy(), on="id", how="semi"))

    return told_of(sides, phrases, [one.names for one in windows], most)


def told_of(
    sides: Sequence[tuple[pl.DataFrame, pl.DataFrame]],
    phrases: Callable[[pl.Series], Numbered],
    names: Sequence[Sequence[str]],
    most: int,
    usual: float = MANY,
) -> list[pl.DataFrame]:
    """The tables of `telling` of windows whose articles are known: those of each and those before, by their days.

    `sides` have `article_id, is_copy`; `phrases` reads articles of these ids; `names` are those of each window's actor;
    `usual` is that of `phrases.more_often`.
    """
    members = _members(sides)
    counted, here = windows_counts(members, phrases(members["article_id"]), len(sides))
    return most_telling(counted, here, names, most, usual)


def _members(sides: Sequence[tuple[pl.DataFrame, pl.DataFrame]]) -> pl.DataFrame:
    """The articles of windows that are read: `article_id, is_copy, window, here, stands_for`."""
    both = [side for here_and_before in sides for side in here_and_before]
    steps = [-(-side.height // _MOST_BEFORE) or 1 if place % 2 else 1 for place, side in enumerate(both)]
    read = [-(-side.height // step) for side, step in zip(both, steps, strict=True)]
    told = {
        name: pl.concat([side[name].gather_every(step) for side, step in zip(both, steps, strict=True)])
        for name in ("article_id", "is_copy")
    }
    return pl.DataFrame(told).with_columns(
        window=pl.Series(np.repeat(np.arange(len(both)) // 2, read), dtype=pl.UInt32),
        here=pl.Series(np.repeat(np.arange(len(both)) % 2 == 0, read)),
        stands_for=pl.Series(np.repeat(steps, read), dtype=pl.Int32),
    )


def sides(columns: Columns, filters: Filters, window: Window) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `told_of` asks of a window, found at once: `article_id, is_copy`, with an article's number as its id."""
    start = window.first - timedelta(weeks=HISTORY)
    of = indexed.chosen(columns, replace(filters, actors=(window.actor,), from_day=start, to_day=window.last))
    rows = pl.DataFrame({"article_id": columns.article[of.rows], "is_copy": columns.is_copy[of.rows]})
    # They lie in the order of days.
    before = int(np.searchsorted(of.day, indexed.day_number(window.first)))
    return rows[before:], rows[:before]


def main_story(columns: Columns, filters: Filters, window: Window) -> tuple[str, bool] | None:
    """The largest story of a window, and whether it carries it (`Explanation`); None where no two articles tell one."""
    of = indexed.chosen(columns, replace(filters, actors=(window.actor,), from_day=window.first, to_day=window.last))
    story, outlet = columns.story[of.rows], columns.outlet[of.rows]
    different, articles = np.unique(story, return_counts=True)
    most = int(articles.max(initial=0))
    # Stories are numbered in the order of their names: of equal ones the first, as in `_stories`.
    main = max(different[articles == most], key=lambda one: len(np.unique(outlet[story == one])), default=None)
    name = None if most < 2 else columns.frame["story"][int(of.rows[story == main][0])]
    return None if name is None else (str(name), most >= 0.5 * len(story))


#: So many articles before a window are read for a hint at it.
_MOST_BEFORE = 400

_PEAKS = {
    "actor": pl.String,
    "first": pl.Date,
    "top": pl.Date,
    "last": pl.Date,
    "count": pl.Int64,
    "expected": pl.Float64,
    "score": pl.Float64,
    "articles": pl.Int64,
    "usual": pl.Float64,
}
_JUDGED = {
    "actor": pl.String,
    "date": pl.Date,
    "count": pl.Int64,
    "expected": pl.Float64,
    "score": pl.Float64,
    "stands_out": pl.Boolean,
}

#: Standard errors above the usual volume from which on a day of the history weighs less (Noufaily et al. 2013).
_OUTLYING = 2.58

#: No actor is in all articles for sure.
_AT_MOST = 0.99

#: Articles that speak for a weekday like all others, before its own are counted.
_SAME_WEEKDAY = 10.0


# Peaks


def _peak(run: Sequence[Mapping[str, Any]], days: pl.DataFrame, step: timedelta) -> tuple[object, ...]:
    """The row of `peaks` of some of the rows of `judged`, with the `place` of each, that are one peak."""
    first, last = run[0], run[-1]
    # Of equals the earliest, which stands first.
    top = max(run, key=lambda day: (day["score"], day["count"]))
    # The rows follow each other day by day, so that a peak is a stretch of them.
    whole = days.slice(first["place"], last["place"] - first["place"] + 1)
    return (
        top["actor"],
        first["date"],
        top["date"],
        last["date"] + step - timedelta(days=1),
        top["count"],
        top["expected"],
        top["score"],
        whole["count"].sum(),
        whole["expected"].sum(),
    )


#: So many days of actors are judged at once: what they take stays near the processor.
_AT_ONCE = 2_000


def _verdicts(
    counts: _Numbers, collected: _Numbers, season: int, first: int = 0
) -> tuple[_Numbers, _Numbers, NDArray[np.bool_]]:
    """What is expected of each day from the `first` on, how surprising it is, whether that is known; by actor and day.

    `counts` has a row an actor; `season` days make a week.
    """
    shares, spreads, is_known = _usual(counts, collected, season, first)
    share, spread, known = shares.ravel(), spreads.ravel(), np.tile(is_known, len(counts))
    volume, total = counts[:, first:].ravel(), np.tile(collected[first:], len(counts))
    scores = np.zeros(len(volume))
    high = np.flatnonzero(known & (volume > share * total))
    of = np.maximum(total, volume)
    scores[high] = -np.log10(_tails(volume[high], of[high], share[high], spread[high]))
    return share * total, scores, known


def _usual(
    counts: _Numbers, collected: _Numbers, season: int, first: int = 0
) -> tuple[_Numbers, _Numbers, NDArray[np.bool_]]:
    """Each actor's usual share of the articles of each day from the `first` on, its spread (0 ... 1), whether known.

    `counts` has a row an actor, as share and spread have; what is known of a day is known of all.

    The method of C. P. Farrington et al., "A statistical algorithm for the early detection of outbreaks of infectious
    disease", JRSS A 159 (1996), as improved by A. Noufaily et al., Statistics in Medicine 32 (2013): a rate with
    over-dispersion, in which what stood out before weighs less. Ours is a share of the articles collected, so that the
    counts are beta-binomial: of variance n share (1 - share) (1 + (n - 1) spread). The spread is that of the history,
    by moments, and the doubt of the share itself.
    """
    history, exposure = _before(counts, season, first), _before(collected, season, first)
    looked, more = (exposure > 0).astype(float), exposure - 1
    weight = np.broadcast_to(looked, history.shape)
    for _pass in range(3):
        written, read = np.einsum("adws,adws->ads", weight, history), np.einsum("adws,dws->ads", weight, exposure)
        articles = read.sum(2) + 1
        share = (written.sum(2) + 0.5) / articles
        of_weekday = (written + _SAME_WEEKDAY) / (share[..., None] * read + _SAME_WEEKDAY)
        shares = np.minimum(share[..., None] * of_weekday, _AT_MOST)
        mean = shares[:, :, None, :] * exposure
        single = mean * (1 - shares)[:, :, None, :]  # the variance that no spread would leave
        off = history - mean
        beyond = np.einsum("adws,adws->ad", weight, off * off - single)
        at_most = np.einsum("adws,adws,dws->ad", weight, single, more)
        spread = np.maximum(beyond / np.maximum(at_most, 1e-9), 0)
        error = np.sqrt(np.maximum(single * (1 + more * spread[..., None, None]), 1e-9))
        weight = looked * (_OUTLYING / np.maximum(off / error, _OUTLYING)) ** 2
    known = _known(collected, season)[first:]
    return shares[..., 0], np.minimum(spread + 1 / (articles + 1), 0.5), known


def _known(collected: _Numbers, season: int) -> NDArray[np.bool_]:
    """Of which days there is a verdict: enough of those before were looked at, and the day itself."""
    looked = np.concatenate([np.zeros(HISTORY * season + 1, np.int64), np.cumsum(collected > 0)])
    before = looked[HISTORY * season : -1] - looked[: -HISTORY * season - 1]
    known: NDArray[np.bool_] = (before >= LEAST_HISTORY * season) & (collected > 0)
    return known


def _season(every: Every) -> int:
    return 7 if every == "day" else 1


def _before(series: _Numbers, season: int, first: int) -> _Numbers:
    """The history of each day from the `first` on, as (..., day, week, weekday); the first weekday is the day's own."""
    nothing = np.zeros((*series.shape[:-1], HISTORY * season))
    padded = np.concatenate([nothing, series[..., :-1]], axis=-1)
    days = np.lib.stride_tricks.sliding_window_view(padded, HISTORY * season, axis=-1)[..., first:, :]
    return days.reshape(*days.shape[:-1], HISTORY, season)


def _tails(count: _Numbers, of: _Numbers, share: _Numbers, spread: _Numbers) -> _Numbers:
    """How probable each `count` or more of `of` are where the mean is less: tails of beta-binomial distributions.

    J. G. Skellam, JRSS B 10 (1948): alpha = share * m and beta = (1 - share) * m, with m = 1 / spread - 1.

    >>> _tails(*(np.array([one]) for one in (9.0, 10.0, 0.5, 1e-9))).round(4)  # binomial: 11 / 1024
    array([0.0107])
    """
    a, b = (part * (1 / spread - 1) for part in (share, 1 - share))
    firsts = _first_terms(count, of, a, b)
    # Terms relative to the first, which may be too small for a number; beyond the mean they fall.
    last, total, start = np.ones_like(count), np.ones_like(count), count.copy()
    while len(some := np.flatnonzero((start < of) & (last >= total * 1e-10))):
        k = start[some, None] + np.arange(_TERMS)
        left = np.maximum(of[some, None] - k, 0)
        ratio = left / (k + 1) * (k + a[some, None]) / (np.maximum(left - 1, 0) + b[some, None])
        terms = last[some, None] * np.cumprod(ratio, axis=1)
        total[some] += terms.sum(axis=1)
        last[some] = terms[:, -1]
        start[some] += _TERMS
    tails: _Numbers = np.clip(np.exp(firsts) * total, 1e-300, 1.0)
    return tails


def _first_terms(count: _Numbers, of: _Numbers, a: _Numbers, b: _Numbers) -> _Numbers:
    """The logarithms of how probable each `count` of `of` is."""
    rest = of - count
    first = _lgamma(of + 1) - _lgamma(count + 1) - _lgamma(rest + 1)
    first += _lgamma(count + a) + _lgamma(rest + b) - _lgamma(of + a + b)
    return first + _lgamma(a + b) - _lgamma(a) - _lgamma(b)


def _lgamma(values: _Numbers) -> _Numbers:
    return np.array([*map(math.lgamma, values.tolist())], dtype=np.float64)


#: How many terms of each tail are added up at once.
_TERMS = 64


def _where(name: str, known: NDArray[np.bool_], values: _Numbers) -> pl.Series:
    return pl.Series(name, np.round(np.where(known, values, np.nan), 9), nan_to_null=True)


def _monday(day: date | None) -> date | None:
    return day and day - timedelta(days=day.weekday())


# Explanations


def _window(
    hot: pl.DataFrame, filters: Filters, actor: str, first: date, last: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The actor's mentions from `first` to `last`, and those of the weeks before."""
    both = replace(filters, actors=(actor,), from_day=first - timedelta(weeks=HISTORY), to_day=last)
    # In an order, so that those read of very many are the same however the rows came.
    mentions = hot.lazy().filter(both.mentions()).select(_OF_WINDOW).sort("day", "article_no").collect()
    return mentions.filter(pl.col("day") >= first), mentions.filter(pl.col("day") < first)


_OF_WINDOW = ("article_id", "article_no", "day", "outlet", "story", "is_copy")


def _sides(rows: pl.LazyFrame, thing: str) -> pl.LazyFrame:
    """What `more_often` needs of one window, from the thing and `here`, a row for each article."""
    count = pl.col("here").sum().cast(pl.Int64)
    counted = rows.group_by(thing).agg(articles=count, before=pl.len().cast(pl.Int64) - count)
    return counted.select(ONE_WINDOW, thing, "articles", "before", n=pl.col("articles").sum(), m=pl.col("before").sum())


def _outlets(here: pl.DataFrame, before: pl.DataFrame) -> pl.LazyFrame:
    """`outlet, here`, a row for each article."""
    return pl.concat([here.lazy().select("outlet", here=True), before.lazy().select("outlet", here=False)])


def _others(hot: pl.DataFrame, here: pl.DataFrame, before: pl.DataFrame, actor: str) -> pl.LazyFrame:
    """`actor, here`: whom else these articles name, a row for each article."""
    # Looked up by the article's number: a join with all that is hot would cost as much as all phrases.
    side = np.zeros(int(hot["article_no"].max() or 0) + 1, np.int8)  # type: ignore[arg-type]
    for articles, number in ((here, 1), (before, 2)):
        side[articles["article_no"].to_numpy()] = number
    sided = hot.lazy().select("actor", side=pl.lit(pl.Series(side)).gather(pl.col("article_no")))
    return sided.filter(pl.col("side") > 0, pl.col("actor") != actor).select("actor", here=pl.col("side") == 1)


def _stories(mentions: pl.DataFrame) -> pl.DataFrame:
    """`story, articles, outlets, share`, the largest first; shares add up to 1."""
    return (
        mentions.lazy()
        .group_by("story")
        .agg(articles=pl.len().cast(pl.Int64), outlets=pl.col("outlet").n_unique().cast(pl.Int64))
        .with_columns(share=pl.col("articles") / pl.col("articles").sum())
        .sort("articles", "outlets", "story", descending=[True, True, False])
        .collect()
    )


def _carrier(stories: pl.DataFrame) -> str | None:
    if stories.height and stories["share"][0] >= 0.5 and stories["articles"][0] > 1:
        return str(stories["story"][0])
    return None
