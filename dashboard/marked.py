"""A text with the passages that name actors marked by their tone, as HTML in which every piece is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.blocks import signed
from dashboard.theme import escape

_NEUTRAL = 0.05


@dataclass(frozen=True)
class Passage:
    """A sentence that names an actor: offsets in code points, and the tone toward it, None where not scored."""

    start: int
    end: int
    actor: str
    tone: float | None


def marked(text: str, passages: Iterable[Passage], names: Iterable[tuple[int, int]]) -> str:
    """The text in paragraphs; passages as marks with their actors and tones, names in bold.

    Whatever the text and the offsets hold, the only elements are p, mark, b and i, and without them and the tones the
    text is the same.
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
    """A mark in the colour of its tones (neutral where they disagree); the tones follow where a passage ends."""
    kinds = {_kind(p.tone) for p in passages}
    told = " · ".join(
        f"{escape(p.actor)} {signed(p.tone) if p.tone is not None else 'not scored'}" for p in passages if p.end == end
    )
    tag = f"<i>{told}</i>" if told else ""
    return f'<mark class="{kinds.pop() if len(kinds) == 1 else "neutral"}">{words}{tag}</mark>'


def _kind(tone: float | None) -> str:
    if tone is None or abs(tone) < _NEUTRAL:
        return "neutral"
    return "negative" if tone < 0 else "positive"


def _named(text: str, start: int, end: int, names: Sequence[tuple[int, int]]) -> str:
    """The stretch of text, escaped, with the parts that are names in bold."""
    pieces, at = [], start
    for left, right in sorted(names):
        left, right = max(left, at), min(right, end)
        if left < right:
            pieces.append(f"{escape(text[at:left])}<b>{escape(text[left:right])}</b>")
            at = right
    return "".join(pieces) + escape(text[at:end])
