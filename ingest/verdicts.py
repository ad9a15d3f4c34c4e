"""What the words right around a name make of it. Each look is bounded."""

import re
from typing import Literal

from data.catalogue import Actor, Name, Words
from ingest.matcher import AROUND, Matcher, Meaning, Spot, begins_a_word, ends_a_word, is_valid, word_before

# It counts by itself, by a title before it, or by a word near it; it waits for the rest of the article; it is somebody
# else's name, who then may bear the surname; or it is nothing.
Verdict = Literal["counts", "titled", "near", "waits", "another", "nothing"]

_SENTENCE = 300  # code points on either side of a name in which its sentence may begin or end
_MARKS = ",;:.!?)]}”\"'"  # right after a word


def verdict_on(matcher: Matcher, meaning: Meaning, spot: Spot, in_dateline: bool) -> tuple[Verdict, str]:
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


def _is_a_surname_next(spot: Spot) -> bool:
    """Whether the word behind is a name, as far as letters tell; in headlines verbs are capitalised too."""
    after = spot.after
    if spot.field == "title" and (after.endswith("s") or after.lower() in _SMALL_WORDS):
        return False
    return is_capitalised(after)


_SMALL_WORDS = frozenset(["and", "as", "at", "for", "has", "in", "is", "of", "on", "or", "to", "vs", "will", "with"])


def _title(actor: Actor, spot: Spot) -> str:
    """The title of the actor that stands right before; empty where none does, or not at that time."""
    valid = (title.text for title in actor.titles if is_valid(title, spot.language, spot.day))
    return next((title for title in valid if _stands_before(title, spot)), "")


def _is_rejected(words: Words, meaning: Meaning, actor: Actor, spot: Spot, in_dateline: bool) -> bool:
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


def _is_a_place_of_that_name(spot: Spot) -> bool:
    return _OF_THAT_NAME.match(spot.content, spot.end) is not None


_CAPITALISED = re.compile(r"(?: (?:of|for|and|the|&|[A-Z][\w’'-]*))+")


def _is_of_a_society(words: Words, spot: Spot) -> bool:
    """Whether a demonym begins the name of a body of its own: "American Medical Association", "German Opera"."""
    behind = _CAPITALISED.match(spot.content[spot.end : spot.end + 2 * AROUND])
    return behind is not None and not words.societies.isdisjoint(behind[0].split()[:5])


def _is_in_bad_company(words: Words, actor: Actor, spot: Spot) -> bool:
    """Whether a word of the actor's own lists stands right before or after; titles are left to `verdict_on`."""
    if any(_stands_before(phrase, spot) for phrase in actor.not_after if phrase not in words.titles):
        return True
    return spot.after in actor.not_before or ("#" in actor.not_before and spot.after[:1].isdigit())


def _stands_before(phrase: str, spot: Spot) -> bool:
    """Whether `phrase` stands right before the name; `#` stands for a number."""
    if phrase == "#":
        return spot.before[:1].isdigit()
    opens = spot.start - len(phrase) - 1
    return opens >= 0 and spot.content.startswith(phrase + " ", opens) and begins_a_word(spot.content, opens)


def _near(name: Name, spot: Spot) -> str:
    """The first of the name's `near` words that stands in its sentence; empty where none does."""
    if not name.near:
        return ""
    before = re.split(r"\n|[.!?][”\"’)]? (?=[A-Z“\"])", spot.content[max(0, spot.start - _SENTENCE) : spot.start])[-1]
    after = re.split(r"\n|[.!?][”\"’)]?(?: |$)", spot.content[spot.end : spot.end + _SENTENCE], maxsplit=1)[0]
    return next((word for word in name.near if _contains(before, word) or _contains(after, word)), "")


def _contains(sentence: str, word: str) -> bool:
    at = sentence.find(word)
    return at >= 0 and begins_a_word(sentence, at) and ends_a_word(sentence, at + len(word))


def is_capitalised(word: str) -> bool:
    """Whether it begins with a capital letter; an empty word does not."""
    return word[:1].isupper()


def _is_in_capitals(spot: Spot) -> bool:
    """Whether the words beside the name, in its line, are all capitals: there "US" may be "us"."""
    line_before = spot.content[max(0, spot.start - AROUND) : spot.start].rpartition("\n")[2]
    line_after = spot.content[spot.end : spot.end + AROUND].partition("\n")[0]
    beside = line_before.split()[-2:] + line_after.split()[:2]
    spelled = [word for word in beside if sum(map(str.isalpha, word)) > 1 or word.islower()]
    return bool(spelled) and all(word.isupper() for word in spelled)


def _is_the_government(words: Words, spot: Spot) -> bool:
    """Whether a capital stands for its government: "Moscow said", not "in Moscow", not "Moscow State University"."""
    if is_capitalised(spot.after) or spot.after in words.place_after:
        return False
    rest = spot.content[spot.end : spot.end + AROUND]
    if rest[:2] in ("'s", "’s"):
        owned = [word.rstrip(_MARKS) for word in rest[2:].split()[:2]]
        if spot.before in INSIDE:
            return bool(owned) and owned[0] in _OF_A_MIND
        # Also "London's new mayor".
        return words.place_after.isdisjoint(owned) and not is_capitalised(rest[3:])
    if spot.before in INSIDE:
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
INSIDE = frozenset(["in", "In", "near", "outside", "around", "across", "inside", "downtown", "central"])
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


def _is_beside_another(spot: Spot, rest: str) -> bool:
    before = _AND_BEFORE.search(spot.content[max(0, spot.start - AROUND) : spot.start])
    if before:
        return before[1] not in _TRAVEL
    return bool(_AND_AFTER.match(rest)) and spot.before not in _TRAVEL


_TRAVEL = INSIDE | {"to", "from", "at", "visit", "visited", "via", "through", "flights"}


_INITIALS = re.compile(r"(?!U\.[SKN]\.)(?:[A-Z]\.)+")


def _is_of_another(matcher: Matcher, actor: Actor, spot: Spot) -> bool:
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
    if is_capitalised(earlier):
        return earlier not in own
    return before[0] not in {word[0] for word in own if word != spot.text}


def _is_of_a_couple(spot: Spot, own: frozenset[str]) -> bool:
    """Whether both bear the surname: "Barack and Michelle Obama"."""
    words = spot.content[max(0, spot.start - AROUND) : spot.start].split()
    if len(words) < 3 or words[-2] not in ("and", "&"):
        return False
    first = words[-3].lstrip('“"(')
    return first in own and first != spot.text


def _is_after_unknown_name(matcher: Matcher, actor: Actor, spot: Spot) -> bool:
    """Whether a capitalised word that we do not know stands before, after one in small letters: "by Cordelia Vance".

    Not in headlines, which are full of capitals, nor in languages with other customs.
    """
    before = spot.before
    if spot.field == "title" or spot.language not in ("en", None) or not is_capitalised(before):
        return False
    if before.isupper() or before.endswith((".", "'s", "’s")):
        return False
    own = matcher.own_words[actor.key]
    if before in matcher.words.titles or before in own or _is_of_a_couple(spot, own):
        return False
    earlier = _earlier(spot)
    return earlier.islower() and earlier[-1] != "."


def _earlier(spot: Spot) -> str:
    """The word before the word before the name."""
    return word_before(spot.content, spot.start - len(spot.before) - 1)
