"""The passages of an article: which sentences are about an actor, by name or clearly continuing, and who says them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data import schema
from ingest.discourse import Discourse, titles_of
from ingest.mentions import Span
from ingest.quotes import Quote
from ingest.referents import resolve
from ingest.text import Stretch


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence about an actor; `span` and `says` are stretches of the sentence, `start` and `end` of the field.

    `span` is what stands for the actor: a name, or where it is continued a pronoun, possessive or nominal. `speaker` is
    who says what is said there about the actor: an actor's key, "" for anybody else, None for the outlet itself. `says`
    is what the sentence quotes the actor itself with, directly or not; the span lies outside of it.
    """

    field: str
    start: int
    end: int
    sentence: str
    span: Stretch
    how: str  # "name" or "continues"
    speaker: str | None
    says: Stretch | None


def passages(
    fields: Mapping[str, str],
    sentences: Mapping[str, Sequence[Stretch]],
    spans: Sequence[Span],
    quotes: Mapping[str, Sequence[Quote]],
    kinds: Mapping[str, str],
) -> dict[str, list[Passage]]:
    """The passages of each actor that `spans` name, in reading order; actors in the order in which they are named.

    `spans` come in reading order, as `mentions.find` gives them; `sentences` and `quotes` are those of the fields;
    `kinds` says of each actor what it is, as `discourse.kinds` gives it. A field without quotes has no speakers, an
    actor without a kind is continued by nothing: for a text that is not English give neither. A sentence is a passage
    of an actor at most once, and none where it lies wholly inside what the actor itself says. An actor may have no
    passage at all.
    """
    found: dict[str, list[Passage]] = {span.actor: [] for span in spans}
    titles = titles_of(fields, spans, kinds)
    for name, text in fields.items():
        named = [span for span in spans if span.field == name]
        if named:
            field = Discourse(name, text, sentences[name], named, quotes.get(name, ()), kinds, titles)
            resolve(field)
            for actor, passage in _passages(field):
                found[actor].append(passage)
    return found


def _passages(field: Discourse) -> Iterator[tuple[str, Passage]]:
    """Actor and passage, in reading order."""
    for sentence in sorted({*field.named, *field.continued}):
        whole = field.whole_in(sentence)
        by_actor: defaultdict[str, list[Span]] = defaultdict(list)
        for span in field.named.get(sentence, ()):
            by_actor[span.actor].append(span)
        begun = field.continued.get(sentence)
        if begun:
            by_actor.setdefault(begun[0], [])
        for actor, spans in by_actor.items():
            if whole is not None and field.speakers[whole] == actor:
                continue
            marked = _marked(field, actor, spans)
            how = "name" if marked else "continues"
            if not marked and begun and begun[0] == actor:
                marked = begun[1]
            if marked:
                yield actor, _passage(field, sentence, actor, marked, how)


def _marked(field: Discourse, actor: str, spans: Sequence[Span]) -> Stretch | None:
    """The place that stands for the actor best: a name, in nobody's mouth, of a word's own, the first of these."""
    free = [span for span in spans if not _is_own_word(field, actor, span)]
    if not free:
        return None
    best = min(
        free,
        key=lambda span: (
            schema.KINDS.index(span.kind),
            field.direct_at(span.start) is not None,
            field.text[span.end : span.end + 2] in ("'s", "’s"),
            span.start,
        ),
    )
    return best.start, best.end


def _is_own_word(field: Discourse, actor: str, span: Span) -> bool:
    place = field.direct_at(span.start)
    return place is not None and field.speakers[place] == actor


def _passage(field: Discourse, sentence: int, actor: str, marked: Stretch, how: str) -> Passage:
    start, end = field.sentences[sentence]
    # A name that runs over the end of a sentence is read as far as the sentence goes.
    span = marked[0] - start, min(marked[1], end) - start
    says = _says(field, sentence, actor, marked)
    return Passage(
        field.name,
        start,
        end,
        field.text[start:end],
        span,
        how,
        _speaker(field, sentence, marked[0]),
        says,
    )


def _speaker(field: Discourse, sentence: int, place: int) -> str | None:
    """Who says what stands here: None where it stands in no quote."""
    direct = field.direct_at(place)
    if direct is not None:
        return field.speakers[direct]
    around = [
        number
        for number in field.reported.get(sentence, ())
        if field.quotes[number].start <= place < field.quotes[number].end
    ]
    return field.speakers[around[-1]] if around else None


def _says(field: Discourse, sentence: int, actor: str, marked: Stretch) -> Stretch | None:
    """The longest stretch of the sentence that the actor itself is quoted with."""
    start, end = field.sentences[sentence]
    first = max(bisect_left(field.direct_starts, start) - 1, 0)
    last = bisect_left(field.direct_starts, end)
    own = [
        (max(quote.start, start) - start, min(quote.end, end) - start)
        for number in (*field.direct[first:last], *field.reported.get(sentence, ()))
        if field.speakers[number] == actor
        and (quote := field.quotes[number]).end > start
        and not quote.start <= marked[0] < quote.end
    ]
    return max(own, key=lambda stretch: stretch[1] - stretch[0], default=None)
