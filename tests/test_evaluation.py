"""How right the readings are is measured on what nobody learnt from, and told with its doubt."""

import json
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import newsgauge
from data import figures
from data.catalogue import DEFAULT, load
from data.models import sets
from ingest import evaluation, marked_sets, measures, same_story, tone

# Rows are what is true, columns what was said: 8 + 1 + 1 negative, 2 + 6 + 2 neutral, 0 + 5 + 5 positive.
CONFUSION = np.array([[8, 1, 1], [2, 6, 2], [0, 5, 5]])

CRITICS = [
    ("Critics condemned Harlow for the shameful failure.", 17, 23, "negative"),
    ("Harlow met the ministers on Tuesday.", 0, 6, "neu"),
    ("Everyone praised Harlow for her brilliant and generous help.", 17, 23, "POS"),
]


def marked(folder, name, rows=CRITICS, **more):
    items = pl.DataFrame(rows, schema=["text", "start", "end", "label"], orient="row").with_columns(**more)
    items.write_csv(folder / name) if name.endswith("csv") else items.write_parquet(folder / name)


def one(found, labelled, measure):
    (figure,) = [each for each in found.figures if (each.labelled, each.measure) == (labelled, measure)]
    return figure


def whys(found):
    return {each.labelled: each.why for each in found.left_out}


def test_macro_f1_is_the_mean_of_the_three_classes():
    # negative 16/20, neutral 12/22, positive 10/18
    assert measures.macro_f1(CONFUSION) == pytest.approx((0.8 + 12 / 22 + 10 / 18) / 3)
    assert measures.class_f1(CONFUSION) == pytest.approx([0.8, 12 / 22, 10 / 18])


def test_accuracy_counts_what_is_right():
    assert measures.accuracy(CONFUSION) == pytest.approx(19 / 30)


def test_the_error_of_the_confidence_is_the_gap_between_it_and_what_is_right():
    # Two parts of five: sure of .9 and right in 3, sure of .6 and right in 3.
    confidence = np.array([0.9] * 5 + [0.6] * 5)
    hit = np.array([True, True, True, False, False] * 2)
    assert measures.calibration_error(np.repeat(confidence, 2), np.repeat(hit, 2)) == pytest.approx(
        # Ten parts of two: right ones miss by .1 and .4, wrong ones by .9 and .6; three of five are right.
        (3 * 0.1 + 2 * 0.9 + 3 * 0.4 + 2 * 0.6) / 10
    )


def test_fewer_items_than_parts_are_parts_of_one():
    assert measures.calibration_error(np.array([0.75]), np.array([True])) == pytest.approx(0.25)


def test_a_share_of_all_is_not_certain():
    # By the table of Wilson intervals: 10 of 10 is 72 % to 100 %.
    assert measures.share(10, 10) == pytest.approx((1.0, 0.7225, 1.0), abs=1e-4)
    assert measures.share(0, 10) == pytest.approx((0.0, 0.0, 0.2775), abs=1e-4)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_lies_in_its_interval_and_that_in_0_to_1(of):
    value, low, high = measures.share(*of)
    assert -1e-12 <= low - 1e-12 <= value <= high + 1e-12
    assert high <= 1


def test_correlation_of_what_does_not_vary_is_0():
    flat, rising = np.zeros(3), np.arange(3.0)
    assert measures.pearson(flat, rising) == 0
    assert measures.pearson(rising, -2 * rising) == pytest.approx(-1)


def test_sets_that_are_absent_are_named_and_give_no_figure(tmp_path):
    found = evaluation.evaluate(tmp_path, load(DEFAULT))
    assert found.figures == ()
    assert set(whys(found)) == {
        "people in news sentences",
        "countries and organisations (our labels)",
        "headlines (our labels)",
        "tone of editorials and their sentences",
        "hard names",
        "pairs of articles",
        "topics of articles",
    }
    assert whys(found)["people in news sentences"] == "target-tone-dev.parquet is not in the folder"
    assert not any(each.is_fault for each in found.left_out)


def test_an_empty_folder_is_no_success_and_says_what_to_do(tmp_path, capsys):
    assert newsgauge.main(["evaluate", "--data", str(tmp_path), "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["figures"] == []
    assert "--data" in said.err


@pytest.mark.parametrize("name", ["target-tone-mine.csv", "target-tone-mine.parquet"])
def test_a_set_that_people_bring_is_measured_under_its_own_name(name, tmp_path):
    marked(tmp_path, name)
    found = evaluation.evaluate(tmp_path, load(DEFAULT))
    assert one(found, name, "accuracy").n == 3
    assert one(found, name, "accuracy").value == 1.0
    assert one(found, name, "accuracy").majority == pytest.approx(1 / 3)
    assert [detail.confusion for detail in found.details] == [((1, 0, 0), (0, 1, 0), (0, 0, 1))]


def test_each_part_of_a_set_has_its_own_figures(tmp_path):
    marked(tmp_path, "target-tone-mine.csv", part=pl.Series(["early", "late", "late"]))
    found = evaluation.evaluate(tmp_path, load(DEFAULT))
    assert one(found, "target-tone-mine.csv, late", "macro F1").n == 2
    assert one(found, "target-tone-mine.csv, early", "macro F1").n == 1


def test_the_set_that_the_model_learnt_from_is_left_out_and_named(tmp_path):
    marked(tmp_path, "target-tone-train.parquet")
    found = evaluation.evaluate(tmp_path, load(DEFAULT))
    assert found.figures == ()
    assert whys(found)["target-tone-train.parquet"] == "the model learnt from it"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([("Harlow spoke.", 0, 60, "neg")], r"row 0: the span \(0, 60\) is no part of its text of 13 code points"),
        ([("Harlow spoke.", 0, 6, "angry")], "'angry' is no label; write neg, neu or pos"),
        ([(None, 0, 6, "neg")], "row 0: a text, start, end or label is missing"),
    ],
)
def test_a_set_that_cannot_be_understood_is_a_fault_that_stops_no_other(rows, why, tmp_path):
    marked(tmp_path, "target-tone-odd.parquet", rows)
    (tmp_path / "target-tone-torn.parquet").write_bytes(b"PAR1 and no more")
    pl.DataFrame({"text": ["Harlow spoke."]}).write_csv(tmp_path / "target-tone-thin.csv")
    found = evaluation.evaluate(tmp_path, load(DEFAULT))
    assert re.search(why, whys(found)["target-tone-odd.parquet"])
    assert "has no column end, label, start" in whys(found)["target-tone-thin.csv"]
    assert [each.labelled for each in found.left_out if each.is_fault] == [
        "target-tone-odd.parquet",
        "target-tone-thin.csv",
        "target-tone-torn.parquet",
    ]


def test_what_json_says_can_be_read_again(tmp_path):
    marked(tmp_path, "target-tone-mine.csv")
    found = evaluation.evaluate(tmp_path, load(DEFAULT))
    assert figures.of_json(json.loads(json.dumps(evaluation.as_json(found)))) == found


def test_the_table_fits_a_terminal_and_names_what_was_not_looked_at(tmp_path):
    marked(tmp_path, "target-tone-mine.csv", CRITICS * 500)
    table = evaluation.told(evaluation.evaluate(tmp_path, load(DEFAULT)))
    assert max(map(len, table.splitlines())) <= 100
    assert "people in news sentences: target-tone-dev.parquet is not in the folder" in table


def test_model_and_lexicon_are_compared_on_the_same_resamples(tmp_path):
    marked(tmp_path, "target-tone-mine.csv", CRITICS * 20)
    figure = one(evaluation.evaluate(tmp_path, load(DEFAULT)), "target-tone-mine.csv", "accuracy")
    assert figure.vader is not None
    assert figure.better == pytest.approx(figure.value - figure.vader)
    assert figure.better_low <= figure.better <= figure.better_high


def test_only_held_out_articles_of_our_labels_are_reported(shared):
    folder = shared("us-press-2012-2018.parquet").parent
    shared("target-tone-train.parquet")
    items = sets.targets(folder)
    learnt = {(item.text, item.start) for item in items if not item.part.startswith("report")}
    reported = {(item.text, item.start, item.end, item.label) for item in items if item.part.startswith("report")}
    looked_at = {
        (text, *span, int(label))
        for each in marked_sets.all_in(folder)
        if isinstance(each, marked_sets.Marked) and each.group != marked_sets.BROUGHT
        for text, span, label in zip(each.texts, each.spans, each.labels, strict=True)
    }
    assert looked_at == reported
    # Papers reprint each other: a handful of sentences of held-out articles stand in others that are learnt from.
    assert len({(text, start) for text, start, _, _ in looked_at} & learnt) <= 3


# The figures that are shipped


@pytest.fixture
def shipped() -> figures.Figures:
    found = figures.shipped()
    if found is None:
        pytest.skip("no figures are shipped yet (newsgauge evaluate --json > data/models/figures.json)")
    return found


def test_the_figures_are_those_of_the_model(shipped):
    assert (shipped.model_version, shipped.sure) == (tone.MODEL_VERSION, tone.SURE)


def test_all_sets_were_there_when_the_shipped_figures_were_made(shipped):
    assert whys(shipped) == {"target-tone-train.parquet": "the model learnt from it"}


def test_the_shipped_figures_can_be_had_again(shipped, shared):
    items = pl.read_parquet(shared("target-tone-dev.parquet")).filter(part="rw")
    said = tone.toward(items["text"].to_list(), list(zip(items["start"], items["end"], strict=True)))
    found = [name[:3] for name in np.array(figures.LABELS)[said.select(figures.LABELS).to_numpy().argmax(axis=-1)]]
    right = (pl.Series(found) == items["label"]).mean()
    # Another processor may round a close call to the other side.
    assert one(shipped, "people, as in the world (rw)", "accuracy").value == pytest.approx(right, abs=0.005)


def test_pairs_that_are_one_story_are_counted_by_what_people_read():
    # Of four that are together three tell one event; of five that do, three are together.
    pairs = pl.DataFrame(
        {
            "same_event": ["yes"] * 3 + ["no"] + ["yes"] * 2 + ["no"] * 4,
            "together": [True] * 4 + [False] * 6,
        }
    )
    found = {each.measure: each for each in evaluation._of_pairs("pairs", pairs)}
    assert (found["precision"].n, found["precision"].value) == (4, 0.75)
    assert (found["recall"].n, found["recall"].value) == (5, 0.6)
    assert (found["F1"].n, found["F1"].value) == (10, pytest.approx(2 / 3))
    assert found["F1"].low < 2 / 3 < found["F1"].high
    assert [each.measure for each in evaluation._of_pairs("pairs", pairs, drawn_together=True)] == ["precision"]
    # By the table of Wilson intervals, 3 of 4.
    assert (found["precision"].low, found["precision"].high) == pytest.approx((0.3006, 0.9544), abs=1e-4)


def test_a_pair_is_together_where_the_archive_would_put_both_into_one_story():
    vote = "Moldova votes for the European Union in a referendum. Maia Sandu called the result in Chisinau a victory."
    press = pl.DataFrame(
        {
            "id": ["a", "b", "c", "long before"],
            "title": ["Moldova votes for the European Union", "Sandu calls Moldova's vote a victory", "Flood", "Vote"],
            "text": [vote, f"{vote} Others doubt it.", "A flood in Valencia killed dozens in Paiporta.", vote],
            "published_at": ["2024-10-21", "2024-10-22", "2024-10-22", "2023-10-21"],
        }
    )
    pairs = pl.DataFrame({"article_a": ["a", "a", "a"], "article_b": ["b", "c", "lost"]})
    found = same_story.judged(press, pairs, load(DEFAULT))
    assert found.rows() == [("a", "b", True), ("a", "c", False)]
