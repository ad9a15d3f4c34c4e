"""The store: five Delta tables under one address, a folder or s3://..., partitioned by month.

A batch is stored in the order articles, mentions, readings, fetches, one commit a table. The reading comes after the
mentions because it is the mark that an article is done: an article without a reading has to be read (again), whatever
else a crash left of it, and a mention counts only beside its reading, so that no chart sees half a batch. A feed's own
state goes last: a feed whose articles are not safe yet must be read again.

What was collected is appended and never rewritten; what we make of it can be replaced at any time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from data import address, kin, layout, lock, schema, storing, unseen, upkeep
from data import ids as known_ids
from data.address import ArchiveError, ArchiveMissing, fault, options, reader_options
from data.identity import digest
from data.layout import FILE_SIZE, files_of, writer
from data.lock import Locked
from data.months import literal, slices
from data.store import Store
from data.upkeep import RETENTION, Progress

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


def open_archive(url: str, create: bool = False) -> Archive:
    """The archive at a folder or s3://bucket/prefix, as it is now; `create` makes an empty one where there is none.

    Raises ArchiveMissing where there is none, ArchiveError where it cannot be opened.
    """
    url = address.whole(url)
    address.inspect(url, create)
    if create:
        layout.create(url)
    archive = Archive(url, layout.load(url))
    layout.check(url, archive.tables["articles"])
    return archive


class Archive(Store):
    """An archive as it was when it was opened, and as its own writes have left it since.

    What others write in the meantime shows only in a new `pin()`.
    """

    # -- reading

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

    def outlets(self) -> list[str]:
        """The outlets that have an article here, in order."""
        return self.scan("readings").select(pl.col("outlet").unique().sort()).collect().to_series().to_list()

    def anywhere(self, ids: pl.Series, near: list[str]) -> pl.DataFrame:
        """`known` for these ids, wherever they lie; those near are the months that are written to now, see data.ids."""
        return known_ids.anywhere(self, ids, near)

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


def _sign(handle: int, url: str) -> None:
    """Leave word in the lock file of who holds it."""
    try:
        lock.sign(handle)
    except OSError as error:
        raise fault(url, "the lock cannot be written", error) from error
