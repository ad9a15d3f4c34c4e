"""What a worker of a Spark cluster does: the same reading, of articles that come and go as Arrow, or of web archives.

An item is some articles, packed as Arrow IPC with all their types: what Spark makes of moments, nulls and lists on its
way cannot change them.
"""

import io
import json
import platform
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

from data import schema
from data.catalogue import Catalogue
from data.identity import digest
from ingest import files, reading, target, tone
from ingest.files import Source
from ingest.outlets import outlets
from ingest.tone import By

if TYPE_CHECKING:
    import pyarrow as pa

#: What comes: its number, and rows of `articles`. What goes: the number, and rows of `readings` and of `mentions`.
GIVEN = "number bigint, articles binary"
MADE = "number bigint, readings binary, mentions binary"

#: A stretch of a web archive, from a place on up to another one (null: to the end); and what it has, batch by batch:
#: all but the articles as JSON.
STRETCH = "number bigint, start bigint, stop bigint"
PAGES = "number bigint, told string, articles binary"


def read(batches: "Iterator[pa.RecordBatch]", catalogue: Catalogue, by: By) -> "Iterator[pa.RecordBatch]":
    """MADE of GIVEN, for `DataFrame.mapInArrow`: a row each, as soon as it is made."""
    for batch in batches:
        for given in batch.to_pylist():
            made = reading.read(unpacked(given["articles"]), catalogue, by)
            yield _row(number=given["number"], readings=packed(made.readings), mentions=packed(made.mentions))


def pages(
    batches: "Iterator[pa.RecordBatch]", source: Source, catalogue: Catalogue, now: datetime
) -> "Iterator[pa.RecordBatch]":
    """PAGES of STRETCH of a source, for `DataFrame.mapInArrow`; where the file cannot be seen here, a row says so."""
    for batch in batches:
        for given in batch.to_pylist():
            for told, articles in _stretch(source, catalogue, now, given["start"], given["stop"]):
                yield _row(number=given["number"], told=json.dumps(told), articles=packed(articles))


def _row(**values: int | str | bytes) -> "pa.RecordBatch":
    import pyarrow as pa

    return pa.RecordBatch.from_pylist([values])


def _stretch(
    source: Source, catalogue: Catalogue, now: datetime, start: int, stop: int | None
) -> Iterator[tuple[dict[str, object], pl.DataFrame]]:
    try:
        source.path.open("rb").close()
    except OSError as error:
        yield {"unseen": f"{error.strerror}"}, schema.empty("articles")
        return
    for batch in files.stretch(source, outlets(catalogue), now, start, stop):
        told = {
            "entries": batch.entries,
            "dropped": batch.dropped,
            "problems": batch.problems,
            "notes": batch.notes,
            "reached": max(batch.marks.values(), default=None),
            "at": batch.at,
        }
        yield told, batch.articles


def packed(frame: pl.DataFrame) -> bytes:
    """A frame as bytes, with all its types."""
    stream = io.BytesIO()
    frame.write_ipc(stream, compression="zstd")
    return stream.getvalue()


def unpacked(content: bytes) -> pl.DataFrame:
    """The frame that was packed."""
    return pl.read_ipc(io.BytesIO(content))


def state(by: By) -> dict[str, str]:
    """What a reading depends on here: `newsgauge`, `model`, `polars`, `python`; alike on two machines, it is the same.

    Raises target.ModelError where the model is asked for and missing.
    """
    if by == "model":
        target.check()
    python = ".".join(platform.python_version_tuple()[:2])
    return {"newsgauge": code(), "model": tone.version(by), "polars": pl.__version__, "python": python}


@lru_cache(maxsize=1)
def code() -> str:
    """12 hex digits that stand for the code of the rooms that read."""
    modules = sorted(
        (f"{room}/{module.name}", module.read_text(encoding="utf-8"))
        for room in ("data", "ingest")
        for module in resources.files(room).iterdir()
        if module.name.endswith(".py")
    )
    return digest(*(text for module in modules for text in module))[:12]
