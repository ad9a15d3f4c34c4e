"""Makes the shipped model of trained ones: `python -m data.models.export --out FOLDER RECIPE...`.

The weights of the recipes are averaged (one that is named twice weighs twice), one temperature is chosen where recipes
are chosen (Guo et al. 2017, https://arxiv.org/abs/1706.04599), and the whole becomes int8 ONNX: ids (n, length) ->
probabilities (n, 3). Then it is measured as it will run, by onnxruntime on one core, on what was not learnt.
"""

# mypy: ignore-errors
# Neither torch nor onnx is a dependency of Newsgauge: where the types are checked they are absent.

import argparse
import time
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from data.models.sets import Target, targets
from data.models.target import batches, encode
from data.models.train import Model, averaged, base, encode_all, load, macro_f1, opinions, pieces_of, softmax

HERE = Path(__file__).parent
MODEL, TOKENIZER = HERE / "target-tone.onnx", HERE / "target-tone-tokenizer.json"


def export(names: list[str], folder: Path, out: Path) -> None:
    """Writes the model and its tokenizer beside this script and prints how the model does."""
    _, tokenizer = base()
    pieces = pieces_of(tokenizer)
    items = [item for item in targets(folder) if not item.part.startswith("train")]
    encoded = encode_all(items, pieces)
    model = averaged([load(name, out) for name in names])
    exact = opinions(model, encoded)
    temperature = chosen_temperature(exact, items)
    print(f"temperature {temperature:.2f}")
    write(model, temperature, out)
    tokenizer.save(str(TOKENIZER))
    said, per_second = run(encoded)
    print(f"{MODEL.stat().st_size:,} bytes, {per_second:.0f} targets per CPU-second")
    print(table(items, softmax(exact / temperature), said))


def chosen_temperature(logits: np.ndarray, items: list[Target]) -> float:
    """What to divide the logits by, so that the labels where recipes are chosen are the least surprising.

    The three parts weigh alike: one temperature must do for all.
    """
    parts = [[place for place, item in enumerate(items) if item.part == part] for part in CHOOSE]

    def surprise(temperature: float) -> float:
        likely = np.log(softmax(logits / temperature))
        return float(np.mean([np.mean([-likely[place, items[place].label] for place in part]) for part in parts]))

    return float(min(np.arange(0.5, 3, 0.02), key=surprise))


#: Those of our own that were drawn by chance: where they were drawn to teach, much more has a tone.
CHOOSE = ("choose people", "choose new sentences", "choose new headlines")


class Shipped(Model):
    """Probabilities instead of logits, and each word's embedding in eight bits of its own scale."""

    def __init__(self, weights: dict[str, torch.Tensor], temperature: float) -> None:
        super().__init__(weights)
        self.temperature = temperature
        words = self["embeddings.word_embeddings.weight"].detach()
        self.step = words.abs().amax(1, True) / 127
        self.words = torch.round(words / self.step).to(torch.int8)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, 3) of equally long inputs."""
        return (super().forward(ids) / self.temperature).softmax(-1)

    def _words(self, ids: torch.Tensor) -> torch.Tensor:
        return self.words[ids].float() * self.step[ids]


def write(model: Model, temperature: float, out: Path) -> None:
    """The model as int8 ONNX."""
    whole = out / "whole.onnx"
    torch.onnx.export(
        Shipped(model.plain(), temperature).eval(),
        (torch.tensor([encode("Critics of the plan blame Europe.", 25, 31, lambda text: [2000] * len(text.split()))]),),
        str(whole),
        input_names=["ids"],
        output_names=["probabilities"],
        dynamic_axes={"ids": {0: "n", 1: "length"}, "probabilities": {0: "n"}},
        dynamo=False,
    )
    # Seven bits: on processors without VNNI the sums of eight would overflow.
    quantize_dynamic(
        str(whole),
        str(MODEL),
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )
    whole.unlink()


def run(encoded: list[list[int]], most: int = 1) -> tuple[np.ndarray, float]:
    """Probabilities of the shipped model, in order, and targets per CPU-second.

    One input at a time: activations are rounded by the range of a whole batch, so that in company an input's tone
    would depend on what it is scored with, for an eighth more speed.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])
    said = np.zeros((len(encoded), 3), dtype=np.float32)
    began = time.process_time()
    for batch in batches(encoded, most):
        ids = np.array([encoded[place] for place in batch], dtype=np.int64)
        said[batch] = session.run(None, {"ids": ids})[0]
    return said, len(encoded) / (time.process_time() - began)


def table(items: list[Target], exact: np.ndarray, said: np.ndarray) -> str:
    """A line for each part that was not learnt: macro F1 with its interval, accuracy, ECE, and what int8 costs."""
    lines = ["part                     n  macro F1  interval         fp32   accuracy    ECE  F1 of neg neu pos"]
    for part in sorted({item.part for item in items if not item.part.startswith("train")}):
        places = [place for place, item in enumerate(items) if item.part == part]
        right = np.array([items[place].label for place in places])
        found = said[places].argmax(-1)
        low, high = interval(right, found)
        each = " ".join(f"{value:.2f}" for value in class_f1(right, found))
        lines.append(
            f"{part:20} {len(right):5} {macro_f1(right, found):9.3f} {low:.3f} ... {high:.3f}"
            f" {macro_f1(right, exact[places].argmax(-1)):6.3f} {(right == found).mean():9.3f}"
            f" {calibration_error(right, said[places]):6.3f} {each:>18}"
        )
    return "\n".join(lines)


def class_f1(right: np.ndarray, said: np.ndarray) -> list[float]:
    """F1 of negative, neutral, positive."""
    return [
        2
        * int(((right == label) & (said == label)).sum())
        / max(1, int((right == label).sum() + (said == label).sum()))
        for label in range(3)
    ]


def interval(right: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """95 % interval of macro F1 by resampling the items 1,000 times (percentile bootstrap)."""
    random = np.random.default_rng(20241001)
    draws = random.integers(len(right), size=(1_000, len(right)))
    low, high = np.percentile([macro_f1(right[draw], said[draw]) for draw in draws], [2.5, 97.5])
    return float(low), float(high)


def calibration_error(right: np.ndarray, said: np.ndarray) -> float:
    """Expected calibration error: confidence against accuracy in ten bins that hold equally many items."""
    confidence, hit = said.max(-1), said.argmax(-1) == right
    bins = np.array_split(np.argsort(confidence), 10)
    return float(sum(len(each) * abs(confidence[each].mean() - hit[each].mean()) for each in bins) / len(right))


def main() -> None:
    """Exports what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("data/var/models"))
    parser.add_argument("recipes", nargs="+")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    export(asked.recipes, asked.data, asked.out)


if __name__ == "__main__":
    main()
