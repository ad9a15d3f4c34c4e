"""The reader of an article leads to its story, to the article that it reprints, and to those that reprint it."""

import html
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.browser.newsroom import HOSTILE, events

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("events") / "archive"
    events(folder)
    return str(folder)


@pytest.fixture
def links(told: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """The links beside an article that lead to others of its story, each with its label; and all that is said."""

    def of(article: str, **words: str) -> tuple[list[tuple[str, str]], str]:
        monkeypatch.setenv("NEWSGAUGE_ARCHIVE", told)
        monkeypatch.delenv("NEWSGAUGE_CATALOGUE", raising=False)
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        app._page_hash = calc_hash("articles")
        for word, value in ({"article": article} | words).items():
            app.query_params[word] = value
        app.run()
        assert not app.exception, app.exception
        found = [link.proto for link in app.get("page_link")]
        said = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", block.body)) for block in app.html)
        near = [(one.label, one.query_string) for one in found if "rint" in one.label or "story" in one.label]
        return near, said

    return of


def test_an_article_leads_to_its_story_and_to_its_copies(links) -> None:  # type: ignore[no-untyped-def]
    found, _ = links("v0", actor="nato")
    story, copy = found
    assert story[0] == "Its story: 13 articles, 2 outlets →"
    assert "story=v0" in story[1]
    assert "actor" not in story[1]  # all that tells it, not only what is looked at
    assert copy[0].replace("\\", "").startswith("Reprinted by example-post, 1 Oct 2024")
    assert "article=copy" in copy[1]
    assert "actor=nato" in copy[1]


def test_a_copy_leads_to_its_original_and_a_hostile_title_is_no_markup(links) -> None:  # type: ignore[no-untyped-def]
    (_, original), _ = links("copy")
    assert original[0].replace("\\", "") == "Reprint of example-times, 1 Oct 2024 09:00 UTC: Vilnius summit, day 0"
    (_, copy), _ = links("v0")
    assert HOSTILE not in copy[0]  # its stars and brackets are escaped
    assert "Reprinted" in copy[0]


def test_an_article_that_nobody_else_tells_says_so(links) -> None:  # type: ignore[no-untyped-def]
    found, said = links("n3")
    assert found == []
    assert "No other article tells its story." in said
