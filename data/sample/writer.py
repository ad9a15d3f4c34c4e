"""One article of the sample press: a cast is chosen, and sentences that fit the outlet's view of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from data.sample import agenda
from data.sample.agenda import Subject
from data.sample.events import Event
from data.sample.phrases import Chance, Language, Number, fill
from data.sample.profiles import WIRE, Profile

#: The actors of a piece by the letters that the patterns know them by: two people, two bodies.
Cast = Mapping[str, str]

#: When an outlet used a pattern last.
Lately = dict[str, datetime]


@dataclass(frozen=True)
class Piece:
    """What an article says. `other_title` is the headline that an outlet which reprints it may choose."""

    title: str
    other_title: str
    paragraphs: tuple[str, ...]
    author: str


def write(
    subject: Subject,
    profile: Profile,
    language: Language,
    at: datetime,
    chance: Chance,
    event: Event | None,
    lately: Lately,
) -> Piece:
    """A piece about the subject as this outlet would write it at this moment: 3 to 5 paragraphs, 5 to 14 sentences.

    Of an event all outlets tell the same facts. What was said `lately` is said again only where there is nothing else.
    """
    setting = Chance(event.seed) if event else chance
    cast = _cast(subject, language, event.at.date() if event else at.date(), setting, event)
    desk = _Desk(subject, language, cast, at, chance, setting, event, lately)
    judged = [(role, _stance(cast[role], profile, at.date(), chance)) for role in _judged(cast, chance, event)]
    lead = desk.lead()
    title, other_title = (desk.headline(judged) for _ in range(2))
    paragraphs = _political(lead, desk, judged, chance) if judged else _everyday(lead, desk, chance)
    if profile.outlet == WIRE:
        paragraphs[0] = f"{desk.place().upper()} (Corvane) – {paragraphs[0]}"
    return Piece(title, other_title, tuple(paragraphs), desk.byline())


def _cast(subject: Subject, language: Language, day: date, chance: Chance, event: Event | None) -> Cast:
    """Who plays which part: two different people, and two different bodies, as far as there are so many."""
    cast: dict[str, str] = {}
    others, partners = subject.others or subject.people, subject.partners or subject.bodies
    people = (event.occasion.about,) if event and event.occasion.about else subject.people
    for role, actors in (("p", people), ("q", others), ("o", subject.bodies), ("n", partners)):
        left = [actor for actor in agenda.on_stage(actors, day) if actor in language.names.keys() - cast.values()]
        if left:
            cast[role] = chance.one(left)
    return cast


def _judged(cast: Cast, chance: Chance, event: Event | None) -> list[str]:
    """The one or two of the cast that the piece passes judgement on; of an event, those who take part in it."""
    taking_part = cast.keys() & event.occasion.roles if event else set()
    roles = [role for role in "poqn" if role in (taking_part or cast)]
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
    if desk.event:
        # What tells this event from others of its kind stands first, what could be said of any of them last.
        paragraphs[0] += desk.take("details")
        paragraphs.append(desk.take("details") + desk.judge(role, stance))
    else:
        paragraphs.append(desk.judge(role, stance) + (desk.take("details") if chance.whether(0.6) else []))
    if stance != "neutral":
        paragraphs[1] += desk.judge(role, stance)
    background = desk.take("background") if not (desk.event or desk.subject.event_at) or chance.whether(0.5) else []
    paragraphs.append(desk.take("figures" if chance.whether(0.35) else "details") + background)
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
    setting: Chance  # of what all who tell the same event have in common
    event: Event | None
    lately: Lately
    _lead: str = ""  # the pattern of the lead
    _used: set[str] = field(default_factory=set)
    _named: set[str] = field(default_factory=set)
    _numbers: dict[tuple[int, int, int], int] = field(default_factory=dict)
    _scene: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("place", "front", "village", "town", "port", "plan"):
            choices = self.language.words.get(name, "").split("|")
            self._scene[name] = self.setting.one(choices)
            self._scene[f"{name}2"] = self.setting.one(
                [other for other in choices if other != self._scene[name]] or choices
            )
        if self.event:
            self._scene |= self._facts(self.event)

    def lead(self) -> str:
        """The first sentence, which says what happened."""
        # An event has leads of its own; those of the running subject would tell something else.
        leads = self.event.occasion.leads if self.event else self._first_lines("leads")
        self._lead = self._unworn(self._playable(leads))
        return self._told(self._lead, self._naming(self._lead, {}), self._shared_numbers())

    def headline(self, judged: list[tuple[str, str]]) -> str:
        """A title that fits the lead, and that may say what the piece thinks of whom."""
        role, stance = judged[0] if judged and self.chance.whether(0.5) else ("", "neutral")
        if not self.language.lines(["endings"], stance) or not (self.event or self.subject.event_at):
            return _upper_first(self._as_headline(self._headline_of_judgement(role, stance)))
        told = _upper_first(self._as_headline(self._fresh_headline(self._headlines())))
        ending = self._as_headline(self.chance.one(self.language.lines(["endings"], stance)), role) if role else ""
        return f"{told} – {ending}" if ending and self._short(role) not in told else told

    def _headlines(self) -> list[str]:
        """The headlines of the event, or those that are closest to the lead."""
        if self.event:
            return self._playable(self.event.occasion.headlines)
        return _closest(self._lead, self._playable(self._first_lines("headlines")))

    def _headline_of_judgement(self, role: str, stance: str) -> str:
        """One that says what the piece thinks of whom; where there is none, one that fits the lead."""
        judging = self._playable(self._lines(stance)) if stance != "neutral" else []
        return self._fresh_headline([line for line in judging if "{" + role in line] or self._headlines())

    def _fresh_headline(self, patterns: Sequence[str]) -> str:
        pattern = self.chance.one([line for line in patterns if line not in self._used] or patterns)
        self._used.add(pattern)
        return pattern

    def _as_headline(self, pattern: str, judged: str = "") -> str:
        words = self._words()
        for letter, case in _ROLE.findall(pattern):
            role = judged if letter == "x" else letter
            name = self._case(self.cast[role], case) if case else self._short(role)
            words[f"{letter}.{case}" if case else letter] = re.sub(r"^the ", "", name)
        return self._filled(pattern, words, self._shared_numbers())

    def take(self, kind: str) -> list[str]:
        """One more sentence of this kind; none where all have been used."""
        if self.event and kind == "details":
            return self._sentence(self.event.occasion.details, {}, kind)
        # A great event has details of its own; those of the running subject belong to other events.
        own = self._sentence(self._first_lines(kind), {}, kind) if self.subject.event_at else []
        return own or self._sentence(self._lines(kind), {}, kind)

    def judge(self, role: str, stance: str) -> list[str]:
        """A sentence that praises or blames one of the cast, or does neither."""
        return self._sentence(self.language.lines(["judge"], stance), {"x": role}, "judge")

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

    def _sentence(self, patterns: Iterable[str], roles: Mapping[str, str], kind: str) -> list[str]:
        fresh = [line for line in self._playable(patterns, *roles) if line not in self._used]
        if not fresh:
            return []
        pattern = self._unworn(fresh)
        self._used.add(pattern)
        told = self._told(pattern, self._naming(pattern, roles), self._numbers_of(pattern))
        return [self._sourced(told) if kind == "details" and not _HAS_SOURCE.search(pattern) else told]

    def _sourced(self, told: str) -> str:
        """The sentence, often with somebody who says so: what all outlets know, each has from somebody else."""
        if not told.endswith(".") or self.chance.whether(0.3):
            return told
        words = {**self._words(), "s": told.removesuffix(".")}
        return f"{fill(self._unworn(self.language.lines(['sources'], 'lines')), words, self.chance)}."

    def _unworn(self, patterns: Sequence[str]) -> str:
        """One of those that the outlet has not used for longest."""
        rested = sorted(patterns, key=lambda pattern: self.lately.get(pattern, _NEVER))
        pattern = self.chance.one(rested[: (len(rested) + 2) // 3])
        self.lately[pattern] = self.at
        return pattern

    def _numbers_of(self, pattern: str) -> Number:
        """The numbers of a sentence: of an event all outlets tell the same."""
        if self.event and pattern in self.event.occasion.details:
            return Chance(f"{self.event.seed}/{pattern}").number
        return self._number

    def _told(self, pattern: str, words: Mapping[str, str], number: Number) -> str:
        return _upper_first(self._filled(pattern, words, number))

    def _filled(self, pattern: str, words: Mapping[str, str], number: Number) -> str:
        return fill(_NEEDS.sub("", pattern), words, self.chance, number)

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
        at = self.event.at if self.event else self.at - timedelta(days=0 if now else self.chance.number(0, 1))
        # What is told on its own day has not happened in the evening yet.
        moment = "today" if self.event and self.event.at.date() == self.at.date() else "moment"
        words = self.language.words
        return {**words, **self._scene, "day": days[at.weekday()], "moment": words[moment]}

    def _case(self, actor: str, case: str) -> str:
        """The short name in another case, or as it is where the language has no other form of it."""
        return self.language.cases.get(actor, {}).get(case) or self.language.title(actor, self.at.date()).short

    def _facts(self, event: Event) -> dict[str, str]:
        """What all who tell the event agree on: two people, an institute, and what its occasion names."""
        words = self.language.words
        own = {"who": "{person}", "who2": "{person}", "house": words["institute"], **event.occasion.facts}
        return {name: fill(f"[{pattern}]", {**words, **self._scene}, self.setting) for name, pattern in own.items()}

    def _short(self, role: str) -> str:
        """The short name of one of the cast, as in a headline."""
        return re.sub(r"^the ", "", self.language.title(self.cast[role], self.at.date()).short)

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
_NEVER = datetime.min.replace(tzinfo=UTC)
#: A pattern that says already who says so, or can take no more.
_HAS_SOURCE = re.compile(
    r"[“„«‘;?]|\{(?:who2?|house|person|official|expert|institute)\}"
    r"|\b(?:said|says|showed|wrote|sagte|nannte|dijo|zei|повідомляє|сообщает)\b"
)
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
