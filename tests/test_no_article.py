"""Walls, errors and listings at an article's address are told from articles, and the log says which it was."""

from collections.abc import Sequence

import pytest

from ingest.pages import read_page
from tests.test_pages import TEXT, URL, ld, meta, page

CONSENT = (
    "We value your privacy. We and our 842 partners store and/or access information on a device.",
    "With your permission we may use personalised advertising and precise location data.",
    "You may withdraw your consent at any time. Some partners rely on their legitimate interest.",
    "Manage options. Accept all.",
)
EINWILLIGUNG = (
    "Wir und unsere 214 Partner benötigen Ihre Zustimmung, um Informationen auf einem Gerät zu speichern.",
    "Ihre Privatsphäre ist uns wichtig: personalisierte Werbung finanziert unseren Journalismus seit vielen Jahren.",
    "Sie können Ihre Einwilligung jederzeit widerrufen oder mit einem Klick alle akzeptieren.",
)
HUMAN = (
    "Please enable JavaScript and cookies to continue. We are verifying you are human. This may take a few seconds.",
)
GONE = (
    "We're sorry, the page you are looking for could not be found. It may have been moved. Try our search instead.",
)


def html(paragraphs: Sequence[str], head: str = "", heading: str = "Harbour Times", around: str = "") -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<html><head><title>{heading}</title>{head}</head><body><main>{text}</main>{around}</body></html>".encode()


def teasers(count: int) -> str:
    """Headlines that lead to articles, each with its teaser."""
    return "".join(
        f"<article><h2><a href='/2024/{n}'>Ministers meet at quay number {n}</a></h2>"
        f"<p>They spoke about the deeper water of harbour {n}, and who is to pay for it.</p></article>"
        for n in range(count)
    )


@pytest.mark.parametrize(
    ("document", "notice"),
    [
        (html(CONSENT), "the page asks for consent first"),
        (html(EINWILLIGUNG), "the page asks for consent first"),
        (html(HUMAN), "the page asks for a human first"),
        (html(GONE), "the page says that there is nothing"),
        (html([], around=teasers(12)), "the page lists articles and is none"),
    ],
)
def test_what_is_no_article_has_no_text_and_says_what_it_is(document: bytes, notice: str) -> None:
    found = read_page(document, URL)
    assert (found.text, found.notice) == ("", notice)


@pytest.mark.parametrize(
    "url",
    [
        "https://harbour.example/",
        "https://harbour.example",
        "https://harbour.example/tag/nato",
        "https://harbour.example/world/topics/nato/",
        "https://harbour.example/author/ada-quay",
    ],
)
def test_a_front_page_or_a_topics_page_is_a_listing(url: str) -> None:
    assert read_page(html([], around=teasers(4)), url).notice == "the page lists articles and is none"


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "CollectionPage", "name": "NATO"}</script>',
        "".join(ld(headline=f"Quay number {n}") for n in range(5)),
    ],
)
def test_a_page_that_calls_itself_a_list_is_one(head: str) -> None:
    assert read_page(html([], head, around=teasers(3)), URL).notice == "the page lists articles and is none"


LONG = tuple(f"{line} {line.replace('Tuesday', 'Monday')}" for line in TEXT * 3)


@pytest.mark.parametrize(
    ("document", "url"),
    [
        (html(LONG, around=teasers(30)), URL),
        (html(TEXT, ld(headline="NATO"), around=teasers(30)), URL),
        (html(TEXT, meta("og:type", "article")), "https://harbour.example/tag/nato-meets"),
        (html(TEXT), "https://harbour.example/?p=17"),
        (html([*TEXT, "The minister said that readers accept all cookies without reading a word of it."]), URL),
        (html([*TEXT, "The page you are looking for is history, he said, and turned it."], ld(headline="NATO")), URL),
        (page(), ""),
    ],
)
def test_an_article_is_an_article_whatever_stands_around_it(document: bytes, url: str) -> None:
    found = read_page(document, url)
    assert found.notice is None
    assert TEXT[0] in found.text
