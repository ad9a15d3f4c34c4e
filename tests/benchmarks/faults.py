"""Writes of a collecting run that fail: no run may say 0 that could not write, and the next one makes it whole.

    python -m tests.benchmarks.faults [N]      N writes fail with ENOSPC or EIO (needs strace, cc, and leave to trace)

Ends with exit status 1 where an article was lost or doubled, or where a run said 0 and something could not be written.
"""

import argparse
import contextlib
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from data.archive import open_archive
from tests.benchmarks.collector import HOME, Served, command_of, folder, served, whole

#: The calls by which a run changes files. By `write` threads wake each other as well, and strace, which
#: counts calls by thread, cannot tell which is which: so the writes of the archive's files are counted by REFUSING.
CALLS = ("fsync", "openat", "rename", "linkat", "link", "ftruncate", "mkdir", "pwrite64", "unlink")
#: A line of strace: who called what, and with which words; `-y` puts the file behind each descriptor.
CALLED = re.compile(r"^(\d+)\s+(\w+)\((.*)")


#: Loaded before libc, this refuses the nth write to a file of a folder, and notes each of them in a log.
REFUSING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int made;

ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    const char *folder = getenv("REFUSED_FOLDER");
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = folder ? readlink(link, path, sizeof path - 1) : -1;
    if (length <= 0 || strncmp(path, folder, strlen(folder))) return real(file, bytes, count);
    path[length] = 0;
    int number = ++made, first = atoi(getenv("REFUSED_NUMBER")), on = atoi(getenv("REFUSED_ON"));
    int refused = number == first || (on && number > first);
    int log = open(getenv("REFUSED_LOG"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    dprintf(log, "0 write(\"%s\")%s\n", path, refused ? " (INJECTED)" : "");
    close(log);
    if (refused) errno = atoi(getenv("REFUSED_ERROR"));
    return refused ? -1 : real(file, bytes, count);
}
"""


@dataclass(frozen=True)
class Point:
    """The nth of one call that a thread of a run makes, of `write` all threads; with `on`, all later ones as well."""

    call: str
    number: int
    on: bool


def faults(number: int, seed: int) -> int:
    """Let one write after the other fail: no run may say 0 that could not write, and the next run makes it whole.

    A fault counts where it met a write to the archive; where the threads of a run took turns in another way than those
    of the run that was counted, and it met something else, another point is drawn.
    """
    feeds, entries = 20, 5
    chance, bad, ends, hit, missed = random.Random(seed), 0, Counter[int](), Counter[str](), 0  # noqa: S311
    with served(feeds, entries) as press, starter() as start:
        points = written(press, start)
        calls = list(dict.fromkeys(one.call for one in points))
        print(f"calls of a run that write to its archive: {dict(Counter(one.call for one in points))}", flush=True)
        while hit.total() < number:
            call = calls[(hit.total() + missed) % len(calls)]
            point = chance.choice([one for one in points if one.call == call])
            # Without any file that can be opened it is the run that is ill, not the disk.
            point = replace(point, on=call != "openat" and chance.random() < 0.5)
            error = chance.choice(("ENOSPC", "EIO"))
            told = struck(press, start, entries, point, error)
            if told.met is None:
                missed += 1
                continue
            ends[told.exit] += 1
            hit[f"{call} {told.met}"] += 1
            bad += bool(told.wrong)
            fault = f"{call} {told.met} {error}{' and on' if point.on else ''}"
            print(f"{hit.total()}: {fault}: exit {told.exit}, {told.wrong or 'whole'}", flush=True)
    print(f"met: {dict(hit)}")
    print(
        f"{hit.total()} faults in writes to the archive ({missed} more runs met none; exits {dict(ends)}): "
        f"{bad} runs said 0 or left what a rerun lost or doubled"
    )
    return 1 if bad else 0


@dataclass(frozen=True)
class Struck:
    """What came of a fault: where it met a write to the archive, if any, and what was wrong afterwards."""

    met: str | None
    exit: int
    wrong: str


def struck(press: Served, start: "Start", entries: int, point: Point, error: str) -> Struck:
    """A run with a fault, and another one without."""
    inject = f"inject={point.call}:error={error}:when={point.number}{'+' if point.on else ''}"
    with folder() as archive:
        open_archive(str(archive), create=True)
        if point.call == "write":
            run = start(press, archive, refused=(point, error))
        else:
            run = start(press, archive, "-e", f"trace={point.call}", "-e", inject)
        met = [what for line in run.calls if "(INJECTED)" in line and (what := place(line, archive))]
        if not met or run.exit == -signal.SIGKILL:
            return Struck(None, run.exit, "")
        before = whole(archive, press, entries)
        after = start(press, archive)
        wrong = whole(archive, press, entries)
    said = f"{run.stderr[-300:]} {after.stderr[-300:]}"
    # A run may go without clearing up behind a commit that stands, and without its name in a lock that it holds.
    is_spare = point.call == "unlink" or met[0].startswith(".lock")
    if run.exit == 0 and (before or not is_spare):
        return Struck(met[0], 0, f"it said 0 with {before}; {said}")
    if after.exit or wrong:
        return Struck(met[0], run.exit, f"the rerun said {after.exit} with {wrong}; {said}")
    return Struck(met[0], run.exit, "")


def written(press: Served, start: "Start") -> list[Point]:
    """Every call by which a run writes to its archive, by the thread that makes it."""
    with folder() as archive:
        open_archive(str(archive), create=True)
        run = start(press, archive, "-e", f"trace={','.join(CALLS)}")
        assert run.exit == 0, run.stderr
        made, points, others = Counter[tuple[str, str]](), [], Counter[Point]()
        for line in run.calls:
            if found := CALLED.match(line):
                thread, call = found[1], found[2]
                made[thread, call] += 1
                point = Point(call, made[thread, call], on=False)
                if place(line, archive):
                    points.append(point)
                else:
                    others[point] += 1
    # The nth call of every thread fails: not so many others that the run fails by them.
    points = [point for point in points if others[point] <= points.count(point)]
    with folder() as archive:
        open_archive(str(archive), create=True)
        run = start(press, archive, refused=(Point("write", 0, on=False), "EIO"))
        assert run.exit == 0, run.stderr
        return [*points, *(Point("write", number + 1, on=False) for number in range(len(run.calls)))]


def place(line: str, archive: Path) -> str | None:
    """Which part of the archive a call writes to: a table, its log, the lock, the index; None for anything else."""
    found = CALLED.match(line)
    at = line.find(str(archive)) if found else -1
    if not found or at < 0 or (found[2] == "openat" and "O_CREAT" not in line):
        return None
    inner = re.match(r"/?([\w.-]*)(/_delta_log)?", line[at + len(str(archive)) :])
    return "".join(part or "" for part in inner.groups()) if inner else ""


#: Starts runs that have loaded what they need, one for each line of its input; with `traced` a run waits for strace. So
#: a fault meets no opening of a library, and a hundred runs are done in the time in which thirty would load.
STARTER = """
import json, os, sys, time, traceback
import newsgauge, data.index, ingest.pipeline, ingest.readers, ingest.reading
from ingest import identifier, topics, vader
identifier.identifier(), topics._model(), vader.lexicon()
for line in sys.stdin:
    asked = json.loads(line)
    pid = os.fork()
    if not pid:
        os.environ.update(asked["environment"])
        os.dup2(os.open(asked["stderr"], os.O_WRONLY | os.O_CREAT), 2)
        os.dup2(os.open(os.devnull, os.O_RDWR), 1)
        os.dup2(1, 0)
        while asked["traced"] and "TracerPid:\\t0" in open("/proc/self/status").read():
            time.sleep(0.01)
        status = 1
        try:
            status = newsgauge.main(asked["words"])
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


#: Seconds for a run under strace.
PATIENCE = 120


@dataclass(frozen=True)
class Started:
    """How a run ended, and what strace saw of it."""

    exit: int
    stderr: str
    calls: list[str]


Start = Callable[..., Started]


@contextlib.contextmanager
def starter() -> Iterator[Start]:
    """A function that runs ingest on an archive, with a fault where it gets words for strace or a write to refuse."""
    made = Path(tempfile.mkdtemp(prefix="newsgauge-refusing-"))
    compile_ = ["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(made / "refusing.so"), "-ldl"]
    subprocess.run(compile_, input=REFUSING, text=True, check=True)
    process = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "LD_PRELOAD": str(made / "refusing.so")},
    )
    said, asked = process.stdout, process.stdin
    assert said
    assert asked

    def start(press: Served, archive: Path, *strace: str, refused: tuple[Point, str] | None = None) -> Started:
        stderr, log = archive.parent / "stderr", archive.parent / "calls.log"
        stderr.write_text("")
        log.write_text("")
        environment = {}
        if refused:
            point, error = refused
            environment = {"FOLDER": str(archive), "NUMBER": str(point.number), "ON": str(int(point.on))}
            environment |= {"ERROR": str(getattr(errno, error)), "LOG": str(log)}
        told = {
            "words": command_of(press, archive, "--all", "--tone", "lexicon")[2:],
            "stderr": str(stderr),
            "traced": bool(strace),
            "environment": {f"REFUSED_{name}": value for name, value in environment.items()},
        }
        print(json.dumps(told), file=asked, flush=True)
        pid = said.readline().strip()
        if strace:
            watched = ["strace", "-f", "-qq", "-y", "-o", str(log), *strace, "-p", pid]
            try:
                subprocess.run(watched, timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.kill(int(pid), signal.SIGKILL)  # it waits for what the fault kept from it, and that was no file
        exit_ = int(said.readline())
        return Started(exit_, stderr.read_text(), log.read_text(errors="replace").splitlines())

    try:
        yield start
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(made)


def main() -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("number", nargs="?", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    return faults(options.number, options.seed)


if __name__ == "__main__":
    sys.exit(main())
