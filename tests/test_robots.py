"""A site's pause is read wherever its robots.txt asks for it, and kept."""

import asyncio
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from data import schema
from ingest import fetch as fetching
from ingest import robots
from ingest.collect import asked_ago
from tests.conftest import NOON
from tests.test_collect import source


@pytest.mark.parametrize(
    ("document", "seconds"),
    [
        (b"User-agent: *\nCrawl-delay: 10\nDisallow: /x\n", 10),
        (b"User-agent: a\nCrawl-delay: 5\nUser-agent: newsgauge\nDisallow: /x", 5),
        (b"User-agent: Newsgauge\nDisallow: /x\nCrawl-delay: 2.5\n\nUser-agent: *\nCrawl-delay: 60", 2.5),
        (b"User-agent: other\nCrawl-delay: 60\nDisallow: /\n", 0),
        (b"User-agent: *\nCrawl-delay: soon\nDisallow: /x", 0),
        (b"User-agent: *\nCrawl-delay: -7\nDisallow: /x", 0),
        (b"User-agent: *\nDisallow: /x", 0),
        (b"", 0),
    ],
)
def test_the_pause_that_a_site_asks_for_is_read(document: bytes, seconds: float) -> None:
    rules = robots.rules(document)
    assert robots.delay(rules) == seconds
    if b"/x" in document:
        assert robots.forbidding(rules, "https://harbour.example/x") == "Disallow: /x"


def test_the_longer_of_two_pauses_lies_between_two_requests_to_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def ask() -> None:
        manners = fetching._Manners(pause=1, concurrency=9, own=set())
        for pause in (10.0, 10.0, 0.0):
            async with manners.turn("http://harbour.example/", pause):
                pass

    monkeypatch.setattr(fetching.asyncio, "sleep", sleep)
    monkeypatch.setattr(fetching, "monotonic", lambda: 100.0)
    asyncio.run(ask())
    assert slept == [0, 10, 1]


def test_a_pause_lies_between_two_runs_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def ask() -> None:
        ago = {"harbour.example": 20.0, "www.harbour.example": 50.0}
        manners = fetching._Manners(pause=1, concurrency=9, own=set(), asked_ago=ago)
        for host in ("harbour.example", "www.harbour.example", "other.example"):
            async with manners.turn(f"http://{host}/", 30.0):
                pass

    monkeypatch.setattr(fetching.asyncio, "sleep", sleep)
    monkeypatch.setattr(fetching, "monotonic", lambda: 100.0)
    asyncio.run(ask())
    assert slept == [10, 0, 0]


def test_what_an_earlier_run_asked_is_known_by_its_feeds() -> None:
    feeds = [source(f"https://feeds.harbour.example/{name}.xml") for name in ("a", "b", "c")]
    times = {"a": timedelta(seconds=100), "b": timedelta(seconds=40), "c": timedelta(hours=1)}
    states = pl.DataFrame(
        [
            {"feed_url": each.feed.url, "started_at": NOON - ago, "seconds": 10.0}
            for each, ago in zip(feeds, times.values(), strict=True)
        ],
        schema=schema.FETCHES,
    )
    assert asked_ago(feeds, states, NOON) == {"feeds.harbour.example": 30.0, "harbour.example": 30.0}
    assert asked_ago(feeds[2:], states, NOON) == asked_ago(feeds, schema.empty("fetches"), NOON) == {}


def test_a_request_waits_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    real = fetching._Manners.turn

    def turn(self: Any, url: str, pause: float = 0.0) -> Any:
        asked.append(pause)
        return real(self, url, pause)

    async def ask() -> None:
        async with fetching.door(deadline=1, pause=0) as fetch:
            await fetch(fetching.Request("http://127.0.0.1:1/", pause=0.25))

    monkeypatch.setattr(fetching._Manners, "turn", turn)
    asyncio.run(ask())
    assert asked == [0.25]
