"""The search grammar: what a query asks for, and what is said about one that cannot be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.grammar import (
    DEEPEST,
    FARTHEST,
    All,
    AnyOf,
    Fact,
    Near,
    Not,
    Query,
    QueryError,
    Term,
    facts,
    holds,
    parse,
    places,
    split,
    term,
    terms,
    times_near,
    wanted,
)


def finds(query: str, text: str) -> bool:
    words = split(text)

    def present(asked: Term | Near) -> bool:
        if isinstance(asked, Near):
            return times_near(asked, words) > 0
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
        ("orban", "ORBÁN", "Orbach"),
        ("Orbán", "Orban", "Orb"),
        ("ΟΔΟΣ", "οδός", "οδ"),
        ("“black sea”", "Black Sea", "sea, black"),
        ("12:30", "at 12:30", "at 30:12"),
        ("Title:", "the title", "text"),
        ("re:invent", "re-invent", "invent"),
        ("arms NEAR/2 aid", "Aid and arms.", "Aid in food and arms"),
        ("arms NEAR/1 aid", "arms aid", "arms and aid"),
        ("aid NEAR arms", "Aid a b c d e f g h i arms", "Aid a b c d e f g h i j arms"),
        ('"black sea" NEAR/3 (grain OR wheat*)', "Wheat for the Black Sea", "Wheat sown far from the Black Sea"),
        ("aid NEAR/3 aid*", "aid, more aid", "aid"),
        ("arms NEAR/3 aid NEAR/3 talks", "arms or aid or talks", "arms or aid, and no further talks"),
        ("x NOT arms NEAR/3 aid", "x arms", "x arms aid"),
        ("arms near aid", "aid near arms", "arms aid"),
    ],
)
def test_a_query_finds_what_it_asks_for(query, found, not_found):
    assert finds(query, found)
    assert not finds(query, not_found)


def test_a_query_is_a_tree():
    assert parse('a OR (b NOT "c d*")') == AnyOf(
        (Term(("a",)), All((Term(("b",)), Not(Term(("c", "d"), open_end=True)))))
    )


def test_fields_say_where_words_stand_and_what_is_known():
    query = parse('title:("black sea" OR grain*) outlet:(bbc OR NPR) NOT tone > -0.25 date>=2024-10 text:nato')
    assert query == All(
        (
            AnyOf((Term(("black", "sea"), where="title"), Term(("grain",), open_end=True, where="title"))),
            AnyOf((Fact("outlet", ":", "bbc"), Fact("outlet", ":", "npr"))),
            Not(Fact("tone", ">", "-0.25")),
            Fact("date", ">=", "2024-10"),
            Term(("nato",), where="text"),
        )
    )
    assert [fact.position for fact in facts(query)] == [38, 45, 61, 73]
    assert parse("title:a NEAR/3 title:b") == Near((Term(("a",), where="title"),), (Term(("b",), where="title"),), 3)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-12", "2023-12-01", "2023-12-31"),
        ("2024-10-05", "2024-10-05", "2024-10-05"),
    ],
)
def test_a_date_is_a_day_a_month_or_a_year(written, first, last):
    assert [day.isoformat() for day in parse(f"date:{written}").days] == [first, last]


def test_where_words_alone_are_asked_for_a_field_is_refused():
    with pytest.raises(QueryError, match="words alone"):
        parse("nato title:oslo", fields=False)
    assert parse("nato", fields=False) == Term(("nato",))


def test_terms_under_not_do_not_speak_for_a_text():
    query = parse("a (b OR NOT c)")
    assert list(wanted(query)) == [Term(("a",)), Term(("b",))]
    assert list(terms(query)) == [Term(("a",)), Term(("b",)), Term(("c",))]


def test_what_stands_near_each_other_is_counted_by_the_first():
    words = split("Grain, grain and the Black Sea. Much later there was: grain.")
    assert times_near(Near((Term(("grain",)),), (Term(("black", "sea")),), 4), words) == 2
    assert times_near(Near((Term(("black", "sea")),), (Term(("grain",)),), 4), words) == 1
    assert places(Term(("the", "bl"), open_end=True), words) == [3]


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
        ("NEAR aid", 0, "missing"),
        ("arms NEAR", 9, "missing"),
        ("arms NEAR/0 aid", 5, "no distance"),
        (f"arms NEAR/{FARTHEST + 1} aid", 5, "no distance"),
        ("arms NEAR/" + "9" * 5_000, 5, "no distance"),
        ("arms NEAR (aid food)", 5, "between words"),
        ("(NOT arms) NEAR aid", 11, "between words"),
        ("(" * 99, DEEPEST + 1, "deeper"),
        ("nato titel:x", 5, "Did you mean title"),
        ("nato outlets:x", 5, "Did you mean outlet"),
        ("outlet:", 7, "missing"),
        ("outlet:OR", 7, "missing"),
        ('outlet:""', 7, "missing"),
        ("outlet>bbc", 0, "cannot be asked for"),
        ("tone:0.3", 0, "tone>0.2"),
        ("tone>much", 5, "no tone"),
        ("tone>1.5", 5, "no tone"),
        ("date:2024-13", 5, "no date"),
        ("date:2023-02-29", 5, "no date"),
        ("date:yesterday", 5, "no date"),
        ("language:English", 9, "no language"),
        ("title:(nato text:x)", 12, "within title"),
        ("nato NEAR outlet:bbc", 5, "between words"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(query, position, says):
    with pytest.raises(QueryError, match=says) as raised:
        parse(query)
    assert raised.value.position == position


PIECES = ["title:", "date>=", "tone<", "outlet:", "2024-02", "-.5", "AND", "NEAR/3", "NOT ", *'ab"()* ORNTEA/1-']


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(max_size=30))
def test_any_text_is_a_query_or_a_query_error(text):
    position = 0
    try:
        query = parse(text)
        asked = [*terms(query), *facts(query)]
    except QueryError as error:
        asked, position = [Term((error.message,))], error.position
    assert asked
    assert 0 <= position <= len(text)


def written(query: Query) -> str:
    match query:
        case Term(words, open_end):
            return f'"{" ".join(words)}{"*" if open_end else ""}"'
        case Near(ones, others, within):
            return f"({written(AnyOf(ones))}) NEAR/{within} ({written(AnyOf(others))})"
        case Not(part):
            return f"NOT ({written(part)})"
        case All(parts):
            return " AND ".join(f"({written(part)})" for part in parts)
        case AnyOf(parts):
            return " OR ".join(f"({written(part)})" for part in parts)


WORD = st.text("abc", min_size=1, max_size=3)
TERMS = st.builds(Term, st.lists(WORD, min_size=1, max_size=2).map(tuple), st.booleans())
SIDES = st.lists(TERMS, min_size=1, max_size=3).map(tuple)
QUERIES = st.recursive(
    TERMS | st.builds(Near, SIDES, SIDES, st.integers(1, FARTHEST)),
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


@given(SIDES, SIDES, st.integers(1, 5), st.lists(WORD, max_size=12))
def test_near_is_near_in_either_order_and_wider_finds_no_less(ones, others, within, words):
    there = times_near(Near(ones, others, within), words) > 0
    assert there == (times_near(Near(others, ones, within), words) > 0)
    assert there == (times_near(Near(ones, others, within), words[::-1]) > 0) or any(
        len(one.words) > 1 for one in (*ones, *others)
    )
    assert times_near(Near(ones, others, within + 1), words) >= times_near(Near(ones, others, within), words)


@given(st.text(max_size=40))
def test_folding_is_done_once_for_all(text):
    assert split(" ".join(split(text))) == split(text)
    assert all(word.isspace() is False and " " not in word for word in split(text))
