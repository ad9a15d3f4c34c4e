"""The numbers behind the charts: worked by hand, and laws that hold for any archive."""

import math
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import queries, schema
from data.filters import Filters
from ingest import tone
from tests.conftest import NOON, mention, moment, reading, row

ALL = Filters()


def rows(*frames: pl.DataFrame) -> pl.DataFrame:
    return pl.concat(frames)


# Three days: Tuesday 1, Wednesday 2 and Tuesday 8 October 2024; a2 copies a1; a5 is undated; a6 names nobody.
READINGS = rows(
    reading(article_id="a1", published_at=moment("2024-10-01T08:00"), story="s1"),
    reading(article_id="a2", published_at=moment("2024-10-01T23:59"), story="s1", copy_of="a1", outlet="post"),
    reading(article_id="a3", published_at=moment("2024-10-02")),
    reading(article_id="a4", published_at=moment("2024-10-08"), language="de", topics=["sport"]),
    reading(article_id="a5", published_at=None),
    reading(article_id="a6", published_at=moment("2024-10-02")),
)
MENTIONS = rows(
    mention(article_id="a1", published_at=moment("2024-10-01T08:00"), tone=0.5),
    mention(article_id="a2", published_at=moment("2024-10-01T23:59"), tone=0.5, outlet="post"),
    mention(article_id="a3", published_at=moment("2024-10-02"), tone=-0.1),
    mention(article_id="a3", published_at=moment("2024-10-02"), actor="ukraine", tone=0.04),
    mention(article_id="a4", published_at=moment("2024-10-08"), language="de", tone=None),
    mention(article_id="a5", published_at=None, tone=0.3),
)
HOT = queries.enriched(MENTIONS, READINGS)


def test_the_hot_frame_has_a_row_for_each_mention_of_a_read_article() -> None:
    unread = mention(article_id="not-read-yet")
    hot = queries.enriched(rows(MENTIONS, unread).lazy(), READINGS.lazy())
    assert hot.height == MENTIONS.height
    assert hot.filter(pl.col("article_id") == "a2").select("day", "story", "is_copy").rows() == [
        (date(2024, 10, 1), "s1", True)
    ]


def test_volume_has_a_row_for_every_day_of_the_window() -> None:
    filters = Filters(actors=("ukraine",), from_day=date(2024, 9, 30), to_day=date(2024, 10, 3))
    found = queries.volume(HOT, READINGS, filters, "day")
    assert found.columns == ["actor", "date", "count", "total_count", "ratio", "texts", "stories"]
    assert found.rows() == [
        ("ukraine", date(2024, 9, 30), 0, 0, None, 0, 0),
        ("ukraine", date(2024, 10, 1), 0, 2, 0.0, 0, 0),
        ("ukraine", date(2024, 10, 2), 1, 2, 0.5, 1, 1),
        ("ukraine", date(2024, 10, 3), 0, 0, None, 0, 0),
    ]


def test_volume_counts_copies_and_their_story_once() -> None:
    found = queries.volume(HOT, READINGS, Filters(actors=("nato",)), "week")
    assert found.rows() == [
        ("nato", date(2024, 9, 30), 3, 4, 0.75, 2, 2),
        ("nato", date(2024, 10, 7), 1, 1, 1.0, 1, 1),
    ]


def test_two_reporters_of_one_event_are_two_texts_and_one_story() -> None:
    same_event = READINGS.with_columns(story=pl.lit("a1"))
    found = queries.volume(queries.enriched(MENTIONS, same_event), same_event, Filters(actors=("nato",)), "month")
    assert found.select("count", "texts", "stories").rows() == [(4, 3, 1)]
    assert queries.tone(queries.enriched(MENTIONS, same_event), ALL, "month")["stories"].to_list() == [1, 1]


def test_volume_without_copies_has_neither_side_of_the_ratio_from_them() -> None:
    found = queries.volume(HOT, READINGS, Filters(actors=("nato",), copies=False), "month")
    assert found.rows() == [("nato", date(2024, 10, 1), 3, 4, 0.75, 3, 3)]


def test_volume_of_an_empty_archive_is_an_empty_table() -> None:
    found = queries.volume(HOT.clear(), READINGS.clear(), Filters(actors=("nato",)), "day")
    assert found.is_empty()
    assert found.columns == ["actor", "date", "count", "total_count", "ratio", "texts", "stories"]


def test_volume_takes_narrowed_readings_as_well() -> None:
    narrowed = queries.narrow(READINGS)
    assert queries.volume(HOT, narrowed, ALL, "week").equals(queries.volume(HOT, READINGS, ALL, "week"))


def test_the_tone_counts_its_stories_and_tells_no_interval_of_few() -> None:
    found = queries.tone(HOT, Filters(actors=("nato",)), "week")
    assert found.columns == ["actor", "date", "tone", "low", "high", "mentions", "stories"]
    first, second = found.rows()
    assert first == ("nato", date(2024, 9, 30), pytest.approx(0.3), None, None, 3, 2)
    assert second == ("nato", date(2024, 10, 7), None, None, None, 0, 0)


def test_what_was_read_before_there_were_stories_is_a_story_a_text() -> None:
    before = READINGS.with_columns(story=pl.lit(None, pl.String))
    found = queries.tone(queries.enriched(MENTIONS, before), Filters(actors=("nato",)), "week")
    # One of the three mentions is a copy of another.
    assert found["stories"].to_list() == [2, 0]


def test_one_story_has_a_tone_and_no_interval() -> None:
    found = queries.tone(HOT, Filters(actors=("nato",), to_day=date(2024, 10, 1)), "day")
    assert found.rows() == [("nato", date(2024, 10, 1), 0.5, None, None, 2, 1)]


def test_the_lexicons_tone_can_be_asked_for() -> None:
    hot = queries.enriched(mention(article_id="a1", tone=0.5, lexicon_tone=-0.5), READINGS)
    assert queries.tone(hot, ALL, "day", "lexicon_tone")["tone"].to_list() == [-0.5]
    assert queries.balance(hot, ALL, "lexicon_tone")["negative"].to_list() == [1]


def test_share_of_voice_is_each_actors_part() -> None:
    assert queries.share_of_voice(HOT, ALL).rows() == [
        ("nato", 5, pytest.approx(5 / 6)),
        ("ukraine", 1, pytest.approx(1 / 6)),
    ]
    only_unknown = queries.share_of_voice(HOT, Filters(actors=("nobody",)))
    assert only_unknown.rows() == [("nobody", 0, None)]


def test_balance_counts_every_mention_once() -> None:
    found = queries.balance(HOT, ALL)
    assert found.columns == ["actor", "negative", "neutral", "positive", "unsure", "not_scored", "mentions"]
    assert found.rows() == [("nato", 1, 0, 3, 0, 1, 5), ("ukraine", 0, 1, 0, 0, 0, 1)]


# By the model: two sure ones, of which -.3 lies in the middle third, and one unsure. One is in a language that is not
# read, one was scored by the lexicon before. The lexicon has a tone for all but the French.
DOUBTED = queries.enriched(
    rows(
        mention(article_id="a1", tone=0.5, confidence=0.8, lexicon_tone=-0.4),
        mention(article_id="a2", tone=-0.3, confidence=0.7, lexicon_tone=-0.4),
        mention(article_id="a3", tone=None, confidence=0.45, lexicon_tone=0.04),
        mention(article_id="a4", tone=None, lexicon_tone=None, language="fr"),
        mention(article_id="a6", tone=-0.3, lexicon_tone=-0.3),
    ),
    READINGS,
)


def test_a_mention_that_the_model_is_unsure_of_is_counted_as_that_and_as_nothing_else() -> None:
    assert queries.balance(DOUBTED, ALL).rows() == [("nato", 1, 1, 1, 1, 1, 5)]
    assert queries.tone(DOUBTED, ALL, "month").select("tone", "mentions").rows() == [(pytest.approx(-0.1 / 3), 3)]


def test_the_lexicon_is_never_unsure() -> None:
    assert queries.balance(DOUBTED, ALL, "lexicon_tone").rows() == [("nato", 3, 1, 0, 0, 1, 5)]


def test_the_summary_counts_shares_of_the_scored_and_says_how_many_are_unsure() -> None:
    columns = ("mentions", "scored", "by_lexicon", "unsure", "not_scored", "stories", "negative_share")
    toward = queries.summary(DOUBTED, READINGS, ALL).row(0, named=True)
    # The two scored by the model are one story, a1 and its copy.
    assert [toward[one] for one in columns] == [5, 3, 1, 1, 1, 2, pytest.approx(1 / 3)]
    lexicon = queries.summary(DOUBTED, READINGS, ALL, "lexicon_tone").row(0, named=True)
    assert [lexicon[one] for one in columns] == [5, 4, 4, 0, 1, 3, 0.75]
    assert lexicon["tone"] == pytest.approx(-1.06 / 4)


def test_an_unsure_mention_lies_in_no_range_of_tone() -> None:
    wide = Filters(tone_from=-1.0, tone_to=1.0)
    assert queries.share_of_voice(DOUBTED, wide)["mentions"].to_list() == [3]


@pytest.mark.parametrize(
    ("tone", "confidence", "kind"),
    [
        (-1 / 3, 0.9, "negative"),
        (-0.33, 0.9, "neutral"),
        (1 / 3, 0.6, "positive"),
        (0.9, 0.59, "unsure"),
        (None, 0.4, "unsure"),
        (None, None, "not_scored"),
        (0.05, None, "positive"),
        (0.049, None, "neutral"),
        (-0.05, None, "negative"),
    ],
)
def test_a_tone_is_neutral_in_the_middle_third_and_the_lexicons_nearer_to_0(
    tone: float | None, confidence: float | None, kind: str
) -> None:
    assert queries.kind_of(tone, confidence) == kind
    # A mention that is unsure has no tone, where a passage keeps what it is unsure of.
    row = {"tone": None if kind == "unsure" else tone, "lexicon_tone": 0.0, "confidence": confidence}
    assert pl.DataFrame([row], schema=dict.fromkeys(row, pl.Float64)).select(queries.kind()).item() == kind


def test_a_passage_is_unsure_to_a_reader_where_it_counted_for_nothing() -> None:
    assert queries.SURE == tone.SURE


def test_co_mentions_are_both_over_either() -> None:
    found = queries.co_mentions(HOT, ALL, ["nato", "ukraine", "nobody"])
    assert found.rows() == [
        ("nato", "ukraine", 1, 0.2),
        ("nato", "nobody", 0, 0.0),
        ("ukraine", "nobody", 0, 0.0),
    ]
    assert queries.co_mentions(HOT, ALL, ["nobody", "no-one"]).rows() == [("nobody", "no-one", 0, None)]
    assert queries.co_mentions(HOT, ALL, []).columns == ["actor", "other", "articles", "share"]


def test_the_summary_says_what_could_not_be_counted() -> None:
    # Scored stories: s1 (.5, .5), a3 (-.1, .04) and a5 (.3), too few for an interval.
    assert queries.summary(HOT, READINGS, ALL).row(0, named=True) == {
        "mentions": 6,
        "articles": 5,
        "outlets": 2,
        "tone": pytest.approx(0.248),
        "low": None,
        "high": None,
        "negative_share": 0.2,
        "scored": 5,
        "stories": 3,
        "by_lexicon": 5,
        "unsure": 0,
        "not_scored": 1,
        "undated": 1,
        "collected": 6,
    }


def test_a_window_of_days_leaves_the_undated_out_and_says_so() -> None:
    found = queries.summary(HOT, READINGS, Filters(from_day=date(2024, 10, 2))).row(0, named=True)
    assert (found["mentions"], found["undated"], found["collected"]) == (3, 1, 3)


def test_the_summary_of_nothing_has_no_tone() -> None:
    found = queries.summary(HOT, READINGS, Filters(actors=("nobody",))).row(0, named=True)
    assert (found["mentions"], found["tone"], found["negative_share"]) == (0, None, None)


def test_an_outage_is_a_day_with_failed_checks() -> None:
    fetches = checked(("2024-10-01T08:00", "timeout"), ("2024-10-01T09:00", "ok"), ("2024-10-02", "not modified"))
    assert queries.outages(fetches, date(2024, 9, 1), date(2024, 10, 31)).rows() == [("bbc", date(2024, 10, 1), 1, 2)]
    assert queries.outages(fetches, date(2024, 10, 2)).is_empty()


def test_a_failed_check_holds_until_the_feed_is_checked_again() -> None:
    fetches = checked(("2024-10-01", "ok"), ("2024-10-03", "timeout"), ("2024-10-06", "ok"))
    assert queries.outages(fetches)["day"].to_list() == [date(2024, 10, day) for day in (3, 4, 5)]
    assert queries.checks(fetches)["day"].to_list() == [date(2024, 10, day) for day in range(1, 7)]


def test_an_empty_feed_is_no_outage() -> None:
    assert queries.outages(checked(("2024-10-01", "empty"), ("2024-10-02", "stale"))).is_empty()


def checked(*checks: tuple[str, str]) -> pl.DataFrame:
    """One feed of the BBC, checked at these moments with these outcomes."""
    return rows(
        *(row("fetches", outlet="bbc", feed_url="u", started_at=moment(at), state=state) for at, state in checks)
    )


def test_drops_add_up_over_runs() -> None:
    one = [{"reason": "known", "count": 3}, {"reason": "no text", "count": 1}]
    runs = rows(row("runs", dropped=one), row("runs", dropped=[{"reason": "known", "count": 2}]), row("runs"))
    assert queries.drops(runs).rows() == [("known", 5), ("no text", 1)]
    assert queries.drops(schema.empty("runs")).columns == ["reason", "count"]


@pytest.mark.parametrize(
    ("days", "every"), [(1, "day"), (62, "day"), (63, "week"), (800, "week"), (801, "month"), (3000, "month")]
)
def test_the_default_period_draws_a_readable_line(days: int, every: str) -> None:
    first = date(2015, 1, 1)
    assert queries.default_every(first, date.fromordinal(first.toordinal() + days - 1)) == every


def test_a_search_narrows_the_hot_frame() -> None:
    assert queries.found(HOT, pl.DataFrame({"article_id": ["a1", "a9"]}))["article_id"].to_list() == ["a1"]


# Laws, for small random archives.

ARTICLES = [f"a{n}" for n in range(6)]
ACTORS = ["nato", "ukraine", "russia"]


@st.composite
def archives(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Mentions and readings: at most one mention of an actor in an article, some undated, some unscored."""
    days = st.one_of(st.none(), st.dates(date(2024, 1, 1), date(2024, 3, 1)))
    made_readings, made_mentions = [], []
    for one in ARTICLES:
        day = draw(days)
        at = None if day is None else moment(day.isoformat())
        common = {"article_id": one, "published_at": at, "outlet": draw(st.sampled_from(["bbc", "yle"]))}
        story, copy_of = draw(st.sampled_from(["s1", "s2", one])), draw(st.sampled_from([None, "a0"]))
        made_readings.append(reading(**common, story=story, copy_of=copy_of))
        for actor in draw(st.lists(st.sampled_from(ACTORS), unique=True)):
            tone, confidence = (draw(st.one_of(st.none(), st.floats(low, 1))) for low in (-1, 0))
            made_mentions.append(mention(**common, actor=actor, tone=tone, confidence=confidence))
    return rows(schema.empty("mentions"), *made_mentions), rows(*made_readings)


filters_of_some = st.builds(
    Filters,
    actors=st.lists(st.sampled_from(ACTORS), unique=True).map(tuple),
    outlets=st.sampled_from([(), ("bbc",), ("yle", "bbc")]),
    from_day=st.sampled_from([None, date(2024, 1, 15)]),
    to_day=st.sampled_from([None, date(2024, 2, 15)]),
)


@settings(max_examples=60, deadline=None)
@given(archives(), filters_of_some, st.sampled_from(["day", "week", "month"]))
def test_laws_of_the_queries(made: tuple[pl.DataFrame, pl.DataFrame], filters: Filters, every: queries.Every) -> None:
    mentions, readings = made
    hot = queries.enriched(mentions, readings)
    looked_at = hot.filter(filters.mentions())
    dated = looked_at.filter(pl.col("day").is_not_null())
    volume = queries.volume(hot, readings, filters, every)
    tone = queries.tone(hot, filters, every)
    shares = queries.share_of_voice(hot, filters)
    balance = queries.balance(hot, filters)

    # Counts are row counts, ratios lie between 0 and 1, and a story is counted at least once and at most each time.
    assert volume["count"].sum() == dated.height
    assert all(0 <= ratio <= 1 for ratio in volume["ratio"].drop_nulls())
    assert (volume["stories"] <= volume["count"]).all()
    assert ((volume["stories"] > 0) == (volume["count"] > 0)).all()
    # Shares add up to 1.
    assert looked_at.is_empty() or math.isclose(shares["share"].sum(), 1)
    # The kinds of tone add up to the mentions, and the first three to the scored ones.
    counts = balance.select(pl.all().exclude("actor")).sum().row(0, named=True)
    mentioned = counts.pop("mentions")
    summary = queries.summary(hot, readings, filters).row(0, named=True)
    assert sum(counts.values()) == mentioned == summary["mentions"]
    assert summary["scored"] == mentioned - counts["unsure"] - counts["not_scored"]
    assert (summary["unsure"], summary["not_scored"]) == (counts["unsure"], counts["not_scored"])
    # The mean lies within its interval, and the interval within the scale.
    known = tone.drop_nulls()
    assert ((known["low"] <= known["tone"]) & (known["tone"] <= known["high"])).all()
    assert (tone["mentions"].sum(), tone.drop_nulls("tone").height) == (
        dated["tone"].count(),
        tone.filter(pl.col("mentions") > 0).height,
    )
    # A share of co-mentions is between 0 and 1, and the same both ways.
    one_way = queries.co_mentions(hot, filters, ACTORS)
    other_way = queries.co_mentions(hot, filters, ACTORS[::-1]).rename({"actor": "other", "other": "actor"})
    assert one_way.sort("actor", "other").equals(other_way.select(one_way.columns).sort("actor", "other"))
    # The order of the rows is no matter.
    turned = queries.enriched(mentions.reverse(), readings.reverse())
    assert queries.volume(turned, readings.reverse(), filters, every).equals(volume)
    assert queries.tone(turned, filters, every).equals(tone)
    assert queries.share_of_voice(turned, filters).equals(shares)


def test_noon_is_on_its_day() -> None:
    assert queries.enriched(mention(article_id="a1"), READINGS)["day"].to_list() == [NOON.date()]


# Stories


def _told(**values: object) -> pl.DataFrame:
    defaults = {"article_id": "a", "story": "s", "text_no": 1, "day": date(2024, 10, 1), "outlet": "bbc", "tone": 0.0}
    types = {"text_no": pl.UInt32, "tone": pl.Float64, "day": pl.Date, "story": pl.String}
    return pl.DataFrame([defaults | values], schema_overrides=types)


def test_a_story_has_its_days_its_counts_and_a_tone_that_takes_copies_for_one() -> None:
    articles = pl.concat(
        [
            _told(article_id="a1", text_no=1, tone=0.5),
            _told(article_id="a2", text_no=1, tone=0.5, outlet="yle"),
            _told(article_id="a3", text_no=2, tone=-0.4, day=date(2024, 10, 4)),
            _told(article_id="a4", text_no=3, tone=None, day=None),
            _told(article_id="b1", text_no=4, story="t"),
            _told(article_id="c1", text_no=5, story=None),
        ]
    )
    names = {"a1": ["nato", "ukraine"], "a2": ["nato", "ukraine"], "a3": ["ukraine"], "b1": ["ukraine"]}
    hot = pl.DataFrame([{"article_id": one, "actor": actor} for one, actors in names.items() for actor in actors])
    found = queries.stories(hot, articles)
    first, last = date(2024, 10, 1), date(2024, 10, 4)
    assert found.select("story", "first", "last", "articles", "texts", "outlets", "scored").rows() == [
        ("s", first, last, 4, 3, 2, 2),
        ("t", first, first, 1, 1, 1, 1),
    ]
    # All name Ukraine, which marks no story; two texts of three scored articles, 1 - 0.4 in all.
    assert found["actors"].to_list() == [["nato", "ukraine"], ["ukraine"]]
    assert found["tone"].to_list() == pytest.approx([0.2, 0.0])
    assert found["low"].to_list() == [None, None]


def test_the_tone_of_a_story_is_as_sure_as_its_texts_are_many() -> None:
    # Twelve texts, half at -0.5 and half at +0.5: the standard error is .5 / sqrt(11), Student's t of 11 is 2.2.
    twelve = [_told(article_id=f"a{n}", text_no=n, tone=0.5 if n % 2 else -0.5) for n in range(12)]
    found = queries.stories(pl.DataFrame(schema={"article_id": pl.String, "actor": pl.String}), pl.concat(twelve))
    assert found.select("story", "texts", "scored", "tone").rows() == [("s", 12, 12, 0.0)]
    assert found["low"][0] == pytest.approx(-0.33, abs=0.05)


@given(archives())
def test_the_stories_share_out_all_articles(frames: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    mentions, readings = frames
    hot = queries.enriched(mentions, readings)
    articles = readings.select(
        *("article_id", "story", "outlet", "tone"),
        day=pl.col("published_at").dt.date(),
        text_no=pl.coalesce("copy_of", "article_id").rank("dense").cast(pl.UInt32),
    )
    found = queries.stories(hot, articles)
    assert found["articles"].sum() == readings.height
    assert found["story"].n_unique() == found.height == readings["story"].n_unique()
    assert (found["texts"] <= found["articles"]).all()
    assert (found["scored"] <= found["texts"]).all()
