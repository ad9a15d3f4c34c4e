"""Nobody waits for a new version of the archive to be read, and none is read twice."""

from functools import partial
from threading import Event

import pytest

from dashboard.latest import AGAIN, REST, Latest


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def finished(latest: Latest[str]) -> None:
    """Wait for what is read beside."""
    ahead = latest._states["press"].ahead
    assert ahead is not None
    ahead.exception(20)


def test_the_version_before_is_given_until_the_next_has_been_read() -> None:
    latest: Latest[str] = Latest()
    latest.set("press", 1, "first")
    go_on = Event()

    def slow() -> str:
        go_on.wait(20)
        return "second"

    assert latest.get("press", 1, slow) == "first"
    assert latest.get("press", 2, slow) == "first"
    go_on.set()
    finished(latest)
    assert latest.get("press", 2, slow) == "second"


def test_one_version_is_read_at_a_time_however_many_come() -> None:
    latest: Latest[str] = Latest()
    latest.set("press", 1, "first")
    go_on, read = Event(), list[int]()

    def slow(version: int) -> str:
        read.append(version)
        go_on.wait(20)
        return str(version)

    for version in (2, 2, 3, 4):
        assert latest.get("press", version, partial(slow, version)) == "first"
    go_on.set()
    finished(latest)
    assert read == [2]
    assert latest.get("press", 4, lambda: slow(4)) == "2"


def test_reading_rests_in_proportion_to_what_it_takes() -> None:
    clock = Clock()
    latest: Latest[str] = Latest(clock)
    latest.set("press", 1, "first")

    def slow() -> str:
        clock.now += 8
        return "second"

    latest.get("press", 2, slow)
    finished(latest)
    assert latest.get("press", 3, lambda: "third") == "second"
    assert latest._states["press"].ahead is None
    clock.now += 8 * REST
    latest.get("press", 3, lambda: "third")
    finished(latest)
    assert latest.get("press", 3, lambda: "third") == "third"


def test_what_cannot_be_read_is_told_once_and_tried_again_later() -> None:
    clock = Clock()
    latest: Latest[str] = Latest(clock)
    latest.set("press", 1, "first")

    def failing() -> str:
        raise OSError("the disk is gone")

    latest.get("press", 2, failing)
    finished(latest)
    with pytest.raises(OSError, match="the disk is gone"):
        latest.get("press", 2, failing)
    assert latest.get("press", 2, lambda: "second") == "first"
    clock.now += AGAIN
    latest.get("press", 2, lambda: "second")
    finished(latest)
    assert latest.get("press", 2, lambda: "second") == "second"
