"""Who says what: direct and reported speech in English news, and the words of the text that stand for the speaker.

Rules for the usual constructions of the press: what stands right beside a quote decides, then its sentence, then the
sentence before; where none of them says who speaks, the speaker is None. The time is linear in the text: each look
around a quote or a verb is bounded.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from ingest.text import Stretch


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
    clauses = _clauses(text, sentences, starts, marked)
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


# Clauses that report: a verb of saying and its subject


@dataclass(frozen=True, slots=True)
class _Clause:
    speaker: Stretch
    start: int
    end: int
    verb: str
    sentence: int


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


# What these report may follow without a quotation mark.
_SAYING = _words(
    "said says say added adds argued argues announced acknowledged admitted alleged asserted claimed claims concluded "
    "conceded confirmed contended contends declared emphasized explained insisted insists maintained maintains noted "
    "notes observed predicted promised pledged vowed recalled remarked reiterated repeated revealed stated stressed "
    "suggested suggests testified tweeted tweets urged warned warns wrote writes boasted complained cautioned joked "
    "lamented believes thinks told tells denies denied"
)
# These only report what stands between marks.
_QUOTING = _words(
    "emailed texted asked asks replied responded retorted quipped shouted yelled exclaimed opined mused countered "
    "pleaded sneered snapped thundered whispered demanded marveled marvelled jabbed deadpanned interjected called "
    "calls wrote describing described dismissed criticized criticised blasted slammed accused praised defended "
    "mocked referred labeled labelled branded hailed denounced condemned declared"
)
# These report only a quote right beside them.
_BESIDE = _words("began continued concluded agreed posted went cited finished answered offered")
# What the subject of the sentence does besides.
_BESIDES = _words(
    "saying adding calling arguing noting warning insisting claiming telling tweeting writing asking describing "
    "declaring stating explaining"
)
_ACCORDING = "according to"
# After these a clause is what is said.
_BARE = _words(
    "said says say added adds argued argues believes thinks claimed insisted insists acknowledged noted notes "
    "contended contends suggested suggests admitted alleged predicted warned warns vowed pledged"
)


@lru_cache(maxsize=1)
def _verbs() -> tuple[AhoCorasick, tuple[str, ...]]:
    verbs = tuple(sorted({*_SAYING, *_QUOTING, *_BESIDE, *_BESIDES, _ACCORDING, "According to"}))
    return AhoCorasick(verbs, matchkind=MatchKind.LeftmostLongest), verbs


def _clauses(
    text: str, sentences: Sequence[Stretch], starts: Sequence[int], marked: Sequence[Stretch]
) -> list[_Clause]:
    """The reporting clauses outside quotation marks, in the order of their verbs."""
    automaton, verbs = _verbs()
    opens = [start for start, _ in marked]
    found: list[_Clause] = []
    for number, start, end in automaton.find_matches_as_indexes(text):
        if text[end : end + 1].isalnum() or (start and text[start - 1] not in " \n\"”'’—"):
            continue
        earlier = bisect_right(opens, start) - 1
        quoted = marked[earlier] if earlier >= 0 else (0, 0)
        if start < quoted[1]:
            continue
        sentence = bisect_right(starts, start) - 1
        # Speech that ends with a question leaves its attribution to the next sentence.
        since = max(sentences[sentence][0], quoted[1] + 1 if earlier >= 0 else 0)
        until = sentences[sentence][1]
        if earlier + 1 < len(marked):
            until = min(until, opens[earlier + 1] - 1)
        clause = _clause(text, verbs[number], (start, end), (since, until), sentence, found, sentences)
        if clause:
            found.append(clause)
    return found


def _clause(
    text: str,
    verb: str,
    place: Stretch,
    around: Stretch,
    sentence: int,
    earlier: Sequence[_Clause],
    sentences: Sequence[Stretch],
) -> _Clause | None:
    start, end = place
    since, until = around
    if verb in (_ACCORDING, "According to"):
        speaker = _behind(text, end, until)
        return speaker and _Clause(speaker, start, speaker[1], _ACCORDING, sentence)
    if verb in _BESIDES:
        if text[start - 2 : start] != ", " and text[max(0, start - 10) : start] != "quoted as ":
            return None
        speaker = _subject_so_far(text, start, sentences[sentence][0], sentence, earlier)
        return speaker and _Clause(speaker, start, end, verb, sentence)
    speaker = _before(text, since, start)
    if speaker:
        return _Clause(speaker, speaker[0], end, verb, sentence)
    if _is_behind_quote(text, since, start):
        speaker = _behind(text, end, until)
        if speaker and start - since >= 4 and not _STANDS_LAST.match(text, speaker[1], until):
            return None  # "Lee, though, said Berg had left"
        return speaker and _Clause(speaker, start, speaker[1], verb, sentence)
    if text[max(0, start - 5) : start] == " and ":
        speaker = _subject_so_far(text, start, sentences[sentence][0], sentence, earlier)
        return speaker and _Clause(speaker, start, end, verb, sentence)
    return None


_STANDS_LAST = re.compile(r"[’'”\"]?(?:[.,;:!?]|$| (?:of|from|at|in|who|on|during|after|for)\b)")


def _is_behind_quote(text: str, since: int, start: int) -> bool:
    """Whether a verb stands right behind a closing mark, or behind the comma that ends what is said."""
    gap = text[since:start] if start - since < 4 else text[start - 2 : start]
    return gap.strip() in ("", ",") and (start - since < 4 or gap == ", ")


def _subject_so_far(text: str, start: int, since: int, sentence: int, earlier: Sequence[_Clause]) -> Stretch | None:
    """Who it is that said or did something, "saying …": the speaker so far, or the name the sentence begins with."""
    told = None
    for clause in reversed(earlier):
        if clause.sentence != sentence:
            break
        if clause.verb == _ACCORDING:
            continue
        told = clause
        if _STARTS_ANEW.search(text, max(since, clause.start - 9), clause.start):
            break  # else it may stand in what somebody else says
    if told:
        return told.speaker
    begins = _LEAD.match(text, since)
    first = begins.end() if begins else since
    speaker = _behind(text, first, start, acts=True)
    # "The new Lee letters show …"
    return None if speaker and _MODIFIES.match(text, first, speaker[1]) else speaker


_STARTS_ANEW = re.compile(r"(?:,|;|but|while|and) $")
_MODIFIES = re.compile(r"(?:The|An?) [a-z]+ [A-Z]|An? [A-Z]")


# What may stand before the subject of a sentence: "But", "On Monday,", "In an interview with CBS,".
_LEAD = re.compile(
    r"(?:(?:But|And|Yet|So|Still|Then|Later|Meanwhile|However|Also),? )?"
    r"(?:(?:On|In|At|During|After|Before|Last|Earlier|Late|Speaking|Asked|Appearing)\b[^,\n]{1,80}, )?"
)


# The subject: read backwards from the verb

_AUXILIARY = _words(
    "has have had also then later recently repeatedly once reportedly himself herself themselves itself even further "
    "again first now still just both all often always once would could will might must should may who did too "
    "previously soon since earlier afterward sometimes"
)
_NO_SPEECH = _words(
    "is are was were be been being to not never don't didn't don’t didn’t doesn't doesn’t of as by and or cannot can "
    "can't can’t won't won’t get got having if whether when what that which why how where than little much"
)
_PRONOUNS = _words("he she they I we it He She They We It you You")
_PREPOSITIONS = _words("of for in at from with to on")
_DETERMINERS = _words(
    "the The a an A An his His her Her their Their its Its my our one One some Some many Many several Several this "
    "This that another Another two Two three Three most Most other Other both Both these those few Few such no No any "
    "every each"
)
_NO_HEADS = _words(
    "and or but as than there when while because if so also only yet nor who which that it was is are were has have "
    "had out up down over about after before during since until last next week month year today yesterday tomorrow "
    "tonight"
)
# Words with a capital that only begin a sentence or tell a day.
_NO_NAMES = _words(
    "But And Or Yet So Still When While As If That What Then Later Meanwhile However Also Though Although Because "
    "Since After Before Until On In At For From With To By Of About Last Earlier Early Late Once Even Only Now Today "
    "Yesterday Tonight Asked Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December Instead Indeed Just Perhaps Like Where Why How Not Nor There "
    "Here Again Speaking"
) - {"May"}
_PARTICLES = _words("de da di del della van von der den bin ibn al el la le of and & y the")
_APPOSITION = _words(
    "who whose whom which the a an his her their its now then one former speaking asked in at when referring appearing "
    "himself herself also on for with both not as of acting himself, though however meanwhile too then instead"
)
# "Lee, Ohio Republican, said"
_PARTY = _words("Republican, Democrat, Conservative, Labour, Independent,")
_SHORTENED = re.compile(
    r"(?:[A-Z]\.)+|Mr\.|Mrs\.|Ms\.|Dr\.|Sens?\.|Reps?\.|Gov\.|Gen\.|Lt\.|Col\.|Sgt\.|Jr\.,?|Sr\.,?|St\.|Rev\.|Prof\."
)
_WORD = re.compile(r"\S+")
_WINDOW = 240


def _before(text: str, since: int, verb: int) -> Stretch | None:
    """The subject that ends before the verb."""
    first = max(since, verb - _WINDOW)
    words = [(word[0], first + word.start()) for word in _WORD.finditer(text[first:verb])]
    place = len(words) - 1
    while place >= 0 and (words[place][0] in _AUXILIARY or words[place][0].endswith("ly")):
        place -= 1
    if place < 0 or words[place][0] in _NO_SPEECH:
        return None
    relative = place < len(words) - 1 and words[place + 1][0] == "who"
    place = _past_apposition(words, place, relative)
    if place < 0:
        return None
    return _ending_with(words, place)


def _past_apposition(words: Sequence[tuple[str, int]], place: int, relative: bool) -> int:
    """Where the subject ends before what is inserted: "Lee, who lost, said", "Lee (D-Ill.) said"; -1 where nowhere."""
    word = words[place][0]
    if word.endswith((")", "),", "]")) and "(" not in word:
        while place >= 0 and not words[place][0].startswith(("(", "[")):
            place -= 1
        return place - 1
    if word.endswith((")", "),")):
        return place - 1
    if word in ("—", "–", "--"):
        place -= 1
        while place >= 0 and words[place][0] not in ("—", "–", "--"):
            place -= 1
        return place - 1
    if not word.endswith(",") or relative:
        return place
    opening = place - 1
    while opening >= 0:
        following = words[opening + 1][0]
        if words[opening][0].endswith(",") and (
            following.rstrip(",") in _APPOSITION
            or following[:1].isdigit()
            or following[1:2] == "-"
            or (word in _PARTY and opening >= place - 3)
        ):
            return opening
        opening -= 1
    return -1


def _ending_with(words: Sequence[tuple[str, int]], last: int) -> Stretch | None:
    """The name, pronoun or nominal whose last word this is; its head, where a preposition hangs something on it."""
    word, at = words[last]
    bare = word.rstrip(",")
    if bare in _PRONOUNS:
        return at, at + len(bare)
    if _is_name(bare):
        first = _first_of_name(words, last)
        if first > 0 and words[first - 1][0] in _PREPOSITIONS:
            head = first - 2
            if head > 0 and words[head][0].endswith(")"):
                head = _past_apposition(words, head, relative=False)
            if head >= 0 and not words[head][0].endswith((",", ".", ":", ";")):
                inner = _ending_with(words, head)
                if inner:
                    return inner
        while first < last and words[first][0] in _NO_NAMES:
            first += 1
        end = at + len(bare)
        if bare in _NO_NAMES or bare in _DETERMINERS or _is_possessive(bare):
            return None
        if first > 0 and words[first - 1][0] in ("the", "The"):
            first -= 1
        return words[first][1], end
    if not bare[-1:].isalpha() or bare in _NO_HEADS or bare in _DETERMINERS or bare in _PREPOSITIONS:
        return None
    first = last
    while first > 0 and last - first < 7:
        earlier = words[first - 1][0]
        if earlier in _DETERMINERS:
            return _hung_on(words, first - 1, last)
        if earlier in _PREPOSITIONS:
            carrier = _ending_with(words, first - 2) if first > 1 else None
            return carrier or (words[first][1], at + len(bare))
        if _is_possessive(earlier) or earlier[-1] in ",.:;" or earlier in _NO_HEADS or earlier in _NO_NAMES:
            break
        first -= 1
    return words[first][1], at + len(bare)


def _hung_on(words: Sequence[tuple[str, int]], first: int, last: int) -> Stretch | None:
    """A nominal with its determiner, or what it hangs on: "a member of the council"."""
    if first > 1 and words[first - 1][0] in ("of", "for", "from", "with", "at", "in"):
        noun = words[first - 2][0]
        if noun[-1:].isalpha() and noun not in _NO_HEADS and noun not in _NO_NAMES and noun not in _NO_SPEECH:
            return _ending_with(words, first - 2)
    word, at = words[last]
    return words[first][1], at + len(word.rstrip(","))


def _first_of_name(words: Sequence[tuple[str, int]], last: int) -> int:
    first = last
    while first > 0 and last - first < 9:
        earlier = words[first - 1][0]
        if _is_name(earlier) and (
            not earlier.endswith((",", ".", ";", ":", "!", "?", '"', "”")) or _SHORTENED.fullmatch(earlier)
        ):
            if _is_possessive(earlier):
                break
            first -= 1
        elif earlier in _PARTICLES and first > 1 and earlier != "and" and _is_name(words[first - 2][0]) and (
            earlier not in ("of", "the") or words[first - 2][0] in _OF
        ):  # fmt: skip
            first -= 2
        else:
            break
    return first


_STOPS = ',.;:!?"”)'
_OF = _words("Secretary President Speaker Leader Minister Director Attorney Chairman Chief Department House Bank Court")


def _is_name(word: str) -> bool:
    return (word[:1].isupper() and word not in ("I", "A")) or (word[:3] in ("al-", "el-") and len(word) > 4)


def _is_possessive(word: str) -> bool:
    return word.rstrip(",").endswith(("'s", "’s", "s'", "s’"))


# The subject behind its verb: "…," said Lee


def _behind(text: str, verb: int, until: int, *, acts: bool = False) -> Stretch | None:
    """The subject that begins here; a name rather than what is set before it: "spokesman Jan Berg".

    `acts` is whether a verb of its own may follow.
    """
    words = [(word[0], verb + word.start()) for word in _WORD.finditer(text[verb : min(until, verb + 120)])]
    taken: list[tuple[str, int]] = []
    for place, (word, at) in enumerate(words):
        bare = word.rstrip(',.;:!?"”)')
        if not taken and bare in _PRONOUNS:
            return at, at + len(bare)
        if not bare or (not taken and bare in _NO_SPEECH) or len(taken) > 8:
            break
        named = [one for one, _ in taken if _is_name(one) and one not in ("The", "A", "An")]
        if bare in _PREPOSITIONS or bare in _NO_HEADS or bare in _SAYING or bare in _QUOTING:
            follows = words[place + 1][0] if place + 1 < len(words) else ""
            if not (bare == "of" and named and taken[-1][0] in _OF and _is_name(follows)):
                break
        # "says Iran expert Jan Berg", "said a Labour lawmaker"; but "Berg left, saying …"
        elif (acts or bare.endswith("ly")) and named and taken[-1][0] in named and not _goes_on(bare):
            break
        if _is_possessive(bare):
            taken = []
            continue
        taken.append((bare, at))
        if word != bare and not _SHORTENED.fullmatch(word) and not _SHORTENED.fullmatch(word.rstrip(",")):
            break
    return _head(taken)


def _goes_on(word: str) -> bool:
    """Whether a word behind a name may still belong to the subject."""
    return _is_name(word) or word in _PARTICLES or word in _ROLES


# Behind a name these say that somebody else is meant: "Trump attorney Jay Sekulow".
_ROLES = _words(
    "attorney lawyer spokesman spokeswoman spokesperson aide aides adviser advisers advisor campaign administration "
    "supporter supporters officials official ally allies surrogate surrogates strategist manager team backers critics "
    "loyalist voters fans staffers communications press senior top chief policy foreign confidant"
)


def _head(taken: list[tuple[str, int]]) -> Stretch | None:
    while taken and (taken[-1][0] in _PARTICLES or taken[-1][0] in _NO_NAMES or taken[-1][0] in _DETERMINERS):
        taken.pop()
    while taken and taken[0][0] in _NO_NAMES:
        taken.pop(0)
    if not taken:
        return None
    if _is_name(taken[-1][0]):
        first = _first_of_name(taken, len(taken) - 1)
        if first and taken[first - 1][0] in ("the", "The"):
            first -= 1
        taken = taken[first:]
    return taken[0][1], taken[-1][1] + len(taken[-1][0])


# Direct speech: which clause a quote belongs to


def _direct(
    text: str,
    sentences: Sequence[Stretch],
    starts: Sequence[int],
    marked: Sequence[Stretch],
    clauses: Sequence[_Clause],
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
    text: str, quote: Stretch, sentence: int, clauses: Sequence[_Clause], ends: Sequence[int]
) -> tuple[_Clause | None, bool]:
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
    if before and before.sentence == sentence and before.verb not in _BESIDE:
        return before, text[max(0, start - 3) : start - 1] == ": "
    if (
        after
        and after.verb not in _BESIDE
        and after.sentence == sentence
        and text[after.start - 2 : after.start] == ", "
    ):
        return after, False
    return None, False


def _is_beside(text: str, quote: Stretch, after: _Clause) -> bool:
    """Whether a clause right behind a quote belongs to it: the quote does not end a sentence."""
    end = quote[1]
    if not 0 < after.start - end <= _WINDOW // 2:
        return False
    gap = text[end + 1 : after.start]
    # What stands between them belongs to the subject: "…," city council member Jan Berg said.
    if "\n" in gap or not all(word[-1].isalnum() or _SHORTENED.fullmatch(word) for word in gap.lstrip(",—–- ").split()):
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
    words = [(word[0], line + word.start()) for word in _WORD.finditer(text[line : start - 3])]
    if not words or not all(_is_name(word) for word, _ in words) or len(words) > 5:
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
    clauses: Sequence[_Clause],
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
        speaker = clauses[place].speaker if clauses[place].verb not in _BESIDE else speaker
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
    clauses: Sequence[_Clause],
) -> Iterator[Quote]:
    """What clauses report without marks: what follows "said that", and what stands before ", Lee said"."""
    closes = [end for _, end in marked]
    opens = [start for start, _ in marked]
    for clause in clauses:
        first, last = sentences[clause.sentence]
        earlier = bisect_left(closes, clause.start)
        since = max(first, closes[earlier - 1] + 1 if earlier else 0)
        if clause.verb == _ACCORDING and text[clause.start] == "A":
            comma = text.find(", ", clause.end, min(last, clause.end + 150))
            content = (comma + 2, last) if comma >= 0 else None
        elif text[clause.start - 2 : clause.start] == ", " or clause.verb == _ACCORDING:
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


def _ends_sentence(text: str, clause: _Clause, last: int) -> bool:
    """Whether what follows a clause only tells when, where or to whom it was said."""
    if clause.verb == _ACCORDING:
        return True
    if clause.verb not in _SAYING:
        return False
    rest = text[clause.end : last]
    return bool(_TRAILS.match(rest)) and not _THAT.match(text, clause.end, last)


def _announces(text: str, clause: _Clause) -> bool:
    """Whether a direct quote follows right behind: what stands before the clause is then no part of what is said."""
    return bool(_ANNOUNCED.match(text, clause.end))


_ANNOUNCED = re.compile(r"[,:]? ?[“\"‘']")
_DAY = r"(?:(?: on| late| early)? (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|afternoon|evening|night))?)?"
_THAT = re.compile(r"[^.,;:“”\"\n]{0,80}? that ")
_NOTHING_SAID = _words(
    "in on at during after before to of about with when as by for from through via and or but nothing so yes no "
    "against over into upon more less much little goodbye how what why this otherwise something anything hello is was "
    "last earlier late early recently today yesterday tonight repeatedly again all both once"
)


def _complement(text: str, clause: _Clause, last: int) -> Stretch | None:
    """What is said, from behind the verb to the end of the sentence."""
    if clause.verb not in _SAYING and clause.verb not in _BESIDES:
        return None
    that = _THAT.match(text, clause.end, last)
    if that:
        return that.end(), last
    if clause.verb not in _BARE and clause.verb != "saying":
        return None
    behind = _DAYS.match(text, clause.end, last)
    start = behind.end() if behind else clause.end
    if text[start : start + 1] != " ":
        return None
    word = _WORD.match(text, start + 1, last)
    if not word or word[0].rstrip(",.:;") in _NOTHING_SAID:
        return None
    return start + 1, last


_DAYS = re.compile(_DAY)
