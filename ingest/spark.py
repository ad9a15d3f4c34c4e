"""Reading on a Spark cluster, through Spark Connect: the same function as here, and the same results.

The driver sends articles and gets back what was made of them; it alone writes to the archive. To read an article by the
model costs a core a tenth of a second, to send its few kilobytes next to nothing: so the workers need neither the
archive nor its credentials, only this same Newsgauge. With no address, Sail is the cluster, in this very process.
"""

import json
import os
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from threading import Thread
from typing import TYPE_CHECKING, Any

import polars as pl

from data import schema
from data.catalogue import Catalogue
from ingest import files, reading, spark_worker, tone, warc
from ingest.engine import EngineError, EngineLost, Readers, address, shown
from ingest.files import Batch, Source
from ingest.outlets import outlets
from ingest.reading import Readings
from ingest.rows import one_line
from ingest.tone import By

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

#: Articles of an item, some seconds of a core: far more than it costs to hand one out.
SLICES: dict[By, int] = {"model": 50, "lexicon": 500}

#: Articles that a run reads at a time: items for some hundred cores.
BATCH = 40_000

#: Bytes of a web archive that one worker reads in one go, a quarter of a minute or so, and such stretches of a job.
STRETCH, STRETCHES = 32 * 2**20, 64

#: Bytes of the items of a job, packed: all that the driver holds beside what it was given.
JOB_BYTES = 32 * 2**20

PATIENCE = 15  # seconds in which a server has to answer
RETRIES = 6  # of a call that was broken off, about a minute

_EXTRA = "Install the extra `spark`: .venv/bin/python -m pip install -c constraints.txt {missing}"
_PAGE = "docs/spark.md tells how"


@contextmanager
def readers(catalogue: Catalogue, engine: str, by: By = tone.DEFAULT) -> Iterator[Readers]:
    """The workers of `engine`, spark, spark://HOST:PORT or sc://HOST:PORT, reading by this catalogue.

    Raises EngineError before anything is read, where the cluster or its workers cannot be used; EngineLost later.
    """
    mine = spark_worker.state(by)
    with session(engine) as opened:
        _check(opened, shown(engine), by, mine)
        cluster = Cluster(opened, shown(engine), catalogue)
        yield Readers(partial(_read, cluster, by), partial(_pages, cluster), BATCH)


@dataclass(frozen=True)
class Cluster:
    """Where it is read, what that is called, and by which catalogue."""

    session: "SparkSession"
    engine: str
    catalogue: Catalogue


@contextmanager
def session(engine: str) -> "Iterator[SparkSession]":
    """A session of this engine, which ends with the context. Raises EngineError where there is none to be had."""
    with _server(engine) as place, _client(place, shown(engine)) as opened:
        yield opened


# The cluster


@contextmanager
def _server(engine: str) -> Iterator[str]:
    """Where Spark Connect listens; for `spark` alone a server that ends with the context."""
    known = address(engine)
    if known:
        yield known
        return
    os.environ.setdefault("RUST_LOG", "error")  # or it would tell of its doings on stderr
    try:
        from pysail.spark import SparkConnectServer
    except ImportError as error:
        raise EngineError(f"--engine spark: Sail is missing ({error}). {_EXTRA.format(missing=_MISSING)}") from error
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    try:
        host, port = server.listening_address or ("127.0.0.1", 0)
        yield f"sc://{host}:{port}"
    finally:
        # It waits for what its workers do, some seconds of reading: who was told to stop does not.
        ending = Thread(target=server.stop, daemon=True)
        ending.start()
        ending.join(timeout=1)


_MISSING = "pysail pyspark-client"


@contextmanager
def _client(place: str, engine: str) -> "Iterator[SparkSession]":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of pandas, through which nothing of ours goes
        try:
            from pyspark.errors import PySparkException
            from pyspark.sql.connect.client.retries import DefaultPolicy
            from pyspark.sql.connect.session import SparkSession
        except ImportError as error:
            said = f"--engine {engine}: the client of Spark Connect is missing ({one_line(error)})"
            raise EngineError(f"{said}. {_EXTRA.format(missing=_MISSING)}") from error
        _reach(place, engine)
        try:
            session = SparkSession.builder.remote(place).create()
        except PySparkException as error:
            raise _fault(engine, error, EngineError) from error
    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
    try:
        yield session
    except BaseException:
        session.client.set_retry_policies([])
        with suppress(Exception):  # of a cluster that is gone there is nothing left to stop
            session.interruptAll()
        raise
    with suppress(Exception):
        session.stop()


def _reach(place: str, engine: str) -> None:
    """Raises EngineError where nobody answers: the client itself would go on asking for ten minutes."""
    import grpc
    from pyspark.errors import PySparkException
    from pyspark.sql.connect.client import DefaultChannelBuilder

    try:
        channel = DefaultChannelBuilder(place).toChannel()
    except PySparkException as error:
        raise EngineError(f"--engine {engine}: no address of Spark Connect ({one_line(error)}). {_PAGE}") from error
    try:
        grpc.channel_ready_future(channel).result(timeout=PATIENCE)
    except grpc.FutureTimeoutError:
        raise EngineError(
            f"--engine {engine}: no Spark Connect server answers there within {PATIENCE} s. Start one, or correct the "
            f"address: it is the port of Spark Connect, 15002 by default, not that of the master; {_PAGE}"
        ) from None
    finally:
        channel.close()


def _check(session: "SparkSession", engine: str, by: By, mine: dict[str, str]) -> None:
    """Raises EngineError where a worker lacks Newsgauge, or has another one, so that its readings would be others."""
    found = session.range(0, 4, 1, 4).mapInArrow(_probe(by), "name string, told string")
    for name, told in _rows(found, engine, EngineError):
        if name == "fault":
            raise EngineError(f"--engine {engine}: the workers cannot read by Newsgauge: {one_line(told)}. {_LAY}")
        if mine[name] != told:
            raise EngineError(f"--engine {engine}: the workers have {name} {told}, this machine {mine[name]}. {_LAY}")


_LAY = f"Lay the same Newsgauge with the same packages on each worker, and its folder on PYTHONPATH; {_PAGE}"


def _probe(by: By) -> Callable[[Iterable[Any]], Iterator[Any]]:
    def probe(batches: Iterable[Any]) -> Iterator[Any]:
        # A function within a function travels whole, so that it can tell even where nothing of ours is to be found.
        import pyarrow

        for _ in batches:
            try:
                from ingest import spark_worker

                told = spark_worker.state(by)
            except Exception as error:
                told = {"fault": f"{type(error).__name__}: {error}"}
            columns = [pyarrow.array(list(told), "string"), pyarrow.array(list(told.values()), "string")]
            yield pyarrow.RecordBatch.from_arrays(columns, ["name", "told"])

    return probe


# The reading


def _read(cluster: Cluster, by: By, articles: pl.DataFrame) -> Readings:
    if articles.is_empty():
        return reading.read(articles, cluster.catalogue, by)
    work = partial(spark_worker.read, catalogue=cluster.catalogue, by=by)
    parts: list[Readings] = []
    for job in _jobs(map(spark_worker.packed, articles.iter_slices(SLICES[by]))):
        given = cluster.session.createDataFrame(list(enumerate(job)), spark_worker.GIVEN)
        done = given.repartition(len(job), "number").mapInArrow(work, spark_worker.MADE)
        made = {
            number: Readings(spark_worker.unpacked(bytes(readings)), spark_worker.unpacked(bytes(mentions)))
            for number, readings, mentions in _rows(done, cluster.engine, EngineLost)
        }
        if made.keys() != set(range(len(job))):
            raise EngineLost(f"--engine {cluster.engine}: of {len(job)} items {len(made)} came back. {_SAFE}")
        parts += [made[number] for number in range(len(job))]
    return reading.joined(parts)


def _jobs(items: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The items by JOB_BYTES of them, so that neither a message nor what is held grows with what is asked for."""
    job: list[bytes] = []
    size = 0
    for item in items:
        if job and size + len(item) > JOB_BYTES:
            yield job
            job, size = [], 0
        job.append(item)
        size += len(item)
    if job:
        yield job


def _pages(cluster: Cluster, source: Source, start: int, now: datetime) -> Iterator[Batch]:
    """The batches of a web archive from a place on: its stretches are read by the workers, or where not, here."""
    at = start
    notes = Counter[str]()
    for begin, end, found in _stretches(cluster, source, start, now):
        if isinstance(found, str):
            notes[f"{source.path}: the workers cannot see it ({found}), so its pages were read here. {_SEE}"] += 1
            break
        # Only who has read up to an edge knows that it is one; where it is none, all behind it is read again.
        if end is not None and found[-1].reached != end:
            break
        yield from (one.batch for one in found)
        at = found[-1].reached or begin
    else:
        return
    yield Batch(schema.empty("articles"), 0, notes=notes)
    yield from files.stretch(source, outlets(cluster.catalogue), now, at)


_SEE = "Lay it where all machines have it under the same name"


@dataclass(frozen=True, slots=True)
class _Part:
    """A batch of a stretch, and how far it goes."""

    batch: Batch
    reached: int | None


def _stretches(
    cluster: Cluster, source: Source, start: int, now: datetime
) -> Iterator[tuple[int, int | None, list[_Part] | str]]:
    """Where each stretch begins and ends, and what it has; a text where a worker cannot see the file."""
    try:
        with source.path.open("rb") as stream:
            edges: list[int | None] = [*warc.edges(stream, start, STRETCH), None]
    except OSError as error:
        yield start, None, error.strerror or "it cannot be opened"
        return
    for first in range(0, len(edges) - 1, STRETCHES):
        job = list(pairwise(edges[first : first + STRETCHES + 1]))
        found = _job(cluster, source, job, now)
        for number, (begin, end) in enumerate(job):
            yield begin or 0, end, found.get(number) or "nothing came back"


def _job(
    cluster: Cluster, source: Source, job: Sequence[tuple[int | None, int | None]], now: datetime
) -> dict[int, list[_Part] | str]:
    given = cluster.session.createDataFrame([(n, *ends) for n, ends in enumerate(job)], spark_worker.STRETCH)
    work = partial(spark_worker.pages, source=source, catalogue=cluster.catalogue, now=now)
    done = given.repartition(len(job), "number").mapInArrow(work, spark_worker.PAGES)
    parts: defaultdict[int, list[_Part]] = defaultdict(list)
    unseen: dict[int, str] = {}
    for number, said, articles in _rows(done, cluster.engine, EngineLost):
        told = json.loads(said)
        if "unseen" in told:
            unseen[number] = told["unseen"]
        else:
            parts[number].append(_part(source, told, spark_worker.unpacked(bytes(articles))))
    return {**parts, **unseen}


def _part(source: Source, told: dict[str, Any], articles: pl.DataFrame) -> _Part:
    key, reached = files.key_of(source), told["reached"]
    batch = Batch(
        articles,
        told["entries"],
        Counter(told["dropped"]),
        tuple(told["problems"]),
        Counter(told["notes"]),
        {key: reached} if key and reached else {},
        told["at"],
    )
    return _Part(batch, reached)


def _rows(frame: Any, engine: str, kind: type[EngineError]) -> Iterator[tuple[Any, ...]]:
    """The rows of a frame as they come."""
    import grpc
    from pyspark.errors import PySparkException

    try:
        for row in frame.toLocalIterator():
            yield tuple(row)
    except (PySparkException, grpc.RpcError) as error:
        raise _fault(engine, error, kind) from error


_SAFE = "What was stored before is safe; the same command again goes on from there"


def _fault(engine: str, error: Exception, kind: type[EngineError]) -> EngineError:
    """What a cluster says, with what to do about it."""
    said = str(error)
    for signs, cause in _CAUSES:
        if any(sign in said for sign in signs):
            advice = cause
            break
    else:
        advice = f"Look into the cluster's own log; {_PAGE}"
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1] if "Traceback" in said and lines else said
    safe = f". {_SAFE}" if kind is EngineLost else ""
    return kind(f"--engine {engine}: {one_line(last)}. {advice}{safe}")


_CAUSES = (
    (("UNAVAILABLE", "Connection refused", "RETRIES_EXCEEDED", "Socket closed"), "The server is gone. Start it again"),
    (("UNAUTHENTICATED", "PERMISSION_DENIED"), "Give a token that may use it: sc://HOST:PORT/;token=..."),
    (("PYTHON_VERSION_MISMATCH", "different version"), f"Workers need the same Python as here. {_LAY}"),
    (("ModuleNotFoundError", "ImportError"), _LAY),
    (("ModelError",), _LAY),
    (("OutOfMemory", "exited unexpectedly", "heartbeat"), "A worker died, perhaps for want of memory. Give it more"),
)
