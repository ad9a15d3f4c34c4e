"""Pictures of small tables, as Vega-Lite specs: no streamlit, no filtering, no question asked of the archive.

A spec is built and validated once for each theme and kept, because building a chart costs a hundred times what its
data cost. All that changes from view to view comes with the rows: they are named data sets, and an actor's colour and
label are columns of them. What a chart draws has to be laid out first (which stretch of a line is unfinished, where a
label finds room): those functions stand below their chart, and take and give frames.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

import altair as alt
import polars as pl

from dashboard.terse import terse
from dashboard.theme import Palette
from data import resampling

Spec = dict[str, Any]
Every = Literal["day", "week", "month"]
Form = Literal["count", "ratio"]

#: Under this many stories a mean is not drawn.
FEWEST_STORIES = resampling.FEWEST
VOLUME_HEIGHT = 260
TONE_HEIGHT = 150
_LABEL_GAP = 17
# Heights hold what stands under the picture: the days, or the names at a slant.
_AXIS = 30
_NAMES_BELOW = 95


@dataclass(frozen=True)
class Drawn:
    """An actor as a chart shows it: key, label and the colour it has in this theme, as hex."""

    key: str
    label: str
    colour: str


# --- Volume -----------------------------------------------------------------------------------------------------------


def volume(actors: Sequence[Drawn], colours: Palette, form: Form, every: Every) -> Spec:
    """A line an actor, with its name at the end; the unfinished period dashed, days without a look hatched.

    Data sets: `lines` from `lines`, `ends` and `frame` from `ends`, `marks` from `marks`, `outages` from `stretches`,
    `stripes` from `stripes`, `rules` from `rules`. A click selects the nearest period: the selection `picked`, of the
    field `at`.
    """
    spec = _volume(colours, form)
    number = "," if form == "count" else ".2%"
    told = [_when(every)]
    told += [_told(actor.key, actor.label, number) for actor in actors]
    *others, hover, reach = spec["layer"]
    hover = {**hover, "encoding": {**hover["encoding"], "tooltip": told}}
    return {**spec, "layer": [*others, hover, reach]}


def _told(field: str, title: str, number_format: str) -> Spec:
    """A line of a tooltip. Brackets and dots of a field's name would be a path."""
    plain = re.sub(r"([.\[\]\\'\"])", r"\\\1", field)
    return {"field": plain, "title": title, "type": "quantitative", "format": number_format}


def _when(every: Every) -> Spec:
    # The day stands in the rows as words: Vega would tell it in the reader's zone, a day early west of Greenwich.
    return {"field": "when", "title": every.capitalize(), "type": "nominal"}


@lru_cache(maxsize=8)
def _volume(colours: Palette, form: Form) -> Spec:
    x = _time(colours, "at:T")
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
        .encode(x=x, y=y, color=_COLOUR, opacity=alt.condition(hover, alt.value(1), alt.value(0)))
    )
    rule = (
        lines.transform_filter("datum.measured")
        .transform_pivot("actor", value="value", groupby=["at", "when"])
        .mark_rule(color=colours.muted, cursor="pointer")
        .encode(x=x, opacity=alt.condition(hover, alt.value(0.6), alt.value(0)))
        .add_params(hover, alt.selection_point(name="picked", fields=["at"], nearest=True, on="click", toggle=False))
    )
    chart = alt.layer(
        *_hatching(colours),
        _corners(x, y),
        whole.encode(x=x, y=y, color=_COLOUR, detail="actor:N"),
        unfinished.encode(x=x, y=y, color=_COLOUR, detail=["actor:N", "part:N"]),
        points,
        _end_labels(x),
        *_breaks(colours, x),
        *_numbers(colours, x),
        rule,
        _reach(x),
        height=VOLUME_HEIGHT,
    )
    return _finished(chart, colours)


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
    has = pl.col("value").is_not_null()
    inside = (has.cum_sum().over("actor") > 0) & (has.cum_sum(reverse=True).over("actor") > 0)
    return _in_parts(rows.filter(inside), known, every).select(
        _at("date"), _words("date"), pl.exclude("date"), _colour(actors)
    )


def _in_parts(rows: pl.DataFrame, known: tuple[date, date], every: Every) -> pl.DataFrame:
    """The rows with `part` and `measured`, and the joints between the parts."""
    first, last = known
    end = pl.col("date").dt.offset_by({"day": "1d", "week": "1w", "month": "1mo"}[every]).dt.offset_by("-1d")
    part = pl.when(end > last).then(pl.lit("end")).when(pl.col("date") < first).then(pl.lit("start"))
    parted = rows.with_columns(part=part.otherwise(pl.lit("whole")), measured=True).sort("actor", "date")
    is_whole = pl.col("part") == "whole"
    joints = [
        parted.filter(is_whole & (pl.col("part").shift(step).over("actor") == side)).with_columns(
            part=pl.lit(side), measured=False
        )
        for side, step in (("start", 1), ("end", -1))
    ]
    return pl.concat([parted, *joints]).sort("actor", "date", "part")


def ends(drawn: pl.DataFrame, actors: Sequence[Drawn], room: float = 0.0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where the names at the line ends stand, and how high the picture is: `(ends, frame)`.

    `room` is the part of the picture above the lines that is kept free, for `marks`. `ends` is `actor, at, value, text,
    colour`, highest first, no two closer than a line of text; `frame` is `at, value`, the corners of the picture. Both
    are empty when nothing is drawn.
    """
    if drawn.is_empty():
        return pl.DataFrame(schema=_ENDS), pl.DataFrame(schema=_FRAME)
    drawn = drawn.drop_nulls("value")
    top = _top(drawn, room)
    last = drawn.sort("at").group_by("actor", maintain_order=True).last().sort("value", descending=True)
    label = {actor.key: actor.label for actor in actors}
    placed = pl.DataFrame(
        {
            "actor": last["actor"],
            "at": [drawn["at"].max()] * last.height,
            "value": spread(last["value"].to_list(), _LABEL_GAP / VOLUME_HEIGHT * top, 0.0, top),
            "text": [label.get(key, key) for key in last["actor"]],
            "colour": last["colour"],
        },
        schema=_ENDS,
    )
    corners = pl.DataFrame({"at": [drawn["at"].min(), drawn["at"].max()], "value": [0.0, top]}, schema=_FRAME)
    return placed, corners


def _top(drawn: pl.DataFrame, room: float) -> float:
    return max(1e-9, float(drawn["value"].max() or 0)) * 1.08 / (1 - room)  # type: ignore[arg-type]


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
        placed = _stacked([(at, foot * scale) for _, at, foot, _ in rows], _width(drawn))
        if max(placed) + _MARK / 2 <= _LEAST_HEIGHT:
            break
        room += 0.025
    values = [height * _top(drawn, room) / _LEAST_HEIGHT for height in placed]
    return feet.with_columns(value=pl.Series(values, dtype=pl.Float64)).select(*_MARKS), room


def _feet(peaks: pl.DataFrame, drawn: pl.DataFrame, every: Every) -> pl.DataFrame:
    """The peaks with the point of the line that each stands on: `number, at, foot, colour`, the lowest first."""
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    at = peaks.with_columns(pl.col("day").dt.truncate(step)).select("number", "actor", _at("day"))
    points = drawn.filter("measured").drop_nulls("value").select("actor", "at", "colour", foot="value")
    return at.join(points, on=["actor", "at"]).sort("foot", "number")


def rules(breaks: pl.DataFrame, frame: pl.DataFrame, low: bool = False) -> pl.DataFrame:
    """Where the reading changed: `at, text, row, low, side, when, before, after`, from `of, date, before, after`.

    `frame` holds the corners of the picture. Breaks that lie close are one rule; of many rules the latest are drawn.
    A text stands to the side where there is room, in a row of its own where another one is near, and at the foot of the
    picture where it is `low`.
    """
    if frame.is_empty() or breaks.is_empty():
        return pl.DataFrame(schema=_RULES)
    first, width = float(frame["at"].min()), _width(frame)  # type: ignore[arg-type]
    inside = breaks.with_columns(_at("date")).filter(pl.col("at").is_between(first, first + width)).sort("at", "of")
    groups: list[list[dict[str, Any]]] = []
    for row in inside.iter_rows(named=True):
        if not groups or row["at"] - groups[-1][0]["at"] > _CLOSE * width:
            groups.append([])
        groups[-1].append(row)
    rows: list[dict[str, Any]] = []
    for group in groups[-MOST_RULES:]:
        at = group[0]["at"]
        near = bool(rows) and at - rows[-1]["at"] < _TEXT_WIDTH * width
        side = "left" if at - first > width / 2 else "right"
        place = {"at": at, "row": rows[-1]["row"] + 1 if near else 0, "low": low, "side": side}
        rows.append({**place, **_changed(group)})
    return pl.DataFrame(rows, schema=_RULES)


#: How many rules a chart has; breaks closer than this part of its width are one, and texts so near are in two rows.
MOST_RULES, _CLOSE, _TEXT_WIDTH = 3, 0.04, 0.4


def _changed(group: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What one rule says of its breaks: `text, when, before, after`."""
    kinds = sorted({row["of"] for row in group})
    before = {kind: next(row["before"] for row in group if row["of"] == kind) for kind in kinds}
    after = {row["of"]: row["after"] for row in group}
    days = sorted({row["date"] for row in group})
    return {
        "text": f"new {' and '.join(kinds)}" if len(group) == len(kinds) else f"{len(group)} changes of reading",
        "when": " – ".join(f"{day:%d %b %Y}" for day in dict.fromkeys((days[0], days[-1]))),
        "before": "; ".join(f"{kind} {before[kind]}" for kind in kinds),
        "after": "; ".join(f"{kind} {after[kind]}" for kind in kinds),
    }


def _width(drawn: pl.DataFrame) -> float:
    """The time that the picture spans, in milliseconds."""
    moments: list[float] = drawn["at"].to_list()
    return max([1.0, *moments]) - min(moments, default=0.0)


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
            _at("first", "start"),
            (pl.col("last") + timedelta(days=1)).cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64).alias("end"),
            days=_span("first", "last"),
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


def highest(volumes: pl.DataFrame, column: str) -> pl.DataFrame:
    """Each actor's highest period: `actor, date, value`, the earlier of equal ones; without one that is 0."""
    found = volumes.select("actor", "date", value=pl.col(column).cast(pl.Float64)).filter(pl.col("value") > 0)
    highest = found.sort("value", "date", descending=[True, False]).unique("actor", keep="first", maintain_order=True)
    return highest.sort("value", "actor", descending=[True, False])


# --- Tone -------------------------------------------------------------------------------------------------------------


def tone(colours: Palette, every: Every) -> Spec:
    """One actor's mean tone with its 95 % band, before the others' in grey, on the scale that all of them share.

    Data sets: `own` and `others`, parts of `tones`; `frame` from `tone_frame`, `outages`, `stripes` and `rules` as in
    `volume`, of which the words of `outages` may be left out: the chart of volume tells them.
    """
    spec = _tone(colours)
    *others, points = spec["layer"]
    told = [_when(every), *_TONE_TOLD]
    points = {**points, "encoding": {**points["encoding"], "tooltip": told}}
    return {**spec, "layer": [*others, points]}


@lru_cache(maxsize=4)
def _tone(colours: Palette) -> Spec:
    x = _time(colours, "at:T", room=85)
    axis = alt.Axis(format="+.1f", tickCount=4, labelExpr="datum.value == 0 ? '0' : replace(datum.label, '-', '−')")
    scale = alt.Scale(nice=False)
    y = alt.Y("tone:Q", title=None, axis=axis, scale=scale)
    own, others = alt.Chart(alt.NamedData("own")), alt.Chart(alt.NamedData("others"))
    zero = alt.Chart(alt.NamedData("frame")).mark_rule(color=colours.muted, strokeDash=[2, 2])
    whole, unfinished = "datum.part === 'whole'", "datum.part !== 'whole'"
    chart = alt.layer(
        *_hatching(colours, room=85, told=False),
        _corners(x, alt.Y("value:Q", title=None, axis=axis, scale=scale)),
        others.mark_line(color=colours.muted, opacity=0.28, strokeWidth=1).encode(x=x, y=y, detail="actor:N"),
        zero.encode(y=alt.datum(0)),
        own.transform_filter("!datum.joint")
        .mark_area(opacity=0.2)
        .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=_COLOUR),
        own.transform_filter(whole).mark_line(strokeWidth=2).encode(x=x, y=y, color=_COLOUR),
        own.transform_filter(unfinished)
        .mark_line(strokeWidth=2, strokeDash=[2, 3])
        .encode(x=x, y=y, color=_COLOUR, detail="part:N"),
        # A lone point has no width for a band: its interval is an upright line.
        own.transform_filter("datum.alone")
        .mark_rule(strokeWidth=3, opacity=0.3)
        .encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q", color=_COLOUR),
        own.transform_filter("datum.alone").mark_circle(size=26).encode(x=x, y=y, color=_COLOUR),
        *_breaks(colours, x),
        _reach(x),
        own.transform_filter("datum.measured").mark_circle(size=160, opacity=0).encode(x=x, y=y),
        height=TONE_HEIGHT,
    )
    return _finished(chart, colours)


def tones(measured: pl.DataFrame, known: tuple[date, date], every: Every, actors: Sequence[Drawn]) -> pl.DataFrame:
    """What `tone` draws: `actor, at, when, tone, low, high, stories, mentions, part, measured, joint, alone, colour`.

    From `actor, date, tone, low, high, mentions, stories`; parts as in `lines`. A point on fewer than ten stories is
    blank, and so is a period without a row: both break the line. `joint` marks the rows that come again,
    `alone` a whole point without a whole neighbour, which a line would not show.
    """
    enough = pl.col("stories") >= FEWEST_STORIES
    values = [pl.when(enough).then(pl.col(name)).alias(name) for name in ("tone", "low", "high")]
    rows = _in_parts(_without_gaps(measured, every).with_columns(values), known, every)
    points = rows.filter("measured").with_columns(joint=False, solid=_SOLID)
    before, after = (pl.col("solid").shift(step, fill_value=False).over("actor") for step in (1, -1))
    points = points.with_columns(alone=pl.col("solid") & ~before & ~after)
    joints = rows.filter(~pl.col("measured")).with_columns(joint=True, solid=False, alone=False)
    columns = ["tone", "low", "high", "stories", "mentions", "part", "measured", "joint", "alone"]
    drawn = pl.concat([points, joints]).sort("actor", "date", "part")
    return drawn.with_columns(measured=pl.col("measured") & pl.col("tone").is_not_null()).select(
        "actor", _at("date"), _words("date"), *columns, _colour(actors)
    )


_SOLID = pl.col("tone").is_not_null() & (pl.col("part") == "whole")


def _without_gaps(measured: pl.DataFrame, every: Every) -> pl.DataFrame:
    """The rows, and empty ones for the periods between an actor's first and last that have none."""
    if measured.is_empty():
        return measured
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    return measured.sort("actor", "date").upsample("date", every=step, group_by="actor", maintain_order=True)


def tone_frame(drawn: pl.DataFrame) -> pl.DataFrame:
    """The corners that all tone charts share: `at, value`; at least from -0.2 to +0.2, the same above and below 0."""
    if drawn.is_empty():
        return pl.DataFrame(schema=_FRAME)
    reach = max(
        0.2, *(abs(float(v)) for name in ("tone", "low", "high") for v in drawn[name].drop_nulls().to_list() or [0.0])
    )
    reach = min(1.0, reach * 1.05)
    return pl.DataFrame({"at": [drawn["at"].min(), drawn["at"].max()], "value": [-reach, reach]}, schema=_FRAME)


# --- Parts and pairs --------------------------------------------------------------------------------------------------


def share_of_voice(number: int, colours: Palette) -> Spec:
    """A bar an actor, longest first, with its share and its mentions in words. Data set: `shares`."""
    return {**_share_of_voice(colours), "height": 38 * number}


@lru_cache(maxsize=4)
def _share_of_voice(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("shares"))
    y = alt.Y("label:N", title=None, sort=None, axis=_name_axis(colours))
    x = alt.X("share:Q", title=None, axis=None, scale=alt.Scale(nice=False))
    bars = rows.mark_bar(cornerRadius=3, height=20).encode(
        x=x,
        y=y,
        color=_COLOUR,
        tooltip=[
            alt.Tooltip("label:N", title="Actor"),
            alt.Tooltip("share:Q", title="Share", format=".1%"),
            alt.Tooltip("mentions:Q", title="Mentions", format=","),
        ],
    )
    words = rows.mark_text(align="left", dx=8, color=colours.ink, fontSize=13).encode(x=x, y=y, text="words:N")
    room = rows.mark_point(opacity=0).encode(x=alt.X("room:Q", title=None), y=y)
    return _finished(alt.layer(bars, words, room), colours)


def shares(voices: pl.DataFrame, actors: Sequence[Drawn]) -> pl.DataFrame:
    """What `share_of_voice` draws: `actor, label, share, mentions, words, room, colour`.

    From `actor, mentions, share`; longest first.
    """
    label = {actor.key: actor.label for actor in actors}
    return (
        voices.sort("share", "actor", descending=[True, False], nulls_last=True)
        .with_columns(
            label=pl.col("actor").replace_strict(label, default=pl.col("actor"), return_dtype=pl.String),
            share=pl.col("share").fill_null(0.0),
        )
        .with_columns(
            words=pl.struct("share", "mentions").map_elements(
                lambda row: f"{row['share']:.0%} · {row['mentions']:,}", return_dtype=pl.String
            ),
            # The longest bar leaves a third of the picture to its words.
            room=pl.col("share").max() * 1.5,
        )
        .select("actor", "label", "share", "mentions", "words", "room", _colour(actors))
    )


def balance(number: int, colours: Palette) -> Spec:
    """A bar an actor: negative left of the middle, positive right, neutral across; outlined, what has no tone.

    Data set: `parts`.
    """
    return {**_balance(colours), "height": 38 * number}


@lru_cache(maxsize=4)
def _balance(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("parts"))
    y = alt.Y("label:N", title=None, sort=None, axis=_name_axis(colours))
    axis = alt.Axis(labels=False, ticks=False, domain=False, grid=False)
    x = alt.X("start:Q", title=None, scale=alt.Scale(nice=False, zero=False), axis=axis)
    colour = {"negative": colours.negative, "neutral": colours.neutral, "positive": colours.positive}
    bars = rows.transform_filter("datum.scored").mark_bar(height=24)
    # Striped and empty: what is no tone is no colour either.
    unsure = rows.transform_filter("datum.part === 'unsure'").mark_bar(height=24, fill=_stripes(colours))
    not_scored = rows.transform_filter("datum.part === 'not_scored'").mark_bar(
        height=23, fillOpacity=0, stroke=colours.muted, strokeWidth=1
    )
    told = [
        alt.Tooltip("label:N", title="Actor"),
        alt.Tooltip("name:N", title="Tone"),
        alt.Tooltip("count:Q", title="Mentions", format=","),
        alt.Tooltip("share:Q", title="Share", format=".1%"),
        alt.Tooltip("of:N", title="of"),
    ]
    scale = alt.Scale(domain=list(colour), range=list(colour.values()))
    light = colours.kind == "light"
    inside = alt.condition(
        "datum.part === 'negative' || datum.part === 'positive'",
        alt.value("#FFFFFF" if light else "#14171C"),
        alt.value(colours.ink),
    )
    # On a phone a part may be too narrow for its number; the tooltip has it.
    room = alt.ExprRef("abs(scale('x', datum.end) - scale('x', datum.start)) < 28 ? 0 : 1")
    words = (
        rows.transform_filter("datum.scored")
        .mark_text(fontSize=12, opacity=room)
        .encode(x=alt.X("middle:Q", title=None, axis=axis), y=y, text="words:N", color=inside)
    )
    beside = rows.mark_text(fontSize=12, align="left", dx=5, color=colours.muted).encode(
        x=alt.X("end:Q", title=None, axis=axis), y=y, text="beside:N"
    )
    middle = rows.mark_rule(color=colours.muted).encode(x=alt.datum(0))
    corners = [rows.mark_point(opacity=0).encode(x=alt.X(f"{end}:Q", title=None, axis=axis), y=y) for end in _ROOM]
    chart = alt.layer(
        middle,
        bars.encode(x=x, x2="end:Q", y=y, color=alt.Color("part:N", legend=None, scale=scale), tooltip=told),
        *(part.encode(x=x, x2="end:Q", y=y, tooltip=told) for part in (unsure, not_scored)),
        words,
        beside,
        *corners,
    )
    return _finished(chart, colours)


def _stripes(colours: Palette) -> alt.LinearGradient:
    """Six level stripes: they stay equally far apart however narrow the bar is."""
    stops = [
        alt.GradientStop(color=colours.muted if place % 2 else colours.background, offset=edge / 12)
        for place in range(12)
        for edge in (place, place + 1)
    ]
    return alt.LinearGradient(gradient="linear", x1=0, x2=0, y1=0, y2=1, stops=stops)


_ROOM = ("low", "high")
_SCORED = ("negative", "neutral", "positive")
#: Between the bars and what has no tone, as a part of a whole bar.
_APART = 0.06


def parts(balances: pl.DataFrame, actors: Sequence[Drawn]) -> pl.DataFrame:
    """What `balance` draws: a row a part, `label, part, name, count, share, of, scored, beside` and where it lies.

    From `actor, negative, neutral, positive, unsure, not_scored, mentions`. The first three are shares of the scored
    mentions, with neutral across the middle, so that a bar leans to where the tone leans; what is unsure and what is
    not scored stands apart at the right, as shares of all mentions, with the numbers `beside` it. What nothing is has
    no row.
    """
    # In the order of the share of voice, which stands above.
    ordered = balances.sort("mentions", "actor", descending=[True, False]).to_dicts()
    label = {actor.key: actor.label for actor in actors}
    toned = [_toned(row) for row in ordered]
    reach = max((abs(one[end]) for row in toned for one in row for end in ("start", "end")), default=0.0)
    rows = [
        one | {"label": label.get(row["actor"], row["actor"])}
        for row, scored in zip(ordered, toned, strict=True)
        for one in (*scored, *_untoned(row, reach + _APART))
    ]
    high = max((one["end"] for one in rows), default=0.0)
    return pl.DataFrame(rows, schema=_PARTS).with_columns(
        middle=(pl.col("start") + pl.col("end")) / 2,
        words=pl.col("share").map_elements(_percent, pl.String),
        low=pl.lit(-reach),
        high=pl.lit(max(high, reach)),
    )


def _toned(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of the scored mentions, from the left."""
    scored = sum(row[part] for part in _SCORED)
    placed, end = [], -(row["negative"] + row["neutral"] / 2) / max(1, scored)
    for part in _SCORED:
        start, share = end, row[part] / max(1, scored)
        end = start + share
        placed.append(_part(row, part, share, f"{scored:,} scored mentions", start))
    return [one for one in placed if one["count"]]


def _untoned(row: Mapping[str, Any], start: float) -> list[dict[str, Any]]:
    """What is unsure and what is not scored, from `start` on."""
    placed = []
    for part in ("unsure", "not_scored"):
        share = row[part] / max(1, row["mentions"])
        placed.append(_part(row, part, share, f"all {row['mentions']:,} mentions", start))
        start += share + (_APART / 4 if share else 0.0)
    there = [one for one in placed if one["count"]]
    beside = " · ".join(_percent(one["share"]) for one in there)
    return [one | {"beside": beside if one is there[-1] else ""} for one in there]


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _part(row: Mapping[str, Any], part: str, share: float, of: str, start: float) -> dict[str, Any]:
    return {
        "part": part,
        "name": part.replace("_", " "),
        "count": row[part],
        "share": share,
        "of": of,
        "scored": part in _SCORED,
        "beside": "",
        "start": start,
        "end": start + share,
    }


_PARTS = pl.Schema(
    {
        "label": pl.String,
        "part": pl.String,
        "name": pl.String,
        "count": pl.Int64,
        "share": pl.Float64,
        "of": pl.String,
        "scored": pl.Boolean,
        "beside": pl.String,
        "start": pl.Float64,
        "end": pl.Float64,
    }
)


def co_mentions(number: int, height: int, colours: Palette) -> Spec:
    """The lower triangle of who is named together, the share in each cell, as high as asked or as its words need.

    Data set: `pairs`.
    """
    return {**_co_mentions(colours), "height": max(height, 27 * (number - 1) + _NAMES_BELOW)}


@lru_cache(maxsize=4)
def _co_mentions(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("pairs"))
    x = alt.X("left:N", title=None, sort=None, axis=alt.Axis(labelAngle=-38, labelLimit=130, grid=False))
    y = alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=150, labelPadding=8, grid=False))
    scale = alt.Scale(range=list(colours.sequential), zero=True)
    cells = rows.mark_rect(cornerRadius=3, stroke=colours.background, strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.Color("share:Q", legend=None, scale=scale),
        tooltip=[
            alt.Tooltip("label:N", title="Actor"),
            alt.Tooltip("left:N", title="named with"),
            alt.Tooltip("articles:Q", title="Articles", format=","),
            alt.Tooltip("share:Q", title="of articles naming either", format=".1%"),
        ],
    )
    # Where the other colour of words has the better contrast with the cell.
    strong, turn = ("#FFFFFF", 0.72) if colours.kind == "light" else ("#0B1018", 0.55)
    words = rows.mark_text(fontSize=12).encode(
        x=x,
        y=y,
        text="words:N",
        color=alt.condition(f"datum.strength > {turn}", alt.value(strong), alt.value(colours.ink)),
    )
    return _finished(alt.layer(cells, words), colours)


def pairs(together: pl.DataFrame, order: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """What `co_mentions` draws: `label, left, articles, share, words, strength`, the lower triangle only.

    From `actor, other, articles, share`, each pair once or in both directions; `order` is (key, label) from the top.
    """
    rank = {key: place for place, (key, _) in enumerate(order)}
    label = dict(order)
    known = together.filter(pl.col("actor").is_in(list(rank)) & pl.col("other").is_in(list(rank)))
    ranked = known.with_columns(
        below=pl.col("actor").replace_strict(rank, return_dtype=pl.Int32),
        right=pl.col("other").replace_strict(rank, return_dtype=pl.Int32),
    ).with_columns(
        upper=pl.min_horizontal("below", "right"),
        lower=pl.max_horizontal("below", "right"),
    )
    once = ranked.filter(pl.col("upper") != pl.col("lower")).unique(["upper", "lower"], keep="first")
    keys = {place: label[key] for key, place in rank.items()}
    percent = pl.col("share") * 100
    return once.sort("lower", "upper").select(
        label=pl.col("lower").replace_strict(keys, return_dtype=pl.String),
        left=pl.col("upper").replace_strict(keys, return_dtype=pl.String),
        articles="articles",
        share="share",
        words=pl.when(pl.col("articles") == 0)
        .then(pl.lit("–"))
        .when(percent < 0.5)
        .then(pl.lit("<1%"))
        .otherwise(pl.format("{}%", percent.round(0).cast(pl.Int32))),
        strength=pl.col("share") / pl.col("share").max(),
    )


def partners(together: pl.DataFrame, actor: str, articles: int, labels: Mapping[str, str]) -> pl.DataFrame:
    """Who else the articles that name an actor name: `label, articles, share`, most first, those never named left out.

    From `actor, other, articles`; the share is of the actor's own `articles`.
    """
    named = together.filter((pl.col("actor") == actor) | (pl.col("other") == actor), pl.col("articles") > 0)
    other = pl.when(pl.col("actor") == actor).then("other").otherwise("actor")
    return named.sort("articles", descending=True, maintain_order=True).select(
        label=other.replace(labels), articles="articles", share=pl.col("articles") / max(1, articles)
    )


# --- A change taken apart ---------------------------------------------------------------------------------------------


def change(colours: Palette, form: Form) -> Spec:
    """From the earlier value step by step to the later one; data set: `steps`. The form is count for a tone."""
    return _change(colours, form)


@lru_cache(maxsize=8)
def _change(colours: Palette, form: Form) -> Spec:
    rows = alt.Chart(alt.NamedData("steps"))
    order = alt.Y("label:N", title=None, sort=None, axis=_name_axis(colours))
    words = "datum.value == 0 ? '0' : replace(datum.label, '-', '−')"
    axis = alt.Axis(format="+.2~f" if form == "count" else ".2~%", tickCount=4, labelExpr=words)
    x = alt.X("start:Q", title=None, scale=alt.Scale(nice=False, zero=False), axis=axis)
    other = {end: alt.X(f"{end}:Q", title=None) for end in ("end", "low", "high", "edge")}
    told = [alt.Tooltip("label:N", title="What"), alt.Tooltip("words:N", title="By"), alt.Tooltip("more:N", title="is")]
    joints = rows.mark_rule(color=colours.muted, strokeDash=[2, 2], opacity=0.7)
    bars = rows.transform_filter("!datum.whole").mark_bar(height=22, cornerRadius=2)
    # A whole is no length from 0, which may lie far away, but a place.
    wholes = rows.transform_filter("datum.whole").mark_point(
        shape="diamond", size=130, filled=True, opacity=1, color=colours.ink
    )
    numbers = rows.mark_text(align="left", dx=9, color=colours.ink, fontSize=13)
    chart = alt.layer(
        joints.encode(x=other["end"], y=order, y2="next:N"),
        bars.encode(x=x, x2="end:Q", y=order, color=_COLOUR, tooltip=told),
        wholes.encode(x=other["end"], y=order, tooltip=told),
        numbers.encode(x=other["edge"], y=order, text="words:N"),
        *(rows.mark_point(opacity=0).encode(x=other[end], y=order) for end in _ROOM),
        height=6 * 38,
    )
    return _finished(chart, colours)


@dataclass(frozen=True)
class Step:
    """A row of `change`: what it is called, its value, that value in words, what it means."""

    label: str
    value: float
    words: str
    more: str


def steps(before: Step, terms: Sequence[Step], after: Step, colours: Palette, tone: bool) -> pl.DataFrame:
    """What `change` draws: `label, start, end, edge, whole, words, more, next, colour, low, high`.

    Each term begins where the one before it ends, and the last one ends at the value of `after`. What raises a tone has
    the colour of what is positive; more attention is nothing good or bad and has another one.
    """
    raises, lowers = (colours.positive, colours.negative) if tone else (colours.primary, colours.muted)
    rows, at = [_step(before, before.value, before.value, True, colours.ink)], before.value
    for term in terms:
        rows.append(_step(term, at, at + term.value, False, raises if term.value >= 0 else lowers))
        at += term.value
    rows.append(_step(after, after.value, after.value, True, colours.ink))
    labels = [row["label"] for row in rows]
    nexts = pl.Series([*labels[1:], labels[-1]])
    least, most = min(row["start"] for row in rows), max(row["edge"] for row in rows)
    least = min(least, *(row["end"] for row in rows))
    reach = (most - least) or abs(most) or 1.0
    # Words stand to the right of the bars.
    return pl.DataFrame(rows).with_columns(
        next=nexts, low=pl.lit(least - 0.06 * reach), high=pl.lit(most + 0.3 * reach)
    )


def _step(step: Step, start: float, end: float, whole: bool, colour: str) -> dict[str, Any]:
    return {
        "label": step.label,
        "start": start,
        "end": end,
        "edge": max(start, end),
        "whole": whole,
        "words": step.words,
        "more": step.more,
        "colour": colour,
    }


# --- Outlets by day ---------------------------------------------------------------------------------------------------


def outages(outlets: int, colours: Palette) -> Spec:
    """A row an outlet, a cell a day: looked at, partly failed, or failed. Data set: `days` from `checks`."""
    return {**_outages(colours), "height": 22 * outlets + _AXIS}


@lru_cache(maxsize=4)
def _outages(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("days"))
    scale = alt.Scale(
        domain=["all feeds answered", "some feeds failed", "no feed answered"],
        range=[colours.sequential[0], "#E3A48D" if colours.kind == "light" else "#8A5340", colours.negative],
    )
    cells = rows.mark_rect(cornerRadius=1, stroke=colours.background, strokeWidth=1).encode(
        x=_time(colours, "start:T", room=70),
        x2="end:T",
        y=alt.Y("outlet:N", title=None, axis=_name_axis(colours, room=200)),
        color=alt.Color("state:N", legend=None, scale=scale),
        tooltip=[
            alt.Tooltip("outlet:N", title="Outlet"),
            alt.Tooltip("when:N", title="Day"),
            alt.Tooltip("state:N", title="State"),
            alt.Tooltip("failed:Q", title="Failed checks", format=","),
            alt.Tooltip("checked:Q", title="of checks", format=","),
        ],
    )
    return _finished(cells, colours)


def checks(outages: pl.DataFrame) -> pl.DataFrame:
    """What `outages` draws: `outlet, when, start, end, state, failed, checked`, from `outlet, day, failed, checked`."""
    state = (
        pl.when(pl.col("failed") == 0)
        .then(pl.lit("all feeds answered"))
        .when(pl.col("failed") < pl.col("checked"))
        .then(pl.lit("some feeds failed"))
        .otherwise(pl.lit("no feed answered"))
    )
    start = _at("day", "start")
    return outages.sort("outlet", "day").select(
        "outlet", _words("day"), start, (start + 86_400_000.0).alias("end"), state.alias("state"), "failed", "checked"
    )


# --- Confidence -------------------------------------------------------------------------------------------------------

RELIABILITY_HEIGHT = 420


@lru_cache(maxsize=8)
def reliability(colours: Palette) -> Spec:
    """How often the model is right, by how confident it is; exact confidence would lie on the dashed line.

    Data sets: `parts` of `confidence, accuracy, low, high, n`; `exact` and `border` from `exact_and_border`.
    """
    axis = alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], titleColor=colours.muted, titleFontWeight=400)
    x = alt.X("confidence:Q", title="confidence", axis=axis, scale=alt.Scale(domain=[0.3, 1]))
    y = alt.Y("accuracy:Q", title="right", axis=axis, scale=alt.Scale(domain=[0, 1]))
    line = alt.Chart(alt.NamedData("exact")).mark_line(color=colours.muted, strokeDash=[3, 4], strokeWidth=1)
    parts = alt.Chart(alt.NamedData("parts"))
    reach = parts.mark_rule(color=colours.primary, strokeWidth=1.5, opacity=0.6)
    told = [
        alt.Tooltip("confidence:Q", title="Mean confidence", format=".1%"),
        alt.Tooltip("accuracy:Q", title="Right", format=".1%"),
        alt.Tooltip("n:Q", title="Items"),
    ]
    point = parts.mark_circle(color=colours.primary, size=60, opacity=1)
    border = alt.Chart(alt.NamedData("border"))
    rule = border.mark_rule(color=colours.muted, strokeWidth=1, opacity=0.6).encode(x=x)
    words = border.mark_text(color=colours.muted, align="right", dx=-5, fontSize=12).encode(x=x, y=y, text="text:N")
    layers = (
        line.encode(x=x, y=y),
        rule,
        words,
        reach.encode(x=x, y=alt.Y("low:Q", title="right"), y2="high:Q"),
        point.encode(x=x, y=y, tooltip=told),
    )
    return _finished(alt.layer(*layers, height=RELIABILITY_HEIGHT), colours)


def exact_and_border(sure: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ends of the dashed line, `confidence, accuracy`; where the model abstains, and `text` there."""
    exact = pl.DataFrame({"confidence": [0.3, 1.0], "accuracy": [0.3, 1.0]})
    return exact, pl.DataFrame({"confidence": [sure], "accuracy": [0.05], "text": ["← abstains"]})


# --- What the charts share --------------------------------------------------------------------------------------------

_TONE_TOLD = (
    _told("tone", "Mean tone", "+.3f"),
    _told("low", "95 % from", "+.3f"),
    _told("high", "to", "+.3f"),
    _told("stories", "Stories", ","),
    _told("mentions", "Scored mentions", ","),
)

_ENDS = pl.Schema({"actor": pl.String, "at": pl.Float64, "value": pl.Float64, "text": pl.String, "colour": pl.String})
_FRAME = pl.Schema({"at": pl.Float64, "value": pl.Float64})
_MARKS = ("number", "at", "value", "foot", "colour")
_RULES = pl.Schema(
    {
        "at": pl.Float64,
        "row": pl.Int64,
        "low": pl.Boolean,
        **dict.fromkeys(("side", "text", "when", "before", "after"), pl.String),
    }
)
_STRETCHES = pl.Schema({"start": pl.Float64, "end": pl.Float64, "days": pl.String, "outlets": pl.String})


def _at(day: str, name: str = "at") -> pl.Expr:
    """A day as milliseconds since 1970 in a float, which every browser reads as the same moment, whatever its zone."""
    return pl.col(day).cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64).alias(name)


def _words(day: str) -> pl.Expr:
    return pl.col(day).dt.strftime("%d %b %Y").alias("when")


def _span(first: str, last: str) -> pl.Expr:
    one, other = (pl.col(name).dt.strftime("%d %b %Y") for name in (first, last))
    return pl.when(pl.col(first) == pl.col(last)).then(one).otherwise(pl.concat_str(one, pl.lit(" – "), other))


#: The colour stands in the rows, so that one spec serves all actors.
_COLOUR = alt.Color("colour:N", legend=None, scale=None)


def _colour(actors: Sequence[Drawn]) -> pl.Expr:
    colour = {actor.key: actor.colour for actor in actors}
    return pl.col("actor").replace_strict(colour, default=None, return_dtype=pl.String).alias("colour")


def _time(colours: Palette, field: str, room: int = 110) -> alt.X:
    """The time axis, in UTC, with a tick for each `room` pixels."""
    axis = alt.Axis(
        grid=False,
        labelFlush=True,
        labelOverlap=True,
        tickCount=alt.ExprRef(f"max(2, floor(width / {room}))"),
        # Rows are days or longer: an hour on the axis would mean nothing.
        tickMinStep=86_400_000,
        format={"year": "%Y", "quarter": "%b", "month": "%b", "week": "%-d %b", "day": "%-d %b", "date": "%-d %b"},
        domain=True,
        domainColor=colours.border,
    )
    return alt.X(field, title=None, scale=alt.Scale(type="utc"), axis=axis)


def _name_axis(colours: Palette, room: int = 150) -> alt.Axis:
    return alt.Axis(
        ticks=False,
        domain=False,
        grid=False,
        labelLimit=room,
        labelPadding=10,
        labelColor=colours.ink,
        labelFontSize=13,
    )


def _corners(x: alt.X, y: alt.Y) -> alt.Chart:
    """Points that nobody sees, which stretch the scales to the corners that the layout chose."""
    chart: alt.Chart = alt.Chart(alt.NamedData("frame")).mark_point(opacity=0).encode(x=x, y=y)
    return chart


def _end_labels(x: alt.X) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("ends"))
        .mark_text(align="left", dx=8, fontSize=12, fontWeight=600)
        .encode(x=x, y=alt.Y("value:Q", title=None), text="text:N", color=_COLOUR)
    )
    return chart


def _breaks(colours: Palette, x: alt.X) -> list[alt.Chart]:
    """The rules where the reading changed, each with a few words that stay readable over lines."""
    rows = alt.Chart(alt.NamedData("rules"))
    right = "datum.side === 'right'"
    words: dict[str, Any] = {
        "align": alt.ExprRef(f"{right} ? 'left' : 'right'"),
        "dx": alt.ExprRef(f"{right} ? 5 : -5"),
        "y": alt.ExprRef("datum.low ? height - 8 - 15 * datum.row : 7 + 15 * datum.row"),
        "fontSize": 11,
        "tooltip": None,
    }
    return [
        rows.mark_rule(color=colours.ink, strokeWidth=1, strokeDash=[5, 3], opacity=0.7).encode(x=x),
        rows.mark_text(**words, color=colours.background, stroke=colours.background, strokeWidth=4).encode(
            x=x, text="text:N"
        ),
        rows.mark_text(**words, color=colours.ink).encode(x=x, text="text:N"),
    ]


def _reach(x: alt.X) -> alt.Chart:
    """What a pointer finds of a rule: more than its pixel, and its versions."""
    told = [
        alt.Tooltip("text:N", title="Here"),
        alt.Tooltip("when:N", title="From"),
        alt.Tooltip("before:N", title="Before"),
        alt.Tooltip("after:N", title="Since"),
    ]
    rows = alt.Chart(alt.NamedData("rules"))
    chart: alt.Chart = rows.mark_rule(strokeWidth=11, opacity=0).encode(x=x, tooltip=told)
    return chart


def _numbers(colours: Palette, x: alt.X) -> list[alt.Chart]:
    """The numbers of peaks in their circles, each with a line to the point that it stands over."""
    rows = alt.Chart(alt.NamedData("marks"))
    y = alt.Y("value:Q", title=None)
    leader = rows.mark_rule(strokeWidth=1).encode(x=x, y=y, y2="foot:Q", color=_COLOUR)
    circle = rows.mark_point(shape="circle", size=270, filled=True, fill=colours.background, opacity=1, strokeWidth=1.5)
    number = rows.mark_text(color=colours.ink, fontSize=11, fontWeight=600, baseline="middle", dy=0.5)
    stroke = alt.Stroke("colour:N", legend=None, scale=None)
    return [leader, circle.encode(x=x, y=y, stroke=stroke), number.encode(x=x, y=y, text="number:N")]


def _hatching(colours: Palette, room: int = 110, told: bool = True) -> list[alt.Chart]:
    """Days that are incomplete: a tint, and stripes, which also a reader who sees no colours sees.

    A pointer finds the days and outlets of the tint where they are `told`, which takes words for each stretch.
    """
    x = _time(colours, "start:T", room)
    tint = alt.Chart(alt.NamedData("outages")).mark_rect(color=colours.muted, opacity=0.1).encode(x=x, x2="end:T")
    if told:
        tint = tint.encode(
            tooltip=[alt.Tooltip("days:N", title="Feeds failed"), alt.Tooltip("outlets:N", title="Outlets")]
        )
    lean = alt.Chart(alt.NamedData("stripes")).mark_rule(color=colours.muted, opacity=0.35, tooltip=None)
    return [tint, lean.encode(x=x, x2="end:T", y=alt.value("height"), y2=alt.value(0))]


def _finished(chart: alt.LayerChart | alt.FacetChart | alt.Chart, colours: Palette) -> Spec:
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
