"""The pages as a server runs them, without a browser: state, numbers, what is said when there is nothing."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import measures, theme
from dashboard.marked import Passage, marked
from data import schema
from data.archive import open_archive
from data.queries import Kind
from tests.browser.newsroom import HOSTILE, events, newsroom, summit

ROOT = Path(__file__).resolve().parents[1]

Opened = Callable[..., AppTest]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("newsroom") / "archive"
    newsroom(folder)
    return str(folder)


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("summit") / "archive"
    summit(folder)
    return str(folder)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("events") / "archive"
    events(folder)
    return str(folder)


@pytest.fixture
def opened(archive: str, monkeypatch: pytest.MonkeyPatch) -> Opened:
    def open_page(page: str = "", address: str = archive, **words: object) -> AppTest:
        monkeypatch.setenv("NEWSGAUGE_ARCHIVE", address)
        monkeypatch.delenv("NEWSGAUGE_CATALOGUE", raising=False)
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=30)
        # AppTest.switch_page knows pages that are files; ours are functions, known by the hash of their path.
        app._page_hash = calc_hash(page)
        for word, value in words.items():
            app.query_params[word.rstrip("_").replace("_", "-")] = value
        app.run()
        assert not app.exception, app.exception
        return app

    return open_page


def said(app: AppTest) -> str:
    """All that a page says in HTML, as a reader sees it."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", block.body)) for block in app.html)


def words(app: AppTest) -> str:
    return re.sub(r"\s+", " ", said(app))


def test_the_overview_opens_with_the_most_mentioned_actors_in_its_link(opened: Opened) -> None:
    app = opened()
    assert app.title[0].value == "Attention and tone"
    assert app.query_params == {"actor": ["nato", "ukraine"]}


def test_figures_carry_what_they_are_of(opened: Opened) -> None:
    page = words(opened(actor=["nato", "ukraine"], period="30d"))
    # 30 days: NATO 3 a day and the two of the 31st, Ukraine 2 a day; five articles a day and the two.
    assert "152 in 122 articles" in page
    assert "80 % of 152 articles collected" in page
    assert "150 scored mentions in 120 stories · 1 unsure · 1 not scored" in page
    assert "1 undated mention on no chart" in page


def test_a_change_needs_an_archive_that_reaches_as_far_back(opened: Opened) -> None:
    assert "against the" not in words(opened(actor="nato", period="30d"))
    # 25 to 31 October has the two extra articles: 23 against 21.
    assert "+10 % against the 7 days before" in words(opened(actor="nato", period="7d"))


def test_a_mention_that_is_not_scored_is_said_in_words_and_is_no_zero(opened: Opened) -> None:
    page = words(opened(actor="nato", period="30d"))
    assert "Unsure, no sentence was clear enough: NATO 1 of 92." in page
    assert "Not scored, in another language or in the actor's own words alone: NATO 1 of 92." in page
    assert "+0.600" in page


def test_the_tone_by_lexicon_is_another_in_figures_charts_table_list_and_link(opened: Opened) -> None:
    app = opened(actor=["nato", "ukraine"], period="30d", measure="lexicon_tone")
    page = words(app)
    assert app.query_params["measure"] == "lexicon_tone"
    # NATO 90 times -0.1 and the one that the model is unsure of, Ukraine 60 times +0.2.
    assert "+0.019 " in page
    assert "NATO −0.10 ± 0.00" in page
    assert "of 151 scored mentions, tone ≤ −0.05 · 1 not scored" in page
    assert "By lexicon: the words of the sentences about the actor" in page
    assert "1 unsure" not in page
    assert "Unsure, " not in page
    assert theme.inert("Mean tone per week, by lexicon") in [header.value for header in app.header]
    assert set(app.dataframe[-1].value["tone"].dropna().round(2)) <= {-0.1, 0.2, 0.05}
    listed = opened("articles", actor="nato", period="30d", measure="lexicon_tone")
    assert "mean tone by lexicon −0.10 ± 0.00" in words(listed)
    assert listed.query_params["measure"] == "lexicon_tone"


def test_the_tone_toward_the_actor_is_told_from_that_by_lexicon(opened: Opened) -> None:
    page = words(opened(actor=["nato", "ukraine"], period="30d"))
    assert "NATO +0.60 ± 0.00 n 90 · 1 unsure" in page
    assert "of 150 scored mentions, tone ≤ −0.33" in page
    assert "Toward the actor: a model reads each sentence about the actor" in page


def test_what_the_lexicon_scored_in_place_of_the_model_is_said() -> None:
    none, some, all_ = ({"by_lexicon": number, "scored": 9} for number in (0, 2, 9))
    assert "rescore" not in measures.told("tone", none)
    assert "The lexicon scored 2 of these 9 mentions so far" in measures.told("tone", some)
    assert "Toward the actor: the words" in measures.told("tone", all_)
    assert "The lexicon scored all of it so far" in measures.told("tone", all_)
    assert [measures.border("tone", now) for now in (none, some, all_)] == ["0.33", "0.33 (0.05 by lexicon)", "0.05"]
    assert measures.border("lexicon_tone", all_) == "0.05"


def test_a_mean_on_fewer_than_ten_stories_is_blank_and_says_so(opened: Opened) -> None:
    page = words(opened(actor="nato", from_="2024-10-05", to="2024-10-07"))
    assert "9 scored mentions in 9 stories · too few, 10 are needed" in page
    assert "+0.600" not in page


def test_days_on_which_a_feed_failed_are_named(opened: Opened) -> None:
    page = words(opened(actor="nato", period="all"))
    assert "Striped days are incomplete, feeds failed: example-times 10 Oct 2024 – 11 Oct 2024." in page


def test_nothing_written_and_nothing_looked_at_are_told_apart(opened: Opened) -> None:
    quiet = words(opened(actor="nato", from_="2024-10-01", to="2024-10-05", search="zebra"))
    assert "No article names these actors, 1 Oct 2024 – 5 Oct 2024" in quiet
    assert "articles that say “zebra”" in quiet
    blind = words(opened(actor="nato", from_="2024-10-08", to="2024-10-12", search="zebra"))
    assert "No article found, and not everything could be looked at" in blind


def test_what_a_link_says_wrongly_is_named_and_the_rest_is_shown(opened: Opened) -> None:
    app = opened(actor=["nato", "nobody"], from_="2024-13-40", volume="pie")
    page = words(app)
    assert 'actor "nobody" is not known' in page
    assert "from=2024-13-40 is no day of the calendar" in page
    assert "volume=pie means nothing here" in page
    assert app.query_params == {"actor": "nato"}


def test_a_notice_goes_when_the_reader_chooses_something_else(opened: Opened) -> None:
    app = opened(actor=["nato", "nobody"])
    app.session_state["period"] = "7d"
    app.run()
    assert "nobody" not in said(app)


def test_a_hostile_word_in_a_link_stays_a_word(opened: Opened) -> None:
    app = opened(actor=["nato", HOSTILE], search="ok")
    assert not any("<img src=x" in block.body for block in app.html)
    assert "<img src=x" in said(app)


def test_choices_are_written_into_the_link_as_keys(opened: Opened) -> None:
    app = opened(actor="nato")
    app.session_state["actor"] = ["nato", "ukraine"]
    app.session_state["volume"] = "ratio"
    app.session_state["period"] = "all"
    app.session_state["copies"] = False
    app.run()
    assert app.query_params == {
        "actor": ["nato", "ukraine"],
        "no-copies": "1",
        "period": "all",
        "volume": "ratio",
    }


def test_a_link_that_is_followed_inside_the_dashboard_is_obeyed_as_is_the_back_button(opened: Opened) -> None:
    app = opened(actor="nato", period="30d")
    app.query_params["period"] = "7d"
    app.run()
    assert app.session_state["period"] == "7d"
    assert app.query_params == {"actor": "nato", "period": "7d"}


def test_a_click_is_not_undone_by_the_old_link_that_comes_with_it(opened: Opened) -> None:
    app = opened(actor="nato", period="30d")
    app.session_state["period"] = "7d"
    app.run()
    # The browser had not taken period=7d yet when the next click came.
    app.query_params["period"] = "30d"
    app.session_state["volume"] = "ratio"
    app.run()
    assert app.query_params == {"actor": "nato", "period": "7d", "volume": "ratio"}


@pytest.mark.parametrize(
    ("page", "key", "value"), [("compare", "against", "dates"), ("stories", "stories-order", "newest")]
)
def test_neither_is_a_click_undone_that_the_link_does_not_tell_by_itself(
    opened: Opened, eventful: str, page: str, key: str, value: str
) -> None:
    app = opened(page, eventful, actor="nato", period="30d")
    app.session_state["period"] = "6m"
    app.run()
    # The browser had not taken period=6m yet when the next click came.
    app.query_params["period"] = "30d"
    app.session_state[key] = value
    app.run()
    assert (app.session_state["period"], app.session_state[key]) == ("6m", value)
    assert app.query_params["period"] == "6m"


def test_a_day_without_a_time_is_told_as_a_day(opened: Opened, tmp_path: Path) -> None:
    from tests.conftest import article, mention, moment, reading

    archive = open_archive(str(tmp_path / "days"), create=True)
    at = {"day": moment("2024-10-02T00:00"), "minute": moment("2024-10-01T09:30")}
    one = {"month": "2024-10", "language": "en"}
    archive.append(
        pl.concat([article(id=key, url=f"https://example.org/{key}", published_at=when) for key, when in at.items()]),
        pl.concat([reading(article_id=key, published_at=when, **one) for key, when in at.items()]),
        pl.concat([mention(article_id=key, actor="nato", published_at=when, **one) for key, when in at.items()]),
        pl.DataFrame(schema=schema.FETCHES),
        "all",
    )
    app = opened("articles", address=str(tmp_path / "days"), period="all")
    assert app.dataframe[0].value["published"].to_list() == ["2024-10-02", "2024-10-01 09:30"]
    assert "Data to 2 Oct 2024" in words(app)
    assert "00:00" not in words(app)


def test_a_list_tells_the_mean_tone_of_what_it_lists_as_the_overview_does(opened: Opened) -> None:
    page = words(opened("articles", actor="nato", period="all"))
    assert "mean tone toward the actor +0.60 ± 0.00 · 1 of 96 mentions unsure" in page
    assert "mean tone" not in words(opened("articles", actor="nato", from_="2024-10-05", to="2024-10-07"))


def test_the_outlets_behind_a_list_are_counted(opened: Opened) -> None:
    assert "By example-times 96." in words(opened("articles", actor="nato", period="all"))


def test_one_actor_is_shown_with_its_partners_and_outlets_and_no_share_of_itself(opened: Opened) -> None:
    app = opened(actor="nato", period="all")
    assert [header.value for header in app.header] == [
        "Mentions per day",
        "Mean tone per week",
        "Named together",
        "Balance of tone",
        "Outlets",
        "Newest articles",
    ]
    # Ukraine stands beside NATO in one article of each of the 31 days; NATO in 96.
    assert "Ukraine 32 % · 31" in words(app)


def labels(app: AppTest) -> list[str]:
    return [plain(line.label) for line in app.expander]


def plain(text: str) -> str:
    return re.sub(r"[\\*\u2060]", "", text).replace("  ", " ")


def test_a_peak_is_named_with_its_days_its_counts_and_what_tells_it(opened: Opened, eventful: str) -> None:
    app = opened(address=eventful, actor=["nato", "ukraine"], period="30d")
    # Ukraine's 9 of 50 articles are not so rare where a tenth is usual.
    # 16 of the 30 tell one story.
    assert labels(app) == [f"1 · NATO, 8 Oct 2024 · 30 articles, 10 usual · “{plain(HOSTILE)}”"]
    # Eight weeks are over on 30 September.
    assert "Days before 30 Sep 2024 have too little history to judge." in words(app)
    assert "One story" not in words(app)
    assert app.query_params == {"actor": ["nato", "ukraine"], "period": "30d"}


def test_the_card_of_a_peak_explains_it_and_is_part_of_the_link(opened: Opened, eventful: str) -> None:
    app = opened(address=eventful, actor="nato", period="30d", peak="nato.2024-10-08")
    page = words(app)
    assert "NATO is named in 30 articles on 8 Oct 2024, where 10 were to be expected: fewer than one usual day" in page
    assert f"One story carries it, 16 of 30 articles: “{HOSTILE}”." in page
    assert "Telling phrases, against the 128 of the 26 weeks before Vilnius 40 % before none" in page
    assert "Outlets that wrote more than usual example-post 93 % before none" in page
    assert "Largest stories" in page
    assert app.query_params["peak"] == "nato.2024-10-08"


def test_a_card_that_is_opened_and_closed_is_written_into_the_link(opened: Opened, eventful: str) -> None:
    app = opened(address=eventful, actor="nato", period="30d")
    app.session_state["peak-nato.2024-10-08"] = True
    app.run()
    assert app.query_params["peak"] == "nato.2024-10-08"
    assert "One story carries it" in words(app)
    app.session_state["peak-nato.2024-10-08"] = False
    app.run()
    assert "peak" not in app.query_params


def test_a_week_of_which_no_day_stands_out_is_marked_on_its_highest_day() -> None:
    from datetime import date

    from dashboard.views import peaks

    monday, thursday = date(2024, 10, 7), date(2024, 10, 10)
    row = {"first": monday, "top": monday, "last": date(2024, 10, 13), "count": 9, "day": monday}
    weeks = pl.DataFrame([row | {"actor": actor} for actor in ("nato", "ukraine")])
    alone = peaks._without_peaks(weeks, pl.DataFrame({"actor": ["ukraine"], "top": [thursday]}))
    assert alone["actor"].to_list() == ["nato"]
    for top, left in (
        (monday, []),
        (date(2024, 10, 13), []),
        (date(2024, 10, 6), ["nato"]),
        (date(2024, 10, 14), ["nato"]),
    ):
        tops = pl.DataFrame({"actor": ["nato", "ukraine"], "top": [top, thursday]})
        assert peaks._without_peaks(weeks, tops)["actor"].to_list() == left
    days = [date(2024, 10, 6), monday, thursday, date(2024, 10, 11)]
    volume = pl.DataFrame({"actor": "nato", "date": days, "count": [9, 2, 4, 4]})
    assert peaks._on_their_highest_days(alone, volume)["day"].to_list() == [thursday]
    assert peaks._on_their_highest_days(alone, volume.head(1)).is_empty()


def test_a_peak_that_is_none_is_said_and_leaves_the_link(opened: Opened, eventful: str) -> None:
    app = opened(address=eventful, actor="nato", period="30d", peak=["nato.2024-10-09", HOSTILE])
    assert "peak=nato.2024-10-09 is no peak of these actors and days." in words(app)
    assert not any("<img src=x" in block.body for block in app.html)
    assert "peak" not in app.query_params


def test_an_archive_too_short_to_tell_peaks_says_so_and_names_the_highest_days(opened: Opened) -> None:
    page = words(opened(actor="nato", period="all"))
    assert "No peaks are told here: what is usual is learnt from the 26 weeks before" in page
    assert "Highest" in page


def test_days_of_which_none_stands_out_say_so(opened: Opened, eventful: str) -> None:
    app = opened(address=eventful, actor="nato", from_="2024-09-30", to="2024-10-07")
    assert "Nothing here stands out from the 26 weeks before." in words(app)
    assert not app.expander


VILNIUS = "Vilnius summit, day 0 · 13 articles, 2 outlets · 1 Oct 2024 – 3 Oct 2024 · Vilnius summit"
VALENCIA = "Flood in Valencia · 3 articles, 1 outlet · 5 Oct 2024 · Flood in Valencia"


def test_a_story_is_listed_with_its_title_its_counts_its_days_and_what_tells_it(opened: Opened, told: str) -> None:
    app = opened("stories", address=told, period="all")
    assert labels(app) == [VILNIUS, VALENCIA]
    page = words(app)
    assert "2 stories in 16 of 26 articles, 1 Oct 2024 – 10 Oct 2024" in page
    assert "10 articles tell an event that no other tells, and are not listed" in page
    assert app.query_params == {"period": "all"}


def test_the_stories_are_those_of_the_articles_that_are_looked_at(opened: Opened, told: str) -> None:
    assert labels(opened("stories", address=told, period="all", actor="nato")) == [VILNIUS]
    later = opened("stories", address=told, from_="2024-10-03", to="2024-10-10", sort="newest")
    # The last four texts are of the 3rd. The story goes by the same name, whatever part of it is seen.
    assert labels(later)[0] == VALENCIA
    assert labels(later)[1].startswith("Vilnius summit, day 0 · 4 articles, 1 outlet · 3 Oct 2024")
    assert later.query_params["sort"] == "newest"


def test_the_card_of_a_story_tells_who_tells_it_in_what_tone_and_is_part_of_the_link(opened: Opened, told: str) -> None:
    app = opened("stories", address=told, period="all", actor="nato", open="v0")
    page = words(app)
    assert "12 texts and 1 copy." in page
    assert "Mean tone toward the chosen actors +0.50 ± 0.00, of 12 texts scored." in page
    assert "Named here more than elsewhere: NATO" in page
    assert "example-times 8 too few to tell example-post 5 too few to tell" in page
    # At 9, 14 and 19 o'clock on the 1st, and the copy; five on the 2nd, four on the 3rd.
    assert "Articles a day: most, 5, on 2 Oct 2024" in page
    assert app.query_params["open"] == "v0"
    app.session_state["story-v0"] = False
    app.run()
    assert "open" not in app.query_params
    assert "Mean tone" not in words(app)


def test_a_tone_of_few_texts_is_blank_and_says_so(opened: Opened, told: str) -> None:
    page = words(opened("stories", address=told, period="all", open="w0"))
    assert "3 texts. No mean tone of the text: 3 texts are scored, 10 are needed." in page


def test_a_hostile_title_of_a_story_is_text(opened: Opened, told: str) -> None:
    app = opened("stories", address=told, period="all", open="v0")
    assert HOSTILE in said(app)
    assert not any("<img src=x" in block.body for block in app.html)


def test_a_story_that_nothing_tells_is_said_and_leaves_the_link(opened: Opened, told: str) -> None:
    app = opened("stories", address=told, period="all", open=["nowhere"])
    assert 'The link asks for story "nowhere", which no article looked at tells.' in words(app)
    assert "open" not in app.query_params
    assert labels(app) == [VILNIUS, VALENCIA]


def test_no_story_at_all_says_what_to_widen(opened: Opened, told: str) -> None:
    assert "No article names these actors" in words(opened("stories", address=told, actor="china"))
    alone = words(opened("stories", address=told, actor="ukraine", period="all"))
    assert "No event is told by more than one article here" in alone


def test_the_filter_of_a_story_leads_to_its_articles_and_to_its_card(opened: Opened, told: str) -> None:
    assert "13 articles" in words(opened("articles", address=told, period="all", story="v0"))
    app = opened("stories", address=told, period="all", story="n3")
    assert labels(app) == ["Quiet item 3 · 1 article · 4 Oct 2024"]
    assert "1 text." in words(app)


def test_a_change_of_tone_is_taken_apart_by_outlet(opened: Opened, eventful: str) -> None:
    app = opened("compare", address=eventful, actor="nato", period="30d")
    page = words(app)
    # Before, 30 of the times and 30 of the mail at .5; after, 60 of the times at .2 and 28 of the post at .4.
    assert "+0.500 ± 0.000 15 Aug 2024 – 13 Sep 2024 · 60 scored mentions in 60 stories" in page
    # Of the post's, 16 are one story.
    assert "14 Sep 2024 – 13 Oct 2024 · 88 scored mentions in 73 stories" in page
    assert "1 in both periods 1 only before, 1 only after" in page
    # Zero is at .381818. The times: -.3 * (.5 + .681818) / 2, and (.35 - zero) * .181818. The post: (.4 - zero) *
    # .318182. The mail: (.5 - zero) * -.5.
    assert "The tone toward NATO moved by −0.236; the greatest part is −0.177" in page
    assert "example-times −0.183 +0.500 +0.200 50 % 68 %" in page
    assert "example-mail −0.059 +0.500 – 50 % –" in page
    assert "example-post +0.006 – +0.400 – 32 %" in page
    assert "88 mentions of NATO: 88 scored. Only the scored ones count here." in page
    assert "more than chance alone would make" in page
    assert [header.value for header in app.header] == ["The change of tone taken apart", "What each outlet adds"]


def test_a_change_of_attention_is_taken_apart(opened: Opened, eventful: str) -> None:
    days = {"from_": "2024-10-07", "to": "2024-10-13", "against_from": "2024-09-30", "against_to": "2024-10-06"}
    app = opened("compare", address=eventful, actor="nato", of="attention", **days)
    page = words(app)
    # 14 of 70 articles, then 42 of 110: the times had a fifth of its articles in both weeks, the post 28 of 28.
    assert "20.00 % 30 Sep 2024 – 6 Oct 2024 · 14 of 70 articles" in page
    assert "38.18 % 7 Oct 2024 – 13 Oct 2024 · 42 of 110 articles" in page
    assert "The attention to NATO moved by +18.18 points" in page
    assert app.query_params["against-from"] == "2024-09-30"
    assert "scored mention" not in page


def test_what_is_unsure_and_not_scored_is_counted_in_a_comparison(opened: Opened) -> None:
    page = words(opened("compare", actor="nato", from_="2024-10-20", to="2024-10-31"))
    assert "20 Oct 2024 – 31 Oct 2024: 38 mentions of NATO: 36 scored, 1 unsure, 1 not scored." in page
    assert "Feeds failed, of 1 outlet in 8 Oct 2024 – 19 Oct 2024 (see Health)" in page


def test_under_ten_stories_nothing_is_compared_and_it_says_so(opened: Opened, eventful: str) -> None:
    app = opened("compare", address=eventful, actor="nato", from_="2024-09-10", to="2024-09-13")
    page = words(app)
    assert "Too few stories to compare" in page
    assert "6 Sep 2024 – 9 Sep 2024: 8 scored stories of NATO, 10 are needed." in page
    assert "+0.500" not in page
    assert not app.header


def test_days_on_which_nobody_could_look_are_no_days_of_few_stories(opened: Opened, eventful: str) -> None:
    page = words(opened("compare", address=eventful, actor="nato", period="30d", against="year"))
    assert "14 Sep 2023 – 13 Oct 2023: no article at all was collected, so that nobody could look." in page
    whole = words(opened("compare", address=eventful, actor="nato", period="all"))
    assert "The whole archive has no days before it" in whole


def test_a_comparison_opens_with_the_most_mentioned_actor_and_takes_the_first_of_several(opened: Opened) -> None:
    assert opened("compare").query_params == {"actor": "nato"}
    app = opened("compare", actor=["ukraine", "nato"], period="7d")
    assert "mentions of Ukraine" in words(app)
    app.selectbox(key="one").select("nato").run()
    assert app.query_params["actor"] == ["nato", "ukraine"]
    assert "mentions of NATO" in words(app)


@pytest.mark.parametrize("page", ["", "compare", "articles", "health", "method"])
def test_a_link_opens_what_its_sender_saw_on_every_page(opened: Opened, page: str) -> None:
    link = {"actor": ["ukraine", "nato"], "language": "en", "period": "7d", "volume": "ratio"}
    assert opened(page, **link).query_params == link


def test_more_than_six_actors_are_cut_to_six_and_named(opened: Opened) -> None:
    many = ["nato", "ukraine", "russia", "china", "germany", "france", "poland", "finland"]
    app = opened(actor=many)
    assert app.query_params["actor"] == many[:6]
    assert "left out: poland, finland" in said(app)


def test_the_count_of_articles_is_that_of_the_export(opened: Opened, archive: str) -> None:
    from data import export
    from data.filters import Filters

    for chosen, period, filters in (
        (["nato"], "all", Filters(actors=("nato",))),
        ([], "all", Filters()),
        (["nato"], "all", Filters(actors=("nato",), tone_from=0.1)),
    ):
        tone = {"tone_from": "0.1"} if filters.tone_from else {}
        app = opened("articles", actor=chosen, period=period, **tone)
        counted = re.search(r'ng-count">([\d,]+)<', " ".join(block.body for block in app.html))
        assert counted is not None
        assert int(counted[1]) == export.articles_table(open_archive(archive), filters).height


def test_a_hostile_title_is_text_in_the_table_and_in_the_article(opened: Opened) -> None:
    app = opened("articles", search="latex", article="hostile")
    assert app.dataframe[0].value["title"].to_list() == [HOSTILE]
    assert HOSTILE in said(app)
    ours = 'a class="ng-link" href="actor\\?actor=nato|a href="\\?search=latex'
    assert not any(re.search(rf"<(?!{ours})(img src=x|script|a[\s>])", block.body) for block in app.html)
    assert not any(HOSTILE in block.value for block in [*app.markdown, *app.caption, *app.title, *app.header])


def test_an_article_shows_its_passages_their_tone_and_the_rule_that_matched(opened: Opened) -> None:
    app = opened("articles", article="d0-0")
    reader = next(block.body for block in app.html if "<article" in block.body)
    more = "NATO: positive, tone +0.60, confidence 80%, names the actor, in the outlet&#x27;s own words."
    assert f'<mark class="positive" title="{more}"><b>NATO</b> met in Oslo.</mark><i>NATO +0.60</i>' in reader
    assert "“NATO” by strong NATO" in said(app)
    assert "NATO +0.60 found by name positive, confidence 80%, by lexicon −0.10 1 passage " in words(app)


def test_an_unsure_mention_is_called_that_with_what_the_lexicon_says_and_who_speaks(opened: Opened) -> None:
    app = opened("articles", article="hostile")
    page = words(app)
    assert "NATO unsure found by name no passage is clear enough, the clearest has a confidence of 45%" in page
    assert "by lexicon −0.10 2 passages: 2 unsure, 1 continued, 1 said by somebody" in page
    reader = next(block.body for block in app.html if "<article" in block.body)
    assert '<span class="unsure">unsure</span>' in reader
    said_by = "<i>NATO unsure, continued, said by Jens Stoltenberg</i>"
    assert f"&lt;script&gt;alert(1)&lt;/script&gt;</mark>{said_by}" in reader
    assert "continued: about the actor by a pronoun or another word for it" in reader
    assert reader.count('<mark class="unsure"') == 2


def test_a_mention_in_another_language_is_not_scored_and_not_unsure(opened: Opened) -> None:
    app = opened("articles", article="german")
    assert "NATO not scored found by name its language is not read 1 passage “NATO”" in words(app)
    reader = next(block.body for block in app.html if "<article" in block.body)
    assert '<div class="ng-key"><span class="not_scored">not scored</span></div>' in reader
    assert "<i>NATO not scored</i>" in reader


def test_an_actor_that_only_speaks_for_itself_is_not_scored_for_another_reason(opened: Opened, tmp_path: Path) -> None:
    from tests.conftest import article, mention, reading

    archive = open_archive(str(tmp_path / "own"), create=True)
    archive.append(
        article(id="own", text="“We go on,” NATO said."),
        reading(article_id="own"),
        mention(article_id="own", tone=None, lexicon_tone=None, passages=[]),
        schema.empty("fetches"),
        "all",
    )
    page = words(opened("articles", address=str(tmp_path / "own"), article="own", period="all"))
    assert "NATO not scored found by name named in its own words alone “NATO” by strong NATO" in page


def test_an_unknown_article_in_a_link_is_said_and_the_list_stays(opened: Opened) -> None:
    app = opened("articles", article="nowhere")
    assert 'article "nowhere", which this archive does not have' in said(app)
    assert len(app.dataframe) == 1


def test_health_adds_up_what_was_fetched(opened: Opened) -> None:
    app = opened("health")
    assert "20 = 6 new + 1 changed + 13 dropped" in words(app)
    assert re.search(r"complete, [\d,]+ s\b", words(app))
    runs, drops, feeds = (table.value for table in app.dataframe)
    assert runs["dropped"].to_list() == [13]
    assert dict(zip(drops["reason"], drops["count"], strict=True)) == {"known": 12, "no text": 1}
    assert feeds["state"].to_list() == ["ok"]


def test_every_state_of_a_feed_has_a_meaning() -> None:
    from dashboard.views.health import STATES
    from data import schema

    assert tuple(STATES) == schema.STATES


def test_a_missing_archive_says_how_to_fill_one(opened: Opened, tmp_path: Path) -> None:
    app = opened(address=str(tmp_path / "nowhere"))
    assert "There is no archive yet" in said(app)
    assert "./newsgauge demo" in said(app)
    assert str(tmp_path) not in said(app)


def test_an_empty_archive_says_how_to_fill_it(opened: Opened, tmp_path: Path) -> None:
    open_archive(str(tmp_path / "empty"), create=True)
    for page in ("", "actor", "compare", "stories", "articles", "outlets", "health"):
        app = opened(page, address=str(tmp_path / "empty"))
        assert "./newsgauge ingest" in said(app)
        assert "Nothing was dropped" not in said(app)


def test_an_unreadable_archive_is_not_an_empty_one_and_tells_no_path(opened: Opened, tmp_path: Path) -> None:
    newsroom(tmp_path / "broken")
    for log in (tmp_path / "broken").rglob("*.json"):
        log.write_text("{")
    app = opened(address=str(tmp_path / "broken"))
    assert "The archive cannot be read" in said(app)
    assert "they could not be looked at" in said(app)
    assert str(tmp_path) not in said(app)
    assert "Traceback" not in said(app)


def test_the_sample_press_is_marked_on_every_page(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSGAUGE_SAMPLE", "1")
    for page in ("", "compare", "articles", "health", "method"):
        assert "Sample press" in said(opened(page))
    monkeypatch.delenv("NEWSGAUGE_SAMPLE")
    assert "Sample press" not in said(opened())


def test_the_theme_of_the_page_and_of_the_charts_are_one() -> None:
    import tomllib

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    for palette in (theme.LIGHT, theme.DARK):
        told = config["theme"][palette.kind]
        assert (told["backgroundColor"], told["secondaryBackgroundColor"]) == (palette.background, palette.panel)
        assert (told["textColor"], told["primaryColor"]) == (palette.ink, palette.primary)
        assert told["borderColor"] == palette.border


def test_the_server_asks_nobody_and_shows_no_stack() -> None:
    import tomllib

    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["client"]["showErrorDetails"] == "none"
    assert config["server"]["enableXsrfProtection"] is True
    assert config["server"]["fileWatcherType"] == "none"
    fonts = [face["url"] for face in config["theme"]["fontFaces"]]
    assert all((ROOT / url.removeprefix("app/")).is_file() for url in fonts)


PASSAGES = st.lists(
    st.builds(
        Passage,
        st.integers(-5, 60),
        st.integers(-5, 60),
        st.sampled_from(get_args(Kind)),
        st.text(max_size=8),
        st.text(max_size=8),
    )
)


@given(st.text(max_size=60), PASSAGES, st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=4))
def test_a_marked_text_is_the_same_text_with_our_marks_alone(
    text: str, passages: list[Passage], names: list[tuple[int, int]]
) -> None:
    page = marked(text, passages, names)
    assert set(re.findall(r"<\s*/?\s*([^\s>]+)", page)) <= {"p", "mark", "b", "i"}
    bare = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<i>.*?</i>", "", page, flags=re.DOTALL)))
    lines = [line for line in text.split("\n") if line.strip()]
    assert bare == "".join(html.unescape(theme.escape(line)) for line in lines)


def test_passages_that_overlap_are_marked_where_each_stands() -> None:
    both = [Passage(0, 9, "positive", "NATO +0.50", "sure."), Passage(0, 23, "negative", "Ukraine −0.50")]
    assert marked("NATO met. Ukraine came.", both, []) == (
        '<p><mark class="mixed" title="sure.">NATO met.</mark><i>NATO +0.50</i>'
        '<mark class="negative"> Ukraine came.</mark><i>Ukraine −0.50</i></p>'
    )


def test_a_sentence_that_is_unsure_about_one_looks_as_the_tone_toward_the_other() -> None:
    sure, unsure = Passage(0, 9, "positive", "NATO +0.50"), Passage(0, 9, "unsure", "Ukraine unsure")
    assert '<mark class="positive">' in marked("NATO met.", [sure, unsure], [])
    assert '<mark class="unsure">' in marked("NATO met.", [unsure], [])


@given(st.text())
def test_an_inert_text_leaves_no_punctuation_unescaped(text: str) -> None:
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", theme.inert(text))
    assert not re.search(r"[!-/:-@\[-`{-~]", bare)


def test_what_would_turn_the_words_after_it_around_is_left_out() -> None:
    turning = "NATO \u202e\u2066met\u2069\u202c in Oslo"
    assert theme.escape(turning) == theme.inert(turning) == "NATO met in Oslo"
