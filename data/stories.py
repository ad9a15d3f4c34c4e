"""Which articles tell one event, told from the telling words that each has left behind (`ingest.stories.signature`).

One pass in the order of publication. An article joins the story whose latest articles are most like it, when they are
alike enough, and else opens one, which is named by its id for good; a copy is where its original is. Likeness is the
cosine between the article and the sum of the story's latest articles, in words that weigh by how rare they were
before (single-pass clustering with a moving idf: J. Allan, R. Papka and V. Lavrenko, "On-line New Event Detection
and Tracking", SIGIR 1998; Y. Yang, T. Pierce and J. Carbonell, "A Study on Retrospective and On-line Event Detection",
the same year).

A story lives as long as somebody goes on telling it, and is dead after QUIET days without. It does not swallow its
neighbours: a word that the press has been full of weighs next to nothing, so that a long affair falls into its events;
the older a story is, the more alike an article must be (AGES); only the latest articles of a story are compared with,
so that a large story draws no more than a small one; and a few common words are not enough (LEAST_SHARED).

What depends on the order of arrival: an article keeps the story that it was once given. One that arrives late finds
the stories as they are, up to EARLY days before they begin; it does not bring two of them together, and it does not
change what the articles after it were given. Articles that arrive in the order of publication get the same stories in
one go as in many, and so does an archive that is read again. Reading again may give others where articles were late.

Every article costs the same, however many there are: what it is compared with is bounded.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from heapq import nlargest
from math import log, log1p, sqrt

import polars as pl

from data import copies

#: Cosine from which on an article belongs to a story that was told just now, and how much more is needed for each day
#: that it was not: what is still told weeks later must be told plainly. Chosen on `labels/stories.csv`, see LABELS.md.
ALIKE, FADES = 0.087, 0.1

#: How much more is needed of a story that has been told for some time, times the logarithm of its days, up to RECENT: a
#: bill on its way through Congress, week after week in the same words, is several events, and its first days are one.
AGES = 0.15

#: Days without an article after which a story is over.
QUIET = 10

#: Days before a story's first article in which one that arrives late may still join it.
EARLY = 2

#: Of a story's articles so many are compared with, the latest, none older than so many days.
LATEST, RECENT = 16, 28

#: How often a word is used is counted over so many days before that of the article; as long as these have fewer than
#: ENOUGH articles, also over the hours of its own day before its own.
DAYS, ENOUGH = 49, 2_000

#: As long as fewer articles are known, words weigh as if there were so many. The fewer there are, the less is known of
#: which words tell, and the more alike an article must be: by UNSURE articles to those that are known.
FEWEST, UNSURE = 50, 20

#: A word of the title weighs so much more than one of the lead.
TITLE = 3

#: Of an article's telling words so many look for stories, each among so many of those that had it last; so many stories
#: are compared with, which share at least so many of these words.
SEEKING, LOOKED_AT, COMPARED_WITH, LEAST_SHARED = 30, 32, 8, 2

#: What is needed of a reading.
COMPARED = ("article_id", "month", "published_at", "words", "copy_of", "signature", "story")


#: Days before an article that say what it is compared with, and how often words are used.
REACH = max(RECENT, DAYS) + 7


def grouped(readings: pl.DataFrame, settled: pl.DataFrame | None = None) -> pl.DataFrame:
    """`article_id, story` of the readings that have no story yet, and of what is settled and is a copy from elsewhere.

    `settled` are other readings, with their stories, which they keep: of REACH days before the first of the readings
    and of EARLY days after the last. The order of the rows is immaterial.
    """
    rows = readings.select(COMPARED) if settled is None else pl.concat([settled, readings.select(COMPARED)])
    walked = _walked(rows)
    new = walked["story"].is_null().arg_true()
    told = new[0] if len(new) else walked.height
    families: dict[str, str] = dict(_of_families(rows).iter_rows())
    stories = _Stories()
    if len(new):
        stories.take_up(walked.head(told), walked["at"][told])
    found: dict[str, str] = {}
    for article, family, is_copy, at, signature, story in walked[told:].iter_rows():
        if story is None:
            stories.turn(at)
            story = families.get(family) or stories.most_alike(at, signature or []) or article
            found[article] = story
        families.setdefault(family, story)
        stories.add(story, at, () if is_copy else signature or ())
    return _changed(rows, found)


def _of_families(rows: pl.DataFrame) -> pl.DataFrame:
    """`family, story`: the story of the first article of each family, an original with its copies, that has one."""
    first = rows.drop_nulls("story").sort(copies.at(), "article_id")
    return first.group_by(copies.FAMILY).agg(pl.col("story").first())


def _walked(rows: pl.DataFrame) -> pl.DataFrame:
    """`article_id, family, is_copy, at, signature, story`, in the order in which they are looked at."""
    early = pl.when(pl.col("story").is_not_null()).then(EARLY * _DAY).otherwise(0)
    return (
        rows.with_columns(copies.at(), copies.FAMILY, is_copy=pl.col("copy_of").is_not_null())
        .sort(pl.col("at") - early, pl.col("story").is_null(), "at", -pl.col("words").fill_null(0), "article_id")
        .select("article_id", "family", "is_copy", "at", "signature", "story")
    )


def _changed(rows: pl.DataFrame, found: dict[str, str]) -> pl.DataFrame:
    """`article_id, story` of what was found, and of the copies whose original is in another story than they are."""
    new = pl.DataFrame({"article_id": list(found), "new": list(found.values())}, schema=_FOUND)
    told = rows.join(new, on="article_id", how="left").with_columns(now=pl.coalesce("new", "story"))
    originals = told.select(copy_of="article_id", of_original="now")
    return (
        told.join(originals, on="copy_of", how="left")
        .select("article_id", "story", now=pl.coalesce("of_original", "now"))
        .filter(pl.col("story").ne_missing(pl.col("now")))
        .select("article_id", story="now")
        .sort("article_id")
    )


_FOUND = {"article_id": pl.String, "new": pl.String}

_HOUR, _DAY, _WEEK = 3_600, 86_400, 7 * 86_400


class _Story:
    """What a story is compared by: its latest articles, and how often they have each word."""

    __slots__ = ("first", "last", "latest", "length", "slot", "words")

    def __init__(self, first: int) -> None:
        self.latest: deque[tuple[int, Sequence[int]]] = deque()
        self.words: dict[int, int] = {}
        self.length = 0  # the square of the length of the vector of its words, as they weigh in `slot`
        self.slot = -2
        self.first = self.last = first


def _asked_more(story: _Story, at: int) -> float:
    """How many times as alike as to a story that begins now an article of this moment must be."""
    silence = max(0, at - story.last) / _DAY
    age = min(max(0, at - story.first) / _DAY, RECENT)
    return (1 + FADES * silence) * (1 + AGES * log1p(age))


class _Stories:
    """The stories that are being told at a moment that only moves on.

    Words weigh in whole numbers, so that what is added up and taken away again leaves nothing behind.
    """

    def __init__(self) -> None:
        self.alive: dict[str, _Story] = {}
        # Of a word: the stories that have it, that of the last use last.
        self.tellers: defaultdict[int, dict[str, None]] = defaultdict(dict)
        self.waiting: deque[tuple[int, Sequence[int]]] = deque()  # what is not counted yet
        self.uses: dict[int, Counter[int]] = {}  # of a day: articles with each word
        self.articles: Counter[int] = Counter()  # of a day
        self.usual: Counter[int] = Counter()
        self.weights: dict[int, int] = {}
        self.known = FEWEST
        self.day = self.slot = self.week = -1
        self.is_known = False

    def take_up(self, rows: pl.DataFrame, at: int) -> None:
        """Go on at this time from what was told before, rows of `_walked`.

        Only what is still being told is gone through one by one: a run pays for its own articles and the open stories.
        """
        originals = rows.filter(~pl.col("is_copy"), pl.col("signature").list.len() > 0)
        today = at // _DAY * _DAY
        self._take_up_words(originals.filter(pl.col("at").is_between(today - DAYS * _DAY, today, closed="left")))
        self.waiting.extend(originals.filter(pl.col("at") >= today).select("at", "signature").iter_rows())
        week = at // _WEEK * _WEEK
        told = rows.group_by("story").agg(first=pl.col("at").min(), last=pl.col("at").max())
        alive = told.filter(pl.col("last") >= week - QUIET * _DAY)
        latest = (
            originals.filter(pl.col("at") >= week - RECENT * _DAY)
            .join(alive, on="story", how="semi", maintain_order="left")
            .filter(pl.int_range(pl.len(), 0, -1).over("story") <= LATEST)
        )
        self.alive = {name: _Story(first) for name, first, _ in alive.iter_rows()}
        for name, when, signature in latest.select("story", "at", "signature").iter_rows():
            self._join(name, when, signature)
        for name, _, last in alive.iter_rows():
            self.alive[name].last = last

    def _take_up_words(self, originals: pl.DataFrame) -> None:
        dated = originals.select(pl.col("at") // _DAY, word="signature")
        self.articles.update(dated["at"].to_list())
        words = dated.explode("word", empty_as_null=False, keep_nulls=False).with_columns(pl.col("word") // 2)
        for (day,), uses in words.group_by("at"):
            counted = uses["word"].value_counts()
            self.uses[day] = Counter(dict(counted.iter_rows()))
        self.usual.update(dict(words["word"].value_counts().iter_rows()))

    def turn(self, at: int) -> None:
        """Come to an article's time: words weigh by what was before it, and what is over is forgotten."""
        if at // _DAY != self.day:
            self.day = at // _DAY
            self._count_until(self.day * _DAY)
            self.is_known = self.articles.total() >= ENOUGH
        slot = self.day * 24 if self.is_known else at // _HOUR
        if slot != self.slot:
            self.slot = slot
            self._count_until(slot * _HOUR)
            self.known = max(FEWEST, self.articles.total())
            self.weights = {}
        if at // _WEEK != self.week:
            self.week = at // _WEEK
            self._forget(self.week * _WEEK)

    def _count_until(self, now: int) -> None:
        """Count the words of what was published before, over DAYS days."""
        still: deque[tuple[int, Sequence[int]]] = deque()
        for at, signature in self.waiting:
            if at >= now:
                still.append((at, signature))
            elif at >= (self.day - DAYS) * _DAY:
                words = [hashed >> 1 for hashed in signature]
                self.uses.setdefault(at // _DAY, Counter()).update(words)
                self.articles[at // _DAY] += 1
                self.usual.update(words)
        self.waiting = still
        for day in [day for day in self.uses if day < self.day - DAYS]:
            for word, count in self.uses.pop(day).items():
                self.usual[word] -= count
                if not self.usual[word]:
                    del self.usual[word]
            del self.articles[day]

    def _forget(self, now: int) -> None:
        self.alive = {name: story for name, story in self.alive.items() if now - story.last <= QUIET * _DAY}
        for story in self.alive.values():
            while story.latest and story.latest[0][0] < now - RECENT * _DAY:
                self._drop_oldest(story)
        alive = self.alive
        tellers = (
            (word, {name: None for name in names if name in alive and word in alive[name].words})
            for word, names in self.tellers.items()
        )
        self.tellers = defaultdict(dict, {word: names for word, names in tellers if names})

    def _weight(self, word: int) -> int:
        """How telling a word is: the logarithm of how rare it was, in eighths; 0 for one that all articles had."""
        weight = self.weights.get(word)
        if weight is None:
            weight = self.weights[word] = max(0, round(8 * log(self.known / (self.usual[word] + 1))))
        return weight

    def most_alike(self, at: int, signature: Sequence[int]) -> str | None:
        """The story that an article of this moment belongs to, or None."""
        own = {hashed >> 1: self._weight(hashed >> 1) * (TITLE if hashed & 1 else 1) for hashed in signature}
        length = sqrt(sum(weight * weight for weight in own.values()))
        best, likeness = None, ALIKE * (1 + UNSURE / self.known) * length
        for name in self._near(at, own):
            story = self.alive[name]
            words, weights = story.words, self.weights
            shared = sum(weight * words[word] * weights[word] for word, weight in own.items() if word in words)
            cosine = shared / sqrt(self._length(story) or 1) / _asked_more(story, at)
            if cosine > likeness:
                best, likeness = name, cosine
        return best

    def _near(self, at: int, own: dict[int, int]) -> list[str]:
        """Stories that share telling words with an article, the most of them first."""
        telling = [word for word in nlargest(SEEKING, own, key=lambda word: (own[word], word)) if own[word]]
        shared: Counter[str] = Counter()
        for word in telling:
            if word in self.tellers:
                shared.update(self.tellers[word].keys())
        oldest = at - QUIET * _DAY
        near = [(n, name) for name, n in shared.items() if n >= LEAST_SHARED and self.alive[name].last >= oldest]
        return [name for _, name in nlargest(COMPARED_WITH, near)]

    def _length(self, story: _Story) -> int:
        if story.slot != self.slot:
            story.length = sum((count * self._weight(word)) ** 2 for word, count in story.words.items())
            story.slot = self.slot
        return story.length

    def add(self, name: str, at: int, signature: Sequence[int]) -> None:
        """An article tells this story; a copy adds no words to it."""
        story = self.alive.setdefault(name, _Story(at))
        story.first = min(story.first, at)
        story.last = max(story.last, at)
        if not signature:
            return
        self.waiting.append((at, signature))
        self._join(name, at, signature)

    def _join(self, name: str, at: int, signature: Sequence[int]) -> None:
        """Let a story have an article's words."""
        story = self.alive[name]
        story.latest.append((at, signature))
        self._count(story, signature, 1)
        if len(story.latest) > LATEST:
            self._drop_oldest(story)
        for hashed in signature:
            names = self.tellers[hashed >> 1]
            names.pop(name, None)
            names[name] = None
            if len(names) > LOOKED_AT:
                del names[next(iter(names))]

    def _drop_oldest(self, story: _Story) -> None:
        self._count(story, story.latest.popleft()[1], -1)

    def _count(self, story: _Story, signature: Sequence[int], sign: int) -> None:
        words, fresh = story.words, story.slot == self.slot
        for hashed in signature:
            word = hashed >> 1
            before = words.get(word, 0)
            after = before + (TITLE if hashed & 1 else 1) * sign
            if after:
                words[word] = after
            else:
                del words[word]
            if fresh:
                weight = self._weight(word)
                story.length += (after * after - before * before) * weight * weight
