"""Who says what: the usual constructions of the press, each as a reader would take it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.quotes import Quote, quotes
from ingest.text import clean, sentences


def said(text: str) -> list[tuple[str, str | None]]:
    """The direct quotes of a text with the speaker's words."""
    return [told for told, direct in _all(text) if direct]


def reported(text: str) -> list[tuple[str, str | None]]:
    return [told for told, direct in _all(text) if not direct]


def _all(text: str) -> list[tuple[tuple[str, str | None], bool]]:
    return [
        ((text[quote.start : quote.end], text[slice(*quote.speaker)] if quote.speaker else None), quote.direct)
        for quote in quotes(text, sentences(text))
    ]


# Direct speech


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"We will vote in May," Berg said.', [("We will vote in May,", "Berg")]),
        ("“We will vote in May,” said Jan Berg, the mayor.", [("We will vote in May,", "Jan Berg")]),
        ("Berg said: “We will vote in May.”", [("We will vote in May.", "Berg")]),
        ("Berg, who chairs the council, said, “We will vote.”", [("We will vote.", "Berg")]),
        ("Sen. Jan Berg (R-Ohio) told reporters: “We will vote.”", [("We will vote.", "Sen. Jan Berg")]),
        ("“We will vote in May,” Sen. Jan Berg of Ohio said.", [("We will vote in May,", "Sen. Jan Berg")]),
        ("“We will vote in May,” council member Jan Berg said Monday.", [("We will vote in May,", "Jan Berg")]),
        ("“We will vote in May,” the president said.", [("We will vote in May,", "the president")]),
        ("“We will vote in May,” she added.", [("We will vote in May,", "she")]),
        ("“Will they vote?” Berg asked.", [("Will they vote?", "Berg")]),
        ("“No,” Berg replied.", [("No,", "Berg")]),
        ("Berg tweeted, “We will vote in May!”", [("We will vote in May!", "Berg")]),
        ("Berg defended the plan, saying “we have nothing to hide here.”", [("we have nothing to hide here.", "Berg")]),
        ("Berg: 'We will vote in May'", [("We will vote in May", "Berg")]),
        ("Berg called the plan “a gift to all of us.”", [("a gift to all of us.", "Berg")]),
    ],
)
def test_a_quote_has_its_speaker(text, expected):
    assert said(text) == expected


def test_a_split_quote_has_one_speaker():
    text = "“We will vote,” said Jan Berg, the mayor, “and we will win it.” “Nobody doubts it.”"
    assert said(text) == [
        ("We will vote,", "Jan Berg"),
        ("and we will win it.", "Jan Berg"),
        ("Nobody doubts it.", "Jan Berg"),
    ]


def test_a_quote_goes_on_behind_its_attribution():
    text = "“We will vote,” Berg said. “Nobody doubts it.”"
    assert said(text) == [("We will vote,", "Berg"), ("Nobody doubts it.", "Berg")]


def test_a_quote_runs_over_sentences_and_paragraphs_until_it_is_closed():
    text = "“We came first. We saw it.\n“We voted.\n“We won,” Berg added.\nShe slept."
    assert said(text) == [("We came first. We saw it.\n“We voted.\n“We won,", "Berg")]


def test_a_paragraph_of_nothing_but_speech_goes_on_with_the_same_speaker():
    assert said("“We won the vote,” Berg said.\n“We are glad of it.”")[1] == ("We are glad of it.", "Berg")
    assert said("“We won the vote,” Berg said.\n“We are glad of it” was heard a lot.")[1][1] is None


def test_the_sentence_before_tells_who_speaks():
    text = "Berg was short with the council and warned its members. “It is over for all of us.”"
    assert said(text) == [("It is over for all of us.", "Berg")]


def test_without_a_closing_mark_a_quote_ends_with_its_paragraph():
    assert said("Berg said: “We will vote in May.\nThe council met.") == [("We will vote in May.", "Berg")]


def test_an_attribution_without_anything_said_is_no_quote():
    assert quotes("according to Berg", [(0, 17)]) == []


def test_nobody_is_made_up_where_the_text_names_no_speaker():
    assert said("The banner read on for all to see. “We shall not go home tonight.”") == [
        ("We shall not go home tonight.", None)
    ]


# What is no quote


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “people’s house” is open.",
        "He reads “The Sound of Distant Thunder” to the class.",
        "A 12\" pipe and a 6'2\" man, and that's all.",
        "The senators' room isn't the mayors' room.",
        "It was the '90s, rock 'n' roll and all.",
    ],
)
def test_scare_quotes_titles_inches_and_apostrophes_are_no_quotes(text):
    assert said(text) == []


def test_inches_within_a_quote_do_not_end_it():
    assert said('"He is 6\'2" in his shoes," Berg said.') == [("He is 6'2\" in his shoes,", "Berg")]


def test_a_quote_within_a_quote_belongs_to_the_outer_one():
    text = "“They told me ‘go home’ and I didn’t,” Berg said."
    assert said(text) == [("They told me ‘go home’ and I didn’t,", "Berg")]


# The speaker's words


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("A spokesman for Berg said the vote was lost.", "A spokesman"),
        ("Berg’s lawyer said the vote was lost.", "lawyer"),
        ("Berg’s lawyer Ann Lee said the vote was lost.", "Ann Lee"),
        ("The White House said Monday the vote was lost.", "The White House"),
        ("On Monday, former Mayor Jan Berg said the vote was lost.", "Mayor Jan Berg"),
        ("Berg has also said the vote was lost.", "Berg"),
        ("But officials say the vote was lost.", "officials"),
    ],
)
def test_the_speaker_is_the_head_of_the_subject(text, speaker):
    assert reported(text)[0][1] == speaker


def test_what_hangs_on_a_name_makes_another_speaker():
    assert said("“The vote is lost,” says Iran expert Jan Berg.") == [("The vote is lost,", "Jan Berg")]
    assert said("“The vote is lost,” said a Labour lawmaker.") == [("The vote is lost,", "a Labour lawmaker")]


@pytest.mark.parametrize(
    "text", ["Berg is said to like it.", "Berg was told that it failed.", "Berg never said that it failed."]
)
def test_who_is_spoken_of_does_not_speak(text):
    assert reported(text) == []


# Reported speech


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Berg told reporters on Friday that the vote was lost.", ("the vote was lost.", "Berg")),
        ("Berg said the vote was lost.", ("the vote was lost.", "Berg")),
        ("According to Jan Berg, the vote was lost.", ("the vote was lost.", "Jan Berg")),
        ("The vote was lost, according to Berg.", ("The vote was lost,", "Berg")),
        ("The vote was lost, Berg said on Monday.", ("The vote was lost,", "Berg")),
        ("Berg met the council, adding that the vote was lost.", ("the vote was lost.", "Berg")),
    ],
)
def test_reported_speech_has_its_speaker(text, expected):
    assert reported(text) == [expected]


def test_a_quote_may_lie_within_reported_speech():
    text = "Berg said the plan was “a gift to all of us” and had to pass."
    assert quotes(text, sentences(text)) == [
        Quote(10, 61, (0, 4), direct=False),
        Quote(24, 43, (0, 4), direct=True),
    ]


def test_a_claim_to_a_thing_is_no_speech():
    assert reported("China claims almost the entire sea. The mayor maintains a park of old trees.") == []


def test_reported_speech_and_its_occasion_are_told_apart():
    assert reported("Berg said last month at a fair in Oslo.") == []
    assert reported("On Sunday, however, Berg said: “We will vote.”") == []


# Laws

PRESS = st.lists(
    st.sampled_from(
        [
            *(
                "“",
                "”",
                '"',
                "'",
                "‘",
                "’",
                " said ",
                " Berg",
                " she",
                " according to ",
                ", ",
                ". ",
                "\n",
                " that ",
                " the",
            ),
            *(" mayor", " who", " (R-Ohio)", " saying ", "We", " will", " vote", " —", "6'2\"", "\u202e", "😀"),
        ]
    ),
    max_size=60,
).map(lambda pieces: clean("".join(pieces)))


@given(st.one_of(PRESS, st.text(max_size=300).map(clean)))
def test_quotes_lie_in_the_text_in_order_and_direct_ones_never_overlap(text):
    found = quotes(text, sentences(text))
    assert found == sorted(found, key=lambda quote: (quote.start, -quote.end))
    assert all(0 <= quote.start < quote.end <= len(text) for quote in found)
    assert all(text[slice(*quote.speaker)].strip() for quote in found if quote.speaker)
    direct = [quote for quote in found if quote.direct]
    assert all(one.end <= other.start for one, other in pairwise(direct))


@given(PRESS)
def test_a_speaker_never_speaks_within_the_own_quote(text):
    for quote in quotes(text, sentences(text)):
        if quote.direct and quote.speaker:
            assert quote.speaker[1] <= quote.start or quote.speaker[0] >= quote.end


@pytest.mark.parametrize(
    "text",
    [
        "",
        "“" * 100_000,
        "'a " * 100_000,
        " said" * 100_000,
        "Berg said " * 50_000,
        "😀" * 200_000,
        ", who " * 50_000 + " said",
        "“a” " * 50_000,
    ],
)
def test_hostile_text_ends(text):
    cleaned = clean(text)
    assert isinstance(quotes(cleaned, sentences(cleaned)), list)
