"""How a process ends when SIGINT (Ctrl-C) or SIGTERM comes: soon, at any moment, with exit status 128 + the signal.

Python calls the handler of a signal only between two of its own steps, and a query or a model may stay in native code
for minutes. So each signal is also written to a pipe as it comes, and a thread that reads the pipe ends the process.
Polars replaces the handler of SIGINT when it is imported, and calls only a handler that was there before it.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

#: Seconds that work which wants to end well has for it, by signal: whoever presses Ctrl-C waits for the prompt.
GRACE = {signal.SIGINT: 1.5, signal.SIGTERM: 4.0}

#: Seconds that a child has to end by itself; less than any GRACE, or it could outlive us.
_PATIENCE = 1.0


class Stopped(BaseException):
    """SIGTERM or SIGINT came. As KeyboardInterrupt it is no Exception: nothing on its way may take it for a fault."""

    def __init__(self, number: int) -> None:
        """`number` is the signal's."""
        super().__init__(number)
        self.number = number


def end_at_once(number: int, _frame: FrameType | None) -> NoReturn:
    """The handler of a signal where nothing has to be brought to an end."""
    os._exit(128 + number)


def end_in_time() -> None:
    """From now on both signals end this process: at once, or after their GRACE where work is `stoppable`."""
    for each in GRACE:
        signal.signal(each, end_at_once)
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_end, args=(read,), name="end in time", daemon=True).start()


def _end(pipe: int) -> NoReturn:
    while (came := os.read(pipe, 1)[0]) not in GRACE:
        pass
    number = signal.Signals(came)
    if signal.getsignal(number) is not end_at_once:
        time.sleep(GRACE[number])
    os._exit(128 + number)


@contextmanager
def stoppable() -> Iterator[None]:
    """Both signals raise Stopped in here, once; further ones are ignored. What a signal breaks is Stopped as well.

    Only the main thread can have handlers: work in another thread is stopped by whoever started that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> NoReturn:
        for each in GRACE:
            signal.signal(each, signal.SIG_IGN)
        came.append(number)
        raise Stopped(number)

    before = {each: signal.signal(each, stop) for each in GRACE}
    try:
        yield
    except Stopped:
        raise
    except BaseException as broken:
        if came or isinstance(broken, KeyboardInterrupt):  # which is how polars ends a query on SIGINT
            raise Stopped(came[0] if came else signal.SIGINT) from broken
        raise
    else:
        if came:  # it was raised where exceptions are dropped, as in a __del__
            raise Stopped(came[0])
    finally:
        for each, handler in before.items():
            if signal.getsignal(each) is stop:
                signal.signal(each, handler)


@contextmanager
def child(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that ends with the block, however that ends."""
    with subprocess.Popen(command, cwd=folder, env=environment) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
            process.kill()
