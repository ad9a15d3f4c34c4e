"""The commands that write articles and what is made of them: ingest, import, rescore. Each is one recorded run."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from commands.edges import ARCHIVE_FAULT, OK, SOME_FAILED, STOPPED, bar, load_catalogue, now, say, step_back, usage
from commands.options import addresses, by, part

if TYPE_CHECKING:
    from data.archive import Archive
    from data.catalogue import Catalogue
    from ingest.report import Report


def ingest(options: argparse.Namespace) -> int:
    """One run over the feeds that are due."""
    from data.archive import open_archive
    from ingest import collect, pipeline, reading, report

    known = load_catalogue(options)
    try:
        sources = pipeline.sources(known, options.outlet, options.feed, options.shard)
    except LookupError as error:
        usage(str(error.args[0]))
    unreadable = pipeline.unreadable(options.feed)
    archive = open_archive(options.archive, create=not options.dry_run)
    states = archive.feed_states()
    due = collect.due(sources, states, now(), everything=options.all)
    if options.dry_run:
        print("".join(f"{source.feed.url}\n" for source in due), end="")
        for problem in unreadable:
            say(problem)
        return SOME_FAILED if unreadable else OK
    if sources and not due and not options.quiet:
        asked = {source.feed.url for source in sources}
        first = min(row["next_at"] for row in states.iter_rows(named=True) if row["feed_url"] in asked)
        print(f"newsgauge: no feed is due before {first:%Y-%m-%d %H:%M} UTC; --all reads them now", file=sys.stderr)
    allow = addresses(options.allow_address)

    # One core parses what comes in; with two, what is new is read in this process, for each reader takes its memory.
    readers = max((os.cpu_count() or 1) - 1, 1)

    def work(begun: "Report", progress: Callable[["Report"], None]) -> "Report":
        begun = report.add(begun, problems=unreadable)
        with reading.reader(known, readers, by(options)) as read:
            return pipeline.ingest(begun, sources, archive, read, allow, everything=options.all, progress=progress)

    return run("ingest", known, archive, work, options, total=len(due))


def import_(options: argparse.Namespace) -> int:
    """Articles from files."""
    from data.archive import open_archive
    from ingest import pipeline, readers

    known = load_catalogue(options)
    archive = open_archive(options.archive, create=True)

    def work(begun: "Report", progress: Callable[["Report"], None]) -> "Report":
        with readers.by_engine(options.engine, known, by(options)) as them:
            given = (begun, options.path, options.format, known, archive, them.read)
            return pipeline.import_files(*given, apart=them.apart, batch=them.batch, progress=progress)

    return run("import", known, archive, work, options)


def rescore(options: argparse.Namespace) -> int:
    """Read the articles again with today's catalogue and model; they themselves stay as they are."""
    from data.archive import open_archive
    from ingest import pipeline, readers

    known = load_catalogue(options)
    archive = open_archive(options.archive)

    def work(begun: "Report", progress: Callable[["Report"], None]) -> "Report":
        again = pipeline.rescore_stale if options.stale else pipeline.rescore
        with readers.by_engine(options.engine, known, by(options)) as them:
            return again(begun, archive, them.read, batch=them.batch, progress=progress)

    return run("rescore", known, archive, work, options, total=None if options.stale else archive.size()["articles"])


def run(
    name: str,
    known: "Catalogue",
    archive: "Archive",
    work: Callable[["Report", Callable[["Report"], None]], "Report"],
    options: argparse.Namespace,
    total: int | None = None,
) -> int:
    """Do one recorded run and print its report."""
    from ingest import pipeline, report
    from ingest.run import recorded

    step_back()
    with bar(name.capitalize()) as progress:

        def told(so_far: "Report") -> None:
            if name == "rescore":
                progress("articles read again", so_far.reread, total)
            elif name == "ingest":
                progress(f"feeds; {so_far.new:,} new articles", so_far.feeds.total(), total)
            else:
                progress(f"rows; {so_far.new:,} new articles; {so_far.at}".rstrip("; "), so_far.entries, total)

        number, parts = getattr(options, "shard", (1, 1))
        begun = pipeline.begin(f"{name} --shard {number}/{parts}" if parts > 1 else name, known, now(), by(options))
        done = recorded(archive, begun, work, now, told, part(options))
    for problem in done.problems:
        say(problem)
    for note, times in done.notes.items():
        say(note if times == 1 else f"{note} ({times:,} times)")
    status = done.exit
    try:
        if name in ("ingest", "import") and done.exit < STOPPED and not caught_up(archive):
            status = ARCHIVE_FAULT
    finally:  # whatever becomes of the index: the articles are stored, and this tells of them
        if getattr(options, "json", False):
            print(json.dumps(report.as_json(done) | {"exit": status}, ensure_ascii=False))
        elif status or not getattr(options, "quiet", False):
            print(report.summary(done))
    return status


def caught_up(archive: "Archive") -> bool:
    """Whether the search index has what a run has stored. Where another run is at work, that one sees to it."""
    from data import index
    from data.archive import Locked
    from data.signals import stoppable

    try:
        with archive.lock("index"), stoppable(), bar("Index") as progress:
            index.catch_up(archive, progress)
    except Locked:
        return True
    except index.IndexFault as error:
        say(f"{error} What was collected is stored.")
        return False
    return True
