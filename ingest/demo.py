"""The demo: the sample press collected through the real pipeline, as if its 18 months had been lived through.

The press's server is moved from moment to moment, and at each one a run reads all feeds, as cron would have done. What
is collected is read by the lexicon first, so that there is something to be seen soon, and then again by the model.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from data import catalogue
from data.archive import Archive, open_archive
from data.catalogue import Catalogue
from data.identity import digest
from data.sample import press as sample
from data.sample import server
from data.sample.agenda import FIRST_DAY
from data.sample.server import END, HOST, PORT, Newsstand
from data.signals import Stopped
from ingest import pipeline, reading, run, tone
from ingest.report import Report

VAR = Path(__file__).resolve().parents[1] / "data" / "var"

#: How far apart the runs are. Feeds reach back 20 days or more, so that nothing is lost but what an outage loses; a run
#: costs about as much as the reading of a hundred articles, so that more of them would be waited for.
STEP = timedelta(days=18)

#: Told what is being done, how many of the moments are done, and how many there are.
Progress = Callable[[str, int, int | None], None]


class DemoError(Exception):
    """Why the demo's archive cannot be built, and what to do."""


@dataclass(frozen=True)
class OpenPress:
    """The sample press while its server runs."""

    newsstand: Newsstand
    catalogue: Catalogue  # the shipped actors and topics, and the sample's outlets
    port: int
    version: str


@contextmanager
def press(port: int = PORT) -> Iterator[OpenPress]:
    """The sample press on this port of loopback, as of its last day. Raises server.PortTakenError."""
    written = sample.press()
    known = catalogue.load(catalogue_folder(port))
    newsstand = Newsstand(written, known.outlets, f"http://{HOST}:{port}")
    with server.serve(newsstand, port):
        yield OpenPress(newsstand, known, port, written.version())


def build(archive_url: str, opened: OpenPress, workers: int = 1, progress: Progress | None = None) -> None:
    """Fill the archive in this folder from the open press. A finished archive stays as it is, any other is begun anew.

    Tones toward actors are the lexicon's until `rescore`.

    Raises DemoError where the folder holds something else than a demo, and signals.Stopped when a signal comes.
    """
    marker = _marker(archive_url)
    wanted = _version(opened)
    if marker.exists() and marker.read_text("utf-8") == wanted:
        return
    _clear(Path(archive_url), marker)
    marker.write_text("unfinished", "utf-8")
    archive = open_archive(archive_url, create=True)
    try:
        _collect(archive, opened, workers, progress or _silent)
    finally:
        opened.newsstand.as_of = END
    archive.tidy()
    marker.write_text(wanted, "utf-8")


def rescore(archive_url: str, opened: OpenPress, workers: int = 1, progress: Progress | None = None) -> None:
    """Bring the tones toward actors in a built archive up to the model, month by month, while others may look at it.

    Where they are there is nothing to do. Raises signals.Stopped when a signal comes; then the next call does it.
    """
    archive = open_archive(archive_url)
    by = archive.readings().select(pl.col("model_version").unique()).collect().to_series().to_list()
    if by == [tone.version(tone.DEFAULT)]:
        return
    articles = archive.size()["articles"]

    def work(begun: Report, told: run.Progress) -> Report:
        with reading.reader(opened.catalogue, workers) as read:
            return pipeline.rescore(begun, archive, read, progress=told)

    def told(so_far: Report) -> None:
        (progress or _silent)("articles read again", so_far.reread, articles)

    # One that was stopped is a run of its own: each begins a second after what would have been the last one's end.
    begins = _a_little_later(END) + timedelta(seconds=archive.runs().collect().height)
    _recorded(archive, pipeline.begin("rescore", opened.catalogue, begins), work, told)


def catalogue_folder(port: int = PORT) -> Path:
    """The folder of the demo's catalogue: the one that ships, with the outlets of the sample press on this port."""
    folder = VAR / f"sample-catalogue-{port}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in catalogue.DEFAULT.glob("*.toml"):
        shutil.copyfile(file, folder / file.name)
    (folder / "outlets.toml").write_text(sample.outlets_toml(f"http://{HOST}:{port}"), "utf-8")
    return folder


def moments() -> list[datetime]:
    """When the demo's runs take place; the last one is the end of the sample press."""
    first = datetime.combine(FIRST_DAY, time(6, 0), END.tzinfo) + STEP
    count = (END - first) // STEP
    return [first + STEP * number for number in range(count + 1)] + [END]


def _collect(archive: Archive, opened: OpenPress, workers: int, progress: Progress) -> None:
    sources = pipeline.sources(opened.catalogue, [], [], (1, 1))
    allow = frozenset({(HOST, opened.port)})
    whole = moments()
    # One reader for all runs: each new one would have to start its processes again.
    with reading.reader(opened.catalogue, workers, "lexicon") as read:

        def work(begun: Report, told: run.Progress) -> Report:
            return pipeline.ingest(begun, sources, archive, read, allow, everything=True, progress=told)

        for number, moment in enumerate(whole):
            progress(f"{moment:%Y-%m}", number, len(whole))
            opened.newsstand.as_of = moment
            _recorded(archive, pipeline.begin("ingest", opened.catalogue, moment, "lexicon"), work)
    progress("done", len(whole), len(whole))


def _recorded(
    archive: Archive,
    begun: Report,
    work: Callable[[Report, run.Progress], Report],
    progress: run.Progress | None = None,
) -> None:
    """One run that takes place at the moment at which it is begun, in the time of the sample press."""
    done = run.recorded(archive, begun, work, partial(_a_little_later, begun.started_at), progress)
    if done.signal is not None:
        raise Stopped(done.signal)


def _a_little_later(moment: datetime) -> datetime:
    """When a run that began at this moment is over."""
    return moment + timedelta(seconds=20)


def _version(opened: OpenPress) -> str:
    """Changes with the press, its address, the catalogue and the lexicon: whatever the archive depends on."""
    return digest(opened.version, str(opened.port), opened.catalogue.version, tone.LEXICON_VERSION, str(STEP))


def _marker(archive_url: str) -> Path:
    folder = Path(archive_url)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.with_name(f"{folder.name}.demo")


def _clear(folder: Path, marker: Path) -> None:
    # Only a demo's own archive may be thrown away, and its marker stands beside it from the first moment on.
    if folder.exists() and not marker.exists():
        raise DemoError(f"{folder} holds something else than the demo. Move it, or name another folder for the demo.")
    shutil.rmtree(folder, ignore_errors=True)


def _silent(_doing: str, _done: int, _total: int | None) -> None:
    """Where nobody watches."""
