"""The names of a catalogue, ready to be found, and the places of a text where one stands.

One automaton finds them all in one pass (Aho-Corasick). All offsets are code points.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from ahocorasick_rs import AhoCorasick

from data.catalogue import Actor, Catalogue, Name, Words

Field = Literal["title", "text"]

AROUND = 40  # code points that are looked at on either side of a name
_ENDING = 3  # letters that a final * stands for

#: Endings that names take in these languages; Ukrainian and Russian names are written with a * in the catalogue.
_ENDINGS: dict[str, frozenset[str]] = {
    "da": frozenset(["s"]),
    "de": frozenset(["s", "es"]),
    "nb": frozenset(["s"]),
    "nl": frozenset(["s"]),
    "nn": frozenset(["s"]),
    "no": frozenset(["s"]),
    "pl": frozenset(["a", "owi", "em", "u", "ie", "y", "ą", "ę", "ów", "om", "ami", "ach"]),
    "sv": frozenset(["s"]),
}


# The matcher: the names of a catalogue, ready to be found


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a written form can stand for: a name of an actor, or (no actor) the title of a publication."""

    actor: Actor | None
    name: Name
    context: bool = False  # it only bears witness for the actor's weak names
    sport: bool = False  # it only tells that a game is told
    surname: bool = False  # one word, before which another person's given name can stand
    carries: tuple[str, ...] = ()  # the surnames inside a full name, of a never-name those of the other whom it names


@dataclass(frozen=True, slots=True)
class Matcher:
    """The names of a catalogue in one automaton, and what verdicts need to know of their actors."""

    automaton: AhoCorasick
    meanings: tuple[tuple[Meaning, ...], ...]  # of each form, in the automaton's order
    own_words: dict[str, frozenset[str]]  # actor -> the words of its full names
    actors: dict[str, Actor]
    words: Words


@lru_cache(maxsize=8)
def matcher_of(catalogue: Catalogue) -> Matcher:
    """The matcher of a catalogue, made once for each of the last eight."""
    forms: dict[str, list[Meaning]] = defaultdict(list)
    for meaning in _meanings(catalogue):
        for form in _forms(meaning.name):
            forms[form].append(meaning)
    return Matcher(
        AhoCorasick(list(forms)),
        tuple(tuple(meanings) for meanings in forms.values()),
        {actor.key: frozenset(word for name in actor.names for word in _full(name)) for actor in catalogue.actors},
        {actor.key: actor for actor in catalogue.actors},
        catalogue.words,
    )


def _meanings(catalogue: Catalogue) -> Iterator[Meaning]:
    for title in sorted(catalogue.words.publications):
        yield Meaning(None, Name(title, "never"))
    for word in sorted(catalogue.words.sport):
        yield Meaning(None, Name(word, "strong"), sport=True)
    for actor in catalogue.actors:
        surnames = {name.text for name in actor.names if _is_surname(actor, name)}
        for name in actor.names:
            carries = tuple(sorted(surnames & set(_full(name) or _of_namesake(name, catalogue.words))))
            yield Meaning(actor, name, surname=name.text in surnames, carries=carries)
        for word in actor.context:
            yield Meaning(actor, Name(word, "strong"), context=True)


def _is_surname(actor: Actor, name: Name) -> bool:
    # Also of a country where its name is weak: "Jim Jordan".
    may_be = actor.kind == "person" or (actor.kind == "country" and name.strength == "weak")
    single = " " not in name.text or name.text[0].islower()  # "von der Leyen"
    return may_be and single and name.kind == "name" and name.strength != "never"


def _full(name: Name) -> list[str]:
    """The words of a full name; none of a single word."""
    return name.text.split() if name.strength == "strong" and " " in name.text else []


def _of_namesake(name: Name, words: Words) -> list[str]:
    """The last word of a never-name that is another person: of "George H.W. Bush", not of "Bush family"."""
    first, *_, last = name.text.split() if " " in name.text else ("", "")
    return [last] if name.strength == "never" and first in words.given_names else []


def _forms(name: Name) -> set[str]:
    """How a name is written: with either apostrophe, and in a line of capitals."""
    stem = name.text.removesuffix("*")
    forms = {stem, stem.replace("'", "’"), stem.replace("’", "'")}
    return forms if name.exact else forms | {form.upper() for form in forms}


# Where they stand


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a form stands, with the word before and the word after it, in a text of this language and day."""

    field: Field
    content: str
    language: str | None
    day: date | None
    start: int
    end: int
    before: str
    after: str

    @property
    def text(self) -> str:
        """The form as it is written here."""
        return self.content[self.start : self.end]


def occurrences(matcher: Matcher, content: str, language: str | None) -> list[tuple[int, int, tuple[Meaning, ...]]]:
    """Where a form stands as words of their own: leftmost first, of those the longest first."""
    endings = _ENDINGS.get(language or "", frozenset())
    found = []
    for form, start, end in matcher.automaton.find_matches_as_indexes(content, overlapping=True):
        if not begins_a_word(content, start):
            continue
        meanings = matcher.meanings[form]
        if not ends_a_word(content, end):
            rest = _rest_of_word(content, end)
            if not rest:
                continue
            if rest not in endings:
                meanings = tuple(m for m in meanings if m.name.text.endswith("*"))
            end += len(rest)
        if meanings:
            found.append((start, end, meanings))
    found.sort(key=lambda occurrence: (occurrence[0], -occurrence[1]))
    return found


def begins_a_word(content: str, start: int) -> bool:
    """Whether a word may begin here: not within another, a handle or an address."""
    if start == 0:
        return True
    before = content[start - 1]
    if before == "/":
        # In an address, not in "Trump/Pence".
        return "://" not in content[max(0, start - 200) : start].rsplit(None, 1)[-1]
    return not (before.isalnum() or before in "_@" or unicodedata.combining(before))


def ends_a_word(content: str, end: int) -> bool:
    """Whether a word may end here: not within another, nor within the name of a host."""
    if end == len(content):
        return True
    after = content[end]
    if after == "." and content[end - 1] != "." and content[end + 1 : end + 2].islower():
        return False  # a host: nato.int
    return not (after.isalnum() or after == "_" or unicodedata.combining(after))


def _rest_of_word(content: str, end: int) -> str:
    """The up to three letters until the end of the word; empty where it is longer or no word."""
    stop = end
    while stop < len(content) and stop - end <= _ENDING and content[stop].isalpha():
        stop += 1
    return content[end:stop] if stop - end <= _ENDING and ends_a_word(content, stop) else ""


def is_valid(name: Name, language: str | None, day: date | None) -> bool:
    """Whether a name counts in this language on this day; what is unknown (None) rules nothing out."""
    if day is not None and ((name.first and day < name.first) or (name.last and day > name.last)):
        return False
    if language is None or not name.languages:
        return True
    if name.languages[0].startswith("-"):
        return f"-{language}" not in name.languages
    return language in name.languages


def word_before(content: str, start: int) -> str:
    """The word that one space parts from the name; empty where there is none, or a comma or a bracket between."""
    if start < 2 or content[start - 1] != " ":
        return ""
    words = content[max(0, start - AROUND) : start - 1].split()
    word = re.split("[—–]", words[-1])[-1].lstrip("“”\"‘’'([{-") if words else ""
    return word if word and (word[-1].isalnum() or word[-1] == ".") else ""


def word_after(content: str, end: int) -> str:
    """The word that one space parts from the name, without a possessive and the marks after it."""
    if content[end : end + 1] != " ":
        return ""
    words = content[end + 1 : end + AROUND].split(None, 1)
    return words[0].rstrip(",;:.!?)]}”\"’'").removesuffix("’s").removesuffix("'s") if words else ""
