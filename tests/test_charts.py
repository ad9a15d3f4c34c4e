"""What charts draw: laid-out rows with values that a person worked out, and the specs that name them."""

import json
from datetime import date, timedelta
from itertools import combinations, pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import (
    break_charts,
    change_charts,
    charts,
    outage_charts,
    outlet_charts,
    pair_charts,
    share_charts,
    theme,
    tone_charts,
    volume_charts,
)
from dashboard.charts import Drawn

NATO, UKRAINE = Drawn("nato", "NATO", "#155FC2"), Drawn("ukraine", "Ukraine", "#9A3C72")
OCTOBER = (date(2024, 10, 1), date(2024, 10, 31))


def volumes(actor: str = "nato", first: int = 1, counts: tuple[int | None, ...] = (1, 2, 3)) -> pl.DataFrame:
    days = [date(2024, 10, first + step) for step in range(len(counts))]
    return pl.DataFrame({"actor": [actor] * len(counts), "date": days, "count": counts})


def tones(stories: list[int], first: int = 1) -> pl.DataFrame:
    days = [date(2024, 10, first + step) for step in range(len(stories))]
    return pl.DataFrame(
        {"actor": "nato", "date": days, "tone": 0.2, "low": 0.1, "high": 0.3, "mentions": stories, "stories": stories}
    )


def test_a_day_that_is_not_over_is_a_dashed_stretch_from_the_last_whole_day() -> None:
    drawn = volume_charts.lines(volumes(), "count", (date(2024, 10, 1), date(2024, 10, 2)), "day", [NATO])
    assert drawn.select("value", "part", "measured").rows() == [
        (1.0, "whole", True),
        (2.0, "end", False),
        (2.0, "whole", True),
        (3.0, "end", True),
    ]


def test_a_week_that_began_before_the_days_looked_at_is_dashed_too() -> None:
    weeks = pl.DataFrame({"actor": ["nato"] * 2, "date": [date(2024, 9, 30), date(2024, 10, 7)], "count": [5, 6]})
    drawn = volume_charts.lines(weeks, "count", (date(2024, 10, 2), date(2024, 10, 13)), "week", [NATO])
    assert drawn.filter("measured").select("value", "part").rows() == [(5.0, "start"), (6.0, "whole")]


def test_a_period_in_which_nothing_was_collected_breaks_the_line() -> None:
    drawn = volume_charts.lines(volumes(counts=(None, 1, None, 3, None)), "count", OCTOBER, "day", [NATO])
    assert drawn["value"].to_list() == [1.0, None, 3.0]


def test_moments_are_milliseconds_in_utc() -> None:
    drawn = volume_charts.lines(volumes(counts=(1,)), "count", OCTOBER, "day", [NATO])
    assert drawn["at"].to_list() == [1727740800000.0]  # 2024-10-01T00:00Z


def test_labels_stand_at_their_line_ends_where_there_is_room() -> None:
    rows = pl.concat([volumes("nato", counts=(1, 100)), volumes("ukraine", counts=(1, 10))])
    drawn = volume_charts.lines(rows, "count", OCTOBER, "day", [NATO, UKRAINE])
    ends, frame = volume_charts.ends(drawn, [NATO, UKRAINE])
    assert ends.select("text", "value", "colour").rows() == [("NATO", 100.0, "#155FC2"), ("Ukraine", 10.0, "#9A3C72")]
    assert frame["value"].to_list() == [0.0, pytest.approx(108.0)]


def test_an_empty_volume_has_no_labels_and_no_frame() -> None:
    drawn = volume_charts.lines(volumes().clear(), "count", OCTOBER, "day", [NATO])
    assert [frame.height for frame in volume_charts.ends(drawn, [NATO])] == [0, 0]


def peaks(*days: int) -> pl.DataFrame:
    tops = [date(2024, 10, day) for day in days]
    schema = {"number": pl.Int64, "actor": pl.String, "day": pl.Date}
    return pl.DataFrame([(number, "nato", top) for number, top in enumerate(tops, 1)], schema=schema, orient="row")


def test_a_peak_has_its_number_over_its_point() -> None:
    drawn = volume_charts.lines(volumes(counts=(1, 2, 10, 2)), "count", OCTOBER, "day", [NATO])
    marks, room = volume_charts.marks(peaks(3), drawn, "day")
    ((number, at, value, foot, colour),) = marks.rows()
    assert (number, at, foot, colour) == (1, drawn["at"][2], 10.0, "#155FC2")
    assert value > foot
    _, frame = volume_charts.ends(drawn, [NATO], room)
    assert frame["value"][1] > value


def test_a_peak_without_a_point_has_no_number_on_the_chart() -> None:
    drawn = volume_charts.lines(volumes(counts=(1, 2)), "count", OCTOBER, "day", [NATO])
    assert volume_charts.marks(peaks(9), drawn, "day")[0].is_empty()
    assert volume_charts.marks(peaks(), drawn, "day")[0].is_empty()


def test_a_week_that_stands_out_is_marked_in_its_month() -> None:
    months = pl.DataFrame({"actor": ["nato"] * 2, "date": [date(2024, 9, 1), date(2024, 10, 1)], "count": [5, 6]})
    drawn = volume_charts.lines(months, "count", (date(2024, 9, 1), date(2024, 10, 31)), "month", [NATO])
    assert volume_charts.marks(peaks(7), drawn, "month")[0]["foot"].to_list() == [6.0]


@given(st.lists(st.integers(0, 30), min_size=31, max_size=31), st.sets(st.integers(1, 31), max_size=6))
def test_no_two_numbers_of_peaks_overlap_and_all_stay_inside(counts: list[int], days: set[int]) -> None:
    drawn = volume_charts.lines(volumes(counts=tuple(counts)), "count", OCTOBER, "day", [NATO])
    marks, room = volume_charts.marks(peaks(*sorted(days)), drawn, "day")
    _, frame = volume_charts.ends(drawn, [NATO], room)
    high, wide = frame["value"][1], drawn["at"].max() - drawn["at"].min()  # type: ignore[operator]
    pixels = [(at / wide, value / high * 215) for at, value in marks.select("at", "value").rows()]
    assert marks.height == len(days)
    assert all(height + 10 <= 215 for _, height in pixels)
    for (at, height), (there, other) in combinations(pixels, 2):
        assert abs(at - there) >= 0.1 - 1e-9 or abs(height - other) >= 20 - 1e-6


def test_a_change_goes_step_by_step_from_before_to_after() -> None:
    terms = [
        change_charts.Step("Same outlets", 0.3, "+0.3", ""),
        change_charts.Step("Mix of outlets", -0.1, "−0.1", ""),
    ]
    steps = change_charts.steps(
        change_charts.Step("Before", 0.1, "+0.1", ""),
        terms,
        change_charts.Step("After", 0.3, "+0.3", ""),
        theme.LIGHT,
        tone=True,
    )
    assert steps["start"].to_list() == pytest.approx([0.1, 0.1, 0.4, 0.3])
    assert steps["end"].to_list() == pytest.approx([0.1, 0.4, 0.3, 0.3])
    assert steps["next"].to_list() == ["Same outlets", "Mix of outlets", "After", "After"]
    assert steps["colour"].to_list()[1:3] == [theme.LIGHT.positive, theme.LIGHT.negative]
    assert steps["low"][0] < 0.1 < 0.4 < steps["high"][0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_no_two_labels_are_closer_than_a_line_and_all_stay_inside(values: list[float]) -> None:
    placed = volume_charts.spread(sorted(values, reverse=True), 0.06, 0.0, 1.0)
    assert len(placed) == len(values)
    assert all(above - below >= 0.06 - 1e-9 for above, below in pairwise(placed))
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in placed)


def test_labels_with_room_do_not_move() -> None:
    assert volume_charts.spread([0.9, 0.5, 0.1], 0.06, 0.0, 1.0) == [0.9, 0.5, 0.1]


def test_neighbouring_days_without_a_feed_are_one_stretch_that_names_its_outlets() -> None:
    outages = pl.DataFrame(
        {
            "outlet": ["BBC", "CNN", "BBC", "DW"],
            "day": [date(2024, 10, 1), date(2024, 10, 2), date(2024, 10, 2), date(2024, 10, 5)],
            "failed": [1, 2, 1, 3],
            "checked": [4, 4, 4, 4],
        }
    )
    assert outage_charts.stretches(outages).select("days", "outlets").rows() == [
        ("01 Oct 2024 – 02 Oct 2024", "BBC, CNN"),
        ("05 Oct 2024", "DW"),
    ]


def test_a_day_on_which_all_feeds_answered_is_not_hatched() -> None:
    good = pl.DataFrame({"outlet": ["BBC"], "day": [date(2024, 10, 1)], "failed": [0], "checked": [4]})
    assert outage_charts.stretches(good).is_empty()


def test_a_tone_on_fewer_than_ten_stories_is_not_drawn() -> None:
    drawn = tone_charts.tones(tones([10, 9, 10]), OCTOBER, "day", [NATO])
    assert drawn["tone"].to_list() == [0.2, None, 0.2]
    assert drawn["low"].to_list() == [0.1, None, 0.1]
    assert drawn["measured"].to_list() == [True, False, True]


def test_a_point_between_two_blanks_is_drawn_as_a_point() -> None:
    drawn = tone_charts.tones(tones([9, 10, 9, 12, 12]), OCTOBER, "day", [NATO])
    assert drawn["alone"].to_list() == [False, True, False, False, False]


def test_a_whole_month_between_two_unfinished_ones_is_drawn_as_a_point_and_once_in_the_band() -> None:
    months = tones([10, 10, 10]).with_columns(date=pl.Series([date(2024, 6, 1), date(2024, 7, 1), date(2024, 8, 1)]))
    drawn = tone_charts.tones(months, (date(2024, 6, 3), date(2024, 8, 30)), "month", [NATO])
    july = drawn.filter(pl.col("when") == "01 Jul 2024")
    assert july.select("part", "joint", "alone").rows() == [
        ("end", True, False),
        ("start", True, False),
        ("whole", False, True),
    ]


def test_a_period_without_a_mention_breaks_the_line_of_tone() -> None:
    gap = tones([10, 10, 10]).filter(pl.col("date") != date(2024, 10, 2))
    assert tone_charts.tones(gap, OCTOBER, "day", [NATO])["tone"].to_list() == [0.2, None, 0.2]


def test_all_tone_charts_share_one_scale_around_zero() -> None:
    drawn = tone_charts.tones(tones([10, 10]).with_columns(low=pl.lit(-0.6)), OCTOBER, "day", [NATO])
    assert tone_charts.tone_frame(drawn)["value"].to_list() == [pytest.approx(-0.63), pytest.approx(0.63)]


def test_shares_say_their_number_and_what_it_is_of() -> None:
    voices = pl.DataFrame({"actor": ["ukraine", "nato"], "mentions": [1000, 3000], "share": [0.25, 0.75]})
    assert share_charts.shares(voices, [NATO, UKRAINE]).select("label", "words").rows() == [
        ("NATO", "75% · 3,000"),
        ("Ukraine", "25% · 1,000"),
    ]


def balances(*counts: int) -> pl.DataFrame:
    """NATO's mentions that are negative, neutral, positive, unsure and not scored."""
    names = ("negative", "neutral", "positive", "unsure", "not_scored")
    row = dict(zip(names, counts, strict=True))
    return pl.DataFrame([{"actor": "nato", **row, "mentions": sum(counts)}])


def test_a_bar_of_balance_leans_to_where_the_tone_leans() -> None:
    parts = share_charts.parts(balances(10, 20, 70, 0, 0), [NATO])
    assert parts["part"].to_list() == ["negative", "neutral", "positive"]
    assert parts["start"].to_list() == pytest.approx([-0.2, -0.1, 0.1])
    assert parts["end"].to_list() == pytest.approx([-0.1, 0.1, 0.8])
    assert parts["words"].to_list() == ["10%", "20%", "70%"]


def test_what_has_no_tone_stands_beside_the_bar_as_a_part_of_all_mentions() -> None:
    # 80 scored, of which the bar is; 15 of 100 are unsure and 5 not scored. The bar reaches from -.75 to +.75.
    parts = share_charts.parts(balances(0, 40, 40, 15, 5), [NATO])
    assert parts.select("name", "count", "share", "of", "scored").rows() == [
        ("neutral", 40, 0.5, "80 scored mentions", True),
        ("positive", 40, 0.5, "80 scored mentions", True),
        ("unsure", 15, 0.15, "all 100 mentions", False),
        ("not scored", 5, 0.05, "all 100 mentions", False),
    ]
    assert parts["start"].to_list() == pytest.approx([-0.25, 0.25, 0.81, 0.975])
    assert parts["end"].to_list() == pytest.approx([0.25, 0.75, 0.96, 1.025])
    assert parts.select("low", "high").row(0) == pytest.approx((-0.75, 1.025))
    assert parts["beside"].to_list() == ["", "", "", "15% · 5%"]


def test_an_actor_without_a_scored_mention_has_no_bar_instead_of_a_neutral_one() -> None:
    assert share_charts.parts(balances(0, 0, 0, 0, 5), [NATO])["part"].to_list() == ["not_scored"]
    assert share_charts.parts(balances(0, 0, 0, 0, 0), [NATO]).is_empty()


def test_pairs_fill_the_lower_triangle_once() -> None:
    together = pl.DataFrame(
        {"actor": ["a", "a", "b"], "other": ["b", "c", "c"], "articles": [8, 0, 1], "share": [0.08, 0.0, 0.001]}
    )
    order = [("a", "A"), ("b", "B"), ("c", "C")]
    assert pair_charts.pairs(together, order).select("label", "left", "words").rows() == [
        ("B", "A", "8%"),
        ("C", "A", "–"),
        ("C", "B", "<1%"),
    ]


def test_each_outlet_is_told_when_its_feeds_failed_the_latest_first() -> None:
    days = [("BBC", 1), ("BBC", 2), ("BBC", 5), ("CNN", 2), ("CNN", 3)]
    outages = pl.DataFrame(
        {
            "outlet": [outlet for outlet, _ in days],
            "day": [date(2024, 10, day) for _, day in days],
            "failed": 1,
            "checked": 1,
        }
    )
    assert [(outlet, first.day, last.day) for outlet, first, last in outage_charts.failures(outages).iter_rows()] == [
        ("BBC", 5, 5),
        ("CNN", 2, 3),
        ("BBC", 1, 2),
    ]


def test_stripes_stay_inside_their_stretch_and_even_a_short_one_has_one() -> None:
    hatched = pl.DataFrame({"start": [0.0, 50_000.0], "end": [25_000.0, 50_001.0]})
    striped = outage_charts.stripes(hatched, timedelta(seconds=100), 10)
    assert striped.rows() == [(0.0, 10_000.0), (10_000.0, 20_000.0), (50_000.0, 50_001.0)]


def test_a_peak_is_the_earliest_of_an_actors_highest_periods() -> None:
    rows = pl.concat([volumes("nato", counts=(1, 4, 4)), volumes("ukraine", counts=(0, 0)), volumes("eu", counts=(9,))])
    assert volume_charts.highest(rows, "count").rows() == [
        ("eu", date(2024, 10, 1), 9.0),
        ("nato", date(2024, 10, 2), 4.0),
    ]


def test_partners_are_shares_of_the_actors_own_articles() -> None:
    together = pl.DataFrame(
        {"actor": ["nato", "nato", "eu"], "other": ["eu", "un", "un"], "articles": [5, 0, 3], "share": [0.1, 0.0, 0.1]}
    )
    partners = pair_charts.partners(together, "nato", 20, {"eu": "European Union"})
    assert partners.rows() == [("European Union", 5, 0.25)]


def broken(*breaks: tuple[str, int, str, str]) -> pl.DataFrame:
    """The rules of these breaks (of, day of October, before, after) on a chart of that month."""
    columns = {"of": pl.String, "date": pl.Date, "before": pl.String, "after": pl.String}
    rows = [(of, date(2024, 10, day), before, after) for of, day, before, after in breaks]
    corners = pl.DataFrame({"date": [date(2024, 10, 1), date(2024, 10, 31)]}).select(charts.at("date"))
    return break_charts.rules(pl.DataFrame(rows, schema=columns, orient="row"), corners)


def test_a_rule_stands_where_another_catalogue_began_to_read_and_names_both() -> None:
    (rule,) = broken(("catalogue", 8, "c1", "c2")).rows(named=True)
    assert rule["at"] == 1728345600000.0
    assert (rule["text"], rule["when"]) == ("new catalogue", "08 Oct 2024")
    assert (rule["before"], rule["after"]) == ("catalogue c1", "catalogue c2")


def test_changes_that_lie_close_are_one_rule() -> None:
    both = broken(("model", 8, "m1", "m2"), ("catalogue", 8, "c1", "c2"))
    assert both["text"].to_list() == ["new catalogue and model"]
    assert both.select("before", "after").row(0) == ("catalogue c1; model m1", "catalogue c2; model m2")
    (rule,) = broken(*((("catalogue", day, f"c{day - 1}", f"c{day}")) for day in (8, 9))).rows(named=True)
    assert (rule["text"], rule["when"]) == ("2 changes of reading", "08 Oct 2024 – 09 Oct 2024")
    assert (rule["before"], rule["after"]) == ("catalogue c7", "catalogue c9")


def test_of_many_rules_the_three_latest_are_drawn_in_rows_of_their_own() -> None:
    rules = broken(*(("catalogue", day, "a", "b") for day in (3, 8, 13, 18, 23)))
    assert [f"{moment:.0f}" for moment in rules["at"]] == ["1728777600000", "1729209600000", "1729641600000"]
    assert rules["row"].to_list() == [0, 1, 2]
    # A text at the right would leave the picture.
    assert rules["side"].to_list() == ["right", "left", "left"]


def test_a_break_outside_of_the_picture_has_no_rule() -> None:
    assert break_charts.rules(broken().clear(), pl.DataFrame(schema={"at": pl.Float64})).is_empty()
    assert broken().is_empty()
    columns = {"of": ["model"], "date": [date(2024, 11, 2)], "before": ["a"], "after": ["b"]}
    corners = pl.DataFrame({"at": [1727740800000.0, 1730332800000.0]})
    assert break_charts.rules(pl.DataFrame(columns), corners).is_empty()


def test_a_chart_waits_for_its_rows_by_name_and_holds_none() -> None:
    specs = [
        volume_charts.volume([NATO], theme.LIGHT, "count", "day"),
        tone_charts.tone(theme.LIGHT, "week"),
        share_charts.share_of_voice(2, theme.LIGHT),
        share_charts.balance(2, theme.LIGHT),
        pair_charts.co_mentions(12, 0, theme.LIGHT),
        outage_charts.outages(3, theme.LIGHT),
    ]
    assert [sorted(names(spec)) for spec in specs] == [
        ["ends", "frame", "lines", "marks", "outages", "rules", "stripes"],
        ["frame", "others", "outages", "own", "rules", "stripes"],
        ["shares"],
        ["parts"],
        ["pairs"],
        ["days"],
    ]
    assert not any("datasets" in spec for spec in specs)


def test_every_number_that_a_chart_tells_has_its_form() -> None:
    """Without one a reader is told 1234.5678901."""
    specs = [
        volume_charts.volume([NATO], theme.LIGHT, "count", "day"),
        tone_charts.tone(theme.LIGHT, "week"),
        share_charts.share_of_voice(2, theme.LIGHT),
        share_charts.balance(2, theme.LIGHT),
        pair_charts.co_mentions(12, 0, theme.LIGHT),
        outage_charts.outages(3, theme.LIGHT),
        outlet_charts.tones(3, theme.LIGHT),
    ]
    told = [one for spec in specs for one in tooltips(spec) if one["type"] in ("quantitative", "temporal")]
    assert len(told) > 10
    assert [one["title"] for one in told if not one.get("format")] == []


def tooltips(spec: object) -> list[dict[str, str]]:
    if isinstance(spec, dict):
        own = spec.get("tooltip")
        found = [one for one in (own if isinstance(own, list) else [own]) if isinstance(one, dict) and "type" in one]
        return found + [one for value in spec.values() for one in tooltips(value)]
    return [one for value in spec for one in tooltips(value)] if isinstance(spec, list) else []


def names(spec: object) -> set[str]:
    if isinstance(spec, dict):
        own = {spec["data"]["name"]} if "name" in spec.get("data", {}) else set()
        return own.union(*(names(value) for value in spec.values()))
    return set().union(*(names(value) for value in spec)) if isinstance(spec, list) else set()


def test_attention_is_read_in_percent_and_mentions_as_a_count() -> None:
    share, count = (volume_charts.volume([NATO], theme.LIGHT, form, "day") for form in ("ratio", "count"))
    assert tooltip(share)["NATO"]["format"] == ".2%"
    assert tooltip(count)["NATO"] == {"field": "of0", "title": "NATO", "type": "quantitative", "format": ","}


def test_a_point_tells_the_values_of_all_actors_at_its_time_whatever_their_keys() -> None:
    odd = Drawn('a.b["c]', "A", "#000000")
    spec = volume_charts.volume([NATO, odd], theme.LIGHT, "count", "day")
    measured, of_nato, of_odd, beside = reached(spec)["transform"]
    assert measured == {"filter": "datum.measured"}
    assert of_nato == {"calculate": 'datum.actor === "nato" ? datum.value : null', "as": "of0"}
    assert of_odd == {"calculate": 'datum.actor === "a.b[\\"c]" ? datum.value : null', "as": "of1"}
    assert [one["as"] for one in beside["joinaggregate"]] == ["of0", "of1"]
    assert beside["groupby"] == ["at"]


def test_a_click_picks_one_point_of_one_actor() -> None:
    spec = volume_charts.volume([NATO], theme.LIGHT, "count", "day")
    picked = next(one for one in spec["params"] if one["name"] == "picked")
    assert picked["select"]["fields"] == ["at", "actor"]
    small = tone_charts.tone(theme.LIGHT, "day")["layer"][-1]
    assert [one["name"] for one in small["params"]] == ["picked"]


def test_ticks_that_lie_close_are_not_told_alike() -> None:
    # Of -0.10, -0.05, 0 ... one digit would make −0.1, −0.1, 0 ...
    assert '"+.2~f"' in json.dumps(outlet_charts.tones(4, theme.LIGHT))
    # A change of 0.004 has ticks at 0.005, 0.010, 0.015.
    assert '"+.3~f"' in json.dumps(change_charts.change(theme.LIGHT, "count"))


def reached(spec: charts.Spec) -> charts.Spec:
    """The layer that the pointer reaches; what is told of a rule lies over it."""
    layer: charts.Spec = spec["layer"][-2]
    return layer


def tooltip(spec: charts.Spec) -> dict[str, dict[str, str]]:
    """What the pointer is told of a period."""
    return {told["title"]: told for told in reached(spec)["encoding"]["tooltip"]}


def test_a_chart_is_built_once_for_each_theme() -> None:
    assert tone_charts.tone(theme.DARK, "day")["config"] is tone_charts.tone(theme.DARK, "week")["config"]
    assert tone_charts.tone(theme.DARK, "day") != tone_charts.tone(theme.LIGHT, "day")


def test_an_actor_keeps_its_colour_whoever_else_is_chosen() -> None:
    assert theme.places([("nato", 0), ("ukraine", 3)])["ukraine"] == 3
    assert theme.places([("ukraine", 3)])["ukraine"] == 3


@given(st.lists(st.tuples(st.text(min_size=1), st.integers(0, 5)), max_size=6, unique_by=lambda actor: actor[0]))
def test_no_two_of_up_to_six_actors_share_a_colour(actors: list[tuple[str, int]]) -> None:
    assert len(set(theme.places(actors).values())) == len(actors)
