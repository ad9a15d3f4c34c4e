"""Charts as files, in a real Chromium: the picture as PNG and SVG, its rows as csv."""

import re
import struct
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, idle

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, button: str) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path())


def opened(page: Page, card: str) -> None:
    page.locator(f".st-key-table-{card} button").first.click()
    expect(page.get_by_role("button", name="Table as csv")).to_be_visible()
    idle(page)


@pytest.mark.parametrize(("scheme", "ground"), [("light", "#FFFFFF"), ("dark", "#14171C")])
def test_a_chart_is_taken_along_as_a_picture_that_tells_what_it_shows(visit: Visit, scheme: str, ground: str) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=30d&volume=ratio", scheme=scheme)
    opened(page, "volume")
    body = saved(page, "Picture as PNG").read_bytes()
    assert body.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", body[16:24])
    # Twice as fine as the page: a chart of 1,250 pixels and more, 260 high, with its title and its source.
    assert width > 2_500
    assert 600 < height < 1_000

    picture = ElementTree.fromstring(saved(page, "as SVG").read_text("utf-8"))  # noqa: S314 (made by the page)
    told = [text.text for text in picture.iter(f"{SVG}text")]
    assert "Attention per day" in told
    assert "share of all articles of the same outlets" in told
    assert {"NATO", "Ukraine"} <= set(told)
    assert any("sample press" in (text or "") and "actor nato, ukraine" in (text or "") for text in told)
    assert picture.find(f"{SVG}rect").get("fill") == ground
    assert "font/woff2" in picture.find(f"{SVG}style").text
    assert not list(picture.iter(f"{SVG}script"))


def test_small_multiples_are_one_picture_with_the_words_of_each(visit: Visit) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=30d")
    opened(page, "tone")
    picture = ElementTree.fromstring(saved(page, "as SVG").read_text("utf-8"))  # noqa: S314 (made by the page)
    told = " | ".join(text.text or "" for text in picture.iter(f"{SVG}text"))
    assert "NATO +0.60 ± 0.00" in told
    assert "Ukraine " in told
    assert len([one for one in picture.iter(f"{SVG}svg") if "marks" in one.get("class", "")]) == 2


# The scripts of a page's own parts come as they are let go.
HELD = """
    window.held = [];
    const made = URL.createObjectURL;
    URL.createObjectURL = thing => {
        const address = made.call(URL, thing);
        if (!/javascript/.test(thing.type)) return address;
        const script = `await new Promise(go => window.held.push(go));
            export default (await import('${address}')).default;`;
        return made.call(URL, new Blob([script], {type: thing.type}));
    };
"""


def test_a_picture_is_offered_once_there_is_what_makes_it(visit: Visit) -> None:
    page = visit("/method", is_kept=False)
    page.add_init_script(HELD)
    page.goto(page.url.replace("/method", "/?actor=nato&period=30d"))
    page.locator("h1").wait_for()
    idle(page)
    opened(page, "volume")
    button = page.get_by_role("button", name="as SVG")
    expect(button).to_be_disabled()
    page.evaluate("window.held.forEach(go => go())")
    assert ElementTree.fromstring(saved(page, "as SVG").read_text("utf-8")).tag == f"{SVG}svg"  # noqa: S314 (ours)


def test_the_rows_of_a_chart_are_a_file(visit: Visit) -> None:
    page = visit("/?actor=nato&period=30d")
    opened(page, "volume")
    head, *rows = saved(page, "Table as csv").read_text("utf-8").splitlines()
    assert head == "actor,date,count,total_count,ratio,texts,stories"
    assert len(rows) == 30
    assert sum(int(row.split(",")[2]) for row in rows) == 92


def test_the_weeks_of_an_axis_begin_where_the_weeks_that_are_counted_do(visit: Visit, eventful: str) -> None:
    page = visit("/?actor=nato&period=all", at=eventful)
    opened(page, "volume")
    picture = ElementTree.fromstring(saved(page, "as SVG").read_text("utf-8"))  # noqa: S314 (made by the page)
    told = [text.text or "" for text in picture.iter(f"{SVG}text")]
    ticks = [_day(text) for text in told if re.fullmatch(r"\d+ (Aug|Sep|Oct)", text)]
    # Ten weeks from Monday 5 August 2024 on.
    assert date(2024, 8, 12) in ticks or date(2024, 8, 19) in ticks
    assert len(ticks) >= 4
    assert {tick.strftime("%A") for tick in ticks} == {"Monday"}


def _day(text: str) -> date:
    return datetime.strptime(f"{text} 2024", "%d %b %Y").date()  # noqa: DTZ007 (a day has no zone)
