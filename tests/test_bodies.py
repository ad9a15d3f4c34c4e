"""Bodies of answers wait in memory or on disk, and come back as they were."""

import resource
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import bodies
from ingest.bodies import Body, NoRoom
from ingest.fetch import Failure, Request
from tests.press_server import http, press
from tests.test_fetch import get


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system refuses to write more into one file, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@given(st.lists(st.binary(max_size=2_000), max_size=20))
def test_a_body_is_the_pieces_that_came_in_their_order_wherever_it_is_held(pieces: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "IN_MEMORY", 1_000)
        body = Body()
        for piece in pieces:
            body.append(piece)
        assert (body.read(), len(body)) == (b"".join(pieces), sum(map(len, pieces)))
        body.append(b"more")
        assert body.read() == b"".join(pieces) + b"more"


def test_a_large_body_takes_no_memory_until_it_is_read() -> None:
    tracemalloc.start()
    try:
        held = [Body() for _ in range(5)]
        for body in held:
            for _ in range(100):
                body.append(bytes(100_000))
        assert tracemalloc.get_traced_memory()[1] < 5 * bodies.IN_MEMORY + 1_000_000
    finally:
        tracemalloc.stop()
    assert [len(body) for body in held] == [10_000_000] * 5


def test_a_full_disk_is_told_as_what_it_is() -> None:
    body = Body()
    with files_of_at_most(400_000):
        body.append(bytes(300_000))
        with pytest.raises(NoRoom, match="File too large"):
            body.append(bytes(300_000))


def test_a_feed_for_which_the_disk_has_no_room_says_so_and_others_are_read() -> None:
    with press() as served:
        served.answers |= {"/large": http(bytes(2_000_000)), "/small": http(b"small")}
        with files_of_at_most(400_000):
            large, small = get(served, *(Request(served.url(path)) for path in ("/large", "/small")), deadline=20)
    assert isinstance(large, Failure)
    assert "This machine has no room for it" in large.message
    assert not isinstance(small, Failure)
    assert small.body == b"small"
