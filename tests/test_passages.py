"""Which sentences are about an actor, who says them, and what the actor itself says."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import catalogue as catalogues
from ingest import mentions
from ingest.discourse import kinds
from ingest.passages import Passage, passages
from ingest.quotes import quotes
from ingest.text import clean, sentences

CATALOGUE = catalogues.load(catalogues.DEFAULT)
KINDS = kinds(CATALOGUE)


def found(text: str, title: str = "", kinds_of: Mapping[str, str] = KINDS) -> dict[str, list[Passage]]:
    fields = {"title": title, "text": text}
    cut = {"title": [(0, len(title))] if title else [], "text": sentences(text)}
    said = {field: quotes(written, cut[field]) for field, written in fields.items()}
    return passages(fields, cut, mentions.find(title, text, "en", None, CATALOGUE), said, kinds_of)


def marked(text: str, actor: str) -> list[str]:
    """The passages of an actor, with brackets around what stands for it, and a + before those that continue."""
    return [
        ("+" if one.how == "continues" else "")
        + f"{one.sentence[: one.span[0]]}[{one.sentence[slice(*one.span)]}]{one.sentence[one.span[1] :]}"
        for one in found(text).get(actor, [])
    ]


def continues(text: str, actor: str) -> bool:
    return any(passage.how == "continues" for passage in found(text).get(actor, []))


# By name


def test_a_sentence_that_names_an_actor_is_a_passage_once():
    assert marked("NATO met in Oslo. It rained. NATO left, and NATO was glad.", "nato") == [
        "[NATO] met in Oslo.",
        "[NATO] left, and NATO was glad.",
    ]


def test_offsets_count_in_the_field_and_the_span_in_the_sentence():
    title, text = found("Rain fell. NATO met.", title="What NATO did")["nato"]
    assert (title.field, title.start, title.end, title.sentence, title.span) == (
        "title",
        0,
        13,
        "What NATO did",
        (5, 9),
    )
    assert (text.field, text.start, text.end, text.sentence, text.span) == ("text", 11, 20, "NATO met.", (0, 4))


def test_a_name_is_marked_rather_than_a_demonym_or_a_possessive():
    assert marked("Russian ships left Russia.", "russia") == ["Russian ships left [Russia]."]
    assert marked("Angela Merkel’s aides met Merkel.", "angela-merkel") == ["Angela Merkel’s aides met [Merkel]."]


def test_a_name_outside_a_quote_is_marked_rather_than_one_inside():
    assert marked("“We like NATO a lot,” the minister told NATO.", "nato") == [
        "“We like NATO a lot,” the minister told [NATO]."
    ]


# Continuing


@pytest.mark.parametrize(
    ("text", "passage"),
    [
        ("Angela Merkel won the vote. She thanked her party.", "+[She] thanked her party."),
        ("Angela Merkel won the vote. But she lost the south.", "+But [she] lost the south."),
        ("Angela Merkel won the vote. Her party was glad.", "+[Her] party was glad."),
        ("Angela Merkel won the vote. On Monday, she went home.", "+On Monday, [she] went home."),
        ("Angela Merkel won.\nShe went home.", "+[She] went home."),
        ("President Barack Obama won the vote. The president went home.", "+[The president] went home."),
        ("Russia sent ships north. The country is at odds with all.", "+[The country] is at odds with all."),
        ("Russia sent ships north. It denied a plan.", "+[It] denied a plan."),
        ("The Democratic Party lost seats. The party is in debt.", "+[The party] is in debt."),
    ],
)
def test_a_pronoun_or_description_continues_the_only_one_it_can_mean(text, passage):
    actors = found(text)
    assert passage in [one for actor in actors for one in marked(text, actor)]


def test_a_chain_goes_on_until_somebody_else_appears():
    text = "Angela Merkel won. She was glad. She met Ann Lee. She went home."
    assert marked(text, "angela-merkel") == ["[Angela Merkel] won.", "+[She] was glad.", "+[She] met Ann Lee."]


@pytest.mark.parametrize(
    "text",
    [
        "Angela Merkel met Ann Lee. She went home.",
        "Angela Merkel met Theresa May. She went home.",
        "Angela Merkel met a spokeswoman. She went home.",
        "Angela Merkel won. He went home.",
        "Angela Merkel won. The music was loud. She went home.",
        "Angela Merkel wins the vote\nShe went home.",
        "She liked Angela Merkel. She went home.",
        "Angela Merkel won. “She is tired,” they said.",
        "“Angela Merkel is tired,” the minister said. She went home.",
        "A pro-Merkel crowd came for Angela Merkel-style talk. She went home.",
        "Angela Merkel won. They went home.",
    ],
)
def test_what_could_mean_somebody_else_continues_nobody(text):
    assert not continues(text, "angela-merkel")


def test_he_is_not_she():
    text = "Barack Obama met Angela Merkel. She went home. He stayed."
    assert marked(text, "angela-merkel")[1:] == ["+[She] went home."]
    assert marked(text, "barack-obama")[1:] == []


def test_who_set_out_goes_on_though_another_was_named():
    assert marked("Angela Merkel met Ann Lee. She also met the press.", "angela-merkel")[1:] == [
        "+[She] also met the press."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Russia sent ships to Syria. The country is at odds with all.",
        "Ships left Russia. It denied a plan.",
        "Russia sent ships north. It was raining.",
        "Russia sent ships north. She denied a plan.",
    ],
)
def test_a_country_is_continued_only_where_it_is_clear(text):
    assert not continues(text, "russia")


def test_the_president_of_another_country_is_another():
    text = "President Barack Obama won the vote. The president of Ghana went home."
    assert not continues(text, "barack-obama")
    text = "President Barack Obama met President Ann Lee. The president went home."
    assert not continues(text, "barack-obama")


def test_a_title_that_two_bear_describes_neither():
    text = "President Obama hugged President Bill Clinton. The president said Bill Clinton was ready. He left."
    assert not continues(text, "bill-clinton")


def test_without_kinds_only_names_count():
    assert [one.how for one in found("Angela Merkel won. She went home.", kinds_of={})["angela-merkel"]] == ["name"]


# Who says it


def speakers(text: str, actor: str) -> list[str | None]:
    return [passage.speaker for passage in found(text)[actor]]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("NATO met in Oslo.", None),
        ("“NATO is a friend of ours,” Angela Merkel said.", "angela-merkel"),
        ("“NATO is a friend of ours,” said Chancellor Angela Merkel of Germany.", "angela-merkel"),
        ("“NATO is a friend of ours,” Ann Lee said.", ""),
        ("“NATO is a friend of ours,” Angela Merkel’s lawyer said.", ""),
        ("“NATO is a friend of ours,” said a spokesman for Angela Merkel.", ""),
        ("Angela Merkel said that NATO was a friend.", "angela-merkel"),
        ("According to the White House, NATO was a friend.", "white-house"),
        ("Angela Merkel won the vote. “NATO is a friend of ours,” she said.", "angela-merkel"),
        ("President Barack Obama won. “NATO is a friend of ours,” the president said.", "barack-obama"),
        ("Angela Merkel met Ann Lee. “NATO is a friend of ours,” she said.", ""),
        ("Democrats met. “NATO is a friend of ours,” the Ohio Democrat said.", ""),
    ],
)
def test_a_passage_says_who_says_it(text, speaker):
    assert speakers(text, "nato") == [speaker]


def test_every_sentence_of_a_long_quote_has_its_speaker():
    assert speakers("“NATO is old. NATO is rich.\n“NATO is slow,” Angela Merkel said.", "nato") == ["angela-merkel"] * 3


# What the actor says


def test_what_an_actor_says_is_kept_apart_from_what_is_said_about_it():
    (passage,) = found("“We will vote in May,” Angela Merkel said.")["angela-merkel"]
    assert passage.sentence[slice(*passage.span)] == "Angela Merkel"
    assert passage.sentence[slice(*passage.says)] == "We will vote in May,"
    assert passage.speaker is None


def test_reported_speech_is_kept_apart_too():
    (passage,) = found("Angela Merkel said that the vote was lost.")["angela-merkel"]
    assert passage.sentence[slice(*passage.says)] == "the vote was lost."


def test_what_an_actor_says_of_itself_is_not_kept_apart_from_its_own_name():
    # With the stretch left out there would be nothing to score: the name stands at its very beginning, or further in.
    for text in ("She said Angela Merkel would leave.", "She said that in May Angela Merkel would leave."):
        passage = found(f"Angela Merkel won. {text}")["angela-merkel"][-1]
        assert passage.sentence[slice(*passage.span)] == "Angela Merkel"
        assert (passage.says, passage.speaker) == (None, "angela-merkel")


def test_a_sentence_wholly_inside_the_own_quote_is_no_passage():
    text = "“Nobody likes NATO. Angela Merkel is what they like. We won,” Angela Merkel said."
    assert [passage.sentence for passage in found(text)["angela-merkel"]] == ["We won,” Angela Merkel said."]


def test_a_pronoun_that_speaks_continues_the_actor():
    assert marked("Angela Merkel won. “We are glad of it,” she said.", "angela-merkel")[1:] == [
        "+“We are glad of it,” [she] said."
    ]


# Kinds


def test_kinds_tell_men_women_and_bodies_apart():
    assert {key: KINDS[key] for key in ("angela-merkel", "barack-obama", "xi-jinping", "nato", "russia")} == {
        "angela-merkel": "woman",
        "barack-obama": "man",
        "xi-jinping": "person",
        "nato": "organisation",
        "russia": "country",
    }


# Laws

PRESS = st.lists(
    st.sampled_from(
        [
            *(
                "Angela Merkel",
                "Obama",
                "NATO",
                "Russia",
                "Ann Lee",
                "President Obama",
                " said ",
                " she",
                "He",
                "“",
                "”",
            ),
            *(
                ". ",
                ".\n",
                ", ",
                " met ",
                "The president ",
                "The country ",
                "It ",
                " who ",
                "'",
                '"',
                "\n",
                "😀",
                "\u200f",
            ),
        ]
    ),
    max_size=50,
).map(lambda pieces: clean("".join(pieces)))


@given(PRESS)
def test_a_passage_is_a_sentence_and_its_span_lies_within(text):
    cut = sentences(text)
    for actor, own in found(text).items():
        assert [(one.start, one.end) for one in own] == sorted({(one.start, one.end) for one in own}), actor
        for one in own:
            assert (one.start, one.end) in cut
            assert one.sentence == text[one.start : one.end]
            assert 0 <= one.span[0] < one.span[1] <= len(one.sentence)
            if one.says:
                assert 0 <= one.says[0] < one.says[1] <= len(one.sentence)
                assert not one.says[0] <= one.span[0] < one.says[1]


@given(PRESS)
def test_every_named_actor_has_a_passage_or_only_its_own_words(text):
    own = found(text)
    named = {span.actor for span in mentions.find("", text, "en", None, CATALOGUE)}
    assert own.keys() == named
    plain = passages({"text": text}, {"text": sentences(text)}, mentions.find("", text, "en", None, CATALOGUE), {}, {})
    assert all(plain[actor] for actor in named)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NATO",
        "NATO " * 50_000,
        "He met Obama. " * 20_000,
        "The party. Democrats. " * 20_000,
        "“NATO,” he said. " * 20_000,
        "Obama said that " * 20_000,
        "Obama\u200f met 😀. He " * 20_000,
    ],
)
def test_hostile_text_ends(text):
    assert isinstance(found(clean(text)), dict)
