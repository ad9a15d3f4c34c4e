"""What a run gets from the web, in the terms of feeds and articles: a feed with its sitemaps, an article's page.

All of it comes through one door and is read in one process apart; robots.txt of a site is asked for once in a run.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

from protego import Protego

from data.catalogue import FeedSource, Outlet
from data.terminal import printable
from ingest import parsing, robots
from ingest.entries import Entry, Feed, FeedError
from ingest.fetch import Failure, Fetch, Request, Response
from ingest.pages import Page

PAGE_SECONDS = 120.0  # a feed, in one run; the rest of its articles come with the next
PAGES_IN_VAIN = 4  # in a row; after that the feed's own texts must do
SITEMAPS = 3  # of an index, the newest
DOCUMENTS = 8  # of a feed at most, where indexes name further indexes

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Web:
    """The door out, and the one thread that waits for the process that parses."""

    fetch: Fetch
    reader: ThreadPoolExecutor
    rules: dict[str, "asyncio.Task[Protego | Failure]"] = field(default_factory=dict)  # by origin

    async def apart(self, work: Callable[[], _T]) -> _T:
        """What `work` gives, without holding up the network."""
        return await asyncio.get_running_loop().run_in_executor(self.reader, work)

    async def feed(self, source: FeedSource, answer: Response) -> Feed | Failure:
        """The feed of an answer; of an index the newest sitemaps together, further indexes among them.

        What an index lists is never `whole`: it may stay the same while its sitemaps do not. A Failure, or a FeedError
        raised, where none of them can be read; a FeedError for a document that is no feed.
        """
        index = await self._parsed(source, answer)
        if not index.sitemaps:
            return index
        parts: list[Feed] = []
        trouble: Failure | FeedError | None = None
        waiting, asked = list(index.sitemaps[:SITEMAPS]), {answer.url}
        while waiting and len(asked) <= DOCUMENTS:
            url = waiting.pop(0)
            if url in asked:
                continue
            asked.add(url)
            part = await self._sitemap(source, url)
            if isinstance(part, Feed):
                parts.append(part)
                waiting = [*part.sitemaps[:SITEMAPS], *waiting]
            else:
                trouble = part
        if all(part.sitemaps for part in parts) and trouble:
            said = "Of the sitemaps that this index names, none can be read"
            if isinstance(trouble, FeedError):
                raise FeedError(trouble.kind, f"{said}. {trouble}")
            return replace(trouble, message=f"{said}. {trouble.message}")
        entries = tuple(entry for part in parts for entry in part.entries)
        dropped = sum((Counter(part.dropped) for part in [index, *parts]), Counter[str]())
        return replace(index, entries=entries, dropped=dropped, whole=False)

    async def _sitemap(self, source: FeedSource, url: str) -> Feed | Failure | FeedError:
        """A sitemap that an index names."""
        answer = await self.fetch(Request(url, source.user_agent, source.accept))
        if isinstance(answer, Failure):
            return answer
        try:
            return await self._parsed(source, answer)
        except FeedError as error:
            return error

    async def _parsed(self, source: FeedSource, answer: Response) -> Feed:
        def parsed() -> Feed:  # the body is read from where it is held when its turn comes
            return parsing.feed(answer.body, answer.url, answer.content_type, source.kind)

        return await self.apart(parsed)

    async def page(self, feed: FeedSource, url: str) -> Page | Failure:
        """The article at this address, if robots.txt lets us read it."""
        rules = await self._rules(url)
        if isinstance(rules, Failure):
            return rules
        rule = robots.forbidding(rules, url)
        delay = robots.delay(rules)
        if delay > PAGE_SECONDS:
            rule = rule or f"Crawl-delay: {delay:g}"
        if rule:
            return Failure(printable(url), "robots", None, printable(rule, 80), None, 0.0)
        accept = "text/html, application/xhtml+xml, */*;q=0.5"
        answer = await self.fetch(Request(url, feed.user_agent, accept, pause=delay))
        if isinstance(answer, Failure):
            return answer
        return await self.apart(lambda: parsing.page(answer.body, answer.url, answer.content_type))

    async def _rules(self, url: str) -> Protego | Failure:
        """The rules of the site that an address belongs to."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.rules:
            self.rules[origin] = asyncio.create_task(_asked_rules(self.fetch, origin))
        return await asyncio.shield(self.rules[origin])


async def _asked_rules(fetch: Fetch, origin: str) -> Protego | Failure:
    """RFC 9309, 2.3.1: who has no robots.txt allows everything, and who cannot be reached allows nothing."""
    answer = await fetch(Request(f"{origin}/robots.txt", accept="text/plain, */*;q=0.5"))
    if isinstance(answer, Response):
        return robots.rules(answer.body)
    if answer.status is not None and 400 <= answer.status < 500:
        return robots.rules(b"")
    return replace(answer, kind="robots", message=f"robots.txt cannot be read: {answer.message}")


@dataclass
class Pages:
    """The pages of one feed, read one after the other while there is time, and what went wrong with them."""

    web: Web
    outlet: Outlet
    feed: FeedSource
    read: int = 0
    late: bool = False
    in_vain: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=monotonic)

    async def page(self, entry: Entry) -> Page | None:
        """The entry's page, an empty one where there is none to read, None where the time is up."""
        if self.outlet.full_text != "allowed" or not entry.url or self.in_vain >= PAGES_IN_VAIN:
            return _NO_PAGE
        if monotonic() - self.began > PAGE_SECONDS:
            self.late = True
            return None
        page = await self.web.page(self.feed, entry.url)
        if isinstance(page, Failure):
            self.troubles[f"robots ({page.message})" if page.kind == "robots" else page.kind] += 1
            self.in_vain += page.kind not in ("robots", "not found")
            return _NO_PAGE
        self.in_vain = 0
        self.read += 1
        if page.notice:
            self.troubles[page.notice] += 1
        return page

    def message(self) -> str | None:
        """What went wrong with pages, in a line."""
        notes = [f"{count} x {what}" for what, count in self.troubles.most_common()]
        if self.in_vain >= PAGES_IN_VAIN:
            notes.append("the others were not tried")
        if self.late:
            notes.append(f"more pages than fit into {PAGE_SECONDS:g} s, the rest comes with the next run")
        advice = "These articles have the feed's own text; set full_text to headline-only if it stays so."
        return f"Pages: {'; '.join(notes)}. {advice if self.troubles else ''}".strip() if notes else None


_NO_PAGE = Page(None, "", None, None, (), None)
