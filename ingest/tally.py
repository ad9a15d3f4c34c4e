"""What an audit counts of the names of the catalogue, an article at a time (ingest/audit.py)."""

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from data.catalogue import Catalogue, Name
from ingest import mentions
from ingest.mentions import Trace

SAMPLES = 3  # lines of a name that are shown, of those that count and of those that do not
CONTEXTS = 200  # different words beside a name that are counted
COMMON_WORDS = 300_000  # words in small letters that are remembered
AROUND = 45  # code points of a sample on either side


@dataclass(frozen=True)
class Article:
    """What an audit reads of an article."""

    title: str
    text: str
    language: str | None
    published_at: datetime | None


@dataclass
class Seen:
    """What is counted of one name."""

    counted: int = 0
    passed_over: int = 0
    articles: int = 0
    in_sport: int = 0
    in_bylines: int = 0
    before: Counter[str] = field(default_factory=Counter)  # capitalised words right before, where it counts
    after: Counter[str] = field(default_factory=Counter)  # and right behind
    titles: Counter[str] = field(default_factory=Counter)  # titles right before, where it does not count
    samples: list[str] = field(default_factory=list)
    samples_passed_over: list[str] = field(default_factory=list)


class Tally:
    """What is counted over all articles. The memory does not grow with their number."""

    def __init__(self, catalogue: Catalogue, actors: frozenset[str]) -> None:
        self.catalogue = catalogue
        self.actors = actors
        self.articles = 0
        self.languages: Counter[str] = Counter()
        self.seen: defaultdict[tuple[str, Name], Seen] = defaultdict(Seen)
        self.claims: dict[tuple[str, tuple[str, str]], tuple[int, str]] = {}
        self.small: set[str] = set()  # words that stand there in small letters
        self.common: Counter[str] = Counter()  # names that do
        self.counted: Counter[str] = Counter()  # how often a name counts, for whomever
        self._own = {actor.key: frozenset(word for name in actor.names for word in name.text.split()) for actor in catalogue.actors}  # fmt: skip  # noqa: E501
        self._names_in_small = {name.text.lower() for actor in catalogue.actors for name in actor.names}
        # Which samples stay must not depend on the hour, nor on how often the audit ran.
        self._dice = random.Random(0)  # noqa: S311 (no secret hangs on it)

    def count(self, article: Article) -> None:
        """One more article."""
        self.articles += 1
        self.languages[article.language or ""] += 1
        self._count_small(article)
        traces = [
            one
            for one in mentions.trace(
                article.title, article.text, article.language, article.published_at, self.catalogue
            )
            if one.actor in self.actors
        ]
        for key in {(one.actor, one.name) for one in traces if one.rule}:
            self.seen[key].articles += 1
        for one in traces:
            self._count_trace(one, article.title if one.field == "title" else article.text)
        self._count_claims([one for one in traces if one.rule and one.name.kind != "nominal"], article)

    def _count_small(self, article: Article) -> None:
        for word in _SMALL.findall(article.text):
            if len(self.small) < COMMON_WORDS:
                self.small.add(word)
            if word in self._names_in_small:
                self.common[word] += 1

    def _count_trace(self, one: Trace, content: str) -> None:
        seen = self.seen[one.actor, one.name]
        if not one.rule:
            seen.passed_over += 1
            self._sample(seen.samples_passed_over, seen.passed_over, content, one)
            if one.before in self.catalogue.words.titles and one.verdict == "waits":
                _add(seen.titles, one.before)
            return
        seen.counted += 1
        self.counted[one.name.text] += 1
        seen.in_sport += one.in_sport
        seen.in_bylines += _is_in_byline(content, one.start)
        self._sample(seen.samples, seen.counted, content, one)
        if one.before[:1].isupper() and one.field == "text" and not self._is_expected(one):
            _add(seen.before, one.before)
        if one.after[:1].isupper() and one.field == "text":
            _add(seen.after, one.after)

    def _is_expected(self, one: Trace) -> bool:
        return (
            one.before in self._own[one.actor] or one.before in self.catalogue.words.titles or not one.before.isalpha()
        )

    def _sample(self, samples: list[str], number: int, content: str, one: Trace) -> None:
        """Each line stays with the same chance (reservoir sampling, Vitter 1985)."""
        if len(samples) < SAMPLES:
            samples.append(_line(content, one))
        elif (place := self._dice.randrange(number)) < SAMPLES:
            samples[place] = _line(content, one)

    def _count_claims(self, traces: list[Trace], article: Article) -> None:
        places: defaultdict[tuple[str, int, int], list[Trace]] = defaultdict(list)
        for one in traces:
            places[one.field, one.start, one.end].append(one)
        for (where, start, end), there in places.items():
            content = article.title if where == "title" else article.text
            for pair in combinations(sorted({one.actor for one in there}), 2):
                key = (content[start:end], (pair[0], pair[1]))
                times, sample = self.claims.get(key, (0, ""))
                if times or len(self.claims) < 10 * CONTEXTS:
                    self.claims[key] = (times + 1, sample or _line(content, there[0]))


_SMALL = re.compile(r"\b[a-z]{2,30}\b")
_BYLINE = re.compile(r"(?:By|Reporting by|Additional reporting by|Editing by|Writing by|Photo by|Photograph by) ")


def _is_in_byline(content: str, start: int) -> bool:
    """Whether it stands in a short line that names who wrote or took it."""
    line = content.rfind("\n", max(0, start - 80), start) + 1
    end = content.find("\n", start, line + 80)
    return (line > 0 or start < 80) and end > 0 and bool(_BYLINE.match(content, line))


def _add(counter: Counter[str], word: str) -> None:
    """One more of the word; where there are too many different ones, those that stood there once make room."""
    if word not in counter and len(counter) >= CONTEXTS:
        for rare in [one for one, times in counter.items() if times == 1]:
            del counter[rare]
        if len(counter) >= CONTEXTS:
            return
    counter[word] += 1


def _line(content: str, one: Trace) -> str:
    before = content[max(0, one.start - AROUND) : one.start]
    return f"{before}[{content[one.start : one.end]}]{content[one.end : one.end + AROUND]}"
