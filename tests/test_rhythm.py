"""How much a feed brings on which weekday at which hour, and when that is too little or too much."""

import random
from datetime import datetime, timedelta

import polars as pl
import pytest

from data import rhythm, schema
from data.rhythm import expected, judged, usual
from tests.conftest import moment, row

URL = "https://harbour.example/feed"
MONDAY = moment("2024-09-02")
NOBODY = schema.empty("fetches")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def check(at: datetime, new: int = 0, state: str = "ok", url: str = URL) -> pl.DataFrame:
    return row("fetches", feed_url=url, started_at=at, month=f"{at:%Y-%m}", state=state, new=new, changed=0)


def by_day(*days: int, start: datetime = MONDAY) -> list[pl.DataFrame]:
    """A first look that finds a backlog, and then one check a day at noon that finds so many new articles."""
    first = check(start - HOUR, 500)
    return [first, *(check(start + DAY * number + 12 * HOUR, new) for number, new in enumerate(days))]


def learnt(checks: list[pl.DataFrame], now: datetime) -> pl.DataFrame:
    return usual(pl.concat(checks).lazy(), now)


def flag(checks: list[pl.DataFrame], last: pl.DataFrame) -> tuple[float | None, str | None]:
    at = last["started_at"][0]
    return judged(last, learnt(checks, at), NOBODY).select("expected", "flag").row(0)


def test_a_silence_never_becomes_what_is_usual() -> None:
    before = by_day(*[20] * 21, *[0] * 100)
    day = MONDAY + 40 * DAY
    known = [one for one in before if one["started_at"][0] < day]
    assert flag(known, check(day))[1] == "silent"
    long_after = MONDAY + 120 * DAY
    was = check(long_after - DAY).with_columns(flag=pl.lit("silent"))
    nothing_known = learnt(before[-60:], long_after)
    assert judged(check(long_after), nothing_known, was)["flag"].to_list() == ["silent"]
    assert judged(check(long_after, 2), nothing_known, was)["flag"].to_list() == [None]


def test_a_flood_does_not_become_what_is_usual() -> None:
    known = learnt(by_day(*[20] * 14, 5000, *[20] * 6), MONDAY + 21 * DAY)
    assert known["weekdays"].to_list() == [[40.0, *[20.0] * 6]]  # one Monday of three counts for 80


WEEK = (20, 20, 20, 20, 20, 4, 0)


def test_what_is_usual_is_known_by_weekday_without_the_backlog_of_the_first_look() -> None:
    known = learnt(by_day(*WEEK, *(2 * number for number in WEEK)), MONDAY + 14 * DAY)
    assert known["weekdays"].to_list() == [[30.0, 30.0, 30.0, 30.0, 30.0, 6.0, 0.0]]
    assert known["days"].to_list() == [14]


def test_nothing_is_to_be_expected_before_a_week_is_known() -> None:
    assert learnt(by_day(20, 20, 20, 20, 20, 20), MONDAY + 6 * DAY).is_empty()
    assert learnt(by_day(*[20] * 7), MONDAY + 7 * DAY)["weekdays"].to_list() == [[20.0] * 7]


def test_a_day_on_which_nobody_could_look_is_no_day_without_articles() -> None:
    down = [check(MONDAY + DAY * number + 12 * HOUR, state="timeout") for number in range(14, 21)]
    known = learnt([*by_day(*[20] * 14), *down], MONDAY + 21 * DAY)
    assert known["weekdays"].to_list() == [[20.0] * 7]


def test_a_feed_that_falls_silent_is_flagged_by_the_second_run() -> None:
    before = by_day(*[20] * 21)
    day = MONDAY + 21 * DAY + 12 * HOUR
    first = check(day)
    assert flag(before, first) == (pytest.approx(20.0), "silent")
    slower = by_day(*[5] * 21)
    assert flag(slower, first) == (pytest.approx(5.0), None)
    assert flag([*slower, first], check(day + DAY))[1] == "silent"


def test_a_feed_that_rests_on_sundays_is_not_silent_then() -> None:
    before = by_day(*WEEK, *WEEK, *WEEK[:6])
    sunday = MONDAY + 20 * DAY + 12 * HOUR
    assert flag(before, check(sunday))[1] is None
    tuesday = sunday + 2 * DAY
    assert flag([*before, check(sunday), check(sunday + DAY)], check(tuesday))[1] == "silent"


def test_a_failing_feed_is_not_called_silent() -> None:
    assert flag(by_day(*[20] * 21), check(MONDAY + 21 * DAY + 12 * HOUR, state="timeout")) == (None, None)


def test_a_feed_that_has_news_again_is_not_silent_any_more() -> None:
    assert flag(by_day(*[20] * 21), check(MONDAY + 23 * DAY, 3))[1] is None


def test_a_flood_is_flagged_and_a_good_day_is_not() -> None:
    day = MONDAY + 21 * DAY + 12 * HOUR
    assert flag(by_day(*[20] * 21), check(day, 60))[1] is None
    assert flag(by_day(*[20] * 21), check(day, 100))[1] == "flood"
    assert flag(by_day(*[1] * 21), check(day, 15))[1] is None
    # Also where it comes in small parts.
    parts = [check(day - HOUR * hour, 30) for hour in (3, 2, 1)]
    assert flag([*by_day(*[20] * 21), *parts], check(day, 30))[1] == "flood"


def test_a_night_without_articles_is_no_silence_but_a_morning_without_is() -> None:
    chance = random.Random(1)  # noqa: S311
    start, checks = MONDAY, [check(MONDAY - DAY, 500)]
    for hour in range(28 * 24):
        awake = 7 <= hour % 24 < 22
        checks.append(check(start + HOUR * hour, sum(chance.random() < 0.4 for _ in range(10)) if awake else 0))
    flags = []
    for hour in range(25 * 24, 28 * 24):
        flags.append(flag(checks[: hour + 1], checks[hour + 1])[1])
    assert flags == [None] * len(flags)
    seven = start + 28 * 24 * HOUR + 7 * HOUR
    night = [check(start + HOUR * (28 * 24 + hour)) for hour in range(7)]
    silent = [
        flag([*checks, *night, *(check(seven + HOUR * n) for n in range(hour))], check(seven + HOUR * hour))[1]
        for hour in range(1, 5)
    ]
    assert silent == [None, "silent", "silent", "silent"] or silent == ["silent"] * 4


def test_what_is_expected_adds_up_over_the_hours() -> None:
    hours = [0.0] * 12 + [1.0] + [0.0] * 11
    assert expected([10] * 7, hours, MONDAY, MONDAY + 7 * DAY) == pytest.approx(70.0)
    assert expected([10] * 7, hours, MONDAY + 12.5 * HOUR, MONDAY + 13 * HOUR) == pytest.approx(5.0)
    assert expected([10] * 7, hours, MONDAY, MONDAY) == 0.0
    assert expected([24] * 7, [1 / 24] * 24, MONDAY, MONDAY + 4000 * DAY) == pytest.approx(24 * 14)


def test_an_archive_without_checks_knows_no_pace() -> None:
    assert rhythm.as_of_last_check(schema.empty("fetches").lazy()).is_empty()
    assert judged(check(MONDAY), pl.DataFrame(schema=rhythm.USUAL), NOBODY).select("expected", "flag").row(0) == (
        None,
        None,
    )
