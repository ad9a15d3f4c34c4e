"""HTML to plain text: tags gone, entities read, paragraphs kept as line breaks. In linear time on any input."""

import html
import re
from collections.abc import Mapping

from lxml import etree

# Whatever stands in these is no reading matter.
_SILENT = {
    *("script", "style", "template", "noscript", "svg", "math", "form", "button", "select"),
    *("textarea", "head", "title"),
}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table"),
    *("td", "th", "tr", "ul", "video"),
}
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?=[\s/>])|<!--")
# Numbers of Windows' own characters, which stand for the controls of Latin-1 in many a feed.
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}
_SPACE = re.compile(r"[^\S\n]+")
#: No element has so many, and libxml2 takes quadratic time to build one that has.
MOST_ATTRIBUTES = 2_000
_LINES = re.compile(r"\s*\n\s*")


def plain(markup: str) -> str:
    """The text of a piece of HTML, a line a paragraph. What has no tag in it only has its entities read.

    >>> plain("<p>Rain &amp; wind.</p><p>5 &lt; 6</p><script>alert(1)</script>")
    'Rain & wind.\\n5 < 6'
    >>> plain("R&amp;D, 5 < 6")
    'R&D, 5 < 6'
    """
    if "<" in markup and _TAG.search(markup):
        return tidy(_text(markup))
    return literal(markup)


def literal(text: str) -> str:
    """A text that is no HTML, such as a headline in JSON: its `<` are its own, and only stray entities are read.

    >>> literal("Use the <img> tag &amp; live")
    'Use the <img> tag & live'
    """
    return tidy(html.unescape(text) if "&" in text else text)


def headline(markup: str) -> str:
    """The text of a headline of which nobody says whether it is HTML: only tags that can do something are taken for it.

    >>> headline("<b>Rain</b> &amp; wind")
    'Rain & wind'
    >>> headline("Use the <img> tag, not <b>")
    'Use the <img> tag, not <b>'
    >>> headline("<img src=x onerror=alert(1)>")
    '<img src=x onerror=alert(1)>'
    """
    if "<" not in markup:
        return literal(markup)
    opened = {name.lower() for slash, name, _ in _WHOLE_TAG.findall(markup) if not slash}
    closed = {name.lower() for slash, name, _ in _WHOLE_TAG.findall(markup) if slash}

    def read(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        works = name in _ALONE or (name in opened and name in closed) or (name == "img" and "=" in tag[3])
        return tag[0] if works else f"&lt;{tag[0][1:]}"

    return plain(_WHOLE_TAG.sub(read, markup)) or literal(markup)


_WHOLE_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?/?)>")
# Tags that need no end.
_ALONE = {"br", "wbr", "hr", "p"}


def tidy(text: str) -> str:
    """`text` with single spaces, no empty lines, and Windows' characters in their right places."""
    return _LINES.sub("\n", _SPACE.sub(" ", text.translate(_WINDOWS))).strip()


def _text(markup: str) -> str:
    # lxml ends a text at NUL, and has no lone surrogates.
    document = markup.replace("\0", " ").encode("utf-8", "replace")
    if is_overloaded(document):
        return ""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(b"<body>" + document, parser)
    except etree.XMLSyntaxError as error:
        raise_want_of_memory(error)
        return ""
    return "" if root is None else text_of(root)


def raise_want_of_memory(error: etree.XMLSyntaxError) -> None:
    """Raise MemoryError where that was the matter: libxml2 tells it as one more fault of the document."""
    if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
        raise MemoryError from error


def is_overloaded(document: bytes) -> bool:
    """Whether an element of this HTML has more than MOST_ATTRIBUTES; found out without building any."""
    if len(document) < 4 * MOST_ATTRIBUTES:
        return False
    counter = _AttributeCounter()
    try:
        etree.fromstring(document, etree.HTMLParser(encoding="utf-8", huge_tree=True, target=counter))
    except etree.XMLSyntaxError as error:
        raise_want_of_memory(error)
        return False
    return counter.most > MOST_ATTRIBUTES


class _AttributeCounter:
    """What lxml tells of a document that it reads, but for its elements' starts not listened to."""

    most = 0

    def start(self, _tag: str, attributes: Mapping[str, str]) -> None:
        self.most = max(self.most, len(attributes))

    def close(self) -> None:
        """Nothing to give."""


def text_of(root: etree._Element) -> str:
    """The text under an element, blocks parted by line breaks."""
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walk:
        if event == "start":
            name = _name(element)
            if name in _SILENT and element is not root:
                walk.skip_subtree()
                continue
            if name in _BLOCKS:
                pieces.append("\n")
            pieces.append(element.text or "")
            continue
        if event == "end" and _name(element) in _BLOCKS:
            pieces.append("\n")
        if element is not root:
            pieces.append(element.tail or "")
    return "".join(pieces)


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()
