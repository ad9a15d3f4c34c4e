"""The search grammar: what a query asks for, and what is said about one that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.grammar import DEEPEST, All, AnyOf, Not, Query, QueryError, Term, holds, parse, split, term, terms, wanted


def finds(query: str, text: str) -> bool:
    words = split(text)

    def present(asked: Term) -> bool:
        size = len(asked.words)
        stretches = [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
        if asked.open_end:
            return any(s[:-1] == asked.words[:-1] and s[-1].startswith(asked.words[-1]) for s in stretches)
        return asked.words in stretches

    return holds(parse(query), present)


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("nato", "NATO met.", "Senator met."),
        ("nato oslo", "In Oslo NATO met.", "NATO met."),
        ("nato AND oslo", "In Oslo NATO met.", "Oslo"),
        ("nato OR oslo", "Oslo", "Rome"),
        ("nato NOT oslo", "NATO met in Rome", "NATO met in Oslo"),
        ("sanction*", "New sanctions", "assanction"),
        ('"frozen assets"', "the Frozen  assets.", "assets are frozen"),
        ('"peace talk*"', "peace talks", "peace. We talk, talk"),
        ("cease-fire", "a cease fire", "fire and cease"),
        ("(a OR b) c", "b c", "a b"),
        ("a OR b c", "a", "b"),
        ("NOT (a OR b)", "c", "b"),
        ("NOT NOT a", "a", "b"),
        ("or", "this or that", "this"),
        ("ORlando", "Orlando", "or"),
        ("київ", "Київ", "Kyiv"),
    ],
)
def test_a_query_finds_what_it_asks_for(query, found, not_found):
    assert finds(query, found)
    assert not finds(query, not_found)


def test_a_query_is_a_tree():
    assert parse('a OR (b NOT "c d*")') == AnyOf(
        (Term(("a",)), All((Term(("b",)), Not(Term(("c", "d"), open_end=True)))))
    )


def test_terms_under_not_do_not_speak_for_a_text():
    query = parse("a (b OR NOT c)")
    assert list(wanted(query)) == [Term(("a",)), Term(("b",))]
    assert list(terms(query)) == [Term(("a",)), Term(("b",)), Term(("c",))]


@pytest.mark.parametrize(
    ("query", "position", "says"),
    [
        ("", 0, "missing"),
        ("nato OR", 7, "missing"),
        ("nato OR OR oslo", 8, "missing"),
        ("(nato", 0, "never closed"),
        ("nato) oslo", 4, "closes no bracket"),
        ('nato "oslo', 5, "never closed"),
        ("nato *", 5, "no letter"),
        ('""', 0, "no letter"),
        ("NOT", 3, "missing"),
        ("(" * 99, DEEPEST + 1, "deeper"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(query, position, says):
    with pytest.raises(QueryError, match=says) as raised:
        parse(query)
    assert raised.value.position == position


@given(st.text(st.sampled_from('ab"()* ORNT-'), max_size=30) | st.text(max_size=30))
def test_any_text_is_a_query_or_a_query_error(text):
    position = 0
    try:
        asked = list(terms(parse(text)))
    except QueryError as error:
        asked, position = [Term((error.message,))], error.position
    assert asked
    assert 0 <= position <= len(text)


def written(query: Query) -> str:
    match query:
        case Term(words, open_end):
            return f'"{" ".join(words)}{"*" if open_end else ""}"'
        case Not(part):
            return f"NOT ({written(part)})"
        case All(parts):
            return " AND ".join(f"({written(part)})" for part in parts)
        case AnyOf(parts):
            return " OR ".join(f"({written(part)})" for part in parts)


WORD = st.text("abc", min_size=1, max_size=3)
QUERIES = st.recursive(
    st.builds(Term, st.lists(WORD, min_size=1, max_size=2).map(tuple), st.booleans()),
    lambda inner: st.one_of(
        st.builds(Not, inner.filter(lambda part: not isinstance(part, Not))),
        st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(QUERIES)
def test_a_written_query_reads_as_it_was_meant(query):
    assert parse(written(query)) == query


def test_a_term_without_letters_is_none():
    assert term("--") is None
    assert term("U.N.") == Term(("u", "n"))
