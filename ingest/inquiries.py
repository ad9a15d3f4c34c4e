"""What many feeds want to know of the archive at one time is asked in one go: a look costs as much as a hundred."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import polars as pl

from data import known

#: Seconds to wait for what other feeds want to know.
GATHER = 0.05

Look = Callable[[pl.DataFrame], pl.DataFrame]  # known.ASKED -> known.CANDIDATES


class Inquiries:
    """Puts the questions of all feeds of a run to `look`, which is called from another thread, one call at a time."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._thread = ThreadPoolExecutor(1, "look-up")
        self._waiting: list[tuple[pl.DataFrame, asyncio.Future[pl.DataFrame]]] = []
        self._answering: asyncio.Task[None] | None = None

    async def candidates(self, asked: pl.DataFrame) -> pl.DataFrame:
        """The known.CANDIDATES of a feed's rows of known.ASKED. Raises what `look` raises."""
        if asked.is_empty():
            return pl.DataFrame(schema=known.CANDIDATES)
        answer: asyncio.Future[pl.DataFrame] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        return await answer

    def close(self) -> None:
        """Answer nothing more."""
        if self._answering:
            self._answering.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _answer(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER)
            taken, self._waiting = self._waiting, []
            try:
                found = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._look, _together([asked for asked, _ in taken])
                )
            except Exception as fault:  # not hidden: it is raised where each of them waits
                for _, answer in taken:
                    if not answer.done():
                        answer.set_exception(fault)
                continue
            start = 0
            for asked, answer in taken:
                own = found.filter(pl.col("number").is_between(start, start + asked.height - 1))
                if not answer.done():
                    answer.set_result(own.with_columns(pl.col("number") - start))
                start += asked.height


def _together(asked: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of all, numbered anew."""
    return pl.concat(asked).with_columns(number=pl.int_range(pl.len(), dtype=pl.Int64))
