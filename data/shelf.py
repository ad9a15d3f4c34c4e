"""Files that are made for somebody to take away: each in a folder of its own, for a while, under a name nobody guesses.

They lie on disk and never in memory. A file is removed when its time is over, when others need its place, when nobody
waits for it any more, and at the end of the process; what a killed process has left is removed by the next one.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from data import making
from data.making import Task
from data.memory import SPARING

if TYPE_CHECKING:
    import polars as pl

_log = logging.getLogger(__name__)

#: A file can be taken so many seconds after it was made, or after somebody last began to take it.
LIFE = 1_800.0
#: A file that nobody has looked after for so many seconds is not made to its end; a hidden tab asks once a minute.
PATIENCE = 180.0
#: So many bytes lie here in all; the oldest go first.
MOST = 20_000_000_000
#: So many files are made at a time, the others wait.
AT_ONCE = 2
#: An article takes this many bytes of a file at the least, so that a disk without room is told at once.
_LEAST = 300

_PREFIX = "newsgauge-files-"

State = Literal["waiting", "making", "packing", "made", "failed"]


@dataclass
class Making:
    """A file that is being made, and what has become of it.

    `rows` of `total` are written; `cut_cells` texts were too long for a cell. `holder` is who may take it.
    """

    token: str
    name: str
    form: str
    total: int
    holder: str
    folder: Path
    state: State = "waiting"
    rows: int = 0
    bytes: int = 0
    cut_cells: int = 0
    fault: making.Fault | None = None
    seen_at: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)
    process: subprocess.Popen[str] | None = None

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.folder / self.name

    @property
    def manifest(self) -> Path:
        """Where its manifest lies."""
        return self.folder / f"{self.name}.manifest.json"


class Shelf:
    """All files of this process that are made or being made. Every method may be called by any thread."""

    def __init__(self, clock: Callable[[], float], place: Path | None = None, most: int = MOST) -> None:
        """An empty shelf in a new folder in `place`; `clock` gives seconds that never go back."""
        self._clock = clock
        self._most = most
        place = place or usual_place()
        remove_left(place)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        self._lock_file = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock_file, fcntl.LOCK_EX)
        self._makings: dict[str, Making] = {}
        self._changing = threading.Lock()
        self._turns = threading.Semaphore(AT_ONCE)

    def begin(self, task: Task, name: str, total: int, holder: str, found: pl.DataFrame | None = None) -> Making:
        """Begin to make a file of `total` rows that will be called `name`; the task's places are filled in here.

        `found` are the `article_id` that the search has found.
        """
        self.sweep()
        token = secrets.token_urlsafe(32)
        folder = self.folder / secrets.token_hex(8)
        one = Making(token, name, task.form, total, holder, folder, seen_at=self._clock())
        try:
            folder.mkdir()
            if shutil.disk_usage(folder).free < making.RESERVE + total * _LEAST:
                raise making.NoRoom("full")
            if found is not None:
                task = replace(task, found=str(folder / "found.parquet"))
                found.write_parquet(task.found)
        except (making.NoRoom, OSError) as error:
            _log.error("No file can be made in %s: %s", self.folder, error)
            shutil.rmtree(folder, ignore_errors=True)
            _end(one, "full")
            return one
        with self._changing:
            self._makings[token] = one
        task = replace(task, path=str(one.path), most=self._most)
        threading.Thread(target=self._make, args=(one, task), name="making", daemon=True).start()
        return one

    def watched(self, one: Making) -> Making:
        """The same, which somebody has looked after just now."""
        one.seen_at = self._clock()
        return one

    def found(self, token: str, holder: str) -> Making | None:
        """The file of this token, made and still there, for who may take it; asking for it lengthens its life."""
        self.sweep()
        with self._changing:
            one = self._makings.get(token)
        if one is None or one.state != "made" or not secrets.compare_digest(one.holder.encode(), holder.encode()):
            return None
        return self.watched(one)

    def is_here(self, one: Making) -> bool:
        """Whether this file can still be taken, or is being made."""
        self.sweep()
        with self._changing:
            return one.token in self._makings

    def drop(self, one: Making) -> None:
        """Remove a file, or stop making it. Who takes it at this moment gets it whole."""
        with self._changing:
            self._makings.pop(one.token, None)
        if one.process and one.process.poll() is None:
            one.process.terminate()  # its thread removes the folder when it has ended
        elif one.state in ("made", "failed"):
            shutil.rmtree(one.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what has had its time, and the oldest files where all together are too large."""
        with self._changing:
            ordered = sorted(self._makings.values(), key=lambda one: one.seen_at)
        made = [one for one in ordered if one.ended.is_set()]
        over = [one for one in made if self._clock() - one.seen_at > LIFE]
        total = sum(one.bytes for one in ordered)
        for one in made:
            if one not in over and total > self._most:
                over.append(one)
            total -= one.bytes if one in over else 0
        for one in over:
            self.drop(one)

    def close(self) -> None:
        """Stop all work and remove the folder with all that is in it."""
        with self._changing:
            gone = list(self._makings.values())
        for one in gone:
            self.drop(one)
        for one in gone:
            if one.process:
                one.process.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            os.close(self._lock_file)

    def _make(self, one: Making, task: Task) -> None:
        """Make the file in a process of its own, and listen to it."""
        try:
            with self._turns:
                if self.is_here(one):
                    self._run(one, task)
        finally:
            self._settle(one)

    def _settle(self, one: Making) -> None:
        """Say that a file is made, or has failed; then nothing of it stays."""
        if one.state == "made" and self.is_here(one):
            one.seen_at = self._clock()
            one.ended.set()
            # Also where nobody ever comes back.
            later = threading.Timer(LIFE + 1, self.sweep)
            later.daemon = True
            later.start()
            self.sweep()
            return
        with self._changing:
            self._makings.pop(one.token, None)
        shutil.rmtree(one.folder, ignore_errors=True)
        _end(one, one.fault or "broken")

    def _run(self, one: Making, task: Task) -> None:
        one.state = "making"
        command = [sys.executable, "-m", "data.making"]
        environment = {**SPARING, **os.environ, "TMPDIR": str(one.folder)}
        home = Path(__file__).resolve().parents[1]
        pipe = subprocess.PIPE
        with subprocess.Popen(  # noqa: S603
            command, cwd=home, env=environment, stdin=pipe, stdout=pipe, text=True, encoding="utf-8"
        ) as process:
            one.process = process
            if not self.is_here(one):
                process.terminate()
            if process.stdin is None or process.stdout is None:
                raise AssertionError("both are pipes")
            with suppress(BrokenPipeError), process.stdin as given:  # what it says, or not, tells more
                json.dump(asdict(task), given)
            for line in process.stdout:
                if self._clock() - one.seen_at > PATIENCE:
                    one.fault = "left"
                    process.terminate()
                    break
                self._hear(one, json.loads(line))

    def _hear(self, one: Making, told: dict[str, Any]) -> None:
        one.bytes = making.size(one.folder)
        if "rows" in told:
            one.rows = told["rows"]
            one.state = "packing" if one.rows >= one.total else "making"
            self.sweep()
        elif "written" in told:
            one.rows, one.cut_cells = told["written"]["rows"], told["written"]["cut_cells"]
            one.state = "made"
        else:
            _log.error("A file could not be made: %s", told["message"])
            one.fault = told["fault"]


def _end(one: Making, fault: making.Fault) -> None:
    one.state, one.fault = "failed", fault
    one.ended.set()


def usual_place() -> Path:
    """Where large files lie that last a while: TMPDIR, or /var/tmp, since /tmp is often a part of memory."""
    for place in (os.environ.get("TMPDIR"), "/var/tmp"):  # noqa: S108 (the folder made there is our own)
        if place and os.access(place, os.W_OK | os.X_OK):
            return Path(place)
    return Path(tempfile.gettempdir())


def remove_left(place: Path) -> None:
    """Remove the folders of processes that have ended without doing so themselves."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            handle = os.open(folder / ".lock", os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
