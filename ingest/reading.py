"""What we make of articles: language, who is named where, tone, topics, fingerprint. The pure middle of ingest.

Frames in, frames out, so that the same function reads in this process, in a pool, or in a cluster. Offsets are code
points of the text as stored; `explaining.explain` gives them in the text as it was given.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import polars as pl

from data import schema
from data.catalogue import Catalogue
from ingest import mentions, target, text, tone, topics
from ingest.articles import METADATA, with_languages
from ingest.copies import fingerprint, sketch
from ingest.discourse import kinds
from ingest.mentions import Span
from ingest.passages import Passage, passages
from ingest.pool import Pool
from ingest.quotes import quotes
from ingest.stories import named_at_head, signature
from ingest.text import Stretch
from ingest.tone import ArticleTone, By

#: Languages that model and lexicon read; all others are stored with tone null: not scored, which is not 0.
SCORED = ("en",)

#: Articles that one worker reads at a time, half a second or so.
SLICES: dict[By, int] = {"model": 5, "lexicon": 40}

#: So many articles are read by the time that a process has started.
FEW: dict[By, int] = {"model": 25, "lexicon": 250}

#: Passages of a mention that are scored at most, spread evenly over the article. A model costs what it costs a passage,
#: and the mean of more hardly differs: with 4 it correlates by .97 with that of all, for half the cost.
SCORED_PASSAGES = 4


@dataclass(frozen=True)
class Readings:
    """What was made of some articles: rows of `readings`, one an article, and of `mentions`."""

    readings: pl.DataFrame
    mentions: pl.DataFrame


def read(articles: pl.DataFrame, catalogue: Catalogue, by: By = tone.DEFAULT) -> Readings:
    """Readings and mentions of rows of `articles`, in their order; the tone of a mention is `by` model or lexicon.

    Articles with a `status`, as `Archive.unseen` gives them, are new: their reading has the language that
    articles.with_languages tells. An article without a language gets the one its text tells; one of which only metadata
    is known is not scored.
    `copy_of` and `story` stay null: which article was first, only the archive knows.
    """
    if "status" in articles.columns:
        articles = with_languages(articles)
    rows = articles.select(_READ).rows()
    found = [
        found_in(title or "", body or "", language, published_at, catalogue, is_scored=text_from != METADATA)
        for *_, text_from, language, published_at, title, body in rows
    ]
    mentioned = [mention for one in found for mention in one.mentions]
    versions = {"catalogue_version": catalogue.version, "model_version": tone.version(by)}
    scored = scores_of(mentioned, by)
    return Readings(_readings(articles, found, versions), _mentions(articles, found, scored, versions))


@dataclass(frozen=True)
class Reader:
    """Reads a frame of articles; or `each` of many, whose readings come in their order, cut anywhere.

    Others are read already while who asked is at something else.
    """

    each: Callable[[Iterable[pl.DataFrame]], Iterator[Readings]]

    def __call__(self, articles: pl.DataFrame) -> Readings:
        """The readings of these articles."""
        return joined(self.each([articles]))


def each(read: Callable[[pl.DataFrame], Readings], frames: Iterable[pl.DataFrame]) -> Iterator[Readings]:
    """The readings of many frames, in their order, cut anywhere; a Reader reads ahead."""
    return read.each(frames) if isinstance(read, Reader) else map(read, frames)


@contextmanager
def reader(catalogue: Catalogue, workers: int, by: By = tone.DEFAULT) -> Iterator[Callable[[pl.DataFrame], Readings]]:
    """A `read` for this catalogue: a Reader, where several processes share the articles. They end with the context.

    Raises target.ModelError, before anything is read, where the model is asked for and missing.
    """
    if by == "model":
        target.check()
    here = partial(read, catalogue=catalogue, by=by)
    if workers <= 1:
        # What is found in an article is many times larger than its rows in the end: so of a few articles at a time.
        yield Reader(lambda frames: map(here, _pieces(frames, SLICES["lexicon"])))
        return
    with Pool(here, workers) as pool:

        def shared(frames: Iterable[pl.DataFrame]) -> Iterator[Readings]:
            pieces = _pieces(frames, SLICES[by])
            first: list[pl.DataFrame] = []
            while sum(piece.height for piece in first) <= FEW[by]:
                piece = next(pieces, None)
                if piece is None:
                    yield from map(here, first)
                    return
                first.append(piece)
            yield from pool.map(chain(first, pieces))

        yield Reader(shared)


def _pieces(frames: Iterable[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """The rows of all frames by so many: neither many small ones nor one large one leave a worker without work."""
    rest: list[pl.DataFrame] = []
    for frame in frames:
        rest.append(frame)
        if sum(one.height for one in rest) >= size:
            *whole, last = pl.concat(rest).iter_slices(size)
            yield from whole
            rest = [last]
    if any(one.height for one in rest):
        yield pl.concat(rest)


def joined(parts: Iterable[Readings]) -> Readings:
    """The readings of all parts, in their order."""
    every = list(parts)
    return Readings(
        pl.concat([schema.empty("readings"), *(part.readings for part in every)]),
        pl.concat([schema.empty("mentions"), *(part.mentions for part in every)]),
    )


_READ = ("id", "text_from", "language", "published_at", "title", "text")


# One article


@dataclass(frozen=True, slots=True)
class Mention:
    """One actor in one article."""

    actor: str
    kind: str
    spans: tuple[Span, ...]
    passages: tuple[Passage, ...]
    scored: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What one article holds."""

    language: str | None
    words: int
    tone: ArticleTone | None
    topics: list[tuple[str, float]]
    fingerprint: str | None
    sketch: list[int] | None
    signature: list[int]
    mentions: list[Mention]


def found_in(
    title: str,
    body: str,
    language: str | None,
    published_at: datetime | None,
    catalogue: Catalogue,
    is_scored: bool = True,
) -> Found:
    """What a title and a text hold, both as `text.clean` leaves them."""
    language = language or text.language(title, body)
    spans = mentions.find(title, body, language, published_at, catalogue)
    fields = {"title": title, "text": body}
    sentences = {"title": [(0, len(title))] if title else [], "text": text.sentences(body)}
    scored = is_scored and language in SCORED
    return Found(
        language=language,
        words=len(title.split()) + len(body.split()),
        tone=_article_tone(fields, sentences, spans) if scored else None,
        topics=topics.topics(title, body, language, catalogue),
        fingerprint=fingerprint(body),
        sketch=sketch(body),
        signature=signature(title, body, named_at_head(spans)),
        mentions=_mentioned(fields, sentences, spans, scored, catalogue),
    )


def _article_tone(
    fields: Mapping[str, str], sentences: Mapping[str, Sequence[Stretch]], spans: Sequence[Span]
) -> ArticleTone:
    covered: list[str] = []
    for field, written in fields.items():
        named = [(span.start, span.end) for span in spans if span.field == field]
        whole = tone.masked(written, [*named, *tone.names(written, sentences[field])])
        covered += [whole[start:end] for start, end in sentences[field]]
    return tone.of_sentences(covered)


def _mentioned(
    fields: Mapping[str, str],
    sentences: Mapping[str, Sequence[Stretch]],
    spans: Sequence[Span],
    scored: bool,
    catalogue: Catalogue,
) -> list[Mention]:
    """The spans of an article by actor, in the order in which the actors are first named."""
    by_actor: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans:
        by_actor[span.actor].append(span)
    # Who speaks, and who is meant by "he", is known of English alone.
    said = {field: quotes(written, sentences[field]) for field, written in fields.items()} if scored and spans else {}
    found = passages(fields, sentences, spans, said, kinds(catalogue) if scored else {})
    return [
        Mention(
            actor=actor,
            kind=min((span.kind for span in named), key=schema.KINDS.index),
            spans=tuple(named),
            passages=tuple(found[actor]),
            scored=scored,
        )
        for actor, named in by_actor.items()
    ]


def read_of(passage: Passage) -> tuple[str, Stretch]:
    """What is scored of a passage, and its span in that: the sentence without what the actor itself says in it."""
    if not passage.says:
        return passage.sentence, passage.span
    (start, end), (first, last) = passage.span, passage.says
    back = last - first if start >= last else 0
    return passage.sentence[:first] + passage.sentence[last:], (start - back, end - back)


class Scored(NamedTuple):
    """The tone of one passage toward its actor."""

    tone: float
    confidence: float | None  # None by the lexicon
    lexicon_tone: float
    parts: tuple[float, float, float] | None  # how likely negative, neutral, positive; None by the lexicon


def scores_of(mentioned: Sequence[Mention], by: By) -> Iterator[list[Scored | None]]:
    """For each of these mentions its passages' tones; None where one is not scored."""
    chosen = [_spread(len(mention.passages)) if mention.scored else set() for mention in mentioned]
    pairs = [
        read_of(mention.passages[place])
        for mention, places in zip(mentioned, chosen, strict=True)
        for place in sorted(places)
    ]
    texts, spans = [text for text, _ in pairs], [span for _, span in pairs]
    lexicon = tone.lexicon_toward(texts, spans)["tone"].to_list()
    if by == "lexicon":
        scored = iter([Scored(value, None, value, None) for value in lexicon])
    else:
        scored = iter(
            [
                Scored(value, max(parts), heard, tuple(parts))
                for (*parts, value), heard in zip(tone.toward(texts, spans).iter_rows(), lexicon, strict=True)
            ]
        )
    for mention, places in zip(mentioned, chosen, strict=True):
        yield [next(scored) if place in places else None for place in range(len(mention.passages))]


def _spread(count: int) -> set[int]:
    """The places of those of `count` passages that are scored: all, or the first, the last, and some in between."""
    if count <= SCORED_PASSAGES:
        return set(range(count))
    return {place * (count - 1) // (SCORED_PASSAGES - 1) for place in range(SCORED_PASSAGES)}


class Sum(NamedTuple):
    """What a mention's passages come to."""

    tone: float | None
    lexicon_tone: float | None
    confidence: float | None


def summed(passages: Sequence[Scored | None]) -> Sum:
    """The tone of a mention from those of its passages; None stands for one that was not scored."""
    scored = [one for one in passages if one]
    heard = _mean([one.lexicon_tone for one in scored])
    sure = [one.confidence for one in scored if one.confidence is not None]
    if not sure:
        return Sum(heard, heard, None)
    toward = tone.of_passages([one.tone for one in scored], sure)
    return Sum(toward.tone, heard, toward.confidence)


def _mean(tones: Sequence[float]) -> float | None:
    return sum(tones) / len(tones) if tones else None


# Frames


def _readings(articles: pl.DataFrame, found: Sequence[Found], versions: Mapping[str, str]) -> pl.DataFrame:
    made = pl.DataFrame(
        {
            "language": [one.language for one in found],
            "words": [one.words for one in found],
            "tone": [one.tone.tone if one.tone else None for one in found],
            "positive": [one.tone.positive if one.tone else None for one in found],
            "negative": [one.tone.negative if one.tone else None for one in found],
            "topics": [[key for key, _ in one.topics] for one in found],
            "fingerprint": [one.fingerprint for one in found],
            "sketch": [one.sketch for one in found],
            "signature": [one.signature for one in found],
        },
        schema={column: schema.READINGS[column] for column in _MADE},
    )
    return (
        articles.select(pl.col("id").alias("article_id"), "version", "month", "published_at", "outlet")
        .hstack(made)
        .with_columns(
            copy_of=pl.lit(None, pl.String),
            story=pl.lit(None, pl.String),
            **{column: pl.lit(version) for column, version in versions.items()},
        )
        .select(pl.col(column).cast(kind) for column, kind in schema.READINGS.items())
    )


_MADE = ("language", "words", "tone", "positive", "negative", "topics", "fingerprint", "sketch", "signature")


def _mentions(
    articles: pl.DataFrame,
    found: Sequence[Found],
    scored: Iterable[list[Scored | None]],
    versions: Mapping[str, str],
) -> pl.DataFrame:
    mentioned = [(place, mention) for place, one in enumerate(found) for mention in one.mentions]
    if not mentioned:
        return schema.empty("mentions")
    of_passages = list(scored)
    sums = [summed(passages) for passages in of_passages]
    made = pl.DataFrame(
        {
            "place": [place for place, _ in mentioned],
            "actor": [mention.actor for _, mention in mentioned],
            "language": [found[place].language for place, _ in mentioned],
            "kind": [mention.kind for _, mention in mentioned],
            "tone": [one.tone for one in sums],
            "lexicon_tone": [one.lexicon_tone for one in sums],
            "confidence": [one.confidence for one in sums],
        },
        schema_overrides={
            "place": pl.UInt32,
            "language": pl.String,
            "tone": pl.Float64,
            "lexicon_tone": pl.Float64,
            "confidence": pl.Float64,
        },
    )
    columns = articles.select(pl.col("id").alias("article_id"), "month", "published_at", "outlet").with_row_index(
        "place"
    )
    return (
        made.join(columns, on="place", how="left", maintain_order="left")
        .hstack([_spans(mentioned), _passages_column(mentioned, of_passages)])
        .with_columns(**{column: pl.lit(version) for column, version in versions.items()})
        .select(pl.col(column).cast(kind) for column, kind in schema.MENTIONS.items())
    )


def _spans(mentioned: Sequence[tuple[int, Mention]]) -> pl.Series:
    flat = [(number, span) for number, (_, mention) in enumerate(mentioned) for span in mention.spans]
    return _lists(
        "spans",
        len(mentioned),
        [number for number, _ in flat],
        {
            "field": [span.field for _, span in flat],
            "start": [span.start for _, span in flat],
            "end": [span.end for _, span in flat],
            "text": [span.text for _, span in flat],
            "rule": [span.rule for _, span in flat],
        },
    )


def _passages_column(
    mentioned: Sequence[tuple[int, Mention]], of_passages: Sequence[Sequence[Scored | None]]
) -> pl.Series:
    scored = [one for passages in of_passages for one in passages]
    flat = [(number, passage) for number, (_, mention) in enumerate(mentioned) for passage in mention.passages]
    return _lists(
        "passages",
        len(mentioned),
        [number for number, _ in flat],
        {
            "field": [passage.field for _, passage in flat],
            "start": [passage.start for _, passage in flat],
            "end": [passage.end for _, passage in flat],
            "tone": pl.Series([one and one.tone for one in scored], dtype=pl.Float64),
            "confidence": pl.Series([one and one.confidence for one in scored], dtype=pl.Float64),
            "how": [passage.how for _, passage in flat],
            "speaker": pl.Series([passage.speaker for _, passage in flat], dtype=pl.String),
        },
    )


def _lists(name: str, count: int, numbers: Sequence[int], columns: Mapping[str, Any]) -> pl.Series:
    """One list of records for each of `count` numbers from 0 on, which come in order; a list may be empty.

    Column by column: made from records one by one, the lists would cost as much as the reading.
    """
    frame = pl.DataFrame({"number": pl.Series(numbers, dtype=pl.Int64), **columns})
    grouped = frame.group_by("number", maintain_order=True).agg(pl.struct(*columns).alias(name))
    every = pl.DataFrame({"number": pl.int_range(count, eager=True)})
    return every.join(grouped, on="number", how="left", maintain_order="left")[name].fill_null([])
