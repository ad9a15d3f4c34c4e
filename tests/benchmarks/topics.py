"""What topics cost: `python tests/benchmarks/topics.py us-press-2012-2018.parquet [ARTICLES]`.

Prints CPU per article of the topics as they are read, of what the lexicon alone costs in the same run, of the model's
part of it, and what loading the model costs, once a process. The file has the columns title and text.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from data import catalogue as catalogues
from data.catalogue import Catalogue
from data.models import about
from ingest import text, topics

LIMIT = 2.0  # ms an article that topics may cost


def main() -> None:
    """Measure and print; ends with 1 where the limit is passed."""
    rows = pl.read_parquet(sys.argv[1], columns=["title", "text"])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    articles = [(str(title), str(body)) for title, body in rows.sample(min(count, rows.height), seed=1).iter_rows()]
    known = catalogues.load(catalogues.DEFAULT)
    print(f"{len(articles):,} articles, {sum(len(body) for _, body in articles) / len(articles):,.0f} code points each")
    model = loaded(known)
    each("nothing but splitting into words", articles, lambda title, body: len(split(title)) + len(split(body)))
    each("the lexicon alone", articles, lambda title, body: len(topics.loudest(title, body, known)))
    each("the model's words alone", articles, lambda title, body: len(model.heard(split(title), split(body))[0]))
    spent = each("topics", articles, lambda title, body: len(topics.topics(title, body, "en", known)))
    if spent > LIMIT:
        sys.exit(f"{spent:.2f} ms an article; {LIMIT} are allowed")


def loaded(known: Catalogue) -> about.TopicModel:
    """The model, with what loading it and building the lexicon costs."""
    before = time.process_time()
    model = about.load()
    len(model.numbers)
    print(f"{about.FILE.stat().st_size:,} bytes; {time.process_time() - before:.2f} s to load the model", end=", ")
    before = time.process_time()
    topics.topics("", "", "en", known)
    print(f"{time.process_time() - before:.2f} s for model and lexicon")
    return model


def split(written: str) -> tuple[str, ...]:
    """The words of a text; each is split anew, as nothing else would ask for them here."""
    text.words.cache_clear()
    return text.words(written)


def each(name: str, articles: list[tuple[str, str]], work: Callable[[str, str], int]) -> float:
    """CPU milliseconds an article, printed with what was found and the slowest article."""
    found, slowest, started = 0, 0.0, time.process_time()
    for title, body in articles:
        before = time.process_time()
        text.words.cache_clear()
        found += work(title, body)
        slowest = max(slowest, time.process_time() - before)
    spent = 1e3 * (time.process_time() - started) / len(articles)
    print(f"  {spent:7.3f} ms CPU an article, slowest {1e3 * slowest:6.1f} ms, {found:,} found  {name}")
    return spent


if __name__ == "__main__":
    main()
