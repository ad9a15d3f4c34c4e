"""Newsgauge's command line: one front door over all rooms. A room is imported only when a command needs it."""

import argparse
import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from data.archive import Archive
    from data.catalogue import Catalogue
    from data.filters import Filters
    from ingest.report import Report
    from ingest.tone import By

VERSION = "0.1.0"
HOME = Path(__file__).resolve().parent

OK, SOME_FAILED, WRONG_USAGE, ARCHIVE_FAULT, LOCKED = 0, 1, 2, 74, 75
STOPPED = 128  # and the number of the signal

#: For jemalloc, in which polars and deltalake keep their tables; it reads this as they are loaded. Cron's run lives
#: beside other programs: what it gives back goes at once. Else its peak is a quarter higher, and it is no quicker.
SPARING = "narenas:2,dirty_decay_ms:0,muzzy_decay_ms:0"

LISTS = ("actors", "outlets", "panels", "topics")

SEARCH_HELP = (
    'words and "phrases" of title and text, AND OR NOT NEAR/5 ( ) end*, and the fields title: text: outlet: actor: '
    "topic: language: date>=2024-10 tone<-0.3"
)

FILTER_WORDS = {
    "actor": "key of an actor",
    "outlet": "key of an outlet",
    "panel": "outlets of a panel of the catalogue",
    "language": "ISO 639-1 code",
    "topic": "key of a topic",
    "story": "id of a story",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["test"] and words[1:2] not in (["-h"], ["--help"]):
        return test(words[1:])
    options = parsed(words)
    if options.command is ingest:
        os.environ.setdefault("_RJEM_MALLOC_CONF", SPARING)
    from data import lock  # nothing large: a run that comes too late must be gone at once

    try:
        if options.command in (ingest, import_, rescore, maintain) and not getattr(options, "dry_run", False):
            lock.early(options.archive, options.command in (ingest, import_), part(options))
        return done(options)
    except lock.Locked as error:
        return failed(LOCKED, str(error))
    finally:
        lock.drop()


def done(options: argparse.Namespace) -> int:
    """Do what the options say and give the exit status."""
    from polars.exceptions import PanicException, PolarsError

    from data.archive import ArchiveError
    from data.catalogue import CatalogueError
    from ingest.engine import EngineError, EngineLost
    from ingest.run import Stopped
    from ingest.target import ModelError

    try:
        status = int(options.command(options))
        sys.stdout.flush()
        return status
    except Stopped as stopped:
        return 128 + stopped.number
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


def failed(status: int, message: str) -> int:
    """Say on stderr what went wrong, and give the exit status that tells it to programs."""
    say(message)
    return status


def say(message: str) -> None:
    """A line on stderr, for people and logs; whatever stands in it, it stays one line."""
    from data.terminal import printable

    print(f"newsgauge: {printable(message, 2_000)}", file=sys.stderr)


# --- the words of the command line -----------------------------------------------------------------------------------


def parsed(words: list[str]) -> argparse.Namespace:
    """The words as options; a word that means nothing ends with the usage of its command and exit status 2."""
    options, unknown = parser().parse_known_args(words)
    # argparse gives a list that may be empty only what stands before the first option (bpo-14191).
    if isinstance(getattr(options, "what", None), list) and not any(word.startswith("-") for word in unknown):
        options.what += map(given_path, unknown)
        unknown = []
    if unknown:
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
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

    made: list[argparse.ArgumentParser] = []

    def command(
        name: str, run: Callable[[argparse.Namespace], int], summary: str, *examples: str
    ) -> argparse.ArgumentParser:
        label = "example" if len(examples) == 1 else "examples"
        one = commands.add_parser(
            name,
            help=summary,
            description=f"{name}: {summary}",
            epilog="\n  ".join([f"{label}:", *(f"newsgauge {example}" for example in examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(command=run, parser=one)
        made.append(one)
        return one

    a = command(
        "demo",
        demo,
        "the sample press through the whole pipeline into an archive of its own, then the dashboard",
        "demo",
    )
    a.add_argument("--port", metavar="PORT", type=int, default=8501, help="of the dashboard (8501)")
    a.add_argument("--press-port", metavar="PORT", type=int, default=8599, help="of the sample press (8599)")
    a.add_argument("--build-only", action="store_true", help="build the demo's archive and stop")

    a = command(
        "ingest",
        ingest,
        "one run over the feeds that are due, for cron",
        "ingest --quiet",
        "ingest --outlet bbc --all",
        "ingest --feed https://example.org/rss.xml",
    )
    a.add_argument("--all", action="store_true", help="also the feeds that are not due yet")
    a.add_argument("--outlet", metavar="KEY", action="append", default=[], help="only this outlet; repeatable")
    a.add_argument("--feed", metavar="URL", action="append", default=[], help="a feed that the catalogue doesn't list")
    a.add_argument(
        "--shard", metavar="N/M", type=shard, default=(1, 1), help="only the Nth of M parts of the feeds, for M workers"
    )
    a.add_argument("--dry-run", action="store_true", help="say which feeds are due, fetch nothing")
    a.add_argument("--quiet", action="store_true", help="print nothing when all went well")
    tone_words(a)
    machine_readable(a)

    a = command(
        "import",
        import_,
        "articles that people already have",
        "import articles.jsonl press.parquet pages/ CC-NEWS-20241001.warc.gz",
        "import --format csv stories.txt",
    )
    a.add_argument("path", metavar="PATH", type=given_path, nargs="+", help="a file, or a folder of them")
    a.add_argument(
        "--format",
        choices=["auto", "jsonl", "csv", "parquet", "html", "feed", "warc", "gkg"],
        default="auto",
        help="default: by content and ending",
    )
    engine_words(a)
    tone_words(a)
    machine_readable(a)

    a = command("dashboard", dashboard, "the web page", "dashboard --port 8501")
    a.add_argument("--port", metavar="PORT", type=int, default=8501, help="where it listens (8501)")
    a.add_argument(
        "--address",
        metavar="A",
        default="127.0.0.1",
        help="this machine only by default; 0.0.0.0 serves other machines, then behind your own sign-in",
    )

    a = command(
        "export",
        export,
        "articles or numbers as a file",
        "export articles --actor nato --from 2024-10-01 -o nato.xlsx",
        "export volume --actor nato --every week -o nato.csv",
        "export tone --actor nato --actor ukraine --every month",
        "export tone --actor nato --measure lexicon_tone",
    )
    a.add_argument("what", choices=["articles", "mentions", "volume", "tone", "share-of-voice"], help="what to export")
    a.add_argument(
        "--every", choices=["day", "week", "month"], default="day", help="the periods of volume and tone (day)"
    )
    a.add_argument(
        "--measure",
        choices=["tone", "lexicon_tone"],
        default="tone",
        help="which tone: toward the actor, by the model (tone), or that of the words in its passages (lexicon_tone)",
    )
    a.add_argument(
        "--format", choices=["csv", "jsonl", "parquet", "xlsx"], help="default: by the file's ending, else csv"
    )
    a.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="default: stdout; a file gets FILE.manifest.json too"
    )
    filter_words(a)

    a = command(
        "explain",
        explain,
        "a text -> its mentions, tones, topics, with the reasons",
        "explain article.txt",
        "explain --jsonl articles.jsonl",
        "explain --article https://example.org/news/summit",
    )
    a.add_argument("file", metavar="FILE", nargs="?", default="-", help="a text, its first line the title; - for stdin")
    a.add_argument(
        "--article",
        metavar="ID|URL",
        help="an article of the archive, and also which story it belongs to and why, and whom it reprints",
    )
    a.add_argument(
        "--jsonl", action="store_true", help='a line {"id", "text", ...} in, a line out; so for FILE.jsonl anyway'
    )
    tone_words(a)

    a = command(
        "status",
        status,
        "last runs, each feed's state, the archive's size, which articles are stale",
        "status --json",
    )
    tone_words(a)
    machine_readable(a)

    a = command(
        "rescore",
        rescore,
        "bring mentions up to the catalogue and the model",
        "rescore",
        "rescore --stale",
    )
    a.add_argument(
        "--stale",
        action="store_true",
        help="only the months that hold an article read with another catalogue or model; broken off, it goes on there",
    )
    engine_words(a)
    tone_words(a)
    command("maintain", maintain, "compact the tables, catch up daily totals and search index", "maintain")

    a = command("evaluate", evaluate, "accuracy on labelled sets", "evaluate --data ../labelled --json")
    a.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        default=HOME.parent / "shared" / "data",
        help="the folder of the labelled sets (../shared/data beside this checkout)",
    )
    machine_readable(a)

    a = command(
        "catalogue",
        catalogue,
        "check the catalogue's own example sentences, see how its names fare in texts, list its keys, exchange feeds",
        "catalogue check --catalogue my-catalogue",
        "catalogue audit --actor theresa-may articles.jsonl",
        "catalogue list actors",
        "catalogue import-opml feeds.opml",
    )
    a.add_argument("action", choices=["check", "audit", "list", "import-opml", "export-opml"], help="what to do")
    what = f"of list: {', '.join(LISTS)}; of import-opml: the file; of audit: files, or none for the archive"
    a.add_argument("what", metavar="WHAT", type=given_path, nargs="*", help=what)
    a.add_argument("--actor", metavar="KEY", action="append", default=[], help="audit only this one; repeatable")
    a.add_argument("--limit", metavar="N", type=int, default=20_000, help="audit so many articles at most (20000)")
    machine_readable(a)

    for one in made:
        everywhere(one)
    a = command("test", lambda options: test(options.words), "the project's tests", "test -k catalogue")
    a.add_argument("words", metavar="PYTEST", nargs="*", help="arguments for pytest")
    return top


def everywhere(command: argparse.ArgumentParser) -> None:
    """Give a command the options that all have, behind its own."""
    group = command.add_argument_group("everywhere")
    group.add_argument(
        "--archive",
        metavar="URL",
        default=usual_archive(),
        help="a folder or s3://... (NEWSGAUGE_ARCHIVE; default data/var/archive)",
    )
    group.add_argument(
        "--catalogue",
        metavar="DIR",
        type=Path,
        default=Path(os.environ.get("NEWSGAUGE_CATALOGUE") or HOME / "data" / "catalogue"),
        help="the folder with actors.toml, outlets.toml, topics.toml (NEWSGAUGE_CATALOGUE; default data/catalogue)",
    )
    group.add_argument(
        "--allow-address",
        metavar="HOST:PORT",
        action="append",
        default=[one for one in os.environ.get("NEWSGAUGE_ALLOW_ADDRESS", "").split(",") if one],
        help="a private address that fetching may reach; repeatable (NEWSGAUGE_ALLOW_ADDRESS, comma-separated)",
    )


def usual_archive() -> str:
    """Where the archive is when nobody says otherwise."""
    return os.environ.get("NEWSGAUGE_ARCHIVE") or str(HOME / "data" / "var" / "archive")


def machine_readable(command: argparse.ArgumentParser) -> None:
    """Give a command the option --json."""
    command.add_argument("--json", action="store_true", help="one JSON object on stdout")


def tone_words(command: argparse.ArgumentParser) -> None:
    """Give a command the option --tone."""
    command.add_argument(
        "--tone",
        metavar="BY",
        type=tone_by,
        default=os.environ.get("NEWSGAUGE_TONE") or None,
        help="what the tone toward an actor comes from: model, or the lexicon, which is ten times as quick and "
        "knows no doubt; rescore brings it up later (NEWSGAUGE_TONE; default model)",
    )


def engine_words(command: argparse.ArgumentParser) -> None:
    """Give a command the option --engine."""
    command.add_argument(
        "--engine",
        metavar="local|spark[://...]",
        type=engine_by,
        default=os.environ.get("NEWSGAUGE_ENGINE") or "local",
        help="who reads the articles: local, all cores of this machine; spark, Sail in this process; "
        "spark://HOST:PORT or sc://HOST:PORT, the workers of a cluster, through Spark Connect (NEWSGAUGE_ENGINE; "
        "default local)",
    )


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


def filter_words(command: argparse.ArgumentParser) -> None:
    """Give a command the filters, in the same words as the dashboard's URL."""
    for word, meaning in FILTER_WORDS.items():
        command.add_argument(f"--{word}", metavar="KEY", action="append", default=[], help=f"{meaning}; repeatable")
    command.add_argument("--from", metavar="DAY", dest="from_", help="first day, YYYY-MM-DD, UTC")
    command.add_argument("--to", metavar="DAY", help="last day, inclusive")
    command.add_argument("--search", metavar="QUERY", help=SEARCH_HELP)
    command.add_argument(
        "--tone-from", metavar="TONE", help="least tone, -1 ... +1; unsure and unscored ones lie in no range"
    )
    command.add_argument("--tone-to", metavar="TONE", help="greatest tone")
    command.add_argument("--no-copies", action="store_true", help="an article that reprints another is left out")


def given_path(text: str) -> Path:
    """A path; an empty one, which a script's unset variable may leave, is no name for the folder we are in."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name. Name a file or a folder")
    return Path(text)


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


def usage(message: str) -> NoReturn:
    """End with exit status 2 and the message."""
    sys.exit(failed(WRONG_USAGE, message))


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

    words: dict[str, list[str]] = {word: getattr(options, word) for word in FILTER_WORDS}
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


# --- commands ---------------------------------------------------------------------------------------------------------


def demo(options: argparse.Namespace) -> int:
    """Collect the sample press over real HTTP into an archive of its own, then show it."""
    from data.sample.server import PortTakenError
    from ingest import demo as sample
    from ingest import tone
    from ingest.run import Stopped

    # NEWSGAUGE_ARCHIVE names the archive of one's own news: the demo goes elsewhere unless it is told where.
    own = options.archive == usual_archive()
    archive, workers = str(HOME / "data" / "var" / "sample") if own else options.archive, os.cpu_count() or 1
    if "://" in archive:
        usage(f"demo: {archive} is no folder of this machine. Name one with --archive, or leave it out")
    if not options.build_only:
        free("127.0.0.1", options.port)
    if not sys.stderr.isatty():
        say("collecting the sample press, about 15 seconds")
    try:
        with sample.press(options.press_port) as opened:
            with bar("Collecting the sample press") as progress:
                sample.build(archive, opened, workers, progress)

            def read_by_the_model() -> None:
                with bar("Reading by the model") as progress:
                    sample.rescore(archive, opened, workers, progress)

            if options.build_only:
                read_by_the_model()
                return OK
            print(f"Dashboard: http://127.0.0.1:{options.port} (stop with Ctrl-C)", flush=True)
            environment = {"NEWSGAUGE_ARCHIVE": archive, "NEWSGAUGE_SAMPLE": "1"}
            environment["NEWSGAUGE_CATALOGUE"] = str(sample.catalogue_folder(options.press_port))
            environment["NEWSGAUGE_MODEL_VERSION"] = tone.version(tone.DEFAULT)
            # So that the first chart need not wait for the model, until it is done tones are the lexicon's.
            return serve(streamlit(options.port, "127.0.0.1"), environment, meanwhile=read_by_the_model)
    except (PortTakenError, sample.DemoError) as error:
        return failed(SOME_FAILED, str(error))
    except Stopped as stopped:
        return 128 + stopped.number


def ingest(options: argparse.Namespace) -> int:
    """One run over the feeds that are due."""
    from data.archive import open_archive
    from ingest import collect, pipeline, reading

    known = load_catalogue(options)
    try:
        sources = pipeline.sources(known, options.outlet, options.feed, options.shard)
    except LookupError as error:
        usage(str(error.args[0]))
    archive = open_archive(options.archive, create=not options.dry_run)
    states = archive.feed_states()
    due = collect.due(sources, states, now(), everything=options.all)
    if options.dry_run:
        print("".join(f"{source.feed.url}\n" for source in due), end="")
        return OK
    if sources and not due and not options.quiet:
        asked = {source.feed.url for source in sources}
        first = min(row["next_at"] for row in states.iter_rows(named=True) if row["feed_url"] in asked)
        print(f"newsgauge: no feed is due before {first:%Y-%m-%d %H:%M} UTC; --all reads them now", file=sys.stderr)
    allow = addresses(options.allow_address)

    # One core parses what comes in; with two, what is new is read in this process, for each reader takes its memory.
    readers = max((os.cpu_count() or 1) - 1, 1)

    def work(begun: "Report", progress: Callable[["Report"], None]) -> "Report":
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
    from ingest.run import stoppable

    try:
        with archive.lock("index"), stoppable(), bar("Index") as progress:
            index.catch_up(archive, progress)
    except Locked:
        return True
    except index.IndexFault as error:
        say(f"{error} What was collected is stored.")
        return False
    return True


def dashboard(options: argparse.Namespace) -> NoReturn:
    """The web page."""
    from ingest import tone

    environment = {"NEWSGAUGE_ARCHIVE": options.archive, "NEWSGAUGE_CATALOGUE": str(options.catalogue)}
    # So that Health can tell what is stale: the page itself knows of no model.
    environment["NEWSGAUGE_MODEL_VERSION"] = tone.version(
        "lexicon" if os.environ.get("NEWSGAUGE_TONE") == "lexicon" else tone.DEFAULT
    )
    free(options.address, options.port)
    print(f"Dashboard: http://{options.address}:{options.port} (stop with Ctrl-C)", flush=True)
    os.chdir(HOME)
    command = streamlit(options.port, options.address)
    os.execve(command[0], command, SERVING | os.environ | environment)  # noqa: S606 (signals then reach the server itself)


#: The many small products of many sessions take twice as long where each is shared out over the cores.
SERVING = {"OPENBLAS_NUM_THREADS": "1"}


def streamlit(port: int, address: str) -> list[str]:
    """The command that serves the dashboard."""
    command = [sys.executable, "-m", "streamlit", "run", str(HOME / "streamlit_app.py")]
    command += ["--server.port", str(port), "--server.address", address, "--server.headless", "true"]
    return [*command, "--logger.hideWelcomeMessage", "true", "--logger.level", "warning"]


def free(address: str, port: int) -> None:
    """End with exit status 2 where something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, port))
        except OSError as error:
            usage(f"{address}:{port} cannot be used ({error.strerror}). Another dashboard? Try --port {port + 1}")


def serve(command: list[str], environment: dict[str, str], meanwhile: Callable[[], None]) -> int:
    """Run a server until it ends or this process is told to stop; it never outlives us. Do something `meanwhile`."""
    from ingest.run import Stopped

    def stop(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with subprocess.Popen(command, cwd=HOME, env=SERVING | os.environ | environment) as server:  # noqa: S603
        try:
            meanwhile()
            return server.wait()
        except (KeyboardInterrupt, Stopped):
            server.terminate()
            return OK
        except BaseException:
            server.terminate()  # or it would be waited for before the fault is told
            raise


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


def status(options: argparse.Namespace) -> int:
    """Last runs, each feed's state, the archive's size."""
    from data import damage, health
    from data.archive import open_archive
    from ingest import tone

    archive = open_archive(options.archive)
    damage.check(archive)
    found = health.status(archive, load_catalogue(options).version, tone.version(by(options)))
    print(json.dumps(found, ensure_ascii=False) if options.json else health.told(found))
    return OK


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


def maintain(options: argparse.Namespace) -> int:
    """Compact the tables, remove what no reader needs, and bring daily totals and search index up to them."""
    from data import damage, derived, index
    from data.archive import open_archive
    from ingest.run import stoppable

    archive = open_archive(options.archive)
    before = archive.size()["bytes"]
    try:
        with archive.lock(), stoppable(), bar("Maintaining") as progress:
            damage.check(archive)
            archive.maintain(progress)
            derived.catch_up(archive, progress)
            indexed = index.catch_up(archive, progress, thorough=True)
    except index.IndexFault as error:
        return failed(SOME_FAILED, str(error))
    now_held = archive.pin().size()["bytes"]
    print(f"{archive.url}: the tables hold {now_held / 1e6:,.1f} MB, {before / 1e6:,.1f} MB before")
    print(f"{index.folder_of(archive.url)}: {indexed:,} articles were read into the search index")
    return OK


def evaluate(options: argparse.Namespace) -> int:
    """Accuracy on labelled sets."""
    from ingest import evaluation

    found = evaluation.evaluate(options.data, load_catalogue(options))
    print(json.dumps(evaluation.as_json(found)) if options.json else evaluation.told(found))
    if not found.figures:
        return failed(SOME_FAILED, f"{options.data}: no labelled set here. Name the folder with --data")
    return SOME_FAILED if any(one.is_fault for one in found.left_out) else OK


def catalogue(options: argparse.Namespace) -> int:
    """Check the catalogue, or exchange its feeds as OPML."""
    from data import opml

    if options.action == "import-opml":
        if len(options.what) != 1:
            usage("catalogue import-opml needs a file")
        try:
            print(opml.as_toml(options.what[0].read_bytes()))
        except (opml.OpmlError, OSError) as error:
            usage(f"{options.what[0]}: {error}")
        return OK
    known = load_catalogue(options)
    if options.action == "audit":
        return audit(options, known)
    if options.action == "list":
        wanted = [str(what) for what in options.what]
        if len(wanted) != 1 or wanted[0] not in LISTS:
            usage(f"catalogue list what? One of {', '.join(LISTS)}")
        print("\n".join(keys(known, wanted[0])))
        return OK
    if options.action == "export-opml":
        sys.stdout.buffer.write(opml.write(known.outlets))
        return OK
    from ingest import by_example, topics

    wrong = by_example.check(known) + topics.check(known)
    for line in wrong + by_example.unexercised(known):
        say(line)
    sentences = sum(len(one.examples) + len(one.counter_examples) for one in known.actors)
    sentences += sum(len(one.examples) + len(one.counter_examples) for one in known.topics)
    print(f"{len(known.actors)} actors, {len(known.outlets)} outlets, {len(known.topics)} topics; ", end="")
    print(f"{sentences - len(wrong)} of {sentences} example sentences are read as they should be")
    return WRONG_USAGE if wrong else OK


def audit(options: argparse.Namespace, known: "Catalogue") -> int:
    """How the catalogue's names fare in the archive's articles, or in those of files."""
    from data.archive import open_archive
    from ingest import audit as names
    from ingest import files

    unknown = set(options.actor) - {actor.key for actor in known.actors}
    if unknown:
        usage(f"--actor {', '.join(sorted(unknown))}: no actor of the catalogue. `catalogue list actors` shows them")
    if options.limit < 1:
        usage("--limit: name a number of articles, 1 or more")
    problems: list[str] = []
    if options.what:
        batches = files.read(options.what, "auto", known, now())
        articles = names.of_files(batches, options.limit, problems.append)
    else:
        articles = names.of_archive(open_archive(options.archive), options.limit)
    found = names.audit(articles, known, options.actor)
    for problem in problems:
        say(problem)
    print(json.dumps(names.as_json(found), ensure_ascii=False) if options.json else names.told(found))
    return SOME_FAILED if problems else OK


def keys(known: "Catalogue", what: str) -> list[str]:
    """A line for each key of the catalogue that filters take, with what it stands for."""
    if what == "panels":
        return sorted({panel for outlet in known.outlets for panel in outlet.panels})
    labels = {
        "actors": [(actor.key, actor.label) for actor in known.actors],
        "outlets": [(outlet.key, outlet.name) for outlet in known.outlets],
        "topics": [(topic.key, topic.label) for topic in known.topics],
    }[what]
    return [f"{key:32} {label}" for key, label in labels]


def test(words: list[str]) -> int:
    """The project's tests."""
    command = [sys.executable, "-m", "pytest", *words]
    return subprocess.run(command, cwd=HOME, check=False).returncode  # noqa: S603


# --- edges ------------------------------------------------------------------------------------------------------------


def now() -> datetime:
    """The clock: the only one that a run reads."""
    return datetime.now(UTC)


def load_catalogue(options: argparse.Namespace) -> "Catalogue":
    """The catalogue that the options name."""
    from data.catalogue import load

    return load(options.catalogue)


@contextmanager
def bar(title: str) -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar on stderr when that is a terminal; cron and pipes see nothing of it."""
    if not sys.stderr.isatty():
        yield lambda _doing, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[title]}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TextColumn("{task.fields[doing]}", markup=False), console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=None, title=title, doing="")
        yield lambda doing, done, total: shown.update(task, completed=done, total=total, doing=doing)


def streams() -> None:
    """Make stdin, stdout and stderr fit for any text: cron may have closed them, or have set a locale without ü."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 (it lives as long as the process)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    # A lone surrogate becomes a backslash and its number, which is also how JSON writes it.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    # Ctrl-C ends us at once, as SIGTERM does, and without a traceback; a run that writes takes both into its own hands.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    streams()
    sys.exit(main())
