"""Totals of days say the same as the mentions that they were counted from."""

import random
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data import columns, looked, periods, queries, rollup, schema, tallies
from data.filters import Filters
from data.identity import digest
from data.periods import Collected
from data.queries import Every, Measure
from tests.conftest import mention, moment, reading

ACTORS = ["nato", "ukraine"]
Made = tuple[pl.DataFrame, pl.DataFrame]


@st.composite
def archives(draw: st.DrawFn) -> Made:
    """Mentions and readings: some undated, copies, in no known language, told beside others, without tone or topic."""
    days = st.one_of(st.none(), st.dates(date(2023, 12, 20), date(2024, 3, 1)))
    readings, mentions = [schema.empty("readings")], [schema.empty("mentions")]
    for one in (f"a{n}" for n in range(6)):
        day = draw(days)
        common = {
            "article_id": one,
            "published_at": None if day is None else moment(day.isoformat()),
            "outlet": draw(st.sampled_from(["bbc", "yle"])),
            "language": draw(st.sampled_from(["en", "fi", None])),
        }
        told = {"story": draw(st.sampled_from(["s1", one])), "copy_of": draw(st.sampled_from([None, None, "a0"]))}
        readings.append(reading(**common, **told, topics=draw(st.sampled_from([[], ["sport"], ["sport", "war"]]))))
        for actor in draw(st.lists(st.sampled_from(ACTORS), unique=True)):
            tones, sure = st.one_of(st.none(), st.floats(-1, 1)), st.one_of(st.none(), st.floats(0, 1))
            mentions.append(
                mention(**common, actor=actor, tone=draw(tones), lexicon_tone=draw(tones), confidence=draw(sure))
            )
    # A mention whose article nobody has read yet counts nowhere.
    mentions.append(mention(article_id="unread"))
    return pl.concat(mentions), pl.concat(readings)


views = st.builds(
    Filters,
    actors=st.sampled_from([(), ("nato",), ("ukraine", "nobody", "nato")]),
    languages=st.sampled_from([(), ("en",), ("und", "fi")]),
    from_day=st.sampled_from([None, date(2023, 12, 1), date(2024, 1, 17)]),
    to_day=st.sampled_from([None, date(2024, 2, 14), date(2024, 4, 1)]),
    copies=st.booleans(),
)
narrow = st.fixed_dictionaries(
    {
        "outlets": st.sampled_from([(), ("bbc",), ("yle", "bbc")]),
        "topics": st.sampled_from([(), ("war",), ("sport", "health")]),
        "stories": st.sampled_from([(), ("s1",), ("a0", "a3")]),
        "tone_from": st.sampled_from([None, 0.0]),
    }
)
everies, measures = st.sampled_from(["day", "week", "month"]), st.sampled_from(["tone", "lexicon_tone"])
often = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FOUND = pl.DataFrame({"article_id": ["a0", "a2", "a5"]})


def same(quick: pl.DataFrame, plain: pl.DataFrame) -> None:
    # Sums in another order round otherwise.
    assert_frame_equal(quick, plain, abs_tol=1e-9)


def in_parts(made: Made) -> tuple[list[pl.DataFrame], list[pl.LazyFrame]]:
    """The mentions beside their readings, and the readings, of two parts of the archive as of two months."""
    mentions, readings = made
    halves = [pl.col("article_id") < "a3", pl.col("article_id") >= "a3"]
    rows = [rollup.beside_readings(mentions.lazy().filter(half), readings.lazy()) for half in halves]
    return rows, [readings.lazy().filter(half) for half in halves]


def collected(readings: list[pl.LazyFrame], filters: Filters) -> Collected:
    press = replace(filters, actors=(), topics=(), stories=(), tone_from=None, from_day=None, to_day=None)
    rows = looked.counted([rollup.collected(some) for some in readings], press)
    return periods.collected_on(rows.columns.day, rows.weight)


@often
@given(archives(), views, everies)
def test_totals_of_days_answer_as_the_mentions_do(made: Made, filters: Filters, every: Every) -> None:
    parts, readings = in_parts(made)
    totals = looked.counted([rollup.totals(part) for part in parts], filters)
    hot = queries.enriched(*made)
    volume = queries.volume(hot, made[1], filters, every).drop("texts", "stories")
    same(rollup.volume(totals, collected(readings, filters), filters, every), volume)
    same(rollup.share_of_voice(totals, filters), queries.share_of_voice(hot, filters))
    of_all = replace(filters, languages=(), copies=True)
    short = looked.counted([rollup.in_short(rollup.totals(part)) for part in parts], of_all)
    same(rollup.share_of_voice(short, of_all), queries.share_of_voice(hot, of_all))


@often
@given(archives(), views, narrow, everies, measures)
def test_the_mentions_kept_answer_as_the_tables_do(
    made: Made, filters: Filters, more: dict[str, object], every: Every, measure: Measure
) -> None:
    parts, readings = in_parts(made)
    asked = Filters(**{**vars(filters), **more})
    hot = queries.enriched(*made)
    tables = [rollup.mentions(part) for part in parts]
    kept, press = looked.chosen(tables, asked), collected(readings, asked)
    plain = queries.volume(hot, made[1], asked, every)
    same(rollup.volume(kept, press, asked, every), plain.drop("texts", "stories"))
    same(rollup.share_of_voice(kept, asked), queries.share_of_voice(hot, asked))
    same(tallies.tone(kept, every, measure), queries.tone(hot, asked, every, measure))
    if asked.actors:
        same(tallies.volume(kept, press, asked, every), plain.sort("actor", "date"))
        same(tallies.balance(kept, measure), queries.balance(hot, asked, measure))
    of_both = looked.chosen(tables, replace(asked, actors=tuple(ACTORS)))
    same(tallies.together(of_both, ACTORS), queries.co_mentions(hot, asked, ACTORS))
    among = looked.chosen(tables, asked, columns.numbers(FOUND["article_id"]))
    same(tallies.tone(among, every, measure), queries.tone(queries.found(hot, FOUND), asked, every, measure))


def test_an_interval_is_the_same_over_months_that_share_stories() -> None:
    chance = random.Random(1)  # noqa: S311
    ids = [digest(str(n))[:16] for n in range(240)]
    told = [(one, chance.choice(ids[:60]), f"2024-0{1 + n % 3}-{1 + n % 28:02d}") for n, one in enumerate(ids)]
    readings = pl.concat(reading(article_id=one, story=of, published_at=moment(day)) for one, of, day in told)
    mentions = pl.concat(
        mention(article_id=one, tone=round(chance.uniform(-1, 1), 4), published_at=moment(day)) for one, _, day in told
    )
    months = [pl.col("published_at").dt.month() == month for month in (1, 2, 3)]
    parts = [
        rollup.mentions(rollup.beside_readings(mentions.lazy().filter(one), readings.lazy().filter(one)))
        for one in months
    ]
    every_story, filters = looked.chosen(parts, Filters()), Filters(actors=("nato",))
    hot = queries.enriched(mentions, readings)
    for every in ("week", "month"):
        tone = tallies.tone(every_story, every, "tone")
        assert tone["low"].null_count() < tone.height
        assert_frame_equal(tone, queries.tone(hot, filters, every), abs_tol=1e-12)


def test_the_undated_count_where_no_day_is_asked_for() -> None:
    parts = [rollup.mentions(rollup.beside_readings(mention(published_at=None).lazy(), reading().lazy()))]
    assert rollup.share_of_voice(looked.chosen(parts, Filters()), Filters()).rows() == [("nato", 1, 1.0)]
    asked = Filters(from_day=date(2000, 1, 1))
    assert rollup.share_of_voice(looked.chosen(parts, asked), asked).rows() == []


@pytest.mark.parametrize(
    "filters",
    [
        Filters(outlets=("bbc",)),
        Filters(topics=("war",)),
        Filters(stories=("s1",)),
        Filters(search="grain"),
        Filters(tone_to=0.0),
    ],
)
def test_totals_of_days_are_not_asked_what_they_cannot_know(filters: Filters) -> None:
    assert not rollup.knows(filters)


def test_panels_are_not_passed_over() -> None:
    with pytest.raises(ValueError, match="panels are not resolved"):
        looked.chosen(
            [rollup.mentions(rollup.beside_readings(mention().lazy(), reading().lazy()))], Filters(panels=("x",))
        )
