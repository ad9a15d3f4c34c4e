"""Which language a text is written in: py3langid's model, in a third of the memory that it takes as it comes."""

from array import array
from collections.abc import Sequence
from functools import lru_cache
from struct import iter_unpack

from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier
from py3langid.modelio import load_model

from data.memory import give_back


@lru_cache(maxsize=1)
def identifier() -> LanguageIdentifier:
    """The identifier of all languages that have a code of two letters, made once. Its scores are probabilities.

    Without Latin: like Pidgin, it is near enough to English headlines to win some of them, and no outlet writes in it.
    """
    scores, priors, codes, moves, rows, outputs = load_model(MODEL_DIR / MODEL_FILE)
    kept = [place for place, code in enumerate(codes) if len(code) == 2 and code != "la"]
    # Made of these alone: `set_languages` would keep the scores of all languages beside them.
    made = LanguageIdentifier(
        scores[:, kept],
        priors[kept],
        [codes[place] for place in kept],
        _Blocks(moves),
        outputs,
        norm_probs=True,
        tk_row=rows,
    )
    del scores, moves
    give_back()  # to read the model takes three times what is kept of it
    return made


class _Blocks:
    """A long row of numbers of which most stretches are alike: each stretch is kept once.

    >>> blocks = _Blocks(array("I", [7] * 16 + list(range(16)) + [7] * 16))
    >>> blocks[0], blocks[18], blocks[47], len(blocks.numbers)
    (7, 2, 7, 32)
    """

    __slots__ = ("begins", "numbers")

    def __init__(self, numbers: "array[int]") -> None:
        """The count of `numbers` is a multiple of 16."""
        known: dict[bytes, int] = {}
        stretches = iter_unpack(f"{16 * numbers.itemsize}s", numbers)
        self.begins: Sequence[int] = array("I", [16 * known.setdefault(one, len(known)) for (one,) in stretches])
        self.numbers: Sequence[int] = array(numbers.typecode, b"".join(known))

    def __getitem__(self, place: int) -> int:
        return self.numbers[self.begins[place >> 4] + (place & 15)]
