"""Totals of days say the same as the mentions that they were counted from."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data import queries, rollup, schema
from data.filters import Filters
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


def same(quick: pl.DataFrame, plain: pl.DataFrame) -> None:
    # Sums in another order round otherwise.
    assert_frame_equal(quick, plain, abs_tol=1e-9)


@often
@given(archives(), views, everies, measures)
def test_totals_of_days_answer_as_the_mentions_do(made: Made, filters: Filters, every: Every, measure: Measure) -> None:
    mentions, readings = made
    rows = rollup.made(mentions.lazy(), readings.lazy())
    hot = queries.enriched(mentions, readings)
    volume = queries.volume(hot, readings, filters, every).drop("texts", "stories")
    same(rollup.volume(rows.totals, rows.collected.collect(), filters, every), volume)
    same(rollup.share_of_voice(rows.totals, filters), queries.share_of_voice(hot, filters))
    same(rollup.balance(rows.totals, filters, measure), queries.balance(hot, filters, measure))
    tone = queries.tone(hot, filters, every, measure).select("actor", "date", "tone", "mentions")
    same(rollup.tone(rows.totals, filters, every, measure), tone)


@often
@given(archives(), views, narrow, everies)
def test_the_mentions_kept_answer_as_the_tables_do(
    made: Made, filters: Filters, more: dict[str, object], every: Every
) -> None:
    mentions, readings = made
    asked = Filters(**{**vars(filters), **more})
    rows = rollup.made(mentions.lazy(), readings.lazy())
    kept, hot = rollup.looked_at(rows.hot, asked).collect(), queries.enriched(mentions, readings)
    collected = rows.collected.collect()
    same(queries.volume(kept, collected, asked, every), queries.volume(hot, readings, asked, every))
    counted = queries.volume(hot, readings, asked, every).drop("texts", "stories")
    same(rollup.volume_of(rollup.looked_at(rows.hot, asked), collected, asked, every), counted)
    same(queries.tone(kept, asked, every), queries.tone(hot, asked, every))
    same(queries.share_of_voice(kept, asked), queries.share_of_voice(hot, asked))
    of_all = rollup.looked_at(rows.hot, replace(asked, actors=())).collect()
    same(queries.co_mentions(of_all, asked, ACTORS), queries.co_mentions(hot, asked, ACTORS))


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
    rows = rollup.made(mention().lazy(), reading().lazy())
    assert not rollup.knows(filters)
    with pytest.raises(ValueError, match="totals know nothing of"):
        rollup.share_of_voice(rows.totals, filters)
