"""A search as an analyst meets it: on the page, in its link and its file, and on the command line."""

import html
import io
import json
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import newsgauge
from dashboard import hits, search_box
from dashboard.theme import escape
from data import export, grammar, index, schema, search
from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from data.filters import Filters, check
from tests.conftest import article, mention, moment, reading

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = "<img src=x onerror=alert(1)> grain & more"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Thirteen articles on grain of October 2024, which say so in their texts, and one that says it in its title."""
    made = open_archive(str(tmp_path / "archive"), create=True)
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", made.url)
    monkeypatch.delenv("NEWSGAUGE_CATALOGUE", raising=False)
    rows = [(f"{n:016x}", f"Item {n}", f"Note {n}: {HOSTILE} for Odesa.") for n in range(1, 14)]
    rows.append((f"{99:016x}", "Grain at sea", "Nothing of it here."))
    at = moment("2024-10-01T12:00")
    made.append(
        pl.concat([article(id=one, title=title, text=text, published_at=at) for one, title, text in rows]),
        pl.concat([reading(article_id=one, published_at=at, tone=0.1) for one, _, _ in rows]),
        pl.concat([mention(article_id=one, published_at=at) for one, _, _ in rows[:3]]),
        schema.empty("fetches"),
        "1",
    )
    return made


def opened(**words: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    app._page_hash = calc_hash("articles")
    for word, value in words.items():
        app.query_params[word] = value
    app.run()
    assert not app.exception, app.exception
    return app


def body(app: AppTest, holding: str) -> str:
    """What a block of the page holds that has these words, its styles apart."""
    return next((block.body for block in app.html if holding in block.body and "<style" not in block.body), "")


def test_the_page_counts_marks_and_exports_what_a_search_finds(archive: Archive) -> None:
    app = opened(search="grain odesa", period="all")
    assert '<span class="ng-count">13</span>' in body(app, "ng-count")
    found = body(app, "ng-hits")
    assert found.count("<li>") == hits.SHOWN
    assert "<mark>grain</mark> &amp; more for <mark>Odesa</mark>" in found
    assert "<img" not in found
    assert "the newest 10; the table has all" in " ".join(block.body for block in app.html)
    assert f"search=grain+odesa&amp;period=all&amp;article={1:016x}" in found
    assert export.articles_table(archive, Filters(search="grain odesa")).height == 13
    assert app.query_params["search"] == "grain odesa"


def test_a_search_narrows_with_the_other_filters(archive: Archive) -> None:
    app = opened(search="grain NOT odesa", period="all")
    assert '<span class="ng-count">1</span>' in body(app, "ng-count")
    assert "<mark>Grain</mark> at sea" in body(app, "ng-hits")
    named = opened(search="grain actor:nato", period="all", actor="nato")
    assert '<span class="ng-count">3</span>' in body(named, "ng-count")


def test_a_query_that_cannot_be_read_is_marked_where_it_goes_wrong(archive: Archive) -> None:
    app = opened(search="grain <b> (odesa", period="all")
    fault = body(app, "fault")
    assert "<code>grain &lt;b&gt; <mark>(</mark>odesa</code> this ( is never closed." in fault
    assert app.query_params["search"] == "grain <b> (odesa"


def test_a_key_that_nobody_knows_is_told_with_the_nearest(archive: Archive) -> None:
    app = opened(search="actor:natto", period="all")
    assert 'search: actor "natto" is not known. Did you mean nato?' in html.unescape(body(app, "natto"))
    assert check(Filters(search="actor:nato AND ("), load(DEFAULT)) == []


def test_a_page_without_an_index_says_that_only_titles_are_searched(archive: Archive, monkeypatch) -> None:
    monkeypatch.setattr(search, "opened", lambda archive, most=5: _opened(archive, 5 if most else most))
    app = opened(search="grain", period="all")
    assert '<span class="ng-count">1</span>' in body(app, "ng-count")
    assert "Only titles are searched, since there is no search index yet." in body(app, "ng-notice")
    index.catch_up(archive)
    app.run()
    assert '<span class="ng-count">14</span>' in body(app, "ng-count")
    assert "Only titles" not in body(app, "ng-notice")


_opened = search.opened


@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_found_or_asked_is_inert(text: str, query: str) -> None:
    try:
        asked = grammar.parse(query)
    except grammar.QueryError as error:
        shown = search_box.faulty(query, error)
        assert re.fullmatch(r"<code>[^<>]*<mark>[^<>]*</mark>[^<>]*</code>[^<>]*", shown)
        return
    shown = hits.marked(text, search.spans(asked, text, "text"))
    assert html.unescape(re.sub(r"</?mark>", "", shown)) == html.unescape(escape(text))
    assert "<" not in re.sub(r"</?mark>", "", shown)


# The command line


def run(*arguments: object) -> int:
    try:
        return newsgauge.main([str(one) for one in arguments])
    except SystemExit as end:
        return int(end.code or 0)


def test_a_run_and_maintain_bring_the_index_up_to_the_archive(tmp_path: Path, monkeypatch, capsys) -> None:
    address = str(tmp_path / "archive")
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", address)
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "".join(
            json.dumps({"url": f"https://example.org/{n}", "outlet": "t", "title": f"T{n}", "text": "Grain."}) + "\n"
            for n in range(2)
        )
    )
    assert run("import", rows, "--tone", "lexicon") == 0
    assert search.opened(open_archive(address), most=0).unread == 0
    file = tmp_path / "found.csv"
    assert run("export", "articles", "--search", "text:grain", "-o", file) == 0
    assert pl.read_csv(io.BytesIO(file.read_bytes())).height == 2
    for one in index.folder_of(address).glob("seen-*"):
        one.unlink()
    capsys.readouterr()
    assert run("maintain") == 0
    assert "2 articles were read into the search index" in capsys.readouterr().out
    assert run("maintain") == 0
    assert "search: 0 articles were read" in capsys.readouterr().out


def test_the_command_line_points_at_the_place_of_an_error(archive: Archive, capsys) -> None:
    assert run("export", "articles", "--search", "grain AND (odesa") == 2
    assert capsys.readouterr().err.splitlines() == [
        "newsgauge: --search: this ( is never closed. Add a ) behind what belongs together.",
        "  grain AND (odesa",
        "            ^",
    ]
    assert run("export", "articles", "--search", "outlet:nowhere") == 2
    assert 'search: outlet "nowhere" is not known' in capsys.readouterr().err


def test_a_page_shows_the_newest_months_where_memory_has_no_room_for_all_and_says_so(
    archive: Archive, monkeypatch
) -> None:
    old = moment("2023-01-05T12:00")
    archive.append(
        article(id=f"{77:016x}", title="Grain of old", published_at=old),
        reading(article_id=f"{77:016x}", published_at=old),
        mention(article_id=f"{77:016x}", published_at=old),
        schema.empty("fetches"),
        "old",
    )
    monkeypatch.setenv("NEWSGAUGE_HELD", "3")
    assert "since 1 October 2024: the newest months that hold at most 3 mentions" in body(
        opened(), "Shown is the press"
    )
