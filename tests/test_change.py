"""A change taken apart: worked by hand, and its terms always add up."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import change, queries
from data.filters import Filters
from tests.conftest import mention, moment, reading

EARLY = (date(2024, 9, 1), date(2024, 9, 30))
LATE = (date(2024, 10, 1), date(2024, 10, 31))
NATO = Filters(actors=("nato",))

Row = tuple[str, str, str | None, float | None, float | None]


def press(*rows: Row) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hot frame and readings of articles: day, outlet, actor (None: it names nobody), tone, confidence."""
    readings, mentions = [reading().clear()], [mention().clear()]
    for number, (day, outlet, actor, tone, confidence) in enumerate(rows):
        where = {"article_id": f"a{number}", "published_at": moment(day), "outlet": outlet}
        readings.append(reading(**where))
        if actor:
            mentions.append(mention(**where, actor=actor, tone=tone, confidence=confidence, lexicon_tone=0.25))
    read = pl.concat(readings)
    return queries.enriched(pl.concat(mentions), read), queries.narrow(read)


# The mean tone is .2 before and .2 after. The post stays (.3 of two thirds, then .5 of half), the times go, the mail
# comes; the star has articles in both months and names nobody.
HOT, READINGS = press(
    ("2024-09-01", "post", "nato", 0.2, 0.9),
    ("2024-09-02", "post", "nato", 0.4, 0.9),
    ("2024-09-02", "times", "nato", 0.0, 0.9),
    ("2024-09-02", "post", "nato", None, 0.4),
    ("2024-09-02", "post", "nato", None, None),
    ("2024-09-02", "star", None, None, None),
    ("2024-10-01", "post", "nato", 0.5, 0.9),
    ("2024-10-01", "mail", "nato", -0.1, 0.9),
    ("2024-10-01", "mail", "ukraine", 0.9, 0.9),
    ("2024-10-01", "star", None, None, None),
)


def test_the_change_of_tone_is_taken_apart() -> None:
    found = change.taken_apart(HOT, READINGS, NATO, EARLY, LATE)
    assert (found.before, found.after) == (pytest.approx(0.2), pytest.approx(0.2))
    # Within: (2/3 + 1/2) / 2 * .2. Mix: (.4 - .2) * (1/2 - 2/3). Gained: (-.1 - .2) / 2. Lost: (0 - .2) * (0 - 1/3).
    assert found.within == pytest.approx(0.116667, abs=1e-6)
    assert found.mix == pytest.approx(-0.033333, abs=1e-6)
    assert found.gained == pytest.approx(-0.15)
    assert found.lost == pytest.approx(0.066667, abs=1e-6)


def test_each_outlet_shows_what_it_adds() -> None:
    found = change.taken_apart(HOT, READINGS, NATO, EARLY, LATE).outlets
    assert found["outlet"].to_list() == ["mail", "post", "times"]
    assert found.row(0, named=True) == {
        "outlet": "mail",
        "weight_before": 0.0,
        "weight_after": 0.5,
        "value_before": None,
        "value_after": pytest.approx(-0.1),
        "within": 0.0,
        "mix": 0.0,
        "gained": pytest.approx(-0.15),
        "lost": 0.0,
        "total": pytest.approx(-0.15),
    }


def test_mentions_without_a_tone_are_left_out_and_counted() -> None:
    found = change.taken_apart(HOT, READINGS, NATO, EARLY, LATE)
    assert found.counts.columns == ["period", "mentions", "scored", "unsure", "not_scored"]
    assert found.counts.rows() == [("before", 5, 3, 1, 1), ("after", 2, 2, 0, 0)]


def test_the_lexicon_is_never_unsure() -> None:
    found = change.taken_apart(HOT, READINGS, NATO, EARLY, LATE, "lexicon_tone")
    assert (found.before, found.after) == (0.25, 0.25)
    assert found.counts.rows() == [("before", 5, 5, 0, 0), ("after", 2, 2, 0, 0)]


def test_an_outlet_that_was_there_and_named_nobody_is_no_gained_one() -> None:
    hot, readings = press(
        ("2024-09-01", "post", "nato", 0.0, 0.9),
        ("2024-09-01", "star", None, None, None),
        ("2024-10-01", "post", "nato", 0.0, 0.9),
        ("2024-10-01", "star", "nato", 0.4, 0.9),
    )
    found = change.taken_apart(hot, readings, NATO, EARLY, LATE)
    # The mean rises from 0 to .2; the star's weight from 0 to 1/2, at .3 above the mean of both; the post's falls.
    assert (found.within, found.mix, found.gained, found.lost) == (0.0, pytest.approx(0.2), 0.0, 0.0)


def test_attention_is_weighed_by_the_articles_collected() -> None:
    found = change.taken_apart(HOT, READINGS, NATO, EARLY, LATE, "attention")
    # 5 of 6 articles before, 2 of 4 after: one of them names another actor, and one nobody.
    assert (found.before, found.after) == (pytest.approx(5 / 6), pytest.approx(2 / 4))
    assert found.within + found.mix + found.gained + found.lost == pytest.approx(2 / 4 - 5 / 6)


def test_volume_is_a_days_mentions_over_the_days_looked_at() -> None:
    days = ["2024-09-01", "2024-09-02"]
    hot, readings = press(
        *((day, "post", actor, 0.1, 0.9) for day in days for actor in ("nato", None)),
        *(("2024-10-05", "post", "nato", 0.1, 0.9) for _ in range(3)),
    )
    found = change.taken_apart(hot, readings, NATO, EARLY, LATE, "volume")
    # One of two articles a day, then three of three: (2 + 3) / 2 * .5 within, (.5 + 1) / 2 * 1 for more articles.
    assert (found.before, found.after) == (1.0, 3.0)
    assert (found.within, found.mix, found.gained, found.lost) == (1.25, 0.75, 0.0, 0.0)


def test_a_period_without_a_tone_has_no_change() -> None:
    never = (date(2020, 1, 1), date(2020, 1, 31))
    found = change.taken_apart(HOT, READINGS, NATO, never, LATE)
    assert (found.before, found.after) == (None, pytest.approx(0.2))
    assert (found.within, found.mix, found.gained, found.lost) == (None, None, None, None)
    assert found.outlets["total"].to_list() == [None, None]
    assert found.counts.row(0) == ("before", 0, 0, 0, 0)


def test_an_empty_archive_has_no_change() -> None:
    found = change.taken_apart(HOT.clear(), READINGS.clear(), NATO, EARLY, LATE, "volume")
    assert (found.before, found.after, found.within) == (None, None, None)
    assert found.outlets.is_empty()


def test_rows_of_the_table_of_readings_do_as_well() -> None:
    read = reading(published_at=moment("2024-10-01"))
    hot = queries.enriched(mention(published_at=moment("2024-10-01"), tone=0.5), read)
    found = change.taken_apart(hot, read, NATO, LATE, LATE)
    assert (found.before, found.after, found.within) == (0.5, 0.5, 0.0)


TONES = st.none() | st.floats(-1, 1)
ARTICLES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["post", "times", "mail"]), st.sampled_from(["nato", None]), TONES),
    max_size=25,
)
MEASURES = st.sampled_from(["tone", "lexicon_tone", "attention", "volume"])


def drawn(articles: list[tuple[bool, str, str | None, float | None]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return press(
        *(
            (str((LATE if late else EARLY)[0] + timedelta(days=number)), outlet, actor, tone, 0.5)
            for number, (late, outlet, actor, tone) in enumerate(articles)
        )
    )


@given(ARTICLES, MEASURES)
def test_the_terms_add_up_to_the_whole_change(
    articles: list[tuple[bool, str, str | None, float | None]], measure: change.Measure
) -> None:
    found = change.taken_apart(*drawn(articles), NATO, EARLY, LATE, measure)
    if found.before is None or found.after is None:
        assert found.within is None
        return
    terms = [found.within, found.mix, found.gained, found.lost]
    assert sum(terms) == pytest.approx(found.after - found.before, abs=1e-12)
    assert found.outlets["total"].sum() == pytest.approx(found.after - found.before, abs=1e-12)


@given(ARTICLES, MEASURES)
def test_the_way_back_is_the_same_with_the_other_sign(
    articles: list[tuple[bool, str, str | None, float | None]], measure: change.Measure
) -> None:
    hot, readings = drawn(articles)
    there = change.taken_apart(hot, readings, NATO, EARLY, LATE, measure)
    back = change.taken_apart(hot, readings, NATO, LATE, EARLY, measure)
    if there.within is None:
        assert back.within is None
        return
    assert [back.within, back.mix, back.gained, back.lost] == pytest.approx(
        [-there.within, -there.mix, -there.lost, -there.gained], abs=1e-12
    )


@given(ARTICLES, st.floats(-0.5, 0.5))
def test_it_does_not_matter_where_the_scale_of_tone_has_its_zero(
    articles: list[tuple[bool, str, str | None, float | None]], shift: float
) -> None:
    hot, readings = drawn(articles)
    found = change.taken_apart(hot, readings, NATO, EARLY, LATE)
    shifted = change.taken_apart(hot.with_columns(pl.col("tone") + shift), readings, NATO, EARLY, LATE)
    if found.within is not None:
        assert [shifted.within, shifted.mix, shifted.gained, shifted.lost] == pytest.approx(
            [found.within, found.mix, found.gained, found.lost], abs=1e-9
        )
