"""Files made to be taken away: made of what was counted, found by their token alone, gone when their time is over."""

import hashlib
import json
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from data import formats, making, schema, shelf
from data.archive import Archive, open_archive
from data.making import Task
from data.shelf import Making, Shelf
from tests.conftest import article, mention, reading

PATIENCE = 60


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Three articles that name NATO, and after they have been counted a fourth."""
    made = open_archive(str(tmp_path_factory.mktemp("shelf") / "archive"), create=True)
    append(made, ["a1", "a2", "a3"], "b1")
    counted = made.pin()
    append(made, ["a4"], "b2")
    return counted


def append(archive: Archive, ids: list[str], batch: str) -> None:
    archive.append(
        pl.concat(article(id=one, title=f"NATO, {one}") for one in ids),
        pl.concat(reading(article_id=one) for one in ids),
        pl.concat(mention(article_id=one) for one in ids),
        schema.empty("fetches"),
        batch,
    )


def task(archive: Archive, form: str = "csv", **more: object) -> Task:
    versions = {name: table.version() for name, table in archive.tables.items()}
    return Task(archive.url, versions, {"actor": ["nato"]}, form, **({"path": ""} | more))  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> Iterator[Shelf]:
    opened = Shelf(clock, tmp_path)
    yield opened
    opened.close()
    assert list(tmp_path.iterdir()) == []


def made(files: Shelf, archive: Archive, form: str = "csv", holder: str = "") -> Making:
    one = files.begin(task(archive, form), f"nato.{form}", 3, holder)
    assert one.ended.wait(PATIENCE)
    return one


@pytest.mark.parametrize("form", formats.FORMATS)
def test_a_file_holds_what_was_counted_though_the_archive_has_grown(files: Shelf, archive: Archive, form: str) -> None:
    one = made(files, archive, form)
    assert (one.state, one.rows, one.bytes > 0) == ("made", 3, True)
    said = json.loads(one.manifest.read_text())
    assert said["rows"] == 3
    assert said["archive_version"] == archive.version()
    assert said["sha256"] == hashlib.sha256(one.path.read_bytes()).hexdigest()
    if form == "csv":
        assert pl.read_csv(one.path)["id"].to_list() == ["a1", "a2", "a3"]


def test_a_file_holds_what_the_search_of_the_page_has_found(files: Shelf, archive: Archive) -> None:
    found = pl.DataFrame({"article_id": ["a2"]})
    one = files.begin(task(archive, searched="Only titles are searched."), "nato.csv", 1, "", found)
    assert one.ended.wait(PATIENCE)
    assert pl.read_csv(one.path)["id"].to_list() == ["a2"]
    assert json.loads(one.manifest.read_text())["searched"] == "Only titles are searched."


def test_only_who_asked_for_a_file_finds_it_and_nobody_without_its_token(files: Shelf, archive: Archive) -> None:
    one = made(files, archive, holder="ada")
    assert len(one.token) >= 43  # 256 bits
    assert files.found(one.token, "ada") is one
    assert [files.found(one.token, "bob"), files.found(one.token, ""), files.found("", "ada")] == [None, None, None]
    assert made(files, archive, holder="ada").token != one.token


def test_a_file_that_is_not_made_yet_is_not_found(files: Shelf, archive: Archive) -> None:
    one = files.begin(task(archive), "nato.csv", 3, "")
    before = one.state, files.found(one.token, "")
    assert before == ("waiting", None) or before[0] in ("making", "packing", "made")
    assert one.ended.wait(PATIENCE)
    assert files.found(one.token, "") is one


def test_a_file_is_gone_from_the_disk_when_its_time_is_over(files: Shelf, archive: Archive, clock: Clock) -> None:
    one = made(files, archive)
    clock.now += shelf.LIFE - 1
    assert files.found(one.token, "") is one  # and so it lives on
    clock.now += shelf.LIFE - 1
    assert files.is_here(one)
    clock.now += 2
    assert not files.is_here(one)
    assert not one.folder.exists()


def test_the_oldest_file_makes_room_for_the_newest(tmp_path: Path, archive: Archive, clock: Clock) -> None:
    files = Shelf(clock, tmp_path)
    first = made(files, archive)
    files.close()
    files = Shelf(clock, tmp_path, most=first.bytes * 5 // 2)
    for _ in range(3):
        clock.now += 1
        latest = made(files, archive)
    assert len([*files.folder.glob("*/nato.csv")]) == 2
    assert files.is_here(latest)
    files.close()


def test_a_file_longer_than_all_may_be_is_not_made(tmp_path: Path, archive: Archive, clock: Clock) -> None:
    files = Shelf(clock, tmp_path, most=10)
    one = made(files, archive)
    assert (one.state, one.fault) == ("failed", "long")
    assert not one.folder.exists()
    files.close()


def test_a_disk_without_room_is_told_before_anything_is_made(
    files: Shelf, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "RESERVE", shutil.disk_usage(files.folder).free)
    one = made(files, archive)
    assert (one.state, one.fault, one.folder.exists()) == ("failed", "full", False)


def test_a_disk_that_fills_up_stops_the_work(archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "RESERVE", shutil.disk_usage(tmp_path).free * 2)
    assert making.outcome(task(archive, path=str(tmp_path / "nato.csv")))["fault"] == "full"
    monkeypatch.undo()
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, kept[1]))
    try:
        told = making.outcome(task(archive, path=str(tmp_path / "nato.csv")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert told["fault"] == "full", told
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_gone_is_told_as_that(files: Shelf, archive: Archive, tmp_path: Path) -> None:
    lost = open_archive(str(tmp_path / "lost"), create=True)
    append(lost, ["a1"], "b1")
    shutil.rmtree(tmp_path / "lost" / "articles")
    one = made(files, lost)
    assert (one.state, one.fault, one.folder.exists()) == ("failed", "unreadable", False)
    shutil.rmtree(tmp_path / "lost")


def test_a_file_that_nobody_waits_for_is_not_made_to_its_end(files: Shelf, archive: Archive, clock: Clock) -> None:
    one = files.begin(task(archive), "nato.csv", 3, "")
    clock.now += shelf.PATIENCE + 1
    assert one.ended.wait(PATIENCE)
    assert (one.state, one.fault, one.folder.exists()) == ("failed", "left", False)


def test_a_file_can_be_stopped(files: Shelf, archive: Archive) -> None:
    one = files.begin(task(archive), "nato.csv", 3, "")
    files.drop(one)
    assert one.ended.wait(PATIENCE)
    assert not files.is_here(one)
    assert not one.folder.exists()


def test_what_a_killed_process_has_left_is_removed_and_what_a_living_one_has_is_not(
    files: Shelf, archive: Archive, tmp_path: Path, clock: Clock
) -> None:
    one = made(files, archive)
    left = tmp_path / f"{shelf._PREFIX}left"
    left.mkdir()
    (left / ".lock").touch()
    (left / "nato.csv").write_text("x")
    Shelf(clock, tmp_path).close()
    assert not left.exists()
    assert one.path.exists()


def test_large_files_lie_where_the_machine_keeps_them_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert shelf.usual_place() == tmp_path
    monkeypatch.delenv("TMPDIR")
    assert shelf.usual_place() == Path("/var/tmp")  # noqa: S108
