"""Searching titles and texts: python -m tests.benchmarks.search ARCHIVE [ARTICLES FOLDER]

Of an archive alone, as it is and with its index, asks queries of words that it has: rare ones, frequent ones and the
most frequent, phrases, parts joined and left out, NEAR, fields, beginnings of words, and facts.

With the rest it makes an archive of so many articles in FOLDER, those of ARCHIVE again and again under other ids, and
lets the index catch up with it. Prints articles a second, bytes an article, and for each query the articles found and
the time to find and count them and to lay the newest 50 beside their titles, 50th and 95th percentile in milliseconds:
for the first time, with nothing kept of an answer before it, and again; and by a scan of titles and texts with polars,
for queries of one word. Times are of all cores, wall time beside them: on a machine that does other things, only the
first can be compared.
"""

import gc
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[2]))

from data import grammar, index, search
from data.archive import Archive, open_archive
from data.identity import digest

QUERIES = (
    "nato",
    "ukraine",
    "trump",
    "stoltenberg",
    "kyiv OR kiev",
    "nato russia",
    '"white house"',
    '"european union" brexit',
    "sanction*",
    "election NOT trump",
    "missile NEAR/5 korea",
    "(grain OR wheat) NEAR/10 export*",
    "title:korea",
    'title:"north korea" missile',
    "(refugee* OR migrant*) (germany OR merkel)",
    "zebra",
)
SCANNED = ("nato", "stoltenberg", "zebra")
TIMES = 7
STEP = 4_000


def main() -> None:
    """The archive, its index, the queries."""
    if len(sys.argv) == 2:
        own_words(open_archive(sys.argv[1]))
        return
    source, count, folder = open_archive(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    archive = repeated(source, count, str(folder / f"archive-{count}"))
    began, worked = time.perf_counter(), time.process_time()
    read = index.catch_up(archive)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    size = sum(file.stat().st_size for file in index.folder_of(archive.url).rglob("*"))
    articles = archive.articles().select("id", "title", "published_at").sort("published_at", descending=True).collect()
    print(f"{articles.height:,} articles; {size / articles.height:,.0f} bytes of index an article")
    if read:
        print(
            f"caught up with {read:,} in {seconds:,.0f} s ({cpu:,.0f} of a core): {read / cpu:,.0f} a second of a core"
        )
    asked(archive, articles, QUERIES)
    for query in SCANNED:
        report(f"{query} (scan)", lambda query=query: scanned(archive, query), 2)


def own_words(archive: Archive) -> None:
    """Queries of words that stand in the titles of the newest articles, by how many articles have them."""
    ready = search.opened(archive)
    assert ready.index is not None
    articles = archive.articles().select("id", "title", "published_at").sort("published_at", descending=True).collect()
    words = {word for title in articles["title"].head(2_000) for word in grammar.split(title or "") if len(word) > 2}
    often = sorted((ready.index.searcher.doc_freq("text", word), word) for word in words - _OPERATORS)
    ranked = [word for times, word in often if times]
    rare, middling, frequent, most = (ranked[int(part * (len(ranked) - 1))] for part in (0.05, 0.5, 0.95, 1))
    pair = next(grammar.split(one)[:2] for one in articles["title"] if len(grammar.split(one or "")) > 1)
    queries = (rare, middling, frequent, most, f'"{" ".join(pair)}"', f"{frequent} {most}", f"{frequent} OR {middling}")
    queries += (f"{most} NOT {frequent}", f"{frequent} NEAR/5 {most}", f"title:{frequent}", f"{frequent[:4]}*")
    known = archive.mentions().select("actor").head(1).collect().item(), articles["published_at"][0].strftime("%Y-%m")
    queries += (f"actor:{known[0]} {frequent}", f"date:{known[1]} {frequent}", f"tone<-0.5 NOT {frequent}")
    print(f"{articles.height:,} articles")
    asked(archive, articles, queries)


def asked(archive: Archive, articles: pl.DataFrame, queries: Sequence[str]) -> None:
    """Print what it takes to open the index, to ask the first query, and each query for the first time and again."""
    ready, *opening = timed(lambda: search.opened(archive))
    places, *placing = timed(lambda: search.placed(ready, articles["id"]))
    _, *first = timed(lambda: newest(ready, articles, places, queries[0]))
    gc.freeze()  # as a dashboard does: what is alive now is not walked through again
    told = ", ".join(
        f"{what} {cpu * 1e3:,.0f} ({wall * 1e3:,.0f})"
        for what, (cpu, wall) in (("opened in", opening), ("list placed in", placing), ("first query", first))
    )
    print(f"{told} ms of all cores (by the clock)")
    told = f"{'50 %':>7}  {'95 %':>7}"
    print(f"{'query, for the first time and again':45} {'found':>8} {told}  {told} (of all cores, by the clock)")
    anew: list[tuple[list[float], list[float]]] = []
    again: list[tuple[list[float], list[float]]] = []
    for query in queries:
        ask = partial(newest, ready, articles, places, query)
        anew.append(report(query, ask, TIMES, partial(forget, ready)))
        again.append(report("  again", ask, TIMES))
    for name, runs in (("for the first time", anew), ("again", again)):
        for what, spent in zip(("of all cores", "by the clock"), zip(*runs, strict=True), strict=True):
            within = at(sorted(one for each in spent for one in each), 0.95) * 1e3
            print(f"all queries {name}: 95 % within {within:,.0f} ms {what}")


def forget(ready: search.Search) -> None:
    """Keep nothing of the answers before."""
    ready.facts._held.clear()
    if ready.index:
        ready.index._kept.clear()


_OPERATORS = {"and", "or", "not", "near"}


def repeated(source: Archive, count: int, url: str) -> Archive:
    """An archive of so many articles; those that it has already are not made again."""
    archive = open_archive(url, create=True)
    have = archive.articles().select(pl.len()).collect().item()
    rows = source.articles().collect().sort("id")
    for start in range(have, count, STEP):
        numbers = range(start, min(start + STEP, count))
        taken = rows[[number % rows.height for number in numbers]]
        ids = [digest(one, str(number // rows.height))[:16] for one, number in zip(taken["id"], numbers, strict=True)]
        made = taken.with_columns(pl.Series("id", ids), version=pl.lit(1, pl.Int32))
        archive.write("articles", f"{start}", lambda made=made: (made, None))  # type: ignore[misc]
    archive.tidy(files=1)
    return archive


def newest(ready: search.Search, articles: pl.DataFrame, places: search.Places, query: str) -> tuple[int, pl.DataFrame]:
    """How many articles are found, and the newest 50 with their titles."""
    found = np.flatnonzero(search.among(ready, query, places))
    return len(found), articles[found[:50]]


def scanned(archive: Archive, word: str) -> tuple[int, pl.DataFrame]:
    """The same for one word, by reading all titles and texts."""
    said = pl.any_horizontal(
        search.folded(pl.col(column).fill_null("")).str.contains(rf"\b{word}\b") for column in ("title", "text")
    )
    found = archive.articles().filter(said).select("id", "title", "published_at").collect()
    return found.height, found.sort("published_at", descending=True).head(50)


def report(
    name: str,
    work: Callable[[], tuple[int, pl.DataFrame]],
    times: int,
    before: Callable[[], None] | None = None,
) -> tuple[list[float], list[float]]:
    """Print a line; the seconds of a core and of the wall of each time."""
    (found, _), *_ = timed(work)
    runs = []
    for _ in range(times):
        if before:
            before()
        runs.append(timed(work))
    cpus, walls = sorted(cpu for _, cpu, _ in runs), sorted(wall for _, _, wall in runs)
    told = "  ".join(f"{at(some, part) * 1e3:7,.1f}" for some in (cpus, walls) for part in (0.5, 0.95))
    print(f"{name:45} {found:8,} {told} ms", flush=True)
    return cpus, walls


def timed(work):  # type: ignore[no-untyped-def]
    """What it gives, seconds of a core, seconds."""
    began, worked = time.perf_counter(), time.process_time()
    found = work()
    return found, time.process_time() - worked, time.perf_counter() - began


def at(values: list[float], part: float) -> float:
    """The value that this part of them does not pass."""
    return values[min(int(len(values) * part), len(values) - 1)]


if __name__ == "__main__":
    main()
