"""VADER's four numbers exactly as vaderSentiment gives them, in a quarter of its time.

vaderSentiment stays the source of the lexicon and of every constant. It lowers and looks up all words of a sentence
again for each word of the lexicon in it; here each word is looked up once and remembered, and a sentence without such
words is neutral at once. The tests hold the two together.
"""

import math
import string
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    C_INCR,
    N_SCALAR,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
    allcap_differential,
    normalize,
)


class Scores(NamedTuple):
    """Parts of the text that are negative, neutral and positive, and the compound, -1 ... +1."""

    negative: float
    neutral: float
    positive: float
    compound: float


class Heard(NamedTuple):
    """A text in words as VADER parts them, and the valence of those that it hears: (index of the word, valence)."""

    words: list[str]
    valences: list[tuple[int, float]]


def score(text: str) -> Scores:
    """The four numbers of `SentimentIntensityAnalyzer().polarity_scores(text)`.

    >>> score("The talks were a great success.")
    Scores(negative=0.0, neutral=0.339, positive=0.661, compound=0.8316)
    """
    text = _spelled(text)
    return weigh(text, _hear(text))


def hear(text: str) -> Heard:
    """The words of the text that VADER hears, each with the valence it has in its place: boosted, negated, shouted."""
    return _hear(_spelled(text))


def weigh(text: str, heard: Heard) -> Scores:
    """The four numbers of a text, from what was heard in it."""
    if not heard.valences:
        return _NEUTRAL if heard.words else _NOTHING
    valences = [valence for _, valence in heard.valences]
    emphasis = _emphasis(text)
    total = float(sum(valences))
    compound = normalize(total + math.copysign(emphasis, total) if total else 0.0)
    # A word counts for one, like a neutral word, and its valence comes on top.
    positive = negative = 0.0
    neutral = len(heard.words)
    for valence in valences:
        if valence > 0:
            positive += valence + 1
            neutral -= 1
        elif valence < 0:
            negative += valence - 1
            neutral -= 1
    if positive > -negative:
        positive += emphasis
    elif positive < -negative:
        negative -= emphasis
    whole = positive - negative + neutral
    return Scores(
        round(math.fabs(negative / whole), 3),
        round(math.fabs(neutral / whole), 3),
        round(math.fabs(positive / whole), 3),
        round(compound, 4),
    )


_NEUTRAL = Scores(0.0, 1.0, 0.0, 0.0)
_NOTHING = Scores(0.0, 0.0, 0.0, 0.0)


def _emphasis(text: str) -> float:
    shouts = min(text.count("!"), 4)
    doubts = text.count("?")
    return shouts * 0.292 + (0 if doubts <= 1 else doubts * 0.18 if doubts <= 3 else 0.96)


# Words


class _Word(NamedTuple):
    """What VADER knows about a word. All words that it knows nothing about are `_PLAIN`."""

    text: str  # lower-cased
    valence: float | None  # None where the lexicon has no such word
    heard: bool
    booster: float
    negates: bool
    idiomatic: bool
    shouted: bool


_PLAIN = _Word("", None, False, 0.0, False, False, False)
_MOST_REMEMBERED = 100_000


class _Vocabulary(dict[str, _Word]):
    """Word as written -> what VADER knows about it; the press uses the same few words again and again."""

    def __init__(self, lexicon: dict[str, float]) -> None:
        super().__init__()
        self._lexicon = lexicon
        self._idiomatic = {
            word for phrase in (*SPECIAL_CASES, *BOOSTER_DICT) if " " in phrase for word in phrase.split()
        }
        self._known = {*lexicon, *BOOSTER_DICT, *NEGATE, *self._idiomatic, *_TURNING}

    def __missing__(self, written: str) -> _Word:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        word = self[written] = self._looked_up(written)
        return word

    def _looked_up(self, written: str) -> _Word:
        stripped = written.strip(string.punctuation)
        # Two letters or fewer may be an emoticon, and keep their punctuation.
        lowered = (written if len(stripped) <= 2 else stripped).lower()
        negates = "n't" in lowered
        if lowered not in self._known and not negates:
            return _PLAIN
        return _Word(
            text=lowered,
            valence=self._lexicon.get(lowered),
            heard=lowered in self._lexicon and lowered not in BOOSTER_DICT,
            booster=BOOSTER_DICT.get(lowered, 0.0),
            negates=negates or lowered in NEGATE,
            idiomatic=lowered in self._idiomatic,
            shouted=written.isupper(),
        )


# Words that turn the valence of others without being negations or boosters themselves.
_TURNING = ("no", "or", "nor", "so", "this", "never", "without", "doubt", "least", "at", "very", "but", "kind", "of")


@lru_cache(maxsize=1)
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    return _Vocabulary(_analyzer().lexicon)


def lexicon() -> dict[str, float]:
    """VADER's words and their valences, -4 ... +4."""
    return dict(_analyzer().lexicon)


# Emoji


def _spelled(text: str) -> str:
    """Emoji as the words that describe them."""
    emojis = _analyzer().emojis
    if text.isascii() or emojis.keys().isdisjoint(text):
        return text
    spelled: list[str] = []
    after_space = True
    for letter in text:
        if letter in emojis:
            spelled.append(emojis[letter] if after_space else f" {emojis[letter]}")
            after_space = False
        else:
            spelled.append(letter)
            after_space = letter == " "
    return "".join(spelled)


# Valence


def _hear(text: str) -> Heard:
    written = text.split()
    words = list(map(_vocabulary().__getitem__, written))
    heard = [place for place, word in enumerate(words) if word.heard]
    if not heard:
        return Heard(written, [])
    valences = [(place, _valence(words, place, written)) for place in heard if not _is_kind_of(words, place)]
    return Heard(written, _turned_by_but(words, valences) if "but" in text.lower() else valences)


def _is_kind_of(words: Sequence[_Word], place: int) -> bool:
    return words[place].text == "kind" and place + 1 < len(words) and words[place + 1].text == "of"


def _valence(words: Sequence[_Word], i: int, written: Sequence[str]) -> float:
    """What the word at i is worth among its neighbours: `sentiment_valence` of vaderSentiment, step by step."""
    word = words[i]
    before = words[i - 1] if i > 0 else _PLAIN
    second = words[i - 2] if i > 1 else _PLAIN
    third = words[i - 3] if i > 2 else _PLAIN
    base = valence = word.valence or 0.0
    if word.text == "no" and i + 1 < len(words) and words[i + 1].valence is not None:
        valence = 0.0
    if before.text == "no" or second.text == "no" or (third.text == "no" and before.text in ("or", "nor")):
        valence = base * N_SCALAR
    if word.shouted and allcap_differential(written):
        valence += C_INCR if valence > 0 else -C_INCR
    if before.valence is None and before is not _PLAIN:
        valence += _boost(before, valence, written)
        if before.negates:
            valence *= N_SCALAR
    if second.valence is None and second is not _PLAIN:
        valence += _boost(second, valence, written) * 0.95
        if second.text == "never" and before.text in ("so", "this"):
            valence *= 1.25
        elif second.negates and not (second.text == "without" and before.text == "doubt"):
            valence *= N_SCALAR
    if i > 2 and third.valence is None:
        valence += _boost(third, valence, written) * 0.9
        # The missing brackets are vaderSentiment's: "so" or "this" right before is enough.
        if (third.text == "never" and second.text in ("so", "this")) or before.text in ("so", "this"):
            valence *= 1.25
        elif third.negates and not (third.text == "without" and "doubt" in (second.text, before.text)):
            valence *= N_SCALAR
        valence = _idiom(words, i, valence)
    if before.text == "least" and before.valence is None and second.text not in ("at", "very"):
        valence *= N_SCALAR
    return valence


def _boost(word: _Word, valence: float, written: Sequence[str]) -> float:
    if not word.booster:
        return 0.0
    boost = word.booster if valence >= 0 else -word.booster
    if word.shouted and allcap_differential(written):
        boost += C_INCR if valence > 0 else -C_INCR
    return boost


def _idiom(words: Sequence[_Word], i: int, valence: float) -> float:
    if not _is_near_idiom(words, i):
        return valence
    third, second, before, word, *after = (one.text for one in words[i - 3 : i + 3])
    for phrase in (
        f"{before} {word}",
        f"{second} {before} {word}",
        f"{second} {before}",
        f"{third} {second} {before}",
        f"{third} {second}",
    ):
        if phrase in SPECIAL_CASES:
            valence = SPECIAL_CASES[phrase]
            break
    if after:
        valence = SPECIAL_CASES.get(f"{word} {after[0]}", valence)
    if len(after) > 1:
        valence = SPECIAL_CASES.get(f"{word} {after[0]} {after[1]}", valence)
    for phrase in (f"{third} {second} {before}", f"{third} {second}", f"{second} {before}"):
        valence += BOOSTER_DICT.get(phrase, 0.0)
    return valence


def _is_near_idiom(words: Sequence[_Word], i: int) -> bool:
    """Whether two words of idioms stand side by side around i; mostly they do not, and then there is no idiom."""
    third, second, before, word = words[i - 3 : i + 1]
    if before.idiomatic:
        return second.idiomatic or word.idiomatic
    if second.idiomatic and third.idiomatic:
        return True
    return word.idiomatic and i + 1 < len(words) and words[i + 1].idiomatic


def _turned_by_but(words: Sequence[_Word], valences: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Half of what stands before the first "but", and half as much again of what stands behind it."""
    but = next((place for place, word in enumerate(words) if word.text == "but"), None)
    if but is None:
        return valences
    places = [place for place, _ in valences]
    turned = [valence for _, valence in valences]
    for place in range(len(turned)):
        # Of words with equal valence vaderSentiment always turns the first one, and so must we.
        first = turned.index(turned[place])
        turned[first] *= 0.5 if places[first] < but else 1.5
    return list(zip(places, turned, strict=True))
