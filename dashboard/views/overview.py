"""What moved: volume and tone of the chosen actors, who is named with whom, the newest articles."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from dashboard import answers, blocks, controls, measures
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import View, Words
from dashboard.desk import Desk, most_mentioned, page_link
from dashboard.views import peaks
from dashboard.views.against import against_days, figures_before, growth, points, shift
from dashboard.views.listing import ids_and_table, table_to_choose_from
from dashboard.views.nothing import nothing
from dashboard.views.part_cards import part_cards
from dashboard.views.scene import Scene, laid_out
from dashboard.views.tone_cards import tone_card
from dashboard.views.volume_card import volume_card
from data import queries
from data.search import SearchError

TITLE = "Overview"
_SHOWN_AT_FIRST = 4
_NEWEST = 12


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page, from its controls to its newest articles."""
    if "actor-chosen" not in st.session_state:
        # Written into the link at once, so that it still means these actors when others are in the news.
        st.session_state["actor-chosen"] = True
        st.session_state["actor"] = st.session_state["actor"] or list(most_mentioned(desk, _SHOWN_AT_FIRST))
        st.session_state["six"] = st.session_state["actor"]
        controls.keep_notices()
    header(controls.to_words(controls.chosen()))
    st.title("Attention and tone")
    view = controls.bar(desk.catalogue, desk.press, charts=True)
    controls.write_link(view, peak=peaks.opened())
    blocks.notice(controls.notices(view))
    scene = _scene(desk, view)
    try:
        answers.looked_at(desk.press, scene.filters.search)
    except SearchError as error:
        blocks.empty("This search cannot be read", str(error))
        return
    blocks.figures(_figures(scene), desk.colours)
    if answers.summary(desk.press, scene.filters, view.measure)["mentions"]:
        volume_card(scene)
        tone_card(scene)
        part_cards(scene)
        _newest(scene)
    else:
        nothing(desk, scene.filters, scene.first, scene.last)


def _scene(desk: Desk, view: View) -> Scene:
    filters, first, last = desk.filters(view)
    actors = filters.actors or most_mentioned(desk, _SHOWN_AT_FIRST)
    every = queries.default_every(first, last) if first and last else "month"
    return Scene(desk, view, replace(filters, actors=actors), first, last, every, desk.drawn(actors))


# Figures


@laid_out
def _figures(scene: Scene) -> list[blocks.Figure]:
    press, measure = scene.desk.press, scene.view.measure
    now = answers.summary(press, scene.filters, measure)
    before, against = figures_before(scene), against_days(scene)
    stories = answers.stories(press, scene.filters)
    course = answers.course(press, scene.filters, scene.every, measure)
    volume = answers.volume(press, scene.filters, scene.every)
    by_date = volume.group_by("date").agg(pl.col("count").sum(), pl.col("total_count").max()).sort("date")
    # A mean on fewer stories says more about chance than about the press.
    enough = now["stories"] >= FEWEST_STORIES
    half = (now["high"] - now["low"]) / 2 if enough and now["low"] is not None else None
    if not (enough and (before["stories"] or 0) >= FEWEST_STORIES):
        before = before | {"tone": None, "negative_share": None}
    few = "" if enough else f" · too few, {FEWEST_STORIES} are needed"
    undated = (
        f" · {now['undated']:,} undated mention{'s' if now['undated'] > 1 else ''} on no chart"
        if now["undated"]
        else ""
    )
    return [
        blocks.Figure(
            "Mentions",
            blocks.count(now["mentions"]),
            (f"in {now['articles']:,} articles " if now["articles"] != now["mentions"] else "")
            + f"of {now['outlets']} outlet{'s' if now['outlets'] != 1 else ''}",
            growth(now["mentions"], before["mentions"], against),
            f"{stories:,} distinct stor{'ies' if stories != 1 else 'y'} · "
            f"{blocks.percent(now['articles'] / now['collected'] if now['collected'] else None)} of "
            f"{now['collected']:,} articles collected{undated}",
            "One mention is one chosen actor in one article, counted once however often it is named there. "
            "Articles that tell one event are one story.",
            by_date["count"].to_list(),
        ),
        blocks.Figure(
            "Mean tone",
            blocks.signed(now["tone"] if enough else None, 3),
            f"± {half:.3f}" if half is not None else "",
            shift(now["tone"], before["tone"], against),
            f"{now['scored']:,} scored mentions in {now['stories']:,} stories{few}{without_tone(now)}",
            f"{measures.told(measure, now)} The mean of the mentions, -1 to +1, with its 95 % interval, in which "
            "the articles that tell one event count as one. What is unsure or not scored is left out.",
            course["tone"].to_list(),
        ),
        blocks.Figure(
            "Negative share",
            blocks.percent(now["negative_share"] if enough else None),
            "",
            points(now["negative_share"], before["negative_share"], against),
            f"of {now['scored']:,} scored mentions, tone ≤ −{measures.border(measure, now)}{without_tone(now)}",
            "The part of the scored mentions that is negative; what is unsure or not scored is in neither number.",
            course["negative_share"].to_list(),
        ),
        blocks.Figure(
            "Articles collected",
            blocks.count(now["collected"]),
            "",
            growth(now["collected"], before["collected"], against),
            blocks.days(scene.first, scene.last),
            "All articles of the outlets and languages looked at, whomever they name: what attention is measured "
            "against.",
            by_date["total_count"].to_list(),
        ),
    ]


def without_tone(now: dict[str, Any]) -> str:
    """How many of the mentions have no tone, and why; a line breaks behind a dot, not within."""
    told = (f"{now[kind]:,} {name}".replace(" ", "\u00a0") for kind, name in measures.KINDS.items() if now[kind])
    return "".join(f"\u00a0· {words}" for words in told)


# Articles


def _newest(scene: Scene) -> None:
    ids, table = _newest_rows(scene)
    how = "The newest articles that name a chosen actor. Choose a row to read one and see what matched in it."
    words = controls.to_words(scene.view)
    with blocks.card("newest", "Newest articles", how):
        picked = table_to_choose_from(ids, table, scene.view.measure, key="newest-rows")
        page_link("articles", words, "All articles, search and download →")
    if picked is not None:
        st.switch_page(st.session_state["pages"]["articles"], query_params={**words, "article": ids[picked]})


@laid_out
def _newest_rows(scene: Scene) -> tuple[tuple[str, ...], pl.DataFrame]:
    rows = answers.newest(scene.desk.press, scene.filters, scene.view.measure, _NEWEST)
    return ids_and_table(scene.desk, rows)
