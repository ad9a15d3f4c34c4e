"""What the link of Articles says beside the filters: the open article and its marks, how many hits, the file's form.

As with a View it is read from the URL when a page is opened; after that the session leads, and the URL is written after
it. So a click counts also where the URL that comes with it is an older one.
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import controls, hits
from dashboard.controls import Words
from data import formats
from data.filters import Filters

#: The value of `marked` where the reader wants no passage marked.
NOBODY = "none"
FORM = "csv"


def read(filters: Filters) -> None:
    """Take over what the link says, where it was read anew; of other articles, the first hits are shown again."""
    state = st.session_state
    if state.get("articles-of") != state["closed"]:
        state["articles-of"] = state["closed"]
        asked = st.query_params
        state["article"], state["passage"] = asked.get("article", ""), asked.get("passage", "")
        state["marked-asked"] = state["marked-words"] = tuple(asked.get_all("marked"))
        state["hits-shown"], state["format"] = _shown(asked.get("shown", "")), _form(asked.get("format", ""))
        state["hits-of"] = filters
    if state["hits-of"] != filters:
        state["hits-shown"], state["hits-of"] = hits.SHOWN, filters


def _shown(asked: str) -> int:
    if asked.isdecimal() and hits.SHOWN <= int(asked) <= hits.MOST:
        return int(asked)
    if asked:
        controls.add_notice(f"shown={asked[:100]} means nothing here. Write a number from {hits.SHOWN} to {hits.MOST}.")
    return hits.SHOWN


def _form(asked: str) -> str:
    if asked and asked not in formats.FORMATS:
        controls.add_notice(f"format={asked[:100]} means nothing here. Choose one of {', '.join(formats.FORMATS)}.")
    return asked if asked in formats.FORMATS else FORM


def words() -> Words:
    """All of it, as the words of the link and their values."""
    state = st.session_state
    opened = {"article": [state["article"]], "passage": [state["passage"]], "marked": [*state["marked-words"]]}
    return words_of_list() | ({word: values for word, values in opened.items() if any(values)} if opened_id() else {})


def words_of_list() -> Words:
    """Those that hold whatever article is open."""
    state = st.session_state
    told = {"shown": (state["hits-shown"], hits.SHOWN), "format": (state["format"] or FORM, FORM)}
    return {word: [str(value)] for word, (value, usual) in told.items() if value != usual}


def opened_id() -> str:
    """The id of the article that is open; empty where none is."""
    return str(st.session_state["article"])


def sought() -> str:
    """The place of the passage that the link leads to, as `text.120`, or empty."""
    return str(st.session_state["passage"])


def open_article(article_id: str) -> None:
    """Open this one, in the place of the one that is."""
    st.session_state.update({"article": article_id, "passage": "", "marked-words": ()})


def close_article() -> None:
    """Close it, and leave no row of the list chosen."""
    open_article("")
    st.session_state["table"] = st.session_state.get("table", 0) + 1


def show_more() -> None:
    """As many hits more as are shown at first."""
    st.session_state["hits-shown"] += hits.SHOWN
    controls.add_to_link(shown=words_of_list().get("shown", []))


def marked(actors: Sequence[str], usual: Sequence[str]) -> None:
    """Set the widget `marked` for an article that names these: to whom the link asks for, else to whom is usual."""
    state = st.session_state
    now = (opened_id(), state["articles-of"], tuple(usual))
    if state.get("marked-in") != now:
        asked = state.pop("marked-asked", ())
        state["marked-in"] = now
        state["marked"] = [] if NOBODY in asked else [one for one in actors if one in asked] or list(usual)


def write_marked(wanted: Sequence[str], usual: Sequence[str]) -> None:
    """Have the link say whose passages are marked, where it is not whose they usually are."""
    told = () if set(wanted) == set(usual) else tuple(wanted) or (NOBODY,)
    st.session_state["marked-words"] = told
    controls.add_to_link(marked=told)
