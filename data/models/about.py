"""The topics model: what it reads of an article, and what it makes of that. numpy alone.

It reads the words of the title, words and pairs of words of the opening, and the words of some more; each known term
adds its row of a table to the scores of the topics, and so does what the catalogue's lexicon hears. `topics.py` makes
the file.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("topics.npz")

#: Changes whenever the same article may get other topics.
VERSION = "topics-2"

#: What a term of the title, of the opening and of the rest counts.
TITLE, OPENING, REST = 3.0, 1.5, 0.5

#: So many words are the opening, and so many are read in all.
OPENING_WORDS, WORDS = 120, 600

#: With fewer known words, or where more of the words are unknown than known, nobody can tell the topic: a headline of
#: three words, a list of names, another language. In a text of few words the model alone is no witness.
FEWEST_WORDS, LEAST_KNOWN = 8, 0.5
FEW_WORDS = 30


def terms(title: Sequence[str], text: Sequence[str]) -> dict[str, float]:
    """The terms of an article and what each counts; a pair of words is written with a space.

    >>> terms(["oil", "up"], ["oil"])
    {'oil': 4.5, 'up': 3.0, 'oil up': 3.0}
    """
    heard: dict[str, float] = {}
    for words, worth in ((title, TITLE), (text[:OPENING_WORDS], OPENING)):
        for term, count in Counter([*words, *_pairs(words)]).items():
            heard[term] = heard.get(term, 0.0) + worth * count
    for word, count in Counter(text[OPENING_WORDS:WORDS]).items():
        heard[word] = heard.get(word, 0.0) + REST * count
    return heard


def _pairs(words: Sequence[str]) -> Iterator[str]:
    return (f"{first} {second}" for first, second in pairwise(words))


def values(counted: np.ndarray, rarity: np.ndarray) -> np.ndarray:
    """What each term of one article weighs, from what it counts and how rare it is; the squares sum to 1."""
    found = np.log1p(counted) * rarity
    unit: np.ndarray = found / max(float(np.sqrt(found @ found)), 1e-9)
    return unit


def lexicon_features(strengths: np.ndarray) -> np.ndarray:
    """How loud the lexicon speaks for each topic, and its part of all that is heard: (..., topics) -> (..., 2 topics).

    Little that is heard is no large part.
    """
    heard = strengths.sum(axis=-1, keepdims=True) + _DOUBT
    return np.concatenate([np.log1p(strengths), strengths / heard], axis=-1)


_DOUBT = 5.0


@dataclass(frozen=True)
class TopicModel:
    """What the file holds. Rows of `table` (int8, times `scale` by topic) are terms; the rest is by topic."""

    keys: np.ndarray
    terms: np.ndarray
    rarity: np.ndarray
    table: np.ndarray
    scale: np.ndarray
    lexicon: np.ndarray  # (2 topics, topics): what lexicon_features add
    bias: np.ndarray
    slope: float  # by which a score is as often right as it says
    offset: float

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Term -> its row."""
        return {term: number for number, term in enumerate(self.terms.tolist())}

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """The keys in the order of the columns."""
        return tuple(self.keys.tolist())

    def can_tell(self, title: Sequence[str], text: Sequence[str]) -> bool:
        """Whether enough of the words are known to tell a topic."""
        words = [*title, *text[:WORDS]]
        known = sum(map(self.numbers.__contains__, words))
        return known >= FEWEST_WORDS and known >= LEAST_KNOWN * len(words)

    def heard(self, title: Sequence[str], text: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the known terms of an article, and what each weighs."""
        found = terms(title, text)
        rows = np.fromiter(map(self.numbers.get, found, repeat(-1)), np.int64, len(found))
        counted = np.fromiter(found.values(), np.float64, len(found))
        known = rows >= 0
        return rows[known], values(counted[known], self.rarity[rows[known]])

    def scores(self, title: Sequence[str], text: Sequence[str], strengths: Mapping[str, float]) -> np.ndarray:
        """How likely the article is about each topic, 0 ... 1; `strengths` is how loud the lexicon speaks for each."""
        rows, weights = self.heard(title, text)
        by_words = (weights @ self.table[rows]) * self.scale
        loud = np.array([strengths.get(key, 0.0) for key in self.topics])
        said = by_words + lexicon_features(loud) @ self.lexicon + self.bias
        return calibrated(said, self.slope, self.offset)

    def words(self, title: Sequence[str], text: Sequence[str], topic: str) -> list[tuple[str, float]]:
        """Terms of the article with what each adds to this topic over the mean of all, the strongest first."""
        rows, weights = self.heard(title, text)
        said = self.table[rows] * self.scale
        added = weights * (said[:, self.topics.index(topic)] - said.mean(axis=1))
        found = zip(self.terms[rows].tolist(), added.tolist(), strict=True)
        return sorted(found, key=lambda term: (-term[1], term[0]))


def calibrated(said: np.ndarray, slope: float, offset: float) -> np.ndarray:
    """Scores from the sums of one article: how likely each topic is its main one, and from that how likely one of all.

    The order stays.
    """
    likely = np.exp(said - said.max())
    likely = np.clip(likely / likely.sum(), 1e-6, 1 - 1e-6)
    found: np.ndarray = 1 / (1 + np.exp(-(offset + slope * np.log(likely / (1 - likely)))))
    return found


def save(model: TopicModel, file: Path) -> None:
    """Write the model, compressed; the same model gives the same bytes."""
    arrays: dict[str, Any] = {field.name: np.asarray(getattr(model, field.name)) for field in fields(TopicModel)}
    np.savez_compressed(file, **arrays)


def load(file: Path = FILE) -> TopicModel:
    """The model in this file. Raises OSError, EOFError, ValueError, KeyError or
    zipfile.BadZipFile where it is missing or damaged."""
    with np.load(file, allow_pickle=False) as held:
        arrays = {field.name: held[field.name] for field in fields(TopicModel)}
    slope, offset = (float(arrays.pop(name)) for name in ("slope", "offset"))
    return TopicModel(**arrays, slope=slope, offset=offset)
