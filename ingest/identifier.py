"""Which language a text is written in: py3langid's model, in a third of the memory that it takes as it comes."""

import lzma
import shutil
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from struct import iter_unpack
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZipFile

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

#: Bytes of the model that are read at a time: by its own loader it is held several times over.
_PIECE = 1_048_576


@lru_cache(maxsize=1)
def identifier() -> LanguageIdentifier:
    """The identifier of all languages that have a code of two letters, made once. Its scores are probabilities.

    Without Latin: like Pidgin, it is near enough to English headlines to win some of them, and no outlet writes in it.
    """
    with TemporaryFile() as unpacked:
        with lzma.open(MODEL_DIR / MODEL_FILE) as packed:
            shutil.copyfileobj(packed, unpacked, _PIECE)
        with ZipFile(unpacked) as model:
            codes = _whole(model, "classes").tolist()
            kept = [place for place, code in enumerate(codes) if len(code) == 2 and code != "la"]
            # Made of these alone: `set_languages` would keep the scores of all languages beside them.
            return LanguageIdentifier(
                _columns(model, "ptc", kept),
                _whole(model, "pc")[kept],
                [codes[place] for place in kept],
                _Blocks(_numbers(model, "nextmove")),
                _whole(model, "out_feat").tolist(),
                norm_probs=True,
                tk_row=array("H", _whole(model, "nextmove_row").tobytes()),
            )


def _opened(model: ZipFile, name: str) -> tuple[IO[bytes], tuple[int, ...], "np.dtype[np.generic]"]:
    """An array of the model, before its first number, with its shape and the kind of its numbers."""
    member = model.open(f"{name}.npy")
    npy.read_magic(member)
    shape, _, kind = npy.read_array_header_1_0(member)
    return member, shape, kind


def _whole(model: ZipFile, name: str) -> NDArray[np.generic]:
    member, shape, kind = _opened(model, name)
    return np.frombuffer(member.read(), kind).reshape(shape)


def _columns(model: ZipFile, name: str, kept: Sequence[int]) -> NDArray[np.generic]:
    """Some columns of a table."""
    member, (rows, columns), kind = _opened(model, name)
    found = np.empty((rows, len(kept)), kind)
    at_once = _PIECE // (columns * kind.itemsize)
    for first in range(0, rows, at_once):
        piece = member.read(at_once * columns * kind.itemsize)
        found[first : first + at_once] = np.frombuffer(piece, kind).reshape(-1, columns)[:, kept]
    return found


def _numbers(model: ZipFile, name: str) -> Iterator["array[int]"]:
    """The numbers of a long row, piece by piece."""
    member, _, kind = _opened(model, name)
    while piece := member.read(_PIECE):
        yield array({2: "H", 4: "I"}[kind.itemsize], piece)


class _Blocks:
    """A long row of numbers of which most stretches are alike: each stretch is kept once.

    >>> blocks = _Blocks([array("I", [7] * 16 + list(range(16))), array("I", [7] * 16)])
    >>> blocks[0], blocks[18], blocks[47], len(blocks.numbers)
    (7, 2, 7, 32)
    """

    __slots__ = ("begins", "numbers")

    def __init__(self, pieces: Iterable["array[int]"]) -> None:
        """The count of numbers in each of the `pieces` of the row is a multiple of 16."""
        known: dict[bytes, int] = {}
        begins, kind = array("I"), "I"
        for piece in pieces:
            kind = piece.typecode
            stretches = iter_unpack(f"{16 * piece.itemsize}s", piece)
            begins.extend([16 * known.setdefault(one, len(known)) for (one,) in stretches])
        self.begins: Sequence[int] = begins
        self.numbers: Sequence[int] = array(kind, b"".join(known))

    def __getitem__(self, place: int) -> int:
        return self.numbers[self.begins[place >> 4] + (place & 15)]
