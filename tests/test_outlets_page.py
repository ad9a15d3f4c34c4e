"""The page of outlets as a server runs it: its numbers, what it says of silence and outages, its link."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard.theme import inert
from dashboard.views import outlet, outlets
from data import catalogue
from data.archive import open_archive
from tests.browser.halves import halves
from tests.browser.newsroom import HOSTILE, events
from tests.browser.rhythm import rhythm
from tests.test_dashboard import ROOT, Opened, said, words


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("rhythm") / "archive"
    rhythm(folder)
    return str(folder)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An archive that was filled from files alone."""
    folder = tmp_path_factory.mktemp("files") / "archive"
    events(folder)
    return str(folder)


@pytest.fixture
def opened(archive: str, monkeypatch: pytest.MonkeyPatch) -> Opened:
    def open_page(
        address: str = archive, known: str = str(catalogue.DEFAULT), page: str = "outlets", **words: object
    ) -> AppTest:
        monkeypatch.setenv("NEWSGAUGE_ARCHIVE", address)
        monkeypatch.setenv("NEWSGAUGE_CATALOGUE", known)
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=240)
        app._page_hash = calc_hash(page)
        for word, value in words.items():
            app.query_params[word] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return open_page


def test_the_page_tells_who_writes_how_much_who_fell_silent_and_who_could_not_be_looked_at(opened: Opened) -> None:
    app = opened(actor="nato", period="all")
    page = words(app)
    assert app.title[0].value == "Outlets"
    assert app.query_params == {"actor": "nato", "period": "all"}
    # 63 days of four articles; 49 of four, of which two name NATO; 56 of four.
    assert "example-times not in the catalogue 252 252 0 % 63 25 % +0.50 ± 0.00 · n 63 5 Aug 2024 – 6 Oct 2024" in page
    assert "example-post not in the catalogue 196 196 0 % 98 50 % −0.20 ± 0.00 · n 98 5 Aug 2024 – 22 Sep 2024" in page
    assert "example-mail not in the catalogue 224 224 0 % 0 0 % – n 0, too few" in page
    # Two weeks of 28; the parts of the weekdays rise a little in the first one, see tests/test_coverage.py.
    silent = "example-post silent since 23 Sep 2024 0 of about 58 expected, 14 days its feeds answered all the while"
    assert silent in page
    assert "example-wire more than twice as much since 3 Oct 2024 48 of about 8 expected, 4 days" in page
    assert "example-mail silent" not in page
    assert "On 7 days of 1 outlet no feed answered." in page
    assert "Of 1 outlet with articles no feed is checked: nothing can be expected of it." in page
    # The times is first on each of the 63 days but the seven on which the mail was down and fourteen without the post,
    # on which the other still tells the story.
    assert "example-times first in 100 % of 63" in page
    assert "example-post first in 0 % of 49, else 3 h later" in page
    assert "example-mail first in 0 % of 56, else 6 h later" in page
    cards = [
        "Fell silent, or out of step",
        "Expected and received, by day",
        "Who writes how much",
        "In what tone toward NATO",
        "Who tells it first, who follows",
    ]
    assert [header.value for header in app.header] == [inert(card) for card in cards]


def test_one_outlet_is_put_beside_the_others(opened: Opened) -> None:
    app = opened(outlet="example-times", period="all")
    page = words(app)
    assert app.query_params == {"outlet": "example-times", "period": "all"}
    assert app.title[0].value.replace("\\", "") == "example-times"
    # From the fifth week on: 35 days of four.
    assert "140 articles of about 140, where enough is known" in page
    # 63 of 252 against 98 of 649: the ratio of the parts is 1.66, its interval 1.25 to 2.19.
    assert "NATO ▲ more 1.7 times as often (1.3 to 2.2) 25 % of its texts (n 63), 15 % of the others'" in page
    assert "NATO +0.50 ± 0.00 · n 63 −0.20 ± 0.00 · n 98 +0.70 ± 0.00" in page
    assert "https://example.org/example-times ok" in page
    assert "Its feeds answered on every day that they were checked." in page


def test_an_outage_of_one_outlet_is_told_with_its_days(opened: Opened) -> None:
    page = words(opened(outlet="example-mail", period="all"))
    assert "Feeds failed 9 Sep 2024 – 15 Sep 2024: what was written is not known." in page
    # 35 days less the seven dark ones.
    assert "112 articles of about 112, where enough is known" in page


def test_an_outlet_without_articles_in_these_days_still_tells_of_its_feeds(opened: Opened) -> None:
    page = words(opened(outlet="example-post", period="7d"))
    assert "No article" in page
    assert "https://example.org/example-post ok" in page


def test_an_outlet_that_nobody_knows_is_named_and_all_are_shown(opened: Opened) -> None:
    app = opened(outlet="nowhere", period="7d")
    assert 'outlet "nowhere" is not known' in words(app)
    assert app.query_params == {"period": "7d"}
    assert "Who writes how much" in [header.value for header in app.header]


def test_an_archive_of_files_says_that_nothing_can_be_expected(opened: Opened, files: str) -> None:
    app = opened(address=files, period="all")
    page = words(app)
    assert "What should have come cannot be told No feed has been checked: the articles came from files." in page
    assert inert("Fell silent, or out of step") not in [header.value for header in app.header]
    assert "example-times not in the catalogue 21" in page
    one = words(opened(address=files, outlet="example-times", period="all"))
    assert "No feed of this outlet is checked, its articles came from files" in one


def test_an_empty_archive_says_how_to_fill_it(opened: Opened, tmp_path: Path) -> None:
    open_archive(str(tmp_path / "empty"), create=True)
    assert "./newsgauge ingest" in said(opened(address=str(tmp_path / "empty")))


def test_a_hostile_name_of_an_outlet_stays_text(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(catalogue.DEFAULT, folder)
    entry = f"""
[example-times]
name = '''{HOSTILE}'''
homepage = "https://example.org/"
country = "GB"
languages = ["en"]
media_type = "print"
ownership = "private"
panels = []
feeds = [{{url = "https://example.org/example-times"}}]
"""
    with (folder / "outlets.toml").open("a", encoding="utf-8") as outlets:
        outlets.write(entry)
    listed = opened(known=str(folder), actor="nato", period="all")
    one = opened(known=str(folder), outlet="example-times", actor="nato", period="all")
    assert HOSTILE in said(listed)
    assert one.title[0].value == inert(HOSTILE)
    for app in (listed, one):
        assert not any("<img src=x" in block.body for block in app.html)
        assert not any(HOSTILE in block.value for block in [*app.markdown, *app.caption, *app.title, *app.header])


def test_the_overview_counts_stories_and_tells_how_much_came_of_what_was_expected(opened: Opened) -> None:
    page = words(opened(page="", actor="nato", period="all"))
    # A story of each of the 63 days, and the second article of each of the post's 49.
    assert "112 distinct stories" in page
    # From the fifth week on: 140 of the times, 84 of the post before it fell silent, 112 of the mail but for its dark
    # days, and of the wire 31 days of two and four of twelve.
    assert "Where enough is known, 446 articles came of about 46" in page


def test_an_unfinished_week_is_told_with_what_it_comes_to(opened: Opened, tmp_path: Path) -> None:
    # To Thursday, 10 October: four of seven equal days, and one mention on each.
    rhythm(tmp_path / "thursday", days=67)
    page = words(opened(address=str(tmp_path / "thursday"), page="", actor="nato", period="all"))
    assert "The last week is not over: by now 57 % of its articles are usually out." in page
    assert "(the upper dashed end): NATO 4 so far, about 7." in page


def test_a_comparison_tells_of_another_catalogue_that_read_one_of_the_periods(opened: Opened, tmp_path: Path) -> None:
    halves(tmp_path / "halves")
    days = {"from": "2024-09-02", "to": "2024-09-13", "against-from": "2024-08-12", "against-to": "2024-08-23"}
    page = words(opened(address=str(tmp_path / "halves"), page="compare", actor="nato", **days))
    assert "New catalogue: from 1 Sep 2024 on most articles are read with" in page


def test_a_share_that_is_nearly_nothing_is_no_tag() -> None:
    row = {"item": "NATO", "own": 1, "of_own": 500, "others": 90, "of_others": 900, "side": "less"}
    told = outlet._difference(row | {"ratio": 0.03, "low": 0.005, "high": 0.2})
    assert "&lt;1 % of its texts (n 1), 10 % of the others'" in told
    assert outlets._part(0.001) == "&lt;1 %"
