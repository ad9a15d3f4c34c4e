"""Clauses of English news that report speech: a verb of saying, and its subject before or behind it.

The time is linear in the text: each look around a verb is bounded.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from ingest.text import Stretch, words_of


@dataclass(frozen=True, slots=True)
class Clause:
    """Who says something, from where to where it is told, by which verb, in the sentence of which number."""

    speaker: Stretch
    start: int
    end: int
    verb: str
    sentence: int


# What these report may follow without a quotation mark.
SAYING = words_of(
    "said says say added adds argued argues announced acknowledged admitted alleged asserted claimed claims concluded "
    "conceded confirmed contended contends declared emphasized explained insisted insists maintained maintains noted "
    "notes observed predicted promised pledged vowed recalled remarked reiterated repeated revealed stated stressed "
    "suggested suggests testified tweeted tweets urged warned warns wrote writes boasted complained cautioned joked "
    "lamented believes thinks told tells denies denied"
)
# These only report what stands between marks.
_QUOTING = words_of(
    "emailed texted asked asks replied responded retorted quipped shouted yelled exclaimed opined mused countered "
    "pleaded sneered snapped thundered whispered demanded marveled marvelled jabbed deadpanned interjected called "
    "calls wrote describing described dismissed criticized criticised blasted slammed accused praised defended "
    "mocked referred labeled labelled branded hailed denounced condemned declared"
)
# These report only a quote right beside them.
BESIDE = words_of("began continued concluded agreed posted went cited finished answered offered")
# What the subject of the sentence does besides.
BESIDES = words_of(
    "saying adding calling arguing noting warning insisting claiming telling tweeting writing asking describing "
    "declaring stating explaining"
)
ACCORDING = "according to"
# After these a clause is what is said.
BARE = words_of(
    "said says say added adds argued argues believes thinks claimed insisted insists acknowledged noted notes "
    "contended contends suggested suggests admitted alleged predicted warned warns vowed pledged"
)


@lru_cache(maxsize=1)
def _verbs() -> tuple[AhoCorasick, tuple[str, ...]]:
    verbs = tuple(sorted({*SAYING, *_QUOTING, *BESIDE, *BESIDES, ACCORDING, "According to"}))
    return AhoCorasick(verbs, matchkind=MatchKind.LeftmostLongest), verbs


def clauses_of(
    text: str, sentences: Sequence[Stretch], starts: Sequence[int], marked: Sequence[Stretch]
) -> list[Clause]:
    """The reporting clauses outside quotation marks, in the order of their verbs."""
    automaton, verbs = _verbs()
    opens = [start for start, _ in marked]
    found: list[Clause] = []
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
    earlier: Sequence[Clause],
    sentences: Sequence[Stretch],
) -> Clause | None:
    start, end = place
    since, until = around
    if verb in (ACCORDING, "According to"):
        speaker = _behind(text, end, until)
        return speaker and Clause(speaker, start, speaker[1], ACCORDING, sentence)
    if verb in BESIDES:
        if text[start - 2 : start] != ", " and text[max(0, start - 10) : start] != "quoted as ":
            return None
        speaker = _subject_so_far(text, start, sentences[sentence][0], sentence, earlier)
        return speaker and Clause(speaker, start, end, verb, sentence)
    speaker = _before(text, since, start)
    if speaker:
        return Clause(speaker, speaker[0], end, verb, sentence)
    if _is_behind_quote(text, since, start):
        speaker = _behind(text, end, until)
        if speaker and start - since >= 4 and not _STANDS_LAST.match(text, speaker[1], until):
            return None  # "Lee, though, said Berg had left"
        return speaker and Clause(speaker, start, speaker[1], verb, sentence)
    if text[max(0, start - 5) : start] == " and ":
        speaker = _subject_so_far(text, start, sentences[sentence][0], sentence, earlier)
        return speaker and Clause(speaker, start, end, verb, sentence)
    return None


_STANDS_LAST = re.compile(r"[’'”\"]?(?:[.,;:!?]|$| (?:of|from|at|in|who|on|during|after|for)\b)")


def _is_behind_quote(text: str, since: int, start: int) -> bool:
    """Whether a verb stands right behind a closing mark, or behind the comma that ends what is said."""
    gap = text[since:start] if start - since < 4 else text[start - 2 : start]
    return gap.strip() in ("", ",") and (start - since < 4 or gap == ", ")


def _subject_so_far(text: str, start: int, since: int, sentence: int, earlier: Sequence[Clause]) -> Stretch | None:
    """Who it is that said or did something, "saying …": the speaker so far, or the name the sentence begins with."""
    told = None
    for clause in reversed(earlier):
        if clause.sentence != sentence:
            break
        if clause.verb == ACCORDING:
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

_AUXILIARY = words_of(
    "has have had also then later recently repeatedly once reportedly himself herself themselves itself even further "
    "again first now still just both all often always once would could will might must should may who did too "
    "previously soon since earlier afterward sometimes"
)
_NO_SPEECH = words_of(
    "is are was were be been being to not never don't didn't don’t didn’t doesn't doesn’t of as by and or cannot can "
    "can't can’t won't won’t get got having if whether when what that which why how where than little much"
)
_PRONOUNS = words_of("he she they I we it He She They We It you You")
_PREPOSITIONS = words_of("of for in at from with to on")
_DETERMINERS = words_of(
    "the The a an A An his His her Her their Their its Its my our one One some Some many Many several Several this "
    "This that another Another two Two three Three most Most other Other both Both these those few Few such no No any "
    "every each"
)
_NO_HEADS = words_of(
    "and or but as than there when while because if so also only yet nor who which that it was is are were has have "
    "had out up down over about after before during since until last next week month year today yesterday tomorrow "
    "tonight"
)
# Words with a capital that only begin a sentence or tell a day.
_NO_NAMES = words_of(
    "But And Or Yet So Still When While As If That What Then Later Meanwhile However Also Though Although Because "
    "Since After Before Until On In At For From With To By Of About Last Earlier Early Late Once Even Only Now Today "
    "Yesterday Tonight Asked Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May "
    "June July August September October November December Instead Indeed Just Perhaps Like Where Why How Not Nor There "
    "Here Again Speaking"
) - {"May"}
_PARTICLES = words_of("de da di del della van von der den bin ibn al el la le of and & y the")
_APPOSITION = words_of(
    "who whose whom which the a an his her their its now then one former speaking asked in at when referring appearing "
    "himself herself also on for with both not as of acting himself, though however meanwhile too then instead"
)
# "Lee, Ohio Republican, said"
_PARTY = words_of("Republican, Democrat, Conservative, Labour, Independent,")
SHORTENED = re.compile(
    r"(?:[A-Z]\.)+|Mr\.|Mrs\.|Ms\.|Dr\.|Sens?\.|Reps?\.|Gov\.|Gen\.|Lt\.|Col\.|Sgt\.|Jr\.,?|Sr\.,?|St\.|Rev\.|Prof\."
)
WORD = re.compile(r"\S+")
WINDOW = 240


def _before(text: str, since: int, verb: int) -> Stretch | None:
    """The subject that ends before the verb."""
    first = max(since, verb - WINDOW)
    words = [(word[0], first + word.start()) for word in WORD.finditer(text[first:verb])]
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
    if is_name(bare):
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
        if is_name(earlier) and (
            not earlier.endswith((",", ".", ";", ":", "!", "?", '"', "”")) or SHORTENED.fullmatch(earlier)
        ):
            if _is_possessive(earlier):
                break
            first -= 1
        elif earlier in _PARTICLES and first > 1 and earlier != "and" and is_name(words[first - 2][0]) and (
            earlier not in ("of", "the") or words[first - 2][0] in _OF
        ):  # fmt: skip
            first -= 2
        else:
            break
    return first


_OF = words_of(
    "Secretary President Speaker Leader Minister Director Attorney Chairman Chief Department House Bank Court"
)


def is_name(word: str) -> bool:
    """Whether a word may be one of a name, by its first letters."""
    return (word[:1].isupper() and word not in ("I", "A")) or (word[:3] in ("al-", "el-") and len(word) > 4)


def _is_possessive(word: str) -> bool:
    return word.rstrip(",").endswith(("'s", "’s", "s'", "s’"))


# The subject behind its verb: "…," said Lee


def _behind(text: str, verb: int, until: int, *, acts: bool = False) -> Stretch | None:
    """The subject that begins here; a name rather than what is set before it: "spokesman Jan Berg".

    `acts` is whether a verb of its own may follow.
    """
    words = [(word[0], verb + word.start()) for word in WORD.finditer(text[verb : min(until, verb + 120)])]
    taken: list[tuple[str, int]] = []
    for place, (word, at) in enumerate(words):
        bare = word.rstrip(',.;:!?"”)')
        if not taken and bare in _PRONOUNS:
            return at, at + len(bare)
        if not bare or (not taken and bare in _NO_SPEECH) or len(taken) > 8:
            break
        named = [one for one, _ in taken if is_name(one) and one not in ("The", "A", "An")]
        if bare in _PREPOSITIONS or bare in _NO_HEADS or bare in SAYING or bare in _QUOTING:
            follows = words[place + 1][0] if place + 1 < len(words) else ""
            if not (bare == "of" and named and taken[-1][0] in _OF and is_name(follows)):
                break
        # "says Iran expert Jan Berg", "said a Labour lawmaker"; but "Berg left, saying …"
        elif (acts or bare.endswith("ly")) and named and taken[-1][0] in named and not _goes_on(bare):
            break
        if _is_possessive(bare):
            taken = []
            continue
        taken.append((bare, at))
        if word != bare and not SHORTENED.fullmatch(word) and not SHORTENED.fullmatch(word.rstrip(",")):
            break
    return _head(taken)


def _goes_on(word: str) -> bool:
    """Whether a word behind a name may still belong to the subject."""
    return is_name(word) or word in _PARTICLES or word in _ROLES


# Behind a name these say that somebody else is meant: "Trump attorney Jay Sekulow".
_ROLES = words_of(
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
    if is_name(taken[-1][0]):
        first = _first_of_name(taken, len(taken) - 1)
        if first and taken[first - 1][0] in ("the", "The"):
            first -= 1
        taken = taken[first:]
    return taken[0][1], taken[-1][1] + len(taken[-1][0])
