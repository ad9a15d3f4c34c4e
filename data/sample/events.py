"""What happens in the world of the sample press, day by day, and who can tell of it: one event is told by several."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from data.sample import agenda, phrases
from data.sample.agenda import FIRST_DAY, LAST_DAY, Subject
from data.sample.phrases import Chance, Language, Occasion

#: How many events there are on a quiet day at the beginning.
A_DAY = 3.0

#: Days for which an occasion rests before it comes again: a story that nobody told for so long is over.
REST = 13

#: For how long an event is news, and how often it is a small, a middling, a large one: (how much it weighs, how often).
NEWS_FOR = timedelta(days=2)
SIZES = ((1.0, 6.0), (3.0, 3.0), (8.0, 1.0))


@dataclass(frozen=True)
class Event:
    """An occasion that took place. All who tell of it draw its facts from its own `seed`."""

    subject: Subject
    occasion: Occasion
    at: datetime
    size: float
    seed: str


@cache
def planned(seed: int, code: str) -> tuple[Event, ...]:
    """All events that this language has words for, oldest first; none of an occasion that has not rested yet."""
    chance, language = Chance(f"{seed}/events/{code}"), phrases.language(code)
    owed: Counter[str] = Counter()
    rested: dict[Occasion, date] = {}
    return tuple(event for day in days() for event in sorted(_of_day(day, language, chance, owed, rested), key=_at))


def days() -> Iterator[date]:
    """Every day of the press."""
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        yield FIRST_DAY + timedelta(days=number)


def untold(events: Sequence[Event], at: datetime, told: set[str]) -> list[tuple[Event, float]]:
    """The events that are news at this moment and not among those told, by how much they weigh."""
    fresh = events[bisect_right(events, at - NEWS_FOR, key=_at) : bisect_right(events, at, key=_at)]
    return [
        (event, event.size / (1 + (at - event.at) / timedelta(days=1))) for event in fresh if event.seed not in told
    ]


def _of_day(
    day: date, language: Language, chance: Chance, owed: Counter[str], rested: dict[Occasion, date]
) -> Iterator[Event]:
    """The day's events; what a subject is owed and has no occasion for is forgotten."""
    noon = datetime.combine(day, time(12), UTC)
    running = [(one, weight) for one, weight in agenda.subjects(noon) if one.key in language.occasions]
    total = sum(weight for _, weight in running)
    for subject, weight in running:
        owed[subject.key] += round(1000 * A_DAY * agenda.grown(day) * weight / total)
        while owed[subject.key] >= 1000:
            owed[subject.key] -= 1000
            occasion = _next(language.occasions[subject.key], day, rested)
            if occasion is not None:
                rested[occasion] = day + timedelta(days=REST)
                at = datetime.combine(day, time(4), UTC) + timedelta(minutes=chance.number(0, 780))
                yield Event(subject, occasion, at, chance.weighted(SIZES), f"{occasion.headlines[0]}/{day}")


def _next(occasions: Sequence[Occasion], day: date, rested: dict[Occasion, date]) -> Occasion | None:
    """The one that has rested longest."""
    ready = [one for one in occasions if one.first <= day and rested.get(one, date.min) <= day]
    return min(ready, key=lambda one: rested.get(one, date.min), default=None)


def _at(event: Event) -> datetime:
    return event.at
