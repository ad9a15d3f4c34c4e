"""Each benchmark still runs, in small: what it measures there says nothing, that it measures at all does."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from data.archive import open_archive

HOME = Path(__file__).resolve().parents[1]
SHARED = HOME.parent / "shared" / "data"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of 1,500 made-up articles with its index, and a file of 100 of them."""
    made = tmp_path_factory.mktemp("benchmarks")
    run("large_archive", str(made / "archive"), "--articles", "1500", "--months", "4", "--sentences", "3")
    articles = open_archive(str(made / "archive")).articles().head(100).collect()
    dated = articles.with_columns(pl.col("published_at").dt.strftime("%Y-%m-%d"))
    dated.select("id", "url", "outlet", "title", "text", "published_at").write_parquet(made / "articles.parquet")
    subprocess.run(
        [sys.executable, "newsgauge.py", "--archive", str(made / "archive"), "maintain"], cwd=HOME, check=True
    )
    return made


def run(name: str, *words: str) -> str:
    """What a benchmark prints; one that fails is told with what it said last."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}", *words],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=300,
        env={key: value for key, value in os.environ.items() if not key.startswith("NEWSGAUGE_")},
    )
    assert done.returncode == 0, f"{name} {' '.join(words)}: {done.stdout[-500:]}\n{done.stderr[-2_000:]}"
    return done.stdout


#: The words that each is given, of a folder as above.
SMALL: dict[str, Callable[[Path], list[str]]] = {
    "collector": lambda _: ["speed", "--feeds", "4", "--entries", "2", "--tone", "lexicon"],
    "commits": lambda _: ["2"],
    "copies": lambda _: ["300", "stored"],
    "dashboard": lambda at: [f"{at}/archive", "--reruns", "2", "--sessions", "2", "--seconds", "2"],
    "downloads": lambda at: [f"{at}/archive", "--formats", "csv"],
    "export": lambda at: [f"{at}/exports", "--articles", "300", "--months", "2", "--formats", "csv", "xlsx"],
    "faults": lambda _: ["1"],
    "hostile_search": lambda at: [f"{at}/archive", "10"],
    "kills": lambda _: ["1", "--commands", "export"],
    "large_archive": lambda at: [f"{at}/made", "--articles", "200", "--months", "2"],
    "main_job": lambda at: [f"{at}/articles.parquet", f"{at}/job"],
    "memory": lambda _: ["large", "1"],
    "mentions": lambda at: [f"{at}/articles.parquet", "20", "500"],
    "mutants": lambda _: ["--small"],
    "overview": lambda at: [f"{at}/archive", "3"],
    "peaks": lambda at: [f"{at}/archive"],
    "pool": lambda at: [f"{at}/articles.parquet", "20", "2", "--rounds", "1", "--by", "lexicon"],
    "reading": lambda at: [f"{at}/articles.parquet", "20", "2"],
    "scale": lambda at: [f"{at}/scale", "--sizes", "300:2", "--times", "2", "--others", "1"],
    "search": lambda at: [f"{at}/archive"],
    "shift": lambda at: [f"{at}/archive", "--times", "1"],
    "space": lambda at: [f"{at}/archive"],
    "stories": lambda _: ["2000"],
    "topics": lambda at: [f"{at}/articles.parquet", "20"],
    "feeds": lambda _: [],
    "pages": lambda _: [],
}
#: Those that read the development data of this project.
OF_SHARED = {"feeds": "feedparser-tests.tar.xz", "pages": "web-pages-180.tar.xz"}
#: Programs of the system that some need, one of each list.
NEEDS = {
    "downloads": [["chromium-headless-shell", "chromium"]],
    "shift": [["chromium-headless-shell", "chromium"]],
    "faults": [["strace"], ["cc"]],
    "kills": [["strace"]],
}
#: No benchmarks: what others are made of.
PARTS = {"__init__", "mutations"}


def test_every_benchmark_is_run_here():
    assert {path.stem for path in (HOME / "tests" / "benchmarks").glob("*.py")} - PARTS == SMALL.keys()


@pytest.mark.parametrize("name", SMALL)
def test_a_benchmark_runs_and_prints_figures(name: str, folder: Path) -> None:
    if name in OF_SHARED and not (SHARED / OF_SHARED[name]).exists():
        pytest.skip(f"{OF_SHARED[name]} is part of the development data, which is not here")
    for programs in NEEDS.get(name, []):
        if not any(map(shutil.which, programs)):
            pytest.skip(f"{' or '.join(programs)} is not installed here")
    assert any(letter.isdigit() for letter in run(name, *SMALL[name](folder)))
