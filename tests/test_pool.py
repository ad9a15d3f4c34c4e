"""Several processes work in order, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.pool import AHEAD, Pool, WorkerError

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 30  # seconds; what is waited for takes far less


def doubled(number: int) -> int:
    if number < 0:
        raise ValueError(f"no double of {number}")
    return 2 * number


def signalled(number: int) -> int:
    os.kill(os.getpid(), number)
    return number


def ballasted(ballast: bytes, number: int) -> int:
    return len(ballast) + number


def process_id(_: object) -> int:
    return os.getpid()


def killed(_: object) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def is_gone(process: int) -> bool:
    """Whether the process ended; a zombie that nobody has reaped has ended too."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(process: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while not is_gone(process):
        assert time.monotonic() < give_up, f"process {process} is still there"
        os.sched_yield()


def test_results_come_in_the_order_of_what_was_given():
    with Pool(doubled, 2) as pool:
        assert list(pool.map(range(40))) == [2 * number for number in range(40)]
        assert list(pool.map([7])) == [14]


def test_workers_go_on_while_the_caller_is_at_something_else_and_nothing_is_taken_far_ahead():
    taken: list[int] = []
    with Pool(doubled, 1) as pool:
        made = pool.map(taken.append(number) or number for number in range(100))
        assert next(made) == 0
        give_up = time.monotonic() + PATIENCE
        while len(taken) < AHEAD:
            assert time.monotonic() < give_up, "nothing is taken until the caller comes back"
            os.sched_yield()
        made.close()
    assert len(taken) <= AHEAD + 2  # the one given back, and one in hand


def test_what_cannot_be_taken_is_told_where_the_results_are_taken():
    def items():
        yield 1
        raise FileNotFoundError("no second item")

    with Pool(doubled, 1) as pool:
        made = pool.map(items())
        with pytest.raises(FileNotFoundError, match="no second item"):
            list(made)
        assert list(pool.map([7])) == [14]


def test_a_pool_can_be_closed_in_the_middle_of_its_work():
    with Pool(doubled, 2) as pool:
        made = pool.map(range(1000))
        assert next(made) == 0
        pool.close()
        assert list(pool.map([7])) == [14]


def test_a_fault_in_a_worker_is_raised_where_the_work_was_asked_for():
    with Pool(doubled, 1) as pool, pytest.raises(WorkerError, match="no double of -1"):
        list(pool.map([1, -1]))


def test_a_killed_worker_is_an_error_and_no_missing_result():
    with Pool(killed, 1) as pool, pytest.raises(WorkerError, match="was killed"):
        list(pool.map([1, 2]))


def test_a_worker_that_dies_at_its_start_is_an_error_however_much_it_was_to_be_given():
    program = (
        "from functools import partial; from multiprocessing import resource_tracker, spawn\n"
        "from ingest.pool import Pool, WorkerError; from tests.test_pool import ballasted\n"
        "resource_tracker.ensure_running(); spawn.set_executable('/bin/false')\n"
        "try:\n"
        "    with Pool(partial(ballasted, bytes(10**6)), 1) as pool:\n"
        "        list(pool.map([1]))\n"
        "except WorkerError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("a worker process was killed, perhaps for want of memory\n", "")


def test_workers_do_not_see_the_signals_that_end_a_run():
    with Pool(signalled, 1) as pool:
        assert list(pool.map([signal.SIGINT, signal.SIGTERM])) == [signal.SIGINT, signal.SIGTERM]


def test_the_first_worker_of_a_process_sees_them_as_little():
    program = (
        "from ingest.pool import Pool; from tests.test_pool import signalled\n"
        "if __name__ == '__main__':\n"
        "    with Pool(signalled, 1) as pool:\n"
        "        print(*pool.map([2, 15]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout.strip(), done.stderr) == ("2 15", "")


def test_workers_end_with_their_pool():
    with Pool(process_id, 2) as pool:
        workers = set(pool.map(range(8)))
    assert workers
    for worker in workers:
        wait_until_gone(worker)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_the_process_that_started_them(end):
    program = (
        "import sys; from ingest.pool import Pool; from tests.test_pool import process_id\n"
        "if __name__ == '__main__':\n"
        "    pool = Pool(process_id, 1)\n"
        "    print(*pool.map([1]), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        assert not is_gone(worker)
        parent.send_signal(end)
        parent.wait(PATIENCE)
    wait_until_gone(worker)
