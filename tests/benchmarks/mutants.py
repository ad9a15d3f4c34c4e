"""Mutation testing: small faults are put into the code, one at a time, and the tests that should notice are run.

    python -m tests.benchmarks.mutants [--number 120] [--seed 1] [--seconds 60] [--rooms ingest data dashboard]
    python -m tests.benchmarks.mutants --at data/peaks.py:498      every mutant of one line
    python -m tests.benchmarks.mutants --small                     two mutants: does this script still work?

Mutants are drawn from the lines of all function bodies, from each room as many. Each is applied to a copy of the
checkout, which two workers have one of each, and never to the checkout itself. The test files that import its module
are run, those that import it most directly first, until one fails; those that take more than `--seconds` together
without any mutant are left out, and so are tests of a browser. A mutant that no test noticed is printed with its diff:
it shows a missing test, or it is equivalent, which a person must say. A run that takes three times as long as without
a mutant counts as killed by timeout. The last line is the share of killed ones with its 95 % interval (Wilson).
"""

import argparse
import ast
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue

from ingest.measures import share
from tests.benchmarks.mutations import HOME, Mutant, mutants

ROOMS = ["ingest", "data", "dashboard"]
WORKERS = 2
#: The tests that run the examples in docstrings, which they import by their names.
EXAMPLES = "tests/test_examples.py"
#: Whose first mutants --small takes: a module with tests that take a second.
SMALL = "ingest/bodies.py"
#: Seconds that a test file may take without any mutant; a longer one is left out.
PATIENCE = 240


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: the test file that noticed it, if any did, and how many test files were run."""

    mutant: Mutant
    killed_by: str | None
    by_timeout: bool
    files: int
    seconds: float


def main() -> None:
    """Draw mutants, run the tests on each, and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--number", type=int, default=120)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--rooms", nargs="+", default=ROOMS, choices=ROOMS)
    asked.add_argument("--at", nargs="+", default=[], metavar="FILE:LINE")
    asked.add_argument("--small", action="store_true")
    options = asked.parse_args()
    if options.at:
        places = [(file, int(line)) for file, _, line in (at.rpartition(":") for at in options.at)]
        chosen = [mutant for file, line in places for mutant in mutants(file) if mutant.line == line]
    else:
        chosen = mutants(SMALL)[:2] if options.small else drawn(options.rooms, options.number, options.seed)
    ends = Counter[str]()
    for number, outcome in enumerate(outcomes(chosen, options.seconds), start=1):
        mutant = outcome.mutant
        end = "timeout" if outcome.by_timeout else "killed" if outcome.killed_by else "SURVIVED"
        ends[end] += 1
        by = f"by {outcome.killed_by}" if outcome.killed_by else f"{outcome.files} test files"
        print(f"{number}/{len(chosen)} {mutant.file}:{mutant.line} {end} {by}, {outcome.seconds:.0f} s", flush=True)
        if not outcome.killed_by:
            print(mutant.diff((HOME / mutant.file).read_bytes()), flush=True)
    killed = ends["killed"] + ends["timeout"]
    rate, low, high = share(killed, len(chosen))
    print(
        f"{killed} of {len(chosen)} mutants killed ({ends['timeout']} by timeout): "
        f"{rate:.1%}, 95 % interval {low:.1%} to {high:.1%}"
    )


def drawn(rooms: list[str], number: int, seed: int) -> list[Mutant]:
    """Mutants of different lines, from each room in turn: a line by chance, then a change of it by chance."""
    chance, pools = random.Random(seed), []  # noqa: S311
    for room in rooms:
        lines = defaultdict[tuple[str, int], list[Mutant]](list)
        for path in sorted((HOME / room).rglob("*.py")):
            # What trains the models is no part of what runs, and no test runs it.
            if path.parent.name != "models":
                for mutant in mutants(path.relative_to(HOME).as_posix()):
                    lines[mutant.file, mutant.line].append(mutant)
        pools.append(chance.sample(list(lines.values()), len(lines)))
    return [chance.choice(pools[n % len(pools)].pop()) for n in range(number) if pools[n % len(pools)]]


def outcomes(chosen: list[Mutant], seconds: float) -> Iterator[Outcome]:
    """What becomes of each, as soon as it is known."""
    usual: dict[str, float | None] = {}
    copies = SimpleQueue[Path]()
    with tempfile.TemporaryDirectory(prefix="newsgauge-mutants-") as folder, ThreadPoolExecutor(WORKERS) as pool:
        for number in range(WORKERS):
            copies.put(copied(Path(folder) / str(number)))
        importers()
        waiting = [pool.submit(outcome, mutant, copies, usual, seconds) for mutant in chosen]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def copied(to: Path) -> Path:
    """A copy of the files of the checkout that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, check=True, text=True).stdout
    for name in listed.rstrip("\0").split("\0"):
        (to / "home" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(HOME / name, to / "home" / name)
    (to / "tmp").mkdir()
    if (HOME / ".venv").exists():  # else a test of the wrapper would make one
        (to / "home" / ".venv").symlink_to((HOME / ".venv").resolve())
    return to


def outcome(mutant: Mutant, copies: SimpleQueue[Path], usual: dict[str, float | None], seconds: float) -> Outcome:
    """Run the tests on a mutant, in a copy that nobody else uses."""
    started, spent, run = time.monotonic(), 0.0, 0
    copy = copies.get()
    target = copy / "home" / mutant.file
    try:
        for test in tests_of(mutant.file):
            if test not in usual:
                before = time.monotonic()
                usual[test] = time.monotonic() - before if passes(copy, test, PATIENCE) else None
                if usual[test] is None:
                    print(f"left out, as it fails or lasts without any mutant: {test}", flush=True)
            alone = usual[test]
            if alone is None or (run and spent + alone > seconds):
                continue
            written(target, mutant.applied((HOME / mutant.file).read_bytes()))
            try:
                good = passes(copy, test, 3 * alone + 10)
            finally:
                written(target, (HOME / mutant.file).read_bytes())
            spent, run = spent + alone, run + 1
            if not good:
                return Outcome(mutant, test, good is None, run, time.monotonic() - started)
        return Outcome(mutant, None, False, run, time.monotonic() - started)
    finally:
        copies.put(copy)


def written(file: Path, content: bytes) -> None:
    """Write a module, and forget how it was compiled: within a second, a file of the same size looks unchanged."""
    file.write_bytes(content)
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*"):
        compiled.unlink()


def passes(copy: Path, test: str, limit: float) -> bool | None:
    """Whether a test file passes in a copy; None where it was not done in time."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not browser", "-p", "no:cacheprovider", test]
    environment = {**os.environ, "TMPDIR": str(copy / "tmp"), "PYTHONPATH": str(copy / "home")}
    nowhere = subprocess.DEVNULL
    # A group of its own, so that what a test has started ends with it.
    with subprocess.Popen(
        command, cwd=copy / "home", env=environment, stdout=nowhere, stderr=nowhere, start_new_session=True
    ) as process:
        try:
            return process.wait(limit) in (0, 5)  # 5: no test but those of a browser
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)


def tests_of(file: str) -> list[str]:
    """The test files that import a module, its own one first, then those with the fewest steps, then the shortest."""
    steps, edge = {file: 0}, [file]
    for module in edge:
        for importer in importers()[module] - steps.keys():
            steps[importer] = steps[module] + 1
            edge.append(importer)
    tests = {path for path in steps if path.startswith("tests/test_")} - {"tests/test_benchmarks.py"}
    first = [f"tests/test_{Path(file).stem}.py", EXAMPLES]
    rest = sorted(tests - {*first}, key=lambda path: (steps[path], (HOME / path).stat().st_size))
    return [*(path for path in first if path in tests or path == EXAMPLES), *rest]


@cache
def importers() -> dict[str, set[str]]:
    """Which files import, start or open each file."""
    files = [path.relative_to(HOME) for path in HOME.rglob("*.py") if not path.is_relative_to(HOME / ".venv")]
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path.as_posix() for path in files}
    found = defaultdict[str, set[str]](set)
    for path in files:
        for node in ast.walk(ast.parse((HOME / path).read_bytes())):
            wanted: list[str] = []
            match node:
                case ast.Import(imported):
                    wanted = [alias.name for alias in imported]
                case ast.ImportFrom(str(module), imported):
                    wanted = [module, *(f"{module}.{alias.name}" for alias in imported)]
                case ast.Constant(str(text)) if text.endswith(".py"):
                    wanted = [Path(text).stem]
            for name in wanted:
                found[names.get(name, "")].add(path.as_posix())
    # The front door imports a command by its name.
    for path in files:
        if path.parts[0] == "commands":
            found[path.as_posix()].add("newsgauge.py")
    return found


if __name__ == "__main__":
    main()
