"""The five Delta tables of an archive under one address, a folder or s3://..., partitioned by month.

Here each of them is read, counted and committed to; what a batch is, and in which order it is stored, is the archive's.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from deltalake import DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError

from data import columns, layout, schema
from data.address import ArchiveError, fault, reader_options
from data.layout import files_of
from data.prints import Prints


@dataclass(frozen=True)
class Kept:
    """What a writer remembers of the readings of some months, as of a version of the table."""

    version: int
    months: set[str]
    compared: Prints


@dataclass
class Store:
    """The tables as they were when they were opened, and as writes through them have left them since.

    `kept` and `ids` are what a writer remembers from commit to commit (data/kin.py, data/ids.py).
    """

    url: str
    tables: dict[str, DeltaTable]
    since: str = ""  # the first month that is looked at
    kept: Kept | None = field(default=None, repr=False)
    ids: dict[str, columns.Table] = field(default_factory=dict, repr=False)
    _superseded: tuple[int, pl.DataFrame] | None = field(default=None, repr=False)
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

    def scan(self, table: str) -> pl.LazyFrame:
        """All rows of a table, every version of an article among them; a filter on `month` reads those files only."""
        if not self.tables[table].file_uris():
            return schema.empty(table).lazy()
        rows = layout.as_today(pl.scan_delta(self.tables[table], storage_options=reader_options(self.url)), table)
        return rows.filter(pl.col("month") >= self.since) if self.since and table in _BY_DAY else rows

    def stored(self, table: str) -> pl.LazyFrame:
        """A table as it lies in its files, where all of them are of today; else the rows of schema.TABLES."""
        delta = self.tables[table]
        if table != "mentions" or not layout.is_packed(delta):
            return self.scan(table)
        return pl.scan_delta(delta, storage_options=reader_options(self.url)).select(*schema.STORED[table])

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

    def known(self, ids: Sequence[str], months: Sequence[str] | None = None) -> pl.DataFrame:
        """What is stored of these articles in these months (None: all), in their latest version.

        `id, version, month, outlet, delivered_hash, text_hash, published_at, published_from, seen_at`; an unknown one
        has no row.
        """
        wanted = pl.LazyFrame({"id": ids}, schema={"id": pl.String})
        found = self.scan("articles").select(*KNOWN)
        if months is not None:
            found = found.filter(pl.col("month").is_in(months))
        return found.join(wanted, on="id", how="semi").collect().sort("version").unique("id", keep="last")

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

    # -- writing

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

    def refresh(self) -> None:
        """See what others have written. Raises ArchiveError."""
        try:
            for table in self.tables.values():
                table.update_incremental()
        except (DeltaError, OSError) as error:
            raise fault(self.url, "the tables cannot be read", error) from error

    # -- how

    def _find_superseded(self) -> pl.DataFrame:
        several = self.scan("articles").filter(pl.col("version") > 1).select("id", "version").collect()
        latest = several.group_by("id").agg(pl.col("version").max())
        earlier = latest.select("id", version=pl.int_ranges(1, pl.col("version"), dtype=pl.Int32))
        return earlier.explode("version", empty_as_null=False, keep_nulls=False)

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
            layout.announce(self.tables["articles"])
        layout.write(delta, table, rows, predicate, marks, for_good)


#: What `known` tells of an article.
KNOWN = (
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
