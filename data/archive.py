"""The store: five Delta tables under one address, a folder or s3://..., partitioned by month.

A batch is stored in the order articles, mentions, readings, fetches, one commit a table. The reading comes after the
mentions because it is the mark that an article is done: an article without a reading has to be read (again), whatever
else a crash left of it, and a mention counts only beside its reading, so that no chart sees half a batch. A feed's own
state goes last: a feed whose articles are not safe yet must be read again.

What was collected is appended and never rewritten; what we make of it can be replaced at any time.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from deltalake import DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError

from data import address, columns, kin, layout, lock, schema, storing, unseen, upkeep
from data import ids as known_ids
from data.address import ArchiveError, ArchiveMissing, fault, options, reader_options
from data.identity import digest
from data.layout import FILE_SIZE, files_of, writer
from data.lock import Locked
from data.months import literal, slices
from data.upkeep import RETENTION

__all__ = [
    "FILE_SIZE",
    "RETENTION",
    "Archive",
    "ArchiveError",
    "ArchiveMissing",
    "Locked",
    "Progress",
    "fault",
    "files_of",
    "open_archive",
    "options",
    "reader_options",
    "writer",
]

#: Told what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int | None], None]


def open_archive(url: str, create: bool = False) -> Archive:
    """The archive at a folder or s3://bucket/prefix, as it is now; `create` makes an empty one where there is none.

    Raises ArchiveMissing where there is none, ArchiveError where it cannot be opened.
    """
    url = address.whole(url)
    address.inspect(url, create)
    if create:
        layout.create(url)
    archive = Archive(url, layout.load(url))
    layout.check(archive)
    return archive


@dataclass
class Archive:
    """An archive as it was when it was opened, and as its own writes have left it since.

    What others write in the meantime shows only in a new `pin()`.
    """

    url: str
    tables: dict[str, DeltaTable]
    since: str = ""  # the first month that is looked at
    _superseded: tuple[int, pl.DataFrame] | None = field(default=None, repr=False)
    kept: kin.Kept | None = field(default=None, repr=False)
    ids: dict[str, columns.Table] = field(default_factory=dict, repr=False)
    _marks: dict[str, tuple[int, dict[str, int | None]]] = field(default_factory=dict, repr=False)

    # -- reading

    def articles(self) -> pl.LazyFrame:
        """schema.ARTICLES, the latest version of each article."""
        superseded = self.superseded()
        scan = self.scan("articles")
        # An anti-join lets a filter on `month` through to the scan; "the last of each id" would not.
        return scan if superseded.is_empty() else scan.join(superseded.lazy(), on=["id", "version"], how="anti")

    def readings(self) -> pl.LazyFrame:
        """schema.READINGS, one row for each article that has been read; every one has a story."""
        return self.scan("readings").with_columns(story=pl.coalesce("story", "copy_of", "article_id"))

    def mentions(self) -> pl.LazyFrame:
        """schema.MENTIONS, one row for each actor in each article."""
        return self.scan("mentions")

    def fetches(self) -> pl.LazyFrame:
        """schema.FETCHES, one row for each check of a feed."""
        return self.scan("fetches")

    def runs(self) -> pl.LazyFrame:
        """schema.RUNS, one row for each run."""
        return self.scan("runs")

    def version(self) -> int:
        """One number for all tables as they are seen here; each commit makes it greater."""
        return sum(table.version() for table in self.tables.values())

    def pin(self) -> Archive:
        """The archive as it is now; all that is read from it is of one version."""
        return Archive(self.url, layout.load(self.url), self.since)

    def newest(self, mentions: int) -> Archive:
        """The newest months alone: as many as hold no more than so many mentions, but one at least.

        For who has to hold them in memory. Of this archive and of what it reads of articles, readings and mentions,
        `since` is the first month; an empty one where all are among them. It is for reading.
        """
        counted = files_of(self.tables["mentions"]).group_by("month").agg(pl.col("rows").sum())
        newest = counted.sort("month", descending=True).with_columns(all=pl.col("rows").cum_sum())
        fit = newest.filter((pl.col("all") <= mentions) | (pl.col("month") == pl.col("month").max()))
        since = "" if fit.height == newest.height else min(fit["month"])
        return Archive(self.url, self.tables, since)

    def scan(self, table: str) -> pl.LazyFrame:
        """All rows of a table, every version of an article among them; a filter on `month` reads those files only."""
        if not self.tables[table].file_uris():
            return schema.empty(table).lazy()
        rows = layout.as_today(pl.scan_delta(self.tables[table], storage_options=reader_options(self.url)), table)
        return rows.filter(pl.col("month") >= self.since) if self.since and table in _BY_DAY else rows

    def of(self, table: str, ids: pl.Series, months: list[str]) -> pl.LazyFrame:
        """The rows of these articles in these months."""
        found = self.scan(table).filter(pl.col("month").is_in(months))
        return found.join(ids.to_frame("article_id").lazy(), on="article_id", how="semi")

    def portions(self, table: str, months: list[str], most: int) -> Iterator[list[str]]:
        """The months, as many at once as hold so many rows of the table, and one at least; nothing of none."""
        rows = dict(files_of(self.tables[table]).group_by("month").agg(pl.col("rows").sum()).iter_rows())
        portion: list[str] = []
        for month in months:
            if portion and sum(rows.get(one, 0) for one in (*portion, month)) > most:
                yield portion
                portion = []
            portion.append(month)
        if portion:
            yield portion

    def superseded(self) -> pl.DataFrame:
        """`id, version` of the versions of articles that a later one replaces."""
        version = self.tables["articles"].version()
        if self._superseded is None or self._superseded[0] != version:
            self._superseded = (version, self._find_superseded())
        return self._superseded[1]

    def months(self) -> list[str]:
        """The months that hold articles, in order."""
        return sorted(set(files_of(self.tables["articles"]).get_column("month")))

    def files(self) -> pl.DataFrame:
        """`path, month` of the files that hold articles; what a path names never changes."""
        return files_of(self.tables["articles"]).select("path", "month")

    def outlets(self) -> list[str]:
        """The outlets that have an article here, in order."""
        return self.scan("readings").select(pl.col("outlet").unique().sort()).collect().to_series().to_list()

    def known(self, ids: Sequence[str], months: Sequence[str] | None = None) -> pl.DataFrame:
        """What is stored of these articles in these months (None: all), in their latest version.

        `id, version, month, outlet, delivered_hash, text_hash, published_at, published_from, seen_at`; an unknown one
        has no row.
        """
        wanted = pl.LazyFrame({"id": ids}, schema={"id": pl.String})
        found = self.scan("articles").select(*_KNOWN)
        if months is not None:
            found = found.filter(pl.col("month").is_in(months))
        return found.join(wanted, on="id", how="semi").collect().sort("version").unique("id", keep="last")

    def anywhere(self, ids: pl.Series, near: list[str]) -> pl.DataFrame:
        """`known` for these ids, wherever they lie; those near are the months that are written to now, see data.ids."""
        found = known_ids.months_of(self, ids, near)
        if found.is_empty():
            return pl.DataFrame(schema={column: schema.ARTICLES[column] for column in _KNOWN})
        return self.known(found["id"].unique().to_list(), found["month"].unique().to_list())

    def unseen(self, articles: pl.DataFrame) -> pl.DataFrame:
        """Those that are not stored yet: the columns given, and `status` new or changed.

        An article is known by its id, and unchanged where it was delivered as before or has the text that is stored. A
        changed one gets the next version, and keeps when it was first seen and the earlier day of publication, so that
        it does not wander through the charts whenever its outlet touches it. What a list merely tells of an article
        that is stored is nothing new.
        """
        return unseen.of(self, articles)

    def unread(self) -> pl.DataFrame:
        """schema.ARTICLES: the articles that a run broken off has stored and not read.

        After a whole run this is empty and costs nothing.
        Read them and `append` their readings and mentions with no articles.
        """
        if self.is_whole():
            return schema.empty("articles")
        return self.articles().join(self.unread_ids().lazy(), on="id", how="semi").collect()

    def is_whole(self) -> bool:
        """Whether all that is stored is read; no run was broken off, and none is at it."""
        return self.batches("articles") == self.batches("readings")

    def mark(self, key: str) -> int | None:
        """How far the source with this key was imported, as `append` was told; None for never, or not of late."""
        return self.last("fetches", key)

    def feed_states(self) -> pl.DataFrame:
        """schema.FETCHES: the last check of each feed, by feed_url."""
        last = pl.col("started_at") == pl.col("started_at").max().over("feed_url")
        return self.scan("fetches").filter(last).collect().unique("feed_url", keep="last").sort("feed_url")

    def size(self) -> dict[str, Any]:
        """`articles, mentions, first_day, last_day, bytes, version`; a day is 2024-10-01, None where none is known."""
        held = {name: files_of(table) for name, table in self.tables.items()}
        day = pl.col("published_at").dt.date().cast(pl.String)
        first_day, last_day = self.readings().select(day.min(), last=day.max()).collect().row(0)
        return {
            "articles": held["articles"]["rows"].sum() - self.superseded().height,
            "mentions": held["mentions"]["rows"].sum(),
            "first_day": first_day,
            "last_day": last_day,
            "bytes": sum(table["bytes"].sum() for table in held.values()),
            "version": self.version(),
        }

    # -- writing

    def append(
        self,
        articles: pl.DataFrame,
        readings: pl.DataFrame,
        mentions: pl.DataFrame,
        fetches: pl.DataFrame,
        batch: str,
        marks: Mapping[str, int] | None = None,
    ) -> None:
        """Store a batch. The same batch again changes nothing; a batch broken off is completed by `unread`.

        Articles that are stored already in this version are passed over. Readings and mentions of articles that were
        read before are replaced. `copy_of` is worked out here; the stories of what is new are by `tell_stories`.
        `marks` say how far which source is stored with it; they come last, as the feeds' own rows do, and are forgotten
        when they are a month old. Raises ArchiveError.
        """
        is_new = storing.batch(self, articles, readings, mentions, batch)
        self.write("fetches", batch, lambda: (fetches, None), marks=marks, is_new=is_new)

    def append_run(self, run: pl.DataFrame) -> None:
        """Store the record of a run, once."""
        self.write("runs", digest(*run["run"])[:16], lambda: (run, None))

    def replace_month(
        self, month: str, readings: pl.DataFrame, mentions: pl.DataFrame, later: Sequence[str] = ()
    ) -> None:
        """Put these readings and mentions in the place of all that the month has; one commit a table.

        Go through the months in their order: an original, and a story's beginning, may lie in the month before.
        `later` are months after it that are not read again themselves: their copies and stories follow from it.
        """
        whole = f"month = {literal(month)}"
        self.write("mentions", None, lambda: (mentions, whole))
        self.write("readings", None, lambda: kin.followed(self, month, readings, later))

    def tell_stories(self) -> None:
        """Give a story to every article that has none yet. For the end of a run; costs little where there is none.

        May be killed at any point: the next time completes it. Raises ArchiveError.
        """
        new = self.scan("readings").filter(pl.col("story").is_null()).select(pl.col("month").unique().sort()).collect()
        for months in slices(new["month"].to_list(), 12):
            self.write("readings", None, lambda months=months: kin.told(self, months))  # type: ignore[misc]

    @contextmanager
    def lock(self, part: str = "") -> Iterator[None]:
        """Be the only run that writes, or the only one of this part (a shard), beside which other parts may write.

        Raises Locked at once where another one does; a killed run leaves no lock.
        """
        try:
            handles = lock.take(self.url, part)
        except OSError as error:
            raise ArchiveError(
                f"{lock.path(self.url, part)}: the lock cannot be made ({error.strerror}). "
                "Let this user write there, or name another --archive."
            ) from error
        try:
            _sign(handles[-1], self.url)
            self.refresh()
            yield
        finally:
            for handle in handles:
                os.close(handle)

    def tidy(self, files: int = 16) -> None:
        """Join the small files of the months that have more than so many; what is read stays the same.

        For the end of a run: costs nothing where there is nothing to join, and leaves large files alone.
        """
        upkeep.tidy(self, files)

    def maintain(self, progress: Progress | None = None) -> None:
        """Bring tables up to today's columns, join small files, sort, remove what was not needed for RETENTION hours.

        May be killed at any point: the next time completes it.
        """
        upkeep.maintain(self, progress)

    # -- how

    def _find_superseded(self) -> pl.DataFrame:
        several = self.scan("articles").filter(pl.col("version") > 1).select("id", "version").collect()
        latest = several.group_by("id").agg(pl.col("version").max())
        earlier = latest.select("id", version=pl.int_ranges(1, pl.col("version"), dtype=pl.Int32))
        return earlier.explode("version", empty_as_null=False, keep_nulls=False)

    def unread_ids(self) -> pl.DataFrame:
        """`id` of the articles whose latest version has no reading."""
        read = self.readings().select("article_id", "version")
        return (
            self.articles()
            .select("id", "version")
            .join(read, left_on=["id", "version"], right_on=["article_id", "version"], how="anti")
            .select("id")
            .collect()
        )

    def batches(self, table: str) -> int:
        """How many batches the table has; where articles and readings differ, a batch lies unread."""
        return self.last(table, _BATCHES) or 0

    def last(self, table: str, key: str) -> int | None:
        """What a commit has set last; asked of the log, which takes its time, once for each version of the table."""
        version = self.tables[table].version()
        if table not in self._marks or self._marks[table][0] != version:
            self._marks[table] = version, {}
        known = self._marks[table][1]
        if key not in known:
            known[key] = self.tables[table].transaction_version(key)
        return known[key]

    def write(
        self,
        table: str,
        batch: str | None,
        rows: Callable[[], tuple[pl.DataFrame, str | None]],
        count: Callable[[int], int] | None = None,
        marks: Mapping[str, int] | None = None,
        for_good: bool = False,
        is_new: bool = False,
    ) -> pl.DataFrame:
        """Commit rows, in the place of those of the predicate, unless the batch is there already; the rows written.

        `for_good` writes them tighter, which takes its time. What `is_new` is not looked for in the log, which takes
        its time as well.

        Another writer's commit in between means that all is looked up again.
        """
        for attempt in range(_ATTEMPTS):
            delta = self.tables[table]
            may_be_there = not is_new or attempt > 0
            if batch is not None and may_be_there and self.last(table, batch) is not None:
                return schema.empty(table)
            frame, predicate = rows()
            if frame.is_empty() and predicate is None and not marks:
                return frame
            # Dated, so that a checkpoint can forget it after delta.setTransactionRetentionDuration; the count stays.
            dated = {**({} if batch is None else {batch: 1}), **(marks or {})}
            told = [Transaction(key, at, last_updated=int(time.time() * 1000)) for key, at in dated.items()]
            told += [Transaction(_BATCHES, count(self.batches(table)))] if count else []
            try:
                self._commit(delta, table, frame, predicate, told, for_good)
            except CommitFailedError as error:
                if attempt == _ATTEMPTS - 1:
                    raise ArchiveError(f"{self.url}: others write to {table} all the time. Try again later.") from error
                time.sleep(random.uniform(0.1, 0.5) * 2**attempt)  # noqa: S311 (spreads writers, guards nothing)
                self.refresh()
            except (DeltaError, OSError) as error:
                raise fault(self.url, f"{table} cannot be written", error) from error
            else:
                self._marks[table] = delta.version(), {one.app_id: one.version for one in told}
                return frame
        raise AssertionError("every attempt returns or raises")

    def _commit(
        self,
        delta: DeltaTable,
        table: str,
        rows: pl.DataFrame,
        predicate: str | None,
        marks: list[Transaction],
        for_good: bool = False,
    ) -> None:
        if table == "mentions":
            layout.announce(self)
        layout.write(delta, table, rows, predicate, marks, for_good)

    def refresh(self) -> None:
        """See what others have written. Raises ArchiveError."""
        try:
            for table in self.tables.values():
                table.update_incremental()
        except (DeltaError, OSError) as error:
            raise fault(self.url, "the tables cannot be read", error) from error


_KNOWN = (
    "id",
    "version",
    "month",
    "outlet",
    "delivered_hash",
    "text_hash",
    "published_at",
    "published_from",
    "seen_at",
)

#: The tables that grow with the press; a month of the others is that of a run.
_BY_DAY = ("articles", "readings", "mentions")

#: The transaction that counts a table's batches. Two writers at once both want to set it, so that the later one has to
#: look again: what is looked up before a commit holds at the commit.
_BATCHES = "newsgauge-batches"

_ATTEMPTS = 6


def _sign(handle: int, url: str) -> None:
    """Leave word in the lock file of who holds it."""
    try:
        lock.sign(handle)
    except OSError as error:
        raise fault(url, "the lock cannot be written", error) from error
