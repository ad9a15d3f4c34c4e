"""Tone: of a whole article by VADER, sentence by sentence, and toward an actor in its passages, by model or by lexicon.

Names are masked before anything is scored, for VADER hears "United" (States), "Security" (Council) and "Justice"
(Department) as praise, and a model would learn who is usually blamed. Tone lies between -1 and +1.
"""

import string
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, get_args

import numpy as np
import polars as pl
from ahocorasick_rs import AhoCorasick, MatchKind

from data.models import about
from ingest import target, vader
from ingest.text import SENTENCE_CAP, Stretch
from ingest.vader import Scores, score

__all__ = [
    "BY",
    "DEFAULT",
    "LEXICON_VERSION",
    "MODEL_VERSION",
    "SURE",
    "ArticleTone",
    "By",
    "Scores",
    "Toward",
    "heard_toward",
    "lexicon_toward",
    "masked",
    "names",
    "of_passages",
    "of_sentences",
    "score",
    "toward",
    "version",
]

#: What the tone toward an actor comes from. The lexicon is quick; its tone stands beside the model's in any case.
By = Literal["model", "lexicon"]
BY: tuple[By, ...] = get_args(By)

DEFAULT: By = "model"

#: These change whenever the same text may get another tone, or other topics: a reading has one version for all of it.
LEXICON_VERSION = f"vader-3.3.2+names-masked-2+{about.VERSION}"
MODEL_VERSION = f"arctic-1+{LEXICON_VERSION}"

#: The least confidence with which a passage counts; with less, the model abstains. On the labels that recipes are
#: chosen by, 86 % of those above it are right, and of those below it half.
SURE = 0.6

TOWARD = pl.Schema({"negative": pl.Float64, "neutral": pl.Float64, "positive": pl.Float64, "tone": pl.Float64})


# Toward an actor


def toward(texts: Sequence[str], spans: Sequence[Stretch]) -> pl.DataFrame:
    """The model's tone of each text toward what its span names: `negative, neutral, positive, tone`, a row a pair.

    A text is a sentence or a few; a span its code points from start to end. The first three columns are how likely each
    is and sum to 1 as far as rounding allows; `tone` is positive - negative. Of a long text it reads what is near the
    span. Raises ValueError where texts and spans are not equally many, or a span is empty or lies outside its text;
    target.ModelError where the model cannot be loaded.
    """
    _check(texts, spans)
    said = target.opinions(texts, spans).astype(np.float64)
    negative, neutral, positive = said.T
    return pl.DataFrame({"negative": negative, "neutral": neutral, "positive": positive, "tone": positive - negative})


def lexicon_toward(texts: Sequence[str], spans: Sequence[Stretch]) -> pl.DataFrame:
    """The tone of the words around each span by VADER, names masked: `negative, neutral, positive, tone`, a row a pair.

    It cannot tell whom a sentence is about. The first three columns are parts of the text, `tone` is VADER's compound.
    Takes and raises what `toward` does, but for the model's faults.
    """
    _check(texts, spans)
    rows = [score(_around(text, *span)) for text, span in zip(texts, spans, strict=True)]
    return pl.DataFrame(rows, schema=TOWARD, orient="row")


def version(by: By) -> str:
    """What readings are marked with: by which model their tones were made."""
    return MODEL_VERSION if by == "model" else LEXICON_VERSION


def _check(texts: Sequence[str], spans: Sequence[Stretch]) -> None:
    """Say what is wrong with a call before anything is loaded or scored."""
    if len(texts) != len(spans):
        raise ValueError(f"{len(texts)} texts but {len(spans)} spans: give each text its span")
    for number, (text, (start, end)) in enumerate(zip(texts, spans, strict=True)):
        if not 0 <= start < end <= len(text):
            raise ValueError(
                f"pair {number}: the span ({start}, {end}) is no part of its text of {len(text)} code points"
            )


class Toward(NamedTuple):
    """The tone toward an actor, and how sure it is, 0 ... 1."""

    tone: float | None
    confidence: float | None


def of_passages(tones: Sequence[float], confidences: Sequence[float]) -> Toward:
    """The mean of the tones that are sure, with the mean of their confidences; both of no passages are None.

    Where none is sure there is no tone, only the highest confidence: the model abstains.

    >>> of_passages([0.75, 0.25, -1.0], [0.75, 0.625, 0.375])
    Toward(tone=0.5, confidence=0.6875)
    >>> of_passages([-0.5], [0.375])
    Toward(tone=None, confidence=0.375)
    """
    sure = [place for place, confidence in enumerate(confidences) if confidence >= SURE]
    if not sure:
        return Toward(None, max(confidences, default=None))
    return Toward(
        sum(tones[place] for place in sure) / len(sure), sum(confidences[place] for place in sure) / len(sure)
    )


def heard_toward(text: str, span: Stretch) -> list[tuple[str, float]]:
    """The words that the lexicon hears around this span, each with its valence: boosted, negated, shouted."""
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
