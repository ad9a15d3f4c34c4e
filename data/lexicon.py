"""The words of the catalogue's topics as they are heard in a text: how often each, and how loud they speak for a topic.

A text is given as the words of its title and of its body, as `grammar.split` gives them.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from data import grammar
from data.catalogue import Catalogue, Topic
from data.grammar import Query, Term

#: A word of the title speaks as loud as so many of the text.
TITLE = 3


class Lexicon:
    """All terms of a catalogue's topics by number, what each says, and the queries of watched topics."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        weights = _weights(topics)
        queries = _queries(topics)
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

    def counts(self, title: Sequence[str], text: Sequence[str]) -> Counter[int]:
        """How often each term occurs, in the title thrice."""
        words = Counter(text)
        for word in title:
            words[word] += TITLE
        counts: Counter[int] = Counter()
        for word, count in words.items():
            for number in self._words[word]:
                counts[number] += count
        self._count_phrases(title, TITLE, counts)
        self._count_phrases(text, 1, counts)
        return counts

    def strengths(self, counts: Mapping[int, int]) -> dict[str, float]:
        """How loud the text speaks for each topic with words, of those that are heard at all."""
        strength: defaultdict[str, float] = defaultdict(float)
        for number, count in counts.items():
            for key, weight in self.weights[number]:
                # The tenth time a word says less than the first.
                strength[key] += weight * _loudness(count)
        return dict(strength)

    def says(self, number: int, topic: str) -> bool:
        """Whether the term speaks for this topic."""
        return any(key == topic for key, _ in self.weights[number]) or any(
            key == topic and number in wanted for key, _, wanted in self.queries
        )

    def _count_phrases(self, words: Sequence[str], worth: int, counts: Counter[int]) -> None:
        spaced = f" {' '.join(words)} "
        for place, _, _ in self._automaton.find_matches_as_indexes(spaced, overlapping=True):
            counts[self._phrases[place]] += worth


@lru_cache(maxsize=4)
def of(catalogue: Catalogue) -> Lexicon:
    """The lexicon of this catalogue, made once."""
    return Lexicon(catalogue.topics)


def written(term: Term) -> str:
    """A term as the catalogue writes it."""
    return " ".join(term.words) + ("*" if term.open_end else "")


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


@lru_cache(maxsize=1_000)
def _loudness(count: int) -> float:
    return math.log2(1 + count)


def _weights(topics: Iterable[Topic]) -> dict[Term, tuple[tuple[str, int], ...]]:
    weights: defaultdict[Term, list[tuple[str, int]]] = defaultdict(list)
    for topic in topics:
        for word, weight in topic.words:
            term = grammar.term(word)
            if term:
                weights[term].append((topic.key, weight))
    return {term: tuple(said) for term, said in weights.items()}


def _queries(topics: Iterable[Topic]) -> list[tuple[str, Query]]:
    return [(topic.key, grammar.parse(topic.query, fields=False)) for topic in topics if topic.query]


def _pattern(term: Term) -> str:
    return f" {' '.join(term.words)}" + ("" if term.open_end else " ")
