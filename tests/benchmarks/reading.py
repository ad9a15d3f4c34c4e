"""What reading costs: `python tests/benchmarks/reading.py us-press-2012-2018.parquet [ARTICLES] [WORKERS]`.

Prints CPU per article of each part; the tone of passages by the model, with what its time goes into, and by the
lexicon; as a baseline vaderSentiment itself over the same sentences; and the whole reading by either in one process and
in several, with its peak memory. The file has the columns id, outlet, title, text, published_at.
"""

import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from data import catalogue as catalogues
from data import schema
from data.models.target import encode
from ingest import copies, discourse, mentions, passages, quotes, reading, target, text, tone, topics, vader

T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    file = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    workers = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    articles = sample(file, count)
    catalogue = catalogues.load(catalogues.DEFAULT)
    print(f"{articles.height:,} articles, {articles['text'].str.len_chars().mean():,.0f} code points on average")
    parts(articles, catalogue)
    toward(articles, catalogue)
    for by in ("lexicon", "model"):
        whole(articles, catalogue, workers, by)


def sample(file: Path, count: int) -> pl.DataFrame:
    """Rows of `articles` from the file, the same ones each time; their languages are left to be told."""
    rows = pl.read_parquet(file, columns=["id", "outlet", "title", "text", "published_at"])
    chosen = rows.sample(min(count, rows.height), seed=1).with_columns(
        version=pl.lit(1),
        month=pl.col("published_at").str.slice(0, 7),
        published_at=pl.col("published_at").str.to_datetime("%Y-%m-%d", time_zone="UTC"),
    )
    missing = [
        pl.lit(None, kind).alias(column) for column, kind in schema.ARTICLES.items() if column not in chosen.columns
    ]
    return chosen.with_columns(missing).select(pl.col(column).cast(kind) for column, kind in schema.ARTICLES.items())


def parts(articles: pl.DataFrame, catalogue: catalogues.Catalogue) -> None:
    """CPU per article of each part, in one process."""
    rows = [(title, body) for title, body in articles.select("title", "text").iter_rows()]
    warm(catalogue)
    each("clean (at the door)", rows, lambda row: text.clean(row[1]))
    each("language", rows, lambda row: text.language(*row))
    cut = each("sentences", rows, lambda row: text.sentences(row[1]))
    each("mentions", rows, lambda row: mentions.find(*row, "en", None, catalogue))
    each("topics", rows, lambda row: topics.topics(*row, "en", catalogue))
    each("fingerprint", rows, lambda row: copies.fingerprint(row[1]))
    each("names", zip(rows, cut, strict=True), lambda pair: tone.names(pair[0][1], pair[1]), len(rows))
    said = [row[1][start:end] for row, spans in zip(rows, cut, strict=True) for start, end in spans]
    ours = each(f"VADER, {len(said) / len(rows):.0f} sentences an article", said, vader.score, len(rows))
    judge = SentimentIntensityAnalyzer()
    theirs = each("  baseline: vaderSentiment", said, judge.polarity_scores, len(rows))
    differ = sum(
        tuple(one) != (other["neg"], other["neu"], other["pos"], other["compound"])
        for one, other in zip(ours, theirs, strict=True)
    )
    print(f"  sentences on which the two differ: {differ} of {len(said):,}")


def toward(articles: pl.DataFrame, catalogue: catalogues.Catalogue) -> None:
    """The passages of the articles and the tone in them, by the model from its cold start on, and by the lexicon."""
    rows = [(title, body) for title, body in articles.select("title", "text").iter_rows()]
    kinds = discourse.kinds(catalogue)
    read = [({"title": title, "text": body}, {"title": [(0, len(title))], "text": text.sentences(body)}) for title, body in rows]  # fmt: skip  # noqa: E501
    named = [mentions.find(*row, "en", None, catalogue) for row in rows]
    said = each("quotes", read, lambda one: {field: quotes.quotes(one[0][field], one[1][field]) for field in one[0]})
    found = each("passages", zip(read, named, said, strict=True), lambda one: passages.passages(*one[0], one[1], one[2], kinds), len(rows))  # fmt: skip  # noqa: E501
    pairs = [(one.sentence, one.span) for actors in found for some in actors.values() for one in some]
    print(f"{len(pairs) / len(rows):.1f} passages an article")
    judge = SentimentIntensityAnalyzer()
    each("lexicon", [pairs], lambda some: tone.lexicon_toward(*zip(*some, strict=True)), len(rows))
    each("  baseline: vaderSentiment", pairs, lambda pair: judge.polarity_scores(pair[0]), len(rows))
    before = time.process_time()
    target.opinions(["NATO met."], [(0, 4)])
    print(f"model: {time.process_time() - before:.2f} s CPU until the first opinion")
    before = time.process_time()
    encoded = [encode(sentence, *span, target._pieces) for sentence, span in pairs]
    encoding = time.process_time() - before
    pieces = sum(map(len, encoded)) / len(pairs)
    print(f"  {pieces:.0f} pieces a passage, {1e6 * encoding / len(pairs):.0f} us to make them")
    target.forget()
    before = time.process_time()
    target.opinions([sentence for sentence, _ in pairs], [span for _, span in pairs])
    spent = time.process_time() - before
    print(f"  {len(pairs) / spent:,.0f} targets per CPU-second, each input once: {len(set(map(tuple, encoded))) / len(pairs):.1%}")  # fmt: skip  # noqa: E501


def whole(articles: pl.DataFrame, catalogue: catalogues.Catalogue, workers: int, by: tone.By) -> None:
    """The whole reading, in this process and in several."""
    target.forget()
    before = time.process_time()
    made = reading.read(articles, catalogue, by)
    spent = time.process_time() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"whole reading by {by}, one process: {1e3 * spent / articles.height:.2f} ms CPU an article, {articles.height / spent:,.0f} articles per CPU-second")  # fmt: skip  # noqa: E501
    print(f"  peak memory so far, the articles included: {memory:,.0f} MB")
    print(f"  {made.mentions.height / articles.height:.1f} mentions an article, {made.mentions['passages'].list.len().sum() / articles.height:.1f} passages")  # fmt: skip  # noqa: E501
    started, children = time.perf_counter(), cpu_of_children()
    with reading.reader(catalogue, workers, by) as read:
        read(articles)
        cold = time.perf_counter() - started
        # Once more with the processes there: what a long import sees.
        started = time.perf_counter()
        again = read(articles)
        warm_seconds = time.perf_counter() - started
        memory = peak_of(own_children()) + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if not (again.mentions.equals(made.mentions) and again.readings.equals(made.readings)):
        sys.exit("the readings of one process and of several differ")
    spent = cpu_of_children() - children
    print(f"whole reading by {by}, {workers} processes: {articles.height / warm_seconds:,.0f} articles/s ({articles.height / cold:,.0f} with their start)")  # fmt: skip  # noqa: E501
    print(f"  {1e3 * spent / (2 * articles.height):.2f} ms CPU of the processes an article, start included")
    print(f"  peak memory of all processes: {memory:,.0f} MB")


def warm(catalogue: catalogues.Catalogue) -> None:
    """Load models and build matchers, which is done once a process."""
    text.language("", "The ministers met on Monday in Oslo.")
    mentions.find("NATO", "NATO", "en", None, catalogue)
    topics.topics("NATO", "NATO", "en", catalogue)
    tone.lexicon_toward(["NATO met."], [(0, 4)])


def each(name: str, items: Iterable[T], work: Callable[[T], object], articles: int | None = None) -> list[object]:
    """Do the work on each item, print its CPU per article, and give what it made."""
    items = list(items)
    before = time.process_time()
    made = [work(item) for item in items]
    spent = time.process_time() - before
    print(f"{1e3 * spent / (articles or len(items)):7.3f} ms CPU an article  {name}")
    return made


def cpu_of_children() -> float:
    """CPU-seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_children() -> list[str]:
    """The processes that this one started."""
    return Path("/proc/self/task").joinpath(Path("/proc/self").resolve().name, "children").read_text().split()


def peak_of(processes: list[str]) -> float:
    """Their peak memory, summed, in MB."""
    total = 0.0
    for process in processes:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                total += int(line.split()[1]) / 1024
    return total


if __name__ == "__main__":
    main()
