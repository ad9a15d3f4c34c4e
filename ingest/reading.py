"""What we make of articles: language, who is named where, tone, topics, fingerprint. The pure middle of ingest.

Frames in, frames out, so that the same function reads in this process, in a pool, or in a cluster. Offsets are code
points of the text as stored; `explain` gives them in the text as it was given.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from data import schema
from data.catalogue import Catalogue
from data.models.target import LABELS
from data.terminal import printable
from ingest import mentions, target, text, tone, topics
from ingest.articles import METADATA
from ingest.copies import fingerprint, sketch
from ingest.mentions import Span
from ingest.passages import Passage, kinds, passages
from ingest.pool import Pool
from ingest.quotes import quotes
from ingest.stories import named_at_head, signature
from ingest.text import Stretch
from ingest.tone import ArticleTone, By

#: Languages that model and lexicon read; all others are stored with tone null: not scored, which is not 0.
SCORED = ("en",)

#: Articles that one worker reads at a time, half a second or so.
SLICES: dict[By, int] = {"model": 25, "lexicon": 250}

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

    An article without a language gets the one its text tells; one of which only metadata is known is not scored.
    `copy_of` and `story` stay null: which article was first, only the archive knows.
    """
    rows = articles.select(_READ).rows()
    found = [
        _found(title or "", body or "", language, published_at, catalogue, is_scored=text_from != METADATA)
        for *_, text_from, language, published_at, title, body in rows
    ]
    mentioned = [mention for one in found for mention in one.mentions]
    versions = {"catalogue_version": catalogue.version, "model_version": tone.version(by)}
    scored = _scored(mentioned, by)
    return Readings(_readings(articles, found, versions), _mentions(articles, found, scored, versions))


@contextmanager
def reader(catalogue: Catalogue, workers: int, by: By = tone.DEFAULT) -> Iterator[Callable[[pl.DataFrame], Readings]]:
    """A `read` for this catalogue that shares large frames among so many processes. They end with the context.

    Raises target.ModelError, before anything is read, where the model is asked for and missing.
    """
    if by == "model":
        target.check()
    if workers <= 1:
        yield partial(read, catalogue=catalogue, by=by)
        return
    with Pool(partial(read, catalogue=catalogue, by=by), workers) as pool:

        def read_shared(articles: pl.DataFrame) -> Readings:
            # A process takes a second to start; a few articles are read by then.
            if articles.height <= SLICES[by]:
                return read(articles, catalogue, by)
            parts = list(pool.map(articles.iter_slices(SLICES[by])))
            return Readings(pl.concat([part.readings for part in parts]), pl.concat([part.mentions for part in parts]))

        yield read_shared


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


def _found(
    title: str,
    body: str,
    language: str | None,
    published_at: datetime | None,
    catalogue: Catalogue,
    is_scored: bool = True,
) -> Found:
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


def _read_of(passage: Passage) -> tuple[str, Stretch]:
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


def _scored(mentioned: Sequence[Mention], by: By) -> Iterator[list[Scored | None]]:
    """For each of these mentions its passages' tones; None where one is not scored."""
    chosen = [_spread(len(mention.passages)) if mention.scored else set() for mention in mentioned]
    pairs = [
        _read_of(mention.passages[place])
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


def _summed(passages: Sequence[Scored | None]) -> Sum:
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
    sums = [_summed(passages) for passages in of_passages]
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


# One article, explained


def explain(record: Mapping[str, Any], catalogue: Catalogue, by: By = tone.DEFAULT) -> dict[str, Any]:
    """What is made of `{"id", "title"?, "text", "language"?, "published_at"?}`, with the reasons, as in CONTRACT.md.

    Offsets are code points of the field as given, and the text of a span is what stands there. Beyond the contract, a
    topic has the words of the lexicon that spoke for it, those of the model with what each adds, and its IPTC id; a
    passage has its confidence, the three probabilities of the model, who says it, how it is about the actor, what the
    actor itself is quoted with, and the words that the lexicon heard in it. Raises ValueError for a record that
    cannot be read, target.ModelError where the model is missing.
    """
    given = {"title": _written(record, "title"), "text": _written(record, "text")}
    title, of_title = text.traced(given["title"].replace("\n", " "), text.TITLE_CAP)
    body, of_text = text.traced(given["text"])
    title = title.replace("\n", " ")
    found = _found(title, body, _language(record), _moment(record), catalogue)
    traces = {"title": of_title, "text": of_text}
    scored = zip(found.mentions, _scored(found.mentions, by), strict=True)
    return {
        "id": record.get("id"),
        "language": found.language,
        "tone": found.tone.tone if found.tone else None,
        "positive": found.tone.positive if found.tone else None,
        "negative": found.tone.negative if found.tone else None,
        "words": found.words,
        "topics": [_topic(key, score, title, body, catalogue) for key, score in found.topics],
        "mentions": [_explained(mention, given, traces, passages) for mention, passages in scored],
        "catalogue_version": catalogue.version,
        "model_version": tone.version(by),
    }


def told(explained: Mapping[str, Any]) -> str:
    """What `explain` gives, for people."""
    lines = [
        f"language {explained['language'] or 'unsure'}, tone {_signed(explained['tone'])}",
        "topics" if explained["topics"] else "topics   none",
        *(line for topic in explained["topics"] for line in _told_topic(topic)),
    ]
    for mention in explained["mentions"]:
        lines += ["", f"{mention['actor']} ({mention['kind']}), {_toward(mention)}"]
        lines += [
            f"  {span['field']} {span['start']}-{span['end']}  {printable(span['text'])}  [{span['rule']}]"
            for span in mention["spans"]
        ]
        scored = any(passage["tone"] is not None for passage in mention["passages"])
        lines += [line for passage in mention["passages"] for line in _told_passage(passage, of_scored=scored)]
    return "\n".join(lines)


def _told_topic(topic: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {topic['score']:.2f}  {topic['label']}"
    if topic["words"]:
        yield f"         lexicon  {', '.join(topic['words'][:_TOLD])}"
    if topic["model_words"]:
        words = ", ".join(f"{word['word']} {word['adds']:+.2f}" for word in topic["model_words"])
        yield f"         model    {words}"


_TOLD = 8  # words of the lexicon; all are in the JSON


def _toward(mention: Mapping[str, Any]) -> str:
    """The tone of a mention, with its doubt and the lexicon's tone where a model gave it."""
    if mention["confidence"] is None:
        return f"tone {_signed(mention['tone'])}"
    sure = f"confidence {mention['confidence']:.0%}, by lexicon {_signed(mention['lexicon_tone'])}"
    return f"tone {'unsure' if mention['tone'] is None else _signed(mention['tone'])}, {sure}"


def _told_passage(passage: Mapping[str, Any], *, of_scored: bool) -> Iterator[str]:
    said = _SAID.get(passage["speaker"], f", said by {passage['speaker']}")
    place = f"{passage['field']} {passage['start']}-{passage['end']}"
    yield f"  {_signed(passage['tone'])}  {place} ({passage['how']}){said}"
    if passage["says"]:
        yield "         kept apart, the actor's own words: {}-{}".format(*passage["says"])
    if passage["parts"]:
        parts = ", ".join(f"{label} {part:.0%}" for label, part in passage["parts"].items())
        yield f"         model    {parts}{'' if passage['confidence'] >= tone.SURE else ': unsure, left out'}"
    if passage["tone"] is None and of_scored:
        yield f"         between those that are scored, {SCORED_PASSAGES} of a mention"
    if passage["tone"] is not None:
        words = ", ".join(f"{word['word']} {word['valence']:+.1f}" for word in passage["heard"]) or "no word heard"
        yield f"         lexicon  {_signed(passage['lexicon_tone'])}: {words}"


_SAID = {None: "", "": ", said by somebody else"}


def _signed(value: float | None) -> str:
    return "not scored" if value is None else f"{value:+.2f}"


def _written(record: Mapping[str, Any], field: str) -> str:
    if not isinstance(record, Mapping):
        raise ValueError("this is no object with `id` and `text`")
    value = record.get(field)
    if value is None and field == "title":
        return ""
    if not isinstance(value, str):
        raise ValueError(f"`{field}` is {'missing' if value is None else 'no text'}")
    return value


def _language(record: Mapping[str, Any]) -> str | None:
    value = record.get("language")
    if value is not None and not isinstance(value, str):
        raise ValueError('`language` is no text such as "en"')
    return value.replace("_", "-").partition("-")[0].strip().lower() or None if value else None


def _moment(record: Mapping[str, Any]) -> datetime | None:
    value = record.get("published_at")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"`published_at` is {value!r}, no time such as 2024-10-01T09:30:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _topic(key: str, score: float, title: str, body: str, catalogue: Catalogue) -> dict[str, Any]:
    topic = next(topic for topic in catalogue.topics if topic.key == key)
    words = topics.speaking(title, body, key, catalogue)
    told = [{"word": word, "adds": added} for word, added in topics.telling(title, body, key)]
    return {"topic": key, "score": score, "label": topic.label, "id": topic.id, "words": words, "model_words": told}


def _explained(
    mention: Mention,
    given: Mapping[str, str],
    traces: Mapping[str, Sequence[Stretch]],
    scored: Sequence[Scored | None],
) -> dict[str, Any]:
    spans = [(span, *_as_given(traces[span.field], span.start, span.end)) for span in mention.spans]
    return {
        "actor": mention.actor,
        "kind": mention.kind,
        "spans": [
            {
                "field": span.field,
                "start": start,
                "end": end,
                "text": given[span.field][start:end],
                "kind": span.kind,
                "rule": span.rule,
            }
            for span, start, end in spans
        ],
        **_summed(scored)._asdict(),
        "passages": [
            _explained_passage(passage, traces, one) for passage, one in zip(mention.passages, scored, strict=True)
        ],
    }


def _explained_passage(
    passage: Passage, traces: Mapping[str, Sequence[Stretch]], scored: Scored | None
) -> dict[str, Any]:
    trace = traces[passage.field]
    start, end = _as_given(trace, passage.start, passage.end)
    says = passage.says and _as_given(trace, *(passage.start + place for place in passage.says))
    heard = tone.heard_toward(*_read_of(passage)) if scored else []
    return {
        "field": passage.field,
        "start": start,
        "end": end,
        "how": passage.how,
        "speaker": passage.speaker,
        "says": list(says) if says else None,
        "tone": scored and scored.tone,
        "confidence": scored and scored.confidence,
        "parts": dict(zip(LABELS, scored.parts, strict=True)) if scored and scored.parts else None,
        "lexicon_tone": scored and scored.lexicon_tone,
        "heard": [{"word": word, "valence": round(valence, 3)} for word, valence in heard],
    }


def _as_given(trace: Sequence[Stretch], start: int, end: int) -> Stretch:
    return trace[start][0], trace[end - 1][1]
