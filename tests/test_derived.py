"""What is kept ahead of questions: always the answer of now, whatever happened to the archive or to what is kept."""

import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from deltalake import write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data import columns, derived, queries, rollup, schema
from data.archive import Archive, open_archive
from data.filters import Filters
from data.queries import Every
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
    for filters in (ALL, Filters(languages=("en",)), Filters(copies=False), Filters(("nato",), outlets=("bbc",))):
        volume = queries.volume(hot, readings, filters, "month").drop("texts", "stories")
        assert_frame_equal(rollup.volume(of_now.counted(filters), of_now.collected(filters), filters, "month"), volume)
    for filters in (ALL, Filters(("ukraine",), from_day=date(2024, 1, 5)), Filters(to_day=date(2024, 2, 28))):
        for every in get_args(Every):
            assert_frame_equal(of_now.tone(filters, every), queries.tone(hot, filters, every), abs_tol=1e-12)
    assert of_now.collected(ALL).within(ALL) == readings.height


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
    assert len(derived.opened(before).chosen(ALL).rows) == 1


def month_file(archive: Archive, month: str) -> Path:
    (file,) = (Path(archive.url) / "derived").glob(f"{month}-*")
    return file


@pytest.mark.parametrize("harm", ["gone", "cut", "no header", "other header"])
def test_a_month_whose_file_is_gone_or_harmed_is_worked_out(archive: Archive, harm: str) -> None:
    for month in MONTHS:
        store(archive, month, 1)
    derived.catch_up(archive)
    file = month_file(archive, "2024-02")
    whole = file.read_bytes()
    file.unlink()
    if harm != "gone":
        file.write_bytes({"cut": whole[:-1], "no header": whole[9:], "other header": b"{}\n" + whole}[harm])
    assert derived.opened(archive).fresh == {"2024-01", "2024-03"}
    answers_as_the_tables(archive)
    assert derived.catch_up(archive) == 1
    assert derived.opened(archive).fresh == set(MONTHS)
    assert month_file(archive, "2024-02").read_bytes() == whole


def test_what_another_version_kept_is_worked_out_anew_and_removed(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(archive, "2024-01", 1)
    folder = Path(archive.url) / "derived"
    table = pl.DataFrame({"month": ["2024-01"], "mentions": [1]}).to_arrow()
    write_deltalake(folder / "totals", table, partition_by=["month"])
    monkeypatch.setattr(columns, "LAYOUT", columns.LAYOUT + 1)
    derived.catch_up(archive)
    monkeypatch.undo()
    assert derived.opened(archive).fresh == set()
    answers_as_the_tables(archive)
    assert derived.catch_up(archive) == 1
    assert list(folder.iterdir()) == [month_file(archive, "2024-01")]
    assert derived.opened(archive).fresh == {"2024-01"}


def test_a_question_about_some_days_and_actors_is_answered_by_their_months_alone(archive: Archive) -> None:
    for month in MONTHS:
        store(archive, month, 1)
    derived.catch_up(archive)
    for month in ("2024-01", "2024-03"):
        shutil.rmtree(Path(archive.url) / "mentions" / f"month={month}")
        month_file(archive, month).unlink()
    asked = Filters(("nato",), from_day=date(2024, 2, 1), to_day=date(2024, 2, 29))
    kept = derived.opened(archive)
    assert rollup.volume(kept.counted(asked), kept.collected(asked), asked, "month").rows() == [
        ("nato", date(2024, 2, 1), 1, 1, 1.0)
    ]


def test_a_search_is_not_passed_over(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    with pytest.raises(ValueError, match="hand over what it found"):
        derived.opened(archive).chosen(Filters(search="grain"))


def test_a_month_without_any_mention_counts_its_articles(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    rows = archive.readings().collect()
    archive.replace_month("2024-01", rows, schema.empty("mentions"))
    derived.catch_up(archive)
    assert len(derived.opened(archive).chosen(ALL).rows) == 0
    answers_as_the_tables(archive)
    assert derived.opened(archive).collected(ALL).within(ALL) == 1
    assert derived.catch_up(archive) == 0


KEEPER = """
import os, signal, sys
from data import columns, derived
from data.archive import open_archive

write, done = columns.write, 0

def counted(*args):
    global done
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    write(*args)
    done += 1

columns.write = counted
derived.catch_up(open_archive(sys.argv[1]))
"""


@pytest.mark.parametrize("stop", [0, 2])
def test_a_killed_keeper_goes_on_where_it_was(archive: Archive, stop: int) -> None:
    for month in MONTHS:
        store(archive, month, 1)
    command = [sys.executable, "-c", KEEPER, archive.url, str(stop)]
    assert subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode == -signal.SIGKILL
    answers_as_the_tables(archive.pin())
    assert derived.catch_up(archive.pin()) == 3 - stop
    answers_as_the_tables(archive.pin())


def test_who_reads_goes_on_reading_what_made_room(archive: Archive) -> None:
    store(archive, "2024-01", 1)
    derived.catch_up(archive)
    reader = derived.opened(archive.pin())
    store(archive, "2024-01", 2)
    derived.catch_up(archive)
    assert len(list((Path(archive.url) / "derived").iterdir())) == 1
    assert reader.fresh == {"2024-01"}
    assert rollup.share_of_voice(reader.chosen(ALL), ALL).rows() == [("nato", 1, 1.0)]
