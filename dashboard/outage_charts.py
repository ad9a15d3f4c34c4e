"""Pictures of days on which feeds failed: hatched on charts of time, and a row an outlet; see `charts`."""

from datetime import timedelta
from functools import lru_cache

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import Spec
from dashboard.theme import Palette


def layers(colours: Palette, room: int = 110, told: bool = True) -> list[alt.Chart]:
    """Days that are incomplete: a tint, and stripes, which also a reader who sees no colours sees.

    A pointer finds the days and outlets of the tint where they are `told`, which takes words for each stretch.
    """
    x = charts.time_axis(colours, "start:T", room)
    tint = alt.Chart(alt.NamedData("outages")).mark_rect(color=colours.muted, opacity=0.1).encode(x=x, x2="end:T")
    if told:
        tint = tint.encode(
            tooltip=[alt.Tooltip("days:N", title="Feeds failed"), alt.Tooltip("outlets:N", title="Outlets")]
        )
    lean = alt.Chart(alt.NamedData("stripes")).mark_rule(color=colours.muted, opacity=0.35, tooltip=None)
    return [tint, lean.encode(x=x, x2="end:T", y=alt.value("height"), y2=alt.value(0))]


def stretches(outages: pl.DataFrame) -> pl.DataFrame:
    """Days on which feeds failed, for hatching: `start, end, days, outlets`; neighbouring days are one stretch.

    From `outlet, day, failed, checked` (rows with `failed` 0 are good days and left out).
    """
    bad = outages.filter(pl.col("failed") > 0)
    if bad.is_empty():
        return pl.DataFrame(schema=_STRETCHES)
    days = bad.select(pl.col("day").unique().sort())
    runs = days.with_columns(run=(pl.col("day").diff().dt.total_days().fill_null(1) != 1).cum_sum())
    named = bad.join(runs.select("day", "run"), on="day")
    return (
        named.group_by("run")
        .agg(first=pl.col("day").min(), last=pl.col("day").max(), outlets=pl.col("outlet").unique().sort())
        .sort("run")
        .select(
            charts.at("first", "start"),
            (pl.col("last") + timedelta(days=1)).cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64).alias("end"),
            days=charts.span("first", "last"),
            outlets=pl.when(pl.col("outlets").list.len() > 4)
            .then(
                pl.concat_str(
                    pl.col("outlets").list.head(3).list.join(", "),
                    pl.format(" and {} more", pl.col("outlets").list.len() - 3),
                )
            )
            .otherwise(pl.col("outlets").list.join(", ")),
        )
    )


_STRETCHES = pl.Schema({"start": pl.Float64, "end": pl.Float64, "days": pl.String, "outlets": pl.String})


def stripes(hatched: pl.DataFrame, width: timedelta, number: int) -> pl.DataFrame:
    """The stripes of stretches: `start, end`, as many over the whole `width` of the picture as `number` says.

    A stripe leans by one step to the right; a stretch shorter than a step has one that crosses it.
    """
    step = max(1.0, width / timedelta(milliseconds=1) / number)
    rows = [
        (start + place * step, min(end, start + (place + 1) * step))
        for start, end in hatched.select("start", "end").iter_rows()
        for place in range(max(1, int((end - start) / step)))
    ]
    return pl.DataFrame(rows, schema={"start": pl.Float64, "end": pl.Float64}, orient="row")


def failures(outages: pl.DataFrame) -> pl.DataFrame:
    """When each outlet's feeds failed: `outlet, first, last`, neighbouring days as one row; the latest first.

    From `outlet, day, failed, checked`.
    """
    days = outages.filter(pl.col("failed") > 0).sort("outlet", "day")
    broken = (pl.col("day").diff().dt.total_days() != 1).fill_null(True).over("outlet")
    return (
        days.with_columns(run=broken.cum_sum().over("outlet"))
        .group_by("outlet", "run")
        .agg(first=pl.col("day").min(), last=pl.col("day").max())
        .select("outlet", "first", "last")
        .sort("last", "first", "outlet", descending=[True, True, False])
    )


def outages(outlets: int, colours: Palette) -> Spec:
    """A row an outlet, a cell a day: looked at, partly failed, or failed. Data set: `days` from `checks`."""
    return {**_outages(colours), "height": 22 * outlets + charts.AXIS}


@lru_cache(maxsize=4)
def _outages(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("days"))
    scale = alt.Scale(
        domain=["all feeds answered", "some feeds failed", "no feed answered"],
        range=[colours.sequential[0], "#E3A48D" if colours.kind == "light" else "#8A5340", colours.negative],
    )
    cells = rows.mark_rect(cornerRadius=1, stroke=colours.background, strokeWidth=1).encode(
        x=charts.time_axis(colours, "start:T", room=70),
        x2="end:T",
        y=alt.Y("outlet:N", title=None, axis=charts.name_axis(colours, room=200)),
        color=alt.Color("state:N", legend=None, scale=scale),
        tooltip=[
            alt.Tooltip("outlet:N", title="Outlet"),
            alt.Tooltip("when:N", title="Day"),
            alt.Tooltip("state:N", title="State"),
            alt.Tooltip("failed:Q", title="Failed checks", format=","),
            alt.Tooltip("checked:Q", title="of checks", format=","),
        ],
    )
    return charts.finished(cells, colours)


def checks(outages: pl.DataFrame) -> pl.DataFrame:
    """What `outages` draws: `outlet, when, start, end, state, failed, checked`, from `outlet, day, failed, checked`."""
    state = (
        pl.when(pl.col("failed") == 0)
        .then(pl.lit("all feeds answered"))
        .when(pl.col("failed") < pl.col("checked"))
        .then(pl.lit("some feeds failed"))
        .otherwise(pl.lit("no feed answered"))
    )
    start = charts.at("day", "start")
    return outages.sort("outlet", "day").select(
        "outlet",
        charts.words("day"),
        start,
        (start + 86_400_000.0).alias("end"),
        state.alias("state"),
        "failed",
        "checked",
    )
