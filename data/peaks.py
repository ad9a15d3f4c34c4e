"""Days and weeks on which an actor is written about far more than usual, and what they are about.

Pure functions of frames: `hot` is the frame of `queries.enriched`, `readings` are those of `queries.narrow` or the rows
of that table. What is usual is learnt from the weeks before, never from what came after: a verdict, once given, stands.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import queries, search
from data.filters import Filters

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
    rows = [
        row
        for (_actor,), series in days.group_by("actor", maintain_order=True)
        for row in _peaks_of(series, (BETWEEN[every] + 1) * step, step)
    ]
    return pl.DataFrame(rows, schema=_PEAKS, orient="row")


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
    """The rows of `judged` from `start` on; `volume` has `actor, date, count, total_count` of the weeks before too."""
    judgements = [
        _verdicts(series, _season(every), RARE[every])
        for _actor, series in volume.group_by("actor", maintain_order=True)
    ]
    judged = pl.concat(judgements) if judgements else pl.DataFrame(schema=_JUDGED)
    return judged.filter(pl.col("date") >= (start or date.min))


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
    now, then = _phrases_in(phrases, here, "written"), _phrases_in(phrases, before)
    counted = _counted(now["phrase"], then["phrase"])
    outlets = _more_often(_sides(_outlets(here, before), "outlet"), "outlet", _FEW, 2.0)
    actors = _more_often(_sides(_others(hot, here, before, actor), "actor"), "actor", _FEW, 2.0)
    return Explanation(
        articles=here.height,
        background=before.height,
        stories=stories.head(most),
        carried_by=_carrier(stories),
        phrases=most_telling(counted, now.with_columns(_ONE_WINDOW), [names], most)[0],
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
    """
    members = pl.concat(
        side.select("article_id", "is_copy", window=pl.lit(number, pl.UInt32), here=pl.lit(now))
        for number, one in enumerate(windows)
        for now, side in zip((True, False), _window(hot, filters, one.actor, one.first, one.last), strict=True)
    )
    phrases = _phrases(articles.lazy().join(members.lazy(), left_on="id", right_on="article_id", how="semi"))
    found = (
        members.lazy()
        .join(phrases.lazy(), on="article_id")
        .filter(pl.len().over("window", "phrase") > 1, ~pl.col("is_copy"))
        .select("window", "here", "phrase", "written")
        .collect()
    )
    count = pl.col("here").sum().cast(pl.Int64)
    counted = found.group_by("window", "phrase").agg(articles=count, before=pl.len().cast(pl.Int64) - count)
    counted = counted.with_columns(n=pl.col("articles").sum().over("window"), m=pl.col("before").sum().over("window"))
    return most_telling(counted, found.filter("here"), [one.names for one in windows], most)


def phrases_of(articles: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The phrases of each article's title and lead: `article_id, phrases, written`, two lists of one length.

    `articles` needs `id, title, text`. A phrase is one to three words between which no punctuation stands, with no stop
    word at its ends, folded ("supreme court") and as written ("Supreme Court"); an article has it once. What stands in
    one article only is left out. Linear time: .1 ms and about 500 bytes an article, so that they need no store.
    """
    return (
        _phrases(articles)
        .lazy()
        .filter(pl.len().over("phrase") > 1)
        .group_by("article_id")
        .agg(phrases="phrase", written="written")
        .sort("article_id")
        .collect()
    )


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


def _peaks_of(series: pl.DataFrame, reach: timedelta, step: timedelta) -> Iterator[tuple[object, ...]]:
    """The rows of `peaks` of one actor's rows of `judged`; days that stand out `reach` apart or less are one peak."""
    # The rows follow each other day by day, so that a peak is a stretch of them.
    out = series.with_row_index("place").filter("stands_out").rows(named=True)
    runs: list[list[dict[str, Any]]] = []
    for day in out:
        if not runs or day["date"] - runs[-1][-1]["date"] > reach:
            runs.append([])
        runs[-1].append(day)
    for days in runs:
        first, last = days[0], days[-1]
        # Of equals the earliest, which stands first.
        top = max(days, key=lambda day: (day["score"], day["count"]))
        whole = series.slice(first["place"], last["place"] - first["place"] + 1)
        yield (
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


def _verdicts(volume: pl.DataFrame, season: int, rare: float) -> pl.DataFrame:
    """The rows of `judged` for one actor's rows of `queries.volume`, day by day; `season` days make a week."""
    counts, collected = (volume[column].to_numpy().astype(float) for column in ("count", "total_count"))
    share, spread, known = _usual(counts, collected, season)
    scores = np.zeros(len(counts))
    for day in np.flatnonzero(known & (counts > share * collected)):
        scores[day] = -math.log10(
            _tail(int(counts[day]), int(max(collected[day], counts[day])), share[day], spread[day])
        )
    return volume.select(
        "actor",
        "date",
        "count",
        expected=_where(known, share * collected),
        score=_where(known, scores),
        stands_out=pl.lit(pl.Series(known & (scores >= -math.log10(rare)) & (counts >= FEWEST))),
    )


def _usual(counts: _Numbers, collected: _Numbers, season: int) -> tuple[_Numbers, _Numbers, NDArray[np.bool_]]:
    """The actor's usual share of each day's articles, its spread (0 ... 1), and whether it is known.

    The method of C. P. Farrington et al., "A statistical algorithm for the early detection of outbreaks of infectious
    disease", JRSS A 159 (1996), as improved by A. Noufaily et al., Statistics in Medicine 32 (2013): a rate with
    over-dispersion, in which what stood out before weighs less. Ours is a share of the articles collected, so that the
    counts are beta-binomial: of variance n share (1 - share) (1 + (n - 1) spread). The spread is that of the history,
    by moments, and the doubt of the share itself.
    """
    history, exposure = _before(counts, season), _before(collected, season)
    looked = (exposure > 0).astype(float)
    weight = looked
    for _pass in range(3):
        articles = (weight * exposure).sum((1, 2)) + 1
        share = ((weight * history).sum((1, 2)) + 0.5) / articles
        of_weekday = (weight * history).sum(1) + _SAME_WEEKDAY
        of_weekday /= share[:, None] * (weight * exposure).sum(1) + _SAME_WEEKDAY
        shares = np.minimum(share[:, None] * of_weekday, _AT_MOST)
        mean = shares[:, None, :] * exposure
        single = mean * (1 - shares)[:, None, :]  # the variance that no spread would leave
        beyond = (weight * ((history - mean) ** 2 - single)).sum((1, 2))
        spread = np.maximum(beyond / np.maximum((weight * single * (exposure - 1)).sum((1, 2)), 1e-9), 0)
        error = np.sqrt(np.maximum(single * (1 + (exposure - 1) * spread[:, None, None]), 1e-9))
        weight = looked * (_OUTLYING / np.maximum((history - mean) / error, _OUTLYING)) ** 2
    known = _known(collected, season)
    return shares[:, 0], np.minimum(spread + 1 / (articles + 1), 0.5), known


def _known(collected: _Numbers, season: int) -> NDArray[np.bool_]:
    """Of which days there is a verdict: enough of those before were looked at, and the day itself."""
    looked = np.concatenate([np.zeros(HISTORY * season + 1, np.int64), np.cumsum(collected > 0)])
    before = looked[HISTORY * season : -1] - looked[: -HISTORY * season - 1]
    known: NDArray[np.bool_] = (before >= LEAST_HISTORY * season) & (collected > 0)
    return known


def _season(every: Every) -> int:
    return 7 if every == "day" else 1


def _before(series: _Numbers, season: int) -> _Numbers:
    """For each day the days of its history, as (day, week, weekday); the first weekday is the day's own."""
    padded = np.concatenate([np.zeros(HISTORY * season), series[:-1]])
    return np.lib.stride_tricks.sliding_window_view(padded, HISTORY * season).reshape(len(series), HISTORY, season)


def _tail(count: int, of: int, share: float, spread: float) -> float:
    """How probable `count` or more of `of` are where the mean is less: the tail of a beta-binomial distribution.

    J. G. Skellam, JRSS B 10 (1948): alpha = share * m and beta = (1 - share) * m, with m = 1 / spread - 1.

    >>> round(_tail(9, 10, 0.5, 1e-9), 4)  # binomial: 11 / 1024
    0.0107
    """
    a, b = (part * (1 / spread - 1) for part in (share, 1 - share))
    rest = of - count
    first = math.lgamma(of + 1) - math.lgamma(count + 1) - math.lgamma(rest + 1)
    first += math.lgamma(count + a) + math.lgamma(rest + b) - math.lgamma(of + a + b)
    first += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    # Terms relative to the first, which may be too small for a number; beyond the mean they fall.
    last = total = 1.0
    for start in range(count, of, _TERMS):
        k = np.arange(start, min(start + _TERMS, of))
        terms = last * np.cumprod((of - k) / (k + 1) * (k + a) / (of - k - 1 + b))
        total, last = total + float(terms.sum()), float(terms[-1])
        if last < total * 1e-10:
            break
    return min(max(math.exp(first) * total, 1e-300), 1.0)


#: How many terms of a tail are added up at once.
_TERMS = 64


def _where(known: NDArray[np.bool_], values: _Numbers) -> pl.Expr:
    return pl.lit(pl.Series(np.where(known, values, np.nan))).fill_nan(None).round(9)


def _monday(day: date | None) -> date | None:
    return day and day - timedelta(days=day.weekday())


# Explanations


def _window(
    hot: pl.DataFrame, filters: Filters, actor: str, first: date, last: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The actor's mentions from `first` to `last`, and those of the weeks before."""
    both = replace(filters, actors=(actor,), from_day=first - timedelta(weeks=HISTORY), to_day=last)
    mentions = hot.lazy().filter(both.mentions()).select(_OF_WINDOW).collect()
    return mentions.filter(pl.col("day") >= first), mentions.filter(pl.col("day") < first)


_OF_WINDOW = ("article_id", "article_no", "day", "outlet", "story", "is_copy")

_ONE_WINDOW = pl.lit(0, pl.UInt32).alias("window")

#: Code points of the text that are its lead.
_LEAD = 500

_LONGEST_WORD = 40

#: What stands in fewer articles of the window tells nothing.
_FEWEST_ARTICLES = 2

#: Counts of what is usual that are added to what was seen, so that a rare one must be seen more often to be telling:
#: for phrases, of which an article has about fifty, and for outlets and actors.
_MANY, _FEW = 500.0, 10.0

#: A phrase whose articles nearly all have a longer one with it is left to that one.
_ABSORBED = 0.65

#: How many phrases are weighed against each other.
_CANDIDATES = 300

#: Titles and initials keep their full stop, which is no end of a phrase: "Gen. Allen", "U.S. troops".
_ABBREVIATED = r"\b(?:(?:\p{Lu}\.){2,}|(?:Adm|Col|Dr|Gen|Gov|Lt|Rep|Sen|Sgt|St)\.)"
_WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[.&'’-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*"
_BREAK = r"[^\p{L}\p{N}\s'’\"“”‘$€£#@]"


def _words(articles: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The words of title and lead in their order: `article_id, word, written, ends`; punctuation is a null word.

    `ends` says whether a phrase may begin or end with it.
    """
    text = pl.concat_str(
        pl.col("title").fill_null(""),
        pl.lit(" . "),
        pl.col("text").fill_null("").str.slice(0, _LEAD),
        pl.lit(" . "),
    )
    written = pl.col("written").str.replace(r"['’]s$", "")
    return (
        articles.lazy()
        .select(article_id="id", written=text.str.extract_all(f"{_ABBREVIATED}|{_WORD}|{_BREAK}"))
        .explode("written", empty_as_null=False, keep_nulls=False)
        .with_columns(written)
        .with_columns(word=search.folded(pl.col("written")))
        .with_columns(
            word=pl.when(
                pl.col("word").str.contains(r"^[\p{L}\p{N}]"), pl.col("word").str.len_chars() <= _LONGEST_WORD
            ).then("word"),
        )
        .with_columns(
            ends=pl.col("word").str.contains(r"\p{L}.*[\p{L}\p{N}]")
            & (~pl.col("word").is_in(STOP_WORDS) | pl.col("written").is_in(_NO_STOP_WORDS)),
            number=pl.col("word").str.contains(r"^\p{N}+$"),
        )
        .collect()
    )


def _grams(words: pl.DataFrame, length: int) -> pl.DataFrame:
    """The phrases of this many words: `article_id, phrase, written`."""
    last = length - 1
    may_end = pl.col("ends") | pl.col("number") if length > 1 else pl.col("ends")
    joined = (
        pl.concat_str(*(pl.col(column).shift(-place) for place in range(length)), separator=" ")
        for column in ("word", "written")
    )
    return (
        words.lazy()
        .select(
            "article_id",
            pl.col("article_id").shift(-last).alias("ending_in"),
            "ends",
            may_end.shift(-last).alias("ended"),
            *joined,
        )
        .filter(pl.col("article_id") == pl.col("ending_in"), "ends", "ended", pl.col("word").is_not_null())
        .select(
            "article_id", phrase=pl.col("word").cast(pl.Categorical), written=pl.col("written").cast(pl.Categorical)
        )
        .collect()
    )


def _phrases(articles: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Each article's phrases, each once: `article_id, phrase, written`."""
    words = _words(articles)
    grams = pl.concat([_grams(words, length) for length in (1, 2, 3)])
    return grams.unique(["article_id", "phrase"], keep="first", maintain_order=True)


def _phrases_in(phrases: pl.DataFrame, mentions: pl.DataFrame, *more: str) -> pl.DataFrame:
    """`phrase` (and `written`): a row for each phrase of each of these articles that is no copy."""
    ids = mentions.lazy().filter(~pl.col("is_copy")).select("article_id")
    return (
        phrases.lazy()
        .join(ids, on="article_id", how="semi")
        .select(*more, phrase="phrases")
        .explode("phrase", *more, empty_as_null=False, keep_nulls=False)
        .collect()
    )


def _counted(here: pl.Series, before: pl.Series) -> pl.DataFrame:
    """What `most_telling` needs of the phrases of one window: `window, phrase, articles, before, n, m`."""
    # The categories' numbers are small ones: counted by them, a month of 10,000 articles takes 10 ms and not 50.
    now, then = (np.bincount(side.to_physical().to_numpy()) for side in (here, before))
    often = np.flatnonzero(now >= _FEWEST_ARTICLES)
    then = np.concatenate([then, np.zeros(max(0, len(now) - len(then)), then.dtype)])
    phrases = pl.Series("phrase", often, dtype=pl.UInt32).cat.to(pl.Categorical())
    return pl.DataFrame([phrases]).select(
        _ONE_WINDOW,
        "phrase",
        articles=pl.lit(pl.Series(now[often], dtype=pl.Int64)),
        before=pl.lit(pl.Series(then[often], dtype=pl.Int64)),
        n=pl.lit(len(here), pl.Int64),
        m=pl.lit(len(before), pl.Int64),
    )


def most_telling(
    counts: pl.DataFrame, here: pl.DataFrame, names: Sequence[Sequence[str]], most: int
) -> list[pl.DataFrame]:
    """The most telling phrases of each window, none of them a part of another: `phrase, articles, before, z`.

    `counts` is what `_more_often` needs, `here` is `window, phrase, written`; `names` are each window's.
    """
    likely = _more_often(counts.lazy(), "phrase", _MANY, 1.5).group_by("window", maintain_order=True).head(_CANDIDATES)
    chosen = [
        (number, phrase)
        for number, own in enumerate(names)
        for phrase in _apart(likely.filter(window=number).select("phrase", "articles").rows(), _padded(own), most)
    ]
    by, columns = ["window", "phrase"], {"window": pl.UInt32, "phrase": pl.String}
    phrases = pl.DataFrame(chosen, schema=columns, orient="row")
    told = phrases.join(likely, on=by).join(_spelled(here, phrases), on=by, maintain_order="left")
    told = phrases.join(told, on=by, maintain_order="left").select(
        "window", "articles", "before", "z", phrase="written"
    )
    return [told.filter(window=number).select("phrase", "articles", "before", "z") for number in range(len(names))]


def _padded(names: Sequence[str]) -> str:
    folded = pl.Series(names, dtype=pl.String).to_frame("name").select(search.folded(pl.col("name")))["name"]
    return f" {' | '.join(folded)} "


def _spelled(here: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """How each of these phrases is written most often in its window: `window, phrase, written`."""
    wanted = phrases["phrase"].unique().cast(pl.Categorical()).to_physical()
    return (
        here.lazy()
        .filter(pl.col("phrase").to_physical().is_in(wanted.implode()))
        .with_columns(pl.col("phrase", "written").cast(pl.String))
        .group_by("window", "phrase", "written")
        .agg(count=pl.len())
        .sort("count", "written", descending=[True, False])
        .group_by("window", "phrase", maintain_order=True)
        .agg(pl.col("written").first())
        .collect()
    )


def _apart(candidates: list[tuple[str, int]], own: str, most: int) -> list[str]:
    """The first `most` phrases that are no part of `own`, that no longer one stands for and no earlier one overlaps."""
    padded = [(f" {phrase} ", articles) for phrase, articles in candidates]
    chosen: list[str] = []
    for phrase, articles in padded:
        if len(chosen) == most:
            break
        absorbed = any(phrase in longer and phrase != longer and n >= _ABSORBED * articles for longer, n in padded)
        if phrase not in own and not absorbed and not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return [phrase.strip() for phrase in chosen]


def _overlap(one: str, other: str) -> bool:
    """Whether one padded phrase holds the other, or both share two words in a row."""
    words = one.split()
    pairs = (f" {first} {second} " for first, second in pairwise(words))
    return one in other or other in one or any(pair in other for pair in pairs)


def _more_often(counts: pl.LazyFrame, thing: str, usual: float, least: float) -> pl.DataFrame:
    """What is more frequent here than before, the clearest first: `window`, the thing, `articles, before, z`.

    `counts` has `window`, the thing, `articles, before`, and `n, m`, their sums over all things of the window. Log-odds
    ratio with an informative Dirichlet prior: B. L. Monroe, M. P. Colaresi and K. M. Quinn, "Fightin' Words", Political
    Analysis 16 (2008). The prior is `usual` counts, shared out as both together are. Only a z of at least `least` is
    telling, and nothing of one article alone.
    """
    y, b, n, m, prior = (pl.col(column) for column in ("articles", "before", "n", "m", "prior"))
    more = ((y + prior) / (n + usual - y - prior)).log() - ((b + prior) / (m + usual - b - prior)).log()
    error = (1 / (y + prior) + 1 / (b + prior)).sqrt()
    return (
        counts.filter(y >= _FEWEST_ARTICLES)
        .with_columns(prior=usual * (y + b) / (n + m))
        .select("window", thing, "articles", "before", z=(more / error).round(9))
        .filter(pl.col("z") >= least, pl.col("z").is_finite())
        .with_columns(pl.col(thing).cast(pl.String))
        .sort("window", "z", "articles", thing, descending=[False, True, True, False])
        .collect()
    )


def _sides(rows: pl.LazyFrame, thing: str) -> pl.LazyFrame:
    """What `_more_often` needs of one window, from the thing and `here`, a row for each article."""
    count = pl.col("here").sum().cast(pl.Int64)
    counted = rows.group_by(thing).agg(articles=count, before=pl.len().cast(pl.Int64) - count)
    return counted.select(
        _ONE_WINDOW, thing, "articles", "before", n=pl.col("articles").sum(), m=pl.col("before").sum()
    )


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


#: As written so, a name.
_NO_STOP_WORDS = ("May", "US")

_STOP = (
    "a about above after again against ago all almost along already also although always am among an and another any "
    "anyone anything are around as ask asked asks at away back be became because become been before began behind "
    "being below between both but by call called calls came can cannot come comes could day days did do does doing "
    "don done down during each early either else even ever every far few first for former from further gave get gets "
    "getting give go goes going gone good got had has have having he her here hers herself him himself his how "
    "however i if in including instead into is isn it its itself just keep know last late later least less let like "
    "likely little long look made make makes making many may me mean might month months more morning most mr mrs ms "
    "much must my near nearly need needs never new news next night no nor not nothing now of off often on once one "
    "only onto or other others our out over own part people per perhaps put quite rather really right said same saw "
    "say saying says second see seen set several shall she should show shows since so some something soon still such "
    "take taken takes tell than that the their them themselves then there these they thing things think this those "
    "though three through thus time times to today told tomorrow too took toward towards try trying two under until "
    "up upon us use used using very via want wants was way we week weeks well went were what when where whether which "
    "while who whom whose why will with within without would year years yes yesterday yet you your ain aren can't "
    "couldn't didn't doesn't don't hadn't hasn't haven't he'd he'll he's i'd i'll i'm i've isn't it's let's she's "
    "shouldn't that's there's they're they've wasn't we'll we're we've weren't what's who's won't wouldn't you're "
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun january february march "
    "april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec a.m "
    "p.m pm et gmt ap afp reuters read full video photo photos getty image images copyright "
)
#: Words that tell nothing, English ones.
STOP_WORDS = _STOP.split()
