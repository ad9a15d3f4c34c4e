"""The page of outlets in a real Chromium: silence, outage, one outlet, its link, a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, drawn, inside_width, served, until
from tests.browser.rhythm import rhythm

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of outlets with a rhythm."""
    with served(rhythm, tmp_path_factory.mktemp("rhythm")) as address:
        yield address


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_what_came_of_what_was_expected_is_drawn_and_silence_is_named(
    visit: Visit, press: str, width: int, scheme: str
) -> None:
    page = visit("/outlets?actor=nato&period=all", width, scheme, at=press)
    # Four outlets with feeds, nine weeks of days.
    drawn(page, "chart-coverage", more_than=4 * 63 - 1)
    drawn(page, "chart-outlet-tones", more_than=2)
    expect(page.locator(".st-key-card-alarms")).to_contain_text("example-post silent since 23 Sep 2024")
    assert inside_width(page)


def test_an_outlet_is_opened_by_the_keyboard_and_leads_to_its_articles(visit: Visit, press: str) -> None:
    page = visit("/outlets?actor=nato&period=all", at=press)
    link = page.locator(".ng-press tbody a", has_text="example-times")
    link.focus()
    page.keyboard.press("Enter")
    until(page, "outlet=example-times")
    page.get_by_role("heading", name="example-times", exact=True).wait_for()
    drawn(page, "chart-outlet-volume", more_than=2)
    expect(page.locator(".st-key-card-outlet-tone tbody tr")).to_have_count(1)
    assert inside_width(page)
    page.get_by_role("link", name="Its articles").click()
    until(page, "/articles?actor=nato&outlet=example-times&period=all")
    expect(page.locator(".ng-count")).to_have_text("63")


def test_a_link_to_an_outlet_shows_the_same_in_another_browser(visit: Visit, press: str) -> None:
    sender = visit("/outlets?outlet=example-mail&period=all", at=press)
    receiver = visit("/" + sender.url.split("/", 3)[3], 390, "dark", at=press)
    values = sender.locator(".ng-card .value")
    expect(values).to_have_count(4)
    expect(receiver.locator(".ng-card .value")).to_have_text(values.all_inner_texts(), use_inner_text=True)
    expect(receiver.get_by_text("Feeds failed 9 Sep 2024 – 15 Sep 2024")).to_have_count(1)
    assert inside_width(receiver)
