"""Trains the topics model: `python -m data.models.topics --data ../shared/data --out data/models/topics.npz`.

Needs torch and polars, in an environment of its own: nothing here is imported when Newsgauge runs. It learns from the
learn part of `data/labels/topics.csv`, with less weight from the collectors' own topics of the press set where they
name a rare one, and from the definitions of the IPTC; and what words stand together from all articles of the set but
those of the sites that it is reported by. It prints how right it is on outlets left out, which is what choices are made
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
from data.models.topic_sets import PRESS, collected, defined, press

WORDS, PAIRS = 19_000, 9_000  # terms that are known, the most frequent ones
DIMENSIONS = 128  # of what stands together
FOLDS = 6
SEED = 1


@dataclass(frozen=True)
class Recipe:
    """What the parts weigh. The defaults are what cross-validation chose."""

    together: float = 1.0  # what stands together, against the terms themselves
    loud: float = 1.0  # the lexicon, by its two kinds of features
    share: float = 1.0
    hold: float = 1e-4  # how strongly weights are held small
    balance: float = 0.5  # topics weigh as their frequency to the power of minus this
    further: float = 0.15  # of a label's weight that its further topics have
    collected: float = 0.4  # weight of a collectors' topic, against a label that was read
    defined: float = 1.0  # weight of a definition


# Folds and targets


def folds(outlets: list[str]) -> np.ndarray:
    """A number for each outlet, so that all articles of one fall into one fold."""
    return np.array([sha256(f"x{outlet}".encode()).digest()[0] % FOLDS for outlet in outlets])


def targets(main: list[str], also: list[str | None], keys: list[str], further: float) -> np.ndarray:
    """What each article is about, as parts of 1: (articles, topics)."""
    found = np.zeros((len(main), len(keys)), dtype=np.float32)
    for row, (first, others) in enumerate(zip(main, also, strict=True)):
        rest = (others or "").split()
        found[row, keys.index(first)] = 1 - further if rest else 1
        for key in rest:
            found[row, keys.index(key)] = further / len(rest)
    return found


# What is read of an article


@dataclass(frozen=True)
class Read:
    """What the model reads of some articles: terms (sparse, a row an article) and what the lexicon hears."""

    terms: torch.Tensor
    lexicon: np.ndarray


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
    crow, col = torch.tensor(starts), torch.tensor(np.concatenate(columns))
    value = torch.tensor(np.concatenate(weights), dtype=torch.float32)
    return torch.sparse_csr_tensor(crow, col, value, (len(counted), len(numbers)), check_invariants=False)


def together(read: torch.Tensor) -> torch.Tensor:
    """Directions in which terms stand together, (terms, DIMENSIONS), each divided by the root of its spread.

    Latent semantic analysis by random projection (Halko, Martinsson & Tropp 2011).
    """
    across = read.to_sparse_coo().t().to_sparse_csr()
    drawn = torch.randn(read.shape[1], DIMENSIONS + 32, generator=torch.Generator().manual_seed(SEED))
    for _ in range(3):
        drawn = across @ torch.linalg.qr(read @ drawn)[0]
    basis = torch.linalg.qr(read @ drawn)[0]
    directions = torch.linalg.svd(across @ basis, full_matrices=False)[0][:, :DIMENSIONS]
    return directions / (read @ directions).std(0).sqrt()


# The model


@dataclass(frozen=True)
class Weights:
    """A linear model: what terms, the lexicon's features and nothing at all add to each topic."""

    terms: torch.Tensor
    lexicon: torch.Tensor
    bias: torch.Tensor

    def said(self, read: Read) -> np.ndarray:
        """The sums of each article, (articles, topics)."""
        return (read.terms @ self.terms + torch.tensor(read.lexicon) @ self.lexicon + self.bias).numpy()


def fit(read: Read, wanted: np.ndarray, worth: np.ndarray, directions: torch.Tensor, recipe: Recipe) -> Weights:
    """Multinomial logistic regression on terms, what stands together, and the lexicon.

    There are ten times as many terms as articles: it is solved over articles, by the kernel that is the sum of the
    parts', and what that says of terms is taken from it.
    """
    dense = read.terms.to_dense()
    parts = [
        (dense, 1.0),
        (dense @ directions, recipe.together),
        (torch.tensor(read.lexicon[:, : wanted.shape[1]]), recipe.loud),
        (torch.tensor(read.lexicon[:, wanted.shape[1] :]), recipe.share),
    ]
    centred = [(part - part.mean(0), part.mean(0), weight) for part, weight in parts]
    scales = [weight / part.square().sum(1).mean() for part, _, weight in centred]
    kernel = sum(scale * (part @ part.T) for scale, (part, _, _) in zip(scales, centred, strict=True))
    dual, bias = _solve(kernel, torch.tensor(wanted), torch.tensor(worth), recipe)
    found = [scale * (part.T @ dual) for scale, (part, _, _) in zip(scales, centred, strict=True)]
    for weights, (_, mean, _) in zip(found, centred, strict=True):
        bias = bias - mean @ weights
    return Weights(found[0] + directions @ found[1], torch.cat(found[2:]), bias)


def _solve(
    kernel: torch.Tensor, wanted: torch.Tensor, worth: torch.Tensor, recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor]:
    root = torch.linalg.cholesky(kernel + 1e-3 * torch.eye(len(kernel)))
    weights = torch.zeros_like(wanted, requires_grad=True)
    bias = torch.zeros(wanted.shape[1], requires_grad=True)
    frequent = (wanted * worth[:, None]).sum(0) / worth.sum()
    worth = worth * (wanted @ (frequent * wanted.shape[1]).pow(-recipe.balance))
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=80, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        likely = torch.log_softmax(root @ weights + bias, 1)
        value = -((wanted * likely).sum(1) * worth).sum() / worth.sum() + recipe.hold * weights.square().sum()
        value.backward()
        return value

    optimiser.step(loss)
    return torch.linalg.solve_triangular(root.T, weights.detach(), upper=True), bias.detach()


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


def packed(weights: Weights, keys: list[str], terms: list[str], rarity: np.ndarray, fitted: tuple) -> TopicModel:
    """The model as it is shipped: the table in whole numbers from -127 to 127."""
    # What a term says of all topics alike changes nothing.
    table = (weights.terms - weights.terms.mean(1, keepdim=True)).numpy()
    scale = np.abs(table).max(axis=0) / 127
    return TopicModel(
        keys=np.array(keys),
        terms=np.array(terms),
        rarity=rarity,
        table=np.rint(table / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        lexicon=weights.lexicon.numpy(),
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
    read: Read
    articles: pl.DataFrame  # `main, also, drawn, outlet`, a row for each of `read`

    @property
    def labelled(self) -> np.ndarray:
        """Which of the articles were read by people."""
        return ~self.articles["drawn"].is_in(["collected", "defined"]).to_numpy()

    def worth(self, recipe: Recipe) -> np.ndarray:
        """What each counts."""
        less = {"collected": recipe.collected, "defined": recipe.defined}
        return np.array([less.get(drawn, 1.0) for drawn in self.articles["drawn"]], dtype=np.float32)

    def targets(self, further: float) -> np.ndarray:
        """What each is about, as parts of 1."""
        return targets(*self.articles["main", "also"].to_dict(as_series=False).values(), self.keys, further)

    def part(self, rows: np.ndarray) -> Read:
        """What is read of these of its articles."""
        dense = self.read.terms.to_dense()[torch.tensor(rows)]
        return Read(dense, self.read.lexicon[rows])


def lessons(folder: Path) -> Lessons:
    """Read the press and its labels."""
    known = press(folder)
    split = [(grammar.split(title or ""), grammar.split(text or "")) for title, text in known["title", "text"].rows()]
    counted = [about.terms(*words) for words in split]
    terms, rarity = vocabulary(counted)
    numbers = {term: number for number, term in enumerate(terms)}
    whole = matrix(counted, numbers, rarity)
    topics = [topic for topic in catalogues.load(catalogues.DEFAULT).topics if not topic.query]
    keys, lexicon = sorted(topic.key for topic in topics), Lexicon(topics)
    taught = pl.concat([known.filter(pl.col("main").is_not_null()), collected(known), defined(folder)], how="diagonal")
    words = [(grammar.split(title or ""), grammar.split(text or "")) for title, text in taught["title", "text"].rows()]
    heard = [lexicon.strengths(lexicon.counts(*one)) for one in words]
    loud = np.array([[one.get(key, 0.0) for key in keys] for one in heard], dtype=np.float32)
    read = Read(matrix([about.terms(*one) for one in words], numbers, rarity), about.lexicon_features(loud))
    return Lessons(keys, terms, rarity, together(whole), read, taught)


def left_out(taught: Lessons, recipe: Recipe) -> np.ndarray:
    """What is said of each labelled article by a model that saw none of its outlet, (articles, topics)."""
    fold = folds(taught.articles["outlet"].to_list())
    wanted, worth = taught.targets(recipe.further), taught.worth(recipe)
    said = np.zeros_like(wanted)
    for number in range(FOLDS):
        learn, tell = np.flatnonzero(fold != number), np.flatnonzero((fold == number) & taught.labelled)
        weights = fit(taught.part(learn), wanted[learn], worth[learn], taught.directions, recipe)
        said[tell] = weights.said(taught.part(tell))
    return said[taught.labelled]


def told(taught: Lessons, said: np.ndarray) -> str:
    """How right what was said is: of all, and of those that were not drawn by what a model thought."""
    articles = taught.articles.filter(taught.labelled)
    main = np.array([taught.keys.index(key) for key in articles["main"]])
    first, is_about = said.argmax(axis=1), _is_about(taught)
    right, near = first == main, is_about[np.arange(len(main)), first]
    plain = articles["drawn"].is_in(["random", "by topic"]).to_numpy()
    balanced = np.mean([right[main == topic].mean() for topic in range(len(taught.keys))])
    return (
        f"n {len(main)}: main {right.mean():.3f}, main or further {near.mean():.3f}, mean of topics {balanced:.3f}; "
        f"n {plain.sum()} by chance or topic: {right[plain].mean():.3f}, {near[plain].mean():.3f}"
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
    outlets = taught.articles["outlet"].n_unique()
    print(f"{len(taught.terms):,} terms; {len(taught.articles):,} labels of {outlets} outlets")
    said = left_out(taught, recipe)
    loud = taught.read.lexicon[taught.labelled, : len(taught.keys)]
    print(f"on outlets left out, the lexicon alone: {told(taught, loud)}")
    print(f"on outlets left out, the model:         {told(taught, said)}")
    wanted, worth = taught.targets(recipe.further), taught.worth(recipe)
    weights = fit(taught.read, wanted, worth, taught.directions, recipe)
    fitted = calibration(said, _is_about(taught))
    about.save(packed(weights, taught.keys, taught.terms, taught.rarity, fitted), given.out)
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
