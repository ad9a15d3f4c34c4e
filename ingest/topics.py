"""What an article is about: the topics of the catalogue that enough of its words speak for.

The media topics of the IPTC score by a small model and the catalogue's lexicon together, other topics with words by
their part of all that the lexicon hears, a watched topic by how often its query is said. All scores lie between 0 and
1.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from zipfile import BadZipFile

from data import grammar, lexicon
from data.catalogue import Catalogue, Topic
from data.grammar import All, AnyOf, Fact, Leaf, Near, Not, Query, Term
from data.lexicon import Lexicon
from data.models import about
from data.models.about import TopicModel
from ingest import text as texts
from ingest.target import ModelError

#: Languages that the model, the lexicons and the queries are written in.
LANGUAGES = ("en",)

#: Changes whenever the same article may get other topics by the same catalogue.
VERSION = about.VERSION

# A media topic needs this score, and no article has more of them. Both by cross-validation over outlets, TOPICS.md.
_LEAST_SCORE = 0.4
_MOST_TOPICS = 3
# A topic that the model does not know needs this part of all that the lexicon hears; such a topic, and any in a text of
# few words, needs this much in all: two strong words, say.
_LEAST_SHARE = 0.18
_LEAST_STRENGTH = 4.0
# A watched topic must be said once in so many words, in a long article so often: nearly all wrong topics were a word in
# passing. Read were up to 15 articles of each: 25 % were about their topic before this rule and its queries, 77 % with.
_WORDS_A_SAYING = 200
_MOST_SAYINGS = 5

#: So many of the model's words are told of a topic, and none that adds less than this to its sum.
TOLD_WORDS, _LEAST_ADDED = 6, 0.05


def topics(title: str, text: str, language: str | None, catalogue: Catalogue) -> list[tuple[str, float]]:
    """Keys of the article's topics with their scores, 0 ... 1, strongest first; none in a language not listed above.

    The score of a media topic is how likely an editor would say that the article is substantially about it; of these
    there are at most three, and none where too few words are known to tell. A watched topic is there where its query
    holds for title and text, and is more than a word in passing: said once in 200 words, in the title thrice as loud.
    Raises ModelError where the model cannot be loaded.
    """
    if language not in LANGUAGES:
        return []
    heard = lexicon.of(catalogue)
    of_title, of_text = _words(title), _words(text)
    counts = heard.counts(of_title, of_text)
    strengths = heard.strengths(counts)
    found = [
        *_by_model(of_title, of_text, strengths, catalogue),
        *_by_lexicon(strengths, without=_model().topics),
        *_by_query(heard, counts, of_title, of_text),
    ]
    return sorted(found, key=lambda topic: (-topic[1], topic[0]))


def ranked(title: str, text: str, catalogue: Catalogue) -> list[tuple[str, float]]:
    """All media topics of an English article with their scores, the likeliest first, however little is known of it."""
    counts = lexicon.of(catalogue).counts(_words(title), _words(text))
    scores = _model().scores(_words(title), _words(text), lexicon.of(catalogue).strengths(counts))
    return sorted(zip(_model().topics, scores.tolist(), strict=True), key=lambda topic: (-topic[1], topic[0]))


def loudest(title: str, text: str, catalogue: Catalogue) -> list[tuple[str, float]]:
    """The media topics that the lexicon alone hears in an English article, with their strengths, the loudest first."""
    strengths = lexicon.of(catalogue).strengths(lexicon.of(catalogue).counts(_words(title), _words(text)))
    return sorted(strengths.items(), key=lambda topic: (-topic[1], topic[0]))


def heard_alone(strengths: Mapping[str, float]) -> list[str]:
    """The topics that the lexicon alone would give an article in which it hears these strengths."""
    return [key for key, _ in _by_lexicon(strengths)]


def speaking(title: str, text: str, topic: str, catalogue: Catalogue) -> list[str]:
    """The words that speak for a topic in this article, as the catalogue writes them, most frequent first."""
    heard = lexicon.of(catalogue)
    counts = heard.counts(_words(title), _words(text))
    said = [
        (-count, lexicon.written(heard.terms[number])) for number, count in counts.items() if heard.says(number, topic)
    ]
    return [written for _, written in sorted(said)]


def telling(title: str, text: str, topic: str) -> list[tuple[str, float]]:
    """The words and pairs of words by which the model knows a topic, with what each adds, strongest first.

    None for a topic that the model knows nothing of.
    """
    model = _model()
    if topic not in model.topics:
        return []
    said = model.words(_words(title), _words(text), topic)[:TOLD_WORDS]
    return [(word, round(added, 2)) for word, added in said if added >= _LEAST_ADDED]


def _words(text: str) -> tuple[str, ...]:
    """The words of a text as the grammar compares them."""
    # Fingerprints have just asked for them, of every text without accents.
    return texts.words(text) if grammar.folded(text) == text.lower() else tuple(grammar.split(text))


def _by_model(
    title: Sequence[str], text: Sequence[str], strengths: Mapping[str, float], catalogue: Catalogue
) -> list[tuple[str, float]]:
    model, known = _model(), _media_topics(catalogue)
    if not known or not model.can_tell(title, text):
        return []
    # Where the lexicon has no word for a topic, the model guesses: of 2,619 labelled articles .2 % have such a topic.
    least = _LEAST_STRENGTH if len(title) + len(text) < about.FEW_WORDS else 1.0
    scores = zip(model.topics, model.scores(title, text, strengths).tolist(), strict=True)
    found = [
        (key, round(score, 3))
        for key, score in scores
        if key in known and score >= _LEAST_SCORE and strengths.get(key, 0.0) >= least
    ]
    return sorted(found, key=lambda topic: -topic[1])[:_MOST_TOPICS]


@lru_cache(maxsize=1)
def _model() -> TopicModel:
    try:
        return about.load(about.FILE)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        advice = f"Bring it back (git checkout -- {about.FILE})."
        raise ModelError(f"{about.FILE}: the topics model is missing or damaged ({error}). {advice}") from error


@lru_cache(maxsize=4)
def _media_topics(catalogue: Catalogue) -> frozenset[str]:
    """Keys of the topics with words that the model knows as well."""
    return frozenset(topic.key for topic in catalogue.topics if topic.words) & frozenset(_model().topics)


def _by_lexicon(strengths: Mapping[str, float], without: Sequence[str] = ()) -> list[tuple[str, float]]:
    heard = sum(strengths.values())
    return [
        (key, round(value / heard, 3))
        for key, value in strengths.items()
        if value >= _LEAST_STRENGTH and value >= _LEAST_SHARE * heard and key not in without
    ]


def _by_query(
    heard: Lexicon, counts: Mapping[int, int], of_title: Sequence[str], of_text: Sequence[str]
) -> list[tuple[str, float]]:
    least = min(max(round(len(of_text) / _WORDS_A_SAYING), 1), _MOST_SAYINGS)

    def times(asked: Leaf) -> int:
        if isinstance(asked, Term):
            return counts.get(heard.numbers[asked], 0)
        if isinstance(asked, Fact):
            raise TypeError("a watched topic asks for words alone")  # Lexicon reads its query so
        # Places are looked for only where both sides occur at all.
        if not all(any(map(times, side)) for side in (asked.terms, asked.others)):
            return 0
        return lexicon.TITLE * grammar.times_near(asked, of_title) + grammar.times_near(asked, of_text)

    found = []
    for key, query, wanted in heard.queries:
        if not wanted.isdisjoint(counts):
            said = _said(query, times)
            if said >= least:
                found.append((key, round(said / (said + 3), 3)))
    return found


def _said(query: Query, times: Callable[[Leaf], int]) -> int:
    """How often a query is said: alternatives add up, of parts that must all be there the rarest counts."""
    match query:
        case Term() | Near() | Fact():
            return times(query)
        case AnyOf(parts):
            return sum(_said(part, times) for part in parts)
        case All(parts):
            return min(_said(part, times) for part in parts)
        case Not():
            return _UNBOUND if grammar.holds(query, lambda term: times(term) > 0) else 0


_UNBOUND = 1_000_000  # what must not be there sets no limit to the rest


# The catalogue's own example sentences


def check(catalogue: Catalogue) -> list[str]:
    """What fails of the topics' example sentences: a message each, none where all is well.

    An example has its topic, a counter-example has not.
    """
    return [
        f'topics.toml: topic "{topic.key}": "{sentence}": {fault}'
        for topic in catalogue.topics
        for sentence in (*topic.examples, *topic.counter_examples)
        if (fault := _fault(topic, sentence, sentence in topic.examples, catalogue))
    ]


def _fault(topic: Topic, sentence: str, is_example: bool, catalogue: Catalogue) -> str:
    if any(key == topic.key for key, _ in topics("", sentence, LANGUAGES[0], catalogue)) == is_example:
        return ""
    heard = ", ".join(speaking("", sentence, topic.key, catalogue)) or "nothing"
    wanted = "should have the topic, and has not" if is_example else "should not have the topic, and has"
    return f"{wanted}; heard of it: {heard}. Change the words or the query of the entry, or the sentence."
