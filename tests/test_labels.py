"""The labels in the repository: whole, within their rules, and without text."""

from pathlib import Path

import polars as pl
import pytest

from data.catalogue import DEFAULT, load
from data.models import sets
from ingest import evaluation

LABELS = Path(sets.OUR_LABELS).parent


@pytest.fixture(scope="module")
def tone() -> pl.DataFrame:
    return pl.read_csv(sets.OUR_LABELS)


def test_the_labels_hold_ids_and_offsets_and_no_text(tone):
    assert tone.columns == [
        *("article", "field", "sentence_start", "sentence_end", "start", "end"),
        *("actor", "label", "confidence", "drawn"),
    ]
    # The longest word in them is an actor's key: no room for a sentence.
    longest = tone.select(pl.col(pl.String).str.len_chars().max()).row(0)
    assert max(longest) < 40


def test_no_article_is_labelled_twice(tone):
    assert tone["article"].n_unique() == len(tone) == 5_999


def test_every_target_lies_within_its_sentence(tone):
    inside = pl.all_horizontal(
        pl.col("sentence_start") >= 0,
        pl.col("sentence_start") <= pl.col("start"),
        pl.col("start") < pl.col("end"),
        pl.col("end") <= pl.col("sentence_end"),
    )
    assert tone.filter(~inside).is_empty()


def test_only_the_three_labels_are_used(tone):
    assert dict(tone["label"].value_counts().rows()) == {"neg": 1_036, "neu": 4_443, "pos": 520}
    assert set(tone["confidence"]) == {"high", "low"}


def test_a_fifth_of_what_was_drawn_by_chance_is_held_out(tone):
    drawn = tone.filter(drawn="random")
    held_out = drawn.filter(pl.col("article").map_elements(sets.is_held_out, return_dtype=pl.Boolean))
    assert dict(held_out["field"].value_counts().rows()) == {"text": 360, "title": 172}
    assert 0.18 < len(held_out) / len(drawn) < 0.22


def test_no_held_out_article_is_learnt_from(shared):
    items = [
        item
        for item in sets.targets(shared("target-tone-train.parquet").parent)
        if not item.part.startswith(("train more", "report new"))
    ]
    reported = {item.text for item in items if item.part.startswith("report")}
    learnt = [item for item in items if not item.part.startswith("report")]
    # Two outlets may print one headline: that is another article, and rare.
    assert sum(item.text in reported for item in learnt) < 15
    assert {item.part.split()[0] for item in items} == {"train", "choose", "report"}


def test_every_item_marks_a_target_in_its_text(shared):
    for item in sets.targets(shared("target-tone-train.parquet").parent):
        assert 0 <= item.start < item.end <= len(item.text)
        assert item.text[item.start : item.end].strip()


def test_the_labels_that_came_later_are_of_other_articles(tone):
    more = pl.read_csv(sets.MORE_LABELS)
    assert more.columns == [*tone.columns, "readers"]
    assert not set(more["article"]) & set(tone["article"])
    assert not any(sets.is_held_out(article) for article in more["article"])
    assert set(more["label"]) == {"neg", "neu", "pos"}
    assert dict(more["readers"].value_counts().rows()) == {1: 2_774, 2: 1_474}


def test_people_are_labelled_in_no_article_that_anything_is_told_by(tone):
    people = pl.read_csv(sets.PEOPLE_LABELS)
    assert people.columns == [*(column for column in tone.columns if column != "actor"), "readers"]
    assert len(people) == 5_303
    assert not any(sets.fold(article) <= 2 for article in people["article"])


def test_the_new_held_out_labels_are_of_articles_that_nothing_was_learnt_from(tone):
    new = pl.read_csv(sets.HELD_OUT_LABELS)
    assert new.columns == tone.columns
    assert all(sets.is_held_out(article) for article in new["article"])
    assert new["article"].n_unique() == len(new) == 1_009
    assert not set(new["article"]) & set(tone["article"])
    assert set(new["drawn"]) == {"random"}


def test_the_press_at_large_is_labelled_in_no_article_that_anything_is_told_by(tone):
    wide = pl.read_csv(sets.WIDE_LABELS)
    assert wide.columns == [*(column for column in tone.columns if column != "actor"), "manner"]
    assert not any(sets.fold(article) <= 2 for article in wide["article"].unique())
    counted = wide.group_by("manner", "field").len().sort("manner", "field")
    assert counted.rows() == [("ours", "text", 26_275), ("ours", "title", 15_878), ("people", "text", 14_752)]
    assert max(wide.select(pl.col(pl.String).str.len_chars().max()).row(0)) < 40


def test_the_labels_to_choose_by_are_of_articles_that_nothing_is_learnt_from(tone):
    chosen_by = pl.read_csv(sets.CHOOSE_LABELS)
    assert chosen_by.columns == tone.columns
    assert {sets.fold(article) for article in chosen_by["article"]} == {2}
    assert chosen_by["article"].n_unique() == len(chosen_by) == 1_668
    assert not set(chosen_by["article"]) & set(tone["article"])


def test_the_fresh_labels_are_of_held_out_articles_that_no_other_file_uses(tone):
    fresh = pl.read_csv(sets.FRESH_LABELS)
    assert fresh.columns == tone.columns
    assert all(sets.is_held_out(article) for article in fresh["article"])
    assert fresh["article"].n_unique() == len(fresh) == 2_267
    used = {*tone["article"], *pl.read_csv(sets.HELD_OUT_LABELS)["article"], *pl.read_csv(sets.MORE_LABELS)["article"]}
    assert not set(fresh["article"]) & used
    assert set(fresh["drawn"]) == {"random"}


@pytest.mark.parametrize(
    "labels",
    [
        sets.MORE_LABELS,
        sets.PEOPLE_LABELS,
        sets.WIDE_LABELS,
        sets.HELD_OUT_LABELS,
        sets.FRESH_LABELS,
        sets.CHOOSE_LABELS,
    ],
)
def test_later_labels_too_mark_each_target_once_within_its_sentence(labels):
    found = pl.read_csv(labels)
    assert not found.select("article", "field", "start", "end").is_duplicated().any()
    inside = pl.all_horizontal(
        pl.col("sentence_start") <= pl.col("start"),
        pl.col("start") < pl.col("end"),
        pl.col("end") <= pl.col("sentence_end"),
    )
    assert found.filter(~inside).is_empty()


def test_topics_are_labelled_once_by_keys_of_the_catalogue_and_without_text():
    topics = pl.read_csv(LABELS / "topics.csv")
    keys = {topic.key for topic in load(DEFAULT).topics if not topic.query}
    assert len(keys) == 17
    assert topics["article"].n_unique() == len(topics) == 9_248
    assert set(topics["main"]) == keys
    further = [
        word for column in ("also", "second_also") for row in topics[column].drop_nulls() for word in row.split()
    ]
    assert set(further) == keys
    assert topics.filter(pl.col("second_main").is_null())["part"].unique().to_list() == ["learn"]
    report = topics.filter(part="report")
    assert (len(report), report.filter(pl.col("main") == pl.col("second_main")).height) == (500, 460)


def test_no_outlet_of_the_topics_that_are_reported_by_is_learnt_from(shared):
    outlets = pl.read_parquet(shared("us-press-2012-2018.parquet"), columns=["id", "outlet"])
    topics = pl.read_csv(LABELS / "topics.csv").join(outlets, left_on="article", right_on="id")
    assert len(topics) == 9_248
    learnt, reported = (set(topics.filter(part=part)["outlet"]) for part in ("learn", "report"))
    assert not learnt & reported
    assert len(reported) == 8


def test_pairs_of_articles_are_labelled_once_and_without_text():
    pairs = pl.read_csv(LABELS / "stories.csv")
    assert pairs.columns == ["article_a", "article_b", "same_event", "part", "drawn"]
    assert pairs.select("article_a", "article_b").n_unique() == len(pairs) == 850
    assert (pairs["article_a"] < pairs["article_b"]).all()
    counted = pairs.group_by("part", "same_event").len().sort("part", "same_event")
    assert counted.rows() == [
        ("choose", "no", 177),
        ("choose", "yes", 153),
        ("report", "no", 206),
        ("report", "yes", 314),
    ]
    assert set(pairs["drawn"]) == {drawn for some in evaluation.STORY_PAIRS.values() for drawn in some}


def test_no_day_of_the_pairs_that_are_reported_by_is_chosen_by(shared):
    days = pl.read_parquet(shared("us-press-2012-2018.parquet"), columns=["id", "published_at"])
    pairs = pl.read_csv(LABELS / "stories.csv")
    for side in ("a", "b"):
        of_side = days.select(**{f"article_{side}": "id", f"day_{side}": pl.col("published_at").str.to_date()})
        pairs = pairs.join(of_side, on=f"article_{side}", how="left")
    assert pairs.select((pl.col("day_a") - pl.col("day_b")).dt.total_days().abs().max()).item() <= 14
    chosen, reported = (
        set(pairs.filter(part=part)["day_a"]) | set(pairs.filter(part=part)["day_b"]) for part in ("choose", "report")
    )
    assert not chosen & reported
