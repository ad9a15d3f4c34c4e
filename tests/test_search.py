"""A search finds titles by whole words and phrases, whatever their case and accents."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.search import SearchError, matches, terms

TITLES = [
    "NATO’s Secretary-General meets Zelenskyy",
    "Orbán attacks Brussels",
    "Rome, and the general as secretary",
    "The chromium market",
    None,
]


def found(query: str, titles: list[str | None] = TITLES) -> list[str | None]:
    return pl.DataFrame({"title": titles}, schema={"title": pl.String}).filter(matches(query))["title"].to_list()


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ("nato", [0]),
        ("ORBAN", [1]),
        ("orbán BRUSSELS", [1]),
        ("rom", []),
        ("secretary general", [0, 2]),
        ('"secretary general"', [0]),
        ('"Secretary-General" zelenskyy', [0]),
        ("“general as secretary”", [2]),
        ("nato & zelenskyy", [0]),
        ("nato brussels", []),
        (".*", None),
        ("", [0, 1, 2, 3, 4]),
        ("   ", [0, 1, 2, 3, 4]),
    ],
)
def test_every_word_and_phrase_has_to_occur(query: str, positions: list[int] | None) -> None:
    if positions is None:
        with pytest.raises(SearchError, match="no letter and no digit"):
            matches(query)
    else:
        assert found(query) == [TITLES[position] for position in positions]


def test_a_phrase_that_is_never_closed_says_where_it_begins() -> None:
    with pytest.raises(SearchError, match="never closed") as caught:
        matches('nato "secretary')
    assert caught.value.position == 5


def test_another_column_can_be_searched() -> None:
    frame = pl.DataFrame({"text": ["NATO met", "Nothing"]})
    assert frame.filter(matches("nato", "text")).height == 1


def test_greek_words_are_found_whatever_their_last_letter() -> None:
    assert found("ΟΔΟΣ", ["η οδος", "οδοσ"]) == ["η οδος", "οδοσ"]


#: Python and the regular expressions may know different editions of Unicode; here both know every character.
texts = st.text(st.characters(exclude_categories=["Cn", "Cs", "Co"]), max_size=30)


@given(texts)
def test_a_title_is_found_by_its_own_words(title: str) -> None:
    words = "".join(" " if character in '"“”„' else character for character in title)
    if read(words):
        assert found(words, [title]) == [title]


@given(texts)
def test_a_query_is_read_or_refused_with_a_position(query: str) -> None:
    assert read(query) is not None or 0 <= refused(query).position <= len(query)


def read(query: str) -> list[str] | None:
    try:
        return terms(query)
    except SearchError:
        return None


def refused(query: str) -> SearchError:
    with pytest.raises(SearchError) as caught:
        matches(query)
    return caught.value
