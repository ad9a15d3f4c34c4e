"""Quick answers are the plain ones: each tally gives the table of the query of its name."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data import indexed, peaks, periods, portrait, queries, schema, tallies
from data.filters import Filters
from data.phrases import Numbered, numbered
from data.queries import Every, Measure
from tests.conftest import mention, moment, reading

ARTICLES = [f"a{n}" for n in range(7)]
ACTORS = ["nato", "ukraine", "russia"]


@st.composite
def archives(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hot frame and narrow readings: some articles undated, copies, in no known language, with no topic or tone."""
    days = st.one_of(st.none(), st.dates(date(2023, 12, 20), date(2024, 3, 1)))
    readings, mentions = [schema.empty("readings")], [schema.empty("mentions")]
    for one in ARTICLES:
        day = draw(days)
        common = {
            "article_id": one,
            "published_at": None if day is None else moment(day.isoformat()),
            "outlet": draw(st.sampled_from(["bbc", "yle"])),
            "language": draw(st.sampled_from(["en", "fi", None])),
        }
        told = {"story": draw(st.sampled_from(["s1", "s2", one])), "copy_of": draw(st.sampled_from([None, "a0", "a1"]))}
        readings.append(reading(**common, **told, topics=draw(st.sampled_from([[], ["sport"], ["sport", "politics"]]))))
        for actor in draw(st.lists(st.sampled_from(ACTORS), unique=True)):
            tone, confidence = (draw(st.one_of(st.none(), st.floats(low, 1))) for low in (-1, 0))
            mentions.append(mention(**common, actor=actor, tone=tone, confidence=confidence))
    rows = pl.concat(readings)
    return queries.enriched(pl.concat(mentions), rows), queries.narrow(rows)


filters_of_actors = st.builds(
    Filters,
    actors=st.lists(st.sampled_from([*ACTORS, "nobody"]), unique=True, min_size=1).map(tuple),
    outlets=st.sampled_from([(), ("bbc",), ("yle", "bbc")]),
    languages=st.sampled_from([(), ("en",), ("und", "fi")]),
    topics=st.sampled_from([(), ("sport",), ("politics", "health")]),
    from_day=st.sampled_from([None, date(2023, 12, 1), date(2024, 1, 17)]),
    to_day=st.sampled_from([None, date(2024, 2, 14), date(2024, 4, 1)]),
    tone_from=st.sampled_from([None, 0.0]),
    tone_to=st.sampled_from([None, 0.5]),
    stories=st.sampled_from([(), ("s1",)]),
    copies=st.booleans(),
)
everies, measures = st.sampled_from(["day", "week", "month"]), st.sampled_from(["tone", "lexicon_tone"])
Made = tuple[pl.DataFrame, pl.DataFrame]


def same(quick: pl.DataFrame, plain: pl.DataFrame) -> None:
    # Sums in another order round otherwise.
    assert_frame_equal(quick, plain, abs_tol=1e-8)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), filters_of_actors, everies, measures)
def test_a_quick_answer_is_the_plain_one(made: Made, filters: Filters, every: Every, measure: Measure) -> None:
    hot, readings = made
    columns = indexed.columns(hot)
    of, press = indexed.chosen(columns, filters), periods.collected(readings, filters)

    volume = queries.volume(hot, readings, filters, every)
    same(tallies.volume(of, press, filters, every), volume)
    same(tallies.counts(of, press, filters, every), volume.select("actor", "date", "count", "total_count"))
    same(tallies.tone(of, every, measure), queries.tone(hot, filters, every, measure))
    same(tallies.share_of_voice(of), queries.share_of_voice(hot, filters))
    same(tallies.balance(of, measure), queries.balance(hot, filters, measure))
    summary = pl.DataFrame([tallies.summary(of, press, filters, measure)])
    same(summary.cast(dict(_SUMMARY)), queries.summary(hot, readings, filters, measure).cast(dict(_SUMMARY)))
    assert tallies.stories(of) == hot.filter(filters.mentions())["story_no"].n_unique()
    for actors in (ACTORS, [*ACTORS, "nobody", "nato"], []):
        same(tallies.co_mentions(columns, filters, actors), queries.co_mentions(hot, filters, actors))


_SUMMARY = {"tone": pl.Float64, "low": pl.Float64, "high": pl.Float64, "negative_share": pl.Float64}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), filters_of_actors, everies, measures)
def test_all_days_as_one_and_the_course_are_the_plain_ones(
    made: Made, filters: Filters, every: Every, measure: Measure
) -> None:
    hot, _readings = made
    of = indexed.chosen(indexed.columns(hot), filters)
    dated = hot.filter(filters.mentions(), pl.col("day").is_not_null())
    as_one = dated.with_columns(day=pl.lit(date(2000, 1, 1)))
    without_days = replace(filters, from_day=None, to_day=None)
    same(tallies.overall(of, measure), queries.tone(as_one, without_days, "month", measure))

    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    scored = pl.col(measure).is_not_null()
    is_negative = (queries.kind(measure) == "negative").filter(scored)
    course = dated.group_by(date=pl.col("day").dt.truncate(step)).agg(
        tone=pl.col(measure).mean(), negative_share=is_negative.mean()
    )
    same(tallies.course(of, every, measure), course.sort("date"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), filters_of_actors, measures)
def test_the_articles_looked_at_stand_in_order_with_their_tones(made: Made, filters: Filters, measure: Measure) -> None:
    hot, _readings = made
    newest_first = hot.select("article_no", "published_at").unique()
    order = newest_first.sort("published_at", "article_no", descending=[True, False], nulls_last=True)["article_no"]
    tones = hot.filter(filters.mentions()).group_by("article_no").agg(tone=pl.col(measure).mean())
    plain = order.to_frame().join(tones, on="article_no", maintain_order="left")

    of = indexed.chosen(indexed.columns(hot), filters)
    places, tone = tallies.articles(of, indexed.placed(order), measure)
    same(pl.DataFrame({"article_no": order.gather(places), "tone": tone}), plain)
    places, tone = tallies.articles(of, indexed.placed(order), measure, most=2)
    same(pl.DataFrame({"article_no": order.gather(places), "tone": tone}), plain.head(2))


@pytest.mark.parametrize("topics", [("t02",), ("t69",), ("t02", "t69"), ("t63", "t64"), ("unheard of",)])
def test_any_of_very_many_topics_can_be_asked_for(topics: tuple[str, ...]) -> None:
    ids = [f"t{number:02}" for number in range(70)]
    hot = queries.enriched(
        pl.concat(mention(article_id=one) for one in ids),
        pl.concat(reading(article_id=one, topics=[one]) for one in ids),
    )
    columns = indexed.columns(hot)
    found = columns.frame[indexed.chosen(columns, Filters(actors=("nato",), topics=topics)).rows]
    assert sorted(found["article_id"]) == sorted({*topics} & {*ids})


def test_an_article_that_nobody_has_read_has_a_place_and_no_number() -> None:
    numbers = pl.Series([7, None, 2], dtype=pl.UInt32)
    place = indexed.placed(numbers)
    assert (place[7], place[2]) == (0, 2)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), st.lists(st.integers(0, 8), unique=True))
def test_the_mentions_of_some_articles_are_found(made: Made, numbers: list[int]) -> None:
    hot, _readings = made
    found = indexed.of_articles(indexed.columns(hot), pl.Series(numbers, dtype=pl.UInt32).to_numpy())
    expected = hot.filter(pl.col("article_no").is_in(numbers))
    assert sorted(found.select("article_no", "actor").rows()) == sorted(expected.select("article_no", "actor").rows())


def test_no_actor_is_no_question() -> None:
    columns = indexed.columns(queries.enriched(schema.empty("mentions"), schema.empty("readings")))
    with pytest.raises(ValueError, match="name one"):
        indexed.chosen(columns, Filters())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 5), min_size=60, max_size=90), st.integers(0, 89), st.sampled_from(["day", "week"]))
def test_peaks_are_those_of_the_plain_volume(loud: list[int], start: int, every: peaks.Every) -> None:
    first = date(2024, 1, 1)
    days = [first + timedelta(days=number) for number, n in enumerate(loud) for _ in range(n + 1)]
    ids = [f"a{number}" for number in range(len(days))]
    at = pl.Series(days).cast(pl.Datetime("us", "UTC"))
    read = (
        reading()
        .drop("article_id", "published_at", "story")
        .join(pl.DataFrame({"article_id": ids, "published_at": at, "story": ids}), how="cross")
    )
    named = (
        mention()
        .drop("article_id", "published_at")
        .join(pl.DataFrame({"article_id": ids, "published_at": at}), how="cross")
    )
    hot = queries.enriched(named.select(*schema.MENTIONS), read.select(*schema.READINGS))
    readings = queries.narrow(read)
    filters = Filters(actors=("nato",), from_day=first + timedelta(days=start))
    longer = peaks.with_history(filters, every)
    of, press = indexed.chosen(indexed.columns(hot), longer), periods.collected(readings, longer)
    volume = tallies.counts(of, press, longer, every)
    quick = peaks.verdicts(volume, peaks.first_judged(filters, every), every)
    same(quick, peaks.judged(hot, readings, filters, every))
    # A verdict, once given, stands: it does not matter from when on it is asked for.
    whole = indexed.chosen(indexed.columns(hot), Filters(actors=("nato",)))
    of_all = tallies.counts(whole, press, Filters(actors=("nato",)), every)
    same(peaks.verdicts(of_all, peaks.first_judged(filters, every), every), quick.filter(pl.col("date") >= first))
    known = quick.filter(pl.col("score").is_not_null())["date"].min()
    totals = tallies.totals(press, longer, every)
    assert peaks.first_known(totals, peaks.first_judged(filters, every), every) == known


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), filters_of_actors, st.dates(date(2024, 1, 1), date(2024, 2, 20)), st.integers(0, 20))
def test_the_articles_of_a_window_and_those_before_are_those_of_its_days(
    made: Made, filters: Filters, first: date, days: int
) -> None:
    hot, _ = made
    window = peaks.Window(filters.actors[0], first, first + timedelta(days=days))

    here, before = peaks.sides(indexed.columns(hot), filters, window)

    start, of_actor = first - timedelta(weeks=peaks.HISTORY), replace(filters, actors=(window.actor,))
    for found, (begin, end) in ((here, (first, window.last)), (before, (start, first - timedelta(days=1)))):
        plain = hot.filter(replace(of_actor, from_day=begin, to_day=end).mentions())
        assert_frame_equal(
            found, plain.select("is_copy", article_id="article_no").select(found.columns), check_row_order=False
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_window_is_told_the_same_in_whatever_order_its_rows_come(seed: int) -> None:
    ids = pl.Series("article_id", [f"a{number:04}" for number in range(1_200)])
    days = pl.select(published_at=pl.lit(moment("2024-01-01")) + pl.duration(days=pl.int_range(1_200) // 6)).to_series()
    titles = pl.Series(
        "title", [f"Fleet{n % 3}x sails" if n > 1_150 or n % 5 == 0 else f"Talk{n % 31}x" for n in range(1_200)]
    )
    named, read = (
        one.drop("article_id", "published_at", "story", strict=False)
        .join(pl.DataFrame([ids, days, ids.alias("story")]), how="cross")
        .sample(fraction=1, shuffle=True, seed=seed * shuffled)
        for shuffled, one in enumerate((mention(), reading()))
    )
    assert told(named, read, ids, titles) == told(named.sort("article_id"), read.sort("article_id"), ids, titles)


def told(named: pl.DataFrame, read: pl.DataFrame, ids: pl.Series, titles: pl.Series) -> list[dict[str, object]]:
    """What tells the last week of a window, whose articles before are too many to be read all."""
    hot = queries.enriched(named, read)
    texts = pl.DataFrame([ids, titles]).join(hot.select("article_no", "article_id"), on="article_id")

    def phrases(numbers: pl.Series) -> Numbered:
        some = texts.filter(pl.col("article_no").is_in(numbers.implode()))
        return numbered(some.select("title", id="article_no", text=pl.lit("")))

    window = peaks.Window("nato", date(2024, 7, 10), date(2024, 7, 18))
    sides = peaks.sides(indexed.columns(hot), Filters(), window)
    (found,) = peaks.told_of([sides], phrases, [()], 8)
    assert sides[1].height > 1_000
    return found.to_dicts()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(archives(), filters_of_actors)
def test_topics_and_whom_articles_name_are_the_plain_ones(made: Made, filters: Filters) -> None:
    hot, _ = made
    columns = indexed.columns(hot)
    about, whole, filters = (
        indexed.topics(columns),
        portrait.whole(filters),
        replace(filters, actors=filters.actors[:1]),
    )
    all_rows, own = indexed.of_anybody(columns, whole), indexed.chosen(columns, filters).rows

    same(tallies.topics(columns.article[all_rows], about), portrait.topics(hot, whole))
    same(tallies.topics(columns.article[own], about), portrait.topics(hot, filters))
    same(tallies.named(columns, all_rows, all_rows), portrait.named(hot, whole))
    rows = indexed.about(columns, np.unique(columns.article[own]))
    same(tallies.named(columns, rows, own), portrait.named(hot, filters))


@given(st.lists(st.sampled_from(["a", "b", "c", None])), st.lists(st.sampled_from(["a", "b", "d"])))
def test_the_rows_of_some_words_are_found_in_their_order(words: list[str | None], wanted: list[str]) -> None:
    found = indexed.groups(pl.Series(words, dtype=pl.String)).of(wanted)
    assert found.tolist() == [place for place, word in enumerate(words) if word in wanted]
