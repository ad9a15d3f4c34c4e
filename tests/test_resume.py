"""An import that was broken off goes on where it was; what changed since is read from its beginning."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from ingest import files, pipeline, reading, report
from ingest.report import Report
from tests.archives import packed, page, pages
from tests.conftest import NOON

CATALOGUE = load(DEFAULT)
ARTICLES = 12

KILLED = """
import os, signal, sys
from pathlib import Path
from data import archive
from ingest import files, pipeline
from tests.test_resume import imported

opened = archive.open_archive(sys.argv[1], create=True)
commit, done = opened._commit, 0

def counted(*args):
    global done
    commit(*args)
    done += 1
    if done == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

opened._commit = counted
files.PAGES = pipeline.BATCH = 3
imported(opened, Path(sys.argv[2]))
"""


def imported(archive: Archive, *paths: Path) -> Report:
    """The report of an import into this archive; each has a time of its own, as a run's name is made of it."""
    begun = pipeline.begin("import", CATALOGUE, NOON + timedelta(minutes=archive.version()), "lexicon")
    read = partial(reading.read, catalogue=CATALOGUE, by="lexicon")
    return report.finish(pipeline.import_files(begun, paths, "auto", CATALOGUE, archive, read), begun.started_at)


def warc(folder: Path, count: int = ARTICLES) -> Path:
    file = folder / "news.warc.gz"
    file.write_bytes(packed(pages(count)))
    return file


def saved(folder: Path, count: int = ARTICLES) -> Path:
    (folder / "pages").mkdir(exist_ok=True)
    for number in range(count):
        link = f'<link rel="canonical" href="https://example.org/{number}">'
        (folder / "pages" / f"{number:02}.html").write_bytes(page(f"NATO meets, for time number {number}", link))
    return folder / "pages"


@pytest.fixture
def archive(tmp_path) -> Iterator[Archive]:
    return open_archive(str(tmp_path / "archive"), create=True)


# A batch of three articles is stored by four commits, of which the last one says how far the file is done.
@pytest.mark.parametrize(("made", "stop", "entries", "new"), [(warc, 4, 9, 9), (warc, 6, 9, 6), (saved, 8, 6, 6)])
def test_an_import_that_was_killed_loses_nothing_doubles_nothing_and_does_no_stored_batch_again(
    tmp_path, archive, made, stop, entries, new
):
    path = made(tmp_path)
    command = [sys.executable, "-c", KILLED, archive.url, str(path), str(stop)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr
    rest = imported(archive.pin(), path)
    assert (rest.entries, rest.new, rest.dropped.total()) == (entries, new, entries - new)
    assert any(f"{path}: goes on at " in note for note in rest.notes)
    now = archive.pin()
    for table, name in ((now.scan("articles"), "id"), (now.readings(), "article_id"), (now.mentions(), "article_id")):
        found = table.collect()[name]
        assert (found.len(), found.n_unique()) == (ARTICLES, ARTICLES)


@pytest.mark.parametrize("made", [warc, saved])
def test_what_was_imported_whole_is_passed_over_and_told_and_nothing_failed(tmp_path, archive, made):
    path = made(tmp_path, 2)
    assert imported(archive, path).new == 2
    archive.maintain()
    again = imported(archive.pin(), path)
    assert (again.entries, again.exit) == (0, 0)
    assert dict(again.notes) == {f"{path}: imported before, and passed over; touch it to have it read again": 1}


@pytest.mark.parametrize("made", [warc, saved])
def test_what_has_changed_since_is_read_from_its_beginning(tmp_path, archive, made):
    imported(archive, made(tmp_path, 2))
    grown = imported(archive.pin(), made(tmp_path, 3))
    assert (grown.entries, grown.new, grown.dropped) == (3, 1, {"known": 2})


def test_a_touched_file_is_read_again(tmp_path, archive):
    path = warc(tmp_path, 2)
    imported(archive, path)
    os.utime(path, (1, 1))
    assert imported(archive.pin(), path).dropped == {"known": 2}


def test_another_archive_knows_nothing_of_it(tmp_path, archive):
    imported(archive, warc(tmp_path, 2))
    other = open_archive(str(tmp_path / "other"), create=True)
    assert imported(other, warc(tmp_path, 2)).new == 2


def test_a_file_of_which_nothing_new_came_is_done_as_well(tmp_path, archive):
    imported(archive, saved(tmp_path, 2))
    path = warc(tmp_path, 2)
    (tmp_path / "copy.warc.gz").write_bytes(path.read_bytes())
    imported(archive.pin(), path)
    assert imported(archive.pin(), tmp_path / "copy.warc.gz").dropped == {"known": 2}
    assert imported(archive.pin(), tmp_path / "copy.warc.gz").entries == 0


def test_a_page_that_could_not_be_opened_is_tried_again(tmp_path, archive):
    folder = saved(tmp_path, 3)
    (folder / "01.html").chmod(0)
    if os.access(folder / "01.html", os.R_OK):
        pytest.skip("nothing is closed to this user")
    first = imported(archive, folder)
    assert (first.new, len(first.problems)) == (2, 1)
    (folder / "01.html").chmod(0o644)
    assert imported(archive.pin(), folder).new == 1


def test_rows_of_a_table_are_told_from_what_is_known(tmp_path, archive):
    (tmp_path / "a.jsonl").write_text('{"url": "https://example.org/1", "title": "NATO met"}\n')
    imported(archive, tmp_path / "a.jsonl")
    assert imported(archive.pin(), tmp_path / "a.jsonl").dropped == {"known": 1}


def test_how_far_a_file_is_read_is_told_to_the_one_who_waits(tmp_path, archive, monkeypatch):
    monkeypatch.setattr(files, "PAGES", 3)
    monkeypatch.setattr(pipeline, "BATCH", 3)
    told: list[str] = []
    begun = pipeline.begin("import", CATALOGUE, NOON, "lexicon")
    read = partial(reading.read, catalogue=CATALOGUE, by="lexicon")
    path = saved(tmp_path, 6)
    pipeline.import_files(begun, [path], "auto", CATALOGUE, archive, read, progress=lambda run: told.append(run.at))
    assert told[0] == "pages 50%"
    assert told[-1] == "pages 100%"
