"""Server time of the Overview when its filters change: overview.py ARCHIVE [REPEATS]

Runs the page's script as a session of the server does, without a browser, on the archive given; each rerun has
filters that were not asked before, so that no answer comes from a cache. Prints the percentiles of the reruns, and
the same of the processor's time, all threads together, which on a busy machine says more: it should be at most 150 ms
at p95. At last what telling the peaks takes of it.
"""

import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Measure and print."""
    os.environ["NEWSGAUGE_ARCHIVE"] = sys.argv[1]
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    spent, first, rows = reruns(repeats)
    print(f"{rows}")
    print(f"first run {first * 1e3:,.0f} ms (reads the archive, builds the charts)")
    print(f"{repeats} reruns with changed filters: {percentiles([one.seconds for one in spent])}")
    print(f"    of the processor: {percentiles([one.processor for one in spent])}")
    print(f"    of it telling peaks by their titles: {percentiles([one.telling for one in spent])}")


class Spent(NamedTuple):
    """Seconds of a rerun: by the clock, of the processor, and of the processor for the phrases of peaks."""

    seconds: float
    processor: float
    telling: float


def percentiles(seconds: list[float]) -> str:
    """In words."""
    ordered = sorted(seconds)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return (
        f"median {statistics.median(ordered) * 1e3:,.0f} ms, p95 {p95 * 1e3:,.0f} ms, most {ordered[-1] * 1e3:,.0f} ms"
    )


def reruns(repeats: int) -> tuple[list[Spent], float, str]:
    """What each rerun took, the seconds of the first run, and what the archive holds."""
    from streamlit.testing.v1 import AppTest

    from dashboard import held

    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    started = time.perf_counter()
    page.run()
    first = time.perf_counter() - started
    assert not page.exception, page.exception
    press = held.press(held.pinned(os.environ["NEWSGAUGE_ARCHIVE"]), os.environ["NEWSGAUGE_ARCHIVE"])
    chance = random.Random(1)  # noqa: S311 (chooses filters)
    spent = []
    for _ in range(repeats):
        choose(page, press, chance)
        # The script alone: AppTest also waits in steps of a tenth of a second for its thread.
        spent.append(timed(page))
        assert not page.exception, page.exception
    return spent, first, f"{press.articles.height:,} articles, {press.mentions.height:,} mentions"


def choose(page, press, chance) -> None:
    """Other actors, another period or outlets: what a reader clicks."""
    state = page.session_state
    state["actor"] = chance.sample(press.actors[:25], chance.randint(2, 6))
    state["six"] = state["actor"]
    state["period"] = chance.choice(["30d", "90d", "6m", "1y", "all", "all"])
    state["volume"] = chance.choice(["count", "ratio"])
    state["outlet"] = chance.sample(press.outlets, min(len(press.outlets), chance.choice([0, 0, 3, 8])))
    state["copies"] = chance.random() < 0.7


def timed(page) -> Spent:
    """What the page's script takes from its first line to its last."""
    from dashboard import answers, app

    spent = []
    telling = []
    run, tell = app.main, answers.hints

    def watched() -> None:
        started, processor = time.perf_counter(), time.process_time()
        run()
        spent.append((time.perf_counter() - started, time.process_time() - processor))

    def told(*asked):
        processor = time.process_time()
        found = tell(*asked)
        telling.append(time.process_time() - processor)
        return found

    app.main, answers.hints = watched, told
    try:
        page.run()
    finally:
        app.main, answers.hints = run, tell
    return Spent(*spent[-1], sum(telling))


if __name__ == "__main__":
    main()
