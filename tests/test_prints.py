"""Who shares a print is found in whatever pieces readings have come, and nobody who made room is among them."""

from itertools import count, pairwise
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from data import copies, schema
from data.prints import Prints
from tests.conftest import reading

#: Hashes have all their bits: the least and the greatest of them too.
HASHES = st.sampled_from([-(2**31), -(2**31) + 1, -1, 0, 1, 7, 2**31 - 2, 2**31 - 1])
SKETCHES = st.none() | st.lists(HASHES, unique=True, max_size=4).map(sorted)
STEPS = st.lists(st.lists(SKETCHES, max_size=5) | st.integers(0, 20), max_size=12)


def of(**sketches: list[int] | None) -> pl.DataFrame:
    rows = [reading(article_id=name, sketch=sketch) for name, sketch in sketches.items()]
    return pl.concat([schema.empty("readings"), *rows]).select(copies.COMPARED)


def shared(prints: Prints, *wanted: int) -> list[tuple[str, int]]:
    found = prints.sharing(pl.Series(wanted, dtype=pl.Int32))
    return sorted(found.select("article_id", "print").iter_rows())


def test_who_has_a_print_is_told_once_for_each_print() -> None:
    prints = Prints.of(of(a=[1, 5], b=[5, 9], c=None)).with_more(of(d=[-3, 5]))
    assert shared(prints, 5, 9, 4) == [("a", 5), ("b", 5), ("b", 9), ("d", 5)]
    assert shared(prints, -3) == [("d", -3)]
    assert shared(prints) == shared(prints, 6) == []


def test_an_article_that_made_room_shares_nothing_and_what_came_in_its_place_does() -> None:
    prints = Prints.of(of(a=[1, 5], b=[5])).without(pl.Series(["a"])).with_more(of(a=[9]))
    assert shared(prints, 1, 5, 9) == [("a", 9), ("b", 5)]


@settings(deadline=None)
@given(STEPS, st.lists(HASHES))
def test_the_same_share_a_print_whether_they_come_at_once_or_in_pieces(steps: list[Any], wanted: list[int]) -> None:
    prints, held, numbers = Prints.of(of()), dict[str, list[int] | None](), count()
    for step in steps:
        if isinstance(step, int):  # this one makes room
            prints = prints.without(pl.Series([f"n{step}"]))
            held.pop(f"n{step}", None)
        else:
            more = {f"n{next(numbers)}": sketch for sketch in step}
            prints, held = prints.with_more(of(**more)), held | more
    expected = sorted((name, one) for name, sketch in held.items() for one in sketch or [] if one in wanted)
    assert shared(prints, *wanted) == expected
    sizes = [len(piece) for piece in prints.pieces]
    assert all(one >= 2 * other for one, other in pairwise(sizes))
