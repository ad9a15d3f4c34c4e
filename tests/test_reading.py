"""What is made of an article: one mention an actor, its passages with their tone, and every reason with its place."""

import json
import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import ingest.target
import ingest.tone
from data import catalogue as catalogues
from data import schema
from data.models import about
from ingest.explaining import explain, told
from ingest.reading import SCORED_PASSAGES, read, reader
from ingest.tone import BY, DEFAULT, By, lexicon_toward, of_passages, score, toward, version
from tests.conftest import article

CATALOGUE = catalogues.load(catalogues.DEFAULT)
LONG = " ".join(["NATO met in Oslo and spoke about Ukraine."] * 10)


def mention_of(actor: str, by: By = DEFAULT, **values: object) -> dict:
    made = read(article(**values), CATALOGUE, by).mentions.filter(pl.col("actor") == actor)
    assert made.height == 1, f"{actor}: {made.height} mentions"
    return made.row(0, named=True)


def reading_of(**values: object) -> dict:
    return read(article(**values), CATALOGUE).readings.row(0, named=True)


def explained(by: By = DEFAULT, **values: object) -> dict:
    return explain({"id": "x"} | values, CATALOGUE, by)


# Readings


def test_an_article_gives_one_reading_and_one_mention_an_actor():
    made = read(article(title="NATO meets", text="NATO met. NATO and Ukraine spoke. Ukraine left."), CATALOGUE)
    assert made.readings.schema == schema.READINGS
    assert made.mentions.schema == schema.MENTIONS
    assert made.readings.height == 1
    assert made.mentions["actor"].to_list() == ["nato", "ukraine"]


def test_a_reading_says_what_it_was_made_of_and_by_what():
    made = reading_of(id="a7", version=3, outlet="bbc")
    assert (made["article_id"], made["version"], made["outlet"], made["month"]) == ("a7", 3, "bbc", "2024-10")
    assert (made["catalogue_version"], made["model_version"]) == (CATALOGUE.version, version(DEFAULT))
    by_lexicon = read(article(), CATALOGUE, "lexicon")
    assert {*by_lexicon.readings["model_version"], *by_lexicon.mentions["model_version"]} == {version("lexicon")}
    assert made["published_at"] == datetime(2024, 10, 1, 12, tzinfo=UTC)


def test_article_tone_is_the_mean_of_its_sentences_title_included():
    made = reading_of(title="NATO praises Ukraine", text="The talks were a great success. They met.")
    praise, success = score("xxxx praises xxxxxxx").compound, score("The talks were a great success.").compound
    assert made["tone"] == pytest.approx((praise + success) / 3)
    assert made["words"] == 11
    assert made["positive"] == pytest.approx(100 * 3 / 11)
    assert made["negative"] == 0.0


def test_names_are_no_praise():
    made = reading_of(title="The UN meets", text="The United Nations Security Council heard the Justice Department.")
    assert (made["tone"], made["positive"]) == (0.0, 0.0)


def test_a_language_that_is_not_scored_has_no_tone_but_mentions():
    values = {"language": None, "title": "Bericht", "text": "Der Minister lobte die NATO am Mittwoch in Berlin sehr."}
    made = reading_of(**values)
    assert made["language"] == "de"
    assert (made["tone"], made["positive"], made["negative"], made["topics"]) == (None, None, None, [])
    mention = mention_of("nato", **values)
    assert (mention["language"], mention["tone"], mention["lexicon_tone"]) == ("de", None, None)
    assert mention["confidence"] is None
    assert [(passage["tone"], passage["confidence"]) for passage in mention["passages"]] == [(None, None)]


def test_a_reprint_has_the_same_fingerprint():
    made = read(
        pl.concat([article(title="One", text=LONG), article(title="Two", text=LONG.upper())]), CATALOGUE
    ).readings
    assert made["fingerprint"].n_unique() == 1
    assert made["fingerprint"].null_count() == 0
    assert made["copy_of"].null_count() == 2


def test_a_short_article_has_no_fingerprint():
    made = reading_of(id="a7", text="NATO met.")
    assert made["fingerprint"] is None


def test_topics_come_strongest_first():
    made = reading_of(
        title="Election in Moldova", text="Voters chose a new parliament and a president in the election."
    )
    assert made["topics"][0] in ("politics", "elections")
    assert {"politics", "elections"} <= set(made["topics"])


# Mentions


def test_passages_are_the_sentences_that_name_the_actor():
    text = "NATO met. It rained. NATO praised NATO.\nUkraine left."
    mention = mention_of("nato", title="NATO meets", text=text)
    assert [(one["field"], one["start"], one["end"]) for one in mention["passages"]] == [
        ("title", 0, 10),
        ("text", 0, 9),
        ("text", 21, 39),
    ]
    assert [(one["field"], one["start"], one["text"]) for one in mention["spans"]] == [
        ("title", 0, "NATO"),
        ("text", 0, "NATO"),
        ("text", 21, "NATO"),
        ("text", 34, "NATO"),
    ]


def test_by_the_lexicon_the_tone_is_the_mean_over_the_passages_and_knows_no_doubt():
    values = {"title": "Talks", "text": "NATO is a great success. Ukraine failed. NATO met."}
    mention = mention_of("nato", by="lexicon", **values)
    assert mention["tone"] == pytest.approx(score("xxxx is a great success.").compound / 2)
    assert mention["lexicon_tone"] == mention["tone"]
    assert mention["confidence"] is None
    assert [(one["tone"], one["confidence"]) for one in mention["passages"]] == [
        (pytest.approx(2 * mention["tone"]), None),
        (0.0, None),
    ]
    assert mention_of("ukraine", by="lexicon", text="NATO is great. Ukraine failed badly.")["tone"] < -0.4


def test_by_the_model_the_tone_is_that_of_the_sure_passages_and_the_lexicons_stands_beside_it():
    values = {"title": "Talks", "text": "NATO is a great success. Ukraine failed. NATO met."}
    mention = mention_of("nato", by="model", **values)
    opinion = toward(["NATO is a great success.", "NATO met."], [(0, 4), (0, 4)])
    confidence = opinion.select(pl.max_horizontal("negative", "neutral", "positive")).to_series().to_list()
    assert [(one["tone"], one["confidence"], one["how"]) for one in mention["passages"]] == [
        (tone, sure, "name") for tone, sure in zip(opinion["tone"], confidence, strict=True)
    ]
    assert (mention["tone"], mention["confidence"]) == of_passages(opinion["tone"].to_list(), confidence)
    assert mention["lexicon_tone"] == mention_of("nato", by="lexicon", **values)["tone"]


def test_a_mention_of_which_no_passage_is_sure_is_unsure_and_keeps_what_its_passages_said(monkeypatch):
    monkeypatch.setattr(ingest.tone, "SURE", 1.01)
    made = explained(by="model", title="Talks", text="NATO is a great success.", language="en")
    (mention,) = made["mentions"]
    (passage,) = mention["passages"]
    assert (mention["tone"], mention["confidence"]) == (None, passage["confidence"])
    assert passage["tone"] > 0
    assert mention["lexicon_tone"] == passage["lexicon_tone"]
    lines = told(made)
    assert "nato (name), tone unsure, confidence " in lines
    assert ": unsure, left out" in lines


def test_a_passage_tells_how_it_is_about_the_actor_and_who_says_so():
    text = "Mark Rutte spoke. He looked tired. “Rutte failed us,” said Vladimir Putin. “Rutte is weak,” a man said."
    mention = mention_of("mark-rutte", title="Talks", text=text)
    assert [(text[one["start"] : one["end"]][:6], one["how"], one["speaker"]) for one in mention["passages"]] == [
        ("Mark R", "name", None),
        ("He loo", "continues", None),
        ("“Rutte", "name", "vladimir-putin"),
        ("“Rutte", "name", ""),
    ]


OWN_WORDS = "“The war is a brutal crime,” Mark Rutte said in Oslo."


@pytest.mark.parametrize("by", BY)
def test_what_the_actor_says_is_no_tone_toward_it(by):
    apart = "“” Mark Rutte said in Oslo."
    expected = (toward if by == "model" else lexicon_toward)([apart], [(3, 13)])["tone"][0]
    assert mention_of("mark-rutte", by=by, title="Talks", text=OWN_WORDS)["passages"][0]["tone"] == expected
    made = explained(by=by, title="Talks", text="\ufeff" + OWN_WORDS, language="en")
    (passage,) = next(one for one in made["mentions"] if one["actor"] == "mark-rutte")["passages"]
    assert passage["says"] == [2, 28]
    assert passage["heard"] == []
    assert "kept apart, the actor's own words: 2-28" in told(made)


def test_the_words_before_what_the_actor_says_stay_where_they_are():
    text = "A proud Mark Rutte said: “The war is a brutal crime.”"
    made = explained(by="lexicon", title="Talks", text=text, language="en")
    (mention,) = [one for one in made["mentions"] if one["actor"] == "mark-rutte"]
    assert [word["word"] for word in mention["passages"][0]["heard"]] == ["proud"]


def test_an_actor_named_only_in_its_own_words_is_a_mention_without_a_tone():
    values = {"title": "Talks", "text": "“President Donald Trump won. We go on in Oslo,” the president said."}
    mention = mention_of("donald-trump", **values)
    assert (mention["passages"], mention["tone"], mention["lexicon_tone"], mention["confidence"]) == ([], *[None] * 3)
    beside = read(pl.concat([article(text="NATO met."), article(**values), article(text="NATO left.")]), CATALOGUE)
    assert beside.mentions.schema == schema.MENTIONS
    assert [len(one) for one in beside.mentions["passages"]] == [2, 0, 2]


def test_the_kind_of_a_mention_is_its_strongest():
    assert mention_of("russia", title="Talks", text="Russian troops left. Russia spoke.")["kind"] == "name"
    assert mention_of("russia", title="Talks", text="Russian troops left.")["kind"] == "demonym"


def test_articles_keep_their_order_and_their_mentions():
    articles = pl.concat([article(title=f"NATO and {word}") for word in ("Ukraine", "nobody", "Poland")])
    made = read(articles, CATALOGUE)
    assert made.readings["article_id"].to_list() == articles["id"].to_list()
    assert made.mentions["article_id"].unique(maintain_order=True).to_list() == articles["id"].to_list()
    assert made.mentions.group_by("article_id", maintain_order=True).len()["len"].to_list() == [2, 1, 2]


def test_articles_that_name_nobody_have_no_mentions():
    made = read(article(title="Rain", text="It rained."), CATALOGUE)
    assert made.mentions.height == 0
    assert made.mentions.schema == schema.MENTIONS


def test_no_articles_give_empty_tables():
    made = read(schema.empty("articles"), CATALOGUE)
    assert (made.readings.height, made.mentions.height) == (0, 0)
    assert (made.readings.schema, made.mentions.schema) == (schema.READINGS, schema.MENTIONS)


def test_a_thousand_names_in_a_sentence_are_one_passage_for_each_actor(monkeypatch):
    asked = []
    measured = ingest.target.opinions
    monkeypatch.setattr(ingest.target, "opinions", lambda *pairs: asked.append(len(pairs[0])) or measured(*pairs))
    text = "NATO, Ukraine, Russia and Vladimir Putin; " * 250
    made = read(article(title="Names", text=text), CATALOGUE, "model").mentions
    assert sorted(made["actor"]) == ["nato", "russia", "ukraine", "vladimir-putin"]
    sentences = len({(one["start"], one["end"]) for one in made["passages"].explode()})
    assert sentences <= len(text) // 500
    assert made["passages"].list.len().max() <= sentences
    assert asked == [4 * min(SCORED_PASSAGES, sentences)]


def test_of_an_article_without_end_a_few_passages_of_each_actor_are_scored(monkeypatch):
    asked = []
    measured = ingest.target.opinions
    monkeypatch.setattr(ingest.target, "opinions", lambda *pairs: asked.append(len(pairs[0])) or measured(*pairs))
    text = "NATO met Ukraine. " * 20_000
    made = read(article(title="Talks", text=text), CATALOGUE, "model").mentions
    assert made["passages"].list.len().to_list() == [20_000, 20_000]
    assert asked == [2 * SCORED_PASSAGES]
    for passages in made["passages"]:
        assert [place for place, one in enumerate(passages) if one["tone"] is not None] == [
            0, 6_666, 13_332, 19_999
        ]  # fmt: skip
    assert made["tone"].null_count() == 0


def test_passages_between_those_that_are_scored_are_told_to_be():
    told_of_five = told(explained(title="Talks", text="NATO met. " * 5, language="en"))
    assert told_of_five.count("between those that are scored") == 1
    assert "between those" not in told(explained(title="Talks", text="NATO met. " * 4, language="en"))


@pytest.mark.parametrize("text", ["", " ", None, "NATO " * 100_000, "NATO " + "😀" * 50_000, "N" * 500_000])
def test_any_text_is_read(text):
    assert reading_of(title="NATO", text=text)["words"] >= 1


def test_an_undated_article_without_title_is_read():
    made = read(article(title="", text="NATO met.", published_at=None), CATALOGUE)
    assert made.mentions["published_at"].to_list() == [None]
    assert made.mentions["actor"].to_list() == ["nato"]


# In several processes


def test_a_large_frame_is_shared_and_comes_back_in_order():
    articles = pl.concat([article(title=f"NATO {number}") for number in range(120)])
    with reader(CATALOGUE, workers=2) as read_shared:
        made = read_shared(articles)
        assert read_shared(articles.head(0)).readings.height == 0
    alone = read(articles, CATALOGUE)
    assert_frame_equal(made.readings, alone.readings)
    assert made.mentions["article_id"].to_list() == articles["id"].to_list()


# Explained


def test_an_explanation_has_the_fields_of_the_contract():
    made = explained(title="NATO meets", text="NATO is a great success. Voters chose a new parliament in an election.")
    assert made.keys() >= {"id", "language", "tone", "positive", "negative", "topics", "mentions"}
    assert made["id"] == "x"
    assert all(topic.keys() >= {"topic", "score", "words"} for topic in made["topics"])
    (mention,) = made["mentions"]
    assert mention.keys() >= {"actor", "kind", "spans", "tone", "lexicon_tone", "confidence", "passages"}
    assert all(span.keys() >= {"field", "start", "end", "text", "rule"} for span in mention["spans"])
    beyond = {"confidence", "how", "speaker", "says", "parts", "lexicon_tone", "heard"}
    assert all(passage.keys() >= {"field", "start", "end", "tone"} | beyond for passage in mention["passages"])
    assert json.loads(json.dumps(made)) == made


def test_an_explanation_agrees_with_what_is_stored():
    title, text = "NATO meets", "NATO is a great success. Ukraine failed badly.\nNATO spoke of war."
    stored = read(article(title=title, text=text), CATALOGUE)
    made = explained(title=title, text=text, language="en", published_at="2024-10-01T12:00:00Z")
    assert made["tone"] == stored.readings["tone"][0]
    assert {one["actor"]: one["tone"] for one in made["mentions"]} == dict(
        stored.mentions.select("actor", "tone").iter_rows()
    )
    assert [span["start"] for one in made["mentions"] for span in one["spans"]] == [
        span["start"] for one in stored.mentions["spans"] for span in one
    ]


def test_the_words_that_were_heard_are_told():
    made = explained(text="NATO is a great success, and not a bad one.", language="en")
    (passage,) = made["mentions"][0]["passages"]
    assert [(word["word"], word["valence"]) for word in passage["heard"]] == [
        ("great", 3.1),
        ("success", 2.7),
        ("bad", 1.85),
    ]


def test_a_topic_is_told_with_its_score_and_the_words_of_lexicon_and_model():
    text = (
        "Nurses at two hospitals are on strike. Their union asks for higher wages, and the workers will walk out again."
    )
    made = explained(title="Nurses strike over pay", text=text, language="en")
    topic = made["topics"][0]
    assert topic["topic"] == "labour"
    assert {"strike", "union"} <= set(topic["words"])
    assert "union" in {word["word"] for word in topic["model_words"]}
    shown = told(made).splitlines()
    at = shown.index(f"  {topic['score']:.2f}  labour")
    assert shown[at + 1].startswith("         lexicon  strike")
    assert re.match(r"         model    \S.* \+\d\.\d\d", shown[at + 2])


def test_a_text_without_topic_is_told_to_have_none():
    assert "topics   none" in told(explained(text="NATO met.", language="en"))


def test_another_topics_model_makes_a_reading_stale():
    assert reading_of()["model_version"].endswith(f"+{about.VERSION}")


def test_offsets_are_of_the_text_as_given():
    text = "\ufeff  Na\u00adto:\r\n\r\n  NATO\tmet Vladimir\x00  \t Putin in Zu\u0308rich."
    made = explained(text=text, language="en")
    spans = {one["actor"]: [text[span["start"] : span["end"]] for span in one["spans"]] for one in made["mentions"]}
    assert spans["nato"][-1] == "NATO"
    assert spans["vladimir-putin"] == ["Vladimir\x00  \t Putin"]


NOISE = st.text(st.sampled_from(" \n\t\x00\u200b\u0301é.,“e\U0001f600\r"), max_size=6)
NAMES = st.sampled_from(["NATO", "Donald Trump", "Ukraine", "Vladimir Putin", "great", "failed", "Der", "the"])


@given(st.lists(st.tuples(NAMES, NOISE), max_size=8), st.lists(st.tuples(NAMES, NOISE), max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_span_is_what_stands_at_its_place(in_text, in_title):
    record = {"title": " ".join(map("".join, in_title)), "text": " ".join(map("".join, in_text))}
    made = explained(**record)
    for mention in made["mentions"]:
        for span in mention["spans"]:
            assert record[span["field"]][span["start"] : span["end"]] == span["text"]
            assert span["rule"]
        for passage in mention["passages"]:
            inside = [s for s in mention["spans"] if passage["start"] <= s["start"] < passage["end"]]
            assert passage["how"] == "continues" or any(span["field"] == passage["field"] for span in inside)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({}, "`text` is missing"),
        ({"text": 3}, "`text` is no text"),
        ({"text": "a", "title": []}, "`title` is no text"),
        ({"text": "a", "language": 1}, "`language`"),
        ({"text": "a", "published_at": "yesterday"}, "'yesterday', no time such as"),
        ([], "no object"),
        ("text", "no object"),
    ],
)
def test_what_cannot_be_explained_is_said(record, says):
    with pytest.raises(ValueError, match=says):
        explain(record, CATALOGUE)


def test_a_lone_surrogate_is_explained():
    made = explained(text="NATO \ud83d met.", language="en")
    assert made["mentions"][0]["spans"][0]["text"] == "NATO"


def test_an_explanation_reads_as_text():
    lines = told(explained(by="lexicon", title="Talks", text="NATO is a great success.", language="en")).splitlines()
    assert lines[0] == "language en, tone +0.42"
    assert "nato (name), tone +0.83" in lines
    assert "great +3.1, success +2.7" in lines[-1]


def test_an_explanation_tells_the_three_probabilities_of_the_model():
    made = explained(by="model", title="Talks", text="NATO is a great success.", language="en")
    (passage,) = made["mentions"][0]["passages"]
    assert list(passage["parts"]) == ["negative", "neutral", "positive"]
    assert sum(passage["parts"].values()) == pytest.approx(1, abs=1e-5)
    assert passage["confidence"] == max(passage["parts"].values())
    assert passage["tone"] == passage["parts"]["positive"] - passage["parts"]["negative"]
    lines = told(made).splitlines()
    assert any(line.startswith("nato (name), tone +") and line.endswith("by lexicon +0.83") for line in lines)
    assert any(line.strip().startswith("model    negative ") for line in lines)


def test_another_language_is_told_to_be_not_scored():
    assert told(explained(text="Die NATO tagt.", language="de")).startswith("language de, tone not scored")


def test_the_languages_of_a_record_may_have_a_country():
    assert explained(text="NATO met.", language="en-US")["language"] == "en"
    assert explained(text="NATO met.", language="en-US")["tone"] == 0.0


def test_the_first_article_is_read_right(shared):
    title, _, text = shared("seed-article.txt").read_text(encoding="utf-8").partition("\n")
    actors = {one["actor"] for one in explained(title=title, text=text)["mentions"]}
    assert {"mark-rutte", "nato", "jens-stoltenberg", "donald-trump", "kamala-harris", "ukraine", "russia"} <= actors
