"""What commands hold of memory where they are given the worst: PSS of all their processes, sampled.

    python -m tests.benchmarks.memory hostile [FEEDS]   one run over so many feeds that misbehave (200), each in a way
    python -m tests.benchmarks.memory large [FEEDS]     one run over so many valid feeds of 20 MB (100), all at once
    python -m tests.benchmarks.memory explain [FILE]    explain, text by text, of the worst texts, or of a JSONL file's

Each also ends with exit status 1 where it holds more than its goal.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.press_server import FAULTS, Answer, Press, Say, http

HOME = Path(__file__).resolve().parents[2]
#: Megabytes.
GOALS = {"hostile": 300, "large": 600, "explain": 500}
LARGEST = 19_900_000
WORDS = (
    *("harbour", "minister", "tells", "crowd", "that", "bridge", "road", "plan", "fails", "again", "while", "NATO"),
    *("envoys", "meet", "and", "Kyiv", "hopes", "for", "peace"),
)


def large_feed(number: int, entry_size: int) -> bytes:
    """An RSS feed of LARGEST bytes, whose entries have so many bytes each."""
    chance = random.Random(number)  # noqa: S311
    some = " ".join(chance.choices(WORDS, k=entry_size // 6))
    items, size = [], 200
    while size < LARGEST:
        n = len(items)
        at = chance.randrange(len(some) // 2)
        text = some[at : at + entry_size // 2] + some[: entry_size // 2]
        item = (
            f"<item><title>Report {n} of outlet {number}: {' '.join(chance.choices(WORDS, k=6))}</title>"
            f"<link>https://outlet-{number}.example/a/{n}</link><guid>https://outlet-{number}.example/a/{n}</guid>"
            f"<pubDate>{1 + n % 25:02d} Nov 2026 {n % 24:02d}:00:00 GMT</pubDate>"
            f"<description>{text}</description></item>"
        )
        items.append(item)
        size += len(item)
    items.pop()
    body = f'<rss version="2.0"><channel><title>Outlet {number}</title>{"".join(items)}</channel></rss>'.encode()
    return http(gzip.compress(body, 6), content_encoding="gzip")


async def _large_and_cut(say: Say, _headers: dict[str, str]) -> None:
    """Nearly 10 MB, and then nothing more."""
    await say(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: 9900000\r\n\r\n")
    for _ in range(98):
        await say(b"<item><title>x</title></item>" * 3_448)
    await asyncio.sleep(60)


def hostile() -> dict[str, Answer]:
    """All ways to misbehave, by name."""
    found = {name: fault.answer for name, fault in FAULTS.items()}
    return found | {
        "large-texts": large_feed(1, 200_000),
        "large-entries": large_feed(2, 400),
        "large-and-silent": _large_and_cut,
    }


# The press, in a process of its own


def serve(what: str, feeds: int) -> None:
    """Serve until stdin closes."""
    press = Press()
    if what == "hostile":
        ways = hostile()
        press.answers |= {f"/{n}.xml": ways[list(ways)[n % len(ways)]] for n in range(feeds)}
        press.answers["/redirect-loop"] = FAULTS["redirect-loop"].answer
    else:
        made = [large_feed(n, 20_000 if n % 2 else 2_000) for n in range(feeds)]
        press.answers |= {f"/{n}.xml": body for n, body in enumerate(made)}

    async def main() -> None:
        server = await asyncio.start_server(press.serve, "127.0.0.1", 0, backlog=1000)
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())


@contextlib.contextmanager
def served(what: str, feeds: int) -> Iterator[tuple[int, Path]]:
    """The port of a press, and the catalogue of its feeds."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", "serve", str(feeds), "--what", what]
    folder = Path(tempfile.mkdtemp(prefix="newsgauge-memory-"))
    with subprocess.Popen(command, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            for name in ("actors.toml", "topics.toml", "words.toml"):
                shutil.copy(HOME / "data" / "catalogue" / name, folder)
            outlets = "".join(
                f'[outlet-{n}]\nname = "Outlet {n}"\nhomepage = "https://outlet-{n}.example/"\ncountry = "GB"\n'
                f'languages = ["en"]\nmedia_type = "digital"\nownership = "private"\npanels = []\n'
                f'feeds = [{{url = "http://127.0.0.1:{port}/{n}.xml"}}]\n\n'
                for n in range(feeds)
            )
            (folder / "outlets.toml").write_text(outlets)
            yield port, folder
        finally:
            process.kill()
            shutil.rmtree(folder)


# Measuring


def processes(pid: int) -> dict[str, int]:
    """Bytes of each process of a tree (PSS, what they share counted once), by its number and command."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        children = [child for of in Path(f"/proc/{pid}/task").glob("*/children") for child in of.read_text().split()]
    except OSError:
        return {}
    pss = next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    found = {f"{pid} {command[:90]}": pss}
    for child in children:
        found |= processes(int(child))
    return found


class Watch:
    """The largest sum of a process and its children, and who had how much of it."""

    def __init__(self, pid: int) -> None:
        self.peak: dict[str, int] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(pid,))
        self._thread.start()

    def _watch(self, pid: int) -> None:
        while not self._done.wait(0.03):
            found = processes(pid)
            if sum(found.values()) > sum(self.peak.values()):
                self.peak = found

    def end(self) -> float:
        """Megabytes."""
        self._done.set()
        self._thread.join()
        return sum(self.peak.values()) / 1e6


def watched(command: list[str], given: str | None = None) -> tuple[float, float, str, Watch]:
    """Megabytes at most, seconds, output, and the watch."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    watch = Watch(process.pid)
    out, _ = process.communicate(given)
    return watch.end(), time.perf_counter() - started, out, watch


def ingest(what: str, feeds: int, tone: str) -> float:
    """One run over such feeds."""
    with served(what, feeds) as (port, catalogue), tempfile.TemporaryDirectory(prefix="newsgauge-memory-") as folder:
        command = [sys.executable, "newsgauge.py", "--archive", f"{folder}/archive", "--catalogue", str(catalogue)]
        command += ["ingest", "--json", "--tone", tone, "--all", "--allow-address", f"127.0.0.1:{port}"]
        peak, seconds, out, watch = watched(command)
    report = json.loads(out)
    print(f"{what}: {feeds} feeds, {seconds:.1f} s, {peak:,.0f} MB at most (goal {GOALS[what]})")
    print(f"  { ({key: report.get(key) for key in ('feeds', 'entries', 'new', 'dropped', 'exit')}) }")
    for name, size in sorted(watch.peak.items(), key=lambda pair: -pair[1]):
        print(f"  {size / 1e6:8.1f} MB  {name}")
    return peak


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("measure", choices=["serve", *GOALS])
    asked.add_argument("number", nargs="?")
    asked.add_argument("--what", default="hostile")
    asked.add_argument("--tone", default="lexicon")
    options = asked.parse_args()
    if options.measure == "serve":
        serve(options.what, int(options.number))
        return 0
    feeds = int(options.number or {"hostile": 200, "large": 100}[options.measure])
    return int(ingest(options.measure, feeds, options.tone) > GOALS[options.measure])


if __name__ == "__main__":
    sys.exit(main())
