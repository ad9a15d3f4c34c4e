"""Health shows which feeds bring far less or far more than they do, and dates that cannot be right."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from data import schema
from data.archive import Archive, open_archive
from tests.browser.newsroom import newsroom
from tests.test_breaks import opened
from tests.test_rhythm import MONDAY, by_day, check


def with_checks(folder: Path) -> Archive:
    """A newsroom with three feeds more: one that falls silent, one that floods, one that goes on as it did."""
    newsroom(folder)
    archive, day = open_archive(str(folder)), MONDAY + timedelta(days=21.5)
    last = {
        "bbc": check(day).with_columns(expected=pl.lit(20.0), flag=pl.lit("silent")),
        "npr": check(day, 300).with_columns(
            expected=pl.lit(20.0), flag=pl.lit("flood"), undated=9, ambiguous=4, future=2
        ),
        "guardian": check(day, 21).with_columns(expected=pl.lit(20.0)),
    }
    none = [schema.empty(table) for table in ("articles", "readings", "mentions")]
    for outlet, end in last.items():
        checks = pl.concat([*by_day(*[20] * 21), end.cast(dict(schema.FETCHES))])
        named = checks.with_columns(outlet=pl.lit(outlet), feed_url=pl.lit(f"https://{outlet}.example/feed"))
        archive.append(*none, named, outlet)
    return archive


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AppTest]:
    with_checks(tmp_path / "archive")
    return lambda: opened(str(tmp_path / "archive"), monkeypatch, "health")


def test_health_shows_silent_feeds_floods_and_what_each_weekday_brings(page: Callable[[], AppTest]) -> None:
    tables = [frame.value for frame in page().dataframe]
    (unusual,) = (table for table in tables if "flag" in table.columns)
    assert unusual["flag"].to_list() == ["silent", "flood"]
    assert unusual["expected"].to_list() == [20.0, 20.0]
    assert [list(week)[1:] for week in unusual["weekdays"]] == [[20.0] * 6] * 2
    (dates,) = (table for table in tables if "ambiguous" in table.columns)
    assert dates[["articles", "undated", "ambiguous", "future"]].values.tolist() == [[1220, 9, 4, 2]]
