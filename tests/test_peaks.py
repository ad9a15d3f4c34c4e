"""Peaks: which days stand out, which must not, and what the articles of a window are about."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import indexed, peaks, queries
from data.filters import Filters
from data.phrases import phrases_of
from tests.conftest import article, mention, reading

MONDAY = date(2024, 1, 1)
NATO = Filters(actors=("nato",))
HALF_A_YEAR = 26 * 7


def day(number: int) -> date:
    """Day 0 is a Monday."""
    return MONDAY + timedelta(days=number)


def press(counts: Sequence[int], collected: Sequence[int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hot frame and readings of days with so many articles, of which so many name NATO."""
    numbered = [
        (number, of, n) for number, (n, total) in enumerate(zip(counts, collected, strict=True)) for of in range(total)
    ]
    articles = pl.DataFrame(
        [(f"{number}-{of}", day(number), of < n) for number, of, n in numbered],
        schema={"article_id": pl.String, "day": pl.Date, "names": pl.Boolean},
        orient="row",
    ).with_columns(published_at=pl.col("day").cast(pl.Datetime("us", "UTC")))
    read = (
        reading()
        .drop("article_id", "published_at", "story")
        .join(articles, how="cross")
        .with_columns(story="article_id")
    )
    named = mention().drop("article_id", "published_at").join(articles.filter("names"), how="cross")
    return queries.enriched(named, read), queries.narrow(read)


def judged(counts: Sequence[int], collected: Sequence[int], filters: Filters = NATO) -> pl.DataFrame:
    return peaks.judged(*press(counts, collected), filters)


def found(counts: Sequence[int], collected: Sequence[int] | None = None, every: peaks.Every = "day") -> pl.DataFrame:
    return peaks.peaks(*press(counts, collected or [20] * len(counts)), NATO, every)


USUAL = [1, 3, 2, 2, 2, 3, 1] * 26


def test_a_day_with_many_times_the_usual_articles_is_a_peak() -> None:
    (peak,) = found([*USUAL, 12, 2]).rows(named=True)
    assert peak["actor"] == "nato"
    assert peak["first"] == peak["top"] == peak["last"] == day(HALF_A_YEAR)
    assert (peak["count"], peak["articles"]) == (12, 12)
    # 364 of 3,640 articles: 2 a day. Mondays have 26 where 52 were usual: (26 + 10) / (52 + 10) of that.
    assert peak["expected"] == peak["usual"] == pytest.approx(2 * 36 / 62, rel=0.01)
    assert peak["score"] > 6


def test_an_ordinary_press_has_no_peak() -> None:
    assert found(USUAL * 2).is_empty()
    assert found(USUAL * 2).columns == [
        "actor", "first", "top", "last", "count", "expected", "score", "articles", "usual",
    ]  # fmt: skip


def test_a_history_under_eight_weeks_gives_no_verdict() -> None:
    seven, eight = USUAL[: 7 * 7], USUAL[: 8 * 7]
    assert found([*seven, 15]).is_empty()
    assert found([*eight, 15]).height == 1
    assert judged([*seven, 15], [20] * 50)["expected"].to_list() == [None] * 50


def test_a_day_on_which_nobody_could_look_is_no_low_day() -> None:
    # Every other week nothing is collected: two of twenty articles a day stay the usual thing.
    weeks = [[2] * 7 if week % 2 == 0 else [0] * 7 for week in range(26)]
    counts = [n for week in weeks for n in week]
    verdicts = judged([*counts, 2], [10 * n for n in [*counts, 2]])
    assert verdicts.filter(pl.col("date") == day(HALF_A_YEAR))["expected"].item() == pytest.approx(2, rel=0.02)
    blind = verdicts.filter(pl.col("date") == day(8))
    assert blind.select("count", "expected", "score", "stands_out").row(0) == (0, None, None, False)


def test_where_half_the_outlets_are_down_half_is_expected() -> None:
    verdicts = judged([*USUAL, 1], [20] * HALF_A_YEAR + [10])
    assert verdicts["expected"][-1] == pytest.approx(36 / 62, rel=0.01)


def test_more_articles_of_everything_are_no_peak() -> None:
    assert found([*USUAL, 12], [20] * HALF_A_YEAR + [120]).is_empty()


def test_the_actors_own_weekday_is_no_peak() -> None:
    sundays = [1, 1, 1, 1, 1, 1, 9] * 26
    assert found(sundays).is_empty()
    assert found([*sundays, 1, 1, 9, 1])["top"].to_list() == [day(HALF_A_YEAR + 2)]


def test_two_articles_are_no_peak_however_rare_they_are() -> None:
    assert found([0] * HALF_A_YEAR + [2]).is_empty()
    assert found([0] * HALF_A_YEAR + [3]).height == 1


def test_neighbouring_days_are_one_peak_and_a_weekend_does_not_end_it() -> None:
    loud = found([*USUAL, 2, 2, 2, 2, 18, 2, 2, 12, 13])
    assert loud.select("first", "top", "last", "articles").rows() == [
        (day(HALF_A_YEAR + 4), day(HALF_A_YEAR + 4), day(HALF_A_YEAR + 8), 47)
    ]
    assert found([*USUAL, 14, 2, 2, 2, 14])["first"].to_list() == [day(HALF_A_YEAR), day(HALF_A_YEAR + 4)]


def test_a_week_can_be_a_peak_and_ends_on_its_sunday() -> None:
    (peak,) = found([*USUAL, 5, 6, 7, 5, 6, 4, 5, 2], every="week").rows(named=True)
    assert (peak["first"], peak["last"]) == (day(HALF_A_YEAR), day(HALF_A_YEAR + 6))
    assert (peak["count"], peak["expected"]) == (38, pytest.approx(14, rel=0.01))


def test_the_history_reaches_back_behind_the_window() -> None:
    since = Filters(actors=("nato",), from_day=day(HALF_A_YEAR))
    verdicts = judged([*USUAL, 12, 2], [20] * (HALF_A_YEAR + 2), since)
    assert verdicts["date"].to_list() == [day(HALF_A_YEAR), day(HALF_A_YEAR + 1)]
    assert verdicts["stands_out"].to_list() == [True, False]


def test_earlier_peaks_do_not_hide_a_later_one() -> None:
    bursts = list(USUAL)
    for number in range(20, HALF_A_YEAR, 40):
        bursts[number] = 15
    assert day(HALF_A_YEAR) in found([*bursts, 14])["top"].to_list()


def test_an_empty_archive_has_no_peaks() -> None:
    hot, readings = press([1], [1])
    assert peaks.peaks(hot.clear(), readings.clear(), NATO).is_empty()
    assert peaks.peaks(hot.clear(), readings.clear(), Filters()).is_empty()


DAYS = st.lists(st.integers(0, 8), min_size=60, max_size=80)


@settings(max_examples=15, deadline=None)
@given(DAYS, st.integers(57, 60))
def test_a_verdict_does_not_change_with_what_comes_later(counts: list[int], length: int) -> None:
    whole = judged(counts, [9] * len(counts)).head(length)
    assert judged(counts[:length], [9] * length).equals(whole)


@settings(max_examples=15, deadline=None)
@given(DAYS)
def test_more_articles_on_a_day_are_never_less_surprising(counts: list[int]) -> None:
    scores = [judged([*counts[:-1], last], [30] * len(counts))["score"][-1] for last in (3, 9, 27)]
    assert scores == sorted(scores)


@given(st.integers(1, 60), st.floats(0.001, 0.5), st.floats(1e-6, 0.4), st.data())
def test_the_tail_is_the_sum_of_the_distribution(of: int, share: float, spread: float, data: st.DataObject) -> None:
    count = data.draw(st.integers(math.ceil(share * of), of))
    a, b = share * (1 / spread - 1), (1 - share) * (1 / spread - 1)

    def beta(x: float, y: float) -> float:
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    whole = sum(math.comb(of, k) * math.exp(beta(k + a, of - k + b) - beta(a, b)) for k in range(count, of + 1))
    # Beside one that needs many more terms.
    tail, _ = peaks._tails(
        np.array([count, 1.0]), np.array([of, 1000.0]), np.array([share, 0.0001]), np.array([spread, 0.4])
    )
    assert tail == pytest.approx(min(whole, 1), rel=1e-4)


# Explanations


def told(*articles: tuple[int, str, str], story: str | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hot frame and phrases of articles on NATO: day, outlet, title."""
    ids = [f"a{number}" for number in range(len(articles))]
    published = [pl.lit(day(number)).cast(pl.Datetime("us", "UTC")) for number, _, _ in articles]
    rows = list(zip(ids, articles, published, strict=True))
    read = pl.concat(
        reading(article_id=one, outlet=outlet, story=story or one).with_columns(published_at=at)
        for one, (_, outlet, _), at in rows
    )
    named = pl.concat(
        mention(article_id=one, outlet=outlet).with_columns(published_at=at) for one, (_, outlet, _), at in rows
    )
    texts = pl.concat(article(id=one, title=title, text="") for one, (_, _, title), _ in rows)
    return queries.enriched(named, read), phrases_of(texts)


ORDINARY = [(number, "post", f"NATO discusses budget plans, part {number}") for number in range(40)]
SUMMIT = [
    (50, "post", "NATO at the Helsinki Summit: leaders walk out"),
    (50, "times", "Helsinki summit shakes NATO"),
    (51, "times", "What the Helsinki summit means for NATO"),
    (51, "mail", "NATO budget survives the Helsinki summit"),
]


def test_a_window_is_explained_by_what_was_not_said_before() -> None:
    hot, phrases = told(*ORDINARY, *SUMMIT)
    why = peaks.explained(hot, phrases, Filters(), "nato", day(50), day(51), names=["NATO"])
    assert (why.articles, why.background) == (4, 40)
    # Neither "Helsinki" nor "summit" beside the phrase that holds both, nor the actor's own name.
    assert why.phrases.select("phrase", "articles", "before").rows() == [("Helsinki summit", 4, 0)]


def test_the_actors_own_name_may_be_part_of_a_telling_phrase() -> None:
    ships = [(50, "post", f"NATO fleet sails {where}") for where in ("north", "south", "east", "west")]
    hot, phrases = told(*ORDINARY, *ships)
    why = peaks.explained(hot, phrases, Filters(), "nato", day(50), day(50), names=["NATO"])
    assert why.phrases["phrase"].to_list() == ["NATO fleet sails"]


def test_outlets_are_weighed_against_what_they_wrote_before() -> None:
    before = [(number, outlet, "NATO") for number in range(10) for outlet in ["times", *["post"] * 9]]
    here = [(20, outlet, "NATO") for outlet in ("times", "post") for _ in range(10)]
    hot, phrases = told(*before, *here)
    why = peaks.explained(hot, phrases, Filters(), "nato", day(20), day(20))
    # The times: 10 of 20, before 10 of 100, and 10 * 20 / 120 more on both sides: ln(.63636 / .118644) over the root
    # of 2 / 11.6667.
    assert why.outlets.rows() == [("times", 10, 10, pytest.approx(4.0568, abs=1e-3))]


def test_others_named_beside_the_actor_are_told() -> None:
    hot, phrases = told(*ORDINARY, *SUMMIT)
    with_finland = hot.filter(pl.col("day") >= day(50)).with_columns(actor=pl.lit("finland", pl.Categorical))
    why = peaks.explained(pl.concat([hot, with_finland]), phrases, Filters(), "nato", day(50), day(51))
    # There is nobody to be more frequent than: all co-mentions of the window are Finland's, and all there ever were.
    assert why.actors["actor"].to_list() == []
    beside = hot.filter(pl.col("day") < day(50)).with_columns(actor=pl.lit("norway", pl.Categorical))
    why = peaks.explained(pl.concat([hot, with_finland, beside]), phrases, Filters(), "nato", day(50), day(51))
    assert why.actors["actor"].to_list() == ["finland"]


def test_one_text_on_many_sites_is_seen_to_carry_the_peak() -> None:
    hot, phrases = told(*((50, f"site-{n}", "NATO fleet sails") for n in range(40)), story="s1")
    why = peaks.explained(hot, phrases, Filters(), "nato", day(50), day(50))
    assert why.stories.rows() == [("s1", 40, 40, 1.0)]
    assert why.carried_by == "s1"


@pytest.mark.parametrize(("of_one", "story"), [(5, ("s1", True)), (4, ("s1", False)), (1, None)])
def test_the_main_story_of_a_window_is_its_largest_and_may_carry_it(
    of_one: int, story: tuple[str, bool] | None
) -> None:
    others = [told((50, "post", f"NATO, part {number}"), story=f"other{number}")[0] for number in range(5)]
    # All articles of a story are told at once, so that each has another id there.
    one, _ = told(*((50, "times", "NATO fleet sails") for _ in range(of_one)), story="s1")
    hot = pl.concat([one, *others]).with_columns(article_id=pl.Series([f"a{n}" for n in range(of_one + 5)]))
    hot = hot.with_columns(story_no=pl.col("story").rank("dense").cast(pl.UInt32))
    window = peaks.Window("nato", day(49), day(51))
    assert peaks.main_story(indexed.columns(hot), Filters(), window) == story


def test_no_single_story_carries_what_many_tell() -> None:
    hot, phrases = told(*SUMMIT)
    why = peaks.explained(hot, phrases, Filters(), "nato", day(50), day(51))
    assert why.carried_by is None
    assert why.stories["share"].to_list() == [0.25] * 4


ONES = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["post", "times", "mail"]),
        st.lists(st.sampled_from(["Helsinki", "helsinki", "summit", "of", "fleet", "NATO"]), max_size=5).map(" ".join),
        st.sampled_from([(), ("finland",), ("finland", "norway")]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
#: Some stand there many times, so that they tell something, and some once.
ARTICLES = st.tuples(ONES, ONES).map(lambda both: both[0] * 25 + both[1])


def newsroom(articles: list[tuple[int, str, str, tuple[str, ...], bool]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hot frame and texts of articles on NATO: day, outlet, title, whom else they name, whether they are copies."""
    ids = pl.Series("article_id", [f"a{number}" for number in range(len(articles))])
    columns = ["number", "outlet", "title", "actor", "is_copy"]
    rows = pl.DataFrame(articles, schema=columns, orient="row", schema_overrides={"actor": pl.List(pl.String)})
    rows = rows.with_columns(
        ids, published_at=pl.lit(MONDAY).cast(pl.Datetime("us", "UTC")) + pl.duration(days="number")
    )
    copied = rows.select("article_id", "outlet", "published_at", copy_of=pl.when("is_copy").then(pl.lit("a")))
    read = reading().drop("article_id", "outlet", "published_at", "copy_of").join(copied, how="cross")
    named = rows.with_columns(actor=pl.concat_list(pl.lit(["nato"]), "actor")).explode("actor")
    mentions = (
        mention()
        .drop("article_id", "outlet", "published_at", "actor")
        .join(named.select("article_id", "outlet", "published_at", "actor"), how="cross")
    )
    return queries.enriched(mentions, read), rows.select("title", id="article_id", text=pl.lit(""))


def plainly(here: list[str], before: list[str], usual: float) -> dict[str, tuple[int, int, float]]:
    """How often each thing is here and before, and its z, worked out one by one."""
    found = {}
    for thing in set(here):
        y, b, n, m = here.count(thing), before.count(thing), len(here), len(before)
        prior = usual * (y + b) / (n + m)
        rest = (n + usual - y - prior, m + usual - b - prior)
        if min(rest) > 0:
            more = math.log((y + prior) / rest[0]) - math.log((b + prior) / rest[1])
            found[thing] = (y, b, pytest.approx(more / math.sqrt(1 / (y + prior) + 1 / (b + prior)), abs=1e-8))
    return found


@settings(deadline=None, max_examples=60)
@given(ARTICLES, st.integers(4, 8))
def test_what_tells_a_window_is_what_counting_one_by_one_finds(articles: list, start: int) -> None:
    hot, texts = newsroom(articles)
    phrases = phrases_of(texts)
    of = {row["article_id"]: row["phrases"] for row in phrases.iter_rows(named=True)}
    why = peaks.explained(hot, phrases, Filters(), "nato", day(start), day(9))
    sides = [
        [(f"a{number}", one) for number, one in enumerate(articles) if first <= one[0] < last]
        for first, last in ((start, 10), (0, start))
    ]
    assert [why.articles, why.background] == [len(side) for side in sides]
    outlets = plainly(*([one[1] for _, one in side] for side in sides), 10.0)
    actors = plainly(*([other for _, one in side for other in one[3]] for side in sides), 10.0)
    told = plainly(
        *([phrase for key, one in side if not one[4] for phrase in of.get(key, ())] for side in sides), 500.0
    )
    for found, plain, least in ((why.outlets, outlets, 2), (why.actors, actors, 2), (why.phrases, told, 1.5)):
        rows = {thing.lower(): (articles, before, z) for thing, articles, before, z in found.rows()}
        assert rows == {thing: plain[thing] for thing in rows}
        clear = {thing for thing, (n, _, z) in plain.items() if n >= 2 and z.expected >= least}
        assert rows.keys() <= clear
        assert found is why.phrases or rows.keys() == clear


@settings(deadline=None, max_examples=60)
@given(
    ARTICLES, st.lists(st.integers(1, 9), min_size=1, max_size=3), st.sampled_from([Filters(), Filters(copies=False)])
)
def test_windows_told_together_are_told_as_each_alone(articles: list, starts: list[int], filters: Filters) -> None:
    hot, texts = newsroom(articles)
    windows = [
        peaks.Window(actor, day(start), day(start + 1), ("NATO",)) for start in starts for actor in ("nato", "finland")
    ]
    for one, phrases in zip(windows, peaks.telling(hot, texts, filters, windows, 3), strict=True):
        until = replace(filters, actors=(one.actor,), to_day=one.last)
        own = texts.join(hot.filter(until.mentions()), left_on="id", right_on="article_id", how="semi")
        alone = (filters, one.actor, one.first, one.last)
        assert phrases.equals(peaks.explained(hot, phrases_of(own), *alone, names=one.names, most=3).phrases)


def test_a_hint_at_what_is_always_in_the_news_counts_those_before_that_were_not_read() -> None:
    # 3,000 articles on the budget before, of which each that is read speaks for several.
    before = pl.DataFrame({"id": [f"a{n}" for n in range(3_000)], "title": "Budget plans again", "text": ""})
    summit = pl.DataFrame({"id": ["s1", "s2", "s3"], "title": "Budget at the Helsinki summit", "text": ""})
    texts = pl.concat([before, summit])
    hot = texts.select(
        article_id="id",
        article_no=pl.int_range(pl.len(), dtype=pl.UInt32),
        actor=pl.lit("nato"),
        day=pl.when(pl.col("id").str.starts_with("s")).then(day(50)).otherwise(day(40)),
        outlet=pl.lit("post"),
        story="id",
        is_copy=False,
    )
    (found,) = peaks.telling(hot, texts, Filters(), [peaks.Window("nato", day(50), day(51))], 3)
    assert found.select("phrase", "articles", "before").rows() == [("Helsinki summit", 3, 0)]


def test_a_window_without_articles_has_an_empty_explanation() -> None:
    hot, phrases = told(*SUMMIT)
    why = peaks.explained(hot, phrases, Filters(), "nato", day(80), day(81))
    assert (why.articles, why.background, why.carried_by) == (0, 4, None)
    assert [frame.height for frame in (why.phrases, why.stories, why.outlets, why.actors)] == [0, 0, 0, 0]


def phrases(title: str, text: str = "") -> set[str]:
    twice = pl.concat(article(id=one, title=title, text=text) for one in ("a1", "a2"))
    return set(phrases_of(twice)["phrases"].explode().cast(pl.String).drop_nulls())


def test_phrases_do_not_begin_or_end_with_a_stop_word_nor_cross_punctuation() -> None:
    assert phrases("The Secretary of State’s visit, Moscow") == {
        "secretary", "state", "visit", "moscow", "state visit", "secretary of state",
    }  # fmt: skip


def test_initials_and_titles_do_not_end_a_phrase() -> None:
    assert {"u.s. troops", "gen. allen"} <= phrases("Gen. Allen leads. U.S. troops stay")


def test_may_is_a_name_when_it_is_written_as_one() -> None:
    assert "theresa may" in phrases("Theresa May resigns")
    assert phrases("it may be") == set()


def test_the_lead_is_read_and_the_rest_of_the_text_is_not() -> None:
    assert phrases("", "Oslo. " + "word " * 200 + "Bergen") >= {"oslo"}
    assert "bergen" not in phrases("", "Oslo. " + "word " * 200 + "Bergen")


def test_what_stands_in_one_article_only_is_no_phrase() -> None:
    one = phrases_of(article(title="Helsinki summit", text=""))
    assert one.columns == ["article_id", "phrases", "written"]
    assert one.is_empty()


@pytest.mark.parametrize("text", ["x" * 5_000_000, "😀" * 200_000, "\u202e\u0301" * 10_000, "", "a " * 1_000_000])
def test_any_text_has_phrases_or_none(text: str) -> None:
    assert all(len(phrase) < 200 for phrase in phrases(text[:1000], text))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_text_is_refused(titles: list[str]) -> None:
    texts = pl.concat([article().clear(), *(article(id=f"a{n}", title=title) for n, title in enumerate(titles))])
    frame = phrases_of(texts)
    assert frame["phrases"].list.len().equals(frame["written"].list.len().alias("phrases"))


@pytest.mark.parametrize(
    ("articles", "carrier"),
    [
        ([2, 2], "a"),  # half of them
        ([2, 3], "b"),
        ([3, 4, 1], "b"),
        ([3, 3, 1], None),
        ([1], None),  # one article is no story
        ([2], "a"),
        ([], None),
    ],
)
def test_a_story_carries_a_peak_with_half_of_its_articles(articles: list[int], carrier: str | None) -> None:
    named = [(story, "bbc") for story, number in zip("abc", articles, strict=False) for _ in range(number)]
    mentions = pl.DataFrame(named, schema={"story": pl.String, "outlet": pl.String}, orient="row")
    assert peaks._carrier(peaks._stories(mentions)) == carrier
