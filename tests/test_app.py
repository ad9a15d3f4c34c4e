"""The frame around the pages: what is shown when the archive cannot be read, any more or in part."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import app, held
from data.archive import open_archive
from tests.browser.hostile import hostile
from tests.browser.newsroom import newsroom
from tests.conftest import NOON, row
from tests.test_breaks import notes, opened


def lose(folder: Path) -> None:
    shutil.rmtree(folder)


def break_logs(folder: Path) -> None:
    for log in folder.rglob("*.json"):
        log.write_text("{")


def forget() -> None:
    """What is kept for ten seconds has run out."""
    app._pinned.clear()
    held.pinned.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    newsroom(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.mark.parametrize("harm", [lose, break_logs])
def test_the_last_good_picture_stays_and_is_marked_as_old(
    folder: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None]
) -> None:
    page = opened(str(folder), monkeypatch, actor="nato", period="30d")
    good = notes(page)
    assert not any("ld picture" in note for note in good)
    harm(folder)
    forget()
    page.run()
    old = notes(page)
    assert any(note.startswith("The archive cannot be read. This page is an old picture, of ") for note in old)
    assert any("Old picture, of " in note for note in old)
    figures = [note for note in good if "mentions" in note]
    assert figures
    assert set(figures) <= set(old)
    assert str(folder) not in " ".join(old)


def test_tables_are_opened_once_for_each_commit(folder: Path) -> None:
    before = held.pinned(str(folder))
    held.pinned.clear()
    assert held.pinned(str(folder)) is before
    open_archive(str(folder)).append_run(row("runs", run="later", month="2024-10", started_at=NOON, exit=0))
    held.pinned.clear()
    assert held.pinned(str(folder)).version() > before.version()


def test_what_comes_back_is_no_old_picture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(str(folder), monkeypatch, actor="nato")
    folder.rename(folder.with_name("away"))
    forget()
    page.run()
    assert any("Old picture" in note for note in notes(page))
    folder.with_name("away").rename(folder)
    forget()
    page.run()
    assert not any("Old picture" in note for note in notes(page))


@pytest.mark.parametrize("size", [0, 100])
def test_a_file_that_was_cut_short_makes_an_archive_that_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    for file in (folder / "mentions").rglob("*.parquet"):
        file.write_bytes(file.read_bytes()[:size])
    said = " ".join(notes(opened(str(folder), monkeypatch)))
    assert "The archive cannot be read" in said
    assert "they could not be looked at" in said
    assert str(folder) not in said


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def test_the_overview_is_found_by_its_name_as_well_with_all_words_of_the_link(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(str(folder), monkeypatch, "overview", actor=["ukraine", "nato"], period="30d")
    assert [title.value for title in page.title] == ["Attention and tone"]
    assert page.query_params["actor"] == ["ukraine", "nato"]
    assert page.query_params["period"] == "30d"


# Texts from outside in what reads Markdown

ROOT = Path(__file__).resolve().parents[1]
#: What shows its words as they are, whatever they are.
LITERAL = {"html", "vega_lite_chart", "dataframe", "arrow_data_frame", "multiselect", "selectbox", "code", "text_input"}


@pytest.fixture(scope="module")
def hostile_press(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    hostile(folder / "archive")
    return folder


def markdown(block: Any) -> Iterator[str]:
    """All that a page hands to what reads Markdown: titles, labels, options, and what a ? tells."""
    for child in block.children.values():
        if child.type not in LITERAL and child.proto is not None:
            yield from words_of(child.proto)
        if hasattr(child, "children"):
            yield from markdown(child)


def words_of(message: Any) -> Iterator[str]:
    for field, value in message.ListFields():
        for one in value if field.is_repeated else [value]:
            if hasattr(one, "ListFields"):
                yield from words_of(one)
            elif isinstance(one, str) and field.name not in ("id", "page", "query_string", "element_id"):
                yield one


@pytest.mark.parametrize("name", ["", "actor", "compare", "stories", "articles", "outlets", "health", "method"])
def test_what_reads_markdown_is_given_no_markdown_from_outside(
    hostile_press: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", str(hostile_press / "archive"))
    monkeypatch.setenv("NEWSGAUGE_CATALOGUE", str(hostile_press / "catalogue"))
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    page._page_hash = calc_hash(name)
    page.query_params.update(
        {"actor": ["ukraine", "nato"], "period": "30d", "article": "p1-1", "peak": "nato.2024-10-08"}
    )
    page.run()
    assert not page.exception
    given = list(markdown(page.main))
    assert given
    alive = (":red[", "<img", "**bold", "${x}", "](http", "javascript:", "<script")
    bare = [re.sub(r"\\[!-/:-@\[-`{-~]", "", text) for text in given]
    assert [text for text in bare if any(word in text for word in alive)] == []


@pytest.mark.parametrize("harm", [Path.unlink, cut])
def test_a_part_that_is_drawn_beside_the_rest_says_that_it_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None]
) -> None:
    opened(str(folder), monkeypatch, "articles", period="all")
    for table in ("articles", "mentions"):
        for file in (folder / table).rglob("*.parquet"):
            harm(file)
    page = opened(str(folder), monkeypatch, "actor", actor="nato", period="all")
    said = " ".join(notes(page))
    assert said.count("Something here cannot be read") >= 2
    assert "Outlets" in [header.value for header in page.header]
    assert str(folder) not in said
