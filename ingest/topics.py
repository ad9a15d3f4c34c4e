"""What an article is about: the topics of the catalogue that enough of its words speak for.

A topic with a lexicon scores by its part of all that the lexicons hear, a watched topic by how often its query is
said. Both scores lie between 0 and 1.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from data import grammar
from data.catalogue import Catalogue, Topic
from data.grammar import All, AnyOf, Near, Not, Query, Term
from ingest.text import words as text_words

#: Languages that the lexicons and queries are written in.
LANGUAGES = ("en",)

# A word of the title speaks as loud as three of the text.
_TITLE = 3
# A topic needs this part of all that is heard, and this much in all: two strong words, say.
_LEAST_SHARE = 0.18
_LEAST_STRENGTH = 4.0
# A watched topic must be said once in so many words, in a long article so often: nearly all wrong topics were a word in
# passing. Read were up to 15 articles of each: 25 % were about their topic before this rule and its queries, 77 % with.
_WORDS_A_SAYING = 200
_MOST_SAYINGS = 5


def topics(title: str, text: str, language: str | None, catalogue: Catalogue) -> list[tuple[str, float]]:
    """Keys of the article's topics with their scores, 0 ... 1, strongest first; none in a language not listed above.

    Lexicon topics add up to at most 1. A watched topic is there where its query holds for title and text, and is more
    than a word in passing: said once in 200 words, in the title thrice as loud.
    """
    if language not in LANGUAGES:
        return []
    matcher = _matcher(catalogue)
    counts = matcher.counts(title, text)
    found = [*_by_lexicon(matcher, counts), *_by_query(matcher, counts, title, text)]
    return sorted(found, key=lambda topic: (-topic[1], topic[0]))


def speaking(title: str, text: str, topic: str, catalogue: Catalogue) -> list[str]:
    """The words that speak for a topic in this article, as the catalogue writes them, most frequent first."""
    matcher = _matcher(catalogue)
    counts = matcher.counts(title, text)
    said = [
        (-count, _written(matcher.terms[number])) for number, count in counts.items() if matcher.says(number, topic)
    ]
    return [written for _, written in sorted(said)]


def _by_lexicon(matcher: "_Matcher", counts: Mapping[int, int]) -> list[tuple[str, float]]:
    strength: defaultdict[str, float] = defaultdict(float)
    for number, count in counts.items():
        for key, weight in matcher.weights[number]:
            # The tenth time a word says less than the first.
            strength[key] += weight * _loudness(count)
    heard = sum(strength.values())
    return [
        (key, round(value / heard, 3))
        for key, value in strength.items()
        if value >= _LEAST_STRENGTH and value >= _LEAST_SHARE * heard
    ]


@lru_cache(maxsize=1_000)
def _loudness(count: int) -> float:
    return math.log2(1 + count)


def _by_query(matcher: "_Matcher", counts: Mapping[int, int], title: str, text: str) -> list[tuple[str, float]]:
    of_title, of_text = text_words(title), text_words(text)
    least = min(max(round(len(of_text) / _WORDS_A_SAYING), 1), _MOST_SAYINGS)

    def times(asked: Term | Near) -> int:
        if isinstance(asked, Term):
            return counts.get(matcher.numbers[asked], 0)
        # Places are looked for only where both sides occur at all.
        if not all(any(map(times, side)) for side in (asked.terms, asked.others)):
            return 0
        return _TITLE * grammar.times_near(asked, of_title) + grammar.times_near(asked, of_text)

    found = []
    for key, query, wanted in matcher.queries:
        if not wanted.isdisjoint(counts):
            said = _said(query, times)
            if said >= least:
                found.append((key, round(said / (said + 3), 3)))
    return found


def _said(query: Query, times: Callable[[Term | Near], int]) -> int:
    """How often a query is said: alternatives add up, of parts that must all be there the rarest counts."""
    match query:
        case Term() | Near():
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


# The words of a catalogue, ready to be counted


class _Matcher:
    """All terms of a catalogue's topics by number, and what each says."""

    def __init__(self, catalogue: Catalogue) -> None:
        weights = _weights(catalogue.topics)
        queries = _queries(catalogue.topics)
        self.terms = list(dict.fromkeys([*weights, *(term for _, query in queries for term in grammar.terms(query))]))
        self.numbers = {term: number for number, term in enumerate(self.terms)}
        self.weights = [weights.get(term, ()) for term in self.terms]
        self.queries = [
            (key, query, frozenset(self.numbers[term] for term in grammar.wanted(query))) for key, query in queries
        ]
        self._words = _Words((term, number) for term, number in self.numbers.items() if len(term.words) == 1)
        phrases = [(term, number) for term, number in self.numbers.items() if len(term.words) > 1]
        self._phrases = [number for _, number in phrases]
        self._automaton = AhoCorasick([_pattern(term) for term, _ in phrases])

    def counts(self, title: str, text: str) -> Counter[int]:
        """How often each term occurs, in the title thrice."""
        of_title, of_text = text_words(title), text_words(text)
        words = Counter(of_text)
        for word in of_title:
            words[word] += _TITLE
        counts: Counter[int] = Counter()
        for word, count in words.items():
            for number in self._words[word]:
                counts[number] += count
        self._count_phrases(of_title, _TITLE, counts)
        self._count_phrases(of_text, 1, counts)
        return counts

    def says(self, number: int, topic: str) -> bool:
        """Whether the term speaks for this topic."""
        return any(key == topic for key, _ in self.weights[number]) or any(
            key == topic and number in wanted for key, _, wanted in self.queries
        )

    def _count_phrases(self, words: Sequence[str], worth: int, counts: Counter[int]) -> None:
        spaced = f" {' '.join(words)} "
        for place, _, _ in self._automaton.find_matches_as_indexes(spaced, overlapping=True):
            counts[self._phrases[place]] += worth


class _Words(dict[str, tuple[int, ...]]):
    """Word -> the terms it is an occurrence of; the press uses the same few words again and again."""

    def __init__(self, terms: Iterable[tuple[Term, int]]) -> None:
        super().__init__()
        self._exact: dict[str, int] = {}
        self._open: dict[str, int] = {}
        for term, number in terms:
            (self._open if term.open_end else self._exact)[term.words[0]] = number

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        exact = (self._exact[word],) if word in self._exact else ()
        beginnings = (word[:length] for length in range(2, min(len(word), 40) + 1))
        self[word] = found = exact + tuple(self._open[start] for start in beginnings if start in self._open)
        return found


_MOST_REMEMBERED = 100_000


@lru_cache(maxsize=4)
def _matcher(catalogue: Catalogue) -> _Matcher:
    return _Matcher(catalogue)


def _weights(topics: Iterable[Topic]) -> dict[Term, tuple[tuple[str, int], ...]]:
    weights: defaultdict[Term, list[tuple[str, int]]] = defaultdict(list)
    for topic in topics:
        for written, weight in topic.words:
            term = grammar.term(written)
            if term:
                weights[term].append((topic.key, weight))
    return {term: tuple(said) for term, said in weights.items()}


def _queries(topics: Iterable[Topic]) -> list[tuple[str, Query]]:
    return [(topic.key, grammar.parse(topic.query)) for topic in topics if topic.query]


def _pattern(term: Term) -> str:
    return f" {' '.join(term.words)}" + ("" if term.open_end else " ")


def _written(term: Term) -> str:
    return " ".join(term.words) + ("*" if term.open_end else "")
