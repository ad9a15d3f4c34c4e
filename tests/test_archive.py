"""The store keeps what was collected, once, and lets what we make of it be replaced."""

import itertools
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import kin, places, queries, schema
from data.archive import Archive, ArchiveError, ArchiveMissing, Locked, fault, open_archive
from data.filters import Filters
from tests.conftest import NOON, article, mention, moment, reading, row

NO_FETCHES = schema.empty("fetches")


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(str(tmp_path / "archive"), create=True)


def store(archive: Archive, articles: pl.DataFrame, batch: str = "b1", **of_reading: object) -> None:
    """Append articles, each with a reading and one mention of NATO."""
    archive.append(articles, *read(articles, **of_reading), NO_FETCHES, batch)


def read(articles: pl.DataFrame, **of_reading: object) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = list(articles.iter_rows(named=True))
    readings = [
        reading(**{k: r[k] for k in ("version", "month", "published_at", "outlet")}, article_id=r["id"], **of_reading)
        for r in rows
    ]
    mentions = [mention(article_id=r["id"], month=r["month"], published_at=r["published_at"]) for r in rows]
    return (
        pl.concat([schema.empty("readings"), *readings]),
        pl.concat([schema.empty("mentions"), *mentions]),
    )


def ids(frame: pl.LazyFrame | pl.DataFrame, column: str = "article_id") -> list[str]:
    return sorted(frame.lazy().collect()[column])


def test_what_is_appended_can_be_read_in_every_table(archive: Archive) -> None:
    fetch = row("fetches", run="r1", month="2024-10", feed_url="https://example.org/f", started_at=NOON, state="ok")
    one = article(id="a1")
    archive.append(one, *read(one), fetch, "b1")
    archive.append_run(row("runs", run="r1", month="2024-10", started_at=NOON, exit=0))
    assert archive.articles().collect().equals(one)
    assert archive.readings().collect().equals(read(one)[0])
    assert archive.mentions().collect().equals(read(one)[1])
    assert archive.fetches().collect().equals(fetch)
    assert archive.runs().collect()["run"].to_list() == ["r1"]


def test_the_same_batch_again_changes_nothing(archive: Archive) -> None:
    store(archive, article(id="a1"))
    version = archive.version()
    store(archive, article(id="a1"))
    assert archive.version() == version
    assert ids(archive.mentions()) == ["a1"]


def test_known_articles_are_not_unseen(archive: Archive) -> None:
    store(archive, article(id="a1", delivered_hash="d", text_hash="t"))
    again = pl.concat(
        [
            article(id="a1", delivered_hash="d", text_hash="other"),
            article(id="a2", delivered_hash="d", text_hash="t"),
        ]
    )
    assert archive.unseen(again).select("id", "version", "status").rows() == [("a2", 1, "new")]
    assert archive.unseen(article(id="a1", delivered_hash="other", text_hash="t")).is_empty()


def test_a_changed_article_is_a_new_version_that_keeps_its_first_day(archive: Archive) -> None:
    store(archive, article(id="a1", title="Old", published_at=moment("2024-09-30"), seen_at=moment("2024-09-30")))
    later = article(id="a1", title="New", published_at=moment("2024-10-02"), seen_at=moment("2024-10-02"))
    changed = archive.unseen(later)
    assert changed.select("version", "month", "published_at", "seen_at", "status").rows() == [
        (2, "2024-09", moment("2024-09-30"), moment("2024-09-30"), "changed")
    ]
    store(archive, changed.drop("status"), "b2")
    assert archive.articles().collect().select("title", "version").rows() == [("New", 2)]
    assert archive.scan("articles").collect().height == 2
    assert ids(archive.readings()) == ids(archive.mentions()) == ["a1"]
    assert archive.size()["articles"] == 1


def test_an_undated_article_is_known_in_any_later_month(archive: Archive) -> None:
    store(archive, article(id="a1", published_at=None, collected_at=moment("2024-01-05"), month="2024-01"))
    much_later = article(id="a1", published_at=None, collected_at=moment("2024-08-05"), month="2024-08")
    assert archive.unseen(much_later).is_empty()


def test_an_article_that_gets_an_earlier_day_moves_with_its_mentions(archive: Archive) -> None:
    store(archive, article(id="a1", title="Old", published_at=None, collected_at=NOON, month="2024-10"))
    dated = archive.unseen(article(id="a1", title="New", published_at=moment("2024-03-01"))).drop("status")
    store(archive, dated, "b2")
    assert archive.readings().collect()["month"].to_list() == ["2024-03"]
    assert archive.mentions().collect()["month"].to_list() == ["2024-03"]
    assert archive.articles().collect()["month"].to_list() == ["2024-03"]


def test_a_batch_broken_off_after_its_articles_is_unread_and_can_be_healed(archive: Archive) -> None:
    store(archive, article(id="a1"))
    assert archive.unread().is_empty()
    archive.write("articles", "b2", lambda: (article(id="a2"), None), lambda n: n + 1)
    archive.write("mentions", "b2", lambda: (mention(article_id="a2"), None))
    found = archive.pin().unread()
    assert found["id"].to_list() == ["a2"]
    archive.append(schema.empty("articles"), *read(found), NO_FETCHES, "heal")
    assert archive.unread().is_empty()
    assert ids(archive.mentions()) == ids(archive.readings()) == ["a1", "a2"]


def test_a_batch_in_between_does_not_hide_one_that_was_broken_off(archive: Archive) -> None:
    archive.write("articles", "b1", lambda: (article(id="a1"), None), lambda n: n + 1)
    store(archive, article(id="a2"), "b2")
    assert archive.unread()["id"].to_list() == ["a1"]
    store(archive, article(id="a1"), "b1")  # the replay of the batch
    assert archive.unread().is_empty()
    assert archive.is_whole()
    assert ids(archive.mentions()) == ["a1", "a2"]


#: The sketch of a wire text.
WIRE = list(range(0, 600, 10))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_copy_names_its_original_whichever_comes_first(archive: Archive, order: tuple[int, ...]) -> None:
    # Printed whole, cut, and with something of one's own; the one published first is the original.
    sketches = [WIRE, WIRE[:45], sorted([*WIRE[5:], 3, 13, 23, 33, 43])]
    for n in order:
        one = article(id=f"a{n}", outlet=f"o{n}", published_at=NOON + timedelta(hours=n))
        store(archive, one, f"b{n}", sketch=sketches[n], fingerprint=f"f{n}", story=None)
    archive.tell_stories()
    found = archive.readings().sort("article_id").select("article_id", "copy_of", "story").collect().rows()
    assert found == [("a0", None, "a0"), ("a1", "a0", "a0"), ("a2", "a0", "a0")]


def test_an_original_that_comes_late_leaves_the_articles_alone_and_is_counted_at_once(archive: Archive) -> None:
    later = pl.concat([article(id=f"a{n}", published_at=NOON + timedelta(days=n), outlet=f"o{n}") for n in (1, 2)])
    store(archive, later, "b1", sketch=WIRE)
    assert archive.readings().sort("article_id").collect()["copy_of"].to_list() == [None, "a1"]
    files = set(archive.tables["articles"].file_uris())
    store(archive, article(id="z0", published_at=NOON - timedelta(hours=1)), "b2", sketch=WIRE)
    assert files < set(archive.tables["articles"].file_uris())
    hot = queries.enriched(archive.mentions(), archive.readings()).sort("article_id")
    assert hot.select("article_id", "story", "is_copy").rows() == [
        ("a1", "z0", True), ("a2", "z0", True), ("z0", "z0", False)
    ]  # fmt: skip
    month = queries.volume(hot, queries.narrow(archive.readings()), Filters(), "month")
    assert month.select("count", "stories").rows() == [(3, 1)]


def test_what_an_outlet_prints_every_day_brings_no_strangers_together(archive: Archive) -> None:
    # Ten hashes of its own in each, forty of the same call to subscribe, day after day.
    for n in range(6):
        one = article(id=f"a{n}", published_at=NOON + timedelta(days=n))
        store(archive, one, f"b{n}", sketch=[*WIRE[:40], *range(1_000 + n, 1_100 + n, 10)])
    assert archive.readings().sort("article_id").collect()["copy_of"].to_list()[2:] == [None] * 4
    archive.replace_month("2024-10", archive.readings().collect(), archive.mentions().collect())
    assert archive.readings().collect()["copy_of"].null_count() == 6


def test_a_month_read_again_knows_its_originals_in_the_month_before(archive: Archive) -> None:
    days = {"a0": "2024-09-10", "a1": "2024-09-30", "a2": "2024-10-05", "a3": "2024-10-20"}
    articles = [article(id=key, outlet=key, published_at=moment(day)) for key, day in days.items()]
    store(archive, pl.concat(articles), sketch=WIRE)
    # The last is too late for the first, and the others are copies.
    expected = [None, "a0", "a0", None]
    assert archive.readings().sort("article_id").collect()["copy_of"].to_list() == expected
    for month in ("2024-09", "2024-10"):
        rows = pl.concat([one for one in articles if one["month"][0] == month])
        archive.replace_month(month, *read(rows, sketch=WIRE))
    assert archive.readings().sort("article_id").collect()["copy_of"].to_list() == expected


def test_an_original_that_changes_its_text_gives_up_its_copies(archive: Archive) -> None:
    store(archive, article(id="a1", title="Old"), "b1", fingerprint="f")
    store(archive, article(id="a2", published_at=NOON + timedelta(hours=1)), "b2", fingerprint="f")
    assert archive.readings().sort("article_id").collect()["copy_of"].to_list() == [None, "a1"]
    store(archive, archive.unseen(article(id="a1", title="New")).drop("status"), "b3", fingerprint="g")
    assert archive.readings().sort("article_id").collect()["copy_of"].to_list() == [None, None]


def test_a_month_read_again_keeps_its_articles(archive: Archive) -> None:
    store(archive, pl.concat([article(id="a1"), article(id="a2")]))
    store(archive, article(id="a3", published_at=moment("2024-11-01")), "b2")
    october = archive.articles().filter(pl.col("month") == "2024-10").collect()
    readings, _ = read(october, catalogue_version="c2")
    archive.replace_month("2024-10", readings, schema.empty("mentions"))
    assert ids(archive.articles(), "id") == ["a1", "a2", "a3"]
    assert ids(archive.mentions()) == ["a3"]
    assert archive.readings().sort("article_id").collect()["catalogue_version"].to_list() == ["c2", "c2", "c1"]


def test_a_copy_names_an_original_that_another_run_stores_while_it_is_looked_for(archive: Archive) -> None:
    store(archive, article(id="a0"))
    later = reading(article_id="a2", published_at=moment("2024-10-02"), fingerprint="g")
    with kin.Ahead(archive, later, ["2024-10"]) as ahead:
        alone, _ = ahead.linked(later, ["2024-10"])
        store(open_archive(archive.url), article(id="a1"), "b2", fingerprint="g")
        archive.refresh()
        beside, _ = ahead.linked(later, ["2024-10"])
    assert alone["copy_of"].to_list() == [None]
    assert beside["copy_of"].to_list() == ["a1"]


def test_a_pinned_archive_does_not_see_what_is_written_later(archive: Archive) -> None:
    store(archive, article(id="a1"))
    pinned = archive.pin()
    store(archive, article(id="a2"), "b2")
    assert ids(pinned.articles(), "id") == ["a1"]
    assert pinned.version() < archive.version() == archive.pin().version()


def test_joining_small_files_changes_no_row(archive: Archive) -> None:
    for n in range(4):
        store(archive, article(id=f"a{n}"), f"b{n}")
    before = [archive.scan(table).collect() for table in ("articles", "readings", "mentions")]
    archive.tidy(files=2)
    assert [len(archive.tables[t].file_uris()) for t in ("articles", "readings", "mentions")] == [1, 1, 1]
    after = [archive.scan(table).collect() for table in ("articles", "readings", "mentions")]
    for one, other in zip(before, after, strict=True):
        key = "id" if "id" in one.columns else "article_id"
        assert one.sort(key).equals(other.sort(key))
    assert ids(archive.pin().articles(), "id") == ["a0", "a1", "a2", "a3"]


def test_maintaining_tells_its_progress_and_keeps_files_that_a_session_may_read(archive: Archive) -> None:
    for n in range(3):
        store(archive, article(id=f"a{n}"), f"b{n}")
    session = archive.pin()
    told: list[tuple[str, int, int | None]] = []
    archive.maintain(lambda *progress: told.append(progress))
    assert told[-1] == ("done", 6, 6)
    assert ids(session.mentions()) == ids(archive.mentions()) == ["a0", "a1", "a2"]


def test_the_last_check_of_each_feed_is_its_state(archive: Archive) -> None:
    checks = [
        row("fetches", run=run, month="2024-10", feed_url=feed, started_at=NOON + timedelta(hours=hour), state=state)
        for run, feed, hour, state in [("r1", "f1", 0, "ok"), ("r2", "f1", 1, "timeout"), ("r1", "f2", 0, "empty")]
    ]
    archive.append(*(schema.empty(t) for t in ("articles", "readings", "mentions")), pl.concat(checks), "b1")
    assert archive.feed_states().select("feed_url", "state").rows() == [("f1", "timeout"), ("f2", "empty")]


def test_the_size_counts_articles_and_mentions_and_their_days(archive: Archive) -> None:
    assert archive.size() | {"bytes": 0} == {
        "articles": 0,
        "mentions": 0,
        "first_day": None,
        "last_day": None,
        "bytes": 0,
        "version": archive.version(),
    }
    store(archive, pl.concat([article(id="a1"), article(id="a2", published_at=moment("2024-11-02"))]))
    size = archive.size()
    assert (size["articles"], size["mentions"]) == (2, 2)
    assert (size["first_day"], size["last_day"]) == ("2024-10-01", "2024-11-02")
    assert size["bytes"] > 0


def test_a_second_run_finds_the_lock_held(archive: Archive) -> None:
    with archive.lock(), pytest.raises(Locked, match=r"another run \(process \d+\)"), archive.pin().lock():
        pass
    with archive.lock():
        pass


def test_no_archive_and_an_archive_that_cannot_be_opened_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ArchiveMissing, match="newsgauge ingest"):
        open_archive(str(tmp_path / "nothing"))
    assert not (tmp_path / "nothing").exists()
    (tmp_path / "file").write_text("no folder")
    for url in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(ArchiveError, match="a file is in the place of a folder") as caught:
            open_archive(str(url), create=True)
        assert not isinstance(caught.value, ArchiveMissing)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("not ours")
    with pytest.raises(ArchiveError, match=r"holds other things \(holiday.jpg\)"):
        open_archive(str(tmp_path), create=True)
    assert [file.name for file in tmp_path.iterdir()] == ["holiday.jpg"]


def test_two_writers_of_the_same_article_do_not_double_it(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    # The other writer does its whole batch between this one's commits of articles and of mentions.
    one, other = article(id="a1"), archive.pin()
    write = archive.write

    def interrupted(table: str, *rest: Any, **named: Any) -> pl.DataFrame:
        if table == "mentions":
            store(other, one, "other")
        return write(table, *rest, **named)

    monkeypatch.setattr(archive, "write", interrupted)
    store(archive, one)
    now = archive.pin()
    assert ids(now.scan("articles"), "id") == ids(now.readings()) == ids(now.mentions()) == ["a1"]
    assert now.unread().is_empty()


WRITER = """
import os, signal, sys
import polars as pl
from data import archive, schema
from tests.conftest import article, mention, reading

url, stop, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]
opened = archive.open_archive(url)
commit, done = opened._commit, 0

def counted(*args):
    global done
    done += 1
    if done == stop and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    if done == stop and when == "amid":
        print("writing", flush=True)
    commit(*args)
    if done == stop and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)

opened._commit = counted
many = [f"a{n}" for n in range(int(sys.argv[4]))]
one = article()
opened.append(
    pl.concat([one.with_columns(id=pl.lit(i)) for i in many]),
    pl.concat([reading(article_id=i) for i in many]),
    pl.concat([mention(article_id=i) for i in many]),
    schema.empty("fetches"),
    "killed",
)
print("done", flush=True)
"""


def writer(archive: Archive, stop: int, when: str, articles: int = 2) -> "subprocess.Popen[str]":
    """A process that appends some articles, and is killed at its commit number `stop`."""
    command = [sys.executable, "-c", WRITER, archive.url, str(stop), when, str(articles)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True)


def whole_after_healing(archive: Archive) -> list[str]:
    """The articles, once what was broken off is read; each has one reading and one mention."""
    now = archive.pin()
    assert set(ids(now.readings())) <= set(ids(now.mentions())) <= set(ids(now.articles(), "id"))
    unread = now.unread()
    now.append(schema.empty("articles"), *read(unread), NO_FETCHES, "heal")
    assert now.unread().is_empty()
    assert ids(now.articles(), "id") == ids(now.readings()) == ids(now.mentions())
    return ids(now.articles(), "id")


@pytest.mark.parametrize(
    ("stop", "when", "stored"), [(1, "before", 1), (1, "after", 3), (2, "after", 3), (3, "after", 3)]
)
def test_a_run_killed_between_its_commits_loses_and_doubles_nothing(
    archive: Archive, stop: int, when: str, stored: int
) -> None:
    store(archive, article(id="before"))
    with writer(archive, stop, when) as process:
        assert process.wait() == -signal.SIGKILL
    assert len(whole_after_healing(archive)) == stored


def test_a_run_killed_while_it_writes_is_never_seen_in_part(archive: Archive) -> None:
    store(archive, article(id="before"))
    with writer(archive, 1, "amid", articles=2_000) as process:
        assert process.stdout
        assert process.stdout.readline() == "writing\n"
        process.kill()
    assert len(whole_after_healing(archive)) in (1, 2_001)
    with archive.lock():
        store(archive.pin(), article(id="next"), "b2")
    assert "next" in ids(archive.pin().mentions())


HOARDER = """
import random, resource, sys
from data import schema
from data.archive import open_archive
from tests.conftest import article

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
text = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=200_000))
empty = [schema.empty(table) for table in ("readings", "mentions", "fetches")]
open_archive(sys.argv[1]).append(article(id="big", text=text), *empty, "big")
"""


def test_a_full_disk_is_named_and_leaves_what_was_stored(archive: Archive) -> None:
    store(archive, article(id="before"))
    command = [sys.executable, "-c", HOARDER, archive.url]
    ended = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    assert f"{archive.url}: articles cannot be written: the disk is full" in ended.stderr
    assert ids(archive.pin().articles(), "id") == ["before"]
    assert archive.pin().unread().is_empty()


def test_a_disk_that_fails_is_told_with_the_file_and_what_to_do() -> None:
    said = "Kernel error\n ↳ IO error for operation on /news/articles/_delta_log\n ↳ Input/output error (os error 5)"
    assert str(fault("/news", "articles cannot be read", OSError(said))) == (
        "/news: articles cannot be read: the disk failed at /news/articles/_delta_log (input/output error). Look at "
        "the disk and its cable or network, and copy the archive to another one before you write again."
    )
    unnamed = fault("/news", "articles cannot be read", OSError("Input/output error (os error 5)"))
    assert "the disk failed at one of its files (input/output error)" in str(unnamed)


def test_a_table_made_by_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_archive(str(tmp_path / "archive"), create=True)
    table = DeltaTable(tmp_path / "archive" / "articles")
    table.alter.set_table_properties({"newsgauge.layout": "3"}, raise_if_not_exists=False)
    with pytest.raises(ArchiveError, match="written by a newer Newsgauge"):
        open_archive(str(tmp_path / "archive"))


def test_an_archive_of_before_the_doubt_opens_and_can_be_added_to_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = schema.TABLES["mentions"]
    passage = pl.Struct({"field": pl.String, "start": pl.Int32, "end": pl.Int32, "tone": pl.Float64})
    with monkeypatch.context() as before:
        before.setitem(schema.STORED, "mentions", pl.Schema(today | {"passages": pl.List(passage)}))
        before.setattr(places, "packed", lambda rows: rows.cast({"passages": pl.List(passage)}))
        store(open_archive(str(tmp_path / "old"), create=True), article(id="a1"))

    archive = open_archive(str(tmp_path / "old"))
    old = archive.mentions().collect()
    assert old.schema == today
    assert old["passages"][0][0] == dict.fromkeys(("confidence", "how", "speaker")) | {
        "field": "title", "start": 0, "end": 18, "tone": 0.0
    }  # fmt: skip

    store(archive, article(id="a2", published_at=moment("2024-11-01")), "b2")
    mentions = archive.mentions().sort("article_id").collect()
    assert [one[0]["how"] for one in mentions["passages"]] == [None, "name"]

    archive.replace_month("2024-10", *read(article(id="a1")))
    archive.maintain()
    mentions = open_archive(str(tmp_path / "old")).mentions().collect()
    assert [one[0]["how"] for one in mentions["passages"]] == ["name", "name"]


def test_an_archive_of_before_the_sketches_opens_and_can_be_added_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = schema.TABLES["readings"]
    with monkeypatch.context() as before:
        before.setitem(schema.STORED, "readings", pl.Schema({k: v for k, v in today.items() if k != "sketch"}))
        open_archive(str(tmp_path / "old"), create=True)
    write_deltalake(tmp_path / "old" / "readings", reading(article_id="a1").drop("sketch").to_arrow(), mode="append")

    archive = open_archive(str(tmp_path / "old"))
    assert archive.readings().collect()["sketch"].to_list() == [None]
    store(archive, article(id="a2"), "b2", sketch=[1, 2])
    archive.maintain()
    found = open_archive(str(tmp_path / "old")).readings().sort("article_id").collect()
    assert found.schema == today
    assert found["sketch"].to_list() == [None, [1, 2]]


def of_before(url: str, monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    """An archive of two articles as an earlier Newsgauge made it: without some columns and fields of today."""
    passage = pl.Struct({"field": pl.String, "start": pl.Int32, "end": pl.Int32, "tone": pl.Float64})
    older = {
        "articles": {k: v for k, v in schema.ARTICLES.items() if k != "gdelt_tone"},
        "readings": {k: v for k, v in schema.READINGS.items() if k not in ("story", "signature")},
        "mentions": dict(schema.MENTIONS) | {"passages": pl.List(passage)},
        "fetches": {k: v for k, v in schema.FETCHES.items() if k != "boilerplate"},
    }
    with monkeypatch.context() as before:
        for table, columns in older.items():
            before.setitem(schema.TABLES, table, pl.Schema(columns))
            before.setitem(schema.STORED, table, pl.Schema(columns))
        open_archive(url, create=True)
        told = mention()
    for table, rows in (("articles", article(id="a1")), ("readings", reading()), ("mentions", told)):
        write_deltalake(f"{url}/{table}", rows.select(*older[table]).to_arrow(), mode="append")
    DeltaTable(f"{url}/articles").alter.set_table_properties({"newsgauge.layout": layout}, raise_if_not_exists=False)
    DeltaTable(f"{url}/mentions").alter.set_table_properties({"newsgauge.packed": ""}, raise_if_not_exists=False)


@pytest.mark.parametrize("layout", ["0", "1"])
def test_an_archive_of_an_earlier_version_opens_and_is_brought_up_to_today_by_maintaining_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    url = str(tmp_path / "old")
    of_before(url, monkeypatch, layout)
    archive = open_archive(url)
    before = {table: archive.scan(table).collect() for table in schema.TABLES}
    archive.maintain()
    for table in schema.TABLES:
        assert open_archive(url).scan(table).collect().equals(before[table])
        assert pl.scan_delta(f"{url}/{table}").collect_schema().keys() >= schema.STORED[table].keys()
    stored = pl.scan_delta(f"{url}/mentions").select("names", "places", "spans", "passages").collect().row(0)
    assert [value is None for value in stored] == [False, False, True, True]
    assert DeltaTable(f"{url}/articles").metadata().configuration["newsgauge.layout"] == "2"
    version = archive.version()
    archive.maintain()
    assert archive.version() == version


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    open_archive(str(tmp_path / "archive"), create=True)
    shutil.rmtree(tmp_path / "archive" / "mentions")
    with pytest.raises(ArchiveError, match="the table mentions is missing"):
        open_archive(str(tmp_path / "archive"))


def test_an_archive_whose_making_was_broken_off_is_made_whole(tmp_path: Path) -> None:
    open_archive(str(tmp_path / "archive"), create=True)
    shutil.rmtree(tmp_path / "archive" / "articles")
    with pytest.raises(ArchiveMissing):
        open_archive(str(tmp_path / "archive"))
    assert open_archive(str(tmp_path / "archive"), create=True).size()["articles"] == 0


def test_what_is_known_can_be_asked_for_months(archive: Archive) -> None:
    store(archive, pl.concat([article(id="a1"), article(id="a2", published_at=moment("2024-03-01"))]))
    assert archive.months() == ["2024-03", "2024-10"]
    assert archive.outlets() == ["example-times"]
    assert archive.known(["a1", "a2", "a3"]).sort("id")["id"].to_list() == ["a1", "a2"]
    assert archive.known(["a1", "a2", "a3"], ["2024-03"])["id"].to_list() == ["a2"]


def test_mentions_of_one_actor_lie_together(archive: Archive) -> None:
    for n, actor in enumerate(["ukraine", "nato", "russia"]):
        names = [mention(article_id=f"a{n}", actor=name) for name in (actor, "nato", "zelensky")]
        one = article(id=f"a{n}")
        archive.append(one, read(one)[0], pl.concat(names).unique("actor"), NO_FETCHES, f"b{n}")
    archive.maintain()
    (file,) = archive.tables["mentions"].file_uris()
    assert pl.read_parquet(file)["actor"].is_sorted()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)), st.integers(1, 3))
def test_any_order_of_ingest_gives_the_same_store(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], size: int
) -> None:
    # Reprints in January, February and March, an undated one, one with another text, and one that is too short.
    days = ["2024-01-30", "2024-02-01", "2024-03-02", None, "2024-02-01", "2024-02-03"]
    prints = ["f", "f", "f", "f", "g", None]
    archive = open_archive(str(tmp_path_factory.mktemp("order") / "archive"), create=True)
    for start in range(0, 6, size):
        some = order[start : start + size]
        articles = [
            article(id=f"a{n}", published_at=day and moment(day), month=(day or "2024-02")[:7])
            for n in some
            for day in [days[n]]
        ]
        readings, mentions = read(pl.concat(articles))
        printed = readings.with_columns(fingerprint=pl.Series([prints[n] for n in some], dtype=pl.String))
        archive.append(pl.concat(articles), printed, mentions, NO_FETCHES, f"b{start}")
    found = archive.readings().sort("article_id").collect()
    # That of March is news again: its original lies more than a month back, and a copy is no original.
    assert found["copy_of"].to_list() == [None, "a0", None, "a0", None, None]


def test_the_newest_months_are_as_many_as_hold_so_many_mentions(archive: Archive) -> None:
    for n, day in enumerate(["2024-01-05", "2024-01-06", "2024-02-05", "2024-03-05"]):
        store(archive, article(id=f"a{n}", published_at=moment(day)), f"b{n}")
    for most, found in ((4, ["a0", "a1", "a2", "a3"]), (3, ["a2", "a3"]), (2, ["a2", "a3"]), (0, ["a3"])):
        newest = archive.newest(most)
        assert ids(newest.articles(), "id") == ids(newest.readings()) == ids(newest.mentions()) == found
        assert bool(newest.since) == (len(found) < 4)
    assert ids(archive.newest(3).pin().mentions()) == ["a2", "a3"]
