"""The demo: the sample press through the real pipeline, with a history, an outage and copies to be seen."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

import newsgauge
from data import resampling
from data.archive import Archive, open_archive
from data.sample.server import END
from data.signals import Stopped
from ingest import demo, tone
from tests.conftest import moment

HOME = Path(__file__).resolve().parents[1]
THREE_MONTHS = [moment("2024-11-17") + timedelta(days=15 * number) for number in range(5)]
LAST_THREE_MONTHS = [*(moment("2025-06-20") + timedelta(days=15 * number) for number in range(5)), END]

#: The actors that are named most, which a newcomer sees first.
SHOWN = {"donald-trump", "nato", "russia", "ukraine"}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module", autouse=True)
def written() -> Iterator[None]:
    """The press is written once for all its openings here: it is the same each time, as tests of the sample say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.sample, "press", cache(demo.sample.press))
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Archive:
    """The sample press as collected from November 2024 to January 2025."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch, press_in(folder, patch) as opened:
        patch.setattr(demo, "moments", lambda: THREE_MONTHS)
        demo.build(str(folder / "archive"), opened)
    return open_archive(str(folder / "archive"))


@pytest.fixture(scope="module")
def newest(tmp_path_factory) -> Archive:
    """The sample press as collected from June to August 2025: what the pages show at first."""
    folder = tmp_path_factory.mktemp("newest")
    with pytest.MonkeyPatch.context() as patch, press_in(folder, patch) as opened:
        patch.setattr(demo, "moments", lambda: LAST_THREE_MONTHS)
        demo.build(str(folder / "archive"), opened)
    return open_archive(str(folder / "archive"))


def press_in(folder: Path, patch: pytest.MonkeyPatch):
    patch.setattr(demo, "VAR", folder)
    return demo.press(free_port())


def test_tones_are_the_lexicons_until_the_model_has_read_all(tmp_path, monkeypatch):
    def stop(*_: object) -> None:
        raise Stopped(signal.SIGTERM)

    def versions() -> set[str]:
        now = built.pin()
        return {*now.readings().collect()["model_version"], *now.mentions().collect()["model_version"]}

    monkeypatch.setattr(demo, "moments", lambda: [moment("2024-04-01")])
    with press_in(tmp_path, monkeypatch) as opened:
        demo.build(str(tmp_path / "archive"), opened)
    built = open_archive(str(tmp_path / "archive"))
    articles, runs = built.articles().collect(), built.runs().collect().height
    assert versions() == {tone.LEXICON_VERSION}
    told: list[int] = []
    with press_in(tmp_path, monkeypatch) as opened:
        with monkeypatch.context() as stopping:
            stopping.setattr(Archive, "replace_month", stop)
            with pytest.raises(Stopped):
                demo.rescore(built.url, opened)
        demo.rescore(built.url, opened, progress=lambda _doing, done, _total: told.append(done))
        demo.rescore(built.url, opened)
    assert versions() == {tone.MODEL_VERSION}
    assert told[-1] == articles.height
    assert built.pin().articles().collect().equals(articles)
    assert built.pin().runs().sort("started_at").collect()["exit"].to_list()[runs:] == [128 + signal.SIGTERM, 0]


def test_every_moment_is_a_run_of_its_own(built):
    runs = built.runs().sort("started_at").collect()
    assert runs["started_at"].to_list() == THREE_MONTHS
    assert runs["command"].unique().to_list() == ["ingest"]
    assert (runs["entries"] == runs["new"] + runs["changed"] + dropped(runs)).all()


def dropped(runs: pl.DataFrame) -> pl.Series:
    return runs["dropped"].list.eval(pl.element().struct.field("count")).list.sum()


def test_all_outlets_and_languages_arrive(built):
    articles = built.articles().collect()
    assert articles["outlet"].n_unique() >= 14
    assert set(articles["language"]) == {"en", "de", "fr", "es", "uk", "ru", "nl"}
    assert articles.height > 300


def test_pages_give_the_text_where_a_feed_has_none(built):
    texts = (
        built.articles().filter(pl.col("outlet").is_in(["northmere-defence-review", "zilverdrechtse-bode"])).collect()
    )
    assert set(texts["text_from"]) == {"page"}
    assert texts["text"].str.len_chars().min() > 200
    assert not texts["text"].str.contains("More from|Sample: written|All outlets").any()


def test_what_an_outage_loses_is_lost_and_the_failed_checks_are_kept(built):
    days = built.articles().filter(pl.col("outlet") == "brackwater-post").select(pl.col("published_at").dt.date())
    lost = days.filter(pl.col("published_at").is_between(date(2024, 12, 2), date(2024, 12, 26))).collect()
    states = built.fetches().filter(pl.col("outlet") == "brackwater-post").sort("started_at").collect()["state"]
    assert lost.is_empty()
    assert states.to_list() == ["ok", "server error", "server error", "server error", "ok"]


def test_reprints_are_known_as_copies_of_the_wire(built):
    readings = built.readings().collect()
    copies = readings.filter(pl.col("copy_of").is_not_null())
    originals = readings.filter(pl.col("article_id").is_in(copies["copy_of"].implode()))
    assert copies.height >= 20
    assert set(originals["outlet"]) == {"corvane-wire"}


def told(archive: Archive) -> pl.DataFrame:
    """`story, language, articles, days`: how often a story is told, and from its first article to its last."""
    days = (pl.col("published_at").max() - pl.col("published_at").min()).dt.total_hours() / 24
    stories = archive.readings().group_by("story")
    return stories.agg(pl.col("language").first(), articles=pl.len(), days=days).collect()


def test_the_actors_of_the_first_page_have_tone_lines_in_most_weeks(newest):
    readings = newest.readings().select("article_id", "story")
    mentions = newest.mentions().filter(pl.col("published_at").is_between(moment("2025-06-09"), END))
    by_week = (
        mentions.join(readings, on="article_id")
        .with_columns(week=pl.col("published_at").dt.truncate("1w"))
        .group_by("actor", "week")
        .agg(articles=pl.len(), stories=pl.col("story").filter(pl.col("tone").is_not_null()).n_unique())
        .collect()
    )
    named = by_week.group_by("actor").agg(pl.col("articles").sum()).top_k(4, by="articles")
    drawn = by_week.filter(pl.col("stories") >= resampling.FEWEST).group_by("actor").len()
    weeks = {actor: count for actor, count in drawn.iter_rows() if actor in SHOWN}
    assert set(named["actor"]) == SHOWN
    assert sorted(weeks.values()) >= [8, 10, 10, 10]


def test_stories_last_days_and_not_months(built, newest):
    for archive in (built, newest):
        stories = told(archive)
        several = stories.filter(pl.col("articles") > 1)
        assert stories["days"].max() < 35
        assert stories.filter(pl.col("language") == "en")["days"].max() < 21
        assert several["days"].median() < 2
        assert several.height > 100
        assert (stories["articles"] == 1).sum() > 100


def test_addresses_are_stored_without_tracking(built):
    assert not built.articles().collect()["url"].str.contains("utm_|xtor|at_medium").any()


def test_a_finished_demo_is_reused_and_an_unfinished_one_built_again(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "moments", lambda: [moment("2024-04-01")])
    archive, marker = tmp_path / "archive", tmp_path / "archive.demo"
    with press_in(tmp_path, monkeypatch) as opened:
        demo.build(str(archive), opened)
        finished = marker.read_text()
        first = open_archive(str(archive)).runs().collect()
        told: list[str] = []
        demo.build(str(archive), opened, progress=lambda doing, _done, _total: told.append(doing))
        assert told == []
        marker.write_text("unfinished")
        demo.build(str(archive), opened, progress=lambda doing, _done, _total: told.append(doing))
    assert told == ["2024-04", "done"]
    assert marker.read_text() == finished
    assert open_archive(str(archive)).runs().collect().height == first.height == 1


STOPPED = """
import os, signal, sys
from pathlib import Path
from data.signals import Stopped
from ingest import demo

demo.VAR = Path(sys.argv[1])
with demo.press(int(sys.argv[2])) as opened:
    answer = opened.newsstand.answer

    def stopped_while_asking(path):
        os.kill(os.getpid(), signal.SIGTERM)
        return answer(path)

    opened.newsstand.answer = stopped_while_asking
    try:
        demo.build(str(demo.VAR / "archive"), opened)
    except Stopped as stopped:
        print(stopped.number)
"""


def test_a_signal_stops_the_demo_and_leaves_it_unfinished(tmp_path):
    command = [sys.executable, "-c", STOPPED, str(tmp_path), str(free_port())]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True)
    assert done.stdout == "15\n"
    assert (tmp_path / "archive.demo").read_text() == "unfinished"


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "mine.txt").write_text("keep")
    with press_in(tmp_path, monkeypatch) as opened, pytest.raises(demo.DemoError, match="something else than the demo"):
        demo.build(str(tmp_path / "archive"), opened)
    assert (tmp_path / "archive" / "mine.txt").read_text() == "keep"


def test_the_runs_reach_from_the_first_weeks_to_the_end_less_than_a_feed_s_reach_apart():
    moments = demo.moments()
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert moments[0] < moment("2024-03-21")
    assert moments[-1] > moment("2025-08-31")
    assert max(gaps) < timedelta(days=20)


def test_the_demo_goes_where_it_is_told_and_touches_nothing_of_yours(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(demo, "VAR", tmp_path / "var")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("keep")
    assert newsgauge.main(["demo", "--archive", str(mine), "--build-only", "--press-port", str(free_port())]) == 1
    assert f"{mine} holds something else than the demo" in capsys.readouterr().err
    assert (mine / "letter.txt").read_text() == "keep"
    with pytest.raises(SystemExit, match="2"):
        newsgauge.main(["demo", "--archive", "s3://bucket/news", "--build-only"])
    assert "s3://bucket/news is no folder of this machine" in capsys.readouterr().err
