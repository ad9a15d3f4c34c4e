"""The target-tone model as it runs: what `data.models` trained and exported, on onnxruntime and a tokenizer.

It is loaded when the first opinion is asked for, once a process, and works in one thread: whoever wants more cores
starts more processes.
"""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data import models
from data.memory import give_back
from data.models.target import encode
from ingest.text import Stretch

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FOLDER = Path(models.__file__).parent
MODEL, TOKENIZER = "target-tone.onnx", "target-tone-tokenizer.json"


class ModelError(Exception):
    """The model cannot be loaded; the message says which file it is about, what is wrong with it, and what to do."""


def opinions(texts: Sequence[str], spans: Sequence[Stretch]) -> np.ndarray:
    """How likely each text is negative, neutral, positive toward what its span names: float32 (n, 3), rows sum to 1.

    The same text and span always get the same row, whatever else is asked for. Raises ValueError for a span that is no
    part of its text, ModelError where the model cannot be loaded.
    """
    encoded = [_packed(encode(text, *span, _pieces)) for text, span in zip(texts, spans, strict=True)]
    return np.array([_opinion(ids) for ids in encoded], dtype=np.float32).reshape(-1, 3)


def forget() -> None:
    """Forget what was asked before: for who wants to know what an opinion costs."""
    _opinion.cache_clear()


def unload() -> None:
    """Give back what the model takes, some hundred megabytes; the next opinion loads it again."""
    for kept in (_session, _tokenizer, _of_word, _opinion):
        kept.cache_clear()


def check() -> None:
    """Raises ModelError where a file of the model is missing: better before the work than in the middle of it."""
    for name in (MODEL, TOKENIZER):
        if not (FOLDER / name).is_file():
            raise ModelError(f"{FOLDER / name}: the tone model is missing. {_ADVICE.format(file=FOLDER / name)}")


_ADVICE = "Bring it back (git checkout -- {file}), or score by the lexicon with --tone lexicon."


# What the model reads


def _packed(ids: Sequence[int]) -> bytes:
    # A fifteenth of what a tuple of them would take in the cache.
    return array("H", ids).tobytes()


def _pieces(text: str) -> list[int]:
    """The tokenizer's ids of a text, put together from those of its words, most of which have come before.

    No word's ids depend on the words around it.
    """
    ids: list[int] = []
    for word in text.split(" "):
        ids += _of_word(word) if len(word) <= _LONGEST else _tokenized(word)
    return ids


#: Longer words come once; kept, they would only fill the memory.
_LONGEST = 32


@lru_cache(maxsize=32_768)
def _of_word(word: str) -> tuple[int, ...]:
    return _tokenized(word)


def _tokenized(text: str) -> tuple[int, ...]:
    return tuple(_tokenizer().encode(text, add_special_tokens=False).ids)


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    check()
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(FOLDER / TOKENIZER))
    except Exception as error:  # the library raises nothing more special
        raise _damaged(TOKENIZER, error) from error
    # "[MASK]" in a text is read as letters.
    tokenizer.encode_special_tokens = True
    return tokenizer


# What it says


@lru_cache(maxsize=32_768)
def _opinion(ids: bytes) -> tuple[float, float, float]:
    # One input at a time: activations are rounded by the range of a batch, so that in company an input's opinion would
    # depend on what it is scored with. Copies and phrases that papers repeat are scored once.
    given = np.frombuffer(ids, dtype=np.uint16).astype(np.int64)[None]
    (said,) = _session().run(None, {"ids": given})
    negative, neutral, positive = said[0].tolist()
    return negative, neutral, positive


@lru_cache(maxsize=1)
def _session() -> "InferenceSession":
    check()
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors; they are raised as well
    # Inputs are small and of any length: memory kept for each length is of no use.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    try:
        session = onnxruntime.InferenceSession(
            str(FOLDER / MODEL),
            options,
            providers=["CPUExecutionProvider"],
            # Fused, this one takes six times as long as its parts, a fifth of the whole.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as error:  # the library's errors have no other class in common
        raise _damaged(MODEL, error) from error
    give_back()
    return session


def _damaged(name: str, error: Exception) -> ModelError:
    said = " ".join(str(error).split())[:200]
    advice = _ADVICE.format(file=FOLDER / name)
    return ModelError(f"{FOLDER / name}: the tone model cannot be read, it may be damaged ({said}). {advice}")
