"""What the bytes of an archive are: python -m tests.benchmarks.space ARCHIVE [--maintained]

Prints for each table of the press how many bytes a row takes, and which of its columns how many, as the Parquet files
say it; and the search index, in bytes an article, where there is one. With `--maintained` it does so as well for a copy
that has all in one month, as `maintain` leaves it, and tells how long that takes, and how long it takes to read all
texts before and after, in seconds of all cores.
"""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import duckdb
import polars as pl

from data import index
from data.archive import Archive, files_of, open_archive

TABLES = ("articles", "readings", "mentions")
MONTH, NEXT = "2024-01", "2024-02"
LEAST = 0.5  # bytes a row of a column that is told


def main() -> None:
    """Measure and print."""
    archive = open_archive(sys.argv[1])
    told(archive)
    if "--maintained" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            maintained(archive, f"{folder}/archive")


def told(archive: Archive) -> None:
    """Print the bytes of each table and column."""
    total = 0.0
    articles = files_of(archive.tables["articles"])["rows"].sum()
    for table in TABLES:
        files = files_of(archive.tables[table])
        rows, size = files["rows"].sum(), files["bytes"].sum()
        total += size
        columns = ", ".join(
            f"{name.replace(', list, element', '')} {taken / rows:,.1f}"
            for name, taken in of_columns(archive, table, LEAST * rows)
        )
        print(f"{table}: {rows:,} rows in {files.height:,} files, {size / rows:,.0f} bytes each: {columns}")
    print(f"all of an article, its reading and its mentions: {total / articles:,.0f} bytes")
    if (folder := index.folder_of(archive.url)).exists():
        kinds = Counter[str]()
        for file in folder.rglob("*.*"):
            kinds[file.suffix[1:]] += file.stat().st_size
        parts = ", ".join(f"{kind} {size / articles:,.1f}" for kind, size in kinds.most_common())
        print(f"search index: {kinds.total() / articles:,.0f} bytes an article: {parts}")


def of_columns(archive: Archive, table: str, least: float) -> list[tuple[str, int]]:
    """The bytes of each column that takes so many at least, the largest first."""
    found = duckdb.execute(
        "SELECT path_in_schema, sum(total_compressed_size) AS taken FROM parquet_metadata($1) "
        "GROUP BY 1 HAVING taken >= $2 ORDER BY taken DESC",
        [archive.tables[table].file_uris(), least],
    )
    return [(name, int(taken)) for name, taken in found.fetchall()]


def maintained(archive: Archive, url: str) -> None:
    """The same of a copy that has all in one month, as a large press would, in two commits that `maintain` joins."""
    copy = open_archive(url, create=True)
    for table in TABLES:
        rows = archive.scan(table).collect().with_row_index()
        # Another month after it: this one is over.
        rows = rows.with_columns(
            month=pl.when(pl.col("index") < rows.height - 1).then(pl.lit(MONTH)).otherwise(pl.lit(NEXT))
        )
        for half in range(2):
            some = rows.filter(pl.col("index") % 2 == half).drop("index")
            copy.write(table, f"{half}", lambda some=some: (some, None))  # type: ignore[misc]
    before = seconds(lambda: copy.articles().select("text").collect())
    took = seconds(copy.maintain)
    print(
        f"\nall in one month, maintained in {took:,.1f} s of all cores; texts read in {before:.2f} s before, ", end=""
    )
    print(f"{seconds(lambda: copy.articles().select('text').collect()):.2f} s after")
    told(copy)


def seconds(work) -> float:  # type: ignore[no-untyped-def]
    """Seconds of all cores that it takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
