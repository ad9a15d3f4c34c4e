"""The lock of an archive: who holds it is the only run that writes.

It is taken before anything large is loaded, so that a run that finds another at work is gone at once.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from data.identity import digest

NAME = ".lock"

#: Locks that were taken `early` in this process and wait to be used.
_EARLY: dict[Path, int] = {}


class Locked(Exception):  # noqa: N818 (it is no fault: the other run does the work)
    """Another run holds the archive's lock."""


def path(url: str) -> Path:
    """The file that is locked."""
    if "://" in url:
        # Object stores have no lock that ends with its process. Runs on one machine wait for each other here; those on
        # several machines meet at the commit, where the later one looks again.
        return Path(__file__).parent / "var" / "locks" / f"{digest(url.rstrip('/'))[:16]}.lock"
    return Path(url).expanduser().absolute() / NAME


def take(url: str) -> int:
    """A handle of the lock, to be closed; a process that ends leaves none. Raises Locked at once, and OSError."""
    file = path(url)
    if file in _EARLY:
        return _EARLY.pop(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(handle, 100).decode("ascii", "replace").strip()
        os.close(handle)
        raise Locked(f"{url}: another run ({holder or 'unknown'}) is writing. It will finish by itself.") from None
    return handle


def sign(handle: int) -> None:
    """Leave word in the lock file of who holds it. Raises OSError."""
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()}".encode(), 0)


def early(url: str, create: bool) -> None:
    """Take the lock for the `take` that comes later in this process. Raises Locked.

    Whatever else is wrong with the address is left for whoever opens the archive; a folder that holds other things than
    an archive, or none where `create` is not asked for, is left alone.
    """
    with suppress(OSError, RuntimeError, ValueError):
        file = path(url)
        if "://" not in url:
            names = set(os.listdir(file.parent)) if file.parent.exists() else set()  # noqa: PTH208 (names will do)
            if "articles" not in names and not (create and names <= {NAME}):
                return
        handle = take(url)
        _EARLY[file] = handle
        sign(handle)


def drop() -> None:
    """Give back what was taken early and not used."""
    while _EARLY:
        os.close(_EARLY.popitem()[1])
