"""Work in several processes: results in order, nothing taken far ahead, and no process left behind.

The workers see no signals: who started them decides when they end. They end when the pool is closed, and when the
process that started them is gone, whatever became of it.
"""

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar, cast

Given = TypeVar("Given")
Made = TypeVar("Made")

#: Items a worker that are taken at most ahead of what was given back: made while the caller is at something else.
AHEAD = 12

# A fresh interpreter: a fork would copy the locks of polars' threads as they happen to be.
_CONTEXT = multiprocessing.get_context("spawn")


class WorkerError(RuntimeError):
    """A worker failed at its work, or was killed."""


class Pool(Generic[Given, Made]):
    """At most `workers` processes that do `work`, which must be picklable; each is started when it is first needed."""

    def __init__(self, work: Callable[[Given], Made], workers: int) -> None:
        self._work = work
        self._workers = workers
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._idle: list[Connection] = []
        self._busy: dict[Connection, int] = {}
        self._driver: tuple[threading.Thread, Connection] | None = None

    def __enter__(self) -> "Pool[Given, Made]":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, at once: their work changes nothing outside of them."""
        for process in list(self._processes):  # first, so that the thread waits for none of them
            process.kill()
        if self._driver:
            _halt(self._driver)
        for process in self._processes:
            process.kill()
            process.join()
        for connection in [*self._idle, *self._busy]:
            connection.close()
        self._processes, self._idle, self._busy, self._driver = [], [], {}, None

    def map(self, items: Iterable[Given]) -> Iterator[Made]:
        """What is made of each item, in their order; workers go on while the caller does something else.

        A thread takes the items and hands them out, AHEAD of them a worker at most ahead of what was given back. Raises
        WorkerError, and what `items` raises. A map that is left early closes the pool; the next one starts it again.
        """
        told, given_back = _CONTEXT.Pipe(duplex=False)
        made: SimpleQueue[tuple[str, object]] = SimpleQueue()
        thread = threading.Thread(target=self._drive, args=(iter(items), told, made), daemon=True, name="pool")
        mine = self._driver = (thread, given_back)
        thread.start()
        try:
            while (found := made.get())[0] != "end":
                if found[0] == "fault":
                    raise cast("BaseException", found[1])
                given_back.send_bytes(b"1")
                yield cast("Made", found[1])
        finally:
            _halt(mine)
            told.close()
            if self._driver is mine and self._busy:
                self.close()

    def _drive(self, items: Iterator[Given], told: Connection, made: "SimpleQueue[tuple[str, object]]") -> None:
        """Hand out the items until all are done, or nobody takes what is made of them any more."""
        try:
            for one in self._made(items, told):
                made.put(("made", one))
            made.put(("end", None))
        except BaseException as fault:  # raised again where the result would have been taken
            made.put(("fault", fault))

    def _made(self, items: Iterator[Given], told: Connection) -> Iterator[Made]:
        made: dict[int, Made] = {}
        hand: list[Given] = []  # the next one, taken while all are at work: to take it may need a look into a file
        sent = given = used = 0
        while True:
            while sent - used < AHEAD * self._workers:
                hand = hand or list(islice(items, 1))
                if not hand or not self._has_room():
                    break
                self._send(sent, hand.pop())
                sent += 1
            if not hand and not self._busy and sent - used < AHEAD * self._workers:
                return
            ready = wait([told, *self._busy])
            if told in ready:
                try:
                    used += len(told.recv_bytes())
                except EOFError:
                    return
            made.update(self._received([cast("Connection", one) for one in ready if one is not told]))
            while given in made:
                yield made.pop(given)
                given += 1

    def _has_room(self) -> bool:
        return bool(self._idle) or len(self._processes) < self._workers

    def _send(self, number: int, item: Given) -> None:
        connection = self._idle.pop() if self._idle else self._start()
        self._busy[connection] = number
        _hand_over(connection, item)

    def _received(self, ready: Iterable[Connection]) -> Iterator[tuple[int, Made]]:
        for connection in ready:
            try:
                good, result = connection.recv()
            except (EOFError, OSError) as error:
                raise WorkerError("a worker process was killed, perhaps for want of memory") from error
            number = self._busy.pop(connection)
            self._idle.append(connection)
            if not good:
                raise WorkerError(f"a worker process failed:\n{result}")
            yield number, result

    def _start(self) -> Connection:
        here, there = _CONTEXT.Pipe()
        # The work is told once the process runs: what it is started with goes into a pipe of which this process holds
        # the other end as well, where the start would wait for ever for a reader that is dead.
        process = _CONTEXT.Process(target=_serve, args=(there,), daemon=True)
        with _signals_held():
            process.start()
        there.close()
        self._processes.append(process)
        self._idle.append(here)
        _hand_over(here, self._work)
        return self._idle.pop()


def _halt(driver: tuple[threading.Thread, Connection]) -> None:
    """Have a thread that hands out items end, once it has the item that it is taking."""
    thread, given_back = driver
    given_back.close()
    thread.join()


def _hand_over(connection: Connection, what: object) -> None:
    try:
        connection.send(what)
    except OSError as error:
        raise WorkerError("a worker process was killed, perhaps for want of memory") from error


@contextmanager
def _signals_held() -> Iterator[None]:
    # A process begins with the blocked signals of the one that starts it, so there is no moment in which a worker
    # could be ended by the Ctrl-C or the SIGTERM that is meant for all of them.
    # The tracker comes first: it is started with the first worker, and its start would end the blocking.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    work: Callable[[object], object] | None = None  # the first that comes
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        if work is None:
            work = item
            continue
        try:
            answer: tuple[bool, object] = (True, work(item))
        except Exception:  # not hidden: `map` raises it where the work was asked for
            answer = (False, traceback.format_exc())
        connection.send(answer)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
