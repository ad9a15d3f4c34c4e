"""SIGINT and SIGTERM end every command, at any moment, by 128 + the signal's number, and leave the archive whole."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import newsgauge
from data import damage, signals
from data.archive import open_archive
from tests.press_server import Press, feed, http, press

HOME = Path(__file__).resolve().parents[1]

#: A command as a process of its own, whose steps are whatever Python tells its auditors: imports, files opened,
#: processes started and more. At one of them a SIGINT comes. A command that ends by itself prints how many there were.
STEPPED = """
import os, runpy, signal, sys
at, process, steps = int(sys.argv.pop(1)), os.getpid(), 0

def step(_event, _given):
    global steps
    if os.getpid() == process:
        steps += 1
        if steps == at:
            os.kill(process, signal.SIGINT)

sys.argv[0] = "newsgauge.py"
sys.addaudithook(step)
try:
    runpy.run_path("newsgauge.py", run_name="__main__")
finally:
    print(steps, file=sys.stderr)
"""
COMMANDS = {
    "status": "status",
    "explain": "explain {stored}/letter.txt --tone lexicon",
    "export": "export articles -o {folder}/out.csv",
    "catalogue": "catalogue check",
    "import": "import {stored}/more.jsonl --tone lexicon",
    "ingest": "ingest --feed {url} --allow-address {address} --all --tone lexicon",
    "rescore": "rescore --tone lexicon",
    "maintain": "maintain",
}


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    """A folder with an archive of four articles, one a month, and with what else the commands are given."""
    folder = tmp_path_factory.mktemp("stored")
    titles = ["NATO meets in Oslo", "Mark Rutte speaks", "A quiet day in Riga", "Rain over Rome"]
    rows = [
        {"url": f"https://example.org/{number}", "title": title, "published_at": f"2024-0{number}-15T10:00:00Z"}
        for number, title in enumerate(titles, 1)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row | {"text": row["title"]}) + "\n" for row in rows))
    (folder / "more.jsonl").write_text(json.dumps(rows[0] | {"url": "https://example.org/9", "title": "Kyiv wakes"}))
    (folder / "letter.txt").write_text("NATO met in Oslo.")
    words = ["import", str(folder / "rows.jsonl"), "--tone", "lexicon", "--archive", str(folder / "archive")]
    assert newsgauge.main(words) == 0
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_by_130_and_leaves_the_archive_whole(command, stored, tmp_path):
    with press({"/feed.xml": http(feed("Harbour reopens"))}) as served:
        steps = ended(command, stored, tmp_path / "calm", served, at=0)[1]
        for tenths in (3, 6, 9):
            status, _ = ended(command, stored, tmp_path / "stopped", served, at=steps * tenths // 10)
            assert status == 130, tenths
            assert damage.told(open_archive(str(tmp_path / "stopped" / "archive"))) == ""
            assert {*titles(stored)} <= {*titles(tmp_path / "stopped")}
        ended(command, stored, tmp_path / "stopped", served, at=0)
    assert titles(tmp_path / "stopped") == titles(tmp_path / "calm")
    assert [file.name for file in (tmp_path / "stopped").iterdir() if file.name.startswith(".")] == []


def ended(command: str, stored: Path, folder: Path, served: Press, at: int) -> tuple[int, int]:
    """The exit status of a command in a folder which has a copy of the archive, and how many steps it took.

    A SIGINT comes at the step `at`; at none where that is 0, and then the command must succeed.
    """
    if not folder.exists():
        shutil.copytree(stored / "archive", folder / "archive")
    given = {"url": served.url("/feed.xml"), "address": f"127.0.0.1:{served.port}", "stored": stored, "folder": folder}
    words = COMMANDS[command].format(**given).split()
    process = subprocess.run(
        [sys.executable, "-c", STEPPED, str(at), *words],
        cwd=HOME,
        env=os.environ | {"NEWSGAUGE_ARCHIVE": str(folder / "archive")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if at:
        return process.returncode, 0
    assert process.returncode == 0, process.stderr
    return 0, int(process.stderr.splitlines()[-1])


def titles(folder: Path) -> list[str]:
    """Of all articles in the folder's archive."""
    return sorted(open_archive(str(folder / "archive")).articles().collect()["title"])


#: A step in native code that takes longer than any test, and gets a signal in its midst.
NATIVE = """
import hashlib, os, signal, sys, threading
from data import signals

signals.end_in_time()
import polars

def work():
    begins = threading.Event()
    threading.Thread(target=lambda: begins.wait() and os.kill(os.getpid(), {number}), daemon=True).start()
    begins.set()
    hashlib.pbkdf2_hmac("sha512", b"", b"", 2**31 - 1)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("work", ["work()", "with signals.stoppable(): work()"])
def test_a_long_step_in_native_code_is_ended(number, work):
    command = [sys.executable, "-c", NATIVE.format(number=int(number)) + work]
    assert subprocess.run(command, cwd=HOME, timeout=60, check=False).returncode == 128 + number


@pytest.fixture
def handlers():
    """The handlers are put back, as a signal that came leaves both signals ignored."""
    before = {number: signal.getsignal(number) for number in signals.GRACE}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def broken_by_a_signal(fault: BaseException | None) -> None:
    """Something that drops what a signal raises, as a callback may, and then fails for want of what it was doing."""
    try:
        signal.raise_signal(signal.SIGTERM)
    except signals.Stopped:
        if fault:
            raise fault from None
    return


@pytest.mark.usefixtures("handlers")
@pytest.mark.parametrize("fault", [None, ValueError("half a frame"), KeyboardInterrupt()])
def test_what_a_signal_breaks_is_stopped(fault):
    with pytest.raises(signals.Stopped) as stopped, signals.stoppable():
        broken_by_a_signal(fault)
    assert stopped.value.number == signal.SIGTERM


def test_an_interrupted_query_is_stopped():
    with pytest.raises(signals.Stopped) as stopped, signals.stoppable():
        raise KeyboardInterrupt  # as polars does, whose own handler sees a SIGINT
    assert stopped.value.number == signal.SIGINT


@pytest.mark.usefixtures("handlers")
def test_a_second_signal_is_ignored_and_none_leaves_the_handlers_as_they_were():
    before = signal.getsignal(signal.SIGINT)
    with signals.stoppable():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(signals.Stopped), signals.stoppable():
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)


def test_a_thread_takes_no_signals_for_itself():
    seen = []

    def work() -> None:
        with signals.stoppable():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


@pytest.mark.parametrize(("held", "ends_by"), [(set(), signal.SIGTERM), ({signal.SIGTERM}, signal.SIGKILL)])
def test_a_child_ends_with_its_block_also_one_that_hears_nothing(held, ends_by, tmp_path):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)  # which a child inherits
    try:
        with signals.child([sys.executable, "-c", "import signal; signal.pause()"], tmp_path, os.environ) as process:
            pass
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert process.returncode == -ends_by
