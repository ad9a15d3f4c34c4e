"""A site's pause is read wherever its robots.txt asks for it, and kept."""

import asyncio
from typing import Any

import pytest

from ingest import fetch as fetching
from ingest import robots


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
