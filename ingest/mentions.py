"""Which actors an article names, where, and in what sense, by the rules of the catalogue.

Names are found by one automaton in one pass (Aho-Corasick); what stands right around them decides what they may be; and
the article as a whole decides on weak names. All offsets are code points. The time is linear in the text: each look
around a name is bounded.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from ahocorasick_rs import AhoCorasick

from data.catalogue import Actor, Catalogue, Holder, Name, Words
from ingest.text import clean

Field = Literal["title", "text"]
# What the words right around a name make of it: it counts by itself, by a title before it, or by a word near it; it
# waits for the rest of the article; it is somebody else's name, who then may bear the surname; or it is nothing.
Verdict = Literal["counts", "titled", "near", "waits", "another", "nothing"]

_AROUND = 40  # code points that are looked at on either side of a name
_SENTENCE = 300  # and where a sentence may begin or end
_ENDING = 3  # letters that a final * stands for
_MARKS = ",;:.!?)]}”\"'"  # right after a word

#: Endings that names take in these languages; Ukrainian and Russian names are written with a * in the catalogue.
_ENDINGS: dict[str, frozenset[str]] = {
    "da": frozenset(["s"]),
    "de": frozenset(["s", "es"]),
    "nb": frozenset(["s"]),
    "nl": frozenset(["s"]),
    "nn": frozenset(["s"]),
    "no": frozenset(["s"]),
    "pl": frozenset(["a", "owi", "em", "u", "ie", "y", "ą", "ę", "ów", "om", "ami", "ach"]),
    "sv": frozenset(["s"]),
}


@dataclass(frozen=True, slots=True)
class Span:
    """One place where an article names an actor, and the rule that says so."""

    actor: str
    field: Field
    start: int
    end: int
    text: str
    kind: str
    rule: str


def find(
    title: str, text: str, language: str | None, published_at: datetime | None, catalogue: Catalogue
) -> list[Span]:
    """All places where title and text name an actor, in reading order.

    Names that are bound to a time count in any article that is undated; names that are bound to a language count in any
    text whose language is unknown.
    """
    return _read(_matcher(catalogue), title, text, language, published_at)[1]


@dataclass(frozen=True, slots=True)
class Trace:
    """One place that looks like a name, and what was made of it; `rule` is empty where it does not count."""

    actor: str
    name: Name
    field: Field
    start: int
    end: int
    before: str  # the word before it
    after: str  # and the one behind
    in_sport: bool  # the article tells of a game
    verdict: Verdict
    rule: str


def trace(
    title: str, text: str, language: str | None, published_at: datetime | None, catalogue: Catalogue
) -> list[Trace]:
    """All places where title and text could name an actor, in the order of the catalogue's automaton, title first."""
    named, spans, in_sport = _read(_matcher(catalogue), title, text, language, published_at)
    rules = {(span.actor, span.field, span.start, span.end): span.rule for span in spans}
    traces: dict[tuple[str, Field, int, int], Trace] = {}
    for seen in named:
        if seen.meaning.actor is None:
            continue
        spot, name = seen.spot, seen.meaning.name
        place = (seen.meaning.actor.key, spot.field, spot.start, spot.end)
        # "NATO" may be the name "Nato" in capitals too; as it is written comes first.
        if place not in traces or name.text == spot.text:
            by_rule = rules.get(place, "")
            traces[place] = Trace(
                *(place[0], name, *place[1:]), spot.before, spot.after, in_sport, seen.verdict, by_rule
            )
    return list(traces.values())


def _read(
    matcher: "_Matcher", title: str, text: str, language: str | None, published_at: datetime | None
) -> tuple[list["_Sighting"], list[Span], bool]:
    """All that looks like a name, the spans that it comes to, and whether the article tells of a game."""
    day = published_at.date() if published_at else None
    sightings = [
        *_sightings(matcher, "title", title, language, day),
        *_sightings(matcher, "text", text, language, day),
    ]
    in_sport = _is_sport(sightings, len(title) + len(text))
    if in_sport:
        sightings = [replace(s, verdict="nothing") if _is_a_team(matcher.words, s) else s for s in sightings]
    named = [sighting for sighting in sightings if not (sighting.meaning.context or sighting.meaning.sport)]
    witness = _witnesses(sightings)
    spans = [*_plain(named, witness), *_surnames(named, witness)]
    spans.extend(_holders(matcher, spans, {"title": title, "text": text}, day))
    spans.sort(key=lambda span: (span.field != "title", span.start, -span.end, span.actor))
    # A form can have two meanings of one actor, as "President Trump" of two terms.
    return named, list({(span.actor, span.field, span.start, span.end): span for span in spans}.values()), in_sport


# The matcher: the names of a catalogue, ready to be found


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a written form can stand for: a name of an actor, or (no actor) the title of a publication."""

    actor: Actor | None
    name: Name
    context: bool = False  # it only bears witness for the actor's weak names
    sport: bool = False  # it only tells that a game is told
    surname: bool = False  # one word, before which another person's given name can stand
    carries: tuple[str, ...] = ()  # the surnames inside a full name, of a never-name those of the other whom it names


@dataclass(frozen=True, slots=True)
class _Matcher:
    automaton: AhoCorasick
    meanings: tuple[tuple[_Meaning, ...], ...]  # of each form, in the automaton's order
    own_words: dict[str, frozenset[str]]  # actor -> the words of its full names
    actors: dict[str, Actor]
    words: Words


@lru_cache(maxsize=8)
def _matcher(catalogue: Catalogue) -> _Matcher:
    forms: dict[str, list[_Meaning]] = defaultdict(list)
    for meaning in _meanings(catalogue):
        for form in _forms(meaning.name):
            forms[form].append(meaning)
    return _Matcher(
        AhoCorasick(list(forms)),
        tuple(tuple(meanings) for meanings in forms.values()),
        {actor.key: frozenset(word for name in actor.names for word in _full(name)) for actor in catalogue.actors},
        {actor.key: actor for actor in catalogue.actors},
        catalogue.words,
    )


def _meanings(catalogue: Catalogue) -> Iterator[_Meaning]:
    for title in sorted(catalogue.words.publications):
        yield _Meaning(None, Name(title, "never"))
    for word in sorted(catalogue.words.sport):
        yield _Meaning(None, Name(word, "strong"), sport=True)
    for actor in catalogue.actors:
        surnames = {name.text for name in actor.names if _is_surname(actor, name)}
        for name in actor.names:
            carries = tuple(sorted(surnames & set(_full(name) or _of_namesake(name, catalogue.words))))
            yield _Meaning(actor, name, surname=name.text in surnames, carries=carries)
        for word in actor.context:
            yield _Meaning(actor, Name(word, "strong"), context=True)


def _is_surname(actor: Actor, name: Name) -> bool:
    # Also of a country where its name is weak: "Jim Jordan".
    may_be = actor.kind == "person" or (actor.kind == "country" and name.strength == "weak")
    single = " " not in name.text or name.text[0].islower()  # "von der Leyen"
    return may_be and single and name.kind == "name" and name.strength != "never"


def _full(name: Name) -> list[str]:
    """The words of a full name; none of a single word."""
    return name.text.split() if name.strength == "strong" and " " in name.text else []


def _of_namesake(name: Name, words: Words) -> list[str]:
    """The last word of a never-name that is another person: of "George H.W. Bush", not of "Bush family"."""
    first, *_, last = name.text.split() if " " in name.text else ("", "")
    return [last] if name.strength == "never" and first in words.given_names else []


def _forms(name: Name) -> set[str]:
    """How a name is written: with either apostrophe, and in a line of capitals."""
    stem = name.text.removesuffix("*")
    forms = {stem, stem.replace("'", "’"), stem.replace("’", "'")}
    return forms if name.exact else forms | {form.upper() for form in forms}


# Sightings: names where they stand


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a form stands, with the word before and the word after it, in a text of this language and day."""

    field: Field
    content: str
    language: str | None
    day: date | None
    start: int
    end: int
    before: str
    after: str

    @property
    def text(self) -> str:
        return self.content[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A meaning at a spot. `by` is what stands beside it and decided, where something did."""

    meaning: _Meaning
    spot: _Spot
    verdict: Verdict
    by: str = ""

    @property
    def place(self) -> tuple[bool, int]:
        """Grows in reading order."""
        return self.spot.field == "text", self.spot.start


def _sightings(
    matcher: _Matcher, field: Field, content: str, language: str | None, day: date | None
) -> Iterator[_Sighting]:
    """The longest names in `content`, none inside another, each with the verdict of the words around it.

    Titles of offices and nominals stand in a layer of their own: "NATO chief" names NATO too.
    """
    datelines = _datelines(content) if field == "text" else []
    reached = [0, 0]
    for start, end, meanings in _occurrences(matcher, content, language):
        spot = _Spot(field, content, language, day, start, end, _word_before(content, start), _word_after(content, end))
        in_dateline = bisect_right(datelines, start) % 2 == 1
        free = [layer for layer in (0, 1) if start >= reached[layer]]
        for meaning in meanings:
            if not _is_valid(meaning.name, language, day):
                continue
            if meaning.context or meaning.sport:
                yield _Sighting(meaning, spot, "counts")
            elif _layer(meaning) in free:
                reached[_layer(meaning)] = end
                yield _Sighting(meaning, spot, *_verdict(matcher, meaning, spot, in_dateline))


# A game takes more words than one: "the goal of the match" may stand in any article.
_KINDS_OF_SPORT, _ROOM_FOR_SPORT = 2, 400


def _is_sport(sightings: Iterable[_Sighting], length: int) -> bool:
    """Whether the article tells of a game: two different words of sport, and one in 400 code points."""
    said = Counter(sighting.meaning.name.text for sighting in sightings if sighting.meaning.sport)
    return len(said) >= _KINDS_OF_SPORT and said.total() * _ROOM_FOR_SPORT >= length


def _is_a_team(words: Words, sighting: _Sighting) -> bool:
    """Whether a country in an article on sport is its team: "England beat Wales", not "in Wales"."""
    actor, spot = sighting.meaning.actor, sighting.spot
    if actor is None or actor.kind != "country" or sighting.meaning.name.kind != "name":
        return False
    before = spot.content[max(0, spot.start - 2) : spot.start].strip()
    return not before.endswith("(") and spot.before.lower() not in words.place_before - {"the", "over"}


def _occurrences(matcher: _Matcher, content: str, language: str | None) -> list[tuple[int, int, tuple[_Meaning, ...]]]:
    """Where a form stands as words of their own: leftmost first, of those the longest first."""
    endings = _ENDINGS.get(language or "", frozenset())
    found = []
    for form, start, end in matcher.automaton.find_matches_as_indexes(content, overlapping=True):
        if not _begins_a_word(content, start):
            continue
        meanings = matcher.meanings[form]
        if not _ends_a_word(content, end):
            rest = _rest_of_word(content, end)
            if not rest:
                continue
            if rest not in endings:
                meanings = tuple(m for m in meanings if m.name.text.endswith("*"))
            end += len(rest)
        if meanings:
            found.append((start, end, meanings))
    found.sort(key=lambda occurrence: (occurrence[0], -occurrence[1]))
    return found


def _begins_a_word(content: str, start: int) -> bool:
    if start == 0:
        return True
    before = content[start - 1]
    if before == "/":
        # In an address, not in "Trump/Pence".
        return "://" not in content[max(0, start - 200) : start].rsplit(None, 1)[-1]
    return not (before.isalnum() or before in "_@" or unicodedata.combining(before))


def _ends_a_word(content: str, end: int) -> bool:
    if end == len(content):
        return True
    after = content[end]
    if after == "." and content[end - 1] != "." and content[end + 1 : end + 2].islower():
        return False  # a host: nato.int
    return not (after.isalnum() or after == "_" or unicodedata.combining(after))


def _rest_of_word(content: str, end: int) -> str:
    """The up to three letters until the end of the word; empty where it is longer or no word."""
    stop = end
    while stop < len(content) and stop - end <= _ENDING and content[stop].isalpha():
        stop += 1
    return content[end:stop] if stop - end <= _ENDING and _ends_a_word(content, stop) else ""


def _is_valid(name: Name, language: str | None, day: date | None) -> bool:
    if day is not None and ((name.first and day < name.first) or (name.last and day > name.last)):
        return False
    if language is None or not name.languages:
        return True
    if name.languages[0].startswith("-"):
        return f"-{language}" not in name.languages
    return language in name.languages


def _layer(meaning: _Meaning) -> int:
    return int(meaning.actor is not None and (meaning.actor.kind == "office" or meaning.name.kind == "nominal"))


_DATELINE = re.compile(
    r"^(?:[A-Z][A-Z.’' -]{2,30}(?:, [A-Z][\w.]*(?: [A-Z][\w.]*){0,2})?(?: \([^)\n]{2,30}\))? ?(?:-|–|—|--) "
    r"|[A-Z]\w{2,20}(?: [A-Z]\w{2,20})?(?:, [A-Z][\w. ]{2,20})? \((?:AP|AFP|CNN|Reuters|dpa|UPI)\))",
    re.MULTILINE,
)


def _datelines(content: str) -> list[int]:
    """Where the places of writing before the first words begin and end, by turns: "KYIV, Ukraine (AP) - "."""
    return [bound for match in _DATELINE.finditer(content) for bound in match.span()]


# Verdicts: what the words right around a name make of it


def _verdict(matcher: _Matcher, meaning: _Meaning, spot: _Spot, in_dateline: bool) -> tuple[Verdict, str]:
    """What a name is where it stands, and the words beside it that say so."""
    actor, name = meaning.actor, meaning.name
    if actor is None or name.strength == "never" or _is_rejected(matcher.words, meaning, actor, spot, in_dateline):
        return "nothing", ""
    if meaning.surname:
        if spot.before in actor.not_after:
            return "another", spot.before  # a title that is not the actor's: "Ms. Sanders"
        title = _title(actor, spot)
        if title:
            return "titled", title
        if _is_of_another(matcher, actor, spot):
            return "another", spot.before
        if actor.kind == "person" and _is_after_unknown_name(matcher, actor, spot):
            return "nothing", ""
        if name.strength == "weak" and name.text in matcher.words.given_names and _is_a_surname_next(spot):
            return "nothing", ""  # a given name here: "Jordan Peterson"
    if name.strength == "strong":
        return "counts", ""
    near = _near(name, spot)
    return ("near", near) if near else ("waits", "")


def _is_a_surname_next(spot: _Spot) -> bool:
    """Whether the word behind is a name, as far as letters tell; in headlines verbs are capitalised too."""
    after = spot.after
    if spot.field == "title" and (after.endswith("s") or after.lower() in _SMALL_WORDS):
        return False
    return _is_capitalised(after)


_SMALL_WORDS = frozenset(["and", "as", "at", "for", "has", "in", "is", "of", "on", "or", "to", "vs", "will", "with"])


def _title(actor: Actor, spot: _Spot) -> str:
    """The title of the actor that stands right before; empty where none does, or not at that time."""
    valid = (title.text for title in actor.titles if _is_valid(title, spot.language, spot.day))
    return next((title for title in valid if _stands_before(title, spot)), "")


def _is_rejected(words: Words, meaning: _Meaning, actor: Actor, spot: _Spot, in_dateline: bool) -> bool:
    name = meaning.name
    if actor.kind == "country" and (in_dateline or _is_a_place_of_that_name(spot)):
        return True
    if name.exact and _is_in_capitals(spot):
        return True
    if (name.strength == "weak" or meaning.surname) and _is_in_bad_company(words, actor, spot):
        return True
    if name.kind == "demonym" and _is_of_a_society(words, spot):
        return True
    if name.kind == "metonym":
        return not _is_the_government(words, spot)
    return actor.kind == "person" and spot.after in words.institutions


# Towns and streets are called after countries: "Poland, Ohio", "One Norway Street".
_STATES = (
    "Alabama|Alaska|Ariz(?:ona|[.])|Ark(?:ansas|[.])|Calif(?:ornia|[.])|Colo(?:rado|[.])|Conn(?:ecticut|[.])"
    "|Del(?:aware|[.])|Fla[.]|Florida|Ga[.]|Idaho|Ill(?:inois|[.])|Ind(?:iana|[.])|Iowa|Kan(?:sas|[.])|Kentucky"
    "|Ky[.]|Louisiana|Maine|Md[.]|Maryland|Mass(?:achusetts|[.])|Mich(?:igan|[.])|Minn(?:esota|[.])"
    "|Miss(?:issippi|ouri|[.])|Mo[.]|Mont(?:ana|[.])|Neb(?:raska|[.])|Nev(?:ada|[.])|N[.][CDHJMY][.]"
    "|New (?:Hampshire|Jersey|York)|North (?:Carolina|Dakota)|Ohio|Okla(?:homa|[.])|Ore(?:gon|[.])|Pa[.]"
    "|Pennsylvania|R[.]I[.]|S[.][CD][.]|South (?:Carolina|Dakota)|Tenn(?:essee|[.])|Tex(?:as|[.])|Utah|Va[.]"
    "|Vermont|Virginia|Vt[.]|W[.]Va[.]|Wash[.]|West Virginia|Wis(?:consin|[.])|Wyo(?:ming|[.])"
)
_OF_THAT_NAME = re.compile(rf", (?:{_STATES})(?!\w)| (?:Avenue|Boulevard|Drive|Lane|Road|Street)\b")


def _is_a_place_of_that_name(spot: _Spot) -> bool:
    return _OF_THAT_NAME.match(spot.content, spot.end) is not None


_CAPITALISED = re.compile(r"(?: (?:of|for|and|the|&|[A-Z][\w’'-]*))+")


def _is_of_a_society(words: Words, spot: _Spot) -> bool:
    """Whether a demonym begins the name of a body of its own: "American Medical Association", "German Opera"."""
    behind = _CAPITALISED.match(spot.content[spot.end : spot.end + 2 * _AROUND])
    return behind is not None and not words.societies.isdisjoint(behind[0].split()[:5])


def _is_in_bad_company(words: Words, actor: Actor, spot: _Spot) -> bool:
    """Whether a word of the actor's own lists stands right before or after; titles are left to `_verdict`."""
    if any(_stands_before(phrase, spot) for phrase in actor.not_after if phrase not in words.titles):
        return True
    return spot.after in actor.not_before or ("#" in actor.not_before and spot.after[:1].isdigit())


def _word_before(content: str, start: int) -> str:
    """The word that one space parts from the name; empty where there is none, or a comma or a bracket between."""
    if start < 2 or content[start - 1] != " ":
        return ""
    words = content[max(0, start - _AROUND) : start - 1].split()
    word = re.split("[—–]", words[-1])[-1].lstrip("“”\"‘’'([{-") if words else ""
    return word if word and (word[-1].isalnum() or word[-1] == ".") else ""


def _word_after(content: str, end: int) -> str:
    """The word that one space parts from the name, without a possessive and the marks after it."""
    if content[end : end + 1] != " ":
        return ""
    words = content[end + 1 : end + _AROUND].split(None, 1)
    return words[0].rstrip(",;:.!?)]}”\"’'").removesuffix("’s").removesuffix("'s") if words else ""


def _stands_before(phrase: str, spot: _Spot) -> bool:
    """Whether `phrase` stands right before the name; `#` stands for a number."""
    if phrase == "#":
        return spot.before[:1].isdigit()
    opens = spot.start - len(phrase) - 1
    return opens >= 0 and spot.content.startswith(phrase + " ", opens) and _begins_a_word(spot.content, opens)


def _near(name: Name, spot: _Spot) -> str:
    """The first of the name's `near` words that stands in its sentence; empty where none does."""
    if not name.near:
        return ""
    before = re.split(r"\n|[.!?][”\"’)]? (?=[A-Z“\"])", spot.content[max(0, spot.start - _SENTENCE) : spot.start])[-1]
    after = re.split(r"\n|[.!?][”\"’)]?(?: |$)", spot.content[spot.end : spot.end + _SENTENCE], maxsplit=1)[0]
    return next((word for word in name.near if _contains(before, word) or _contains(after, word)), "")


def _contains(sentence: str, word: str) -> bool:
    at = sentence.find(word)
    return at >= 0 and _begins_a_word(sentence, at) and _ends_a_word(sentence, at + len(word))


def _is_capitalised(word: str) -> bool:
    return word[:1].isupper()


def _is_in_capitals(spot: _Spot) -> bool:
    """Whether the words beside the name, in its line, are all capitals: there "US" may be "us"."""
    line_before = spot.content[max(0, spot.start - _AROUND) : spot.start].rpartition("\n")[2]
    line_after = spot.content[spot.end : spot.end + _AROUND].partition("\n")[0]
    beside = line_before.split()[-2:] + line_after.split()[:2]
    spelled = [word for word in beside if sum(map(str.isalpha, word)) > 1 or word.islower()]
    return bool(spelled) and all(word.isupper() for word in spelled)


def _is_the_government(words: Words, spot: _Spot) -> bool:
    """Whether a capital stands for its government: "Moscow said", not "in Moscow", not "Moscow State University"."""
    if _is_capitalised(spot.after) or spot.after in words.place_after:
        return False
    rest = spot.content[spot.end : spot.end + _AROUND]
    if rest[:2] in ("'s", "’s"):
        owned = [word.rstrip(_MARKS) for word in rest[2:].split()[:2]]
        if spot.before in _INSIDE:
            return bool(owned) and owned[0] in _OF_A_MIND
        # Also "London's new mayor".
        return words.place_after.isdisjoint(owned) and not _is_capitalised(rest[3:])
    if spot.before in _INSIDE:
        return False
    if spot.before == "on":
        return _earlier(spot) in _ON_GOVERNMENTS
    if spot.before in words.place_before:
        return False
    return (
        spot.before in words.government_before
        or spot.after in words.government_after
        or bool(_DOES.match(rest))
        or _is_beside_another(spot, rest)
    )


# Right before a capital these are about the place, whatever comes behind.
_INSIDE = frozenset(["in", "In", "near", "outside", "around", "across", "inside", "downtown", "central"])
_OF_A_MIND = frozenset(["view", "mind", "eyes", "interest", "interests", "opinion"])  # "in Moscow's view"
_ON_GOVERNMENTS = frozenset(["sanctions", "pressure", "reliance", "leverage", "restrictions", "limits", "price"])

# What a government does, or is doing, and what it is made: "Beijing outlined", "is willing", "Moscow-backed".
_DOES = re.compile(
    r" (?:also |again |now |then |repeatedly |still )?(?:(?!based|located|born|divided|bombed|shaped)[a-z]{3,}ed|built|"
    r"is (?:also |not |now )?(?:[a-z]+ing|willing|ready|likely|prepared|determined|set)|"
    r"isn['’]t|hasn['’]t|won['’]t|doesn['’]t|didn['’]t|wouldn['’]t|remains|suspects|estimates)\b"
    r"|-(?:backed|led|aligned|controlled|installed|friendly|appointed|sponsored)\b"
)

# Two capitals in one breath: "talks of Washington and Pyongyang", no list of towns.
_CAPITALS = "Washington|Moscow|Beijing|Tehran|Pyongyang|Seoul|Kyiv|Kiev|Ankara|Damascus|Baghdad|Riyadh|Tokyo|Brussels"
_AND_BEFORE = re.compile(rf"(?<!, )\b([\w’']+) (?:{_CAPITALS}) (?:and|or) $")
_AND_AFTER = re.compile(rf" (?:and|or) (?:{_CAPITALS})\b(?! [A-Z]|,? [A-Z])")


def _is_beside_another(spot: _Spot, rest: str) -> bool:
    before = _AND_BEFORE.search(spot.content[max(0, spot.start - _AROUND) : spot.start])
    if before:
        return before[1] not in _TRAVEL
    return bool(_AND_AFTER.match(rest)) and spot.before not in _TRAVEL


_TRAVEL = _INSIDE | {"to", "from", "at", "visit", "visited", "via", "through", "flights"}


_INITIALS = re.compile(r"(?!U\.[SKN]\.)(?:[A-Z]\.)+")


def _is_of_another(matcher: _Matcher, actor: Actor, spot: _Spot) -> bool:
    """Whether the word before a surname is a given name, or an initial, that is not the actor's."""
    before, own, given = spot.before, matcher.own_words[actor.key], matcher.words.given_names
    if not before or before in own or before.title() in own or _is_of_a_couple(spot, own):
        return False
    if before in given or (before.isupper() and before.title() in given):
        return True
    if not _INITIALS.fullmatch(before):
        return False
    # "Vladimir V. Putin" is he himself, and so is "V. Putin".
    earlier = _earlier(spot)
    if _is_capitalised(earlier):
        return earlier not in own
    return before[0] not in {word[0] for word in own if word != spot.text}


def _is_of_a_couple(spot: _Spot, own: frozenset[str]) -> bool:
    """Whether both bear the surname: "Barack and Michelle Obama"."""
    words = spot.content[max(0, spot.start - _AROUND) : spot.start].split()
    if len(words) < 3 or words[-2] not in ("and", "&"):
        return False
    first = words[-3].lstrip('“"(')
    return first in own and first != spot.text


def _is_after_unknown_name(matcher: _Matcher, actor: Actor, spot: _Spot) -> bool:
    """Whether a capitalised word that we do not know stands before, after one in small letters: "by Cordelia Vance".

    Not in headlines, which are full of capitals, nor in languages with other customs.
    """
    before = spot.before
    if spot.field == "title" or spot.language not in ("en", None) or not _is_capitalised(before):
        return False
    if before.isupper() or before.endswith((".", "'s", "’s")):
        return False
    own = matcher.own_words[actor.key]
    if before in matcher.words.titles or before in own or _is_of_a_couple(spot, own):
        return False
    earlier = _earlier(spot)
    return earlier.islower() and earlier[-1] != "."


def _earlier(spot: _Spot) -> str:
    """The word before the word before the name."""
    return _word_before(spot.content, spot.start - len(spot.before) - 1)


# The article as a whole: who bears witness for a weak name


@dataclass(frozen=True, slots=True)
class _Witness:
    place: tuple[bool, int]
    text: str
    context: bool = False  # no name of the actor


def _witnesses(sightings: Iterable[_Sighting]) -> dict[str, _Witness]:
    """For each actor the first name that counts by itself, else its first context word."""
    strong: dict[str, _Witness] = {}
    context: dict[str, _Witness] = {}
    for sighting in sightings:
        if sighting.meaning.actor and sighting.verdict in ("counts", "titled", "near"):
            kept = context if sighting.meaning.context else strong
            kept.setdefault(
                sighting.meaning.actor.key, _Witness(sighting.place, sighting.spot.text, sighting.meaning.context)
            )
    return context | strong


def _plain(named: list[_Sighting], witness: dict[str, _Witness]) -> Iterator[Span]:
    """What counts by itself, and weak names that are no surnames."""
    for sighting in named:
        actor, name, verdict = sighting.meaning.actor, sighting.meaning.name, sighting.verdict
        if actor is None:
            continue
        seen = witness.get(actor.key)
        if verdict == "counts":
            yield _span(sighting, actor, "")
        elif verdict == "titled":
            yield _span(sighting, actor, f'after title "{sighting.by}"')
        elif sighting.meaning.surname:
            continue
        elif verdict == "near":
            yield _span(sighting, actor, f'near "{sighting.by}"')
        # A description needs the name before it; a headline may use a weak name that the text explains.
        elif verdict == "waits" and seen and (name.kind != "nominal" or _is_named_before(seen, sighting)):
            yield _span(sighting, actor, _beside(seen, sighting))


def _is_named_before(seen: _Witness, sighting: _Sighting) -> bool:
    return not seen.context and seen.place < sighting.place


def _surnames(named: list[_Sighting], witness: dict[str, _Witness]) -> Iterator[Span]:
    """Weak surnames, where the actor bears them; where nobody is named in full, a context word suffices."""
    bearers = _Bearers(named)
    for sighting in named:
        actor, surname = sighting.meaning.actor, sighting.meaning.name.text
        bearers.pass_by(sighting)
        if actor is None or not sighting.meaning.surname or sighting.verdict not in ("waits", "near"):
            continue
        if sighting.verdict == "near" and actor.kind == "country" and sighting.spot.before in _INSIDE:
            # "in Jordan and Lebanon", though a Jordan speaks.
            yield _span(sighting, actor, f'near "{sighting.by}"')
            continue
        if bearers.anyone(surname):
            seen = bearers.of(actor.key, surname)
        elif sighting.verdict == "near":
            yield _span(sighting, actor, f'near "{sighting.by}"')
            continue
        else:
            seen = witness.get(actor.key)
        if seen:
            yield _span(sighting, actor, _beside(seen, sighting))


class _Bearers:
    """Who bears a surname: whoever the article names in full most often, among equals the last so far."""

    def __init__(self, named: list[_Sighting]) -> None:
        self._times: dict[str, Counter[str | None]] = defaultdict(Counter)
        self._now: dict[str, str | None] = {}
        self._first: dict[tuple[str | None, str], _Witness] = {}
        for sighting in named:
            for surname, bearer in _naming(sighting):
                self._times[surname][bearer] += 1
                self._now.setdefault(surname, bearer)
                self._first.setdefault((bearer, surname), _Witness(sighting.place, sighting.spot.text))

    def pass_by(self, sighting: _Sighting) -> None:
        for surname, bearer in _naming(sighting):
            self._now[surname] = bearer

    def anyone(self, surname: str) -> bool:
        return surname in self._now

    def of(self, actor: str, surname: str) -> _Witness | None:
        """The full name by which this actor bears the surname here; None where somebody else does."""
        times = self._times[surname]
        most = max(times.values())
        candidates = [bearer for bearer, count in times.items() if count == most]
        bearer = candidates[0] if len(candidates) == 1 else self._now[surname]
        return self._first[bearer, surname] if bearer == actor else None


def _naming(sighting: _Sighting) -> Iterator[tuple[str, str | None]]:
    """The surnames that this sighting gives to somebody: to its actor, or (None) to another person."""
    meaning = sighting.meaning
    if meaning.actor is None:
        return
    if meaning.name.strength == "never":
        for surname in meaning.carries:
            yield surname, None
    elif sighting.verdict == "another":
        yield meaning.name.text, None
    elif sighting.verdict == "titled":
        yield meaning.name.text, meaning.actor.key
    elif sighting.verdict in ("counts", "nothing"):
        # Also "George W. Bush administration" says who bears the surname.
        for surname in meaning.carries:
            yield surname, meaning.actor.key


def _span(sighting: _Sighting, actor: Actor, because: str) -> Span:
    name, spot = sighting.meaning.name, sighting.spot
    rule = f'{name.strength if name.kind == "name" else name.kind} "{spot.text}" {because}'.rstrip()
    return Span(actor.key, spot.field, spot.start, spot.end, spot.text, name.kind, rule)


def _beside(seen: _Witness, sighting: _Sighting) -> str:
    return f'{"after" if seen.place < sighting.place else "before"} "{seen.text}"'


# Offices: who held it on the day of the article


def _holders(matcher: _Matcher, spans: list[Span], contents: dict[str, str], day: date | None) -> Iterator[Span]:
    """The title of an office describes its holder of that day too: "the NATO chief said"."""
    if day is None:
        return
    for span in spans:
        for holder in matcher.actors[span.actor].holders:
            own = matcher.own_words[holder.actor]
            if _held(holder, day) and _means_the_holder(contents[span.field], span, own):
                rule = f'office "{span.text}" held on {day}'
                yield Span(holder.actor, span.field, span.start, span.end, span.text, "nominal", rule)


def _held(holder: Holder, day: date) -> bool:
    return (holder.first is None or holder.first <= day) and (holder.last is None or day <= holder.last)


def _means_the_holder(content: str, span: Span, own: frozenset[str]) -> bool:
    """Whether a title alone speaks of its holder: not "as NATO chief", "a former NATO chief", "NATO chief Solana"."""
    before, after = _word_before(content, span.start), _word_after(content, span.end)
    starts = span.start == 0 or content[span.start - 1] == "\n"
    definite = starts or before in ("the", "The")
    titled = any(word in own for word in span.text.split())
    return definite and not titled and (not _is_capitalised(after) or after in own)


# The catalogue's own example sentences

_HEADER = re.compile(r"\((?P<language>[a-z]{2})?[, ]*(?P<day>\d{4}-\d\d-\d\d)?\) ")


def check(catalogue: Catalogue) -> list[str]:
    """What fails of the catalogue's example sentences: a message each, none where all is well.

    In an example, brackets stand around each name of the actor that must be found, and nothing else may be, as in
    `[Rutte] met Stoltenberg`. Before it can stand a language and a day, `(de, 2024-10-01) `, and a headline that ends
    with ` | `. A counter-example is written likewise, and names the actor nowhere.

    A name that counts in plain sentences without any name, one that counts nowhere, not even alone, and one that
    claims what another actor's example says is that actor's, fail too.
    """
    faults = [
        *(
            message
            for actor in catalogue.actors
            for sentence in (*actor.examples, *actor.counter_examples)
            if (message := _check_sentence(catalogue, actor, sentence, sentence in actor.examples))
        ),
        *_names_of_everything(catalogue),
        *(message for actor in catalogue.actors for message in _names_of_nothing(catalogue, actor)),
        *(message for actor in catalogue.actors for message in _names_of_another(catalogue, actor)),
    ]
    return list(dict.fromkeys(faults))


def _check_sentence(catalogue: Catalogue, actor: Actor, sentence: str, must_match: bool) -> str | None:
    at = f'actors.toml: actor "{actor.key}": "{sentence}"'
    try:
        example = _example(sentence)
    except ValueError as error:
        return f"{at}: {error}"
    spans = [span for span in find(*example.article, catalogue) if span.actor == actor.key]
    if must_match and not example.expected:
        return f"{at}: an example marks no name. Put brackets around each name that must be found."
    if [(span.field, span.start, span.end) for span in spans] == example.expected:
        return None
    found = ", ".join(f'"{span.text}" at {span.start} by {span.rule}' for span in spans) or "nothing"
    wanted = "what stands in brackets" if must_match else "nothing"
    return f"{at}: should find {wanted}, finds {found}. Change the names of the entry, or the sentence."


#: Sentences without a name, of the words that stand in any text.
_PLAIN = (
    "The man and the woman who were there said that it will be a good year for all of us.",
    "He did not know what they had seen, but she would ask them in the morning if they could come.",
    "In the end a few people from the city went to work on this, as they do each day.",
    "When it rains, many of the children stay at home; some read, others play with their friends.",
    "This is not the first time that the price of bread and oil has gone up by so much in one week.",
    "WHAT IT MAY MEAN FOR ALL OF US, AND WHO WILL PAY | You may ask why, and they will say: it was time.",
)


def _names_of_everything(catalogue: Catalogue) -> Iterator[str]:
    for sentence in _PLAIN:
        title, _, text = sentence.rpartition(" | ")
        for span in find(title, text, "en", None, catalogue):
            yield (
                f'actors.toml: actor "{span.actor}": the {span.rule} counts in "{sentence}", where nobody is named. '
                f"Remove the name, or make it weak and `exact`."
            )


def _names_of_nothing(catalogue: Catalogue, actor: Actor) -> Iterator[str]:
    """Of strong names only; where a weak one counts, the advice of `unexercised` asks for a sentence."""
    for name in actor.names:
        if name.strength == "strong" and not _counts_alone(catalogue, actor, name):
            yield (
                f'actors.toml: actor "{actor.key}": the strong name "{name.text}" counts nowhere, not even alone in '
                f'"{_stem(name)}". Write it as it stands in the news, in composed letters (NFC), or remove it.'
            )


def _counts_alone(catalogue: Catalogue, actor: Actor, name: Name) -> bool:
    language = next((one for one in name.languages if not one.startswith("-")), None)
    day = name.first or name.last
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    alone = clean(_stem(name))
    spans = find("", alone, language, at, catalogue)
    return any(span.actor == actor.key and span.text == alone for span in spans)


def _names_of_another(catalogue: Catalogue, actor: Actor) -> Iterator[str]:
    """Offices and descriptions stand beside names: "NATO chief" may be an office, a person and NATO."""
    offices = {one.key for one in catalogue.actors if one.kind == "office"}
    if actor.key in offices:
        return
    for sentence in actor.examples:
        try:
            example = _example(sentence)
        except ValueError:
            continue  # told already
        for span in find(*example.article, catalogue):
            is_its = (span.field, span.start, span.end) in example.expected
            if is_its and span.actor not in {actor.key, *offices} and span.kind != "nominal":
                yield (
                    f'actors.toml: actor "{span.actor}": the {span.rule} claims what is "{actor.key}" in '
                    f'"{sentence}". Remove the name from one of the two, or make it weak in both.'
                )


@dataclass(frozen=True, slots=True)
class _Example:
    """A sentence of the catalogue: what `find` takes but the catalogue, and where the actor must be found."""

    article: tuple[str, str, str, datetime | None]
    expected: list[tuple[Field, int, int]]


def _example(sentence: str) -> _Example:
    """Raises ValueError, saying what to write, where the day before it is none."""
    header = _HEADER.match(sentence)
    day = header["day"] if header else None
    if day and not _is_day(day):
        raise ValueError(f"{day} is no day. Write it as in 2024-10-01.")
    title, _, text = sentence[header.end() if header else 0 :].rpartition(" | ")
    plain_title, plain_text = (re.sub(r"[\[\]]", "", part) for part in (title, text))
    published_at = datetime.fromisoformat(f"{day}T12:00+00:00") if day else None
    language = header["language"] if header else None
    return _Example(
        (plain_title, plain_text, language or "en", published_at),
        [*_brackets("title", title), *_brackets("text", text)],
    )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _brackets(field: Field, marked: str) -> list[tuple[Field, int, int]]:
    """Where the bracketed parts stand once the brackets are gone."""
    return [
        (field, match.start() - 2 * nth, match.end() - 2 * nth - 2)
        for nth, match in enumerate(re.finditer(r"\[[^\]]*\]", marked))
    ]


# Rules that no sentence shows at work


def unexercised(catalogue: Catalogue) -> list[str]:
    """Advice: each rule of a name that no sentence of its actor shows at work, with what to write; none where all do.

    It is the matcher that tells which rule it followed at each place of a sentence. A name or title must count in an
    example, an office describe its holder in one, a never-name stand in any sentence, and a weak name also stand
    somewhere without counting. A name that is bound to a time is shown only by sentences with a day.
    """
    shown = {actor.key: _shown(catalogue, actor) for actor in catalogue.actors}
    return [
        f'actors.toml: actor "{actor.key}": {advice}'
        for actor in catalogue.actors
        for advice in (*_advice_on_names(actor, shown[actor.key]), *_advice_on_holders(actor, shown))
    ]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the sentences of an actor show at work."""

    counting: frozenset[Name]  # names and titles
    idle: frozenset[Name]  # names that stand there and do not count
    holding: frozenset[date]  # days on which a title described the actor


def _shown(catalogue: Catalogue, actor: Actor) -> _Shown:
    counting: set[Name] = set()
    idle: set[Name] = set()
    holding: set[date] = set()
    for sentence in (*actor.examples, *actor.counter_examples):
        try:
            article = _example(sentence).article
        except ValueError:
            continue  # for `check` to tell
        sightings, spans, _ = _read(_matcher(catalogue), *article)
        own = {(span.field, span.start, span.end): span for span in spans if span.actor == actor.key}
        published_at = article[-1]
        if published_at and any(span.rule.startswith("office ") for span in own.values()):
            holding.add(published_at.date())
        for sighting in sightings:
            if sighting.meaning.actor == actor and _shows(sighting):
                spot = sighting.spot
                kept = counting if (spot.field, spot.start, spot.end) in own else idle
                kept.add(sighting.meaning.name)
                if sighting.verdict == "titled":
                    counting.update(title for title in actor.titles if title.text == sighting.by)
    return _Shown(frozenset(counting), frozenset(idle), frozenset(holding))


def _shows(sighting: _Sighting) -> bool:
    """Whether a sentence speaks for this name: written as it is, not "NATO" for "Nato", and dated where it is."""
    name, spot = sighting.meaning.name, sighting.spot
    written = spot.text.replace("’", "'").startswith(name.text.removesuffix("*").replace("’", "'"))
    return written and (spot.day is not None or not (name.first or name.last))


def _advice_on_names(actor: Actor, shown: _Shown) -> Iterator[str]:
    for name in actor.names:
        word = name.strength if name.kind == "name" else name.kind
        if name.strength == "never":
            if name not in shown.idle:
                yield (
                    f'no sentence holds the never-name "{name.text}". '
                    f'Add "{_heading(name)}… {_stem(name)} …" to `counter_examples`, or remove the name.'
                )
            continue
        if name not in shown.counting:
            yield (
                f'in no example the {word} "{name.text}" counts. '
                f'Add "{_heading(name)}… [{_stem(name)}] …" to `examples`, or remove the name.'
            )
        if name.strength == "weak" and name not in shown.idle:
            yield (
                f'in no sentence the {word} "{name.text}" stands without counting. '
                f'Add "{_heading(name)}… {_stem(name)} …" to `counter_examples`, where something else is meant.'
            )
    for title in actor.titles:
        if title not in shown.counting:
            yield (
                f'in no example the title "{title.text}" makes a weak name count. '
                f'Add "{_heading(title)}… {title.text} [{_weak_name(actor)}] …" to `examples`, or remove the title.'
            )


def _advice_on_holders(office: Actor, shown: Mapping[str, _Shown]) -> Iterator[str]:
    for holder in office.holders:
        if not any(_held(holder, day) for day in shown[holder.actor].holding):
            yield (
                f'no example of "{holder.actor}" shows the office held from {holder.first} to {holder.last}. '
                f'Add "({holder.first or holder.last}) The [{_stem(office.names[0])}] …" to `examples` there.'
            )


def _stem(name: Name) -> str:
    return name.text.removesuffix("*")


def _heading(name: Name) -> str:
    """What must stand before a sentence that shows the name."""
    languages = [language for language in name.languages if not language.startswith("-")]
    parts = languages[:1] + [str(day) for day in (name.first or name.last,) if day]
    return f"({', '.join(parts)}) " if parts else ""


def _weak_name(actor: Actor) -> str:
    return next((name.text for name in actor.names if name.strength == "weak"), "…")
