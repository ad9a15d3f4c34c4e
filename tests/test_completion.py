"""What an unfinished period comes to, worked out by hand."""

from datetime import date, timedelta

import polars as pl
import pytest

from dashboard import completion, volume_charts
from dashboard.charts import Drawn
from dashboard.completion import Completion
from data import pace
from tests.conftest import moment


def press(weeks: int, by_noon: int = 3, after: int = 1) -> pl.DataFrame:
    """From Monday 5 August 2024 on, each day so many articles at nine, and so many at eight in the evening."""
    days = [moment("2024-08-05T00:00") + timedelta(days=day) for day in range(7 * weeks)]
    moments = [at + timedelta(hours=hour) for at in days for hour in [9] * by_noon + [20] * after]
    return pl.DataFrame({"published_at": moments})


def test_on_thursday_at_noon_half_a_week_of_articles_is_out() -> None:
    # Three days of four and three of the fourth's, of 28.
    part = pace.part_out(press(6), date(2024, 9, 16), moment("2024-09-19T12:00"), "week")
    assert part == pytest.approx(15 / 28)


def test_at_noon_as_much_of_a_day_is_out_as_on_the_same_weekday_before() -> None:
    articles = press(6, by_noon=9, after=3)
    part = pace.part_out(articles, date(2024, 9, 16), moment("2024-09-16T12:00"), "day")
    assert part == pytest.approx(0.75)
    sundays_late = articles.filter((pl.col("published_at").dt.weekday() < 7) | (pl.col("published_at").dt.hour() == 9))
    # Sundays have the articles of nine o'clock alone, which are too few to tell.
    assert pace.part_out(sundays_late, date(2024, 9, 15), moment("2024-09-15T12:00"), "day") is None


def test_one_strange_week_does_not_move_the_pace() -> None:
    flood = pl.DataFrame({"published_at": [moment("2024-09-15T09:00")] * 500})
    part = pace.part_out(pl.concat([press(6), flood]), date(2024, 9, 16), moment("2024-09-19T12:00"), "week")
    assert part == pytest.approx(15 / 28)


def test_too_little_history_and_too_early_an_hour_tell_nothing() -> None:
    assert pace.part_out(press(3), date(2024, 8, 26), moment("2024-08-29T12:00"), "week") is None
    assert pace.part_out(press(6), date(2024, 9, 16), moment("2024-09-16T12:00"), "week") is None


NATO = (Drawn("nato", "NATO", "#155FC2"),)


def lines(counts: list[int]) -> pl.DataFrame:
    dates = [date(2024, 9, 2) + timedelta(weeks=week) for week in range(len(counts))]
    volume = pl.DataFrame({"actor": "nato", "date": dates, "count": counts})
    return volume_charts.lines(volume, "count", (dates[0], dates[-1] + timedelta(days=2)), "week", NATO)


def test_a_second_dashed_line_leads_to_what_is_expected() -> None:
    counts = pl.DataFrame({"actor": ["nato"], "count": [15], "expected": [30.0]})
    drawn = completion.drawn(lines([28, 27, 15]), Completion(date(2024, 9, 16), 0.5, counts))
    more = drawn.filter(pl.col("part") == "expected").sort("at")
    assert more["value"].to_list() == [27.0, 30.0]
    assert not more["measured"].any()
    ends = drawn.filter(pl.col("part") == "end").sort("at")["value"].to_list()
    assert ends == [27.0, 15.0]
    told = completion.told(Completion(date(2024, 9, 16), 0.5, counts), "week", {"nato": "NATO"})
    assert "by now 50 % of its articles are usually out" in told
    assert told.endswith("NATO 15 so far, about 30.")


def test_the_attention_of_an_unfinished_period_is_told_with_what_it_is_of() -> None:
    counts = pl.DataFrame({"actor": ["nato"], "count": [15], "total_count": [300], "expected": [30.0]})
    told = completion.told(Completion(date(2024, 9, 16), 0.5, counts), "week", {"nato": "NATO"}, "ratio")
    assert told.endswith("NATO 5.0 %, 15 of 300 so far, about 30 of 600.")


def test_a_period_that_is_over_is_drawn_as_it_is() -> None:
    whole = lines([28, 27])
    over = Completion(None, 1.0, pl.DataFrame())
    assert completion.drawn(whole, over).equals(whole)
    assert completion.told(over, "week", {}) == ""
