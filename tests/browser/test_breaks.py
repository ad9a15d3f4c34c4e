"""A rule on the charts where another catalogue or model began to read the articles."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, served
from tests.browser.halves import halves

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of an archive of two halves."""
    with served(halves, tmp_path_factory.mktemp("halves")) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_half_an_archive_that_was_read_again_shows_a_rule_and_its_words(
    visit: Visit, broken: str, width: int, scheme: str
) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=all", width=width, scheme=scheme, at=broken)
    for chart, text in (("chart-volume", "new catalogue"), ("chart-tone-nato", "new catalogue and model")):
        words = page.locator(f".st-key-{chart} .marks text", has_text=text)
        words.last.wait_for(state="attached")
        box, picture = words.last.bounding_box(), page.locator(f".st-key-{chart} .marks").bounding_box()
        assert box
        assert picture
        assert picture["x"] <= box["x"]
        assert box["x"] + box["width"] <= picture["x"] + picture["width"]
    expect(page.get_by_text("New catalogue: from the week of 2 Sep 2024 on")).to_have_count(1)
    # The tone of both is drawn by months.
    expect(page.get_by_text("New catalogue: from Sep 2024 on")).to_have_count(1)
    expect(page.get_by_text("New model: from Sep 2024 on")).to_have_count(1)


def test_a_pointer_near_the_rule_is_told_both_versions(visit: Visit, broken: str) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=all", at=broken)
    text = page.locator(".st-key-chart-volume .marks text", has_text="new catalogue").last
    text.wait_for(state="attached")
    box, picture = text.bounding_box(), page.locator(".st-key-chart-volume .marks").bounding_box()
    assert box
    assert picture
    # The text stands five pixels beside its rule.
    page.mouse.move(box["x"] - 4, picture["y"] + 120)
    told = page.locator("#vg-tooltip-element")
    told.get_by_text("catalogue older").wait_for()
