"""What every page is given: the archive in memory, the catalogue, the colours."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

import streamlit as st

from dashboard import controls, theme
from dashboard.charts import Drawn
from dashboard.controls import View
from dashboard.held import Press, Settings
from dashboard.theme import Palette, escape
from data.archive import Archive
from data.catalogue import Catalogue
from data.filters import Filters


@dataclass(frozen=True)
class Desk:
    """One run of a page sees one version of the archive and of the catalogue.

    `as_of` is when the archive could last be read, where it cannot be read now.
    """

    settings: Settings
    archive: Archive
    press: Press
    catalogue: Catalogue
    colours: Palette
    as_of: datetime | None = None

    def label(self, actor: str) -> str:
        """An actor as readers know it; its key where the catalogue has lost it."""
        return self.labels().get(actor, actor)

    def labels(self) -> dict[str, str]:
        """The label of each actor of the catalogue."""
        return {actor.key: actor.label for actor in self.catalogue.actors}

    def outlet(self, key: str) -> str:
        """An outlet's name; its key where the catalogue does not list it."""
        return self.outlets().get(key, key)

    def outlets(self) -> dict[str, str]:
        """The name of each outlet of the catalogue."""
        return {outlet.key: outlet.name for outlet in self.catalogue.outlets}

    def drawn(self, keys: tuple[str, ...]) -> tuple[Drawn, ...]:
        """These actors with their labels and colours."""
        listed = [(actor.key, actor.colour) for actor in self.catalogue.actors if actor.key in keys]
        places = theme.places(listed)
        return tuple(Drawn(key, self.label(key), self.colours.actors[places.get(key, 0)]) for key in keys)

    def filters(self, view: View) -> tuple[Filters, date | None, date | None]:
        """What the queries are asked with: days in place of the period, outlets in place of panels."""
        first, last = controls.window(view, self.press.first_day, self.press.last_day)
        return controls.dated(view, first, last).resolved(self.catalogue), first, last


def most_mentioned(desk: Desk, number: int) -> tuple[str, ...]:
    """The catalogue's actors that the archive names most."""
    labels = desk.labels()
    return tuple(key for key in desk.press.actors if key in labels)[:number]


def page_link(page: str, words: controls.Words, label: str) -> None:
    """A link to another page that keeps what the reader has chosen."""
    st.page_link(st.session_state["pages"][page], label=label, query_params=words)


def link(page: str, words: controls.Words, label: str) -> str:
    """The same as HTML, for places where there are many of them; the label is text, whatever it holds.

    >>> link("actor", {"actor": ["nato"]}, "NATO & others")
    '<a class="ng-link" href="actor?actor=nato">NATO &amp; others</a>'
    """
    return f'<a class="ng-link" href="{escape(f"{page}?{urlencode(words, doseq=True)}")}">{escape(label)}</a>'


def actor_link(actor: str, words: controls.Words, label: str) -> str:
    """A link as HTML to the page of an actor; the others that are chosen stay chosen behind it.

    >>> actor_link("nato", {"actor": ["ukraine", "nato"]}, "NATO")
    '<a class="ng-link" href="actor?actor=nato&amp;actor=ukraine">NATO</a>'
    """
    others = [other for other in words.get("actor", []) if other != actor]
    first = {"actor": [actor, *others[: controls.MOST_ACTORS - 1]]}
    return link("actor", first | words | first, label)
