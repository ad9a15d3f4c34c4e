"""Parts of what is looked at: who is named with whom, the actors' shares, the balance of their tones, the outlets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import polars as pl
import streamlit as st

from dashboard import answers, blocks, measures, pair_charts, share_charts
from dashboard.desk import most_mentioned
from dashboard.theme import escape
from dashboard.views.scene import Scene, labelled, laid_out
from dashboard.wire import packed
from data import queries

_TOGETHER, _PARTNERS, _OUTLETS_NAMED = 12, 8, 4


def part_cards(scene: Scene) -> None:
    """Two columns of cards; with one actor, others than with several."""
    with st.container(key="parts"):
        left, right = st.columns(2, gap="small")
    with left:
        if len(scene.actors) > 1:
            _together_card(scene)
        else:
            _partners_card(scene)
    with right:
        # One actor's share of itself says nothing.
        if len(scene.actors) > 1:
            _share_card(scene)
        _balance_card(scene)
        if len(scene.actors) == 1:
            _outlets_card(scene)


@dataclass(frozen=True, eq=False)
class _Laid:
    """What a card is drawn of: the `table` behind it, its data sets as they are sent, and what it says, as HTML."""

    table: pl.DataFrame
    sets: dict[str, bytes]
    note: str
    html: str


# Share of voice


def _share_card(scene: Scene) -> None:
    laid = _share(scene)
    how = "Each actor's part of the mentions of the actors shown. The parts add up to 100 %."
    with blocks.card("share", "Share of voice", how, laid.note, laid.table, drawn=True):
        blocks.draw(
            share_charts.share_of_voice(len(scene.actors), scene.desk.colours),
            f"Share of voice of {scene.names}",
            "chart-share",
            **laid.sets,
        )


@laid_out
def _share(scene: Scene) -> _Laid:
    voices = answers.share_of_voice(scene.desk.press, scene.filters)
    shares = share_charts.shares(voices, scene.actors)
    return _Laid(shares, packed({"shares": shares}), f"of {voices['mentions'].sum():,} mentions", "")


# Balance of tone


def _balance_card(scene: Scene) -> None:
    laid = _balance(scene)
    now = answers.summary(scene.desk.press, scene.filters, scene.view.measure)
    border = measures.border(scene.view.measure, now)
    how = (
        f"The scored mentions of each actor: negative (tone -{border} or lower), neutral, positive (+{border} or "
        "higher), each as a part of the scored ones. Neutral lies across the middle, so a bar leans to where the tone "
        "leans. Striped or empty at the right, as a part of all mentions: those without a tone."
    )
    note = f"{measures.NAMES[scene.view.measure]} · of {now['scored']:,} scored mentions"
    with blocks.card("balance", "Balance of tone", how, note, laid.table, drawn=True):
        st.html(laid.html)
        if not now["scored"]:
            blocks.empty("No mention here has a tone", _NO_TONE[bool(now["unsure"])])
        else:
            blocks.draw(
                share_charts.balance(len(scene.actors), scene.desk.colours),
                f"Balance of tone of {scene.names}",
                "chart-balance",
                **laid.sets,
            )
        blocks.note(laid.note)


_NO_TONE = {
    False: "Tone is read in English only, and what an actor says is none toward it. Choose other languages or actors.",
    True: "No sentence here is clear enough for the model. Choose a longer period, or the tone by lexicon.",
}


@laid_out
def _balance(scene: Scene) -> _Laid:
    balances = answers.balance(scene.desk.press, scene.filters, scene.view.measure)
    parts = share_charts.parts(balances, scene.actors)
    key = blocks.key([kind for kind in get_args(queries.Kind) if balances[kind].sum()])
    return _Laid(labelled(scene, balances), packed({"parts": parts}), _left_out(scene, balances), key)


_NOT_SCORED = "Not scored, in another language or in the actor's own words alone"


def _left_out(scene: Scene, balances: pl.DataFrame) -> str:
    """Which mentions have no tone, of how many."""
    reasons = {"unsure": "Unsure, no sentence was clear enough", "not_scored": _NOT_SCORED}
    told = [
        f"{reason}: {', '.join(f'{scene.desk.label(actor)} {number:,} of {all_:,}' for actor, number, all_ in some)}."
        for kind, reason in reasons.items()
        if (some := _some(balances, kind))
    ]
    return " ".join(told) or f"All {balances['mentions'].sum():,} mentions are scored."


def _some(balances: pl.DataFrame, kind: str) -> Sequence[tuple[str, int, int]]:
    """Actor, how many of this kind, of how many mentions; most first, actors with none left out."""
    some = [row for row in balances.select("actor", kind, "mentions").iter_rows() if row[1]]
    return sorted(some, key=lambda row: (-row[1], row[0]))


# Named together


def _together_card(scene: Scene) -> None:
    laid = _together(scene)
    how = (
        "Articles that name both, as a part of the articles that name either (Jaccard's index). The actors chosen "
        "come first, then the most mentioned ones."
    )
    with blocks.card("together", "Named together", how, laid.note, laid.table, drawn=True):
        if not laid.html:
            blocks.empty("No article names two of them", "Choose a longer period or more actors.")
            return
        with st.container(key="wide-together"):
            blocks.draw(
                pair_charts.co_mentions(len(_with_others(scene)), 175 + 76 * len(scene.actors), scene.desk.colours),
                "Who is named together, in percent",
                "chart-together",
                **laid.sets,
            )
        with st.container(key="narrow-together"):
            st.html(laid.html)


@laid_out
def _together(scene: Scene) -> _Laid:
    desk, keys = scene.desk, _with_others(scene)
    pairs = pair_charts.pairs(
        answers.co_mentions(desk.press, scene.filters, keys), [(key, desk.label(key)) for key in keys]
    )
    rows = pairs.select("label", "left", "articles", "share")
    top = pairs.filter(pl.col("articles") > 0).sort("share", descending=True).head(10)
    ranked = _ranked(top.with_columns(label=pl.format("{} and {}", "label", "left"))) if top.height else ""
    return _Laid(rows, packed({"pairs": pairs}), "of articles that name either", ranked)


def _with_others(scene: Scene) -> tuple[str, ...]:
    """The actors chosen and the most mentioned others."""
    others = [key for key in most_mentioned(scene.desk, 2 * _TOGETHER) if key not in scene.filters.actors]
    return (*scene.filters.actors, *others)[:_TOGETHER]


def _partners_card(scene: Scene) -> None:
    """With one actor, whom its own articles name besides."""
    laid = _partners(scene)
    how = "Whom else the articles that name the actor name, and in which part of them. Of the most mentioned actors."
    with blocks.card("together", "Named together", how, laid.note, laid.table):
        if not laid.html:
            blocks.empty("These articles name no other actor", "Choose a longer period or fewer filters.")
        else:
            st.html(laid.html)


@laid_out
def _partners(scene: Scene) -> _Laid:
    desk, actor = scene.desk, scene.actors[0]
    others = [key for key in most_mentioned(desk, 2 * _TOGETHER) if key != actor.key]
    together = answers.co_mentions(desk.press, scene.filters, (actor.key, *others))
    own = int(answers.share_of_voice(desk.press, scene.filters)["mentions"].sum())
    partners = pair_charts.partners(together, actor.key, own, desk.labels())
    ranked = _ranked(partners.head(_PARTNERS)) if partners.height else ""
    return _Laid(partners, {}, f"of {own:,} articles that name {actor.label}", ranked)


# Outlets


def _outlets_card(scene: Scene) -> None:
    laid = _outlets(scene)
    how = "The outlets that name the actor most, with their part of its mentions. The table has all, with their tone."
    with blocks.card("outlets", "Outlets", how, laid.note, laid.table):
        st.html(laid.html)


@laid_out
def _outlets(scene: Scene) -> _Laid:
    by_outlet = answers.by_outlet(scene.desk.press, scene.filters, scene.view.measure)
    named = by_outlet.with_columns(label=pl.col("outlet").replace(scene.desk.outlets()))
    rows = named.select("label", "share", "articles", "tone", "stories")
    return _Laid(rows, {}, f"{rows.height} name {scene.actors[0].label}", _ranked(rows.head(_OUTLETS_NAMED)))


def _ranked(rows: pl.DataFrame) -> str:
    """A list of `label, share, articles` with bars."""
    most = max(rows["share"].to_list(), default=1.0)
    items = [
        f"<li><span>{escape(row['label'])}</span>"
        f'<span class="count">{escape(blocks.percent(row["share"]))} · {row["articles"]:,}</span>'
        f'<span class="bar" style="width:{row["share"] / most:.0%}"></span></li>'
        for row in rows.iter_rows(named=True)
    ]
    return f'<ol class="ng-ranked">{"".join(items)}</ol>'
