"""What holds for the code as a whole: which room may know which, and who may touch the outside."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[1]
ROOMS = ("data", "ingest", "dashboard")


def modules(room: str) -> Iterator[Path]:
    return (HOME / room).rglob("*.py")


@cache
def imports(module: Path) -> set[str]:
    """Every module that is imported here, also inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def importers(room: str, wanted: str) -> list[str]:
    return [
        str(module.relative_to(HOME))
        for module in modules(room)
        if any(name == wanted or name.startswith(f"{wanted}.") for name in imports(module))
    ]


@pytest.mark.parametrize(
    ("room", "stranger"),
    [
        ("data", "ingest"),
        ("data", "dashboard"),
        ("ingest", "dashboard"),
        ("dashboard", "ingest"),
        ("commands", "dashboard"),
        *((room, front) for room in ROOMS for front in ("commands", "newsgauge")),
        ("commands", "newsgauge"),
    ],
)
def test_a_room_knows_only_what_it_may(room, stranger):
    assert importers(room, stranger) == []


def test_no_modules_import_each_other_in_a_circle():
    names = {
        ".".join(module.relative_to(HOME).with_suffix("").parts): module
        for room in (*ROOMS, "commands")
        for module in modules(room)
    }
    # Names a circle, where there is one.
    TopologicalSorter({name: imports(module) & names.keys() for name, module in names.items()}).prepare()


def test_the_front_door_opens_a_room_only_when_a_command_needs_it():
    code = "import sys, newsgauge\ntry: newsgauge.main(sys.argv[1:])\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--help"], cwd=HOME, capture_output=True, text=True, timeout=60)
    loaded = {name for name in done.stdout.splitlines()[-1].split() if name.partition(".")[0] in (*ROOMS, "polars")}
    assert loaded <= {"data", "data.identity", "data.lock", "data.memory", "data.signals"}


def test_only_the_dashboard_knows_streamlit():
    assert [importers(room, "streamlit") for room in ("data", "ingest", "commands")] == [[], [], []]


def test_only_fetch_opens_a_socket():
    for library in ("aiohttp", "socket", "urllib.request", "requests", "http.client"):
        assert set(importers("ingest", library)) <= {"ingest/fetch.py"}
        assert importers("dashboard", library) == []


def test_charts_know_no_streamlit():
    assert [module for module in importers("dashboard", "streamlit") if module.endswith("charts.py")] == []


def test_nothing_reads_the_clock_but_the_front_door():
    clock = re.compile(r"\.now\(|\.utcnow\(|\.today\(|time\.time\(")
    # Delta Lake wants to know when a transaction's mark was set, to forget it one day.
    allowed = {HOME / "data" / "store.py"}
    found = [
        f"{module.relative_to(HOME)}: {line.strip()}"
        for room in ("data", "ingest")
        for module in set(modules(room)) - allowed
        for line in module.read_text(encoding="utf-8").splitlines()
        if clock.search(line)
    ]
    assert found == []


def test_no_index_host_stands_in_the_pinned_versions():
    lines = [line for line in (HOME / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert all(re.fullmatch(r"[a-z0-9._-]+==[\w.]+", line) for line in lines)


@pytest.mark.parametrize("command", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]])
def test_the_code_is_clean(command):
    done = subprocess.run([HOME / ".venv" / "bin" / "python", "-m", *command], cwd=HOME, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_the_whole_check_runs_each_test_once():
    parts = re.findall(r"'(tests/[^']+)'", (HOME / ".ci" / "run").read_text(encoding="utf-8"))
    run = [file for part in parts for pattern in part.split() for file in HOME.glob(pattern)]
    assert sorted(run) == sorted((HOME / "tests").rglob("test_*.py"))
