"""What a second core is worth: `python -m tests.benchmarks.pool us-press-2012-2018.parquet [ARTICLES] [PROCESSES]`.

An import and a rescore of the same articles by one process and by several, and beside them, in the same run, a busy
loop in one process and in so many at once, which is all that the machine has to give: cores that share a unit, or that
others use, give less than their number. Rounds alternate, and ratios are medians. The file has the columns id, outlet,
title, text, published_at. By the lexicon four times as many articles are read; `--by` measures one of the two alone.

A sample of a press of many years has few articles a month, and a rescore commits month by month: `--months 3` moves the
days of the sample closer together, into so many months of 30 days.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import polars as pl

from data import catalogue as catalogues
from data.archive import open_archive
from ingest import pipeline, reading, target
from ingest.pool import Pool
from ingest.tone import By
from tests.conftest import article

LOOP = 20_000_000  # turns of the busy loop; a second or so
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("file", type=Path)
    asked.add_argument("articles", nargs="?", type=int, default=300)
    asked.add_argument("processes", nargs="?", type=int, default=2)
    asked.add_argument("--by", choices=["model", "lexicon"])
    asked.add_argument("--months", type=int)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    counts: dict[By, int] = {"model": options.articles, "lexicon": 4 * options.articles}
    catalogue, processes = catalogues.load(catalogues.DEFAULT), options.processes
    told(f"busy loop, {processes} processes", [loops(processes) for _ in range(options.rounds)])
    for by in [options.by] if options.by else counts:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sample.parquet"
            sample(options.file, counts[by], options.months).write_parquet(file)
            found = [runs(file, catalogue, by, processes, folder, number) for number in range(options.rounds)]
            for name in ("import", "rescore"):
                pairs = [one[name] for one in found]
                told(f"{name} of {counts[by]} articles by {by}, {processes} processes", pairs)
                alone, together = (counts[by] / median(one[place] for one in pairs) for place in (0, 1))
                print(f"    {alone:,.1f} articles/s by one, {together:,.1f} by {processes}, their start left out")


def sample(file: Path, count: int, months: int | None) -> pl.DataFrame:
    """So many articles of the file, of as many months as they are or of fewer."""
    rows = pl.read_parquet(file, columns=["id", "outlet", "title", "text", "published_at"]).sample(count, seed=1)
    if not months:
        return rows
    rows = rows.with_columns(pl.col("published_at").cast(pl.String).str.to_datetime(time_zone="UTC"))
    at = pl.col("published_at")
    closer = (at - at.min()) * (timedelta(days=30 * months) / (rows["published_at"].max() - rows["published_at"].min()))
    return rows.with_columns(published_at=datetime(2016, 1, 1, tzinfo=UTC) + closer)


def loops(processes: int) -> tuple[float, float]:
    """Seconds of one busy loop, and of so many at once, a loop."""
    with Pool(busy, processes) as pool:
        list(pool.map([1] * processes))  # so that all have started
        alone = seconds(lambda: list(pool.map([LOOP])))
        return alone, seconds(lambda: list(pool.map([LOOP] * processes))) / processes


def busy(turns: int) -> int:
    """Nothing, for a while."""
    total = 0
    for turn in range(turns):
        total += turn
    return total


def runs(
    file: Path, catalogue: catalogues.Catalogue, by: By, processes: int, folder: str, number: int
) -> dict[str, tuple[float, float]]:
    """Seconds of an import and a rescore by one process, and by so many."""
    spent: dict[str, list[float]] = {"import": [], "rescore": []}
    for workers in (1, processes):
        archive = open_archive(f"{folder}/archive-{number}-{workers}", create=True)
        for name, measured in spent.items():
            begun = pipeline.begin(name, catalogue, NOW, by)
            target.forget()  # what was asked before costs nothing
            with reading.reader(catalogue, workers, by) as read:
                read(warming(by, processes))
                before = time.perf_counter()
                if name == "import":
                    pipeline.import_files(begun, [file], "parquet", catalogue, archive, read)
                else:
                    pipeline.rescore(begun, archive, read)
                measured.append(time.perf_counter() - before)
    return {name: (alone, together) for name, (alone, together) in spent.items()}


def warming(by: By, processes: int) -> pl.DataFrame:
    """Articles enough for each process to load what it needs, and none of those that are measured."""
    wanted = reading.FEW[by] + reading.SLICES[by] * processes
    return pl.concat(article(id=f"{n:016x}", title=f"NATO met {n}", text="Ukraine praised it.") for n in range(wanted))


def seconds(work: Callable[[], object]) -> float:
    """How long it takes, by the clock."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def told(name: str, pairs: list[tuple[float, float]]) -> None:
    """Print how many times as fast the second is."""
    ratios = sorted(alone / together for alone, together in pairs)
    print(f"{name}: {median(ratios):.2f} times one ({ratios[0]:.2f} ... {ratios[-1]:.2f})", flush=True)


if __name__ == "__main__":
    main()
