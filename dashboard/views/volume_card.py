"""The card of volume over time, with its peaks, outages and breaks; a click leads to the articles of a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import polars as pl
import streamlit as st

from dashboard import answers, blocks, break_charts, breaks, completion, outages, outlet_answers, points, volume_charts
from dashboard.desk import page_link
from dashboard.theme import inert
from dashboard.views import peaks, received
from dashboard.views.peaks import Found
from dashboard.views.scene import Scene, hatching, labelled, laid_out, looked_at, words_of_period
from dashboard.wire import packed


@dataclass(frozen=True, eq=False)
class _Laid:
    """What the card is drawn of: `table` behind it, its data sets as they are sent, what it says.

    `highest` is `actor, date, value` of each actor, where there is no peak.
    """

    table: pl.DataFrame
    found: Found
    numbers: Sequence[int]
    sets: dict[str, bytes]
    highest: Sequence[tuple[str, date, float]]
    notes: Sequence[str]


def volume_card(scene: Scene) -> None:
    """The card; where a point is clicked, the page of its articles."""
    form = scene.view.volume
    laid = _laid(scene)
    title = f"{'Mentions' if form == 'count' else 'Attention'} per {scene.every}"
    note = "" if form == "count" else "share of all articles of the same outlets · "
    note += "click a point for its articles"
    with blocks.card("volume", title, _HOW[form] + _HOW_DRAWN, note, laid.table, True, partial(_points, scene)):
        blocks.notice(peaks.lost(scene.view, laid.found))
        numbered = f"; numbered peaks {blocks.listed(map(str, laid.numbers))}" if laid.numbers else ""
        picked = blocks.draw_to_pick(
            volume_charts.volume(scene.actors, scene.desk.colours, form, scene.every),
            f"{title} of {scene.names}{numbered}",
            "chart-volume",
            **laid.sets,
        )
        if laid.found.peaks.is_empty():
            _highest(scene, laid.highest)
        else:
            peaks.rows(scene.desk, scene.view, scene.filters, laid.found)
        blocks.note(*laid.notes)
    if picked:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=picked["at"])).date()
        words = words_of_period(scene, day) | {"actor": [picked["actor"]]}
        st.switch_page(st.session_state["pages"]["articles"], query_params=words)


def _points(scene: Scene) -> str:
    """The points as a table of links."""
    form = scene.view.volume
    rows = answers.volume(scene.desk.press, scene.filters, scene.every).select("actor", "date", form).rows()
    number = "{:,}".format if form == "count" else blocks.percent
    return points.table(
        [(actor.key, actor.label) for actor in scene.actors],
        ((actor, day, number(value) if value else "") for actor, day, value in rows),
        lambda day: blocks.period(day, scene.every),
        lambda actor, day: words_of_period(scene, day) | {"actor": [actor]},
    )


_HOW = {
    "count": "Articles that name the actor, each counted once. ",
    "ratio": "Articles that name the actor, divided by all articles that the same outlets published in that time. ",
}
_HOW_DRAWN = (
    "Dashed: a period that is not over or began before the days looked at, and what it is expected to come to. "
    "Striped: days on which feeds failed."
)


@laid_out
def _laid(scene: Scene) -> _Laid:
    desk, form, every = scene.desk, scene.view.volume, scene.every
    volume = answers.volume(desk.press, scene.filters, every)
    # Where nothing at all was collected, nobody can say that nobody wrote.
    collected = volume.with_columns(pl.when(pl.col("total_count") > 0).then(pl.col(form)))
    lines = volume_charts.lines(collected, form, scene.known, every, scene.actors)
    ahead = completion.expected(desk.press, scene.filters, every, scene.last)
    # A part of a period already has the attention that the whole one is expected to have.
    lines = completion.drawn(lines, ahead) if form == "count" else lines
    found = peaks.found(desk, scene.filters, every)
    marks, room = volume_charts.marks(found.peaks, lines, every)
    ends, frame = volume_charts.ends(lines, scene.actors, room)
    broken = breaks.of_volume(desk, scene.filters, every)
    rules = break_charts.rules(broken.found, frame)
    sets = {"lines": lines, "ends": ends, "frame": frame, "marks": marks, "rules": rules}
    notes = (
        peaks.told(found, scene.first),
        outages.told(*looked_at(scene)),
        completion.told(ahead, every, desk.labels(), form),
        _came(scene),
        breaks.told(broken, every),
    )
    return _Laid(
        table=labelled(scene, volume),
        found=found,
        numbers=sorted(marks["number"]),
        sets=packed(sets | hatching(scene, stripes=90)),
        highest=volume_charts.highest(volume, form).rows() if found.peaks.is_empty() else (),
        notes=[words for words in notes if words],
    )


def _came(scene: Scene) -> str:
    """How much came of what was to be expected of the outlets looked at; empty where that cannot be told."""
    if scene.first is None or scene.last is None:
        return ""
    months = outlet_answers.received(scene.desk.press, scene.first, scene.last, "month")
    outlets = scene.filters.outlets
    told = received.came(months.filter(pl.col("outlet").is_in(outlets)) if outlets else months)
    return f"{told} See Outlets." if told else ""


def _highest(scene: Scene, highest: Sequence[tuple[str, date, float]]) -> None:
    """Each actor's highest period, as links to the articles behind it, where nothing stands out or can be told to."""
    with st.container(key="peaks", horizontal=True, vertical_alignment="center", gap="small"):
        st.html('<p class="ng-note">Highest</p>', width="content")
        for actor, day, value in highest:
            number = f"{value:,.0f}" if scene.view.volume == "count" else blocks.percent(value)
            label = f"{scene.desk.label(actor)} {number}, {blocks.period(day, scene.every)} →"
            words = words_of_period(scene, day) | {"actor": [actor]}
            page_link("articles", words, inert(label))
