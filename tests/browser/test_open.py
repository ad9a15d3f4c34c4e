"""What opens on a page has no barrier that axe-core knows, in either theme: popovers and expanders."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, idle
from tests.browser.test_hostile import COLOURS, barriers, dark

pytestmark = pytest.mark.browser

BOTH = "actor=nato&actor=ukraine&period=all"
PAGES = {
    "overview": f"/?{BOTH}&peak=nato.2024-10-08",
    "actor": "/actor?actor=nato&period=all&peak=nato.2024-10-08",
    "compare": "/compare?actor=nato&period=30d&against-from=2024-08-05&against-to=2024-09-01",
    "stories": "/stories?actor=nato&from=2024-09-01&open=s0",
    "articles": f"/articles?{BOTH}&article=v0",
    "outlets": f"/outlets?{BOTH}",
    "an outlet": f"/outlets?{BOTH}&outlet=example-post",
    "health": "/health",
    "method": "/method",
}
POPOVERS = "[data-testid=stPopoverButton]"
OPENED = "[data-testid=stPopoverBody]"


def opened(page: Page) -> Iterator[str]:
    """Open each of a page's popovers in turn, and tell its name while it is open."""
    for button in page.locator(POPOVERS).all():
        button.scroll_into_view_if_needed()
        button.click()
        page.locator(OPENED).first.wait_for()
        idle(page)
        yield button.inner_text()
        page.keyboard.press("Escape")
        expect(page.locator(OPENED)).to_have_count(0)
        # Streamlit's own popover closes again if it is opened before the server has answered that another was closed.
        idle(page)


@pytest.mark.parametrize("name", PAGES)
def test_what_opens_has_no_barrier_in_either_theme(visit: Visit, eventful: str, name: str) -> None:
    page = visit(PAGES[name], at=eventful)
    page.evaluate("document.querySelectorAll('.ng-card details, .ng-who details').forEach(one => one.open = true)")
    closed = page.locator("[data-testid=stExpander] details:not([open]) > summary")
    for _ in range(min(closed.count(), 3)):
        closed.first.click()
        idle(page)
    found = found_open(page)
    dark(page)
    assert found + found_open(page, COLOURS) == []


def found_open(page: Page, rules: list[str] | None = None) -> list[tuple[Any, ...]]:
    """The barriers of the page, and of each of its popovers, by all rules of axe-core or by these."""
    found = [("page", *one) for one in barriers(page, rules=rules)]
    for what in opened(page):
        found += [(what, *one) for one in barriers(page, OPENED, rules)]
    return found
