"""The tables of `data/rollup.py` kept beside an archive: worked out month by month, and again where a month changed.

They lie in the folder `derived` of the archive, hold nothing that the archive's own tables do not say, and can be
deleted at any time. A month is kept under the name of the files that it was worked out from, so that what is kept is
told from what is outdated by the tables' logs alone. A month that is not kept, or was changed since, is worked out when
it is asked for: an answer is always that of the archive as it is pinned, and time is what `maintain` saves.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from data import archive as archives
from data import rollup
from data.archive import Archive, Progress
from data.filters import Filters
from data.identity import digest
from data.rollup import Name

#: What is kept looks so; of another number it is outdated.
LAYOUT = 1

#: So many mentions are worked out at once; more of one month if it has more.
STEP = 1_000_000

FOLDER = "derived"

#: What is kept of a month: the name of what it was worked out from.
_SOURCE = {"month": pl.String, "source": pl.String}


@dataclass(frozen=True, eq=False)
class Derived:
    """An archive as it is pinned, and what is kept of it: by table and month, the addresses of files that are right.

    `months` are all that hold anything.
    """

    archive: Archive
    months: tuple[str, ...]
    files: Mapping[Name, Mapping[str, list[str]]]

    @property
    def fresh(self) -> set[str]:
        """The months that are kept as they are."""
        return set(self.files["collected"])

    def hot(self, filters: Filters) -> pl.LazyFrame:
        """The rows of `rollup.looked_at`; those of other months and actors are not read."""
        return rollup.looked_at(self.scan("hot", filters), filters)

    def totals(self, filters: Filters) -> pl.LazyFrame:
        """rollup.TOTALS of the months that can hold the days looked at."""
        return self.scan("totals", filters)

    def collected(self, filters: Filters) -> pl.DataFrame:
        """rollup.COLLECTED of the same press, in the months that can hold the days looked at."""
        return self.scan("collected", filters).filter(filters.articles()).collect()

    def scan(self, name: Name, filters: Filters) -> pl.LazyFrame:
        """The rows of one table in the months that can hold the days looked at."""
        months = [month for month in self.months if may_hold(month, filters)]
        files = [file for month in months for file in self.files[name].get(month, [])]
        options = archives.reader_options(self.archive.url)
        # Without the partitions' columns, which nobody asks for and each file would have to be given.
        kept = [pl.scan_parquet(files, hive_partitioning=False, storage_options=options)] if files else []
        rest = [month for month in months if month not in self.files[name]]
        worked_out = [getattr(_made(self.archive, rest), name)] if rest else []
        parts = [part.select(*_columns(name)) for part in (*kept, *worked_out)]
        return pl.concat(parts) if parts else rollup.TABLES[name].to_frame().lazy()


def opened(archive: Archive) -> Derived:
    """What is kept of an archive as it is pinned; nothing where it cannot be read, which costs time and no answer."""
    wanted = _sources(archive)
    kept: dict[Name, dict[str, list[str]]] = {}
    for name in rollup.TABLES:
        try:
            table = DeltaTable(_address(archive, name), storage_options=archives.options(archive.url))
        except (TableNotFoundError, DeltaError, OSError):
            kept[name] = {}
        else:
            kept[name] = _right(archive, name, table, wanted)
    # Those of all tables or of none: that is how they are worked out.
    fresh = set.intersection(*(set(of) for of in kept.values()))
    files = {name: {month: of[month] for month in of if month in fresh} for name, of in kept.items()}
    return Derived(archive, tuple(wanted), files)


def catch_up(archive: Archive, progress: Progress | None = None) -> int:
    """Keep what is not kept yet and what has changed; how many months were worked out.

    May be killed at any point: the next time goes on. Raises ArchiveError.
    """
    try:
        tables = {name: _table(archive, name) for name in rollup.TABLES}
        wanted = _sources(archive)
        held = {name: set(archives.files_of(table)["month"]) for name, table in tables.items()}
        right = {name: set(_right(archive, name, table, wanted)) for name, table in tables.items()}
        outdated = sorted(
            {month for of in right.values() for month in wanted.keys() - of}
            | {month for of in held.values() for month in of - wanted.keys()}
        )
        done = 0
        for months in archive.portions("mentions", outdated, STEP):
            _keep(archive, tables, months, wanted)
            done += len(months)
            if progress:
                progress("daily totals", done, len(outdated))
        _clean(tables, changed=bool(outdated))
    except (DeltaError, OSError) as error:
        raise archives.fault(archive.url, "what is derived from the tables cannot be written", error) from error
    return len(outdated)


def may_hold(month: str, filters: Filters) -> bool:
    """Whether a month can hold a day that is looked at."""
    after = filters.from_day is None or month >= f"{filters.from_day:%Y-%m}"
    return after and (filters.to_day is None or month <= f"{filters.to_day:%Y-%m}")


# --- how --------------------------------------------------------------------------------------------------------------


def _address(archive: Archive, name: Name) -> str:
    return f"{archive.url}/{FOLDER}/{name}"


def _table(archive: Archive, name: Name) -> DeltaTable:
    """A table that is there; it is made where it is not, and in a folder also where it cannot be read."""
    try:
        return _created(archive, name)
    except DeltaError:
        if "://" in archive.url:
            raise
        shutil.rmtree(_address(archive, name))
        return _created(archive, name)


def _created(archive: Archive, name: Name) -> DeltaTable:
    return DeltaTable.create(
        _address(archive, name),
        pl.Schema([*rollup.TABLES[name].items(), ("source", pl.String)]).to_frame().to_arrow().schema,
        mode="ignore",
        partition_by=list(_SOURCE),
        configuration={"delta.checkpointInterval": "50", "delta.dataSkippingStatsColumns": "month"},
        storage_options=archives.options(archive.url),
    )


def _sources(archive: Archive) -> dict[str, str]:
    """For each month that holds readings or mentions a name of the files that do."""
    of_both = pl.concat(archives.files_of(archive.tables[table]) for table in ("readings", "mentions"))
    named = of_both.group_by("month").agg(pl.col("path").sort()).sort("month")
    return {month: digest(str(LAYOUT), *paths)[:16] for month, paths in named.iter_rows()}


def _right(archive: Archive, name: Name, table: DeltaTable, sources: Mapping[str, str]) -> dict[str, list[str]]:
    """The addresses of the files of each month that was worked out from these sources, none of them gone or cut."""
    files = archives.files_of(table)
    if "://" not in archive.url:
        folder = Path(_address(archive, name))
        rows = files.select("month", "path", "bytes").iter_rows()
        gone = {month for month, path, size in rows if not _is_whole(folder / path, size)}
        files = files.filter(~pl.col("month").is_in(list(gone)))
    source = pl.col("path").str.extract("source=([^/]*)/")
    by_month = files.group_by("month").agg(source=source.unique(), path="path").iter_rows()
    right = {
        month: [f"{_address(archive, name)}/{path}" for path in paths]
        for month, found, paths in by_month
        if found == [sources.get(month)]
    }
    # Where nobody is mentioned there is nothing to keep.
    empty: list[str] = []
    return right if name == "collected" else dict.fromkeys(sources.keys() - _mentioning(archive), empty) | right


def _is_whole(file: Path, size: int) -> bool:
    return file.exists() and file.stat().st_size == size


def _mentioning(archive: Archive) -> set[str]:
    """The months that hold a mention."""
    return set(archives.files_of(archive.tables["mentions"])["month"])


def _columns(name: Name) -> list[str]:
    """Those that lie in the files."""
    return [column for column in rollup.TABLES[name] if column != "month"]


def _made(archive: Archive, months: list[str]) -> rollup.Made:
    of_months = pl.col("month").is_in(months)
    return rollup.made(archive.mentions().filter(of_months), archive.readings().filter(of_months))


def _keep(archive: Archive, tables: dict[Name, DeltaTable], months: list[str], sources: dict[str, str]) -> None:
    made = _made(archive, months)
    named = pl.LazyFrame(
        [(month, sources[month]) for month in months if month in sources], schema=_SOURCE, orient="row"
    )
    # Mentions are joined with their readings once, and counted from there.
    hot = made.hot.collect()
    rows = {"hot": hot.lazy(), "totals": rollup.totals(hot.lazy()), "collected": made.collected}
    for name, table in tables.items():
        month = rows[name].join(named, on="month").sort(rollup.ORDER[name], nulls_last=True).collect()
        _replace(archive, table, month, months)


def _replace(archive: Archive, table: DeltaTable, rows: pl.DataFrame, months: list[str]) -> None:
    for attempt in (1, 2, 3):
        try:
            write_deltalake(
                table,
                rows.to_arrow(),
                mode="overwrite",
                predicate=f"month IN ({', '.join(repr(month) for month in months)})",
                target_file_size=archives.FILE_SIZE,
                writer_properties=archives.writer(by_actor=True),
            )
        except CommitFailedError:
            # Another one has kept the same at this moment.
            if attempt == 3:
                raise
            table.update_incremental()
        else:
            return


def _clean(tables: dict[Name, DeltaTable], changed: bool) -> None:
    for table in tables.values():
        if changed:
            table.create_checkpoint()
        table.vacuum(retention_hours=archives.RETENTION, dry_run=False)
        table.cleanup_metadata()
