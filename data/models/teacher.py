"""Trains the large model that the small one learns from: `python -m data.models.teacher --base FOLDER --out FOLDER`.

all-mpnet-base-v2 (109 million weights, Apache-2.0; Song et al. 2020, https://arxiv.org/abs/2004.09297), whose weights
and tokenizer lie in the folder that `--base` names. It is fine-tuned on every label that is to learn from and then says
what it thinks of the same items and of press targets that nobody labelled. Being eight times as costly as the shipped
model, it never runs in Newsgauge. Half an hour on two cores.
"""

# mypy: ignore-errors
# torch is no dependency of Newsgauge: where the types are checked it is absent.

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from data.models.sets import Target, lessons, press_targets, targets
from data.models.target import CLS, NAME, OPEN, SEP, Pieces, batches, encode
from data.models.train import PRESS, Model, macro_f1, pieces_of, place_of, shuffled, smoothed

LAYERS, HEADS, WIDTH = 12, 12, 768
NAME_OF_TEACHER = "teacher"

#: Its vocabulary is that of BERT behind four pieces of its own; three special ones have other places.
_SHIFT = 4
_SPECIAL = {CLS: 0, SEP: 2, NAME: 30_526}


class Teacher(Model):
    """MPNet with the same head; ids (n, length) -> logits (n, 3)."""

    def __init__(self, weights: dict[str, torch.Tensor], drop: float = 0.1) -> None:
        super().__init__(weights)
        self.drop = drop

    def heard(self, ids: torch.Tensor) -> torch.Tensor:
        """What the head is given of equally long inputs: (n, 2 * WIDTH)."""
        length = ids.shape[1]
        # Positions are counted from 2 in this family of models.
        places = self["embeddings.position_embeddings.weight"][2 : 2 + length]
        state = functional.embedding(ids, self["embeddings.word_embeddings.weight"]) + places
        state = self._dropped(self._norm("embeddings.LayerNorm", state))
        nearness = self._nearness(length)
        for layer in range(LAYERS):
            state = self._layer(f"encoder.layer.{layer}", state, nearness)
        there = state[functional.pad((ids == OPEN + _SHIFT)[:, :-1], (1, 0))]
        return torch.cat([there, state.mean(1)], -1)

    def _nearness(self, length: int) -> torch.Tensor:
        places = torch.arange(length)
        biases = self["encoder.relative_attention_bias.weight"]
        return functional.embedding(_bucket(places[None] - places[:, None]), biases).permute(2, 0, 1)[None]

    def _layer(self, name: str, state: torch.Tensor, nearness: torch.Tensor) -> torch.Tensor:
        n, length, _ = state.shape
        query, key, value = (
            self._dense(f"{name}.attention.attn.{part}", state).view(n, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in "qkv"
        )
        likeness = (query @ key.transpose(2, 3)) / math.sqrt(WIDTH // HEADS) + nearness
        heard = (likeness.softmax(-1) @ value).transpose(1, 2).reshape(n, length, WIDTH)
        heard = self._dropped(self._dense(f"{name}.attention.attn.o", heard))
        state = self._norm(f"{name}.attention.LayerNorm", state + heard)
        inner = functional.gelu(self._dense(f"{name}.intermediate.dense", state))
        outer = self._dropped(self._dense(f"{name}.output.dense", inner))
        return self._norm(f"{name}.output.LayerNorm", state + outer)

    def _norm(self, name: str, state: torch.Tensor) -> torch.Tensor:
        return functional.layer_norm(state, (WIDTH,), self[f"{name}.weight"], self[f"{name}.bias"], 1e-5)


def _bucket(distance: torch.Tensor) -> torch.Tensor:
    """Which of 32 biases a distance gets: near ones each their own, far ones in steps of equal ratio up to 128.

    16 for each direction, as in T5 (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, section 2.1).
    """
    far = distance.abs()
    steps = 8 + (torch.log(far.float().clamp(min=1) / 8) / math.log(16) * 8).long()
    return (distance > 0).long() * 16 + torch.where(far < 8, far, steps.clamp(max=15))


def base(folder: Path) -> tuple[dict[str, torch.Tensor], Pieces]:
    """The weights to begin with, an untrained head added, and its tokenizer, which gives BERT's pieces."""
    weights = load_file(folder / "model.safetensors")
    weights = {name: value for name, value in weights.items() if not name.startswith("pooler") and "ids" not in name}
    chance = torch.Generator().manual_seed(1)
    weights |= {"head.weight": torch.randn(3, 2 * WIDTH, generator=chance) * 0.02, "head.bias": torch.zeros(3)}
    own = pieces_of(Tokenizer.from_file(str(folder / "tokenizer.json")))
    return weights, lambda text: [piece - _SHIFT for piece in own(text)]


def encode_all(items: list[Target], pieces: Pieces) -> list[list[int]]:
    """What the teacher reads of each item: what the small model reads, in its own vocabulary."""
    read = (encode(item.text, item.start, item.end, pieces) for item in items)
    return [[_SPECIAL.get(piece, piece + _SHIFT) for piece in ids] for ids in read]


def fit(model: Teacher, inputs: list[list[int]], labels: list[int], seed: int, epochs: int, rate: float) -> None:
    """Cross-entropy by AdamW, word embeddings as they came, the new head ten times as fast as the rest."""
    aims = torch.tensor(smoothed(np.array(labels), 0.05), dtype=torch.float32)
    model["embeddings.word_embeddings.weight"].requires_grad_(False)
    head = [model["head.weight"], model["head.bias"]]
    body = [each for each in model.parameters() if each.requires_grad and not any(each is part for part in head)]
    optimizer = torch.optim.AdamW(
        [{"params": body}, {"params": head, "lr": 10 * rate}], lr=rate, weight_decay=0.01, fused=True
    )
    random = np.random.default_rng(seed)
    plan = [batch for _ in range(epochs) for batch in shuffled(inputs, random)]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / (0.06 * len(plan)), (len(plan) - step) / (0.94 * len(plan)))
    )
    model.train()
    for step, batch in enumerate(plan):
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(torch.tensor([inputs[place] for place in batch])).float()
        losses = -(aims[batch] * logits.log_softmax(-1)).sum(-1)
        (losses.sum() / 32).backward()
        torch.nn.utils.clip_grad_norm_([*body, *head], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 100 == 0:
            print(f"teacher: step {step} of {len(plan)}, loss {losses.detach().mean():.3f}", flush=True)


def hearing(model: Teacher, inputs: list[list[int]]) -> np.ndarray:
    """What its head is given of all inputs, in their order: half-precision (n, 2 * WIDTH)."""
    model.eval()
    found = np.zeros((len(inputs), 2 * WIDTH), dtype=np.float16)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for batch in batches(inputs, 64):
            found[batch] = model.heard(torch.tensor([inputs[place] for place in batch])).float().numpy()
    return found


def opinions(model: Teacher, heard: np.ndarray) -> np.ndarray:
    """Logits (n, 3) of what the head was given."""
    weight, bias = model["head.weight"].detach().numpy(), model["head.bias"].detach().numpy()
    return heard.astype(np.float32) @ weight.T + bias


def main() -> None:
    """Trains the teacher, writes what it thinks, and prints what it reaches where recipes are chosen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("data/var/models"))
    parser.add_argument("--base", type=Path, required=True, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--press", type=int, default=PRESS, help="press targets to say something about")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=3e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    began = time.process_time()
    weights, pieces = base(asked.base)
    model = Teacher(weights)
    learnt, labelled = lessons(asked.data), targets(asked.data)
    fit(model, encode_all(learnt, pieces), [item.label for item in learnt], asked.seed, asked.epochs, asked.rate)
    place = place_of(NAME_OF_TEACHER, asked.out)
    place.mkdir(parents=True, exist_ok=True)
    save_file(model.plain(), place / "weights.safetensors")
    said = opinions(model, hearing(model, encode_all(labelled, pieces)))
    np.save(place / "logits.npy", said)
    for part in ("choose people", "choose sentences", "choose headlines"):
        places = [number for number, item in enumerate(labelled) if item.part == part]
        right = np.array([labelled[number].label for number in places])
        print(f"{part}: macro F1 {macro_f1(right, said[places].argmax(-1)):.3f} (n {len(places)})", flush=True)
    teach(model, encode_all([*learnt, *press_targets(asked.data)[: asked.press]], pieces), place)
    print(f"{time.process_time() - began:.0f} CPU-seconds")


def teach(model: Teacher, inputs: list[list[int]], place: Path) -> None:
    """Writes what the small model learns from: the logits, and what the head was given to say so."""
    heard = hearing(model, inputs)
    np.save(place / "heard.npy", heard)
    np.save(place / "teaching.npy", opinions(model, heard))


if __name__ == "__main__":
    main()
