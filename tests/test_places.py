"""Spans and passages of mentions are read as they were written, whatever they are, and take few bytes."""

from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data import places, schema
from data.places import packed
from tests.conftest import mention


def unpacked(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(places.spans(), places.passages())


def back(*rows: pl.DataFrame) -> list[dict[str, Any]]:
    return unpacked(packed(pl.concat(rows))).to_dicts()


def span(start: int, text: str = "NATO", field: str = "text", rule: str | None = "strong") -> dict[str, Any]:
    return {"field": field, "start": start, "end": start + len(text), "text": text, "rule": rule}


def passage(start: int, end: int, **values: Any) -> dict[str, Any]:
    plain = {"field": "text", "tone": None, "confidence": None, "how": "name", "speaker": None}
    return {"start": start, "end": end} | plain | values


def test_numbers_alone_tell_what_is_common_and_a_title_or_a_speaker_too() -> None:
    spans = [span(0, field="title"), span(10), span(400, "Alliance"), span(402, "NATO")]
    passages = [
        passage(0, 30, field="title", tone=-0.25, confidence=0.6),
        passage(8, 390, tone=1.0, speaker=""),
        passage(391, 9_900, how="continues", speaker="russia"),
        passage(9_900, 200_000, tone=0.0, confidence=1.0, speaker="joe-biden"),
    ]
    rows = packed(mention(spans=spans, passages=passages))
    assert unpacked(rows).to_dicts() == [{"spans": spans, "passages": passages}]
    # In this order: head, spans, marks, gaps, lengths (30, 382, 9,509 and 190,100), steps, offsets, names, tones,
    # confidences. Only lengths are long here: those above 223 take two bytes, those above 8,159 five.
    assert rows["places"].bin.size()[0] == 1 + 1 + 4 + 4 + (1 + 2 + 5 + 5) + 4 + 4 + 4 + 3 + 2


def test_a_name_in_one_passage_with_a_tone_takes_seven_bytes() -> None:
    rows = packed(mention(spans=[span(30)], passages=[passage(20, 140, tone=0.31, confidence=0.88)]))
    assert rows["places"].bin.size().to_list() == [7]


def test_names_without_a_passage_and_out_of_order_are_kept() -> None:
    apart = {"spans": [span(90), span(10), span(3, field="title")], "passages": []}
    outside = {"spans": [span(5), span(70)], "passages": [passage(0, 20), passage(40, 60)]}
    assert back(mention(**apart), mention(**outside)) == [apart, outside]


@pytest.mark.parametrize(
    "values",
    [
        {"spans": None, "passages": [passage(0, 20)]},
        {"spans": [span(0)], "passages": None},
        {"spans": [span(0) | {"end": 9}], "passages": []},
        {"spans": [span(0) | {"field": "lead"}], "passages": []},
        {"spans": [span(0) | {"text": None}], "passages": []},
        {"spans": [span(0)], "passages": [passage(30, 40), passage(0, 20)]},
        {"spans": [span(0)], "passages": [passage(0, 20, how="guess")]},
        {"spans": [span(0)], "passages": [passage(0, 20), passage(0, 9, field="title")]},
    ],
)
def test_what_no_numbers_tell_is_kept_beside_what_they_do(values: dict[str, Any]) -> None:
    plain = {"spans": [span(1)], "passages": [passage(0, 20, tone=0.5)]}
    assert back(mention(**plain), mention(**values), mention(**plain)) == [plain, values, plain]


def test_what_an_earlier_newsgauge_did_not_know_of_a_passage_stays_unknown() -> None:
    old = {"spans": [span(1)], "passages": [passage(0, 20, how=None)]}
    assert back(mention(**old)) == [old]


def test_tones_are_told_as_pages_show_them_and_no_doubt_gets_less() -> None:
    rows = mention(tone=0.12345, lexicon_tone=-0.98765, confidence=0.5999, passages=[passage(0, 9, tone=-0.126)])
    rows = pl.concat([rows, mention(passages=[passage(0, 9, tone=0.125001, confidence=0.5999)])])
    told = packed(rows)
    assert told.select("tone", "lexicon_tone", "confidence").row(0) == (0.123, -0.988, 0.59)
    first, second = (one[0] for one in unpacked(told)["passages"])
    assert (first["tone"], first["confidence"]) == (-0.13, None)
    assert (second["tone"], second["confidence"]) == (0.13, 0.59)


_PLACES = st.integers(0, 2**30)
_SPANS = st.builds(span, _PLACES, st.text(max_size=9), st.sampled_from(["title", "text"]), st.none() | st.text())
_HUNDREDTHS = st.none() | st.integers(-100, 100).map(lambda one: one / 100)
_PASSAGES = st.builds(
    passage,
    _PLACES,
    _PLACES,
    field=st.sampled_from(["title", "text"]),
    tone=_HUNDREDTHS,
    confidence=_HUNDREDTHS.map(lambda one: one and abs(one)),
    how=st.sampled_from([None, *schema.HOW]),
    speaker=st.none() | st.sampled_from(["", "nato", "un"]),
)


def _in_order(passages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same passages one behind another, each as long as it was or shorter."""
    ends, ordered = {"title": 0, "text": 0}, []
    for one in sorted(passages, key=lambda one: one["field"] == "text"):
        start = ends[one["field"]] + one["start"] % 10_000
        ends[one["field"]] = end = start + one["end"] % 400
        ordered.append(one | {"start": start, "end": end})
    return ordered


def _within(drawn: tuple[list[dict[str, Any]], list[int]]) -> dict[str, Any]:
    passages = _in_order(drawn[0])
    spans = [span(one["start"] + by % 90, "ab", one["field"]) for one, by in zip(passages, drawn[1], strict=False)]
    return {"spans": spans, "passages": passages}


_READ = st.tuples(st.lists(_PASSAGES, max_size=20), st.lists(_PLACES, max_size=20)).map(_within)
_ANY: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict, spans=st.none() | st.lists(_SPANS, max_size=5), passages=st.none() | st.lists(_PASSAGES, max_size=5)
)


@settings(deadline=None, max_examples=40, phases=[Phase.generate])
@given(st.lists(_READ | _ANY, max_size=6))
def test_all_that_was_written_is_read(rows: list[dict[str, Any]]) -> None:
    told = pl.concat([schema.empty("mentions"), *(mention(**one) for one in rows)])
    once = packed(told)
    assert unpacked(once).to_dicts() == rows
    again = told.with_columns(unpacked(once).get_columns())
    assert packed(again).equals(once)


def test_rows_beyond_one_portion_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_AT_ONCE", 2)
    rows = [{"spans": [span(n)], "passages": [passage(0, n + 4, tone=n / 100)]} for n in range(5)]
    assert back(*(mention(**one) for one in rows)) == rows
