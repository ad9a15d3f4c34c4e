"""One article, explained: whom it names, in what tone and about what, with the reasons for each."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from data.catalogue import Catalogue
from data.models.target import LABELS
from data.terminal import printable
from ingest import text, tone, topics
from ingest.passages import Passage
from ingest.reading import SCORED_PASSAGES, Mention, Scored, found_in, read_of, scores_of, summed
from ingest.text import Stretch
from ingest.tone import By


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
    found = found_in(title, body, _language(record), _moment(record), catalogue)
    traces = {"title": of_title, "text": of_text}
    parts = zip(found.mentions, scores_of(found.mentions, by), strict=True)
    return {
        "id": record.get("id"),
        "language": found.language,
        "tone": found.tone.tone if found.tone else None,
        "positive": found.tone.positive if found.tone else None,
        "negative": found.tone.negative if found.tone else None,
        "words": found.words,
        "topics": [_topic(key, score, title, body, catalogue) for key, score in found.topics],
        "mentions": [_explained(mention, given, traces, passages) for mention, passages in parts],
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
        **summed(scored)._asdict(),
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
    heard = tone.heard_toward(*read_of(passage)) if scored else []
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
