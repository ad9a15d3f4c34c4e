"""The lock of an archive: who holds it is the only run that writes.

It is taken before anything large is loaded, so that a run that finds another at work is gone at once. A run that is one
of several parts, as a shard of ingest is, shares the archive with the other parts and with nobody else; two of the same
part exclude each other.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from data.identity import digest

NAME = ".lock"

#: Locks that were taken `early` in this process and wait to be used.
_EARLY: dict[Path, tuple[int, ...]] = {}


class Locked(Exception):  # noqa: N818 (it is no fault: the other run does the work)
    """Another run holds the archive's lock."""


def path(url: str, part: str = "") -> Path:
    """The file that is locked."""
    ending = f"-{part}" if part else ""
    if "://" in url:
        # Object stores have no lock that ends with its process. Runs on one machine wait for each other here; those on
        # several machines meet at the commit, where the later one looks again.
        return Path(__file__).parent / "var" / "locks" / f"{digest(url.rstrip('/'))[:16]}.lock{ending}"
    return Path(url).expanduser().absolute() / f"{NAME}{ending}"


def is_ours(name: str) -> bool:
    """Whether a file of this name in the folder of an archive is a lock."""
    return name == NAME or name.startswith(f"{NAME}-")


def take(url: str, part: str = "") -> tuple[int, ...]:
    """Handles of the lock, to be closed; a process that ends leaves none. Raises Locked at once, and OSError.

    The last one is to be signed.
    """
    file = path(url, part)
    if file in _EARLY:
        return _EARLY.pop(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    if not part:
        return (_held(url, file, fcntl.LOCK_EX),)
    shared = _held(url, path(url), fcntl.LOCK_SH)
    try:
        return shared, _held(url, file, fcntl.LOCK_EX)
    except BaseException:
        os.close(shared)
        raise


def _held(url: str, file: Path, how: int) -> int:
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError:
        holder = _holder(handle, how)
        os.close(handle)
        raise Locked(f"{url}: another run ({holder}) is writing. It will finish by itself.") from None
    return handle


def _holder(handle: int, how: int) -> str:
    """Who holds a lock that cannot be had."""
    if how == fcntl.LOCK_EX:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return "a shard"  # only parts share it, and they sign locks of their own
    return os.read(handle, 100).decode("ascii", "replace").strip() or "unknown"


def sign(handle: int) -> None:
    """Leave word in the lock file of who holds it. Raises OSError."""
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"process {os.getpid()}".encode(), 0)


def early(url: str, create: bool, part: str = "") -> None:
    """Take the lock for the `take` that comes later in this process. Raises Locked.

    Whatever else is wrong with the address is left for whoever opens the archive; a folder that holds other things than
    an archive, or none where `create` is not asked for, is left alone.
    """
    with suppress(OSError, RuntimeError, ValueError):
        file = path(url, part)
        if "://" not in url:
            names = set(os.listdir(file.parent)) if file.parent.exists() else set()  # noqa: PTH208 (names will do)
            if "articles" not in names and not (create and all(map(is_ours, names))):
                return
        handles = take(url, part)
        _EARLY[file] = handles
        sign(handles[-1])


def drop() -> None:
    """Give back what was taken early and not used."""
    while _EARLY:
        for handle in _EARLY.popitem()[1]:
            os.close(handle)
