"""The dashboard's speed in one table: a real server, real sessions over its socket, no browser.

    python -m tests.benchmarks.dashboard ARCHIVE [--reruns 30] [--sessions 20] [--page actor] [--seconds 60] [--ingest]

A session opens the Overview (or another page) and then asks for one view after another that nobody asked for before:
other actors, periods and outlets, as a click does. For each rerun: how long until the script has finished, as a reader
waits for it, how many CPU-milliseconds the server took, all its threads together, and what was sent: over the wire, as
a browser gets it, which takes compression and keeps long messages that come again. Then what a further session costs in
memory, and how long reruns take with many sessions: of people who look at what they have asked for before they click
again (5 to 15 seconds, half of the views seen by others before), and at the very same moment, over and over, which no
twenty people do. With `--ingest` on a copy of the archive, while articles are imported into it.

Beside it, in the same run, what does not depend on the server: how many CPU-milliseconds a view's questions take as
the page asks them (`data/tallies.py`), the same questions asked plainly (`data/queries.py`, the baseline), and the
charts' specs as they are kept and built anew (the baseline). A machine twice as fast halves all four.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
from aiohttp.client_proto import ResponseHandler
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from commands.serving import SERVING
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
    asked.add_argument("--page", default="", help="a page's name in its address; the Overview's is empty")
    asked.add_argument("--seconds", type=int, default=60, help="how long people look and click")
    asked.add_argument("--ingest", action="store_true", help="import articles while many sessions are at work")
    options = asked.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} core(s)")
    views = in_memory(options.archive, options.reruns)
    place = copied(options.archive) if options.ingest else nullcontext(options.archive)
    with place as archive, server(archive) as (port, pid):
        asyncio.run(over_the_socket(port, pid, views, options, archive))
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
    from dashboard import held

    archive = held.pinned(url)
    started = time.process_time()
    press = held.press(archive, url)
    print(
        f"{press.articles.height:,} articles, {press.mentions.height:,} mentions, "
        f"read into memory in {time.process_time() - started:.1f} CPU-seconds"
    )
    chance = random.Random(1)  # noqa: S311 (chooses filters)
    views = [chosen(press, chance) for _ in range(number)]
    told("a view's questions, CPU", [timed(partial(ask, press, *view)) for view in views], "ms")
    told("    the same asked plainly", [timed(partial(ask_plainly, press, *view)) for view in views], "ms")
    of_one = [replace(filters, actors=filters.actors[:1]) for filters, _ in views]
    told("what is told of one actor alone, CPU", [timed(partial(ask_of_one, press, one)) for one in of_one], "ms")
    told("    the same asked plainly", [timed(partial(ask_of_one_plainly, press, one)) for one in of_one], "ms")
    specs()
    return [link(press, chance) for _ in range(600)]


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


def ask_of_one(press, filters: Filters) -> None:
    """What the page of one actor asks besides."""
    from dashboard import portraits

    portraits.topics_beside(press, filters)
    portraits.partners(press, filters)
    portraits.outlets(press, filters, "tone")
    portraits.said(press, filters)
    portraits.names(press, filters)


def ask_of_one_plainly(press, filters: Filters) -> None:
    """The same of the frames, and of the archive's table."""
    import polars as pl

    from data import portrait

    hot, whole = press.mentions, portrait.whole(filters)
    portrait.beside(portrait.topics(hot, filters), portrait.topics(hot, whole), "topic")
    portrait.beside(portrait.named(hot, filters), portrait.named(hot, whole), "actor")
    portrait.outlets(hot, press.readings, filters)
    of_actor = press.search.archive.mentions().filter(pl.col("actor").is_in(filters.actors))
    rows = of_actor.select("article_id", "actor", "spans", "passages").collect()
    portrait.looked_at(portrait.passages(rows, hot), hot, filters)
    portrait.names(portrait.written(rows, hot), hot, filters)


def specs() -> None:
    """The specs of the Overview's charts: kept, and built anew."""
    from dashboard import charts, pair_charts, share_charts, theme, tone_charts, volume_charts

    colours = theme.palette("light")
    drawn = tuple(charts.Drawn(f"actor-{number}", f"Actor {number}", "#336699") for number in range(4))

    def page() -> None:
        volume_charts.volume(drawn, colours, "count", "week")
        for _ in drawn:
            tone_charts.tone(colours, "week")
        share_charts.share_of_voice(4, colours)
        share_charts.balance(4, colours)
        pair_charts.co_mentions(12, 480, colours)

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
    """Seconds until the script had finished, CPU-seconds of the server, bytes of the messages and on the wire."""

    seconds: float
    cpu: float
    bytes: int
    wire: int


@dataclass(eq=False)
class Session:
    """What a browser holds: its socket, and the hashes of long messages, which it need not be sent again."""

    socket: aiohttp.ClientWebSocketResponse
    pid: int
    page: str
    hashes: set[str] = field(default_factory=set)

    async def rerun(self, words: str) -> Rerun:
        """Ask for a view and take in all that comes."""
        message = BackMsg()
        message.rerun_script.query_string = words
        message.rerun_script.page_name = self.page
        message.rerun_script.cached_message_hashes.extend(self.hashes)
        started, cpu, wire, size = time.perf_counter(), burnt(self.pid), WIRE[0], 0
        await self.socket.send_bytes(message.SerializeToString())
        while True:
            told_ = await self.socket.receive_bytes(timeout=300)
            size += len(told_)
            answer = ForwardMsg()
            answer.ParseFromString(told_)
            if answer.metadata.cacheable:
                self.hashes.add(answer.hash)
            if answer.WhichOneof("type") == "script_finished":
                seconds = time.perf_counter() - started
                return Rerun(seconds, burnt(self.pid) - cpu, size, WIRE[0] - wire)


#: All bytes that have come in over any connection.
WIRE = [0]


class Counting(ResponseHandler):
    """A connection whose bytes are counted."""

    def data_received(self, data: bytes) -> None:
        """As they come from the wire."""
        WIRE[0] += len(data)
        super().data_received(data)


def burnt(pid: int) -> float:
    """CPU-seconds of the server so far, all threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def over_the_socket(port: int, pid: int, views: list[str], options: argparse.Namespace, archive: str) -> None:
    """Everything that a server is needed for."""
    address = f"http://127.0.0.1:{port}"
    connector = aiohttp.TCPConnector(limit=0)
    connector._factory = lambda: Counting(loop=asyncio.get_running_loop())
    async with aiohttp.ClientSession(connector=connector) as client:
        await ready(client, address, pid)

        async def opened() -> Session:
            stream = f"{address}/_stcore/stream"
            socket_ = await client.ws_connect(stream, protocols=["streamlit"], max_msg_size=0, compress=15)
            return Session(socket_, pid, options.page)

        await alone(opened, views, options.reruns)
        more = await beside(opened, views, options.sessions, pid)
        with ingesting(archive) if options.ingest else nullcontext():
            during = ", an ingest beside them" if options.ingest else ""
            await thinking(more, views, options.seconds, pid, during)
            await together(more, views, during)


async def alone(opened: Callable[[], Awaitable[Session]], views: list[str], reruns: int) -> None:
    """What one reader waits for, and is sent."""
    one = await opened()
    first = await one.rerun(views.pop())
    told("first view of a server just started", [first.seconds * 1e3], "ms")
    told("    of a further session", [(await (await opened()).rerun(views.pop())).seconds * 1e3], "ms", 2_000)
    found = [await one.rerun(views.pop()) for _ in range(reruns)]
    told("rerun with another view, by the clock", [each.seconds * 1e3 for each in found], "ms", GOALS["rerun"])
    told("    the server's CPU", [each.cpu * 1e3 for each in found], "ms")
    told("    sent", [each.wire for each in found], "bytes", GOALS["bytes"])
    told("    not compressed", [each.bytes for each in found], "bytes")
    again = views.pop()
    await one.rerun(again)
    found = [await one.rerun(again) for _ in range(5)]
    told("    the same view once more", [each.seconds * 1e3 for each in found], "ms")
    told("    the server's CPU", [each.cpu * 1e3 for each in found], "ms")


async def beside(opened: Callable[[], Awaitable[Session]], views: list[str], sessions: int, pid: int) -> list[Session]:
    """So many more sessions, and what each costs in memory."""
    # A view that was seen, so that what is measured is the session and no answer that is kept for all.
    again = views.pop()
    await (await opened()).rerun(again)
    before = memory(pid)
    more = [await opened() for _ in range(sessions)]
    for each in more:
        await each.rerun(again)
    told("memory of a further session", [(memory(pid) - before) / sessions], "bytes", GOALS["memory"])
    return more


async def thinking(sessions: list[Session], views: list[str], seconds: int, pid: int, during: str) -> None:
    """People who read: each clicks, looks for 5 to 15 seconds, and clicks again; half of what they ask for is new."""
    shared = [views.pop() for _ in range(10)]
    ends, burnt_before = time.perf_counter() + seconds, burnt(pid)

    async def reader(number: int, of: Session) -> list[Rerun]:
        chance = random.Random(number)  # noqa: S311 (chooses views and pauses)
        found = []
        await asyncio.sleep(chance.uniform(0, 10))
        while time.perf_counter() < ends:
            found.append(await of.rerun(chance.choice(shared) if chance.random() < 0.5 else views.pop()))
            await asyncio.sleep(chance.uniform(5, 15))
        return found

    found = [each for some in await asyncio.gather(*map(reader, range(len(sessions)), sessions)) for each in some]
    name = f"{len(found)} reruns of {len(sessions)} people who read{during}"
    told(name, [each.seconds * 1e3 for each in found], "ms", GOALS["together"])
    work, passed = burnt(pid) - burnt_before, time.perf_counter() - ends + seconds
    print(f"    the server was at work {work / passed:.0%} of a core")


async def together(sessions: list[Session], views: list[str], during: str) -> None:
    """Three views of each, all at once."""

    async def reader(of: Session) -> list[Rerun]:
        return [await of.rerun(views.pop()) for _ in range(3)]

    found = [each for some in await asyncio.gather(*map(reader, sessions)) for each in some]
    name = f"reruns of {len(sessions)} sessions at once{during}"
    told(name, [each.seconds * 1e3 for each in found], "ms", GOALS["together"])


@contextmanager
def copied(archive: str) -> Iterator[str]:
    """The archive in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield shutil.copytree(archive, Path(folder) / "archive").as_posix()


@contextmanager
def ingesting(archive: str) -> Iterator[None]:
    """Articles come into the archive all the while."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "press.jsonl"
        rows = [{"url": f"https://beside.example/{n}", "title": f"Nato meets {n}", "text": TEXT} for n in range(20_000)]
        file.write_text("\n".join(map(json.dumps, rows)))
        command = [sys.executable, str(ROOT / "newsgauge.py"), "import", "--archive", archive, "--tone", "lexicon"]
        with subprocess.Popen([*command, str(file)], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            yield
            print(f"    the import {'was over' if process.poll() is not None else 'went on'} when they ended")
            process.terminate()


TEXT = "Ukraine and Russia talked in Geneva. Nato welcomed the talks, and Donald Trump called them a good beginning."


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
    if not SERVING.items() <= os.environ.items():
        # As the server works, which sets this before its libraries are loaded: else they work with as many threads as
        # there are cores, which spin, and a view's questions seem to take up to three times what they do.
        command = [sys.executable, "-m", "tests.benchmarks.dashboard", *sys.argv[1:]]
        os.execve(command[0], command, os.environ | SERVING)  # noqa: S606 (no shell)
    main()
