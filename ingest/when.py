"""When a feed is looked at next: by its own rhythm, by what is asked for, and ever more rarely where it fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from data import schema
from data.identity import digest
from ingest.entries import Feed
from ingest.fetch import Failure, Response

SOONEST = timedelta(minutes=15)
LATEST = timedelta(hours=24)
LONGEST_BACK_OFF = timedelta(days=7)
WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
UNCONDITIONAL = 24  # one check in so many asks without validators: some feeds keep an ETag through changes
#: Failures that are over tomorrow more often than not: their pauses grow half as fast.
SOFT = {"timeout", "unreachable", "rate limited", "server error", "not found", "empty"}
#: States in which a feed was read; two of them are worth a look, and no reason to ask more rarely.
READ = {*schema.GOOD_STATES, "stale", "undated"}

#: The last row of a feed in `fetches`, None before the first.
Last = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """When a feed is looked at next, and what is remembered for checks that find it unchanged.

    `rhythm` is the time between two of its articles, `wish` the least pause that feed and server ask for, both without
    jitter; `rests` are hours of the week in UTC, 0 is Monday's first, in which it asks not to be read.
    """

    next_at: datetime
    rhythm: timedelta
    wish: timedelta
    rests: tuple[int, ...]


def plan(url: str, last: Last, answer: Response | Failure, state: str, feed: Feed | None, now: datetime) -> Plan:
    """The next look at a feed that was found in this state; `feed` is what it lists, None where it was not read anew.

    A failing feed is asked ever more rarely, and never given up. Nothing that feed or server ask for puts the next look
    off for more than a week, and nothing but Retry-After, a failure or its rests for more than a day.
    """
    rhythm_, wish, rests = _known(last)
    if feed and isinstance(answer, Response):
        dates = [entry.published_at for entry in feed.entries if entry.published_at]
        rhythm_, wish, rests = rhythm(dates, now), _wish(answer, feed, now), rests_of(feed)
    if state == "refused address":
        return Plan(now, rhythm_, wish, rests)  # no question of time: it may be allowed at the next run
    place = _place(url)
    if state in READ:
        # Shorter by a tenth to a fifth: cron's next run must not come a minute too early for a feed that was read late
        # in this one. A wish is kept to the full. A feed has always the same place, so that feeds that were first seen
        # together drift apart.
        wait = max(rhythm_ * (0.9 - place / 10), wish * (1 + place / 10))
    else:
        wait = back_off(failures(last, state), state in SOFT) * (1 - place / 10)
    wait = max(wait, min(_retry_after(answer, now), LONGEST_BACK_OFF))
    return Plan(after_rests(now + wait, rests, place), rhythm_, wish, rests)


def failures(last: Last, state: str) -> int:
    """Failed checks in a row, this one included."""
    return 0 if state in READ else ((last or {}).get("failures") or 0) + 1


def is_unconditional(url: str, now: datetime) -> bool:
    """Whether this check asks without validators, as one in UNCONDITIONAL does."""
    return int(digest(url, now.isoformat())[:8], 16) % UNCONDITIONAL == 0


def rhythm(dates: Sequence[datetime], now: datetime) -> timedelta:
    """The time between two articles of the last week, from 15 minutes to 24 hours.

    >>> from datetime import UTC
    >>> now = datetime(2024, 10, 8, tzinfo=UTC)
    >>> str(rhythm([now - timedelta(hours=hours) for hours in (3, 6, 9, 12)], now))
    '3:00:00'
    """
    recent = [min(date, now) for date in dates if date > now - WEEK]
    if not recent:
        return LATEST
    span = now - min(recent) if len(recent) == len(dates) else WEEK
    return min(max(span / len(recent), SOONEST), LATEST)


def back_off(failures: int, soft: bool) -> timedelta:
    """The pause after so many failures in a row: doubled each time, or each second time for a soft one; 7 days at most.

    >>> [str(back_off(failures, soft=False)) for failures in (1, 2, 3, 99)]
    ['0:30:00', '1:00:00', '2:00:00', '7 days, 0:00:00']
    """
    doublings = (failures - 1) / (2 if soft else 1)
    return min(2 * SOONEST * 2 ** min(doublings, 20), LONGEST_BACK_OFF)


def rests_of(feed: Feed) -> tuple[int, ...]:
    """The hours of the week in which a feed asks not to be read (RSS 2.0, skipHours and skipDays).

    What would leave no hour of the week is no wish that can be kept.
    """
    hours = range(7 * 24)
    rests = tuple(hour for hour in hours if hour % 24 in feed.skip_hours or hour // 24 in feed.skip_days)
    return rests if len(rests) < len(hours) else ()


def after_rests(at: datetime, rests: Sequence[int], place: float = 0.0) -> datetime:
    """This moment, or, where it lies in a rest, one in the first quarter of the hour that ends the rest.

    >>> from datetime import UTC
    >>> str(after_rests(datetime(2024, 10, 7, 1, 30, tzinfo=UTC), [0, 1, 2]))
    '2024-10-07 03:00:00+00:00'
    """
    if _hour_of_week(at) not in rests:
        return at
    at = at.replace(minute=0, second=0, microsecond=0)
    while _hour_of_week(at) in rests:
        at += HOUR
    return at + place * HOUR / 4


def _hour_of_week(at: datetime) -> int:
    return at.weekday() * 24 + at.hour


def _place(url: str) -> float:
    """Where between 0 and 1 a feed stands."""
    return int(digest(url)[:4], 16) / 0xFFFF


def _known(last: Last) -> tuple[timedelta, timedelta, tuple[int, ...]]:
    known = last or {}
    rhythm_ = timedelta(seconds=known.get("rhythm") or SOONEST.total_seconds())
    return rhythm_, timedelta(seconds=known.get("wish") or 0), tuple(known.get("rests") or ())


def _wish(answer: Response, feed: Feed, now: datetime) -> timedelta:
    """The pause that feed and server ask for, at most a day.

    And at most half the time that the feed reaches back: who waits longer loses articles, whatever a cache asks for.
    """
    fresh = answer.max_age if answer.max_age is not None else _expires_in(answer, now)
    asked = max(timedelta(minutes=feed.ttl_minutes or 0), timedelta(seconds=min(fresh, LATEST.total_seconds())))
    dates = [entry.published_at for entry in feed.entries if entry.published_at]
    reach = max((now - min(dates)) / 2, SOONEST) if dates else LATEST
    return min(asked, reach, LATEST)


def _expires_in(answer: Response, now: datetime) -> float:
    """Seconds until Expires by our own clock, for a server that does not tell its own."""
    if answer.headers.get("date"):
        return 0.0  # was compared with that
    try:
        moment = parsedate_to_datetime(answer.headers.get("expires", ""))
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return max((moment - now).total_seconds(), 0.0) if moment.tzinfo else 0.0


def _retry_after(answer: Response | Failure, now: datetime) -> timedelta:
    if not isinstance(answer, Failure):
        return timedelta()
    if answer.retry_after is not None:
        return timedelta(seconds=min(answer.retry_after, LONGEST_BACK_OFF.total_seconds()))
    return max(answer.retry_at - now, timedelta()) if answer.retry_at else timedelta()
