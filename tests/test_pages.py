"""A page's article comes without the page around it, and with the time of day that the outlet says."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pages import Page, read_page
from tests.conftest import moment

URL = "https://harbour.example/2024/nato"
TEXT = (
    "Ministers of the alliance met at the old quay on Tuesday to speak about the budget of the coming years.",
    "They agreed that harbours need deeper water, and that somebody has to pay for it before the winter comes.",
    "Donald Trump did not come to the meeting, his office said in a statement to the press on Tuesday evening.",
)


def page(head: str = "", body: str = "", heading: str = "NATO at the quay") -> bytes:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in TEXT)
    return f"""<!doctype html><html><head><title>{heading}</title>{head}</head><body>
    <nav><ul><li><a href="/">Home</a></li><li><a href="/putin">Vladimir Putin in pictures</a></li></ul></nav>
    <article><h1>{heading}</h1>{body}{paragraphs}</article>
    <aside><h2>More from us</h2><ul><li><a href="/xi">Xi Jinping opens a bridge</a></li></ul></aside>
    <footer>Harbour Times is a member of the press council. All rights reserved.</footer></body></html>""".encode()


def ld(**values: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle"} | values)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def test_the_text_is_the_articles_and_not_the_pages() -> None:
    assert read_page(page(), URL).text.split("\n") == list(TEXT)
    for chrome in ("Putin", "Xi Jinping", "press council", "Home"):
        assert chrome not in read_page(page(), URL).text


def test_what_the_outlet_writes_for_machines_comes_first() -> None:
    head = ld(
        headline="NATO &amp; the quay",
        datePublished="2024-10-01T09:30:00+02:00",
        author=[{"@type": "Person", "name": "Ada Quay"}, {"@type": "Person", "name": "Ben Pier"}],
        inLanguage="en-GB",
    )
    found = read_page(page(head, heading="Something else entirely"), URL)
    assert (found.title, found.published_at) == ("NATO & the quay", moment("2024-10-01T07:30"))
    assert (found.authors, found.language) == (("Ada Quay", "Ben Pier"), "en")


def test_opengraph_is_read_where_there_is_no_json_ld() -> None:
    head = (
        meta("og:title", "NATO at the quay | Harbour Times")
        + meta("og:site_name", "Harbour Times")
        + meta("article:published_time", "2024-10-01T09:30:00Z")
        + meta("article:author", "https://social.example/ada")
        + '<meta name="author" content="By Ada Quay and Ben Pier">'
        + meta("og:locale", "en_GB")
    )
    found = read_page(page(head), URL)
    assert (found.title, found.published_at) == ("NATO at the quay", moment("2024-10-01T09:30"))
    assert (found.authors, found.language) == (("Ada Quay", "Ben Pier"), "en")


@pytest.mark.parametrize(
    "head",
    [
        ld(headline="NATO at the quay", datePublished="2024-10-01")
        + meta("article:published_time", "2024-10-01T09:30Z"),
        '<script type="application/ld+json">{"@graph": [{"@type": "WebPage"}, {"@type": ["NewsArticle"],'
        '"datePublished": "2024-10-01T09:30Z", "headline": "NATO\n at the quay"}]}</script>',
        '<script type="application/ld+json">{broken</script>' + meta("article:published_time", "2024-10-01T09:30Z"),
        "<script type='application/ld+json'>//<![CDATA[\n"
        '[{"@type": "ReportageNewsArticle", "datePublished": "2024-10-01T09:30Z"}]\n//]]></script>',
    ],
)
def test_a_time_of_day_is_found_wherever_it_stands(head: str) -> None:
    found = read_page(page(head), URL)
    assert (found.title, found.published_at) == ("NATO at the quay", moment("2024-10-01T09:30"))


def test_a_time_element_of_the_article_tells_its_date() -> None:
    assert read_page(page(body='<time datetime="2024-10-01T09:30:00Z">today</time>'), URL).published_at == moment(
        "2024-10-01T09:30"
    )


def test_an_undated_page_stays_undated() -> None:
    assert read_page(page(), "https://harbour.example/nato").published_at is None


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/2024/nato-quay">', "https://harbour.example/2024/nato-quay"),
        (meta("og:url", "https://harbour.example/og"), "https://harbour.example/og"),
        ('<link rel="canonical" href="https://harbour.example/">', None),
        ('<link rel="canonical" href="javascript:alert(1)">', None),
        ("", None),
    ],
)
def test_the_canonical_address_is_the_pages_own_word(head: str, canonical: str | None) -> None:
    assert read_page(page(head), URL).canonical_url == canonical


def test_the_heading_is_told_from_the_sites_name_around_it() -> None:
    head = meta("og:title", "Harbour Times – NATO at the quay")
    assert read_page(page(head), URL).title == "NATO at the quay"


def test_the_body_of_json_ld_stands_in_for_a_page_without_text() -> None:
    html = f"<html><head>{ld(headline='NATO', articleBody='The <b>whole</b> story.')}</head><body></body></html>"
    assert read_page(html.encode(), URL).text == "The whole story."


def test_lines_that_send_the_reader_elsewhere_are_no_text() -> None:
    body = "<p>Read also: Vladimir Putin opens a bridge in the far north</p><p>Sign up for our newsletter</p>"
    text = read_page(page(body=body), URL).text
    assert "Putin" not in text
    assert "newsletter" not in text


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Before you continue", URL),
        ("Just a moment...", URL),
        ("404 – Page not found", URL),
        ("Access Denied", URL),
        ("Harbour Times", "https://consent.harbour.example/collect?to=nato"),
    ],
)
def test_a_wall_or_an_error_page_is_no_article(title: str, url: str) -> None:
    found = read_page(page(heading=title), url)
    assert found.text == ""
    assert found.notice


def test_an_article_about_a_wall_is_an_article() -> None:
    assert read_page(page(heading="Access denied: how a harbour closed its gates to the world, and why"), URL).text


@pytest.mark.parametrize(
    "html", [b"", b" ", b"\x00" * 50, b"<!-- -->", b"%PDF-1.4 \xff\xfe", b"<?xml version='1.0'?><a/>"]
)
def test_what_is_no_page_has_no_text_and_says_why(html: bytes) -> None:
    found = read_page(html, URL)
    assert (found.text, bool(found.notice)) == ("", True)


def test_a_page_reads_the_same_in_its_own_charset() -> None:
    html = page('<meta charset="windows-1251">', heading="Министры встретились").decode()
    assert read_page(html.encode("cp1251"), URL).title == "Министры встретились"
    assert read_page(html.encode("utf-8"), URL, "text/html; charset=utf-8").title == "Министры встретились"


def test_the_same_page_read_thrice_gives_the_same_text() -> None:
    assert len({read_page(page(), URL).text for _ in range(3)}) == 1


def test_a_page_of_brackets_ends() -> None:
    for html in (b"<div>" * 100_000, b"<a><b>" * 50_000, ld(x=0).replace("0", "[" * 50_000).encode(), b"<p>" * 50_000):
        assert isinstance(read_page(html, URL), Page)


@settings(deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_page(html: bytes, inside: bool) -> None:
    assert isinstance(read_page(page() + html if inside else html, URL), Page)


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(["NewsArticle", 7, None, [], {}, {"name": []}, "http://[", "2024", True]),
        min_size=6,
        max_size=6,
    )
)
def test_any_json_ld_gives_a_page(values: list[Any]) -> None:
    names = ("@type", "headline", "datePublished", "author", "inLanguage", "articleBody")
    assert isinstance(read_page(page(ld(**dict(zip(names, values, strict=True)))), URL), Page)


def test_a_headline_for_machines_keeps_its_angle_brackets() -> None:
    assert read_page(page(ld(headline="Use the <img> tag &amp; live")), URL).title == "Use the <img> tag & live"


@pytest.mark.parametrize("heading", ["NATO’s “quay”", "NATO's big day: what we know"])
def test_a_heading_within_the_article_is_no_part_of_its_text(heading: str) -> None:
    body = '<p class="kicker">Politics and more from the harbour</p>'
    html = page(ld(headline='NATO\'s "quay"'), heading=heading).replace(b"<article>", b"<article>" + body.encode())
    assert heading not in read_page(html, URL).text
    assert read_page(html, URL).text.endswith("\n".join(TEXT))


def test_an_element_with_a_million_attributes_is_no_page_and_takes_no_time() -> None:
    html = b"<html " + b" ".join(b'a%d=">"' % number for number in range(200_000)) + b">" + page()
    assert read_page(html, URL).text == ""
