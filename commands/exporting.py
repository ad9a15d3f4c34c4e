"""The command that writes files for others: export."""

import argparse
import sys
from typing import TYPE_CHECKING

from commands.edges import OK, WRONG_USAGE, load_catalogue, say, usage
from commands.options import filters_of

if TYPE_CHECKING:
    from data.archive import Archive
    from data.catalogue import Catalogue
    from data.filters import Filters


def export(options: argparse.Namespace) -> int:
    """Articles, mentions or numbers as a file or on stdout."""
    from data import export as tables
    from data import formats as files
    from data.archive import open_archive
    from data.search import SearchError, pointed
    from data.signals import stoppable

    known = load_catalogue(options)
    archive = open_archive(options.archive)
    wanted = filters_of(options, known, archive)
    ending = options.output.suffix.lstrip(".").lower() if options.output else ""
    form = options.format or ending or "csv"
    if form not in files.FORMATS:
        usage(f"{options.output}: .{form} is no format of ours. Name it .{', .'.join(files.FORMATS)}, or give --format")
    if form in ("parquet", "xlsx") and not options.output and sys.stdout.isatty():
        usage(f"{form} is no text for a terminal: name a file with -o")
    try:
        if form == "xlsx" and (told := too_many(options.what, archive, known, wanted)):
            usage(told)
        found = tables.pieces(options.what, archive, known, wanted, options.every, options.measure)
        question = tables.about(options.what, archive, wanted, options.every, options.measure) if options.output else {}
    except SearchError as error:
        say(f"--search: {error}")
        print(*(f"  {line}" for line in pointed(wanted.search, error)), sep="\n", file=sys.stderr)
        return WRONG_USAGE
    try:
        if not options.output:
            files.stream(found, sys.stdout.buffer, form)
            return OK
        with stoppable():  # or a file half-written would be left beside
            written = files.write(found, options.output, form, question)
    except files.ExportError as error:
        usage(str(error))
    except OSError as error:
        usage(f"{options.output or 'stdout'} cannot be written: {error.strerror}. Name another file with -o")
    print(f"{written.rows:,} rows in {options.output}", file=sys.stderr)
    return OK


def too_many(what: str, archive: "Archive", known: "Catalogue", wanted: "Filters") -> str:
    """Why these rows do not fit into a sheet, told before any is written; empty where they do. Raises SearchError."""
    from data import export as tables
    from data import formats as files

    if what not in ("articles", "mentions") or archive.size()[what] < files.XLSX_ROWS:
        return ""
    number = tables.count(what, archive, known, wanted)
    return files.too_many(number, what) if number >= files.XLSX_ROWS else ""
