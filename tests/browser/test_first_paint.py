"""A page that opens does not jump, however late the scripts come that draw its words."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.benchmarks.shift import WATCH
from tests.browser.conftest import PATIENCE, idle

pytestmark = pytest.mark.browser
#: What draws HTML, of Streamlit's scripts.
WORDS = re.compile(r"/static/js/Html\.")
#: What draws the buttons of the controls: it needs less room than is kept for it.
BUTTONS = re.compile(r"/static/js/ButtonGroup\.")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/method", "/articles?actor=nato&period=all", "/actor?actor=nato&period=30d"])
def test_nothing_moves_when_words_come_last(chromium: Browser, server: str, path: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 1000})
    context.add_init_script(WATCH)
    page = late(context, server + path, WORDS)
    page.locator(".ng-brand").wait_for()
    idle(page)
    # https://web.dev/articles/cls calls up to a tenth good.
    assert page.evaluate("window.shift") < 0.1
    context.close()


def test_an_article_stays_in_sight_where_the_controls_above_it_come_last(chromium: Browser, server: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 1000})
    page = late(context, f"{server}/articles?article=d0-3", BUTTONS, shows="article h2")
    idle(page)
    # It stands in the upper part of the window, and the links to the pages over it.
    expect(page.locator(".st-key-card-reader")).to_be_in_viewport()
    expect(page.locator(".st-key-pages").get_by_text("Articles", exact=True)).to_be_in_viewport(ratio=1)
    context.close()


def late(context: BrowserContext, address: str, script: re.Pattern[str], shows: str = "h1") -> Page:
    """A page whose script has run to its end, and which shows this, before it gets one of Streamlit's own scripts."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    held: list[Route] = []
    page.route(script, lambda route: held.append(route))
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_selector(shows, state="attached")
    assert held
    for one in held:
        one.continue_()
    return page
