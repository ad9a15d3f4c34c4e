"""The page of one actor in a real Chromium: what is drawn, where it leads, how it looks on a phone and in the dark."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, idle, inside_width, until
from tests.browser.newsroom import HOSTILE

pytestmark = pytest.mark.browser

CARDS = ["volume", "tone", "said", "topics", "outlets", "stories", "together", "voices", "names"]


def picture(page: Page, chart: str) -> dict[str, float]:
    """Where a chart is, once it is drawn."""
    marks = page.locator(f".st-key-{chart} svg.marks")
    marks.locator("path").first.wait_for(state="attached")
    marks.scroll_into_view_if_needed()
    box = marks.bounding_box()
    assert box is not None
    return dict(box)


def whole(page: Page) -> None:
    """Wait for what is read beside the rest of the page."""
    for card in CARDS:
        page.locator(f".st-key-card-{card}").wait_for()
    page.locator(".st-key-card-names .ng-ranked li").first.wait_for()
    idle(page)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_all_of_the_page_is_there_and_nothing_scrolls_sideways(
    visit: Visit, eventful: str, width: int, scheme: str
) -> None:
    page = visit("/actor?actor=nato&period=all", width, scheme, at=eventful)
    whole(page)
    expect(page.get_by_role("heading", name="NATO", exact=True)).to_be_visible()
    picture(page, "chart-volume")
    picture(page, "chart-tone")
    expect(page.locator(".st-key-chart-volume .marks text", has_text=re.compile("^1$"))).to_have_count(1)
    expect(page.locator(".ng-card")).to_have_count(5)
    assert inside_width(page)


def test_a_point_of_either_chart_leads_to_its_articles(visit: Visit, eventful: str) -> None:
    page = visit("/actor?actor=nato&actor=ukraine&period=30d", at=eventful)
    whole(page)
    # The last day stands at the right edge of the lines, where the label of the line begins.
    box = picture(page, "chart-volume")
    label = page.locator(".st-key-chart-volume .marks text", has_text="NATO").bounding_box()
    assert label is not None
    page.mouse.click(label["x"] - 12, box["y"] + box["height"] / 2)
    until(page, "/articles?actor=nato&from=2024-10-13&to=2024-10-13")
    expect(page.locator(".ng-count")).to_have_text("2")
    page = visit("/actor?actor=nato&actor=ukraine&period=30d", at=eventful)
    whole(page)
    box = picture(page, "chart-tone")
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    until(page, "/articles?actor=nato&from=2024-10-07&to=2024-10-13")
    # A week of two a day, and the 28 of the 8th.
    expect(page.locator(".ng-count")).to_have_text("42")


def test_a_sentence_leads_to_its_place_in_the_article(visit: Visit, told: str) -> None:
    page = visit("/actor?actor=nato&period=all", at=told)
    whole(page)
    said = page.locator(".ng-said.positive li")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("NATO met in Oslo.")
    said.get_by_role("link").click()
    page.locator("article h2").wait_for()
    until(page, "article=v11&passage=text.0")
    expect(page.locator("article mark.here")).to_have_text("NATO met in Oslo.")
    page.get_by_role("link", name="to its place in the text").click()
    expect(page.locator("article mark.here")).to_be_in_viewport()


def test_lists_lead_to_articles_stories_and_other_actors_by_the_keyboard(visit: Visit, told: str) -> None:
    page = visit("/actor?actor=nato&period=all", at=told)
    whole(page)
    outlet = page.locator(".st-key-card-outlets").get_by_role("link", name="example-post")
    outlet.focus()
    page.keyboard.press("Enter")
    page.locator(".ng-count").wait_for()
    until(page, "outlet=example-post")
    expect(page.locator(".ng-count")).to_have_text("5")
    page.go_back()
    whole(page)
    page.locator(".st-key-card-stories").get_by_role("link", name="Vilnius summit").click()
    page.locator(".st-key-stories-found").wait_for()
    until(page, "story=v0")
    page.locator(".st-key-stories-found").get_by_role("link", name="NATO", exact=True).click()
    page.get_by_role("heading", name="NATO", exact=True).wait_for()


def test_another_actor_is_chosen_and_the_link_shows_it(visit: Visit, eventful: str) -> None:
    page = visit("/actor?actor=nato&period=30d", at=eventful)
    whole(page)
    page.locator(".st-key-one input").click()
    page.locator(".st-key-one input").fill("Ukra")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Ukraine", exact=True).wait_for()
    until(page, "actor=ukraine&period=30d")
    whole(page)
    figures = page.locator(".ng-card .value").all_inner_texts()
    receiver = visit("/" + page.url.split("/", 3)[3], scheme="dark", at=eventful)
    expect(receiver.get_by_role("heading", name="Ukraine", exact=True)).to_be_visible()
    assert len(figures) == 5
    expect(receiver.locator(".ng-card .value")).to_have_text(figures, use_inner_text=True)


def test_the_page_opens_from_the_name_on_the_overview(visit: Visit, eventful: str) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=30d", at=eventful)
    page.locator(".ng-tone-head").get_by_role("link", name="Ukraine").click()
    page.get_by_role("heading", name="Ukraine", exact=True).wait_for()
    until(page, "/actor?actor=ukraine&actor=nato&period=30d")


def test_hostile_words_stay_words_in_lists_and_cards(visit: Visit, eventful: str) -> None:
    page = visit("/actor?actor=nato&period=all&peak=nato.2024-10-08", at=eventful)
    whole(page)
    main = page.locator("[data-testid=stMain]")
    expect(main.locator(".st-key-card-stories")).to_contain_text(HOSTILE)
    expect(main.locator("img:not([src^=data]), script, a[href^=javascript]")).to_have_count(0)
    assert page.title() == "Newsgauge"
