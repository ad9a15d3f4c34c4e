"""Feeds are collected from a real server: the good ones whole, the bad ones as rows that say what to do."""

import gzip
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import schema
from data.catalogue import FeedSource, Outlet
from data.identity import article_id
from data.known import CANDIDATES
from ingest import collect as collecting
from ingest import fetch as fetching
from ingest import parsing, robots
from ingest.collect import Collected, Source, _request, collect, due
from ingest.inquiries import Look
from tests.conftest import NOON, moment, row
from tests.press_server import FAULTS, GOOD, QUICK, SLOW, Press, feed, http, press
from tests.test_pages import TEXT, page

NOTHING_KNOWN = schema.empty("articles").select("id", "outlet", "delivered_hash")
NO_STATES = schema.empty("fetches")


def outlet(key: str = "harbour-times", **values: Any) -> Outlet:
    defaults: dict[str, Any] = {
        "key": key,
        "name": key,
        "homepage": "https://harbour.example/",
        "country": "GB",
        "languages": ("en",),
        "media_type": "digital",
        "ownership": "private",
        "panels": (),
        "feeds": (),
        "full_text": "headline-only",
        "added": None,
        "retired": None,
    }
    return Outlet(**(defaults | values))


def source(url: str, kind: Any = "feed", **values: Any) -> Source:
    return Source(outlet(**values), FeedSource(url, kind))


def looked_up(stored: pl.DataFrame) -> Look:
    """An archive that has these articles, and knows them by their addresses."""

    def look(asked: pl.DataFrame) -> pl.DataFrame:
        found = asked.select("number", "id").join(stored.select("id", "outlet", "delivered_hash"), on="id")
        return pl.DataFrame(found.to_dicts(), schema=CANDIDATES)

    return look


def collected(
    served: Press,
    *sources: Source,
    states: pl.DataFrame = NO_STATES,
    known: pl.DataFrame = NOTHING_KNOWN,
    now: datetime = NOON,
    deadline: float = 5,
    concurrency: int = 80,
) -> Collected:
    """All batches as one."""
    found = collect(sources, states, looked_up(known), served.allow, now, deadline=deadline, concurrency=concurrency)
    batches = list(found)
    return Collected(*(pl.concat(getattr(batch, name) for batch in batches) for name in Collected.__slots__))


def one(served: Press, path: str, **values: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    """The articles and the row of one feed."""
    asked = {name: values.pop(name) for name in ("states", "known", "now", "deadline") if name in values}
    got = collected(served, source(served.url(path), **values), **asked)
    return got.articles, got.fetches.row(0, named=True)


def counts(fetch: dict[str, Any]) -> dict[str, int]:
    return {each["reason"]: each["count"] for each in fetch["dropped"]}


@pytest.fixture
def served() -> Iterator[Press]:
    with press() as server:
        yield server


@pytest.fixture(scope="module")
def among_faults() -> Collected:
    """Every fault of a server as a feed of its own, each between two good feeds."""
    answers: dict[str, Any] = {
        f"/good-{name}-{side}.xml": http(feed(f"{name} {side} one", f"{name} {side} two"))
        for name in FAULTS
        for side in ("before", "after")
    }
    with press(answers) as server:
        runs = [
            collected(
                server,
                *(
                    source(server.url(path), key=path.strip("/").removesuffix(".xml"))
                    for name in names
                    for path in (f"/good-{name}-before.xml", f"/{name}", f"/good-{name}-after.xml")
                ),
                deadline=deadline,
            )
            for names, deadline in ((SLOW, 5), (QUICK, 60))
        ]
        return Collected(*(pl.concat(getattr(run, name) for run in runs) for name in Collected.__slots__))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_a_row_that_says_what_to_do(name: str, among_faults: Collected) -> None:
    fetch = among_faults.fetches.row(by_predicate=pl.col("outlet") == name, named=True)
    assert fetch["state"] == FAULTS[name].collected, fetch
    assert fetch["feed_url"].endswith(f"/{name}")
    if fetch["state"] not in schema.GOOD_STATES:
        assert fetch["message"].isprintable()
        assert len(fetch["message"]) > 20
        assert fetch["etag"] is None


@pytest.mark.parametrize("name", FAULTS)
def test_the_feeds_beside_a_bad_one_come_through_unharmed(name: str, among_faults: Collected) -> None:
    for side in ("before", "after"):
        titles = among_faults.articles.filter(outlet=f"good-{name}-{side}")["title"]
        assert titles.sort().to_list() == [f"{name} {side} one", f"{name} {side} two"]


def test_every_entry_is_an_article_or_dropped_for_a_reason(among_faults: Collected) -> None:
    by_feed = among_faults.origins.group_by("feed_url").len()
    for fetch in among_faults.fetches.join(by_feed, on="feed_url", how="left").iter_rows(named=True):
        assert fetch["entries"] == (fetch["len"] or 0) + sum(counts(fetch).values()), fetch


@pytest.mark.parametrize("name", ["cut-by-its-maker", "length-too-short", "short-body", "reset-in-the-body"])
def test_a_document_that_was_cut_short_is_asked_for_again_without_validators(
    name: str, among_faults: Collected
) -> None:
    fetch = among_faults.fetches.row(by_predicate=pl.col("outlet") == name, named=True)
    assert (fetch["etag"], fetch["body_hash"]) == (None, None)


def test_nothing_from_outside_is_stored_with_controls(among_faults: Collected) -> None:
    titles = among_faults.articles.filter(outlet="controls")["title"].to_list()
    assert titles == ["NATO[2J meets"]
    assert max(map(len, among_faults.articles["title"])) <= 1_000


def test_an_article_is_stored_as_its_feed_delivers_it(served: Press) -> None:
    got, fetch = one(served, "/good.xml")
    article = got.row(by_predicate=pl.col("title") == "NATO meets in Oslo", named=True)
    assert article["url"] == "https://harbour.example/nato-meets-in-oslo"
    assert article["id"] == article_id(article["url"])
    assert (article["text"], article["text_from"]) == ("Ministers met at the quay.", "feed")
    assert (article["published_at"], article["published_from"]) == (moment("2024-10-01T10:00"), "feed")
    assert article["collected_at"] == article["seen_at"] == NOON
    assert (article["month"], article["language"], article["outlet"]) == ("2024-10", "en", "harbour-times")
    assert (fetch["state"], fetch["http_status"], fetch["entries"], fetch["pages"]) == ("ok", 200, 3, 0)


def test_the_columns_are_the_schemas(served: Press) -> None:
    got = collected(served, source(served.url("/good.xml")), source(served.url("/404")))
    assert got.articles.schema == schema.ARTICLES
    assert got.fetches.schema == schema.FETCHES


def test_nothing_is_published_after_it_was_collected_and_the_claim_is_kept(served: Press) -> None:
    served.answers["/future.xml"] = http(GOOD.replace(b"01 Oct 2024", b"01 Oct 2030"))
    got, _ = one(served, "/future.xml")
    assert got["published_at"].unique().to_list() == [NOON]
    assert got["claimed_at"].unique().to_list() == [moment("2030-10-01T10:00")]


def test_an_article_that_is_known_as_delivered_is_dropped(served: Press) -> None:
    first, _ = one(served, "/good.xml")
    again, fetch = one(served, "/good.xml", known=first.select("id", "outlet", "delivered_hash"))
    assert again.height == 0
    assert counts(fetch) == {"known": 3}


def test_an_article_that_is_delivered_anew_is_looked_at_again(served: Press) -> None:
    first, _ = one(served, "/good.xml")
    served.answers["/good.xml"] = http(GOOD.replace(b"Rain over Rome</title>", b"Snow over Rome</title>"))
    again, fetch = one(served, "/good.xml", known=first.select("id", "outlet", "delivered_hash"))
    assert again["title"].to_list() == ["Snow over Rome"]
    assert counts(fetch) == {"known": 2}


def test_an_article_in_two_feeds_of_a_run_is_given_once(served: Press) -> None:
    served.answers["/same.xml"] = http(GOOD)
    got = collected(served, source(served.url("/good.xml")), source(served.url("/same.xml")))
    assert got.articles.height == got.articles["id"].n_unique() == 3
    assert sorted(sum(counts(fetch).values()) for fetch in got.fetches.iter_rows(named=True)) == [0, 3]


def test_an_entry_without_address_can_be_known_again(served: Press) -> None:
    served.answers["/bare.xml"] = http(
        b"<rss><channel><item><description>Only words.</description></item></channel></rss>"
    )
    first, _ = one(served, "/bare.xml")
    again, _ = one(served, "/bare.xml")
    assert first["url"][0].startswith("urn:newsgauge:harbour-times:")
    assert first["id"].to_list() == again["id"].to_list()


def test_a_second_check_asks_with_the_validators_of_the_first(served: Press) -> None:
    served.answers["/dated.xml"] = http(GOOD, etag='"7"')
    first = collected(served, source(served.url("/dated.xml")))

    async def unchanged(say: Any, headers: dict[str, str]) -> None:
        await say(http(status="304 Not Modified") if headers.get("If-None-Match") == '"7"' else http(GOOD))

    served.answers["/dated.xml"] = unchanged
    # Which checks leave the validators out depends on the address, and the port is another one each time.
    states = first.fetches
    hours = (NOON + timedelta(hours=hour) for hour in range(1, 100))
    later = next(
        at for at in hours if _request(FeedSource(served.url("/dated.xml")), states.row(0, named=True), at).etag
    )
    _, fetch = one(served, "/dated.xml", states=states, now=later)
    assert (fetch["state"], fetch["etag"], fetch["failures"]) == ("not modified", '"7"', 0)
    assert fetch["body_hash"] == first.fetches["body_hash"][0]


def test_the_same_body_is_not_read_again_whatever_its_headers_say(served: Press) -> None:
    first = collected(served, source(served.url("/good.xml")))
    got, fetch = one(served, "/good.xml", states=first.fetches)
    assert (fetch["state"], got.height, fetch["entries"]) == ("same body", 0, 0)


def test_validators_are_left_out_now_and_then(served: Press) -> None:
    states = collected(served, source(served.url("/good.xml"))).fetches.with_columns(etag=pl.lit('"7"'))
    for hour in range(96):
        one(served, "/good.xml", states=states, now=NOON + timedelta(hours=hour))
    blind = sum("If-None-Match" not in headers for _, headers in served.asked[1:])
    assert 1 <= blind <= 12


def test_failures_are_counted_and_forgiven(served: Press) -> None:
    states = NO_STATES
    for failures in (1, 2, 3):
        _, fetch = one(served, "/404", states=states)
        assert fetch["failures"] == failures
        states = pl.DataFrame([fetch], schema=schema.FETCHES)
    served.answers["/404"] = http(GOOD)
    assert one(served, "/404", states=states)[1]["failures"] == 0


def test_retry_after_is_obeyed(served: Press) -> None:
    _, fetch = one(served, "/429")
    assert fetch["next_at"] - fetch["started_at"] == timedelta(hours=2)


def test_a_refused_address_is_due_again_at_once_for_it_may_be_allowed_by_then() -> None:
    (batch,) = collect(
        [source("http://127.0.0.1:9/feed")], NO_STATES, looked_up(NOTHING_KNOWN), frozenset(), NOON, run="r1"
    )
    fetch = batch.fetches.row(0, named=True)
    assert (fetch["state"], fetch["failures"], fetch["run"]) == ("refused address", 1, "r1")
    assert fetch["next_at"] == fetch["started_at"]


def test_a_stale_feed_is_told_apart(served: Press) -> None:
    known = one(served, "/good.xml")[0].select("id", "outlet", "delivered_hash")
    _, fetch = one(served, "/good.xml", known=known, now=NOON + timedelta(days=400))
    assert fetch["state"] == "stale"
    assert "2024-10-01" in fetch["message"]


# Pages


OWN = "Ship number {} came in at noon with grain for the mills behind the wall of the old harbour."


def with_pages(served: Press, document: bytes | None = None) -> None:
    """A feed of three articles whose pages this server has."""
    served.answers["/paged.xml"] = http(feed("One", "Two", "Three", base=served.url("/page")))
    for name in ("one", "two", "three"):
        html = page(heading=name.title(), body=f"<p>{OWN.format(name)}</p>")
        served.answers[f"/page/{name}"] = http(html, content_type="text/html; charset=utf-8")
    if document is not None:
        served.answers["/robots.txt"] = http(document, content_type="text/plain")


def test_the_text_is_the_pages_where_the_outlet_allows_it(served: Press) -> None:
    with_pages(served)
    got, fetch = one(served, "/paged.xml", full_text="allowed")
    assert sorted(got["text"]) == ["\n".join([OWN.format(name), *TEXT]) for name in ("one", "three", "two")]
    assert got["text_from"].unique().to_list() == ["page"]
    assert (fetch["pages"], fetch["message"]) == (3, None)


def test_no_page_is_asked_for_where_the_outlet_gives_headlines_only(served: Press) -> None:
    with_pages(served)
    got, fetch = one(served, "/paged.xml")
    assert served.paths() == ["/paged.xml"]
    assert (got["text_from"].unique().to_list(), fetch["pages"]) == (["feed"], 0)


def test_no_page_is_asked_for_twice(served: Press) -> None:
    with_pages(served)
    first, _ = one(served, "/paged.xml", full_text="allowed")
    served.asked.clear()
    one(served, "/paged.xml", full_text="allowed", known=first.select("id", "outlet", "delivered_hash"))
    assert served.paths() == ["/paged.xml"]


def test_robots_txt_is_obeyed_and_asked_for_once(served: Press) -> None:
    with_pages(served, b"User-agent: *\nDisallow: /page/two\n")
    got, fetch = one(served, "/paged.xml", full_text="allowed")
    assert served.paths().count("/robots.txt") == 1
    assert "/page/two" not in served.paths()
    assert dict(got.select("title", "text_from").iter_rows()) == {"One": "page", "Two": "feed", "Three": "page"}
    assert "1 x robots (Disallow: /page/two)" in fetch["message"]


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (b"User-agent: GPTBot\nDisallow: /a/b\n\nUser-agent: *\nDisallow: /\n", "Disallow: /"),
        (b"User-agent: *\nDisallow: /\nAllow: /a\nDisallow: /a/*/c$\n", "Disallow: /a/*/c$"),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: newsgauge\nDisallow: /a\n", "Disallow: /a"),
        (b"User-agent: *\nDisallow: /x\n", None),
        (b"User-agent: other\nDisallow: /\n", None),
        (b"", None),
    ],
)
def test_the_rule_that_forbids_a_page_is_named(document: bytes, rule: str | None) -> None:
    assert robots.forbidding(robots.rules(document), "https://harbour.example/a/b/c") == rule


def test_an_article_stays_with_the_outlet_that_first_listed_it(served: Press) -> None:
    stored, _ = one(served, "/good.xml")
    served.answers["/echo.xml"] = http(feed("NATO meets in Oslo", summary="Not what they wrote."))
    got, fetch = one(served, "/echo.xml", key="echo", known=stored)
    assert (got.height, counts(fetch)) == (0, {"known": 1})
    got, fetch = one(served, "/echo.xml", known=stored)
    assert got["text"].to_list() == ["Not what they wrote."]


def test_where_robots_txt_cannot_be_read_nothing_is_allowed(served: Press) -> None:
    with_pages(served)
    served.answers["/robots.txt"] = http(b"", "500 Internal Server Error")
    got, fetch = one(served, "/paged.xml", full_text="allowed")
    assert (got["text_from"].unique().to_list(), fetch["state"]) == (["feed"], "ok")
    assert not any(path.startswith("/page/") for path in served.paths())


def test_pages_that_fail_leave_the_feeds_own_text_and_are_soon_given_up(served: Press) -> None:
    served.answers["/walled.xml"] = http(feed(*(f"Title {n}" for n in range(9)), base=served.url("/wall")))
    for number in range(9):
        served.answers[f"/wall/title-{number}"] = http(b"no", "403 Forbidden")
    got, fetch = one(served, "/walled.xml", full_text="allowed")
    assert (got.height, got["text"].unique().to_list()) == (9, ["Ministers met at the quay."])
    assert sum(path.startswith("/wall/") for path in served.paths()) == 4
    assert (fetch["state"], fetch["pages"]) == ("ok", 0)
    assert "4 x forbidden; the others were not tried" in fetch["message"]


def test_what_does_not_fit_into_the_time_comes_with_the_next_run(
    served: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pages(served)
    served.answers["/paged.xml"] = http(feed("One", "Two", "Three", base=served.url("/page")), etag='"7"')
    monkeypatch.setattr("ingest.web.PAGE_SECONDS", -1.0)
    got, fetch = one(served, "/paged.xml", full_text="allowed")
    assert (got.height, counts(fetch)) == (0, {"too many": 3})
    assert (fetch["etag"], fetch["body_hash"]) == (None, None)
    assert fetch["next_at"] - fetch["started_at"] <= timedelta(minutes=15)


@pytest.mark.parametrize(
    "document",
    [
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /x",
        b"User-agent: a\nCrawl-delay: 5\nUser-agent: newsgauge\nDisallow: /x",
        b"User-agent: Newsgauge\nDisallow: /x\n\nUser-agent: *\nAllow: /",
    ],
)
def test_a_robots_txt_means_what_it_says(document: bytes) -> None:
    rules = robots.rules(document)
    assert not rules.can_fetch("https://harbour.example/x", "Newsgauge")
    assert rules.can_fetch("https://harbour.example/y", "Newsgauge")


@given(st.binary(max_size=200))
def test_any_robots_txt_is_read(document: bytes) -> None:
    assert robots.rules(document).can_fetch("https://harbour.example/", "Newsgauge") in (True, False)


def test_a_document_that_bursts_its_reader_costs_its_own_feed_only(
    served: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "MEMORY", 30_000_000)
    served.answers["/bursting.xml"] = http(GOOD.replace(b"<item>", b"<b/>" * 1_000_000 + b"<item>", 1))
    for name in ("before", "after"):
        served.answers[f"/{name}.xml"] = http(feed(f"{name} one", f"{name} two"))
    got = collected(served, *(source(served.url(f"/{name}.xml"), key=name) for name in ("before", "bursting", "after")))
    states = dict(got.fetches.select("outlet", "state").iter_rows())
    assert states == {"before": "ok", "bursting": "too large", "after": "ok"}
    assert sorted(got.articles["title"]) == ["after one", "after two", "before one", "before two"]


# What stands on every page


def test_a_site_that_asks_for_hours_between_two_pages_is_not_asked_for_any(served: Press) -> None:
    with_pages(served, b"User-agent: *\nCrawl-delay: 86400\nDisallow: /x\n")
    got, fetch = one(served, "/paged.xml", full_text="allowed")
    assert got["text_from"].unique().to_list() == ["feed"]
    assert not any(path.startswith("/page/") for path in served.paths())
    assert "3 x robots (Crawl-delay: 86400)" in fetch["message"]


def test_a_pause_that_a_site_asks_for_is_handed_to_the_door(served: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, float] = {}
    real = fetching._follow

    async def follow(session: Any, manners: Any, request: Any, deadline: float) -> Any:
        asked[request.url] = request.pause
        return await real(session, manners, request, deadline)

    with_pages(served, b"User-agent: *\nCrawl-delay: 7\n")
    monkeypatch.setattr(fetching, "_follow", follow)
    one(served, "/paged.xml", full_text="allowed")
    assert asked[served.url("/page/two")] == 7
    assert asked[served.url("/paged.xml")] == 0


LETTER = "Get the Harbour Letter at 7 every morning, free for all who love the sea and its many news."


def with_letters(served: Press, *names: str) -> None:
    """A feed of pages that each end with the same call, in its own numbers."""
    served.answers["/lettered.xml"] = http(feed(*names, base=served.url("/letter")))
    for number, name in enumerate(names):
        said = f"Ship {name} came in at noon with {name} tons of grain for the mills behind the harbour wall."
        body = f"<p>{said}</p><p>{LETTER.replace('7', str(number))}</p>"
        served.answers[f"/letter/{name.lower()}"] = http(page(heading=name, body=body), content_type="text/html")


def test_what_an_outlet_prints_on_every_page_is_left_out_then_and_later(served: Press) -> None:
    with_letters(served, "Ada", "Ben", "Cid", "Dot", "Eve")
    got, fetch = one(served, "/lettered.xml", full_text="allowed")
    assert got["text_from"].unique().to_list() == ["page"]
    assert not any("Harbour Letter" in text for text in got["text"])
    assert all(f"Ship {title}" in text for title, text in got.select("title", "text").iter_rows())
    assert any("Harbour Letter" in line for line in fetch["boilerplate"])
    with_letters(served, "Fay")
    states = pl.DataFrame([fetch], schema=schema.FETCHES)
    later, again = one(served, "/lettered.xml", full_text="allowed", states=states, now=NOON + timedelta(days=1))
    assert "Ship Fay" in later["text"][0]
    assert "Harbour Letter" not in later["text"][0]
    assert again["boilerplate"] == fetch["boilerplate"]


def test_one_text_at_many_addresses_is_a_wall_and_no_article(served: Press) -> None:
    with_pages(served)
    for name in ("one", "two", "three"):
        served.answers[f"/page/{name}"] = http(page(heading=name), content_type="text/html")
    got, fetch = one(served, "/paged.xml", full_text="allowed")
    assert got["text_from"].unique().to_list() == ["feed"]
    assert "3 x the same text at several addresses" in fetch["message"]


# Sitemaps


def index(*paths: str) -> bytes:
    """An index of sitemaps."""
    parts = "".join(f"<sitemap><loc>{path}</loc></sitemap>" for path in paths)
    return http(f"<sitemapindex>{parts}</sitemapindex>".encode(), etag='"always-the-same"')


def sitemap(*titles: str) -> bytes:
    """A sitemap with one article a title."""
    urls = "".join(
        f"<url><loc>https://harbour.example/{title.replace(' ', '-')}</loc><news:news><news:publication_date>"
        f"2024-10-01T10:00:00Z</news:publication_date><news:title>{title}</news:title></news:news></url>"
        for title in titles
    )
    return f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'.encode()


def test_a_news_sitemap_is_collected_through_its_index(served: Press) -> None:
    served.answers["/index.xml"] = index("/a.xml.gz", "/gone.xml")
    served.answers["/a.xml.gz"] = http(gzip.compress(sitemap("NATO meets")))
    got, fetch = one(served, "/index.xml", kind="news-sitemap")
    assert got["title"].to_list() == ["NATO meets"]
    assert (fetch["state"], fetch["entries"]) == ("ok", 1)


def test_an_index_of_indexes_leads_to_their_sitemaps_and_never_in_circles(served: Press) -> None:
    served.answers["/index.xml"] = index("/2024.xml", "/2023.xml")
    served.answers["/2024.xml"] = index("/index.xml", "/october.xml")
    served.answers["/october.xml"] = http(sitemap("NATO meets"))
    served.answers["/2023.xml"] = http(sitemap("Rain in Oslo"))
    got, fetch = one(served, "/index.xml", kind="news-sitemap")
    assert (got["title"].sort().to_list(), fetch["state"]) == (["NATO meets", "Rain in Oslo"], "ok")
    assert sorted(served.paths()) == ["/2023.xml", "/2024.xml", "/index.xml", "/october.xml"]


def test_an_index_without_end_is_left_after_a_few_documents(served: Press) -> None:
    for number in range(20):
        served.answers[f"/{number}.xml"] = index(f"/{number + 1}.xml")
    assert one(served, "/0.xml", kind="news-sitemap")[1]["state"] == "empty"
    assert len(served.paths()) == 9


def test_an_index_that_stays_the_same_is_read_again_for_its_sitemaps_may_not(served: Press) -> None:
    served.answers["/index.xml"] = index("/a.xml")
    served.answers["/a.xml"] = http(sitemap("NATO meets"))
    stored, first = one(served, "/index.xml", kind="news-sitemap")
    served.answers["/a.xml"] = http(sitemap("NATO meets", "Rain in Oslo"))
    got, _ = one(
        served,
        "/index.xml",
        kind="news-sitemap",
        known=stored,
        states=pl.DataFrame([first], schema=schema.FETCHES),
        now=NOON + timedelta(hours=1),
    )
    assert got["title"].to_list() == ["Rain in Oslo"]


def test_a_feed_of_which_no_entry_can_be_read_is_not_taken_for_one_without_news(served: Press) -> None:
    served.answers["/a.xml"] = http(GOOD.replace(b"https://harbour.example", b"javascript:alert(1)//"))
    got, fetch = one(served, "/a.xml")
    assert (got.height, fetch["state"], fetch["entries"]) == (0, "malformed", 3)
    assert counts(fetch) == {"no address": 3}
    assert "None of the entries that it lists can be read (3 x no address)" in fetch["message"]


@pytest.mark.parametrize(
    ("answer", "kind"), [(None, "not found"), (http(b"<urlset><url>"), "malformed"), (http(b"<html>"), "html")]
)
def test_an_index_whose_sitemaps_cannot_be_read_is_a_failure(served: Press, answer: bytes | None, kind: str) -> None:
    served.answers["/index.xml"] = index("/a.xml")
    if answer:
        served.answers["/a.xml"] = answer
    fetch = one(served, "/index.xml", kind="news-sitemap")[1]
    assert fetch["state"] == kind
    assert fetch["message"].startswith("Of the sitemaps that this index names, none can be read. ")


# When


def state(next_at: datetime | None, url: str = "https://a.example/feed") -> pl.DataFrame:
    return row("fetches", feed_url=url, next_at=next_at)


def test_a_feed_is_due_when_its_time_has_come_and_when_it_was_never_read() -> None:
    feeds = [source("https://a.example/feed"), source("https://b.example/feed")]
    assert due(feeds, state(NOON), NOON - timedelta(minutes=1)) == feeds[1:]
    assert due(feeds, state(NOON), NOON) == feeds
    assert due(feeds, state(None), NOON) == feeds
    assert due(feeds, state(NOON), NOON - timedelta(days=1), everything=True) == feeds


def test_an_address_is_checked_once_a_run() -> None:
    assert len(due([source("https://a.example/feed")] * 2, NO_STATES, NOON)) == 1


def test_a_feeds_own_pause_is_kept_but_never_so_long_that_articles_are_lost(served: Press) -> None:
    served.answers["/ttl.xml"] = http(GOOD.replace(b"<channel>", b"<channel><ttl>60</ttl>"))
    served.answers["/cached.xml"] = http(GOOD, cache_control="max-age=999999")
    _, ttl = one(served, "/ttl.xml")
    _, cached = one(served, "/cached.xml")
    for fetch in (ttl, cached):  # the feed reaches back two hours
        assert timedelta(minutes=60) <= fetch["next_at"] - fetch["started_at"] <= timedelta(minutes=66)


def test_a_feeds_rests_are_kept_and_remembered(served: Press) -> None:
    rests = "".join(f"<hour>{hour}</hour>" for hour in range(12, 20)).encode()
    resting = GOOD.replace(b"<channel>", b"<channel><skipHours>" + rests + b"</skipHours>")
    served.answers["/resting.xml"] = http(resting)
    first = collected(served, source(served.url("/resting.xml"))).fetches
    _, again = one(served, "/resting.xml", states=first)
    assert again["state"] == "same body"
    for fetch in (first.row(0, named=True), again):
        assert moment("2024-10-01T20:00") <= fetch["next_at"] < moment("2024-10-01T20:15")


def test_a_check_says_whether_it_asked_with_validators(served: Press) -> None:
    served.answers["/dated.xml"] = http(GOOD, etag='"7"')
    states = collected(served, source(served.url("/dated.xml"))).fetches
    asked = []
    for hour in range(96):
        _, fetch = one(served, "/dated.xml", states=states, now=NOON + timedelta(hours=hour))
        asked.append(fetch["conditional"])
    assert asked == ["If-None-Match" in headers for _, headers in served.asked[1:]]
    assert states["conditional"].to_list() == [None]  # there was nothing to ask with


# The run


def test_batches_hold_whole_feeds_and_about_a_thousand_articles(served: Press) -> None:
    for number in range(5):
        served.answers[f"/many-{number}.xml"] = http(feed(*(f"Title {number} {n}" for n in range(450))))
    sources = [source(served.url(f"/many-{number}.xml")) for number in range(5)]
    batches = list(collect(sources, NO_STATES, looked_up(NOTHING_KNOWN), served.allow, NOON))
    assert [batch.articles.height for batch in batches] == [900, 900, 450]
    for batch in batches:
        assert set(batch.origins["feed_url"]) == set(batch.fetches["feed_url"])
        assert batch.origins["id"].equals(batch.articles["id"])


def test_no_feeds_are_no_batches() -> None:
    assert list(collect([], NO_STATES, looked_up(NOTHING_KNOWN), frozenset(), NOON)) == []


def test_a_stop_ends_collecting_and_keeps_what_was_read(served: Press) -> None:
    stop = threading.Event()

    def known(asked: pl.DataFrame) -> pl.DataFrame:
        stop.set()
        return looked_up(NOTHING_KNOWN)(asked)

    sources = [source(served.url("/good.xml")), *(source(served.url(f"/silence?{n}")) for n in range(5))]
    for number in range(5):
        served.answers[f"/silence?{number}"] = served.answers["/silence"]
    batches = list(collect(sources, NO_STATES, known, served.allow, NOON, stop=stop, deadline=3600))
    read = {url for batch in batches for url in batch.fetches["feed_url"]}
    assert read <= {served.url("/good.xml")}


def test_who_takes_no_more_batches_ends_it(served: Press) -> None:
    for number in range(9):
        served.answers[f"/many-{number}.xml"] = http(feed(*(f"Title {number} {n}" for n in range(600))))
    sources = [source(served.url(f"/many-{number}.xml")) for number in range(9)]
    batches = collect(sources, NO_STATES, looked_up(NOTHING_KNOWN), served.allow, NOON)
    assert next(batches).articles.height == 600
    batches.close()  # type: ignore[attr-defined]
    assert "collect" not in {thread.name for thread in threading.enumerate()}


def test_a_fault_of_our_own_is_not_swallowed(served: Press) -> None:
    def broken(_asked: pl.DataFrame) -> pl.DataFrame:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(collect([source(served.url("/good.xml"))], NO_STATES, broken, served.allow, NOON))


def test_dates_that_are_missing_ambiguous_or_to_come_are_counted(served: Press) -> None:
    dated = b"Tue, 01 Oct 2024 10:00:00 GMT"
    parts = GOOD.split(dated)
    for path, dates in {
        "/mixed.xml": [b"02/03/2024", b"Tue, 01 Oct 2024 15:00:00 GMT", b""],
        "/near.xml": [b"Tue, 01 Oct 2024 12:10:00 GMT", b"soon", dated],
    }.items():
        served.answers[path] = http(b"".join(a + b for a, b in zip(parts, [*dates, b""], strict=True)))
    _, mixed = one(served, "/mixed.xml")
    assert (mixed["undated"], mixed["ambiguous"], mixed["future"]) == (2, 1, 1)
    _, near = one(served, "/near.xml")
    assert (near["undated"], near["ambiguous"], near["future"]) == (1, 0, 0)


def test_a_feed_without_dates_shows_what_it_writes_in_their_place(served: Press) -> None:
    _, fetch = one(served, "/undated")
    assert "(one says: soon)" in fetch["message"]


LARGE = "Ministers met at the quay in Oslo. " * 12_000  # more than is held in memory


@pytest.mark.parametrize("ahead", [0, 1_000_000, collecting.AHEAD_BYTES])
def test_large_feeds_all_come_however_little_room_there_is(ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "AHEAD_BYTES", ahead)
    with press() as served:
        for number in range(6):
            body = feed(f"Report {number} from Oslo", base=f"https://harbour.example/{number}", summary=LARGE)
            served.answers[f"/{number}"] = http(body)
        served.answers["/small"] = http(GOOD)
        got = collected(served, *(source(served.url(f"/{name}")) for name in (*range(6), "small")))
    reports = got.articles.filter(pl.col("title").str.starts_with("Report"))
    assert sorted(reports["title"]) == [f"Report {number} from Oslo" for number in range(6)]
    assert reports["text"].str.len_chars().to_list() == [len(LARGE) - 1] * 6
    assert got.articles.height == 9


def test_batches_of_large_feeds_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "AHEAD_BYTES", 1_000_000)
    with press() as served:
        for number in range(10):
            body = feed(f"Report {number} from Oslo", base=f"https://harbour.example/{number}", summary=LARGE)
            served.answers[f"/{number}"] = http(body)
        sources = [source(served.url(f"/{number}")) for number in range(10)]
        found = collect(sources, NO_STATES, looked_up(NOTHING_KNOWN), served.allow, NOON, deadline=30, concurrency=80)
        sizes = [batch.articles.estimated_size() for batch in found]
    assert sum(sizes) > 10 * len(LARGE)
    assert max(sizes) < 1_000_000 + 1.1 * len(LARGE)
