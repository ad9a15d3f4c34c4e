"""Seconds to find the reprints of a month: python tests/benchmarks/copies.py [ARTICLES ...] [stored]

A made-up month, the same for the same number: texts of 120 to 900 words from a vocabulary as unequal as a real one,
phrases that anybody quotes, outlets of which few write most. Almost every fifth article reprints another: whole, cut,
under a new lead, or with a paragraph of its own; two texts of each day are wires that a hundred outlets print. Each
carries its outlet's call to subscribe, and one in three an agency's footer.

For each number of articles (30,000 and 100,000 unless told): seconds, seconds of a core, articles a second, memory, how
many reprints were found and how many strangers linked, by a month that is read at once. With `stored` an archive is
filled as well, batch by batch, in the order of publication and in any order. Of several numbers a line through the
seconds of a core tells what a million would take, if it is a line: the power says so, 1 is linear.
"""

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from data import copies, schema
from data.archive import open_archive
from ingest.copies import sketch_of, word_hash

START = datetime(2024, 1, 1, tzinfo=UTC)
OUTLETS = 400
BATCH = 4_000
MILLION = 1_000_000


def main() -> None:
    """Each number of articles, and what a million would take."""
    counts = [int(word) for word in sys.argv[1:] if word.isdigit()] or [30_000, 100_000]
    ways: dict[str, list[float]] = {}
    for articles in counts:
        readings, truth = month(articles)
        ways.setdefault("at once", []).append(at_once(readings, truth))
        if "stored" in sys.argv:
            shuffled = readings.sample(fraction=1, shuffle=True, seed=1)
            for way, rows in (("in order", readings), ("in any order", shuffled)):
                ways.setdefault(way, []).append(stored(way, rows))
    for way, seconds in ways.items():
        print(f"{way:>12}: {line(counts, seconds)}")


def at_once(readings: pl.DataFrame, truth: pl.Series) -> float:
    """Seconds of a core to link a month that is read at once, printed with what was found."""
    began, worked = time.perf_counter(), time.process_time()
    found = copies.originals(readings)["copy_of"]
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    right = (found == truth).sum()
    strangers = found.filter(found != truth).len() + found.filter(truth.is_null()).drop_nulls().len()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{readings.height:>9,} at once: {seconds:6.1f} s ({cpu:.1f} s of a core), {memory:.1f} GB; "
        f"{right:,} of {truth.count():,} reprints found, {strangers:,} strangers linked",
        flush=True,
    )
    return cpu


def stored(way: str, readings: pl.DataFrame) -> float:
    """Seconds of a core to fill an archive batch by batch, printed with how many are linked otherwise than at once."""
    folder = Path(tempfile.mkdtemp(prefix="newsgauge-bench-"))
    try:
        archive = open_archive(str(folder / "archive"), create=True)
        none = [schema.empty(table) for table in ("articles", "mentions", "fetches")]
        began, worked = time.perf_counter(), time.process_time()
        for number, some in enumerate(readings.iter_slices(BATCH)):
            archive.append(none[0], some, none[1], none[2], f"b{number}")
            if number % 5 == 4:
                archive.tidy()
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
        linked = archive.readings().sort("article_id").collect()["copy_of"]
        others = linked.ne_missing(copies.originals(readings).sort("article_id")["copy_of"]).sum()
        print(
            f"{readings.height:>9,} {way}: {seconds:6.1f} s ({cpu:.1f} s of a core); {others:,} linked otherwise",
            flush=True,
        )
        return cpu
    finally:
        shutil.rmtree(folder)


def line(counts: list[int], seconds: list[float]) -> str:
    """How the seconds grow with the articles, and what a million would take by a line through them."""
    if len(counts) == 1:
        return "one number of articles tells nothing of a million"
    slope, start = np.polyfit(counts, seconds, 1)
    power = np.polyfit(np.log(counts), np.log(seconds), 1)[0]
    by_power = seconds[-1] * (MILLION / counts[-1]) ** power
    by_line = f"{slope * MILLION:.0f} s of a core for a million more, {start:.1f} s to begin with"
    return f"{by_line}; by the power {power:.2f} that fits, {by_power:.0f} s for a million"


def month(articles: int) -> tuple[pl.DataFrame, pl.Series]:
    """Readings of a month and the original of each, in the order in which they are published."""
    random = np.random.default_rng(articles)
    outlet = np.minimum(random.zipf(1.3, articles) - 1, OUTLETS - 1)
    original = _originals(random, outlet)
    sketches = pl.Series(list(_sketches(random, outlet, original)), dtype=schema.READINGS["sketch"])
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
            "sketch": sketches,
            "story": ids,
        }
    )
    blank = {column: pl.lit(None) for column in schema.READINGS if column not in readings.columns}
    readings = readings.with_columns(**blank).select(pl.col(c).cast(k) for c, k in schema.READINGS.items())
    return readings, ids.gather(pl.Series(original).set(pl.Series(original < 0), None))


def _originals(random: np.random.Generator, outlet: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of what each article reprints, of another outlet and of the two days before; -1 for an original."""
    original = np.full(outlet.size, -1)
    day = outlet.size // 31
    for place in np.flatnonzero(random.random(outlet.size) < 0.2):
        of = place - random.integers(1, 2 * day)
        of = of // day * day + random.integers(0, 2) if random.random() < 0.4 else of
        if 0 <= of < place and original[of] < 0 and outlet[of] != outlet[place]:
            original[place] = of
    return original


def _sketches(
    random: np.random.Generator, outlet: NDArray[np.int64], original: NDArray[np.int64]
) -> Iterator[list[int] | None]:
    """The sketch of each article's text. A text is hashes of words, which is all that a sketch is made from."""
    say = _speaker(random)
    subscribe, agencies = [say(30) for _ in range(OUTLETS)], [say(25) for _ in range(3)]
    quotes = [say(random.integers(8, 40)) for _ in range(max(100, outlet.size // 50))]
    reprinted = set(original.tolist())
    texts: dict[int, NDArray[np.uint64]] = {}
    for place in range(outlet.size):
        of = int(original[place])
        text = _reprint(random, texts[of], say) if of >= 0 else _article(random, quotes, say)
        if place in reprinted:
            texts[place] = text
        footer = [agencies[place % 3]] if random.random() < 1 / 3 else []
        yield sketch_of(np.concatenate([text, *footer, subscribe[outlet[place]]]))


Say = Callable[[int], NDArray[np.uint64]]


def _speaker(random: np.random.Generator, words: int = 60_000) -> Say:
    """Gives so many words, the hundred most frequent of which are half of any text (Zipf's law)."""
    hashes = np.array([word_hash(f"word{number}") for number in range(words)], dtype=np.uint64)
    share = 1 / (np.arange(words) + 2.7)
    until = np.cumsum(share / share.sum())
    return lambda count: hashes[np.minimum(np.searchsorted(until, random.random(count)), words - 1)]


def _article(random: np.random.Generator, quotes: list[NDArray[np.uint64]], say: Say) -> NDArray[np.uint64]:
    """A text of its own, with up to three things that others quote as well."""
    text = say(int(np.clip(random.lognormal(5.9, 0.5), 120, 900)))
    quoted = [quotes[random.integers(len(quotes))] for _ in range(random.integers(0, 4))]
    return np.concatenate([text, *quoted])


def _reprint(random: np.random.Generator, text: NDArray[np.uint64], say: Say) -> NDArray[np.uint64]:
    """The text whole, cut, under a new lead, or with a paragraph of its own."""
    how = random.integers(4)
    if how == 1:
        return text[: int(text.size * random.uniform(0.5, 0.9))]
    if how == 2:
        return np.concatenate([say(25), text[25:]])
    if how == 3:
        middle = text.size // 2
        return np.concatenate([text[:middle], say(int(text.size * random.uniform(0.05, 0.25))), text[middle:]])
    return text


if __name__ == "__main__":
    main()
