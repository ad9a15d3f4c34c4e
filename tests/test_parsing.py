"""A document that hangs, bursts or ends the process that reads it costs its own feed, and no other."""

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from ingest import feeds, pages, parsing, sitemaps
from ingest.entries import FeedError
from ingest.parsing import Lost, apart
from tests.press_server import GOOD
from tests.test_pages import page
from tests.test_sitemaps import SITEMAP

URL = "https://harbour.example/feed"


def test_what_is_read_apart_is_what_is_read_here() -> None:
    assert parsing.feed(GOOD, URL) == feeds.parse(GOOD, URL)
    assert parsing.page(page(), URL) == pages.read_page(page(), URL)
    assert parsing.feed(SITEMAP, URL, kind="news-sitemap") == sitemaps.parse(SITEMAP, URL)


def test_a_document_that_is_no_feed_has_the_same_kind_and_advice_apart() -> None:
    with pytest.raises(FeedError) as here:
        feeds.parse(b"<!doctype html><p>Sign in", URL)
    with pytest.raises(FeedError) as there:
        parsing.feed(b"<!doctype html><p>Sign in", URL)
    assert (there.value.kind, str(there.value)) == (here.value.kind, str(here.value)) != ("", "")


def test_who_has_nothing_to_read_for_a_while_ends_the_process_and_the_next_document_starts_another() -> None:
    first = apart(os.getpid)
    parsing.close()
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert apart(os.getpid) not in (first, os.getpid())


def hang(monkeypatch: pytest.MonkeyPatch) -> None:
    # A regular expression that would take years, and keeps the interpreter's lock meanwhile.
    monkeypatch.setattr(parsing, "DEADLINE", 0.5)
    apart(re.fullmatch, r"(a+)+b", "a" * 64)


def burst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MEMORY", 50_000_000)
    apart(bytes, 100_000_000)


def die(_: pytest.MonkeyPatch) -> None:
    apart(os.abort)


def be_killed(_: pytest.MonkeyPatch) -> None:
    apart(signal.raise_signal, signal.SIGKILL)


def stumble(_: pytest.MonkeyPatch) -> None:
    apart(int, "no number")


@pytest.mark.parametrize(
    ("poison", "kind"),
    [(hang, "timeout"), (burst, "too large"), (die, "malformed"), (be_killed, "malformed"), (stumble, "malformed")],
)
def test_poison_is_told_by_its_kind_and_the_next_document_is_read(
    poison: Callable[[Any], None], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Lost) as lost, monkeypatch.context() as limits:
        poison(limits)
    assert lost.value.kind == kind
    assert str(lost.value).count(". ") >= 1
    assert len(parsing.feed(GOOD, URL).entries) == 3


def test_one_process_reads_document_after_document() -> None:
    assert apart(os.getpid) == apart(os.getpid) != os.getpid()


def test_a_process_that_has_grown_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    first = apart(os.getpid)
    apart(len, b"a" * (parsing.WORN + 1))
    assert apart(os.getpid) != first


def test_a_process_that_left_in_the_meantime_is_followed_by_another() -> None:
    os.kill(apart(os.getpid), signal.SIGKILL)
    assert len(parsing.feed(GOOD, URL).entries) == 3


def test_a_page_that_bursts_has_no_text_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MEMORY", 10_000_000)
    found = parsing.page(b"<p>" + b"<b>x</b>" * 400_000, URL)
    assert found.text == ""
    assert found.notice == "Reading it takes more memory than a document may have"
