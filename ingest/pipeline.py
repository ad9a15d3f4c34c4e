"""The path of an article, in the order it is walked: collected, told from what is known, read, stored.

Each function here is one kind of run. It takes the report begun and gives it back with what was stored counted in; the
lock, the signals and the record of the run are in ingest/run.py.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from itertools import takewhile
from pathlib import Path
from queue import Queue
from threading import Thread
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import polars as pl

from data import known, memory, rhythm, schema, versions
from data.archive import Archive
from data.catalogue import Catalogue, FeedSource, Outlet
from data.identity import canonical_url, digest, slug
from ingest import collect, files, parsing, reading, report, shards, target, tone
from ingest.articles import METADATA
from ingest.collect import Collected, Source
from ingest.identifier import identifier
from ingest.reading import Readings, joined
from ingest.report import Report
from ingest.run import Progress
from ingest.shards import Shard
from ingest.tone import By

#: Articles of a file that one commit stores: few commits, and little to read again after a crash.
BATCH = 4_000

#: Seconds after which what was read of files is stored, however little it is.
GATHERED = 30.0

#: Articles of a run for which it makes room in the end.
MANY = 2_000

#: Feeds that failed for one cause and are told one by one.
TOLD = 3

Read = Callable[[pl.DataFrame], Readings]


def begin(command: str, catalogue: Catalogue, now: datetime, by: By = tone.DEFAULT) -> Report:
    """The report of a run that starts now; `now` is the clock of the whole run, `by` what its tones will come from."""
    name = f"{now:%Y%m%dT%H%M%S}-{digest(command, now.isoformat())[:6]}"
    return Report(name, command, now, catalogue_version=catalogue.version, model_version=tone.version(by))


def ingest(
    run: Report,
    sources: Sequence[Source],
    archive: Archive,
    read: Read,
    allow: frozenset[tuple[str, int]] = frozenset(),
    *,
    everything: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Store what the feeds have that the archive has not. Running it twice changes nothing.

    Only feeds that are due are checked, unless `everything` is asked for. `read` is of reading.reader.
    """
    states = archive.feed_states()
    due = collect.due(sources, states, run.started_at, everything)
    judged = partial(rhythm.judged, known=rhythm.usual(archive.fetches(), run.started_at), before=states)
    heal(archive, read)
    # Another thread looks things up, so from tables that no commit moves under its feet.
    look = partial(known.candidates, archive.pin())
    batches = collect.collect(due, states, look, allow, run.started_at, run=run.run)
    for number, batch in enumerate(batches):
        run = _store_feeds(run, number, batch, archive, read, judged)
        _tell(progress, run)
    _make_room(run, archive)
    archive.tell_stories()
    archive.tidy()
    return run


def _make_room(run: Report, archive: Archive) -> None:
    """Give back what reading took: all is read, and to put whole months in order takes the memory that they take."""
    target.unload()
    if run.new + run.changed > MANY:  # with few there is room, and the next run in this process may want it all again
        identifier.cache_clear()
        parsing.close()
        archive.kept = None
    memory.give_back()


def import_files(
    run: Report,
    paths: Iterable[Path],
    form: str,
    catalogue: Catalogue,
    archive: Archive,
    read: Read,
    *,
    apart: files.Apart | None = None,
    batch: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Store what these files have that the archive has not. Running it twice changes nothing.

    What an import before has done of a large file is passed over; of one that was killed, GATHERED seconds at most are
    done again. `apart` reads web archives in another way, `batch` articles are stored at a time (BATCH).
    """
    heal(archive, read)
    # Read in a thread of its own: so from a table of its own, which no commit moves under its feet.
    found = files.read(paths, form, catalogue, run.started_at, archive.pin().mark, apart)
    for number, gathered in enumerate(_gathered(_ahead(found), batch or BATCH)):
        run = _store_rows(run, number, gathered, archive, read)
        _tell(progress, run)
    archive.tell_stories()
    archive.tidy()
    return run


def rescore(
    run: Report,
    archive: Archive,
    read: Read,
    months: Sequence[str] | None = None,
    *,
    batch: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Read every article (of these months) again; readings and mentions are replaced, the articles stay as they are.

    While a month is stored, a Reader reads the next ones. `batch` articles are taken at a time (BATCH). Copies and
    stories that go on in the months after are told again.
    """
    every = archive.months()
    again = every if months is None else months
    # Read ahead in a thread: so from tables that no commit moves under its feet.
    made = reading.each(read, _stored(archive.pin(), again, batch or BATCH))
    for month, whole in _by_month(made, again):
        archive.replace_month(month, whole.readings, whole.mentions, _following(month, every, again))
        run = report.add(run, reread=whole.readings.height, mentions=whole.mentions.height)
        _tell(progress, run)
    return run


def _stored(archive: Archive, months: Sequence[str], size: int) -> Iterator[pl.DataFrame]:
    """The articles of these months, one after the other. Those of a month may be more than the memory takes."""
    for month in months:
        yield from archive.articles().filter(pl.col("month") == month).collect_batches(chunk_size=size)


def _by_month(made: Iterable[Readings], months: Sequence[str]) -> Iterator[tuple[str, Readings]]:
    """Each of these months with its readings, as soon as one of a later month comes; one may have none."""
    left, held = deque(months), list[Readings]()
    for some in made:
        held.append(some)
        last = left[0] if some.readings.is_empty() else str(some.readings["month"][-1])
        if left[0] == last:
            continue
        every = joined(held)
        while left[0] != last:
            month = left.popleft()
            yield month, _of_month(every, month)
        held = [_of_month(every, last)]
    every = joined(held)
    yield from ((month, _of_month(every, month)) for month in left)


def _of_month(made: Readings, month: str) -> Readings:
    wanted = pl.col("month") == month
    return Readings(made.readings.filter(wanted), made.mentions.filter(wanted))


def _following(month: str, every: Sequence[str], again: Sequence[str]) -> list[str]:
    """The months after this one, up to the next that is read again itself."""
    return list(takewhile(lambda one: one not in again, (one for one in every if one > month)))


def rescore_stale(
    run: Report, archive: Archive, read: Read, *, batch: int | None = None, progress: Progress | None = None
) -> Report:
    """Read the months again that hold an article read with another catalogue or model than this run's.

    A month that is done is stale no more: broken off, the next time goes on with the rest.
    """
    readings = archive.readings()
    stale = versions.stale_months(readings, run.catalogue_version, run.model_version)
    left = readings.filter(~pl.col("month").is_in(stale)).select(pl.len()).collect().item()
    return rescore(replace(run, up_to_date=left), archive, read, stale, batch=batch, progress=progress)


def heal(archive: Archive, read: Read) -> None:
    """Read what a run that was broken off had stored and not read yet."""
    unread = archive.unread()
    if unread.height:
        made = read(unread)
        archive.append(
            schema.empty("articles"), made.readings, made.mentions, schema.empty("fetches"), f"heal-{_key(unread)}"
        )


def _key(articles: pl.DataFrame) -> str:
    # With the version: an article that was healed once and has changed since is another one to read.
    return digest(*articles.select(pl.format("{} {}", "id", "version")).to_series().sort())[:16]


def _tell(progress: Progress | None, run: Report) -> None:
    if progress:
        progress(run)


def _store_feeds(
    run: Report,
    number: int,
    batch: Collected,
    archive: Archive,
    read: Read,
    judged: Callable[[pl.DataFrame], pl.DataFrame],
) -> Report:
    fresh = archive.unseen(batch.articles)
    fetches = judged(_fetches(batch, fresh))
    mentions = _append(fresh, fetches, archive, read, f"{run.run}-{number}")
    failed = fetches.filter(~pl.col("state").is_in(schema.GOOD_STATES))
    return report.add(
        run,
        feeds=Counter(fetches["state"]),
        entries=int(fetches["entries"].sum()),
        new=_count(fresh, "new"),
        changed=_count(fresh, "changed"),
        dropped=_dropped(fetches),
        mentions=mentions,
        problems=_problems(failed),
    )


def _store_rows(run: Report, number: int, batch: files.Batch, archive: Archive, read: Read) -> Report:
    # Of the same article the last one counts, and what a list merely tells of it only where there is nothing else.
    told_of = pl.col("text_from") == METADATA
    ordered = pl.concat([batch.articles.filter(told_of), batch.articles.filter(~told_of)])
    once = ordered.unique("id", keep="last", maintain_order=True)
    fresh = archive.unseen(once)
    mentions = _append(fresh, schema.empty("fetches"), archive, read, f"{run.run}-{number}", batch.marks)
    left_out = Counter(known=once.height - fresh.height, repeated=batch.articles.height - once.height)
    return report.add(
        run,
        entries=batch.entries,
        new=_count(fresh, "new"),
        changed=_count(fresh, "changed"),
        dropped=batch.dropped + left_out,
        mentions=mentions,
        problems=batch.problems,
        notes=batch.notes,
        at=batch.at,
    )


def _append(
    fresh: pl.DataFrame,
    fetches: pl.DataFrame,
    archive: Archive,
    read: Read,
    batch: str,
    marks: Mapping[str, int] | None = None,
) -> int:
    """Store the new and changed articles with what we make of them, the feeds' own rows last; how many mentions."""
    made = read(fresh)
    told = fresh.drop("status").with_columns(made.readings["language"])
    archive.append(told, made.readings, made.mentions, fetches, batch, marks)
    return made.mentions.height


def _count(fresh: pl.DataFrame, status: str) -> int:
    return fresh.filter(pl.col("status") == status).height


def _fetches(batch: Collected, fresh: pl.DataFrame) -> pl.DataFrame:
    """The rows of `fetches` with what each feed brought: new, changed, and what turned out to be known after all."""
    brought = (
        batch.origins.join(fresh.select("id", "status"), on="id", how="left")
        .group_by("feed_url")
        .agg(
            pl.col("status").eq_missing(pl.lit("new")).sum().cast(pl.Int32).alias("brought_new"),
            pl.col("status").eq_missing(pl.lit("changed")).sum().cast(pl.Int32).alias("brought_changed"),
            pl.col("status").is_null().sum().cast(pl.Int32).alias("known"),
        )
    )
    found = batch.fetches.join(brought, on="feed_url", how="left", maintain_order="left")
    counted = [
        {
            **row,
            "new": row["brought_new"] or 0,
            "changed": row["brought_changed"] or 0,
            "dropped": _as_structs(_as_counter(row["dropped"]) + Counter(known=row["known"] or 0)),
        }
        for row in found.iter_rows(named=True)
    ]
    return pl.DataFrame(counted, schema={**schema.FETCHES, **brought.drop("feed_url").schema}).select(
        list(schema.FETCHES)
    )


def _as_counter(dropped: list[dict[str, Any]] | None) -> Counter[str]:
    return Counter({one["reason"]: one["count"] for one in dropped or []})


def _as_structs(dropped: Counter[str]) -> list[dict[str, Any]]:
    return [{"reason": reason, "count": count} for reason, count in sorted(dropped.items())]


def _dropped(fetches: pl.DataFrame) -> Counter[str]:
    return sum((_as_counter(dropped) for dropped in fetches["dropped"].to_list()), Counter())


def _problems(failed: pl.DataFrame) -> tuple[str, ...]:
    """A line for each failed feed, or for each cause that many share: without a network that is every feed."""
    lines: list[str] = []
    for _, alike in failed.group_by("state", "message", maintain_order=True):
        feeds = [f"{row['outlet']} {row['feed_url']}" for row in alike.iter_rows(named=True)]
        state, message = alike.select("state", pl.col("message").fill_null("")).row(0)
        if len(feeds) > TOLD:
            feeds = [f"{len(feeds)} feeds, {feeds[0]} among them (newsgauge status lists all)"]
        lines += [f"{feed}: {state}. {message}".strip() for feed in feeds]
    return tuple(lines)


def _gathered(batches: Iterator[files.Batch], size: int) -> Iterator[files.Batch]:
    """Batches of about `size` articles: each commit touches many months, and small ones would leave many small files.

    What takes long to read is stored after GATHERED seconds.
    """
    waiting: list[files.Batch] = []
    since = monotonic()
    for batch in batches:
        waiting.append(batch)
        if sum(one.articles.height for one in waiting) >= size or monotonic() - since >= GATHERED:
            yield files.joined(waiting)
            waiting, since = [], monotonic()
    if waiting:
        yield files.joined(waiting)


_T = TypeVar("_T")


def _ahead(items: Iterator[_T]) -> Iterator[_T]:
    """The same items; the next ones are made in a thread while this one is worked on."""
    made: Queue[tuple[str, object]] = Queue(maxsize=BATCH // files.BATCH)

    def make() -> None:
        try:
            for item in items:
                made.put(("item", item))
            made.put(("end", None))
        except BaseException as fault:  # raised again where the item would have been used
            made.put(("fault", fault))

    Thread(target=make, daemon=True).start()
    while True:
        what, value = made.get()
        if what == "end":
            return
        if what == "fault":
            raise value  # type: ignore[misc]
        yield value  # type: ignore[misc]


def sources(catalogue: Catalogue, outlets: Sequence[str], feeds: Sequence[str], shard: Shard) -> list[Source]:
    """The feeds of a run: of the named outlets, the addresses given, or else the whole catalogue; one shard of them.

    An address that the catalogue doesn't list becomes a feed of an outlet named for its host, its pages included; what
    is no address is left out (see `unreadable`). Raises LookupError for an outlet that the catalogue doesn't have, and
    where nothing is left of what was asked for.
    """
    listed = [Source(outlet, feed) for outlet in catalogue.outlets for feed in outlet.feeds]
    unknown = set(outlets) - {outlet.key for outlet in catalogue.outlets}
    for key in sorted(unknown):
        near = get_close_matches(key, [outlet.key for outlet in catalogue.outlets])
        meant = f" Did you mean {' or '.join(near)}?" if near else " newsgauge catalogue list outlets shows them."
        raise LookupError(f"outlet {key!r} is not in outlets.toml.{meant}")
    faults = [_fault(url) for url in feeds]
    if not outlets and faults and all(faults):
        raise LookupError(faults[0])
    by_url = {source.feed.url: source for source in listed}
    chosen = [source for source in listed if source.outlet.key in outlets]
    chosen += [by_url.get(url) or _visitor(url) for url, fault in zip(feeds, faults, strict=True) if not fault]
    return shards.of(chosen if outlets or feeds else listed, listed, shard)


def unreadable(feeds: Sequence[str]) -> tuple[str, ...]:
    """A line for each of these addresses at which no feed can be read: which, why, and what to write instead."""
    return tuple(fault for url in feeds if (fault := _fault(url)))


def _fault(url: str) -> str | None:
    host = url.partition("//")[2].partition("/")[0]
    if "@" in host:
        said = (
            f"a user or password in the address of a feed would be seen by every reader ({host.rpartition('@')[2]!r})"
        )
        return f"{said}. Leave it out"
    try:
        canonical_url(url)
    except ValueError:
        is_address = False
    else:
        is_address = url.isprintable() and " " not in url
    return None if is_address else f"{url[:200]!r} is no address of a feed. Write it as https://example.org/feed.xml"


def _visitor(url: str) -> Source:
    host = urlsplit(canonical_url(url)).netloc  # with its port, where that is not the usual one
    outlet = Outlet(
        key=slug(host.removeprefix("www.")),
        name=host,
        homepage=url,
        country="ZZ",
        languages=(),
        media_type="unknown",
        ownership="unknown",
        panels=(),
        feeds=(),
        full_text="allowed",
        added=None,
        retired=None,
    )
    return Source(outlet, FeedSource(url))
