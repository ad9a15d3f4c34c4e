"""Server time of the Overview when its filters change: overview.py ARCHIVE [REPEATS]

Runs the page's script as a session of the server does, without a browser, on the archive given; each rerun has
filters that were not asked before, so that no answer comes from a cache. Prints the percentiles of the reruns.
"""

import os
import random
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Measure and print."""
    os.environ["NEWSGAUGE_ARCHIVE"] = sys.argv[1]
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seconds, first, rows = reruns(repeats)
    ordered = sorted(seconds)
    print(f"{rows}")
    print(f"first run {first * 1e3:,.0f} ms (reads the archive, builds the charts)")
    print(
        f"{repeats} reruns with changed filters: median {statistics.median(ordered) * 1e3:,.0f} ms, "
        f"p95 {ordered[int(0.95 * (len(ordered) - 1))] * 1e3:,.0f} ms, most {ordered[-1] * 1e3:,.0f} ms"
    )


def reruns(repeats: int) -> tuple[list[float], float, str]:
    """Seconds of each rerun, of the first run, and what the archive holds."""
    from streamlit.testing.v1 import AppTest

    from dashboard import answers

    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    started = time.perf_counter()
    page.run()
    first = time.perf_counter() - started
    assert not page.exception, page.exception
    press = answers.press(answers.pinned(os.environ["NEWSGAUGE_ARCHIVE"]), os.environ["NEWSGAUGE_ARCHIVE"])
    chance = random.Random(1)  # noqa: S311 (chooses filters)
    seconds = []
    for _ in range(repeats):
        choose(page, press, chance)
        # The script alone: AppTest also waits in steps of a tenth of a second for its thread.
        seconds.append(timed(page))
        assert not page.exception, page.exception
    return seconds, first, f"{press.articles.height:,} articles, {press.mentions.height:,} mentions"


def choose(page, press, chance) -> None:
    """Other actors, another period or outlets: what a reader clicks."""
    state = page.session_state
    state["actor"] = chance.sample(press.actors[:25], chance.randint(2, 6))
    state["six"] = state["actor"]
    state["period"] = chance.choice(["30d", "90d", "6m", "1y", "all", "all"])
    state["volume"] = chance.choice(["count", "ratio"])
    state["outlet"] = chance.sample(press.outlets, min(len(press.outlets), chance.choice([0, 0, 3, 8])))
    state["copies"] = chance.random() < 0.7


def timed(page) -> float:
    """Seconds of processor and waiting in the page's script, from its first line to its last."""
    from dashboard import app

    spent = []
    run = app.main

    def watched() -> None:
        started = time.perf_counter()
        run()
        spent.append(time.perf_counter() - started)

    app.main = watched
    try:
        page.run()
    finally:
        app.main = run
    return spent[-1]


if __name__ == "__main__":
    main()
