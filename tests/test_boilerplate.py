"""What an outlet prints on every page is no part of its articles."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.boilerplate import learned, repeated, without

LINE = "Sign up for the Harbour Letter, in your inbox at 7 every morning."
#: Eight pages, each with words of its own, a note about rights, and here and there the same background.
PAGES = [
    f"Ship number {name} came in this morning.\nThe captain of {name} was pleased.\n"
    + ("Russia invaded Ukraine in February 2022.\n" if name in "ab" else "")
    + f"{LINE.replace('7', hour)}\n© {year} Harbour Times"
    for name, hour, year in zip("abcdefgh", "67676767", (2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026), strict=True)
]


def test_lines_that_stand_on_every_page_are_left_out_whatever_their_numbers() -> None:
    lines = learned(PAGES)
    assert without(PAGES[2], lines) == "Ship number c came in this morning.\nThe captain of c was pleased."


def test_a_sentence_of_background_on_some_pages_stays() -> None:
    assert "Russia invaded Ukraine" in without(PAGES[0], learned(PAGES))


def test_three_pages_teach_nothing_and_four_copies_of_one_neither() -> None:
    assert learned(PAGES[:3]) == ()
    assert learned(PAGES[:1] * 9) == ()


def test_what_was_learned_is_kept_though_later_pages_are_few() -> None:
    lines = learned(PAGES[:1], learned(PAGES))
    assert LINE.split(",")[0] not in without(PAGES[0], lines)
    assert learned([], lines) == lines


def test_a_long_paragraph_is_never_boilerplate() -> None:
    long = "The strait was closed for years. " * 20
    assert learned([f"{name}\n{long}" for name in "abcdefgh"]) == ()


def test_one_text_for_three_addresses_is_no_article() -> None:
    assert repeated(["a", "b", "b", "b", "", "", ""]) == {"b"}


@given(st.lists(st.text(alphabet="ab\n .1", max_size=30), max_size=12))
def test_to_leave_out_twice_is_to_leave_out_once(texts: list[str]) -> None:
    lines = learned(texts)
    for text in texts:
        once = without(text, lines)
        assert without(once, lines) == once
        assert set(once.split("\n")) <= set(text.split("\n")) | {""}
