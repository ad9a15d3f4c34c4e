"""Which files of an archive's tables are gone or cut short: looked for where something could not be read.

A table's log names each of its files with its size; what lies there is held against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler

from data import archive as archives
from data.archive import Archive, ArchiveError

#: What a Parquet file ends with, https://parquet.apache.org/docs/file-format/.
_END = b"PAR1"


@dataclass(frozen=True)
class Damage:
    """A file of a table, and what is wrong with it."""

    table: str
    path: str
    what: str


def of(archive: Archive) -> list[Damage]:
    """All files that are not as the tables' logs have them; an empty list where all are there. Raises ArchiveError."""
    return [one for table in archive.tables for one in _of_table(archive, table)]


def told(archive: Archive) -> str:
    """The first of them in words, with what to do; empty where there is none. Raises ArchiveError."""
    found = of(archive)
    if not found:
        return ""
    first = found[0]
    more = f" ({len(found) - 1:,} more are not as they were written.)" if len(found) > 1 else ""
    return (
        f"{archive.url}: a file of the table {first.table} {first.what}: {first.table}/{first.path}.{more} "
        f"{_ADVICE if {one.table for one in found} <= {'mentions', 'readings'} else _LOST}"
    )


def check(archive: Archive) -> None:
    """Raises ArchiveError that names a file which is gone or cut short, with what to do."""
    if message := told(archive):
        raise ArchiveError(message)


_LOST = "Bring it back from a copy."
_ADVICE = (
    "Bring it back from a copy, or run `newsgauge rescore`: it makes readings and mentions again from the articles."
)


def _of_table(archive: Archive, table: str) -> Iterator[Damage]:
    files = archives.files_of(archive.tables[table])
    sizes = _sizes_there(archive, archive.tables[table], table, files["path"].to_list())
    for path, wanted in files.select("path", "bytes").iter_rows():
        there = sizes[path]
        if there is None:
            yield Damage(table, path, "is missing")
        elif there != wanted:
            yield Damage(table, path, f"has {there:,} bytes and not the {wanted:,} that were written")
        elif "://" not in archive.url and not _ends(Path(archive.url, table, path)):
            yield Damage(table, path, "is damaged at its end")


def _sizes_there(archive: Archive, delta: DeltaTable, table: str, paths: list[str]) -> dict[str, int | None]:
    """How many bytes lie at each path; None where there is nothing."""
    if "://" in archive.url:
        handler = DeltaStorageHandler.from_table(delta._table)
        return {one.path: one.size if one.is_file else None for one in handler.get_file_info(paths)} if paths else {}
    files = {path: Path(archive.url, table, path) for path in paths}
    return {path: file.stat().st_size if file.exists() else None for path, file in files.items()}


def _ends(file: Path) -> bool:
    with file.open("rb") as body:
        body.seek(-len(_END), 2)
        if body.read() != _END:
            return False
    try:
        pl.read_parquet_metadata(file)
    except pl.exceptions.PolarsError:
        return False
    return True
