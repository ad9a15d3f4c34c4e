"""The collector against a press of its own, a server process on the loopback, through the command line.

    python -m tests.benchmarks.collector speed [--feeds 2000] [--entries 10] [--bad 0.1] [--tone model]
    python -m tests.benchmarks.collector kill [N]      commands are killed at N points, then others follow (see kills)
    python -m tests.benchmarks.collector at-once       five runs start together

`speed` tells seconds, CPU-seconds and peak memory (PSS of all processes) of a first run, of one that finds nothing new,
and of one that finds an article in each feed. The others end with exit status 1 where an article was lost or doubled.
What becomes of writes that fail is measured by tests.benchmarks.faults.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data.archive import open_archive
from tests.benchmarks.main_job import memory
from tests.press_server import FAULTS, Press, http

HOME = Path(__file__).resolve().parents[2]

#: The ways in which a server costs its readers most, each in turn.
WORST = (
    *("drip", "silence", "endless-headers", "endless-header", "endless-body", "gzip-bomb", "br-bomb", "zstd-bomb"),
    *("redirect-loop", "huge-title", "deep", "json-deep", "entity-bomb", "hang-up", "no-http", "503"),
)
PLACES = ("Oslo", "Riga", "Rome", "Kyiv", "Ghent", "Turku", "Porto", "Graz")
DEEDS = ("praises the harbour", "warns of a flood", "opens a bridge", "blames the ministry", "meets NATO envoys")
ITEM = (
    "<item><title>{place} {deed} for the {n}th time, report {feed}</title><link>https://outlet-{feed}.example/a/{n}</link>"
    '<guid isPermaLink="false">{feed}-{n}</guid><pubDate>{day:02d} Nov 2026 {hour:02d}:00:00 GMT</pubDate>'
    "<description>The mayor of {place} said on Monday that work number {n} would go on. Ukraine and Russia were not "
    "named in report {feed}, and residents of {place} called the plan a great success.</description></item>"
)


def document(feed: int, entries: int) -> bytes:
    """The newest ten and more articles of a feed that has published so many."""
    items = "".join(
        ITEM.format(
            feed=feed, n=n, place=PLACES[(feed + n) % 8], deed=DEEDS[(feed * 3 + n) % 5], day=1 + n % 25, hour=n % 24
        )
        for n in range(entries)
    )
    return f'<rss version="2.0"><channel><title>Outlet {feed}</title><ttl>15</ttl>{items}</channel></rss>'.encode()


# The press, in a process of its own


def serve(feeds: int, entries: int, bad: float) -> None:
    """Serve until stdin closes. A line of stdin is how many articles each feed has published by then."""
    press = Press()
    every = round(1 / bad) if bad else 0

    def publish(count: int) -> None:
        for feed in range(feeds):
            body = document(feed, count)
            press.answers[f"/{feed}.xml"] = http(body, etag=f'"{feed}-{count}"')
            if every and feed % every == 0:
                press.answers[f"/{feed}.xml"] = FAULTS[WORST[feed // every % len(WORST)]].answer

    async def main() -> None:
        publish(entries)
        press.answers["/redirect-loop"] = FAULTS["redirect-loop"].answer
        server = await asyncio.start_server(press.serve, "127.0.0.1", 0, backlog=1000)
        print(server.sockets[0].getsockname()[1], flush=True)
        lines = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        while line := await lines.readline():
            publish(int(line))
            print("published", flush=True)

    asyncio.run(main())


@dataclass
class Served:
    """A press that runs, and the catalogue of its feeds."""

    process: "subprocess.Popen[str]"
    port: int
    catalogue: Path
    feeds: int
    bad: int

    def publish(self, entries: int) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{entries}\n")
        self.process.stdin.flush()
        self.process.stdout.readline()


@contextlib.contextmanager
def served(feeds: int, entries: int, bad: float = 0.0) -> Iterator[Served]:
    command = [sys.executable, "-m", "tests.benchmarks.collector", "serve"]
    command += ["--feeds", str(feeds), "--entries", str(entries), "--bad", str(bad)]
    process = subprocess.Popen(command, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    folder = Path(tempfile.mkdtemp(prefix="newsgauge-catalogue-"))
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        for name in ("actors.toml", "topics.toml", "words.toml"):
            shutil.copy(HOME / "data" / "catalogue" / name, folder)
        outlets = "".join(
            f'[outlet-{feed}]\nname = "Outlet {feed}"\nhomepage = "https://outlet-{feed}.example/"\ncountry = "GB"\n'
            f'languages = ["en"]\nmedia_type = "digital"\nownership = "private"\npanels = []\n'
            f'feeds = [{{url = "http://127.0.0.1:{port}/{feed}.xml"}}]\n\n'
            for feed in range(feeds)
        )
        (folder / "outlets.toml").write_text(outlets)
        yield Served(process, port, folder, feeds, round(feeds * bad))
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


# Runs


@dataclass(frozen=True)
class Run:
    """How a run ended."""

    exit: int
    report: dict[str, Any]
    stderr: str
    seconds: float
    cpu: float
    peak: int


def command_of(press: Served, archive: Path, *words: str) -> list[str]:
    command = [sys.executable, str(HOME / "newsgauge.py"), "ingest", "--json", "--archive", str(archive)]
    command += ["--catalogue", str(press.catalogue), "--allow-address", f"127.0.0.1:{press.port}"]
    return [*command, *words]


def ingested(press: Served, archive: Path, *words: str) -> Run:
    """One run, watched."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        command_of(press, archive, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.25):
            peak = max(peak, memory(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = process.communicate()
    done.set()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = json.loads(out) if out.strip() else {}
    return Run(process.returncode, report, err, time.perf_counter() - started, cpu, peak)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="newsgauge-archive-"))
    try:
        yield made / "archive"
    finally:
        shutil.rmtree(made)


def speed(options: argparse.Namespace) -> int:
    words = ("--tone", options.tone)
    with served(options.feeds, options.entries, options.bad) as press, folder() as archive:
        for name, more in (("first run", ()), ("nothing new", ("--all",)), ("one new each", ("--all",))):
            if name == "one new each":
                press.publish(options.entries + 1)
            run = ingested(press, archive, *words, *more)
            told = {key: run.report.get(key) for key in ("feeds", "entries", "new", "dropped", "exit")}
            print(
                f"{name:13} {run.seconds:6.1f} s, {run.cpu:6.1f} CPU-s, peak {run.peak / 1e6:,.0f} MB, "
                f"{options.feeds / run.seconds:,.0f} feeds/s; {told}",
                flush=True,
            )
    return 0


# What a run leaves that is killed, or whose writes fail


def whole(archive: Path, press: Served, entries: int) -> list[str]:
    """What is wrong with an archive that should have each article of the press once; empty where nothing is."""
    opened = open_archive(str(archive))
    stored = opened.scan("articles").select("url", "id", "version").collect()
    wanted = {f"https://outlet-{feed}.example/a/{n}" for feed in range(press.feeds) for n in range(entries)}
    read = opened.readings().select("article_id").collect()["article_id"]
    mentions = opened.mentions().select("article_id", "actor").collect()
    fetches = opened.fetches().select("run", "feed_url").collect()
    wrong = {
        "lost": len(wanted - set(stored["url"])),
        "doubled": stored.height - stored["url"].n_unique() + len(set(stored["url"]) - wanted),
        "unread": len(set(stored["id"]) - set(read)),
        "read twice": read.len() - read.n_unique(),
        "mentions twice": mentions.height - mentions.n_unique(),
        "without their mentions": stored.filter(~pl.col("id").is_in(mentions["article_id"].implode())).height,
        "checks twice": fetches.height - fetches.n_unique(),
    }
    return [f"{count} {what}" for what, count in wrong.items() if count]


def kill(options: argparse.Namespace) -> int:
    """Kill ingest, import, maintain, rescore and export at random points, each followed by a whole one."""
    from tests.benchmarks import kills  # which starts commands as this module does

    return kills.kills(options.number or 200, list(kills.COMMANDS), options.seed)


def at_once(options: argparse.Namespace) -> int:
    """Start five runs together: one works, the others leave with 75."""
    with served(200, 5) as press, folder() as archive:
        started = time.perf_counter()
        runs = [
            subprocess.Popen(
                command_of(press, archive, "--tone", "lexicon"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for _ in range(options.number or 5)
        ]
        left: dict[int, tuple[int, float]] = {}
        while len(left) < len(runs):
            for run in runs:
                if run.pid not in left and run.poll() is not None:
                    left[run.pid] = (run.returncode, time.perf_counter() - started)
            time.sleep(0.01)
        ends = sorted(left.values())
        print(", ".join(f"exit {exit_} after {seconds:.2f} s" for exit_, seconds in ends))
        return 0 if [exit_ for exit_, _ in ends] == [0] + [75] * (len(runs) - 1) else 1


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=["serve", "speed", "kill", "at-once"])
    asked.add_argument("number", nargs="?", type=int)
    asked.add_argument("--feeds", type=int, default=2_000)
    asked.add_argument("--entries", type=int, default=10)
    asked.add_argument("--bad", type=float, default=0.0, help="the part of the feeds that misbehave")
    asked.add_argument("--tone", default="model")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    if options.what == "serve":
        serve(options.feeds, options.entries, options.bad)
        return 0
    return {"speed": speed, "kill": kill, "at-once": at_once}[options.what](options)


if __name__ == "__main__":
    sys.exit(main())
