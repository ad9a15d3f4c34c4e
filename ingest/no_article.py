"""What comes at an article's address and is none: consent walls, questions whether one is human, error pages, listings.

Each is told by several signs together: articles are written about every one of these.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from lxml import html as lxml_html

#: An article under this length may be a wall's own words, or the teasers of other articles.
SHORT = 1_500
#: Headings that lead elsewhere, of which a page without an article of its own has many.
MANY_HEADINGS = 8
#: A line from this length on is a paragraph rather than a teaser.
PARAGRAPH = 160

_WALLS = re.compile(
    r"before you continue|just a moment|attention required|access denied|are you (?:a robot|human)|verify you are|"
    r"(?:cookie|privacy|consent) (?:settings|preferences|notice|wall)|your privacy|we value your privacy|"
    r"one more step|security check|please enable (?:cookies|javascript)|captcha|robot check|subscribe to continue|"
    r"privatsphäre|zustimmung|datenschutz-?einstellungen",
    re.IGNORECASE,
)
_ERRORS = re.compile(
    r"^\W*(?:error\s*)?(?:40[0-9]|410|50[0-9])\b|page (?:not found|unavailable)|not found|seite nicht gefunden|"
    r"page introuvable|página no encontrada|service unavailable|bad gateway|gateway time-?out|something went wrong",
    re.IGNORECASE,
)
_CONSENT_ADDRESS = re.compile(
    r"^https?://(?:consent|privacy|cmp|myprivacy|auth|login)\.|/(?:consent|privacy-gate|captcha)\b"
)
# What a consent wall says; three of these in a short text are no chance.
_CONSENT_WORDS = [
    re.compile(words, re.IGNORECASE)
    for words in (
        r"we (?:value|respect|care about) your privacy|your privacy (?:matters|is important)|ihre privatsphäre",
        r"accept (?:all|and continue|cookies)|agree and (?:continue|close)|alle akzeptieren|tout accepter|aceptar todo",
        r"store and/or access|auf einem gerät speichern|stocker et/ou accéder|almacenar (?:la )?información",
        r"our (?:\d+ )?(?:partners|vendors)|unsere (?:\d+ )?partner|nos (?:\d+ )?partenaires|nuestros (?:\d+ )?socios",
        r"(?:manage|more|cookie) (?:options|preferences|choices|settings)|einstellungen|paramétrer|configurar",
        r"legitimate interest|berechtigte[sn]? interesse|intérêt légitime|interés legítimo",
        r"withdraw (?:your )?consent|reject all|alle ablehnen|tout refuser|rechazar todo|einwilligung",
        r"personali[sz]ed (?:ads|advertising|content)|personalisierte (?:anzeigen|werbung)|publicités personnalisées",
    )
]
_HUMAN = re.compile(
    r"enable javascript and cookies|verif(?:y|ying) (?:that )?you are (?:a )?human|unusual (?:traffic|activity) from|"
    r"(?:checking|to verify) your browser|complete the (?:captcha|security check)|you(?:'|’)re not a robot|"
    r"you have been blocked|automated access|request could not be satisfied|ray id",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"(?:page|article|story|document) (?:that )?you(?:'re| are|’re) (?:looking|searching) for|you were looking for|"
    r"(?:page|article|story) (?:that )?you (?:have )?requested|"
    r"(?:page|article|story) (?:could not|couldn['’]t|cannot|can['’]t) be found|no longer (?:available|exists)|"
    r"(?:does not|doesn['’]t) exist|has been (?:moved or )?(?:removed|deleted)|"
    r"we['’]re sorry,? (?:but )?(?:the|this|that) page|diese seite (?:existiert|wurde)|cette page n['’]existe",
    re.IGNORECASE,
)
_LISTING_PATH = re.compile(
    r"/(?:tags?|topics?|themen?|category|categories|authors?|autor|search|suche|archives?|sections?|latest|newsletters?)"
    r"(?:/[^/]*){0,2}/?$",
    re.IGNORECASE,
)
_LISTING_KINDS = {"CollectionPage", "SearchResultsPage"}


@dataclass(frozen=True, slots=True)
class Signs:
    """What a page looks like, before its text is known."""

    claims: int  # articles that it tells machines it holds
    is_article: bool  # whether it says that it is one
    is_listing: bool  # whether it says that it is a list of them
    headings: int  # that lead to other pages, 50 at most


def signs(tree: lxml_html.HtmlElement, metas: Mapping[str, list[str]], nodes: Iterable[Mapping[str, Any]]) -> Signs:
    """The signs of a page with these meta elements and these JSON-LD objects."""
    kinds = [kind for node in nodes for kind in _kinds(node)]
    claims = sum(kind.endswith(("Article", "Posting")) for kind in kinds)
    said = [kind.lower() for kind in metas.get("og:type", [])] + ["article"] * ("article:published_time" in metas)
    return Signs(
        claims=claims,
        is_article=0 < claims <= 3 or "article" in said,
        is_listing=not _LISTING_KINDS.isdisjoint(kinds),
        headings=sum(1 for _ in islice(_leading_headings(tree), 50)),
    )


def _kinds(node: Mapping[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _leading_headings(tree: lxml_html.HtmlElement) -> Iterable[lxml_html.HtmlElement]:
    """Headings that are a link or hold one."""
    for heading in tree.iter("h1", "h2", "h3", "h4"):
        parent = heading.getparent()
        if (parent is not None and parent.tag == "a") or heading.find(".//a[@href]") is not None:
            yield heading


def notice(url: str, title: str | None, text: str, page: Signs) -> str | None:
    """Why this is no article, for the log; None where it is one, as far as can be told."""
    if _CONSENT_ADDRESS.search(url):
        return "the page asks for consent first"
    if len(text) < SHORT:
        if title and len(title) < 60 and _WALLS.search(title):
            return "the page asks for consent or a human first"
        if title and len(title) < 60 and _ERRORS.search(title):
            return "the page says that there is nothing"
        if sum(1 for words in _CONSENT_WORDS if words.search(text)) >= 3:
            return "the page asks for consent first"
        if not page.is_article and len(text) < SHORT / 3 and _HUMAN.search(text):
            return "the page asks for a human first"
        if not page.is_article and len(text) < SHORT / 3 and _GONE.search(text):
            return "the page says that there is nothing"
    if _is_listing(url, text, page):
        return "the page lists articles and is none"
    return None if text else "no text was found on the page"


def _is_listing(url: str, text: str, page: Signs) -> bool:
    """Whether the page leads to articles; one with so much as SHORT of paragraphs is taken for an article."""
    prose = sum(len(line) for line in text.split("\n") if len(line) >= PARAGRAPH)
    if page.is_article or prose >= SHORT:
        return False
    # An article may stand among as many, but not with hardly a paragraph of its own.
    many = page.headings >= MANY_HEADINGS and prose < SHORT / 3
    return page.is_listing or page.claims > 3 or many or _is_front(url) or bool(_LISTING_PATH.search(_path(url)))


def _is_front(url: str) -> bool:
    """Whether this is a site's first page, to which outlets redirect what is gone."""
    return bool(re.fullmatch(r"https?://[^/?#]+/?", url))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""
