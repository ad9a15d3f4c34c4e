"""The words of a link, and the view that they mean."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dashboard import controls
from dashboard.controls import View
from data import catalogue
from data.filters import Filters

SLUGS = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), max_size=3, unique=True).map(tuple)
DAYS = st.none() | st.dates(date(2010, 1, 1), date(2030, 1, 1))


@st.composite
def views(draw: st.DrawFn) -> View:
    first, last = draw(DAYS), draw(DAYS)
    if first and last and last < first:
        first, last = last, first
    period = draw(st.sampled_from([*controls.PERIODS, "all"])) if first is None and last is None else controls.DATES
    filters = Filters(
        actors=draw(SLUGS),
        outlets=draw(SLUGS),
        topics=draw(SLUGS),
        from_day=first,
        to_day=last,
        copies=draw(st.booleans()),
    )
    start, end = draw(DAYS), draw(DAYS)
    if start and end and end < start:
        start, end = end, start
    against = draw(st.sampled_from(["before", "year"])) if start is None and end is None else controls.DATES
    return View(
        filters,
        period,
        draw(st.sampled_from(["count", "ratio"])),
        draw(st.sampled_from(["tone", "lexicon_tone"])),
        draw(st.sampled_from(["tone", "attention"])),
        against,
        start,
        end,
    )


@given(views())
def test_the_words_of_a_view_mean_that_view(view: View) -> None:
    assert controls.from_words(controls.to_words(view)) == (view, [])


@given(
    st.dictionaries(
        st.sampled_from(["actor", "period", "volume", "from", "to", "against", "against-to", "of", "no-copies", "x"]),
        st.lists(st.text()),
    )
)
def test_no_words_raise(words: dict[str, list[str]]) -> None:
    controls.from_words(words)


def test_a_view_as_it_opens_has_no_words() -> None:
    assert controls.to_words(View()) == {}


def test_days_in_a_link_are_a_period_of_their_own() -> None:
    view, problems = controls.from_words({"from": ["2024-10-01"], "to": ["2024-10-31"]})
    assert (view.period, view.filters.from_day, problems) == ("dates", date(2024, 10, 1), [])


def test_a_period_that_means_nothing_is_named_and_ignored() -> None:
    view, problems = controls.from_words({"period": ["fortnight"]})
    assert view == View()
    assert problems == ["period=fortnight means nothing here. Choose one of 7d, 30d, 90d, 6m, 1y, all, dates."]


def test_a_broken_day_is_named_and_ignored() -> None:
    view, problems = controls.from_words({"from": ["2024-13-01"]})
    assert view == View()
    assert problems == ["from=2024-13-01 is no day of the calendar."]


def test_broken_days_to_compare_with_are_named_as_the_link_names_them() -> None:
    view, problems = controls.from_words({"against-from": ["2024-10-09"], "against-to": ["2024-10-01"]})
    assert view == View()
    assert problems == ["against-to=2024-10-01 lies before against-from=2024-10-09. Swap the two days."]


def test_a_period_is_compared_with_as_many_days_before_it_or_the_same_of_the_year_before() -> None:
    days, archive = (date(2024, 2, 1), date(2024, 2, 29)), (date(2020, 1, 1), date(2024, 12, 31))
    assert controls.earlier(View(), *days, *archive) == (date(2024, 1, 3), date(2024, 1, 31))
    assert controls.earlier(View(against="year"), *days, *archive) == (date(2023, 2, 1), date(2023, 2, 28))
    some = View(against="dates", against_to=date(2021, 5, 31))
    assert controls.earlier(some, *days, *archive) == (date(2020, 1, 1), date(2021, 5, 31))


def test_an_unknown_actor_is_named_and_the_known_one_stays() -> None:
    shipped = catalogue.load(catalogue.DEFAULT)
    view, problems = controls.known(View(Filters(actors=("nato", "nobody"))), shipped, ())
    assert view.filters.actors == ("nato",)
    assert len(problems) == 1
    assert 'actor "nobody"' in problems[0]


def test_periods_are_counted_back_from_the_last_day_of_the_archive() -> None:
    first, last = date(2012, 1, 1), date(2018, 12, 31)
    assert controls.window(View(period="30d"), first, last) == (date(2018, 12, 2), last)
    assert controls.window(View(period="all"), first, last) == (first, last)


def test_open_days_reach_to_the_ends_of_the_archive() -> None:
    view = View(Filters(from_day=date(2015, 1, 1)), "dates")
    assert controls.window(view, date(2012, 1, 1), date(2018, 12, 31)) == (date(2015, 1, 1), date(2018, 12, 31))


def test_the_whole_archive_has_no_days_so_that_undated_articles_belong_to_it() -> None:
    filters = controls.dated(View(period="all"), date(2012, 1, 1), date(2018, 12, 31))
    assert (filters.from_day, filters.to_day) == (None, None)
