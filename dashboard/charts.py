"""What all charts share: their words, the actor as drawn, axes, colours, and the spec that comes of a chart.

A chart is a picture of a small table, as a Vega-Lite spec; no module of charts knows streamlit, filters, or asks the
archive anything. A spec is built and validated once for each theme and kept, because building a chart costs a hundred
times what its data cost. All that changes from view to view comes with the rows: they are named data sets, and an
actor's colour and label are columns of them. What a chart draws has to be laid out first (which stretch of a line is
unfinished, where a label finds room): those functions stand below their chart, and take and give frames.

Each kind of picture has its module: `volume_charts`, `tone_charts`, `share_charts`, `pair_charts`, `change_charts`,
`outage_charts`, `outlet_charts`, `model_charts`; `break_charts` has the rules that charts of time share.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import altair as alt
import numpy as np
import polars as pl
from numpy.typing import NDArray

from dashboard.terse import terse
from dashboard.theme import Palette
from data import resampling

Spec = dict[str, Any]
Every = Literal["day", "week", "month"]
Form = Literal["count", "ratio"]

#: Under this many stories a mean is not drawn.
FEWEST_STORIES = resampling.FEWEST
#: Pixels that the days take below a picture: a height holds what stands there.
AXIS = 30
#: The corners of a picture.
FRAME = pl.Schema({"at": pl.Float64, "value": pl.Float64})
#: The ends of the room that words need beside bars, as columns of the rows.
EDGES = ("low", "high")


@dataclass(frozen=True)
class Drawn:
    """An actor as a chart shows it: key, label and the colour it has in this theme, as hex."""

    key: str
    label: str
    colour: str


def finished(chart: alt.LayerChart | alt.FacetChart | alt.Chart, colours: Palette) -> Spec:
    """The chart as a validated spec, in this theme's colours and the page's font."""
    dressed = (
        chart.properties(padding={"left": 0, "right": 4, "top": 6, "bottom": 4})
        # A reader of the screen is told the chart's alt and has its table; the marks would be noise to him.
        .configure(font="Inter, sans-serif", background="transparent", aria=False)
        .configure_mark(aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=colours.muted,
            labelFontSize=12,
            gridColor=colours.grid,
            domain=False,
            ticks=False,
            labelPadding=6,
        )
    )
    return terse(dressed.to_dict())


def time_axis(colours: Palette, field: str, room: int = 110) -> alt.X:
    """The time axis, in UTC, with a tick for each `room` pixels; ticks of weeks are on Mondays, where weeks begin."""
    axis = alt.Axis(
        grid=False,
        labelFlush=True,
        labelOverlap=True,
        tickCount=alt.ExprRef(f"max(2, floor(width / {room}))"),
        values=alt.ExprRef(_mondays(room)),
        # Rows are days or longer: an hour on the axis would mean nothing.
        tickMinStep=86_400_000,
        format={"year": "%Y", "quarter": "%b", "month": "%b", "week": "%-d %b", "day": "%-d %b", "date": "%-d %b"},
        domain=True,
        domainColor=colours.border,
    )
    return alt.X(field, title=None, scale=alt.Scale(type="utc"), axis=axis)


def _mondays(room: int) -> str:
    """All Mondays up to the last day drawn, where ticks would stand a week apart; else none: the axis finds its own.

    Its own weeks begin on Sundays. It takes weeks from 3.7 to 14.5 days a tick: nearer to 7 than to 2 and to 30, by
    ratio (d3-time, ticks.js), and leaves out what lies before the first day. A week is 6048e5 milliseconds, and the
    first Monday of all the fifth day of 1970.
    """
    apart = f"span(domain('x'))/max(2,floor(width/{room}))"
    # Of a moment one can only take away: what is added to it would be text.
    return f"inrange({apart},[3.2e8,1.26e9])?sequence(3456e5,domain('x')[1]- -1,6048e5):null"


def name_axis(colours: Palette, room: int = 150) -> alt.Axis:
    """The names beside rows, in `room` pixels."""
    return alt.Axis(
        ticks=False,
        domain=False,
        grid=False,
        labelLimit=room,
        labelPadding=10,
        labelColor=colours.ink,
        labelFontSize=13,
    )


#: The colour stands in the rows, so that one spec serves all actors.
COLOUR = alt.Color("colour:N", legend=None, scale=None)


def coloured(actor: pl.Series, actors: Sequence[Drawn]) -> pl.Series:
    """The column `colour`, of the actor of each row."""
    colour = {one.key: one.colour for one in actors}
    return pl.Series("colour", [colour.get(key) for key in actor], dtype=pl.String)


def corners(x: alt.X, y: alt.Y) -> alt.Chart:
    """Points that nobody sees, which stretch the scales to the corners that the layout chose."""
    chart: alt.Chart = alt.Chart(alt.NamedData("frame")).mark_point(opacity=0).encode(x=x, y=y)
    return chart


def told(field: str, title: str, number_format: str) -> Spec:
    """A line of a tooltip. Brackets and dots of a field's name would be a path."""
    plain = re.sub(r"([.\[\]\\'\"])", r"\\\1", field)
    return {"field": plain, "title": title, "type": "quantitative", "format": number_format}


def when(every: Every) -> Spec:
    """The line of a tooltip that has the period."""
    # The day stands in the rows as words: Vega would tell it in the reader's zone, a day early west of Greenwich.
    return {"field": "when", "title": every.capitalize(), "type": "nominal"}


def words(day: str) -> pl.Expr:
    """A day as a reader writes it, in the column `when`."""
    return pl.col(day).dt.strftime("%d %b %Y").alias("when")


def span(first: str, last: str) -> pl.Expr:
    """Two days as a reader writes them; one where they are the same."""
    one, other = (pl.col(name).dt.strftime("%d %b %Y") for name in (first, last))
    return pl.when(pl.col(first) == pl.col(last)).then(one).otherwise(pl.concat_str(one, pl.lit(" – "), other))


def at(day: str, name: str = "at") -> pl.Expr:
    """A day as milliseconds since 1970 in a float, which every browser reads as the same moment, whatever its zone."""
    return pl.col(day).cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64).alias(name)


def duration(drawn: pl.DataFrame) -> float:
    """The time that the picture spans, in milliseconds."""
    moments: list[float] = drawn["at"].to_list()
    return max([1.0, *moments]) - min(moments, default=0.0)


def in_parts(rows: pl.DataFrame, known: tuple[date, date], every: Every) -> pl.DataFrame:
    """The rows, sorted by `actor, date`, with `part` and `measured`, and the joints between the parts.

    `known` is the first and the last day looked at in full. A period that reaches outside is unfinished: its `part` is
    start or end, not whole. Its stretch of line ends at the whole period beside it, whose row comes again for that,
    with `measured` false.
    """
    first, last = (np.datetime64(day, "D").astype(np.int64) for day in known)
    day, actor = rows["date"].cast(pl.Int32).to_numpy(), rows["actor"].rle_id().to_numpy()
    part = np.where(last_days(day, every) > last, _END, np.where(day < first, _START, _WHOLE))
    after = (part[1:] == _WHOLE) & (part[:-1] == _START) & (actor[1:] == actor[:-1])
    before = (part[:-1] == _WHOLE) & (part[1:] == _END) & (actor[1:] == actor[:-1])
    joints = np.flatnonzero(after) + 1, np.flatnonzero(before)
    place = np.concatenate([np.arange(len(part)), *joints])
    parts = np.concatenate([part, *(np.full(len(some), of) for some, of in zip(joints, (_START, _END), strict=True))])
    order = np.lexsort((parts, place))
    return rows[place[order]].with_columns(
        part=_PARTS.gather(parts[order]), measured=pl.Series(order < len(part), dtype=pl.Boolean)
    )


#: In the order of the alphabet, as the rows of one period stand.
_END, _START, _WHOLE = range(3)
_PARTS = pl.Series(["end", "start", "whole"])


def last_days(day: NDArray[np.int32], every: Every) -> NDArray[np.int64]:
    """The last day of each period that begins on a `day`; both are days since 1970."""
    if every == "month":
        return (day.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(np.int64) - 1
    return day.astype(np.int64) + (6 if every == "week" else 0)
