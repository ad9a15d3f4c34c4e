"""Parsing in a process of its own, which can be killed: a document that hangs it or bursts it costs its own feed only.

A thread that parses cannot be ended, least of all one that keeps the interpreter's lock. So there is one process beside
ours that reads whatever comes from outside. It starts with the first document, lives on for the next ones, and is
replaced where a document takes it too long, ends it, or has made it grow. It sees no signals, and ends with the process
that it serves.
"""

import atexit
import math
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from data.memory import give_back
from ingest.entries import Fault, Feed, FeedError
from ingest.feeds import parse as parse_feed
from ingest.pages import NOTHING, Page, read_page
from ingest.sitemaps import parse as parse_sitemap

#: Seconds of work a document: the system ends a process that works on. A busy machine costs no good document its feed.
DEADLINE = 10.0
PATIENCE = 60.0  # seconds to wait for it, or for the process to begin
MEMORY = 1_000_000_000  # bytes a document
WORN = 150_000_000  # bytes; a process that has grown so large is replaced before the next document
IDLE = 60.0  # seconds without a document, after which the process leaves

_HOME = Path(__file__).resolve().parents[1]
_T = TypeVar("_T")


class Lost(Exception):  # noqa: N818 - read as a sentence where it is caught
    """A document that could not be read to its end; `kind` is one of `schema.STATES`, the text says what to do."""

    def __init__(self, kind: Fault, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def feed(
    document: bytes, url: str, content_type: str | None = None, kind: Literal["feed", "news-sitemap"] = "feed"
) -> Feed:
    """As feeds.parse, or sitemaps.parse, with DEADLINE seconds and MEMORY bytes at most. Raises FeedError."""
    try:
        return apart(parse_sitemap if kind == "news-sitemap" else parse_feed, document, url, content_type)
    except Lost as lost:
        raise FeedError(lost.kind, str(lost)) from lost


def page(html: bytes, url: str, content_type: str | None = None) -> Page:
    """As pages.read_page; a page that takes more than DEADLINE seconds or MEMORY bytes has no text, and a notice."""
    try:
        return apart(read_page, html, url, content_type)
    except Lost as lost:
        return Page(**{name: getattr(NOTHING, name) for name in Page.__slots__} | {"notice": str(lost).split(". ")[0]})


def apart(work: Callable[..., _T], *given: object) -> _T:
    """What `work`, a function of a module, makes of these, in the other process. One at a time, others wait.

    Raises Lost where that does not end well, and the FeedError that `work` raises.
    """
    with _ONE:
        return _WORKER.done(work, given)


def close() -> None:
    """End the other process, for who has nothing to parse for a while; the next document starts another one."""
    with _ONE:
        _WORKER.close()


class _Worker:
    """The other process and the line to it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None

    def done(self, work: Callable[..., _T], given: tuple[object, ...]) -> _T:
        line = self._begun((work, given, DEADLINE, MEMORY))
        outcome: str = "lost"
        value: Any = ("timeout", _SLOW)
        worn = True
        try:
            if line.poll(PATIENCE):
                outcome, value, worn = line.recv()
        except (EOFError, OSError):
            value = self._fate()
        finally:
            if worn:  # also where something interrupts the waiting
                self.close()
        if outcome == "made":
            return cast(_T, value)
        raise (FeedError if outcome == "refused" else Lost)(*value)

    def _fate(self) -> tuple[str, str]:
        """What became of a process that closed its line."""
        ended_by = -self._process.wait(PATIENCE) if self._process else 0
        return ("timeout", _SLOW) if ended_by == signal.SIGXCPU else ("malformed", _DIED)

    def _begun(self, task: "_Task") -> Connection:
        """The line to a process that has the task; one that left in the meantime is followed by another."""
        for last in (False, True):
            line = self._line or self._start()
            try:
                _send(line, task)
                if line.poll(PATIENCE) and line.recv() == "begun":
                    return line
            except (EOFError, OSError):
                if last:
                    raise
            self.close()
        raise RuntimeError(f"no process for parsing starts within {PATIENCE:g} s; is this machine out of memory?")

    def _start(self) -> Connection:
        ours, theirs = Pipe()
        command = [sys.executable, *(["-B"] if sys.dont_write_bytecode else []), "-c"]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, with our own line
            [*command, f"from ingest.parsing import serve; serve({theirs.fileno()})"],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(_HOME)},
        )
        theirs.close()
        self._line = ours
        return ours

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process:
            self._process.kill()
            self._process.wait()
        if self._line:
            self._line.close()
        self._process = self._line = None


_Task = tuple[Callable[..., Any], tuple[object, ...], float, int]


def _send(line: Connection, task: _Task) -> None:
    """Send a task, and the documents in it beside it: within it, each would be copied."""
    work, given, *limits = task
    apart = tuple(pickle.PickleBuffer(one) if isinstance(one, bytes) else one for one in given)
    documents: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps((work, apart, *limits), protocol=5, buffer_callback=documents.append)
    line.send((pickled, len(documents)))
    for document in documents:
        line.send_bytes(document)


def _received(line: Connection) -> _Task:
    pickled, count = line.recv()
    documents = [line.recv_bytes() for _ in range(count)]
    return cast(_Task, pickle.loads(pickled, buffers=documents))  # noqa: S301 - from the process that started this one


_SLOW = "Reading it takes more than 10 s, so it was given up. Look for a smaller feed, or tell us its address."
_DIED = "Reading it ended the process that did. It was given up; please tell us its address."
_BURST = "Reading it takes more memory than a document may have. Look for a smaller feed of this outlet."

_WORKER = _Worker()
_ONE = threading.Lock()
atexit.register(_WORKER.close)


# In the other process


def serve(line_number: int) -> None:
    """Do what comes over this line, until it is closed or has been silent for IDLE seconds."""
    line = Connection(line_number)
    with suppress(EOFError, OSError):
        while line.poll(IDLE):
            work, given, seconds, memory = _received(line)
            line.send("begun")
            _limit(seconds, memory)
            outcome = _outcome(work, given)
            line.send((*outcome, _sizes()[1] > WORN))
            del given, outcome
            give_back()


def _outcome(work: Callable[..., Any], given: tuple[object, ...]) -> tuple[str, object]:
    try:
        return "made", work(*given)
    except FeedError as error:
        return "refused", (error.kind, str(error))
    except MemoryError:
        return "lost", ("too large", _BURST)
    except Exception as error:  # ours, but of this document's making: it may not stop the others
        return "lost", ("malformed", f"Reading it failed ({type(error).__name__}). Please tell us its address.")


def _limit(seconds: float, memory: int) -> None:
    """Let this process work on for so many seconds, and grow by so many bytes, and no more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _at_most(resource.RLIMIT_CORE, 0)
    _at_most(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds))
    if _sizes()[0]:
        _at_most(resource.RLIMIT_AS, _sizes()[0] + memory)


def _sizes() -> tuple[int, int]:
    """The bytes that this process addresses, and those that it holds; 0 where the system does not tell (macOS)."""
    # No getrusage: its maximum begins with what the process held that started this one.
    try:
        addressed, held = Path("/proc/self/statm").read_text().split()[:2]
    except OSError:
        return 0, 0
    return int(addressed) * resource.getpagesize(), int(held) * resource.getpagesize()


def _at_most(what: int, limit: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
