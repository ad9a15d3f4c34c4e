"""Which versions articles were read with: what is stale, and where a chart must show a break."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import versions
from data.filters import Filters
from data.queries import Every
from data.versions import Of
from tests.conftest import moment, reading


def read(day: int | None, number: int = 1, catalogue: str = "c1", model: str = "m1", **values: object) -> pl.DataFrame:
    """So many articles of a day of March 2024 (an undated one of None), read with these versions."""
    at = None if day is None else moment("2024-03-01T09:00") + timedelta(days=day - 1)
    one = reading(published_at=at, month="2024-03", catalogue_version=catalogue, model_version=model, **values)
    return pl.concat([one] * number)


ALL = Filters()


def of_days(*rows: pl.DataFrame, of: Of = "catalogue", every: Every = "day", filters: Filters = ALL) -> pl.DataFrame:
    return versions.periods(versions.by_day(pl.concat(rows).lazy()), filters, every, of)


def march(day: int) -> date:
    return date(2024, 3, day)


def test_articles_are_counted_by_what_read_them_and_what_is_not_of_today_is_stale() -> None:
    rows = pl.concat([read(1, 2), read(2, 3, model="m0"), read(5, 1), read(7, 4, catalogue="c0"), read(None, 1)])
    assert versions.counted(rows.lazy(), "c1", "m1").rows() == [
        ("c1", "m1", 4, march(1), march(5), False),
        ("c0", "m1", 4, march(7), march(7), True),
        ("c1", "m0", 3, march(2), march(2), True),
    ]


def test_what_no_version_is_known_of_is_stale() -> None:
    (row,) = versions.counted(read(1).with_columns(model_version=pl.lit(None, pl.String)).lazy(), "c1", "m1").rows()
    assert row == ("c1", "unknown", 1, march(1), march(1), True)


def test_a_month_with_one_stale_article_is_stale() -> None:
    rows = [
        reading(month="2024-01", catalogue_version="c0"),
        reading(month="2024-01", catalogue_version="c1"),
        reading(month="2024-02", catalogue_version="c1"),
        reading(month="2024-03", catalogue_version="c1", model_version="m0"),
    ]
    assert versions.stale_months(pl.concat(rows).lazy(), "c1", "m1") == ["2024-01", "2024-03"]
    assert versions.stale_months(rows[2].lazy(), "c1", "m1") == []


def test_the_break_is_the_day_from_which_on_another_version_read_most() -> None:
    days = of_days(read(1, 3), read(2, 3), read(2, 1, "c2"), read(4, 1), read(4, 3, "c2"), read(5, 2, "c2"))
    assert days.rows() == [
        (march(1), "c1", 3, 0),
        (march(2), "c1", 4, 1),
        (march(4), "c2", 4, 1),
        (march(5), "c2", 2, 0),
    ]
    assert versions.breaks(days).rows() == [(march(4), "c1", "c2")]


def test_a_week_counts_as_a_whole() -> None:
    # Friday 1 to Sunday 3 March belong to the week of 26 February, Monday 4 begins the next.
    weeks = of_days(read(1, 3), read(3, 2, "c2"), read(4, 1), read(6, 2, "c2"), every="week")
    assert weeks.rows() == [(date(2024, 2, 26), "c1", 5, 2), (march(4), "c2", 3, 1)]


def test_as_many_of_both_are_no_break() -> None:
    days = of_days(read(1, 2), read(2, 2), read(2, 2, "c0"), read(3, 2), read(3, 2, "c2"))
    assert days["version"].to_list() == ["c1", "c1", "c1"]
    assert versions.breaks(days).is_empty()


def test_an_archive_of_one_version_has_no_break() -> None:
    for of in versions.OF:
        assert versions.breaks(of_days(read(1), read(2), read(9), of=of)).is_empty()
    assert versions.breaks(of_days(read(1).clear())).is_empty()


def test_catalogue_and_model_break_each_for_itself() -> None:
    rows = read(1, 2), read(2, 2, "c2"), read(3, 2, "c2", "m2")
    assert versions.breaks(of_days(*rows, of="catalogue")).rows() == [(march(2), "c1", "c2")]
    assert versions.breaks(of_days(*rows, of="model")).rows() == [(march(3), "m1", "m2")]


@pytest.mark.parametrize(
    ("filters", "broken"),
    [
        (ALL, [march(3)]),
        (Filters(outlets=("example-times",)), []),
        (Filters(outlets=("example-post",)), [march(2)]),
        (Filters(languages=("de",)), []),
        (Filters(copies=False), []),
        (Filters(from_day=march(3)), []),
        (Filters(to_day=march(2)), []),
    ],
)
def test_only_what_is_looked_at_can_break(filters: Filters, broken: list[date]) -> None:
    rows = (
        read(1, 2),
        read(2, 2),
        read(1, 1, outlet="example-post", copy_of="a0"),
        read(2, 1, "c2", outlet="example-post", copy_of="a0"),
        read(3, 3, "c2", outlet="example-post", copy_of="a0"),
    )
    assert versions.breaks(of_days(*rows, filters=filters))["date"].to_list() == broken


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 31), st.sampled_from(["c1", "c2", "c3"])), max_size=40))
def test_each_break_begins_where_the_one_before_it_left_off(articles: list[tuple[int, str]]) -> None:
    stamps = pl.DataFrame(articles, schema={"number": pl.Int64, "catalogue_version": pl.String}, orient="row")
    at = moment("2024-02-29") + pl.duration(days="number")
    rows = read(1).drop("published_at", "catalogue_version").join(stamps.with_columns(published_at=at), how="cross")
    days = of_days(rows)
    assert days["articles"].sum() == len(articles)
    assert ((days["articles"] - days["others"]) * 3 >= days["articles"]).all()
    found = versions.breaks(days)
    assert found["before"].to_list()[1:] == found["after"].to_list()[:-1]
    assert found.height == 0 or found["before"][0] == days["version"][0]
