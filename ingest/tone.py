"""Tone: of a whole article by VADER, sentence by sentence, and toward an actor in the passages that name it.

Names are masked before anything is scored, for VADER hears "United" (States), "Security" (Council) and "Justice"
(Department) as praise. Tone lies between -1 and +1.
"""

import string
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import polars as pl
from ahocorasick_rs import AhoCorasick, MatchKind

from ingest import vader
from ingest.text import SENTENCE_CAP, Stretch
from ingest.vader import Scores, score

__all__ = [
    "MODEL_VERSION",
    "ArticleTone",
    "Scores",
    "heard_toward",
    "masked",
    "names",
    "of_sentences",
    "score",
    "toward",
]

#: Changes whenever the same text may get another tone.
MODEL_VERSION = "vader-3.3.2+names-masked-1"

TOWARD = pl.Schema({"negative": pl.Float64, "neutral": pl.Float64, "positive": pl.Float64, "tone": pl.Float64})


# Toward an actor


def toward(texts: Sequence[str], spans: Sequence[Stretch]) -> pl.DataFrame:
    """The tone of each text toward what its span names: a row a pair, `negative, neutral, positive, tone`.

    A text is a sentence or a few; a span its code points from start to end. The first three columns are parts that sum
    to 1 as far as rounding allows, `tone` lies between -1 and +1. Raises ValueError where texts and spans are not
    equally many, or a span is empty or lies outside its text.

    This is the seam for a model that tells whom a sentence is about. VADER does not: it gives the tone of the words
    around the name, which is masked. Of a text longer than a sentence may be, it reads what is near the span.
    """
    if len(texts) != len(spans):
        raise ValueError(f"{len(texts)} texts but {len(spans)} spans: give each text its span")
    rows = [_toward_one(number, text, *span) for number, (text, span) in enumerate(zip(texts, spans, strict=True))]
    return pl.DataFrame(rows, schema=TOWARD, orient="row")


def _toward_one(number: int, text: str, start: int, end: int) -> Scores:
    if not 0 <= start < end <= len(text):
        raise ValueError(f"pair {number}: the span ({start}, {end}) is no part of its text of {len(text)} code points")
    return score(_around(text, start, end))


def heard_toward(text: str, span: Stretch) -> list[tuple[str, float]]:
    """The words that the tone toward this span comes from, each with its valence: boosted, negated, shouted."""
    words, valences = vader.hear(_around(text, *span))
    return [(words[place].strip(string.punctuation) or words[place], valence) for place, valence in valences]


def _around(text: str, start: int, end: int) -> str:
    """What is read of a text: the span and the other names crossed out."""
    first, last = _near(text, start, end)
    text = text[first:last]
    return masked(text, [(start - first, end - first), *_names_in(text)])


@lru_cache(maxsize=256)
def _names_in(sentence: str) -> tuple[Stretch, ...]:
    # A sentence comes once for each actor in it, one soon after the other.
    return tuple(names(sentence, [(0, len(sentence))]))


def _near(text: str, start: int, end: int) -> Stretch:
    """What to read of a text: all of it, or some 1,000 code points around the span, cut between words."""
    if len(text) <= SENTENCE_CAP:
        return 0, len(text)
    around = SENTENCE_CAP // 2
    first, last = max(0, start - around), min(len(text), end + around)
    if first:
        first = text.find(" ", first, start) + 1 or first
    if last < len(text):
        last = max(text.rfind(" ", end, last), end)
    return first, last


# Of an article


class ArticleTone(NamedTuple):
    """The tone of an article, and the percent of its words that are heard as positive and as negative."""

    tone: float
    positive: float
    negative: float


def of_sentences(sentences: Iterable[str]) -> ArticleTone:
    """The mean of the tones of these sentences, names masked in them; a title counts as one of them.

    The mean over sentences comes nearer to what people feel than one call for the whole text, which soon saturates.
    """
    tones: list[float] = []
    words = positive = negative = 0
    for sentence in sentences:
        heard = vader.hear(sentence)
        tones.append(vader.weigh(sentence, heard).compound)
        words += len(heard.words)
        for _, valence in heard.valences:
            positive += valence > 0
            negative += valence < 0
    if not words:
        return ArticleTone(0.0, 0.0, 0.0)
    return ArticleTone(sum(tones) / len(tones), 100 * positive / words, 100 * negative / words)


# Names


def masked(text: str, spans: Iterable[Stretch]) -> str:
    """The text with these spans crossed out, as long as before, white space kept.

    >>> masked("The United States won.", [(4, 17)])
    'The xxxxxx xxxxxx won.'
    """
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        start = max(start, done)
        pieces += text[done:start], _crossed_out(text[start:end])
        done = end
    return "".join(pieces) + text[done:]


@lru_cache(maxsize=4_096)
def _crossed_out(name: str) -> str:
    return "".join(letter if letter.isspace() else "x" for letter in name)


def names(text: str, sentences: Sequence[Stretch]) -> list[Stretch]:
    """The words in names that VADER would hear: "Security" in Security Council, "Hope" in Hope Hicks.

    In prose that is any capitalised word of its lexicon that begins no sentence and no quote. Where every word is
    capitalised, and where sentences begin, only words of an institution are sure to be a name. `sentences` are those of
    the text, in order.
    """
    found = [
        (start, end)
        for _, start, end in _capitalised().find_matches_as_indexes(text)
        if not text[end : end + 1].isalnum() and not (start and text[start - 1].isalnum())
    ]
    if not found:
        return []
    starts = [start for start, _ in sentences]
    # Two of a name's words often stand in one sentence; most sentences have none.
    prose: dict[int, bool] = {}
    kept: list[Stretch] = []
    for start, end in found:
        place = bisect_right(starts, start) - 1
        first, last = sentences[place] if place >= 0 else (0, len(text))
        if place not in prose:
            prose[place] = not _is_headline(text[first:last])
        if (prose[place] and _continues(text, first, start, end)) or _is_institution(text, start, end):
            kept.append((start, end))
    return kept


@lru_cache(maxsize=1)
def _capitalised() -> AhoCorasick:
    heard = [word for word in vader.lexicon() if len(word) > 2 and word.isalpha()]
    written = [word.capitalize() for word in heard] + [word.upper() for word in heard]
    return AhoCorasick(written, matchkind=MatchKind.LeftmostLongest)


def _is_headline(sentence: str) -> bool:
    """Whether most of its longer words begin with a capital, so that a capital says nothing; prose has a full stop."""
    if sentence.endswith((".", ".”", '."')):
        return False
    longer = [word for word in sentence.split() if len(word) > 3 and word[0].isalpha()]
    return 2 * sum(word[0].isupper() for word in longer) > len(longer)


def _continues(text: str, sentence: int, start: int, end: int) -> bool:
    """Whether a capitalised word stands within a sentence, behind a word or a comma."""
    before = text[max(sentence, start - 2) : start]
    return len(before) == 2 and before[1] in " -" and (before[0].isalnum() or before[0] in ",.&") and not (
        text[start:end].isupper()
    )  # fmt: skip


def _is_institution(text: str, start: int, end: int) -> bool:
    """Whether the words around make this one the name of an institution: Department of Justice, Democratic Party."""
    word = text[start:end].capitalize()
    # What follows a colon or a comma is another name.
    behind = [_bare(piece) for piece in text[end + 1 : end + 40].split(" ")[:3]] if text[end : end + 1] == " " else []
    before = [piece for piece in text[max(0, start - 40) : start].split(" ")[-4:-1] if piece]
    if word in _INSTITUTIONS and ((before and _is_capitalised(before[-1])) or behind[:1] in (["of"], ["for"])):
        return True
    if len(before) > 1 and before[-1].lower() in ("of", "for") and before[-2].capitalize() in _INSTITUTIONS:
        return True
    for near in behind:
        if not _is_capitalised(near):
            return False
        if near.capitalize() in _INSTITUTIONS:
            return True
    return False


def _bare(word: str) -> str:
    """A word without the punctuation and the 's behind it."""
    return word.rstrip(_PUNCTUATION).removesuffix("'s").removesuffix("’s")


_PUNCTUATION = ".,;:!?'\"’”)"


def _is_capitalised(word: str) -> bool:
    # "Obama's Justice Department" is a name, "Republicans, Party officials" are two.
    return word[:1].isupper() and word[-1].isalnum() and word not in _CAPITALISED_IN_HEADLINES


_CAPITALISED_IN_HEADLINES = frozenset(
    ("A", "An", "And", "As", "At", "By", "For", "From", "In", "No", "Of", "On", "Or", "The", "To", "With")
)


_INSTITUTIONS = frozenset(
    word
    for line in (
        "Act Administration Affairs Agency Airlines Airport Alliance Arab Army Assembly Association Authority Award",
        "Bank Bill Board Brigade Bureau Cabinet Caucus Center Centre Church Club Coalition College Commission",
        "Committee Conference Congress Convention Corporation Corps Council Court Day Defence Defense Department",
        "Emirates Force Forces Forum Foundation Front Fund Group Guard Herald Hospital House Initiative Institute",
        "Institution Justice Kingdom League Medal Methodist Ministry Minister Movement Museum Nations Network Office",
        "Organisation Organization Palace Party Plan Post Press Prize Program Project Research Russia School Secretary",
        "Security Senate Service Services Society States Steelworkers Summit Technologies Times Treaty Tribunal Trust",
        "Union University Veterans Watch Workers",
    )
    for word in line.split()
)
