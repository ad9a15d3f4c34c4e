"""The catalogue's outlets as OPML, and OPML as outlets: the form in which feed readers exchange their lists.

What OPML has no word for travels in attributes of our own namespace (https://opml.org/spec2.opml allows that), so that
reading what was written gives the same outlets. A list from elsewhere gives outlets with `unknown` where it is silent.
"""

import json
import re
import unicodedata
from dataclasses import replace
from datetime import date
from typing import Literal, cast
from urllib.parse import urlsplit

from lxml import etree

from data.catalogue import FULL_TEXTS, MEDIA_TYPES, OWNERSHIPS, UNKNOWN_COUNTRY, FeedSource, FullText, Outlet

NAMESPACE = "urn:newsgauge:outlet"
_OURS = f"{{{NAMESPACE}}}"


class OpmlError(Exception):
    """Why a document is no OPML that could be read, and what to do."""


def write(outlets: list[Outlet] | tuple[Outlet, ...]) -> bytes:
    """An OPML 2.0 document: an outline for each outlet, its feeds inside."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"newsgauge": NAMESPACE})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Newsgauge outlets"
    body = etree.SubElement(root, "body")
    for outlet in outlets:
        folder = etree.SubElement(body, "outline", _outlet_attributes(outlet))
        for feed in outlet.feeds:
            etree.SubElement(folder, "outline", _feed_attributes(outlet, feed))
    return cast(bytes, etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def read(document: bytes) -> list[Outlet]:
    """The outlets of an OPML document; feeds of one name are one outlet, a folder of a foreign list is a panel.

    Raises OpmlError for what is no OPML, and for a document type declaration: entities could make it grow without end.
    """
    target = _Outlines()
    # Only the five entities of XML are left to resolve: a document that could declare others is refused at its start.
    parser = etree.XMLParser(target=target, resolve_entities=True, load_dtd=False, no_network=True)
    try:
        etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise OpmlError(f"not readable as OPML: {error}. Export the list again from your feed reader.") from None
    if target.root != "opml":
        raise OpmlError(f"not OPML: it starts with <{target.root}>. Export the list as OPML from your feed reader.")
    return list(target.outlets.values())


def as_toml(document: bytes) -> str:
    """The outlets of an OPML document as entries of outlets.toml, to be looked through and pasted there."""
    return "\n".join(_entry(outlet) for outlet in read(document))


# Writing


def _outlet_attributes(outlet: Outlet) -> dict[str, str]:
    return {
        "text": outlet.name,
        "htmlUrl": outlet.homepage,
        "category": ",".join(outlet.panels),
        **_ours(
            key=outlet.key,
            country=outlet.country,
            languages=" ".join(outlet.languages),
            media_type=outlet.media_type,
            ownership=outlet.ownership,
            full_text=outlet.full_text,
            added=outlet.added.isoformat() if outlet.added else None,
            retired=outlet.retired.isoformat() if outlet.retired else None,
        ),
    }


def _feed_attributes(outlet: Outlet, feed: FeedSource) -> dict[str, str]:
    return {
        "type": "rss",
        "text": outlet.name,
        "xmlUrl": feed.url,
        **_ours(kind=feed.kind, user_agent=feed.user_agent, accept=feed.accept),
    }


def _ours(**values: str | None) -> dict[str, str]:
    return {_OURS + name: value for name, value in values.items() if value is not None}


# Reading


class _Outlines:
    """Takes the elements of a document as they are parsed, and collects its outlets by key."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.outlets: dict[str, Outlet] = {}
        self._folders: list[dict[str, str] | None] = []

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        raise OpmlError("it declares a document type, which can hide entities. Remove the <!DOCTYPE …> at its start.")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        if tag != "outline":
            return
        attributes = dict(attributes)
        url = attributes.get("xmlUrl", "").strip()
        if _is_address(url):
            self._add(url, attributes, next((folder for folder in reversed(self._folders) if folder), None))
        self._folders.append(None if url else attributes)

    def end(self, tag: str) -> None:
        if tag == "outline":
            self._folders.pop()

    def close(self) -> None:
        """Part of the parser's interface; everything is collected by then."""

    def _add(self, url: str, attributes: dict[str, str], folder: dict[str, str] | None) -> None:
        outlet = _ours_or_foreign(url, attributes, folder)
        known = self.outlets.setdefault(outlet.key, outlet)
        if url not in [feed.url for feed in known.feeds]:
            self.outlets[outlet.key] = replace(known, feeds=(*known.feeds, _feed(url, attributes)))


def _is_address(url: str) -> bool:
    """Whether this is an address that a feed can have."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:
        return False


def _ours_or_foreign(url: str, attributes: dict[str, str], folder: dict[str, str] | None) -> Outlet:
    """The outlet that a feed belongs to, without its feeds."""
    if folder and _slug(folder.get(_OURS + "key", "")):
        return _ours_of(folder)
    return _foreign(url, attributes, folder)


def _ours_of(folder: dict[str, str]) -> Outlet:
    def ours(name: str) -> str:
        return folder.get(_OURS + name, "")

    def known(name: str, choices: tuple[str, ...], otherwise: str) -> str:
        return ours(name) if ours(name) in choices else otherwise

    return Outlet(
        key=_slug(ours("key")),
        name=folder.get("text", ours("key")),
        homepage=folder.get("htmlUrl", ""),
        country=ours("country") if re.fullmatch("[A-Z]{2}", ours("country")) else UNKNOWN_COUNTRY,
        languages=tuple(re.findall(r"\b[a-z]{2}\b", ours("languages"))),
        media_type=known("media_type", MEDIA_TYPES, "unknown"),
        ownership=known("ownership", OWNERSHIPS, "unknown"),
        panels=tuple(_slug(panel) for panel in folder.get("category", "").split(",") if _slug(panel)),
        feeds=(),
        full_text=cast(FullText, known("full_text", FULL_TEXTS, "headline-only")),
        added=_day(ours("added")),
        retired=_day(ours("retired")),
    )


def _foreign(url: str, attributes: dict[str, str], folder: dict[str, str] | None) -> Outlet:
    host = cast(str, urlsplit(url).hostname)
    name = (attributes.get("title") or attributes.get("text") or host).strip()
    homepage = attributes.get("htmlUrl", "").strip()
    language = attributes.get("language", "")[:2].lower()
    panel = _slug(folder.get("title") or folder.get("text") or "") if folder else ""
    return Outlet(
        key=_slug(name) or _slug(host) or "unnamed",
        name=name,
        homepage=homepage if _is_address(homepage) else f"{urlsplit(url).scheme}://{host}/",
        country=UNKNOWN_COUNTRY,
        languages=(language,) if re.fullmatch("[a-z]{2}", language) else (),
        media_type="unknown",
        ownership="unknown",
        panels=(panel,) if panel else (),
        feeds=(),
        full_text="headline-only",
        added=None,
        retired=None,
    )


def _feed(url: str, attributes: dict[str, str]) -> FeedSource:
    kind = attributes.get(_OURS + "kind")
    return FeedSource(
        url=url,
        kind=cast(Literal["feed", "news-sitemap"], kind if kind == "news-sitemap" else "feed"),
        user_agent=attributes.get(_OURS + "user_agent"),
        accept=attributes.get(_OURS + "accept"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise OpmlError(f"{text!r} is no day. Write it as in 2024-10-01.") from None


def _slug(name: str) -> str:
    """A key of lower-case a-z, 0-9 and -.

    >>> _slug("El País: España")
    'el-pais-espana'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")


# TOML


def _entry(outlet: Outlet) -> str:
    feeds = [
        _table(
            url=feed.url,
            kind=None if feed.kind == "feed" else feed.kind,
            user_agent=feed.user_agent,
            accept=feed.accept,
        )
        for feed in outlet.feeds
    ]
    lines = [
        f"[{outlet.key}]",
        f"name = {_quoted(outlet.name)}",
        f"homepage = {_quoted(outlet.homepage)}",
        f"country = {_quoted(outlet.country)}",
        f"languages = {_list(outlet.languages)}",
        f"media_type = {_quoted(outlet.media_type)}",
        f"ownership = {_quoted(outlet.ownership)}",
        f"panels = {_list(outlet.panels)}",
        *(["full_text = " + _quoted(outlet.full_text)] if outlet.full_text != "headline-only" else []),
        *([f"added = {outlet.added}"] if outlet.added else []),
        *([f"retired = {outlet.retired}"] if outlet.retired else []),
        "feeds = [",
        *(f"    {feed}," for feed in feeds),
        "]",
    ]
    return "\n".join(lines) + "\n"


def _table(**values: str | None) -> str:
    return "{" + ", ".join(f"{key} = {_quoted(value)}" for key, value in values.items() if value is not None) + "}"


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_quoted, values)) + "]"


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
