"""Makes the shipped model of trained ones: `python -m data.models.export --out FOLDER RECIPE...`.

The weights of the recipes are averaged (one that is named twice weighs twice), one temperature is chosen where recipes
are chosen (Guo et al. 2017, https://arxiv.org/abs/1706.04599), and the whole becomes int8 ONNX: ids (n, length) ->
probabilities (n, 3). Then it is measured as it will run, by onnxruntime on one core, on what was not learnt.
"""

# mypy: ignore-errors
# Neither torch nor onnx is a dependency of Newsgauge: where the types are checked they are absent.

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnx.compose import add_prefix
from onnxruntime.quantization import QuantType, quantize_dynamic

from data.models.sets import Target
from data.models.target import LABELS, REACH, batches, encode
from data.models.train import (
    WIDTH,
    Model,
    averaged,
    base,
    encode_all,
    load,
    macro_f1,
    opinions,
    packed,
    pieces_of,
    softmax,
    unlearnt,
    unpacked,
)

HERE = Path(__file__).parent
MODEL, TOKENIZER = HERE / "target-tone.onnx", HERE / "target-tone-tokenizer.json"


def export(names: list[str], folder: Path, out: Path) -> None:
    """Writes the model and its tokenizer beside this script and prints how the model does."""
    _, tokenizer = base()
    pieces = pieces_of(tokenizer)
    items = unlearnt(folder)
    encoded = encode_all(items, pieces)
    model = averaged([load(name, out) for name in names])
    early, late = opinions(Early(model.plain()), encoded), opinions(model, encoded)
    doubt = chosen_doubt(early, late, items)
    print(doubt)
    write(model, doubt, out)
    tokenizer.save(str(TOKENIZER))
    said, per_second = run(encoded)
    print(f"{MODEL.stat().st_size:,} bytes, {per_second:.0f} targets per CPU-second")
    soon = softmax(early / doubt.early)
    is_certain = soon.max(-1) >= doubt.certain
    print(f"{is_certain.mean():.2f} are told by the lower layers alone")
    print(table(items, np.where(is_certain[:, None], soon, softmax(late / doubt.late)), said))


class Early(Model):
    """What the lower layers alone think."""

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Logits of equally long inputs."""
        return self.early(ids, self.lower(ids))


@dataclass(frozen=True)
class Doubt:
    """What logits are divided by, after the lower layers and after all, and how sure the lower ones must be."""

    early: float
    late: float
    certain: float


def chosen_doubt(early: np.ndarray, late: np.ndarray, items: list[Target]) -> Doubt:
    """Temperatures, and the least certainty with which the lower layers hardly ever differ from all.

    Of the items to choose by, which weigh as in `chosen_temperature`, at most DIFFER get another label.
    """
    cool = chosen_temperature(early, items)
    largest = softmax(early / cool).max(-1)
    differs = early.argmax(-1) != late.argmax(-1)
    parts = [[place for place, item in enumerate(items) if item.part == part] for part in CHOOSE]

    def share(certain: float) -> float:
        return float(np.mean([(differs[part] & (largest[part] >= certain)).mean() for part in parts]))

    certain = min((each for each in np.arange(0.5, 1, 0.005) if share(each) <= DIFFER), default=1.0)
    return Doubt(cool, chosen_temperature(late, items), float(certain))


DIFFER = 0.005


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


class Lower(Model):
    """The lower layers, with embeddings in four bits: ids -> their state, and probabilities by them alone."""

    def __init__(self, weights: dict[str, torch.Tensor], temperature: float) -> None:
        super().__init__(weights | {_PLACES: weights[_PLACES][:LONGEST]})
        self.temperature = temperature
        self.codes, self.scales = packed(self["embeddings.word_embeddings.weight"].detach())

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Of equally long inputs the state (n, length, WIDTH) and probabilities (n, 3)."""
        state = self.lower(ids)
        return state, (self.early(ids, state) / self.temperature).softmax(-1)

    def _words(self, ids: torch.Tensor) -> torch.Tensor:
        return unpacked(self.codes[ids], self.scales[ids])


class Upper(Model):
    """The other layers: ids and the state that the lower ones left -> probabilities."""

    def __init__(self, weights: dict[str, torch.Tensor], temperature: float) -> None:
        super().__init__(weights)
        self.temperature = temperature

    def forward(self, ids: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        """Probabilities (n, 3) of equally long inputs."""
        return (self.judged(self.gathered(ids, self.upper(state))) / self.temperature).softmax(-1)


_PLACES = "embeddings.position_embeddings.weight"

#: Pieces that an input can have.
LONGEST = 2 * REACH + 5


def write(model: Model, doubt: Doubt, out: Path) -> None:
    """The model as int8 ONNX: the upper layers run only where the lower ones are not certain."""
    ids = torch.tensor([encode("Critics of the plan blame Europe.", 25, 31, lambda text: [2000] * len(text.split()))])
    weights = model.plain()
    lower, upper = Lower(weights, doubt.early).eval(), Upper(weights, doubt.late).eval()
    state = torch.zeros(1, ids.shape[1], WIDTH)
    merged = one_graph(
        rounded(lower, (ids,), ["ids"], ["state", "early"], out),
        rounded(upper, (ids, state), ["ids", "state"], ["late"], out),
        doubt.certain,
    )
    onnx.checker.check_model(merged)
    onnx.save(merged, str(MODEL))


def rounded(
    part: Model, example: tuple[torch.Tensor, ...], inputs: list[str], outputs: list[str], out: Path
) -> onnx.ModelProto:
    """A part of the model with its dense layers in int8."""
    whole, small = out / "whole.onnx", out / "small.onnx"
    torch.onnx.export(
        part,
        example,
        str(whole),
        input_names=inputs,
        output_names=outputs,
        dynamic_axes={name: {0: "n", 1: "length"} for name in ("ids", "state") if name in (*inputs, *outputs)},
        dynamo=False,
    )
    # Seven bits: on processors without VNNI the sums of eight would overflow.
    quantize_dynamic(
        str(whole),
        str(small),
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )
    found = onnx.load(str(small))
    whole.unlink()
    small.unlink()
    return found


def one_graph(lower: onnx.ModelProto, upper: onnx.ModelProto, certain: float) -> onnx.ModelProto:
    """ids -> probabilities: by the lower layers where their largest probability is `certain`, by all otherwise.

    In company all inputs go the long way unless each of them is certain.
    """
    above = add_prefix(upper, "upper/").graph
    for node in above.node:
        for place, name in enumerate(node.input):
            if name in ("upper/ids", "upper/state"):
                node.input[place] = name.removeprefix("upper/")
    shape = ["n", len(LABELS)]
    early = helper.make_tensor_value_info("upper/early", onnx.TensorProto.FLOAT, shape)
    there = helper.make_graph([helper.make_node("Identity", ["early"], ["upper/early"])], "certain", [], [early])
    beyond = helper.make_graph(list(above.node), "doubtful", [], list(above.output), list(above.initializer))
    graph = lower.graph
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array(certain, dtype=np.float32), "certain"),
            numpy_helper.from_array(np.array([1]), "labels"),
        ]
    )
    graph.node.extend(
        [
            helper.make_node("ReduceMax", ["early", "labels"], ["largest"], keepdims=0),
            helper.make_node("ReduceMin", ["largest"], ["least"], keepdims=0),
            helper.make_node("GreaterOrEqual", ["least", "certain"], ["is_certain"]),
            helper.make_node("If", ["is_certain"], ["probabilities"], then_branch=there, else_branch=beyond),
        ]
    )
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("probabilities", onnx.TensorProto.FLOAT, shape))
    known = {each.domain for each in lower.opset_import}
    lower.opset_import.extend(each for each in upper.opset_import if each.domain not in known)
    return lower


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
