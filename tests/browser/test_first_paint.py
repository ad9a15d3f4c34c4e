"""A page that opens does not jump, however late the scripts come that draw its words."""

import re

import pytest
from playwright.sync_api import Browser, Route

from tests.benchmarks.shift import WATCH
from tests.browser.conftest import PATIENCE, idle

pytestmark = pytest.mark.browser
#: What draws HTML, of Streamlit's scripts.
WORDS = re.compile(r"/static/js/Html\.")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/method", "/articles?actor=nato&period=all", "/actor?actor=nato&period=30d"])
def test_nothing_moves_when_words_come_last(chromium: Browser, server: str, path: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 1000})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    late: list[Route] = []
    page.route(WORDS, lambda route: late.append(route))
    page.goto(server + path)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    for one in late:
        one.continue_()
    page.locator(".ng-brand").wait_for()
    idle(page)
    # https://web.dev/articles/cls calls up to a tenth good.
    assert page.evaluate("window.shift") < 0.1
    assert late
    context.close()
