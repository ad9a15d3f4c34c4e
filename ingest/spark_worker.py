"""What a worker of a Spark cluster does: the same reading, of articles that come and go as Arrow.

An item is some articles, packed as Arrow IPC with all their types: what Spark makes of moments, nulls and lists on its
way cannot change them.
"""

import io
import platform
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import polars as pl

from data.catalogue import Catalogue
from data.identity import digest
from ingest import reading, target, tone
from ingest.tone import By

if TYPE_CHECKING:
    import pyarrow as pa

#: What comes: its number, and rows of `articles`. What goes: the number, and rows of `readings` and of `mentions`.
GIVEN = "number bigint, articles binary"
MADE = "number bigint, readings binary, mentions binary"


def read(batches: "Iterator[pa.RecordBatch]", catalogue: Catalogue, by: By) -> "Iterator[pa.RecordBatch]":
    """MADE of GIVEN, for `DataFrame.mapInArrow`: a row each, as soon as it is made."""
    import pyarrow as pa

    for batch in batches:
        for given in batch.to_pylist():
            made = reading.read(unpacked(given["articles"]), catalogue, by)
            columns = [[given["number"]], [packed(made.readings)], [packed(made.mentions)]]
            kinds = [pa.int64(), pa.binary(), pa.binary()]
            arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, ["number", "readings", "mentions"])


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
