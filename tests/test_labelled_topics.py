"""What articles are about is compared with what people read, beside the lexicon alone."""

import numpy as np
import polars as pl
import pytest

from data.catalogue import DEFAULT, load
from data.models import topic_sets
from ingest import evaluation, labelled_topics, marked_sets

CATALOGUE = load(DEFAULT)

STRIKE = (
    "Nurses at three hospitals walked out on Monday over pay. Their union says that the wage offer of the employers is "
    "below what prices have risen by; talks with a mediator go on tomorrow. About two thousand workers are on strike."
)
PRESS = pl.DataFrame(
    {
        "id": ["strike", "blank", "unlabelled"],
        "title": ["Nurses strike", "", "War"],
        "text": [STRIKE, "They were there.", "War and peace."],
    }
)
LABELS = pl.DataFrame(
    {
        "article": ["strike", "blank", "lost"],
        "main": ["labour", "politics", "sport"],
        "also": ["health economy-business-and-finance", None, None],
    }
)


def test_each_label_stands_beside_what_is_said_of_its_article():
    found = labelled_topics.judged(PRESS, LABELS, CATALOGUE)
    assert found["article"].to_list() == ["strike", "blank"]
    assert found["about"].to_list() == [["labour", "health", "economy-business-and-finance"], ["politics"]]
    assert found["first"][0] == found["first_by_lexicon"][0] == "labour"
    assert found["said"].to_list()[0][0] == "labour"
    # Nothing is heard: no topic is said, by the lexicon there is no likeliest one either.
    assert (found["said"].to_list()[1], found["said_by_lexicon"].to_list()[1]) == ([], [])
    assert found["first_by_lexicon"][1] is None


def test_f1_counts_what_is_right_wrong_and_missed():
    cells = labelled_topics.cells(pl.Series([["a", "b"], ["a"]]), pl.Series([["a", "c"], []]), ["a", "b", "c", "d"])
    # a: right once, missed once. b: missed. c: said wrongly. d: neither there nor said.
    assert cells.sum(axis=0).tolist() == [[1, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert labelled_topics.micro_f1(cells.sum(axis=0)) == pytest.approx(2 / 5)
    assert labelled_topics.macro_f1(cells.sum(axis=0)) == pytest.approx((2 / 3 + 0 + 0) / 3)


def test_f1_is_taken_of_many_resamples_at_once():
    one = np.array([[1, 0, 1], [0, 1, 0]])
    assert labelled_topics.micro_f1(np.stack([one, one])) == pytest.approx([0.5, 0.5])
    assert labelled_topics.macro_f1(np.stack([one, one])) == pytest.approx([1 / 3, 1 / 3])


def test_topics_are_reported_with_lexicon_majority_and_readers_beside_them(tmp_path, shared):
    texts = pl.read_parquet(shared("us-press-2012-2018.parquet"), columns=["id", "title", "text"])
    labels = pl.read_csv(labelled_topics.LABELS).filter(part="report")
    some = pl.concat([labels.filter(drawn="random").head(15), labels.filter(drawn="by topic").head(25)])
    texts.filter(pl.col("id").is_in(some["article"].to_list())).write_parquet(tmp_path / marked_sets.PRESS)
    found = list(evaluation._topics(tmp_path, CATALOGUE))
    assert {figure.n for figure in found} == {40, 15}
    figures = {figure.measure: figure for figure in found if figure.n == 40}
    right, alone, more = (
        figures[name]
        for name in ("main topic right", "main topic right, lexicon alone", "main topic right, more than lexicon")
    )
    assert more.value == pytest.approx(right.value - alone.value)
    assert right.majority == pytest.approx((some["main"] == "politics").mean())
    assert figures["main topic, two readers agree"].value == pytest.approx((some["main"] == some["second_main"]).mean())
    assert right.value <= figures["main or a further one"].value
    assert all(figure.low <= figure.value <= figure.high for figure in found)


def test_without_the_press_topics_are_left_out_and_named(tmp_path):
    (left_out,) = evaluation._topics(tmp_path, CATALOGUE)
    assert left_out.labelled == "topics of articles"
    assert left_out.why == "us-press-2012-2018.parquet is not in the folder"


def test_nothing_is_learnt_from_an_article_of_a_site_that_is_reported_by(shared):
    known = topic_sets.press(shared("us-press-2012-2018.parquet").parent)
    assert len(known) > 16_000
    assert known.filter(part="report").is_empty()
    sites = r"://([^/]*\.)?(foxnews|npr|csmonitor|newsmax|theguardian|breitbart|thedailybeast|theweek)\."
    assert known.filter(pl.col("url").str.contains(sites)).is_empty()
    # Of 8,748 labels to learn from, 129 are of such a site under another name.
    assert known["main"].is_not_null().sum() == 8_619


def test_collectors_topics_stand_in_for_rare_labels_only(shared):
    some = topic_sets.collected(topic_sets.press(shared("us-press-2012-2018.parquet").parent))
    assert "politics" not in set(some["main"])
    assert some["main"].value_counts()["count"].max() <= topic_sets.MOST_COLLECTED
    assert len(some) == 120


def test_definitions_are_told_under_their_topic_with_all_below_them(shared):
    found = topic_sets.defined(shared("iptc_mediatopic_2023-10.json").parent)
    assert len(found) == 121
    row = found.filter(title="arts and entertainment").row(0, named=True)
    assert row["main"] == "arts-culture-entertainment-and-media"
    assert "dance. A form of performing art" in row["text"]


def test_the_encoder_heard_all_that_is_learnt_from_and_nothing_that_is_reported_by(shared):
    known = topic_sets.press(shared("us-press-2012-2018.parquet").parent)["id"]
    reported = pl.read_csv(topic_sets.LABELS).filter(part="report")["article"]
    vectors = topic_sets.teaching(pl.concat([known, reported]), topic_sets.TEACHING)
    assert vectors.shape == (len(known) + 500, 64)
    assert vectors[: len(known)].any(axis=1).all()
    assert not vectors[len(known) :].any()


def test_what_an_encoder_heard_comes_back_and_of_others_nothing(tmp_path):
    heard = np.array([[0.5, -20.0], [-1.0, 5.0]], dtype=np.float32)
    topic_sets.write_teaching(pl.Series(["strike", "war"]), heard, tmp_path / "heard.npz")
    found = topic_sets.teaching(pl.Series(["war", "strike", "sport"]), tmp_path / "heard.npz")
    # Half a step of one byte is what may be lost: a 254th of the largest number of each column.
    assert found == pytest.approx(np.array([[-1, 5], [0.5, -20], [0, 0]]), abs=20 / 254)
    assert not found[2].any()
