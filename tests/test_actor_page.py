"""The page of one actor as a server runs it: state, numbers, what is said when there is nothing."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import matched
from dashboard.marked import Passage, marked
from data import catalogue, schema
from data.archive import open_archive
from tests.browser.newsroom import HOSTILE, events, newsroom, summit
from tests.conftest import article, reading

ROOT = Path(__file__).resolve().parents[1]
Opened = Callable[..., AppTest]
Made = Callable[[Callable[[Path], object]], str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The address of an archive, made once."""
    addresses: dict[str, str] = {}

    def make(fill: Callable[[Path], object]) -> str:
        if fill.__name__ not in addresses:
            folder = tmp_path_factory.mktemp(fill.__name__) / "archive"
            fill(folder)
            addresses[fill.__name__] = str(folder)
        return addresses[fill.__name__]

    return make


@pytest.fixture
def opened(made: Made, monkeypatch: pytest.MonkeyPatch) -> Opened:
    def open_page(page: str = "actor", of: Callable[[Path], object] = newsroom, **words: object) -> AppTest:
        monkeypatch.setenv("NEWSGAUGE_ARCHIVE", made(of))
        monkeypatch.delenv("NEWSGAUGE_CATALOGUE", raising=False)
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        app._page_hash = calc_hash(page)
        for word, value in words.items():
            app.query_params[word.rstrip("_").replace("_", "-")] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return open_page


def page_of(app: AppTest) -> str:
    """All that a page says in HTML, as a reader sees it."""
    return re.sub(r"\s+", " ", " ".join(html.unescape(re.sub(r"<[^>]*>", " ", block.body)) for block in app.html))


def page_source(app: AppTest) -> str:
    return " ".join(block.body for block in app.html)


def links(app: AppTest) -> list[str]:
    return [
        html.unescape(to) for block in app.html for to in re.findall(r'<a class="ng-link" href="([^"]*)"', block.body)
    ]


def test_the_page_is_that_of_the_first_actor_of_the_link(opened: Opened) -> None:
    app = opened(actor=["ukraine", "nato"], period="30d")
    assert app.title[0].value == "Ukraine"
    assert app.query_params == {"actor": ["ukraine", "nato"], "period": "30d"}
    # Two a day over 30 days; the others of the link are for the other pages.
    assert "Articles that name the actor, each counted once however often it is named there. 60 of 1 outlet" in page_of(
        app
    )


def test_another_actor_takes_the_place_of_the_one_looked_at(opened: Opened) -> None:
    app = opened(actor=["ukraine", "nato"], period="30d")
    app.selectbox(key="one").select("russia").run()
    assert app.title[0].value == "Russia"
    assert app.query_params["actor"] == ["russia", "nato"]


def test_without_an_actor_it_is_the_most_mentioned_one(opened: Opened) -> None:
    app = opened()
    assert app.title[0].value == "NATO"
    assert app.query_params == {"actor": "nato"}


def test_the_head_tells_what_is_found_and_what_is_watched_apart(opened: Opened) -> None:
    app = opened(actor="nato", period="30d")
    page = page_of(app)
    assert "Organisation · watched apart from it: NATO Secretary General" in page
    assert "Descriptions, after another name of it in the same article the alliance" in page
    assert "Never, nor any name inside Arab NATO" in page
    assert "actor?actor=nato-secretary-general&period=30d" in links(app)


def test_figures_carry_what_they_are_of(opened: Opened) -> None:
    page = page_of(opened(actor="nato", period="30d"))
    # 30 days: NATO 3 a day of 5, and two on the last day: one unsure, one German.
    assert "92 of 1 outlet 2 Oct 2024 – 31 Oct 2024 · 1 undated on no chart" in page
    assert "60.53 % 92 of 152 articles of the same outlets" in page
    assert "92 1.0 articles a story" in page
    assert "+0.600 ± 0.000 n 90 scored mentions in 90 stories" in page
    assert "1 % 1 of 92 mentions · 1 not scored" in page


def test_a_change_is_told_where_the_archive_reaches_as_far_back(opened: Opened) -> None:
    assert "against the" not in page_of(opened(actor="nato", period="30d"))
    # 25 to 31 October: 23 of 37 articles, against 21 of 35: 62.2 against 60 percent.
    page = page_of(opened(actor="nato", period="7d"))
    assert page.count("+10 % against the 7 days before") == 2
    assert "62.16 % +4 % against the 7 days before" in page


def test_a_story_of_thirteen_articles_is_one_and_leads_to_its_page(opened: Opened) -> None:
    app = opened(of=events, actor="nato", period="all")
    page = page_of(app)
    assert "1 13.0 articles a story" in page
    assert "1 of several articles, 0 of one Vilnius summit, day 0 1 Oct 2024 – 3 Oct 2024 13 · 2 outlets" in page
    assert "stories?actor=nato&period=all&story=v0" in links(app)


def test_an_outlet_has_its_attention_and_no_tone_under_ten_stories(opened: Opened) -> None:
    app = opened(of=events, actor="nato", period="all")
    page = page_of(app)
    # The example-times wrote 8 of its 21 articles on NATO, the example-post all of its 5: all tell one event.
    assert "example-times 8 38.1 % of 21 – n 1" in page
    assert "example-post 5 100.0 % of 5 – n 1" in page
    assert "articles?actor=nato&period=all&outlet=example-post" in links(app)
    wide = page_of(opened(of=summit, actor="nato", period="all"))
    # 16 copies of one text and 12 on Vilnius: 28 articles, 13 texts.
    assert "example-post 28 100.0 % of 28 +0.40 ± 0.00 n 13" in wide


def test_who_is_named_with_it_comes_with_a_lift_and_a_link_to_its_page(opened: Opened) -> None:
    app = opened(of=newsroom, actor="nato", period="30d")
    # 30 of NATO's 92 articles, where Ukraine is in 60 of the 122 that name anybody.
    assert "Ukraine 33 % · 30 × 0.7" in page_of(app)
    assert "actor?actor=ukraine&period=30d" in links(app)
    # The number leads to the articles that name both, and that is how many there are.
    assert "articles?actor=nato&period=30d&search=actor%3Aukraine" in links(app)
    assert '<span class="ng-count">30</span>' in page_source(
        opened("articles", actor="nato", period="30d", search="actor:ukraine")
    )


def test_what_is_said_is_told_with_its_outlet_day_and_the_way_to_its_place(opened: Opened) -> None:
    app = opened(of=events, actor="nato", period="all")
    page = page_of(app)
    assert "of 13 sentences with a tone, in 13 articles" in page
    # All thirteen tell one story: one stands for them, the latest of equal ones.
    assert page.count("NATO met in Oslo.") == 1
    assert "Most positively In the outlets' own words +0.50 NATO met in Oslo. example-post, 3 Oct 2024" in page
    assert "Said by others, and quoted Nothing positive here." in page
    assert "Most negatively In the outlets' own words Nothing negative here." in page
    assert "articles?actor=nato&period=all&article=v11&passage=text.0" in links(app)


def test_the_passage_that_a_link_leads_to_is_the_marked_one(opened: Opened) -> None:
    app = opened("articles", of=events, actor="nato", period="all", article="v11", passage="text.0")
    reader = next(block.body for block in app.html if "<article" in block.body)
    assert '<p class="sought">“NATO met in Oslo.” <a href="#sought">' in reader
    assert '<mark class="positive here" id="sought"' in reader
    assert app.query_params["passage"] == "text.0"
    other = opened("articles", of=events, actor="nato", period="all", article="v11", passage="text.1")
    assert not any('class="sought"' in block.body or 'id="sought"' in block.body for block in other.html)


def test_who_says_it_and_the_names_come_with_their_numbers(opened: Opened) -> None:
    page = page_of(opened(of=events, actor="nato", period="all"))
    assert "The outlets themselves 13 · too few to tell · n 1" in page
    assert "NATO name 100 % · 13 times" in page


def test_a_peak_is_told_with_its_card(opened: Opened) -> None:
    app = opened(of=summit, actor="nato", period="30d", peak="nato.2024-10-08")
    assert any("30 articles, 10 usual" in card.label for card in app.expander)
    assert "One story carries it, 16 of 30 articles" in page_of(app)


def test_what_a_link_says_wrongly_is_named_and_the_rest_is_shown(opened: Opened) -> None:
    app = opened(actor="nobody", period="30d")
    assert 'actor "nobody" is not known' in page_of(app)
    assert app.title[0].value == "NATO"
    assert app.query_params == {"actor": "nato", "period": "30d"}


def test_an_actor_that_nobody_named_in_these_days_says_what_to_widen(opened: Opened) -> None:
    app = opened(of=events, actor="nato", from_="2024-10-06", to="2024-10-10")
    page = page_of(app)
    assert "No article names these actors, 6 Oct 2024 – 10 Oct 2024" in page
    assert "The whole archive names NATO in 13 articles, 1 Oct 2024 – 3 Oct 2024." in page
    assert "Organisation" in page
    assert "Most positively" not in page


def test_an_actor_that_the_archive_never_names_says_so(opened: Opened) -> None:
    page = page_of(opened(of=events, actor="iaea", period="all"))
    assert "No article names these actors" in page
    assert "The whole archive does not name IAEA." in page


def test_an_empty_archive_says_how_to_fill_it(opened: Opened) -> None:
    def empty(folder: Path) -> None:
        open_archive(str(folder), create=True)

    assert "./newsgauge ingest" in page_of(opened(of=empty))


def test_an_archive_that_names_nobody_says_so(opened: Opened) -> None:
    def nameless(folder: Path) -> None:
        one = article(title="Rain over Rome", text="It rained.")
        rows = reading(article_id=str(one["id"][0])), *(schema.empty(table) for table in ("mentions", "fetches"))
        open_archive(str(folder), create=True).append(one, *rows, "b")

    assert "There is nobody to look at" in page_of(opened(of=nameless))


def test_a_search_that_cannot_be_read_is_named(opened: Opened) -> None:
    assert "This search cannot be read" in page_of(opened(actor="nato", search='"open'))


def test_titles_from_outside_stay_text(opened: Opened) -> None:
    for app in (opened(of=summit, actor="nato", period="all"), opened(actor="nato", period="all")):
        elements = {tag for block in app.html for tag in re.findall(r"<\s*([a-zA-Z][^\s/>]*)", block.body)}
        assert not elements & {"script", "iframe", "form"}
        assert not any(re.search(r"<img src=x|href=[\"']?javascript", block.body) for block in app.html)
        assert all(to.startswith(("articles?", "stories?", "actor?")) for to in links(app))
        assert not any(HOSTILE in block.value for block in [*app.markdown, *app.caption, *app.title, *app.header])


def test_other_pages_lead_to_the_page_of_an_actor(opened: Opened) -> None:
    assert "actor?actor=ukraine&actor=nato&period=30d" in links(opened("", actor=["nato", "ukraine"], period="30d"))
    assert "actor?actor=nato&period=30d" in links(opened("articles", article="d0-0", period="30d"))
    assert "actor?actor=nato&period=all" in links(opened("stories", of=events, period="all", open="v0"))


def test_every_rule_of_every_actor_has_words() -> None:
    read = catalogue.load(catalogue.DEFAULT)
    for actor in read.actors:
        told = " ".join(words for _, words in matched.rules(actor, read))
        assert all(name.text in told for name in actor.names), actor.key
        assert matched.summary(actor)


def test_an_office_names_who_held_it_and_its_holder_the_office() -> None:
    read = catalogue.load(catalogue.DEFAULT)
    by_key = {actor.key: dict(matched.rules(actor, read)) for actor in read.actors}
    assert "Mark Rutte from 1 Oct 2024" in by_key["nato-secretary-general"]["Held by"]
    of_holder = by_key["mark-rutte"]["Also by the name of an office, on the days it holds it"]
    assert of_holder == "NATO Secretary General from 1 Oct 2024"


def test_a_sought_passage_is_told_apart_from_the_others() -> None:
    both = [Passage(0, 9, "positive", "NATO +0.50", sought=True), Passage(10, 19, "positive", "NATO +0.40")]
    assert marked("NATO met. NATO went.", both, []) == (
        '<p><mark class="positive here" id="sought">NATO met.</mark><i>NATO +0.50</i> '
        '<mark class="positive">NATO went</mark><i>NATO +0.40</i>.</p>'
    )
