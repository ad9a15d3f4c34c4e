"""How right answers are, as figures with a 95 % interval.

Intervals are by resampling the items of a set (percentile bootstrap, Efron & Tibshirani 1993, with a fixed seed), those
of lone shares are Wilson's. A confusion matrix is (..., true, said); a measure of a stack of them is an array.
"""

from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any

import numpy as np

from data.figures import Confidence, Figure

RESAMPLES = 1_000
SEED = 20241001

#: The confidences of a set are looked at in so many parts.
PARTS = 10


Values = Any
Measure = Callable[[np.ndarray], Values]


def macro_f1(confusion: np.ndarray) -> Values:
    """Unweighted mean of the classes' F1, 0 for a class that is neither there nor said. (..., true, said) -> (...)."""
    return np.mean(class_f1(confusion), axis=-1)


def class_f1(confusion: np.ndarray) -> Values:
    """The F1 of each class. (..., true, said) -> (..., classes)."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return 2 * hits / np.maximum(total, 1)


def accuracy(confusion: np.ndarray) -> Values:
    """Share of items that are right."""
    return np.trace(confusion, axis1=-2, axis2=-1) / np.maximum(confusion.sum(axis=(-2, -1)), 1)


MEASURES: dict[str, Measure] = {
    "macro F1": macro_f1,
    "accuracy": accuracy,
    "F1 of negative": lambda confusion: class_f1(confusion)[..., 0],
    "F1 of neutral": lambda confusion: class_f1(confusion)[..., 1],
    "F1 of positive": lambda confusion: class_f1(confusion)[..., 2],
}


def compared(
    group: str, labelled: str, measure: str, of: Measure, right: np.ndarray, model: np.ndarray, vader: np.ndarray
) -> Figure:
    """The model beside VADER: the same resamples of items give both, and the difference."""
    cells = np.zeros((3, 3, 3), dtype=np.int64)
    np.add.at(cells, (right, model, vader), 1)
    # Resampling items is drawing how many fall into each cell of (true, model, VADER).
    n = len(right)
    draws = np.random.default_rng(SEED).multinomial(n, cells.ravel() / n, size=RESAMPLES).reshape(-1, 3, 3, 3)
    ours, theirs = (float(of(cells.sum(axis=axis))) for axis in (2, 1))
    ours_drawn, theirs_drawn = (of(draws.sum(axis=axis)) for axis in (3, 2))
    majority = np.zeros((3, 3), dtype=np.int64)
    majority[:, cells.sum(axis=(1, 2)).argmax()] = cells.sum(axis=(1, 2))
    return Figure(
        group,
        labelled,
        measure,
        n,
        ours,
        *middle(ours_drawn),
        theirs,
        *middle(theirs_drawn),
        ours - theirs,
        *middle(ours_drawn - theirs_drawn),
        float(of(majority)),
    )


def middle(draws: np.ndarray) -> tuple[float, float]:
    """The interval that holds the middle 95 % of the draws."""
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def share_figure(group: str, labelled: str, measure: str, hits: np.ndarray, vader: np.ndarray | None = None) -> Figure:
    """A share of items; where hardly any or nearly all are counted, resampling would claim to be certain."""
    ours = share(int(hits.sum()), len(hits))
    theirs = (None, None, None) if vader is None else share(int(vader.sum()), len(vader))
    return Figure(group, labelled, measure, len(hits), *ours, *theirs)


def share(hits: int, n: int) -> tuple[float, float, float]:
    """A share and its 95 % interval (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953).

    >>> [round(value, 3) for value in share(10, 10)]
    [1.0, 0.722, 1.0]
    """
    if not n:
        return 0.0, 0.0, 1.0
    z = 1.959964
    middle = (hits + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * sqrt(hits * (n - hits) / n + z * z / 4)
    return hits / n, max(0.0, middle - reach), min(1.0, middle + reach)


def correlation(
    group: str,
    labelled: str,
    measure: str,
    read: np.ndarray,
    ours: np.ndarray,
    vader: np.ndarray,
    clusters: np.ndarray,
) -> Figure:
    """Pearson's r with what people read. Clusters (0, 0, 1 ...) are resampled whole, as their items hang together."""
    random = np.random.default_rng(SEED)
    members = np.split(np.arange(len(read)), np.flatnonzero(np.diff(clusters)) + 1)
    draws = []
    for _ in range(RESAMPLES):
        at = np.concatenate([members[place] for place in random.integers(len(members), size=len(members))])
        draws.append((pearson(read[at], ours[at]), pearson(read[at], vader[at])))
    ours_drawn, theirs_drawn = np.array(draws).T
    value, theirs = pearson(read, ours), pearson(read, vader)
    return Figure(
        group,
        labelled,
        f"r, {measure}",
        len(read),
        value,
        *middle(ours_drawn),
        theirs,
        *middle(theirs_drawn),
        value - theirs,
        *middle(ours_drawn - theirs_drawn),
    )


def pearson(left: np.ndarray, right: np.ndarray) -> float:
    """Correlation; 0 where one side is all the same."""
    left, right = left - left.mean(), right - right.mean()
    scale = sqrt(float(left @ left) * float(right @ right))
    return float(left @ right) / scale if scale else 0.0


# Confidence


def calibration(group: str, labelled: str, confidence: np.ndarray, hit: np.ndarray) -> Iterator[Figure]:
    """The calibration error, and what it would be by chance alone if each confidence were exact: it is never 0."""
    random = np.random.default_rng(SEED)
    value = calibration_error(confidence, hit)
    draws, exact = [], []
    for _ in range(RESAMPLES):
        at = random.integers(len(hit), size=len(hit))
        draws.append(calibration_error(confidence[at], hit[at]))
        exact.append(calibration_error(confidence, random.random(len(hit)) < confidence))
    low, high = middle(np.array(draws))
    # Resampling adds chance to the error, and adds it always upward: reflected at the value it is taken off again.
    low, high = max(0.0, 2 * value - high), max(value, 2 * value - low)
    yield Figure(group, labelled, "ECE", len(hit), value, low, high)
    yield Figure(group, labelled, "ECE by chance alone", len(hit), float(np.mean(exact)), *middle(np.array(exact)))


def calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Expected calibration error: |accuracy - mean confidence|, in PARTS parts of equally many items."""
    return float(sum(part.n * abs(part.accuracy - part.confidence) for part in reliability(confidence, hit)) / len(hit))


def reliability(confidence: np.ndarray, hit: np.ndarray) -> Iterator[Confidence]:
    """PARTS of equally many items, the least confident first."""
    order = np.argsort(confidence, kind="stable")
    for part in np.array_split(order, min(PARTS, len(order))):
        yield Confidence(len(part), float(confidence[part].mean()), *share(int(hit[part].sum()), len(part)))


def confusion_of(right: np.ndarray, said: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """How many items of each true label (rows) got each label (columns)."""
    confusion = np.zeros((3, 3), dtype=np.int64)
    np.add.at(confusion, (right, said), 1)
    return tuple(tuple(row) for row in confusion.tolist())
