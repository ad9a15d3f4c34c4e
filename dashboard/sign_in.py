"""Who may enter: with no sign-in set up everybody; with one set up by half nobody; else whom the operator has named.

The sign-in is Streamlit's (OpenID Connect); what it needs stands in the table [auth] of .streamlit/secrets.toml, and
beside it `allow`, since a provider such as Google lets everybody in who has an account there.
"""

import importlib.util
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from dashboard.theme import escape, inert

_log = logging.getLogger(__name__)

_SHARED = {
    "redirect_uri": "the address of this dashboard with /oauth2callback behind it, as the provider knows it",
    "cookie_secret": "32 random characters or more",
    "allow": 'who may enter: addresses, domains or all, such as ["ada@example.org", "@example.com"] or ["*"]',
}
_OF_PROVIDER = {
    "client_id": "what the provider calls this dashboard",
    "client_secret": "what the provider gave to prove it by",
    "server_metadata_url": "the provider's address that ends in /.well-known/openid-configuration",
}
_SHORTEST_SECRET = 32


@dataclass(frozen=True)
class SignIn:
    """A sign-in that is set up whole.

    `providers` are Streamlit's names of them, `allowed` e-mail addresses, domains (`@example.org`) and `*` for all.
    `trusts_emails`: an address counts also where the provider does not say that it is the user's.
    """

    providers: tuple[str, ...]
    allowed: frozenset[str]
    trusts_emails: bool = False


@dataclass(frozen=True)
class Door:
    """Where a reader stands: inside (`who` is empty where nobody is asked), before the sign-in, or turned away."""

    state: Literal["open", "sign in", "not allowed", "half set up"]
    who: str = ""
    told: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()


def door() -> Door:
    """Where the reader of this session stands."""
    told = secrets()
    found = ("secrets.toml cannot be read. The server's log says why.",) if told is None else set_up(told)
    if found is None:
        return Door("open")
    if not isinstance(found, SignIn):
        return Door("half set up", told=found)
    if not _installed():
        return Door("half set up", told=(_NOT_INSTALLED,))
    user = st.user.to_dict()
    if user.get("is_logged_in") is not True:
        return Door("sign in", providers=found.providers)
    who = str(user.get("email") or user.get("name") or "somebody without a name")
    refused = refusal(user, found)
    return Door("not allowed", who, (refused,)) if refused else Door("open", who)


_NOT_INSTALLED = "The package Authlib is not installed. Start the server by ./newsgauge dashboard, which installs it."


def _installed() -> bool:
    return importlib.util.find_spec("authlib") is not None


def secrets() -> Mapping[str, Any] | None:
    """What secrets.toml says, nothing where there is none; None where it is there and cannot be read."""
    try:
        return st.secrets.to_dict()
    except StreamlitSecretNotFoundError:
        # Streamlit says the same of a file that is missing and of one that it cannot read.
        if not any(Path(name).exists() for name in st.get_option("secrets.files")):
            return {}
        _log.exception("secrets.toml cannot be read")
    except (OSError, ValueError):
        _log.exception("secrets.toml cannot be read")
    return None


# What is set up


def set_up(secrets: Mapping[str, Any]) -> SignIn | tuple[str, ...] | None:
    """The sign-in that secrets.toml sets up; what is missing, where it is set up by half; None where it has none.

    >>> set_up({"aws_region": "eu-north-1"})
    >>> set_up({"client_id": "newsgauge"})
    ('client_id stands outside the table [auth]. Write [auth] in the line above.',)
    """
    if "auth" not in secrets:
        words = {"auth", *_SHARED, *_OF_PROVIDER} - {"allow"}
        stray = sorted(key for key in secrets if key.lower() in words)
        return (
            (f"{', '.join(stray)} stands outside the table [auth]. Write [auth] in the line above.",) if stray else None
        )
    auth = secrets["auth"]
    if not isinstance(auth, Mapping):
        return ("auth is no table. Write [auth], and below it what the sign-in needs.",)
    named = {
        name: section for name, section in auth.items() if isinstance(section, Mapping) and name != "client_kwargs"
    }
    default = {"default": auth} if not named or any(word in auth for word in _OF_PROVIDER) else {}
    providers = default | named
    problems = [*_missing(auth, _SHARED, "auth"), *_wrong(auth)]
    for name, section in providers.items():
        table = "auth" if section is auth else f"auth.{name}"
        problems += [*_missing(section, _OF_PROVIDER, table), *_wrong_provider(name, section, table)]
    if problems:
        return tuple(problems)
    allowed = frozenset(one.strip().lower() for one in auth["allow"])
    return SignIn(tuple(providers), allowed, auth.get("trust_emails", False))


def _missing(section: Mapping[str, Any], words: Mapping[str, str], table: str) -> Iterable[str]:
    return (f"[{table}] has no {word}. Write {what}." for word, what in words.items() if not section.get(word))


def _wrong(auth: Mapping[str, Any]) -> Iterable[str]:
    """What is there in [auth], and cannot be meant."""
    if (secret := auth.get("cookie_secret")) and len(str(secret)) < _SHORTEST_SECRET:
        yield (
            f"[auth] cookie_secret has {len(str(secret))} characters, and who guesses it may enter as anybody. Write "
            f"{_SHORTEST_SECRET} random ones, such as python3 -c 'import secrets; print(secrets.token_hex())' prints."
        )
    if (address := auth.get("redirect_uri")) and not (_is_address(address) and address.endswith("/oauth2callback")):
        yield "[auth] redirect_uri is no http(s) address that ends in /oauth2callback."
    if (allow := auth.get("allow")) and not (isinstance(allow, list) and all(map(_is_somebody, allow))):
        yield f"[auth] allow is no list of addresses and domains. Write {_SHARED['allow'].partition('such as ')[2]}."
    if not isinstance(auth.get("trust_emails", False), bool):
        yield "[auth] trust_emails is neither true nor false."


def _wrong_provider(name: str, section: Mapping[str, Any], table: str) -> Iterable[str]:
    if "_" in name:
        yield f"[{table}] has a _ in its name, which Streamlit does not take. Write another name."
    if (address := section.get("server_metadata_url")) and not _is_address(address):
        yield f"[{table}] server_metadata_url is no http(s) address."


def _is_address(value: object) -> bool:
    try:
        parts = urlsplit(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_somebody(value: object) -> bool:
    if not isinstance(value, str):
        return False
    _, at, host = value.strip().rpartition("@")
    return value.strip() == "*" or bool(at and host and not any(character.isspace() for character in value.strip()))


# Who is meant


def refusal(user: Mapping[str, Any], sign_in: SignIn) -> str | None:
    """Why somebody who has signed in may not enter; None where they may.

    An address counts where the provider says that it is theirs (`email_verified`): at some anybody can claim any.
    """
    if "*" in sign_in.allowed:
        return None
    email = str(user.get("email") or "").strip().lower()
    if "@" not in email:
        return "The provider has not told your e-mail address, by which this dashboard knows who may enter."
    verified = user.get("email_verified", sign_in.trusts_emails)
    if verified not in (True, "true"):
        return (
            "The provider does not say that this address is yours. Where only its administrators give out addresses, "
            "whoever runs this dashboard can write trust_emails = true under [auth]."
        )
    if sign_in.allowed.isdisjoint({email, f"@{email.rpartition('@')[2]}"}):
        return "You are not on the list of those who may enter. Ask whoever runs this dashboard to put you there."
    return None


# What is drawn


def show(where: Door) -> None:
    """What stands in the place of every page before a closed door; nothing of the archive or the catalogue."""
    with st.container(key="door"), st.container(key="door-card", border=True):
        if where.state == "half set up":
            st.title("The sign-in is not set up")
            items = "".join(f"<li>{escape(one)}</li>" for one in where.told)
            st.html(
                "<p>Nothing is shown to anybody until it is. In .streamlit/secrets.toml, on the machine that serves "
                f'this page:</p><ul class="ng-missing">{items}</ul><p>README.md, under “Sign-in”, has an example.</p>'
            )
        elif where.state == "not allowed":
            st.title("You may not enter")
            st.html(f"<p>Signed in as <b>{escape(where.who)}</b>.</p><p>{escape(' '.join(where.told))}</p>")
            st.button("Sign out", key="sign-out", on_click=st.logout, width="stretch")
        else:
            st.title("Newsgauge")
            st.html("<p>Sign in to see the press.</p>")
            _ways_in(where.providers)
            _script(_KEEP_LINK)


def _ways_in(providers: tuple[str, ...]) -> None:
    for name in providers:
        label = "Sign in" if len(providers) == 1 else f"Sign in by {inert(name)}"
        st.button(label, key=f"sign-in-{name}", type="primary", width="stretch", on_click=st.login, args=(name,))


def sign_out(where: Door) -> None:
    """The way out, for who has signed in; and back to the link that led them to the sign-in."""
    if where.who:
        st.button(
            "Sign out", key="sign-out", type="tertiary", help=f"Signed in as {inert(where.who)}", on_click=st.logout
        )
        _script(_FOLLOW_LINK)


# After a sign-in Streamlit opens the first page, whichever link was asked for: the tab remembers it meanwhile.
_KEEP_LINK = 'sessionStorage.setItem("newsgauge-link", location.pathname + location.search)'
_FOLLOW_LINK = """
const link = sessionStorage.getItem("newsgauge-link");
sessionStorage.removeItem("newsgauge-link");
if (link && /^\\/(?!\\/)/.test(link) && link !== location.pathname + location.search) location.replace(link);
"""


def _script(ours: str) -> None:
    # A text of this module, without a word from outside.
    st.html(f"<script>{{{ours}}}</script>", unsafe_allow_javascript=True)
