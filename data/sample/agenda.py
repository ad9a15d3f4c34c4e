"""What the sample press writes about, and when: running subjects, dates of real events, moods that move with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

FIRST_DAY = date(2024, 3, 1)
LAST_DAY = date(2025, 8, 31)

#: By how much the press has grown on its last day.
GROWTH = 1.0


@dataclass(frozen=True)
class Subject:
    """Something to write about. `sections` name the patterns for it, the most special first; a language that lacks
    one uses the next. An event has a moment, and is written about from then on, less every day."""

    sections: tuple[str, ...]
    weight: float
    people: tuple[str, ...] = ()
    others: tuple[str, ...] = ()  # whom the people meet; of the people too, where there are none
    bodies: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()  # what the bodies deal with; more bodies, where there are none
    first: date = FIRST_DAY
    last: date = LAST_DAY
    event_at: datetime | None = None

    @property
    def key(self) -> str:
        """Its most special section."""
        return self.sections[0]


@dataclass(frozen=True)
class Mood:
    """From this day on an actor is seen more kindly (+) or less (-), by an amount that wears off over so many days."""

    day: date
    actor: str
    amount: float
    days: int


def subjects(at: datetime) -> list[tuple[Subject, float]]:
    """What can be written about at this moment, and how much it weighs."""
    weighed = [(subject, _weight(subject, at)) for subject in SUBJECTS]
    return [(subject, weight) for subject, weight in weighed if weight > 0]


def news(at: datetime) -> float:
    """How much more than on a quiet day is written at this moment: 1 or more."""
    events = sum(_weight(subject, at) for subject in SUBJECTS if subject.event_at)
    return 1 + events / 40


def grown(day: date) -> float:
    """How much more happens and is written on this day than on the first: the press grows evenly."""
    return 1 + GROWTH * (day - FIRST_DAY) / (LAST_DAY - FIRST_DAY)


def mood(actor: str, day: date) -> float:
    """How much more kindly (+) or less (-) an actor is seen on this day."""
    passed = [(mood, (day - mood.day).days) for mood in MOODS if mood.actor == actor]
    return sum(mood.amount * (1 - days / mood.days) for mood, days in passed if 0 <= days < mood.days)


def on_stage(actors: tuple[str, ...], day: date) -> Iterator[str]:
    """Those of the actors who are much written about on that day."""
    for actor in actors:
        first, last = ON_STAGE.get(actor, (FIRST_DAY, LAST_DAY))
        if first <= day <= last:
            yield actor


def _weight(subject: Subject, at: datetime) -> float:
    if not subject.first <= at.date() <= subject.last:
        return 0
    if subject.event_at is None:
        lifts = [weight for day, weight in _LIFTS.get(subject.key, ()) if 0 <= (at.date() - day).days < 9]
        return subject.weight + sum(lifts)
    days = (at - subject.event_at).total_seconds() / 86_400
    return subject.weight / (1 + days) if 0 <= days < 6 else 0


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_TAKING_OFFICE = date(2025, 1, 20)

#: Between which days somebody is in the news; all others always are.
ON_STAGE = {
    "joe-biden": (FIRST_DAY, date(2025, 1, 25)),
    "kamala-harris": (date(2024, 6, 28), date(2024, 12, 10)),
    "jd-vance": (date(2024, 7, 16), LAST_DAY),
    "marco-rubio": (date(2025, 1, 21), LAST_DAY),
    "pete-hegseth": (date(2025, 1, 25), LAST_DAY),
    "jens-stoltenberg": (FIRST_DAY, date(2024, 9, 30)),
    "mark-rutte": (date(2024, 7, 2), LAST_DAY),
    "olaf-scholz": (FIRST_DAY, date(2025, 5, 5)),
    "friedrich-merz": (date(2025, 5, 6), LAST_DAY),
    "keir-starmer": (date(2024, 7, 6), LAST_DAY),
    "biden-administration": (FIRST_DAY, date(2025, 1, 19)),
    "trump-administration": (_TAKING_OFFICE, LAST_DAY),
}

_ALLIES = (
    "germany",
    "poland",
    "finland",
    "sweden",
    "norway",
    "netherlands",
    "united-kingdom",
    "france",
    "united-states",
)
_EVERYDAY = ("weather", "football", "schools", "health", "markets", "culture", "science", "farming", "transport")

SUBJECTS = (
    Subject(("ukraine-front", "war"), 4.5, ("volodymyr-zelensky",), ("vladimir-putin",), ("ukraine", "russia")),
    Subject(
        ("arms-aid", "aid"),
        3,
        ("joe-biden", "olaf-scholz", "friedrich-merz", "emmanuel-macron", "keir-starmer", "mark-rutte"),
        ("volodymyr-zelensky",),
        ("nato", *_ALLIES),
    ),
    Subject(
        ("peace-talks", "talks"),
        2,
        ("donald-trump", "donald-trump", "marco-rubio", "recep-tayyip-erdogan", "emmanuel-macron"),
        ("volodymyr-zelensky", "vladimir-putin"),
        ("turkey", "united-states", "saudi-arabia"),
        ("ukraine", "kremlin", "european-union"),
        first=date(2024, 6, 10),
    ),
    Subject(
        ("alliance",),
        6.5,
        ("mark-rutte", "jens-stoltenberg"),
        ("pete-hegseth", "ursula-von-der-leyen", "volodymyr-zelensky"),
        ("nato",),
        _ALLIES,
    ),
    Subject(
        ("campaign", "america"),
        6,
        ("donald-trump", "joe-biden"),
        ("joe-biden", "donald-trump"),
        ("republican-party", "democratic-party"),
        last=date(2024, 7, 21),
    ),
    Subject(
        ("campaign", "america"),
        6,
        ("donald-trump", "kamala-harris"),
        ("kamala-harris", "donald-trump"),
        ("republican-party", "democratic-party"),
        first=date(2024, 7, 22),
        last=date(2024, 11, 5),
    ),
    Subject(
        ("washington", "america"),
        7.5,
        ("donald-trump", "donald-trump", "donald-trump", "jd-vance", "marco-rubio", "pete-hegseth"),
        ("bernie-sanders", "elizabeth-warren", "nancy-pelosi"),
        ("trump-administration", "white-house", "biden-administration"),
        ("republican-party", "democratic-party"),
        first=date(2024, 11, 10),
    ),
    Subject(
        ("trade",),
        3.5,
        ("donald-trump", "donald-trump", "ursula-von-der-leyen"),
        ("xi-jinping", "narendra-modi", "giorgia-meloni"),
        ("european-union", "china", "india", "japan", "south-korea"),
        first=date(2024, 11, 10),
    ),
    Subject(
        ("sanctions",),
        1.2,
        ("ursula-von-der-leyen",),
        ("viktor-orban",),
        ("european-union", "european-commission", "united-kingdom"),
        ("poland", "norway", "turkey"),
    ),
    Subject(
        ("london",),
        1,
        ("keir-starmer",),
        ("emmanuel-macron", "ursula-von-der-leyen", "olaf-scholz", "friedrich-merz"),
        ("european-union", "france", "germany"),
        first=date(2024, 7, 8),
    ),
    Subject(
        ("berlin", "alliance"),
        0.8,
        ("olaf-scholz", "friedrich-merz"),
        ("emmanuel-macron", "giorgia-meloni"),
        ("germany",),
        ("france", "poland", "netherlands"),
    ),
    Subject(("beijing",), 0.7, ("xi-jinping",), ("narendra-modi",), ("taiwan", "japan", "united-states"), ("china",)),
    Subject(
        ("middle-east",),
        1.1,
        ("antonio-guterres", "recep-tayyip-erdogan"),
        ("benjamin-netanyahu",),
        ("iran", "hamas", "hezbollah"),
        ("israel", "united-nations", "iaea"),
    ),
    Subject(
        ("caucasus",), 0.6, ("ursula-von-der-leyen", "emmanuel-macron"), bodies=("georgia", "moldova", "european-union")
    ),
    *(Subject((topic, "everyday"), 0.8) for topic in _EVERYDAY),
    Subject(
        ("washington-summit", "alliance"),
        110,
        ("joe-biden",),
        ("jens-stoltenberg", "volodymyr-zelensky"),
        ("nato",),
        ("ukraine", "poland", "united-states"),
        event_at=_moment("2024-07-09T15:00"),
    ),
    Subject(
        ("biden-withdraws", "campaign", "america"),
        90,
        ("joe-biden", "kamala-harris"),
        ("donald-trump",),
        ("democratic-party", "republican-party"),
        event_at=_moment("2024-07-21T18:00"),
    ),
    Subject(
        ("rutte-takes-over", "alliance"),
        90,
        ("mark-rutte",),
        ("volodymyr-zelensky", "emmanuel-macron"),
        ("nato",),
        ("netherlands", "ukraine", "norway"),
        event_at=_moment("2024-10-01T10:00"),
    ),
    Subject(
        ("us-election", "america"),
        140,
        ("donald-trump", "kamala-harris"),
        ("emmanuel-macron", "keir-starmer", "mark-rutte"),
        ("republican-party", "democratic-party"),
        ("nato", "ukraine"),
        event_at=_moment("2024-11-06T08:00"),
    ),
    Subject(
        ("inauguration", "washington", "america"),
        90,
        ("donald-trump", "jd-vance"),
        ("bernie-sanders", "nancy-pelosi"),
        ("trump-administration", "white-house"),
        ("republican-party", "democratic-party"),
        event_at=_moment("2025-01-20T18:00"),
    ),
    Subject(
        ("oval-office", "peace-talks", "talks"),
        110,
        ("donald-trump", "jd-vance"),
        ("volodymyr-zelensky",),
        ("ukraine", "white-house"),
        ("european-union", "kremlin"),
        event_at=_moment("2025-02-28T19:00"),
    ),
    Subject(
        ("hague-summit", "alliance"),
        90,
        ("mark-rutte", "donald-trump"),
        ("pete-hegseth", "volodymyr-zelensky", "friedrich-merz"),
        ("nato",),
        ("netherlands", "united-states", "germany", "poland"),
        event_at=_moment("2025-06-24T14:00"),
    ),
    Subject(
        ("alaska-meeting", "peace-talks", "talks"),
        60,
        ("donald-trump",),
        ("vladimir-putin", "volodymyr-zelensky"),
        ("united-states",),
        ("ukraine", "kremlin", "european-union"),
        event_at=_moment("2025-08-16T06:00"),
    ),
)

#: Nine days each on which a running subject weighs more: the debate of June 2024, the tariffs of April 2025 ...
LIFTS = (
    (date(2024, 6, 28), "campaign", 12),
    (date(2024, 8, 7), "ukraine-front", 8),
    (date(2024, 9, 11), "campaign", 6),
    (date(2024, 10, 28), "campaign", 10),
    (date(2024, 11, 7), "berlin", 6),
    (date(2025, 2, 24), "berlin", 6),
    (date(2025, 4, 3), "trade", 20),
    (date(2025, 5, 6), "berlin", 5),
    (date(2025, 6, 14), "middle-east", 12),
    (date(2025, 7, 28), "trade", 10),
)

_LIFTS = {key: [(day, weight) for day, other, weight in LIFTS if other == key] for _, key, _ in LIFTS}

MOODS = (
    Mood(date(2024, 6, 28), "joe-biden", -0.9, 24),
    Mood(date(2024, 7, 21), "joe-biden", 0.7, 30),
    Mood(date(2024, 7, 22), "kamala-harris", 0.7, 50),
    Mood(date(2024, 11, 6), "donald-trump", 0.4, 40),
    Mood(date(2024, 11, 6), "kamala-harris", -0.6, 40),
    Mood(date(2024, 11, 6), "democratic-party", -0.7, 90),
    Mood(date(2024, 11, 7), "olaf-scholz", -0.7, 80),
    Mood(date(2025, 2, 28), "donald-trump", -0.8, 40),
    Mood(date(2025, 2, 28), "jd-vance", -0.9, 40),
    Mood(date(2025, 2, 28), "volodymyr-zelensky", 0.5, 40),
    Mood(date(2025, 4, 3), "donald-trump", -0.6, 40),
    Mood(date(2025, 4, 3), "trump-administration", -0.6, 60),
    Mood(date(2024, 7, 9), "nato", 0.6, 25),
    Mood(date(2024, 9, 25), "jens-stoltenberg", 0.8, 20),
    Mood(date(2024, 10, 1), "mark-rutte", 0.7, 30),
    Mood(date(2025, 6, 24), "nato", 0.6, 30),
    Mood(date(2025, 6, 24), "mark-rutte", 0.3, 20),
    Mood(date(2025, 5, 6), "friedrich-merz", 0.4, 40),
    Mood(date(2024, 7, 8), "keir-starmer", 0.6, 60),
    Mood(date(2024, 9, 10), "keir-starmer", -0.6, 120),
)
