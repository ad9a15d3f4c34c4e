"""Trains the topics model: `python -m data.models.topics --data ../shared/data --out data/models/topics.npz`.

Needs torch and polars, in an environment of its own: nothing here is imported when Newsgauge runs. It learns from the
learn part of `data/labels/topics.csv`, with less weight from the collectors' own topics of the press set where they
name a rare one, and from the definitions of the IPTC. From all articles of the set it learns which words stand
together, and what a sentence encoder hears in them (topic-teaching.npz, made by `topic_teacher.py`). The sites that it
is reported by are left out of everything. It prints how right it is on outlets left out, which is what choices are made
by; TOPICS.md has the figures.
"""

# mypy: ignore-errors
# torch is no dependency of Newsgauge: where the types are checked it is absent.

import argparse
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import torch

from data import catalogue as catalogues
from data import grammar
from data.lexicon import Lexicon
from data.models import about
from data.models.about import TopicModel
from data.models.topic_sets import PRESS, TEACHING, collected, defined, press, teaching

WORDS, PAIRS = 19_000, 9_000  # terms that are known, the most frequent ones
DIMENSIONS = 128  # of what stands together
SEED = 1


@dataclass(frozen=True)
class Recipe:
    """What the parts weigh. The defaults are what cross-validation chose."""

    parts: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)  # of Read, where the terms have 1
    hold: float = 1e-4  # how strongly weights are held small
    balance: float = 0.25  # topics weigh as their frequency to the power of minus this
    further: float = 0.15  # of a label's weight that its further topics have
    collected: float = 0.4  # weight of a collectors' topic, against a label that was read
    defined: float = 1.0  # weight of a definition


# Groups and targets


#: Outlets fall into six by chance, and those into three groups of nearly as many labels.
_GROUP = np.array([2, 1, 2, 0, 1, 0])
GROUPS = 3


def groups(outlets: list[str]) -> np.ndarray:
    """A number for each outlet, so that all articles of one fall into one group."""
    return _GROUP[[sha256(f"x{outlet}".encode()).digest()[0] % len(_GROUP) for outlet in outlets]]


def targets(main: list[str | None], also: list[str | None], keys: list[str], further: float) -> np.ndarray:
    """What each article is about, as parts of 1: (articles, topics); zeros where there is no label."""
    found = np.zeros((len(main), len(keys)), dtype=np.float32)
    for row, (first, others) in enumerate(zip(main, also, strict=True)):
        if first is None:
            continue
        rest = (others or "").split()
        found[row, keys.index(first)] = 1 - further if rest else 1
        for key in rest:
            found[row, keys.index(key)] = further / len(rest)
    return found


# What is read of an article


@dataclass(frozen=True)
class Read:
    """What is read of some articles, a row each: terms (sparse), and other parts (dense).

    These are what stands together, what is meant, how loud the lexicon speaks, and its part of all that it hears.
    """

    terms: torch.Tensor
    parts: tuple[torch.Tensor, ...]

    def of(self, rows: np.ndarray) -> "Read":
        """What is read of these of them."""
        return Read(_rows(self.terms, rows), tuple(part[rows] for part in self.parts))


def _rows(terms: torch.Tensor, rows: np.ndarray) -> torch.Tensor:
    starts, counts = terms.crow_indices()[:-1].numpy()[rows], terms.crow_indices().diff().numpy()[rows]
    ends = counts.cumsum()
    at = torch.tensor(np.repeat(starts - ends + counts, counts) + np.arange(counts.sum()))
    crow = torch.tensor(np.append(0, ends))
    return _sparse(crow, terms.col_indices()[at], terms.values()[at], (len(rows), terms.shape[1]))


def _sparse(crow: torch.Tensor, col: torch.Tensor, value: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
    return torch.sparse_csr_tensor(crow, col, value, shape, check_invariants=False)


def vocabulary(counted: list[dict[str, float]]) -> tuple[list[str], np.ndarray]:
    """The terms that most articles have, with how rare each is; numbers and single letters are left out."""
    held = Counter(term for one in counted for term in one)
    frequent = sorted((term for term, count in held.items() if count >= 5), key=lambda term: (-held[term], term))
    plain = [term for term in frequent if not any(sign.isdigit() for sign in term) and min(map(len, term.split())) > 1]
    words = [term for term in plain if " " not in term][:WORDS]
    pairs = [term for term in plain if " " in term][:PAIRS]
    chosen = [*words, *pairs]
    return chosen, np.log(len(counted) / np.array([held[term] for term in chosen])).astype(np.float32)


def matrix(counted: list[dict[str, float]], numbers: dict[str, int], rarity: np.ndarray) -> torch.Tensor:
    """The terms of articles as the model weighs them, (articles, terms)."""
    starts, columns, weights = [0], [], []
    for one in counted:
        found = sorted((numbers[term], count) for term, count in one.items() if term in numbers)
        at = np.array([number for number, _ in found], dtype=np.int64)
        columns.append(at)
        weights.append(about.values(np.array([count for _, count in found]), rarity[at]))
        starts.append(starts[-1] + len(at))
    col, value = torch.tensor(np.concatenate(columns)), torch.tensor(np.concatenate(weights), dtype=torch.float32)
    return _sparse(torch.tensor(starts), col, value, (len(counted), len(numbers)))


def _across(terms: torch.Tensor) -> torch.Tensor:
    return terms.to_sparse_coo().t().to_sparse_csr()


def together(terms: torch.Tensor) -> torch.Tensor:
    """Directions in which terms stand together, (terms, DIMENSIONS), each divided by the root of its spread.

    Latent semantic analysis by random projection (Halko, Martinsson & Tropp 2011).
    """
    across = _across(terms)
    drawn = torch.randn(terms.shape[1], DIMENSIONS + 32, generator=torch.Generator().manual_seed(SEED))
    for _ in range(3):
        drawn = across @ torch.linalg.qr(terms @ drawn)[0]
    basis = torch.linalg.qr(terms @ drawn)[0]
    directions = torch.linalg.svd(across @ basis, full_matrices=False)[0][:, :DIMENSIONS]
    return directions / (terms @ directions).std(0).sqrt()


HELD, STEPS = 0.3, 12  # how strongly what terms mean is held small, and so many steps come near enough


def meant(terms: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Directions (terms, n) by which the terms of articles come nearest to what the encoder hears, (articles, n).

    Ridge regression, both sides centred, by conjugate gradients.
    """
    across = _across(terms)
    mean = across @ torch.full((len(vectors), 1), 1 / len(vectors))
    found = torch.zeros(terms.shape[1], vectors.shape[1])
    off = vectors - vectors.mean(0)
    off = way = across @ off - mean @ off.sum(0, keepdim=True)
    size = off.square().sum(0)
    for _ in range(STEPS):
        told = terms @ way - mean.T @ way
        step = size / (told.square().sum(0) + HELD * way.square().sum(0))
        found = found + step * way
        off = off - step * (across @ told - mean @ told.sum(0, keepdim=True) + HELD * way)
        before, size = size, off.square().sum(0)
        way = off + size / before * way
    return found / (terms @ found).std(0).sqrt()


# The model


@dataclass(frozen=True)
class Weights:
    """A linear model: what terms, each other part and nothing at all add to each topic."""

    terms: torch.Tensor
    parts: tuple[torch.Tensor, ...]
    bias: torch.Tensor

    def said(self, read: Read) -> np.ndarray:
        """The sums of each article, (articles, topics)."""
        others = sum(part @ weights for part, weights in zip(read.parts, self.parts, strict=True))
        return (read.terms @ self.terms + others + self.bias).numpy()


def fit(read: Read, wanted: np.ndarray, worth: np.ndarray, recipe: Recipe) -> Weights:
    """Multinomial logistic regression on terms and the other parts, each centred and scaled to what it weighs."""
    counts = torch.tensor(worth)
    mean = _across(read.terms) @ torch.full((len(worth), 1), 1 / len(worth))
    spread = read.terms.values().square().sum() / len(worth) - mean.square().sum()
    scale = spread.rsqrt()
    means = [part.mean(0) for part in read.parts]
    scales = [
        (weight / (part - at).square().sum(1).mean()).sqrt()
        for part, at, weight in zip(read.parts, means, recipe.parts, strict=True)
    ]
    dense = torch.cat([(part - at) * by for part, at, by in zip(read.parts, means, scales, strict=True)], 1)
    of_terms, of_dense, bias = _solve(read.terms, mean, scale, dense, torch.tensor(wanted), counts, recipe)
    found = [by * one for by, one in zip(scales, of_dense.split([len(at) for at in means]), strict=True)]
    for weights, at in zip((scale * of_terms, *found), (mean[:, 0], *means), strict=True):
        bias = bias - at @ weights
    return Weights(scale * of_terms, tuple(found), bias)


def _solve(
    terms: torch.Tensor,
    mean: torch.Tensor,
    scale: torch.Tensor,
    dense: torch.Tensor,
    wanted: torch.Tensor,
    worth: torch.Tensor,
    recipe: Recipe,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Weights of the centred and scaled terms, which are never written out, of the other parts, and the bias."""
    across = _across(terms)
    frequent = (wanted * worth[:, None]).sum(0) / worth.sum()
    worth = worth * (wanted @ (frequent * wanted.shape[1]).pow(-recipe.balance))
    worth = worth[:, None] / worth.sum()
    shapes = (terms.shape[1], dense.shape[1], 1)
    of_terms, of_dense, bias = weights = [torch.zeros(rows, wanted.shape[1], requires_grad=True) for rows in shapes]
    optimiser = torch.optim.LBFGS(weights, max_iter=80, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        with torch.no_grad():
            said = scale * (terms @ of_terms - mean.T @ of_terms) + dense @ of_dense + bias
            likely = torch.log_softmax(said, 1)
            off = (likely.exp() - wanted) * worth
            bias.grad = off.sum(0, keepdim=True)
            of_terms.grad = scale * (across @ off - mean @ bias.grad) + 2 * recipe.hold * of_terms
            of_dense.grad = dense.T @ off + 2 * recipe.hold * of_dense
            held = of_terms.square().sum() + of_dense.square().sum()
            return -(wanted * likely * worth).sum() + recipe.hold * held

    optimiser.step(loss)
    return of_terms.detach(), of_dense.detach(), bias.detach()[0]


def calibration(said: np.ndarray, is_about: np.ndarray) -> tuple[float, float]:
    """Slope and offset by which scores are as often right as they say, on articles of outlets left out."""
    likely = torch.log_softmax(torch.tensor(said, dtype=torch.float64), 1).exp().clamp(1e-6, 1 - 1e-6)
    odds, right = torch.log(likely / (1 - likely)), torch.tensor(is_about, dtype=torch.float64)
    two = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([two], max_iter=50, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(two[1] + two[0] * odds, right)
        value.backward()
        return value

    optimiser.step(loss)
    slope, offset = two.detach().tolist()
    return slope, offset


def packed(weights: Weights, directions: torch.Tensor, taught: "Lessons", fitted: tuple[float, float]) -> TopicModel:
    """The model as it is shipped: the table in whole numbers from -127 to 127."""
    of_together, of_meant, *of_lexicon = weights.parts
    table = weights.terms + taught.directions @ of_together + directions @ of_meant
    # What a term says of all topics alike changes nothing.
    table = (table - table.mean(1, keepdim=True)).numpy()
    scale = np.abs(table).max(axis=0) / 127
    return TopicModel(
        keys=np.array(taught.keys),
        terms=np.array(taught.terms),
        rarity=taught.rarity,
        table=np.rint(table / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        lexicon=torch.cat(of_lexicon).numpy(),
        bias=weights.bias.numpy(),
        slope=fitted[0],
        offset=fitted[1],
    )


# In order


@dataclass(frozen=True)
class Lessons:
    """All that is learnt from, read once."""

    keys: list[str]
    terms: list[str]
    rarity: np.ndarray
    directions: torch.Tensor
    terms_of: torch.Tensor  # (articles, terms)
    lexicon: torch.Tensor  # (articles, 2 topics)
    articles: pl.DataFrame  # `id, main, also, drawn, outlet`, a row for each of these

    @property
    def labelled(self) -> np.ndarray:
        """Which of the articles were read by people."""
        return (self.articles["main"].is_not_null() & ~self._drawn.is_in(["collected", "defined"])).to_numpy()

    @property
    def of_press(self) -> np.ndarray:
        """Which are the articles of the press, each once."""
        return ~self._drawn.is_in(["collected", "defined"]).to_numpy()

    @property
    def _drawn(self) -> pl.Series:
        return self.articles["drawn"].fill_null("")

    @property
    def group(self) -> np.ndarray:
        """The group of each article's outlet."""
        return groups(self.articles["outlet"].to_list())

    def worth(self, recipe: Recipe) -> np.ndarray:
        """What each counts."""
        less = {"collected": recipe.collected, "defined": recipe.defined}
        return np.array([less.get(drawn, 1.0) for drawn in self._drawn], dtype=np.float32)

    def targets(self, further: float) -> np.ndarray:
        """What each is about by its label, as parts of 1; zeros where it has none."""
        return targets(*self.articles["main", "also"].to_dict(as_series=False).values(), self.keys, further)

    def read(self, directions: torch.Tensor) -> Read:
        """What is read of each, where these directions are what is meant."""
        of_lexicon = self.lexicon.split(len(self.keys), 1)
        return Read(self.terms_of, (self.terms_of @ self.directions, self.terms_of @ directions, *of_lexicon))


def lessons(folder: Path) -> Lessons:
    """Read the press, its labels and the definitions."""
    known = press(folder)
    articles = pl.concat([known, collected(known), defined(folder)], how="diagonal")
    words = [
        (grammar.split(title or ""), grammar.split(text or "")) for title, text in articles["title", "text"].rows()
    ]
    counted = [about.terms(*one) for one in words]
    terms, rarity = vocabulary(counted[: len(known)])
    whole = matrix(counted, {term: number for number, term in enumerate(terms)}, rarity)
    topics = [topic for topic in catalogues.load(catalogues.DEFAULT).topics if not topic.query]
    keys, lexicon = sorted(topic.key for topic in topics), Lexicon(topics)
    heard = [lexicon.strengths(lexicon.counts(*one)) for one in words]
    loud = np.array([[one.get(key, 0.0) for key in keys] for one in heard], dtype=np.float32)
    directions = together(_rows(whole, np.arange(len(known))))
    return Lessons(keys, terms, rarity, directions, whole, torch.tensor(about.lexicon_features(loud)), articles)


def taught_by(taught: Lessons, learnt: np.ndarray, vectors: np.ndarray, recipe: Recipe) -> tuple[Weights, torch.Tensor]:
    """A model of these of the articles, with the directions of what is meant."""
    heard = np.flatnonzero(learnt & taught.of_press)
    directions = meant(_rows(taught.terms_of, heard), torch.tensor(vectors[heard]))
    wanted = taught.targets(recipe.further)
    learn = np.flatnonzero(learnt & wanted.any(-1))
    read = taught.read(directions).of(learn)
    return fit(read, wanted[learn], taught.worth(recipe)[learn], recipe), directions


def left_out(taught: Lessons, vectors: np.ndarray, recipe: Recipe) -> np.ndarray:
    """What is said of each labelled article by a model that saw none of its outlet, (articles, topics)."""
    said = np.zeros((len(taught.articles), len(taught.keys)), dtype=np.float32)
    for number in range(GROUPS):
        weights, directions = taught_by(taught, taught.group != number, vectors, recipe)
        tell = np.flatnonzero((taught.group == number) & taught.labelled)
        said[tell] = weights.said(taught.read(directions).of(tell))
    return said[taught.labelled]


def told(taught: Lessons, said: np.ndarray) -> str:
    """How right what was said is: of all, and of those that were not drawn by what a model thought."""
    articles = taught.articles.filter(taught.labelled)
    main = np.array([taught.keys.index(key) for key in articles["main"]])
    first, is_about = said.argmax(axis=1), _is_about(taught)
    right, near = first == main, is_about[np.arange(len(main)), first]
    plain = articles["drawn"].is_in(["random", "by topic"]).to_numpy()
    drawn = (articles["drawn"] == "random").to_numpy()
    balanced = np.mean([right[main == topic].mean() for topic in range(len(taught.keys))])
    return (
        f"n {len(main)}: main {right.mean():.3f}, main or further {near.mean():.3f}, mean of topics {balanced:.3f}; "
        f"n {plain.sum()} by chance or topic: {right[plain].mean():.3f}, {near[plain].mean():.3f}; "
        f"n {drawn.sum()} by chance: {right[drawn].mean():.3f}, {near[drawn].mean():.3f}"
    )


def _is_about(taught: Lessons) -> np.ndarray:
    return taught.targets(further=0.5)[taught.labelled] > 0


def main() -> None:
    """Train, and write the model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help=f"the folder with {PRESS}")
    parser.add_argument("--out", type=Path, default=about.FILE)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    taught, recipe = lessons(given.data), Recipe()
    vectors = teaching(taught.articles["id"], TEACHING)
    outlets = taught.articles["outlet"].n_unique()
    print(f"{len(taught.terms):,} terms; {len(taught.articles):,} articles of {outlets} outlets")
    said = left_out(taught, vectors, recipe)
    loud = taught.lexicon[torch.tensor(taught.labelled), : len(taught.keys)].numpy()
    print(f"on outlets left out, the lexicon alone: {told(taught, loud)}")
    print(f"on outlets left out, the model:         {told(taught, said)}", flush=True)
    weights, directions = taught_by(taught, np.ones(len(taught.articles), dtype=bool), vectors, recipe)
    fitted = calibration(said, _is_about(taught))
    about.save(packed(weights, directions, taught, fitted), given.out)
    print(f"{given.out}: {given.out.stat().st_size:,} bytes; slope {fitted[0]:.3f}, offset {fitted[1]:.3f}")
    _thresholds(said, _is_about(taught), fitted)


def _thresholds(said: np.ndarray, is_about: np.ndarray, fitted: tuple[float, float]) -> None:
    scores = np.array([about.calibrated(row, *fitted) for row in said])
    for least in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
        kept = scores >= least
        hits = (kept & is_about).sum()
        print(
            f"kept from {least}: precision {hits / kept.sum():.3f}, recall {hits / is_about.sum():.3f}, "
            f"micro F1 {2 * hits / (kept.sum() + is_about.sum()):.3f}, without topic {1 - kept.any(axis=1).mean():.3f}"
        )


if __name__ == "__main__":
    main()
