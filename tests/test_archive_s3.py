"""The same archive in an object store: a real server of the S3 protocol, on the loopback."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from data import index, schema
from data.archive import Archive, ArchiveError, ArchiveMissing, Locked, open_archive
from tests import test_shards
from tests.conftest import article, mention, reading


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The address of a moto server with a bucket `press`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        assert server.stderr
        for line in server.stderr:
            if "Running on" in line:
                break
        # What it says of each request later has to go somewhere, or it would wait for a reader.
        drain = ThreadPoolExecutor(1)
        drain.submit(server.stderr.read)
        address = f"http://127.0.0.1:{port}"
        request = urllib.request.Request(f"{address}/press", method="PUT")  # noqa: S310 (our own server)
        urllib.request.urlopen(request).close()  # noqa: S310
        yield address
        server.terminate()
        drain.shutdown()


@pytest.fixture(autouse=True)
def environment(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


def store(archive: Archive, ids: list[str], batch: str) -> None:
    archive.append(
        pl.concat(article(id=one) for one in ids),
        pl.concat(reading(article_id=one) for one in ids),
        pl.concat(mention(article_id=one) for one in ids),
        schema.empty("fetches"),
        batch,
    )


def test_a_bucket_holds_an_archive_like_a_folder() -> None:
    archive = open_archive("s3://press/whole", create=True)
    store(archive, ["a1", "a2"], "b1")
    store(archive, ["a1", "a2"], "b1")
    known = article(id="a1")
    assert archive.unseen(known).is_empty()
    store(archive, ["a3"], "b2")
    archive.replace_month("2024-10", archive.readings().collect(), schema.empty("mentions"))
    archive.tidy(files=1)
    archive.maintain()
    seen = open_archive("s3://press/whole")
    assert sorted(seen.articles().collect()["id"]) == ["a1", "a2", "a3"]
    assert seen.readings().filter(pl.col("month") == "2024-10").collect().height == 3
    assert seen.mentions().collect().is_empty()
    assert seen.size()["articles"] == 3
    assert seen.version() == archive.version()


def test_a_second_run_on_this_machine_finds_the_lock_held() -> None:
    archive = open_archive("s3://press/locked", create=True)
    with archive.lock(), pytest.raises(Locked), archive.pin().lock():
        pass


def test_two_writers_at_once_lose_nothing_and_double_nothing() -> None:
    open_archive("s3://press/two", create=True)

    def write(name: str) -> None:
        archive = open_archive("s3://press/two")
        for batch in range(4):
            shared, own = f"shared-{batch}", f"{name}-{batch}"
            store(archive, [shared, own], own)

    with ThreadPoolExecutor(2) as writers:
        list(writers.map(write, ["one", "two"]))
    archive = open_archive("s3://press/two")
    wanted = sorted(f"{name}-{batch}" for name in ("one", "two", "shared") for batch in range(4))
    assert sorted(archive.articles().collect()["id"]) == wanted
    assert sorted(archive.readings().collect()["article_id"]) == wanted
    assert sorted(archive.mentions().collect()["article_id"]) == wanted
    assert archive.unread().is_empty()


def test_two_shards_of_ingest_at_once_lose_nothing_and_double_nothing() -> None:
    url = "s3://press/shards"
    shutil.rmtree(index.folder_of(url), ignore_errors=True)  # of a bucket it lies beside the code
    with test_shards.six_presses() as presses:
        assert test_shards.run_shards(url, presses, 2) == [0, 0]
        test_shards.whole(url, presses, 2)
    shutil.rmtree(index.folder_of(url))


def test_an_empty_place_is_no_archive_yet() -> None:
    with pytest.raises(ArchiveMissing, match=r"s3://press/nothing: there is no archive here yet"):
        open_archive("s3://press/nothing")


def test_a_bucket_that_does_not_exist_is_named() -> None:
    for create in (True, False):
        with pytest.raises(ArchiveError, match=r"s3://no-bucket/x: .*there is no such bucket"):
            open_archive("s3://no-bucket/x", create=create)


def test_a_store_that_does_not_answer_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ArchiveError, match="no answer"):
        open_archive("s3://press/whole")


def test_an_endpoint_without_tls_has_to_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(ArchiveError, match="AWS_ALLOW_HTTP=true"):
        open_archive("s3://press/whole")
