"""The shipped target-tone model as it runs: onnxruntime and a tokenizer, no torch."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.models import sets
from data.models.kinds import is_body
from data.models.target import LABELS
from ingest import target

FOLDER = target.FOLDER
WORDS = [
    "NATO",
    "nato's",
    "Zürich",
    "naïve",
    "U.S.",
    "don’t",
    "$3.5m",
    "--",
    "“Good,”",
    "ΟΔΟΣ",
    "中文",
    "😀😀",
    "",
    "x" * 101,
]


def marked(text: str) -> tuple[str, int, int]:
    """'Critics of <the plan> spoke.' with its target between angle brackets."""
    start, end = text.index("<"), text.index(">") - 1
    return text.replace("<", "").replace(">", ""), start, end


def said(pairs: list[tuple[str, int, int]]) -> np.ndarray:
    return target.opinions([text for text, _, _ in pairs], [(start, end) for _, start, end in pairs])


def labels(pairs: list[tuple[str, int, int]]) -> list[str]:
    return [LABELS[place] for place in said(pairs).argmax(axis=-1)]


def test_no_model_in_the_repository_is_larger_than_agreed():
    models = list(FOLDER.glob("*.onnx"))
    assert models
    assert all(model.stat().st_size <= 25_000_000 for model in models)


def test_one_sentence_has_a_tone_for_each_of_its_targets():
    praised = marked(
        "<Merkel> won wide praise for her calm leadership, while Putin was condemned for the brutal attack."
    )
    blamed = marked(
        "Merkel won wide praise for her calm leadership, while <Putin> was condemned for the brutal attack."
    )
    assert labels([praised, blamed]) == ["positive", "negative"]


def test_war_around_a_name_is_no_blame():
    meeting = marked("<NATO> foreign ministers will meet in Brussels on Tuesday to discuss the war in Ukraine.")
    assert labels([meeting]) == ["neutral"]


def test_a_model_that_gave_its_memory_back_says_the_same_when_it_is_asked_again():
    praised = marked("<Merkel> won wide praise for her calm leadership.")
    before = said([praised])
    target.unload()
    assert target._session.cache_info().currsize == 0
    assert (said([praised]) == before).all()


def test_the_three_parts_sum_to_one():
    assert said([marked("<He> said so."), marked("What <nobody> knew"), marked("“<x>”")]).sum(axis=-1) == (
        pytest.approx([1, 1, 1], abs=1e-5)
    )


def test_what_an_input_gets_does_not_depend_on_what_it_is_scored_with():
    pairs = [
        marked(f"<Spain> {verb} the plan of the other ministers.") for verb in ("backs", "mocks", "signs", "fears")
    ]
    together = said(pairs)
    target._opinion.cache_clear()
    assert [said([pair]).tolist() for pair in reversed(pairs)] == [[row] for row in together.tolist()[::-1]]


def test_what_came_before_is_not_scored_again():
    pair = marked("<Spain> backs the plan of the other ministers.")
    said([pair])
    before = target._opinion.cache_info().misses
    assert (said([pair, marked("<Italy> backs the plan of the other ministers.")]) == said([pair])).all()
    assert target._opinion.cache_info().misses == before


@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS)).map(" ".join))
@example("A\u0301 \u0301b  c\u00a0d\te [MASK] [SEP]x 中文ΑΣ ΑΣ. \u200d ﬁ İ")
@settings(deadline=None)
def test_the_pieces_of_a_text_are_those_of_its_words(text):
    assert target._pieces(text) == target._tokenizer().encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("name", [target.MODEL, target.TOKENIZER])
def test_a_missing_and_a_damaged_model_are_named_with_what_to_do(name, tmp_path, monkeypatch):
    for file in (target.MODEL, target.TOKENIZER):
        shutil.copyfile(FOLDER / file, tmp_path / file)
    broken = tmp_path / name
    monkeypatch.setattr(target, "FOLDER", tmp_path)
    broken.write_bytes(broken.read_bytes()[:100_000])
    with unloaded(), pytest.raises(target.ModelError, match=f"{name}: the tone model cannot be read.*--tone lexicon"):
        said([marked("<Spain> has never been asked this before.")])
    broken.unlink()
    with unloaded(), pytest.raises(target.ModelError, match=f"{name}: the tone model is missing.*git checkout"):
        said([marked("<Spain> has never been asked this before.")])
    with pytest.raises(target.ModelError, match="is missing"):
        target.check()


@contextmanager
def unloaded() -> Iterator[None]:
    """As in a process that has not loaded the model."""
    kept = (target._session, target._tokenizer, target._of_word)
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


def test_swapping_the_name_for_another_of_its_kind_changes_no_label(shared):
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
    assert np.mean(np.array(labels(pairs)) == np.array(labels(swapped))) >= 0.99
