"""Who may enter: what secrets.toml must say, whose address counts, and that nobody sees anything before that."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import sign_in
from dashboard.sign_in import SignIn, refusal, set_up
from tests.browser.newsroom import newsroom

ROOT = Path(__file__).resolve().parents[1]
AUTH: dict[str, Any] = {
    "redirect_uri": "https://press.example.org/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "allow": ["Ada@Example.org", "@desk.example"],
    "client_id": "newsgauge",
    "client_secret": "s",
    "server_metadata_url": "https://login.example.org/.well-known/openid-configuration",
}
OF_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
MADE = SignIn(("default",), frozenset({"ada@example.org", "@desk.example"}))


def without(*words: str) -> dict[str, Any]:
    return {word: value for word, value in AUTH.items() if word not in words}


def told(auth: object) -> str:
    found = set_up({"auth": auth})
    assert isinstance(found, tuple)
    return " ".join(found)


def test_a_file_without_a_table_for_it_sets_up_no_sign_in() -> None:
    assert set_up({}) is None
    assert set_up({"aws_region": "eu-north-1", "other": {"client_id": "x"}}) is None


def test_a_whole_sign_in_is_read_with_one_provider_or_several() -> None:
    assert set_up({"auth": AUTH}) == MADE
    provider = {word: AUTH[word] for word in OF_PROVIDER}
    several = without(*OF_PROVIDER) | {"keycloak": provider, "okta": provider}
    assert set_up({"auth": several}) == SignIn(("keycloak", "okta"), MADE.allowed)
    assert set_up({"auth": AUTH | {"client_kwargs": {"prompt": "login"}}}) == MADE


@pytest.mark.parametrize("word", AUTH)
def test_each_word_that_is_missing_or_empty_is_named_with_what_to_write(word: str) -> None:
    for half in (without(word), AUTH | {word: ""}):
        assert f"[auth] has no {word}. Write " in told(half)


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ({}, "[auth] has no client_id"),
        ("yes", "auth is no table"),
        (AUTH | {"cookie_secret": "secret"}, "cookie_secret has 6 characters"),
        (AUTH | {"redirect_uri": "press.example.org/oauth2callback"}, "redirect_uri is no http(s) address"),
        (AUTH | {"redirect_uri": "https://press.example.org/"}, "ends in /oauth2callback"),
        (AUTH | {"server_metadata_url": "file:///etc/passwd"}, "server_metadata_url is no http(s) address"),
        (AUTH | {"allow": "ada@example.org"}, "allow is no list"),
        (AUTH | {"allow": ["example.org"]}, "allow is no list of addresses and domains"),
        (AUTH | {"trust_emails": "yes"}, "trust_emails is neither true nor false"),
        (without(*OF_PROVIDER) | {"my_okta": {"client_id": "x"}}, "[auth.my_okta] has no client_secret"),
        (without(*OF_PROVIDER) | {"my_okta": {"client_id": "x"}}, "[auth.my_okta] has a _ in its name"),
    ],
)
def test_what_cannot_be_meant_is_named(auth: object, message: str) -> None:
    assert message in told(auth)


def test_what_stands_outside_its_table_is_no_sign_in_left_out() -> None:
    for secrets in ({"client_id": "x", "cookie_secret": "y"}, {"Auth": AUTH}):
        found = set_up(secrets)
        assert isinstance(found, tuple)
        assert "outside the table [auth]" in found[0]


@pytest.mark.parametrize(
    ("email", "enters"),
    [
        ("ada@example.org", True),
        ("ADA@EXAMPLE.ORG", True),
        ("anybody@desk.example", True),
        ("bob@example.org", False),
        ("ada@example.org.evil.example", False),
        ("anybody@sub.desk.example", False),
        ("anybody@evildesk.example", False),
        ('"@desk.example"@evil.example', False),
        ("@", False),
        ("", False),
        (None, False),
    ],
)
def test_an_address_enters_by_itself_or_its_domain_and_by_nothing_near(email: str | None, enters: bool) -> None:
    assert (refusal({"email": email, "email_verified": True}, MADE) is None) is enters


def test_letters_that_look_up_as_others_are_another_domain() -> None:
    found = set_up({"auth": AUTH | {"allow": ["@Straße.example"]}})
    assert isinstance(found, SignIn)
    entered = [
        refusal({"email": f"ada@{domain}", "email_verified": True}, found) is None
        for domain in ("straße.example", "STRAßE.EXAMPLE", "strasse.example")
    ]
    assert entered == [True, True, False]


@pytest.mark.parametrize("trusts", [False, True])
@pytest.mark.parametrize("verified", [True, "true", False, "false", None, "absent"])
def test_an_address_counts_where_the_provider_says_that_it_is_theirs(verified: object, trusts: bool) -> None:
    user = {"email": "ada@example.org"} | ({} if verified == "absent" else {"email_verified": verified})
    enters = verified in (True, "true") or (verified == "absent" and trusts)
    assert (refusal(user, SignIn(MADE.providers, MADE.allowed, trusts)) is None) is enters


def test_all_whom_the_provider_lets_in_enter_where_the_list_says_so() -> None:
    assert refusal({"sub": "1"}, SignIn(("default",), frozenset({"*"}))) is None


@given(st.dictionaries(st.text(max_size=14), st.none() | st.booleans() | st.text() | st.lists(st.text())))
def test_whatever_stands_in_the_table_nothing_but_a_whole_sign_in_opens(words: dict[str, Any]) -> None:
    for auth in (words, AUTH | words):
        found = set_up({"auth": auth})
        assert isinstance(found, SignIn) or found
        if isinstance(found, SignIn):
            assert all(found.allowed)


# The pages


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("door") / "archive"
    newsroom(folder)
    return str(folder)


@pytest.fixture
def page(archive: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", archive)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
    app._page_hash = calc_hash("articles")
    app.query_params["period"] = "all"
    return app


def said(app: AppTest) -> str:
    parts = [*(block.body for block in app.html), *(one.value for one in app.title), *(one.label for one in app.button)]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", " ".join(parts))))


def test_nothing_is_shown_before_a_sign_in_that_is_set_up_by_half(page: AppTest) -> None:
    page.secrets = {"auth": without("client_secret", "allow")}
    page.user = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True}
    page.run()
    assert "[auth] has no client_secret. Write " in said(page)
    assert "[auth] has no allow. Write " in said(page)
    assert not page.dataframe
    assert "NATO" not in said(page)
    assert "Data to" not in said(page)
    assert not page.button


def test_without_its_package_nobody_enters(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "_installed", lambda: False)
    page.secrets = {"auth": AUTH}
    page.run()
    assert "The package Authlib is not installed" in said(page)
    assert not page.dataframe


def test_a_file_that_cannot_be_read_lets_nobody_in(page: AppTest, tmp_path: Path, monkeypatch) -> None:
    import streamlit
    from streamlit.runtime.secrets import Secrets

    for content in (b"[auth\n", b"\xff\xfe"):
        (tmp_path / "secrets.toml").write_bytes(content)
        monkeypatch.setattr(streamlit, "get_option", lambda _: [str(tmp_path / "secrets.toml")])
        monkeypatch.setattr("streamlit.config.get_option", lambda _: [str(tmp_path / "secrets.toml")])
        monkeypatch.setattr(streamlit, "secrets", Secrets())
        assert sign_in.door() == sign_in.Door(
            "half set up", told=("secrets.toml cannot be read. The server's log says why.",)
        )


def test_somebody_who_is_not_on_the_list_sees_who_they_are_and_nothing_else(page: AppTest) -> None:
    page.secrets = {"auth": AUTH}
    page.user = {"is_logged_in": True, "email": "<b>bob</b>@example.org", "email_verified": True}
    page.run()
    assert "Signed in as <b>bob</b>@example.org" in said(page)
    assert "You are not on the list" in said(page)
    assert "Sign out" in said(page)
    assert not page.dataframe


def test_who_is_on_the_list_sees_the_page_and_the_way_out_and_who_is_signed_out_sees_neither(page: AppTest) -> None:
    page.secrets = {"auth": AUTH}
    page.user = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True}
    page.run()
    assert page.dataframe
    assert page.button(key="sign-out").label == "Sign out"
    page.user = {"is_logged_in": False}
    page.run()
    assert not page.dataframe
    assert [button.label for button in page.button] == ["Sign in"]


def test_without_a_sign_in_nobody_is_asked(page: AppTest) -> None:
    page.run()
    assert page.dataframe
    assert "Sign" not in said(page)
