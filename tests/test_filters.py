"""What the analyst looks at can be said in words, and read back from them."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import DEFAULT, load
from data.filters import FIRST_DAY, LAST_DAY, UNDETERMINED, Filters, check, from_words, to_words

words = st.text(min_size=1, max_size=12).map(str.strip).filter(bool)
several = st.lists(words, max_size=3, unique=True).map(tuple)
days = st.lists(st.dates(FIRST_DAY, LAST_DAY), max_size=2).map(sorted)
tones = st.lists(st.floats(-1, 1), max_size=2).map(sorted)


@st.composite
def any_filters(draw: st.DrawFn) -> Filters:
    day, tone = draw(days), draw(tones)
    return Filters(
        **{name: draw(several) for name in ("actors", "outlets", "panels", "languages", "topics", "stories")},
        from_day=day[0] if day else None,
        to_day=day[1] if len(day) > 1 else None,
        search=draw(st.one_of(st.just(""), words)),
        tone_from=tone[0] if tone else None,
        tone_to=tone[1] if len(tone) > 1 else None,
        copies=draw(st.booleans()),
    )


@given(any_filters())
def test_words_and_filters_are_inverse(filters: Filters) -> None:
    assert from_words(to_words(filters)) == (filters, [])


@given(
    st.dictionaries(st.sampled_from(["actor", "from", "to", "tone-from", "tone-to", "no-copies"]), st.lists(st.text()))
)
def test_any_words_are_read_or_named(given_words: dict[str, list[str]]) -> None:
    filters, _ = from_words(given_words)
    assert from_words(to_words(filters)) == (filters, [])


def test_filters_that_narrow_nothing_have_no_words() -> None:
    assert to_words(Filters()) == {}


def test_the_words_are_those_of_the_contract() -> None:
    filters = Filters(
        ("nato",), ("bbc",), ("nordic",), ("en",), ("politics",), ("s1",), date(2024, 10, 1), date(2024, 10, 31)
    )
    assert to_words(filters) == {
        "actor": ["nato"],
        "outlet": ["bbc"],
        "panel": ["nordic"],
        "language": ["en"],
        "topic": ["politics"],
        "story": ["s1"],
        "from": ["2024-10-01"],
        "to": ["2024-10-31"],
    }
    assert to_words(Filters(search="oslo", tone_from=-0.5, tone_to=0.0, copies=False)) == {
        "search": ["oslo"],
        "tone-from": ["-0.5"],
        "tone-to": ["0.0"],
        "no-copies": ["1"],
    }


@pytest.mark.parametrize(
    ("given_words", "problem"),
    [
        ({"from": ["1 October"]}, "from=1 October is no day. Write it as YYYY-MM-DD, such as 2024-10-01."),
        ({"to": ["2024-02-30"]}, "to=2024-02-30 is no day of the calendar."),
        ({"from": ["0001-01-01"]}, "from=0001-01-01 lies outside 1900-01-01 to 2199-12-31."),
        (
            {"from": ["2024-10-02"], "to": ["2024-10-01"]},
            "to=2024-10-01 lies before from=2024-10-02. Swap the two days.",
        ),
        ({"tone-from": ["nan"]}, "tone-from=nan is no tone. Write a number from -1 to 1, such as -0.05."),
        ({"tone-from": ["0.5"], "tone-to": ["0"]}, "tone-to=0 is less than tone-from=0.5. Swap the two."),
    ],
)
def test_a_value_that_means_nothing_is_named_and_left_out(given_words: dict[str, list[str]], problem: str) -> None:
    assert from_words(given_words) == (Filters(), [problem])


def test_words_that_are_no_filters_are_passed_over() -> None:
    assert from_words({"page": ["2"], "actor": ["nato", " nato ", ""]}) == (Filters(actors=("nato",)), [])


def test_a_bare_no_copies_leaves_copies_out() -> None:
    assert from_words({"no-copies": [""]})[0].copies is False
    assert from_words({"no-copies": ["0"]})[0].copies is True


CATALOGUE = load(DEFAULT)


def test_unknown_keys_are_named_with_the_nearest() -> None:
    filters = Filters(actors=("natto",), outlets=("local-paper",), panels=("baltic",), topics=("politics", "sanction"))
    actor, outlet, panel, topic = check(filters, CATALOGUE)
    assert actor == 'actor "natto" is not known. Did you mean nato?'
    assert outlet.startswith('outlet "local-paper" is not known. Known are, for example: ')
    assert panel == 'panel "baltic" is not known. Did you mean nordic-baltic?'
    assert topic == 'topic "sanction" is not known. Did you mean sanctions?'


def test_an_outlet_that_occurs_in_the_archive_is_known() -> None:
    assert check(Filters(outlets=("local-paper", "bbc")), CATALOGUE, ["local-paper"]) == []


def test_a_language_is_a_code() -> None:
    assert check(Filters(languages=("en", UNDETERMINED)), CATALOGUE) == []
    assert check(Filters(languages=("English",)), CATALOGUE) == [
        'language "English" is no code. Write two letters of ISO 639-1, such as en or de.'
    ]


def test_a_panel_stands_for_its_outlets_beside_those_that_are_named() -> None:
    filters = Filters(outlets=("bbc",), panels=("caucasus",), topics=("medtop:11000000",)).resolved(CATALOGUE)
    assert filters == Filters(outlets=("bbc", "civil-ge", "oc-media"), topics=("politics",))


def test_an_unknown_panel_shows_nothing_rather_than_everything() -> None:
    assert ROWS.filter(Filters(panels=("asia",)).resolved(CATALOGUE).mentions()).is_empty()


def test_a_panel_that_is_not_resolved_is_refused_rather_than_ignored() -> None:
    with pytest.raises(ValueError, match="not resolved"):
        Filters(panels=("nordic",)).mentions()


ROWS = pl.DataFrame(
    {
        "actor": ["nato", "nato", "ukraine", "nato"],
        "outlet": ["bbc", "yle", "bbc", "dr"],
        "language": ["en", "fi", "en", None],
        "day": [date(2024, 10, 1), date(2024, 10, 2), date(2024, 10, 3), None],
        "tone": [0.5, -0.5, None, 0.0],
        "story": ["s1", "s1", "s2", "s3"],
        "is_copy": [False, True, False, False],
        "topics": [["politics"], ["politics", "sport"], [], ["sport"]],
    }
)


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        (Filters(), [0, 1, 2, 3]),
        (Filters(actors=("ukraine",)), [2]),
        (Filters(actors=("ukraine", "nato")), [0, 1, 2, 3]),
        (Filters(outlets=("bbc",)), [0, 2]),
        (Filters(languages=(UNDETERMINED,)), [3]),
        (Filters(languages=("fi", UNDETERMINED)), [1, 3]),
        (Filters(topics=("sport", "nothing")), [1, 3]),
        (Filters(stories=("s1",)), [0, 1]),
        (Filters(from_day=date(2024, 10, 2)), [1, 2]),
        (Filters(to_day=date(2024, 10, 2)), [0, 1]),
        (Filters(tone_from=0.0), [0, 3]),
        (Filters(tone_to=-0.1), [1]),
        (Filters(copies=False), [0, 2, 3]),
        (Filters(actors=("nato",), topics=("sport",), copies=False), [3]),
    ],
)
def test_each_filter_narrows_the_mentions(filters: Filters, rows: list[int]) -> None:
    assert ROWS.with_row_index("row").filter(filters.mentions())["row"].to_list() == rows


def test_the_denominator_knows_nothing_of_actors_topics_and_tones() -> None:
    filters = Filters(actors=("x",), topics=("x",), stories=("x",), tone_from=0.9, outlets=("bbc", "yle"))
    assert ROWS.filter(filters.articles()).height == 3


@pytest.mark.parametrize(
    ("written", "meant"), [("NATO", "nato"), ("otan", "nato"), ("trump", "donald-trump"), ("Joe Biden", "joe-biden")]
)
def test_a_name_in_the_place_of_a_key_is_answered_with_the_key(written: str, meant: str) -> None:
    (problem,) = check(Filters(actors=(written,)), CATALOGUE)
    assert meant in problem
