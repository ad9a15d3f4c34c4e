"""A page that opens does not jump, however late the scripts come that draw its words."""

import re
from collections.abc import Callable

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


def test_a_phone_keeps_room_for_the_buttons_of_as_many_actors_as_there_are(chromium: Browser, server: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 1000})
    page, let_go = held_back(context, f"{server}/articles?actor=nato&period=all", BUTTONS)
    kept = page.locator(".st-key-actor").bounding_box()
    let_go()
    page.get_by_role("button", name="NATO", exact=True).wait_for()
    idle(page)
    drawn = page.locator(".st-key-actor").bounding_box()
    assert kept
    assert drawn
    assert kept["height"] == pytest.approx(drawn["height"], abs=2)
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
    """A page that has got one of Streamlit's own scripts when all else of it was there."""
    page, let_go = held_back(context, address, script, shows)
    let_go()
    return page


def held_back(
    context: BrowserContext, address: str, script: re.Pattern[str], shows: str = "h1"
) -> tuple[Page, Callable[[], None]]:
    """A page that has run to its end and shows this, without one of Streamlit's own scripts; and what lets that go."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    held: list[Route] = []
    may_go: list[bool] = []
    page.route(script, lambda route: route.continue_() if may_go else held.append(route))
    with page.expect_request(script):
        page.goto(address)
    page.wait_for_selector(shows, state="attached")
    # Before the script begins to run it isn't running either: so this is looked at when there is something of it.
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    assert held

    def let_go() -> None:
        may_go.append(True)
        for one in held:
            one.continue_()

    return page, let_go
