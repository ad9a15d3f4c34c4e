"""Pictures of an actor's mean tone over time, with its 95 % interval; see `charts`."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

from dashboard import break_charts, charts, outage_charts
from dashboard.charts import Drawn, Every, Spec
from dashboard.theme import Palette

TONE_HEIGHT = 150


def tone(colours: Palette, every: Every) -> Spec:
    """One actor's mean tone with its 95 % band, before the others' in grey, on the scale that all of them share.

    A click selects the nearest point: the selection `picked`, of the field `at`.
    Data sets: `own` and `others`, parts of `tones`; `frame` from `tone_frame`, `outages`, `stripes` and `rules` as in
    `volume`, of which the words of `outages` may be left out: the chart of volume tells them.
    """
    spec = _tone(colours)
    *others, points = spec["layer"]
    told = [charts.when(every), *_TONE_TOLD]
    click = {"type": "point", "fields": ["at"], "on": "click", "nearest": True, "toggle": False}
    points = {
        **points,
        "mark": {**points["mark"], "cursor": "pointer"},
        "encoding": {**points["encoding"], "tooltip": told},
        "params": [{"name": "picked", "select": click}],
    }
    return {**spec, "layer": [*others, points]}


@lru_cache(maxsize=4)
def _tone(colours: Palette) -> Spec:
    x = charts.time_axis(colours, "at:T", room=85)
    axis = alt.Axis(format="+.1f", tickCount=4, labelExpr="datum.value == 0 ? '0' : replace(datum.label, '-', '−')")
    scale = alt.Scale(nice=False)
    y = alt.Y("tone:Q", title=None, axis=axis, scale=scale)
    own, others = alt.Chart(alt.NamedData("own")), alt.Chart(alt.NamedData("others"))
    zero = alt.Chart(alt.NamedData("frame")).mark_rule(color=colours.muted, strokeDash=[2, 2])
    whole, unfinished = "datum.part === 'whole'", "datum.part !== 'whole'"
    chart = alt.layer(
        *outage_charts.layers(colours, room=85, told=False),
        charts.corners(x, alt.Y("value:Q", title=None, axis=axis, scale=scale)),
        others.mark_line(color=colours.muted, opacity=0.28, strokeWidth=1).encode(x=x, y=y, detail="actor:N"),
        zero.encode(y=alt.datum(0)),
        own.transform_filter("!datum.joint")
        .mark_area(opacity=0.2)
        .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=charts.COLOUR),
        own.transform_filter(whole).mark_line(strokeWidth=2).encode(x=x, y=y, color=charts.COLOUR),
        own.transform_filter(unfinished)
        .mark_line(strokeWidth=2, strokeDash=[2, 3])
        .encode(x=x, y=y, color=charts.COLOUR, detail="part:N"),
        # A lone point has no width for a band: its interval is an upright line.
        own.transform_filter("datum.alone")
        .mark_rule(strokeWidth=3, opacity=0.3)
        .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=charts.COLOUR),
        own.transform_filter("datum.alone").mark_circle(size=26).encode(x=x, y=y, color=charts.COLOUR),
        *break_charts.layers(colours, x),
        break_charts.reach(x),
        own.transform_filter("datum.measured").mark_circle(size=160, opacity=0).encode(x=x, y=y),
        height=TONE_HEIGHT,
    )
    return charts.finished(chart, colours)


_TONE_TOLD = (
    charts.told("tone", "Mean tone", "+.3f"),
    charts.told("low", "95 % from", "+.3f"),
    charts.told("high", "to", "+.3f"),
    charts.told("stories", "Stories", ","),
    charts.told("mentions", "Scored mentions", ","),
)


PORTRAIT_HEIGHT = 210


@lru_cache(maxsize=16)
def portrait(colours: Palette, every: Every) -> Spec:
    """The same of one actor alone, higher. Data sets as there."""
    return {**tone(colours, every), "height": PORTRAIT_HEIGHT}


def tones(measured: pl.DataFrame, known: tuple[date, date], every: Every, actors: Sequence[Drawn]) -> pl.DataFrame:
    """What `tone` draws: `actor, at, when, tone, low, high, stories, mentions, part, measured, joint, alone, colour`.

    From `actor, date, tone, low, high, mentions, stories`; parts as in `lines`. A point on fewer than ten stories is
    blank, and so is a period without a row: both break the line. `joint` marks the rows that come again,
    `alone` a whole point without a whole neighbour, which a line would not show.
    """
    enough = pl.col("stories") >= charts.FEWEST_STORIES
    values = [pl.when(enough).then(pl.col(name)).alias(name) for name in ("tone", "low", "high")]
    rows = charts.in_parts(_without_gaps(measured, every).with_columns(values), known, every)
    is_point = rows["measured"].to_numpy()
    has_tone = rows["tone"].is_not_null().to_numpy()
    solid = (is_point & has_tone & (rows["part"] == "whole").to_numpy())[is_point]
    alone = np.zeros(len(is_point), np.bool_)
    alone[is_point] = solid & ~_beside(solid, rows["actor"].rle_id().to_numpy()[is_point])
    return rows.select(
        "actor",
        charts.at("date"),
        charts.words("date"),
        *("tone", "low", "high", "stories", "mentions", "part"),
        pl.Series("measured", is_point & has_tone),
        pl.Series("joint", ~is_point),
        pl.Series("alone", alone),
        charts.coloured(rows["actor"], actors),
    )


def _beside(solid: NDArray[np.bool_], actor: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which points have a solid one of the same actor before or after them."""
    found = np.zeros(len(solid), np.bool_)
    same = actor[1:] == actor[:-1]
    found[1:] |= solid[:-1] & same
    found[:-1] |= solid[1:] & same
    return found


def _without_gaps(measured: pl.DataFrame, every: Every) -> pl.DataFrame:
    """The rows, and empty ones for the periods between an actor's first and last that have none."""
    rows = measured.sort("actor", "date")
    day, actor = rows["date"].cast(pl.Int32).to_numpy(), rows["actor"].rle_id().to_numpy()
    if ((day[1:] == charts.last_days(day, every)[:-1] + 1) | (actor[1:] != actor[:-1])).all():
        return rows
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    return rows.upsample("date", every=step, group_by="actor", maintain_order=True)


def tone_frame(drawn: pl.DataFrame) -> pl.DataFrame:
    """The corners that all tone charts share: `at, value`; at least from -0.2 to +0.2, the same above and below 0."""
    if drawn.is_empty():
        return pl.DataFrame(schema=charts.FRAME)
    reach = max(
        0.2, *(abs(float(v)) for name in ("tone", "low", "high") for v in drawn[name].drop_nulls().to_list() or [0.0])
    )
    reach = min(1.0, reach * 1.05)
    return pl.DataFrame({"at": [drawn["at"].min(), drawn["at"].max()], "value": [-reach, reach]}, schema=charts.FRAME)
