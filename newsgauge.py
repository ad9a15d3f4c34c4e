"""Newsgauge's command line: one front door over all rooms. A room is imported only when a command needs it."""

import os
import signal

if __name__ == "__main__":
    # Whatever is being imported ends by 128 + the signal's number too, and without a traceback.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))

import argparse
import errno
import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from commands import words
from commands.edges import ARCHIVE_FAULT, HOME, LOCKED, OK, SOME_FAILED, STOPPED, WRONG_USAGE, failed, streams
from commands.options import given_path, part
from data import lock, memory, signals  # nothing large: a run that comes too late must be gone at once

VERSION = "0.1.0"


@dataclass(frozen=True)
class Command:
    """One command: the function in `commands/` that does it, its summary, its options, examples of its use."""

    name: str
    does: str
    summary: str
    options: Callable[[argparse.ArgumentParser], None]
    examples: tuple[str, ...]
    writes: bool = False  # takes the archive's lock as it starts


COMMANDS = (
    Command(
        "demo",
        "serving.demo",
        "the sample press through the whole pipeline into an archive of its own, then the dashboard",
        words.demo,
        ("demo",),
    ),
    Command(
        "ingest",
        "runs.ingest",
        "one run over the feeds that are due, for cron",
        words.ingest,
        ("ingest --quiet", "ingest --outlet bbc --all", "ingest --feed https://example.org/rss.xml"),
        writes=True,
    ),
    Command(
        "import",
        "runs.import_",
        "articles that people already have",
        words.import_,
        (
            "import articles.jsonl press.parquet pages/ CC-NEWS-20241001.warc.gz",
            "import --format csv stories.txt",
        ),
        writes=True,
    ),
    Command("dashboard", "serving.dashboard", "the web page", words.dashboard, ("dashboard --port 8501",)),
    Command(
        "export",
        "exporting.export",
        "articles or numbers as a file",
        words.export,
        (
            "export articles --actor nato --from 2024-10-01 -o nato.xlsx",
            "export volume --actor nato --every week -o nato.csv",
            "export tone --actor nato --actor ukraine --every month",
            "export tone --actor nato --measure lexicon_tone",
        ),
    ),
    Command(
        "explain",
        "explaining.explain",
        "a text -> its mentions, tones, topics, with the reasons",
        words.explain,
        (
            "explain article.txt",
            "explain --jsonl articles.jsonl",
            "explain --article https://example.org/news/summit",
        ),
    ),
    Command(
        "status",
        "upkeep.status",
        "last runs, each feed's state, the archive's size, which articles are stale",
        words.status,
        ("status --json",),
    ),
    Command(
        "rescore",
        "runs.rescore",
        "bring mentions up to the catalogue and the model",
        words.rescore,
        ("rescore", "rescore --stale"),
        writes=True,
    ),
    Command(
        "maintain",
        "upkeep.maintain",
        "compact the tables, catch up daily totals and search index",
        words.maintain,
        ("maintain",),
        writes=True,
    ),
    Command(
        "evaluate",
        "upkeep.evaluate",
        "accuracy on labelled sets",
        words.evaluate,
        ("evaluate --data ../labelled --json",),
    ),
    Command(
        "catalogue",
        "catalogues.catalogue",
        "check the catalogue's own example sentences, see how its names fare in texts, list its keys, exchange feeds",
        words.catalogue,
        (
            "catalogue check --catalogue my-catalogue",
            "catalogue audit --actor theresa-may articles.jsonl",
            "catalogue list actors",
            "catalogue import-opml feeds.opml",
        ),
    ),
)
TEST = Command("test", "", "the project's tests", words.test, ("test -k catalogue",))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == [TEST.name] and given[1:2] not in (["-h"], ["--help"]):
            return test(given[1:])
        options = parsed(given)
        return test(options.words) if options.command is TEST else run(options.command, options)
    except signals.Stopped as stopped:
        return STOPPED + stopped.number


def run(command: Command, options: argparse.Namespace) -> int:
    """Do what the options say, with the archive's lock where the command writes, and give the exit status."""
    if command.name == "ingest":
        memory.spare()  # cron's run lives beside other programs
    try:
        if command.writes and not getattr(options, "dry_run", False):
            lock.early(options.archive, command.name in ("ingest", "import"), part(options))
        return done(command, options)
    except lock.Locked as error:
        return failed(LOCKED, str(error))
    finally:
        lock.drop()


def parsed(given: list[str]) -> argparse.Namespace:
    """The words as options; a word that means nothing ends with the usage of its command and exit status 2."""
    options, unknown = parser().parse_known_args(given)
    # argparse gives a list that may be empty only what stands before the first option (bpo-14191).
    if isinstance(getattr(options, "what", None), list) and not any(word.startswith("-") for word in unknown):
        options.what += map(given_path, unknown)
        unknown = []
    if unknown:
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.allow_address = options.allow_address_before + getattr(options, "allow_address", [])
    return options


def parser() -> argparse.ArgumentParser:
    """All commands with their options, each with an example."""
    top = argparse.ArgumentParser(
        prog="newsgauge",
        description="Collects news, finds the actors you watch, measures the tone toward each, and shows it over time.",
        epilog="example: newsgauge demo",
    )
    top.add_argument("--version", action="version", version=f"newsgauge {VERSION}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in (*COMMANDS, TEST):
        one = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.name}: {command.summary}",
            epilog=_shown(command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(command=command, parser=one)
        command.options(one)
        if command is not TEST:
            words.everywhere(one, is_command=True)
    words.everywhere(top, is_command=False)
    return top


def _shown(examples: tuple[str, ...]) -> str:
    label = "example" if len(examples) == 1 else "examples"
    return "\n  ".join([f"{label}:", *(f"newsgauge {example}" for example in examples)])


def done(command: Command, options: argparse.Namespace) -> int:
    """Do what the options say and give the exit status."""
    from polars.exceptions import PanicException, PolarsError

    from data.archive import ArchiveError
    from data.catalogue import CatalogueError
    from ingest.engine import EngineError, EngineLost
    from ingest.target import ModelError

    try:
        module, _, function = command.does.partition(".")
        status = int(getattr(importlib.import_module(f"commands.{module}"), function)(options))
        sys.stdout.flush()
        return status
    except EngineLost as error:
        return failed(SOME_FAILED, str(error))
    except (CatalogueError, ModelError, EngineError) as error:
        return failed(WRONG_USAGE, str(error))
    except ArchiveError as error:
        return failed(ARCHIVE_FAULT, damaged(options) or str(error))
    except (PolarsError, PanicException):
        if message := damaged(options):
            return failed(ARCHIVE_FAULT, message)
        raise
    except OSError as error:
        if error.errno is None and (message := damaged(options)):
            return failed(ARCHIVE_FAULT, message)
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        # Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A broken pipe is no fault: the reader of our output has had enough (`| head`).
        return OK if error.errno == errno.EPIPE else failed(SOME_FAILED, "no space left where stdout goes. Make room.")


def damaged(options: argparse.Namespace) -> str:
    """Which file of the archive's tables is gone or damaged; empty where none is, or where that cannot be told."""
    from data import damage
    from data.archive import ArchiveError, open_archive

    try:
        return damage.told(open_archive(options.archive))
    except (ArchiveError, OSError, AttributeError):  # not every command has an archive
        return ""


def test(given: list[str]) -> int:
    """The project's tests."""
    command = [sys.executable, "-m", "pytest", *given]
    with signals.stoppable(), signals.child(command, HOME, os.environ) as tests:
        return tests.wait()


if __name__ == "__main__":
    signals.end_in_time()
    streams()
    sys.exit(main())
