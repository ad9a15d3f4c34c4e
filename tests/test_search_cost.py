"""A search that would hold up the machine is refused, with what to narrow, before and while it is looked up."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import polars as pl
import pytest

import newsgauge
from data import grammar, index, search, search_cost
from data.archive import open_archive
from data.grammar import QueryError, Term
from data.search_cost import MOST_ENTRIES, Deadline, check, cost
from tests.browser.newsroom import newsroom
from tests.test_breaks import notes, opened


def entries(asked: Term, place: str) -> int:
    """An index in which each word stands in 10 titles and 100 texts, and 50 times as many words begin alike."""
    return {"title": 10, "text": 100}[place] * (50 if asked.open_end else 1)


@pytest.mark.parametrize(
    ("query", "reads"),
    [
        ("nato", 110),
        ("title:nato", 10),
        ("sanction*", 5_500),
        ("nato OR ukraine NOT russia", 330),
        ('"black sea"', 1_100),  # each at ten times the cost
        ("grain NEAR/5 odesa", 4_400),  # two words, in two orders
        ("nato NEAR/5 nato", 22_000),  # at each of five distances
        ("title:nato NEAR/5 odesa", 400),
        ("nato* NEAR/5 odesa", 112_200),  # both are read where one has any ending
        ("(a OR b) NEAR/2 (c OR d)", 17_600),
        ("outlet:bbc", 0),
    ],
)
def test_the_cost_of_a_query_is_what_is_read_for_it(query: str, reads: int) -> None:
    assert cost(grammar.parse(query), entries) == reads


@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ("a* NEAR/99 a*", "Write fewer alternatives, more letters before each * or smaller numbers after NEAR/."),
        ("the NEAR/99 the", "Write fewer alternatives or smaller numbers after NEAR/."),
        ("a* OR b*", "Write fewer alternatives or more letters before each *."),
        ("the OR of", "Write fewer alternatives."),
    ],
)
def test_a_search_that_reads_too_much_is_refused_with_what_to_narrow(query: str, advice: str) -> None:
    with pytest.raises(QueryError) as refused:
        check(grammar.parse(query), lambda asked, place: MOST_ENTRIES // 3)
    assert refused.value.message == f"This search would take too long. {advice}"


def test_a_search_of_many_pairs_is_refused_without_counting_any() -> None:
    side = " OR ".join(f"word{number}" for number in range(50))

    def never(asked: Term, place: str) -> int:
        raise AssertionError(asked)

    with pytest.raises(QueryError, match="would take too long"):
        check(grammar.parse(f"({side}) NEAR/3 ({side})"), never)


def test_the_limit_is_on_the_whole_query_and_not_on_each_part() -> None:
    part = cost(grammar.parse("a* NEAR/5 b*"), entries)
    times = MOST_ENTRIES // part
    check(grammar.parse(" ".join(["a* NEAR/5 b*"] * times)), entries)
    with pytest.raises(QueryError, match="would take too long"):
        check(grammar.parse(" ".join(["a* NEAR/5 b*"] * (times + 1))), entries)


def ticking(seconds: float) -> Callable[[], float]:
    """A clock on which so much time has gone each time that it is looked at."""
    ticks = count()
    return lambda: next(ticks) * seconds


def test_reading_texts_for_a_query_ends_at_its_deadline() -> None:
    query = grammar.parse("rain NEAR/5 oslo")
    texts = pl.DataFrame({"id": ["a", "b", "c"], "title": [""] * 3, "text": ["Rain in Oslo."] * 3})
    rows = search.prepared(texts)
    assert search.plainly(query, rows, Deadline(query, 3, ticking(0.1)))["article_id"].to_list() == ["a", "b", "c"]
    with pytest.raises(QueryError) as refused:
        search.plainly(query, rows, Deadline(query, 3, ticking(0.5)))
    advice = "Write fewer alternatives or smaller numbers after NEAR/."
    assert refused.value.message == f"This search takes too long. {advice}"


def test_many_texts_have_more_time() -> None:
    query = grammar.parse("rain")
    assert Deadline(query, 10, lambda: 0.0).end == search_cost.SECONDS
    assert Deadline(query, 50_000, lambda: 0.0).end == 10 * search_cost.SECONDS


#: More pairs than are looked up, whatever the archive holds.
COSTLY = " NEAR/3 ".join([f"({' OR '.join(f'word{number}' for number in range(50))})"] * 2)


def test_a_costly_search_is_a_wrong_word_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    newsroom(tmp_path / "archive")
    index.catch_up(open_archive(str(tmp_path / "archive")), lambda *_: None)
    done = newsgauge.main(["export", "articles", "--archive", str(tmp_path / "archive"), "--search", COSTLY])
    assert done == 2
    assert "This search would take too long. Write fewer alternatives or smaller" in capsys.readouterr().err


@pytest.mark.parametrize("page", ["overview", "articles", "actor", "compare", "outlets", "stories"])
def test_a_costly_search_is_told_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    newsroom(tmp_path / "archive")
    index.catch_up(open_archive(str(tmp_path / "archive")), lambda *_: None)
    shown = opened(str(tmp_path / "archive"), monkeypatch, page, search=COSTLY, period="all")
    assert "This search would take too long. Write fewer alternatives or smaller" in " ".join(notes(shown))
