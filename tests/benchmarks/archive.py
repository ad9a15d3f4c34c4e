"""Seconds that the archive needs for real articles: python tests/benchmarks/archive.py FILE.parquet [BATCH]

FILE has columns `url, outlet, title, text, published_at` (a day). Its rows are shuffled, so that each batch touches
every month, which is the worst case. Mentions are made up, two an article: what is measured is the store, not the
reading.
Prints import, second import, append to the grown archive, opening, pinning, scanning and the queries.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[2]))

from data import identity, queries, schema
from data.archive import Archive, open_archive
from data.filters import Filters

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def main() -> None:
    """Run every measurement on an archive that is thrown away."""
    articles = read_articles(sys.argv[1])
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 4_000
    folder = Path(tempfile.mkdtemp(prefix="newsgauge-bench-"))
    try:
        archive = open_archive(str(folder / "archive"), create=True)
        first_import(archive, articles, batch)
        second_import(archive, articles, batch)
        changed(archive, articles)
        small_batches(archive, articles)
        reads(archive)
    finally:
        shutil.rmtree(folder)


def first_import(archive: Archive, articles: pl.DataFrame, batch: int) -> None:
    """All articles into an empty archive."""
    print(f"{articles.height:,} articles over {articles['month'].n_unique()} months, batches of {batch:,}")
    with took("first import: unseen") as unseen, took("first import: append") as append:
        for number, some in enumerate(articles.iter_slices(batch)):
            fresh = unseen(lambda some=some: archive.unseen(some).drop("status"))
            append(lambda fresh=fresh, number=number: store(archive, fresh, f"first-{number}"))
    print(f"    files of articles: {len(archive.tables['articles'].file_uris())}")
    with took("tidy") as tidy:
        tidy(archive.tidy)
    print(f"    files of articles: {len(archive.tables['articles'].file_uris())}")


def second_import(archive: Archive, articles: pl.DataFrame, batch: int) -> None:
    """The same articles again: nothing is unseen."""
    with took("second import: unseen") as unseen:
        for some in articles.iter_slices(batch):
            assert unseen(lambda some=some: archive.unseen(some)).is_empty()


def changed(archive: Archive, articles: pl.DataFrame) -> None:
    """Twenty changed texts among a thousand articles of one month."""
    month = articles["month"].value_counts(sort=True)["month"][0]
    some = articles.filter(pl.col("month") == month).head(1_000)
    again = some.head(20).with_columns(
        delivered_hash=pl.lit("other"), text_hash=pl.lit("other"), title=pl.col("title") + " (updated)"
    )
    new = some.tail(-20).with_columns(pl.concat_str("id", pl.lit("x")).alias("id"))
    with took("20 changed among 1,000: unseen") as unseen, took("20 changed among 1,000: append") as append:
        fresh = unseen(lambda: archive.unseen(pl.concat([again, new])).drop("status"))
        append(lambda: store(archive, fresh, "changed"))


def small_batches(archive: Archive, articles: pl.DataFrame) -> None:
    """Twenty batches of a thousand new articles of this month, as ingest appends them."""
    month = "2024-01"
    with took("1,000 new, 20 times: unseen") as unseen, took("1,000 new, 20 times: append") as append:
        for number in range(20):
            some = articles.slice(number * 1_000, 1_000).with_columns(
                id=pl.concat_str("id", pl.lit(f"-{number}")), month=pl.lit(month), published_at=pl.lit(NOW)
            )
            fresh = unseen(lambda some=some: archive.unseen(some).drop("status"))
            append(lambda fresh=fresh, number=number: store(archive, fresh, f"new-{number}"))
    with took("maintain") as maintain:
        maintain(archive.maintain)


def reads(archive: Archive) -> None:
    """What a page of the dashboard asks for."""
    with took("open") as opening:
        opening(lambda: open_archive(archive.url))
    with took("pin, 10 times") as pin:
        for _ in range(10):
            pin(archive.pin)
    with took("one month of titles") as month:
        month(lambda: archive.articles().filter(pl.col("month") == "2024-01").select("id", "title").collect())
    with took("hot frame") as hot_frame:
        hot = hot_frame(lambda: queries.enriched(archive.mentions(), archive.readings()))
    readings = queries.narrow(archive.readings())
    big = pl.concat([hot] * max(1, 100_000 // hot.height)) if hot.height else hot
    print(f"    queries on {big.height:,} mentions:")
    actors = big["actor"].cast(pl.String).unique().sort().to_list()
    for name, query in {
        "volume": lambda: queries.volume(big, readings, Filters(), "week"),
        "volume of one actor by day": lambda: queries.volume(big, readings, Filters(actors=(actors[0],)), "day"),
        "tone": lambda: queries.tone(big, Filters(), "month"),
        "share of voice": lambda: queries.share_of_voice(big, Filters()),
        "balance": lambda: queries.balance(big, Filters()),
        "co-mentions": lambda: queries.co_mentions(big, Filters(), actors),
        "summary": lambda: queries.summary(big, readings, Filters()),
    }.items():
        query()
        with took(f"    {name}, 10 times") as timed:
            for _ in range(10):
                timed(query)


def store(archive: Archive, articles: pl.DataFrame, batch: str) -> None:
    """Append articles with made-up readings and mentions."""
    common = ["month", "published_at", "outlet", "language"]
    readings = articles.select(
        "version",
        *common,
        article_id="id",
        words=pl.lit(800, pl.Int32),
        tone=pl.lit(0.1),
        positive=pl.lit(2.0),
        negative=pl.lit(2.0),
        topics=pl.lit(["politics"]),
        fingerprint="text_hash",
        sketch=pl.lit(None, pl.List(pl.Int32)),
        copy_of=pl.lit(None, pl.String),
        story="text_hash",
        catalogue_version=pl.lit("c"),
        model_version=pl.lit("m"),
    ).select(*schema.READINGS)
    span = {"field": "text", "start": 0, "end": 4, "text": "NATO", "rule": "strong NATO"}
    passage = {"field": "text", "start": 0, "end": 90, "tone": 0.1}
    mentions = pl.concat(
        articles.select(
            *common,
            article_id="id",
            actor=pl.concat_str(pl.lit(f"actor-{half}-"), pl.col("id").str.slice(0, 1)),
            kind=pl.lit("name"),
            tone=pl.col("id").hash(half).cast(pl.Float64) / 2.0**63 - 1,
            lexicon_tone=pl.lit(0.1),
            confidence=pl.lit(None, pl.Float64),
            spans=pl.lit([span], pl.List(schema.SPAN)),
            passages=pl.lit([passage], pl.List(schema.PASSAGE)),
            catalogue_version=pl.lit("c"),
            model_version=pl.lit("m"),
        ).select(*schema.MENTIONS)
        for half in range(2)
    )
    archive.append(articles, readings, mentions, schema.empty("fetches"), batch)


def read_articles(file: str) -> pl.DataFrame:
    """schema.ARTICLES from a file of articles."""
    rows = pl.read_parquet(file).unique("url", maintain_order=True).sample(fraction=1, shuffle=True, seed=1)
    day = pl.col("published_at").str.to_datetime("%Y-%m-%d", time_unit="us", time_zone="UTC")
    given = {
        "id": pl.Series([identity.article_id(url) for url in rows["url"]]),
        "month": rows["published_at"].str.slice(0, 7),
        "text_hash": pl.Series([identity.digest(*row) for row in rows.select("title", "text").iter_rows()]),
    }
    return (
        rows.with_columns(
            **given,
            published_at=day,
            authors=pl.lit([], pl.List(pl.String)),
            version=pl.lit(1, pl.Int32),
            language=pl.lit("en"),
            collected_at=pl.lit(NOW),
            seen_at=pl.lit(NOW),
        )
        .with_columns(delivered_hash="text_hash", claimed_at="published_at")
        .with_columns(
            pl.lit("file").alias("text_from"),
            pl.lit("file").alias("published_from"),
            pl.lit(None, pl.String).alias("guid"),
            pl.lit(None, pl.Float64).alias("gdelt_tone"),
        )
        .select(*schema.ARTICLES)
        .cast(dict(schema.ARTICLES))
    )


@contextmanager
def took(name: str) -> Iterator[Callable]:
    """Print the seconds that all calls made through it took together."""
    seconds = 0.0
    calls = 0

    def timed(call: Callable) -> object:
        nonlocal seconds, calls
        start = time.perf_counter()
        result = call()
        seconds += time.perf_counter() - start
        calls += 1
        return result

    yield timed
    print(f"{name:45} {seconds:8.3f} s" + (f" {1000 * seconds / calls:9.1f} ms each" if calls > 1 else ""))


if __name__ == "__main__":
    main()
