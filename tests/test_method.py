"""The Method page tells how often the tone is right, of which model that holds, and what nobody could look at."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import figures as tables
from dashboard import model_charts, theme
from data import figures
from data.figures import Confidence, Detail, Figure, Figures, LeftOut, Published
from tests.browser.newsroom import HOSTILE, newsroom

ROOT = Path(__file__).resolve().parents[1]

F1 = Figure("Toward people", "rw", "macro F1", 343, 0.782, 0.733, 0.825, 0.531, 0.476, 0.579, 0.251, -0.002, 1, 0.189)
MEASURED = Figures(
    model_version="m1",
    sure=0.5,
    figures=(
        F1,
        replace(F1, measure="accuracy", value=0.81, majority=0.397),
        Figure("Of articles", "editorials", "r, articles", 409, 0.649, 0.58, 0.708, -0.044, -0.1, 0.1),
    ),
    published=(Published("rw", "macro F1", 0.831, "GRU-TSC", "other items", "Hamborg & Donnay 2021, https://x.org"),),
    details=(
        Detail("rw", ((3, 1, 0), (0, 4, 0), (0, 0, 0)), ((0, 0, 0),) * 3, (Confidence(8, 0.9, 0.875, 0.5, 0.98),)),
        Detail("together", ((3, 1, 0),) * 3, ((0, 0, 0),) * 3, (Confidence(8, 0.9, 0.875, 0.5, 0.98),)),
    ),
    left_out=(LeftOut("hard names", "their file is not in the folder"),),
)

Opened = Callable[[Figures | None], str]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("newsroom") / "archive"
    newsroom(folder)
    return str(folder)


@pytest.fixture
def opened(archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """What the page says when these figures are shipped, or none."""

    def open_page(shipped: Figures | None) -> str:
        file = tmp_path / "figures.json"
        if shipped:
            file.write_text(json.dumps(figures.as_json(shipped)), encoding="utf-8")
        monkeypatch.setattr(figures, "SHIPPED", file)
        monkeypatch.setenv("NEWSGAUGE_ARCHIVE", archive)
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
        app._page_hash = calc_hash("method")
        app.run()
        assert not app.exception, app.exception
        return " ".join(seen(block.body) for block in app.html)

    return open_page


def seen(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", markup))).strip()


def test_each_figure_stands_with_its_interval_beside_vader_majority_and_published(opened: Opened) -> None:
    page = opened(MEASURED)
    assert "rw n = 343 .782 .733–.825 .531 .476–.579 .189 .831 GRU-TSC .810" in page
    assert "on other items (Hamborg & Donnay 2021, https://x.org)" in page


def test_what_is_below_0_is_no_dash(opened: Opened) -> None:
    assert "−.044 −.100 to .100" in opened(MEASURED)


def test_a_set_that_was_not_looked_at_is_named(opened: Opened) -> None:
    assert "Not looked at: hard names, their file is not in the folder" in opened(MEASURED)


def test_figures_of_another_model_than_the_archives_say_so(opened: Opened) -> None:
    assert "another model" not in opened(MEASURED)
    # 31 days of five articles, two more on the last one, and the undated one.
    assert "These figures are those of m2. Articles of this archive that were scored by another model: 158 by m1" in (
        opened(replace(MEASURED, model_version="m2"))
    )


def test_without_figures_the_page_says_that_nobody_has_measured(opened: Opened) -> None:
    page = opened(None)
    assert "has not been measured" in page
    assert "./newsgauge evaluate --json" in page


def test_the_confusion_counts_what_is_taken_for_what() -> None:
    assert seen(tables.confusions(MEASURED.details[:1])) == (
        "rw negative neutral positive "
        "negative 3 75 % 1 25 % 0 0 % neutral 0 0 % 4 100 % 0 0 % positive 0 0 % 0 0 % 0 0 %"
    )


def test_the_long_table_has_every_figure_and_the_short_one_only_the_rest() -> None:
    assert seen(tables.every(MEASURED)).count("343") == 2
    assert "343" not in tables.further(MEASURED)
    assert "editorials r, articles 409 .649 .580–.708" in seen(tables.further(MEASURED))


def test_names_of_sets_that_people_bring_are_shown_as_they_are() -> None:
    brought = replace(
        MEASURED, figures=tuple(replace(one, labelled=HOSTILE, group=HOSTILE) for one in MEASURED.figures)
    )
    for table in (tables.targets(brought), tables.every(brought), tables.confusions([Detail(HOSTILE, (), (), ())])):
        assert "<img" not in table
        assert theme.escape(HOSTILE) in table


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=lambda one: one.kind)
def test_the_picture_of_confidence_asks_for_the_columns_it_gets(colours: theme.Palette) -> None:
    asked = set(re.findall(r'"field": "(\w+)"', json.dumps(model_charts.reliability(colours))))
    exact, border = model_charts.exact_and_border(0.5)
    assert asked == {"confidence", "accuracy", "low", "high", "n", "text"}
    assert set(exact.columns) | set(border.columns) <= asked
    assert border["confidence"].to_list() == [0.5]
