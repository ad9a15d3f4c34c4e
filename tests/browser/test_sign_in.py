"""The sign-in in a real Chromium, before a real OpenID provider on the loopback."""

import re
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, idle, served
from tests.browser.newsroom import newsroom
from tests.oidc_provider import CLIENT, SECRET, provider

pytestmark = pytest.mark.browser

LINK = "/articles?actor=nato&period=all"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard with a sign-in, at which ada@example.org may enter."""
    with provider() as login:
        secrets = f"""
            [auth]
            redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
            cookie_secret = "{"0123456789abcdef" * 2}"
            allow = ["ada@example.org"]
            client_id = "{CLIENT}"
            client_secret = "{SECRET}"
            server_metadata_url = "{login}/.well-known/openid-configuration"
        """
        with served(newsroom, tmp_path_factory.mktemp("guarded"), secrets) as address:
            yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A tab of a browser without cookies."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def sign_in(page: Page, user: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Who are you?").wait_for()
    page.get_by_role("link", name=user).click()


def test_a_link_leads_to_the_sign_in_and_from_there_to_what_it_names_and_out_again(guarded: str, page: Page) -> None:
    page.goto(guarded + LINK)
    expect(page.get_by_role("heading", name="Newsgauge")).to_be_visible()
    idle(page)
    assert not re.search("NATO|Data to|example-times", page.content())
    sign_in(page, "ada")
    expect(page.locator(".ng-count")).to_have_text("96")
    expect(page).to_have_url(guarded + LINK)
    # A file of the page is given to who has signed in, and its link is of no use to anybody else.
    page.locator(".st-key-download button").first.click()
    link = f"{guarded}/{page.get_by_role('link', name='newsgauge-articles.csv').get_attribute('href')}"
    assert page.request.get(link, timeout=PATIENCE).ok
    with pytest.raises(HTTPError, match="404"):
        urlopen(link, timeout=PATIENCE / 1000)  # noqa: S310 (loopback)
    # Another tab of the same browser is signed in as well.
    other = page.context.new_page()
    other.goto(guarded + "/health")
    expect(other.get_by_role("heading", name="Health of the archive")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.request.get(link, timeout=PATIENCE).status == 404
    page.goto(guarded + LINK)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator(".ng-count")).to_have_count(0)


@pytest.mark.parametrize(
    ("user", "told"), [("bob", "You are not on the list"), ("eve", "does not say that this address is yours")]
)
def test_who_is_not_on_the_list_sees_why_and_nothing_else(guarded: str, page: Page, user: str, told: str) -> None:
    page.goto(guarded + LINK)
    sign_in(page, user)
    expect(page.get_by_role("heading", name="You may not enter")).to_be_visible()
    expect(page.get_by_text(told)).to_be_visible()
    idle(page)
    assert not re.search("NATO|Data to|example-times", page.content())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_file_that_is_sent_without_the_token_of_a_page_is_refused(server: str) -> None:
    sent = Request(f"{server}/_stcore/upload_file/session/file", b"x", method="PUT")  # noqa: S310 (loopback)
    with pytest.raises(HTTPError, match="403"):
        urlopen(sent, timeout=PATIENCE / 1000)  # noqa: S310
