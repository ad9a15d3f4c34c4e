"""The picture of a change from one period to another, taken apart into steps; see `charts`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import Form, Spec
from dashboard.theme import Palette


def change(colours: Palette, form: Form) -> Spec:
    """From the earlier value step by step to the later one; data set: `steps`. The form is count for a tone."""
    return _change(colours, form)


@lru_cache(maxsize=8)
def _change(colours: Palette, form: Form) -> Spec:
    rows = alt.Chart(alt.NamedData("steps"))
    order = alt.Y("label:N", title=None, sort=None, axis=charts.name_axis(colours))
    words = "datum.value == 0 ? '0' : replace(datum.label, '-', '−')"
    written, least = ("+.3~f", 0.001) if form == "count" else (".2~%", alt.Undefined)
    axis = alt.Axis(format=written, tickCount=4, tickMinStep=least, labelExpr=words)
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
        bars.encode(x=x, x2="end:Q", y=order, color=charts.COLOUR, tooltip=told),
        wholes.encode(x=other["end"], y=order, tooltip=told),
        numbers.encode(x=other["edge"], y=order, text="words:N"),
        *(rows.mark_point(opacity=0).encode(x=other[end], y=order) for end in charts.EDGES),
        height=6 * 38,
    )
    return charts.finished(chart, colours)


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
