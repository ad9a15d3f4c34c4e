"""What a reader sees and does, in a real Chromium before a real server."""

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, cell, drawn, idle, inside_width, until
from tests.browser.newsroom import HOSTILE

pytestmark = pytest.mark.browser

CHARTS = ["chart-volume", "chart-tone-nato", "chart-tone-ukraine", "chart-share", "chart-balance", "chart-together"]
LINK = "/?actor=nato&actor=ukraine&period=30d&volume=ratio"


def figures(page: Page) -> list[str]:
    """The figures of the cards, once they are there."""
    expect(page.locator(".ng-card .value")).to_have_count(4)
    return page.locator(".ng-card .value").all_inner_texts()


def test_every_chart_of_the_overview_is_drawn(visit: Visit) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=30d")
    for chart in CHARTS:
        drawn(page, chart, more_than=1)
    ends = page.locator(".st-key-chart-volume .marks text", has_text="NATO")
    expect(ends).to_have_count(1)


def test_a_link_opened_in_another_browser_shows_the_same(visit: Visit) -> None:
    sender = visit("/?actor=nato")
    sender.get_by_role("button", name="Ukraine", exact=True).click()
    until(sender, "actor=ukraine")
    sender.locator(".st-key-period").get_by_text("7d", exact=True).click()
    until(sender, "period=7d")
    sender.locator(".st-key-volume").get_by_text("attention", exact=True).click()
    until(sender, "volume=ratio")
    sender.get_by_role("heading", name="Attention per day").wait_for()
    link = sender.url.split("/", 3)[3]
    assert sorted(link.removeprefix("?").split("&")) == ["actor=nato", "actor=ukraine", "period=7d", "volume=ratio"]
    # The dark one is another browser, with cookies and storage of its own.
    receiver = visit(f"/{link}", scheme="dark")
    expect(receiver.locator(".ng-card .value")).to_have_text(figures(sender), use_inner_text=True)
    expect(receiver).to_have_url(sender.url)
    expect(receiver.get_by_role("heading", name="Attention per day")).to_have_count(1)


def test_the_pages_link_to_each_other_and_keep_what_was_chosen(visit: Visit) -> None:
    page = visit(LINK)
    for name, heading in (
        ("Compare", "Compare two periods"),
        ("Stories", "Stories"),
        ("Articles", "Articles"),
        ("Health", "Health of the archive"),
        ("Articles", "Articles"),
        ("Overview", "Attention and tone"),
    ):
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        until(page, "?actor=nato&actor=ukraine&period=30d&volume=ratio")


def test_the_download_holds_as_many_articles_as_the_page_counts(visit: Visit) -> None:
    page = visit("/articles?actor=nato&period=all")
    assert page.get_by_role("link", name="manifest").count() == 0
    counted = 31 * 3 + 3
    expect(page.locator(".ng-count")).to_have_text(str(counted))
    with page.expect_download() as taken:
        page.locator(".st-key-download button").first.click()
    text = Path(taken.value.path()).read_text(encoding="utf-8")
    assert taken.value.suggested_filename == "newsgauge-articles.csv"
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == counted
    assert HOSTILE in {row["title"] for row in rows}
    with page.expect_download() as taken:
        page.get_by_role("link", name="manifest").click()
    said = json.loads(Path(taken.value.path()).read_text(encoding="utf-8"))
    assert (said["rows"], said["query"]) == (counted, {"actor": ["nato"]})
    assert said["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    # The page itself is where it was.
    expect(page.locator(".ng-count")).to_have_text(str(counted))


def test_every_form_of_a_download_holds_as_many_articles_as_the_page_counts(visit: Visit) -> None:
    page = visit("/articles?actor=nato&period=all")
    for form in ("jsonl", "parquet", "xlsx"):
        page.get_by_role("radio", name=form, exact=True).click()
        idle(page)
        with page.expect_download(
            lambda one, form=form: one.suggested_filename == f"newsgauge-articles.{form}"
        ) as taken:
            page.locator(".st-key-download button").first.click()
        assert number_of_rows(Path(taken.value.path()).read_bytes(), form) == 96, form
    expect(page.locator(".ng-count")).to_have_text("96")


def number_of_rows(body: bytes, form: str) -> int:
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            return book.read("xl/worksheets/sheet1.xml").decode().count("<row ") - 1
    return (pl.read_parquet(body) if form == "parquet" else pl.read_ndjson(body)).height


def test_an_article_is_read_from_the_list_and_its_link(visit: Visit) -> None:
    page = visit("/articles?search=german")
    expect(page.get_by_text("No article")).to_have_count(1)
    page = visit("/articles?actor=nato&search=title:oslo")
    page.mouse.click(*cell(page, 0, 0, "Die NATO in Oslo"))
    page.locator("article h2").wait_for()
    expect(page.locator("article h2")).to_have_text("Die NATO in Oslo")
    until(page, "article=german")
    again = visit("/" + page.url.split("/", 3)[3])
    expect(again.locator("article mark.not_scored")).to_have_count(1)
    expect(again.locator(".ng-facts")).to_contain_text("not scored")
    again.get_by_role("button", name="Close article").click()
    expect(again.locator("article")).to_have_count(0)
    expect(again).not_to_have_url(re.compile("article="))


def test_a_hostile_title_stays_text(visit: Visit) -> None:
    page = visit("/articles?article=hostile&search=latex")
    expect(page.locator("article h2")).to_have_text(HOSTILE)
    expect(page.locator("article script, article img, article a, img[src=x]")).to_have_count(0)
    assert page.title() == "Newsgauge"
    overview = visit("/?actor=nato&period=7d")
    expect(overview.locator("img[src=x], a[href^=javascript]")).to_have_count(0)
    assert overview.title() == "Newsgauge"


def test_a_point_of_the_chart_leads_to_the_articles_of_its_day(visit: Visit) -> None:
    page = visit("/?actor=nato&period=all")
    drawn(page, "chart-volume")
    # The last day's point stands where the label of its line begins.
    label = page.locator(".st-key-chart-volume .marks text", has_text="NATO").bounding_box()
    assert label is not None
    page.mouse.click(label["x"] - 12, label["y"] + label["height"] / 2)
    until(page, "/articles?actor=nato&from=2024-10-31&to=2024-10-31")
    expect(page.locator(".ng-count")).to_have_text("5")


def test_a_peak_is_named_and_leads_to_its_articles_and_back(visit: Visit) -> None:
    page = visit("/?actor=ukraine&actor=nato&period=all")
    peak = page.get_by_role("link", name="NATO 5, 31 Oct 2024")
    peak.click()
    until(page, "/articles?actor=nato&from=2024-10-31&to=2024-10-31")
    expect(page.locator(".st-key-card-articles")).to_contain_text("5 articles that name NATO, 31 Oct 2024")


def test_a_numbered_peak_opens_its_card_by_the_keyboard_and_leads_to_its_articles(visit: Visit, eventful: str) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=30d", at=eventful)
    drawn(page, "chart-volume")
    expect(page.locator(".st-key-chart-volume .marks text", has_text=re.compile("^1$"))).to_have_count(1)
    line = page.locator(".st-key-peaks-found summary")
    expect(line).to_contain_text("NATO, 8 Oct 2024")
    line.focus()
    page.keyboard.press("Enter")
    until(page, "peak=nato.2024-10-08")
    card = page.locator(".st-key-peaks-found")
    expect(card).to_contain_text(f"One story carries it, 16 of 30 articles: “{HOSTILE}”")
    expect(card.locator("img, script, a[href^=javascript]")).to_have_count(0)
    assert inside_width(page)
    link = page.url.split("/", 3)[3]
    phone = visit(f"/{link}", width=390, scheme="dark", at=eventful)
    expect(phone.locator(".st-key-peaks-found")).to_contain_text("One story carries it")
    assert inside_width(phone)
    page.get_by_role("link", name="All 30 articles that name NATO, 8 Oct 2024").click()
    until(page, "/articles?actor=nato&from=2024-10-08&to=2024-10-08")
    expect(page.locator(".ng-count")).to_have_text("30")


def test_the_story_behind_a_peak_leads_to_its_articles(visit: Visit, eventful: str) -> None:
    page = visit("/?actor=nato&period=30d&peak=nato.2024-10-08", at=eventful)
    page.get_by_role("link", name="16 articles, 1 outlet").click()
    until(page, "story=")
    expect(page.locator(".ng-count")).to_have_text("16")


def test_a_story_opens_by_the_keyboard_is_part_of_the_link_and_leads_to_its_articles(visit: Visit, told: str) -> None:
    page = visit("/stories?period=all", at=told)
    lines = page.locator(".st-key-stories-found summary")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("Vilnius summit, day 0 · 13 articles, 2 outlets · 1 Oct 2024 – 3 Oct 2024")
    lines.first.focus()
    page.keyboard.press("Enter")
    until(page, "open=v0")
    card = page.locator(".st-key-stories-found")
    expect(card).to_contain_text(HOSTILE)
    expect(card).to_contain_text("Mean tone of the text +0.10")
    expect(card.locator("img:not([src^=data]), script, a[href^=javascript]")).to_have_count(0)
    assert inside_width(page)
    link = page.url.split("/", 3)[3]
    phone = visit(f"/{link}", width=390, scheme="dark", at=told)
    expect(phone.locator(".st-key-stories-found")).to_contain_text("Told first")
    assert inside_width(phone)
    page.get_by_role("link", name="All 13 articles of this story").click()
    until(page, "/articles?")
    until(page, "story=v0")
    expect(page.locator(".ng-count")).to_have_text("13")


def test_the_order_of_the_stories_is_part_of_the_link(visit: Visit, told: str) -> None:
    page = visit("/stories?period=all", at=told)
    page.locator(".st-key-stories-order").get_by_text("newest", exact=True).click()
    until(page, "sort=newest")
    expect(page.locator(".st-key-stories-found summary").first).to_contain_text("Flood in Valencia")
    other = visit(f"/{page.url.split('/', 3)[3]}", scheme="dark", at=told)
    expect(other.locator(".st-key-stories-found summary").first).to_contain_text("Flood in Valencia")
    expect(other).to_have_url(page.url)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_change_is_drawn_step_by_step_with_its_outlets(visit: Visit, eventful: str, width: int, scheme: str) -> None:
    page = visit("/compare?actor=nato&period=30d", width, scheme, at=eventful)
    drawn(page, "chart-change", more_than=4)
    words = page.locator(".st-key-chart-change .marks text")
    for step in ("+0.500", "−0.177", "−0.006", "+0.006", "−0.059", "+0.264"):
        expect(words.filter(has_text=re.compile(f"^{re.escape(step)}$"))).to_have_count(1)
    expect(page.locator(".ng-shares tbody tr")).to_have_count(3)
    assert inside_width(page)
    page.locator(".st-key-of").get_by_text("attention", exact=True).click()
    until(page, "of=attention")
    expect(page.get_by_role("heading", name="The change of attention taken apart")).to_be_visible()
    page.get_by_role("link", name="Articles of 14 Sep 2024").click()
    until(page, "/articles?actor=nato&from=2024-09-14&to=2024-10-13&of=attention")
    expect(page.locator(".ng-count")).to_have_text("88")


def test_the_back_button_restores_what_was_chosen(visit: Visit) -> None:
    page = visit("/?actor=nato&period=30d")
    before = figures(page)
    page.locator(".st-key-period").get_by_text("7d", exact=True).click()
    until(page, "period=7d")
    expect(page.locator(".ng-card .value").first).not_to_have_text(before[0])
    page.go_back()
    until(page, "period=30d")
    expect(page.locator(".ng-card .value").first).to_have_text(before[0])
    expect(page.get_by_role("radio", name="30d")).to_be_checked()


def test_nothing_of_a_chart_is_noise_to_a_screen_reader(visit: Visit) -> None:
    page = visit("/?actor=nato&period=all")
    drawn(page, "chart-volume")
    expect(page.locator(".marks [role=graphics-symbol]:not([aria-hidden])")).to_have_count(0)
    expect(page.get_by_label("Mentions per day of NATO").first).to_be_attached()


@pytest.mark.parametrize(
    "path", ["/?actor=nato&actor=ukraine", "/compare?period=7d", "/articles?article=d0-3", "/health", "/method"]
)
def test_nothing_scrolls_sideways_on_a_phone_and_the_pages_are_one_row(visit: Visit, path: str) -> None:
    page = visit(path, width=390)
    assert inside_width(page)
    links = page.locator(".st-key-pages").get_by_role("link")
    expect(links).to_have_count(8)
    boxes = [link.bounding_box() for link in links.all()]
    assert len({box["y"] for box in boxes if box}) == 1
    name = path.partition("?")[0].strip("/").title() or "Overview"
    expect(links.get_by_text(name, exact=True)).to_be_in_viewport(ratio=1)


def test_a_phone_gets_a_ranked_list_in_place_of_the_heat_map(visit: Visit) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=all", width=390)
    ranked = page.locator(".ng-ranked li")
    expect(ranked.first).to_be_visible()
    expect(ranked.first).to_contain_text("Ukraine and NATO")
    expect(page.locator(".st-key-wide-together")).not_to_be_visible()


def test_the_dark_theme_is_dark_in_page_and_charts(visit: Visit) -> None:
    page = visit("/?actor=nato&period=30d", scheme="dark")
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert background == "rgb(20, 23, 28)"
    drawn(page, "chart-volume")
    label = page.locator(".st-key-chart-volume .marks text", has_text="NATO").first
    assert label.get_attribute("fill") == "#68A2F8"


def test_the_page_is_set_in_its_own_inter(visit: Visit) -> None:
    page = visit("/")
    # The font comes when there are words to set in it.
    page.wait_for_function("document.fonts.check('14px Inter')")
    assert "Inter" in page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")
