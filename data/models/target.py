"""What the target-tone model reads: a text with the target's name taken out and its place marked.

The model must judge what is said about a target, never who the target is: one politician's name alone would predict
"negative" (61 % of his sentences in the training set). So no letter of the name reaches it, here or elsewhere in the
text; only whether it names a person or a body.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby

from data.models.kinds import is_body

Pieces = Callable[[str], Sequence[int]]
"""Word pieces of a text, without any special token: the ids of model and tokenizer."""

# Ids of the vocabulary of BERT (uncased), which MiniLM shares; 1, 2 and 3 are its first unused ones. NAME stands for
# someone's name, BODY for that of a country or an institution.
CLS, SEP, NAME, OPEN, CLOSE, BODY = 101, 102, 103, 1, 2, 3

LABELS = ("negative", "neutral", "positive")

#: Pieces read before and behind the target; nine in ten sentences have fewer.
REACH = 64

#: Code points that are enough for so many pieces, however long the text is.
WINDOW = 8 * REACH


def encode(text: str, start: int, end: int, pieces: Pieces) -> list[int]:
    """The ids for one target: `[CLS] before <open> name <close> behind [SEP]`, at most 2 * REACH + 5 of them.

    The same for every name of one kind, a person's or a country's and institution's. Raises ValueError where
    the span is empty or lies outside the text.
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"the span ({start}, {end}) is no part of its text of {len(text)} code points")
    again, name = _about(text[start:end]) if end - start <= WINDOW else (None, NAME)
    before = _pieces(text[max(0, start - WINDOW) : start], again, name, pieces)[-REACH:]
    behind = _pieces(text[end : end + WINDOW], again, name, pieces)[:REACH]
    return [CLS, *before, OPEN, name, CLOSE, *behind, SEP]


@lru_cache(maxsize=4_096)
def _about(name: str) -> tuple[re.Pattern[str] | None, int]:
    """What finds the name elsewhere, and what stands in its place."""
    return _again(name), BODY if is_body(name) else NAME


def _again(name: str) -> re.Pattern[str] | None:
    """Finds the target's name elsewhere, whole or by its last word: "Angela Merkel", then "Merkel's"."""
    words = [word for word in re.findall(r"\w[\w.’'-]*", name) if word[0].isupper()]
    if not words:
        return None
    last = re.sub(r"(?:['’]s|\.)$", "", words[-1])
    if len(last) < 2:
        return None
    whole = re.escape(name.strip())
    return re.compile(rf"(?<!\w)(?:{whole}|{re.escape(last)})(?!\w)")


def _pieces(text: str, again: re.Pattern[str] | None, name: int, pieces: Pieces) -> list[int]:
    if again is None:
        return list(pieces(text))
    parts = [list(pieces(part)) for part in again.split(text)]
    ids = parts[0]
    for part in parts[1:]:
        ids += [name, *part]
    return ids


def batches(encoded: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """Places of equally long inputs together, `most` at a time: nothing is padded, so nothing need be left out."""
    order = sorted(range(len(encoded)), key=lambda place: len(encoded[place]))
    found: list[list[int]] = []
    for _, group in groupby(order, key=lambda place: len(encoded[place])):
        places = list(group)
        found += [places[first : first + most] for first in range(0, len(places), most)]
    return found
