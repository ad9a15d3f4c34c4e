"""What an article is about: several topics, by the words of the catalogue and a small model, with their scores."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest.topics
from data import catalogue as catalogues
from data.catalogue import Catalogue, Topic
from data.models import about
from ingest.target import ModelError
from ingest.text import words as text_words
from ingest.topics import check, ranked, speaking, telling, topics

CATALOGUE = catalogues.load(catalogues.DEFAULT)


def keys(text: str, catalogue: Catalogue = CATALOGUE) -> list[str]:
    return [key for key, _ in topics("", text, "en", catalogue)]


def only(*watched: Topic) -> Catalogue:
    """A catalogue with these topics and nothing else."""
    return Catalogue((), (), watched, CATALOGUE.words, version=repr(watched))


def watched(key: str, query: str = "sanctions") -> Topic:
    return Topic(key, key, None, (), query, (), ())


def lexicon(key: str, **words: int) -> Topic:
    return Topic(key, key, None, tuple(words.items()), None, (), ())


def test_all_example_sentences_of_the_catalogue_hold() -> None:
    assert check(CATALOGUE) == []


def test_a_failing_example_is_named_with_what_was_heard() -> None:
    wrong = replace(watched("sanctions"), examples=("The ship left.",), counter_examples=("Sanctions hit.",))
    assert check(only(wrong)) == [
        'topics.toml: topic "sanctions": "The ship left.": should have the topic, and has not; heard of it: nothing. '
        "Change the words or the query of the entry, or the sentence.",
        'topics.toml: topic "sanctions": "Sanctions hit.": should not have the topic, and has; heard of it: sanctions. '
        "Change the words or the query of the entry, or the sentence.",
    ]


def test_the_seventeen_media_topics_of_the_iptc_are_there_with_their_ids() -> None:
    media_topics = {topic.id: topic.key for topic in CATALOGUE.topics if not topic.query}
    assert len(media_topics) == 17
    assert media_topics["medtop:11000000"] == "politics"
    assert media_topics["medtop:16000000"] == "conflict-war-and-peace"
    assert media_topics["medtop:17000000"] == "weather"


def test_every_topic_comes_with_examples() -> None:
    assert [topic.key for topic in CATALOGUE.topics if not topic.examples or not topic.counter_examples] == []


def test_an_article_can_have_several_topics() -> None:
    found = topics(
        "", "The election was close. Voters chose a mayor. The striker scored in the cup final.", "en", CATALOGUE
    )
    assert {key for key, _ in found} >= {"politics", "sport", "elections"}
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert all(0 < score <= 1 for _, score in found)


def test_lexicon_scores_are_parts_of_what_is_heard() -> None:
    catalogue = only(lexicon("war", troops=3, shells=3), lexicon("sea", ship=3, sailor=3))
    assert topics("", "Troops fired shells at the ship and its sailor.", "en", catalogue) == [
        ("sea", 0.5),
        ("war", 0.5),
    ]


def test_the_title_speaks_louder() -> None:
    catalogue = only(lexicon("war", troops=3, shells=3), lexicon("sea", ship=3, sailor=3))
    assert topics("Ship and sailor", "Troops fired shells.", "en", catalogue)[0] == ("sea", 0.667)


def test_one_word_makes_no_topic_of_a_lexicon() -> None:
    assert topics("", "The ship left.", "en", only(lexicon("sea", ship=3))) == []


def test_a_watched_topic_is_more_than_a_word_in_passing() -> None:
    catalogue = only(watched("sanctions"))
    assert keys("sanctions " + "word " * 200, catalogue) == ["sanctions"]
    assert keys("sanctions " + "word " * 600, catalogue) == []
    assert keys("sanctions " * 3 + "word " * 600, catalogue) == ["sanctions"]
    assert [key for key, _ in topics("New sanctions", "word " * 600, "en", catalogue)] == ["sanctions"]


def test_a_long_article_need_not_repeat_itself_without_end() -> None:
    catalogue = only(watched("sanctions"))
    assert keys("sanctions " * 4 + "word " * 9_000, catalogue) == []
    assert keys("sanctions " * 5 + "word " * 9_000, catalogue) == ["sanctions"]


def test_alternatives_add_up_and_of_parts_the_rarest_counts() -> None:
    watched_kyiv = only(watched("sanctions", "(ukraine OR kyiv) AND (drone OR shell) NOT film"))
    assert keys("kyiv ukraine drone shell " + "word " * 396, watched_kyiv) == ["sanctions"]
    assert keys("kyiv ukraine ukraine drone " + "word " * 396, watched_kyiv) == []
    assert keys("kyiv drone film", watched_kyiv) == []


def test_words_near_each_other_make_a_watched_topic_and_words_far_apart_do_not() -> None:
    grain = only(watched("grain", "grain NEAR/5 (odesa OR ukrain*)"))
    assert keys("Ships left Odesa with the grain.", grain) == ["grain"]
    assert keys("Odesa is a port. It is late in the year, and a grain of salt is enough.", grain) == []
    assert topics("Odesa", "Much grain.", "en", grain) == []
    assert topics("Ukraine's grain", "It sailed.", "en", grain) == [("grain", 0.5)]


def test_what_is_near_each_other_is_counted_like_any_word() -> None:
    grain = only(watched("grain", "grain NEAR/2 odesa"))
    assert keys("grain odesa " + "word " * 398, grain) == []
    assert keys("grain odesa " + "word " * 100 + "odesa grain " + "word " * 296, grain) == ["grain"]


def test_hyphens_and_line_breaks_part_the_words_of_a_phrase() -> None:
    assert "peace-talks" in keys("The cease-fire held.")
    assert "peace-talks" in keys("The peace\ntalks went on.")


def test_other_languages_have_no_topics() -> None:
    assert topics("", "Der Präsident und die election election senate war war.", "de", CATALOGUE) == []
    assert topics("", "Election war senate.", None, CATALOGUE) == []


def test_the_words_that_spoke_are_told() -> None:
    text = "New sanctions; the sanctions bite. Assets are frozen."
    assert speaking("", text, "sanctions", CATALOGUE) == ["sanctions"]


def test_a_text_without_end_is_read_once() -> None:
    assert "politics" in keys("election " * 60_000)
    assert keys("grain odesa " * 40_000, only(watched("grain", "grain NEAR/5 odesa"))) == ["grain"]
    assert keys("e" * 500_000) == []


# By model and lexicon together

STRIKE = (
    "Nurses at three hospitals walked out on Monday over pay. Their union says that the wage offer of the employers is "
    "below what prices have risen by; talks with a mediator go on tomorrow. About two thousand workers are on strike."
)
GOAL = (
    "Lindqvist scored twice in the second half as the visitors came from behind to beat the league leaders. The coach "
    "praised his defenders after the match, and said that the injured goalkeeper would miss the cup semi-final."
)
TRIAL = (
    "The suspect was charged with murder after officers found the rifle in his car. Prosecutors say that he shot two "
    "men outside a bar; his lawyer told the judge that he will plead not guilty."
)
GERMAN = (
    "Der Minister sprach am Mittwoch in Berlin mit der Bundesregierung über den Haushalt. Die Opposition im Parlament "
    "will dem Gesetz nicht zustimmen, und der Kanzler wirbt vor der Wahl um Stimmen. Im Senat fehlt die Mehrheit."
)


@pytest.mark.parametrize(("text", "topic"), [(STRIKE, "labour"), (GOAL, "sport")])
def test_an_article_is_first_about_what_an_editor_would_file_it_under(text: str, topic: str) -> None:
    assert keys(text)[0] == topic


def test_the_model_hears_words_that_no_lexicon_has_told_it_of() -> None:
    model = about.load()
    crime = model.topics.index("crime-law-and-justice")
    of_trial, of_goal = (model.scores([], text_words(text), {})[crime] for text in (TRIAL, GOAL))
    assert of_trial > 2 * of_goal


def test_a_media_topic_has_a_score_that_any_other_can_have_as_well() -> None:
    text = f"{STRIKE} The strike closed the wards, and patients with cancer wait for their doctors and for surgery."
    scores = dict(topics("", text, "en", CATALOGUE))
    assert scores.keys() >= {"labour", "health"}
    assert all(0.4 <= score <= 1 for score in scores.values())


def test_no_article_has_more_than_three_media_topics() -> None:
    media = {topic.key for topic in CATALOGUE.topics if topic.words}
    everything = " ".join(sentence for topic in CATALOGUE.topics if topic.words for sentence in topic.examples)
    assert len([key for key in keys(everything) if key in media]) <= 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Senate vote.",
        "2019 2020 2021 12:30 14:45 100 200 300 400",
        "Lindqvist Okafor Brandão Tov Kalomi Renbel Dorgar Nezul Shabel Milo Tovka Belsha",
    ],
)
def test_what_has_too_few_words_that_are_known_has_no_topic(text: str) -> None:
    assert topics("", text, "en", CATALOGUE) == []


def test_a_short_text_needs_a_word_of_the_lexicon() -> None:
    assert keys("Two of them came early, and the others were waiting for us outside the house.") == []


@pytest.mark.parametrize("language", ["de", "en", None])
def test_a_german_article_has_no_topic_even_if_it_is_taken_for_english(language: str | None) -> None:
    assert topics("Haushalt im Parlament", GERMAN, language, CATALOGUE) == []


def test_the_model_tells_by_which_words_it_knew() -> None:
    told = telling("", TRIAL, "crime-law-and-justice")
    assert {"suspect", "officers", "charged with"} & {word for word, _ in told}
    assert [added for _, added in told] == sorted((added for _, added in told), reverse=True)
    assert all(word in TRIAL.lower() for word, _ in told)
    assert telling("", GOAL, "sanctions") == []


def test_what_the_model_tells_of_a_word_is_what_it_adds() -> None:
    model = about.load()
    title, text = text_words("A match"), text_words(GOAL)
    rows, weights = model.heard(title, text)
    added = sum(value for _, value in model.words(title, text, "sport"))
    said = (weights @ model.table[rows]) * model.scale
    assert added == pytest.approx(said[model.topics.index("sport")] - said.mean(), abs=1e-4)


@given(st.lists(st.sampled_from(["match", "war", "Der", "x", "goal", "nurse", "1", "of", "élan", ""])), st.text())
def test_scores_are_shares_of_1_whatever_is_read(words: list[str], other: str) -> None:
    found = topics(other[:40], " ".join(words) + other, "en", CATALOGUE)
    assert all(0 < score <= 1 for _, score in found)
    assert found == topics(other[:40], " ".join(words) + other, "en", CATALOGUE)
    assert all(0 <= score <= 1 for _, score in ranked(other[:40], " ".join(words), CATALOGUE))


@pytest.mark.parametrize("content", [None, b"", b"PK and no more"])
def test_a_model_that_is_missing_or_damaged_is_named_with_what_to_do(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "topics.npz").write_bytes(content)
    monkeypatch.setattr(about, "FILE", tmp_path / "topics.npz")
    ingest.topics._model.cache_clear()
    with pytest.raises(ModelError, match=r"topics\.npz: the topics model is missing or damaged .*git checkout -- "):
        topics("", GOAL, "en", CATALOGUE)


def test_calibration_keeps_the_order_and_follows_its_formula() -> None:
    # Likely .5, .25, .25; slope 1 and offset 0 leave them as they are, slope 2 takes the odds 1 and 1/3 to 1 and 1/9.
    said = np.log([2.0, 1.0, 1.0])
    assert about.calibrated(said, 1.0, 0.0) == pytest.approx([0.5, 0.25, 0.25])
    assert about.calibrated(said, 2.0, 0.0) == pytest.approx([0.5, 0.1, 0.1])


def test_terms_of_the_title_count_most_and_the_rest_is_read_word_by_word() -> None:
    text = ["oil", *["word"] * 119, "price", "cap", *["word"] * 478, "unread"]
    counted = about.terms(["oil", "cap"], text)
    assert (counted["oil"], counted["oil cap"], counted["cap"]) == (3 + 1.5, 3, 3 + 0.5)
    assert (counted["price"], "price cap" in counted, "unread" in counted) == (0.5, False, False)


def test_the_model_is_small_and_knows_the_topics_of_the_catalogue(tmp_path: Path) -> None:
    model = about.load()
    assert about.FILE.stat().st_size < 1_000_000
    assert set(model.topics) == {topic.key for topic in CATALOGUE.topics if topic.words}
    assert model.table.dtype == np.int8
    about.save(model, tmp_path / "again.npz")
    assert about.load(tmp_path / "again.npz").scores(["war"], ["peace"], {}) == pytest.approx(
        model.scores(["war"], ["peace"], {})
    )
