"""How right the readings are, on sets that people labelled: each figure with its n and a 95 % interval.

Sets are looked for in one folder; one that is absent is left out. The intervals are by resampling the items of a set
(percentile bootstrap, Efron & Tibshirani 1993, with a fixed seed).
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.catalogue import Catalogue
from ingest import mentions, tone

LABELS = ("negative", "neutral", "positive")
RESAMPLES = 1_000

#: Below this the tone counts as neutral, the thresholds of vaderSentiment's authors (Hutto & Gilbert 2014).
NEUTRAL_BELOW = 0.05


@dataclass(frozen=True)
class Figure:
    """One figure of one labelled set; `majority` is what always saying the most frequent label would reach."""

    labelled: str
    measure: str
    n: int
    value: float
    low: float
    high: float
    majority: float | None = None


def evaluate(folder: Path, catalogue: Catalogue) -> list[Figure]:
    """The figures of every set that lies in the folder."""
    return [*_target_tone(folder), *_our_tone(folder), *_our_mentions(folder, catalogue)]


def told(figures: list[Figure]) -> str:
    """A table for people."""
    lines = [f"{'set':46} {'measure':10} {'n':>6}  value  95 % interval  majority"]
    for one in figures:
        majority = f"{one.majority:.3f}" if one.majority is not None else "-"
        interval = f"{one.low:.3f} ... {one.high:.3f}"
        lines.append(f"{one.labelled:46} {one.measure:10} {one.n:6,}  {one.value:.3f}  {interval}  {majority:>8}")
    return "\n".join(lines)


def as_json(figures: list[Figure]) -> dict[str, object]:
    """What `evaluate --json` prints."""
    return {"model_version": tone.MODEL_VERSION, "figures": [asdict(one) for one in figures]}


def _target_tone(folder: Path) -> Iterator[Figure]:
    """Sentences with a marked target: as in the world (rw), and with several targets (mt)."""
    file = folder / "target-tone-dev.parquet"
    if not file.exists():
        return
    items = pl.read_parquet(file)
    for part in ("rw", "mt"):
        chosen = items.filter(part=part)
        found = _labels(chosen["text"].to_list(), list(zip(chosen["start"], chosen["end"], strict=True)))
        yield from _tone_figures(f"people in news sentences, {part}", _full(chosen["label"]), found)


def _our_tone(folder: Path) -> Iterator[Figure]:
    """Countries and organisations in sentences, anyone in headlines; the texts lie beside the labels."""
    labels, press = folder / "our-tone-labels.parquet", folder / "us-press-2012-2018.parquet"
    if not labels.exists() or not press.exists():
        return
    texts = pl.scan_parquet(press).select("id", "title", "text")
    items = pl.read_parquet(labels).join(texts.collect(), left_on="article", right_on="id", maintain_order="left")
    for field, labelled in (("text", "countries and organisations in sentences"), ("title", "anyone in headlines")):
        chosen = items.filter(field=field)
        sentences, spans = [], []
        for row in chosen.iter_rows(named=True):
            sentences.append(row[field][row["sentence_start"] : row["sentence_end"]])
            spans.append((row["start"] - row["sentence_start"], row["end"] - row["sentence_start"]))
        yield from _tone_figures(labelled, _full(chosen["label"]), _labels(sentences, spans))


def _full(labels: pl.Series) -> list[str]:
    by_start = {label[:3]: label for label in LABELS}
    return [by_start[label[:3]] for label in labels]


def _labels(texts: list[str], spans: list[tuple[int, int]]) -> list[str]:
    tones = tone.toward(texts, spans)["tone"]
    return [LABELS[1 + (value >= NEUTRAL_BELOW) - (value <= -NEUTRAL_BELOW)] for value in tones]


def _tone_figures(labelled: str, right: list[str], found: list[str]) -> Iterator[Figure]:
    confusion = np.zeros((3, 3), dtype=np.int64)
    for true, said in zip(right, found, strict=True):
        confusion[LABELS.index(true), LABELS.index(said)] += 1
    majority = np.zeros_like(confusion)
    majority[:, confusion.sum(axis=1).argmax()] = confusion.sum(axis=1)
    for measure, of in (("macro F1", macro_f1), ("accuracy", accuracy)):
        yield _figure(labelled, measure, confusion, of, float(of(majority)))


def _our_mentions(folder: Path, catalogue: Catalogue) -> Iterator[Figure]:
    """Hard hits (relatives, namesakes, states, months): is the actor found where it is meant, and only there?"""
    labels, press = folder / "our-mention-labels.parquet", folder / "us-press-2012-2018.parquet"
    if not labels.exists() or not press.exists():
        return
    texts = pl.scan_parquet(press).select("id", "title", "text", "published_at")
    items = pl.read_parquet(labels).join(texts.collect(), left_on="article", right_on="id")
    confusion = np.zeros((2, 2), dtype=np.int64)
    for row in items.iter_rows(named=True):
        published_at = pl.Series([row["published_at"]]).str.to_datetime("%Y-%m-%d", time_zone="UTC")[0]
        spans = mentions.find(row["title"], row["text"], "en", published_at, catalogue)
        said = any(
            span.actor == row["actor"]
            and span.field == row["field"]
            and span.start < row["end"]
            and row["start"] < span.end
            for span in spans
        )
        confusion[int(row["label"] not in ("no", "child")), int(said)] += 1
    yield _figure("hard names", "precision", confusion, precision)
    yield _figure("hard names", "recall", confusion, recall)


Values = Any  # a float for one confusion matrix, an array of them for a stack
Measure = Callable[[np.ndarray], Values]


def macro_f1(confusion: np.ndarray) -> Values:
    """Unweighted mean of the classes' F1, 0 for a class that is neither there nor said. (..., true, said) -> (...)."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return np.mean(2 * hits / np.maximum(total, 1), axis=-1)


def accuracy(confusion: np.ndarray) -> Values:
    """Share of items that are right."""
    return np.trace(confusion, axis1=-2, axis2=-1) / np.maximum(confusion.sum(axis=(-2, -1)), 1)


def precision(confusion: np.ndarray) -> Values:
    """Of those found, the share that was meant; classes are (not meant, meant) x (not found, found)."""
    return confusion[..., 1, 1] / np.maximum(confusion[..., :, 1].sum(axis=-1), 1)


def recall(confusion: np.ndarray) -> Values:
    """Of those meant, the share that was found."""
    return confusion[..., 1, 1] / np.maximum(confusion[..., 1, :].sum(axis=-1), 1)


def _figure(labelled: str, measure: str, confusion: np.ndarray, of: Measure, majority: float | None = None) -> Figure:
    n = int(confusion.sum())
    draws = np.random.default_rng(20241001).multinomial(n, confusion.ravel() / n, size=RESAMPLES)
    low, high = np.percentile(of(draws.reshape(RESAMPLES, *confusion.shape)), [2.5, 97.5])
    return Figure(labelled, measure, n, float(of(confusion)), float(low), float(high), majority)
