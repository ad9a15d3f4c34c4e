"""What is kept ahead of questions: always the answer of now, whatever happened to the archive or to what is kept."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data import derived, queries, rollup, schema
from data.archive import Archive, open_archive
from data.filters import Filters
from tests.conftest import article, mention, moment, reading

NO_FETCHES = schema.empty("fetches")
MONTHS = ["2024-01", "2024-02", "2024-03"]
ALL = Filters()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(str(tmp_path / "archive"), create=True)


def store(archive: Archive, month: str, number: int, actor: str = "nato") -> None:
    """An article of that month that mentions an actor."""
    common = {"month": month, "published_at": moment(f"{month}-05")}
    one = f"{month}-{number}"
    archive.append(
        article(id=one, **common),
        reading(article_id=one, **common),
        mention(article_id=one, actor=actor, tone=0.5, **common),
        NO_FETCHES,
        one,
    )


def answers_as_the_tables(archive: Archive) -> None:
    of_now = derived.opened(archive)
    hot, readings = queries.enriched(archive.mentions(), archive.readings()), queries.narrow(archive.readings())
    volume = queries.volume(hot, readings, ALL, "month").drop("texts", "stories")
    assert_frame_equal(rollup.volume(of_now.totals(ALL), of_now.collected(ALL), ALL, "month"), volume)
    kept = of_now.hot(ALL).collect()
    assert sorted(kept["article_id"]) == sorted(hot["article_id"])
    assert of_now.collected(ALL)["articles"].sum() == readings.height


def change(archive: Archive, step: str, number: int) -> None:
    month = MONTHS[number % len(MONTHS)]
    if step == "append":
        store(archive, month, number, actor=["nato", "ukraine"][number % 2])
    elif step == "read again":
        rows = archive.readings().filter(month=month).collect()
        mentions = [mention(article_id=one, month=month, actor="russia") for one in rows["article_id"]]
        archive.replace_month(month, rows, pl.concat([schema.empty("mentions"), *mentions]))
    elif step == "compact":
        archive.maintain()
    elif step == "keep":
        derived.catch_up(archive)
    elif step == "delete":
        shutil.rmtree(Path(archive.url) / "derived", ignore_errors=True)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(["append", "append", "read again", "compact", "keep", "keep", "delete"]), max_size=6),
    st.integers(0, 5),
)
def test_whatever_happened_the_answer_is_that_of_now(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], start: int
) -> None:
    archive = open_archive(str(tmp_path_factory.mktemp("derived") / "archive"), create=True)
    store(archive, "2024-02", 99)
    derived.catch_up(archive)
    for number, step in enumerate(steps, start):
        change(archive, step, number)
    answers_as_the_tables(archive)
    derived.catch_up(archive)
    answers_as_the_tables(archive)
    assert derived.catch_up(archive) == 0


def test_only_the_months_that_changed_are_worked_out_again(archive: Archive) -> None:
    for month in MONTHS:
        store(archive, month, 1)
    assert derived.catch_up(archive) == 3
    assert derived.opened(archive).fresh == set(MONTHS)
    store(archive, "2024-02", 2)
    assert derived.opened(archive).fresh == {"2024-01", "2024-03"}
    assert derived.catch_up(archive) == 1


def test_a_reader_of_an_older_archive_is_answered_as_it_was(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    before = archive.pin()
    store(archive, "2024-01", 2)
    derived.catch_up(archive)
    answers_as_the_tables(before)
    assert derived.opened(before).hot(ALL).collect()["article_id"].to_list() == ["2024-01-1"]


def test_a_month_of_which_a_file_is_gone_is_worked_out(archive: Archive) -> None:
    for month in MONTHS:
        store(archive, month, 1)
    derived.catch_up(archive)
    (file,) = (Path(archive.url) / "derived" / "totals" / "month=2024-02").rglob("*.parquet")
    file.unlink()
    assert derived.opened(archive).fresh == {"2024-01", "2024-03"}
    answers_as_the_tables(archive)
    assert derived.catch_up(archive) == 1
    assert derived.opened(archive).fresh == set(MONTHS)


def test_what_cannot_be_read_is_passed_over_and_made_anew(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    derived.catch_up(archive)
    for file in (Path(archive.url) / "derived" / "hot" / "_delta_log").iterdir():
        file.write_text("no log")
    answers_as_the_tables(archive)
    assert derived.catch_up(archive) == 1
    assert derived.opened(archive).fresh == {"2024-01"}


def test_a_month_without_any_mention_counts_its_articles(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    rows = archive.readings().collect()
    archive.replace_month("2024-01", rows, schema.empty("mentions"))
    derived.catch_up(archive)
    assert derived.opened(archive).hot(ALL).collect().is_empty()
    answers_as_the_tables(archive)
    assert derived.opened(archive).collected(ALL)["articles"].sum() == 1
    assert derived.catch_up(archive) == 0


KEEPER = """
import os, signal, sys
from data import derived
from data.archive import open_archive

replace, done = derived._replace, 0

def counted(*args):
    global done
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(*args)
    done += 1

derived._replace, derived.STEP = counted, 1
derived.catch_up(open_archive(sys.argv[1]))
"""


@pytest.mark.parametrize("stop", [0, 1, 4])
def test_a_killed_keeper_goes_on_where_it_was(archive: Archive, stop: int) -> None:
    for month in MONTHS:
        store(archive, month, 1)
    command = [sys.executable, "-c", KEEPER, archive.url, str(stop)]
    assert subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode == -signal.SIGKILL
    answers_as_the_tables(archive.pin())
    assert derived.catch_up(archive.pin()) == 3 - stop // 3
    answers_as_the_tables(archive.pin())


def test_files_that_a_session_may_read_stay(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    derived.catch_up(archive)
    reader = derived.opened(archive.pin())
    store(archive, "2024-01", 2)
    derived.catch_up(archive)
    assert reader.hot(ALL).collect()["article_id"].to_list() == ["2024-01-1"]
    assert DeltaTable(f"{archive.url}/derived/hot").vacuum(retention_hours=derived.archives.RETENTION) == []
