"""Tone is VADER's to the digit, hears no name as praise, and takes no longer than the text is long."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from ingest import target, vader
from ingest.text import sentences
from ingest.tone import (
    LEXICON_VERSION,
    MODEL_VERSION,
    SURE,
    TOWARD,
    lexicon_toward,
    masked,
    names,
    of_passages,
    of_sentences,
    score,
    toward,
    version,
)

VADER = SentimentIntensityAnalyzer()

#: What changes the course of VADER's rules, far more often than in any text.
TURNING = [
    *BOOSTER_DICT,
    *NEGATE,
    *SPECIAL_CASES,
    "no",
    "or",
    "so",
    "this",
    "doubt",
    "least",
    "at",
    "but",
    "But",
    "kind of",
]
WORDS = st.one_of(
    st.sampled_from(TURNING),
    st.sampled_from([word.upper() for word in TURNING]),
    st.sampled_from(
        ["good", "bad", "GREAT", "hope", "Hope", "terrible!!", "war?", "(love)", "shit", "ass", "don't", "İn't"]
    ),
    st.sampled_from(sorted(VADER.lexicon)),
    st.sampled_from([emoji for emoji in VADER.emojis if len(emoji) == 1]),
    st.sampled_from(["table", "Table", "TABLE", "--", ":)", ":-(", "?", "??", "!", "\u00a0", "Σ", "KİNd"]),
    st.text(max_size=4),
)


def four_numbers_of_vader(text: str) -> tuple[float, ...]:
    scores = VADER.polarity_scores(text)
    return scores["neg"], scores["neu"], scores["pos"], scores["compound"]


@given(st.lists(WORDS, max_size=14).map(" ".join))
@example("good bad good but good bad good")
@example("no so good, this great")
@example("an absolute ass table bus stop")
@example("of ass table badass bus stop the bomb")
@example("It is the shit to die for, kind of good")
@example("")
@settings(max_examples=1_500, deadline=None)
def test_the_four_numbers_are_those_of_vader_sentiment(text):
    assert tuple(score(text)) == four_numbers_of_vader(text)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_the_four_numbers_are_those_of_vader_sentiment_on_any_text(text):
    assert tuple(score(text)) == four_numbers_of_vader(text)


def test_the_four_numbers_are_those_of_vader_sentiment_on_the_press(shared):
    texts = pl.read_parquet(shared("us-press-2012-2018.parquet"), columns=["text"], n_rows=100)["text"]
    cut = [text[start:end] for text in texts for start, end in sentences(text)]
    assert len(cut) > 3_000
    assert [sentence for sentence in cut if tuple(score(sentence)) != four_numbers_of_vader(sentence)] == []


def test_the_words_heard_are_told_with_their_valence():
    heard = vader.hear("NATO is not a great success")
    assert heard.words == ["NATO", "is", "not", "a", "great", "success"]
    assert [(place, round(valence, 3)) for place, valence in heard.valences] == [(4, -2.294), (5, -1.998)]


# Names


@pytest.mark.parametrize(
    ("text", "what_vader_reads"),
    [
        ("The United Nations Security Council met.", "The xxxxxx Nations xxxxxxxx Council met."),
        ("Justice Department lawyers were there.", "xxxxxxx Department lawyers were there."),
        ("He joined the Democratic Party in May.", "He joined the Democratic xxxxx in May."),
        ("He led the Department of Justice.", "He led the Department of xxxxxxx."),
        ("They met Hope Hicks there.", "They met xxxx Hicks there."),
        ("Great talks were held.", "Great talks were held."),
        ("He said: “Great talks.”", "He said: “Great talks.”"),
        ("A great party began.", "A great party began."),
        ("Putin Attacks Hopes For Peace At Security Council", "Putin Attacks Hopes For Peace At xxxxxxxx Council"),
        ("UNITED NATIONS (AP) - The session began.", "xxxxxx NATIONS (AP) - The session began."),
        ("Retreat: Senate leaves the bill.", "Retreat: Senate leaves the bill."),
    ],
)
def test_names_are_not_heard_as_praise(text, what_vader_reads):
    assert masked(text, names(text, sentences(text))) == what_vader_reads


def test_a_headline_of_names_is_neutral():
    assert lexicon_toward(["United Nations Security Council Meets"], [(0, 14)])["tone"].to_list() == [0.0]


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_a_masked_text_is_as_long_as_before(text, spans):
    covered = masked(text, [(start, end) for start, end in spans if start < end <= len(text)])
    assert len(covered) == len(text)
    assert len(covered.split()) == len(text.split())


@pytest.mark.parametrize("length", [*range(1, 40), 1_000])
def test_a_crossed_out_name_means_nothing_to_vader(length):
    assert tuple(score("x" * length)) == (0.0, 1.0, 0.0, 0.0)


# Toward an actor, by the lexicon


def test_by_the_lexicon_too_a_pair_has_a_row():
    rows = lexicon_toward(["NATO is a great success.", "NATO failed badly.", "NATO met."], [(0, 4), (0, 4), (0, 4)])
    assert rows.schema == TOWARD
    assert [round(tone, 1) for tone in rows["tone"]] == [0.8, -0.8, 0.0]
    assert rows["negative"].to_list() == [0.0, 0.865, 0.0]
    assert rows["neutral"].to_list()[2] == 1.0


def test_what_the_actor_is_called_does_not_matter_to_the_lexicon():
    texts = ["Hope Great Love won the vote.", "Bo Bo Bo won the vote."]
    assert lexicon_toward(texts, [(0, 15), (0, 8)])["tone"].n_unique() == 1


# By either


@pytest.fixture(params=[toward, lexicon_toward])
def measured(request):
    """Either function."""
    return request.param


@pytest.fixture
def no_model(tmp_path, monkeypatch):
    """A checkout without the model."""
    monkeypatch.setattr(target, "FOLDER", tmp_path)
    target._session.cache_clear()
    target._tokenizer.cache_clear()
    yield tmp_path
    target._session.cache_clear()
    target._tokenizer.cache_clear()


def test_no_pairs_give_no_rows_and_need_no_model(measured, no_model):
    assert measured([], []).schema == TOWARD
    assert measured([], []).height == 0


@pytest.mark.parametrize("span", [(0, 9), (-1, 3), (3, 3), (4, 2), (8, 9)])
def test_a_span_outside_its_text_is_a_clear_error_before_anything_is_loaded(measured, no_model, span):
    with pytest.raises(ValueError, match=r"pair 1: the span .* is no part of its text of 8 code points"):
        measured(["NATO met", "NATO met"], [(0, 4), span])


def test_an_empty_text_holds_no_target(measured, no_model):
    with pytest.raises(ValueError, match="no part of its text of 0 code points"):
        measured([""], [(0, 0)])


def test_texts_without_spans_are_a_clear_error(measured, no_model):
    with pytest.raises(ValueError, match="2 texts but 1 spans"):
        measured(["a", "b"], [(0, 1)])


FLOODS = {
    "emoji": "NATO " + "😀" * 200_000,
    "one word of 5 MB": "NATO" + "a" * 5_000_000,
    "one line of 5 MB": "NATO " + "Great Hope " * 450_000,
    "a name of 5 MB": "A" * 5_000_000,
    "the name a million times": "NATO " * 1_000_000,
    "right to left, zero width": "NATO \u202e\u200f\u200b\u2060\u0301" * 40_000,
    "nothing but space": "NATO" + " " * 1_000_000,
}


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_the_lexicon_reads_what_is_near_in_a_text_without_end(text):
    rows = lexicon_toward([text] * 200, [(0, 4)] * 200)
    assert rows["tone"].is_between(-1, 1).all()


@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_the_model_reads_what_is_near_in_a_text_without_end(text):
    for span in ((0, 4), (len(text) // 2, len(text) // 2 + 1), (0, len(text))):
        assert toward([text] * 20, [span] * 20)["tone"].is_between(-1, 1).all()


# Its doubt


def test_only_sure_passages_count():
    assert of_passages([1.0, -1.0, 0.5], [0.9, SURE - 0.01, SURE]) == (0.75, (0.9 + SURE) / 2)


def test_where_no_passage_is_sure_the_mention_is_unsure_and_has_no_tone():
    assert of_passages([1.0, -1.0], [0.34, 0.4]) == (None, 0.4)


def test_what_has_no_passage_has_neither_tone_nor_doubt():
    assert of_passages([], []) == (None, None)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_a_tone_lies_between_those_of_its_passages_and_is_as_sure_as_they_are(passages):
    tones, confidences = zip(*passages, strict=True)
    made = of_passages(tones, confidences)
    assert (made.tone is None) == (max(confidences) < SURE)
    assert min(confidences) - 1e-9 <= made.confidence <= max(confidences) + 1e-9
    if made.tone is not None:
        assert made.confidence >= SURE - 1e-9
        assert min(tones) - 1e-9 <= made.tone <= max(tones) + 1e-9


def test_versions_tell_by_what_a_tone_was_made():
    assert version("model") == MODEL_VERSION
    assert version("lexicon") == LEXICON_VERSION
    assert LEXICON_VERSION in MODEL_VERSION  # the lexicon's tone stands beside the model's


# Of an article


def test_the_tone_of_an_article_is_the_mean_over_its_sentences():
    tone = of_sentences(["NATO is a great success.", "NATO met.", "The talks failed badly."])
    assert tone.tone == pytest.approx((score("NATO is a great success.").compound + score("The talks failed badly.").compound) / 3)  # fmt: skip  # noqa: E501
    assert tone.positive == pytest.approx(100 * 2 / 11)
    assert tone.negative == pytest.approx(100 * 2 / 11)


def test_nothing_to_read_has_no_tone_in_either_direction():
    assert of_sentences([]) == (0.0, 0.0, 0.0)
    assert of_sentences([""]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("text", ["😀" * 200_000, "good but " * 55_000, "A" * 500_000, "Great Hope but " * 30_000])
def test_a_flood_is_read_to_its_end(text):
    spans = sentences(text)
    covered = masked(text, names(text, spans))
    assert -1 <= of_sentences(covered[start:end] for start, end in spans).tone <= 1
