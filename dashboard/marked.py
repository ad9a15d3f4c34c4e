"""A text with the passages about actors marked by their tone, as HTML in which every piece is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.theme import escape
from data.queries import Kind


@dataclass(frozen=True)
class Passage:
    """A sentence about an actor: offsets in code points, what its tone is, that in words, and more on request.

    One that is `sought` is the one that a link leads to.
    """

    start: int
    end: int
    kind: Kind
    told: str
    more: str = ""
    sought: bool = False


def marked(text: str, passages: Iterable[Passage], names: Iterable[tuple[int, int]]) -> str:
    """The text in paragraphs; passages as marks, each with its words behind it and more in its title; names in bold.

    Whatever the text and the offsets hold, the only elements are p, mark, b and i, and without them and those words
    the text is the same.
    """
    wanted = [p for p in passages if 0 <= p.start < p.end <= len(text)]
    bold = [(start, end) for start, end in names if 0 <= start < end <= len(text)]
    parts, start = [], 0
    for line in text.split("\n"):
        if line.strip():
            parts.append(f"<p>{_line(text, start, start + len(line), wanted, bold)}</p>")
        start += len(line) + 1
    return "".join(parts)


def _line(text: str, start: int, end: int, passages: Sequence[Passage], names: Sequence[tuple[int, int]]) -> str:
    here = [p for p in passages if p.start < end and p.end > start]
    cuts = sorted({start, end, *(cut for p in here for cut in (p.start, p.end) if start < cut < end)})
    pieces = []
    for left, right in pairwise(cuts):
        inside = [p for p in here if p.start <= left and p.end >= right]
        words = _named(text, left, right, names)
        pieces.append(_mark(words, inside, right) if inside else words)
    return "".join(pieces)


def _mark(words: str, passages: Sequence[Passage], end: int) -> str:
    """A mark that looks as its kind, or mixed where they disagree; the words follow where a passage ends."""
    told = " · ".join(escape(p.told) for p in passages if p.end == end)
    more = escape(" ".join(p.more for p in passages if p.more))
    title = f' title="{more}"' if more else ""
    tag = f"<i>{told}</i>" if told else ""
    sought = " here" if any(p.sought for p in passages) else ""
    place = ' id="sought"' if sought else ""
    return f'<mark class="{look(passages)}{sought}"{place}{title}>{words}</mark>{tag}'


def look(passages: Iterable[Passage]) -> str:
    """The kind that these passages of one stretch are of, or mixed; one with a tone outdoes one without."""
    kinds = {p.kind for p in passages}
    kinds = kinds - {"unsure", "not_scored"} or kinds
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _named(text: str, start: int, end: int, names: Sequence[tuple[int, int]]) -> str:
    """The stretch of text, escaped, with the parts that are names in bold."""
    pieces, at = [], start
    for left, right in sorted(names):
        left, right = max(left, at), min(right, end)
        if left < right:
            pieces.append(f"{escape(text[at:left])}<b>{escape(text[left:right])}</b>")
            at = right
    return "".join(pieces) + escape(text[at:end])
