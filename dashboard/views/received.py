"""What came of what was to be expected: who fell silent or floods, and a cell for each outlet and period."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, outlet_answers, outlet_charts
from dashboard.desk import Desk, link
from dashboard.theme import escape
from dashboard.views.outlet_scene import Scene

_CELL_ROWS = 30
_ALARMS = 12


# Silence and floods


def alarms(scene: Scene, found: pl.DataFrame) -> None:
    """The outlets that strayed, since when, and whether anybody could look; `found` is of `coverage.alarms`."""
    how = (
        "Silent: nothing since the outlet's last article, longer than chance would make it by its own rhythm. Less and "
        "more: under half or over twice of what was expected, from the day within the last four weeks on from which it "
        "is clearest. Each is at least four standard deviations off. Told as of the last day looked at that was over. "
        "Health flags single feeds, hour by hour and sooner."
    )
    if scene.desk.press.checks.is_empty():
        return
    end = min(scene.last, outlet_answers.complete_to(scene.desk.press))
    with blocks.card("alarms", "Fell silent, or out of step", how, f"as of {blocks.day(end)}", _alarm_table(found)):
        if found.is_empty():
            blocks.note("Every outlet with enough history gave about what was to be expected of it.")
            return
        items = "".join(_alarm(scene, row) for row in found.head(_ALARMS).iter_rows(named=True))
        st.html(f'<ol class="ng-ranked">{items}</ol>')
        if found.height > _ALARMS:
            blocks.note(f"and {found.height - _ALARMS:,} more, see Table.")


def _alarm_table(alarms: pl.DataFrame) -> pl.DataFrame:
    names = {"outlet": "Outlet", "kind": "What", "since": "Since", "days": "Days", "received": "Received"}
    return alarms.rename(names | {"expected": "Expected", "dark": "Days without an answer"})


def _alarm(scene: Scene, row: Mapping[str, Any]) -> str:
    name = link("outlets", scene.words(row["outlet"]), scene.desk.outlet(row["outlet"]))
    return (
        f"<li><span>{name} <b>{escape(alarm_head(row))}</b></span>"
        f'<span class="count">{escape(alarm_counts(row))}</span>'
        f'<span class="ng-muted">{escape(alarm_reason(row))}</span></li>'
    )


def alarm_head(row: Mapping[str, Any]) -> str:
    """What strays and since when, of a row of `coverage.alarms`.

    >>> alarm_head({"kind": "silent", "since": date(2024, 12, 14)})
    'silent since 14 Dec 2024'
    """
    told = {"silent": "silent", "less": "less than half", "more": "more than twice as much"}[row["kind"]]
    return f"{told} since {blocks.day(row['since'])}"


def alarm_counts(row: Mapping[str, Any]) -> str:
    """How much came of what was expected, of the same row.

    >>> alarm_counts({"received": 0, "expected": 41.6, "days": 12})
    '0 of about 42 expected, 12 days'
    """
    days = f"{row['days']:,} day{'s' if row['days'] != 1 else ''}"
    return f"{row['received']:,} of about {row['expected']:,.0f} expected, {days}"


def alarm_reason(row: Mapping[str, Any]) -> str:
    """Whether nobody could look, or there was nothing to see."""
    if not row["dark"]:
        return "its feeds answered all the while"
    if row["dark"] == row["days"]:
        return "none of its feeds answered on any of these days: nobody could look"
    return f"none of its feeds answered on {row['dark']:,} of these days"


# Expected and received


def coverage(scene: Scene, listed: pl.DataFrame, strayed: pl.DataFrame) -> None:
    """A cell for each outlet and period: less, more or what was expected; striped where feeds failed."""
    press, every = scene.desk.press, scene.every
    how = (
        "Expected is the outlet's own rhythm: the median of its last twelve whole weeks, shared out over the weekdays "
        "as it shares them; four weeks must be known. A colour says that chance would hardly make the difference (two "
        "and four standard deviations). Striped: feeds failed, and nobody knows what was written. No cell: collecting "
        "had not begun. Articles of all languages count, copies too, whatever actors are chosen."
    )
    with (
        st.container(key="outlet-coverage"),
        blocks.card(
            "coverage",
            f"Expected and received, by {every}",
            how,
            blocks.days(scene.first, scene.last),
            _cells(scene),
            drawn=True,
        ),
    ):
        if press.checks.is_empty():
            blocks.empty(
                "What should have come cannot be told",
                "No feed has been checked: the articles came from files. A day without articles may be one on which "
                "nobody wrote, or one that the files leave out.",
            )
            return
        periods = scene.chosen(outlet_answers.received(press, scene.first, scene.last, every))
        keys = _order(periods, listed, strayed)
        if not keys:
            blocks.empty(
                "No feed of these outlets was checked in these days",
                f"Collecting had not begun, or has ended. Choose other days: checks go from "
                f"{blocks.days(*_checked(scene))}.",
            )
            return
        shown = keys[:_CELL_ROWS]
        st.html(key_of(scene.desk))
        blocks.draw(
            outlet_charts.coverage(len(shown), scene.desk.colours),
            f"Articles received against expected by outlet and {every}",
            "chart-coverage",
            cells=outlet_charts.cells(periods, scene.labels(shown), every),
        )
        blocks.note(_coverage_told(scene, periods, keys, listed))


def _cells(scene: Scene) -> pl.DataFrame | None:
    """All periods of all outlets, for the table."""
    press = scene.desk.press
    if press.checks.is_empty():
        return None
    rows = scene.chosen(outlet_answers.received(press, scene.first, scene.last, scene.every))
    return rows.select(
        pl.col("outlet").replace(scene.desk.outlets()).alias("Outlet"),
        pl.col("date").alias("From"),
        pl.col("received").alias("Received"),
        pl.col("expected").round(1).alias("Expected"),
        pl.col("state").alias("That is"),
        pl.col("judged").alias("Days compared"),
        pl.col("failed").alias("Days with a failed feed"),
        pl.col("dark").alias("Days without an answer"),
    )


def _order(periods: pl.DataFrame, listed: pl.DataFrame, strayed: pl.DataFrame) -> list[str]:
    """Those that stray or failed first, then by articles."""
    checked = periods.filter(pl.col("state") != "not checked")
    known = list(dict.fromkeys(checked["outlet"]))
    failed = set(checked.filter((pl.col("dark") > 0) | (pl.col("failed") > 0))["outlet"])
    first = [*strayed["outlet"], *(key for key in listed["outlet"] if key in failed), *sorted(failed)]
    ordered = dict.fromkeys([*first, *listed["outlet"], *known])
    return [key for key in ordered if key in set(known)]


def _checked(scene: Scene) -> tuple[date, date]:
    days = scene.desk.press.checks["started_at"].dt.date()
    return days.min(), days.max()  # type: ignore[return-value]


_NAMED = {
    "learning": "too little history, or not over yet",
    "no answer": "no feed answered, fainter: some failed",
}


def key_of(desk: Desk) -> str:
    """What the colours and stripes mean, as HTML."""
    squares = []
    for state, told in outlet_charts.STATES.items():
        look = f"background:{outlet_charts.colour(state, desk.colours)}"
        if state == "no answer":
            look = f"background:repeating-linear-gradient(135deg,{desk.colours.muted} 0 2px,transparent 2px 4px)"
        elif state in ("learning", "unfinished"):
            look = f"background:{desk.colours.panel};outline:1px dashed {desk.colours.border}"
        if state not in ("unfinished",):
            named = _NAMED.get(state, told)
            squares.append(
                f'<em><i class="ng-dot" style="{look};border-radius:2px;margin-right:6px"></i>{escape(named)}</em>'
            )
    return f'<div class="ng-key">{"".join(squares)}</div>'


def _coverage_told(scene: Scene, periods: pl.DataFrame, keys: list[str], listed: pl.DataFrame) -> str:
    """What the picture leaves out, in words, and how much came of all that was expected."""
    told = [words] if (words := came(periods)) else []
    dark = periods.filter(pl.col("dark") > 0)
    if dark.height:
        days = int(dark["dark"].sum())
        told.append(f"On {_number(days, 'day')} of {_number(dark['outlet'].n_unique(), 'outlet')} no feed answered.")
    if len(keys) > _CELL_ROWS:
        told.append(f"The {_CELL_ROWS} that stray, failed or write most are drawn, {len(keys):,} are in the table.")
    checked = set(scene.desk.press.checks["outlet"].unique())
    files = [key for key in listed["outlet"] if key not in checked]
    if files:
        them = "it" if len(files) == 1 else "them"
        number = _number(len(files), "outlet")
        told.append(f"Of {number} with articles no feed is checked: nothing can be expected of {them}.")
    return " ".join(told)


def came(periods: pl.DataFrame) -> str:
    """How many articles came of those expected, in rows of `coverage.periods`; empty where nothing is expected."""
    judged = periods.filter(pl.col("judged") > 0)
    number, expected = int(judged["received"].sum()), float(judged["expected"].sum())
    if not expected:
        return ""
    return (
        f"Where enough is known, {number:,} articles came of about {expected:,.0f} expected from these outlets "
        f"({blocks.percent(number / expected)})."
    )


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
