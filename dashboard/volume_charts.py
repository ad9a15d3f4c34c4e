"""Pictures of volume over time, with names at the ends of the lines and the numbers of peaks; see `charts`."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

import altair as alt
import numpy as np
import polars as pl

from dashboard import break_charts, charts, outage_charts
from dashboard.charts import Drawn, Every, Form, Spec
from dashboard.theme import Palette

VOLUME_HEIGHT = 260
_LABEL_GAP = 17


def volume(actors: Sequence[Drawn], colours: Palette, form: Form, every: Every) -> Spec:
    """A line an actor, with its name at the end; the unfinished period dashed, days without a look hatched.

    Data sets: `lines` from `lines`, `ends` and `frame` from `ends`, `marks` from `marks`, `outages` from `stretches`,
    `stripes` from `stripes`, `rules` from `rules`. A click selects the nearest point: the selection `picked`, of the
    fields `at` and `actor`.
    """
    spec = _volume(colours, form)
    number = "," if form == "count" else ".2%"
    told = [charts.when(every)]
    told += [charts.told(f"of{place}", actor.label, number) for place, actor in enumerate(actors)]
    *others, hover, reach = spec["layer"]
    transform = [*hover["transform"], *_beside(actors)]
    hover = {**hover, "transform": transform, "encoding": {**hover["encoding"], "tooltip": told}}
    return {**spec, "layer": [*others, hover, reach]}


def _beside(actors: Sequence[Drawn]) -> list[Spec]:
    """Transforms that give each point the values of all actors at its time, as `of0`, `of1` ..."""
    places = range(len(actors))
    own = [
        {"calculate": f"datum.actor === {json.dumps(actor.key)} ? datum.value : null", "as": f"of{place}"}
        for place, actor in zip(places, actors, strict=True)
    ]
    of_all = [{"op": "max", "field": f"of{place}", "as": f"of{place}"} for place in places]
    return [*own, {"joinaggregate": of_all, "groupby": ["at"]}]


@lru_cache(maxsize=8)
def _volume(colours: Palette, form: Form) -> Spec:
    x = charts.time_axis(colours, "at:T")
    counts = form == "count"
    axis = alt.Axis(format="~s" if counts else ".2~%", tickCount=4, tickMinStep=1 if counts else alt.Undefined)
    y = alt.Y("value:Q", title=None, axis=axis, scale=alt.Scale(nice=False))
    hover = alt.selection_point(
        name="hover", fields=["at"], nearest=True, on="pointerover", clear="pointerout", empty=False
    )
    lines = alt.Chart(alt.NamedData("lines"))
    whole = lines.transform_filter("datum.part === 'whole'").mark_line(strokeWidth=2, interpolate="monotone")
    unfinished = lines.transform_filter("datum.part !== 'whole'").mark_line(strokeWidth=2, strokeDash=[2, 3])
    points = (
        lines.transform_filter("datum.measured")
        .mark_circle(size=46, opacity=1)
        .encode(x=x, y=y, color=charts.COLOUR, opacity=alt.condition(hover, alt.value(1), alt.value(0)))
    )
    rule = (
        lines.transform_filter("datum.measured")
        .transform_aggregate(groupby=["at"])
        .mark_rule(color=colours.muted)
        .encode(x=x, opacity=alt.condition(hover, alt.value(0.6), alt.value(0)))
    )
    click = alt.selection_point(name="picked", fields=["at", "actor"], nearest=True, on="click", toggle=False)
    reached = (
        lines.transform_filter("datum.measured")
        .mark_circle(size=160, opacity=0, cursor="pointer")
        .encode(x=x, y=y)
        .add_params(hover, click)
    )
    chart = alt.layer(
        *outage_charts.layers(colours),
        charts.corners(x, y),
        whole.encode(x=x, y=y, color=charts.COLOUR, detail="actor:N"),
        unfinished.encode(x=x, y=y, color=charts.COLOUR, detail=["actor:N", "part:N"]),
        points,
        _end_labels(x),
        *break_charts.layers(colours, x),
        *_numbers(colours, x),
        rule,
        reached,
        break_charts.reach(x),
        height=VOLUME_HEIGHT,
    )
    return charts.finished(chart, colours)


def _end_labels(x: alt.X) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("ends"))
        .mark_text(align="left", dx=8, fontSize=12, fontWeight=600)
        .encode(x=x, y=alt.Y("value:Q", title=None), text="text:N", color=charts.COLOUR)
    )
    return chart


def _numbers(colours: Palette, x: alt.X) -> list[alt.Chart]:
    """The numbers of peaks in their circles, each with a line to the point that it stands over."""
    rows = alt.Chart(alt.NamedData("marks"))
    y = alt.Y("value:Q", title=None)
    leader = rows.mark_rule(strokeWidth=1).encode(x=x, y=y, y2="foot:Q", color=charts.COLOUR)
    circle = rows.mark_point(shape="circle", size=270, filled=True, fill=colours.background, opacity=1, strokeWidth=1.5)
    number = rows.mark_text(color=colours.ink, fontSize=11, fontWeight=600, baseline="middle", dy=0.5)
    stroke = alt.Stroke("colour:N", legend=None, scale=None)
    return [leader, circle.encode(x=x, y=y, stroke=stroke), number.encode(x=x, y=y, text="number:N")]


def lines(
    volumes: pl.DataFrame, column: str, known: tuple[date, date], every: Every, actors: Sequence[Drawn]
) -> pl.DataFrame:
    """What `volume` draws: `at, when, actor, value, part, measured, colour`, from `actor, date` and `column`.

    `known` is the first and the last day looked at in full. A period that reaches outside is unfinished: its `part` is
    start or end, not whole. Its stretch of line ends at the whole period beside it, whose row comes again for that,
    with `measured` false. A period without a value breaks the line; before the first one and after the last there is no
    line.
    """
    rows = volumes.select("actor", "date", value=pl.col(column).cast(pl.Float64)).sort("actor", "date")
    drawn = charts.in_parts(_from_first_to_last(rows), known, every)
    return drawn.select(
        charts.at("date"), charts.words("date"), pl.exclude("date"), charts.coloured(drawn["actor"], actors)
    )


def _from_first_to_last(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of each actor from its first value to its last."""
    has, actor = rows["value"].is_not_null().to_numpy(), rows["actor"].rle_id().to_numpy()
    known = np.flatnonzero(has)
    first, last = (np.searchsorted(actor[known], actor, side) for side in ("left", "right"))
    place = np.arange(len(actor))
    # Between the first and the last place of its own actor that has a value.
    inside = last > first
    inside[inside] &= (known[first[inside]] <= place[inside]) & (place[inside] <= known[last[inside] - 1])
    return rows if inside.all() else rows.filter(pl.Series(inside))


def ends(drawn: pl.DataFrame, actors: Sequence[Drawn], room: float = 0.0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where the names at the line ends stand, and how high the picture is: `(ends, frame)`.

    `room` is the part of the picture above the lines that is kept free, for `marks`. `ends` is `actor, at, value, text,
    colour`, highest first, no two closer than a line of text; `frame` is `at, value`, the corners of the picture. Both
    are empty when nothing is drawn.
    """
    if drawn.is_empty():
        return pl.DataFrame(schema=_ENDS), pl.DataFrame(schema=charts.FRAME)
    drawn = drawn.drop_nulls("value")
    top = _top(drawn, room)
    rows = sorted(drawn.select("at", "actor", "value", "colour").rows(), key=lambda row: row[0])
    last = sorted({row[1]: row for row in rows}.values(), key=lambda row: -row[2])
    label = {actor.key: actor.label for actor in actors}
    heights = spread([row[2] for row in last], _LABEL_GAP / VOLUME_HEIGHT * top, 0.0, top)
    placed = pl.DataFrame(
        [
            (actor, rows[-1][0], height, label.get(actor, actor), colour)
            for (_, actor, _, colour), height in zip(last, heights, strict=True)
        ],
        schema=_ENDS,
        orient="row",
    )
    corners = pl.DataFrame({"at": [drawn["at"].min(), drawn["at"].max()], "value": [0.0, top]}, schema=charts.FRAME)
    return placed, corners


_ENDS = pl.Schema({"actor": pl.String, "at": pl.Float64, "value": pl.Float64, "text": pl.String, "colour": pl.String})


def _top(drawn: pl.DataFrame, room: float) -> float:
    return max(1e-9, float(drawn["value"].max() or 0)) * 1.08 / (1 - room)  # type: ignore[arg-type]


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The values, falling, moved apart as little as needed so that no two are closer than `gap`, within low and high.

    >>> spread([10.0, 9.0, 2.0], 2.0, 0.0, 12.0)
    [10.5, 8.5, 2.0]
    """
    groups: list[list[float]] = []  # each: sum of values, count
    for value in values:
        groups.append([value, 1.0])
        while len(groups) > 1 and _foot(groups[-2], gap) - _head(groups[-1], gap) < gap:
            total, count = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + count]
    placed = [_head(group, gap) - step * gap for group in groups for step in range(int(group[1]))]
    return _within(placed, gap, low, high)


def _head(group: list[float], gap: float) -> float:
    return group[0] / group[1] + (group[1] - 1) / 2 * gap


def _foot(group: list[float], gap: float) -> float:
    return group[0] / group[1] - (group[1] - 1) / 2 * gap


def _within(placed: list[float], gap: float, low: float, high: float) -> list[float]:
    for index, value in enumerate(placed):
        placed[index] = min(value, high if index == 0 else placed[index - 1] - gap)
    for index in range(len(placed) - 1, -1, -1):
        floor = low if index == len(placed) - 1 else placed[index + 1] + gap
        placed[index] = max(placed[index], floor)
    return placed


def marks(peaks: pl.DataFrame, drawn: pl.DataFrame, every: Every) -> tuple[pl.DataFrame, float]:
    """Where the numbers of peaks stand: `number, at, value, foot, colour`, and the room for them above the lines.

    `peaks` is `number, actor, day`, `drawn` comes from `lines`. A number stands over its point (the foot), or as much
    higher as keeps it clear of the others in a picture as narrow as a phone's. A peak without a point has no mark.
    """
    feet = _feet(peaks, drawn, every)
    rows = feet.select("number", "at", "foot", "colour").rows()
    # Higher marks need more room, which moves all feet down: a few steps settle it.
    room, placed = 0.0, [0.0] * len(rows)
    for _step in range(30 if rows else 0):
        scale = _LEAST_HEIGHT / _top(drawn, room)
        placed = _stacked([(at, foot * scale) for _, at, foot, _ in rows], charts.duration(drawn))
        if max(placed) + _MARK / 2 <= _LEAST_HEIGHT:
            break
        room += 0.025
    values = [height * _top(drawn, room) / _LEAST_HEIGHT for height in placed]
    return feet.with_columns(value=pl.Series(values, dtype=pl.Float64)).select(*_MARKS), room


_MARKS = ("number", "at", "value", "foot", "colour")


def _feet(peaks: pl.DataFrame, drawn: pl.DataFrame, every: Every) -> pl.DataFrame:
    """The peaks with the point of the line that each stands on: `number, at, foot, colour`, the lowest first."""
    # A page has few peaks: looked up one by one they take a fifth of what joined frames do.
    points = drawn.select("actor", "at", "colour", "value", "measured").iter_rows()
    foot = {(actor, at): (value, colour) for actor, at, colour, value, measured in points if measured}
    told = [(number, at, *foot.get((actor, at), (None, None))) for number, actor, at in _moments(peaks, every)]
    rows = sorted((row for row in told if row[2] is not None), key=lambda row: (row[2], row[0]))
    return pl.DataFrame(rows, schema=_FEET, orient="row")


def _moments(peaks: pl.DataFrame, every: Every) -> Iterator[tuple[int, str, float]]:
    """Number and actor of each peak, and when the period begins in which it lies, in milliseconds since 1970."""
    for number, actor, day in peaks.select("number", "actor", "day").iter_rows():
        back = {"day": 0, "week": day.weekday(), "month": day.day - 1}[every]
        yield number, actor, (day.toordinal() - back - _DAY_0) * 864e5


_DAY_0 = date(1970, 1, 1).toordinal()
_FEET = pl.Schema({"number": pl.UInt32, "at": pl.Float64, "foot": pl.Float64, "colour": pl.String})


def _stacked(feet: Sequence[tuple[float, float]], width: float) -> list[float]:
    """How high the marks of these feet (moment, pixels) stand: none within a mark's size of another.

    >>> _stacked([(0.0, 10.0), (0.0, 12.0), (50.0, 10.0)], 100.0)
    [26.0, 46.0, 26.0]
    """
    placed: list[tuple[float, float]] = []
    for at, foot in feet:
        height = foot + _OVER
        for there, taken in sorted(placed, key=lambda one: one[1]):
            if abs(there - at) < _MARK_PART * width and abs(taken - height) < _MARK:
                height = taken + _MARK
        placed.append((at, height))
    return [height for _, height in placed]


#: A mark's size and its height over its foot in pixels, and its part of the width of a phone's picture.
_MARK, _OVER, _MARK_PART = 20.0, 16.0, 0.1


#: The picture without its axis.
_LEAST_HEIGHT = VOLUME_HEIGHT - 45


def highest(volumes: pl.DataFrame, column: str) -> pl.DataFrame:
    """Each actor's highest period: `actor, date, value`, the earlier of equal ones; without one that is 0."""
    found = volumes.select("actor", "date", value=pl.col(column).cast(pl.Float64)).filter(pl.col("value") > 0)
    highest = found.sort("value", "date", descending=[True, False]).unique("actor", keep="first", maintain_order=True)
    return highest.sort("value", "actor", descending=[True, False])
