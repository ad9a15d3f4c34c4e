"""The dashboard's frame: archive and catalogue, navigation, and what stands over every page."""

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import answers, blocks, controls, theme
from dashboard.answers import Press, Settings
from dashboard.desk import Desk, page_link
from dashboard.theme import Palette, escape
from dashboard.views import actor, articles, compare, health, method, outlets, overview, stories
from data.archive import ArchiveError, ArchiveMissing
from data.catalogue import CatalogueError

_STYLE = Path(__file__).with_name("page.css")
_PAGES = {
    "overview": overview,
    "actor": actor,
    "compare": compare,
    "stories": stories,
    "articles": articles,
    "outlets": outlets,
    "health": health,
    "method": method,
}
# An older run is told in sight, not only on the chip's tooltip.
_FRESH = timedelta(days=2)
_log = logging.getLogger(__name__)


def main() -> None:
    """Draw the page that the URL names."""
    st.set_page_config(page_title="Newsgauge", layout="wide", initial_sidebar_state="collapsed")
    settings = answers.settings()
    colours = theme.palette(st.context.theme.type)
    st.html(_STYLE)
    st.html(theme.variables(colours))
    desk = _desk(settings, colours)
    pages = {
        name: st.Page(partial(_page, name, desk), title=module.TITLE, url_path=name, default=name == "overview")
        for name, module in _PAGES.items()
    }
    st.session_state["pages"] = pages
    st.navigation(list(pages.values()), position="hidden").run()


def _desk(settings: Settings, colours: Palette) -> Desk | tuple[str, str]:
    """All that a page needs; or what is wrong and what to do, where archive or catalogue cannot be read."""
    try:
        catalogue = answers.catalogue(settings.catalogue)
    except CatalogueError as error:
        # The message names a file of the catalogue by its name alone, an entry, and what to write.
        return "The catalogue has a fault", str(error)
    try:
        archive = answers.pinned(settings.archive)
        return Desk(settings, archive, answers.press(archive, settings.archive), catalogue, colours)
    except ArchiveMissing:
        return "There is no archive yet", _FIRST_STEPS
    except ArchiveError:
        # The message holds addresses, which are the operator's business and not a reader's.
        _log.exception("The archive cannot be read")
        return "The archive cannot be read", _UNREADABLE


_FIRST_STEPS = (
    "Fill one: ./newsgauge demo shows a sample press, ./newsgauge ingest reads the feeds of the catalogue, "
    "./newsgauge import FILE takes in articles that you already have. Then load this page again."
)
_UNREADABLE = (
    "This does not mean that there are no articles: they could not be looked at. The server's log says why. "
    "Run ./newsgauge status on the machine that holds the archive, then load this page again."
)


def _page(name: str, desk: Desk | tuple[str, str]) -> None:
    if isinstance(desk, tuple):
        _header(name, None, {})
        st.title("Newsgauge")
        blocks.empty(*desk)
        return
    if desk.press.articles.is_empty() and name in ("overview", "actor", "compare", "stories", "articles", "outlets"):
        _header(name, desk, {})
        st.title(_PAGES[name].TITLE)
        blocks.empty("The archive is empty", _FIRST_STEPS)
        return
    controls.open_link(name, desk.catalogue, desk.press)
    _PAGES[name].show(desk, partial(_header, name, desk))


def _header(name: str, desk: Desk | None, words: controls.Words) -> None:
    """Brand, links to the pages with the reader's choice, and how fresh the archive is."""
    with st.container(key="header", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_brand(theme.palette(st.context.theme.type)), width="content")
        for page, module in _PAGES.items():
            page_link(page, words, module.TITLE)
        st.html(f'<div class="ng-chips">{_chips(desk)}</div>', width="stretch")


def _chips(desk: Desk | None) -> str:
    if desk is None:
        return '<span class="ng-chip bad">No data</span>'
    chips = [_freshness(desk.press)]
    if desk.settings.sample:
        chips.insert(0, '<span class="ng-chip sample">Sample press: nothing here happened</span>')
    return "".join(chips)


def _freshness(press: Press) -> str:
    """How far the articles reach, and whether the last run was good."""
    if press.last_published_at is None:
        return '<span class="ng-chip bad">No articles yet</span>'
    reach = f"Data to {blocks.moment(press.last_published_at)}"
    if press.runs.is_empty():
        return f'<span class="ng-chip">{escape(reach)}</span>'
    last = press.runs.row(0, named=True)
    good = last["exit"] == 0
    age = datetime.now(UTC) - (last["finished_at"] or last["started_at"])
    told = "" if good else " · last run had failures"
    if age > _FRESH:
        told += f" · last run {blocks.ago(age)}"
    return (
        f'<span class="ng-chip {"good" if good else "bad"}" title="{escape(f"Last run {blocks.ago(age)}")}">'
        f"{escape(reach + told)}</span>"
    )


def _brand(colours: Palette) -> str:
    mark = (
        f'<rect x="1" y="1" width="20" height="20" rx="5" fill="{colours.primary}"/>'
        f'<path d="M4.5 14.5l3.5-5 3 3 2.5-6 4 8" fill="none" stroke="{colours.background}" stroke-width="1.8" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )
    return f'<div class="ng-brand"><img alt="" src="{blocks.picture("0 0 22 22", mark)}">Newsgauge</div>'
