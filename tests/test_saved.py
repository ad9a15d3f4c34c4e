"""Saved pages: how far they were read, so that an import that is killed goes on where it was."""

from pathlib import Path

from ingest import saved
from ingest.articles import Delivered
from ingest.rows import Reached, Unreadable

PAGE = "<html><head><title>NATO meets {0}</title></head><body><article><p>NATO met in Oslo.</p></article></body></html>"


def told(files: list[Path], start: int = 0) -> list[object]:
    """Titles of articles, numbers of files, and the name of what could not be read."""
    found: list[object] = []
    for one in saved.pages(files, {}, start):
        match one:
            case Delivered():
                found.append(one.title)
            case Reached(number):
                found.append(number)
            case Unreadable():
                found.append("unreadable")
    return found


def test_each_file_is_counted_once_it_is_read(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.html" for number in range(3)]
    for number, file in enumerate(files):
        file.write_text(PAGE.format(number))
    assert told(files) == ["NATO meets 0", 1, "NATO meets 1", 2, "NATO meets 2", 3]
    assert told(files, start=1) == ["NATO meets 1", 2, "NATO meets 2", 3]


def test_a_file_that_cannot_be_opened_is_tried_again_by_the_next_import(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.html" for number in range(3)]
    for number in (0, 2):
        files[number].write_text(PAGE.format(number))
    assert told(files) == ["NATO meets 0", 1, "unreadable", "NATO meets 2"]
