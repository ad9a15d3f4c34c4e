"""A text with the passages about actors marked by their tone, as HTML in which every piece is escaped."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
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


#: More than a long read has: of a longer text, or of one with more passages, the rest is drawn only where it is sought.
MOST_LETTERS, MOST_PASSAGES = 100_000, 1_000
#: Code points that are drawn before and behind a place that is sought there.
AROUND = 2_000

Stretch = tuple[int, int]


def stretches(text: str, passages: Collection[Stretch], sought: int | None = None) -> list[Stretch]:
    """The parts of a text that are drawn: its beginning and, behind that, what stands around the place sought.

    >>> stretches("NATO met. " * 20_000, [], sought=150_000)
    [(0, 100000), (148000, 152000)]
    """
    end = min(len(text), MOST_LETTERS)
    if len(passages) > MOST_PASSAGES:
        end = min(end, sorted(passages)[MOST_PASSAGES][0])
    if end == len(text):
        return [(0, end)]
    end = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end)) + 1 or end
    if sought is None or not end <= sought < len(text):
        return [(0, end)]
    return [(0, end), (max(end, sought - AROUND), min(len(text), sought + AROUND))]


def marked(text: str, passages: Iterable[Passage], names: Iterable[Stretch], stretch: Stretch | None = None) -> str:
    """The text in paragraphs; passages as marks, each with its words behind it and more in its title; names in bold.

    Whatever the text and the offsets hold, the only elements are p, mark, b and i, and without them and those words
    the text is the same. Of a part of a text, which `stretch` says, that part.
    """
    first, last = stretch or (0, len(text))
    coming = sorted(
        (p for p in passages if 0 <= p.start < p.end <= len(text) and p.end > first),
        key=lambda p: p.start,
        reverse=True,
    )
    bold = _Names(text, names)
    here: list[Passage] = []
    parts, start = [], first
    for line in text[first:last].split("\n"):
        end = start + len(line)
        if line.strip():
            here = [p for p in here if p.end > start]
            while coming and coming[-1].start < end:
                here.append(coming.pop())
            parts.append(f"<p>{_line(start, end, here, bold)}</p>")
        start = end + 1
    return "".join(parts)


def _line(start: int, end: int, here: Sequence[Passage], names: "_Names") -> str:
    """One paragraph; `here` are the passages that may touch it, by their starts."""
    cuts = sorted({start, end, *(cut for p in here for cut in (p.start, p.end) if start < cut < end)})
    pieces, inside, coming = [], list[Passage](), list(reversed(here))
    for left, right in pairwise(cuts):
        while coming and coming[-1].start <= left:
            inside.append(coming.pop())
        inside = [p for p in inside if p.end > left]
        words = names.bold(left, right)
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


class _Names:
    """A text with names in it; those that overlap are cut into pieces that do not, so that each is looked at once."""

    def __init__(self, text: str, names: Iterable[Stretch]) -> None:
        self.text, at = text, 0
        self.pieces: list[Stretch] = []
        for start, end in sorted(names):
            if 0 <= start < end <= len(text) and end > at:
                self.pieces.append((max(start, at), end))
                at = end

    def bold(self, start: int, end: int) -> str:
        """A stretch of the text, escaped, with the parts that are names in bold."""
        written, at = [], start
        for number in range(bisect_right(self.pieces, start, key=lambda piece: piece[1]), len(self.pieces)):
            left, right = max(self.pieces[number][0], start), min(self.pieces[number][1], end)
            if left >= end:
                break
            written.append(f"{escape(self.text[at:left])}<b>{escape(self.text[left:right])}</b>")
            at = right
        return "".join(written) + escape(self.text[at:end])
