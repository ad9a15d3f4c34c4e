"""Articles a second to group a press into stories: python tests/benchmarks/stories.py [ARTICLES]

A made-up press, 1,000 articles a day: half of the events are told once, the others by up to hundreds over days, in
words of their own among those that anybody uses. Prints seconds and articles a second for half and for all of it,
which take the same time an article if the work is linear, and beside them the plain way on the first days: each article
compared with every story that is alive. Of both: how many of the pairs put together are of one event, and how many of
those that are of one event are together. Then what a run pays that adds 1,000 articles to an archive of all others.
"""

import resource
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from math import log, sqrt
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[2]))

from data import stories

START = datetime(2024, 1, 1, tzinfo=UTC)
A_DAY = 1_000
PLAIN = 2_000
WORDS = 80_000


def main() -> None:
    """Half and all of the articles, then the plain way."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for articles in (count // 2, count):
        readings, events = press(articles)
        found, seconds, cpu = timed(lambda some=readings: stories.grouped(some))  # type: ignore[misc]
        print(f"{articles:>9,} articles: {told(articles, seconds, cpu)}; {right(found, events)}")
    first, of_first = readings.head(PLAIN), events.head(PLAIN)
    for name, way in (("stories.grouped", stories.grouped), ("the plain way", plainly)):
        found, seconds, cpu = timed(lambda way=way: way(first))  # type: ignore[misc]
        print(f"{PLAIN:>9,} articles by {name}: {told(PLAIN, seconds, cpu)}; {right(found, of_first)}")
    known, new = readings.head(count - 1_000), readings.tail(1_000)
    reach = known.filter(pl.col("published_at") >= new["published_at"].min() - pl.duration(days=stories.REACH))
    settled = reach.drop("story").join(stories.grouped(reach), on="article_id").select(stories.COMPARED)
    _, seconds, cpu = timed(lambda: stories.grouped(new, settled))
    beside = f"1,000 more, beside {settled.height:,} of the {stories.REACH} days before"
    print(f"    {beside}: {seconds:.1f} s ({cpu:.1f} s of a core)")


def timed(work):  # type: ignore[no-untyped-def]
    """What it gives, seconds, and seconds of a core."""
    began, worked = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - began, time.process_time() - worked


def told(articles: int, seconds: float, cpu: float) -> str:
    """Seconds, articles a second of a core, memory."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return f"{seconds:.1f} s ({cpu:.1f} s of a core), {articles / cpu:,.0f} a second of a core, {memory:.1f} GB"


def press(articles: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Readings in the order of publication, and `article_id, event`."""
    random = np.random.default_rng(7)
    days = articles / A_DAY
    size = np.where(random.random(articles) < 0.5, 1, np.minimum(300, 1 + random.zipf(1.7, articles)))
    event = np.repeat(np.arange(articles), size)[:articles]
    begins = random.random(articles) * days
    at = np.minimum(begins[event] + np.where(size[event] > 1, random.exponential(1.5, articles), 0), days)
    # Who, what and where of an event: names are rare, what happened is what happens.
    own = np.hstack(
        [random.integers(2_000, WORDS, (articles, 14)), np.minimum(random.zipf(1.25, (articles, 10)), WORDS)]
    )
    picked = np.take_along_axis(own[event], random.random((articles, 24)).argsort(axis=1)[:, :14], axis=1)
    others = np.minimum(random.zipf(1.25, (articles, 46)), WORDS)
    words = np.hstack([picked, others])
    in_title = np.zeros(words.shape, dtype=np.int64)
    in_title[:, :5] = in_title[:, 14:17] = 1
    signatures = [np.unique(row) for row in (words * 2_654_435_761 % 2**30 // 2 * 2 | in_title)]
    signatures = [row[np.append(row[1:] // 2 != row[:-1] // 2, True)] for row in signatures]
    ids = pl.Series([f"{number:08x}" for number in range(articles)])
    moments = pl.from_epoch(pl.Series((at * 86_400e6 + START.timestamp() * 1e6).astype(np.int64)), "us")
    readings = pl.DataFrame(
        {
            "article_id": ids,
            "published_at": moments.dt.replace_time_zone("UTC"),
            "words": 500,
            "copy_of": pl.Series([None], dtype=pl.String).extend_constant(None, articles - 1),
            "signature": pl.Series(signatures, dtype=pl.List(pl.Int32)),
            "story": pl.Series([None], dtype=pl.String).extend_constant(None, articles - 1),
            "event": event,
        }
    )
    readings = readings.sort("published_at", "article_id").with_columns(
        month=pl.col("published_at").dt.strftime("%Y-%m")
    )
    return readings.select(stories.COMPARED), readings.select("article_id", "event")


def right(found: pl.DataFrame, events: pl.DataFrame) -> str:
    """How many pairs that are together are of one event, and how many of one event are together."""
    both = found.join(events, on="article_id")

    def pairs(*by: str) -> int:
        n = both.group_by(by).len()["len"].cast(pl.Int64)
        return int((n * (n - 1) // 2).sum())

    together = pairs("story", "event")
    precision, recall = together / max(1, pairs("story")), together / max(1, pairs("event"))
    return f"of pairs together {precision:.0%} are one event, of one event {recall:.0%} are together"


def plainly(readings: pl.DataFrame) -> pl.DataFrame:
    """Each article to the most alike of all stories alive, by the cosine of words as they weigh at the end."""
    uses = Counter(word >> 1 for row in readings["signature"] for word in row)
    weight = {word: log(readings.height / n) for word, n in uses.items()}
    alive: dict[str, tuple[float, dict[int, float]]] = {}
    found = []
    rows = readings.select("article_id", pl.col("published_at").dt.epoch("s"), "signature")
    for article, at, signature in rows.iter_rows():
        own = {word >> 1: weight[word >> 1] * (stories.TITLE if word & 1 else 1) for word in signature}
        length = sqrt(sum(value * value for value in own.values())) or 1.0
        best, likeness = article, stories.ALIKE * 1.5
        for name, (last, words) in alive.items():
            if at - last <= stories.QUIET * 86_400:
                shared = sum(value * words[word] for word, value in own.items() if word in words)
                cosine = shared / length / (sqrt(sum(value * value for value in words.values())) or 1.0)
                if cosine > likeness:
                    best, likeness = name, cosine
        words = defaultdict(float, alive[best][1] if best in alive else {})
        for word, value in own.items():
            words[word] += value
        alive[best] = (at, words)
        found.append((article, best))
    return pl.DataFrame(found, schema=["article_id", "story"], orient="row")


if __name__ == "__main__":
    main()
