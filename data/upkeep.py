"""Keeping an archive: small files are joined, rows sorted, old files removed; what is read stays the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from deltalake import WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from data import layout, schema
from data.address import fault, reader_options
from data.layout import FILE_SIZE, files_of, tight_writer, writer
from data.months import literals, slices
from data.store import Store

#: Told what is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int | None], None]

#: Hours that files which no longer belong to a table are kept: no session that reads an old version may be longer.
RETENTION = 7 * 24


def tidy(store: Store, files: int) -> None:
    """See `Archive.tidy`."""
    for table in store.tables:
        months = _scattered(store, table, files)
        if table == "articles":
            for month in months:
                _compact(store, table, [month], _up_to(files_of(store.tables[table]).filter(month=month)["bytes"]))
        else:
            _compact(store, table, months, _SMALL)


def _up_to(sizes: pl.Series) -> int:
    """How large the files are that are joined: less than the largest, which may be tight, unless others outweigh it.

    So each text is written again only when about as many have come since.
    """
    largest, all_of_them = sizes.max(), sizes.sum()
    return min(_SMALL, largest - 1) if 2 * largest > all_of_them else _SMALL  # type: ignore[operator, return-value]


def maintain(store: Store, progress: Progress | None) -> None:
    """See `Archive.maintain`."""
    _migrate(store)
    _pack(store)
    steps = [*store.tables, "old files"]
    for done, step in enumerate(steps):

        def tell(what: str, done: int = done) -> None:
            if progress:
                progress(what, done, len(steps))

        tell(step)
        if step in store.tables:
            _join_all(store, step, tell)
        else:
            _vacuum(store)
    if progress:
        progress("done", len(steps), len(steps))


def _migrate(store: Store) -> None:
    """Give tables that an earlier Newsgauge made the columns and fields that they lack, which are null in its rows."""
    try:
        for table, delta in store.tables.items():
            stored = pl.scan_delta(delta, storage_options=reader_options(store.url)).collect_schema()
            if any(_lacks(stored.get(column), kind) for column, kind in schema.STORED[table].items()):
                write_deltalake(delta, schema.STORED[table].to_frame(), mode="append", schema_mode="merge")
        layout.announce(store.tables["articles"])
        store.refresh()
    except CommitFailedError:
        store.refresh()  # another run does the same
    except (DeltaError, OSError) as error:
        raise fault(store.url, "the tables cannot be brought up to today's columns", error) from error


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


def _pack(store: Store) -> None:
    """Write the months again whose spans and passages lie as an earlier Newsgauge wrote them."""
    months = layout.unpacked_months(store.url, store.tables["mentions"])
    _compact(store, "mentions", months, FILE_SIZE)
    try:
        if not layout.unpacked_months(store.url, store.tables["mentions"]):
            layout.tell_packed(store.tables["mentions"])
            store.refresh()
    except CommitFailedError:
        store.refresh()  # another run writes: there is a next time
    except (DeltaError, OSError) as error:
        raise fault(store.url, "mentions cannot be packed", error) from error


def _join_all(store: Store, table: str, tell: Callable[[str], None]) -> None:
    """One file a month; texts as tight as may be, most of all in the months that are over, which takes its time."""
    months = _scattered(store, table, 1)
    if table != "articles":
        _compact(store, table, months, FILE_SIZE, writer(for_good=True))
        return
    newest = store.months()[-1:]
    for for_good in (True, False):
        for some in slices([month for month in months if (month not in newest) == for_good], _TOGETHER):
            tell(f"{table} of {some[0]}")
            _compact(store, table, some, FILE_SIZE, tight_writer(for_good))


def _scattered(store: Store, table: str, files: int) -> list[str]:
    """The months of a table that lie in more than so many files."""
    counted = files_of(store.tables[table]).group_by("month").len()
    return sorted(counted.filter(pl.col("len") > files)["month"])


def _compact(
    store: Store, table: str, months: list[str], size: int, properties: WriterProperties | None = None
) -> None:
    """Join a table's files of these months up to a size in bytes; the narrow tables are sorted as well."""
    if not months:
        return
    try:
        if table in ("mentions", "readings"):
            for some in store.portions(table, months, _AT_ONCE):
                store.write(
                    table,
                    None,
                    lambda some=some: _whole(store, table, some),  # type: ignore[misc]
                    for_good=properties is not None,
                )
        else:
            store.tables[table].optimize.compact(
                [("month", "in", months)], size, writer_properties=properties or writer()
            )
            store.refresh()
    except CommitFailedError:
        store.refresh()  # another run has joined the same files meanwhile, or written: there is a next time
    except (DeltaError, OSError) as error:
        raise fault(store.url, f"{table} cannot be compacted", error) from error


def _whole(store: Store, table: str, months: list[str]) -> tuple[pl.DataFrame, str]:
    rows = store.stored(table).filter(pl.col("month").is_in(months)).collect()
    return rows, f"month IN ({literals(months)})"


def _vacuum(store: Store) -> None:
    try:
        for table in store.tables.values():
            table.create_checkpoint()
            table.vacuum(retention_hours=RETENTION, dry_run=False)
            table.cleanup_metadata()
    except (DeltaError, OSError) as error:
        raise fault(store.url, "old files cannot be removed", error) from error


#: So many months of texts are written at once: whoever is killed loses no more.
_TOGETHER = 2

#: So many rows of a narrow table are sorted at once.
_AT_ONCE = 1_000_000

#: A file of articles that a run leaves alone; the whole month is for `maintain`.
_SMALL = 32 * 2**20
