"""Where an article names an actor and what it says of it, in few bytes: how spans and passages of mentions are stored.

A table of mentions has two columns in their place. `names` is JSON: the different words and rules of the spans as
`names`, and whoever speaks as `speakers`. `places` are whole numbers, most of which take a byte, see `_bytes`:

    16 * passages + flags, spans, marks, gaps, lengths, steps, offsets, which, tones, confidences

A gap reaches from the end of the passage before in the same field; a step counts passages since that of the span
before, an offset is from the start of its passage; `which` is a place among the names. What follows from a flag is left
out. Tones and confidences are told in hundredths, as pages show them: a tone to the nearest, a confidence never more
than it is, so that what is not sure enough stays so. A mention that this has no numbers for lies in `names` whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import schema

Numbers = NDArray[np.int64]

FIELDS = ("title", "text")
_HOW = (*schema.HOW, None)

#: Flags: each passage has one span; all spans have the first name; all passages have the first mark; spans stand
#: outside of passages, or out of order, and their offsets are twice the place in the field, and one for a text.
_EACH, _ONE_NAME, _ALIKE, _APART = 1, 2, 4, 8
_FLAGS = 16

#: A mark is the field, twice the place in _HOW, and these; from _SPEAKER on nobody, anybody, the speakers.
_TONE, _CONFIDENCE, _SPEAKER = 8, 16, 32

_NAMES = pl.Struct(
    {"names": pl.List(pl.Struct({"text": pl.String, "rule": pl.String})), "speakers": pl.List(pl.String)}
)
_WHOLE = pl.Struct({"spans": schema.MENTIONS["spans"], "passages": schema.MENTIONS["passages"]})


# --- packing ----------------------------------------------------------------------------------------------------------


def packed(mentions: pl.DataFrame) -> pl.DataFrame:
    """Rows of schema.MENTIONS as rows of schema.PACKED_MENTIONS."""
    return pl.concat([_packed(some) for some in mentions.iter_slices(_AT_ONCE)] or [schema.PACKED_MENTIONS.to_frame()])


#: So many rows are packed and unpacked at once: what lies about them meanwhile is ten times as large.
_AT_ONCE = 50_000


def _packed(mentions: pl.DataFrame) -> pl.DataFrame:
    told = mentions.select("spans", "passages").with_row_index("row")
    spans, passages = _flat(told, "spans"), _flat(told, "passages")
    names = _different(spans, "text", "rule")
    speakers = _different(passages.filter(pl.col("speaker") != ""), "speaker")
    spans, passages = _numbered_spans(spans, names), _numbered_passages(passages, speakers)
    lacking = told.filter(pl.any_horizontal(pl.col("spans", "passages").is_null()))["row"]
    odd = pl.concat([lacking, spans.filter("odd")["row"], passages.filter("odd")["row"]]).unique()
    spans, passages = (
        rows.join(odd.to_frame(), on="row", how="anti", maintain_order="left") for rows in (spans, passages)
    )
    is_odd = told["row"].is_in(odd.implode())
    places = pl.Series(_bytes(*_listed(told.height, spans, passages)), dtype=pl.Binary)
    whole = told.select("row", pl.struct("spans", "passages")).filter(is_odd)
    whole = whole.select("row", whole=pl.col("spans").struct.json_encode())
    return mentions.with_columns(
        pl.col("tone", "lexicon_tone").round(3),
        confidence=hundredths_down(pl.col("confidence")) / 100,
        names=_names(told, names, speakers, whole),
        places=pl.select(pl.when(~is_odd).then(places)).to_series(),
    ).select(*schema.PACKED_MENTIONS)


def hundredths_down(value: pl.Expr) -> pl.Expr:
    """A share in whole hundredths, no more than it is."""
    return (value * 100 + 1e-6).floor()


def _flat(told: pl.DataFrame, column: str) -> pl.DataFrame:
    return told.select("row", column).explode(column, empty_as_null=False, keep_nulls=False).unnest(column)


def _numbered_passages(passages: pl.DataFrame, speakers: pl.DataFrame) -> pl.DataFrame:
    """Passages with `field_no, gap, length, mark, tone_no, confidence_no`, and `odd` where that does not tell all."""
    same_row = pl.col("row") == pl.col("row").shift(1)
    before = pl.when(same_row & (pl.col("field") == pl.col("field").shift(1))).then(pl.col("end").shift(1)).otherwise(0)
    tone, confidence = pl.col("tone"), pl.col("confidence")
    return (
        passages.join(speakers, on=["row", "speaker"], how="left", maintain_order="left")
        .with_columns(
            field_no=_place("field", FIELDS),
            how_no=_place("how", _HOW),
            gap=pl.col("start") - before,
            length=pl.col("end") - pl.col("start"),
            speaker_no=pl.when(pl.col("speaker") == "").then(1).otherwise((pl.col("place") + 2).fill_null(0)),
            tone_no=_zigzag((tone * 100).round()),
            confidence_no=hundredths_down(confidence),
        )
        .with_columns(
            mark=pl.col("field_no")
            + 2 * pl.col("how_no")
            + tone.is_not_null() * _TONE
            + confidence.is_not_null() * _CONFIDENCE
            + pl.col("speaker_no") * _SPEAKER
        )
        .with_columns(
            odd=pl.any_horizontal(
                pl.col("mark", "gap", "length").is_null(),
                pl.col("gap", "length") < 0,
                same_row & (pl.col("field_no") < pl.col("field_no").shift(1)),
                (tone.abs() < _MOST).not_(),
                confidence.is_between(0, _MOST).not_(),
            ).fill_null(False),
        )
    )


#: No tone or confidence is so great.
_MOST = 1_000


def _numbered_spans(spans: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Spans with `field_no, place` of their name, and `odd` where numbers do not tell all."""
    what = ["row", "text", "rule"]
    return spans.join(names, on=what, how="left", maintain_order="left", nulls_equal=True).with_columns(
        field_no=_place("field", FIELDS),
        odd=pl.any_horizontal(
            pl.col("field", "start", "end", "text").is_null(),
            ~pl.col("field").is_in(FIELDS),
            pl.col("start") < 0,
            pl.col("end") - pl.col("start") != pl.col("text").str.len_chars(),
        ),
    )


def _different(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The different values of each row, with their `place` in the order in which they first stand there."""
    once = rows.select("row", *columns).unique(maintain_order=True)
    every = np.arange(once.height)
    first = np.diff(once["row"].to_numpy().astype(np.int64), prepend=-1) != 0
    return once.with_columns(place=pl.Series(every - np.maximum.accumulate(np.where(first, every, 0))))


def _place(column: str, values: tuple[str | None, ...]) -> pl.Expr:
    """The place of a column's value among these, null for another one."""
    return pl.col(column).replace_strict(values, range(len(values)), default=None, return_dtype=pl.Int64)


def _zigzag(value: pl.Expr) -> pl.Expr:
    return pl.when(value < 0).then(-2 * value - 1).otherwise(2 * value)


def _names(told: pl.DataFrame, names: pl.DataFrame, speakers: pl.DataFrame, whole: pl.DataFrame) -> pl.Series:
    """The JSON of each row's names and speakers, or that of the `whole` ones."""
    named = names.group_by("row").agg(names=pl.struct("text", "rule"))
    speaking = speakers.group_by("row").agg(speakers="speaker")
    rows = told.select("row")
    for others in (named, speaking, whole):
        rows = rows.join(others, on="row", how="left", maintain_order="left")
    told_once = pl.struct(pl.col("names", "speakers").fill_null([])).struct.json_encode()
    return rows.select(pl.coalesce("whole", told_once)).to_series()


def _listed(rows: int, spans: pl.DataFrame, passages: pl.DataFrame) -> tuple[Numbers, Numbers]:
    """The numbers of all rows one behind another, and how many each row has."""
    spans, passages = _whole(spans, "start", "end", "place"), _whole(passages, *_OF_PASSAGES)
    of_passages, of_spans = (frame["row"].to_numpy() for frame in (passages, spans))
    counts, named = np.bincount(of_passages, minlength=rows), np.bincount(of_spans, minlength=rows)
    mark, which = _column(passages, "mark"), _column(spans, "place")
    steps, offsets, is_apart = _within(rows, spans, passages)
    is_each = ~is_apart & (counts == named) & ~_any(rows, of_spans, steps != _firsts(of_spans))
    first = np.cumsum(counts) - counts
    other = mark != mark[first[of_passages]]
    is_alike = (counts > 1) & ~_any(rows, of_passages, other)
    is_one = ~_any(rows, of_spans, which > 0)
    flags = is_each * _EACH + is_one * _ONE_NAME + is_alike * _ALIKE + is_apart * _APART
    every = np.arange(rows)
    has_tone, has_confidence = (mark & _TONE) > 0, (mark & _CONFIDENCE) > 0
    kept = ~is_alike[of_passages] | (np.arange(len(mark)) == first[of_passages])
    stepping, naming = ~(is_each | is_apart)[of_spans], ~is_one[of_spans]
    parts = [
        (every, counts * _FLAGS + flags),
        (every[~is_each], named[~is_each]),
        (of_passages[kept], mark[kept]),
        (of_passages, _column(passages, "gap")),
        (of_passages, _column(passages, "length")),
        (of_spans[stepping], steps[stepping]),
        (of_spans, offsets),
        (of_spans[naming], which[naming]),
        (of_passages[has_tone], _column(passages, "tone_no")[has_tone]),
        (of_passages[has_confidence], _column(passages, "confidence_no")[has_confidence]),
    ]
    whose = np.concatenate([of for of, _ in parts])
    order = np.argsort(whose, kind="stable")
    return np.concatenate([values for _, values in parts])[order], np.bincount(whose, minlength=rows)


def _within(rows: int, spans: pl.DataFrame, passages: pl.DataFrame) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Steps and offsets of spans, and for each row whether they stand apart from its passages."""
    row, start = _column(spans, "row"), _column(spans, "start")
    keys, ends = _key(passages), _column(passages, "end")
    place = np.searchsorted(keys, _key(spans), "right") - 1
    # Another passage may begin where it does; an empty one holds no name.
    held = np.maximum(place, 0)
    told = _key(spans) >> 32, _column(spans, "end")
    is_in = np.zeros(len(row), np.bool_)
    if len(keys):
        is_in = (place >= 0) & (keys[held] >> 32 == told[0]) & (told[1] <= ends[held])
    counts = np.bincount(_column(passages, "row"), minlength=rows)
    local = place - (np.cumsum(counts) - counts)[row]
    before = np.where(_firsts(row) == 0, 0, np.roll(local, 1))
    steps = local - before
    is_apart = _any(rows, row, ~is_in | (steps < 0))
    inside = start - (_column(passages, "start")[held] if len(keys) else 0)
    offsets = np.where(is_apart[row], 2 * start + _column(spans, "field_no"), inside)
    return steps, offsets, is_apart


def _key(rows: pl.DataFrame) -> Numbers:
    """Rows in one order: by row, field and start."""
    return (_column(rows, "row") * 2 + _column(rows, "field_no") << 32) + _column(rows, "start")


def _whole(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """These columns as whole numbers, nought where there is none."""
    return rows.select(pl.col("row", "field_no", *columns).fill_null(0).cast(pl.Int64))


_OF_PASSAGES = ("start", "end", "mark", "gap", "length", "tone_no", "confidence_no")


def _column(rows: pl.DataFrame, name: str) -> Numbers:
    return rows[name].to_numpy()


def _any(rows: int, whose: Numbers, are: NDArray[np.bool_]) -> NDArray[np.bool_]:
    found = np.zeros(rows, np.bool_)
    found[whose[are]] = True
    return found


def _firsts(whose: Numbers) -> Numbers:
    """Zero for the first of each row, one for the others."""
    return np.where(np.diff(whose, prepend=-1) == 0, 1, 0)


def _bytes(numbers: Numbers, counts: Numbers) -> list[bytes]:
    """The numbers of each row: a byte each, and behind them what these leave over."""
    widths = _rest(heads := np.where(numbers < _BYTE, numbers, np.minimum(_BYTE + (numbers - _BYTE >> 8), 255)))
    row = np.repeat(np.arange(len(counts)), counts)
    sizes = np.bincount(row, widths, len(counts)).astype(np.int64)
    begins = np.concatenate([[0], np.cumsum(counts + sizes)])
    made = np.zeros(int(begins[-1]), np.uint8)
    made[begins[row] + np.arange(len(row)) - (np.cumsum(counts) - counts)[row]] = heads
    at = _behind(begins[:-1] + counts, row, widths)
    made[at[widths == 1]] = (numbers - _BYTE & 255)[widths == 1]
    for place in range(_WIDE):
        made[at[widths == _WIDE] + place] = (numbers >> 8 * place & 255)[widths == _WIDE]
    whole, ends = made.tobytes(), begins.tolist()
    return [whole[start:end] for start, end in pairwise(ends)]


#: A first byte below this is the number; one above counts in what it passes this by, the last one nothing.
_BYTE = 224

#: So many bytes tell a number by themselves.
_WIDE = 4


def _rest(heads: Numbers) -> Numbers:
    """How many bytes each first byte leaves over."""
    return np.where(heads < _BYTE, 0, np.where(heads < 255, 1, _WIDE))


def _behind(begins: Numbers, row: Numbers, widths: Numbers) -> Numbers:
    """Where the rest of each number is, where those of its row begin there."""
    before = np.cumsum(widths) - widths
    first = np.diff(row, prepend=-1) != 0
    return begins[row] + before - before[first][np.cumsum(first) - 1] if len(row) else before


# --- unpacking --------------------------------------------------------------------------------------------------------


def spans() -> pl.Expr:
    """The spans of rows of `names` and `places`, as schema.MENTIONS has them; null where both are."""
    return _unpacked("spans", _spans)


def passages() -> pl.Expr:
    """The passages, likewise."""
    return _unpacked("passages", _passages)


def _unpacked(column: str, work: Callable[[pl.DataFrame, Parts], pl.DataFrame]) -> pl.Expr:
    kind = schema.MENTIONS[column]

    def unpack(packed: pl.Series) -> pl.Series:
        rows = packed.struct.unnest()
        parts = [_lists(some, column, work).cast(kind) for some in rows.iter_slices(_AT_ONCE)]
        return pl.concat(parts) if parts else pl.Series(column, dtype=kind)

    return pl.struct("names", "places").map_batches(unpack, return_dtype=kind, is_elementwise=True).alias(column)


def _lists(packed: pl.DataFrame, column: str, work: Callable[[pl.DataFrame, Parts], pl.DataFrame]) -> pl.Series:
    rows = packed.with_row_index("row")
    held = rows.filter(pl.col("places").is_not_null())
    flat = work(held, _parts(held["places"]))
    lists = flat.with_columns(held["row"].gather(flat["row"])).group_by("row", maintain_order=True)
    found = lists.agg(pl.struct(pl.exclude("row")).alias(column))
    whole = rows.filter(pl.col("places").is_null() & pl.col("names").is_not_null())
    if whole.height:
        told = whole.select("row", pl.col("names").str.json_decode(_WHOLE).struct.field(column))
        found = pl.concat([found.cast(told.schema), told])
    joined = rows.join(found, on="row", how="left", maintain_order="left")
    is_held = pl.col("places").is_not_null()
    return joined.select(pl.when(is_held).then(pl.col(column).fill_null([])).otherwise(column)).to_series()


class Parts(NamedTuple):
    """The numbers of rows, one behind another; for each row its flags, how many it has, and where each part begins."""

    numbers: Numbers
    flags: Numbers
    passages: Numbers
    spans: Numbers
    marks: Numbers
    gaps: Numbers
    steps: Numbers
    offsets: Numbers
    which: Numbers
    tones: Numbers


def _parts(places: pl.Series) -> Parts:
    numbers, counts = _read(places)
    begin = np.cumsum(counts) - counts
    passages, flags = np.divmod(numbers[begin], _FLAGS)
    is_each, is_apart = flags & _EACH > 0, flags & _APART > 0
    spans = np.where(is_each, passages, numbers[np.where(is_each, begin, begin + 1)])
    marks = begin + 1 + ~is_each
    gaps = marks + np.where(flags & _ALIKE > 0, 1, passages)
    steps = gaps + 2 * passages
    offsets = steps + np.where(is_each | is_apart, 0, spans)
    which = offsets + spans
    tones = which + np.where(flags & _ONE_NAME > 0, 0, spans)
    return Parts(numbers, flags, passages, spans, marks, gaps, steps, offsets, which, tones)


def _read(places: pl.Series) -> tuple[Numbers, Numbers]:
    """The numbers of all rows one behind another, and how many each row has."""
    told = np.frombuffer(b"".join(places.to_list()), np.uint8).astype(np.int64)
    sizes = places.bin.size().cast(pl.Int64).to_numpy()
    begins = np.cumsum(sizes) - sizes
    row = np.repeat(np.arange(len(sizes)), sizes)
    taken = np.cumsum(1 + _rest(told))
    before = np.concatenate([[0], taken])[begins]
    # Together with what they leave over the first bytes fill the row.
    is_first = taken - before[row] <= sizes[row]
    row, heads = row[is_first], told[is_first]
    counts, widths = np.bincount(row, minlength=len(sizes)), _rest(heads)
    at = _behind(begins + counts, row, widths)
    numbers = heads.copy()
    short, wide = widths == 1, widths == _WIDE
    numbers[short] = _BYTE + (heads[short] - _BYTE << 8) + told[at[short]]
    numbers[wide] = sum(told[at[wide] + place] << 8 * place for place in range(_WIDE))
    return numbers, counts


@dataclass(frozen=True)
class _Each:
    """Things of rows, one behind another: the row of each, and its place there."""

    row: Numbers
    place: Numbers

    @classmethod
    def of(cls, counts: Numbers) -> _Each:
        row = np.repeat(np.arange(len(counts)), counts)
        return cls(row, np.arange(len(row)) - (np.cumsum(counts) - counts)[row])

    def among(self, parts: Parts, begin: Numbers) -> Numbers:
        """The number of each, where those of its row begin there."""
        found: Numbers = parts.numbers[begin[self.row] + self.place]
        return found


def _stretches(parts: Parts) -> tuple[_Each, Numbers, Numbers, Numbers]:
    """The passages, with the mark, start and end of each."""
    of = _Each.of(parts.passages)
    alike = (parts.flags & _ALIKE > 0)[of.row]
    marks = parts.numbers[parts.marks[of.row] + np.where(alike, 0, of.place)]
    lengths = of.among(parts, parts.gaps + parts.passages)
    passed = np.cumsum(of.among(parts, parts.gaps) + lengths)
    is_first = np.diff(of.row * 2 + (marks & 1), prepend=-1) != 0
    before = np.concatenate([[0], passed])[:-1][is_first]
    ends = passed - before[np.cumsum(is_first) - 1] if len(passed) else passed
    return of, marks, ends - lengths, ends


def _passages(rows: pl.DataFrame, parts: Parts) -> pl.DataFrame:
    of, marks, starts, ends = _stretches(parts)
    has_tone, has_confidence = marks & _TONE > 0, marks & _CONFIDENCE > 0
    given = np.bincount(of.row[has_tone], minlength=len(parts.flags))
    tone = _Each.of(given).among(parts, parts.tones)
    doubt = _Each.of(np.bincount(of.row[has_confidence], minlength=len(parts.flags))).among(parts, parts.tones + given)
    return pl.DataFrame(
        {
            "row": of.row,
            "field": _word(FIELDS, marks & 1),
            "start": starts,
            "end": ends,
            "tone": _given(np.where(tone & 1, -(tone + 1) // 2, tone // 2), has_tone),
            "confidence": _given(doubt, has_confidence),
            "how": _word(_HOW, marks >> 1 & 3),
            "speaker": _speaker(rows, of.row, marks // _SPEAKER),
        }
    )


def _given(hundredths: Numbers, has_one: NDArray[np.bool_]) -> pl.Series:
    """The number of each that has one, null of the others."""
    values = np.full(len(has_one), np.nan)
    values[has_one] = hundredths / 100
    return pl.Series(values, nan_to_null=True)


def _word(words: tuple[str | None, ...], places: Numbers) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(places)


def _speaker(rows: pl.DataFrame, row: Numbers, number: Numbers) -> pl.Series:
    speakers, begins = _told(rows["names"], "speakers")
    known = pl.concat([pl.Series([None, ""], dtype=pl.String), speakers])
    return known.gather(np.where(number < 2, number, begins[row] + number))


def _spans(rows: pl.DataFrame, parts: Parts) -> pl.DataFrame:
    of = _Each.of(parts.spans)
    is_each, is_apart, is_one = ((parts.flags & flag > 0)[of.row] for flag in (_EACH, _APART, _ONE_NAME))
    stepping = parts.numbers[np.where(is_each | is_apart, 0, parts.steps[of.row] + of.place)]
    steps = np.where(is_apart, 0, np.where(is_each, of.place > 0, stepping))
    passed = np.cumsum(steps) - steps
    held = np.cumsum(steps) - np.append(passed, 0)[np.cumsum(parts.spans) - parts.spans][of.row]
    _, marks, starts, _ = _stretches(parts)
    offsets = of.among(parts, parts.offsets)
    passage = (np.cumsum(parts.passages) - parts.passages)[of.row] + held
    passage = np.where(is_apart, 0, passage)
    marks, starts = (np.append(values, 0)[passage] for values in (marks, starts))
    names, begins = _told(rows["names"], "names")
    which = parts.numbers[np.where(is_one, 0, parts.which[of.row] + of.place)]
    name = names.struct.unnest()[begins[of.row] + np.where(is_one, 0, which)]
    start = np.where(is_apart, offsets >> 1, starts + offsets)
    return pl.DataFrame(
        {
            "row": of.row,
            "field": _word(FIELDS, np.where(is_apart, offsets & 1, marks & 1)),
            "start": start,
            "end": start + name["text"].str.len_chars().cast(pl.Int64).to_numpy(),
            "text": name["text"],
            "rule": name["rule"],
        }
    )


def _told(names: pl.Series, field: str) -> tuple[pl.Series, Numbers]:
    """What the names of all rows have in a field, one behind another, and for each row where its own begin."""
    once = names.unique(maintain_order=True).alias("names")
    lists = once.str.json_decode(_NAMES).struct.field(field)
    counts = lists.list.len().cast(pl.Int64)
    begins = pl.DataFrame({"names": once, "begin": counts.cum_sum() - counts})
    found = names.alias("names").to_frame().join(begins, on="names", how="left", maintain_order="left")
    return lists.explode(empty_as_null=False, keep_nulls=False), found["begin"].to_numpy()
