"""The interval of a mean: stories, not articles, are what chance draws."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data import resampling


def means(stories: list[list[float]]) -> dict[str, float]:
    """Of one group, the values of each story given as a list."""
    values = [value for story in stories for value in story]
    numbers = [number for number, story in enumerate(stories) for _ in story]
    group = np.zeros(len(values), np.int64)
    return resampling.means(group, np.array(numbers), np.array(values), 1).row(0, named=True)


def test_a_story_of_many_articles_is_one_observation() -> None:
    # Nine stories of one article at -1, and one of nine articles at +1: the mean is 0. In 37 of 100 draws (1/e) the big
    # story does not come, and the mean is -1, so that is the low end. In 19 of 1,000 it comes four times or more, in 80
    # of 1,000 three times or more: against the nine others the mean is (9k - 9) / (9k + 9), which is 0.5 for three and
    # 0.6 for four.
    found = means([[-1.0]] * 9 + [[1.0] * 9])
    assert (found["tone"], found["mentions"], found["stories"]) == (0.0, 18, 10)
    assert found["low"] == -1
    assert 0.5 < found["high"] < 0.75


def test_the_interval_of_many_stories_is_that_of_the_textbook() -> None:
    # 400 stories of one article, half at +0.5 and half at -0.5: the standard error is 0.5 / 20, times 1.966. A hundred
    # times as many are drawn in bundles, and their interval is a tenth as wide.
    for times, end in ((200, 0.049), (20_000, 0.0049)):
        found = means([[0.5], [-0.5]] * times)
        assert found["low"] == pytest.approx(-end, rel=0.15)
        assert found["high"] == pytest.approx(end, rel=0.15)


def test_copies_of_articles_make_a_mean_no_surer() -> None:
    stories = [[n / 20] for n in range(-10, 11)]
    ends = ("tone", "low", "high")
    assert [means([story * 7 for story in stories])[end] for end in ends] == [means(stories)[end] for end in ends]


def test_more_stories_make_it_surer() -> None:
    stories = [[n / 20] for n in range(-10, 11)]
    few, many = (means(stories * times) for times in (1, 16))
    # Sixteen times the stories, a quarter of the width; Student's t of 20 degrees of freedom adds 6 %.
    assert (few["high"] - few["low"]) / (many["high"] - many["low"]) == pytest.approx(4.2, rel=0.1)


@pytest.mark.parametrize("shape", ["even", "skewed", "two-sided"])
@pytest.mark.parametrize("stories", [10, 30, 1_500])
def test_nineteen_of_twenty_intervals_hold_the_truth(shape: str, stories: int) -> None:
    # Stories of one to many articles that agree with each other: by article two of three intervals would miss.
    chance = np.random.default_rng(1)
    groups = 1_000 if stories < 1_000 else 200
    size = np.minimum(30, chance.geometric(0.4, groups * stories))
    told, truth = _tones(chance, shape, groups * stories)
    story = np.repeat(np.arange(groups * stories), size)
    value = np.repeat(told, size) + chance.uniform(-0.05, 0.05, len(story))
    found = resampling.means(story // stories, story, value, groups)
    held = ((found["low"] <= truth) & (found["high"] >= truth)).mean()
    assert 0.90 < held < 0.985  # type: ignore[operator]


def _tones(chance: np.random.Generator, shape: str, number: int) -> tuple[NDArray[np.float64], float]:
    """The tone of each story, and their mean in the long run."""
    if shape == "even":
        return chance.uniform(-0.5, 0.9, number), 0.2
    if shape == "skewed":
        return 1 - 2 * chance.beta(1, 6, number), 1 - 2 / 7
    return np.where(chance.random(number) < 0.3, 0.9, -0.9), -0.36


rows_of_groups = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 14), st.floats(-1, 1)), min_size=1, max_size=120)


@given(rows_of_groups, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_ends_lie_among_the_values(
    rows: list[tuple[int, int, float]], chance: object
) -> None:
    def told(some: list[tuple[int, int, float]]) -> pl.DataFrame:
        group, story, value = (np.array(column) for column in zip(*some, strict=True))
        return resampling.means(group, story, value, 4)

    found = told(rows)
    mixed = list(rows)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    again = told(mixed)
    assert again.select("mentions", "stories").equals(found.select("mentions", "stories"))
    for end in ("tone", "low", "high"):
        assert again[end].to_list() == pytest.approx(found[end].to_list(), abs=1e-8, nan_ok=True)
    for group, row in enumerate(found.iter_rows(named=True)):
        values = [value for one, _, value in rows if one == group]
        assert row["mentions"] == len(values)
        assert row["stories"] == len({story for one, story, _ in rows if one == group})
        assert (row["low"] is None) == (row["high"] is None) == (row["stories"] < resampling.FEWEST)
        if row["low"] is not None:
            assert min(values) - 1e-8 <= row["low"] <= row["high"] <= max(values) + 1e-8


def test_a_group_does_not_change_for_what_stands_beside_it() -> None:
    chance = np.random.default_rng(2)
    story, value = chance.integers(0, 40, 200), chance.uniform(-1, 1, 200)
    alone = resampling.means(np.zeros(200, np.int64), story, value, 1).row(0)
    other = resampling.means(
        np.repeat([1, 0], [200, 900]), np.append(story, np.arange(900)), np.append(value, np.ones(900)), 2
    )
    assert other.row(1) == pytest.approx(alone, abs=1e-9)


def test_some_story_comes_in_every_draw() -> None:
    assert resampling._weights()[: resampling.FEWEST].sum(axis=0).min() > 0


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (10, 2.2281), (30, 2.0423), (120, 1.9799)],
)
def test_students_t_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert resampling.student(freedom) == pytest.approx(quantile, abs=1e-3)


@given(st.integers(1, 10_000))
def test_students_t_falls_toward_the_normal_quantile(freedom: int) -> None:
    assert math.inf > resampling.student(freedom) > resampling.student(freedom + 1) > 1.959963
