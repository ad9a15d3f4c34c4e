"""One run: its lock, its end, its record in the archive."""

from collections.abc import Callable
from datetime import datetime

from data.archive import Archive
from data.signals import Stopped, stoppable
from ingest import report
from ingest.report import Report

Progress = Callable[[Report], None]


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

    with archive.lock(part):
        try:
            with stoppable():
                done = report.finish(work(begun, told), clock())
        except Stopped as stopped:
            done = report.finish(so_far, clock(), signal=stopped.number)
        archive.append_run(report.as_row(done))
    return done
