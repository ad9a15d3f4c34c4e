"""What an engine that reads articles offers, how its address is written, and how it can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from ingest.files import Apart
    from ingest.reading import Readings

#: Without an address the cluster is Sail, in this very process.
LOCAL, HERE = "local", "spark"
SCHEMES = ("spark://", "sc://")


class EngineError(Exception):
    """The cluster cannot be used as it is; the message says which, what is wrong, and what to do."""


class EngineLost(EngineError):  # noqa: N818 (it says what is the case)
    """The cluster failed in the middle of the work; what was stored before is whole."""


def address(engine: str) -> str | None:
    """The address of a cluster as Spark Connect writes it; None for those without. Raises ValueError for other words.

    >>> address("spark://cluster.example.org:15002")
    'sc://cluster.example.org:15002'
    """
    if engine in (LOCAL, HERE):
        return None
    scheme = next((one for one in SCHEMES if engine.startswith(one)), "")
    place = engine.removeprefix(scheme)
    if not scheme or not place.partition("/")[0].strip(":"):
        raise ValueError(f"{engine!r} is none of local, spark, spark://HOST:PORT and sc://HOST:PORT")
    return f"sc://{place}"


def shown(engine: str) -> str:
    """An engine as it may be told: without what follows its address, a token perhaps.

    >>> shown("sc://cluster.example.org:443/;token=secret")
    'sc://cluster.example.org:443'
    """
    return engine.partition(";")[0].rstrip("/")


@dataclass(frozen=True)
class Readers:
    """What an engine offers: `read` makes readings of articles, `apart` (None: nobody) reads web archives.

    A run gives it `batch` articles at a time; None leaves that to the run.
    """

    read: "Callable[[pl.DataFrame], Readings]"
    apart: "Apart | None" = None
    batch: int | None = None
