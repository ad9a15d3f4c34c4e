"""The sample press: what some invented outlets published in 18 months, the same for the same seed on any machine.

No text is anybody's: sentences are made of patterns written for this project. The dates of great events are real, what
the articles say about them is not, and whoever is quoted is invented.
"""

import re
import tomllib
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from data.identity import digest
from data.sample import agenda, events, phrases, writer
from data.sample.agenda import Subject
from data.sample.events import Event
from data.sample.phrases import Chance
from data.sample.profiles import PROFILES, WIRE, Profile

SEED = 20240301
FOLDER = Path(__file__).resolve().parent

#: How much is written on a Monday ... Sunday.
WEEKDAYS = (1.1, 1.2, 1.25, 1.2, 1.15, 0.6, 0.5)


@dataclass(frozen=True)
class Article:
    """One piece as one outlet published it. `path` begins with the outlet's key: /outlet/2024/03/01/..."""

    outlet: str
    path: str
    language: str
    title: str
    paragraphs: tuple[str, ...]
    author: str
    published_at: datetime
    claimed_at: datetime | None  # what its feed says; None where it says nothing
    subject: str
    other_title: str = ""  # the headline that an outlet which reprints it may choose
    copy_of: str | None = None  # path of the article it reprints
    event: str = ""  # the seed of the event it tells; of a running subject alone


@dataclass(frozen=True)
class Press:
    """All articles, oldest first, and what they hang on."""

    seed: int
    profiles: tuple[Profile, ...]
    articles: tuple[Article, ...]

    def version(self) -> str:
        """12 hex digits that change when any article does."""
        return digest(*(repr(article) for article in self.articles))[:12]


def press(seed: int = SEED) -> Press:
    """The whole sample press."""
    wire, *others = sorted(PROFILES, key=lambda profile: profile.outlet != WIRE)
    articles = list(_output(wire, seed, []))
    for profile in others:
        articles += _output(profile, seed, articles[:])
    articles += _hand_written()
    return Press(seed, PROFILES, tuple(sorted(articles, key=lambda article: (article.published_at, article.path))))


def outlets_toml(address: str) -> str:
    """The sample's outlets as a catalogue file, their server being at this address (http://127.0.0.1:8599)."""
    return (FOLDER / "outlets.toml").read_text("utf-8").replace("{press}", address)


def _output(profile: Profile, seed: int, printed: list[Article]) -> Iterator[Article]:
    """What one outlet published; it may reprint articles of the wire that are `printed` already."""
    agency = [article for article in printed if article.outlet == WIRE]
    taken: set[str] = set()
    number = 0
    lately: writer.Lately = {}
    known: set[str] = set()
    happening = events.planned(seed, profile.language)
    for day in events.days():
        chance = Chance(f"{seed}/{profile.outlet}/{day}")
        for at in _moments(profile, day, chance):
            number += 1
            original = _to_reprint(agency, taken, known, at, chance) if chance.whether(profile.reprints) else None
            if original:
                taken.add(original.path)
                known |= {original.event} - {""}
                yield _reprint(original, profile, at, number, chance)
            else:
                subject, event = _chosen(profile, happening, known, lately, at, chance)
                known |= {event.seed} if event else set()
                lately[_telling_section(subject, profile.language)] = at
                yield _own(profile, subject, event, lately, at, number, chance)


def _moments(profile: Profile, day: date, chance: Chance) -> list[datetime]:
    """When the outlet publishes on this day: more on weekdays and on the days of great events, from 5 to 21 o'clock."""
    evening = datetime.combine(day, time(18), UTC)
    growth = agenda.grown(day) if phrases.language(profile.language).occasions else 1
    rate = profile.a_week / 7 * WEEKDAYS[day.weekday()] * agenda.news(evening) * growth
    count = int(rate + chance.below(1))
    # The sum of two chances: most is published around noon.
    minutes = sorted(300 + int(chance.below(490) + chance.below(490)) for _ in range(count))
    return [datetime.combine(day, time(0), UTC) + timedelta(minutes=minute) for minute in minutes]


def _chosen(
    profile: Profile,
    happening: Sequence[Event],
    known: set[str],
    lately: writer.Lately,
    at: datetime,
    chance: Chance,
) -> tuple[Subject, Event | None]:
    """What the outlet writes about at this moment, and which event of it, if its language has any."""
    language = phrases.language(profile.language)
    untold = events.untold(happening, at, known)
    tellable = {event.subject for event, _ in untold}
    weights = [
        (subject, weight * profile.interest.get(subject.key, 1) * _appeal(subject, profile, lately, at))
        for subject, weight in agenda.subjects(at)
        if (subject in tellable if subject.key in language.occasions else language.lines(subject.sections, "leads"))
    ]
    subject = chance.weighted(weights)
    of_subject = [(event, weight) for event, weight in untold if event.subject is subject]
    return subject, chance.weighted(of_subject) if of_subject else None


def _appeal(subject: Subject, profile: Profile, lately: writer.Lately, at: datetime) -> float:
    """How much the outlet is drawn to a subject: less to everyday life, and to what it has few words for just again."""
    language = phrases.language(profile.language)
    if subject.event_at or subject.key in language.occasions:
        return 1
    growth = agenda.grown(at.date()) if language.occasions else 1
    last = lately.get(_telling_section(subject, profile.language))
    again = last is not None and at - last < timedelta(days=events.REST)
    return (1 if subject.people else profile.everyday / growth) * (0.05 if again else 1)


def _telling_section(subject: Subject, code: str) -> str:
    """The section that has the leads for it in this language: several subjects may be told in the same words."""
    language = phrases.language(code)
    return next((name for name in subject.sections if language.lines([name], "leads")), subject.key)


def _own(
    profile: Profile,
    subject: Subject,
    event: Event | None,
    lately: writer.Lately,
    at: datetime,
    number: int,
    chance: Chance,
) -> Article:
    piece = writer.write(subject, profile, phrases.language(profile.language), at, chance, event, lately)
    return Article(
        outlet=profile.outlet,
        path=_path(profile.outlet, at, piece.title, subject.key, number),
        language=profile.language,
        title=piece.title,
        paragraphs=piece.paragraphs,
        author=piece.author,
        published_at=at,
        claimed_at=None if chance.whether(profile.undated) else at,
        subject=subject.key,
        other_title=piece.other_title,
        event=event.seed if event else "",
    )


def _to_reprint(
    agency: list[Article], taken: set[str], known: set[str], at: datetime, chance: Chance
) -> Article | None:
    """An article of the wire from the last day and a half that the outlet has not printed yet, nor told its event."""
    since, until = at - timedelta(hours=36), at - timedelta(minutes=20)
    last_days = agency[bisect(agency, since, key=_published_at) : bisect(agency, until, key=_published_at)]
    recent = [one for one in last_days if one.path not in taken and one.event not in known]
    return chance.one(recent) if recent else None


def _published_at(article: Article) -> datetime:
    return article.published_at


def _reprint(original: Article, profile: Profile, at: datetime, number: int, chance: Chance) -> Article:
    title = original.title if chance.whether(0.6) else original.other_title
    return Article(
        outlet=profile.outlet,
        path=_path(profile.outlet, at, title, original.subject, number),
        language=original.language,
        title=title,
        paragraphs=original.paragraphs,
        author="Corvane Wire Service",
        published_at=at,
        claimed_at=at,
        subject=original.subject,
        copy_of=original.path,
        event=original.event,
    )


def _path(outlet: str, at: datetime, title: str, subject: str, number: int) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower()) if title.isascii() else subject.split("-")
    return f"/{outlet}/{at:%Y/%m/%d}/{'-'.join(words)[:60].strip('-') or 'untitled'}-{number}"


def _hand_written() -> Iterator[Article]:
    """The articles with hard names and hostile titles, from hard.toml; one outlet each, on a day each."""
    tables = tomllib.loads((FOLDER / "hard.toml").read_text("utf-8"))["article"]
    for number, table in enumerate(tables, start=1):
        at = datetime.combine(table["day"], time(7, number), UTC)
        claimed_at = table.get("claims", at)
        yield Article(
            outlet=table["outlet"],
            path=_path(table["outlet"], at, table["title"], "hard", 9000 + number),
            language=table.get("language", "en"),
            title=table["title"],
            paragraphs=tuple(" ".join(paragraph.split()) for paragraph in table["text"].strip().split("\n\n")),
            author=table.get("author", "Staff"),
            published_at=at,
            claimed_at=claimed_at,
            subject="hard-names",
        )
