"""A field of an article, with what is known of its sentences, names and quotes, for telling who is meant in it."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as fresh
from functools import lru_cache

from data.catalogue import Actor, Catalogue
from ingest.mentions import Span
from ingest.quotes import Quote
from ingest.text import Stretch, words_of


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


PEOPLE = ("man", "woman", "person")
_WOMEN = words_of(
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
_MEN_TOO = words_of("Barack Friedrich Keir Recep")
_EITHER = _WOMEN | words_of("Al Ashley Cameron Jan Jamie Jean Jordan Kelly Kim Lee Leslie Lynn Pat Robin Taylor")


# A field, with what is known of it so far


@dataclass(slots=True)
class Discourse:
    """A field of an article; the later fields are filled in as it is read, sentence by sentence."""

    name: str
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
    # The words that end an actor's names
    lasts: defaultdict[str, set[str]] = fresh(default_factory=lambda: defaultdict(set))
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
        """The number of the sentence that this code point lies in, or that ends before it."""
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


def titles_of(
    fields: Mapping[str, str], spans: Sequence[Span], kinds: Mapping[str, str]
) -> Mapping[str, frozenset[str]]:
    """The titles that stand right before the names of people, in small letters, with "former" where it is said."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for span in spans:
        if kinds.get(span.actor) not in PEOPLE or span.kind != "name":
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
