"""What finding names costs: `python tests/benchmarks/mentions.py us-press-2012-2018.parquet [ARTICLES] [NAMES]`.

Prints CPU per article with the shipped catalogue and with it and generated actors up to 5,000 names; as a baseline one
regular expression of all the names, at word boundaries, which knows no rules; and what building the matcher costs, once
a process. The file has the columns title and text.
"""

import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from data import catalogue as catalogues
from data.catalogue import Actor, Catalogue, Name
from ingest import mentions

LIMIT = 2.0  # ms an article that 5,000 names may cost


def main() -> None:
    """Measure and print; ends with 1 where the limit is passed."""
    rows = pl.read_parquet(sys.argv[1], columns=["title", "text"])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 5_000
    articles = [(str(title), str(text)) for title, text in rows.sample(min(count, rows.height), seed=1).iter_rows()]
    shipped = catalogues.load(catalogues.DEFAULT)
    large = grown(shipped, wanted, articles)
    print(f"{len(articles):,} articles, {sum(len(text) for _, text in articles) / len(articles):,.0f} code points each")
    spent = [with_rules(known, articles) for known in (shipped, large)]
    baseline(large, articles)
    if spent[-1] > LIMIT:
        sys.exit(f"{spent[-1]:.2f} ms an article; {LIMIT} are allowed")


def grown(shipped: Catalogue, wanted: int, articles: list[tuple[str, str]]) -> Catalogue:
    """The catalogue with generated persons, each with a full name and a weak surname, until it has so many names.

    Half of them are put together of words that the articles write with a capital, so that they stand there; the others
    of syllables, so that they nearly never do.
    """
    dice = random.Random(1)  # noqa: S311 (no secret hangs on it)
    there = sorted({word for _, text in articles[:200] for word in _WORD.findall(text)})
    actors = list(shipped.actors)
    names = sum(len(actor.names) for actor in actors)
    while names < wanted:
        given, surname = (invented(dice) if dice.random() < 0.5 else dice.choice(there) for _ in range(2))
        key = f"generated-{len(actors)}"
        added = (Name(f"{given} {surname}", "strong"), Name(surname, "weak"))
        actors.append(replace(PERSON, key=key, label=f"{given} {surname}", names=added))
        names += len(added)
    return replace(shipped, actors=tuple(actors), version=f"{wanted} names")


_WORD = re.compile(r"\b[A-Z][a-z]{3,}\b")
PERSON = Actor(
    key="", label="", kind="person", colour=0, wikidata=None, parent=None, names=(), titles=(), context=(),
    not_after=(), not_before=(), holders=(), examples=(), counter_examples=(),
)  # fmt: skip


def invented(dice: random.Random) -> str:
    """A word that looks like a name."""
    syllables = ("ka", "lo", "mi", "ren", "tov", "sha", "bel", "dor", "ni", "gar", "ez", "ul")
    return "".join(dice.choice(syllables) for _ in range(3)).capitalize()


def with_rules(known: Catalogue, articles: list[tuple[str, str]]) -> float:
    """CPU milliseconds an article."""
    names = sum(len(actor.names) for actor in known.actors)
    before = time.process_time()
    mentions.find("", "", "en", None, known)
    print(f"{len(known.actors):,} actors, {names:,} names: {time.process_time() - before:.2f} s to build the matcher")
    return each("with rules", articles, lambda title, text: len(mentions.find(title, text, "en", None, known)))


def baseline(known: Catalogue, articles: list[tuple[str, str]]) -> None:
    """One alternation of all names, the longest first."""
    names = {name.text.removesuffix("*") for actor in known.actors for name in actor.names}
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})\b")
    each("baseline: a regex", articles, lambda title, text: len(pattern.findall(title)) + len(pattern.findall(text)))


def each(name: str, articles: list[tuple[str, str]], work: Callable[[str, str], int]) -> float:
    """CPU milliseconds an article, printed with the hits and the slowest article."""
    hits, slowest, started = 0, 0.0, time.process_time()
    for title, text in articles:
        before = time.process_time()
        hits += work(title, text)
        slowest = max(slowest, time.process_time() - before)
    spent = 1e3 * (time.process_time() - started) / len(articles)
    print(f"  {spent:7.3f} ms CPU an article, slowest {1e3 * slowest:6.1f} ms, {hits:,} hits  {name}")
    return spent


if __name__ == "__main__":
    main()
