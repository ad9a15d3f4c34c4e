"""Labelled sets in which a target is marked, as they lie in a folder."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from data.figures import LABELS, LeftOut
from data.models import sets
from ingest.text import Stretch

PEOPLE = "Tone toward people in news sentences"
BODIES = "Tone toward countries and organisations in news sentences"
HEADLINES = "Tone toward anyone in headlines"
BROUGHT = "Tone toward the target in other sets of the folder"


@dataclass(frozen=True)
class Marked:
    """Texts with a marked target each, and what people read toward it: places in LABELS."""

    group: str
    name: str
    texts: list[str]
    spans: list[Stretch]
    labels: np.ndarray
    actors: list[str]


def all_in(folder: Path) -> Iterator[Marked | LeftOut]:
    """The sets of a folder: people in news sentences, our own labels, and what people laid there."""
    yield from _people(folder)
    yield from _ours(folder)
    yield from _brought(folder)


def _people(folder: Path) -> Iterator[Marked | LeftOut]:
    """Sentences as in the world (rw), and ones with several targets (mt)."""
    file = folder / DEV
    if file.exists():
        yield from _of_file(file)
    else:
        yield absent("people in news sentences", file)


DEV, TRAIN = "target-tone-dev.parquet", "target-tone-train.parquet"


def _of_file(file: Path) -> Iterator[Marked | LeftOut]:
    try:
        yield from _parts_of(file)
    except (pl.exceptions.PolarsError, ValueError, TypeError, OSError) as error:
        yield LeftOut(file.name, " ".join(str(error).split())[:300], is_fault=True)


def _parts_of(file: Path) -> list[Marked]:
    """The set of each part of a file, or one of the whole. Raises what reading and `_marked` raise."""
    items = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file)
    if "part" not in items.columns:
        return [_marked(BROUGHT, file.name, items)]
    parts = items.partition_by("part", as_dict=True, maintain_order=True)
    if file.name == DEV:
        return [
            _marked(PEOPLE, IN_WORDS.get(part, f"people, {part}"), rows)
            for (part,), rows in sorted(parts.items())[::-1]
        ]
    return [_marked(BROUGHT, f"{file.name}, {part}", rows) for (part,), rows in parts.items()]


#: The parts of the set on people.
IN_WORDS = {"rw": "people, as in the world (rw)", "mt": "people, several targets in a sentence (mt)"}


def _marked(group: str, name: str, items: pl.DataFrame) -> Marked:
    """A set of the columns `text, start, end, label`. Raises ValueError for one of them that cannot be understood."""
    if lost := {"text", "start", "end", "label"} - set(items.columns):
        raise ValueError(f"it has no column {', '.join(sorted(lost))}; wanted are text, start, end, label")
    for row, values in enumerate(items.select("text", "start", "end", "label").iter_rows()):
        if None in values:
            raise ValueError(f"row {row}: a text, start, end or label is missing")
    texts: list[str] = items["text"].to_list()
    spans = [(int(start), int(end)) for start, end in zip(items["start"], items["end"], strict=True)]
    for row, (text, (start, end)) in enumerate(zip(texts, spans, strict=True)):
        if not 0 <= start < end <= len(text):
            raise ValueError(f"row {row}: the span ({start}, {end}) is no part of its text of {len(text)} code points")
    labels = np.array([_place(label) for label in items["label"]], dtype=np.int64)
    actors = [_last_name(text[start:end]) for text, (start, end) in zip(texts, spans, strict=True)]
    return Marked(group, name, texts, spans, labels, actors)


def _place(label: object) -> int:
    """A label's place in LABELS, by how it begins: neg, Neutral, POSITIVE."""
    places = [place for place, name in enumerate(LABELS) if str(label).lower().startswith(name[:3])]
    if not places:
        raise ValueError(f"{label!r} is no label; write neg, neu or pos")
    return places[0]


def _last_name(target: str) -> str:
    """By which a person is known from one sentence to the next; empty for a pronoun.

    >>> _last_name("then-President Barack Obama's"), _last_name("OBAMA"), _last_name("his")
    ('obama', 'obama', '')
    """
    word = re.sub(r"(?:['’]s?|\W+)$", "", target).split()[-1:]
    return word[0].lower() if word and word[0][0].isupper() and word[0].lower() not in PRONOUNS else ""


PRONOUNS = frozenset(
    ("he", "she", "it", "they", "him", "her", "them", "his", "hers", "its", "their", "i", "you", "we", "who", "the")
)


def _ours(folder: Path) -> Iterator[Marked | LeftOut]:
    """Our own labels of articles that are held out; their texts are those of the press."""
    press = folder / PRESS
    kinds = (("text", BODIES, "countries and organisations"), ("title", HEADLINES, "headlines"))
    if not press.exists():
        yield from (absent(f"{told} (our labels)", press) for *_, told in kinds)
        return
    texts = pl.read_parquet(press, columns=["id", "title", "text"])
    for field, group, told in kinds:
        for labels, name in _OF_OURS.items():
            held_out = pl.col("article").map_elements(sets.is_held_out, return_dtype=pl.Boolean)
            chosen = pl.read_csv(labels).filter(pl.col("drawn") == "random", pl.col("field") == field, held_out)
            yield _of_press(
                group, f"{told}, {name}", chosen.join(texts, left_on="article", right_on="id", maintain_order="left")
            )


PRESS = "us-press-2012-2018.parquet"

_OF_OURS = {
    sets.FRESH_LABELS: "fresh set",
    sets.HELD_OUT_LABELS: "second held-out set",
    sets.OUR_LABELS: "first held-out set",
}


def _of_press(group: str, name: str, items: pl.DataFrame) -> Marked:
    texts, spans = [], []
    for row in items.iter_rows(named=True):
        first = row["sentence_start"]
        texts.append(row[row["field"]][first : row["sentence_end"]])
        spans.append((row["start"] - first, row["end"] - first))
    labels = np.array([_place(label) for label in items["label"]], dtype=np.int64)
    return Marked(group, name, texts, spans, labels, items["actor"].to_list())


def _brought(folder: Path) -> Iterator[Marked | LeftOut]:
    """Sets that people lay into the folder: `target-tone-NAME.parquet` or `.csv` of `text, start, end, label`.

    A column `part` makes a set of each part.
    """
    for file in sorted((*folder.glob("target-tone-*.parquet"), *folder.glob("target-tone-*.csv"))):
        if file.name == TRAIN:
            yield LeftOut(file.name, "the model learnt from it")
        elif file.name != DEV:
            yield from _of_file(file)


def absent(labelled: str, file: Path) -> LeftOut:
    """What is told of a set whose file is not there."""
    return LeftOut(labelled, f"{file.name} is not in the folder")
