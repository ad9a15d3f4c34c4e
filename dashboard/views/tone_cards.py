"""Mean tone over time: a small chart for each of several actors, one large chart for one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import polars as pl
import streamlit as st

from dashboard import answers, blocks, break_charts, breaks, controls, measures, points, tone_charts
from dashboard.charts import FEWEST_STORIES, Drawn
from dashboard.desk import actor_link
from dashboard.theme import escape
from dashboard.views.scene import Scene, hatching, labelled, laid_out, words_of_period
from dashboard.wire import packed
from data.queries import Every

#: An actor, its head as HTML, and the data sets of its chart; None where too little is known to draw one.
_Chart = tuple[Drawn, str, dict[str, bytes] | None]


@dataclass(frozen=True, eq=False)
class _Laid:
    """What the charts are drawn of: the `table` behind them, in which periods, and what is said under them."""

    table: pl.DataFrame
    every: Every
    charts: Sequence[_Chart]
    measure: str
    breaks: str


# Several actors


def tone_card(scene: Scene) -> None:
    """A chart an actor, all on one scale, the others' lines in grey."""
    laid = _laid(scene)
    how = (
        "The mean of the mentions, -1 to +1. The band is the 95 % interval of the mean, in which the articles that "
        "tell one event count as one. All charts have one scale; the other actors are drawn in grey. "
        f"A point on fewer than {FEWEST_STORIES} stories is not drawn."
    )
    title = f"Mean tone per {laid.every}{_by_lexicon(scene)}"
    note = "numbers: all days looked at · above 0 favourable, below 0 unfavourable · click a point for its articles"
    picked = None
    with blocks.card("tone", title, how, note, laid.table, True, partial(_points, scene, laid)):
        blocks.note(laid.measure)
        for row in _rows(laid.charts):
            for column, chart in zip(st.columns(len(row), gap="medium"), row, strict=True):
                if chart is not None:
                    with column:
                        picked = _chart(scene, laid.every, *chart) or picked
        if laid.breaks:
            blocks.note(laid.breaks)
    if picked:
        _lead_on(scene, laid.every, *picked)


def _rows(charts: Sequence[_Chart]) -> Iterable[list[_Chart | None]]:
    """Up to four beside each other; five and six in two rows of three."""
    wide = len(charts) if len(charts) <= 4 else 3
    padded: list[_Chart | None] = [*charts, *[None] * (-len(charts) % wide)]
    return (padded[start : start + wide] for start in range(0, len(padded), wide))


def _chart(
    scene: Scene, every: Every, actor: Drawn, head: str, sets: dict[str, bytes] | None
) -> tuple[str, float] | None:
    """Draw one; the actor and the time of the point that was clicked."""
    st.html(head)
    if sets is None:
        blocks.empty(
            "Too few to draw",
            f"No whole {every} has {FEWEST_STORIES} scored stories. What is told above is of all days looked "
            "at, where these have as many; fewer filters bring more.",
        )
        return None
    picked = blocks.draw_to_pick(
        tone_charts.tone(scene.desk.colours, every),
        f"Mean tone toward {actor.label}{_by_lexicon(scene)}",
        f"chart-tone-{actor.key}",
        **sets,
    )
    return (actor.key, picked["at"]) if picked else None


@laid_out
def _laid(scene: Scene) -> _Laid:
    desk, every = scene.desk, tone_every(scene)
    measured = answers.tone(desk.press, scene.filters, every, scene.view.measure)
    drawn = tone_charts.tones(measured, scene.known, every, scene.actors)
    broken = breaks.of_tone(desk, scene.filters, every)
    frame = tone_charts.tone_frame(drawn)
    hatched = hatching(scene, stripes=30 if len(scene.actors) > 1 else 90)
    # The chart of volume tells which outlets.
    same = packed({"frame": frame, **hatched, "outages": hatched["outages"].select("start", "end")})
    lines = drawn.filter(pl.col("part") == "whole").select("actor", "at", "tone")
    return _Laid(
        table=labelled(scene, measured),
        every=every,
        charts=[
            (actor, _head(scene, actor), same | packed(sets) if sets else None)
            for actor in scene.actors
            for sets in [_own(drawn, lines, actor.key, broken.found, frame)]
        ],
        measure=_measure(scene),
        breaks=breaks.told(broken, every),
    )


def _own(
    drawn: pl.DataFrame, lines: pl.DataFrame, actor: str, broken: pl.DataFrame, frame: pl.DataFrame
) -> dict[str, pl.DataFrame] | None:
    """The data sets of an actor's chart that are its own; None where no whole period can be drawn."""
    own = drawn.filter(pl.col("actor") == actor)
    if not (own["measured"] & (own["part"] == "whole")).any():
        return None
    # Their texts stand where the line does not.
    rules = break_charts.rules(broken, frame, low=(own["tone"].sum() or 0) > 0)
    return {"own": own, "rules": rules, "others": lines.filter(pl.col("actor") != actor)}


def _head(scene: Scene, actor: Drawn) -> str:
    """The actor, and its mean tone over all days looked at, where there are stories enough; what it leaves out."""
    name = actor_link(actor.key, controls.to_words(scene.view), actor.label)
    dot = f'<span class="ng-dot" style="background:{actor.colour}"></span><b>{name}</b>'
    overall = answers.overall(scene.desk.press, scene.filters, scene.view.measure)
    of = next((row for row in overall.iter_rows(named=True) if row["actor"] == actor.key), {"stories": 0})
    if of["stories"] < FEWEST_STORIES:
        return f'<div class="ng-tone-head">{dot}</div>'
    balances = answers.balance(scene.desk.press, scene.filters, scene.view.measure)
    unsure = sum(row["unsure"] for row in balances.iter_rows(named=True) if row["actor"] == actor.key)
    told = f"{blocks.signed(of['tone'])} ± {(of['high'] - of['low']) / 2:.2f}"
    size = f"n {of['mentions']:,}" + (f" · {unsure:,} unsure" if unsure else "")
    return f'<div class="ng-tone-head">{dot} {escape(told)} <span class="ng-muted">{size}</span></div>'


# One actor


def portrait_card(scene: Scene) -> None:
    """The chart of one actor; where a point is clicked, the page of its articles."""
    actor, laid = scene.actors[0], _laid_alone(scene)
    ((_, _, sets),) = laid.charts
    picked = None
    note = "above 0 favourable, below 0 unfavourable · click a point for its articles"
    title = f"Mean tone per {laid.every}{_by_lexicon(scene)}"
    with blocks.card("tone", title, _HOW_ALONE, note, laid.table, True, partial(_points, scene, laid)):
        blocks.note(laid.measure)
        if sets is None:
            blocks.empty(
                "Too few to draw",
                f"No whole {laid.every} has {FEWEST_STORIES} scored stories. Choose a longer period or fewer filters.",
            )
        else:
            picked = blocks.draw_to_pick(
                tone_charts.portrait(scene.desk.colours, laid.every),
                f"Mean tone toward {actor.label}{_by_lexicon(scene)}",
                "chart-tone",
                **sets,
            )
        if laid.breaks:
            blocks.note(laid.breaks)
    if picked:
        _lead_on(scene, laid.every, actor.key, picked["at"])


_HOW_ALONE = (
    "The mean of the mentions, -1 to +1. The band is the 95 % interval of the mean, in which the articles that tell "
    f"one event count as one. A point on fewer than {FEWEST_STORIES} stories is not drawn. "
    "Dashed: a period that is not over or began before the days looked at. Striped: days on which feeds failed."
)


@laid_out
def _laid_alone(scene: Scene) -> _Laid:
    desk, every = scene.desk, tone_every(scene)
    measured = answers.tone(desk.press, scene.filters, every, scene.view.measure)
    drawn = tone_charts.tones(measured, scene.known, every, scene.actors)
    broken, frame = breaks.of_tone(desk, scene.filters, every), tone_charts.tone_frame(drawn)
    nobody = drawn.clear().select("actor", "at", "tone")
    sets = _own(drawn, nobody, scene.actors[0].key, broken.found, frame)
    same = {"frame": frame, **hatching(scene, stripes=90)}
    return _Laid(
        table=measured.drop("actor"),
        every=every,
        charts=[(scene.actors[0], "", packed(same | sets) if sets else None)],
        measure=_measure(scene),
        breaks=breaks.told(broken, every),
    )


# Both


def _lead_on(scene: Scene, every: Every, actor: str, at: float) -> None:
    """To the articles of an actor's point, by its time in milliseconds."""
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)).date()
    words = words_of_period(scene, day, every) | {"actor": [actor]}
    st.switch_page(st.session_state["pages"]["articles"], query_params=words)


def _points(scene: Scene, laid: _Laid) -> str:
    """The points as a table of links, those on too few stories without a tone."""
    rows = answers.tone(scene.desk.press, scene.filters, laid.every, scene.view.measure)
    return points.table(
        [(actor.key, actor.label) for actor in scene.actors],
        (
            (one["actor"], one["date"], blocks.signed(one["tone"]) if one["stories"] >= FEWEST_STORIES else "few")
            for one in rows.iter_rows(named=True)
        ),
        lambda day: blocks.period(day, laid.every),
        lambda actor, day: words_of_period(scene, day, laid.every) | {"actor": [actor]},
    )


def _by_lexicon(scene: Scene) -> str:
    return ", by lexicon" if scene.view.measure == "lexicon_tone" else ""


def _measure(scene: Scene) -> str:
    now = answers.summary(scene.desk.press, scene.filters, scene.view.measure)
    return measures.told(scene.view.measure, now)


def tone_every(scene: Scene) -> Every:
    """The finest period, no finer than the volume's, in which the typical point of an actor has enough stories."""
    volume = answers.volume(scene.desk.press, scene.filters, scene.every).filter(pl.col("total_count") > 0)
    days = {"day": 1, "week": 7, "month": 30}
    per_day = volume["texts"].sum() / max(1, volume.height) / days[scene.every]
    for every in ("day", "week", "month"):
        if days[every] >= days[scene.every] and per_day * days[every] >= 1.5 * FEWEST_STORIES:
            return every
    return "month" if scene.first and scene.last and (scene.last - scene.first).days > 62 else "week"
