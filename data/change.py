"""The change of an actor's tone or volume between two periods, taken apart by outlet.

Pure functions of frames: `hot` is the frame of `queries.enriched`, `readings` are those of `queries.narrow` or the rows
of that table.
"""

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import polars as pl

from data import queries
from data.filters import Filters

Measure = Literal["tone", "lexicon_tone", "attention", "volume"]

#: The first and the last day, in UTC.
Period = tuple[date, date]


@dataclass(frozen=True, eq=False)
class Change:
    """A change and its four terms, `within + mix + gained + lost == after - before`, and what each outlet adds to them.

    `within`: the outlets of both periods changed themselves. `mix`: the same outlets have other weights. `gained` and
    `lost`: outlets of which only the later, or only the earlier, period has any article, whoever it names. The terms
    are None where one of the periods has no value.

    `outlets`: `outlet, weight_before, weight_after, value_before, value_after, within, mix, gained, lost, total`, the
    greatest totals first; each term is the sum of its column. `counts`: `period, mentions, scored, unsure, not_scored`,
    a row for before and one for after; the last three add up to `mentions`.
    """

    measure: Measure
    before: float | None
    after: float | None
    within: float | None
    mix: float | None
    gained: float | None
    lost: float | None
    outlets: pl.DataFrame
    counts: pl.DataFrame


def taken_apart(
    hot: pl.DataFrame,
    readings: pl.DataFrame,
    filters: Filters,
    before: Period,
    after: Period,
    measure: Measure = "tone",
) -> Change:
    """The change from the period `before` to the period `after`, in the unit of the measure.

    Tone is the mean of the scored mentions: an outlet's value is its mean tone, its weight its part of those mentions.
    Attention is mentions over articles collected: the value is the outlet's own attention, the weight its part of the
    articles. Volume is mentions a day, over the days on which anything was collected: the value is the outlet's
    attention again, the weight its articles a day.

    Mentions that are unsure or not scored count in attention and volume, and in no tone. The days of the filters give
    way to the periods. Of several actors, all mentions count.
    """
    early, late = (_side(hot, readings, _in(filters, period), measure) for period in (before, after))
    old, new = _whole(early), _whole(late)
    outlets = _by_outlet(early, late, _zero(old, new, measure), known=old is not None and new is not None)
    terms = {term: _sum(outlets[term]) if old is not None and new is not None else None for term in _TERMS}
    counts = [
        _counts(hot, _in(filters, period), name, measure) for name, period in zip(_NAMES, (before, after), strict=True)
    ]
    return Change(measure, old, new, **terms, outlets=outlets, counts=pl.concat(counts))


_TERMS = ("within", "mix", "gained", "lost")
_NAMES = ("before", "after")
_TONES = ("tone", "lexicon_tone")
_OUTLET = pl.col("outlet").cast(pl.String)


def _in(filters: Filters, period: Period) -> Filters:
    return replace(filters, from_day=period[0], to_day=period[1])


def _side(hot: pl.DataFrame, readings: pl.DataFrame, filters: Filters, measure: Measure) -> pl.DataFrame:
    """Each outlet with articles: `outlet, weight, value`; the value is null where the weight is 0.

    The sum of weight * value is the measure of the whole.
    """
    read = readings if "day" in readings.columns else queries.narrow(readings)
    press = read.filter(filters.articles())
    tone = pl.col(_tone(measure))
    named = (
        hot.filter(filters.mentions()).group_by(_OUTLET).agg(mentions=pl.len(), scored=tone.count(), tones=tone.sum())
    )
    size, total = ("scored", "tones") if measure in _TONES else ("articles", "mentions")
    unit = pl.lit(press["day"].n_unique()) if measure == "volume" else pl.col(size).sum()
    weighs = pl.col(size) > 0
    return (
        press.group_by(_OUTLET)
        .agg(articles=pl.len())
        .join(named, on="outlet", how="left")
        .with_columns(pl.exclude("outlet").fill_null(0).cast(pl.Float64))
        .select(
            "outlet",
            weight=pl.when(weighs).then(pl.col(size) / unit).otherwise(0.0),
            value=pl.when(weighs).then(pl.col(total) / pl.col(size)),
        )
    )


def _tone(measure: Measure) -> str:
    return measure if measure in _TONES else "tone"


def _whole(side: pl.DataFrame) -> float | None:
    """The sum of weight * value; None where nothing has a weight."""
    return _sum(side["weight"] * side["value"]) if _sum(side["weight"]) else None


def _sum(values: pl.Series) -> float:
    # Exact, so that the order of the rows, which differs from time to time, does not show.
    return math.fsum(values.drop_nulls())


def _zero(old: float | None, new: float | None, measure: Measure) -> float:
    """The value that changes nothing when it gains weight: the mean of both wholes.

    The weights of volume are amounts and no parts of 1: there more of anything is more, and only 0 changes nothing.
    """
    return 0.0 if measure == "volume" or old is None or new is None else (old + new) / 2


def _by_outlet(early: pl.DataFrame, late: pl.DataFrame, zero: float, known: bool) -> pl.DataFrame:
    """The rows of `Change.outlets`.

    The midpoints of E. M. Kitagawa, "Components of a difference between two rates", Journal of the American Statistical
    Association 50 (1955), with outlets that come or go measured against the mean of both periods, as firms are in Z.
    Griliches and H. Regev, "Firm productivity in Israeli industry 1979-1988", Journal of Econometrics 65 (1995). So it
    does not matter which period is called the first (all signs turn, gained and lost change places), nor where the
    scale of tone has its zero.
    """
    value_before, value_after = pl.col("value_before"), pl.col("value_after")
    # An outlet without a value in one of the periods has no weight there either: its weight is all that changed.
    first, second = pl.coalesce(value_before, value_after), pl.coalesce(value_after, value_before)
    weight = (pl.col("weight_before") + pl.col("weight_after")) / 2
    more = pl.col("weight_after") - pl.col("weight_before")
    by_weight = ((first + second) / 2 - zero) * more
    terms = {
        "within": pl.when("was", "is").then(weight * (second - first)),
        "mix": pl.when("was", "is").then(by_weight),
        "gained": pl.when(~pl.col("was")).then(by_weight),
        "lost": pl.when(~pl.col("is")).then(by_weight),
    }
    return (
        early.select("outlet", weight_before="weight", value_before="value", was=pl.lit(True))
        .join(
            late.select("outlet", weight_after="weight", value_after="value", **{"is": pl.lit(True)}),
            on="outlet",
            how="full",
            coalesce=True,
        )
        .with_columns(pl.col("was", "is").fill_null(False), pl.col("weight_before", "weight_after").fill_null(0.0))
        .filter(pl.col("weight_before") + pl.col("weight_after") > 0)
        .with_columns(
            **{term: value.fill_null(0.0) if known else pl.lit(None, pl.Float64) for term, value in terms.items()}
        )
        .with_columns(total=pl.sum_horizontal(_TERMS, ignore_nulls=False))
        .drop("was", "is")
        .sort(pl.col("total").abs(), "outlet", descending=[True, False], nulls_last=True)
    )


def _counts(hot: pl.DataFrame, filters: Filters, name: str, measure: Measure) -> pl.DataFrame:
    """`period, mentions, scored, unsure, not_scored` of one period."""
    tone = pl.col(_tone(measure))
    # The lexicon knows no doubt: the confidence beside it is that of the model.
    unsure = tone.is_null() & pl.col("confidence").is_not_null() & (measure != "lexicon_tone")
    return hot.filter(filters.mentions()).select(
        period=pl.lit(name),
        mentions=pl.len().cast(pl.Int64),
        scored=tone.count().cast(pl.Int64),
        unsure=unsure.sum().cast(pl.Int64),
        not_scored=(tone.is_null() & ~unsure).sum().cast(pl.Int64),
    )
