"""What an article leaves behind to be put beside others that tell the same event: hashes of its telling words.

Which articles tell one event is told from these alone, in `data.stories`; no text is read again for it.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable

from data.phrases import STOP_WORDS
from ingest.mentions import Span

#: Words of a text that count, beside those of its title: who, what, where and when stand at its head.
LEAD = 150

#: Code points of a text in which they stand, and in which an actor counts as named at its head.
HEAD = 1_000

#: Words that an article leaves behind at most.
MOST = 96

_WORD = re.compile(r"[^\W_](?:[^\W_]|(?<=\w)[-&](?=\w))*")


def signature(title: str, text: str, actors: Iterable[str] = ()) -> list[int]:
    """Hashes of the telling words of title and lead and of the actors named, rising, each once.

    Stop words, single letters and the plural's s do not count, nor do case and accents. The same words give the same
    hashes on any machine; they are not below 0 and within 31 bits. The last bit says whether the title has the word.

    >>> signature("Iraq's vote", "The votes were counted.") == signature("IRAQ votes", "Counted was the vote!")
    True
    """
    head = _telling(title)
    lead = _telling(text[:HEAD], LEAD)
    named = {f"actor:{actor}" for actor in actors}
    said = list(dict.fromkeys((*head, *sorted(named), *lead)))[:MOST]
    return sorted(_hash(word) | (word in head) for word in said)


def named_at_head(spans: Iterable[Span]) -> set[str]:
    """The actors that these spans of an article name in its title or at the head of its text."""
    return {span.actor for span in spans if span.field == "title" or span.start < HEAD}


def _telling(text: str, most: int | None = None) -> dict[str, None]:
    """The telling words of the first `most` words, in their order."""
    words = _WORD.findall(_folded(text))[:most]
    return dict.fromkeys(_singular(word) for word in words if len(word) > 1 and word not in _STOP)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    ).lower()


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


_STOP = frozenset(STOP_WORDS)


def _hash(word: str) -> int:
    """Even, and within 31 bits."""
    return zlib.crc32(word.encode("utf-8", "replace")) >> 2 << 1
