"""The same reading on a Spark cluster: Sail, in this process and as a server of its own."""

import gzip
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

import newsgauge
from data import places, schema
from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from ingest import engine, files, readers, reading, spark, spark_worker
from ingest.engine import EngineError, Readers
from ingest.files import Batch
from ingest.reading import Readings
from tests.archives import answer, packed, page, pages, record
from tests.conftest import NOON, article

HOME = Path(newsgauge.__file__).parent
CATALOGUE = load(DEFAULT)
TEXTS = [
    "NATO praised Ukraine on Tuesday. It will help.",
    "“Donald Trump is wrong,” said Mark Rutte.",
    "It rained in Ohio.",
    "Der Bundestag tagte.",
    "",
]
TABLES = {"articles": ["id", "version"], "readings": ["article_id"], "mentions": ["article_id", "actor"]}


@pytest.fixture(scope="module")
def sail() -> Iterator[Readers]:
    """Sail in this process, by the lexicon."""
    with readers.by_engine("spark", CATALOGUE, "lexicon") as them:
        yield them


@pytest.fixture
def by_spark(sail) -> Callable[[pl.DataFrame], Readings]:
    return sail.read


def articles(count: int) -> pl.DataFrame:
    named = [(f"Summit number {n}: NATO, Ukraine and Rutte", TEXTS[n % len(TEXTS)]) for n in range(count)]
    return pl.concat(article(title=title, text=text, language=None, authors=["Ä"]) for title, text in named)


def same(made: Readings, wanted: Readings) -> bool:
    """Whether two readings are the same to the last bit, and of the same types."""
    return made.readings.equals(wanted.readings) and made.mentions.equals(wanted.mentions)


def run(*arguments: object) -> int:
    try:
        return newsgauge.main([str(one) for one in arguments])
    except SystemExit as end:
        return int(end.code or 0)


def rows(archive: Archive, table: str, *without: str) -> pl.DataFrame:
    return archive.scan(table).drop(*without).collect().sort(TABLES[table])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_readings_come_back_the_same_and_in_their_order_whatever_the_size_of_the_jobs(by_spark, monkeypatch):
    monkeypatch.setitem(spark.SLICES, "lexicon", 3)
    given = articles(8)
    wanted = reading.read(given, CATALOGUE, "lexicon")
    assert wanted.mentions.height > 8
    assert same(by_spark(given), wanted)
    monkeypatch.setattr(spark, "JOB_BYTES", 1)  # then each item is a job
    assert same(by_spark(given), wanted)
    assert same(by_spark(given.clear()), reading.read(given.clear(), CATALOGUE, "lexicon"))


def test_the_model_gives_the_same_tones_there():
    given = articles(2)
    with readers.by_engine("spark", CATALOGUE, "model") as them:
        assert same(them.read(given), reading.read(given, CATALOGUE, "model"))


def test_an_archive_imported_and_rescored_by_spark_is_the_one_that_this_machine_makes(tmp_path, capsys):
    (tmp_path / "news.warc.gz").write_bytes(packed(pages(3)))
    articles(30).select("title", "text", "url", "published_at").write_parquet(tmp_path / "press.parquet")
    made = {}
    for name in ("local", "spark"):
        url = str(tmp_path / name)
        words = ("--archive", url, "--engine", name, "--tone", "lexicon")
        assert run("import", tmp_path / "news.warc.gz", tmp_path / "press.parquet", "--json", *words) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["entries"], told["new"]) == (33, 33)
        made[name] = open_archive(url)
    for table in TABLES:
        moments = ("collected_at", "seen_at") if table == "articles" else ()
        assert rows(made["spark"], table, *moments).equals(rows(made["local"], table, *moments))
    before = {table: rows(made["spark"], table) for table in ("readings", "mentions")}
    assert before["mentions"].height > 30
    assert run("rescore", "--archive", tmp_path / "spark", "--engine", "spark", "--tone", "lexicon") == 0
    for table, wanted in before.items():
        assert rows(made["spark"].pin(), table).equals(wanted)


def read_files(path: Path, apart: files.Apart | None = None) -> Batch:
    return files.joined(list(files.read([path], "auto", CATALOGUE, NOON, apart=apart)))


RECORDS = pages(12)
BROKEN = [*RECORDS[:4], b"WARC/1.0\r\nno header" + b"x" * 900, *RECORDS[4:7], b"\0" * 3_000, *RECORDS[7:]]
QUOTED = [*RECORDS[:3], record("https://example.org/q", answer(page(text="\r\n\r\nWARC/1.0\r\n" * 200))), *RECORDS[3:]]


@pytest.mark.parametrize("step", [1, 700, 5_000])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("whole.warc.gz", packed(RECORDS)),
        ("plain.warc", b"".join(RECORDS)),
        ("at-once.warc.gz", gzip.compress(b"".join(RECORDS))),
        ("damaged.warc.gz", packed(RECORDS[:5])[:-40] + packed(RECORDS[5:])),
        ("broken.warc", b"".join(BROKEN)),
        ("quoted.warc", b"".join(QUOTED)),
        ("cut.warc.gz", packed(RECORDS)[:-30]),
        ("empty.warc", b""),
    ],
)
def test_a_web_archive_read_by_stretches_gives_what_it_gives_page_by_page(
    sail, tmp_path, monkeypatch, name, content, step
):
    monkeypatch.setattr(spark, "STRETCH", step)
    monkeypatch.setattr(spark, "STRETCHES", 5)
    (tmp_path / name).write_bytes(content)
    here, there = read_files(tmp_path / name), read_files(tmp_path / name, sail.apart)
    assert there.articles.equals(here.articles)
    assert (there.entries, there.dropped, there.problems) == (here.entries, here.dropped, here.problems)
    assert (there.notes, there.marks) == (here.notes, here.marks)


def test_a_web_archive_that_the_workers_cannot_see_is_read_here_and_that_is_told(sail, tmp_path, monkeypatch):
    (tmp_path / "a.warc.gz").write_bytes(packed(RECORDS))
    monkeypatch.setattr(spark_worker, "_stretch", lambda *_: [({"unseen": "No such file"}, schema.empty("articles"))])
    found = read_files(tmp_path / "a.warc.gz", sail.apart)
    assert found.articles.equals(read_files(tmp_path / "a.warc.gz").articles)
    assert [note for note in found.notes if "the workers cannot see it (No such file), so its pages were read" in note]


PASSAGES = (
    "article_id string, actor string, field string, start int, end int, tone double, confidence double, how string, "
    "speaker string"
)


def laid_out(batches: Iterator[Any]) -> Iterator[Any]:
    """The passages of packed mentions, as docs/spark.md shows it."""
    for batch in batches:
        rows = pl.DataFrame(pl.from_arrow(batch)).select("article_id", "actor", places.passages()).explode("passages")
        flat = rows.unnest("passages").drop_nulls("start")
        yield from flat.to_arrow(compat_level=pl.CompatLevel.oldest()).to_batches()


def test_spark_reads_the_tables_and_we_read_what_it_writes(tmp_path):
    archive = open_archive(str(tmp_path / "archive"), create=True)
    made = reading.read(articles(8), CATALOGUE, "lexicon")
    archive.append(articles(8), made.readings, made.mentions, archive.fetches().collect(), "b1")
    with spark.session("spark") as session:
        mentions = session.read.format("delta").load(f"{archive.url}/mentions")
        counted = mentions.where("actor = 'nato'").groupBy("month").count().collect()
        assert [tuple(row) for row in counted] == [("2024-10", 8)]
        packed = mentions.select("article_id", "actor", "names", "places")
        passages = [tuple(row) for row in packed.mapInArrow(laid_out, PASSAGES).collect()]
        mentions.select("article_id", "actor", "tone").write.format("delta").save(str(tmp_path / "copy"))
    copied = pl.scan_delta(DeltaTable(str(tmp_path / "copy"))).collect()
    assert copied.sort("article_id", "actor").equals(
        made.mentions.select("article_id", "actor", pl.col("tone").round(3)).sort("article_id", "actor")
    )
    wanted = made.mentions.explode("passages").unnest("passages", separator="_").drop_nulls("passages_start")
    kept = ["article_id", "actor", "passages_field", "passages_start", "passages_end"]
    assert sorted(row[:5] for row in passages) == sorted(wanted.select(kept).rows())


@pytest.mark.parametrize("word", ["moon", "spark:", "spark://", "sc://:", "http://example.org", ""])
def test_a_word_that_is_no_engine_is_refused(tmp_path, word, capsys):
    assert run("rescore", "--archive", tmp_path, "--engine", word) == 2
    assert "none of local, spark, spark://HOST:PORT and sc://HOST:PORT" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_named_soon(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(spark, "PATIENCE", 0.2)
    port = free_port()
    (tmp_path / "a.jsonl").write_text('{"title": "NATO met"}\n')
    words = ("--archive", tmp_path / "archive", "--engine", f"spark://127.0.0.1:{port}/;token=secret")
    assert run("import", tmp_path / "a.jsonl", *words) == 2
    said = capsys.readouterr().err
    assert f"--engine spark://127.0.0.1:{port}: no Spark Connect server answers there" in said
    assert "15002" in said
    assert "secret" not in said
    assert open_archive(str(tmp_path / "archive")).size()["articles"] == 0


@pytest.mark.parametrize("package", ["pysail.spark", "pyspark.sql.connect.session"])
def test_a_missing_extra_is_told_with_what_to_install(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with (
        pytest.raises(EngineError, match=r"pip install -c constraints\.txt pysail pyspark-client"),
        spark.session("spark"),
    ):
        pass


@pytest.fixture
def bare_server(tmp_path) -> Iterator[str]:
    """The address of a Sail server whose workers have all packages, and no Newsgauge."""
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as server:
        assert server.stdout
        server.stdout.readline()
        yield f"sc://127.0.0.1:{port}"
        server.kill()


SERVER = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", int(sys.argv[1]))
server.start(background=True)
print("up", flush=True)
sys.stdin.read()
"""


def test_workers_without_newsgauge_are_told_before_anything_is_read(bare_server):
    with pytest.raises(EngineError) as raised, readers.by_engine(bare_server, CATALOGUE, "lexicon"):
        pass
    assert f"--engine {bare_server}: the workers cannot read by Newsgauge: ModuleNotFoundError" in str(raised.value)
    assert "on PYTHONPATH" in str(raised.value)


def test_workers_with_another_newsgauge_are_refused_for_their_readings_would_be_others(monkeypatch):
    states, state = iter([{"newsgauge": "0123456789ab"}]), spark_worker.state
    monkeypatch.setattr(spark_worker, "state", lambda by: next(states, state(by)))
    with pytest.raises(EngineError) as raised, readers.by_engine("spark", CATALOGUE, "lexicon"):
        pass
    assert f"the workers have newsgauge {spark_worker.code()}, this machine 0123456789ab" in str(raised.value)


def test_a_fault_of_a_worker_is_told_with_its_reason_and_what_was_stored_is_safe(by_spark, monkeypatch):
    monkeypatch.setattr(reading, "read", lambda *_: 1 // 0)  # the workers of Sail are threads of this process
    with pytest.raises(engine.EngineLost, match=r"ZeroDivisionError.*What was stored before is safe"):
        by_spark(articles(1))
