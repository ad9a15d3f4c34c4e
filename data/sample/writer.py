"""One article of the sample press: a cast is chosen, and sentences that fit the outlet's view of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from data.sample import agenda
from data.sample.agenda import Subject
from data.sample.phrases import Chance, Language, fill
from data.sample.profiles import WIRE, Profile

#: The actors of a piece by the letters that the patterns know them by: two people, two bodies.
Cast = Mapping[str, str]


@dataclass(frozen=True)
class Piece:
    """What an article says. `other_title` is the headline that an outlet which reprints it may choose."""

    title: str
    other_title: str
    paragraphs: tuple[str, ...]
    author: str


def write(subject: Subject, profile: Profile, language: Language, at: datetime, chance: Chance) -> Piece:
    """A piece about the subject as this outlet would write it at this moment: 3 to 5 paragraphs, 5 to 14 sentences."""
    cast = _cast(subject, language, at.date(), chance)
    desk = _Desk(subject, language, cast, at, chance)
    judged = [(role, _stance(cast[role], profile, at.date(), chance)) for role in _judged(cast, chance)]
    lead = desk.lead()
    title, other_title = (desk.headline(judged) for _ in range(2))
    paragraphs = _political(lead, desk, judged, chance) if judged else _everyday(lead, desk, chance)
    if profile.outlet == WIRE:
        paragraphs[0] = f"{desk.place().upper()} (Corvane) – {paragraphs[0]}"
    return Piece(title, other_title, tuple(paragraphs), desk.byline())


def _cast(subject: Subject, language: Language, day: date, chance: Chance) -> Cast:
    """Who plays which part: two different people, and two different bodies, as far as there are so many."""
    cast: dict[str, str] = {}
    others, partners = subject.others or subject.people, subject.partners or subject.bodies
    for role, actors in (("p", subject.people), ("q", others), ("o", subject.bodies), ("n", partners)):
        left = [actor for actor in agenda.on_stage(actors, day) if actor in language.names.keys() - cast.values()]
        if left:
            cast[role] = chance.one(left)
    return cast


def _judged(cast: Cast, chance: Chance) -> list[str]:
    """The one or two of the cast that the piece passes judgement on."""
    roles = [role for role in "poqn" if role in cast]
    if not roles:
        return []
    weights = {"p": 5.0, "o": 3.0, "q": 2.0, "n": 1.0}
    first = chance.weighted([(role, weights[role]) for role in roles])
    others = [role for role in roles if role != first]
    return [first, chance.one(others)] if others and chance.whether(0.5) else [first]


def _stance(actor: str, profile: Profile, day: date, chance: Chance) -> str:
    view = profile.lean.get(actor, 0) + agenda.mood(actor, day) + chance.below(1.2) - 0.6
    return "good" if view > 0.3 else "bad" if view < -0.3 else "neutral"


def _political(lead: str, desk: "_Desk", judged: list[tuple[str, str]], chance: Chance) -> list[str]:
    (role, stance), *second = judged
    paragraphs = [[lead, *desk.take("details")]]
    paragraphs.append(desk.judge(role, stance) + (desk.take("details") if chance.whether(0.6) else []))
    if stance != "neutral":
        paragraphs[1] += desk.judge(role, stance)
    paragraphs.append(desk.take("background") + desk.take("figures" if chance.whether(0.35) else "details"))
    if chance.whether(0.75):
        closing = desk.judge(*second[0]) if second else []
        paragraphs.append(desk.take("voices") + (desk.take("details") if chance.whether(0.5) else []) + closing)
    if chance.whether(0.5):
        paragraphs.append(desk.take("next") + (desk.take("voices") if chance.whether(0.2) else []))
    return [" ".join(sentences) for sentences in paragraphs if sentences]


def _everyday(lead: str, desk: "_Desk", chance: Chance) -> list[str]:
    paragraphs = [[lead, *desk.take("details")], desk.take("details") + desk.take("details"), desk.take("details")]
    for paragraph in paragraphs:
        paragraph += desk.take("details") if chance.whether(0.35) else []
    return [" ".join(sentences) for sentences in paragraphs if sentences]


@dataclass
class _Desk:
    """Makes the sentences of one piece: no pattern twice, an actor in full at first and short after that.

    A piece plays at one place. What it says has to fit its lead: a pattern that begins with `(storm|flood)` is used
    only where the lead has one of these words, and of the headlines one that shares most words with it.
    """

    subject: Subject
    language: Language
    cast: Cast
    at: datetime
    chance: Chance
    _lead: str = ""  # the pattern of the lead
    _used: set[str] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)
    _numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _scene: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("place", "front", "town", "port", "plan"):
            choices = self.language.words.get(name, "").split("|")
            self._scene[name] = self.chance.one(choices)
            self._scene[f"{name}2"] = self.chance.one(
                [other for other in choices if other != self._scene[name]] or choices
            )

    def lead(self) -> str:
        """The first sentence, which says what happened."""
        # An event has leads of its own; those of the running subject would tell something else.
        self._lead = self.chance.one(self._playable(self._first_lines("leads")))
        return self._told(self._lead, self._naming(self._lead, {}), self._shared_numbers())

    def headline(self, judged: list[tuple[str, str]]) -> str:
        """A title that fits the lead; or, where there is one that says what the piece thinks of whom, perhaps that."""
        patterns: list[str] = []
        if judged and judged[0][1] != "neutral" and self.chance.whether(0.5):
            role, stance = judged[0]
            patterns = [line for line in self._playable(self._lines(stance)) if "{" + role in line]
        patterns = patterns or _closest(self._lead, self._playable(self._first_lines("headlines")))
        pattern = self.chance.one([line for line in patterns if line not in self._used] or patterns)
        self._used.add(pattern)
        words = self._words()
        for letter, case in _ROLE.findall(pattern):
            actor = self.cast[letter]
            name = self._case(actor, case) if case else self.language.title(actor, self.at.date()).short
            words[f"{letter}.{case}" if case else letter] = re.sub(r"^the ", "", name)
        return self._told(pattern, words, self._shared_numbers())

    def take(self, kind: str) -> list[str]:
        """One more sentence of this kind; none where all have been used."""
        return self._sentence(self._lines(kind), {})

    def judge(self, role: str, stance: str) -> list[str]:
        """A sentence that praises or blames one of the cast, or does neither."""
        return self._sentence(self.language.lines(["judge"], stance), {"x": role})

    def place(self) -> str:
        """Where the piece was written."""
        return self._scene["place"]

    def byline(self) -> str:
        """An invented author."""
        return fill("{person}", self.language.words, self.chance)

    def _lines(self, kind: str) -> tuple[str, ...]:
        if kind in ("voices", "figures"):
            return self.language.lines([kind], "lines")
        return self.language.lines(self.subject.sections, kind)

    def _first_lines(self, kind: str) -> tuple[str, ...]:
        found = (self.language.lines([section], kind) for section in self.subject.sections)
        return next(filter(None, found), ())

    def _sentence(self, patterns: Iterable[str], roles: Mapping[str, str]) -> list[str]:
        fresh = [line for line in self._playable(patterns, *roles) if line not in self._used]
        if not fresh:
            return []
        pattern = self.chance.one(fresh)
        self._used.add(pattern)
        return [self._told(pattern, self._naming(pattern, roles), self._number)]

    def _told(self, pattern: str, words: Mapping[str, str], number: Callable[[int, int], int]) -> str:
        return _upper_first(fill(_NEEDS.sub("", pattern), words, self.chance, number))

    def _playable(self, patterns: Iterable[str], *more: str) -> list[str]:
        """The patterns whose parts are all played by somebody, and which fit the lead."""
        roles = {*self.cast, *more}
        return [
            line
            for line in patterns
            if {letter for letter, _ in _ROLE.findall(line)} <= roles
            and (not (needs := _NEEDS.match(line)) or any(word in self._lead for word in needs[1].split("|")))
        ]

    def _naming(self, pattern: str, roles: Mapping[str, str]) -> dict[str, str]:
        words = self._words()
        for letter, case in _ROLE.findall(pattern):
            actor = self.cast[roles.get(letter, letter)]
            title = self.language.title(actor, self.at.date())
            if case:
                words[f"{letter}.{case}"] = self._case(actor, case)
            elif letter not in words:
                words[letter] = title.short if actor in self._named else title.full
            self._named.add(actor)
        return words

    def _words(self) -> dict[str, str]:
        days = self.language.words["days"].split("|")
        now = self.subject.event_at is not None and self.at - self.subject.event_at < timedelta(days=1)
        day = days[(self.at - timedelta(days=0 if now else self.chance.number(0, 1))).weekday()]
        return {**self.language.words, **self._scene, "day": day}

    def _case(self, actor: str, case: str) -> str:
        """The short name in another case, or as it is where the language has no other form of it."""
        return self.language.cases.get(actor, {}).get(case) or self.language.title(actor, self.at.date()).short

    def _shared_numbers(self) -> Callable[[int, int], int]:
        """Numbers that lead and headlines have in common: the first one between 40 and 300 is the same in each."""
        asked: Counter[tuple[int, int]] = Counter()

        def number(least: int, most: int) -> int:
            asked[least, most] += 1
            key = least, most, asked[least, most]
            if key not in self._numbers:
                self._numbers[key] = self._number(least, most)
            return self._numbers[key]

        return number

    def _number(self, least: int, most: int) -> int:
        number = self.chance.number(least, most)
        # After 2, 3, 4, 22 ... a Slavic noun has another form than the patterns' genitive plural: 5 or more instead.
        if self.language.code in ("uk", "ru") and number % 10 in (1, 2, 3, 4) and number % 100 not in (11, 12, 13, 14):
            return number + 4 if number % 10 > 1 else number + 5
        return number


_ROLE = re.compile(r"\{([pqonx])(?:\.(\w+))?\}")
_NEEDS = re.compile(r"^\(([^)]*)\) ")


def _closest(lead: str, headlines: list[str]) -> list[str]:
    """The headlines that share most words with the lead; a word is known by its first four letters."""
    stems = _stems(lead)
    shared = [len(stems & _stems(headline)) for headline in headlines]
    return [headline for headline, count in zip(headlines, shared, strict=True) if count == max(shared)]


def _stems(pattern: str) -> set[str]:
    words = re.findall(r"[^\W\d_]{4,}", re.sub(r"\{[^}]*\}", "", pattern).lower())
    return {word[:4] for word in words if word not in ("with", "from", "after", "said", "says")}


def _upper_first(sentence: str) -> str:
    """'the EU met' becomes 'The EU met', also behind an opening quotation mark."""
    at = next((at for at, character in enumerate(sentence) if character.isalnum()), 0)
    return sentence[:at] + sentence[at].upper() + sentence[at + 1 :]
