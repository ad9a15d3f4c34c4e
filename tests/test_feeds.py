"""Feed documents become entries, whatever outlets make of the standards; and any bytes end in a Feed or a FeedError."""

import html
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import schema
from ingest import feeds, moments
from ingest.charset import decode
from ingest.entries import FeedError
from ingest.feeds import parse
from ingest.markup import plain
from tests.conftest import moment

FOLDER = Path(__file__).parent / "feeds"
BASE = "https://base.example/feed"


def plain_feed(feed: feeds.Feed) -> dict[str, Any]:
    """A feed as the JSON beside its document writes it."""
    entries = [
        {name: getattr(entry, name) for name in feeds.Entry.__slots__}
        | {"authors": list(entry.authors), "published_at": entry.published_at and entry.published_at.isoformat()}
        for entry in feed.entries
    ]
    return {"title": feed.title, "ttl_minutes": feed.ttl_minutes, "dropped": dict(feed.dropped), "entries": entries}


def rss(item: str, prolog: str = '<?xml version="1.0"?>') -> bytes:
    return f"{prolog}<rss><channel><title>t</title>{item}</channel></rss>".encode()


def only(document: bytes, content_type: str | None = None) -> feeds.Entry:
    (entry,) = parse(document, BASE, content_type).entries
    return entry


@pytest.mark.parametrize("document", ["rss.xml", "atom.xml", "rdf.xml", "broken.xml", "jsonfeed.txt"])
def test_a_feed_becomes_what_lies_beside_it(document: str) -> None:
    file = FOLDER / document
    assert plain_feed(parse(file.read_bytes(), BASE)) == json.loads(file.with_suffix(".json").read_text())


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><p>Sign in", "html"),
        (b"<!-- hello --><html><body>", "html"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html xmlns="x"/>', "html"),
        (b"<opml><body/></opml>", "malformed"),
        (b"plain words", "malformed"),
        (b"<rss><channel><item>", "malformed"),
        (b"[1, 2]", "malformed"),
        (b'{"items": 7}', "malformed"),
        (b"\x1f\x8b\x00\x00", "malformed"),
        (rss("", '<!DOCTYPE rss [<!ENTITY a "b">]>'), "malformed"),
        (b"<rss>" + b" " * 20_000_000, "too large"),
    ],
)
def test_what_is_no_feed_has_its_kind(document: bytes, kind: str) -> None:
    with pytest.raises(FeedError) as caught:
        parse(document, BASE)
    assert caught.value.kind == kind
    assert kind in schema.STATES


def test_a_feed_without_entries_is_a_feed() -> None:
    assert parse(rss(""), BASE).entries == ()


def test_entries_past_five_thousand_are_counted_and_not_read() -> None:
    feed = parse(rss("<item><title>a</title></item>" * 5_003), BASE)
    assert len(feed.entries) == 5_000
    assert feed.dropped == {"too many": 3}


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>https://a.example/1</link><guid>https://a.example/2</guid>", "https://a.example/1"),
        ("<link>/1</link>", "https://base.example/1"),
        ("<link><![CDATA[ https://a.example/1?a=1&b=2 ]]></link>", "https://a.example/1?a=1&b=2"),
        ("<link/><guid>https://a.example/2</guid>", "https://a.example/2"),
        ("<guid isPermaLink='false'>https://a.example/2</guid>", "https://a.example/2"),
        ("<guid isPermaLink='false'>no address</guid>", None),
        ("<guid>1</guid>", None),
        ("<guid isPermaLink='true'>1</guid>", None),
        ("<guid isPermaLink='true'>/news/1</guid>", None),
        ("<guid>www.a.example/1</guid>", None),
        ("<guid>tag:a.example,2024:1</guid>", None),
        ("<guid>ftp://a.example/1</guid>", None),
        ("<guid>HTTPS://a.example/2</guid>", "https://a.example/2"),
        ("<id>1</id>", None),
        (f"<link>https://a.example/{'x' * 100_000}</link>", None),
        (f"<link>https://a.example/{'x' * 100_000}</link><guid>https://a.example/2</guid>", "https://a.example/2"),
        (f"<link>{'x' * 100_000}</link>", None),
        ("<link href='https://a.example/3'/>", "https://a.example/3"),
        ("<link>javascript:alert(1)</link><guid>https://a.example/2</guid>", "https://a.example/2"),
        ("<link>https://[nonsense</link><guid>https://a.example/2</guid>", "https://a.example/2"),
        (
            "<f:origLink xmlns:f='http://rssnamespace.org/feedburner/ext/1.0'>https://a.example/4</f:origLink>"
            "<link>https://counter.example/x</link>",
            "https://a.example/4",
        ),
    ],
)
def test_the_address_of_an_entry_is_the_best_that_it_names(item: str, url: str | None) -> None:
    assert only(rss(f"<item><title>t</title>{item}</item>")).url == url


@pytest.mark.parametrize(
    "scheme", ["javascript:alert(1)", "data:text/html,x", "mailto:a@b.example", "file:///etc/passwd"]
)
def test_an_entry_that_leads_to_no_page_is_refused_and_counted(scheme: str) -> None:
    feed = parse(rss(f"<item><title>t</title><link>{scheme}</link></item>"), BASE)
    assert feed.entries == ()
    assert feed.dropped == {"no address": 1}


def test_an_id_of_a_json_feed_is_an_address_only_if_it_is_one() -> None:
    items = [{"id": 1, "title": "a"}, {"id": "https://a.example/2", "title": "b"}, {"id": "/3", "title": "c"}]
    items.append({"id": "4", "url": f"https://a.example/{'x' * 100_000}", "title": "d"})
    found = parse(json.dumps({"items": items}).encode(), BASE).entries
    assert [(entry.title, entry.guid, entry.url) for entry in found] == [
        ("a", "1", None),
        ("b", "https://a.example/2", "https://a.example/2"),
        ("c", "/3", None),
        ("d", "4", None),
    ]


def test_the_title_is_the_articles_and_not_its_pictures() -> None:
    item = "<item><media:title xmlns:media='http://search.yahoo.com/mrss/'>boat</media:title><title>NATO</title></item>"
    assert only(rss(item)).title == "NATO"


def test_prefixes_that_nobody_declared_are_understood() -> None:
    fields = "<dc:date>2024-10-01</dc:date><content:encoded>&lt;p&gt;Yes&lt;/p&gt;</content:encoded>"
    entry = only(rss(f"<item><title>t</title>{fields}</item>"))
    assert (entry.published_at, entry.content) == (moment("2024-10-01"), "Yes")


def test_an_undated_entry_stays_undated_and_a_future_date_stays_as_claimed() -> None:
    assert only(rss("<item><title>t</title><pubDate>soon</pubDate></item>")).published_at is None
    assert only(rss("<item><title>t</title><pubDate>2090-01-01</pubDate></item>")).published_at == moment("2090-01-01")


@pytest.mark.parametrize(
    ("document", "content_type"),
    [
        (rss("<item><title>Łódź</title></item>"), None),
        (rss("<item><title>Łódź</title></item>"), "text/xml; charset=iso-8859-1"),
        (rss("<item><title>Łódź</title></item>"), "text/xml; charset=klingon"),
        (rss("<item><title>Łódź</title></item>").decode().encode("utf-16"), None),
        (rss("<item><title>Łódź</title></item>").decode().encode("utf-16-le"), "text/xml"),
        (rss("<item><title>Łódź</title></item>").decode().encode("iso-8859-2"), "text/xml; charset=ISO-8859-2"),
        (
            rss("<item><title>Łódź</title></item>", "<?xml version='1.0' encoding='cp1250'?>")
            .decode()
            .encode("cp1250"),
            None,
        ),
        (rss("<item><title>Łódź</title></item>", "<?xml version='1.0' encoding='utf-16'?>"), None),
    ],
)
def test_a_title_reads_the_same_in_every_charset(document: bytes, content_type: str | None) -> None:
    assert only(document, content_type).title == "Łódź"


def test_a_flaw_in_utf8_costs_one_letter() -> None:
    document = rss("<item><title>Größe über alles, größer als früher, für später" + "</title></item>")
    assert only(document.replace("später".encode(), b"sp\xe4ter")).title.endswith("für sp�ter")


def test_windows_characters_under_a_latin_label_are_what_was_typed() -> None:
    document = rss("<item><title>Don't – stop</title></item>").decode().replace("'", "’").encode("cp1252")
    assert only(document, "text/xml; charset=iso-8859-1").title == "Don’t – stop"


def test_no_codec_that_is_no_charset_is_used() -> None:
    for label in ("zlib", "rot13", "hex", "idna", "unicode_escape", "utf-7", "undefined"):
        assert decode(b"a+AGE-\\u0061", f"text/xml; charset={label}") == "a+AGE-\\u0061"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("19 Sep. 2025 12:00:00 GMT", "2025-09-19T12:00"),
        ("Friday, February 27, 2026 - 12:38", "2026-02-27T12:38"),
        ("Tue, 01 Oct 2024 10:00:00 +0200", "2024-10-01T08:00"),
        ("Tue, 1 Oct 24 10:00 EST", "2024-10-01T15:00"),
        ("2024-10-01T10:00:00.123456789-08:00", "2024-10-01T18:00"),
        ("2024-10-01 10:00", "2024-10-01T10:00"),
        ("20241001", "2024-10-01"),
        ("Tue Oct  1 10:00:00 2024", "2024-10-01T10:00"),
        ("1 October 2024", "2024-10-01"),
        ("Sept 1st, 2024 at 5:30 pm EDT", "2024-09-01T21:30"),
        ("27.02.2026 12:38", "2026-02-27T12:38"),
        ("27/02/2026", "2026-02-27"),
        ("2/27/2026 3:05 PM", "2026-02-27T15:05"),
        ("2024/10/01 10:00", "2024-10-01T10:00"),
        ("1704067200", "2024-01-01"),
        ("1704067200000", "2024-01-01"),
        ("Tue, 01 Oct 2024 24:00:00 GMT", "2024-10-02"),
    ],
)
def test_dates_are_read_as_the_press_writes_them(written: str, meant: str) -> None:
    assert moments.parse(written) == moment(meant)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "yesterday",
        "02/03/2026",
        "31 Feb 2024",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "12:30",
        "2024-10",
    ],
)
def test_no_date_is_invented(written: str) -> None:
    assert moments.parse(written) is None


@pytest.mark.parametrize(
    ("written", "unread"),
    [
        ("<pubDate>02/03/2026</pubDate>", "02/03/2026"),
        ("<pubDate> soon,\n really </pubDate>", "soon, really"),
        ("<pubDate>soon</pubDate><dc:date>2026-03-02</dc:date>", None),
        ("<pubDate></pubDate>", None),
        ("", None),
    ],
)
def test_a_date_that_cannot_be_read_is_kept_as_it_is_written(written: str, unread: str | None) -> None:
    assert only(rss(f"<item><title>A</title>{written}</item>")).unread_date == unread


@pytest.mark.parametrize(
    ("written", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour>07</hour><hour>23</hour></skipHours>", {0, 7, 23}, set()),
        ("<skipHours><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", {0}, set()),
        ("<skipDays><day>Sunday</day><day>saturday</day><day>Holiday</day></skipDays>", set(), {5, 6}),
        (f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in range(24))}</skipHours>", set(), set()),
    ],
)
def test_the_hours_and_days_in_which_a_feed_wants_rest_are_read(written: str, hours: set, days: set) -> None:
    feed = parse(rss(f"{written}<item><title>A</title></item>"), BASE)
    assert (feed.skip_hours, feed.skip_days) == (hours, days)


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_date_survives_being_written(at: datetime) -> None:
    at = at.replace(microsecond=0)
    assert moments.parse(at.isoformat()) == at
    assert moments.parse(f"{at:%d %b} {at.year:04} {at:%H:%M:%S} +0000") == at


@given(st.text(max_size=120))
def test_any_text_is_a_date_or_none(text: str) -> None:
    at = moments.parse(text)
    assert at is None or at.tzinfo is UTC


@given(st.binary(max_size=300))
def test_any_bytes_end_in_a_feed_or_a_feed_error(document: bytes) -> None:
    survives(document)


_KEYS = st.sampled_from(
    ["items", "id", "url", "title", "authors", "name", "date_published", "content_html", "language"]
)
_PIECES = st.sampled_from(
    """<rss> <rss version="2.0"> </rss> <channel> </channel> <item> </item> <feed
    xmlns="http://www.w3.org/2005/Atom"> <entry> </entry> <title> </title> <title type="xhtml"> <link>
    <link/> <link href="//["/> <guid> </guid> <pubDate> </pubDate> <!-- --> <![CDATA[ ]]> <?xml
    <?xml-stylesheet?> ?> <!DOCTYPE <!ENTITY & &#0; &#xD800; &amp; &nbsp; http://a.example/ http://[
    xml:base="::" <a xml:base="http://["> <b> </b> <script> {"items":[ {"id": "\\ud800", "url": "http://[",
    ]} 1e999 <rdf:RDF> \x00 \ud800 é <urlset> <url> <loc> </loc> <sitemapindex> <sitemap> <content
    type="application/octet-stream"> %% <media:title>""".split()  # noqa: SIM905
)


@given(st.lists(_PIECES, max_size=30), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_ruin_of_a_feed_ends_in_a_feed_or_a_feed_error(pieces: list[str], charset: str) -> None:
    survives(" ".join(pieces).encode(charset, "replace"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner),
    )
)
def test_any_json_ends_in_a_feed_or_a_feed_error(value: Any) -> None:
    survives(json.dumps(value).encode())
    survives(json.dumps({"items": [value]}).encode())


def survives(document: bytes) -> None:
    try:
        feed = parse(document, BASE)
    except FeedError as error:
        assert error.kind in schema.STATES  # noqa: PT017 - either outcome is right
        return
    for entry in feed.entries:
        assert entry.url is None or entry.url.startswith(("http://", "https://", "HTTP"))
        assert entry.url or entry.guid or entry.title or entry.summary or entry.content
    assert set(feed.dropped) <= set(schema.DROPPED)


@given(st.text())
def test_plain_text_of_escaped_text_is_that_text(text: str) -> None:
    import html

    visible = " ".join(plain(text.replace("&", "").replace("<", "")).split())
    assert " ".join(plain(html.escape(visible)).split()) == visible


@pytest.mark.parametrize("title", ["<img src=x onerror=alert(1)>", "Use the <b> tag", "R&D"])
def test_a_title_that_is_defined_as_plain_text_keeps_its_angle_brackets(title):
    item = {"id": "1", "title": title, "summary": title}
    entry = parse(json.dumps({"items": [item]}).encode(), "https://example.org/feed.json").entries[0]
    assert (entry.title, entry.summary) == (title, title)
    said = f'<entry><id>1</id><title type="text">{html.escape(title)}</title></entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom">{said}</feed>'
    assert parse(atom.encode(), "https://example.org/feed.atom").entries[0].title == title


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Use the &lt;img&gt; tag", "Use the <img> tag"),
        ("&lt;img src=x onerror=alert(1)&gt;", "<img src=x onerror=alert(1)>"),
        ("&lt;b&gt;NATO&lt;/b&gt; meets&lt;br&gt;again", "NATO meets again"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;NATO", "NATO"),
        ('&lt;img src="a.png"&gt; NATO', "NATO"),
        ("<![CDATA[Why 5 < 6 & <i>why</i> not]]>", "Why 5 < 6 & why not"),
        ("&lt;&lt;&lt;", "<<<"),
    ],
)
def test_a_headline_keeps_the_tags_that_it_talks_about(written: str, read: str) -> None:
    assert only(rss(f"<item><guid>1</guid><title>{written}</title></item>")).title == read


GOOD_ITEMS = "<item><title>one</title></item><item><title>two</title><link>https://a.example/2</link></item>"


@pytest.mark.parametrize(
    ("cut", "kept"),
    [
        ("</channel></rss>", ["one", "two"]),
        ("</item></channel></rss>", ["one", "two"]),
        ("/2</link></item></channel></rss>", ["one"]),
    ],
)
def test_a_document_that_breaks_off_is_not_whole_and_half_an_entry_waits(cut: str, kept: list[str]) -> None:
    document = rss(GOOD_ITEMS).decode()
    assert parse(document.encode(), BASE).whole
    assert parse(f"{document}\n<!-- served by harbour-7 -->\n".encode(), BASE).whole
    feed = parse(document.removesuffix(cut).encode(), BASE)
    assert not feed.whole
    assert [entry.title for entry in feed.entries] == kept
    assert feed.dropped == ({} if len(kept) == 2 else {"malformed": 1})


@pytest.mark.parametrize("document", ["rss.xml", "atom.xml", "rdf.xml", "jsonfeed.txt"])
def test_a_whole_document_is_whole(document: str) -> None:
    assert parse((FOLDER / document).read_bytes(), BASE).whole


def test_what_is_said_of_a_group_of_pictures_is_said_of_the_entry() -> None:
    said = "<m:title>boat</m:title><m:description>Two boats.</m:description>"
    group = f"<m:group xmlns:m='http://search.yahoo.com/mrss/'>{said}</m:group>"
    entry = only(rss(f"<item><title>NATO</title>{group}</item>"))
    assert (entry.title, entry.summary) == ("NATO", "Two boats.")


def test_words_in_and_behind_an_embedded_object_are_read() -> None:
    said = "Two&lt;object data='x'&gt; boats&lt;/object&gt; met."
    entry = only(rss(f"<item><title>t</title><description>{said}</description></item>"))
    assert entry.summary == "Two boats met."
