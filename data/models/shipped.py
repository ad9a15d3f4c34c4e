"""The weights of a shipped int8 model, to go on from: a new one learns what is new and keeps what the last one knew."""

# mypy: ignore-errors
# Neither torch nor onnx is a dependency of Newsgauge: where the types are checked they are absent.

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

LAYERS = 6

#: The dense layers in the order in which the graph multiplies by them.
_DENSE = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    *("attention.output.dense", "intermediate.dense", "output.dense"),
)
_KINDS = "embeddings.token_type_embeddings.weight"
_HEAD = "weights.head/weight_Transposed"


def weights_of(model: Path, words: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights in a file that `export` wrote, as near as int8 left them; what it does not hold is from `words`.

    These are the embeddings of words, which no recipe of a shipped model has changed. Raises ValueError where the file
    is of another shape.
    """
    graph = onnx.load(str(model)).graph
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    dense = [name.removesuffix("_quantized") for name in stored if name.endswith("_quantized") and _HEAD not in name]
    names = [f"encoder.layer.{layer}.{part}.weight" for layer in range(LAYERS) for part in _DENSE]
    found = {
        name.removeprefix("weights.").replace("/", "."): value
        for name, value in stored.items()
        if name.startswith("weights.") and not name.startswith(_HEAD)
    }
    found |= {name: _exact(stored, place) for name, place in zip(names, dense, strict=True)}
    found["head.weight"] = _exact(stored, _HEAD)
    # Every text is of one kind, whose embedding the graph adds to all words.
    (kind,) = (value for name, value in stored.items() if name.startswith("onnx::Add"))
    found[_KINDS] = np.stack([kind, words[_KINDS][1].numpy()])
    wrong = [name for name, value in found.items() if name not in words or value.shape != tuple(words[name].shape)]
    if wrong:
        raise ValueError(f"{model}: {', '.join(wrong)} have no place in this kind of model")
    return words | {name: torch.tensor(value) for name, value in found.items()}


def _exact(stored: dict[str, np.ndarray], name: str) -> np.ndarray:
    whole = stored[f"{name}_quantized"].astype(np.float32) - stored[f"{name}_zero_point"].astype(np.float32)
    return (whole * stored[f"{name}_scale"]).T.copy()
