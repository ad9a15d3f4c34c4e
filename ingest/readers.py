"""Who reads the articles: the cores of this machine, or the workers of a Spark cluster. The readings are the same."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.engine import LOCAL, Readers

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from ingest.tone import By


@contextmanager
def by_engine(engine: str, catalogue: "Catalogue", by: "By") -> Iterator[Readers]:
    """Who reads by this catalogue and an engine; they end with the context.

    Raises target.ModelError, and EngineError where a cluster cannot be used, before anything is read.
    """
    if engine == LOCAL:
        from ingest import reading

        with reading.reader(catalogue, os.cpu_count() or 1, by) as read:
            yield Readers(read)
    else:
        from ingest import spark

        with spark.readers(catalogue, engine, by) as found:
            yield found
