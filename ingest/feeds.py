"""Feed documents: RSS 0.9 to 2.0, RDF, Atom and JSON Feed become entries. Any bytes end in a Feed or a FeedError.

One reader for all XML feeds, by the local names of elements: outlets mix the vocabularies anyway. lxml does the
parsing. Feed libraries read dates and links their own way, and ours must neither invent the one nor trust the other.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from data.identity import LONGEST_URL
from ingest import moments
from ingest.documents import NOT_XML, is_torn, is_web, is_whole, local_name, parse_xml, text_of_document
from ingest.entries import MOST_AUTHORS, MOST_ENTRIES, Entry, Feed, FeedError, collected, made
from ingest.markup import headline, literal, plain, text_of, tidy


def parse(document: bytes, url: str, content_type: str | None = None) -> Feed:
    """The entries of a feed document that was found at `url`, in its order.

    Raises FeedError, and nothing else, on any bytes. An entry that says nothing at all is dropped, and so is one whose
    only address is no http(s) one (`javascript:`).
    """
    text = text_of_document(document, content_type)
    return _json_feed(text, url) if text.startswith(("{", "[")) else _xml_feed(text, url)


# XML


def _xml_feed(text: str, url: str) -> Feed:
    root = parse_xml(text, url)
    if local_name(root) in ("urlset", "sitemapindex"):
        raise FeedError("malformed", 'This is a sitemap. Give the feed kind = "news-sitemap" in outlets.toml.')
    if local_name(root) == "html":
        raise FeedError("html", "This is a web page, not a feed. Look for the feed's own address on that page.")
    items = list(islice(_items(root), MOST_ENTRIES + 1))
    whole = is_whole(text, root)
    channel = _channel(root)
    if not items and channel is None:
        raise FeedError("malformed", "This is no RSS, Atom or JSON feed. Open the address in a browser.")
    about = fields_of(channel) if channel is not None else {}
    language = language_code(_first(about, "language", "dc:language") or _inherited_language(channel))
    torn = not whole and len(items) <= MOST_ENTRIES and _breaks_off_in_entry(text)
    read = items[:-1] if torn else items[:MOST_ENTRIES]
    entries, dropped = collected(_xml_entry(item, url, language) for item in read)
    dropped["malformed"] += torn
    if not entries and is_torn(text):
        raise FeedError(
            "malformed", "The document breaks off, and no entry of it can be read. It is tried again later."
        )
    if len(items) > MOST_ENTRIES:
        dropped["too many"] += int(root.xpath(f"count(//*[{_IS_ITEM}][not(parent::*[{_IS_ITEM}])])")) - MOST_ENTRIES
    return Feed(
        title=_text(about["title"][0])[:1000] if about.get("title") else "",
        entries=entries,
        ttl_minutes=_ttl(about),
        dropped=dict(+dropped),
        skip_hours=_skip_hours(about),
        skip_days=_skip_days(about),
        whole=whole,
    )


def _breaks_off_in_entry(text: str) -> bool:
    """Whether the document ends in an entry of which title and address are not told to their ends."""
    opened = max(text.rfind(f"<{name}{end}") for name in ("item", "entry") for end in (">", " ", "\n"))
    if opened < max(text.rfind(f"</{name}") for name in ("item", "entry")):
        return False
    return "</title>" not in text[opened:] or not re.search(r"</link>|<link[^>]*/>|</guid>|</id>", text[opened:])


def _items(root: etree._Element) -> Iterator[etree._Element]:
    """The entries of a feed in document order, wherever they stand (RSS 1.0 has them beside the channel)."""
    items: Iterator[etree._Element] = root.iter("{*}item", "{*}entry")
    if next(root.iter("{*}item", "{*}entry"), None) is None:
        items = (element for element in root.iter(etree.Element) if local_name(element) in ("item", "entry"))
    return (item for item in items if local_name(item.getparent()) not in ("item", "entry"))


_IS_ITEM = "local-name()='item' or local-name()='entry'"


def _channel(root: etree._Element) -> etree._Element | None:
    if local_name(root) in ("feed", "channel"):
        return root
    channel = next(root.iter("{*}channel", "{*}Channel"), None)
    return root if channel is None and local_name(root) in ("rss", "rdf") else channel


_SPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/elements/1.0/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.google.com/schemas/sitemap-news/0.9": "news",
}
# Vocabularies whose words are the feed's own.
_CORE = re.compile(
    r"|http://www\.w3\.org/2005/Atom/?|http://purl\.org/atom/.*|http://purl\.org/rss/1\.0/?|http://purl\.org/net/rss1\.1#"
    r"|http://(?:my|channel)\.netscape\.com/.*|http://(?:backend|blogs?)\.userland\.com/.*|.*/rss-?(?:2\.0|0\.9\d?|2)?/?"
    r"|http://www\.sitemaps\.org/schemas/sitemap/0\.\d+|http://www\.google\.com/schemas/sitemap/0\.\d+",
    re.IGNORECASE,
)


def _name(element: etree._Element) -> str:
    """An element's name: bare in the feed's own vocabulary, `dc:date` in a known other one, else with its prefix."""
    space, _, local = element.tag.rpartition("}")
    space = space[1:]
    known = _SPACES.get(space)
    if known:
        return f"{known}:{local.lower()}"
    if _CORE.fullmatch(space):
        return str(local.lower())  # a prefix that nobody declared is still in the name: dc:date
    return f"{element.prefix}:{local.lower()}" if element.prefix else str(local.lower())


def fields_of(element: etree._Element) -> dict[str, list[etree._Element]]:
    """An element's children by their names, in order."""
    fields: dict[str, list[etree._Element]] = {}
    for child in element.iterchildren(etree.Element):
        fields.setdefault(_name(child), []).append(child)
    return fields


_Fields = Mapping[str, list[etree._Element]]


def _xml_entry(item: etree._Element, url: str, language: str | None) -> Entry | str:
    fields = fields_of(item)
    for group in fields.get("media:group", []):  # what is said of all pictures of an entry is said of the entry
        fields = fields_of(group) | fields
    guid = _raw(fields, "guid", "id") or _about(item)
    base = _base(item, url)
    links = [link for link in _links(item, fields, guid) if fits(link, base)]
    address = first_address(absolute(base, link) for link in links)
    if address is None and any(_has_scheme(link) for link in links):
        return "no address"
    return made(
        Entry(
            url=address,
            title=headline_of(fields, "title", "dc:title", "media:title", "itunes:title"),
            summary=text_of_first(
                fields, "description", "summary", "dc:description", "itunes:summary", "media:description"
            ),
            content=text_of_first(fields, "content:encoded", "content", "xhtml:body", "body", "fullitem"),
            published_at=_published(fields),
            guid=guid,
            authors=_authors(fields),
            language=language_code(item.get(_LANG) or _first(fields, "dc:language", "language")) or language,
            unread_date=unread_date(characters_of(element) for name in _DATES for element in fields.get(name, [])),
        )
    )


_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def _about(item: etree._Element) -> str | None:
    about: str | None = item.get(_ABOUT) or item.get("about")
    return about


def _links(item: etree._Element, fields: _Fields, guid: str | None) -> Iterator[str]:
    """What may be the entry's address, the best first: the one behind a counter, its link, a guid that is one.

    isPermaLink is not asked: it is true where a feed leaves it out, whatever its guids are.
    """
    for element in fields.get("feedburner:origlink", []):
        yield characters_of(element)
    links = fields.get("link", []) + fields.get("atom:link", [])
    for link in sorted(links, key=lambda link: "html" not in (link.get("type") or "html")):
        if (link.get("rel") or "alternate").lower() in (
            "alternate",
            "http://www.iana.org/assignments/relation/alternate",
        ):
            yield link.get("href") or link.get(_RESOURCE) or characters_of(link)
    if guid and is_web(guid) and not re.search(r"\s", guid):
        yield guid
    for name in ("url", "enclosure"):
        for element in fields.get(name, []):
            yield element.get("url") or characters_of(element)
    about = _about(item)
    if about and is_web(about):
        yield about


_RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def _base(item: etree._Element, url: str) -> str:
    """What a relative address of this entry is relative to (XML Base)."""
    link = next((child for child in item.iterchildren("{*}link")), item)
    return absolute(url, link.base or "") or url


def first_address(links: Iterable[str | None]) -> str | None:
    """The first http(s) address among these."""
    return next((link for link in links if link and is_web(link)), None)


def absolute(base: str, link: str) -> str | None:
    """`link` as seen from `base`, white space taken out as browsers do; None where that is no address."""
    try:
        return urljoin(base, re.sub(r"[\t\r\n]", "", link.strip())) if link.strip() else None
    except ValueError:
        return None


def fits(link: str, base: str) -> bool:
    """Whether a link is as short as an address must be; a longer one is left out, and its headline stays."""
    return len(absolute(base, link) or link) <= LONGEST_URL


def _has_scheme(link: str) -> bool:
    return bool(re.match(r"\s*[a-zA-Z][\w+.-]*:", link))


def characters_of(element: etree._Element) -> str:
    """All text in an element."""
    return "".join(element.itertext(etree.Element)).strip()


def _raw(fields: _Fields, *names: str) -> str | None:
    return next((text for name in names for element in fields.get(name, []) if (text := characters_of(element))), None)


def _first(fields: _Fields, *names: str) -> str:
    return _raw(fields, *names) or ""


def text_of_first(fields: _Fields, *names: str) -> str | None:
    """The plain text of the first of these fields that has any."""
    return next((text for name in names for element in fields.get(name, []) if (text := _text(element))), None)


def headline_of(fields: _Fields, *names: str) -> str:
    """The first of these fields that has any text, as a headline in one line."""
    headlines = (_headline(element) for name in names for element in fields.get(name, []))
    return next((one for one in headlines if one), "")


def _headline(element: etree._Element) -> str:
    if len(element) or element.get("type") or element.get("mode"):
        return _one_line(_text(element) or literal(element.text or ""))
    return _one_line(headline(element.text or ""))


def _text(element: etree._Element) -> str:
    """The plain text of a field: of markup where it is escaped HTML or XHTML, as it stands where it says it is text."""
    kind = (element.get("type") or "html").lower()
    if len(element):
        return tidy(text_of(element))
    text = element.text or ""
    if (element.get("mode") or "").lower() == "base64" or kind == "application/octet-stream":
        text = _from_base64(text)
    if kind in ("text", "plain", "text/plain") and _name(element) != "description":
        return tidy(text)
    return plain(text)


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except ValueError:
        return text


def _one_line(text: str) -> str:
    return " ".join(text.split())


_DATES = (
    *("pubdate", "published", "issued", "dcterms:issued", "dc:date", "date", "dcterms:created", "created"),
    *("dcterms:date", "updated", "modified", "dcterms:modified", "lastbuilddate", "a10:updated", "atom:published"),
    *("atom:updated", "news:publication_date"),
)


def _published(fields: _Fields) -> datetime | None:
    """The first date that can be read: of publication, or else of the last change."""
    dates = (moments.parse(characters_of(element)) for name in _DATES for element in fields.get(name, []))
    return next((date for date in dates if date), None)


def unread_date(claims: Iterable[str]) -> str | None:
    """What stands in the place of a date, where no date can be read in any of these places."""
    said = [claim for claim in claims if claim]
    return None if not said or any(map(moments.parse, said)) else _one_line(said[0])[:100]


def _authors(fields: _Fields) -> tuple[str, ...]:
    names: list[str] = []
    for field_name in ("dc:creator", "author", "itunes:author", "atom:author", "media:credit"):
        for element in fields.get(field_name, []):
            name = _raw(fields_of(element), "name", "atom:name") or ("" if len(element) else element.text or "")
            names.append(_person(plain(name)))
        if any(names):
            break
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_AUTHORS]


def _person(author: str) -> str:
    """The name in RSS's `post@example.org (Jane Roe)`, and no bare e-mail address."""
    author = _one_line(author)[:200]
    found = re.fullmatch(r"\S+@\S+ \((.+)\)|(.+?) <?\(?\S+@\S+\)?>?", author)
    name = (found[1] or found[2]) if found else author
    return "" if re.fullmatch(r"\S+@\S+", name) else name.strip()


def language_code(code: str | None) -> str | None:
    """`en` of en-US; None for what is no code of two letters."""
    found = re.match(r"\s*([a-zA-Z]{2})(?:[-_]|\s*$)", code or "")
    return found[1].lower() if found else None


def _inherited_language(channel: etree._Element | None) -> str | None:
    while channel is not None:
        if channel.get(_LANG):
            return str(channel.get(_LANG))
        channel = channel.getparent()
    return None


def _ttl(about: _Fields) -> int | None:
    """Minutes between two looks that the feed asks for: RSS's ttl, or the syndication module's period."""
    ttl = _first(about, "ttl")
    if re.fullmatch(r"\d{1,6}", ttl):
        return int(ttl) or None
    period = _PERIODS.get(_first(about, "sy:updateperiod").lower())
    frequency = _first(about, "sy:updatefrequency")
    times = int(frequency) if re.fullmatch(r"\d{1,4}", frequency) else 1
    return period // max(times, 1) if period else None


def _skip_hours(about: _Fields) -> frozenset[int]:
    """RSS's skipHours; of the two ways in which hours are counted, 24 is midnight in one. All of a day skips none."""
    said = [characters_of(hour) for skip in about.get("skiphours", []) for hour in skip.iterchildren("{*}hour")]
    hours = frozenset(int(hour) % 24 for hour in said if re.fullmatch(r"[01]?\d|2[0-4]", hour))
    return hours if len(hours) < 24 else frozenset()


def _skip_days(about: _Fields) -> frozenset[int]:
    """RSS's skipDays; all of a week skips none."""
    said = [characters_of(day) for skip in about.get("skipdays", []) for day in skip.iterchildren("{*}day")]
    days = frozenset(_DAYS.index(day.lower()) for day in said if day.lower() in _DAYS)
    return days if len(days) < 7 else frozenset()


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}


# JSON


def _json_feed(text: str, url: str) -> Feed:
    """A JSON Feed (jsonfeed.org/version/1.1), or anything that has its list of items."""
    try:
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise FeedError(
            "malformed", "The JSON of this feed breaks off or is wrong. It is tried again later."
        ) from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise FeedError("malformed", "This JSON has no list of items, so it is no feed. Check the address.")
    language = language_code(_string(document, "language"))
    entries, dropped = collected(_json_entry(item, url, language) for item in items[:MOST_ENTRIES])
    if len(items) > MOST_ENTRIES:
        dropped["too many"] += len(items) - MOST_ENTRIES
    return Feed(_one_line(_string(document, "title"))[:1000], entries, None, dict(dropped))


def _json_entry(item: object, url: str, language: str | None) -> Entry | str:
    if not isinstance(item, dict):
        return "malformed"
    guid = _string(item, "id") or None
    links = [link for link in (_string(item, "url"), _string(item, "external_url")) if link and fits(link, url)]
    if guid and is_web(guid):
        links.append(guid)
    address = first_address(absolute(url, link) for link in links)
    if links and address is None:
        return "no address"
    return made(
        Entry(
            url=address,
            title=_one_line(literal(_string(item, "title"))),
            summary=literal(_string(item, "summary")) or None,
            content=plain(_string(item, "content_html")) or tidy(_string(item, "content_text")) or None,
            published_at=moments.parse(_string(item, "date_published"))
            or moments.parse(_string(item, "date_modified")),
            guid=guid,
            authors=_json_authors(item),
            language=language_code(_string(item, "language")) or language,
            unread_date=unread_date(_string(item, name) for name in ("date_published", "date_modified")),
        )
    )


def _string(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return NOT_XML.sub("", str(value)).strip()


def _json_authors(item: Mapping[str, Any]) -> tuple[str, ...]:
    listed = item.get("authors")
    authors = listed if isinstance(listed, list) else [item.get("author")]
    names = (_one_line(plain(_string(author, "name"))) for author in authors[:MOST_AUTHORS] if isinstance(author, dict))
    return tuple(dict.fromkeys(name for name in names if name))
