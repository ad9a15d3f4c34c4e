"""How an article is known again by its address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.identity import canonical_url, variants


@pytest.mark.parametrize(
    ("listed", "stored"),
    [
        ("https://example.org/a?utm_source=x&id=7&fbclid=y#top", "https://example.org/a?id=7"),
        ("https://amp.example.org/a", "https://www.example.org/a"),
        ("https://m.example.org/a", "https://www.example.org/a"),
        ("https://mobile.example.co.uk/a", "https://www.example.co.uk/a"),
        ("https://en.m.example.org/a", "https://en.example.org/a"),
        ("https://example.org/world/amp/a-1", "https://example.org/world/a-1"),
        ("https://example.org/a/amp/", "https://example.org/a/"),
        ("https://example.org/amp/2024/a", "https://example.org/2024/a"),
        ("https://example.org/a.amp", "https://example.org/a"),
        ("https://example.org/a.amp.html", "https://example.org/a.html"),
        ("https://example.org/a?amp", "https://example.org/a"),
        ("https://example.org/a?amp=1&b=2", "https://example.org/a?b=2"),
        ("https://example.org/a?outputType=amp", "https://example.org/a"),
        ("https://www.google.co.uk/amp/s/example.org/a/amp", "https://example.org/a"),
        ("https://www-example-org.cdn.ampproject.org/c/s/www.example.org/a?id=1", "https://www.example.org/a?id=1"),
        # No page for phones, whatever its name is like.
        ("https://amp.dev/a", "https://amp.dev/a"),
        ("https://m.me/a", "https://m.me/a"),
        ("https://example.org/amp", "https://example.org/amp"),
        ("https://example.org/amplifier?amp=guitar", "https://example.org/amplifier?amp=guitar"),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:8000/a"),
    ],
)
def test_an_article_is_stored_at_its_own_address(listed: str, stored: str) -> None:
    assert canonical_url(listed) == stored


_PARTS = st.sampled_from(["m", "amp", "mobile", "www", "a", "en", "google", "org", "co", "uk", "cdn", "ampproject"])
_PATHS = st.sampled_from(["amp", "AMP", "a", "", "s", "c", "a.amp", "amp.amp", "b.amp.html", "x.amp.amp", "b.org"])


@given(
    st.lists(_PARTS, min_size=1, max_size=6),
    st.lists(_PATHS, max_size=5),
    st.sampled_from(["", "?amp", "?amp=1&a=b", "?output=amp"]),
)
def test_the_canonical_address_of_a_canonical_address_is_itself(host: list[str], path: list[str], query: str) -> None:
    once = canonical_url(f"https://{'.'.join(host)}/{'/'.join(path)}{query}")
    assert canonical_url(once) == once


def test_the_other_addresses_of_an_article_are_known() -> None:
    others = variants("https://www.example.org/a?id=1")
    assert "http://example.org/a/?id=1" in others
    assert "https://m.example.org/a?id=1" in others
    assert "https://www.example.org/a?id=1" not in others
    assert len(others) == 2 * 5 * 2 - 1
    assert variants("urn:newsgauge:bbc:1") == ()


_HOSTS = st.sampled_from(
    ["example.org", "www.example.org", "news.example.co.uk", "amp.dev", "m.me", "127.0.0.1", "[::1]"]
)


@settings(deadline=None)
@given(_HOSTS, st.sampled_from(["", ":8000"]), st.sampled_from(["/", "/a", "/a/", "/a/amp.b?c=1", "/a/?amp=2"]))
def test_who_is_a_variant_of_whom_is_mutual(host: str, port: str, path: str) -> None:
    url = canonical_url(f"https://{host}{port}{path}")
    assert all(url in variants(other) for other in variants(url))
