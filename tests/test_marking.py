"""Long articles: their marks cost no more than their length, and what is not drawn is told of and can be reached."""

import sys
from collections.abc import Callable
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import sentences
from dashboard.marked import AROUND, MOST_LETTERS, MOST_PASSAGES, Passage, marked, stretches
from data import grammar, search

SENTENCE = "NATO met in Oslo. "
#: Twice the length may cost so many times the work.
LINEAR = 2.3


def steps(work: Callable[[], object]) -> int:
    """How many steps Python takes for some work: a count that is the same on every machine."""
    count = 0

    def step(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def passages_of(number: int) -> list[dict[str, Any]]:
    """Passages as `mentions` has them, one for each sentence of a text of so many."""
    told = {"field": "text", "tone": 0.2, "confidence": 0.8, "speaker": None, "how": "name"}
    return [told | {"start": len(SENTENCE) * at, "end": len(SENTENCE) * (at + 1) - 1} for at in range(number)]


def mention_of(number: int) -> dict[str, Any]:
    spans = [{"field": "text", "start": one["start"], "end": one["start"] + 4} for one in passages_of(number)]
    return {"actor": "nato", "passages": passages_of(number), "spans": spans}


def drawn(number: int) -> str:
    mention = mention_of(number)
    passages = [Passage(one["start"], one["end"], "positive", "NATO +0.20", "sure") for one in mention["passages"]]
    return marked(SENTENCE * number, passages, [(one["start"], one["end"]) for one in mention["spans"]])


WORK: dict[str, Callable[[int], object]] = {
    "passages in one line": drawn,
    "names without a passage": lambda n: marked("NATO." * n, [], [(5 * at, 5 * at + 4) for at in range(n)]),
    "lines": lambda n: marked("a\n" * n, [Passage(0, 2 * n, "negative", "NATO")], []),
    "the clearest sentence": lambda n: sentences.clearest({"text": SENTENCE * n}, [mention_of(n)]),
    "a snippet": lambda n: search.snippet(grammar.parse("nato oslo"), SENTENCE * n),
    "many words": lambda n: search.spans(
        grammar.parse(" OR ".join(f"w{at}" for at in range(n))), " ".join(f"w{at}" for at in range(n)), "text"
    ),
}


@pytest.mark.parametrize("what", WORK)
def test_twice_the_length_costs_twice_the_work(what: str) -> None:
    work = WORK[what]
    work(10)  # what is made once, such as a compiled pattern
    once, twice = steps(lambda: work(150)), steps(lambda: work(300))
    assert once < twice <= LINEAR * once


@given(
    st.text(alphabet="ab \n", max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4),
    st.tuples(st.integers(0, 30), st.integers(0, 30)),
)
def test_each_letter_is_marked_and_bold_as_its_offsets_say(
    text: str, places: list[tuple[int, int]], names: list[tuple[int, int]], part: tuple[int, int]
) -> None:
    passages = [Passage(start, end, "positive", f"told {number}") for number, (start, end) in enumerate(places)]
    passages = [one for one in passages if one.start < one.end <= len(text)]
    names = [(start, end) for start, end in names if start < end <= len(text)]
    first, last = sorted(min(place, len(text)) for place in part)
    written = marked(text, passages, names, (first, last))
    found: list[tuple[str, bool, bool]] = []
    for piece in written.replace("<p>", "").split("</p>"):
        is_marked = is_bold = is_told = False
        at = 0
        while at < len(piece):
            if piece[at] == "<":
                tag = piece[at : piece.index(">", at) + 1]
                is_marked = tag.startswith("<mark") or (is_marked and tag != "</mark>")
                is_bold = tag == "<b>" or (is_bold and tag != "</b>")
                is_told = tag == "<i>" or (is_told and tag != "</i>")
                at += len(tag)
                continue
            if not is_told:
                found.append((piece[at], is_marked, is_bold))
            at += 1
    lines: list[tuple[str, bool, bool]] = []
    start = first
    for line in text[first:last].split("\n"):
        if line.strip():
            lines += [
                (
                    text[at],
                    any(one.start <= at < one.end for one in passages),
                    any(left <= at < right for left, right in names),
                )
                for at in range(start, start + len(line))
            ]
        start += len(line) + 1
    assert found == lines


def test_a_long_text_is_drawn_from_its_beginning_to_the_end_of_a_word() -> None:
    text = "harbour " * 20_000
    assert stretches(text, []) == [(0, MOST_LETTERS)]
    assert stretches("x" + text, []) == [(0, MOST_LETTERS - 7)]
    assert stretches("x" * 500_000, []) == [(0, MOST_LETTERS)]
    assert stretches(text[:MOST_LETTERS], []) == [(0, MOST_LETTERS)]


def test_a_text_of_many_passages_is_drawn_up_to_the_last_that_is_marked() -> None:
    text = SENTENCE * (MOST_PASSAGES + 5)
    places = [(one["start"], one["end"]) for one in passages_of(MOST_PASSAGES + 5)]
    assert stretches(text, places[::-1]) == [(0, len(SENTENCE) * MOST_PASSAGES)]
    assert stretches(text, places[:MOST_PASSAGES]) == [(0, len(text))]


@given(st.integers(0, 300_000))
def test_a_place_that_is_sought_is_always_drawn(sought: int) -> None:
    text = "harbour " * 30_000
    parts = stretches(text, [], sought)
    assert parts[0][0] == 0
    assert sum(end - start for start, end in parts) <= MOST_LETTERS + 2 * AROUND
    assert all(one[1] <= other[0] for one, other in pairwise(parts))
    assert sought >= len(text) or any(start <= sought < end for start, end in parts)


def test_words_far_down_in_a_long_text_are_shown_where_they_stand() -> None:
    text = "Rain fell. " * 20_000 + "The zebra crossed the Danube. " + "Rain fell. " * 20_000
    shown, hits = search.snippet(grammar.parse("zebra"), text)
    assert "The zebra crossed the Danube." in shown
    assert [shown[start:end] for start, end in hits] == ["zebra"]


def test_a_phrase_across_two_pieces_of_a_long_text_is_found() -> None:
    filler = "rain " * 9_998  # of 49,990 letters, so that the first piece ends behind "zebra"
    shown, hits = search.snippet(grammar.parse('"zebra danube"'), f"{filler}zebra danube {filler}")
    assert [shown[start:end] for start, end in hits] == ["zebra danube"]
