"""The filters that stand behind one button: outlets, panels, languages, topics, tone, copies."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from dashboard.held import Press
from data import filters as filtering
from data.catalogue import Catalogue
from data.filters import Filters

_LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "fi": "Finnish",
    "fr": "French",
    "it": "Italian",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "zh": "Chinese",
    filtering.UNDETERMINED: "could not be told",
}


def button(catalogue: Catalogue, press: Press, filters: Filters) -> None:
    """The button, which counts what of `filters` is set behind it, and the widgets."""
    count = sum(
        bool(value)
        for value in (
            filters.outlets,
            filters.panels,
            filters.languages,
            filters.topics,
            not filters.copies,
            filters.tone_from is not None or filters.tone_to is not None,
        )
    )
    names = {outlet.key: outlet.name for outlet in catalogue.outlets}
    topics = {topic.key: topic.label for topic in catalogue.topics}
    panels = sorted({panel for outlet in catalogue.outlets for panel in outlet.panels})
    with st.popover(f"More filters ({count})" if count else "More filters", key="more"):
        _several("Outlets", "outlet", press.outlets, names)
        _several("Panels", "panel", panels, {})
        _several("Languages", "language", press.languages, _LANGUAGES)
        _several("Topics", "topic", press.topics, topics)
        with st.container(horizontal=True):
            limits: dict[str, Any] = {"min_value": -1.0, "max_value": 1.0, "step": 0.05, "format": "%.2f", "width": 140}
            st.number_input(
                "Tone from",
                value=None,
                key="tone-from",
                persist_state="session",
                help="Toward the actor, or of the text where none is chosen. What is unsure or not scored lies in no "
                "range.",
                **limits,
            )
            st.number_input("Tone to", value=None, key="tone-to", persist_state="session", **limits)
        st.toggle(
            "Count copies",
            key="copies",
            persist_state="session",
            help="A copy reprints the text of an article that another outlet published before.",
        )
        if st.session_state.get("stories"):
            st.button("All stories again", on_click=lambda: st.session_state.update(stories=()))


def _several(label: str, key: str, options: Iterable[str], labels: dict[str, str]) -> None:
    listed = list(options)
    listed += [value for value in st.session_state.get(key) or [] if value not in listed]
    st.multiselect(
        label,
        listed,
        format_func=lambda value: labels.get(value, value),
        key=key,
        placeholder="all",
        persist_state="session",
    )
