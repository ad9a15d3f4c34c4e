"""One actor: what is more than usual in its articles, who writes and says what of it, in which words."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import portrait, queries
from data.filters import Filters
from tests.conftest import NOON, mention, reading

NATO = Filters(actors=("nato",))


def press(*articles: dict[str, object]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The hot frame and the readings of articles: `id, actors`, and what else a reading or its mentions have."""
    readings, mentions = [], []
    for one in articles:
        values = dict(one)
        key, actors = values.pop("id"), values.pop("actors")
        tone = values.pop("tone", 0.0)
        shared = {name: values[name] for name in ("outlet", "published_at") if name in values}
        readings.append(reading(article_id=key, **values))
        mentions += [mention(article_id=key, actor=actor, tone=tone, **shared) for actor in actors]
    return queries.enriched(pl.concat(mentions), pl.concat(readings)), pl.concat(readings)


def rows(number: int, prefix: str, actors: list[str], **values: object) -> list[dict[str, object]]:
    return [{"id": f"{prefix}{place}", "actors": actors, **values} for place in range(number)]


def test_a_topic_that_an_actors_articles_have_more_often_than_all_is_marked() -> None:
    # 20 articles on NATO, 15 of them on war; 80 on Ukraine, 5 of them on war: of all 100, a fifth.
    hot, _ = press(
        *rows(15, "nw", ["nato"], topics=["war"]),
        *rows(5, "n", ["nato"], topics=["sport"]),
        *rows(5, "uw", ["ukraine"], topics=["war"]),
        *rows(75, "u", ["ukraine"], topics=[]),
    )
    beside = portrait.beside(portrait.topics(hot, NATO), portrait.topics(hot, portrait.whole(NATO)), "topic")
    assert beside.to_dicts() == [
        {"topic": "war", "articles": 15, "share": 0.75, "usual": 0.2, "lift": pytest.approx(3.75), "more": True},
        {"topic": "sport", "articles": 5, "share": 0.25, "usual": 0.05, "lift": None, "more": False},
    ]


def test_an_article_that_names_two_actors_is_one_of_all_articles() -> None:
    hot, _ = press(*rows(3, "b", ["nato", "ukraine"], topics=["war"]), *rows(1, "u", ["ukraine"], topics=["war"]))
    whole = portrait.topics(hot, portrait.whole(NATO))
    assert whole.to_dicts() == [{"topic": "war", "articles": 4, "texts": 4, "of": 4, "of_texts": 4}]


def test_thirty_copies_of_one_text_make_nothing_more_than_usual() -> None:
    same = {"fingerprint": "f", "topics": ["war"]}
    copies = [{"id": f"c{n}", "actors": ["nato"], **same, "copy_of": "c0" if n else None} for n in range(30)]
    hot, _ = press(*copies, *rows(30, "n", ["nato"], topics=[]), *rows(60, "u", ["ukraine"], topics=[]))
    (war,) = portrait.beside(portrait.topics(hot, NATO), portrait.topics(hot, portrait.whole(NATO)), "topic").to_dicts()
    assert (war["articles"], war["share"], war["lift"], war["more"]) == (30, 0.5, None, False)


def test_who_is_named_with_an_actor_comes_with_how_many_times_as_often() -> None:
    # Russia in 10 of NATO's 20 articles and in 10 of the other 80; the US in 12 of 20 and 48 of 80.
    hot, _ = press(
        *rows(10, "a", ["nato", "russia", "united-states"]),
        *rows(2, "b", ["nato", "united-states"]),
        *rows(8, "c", ["nato"]),
        *rows(10, "d", ["russia"]),
        *rows(48, "e", ["united-states"]),
        *rows(22, "f", ["ukraine"]),
    )
    both = portrait.beside(portrait.named(hot, NATO), portrait.named(hot, portrait.whole(NATO)), "actor")
    told = {row["actor"]: (row["articles"], row["share"], row["usual"], row["lift"]) for row in both.to_dicts()}
    assert told["russia"] == pytest.approx((10, 0.5, 0.2, 2.5))
    assert told["united-states"] == pytest.approx((12, 0.6, 0.6, 1.0))
    assert both.filter(pl.col("actor").is_in(["russia", "united-states"]))["more"].to_list() == [True, False]
    assert "ukraine" not in told


def test_a_search_narrows_both_sides() -> None:
    hot, _ = press(*rows(10, "a", ["nato"], topics=["war"]), *rows(10, "b", ["ukraine"], topics=["war"]))
    found = hot.filter(pl.col("article_id") == "a0")
    assert portrait.topics(found, portrait.whole(NATO))["of"].to_list() == [1]
    assert portrait.named(found, portrait.whole(NATO))["articles"].to_list() == [1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["", "war", "sport"])), min_size=1, max_size=30))
def test_parts_are_parts_and_a_lift_says_which_is_larger(drawn: list[tuple[bool, str]]) -> None:
    articles = [
        {"id": f"a{n}", "actors": ["nato"] if own else ["ukraine"], "topics": [topic] if topic else []}
        for n, (own, topic) in enumerate(drawn)
    ]
    hot, _ = press(*articles)
    for row in portrait.beside(
        portrait.topics(hot, NATO), portrait.topics(hot, portrait.whole(NATO)), "topic"
    ).iter_rows(named=True):
        assert 0 < row["share"] <= 1
        assert 0 < row["usual"] <= 1
        if row["lift"] is not None:
            assert (row["lift"] > 1) == (row["share"] > row["usual"] + 1e-12) or abs(row["lift"] - 1) < 1e-9
        assert not row["more"] or row["lift"] >= portrait.LIFT


def test_an_outlet_has_its_attention_and_a_tone_of_its_stories() -> None:
    hot, readings = press(
        *rows(3, "p", ["nato"], outlet="post", tone=0.5),
        *rows(1, "q", ["nato"], outlet="post", tone=-0.1),
        *rows(6, "r", ["ukraine"], outlet="post"),
        *rows(1, "m", ["nato"], outlet="mail", tone=None),
        *rows(1, "x", ["ukraine"], outlet="times"),
    )
    post, mail = portrait.outlets(hot, readings, NATO).to_dicts()
    assert (post["outlet"], post["articles"], post["collected"], post["attention"]) == ("post", 4, 10, 0.4)
    assert (post["tone"], post["stories"], post["low"]) == (pytest.approx(0.35), 4, None)
    assert mail == {
        "outlet": "mail",
        "articles": 1,
        "collected": 1,
        "attention": 1.0,
        "tone": None,
        "low": None,
        "high": None,
        "stories": 0,
    }


def passage(tone: float | None, confidence: float | None = 0.9, speaker: str | None = None, start: int = 0) -> dict:
    return {
        "field": "text",
        "start": start,
        "end": start + 9,
        "tone": tone,
        "confidence": confidence,
        "how": "name",
        "speaker": speaker,
    }


def said(*articles: tuple[str, list[dict]], stories: dict[str, str] | None = None) -> pl.DataFrame:
    """`portrait.looked_at` of these articles, each (id, passages), a day apart; stories of one's own if not given."""
    stories = stories or {}
    at = {key: NOON + timedelta(days=place) for place, (key, _) in enumerate(articles)}
    readings = pl.concat(
        reading(article_id=key, story=stories.get(key, key), published_at=at[key]) for key, _ in articles
    )
    mentions = pl.concat(mention(article_id=key, passages=passages, published_at=at[key]) for key, passages in articles)
    hot = queries.enriched(mentions, readings)
    return portrait.looked_at(portrait.passages(mentions, hot), hot, NATO)


def articles_of(found: pl.DataFrame) -> list[str]:
    return found["article_id"].to_list()


def test_the_strongest_passages_come_first_one_of_each_story() -> None:
    found = said(
        ("a", [passage(0.7), passage(0.95, start=20)]),
        ("b", [passage(0.9)]),
        ("c", [passage(0.8), passage(-0.8, start=20)]),
        ("d", [passage(0.2)]),
        stories={"b": "a"},
    )
    best = portrait.strongest(found, "positive", "outlet", 5)
    assert articles_of(best) == ["a", "c"]
    assert best["start"].to_list() == [20, 0]
    assert articles_of(portrait.strongest(found, "negative", "outlet", 5)) == ["c"]
    assert articles_of(portrait.strongest(found, "positive", "outlet", 1)) == ["a"]


def test_what_is_quoted_stands_apart_and_what_the_actor_says_itself_is_left_out() -> None:
    found = said(
        ("own", [passage(0.99, speaker="nato")]),
        ("quoted", [passage(0.8, speaker="mark-rutte")]),
        ("somebody", [passage(0.7, speaker="")]),
        ("outlet", [passage(0.6)]),
    )
    assert articles_of(portrait.strongest(found, "positive", "quoted", 5)) == ["quoted", "somebody"]
    assert articles_of(portrait.strongest(found, "positive", "outlet", 5)) == ["outlet"]


def test_what_the_model_is_not_sure_of_is_not_said() -> None:
    assert articles_of(said(("a", [passage(0.9, 0.59)]), ("b", [passage(0.5, 0.6)]), ("c", [passage(None, None)]))) == [
        "b"
    ]


def test_tones_of_model_and_lexicon_are_not_put_in_one_order() -> None:
    some = said(("a", [passage(0.5)]), ("b", [passage(0.6)]), ("c", [passage(0.99, None)]))
    assert articles_of(portrait.strongest(some, "positive", "outlet", 5)) == ["b", "a"]
    most = said(("a", [passage(0.5)]), ("b", [passage(0.06, None)]), ("c", [passage(0.99, None)]))
    assert articles_of(portrait.strongest(most, "positive", "outlet", 5)) == ["c", "b"]


def test_of_equal_tones_the_surer_comes_first_then_the_later() -> None:
    found = said(("a", [passage(0.8, 0.9)]), ("b", [passage(0.8, 0.95)]), ("c", [passage(0.8, 0.9)]))
    assert articles_of(portrait.strongest(found, "positive", "outlet", 5)) == ["b", "c", "a"]


def test_each_speaker_has_the_tone_of_its_sentences() -> None:
    found = said(
        ("a", [passage(0.6), passage(0.2, start=20), passage(-0.5, speaker="russia", start=40)]),
        ("b", [passage(0.4), passage(0.0, speaker="", start=20)]),
    )
    told = [(row["speaker"], row["passages"], row["stories"], row["tone"]) for row in portrait.voices(found).to_dicts()]
    assert told == [
        (None, 3, 2, pytest.approx(0.4)),
        ("", 1, 1, 0.0),
        ("russia", 1, 1, pytest.approx(-0.5)),
    ]


def span(text: str, rule: str) -> dict:
    return {"field": "text", "start": 0, "end": len(text), "text": text, "rule": rule}


def test_names_are_counted_as_they_are_written() -> None:
    strong, nominal = span("NATO", 'strong "NATO"'), span("the alliance", 'nominal "the alliance" after "NATO"')
    mentions = pl.concat(
        [mention(article_id="a", spans=[strong, strong, nominal]), mention(article_id="b", spans=[strong])]
    )
    hot = queries.enriched(mentions, pl.concat([reading(article_id="a"), reading(article_id="b")]))
    assert portrait.names(portrait.written(mentions, hot), hot, NATO).to_dicts() == [
        {"text": "NATO", "rules": ["strong"], "times": 3, "articles": 2, "share": 1.0},
        {"text": "the alliance", "rules": ["nominal"], "times": 1, "articles": 1, "share": 0.5},
    ]


def test_days_and_outlets_narrow_what_is_said_and_written() -> None:
    late = NOON + timedelta(days=3)
    mentions = pl.concat(
        [
            mention(article_id="a", passages=[passage(0.9)]),
            mention(article_id="b", passages=[passage(0.8)], published_at=late),
        ]
    )
    readings = pl.concat([reading(article_id="a"), reading(article_id="b", published_at=late)])
    hot = queries.enriched(mentions, readings)
    one_day = Filters(actors=("nato",), from_day=date(2024, 10, 4), to_day=date(2024, 10, 4))
    assert articles_of(portrait.looked_at(portrait.passages(mentions, hot), hot, one_day)) == ["b"]
    assert portrait.names(portrait.written(mentions, hot), hot, one_day)["articles"].to_list() == [1]


def test_nobody_has_nothing() -> None:
    hot, readings = press(*rows(2, "u", ["ukraine"]))
    assert portrait.outlets(hot, readings, NATO).is_empty()
    assert portrait.beside(portrait.topics(hot, NATO), portrait.topics(hot, Filters()), "topic").is_empty()
    assert portrait.ever(hot, "nato") == {"articles": 0, "first": None, "last": None}
    assert portrait.ever(hot, "ukraine") == {"articles": 2, "first": NOON.date(), "last": NOON.date()}
    nothing = said(("a", []))
    assert portrait.voices(nothing).is_empty()
    assert portrait.strongest(nothing, "negative", "quoted", 3).is_empty()
