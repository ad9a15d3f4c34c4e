"""Seconds to find the reprints of a month: python tests/benchmarks/copies.py [ARTICLES] [stored]

A made-up month: almost every fifth article reprints another, whole or with a paragraph of its own, and many of these
are wire texts that a hundred outlets print. Each carries its outlet's call to subscribe and an agency's footer, and
shares phrases with others, as real text does. Prints seconds, articles a second and memory for a quarter, half and all
of it, and how many reprints were found and how many strangers linked. With `stored`, an archive is filled batch by
batch as well, in the order of publication and in any order.
"""

import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[2]))

from data import copies, schema
from data.archive import open_archive

START = datetime(2024, 1, 1, tzinfo=UTC)
OUTLETS = 400
BATCH = 4_000
KEPT = 48


def main() -> None:
    """A quarter, half and all of the articles: twice as many may take twice as long."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for articles in (count // 4, count // 2, count):
        readings, truth = month(articles)
        began, worked = time.perf_counter(), time.process_time()
        found = copies.originals(readings)["copy_of"]
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        right = (found == truth).sum()
        strangers = found.filter(found != truth).len() + found.filter(truth.is_null()).drop_nulls().len()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{articles:>9,} articles: {seconds:6.1f} s ({cpu:.1f} s of a core), {articles / seconds:,.0f}/s, "
            f"{memory:.1f} GB; {right:,} of {truth.count():,} reprints found, {strangers:,} strangers linked"
        )
    if "stored" in sys.argv:
        fill(readings)
        fill(readings.sample(fraction=1, shuffle=True, seed=1))


def month(articles: int) -> tuple[pl.DataFrame, pl.Series]:
    """Readings of a month and the original of each, in the order in which they are published."""
    random = np.random.default_rng(articles)
    sketches = random.integers(-(2**31), -(2**31) + 2**28, (articles, KEPT))
    # Phrases that anybody writes, one in twenty hashes, from a stock that grows with the press.
    common = random.random(sketches.shape) < 0.05
    stock = random.integers(-(2**31), -(2**31) + 2**28, articles)
    sketches[common] = stock[random.integers(0, articles, common.sum())]
    original = np.full(articles, -1)
    outlet = random.integers(0, OUTLETS, articles)
    day = articles // 31
    for place in np.flatnonzero(random.random(articles) < 0.2):
        # A text is reprinted within two days, and by others; of a day's texts two are wires that many print.
        of = place - random.integers(1, 2 * day)
        of = of // day * day + random.integers(0, 2) if random.random() < 0.4 else of
        if 0 <= of < place and original[of] < 0 and outlet[of] != outlet[place]:
            original[place] = of
            sketches[place] = sketches[of]
            own = random.random(KEPT) < random.choice([0, 0.15, 0.25])
            sketches[place, own] = random.integers(-(2**31), -(2**31) + 2**28, own.sum())
    # Six hashes of each article are its outlet's call to subscribe, two the footer of one of three agencies.
    sketches[:, :6] = outlet[:, None] * 10 + np.arange(6) - 2**31
    sketches[:, 6:8] = -(2**31) + 10**6 + random.integers(0, 3, articles)[:, None] * 10 + np.arange(2)
    sketches.sort(axis=1)
    ids = pl.Series([f"{number:016x}" for number in range(articles)])
    at = START.timestamp() + np.arange(articles) * (31 * 86_400 / articles)
    readings = pl.DataFrame(
        {
            "article_id": ids,
            "version": 1,
            "month": "2024-01",
            "published_at": pl.from_epoch(pl.Series((at * 1e6).astype(np.int64)), "us").dt.replace_time_zone("UTC"),
            "outlet": pl.Series(outlet).cast(pl.String),
            "words": 500,
            "fingerprint": ids,
            "sketch": pl.Series(sketches.astype(np.int32)).arr.to_list(),
            "story": ids,
        }
    )
    readings = readings.with_columns(sketch=pl.col("sketch").list.unique().list.sort())
    blank = {column: pl.lit(None) for column in schema.READINGS if column not in readings.columns}
    readings = readings.with_columns(**blank).select(pl.col(c).cast(k) for c, k in schema.READINGS.items())
    return readings, ids.gather(pl.Series(original).set(pl.Series(original < 0), None))


def fill(readings: pl.DataFrame) -> None:
    """Seconds that batches take as the month grows."""
    folder = Path(tempfile.mkdtemp(prefix="newsgauge-bench-"))
    try:
        archive = open_archive(str(folder / "archive"), create=True)
        none = [schema.empty(table) for table in ("articles", "mentions", "fetches")]
        whole = time.perf_counter()
        for number, some in enumerate(readings.iter_slices(BATCH)):
            began = time.perf_counter()
            archive.append(none[0], some, none[1], none[2], f"b{number}")
            if number % 5 == 4:
                archive.tidy()
                print(f"    with {BATCH * (number + 1):,} stored: {time.perf_counter() - began:.2f} s a batch")
        print(f"    {readings.height:,} stored in {time.perf_counter() - whole:.0f} s")
        at_once = copies.originals(readings).sort("article_id")["copy_of"]
        stored = archive.readings().sort("article_id").collect()["copy_of"]
        print(f"    other than at once: {stored.ne_missing(at_once).sum():,}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
