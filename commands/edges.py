"""The edges of a command: how it ends, what it says and on which stream, the clock, the catalogue it is given."""

import argparse
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from data.catalogue import Catalogue

HOME = Path(__file__).resolve().parents[1]

OK, SOME_FAILED, WRONG_USAGE, ARCHIVE_FAULT, LOCKED = 0, 1, 2, 74, 75
STOPPED = 128  # and the number of the signal


def failed(status: int, message: str) -> int:
    """Say on stderr what went wrong, and give the exit status that tells it to programs."""
    say(message)
    return status


def say(message: str) -> None:
    """A line on stderr, for people and logs; whatever stands in it, it stays one line."""
    from data.terminal import printable

    print(f"newsgauge: {printable(message, 2_000)}", file=sys.stderr)


def usage(message: str) -> NoReturn:
    """End with exit status 2 and the message."""
    sys.exit(failed(WRONG_USAGE, message))


def now() -> datetime:
    """The clock: the only one that a run reads."""
    return datetime.now(UTC)


def step_back() -> None:
    """Leave the processors first to those who wait for an answer, such as the readers of a dashboard on this machine.

    A run has a quarter of an hour until the next one, a reader has none.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(_STEPPED_BACK, os.getpriority(os.PRIO_PROCESS, 0)))


#: As `nice` has it, which runs what it is given at 10.
_STEPPED_BACK = 10


def load_catalogue(options: argparse.Namespace) -> "Catalogue":
    """The catalogue that the options name."""
    from data.catalogue import load

    return load(options.catalogue)


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar on stderr when that is a terminal; cron and pipes see nothing of it."""
    if not sys.stderr.isatty():
        yield lambda _doing, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[title]}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[doing]}", markup=False), console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=None, title=title, doing="")
        yield lambda doing, done, total: shown.update(task, completed=done, total=total, doing=doing)


def streams() -> None:
    """Make stdin, stdout and stderr fit for any text: cron may have closed them, or have set a locale without ü."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 (it lives as long as the process)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    # A lone surrogate becomes a backslash and its number, which is also how JSON writes it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
