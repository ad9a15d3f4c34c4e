"""Whom the words mean that are no name: who speaks, and which sentences go on about an actor.

Precision goes first: a pronoun or a description continues an actor only where the sentence before can mean nobody else.
The time is linear in the text: sentences are of bounded length, and only the one before is looked at.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.models.kinds import is_body
from ingest.discourse import PEOPLE, Discourse
from ingest.mentions import Span
from ingest.text import Stretch, words_of


def resolve(field: Discourse) -> None:
    """Fills in who speaks, and which sentences continue an actor, sentence by sentence."""
    ends: defaultdict[int, list[Span]] = defaultdict(list)
    for span in field.spans:
        ends[span.end].append(span)
    for place, quote in enumerate(field.quotes):
        if quote.speaker:
            field.speakers[place] = _named_speaker(field, quote.speaker, ends)
    for sentence in range(len(field.sentences)):
        _continue(field, sentence)
        for place in field.speaking.get(sentence, ()):
            if not field.speakers[place]:
                field.speakers[place] = _pronoun_speaker(field, sentence, place)


def _named_speaker(field: Discourse, speaker: Stretch, ends: Mapping[int, Sequence[Span]]) -> str:
    """The actor whose name ends the speaker's words, or whose title they are."""
    start, end = speaker
    # "President Obama" names the office too.
    for span in sorted(ends.get(end, ()), key=lambda span: field.kinds.get(span.actor) not in PEOPLE):
        if field.kinds.get(span.actor) in PEOPLE or _speaks_for_all(field.text[start:end], span):
            return span.actor
    words = field.text[start:end].lower()
    if not words.startswith("the "):
        return ""
    bearers = [actor for actor, titles in field.titles.items() if words[4:] in titles]
    return bearers[0] if len(bearers) == 1 else ""


def _speaks_for_all(words: str, span: Span) -> bool:
    """Whether a body itself speaks, "the White House", "Senate Democrats", and not one of it: "the Ohio Democrat"."""
    if span.kind == "demonym" or span.text in _MEMBERS:
        return False
    return span.text.endswith("s") or words.removeprefix("the ").removeprefix("The ") == span.text


_MEMBERS = ("Republican", "Democrat", "Democratic")


def _pronoun_speaker(field: Discourse, sentence: int, place: int) -> str:
    """The actor that a speaking "he" or "she" means; "" where that is not clear."""
    quote = field.quotes[place]
    assert quote.speaker is not None  # noqa: S101 - who calls has looked
    start, end = quote.speaker
    pronoun = field.text[start:end].lower()
    if pronoun not in ("he", "she"):
        return ""
    begun = field.continued.get(sentence)
    if begun and begun[1][0] == start:
        return begun[0]
    first = min(sentence, field.sentence_at(quote.start))
    earlier = [
        span for span in field.named.get(sentence, ()) if span.start < start and field.direct_at(span.start) is None
    ]
    if earlier:
        actor = _only_person(field, sentence, field.sentences[sentence][0], start, _Asked(pronoun, speaks=True))
    elif _is_alone(field, sentence, start, pronoun):
        actor = _person_before(field, first, _Asked(pronoun, speaks=True))
    else:
        return ""
    if not actor:
        return ""
    if field.sentences[sentence][0] < start and sentence not in field.continued:
        field.continued[sentence] = actor, quote.speaker
    return actor


def _is_alone(field: Discourse, sentence: int, place: int, pronoun: str) -> bool:
    """Whether nobody is named between the beginning of a sentence and this place, quotes left out."""
    return not _strangers(field, field.sentences[sentence][0], place, "", _Asked(pronoun, speaks=True))


_BEGINS = re.compile(
    r"(?:(?:But|And|Yet|Still|Then|Later|So|Also|Now|Instead|However|Meanwhile|Moreover|Nevertheless|Nonetheless"
    r"|Earlier|Afterward|Afterwards|Today|Indeed|Plus|In fact|Of course|For example|For instance|At the same time"
    r"|Even so|In addition|As a result|(?:On|Last|By) (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: \w+)?"
    r"|In (?:\w+ )?\d{4}"
    r"|(?:In|At|On|During|After|Before|Since) [^,A-Z\n“\"]{2,40},|In (?:January|February|March|April|May|June|July"
    r"|August|September|October|November|December)),? )?"
    r"(?P<words>(?:[Hh]e|[Ss]he|[Hh]is|[Hh]er|[Tt]hey|[Tt]heir|[Ii]t|[Ii]ts)\b"
    r"|[Tt]he (?P<noun>(?:former )?(?:vice president|president(?:-elect)?|secretary of state|prime minister|[a-z]+)))"
    r"(?![\w-])"
)
_ENDS = ".!?…”\"’')]:"
_NOT_ALONE = re.compile(r" (?:of|for|and|or|in|at|from|who|that|which)\b| [A-Z]|/")
_IT_ACTS = re.compile(
    r" (?:also |has |had |later |then |now )*(?:said|says|accused|accuses|denied|denies|warned|warns|urged|urges|wants"
    r"|wanted|plans|planned|called on|announced|insisted|insists|rejected|condemned|argued|argues|vowed|threatened)\b"
)
_ITS_OWN = re.compile(
    r" (?:leaders?|government|forces|troops|officials|military|president|foreign|economy|army|people|members"
    r"|spokesm[ae]n|spokeswoman|parliament|ambassador|armed|citizens|fighters|lawmakers)\b"
)


def _continue(field: Discourse, sentence: int) -> None:
    """Notes whom a sentence continues, where it begins with a pronoun, possessive or nominal that clearly does."""
    start, end = field.sentences[sentence]
    if sentence == 0 or field.text[end - 1] not in _ENDS:
        return
    begins = _BEGINS.match(field.text, start, end)
    if not begins or field.direct_at(start) is not None:
        return
    words, noun = begins["words"].lower(), begins["noun"]
    if noun and _NOT_ALONE.match(field.text, begins.end()):
        return
    actor = ""
    if words in ("he", "she", "his", "her"):
        speaks = _speaks(field, sentence, begins.start("words"))
        actor = _person_before(field, sentence, _Asked(words, speaks))
        if not actor and _GOES_ON.match(field.text, begins.end()):
            actor = _subject_before(field, sentence)
            if actor and not _fits(field.kinds[actor], words):
                actor = ""
    elif noun and any(noun in titles for titles in field.titles.values()):
        actor = _bearer_before(field, sentence, noun)
    else:
        actor = _body_before(field, sentence, words, noun, begins.end())
    if actor:
        field.continued[sentence] = actor, begins.span("words")


def _speaks(field: Discourse, sentence: int, place: int) -> bool:
    return any(
        (speaker := field.quotes[number].speaker) and speaker[0] == place for number in field.speaking.get(sentence, ())
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A pronoun whose person is looked for; where it speaks, what is quoted beside it does not count.

    A speaker rarely is the one whom a speech is about.
    """

    pronoun: str
    speaks: bool


def _fits(kind: str | None, pronoun: str) -> bool:
    """Whether a pronoun may stand for somebody of this kind; never for a body."""
    return kind == "person" or kind == ("woman" if pronoun in ("she", "her") else "man")


def _person_before(field: Discourse, sentence: int, asked: _Asked) -> str:
    """The only person of the sentence before this one; "" where there is none, or somebody else it may be."""
    before = sentence - 1
    if before < 0 or field.text[field.sentences[before][1] - 1] not in _ENDS:
        return ""
    start, end = field.sentences[before]
    whole = field.whole_in(before)
    if whole is not None:
        actor = field.speakers[whole]
        if not _fits(field.kinds.get(actor), asked.pronoun):
            return ""
        return actor if asked.speaks or not _strangers(field, start, end, actor, asked) else ""
    return _only_person(field, before, start, end, asked)


def _subject_before(field: Discourse, sentence: int) -> str:
    """The person with whom the sentence before begins; for one that goes on with the same: "He also …"."""
    before = sentence - 1
    start, end = field.sentences[before]
    begun = field.continued.get(before)
    if field.text[end - 1] not in _ENDS:
        return ""
    if (
        begun
        and field.kinds.get(begun[0]) in PEOPLE
        and field.direct_at(begun[1][0]) is None
        and begun[1][0] - start < 5
    ):
        return begun[0]
    for span in field.named.get(before, ()):
        if (
            field.kinds.get(span.actor) in PEOPLE
            and span.kind == "name"
            and _SETS_OUT.fullmatch(field.text, start, span.start)
        ):
            apart = field.text[span.end : span.end + 1] in (" ", ",") and not _HUMANS.match(field.text, span.end + 1)
            return span.actor if apart else ""
    return ""


_GOES_ON = re.compile(r" (?:also|then|later|further|added|went on|has also|had also|continued|concluded)\b")
_SETS_OUT = re.compile(
    r"(?:(?:But|And|Still|Yet) )?(?:(?:On|In|At) [^,A-Z]{1,30}, )?"
    r"(?:(?:The )?(?:[Ff]ormer )?(?:Republican |Democratic |"
    r"U\.S\. )?(?:[Nn]ominee |[Cc]andidate |Mr\. |Mrs\. |Ms\. |Sen\. |Rep\. |Gov\. |President |Vice President "
    r"|Secretary of State |Prime Minister |Chancellor )?)?(?:[A-Z]\w+ )?"
)


def _bearer_before(field: Discourse, sentence: int, noun: str) -> str:
    """The one actor of the article with this title, where the sentence before is about it and about no other such."""
    bearers = [actor for actor, titles in field.titles.items() if noun in titles]
    start, end = field.sentences[sentence - 1]
    begun = field.continued.get(sentence - 1)
    if len(bearers) != 1 or field.text[end - 1] not in _ENDS:
        return ""
    own = [span for span in field.named.get(sentence - 1, ()) if span.actor == bearers[0]]
    if not own and not (begun and begun[0] == bearers[0]):
        return ""
    for title in _ANY_TITLE.finditer(field.text, start, end):
        own_title = any(span.start <= title.end() and title.start() < span.end for span in own)
        if title["of"] or (title[0][0].isupper() and not own_title):
            return ""
    return bearers[0]


_ANY_TITLE = re.compile(
    r"\b(?:[Vv]ice |former )?(?:[Pp]resident|[Ss]enator|Sen\.|[Gg]overnor|Gov\.|[Pp]rime [Mm]inister|[Ss]ecretary"
    r"|[Cc]hancellor|[Ss]peaker)"
    r"(?P<of> of (?!the United States|State|state|the U\.S\.)\w+)?(?: [A-Z]\w+(?= [A-Z]))?"
)


def _only_person(field: Discourse, sentence: int, since: int, until: int, asked: _Asked) -> str:
    """The one person that this part of a sentence can mean, by name or continued; "" where there is not just one."""
    spans = [
        span
        for span in field.named.get(sentence, ())
        if since <= span.start < until and _fits(field.kinds.get(span.actor), asked.pronoun)
    ]
    outside = [span for span in spans if field.direct_at(span.start) is None]
    people = {span.actor for span in (outside if asked.speaks else spans)}
    begun = field.continued.get(sentence)
    if begun and _fits(field.kinds.get(begun[0]), asked.pronoun):
        people.add(begun[0])
    if len(people) != 1:
        return ""
    actor = next(iter(people))
    known = [begun[1][0]] if begun and begun[0] == actor else []
    own = [span for span in outside if not _is_modifier(field.text, span)]
    if not own and not known:
        return ""
    first = min([*known, *(span.start for span in own)])
    other = (_OTHER_WOMAN if asked.pronoun in ("she", "her") else _OTHER_MAN).search(field.text, since, first)
    if other and not _LEADS_IN.fullmatch(field.text, since, first):
        return ""
    return "" if _strangers(field, since, until, actor, asked) else actor


_OTHER_MAN = re.compile(r"\b(?:[Hh]e|[Hh]is|[Hh]im|[Ww]ho)\b")
_OTHER_WOMAN = re.compile(r"\b(?:[Ss]he|[Hh]er|[Ww]ho)\b")
# "In his speech, Lee": the pronoun comes first, the name right behind the comma.
_LEADS_IN = re.compile(
    r"(?:And |But |Now, )?"
    r"(?:In|For|With|After|Before|Despite|During|Throughout|Since|As|While|When|Though|Although|By|On|At) [^,]{1,80}, "
    r"(?:(?:\w+ )?(?:President|Chancellor|Prime Minister|Sen\.|Mr\.|Mrs\.|Ms\.) )?(?:\w+ )?"
)


def _is_modifier(text: str, span: Span) -> bool:
    return text[span.end : span.end + 1] == "-" or text[span.start - 1 : span.start] == "-"


# Somebody else in a sentence

_NAMES = re.compile(r"[A-Z][\w.&’'-]*(?: [A-Z][\w.&’'-]*)*")
_NAME = re.compile(r"[^ ]+")
_HUMANS = re.compile(
    r"(?<!-)\b(?:man|woman|boy|girl|guy|wife|husband|son|daughter|father|mother|brother|sister|lawyer|attorney|spokesman"
    r"|spokeswoman|spokesperson|aide|adviser|advisor|strategist|judge|officer|reporter|journalist|senator"
    r"|governor|congressman|congresswoman|friend|predecessor|successor|candidate|nominee|rival|opponent|boss|colleague"
    r"|mayor|secretary|ambassador|minister|chancellor|chairman|chairwoman|chief|director|manager|president|leader"
    r"|lawmaker|politician|professor|historian|analyst|expert|author|writer|host|anchor|moderator|student|teacher"
    r"|doctor|soldier|general|commander|businessman|billionaire|executive|founder|dictator|king|queen|prince|pope"
    r"|bishop|pastor|priest|activist|voter|supporter|critic|ally|someone|somebody|anyone|person|source|official"
    r"|veteran|worker|mogul|star|actor|actress|editor|columnist|winner|operative|donor|speaker|pilot|agent|member"
    r"|suspect|victim|killer|gunman|child|baby|kid|uncle|aunt|cousin|partner|counterpart|insider|contender|incumbent"
    r"|prosecutor|investigator|detective|economist|scholar|fellow|hero|one of)\b"
    r"(?!-| (?:action|order|branch|privilege|session)s?\b)"
)
_MEN = words_of("man boy guy husband son father brother congressman chairman businessman king prince uncle actor")
_FEMALE = words_of("woman girl wife daughter mother sister spokeswoman congresswoman chairwoman actress queen aunt")
_PREDICATE = re.compile(
    r"(?:\b(?:as|is|was|be|been|being|become|became|becoming|elected|for) "
    r"(?:(?:a|an|the|his|her|not|its|their|U\.S\.) )*"
    r"(?:[\w’'.-]+ ){0,2}|[Ff]ormer )$"
)
_APPOSED = re.compile(r"(?:’s|'s)?, (?:a|an|the|who|now|then|once|himself|herself|whose)\b[^,]{0,80}$")
_PLACE_BEFORE = ("in", "at", "near", "across", "outside", "around", "throughout", "In", "At", "into")
_SAFE = words_of(
    "I The A An But And Or Yet So Still When While As If That What Then Later Meanwhile However Also Though Although "
    "Because Since After Before Until On In At For From With To By Of About Last Earlier Early Late Once Even Only "
    "Now Today Yesterday Tonight Asked Instead Indeed Just Perhaps Like Where Why How Not Nor There Here Again "
    "Speaking He She They It His Her Their Its This These Those We You Our My Some Many Most All Both Each One Two "
    "Three No Yes Such Despite During Under Over Unlike According Whether Through Without Within Between Among "
    "Against More Much Nearly Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April "
    "May June July August September October November December Republican Republicans Democrat Democrats Democratic "
    "Conservative Labour Congress Senate House Representatives Capitol Hill White Washington Twitter Facebook "
    "Instagram YouTube Internet Christmas Thanksgiving Easter God Christian Christians Muslim Muslims Islam Islamic "
    "Jewish Jews Jew Catholic Catholics Latino Latinos Hispanic Hispanics African-American African-Americans "
    "Constitution Election Day Super Supreme Court State Union Oval Office Air Force Wall Street Main Nobel Peace "
    "Prize Cold War World Great Middle East West North South Eastern Western Northern Southern New York City "
    "Hampshire Jersey Mexico Orleans Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida "
    "Georgia Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan "
    "Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Rhode Island Carolina "
    "Dakota Tennessee Texas Utah Vermont Virginia Wisconsin Wyoming Chicago Boston Philadelphia Detroit Cleveland "
    "Miami Manhattan Brooklyn Los Angeles Las Vegas Benghazi Hollywood America American Americans Europe European "
    "Obamacare ObamaCare Medicare Medicaid Affordable Care Act Social Security Fox News CNN MSNBC NBC ABC CBS AP "
    "Reuters Politico Times Post Journal TV Mr. Mrs. Ms. Dr. Sr. Jr. PAC Tea Party Rust Belt Pacific Atlantic Deputy "
    "Department Justice Treasury Defense Homeland Committee Either Part Bottom Simply Beyond Eight Four Five Six "
    "Seven Nine Ten Hide Caption Photos Photo Tumblr PayPal Calif. Ky. Fla. R-Ariz. Neither Besides Rather Almost Few "
    "Can Could Should Would Will Did Does Do Is Was Were Are Has Have Had First Second Third Next Finally Recently "
    "Maybe Sure Certainly Clearly Obviously Critics Supporters Aides Officials Voters Republicans’ Democrats’ Nov. "
    "Dec. Oct. Sept. Aug. Jan. Feb. U.S. D.C. N.Y. Iowans Medal Cabinet Pentagon Kremlin NATO GOP"
)
_TITLES = words_of(
    "President President-elect Vice Sen. Senator Gov. Governor Rep. Secretary State Prime Minister Chancellor Speaker "
    "Former Chairman Leader Premier Mayor Attorney General Chief King Pope Candidate Nominee Judge Justice Director "
    "Commander Mr. Mrs. Ms. Dr. Sir"
)


def _strangers(field: Discourse, since: int, until: int, actor: str, asked: _Asked) -> bool:
    """Whether this part of a sentence may speak of somebody besides the actor whom the pronoun could mean."""
    spans = field.named.get(field.sentence_at(since), ())
    covered = [(span.start, span.end) for span in spans]
    own = [span for span in spans if span.actor == actor]
    others = (
        span.start
        for span in spans
        if span.actor != actor and since <= span.start < until and _fits(field.kinds.get(span.actor), asked.pronoun)
    )
    if any(not _is_left_out(field, place, asked) for place in others):
        return True
    for run in _NAMES.finditer(field.text, since, until):
        if not _is_left_out(field, run.start(), asked) and _is_stranger(field.text, run, covered, own):
            return True
    shared = (own_titles for other, own_titles in field.titles.items() if other != actor)
    titles = field.titles.get(actor, frozenset()).difference(*shared)
    elsewhere = _MEN if asked.pronoun in ("she", "her") else _FEMALE
    for noun in _HUMANS.finditer(field.text, since, until):
        if noun[0] in elsewhere or _is_left_out(field, noun.start(), asked):
            continue
        if not _is_own_description(field.text, since, noun, own, titles):
            return True
    return False


def _is_left_out(field: Discourse, place: int, asked: _Asked) -> bool:
    return asked.speaks and field.direct_at(place) is not None


def _is_stranger(text: str, run: re.Match[str], covered: Sequence[Stretch], own: Sequence[Span]) -> bool:
    """Whether words with capitals may be the name of a person that is not watched."""
    touches = any(run.start() <= span.start < run.end() for span in own)
    left = [
        word[0].rstrip(".'’").removesuffix("'s").removesuffix("’s")
        for word in _NAME.finditer(text, run.start(), run.end())
        if not any(start < word.end() and word.start() < end for start, end in covered)
        and word[0] not in _SAFE
        and word[0].rstrip(".").removesuffix("'s").removesuffix("’s") not in _SAFE
        and not (touches and (word[0] in _TITLES or word[0].rstrip(".") in _TITLES))
    ]
    if not left or all(word.isupper() and len(word) > 1 for word in left):
        return False
    if text[max(0, run.start() - 12) : run.start()].rstrip(" ").rpartition(" ")[2] in _PLACE_BEFORE:
        return False
    return not all(is_body(word) for word in left) and not is_body(" ".join(left))


def _is_own_description(
    text: str, since: int, noun: re.Match[str], own: Sequence[Span], titles: frozenset[str]
) -> bool:
    """Whether a noun for a person describes the actor: a title before the name, an apposition, a predicate."""
    if noun[0] in titles or any(title.endswith(noun[0]) for title in titles):
        return True
    if any(0 <= span.start - noun.end() <= 1 for span in own):
        return True
    before = text[max(since, noun.start() - 90) : noun.start()]
    if _PREDICATE.search(before[-50:]):
        return True
    return any(span.end < noun.start() and _APPOSED.match(text[span.end : noun.start()]) is not None for span in own)


# Organisations and countries


def _body_before(field: Discourse, sentence: int, words: str, noun: str | None, behind: int) -> str:
    """The only organisation or country of the sentence before that these words can mean; "" where there is none."""
    before = sentence - 1
    start, end = field.sentences[before]
    spans = field.named.get(before, [])
    begun = field.continued.get(before)
    bodies = {span.actor for span in spans if field.kinds.get(span.actor) in ("organisation", "country")}
    if begun and field.kinds.get(begun[0]) in ("organisation", "country"):
        bodies.add(begun[0])
    if len(bodies) != 1 or field.text[end - 1] not in _ENDS or field.whole_in(before) is not None:
        return ""
    actor = next(iter(bodies))
    own = [span for span in spans if span.actor == actor and field.direct_at(span.start) is None]
    if not own and not begun:
        return ""
    if noun:
        return actor if _is_called(field, actor, noun, own) and not _other_body(field, start, end) else ""
    # A pronoun may mean anything in the sentence: only its subject is clear enough.
    subject = begun is not None or any(
        field.text[start : span.start] in ("", "The ", "But ", "And ", "But the ", "And the ") and span.kind == "name"
        for span in own
    )
    acts = _IT_ACTS.match(field.text, behind) if words in ("it", "they") else _ITS_OWN.match(field.text, behind)
    if not subject or not acts or _other_body(field, start, end):
        return ""
    plural = any(span.text.endswith("s") and field.kinds[actor] == "organisation" for span in own)
    return actor if words in ("it", "its") or plural else ""


def _is_called(field: Discourse, actor: str, noun: str, own: Sequence[Span]) -> bool:
    """Whether "the party" may be this actor: its name ends so, or it is "the country"."""
    if field.kinds[actor] == "country":
        return noun == "country" and any(span.kind == "name" for span in own)
    return noun in field.lasts[actor]


def _other_body(field: Discourse, since: int, until: int) -> bool:
    covered = [(span.start, span.end) for span in field.named.get(field.sentence_at(since), ())]
    for run in _NAMES.finditer(field.text, since, until):
        for word in _NAME.finditer(field.text, run.start(), run.end()):
            if any(start < word.end() and word.start() < end for start, end in covered):
                continue
            if word[0] not in _SAFE or word[0] in ("Congress", "Senate", "House", "Court"):
                return True
    return False
