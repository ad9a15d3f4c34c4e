"""The same archive in an object store: a real server of the S3 protocol, on the loopback."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import polars as pl
import pytest

import newsgauge
from dashboard import answers, held
from data import damage, derived, index, schema, search
from data.archive import Archive, ArchiveError, ArchiveMissing, Locked, fault, open_archive
from data.filters import Filters
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


def test_maintenance_beside_a_writer_loses_nothing_and_doubles_nothing() -> None:
    url = "s3://press/beside"
    store(open_archive(url, create=True), ["start"], "start")

    def write() -> None:
        archive = open_archive(url)
        for batch in range(3):
            store(archive, [f"a{batch}", f"b{batch}"], f"{batch}")

    def keep() -> None:
        # As from another machine, which no lock of this one reaches.
        archive = open_archive(url)
        for _ in range(2):
            archive.maintain()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(write), both.submit(keep)]:
            done.result()
    archive = open_archive(url)
    wanted = sorted(["start", *(f"{name}{batch}" for name in "ab" for batch in range(3))])
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


@pytest.fixture
def users(endpoint: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Key and secret of one who may do anything, one who may read, one who may do nothing, and of two mistakes."""
    iam = boto3.client("iam", "us-east-1", endpoint_url=endpoint)
    keys = {}
    for name, actions in (("writer", ["s3:*"]), ("reader", ["s3:Get*", "s3:List*"]), ("stranger", ["s3:ListBuckets"])):
        allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        keys[name] = made["AccessKeyId"], made["SecretAccessKey"]
    keys |= {"wrong secret": (keys["writer"][0], "wrong"), "wrong key": ("AKIAWRONG", keys["writer"][1])}
    guard(endpoint, "0")
    yield keys
    guard(endpoint, "inf")


def guard(endpoint: str, free: str) -> None:
    """Let the server ask who is there, after so many requests."""
    headers, address = {"Content-Type": "text/plain"}, f"{endpoint}/moto-api/reset-auth"
    request = urllib.request.Request(address, free.encode(), headers, method="POST")  # noqa: S310 (our own server)
    urllib.request.urlopen(request).close()  # noqa: S310


def test_a_wrong_key_a_wrong_secret_and_a_missing_permission_are_told_apart(
    users: dict[str, tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def by(name: str) -> None:
        for variable, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), users[name], strict=True):
            monkeypatch.setenv(variable, value)

    by("writer")
    store(open_archive("s3://press/guarded", create=True), ["a1"], "b1")
    for name, says in (
        ("wrong key", "nobody has this key. Check AWS_ACCESS_KEY_ID"),
        ("wrong secret", "its secret is another one. Check AWS_SECRET_ACCESS_KEY"),
        ("stranger", "may not do that. Allow them s3:GetObject and s3:ListBucket"),
    ):
        by(name)
        with pytest.raises(ArchiveError, match=f"s3://press/guarded: readings cannot be read: .*{says}"):
            open_archive("s3://press/guarded")
    by("reader")
    archive = open_archive("s3://press/guarded")
    assert archive.mentions().collect().height == 1
    with pytest.raises(ArchiveError, match=r"articles cannot be written: .* and to write s3:PutObject"):
        store(archive, ["a2"], "b2")


def test_a_bucket_is_imported_into_maintained_searched_and_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url, rows = "s3://press/everything", tmp_path / "rows.jsonl"
    said = "NATO met in Oslo on Tuesday, and its members spoke of the grain of Odesa for hours without a decision."
    told = {"text": said, "published_at": "2024-10-01T08:00:00Z", "outlet": "bbc", "language": "en"}
    lines = [json.dumps({"url": f"https://example.org/{n}", "title": f"Item {n}"} | told) for n in range(3)]
    rows.write_text("\n".join(lines))
    monkeypatch.setattr(index, "folder_of", lambda _: tmp_path / "search")
    monkeypatch.setattr(derived, "folder_of", lambda _: tmp_path / "derived")
    assert newsgauge.main(["import", str(rows), "--tone", "lexicon", "--archive", url]) == 0
    assert newsgauge.main(["maintain", "--archive", url]) == 0
    archive = open_archive(url)
    assert derived.opened(archive).fresh == {"2024-10"}
    for words in ([], ["--search", "grain"]):
        capsys.readouterr()
        assert newsgauge.main(["export", "volume", "--actor", "nato", "--archive", url, *words]) == 0
        assert capsys.readouterr().out.splitlines()[1] == "2024-10-01,3,3,1.0"
    press = held.press(archive, url)
    assert answers.summary(press, Filters(actors=("nato",)), "tone")["mentions"] == 3
    assert search.found(press.search, "odesa").height == 3


def test_a_file_that_is_gone_from_a_bucket_is_named(endpoint: str) -> None:
    archive = open_archive("s3://press/harmed", create=True)
    store(archive, ["a1"], "b1")
    assert damage.told(archive) == ""
    (path,) = archive.tables["mentions"].file_uris()
    boto3.client("s3", "us-east-1", endpoint_url=endpoint).delete_object(
        Bucket="press", Key=path.removeprefix("s3://press/")
    )
    assert "s3://press/harmed: a file of the table mentions is missing: mentions/month=2024-10/" in damage.told(archive)


def test_a_store_that_does_not_answer_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ArchiveError, match="no answer"):
        open_archive("s3://press/whole")


@pytest.mark.parametrize("milliseconds", ["403.55", "200.403", "533.28"])
def test_no_cause_is_read_from_how_long_it_took(milliseconds: str) -> None:
    said = f"Error performing GET http://127.0.0.1:9/press in {milliseconds}ms - tcp connect error (os error 111)"
    assert "no answer" in str(fault("s3://press/whole", "readings cannot be read", OSError(said)))


def test_a_server_that_forbids_is_told_from_its_status() -> None:
    said = "Server returned non-2xx status code: 403 Forbidden: "
    assert "these credentials may not do that" in str(fault("s3://press/whole", "it cannot be read", OSError(said)))


class Elsewhere(BaseHTTPRequestHandler):
    """Answers as S3 does where the bucket is in another region."""

    def do_GET(self) -> None:  # asked for first, and nothing else is
        self.send_response(301)
        self.send_header("Content-Length", "0")
        self.send_header("x-amz-bucket-region", "eu-west-1")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_bucket_in_another_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(
            ArchiveError, match=r"s3://press/whole: .*the bucket lies in another region. Set AWS_REGION"
        ):
            open_archive("s3://press/whole")
        server.shutdown()


class Full(BaseHTTPRequestHandler):
    """Answers as a store does that is empty and yet has no room."""

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if "list-type" in self.path:
            self._answer(200, b"<ListBucketResult><Name>press</Name><KeyCount>0</KeyCount></ListBucketResult>")
        else:
            self._answer(404)

    def do_HEAD(self) -> None:
        self._answer(404)

    def do_PUT(self) -> None:
        self._answer(507, b"<Error><Code>XMinioStorageFull</Code></Error>")

    def do_POST(self) -> None:
        self.do_PUT()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_store_without_room_is_told_with_the_file_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"url": "https://example.org/1", "title": "NATO meets"}')
    command = [sys.executable, newsgauge.__file__, "import", str(tmp_path / "rows.jsonl"), "--tone", "lexicon"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Full) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        environment = os.environ | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        done = subprocess.run(
            [*command, "--archive", "s3://press/whole"], env=environment, capture_output=True, text=True, check=False
        )
        server.shutdown()
    assert done.returncode == 74
    assert re.fullmatch(
        r"newsgauge: s3://press/whole: the archive cannot be made: the store has no room left for "
        rf"http://127\.0\.0\.1:{server.server_port}/press/whole/[a-z]+/_delta_log/0+\.json\. Make room there or "
        r"raise its quota, then run this again; all that was stored before is safe\.\n",
        done.stderr,
    )


def test_that_there_are_no_credentials_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")  # where a machine of theirs asks for its own
    with pytest.raises(ArchiveError, match=r"s3://press/whole: .*: no credentials. Set AWS_ACCESS_KEY_ID and"):
        open_archive("s3://press/whole")


def test_what_a_library_says_in_colours_is_told_without_them() -> None:
    told = fault("s3://press/whole", "it cannot be read", OSError("store \x1b[31m↳\x1b[0m gone"))
    assert str(told) == "s3://press/whole: it cannot be read: store ↳ gone"


def test_an_endpoint_without_tls_has_to_be_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(ArchiveError, match="AWS_ALLOW_HTTP=true"):
        open_archive("s3://press/whole")
