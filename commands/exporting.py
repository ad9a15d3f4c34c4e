"""The command that writes files for others: export."""

import argparse
import sys

from commands.edges import OK, WRONG_USAGE, load_catalogue, say, usage
from commands.options import filters_of


def export(options: argparse.Namespace) -> int:
    """Articles, mentions or numbers as a file or on stdout."""
    from data import export as tables
    from data import formats as files
    from data.archive import open_archive
    from data.search import SearchError, pointed

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
        written = files.write(found, options.output, form, question)
    except files.ExportError as error:
        usage(str(error))
    except OSError as error:
        usage(f"{options.output or 'stdout'} cannot be written: {error.strerror}. Name another file with -o")
    print(f"{written.rows:,} rows in {options.output}", file=sys.stderr)
    return OK
