"""Where another catalogue or model read the articles, the charts show a rule and say it in words."""

import html
import re
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from data import catalogue
from tests.browser.halves import halves
from tests.browser.newsroom import summit

ROOT = Path(__file__).resolve().parents[1]
TODAY = catalogue.load(catalogue.DEFAULT).version


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("halves") / "archive"
    halves(folder)
    return str(folder)


def opened(address: str, monkeypatch: pytest.MonkeyPatch, page: str = "", **words: object) -> AppTest:
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", address)
    monkeypatch.delenv("NEWSGAUGE_CATALOGUE", raising=False)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    app._page_hash = calc_hash(page)
    for word, value in words.items():
        app.query_params[word] = value
    app.run()
    assert not app.exception, app.exception
    return app


def notes(app: AppTest) -> list[str]:
    """Each piece of HTML of a page as a reader sees it, and each paragraph of several in one."""
    pieces = (piece for block in app.html for piece in block.body.split("</p>"))
    plain = (html.unescape(re.sub(r"<[^>]*>", " ", piece)) for piece in pieces)
    return [re.sub(r"\s+", " ", text).strip() for text in plain]


CATALOGUE = f"New catalogue: from the week of 2 Sep 2024 on most articles are read with {TODAY}, before with older."
# 1 September is the Sunday of the week before: 10 of its 70 articles.
MIXED = "Mixed: the week of 26 Aug 2024, 14 % of its articles are read with another catalogue than most."
MODEL = "New model: from the week of 2 Sep 2024 on most articles are read with m1, before with m0."


def test_a_chart_tells_from_when_on_another_catalogue_read_the_articles(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = notes(opened(broken, monkeypatch, actor="nato", period="all"))
    assert f"{CATALOGUE} {MIXED} A step there may be the reading's and not the press's." in said


def test_another_model_is_told_of_the_tone_and_not_of_the_volume(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    volume, tone = (
        note for note in notes(opened(broken, monkeypatch, actor="nato", period="all")) if CATALOGUE in note
    )
    assert MODEL not in volume
    assert MODEL in tone


def test_a_volume_that_tones_choose_breaks_with_the_model(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(broken, monkeypatch, actor="nato", period="all", **{"tone-from": "0.1"})
    volume, *_ = (note for note in notes(page) if CATALOGUE in note)
    assert MODEL in volume


def test_days_read_with_one_catalogue_are_without_a_break(
    broken: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "New catalogue" not in " ".join(notes(opened(broken, monkeypatch, actor="nato", period="30d")))
    summit(tmp_path / "archive")
    page = " ".join(notes(opened(str(tmp_path / "archive"), monkeypatch, actor="nato", period="all")))
    assert "New catalogue" not in page
    assert "Mixed" not in page


def test_health_tells_what_is_stale_and_what_to_do(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSGAUGE_MODEL_VERSION", "m1")
    app = opened(broken, monkeypatch, "health")
    # 5 to 31 August, ten articles a day.
    advice = f"./newsgauge rescore --stale reads them again with today's catalogue {TODAY} and model m1."
    assert f"270 of 740 articles are stale: {advice}" in notes(app)
    (table,) = (frame.value for frame in app.dataframe if "catalogue" in frame.value.columns)
    assert table["articles"].to_list() == [470, 270]
    assert table["catalogue"].to_list() == [TODAY, "older"]


def test_health_tells_that_nothing_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSGAUGE_MODEL_VERSION", "m1")
    archive = halves(tmp_path / "archive")
    of_today = {"catalogue_version": pl.lit(TODAY), "model_version": pl.lit("m1")}
    august = [table.filter(month="2024-08").collect() for table in (archive.readings(), archive.mentions())]
    archive.replace_month("2024-08", *(table.with_columns(**of_today) for table in august))
    page = notes(opened(str(tmp_path / "archive"), monkeypatch, "health"))
    assert f"All 740 articles are read with today's catalogue {TODAY} and model m1." in page
