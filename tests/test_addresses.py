"""Where an article is stored: its canonical URL, or what it is known by where it has none."""

from datetime import timedelta

from ingest.articles import address
from tests.conftest import NOON


def test_an_article_without_an_address_is_known_by_its_guid_or_its_title() -> None:
    by_title = address(None, "bbc", None, "Rain in Oslo", NOON)
    by_guid = address(None, "bbc", "guid-of-its-own", "", NOON)
    assert by_title is not None
    assert by_guid is not None
    assert by_title.startswith("urn:newsgauge:bbc:")
    assert by_guid.startswith("urn:newsgauge:bbc:")
    assert address(None, "bbc", None, "Rain in Oslo", None) not in (None, by_title, by_guid)


def test_what_nobody_can_know_again_has_no_address() -> None:
    assert address(None, "bbc", None, "", NOON) is None
    assert address("", "bbc", "", "", NOON) is None


def test_a_guid_tells_whatever_the_title_and_the_date_say() -> None:
    first = address(None, "bbc", "guid-of-its-own", "Rain in Oslo", NOON)
    assert address(None, "bbc", "guid-of-its-own", "Snow in Oslo", NOON + timedelta(days=1)) == first
    assert address(None, "npr", "guid-of-its-own", "Rain in Oslo", NOON) != first
    assert address("https://bbc.example/1#top", "bbc", "guid-of-its-own", "", NOON) == "https://bbc.example/1"
