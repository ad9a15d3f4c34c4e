"""The charts of a card as files: a picture as PNG or SVG, made in the browser of what it has drawn."""

from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.theme import Palette


def buttons(card: str, title: str, note: str, source: str, colours: Palette) -> None:
    """Buttons that save the charts of this card with its title, its note, and below them where they come from.

    The words may come from outside: they become text of a picture and nothing else.
    """
    mounted = st.components.v2.component("newsgauge_picture", html=_HTML, css=_CSS, js=_script())
    mounted(
        key=f"picture-{card}",
        data={
            "card": card,
            "title": title,
            "note": note,
            "source": source,
            "file": f"newsgauge-{card}",
            "background": colours.background,
            "ink": colours.ink,
            "muted": colours.muted,
        },
        height="content",
    )


@cache
def _script() -> str:
    return Path(__file__).with_name("pictures.js").read_text(encoding="utf-8")


# They can be clicked once the script has come that makes the picture.
_HTML = """
<button type="button" data-form="png" disabled>Picture as PNG</button>
<button type="button" data-form="svg" disabled>as SVG</button>
"""

_CSS = """
button { font: inherit; font-size: 14px; color: var(--st-text-color); background: none; cursor: pointer;
    border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 6px 12px;
    margin: 0 6px 0 0; }
button:disabled { color: var(--st-text-color); cursor: progress; }
button:enabled:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
"""
