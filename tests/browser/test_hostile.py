"""Every text from outside stays text on every page, and no page has a barrier that axe-core knows, in either theme."""

import csv
import io
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, idle, served
from tests.browser.hostile import EARLY, HALF, LATE, NAME, NATO, PAYLOADS, UKRAINE, hostile

pytestmark = pytest.mark.browser

BOTH = {"actor": ["nato", "ukraine"], "period": "30d"}
PAGES = {
    "overview": ("", BOTH | {"peak": "nato.2024-10-08"}),
    "actor": ("actor", {"actor": "ukraine", "period": "30d"}),
    "compare": ("compare", {"actor": "ukraine", "period": "7d"}),
    "stories": ("stories", {"from": EARLY[0], "to": EARLY[1], "open": ["p0", "p3"]}),
    "articles": ("articles", BOTH | {"article": "all", "search": "a OR evil"}),
    "outlets": ("outlets", BOTH),
    "an outlet": ("outlets", BOTH | {"outlet": PAYLOADS[1]}),
    "health": ("health", BOTH),
    "method": ("method", BOTH),
}
#: What stands on these pages letter by letter, and where.
LETTERS = {
    "stories": {".st-key-stories-found summary": PAYLOADS[:HALF]},
    "articles": {"article p": PAYLOADS, "article .byline": PAYLOADS},
    "actor": {"h1": (UKRAINE,), ".ng-said": (PAYLOADS[-1],)},
    "overview": {".st-key-chart-volume .marks text": (NATO, UKRAINE)},
}


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the dashboard of a press that wants to be more than text."""
    with served(hostile, tmp_path_factory.mktemp("hostile")) as address:
        yield address


# Whatever a text might have become: an element that we never write, an attribute that runs, an address elsewhere, and
# what Streamlit's Markdown would make of it.
ALIVE = """() => {
    // Of all links with an element of their own we write one: to the font.
    const links = 'link:not([rel=preload][as=font][href^="./app/static/"])';
    const tags = `iframe,object,embed,form:not(.vega-bindings),meta,base,${links},math,video,audio,input[autofocus]`;
    const made = 'em,del,code,pre,table,blockquote,ul,ol,hr,h4,h5,h6,img,a,sup,input,u';
    const found = [...document.body.querySelectorAll(tags)];
    for (const node of document.body.querySelectorAll('*')) {
        if ([...node.attributes].some(({name}) => name.startsWith('on'))) found.push(node);
    }
    for (const image of document.body.querySelectorAll('img')) {
        if (!/^data:image\\/svg\\+xml;base64,/.test(image.getAttribute('src'))) found.push(image);
    }
    for (const link of document.body.querySelectorAll('a[href]')) {
        if (link.origin !== location.origin && !link.closest('.st-key-model-card')) found.push(link);
    }
    for (const script of document.body.querySelectorAll('script, style')) {
        if (/pwned|display:none}/.test(script.textContent)) found.push(script);
    }
    for (const text of document.body.querySelectorAll('[data-testid=stMarkdownContainer]')) {
        if (!text.closest('.st-key-model-card')) found.push(...text.querySelectorAll(made));
    }
    found.push(...document.body.querySelectorAll('.katex, .stMarkdownColoredText, .stMarkdownBadge'));
    for (const icon of document.body.querySelectorAll('[data-testid=stIconMaterial]')) {
        if (/skull|warning/.test(icon.textContent)) found.push(icon);
    }
    // Each heading has Streamlit's own link to itself.
    const ours = '[aria-label="Link to heading"]';
    return found.filter(node => !node.matches(ours)).map(node => node.outerHTML.slice(0, 200));
}"""


def inert(page: Page) -> bool:
    assert page.evaluate(ALIVE) == []
    assert page.evaluate("window.pwned") is None
    return page.title() == "Newsgauge" and page.locator("h1").count() == 1


def plain(text: str) -> str:
    """A text without what is not seen of it."""
    return re.sub(r"\s+", " ", re.sub("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]", "", text)).strip()


def missing(page: Page, payloads: tuple[str, ...], place: str = "[data-testid=stMain]") -> list[str]:
    """The payloads that do not stand there letter by letter."""
    said = plain(" ".join(page.locator(place).all_text_contents()))
    return [payload for payload in payloads if plain(payload) not in said]


AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
#: What Streamlit draws and we cannot reach: the selector, and why it is left.
STREAMLITS: dict[str, str] = {}


#: The rules of axe-core that are about colours: what another theme can break.
COLOURS = ["color-contrast", "link-in-text-block"]


def barriers(page: Page, place: str = "html", rules: list[str] | None = None) -> list[tuple[Any, ...]]:
    """What axe-core finds there with all of its rules or with these, but what is Streamlit's own."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        """async ([place, left, values]) => {
            const about = {include: [[place]], exclude: left};
            const asked = {resultTypes: ['violations'], ...(values && {runOnly: {type: 'rule', values}})};
            const {violations} = await axe.run(about, asked);
            return violations.flatMap(({id, nodes}) => nodes.map(({target, html}) => [id, target.join(' '), html]));
        }""",
        [place, [[selector] for selector in STREAMLITS], rules],
    )
    return [tuple(one) for one in found]


def dark(page: Page) -> None:
    """Turn the reader's system to its dark theme, and wait until all of the page is in it."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_function(
        """getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor === 'rgb(20, 23, 28)'
            && document.getAnimations().every(one => one.playState !== 'running')"""
    )
    idle(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_hostile_texts_is_inert_and_without_barriers_in_both_themes(
    visit: Visit, press: str, name: str
) -> None:
    path, words = PAGES[name]
    page = visit(f"/{path}?{urlencode(words, doseq=True)}", at=press)
    for place, payloads in LETTERS.get(name, {}).items():
        page.locator(place).first.wait_for(state="attached")
        assert missing(page, payloads, place) == []
    assert inert(page)
    assert barriers(page) == []
    dark(page)
    assert inert(page)
    assert barriers(page, rules=COLOURS) == []


def test_titles_stand_letter_by_letter_in_headings_that_read_markdown(visit: Visit, press: str) -> None:
    page = visit(f"/stories?from={LATE[0]}&to={LATE[1]}", at=press)
    titles = page.locator(".st-key-stories-found summary")
    expect(titles).to_have_count(len(PAYLOADS) - HALF)
    assert missing(page, PAYLOADS[HALF:], ".st-key-stories-found summary") == []
    assert inert(page)


def test_outlets_stand_letter_by_letter(visit: Visit, press: str) -> None:
    page = visit("/outlets?period=30d", at=press)
    names = page.locator(".ng-press tbody td:first-child a")
    expect(names).to_have_count(40)
    known = {plain(name) for name in (*PAYLOADS, "example-post", NAME)}
    assert {plain(name) for name in names.all_text_contents()} <= known


def test_words_of_a_link_stand_letter_by_letter_in_the_notice(visit: Visit, press: str) -> None:
    words = {"actor": PAYLOADS, "volume": PAYLOADS[0], "from": PAYLOADS[1]}
    page = visit("/?" + urlencode(words, doseq=True), at=press)
    page.locator(".ng-notice").first.wait_for()
    assert missing(page, PAYLOADS, ".ng-notice") == []
    assert inert(page)


def test_a_label_is_a_text_in_the_tooltip_of_a_chart(visit: Visit, press: str) -> None:
    page = visit("/?actor=nato&actor=ukraine&period=30d", at=press)
    marks = page.locator(".st-key-chart-volume svg.marks")
    marks.locator("path").first.wait_for(state="attached")
    box = marks.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    expect(page.locator("#vg-tooltip-element.visible")).to_be_visible()
    assert inert(page)


def test_no_cell_of_a_download_is_a_formula(visit: Visit, press: str) -> None:
    page = visit("/articles?actor=ukraine&period=30d", at=press)
    with page.expect_download() as taken:
        page.locator(".st-key-download button").first.click()
    text = Path(taken.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == int(page.locator(".ng-count").inner_text())
    words = [cell for row in rows for name, cell in row.items() if name not in ("tone", "positive", "negative")]
    assert [cell for cell in words if re.match(r"[=+\-@\t\r]", cell)] == []
    assert {"'-2+3", "'@SUM(1)", "'- a list"} <= {row["title"] for row in rows}
