"""An article is stored once, however its outlet lists it: real feeds, a real archive, run after run."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, FeedSource, load
from ingest import collect, listing, pipeline, reading, report
from ingest.collect import Source
from ingest.entries import Entry, Feed
from ingest.listing import differ
from ingest.report import Report
from tests.conftest import NOON
from tests.press_server import Press, http, press
from tests.test_collect import outlet

CATALOGUE = load(DEFAULT)
read = partial(reading.read, catalogue=CATALOGUE, by="lexicon")
DAY = timedelta(days=1)
MORNING = "The minister resigned over the harbour contract after months of pressure from trawler owners."
EVENING = "Heavy rainfall closed several mountain railways while villages waited for rescue helicopters."


def item(title: str, link: str = "", guid: str = "", text: str = MORNING, at: datetime = NOON) -> str:
    """An RSS item; what is empty is left out."""
    fields = {"title": title, "link": link, "guid": guid, "description": text, "pubDate": f"{at:%d %b %Y %H:%M:%S} GMT"}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)
    return "<item>" + inner.replace("<guid>", '<guid isPermaLink="false">') + "</item>"


def feed(*items: str) -> bytes:
    return http(f'<rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'.encode())


class Newsroom:
    """A press, an archive, and runs over both."""

    def __init__(self, served: Press, archive: Archive) -> None:
        self.served, self.archive, self.now = served, archive, NOON

    def run(self, *feeds: tuple[str, bytes], after: timedelta = timedelta(hours=1)) -> Report:
        """One run over these feeds, each `outlet/path` and its document, a while after the last one."""
        self.now += after
        for path, document in feeds:
            self.served.answers[f"/{path}"] = document
        sources = [Source(outlet(path.split("/")[0]), FeedSource(self.served.url(f"/{path}"))) for path, _ in feeds]
        begun = Report(f"{self.now:%d%H%M}", "ingest", self.now)
        done = pipeline.ingest(begun, sources, self.archive, read, self.served.allow, everything=True)
        return report.finish(done, self.now)

    def articles(self) -> pl.DataFrame:
        return self.archive.articles().collect().sort("url")


@pytest.fixture
def newsroom(tmp_path: Any) -> Iterator[Newsroom]:
    with press() as served:
        yield Newsroom(served, open_archive(str(tmp_path / "archive"), create=True))


def counts(done: Report) -> tuple[int, int, dict[str, int]]:
    return done.new, done.changed, dict(done.dropped)


def test_an_article_that_moves_to_another_address_is_known_by_its_guid(newsroom: Newsroom) -> None:
    newsroom.run(("bbc/a", feed(item("Rain in Oslo", "https://bbc.example/rain", "bbc-2024-1"))))
    moved = item("Rain in Oslo", "https://bbc.example/weather/oslo-rain", "bbc-2024-1", at=NOON + 30 * DAY)
    assert counts(newsroom.run(("bbc/a", feed(moved)), after=30 * DAY)) == (0, 0, {"known": 1})
    assert newsroom.articles()["url"].to_list() == ["https://bbc.example/rain"]


def test_what_changes_as_it_moves_is_a_new_version_at_its_first_address(newsroom: Newsroom) -> None:
    newsroom.run(("bbc/a", feed(item("Rain in Oslo", "https://bbc.example/rain", "bbc-2024-1"))))
    moved = item("Snow in Oslo", "https://bbc.example/snow", "bbc-2024-1", text=f"{MORNING} It snowed.")
    assert counts(newsroom.run(("bbc/a", feed(moved)))) == (0, 1, {})
    stored = newsroom.articles()
    assert stored.select("url", "title", "version").rows() == [("https://bbc.example/rain", "Snow in Oslo", 2)]
    assert counts(newsroom.run(("bbc/a", feed(moved, " ")))) == (0, 0, {"known": 1})


def test_a_guid_means_nothing_at_another_outlet(newsroom: Newsroom) -> None:
    newsroom.run(("bbc/a", feed(item("Rain", "https://bbc.example/rain", "2024-0001"))))
    other = feed(item("Sun", "https://npr.example/sun", "2024-0001", EVENING))
    assert counts(newsroom.run(("npr/a", other))) == (1, 0, {})


def test_an_article_is_known_by_its_title_for_a_week(newsroom: Newsroom) -> None:
    newsroom.run(("bbc/a", feed(item("Rain falls on Oslo", "https://bbc.example/1"))))
    again = item("RAIN falls on  Oslo!", "https://bbc.example/2", at=NOON + 6 * DAY)
    done = newsroom.run(("bbc/a", feed(again)), after=6 * DAY)
    assert (done.new, done.changed) == (0, 1)  # its title is written in another way
    later = item("Rain falls on Oslo", "https://bbc.example/3", at=NOON + 20 * DAY)
    assert newsroom.run(("bbc/a", feed(later)), after=14 * DAY).new == 1


def test_a_title_means_nothing_at_another_outlet(newsroom: Newsroom) -> None:
    newsroom.run(("bbc/a", feed(item("Rain falls on Oslo", "https://bbc.example/1"))))
    assert newsroom.run(("npr/a", feed(item("Rain falls on Oslo", "https://npr.example/1")))).new == 1


@pytest.mark.parametrize(("title", "text"), [("Morning briefing", MORNING), ("What you need to know today", EVENING)])
def test_a_title_that_comes_every_day_makes_no_two_articles_one(newsroom: Newsroom, title: str, text: str) -> None:
    newsroom.run(("bbc/a", feed(item(title, "https://bbc.example/1"))))
    assert newsroom.run(("bbc/a", feed(item(title, "https://bbc.example/2", text=text)))).new == 1


def test_a_guid_that_is_a_place_in_the_list_makes_no_two_articles_one(newsroom: Newsroom) -> None:
    newsroom.run(("bbc/a", feed(item("Rain", "https://bbc.example/1", "1"))))
    assert newsroom.run(("bbc/a", feed(item("Sun", "https://bbc.example/2", "1", EVENING)))).new == 1


def test_two_feeds_of_an_outlet_that_count_their_entries_lose_none(newsroom: Newsroom) -> None:
    """Also of entries without an address: a place in the list is not one either."""
    some = [item("Rain", guid="1"), item("Wind", guid="2", text=EVENING)]
    others = [item("Sun", guid="1"), item("Snow", guid="2", text=EVENING)]
    assert counts(newsroom.run(("bbc/a", feed(*some)), ("bbc/b", feed(*others)))) == (4, 0, {})
    assert set(newsroom.articles()["title"]) == {"Rain", "Wind", "Sun", "Snow"}
    assert all(url.startswith("urn:newsgauge:bbc:") for url in newsroom.articles()["url"])
    again = newsroom.run(("bbc/a", feed(*some, " ")), ("bbc/b", feed(*others, " ")))
    assert counts(again) == (0, 0, {"known": 4})


def test_headlines_that_are_counted_stay_at_their_own_addresses(newsroom: Newsroom) -> None:
    titles = ["Rain in Oslo", "Wind in Riga", "Sun in Rome", "Snow in Bern", "Fog in Bath", "Hail in Cork"]
    linked = [(title, f"https://bbc.example/{title.split()[0].lower()}") for title in titles]
    documents = [
        feed(*(item(*one, guid=str(place), text="") for place, one in enumerate(linked[first : first + 2], start=1)))
        for first in (0, 2, 4)
    ]
    assert newsroom.run(("bbc/a", documents[0]), ("bbc/b", documents[1])).new == 4
    assert counts(newsroom.run(("bbc/a", documents[2]))) == (2, 0, {})
    assert newsroom.articles().select("title", "url").sort("url").rows() == sorted(linked, key=lambda one: one[1])


@pytest.mark.parametrize(
    ("guid", "title", "text", "one"),
    [
        ("2024-000", "Rain in Oslo", EVENING, True),  # its guid and its title
        ("2024-000", "RAIN, in Oslo", "", True),
        ("2024-000", "Wind in Riga", MORNING, True),  # its guid and its text
        ("2024-000", "Wind in Riga", EVENING, False),
        ("2024-000", "Wind in Riga", "", False),  # nobody knows
        ("2024-00", "Wind in Riga", MORNING, False),  # too short a guid
        ("2024-00", "Rain in Oslo", MORNING, True),  # its title
        ("2024-00", "Rain in Oslo", EVENING, False),
        ("2024-001", "Rain in Oslo", "", True),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_what_makes_an_entry_at_another_address_the_same_article(
    newsroom: Newsroom, guid: str, title: str, text: str, one: bool, at_once: bool
) -> None:
    first = feed(item("Rain in Oslo", "https://bbc.example/1", "2024-000" if len(guid) == 8 else guid))
    second = feed(item(title, "https://bbc.example/2", guid, text))
    if at_once:
        newsroom.run(("bbc/a", first), ("bbc/b", second))
    else:
        newsroom.run(("bbc/a", first))
        newsroom.run(("bbc/b", second))
    assert newsroom.articles()["url"].n_unique() == (1 if one else 2)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 9), st.sampled_from(["", "1", "2", "1234567"]), st.sampled_from([MORNING, EVENING, ""])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_another_title_at_another_address_is_another_article(given_entries: list[tuple[int, str, str]]) -> None:
    """Whatever short guids and texts they share, in whatever order their feeds list them."""
    entries = [
        Entry(f"https://bbc.example/{number}", f"Rain number {number} falls", text, None, NOON, guid or None)
        for number, guid, text in given_entries
    ]
    taken = listing.Taken()
    kept = [
        one.url
        for entry in entries
        for one in listing.listed("bbc", Feed("t", (entry,)))[0]
        if taken.take("bbc", one, NOON)
    ]
    assert sorted(kept) == sorted({f"https://bbc.example/{number}" for number, _, _ in given_entries})


def test_a_link_that_is_too_long_costs_its_headline_nothing(newsroom: Newsroom) -> None:
    document = feed(item("Rain falls on Oslo", f"https://bbc.example/{'x' * 100_000}", "a-guid-of-its-own"))
    assert counts(newsroom.run(("bbc/a", document))) == (1, 0, {})
    (stored,) = newsroom.articles().iter_rows(named=True)
    assert (stored["title"], stored["url"][:18]) == ("Rain falls on Oslo", "urn:newsgauge:bbc:")


def test_a_guid_that_all_entries_share_makes_no_two_articles_one(newsroom: Newsroom) -> None:
    same = [item(f"Rain {n}", f"https://bbc.example/{n}", "https://bbc.example/") for n in range(3)]
    assert newsroom.run(("bbc/a", feed(*same))).new == 3


@pytest.mark.parametrize(
    "other",
    [
        "http://www.bbc.example/rain",
        "https://bbc.example/rain/",
        "https://m.bbc.example/rain",
        "https://amp.bbc.example/rain?utm_source=x",
        "https://www.bbc.example/rain/amp",
    ],
)
def test_an_article_is_one_at_all_its_addresses(newsroom: Newsroom, other: str) -> None:
    newsroom.run(("bbc/a", feed(item("Rain", "https://www.bbc.example/rain"))))
    assert counts(newsroom.run(("bbc/a", feed(item("Rain", other, at=NOON + DAY))))) == (0, 0, {"known": 1})
    assert counts(newsroom.run(("npr/a", feed(item("Rain", other))))) == (0, 0, {"known": 1})


def test_two_feeds_of_an_outlet_list_an_article_once_in_a_run(newsroom: Newsroom) -> None:
    first = feed(
        item("Rain falls on Oslo", "https://bbc.example/1"),
        item("Sun", "https://bbc.example/2", "bbc-2024-2", EVENING),
        item("Wind", "https://bbc.example/3"),
    )
    second = feed(
        item("Rain falls on Oslo", "https://bbc.example/world/1"),
        item("Sun", "https://bbc.example/world/2", "bbc-2024-2", EVENING),
        item("Wind", "https://m.bbc.example/3"),
    )
    assert counts(newsroom.run(("bbc/a", first), ("bbc/b", second))) == (3, 0, {"repeated": 3})
    assert newsroom.articles().height == 3


def test_of_an_outlet_whose_feeds_are_all_read_nothing_but_addresses_is_kept() -> None:
    taken = listing.Taken()
    entry = Entry("https://bbc.example/rain", "Rain falls on Oslo", MORNING, None, NOON, "bbc-2024-1")
    (rain,), _ = listing.listed("bbc", Feed("t", (entry,)))
    (moved,), _ = listing.listed("bbc", Feed("t", (replace(entry, url="https://bbc.example/wind"),)))
    assert [taken.take("bbc", one, NOON) for one in (rain, rain, moved)] == [True, False, False]
    taken.forget("bbc")
    assert not taken.outlets
    (elsewhere,), _ = listing.listed("npr", Feed("t", (replace(entry, url="http://www.bbc.example/rain/"),)))
    assert not taken.take("npr", elsewhere, NOON)


def test_a_feed_that_is_published_anew_adds_nothing(newsroom: Newsroom) -> None:
    texts = [f"{MORNING} Report {n}." for n in range(20)]
    old = [item(f"Rain falls on Oslo {n}", f"http://bbc.example/?p={n}", f"p{n}", texts[n]) for n in range(20)]
    assert newsroom.run(("bbc/a", feed(*old))).new == 20
    later = NOON + 3 * DAY
    new = [
        item(f"Rain falls on Oslo {n}", f"https://bbc.example/rain-{n}", f"new-{n}", texts[n], later) for n in range(20)
    ]
    assert counts(newsroom.run(("bbc/a", feed(*new)), after=3 * DAY)) == (0, 0, {"known": 20})


def test_a_feed_that_shrinks_deletes_nothing(newsroom: Newsroom) -> None:
    items = [item(f"Rain {n}", f"https://bbc.example/{n}") for n in range(20)]
    newsroom.run(("bbc/a", feed(*items)))
    before = newsroom.articles()
    assert counts(newsroom.run(("bbc/a", feed(items[0])))) == (0, 0, {"known": 1})
    assert counts(newsroom.run(("bbc/a", feed()))) == (0, 0, {})
    assert newsroom.articles().equals(before)


def test_an_archive_is_asked_once_for_many_feeds(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, asked = collect.Inquiries.candidates, []

    async def counted(self: Any, rows: pl.DataFrame) -> pl.DataFrame:
        asked.append(rows.height)
        return await whole(self, rows)

    looks: list[int] = []
    look = pipeline.known.candidates

    def looked(archive: Archive, rows: pl.DataFrame) -> pl.DataFrame:
        looks.append(rows.height)
        return look(archive, rows)

    monkeypatch.setattr(collect.Inquiries, "candidates", counted)
    monkeypatch.setattr(pipeline.known, "candidates", looked)
    feeds = [
        (f"o{n}/a", feed(*(item(f"Rain {n} {m}", f"https://o{n}.example/{m}") for m in range(3)))) for n in range(60)
    ]
    assert newsroom.run(*feeds).new == 180
    assert (len(asked), sum(asked), sum(looks)) == (60, 180, 180)
    assert len(looks) < 30


def test_short_texts_are_never_evidently_different() -> None:
    assert not differ("NATO met.", "Russia was furious.")
