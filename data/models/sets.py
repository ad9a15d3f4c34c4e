"""The labelled sets for the target-tone model, and what each item is for.

Whole articles go to one part, by a hash of their id. What is chosen by: a tenth of the public training set's articles
and a tenth of ours. What is reported, and touched by no choice: the public development set, and of our labels those
drawn by chance from the fifth of the articles that is held out. The texts lie outside the repository.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from data.models.kinds import is_body
from data.models.target import LABELS

OUR_LABELS = Path(__file__).parents[1] / "labels" / "tone.csv"

#: Chosen where they teach: to learn from, not to choose or report by.
MORE_LABELS = OUR_LABELS.with_name("more.csv")

#: Names and pronouns of anyone, labelled in the manner of the public set: likewise.
PEOPLE_LABELS = OUR_LABELS.with_name("people.csv")

#: Names of the press at large, by either set of rules (`manner`): likewise.
WIDE_LABELS = OUR_LABELS.with_name("wide.csv")

#: Drawn by chance from held-out articles, after all choices of recipes for the first model.
HELD_OUT_LABELS = OUR_LABELS.with_name("held-out.csv")

#: Drawn by chance from articles to choose by that tone.csv does not use.
CHOOSE_LABELS = OUR_LABELS.with_name("choose.csv")

#: Drawn by chance from held-out articles that no other file uses, after the recipe of the present model was fixed.
FRESH_LABELS = OUR_LABELS.with_name("fresh.csv")


@dataclass(frozen=True)
class Target:
    """One text with a marked target and what people said; `part` says what the item is for."""

    part: str
    text: str
    start: int
    end: int
    label: int


def targets(folder: Path) -> list[Target]:
    """Every labelled item, in a fixed order, each in exactly one part: `train ...`, `choose ...`, `report ...`."""
    return [*_people(folder), *_ours(folder), *_later(folder)]


def lessons(folder: Path) -> list[Target]:
    """The items to learn from, in their order. What begins as one to choose or report by does is left out.

    Outlets print each other's sentences, and the public set is of the same years as ours.
    """
    items = targets(folder)
    told = openings(items)
    return [item for item in items if item.part.startswith("train") and opening(item.text) not in told]


def openings(items: list[Target]) -> frozenset[str]:
    """How the items to choose or report by begin."""
    return frozenset(opening(item.text) for item in items if not item.part.startswith("train"))


def opening(text: str) -> str:
    """Forty characters of a text, to know it by."""
    return " ".join(text.split())[:40].casefold()


def _people(folder: Path) -> Iterator[Target]:
    for row in pl.read_parquet(folder / "target-tone-train.parquet").iter_rows(named=True):
        article = _article(row["id"])
        part = "choose people" if fold(article) == 9 else "train people"
        yield _target(part, row["text"], row["start"], row["end"], row["label"])
    for row in pl.read_parquet(folder / "target-tone-dev.parquet").iter_rows(named=True):
        yield _target(f"report people {row['part']}", row["text"], row["start"], row["end"], row["label"])


def _article(item: str) -> str:
    """The article that an item of the public set is from: outlet collection and number begin its id."""
    found = re.match(r"[a-z]+_(?:v1_)?\d+", item)
    if not found:
        raise ValueError(f"{item}: an id begins with its article, as in allsides_1000_401 or polusa_v1_4291837")
    return found.group()


def _ours(folder: Path) -> Iterator[Target]:
    for row in _placed(OUR_LABELS, folder):
        yield _of_press(f"{_part(row['article'], row['drawn'])} {_KINDS[row['field']]}", row)


_KINDS = {"text": "sentences", "title": "headlines"}


def _later(folder: Path) -> Iterator[Target]:
    for row in _placed(MORE_LABELS, folder):
        yield _of_press("train more", row)
    for row in _placed(PEOPLE_LABELS, folder):
        yield _of_press("train more people", row)
    for row in _placed(WIDE_LABELS, folder):
        yield _of_press("train wide people" if row["manner"] == "people" else "train wide", row)
    for row in _placed(HELD_OUT_LABELS, folder):
        yield _of_press(f"report new {_KINDS[row['field']]}", row)
    for row in _placed(CHOOSE_LABELS, folder):
        yield _of_press(f"choose new {_KINDS[row['field']]}", row)
    for row in _placed(FRESH_LABELS, folder):
        yield _of_press(f"report fresh {_KINDS[row['field']]}", row)


def _placed(labels: Path, folder: Path) -> Iterator[dict[str, Any]]:
    press = pl.read_parquet(folder / "us-press-2012-2018.parquet", columns=["id", "title", "text"])
    yield from (
        pl.read_csv(labels).join(press, left_on="article", right_on="id", maintain_order="left").iter_rows(named=True)
    )


def _of_press(part: str, row: dict[str, Any]) -> Target:
    first, last = row["sentence_start"], row["sentence_end"]
    text = row[row["field"]][first:last]
    return _target(part, text, row["start"] - first, row["end"] - first, row["label"])


def _part(article: str, drawn: str) -> str:
    if drawn == "random" and is_held_out(article):
        return "report"
    return "choose" if fold(article) == 2 else "train"


def is_held_out(article: str) -> bool:
    """Whether an article of the press is of the fifth that nothing is trained or chosen on."""
    return fold(article) < 2


def _is_told_by(article: str) -> bool:
    return is_held_out(article) or fold(article) == 2


def fold(article: str) -> int:
    """0 ... 9, by a hash of the article's id."""
    return int(hashlib.sha256(article.encode()).hexdigest()[:8], 16) % 10


def _target(part: str, text: str, start: int, end: int, label: str) -> Target:
    return Target(part, text, start, end, [name[:3] for name in LABELS].index(label))


# Targets that nobody labelled


def press_targets(folder: Path) -> list[Target]:
    """Names and pronouns in the press, to learn from other models' opinions of them. Their label means nothing.

    Of each article that is not held out: two names of its title and, of six sentences drawn by chance, a name or
    pronoun each; where there is a choice, more often a country's or institution's. In an order drawn by chance, always
    the same.
    """
    press = pl.read_parquet(folder / "us-press-2012-2018.parquet", columns=["id", "title", "text"])
    told = openings(targets(folder))
    random = Random(20241001)  # noqa: S311 - a draw that anyone can repeat
    found: list[Target] = []
    for article, title, text in press.rows():
        if _is_told_by(article):
            continue
        named = _named(text)
        sentences = [sentence for sentence in _SENTENCE.findall(text) if 40 <= len(sentence) <= 300]
        drawn = random.sample(sentences, min(_SENTENCES_DRAWN, len(sentences)))
        for sentence, most in [(title, 2), *((sentence, 1) for sentence in drawn)]:
            if opening(sentence) in told:
                continue
            spans = [match.span() for match in named.finditer(sentence)]
            found += [Target("press", sentence, *span, 1) for span in _some(spans, sentence, most, random)]
    random.shuffle(found)
    return found


_SENTENCES_DRAWN = 6


def _named(text: str) -> re.Pattern[str]:
    """Finds pronouns and what this text writes with a capital within its sentences."""
    names = {re.sub(r"['’]s?$", "", name) for name in _NAME.findall(text)} - _NO_NAMES
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'}|{_PRONOUN})(?!\w)")


def _some(spans: list[tuple[int, int]], sentence: str, most: int, random: Random) -> list[tuple[int, int]]:
    bodies = [span for span in spans if is_body(sentence[slice(*span)])]
    likely = bodies if bodies and random.random() < _BODIES_DRAWN else spans
    return random.sample(likely, min(most, len(likely)))


_BODIES_DRAWN = 0.6

_SENTENCE = re.compile(r"[A-Z“\"][^.!?\n]*(?:\.(?=\S)[^.!?\n]*)*[.!?]+[”\"]?")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w.’'&-]*\w(?: [A-Z][\w.’'&-]*\w)*")
_PRONOUN = "[Hh]e|[Ss]he|[Tt]hey|[Hh]im|[Tt]hem|(?<=[a-z] )it"
_NO_NAMES = frozenset(
    word
    for line in (
        "I’m I'm I’ve I've I’ll I'll I’d I'd Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February",
        "March April May June July August September October November December Jan Feb Aug Sept Oct Nov Dec",
    )
    for word in line.split()
)
