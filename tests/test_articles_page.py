"""Articles: the list behind the numbers, what of it is missing, one article, and what takes it away."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import newsgauge
from dashboard.marked import MOST_PASSAGES
from data.archive import open_archive
from tests.browser.newsroom import newsroom
from tests.test_app import cut
from tests.test_breaks import notes, opened

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    newsroom(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("newsroom") / "archive"
    newsroom(folder)
    return str(folder)


def spoil(folder: Path, table: str, harm: Callable[[Path], None]) -> None:
    for file in (folder / table).rglob("*.parquet"):
        harm(file)


@pytest.mark.parametrize("table", ["articles", "readings", "mentions"])
@pytest.mark.parametrize("harm", [Path.unlink, cut])
def test_an_article_that_cannot_be_read_takes_nothing_away_but_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, table: str, harm: Callable[[Path], None]
) -> None:
    opened(str(folder), monkeypatch, "articles", period="all")
    spoil(folder, table, harm)
    page = opened(str(folder), monkeypatch, "articles", article="d0-0", actor="nato", period="all")
    told = " ".join(notes(page))
    assert "This article cannot be read" in told
    assert "they could not be looked at" not in told
    assert page.title[0].value == "Articles"
    assert "96 articles that name NATO" in told
    assert page.dataframe[0].value.shape[0] == 96
    assert str(folder) not in told
    page.button(key="close").click().run()
    assert "This article cannot be read" not in " ".join(notes(page))
    assert "article" not in page.query_params


def test_texts_that_cannot_be_read_leave_the_count_the_download_and_the_table(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(str(folder), monkeypatch, "articles", search="title:nato", period="all")
    spoil(folder, "articles", Path.unlink)
    page = opened(str(folder), monkeypatch, "articles", search="title:nato", to="2024-10-30")
    told = " ".join(notes(page))
    assert "What they say cannot be read" in told
    # Of 30 days two articles say NATO in their titles, and one says both.
    assert page.dataframe[0].value.shape[0] == 90


def test_a_list_names_the_days_on_which_its_feeds_failed(whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = " ".join(notes(opened(whole, monkeypatch, "articles", actor="nato", period="all")))
    lacking = "feeds failed on 2 of these days, of example-times on 2 days (see Health)"
    assert f"Not all could be looked at: {lacking}. What they did not give is missing here." in told


@pytest.mark.parametrize("words", [{"to": "2024-10-09"}, {"from": "2024-10-12"}])
def test_a_list_of_days_on_which_all_feeds_were_up_says_nothing_of_it(
    whole: str, monkeypatch: pytest.MonkeyPatch, words: dict[str, str]
) -> None:
    assert "could be looked at: feeds" not in " ".join(notes(opened(whole, monkeypatch, "articles", **words)))


def test_a_link_opens_an_article_with_its_marks_and_as_many_hits_as_its_sender_saw(
    whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"article": "d0-3", "marked": "ukraine", "shown": "20", "format": "parquet"}
    page = opened(whole, monkeypatch, "articles", actor="nato", period="all", **own)
    assert page.session_state["marked"] == ["ukraine"]
    assert page.session_state["format"] == "parquet"
    assert "So far the newest 20" in " ".join(notes(page))
    assert page.query_params == {"actor": "nato", "period": "all", **own}
    # Whom the filters choose is marked where the link says nothing; nobody is a choice too.
    page.session_state["marked"] = ["nato"]
    assert "marked" not in page.run().query_params
    page.session_state["marked"] = []
    assert page.run().query_params["marked"] == "none"
    page.button(key="close").click().run()
    assert page.query_params == {"actor": "nato", "period": "all", "shown": "20", "format": "parquet"}
    again = opened(whole, monkeypatch, "articles", actor="nato", article="d0-3", marked="none")
    assert again.session_state["marked"] == []
    assert again.query_params["marked"] == "none"


def test_more_hits_are_of_one_selection_of_articles(whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(whole, monkeypatch, "articles", actor="nato", shown="20")
    page.button(key="more-hits").click().run()
    assert page.query_params["shown"] == "30"
    page.session_state["period"] = "30d"
    page.run()
    assert page.query_params == {"actor": "nato", "period": "30d"}
    assert "So far the newest 10" in " ".join(notes(page))


def test_what_a_link_asks_of_the_list_in_vain_is_told(whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(whole, monkeypatch, "articles", actor="nato", shown="1000000", format="exe")
    told = " ".join(notes(page))
    assert "shown=1000000 means nothing here. Write a number from 10 to 100." in told
    assert "format=exe means nothing here. Choose one of csv, jsonl, parquet, xlsx." in told
    assert page.query_params == {"actor": "nato"}


def test_a_click_in_an_article_is_not_undone_by_the_old_link_that_comes_with_it(
    whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(whole, monkeypatch, "articles", actor="nato", period="all", article="d0-3")
    page.session_state["period"] = "30d"
    page.run()
    # The browser had not taken period=30d yet when the next clicks came.
    page.query_params["period"] = "all"
    page.session_state["marked"] = ["ukraine"]
    page.run()
    told = {"actor": "nato", "period": "30d", "article": "d0-3", "marked": "ukraine"}
    assert page.query_params == told
    page.query_params["period"] = "all"
    page.button(key="close").click().run()
    assert page.query_params == {"actor": "nato", "period": "30d"}


def python(page: AppTest) -> list[str]:
    return [block.value for block in page.code if block.language == "python"]


def test_the_lines_for_a_notebook_read_what_the_page_counts(whole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(whole, monkeypatch, "articles", actor="ukraine", to="2024-10-10")
    # A day has one article on Ukraine alone, and one on both.
    assert "20 articles that name Ukraine" in " ".join(notes(page))
    assert python(page) == []
    page.session_state["notebook"] = True
    page.run()
    lines = f"{python(page)[0]}\nprint(articles.height, articles['published_at'].max().date())"
    done = subprocess.run(
        [sys.executable, "-c", lines],
        cwd=ROOT,
        env={**os.environ, "NEWSGAUGE_ARCHIVE": whole},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["20", "2024-10-10"]


def test_of_a_long_article_the_beginning_is_drawn_and_the_passage_that_was_sought(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, sentences = str(tmp_path / "archive"), MOST_PASSAGES + 500
    text = "NATO met in Oslo. " * sentences + "NATO left Riga."
    row = {"url": "https://bbc.example/long", "title": "Long", "outlet": "bbc", "published": "2024-10-01", "text": text}
    (tmp_path / "long.jsonl").write_text(json.dumps(row))
    assert newsgauge.main(["import", str(tmp_path / "long.jsonl"), "--archive", archive, "--tone", "lexicon"]) == 0
    article = open_archive(archive).articles().select("id").collect().item()
    told = f"This text is long: of its {len(text):,} characters the first 18,000 are shown"
    passages = f"of {sentences + 1:,} passages marked"

    page = opened(archive, monkeypatch, "articles", article=article, period="all")
    (reader,) = [block.body for block in page.html if "<article" in block.body]
    assert f"{told}, with 1,000 {passages}. The numbers beside it count all of them" in reader
    assert reader.endswith("</p><p>…</p></article>")
    assert "Riga" not in reader

    page = opened(archive, monkeypatch, "articles", article=article, passage=f"text.{18 * sentences}", period="all")
    (reader,) = [block.body for block in page.html if "<article" in block.body]
    # Of the 2,000 characters before it 111 passages are whole and one in part.
    assert f"{told}, and what stands around the passage that was sought, with 1,113 {passages}" in reader
    assert 'class="sought">“NATO left Riga.” <a href="#sought">' in reader
    assert re.search(r'<p>…</p><p>.*<mark class="\w+ here" id="sought"[^>]*><b>NATO</b> left Riga.</mark>', reader)
