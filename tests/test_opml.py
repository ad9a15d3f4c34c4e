from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import catalogue, opml
from data.catalogue import FeedSource, Outlet
from data.opml import OpmlError

READER = b"""<?xml version="1.0"?>
<opml version="1.0"><head><title>My list</title></head><body>
  <outline text="Nordic news">
    <outline type="rss" text="Fjord &amp; Field" xmlUrl="https://fjord.example/rss?a=1&amp;b=2" htmlUrl="https://fjord.example/"
             language="no-NO"/>
    <outline type="rss" text="Fjord &amp; Field" xmlUrl="https://fjord.example/sport"/>
    <outline type="link" text="No feed" url="https://fjord.example/about"/>
  </outline>
  <outline type="rss" title="" xmlUrl="http://plain.example:8080/feed"/>
  <outline text="Elsewhere" xmlUrl="javascript:alert(1)"/>
</body></opml>"""


def test_a_list_of_a_feed_reader_becomes_outlets() -> None:
    fjord, plain = opml.read(READER)
    assert (fjord.key, fjord.name, fjord.homepage) == ("fjord-field", "Fjord & Field", "https://fjord.example/")
    assert [feed.url for feed in fjord.feeds] == ["https://fjord.example/rss?a=1&b=2", "https://fjord.example/sport"]
    assert (fjord.languages, fjord.panels) == (("no",), ("nordic-news",))
    assert (plain.key, plain.homepage) == ("plain-example", "http://plain.example/")


def test_what_a_foreign_list_does_not_say_stays_unknown() -> None:
    outlet = opml.read(READER)[1]
    assert (outlet.country, outlet.media_type, outlet.ownership) == ("ZZ", "unknown", "unknown")
    assert outlet.full_text == "headline-only"


def test_the_shipped_outlets_survive_the_way_through_opml() -> None:
    outlets = catalogue.load(catalogue.DEFAULT).outlets
    assert opml.read(opml.write(outlets)) == list(outlets)


def test_imported_outlets_can_be_pasted_into_a_catalogue(tmp_path: Path) -> None:
    for name in ("actors.toml", "topics.toml"):
        (tmp_path / name).write_text((catalogue.DEFAULT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "outlets.toml").write_text(opml.as_toml(READER), encoding="utf-8")
    assert list(catalogue.load(tmp_path).outlets) == opml.read(READER)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_before_its_entities_can_grow(encoding: str) -> None:
    document = (
        '<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><opml><body><outline text="&c;"/></body></opml>'
    )
    with pytest.raises(OpmlError, match="it declares a document type"):
        opml.read(document.encode(encoding))


def test_no_file_of_this_machine_gets_into_an_outlet() -> None:
    with pytest.raises(OpmlError):
        opml.read(b'<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/hostname">]><opml><body>&a;</body></opml>')


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "not readable as OPML"),
        (b"<html><body>404</body></html>", "not OPML: it starts with <html>"),
        (b"<opml>" + b"<outline>" * 5000, "not readable as OPML"),
        (b"<opml><body><outline", "not readable as OPML"),
    ],
)
def test_what_is_no_opml_is_said_to_be_none(document: bytes, message: str) -> None:
    with pytest.raises(OpmlError, match=message):
        opml.read(document)


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)
slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True)
days = st.none() | st.dates(date(1990, 1, 1), date(2030, 1, 1))
feeds = st.builds(
    FeedSource,
    url=st.builds("https://{}.example/{}".format, slugs, slugs),
    kind=st.sampled_from(catalogue.FEED_KINDS),
    user_agent=st.none() | texts,
    accept=st.none() | texts,
)
outlets = st.builds(
    Outlet,
    key=slugs,
    name=texts,
    homepage=st.just("https://www.example.org/?a=1&b=2"),
    country=st.from_regex("[A-Z]{2}", fullmatch=True),
    languages=st.lists(st.from_regex("[a-z]{2}", fullmatch=True), max_size=3).map(tuple),
    media_type=st.sampled_from(catalogue.MEDIA_TYPES),
    ownership=st.sampled_from(catalogue.OWNERSHIPS),
    panels=st.lists(slugs, max_size=3).map(tuple),
    feeds=st.lists(feeds, min_size=1, max_size=3, unique_by=lambda feed: feed.url).map(tuple),
    full_text=st.sampled_from(catalogue.FULL_TEXTS),
    added=days,
    retired=days,
)


@settings(deadline=None)
@given(st.lists(outlets, max_size=4, unique_by=lambda outlet: outlet.key))
def test_reading_what_was_written_gives_the_same_outlets(listed: list[Outlet]) -> None:
    assert opml.read(opml.write(listed)) == listed


@settings(deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: b"<opml><body>" + text.encode("utf-8", "replace"))
)
def test_any_bytes_are_outlets_or_a_message(document: bytes) -> None:
    try:
        listed = opml.read(document)
    except OpmlError:
        listed = []
    assert all(outlet.feeds and outlet.key for outlet in listed)
