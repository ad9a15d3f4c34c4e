"""How right the readings are: what `newsgauge evaluate` finds and the Method page shows, beside the model.

The figures of the shipped model lie in `models/figures.json`, as `evaluate --json` printed them.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("models") / "figures.json"
CARD = SHIPPED.with_name("CARD.md")
LABELS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Figure:
    """One measure on one set that people labelled, with 95 % intervals: `low` to `high` is that of `value`.

    `vader` is what VADER reaches on the same items, `better` the difference to it, with the interval of a paired
    comparison; `majority` is what always giving the set's most frequent label would reach. None where it has no sense.
    """

    group: str
    labelled: str
    measure: str
    n: int
    value: float
    low: float
    high: float
    vader: float | None = None
    vader_low: float | None = None
    vader_high: float | None = None
    better: float | None = None
    better_low: float | None = None
    better_high: float | None = None
    majority: float | None = None


@dataclass(frozen=True)
class Published:
    """What others reached, on items of the same kind: `on` says on which."""

    labelled: str
    measure: str
    value: float
    by: str
    on: str
    source: str


@dataclass(frozen=True)
class Confidence:
    """Items of about one confidence: their mean confidence, the share of them that is right, its 95 % interval."""

    n: int
    confidence: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Detail:
    """What the labels of a set were taken for, and how far confidence may be trusted.

    `confusion[true][said]` counts items by their places in LABELS, `vader_confusion` likewise; `reliability` is in
    parts that hold equally many items, the least confident first.
    """

    labelled: str
    confusion: tuple[tuple[int, ...], ...]
    vader_confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[Confidence, ...]


@dataclass(frozen=True)
class LeftOut:
    """A set that was not looked at, and why. `is_fault`: its file is there and cannot be read."""

    labelled: str
    why: str
    is_fault: bool = False


@dataclass(frozen=True)
class Figures:
    """All of one evaluation; figures of one set stand together, and so do those of one group."""

    model_version: str
    sure: float
    figures: tuple[Figure, ...] = ()
    published: tuple[Published, ...] = ()
    details: tuple[Detail, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def by_group(self) -> Iterator[tuple[str, list[tuple[str, list[Figure]]]]]:
        """The figures of each set of each group, in their order."""
        for group, members in groupby(self.figures, key=lambda one: one.group):
            yield group, [(name, list(rows)) for name, rows in groupby(members, key=lambda one: one.labelled)]


def shipped() -> Figures | None:
    """The figures of the shipped model; None where nobody has measured it yet."""
    return of_json(json.loads(SHIPPED.read_text(encoding="utf-8"))) if SHIPPED.exists() else None


def card() -> str:
    """The shipped model's card, our own Markdown."""
    return CARD.read_text(encoding="utf-8")


def as_json(figures: Figures) -> dict[str, Any]:
    """What `evaluate --json` prints."""
    return asdict(figures)


def of_json(written: dict[str, Any]) -> Figures:
    """What `as_json` was given."""
    return Figures(
        model_version=written["model_version"],
        sure=written["sure"],
        figures=tuple(Figure(**one) for one in written["figures"]),
        published=tuple(Published(**one) for one in written["published"]),
        details=tuple(_detail(one) for one in written["details"]),
        left_out=tuple(LeftOut(**one) for one in written["left_out"]),
    )


def _detail(written: dict[str, Any]) -> Detail:
    return Detail(
        labelled=written["labelled"],
        confusion=tuple(map(tuple, written["confusion"])),
        vader_confusion=tuple(map(tuple, written["vader_confusion"])),
        reliability=tuple(Confidence(**one) for one in written["reliability"]),
    )
