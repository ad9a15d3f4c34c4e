"""Commands that are killed (SIGKILL) at any point, and the one that follows: nothing is lost, doubled or left over.

    python -m tests.benchmarks.kills [N] [--commands import ingest ...]      N kills in all (needs strace)

Every other kill comes at a random moment, the others as the command begins a system call by which it changes files.
Ends with exit status 1 where an archive could not be read after a kill, where what the next command leaves is not what
a command that nobody kills does, or where a file of an export was there and not whole.
"""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data import damage
from data.archive import open_archive
from tests.benchmarks.collector import HOME, PLACES, Served, command_of, served

#: The calls by which a command changes files.
CALLS = "write,pwrite64,fsync,openat,rename,linkat,link,ftruncate,mkdir,unlink,rmdir"
CALLED = re.compile(r"^(\d+)\s+(\w+)\(")
FEEDS, ENTRIES, ROWS = 12, 5, 60
#: Seconds for a command, also under strace.
PATIENCE = 120

COMMANDS = ("ingest", "import", "maintain", "rescore", "export")


@dataclass(frozen=True)
class Case:
    """A command, what it starts from, and what it leaves when nobody kills it."""

    name: str
    words: Callable[[Path], list[str]]
    start: Path
    calm: dict[str, object]
    seconds: float
    #: Calls that change files of the case's folder: which, and the how manieth of its thread.
    points: list[tuple[str, int]]


def ran(words: list[str], *before: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*before, *words], cwd=HOME, capture_output=True, text=True, timeout=PATIENCE)


def newsgauge(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "newsgauge.py", "--archive", str(folder / "archive"), *words]


# What a command leaves


def left(folder: Path) -> dict[str, object]:
    """All that a folder holds of articles and what was made of them, and of files beside the archive."""
    archive = open_archive(str(folder / "archive"))
    found: dict[str, object] = {}
    for name, frame in (("articles", archive.articles()), ("readings", archive.readings())):
        table = frame.collect()
        found[name] = table.drop({"seen_at", "collected_at"} & set(table.columns)).sort(table.columns[0]).to_dicts()
    mentions = archive.mentions().collect()
    found["mentions"] = mentions.sort("article_id", "actor").select("article_id", "actor", "tone").to_dicts()
    every = archive.scan("articles").select("id", "version").collect()
    found["doubled"] = every.height - every.unique().height
    beside = [path for path in folder.rglob("*") if path.is_file() and "archive" not in path.parts]
    found["files"] = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(beside)}
    return found


def differences(calm: dict[str, object], found: dict[str, object]) -> list[str]:
    return [name for name in calm if calm[name] != found[name]]


# The cases


def rows(folder: Path, first: int, number: int) -> Path:
    """A file of so many articles."""
    file = folder / f"rows-{first}.jsonl"
    lines = [
        {
            "url": f"https://example.org/{n}",
            "title": f"NATO report {n} of {PLACES[n % 8]}",
            "text": f"The mayor of {PLACES[n % 8]} praised NATO for bridge {n}, and Ukraine thanked him.",
            "published_at": f"2026-{1 + n % 3:02d}-{1 + n % 27:02d}T10:00:00Z",
        }
        for n in range(first, first + number)
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def case(name: str, press: Served, folder: Path) -> Case:
    """The case of a command, with its folder of the start made below `folder`."""
    start = folder / name
    start.mkdir()
    file = rows(folder, 0, ROWS)
    if name != "ingest":
        for batch in range(4):  # several files in each month, so that there is something to put together
            part = rows(folder, batch * ROWS, ROWS)
            ran(newsgauge(start, "import", str(part), "--tone", "lexicon")).check_returncode()
    file = rows(folder, 4 * ROWS, ROWS)
    words: dict[str, Callable[[Path], list[str]]] = {
        "ingest": lambda at: command_of(press, at / "archive", "--all", "--tone", "lexicon"),
        "import": lambda at: newsgauge(at, "import", str(file), "--tone", "lexicon"),
        "maintain": lambda at: newsgauge(at, "maintain"),
        "rescore": lambda at: newsgauge(at, "rescore", "--tone", "lexicon"),
        "export": lambda at: newsgauge(at, "export", "articles", "-o", str(at / "out.csv")),
    }
    with copied(start) as at:
        begun = time.perf_counter()
        done = ran(words[name](at))
        seconds = time.perf_counter() - begun
        assert done.returncode == 0, done.stderr
        calm = left(at)
    with copied(start) as at:
        log = at.parent / "calls.log"
        ran(words[name](at), "strace", "-f", "-qq", "-y", "-e", f"trace={CALLS}", "-o", str(log))
        points = changing(log.read_text(errors="replace").splitlines(), str(at))
    return Case(name, words[name], start, calm, seconds, points)


def changing(lines: list[str], folder: str) -> list[tuple[str, int]]:
    """The calls of a log of strace that change something in a folder, by the count of their thread."""
    made = Counter[tuple[str, str]]()
    points = []
    for line in lines:
        if found := CALLED.match(line):
            made[found[1], found[2]] += 1
            if folder in line and (found[2] != "openat" or "O_CREAT" in line):
                points.append((found[2], made[found[1], found[2]]))
    return points


@contextlib.contextmanager
def copied(start: Path) -> Iterator[Path]:
    """A copy of what a command starts from."""
    made = Path(tempfile.mkdtemp(prefix="newsgauge-kill-"))
    try:
        shutil.copytree(start, made / "at")
        yield made / "at"
    finally:
        shutil.rmtree(made)


# Kills


def killed(one: Case, at: Path, chance: random.Random, by_call: bool) -> str | None:
    """Where the command was killed; None where it had ended before."""
    words = one.words(at)
    if by_call:
        call, number = chance.choice(one.points)
        inject = ["-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={number}"]
        done = ran(words, "strace", "-f", "-qq", *inject, "-o", os.devnull)
        return f"{call} {number}" if done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL) else None
    process = subprocess.Popen(
        words, cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    after = chance.uniform(0.15, 1.0) * one.seconds
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=after)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return f"{after:.2f} s" if process.wait() == -signal.SIGKILL else None


def wrong_after(one: Case, at: Path) -> str:
    """What is wrong with what a killed command has left, and with what the next one makes of it."""
    if (at / "archive" / "articles" / "_delta_log").exists() and (told := damage.told(open_archive(f"{at}/archive"))):
        return f"after the kill: {told}"
    out = at / "out.csv"
    whole = one.calm["files"].get("out.csv") if isinstance(one.calm["files"], dict) else None
    if out.exists() and out.read_bytes() != whole:
        return "after the kill: the export is there and not whole"
    done = ran(one.words(at))
    if done.returncode:
        return f"the next one ended with {done.returncode}: {done.stderr[-300:]}"
    different = differences(one.calm, left(at))
    return f"the next one left other {', '.join(different)}" if different else ""


def kills(number: int, names: list[str], seed: int) -> int:
    """Kill commands in turn, and tell how many left something wrong."""
    chance = random.Random(seed)  # noqa: S311
    bad, met, late = 0, Counter[str](), 0
    with served(FEEDS, ENTRIES) as press, tempfile.TemporaryDirectory(prefix="newsgauge-kill-") as folder:
        cases = [case(name, press, Path(folder)) for name in names]
        for one in cases:
            print(f"{one.name}: {one.seconds:.1f} s, {len(one.points)} calls that change files", flush=True)
        while met.total() < number:
            one = cases[met.total() % len(cases)]
            by_call = met.total() // len(cases) % 2 == 1
            with copied(one.start) as at:
                where = killed(one, at, chance, by_call)
                if where is None:
                    late += 1
                    continue
                wrong = wrong_after(one, at)
            met[f"{one.name} {'by call' if by_call else 'at a moment'}"] += 1
            bad += bool(wrong)
            print(f"{met.total()}: {one.name} at {where}: {wrong or 'whole'}", flush=True)
    print(f"{number} kills ({dict(met)}; {late} more came too late): {bad} bad")
    return 1 if bad else 0


def main() -> int:
    """Kill and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("number", nargs="?", type=int, default=200)
    asked.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    return kills(options.number, options.commands, options.seed)


if __name__ == "__main__":
    sys.exit(main())
