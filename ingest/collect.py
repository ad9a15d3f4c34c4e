"""The feeds that are due, fetched at once, and their articles with their pages: lazily, in batches that can be stored.

Whatever goes wrong with a feed becomes its row in `fetches`, and stops no other feed. What goes wrong in our own code
is raised where the batches are taken.
"""

import asyncio
import hashlib
import queue
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from data import schema
from data.catalogue import FeedSource, Outlet
from data.terminal import printable
from ingest import articles, boilerplate, listing, moments, when
from ingest.articles import Delivered
from ingest.bodies import IN_MEMORY
from ingest.entries import Entry, Feed, FeedError
from ingest.fetch import Address, Failure, Request, Response, door
from ingest.inquiries import Inquiries, Look
from ingest.listing import Listed, Taken
from ingest.pages import Page
from ingest.web import PAGE_SECONDS, Pages, Web

MOST_ARTICLES = 1_000  # a batch
BATCH_SECONDS = 5.0
FEEDS_AT_ONCE = 100  # more than there are connections: most of them wait for their host's turn
AHEAD_BYTES = 16_000_000  # of articles that wait to be stored: with more than that no further large feed is read

STALE_AFTER = timedelta(days=90)
CLOCKS_DIFFER = timedelta(minutes=15)  # a run may take minutes, and no clock is quite right


@dataclass(frozen=True, slots=True)
class Source:
    """A feed and whose it is."""

    outlet: Outlet
    feed: FeedSource


@dataclass(frozen=True, slots=True)
class Collected:
    """A batch: whole feeds, with about 1,000 articles, AHEAD_BYTES or 5 seconds of them.

    `articles` has the columns of schema.ARTICLES, each id once in a run; `fetches` those of schema.FETCHES, where `new`
    and `changed` are 0: only the archive can tell them. `origins` says which of the feeds an article came from: `id,
    feed_url`. For each feed, entries = its articles here + the sum of what was dropped.
    """

    articles: pl.DataFrame
    fetches: pl.DataFrame
    origins: pl.DataFrame


ORIGINS = pl.Schema({"id": pl.String, "feed_url": pl.String})


def due(sources: Sequence[Source], states: pl.DataFrame, now: datetime, everything: bool = False) -> list[Source]:
    """The feeds to check now, each address once: those never checked, and those whose `next_at` has come."""
    by_url = {source.feed.url: source for source in sources}
    if everything:
        return list(by_url.values())
    later = set(states.filter(pl.col("next_at") > now)["feed_url"])
    return [source for url, source in by_url.items() if url not in later]


def collect(
    sources: Sequence[Source],
    states: pl.DataFrame,
    look: Look,
    allow: frozenset[Address],
    now: datetime,
    *,
    run: str = "",
    stop: threading.Event | None = None,
    **options: Any,
) -> Iterator[Collected]:
    """Fetch these feeds, and the pages of their new articles, and give them in batches as they come.

    `states` holds the last row of each feed, `look` tells what the archive has of some entries (known.candidates; it is
    called from another thread, one call at a time), `options` are those of fetch.door. Setting `stop` ends it within 2
    seconds; what was read by then is given. `now` is the clock of the run, `run` its name.
    """
    closed = threading.Event()
    batches: queue.Queue[Collected | BaseException | None] = queue.Queue(maxsize=1)
    options = {"asked_ago": asked_ago(sources, states, now), **options}

    def work() -> None:
        last: Collected | BaseException | None = None
        try:
            shared = partial(_Run, run, now)
            asyncio.run(_collect(shared, sources, states, look, allow, options, stop or closed, closed, batches))
        except BaseException as fault:  # raised again where the batch would have been taken
            last = fault
        while not closed.is_set():
            with suppress(queue.Full):
                batches.put(last, timeout=0.1)
                break

    thread = threading.Thread(target=work, daemon=True, name="collect")
    thread.start()
    try:
        while (batch := batches.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        closed.set()
        thread.join(timeout=2)


def asked_ago(sources: Sequence[Source], states: pl.DataFrame, now: datetime) -> dict[str, float]:
    """Seconds since the hosts of these feeds and of their outlets' pages were last asked, as far as it matters."""
    ended = pl.col("started_at") + pl.duration(microseconds=pl.col("seconds") * 1_000_000)
    ago = states.select("feed_url", ago=(now - ended).dt.total_microseconds() / 1_000_000)
    by_url = dict(ago.filter(pl.col("ago") < PAGE_SECONDS).iter_rows())
    found: dict[str, float] = {}
    for source in sources:
        for url in (source.feed.url, source.outlet.homepage) if source.feed.url in by_url else ():
            host = urlsplit(url).hostname or ""
            found[host] = max(min(by_url[source.feed.url], found.get(host, PAGE_SECONDS)), 0.0)
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    """What the feeds of a run share."""

    name: str
    now: datetime
    web: Web
    archive: Inquiries
    began: float = field(default_factory=monotonic)
    taken: Taken = field(default_factory=Taken)
    ahead: "_Ahead" = field(default_factory=lambda: _Ahead())


@dataclass(frozen=True, slots=True)
class _Checked:
    """What came of one feed: its row, and its articles."""

    row: Mapping[str, object]
    articles: pl.DataFrame
    size: int  # bytes of the articles


class _Ahead:
    """How many bytes of articles wait to be stored. Large feeds come one after the other, and wait for room."""

    def __init__(self) -> None:
        self._bytes = 0
        self._changed = asyncio.Event()
        self._large = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, answer: Response | Failure) -> AsyncIterator[None]:
        """When a feed may be read; one that is held in memory at once."""
        if isinstance(answer, Failure) or len(answer.held) <= IN_MEMORY:
            yield
            return
        async with self._large:
            while self._bytes > AHEAD_BYTES:
                self._changed.clear()
                await self._changed.wait()
            yield

    def add(self, size: int) -> None:
        """So many bytes wait as well; fewer than before where it is negative."""
        self._bytes += size
        self._changed.set()


async def _collect(
    shared: "Callable[[Web, Inquiries], _Run]",
    sources: Sequence[Source],
    states: pl.DataFrame,
    look: Look,
    allow: frozenset[Address],
    options: Mapping[str, Any],
    stop: threading.Event,
    closed: threading.Event,
    batches: "queue.Queue[Collected | BaseException | None]",
) -> None:
    """Check the feeds by FEEDS_AT_ONCE workers, and put what comes of them into `batches`."""
    last = {row["feed_url"]: row for row in states.iter_rows(named=True)}
    waiting = iter(sources)
    # Bounded, so that nothing is fetched that nobody takes.
    done: asyncio.Queue[_Checked | Exception] = asyncio.Queue(maxsize=FEEDS_AT_ONCE)
    reader = ThreadPoolExecutor(1, "read")  # there is one process that parses
    async with door(allow, **options) as fetch:
        run = shared(Web(fetch, reader), Inquiries(look))
        left = Counter(source.outlet.key for source in sources)

        async def work() -> None:
            for source in waiting:
                try:
                    checked: _Checked | Exception = await _check(run, source, last.get(source.feed.url))
                except Exception as fault:  # ours: a feed's own failures are values
                    checked = fault
                left[source.outlet.key] -= 1
                if not left[source.outlet.key]:
                    run.taken.forget(source.outlet.key)
                await done.put(checked)

        workers = [asyncio.create_task(work()) for _ in range(min(FEEDS_AT_ONCE, len(sources)))]
        try:
            await _gather(len(sources), done, run.ahead, stop, closed, batches)
        finally:
            tasks = [*workers, *run.web.rules.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            run.archive.close()
            reader.shutdown(wait=False, cancel_futures=True)


async def _gather(
    count: int,
    done: "asyncio.Queue[_Checked | Exception]",
    ahead: _Ahead,
    stop: threading.Event,
    closed: threading.Event,
    batches: "queue.Queue[Collected | BaseException | None]",
) -> None:
    """Put what is done into batches, until all of `count` feeds are, or `stop` is set."""
    held: list[_Checked] = []
    since = monotonic()

    async def hand_over() -> None:
        nonlocal held, since
        await _hand_over(held, closed, batches)
        ahead.add(-sum(one.size for one in held))
        held, since = [], monotonic()

    while count and not (stop.is_set() or closed.is_set()):
        checked = None
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                checked = await done.get()
        if isinstance(checked, Exception):
            raise checked
        if checked:
            count -= 1
            if held and sum(one.articles.height for one in [*held, checked]) > MOST_ARTICLES:
                await hand_over()
            held.append(checked)
        if monotonic() - since > BATCH_SECONDS or sum(one.size for one in held) > AHEAD_BYTES:
            await hand_over()
    await hand_over()


async def _hand_over(
    held: list[_Checked], closed: threading.Event, batches: "queue.Queue[Collected | BaseException | None]"
) -> None:
    """Wait for room without holding up the network, as long as somebody takes batches."""
    batch = _batch(held)
    while held and not closed.is_set():
        with suppress(queue.Full):
            batches.put_nowait(batch)
            return
        await asyncio.sleep(0.05)


def _batch(held: list[_Checked]) -> Collected:
    table = pl.concat([schema.empty("articles"), *(one.articles for one in held)])
    urls = [one.row["feed_url"] for one in held for _ in range(one.articles.height)]
    return Collected(
        table,
        pl.DataFrame([one.row for one in held], schema=schema.FETCHES),
        pl.DataFrame({"id": table["id"], "feed_url": urls}, schema=ORIGINS),
    )


# One feed

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a check found, before it is decided when the next one is."""

    state: str
    message: str | None = None
    feed: Feed | None = None
    body_hash: str | None = None
    dropped: Mapping[str, int] = field(default_factory=dict)
    articles: pl.DataFrame = field(default_factory=lambda: schema.empty("articles"))
    dates: "_Dates" = field(default_factory=lambda: _Dates())
    pages: int = 0
    boilerplate: tuple[str, ...] | None = None  # lines that the outlet's pages share; None where none was read
    whole: bool = True  # whether all articles were taken; else the feed must be read again, changed or not


async def _check(run: _Run, source: Source, last: _Row | None) -> _Checked:
    """One feed: asked for, read, its unknown articles with their pages."""
    begun = monotonic()
    question = _request(source.feed, last, run.now)
    answer = await run.web.fetch(question)
    async with run.ahead.turn(answer):
        outcome = await _read(run, source, last, answer)
        size = int(outcome.articles.estimated_size())
        run.ahead.add(size)
    started_at = run.now + timedelta(seconds=begun - run.began)
    row = _row(source, last, answer, outcome, started_at) | {
        "run": run.name,
        "seconds": monotonic() - begun,
        "conditional": _conditional(question, last),
    }
    return _Checked(row, outcome.articles, size)


def _request(feed: FeedSource, last: _Row | None, now: datetime) -> Request:
    """The question, with what is known from the last time, but for one time in when.UNCONDITIONAL."""
    known: _Row = {} if when.is_unconditional(feed.url, now) or last is None else last
    return Request(feed.url, feed.user_agent, feed.accept, known.get("etag"), known.get("last_modified"))


def _conditional(question: Request, last: _Row | None) -> bool | None:
    if not last or not (last["etag"] or last["last_modified"]):
        return None
    return bool(question.etag or question.last_modified)


async def _read(run: _Run, source: Source, last: _Row | None, answer: Response | Failure) -> _Outcome:
    if isinstance(answer, Failure):
        return _Outcome(answer.kind, answer.message)
    if answer.status == 304:
        return _Outcome("not modified")
    body_hash = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
    if last and last["body_hash"] == body_hash:
        return _Outcome("same body", body_hash=body_hash)
    try:
        feed = await run.web.feed(source.feed, answer)
    except FeedError as error:
        return _Outcome(error.kind, str(error))
    if isinstance(feed, Failure):
        return _Outcome(feed.kind, feed.message)
    if not feed.entries and not feed.dropped:
        return _Outcome("empty", "It lists no articles at the moment. If it stays so, look for the outlet's new feed.")
    if not feed.entries:
        reasons = ", ".join(f"{count} x {reason}" for reason, count in Counter(feed.dropped).most_common())
        said = f"None of the entries that it lists can be read ({reasons}). Open the address in a browser."
        return _Outcome("malformed", said, dropped=feed.dropped)
    return await _taken(run, source, feed, body_hash, (last or {}).get("boilerplate") or [])


# Its articles


async def _taken(run: _Run, source: Source, feed: Feed, body_hash: str, known_lines: Sequence[str]) -> _Outcome:
    """The articles of the feed that the archive does not have as they are delivered now."""
    listed, dropped = listing.listed(source.outlet.key, feed)
    found = await run.archive.candidates(listing.asked(listed, source.outlet.key, run.now))
    known = listing.resolved(listed, found)
    ours = [one for one in known if run.taken.take(source.outlet.key, one, run.now)]
    dropped["repeated"] += len(known) - len(ours)
    # An article stays with the outlet that first listed it: an aggregator, or a feed that lies, would otherwise write
    # over it, and the two would take turns without end.
    fresh = [one for one in ours if one.owner in (None, source.outlet.key) and one.stored_hash != one.delivered_hash]
    dropped["known"] += len(ours) - len(fresh)
    reader = Pages(run.web, source.outlet, source.feed)
    delivered: list[tuple[Listed, Delivered]] = []
    for one in fresh:
        page = await reader.page(one.entry)
        if page is None:  # out of time
            dropped["too many"] += 1
            continue
        delivered.append((one, _delivered(source.outlet, one, page)))
    delivered, lines = _without_boilerplate(delivered, known_lines, reader)
    kept = [(one, made) for one, made in delivered if made.title or made.text]
    dropped["no text"] += len(delivered) - len(kept)
    table = await run.web.apart(partial(_table, kept, run.now))
    dates = _dates([(one.entry, made) for one, made in kept], run.now)
    state, message = _state(source.outlet, feed, table, run.now)
    return _Outcome(
        state,
        message or reader.message(),
        feed,
        body_hash,
        +dropped,
        table,
        dates,
        reader.read,
        lines,
        whole=not reader.late,
    )


def _without_boilerplate(
    delivered: list[tuple[Listed, Delivered]], known: Sequence[str], reader: Pages
) -> tuple[list[tuple[Listed, Delivered]], tuple[str, ...]]:
    """The articles without what the outlet prints on every page, and the lines of that; a wall is no article's text."""
    read = [made.text for _, made in delivered if made.text_from == "page"]
    lines, walls = boilerplate.learned(read, known), boilerplate.repeated(read)
    cleaned: list[tuple[Listed, Delivered]] = []
    for one, made in delivered:
        text = "" if made.text in walls else boilerplate.without(made.text, lines)
        if made.text_from == "page":
            from_feed = one.entry.content or one.entry.summary or ""
            made = replace(made, text=text or from_feed, text_from="page" if text else "feed")
        cleaned.append((one, made))
    lost = len(read) - sum(made.text_from == "page" for _, made in cleaned)
    if lost:
        reader.troubles["the same text at several addresses"] += lost
    return cleaned, lines


@dataclass(frozen=True, slots=True)
class _Dates:
    """How many of the articles have no date, of those one that two countries read differently, or one to come."""

    undated: int = 0
    ambiguous: int = 0
    future: int = 0


def _dates(kept: Sequence[tuple[Entry, Delivered]], now: datetime) -> _Dates:
    undated = [entry for entry, made in kept if made.claimed_at is None]
    claims = [made.claimed_at for _, made in kept if made.claimed_at]
    return _Dates(
        undated=len(undated),
        ambiguous=sum(1 for entry in undated if entry.unread_date and moments.is_ambiguous(entry.unread_date)),
        future=sum(1 for claim in claims if claim > now + CLOCKS_DIFFER),
    )


def _table(kept: Sequence[tuple[Listed, Delivered]], now: datetime) -> pl.DataFrame:
    """Rows of `articles`; one that the archive has at another address stays at that."""
    table = articles.table([made for _, made in kept], now)
    return table.with_columns(
        id=pl.Series([one.id for one, _ in kept], dtype=pl.String),
        url=pl.Series([one.url for one, _ in kept], dtype=pl.String),
    )


def _delivered(outlet: Outlet, one: Listed, page: Page) -> Delivered:
    """The article by its page where that was read, by the feed where not or where the feed says more."""
    entry = one.entry
    from_feed = entry.content or entry.summary or ""
    by_page = bool(page.text) and len(page.text) >= len(entry.content or "")
    claimed_by = "feed" if entry.published_at else "page" if page.published_at else None
    return Delivered(
        outlet=outlet.key,
        title=entry.title or page.title or "",
        text=page.text if by_page else from_feed,
        text_from="page" if by_page else "feed",
        delivered_hash=one.delivered_hash,
        url=entry.url,
        guid=entry.guid,
        authors=entry.authors or page.authors,
        language=page.language or entry.language or (outlet.languages[0] if len(outlet.languages) == 1 else None),
        claimed_at=entry.published_at or page.published_at,
        claimed_by=claimed_by,
    )


def _state(outlet: Outlet, feed: Feed, table: pl.DataFrame, now: datetime) -> tuple[str, str | None]:
    """The state of a feed that lists articles."""
    dates = [entry.published_at for entry in feed.entries if entry.published_at]
    if not dates and (table.height == 0 or table["claimed_at"].is_null().all()) and outlet.full_text != "allowed":
        return (
            "undated",
            f"None of its articles has a date that can be read{_for_example(feed)}. They are stored undated.",
        )
    if dates and max(dates) < now - STALE_AFTER and table.height == 0:
        newest = f"{max(dates):%Y-%m-%d}"
        return "stale", f"Its newest article is of {newest}. Look for the outlet's new feed, or retire this one."
    return "ok", None


def _for_example(feed: Feed) -> str:
    written = next((entry.unread_date for entry in feed.entries if entry.unread_date), None)
    return f" (one says: {printable(written, 60)})" if written else ""


# What is kept of a check, and when the next one is


def _row(
    source: Source, last: _Row | None, answer: Response | Failure, outcome: _Outcome, started_at: datetime
) -> dict[str, object]:
    """The feed's row of `fetches`. What was not read again keeps its validators and the hash of its body."""
    entries = outcome.articles.height + sum(outcome.dropped.values())
    plan = when.plan(source.feed.url, last, answer, outcome.state, outcome.feed, started_at)
    # The articles that there was no time for are still there: the next run goes on.
    next_at = plan.next_at if outcome.whole else started_at + when.SOONEST
    return {
        "month": f"{started_at:%Y-%m}",
        "feed_url": source.feed.url,
        "outlet": source.outlet.key,
        "started_at": started_at,
        "state": outcome.state,
        "http_status": answer.status,
        **_validators(last, answer, outcome),
        "entries": entries,
        "new": 0,
        "changed": 0,
        "dropped": [{"reason": reason, "count": count} for reason, count in sorted(outcome.dropped.items())],
        "pages": outcome.pages,
        "failures": when.failures(last, outcome.state),
        "next_at": next_at,
        "rhythm": plan.rhythm.total_seconds(),
        "wish": plan.wish.total_seconds(),
        "rests": list(plan.rests) or None,
        "boilerplate": (last or {}).get("boilerplate") if outcome.boilerplate is None else list(outcome.boilerplate),
        "undated": outcome.dates.undated,
        "ambiguous": outcome.dates.ambiguous,
        "future": outcome.dates.future,
        "message": printable(outcome.message, 500) if outcome.message else None,
    }


def _validators(last: _Row | None, answer: Response | Failure, outcome: _Outcome) -> dict[str, object]:
    if not outcome.whole or (outcome.feed and not outcome.feed.whole):
        return dict.fromkeys(("etag", "last_modified", "body_hash"))
    if isinstance(answer, Response) and answer.status != 304 and outcome.state in when.READ:
        return {"etag": answer.etag, "last_modified": answer.last_modified, "body_hash": outcome.body_hash}
    known = last or {}
    return {name: known.get(name) for name in ("etag", "last_modified", "body_hash")}
