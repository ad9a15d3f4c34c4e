"""The search box: where a query is written, how one is written, and what is said of one that cannot be read."""

import streamlit as st

from dashboard import blocks
from dashboard.theme import escape
from data import grammar, search
from data.search import Search, SearchError

# What a row shows is a query that can be typed as it stands.
_HOW = (
    ("grain ukraine", "both words, in title or text; whole words, whatever their case and accents"),
    ('"black sea"', "words that follow each other"),
    ("sanction*", "any ending"),
    ("kyiv OR kiev", "one or the other; NOT leaves out, ( ) keep together"),
    ("grain NEAR/5 odesa", "at most five words apart, in either order"),
    ("title:nato", "in the title alone; text: in the text alone"),
    ("outlet:bbc language:en", "by key; actor: and topic: likewise"),
    ("date>=2024-10", "also date:2024, date<2024-10-05"),
    ("tone<-0.3", "tone of the text, −1 to 1"),
)


def field() -> None:
    """The box, and over its end how to fill it."""
    with st.container(key="search-box", gap=None, width=240):
        st.text_input(
            "Search titles and texts", key="search", placeholder='grain NEAR/5 "black sea"', persist_state="session"
        )
        with st.popover("How to search", type="tertiary", key="how-to-search"):
            rows = "".join(f"<dt><code>{escape(query)}</code></dt><dd>{escape(does)}</dd>" for query, does in _HOW)
            st.html(f'<dl class="ng-how">{rows}</dl>')


def told(searched: Search, query: str) -> None:
    """Where a query goes wrong, marked in it; or which texts it could not be held against."""
    if not query:
        return
    try:
        grammar.parse(query)
    except SearchError as error:
        st.html(f'<div class="ng-notice fault" role="alert">{faulty(query, error)}</div>')
    else:
        blocks.notice([said] if (said := search.notice(searched)) else [])


def faulty(query: str, error: SearchError) -> str:
    """The query with the place marked that an error is about, as HTML in which all of it is escaped.

    >>> faulty("nato (oslo", SearchError("Never closed.", 5))
    '<code>nato <mark>(</mark>oslo</code> Never closed.'
    """
    shown, caret = search.pointed(query, error)
    at = len(caret) - 1
    # Behind the last letter, where something is missing, there is none to mark.
    marked = escape(shown[at : at + 1]) or "&nbsp;"
    return f"<code>{escape(shown[:at])}<mark>{marked}</mark>{escape(shown[at + 1 :])}</code> {escape(error.message)}"
