"""What was to be expected of an outlet, day by day, and what was received: silence, a flood, and who could not look.

Pure functions of frames. `articles` has a row for each article, `outlet, day`; `checks` is the table of
`queries.checks`. Only outlets whose feeds are checked have days here: of what came from files nobody knows when it was
complete, so nothing can be expected of it. Nothing here knows of actors, languages or copies: it is about collecting.
"""

from datetime import date, timedelta
from typing import Literal

import polars as pl

Every = Literal["day", "week", "month"]
State = Literal["far less", "less", "usual", "more", "far more", "no answer", "learning", "unfinished", "not checked"]

#: How many weeks before a day tell what is usual, and how many of them must be known.
HISTORY, LEAST = 12, 4

#: From which score on a day has less or more than usual, and from which far less or more (standard deviations).
UNUSUAL, FAR = 2.0, 4.0

#: How far back a change is looked for that is no silence, in days.
RECENT = 28


def by_day(articles: pl.DataFrame, checks: pl.DataFrame) -> pl.DataFrame:
    """Each outlet's days, from its first check to its last.

    `outlet, day, received, level, expected, spread, score, failed, checked`. `level` is the median of the outlet's last
    twelve whole weeks before the day, `expected` the part of it that falls on this weekday, by the mean of those of
    these weeks that had between half and twice of it; both are null under four weeks. A week with a day on which no
    feed answered is left out. `score` is how far received lies from expected, in standard deviations of a count (F. J.
    Anscombe, "The transformation of Poisson, binomial and negative-binomial data", Biometrika 35, 1948), or of the
    outlet's own days where these spread wider, which `spread` tells. `checked` is 0 on a day on which nobody looked.
    """
    days = _calendar(articles, checks).with_columns(_whole_days())
    weeks = range(1, HISTORY + 1)
    before = [pl.col("whole").rolling_sum(7, min_samples=7).shift(7 * week - 6).over("outlet") for week in weeks]
    same = [pl.col("whole").shift(7 * week).over("outlet") for week in weeks]
    days = days.with_columns(
        *(total.alias(f"before{week}") for week, total in zip(weeks, before, strict=True)),
        *(count.alias(f"same{week}") for week, count in zip(weeks, same, strict=True)),
    )
    known = pl.concat_list(f"before{week}" for week in weeks).list.drop_nulls()
    return (
        days.with_columns(level=pl.when(known.list.len() >= LEAST).then(known.list.median()))
        .with_columns(part=pl.mean_horizontal(map(_part, weeks)).fill_null(0.0).fill_nan(0.0))
        # Rounded, so that the order of adding does not show.
        .with_columns(expected=(pl.col("level") * pl.col("part")).round(6))
        .with_columns(raw=_distance(pl.col("received"), pl.col("expected")))
        .with_columns(spread=_spread())
        .with_columns(score=pl.col("raw") / pl.col("spread"))
        .select("outlet", "day", "received", "level", "expected", "spread", "score", "failed", "checked")
    )


def _calendar(articles: pl.DataFrame, checks: pl.DataFrame) -> pl.DataFrame:
    """`outlet, day, received, failed, checked`, without a gap from an outlet's first check to its last."""
    received = articles.lazy().filter(pl.col("day").is_not_null()).group_by("outlet", "day").agg(received=pl.len())
    return (
        checks.lazy()
        .group_by("outlet")
        .agg(day=pl.date_range(pl.col("day").min(), pl.col("day").max()))
        .explode("day", empty_as_null=False, keep_nulls=False)
        .join(checks.lazy().select("outlet", "day", "failed", "checked"), on=["outlet", "day"], how="left")
        .join(received.cast({"outlet": pl.String}), on=["outlet", "day"], how="left")
        .with_columns(pl.col("received", "failed", "checked").fill_null(0).cast(pl.Int64))
        .select("outlet", "day", "received", "failed", "checked")
        .sort("outlet", "day")
        .collect()
    )


def _whole_days() -> pl.Expr:
    """What was received on a day on which at least one feed answered; null on another."""
    return pl.when(pl.col("checked") > pl.col("failed")).then("received").alias("whole")


def _part(week: int) -> pl.Expr:
    """The part of a week's articles that fell on this weekday; a week far from the median tells no rhythm."""
    whole, level = pl.col(f"before{week}"), pl.col("level")
    usual = (whole > 0) & (whole >= level / 2) & (whole <= level * 2)
    return pl.when(usual).then(pl.col(f"same{week}") / whole)


def _distance(received: pl.Expr, expected: pl.Expr) -> pl.Expr:
    return 2 * ((received + 0.375).sqrt() - (expected + 0.375).sqrt())


def _spread() -> pl.Expr:
    """How wide the outlet's own days spread, of the eight weeks before; at least as a count by chance does."""
    usual = pl.col("raw").abs().shift(1).rolling_median(56, min_samples=14).over("outlet")
    return pl.max_horizontal(pl.lit(1.0), (1.4826 * usual).fill_null(1.0))


def periods(days: pl.DataFrame, every: Every, complete_to: date) -> pl.DataFrame:
    """The days of `by_day` by period: `outlet, date, received, expected, score, state, judged, failed, dark, days`.

    `received` and `expected` are sums over the `judged` days: those with enough history that were over, the last of
    them `complete_to`, and on which some feed answered; where none is, `received` is of all. `failed` is the days on
    which some feed failed, `dark` those on which none answered. The state is one of State: no answer where all days are
    dark, and not checked where nobody looked on any.
    """
    known = pl.col("judged") > 0
    return (
        _summed(days, every, complete_to)
        .with_columns(state=_state())
        .select(
            "outlet",
            "date",
            received=pl.when(known).then("received").otherwise("all").cast(pl.Int64),
            expected=pl.when(known).then(pl.col("expected").round(6)),
            score=pl.when(known).then("score"),
            state="state",
            judged="judged",
            failed="failed",
            dark="dark",
            days="days",
        )
        .sort("outlet", "date")
        .collect()
    )


def _summed(days: pl.DataFrame, every: Every, complete_to: date) -> pl.LazyFrame:
    """The sums of `periods`, and on how many days somebody `looked`, and how many of these are `over`."""
    over = (pl.col("day") <= complete_to) & (pl.col("checked") > 0)
    answered = pl.col("failed") < pl.col("checked")
    judged = over & answered & pl.col("expected").is_not_null()
    period = pl.col("day") if every == "day" else pl.col("day").dt.truncate({"week": "1w", "month": "1mo"}[every])
    return (
        days.lazy()
        .group_by("outlet", date=period)
        .agg(
            judged=judged.sum().cast(pl.Int64),
            all=pl.col("received").sum(),
            received=pl.col("received").filter(judged).sum(),
            expected=pl.col("expected").filter(judged).sum(),
            spread=pl.col("spread").filter(judged).median(),
            dark=_DARK,
            failed=((pl.col("failed") > 0) & answered).sum().cast(pl.Int64),
            looked=(pl.col("checked") > 0).sum(),
            over=over.sum(),
            days=pl.len().cast(pl.Int64),
        )
        .with_columns(score=_distance(pl.col("received"), pl.col("expected")) / pl.col("spread"))
    )


def _state() -> pl.Expr:
    score = pl.col("score")
    return (
        pl.when(pl.col("looked") == 0)
        .then(pl.lit("not checked"))
        .when(pl.col("over") == 0)
        .then(pl.lit("unfinished"))
        .when(pl.col("dark") >= pl.col("over"))
        .then(pl.lit("no answer"))
        .when(pl.col("judged") == 0)
        .then(pl.lit("learning"))
        .when(score <= -FAR)
        .then(pl.lit("far less"))
        .when(score <= -UNUSUAL)
        .then(pl.lit("less"))
        .when(score >= FAR)
        .then(pl.lit("far more"))
        .when(score >= UNUSUAL)
        .then(pl.lit("more"))
        .otherwise(pl.lit("usual"))
    )


def alarms(days: pl.DataFrame, last: date) -> pl.DataFrame:
    """The outlets that are silent, or give less than half or more than twice what they should, up to the day `last`.

    `outlet, kind, since, days, received, expected, dark`, what strays farthest first. `kind` is silent (nothing since),
    less or more. `days` are those from `since` on, `dark` those of them on which no feed answered. A silence counts
    from the outlet's last article, against the rhythm that it had until then; a change from the day within the last
    four weeks from which on it is clearest. Each is at least four standard deviations off, so that chance alone makes
    hardly one; an outlet that is no longer checked on the last day is not told.
    """
    known = days.filter(pl.col("day") <= last)
    checked = known.filter(pl.col("day") == last, pl.col("checked") > 0).select("outlet")
    known = known.join(checked, on="outlet", how="semi")
    silent, changed = _silent(known), _changed(known, last)
    return (
        pl.concat([silent, changed.join(silent, on="outlet", how="anti")])
        .sort(pl.col("score").abs(), "outlet", descending=[True, False])
        .drop("score")
    )


_DARK = ((pl.col("failed") > 0) & (pl.col("failed") == pl.col("checked"))).sum().cast(pl.Int64)


def _silent(known: pl.DataFrame) -> pl.DataFrame:
    """Who had articles once and has none since, where that is longer than chance."""
    heard = known.filter(pl.col("received") > 0).group_by("outlet").agg(heard=pl.col("day").max())
    quiet = known.join(heard, on="outlet").filter(pl.col("day") > pl.col("heard"))
    # The days after it stopped lower what is expected, bit by bit: the first week still has the old rhythm.
    first_week = (pl.col("day") - pl.col("heard")) <= timedelta(days=7)
    return (
        quiet.group_by("outlet")
        .agg(
            since=pl.col("day").min(),
            days=pl.len().cast(pl.Int64),
            received=pl.lit(0, pl.Int64),
            rate=pl.col("expected").filter(first_week).mean(),
            spread=pl.col("spread").sort_by("day").first(),
            dark=_DARK,
        )
        .with_columns(expected=(pl.col("rate") * pl.col("days")).round(6))
        .with_columns(score=_distance(pl.col("received"), pl.col("expected")) / pl.col("spread"))
        .filter(pl.col("score") <= -FAR)
        .with_columns(kind=pl.lit("silent"))
        .select(*_ALARM)
    )


def _changed(known: pl.DataFrame, last: date) -> pl.DataFrame:
    """Who gives less than half or more than twice since some day of the last four weeks, without a break."""
    recent = known.filter(pl.col("day") > last - timedelta(days=RECENT), pl.col("expected").is_not_null())
    since = recent.sort("outlet", "day", descending=[False, True]).with_columns(
        received=pl.col("received").cum_sum().over("outlet"), expected=pl.col("expected").cum_sum().over("outlet")
    )
    few, many = pl.col("received") * 2 <= pl.col("expected"), pl.col("received") >= pl.col("expected") * 2
    sides = [
        since.with_columns(kind=pl.lit(kind)).filter(strays.cast(pl.Int8).cum_min().over("outlet") == 1)
        for kind, strays in (("less", few), ("more", many))
    ]
    off = pl.concat(sides).with_columns(score=_distance(pl.col("received"), pl.col("expected")) / pl.col("spread"))
    clearest = (
        # Of equal ones the later, so that days off, on which nothing is expected, begin no change.
        off.sort(pl.col("score").abs().round(9), "day", descending=True)
        .unique("outlet", keep="first", maintain_order=True)
        .filter(pl.col("score").abs() >= FAR)
        .select("outlet", "kind", "received", pl.col("expected").round(6), "score", since="day")
    )
    counted = (
        known.join(clearest.select("outlet", "since"), on="outlet")
        .filter(pl.col("day") >= pl.col("since"))
        .group_by("outlet")
        .agg(dark=_DARK, days=pl.len().cast(pl.Int64))
    )
    return clearest.join(counted, on="outlet").select(*_ALARM)


_ALARM = ("outlet", "kind", "since", "days", "received", "expected", "dark", "score")
