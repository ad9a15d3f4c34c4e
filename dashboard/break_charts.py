"""The rules on charts of time where another catalogue or model began to read the articles; see `charts`."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.theme import Palette


def layers(colours: Palette, x: alt.X) -> list[alt.Chart]:
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


def reach(x: alt.X) -> alt.Chart:
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


def rules(breaks: pl.DataFrame, frame: pl.DataFrame, low: bool = False) -> pl.DataFrame:
    """Where the reading changed: `at, text, row, low, side, when, before, after`, from `of, date, before, after`.

    `frame` holds the corners of the picture. Breaks that lie close are one rule; of many rules the latest are drawn.
    A text stands to the side where there is room, in a row of its own where another one is near, and at the foot of the
    picture where it is `low`.
    """
    if frame.is_empty() or breaks.is_empty():
        return pl.DataFrame(schema=_RULES)
    first, width = float(frame["at"].min()), charts.duration(frame)  # type: ignore[arg-type]
    inside = (
        breaks.with_columns(charts.at("date")).filter(pl.col("at").is_between(first, first + width)).sort("at", "of")
    )
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


_RULES = pl.Schema(
    {
        "at": pl.Float64,
        "row": pl.Int64,
        "low": pl.Boolean,
        **dict.fromkeys(("side", "text", "when", "before", "after"), pl.String),
    }
)


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
