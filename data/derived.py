"""The tables of `data/rollup.py` kept beside an archive: worked out month by month, and again where a month changed.

They lie in the folder `derived` of the archive, hold nothing that the archive's own tables do not say, and can be
deleted at any time. A month is kept under the name of the files that it was worked out from, so that what is kept is
told from what is outdated by the tables' logs alone. A month that is not kept, or was changed since, is worked out when
it is asked for: an answer is always that of the archive as it is pinned, and time is what `maintain` saves.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
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
    """An archive as it is pinned, and what is kept of it: `fresh` are the months of which the tables here are right."""

    archive: Archive
    tables: Mapping[Name, DeltaTable]
    fresh: frozenset[str]

    def hot(self, filters: Filters) -> pl.LazyFrame:
        """The rows of `rollup.looked_at`; those of other months and actors are not read."""
        return rollup.looked_at(self.scan("hot", filters), filters)

    def totals(self, filters: Filters) -> pl.LazyFrame:
        """rollup.TOTALS of the months that can hold the days looked at."""
        return self.scan("totals", filters)

    def collected(self, filters: Filters) -> pl.DataFrame:
        """rollup.COLLECTED of the same press, in the months that can hold the days looked at."""
        near = self.scan("collected", filters)
        return near.filter(filters.articles()).collect()

    def scan(self, name: Name, filters: Filters) -> pl.LazyFrame:
        """The rows of one table in the months that can hold the days looked at."""
        months = [month for month in _sources(self.archive) if may_hold(month, filters)]
        kept = [month for month in months if month in self.fresh]
        parts = [_kept(self, name, kept)] if kept else []
        # Few months are worked out at once, so that no question needs the memory of all of them.
        rest = [month for month in months if month not in self.fresh]
        parts += [getattr(_made(self.archive, rest), name)] if rest else []
        return pl.concat(parts) if parts else rollup.TABLES[name].to_frame().lazy()


def opened(archive: Archive) -> Derived:
    """What is kept of an archive as it is pinned; nothing where it cannot be read, which costs time and no answer."""
    tables: dict[Name, DeltaTable] = {}
    for name in rollup.TABLES:
        try:
            tables[name] = DeltaTable(_address(archive, name), storage_options=archives.options(archive.url))
        except (TableNotFoundError, DeltaError, OSError):
            return Derived(archive, {}, frozenset())
    wanted = _sources(archive)
    kept = [_months_kept(archive, name, table) for name, table in tables.items()]
    fresh = (month for month, source in wanted.items() if all(of.get(month) == source for of in kept))
    return Derived(archive, tables, frozenset(fresh))


def catch_up(archive: Archive, progress: Progress | None = None) -> int:
    """Keep what is not kept yet and what has changed; how many months were worked out.

    May be killed at any point: the next time goes on. Raises ArchiveError.
    """
    try:
        tables = {name: _table(archive, name) for name in rollup.TABLES}
        wanted = _sources(archive)
        held = {name: _months_kept(archive, name, table) for name, table in tables.items()}
        outdated = sorted(
            {month for month, source in wanted.items() if any(of.get(month) != source for of in held.values())}
            | {month for of in held.values() for month in of.keys() - wanted.keys()}
        )
        done = 0
        for months in _portions(archive, outdated):
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


def _months_kept(archive: Archive, name: Name, table: DeltaTable) -> dict[str, str]:
    """The months that are kept, and what they were worked out from; none of which a file is gone."""
    files = archives.files_of(table)
    if "://" not in archive.url:
        folder = Path(_address(archive, name))
        files = files.with_columns(
            gone=pl.Series([not (folder / path).exists() for path in files["path"]], dtype=pl.Boolean)
        )
        files = files.filter(~pl.col("gone").any().over("month"))
    source = pl.col("path").str.extract("source=([^/]*)/")
    kept = files.group_by("month").agg(source.unique())
    return {month: sources[0] for month, sources in kept.iter_rows() if len(sources) == 1}


def _kept(derived: Derived, name: Name, months: list[str]) -> pl.LazyFrame:
    options = archives.reader_options(derived.archive.url)
    rows = pl.scan_delta(derived.tables[name], storage_options=options)
    return rows.filter(pl.col("month").is_in(months)).select(*rollup.TABLES[name])


def _made(archive: Archive, months: list[str]) -> rollup.Made:
    of_months = pl.col("month").is_in(months)
    return rollup.made(archive.mentions().filter(of_months), archive.readings().filter(of_months))


def _portions(archive: Archive, months: list[str]) -> Iterator[list[str]]:
    """The months, so many at once as hold STEP mentions."""
    counted = dict(
        archives.files_of(archive.tables["mentions"]).group_by("month").agg(pl.col("rows").sum()).iter_rows()
    )
    portion: list[str] = []
    for month in months:
        if portion and sum(counted.get(one, 0) for one in (*portion, month)) > STEP:
            yield portion
            portion = []
        portion.append(month)
    if portion:
        yield portion


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
