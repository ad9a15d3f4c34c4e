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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from data import copies, lock, schema, stories
from data.identity import digest
from data.lock import Locked as Locked

#: The layout of the tables. A greater number in an archive was written by a newer Newsgauge.
LAYOUT = 1

#: Hours that files which no longer belong to a table are kept: no session that reads an old version may be longer.
RETENTION = 7 * 24

#: Told what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int | None], None]


class ArchiveError(Exception):
    """The archive cannot be read or written; the message says what happened, where, and what to do."""


class ArchiveMissing(ArchiveError):  # noqa: N818 (it says what is the case)
    """There is no archive at this address yet."""


def open_archive(url: str, create: bool = False) -> Archive:
    """The archive at a folder or s3://bucket/prefix, as it is now; `create` makes an empty one where there is none.

    Raises ArchiveMissing where there is none, ArchiveError where it cannot be opened.
    """
    url = _address(url)
    _inspect(url, create)
    if create:
        _create(url)
    archive = Archive(url, _load(url))
    _check_layout(archive)
    return archive


@dataclass(frozen=True)
class _Kept:
    """What a writer remembers of the readings of some months, as of a version of the table."""

    version: int
    months: set[str]
    readings: pl.DataFrame


@dataclass
class Archive:
    """An archive as it was when it was opened, and as its own writes have left it since.

    What others write in the meantime shows only in a new `pin()`.
    """

    url: str
    tables: dict[str, DeltaTable]
    since: str = ""  # the first month that is looked at
    _superseded: tuple[int, pl.DataFrame] | None = field(default=None, repr=False)
    _kept: _Kept | None = field(default=None, repr=False)

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
        return Archive(self.url, _load(self.url), self.since)

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
        rows = _as_today(pl.scan_delta(self.tables[table], storage_options=reader_options(self.url)), table)
        return rows.filter(pl.col("month") >= self.since) if self.since and table in _BY_DAY else rows

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

    def unseen(self, articles: pl.DataFrame) -> pl.DataFrame:
        """Those that are not stored yet: the columns given, and `status` new or changed.

        An article is known by its id, and unchanged where it was delivered as before or has the text that is stored. A
        changed one gets the next version, and keeps when it was first seen and the earlier day of publication, so that
        it does not wander through the charts whenever its outlet touches it. What a list merely tells of an article
        that is stored is nothing new.
        """
        once = articles.unique("id", keep="last", maintain_order=True)
        stored = self._stored(once).select("id", pl.exclude("id").name.prefix("stored_"))
        same = (pl.col("delivered_hash") == pl.col("stored_delivered_hash")) | (
            pl.col("text_hash") == pl.col("stored_text_hash")
        )
        same |= (pl.col("text_from") == "metadata") & pl.col("stored_version").is_not_null()
        changed = pl.col("stored_version").is_not_null()
        earlier = changed & (
            pl.col("published_at").is_null() | (pl.col("stored_published_at") <= pl.col("published_at"))
        ).fill_null(False)

        def kept(column: str, where: pl.Expr) -> pl.Expr:
            return pl.when(where).then(pl.col(f"stored_{column}")).otherwise(pl.col(column)).alias(column)

        return (
            once.join(stored, on="id", how="left", maintain_order="left")
            .filter(~same.fill_null(False))
            .with_columns(
                kept("published_at", earlier),
                kept("published_from", earlier),
                kept("month", earlier),
                kept("seen_at", changed),
                version=(pl.col("stored_version").fill_null(0) + 1).cast(pl.Int32),
                status=pl.when(changed).then(pl.lit("changed")).otherwise(pl.lit("new")),
            )
            .select(*articles.columns, "status")
        )

    def unread(self) -> pl.DataFrame:
        """schema.ARTICLES: the articles that a run broken off has stored and not read.

        After a whole run this is empty and costs nothing.
        Read them and `append` their readings and mentions with no articles.
        """
        if self._count("articles") == self._count("readings"):
            return schema.empty("articles")
        return self.articles().join(self._unread().lazy(), on="id", how="semi").collect()

    def mark(self, key: str) -> int | None:
        """How far the source with this key was imported, as `append` was told; None for never, or not of late."""
        return self.tables["fetches"].transaction_version(key)

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
        stored = self._count("articles")
        behind = stored != self._count("readings")
        again = self.tables["articles"].transaction_version(batch) is not None
        fresh = self._write("articles", batch, lambda: (self._missing(articles), None), lambda n: n + 1)
        stored += not fresh.is_empty()
        # Another run may have stored the same article meanwhile, with its own text: then its reading counts.
        lost = articles.clear() if again else articles.join(fresh, on="id", how="anti")
        readings, mentions = _without(lost, readings), _without(lost, mentions)
        # A batch that was broken off leaves the readings behind until somebody reads what it stored.
        heals = behind and self._unread().join(readings, left_on="id", right_on="article_id", how="anti").is_empty()
        changed = readings.filter(pl.col("version") > 1)["article_id"]
        months = sorted({*readings["month"], *self._months_of(changed)})
        self._write("mentions", batch, lambda: self._mentions(mentions, readings, months), lambda n: n + 1)
        written = self._write(
            "readings",
            batch,
            lambda: self._readings(readings, months),
            lambda n: stored if heals else n + (not fresh.is_empty()),
        )
        self._keep(written)
        self._write("fetches", batch, lambda: (fetches, None), marks=marks)

    def append_run(self, run: pl.DataFrame) -> None:
        """Store the record of a run, once."""
        self._write("runs", digest(*run["run"])[:16], lambda: (run, None))

    def replace_month(
        self, month: str, readings: pl.DataFrame, mentions: pl.DataFrame, later: Sequence[str] = ()
    ) -> None:
        """Put these readings and mentions in the place of all that the month has; one commit a table.

        Go through the months in their order: an original, and a story's beginning, may lie in the month before.
        `later` are months after it that are not read again themselves: their copies and stories follow from it.
        """
        whole = f"month = {_literal(month)}"
        self._write("mentions", None, lambda: (mentions, whole))
        self._write("readings", None, lambda: self._followed(month, readings, later))

    def tell_stories(self) -> None:
        """Give a story to every article that has none yet. For the end of a run; costs little where there is none.

        May be killed at any point: the next time completes it. Raises ArchiveError.
        """
        new = self.scan("readings").filter(pl.col("story").is_null()).select(pl.col("month").unique().sort()).collect()
        for months in _slices(new["month"].to_list(), 12):
            self._write("readings", None, lambda months=months: self._told(months))  # type: ignore[misc]

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
            self._refresh()
            yield
        finally:
            for handle in handles:
                os.close(handle)

    def tidy(self, files: int = 16) -> None:
        """Join the small files of the months that have more than so many; what is read stays the same.

        For the end of a run: costs nothing where there is nothing to join, and leaves large files alone.
        """
        for table in self.tables:
            self._compact(table, self._scattered(table, files), _SMALL)

    def maintain(self, progress: Progress | None = None) -> None:
        """Bring tables up to today's columns, join small files, sort, remove what was not needed for RETENTION hours.

        May be killed at any point: the next time completes it.
        """
        self._migrate()
        steps = [*self.tables, "old files"]
        for done, step in enumerate(steps):
            if progress:
                progress(step, done, len(steps))
            if step in self.tables:
                self._compact(step, self._scattered(step, 1), FILE_SIZE)
            else:
                self._vacuum()
        if progress:
            progress("done", len(steps), len(steps))

    # -- how

    def _find_superseded(self) -> pl.DataFrame:
        several = self.scan("articles").filter(pl.col("version") > 1).select("id", "version").collect()
        latest = several.group_by("id").agg(pl.col("version").max())
        earlier = latest.select("id", version=pl.int_ranges(1, pl.col("version"), dtype=pl.Int32))
        return earlier.explode("version", empty_as_null=False, keep_nulls=False)

    def _stored(self, articles: pl.DataFrame) -> pl.DataFrame:
        """`known` for these articles, wherever they lie."""
        days = pl.concat([articles["month"], articles["collected_at"].dt.strftime("%Y-%m")]).drop_nulls().unique()
        return self.anywhere(articles["id"], _months_about(days, 1))

    def anywhere(self, ids: pl.Series, near: list[str]) -> pl.DataFrame:
        """`known` for these ids: first in the months where they are likely to lie, then, by id alone, in all others."""
        found = self.known(ids.to_list(), near)
        rest = ids.to_frame("id").join(found, on="id", how="anti")
        if set(self.months()) <= set(near) or rest.is_empty():
            return found
        far = self.scan("articles").filter(~pl.col("month").is_in(near)).select("id", "month")
        moved = far.join(rest.lazy(), on="id", how="semi").collect()
        if moved.is_empty():
            return found
        return pl.concat([found, self.known(moved["id"].to_list(), moved["month"].unique().to_list())])

    def _missing(self, articles: pl.DataFrame) -> pl.DataFrame:
        if articles.is_empty():
            return articles
        months = articles["month"].unique().to_list()
        stored = self.scan("articles").filter(pl.col("month").is_in(months)).select("id", "version")
        return articles.lazy().join(stored, on=["id", "version"], how="anti", maintain_order="left").collect()

    def _unread(self) -> pl.DataFrame:
        """`id` of the articles whose latest version has no reading."""
        read = self.readings().select("article_id", "version")
        return (
            self.articles()
            .select("id", "version")
            .join(read, left_on=["id", "version"], right_on=["article_id", "version"], how="anti")
            .select("id")
            .collect()
        )

    def _months_of(self, ids: pl.Series) -> list[str]:
        """The months in which any version of these articles lies."""
        if ids.is_empty():
            return []
        rows = self.scan("articles").select("id", "month").join(ids.to_frame("id").lazy(), on="id", how="semi")
        return rows.collect()["month"].unique().to_list()

    def _mentions(
        self, mentions: pl.DataFrame, readings: pl.DataFrame, months: list[str]
    ) -> tuple[pl.DataFrame, str | None]:
        """The mentions, and the predicate of those that the articles read have already."""
        stored = self._of("mentions", readings["article_id"], months).select("article_id").collect()
        return mentions, _replaced(mentions, stored["article_id"], months)

    def _readings(self, readings: pl.DataFrame, months: list[str]) -> tuple[pl.DataFrame, str | None]:
        """The readings with their `copy_of` and those stored whose original changes by them, and what they replace."""
        if readings.is_empty():
            return readings, None
        before = self._of("readings", readings["article_id"], months).collect()
        far = _months_about(months, 2)
        others = self._compared(far).join(readings.select("article_id"), on="article_id", how="anti")
        again, settled, standing = copies.relatives(others, readings, before)
        stored = self.scan("readings").filter(
            pl.col("month").is_in(far), pl.col("article_id").is_in(again["article_id"].implode())
        )
        others = stored.collect() if again.height else schema.empty("readings")
        linked = copies.linked(pl.concat([others, _with_stories(readings, before)]), standing, settled)
        what = ["article_id", "copy_of"]
        amended = linked.head(others.height).join(others.select(what), on=what, how="anti", nulls_equal=True)
        rows = pl.concat([linked.tail(readings.height), amended])
        # A copy goes where its original is, which has no story yet either, or another one.
        rows = rows.with_columns(story=pl.when(pl.col("copy_of").is_null()).then("story"))
        return rows, _replaced(rows, pl.concat([before["article_id"], amended["article_id"]]), months)

    def _told(self, months: list[str]) -> tuple[pl.DataFrame, str | None]:
        """The readings of these months that get a story or another one, and what they replace."""
        near = sorted({*_months_about(months, 1), *(_month_after(month, -2) for month in months)})
        rows = self.scan("readings").filter(pl.col("month").is_in(near)).select(stories.COMPARED).collect()
        is_new = pl.col("month").is_in(months) & pl.col("story").is_null()
        # What has none in the months beyond waits for its turn: whoever is first is told first.
        told = stories.grouped(rows.filter(is_new), rows.filter(pl.col("story").is_not_null()))
        months = rows.join(told, on="article_id", how="semi")["month"].unique().sort().to_list()
        whole = self.scan("readings").filter(pl.col("month").is_in(months))
        if told.height > _FEW:
            return _with_stories(whole.collect(), told), f"month IN ({_literals(months)})"
        rows = _with_stories(whole.join(told.lazy(), on="article_id", how="semi").collect(), told)
        return rows, _replaced(rows, rows["article_id"], months)

    def _followed(self, month: str, readings: pl.DataFrame, later: Sequence[str]) -> tuple[pl.DataFrame, str | None]:
        """A month's readings with copies and stories, those of the later months that change by them; what they replace.

        One commit, so that a run broken off leaves no story in two. What a month is told from reaches two months back:
        after two in which nothing changed nothing can.
        """
        changed = {month: self._told_from(month, readings, {})}
        unchanged = 0
        for one in later:
            stored = self.readings().filter(month=one).collect()
            blank = stored.with_columns(pl.lit(None, pl.String).alias(column) for column in ("copy_of", "story"))
            again = self._told_from(one, blank, changed)
            if again.equals(stored):
                unchanged += 1
            else:
                changed[one], unchanged = again, 0
            if unchanged == _REACH:
                break
        return pl.concat(changed.values()), f"month IN ({_literals(changed)})"

    def _told_from(self, month: str, readings: pl.DataFrame, changed: dict[str, pl.DataFrame]) -> pl.DataFrame:
        """A month's readings with copies and stories as they follow from the months before, stored or changed."""
        before = [_month_after(month, -back) for back in range(_REACH, 0, -1)]
        stored = self.readings().filter(pl.col("month").is_in([one for one in before if one not in changed]))
        others = [changed[one].select(_SETTLED) for one in before if one in changed]
        settled = pl.concat([stored.select(_SETTLED).collect(), *others])
        linked = copies.linked(readings, settled=settled.select(copies.COMPARED))
        return _with_stories(linked, stories.grouped(linked, settled.select(stories.COMPARED)))

    def _compared(self, months: list[str]) -> pl.DataFrame:
        """copies.COMPARED of the readings of these months; kept for the next batch, as long as nobody else writes."""
        version = self.tables["readings"].version()
        if self._kept is None or self._kept.version != version or not set(months) <= self._kept.months:
            found = self.readings().filter(pl.col("month").is_in(months)).select(copies.COMPARED).collect()
            self._kept = _Kept(version, set(months), found)
        return self._kept.readings

    def _keep(self, written: pl.DataFrame) -> None:
        """Bring what is kept up to the commit that wrote these readings."""
        version = self.tables["readings"].version()
        if self._kept and not written.is_empty() and self._kept.version == version - 1:
            others = self._kept.readings.join(written, on="article_id", how="anti")
            near = written.filter(pl.col("month").is_in(self._kept.months)).select(copies.COMPARED)
            self._kept = _Kept(version, self._kept.months, pl.concat([others, near]))

    def _of(self, table: str, ids: pl.Series, months: list[str]) -> pl.LazyFrame:
        """The rows of these articles in these months."""
        found = self.scan(table).filter(pl.col("month").is_in(months))
        return found.join(ids.to_frame("article_id").lazy(), on="article_id", how="semi")

    def _count(self, table: str) -> int:
        """How many batches the table has; where articles and readings differ, a batch lies unread."""
        return self.tables[table].transaction_version(_BATCHES) or 0

    def _write(
        self,
        table: str,
        batch: str | None,
        rows: Callable[[], tuple[pl.DataFrame, str | None]],
        count: Callable[[int], int] | None = None,
        marks: Mapping[str, int] | None = None,
    ) -> pl.DataFrame:
        """Commit rows, in the place of those of the predicate, unless the batch is there already; the rows written.

        Another writer's commit in between means that all is looked up again.
        """
        for attempt in range(_ATTEMPTS):
            delta = self.tables[table]
            if batch is not None and delta.transaction_version(batch) is not None:
                return schema.empty(table)
            frame, predicate = rows()
            if frame.is_empty() and predicate is None and not marks:
                return frame
            # Dated, so that a checkpoint can forget it after delta.setTransactionRetentionDuration; the count stays.
            dated = {**({} if batch is None else {batch: 1}), **(marks or {})}
            told = [Transaction(key, at, last_updated=int(time.time() * 1000)) for key, at in dated.items()]
            told += [Transaction(_BATCHES, count(self._count(table)))] if count else []
            try:
                self._commit(delta, table, frame, predicate, told)
            except CommitFailedError as error:
                if attempt == _ATTEMPTS - 1:
                    raise ArchiveError(f"{self.url}: others write to {table} all the time. Try again later.") from error
                time.sleep(random.uniform(0.1, 0.5) * 2**attempt)  # noqa: S311 (spreads writers, guards nothing)
                self._refresh()
            except (DeltaError, OSError) as error:
                raise fault(self.url, f"{table} cannot be written", error) from error
            else:
                return frame
        raise AssertionError("every attempt returns or raises")

    def _commit(
        self, delta: DeltaTable, table: str, rows: pl.DataFrame, predicate: str | None, marks: list[Transaction]
    ) -> None:
        sorted_rows = rows.select(*schema.TABLES[table]).sort(_ORDER[table]).to_arrow()
        properties = CommitProperties(app_transactions=marks)
        if predicate is None:
            write_deltalake(
                delta,
                sorted_rows,
                mode="append",
                schema_mode="merge",  # an archive of an earlier Newsgauge gets the fields that it lacks
                target_file_size=FILE_SIZE,
                writer_properties=writer(by_actor=table == "mentions"),
                commit_properties=properties,
            )
        else:
            write_deltalake(
                delta,
                sorted_rows,
                mode="overwrite",
                predicate=predicate,
                schema_mode="merge",
                target_file_size=FILE_SIZE,
                writer_properties=writer(by_actor=table == "mentions"),
                commit_properties=properties,
            )

    def _refresh(self) -> None:
        try:
            for table in self.tables.values():
                table.update_incremental()
        except (DeltaError, OSError) as error:
            raise fault(self.url, "the tables cannot be read", error) from error

    def _scattered(self, table: str, files: int) -> list[str]:
        """The months of a table that lie in more than so many files."""
        counted = files_of(self.tables[table]).group_by("month").len()
        return sorted(counted.filter(pl.col("len") > files)["month"])

    def _migrate(self) -> None:
        """Give tables that an earlier Newsgauge made the columns and fields that they lack, which are null in its rows.

        The layout is told last: it is that of all tables.
        """
        try:
            for table, delta in self.tables.items():
                stored = pl.scan_delta(delta, storage_options=reader_options(self.url)).collect_schema()
                if any(_lacks(stored.get(column), kind) for column, kind in schema.TABLES[table].items()):
                    write_deltalake(delta, schema.empty(table).to_arrow(), mode="append", schema_mode="merge")
            if _layout(self) != str(LAYOUT):
                told = {"newsgauge.layout": str(LAYOUT)}
                self.tables["articles"].alter.set_table_properties(told, raise_if_not_exists=False)
            self._refresh()
        except CommitFailedError:
            self._refresh()  # another run does the same
        except (DeltaError, OSError) as error:
            raise fault(self.url, "the tables cannot be brought up to today's columns", error) from error

    def _compact(self, table: str, months: list[str], size: int) -> None:
        """Join a table's files of these months up to a size in bytes; the narrow tables are sorted as well."""
        if not months:
            return
        try:
            if table in ("mentions", "readings"):
                for some in self.portions(table, months, _AT_ONCE):
                    self._write(table, None, lambda some=some: self._whole(table, some))  # type: ignore[misc]
            else:
                self.tables[table].optimize.compact(
                    [("month", "in", months)], size, writer_properties=writer(by_actor=table == "mentions")
                )
                self._refresh()
        except CommitFailedError:
            self._refresh()  # another run has joined the same files meanwhile, or written: there is a next time
        except (DeltaError, OSError) as error:
            raise fault(self.url, f"{table} cannot be compacted", error) from error

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

    def _whole(self, table: str, months: list[str]) -> tuple[pl.DataFrame, str]:
        rows = self.scan(table).filter(pl.col("month").is_in(months)).collect()
        return rows, f"month IN ({_literals(months)})"

    def _vacuum(self) -> None:
        try:
            for table in self.tables.values():
                table.create_checkpoint()
                table.vacuum(retention_hours=RETENTION, dry_run=False)
                table.cleanup_metadata()
        except (DeltaError, OSError) as error:
            raise fault(self.url, "old files cannot be removed", error) from error


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

#: What a month that is read again needs of those before it.
_SETTLED = tuple(dict.fromkeys((*copies.COMPARED, *stories.COMPARED)))

#: So many months back lies what a month's copies and stories are told from.
_REACH = 2

#: So many rows are named one by one where they are replaced; with more, their whole months are.
_FEW = 2_000

_ATTEMPTS = 6

#: So many rows of a narrow table are sorted at once.
_AT_ONCE = 1_000_000

#: A month of a table is one file up to this size.
FILE_SIZE = 256 * 2**20

#: A file of articles that a run leaves alone; the whole month is for `maintain`.
_SMALL = 32 * 2**20

#: Rows of which a file keeps least and greatest values together: who asks for one actor reads few of the others'.
_GROUP = 25_000


def writer(by_actor: bool = False) -> WriterProperties:
    """How a file is written."""
    group = _GROUP if by_actor else None
    return WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=group)


#: How the rows of a commit lie: what is asked for together lies together.
_ORDER = {
    "articles": ["published_at", "id"],
    "readings": ["published_at", "article_id"],
    "mentions": ["actor", "published_at", "article_id"],
    "fetches": ["started_at", "feed_url"],
    "runs": ["started_at", "run"],
}

#: The columns of which the log keeps least and greatest value; those of whole texts would fill it.
_STATISTICS = {
    "articles": "id,version,outlet,language,published_at,collected_at",
    "readings": "article_id,outlet,language,published_at",
    "mentions": "article_id,actor,outlet,language,published_at",
    "fetches": "run,feed_url,started_at",
    "runs": "run,started_at",
}


def _address(url: str) -> str:
    try:
        url.encode()
        return url.rstrip("/") if "://" in url else str(Path(url).expanduser().absolute())
    except (UnicodeEncodeError, RuntimeError) as error:  # a name that is no UTF-8, a home that nobody has
        raise ArchiveError(f"{url}: this cannot be the name of an archive ({error}). Name another.") from error


def _remote(url: str) -> bool:
    return "://" in url


def _inspect(url: str, create: bool) -> None:
    """Say what is wrong with an address before any table is touched."""
    if _remote(url):
        return
    folder = Path(url)
    try:
        names = set(os.listdir(folder))  # noqa: PTH208 (names are what is asked for)
    except FileNotFoundError:
        if not create:
            raise ArchiveMissing(_MISSING.format(url=url)) from None
        return
    except NotADirectoryError:
        raise ArchiveError(f"{url}: a file is in the place of a folder. Name a folder with --archive.") from None
    except OSError as error:
        raise fault(url, "the folder cannot be read", error) from error
    if "articles" in names:
        return
    foreign = sorted(name for name in names - schema.TABLES.keys() if not lock.is_ours(name))
    if foreign:
        raise ArchiveError(
            f"{url}: this folder holds other things ({', '.join(foreign[:3])}) and no archive. "
            "Name an empty or a new folder with --archive."
        )
    if not create:
        raise ArchiveMissing(_MISSING.format(url=url))


_MISSING = (
    "{url}: there is no archive here yet. `newsgauge ingest` or `newsgauge import FILE` makes one, "
    "`newsgauge demo` shows one; or name another with --archive."
)


def _create(url: str) -> None:
    # Articles come last: an archive that has them has all tables.
    for table in reversed(schema.TABLES):
        try:
            if not DeltaTable.is_deltatable(f"{url}/{table}", storage_options=options(url)):
                DeltaTable.create(
                    f"{url}/{table}",
                    schema.empty(table).to_arrow().schema,
                    mode="ignore",
                    partition_by=["month"],
                    configuration={
                        "newsgauge.layout": str(LAYOUT),
                        "delta.checkpointInterval": "50",
                        "delta.setTransactionRetentionDuration": "interval 30 days",
                        "delta.dataSkippingStatsColumns": _STATISTICS[table],
                    },
                    raise_if_key_not_exists=False,
                    storage_options=options(url),
                )
        except CommitFailedError:
            continue  # another run makes the same archive at this moment
        except (DeltaError, OSError) as error:
            raise fault(url, "the archive cannot be made", error) from error


def _load(url: str) -> dict[str, DeltaTable]:
    """The tables as they are now."""
    # Readings first and articles last: whatever is written meanwhile, a reading seen has its mentions and its article.
    order = ["readings", "mentions", "fetches", "runs", "articles"]
    tables: dict[str, DeltaTable] = {}
    for table in order:
        try:
            tables[table] = DeltaTable(f"{url}/{table}", storage_options=options(url))
        except TableNotFoundError as error:
            if not _remote(url) and not os.access(url, os.R_OK | os.X_OK):
                raise fault(url, f"{table} cannot be read", PermissionError("Permission denied")) from error
            if tables and table != "articles":
                raise ArchiveError(f"{url}: the table {table} is missing. Bring it back from a copy.") from error
            raise ArchiveMissing(_MISSING.format(url=url)) from error
        except (DeltaError, OSError) as error:
            raise fault(url, f"{table} cannot be read", error) from error
    return {table: tables[table] for table in schema.TABLES}


def _check_layout(archive: Archive) -> None:
    layout = _layout(archive)
    if not layout.isdigit():
        raise ArchiveError(f"{archive.url}: these tables are not Newsgauge's. Name another folder with --archive.")
    if int(layout) > LAYOUT:
        raise ArchiveError(
            f"{archive.url}: written by a newer Newsgauge (layout {layout}, this one knows {LAYOUT}). Update this one."
        )


def _lacks(stored: Any, today: Any) -> bool:
    """Whether a column is not there, or is without one of the fields that it has today."""
    if stored is None:
        return True
    if isinstance(stored, pl.List) and isinstance(today, pl.List):
        return _lacks(stored.inner, today.inner)
    if isinstance(stored, pl.Struct) and isinstance(today, pl.Struct):
        there = {field.name: field.dtype for field in stored.fields}
        return any(_lacks(there.get(field.name), field.dtype) for field in today.fields)
    return False


def _layout(archive: Archive) -> str:
    return archive.tables["articles"].metadata().configuration.get("newsgauge.layout") or ""


def _as_today(scan: pl.LazyFrame, table: str) -> pl.LazyFrame:
    """The columns of a table; columns and fields that an earlier Newsgauge did not write are null."""
    stored = scan.collect_schema()
    # Only where it must be: a filter on a column that is cast reads every file.
    return scan.select(
        (pl.col(column) if stored.get(column) == kind else pl.col(column).cast(kind))
        if column in stored
        else pl.lit(None, kind).alias(column)
        for column, kind in schema.TABLES[table].items()
    )


def options(url: str) -> dict[str, str] | None:
    """Deltalake's storage options; keys, region and endpoint come from AWS_* in the environment."""
    # Without bounds a wrong address would be tried for minutes.
    bounds = {"timeout": "30s", "connect_timeout": "5s", "max_retries": "3", "retry_timeout": "30s"}
    return bounds if _remote(url) else None


def reader_options(url: str) -> dict[str, Any] | None:
    """Polars' own; it reads AWS_* as well."""
    return {"max_retries": 3} if _remote(url) else None


def fault(url: str, what: str, error: Exception) -> ArchiveError:
    """The error with what to do about it."""
    said = " ".join(str(error).split())
    if "169.254.169.254" in said:  # where a machine in the cloud would ask for its own credentials
        return ArchiveError(f"{url}: {what}: no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    for signs, cause in _CAUSES:
        if any(sign in said for sign in signs):
            return ArchiveError(f"{url}: {what}: {cause}")
    return ArchiveError(f"{url}: {what}: {said[:300]}")


_CAUSES = (
    (("NoSuchBucket",), "there is no such bucket. Make it, or correct the address."),
    (("InvalidAccessKeyId",), "nobody has this key. Check AWS_ACCESS_KEY_ID."),
    (("SignatureDoesNotMatch",), "the key is known and its secret is another one. Check AWS_SECRET_ACCESS_KEY."),
    (("ExpiredToken", "InvalidToken"), "the session has ended. Renew the keys and AWS_SESSION_TOKEN with them."),
    (
        ("AccessDenied", "403"),
        "these credentials may not do that. Allow them s3:GetObject and s3:ListBucket on this bucket, and to write "
        "s3:PutObject and s3:DeleteObject; or set others in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (("scheme is not allowed",), "AWS_ENDPOINT_URL has no TLS. Set AWS_ALLOW_HTTP=true if that is meant."),
    (("tcp connect error", "dns error", "timed out"), "no answer. Check the network and AWS_ENDPOINT_URL."),
    (
        ("No space left", "File too large", "os error 28", "os error 122", "os error 27"),
        "the disk is full. Make room; all that was stored before is safe.",
    ),
    (("Permission denied", "os error 13", "Read-only file system"), "no permission. Let this user read and write it."),
    (("Not a directory", "os error 20"), "a file is in the place of a folder. Name a folder with --archive."),
)


def _sign(handle: int, url: str) -> None:
    """Leave word in the lock file of who holds it."""
    try:
        lock.sign(handle)
    except OSError as error:
        raise fault(url, "the lock cannot be written", error) from error


def files_of(table: DeltaTable) -> pl.DataFrame:
    """`path, month, rows, bytes` of each file of a table; what a path names never changes."""
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    if actions.is_empty():
        return pl.DataFrame(schema=_FILES)
    return actions.select("path", month="partition.month", rows="num_records", bytes="size_bytes")


_FILES = {"path": pl.String, "month": pl.String, "rows": pl.Int64, "bytes": pl.Int64}


def _without(articles: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The readings or mentions of all but these articles."""
    return rows.join(articles.select(article_id="id"), on="article_id", how="anti", maintain_order="left")


def _with_stories(readings: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The readings with the stories of `told`, `article_id, story`, where it has them."""
    other = told.select("article_id", told="story")
    joined = readings.join(other, on="article_id", how="left", maintain_order="left")
    return joined.with_columns(story=pl.coalesce("told", "story")).drop("told")


def _replaced(rows: pl.DataFrame, stored: pl.Series, months: list[str]) -> str | None:
    """The predicate of the rows that make room: those of the articles stored; None where there are none."""
    if stored.is_empty():
        return None
    # Delta Lake accepts only rows that the predicate holds for, so that it names the new ones as well.
    ids = pl.concat([stored, rows["article_id"]]).unique().sort()
    return f"month IN ({_literals(sorted({*months, *rows['month']}))}) AND article_id IN ({_literals(ids)})"


def _literals(values: Iterable[str]) -> str:
    return ", ".join(_literal(value) for value in values)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _month_after(month: str, steps: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + steps
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _months_about(months: Iterable[str], steps: int) -> list[str]:
    return sorted({_month_after(month, step) for month in months for step in range(-steps, steps + 1)})


def _slices(values: list[str], size: int) -> Iterator[list[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))
