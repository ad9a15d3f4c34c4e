"""How often a peak is a false alarm, how many are found, and how long explaining takes.

    python tests/benchmarks/peaks.py ARCHIVE [ACTOR ...]

False peaks an actor and year: on made-up series without any event (Poisson and negative binomial, of several volumes
and dispersions, with weekdays), and on the archive with its articles, and with its days, in random order. Articles in
random order have no events left. Days in random order (each weekday and year among themselves) keep theirs: what
stood out for itself still does, so that this rate is an upper bound. Found: the part of single days with 3 times the
usual volume, put into made-up series every 40 days. Beside it the same for two simpler rules: Poisson's tail, and the
median and the median deviation of the weekday.

Time: phrases of the archive's articles, and explanations on a month of 10,000 articles, half a year of others before.
At last the greatest peaks of some actors, to be read by somebody who remembers the years.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from data import peaks, queries
from data.archive import open_archive
from data.filters import Filters
from data.phrases import phrases_of

Numbers = NDArray[np.float64]
#: Counts and articles collected, a day.
Series = tuple[Numbers, Numbers]
#: Which days stand out, and of which there is a verdict.
Rule = Callable[[Series, int], tuple[NDArray[np.bool_], NDArray[np.bool_]]]

WEEKDAYS = np.array([1, 1, 1, 1, 0.95, 0.5, 0.6])
YEARS = 4
ACTORS = ("donald-trump", "russia", "nato", "barack-obama")
SEED = 7


def main() -> None:
    """Everything, in the order of the docstring."""
    archive = open_archive(sys.argv[1])
    readings = archive.readings().collect()
    hot = queries.enriched(archive.mentions(), readings)
    narrowed = queries.narrow(readings)
    false_alarms(hot, narrowed)
    power()
    times(hot, archive.articles())
    named(hot, narrowed, archive.articles(), tuple(sys.argv[2:]) or ACTORS)


def false_alarms(hot: pl.DataFrame, readings: pl.DataFrame) -> None:
    """A line for each kind of series, a column for each rule."""
    for every, season in (("day", 7), ("week", 1)):
        print(f"\nfalse peaks an actor and year, by {every}s: {', '.join(RULES)}")
        for name, some in {**made_up(season), **shuffled(hot, readings, every, season)}.items():
            rates = "  ".join(f"{alarms(rule, some, season):6.2f}" for rule in RULES.values())
            print(f"  {name:44}{rates}")


def power() -> None:
    """The part of days with three times the usual volume that is found."""
    print(f"\nfound of single days with 3 times the usual volume: {', '.join(RULES)}")
    for mean, dispersion in ((3, 0.0), (3, 0.1), (30, 0.0), (30, 0.1), (300, 0.1)):
        generator = np.random.default_rng(SEED)
        hits, there = dict.fromkeys(RULES, 0), 0
        for _ in range(4):
            counts, collected = one(generator, mean, dispersion, 7)
            loud = np.arange(100, len(counts), 40)
            counts[loud] += generator.poisson(2 * mean * np.resize(WEEKDAYS, len(counts))[loud])
            there += len(loud)
            for name, rule in RULES.items():
                hits[name] += rule((counts, np.maximum(collected, counts)), 7)[0][loud].sum()
        parts = "  ".join(f"{hits[name] / there:6.2f}" for name in RULES)
        print(f"  {f'{mean} a day, dispersion {dispersion}':44}{parts}")


def times(hot: pl.DataFrame, articles: pl.LazyFrame) -> None:
    """Seconds for phrases; milliseconds for explanations of a crowded month."""
    texts = articles.select("id", "title", "text").collect()
    started = time.perf_counter()
    phrases = phrases_of(texts)
    took = time.perf_counter() - started
    size = phrases.estimated_size() / phrases.height
    print(f"\nphrases: {took / texts.height * 1e3:.2f} ms and {size:.0f} bytes an article ({texts.height:,} articles)")
    month = timedelta(days=30)
    first = date(2024, 6, 1)
    place = pl.col("article_no").rank("dense")
    crowded = hot.with_columns(
        day=pl.when(place <= 10_000)
        .then(pl.lit(first) + pl.duration(days=place % 30))
        .otherwise(pl.lit(first) - pl.duration(days=1 + place % 181))
    )
    for actor in ("united-states", "barack-obama", "russia"):
        explained = []
        for _ in range(10):
            started, processor = time.perf_counter(), time.process_time()
            why = peaks.explained(crowded, phrases, Filters(), actor, first, first + month)
            explained.append((time.perf_counter() - started, time.process_time() - processor))
        clock, of_processor = (statistics.median(one) * 1e3 for one in zip(*explained, strict=True))
        print(
            f"explained (at most 50 ms): {clock:.0f} ms, {of_processor:.0f} ms of the processor, "
            f"{why.articles:,} articles on {actor} against {why.background:,}"
        )


def named(hot: pl.DataFrame, readings: pl.DataFrame, articles: pl.LazyFrame, actors: tuple[str, ...]) -> None:
    """The greatest peaks of each actor, with their phrases."""
    phrases = phrases_of(articles)
    for every in ("day", "week"):
        print(f"\nthe greatest peaks by {every}s")
        found = peaks.peaks(hot, readings, Filters(actors=actors), every).sort("score", descending=True)
        for row in found.group_by("actor", maintain_order=True).head(6).iter_rows(named=True):
            actor, first, last = row["actor"], row["first"], row["last"]
            names = [actor.replace("-", " ")]
            why = peaks.explained(hot, phrases, Filters(), actor, first, last, names=names, most=6)
            print(
                f"  {actor:14}{first} - {last}  {row['articles']:3} for {row['usual']:5.1f}  "
                f"score {row['score']:4.1f}  {'; '.join(why.phrases['phrase'])}"
            )


# Series


def made_up(season: int) -> dict[str, list[Series]]:
    """Series in which nothing happens, by their volume and dispersion."""
    generator = np.random.default_rng(SEED)
    return {
        f"made up, {mean:g} a {'day' if season == 7 else 'week'}, dispersion {dispersion}": [
            one(generator, mean, dispersion, season) for _ in range(10)
        ]
        for mean in (0.3, 3, 30, 300)
        for dispersion in (0.0, 0.1, 0.3)
    }


def one(generator: np.random.Generator, mean: float, dispersion: float, season: int) -> Series:
    """Counts about one of twenty articles."""
    usual = mean * np.resize(WEEKDAYS if season == 7 else [1.0], YEARS * 52 * season)
    rate = usual * generator.gamma(1 / dispersion, dispersion, len(usual)) if dispersion else usual
    counts = generator.poisson(rate).astype(float)
    return counts, np.maximum(generator.poisson(20 * usual), counts).astype(float)


def shuffled(hot: pl.DataFrame, readings: pl.DataFrame, every: peaks.Every, season: int) -> dict[str, list[Series]]:
    """The archive in random order and as it is, for the fifteen actors with most articles after the three first."""
    generator = np.random.default_rng(SEED)
    counted = queries.volume(hot, readings, Filters(), every)
    most = counted.group_by("actor").agg(pl.col("count").sum()).sort("count", "actor", descending=True)["actor"]
    series = [counted.filter(pl.col("actor") == actor).sort("date") for actor in most[3:18]]
    years = [some["date"].dt.year().to_numpy() for some in series]
    real = [(some["count"].to_numpy().astype(float), some["total_count"].to_numpy().astype(float)) for some in series]
    return {
        "archive, articles in random order": [(without_events(generator, *some), some[1]) for some in real],
        f"archive, {every}s in random order": [
            mixed(generator, some, of_years, season) for some, of_years in zip(real, years, strict=True)
        ],
        "archive as it is": real,
    }


def without_events(generator: np.random.Generator, counts: Numbers, collected: Numbers) -> Numbers:
    """As many articles as there were on the actor, drawn from all that were collected."""
    days = np.repeat(np.arange(len(counts)), collected.astype(int))
    return np.bincount(generator.choice(days, int(counts.sum()), replace=False), minlength=len(counts)).astype(float)


def mixed(generator: np.random.Generator, series: Series, years: NDArray[np.int32], season: int) -> Series:
    """The same days in random order, each weekday of each year among themselves; days not looked at stay."""
    counts, collected = series
    order = np.arange(len(counts))
    for year in np.unique(years):
        for weekday in range(season):
            same = np.flatnonzero((years == year) & (np.arange(len(counts)) % season == weekday) & (collected > 0))
            order[same] = generator.permutation(same)
    return counts[order], collected[order]


# Rules


def ours(series: Series, season: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The rule of data/peaks.py."""
    volume = pl.DataFrame({"count": series[0], "total_count": series[1]}).select(
        pl.lit("x").alias("actor"),
        pl.lit(date(2000, 1, 3)).alias("date"),
        pl.col("count", "total_count").cast(pl.Int64),
    )
    verdicts = peaks.verdicts(volume, None, "day" if season == 7 else "week")
    return verdicts["stands_out"].to_numpy(), verdicts["score"].is_not_null().to_numpy()


def poisson(series: Series, season: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The same share and the same rarity, without any spread."""
    counts, collected = series
    shares, _spreads, known = peaks._usual(counts[None], collected, season)
    share = shares[0]
    rare = peaks.RARE["day" if season == 7 else "week"]
    out = np.zeros(len(counts), dtype=bool)
    high = np.flatnonzero(known & (counts > share * collected) & (counts >= peaks.FEWEST))
    out[high] = peaks._tails(counts[high], collected[high], share[high], np.full(len(high), 1e-9)) <= rare
    return out, known


def median(series: Series, season: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """More than 6 median deviations (as standard deviations, at least Poisson's) over the median of the weekday."""
    counts, collected = series
    history, exposure = peaks._before(counts, season, 0), peaks._before(collected, season, 0)
    same = np.ma.masked_where(exposure[:, :, 0] == 0, history[:, :, 0])
    middle = np.ma.median(same, axis=1).filled(0)
    deviation = 1.4826 * np.ma.median(abs(same - middle[:, None]), axis=1).filled(0)
    known = ((exposure > 0).sum((1, 2)) >= peaks.LEAST_HISTORY * season) & (collected > 0)
    high = counts - middle > 6 * np.maximum(deviation, np.sqrt(np.maximum(middle, 0.25)))
    return known & high & (counts >= peaks.FEWEST), known


RULES: dict[str, Rule] = {"ours": ours, "Poisson": poisson, "median": median}


def alarms(rule: Rule, some: list[Series], season: int) -> float:
    """Peaks a year: days that stand out, the near ones merged."""
    runs, judged = 0, 0
    between = peaks.BETWEEN["day" if season == 7 else "week"]
    for series in some:
        out, known = rule(series, season)
        days = np.flatnonzero(out)
        runs += len(days) and 1 + int((np.diff(days) > between + 1).sum())
        judged += int(known.sum())
    return runs / (judged / (52 * season))


if __name__ == "__main__":
    main()
