"""The one door in for text: cleaned, cut into sentences, its language told. All of it in linear time.

Offsets are code points. `clean` is where every text of the outside world comes in; what is stored has passed it, and
passing it again changes nothing.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import overload

from ingest.identifier import identifier

TITLE_CAP = 1_000
TEXT_CAP = 500_000
SENTENCE_CAP = 1_000

#: A stretch of a text: its first code point and the one behind its last.
Stretch = tuple[int, int]


# Cleaning


def clean(text: str, cap: int = TEXT_CAP) -> str:
    """The text as it may be stored: NFC, white space single, paragraphs parted by one line break, at most `cap` long.

    Controls, bidi overrides and zero-width marks are gone; lone surrogates stand as U+FFFD.

    >>> clean("NA\\x00TO \\t met.\\r\\n\\r\\nIn Oslo\\u202e. ")
    'NATO met.\\nIn Oslo.'
    """
    text = _DROPPED.sub("", text)
    text = _SURROGATE.sub("\ufffd", text)
    text = _SPACE.sub(lambda run: _space(run[0]), text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _MARKS.sub(lambda run: _few_marks(run[0]), text))
    return text.strip()[:cap].rstrip()


def clean_title(title: str) -> str:
    """A title as it may be stored: cleaned, in one line, at most 1,000 code points."""
    return clean(title.replace("\n", " "), cap=TITLE_CAP).replace("\n", " ")


class Trace(Sequence[Stretch]):
    """The stretches that the code points of a cleaned text stand for, in order; eight bytes each."""

    def __init__(self, starts: "array[int] | range", ends: "array[int] | range") -> None:
        self._starts = starts
        self._ends = ends

    def __len__(self) -> int:
        """How many code points the cleaned text has."""
        return len(self._starts)

    @overload
    def __getitem__(self, place: int) -> Stretch: ...
    @overload
    def __getitem__(self, place: slice) -> "Trace": ...
    def __getitem__(self, place: int | slice) -> "Stretch | Trace":
        """The stretch of a code point, or those of several."""
        if isinstance(place, slice):
            return Trace(self._starts[place], self._ends[place])
        return self._starts[place], self._ends[place]


def traced(text: str, cap: int = TEXT_CAP) -> tuple[str, Trace]:
    """`clean(text, cap)`, and for each of its code points the stretch of the given text that it stands for.

    Stretches come in order, so that a span of the cleaned text is the given text from the start of its first code
    point's stretch to the end of its last one's.
    """
    cleaned = clean(text, cap)
    if cleaned == text:
        return cleaned, Trace(range(len(text)), range(1, len(text) + 1))
    starts, ends = array("I"), array("I")
    for piece, (start, end) in _composable(_kept(text)):
        composed = unicodedata.normalize("NFC", piece)
        if not starts:
            composed = composed.lstrip()
        starts.extend([start] * len(composed))
        ends.extend([end] * len(composed))
        if len(starts) >= len(cleaned):
            break
    return cleaned, Trace(starts, ends)[: len(cleaned)]


# Controls but for white space, soft hyphen, zero-width and direction marks, and what XML cannot hold. The zero-width
# joiners stay: Persian, Hindi and emoji need them.
_DROPPED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]")  # fmt: skip  # noqa: E501
_SURROGATE = re.compile("[\ud800-\udfff]")
# Two and more, or one that is neither space nor line break; written so that the search skips from space to space.
_SPACE = re.compile(r"\s(?:\s+|(?<![ \n]))")
_LINE_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]")
# Normalising sorts the marks on a letter in quadratic time, hence never more than Unicode's Stream-Safe Text Format
# allows (UAX 15, section 13).
_MARKS = re.compile("[\u0300-\U0010ffff]{31,}")
_MOST_MARKS = 30


def _space(run: str) -> str:
    return "\n" if _LINE_BREAK.search(run) else " "


def _few_marks(run: str) -> str:
    kept: list[str] = []
    marks = 0
    for letter in run:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def _kept(text: str) -> Iterator[tuple[str, Stretch]]:
    """What `clean` keeps, code point by code point, before it is composed."""
    space, count, last = 0, 0, 0  # where the white space began that has not been given yet, its letters, its last one
    marks = 0
    for place, letter in enumerate(text):
        if _DROPPED.match(letter):
            continue
        if letter.isspace():
            space, count, last = space if count else place, count + 1, place
            continue
        if count:
            run = text[space : last + 1]
            yield run if run in (" ", "\n") else _space(run), (space, last + 1)
            count = 0
            marks = 0
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            yield "\ufffd" if _SURROGATE.match(letter) else letter, (place, place + 1)


def _composable(kept: Iterator[tuple[str, Stretch]]) -> Iterator[tuple[str, Stretch]]:
    """Letters with the marks and jamo that may melt into them."""
    piece, start, end = "", 0, 0
    for letter, stretch in kept:
        if piece and not _melts(letter):
            yield piece, (start, end)
            piece = ""
        if not piece:
            start = stretch[0]
        piece, end = piece + letter, stretch[1]
    if piece:
        yield piece, (start, end)


def _melts(letter: str) -> bool:
    return unicodedata.category(letter)[0] == "M" or "\u1160" <= letter <= "\u11ff"


# Sentences


def sentences(text: str) -> list[Stretch]:
    """The sentences of a cleaned text in order, without the white space between them; none longer than 1,000.

    A line break always ends one. A full stop does not after titles, initials and abbreviations, nor before a small
    letter. What has no end is cut at white space.

    >>> text = "Gen. J. F. Kelly left the U.S. on Monday. “Good.” He slept."
    >>> [text[start:end] for start, end in sentences(text)]
    ['Gen. J. F. Kelly left the U.S. on Monday.', '“Good.”', 'He slept.']
    """
    found: list[Stretch] = []
    start = 0
    for mark in _MARK.finditer(text):
        if _ends(text, start, mark):
            found.extend(_trimmed(text, start, mark.end()))
            start = mark.end()
    found.extend(_trimmed(text, start, len(text)))
    return found


_MARK = re.compile(r"[\n.!?…。！？](?:(?<!\n)[.!?…。！？]*[\"'”’»」』)\]]*)?")
_NEXT = re.compile(r"[^\S\n]+[\"'“‘«(\[]*(\w{0,20})")
_OPENERS = "\"'“‘«([—–-"
_DOTTED = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")


def words_of(written: str) -> frozenset[str]:
    """The words of a list that is written with spaces between them."""
    return frozenset(written.split())


# After these a name or a number follows.
_BEFORE_NAMES = words_of(
    "Mr Mrs Ms Mx Dr Prof Gen Lt Col Maj Sgt Capt Cmdr Adm Cpl Pvt Brig Gov Sen Sens Rep Reps Rev Hon Pres Amb Atty "
    "Supt Det Insp Msgr Fr St Ste Mt Ft vs v cf Nos Messrs Mme Mlle Dipl Ing Sec Secy"
)
# These may end a sentence; they do where the next word is one that sentences begin with.
_ABBREVIATIONS = words_of(
    "Inc Corp Co Ltd Bros Jr Sr Esq Ave Blvd Rd Dept Dist Univ Assn No Vol Fig Op ed eds al etc approx est ca "
    "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun "
    "Ala Ariz Ark Calif Colo Conn Del Fla Ga Ill Ind Kan Ky La Md Mass Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa "
    "Tenn Tex Va Vt Wash Wis Wyo Ph"
)
_STARTERS = words_of(
    "A About According After All Also Although Among An And Another Any Are As Asked At Because Before Both But By Can "
    "Critics Despite Did Do Does During Each Earlier Even Every Experts Few For From Had Has Have He Her Here His How "
    "However I If In Indeed Instead Is It Its Just Last Later Many Meanwhile More Most Moreover Much My No Nor Not Now "
    "Of Officials On Once One Only Or Other Others Our Over Perhaps Several She Since So Some Still Such That The "
    "Their Then There These They This Those Though Through Thus To Today Two Under Unlike Until We Were What When "
    "Where Whether Which While Who Why With Without Would Yet You Your"
)


def _ends(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether the sentence that began at `start` ends with this mark."""
    written = mark[0]
    if written[0] in "\n。！？":
        return True
    following = _NEXT.match(text, mark.end())
    if not following or following[1][:1].islower():
        return False
    if written != ".":
        return True
    stop = mark.start()
    word = text[max(start, text.rfind(" ", start, stop) + 1, stop - 20) : stop].lstrip(_OPENERS)
    if word in _BEFORE_NAMES:
        return False
    if word in _ABBREVIATIONS or _DOTTED.fullmatch(word):
        return following[1] in _STARTERS
    return True


def _trimmed(text: str, start: int, end: int) -> Iterator[Stretch]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    while end - start > SENTENCE_CAP:
        cut = text.rfind(" ", start + 1, start + SENTENCE_CAP + 1)
        if cut < 0:
            cut = start + SENTENCE_CAP
        yield start, cut
        start = cut + 1 if text[cut] == " " else cut
    if start < end:
        yield start, end


# Words


@lru_cache(maxsize=2)
def words(text: str) -> tuple[str, ...]:
    """The words of a text as fingerprints compare them: lower case, without punctuation."""
    # Topics ask for the words of the same article right afterwards, and mostly they are the same.
    return tuple(_WORD.findall(text.lower()))


# As in data.grammar: what is longer, no language has.
_WORD = re.compile(r"\w{1,200}")


# Language

# Half of what the accuracy was first measured on, at half the cost: on 1,500 articles it never told another language.
_SAMPLE = 500
# Under this the model is guessing: "NATO" alone is Italian to it, with a confidence of .03.
_LEAST_CONFIDENCE = 0.3


def language(title: str, text: str) -> str | None:
    """The language of an article as ISO 639-1, told from its title and first 500 letters; None where that is unsure.

    >>> language("", "Der Minister sprach am Mittwoch in Berlin mit der Bundesregierung.")
    'de'
    """
    code, confidence = identifier().classify(f"{title}\n{text[:_SAMPLE]}")
    return str(code) if confidence >= _LEAST_CONFIDENCE else None
