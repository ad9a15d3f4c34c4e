"""Google News sitemaps, packed or not, and indexes of them, as the same Feed that feed documents give.

Format: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from datetime import UTC, datetime
from itertools import islice

from lxml import etree

from ingest import moments
from ingest.documents import MOST_BYTES, is_whole, local_name, parse_xml, text_of_document
from ingest.entries import MOST_ENTRIES, Entry, Feed, FeedError, collected, made
from ingest.feeds import (
    absolute,
    characters_of,
    fields_of,
    first_address,
    fits,
    headline_of,
    language_code,
    unread_date,
)
from ingest.unpack import Broken, TooLarge, unpack_gzip


def parse(document: bytes, url: str, content_type: str | None = None) -> Feed:
    """The articles that a sitemap lists, or, of an index, the `sitemaps` that it names, the newest first.

    Raises FeedError, and nothing else, on any bytes. An entry without a `news:title` has an empty title.
    """
    text = text_of_document(_unpacked(document), content_type)
    root = parse_xml(text, url)
    kind = local_name(root)
    if kind == "sitemapindex":
        return Feed("", (), sitemaps=_named(root, url))
    if kind != "urlset":
        raise FeedError("malformed", 'This is no sitemap. If it is a feed, give it kind = "feed" in outlets.toml.')
    items = list(islice(root.iterchildren("{*}url"), MOST_ENTRIES + 1))
    whole = is_whole(text, root)
    torn = not whole and len(items) <= MOST_ENTRIES and _breaks_off_in_entry(text)
    entries, dropped = collected(_entry(item, url) for item in (items[:-1] if torn else items[:MOST_ENTRIES]))
    if not whole and not entries:
        raise FeedError("malformed", "The sitemap breaks off before its first article. It is tried again later.")
    dropped["malformed"] += torn
    if len(items) > MOST_ENTRIES:
        dropped["too many"] += sum(1 for _ in root.iterchildren("{*}url")) - MOST_ENTRIES
    return Feed("", entries, dropped=dict(+dropped), whole=whole)


def _breaks_off_in_entry(text: str) -> bool:
    return max(text.rfind("<url>"), text.rfind("<url ")) > text.rfind("</url>")


def _unpacked(document: bytes) -> bytes:
    if not document.startswith(b"\x1f\x8b"):
        return document
    try:
        return unpack_gzip(document, MOST_BYTES)
    except TooLarge as error:
        raise FeedError("too large", f"{error}. Look for a smaller sitemap of this outlet.") from error
    except Broken as error:
        raise FeedError("malformed", f"{error}. It is tried again later.") from error


def _named(index: etree._Element, url: str) -> tuple[str, ...]:
    """Addresses of an index in the order of their dates; those without one come last, in the order of the index."""
    found: list[tuple[datetime, str]] = []
    for item in islice(index.iterchildren("{*}sitemap"), MOST_ENTRIES):
        fields = fields_of(item)
        address = first_address(absolute(url, characters_of(element)) for element in fields.get("loc", []))
        changed = [moments.parse(characters_of(element)) for element in fields.get("lastmod", [])]
        if address:
            found.append((next((at for at in changed if at), datetime.min.replace(tzinfo=UTC)), address))
    return tuple(address for _, address in sorted(found, key=lambda pair: pair[0], reverse=True))


def _entry(item: etree._Element, url: str) -> Entry | str:
    fields = fields_of(item)
    news = fields_of(fields["news:news"][0]) if "news:news" in fields else {}
    publication = fields_of(news["news:publication"][0]) if "news:publication" in news else {}
    claims = (moments.parse(characters_of(element)) for element in news.get("news:publication_date", []))
    links = [characters_of(element) for element in fields.get("loc", [])]
    fitting = [link for link in links if fits(link, url)]
    address = first_address(absolute(url, link) for link in fitting)
    if address is None and fitting == links:
        return "no address"
    return made(
        Entry(
            url=address,
            title=headline_of(news, "news:title"),
            summary=None,
            content=None,
            published_at=next((at for at in claims if at), None),
            guid=None,
            language=next((language_code(characters_of(e)) for e in publication.get("news:language", [])), None),
            unread_date=unread_date(characters_of(element) for element in news.get("news:publication_date", [])),
        )
    )
