"""The dashboard's speed in one table: a real server, real sessions over its socket, no browser.

    python -m tests.benchmarks.dashboard ARCHIVE [--reruns 30] [--sessions 20]

A session opens the Overview and then asks for one view after another that nobody asked for before: other actors,
periods and outlets, as a click does. For each rerun: how long until the script has finished, as a reader waits for it,
and what was sent. Then what a further session costs in memory, and how long reruns take
with many sessions at once.

Beside it, in the same run, what does not depend on the server: how many CPU-milliseconds a view's questions take as
the page asks them (`data/tallies.py`), the same questions asked plainly (`data/queries.py`, the baseline), and the
charts' specs as they are kept and built anew (the baseline). A machine twice as fast halves all four.
"""

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data import queries
from data.filters import Filters

ROOT = Path(__file__).resolve().parents[2]
GOALS = {"rerun": 150, "specs": 10, "bytes": 150_000, "memory": 5e6, "together": 1_000}
PERIODS = {"30d": 30, "90d": 90, "6m": 182, "1y": 365, "all": None}
Numbers = list[float]


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("archive")
    asked.add_argument("--reruns", type=int, default=30)
    asked.add_argument("--sessions", type=int, default=20)
    options = asked.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} core(s)")
    views = in_memory(options.archive, options.reruns)
    with server(options.archive) as (port, pid):
        asyncio.run(over_the_socket(port, pid, views, options.reruns, options.sessions))
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


def told(name: str, values: Numbers, unit: str, goal: float | None = None) -> None:
    """A row: median, 95th percentile, most."""
    ordered = sorted(values)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    aim = "" if goal is None else f"   goal {goal:,.0f} at p95"
    print(f"{name:58} median {statistics.median(ordered):9,.0f} {unit}  p95 {p95:9,.0f}  most {ordered[-1]:9,.0f}{aim}")


# Without a server


def in_memory(url: str, number: int) -> list[str]:
    """Questions and specs; the links of as many views as the sessions will need."""
    from dashboard import answers

    archive = answers.pinned(url)
    started = time.process_time()
    press = answers.press(archive, url)
    print(
        f"{press.articles.height:,} articles, {press.mentions.height:,} mentions, "
        f"read into memory in {time.process_time() - started:.1f} CPU-seconds"
    )
    chance = random.Random(1)  # noqa: S311 (chooses filters)
    quick, plain = [], []
    for _ in range(number):
        filters, every = chosen(press, chance)
        quick.append(timed(lambda filters=filters, every=every: ask(press, filters, every)))
        plain.append(timed(lambda filters=filters, every=every: ask_plainly(press, filters, every)))
    told("a view's questions, CPU", quick, "ms")
    told("    the same asked plainly", plain, "ms")
    specs()
    return [link(press, chance) for _ in range(400)]


def timed(work: Callable[[], object]) -> float:
    """CPU-milliseconds, all threads together."""
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1e3


def chosen(press, chance) -> tuple[Filters, queries.Every]:
    """What a reader clicks: some of the most mentioned actors, a period, perhaps outlets."""
    days = PERIODS[chance.choice(["30d", "90d", "6m", "1y", "all", "all"])]
    first: date = press.last_day - timedelta(days=days - 1) if days else press.first_day
    outlets = chance.sample(press.outlets, min(len(press.outlets), chance.choice([0, 0, 3, 8])))
    actors = chance.sample(press.actors[:25], chance.randint(2, 6))
    filters = Filters(
        tuple(actors), tuple(outlets), from_day=first, to_day=press.last_day, copies=chance.random() < 0.7
    )
    return filters, queries.default_every(first, press.last_day)


def ask(press, filters: Filters, every: queries.Every) -> None:
    """What the Overview asks."""
    from dashboard import answers

    answers.summary(press, filters, "tone")
    answers.course(press, filters, every, "tone")
    answers.volume(press, filters, every)
    answers.peaks(press, filters, "week")
    answers.judged_from(press, filters, "week")
    answers.tone(press, filters, every, "tone")
    answers.overall(press, filters, "tone")
    answers.share_of_voice(press, filters)
    answers.balance(press, filters, "tone")
    answers.co_mentions(press, filters, press.actors[:12])
    answers.newest(press, filters, "tone", 12)


def ask_plainly(press, filters: Filters, every: queries.Every) -> None:
    """The same of the frames, one after the other."""
    import polars as pl

    from data import peaks

    hot, readings = press.mentions, press.readings
    looked_at = hot.filter(filters.mentions(), pl.col("day").is_not_null())
    queries.summary(hot, readings, filters)
    looked_at.group_by("day").agg(pl.col("tone").mean())
    queries.volume(hot, readings, filters, every)
    peaks.peaks(hot, readings, filters, "week")
    peaks.judged(hot, readings, replace(filters, actors=press.actors[:1]), "week")
    queries.tone(hot, filters, every)
    as_one = replace(filters, from_day=None, to_day=None)
    queries.tone(looked_at.with_columns(day=pl.lit(date(2000, 1, 1))), as_one, "month")
    queries.share_of_voice(hot, filters)
    queries.balance(hot, filters)
    queries.co_mentions(hot, filters, press.actors[:12])
    ids = looked_at.select("article_id").unique()
    press.articles.join(ids, on="article_id", how="semi", maintain_order="left").head(12)


def specs() -> None:
    """The specs of the Overview's charts: kept, and built anew."""
    from dashboard import charts, theme

    colours = theme.palette("light")
    drawn = tuple(charts.Drawn(f"actor-{number}", f"Actor {number}", "#336699") for number in range(4))

    def page() -> None:
        charts.volume(drawn, colours, "count", "week")
        for _ in drawn:
            charts.tone(colours, "week")
        charts.share_of_voice(4, colours)
        charts.balance(4, colours)
        charts.co_mentions(12, 480, colours)

    anew = timed(page)
    told("chart specs of a page, CPU", [timed(page) for _ in range(20)], "ms", GOALS["specs"])
    told("    built anew", [anew], "ms")


# With a server


def link(press, chance) -> str:
    """The words of a view in its address."""
    filters, _ = chosen(press, chance)
    words = [("actor", one) for one in filters.actors] + [("outlet", one) for one in filters.outlets]
    words.append(("period", chance.choice(list(PERIODS))))
    return urlencode(words + ([] if filters.copies else [("no-copies", "1")]))


@contextmanager
def server(archive: str) -> Iterator[tuple[int, int]]:
    """A dashboard on a free port: port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "newsgauge.py"), "dashboard", "--archive", archive, "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


@dataclass(frozen=True)
class Rerun:
    """Seconds until the script had finished, and the bytes of its messages."""

    seconds: float
    bytes: int


async def rerun(socket_: aiohttp.ClientWebSocketResponse, words: str) -> Rerun:
    """Ask for a view and take in all that comes."""
    message = BackMsg()
    message.rerun_script.query_string = words
    started = time.perf_counter()
    await socket_.send_bytes(message.SerializeToString())
    size = 0
    while True:
        told_ = await socket_.receive_bytes(timeout=300)
        size += len(told_)
        answer = ForwardMsg()
        answer.ParseFromString(told_)
        if answer.WhichOneof("type") == "script_finished":
            return Rerun(time.perf_counter() - started, size)


async def over_the_socket(port: int, pid: int, views: list[str], reruns: int, sessions: int) -> None:
    """Everything that a server is needed for."""
    address = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession() as client:
        await ready(client, address, pid)

        async def opened() -> aiohttp.ClientWebSocketResponse:
            return await client.ws_connect(f"{address}/_stcore/stream", protocols=["streamlit"], max_msg_size=0)

        one = await opened()
        first = await rerun(one, views.pop())
        told("first view of a server just started", [first.seconds * 1e3], "ms")
        told("    of a further session", [(await rerun(await opened(), views.pop())).seconds * 1e3], "ms", 2_000)
        found = [await rerun(one, views.pop()) for _ in range(reruns)]
        told("rerun with another view, by the clock", [each.seconds * 1e3 for each in found], "ms", GOALS["rerun"])
        told("    sent", [each.bytes for each in found], "bytes", GOALS["bytes"])
        again = views.pop()
        await rerun(one, again)
        told("    the same view once more", [(await rerun(one, again)).seconds * 1e3 for _ in range(5)], "ms")
        # A view that was seen, so that what is measured is the session and no answer that is kept for all.
        before = memory(pid)
        more = [await opened() for _ in range(sessions)]
        for each in more:
            await rerun(each, again)
        told("memory of a further session", [(memory(pid) - before) / sessions], "bytes", GOALS["memory"])

        async def reader(of: aiohttp.ClientWebSocketResponse) -> list[Rerun]:
            return [await rerun(of, views.pop()) for _ in range(3)]

        together = [each for some in await asyncio.gather(*map(reader, more)) for each in some]
        told(
            f"reruns of {sessions} sessions at once", [each.seconds * 1e3 for each in together], "ms", GOALS["together"]
        )


async def ready(client: aiohttp.ClientSession, address: str, pid: int) -> None:
    """Wait until the server answers; what it said of its end stands above."""
    for _ in range(3_000):
        try:
            async with client.get(f"{address}/_stcore/health") as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientConnectionError:
            pass
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            raise RuntimeError("the server has ended")
        await asyncio.sleep(0.2)
    raise TimeoutError(f"{address}: no answer in ten minutes")


def memory(pid: int) -> int:
    """Bytes that the server and its children hold."""
    status = Path(f"/proc/{pid}/smaps_rollup").read_text()
    own = next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("Pss:"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(memory(int(child)) for child in children)


if __name__ == "__main__":
    main()
