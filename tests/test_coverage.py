"""What was expected of an outlet and what came: worked out by hand, and its laws."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import coverage

MONDAY = date(2024, 1, 1)
WORKDAYS = (10, 10, 10, 10, 10, 0, 0)


def press(counts: list[int], outlet: str = "post", first: date = MONDAY) -> pl.DataFrame:
    """So many articles on each day from the first on."""
    days = [first + timedelta(days=place) for place, count in enumerate(counts) for _ in range(count)]
    return pl.DataFrame({"outlet": outlet, "day": days}, schema={"outlet": pl.String, "day": pl.Date})


def looks(number: int, dark: range = range(0), outlet: str = "post", first: date = MONDAY) -> pl.DataFrame:
    """Two checks on each of so many days; on the dark ones both failed."""
    return pl.DataFrame(
        {
            "outlet": [outlet] * number,
            "day": [first + timedelta(days=place) for place in range(number)],
            "failed": [2 if place in dark else 0 for place in range(number)],
            "checked": [2] * number,
        },
        schema={"outlet": pl.String, "day": pl.Date, "failed": pl.Int64, "checked": pl.Int64},
    )


def weeks(number: int) -> list[int]:
    return [*WORKDAYS] * number


def on(days: pl.DataFrame, place: int) -> dict[str, object]:
    return days.filter(pl.col("day") == MONDAY + timedelta(days=place)).row(0, named=True)


def test_an_outlet_of_workdays_is_expected_to_write_on_workdays() -> None:
    days = coverage.by_day(press(weeks(6)), looks(42))
    # 50 a week, a fifth of them on each workday.
    assert days["expected"][28:35].to_list() == [10, 10, 10, 10, 10, 0, 0]
    assert days["level"][28] == 50
    assert days["score"][28:].to_list() == [0.0] * 14


def test_under_four_weeks_nothing_is_expected() -> None:
    days = coverage.by_day(press(weeks(6)), looks(42))
    assert days["expected"][:28].null_count() == 28
    states = coverage.periods(days, "day", MONDAY + timedelta(days=41))["state"]
    assert set(states[:28]) == {"learning"}
    assert set(states[28:]) == {"usual"}


def test_one_week_of_much_news_does_not_change_what_is_expected() -> None:
    counts = weeks(9)
    counts[14] = 110  # a Monday: 150 in that week, eleven fifteenths of them on its Monday
    days = coverage.by_day(press(counts), looks(63))
    # The median week stays 50, and a week of 150 tells no rhythm.
    assert (on(days, 56)["level"], on(days, 56)["expected"]) == (50, 10)


def test_days_before_the_first_check_are_no_history_and_have_no_row() -> None:
    days = coverage.by_day(press(weeks(8)), looks(28, first=MONDAY + timedelta(days=28)))
    assert days["day"].min() == MONDAY + timedelta(days=28)
    assert days["expected"].null_count() == 28


def test_weeks_in_which_no_feed_answered_are_no_history() -> None:
    counts = weeks(12)
    counts[42:56] = [0] * 14
    days = coverage.by_day(press(counts), looks(84, dark=range(42, 56)))
    # On the Monday after two dark weeks: six weeks before are known, and all had 50.
    assert on(days, 56) | {"day": None} == {
        "outlet": "post", "day": None, "received": 10, "level": 50.0, "expected": 10.0, "spread": 1.0, "score": 0.0,
        "failed": 0, "checked": 2,
    }  # fmt: skip
    dark = coverage.periods(days, "day", MONDAY + timedelta(days=83)).row(42, named=True)
    assert (dark["state"], dark["dark"], dark["failed"], dark["expected"]) == ("no answer", 1, 0, None)


def test_a_day_is_told_by_how_far_it_lies_from_what_was_expected() -> None:
    counts = weeks(8)
    # 2 * (sqrt(10.375) - sqrt(3.375)) is 2.77; nothing at all is 5.22 off; 20 are 2.59 more, 40 are 6.27 more.
    counts[49:54] = [3, 0, 20, 40, 10]
    days = coverage.by_day(press(counts), looks(56))
    states = coverage.periods(days, "day", MONDAY + timedelta(days=55))["state"]
    assert states[49:54].to_list() == ["less", "far less", "more", "far more", "usual"]


def test_a_day_that_is_not_over_is_not_judged() -> None:
    counts = weeks(8)
    counts[-3] = 1
    days = coverage.by_day(press(counts), looks(54))
    last = coverage.periods(days, "day", MONDAY + timedelta(days=52)).row(-1, named=True)
    assert (last["state"], last["received"], last["expected"]) == ("unfinished", 1, None)
    week = coverage.periods(days, "week", MONDAY + timedelta(days=52)).row(-1, named=True)
    # Monday to Thursday are over.
    assert (week["state"], week["received"], week["expected"], week["judged"]) == ("usual", 40, 40.0, 4)


def test_a_stretch_in_which_nobody_looked_is_not_checked() -> None:
    checks = pl.concat([looks(42), looks(7, first=MONDAY + timedelta(days=49))])
    days = coverage.by_day(press(weeks(8)), checks)
    states = coverage.periods(days, "week", MONDAY + timedelta(days=55))["state"]
    assert states.to_list() == ["learning"] * 4 + ["usual"] * 2 + ["not checked", "usual"]


def alarms(counts: list[int], last: int | None = None, dark: range = range(0)) -> list[tuple[object, ...]]:
    days = coverage.by_day(press(counts), looks(len(counts), dark=dark))
    found = coverage.alarms(days, MONDAY + timedelta(days=len(counts) - 1 if last is None else last))
    return found.select(
        "kind", (pl.col("since") - MONDAY).dt.total_days(), "days", "received", "expected", "dark"
    ).rows()


def about(expected: float) -> object:
    """Each unusual day moves the parts of the weekdays after it a little."""
    return pytest.approx(expected, rel=0.04)


def test_an_outlet_that_writes_as_always_is_no_alarm() -> None:
    assert alarms(weeks(10)) == []


def test_an_outlet_without_articles_since_a_day_is_silent_since_then() -> None:
    # The last article is of Friday, day 67; from Saturday on nothing, through Thursday. Tuesday's and Wednesday's parts
    # are a fifth in nine weeks and a quarter, or a third, in the last one; that of Thursday had too little.
    expected = 10 + 50 * (9 * 0.2 + 1 / 4) / 10 + 50 * (9 * 0.2 + 1 / 3) / 10 + 10
    assert alarms([*weeks(10)[:68], *[0] * 6]) == [("silent", 68, 6, 0, pytest.approx(expected), 0)]


def test_a_long_silence_does_not_become_what_is_usual() -> None:
    # Twenty weeks: the median of the twelve before has long become 0.
    assert alarms([*weeks(10), *[0] * 140]) == [("silent", 68, 142, 0, about(50 / 7 * 142), 0)]


def test_a_silence_with_failed_feeds_counts_the_days_on_which_none_answered() -> None:
    assert alarms([*weeks(10), *[0] * 5], dark=range(71, 75)) == [("silent", 68, 7, 0, about(50), 4)]


def test_a_rare_outlet_is_silent_only_when_chance_would_not_be() -> None:
    # One article on each Monday: after six weeks six are missing, which is four deviations less than nobody's bet.
    once = [1, 0, 0, 0, 0, 0, 0] * 12
    assert alarms([*once, *[0] * 35]) == []
    assert [row[:3] for row in alarms([*once, *[0] * 49])] == [("silent", 78, 55)]


def test_less_than_half_is_told_from_the_day_on_which_it_began() -> None:
    counts = weeks(10)
    counts[63:68] = [2, 2, 2, 2, 2]
    assert alarms(counts) == [("less", 63, 7, 10, about(50), 0)]


def test_a_flood_is_told_and_one_that_is_over_is_not() -> None:
    counts = weeks(10)
    counts[65:68] = [40, 40, 40]
    assert alarms(counts, last=67) == [("more", 65, 3, 120, about(30), 0)]
    counts[58:61], counts[65:68] = [40, 40, 40], [10, 10, 10]
    assert alarms(counts) == []


def test_what_strays_farthest_stands_first_and_of_equals_the_first_by_name() -> None:
    short, long, flood = [*weeks(10)[:68], *[0] * 6], [*weeks(9)[:61], *[0] * 13], [*weeks(10), 400, 400, 400, 400]
    every = {"short": short, "long": long, "long too": long, "flood": flood, "usual": weeks(11)[:74]}
    checks = pl.concat([looks(74, outlet=name) for name in every])
    days = coverage.by_day(pl.concat([press(counts, outlet=name) for name, counts in every.items()]), checks)
    found = coverage.alarms(days, MONDAY + timedelta(days=73))
    assert found.select("outlet", "kind").rows() == [
        ("flood", "more"),
        ("long", "silent"),
        ("long too", "silent"),
        ("short", "silent"),
    ]


def test_an_outlet_that_is_not_checked_any_more_is_no_alarm() -> None:
    days = coverage.by_day(press(weeks(10)), looks(70))
    assert coverage.alarms(days, MONDAY + timedelta(days=90)).is_empty()


def test_without_checks_nothing_is_expected_of_anybody() -> None:
    none = looks(0)
    days = coverage.by_day(press(weeks(10)), none)
    assert days.is_empty()
    assert coverage.periods(days, "week", MONDAY).is_empty()
    assert coverage.alarms(days, MONDAY).is_empty()


COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=70)


@settings(max_examples=20, deadline=None)
@given(COUNTS, st.integers(0, 69), st.lists(st.integers(0, 9), max_size=20))
def test_what_comes_later_changes_nothing_of_a_day(counts: list[int], dark: int, later: list[int]) -> None:
    now = coverage.by_day(press(counts), looks(len(counts), dark=range(dark, dark + 3)))
    longer = [*counts, *later]
    then = coverage.by_day(press(longer), looks(len(longer), dark=range(dark, dark + 3)))
    assert then.head(len(counts)).equals(now)


@settings(max_examples=20, deadline=None)
@given(COUNTS, st.sampled_from(["day", "week", "month"]))
def test_no_article_of_a_checked_day_is_lost_in_periods(counts: list[int], every: coverage.Every) -> None:
    days = coverage.by_day(press(counts), looks(len(counts)))
    found = coverage.periods(days, every, MONDAY + timedelta(days=len(counts)))
    of_learning = found.filter(pl.col("judged") == 0)["received"].sum()
    judged = days.filter(pl.col("expected").is_not_null(), pl.col("checked") > 0)["received"].sum()
    assert found.filter(pl.col("judged") > 0)["received"].sum() == judged
    assert of_learning <= sum(counts) - judged
