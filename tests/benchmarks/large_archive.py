"""Makes an archive as large as wanted, of articles that nobody wrote: what is measured on it is reproducible anywhere.

    python -m tests.benchmarks.large_archive FOLDER [--articles 420000] [--months 60] [--sentences 0] [--seed 1]

The shape is that of news: outlets and actors by Zipf's law, fewer articles at weekends and at night, stories whose
sizes have a long tail, days on which an actor stands out, copies, several languages, feeds that fail. Actors,
outlets and topics are the catalogue's. There are about 2.4 mentions an article; 420,000 articles have 1M. Texts are
short: a dozen words, and with --sentences so many more sentences, drawn from a stock of 50,000 that all texts share
and whose words are as often as Zipf's law has it. Ids and hashes are those of numbers. There are no sketches and
signatures, so that copies and stories cannot be found again, only read.

The same options make the same rows. Months are made and stored one by one: the memory needed is that of one month.
"""

import argparse
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import catalogue as catalogues
from data import schema
from data.archive import Archive, open_archive
from data.catalogue import Catalogue

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

LAST_MONTH = date(2025, 12, 1)
WEEKDAYS = np.array([1, 1, 1, 1, 0.95, 0.55, 0.6])
#: At most so many actors a story.
CAST = 8
#: The parts of articles that are copies, of stories that name no actor, of mentions by kind (see schema.KINDS).
COPIED, WITHOUT_ACTORS, KINDS = 0.12, 0.25, (0.88, 0.05, 0.05, 0.02)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MADE = "made-up"


def main() -> None:
    """Make the archive and say what it holds."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--articles", type=int, default=420_000)
    asked.add_argument("--months", type=int, default=60)
    asked.add_argument("--sentences", type=int, default=0)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    started = time.perf_counter()
    archive = make(str(options.folder), options.articles, options.months, options.seed, options.sentences)
    size = archive.size()
    print(
        f"{size['articles']:,} articles, {size['mentions']:,} mentions, {size['first_day']} to {size['last_day']}, "
        f"{size['bytes'] / 1e6:,.0f} MB in {time.perf_counter() - started:.0f} s"
    )


def make(url: str, articles: int, months: int, seed: int, sentences: int = 0) -> Archive:
    """A new archive with so many articles in the months before 2026, their texts with so many sentences more."""
    archive = open_archive(url, create=True)
    press = _press(seed, sentences)
    firsts = [_month_before(LAST_MONTH, back) for back in range(months - 1, -1, -1)]
    parts = _shares(np.array([_weights(first).sum() for first in firsts]), articles)
    numbers = np.concatenate([[0], np.cumsum(parts)])
    for place, first in enumerate(firsts):
        month = _month(press, first, int(parts[place]), int(numbers[place]), np.random.default_rng([seed, place]))
        _store(archive, month, f"{MADE}-{first}")
    return archive


@dataclass(frozen=True, eq=False)
class Press:
    """Whose articles are made, by place: keys, labels, and how often each is drawn."""

    actors: pl.Series
    labels: pl.Series
    actor_weights: Numbers
    actor_tones: Numbers
    outlets: pl.Series
    outlet_weights: Numbers
    languages: tuple[tuple[str, ...], ...]
    topics: pl.Series
    words: pl.Series
    sentences: int
    stock: pl.Series
    catalogue: Catalogue


def _press(seed: int, sentences: int) -> Press:
    catalogue = catalogues.load(catalogues.DEFAULT)
    chance = np.random.default_rng(seed)
    actors, outlets = list(catalogue.actors), list(catalogue.outlets)
    chance.shuffle(actors)
    chance.shuffle(outlets)
    syllables = [one + two for one in "bdfgklmnprstvz" for two in ("a", "e", "i", "o", "u", "an", "er", "on")]
    words = ["".join(chance.choice(syllables, chance.integers(2, 4))) for _ in range(6_000)]
    return Press(
        actors=pl.Series([actor.key for actor in actors]),
        labels=pl.Series([actor.label for actor in actors]),
        actor_weights=_zipf(len(actors), 0.9, 3.0),
        actor_tones=chance.normal(-0.1, 0.15, len(actors)),
        outlets=pl.Series([outlet.key for outlet in outlets]),
        outlet_weights=_zipf(len(outlets), 1.0, 2.0),
        languages=tuple(outlet.languages or ("en",) for outlet in outlets),
        topics=pl.Series([topic.key for topic in catalogue.topics]),
        words=pl.Series(words),
        sentences=sentences,
        stock=_stock(chance) if sentences else pl.Series([], dtype=pl.String),
        catalogue=catalogue,
    )


def _stock(chance: np.random.Generator) -> pl.Series:
    """Sentences of 18 words; of 60,000 words the most frequent stands in nearly every text, most of them in few."""
    consonants, vowels = "bcdfghjklmnpqrstvwxyz", "aeiou"
    syllables = np.array([one + two for one in consonants for two in vowels])
    known = pl.DataFrame({f"s{n}": syllables[chance.integers(0, len(syllables), 80_000)] for n in range(3)})
    words = known.select(pl.concat_str(pl.all())).to_series().unique(maintain_order=True).head(60_000)
    drawn = chance.choice(len(words), (_STOCK, 18), p=_zipf(len(words), 1.0, 2.0))
    return (
        pl.DataFrame({f"w{n}": words[drawn[:, n]] for n in range(18)})
        .select(pl.concat_str(pl.all(), separator=" ") + ".")
        .to_series()
    )


_STOCK = 50_000


def _zipf(number: int, exponent: float, shift: float) -> Numbers:
    """Weights by rank that add up to 1 (Zipf and Mandelbrot)."""
    weights = 1 / (np.arange(number) + shift) ** exponent
    return weights / weights.sum()


def _shares(weights: Numbers, total: int) -> Places:
    """The total in whole parts, as the weights say."""
    ends = np.round(np.cumsum(weights) / weights.sum() * total).astype(np.int64)
    return np.diff(ends, prepend=0)


def _weights(first: date) -> Numbers:
    """How much is published on each day of the month."""
    days = (_month_before(first, -1) - first).days
    return WEEKDAYS[(first.weekday() + np.arange(days)) % 7]


def _month_before(first: date, back: int) -> date:
    number = first.year * 12 + first.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


# Stories


@dataclass(frozen=True, eq=False)
class Stories:
    """Events by place: how many articles, when it began (days from the first of the month), whom it names.

    `cast` is (stories, CAST): places of actors; of them the first `named` count.
    """

    sizes: Places
    begins: Numbers
    cast: Places
    named: Places
    tones: Numbers
    topics: Places


def _stories(press: Press, first: date, articles: int, chance: np.random.Generator) -> Stories:
    weights = _weights(first)
    # What moves in the public's eye: an actor is in the news more in one month than in another.
    popular = press.actor_weights * chance.lognormal(0, 0.3, len(press.actor_weights))
    popular /= popular.sum()
    events = chance.poisson(0.25 * len(popular))
    of_events = chance.choice(len(popular), events, p=popular)
    usual = articles / len(weights) * 2.4 * popular[of_events]
    large = np.maximum(5, usual * chance.uniform(1.5, 6, events)).astype(np.int64)
    large = large[np.cumsum(large) < articles * 0.3]
    small = np.minimum(articles, 1 + chance.pareto(1.4, articles).astype(np.int64))
    # As many as are needed; the last one is cut.
    sizes = np.concatenate([large, np.minimum(small, 300)])
    ends = np.minimum(np.cumsum(sizes), articles)
    sizes = np.diff(ends, prepend=0)
    sizes = sizes[sizes > 0]
    number = len(sizes)
    drawn = np.log(popular) + chance.gumbel(size=(number, len(popular)))  # without putting back (Gumbel's trick)
    drawn[np.arange(len(large)), of_events[: len(large)]] = np.inf
    cast = np.argsort(-drawn, axis=1)[:, :CAST]
    named = np.minimum(1 + chance.poisson(2.6, number), CAST)
    named[len(large) :] *= chance.random(number - len(large)) >= WITHOUT_ACTORS
    hours = np.clip(chance.normal(13, 4.5, number), 0, 23.99) / 24
    begins = chance.choice(len(weights), number, p=weights / weights.sum()) + hours
    topics = chance.choice(len(press.topics), (number, 2), p=_zipf(len(press.topics), 0.8, 2.0))
    return Stories(sizes, begins, cast, named, chance.normal(0, 0.2, number), topics)


# Articles


@dataclass(frozen=True, eq=False)
class Month:
    """The rows of one month, as the tables of data/schema.py have them."""

    articles: pl.DataFrame
    readings: pl.DataFrame
    mentions: pl.DataFrame
    fetches: pl.DataFrame
    runs: pl.DataFrame


def _month(press: Press, first: date, articles: int, number: int, chance: np.random.Generator) -> Month:
    stories = _stories(press, first, articles, chance)
    rows, texts = _articles(press, stories, first, number, chance)
    return Month(
        articles=_as("articles", rows),
        readings=_as("readings", _readings(press, stories, rows, texts, chance)),
        mentions=_as("mentions", _mentions(press, stories, rows, texts, chance)),
        fetches=_as("fetches", _fetches(press, first, chance)),
        runs=_as("runs", _runs(press, first)),
    )


def _as(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with all columns of the table; those that nobody made are null."""
    columns = schema.TABLES[table]
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.items()
    )


def _articles(
    press: Press, stories: Stories, first: date, number: int, chance: np.random.Generator
) -> tuple[pl.DataFrame, Places]:
    """The articles with `story_no`, and for each the place of the article whose text it has, itself if no copy's."""
    size = int(stories.sizes.sum())
    story = np.repeat(np.arange(len(stories.sizes)), stories.sizes)
    begins = np.cumsum(stories.sizes) - stories.sizes
    place = np.arange(size)
    after = chance.exponential(0.5, size)
    after[begins] = 0.0
    days = stories.begins[story] + after
    length = len(_weights(first))
    # A story ends with its month; the first article stays the first.
    days = np.clip(days, 0, length - 1e-5 * (1 + (place != begins[story])))
    is_copy = (chance.random(size) < COPIED) & (place != begins[story]) & (days > stories.begins[story])
    texts = np.where(is_copy, begins[story], place)
    outlet = chance.choice(len(press.outlets), size, p=press.outlet_weights)
    moment = np.datetime64(first, "us") + (days * 86_400_000_000).astype("timedelta64[us]")
    languages = np.array([chance.choice(one) for one in press.languages for _ in range(8)])
    rows = pl.DataFrame(
        {
            "story_no": story,
            "outlet": press.outlets[outlet],
            # The language is the text's.
            "language": languages[outlet[texts] * 8 + chance.integers(0, 8, size)[texts]],
            "published_at": pl.Series(moment).dt.replace_time_zone("UTC"),
            **_written(press, stories, story, texts, chance),
        }
    )
    return _delivered(rows, number, texts), texts


def _written(
    press: Press, stories: Stories, story: Places, texts: Places, chance: np.random.Generator
) -> dict[str, pl.Series]:
    """Title and text of each article: words that tell its story, and others."""
    often = _zipf(len(press.words), 1.0, 5.0)
    telling = chance.integers(0, len(press.words), (len(stories.sizes), 6))[story]
    other = chance.choice(len(often), (len(story), 6), p=often)[texts]
    named = pl.Series(stories.named[story] > 0)
    frame = pl.DataFrame(
        {"who": press.labels[stories.cast[story, 0]].zip_with(named, pl.Series(["Elsewhere"]))}
        | {f"t{place}": press.words[telling[:, place]] for place in range(6)}
        | {f"o{place}": press.words[other[:, place]] for place in range(6)}
    )
    text = pl.format("{} {} {} {} {} {} {}. {} {} {} {}.", "who", *(f"t{n}" for n in (0, 1, 3, 4, 5)), *_OTHERS)
    made = frame.select(title=pl.format("{} {} {} {} {}", "who", "t0", "o0", "t1", "t2"), text=text)
    return {"title": made["title"], "text": _longer(made["text"], press, texts, chance)}


_OTHERS = ("o1", "o2", "o3", "o4", "o5")


def _longer(text: pl.Series, press: Press, texts: Places, chance: np.random.Generator) -> pl.Series:
    """The texts with sentences of the stock behind them; a copy has those of its original."""
    drawn = chance.integers(0, _STOCK, (len(text), press.sentences))[texts]
    more = {f"x{n}": press.stock[drawn[:, n]] for n in range(press.sentences)}
    return pl.DataFrame({"text": text} | more).select(pl.concat_str(pl.all(), separator=" ")).to_series()


def _delivered(rows: pl.DataFrame, number: int, texts: Places) -> pl.DataFrame:
    """The rows with addresses, ids and hashes; `number` articles were made before."""
    at = pl.col("published_at")
    hashed = _digits(number + texts, 1)
    return rows.with_row_index("number", number).with_columns(
        month=at.dt.strftime("%Y-%m"),
        url=pl.format("https://{}.example/{}", "outlet", "number"),
        id=_digits(number + np.arange(rows.height), 0),
        version=1,
        text_from=pl.lit("file"),
        authors=pl.lit([], pl.List(pl.String)),
        published_from=pl.lit("file"),
        claimed_at=at,
        seen_at=NOW,
        collected_at=NOW,
        delivered_hash=hashed,
        text_hash=hashed,
    )


def _digits(numbers: Places, salt: int) -> pl.Series:
    """16 hex digits of each number, different ones of different numbers and spread as those of a hash.

    SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    mixed = (2 * numbers.astype(np.uint64) + np.uint64(salt + 1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    digits = np.frombuffer(mixed.astype(">u8").tobytes().hex().encode(), dtype="S16")
    return pl.Series(digits, dtype=pl.Binary).cast(pl.String)


# What is made of them


def _readings(
    press: Press, stories: Stories, rows: pl.DataFrame, texts: Places, chance: np.random.Generator
) -> pl.DataFrame:
    story, size = rows["story_no"].to_numpy(), rows.height
    tone = np.clip(stories.tones[story] + chance.normal(0, 0.15, size)[texts], -1, 1)
    begins = (np.cumsum(stories.sizes) - stories.sizes)[story]
    ids, topics = rows["id"], stories.topics[story]
    is_read = pl.col("language") == "en"
    return rows.with_columns(
        article_id="id",
        words=pl.Series(chance.integers(200, 1_500, size)[texts]),
        tone=pl.when(is_read).then(pl.Series(np.round(tone, 4))),
        positive=pl.Series(np.round(2 + tone, 2)),
        negative=pl.Series(np.round(2 - tone, 2)),
        topics=pl.concat_list(press.topics[topics[:, 0]], press.topics[topics[:, 1]]).list.unique(maintain_order=True),
        fingerprint=rows["text_hash"][texts],
        copy_of=pl.when(pl.Series(texts != np.arange(size))).then(ids[texts]),
        story=ids[begins],
        catalogue_version=pl.lit(press.catalogue.version),
        model_version=pl.lit(MADE),
    )


def _mentions(
    press: Press, stories: Stories, rows: pl.DataFrame, texts: Places, chance: np.random.Generator
) -> pl.DataFrame:
    story, size = rows["story_no"].to_numpy(), rows.height
    # A copy names whom its original names.
    is_there = (np.arange(CAST) < stories.named[story][:, None]) & (chance.random((size, CAST)) < 0.85)[texts]
    article, place = np.nonzero(is_there)
    of_text = texts[article] * CAST + place
    actor = stories.cast[story[article], place]
    meant = press.actor_tones[actor] + stories.tones[story[article]]
    tone = np.round(np.clip(meant + chance.normal(0, 0.3, size * CAST)[of_text], -1, 1), 4)
    lexicon = np.round(np.clip(meant / 2 + chance.normal(0, 0.2, size * CAST)[of_text], -1, 1), 4)
    confidence = np.round(chance.uniform(0.45, 1, size * CAST)[of_text], 4)
    kinds = pl.Series(schema.KINDS)[chance.choice(len(KINDS), size * CAST, p=KINDS)[of_text]]
    label = press.labels[actor]
    length = pl.col("text").str.len_chars().cast(pl.Int32)
    told = rows.select("month", "published_at", "outlet", "language", article_id="id", length=length)[article]
    is_read, is_sure = pl.col("language") == "en", pl.col("confidence") >= 0.6
    return told.with_columns(
        actor=press.actors[actor],
        kind=kinds,
        confidence=pl.when(is_read).then(pl.Series(confidence)),
        lexicon_tone=pl.when(is_read).then(pl.Series(lexicon)),
        label=label,
        end=label.str.len_chars().cast(pl.Int32),
        catalogue_version=pl.lit(press.catalogue.version),
        model_version=pl.lit(MADE),
    ).with_columns(
        tone=pl.when(is_read & is_sure).then(pl.Series(tone)),
        spans=pl.concat_list(
            pl.struct(
                pl.lit("text").alias("field"), pl.lit(0, pl.Int32).alias("start"), "end", text="label", rule="label"
            )
        ),
        passages=pl.concat_list(_passage(tone)),
    )


def _passage(tone: Numbers) -> pl.Expr:
    value = pl.when(pl.col("confidence") >= 0.6).then(pl.Series(tone))
    return pl.struct(
        pl.lit("text").alias("field"),
        pl.lit(0, pl.Int32).alias("start"),
        pl.col("length").alias("end"),
        value.alias("tone"),
        pl.col("confidence"),
        pl.lit("name").alias("how"),
        pl.lit(None, pl.String).alias("speaker"),
    )


# What was looked at


def _fetches(press: Press, first: date, chance: np.random.Generator) -> pl.DataFrame:
    """A check of one feed of each outlet a day; one outlet in seven fails for one to three days a month."""
    days = len(_weights(first))
    outlet, day = (side.ravel() for side in np.meshgrid(np.arange(len(press.outlets)), np.arange(days), indexing="ij"))
    begin = chance.integers(0, days, len(press.outlets))
    length = chance.integers(1, 4, len(press.outlets)) * (chance.random(len(press.outlets)) < 1 / 7)
    failed = (day >= begin[outlet]) & (day < (begin + length)[outlet])
    at = np.datetime64(first, "us") + day.astype("timedelta64[D]") + np.timedelta64(6, "h")
    key = press.outlets[outlet]
    return pl.DataFrame({"outlet": key, "started_at": pl.Series(at).dt.replace_time_zone("UTC")}).with_columns(
        run=pl.col("started_at").dt.strftime("%Y%m%d"),
        month=pl.lit(f"{first:%Y-%m}"),
        feed_url=pl.format("https://{}.example/feed", "outlet"),
        seconds=0.5,
        state=pl.Series(np.where(failed, "server error", "ok")),
        http_status=pl.Series(np.where(failed, 503, 200)),
        failures=pl.Series(np.maximum(0, day - begin[outlet] + 1) * failed),
        dropped=pl.lit([], schema.FETCHES["dropped"]),
    )


def _runs(press: Press, first: date) -> pl.DataFrame:
    days = len(_weights(first))
    at = [datetime(first.year, first.month, day + 1, 6, tzinfo=UTC) for day in range(days)]
    return pl.DataFrame({"started_at": at}).with_columns(
        run=pl.col("started_at").dt.strftime("%Y%m%d"),
        month=pl.lit(f"{first:%Y-%m}"),
        command=pl.lit("ingest"),
        finished_at=pl.col("started_at") + timedelta(minutes=5),
        feeds=len(press.outlets),
        feeds_failed=0,
        dropped=pl.lit([], schema.RUNS["dropped"]),
        exit=0,
        catalogue_version=pl.lit(press.catalogue.version),
        model_version=pl.lit(MADE),
    )


def _store(archive: Archive, month: Month, batch: str) -> None:
    """One commit a table, in the archive's order. `append` would look for copies and stories, which are known here."""
    for table in ("articles", "mentions", "readings"):
        rows = getattr(month, table)
        archive.write(table, batch, lambda rows=rows: (rows, None), lambda done: done + 1)
    archive.write("fetches", batch, lambda: (month.fetches, None))
    archive.write("runs", batch, lambda: (month.runs, None))


if __name__ == "__main__":
    main()
