"""Several ingest workers share the feeds by themselves, and write to one archive at once."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import newsgauge
from data import health, lock, schema
from data.archive import Locked, open_archive
from data.catalogue import DEFAULT, FeedSource, Outlet, load
from ingest import pipeline, report, shards
from ingest.collect import Source
from tests.conftest import NOON, article, mention, reading
from tests.press_server import Press, feed, http, press

HOME = Path(newsgauge.__file__).parent
CATALOGUE = load(DEFAULT)


def source(outlet: str, url: str, homepage: str = "") -> Source:
    nothing = {"country": "ZZ", "languages": (), "media_type": "unknown", "ownership": "unknown", "panels": ()}
    dates = {"full_text": "allowed", "added": None, "retired": None}
    return Source(Outlet(outlet, outlet, homepage, feeds=(), **nothing, **dates), FeedSource(url))


some_sources = st.lists(
    st.builds(
        lambda outlet, host, path: source(f"o{outlet}", f"https://h{host}.example/{path}"),
        st.integers(0, 30), st.integers(0, 30), st.integers(0, 5),
    ),
    max_size=40,
)  # fmt: skip


@given(some_sources, st.integers(1, 6), st.randoms())
def test_each_feed_is_in_one_shard_and_outlets_and_hosts_are_whole(sources, parts, random):
    shuffled = random.sample(sources, len(sources))
    found = {number: shards.of(sources, shuffled, (number, parts)) for number in range(1, parts + 1)}
    assert sorted(one.feed.url for some in found.values() for one in some) == sorted(one.feed.url for one in sources)
    for told in (lambda one: one.outlet.key, lambda one: one.feed.url.split("/")[2]):
        owners = [(told(one), number) for number, some in found.items() for one in some]
        assert len({key for key, _ in owners}) == len(set(owners))


@given(some_sources, st.integers(1, 6))
def test_a_feed_has_the_same_shard_whatever_else_is_asked_for(sources, parts):
    whole = shards.of(sources, sources, (1, parts))
    assert [one for one in sources if shards.of([one], sources, (1, parts))] == whole


def test_an_outlet_with_feeds_on_two_hosts_brings_their_other_outlets_along():
    bbc = [source("bbc", "https://feeds.bbci.example/a"), source("bbc", "https://www.bbc.example/b")]
    sport = source("bbc-sport", "https://sport.example/rss", "https://bbc.example/sport")
    other = source("other", "https://other.example/rss")
    party = shards.parties([*bbc, sport, other])
    assert party["bbc"] == party["bbc-sport"] != party["other"]


def test_the_shards_of_the_catalogue_are_about_alike():
    counts = [len(pipeline.sources(CATALOGUE, [], [], (number, 5))) for number in range(1, 6)]
    assert sum(counts) == len(pipeline.sources(CATALOGUE, [], [], (1, 1)))
    assert min(counts) > 0.5 * sum(counts) / 5


@pytest.mark.parametrize("word", ["6/5", "0/5", "x", "1", "/", "1/0", "-1/5", "1/5/2", "²/5", ""])
def test_a_shard_that_cannot_be_is_refused_with_a_sentence(word, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        newsgauge.main(["ingest", f"--shard={word}", "--archive", str(tmp_path)])
    assert ended.value.code == 2
    assert f"{word!r} is no N/M with 1 <= N <= M, for example 2/5" in capsys.readouterr().err


def test_shards_do_not_wait_for_each_other_and_all_others_do(tmp_path):
    archive = open_archive(str(tmp_path / "archive"), create=True)
    with archive.lock("1-of-2"), archive.pin().lock("2-of-2"):
        with pytest.raises(Locked, match=r"another run \(process \d+\)"), archive.pin().lock("2-of-2"):
            pass
        with pytest.raises(Locked, match=r"another run \(a shard\)"), archive.pin().lock():
            pass
    with archive.lock(), pytest.raises(Locked, match=r"another run \(process \d+\)"), archive.pin().lock("2-of-2"):
        pass
    assert open_archive(archive.url).size()["articles"] == 0  # the locks are no strangers in its folder


def test_a_shard_that_comes_too_late_leaves_at_once(tmp_path, capsys):
    url = str(tmp_path / "archive")
    words = ["ingest", "--archive", url, "--outlet", "bbc"]
    with open_archive(url, create=True).lock("2-of-5"):
        assert newsgauge.main([*words, "--shard", "2/5"]) == 75
        assert newsgauge.main(words) == 75
    assert "another run" in capsys.readouterr().err
    lock.drop()


# Three at once


def test_of_two_that_find_an_article_at_once_the_reading_of_the_one_that_is_stored_counts(tmp_path):
    url = str(tmp_path / "archive")
    first, second = open_archive(url, create=True), open_archive(url)
    for archive, outlet in ((first, "harbour"), (second, "aggregator")):
        found = article(id="a1", outlet=outlet)
        assert archive.unseen(found).height == 1
        made = (reading(article_id="a1", outlet=outlet), mention(article_id="a1", outlet=outlet))
        archive.append(found, *made, schema.empty("fetches"), outlet)
    now = open_archive(url)
    tables = (now.articles(), now.readings(), now.mentions())
    assert [table.select("outlet").collect()["outlet"].to_list() for table in tables] == [["harbour"]] * 3
    assert now.unread().is_empty()


@contextmanager
def six_presses() -> Iterator[list[Press]]:
    """Six hosts with a feed each: all have the same three articles, and two of their own."""
    shared = ["NATO meets in Oslo", "Mark Rutte in Kyiv", "Rain over Rome"]
    with ExitStack() as stack:
        served = []
        for number in range(1, 7):
            own = [f"Ukraine speaks with NATO for time {number} {half}" for half in "ab"]
            body = feed(*shared, *own, summary=f"NATO and Ukraine met, says paper number {number}.")
            served.append(stack.enter_context(press({"/news.xml": http(body)}, host=f"127.0.0.{number}")))
        yield served


def run_shards(url: str, presses: list[Press], parts: int) -> list[int]:
    """The exit statuses of the shards, which run at once."""
    command = [sys.executable, str(HOME / "newsgauge.py"), "ingest", "--archive", url, "--tone", "lexicon"]
    for one in presses:
        command += ["--feed", one.url("/news.xml"), "--allow-address", f"{one.host}:{one.port}"]
    runs = [
        subprocess.Popen([*command, "--shard", f"{number}/{parts}"], stdout=subprocess.DEVNULL)
        for number in range(1, parts + 1)
    ]
    return [each.wait(200) for each in runs]


def whole(url: str, presses: list[Press], parts: int) -> None:
    """Nothing is lost, nothing doubled, each reading is of the text that is stored, and each feed was asked once."""
    archive = open_archive(url)
    articles = archive.articles().collect()
    assert (articles.height, articles["id"].n_unique()) == (15, 15)
    assert archive.unread().is_empty()
    readings = archive.readings().collect()
    assert sorted(readings["article_id"]) == sorted(articles["id"])
    joined = articles.join(readings, left_on=["id", "version", "outlet"], right_on=["article_id", "version", "outlet"])
    assert joined.height == 15
    mentions = archive.mentions().filter(actor="nato").select("article_id", "outlet").collect()
    assert mentions.sort("article_id").equals(articles.select(article_id="id", outlet="outlet").sort("article_id"))
    asked = {one.host: one.paths().count("/news.xml") for one in presses}
    assert set(asked.values()) == {1}
    told = health.status(archive, "c", "m")
    assert [one["state"] for one in told["feeds"]] == ["ok"] * 6
    assert list(told["shards"]) == [f"ingest --shard {number}/{parts}" for number in range(1, parts + 1)]


def test_status_tells_the_last_run_of_each_shard_of_the_split_that_is_at_work(tmp_path):
    archive = open_archive(str(tmp_path / "archive"), create=True)
    for minute, command in enumerate(["ingest --shard 3/3", "ingest --shard 10/10", *["ingest --shard 2/10"] * 2]):
        begun = pipeline.begin(command, CATALOGUE, NOON + timedelta(minutes=minute))
        archive.append_run(report.as_row(report.finish(begun, NOON + timedelta(minutes=minute))))
    told = health.status(archive, "c", "m")
    assert {name: one["started_at"] for name, one in told["shards"].items()} == {
        "ingest --shard 2/10": "2024-10-01T12:03:00Z",
        "ingest --shard 10/10": "2024-10-01T12:01:00Z",
    }
    assert "12:01:00Z  newsgauge ingest --shard 10/10: 0 new" in health.told(told)
    assert health.shards(archive.runs(), "ingest") == {}


def test_three_shards_at_once_lose_nothing_and_double_nothing(tmp_path):
    url = str(tmp_path / "archive")
    with six_presses() as presses:
        assert run_shards(url, presses, 3) == [0, 0, 0]
        whole(url, presses, 3)
