"""Trains the large model that the small one learns from: `python -m data.models.teacher --base FOLDER --out FOLDER`.

all-mpnet-base-v2 (109 million weights, Apache-2.0; Song et al. 2020, https://arxiv.org/abs/2004.09297), whose weights
and tokenizer lie in the folder that `--base` names. It is fine-tuned on every label that is to learn from and then says
what it thinks of the same items and of press targets that nobody labelled (teaching.npz, which lies beside this script,
so that the small model can be trained without it). Being eight times as costly as the shipped model, it never runs in
Newsgauge. An hour and a half on one core with AMX.
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

from data.models.sets import Target, lessons, press_targets
from data.models.target import CLS, NAME, OPEN, SEP, Pieces, encode
from data.models.train import (
    NEUTRAL,
    PRESS,
    TEACHING,
    Model,
    macro_f1,
    opinions,
    pieces_of,
    place_of,
    shuffled,
    smoothed,
    unlearnt,
    write_teaching,
)

LAYERS, HEADS, WIDTH = 12, 12, 768
NAME_OF_TEACHER = "teacher"

#: Its vocabulary is that of BERT behind four pieces of its own; three special ones have other places.
_SHIFT = 4
_SPECIAL = {CLS: 0, SEP: 2, NAME: 30_526}


class Teacher(Model):
    """MPNet with the same head; ids (n, length) -> logits (n, 3)."""

    def heard(self, ids: torch.Tensor) -> torch.Tensor:
        """What the head is given of equally long inputs: (n, 2 * WIDTH)."""
        length = ids.shape[1]
        # Positions are counted from 2 in this family of models.
        places = self["embeddings.position_embeddings.weight"][2 : 2 + length]
        state = functional.embedding(ids, self["embeddings.word_embeddings.weight"]) + places
        state = self._norm("embeddings.LayerNorm", state)
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
        heard = self._dense(f"{name}.attention.attn.o", heard)
        state = self._norm(f"{name}.attention.LayerNorm", state + heard)
        inner = functional.gelu(self._dense(f"{name}.intermediate.dense", state))
        outer = self._dense(f"{name}.output.dense", inner)
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


#: The lowest layers stay as they came: a quarter less to compute.
FROZEN = 4

BATCH = 96

#: Neutral items are dealt to as many epochs as this, in turn, and count for more: most of the labels are neutral.
DEALT, NEUTRAL_WEIGHT = 3, 2.0


def fit(model: Teacher, inputs: list[list[int]], labels: list[int], seed: int, epochs: int, rate: float) -> None:
    """Cross-entropy by AdamW, the new head ten times as fast as the rest."""
    told = np.array(labels)
    neutral = told == NEUTRAL
    aims = torch.tensor(smoothed(told, 0.05), dtype=torch.float32)
    weights = torch.tensor(np.where(neutral, NEUTRAL_WEIGHT, 1.0), dtype=torch.float32)
    for name, weight in model.weights.items():
        weight.requires_grad_(not name.startswith(("embeddings", *(f"encoder/layer/{low}/" for low in range(FROZEN)))))
    head = [model["head.weight"], model["head.bias"]]
    body = [each for each in model.parameters() if each.requires_grad and not any(each is part for part in head)]
    optimizer = torch.optim.AdamW(
        [{"params": body}, {"params": head, "lr": 10 * rate}], lr=rate, weight_decay=0.01, fused=True
    )
    random = np.random.default_rng(seed)
    plan = []
    for epoch in range(epochs):
        places = [*np.flatnonzero(~neutral), *np.flatnonzero(neutral)[epoch % DEALT :: DEALT]]
        found = shuffled([inputs[place] for place in places], random, BATCH)
        plan += [[int(places[number]) for number in batch] for batch in found]
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, step / (0.06 * len(plan)), (len(plan) - step) / (0.94 * len(plan)))
    )
    model.train()
    for step, batch in enumerate(plan):
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(torch.tensor([inputs[place] for place in batch])).float()
        losses = -(aims[batch] * logits.log_softmax(-1)).sum(-1) * weights[batch]
        # A batch that could not be filled with equally long inputs counts for what it holds.
        (losses.sum() / BATCH).backward()
        torch.nn.utils.clip_grad_norm_([*body, *head], 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        if step % 50 == 0:
            print(f"teacher: step {step} of {len(plan)}, loss {losses.detach().mean():.3f}", flush=True)


def main() -> None:
    """Trains the teacher unless that is done, prints what it reaches, and writes what it thinks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("data/var/models"))
    parser.add_argument("--base", type=Path, required=True, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--press", type=int, default=PRESS, help="press targets to say something about")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    began = time.process_time()
    weights, pieces = base(asked.base)
    learnt = lessons(asked.data)
    trained = place_of(NAME_OF_TEACHER, asked.out) / "weights.safetensors"
    if trained.exists():
        model = Teacher(load_file(trained))
    else:
        model = Teacher(weights)
        fit(model, encode_all(learnt, pieces), [item.label for item in learnt], asked.seed, asked.epochs, asked.rate)
        trained.parent.mkdir(parents=True, exist_ok=True)
        save_file(model.plain(), trained)
    judge(model, unlearnt(asked.data), pieces)
    items = [*learnt, *press_targets(asked.data)[: asked.press]]
    write_teaching(items, opinions(model, encode_all(items, pieces)), trained.with_name(TEACHING.name))
    print(f"{time.process_time() - began:.0f} CPU-seconds")


def judge(model: Teacher, items: list[Target], pieces: Pieces) -> None:
    """Prints what it reaches on each part that nothing is learnt from."""
    said = opinions(model, encode_all(items, pieces)).argmax(-1)
    right = np.array([item.label for item in items])
    for part in sorted({item.part for item in items}):
        places = [place for place, item in enumerate(items) if item.part == part]
        print(f"{part}: macro F1 {macro_f1(right[places], said[places]):.3f} (n {len(places)})", flush=True)


if __name__ == "__main__":
    main()
