"""When a feed is looked at next."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import schema
from ingest import when
from ingest.bodies import Body
from ingest.entries import Entry, Feed
from ingest.fetch import Failure, Response
from ingest.when import LATEST, LONGEST_BACK_OFF, SOONEST, Plan, after_rests, back_off, is_unconditional, plan, rhythm
from tests.conftest import NOON, moment

URL = "https://harbour.example/feed"
HOUR = timedelta(hours=1)


def feed(hours: list[float], **values: Any) -> Feed:
    """A feed whose articles are so many hours old."""
    entries = [Entry(None, "A", None, None, NOON - timedelta(hours=each), None) for each in hours]
    return Feed("", tuple(entries), **values)


def response(max_age: float | None = None, **headers: str) -> Response:
    return Response(URL, 200, headers, Body(), None, None, None, max_age, 0.0)


def failure(retry_after: float | None = None, retry_at: datetime | None = None) -> Failure:
    return Failure(URL, "rate limited", 429, "", retry_after, 0.0, retry_at)


def read(listed: Feed, answer: Response | None = None, last: dict[str, Any] | None = None) -> Plan:
    return plan(URL, last, answer or response(), "ok", listed, NOON)


def remembered(made: Plan, failures: int = 0) -> dict[str, Any]:
    """The row that the next check finds."""
    seconds = {"rhythm": made.rhythm.total_seconds(), "wish": made.wish.total_seconds()}
    return {**seconds, "rests": list(made.rests), "failures": failures}


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], timedelta(hours=24)),
        ([24 * 400], timedelta(hours=24)),
        ([3, 6, 9, 12], timedelta(hours=3)),
        ([0.01] * 50, timedelta(minutes=15)),
        ([-5, -5], timedelta(minutes=15)),
        ([12, 24 * 8], timedelta(hours=24)),
        ([24 * day + hour for day in range(9) for hour in (1, 13)], timedelta(hours=12)),
    ],
)
def test_a_feed_is_asked_as_often_as_it_has_news(hours: list[float], expected: timedelta) -> None:
    assert rhythm([NOON - timedelta(hours=hour) for hour in hours], NOON) == expected


def test_a_feed_that_was_read_late_in_a_run_is_due_at_crons_next_one() -> None:
    for number in range(100):
        made = plan(f"{URL}/{number}", None, response(), "ok", feed([0.1] * 50), NOON)
        assert timedelta(minutes=12) <= made.next_at - NOON <= timedelta(minutes=13.5)


def test_feeds_that_were_first_seen_together_drift_apart() -> None:
    moments = {plan(f"{URL}/{number}", None, response(), "ok", feed([3, 6]), NOON).next_at for number in range(100)}
    assert len(moments) > 90


@pytest.mark.parametrize(
    ("listed", "answer"),
    [
        (feed([3, 6, 9], ttl_minutes=240), response()),
        (feed([3, 6, 9], ttl_minutes=10), response(max_age=4 * 3600)),
        (feed([3, 6, 9]), response(expires="Tue, 01 Oct 2024 16:00:00 GMT")),
    ],
)
def test_a_pause_that_is_asked_for_is_kept_to_the_full(listed: Feed, answer: Response) -> None:
    assert 4 * HOUR <= read(listed, answer).next_at - NOON <= 4.4 * HOUR


def test_expires_is_compared_with_the_servers_own_clock_where_it_tells_one() -> None:
    hour = {"date": "Tue, 01 Oct 2030 10:00:00 GMT", "expires": "Tue, 01 Oct 2030 11:00:00 GMT"}
    assert read(feed([3, 6, 9]), response(max_age=3600, **hour)).next_at < NOON + 3 * HOUR


def test_no_cache_keeps_us_away_so_long_that_articles_are_lost() -> None:
    assert read(feed([1, 4]), response(max_age=1e12)).next_at <= NOON + 2.2 * HOUR
    assert read(feed([1, 400]), response(max_age=1e12)).next_at <= NOON + 1.1 * LATEST
    assert read(feed([]), response(max_age=1e12)).next_at <= NOON + 1.1 * LATEST


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (failure(retry_after=5 * 3600), 5 * HOUR),
        (failure(retry_at=NOON + 3 * HOUR), 3 * HOUR),
        (failure(retry_after=1e12), LONGEST_BACK_OFF),
        (failure(retry_at=moment("2199-01-01")), LONGEST_BACK_OFF),
    ],
)
def test_retry_after_is_obeyed_up_to_a_week(answer: Failure, pause: timedelta) -> None:
    assert plan(URL, None, answer, "rate limited", None, NOON).next_at - NOON == pause


def test_a_moment_to_retry_that_is_past_changes_nothing() -> None:
    past = plan(URL, None, failure(retry_at=moment("2001-01-01")), "rate limited", None, NOON)
    assert past == plan(URL, None, failure(), "rate limited", None, NOON)


def test_an_unchanged_feed_keeps_its_rhythm_however_often_it_is_found_unchanged() -> None:
    first = made = read(feed([2, 4, 6, 8], ttl_minutes=60))
    for _ in range(50):
        made = plan(URL, remembered(made), response(), "not modified", None, NOON)
    assert made == first
    assert 1.6 * HOUR <= made.next_at - NOON <= 1.8 * HOUR


def test_a_feed_that_comes_back_has_its_rhythm_again() -> None:
    first = read(feed([12, 24]))
    down = plan(URL, remembered(first), failure(), "server error", None, NOON)
    back = plan(URL, remembered(down, failures=1), response(), "same body", None, NOON)
    assert down.next_at < NOON + HOUR
    assert back == first


@given(st.integers(min_value=1, max_value=10_000), st.booleans())
def test_a_failing_feed_is_asked_ever_more_rarely_and_never_given_up(failures: int, soft: bool) -> None:
    assert timedelta(minutes=30) <= back_off(failures, soft) <= back_off(failures + 1, soft) <= timedelta(days=7)
    assert back_off(failures, soft=True) <= back_off(failures, soft=False)


def test_hours_of_rest_are_left_in_peace_also_by_checks_that_find_nothing_new() -> None:
    # The first of October 2024 is a Tuesday.
    listed = feed([1, 2], skip_hours=frozenset({12, 13, 14, 15}))
    made = read(listed)
    assert moment("2024-10-01T16:00") <= made.next_at < moment("2024-10-01T16:15")
    again = plan(URL, remembered(made), response(), "not modified", None, NOON)
    assert again.next_at == made.next_at


def test_days_of_rest_are_left_in_peace() -> None:
    listed = feed([24, 48], skip_days=frozenset({1, 2}))
    assert moment("2024-10-03T00:00") <= read(listed).next_at < moment("2024-10-03T00:15")


def test_a_feed_that_rests_all_week_is_read_all_the_same() -> None:
    listed = feed([1], skip_days=frozenset(range(6)), skip_hours=frozenset(range(23)))
    assert moment("2024-10-06T23:00") <= read(listed).next_at < moment("2024-10-07T00:00")  # an hour is left
    never = feed([1], skip_days=frozenset(range(7)), skip_hours=frozenset(range(24)))
    assert read(never).rests == ()


@given(st.sets(st.integers(0, 167), max_size=167), st.integers(0, 10_000))
def test_no_moment_of_rest_is_ever_chosen(rests: set[int], minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    chosen = after_rests(at, sorted(rests), 0.7)
    assert chosen >= at
    assert chosen.weekday() * 24 + chosen.hour not in rests
    assert chosen - at <= timedelta(days=7)


@given(
    st.sampled_from(schema.STATES),
    st.integers(0, 10_000),
    st.floats(0, 1e15),
    st.lists(st.floats(-1e4, 1e4), max_size=4),
    st.integers(0, 10**6),
)
def test_whatever_happens_a_feed_is_looked_at_again_within_a_week(
    state: str, failed: int, seconds: float, hours: list[float], ttl: int
) -> None:
    listed = feed(hours, ttl_minutes=ttl) if state in when.READ else None
    answer = response(max_age=seconds) if listed else failure(retry_after=seconds)
    made = plan(URL, {"failures": failed}, answer, state, listed, NOON)
    assert NOON <= made.next_at <= NOON + LONGEST_BACK_OFF
    assert made.next_at - NOON >= (timedelta() if state == "refused address" else 0.8 * SOONEST)


def test_one_check_in_24_asks_without_validators() -> None:
    blind = sum(is_unconditional(URL, NOON + timedelta(hours=hour)) for hour in range(2400))
    assert 60 <= blind <= 140
