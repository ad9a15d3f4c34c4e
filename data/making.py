"""A file of articles for somebody who waits for it, made in a process of its own.

    python -m data.making < TASK      a Task as JSON on stdin, a line of JSON on stdout for each piece that is written

So the server of the pages keeps its memory and its time for the pages, and what is not wanted any more can be ended.
The archive is read in the versions that the page has counted.
"""

import errno
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from data import memory

if TYPE_CHECKING:
    import polars as pl

    from data.archive import Archive
    from data.formats import Written

Fault = Literal["full", "long", "refused", "unreadable", "broken", "left"]

#: So many bytes of the disk are left free for whoever else writes there.
RESERVE = 500_000_000


@dataclass(frozen=True)
class Task:
    """What is to be made: the articles of `filters` (words) as a file of this form at `path`, its manifest beside it.

    `versions` are those of the archive's tables, `since` its first month that counts (empty: all). `found` is a parquet
    file with the `article_id` that the search has found, empty without a search; `searched` is what the manifest says
    of texts that could not be searched. No file becomes longer than `most` bytes.
    """

    archive: str
    versions: dict[str, int]
    filters: dict[str, list[str]]
    form: str
    path: str
    since: str = ""
    found: str = ""
    searched: str = ""
    most: int = 1 << 62


class NoRoom(Exception):  # noqa: N818 (it says what is the case)
    """The file cannot grow any more: `full` is the disk, `long` the file."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def main() -> None:
    """Make the file; the last line says `written`, or `fault` and `message`."""
    # When nobody waits any more, this process ends with the next line.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    say(**outcome(Task(**json.load(sys.stdin))))


def say(**told: object) -> None:
    """A line for who waits."""
    print(json.dumps(told), flush=True)


def outcome(task: Task) -> dict[str, object]:
    """Make the file and tell what became of it: `written`, or `fault` (one of Fault) and `message` for the log."""
    from deltalake.exceptions import DeltaError
    from polars.exceptions import PanicException, PolarsError

    from data.archive import ArchiveError
    from data.formats import ExportError

    try:
        return {"written": asdict(make(task, lambda rows: say(rows=rows)))}
    except NoRoom as error:
        return {"fault": error.fault, "message": str(error)}
    except ExportError as error:
        cause = error.__cause__
        fault = "refused" if cause is None else _fault(cause)
        return {"fault": fault, "message": str(error)}
    except (ArchiveError, DeltaError, PolarsError, PanicException, OSError) as error:
        return {"fault": _fault(error), "message": f"{type(error).__name__}: {error}"}
    except Exception:
        return {"fault": "broken", "message": traceback.format_exc()}


def _fault(error: BaseException) -> Fault:
    """Whether the disk has no room, or the archive cannot be read."""
    is_full = isinstance(error, OSError) and error.errno in _FULL
    # Polars tells of a full disk in words of its own.
    is_full = is_full or any(os.strerror(number) in str(error) for number in _FULL)
    return "full" if is_full else "unreadable"


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def make(task: Task, told: Callable[[int], None]) -> "Written":
    """The file and its manifest; `told` hears the number of rows so far. Raises NoRoom and what an export does."""
    import polars as pl

    from data import export, formats
    from data.filters import from_words

    archive = as_counted(task)
    filters, _ = from_words(task.filters)
    question = export.about("articles", archive, filters)
    if task.searched:
        question["searched"] = task.searched
    found = pl.read_parquet(task.found) if task.found else None
    pieces = export.articles(archive, filters, found)
    return formats.write(_watched(pieces, task, told), Path(task.path), task.form, question)


def as_counted(task: Task) -> "Archive":
    """The archive as it was when its articles were counted. Raises ArchiveError and DeltaError."""
    from data.archive import Archive, open_archive

    opened = open_archive(task.archive)
    for name, version in task.versions.items():
        if opened.tables[name].version() != version:
            opened.tables[name].load_as_version(version)
    return Archive(opened.url, opened.tables, task.since)


def _watched(pieces: "Iterable[pl.DataFrame]", task: Task, told: Callable[[int], None]) -> "Iterator[pl.DataFrame]":
    """The same pieces; before each there must be room for it."""
    rows = 0
    folder = Path(task.path).parent
    for piece in pieces:
        rows += piece.height
        yield piece
        told(rows)
        if shutil.disk_usage(folder).free < RESERVE:
            raise NoRoom("full")
        if size(folder) > task.most:
            raise NoRoom("long")


def size(folder: Path) -> int:
    """Bytes of all files below a folder; what is removed meanwhile counts nothing."""
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(path, name).stat().st_size
            except OSError:
                continue
    return total


if __name__ == "__main__":
    memory.spare()
    main()
