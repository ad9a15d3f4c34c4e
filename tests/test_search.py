"""A search finds what its query means, to the article, whether the index holds the article or not."""

import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import broad, grammar, index, schema, search
from data.archive import Archive, open_archive
from data.grammar import All, AnyOf, Fact, Near, Not, Query, QueryError, Term
from data.index import IndexFault
from tests.conftest import article, mention, moment, reading

Row = dict[str, Any]


def stored(archive: Archive, rows: list[Row], batch: str) -> None:
    """Append articles of `id, title, text`, and of what else is known of them."""
    archive.append(
        pl.concat([article(**{k: v for k, v in row.items() if k in schema.ARTICLES}) for row in rows]),
        pl.concat(
            [
                reading(
                    article_id=row["id"],
                    **{
                        k: row[k]
                        for k in ("version", "outlet", "language", "published_at", "topics", "tone")
                        if k in row
                    },
                )
                for row in rows
            ]
        ),
        pl.concat(
            [schema.empty("mentions")]
            + [mention(article_id=row["id"], actor=actor) for row in rows for actor in row.get("actors", [])]
        ),
        schema.empty("fetches"),
        batch,
    )


def number(n: int) -> str:
    return f"{n * 0x1234567890ABCD % 2**64:016x}"


def ids(archive: Archive, query: str, most: int | None = None) -> list[str]:
    return sorted(search.found(search.opened(archive, most), query)["article_id"])


@pytest.fixture
def empty(tmp_path: Path) -> Archive:
    return open_archive(str(tmp_path / "archive"), create=True)


# --- what a query means, held against the plainest account of it


def holds(query: Query, row: Row) -> bool:
    """The grammar's own account of a query, of one article."""
    words = {"title": grammar.split(row["title"] or ""), "text": grammar.split(row["text"] or "")}

    def present(leaf: grammar.Leaf) -> bool:
        if isinstance(leaf, Term):
            return any(grammar.places(leaf, words[place]) for place in words if leaf.where in ("", place))
        if isinstance(leaf, Near):
            return any(
                grammar.times_near(
                    Near(
                        tuple(one for one in leaf.terms if one.where in ("", place)),
                        tuple(one for one in leaf.others if one.where in ("", place)),
                        leaf.within,
                    ),
                    words[place],
                )
                for place in words
            )
        return known(leaf, row)

    return grammar.holds(query, present)


def known(fact: Fact, row: Row) -> bool:
    if fact.field in ("actor", "topic"):
        return fact.value in row[f"{fact.field}s"]
    if fact.field in ("outlet", "language"):
        return fact.value == (row[fact.field] or "und")
    if fact.field == "tone":
        return row["tone"] is not None and eval(f"{row['tone']} {fact.operator} {fact.value}")  # noqa: S307
    if row["published_at"] is None:
        return False
    day, (first, last) = row["published_at"].date(), fact.days
    return {
        ":": first <= day <= last,
        "<": day < first,
        "<=": day <= last,
        ">": day > last,
        ">=": day >= first,
    }[fact.operator]


VOCABULARY = ["a", "b", "ab", "abc", "bc", "Ábc", "ORBÁN", "orban", "київ", "c_1", "7", "ﬁn", "x" * 300]
BETWEEN = [" ", " ", " ", "-", "’", " … ", "\n", ". "]


def some_text(chance: random.Random, most: int) -> str:
    return "".join(chance.choice(VOCABULARY[:-1]) + chance.choice(BETWEEN) for _ in range(chance.randint(0, most)))


def some_row(chance: random.Random, n: int, version: int = 1) -> Row:
    day = date(2024, chance.randint(1, 3), chance.randint(1, 28))
    at = moment(day.isoformat()) if chance.random() > 0.1 else None
    return {
        "id": number(n),
        "version": version,
        "title": some_text(chance, 4),
        "text": None if chance.random() < 0.05 else some_text(chance, 14) + chance.choice(VOCABULARY),
        "outlet": chance.choice(["bbc", "yle"]),
        "language": chance.choice(["en", "fi", None]),
        "published_at": at,
        "topics": chance.sample(["politics", "sport"], chance.randint(0, 2)),
        "tone": chance.choice([None, -0.5, 0.0, 0.25]),
        "actors": chance.sample(["nato", "ukraine"], chance.randint(0, 2)),
        "text_hash": f"{n}-{version}",
    }


WORDS = st.sampled_from(["a", "b", "ab", "abc", "bc", "orban", "київ", "c_1", "7", "fin", "zz", "x" * 200])
TERMS = st.builds(
    Term, st.lists(WORDS, min_size=1, max_size=3).map(tuple), st.booleans(), st.sampled_from(["", "", "title", "text"])
)
SIDES = st.lists(TERMS, min_size=1, max_size=2).map(tuple)
FACTS = st.one_of(
    st.sampled_from(
        [("outlet", "bbc"), ("language", "en"), ("language", "und"), ("actor", "nato"), ("topic", "sport")]
    ).map(lambda pair: Fact(pair[0], ":", pair[1])),
    st.builds(Fact, st.just("tone"), st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(["-0.5", "0", "0.1"])),
    st.builds(
        Fact, st.just("date"), st.sampled_from([":", "<", "<=", ">", ">="]), st.sampled_from(["2024-02", "2024-01-20"])
    ),
)


def queries(leaves: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


NEARS = st.builds(Near, SIDES, SIDES, st.integers(1, 6))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], search.Search, search.Search]:
    """Articles of few words, searched by the index and without it."""
    chance = random.Random(7)  # noqa: S311
    rows = [some_row(chance, n) for n in range(150)]
    archive = open_archive(str(tmp_path_factory.mktemp("many") / "archive"), create=True)
    stored(archive, rows, "1")
    plain = search.opened(archive, None)
    assert plain.index is None
    index.catch_up(archive)
    by_index = search.opened(archive, None)
    assert by_index.pending.is_empty()
    return rows, by_index, plain


@given(query=queries(TERMS | NEARS | FACTS))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_index_and_plain_reading_find_what_the_grammar_means(many, query: Query) -> None:
    rows, by_index, plain = many
    expected = sorted(row["id"] for row in rows if holds(query, row))
    assert sorted(search._found(plain, query)["article_id"]) == expected
    assert sorted(search._found(by_index, query)["article_id"]) == expected


@given(asked=st.lists(queries(TERMS | NEARS | FACTS), min_size=1, max_size=4), dense=st.sampled_from([-1.0, 0.3, 1.0]))
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_however_an_answer_is_read_and_what_was_kept_before_it_is_the_same(many, asked, dense) -> None:
    rows, by_index, _ = many
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(index, "BROAD", 1)
        patched.setattr(index, "MOST_KEPT", 8)
        patched.setattr(index, "DENSE", dense)
        by_index.index._kept.clear()
        for query in [*asked, All(tuple(asked)), AnyOf((*asked, Not(asked[0]))), *asked]:
            expected = sorted(row["id"] for row in rows if holds(query, row))
            assert sorted(search._found(by_index, query)["article_id"]) == expected


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], search.Search]:
    """Articles of which the first lie ready by their most frequent words, and others came and changed since."""
    chance = random.Random(11)  # noqa: S311
    rows = {n: some_row(chance, n) for n in range(60)}
    archive = open_archive(str(tmp_path_factory.mktemp("later") / "archive"), create=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(broad, "FEWEST", 50)
        stored(archive, list(rows.values()), "1")
        index.catch_up(archive)
        news = {n: some_row(chance, n, 2) for n in (3, 59, 60, 61)}
        stored(archive, list(news.values()), "2")
        index.catch_up(archive)
    return list((rows | news).values()), search.opened(archive)


@given(query=queries(TERMS | NEARS | FACTS))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_lies_ready_and_what_came_later_find_what_the_grammar_means(later, query: Query) -> None:
    rows, now = later
    assert (now.pending.height, broad.rows(now.index.ready), now.rows) == (0, 56, 64)
    now.index._kept.clear()
    assert sorted(search._found(now, query)["article_id"]) == sorted(row["id"] for row in rows if holds(query, row))


def test_a_word_that_many_articles_hold_is_not_looked_up(later) -> None:
    a, there = grammar.parse("a"), later[1].index.there[:56]
    unsearched = replace(later[1].index, searcher=None, there=there, _kept={})
    assert unsearched.held(a).tolist() == later[1].index.held(a)[:56].tolist()
    assert unsearched.held(a).any()


@pytest.mark.parametrize("query", ["a", "orban NOT b", "NOT a", "outlet:bbc ab*", "date:2024-02 OR київ"])
def test_which_articles_of_a_list_are_found_is_told_in_its_order(empty: Archive, query: str) -> None:
    chance = random.Random(3)  # noqa: S311
    rows = [some_row(chance, n) for n in range(30)]
    stored(empty, rows[:20], "1")
    index.catch_up(empty)
    changed = [some_row(chance, n, 2) for n in range(3)]
    stored(empty, [*changed, *rows[20:], some_row(chance, 30) | {"id": "of another kind"}], "2")
    now = search.opened(empty, None)
    listed = [*(row["id"] for row in rows), "of another kind", number(99)]
    chance.shuffle(listed)
    found = set(search.found(now, query)["article_id"])
    held = search.among(now, query, search.placed(now, pl.Series(listed)))
    assert held.tolist() == [one in found for one in listed]
    assert found


@given(
    steps=st.lists(st.sampled_from(["new", "change", "index", "compact", "reopen"]), min_size=1, max_size=4),
    seed=st.integers(0, 1_000),
    query=queries(TERMS | NEARS),
)
@settings(deadline=None, max_examples=4, suppress_health_check=list(HealthCheck))
def test_whatever_happened_to_the_archive_the_answer_is_of_now(tmp_path_factory, steps, seed, query) -> None:
    chance, rows = random.Random(seed), {}  # noqa: S311
    archive = open_archive(str(tmp_path_factory.mktemp("steps") / "archive"), create=True)
    for step, what in enumerate(["new", "index", *steps]):
        if what == "index":
            index.catch_up(archive)
        elif what == "compact":
            archive.tidy(files=1)
        elif what == "reopen":
            archive = archive.pin()
        else:
            changed = [some_row(chance, n, rows[n]["version"] + 1) for n in list(rows)[:3]]
            news = [(len(rows) + n, some_row(chance, len(rows) + n)) for n in range(6)]
            told = news if what == "new" else list(zip(list(rows)[:3], changed, strict=True))
            stored(archive, [row for _, row in told], str(step))
            rows |= dict(told)
    expected = sorted(row["id"] for row in rows.values() if holds(query, row))
    assert sorted(search._found(search.opened(archive, None), query)["article_id"]) == expected
    # An index that it had to make anew would be one that is damaged.
    lacked = search.opened(archive).pending.height
    assert index.catch_up(archive) == lacked
    caught_up = search.opened(archive)
    assert caught_up.pending.is_empty()
    assert sorted(search._found(caught_up, query)["article_id"]) == expected
    assert index.catch_up(archive) == 0


# --- by example


def test_titles_and_texts_are_searched(empty: Archive) -> None:
    rows = [
        {"id": number(1), "title": "NATO’s Secretary-General", "text": "He met Viktor Orbán in Oslo."},
        {"id": number(2), "title": "Orban in Rome", "text": "NATO was not mentioned, nor was the secretary."},
    ]
    stored(empty, rows, "1")
    index.catch_up(empty)
    one, two = number(1), number(2)
    found = {
        query: ids(empty, query)
        for query in (
            "orban",
            "title:orban",
            '"secretary general"',
            "nato NEAR/3 mentioned",
            "oslo OR rome",
            "NOT oslo",
        )
    }
    assert found == {
        "orban": sorted([one, two]),
        "title:orban": [two],
        '"secretary general"': [one],
        "nato NEAR/3 mentioned": [two],
        "oslo OR rome": sorted([one, two]),
        "NOT oslo": [two],
    }


def test_a_changed_text_is_found_by_its_new_words_alone(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "old words", "text_hash": "1"}], "1")
    index.catch_up(empty)
    stored(empty, [{"id": number(1), "version": 2, "title": "One", "text": "new words", "text_hash": "2"}], "2")
    before = {query: ids(empty, query) for query in ("old", "new", "words")}
    assert index.catch_up(empty) == 1
    assert before == {query: ids(empty, query) for query in ("old", "new", "words")}
    assert before == {"old": [], "new": [number(1)], "words": [number(1)]}


def test_an_actor_is_found_once_its_article_is_read(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "Rain", "text": "In Oslo.", "actors": ["nato"]}], "b1")
    none, two = schema.empty("fetches"), number(2)
    broken_off = article(id=two), schema.empty("readings"), mention(article_id=two, actor="nato"), none
    empty.append(*broken_off, "b2")
    assert ids(empty, "actor:nato") == [number(1)]
    empty.append(schema.empty("articles"), reading(article_id=two), mention(article_id=two, actor="nato"), none, "heal")
    assert ids(empty, "actor:nato") == sorted([number(1), two])


def test_a_reader_of_an_older_archive_sees_it_as_it_was(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "old words", "text_hash": "1"}], "1")
    pinned = empty.pin()
    march = moment("2025-03-01")
    changed = {"id": number(1), "version": 2, "title": "One", "text": "new", "text_hash": "2", "published_at": march}
    stored(empty, [changed, {"id": number(2), "title": "Two", "text": "words"}], "2")
    index.catch_up(empty)
    assert ids(pinned, "words") == [number(1)]
    assert ids(empty.pin(), "words") == [number(2)]


def test_a_search_that_is_open_goes_on_while_the_index_is_written(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "words"}], "1")
    index.catch_up(empty)
    readers = [search.opened(empty.pin()) for _ in range(3)]
    for step in range(2, 6):
        stored(empty, [{"id": number(step), "title": f"Title {step}", "text": "words"}], str(step))
        index.catch_up(empty)
        readers.append(search.opened(empty.pin()))
    assert [search.found(reader, "words").height for reader in readers] == [1, 1, 1, 2, 3, 4, 5]


def test_too_many_articles_to_read_are_searched_by_title_and_that_is_said(empty: Archive) -> None:
    rows = [{"id": number(n), "title": f"Title {n}", "text": "words"} for n in range(4)]
    stored(empty, rows[:2], "1")
    without = search.opened(empty, most=1)
    assert search.found(without, "words").is_empty()
    assert search.found(without, "title").height == 2
    assert search.notice(without).startswith("Only titles are searched, since there is no search index yet.")
    index.catch_up(empty)
    stored(empty, rows[2:], "2")
    behind = search.opened(empty, most=1)
    assert sorted(search.found(behind, "words")["article_id"]) == sorted(number(n) for n in (0, 1))
    assert search.notice(behind).startswith("Of 2 articles, collected since 2024-10-01 12:00 UTC, only titles are")
    assert "newsgauge maintain" in search.notice(behind)
    all_read = search.opened(empty, most=2)
    assert (search.found(all_read, "words").height, search.notice(all_read)) == (4, "")


def test_an_index_can_be_deleted_and_is_made_again(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "words"}], "1")
    assert index.catch_up(empty) == 1
    shutil.rmtree(index.folder_of(empty.url))
    assert ids(empty, "words") == [number(1)]
    assert index.catch_up(empty) == 1
    assert search.opened(empty).pending.is_empty()


DAMAGES = {
    "a list is gone": lambda folder: [file.unlink() for file in folder.glob("seen-*")],
    "a list is cut": lambda folder: [file.write_bytes(file.read_bytes()[:40]) for file in folder.glob("seen-*")],
    "words are gone": lambda folder: [file.unlink() for file in folder.glob("words/*.pos")],
    "places are cut": lambda folder: [file.write_bytes(file.read_bytes()[:9]) for file in folder.glob("words/*.pos")],
    "words are cut": lambda folder: [file.write_bytes(file.read_bytes()[:9]) for file in folder.glob("words/*.idx")],
    "the head is rubbish": lambda folder: (folder / "words" / "meta.json").write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_index_is_noticed_and_made_again(empty: Archive, damage) -> None:
    stored(empty, [{"id": number(n), "title": "One", "text": "words"} for n in range(3)], "1")
    index.catch_up(empty)
    damage(index.folder_of(empty.url))
    with pytest.raises(IndexFault, match="newsgauge maintain"):
        index.opened(empty)
    hurt = search.opened(empty, most=1)
    assert search.notice(hurt).startswith("Only titles are searched, since the search index is damaged. Run")
    assert ids(empty, "words") == sorted(number(n) for n in range(3))
    assert index.catch_up(empty) == 3
    assert search.opened(empty, most=0).fault == ""


def test_an_index_of_another_layout_is_made_anew(empty: Archive) -> None:
    stored(empty, [{"id": number(n), "title": "One", "text": "words"} for n in range(3)], "1")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(index, "LAYOUT", index.LAYOUT - 1)
        index.catch_up(empty)
    old = search.opened(empty, most=1)
    assert search.notice(old).startswith(
        "Only titles are searched, since the search index was made by another version of Newsgauge. Run"
    )
    assert ids(empty, "words") == sorted(number(n) for n in range(3))
    assert index.catch_up(empty) == 3
    assert search.notice(search.opened(empty, most=1)) == ""


def test_maintaining_notices_a_changed_byte(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "some words"}], "1")
    index.catch_up(empty)
    file = next((index.folder_of(empty.url) / "words").glob("*.pos"))
    body = bytearray(file.read_bytes())
    body[0] ^= 0xFF
    file.write_bytes(body)
    assert index.catch_up(empty) == 0
    assert index.catch_up(empty, thorough=True) == 1
    assert index.catch_up(empty, thorough=True) == 0


def hundred(archive: Archive, batch: str, first: int, text: str) -> None:
    stored(archive, [{"id": number(first + n), "title": "One", "text": text} for n in range(100)], batch)


def test_more_blocks_of_rows_than_are_told_at_once_are_told_one_after_another(empty: Archive, monkeypatch) -> None:
    for step in range(10):
        hundred(empty, str(step), step * 100, "words and birds" if step % 3 else "words")
    index.catch_up(empty)
    monkeypatch.setattr(index, "_MOST_BLOCKS", 2)
    found = search.opened(empty).index.held(grammar.parse("birds"))
    assert (len(found), found.sum()) == (1_000, 600)
    assert set(search.found(search.opened(empty), "birds")["article_id"]) == {
        number(n) for n in range(1_000) if n // 100 % 3
    }


def test_bits_that_lie_ready_are_made_anew_once_many_articles_came_later(empty: Archive, monkeypatch) -> None:
    monkeypatch.setattr(broad, "FEWEST", 100)
    counts = []
    for step, text in enumerate(["words and birds", "words"]):
        hundred(empty, str(step), step * 100, text)
        index.catch_up(empty)
        counts.append(broad.rows(search.opened(empty).index.ready))
    assert counts == [96, 200]
    assert [len(ids(empty, query)) for query in ("words", "birds", "words NOT birds")] == [200, 100, 100]


@pytest.mark.parametrize("damage", [lambda body: body[:-64], lambda body: body[:-64] + b"~" + body[-63:]])
def test_bits_that_are_damaged_are_made_anew(empty: Archive, monkeypatch, damage) -> None:
    monkeypatch.setattr(broad, "FEWEST", 100)
    hundred(empty, "1", 0, "words")
    index.catch_up(empty)
    file = index.folder_of(empty.url) / "broad"
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert index.catch_up(empty, thorough=True) == 0
    assert file.read_bytes() == whole


def test_a_row_of_an_article_that_is_gone_is_never_anothers(empty: Archive, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(broad, "FEWEST", 100)
    hundred(empty, "1", 0, "birds")
    shutil.copytree(empty.url, tmp_path / "yesterday")
    hundred(empty, "2", 100, "words")
    index.catch_up(empty)
    # The archive is put back to what it was, and the index is not.
    shutil.copytree(index.folder_of(empty.url), tmp_path / "yesterday" / "search")
    shutil.rmtree(empty.url)
    shutil.move(tmp_path / "yesterday", empty.url)
    back = open_archive(empty.url)
    index.catch_up(back)
    hundred(back, "3", 200, "birds")
    index.catch_up(back)
    assert [len(ids(back, query)) for query in ("words", "birds")] == [0, 200]


def test_an_index_of_another_archive_is_not_believed(empty: Archive, tmp_path: Path) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "words"}], "1")
    index.catch_up(empty)
    other = open_archive(str(tmp_path / "other"), create=True)
    stored(other, [{"id": number(1), "title": "One", "text": "others"}], "1")
    shutil.copytree(index.folder_of(empty.url), index.folder_of(other.url))
    assert ids(other, "others") == [number(1)]
    assert ids(other, "words") == []
    assert index.catch_up(other) == 1


def test_an_article_whose_id_is_no_number_is_read_plainly(empty: Archive) -> None:
    stored(
        empty, [{"id": "a1", "title": "One", "text": "words"}, {"id": number(1), "title": "T", "text": "words"}], "1"
    )
    index.catch_up(empty)
    assert ids(empty, "words") == sorted(["a1", number(1)])


KILLED = """
import os, signal, sys
from data import index
from data.archive import open_archive
import tantivy
index.STEP = 2
left = int(sys.argv[2])
def told(_doing, done, _total):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
index.catch_up(open_archive(sys.argv[1]), told)
"""


def test_a_killed_catch_up_goes_on_where_it_was(empty: Archive) -> None:
    stored(empty, [{"id": number(n), "title": "One", "text": f"words {n}"} for n in range(6)], "1")
    command = [sys.executable, "-c", KILLED, empty.url, "2"]
    killed = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    half = search.opened(empty, None)
    assert half.pending.height == 2
    assert search.found(half, "words").height == 6
    assert index.catch_up(empty) == 2


def test_an_index_that_was_killed_within_a_commit_is_that_of_the_one_before(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "words"}], "1")
    index.catch_up(empty)
    stored(empty, [{"id": number(2), "title": "Two", "text": "words"}], "2")
    # The list is written and the commit that names it never comes.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pl.DataFrame, "write_parquet", _then_end(pl.DataFrame.write_parquet))
        with pytest.raises(KeyboardInterrupt):
            index.catch_up(empty)
    assert search.opened(empty, None).pending["article_id"].to_list() == [number(2)]
    assert ids(empty, "words") == sorted([number(1), number(2)])
    assert index.catch_up(empty) == 1


def _then_end(write):
    def written(self, *arguments, **options):
        write(self, *arguments, **options)
        raise KeyboardInterrupt

    return written


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_index_that_cannot_be_written_is_named(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "words"}], "1")
    Path(empty.url).chmod(0o500)
    with pytest.raises(IndexFault, match="cannot be written"):
        index.catch_up(empty)


def test_a_reader_that_may_not_lock_the_index_is_told_so(empty: Archive) -> None:
    stored(empty, [{"id": number(1), "title": "One", "text": "words"}], "1")
    index.catch_up(empty)
    lock = index.folder_of(empty.url) / "words" / ".tantivy-meta.lock"
    lock.unlink()
    lock.mkdir()
    with pytest.raises(IndexFault, match="may not be opened by this user"):
        index.opened(empty)
    assert ids(empty, "words") == [number(1)]


def test_the_index_of_a_bucket_lies_on_this_machine() -> None:
    one, other = index.folder_of("s3://bucket/press"), index.folder_of("s3://bucket/other")
    assert one.parent == other.parent == Path(index.__file__).parent / "var" / "search"
    assert one != other


@pytest.mark.parametrize(("query", "says"), [('"a b*"', "too many words")])
def test_what_cannot_be_looked_up_is_refused(many, query: str, says: str) -> None:
    _, by_index, _ = many
    error = ValueError("Phrase query exceeded max expansions 60001")

    class Full:
        def search(self, *_: object, **__: object) -> None:
            raise error

    full = replace(by_index.index, searcher=Full(), _kept={})
    with pytest.raises(QueryError, match=says):
        full.held(grammar.parse(query))


def test_a_near_of_too_many_alternatives_is_refused(many) -> None:
    side = " OR ".join(f'"a {n}"' for n in range(8))
    with pytest.raises(QueryError, match="too many alternatives"):
        search.found(many[1], f"({side}) NEAR/100 ({side})")


# --- where it stands


def marked(text: str, hits: list[tuple[int, int]]) -> str:
    for start, end in reversed(hits):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("orban", "NATO and Orbán’s men", "NATO and [Orbán]’s men"),
        ('"secretary general" OR nato', "NATO’s Secretary-General", "[NATO]’s [Secretary-General]"),
        ("sanction* NOT oslo", "Sanctions for Oslo", "[Sanctions] for Oslo"),
        ("title:nato text:rome", "NATO in Rome", "NATO in [Rome]"),
        ("nato outlet:bbc", "nato, BBC", "[nato], BBC"),
        ("zebra", "No such animal", "No such animal"),
    ],
)
def test_words_are_marked_where_they_stand(query: str, text: str, shown: str) -> None:
    assert marked(*search.snippet(grammar.parse(query), text)) == shown


def test_a_snippet_is_where_most_of_the_words_stand_together() -> None:
    text = f"grain {'and so on ' * 60}grain by the black sea {'and so on ' * 60}"
    shown, hits = search.snippet(grammar.parse("grain black sea"), text)
    assert [shown[start:end] for start, end in hits] == ["grain", "black", "sea"]
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < search.SNIPPET + 10


@given(st.text(max_size=600), st.sampled_from(["a", "b*", '"a b"', "a NEAR/3 b", "NOT a"]))
def test_any_text_has_a_snippet_with_marks_inside_it(text: str, query: str) -> None:
    shown, hits = search.snippet(grammar.parse(query), text)
    assert shown.removeprefix("… ").removesuffix(" …") in text
    assert all(0 <= start < end <= len(shown) for start, end in hits)


def test_the_place_of_an_error_is_pointed_at() -> None:
    long = "word " * 40 + "(oslo"
    with pytest.raises(QueryError) as caught:
        grammar.parse(long)
    shown, caret = search.pointed(long, caught.value)
    assert shown[caret.index("^")] == "("
    assert len(shown) <= 76


def test_a_search_over_the_newest_months_looks_at_nothing_older(tmp_path: Path) -> None:
    archive = open_archive(str(tmp_path / "archive"), create=True)
    for month, n in (("2024-01", 1), ("2024-02", 2)):
        common = {"month": month, "published_at": moment(f"{month}-05")}
        rows = reading(article_id=number(n), **common), mention(article_id=number(n), **common)
        archive.append(article(id=number(n), title="Grain", **common), *rows, schema.empty("fetches"), month)
    newest = search.opened(archive.newest(1))
    assert newest.lacks.pending["id"].to_list() == [number(2)]
    assert search.found(newest, "grain")["article_id"].to_list() == [number(2)]
    assert index.catch_up(archive) == 2
    shutil.rmtree(tmp_path / "archive" / "articles" / "month=2024-01")
    assert number(2) in search.found(search.opened(archive.newest(1)), "grain")["article_id"].to_list()
