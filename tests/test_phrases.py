"""Phrases are found by numbers, and are those that reading title after title finds."""

from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from data.phrases import STOP_WORDS, each_phrase, of_titles
from data.phrases import titles as taken_apart

WORDS = ["Helsinki", "summit", "Summit", "of", "the", "2024", "a", "NATO's", "Nato", ",", ".", "x", "Überfall"]
titles = st.lists(st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), max_size=6)


def one_by_one(title: str) -> dict[str, str]:
    """The phrases of a title, folded, each with how it is written there first."""
    written = [word.removesuffix("'s") for word in title.split()]
    words = [word.lower().replace("ü", "u") for word in written]
    ends = [len(word) > 1 and not word.isdigit() and word not in STOP_WORDS for word in words]
    found: dict[str, str] = {}
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            some, last = words[start : start + length], start + length - 1
            may_end = ends[last] or (length > 1 and words[last].isdigit())
            if ends[start] and may_end and not {",", "."} & set(some):
                found.setdefault(" ".join(some), " ".join(written[start : start + length]))
    return found


@settings(max_examples=150, deadline=None)
@given(titles)
def test_the_phrases_of_titles_are_those_that_two_of_them_have(drawn: list[str]) -> None:
    articles = pl.DataFrame(
        {"id": [f"a{n}" for n in range(len(drawn))], "title": drawn}, schema={"id": pl.String, "title": pl.String}
    ).with_columns(text=pl.lit(""))
    plain = [one_by_one(title) for title in drawn]
    often = Counter(phrase for of in plain for phrase in of)

    found = each_phrase(articles).with_columns(pl.col("phrase", "written").cast(pl.String))

    assert sorted(found.rows()) == sorted(
        (f"a{n}", phrase, written) for n, of in enumerate(plain) for phrase, written in of.items() if often[phrase] > 1
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(st.none() | titles.map(" ".join), max_size=6), st.data())
def test_titles_taken_apart_once_for_all_have_the_same_phrases(drawn: list[str | None], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(drawn) - 1), unique=True) if drawn else st.just([]))
    ids = pl.Series([f"a{place}" for place in places], dtype=pl.String)
    chosen = pl.Series([drawn[place] for place in places], dtype=pl.String)
    plain = each_phrase(pl.DataFrame({"id": ids, "title": chosen, "text": [""] * len(places)}))

    press = taken_apart(pl.Series(drawn, dtype=pl.String))
    found = of_titles(press, np.array(places, np.int64), ids).table()

    words = [pl.col("phrase", "written").cast(pl.String)]
    assert sorted(found.with_columns(words).rows()) == sorted(plain.with_columns(words).rows())
