"""The dashboard's frame: archive and catalogue, navigation, and what stands over every page."""

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import blocks, controls, faults, held, sign_in, theme
from dashboard.desk import Desk, page_link
from dashboard.held import Press, Settings
from dashboard.sign_in import Door
from dashboard.theme import Palette, escape
from dashboard.views import actor, articles, compare, health, method, outlets, overview, stories
from data.archive import Archive, ArchiveError, ArchiveMissing
from data.catalogue import CatalogueError

_LINKS = Path(__file__).with_name("links.js")
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
_FIRST = "overview"
# An older run is told in sight, not only on the chip's tooltip.
_FRESH = timedelta(days=2)
_log = logging.getLogger(__name__)


def main() -> None:
    """Draw the page that the URL names."""
    st.set_page_config(page_title="Newsgauge", layout="wide", initial_sidebar_state="collapsed")
    settings = held.settings()
    colours = theme.palette(st.context.theme.type)
    # A style alone would be put in its place when the run has ended; with another element it comes first. The page's
    # own style is part of its HTML (see first_paint): this has the colours alone.
    with st.container(key="style"):
        st.html(f"<i></i>{theme.variables(colours)}")
        st.components.v2.component("newsgauge_links", js=_LINKS.read_text())(key="links")
    door = sign_in.door()
    desk = _desk(settings, colours) if door.state == "open" else None
    pages = {
        name: st.Page(partial(_page, name, desk, door), title=module.TITLE, url_path=name)
        for name, module in _PAGES.items()
        if name != _FIRST
    }
    first = st.Page(partial(_page, _FIRST, desk, door), title=_PAGES[_FIRST].TITLE, url_path="first", default=True)
    pages = {_FIRST: first} | pages
    st.session_state["pages"] = pages
    # The first page has no name in its address: who writes one is led on.
    named = st.Page(partial(_lead_on, first), title=_PAGES[_FIRST].TITLE, url_path=_FIRST)
    st.navigation([*pages.values(), named], position="hidden").run()


def _lead_on(page: st.Page) -> None:
    """The page that a name leads to whose own address is another, with the words that it was asked for with."""
    words = {word: st.query_params.get_all(word) for word in st.query_params}
    st.switch_page(page, query_params=words)


def _desk(settings: Settings, colours: Palette) -> Desk | tuple[str, str]:
    """All that a page needs; or what is wrong and what to do, where archive or catalogue cannot be read.

    Where the archive cannot be read any more, all that was there when it last could.
    """
    try:
        catalogue = held.catalogue(settings.catalogue)
    except CatalogueError as error:
        # The message names a file of the catalogue by its name alone, an entry, and what to write.
        return "The catalogue has a fault", str(error)
    good = _last_good()
    try:
        archive = _pinned(settings.archive)
        if isinstance(archive, ArchiveError):
            raise archive
        press = held.press(archive, settings.archive)
        archive = press.search.archive
    except faults.FAULTS as error:
        # The message holds addresses, which are the operator's business and not a reader's.
        _log.error("The archive cannot be read: %s", error)
        if settings.archive in good:
            archive, press, as_of = good[settings.archive]
            return Desk(settings, archive, press, catalogue, colours, as_of)
        if isinstance(error, ArchiveMissing):
            return "There is no archive yet", _FIRST_STEPS
        return "The archive cannot be read", faults.UNREADABLE
    good[settings.archive] = archive, press, datetime.now(UTC)
    return Desk(settings, archive, press, catalogue, colours)


@st.cache_resource(show_spinner=False)
def _last_good() -> dict[str, tuple[Archive, Press, datetime]]:
    """What could last be read at each address, and when."""
    return {}


@st.cache_resource(ttl=10, max_entries=4, show_spinner=False)
def _pinned(url: str) -> Archive | ArchiveError:
    """A fault is kept as long as a version is, so that one that is slow to tell holds up one reader and not all."""
    try:
        return held.pinned(url)
    except ArchiveError as error:
        return error


_FIRST_STEPS = (
    "Fill one: ./newsgauge demo shows a sample press, ./newsgauge ingest reads the feeds of the catalogue, "
    "./newsgauge import FILE takes in articles that you already have. Then load this page again."
)


def _page(name: str, desk: Desk | tuple[str, str] | None, door: Door) -> None:
    if desk is None:
        sign_in.show(door)
        return
    if isinstance(desk, tuple):
        _header(name, None, door, {})
        st.title("Newsgauge")
        blocks.empty(*desk)
        return
    if desk.press.articles.is_empty() and name in ("overview", "actor", "compare", "stories", "articles", "outlets"):
        _header(name, desk, door, {})
        st.title(_PAGES[name].TITLE)
        blocks.empty("The archive is empty", _FIRST_STEPS)
        return
    controls.open_link(name, desk.catalogue, desk.press)
    with faults.told():
        _PAGES[name].show(desk, partial(_header, name, desk, door))
        held.settled(name)


def _header(name: str, desk: Desk | None, door: Door, words: controls.Words) -> None:
    """Brand, links to the pages with the reader's choice, and how fresh the archive is."""
    st.session_state["source"] = _source(desk)
    with st.container(key="header", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_brand(theme.palette(st.context.theme.type)), width="content")
        with st.container(key="pages", horizontal=True, vertical_alignment="center", gap="small", width="content"):
            for page, module in _PAGES.items():
                page_link(page, words, module.TITLE)
        # On a phone the current page stands first in a row that scrolls.
        here = f"<style>.st-key-pages > :nth-child({[*_PAGES].index(name) + 1}) {{ order: var(--ng-here); }}</style>"
        st.html(f'{here}<div class="ng-chips">{_chips(desk)}</div>', width="stretch")
        sign_in.sign_out(door)
    if desk and desk.as_of:
        blocks.notice([_OLD.format(blocks.moment(desk.as_of))])
    if desk and desk.press.is_cut and desk.press.first_day and name not in ("health", "method"):
        blocks.notice([_CUT.format(f"{desk.press.first_day:%-d %B %Y}", f"{held.most_mentions():,}")])


_OLD = (
    "The archive cannot be read. This page is an old picture, of {}; what was collected since is missing on it, and "
    "parts that are read from the archive itself may be too. The server's log says why."
)


def _source(desk: Desk | None) -> list[str]:
    """What a picture that leaves the page says of the archive it was drawn from."""
    if desk is None:
        return []
    sample = ["sample press, nothing here happened"] if desk.settings.sample else []
    return [*sample, f"data to {blocks.moment(desk.press.last_published_at)}", f"archive version {desk.press.version}"]


#: Over each page that counts articles, where older ones are not in memory.
_CUT = (
    "Shown is the press since {}: the newest months that hold at most {} mentions, as many as memory has room for. "
    "What is older lies in the archive, and files of it are made by ./newsgauge export."
)


def _chips(desk: Desk | None) -> str:
    if desk is None:
        return '<span class="ng-chip bad">No data</span>'
    chips = [_freshness(desk.press, desk.settings.sample)]
    if desk.as_of:
        chips = [f'<span class="ng-chip bad">Old picture, of {escape(blocks.moment(desk.as_of))}</span>']
    if desk.settings.sample:
        chips.insert(0, '<span class="ng-chip sample">Sample press: nothing here happened</span>')
    return "".join(chips)


def _freshness(press: Press, sample: bool) -> str:
    """How far the articles reach, and whether the last run was good; the sample's own days are never fresh."""
    if press.last_published_at is None:
        return '<span class="ng-chip bad">No articles yet</span>'
    reach = f"Data to {blocks.moment(press.last_published_at)}"
    if press.runs.is_empty():
        return f'<span class="ng-chip">{escape(reach)}</span>'
    last = press.runs.row(0, named=True)
    wrong = health.what_went_wrong(last["exit"])
    age = datetime.now(UTC) - (last["finished_at"] or last["started_at"])
    told = f" · last run {wrong}" if wrong else ""
    if age > _FRESH and not sample:
        told += f" · last run {blocks.ago(age)}"
    return (
        f'<span class="ng-chip {"bad" if wrong else "good"}" title="{escape(f"Last run {blocks.ago(age)}")}">'
        f"{escape(reach + told)}</span>"
    )


def _brand(colours: Palette) -> str:
    mark = (
        f'<rect x="1" y="1" width="20" height="20" rx="5" fill="{colours.primary}"/>'
        f'<path d="M4.5 14.5l3.5-5 3 3 2.5-6 4 8" fill="none" stroke="{colours.background}" stroke-width="1.8" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )
    return f'<div class="ng-brand"><img alt="" src="{blocks.picture("0 0 22 22", mark)}">Newsgauge</div>'
