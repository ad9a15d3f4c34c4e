"""What an article's words leave behind to be compared: a fingerprint that whole reprints share, and a sketch of runs.

Which article reprints which is told from these alone, in `data.copies`; no text is read again for it.
"""

import hashlib
import zlib

import numpy as np
from numpy.typing import NDArray

from ingest.text import words

#: Under this many words two texts may be equal by chance: "Click here to see the video."
LEAST_WORDS = 50

#: Words in a run. Two texts that share one of five words have it from each other, or from somebody that both quote.
RUN = 5

#: One run in so many is kept, but never fewer than LEAST or more than MOST of a text.
EACH = 16
LEAST, MOST = 48, 96


def fingerprint(text: str) -> str | None:
    """32 hex digits of the text's words; case, punctuation and white space do not count. None under 50 words.

    >>> fingerprint("NATO met. " * 25) == fingerprint("“Nato” met … " * 25)
    True
    >>> fingerprint("NATO met.") is None
    True
    """
    said = words(text)
    if len(said) < LEAST_WORDS:
        return None
    return hashlib.blake2b(" ".join(said).encode("utf-8", "replace"), digest_size=16).hexdigest()


def sketch(text: str) -> list[int] | None:
    """The least hashes of the text's runs of five words, rising, each once. None under 50 words.

    The same words give the same hashes on any machine, in the range of 32 bits with a sign. A text that holds another
    has those of the other's hashes that are no greater than its own greatest.

    >>> text = " ".join(f"word{number}" for number in range(90))
    >>> len(sketch(text)), set(sketch(text + " More.")) >= set(sketch(text)[:-1])
    (48, True)
    """
    said = words(text)
    return sketch_of(np.fromiter(map(word_hash, said), np.uint64, len(said)))


def word_hash(word: str) -> int:
    """Of a word as `ingest.text.words` gives it."""
    return zlib.crc32(word.encode("utf-8", "replace"))


def sketch_of(said: NDArray[np.uint64]) -> list[int] | None:
    """The sketch of a text of which each word's `word_hash` is known."""
    if said.size < LEAST_WORDS:
        return None
    hashes = np.unique(_hashes(said))
    kept = min(max(hashes.size // EACH, LEAST), MOST)
    least: list[int] = hashes[:kept].tolist()
    return least


def _hashes(each: NDArray[np.uint64]) -> NDArray[np.int64]:
    """A hash of each run; the least ones are a sample that has nothing to do with what they say."""
    runs = each.size - RUN + 1
    mixed = np.zeros(runs, np.uint64)
    for place in range(RUN):
        mixed = mixed * _FACTOR + each[place : place + runs]
    # The finish of MurmurHash3, which spreads every bit over all.
    for factor in _SPREAD:
        mixed = (mixed ^ (mixed >> np.uint64(33))) * factor
    return (mixed >> np.uint64(32)).astype(np.int64) - 2**31


_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
