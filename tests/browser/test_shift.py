"""Nothing on a page moves after it was first drawn, by the browser's own measure of layout shift."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import idle

pytestmark = pytest.mark.browser

#: What web.dev calls good (https://web.dev/articles/cls).
GOOD = 0.1
WATCH = """
window.shift = 0;
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: 'layout-shift', buffered: true});
"""
PAGES = [
    "/?actor=nato&actor=ukraine&period=30d",
    "/actor?actor=nato&period=30d",
    "/compare?actor=nato&period=30d",
    "/stories?period=30d",
    "/articles?actor=nato&period=30d",
    "/outlets?period=30d",
    "/health",
    "/method",
]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_moves_when_a_page_is_opened(chromium: Browser, eventful: str, path: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(eventful + path)
    page.wait_for_selector("h1")
    idle(page)
    idle(page)
    assert page.evaluate("window.shift") < GOOD
    context.close()
