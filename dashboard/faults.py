"""What stands in the place of what cannot be read of an archive: that nobody could look, which is not "nothing"."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from polars.exceptions import ComputeError, PanicException

from dashboard import blocks
from data.archive import ArchiveError

_log = logging.getLogger(__name__)

#: What reading an archive raises that is damaged, gone or out of reach; Polars panics at a file that was cut short.
FAULTS = (ArchiveError, ComputeError, OSError, PanicException)

UNREADABLE = (
    "This does not mean that there are no articles: they could not be looked at. The server's log says why. "
    "Run ./newsgauge status on the machine that holds the archive, then load this page again."
)


@contextmanager
def told(headline: str = "Something here cannot be read", what_to_do: str = UNREADABLE) -> Iterator[None]:
    """Say in the place of what is drawn inside that it cannot be read; also as a decorator of a part of a page."""
    try:
        yield
    except FAULTS as error:
        # The message holds addresses, which are the operator's business and not a reader's.
        _log.error("A part of a page cannot be read: %s", error)
        blocks.empty(headline, what_to_do)
