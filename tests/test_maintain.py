"""Maintaining an archive changes nothing that is read, wherever it is killed."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl

from data import derived, index, layout, rollup, schema
from data.archive import Archive, open_archive
from data.filters import Filters
from tests.conftest import article, mention, moment, reading

ROOT = Path(__file__).parents[1]

#: For each number that it is told, a process that kills itself where maintenance steps into its work for that time: a
#: commit, a join of files, a clean-up. Libraries are loaded once, in the process that these are forked from.
KILLED = """
import os, signal, sys
from deltalake import table
from data import archive, columns, damage, index, layout
import newsgauge

def counting(work):
    def counted(*args, **named):
        global steps
        steps += 1
        if steps == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args, **named)
    return counted

for owner, name in (
    (archive.Archive, "_commit"),
    (layout, "write_deltalake"),
    (table.DeltaTable, "create_checkpoint"),
    (table.DeltaTable, "vacuum"),
    (table.DeltaTable, "cleanup_metadata"),
    (table.TableOptimizer, "compact"),
    (columns, "write"),
    (index, "_commit"),
):
    setattr(owner, name, counting(getattr(owner, name)))

for line in sys.stdin:
    stop, steps = int(line), 0
    if not (child := os.fork()):
        sys.stdout = sys.stderr
        os._exit(newsgauge.main(["maintain", "--archive", sys.argv[1]]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def filled(url: str) -> Archive:
    """An archive of two months in many small files."""
    made = open_archive(url, create=True)
    for n in range(6):
        at = {"published_at": moment(f"2024-{9 + n % 2:02d}-03")}
        one = f"{n:016x}"
        rows = reading(article_id=one, **at), mention(article_id=one, tone=n / 10, **at)
        made.append(article(id=one, title=f"Item {n}", **at), *rows, schema.empty("fetches"), f"b{n}")
    return made


def test_texts_take_a_seventh_less_after_maintenance_and_are_the_same(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 (makes texts)
    words = ["".join(chance.choices("aeinorst", k=chance.randint(2, 9))) for _ in range(3_000)]
    made = open_archive(str(tmp_path / "archive"), create=True)
    none = [schema.empty(table) for table in ("readings", "mentions", "fetches")]
    for number in range(4):
        at = {"published_at": moment(f"2024-{9 + number % 2:02d}-03")}
        texts = [" ".join(words[int(chance.paretovariate(0.4)) % 3_000] for _ in range(700)) for _ in range(60)]
        made.append(
            pl.concat(article(id=f"{number:08x}{n:08x}", text=text, **at) for n, text in enumerate(texts)),
            *none,
            f"{number}",
        )
    before, size = made.articles().sort("id").collect(), made.size()["bytes"]
    told: list[str] = []
    made.maintain(lambda what, _done, _all: told.append(what))
    assert told[:3] == ["articles", "articles of 2024-09", "articles of 2024-10"]
    assert made.articles().sort("id").collect().equals(before)
    assert made.size()["bytes"] < size * 6 / 7


def test_each_table_lies_in_one_file_a_month_afterwards(tmp_path: Path) -> None:
    archive = filled(str(tmp_path / "archive"))
    archive.maintain()
    for table in ("articles", "readings", "mentions"):
        files = layout.files_of(layout.load(archive.url)[table])
        assert dict(files.group_by("month").len().iter_rows()) == {"2024-09": 1, "2024-10": 1}, table


def test_a_run_leaves_alone_what_maintenance_has_made_tight(tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 (makes texts)
    made = open_archive(str(tmp_path / "archive"), create=True)
    none = [schema.empty(table) for table in ("readings", "mentions", "fetches")]

    def store(batch: str, articles: int) -> None:
        texts = ["".join(chance.choices("aeinorst ", k=2_000)) for _ in range(articles)]
        made.append(pl.concat(article(id=f"{batch}{n}", text=text) for n, text in enumerate(texts)), *none, batch)

    store("a", 100)
    store("b", 100)
    made.maintain()
    (tight,) = made.files()["path"]
    for batch in "cde":
        store(batch, 20)
    made.tidy(files=2)
    assert tight in (paths := made.files()["path"].to_list())
    assert len(paths) == 2
    # 60 and 160 are more than 200: joined from here on, a text is written again each time as many have come.
    for batch in "fg":
        store(batch, 80)
    made.tidy(files=2)
    assert made.files().height == 1
    assert made.articles().collect().height == 420


def read(archive: Archive) -> list[pl.DataFrame]:
    """All that is read of an archive, in a fixed order."""
    kept = derived.opened(archive)
    tables = [archive.scan(table).collect() for table in ("articles", "readings", "mentions")]
    chosen = kept.chosen(Filters())
    tables += [
        pl.DataFrame({"actor": chosen.actor, "tone": chosen.columns.tones["tone"]}),
        rollup.volume(kept.counted(Filters()), kept.collected(Filters()), Filters(), "day"),
    ]
    return [table.sort(table.columns[:2]) for table in tables]


def test_maintenance_that_is_killed_at_any_point_changes_nothing_and_is_completed_by_the_next(tmp_path: Path) -> None:
    url, steps = str(tmp_path / "archive"), 0
    before = read(filled(url))
    command = [sys.executable, "-c", KILLED, url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdin
        assert keeper.stdout
        ended = None
        # Each goes one step further than the one before: what that one had done is done for good.
        while ended != 0:
            steps += 1
            print(steps, file=keeper.stdin, flush=True)
            ended = int(keeper.stdout.readline())
            assert ended in (-signal.SIGKILL, 0)
            for one, other in zip(read(open_archive(url)), before, strict=True):
                assert one.equals(other)
        keeper.stdin.close()
    assert steps > 10
    archive = open_archive(url)
    assert [len(table.file_uris()) for table in archive.tables.values()][:3] == [2, 2, 2]
    assert derived.opened(archive).fresh == {"2024-09", "2024-10"}
    held = index.opened(archive)
    assert held is not None
    assert held.seen.height == 6
