"""Where an archive lies: a folder or s3://bucket/prefix, what may be wrong with that, and what to do about it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from data import lock, schema


class ArchiveError(Exception):
    """The archive cannot be read or written; the message says what happened, where, and what to do."""


class ArchiveMissing(ArchiveError):  # noqa: N818 (it says what is the case)
    """There is no archive at this address yet."""


def whole(url: str) -> str:
    """The address as it is kept: a folder in full, no slash behind it. Raises ArchiveError."""
    try:
        url.encode()
        return url.rstrip("/") if "://" in url else str(Path(url).expanduser().absolute())
    except (UnicodeEncodeError, RuntimeError) as error:  # a name that is no UTF-8, a home that nobody has
        raise ArchiveError(f"{url}: this cannot be the name of an archive ({error}). Name another.") from error


def is_remote(url: str) -> bool:
    """Whether it is in an object store."""
    return "://" in url


def inspect(url: str, create: bool) -> None:
    """Raises ArchiveError that says what is wrong with an address, before any table is touched."""
    if is_remote(url):
        return
    folder = Path(url)
    try:
        names = set(os.listdir(folder))  # noqa: PTH208 (names are what is asked for)
    except FileNotFoundError:
        if not create:
            raise ArchiveMissing(MISSING.format(url=url)) from None
        return
    except NotADirectoryError:
        raise ArchiveError(f"{url}: a file is in the place of a folder. Name a folder with --archive.") from None
    except OSError as error:
        raise fault(url, "the folder cannot be read", error) from error
    if "articles" in names:
        return
    foreign = sorted(name for name in names - schema.TABLES.keys() if not lock.is_ours(name))
    if foreign:
        raise ArchiveError(
            f"{url}: this folder holds other things ({', '.join(foreign[:3])}) and no archive. "
            "Name an empty or a new folder with --archive."
        )
    if not create:
        raise ArchiveMissing(MISSING.format(url=url))


MISSING = (
    "{url}: there is no archive here yet. `newsgauge ingest` or `newsgauge import FILE` makes one, "
    "`newsgauge demo` shows one; or name another with --archive."
)


def options(url: str) -> dict[str, str] | None:
    """Deltalake's storage options; keys, region and endpoint come from AWS_* in the environment."""
    # Without bounds a wrong address would be tried for minutes.
    bounds = {"timeout": "30s", "connect_timeout": "5s", "max_retries": "3", "retry_timeout": "30s"}
    return bounds if is_remote(url) else None


def reader_options(url: str) -> dict[str, Any] | None:
    """Polars' own; it reads AWS_* as well."""
    return {"max_retries": 3} if is_remote(url) else None


def fault(url: str, what: str, error: Exception) -> ArchiveError:
    """The error with what to do about it."""
    said = " ".join(_COLOUR.sub("", str(error)).split())
    if "latest/api/token" in said:  # where a machine in the cloud would ask for its own credentials
        return ArchiveError(f"{url}: {what}: no credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    for signs, cause in _CAUSES:
        if any(sign in said for sign in signs):
            return ArchiveError(f"{url}: {what}: {cause.format(file=_file(url, said))}")
    return ArchiveError(f"{url}: {what}: {said[:300]}")


def _file(url: str, said: str) -> str:
    """Which file or object of the archive a library names."""
    named = re.search(r"https?://[^\s?]+" if is_remote(url) else re.escape(url) + r"/[^\s:;,()\"']+", said)
    return named[0] if named else "one of its files"


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

_CAUSES = (
    (("NoSuchBucket",), "there is no such bucket. Make it, or correct the address."),
    (("InvalidAccessKeyId",), "nobody has this key. Check AWS_ACCESS_KEY_ID."),
    (("SignatureDoesNotMatch",), "the key is known and its secret is another one. Check AWS_SECRET_ACCESS_KEY."),
    (("ExpiredToken", "InvalidToken"), "the session has ended. Renew the keys and AWS_SESSION_TOKEN with them."),
    (
        ("AccessDenied", "403 Forbidden"),
        "these credentials may not do that. Allow them s3:GetObject and s3:ListBucket on this bucket, and to write "
        "s3:PutObject and s3:DeleteObject; or set others in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (
        ("incorrectly configured region", "PermanentRedirect", "AuthorizationHeaderMalformed"),
        "the bucket lies in another region. Set AWS_REGION to its own.",
    ),
    (("scheme is not allowed",), "AWS_ENDPOINT_URL has no TLS. Set AWS_ALLOW_HTTP=true if that is meant."),
    (("tcp connect error", "dns error", "timed out"), "no answer. Check the network and AWS_ENDPOINT_URL."),
    (
        ("No space left", "File too large", "os error 28", "os error 122", "os error 27"),
        "the disk is full. Make room; all that was stored before is safe.",
    ),
    (
        ("507 Insufficient Storage", "StorageFull"),
        "the store has no room left for {file}. Make room there or raise its quota, then run this again; all that was "
        "stored before is safe.",
    ),
    (
        ("Input/output error", "os error 5)"),
        "the disk failed at {file} (input/output error). Look at the disk and its cable or network, and copy the "
        "archive to another one before you write again.",
    ),
    (("Permission denied", "os error 13", "Read-only file system"), "no permission. Let this user read and write it."),
    (("Not a directory", "os error 20"), "a file is in the place of a folder. Name a folder with --archive."),
)
