"""What the options of a command mean: filters, addresses, who reads and scores. A wrong one ends with status 2."""

import argparse
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.edges import HOME, usage

if TYPE_CHECKING:
    from data.archive import Archive
    from data.catalogue import Catalogue
    from data.filters import Filters
    from ingest.tone import By

FILTERS = {
    "actor": "key of an actor",
    "outlet": "key of an outlet",
    "panel": "outlets of a panel of the catalogue",
    "language": "ISO 639-1 code",
    "topic": "key of a topic",
    "story": "id of a story",
}


def usual_archive() -> str:
    """Where the archive is when nobody says otherwise."""
    return os.environ.get("NEWSGAUGE_ARCHIVE") or str(HOME / "data" / "var" / "archive")


def engine_by(text: str) -> str:
    """'local', 'spark', or the address of a cluster."""
    from ingest import engine

    try:
        engine.address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def tone_by(text: str) -> str:
    """'model' or 'lexicon'."""
    if text not in ("model", "lexicon"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither model nor lexicon")
    return text


def by(options: argparse.Namespace) -> "By":
    """What tones come from, by the option --tone."""
    from ingest import tone

    return options.tone or tone.DEFAULT


def given_path(text: str) -> Path:
    """A path; an empty one, which a script's unset variable may leave, is no name for the folder we are in."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name. Name a file or a folder")
    path = Path(text)
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):  # whoever opens it tells why that cannot be done
        return path
    # A pipe may never end, nor a device be full.
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise argparse.ArgumentTypeError(f"{text} is no file and no folder but a pipe or a device. Name a file")
    return path


def given_text(text: str) -> str:
    """The name of a file, or - for stdin."""
    return text if text == "-" else str(given_path(text))


def shard(text: str) -> tuple[int, int]:
    """'2/5' as (2, 5)."""
    number, _, parts = text.partition("/")
    if text.isascii() and number.isdigit() and parts.isdigit() and 1 <= int(number) <= int(parts):
        return int(number), int(parts)
    raise argparse.ArgumentTypeError(f"{text!r} is no N/M with 1 <= N <= M, for example 2/5")


def part(options: argparse.Namespace) -> str:
    """Which part of several a run is, '2-of-5'; empty for one that is alone."""
    number, parts = getattr(options, "shard", (1, 1))
    return f"{number}-of-{parts}" if parts > 1 else ""


def addresses(given: Sequence[str]) -> frozenset[tuple[str, int]]:
    """'127.0.0.1:8080' or '[::1]:8080' as (host, port)."""
    pairs = []
    for text in given:
        host, _, port = text.strip().rpartition(":")
        if not host or not port.isdigit():
            usage(f"--allow-address {text}: write HOST:PORT, for example 127.0.0.1:8080")
        pairs.append((host.strip("[]"), int(port)))
    return frozenset(pairs)


def filters_of(options: argparse.Namespace, catalogue: "Catalogue", archive: "Archive") -> "Filters":
    """The filters that the command line names; an unknown key or a broken day ends with exit status 2."""
    from data import filters

    words: dict[str, list[str]] = {word: getattr(options, word) for word in FILTERS}
    single = {"from": options.from_, "to": options.to, "search": options.search}
    single |= {"tone-from": options.tone_from, "tone-to": options.tone_to}
    words |= {word: [value] for word, value in single.items() if value is not None}
    if options.no_copies:
        words["no-copies"] = ["1"]
    wanted, problems = filters.from_words({word: values for word, values in words.items() if values})
    problems += filters.check(wanted, catalogue, archive.outlets())
    if problems:
        usage("; ".join(problems))
    return wanted
