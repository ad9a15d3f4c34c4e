"""The passages of an article: which sentences are about an actor, by name or clearly continuing, and who says them.

Precision goes first: a pronoun or a description continues an actor only where the sentence before can mean nobody else.
The time is linear in the text: sentences are of bounded length, and only the one before is looked at.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as fresh
from functools import lru_cache

from data import schema
from data.catalogue import Actor, Catalogue
from data.models.kinds import is_body
from ingest.mentions import Span
from ingest.quotes import Quote
from ingest.text import Stretch


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence about an actor; `span` and `says` are stretches of the sentence, `start` and `end` of the field.

    `span` is what stands for the actor: a name, or where it is continued a pronoun, possessive or nominal. `speaker` is
    who says what is said there about the actor: an actor's key, "" for anybody else, None for the outlet itself. `says`
    is what the sentence quotes the actor itself with, directly or not; the span lies outside of it.
    """

    field: str
    start: int
    end: int
    sentence: str
    span: Stretch
    how: str  # "name" or "continues"
    speaker: str | None
    says: Stretch | None


def passages(
    fields: Mapping[str, str],
    sentences: Mapping[str, Sequence[Stretch]],
    spans: Sequence[Span],
    quotes: Mapping[str, Sequence[Quote]],
    kinds: Mapping[str, str],
) -> dict[str, list[Passage]]:
    """The passages of each actor that `spans` name, in reading order; actors in the order in which they are named.

    `spans` come in reading order, as `mentions.find` gives them; `sentences` and `quotes` are those of the fields;
    `kinds` says of each actor what it is, as `kinds` gives it. A field without quotes has no speakers, an actor without
    a kind is continued by nothing: for a text that is not English give neither. A sentence is a passage of an actor at
    most once, and none where it lies wholly inside what the actor itself says. An actor may have no passage at all.
    """
    found: dict[str, list[Passage]] = {span.actor: [] for span in spans}
    titles = _titles(fields, spans, kinds)
    for name, text in fields.items():
        named = [span for span in spans if span.field == name]
        if named:
            page = _Page(name, text, sentences[name], named, quotes.get(name, ()), kinds, titles)
            _resolve(page)
            for actor, passage in _passages(page):
                found[actor].append(passage)
    return found


@lru_cache(maxsize=8)
def kinds(catalogue: Catalogue) -> Mapping[str, str]:
    """What each actor is: its kind, of people "man" or "woman" where a given name tells, else "person"."""
    return {
        actor.key: _sex(actor, catalogue.words.given_names) if actor.kind == "person" else actor.kind
        for actor in catalogue.actors
    }


def _sex(actor: Actor, given_names: frozenset[str]) -> str:
    first = {name.text.split()[0] for name in actor.names if " " in name.text and name.kind == "name"}
    if first & _WOMEN:
        return "woman"
    return "man" if first & (given_names - _EITHER | _MEN_TOO) else "person"


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


_PEOPLE = ("man", "woman", "person")
_WOMEN = _words(
    "Abby Abigail Alexandra Alice Alicia Alison Allison Amanda Amber Amy Ana Andrea Angela Anita Ann Anna Annalena "
    "Anne Annie Arianna Barbara Becky Bernadette Beth Betsy Betty Beverly Brenda Brigitte Camilla Carla Carmen Carol "
    "Caroline Carolyn Catherine Cathy Charlotte Chelsea Cheryl Christina Christine Claire Claudia Condoleezza Cynthia "
    "Daisy Deborah Debbie Debra Diana Diane Donna Dorothy Eileen Elaine Eleanor Elena Elisabeth Elizabeth Ellen Emily "
    "Emine Emma Erica Eva Evelyn Frances Gail Gina Giorgia Gloria Hannah Heather Heidi Helen Hillary Holly Ida Irene "
    "Ivana Ivanka Jackie Jacqueline Jane Janet Janice Jeanette Jenna Jennifer Jenny Jessica Jill Joan Joanna Johanna "
    "Joyce Judith Judy Julia Julie Kaja Kamala Karen Kate Katherine Kathleen Kathryn Kathy Katie Katy Kimberly "
    "Kristalina Kristen Lara Laura Lauren Lillian Linda Lisa Lori Loretta Lois Lyudmila Maggie Marcia Margaret Maria "
    "Marianne Marie Marilyn Marine Marjorie Marsha Martha Mary Maryanne Maureen Maya Meg Megan Melania Melinda "
    "Melissa Mette Michele Michelle Mildred Molly Monica Nancy Naomi Natalie Ngozi Nicole Nikki Nina Nora Olena Olga "
    "Olivia Pamela Patricia Patty Paula Peggy Phyllis Rachel Rebecca Roberta Ronna Rosa Rose Rosemary Ruby Ruth Sally "
    "Samantha Sandra Sanna Sara Sarah Serena Sharon Sheila Shelley Sofia Sonia Sophia Sophie Stacey Stephanie Sue "
    "Susan Suzanne Sylvia Tammy Tara Teresa Theresa Tiffany Tulsi Ursula Valentina Valerie Vanessa Vera Veronica "
    "Victoria Viola Wanda Yulia Zoe"
)
_MEN_TOO = _words("Barack Friedrich Keir Recep")
_EITHER = _WOMEN | _words("Al Ashley Cameron Jan Jamie Jean Jordan Kelly Kim Lee Leslie Lynn Pat Robin Taylor")


# A field, with what is known of it so far


@dataclass(slots=True)
class _Page:
    field: str
    text: str
    sentences: Sequence[Stretch]
    spans: Sequence[Span]
    quotes: Sequence[Quote]
    kinds: Mapping[str, str]
    titles: Mapping[str, frozenset[str]]
    starts: list[int] = fresh(default_factory=list)
    named: defaultdict[int, list[Span]] = fresh(default_factory=lambda: defaultdict(list))
    direct: list[int] = fresh(default_factory=list)  # places in `quotes`
    direct_starts: list[int] = fresh(default_factory=list)
    reported: defaultdict[int, list[int]] = fresh(default_factory=lambda: defaultdict(list))
    speaking: defaultdict[int, list[int]] = fresh(default_factory=lambda: defaultdict(list))
    lasts: defaultdict[str, set[str]] = fresh(
        default_factory=lambda: defaultdict(set)
    )  # words that end an actor's names
    speakers: list[str] = fresh(default_factory=list)  # of each quote: an actor's key or ""
    continued: dict[int, tuple[str, Stretch]] = fresh(default_factory=dict)  # by sentence: who, by which words

    def __post_init__(self) -> None:
        self.starts = [start for start, _ in self.sentences]
        for span in self.spans:
            self.named[self.sentence_at(span.start)].append(span)
            self.lasts[span.actor].add(span.text.rpartition(" ")[2].lower())
        for place, quote in enumerate(self.quotes):
            if quote.direct:
                self.direct.append(place)
                self.direct_starts.append(quote.start)
            else:
                self.reported[self.sentence_at(quote.start)].append(place)
            if quote.speaker:
                self.speaking[self.sentence_at(quote.speaker[0])].append(place)
        self.speakers = [""] * len(self.quotes)

    def sentence_at(self, place: int) -> int:
        return max(bisect_right(self.starts, place) - 1, 0)

    def direct_at(self, place: int) -> int | None:
        """The direct quote that this code point lies in."""
        number = bisect_right(self.direct_starts, place) - 1
        if number < 0 or self.quotes[self.direct[number]].end <= place:
            return None
        return self.direct[number]

    def whole_in(self, sentence: int) -> int | None:
        """The direct quote that a sentence lies in as a whole, its marks included."""
        start, end = self.sentences[sentence]
        place = self.direct_at(start + 1)
        return place if place is not None and end <= self.quotes[place].end + 2 else None


# Titles that an article gives to an actor, and that may stand for it alone: "The president"

_TITLE = re.compile(
    r"(?P<former>\b(?:[Ff]ormer|[Ee]x)[ -](?:\w+ )?)?(?P<of>\b[A-Z][a-z]+(?:an|sh|se|ch|li|eek|man) )?"
    r"\b(?P<title>[Vv]ice [Pp]resident|[Pp]resident-elect|[Pp]resident|[Ss]ecretary of [Ss]tate|[Pp]rime [Mm]inister"
    r"|[Cc]hancellor|[Ss]enator|Sen\.|[Gg]overnor|Gov\.|[Cc]ongressman|[Cc]ongresswoman|[Ss]peaker)"
    r" (?:[A-Z][\w.]+ ){0,2}$"
)
_AT_HOME = ("American ", "Republican ")
_SPELT_OUT = {"sen.": "senator", "gov.": "governor"}


def _titles(fields: Mapping[str, str], spans: Sequence[Span], kinds: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """The titles that stand right before the names of people, in small letters, with "former" where it is said."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for span in spans:
        if kinds.get(span.actor) not in _PEOPLE or span.kind != "name":
            continue
        last = max(span.text.rfind(" "), 0)
        before = fields[span.field][max(0, span.start - 40) : span.start + last + 1 if last else span.start]
        if before[-1:] != " ":
            continue
        match = _TITLE.search(before)
        if match:
            title = match["title"].lower()
            title = _SPELT_OUT.get(title, title)
            # "Russian President Vladimir Putin" is "the Russian president", hardly "the president" in an English paper.
            title = f"{match['of'].lower()}{title}" if match["of"] and match["of"] not in _AT_HOME else title
            found[span.actor].add(f"former {title}" if match["former"] else title)
    return {actor: frozenset(titles) for actor, titles in found.items()}


# Who is meant: speakers, and what begins a sentence


def _resolve(page: _Page) -> None:
    """Fills in who speaks, and which sentences continue an actor, sentence by sentence."""
    ends: defaultdict[int, list[Span]] = defaultdict(list)
    for span in page.spans:
        ends[span.end].append(span)
    for place, quote in enumerate(page.quotes):
        if quote.speaker:
            page.speakers[place] = _named_speaker(page, quote.speaker, ends)
    for sentence in range(len(page.sentences)):
        _continue(page, sentence)
        for place in page.speaking.get(sentence, ()):
            if not page.speakers[place]:
                page.speakers[place] = _pronoun_speaker(page, sentence, place)


def _named_speaker(page: _Page, speaker: Stretch, ends: Mapping[int, Sequence[Span]]) -> str:
    """The actor whose name ends the speaker's words, or whose title they are."""
    start, end = speaker
    # "President Obama" names the office too.
    for span in sorted(ends.get(end, ()), key=lambda span: page.kinds.get(span.actor) not in _PEOPLE):
        if page.kinds.get(span.actor) in _PEOPLE or _speaks_for_all(page.text[start:end], span):
            return span.actor
    words = page.text[start:end].lower()
    if not words.startswith("the "):
        return ""
    bearers = [actor for actor, titles in page.titles.items() if words[4:] in titles]
    return bearers[0] if len(bearers) == 1 else ""


def _speaks_for_all(words: str, span: Span) -> bool:
    """Whether a body itself speaks, "the White House", "Senate Democrats", and not one of it: "the Ohio Democrat"."""
    if span.kind == "demonym" or span.text in _MEMBERS:
        return False
    return span.text.endswith("s") or words.removeprefix("the ").removeprefix("The ") == span.text


_MEMBERS = ("Republican", "Democrat", "Democratic")


def _pronoun_speaker(page: _Page, sentence: int, place: int) -> str:
    """The actor that a speaking "he" or "she" means; "" where that is not clear."""
    quote = page.quotes[place]
    assert quote.speaker is not None  # noqa: S101 - who calls has looked
    start, end = quote.speaker
    pronoun = page.text[start:end].lower()
    if pronoun not in ("he", "she"):
        return ""
    begun = page.continued.get(sentence)
    if begun and begun[1][0] == start:
        return begun[0]
    first = min(sentence, page.sentence_at(quote.start))
    earlier = [
        span for span in page.named.get(sentence, ()) if span.start < start and page.direct_at(span.start) is None
    ]
    if earlier:
        actor = _only_person(page, sentence, page.sentences[sentence][0], start, _Asked(pronoun, speaks=True))
    elif _is_alone(page, sentence, start, pronoun):
        actor = _person_before(page, first, _Asked(pronoun, speaks=True))
    else:
        return ""
    if not actor:
        return ""
    if page.sentences[sentence][0] < start and sentence not in page.continued:
        page.continued[sentence] = actor, quote.speaker
    return actor


def _is_alone(page: _Page, sentence: int, place: int, pronoun: str) -> bool:
    """Whether nobody is named between the beginning of a sentence and this place, quotes left out."""
    return not _strangers(page, page.sentences[sentence][0], place, "", _Asked(pronoun, speaks=True))


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


def _continue(page: _Page, sentence: int) -> None:
    """Notes whom a sentence continues, where it begins with a pronoun, possessive or nominal that clearly does."""
    start, end = page.sentences[sentence]
    if sentence == 0 or page.text[end - 1] not in _ENDS:
        return
    begins = _BEGINS.match(page.text, start, end)
    if not begins or page.direct_at(start) is not None:
        return
    words, noun = begins["words"].lower(), begins["noun"]
    if noun and _NOT_ALONE.match(page.text, begins.end()):
        return
    actor = ""
    if words in ("he", "she", "his", "her"):
        speaks = _speaks(page, sentence, begins.start("words"))
        actor = _person_before(page, sentence, _Asked(words, speaks))
        if not actor and _GOES_ON.match(page.text, begins.end()):
            actor = _subject_before(page, sentence)
            if actor and not _fits(page.kinds[actor], words):
                actor = ""
    elif noun and any(noun in titles for titles in page.titles.values()):
        actor = _bearer_before(page, sentence, noun)
    else:
        actor = _body_before(page, sentence, words, noun, begins.end())
    if actor:
        page.continued[sentence] = actor, begins.span("words")


def _speaks(page: _Page, sentence: int, place: int) -> bool:
    return any(
        (speaker := page.quotes[number].speaker) and speaker[0] == place for number in page.speaking.get(sentence, ())
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


def _person_before(page: _Page, sentence: int, asked: _Asked) -> str:
    """The only person of the sentence before this one; "" where there is none, or somebody else it may be."""
    before = sentence - 1
    if before < 0 or page.text[page.sentences[before][1] - 1] not in _ENDS:
        return ""
    start, end = page.sentences[before]
    whole = page.whole_in(before)
    if whole is not None:
        actor = page.speakers[whole]
        if not _fits(page.kinds.get(actor), asked.pronoun):
            return ""
        return actor if asked.speaks or not _strangers(page, start, end, actor, asked) else ""
    return _only_person(page, before, start, end, asked)


def _subject_before(page: _Page, sentence: int) -> str:
    """The person with whom the sentence before begins; for one that goes on with the same: "He also …"."""
    before = sentence - 1
    start, end = page.sentences[before]
    begun = page.continued.get(before)
    if page.text[end - 1] not in _ENDS:
        return ""
    if (
        begun
        and page.kinds.get(begun[0]) in _PEOPLE
        and page.direct_at(begun[1][0]) is None
        and begun[1][0] - start < 5
    ):
        return begun[0]
    for span in page.named.get(before, ()):
        if (
            page.kinds.get(span.actor) in _PEOPLE
            and span.kind == "name"
            and _SETS_OUT.fullmatch(page.text, start, span.start)
        ):
            apart = page.text[span.end : span.end + 1] in (" ", ",") and not _HUMANS.match(page.text, span.end + 1)
            return span.actor if apart else ""
    return ""


_GOES_ON = re.compile(r" (?:also|then|later|further|added|went on|has also|had also|continued|concluded)\b")
_SETS_OUT = re.compile(
    r"(?:(?:But|And|Still|Yet) )?(?:(?:On|In|At) [^,A-Z]{1,30}, )?"
    r"(?:(?:The )?(?:[Ff]ormer )?(?:Republican |Democratic |"
    r"U\.S\. )?(?:[Nn]ominee |[Cc]andidate |Mr\. |Mrs\. |Ms\. |Sen\. |Rep\. |Gov\. |President |Vice President "
    r"|Secretary of State |Prime Minister |Chancellor )?)?(?:[A-Z]\w+ )?"
)


def _bearer_before(page: _Page, sentence: int, noun: str) -> str:
    """The one actor of the article with this title, where the sentence before is about it and about no other such."""
    bearers = [actor for actor, titles in page.titles.items() if noun in titles]
    start, end = page.sentences[sentence - 1]
    begun = page.continued.get(sentence - 1)
    if len(bearers) != 1 or page.text[end - 1] not in _ENDS:
        return ""
    own = [span for span in page.named.get(sentence - 1, ()) if span.actor == bearers[0]]
    if not own and not (begun and begun[0] == bearers[0]):
        return ""
    for title in _ANY_TITLE.finditer(page.text, start, end):
        own_title = any(span.start <= title.end() and title.start() < span.end for span in own)
        if title["of"] or (title[0][0].isupper() and not own_title):
            return ""
    return bearers[0]


_ANY_TITLE = re.compile(
    r"\b(?:[Vv]ice |former )?(?:[Pp]resident|[Ss]enator|Sen\.|[Gg]overnor|Gov\.|[Pp]rime [Mm]inister|[Ss]ecretary"
    r"|[Cc]hancellor|[Ss]peaker)"
    r"(?P<of> of (?!the United States|State|state|the U\.S\.)\w+)?(?: [A-Z]\w+(?= [A-Z]))?"
)


def _only_person(page: _Page, sentence: int, since: int, until: int, asked: _Asked) -> str:
    """The one person that this part of a sentence can mean, by name or continued; "" where there is not just one."""
    spans = [
        span
        for span in page.named.get(sentence, ())
        if since <= span.start < until and _fits(page.kinds.get(span.actor), asked.pronoun)
    ]
    outside = [span for span in spans if page.direct_at(span.start) is None]
    people = {span.actor for span in (outside if asked.speaks else spans)}
    begun = page.continued.get(sentence)
    if begun and _fits(page.kinds.get(begun[0]), asked.pronoun):
        people.add(begun[0])
    if len(people) != 1:
        return ""
    actor = next(iter(people))
    known = [begun[1][0]] if begun and begun[0] == actor else []
    own = [span for span in outside if not _is_modifier(page.text, span)]
    if not own and not known:
        return ""
    first = min([*known, *(span.start for span in own)])
    other = (_OTHER_WOMAN if asked.pronoun in ("she", "her") else _OTHER_MAN).search(page.text, since, first)
    if other and not _LEADS_IN.fullmatch(page.text, since, first):
        return ""
    return "" if _strangers(page, since, until, actor, asked) else actor


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
_MEN = _words("man boy guy husband son father brother congressman chairman businessman king prince uncle actor")
_FEMALE = _words("woman girl wife daughter mother sister spokeswoman congresswoman chairwoman actress queen aunt")
_PREDICATE = re.compile(
    r"(?:\b(?:as|is|was|be|been|being|become|became|becoming|elected|for) "
    r"(?:(?:a|an|the|his|her|not|its|their|U\.S\.) )*"
    r"(?:[\w’'.-]+ ){0,2}|[Ff]ormer )$"
)
_APPOSED = re.compile(r"(?:’s|'s)?, (?:a|an|the|who|now|then|once|himself|herself|whose)\b[^,]{0,80}$")
_PLACE_BEFORE = ("in", "at", "near", "across", "outside", "around", "throughout", "In", "At", "into")
_SAFE = _words(
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
_TITLES = _words(
    "President President-elect Vice Sen. Senator Gov. Governor Rep. Secretary State Prime Minister Chancellor Speaker "
    "Former Chairman Leader Premier Mayor Attorney General Chief King Pope Candidate Nominee Judge Justice Director "
    "Commander Mr. Mrs. Ms. Dr. Sir"
)


def _strangers(page: _Page, since: int, until: int, actor: str, asked: _Asked) -> bool:
    """Whether this part of a sentence may speak of somebody besides the actor whom the pronoun could mean."""
    spans = page.named.get(page.sentence_at(since), ())
    covered = [(span.start, span.end) for span in spans]
    own = [span for span in spans if span.actor == actor]
    others = (
        span.start
        for span in spans
        if span.actor != actor and since <= span.start < until and _fits(page.kinds.get(span.actor), asked.pronoun)
    )
    if any(not _is_left_out(page, place, asked) for place in others):
        return True
    for run in _NAMES.finditer(page.text, since, until):
        if not _is_left_out(page, run.start(), asked) and _is_stranger(page.text, run, covered, own):
            return True
    shared = (own_titles for other, own_titles in page.titles.items() if other != actor)
    titles = page.titles.get(actor, frozenset()).difference(*shared)
    elsewhere = _MEN if asked.pronoun in ("she", "her") else _FEMALE
    for noun in _HUMANS.finditer(page.text, since, until):
        if noun[0] in elsewhere or _is_left_out(page, noun.start(), asked):
            continue
        if not _is_own_description(page.text, since, noun, own, titles):
            return True
    return False


def _is_left_out(page: _Page, place: int, asked: _Asked) -> bool:
    return asked.speaks and page.direct_at(place) is not None


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


def _body_before(page: _Page, sentence: int, words: str, noun: str | None, behind: int) -> str:
    """The only organisation or country of the sentence before that these words can mean; "" where there is none."""
    before = sentence - 1
    start, end = page.sentences[before]
    spans = page.named.get(before, [])
    begun = page.continued.get(before)
    bodies = {span.actor for span in spans if page.kinds.get(span.actor) in ("organisation", "country")}
    if begun and page.kinds.get(begun[0]) in ("organisation", "country"):
        bodies.add(begun[0])
    if len(bodies) != 1 or page.text[end - 1] not in _ENDS or page.whole_in(before) is not None:
        return ""
    actor = next(iter(bodies))
    own = [span for span in spans if span.actor == actor and page.direct_at(span.start) is None]
    if not own and not begun:
        return ""
    if noun:
        return actor if _is_called(page, actor, noun, own) and not _other_body(page, start, end) else ""
    # A pronoun may mean anything in the sentence: only its subject is clear enough.
    subject = begun is not None or any(
        page.text[start : span.start] in ("", "The ", "But ", "And ", "But the ", "And the ") and span.kind == "name"
        for span in own
    )
    acts = _IT_ACTS.match(page.text, behind) if words in ("it", "they") else _ITS_OWN.match(page.text, behind)
    if not subject or not acts or _other_body(page, start, end):
        return ""
    plural = any(span.text.endswith("s") and page.kinds[actor] == "organisation" for span in own)
    return actor if words in ("it", "its") or plural else ""


def _is_called(page: _Page, actor: str, noun: str, own: Sequence[Span]) -> bool:
    """Whether "the party" may be this actor: its name ends so, or it is "the country"."""
    if page.kinds[actor] == "country":
        return noun == "country" and any(span.kind == "name" for span in own)
    return noun in page.lasts[actor]


def _other_body(page: _Page, since: int, until: int) -> bool:
    covered = [(span.start, span.end) for span in page.named.get(page.sentence_at(since), ())]
    for run in _NAMES.finditer(page.text, since, until):
        for word in _NAME.finditer(page.text, run.start(), run.end()):
            if any(start < word.end() and word.start() < end for start, end in covered):
                continue
            if word[0] not in _SAFE or word[0] in ("Congress", "Senate", "House", "Court"):
                return True
    return False


# The passages


def _passages(page: _Page) -> Iterator[tuple[str, Passage]]:
    """Actor and passage, in reading order."""
    for sentence in sorted({*page.named, *page.continued}):
        whole = page.whole_in(sentence)
        by_actor: defaultdict[str, list[Span]] = defaultdict(list)
        for span in page.named.get(sentence, ()):
            by_actor[span.actor].append(span)
        begun = page.continued.get(sentence)
        if begun:
            by_actor.setdefault(begun[0], [])
        for actor, spans in by_actor.items():
            if whole is not None and page.speakers[whole] == actor:
                continue
            marked = _marked(page, actor, spans)
            how = "name" if marked else "continues"
            if not marked and begun and begun[0] == actor:
                marked = begun[1]
            if marked:
                yield actor, _passage(page, sentence, actor, marked, how)


def _marked(page: _Page, actor: str, spans: Sequence[Span]) -> Stretch | None:
    """The place that stands for the actor best: a name, in nobody's mouth, of a word's own, the first of these."""
    free = [span for span in spans if not _is_own_word(page, actor, span)]
    if not free:
        return None
    best = min(
        free,
        key=lambda span: (
            schema.KINDS.index(span.kind),
            page.direct_at(span.start) is not None,
            page.text[span.end : span.end + 2] in ("'s", "’s"),
            span.start,
        ),
    )
    return best.start, best.end


def _is_own_word(page: _Page, actor: str, span: Span) -> bool:
    place = page.direct_at(span.start)
    return place is not None and page.speakers[place] == actor


def _passage(page: _Page, sentence: int, actor: str, marked: Stretch, how: str) -> Passage:
    start, end = page.sentences[sentence]
    # A name that runs over the end of a sentence is read as far as the sentence goes.
    span = marked[0] - start, min(marked[1], end) - start
    says = _says(page, sentence, actor, marked)
    return Passage(page.field, start, end, page.text[start:end], span, how, _speaker(page, sentence, marked[0]), says)


def _speaker(page: _Page, sentence: int, place: int) -> str | None:
    """Who says what stands here: None where it stands in no quote."""
    direct = page.direct_at(place)
    if direct is not None:
        return page.speakers[direct]
    around = [
        number
        for number in page.reported.get(sentence, ())
        if page.quotes[number].start <= place < page.quotes[number].end
    ]
    return page.speakers[around[-1]] if around else None


def _says(page: _Page, sentence: int, actor: str, marked: Stretch) -> Stretch | None:
    """The longest stretch of the sentence that the actor itself is quoted with."""
    start, end = page.sentences[sentence]
    first = max(bisect_left(page.direct_starts, start) - 1, 0)
    last = bisect_left(page.direct_starts, end)
    own = [
        (max(quote.start, start) - start, min(quote.end, end) - start)
        for number in (*page.direct[first:last], *page.reported.get(sentence, ()))
        if page.speakers[number] == actor
        and (quote := page.quotes[number]).end > start
        and not quote.start <= marked[0] < quote.end
    ]
    return max(own, key=lambda stretch: stretch[1] - stretch[0], default=None)
