"""How each number is made, and where its limits are."""

from collections.abc import Callable

import streamlit as st

from dashboard import controls
from dashboard.controls import Words
from dashboard.desk import Desk
from dashboard.theme import escape

TITLE = "Method"

_PARTS = (
    (
        "What is counted",
        "A mention is one actor in one article, counted once however often the article names it. Volume is the number "
        "of mentions in a period. Attention is volume divided by all articles that the same outlets published in that "
        "period, so that a week with more news is no rise. Share of voice is an actor's part of the mentions of the "
        "actors shown.",
    ),
    (
        "How an actor is found",
        "By the names of the catalogue, on the article's own title and text, never on menus or related links. A strong "
        "name counts alone; a weak one only where the article names the actor otherwise or its context is there; a "
        "name on the never list takes its words away from all actors. Each article shows which rule matched where.",
    ),
    (
        "How tone is measured",
        "Toward an actor: the sentences that name it are scored from -1 to +1, with names masked, and averaged. "
        "A tone nearer to 0 than 0.05 is neutral. Only English is scored; a mention in another language is counted in "
        "volume and shown as not scored, never as 0. A lexicon hears war as blame and cannot tell who is blamed: read "
        "differences between periods or outlets, not the absolute value.",
    ),
    (
        "How sure a mean is",
        "The band is a 95 % interval that takes an article and its copies as one story, because a hundred reprints of "
        "one agency report are one opinion. A point on fewer than ten stories is not drawn. A change against the days "
        "before is shown only where the archive reaches that far back.",
    ),
    (
        "What is missing, and how it shows",
        "Days on which feeds failed are striped: fewer mentions there may mean that nobody could look. The period "
        "that is not over is dashed. Articles without a date are counted in the whole archive and lie on no chart over "
        "time. Days are UTC.",
    ),
)


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page."""
    view = controls.chosen()
    controls.write_link(view)
    header(controls.to_words(view))
    st.title("How the numbers are made")
    parts = "".join(f"<h2>{escape(title)}</h2><p>{escape(text)}</p>" for title, text in _PARTS)
    st.html(f'<div class="ng-method">{parts}<h2>Versions</h2><p>{escape(_versions(desk))}</p></div>')


def _versions(desk: Desk) -> str:
    press = desk.press
    runs = press.runs
    model = runs["model_version"].drop_nulls().to_list() if runs.height else []
    return (
        f"Catalogue {desk.catalogue.version}, model {model[0] if model else 'none yet'}, archive version "
        f"{press.version} with {press.readings.height:,} articles and {press.mentions.height:,} mentions of "
        f"{len(press.actors)} actors from {len(press.outlets)} outlets."
    )
