"""A web page becomes an article: what the outlet says about it first, then what trafilatura finds of its text.

What an outlet writes for machines (JSON-LD, OpenGraph) is right more often than what can be guessed from its layout,
and only there a date has its time of day.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html

from ingest import moments, no_article
from ingest.charset import decode
from ingest.entries import MOST_AUTHORS
from ingest.feeds import absolute, first_address, language_code
from ingest.markup import is_overloaded, literal, plain, raise_want_of_memory, tidy

if TYPE_CHECKING:
    import trafilatura

#: Longer than any article.
MOST_CHARACTERS = 3_000_000
#: News pages have some hundred elements; past this trafilatura, at 4,000 a second, would keep a processor for too long.
MOST_ELEMENTS = 12_000

# It reports each page that it cannot read; whoever called says so where it belongs.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says about its article. Texts are plain; what it does not say is None or empty.

    `notice` tells why there is no text where that is known: the page is a wall, an error page, a listing or empty.
    """

    title: str | None
    text: str
    published_at: datetime | None  # the outlet's claim in UTC
    language: str | None  # as declared, ISO 639-1
    authors: tuple[str, ...]
    canonical_url: str | None
    notice: str | None = None


NOTHING = Page(None, "", None, None, (), None, "there is no web page at this address")


def read_page(html: bytes, url: str, content_type: str | None = None) -> Page:
    """The article on a page found at `url`. Any bytes give a Page; its `text` is empty where there is no article."""
    tree = _tree(decode(html, content_type)[:MOST_CHARACTERS]) if _may_be_page(html, content_type) else None
    if tree is None:
        return NOTHING
    metas = _metas(tree)
    nodes = _objects(tree)
    articles = [node for node in nodes if _is_article(node)][:20]
    signs = no_article.signs(tree, metas, nodes)
    title, authors, published_at = (
        _title(tree, metas, articles),
        _authors(metas, articles),
        _published(tree, metas, articles),
    )
    if not (title and authors and published_at) and not _is_huge(tree):
        guessed = _guessed(tree, url)
        title, authors = title or guessed.title, authors or _names([guessed.author])
        published_at = published_at or moments.parse(guessed.date or "")
    headings = [title or "", *(heading.text_content() for heading in tree.iter("h1"))]
    text = _without_headings(_text(tree, url) or _body(articles), headings)
    notice = no_article.notice(url, title, text, signs)
    return Page(
        title=title,
        text="" if notice else text,
        published_at=published_at,
        language=_language(tree, metas, articles),
        authors=authors,
        canonical_url=_canonical_url(tree, metas, url),
        notice=notice,
    )


def _may_be_page(html: bytes, content_type: str | None) -> bool:
    kind = (content_type or "text/html").lower()
    return b"<" in html and ("html" in kind or "xml" in kind or "text" in kind)


def _tree(text: str) -> lxml_html.HtmlElement | None:
    if not text.strip():
        return None
    parser = lxml_html.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=True)
    document = text.replace("\0", "").encode("utf-8", "replace")
    if is_overloaded(document):
        return None
    try:
        tree = lxml_html.document_fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise_want_of_memory(error)
        return None
    except etree.ParserError:
        return None
    return tree if isinstance(tree.tag, str) else None


# What the outlet says

_Node = Mapping[str, Any]
_Metas = Mapping[str, list[str]]


def _metas(tree: lxml_html.HtmlElement) -> dict[str, list[str]]:
    """The contents of the page's meta elements by name, property or itemprop in lower case."""
    metas: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = (meta.get("content") or "").strip()
        if name and content:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _objects(tree: lxml_html.HtmlElement) -> list[_Node]:
    """The objects of the page's JSON-LD, in order."""
    nodes: list[_Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            nodes += _nodes(_json(script.text or ""))
    return nodes


def _json(text: str) -> object:
    text = re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$", "", text[:1_000_000])
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _nodes(value: object) -> Iterator[_Node]:
    """All objects of a JSON-LD document, down to a few levels."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    for each, depth in waiting:  # grows as it is walked
        if depth > 4 or len(waiting) > 2_000:
            return
        if isinstance(each, dict):
            yield each
            waiting += [
                (each[name], depth + 1) for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in each
            ]
        elif isinstance(each, list):
            waiting += [(inner, depth + 1) for inner in each]


def _is_article(node: _Node) -> bool:
    kinds = node.get("@type")
    return any(
        isinstance(kind, str) and re.search(r"(?:Article|Posting|Report|Review)$", kind)
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _title(tree: lxml_html.HtmlElement, metas: _Metas, articles: list[_Node]) -> str | None:
    said = [
        *(_string(node.get("headline")) for node in articles),
        *metas.get("og:title", []),
        *metas.get("twitter:title", []),
        *(heading.text_content() for heading in tree.iter("h1")),
        *(title.text_content() for title in tree.iter("title")),
    ]
    titles = (_without_site(" ".join(literal(title[:2000]).split()), metas) for title in said)
    title = next((title for title in titles if title), None)
    headings = (" ".join(heading.text_content().split()) for heading in tree.iter("h1"))
    return next((heading for heading in headings if title and _is_framed(heading, title)), title)


def _is_framed(heading: str, title: str) -> bool:
    """Whether `title` is the heading with the site's name or a section before or behind it."""
    if len(heading) < 10 or heading not in title:
        return False
    before, _, behind = title.partition(heading)
    return bool(re.fullmatch(r"|.*[|:–—·»-] ?", before) and re.match(r" ?[|:–—·«-]|$", behind))


def _without_site(title: str, metas: _Metas) -> str:
    """A title without ` | Harbour Times` at its end, where the page says that this is the site's name."""
    for site in metas.get("og:site_name", []):
        cut = re.sub(rf"\s+[|–—·•-]\s+{re.escape(site[:100])}\s*$", "", title, flags=re.IGNORECASE)
        if cut:
            title = cut
    return title


_DATE_METAS = (
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished", "date.published"),
    *("parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.date", "dc.date", "dc.date.created", "pubdate"),
    *("publishdate", "publish-date", "publication_date", "date", "article.published", "cxenseparse:recs:publishtime"),
    *("iso-8601-publish-date", "article_date_original", "dcterms.created", "dc.created", "created"),
)


def _published(tree: lxml_html.HtmlElement, metas: _Metas, articles: list[_Node]) -> datetime | None:
    """The first claim of publication that can be read, one with a time of day before one without."""
    said = [
        *(_string(node.get(name)) for name in ("datePublished", "dateCreated") for node in articles),
        *(content for name in _DATE_METAS for content in metas.get(name, [])),
        *(time.get("datetime") or "" for time in _published_times(tree)),
    ]
    with_time = (moments.parse(date) for date in said if re.search(r"\d:\d\d|T\d{4}", date))
    without = (moments.parse(date) for date in said)
    return next((at for at in with_time if at), None) or next((at for at in without if at), None)


def _published_times(tree: lxml_html.HtmlElement) -> Iterator[lxml_html.HtmlElement]:
    """Times that are marked as the article's own, and else the first of an article element."""
    times = list(tree.iter("time"))
    for time in times:
        if time.get("pubdate") is not None or "datepublished" in (time.get("itemprop") or "").lower():
            yield time
    article = next(tree.iter("article"), None)
    if article is not None:
        yield from article.iter("time")


def _language(tree: lxml_html.HtmlElement, metas: _Metas, articles: list[_Node]) -> str | None:
    said = [
        *(_string(node.get("inLanguage")) for node in articles),
        tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "",
        *metas.get("og:locale", []),
        *metas.get("content-language", []),
    ]
    return next((code for each in said if (code := language_code(each))), None)


def _authors(metas: _Metas, articles: list[_Node]) -> tuple[str, ...]:
    for node in articles:
        names = _names(_people(node.get("author")) or _people(node.get("creator")))
        if names:
            return names
    for name in (
        "author",
        "parsely-author",
        "dc.creator",
        "dcterms.creator",
        "sailthru.author",
        "article:author",
        "byl",
    ):
        names = _names(metas.get(name, []))
        if names:
            return names
    return ()


def _people(value: object) -> list[object]:
    people = value if isinstance(value, list) else [value]
    return [person.get("name") if isinstance(person, dict) else person for person in people]


def _names(said: Iterable[object]) -> tuple[str, ...]:
    """Names of people in order, each once; addresses and sentences are none."""
    names: list[str] = []
    for each in said:
        line = re.sub(
            r"^(?:by|von|par|por|di)\s+", "", " ".join(plain(_string(each)[:1000]).split()), flags=re.IGNORECASE
        )
        names += [name.strip() for name in re.split(r"\s*;\s*|\s+(?:and|und|et)\s+|,\s+(?=\w+\s+\w)", line)]
    return tuple(
        dict.fromkeys(
            name for name in names if name and len(name) < 80 and not re.search(r"https?:|@|\.\w{2,3}/", name)
        )
    )[:MOST_AUTHORS]


def _canonical_url(tree: lxml_html.HtmlElement, metas: _Metas, url: str) -> str | None:
    """The address that the page calls its own. One that leads to the site's front page is a template's mistake."""
    links = [
        link.get("href") or "" for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()
    ]
    addresses = [absolute(url, link) for link in [*links, *metas.get("og:url", [])]]
    return first_address(address for address in addresses if address and (_path(address) or not _path(url)))


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path.strip("/") + parts.query


# What can be found


def _text(tree: lxml_html.HtmlElement, url: str) -> str:
    """The article's text, a line a paragraph: no menus, no related links, no comments."""
    if _is_huge(tree):
        return _paragraphs(tree)
    import trafilatura  # a second and 70 MB, which only the process that reads pages needs

    try:
        found = trafilatura.bare_extraction(
            tree,
            url=url or None,
            include_comments=False,
            include_tables=True,
            deduplicate=False,  # its cache is the whole process's, and empties pages that were seen before
            with_metadata=False,
        )
    except MemoryError:
        raise
    except Exception:  # it meets hostile markup in a hundred places, and a page that it can't read has no text
        return ""
    lines = tidy(getattr(found, "text", None) or "").split("\n")
    return "\n".join(line for line in lines if len(line) > 200 or not _CHROME.match(line))


def _is_huge(tree: lxml_html.HtmlElement) -> bool:
    return sum(1 for _ in islice(tree.iter(), MOST_ELEMENTS + 1)) > MOST_ELEMENTS


def _paragraphs(tree: lxml_html.HtmlElement) -> str:
    """The paragraphs of a page that is too large to be looked at closely."""
    article = next(tree.iter("article", "main"), tree)
    lines = (" ".join(paragraph.text_content().split()) for paragraph in article.iter("p"))
    return tidy("\n".join(line for line in lines if len(line) > 60))


# Lines between paragraphs that ask the reader to go elsewhere.
_CHROME = re.compile(
    r"\W*(?:read (?:also|more|next)\b|see also\b|also read\b|related:|recommended:|more (?:on|from) (?:this|the) |"
    r"(?:subscribe|sign up|register) (?:now|here|today|to|for)\b|follow us\b|join our\b|download (?:our|the) .*\bapp\b|"
    r"(?:get|receive) (?:our|the) .*(?:newsletter|inbox)|share this\b|advertisement$|continue reading\b|"
    r"lesen sie (?:auch|mehr)\b|mehr zum thema|lire aussi|à lire aussi|le puede interesar|lea también|leia também|"
    r"leggi anche|lees ook|czytaj (?:też|także|również)|читайте также|читайте також)",
    re.IGNORECASE,
)


def _guessed(tree: lxml_html.HtmlElement, url: str) -> "trafilatura.settings.Document":
    """trafilatura's guesses at title, author and day; of the days, six in seven are right."""
    import trafilatura

    try:
        return trafilatura.extract_metadata(tree, default_url=url or None, extensive=False)
    except MemoryError:
        raise
    except Exception:  # as above
        return trafilatura.settings.Document()


def _without_headings(text: str, headings: Iterable[str]) -> str:
    """The text without a heading of the whole page in its first lines: what it names would count twice."""
    known = {_words(heading) for heading in headings} - {""}
    lines = text.split("\n")
    return "\n".join(line for place, line in enumerate(lines) if place >= HEAD_LINES or _words(line) not in known)


#: Lines of a text among which its heading may stand: a kicker and a section may come before it.
HEAD_LINES = 3


def _words(line: str) -> str:
    """A line as it is compared: whatever its quotation marks, capitals and spaces."""
    return " ".join(re.findall(r"\w+", line[:2000].casefold()))


def _body(articles: list[_Node]) -> str:
    return max((plain(_string(node.get("articleBody"))) for node in articles), key=len, default="")


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
