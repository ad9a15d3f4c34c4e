"""Keeping an archive: small files are joined, rows sorted, old files removed; what is read stays the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl
from deltalake import WriterProperties
from deltalake.exceptions import CommitFailedError, DeltaError

from data import layout
from data.address import fault
from data.layout import FILE_SIZE, files_of, tight_writer, writer
from data.months import literals, slices

if TYPE_CHECKING:
    from data.archive import Archive, Progress

#: Hours that files which no longer belong to a table are kept: no session that reads an old version may be longer.
RETENTION = 7 * 24


def tidy(archive: Archive, files: int) -> None:
    """See `Archive.tidy`."""
    for table in archive.tables:
        months = _scattered(archive, table, files)
        if table == "articles":
            for month in months:
                _compact(archive, table, [month], _up_to(files_of(archive.tables[table]).filter(month=month)["bytes"]))
        else:
            _compact(archive, table, months, _SMALL)


def _up_to(sizes: pl.Series) -> int:
    """How large the files are that are joined: less than the largest, which may be tight, unless others outweigh it.

    So each text is written again only when about as many have come since.
    """
    largest, all_of_them = sizes.max(), sizes.sum()
    return min(_SMALL, largest - 1) if 2 * largest > all_of_them else _SMALL  # type: ignore[operator, return-value]


def maintain(archive: Archive, progress: Progress | None) -> None:
    """See `Archive.maintain`."""
    layout.migrate(archive)
    _pack(archive)
    steps = [*archive.tables, "old files"]
    for done, step in enumerate(steps):

        def tell(what: str, done: int = done) -> None:
            if progress:
                progress(what, done, len(steps))

        tell(step)
        if step in archive.tables:
            _join_all(archive, step, tell)
        else:
            _vacuum(archive)
    if progress:
        progress("done", len(steps), len(steps))


def _pack(archive: Archive) -> None:
    """Write the months again whose spans and passages lie as an earlier Newsgauge wrote them."""
    months = layout.unpacked_months(archive)
    _compact(archive, "mentions", months, FILE_SIZE)
    try:
        if not layout.unpacked_months(archive):
            layout.tell_packed(archive)
            archive.refresh()
    except CommitFailedError:
        archive.refresh()  # another run writes: there is a next time
    except (DeltaError, OSError) as error:
        raise fault(archive.url, "mentions cannot be packed", error) from error


def _join_all(archive: Archive, table: str, tell: Callable[[str], None]) -> None:
    """One file a month; texts as tight as may be, most of all in the months that are over, which takes its time."""
    months = _scattered(archive, table, 1)
    if table != "articles":
        _compact(archive, table, months, FILE_SIZE, writer(for_good=True))
        return
    newest = archive.months()[-1:]
    for for_good in (True, False):
        for some in slices([month for month in months if (month not in newest) == for_good], _TOGETHER):
            tell(f"{table} of {some[0]}")
            _compact(archive, table, some, FILE_SIZE, tight_writer(for_good))


def _scattered(archive: Archive, table: str, files: int) -> list[str]:
    """The months of a table that lie in more than so many files."""
    counted = files_of(archive.tables[table]).group_by("month").len()
    return sorted(counted.filter(pl.col("len") > files)["month"])


def _compact(
    archive: Archive, table: str, months: list[str], size: int, properties: WriterProperties | None = None
) -> None:
    """Join a table's files of these months up to a size in bytes; the narrow tables are sorted as well."""
    if not months:
        return
    try:
        if table in ("mentions", "readings"):
            for some in archive.portions(table, months, _AT_ONCE):
                archive.write(
                    table,
                    None,
                    lambda some=some: _whole(archive, table, some),  # type: ignore[misc]
                    for_good=properties is not None,
                )
        else:
            archive.tables[table].optimize.compact(
                [("month", "in", months)], size, writer_properties=properties or writer()
            )
            archive.refresh()
    except CommitFailedError:
        archive.refresh()  # another run has joined the same files meanwhile, or written: there is a next time
    except (DeltaError, OSError) as error:
        raise fault(archive.url, f"{table} cannot be compacted", error) from error


def _whole(archive: Archive, table: str, months: list[str]) -> tuple[pl.DataFrame, str]:
    rows = layout.stored(archive, table).filter(pl.col("month").is_in(months)).collect()
    return rows, f"month IN ({literals(months)})"


def _vacuum(archive: Archive) -> None:
    try:
        for table in archive.tables.values():
            table.create_checkpoint()
            table.vacuum(retention_hours=RETENTION, dry_run=False)
            table.cleanup_metadata()
    except (DeltaError, OSError) as error:
        raise fault(archive.url, "old files cannot be removed", error) from error


#: So many months of texts are written at once: whoever is killed loses no more.
_TOGETHER = 2

#: So many rows of a narrow table are sorted at once.
_AT_ONCE = 1_000_000

#: A file of articles that a run leaves alone; the whole month is for `maintain`.
_SMALL = 32 * 2**20
