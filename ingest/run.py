"""One run: its lock, its signals, its record in the archive."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from data.archive import Archive
from ingest import report
from ingest.report import Report

#: Seconds after which a run that was told to stop is ended, whatever it waits for; what is stored is always whole.
PATIENCE = 4.0

Progress = Callable[[Report], None]


class Stopped(BaseException):
    """SIGTERM or SIGINT came. As KeyboardInterrupt it is no Exception: nothing on its way may take it for a fault."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(number)
        self.number = number


def recorded(
    archive: Archive,
    begun: Report,
    work: Callable[[Report, Progress], Report],
    clock: Callable[[], datetime],
    progress: Progress | None = None,
    part: str = "",
) -> Report:
    """Do `work` as the only run on this archive, or of this part; give its report, of which the archive has a row then.

    `work` gets the report begun and tells `progress` what it has stored so far. Raises archive.Locked at once where
    another run holds the lock. A run stopped by a signal is recorded as such.
    """
    so_far = begun

    def told(now: Report) -> None:
        nonlocal so_far
        so_far = now
        if progress:
            progress(now)

    with archive.lock(part), stoppable():
        try:
            done = report.finish(work(begun, told), clock())
        except Stopped as stopped:
            done = report.finish(so_far, clock(), signal=stopped.number)
        try:
            archive.append_run(report.as_row(done))
        except Stopped as stopped:
            # All of the work is stored, and only this record of it may be missing.
            done = report.finish(done, clock(), signal=stopped.number)
    return done


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM and SIGINT raise Stopped in here, once; PATIENCE seconds later the process ends in any case."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may have handlers; a thread's run is stopped by whoever started it
        return

    def stop(number: int, _frame: object) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        last_resort = threading.Timer(PATIENCE, os._exit, (128 + number,))
        last_resort.daemon = True
        last_resort.start()
        raise Stopped(number)

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            if signal.getsignal(each) is stop:
                signal.signal(each, handler)
