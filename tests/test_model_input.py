"""What the target-tone model gets to read: never who the target is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models import target
from data.models.kinds import is_body
from data.models.target import BODY, CLOSE, CLS, NAME, OPEN, SEP, batches, encode

texts = st.text(max_size=300)


def letters(text: str) -> list[int]:
    """A stand-in for the tokenizer: a piece a letter, so that a test can read what came through."""
    return [1_000 + ord(letter) for letter in text]


def words(text: str) -> list[int]:
    return [1_000 + sum(map(ord, word)) for word in text.split()]


def read(ids: list[int]) -> str:
    special = {CLS: "[", SEP: "]", NAME: "*", BODY: "#", OPEN: "<", CLOSE: ">"}
    return "".join(special.get(piece) or chr(piece - 1_000) for piece in ids)


def seen(text: str, name: str) -> str:
    start = text.index(name)
    return read(encode(text, start, start + len(name), letters))


def test_the_name_is_taken_out_and_its_place_marked():
    assert seen("The report blames NATO.", "NATO") == "[The report blames <#>.]"


def test_the_name_is_taken_out_wherever_it_stands():
    assert seen("Merkel won; they like Merkel.", "Merkel") == "[<*> won; they like *.]"
    assert seen("Angela Merkel won, and Merkel's party too.", "Angela Merkel") == "[<*> won, and *'s party too.]"


def test_a_word_that_only_begins_like_the_name_stays():
    assert seen("Iran denied that Iranians had left.", "Iran") == "[<#> denied that Iranians had left.]"


def test_a_pronoun_is_marked_once():
    assert seen("he said he won", "he") == "[<*> said he won]"


@pytest.mark.parametrize("name", ["Merkel", "Obama", "Trudeau", "Xi"])
def test_swapping_the_name_changes_nothing_that_is_read(name):
    text = f"Critics of {name} say that {name}’s plan failed."
    start = text.index(name)
    assert encode(text, start, start + len(name), words) == encode(
        "Critics of Macron say that Macron’s plan failed.", 11, 17, words
    )


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("Russia", True),
        ("the European Union", True),
        ("Nato", True),
        ("U.N.", True),
        ("Trump administration", True),
        ("Russian officials", True),
        ("Russian President Vladimir Putin", False),
        ("Mrs. Clinton", False),
        ("they", False),
        ("J.D. Vance", False),
    ],
)
def test_of_a_name_only_this_is_told_whether_it_is_a_persons(name, body):
    assert is_body(name) is body


@given(texts, st.integers(-3, 303), st.integers(-3, 303))
def test_a_span_is_read_or_refused(text, start, end):
    if 0 <= start < end <= len(text):
        ids = encode(text, start, end, letters)
        assert ids[0] == CLS
        assert ids[-1] == SEP
        assert [ids.count(OPEN), ids.count(CLOSE)] == [1, 1]
        assert ids[ids.index(OPEN) :][:3] == [OPEN, BODY if is_body(text[start:end]) else NAME, CLOSE]
        assert len(ids) <= 2 * target.REACH + 5
    else:
        with pytest.raises(ValueError, match="no part of its text"):
            encode(text, start, end, letters)


def test_a_long_text_is_read_near_the_target_only():
    asked: list[int] = []

    def counted(text: str) -> list[int]:
        asked.append(len(text))
        return letters(text)

    ids = encode("x" * 1_000_000 + "Iran" + "y" * 1_000_000, 1_000_000, 1_000_004, counted)
    assert sum(asked) <= 2 * target.WINDOW
    assert read(ids) == "[" + "x" * target.REACH + "<#>" + "y" * target.REACH + "]"


def test_what_is_longer_than_any_name_is_a_place_and_nothing_more():
    name = "Iran " * 200
    assert read(encode(f"{name}met Iran.", 0, len(name), letters)) == "[<*>met Iran.]"


@given(st.lists(st.integers(5, 9)), st.integers(1, 4))
def test_a_batch_holds_equally_long_inputs_and_each_input_comes_once(lengths, most):
    inputs = [[0] * length for length in lengths]
    found = batches(inputs, most)
    assert sorted(place for batch in found for place in batch) == list(range(len(inputs)))
    assert all(len({lengths[place] for place in batch}) == 1 and len(batch) <= most for batch in found)
