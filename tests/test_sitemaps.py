"""News sitemaps list articles as feeds do, packed or plain, and indexes lead to them."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import schema
from ingest import feeds
from ingest.entries import FeedError
from ingest.sitemaps import parse
from tests.test_feeds import FOLDER, plain_feed

URL = "https://harbour.example/news.xml"
SITEMAP = (FOLDER / "news-sitemap.xml").read_bytes()
INDEX = b"""<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>/old.xml</loc><lastmod>2024-01-01</lastmod></sitemap><sitemap><loc>file:///etc/passwd</loc></sitemap>
<sitemap><loc>https://harbour.example/new.xml.gz</loc><lastmod>2024-10-01T10:00:00Z</lastmod></sitemap>
<sitemap><loc>https://harbour.example/undated.xml</loc></sitemap></sitemapindex>"""


@pytest.mark.parametrize("document", [SITEMAP, gzip.compress(SITEMAP)])
def test_a_sitemap_becomes_what_lies_beside_it(document: bytes) -> None:
    assert plain_feed(parse(document, URL)) == json.loads((FOLDER / "news-sitemap.json").read_text())


def test_an_index_names_its_sitemaps_the_newest_first() -> None:
    named = parse(INDEX, URL).sitemaps
    assert named == (
        "https://harbour.example/new.xml.gz",
        "https://harbour.example/old.xml",
        "https://harbour.example/undated.xml",
    )


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (gzip.compress(SITEMAP)[:-20], "malformed"),
        (gzip.compress(b" " * 30_000_000), "too large"),
        (b"<rss><channel/></rss>", "malformed"),
        (b"<urlset><url>", "malformed"),
        (b"<html>", "html"),
        (b"", "empty"),
    ],
)
def test_what_is_no_sitemap_has_its_kind(document: bytes, kind: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(document, URL)
    assert caught.value.kind == kind


def test_articles_past_five_thousand_are_counted_and_not_read() -> None:
    document = b"<urlset>" + b"<url><loc>https://harbour.example/a</loc></url>" * 5_002 + b"</urlset>"
    feed = parse(document, URL)
    assert (len(feed.entries), feed.dropped) == (5_000, {"too many": 2})


def test_a_sitemap_that_breaks_off_is_not_whole_and_gives_no_half_an_address() -> None:
    entry = b"<url><loc>https://harbour.example/a</loc></url>"
    feed = parse(b"<urlset>" + entry + b"<url><loc>https://harbour.example/ab", URL)
    assert ([each.url for each in feed.entries], feed.whole) == (["https://harbour.example/a"], False)
    assert feed.dropped == {"malformed": 1}
    assert parse(b"<urlset>" + entry + b"</urlset>", URL).whole


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_end_in_a_sitemap_or_a_feed_error(document: bytes, packed: bool) -> None:
    try:
        assert isinstance(parse(gzip.compress(document) if packed else document, URL), feeds.Feed)
    except FeedError as error:
        assert error.kind in schema.STATES  # noqa: PT017 - either outcome is right
