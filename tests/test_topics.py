"""What an article is about: several topics, by the words of the catalogue, with their scores."""

from dataclasses import replace

from data import catalogue as catalogues
from data.catalogue import Catalogue, Topic
from ingest.topics import check, speaking, topics

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
