"""The shipped target-tone model as it runs: onnxruntime and a tokenizer, no torch."""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from data.models import sets, target
from data.models.kinds import is_body

FOLDER = Path(target.__file__).parent
Said = Callable[[list[tuple[str, int, int]], int], np.ndarray]


@lru_cache(maxsize=1)
def loaded():
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed here")
    if not (FOLDER / "target-tone.onnx").exists():
        pytest.skip("no target-tone model is shipped yet (data/models/CARD.md)")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed here")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(FOLDER / "target-tone.onnx"), options)
    tokenizer = tokenizers.Tokenizer.from_file(str(FOLDER / "target-tone-tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return session, tokenizer


@pytest.fixture
def said() -> Said:
    session, tokenizer = loaded()

    def pieces(text: str) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids

    def probabilities(pairs: list[tuple[str, int, int]], most: int = 32) -> np.ndarray:
        encoded = [target.encode(*pair, pieces) for pair in pairs]
        found = np.zeros((len(encoded), 3), dtype=np.float32)
        for batch in target.batches(encoded, most):
            ids = np.array([encoded[place] for place in batch], dtype=np.int64)
            found[batch] = session.run(None, {"ids": ids})[0]
        return found

    return probabilities


def marked(text: str) -> tuple[str, int, int]:
    """'Critics of <the plan> spoke.' with its target between angle brackets."""
    start, end = text.index("<"), text.index(">") - 1
    return text.replace("<", "").replace(">", ""), start, end


def labels(probabilities: np.ndarray) -> list[str]:
    return [target.LABELS[place] for place in probabilities.argmax(axis=-1)]


def test_no_model_in_the_repository_is_larger_than_agreed():
    assert all(model.stat().st_size <= 25_000_000 for model in FOLDER.glob("*.onnx"))


def test_one_sentence_has_a_tone_for_each_of_its_targets(said):
    praised = marked(
        "<Merkel> won wide praise for her calm leadership, while Putin was condemned for the brutal attack."
    )
    blamed = marked(
        "Merkel won wide praise for her calm leadership, while <Putin> was condemned for the brutal attack."
    )
    assert labels(said([praised, blamed])) == ["positive", "negative"]


def test_war_around_a_name_is_no_blame(said):
    meeting = marked("<NATO> foreign ministers will meet in Brussels on Tuesday to discuss the war in Ukraine.")
    assert labels(said([meeting])) == ["neutral"]


def test_the_three_parts_sum_to_one(said):
    pairs = [marked("<He> said so."), marked("What <nobody> knew"), marked("“<x>”")]
    assert said(pairs).sum(axis=-1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_what_an_input_gets_hardly_depends_on_what_it_is_scored_with(said):
    pairs = [
        marked(f"<Spain> {verb} the plan of the other ministers.") for verb in ("backs", "mocks", "signs", "fears")
    ]
    assert said(pairs, 1) == pytest.approx(said(pairs, 4), abs=0.1)


def test_swapping_the_name_for_another_of_its_kind_changes_no_label(said, shared):
    """In 99 % of cases; where the name stands elsewhere in the sentence, it is swapped there too."""
    items = [item for item in sets.targets(shared("target-tone-dev.parquet").parent) if item.part.startswith("report")]
    pairs, swapped = [], []
    for place, item in enumerate(items):
        name = item.text[item.start : item.end]
        if not re.fullmatch(r"[A-Z]\w{2,}(?: [A-Z]\w+)*", name) or name in ("She", "They", "His", "Her", "The"):
            continue
        other = (("Norway", "Peru", "Latvia") if is_body(name) else ("Lindqvist", "Okafor", "Brandão"))[place % 3]
        before, behind = (
            re.sub(rf"\b{name}\b", other, part) for part in (item.text[: item.start], item.text[item.end :])
        )
        pairs.append((item.text, item.start, item.end))
        swapped.append((f"{before}{other}{behind}", len(before), len(before) + len(other)))
    assert len(pairs) > 800
    assert np.mean(np.array(labels(said(pairs, 1))) == np.array(labels(said(swapped, 1)))) >= 0.99
