"""The command that tells what is made of a text, and why: explain."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from commands.edges import OK, SOME_FAILED, failed, load_catalogue, say, usage
from commands.options import by

if TYPE_CHECKING:
    from data.catalogue import Catalogue


def explain(options: argparse.Namespace) -> int:
    """A text -> its mentions, tones and topics; of an article of the archive its story as well."""
    from ingest import explaining

    known = load_catalogue(options)
    if options.article:
        return explain_article(options, known)
    if options.file == "-" and sys.stdin.isatty():
        say("reading from the terminal; end with Ctrl-D on a line of its own")
    if not options.jsonl and not options.file.endswith(".jsonl"):
        given = sys.stdin.read() if options.file == "-" else read_text(Path(options.file))
        title, _, text = given.partition("\n")
        record = {"id": options.file, "title": title, "text": text}
        print(explaining.told(explaining.explain(record, known, by(options))))
        return OK
    status = OK
    for number, line in enumerate(lines_of(options.file), start=1):
        try:
            explained = explaining.explain(json.loads(line), known, by(options))
        except (ValueError, TypeError, RecursionError) as error:
            advice = 'Write {"id": ..., "text": ...}'
            status = failed(SOME_FAILED, f"{options.file} line {number}: {error}. {advice}")
            continue
        print(json.dumps(explained, ensure_ascii=False))
    return status


def explain_article(options: argparse.Namespace, known: "Catalogue") -> int:
    """An article of the archive -> what is made of its text, its story with the reasons, whom it reprints."""
    from data import belonging
    from data.archive import open_archive
    from ingest import explaining

    if options.file != "-":
        usage("explain takes a FILE or --article, not both")
    archive = open_archive(options.archive)
    record = belonging.article(archive, options.article)
    if record is None:
        usage(f"--article {options.article}: no article of {options.archive} has this id or address")
    explained = explaining.explain(record, known, by(options))
    place = belonging.of_article(archive, record["id"])
    if options.jsonl:
        print(json.dumps(explained | {"story": belonging.as_json(place) if place else None}, ensure_ascii=False))
        return OK
    print(belonging.heading(record))
    print(belonging.told(place) if place else "story    not told yet: the next run reads the article")
    print(explaining.told(explained))
    return OK


def read_text(file: Path) -> str:
    """The text of a file; one that cannot be read ends with exit status 2."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        usage(f"{file}: {error.strerror}")


def lines_of(file: str) -> Iterator[bytes]:
    """The lines of a file, or of stdin for `-`; one that cannot be read ends with exit status 2."""
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as lines:
            yield from lines
    except OSError as error:
        usage(f"{file}: {error.strerror}")
