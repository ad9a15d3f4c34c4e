"""Articles that tell one event are one story: grouped as they arrive, under an id that stays."""

import itertools
import random
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st

from data import catalogue, schema, stories
from data.archive import Archive, open_archive
from ingest import pipeline
from ingest import reading as reading_of
from ingest.stories import signature
from tests.conftest import NOON, article, reading

VOTE = "Moldova votes for the European Union in a referendum. Maia Sandu called the result in Chisinau a victory."
CATALOGUE = catalogue.load(catalogue.DEFAULT)
FLOOD = "Flood in Valencia kills dozens. Rivers burst their banks, and the mayor of Paiporta asked for soldiers."


def told(id: str, text: str, hours: float = 0, **values: Any) -> pl.DataFrame:
    at = NOON + timedelta(hours=hours)
    return reading(**{"article_id": id, "published_at": at, "story": None, "signature": signature(text, text)} | values)


def grouped(*rows: pl.DataFrame, settled: pl.DataFrame | None = None) -> dict[str, str]:
    known = None if settled is None else settled.select(stories.COMPARED)
    return dict(stories.grouped(pl.concat(rows), known).iter_rows())


# What an article leaves behind


def test_a_signature_holds_words_of_title_and_lead_and_the_actors_and_tells_which_are_in_the_title() -> None:
    bare = signature("Vote in Moldova", "Sandu won.")
    assert len(bare) == 4  # vote, moldova, sandu, won
    assert sum(one & 1 for one in bare) == 2
    assert set(bare) < set(signature("Vote in Moldova", "Sandu won.", ["maia-sandu"]))
    assert signature("Vote in Moldova", "Sandu won." + " They were." * 40 + " Chisinau.") != bare
    assert signature("", "word " * 150 + "Chisinau") == signature("", "word")


def test_accents_case_and_the_plural_make_no_other_word() -> None:
    assert signature("Élections", "") == signature("ELECTION", "")
    assert signature("", "") == []


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_a_signature_fits_its_column_whatever_the_text(title: str, text: str) -> None:
    found = signature(title, text, ["nato"])
    assert found == sorted(set(found))
    assert all(0 <= one < 2**31 for one in found)
    assert pl.Series([found], dtype=schema.READINGS["signature"]).to_list() == [found]


# Grouping


def test_articles_that_tell_one_event_are_one_story_named_for_the_first() -> None:
    found = grouped(
        told("a3", "In Moldova the referendum on the European Union was won narrowly, Sandu said in Chisinau.", 5),
        told("a1", VOTE),
        told("b2", "Soldiers arrive in Paiporta after the flood in Valencia killed dozens.", 6),
        told("b1", FLOOD, 1),
        told("c1", "A museum in Lisbon shows drawings of bridges.", 7),
    )
    assert found == {"a1": "a1", "a3": "a1", "b1": "b1", "b2": "b1", "c1": "c1"}


def test_an_article_without_words_is_a_story_of_its_own() -> None:
    assert grouped(told("a1", ""), told("a2", "", 1), told("a3", "", 2, signature=None)) == {
        "a1": "a1", "a2": "a2", "a3": "a3"
    }  # fmt: skip


def test_a_story_grows_for_weeks_as_long_as_it_is_told_and_is_over_after_a_silence() -> None:
    every_week = [told(f"a{week}", VOTE, 24 * 7 * week) for week in range(8)]
    assert set(grouped(*every_week).values()) == {"a0"}
    silence = 24 * (stories.QUIET + 1)
    assert grouped(told("a1", VOTE), told("a2", VOTE, silence)) == {"a1": "a1", "a2": "a2"}


def test_what_was_not_told_for_days_must_be_told_more_plainly() -> None:
    # Most of the words are others: enough for the next day, and too little after days of silence.
    follow_up = (
        "Judges count ballots again in Moldova as lawyers object, and Sandu waits for observers from Vienna, Warsaw."
    )
    first = told("a1", VOTE)
    assert grouped(first, told("a2", follow_up, 20)) == {"a1": "a1", "a2": "a1"}
    assert grouped(first, told("a2", follow_up, 24 * 9)) == {"a1": "a1", "a2": "a2"}


def test_what_has_been_told_for_weeks_must_be_told_more_plainly() -> None:
    # Two of eleven words are the story's: enough on its second day, too little in its fourth week.
    others = [told(f"o{n:03}", " ".join(_own(n)), n) for n in range(600)]
    later = told("z1", "Sandu and Moldova: " + " ".join(_own(700)[:14]), 24 * 27 + 3)
    in_a_day, for_weeks = (
        [told(f"a{n}", VOTE, 24 * day) for n, day in enumerate(days)]
        for days in ((26.2, 26.5, 26.8, 27), (0, 9, 18, 27))
    )
    assert grouped(*others, *in_a_day, later)["z1"] == "a0"
    found = grouped(*others, *for_weeks, later)
    assert [found[id] for id in ("a0", "a1", "a2", "a3", "z1")] == ["a0", "a0", "a0", "a0", "z1"]


def test_a_story_is_what_was_told_of_it_in_the_last_weeks() -> None:
    """One that has turned to something else in weeks is not joined by what it began with."""
    turned = [(0, VOTE), (1, VOTE), (2, VOTE), (5, f"{VOTE} {FLOOD}"), *((day, FLOOD) for day in (13, 22, 31, 40))]
    rows = [told(f"a{n}", text, 24 * day) for n, (day, text) in enumerate(turned)]
    assert set(grouped(*rows).values()) == {"a0"}
    assert grouped(*rows, told("b", VOTE, 24 * 41))["b"] == "b"
    assert grouped(*rows, told("b", FLOOD, 24 * 41))["b"] == "a0"
    assert grouped(*rows[:5], told("b", VOTE, 24 * 14))["b"] == "a0"


def test_a_copy_is_where_its_original_is_whatever_its_words() -> None:
    found = grouped(told("a1", VOTE), told("b1", FLOOD, 1), told("b2", FLOOD, 2, copy_of="a1"))
    assert found == {"a1": "a1", "b1": "b1", "b2": "a1"}


def test_an_original_that_comes_late_goes_where_its_copies_are_and_brings_them_together() -> None:
    settled = pl.concat([told("b1", FLOOD, 2, story="b1", copy_of="z"), told("c1", VOTE, 3, story="c1", copy_of="z")])
    assert grouped(told("z", "Nothing of the kind.", 1), settled=settled) == {"z": "b1", "c1": "b1"}


def test_an_article_that_comes_late_joins_a_story_that_began_a_little_after_it() -> None:
    settled = told("a1", VOTE, story="a1")
    assert grouped(told("a0", VOTE, -24), settled=settled) == {"a0": "a1"}
    assert grouped(told("a0", VOTE, -24 * (stories.EARLY + 1)), settled=settled) == {"a0": "a0"}


def test_a_large_story_does_not_swallow_what_shares_only_the_words_of_the_day() -> None:
    # For weeks all the press writes of the senate; a hearing and a shooting share nothing but that.
    weeks = [
        told(f"w{n:03}", f"Senate Washington leaders say topic{n} matter{n} thing{n} place{n} name{n}", 4 * n)
        for n in range(300)
    ]
    now = 4 * 300
    hearing = [
        told(f"x{n}", f"Senate Washington leaders hear Kovalenko on the Orlova affair{n}", now + n) for n in (1, 2)
    ]
    other = told("y1", "Senate Washington leaders mourn after the shooting in Dunmore", now + 3)
    found = grouped(*weeks, *hearing, other)
    assert (found["x1"], found["x2"], found["y1"]) == ("x1", "x1", "y1")


def test_a_new_archive_learns_within_its_first_day_which_words_anybody_uses() -> None:
    # Every twelve minutes an event of its own, in twenty words of its own among ten of a hundred that all use.
    common = [f"common{n}y" for n in range(100)]
    day = [
        told(f"e{n:03}", " ".join([*_own(n), *random.Random(n).sample(common, 10)]), n / 5)  # noqa: S311
        for n in range(60)
    ]
    again = told("f001", " ".join([*_own(55)[:12], *common[:10]]), 13)
    found = grouped(*day, again)
    assert [found[f"e{n:03}"] for n in range(60)] == [f"e{n:03}" for n in range(60)]
    assert found["f001"] == "e055"


def _own(event: int) -> list[str]:
    return [f"own{event}w{n}x" for n in range(20)]


_LETTERS = [f"{first}{second}ord" for first, second in itertools.product("bdfgk", "aeiou")]

presses = st.lists(
    st.tuples(st.integers(0, 24 * 40), st.lists(st.sampled_from(_LETTERS), min_size=3, max_size=8, unique=True)),
    min_size=2,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(presses, st.data())
def test_laws_of_the_stories(press: list[tuple[int, list[str]]], data: st.DataObject) -> None:
    rows = pl.concat([told(f"a{n:02}", " ".join(words), hours) for n, (hours, words) in enumerate(press)])
    rows = rows.sort("published_at", "article_id")
    found = stories.grouped(rows)
    # Each article has a story, and a story has the name of its first article.
    assert found["article_id"].to_list() == sorted(rows["article_id"])
    first = (
        rows.join(found, on="article_id", maintain_order="left").group_by("story_right", maintain_order=True).first()
    )
    assert first["article_id"].equals(first["story_right"].alias("article_id"))
    # The order of the rows is no matter, and in many goes it is as in one.
    assert stories.grouped(rows.reverse()).equals(found)
    cut = data.draw(st.integers(1, rows.height))
    before = stories.grouped(rows.head(cut))
    settled = rows.head(cut).drop("story").join(before, on="article_id").select(stories.COMPARED)
    after = stories.grouped(rows.tail(rows.height - cut), settled)
    assert pl.concat([before, after]).sort("article_id").equals(found)
    # Once told, nothing changes any more.
    whole = rows.drop("story").join(found, on="article_id").select(rows.columns)
    assert stories.grouped(whole).is_empty()


# In the archive


@pytest.fixture
def archive(tmp_path) -> Archive:
    return open_archive(str(tmp_path / "archive"), create=True)


def store(archive: Archive, batch: str, *readings: pl.DataFrame) -> None:
    articles = pl.concat(
        [
            article(id=one, published_at=at)
            for one, at in pl.concat(readings).select("article_id", "published_at").rows()
        ]
    )
    archive.append(articles, pl.concat(readings), schema.empty("mentions"), schema.empty("fetches"), batch)


def stories_of(archive: Archive) -> dict[str, str]:
    return dict(archive.pin().readings().select("article_id", "story").sort("article_id").collect().iter_rows())


def test_until_the_run_ends_an_article_is_a_story_of_its_own_and_a_copy_its_original_s(archive: Archive) -> None:
    wire = list(range(0, 600, 10))
    store(
        archive, "b1", told("a1", VOTE, sketch=wire), told("a2", VOTE, 1, sketch=wire, outlet="o2"), told("a3", VOTE, 2)
    )
    assert stories_of(archive) == {"a1": "a1", "a2": "a1", "a3": "a3"}
    archive.tell_stories()
    assert stories_of(archive) == {"a1": "a1", "a2": "a1", "a3": "a1"}


def test_telling_the_stories_twice_changes_nothing(archive: Archive) -> None:
    store(archive, "b1", told("a1", VOTE), told("b1", FLOOD, 24 * 40))
    archive.tell_stories()
    version = archive.version()
    archive.tell_stories()
    assert archive.version() == version


def test_a_story_goes_on_over_runs_and_months_and_reading_again_gives_the_same(archive: Archive) -> None:
    days = [0, 6, 13, 20, 27, 33, 38]  # from 1 October on
    for n, day in enumerate(days):
        store(archive, f"b{n}", told(f"a{n}", VOTE, 24 * day), told(f"b{n}", f"{FLOOD} {n}", 24 * day + 1))
        archive.tell_stories()
    expected = {f"a{n}": "a0" for n in range(7)} | {f"b{n}": "b0" for n in range(7)}
    assert stories_of(archive) == expected
    for month in ("2024-10", "2024-11"):
        again = archive.scan("readings").filter(month=month).collect().with_columns(story=pl.lit(None, pl.String))
        archive.replace_month(month, again, schema.empty("mentions"))
    assert stories_of(archive) == expected


def test_a_story_stays_whole_when_only_its_first_month_is_stale(archive: Archive) -> None:
    # a0 arrived after a1, whose story it joined; read again in the order of publication it begins the story.
    today = pipeline.begin("rescore", CATALOGUE, NOON, "lexicon")
    days = {"a1": 29, "a0": 28, "a2": 32, "a3": 38}
    for key, day in days.items():
        at = NOON + timedelta(days=day)
        stale = day < 31
        versions = {"catalogue_version": "an older one" if stale else today.catalogue_version}
        read = told(key, VOTE, 24 * day, model_version=today.model_version, **versions)
        stored = article(id=key, published_at=at, title=VOTE, text=VOTE)
        archive.append(stored, read, schema.empty("mentions"), schema.empty("fetches"), key)
        archive.tell_stories()
    assert set(stories_of(archive).values()) == {"a1"}
    by_lexicon = partial(reading_of.read, catalogue=CATALOGUE, by="lexicon")
    done = pipeline.rescore_stale(today, archive, by_lexicon)
    assert (done.reread, done.up_to_date) == (2, 2)
    assert stories_of(archive) == dict.fromkeys(("a0", "a1", "a2", "a3"), "a0")
    version = archive.version()
    assert pipeline.rescore_stale(today, archive, by_lexicon).reread == 0
    assert archive.version() == version


def test_months_in_which_nothing_follows_are_not_written_again(archive: Archive) -> None:
    days = {"a1": 0, "b1": 33, "b2": 34, "c1": 64}
    for key, day in days.items():
        store(archive, key, told(key, VOTE if key == "a1" else FLOOD, 24 * day))
    archive.tell_stories()
    before = archive.readings().sort("article_id").collect()
    october = archive.scan("readings").filter(month="2024-10").collect().with_columns(story=pl.lit(None, pl.String))
    files = archive.tables["readings"].file_uris()
    archive.replace_month("2024-10", october, schema.empty("mentions"), later=["2024-11", "2024-12"])
    assert archive.readings().sort("article_id").collect().equals(before)
    assert len(set(files) & set(archive.tables["readings"].file_uris())) == len(files) - 1


def test_an_article_keeps_its_story_when_its_text_changes(archive: Archive) -> None:
    store(archive, "b1", told("a1", VOTE), told("a2", VOTE, 1))
    archive.tell_stories()
    changed = told("a2", FLOOD, 1, version=2)
    archive.append(
        article(id="a2", version=2, published_at=NOON + timedelta(hours=1)),
        changed,
        schema.empty("mentions"),
        schema.empty("fetches"),
        "b2",
    )
    archive.tell_stories()
    assert stories_of(archive) == {"a1": "a1", "a2": "a1"}


def test_an_archive_of_before_the_signatures_opens_and_has_stories_once_it_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = schema.TABLES["readings"]
    with monkeypatch.context() as before:
        before.setitem(schema.STORED, "readings", pl.Schema({k: v for k, v in today.items() if k != "signature"}))
        open_archive(str(tmp_path / "old"), create=True)
    old = pl.concat([told("a1", VOTE, story="a1"), told("a2", VOTE, 1, story="a2")])
    write_deltalake(tmp_path / "old" / "readings", old.drop("signature").to_arrow(), mode="append")

    archive = open_archive(str(tmp_path / "old"))
    assert stories_of(archive) == {"a1": "a1", "a2": "a2"}
    store(archive, "b1", told("a3", VOTE, 2), told("a4", VOTE, 3))
    archive.tell_stories()
    assert stories_of(archive) == {"a1": "a1", "a2": "a2", "a3": "a3", "a4": "a3"}
    again = pl.concat([told(f"a{n}", VOTE, n) for n in range(1, 5)])
    archive.replace_month("2024-10", again, schema.empty("mentions"))
    archive.maintain()
    assert set(stories_of(open_archive(str(tmp_path / "old"))).values()) == {"a1"}
