"""Which articles hold the words that a great part of all articles hold: a bit an article, worked out ahead.

To look such a word up takes as long as there are articles that hold it; its bits lie ready in a file that is mapped.
They are of the first rows of an index (data/index.py) and stay true while others follow, since a row has one article
for ever. The file is derived from the index, and can be deleted at any time.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import columns

#: Eight rows a byte, by word; title and text are one.
Ready = Mapping[str, NDArray[np.uint8]]

#: In an index of fewer rows any word is looked up in milliseconds.
FEWEST = 100_000

#: A word that more than this part of all texts hold has its bits ready: 450 words of English news, 56 bytes an article.
PART = 1 / 6

#: They are made anew when more than this part of all rows came later.
LATER = 1 / 8


def opened(folder: Path) -> Ready:
    """What lies ready in the folder of an index; nothing where nothing whole does. Raises OSError."""
    try:
        return columns.read(_file(folder)).tables["words"].columns
    except (FileNotFoundError, columns.Damaged):
        return {}


def rows(ready: Ready) -> int:
    """How many rows it tells of, from the first on."""
    return min((len(bits) * 8 for bits in ready.values()), default=0)


def is_due(folder: Path, there: int) -> bool:
    """Whether an index of so many rows is worth that its bits are made, or made anew."""
    return there >= FEWEST and there - rows(opened(folder)) > LATER * there


def write(folder: Path, texts: int, words: Iterable[tuple[str, int]], held: Callable[[str], NDArray[np.bool_]]) -> None:
    """Make the file anew, of words and how many of so many texts hold each; `held` tells whether a row holds one."""
    bits = {}
    for word, times in words:
        if times > PART * texts:
            told = held(word)
            bits[word] = np.packbits(told[: len(told) // 8 * 8])
    columns.write(_file(folder), {"words": columns.Table({"crc": [str(_crc(bits))]}, bits)})


def is_rotten(folder: Path) -> bool:
    """Whether a file that lies there has other bits than were written."""
    try:
        table = columns.read(_file(folder)).tables["words"]
    except FileNotFoundError:
        return False
    except columns.Damaged:
        return True
    return table.names["crc"] != [str(_crc(table.columns))]


def _crc(bits: Ready) -> int:
    crc = 0
    for word in bits:
        crc = zlib.crc32(bits[word].tobytes(), zlib.crc32(word.encode(), crc))
    return crc


def _file(folder: Path) -> Path:
    return folder / "broad"
