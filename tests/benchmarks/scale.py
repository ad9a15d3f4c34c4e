"""What an archive costs as it grows, in one table: questions, opening, keeping, memory, bytes.

    python -m tests.benchmarks.scale FOLDER [--sizes 1000000:12 3000000:36 10000000:120] [--times 15]
        [--others 5] [--only WORDS ...]

Archives that FOLDER lacks are made by tests/benchmarks/large_archive.py, articles:months, as many a month in each, and
their totals are kept as `maintain` keeps them. Each question is asked three times over, of the same files: as the
product answers it (`data/derived.py`), by a plain scan of the tables' Parquet files with polars, and by DuckDB. The
three have to count the same. Figures are milliseconds of warm repetitions: by the clock the median and the 95th
percentile, and behind them those of all cores together, the median. With --only, those questions alone are asked whose
names have one of these words, and nothing else is measured. Memory is that of a process that holds what the dashboard
holds.
"""

# ruff: noqa: S608 (the questions' words are the catalogue's)

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from dashboard import answers, held
from dashboard.kept import Kept
from data import derived, queries, rollup, tallies
from data.archive import Archive, open_archive
from data.derived import Derived
from data.filters import Filters
from tests.benchmarks import large_archive

SIZES = ["1000000:12", "3000000:36", "10000000:120"]
Answer = Callable[[], pl.DataFrame]


def main() -> None:
    """Make what is missing, measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--sizes", nargs="+", default=SIZES)
    asked.add_argument("--times", type=int, default=15)
    asked.add_argument("--others", type=int, default=5, help="how often polars and DuckDB are asked; 0: not at all")
    asked.add_argument("--only", nargs="+", default=[""])
    options = asked.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} core(s)\n")
    for size in options.sizes:
        articles, months = map(int, size.split(":"))
        archive = made(options.folder / f"archive-{articles}", articles, months)
        measured(archive, options.times, options.others, options.only)
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


def made(folder: Path, articles: int, months: int) -> Archive:
    """The archive, with its totals; made where it is not there."""
    if not folder.exists():
        large_archive.make(str(folder), articles, months, seed=1)
    archive = open_archive(str(folder))
    took = Took(lambda: derived.catch_up(archive), 1)
    if took.first:
        print(f"{took.first} months of totals were worked out in {took.cpu:,.0f} ms of all cores")
    return archive


def measured(archive: Archive, times: int, of_others: int, only: list[str]) -> None:
    """The table of one archive: the questions whose names have one of these words."""
    size = archive.size()
    print("**{articles:,} articles, {mentions:,} mentions, {first_day} to {last_day}**\n".format(**size))
    print("| question | goal | Newsgauge | polars scan | DuckDB |")
    print("|---|---|---|---|---|")
    for one in questions(archive, date.fromisoformat(size["last_day"])):
        if not any(word in one.name for word in only):
            continue
        ours = Took(one.ours, times)
        others = [Took(answer, of_others) for answer in (one.plain, one.by_duckdb) if of_others]
        for other in others:
            same(one.name, ours.first, other.first)
        told = " | ".join(str(took) for took in (ours, *others))
        print(f"| {one.name} | {one.goal} | {told} |", flush=True)
    if only != [""]:
        return
    opening = Took(lambda: derived.opened(archive.pin()), times)
    print(f"| open the archive as it is now | | {opening} | | |")
    print(f"\n{bytes_of(archive)}\n{process(archive)}\n", flush=True)


class Took:
    """What something gives, and how long it takes in milliseconds: median and p95 by the clock, median of all cores."""

    def __init__(self, work: Callable[[], object], times: int) -> None:
        self.first = work() if times > 1 else None
        walls, cores = [], []
        for _ in range(times):
            wall, core = time.perf_counter(), time.process_time()
            found = work()
            walls.append((time.perf_counter() - wall) * 1e3)
            cores.append((time.process_time() - core) * 1e3)
        self.first = found if times == 1 else self.first
        self.median, self.p95 = sorted(walls)[times // 2], sorted(walls)[round(0.95 * (times - 1))]
        self.cpu = sorted(cores)[times // 2]

    def __str__(self) -> str:
        return f"{self.median:,.0f}, {self.p95:,.0f} ({self.cpu:,.0f})"


def same(name: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """Raises AssertionError where the two tables do not count the same."""
    one, other = (sorted(frame.select(pl.all().cast(pl.String)).rows()) for frame in (ours, theirs))
    assert one == other, f"{name}: {len(one)} and {len(other)} rows, {set(one) ^ set(other)}"[:500]


# Questions


@dataclass(frozen=True)
class Question:
    """One question, asked three ways; all three give the same rows."""

    name: str
    goal: str
    ours: Answer
    plain: Answer
    by_duckdb: Answer


@dataclass(frozen=True, eq=False)
class Files:
    """An archive as its files: scans for polars, tables for DuckDB."""

    mentions: pl.LazyFrame
    readings: pl.LazyFrame
    articles: pl.LazyFrame
    duck: duckdb.DuckDBPyConnection

    def asked(self, sql: str) -> pl.DataFrame:
        """What DuckDB answers."""
        return self.duck.sql(sql).pl()


def files(archive: Archive) -> Files:
    """The files of an archive's tables, with no more than a reader of Parquet would know of them."""
    duck = duckdb.connect()
    scans = {}
    for table in ("mentions", "readings", "articles"):
        paths = archive.tables[table].file_uris()
        scans[table] = pl.scan_parquet(paths, hive_partitioning=False)
        duck.read_parquet(paths, hive_partitioning=False).create_view(table)
    duck.sql("SET TimeZone = 'UTC'")
    return Files(**scans, duck=duck)


def questions(archive: Archive, last: date) -> Iterator[Question]:
    """Those that the goals name."""
    kept, plain = derived.opened(archive), files(archive)
    actors = rollup.share_of_voice(kept.counted(Filters()), Filters())["actor"].to_list()
    outlets = plain.asked("SELECT outlet FROM readings GROUP BY ALL ORDER BY count(*) DESC, outlet LIMIT 20")
    month = Filters(from_day=last - timedelta(days=29), to_day=last)
    topic = plain.asked("SELECT unnest(topics) t FROM readings LIMIT 1").item()
    yield by_day("30 days, every actor, by day", kept, plain, month)
    yield by_day("one actor's whole history, by day", kept, plain, Filters(actors=(actors[2],)))
    yield by_week("every actor, all of history, by week", kept, plain)
    yield newest("the newest page of articles", archive, plain)
    yield tones("30 days, four actors: tone with interval", kept, plain, month, tuple(actors[:4]))
    yield tones("one actor's whole history: tone with interval, by month", kept, plain, Filters(), (actors[2],))
    yield tones("one actor's whole history: tone with interval, by week", kept, plain, Filters(), (actors[2],), "week")
    combined = Filters(tuple(actors[:5]), tuple(outlets["outlet"]), languages=("en",), topics=(topic,))
    yield combination("five actors, 20 outlets, a language, a topic, all of history", kept, plain, combined)
    everybody = replace(combined, actors=())
    yield combination("every actor, 20 outlets, a language, a topic, all of history", kept, plain, everybody)
    yield together("30 days: which of all actors stand in the same articles", kept, plain, month, actors)


def within(filters: Filters) -> pl.Expr:
    """The filters, as somebody asks them of the files."""
    day = pl.col("published_at").dt.date()
    conditions = [
        pl.col(column).is_in(values)
        for column, values in (("actor", filters.actors), ("outlet", filters.outlets), ("language", filters.languages))
        if values
    ]
    conditions += [day >= filters.from_day, day <= filters.to_day] if filters.from_day else []
    return pl.all_horizontal(pl.lit(True), *conditions)


def where(filters: Filters) -> str:
    """The same for DuckDB."""
    conditions = [
        f"m.{column} IN ({', '.join(repr(one) for one in values)})"
        for column, values in (("actor", filters.actors), ("outlet", filters.outlets), ("language", filters.languages))
        if values
    ]
    if filters.from_day and filters.to_day:
        conditions.append(f"m.published_at >= TIMESTAMPTZ '{filters.from_day} 00:00:00+00'")
        conditions.append(f"m.published_at < TIMESTAMPTZ '{filters.to_day + timedelta(days=1)} 00:00:00+00'")
    return " AND ".join(["TRUE", *conditions])


def counted(kept: Derived, filters: Filters, every: queries.Every) -> pl.DataFrame:
    """Mentions by actor and period, from totals."""
    found = rollup.volume(kept.counted(filters), kept.collected(filters), filters, every)
    return found.filter(pl.col("count") > 0).select("actor", "date", "count")


def by_day(name: str, kept: Derived, plain: Files, filters: Filters) -> Question:
    day = pl.col("published_at").dt.date()
    sql = f"SELECT actor, published_at::DATE AS date, count(*) FROM mentions m WHERE {where(filters)} GROUP BY ALL"
    rows = plain.mentions.filter(within(filters)).group_by("actor", date=day).len()
    return Question(name, "100", lambda: counted(kept, filters, "day"), rows.collect, lambda: plain.asked(sql))


def by_week(name: str, kept: Derived, plain: Files) -> Question:
    week = pl.col("published_at").dt.date().dt.truncate("1w")
    sql = "SELECT actor, date_trunc('week', published_at)::DATE AS date, count(*) FROM mentions m GROUP BY ALL"
    rows = plain.mentions.group_by("actor", date=week).len()
    return Question(name, "100", lambda: counted(kept, Filters(), "week"), rows.collect, lambda: plain.asked(sql))


def newest(name: str, archive: Archive, plain: Files) -> Question:
    """The first page of the list of articles, as the dashboard has it from what it holds."""
    read: list[held.Press] = []

    def ours() -> pl.DataFrame:
        if not read:
            read.append(held.press(archive, archive.url))
        press = replace(read[0], kept=Kept())
        return answers.newest(press, Filters(), "tone", PAGE).select("article_id")

    rows = plain.articles.select("id", "published_at").sort("published_at", "id", descending=[True, False])
    sql = f"SELECT id FROM articles ORDER BY published_at DESC, id LIMIT {PAGE}"
    return Question(name, "100", ours, lambda: rows.head(PAGE).collect().select("id"), lambda: plain.asked(sql))


PAGE = 50


def tones(
    name: str, kept: Derived, plain: Files, filters: Filters, actors: tuple[str, ...], every: queries.Every = "month"
) -> Question:
    """The mean tone by period with what it is of; ours has the interval as well."""
    asked = Filters(actors=actors, from_day=filters.from_day, to_day=filters.to_day)

    def ours() -> pl.DataFrame:
        found = kept.tone(asked, every)
        return found.select("actor", "date", pl.col("tone").round(6), "mentions")

    period = queries.period("day", every)
    read = plain.readings.select("article_id", "story")
    rows = (
        plain.mentions.filter(within(asked))
        .with_columns(day=pl.col("published_at").dt.date())
        .join(read, on="article_id")
        .group_by("actor", date=period)
        .agg(pl.col("tone").mean().round(6), pl.col("tone").count().alias("n"), pl.col("story").n_unique())
    )
    sql = (
        f"SELECT m.actor, date_trunc('{every}', m.published_at)::DATE AS date, round(avg(m.tone), 6), count(m.tone), "
        f"count(DISTINCT r.story) FROM mentions m JOIN readings r USING (article_id) WHERE {where(asked)} GROUP BY ALL"
    )
    return Question(
        name, "100", ours, lambda: rows.collect().drop("story"), lambda: plain.asked(sql)[:, :4].with_columns(ROUNDED)
    )


ROUNDED = pl.selectors.float().round(6)


def combination(name: str, kept: Derived, plain: Files, filters: Filters) -> Question:
    def ours() -> pl.DataFrame:
        found = rollup.volume(kept.chosen(filters), kept.collected(filters), filters, "week")
        return found.filter(pl.col("count") > 0).select("actor", "date", "count")

    week = pl.col("published_at").dt.date().dt.truncate("1w")
    about = plain.readings.filter(pl.col("topics").list.contains(filters.topics[0])).select("article_id")
    rows = plain.mentions.filter(within(filters)).join(about, on="article_id").group_by("actor", date=week).len()
    sql = (
        "SELECT m.actor, date_trunc('week', m.published_at)::DATE AS date, count(*) FROM mentions m "
        f"JOIN readings r USING (article_id) WHERE {where(filters)} "
        f"AND list_contains(r.topics, '{filters.topics[0]}') GROUP BY ALL"
    )
    return Question(name, "600", ours, rows.collect, lambda: plain.asked(sql))


def together(name: str, kept: Derived, plain: Files, filters: Filters, actors: list[str]) -> Question:
    def ours() -> pl.DataFrame:
        found = tallies.together(kept.chosen(replace(filters, actors=tuple(actors))), sorted(actors))
        return found.filter(pl.col("articles") > 0).select("actor", "other", "articles")

    rows = plain.mentions.filter(within(filters)).select("article_id", "actor")
    pairs = rows.join(rows, on="article_id").filter(pl.col("actor") < pl.col("actor_right"))
    sql = (
        f"WITH m AS (SELECT article_id, actor FROM mentions m WHERE {where(filters)}) "
        "SELECT a.actor, b.actor AS other, count(*) FROM m a JOIN m b USING (article_id) "
        "WHERE a.actor < b.actor GROUP BY ALL"
    )
    return Question(
        name, "1,000", ours, lambda: pairs.group_by("actor", "actor_right").len().collect(), lambda: plain.asked(sql)
    )


# Space and memory


def bytes_of(archive: Archive) -> str:
    """How much a row of each table takes."""
    size = {table: archives_size(archive, table) for table in ("articles", "readings", "mentions")}
    kept = sum(file.stat().st_size for file in derived.folder_of(archive.url).iterdir())
    told = ", ".join(f"{table} {total / rows:,.0f}" for table, (rows, total) in size.items())
    return f"Bytes a row: {told}; kept beside a mention {kept / size['mentions'][0]:,.0f}."


def archives_size(archive: Archive, table: str) -> tuple[int, int]:
    from data.archive import files_of

    rows, total = files_of(archive.tables[table]).select(pl.col("rows").sum(), pl.col("bytes").sum()).row(0)
    return rows, total


HOLDER = """
import sys, time
from dashboard import held
started = time.process_time()
press = held.press(held.pinned(sys.argv[1]), sys.argv[1])
# Not getrusage's: that of a new process begins with what its parent holds.
status = open("/proc/self/status").read()
most, now = (int(status.split(word)[1].split()[0]) / 1024 for word in ("VmHWM:", "VmRSS:"))
print(f"{press.mentions.height:,} mentions since {press.first_day}: {now:,.0f} MB, at most {most:,.0f} MB while it "
      f"reads them, which takes {time.process_time() - started:,.1f} s of all cores")
"""


def process(archive: Archive) -> str:
    """What a dashboard's process holds, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", HOLDER, archive.url]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    return f"A dashboard holds {done.stdout.strip() or done.stderr.strip()[-300:]}."


if __name__ == "__main__":
    main()
