"""What an outlet of the sample press can say: sentence patterns in a language, and one sentence made from them.

A pattern is text with choices `[a|b]`, numbers `{2-9}` and words `{place}`, which are patterns again. The same
stream of chances gives the same sentence on any machine.
"""

import random
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).resolve().parent / "phrases"
OCCASIONS = FOLDER.with_name("occasions")

_T = TypeVar("_T")

#: Gives a number from a least to a most.
Number = Callable[[int, int], int]


class Chance:
    """A stream of chances that depends on its seed alone: not on the machine, nor on Python's version."""

    def __init__(self, seed: str) -> None:
        # Only random() is promised to stay the same from version to version, so everything is made from it.
        self._random = random.Random(seed).random  # noqa: S311 - a press, no secret

    def below(self, limit: float) -> float:
        """A number from 0 up to `limit`."""
        return self._random() * limit

    def whether(self, chance: float) -> bool:
        """True so often: .25 is once in four times."""
        return self._random() < chance

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self._random() * (most - least + 1))

    def one(self, choices: Sequence[_T]) -> _T:
        """One of these, each as likely as the others."""
        return choices[int(self._random() * len(choices))]

    def weighted(self, choices: Sequence[tuple[_T, float]]) -> _T:
        """One of these (what, weight) pairs, by weight."""
        left = self._random() * sum(weight for _, weight in choices)
        for what, weight in choices:
            left -= weight
            if left < 0:
                return what
        return choices[-1][0]


@dataclass(frozen=True)
class Title:
    """How an actor is written from a day on: in full at first, short after that."""

    first_day: str  # ISO, '' for always
    full: str
    short: str


@dataclass(frozen=True, eq=False)
class Occasion:
    """Something that can happen: sentence patterns for it alone, and `facts`, on which all who tell it agree."""

    facts: Mapping[str, str]
    headlines: tuple[str, ...]
    leads: tuple[str, ...]
    details: tuple[str, ...]
    first: date = date.min  # before this day it would make no sense
    about: str = ""  # the actor who plays {p}, where only one can

    @property
    def roles(self) -> frozenset[str]:
        """The letters of those of the cast who take part in it."""
        lines = " ".join((*self.headlines, *self.leads, *self.details))
        return frozenset(letter for letter in "pqon" if "{" + letter + "}" in lines or (letter == "p" and self.about))


@dataclass(frozen=True)
class Language:
    """All patterns of one language: `sections[section][kind]` are the patterns of a section, one sentence each.

    What happens in a section are its `occasions`; a language without any tells the section's own patterns again.
    """

    code: str
    names: Mapping[str, tuple[Title, ...]]
    cases: Mapping[str, Mapping[str, str]]  # an actor's short name in other cases: {o.gen}
    words: Mapping[str, str]
    sections: Mapping[str, Mapping[str, tuple[str, ...]]]
    occasions: Mapping[str, tuple[Occasion, ...]]

    def title(self, actor: str, day: date) -> Title:
        """How the actor is written on that day."""
        return [title for title in self.names[actor] if title.first_day <= day.isoformat()][-1]

    def lines(self, sections: Sequence[str], kind: str) -> tuple[str, ...]:
        """The patterns of this kind in all these sections."""
        return tuple(line for name in sections for line in self.sections.get(name, {}).get(kind, ()))


@cache
def language(code: str) -> Language:
    """The patterns of `phrases/<code>.toml`, and of `occasions/<code>.toml` where there is one."""
    tables = tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8"))
    names = {actor: tuple(Title(*title) for title in titles) for actor, titles in tables.pop("names").items()}
    cases, words = tables.pop("cases", {}), tables.pop("words")
    sections = {name: {kind: _lines(lines) for kind, lines in kinds.items()} for name, kinds in tables.items()}
    return Language(code, names, cases, words, sections, _occasions(OCCASIONS / f"{code}.toml"))


def _occasions(file: Path) -> dict[str, tuple[Occasion, ...]]:
    tables = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    return {section: tuple(map(_occasion, rows)) for section, rows in tables.items()}


def _occasion(row: Mapping[str, Any]) -> Occasion:
    return Occasion(
        facts=row["facts"],
        headlines=_lines(row["headlines"]),
        leads=_lines(row["leads"]),
        details=_lines(row["details"]),
        first=row.get("first", date.min),
        about=row.get("about", ""),
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.strip().splitlines())


def fill(
    pattern: str, words: Mapping[str, str], chance: Chance, number: Callable[[int, int], int] | None = None
) -> str:
    """One sentence of this pattern, its numbers from `number`. Raises KeyError for a word that nobody has given."""
    return "".join(_said(part, words, chance, number or chance.number) for part in _parts(pattern))


@dataclass(frozen=True)
class _Slot:
    name: str


@dataclass(frozen=True)
class _Choice:
    patterns: tuple[str, ...]


_Part = str | _Slot | _Choice


def _said(part: _Part, words: Mapping[str, str], chance: Chance, number: Number) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, _Choice):
        return fill(chance.one(part.patterns), words, chance, number)
    if part.name[0].isdigit():
        least, _, most = part.name.partition("-")
        return str(number(int(least), int(most or least)))
    word = words[part.name]
    return fill(f"[{word}]", words, chance, number) if set(word) & set("|[{") else word


@cache
def _parts(pattern: str) -> tuple[_Part, ...]:
    parts: list[_Part] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "{":
            end = pattern.index("}", at)
            parts.append(_Slot(pattern[at + 1 : end]))
            at = end + 1
        elif pattern[at] == "[":
            end = _closing(pattern, at)
            parts.append(_Choice(_split(pattern[at + 1 : end])))
            at = end + 1
        else:
            end = min((found for mark in "[{" if (found := pattern.find(mark, at)) >= 0), default=len(pattern))
            parts.append(pattern[at:end])
            at = end
    return tuple(parts)


def _closing(pattern: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(pattern)):
        depth += {"[": 1, "]": -1}.get(pattern[at], 0)
        if depth == 0:
            return at
    raise ValueError(f"a bracket stays open in {pattern!r}")


def _split(inner: str) -> tuple[str, ...]:
    """'a|[b|c] d' has two choices: the bars inside brackets are not its own."""
    choices, depth = [""], 0
    for character in inner:
        depth += {"[": 1, "]": -1}.get(character, 0)
        if character == "|" and depth == 0:
            choices.append("")
        else:
            choices[-1] += character
    return tuple(choices)
