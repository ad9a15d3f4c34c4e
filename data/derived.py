"""The tables of `data/rollup.py` kept beside an archive: worked out month by month, and again where a month changed.

They hold nothing that the archive's own tables do not say, and can be deleted at any time. For a folder they lie
inside, in `derived`; for s3://... in `data/var/derived`, under a hash of the address, on each machine that asks. A
month is one file under the name of the files that it was worked out from, so that what is kept is told from what is
outdated by the tables' logs alone. A month that is not kept, or was changed since, is worked out when it is asked for:
an answer is always that of the archive as it is pinned, and time is what `maintain` saves.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

import polars as pl
from deltalake.exceptions import DeltaError

from data import archive as archives
from data import columns, looked, periods, rollup, tallies
from data.archive import Archive, Progress
from data.columns import Column, Part, Table
from data.filters import Filters
from data.identity import digest
from data.indexed import Chosen
from data.periods import Collected
from data.queries import Every, Measure

Name = Literal["mentions", "totals", "collected", "totals in short", "collected in short", "tones"]

FOLDER = "derived"
_SUFFIX = ".columns"


@dataclass(frozen=True, eq=False)
class Derived:
    """An archive as it is pinned, and what is kept of it by month. `months` are all that hold anything."""

    archive: Archive
    months: tuple[str, ...]
    kept: Mapping[str, Part]

    @property
    def fresh(self) -> set[str]:
        """The months that are kept as they are."""
        return set(self.kept)

    def chosen(self, filters: Filters, found: pl.DataFrame | None = None) -> Chosen:
        """The mentions looked at, of the actors named, or of all; `found` is `article_id` of what a search found."""
        if filters.search and found is None:
            raise ValueError("a search is looked up by data.search: hand over what it found")
        parts, rest = self._kept("mentions", self._months(filters)), self._not_kept(filters)
        is_whole = len(parts) == len(self.kept) and not rest
        if rest:
            parts.append(rollup.mentions(rollup.beside_readings(*_tables(self.archive, rest, filters.actors))))
        numbers = None if found is None else columns.numbers(found["article_id"])
        return looked.chosen(parts, filters, numbers, (lambda: self._stories) if is_whole else None)

    def counted(self, filters: Filters, found: pl.DataFrame | None = None) -> Chosen:
        """What is counted of the mentions looked at: days' totals, where they can tell, or the mentions."""
        if not rollup.knows(filters):
            return self.chosen(filters, found)
        is_short = not filters.languages and filters.copies
        parts = self._kept("totals in short" if is_short else "totals", self._months(filters))
        if rest := self._not_kept(filters):
            parts.append(rollup.totals(rollup.to_be_counted(*_tables(self.archive, rest, filters.actors))))
        return looked.counted(parts, filters)

    def tone(
        self, filters: Filters, every: Every = "day", measure: Measure = "tone", found: pl.DataFrame | None = None
    ) -> pl.DataFrame:
        """`queries.tone`; `found` is as in `chosen`."""
        whole = self._whole(filters) if every == "month" else []
        within = Filters(filters.actors, from_day=filters.from_day, to_day=filters.to_day)
        if not whole or filters != within:
            return tallies.tone(self.chosen(filters, found), every, measure)
        told = rollup.tone(looked.chosen(self._kept("tones", whole), Filters(filters.actors)), measure)
        others = replace(self, months=tuple(month for month in self.months if month not in whole))
        rest = tallies.tone(others.chosen(filters), every, measure)
        if set(told["date"]) - {date(int(month[:4]), int(month[5:]), 1) for month in whole} or set(told["date"]) & set(
            rest["date"]
        ):
            # A mention lies in another month than that of its day.
            return tallies.tone(self.chosen(filters), every, measure)
        return pl.concat([told, rest]).sort("actor", "date")

    def _whole(self, filters: Filters) -> list[str]:
        """The months kept all of whose days are looked at."""
        first, last = filters.from_day, filters.to_day
        return [
            month
            for month in self._months(filters)
            if month in self.kept
            and (not first or f"{first:%Y-%m}" < month or first.day == 1)
            and (not last or f"{last:%Y-%m}" > month or (last + timedelta(days=1)).day == 1)
        ]

    def collected(self, filters: Filters) -> Collected:
        """All articles of the same outlets and languages in the months that can hold the days looked at."""
        is_short = not filters.outlets and not filters.languages and filters.copies
        parts = self._kept("collected in short" if is_short else "collected", self._months(filters))
        if rest := self._not_kept(filters):
            parts.append(rollup.collected(self.archive.readings().filter(pl.col("month").is_in(rest))))
        press = Filters(outlets=filters.outlets, languages=filters.languages, copies=filters.copies)
        rows = looked.counted(parts, press)
        return periods.collected_on(rows.columns.day, rows.weight)

    @cached_property
    def _stories(self) -> Sequence[Column]:
        """Numbers of the stories of all months kept, for each month."""
        return looked.numbered([part.tables["mentions"]["stories"] for part in self.kept.values()])

    def _kept(self, name: Name, months: list[str]) -> list[Table]:
        return [self.kept[month].tables[name] for month in months if month in self.kept]

    def _months(self, filters: Filters) -> list[str]:
        filters.articles()  # says what is wrong with the filters
        return [month for month in self.months if may_hold(month, filters)]

    def _not_kept(self, filters: Filters) -> list[str]:
        """The months looked at that are not kept."""
        return [month for month in self._months(filters) if month not in self.kept]


def opened(archive: Archive) -> Derived:
    """What is kept of an archive as it is pinned; nothing where it cannot be read, which costs time and no answer."""
    wanted = _sources(archive)
    folder, kept = folder_of(archive.url), {}
    for month, source in wanted.items():
        try:
            kept[month] = columns.read(_file(folder, month, source))
        except (OSError, columns.Damaged):
            continue
    return Derived(archive, tuple(wanted), kept)


def catch_up(archive: Archive, progress: Progress | None = None) -> int:
    """Keep what is not kept yet and what has changed; how many months were worked out.

    May be killed at any point: the next time goes on. Who holds a file that makes room goes on reading it.
    Raises ArchiveError.
    """
    folder = folder_of(archive.url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        now = opened(archive)
        wanted = _sources(archive)
        outdated = [month for month in now.months if month not in now.kept]
        for done, month in enumerate(outdated, 1):
            columns.write(_file(folder, month, wanted[month]), _made(archive, month))
            if progress:
                progress("daily totals", done, len(outdated))
        _clean(folder, {_file(folder, *of).name for of in wanted.items()})
    except (DeltaError, OSError) as error:
        raise archives.fault(archive.url, "what is derived from the tables cannot be written", error) from error
    return len(outdated)


def folder_of(url: str) -> Path:
    """Where an archive's tables are kept."""
    if "://" in url:
        return Path(__file__).parent / "var" / FOLDER / digest(url)[:16]
    return Path(url) / FOLDER


def may_hold(month: str, filters: Filters) -> bool:
    """Whether a month can hold a day that is looked at."""
    after = filters.from_day is None or month >= f"{filters.from_day:%Y-%m}"
    return after and (filters.to_day is None or month <= f"{filters.to_day:%Y-%m}")


# --- how --------------------------------------------------------------------------------------------------------------


def _file(folder: Path, month: str, source: str) -> Path:
    return folder / f"{month}-{source}{_SUFFIX}"


def _sources(archive: Archive) -> dict[str, str]:
    """For each month that holds readings or mentions a name of the files that do."""
    of_both = pl.concat(archives.files_of(archive.tables[table]) for table in ("readings", "mentions"))
    named = of_both.group_by("month").agg(pl.col("path").sort()).sort("month")
    return {month: digest(str(columns.LAYOUT), *paths)[:16] for month, paths in named.iter_rows()}


def _tables(archive: Archive, months: list[str], actors: Sequence[str] = ()) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The mentions of some actors, or of all, and the readings of these months."""
    of_months = pl.col("month").is_in(months)
    wanted = pl.col("actor").is_in(actors) if actors else pl.lit(True)
    return archive.mentions().filter(of_months, wanted), archive.readings().filter(of_months)


def _made(archive: Archive, month: str) -> dict[str, Table]:
    """The tables of a month."""
    mentioned, readings = _tables(archive, [month])
    rows = rollup.beside_readings(mentioned, readings)
    mentions, totals = rollup.mentions(rows), rollup.totals(rows)
    collected = rollup.collected(readings)
    return {
        "mentions": mentions,
        "totals": totals,
        "collected": collected,
        "totals in short": rollup.in_short(totals),
        "collected in short": rollup.in_short(collected),
        "tones": rollup.tones(mentions),
    }


def _clean(folder: Path, wanted: set[str]) -> None:
    """Remove what is outdated: other months' files, those half made, and tables of another layout."""
    for path in folder.iterdir():
        if path.name in wanted:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
