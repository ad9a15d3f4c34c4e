"""From a chart's point to its articles without aiming at it: a table of links, which the keyboard reaches."""

import html
import re
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import points
from tests.browser.newsroom import newsroom, summit
from tests.test_breaks import notes, opened


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("newsroom") / "archive"
    newsroom(folder)
    return str(folder)


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("summit") / "archive"
    summit(folder)
    return str(folder)


def table(app: AppTest) -> list[list[str]]:
    """The cells of the table of points, each with where it leads."""
    body = next(block.body for block in app.html if '"ng-scroll ng-points"' in block.body)
    rows = re.findall(r"<tr>(.*?)</tr>", body)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def leads_to(cell: str) -> str:
    found = re.search(r'href="([^"]*)"', cell)
    return html.unescape(found[1]) if found else ""


def test_a_point_without_a_value_leads_nowhere_and_words_from_outside_are_inert() -> None:
    made = points.table(
        [("a", "<b>A</b>"), ("b", "B")], [("a", date(2024, 10, 1), "7")], str, lambda actor, day: {"actor": [actor]}
    )
    assert "&lt;b&gt;A&lt;/b&gt;" in made
    assert made.count("<a ") == 1
    assert '<td class="number">–</td>' in made


def test_each_number_of_the_chart_of_volume_leads_to_its_articles(october: str, monkeypatch) -> None:
    page = opened(october, monkeypatch, actor=["nato", "ukraine"], period="7d", search="")
    page.session_state["table-volume"] = True
    page.run()
    head, last, *others = table(page)
    assert head == ["Period", "NATO", "Ukraine"]
    assert len(others) == 6
    # On the last day two articles name NATO, one it and Ukraine, one is hostile, one German; one names Ukraine alone.
    assert re.sub("<[^>]*>", "", " ".join(last)) == "31 Oct 2024 5 2"
    assert leads_to(last[1]) == "articles?actor=nato&from=2024-10-31&to=2024-10-31"
    listed = opened(october, monkeypatch, "articles", actor="ukraine", to="2024-10-31", **{"from": "2024-10-31"})
    assert leads_to(last[2]) == "articles?actor=ukraine&from=2024-10-31&to=2024-10-31"
    assert '<span class="ng-count">2</span>' in " ".join(block.body for block in listed.html)


def test_each_tone_of_the_chart_of_tone_leads_to_its_articles(eventful: str, monkeypatch) -> None:
    for name in ("", "actor"):
        page = opened(eventful, monkeypatch, name, actor="nato", period="all")
        page.session_state["table-tone"] = True
        page.run()
        head, last, *_ = table(page)
        assert head == ["Period", "NATO"]
        # 14 of the week at +0.2, and 28 at +0.4 in the summit's week.
        assert last[0] == "week of 7 Oct 2024"
        assert re.sub("<[^>]*>", "", last[1]) == "+0.33"
        assert leads_to(last[1]) == "articles?actor=nato&from=2024-10-07&to=2024-10-13"


def test_a_comparison_leads_from_each_outlets_value_to_its_articles(eventful: str, monkeypatch) -> None:
    page = opened(eventful, monkeypatch, "compare", actor="nato", period="30d")
    rows = next(block.body for block in page.html if 'ng-table ng-shares"' in block.body)
    links = [html.unescape(one) for one in re.findall(r'href="([^"]*)"', rows)]
    assert "articles?actor=nato&outlet=example-post&from=2024-09-14&to=2024-10-13" in links
    assert "articles?actor=nato&outlet=example-mail&from=2024-08-15&to=2024-09-13" in links


def test_the_card_of_a_peak_tells_its_tone_and_whether_all_was_read(eventful: str, monkeypatch) -> None:
    page = opened(eventful, monkeypatch, actor="nato", period="30d", peak="nato.2024-10-08")
    told = " ".join(notes(page))
    assert "By example-post 28, example-times 2." in told
    # 28 at +0.4 and two at +0.2.
    assert "Mean tone toward the actor +0.39 ± 0.0" in told
    assert "0 % of 30 scored mentions negative." in told
    # Once under the chart, once in the card.
    assert told.count("No feed has been checked") == 2


def test_a_peak_of_few_stories_has_no_mean_tone(eventful: str, monkeypatch) -> None:
    page = opened(eventful, monkeypatch, actor="nato", period="30d", peak="nato.2024-10-08", search="title:alert")
    told = " ".join(notes(page))
    assert "cannot be told of 1 scored story: 10 are needed." in told
