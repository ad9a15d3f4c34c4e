"""A link says what its page shows: controls are set in one browser, and another one shows the same."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Page, TimeoutError, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from data.archive import Archive
from tests.browser.conftest import PATIENCE, Visit, cell, idle, served
from tests.browser.newsroom import HOSTILE, summit

pytestmark = pytest.mark.browser


def with_topics(folder: Path) -> Archive:
    """The summit's archive, of which every article is about politics, and the twelve on Vilnius tell one story."""
    archive = summit(folder)
    of_vilnius = pl.when(pl.col("article_id").str.starts_with("v")).then(pl.lit("v0"))
    told = {"topics": pl.lit(["politics"]), "story": of_vilnius.otherwise("story")}
    for month in ("2024-08", "2024-09", "2024-10"):
        of_month = pl.col("month") == month
        readings, mentions = (table.filter(of_month).collect() for table in (archive.readings(), archive.mentions()))
        archive.replace_month(month, readings.with_columns(**told), mentions)
    return archive


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(with_topics, tmp_path_factory.mktemp("topics")) as address:
        yield address


def option(key: str, text: str) -> Callable[[Page], None]:
    return lambda page: page.locator(f".st-key-{key}").get_by_text(text, exact=True).click()


def typed(key: str, text: str) -> Callable[[Page], None]:
    def write(page: Page) -> None:
        box = page.locator(f".st-key-{key} input").first
        box.click()
        box.fill(text)
        box.press("Enter")
        # A list that has stayed open would cover what is below it.
        box.press("Tab")

    return write


def day(key: str, when: str) -> Callable[[Page], None]:
    """A date is typed part by part, as its format has them."""

    def write(page: Page) -> None:
        page.locator(f".st-key-{key} [role=spinbutton]").first.click()
        page.keyboard.type(when.replace("-", ""))
        page.keyboard.press("Enter")

    return write


def press_on(selector: str, shows: str = "h1") -> Callable[[Page], None]:
    """Click on the first of these, and wait for what that opens."""

    def click(page: Page) -> None:
        page.locator(selector).first.click()
        page.locator(shows).first.wait_for()

    return click


def more(page: Page) -> None:
    """Open what lies behind the button, if it is not."""
    if not page.locator(".st-key-tone-from").count():
        page.locator(".st-key-more button").first.click()
        page.locator(".st-key-tone-from").wait_for()


def close(page: Page) -> None:
    page.locator("h1").first.click()
    page.locator(".st-key-tone-from").wait_for(state="detached")


PERIOD = [option("period", "dates"), day("from", "2024-09-02"), day("to", "2024-10-12")]
EARLIER = [option("against", "dates"), day("against-from", "2024-08-05"), day("against-to", "2024-09-01")]
OUTLETS = [more, typed("outlet", "example-post"), typed("outlet", "example-times")]
TEXTS = [typed("language", "English"), typed("topic", "Politics")]
NARROWED = [typed("tone-from", "0"), typed("tone-to", "0.95"), press_on(".st-key-copies label")]
ANOTHER, LEXICON = typed("another", "Ukraine"), option("measure", "by lexicon")
ATTENTION, SEARCH = option("volume", "attention"), typed("search", "note OR vilnius")
PEAK = press_on("[class*=st-key-peak-] summary", ".ng-peak")
STORY = press_on("[class*=st-key-story-] summary", ".ng-peak")
ARTICLE = press_on(".ng-hits a", "article h2")
FORM, MORE_HITS, MARKED = option("format", "parquet"), press_on(".st-key-more-hits button"), option("marked", "Ukraine")
#: Every control of a page is on one of them, what a page has of its own on that.
PAGES: dict[str, tuple[str, list[Callable[[Page], None]]]] = {
    "overview": ("/?actor=nato", [*PERIOD, SEARCH, ATTENTION, ANOTHER]),
    "actor": ("/actor?actor=ukraine", [typed("one", "NATO"), ATTENTION, LEXICON, PEAK]),
    "compare": ("/compare?actor=nato", [typed("one", "Ukraine"), *PERIOD, *EARLIER, option("of", "attention")]),
    "stories": ("/stories?actor=nato", [ANOTHER, option("stories-order", "newest"), STORY]),
    "articles": ("/articles?actor=nato", [more, *TEXTS, *NARROWED, close, ARTICLE]),
    "an article": ("/articles?actor=nato&search=vilnius", [FORM, MORE_HITS, ARTICLE, MARKED]),
    "outlets": ("/outlets?actor=nato", [LEXICON, *OUTLETS, typed("panel", "world"), close]),
    "an outlet": ("/outlets?actor=nato&outlet=example-times", [option("period", "30d")]),
}

#: All that a page has to say: what is chosen, typed, ticked and open, and its numbers.
SHOWN = """() => {
    const key = one => (one.closest('[class*=st-key-]')?.className.match(/st-key-[\\w-]+/) || [''])[0];
    const all = (selector, told) => [...document.querySelectorAll(selector)].map(told);
    const on = one => ['true', 'mixed'].includes(one.getAttribute('aria-checked') || one.getAttribute('aria-pressed'))
        || one.checked === true || one.dataset.selected === 'true';
    return {
        title: all('h1', one => one.textContent),
        chosen: all('[role=radio], [aria-pressed], [role=switch]', one => [key(one), one.textContent, on(one)]),
        typed: all('input', one => [key(one), one.type === 'checkbox' ? one.checked : one.value]),
        dates: all('[role=spinbutton]', one => [key(one), one.textContent]),
        tags: all('[data-tag]', one => [key(one), one.textContent]),
        open: all('details > summary', one => [one.textContent, one.parentElement.open]),
        numbers: all('.ng-card .value, .ng-count, .ng-table td, .ng-note', one => one.textContent),
        articles: all('article h2, article mark, .ng-hits a', one => one.textContent),
    };
}"""


def shown(page: Page, like: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a page has to say; where it is to be `like` another's, time is given for parts that come after the rest."""
    page.locator(".ng-card .value, .ng-count, .st-key-stories-order").first.wait_for()
    more(page)
    idle(page)
    if like is not None:
        same = f"wanted => JSON.stringify(({SHOWN})()) === JSON.stringify(wanted)"
        with suppress(TimeoutError):
            page.wait_for_function(same, arg=like, timeout=10_000)
    return dict(page.evaluate(SHOWN))


@pytest.mark.parametrize("name", PAGES)
def test_what_is_chosen_is_in_the_link(visit: Visit, press: str, name: str) -> None:
    address, steps = PAGES[name]
    sender = visit(address, at=press)
    before = shown(sender)
    close(sender)
    for step in steps:
        step(sender)
        idle(sender)
    sent = shown(sender)
    assert sent != before
    # The dark one is another browser, with cookies and storage of its own.
    receiver = visit("/" + sender.url.split("/", 3)[3], scheme="dark", at=press)
    assert shown(receiver, like=sent) == sent
    expect(receiver).to_have_url(sender.url)


class HeldBack:
    """Holds back what the server tells a page, so that the page clicks on with the address that it had before."""

    def __init__(self, page: Page, shows: str) -> None:
        self.page, self.is_holding, self.runs = page, False, 0
        self.held: list[str | bytes] = []
        page.route_web_socket(re.compile("/_stcore/stream"), self._route)
        page.reload()
        page.locator(shows).first.wait_for()
        idle(page)

    def _route(self, browser: WebSocketRoute) -> None:
        self.browser = browser
        browser.connect_to_server().on_message(self._told)

    def _told(self, message: str | bytes) -> None:
        if not self.is_holding:
            self.browser.send(message)
            return
        self.held.append(message)
        told = ForwardMsg.FromString(message) if isinstance(message, bytes) else ForwardMsg()
        self.runs += told.WhichOneof("type") == "script_finished"

    def run(self, click: Callable[[Page], None]) -> None:
        """Click, and wait until a run of the page has ended on the server, of which the page knows nothing yet."""
        before = self.runs
        click(self.page)
        for _ in range(PATIENCE // 50):
            if self.runs > before:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("no run of the page has ended since the click")

    def let_go(self) -> None:
        self.is_holding = False
        for message in self.held:
            self.browser.send(message)


def first_row(page: Page) -> None:
    """Choose the first row of the table of articles."""
    page.mouse.click(*cell(page, 0, 0, HOSTILE))


CLOSED = press_on(".st-key-close button")


@pytest.mark.parametrize(
    ("first", "then", "link"),
    [
        (option("period", "30d"), CLOSED, "actor=nato&period=30d"),
        (LEXICON, CLOSED, "actor=nato&period=all&measure=lexicon_tone"),
        (LEXICON, first_row, "actor=nato&period=all&measure=lexicon_tone&article=hostile"),
    ],
    ids=["closed after a period", "closed after a measure", "another after a measure"],
)
def test_a_click_counts_that_comes_before_the_page_has_its_new_address(
    visit: Visit, first: Callable[[Page], None], then: Callable[[Page], None], link: str
) -> None:
    page = visit("/articles?actor=nato&period=all&article=german", is_kept=False)
    late(HeldBack(page, "article h2"), first, then, link)


def late(server: HeldBack, first: Callable[[Page], None], then: Callable[[Page], None], link: str) -> None:
    """Click twice before the page hears of the first; at last its link says both."""
    page, words = server.page, sorted(link.split("&"))
    server.is_holding = True
    server.run(first)
    server.run(then)
    server.let_go()
    page.wait_for_url(lambda url: sorted(url.partition("?")[2].split("&")) == words)
    idle(page)
    assert sorted(page.url.partition("?")[2].split("&")) == words


def click(selector: str) -> Callable[[Page], None]:
    """Click on the first of these."""
    return lambda page: page.locator(selector).first.click()


LINE = click("[class*=st-key-stories-found] summary, [class*=st-key-peaks-found] summary")
TABLE = click(".st-key-table-volume button")
MONTH = "actor=nato&period=30d"


@pytest.mark.parametrize(
    ("archive", "address", "first", "then", "link"),
    [
        ("told", "/stories?period=all", LEXICON, LINE, "period=all&measure=lexicon_tone&open=v0"),
        ("eventful", f"/?{MONTH}", LINE, TABLE, f"{MONTH}&peak=nato.2024-10-08"),
    ],
    ids=["a story after a measure", "a table after a peak"],
)
def test_what_is_opened_before_the_page_has_its_new_address_undoes_nothing(
    request: pytest.FixtureRequest,
    visit: Visit,
    archive: str,
    address: str,
    first: Callable[[Page], None],
    then: Callable[[Page], None],
    link: str,
) -> None:
    page = visit(address, at=request.getfixturevalue(archive), is_kept=False)
    late(HeldBack(page, "[data-testid=stExpander] summary"), first, then, link)
    expect(page.locator(".ng-peak, [data-testid=stPopoverBody]").first).to_be_visible()
