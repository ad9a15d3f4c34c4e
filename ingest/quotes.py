"""Who says what: direct and reported speech in English news, and the words of the text that stand for the speaker.

Rules for the usual constructions of the press: what stands right beside a quote decides, then its sentence, then the
sentence before; where none of them says who speaks, the speaker is None. The time is linear in the text: each look
around a quote is bounded.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.clauses import (
    ACCORDING,
    BARE,
    BESIDE,
    BESIDES,
    SAYING,
    SHORTENED,
    WINDOW,
    WORD,
    Clause,
    clauses_of,
    is_name,
)
from ingest.text import Stretch, words_of


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of speech, without its marks, and the words that stand for its speaker: a name, pronoun or nominal.

    `direct` is what stands between quotation marks; else the words are reported: "X said that …", "according to X".
    The speaker's stretch ends with the head: of "Mayor Ann Lee of Oslo" it is "Mayor Ann Lee", of "a spokesman for
    Ann Lee" it is "a spokesman", of "Lee’s lawyer" it is "lawyer".
    """

    start: int
    end: int
    speaker: Stretch | None
    direct: bool = True


def quotes(text: str, sentences: Sequence[Stretch]) -> list[Quote]:
    """The quotes of a cleaned text in order; `sentences` are its own, as `text.sentences` cuts them.

    Reported speech never runs over the end of a sentence, direct speech may run over several paragraphs; direct quotes
    do not overlap each other, but one may lie within reported speech. Words in scare quotes and titles of works are no
    quotes.

    >>> text = 'Lee said the vote was lost. "We tried," she said.'
    >>> [(text[quote.start : quote.end], quote.speaker, quote.direct) for quote in quotes(text, [(0, 27), (28, 49)])]
    [('the vote was lost.', (0, 3), False), ('We tried,', (40, 43), True)]
    """
    marked = _marked(text)
    starts = [start for start, _ in sentences]
    clauses = clauses_of(text, sentences, starts, marked)
    direct = _direct(text, sentences, starts, marked, clauses)
    reported = _reported(text, sentences, starts, marked, clauses)
    return sorted((*direct, *reported), key=lambda quote: (quote.start, -quote.end))


# Quotation marks


def _marked(text: str) -> list[Stretch]:
    """What stands between quotation marks, outermost only; a quote without a closing mark ends with its paragraph."""
    found: list[Stretch] = []
    double = single = -1  # where the open quote of either kind begins
    for mark in _MARKS.finditer(text):
        at, sign = mark.start(), mark[0]
        if sign == "\n":
            single = -1
            # A quote of several paragraphs is opened again in each.
            if double >= 0 and text[at + 1 : at + 2] not in ('"', "“"):
                found.append((double, at))
                double = -1
        elif sign in '"“”':
            if double >= 0:
                if sign != "“" and not _reopens(text, at) and not _is_inch(text, at):
                    found.append((double, at))
                    double = -1
            elif sign == "“" or (sign == '"' and _opens(text, at)):
                double, single = at + 1, -1
        elif double < 0:
            if single < 0:
                if _opens(text, at) and text[at + 1].isalpha() and not _ELIDED.match(text, at + 1):
                    single = at + 1
            elif _closes_single(text, at):
                found.append((single, at))
                single = -1
    if double >= 0:
        found.append((double, len(text)))
    return [(start, end) for start, end in found if start < end]


_MARKS = re.compile("[\n\"“”'‘’]")
_ELIDED = re.compile(r"(?:em|til|tis|twas|cause|n|round|bout)\b", re.IGNORECASE)
_INCHES = re.compile(r"\d ?['’′] ?\d{1,2}$")


def _opens(text: str, at: int) -> bool:
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before in " \n([{—–-/") and bool(after) and not after.isspace()


def _reopens(text: str, at: int) -> bool:
    """Whether a straight mark stands at the beginning of a paragraph, inside a quote that was opened before."""
    return at > 0 and text[at - 1] == "\n"


def _is_inch(text: str, at: int) -> bool:
    return text[at - 1].isdigit() and bool(_INCHES.search(text[max(0, at - 6) : at]))


def _closes_single(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at + 1 : at + 2]
    if before.isspace() or after.isalnum():
        return False
    # "the senators' room": a possessive, for more of the sentence follows.
    return not (before == "s" and after == " " and text[at + 2 : at + 3].islower())


# Direct speech: which clause a quote belongs to


def _direct(
    text: str,
    sentences: Sequence[Stretch],
    starts: Sequence[int],
    marked: Sequence[Stretch],
    clauses: Sequence[Clause],
) -> Iterator[Quote]:
    """The marked stretches that are speech, with their speakers."""
    ends = [clause.end for clause in clauses]
    earlier: Quote | None = None
    said = -1  # the last sentence that belongs to the earlier quote or its attribution
    for start, end in marked:
        sentence = max(bisect_right(starts, start) - 1, 0)
        closes = max(bisect_right(starts, end - 1) - 1, 0)
        clause, beside = _own_clause(text, (start, end), sentence, clauses, ends)
        speaker = clause.speaker if clause else None
        label = None if clause else _label(text, start)
        if label:
            speaker, beside = label, True
        whole = start - 1 == sentences[sentence][0] and text[end - 1] in ".!?"
        if not _is_speech(text[start:end], beside=beside or whole, first=start - 1 <= sentences[sentence][0]):
            continue
        if not speaker and start - 1 <= sentences[sentence][0]:
            speaker = _from_before(text, (start, end), sentence, sentences, clauses, ends, earlier, said)
        quote = Quote(start, end, speaker)
        said = max(closes, clause.sentence if clause else -1)
        earlier = quote
        yield quote


def _own_clause(
    text: str, quote: Stretch, sentence: int, clauses: Sequence[Clause], ends: Sequence[int]
) -> tuple[Clause | None, bool]:
    """The clause that reports this quote, and whether it stands right beside it."""
    start, end = quote
    place = bisect_left(ends, start - 1)
    before = clauses[place - 1] if place else None
    if before and before.end < start and text[before.end : start - 1].strip(" ,:") in ("", "that") and (
        "\n" not in text[before.end : start]
    ):  # fmt: skip
        return before, True
    after = clauses[bisect_left(ends, end)] if bisect_left(ends, end) < len(clauses) else None
    if after and _is_beside(text, quote, after):
        return after, True
    if before and before.sentence == sentence and before.verb not in BESIDE:
        return before, text[max(0, start - 3) : start - 1] == ": "
    if (
        after
        and after.verb not in BESIDE
        and after.sentence == sentence
        and text[after.start - 2 : after.start] == ", "
    ):
        return after, False
    return None, False


def _is_beside(text: str, quote: Stretch, after: Clause) -> bool:
    """Whether a clause right behind a quote belongs to it: the quote does not end a sentence."""
    end = quote[1]
    if not 0 < after.start - end <= WINDOW // 2:
        return False
    gap = text[end + 1 : after.start]
    # What stands between them belongs to the subject: "…," city council member Jan Berg said.
    if "\n" in gap or not all(word[-1].isalnum() or SHORTENED.fullmatch(word) for word in gap.lstrip(",—–- ").split()):
        return False
    if len(gap) > 4 and text[end - 1] not in ",!?—…" and gap[:1] != ",":
        return False
    return text[end - 1] != "." or "," in gap or text[after.start].islower()


def _label(text: str, start: int) -> Stretch | None:
    """The name before a colon, where the line begins with it: "Lee: 'We will win'"."""
    if text[start - 3 : start - 1] != ": ":
        return None
    line = text.rfind("\n", max(0, start - 64), start) + 1
    if not line and start > 60:
        return None
    words = [(word[0], line + word.start()) for word in WORD.finditer(text[line : start - 3])]
    if not words or not all(is_name(word) for word, _ in words) or len(words) > 5:
        return None
    return words[0][1], start - 3


def _is_speech(quoted: str, *, beside: bool, first: bool) -> bool:
    """Whether this is somebody's speech, not a word in scare quotes, nor the title of a work.

    `beside` is whether a clause that reports it stands right there, `first` whether a sentence begins with it.
    """
    head = quoted.split(None, 9)
    longer = [word for word in head if len(word) > 3 and word[0].isalpha()]
    titled = 1 < len(head) <= 8 and bool(longer) and all(word[0].isupper() for word in longer)
    if beside and (first or not titled):
        return len(head) > 3 or quoted.endswith((",", ".", "!", "?", "…", "—"))
    return len(head) > 3 and not titled


def _from_before(
    text: str,
    quote: Stretch,
    sentence: int,
    sentences: Sequence[Stretch],
    clauses: Sequence[Clause],
    ends: Sequence[int],
    earlier: Quote | None,
    said: int,
) -> Stretch | None:
    """Who speaks in a quote that begins a sentence and is not attributed itself."""
    start, end = quote
    if sentence == 0:
        return None
    gap = text[sentences[sentence - 1][1] : start]
    parted = "\n" in gap
    if earlier and said == sentence - 1:
        # Speech goes on behind its attribution; in the next paragraph only where nothing but speech stands in it.
        if not parted or _fills_paragraph(text, end):
            return earlier.speaker
        return None
    if parted and text[sentences[sentence - 1][1] - 1] != ":":
        return None
    place = bisect_left(ends, start - 1) - 1
    speaker = None
    while place >= 0 and clauses[place].sentence == sentence - 1:
        speaker = clauses[place].speaker if clauses[place].verb not in BESIDE else speaker
        place -= 1
    return speaker


def _fills_paragraph(text: str, end: int) -> bool:
    return text[end + 1 : end + 2] in ("", "\n")


# Reported speech


def _reported(
    text: str,
    sentences: Sequence[Stretch],
    starts: Sequence[int],
    marked: Sequence[Stretch],
    clauses: Sequence[Clause],
) -> Iterator[Quote]:
    """What clauses report without marks: what follows "said that", and what stands before ", Lee said"."""
    closes = [end for _, end in marked]
    opens = [start for start, _ in marked]
    for clause in clauses:
        first, last = sentences[clause.sentence]
        earlier = bisect_left(closes, clause.start)
        since = max(first, closes[earlier - 1] + 1 if earlier else 0)
        if clause.verb == ACCORDING and text[clause.start] == "A":
            comma = text.find(", ", clause.end, min(last, clause.end + 150))
            content = (comma + 2, last) if comma >= 0 else None
        elif text[clause.start - 2 : clause.start] == ", " or clause.verb == ACCORDING:
            content = (
                (since, clause.start - 1) if _ends_sentence(text, clause, last) else _complement(text, clause, last)
            )
        elif text[max(0, clause.start - 2) : clause.start] in ("” ", '" ') and not _THAT.match(text, clause.end, last):
            content = None  # it has reported the quote before it
        else:
            content = _complement(text, clause, last)
        if not content:
            continue
        start, end = content
        following = bisect_left(opens, start)
        if following < len(opens) and opens[following] - start <= 1 and closes[following] + 3 >= end:
            continue  # all of it stands between marks
        if 0 <= start < end and len(text[start:end].split(None, 3)) >= 3:
            yield Quote(start, end, clause.speaker, direct=False)


_TRAILS = re.compile(
    r"[.;!?…]|,? (?:on|in|at|during|after|of|via|from|last|late|early|earlier|yesterday|today|by"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b|,|$"
)


def _ends_sentence(text: str, clause: Clause, last: int) -> bool:
    """Whether what follows a clause only tells when, where or to whom it was said."""
    if clause.verb == ACCORDING:
        return True
    if clause.verb not in SAYING:
        return False
    rest = text[clause.end : last]
    return bool(_TRAILS.match(rest)) and not _THAT.match(text, clause.end, last)


_DAY = r"(?:(?: on| late| early)? (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|afternoon|evening|night))?)?"
_THAT = re.compile(r"[^.,;:“”\"\n]{0,80}? that ")
_NOTHING_SAID = words_of(
    "in on at during after before to of about with when as by for from through via and or but nothing so yes no "
    "against over into upon more less much little goodbye how what why this otherwise something anything hello is was "
    "last earlier late early recently today yesterday tonight repeatedly again all both once"
)


def _complement(text: str, clause: Clause, last: int) -> Stretch | None:
    """What is said, from behind the verb to the end of the sentence."""
    if clause.verb not in SAYING and clause.verb not in BESIDES:
        return None
    that = _THAT.match(text, clause.end, last)
    if that:
        return that.end(), last
    if clause.verb not in BARE and clause.verb != "saying":
        return None
    behind = _DAYS.match(text, clause.end, last)
    start = behind.end() if behind else clause.end
    if text[start : start + 1] != " ":
        return None
    word = WORD.match(text, start + 1, last)
    if not word or word[0].rstrip(",.:;") in _NOTHING_SAID:
        return None
    return start + 1, last


_DAYS = re.compile(_DAY)
