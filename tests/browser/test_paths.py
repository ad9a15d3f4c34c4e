"""From a number to the sentence behind it in two clicks, by pointer and by keyboard, wide and on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, cell, drawn, idle, inside_width, until

pytestmark = pytest.mark.browser

BOTH = "actor=nato&actor=ukraine&period=30d"
WIDTHS = [(1440, "light"), (390, "dark")]


def at_the_end_of(page: Page, chart: str, right: float = 12, height: float = 0.5) -> tuple[float, float]:
    """A place in a chart, so far from its right edge and so far down."""
    drawn(page, chart)
    marks = page.locator(f".st-key-{chart} svg.marks")
    marks.scroll_into_view_if_needed()
    box = marks.bounding_box()
    assert box is not None
    return box["x"] + box["width"] - right, box["y"] + box["height"] * height


def sentence_behind(page: Page, title: str) -> None:
    """The first article's title stands in sight of the list with what it says; a click opens it, marked."""
    first = page.locator(".ng-hits li").first
    expect(first.locator(".about")).to_contain_text("NATO met in Oslo.")
    assert inside_width(page)
    page.evaluate("window.loaded = true")
    first.get_by_role("link", name=title).click()
    read(page)
    # The page was not loaded anew.
    assert page.evaluate("window.loaded")


def read(page: Page) -> None:
    """The article is open, in sight, at the sentence: its tone, its surety, the lexicon's words, the rule."""
    expect(page.locator("article h2")).to_be_in_viewport()
    mark = page.locator("article mark.here")
    expect(mark).to_have_text("NATO met in Oslo.")
    expect(mark).to_have_class(re.compile("neutral"))
    facts = page.locator(".ng-facts")
    for told in ("confidence 80%", "by lexicon −0.10", "“NATO” by strong NATO"):
        expect(facts).to_contain_text(told)


@pytest.mark.parametrize(("width", "scheme"), WIDTHS)
def test_a_point_of_volume_leads_to_the_articles_of_its_actor_alone(
    visit: Visit, eventful: str, width: int, scheme: str
) -> None:
    page = visit(f"/?{BOTH}", width, scheme, at=eventful)
    drawn(page, "chart-volume")
    # NATO's two a day lie above Ukraine's one: the last day stands where the labels begin.
    label = page.locator(".st-key-chart-volume .marks text", has_text="NATO")
    label.scroll_into_view_if_needed()
    box = label.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] - 10, box["y"] - 20)
    until(page, "/articles?actor=nato&from=2024-10-13&to=2024-10-13")
    expect(page.locator(".ng-count")).to_have_text("2")
    sentence_behind(page, "Note d69-")


@pytest.mark.parametrize(("width", "scheme"), WIDTHS)
@pytest.mark.parametrize(
    ("address", "chart"),
    [("/?actor=nato&period=30d", "chart-tone-nato"), ("/actor?actor=nato&period=30d", "chart-tone")],
)
def test_a_point_of_tone_leads_to_the_articles_of_its_actor_alone(
    visit: Visit, eventful: str, address: str, chart: str, width: int, scheme: str
) -> None:
    page = visit(address, width, scheme, at=eventful)
    page.mouse.click(*at_the_end_of(page, chart))
    until(page, "/articles?actor=nato&from=2024-10-07&to=2024-10-13")
    expect(page.locator(".ng-count")).to_have_text("42")
    sentence_behind(page, "Note d69-")


@pytest.mark.parametrize(("width", "scheme"), WIDTHS)
def test_a_number_of_a_comparison_leads_to_its_articles(visit: Visit, eventful: str, width: int, scheme: str) -> None:
    page = visit("/compare?actor=nato&period=30d", width, scheme, at=eventful)
    row = page.locator(".ng-shares tr", has_text="example-times")
    row.get_by_role("link").last.click()
    until(page, "/articles?actor=nato&outlet=example-times&from=2024-09-14&to=2024-10-13")
    expect(page.locator(".ng-count")).to_have_text("60")
    sentence_behind(page, "Note d69-")


def tab_to(page: Page, selector: str, most: int = 40) -> None:
    """Press Tab until the focus is on something of this kind."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


@pytest.mark.parametrize(("address", "card"), [(f"/?{BOTH}", "volume"), ("/actor?actor=nato&period=30d", "tone")])
def test_the_keyboard_alone_leads_from_a_chart_to_a_sentence(
    visit: Visit, eventful: str, address: str, card: str
) -> None:
    page = visit(address, at=eventful)
    page.locator(f".st-key-table-{card} button").first.focus()
    page.keyboard.press("Enter")
    page.locator(".ng-points a").first.wait_for()
    idle(page)
    # The focus is led into what has opened, and comes back when it closes.
    expect(page.get_by_role("button", name="Table as csv")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(f".st-key-table-{card} button").first).to_be_focused()
    # Streamlit's own popover closes again if it is opened before the server has answered that it was closed.
    idle(page)
    page.keyboard.press("Enter")
    page.locator(".ng-points a").first.wait_for()
    idle(page)
    expect(page.get_by_role("button", name="Table as csv")).to_be_focused()
    tab_to(page, ".ng-points a", most=8)
    page.keyboard.press("Enter")
    until(page, "/articles?actor=nato&")
    page.locator(".ng-hits li").first.wait_for()
    page.locator(".st-key-download button").first.focus()
    tab_to(page, ".ng-hits a")
    page.keyboard.press("Enter")
    read(page)
    expect(page.get_by_role("button", name="Close article")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("article")).to_have_count(0)


def test_a_row_of_the_table_opens_its_article_however_it_is_sorted(visit: Visit, told: str) -> None:
    page = visit("/articles?actor=nato&period=all", at=told)
    # By title, upwards: the hostile one begins with a bracket, then day 0, day 1 ...
    page.mouse.click(*cell(page, 2, -1, "Title"))
    page.mouse.click(*cell(page, 0, 1, "Vilnius summit, day 0"))
    expect(page.locator("article h2")).to_contain_text("Vilnius summit, day 0")
    expect(page.locator("article h2")).to_be_in_viewport()
    until(page, "article=v0")


def test_more_articles_are_shown_with_what_they_say_on_request(visit: Visit, eventful: str) -> None:
    page = visit("/articles?actor=nato&period=30d", at=eventful)
    shown = page.locator(".ng-hits li")
    expect(shown).to_have_count(10)
    page.get_by_role("button", name="Show 10 more").click()
    expect(shown).to_have_count(20)
    expect(page.get_by_text("So far the newest 20; the table has all of them.")).to_be_visible()


def test_a_link_with_a_modifier_key_is_the_browsers(visit: Visit, eventful: str) -> None:
    page = visit("/articles?actor=nato&period=30d", at=eventful)
    with page.context.expect_page() as tab:
        page.locator(".ng-hits a").first.click(modifiers=["Control"])
    tab.value.close()
    assert "article=" not in page.url


def test_the_back_button_goes_back_over_a_link_of_ours(visit: Visit, eventful: str) -> None:
    page = visit("/articles?actor=nato&period=30d", at=eventful)
    page.locator(".ng-hits a").first.click()
    page.locator("article h2").wait_for()
    idle(page)
    page.go_back()
    expect(page.locator("article")).to_have_count(0)
    expect(page.locator(".ng-hits li")).to_have_count(10)


def test_the_name_of_the_overview_leads_to_it(visit: Visit, eventful: str) -> None:
    page = visit(f"/overview?{BOTH}", at=eventful)
    expect(page.get_by_role("heading", name="Attention and tone")).to_be_visible()
    until(page, f"/?{BOTH}")
