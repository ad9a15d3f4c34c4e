"""Documents as outlets send them: bytes become characters, and these a tree of XML, mended where it must be.

No entity is declared, nothing is fetched, and whatever cannot be read ends in a FeedError.
"""

import html
import re
from urllib.parse import urlsplit

from lxml import etree

from ingest.charset import decode
from ingest.entries import FeedError
from ingest.markup import raise_want_of_memory

MOST_BYTES = 20_000_000


def text_of_document(document: bytes, content_type: str | None) -> str:
    """The characters of a document that is neither empty nor too large nor an HTML page."""
    if len(document) > MOST_BYTES:
        raise FeedError("too large", f"It has more than {MOST_BYTES // 1_000_000} MB. Look for a smaller feed.")
    text = decode(document, content_type).lstrip("\ufeff \t\r\n")
    if not text:
        raise FeedError("empty", "The document is empty. Open the address in a browser; the outlet may have moved it.")
    if _first_tag(text) in ("html", "head", "body", "!doctype html"):
        raise FeedError("html", "This is a web page, not a feed. Look for the feed's own address on that page.")
    return text


def _first_tag(text: str) -> str:
    """The name of a document's first element in lower case, or `!doctype NAME` where a DOCTYPE names it before."""
    place = 0
    while (opened := text.find("<", place)) >= 0:
        comment = text.startswith("<!--", opened)
        if comment or text.startswith("<?", opened):
            closed = text.find("-->" if comment else "?>", opened)
            if closed < 0:
                return ""
            place = closed + 2
            continue
        return " ".join(
            _TAG_NAME.findall(text[opened + 1 : opened + 40])[: 2 if text[opened + 1 :][:1] == "!" else 1]
        ).lower()
    return ""


_TAG_NAME = re.compile(r"!?[\w:.-]+")


def parse_xml(text: str, url: str) -> etree._Element:
    """The root of a document, repaired where it is not well-formed. Raises FeedError."""
    text = _DECLARATION.sub("", NOT_XML.sub("", text))
    # Both anywhere: a comment can hide where the prolog ends, and an article that quotes both in CDATA is rare.
    if "<!DOCTYPE" in text and "<!ENTITY" in text:
        raise FeedError(
            "malformed", "It declares entities, which can be a bomb or a leak. Ask the outlet for a plain feed."
        )
    root = None
    if "<!DOCTYPE" not in text[:20_000]:
        root = _parsed(text, url, recover=False)
    if root is None:
        # Whatever a script printed before the feed goes; so do HTML's entities, which XML does not know.
        start = _ROOT.search(text[:20_000])
        root = _parsed(_repaired(text[start.start() :] if start else text), url, recover=True)
    if root is None or not isinstance(root.tag, str):
        raise FeedError("malformed", "This is no RSS, Atom or JSON feed. Open the address in a browser.")
    return root


_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
#: Characters that XML cannot hold.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ROOT = re.compile(r"<(?:[\w-]+:)?(?:rss|rdf|feed|channel|urlset|sitemapindex)\b", re.IGNORECASE)


def _parsed(text: str, url: str, recover: bool) -> etree._Element | None:
    parser = etree.XMLParser(
        encoding="utf-8", recover=recover, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        root = etree.fromstring(text.encode(), parser, base_url=url if is_web(url) else None)
    except etree.XMLSyntaxError as error:
        raise_want_of_memory(error)
        return None
    except ValueError:
        return None
    return root


def is_torn(text: str) -> bool:
    """Whether the document is not well-formed as it stands."""
    return _parsed(_DECLARATION.sub("", NOT_XML.sub("", text)), "", recover=False) is None


def _repaired(text: str) -> str:
    """The document with its entities in numbers and its bare & escaped; CDATA is left as it is."""
    if text.count("&") > MOST_AMPERSANDS:
        raise FeedError("malformed", "It is not well-formed, and too large to be mended. Tell the outlet.")
    pieces: list[str] = []
    start = 0
    while (opened := text.find("<![CDATA[", start)) >= 0 and (closed := text.find("]]>", opened)) >= 0:
        pieces += [_AMPERSAND.sub(_entity, text[start:opened]), text[opened : closed + 3]]
        start = closed + 3
    pieces.append(_AMPERSAND.sub(_entity, text[start:]))
    return "".join(pieces)


#: Characters & of a document; one with more was written by nobody, and mending it would take its time.
MOST_AMPERSANDS = 500_000
_AMPERSAND = re.compile(r"&(?:#(?:\d{1,7}|[xX][\da-fA-F]{1,6});|[a-zA-Z][a-zA-Z0-9]{1,31};)?")


def _entity(found: re.Match[str]) -> str:
    reference = found[0]
    if reference in ("&amp;", "&lt;", "&gt;", "&quot;", "&apos;"):
        return reference
    character = html.unescape(reference) if len(reference) > 1 else reference
    if character == reference:
        return "&amp;" + reference[1:]
    return NOT_XML.sub("", html.escape(character))


def is_whole(text: str, root: etree._Element) -> bool:
    """Whether a document ends with its root, as far as that can be told: one that was cut ends before."""
    last = text[text.rfind("<") :]
    if last.startswith("<!--"):  # some servers sign with a comment
        last = text[text.rfind("</") :]
    named = re.match(r"</(?:[\w.-]+:)?([\w.-]+)\s*>", last)
    return (named is not None and named[1].lower() == local_name(root)) or bool(re.search(r"/>\s*\Z", last))


def local_name(element: etree._Element | None) -> str:
    """An element's name without its vocabulary, in lower case; empty for a comment."""
    if element is None or not isinstance(element.tag, str):
        return ""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower()


def is_web(link: str) -> bool:
    """Whether this is an http(s) address."""
    try:
        parts = urlsplit(link)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
