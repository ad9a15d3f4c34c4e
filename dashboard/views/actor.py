"""Who is it, how much and how is it written about, by whom, with whom, and in which words: one actor."""

from collections.abc import Callable

import streamlit as st

from dashboard import answers, blocks, controls, matched, measures, portraits
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import Words
from dashboard.desk import Desk, link, most_mentioned, page_link
from dashboard.theme import escape, inert
from dashboard.views import around, peaks, said
from dashboard.views.against import against_days, days_before, figures_before, growth, shift
from dashboard.views.around import words_of
from dashboard.views.nothing import nothing
from dashboard.views.scene import Scene, laid_out
from dashboard.views.tone_cards import portrait_card
from dashboard.views.volume_card import volume_card
from data import queries
from data.catalogue import Actor
from data.search import SearchError

TITLE = "Actor"


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page, from whom it is about to the names by which it is written."""
    state = st.session_state
    if not state["actor"]:
        state["actor"] = state["six"] = list(most_mentioned(desk, 1))
        controls.keep_notices()
    header(controls.to_words(controls.chosen()))
    # A choice has been taken in before the page is drawn, so that the title is that of the actor chosen.
    st.title(inert(desk.label(state["actor"][0])) if state["actor"] else TITLE)
    view = controls.bar(desk.catalogue, desk.press, charts=True, one=True)
    controls.write_link(view, peak=peaks.opened())
    blocks.notice(controls.notices(view))
    if not view.filters.actors:
        blocks.empty("There is nobody to look at", "The archive names none of the actors of the catalogue.")
        return
    filters, first, last = desk.filters(view)
    filters = portraits.of_actor(filters, view.filters.actors[0])
    every = queries.default_every(first, last) if first and last else "month"
    scene = Scene(desk, view, filters, first, last, every, desk.drawn(filters.actors))
    _head(scene)
    try:
        answers.looked_at(desk.press, filters.search)
    except SearchError as error:
        blocks.empty("This search cannot be read", str(error))
        return
    if not answers.summary(desk.press, filters, view.measure)["mentions"]:
        nothing(desk, filters, first, last)
        _elsewhere(scene)
        return
    _figures(scene)
    volume_card(scene)
    portrait_card(scene)
    said.strongest(scene)
    around.cards(scene)
    said.words(scene)


# Who it is


def _head(scene: Scene) -> None:
    """What kind of actor it is, and what is found as it; the rules in full on request."""
    actor = next((one for one in scene.desk.catalogue.actors if one.key == scene.filters.actors[0]), None)
    if actor is None:
        return
    rows = "".join(
        f"<dt>{escape(condition)}</dt><dd>{escape(words)}</dd>"
        for condition, words in matched.rules(actor, scene.desk.catalogue)
    )
    st.html(
        f'<div class="ng-who"><p><span class="ng-dot" style="background:{scene.actors[0].colour}"></span>'
        f"<b>{matched.KINDS[actor.kind]}</b>{_relations(scene, actor)}</p>"
        f"<details><summary>Found as {escape(matched.summary(actor))}</summary><dl>{rows}</dl></details></div>"
    )


def _relations(scene: Scene, actor: Actor) -> str:
    """What it is part of, and what is part of it, as links to their pages."""
    above = matched.parent(actor, scene.desk.catalogue)
    parts = [f" · part of {_link(scene, above)}"] if above else []
    if below := matched.children(actor, scene.desk.catalogue):
        parts.append(f" · watched apart from it: {', '.join(_link(scene, one) for one in below)}")
    return "".join(parts)


def _link(scene: Scene, actor: Actor) -> str:
    return link("actor", words_of(scene, actor=actor.key), actor.label)


def _elsewhere(scene: Scene) -> None:
    """Where in the archive the actor is named, when it is not here."""
    label, actor = scene.actors[0].label, scene.filters.actors[0]
    ever = portraits.ever(scene.desk.press, actor)
    if not ever["articles"]:
        blocks.note(f"The whole archive does not name {label}.")
        return
    number = f"{ever['articles']:,} article{'s' if ever['articles'] != 1 else ''}"
    blocks.note(f"The whole archive names {label} in {number}, {blocks.days(ever['first'], ever['last'])}.")
    page_link("actor", {"actor": [actor], "period": ["all"]}, inert(f"{label} in the whole archive, all outlets →"))


# Figures


def _figures(scene: Scene) -> None:
    with st.container(key="portrait-figures"):
        blocks.figures(_laid_out(scene), scene.desk.colours)


@laid_out
def _laid_out(scene: Scene) -> list[blocks.Figure]:
    return [*_counts(scene), _attention(scene), *_tone_figures(scene)]


def _counts(scene: Scene) -> list[blocks.Figure]:
    press, filters = scene.desk.press, scene.filters
    now, then = answers.summary(press, filters, scene.view.measure), figures_before(scene)
    against, before = against_days(scene), days_before(scene)
    stories = answers.stories(press, filters)
    stories_then = answers.stories(press, before) if before else None
    volume = answers.volume(press, filters, scene.every).sort("date")
    undated = f" · {now['undated']:,} undated on no chart" if now["undated"] else ""
    return [
        blocks.Figure(
            "Articles",
            blocks.count(now["articles"]),
            f"of {now['outlets']:,} outlet{'s' if now['outlets'] != 1 else ''}",
            growth(now["articles"], then["articles"], against),
            f"{blocks.days(scene.first, scene.last)}{undated}",
            "Articles that name the actor, each counted once however often it is named there.",
            volume["count"].to_list(),
        ),
        blocks.Figure(
            "Distinct stories",
            blocks.count(stories),
            "",
            growth(stories, stories_then, against),
            f"{now['articles'] / stories:.1f} articles a story" if stories else "",
            "Articles that tell one event are one story; a copy is where its original is.",
            volume["stories"].to_list(),
        ),
    ]


def _attention(scene: Scene) -> blocks.Figure:
    press, filters = scene.desk.press, scene.filters
    now, then = answers.summary(press, filters, scene.view.measure), figures_before(scene)
    attention, before = (_part(row["articles"], row["collected"]) for row in (now, then))
    return blocks.Figure(
        "Attention",
        "–" if attention is None else f"{attention:.2%}".replace("%", " %"),
        "",
        growth(attention or 0.0, before, against_days(scene)),
        f"{now['articles']:,} of {now['collected']:,} articles of the same outlets",
        "Articles that name the actor, divided by all articles that were collected from the outlets and days looked "
        "at, whomever they name.",
        answers.volume(press, filters, scene.every).sort("date")["ratio"].to_list(),
    )


def _part(part: float | None, of: float | None) -> float | None:
    return part / of if part is not None and of else None


def _tone_figures(scene: Scene) -> list[blocks.Figure]:
    press, measure = scene.desk.press, scene.view.measure
    now, then = answers.summary(press, scene.filters, measure), figures_before(scene)
    course = answers.course(press, scene.filters, scene.every, measure)
    enough = now["stories"] >= FEWEST_STORIES
    both = enough and (then["stories"] or 0) >= FEWEST_STORIES
    half = (now["high"] - now["low"]) / 2 if enough and now["low"] is not None else None
    few = "" if enough else f" · too few, {FEWEST_STORIES} are needed"
    return [
        blocks.Figure(
            "Mean tone",
            blocks.signed(now["tone"] if enough else None, 3),
            f"± {half:.3f}" if half is not None else "",
            shift(now["tone"], then["tone"] if both else None, against_days(scene)),
            f"n {now['scored']:,} scored mentions in {now['stories']:,} stories{few}",
            f"{measures.told(measure, now)} The mean of the mentions, -1 to +1, with its 95 % interval, in which "
            "articles that tell one event count as one. What is unsure or not scored is left out.",
            course["tone"].to_list(),
        ),
        blocks.Figure(
            "Unsure",
            blocks.percent(_part(now["unsure"], now["mentions"])),
            "",
            "",
            f"{now['unsure']:,} of {now['mentions']:,} mentions · {now['not_scored']:,} not scored",
            "Mentions in which no sentence was clear enough for the model; they count as mentions and for no tone. The "
            "lexicon knows no doubt. Not scored: another language, or the actor's own words alone.",
        ),
    ]
