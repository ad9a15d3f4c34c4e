"""The options of each command on the command line. What they mean is worked out in `options`."""

import argparse
import os

from commands.catalogues import LISTS
from commands.edges import HOME
from commands.options import FILTERS, engine_by, given_path, given_text, shard, tone_by, usual_archive

_SEARCH = (
    'words and "phrases" of title and text, AND OR NOT NEAR/5 ( ) end*, and the fields title: text: outlet: actor: '
    "topic: language: date>=2024-10 tone<-0.3"
)


def demo(a: argparse.ArgumentParser) -> None:
    """Where its two servers listen."""
    a.add_argument("--port", metavar="PORT", type=int, default=8501, help="of the dashboard (8501)")
    a.add_argument("--press-port", metavar="PORT", type=int, default=8599, help="of the sample press (8599)")
    a.add_argument("--build-only", action="store_true", help="build the demo's archive and stop")


def ingest(a: argparse.ArgumentParser) -> None:
    """Which feeds, and what is said."""
    a.add_argument("--all", action="store_true", help="also the feeds that are not due yet")
    a.add_argument("--outlet", metavar="KEY", action="append", default=[], help="only this outlet; repeatable")
    a.add_argument("--feed", metavar="URL", action="append", default=[], help="a feed that the catalogue doesn't list")
    a.add_argument(
        "--shard", metavar="N/M", type=shard, default=(1, 1), help="only the Nth of M parts of the feeds, for M workers"
    )
    a.add_argument("--dry-run", action="store_true", help="say which feeds are due, fetch nothing")
    a.add_argument("--quiet", action="store_true", help="print nothing when all went well")
    _tone(a)
    _json(a)


def import_(a: argparse.ArgumentParser) -> None:
    """Which files, in which form."""
    a.add_argument("path", metavar="PATH", type=given_path, nargs="+", help="a file, or a folder of them")
    a.add_argument(
        "--format",
        choices=["auto", "jsonl", "csv", "parquet", "html", "feed", "warc", "gkg"],
        default="auto",
        help="default: by content and ending",
    )
    _engine(a)
    _tone(a)
    _json(a)


def dashboard(a: argparse.ArgumentParser) -> None:
    """Where it listens."""
    a.add_argument("--port", metavar="PORT", type=int, default=8501, help="where it listens (8501)")
    a.add_argument(
        "--address",
        metavar="A",
        default="127.0.0.1",
        help="this machine only by default; 0.0.0.0 serves other machines, then behind your own sign-in",
    )
    a.add_argument(
        "--host",
        metavar="NAME",
        action="append",
        help="a name that readers open it by, beside localhost, A and the host of the sign-in's redirect_uri; "
        "repeatable (NEWSGAUGE_HOST, comma-separated)",
    )


def export(a: argparse.ArgumentParser) -> None:
    """What, of which articles, as which file."""
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
        "-o", "--output", metavar="FILE", type=given_path, help="default: stdout; a file gets FILE.manifest.json too"
    )
    _filters(a)


def explain(a: argparse.ArgumentParser) -> None:
    """Which text."""
    a.add_argument(
        "file",
        metavar="FILE",
        type=given_text,
        nargs="?",
        default="-",
        help="a text, its first line the title; - for stdin",
    )
    a.add_argument(
        "--article",
        metavar="ID|URL",
        help="an article of the archive, and also which story it belongs to and why, and whom it reprints",
    )
    a.add_argument(
        "--jsonl", action="store_true", help='a line {"id", "text", ...} in, a line out; so for FILE.jsonl anyway'
    )
    _tone(a)


def status(a: argparse.ArgumentParser) -> None:
    """By which tone an article is stale, and for whom it is told."""
    _tone(a)
    _json(a)


def rescore(a: argparse.ArgumentParser) -> None:
    """Which articles, and who reads them."""
    a.add_argument(
        "--stale",
        action="store_true",
        help="only the months that hold an article read with another catalogue or model; broken off, it goes on there",
    )
    _engine(a)
    _tone(a)


def maintain(_a: argparse.ArgumentParser) -> None:
    """None of its own."""


def evaluate(a: argparse.ArgumentParser) -> None:
    """Where the labelled sets are."""
    a.add_argument(
        "--data",
        metavar="DIR",
        type=given_path,
        default=HOME.parent / "shared" / "data",
        help="the folder of the labelled sets (../shared/data beside this checkout)",
    )
    _json(a)


def catalogue(a: argparse.ArgumentParser) -> None:
    """What to do, with what."""
    a.add_argument("action", choices=["check", "audit", "list", "import-opml", "export-opml"], help="what to do")
    what = f"of list: {', '.join(LISTS)}; of import-opml: the file; of audit: files, or none for the archive"
    a.add_argument("what", metavar="WHAT", type=given_path, nargs="*", help=what)
    a.add_argument("--actor", metavar="KEY", action="append", default=[], help="audit only this one; repeatable")
    a.add_argument("--limit", metavar="N", type=int, default=20_000, help="audit so many articles at most (20000)")
    _json(a)


def test(a: argparse.ArgumentParser) -> None:
    """What pytest is told."""
    a.add_argument("words", metavar="PYTEST", nargs="*", help="arguments for pytest")


# --- what several have ------------------------------------------------------------------------------------------------


def everywhere(a: argparse.ArgumentParser, is_command: bool) -> None:
    """The options that all commands have, before the command and behind it; where both are given, the latter counts.

    One that is not given behind the command leaves no trace there, so that what stands before it stays, or the default.
    """
    title = "everywhere" if is_command else "everywhere, before the command or behind it"
    group = a.add_argument_group(title)
    group.add_argument(
        "--archive",
        metavar="URL",
        default=argparse.SUPPRESS if is_command else usual_archive(),
        help="a folder or s3://... (NEWSGAUGE_ARCHIVE; default data/var/archive)",
    )
    group.add_argument(
        "--catalogue",
        metavar="DIR",
        type=given_path,
        default=argparse.SUPPRESS
        if is_command
        else os.environ.get("NEWSGAUGE_CATALOGUE") or str(HOME / "data" / "catalogue"),
        help="the folder with actors.toml, outlets.toml, topics.toml (NEWSGAUGE_CATALOGUE; default data/catalogue)",
    )
    group.add_argument(
        "--allow-address",
        metavar="HOST:PORT",
        # Every one counts: those before the command, those behind it, those of the environment.
        dest="allow_address" if is_command else "allow_address_before",
        action="append",
        default=[] if is_command else [one for one in os.environ.get("NEWSGAUGE_ALLOW_ADDRESS", "").split(",") if one],
        help="a private address that fetching may reach; repeatable (NEWSGAUGE_ALLOW_ADDRESS, comma-separated)",
    )


def _json(a: argparse.ArgumentParser) -> None:
    a.add_argument("--json", action="store_true", help="one JSON object on stdout")


def _tone(a: argparse.ArgumentParser) -> None:
    a.add_argument(
        "--tone",
        metavar="BY",
        type=tone_by,
        default=os.environ.get("NEWSGAUGE_TONE") or None,
        help="what the tone toward an actor comes from: model, or the lexicon, which is ten times as quick and "
        "knows no doubt; rescore brings it up later (NEWSGAUGE_TONE; default model)",
    )


def _engine(a: argparse.ArgumentParser) -> None:
    a.add_argument(
        "--engine",
        metavar="local|spark[://...]",
        type=engine_by,
        default=os.environ.get("NEWSGAUGE_ENGINE") or "local",
        help="who reads the articles: local, all cores of this machine; spark, Sail in this process; "
        "spark://HOST:PORT or sc://HOST:PORT, the workers of a cluster, through Spark Connect (NEWSGAUGE_ENGINE; "
        "default local)",
    )


def _filters(a: argparse.ArgumentParser) -> None:
    """The filters, in the same words as the dashboard's URL."""
    for word, meaning in FILTERS.items():
        a.add_argument(f"--{word}", metavar="KEY", action="append", default=[], help=f"{meaning}; repeatable")
    a.add_argument("--from", metavar="DAY", dest="from_", help="first day, YYYY-MM-DD, UTC")
    a.add_argument("--to", metavar="DAY", help="last day, inclusive")
    a.add_argument("--search", metavar="QUERY", help=_SEARCH)
    a.add_argument(
        "--tone-from", metavar="TONE", help="least tone, -1 ... +1; unsure and unscored ones lie in no range"
    )
    a.add_argument("--tone-to", metavar="TONE", help="greatest tone")
    a.add_argument("--no-copies", action="store_true", help="an article that reprints another is left out")
