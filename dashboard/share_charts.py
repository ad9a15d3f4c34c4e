"""Pictures of parts of a whole, a bar an actor: its share of voice, and the balance of its tone; see `charts`."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import Drawn, Spec
from dashboard.theme import Palette


def share_of_voice(number: int, colours: Palette) -> Spec:
    """A bar an actor, longest first, with its share and its mentions in words. Data set: `shares`."""
    return {**_share_of_voice(colours), "height": 38 * number}


@lru_cache(maxsize=4)
def _share_of_voice(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("shares"))
    y = alt.Y("label:N", title=None, sort=None, axis=charts.name_axis(colours))
    x = alt.X("share:Q", title=None, axis=None, scale=alt.Scale(nice=False))
    bars = rows.mark_bar(cornerRadius=3, height=20).encode(
        x=x,
        y=y,
        color=charts.COLOUR,
        tooltip=[
            alt.Tooltip("label:N", title="Actor"),
            alt.Tooltip("share:Q", title="Share", format=".1%"),
            alt.Tooltip("mentions:Q", title="Mentions", format=","),
        ],
    )
    words = rows.mark_text(align="left", dx=8, color=colours.ink, fontSize=13).encode(x=x, y=y, text="words:N")
    room = rows.mark_point(opacity=0).encode(x=alt.X("room:Q", title=None), y=y)
    return charts.finished(alt.layer(bars, words, room), colours)


def shares(voices: pl.DataFrame, actors: Sequence[Drawn]) -> pl.DataFrame:
    """What `share_of_voice` draws: `actor, label, share, mentions, words, room, colour`.

    From `actor, mentions, share`; longest first.
    """
    drawn = {actor.key: actor for actor in actors}
    found = voices.select("actor", "mentions", "share").rows()
    rows = [(key, mentions, share or 0.0) for key, mentions, share in found]
    rows.sort(key=lambda row: (-row[2], row[0]))
    # The longest bar leaves a third of the picture to its words.
    room = 1.5 * max((share for _, _, share in rows), default=0.0)
    return pl.DataFrame(
        [
            (
                key,
                drawn[key].label if key in drawn else key,
                share,
                mentions,
                f"{share:.0%} · {mentions:,}",
                room,
                drawn[key].colour if key in drawn else None,
            )
            for key, mentions, share in rows
        ],
        schema=_SHARES,
        orient="row",
    )


_SHARES = pl.Schema(
    {
        "actor": pl.String,
        "label": pl.String,
        "share": pl.Float64,
        "mentions": pl.Int64,
        "words": pl.String,
        "room": pl.Float64,
        "colour": pl.String,
    }
)


def balance(number: int, colours: Palette) -> Spec:
    """A bar an actor: negative left of the middle, positive right, neutral across; outlined, what has no tone.

    Data set: `parts`.
    """
    return {**_balance(colours), "height": 38 * number}


@lru_cache(maxsize=4)
def _balance(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("parts"))
    y = alt.Y("label:N", title=None, sort=None, axis=charts.name_axis(colours))
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
    corners = [
        rows.mark_point(opacity=0).encode(x=alt.X(f"{end}:Q", title=None, axis=axis), y=y) for end in charts.EDGES
    ]
    chart = alt.layer(
        middle,
        bars.encode(x=x, x2="end:Q", y=y, color=alt.Color("part:N", legend=None, scale=scale), tooltip=told),
        *(part.encode(x=x, x2="end:Q", y=y, tooltip=told) for part in (unsure, not_scored)),
        words,
        beside,
        *corners,
    )
    return charts.finished(chart, colours)


def _stripes(colours: Palette) -> alt.LinearGradient:
    """Six level stripes: they stay equally far apart however narrow the bar is."""
    stops = [
        alt.GradientStop(color=colours.muted if place % 2 else colours.background, offset=edge / 12)
        for place in range(12)
        for edge in (place, place + 1)
    ]
    return alt.LinearGradient(gradient="linear", x1=0, x2=0, y1=0, y2=1, stops=stops)


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
        words=pl.Series([_percent(one["share"]) for one in rows], dtype=pl.String),
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


def _percent(share: float) -> str:
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


_SCORED = ("negative", "neutral", "positive")
#: Between the bars and what has no tone, as a part of a whole bar.
_APART = 0.06
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
