"""What takes long to read, in its latest version: the one before is given until the next one has been read."""

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Generic, TypeVar

_Read = TypeVar("_Read")

#: Reading rests so many times as long as it took: an archive that grows all the time keeps no core busy.
REST = 10
#: What failed is tried again after so many seconds.
AGAIN = 10.0


@dataclass
class _State(Generic[_Read]):
    version: Hashable
    read: _Read
    ahead: "Future[_Read] | None" = None
    ahead_version: Hashable = None
    rests_until: float = 0.0


class Latest(Generic[_Read]):
    """The latest of each thing that has been read; a thread of its own reads the next, one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._states: dict[Hashable, _State[_Read]] = {}

    def last(self, of: Hashable) -> _Read | None:
        """What was read last, without reading anything."""
        state = self._states.get(of)
        return state.read if state else None

    def set(self, of: Hashable, version: Hashable, read: _Read) -> None:
        """This has been read by somebody else."""
        with self._lock:
            self._states[of] = _State(version, read)

    def get(self, of: Hashable, version: Hashable, read: Callable[[], _Read]) -> _Read:
        """What has been read last; if that is another version, this one is being read when this returns.

        Raises, once, what `read` raised beside.
        """
        with self._lock:
            state = self._states[of]
            if state.ahead and state.ahead.done():
                ahead, state.ahead = state.ahead, None
                state.rests_until = max(state.rests_until, self._clock() + AGAIN * bool(ahead.exception()))
                state.read, state.version = ahead.result(), state.ahead_version
            if state.version != version and not state.ahead and self._clock() >= state.rests_until:
                state.ahead, state.ahead_version = Future(), version
                Thread(target=self._beside, args=(state, state.ahead, read), daemon=True).start()
            return state.read

    def _beside(self, state: _State[_Read], ahead: "Future[_Read]", read: Callable[[], _Read]) -> None:
        begun = self._clock()
        try:
            found = read()
        except Exception as error:
            ahead.set_exception(error)
            return
        now = self._clock()
        state.rests_until = now + REST * (now - begun)
        ahead.set_result(found)
