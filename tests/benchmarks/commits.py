"""What a commit of 1,000 articles takes as an archive grows: python -m tests.benchmarks.commits [COMMITS]

Stores batches of 1,000 made-up articles (tests/benchmarks/large_archive.py), 40 a month, each with a sketch of as many
hashes as real press has, with `tidy` after each tenth and `maintain` after each hundredth. Prints, for each hundred,
the medians of a commit in milliseconds, of all cores and by the clock, and by the clock what it takes to pack and write
three tables, while copies are looked for; then the first hundred beside the last.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import polars as pl
from deltalake import DeltaTable

from data import schema
from data.archive import Archive, open_archive
from tests.benchmarks import large_archive

BATCH = 1_000
A_MONTH = 40
HASHES = 86  # of a sketch, in the mean of real press


def main() -> None:
    """Measure and print."""
    commits(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)


def commits(number: int) -> None:
    """So many commits into a new archive that is thrown away."""
    took: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        archive = Timed(f"{folder}/archive")
        for batch in batches(number):
            took.append(archive.append(batch))
            if len(took) % 10 == 0:
                archive.archive.tidy()
            if len(took) % 100 == 0:
                archive.archive.maintain()
                told(f"{len(took) - 99:,} to {len(took):,}", took[-100:])
    first, last = (statistics.median(cpu for cpu, _, _ in part) for part in (took[:100], took[-100:]))
    print(f"the last {min(len(took), 100)} take {last / first:.2f} times what the first do, of all cores")


def batches(number: int) -> Iterator[large_archive.Month]:
    """Each with 1,000 articles, their readings and their mentions."""
    press = large_archive._press(1, 0)
    for start in range(0, number, A_MONTH):
        month = large_archive._month_before(large_archive.LAST_MONTH, 120 - start // A_MONTH)
        made = large_archive._month(press, month, A_MONTH * BATCH, start * BATCH, np.random.default_rng(start))
        for place in range(min(A_MONTH, number - start)):
            articles = made.articles.slice(place * BATCH, BATCH)
            readings = sketched(made.readings.slice(place * BATCH, BATCH))
            mentions = made.mentions.join(articles.select(article_id="id"), on="article_id", how="semi")
            yield large_archive.Month(articles, readings, mentions, made.fetches, made.runs)


def sketched(readings: pl.DataFrame) -> pl.DataFrame:
    """The readings with a sketch each, a copy with its original's."""
    whose = readings.select(pl.coalesce("copy_of", "article_id")).to_series()
    hashes = np.stack([np.random.default_rng(int(one, 16)).integers(0, 2**31, HASHES) for one in whose])
    sketches = pl.Series("sketch", np.sort(hashes, axis=1)).cast(pl.List(pl.Int32))
    return readings.with_columns(sketches).select(*schema.READINGS)


class Timed:
    """A new archive, and what its commits take."""

    def __init__(self, url: str) -> None:
        self.archive: Archive = open_archive(url, create=True)
        self.spent = 0.0
        commit = self.archive._commit

        def timed(delta: DeltaTable, *rest: object) -> None:
            began = time.perf_counter()
            commit(delta, *rest)  # type: ignore[arg-type]
            self.spent += time.perf_counter() - began

        self.archive._commit = timed  # type: ignore[method-assign, assignment]

    def append(self, batch: large_archive.Month) -> tuple[float, float, float]:
        """Seconds of all cores, by the clock, and by the clock while tables are written."""
        self.spent, worked, began = 0.0, time.process_time(), time.perf_counter()
        rows = batch.articles, batch.readings, batch.mentions
        self.archive.append(*rows, schema.empty("fetches"), batch.articles["id"][0])
        return time.process_time() - worked, time.perf_counter() - began, self.spent


def told(name: str, took: list[tuple[float, float, float]]) -> None:
    """Print the medians."""
    cpu, wall, writing = (1e3 * statistics.median(part) for part in zip(*took, strict=True))
    print(f"{name:15} {cpu:6,.0f} ms of all cores, {wall:6,.0f} by the clock; writing {writing:4,.0f}", flush=True)


if __name__ == "__main__":
    main()
