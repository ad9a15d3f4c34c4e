"""Whether others wait for a search that asks too much: python -m tests.benchmarks.hostile_search ARCHIVE [QUERIES]

Two readers ask so many ordinary queries each (200), as sessions of a server do: beside a third who asks one ordinary
query after the other, and then beside one who asks costly ones. Prints the percentiles of what the two wait, their
ratio at p95, which should be at most 1.5, and what a costly query takes until it is refused.
"""

import sys
import threading
import time
from itertools import cycle, islice

import numpy as np

from data import search
from data.archive import open_archive
from data.grammar import QueryError
from data.search import Search

ORDINARY = (
    "nato",
    "putin",
    "ukraine OR russia",
    "white house",
    '"prime minister"',
    "trump NOT nato",
    "elect*",
    "merkel",
)
_HALF = "({}*)".format("* OR ".join("abcdefghijklm"))
COSTLY = (
    " OR ".join(f"{_HALF} NEAR/99 {_HALF}" for _ in range(20)),
    " OR ".join(f"({a}* OR {b}*) NEAR/99 (c* OR d*)" for a, b in zip("aeiou" * 4, "bghkl" * 4, strict=True)),
    "a* NEAR/99 a*",
)


def main() -> None:
    """Ask, and print."""
    archive = open_archive(sys.argv[1])
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    ready = search.opened(archive)
    for query in ORDINARY:  # both times words are known that were asked for before
        search.found(ready, query)
    usual = beside(ready, number, third=ORDINARY)
    costly = beside(ready, number, third=COSTLY)
    for name, (waited, refused) in (("ordinary", usual), ("costly", costly)):
        told = f"; {len(refused)} refused, each after {at(refused, 50):.0f} ms" if refused else ""
        print(f"beside {name:8}: p50 {at(waited, 50):6.1f} ms, p95 {at(waited, 95):6.1f} ms of {len(waited)}{told}")
    print(f"ratio at p95: {at(costly[0], 95) / at(usual[0], 95):.2f}")


def beside(ready: Search, number: int, third: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Seconds that the queries of two readers took, and those of the third until each was refused."""
    waited: list[float] = []
    refused: list[float] = []
    done = threading.Event()

    def read(first: int) -> None:
        for query in islice(cycle(ORDINARY), first, first + number):
            began = time.perf_counter()
            search.found(ready, query)
            waited.append(time.perf_counter() - began)
            done.wait(0.01)  # somebody looks at what was found

    def burden() -> None:
        for query in cycle(third):
            if done.is_set():
                return
            began = time.perf_counter()
            try:
                search.found(ready, query)
            except QueryError:
                refused.append(time.perf_counter() - began)

    readers = [threading.Thread(target=read, args=(first,)) for first in (0, 3)]
    burdening = threading.Thread(target=burden)
    for thread in (burdening, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    done.set()
    burdening.join()
    return waited, refused


def at(seconds: list[float], percent: float) -> float:
    """Milliseconds at a percentile."""
    return float(np.percentile(seconds, percent)) * 1e3


if __name__ == "__main__":
    main()
