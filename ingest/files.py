"""Archives that people already have: tables, feed documents, saved pages, web archives, GDELT; files or folders.

A file that cannot be read, or a row of it, becomes a problem that says which, why, and what to do; the rest goes on.
Of web archives, folders of pages and GDELT's files the batches say how far they go, so that an import that was broken
off goes on from there.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

import polars as pl

from data import schema
from data.catalogue import Catalogue
from data.identity import digest
from ingest import articles, forms, gkg, saved, tables, warc
from ingest.articles import Delivered
from ingest.outlets import Outlets, outlets
from ingest.rows import Given, Reached, Unreadable, one_line

BATCH = 1_000  # rows
PAGES = 100  # of a web archive or a folder; a second or a few
BATCH_CHARACTERS = 20_000_000  # of their texts: a batch of enormous ones is not to fill the memory
SHOWN = 20  # problems of a batch that are told one by one

#: How far a file was read by an import before: by the key of a source, the place that Reached told of; None if never.
Before = Callable[[str], int | None]

#: Who reads a web archive from this place on in another way than one page after the other; the same batches but for
#: where one ends and the next begins.
Apart = Callable[["Source", int, datetime], Iterator["Batch"]]


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: the articles they gave, and what became of the others.

    `notes` are told as problems are, and nothing failed; each with how often. `marks` say how far which source is given
    with this batch and those before it.
    """

    articles: pl.DataFrame
    entries: int
    dropped: Counter[str] = field(default_factory=Counter)
    problems: tuple[str, ...] = ()
    notes: Counter[str] = field(default_factory=Counter)
    marks: Mapping[str, int] = field(default_factory=dict)
    at: str = ""  # for the one who waits: the file, and how much of it is done


@dataclass(frozen=True)
class Source:
    """What is read in one go: a file, or the saved pages of a folder."""

    path: Path
    form: str | None
    files: tuple[Path, ...]

    @property
    def is_folder(self) -> bool:
        """Whether it is the pages of a folder."""
        return self.files != (self.path,)


def read(
    paths: Iterable[Path],
    form: str,
    catalogue: Catalogue,
    now: datetime,
    before: Before = lambda _: None,
    apart: Apart | None = None,
) -> Iterator[Batch]:
    """The articles of these files and folders, in batches. `form` is `auto` or one of forms.FORMS.

    What an import `before` has done is passed over, and told.
    """
    known = outlets(catalogue)
    for path in paths:
        closed: list[OSError] = []
        found = list(_sources(path, form, closed.append))
        for error in closed:
            yield _failed(f"{error.filename}: {error.strerror}. Let this user look into the folder")
        if not found and not closed:
            endings = " ".join(forms.ENDINGS)
            yield _failed(f"{path}: no file here that can be imported. Known endings: {endings}; or use --format")
        for source in found:
            yield from _batches(source, known, now, before, apart)


def joined(batches: list[Batch]) -> Batch:
    """One batch of what these hold."""
    marks: dict[str, int] = {}
    for batch in batches:
        marks |= batch.marks
    return Batch(
        pl.concat([schema.empty("articles"), *(batch.articles for batch in batches)]),
        sum(batch.entries for batch in batches),
        sum((batch.dropped for batch in batches), Counter()),
        tuple(problem for batch in batches for problem in batch.problems),
        sum((batch.notes for batch in batches), Counter()),
        marks,
        batches[-1].at if batches else "",
    )


# What there is


def _sources(path: Path, form: str, closed: Callable[[OSError], None]) -> Iterator[Source]:
    """The file, or the files of the folder that have the form, in order; `closed` is told of its closed folders."""
    if not _is(Path.is_dir, path, otherwise=False):
        yield Source(path, forms.form(path) if form == "auto" else form, (path,))
        return
    # Saved pages are many and small: together they are one source, with one mark.
    for kind, found in groupby(_files(path, form, closed), key=lambda one: one[1] == "html"):
        if kind:
            yield Source(path, "html", tuple(file for file, _ in found))
        else:
            yield from (Source(file, its_form, (file,)) for file, its_form in found)


def _files(path: Path, form: str, closed: Callable[[OSError], None]) -> list[tuple[Path, str]]:
    """The files of a folder that have the form, with it, saved pages last.

    No link to a folder is followed, so that none leads in circles.
    """
    files = (Path(folder, name) for folder, _, names in os.walk(path, onerror=closed) for name in names)
    told = ((file, forms.form(file)) for file in files if _is(Path.is_file, file, otherwise=True))
    found = [(file, its_form) for file, its_form in told if its_form and form in ("auto", its_form)]
    return sorted(found, key=lambda one: (one[1] == "html", one[0]))


def _is(kind: Callable[[Path], bool], path: Path, otherwise: bool) -> bool:
    """What the path is; where even that is not ours to know, it is up to who opens it to say so."""
    try:
        return kind(path)
    except OSError:
        return otherwise


def _failed(problem: str) -> Batch:
    return Batch(schema.empty("articles"), 0, problems=(problem,))


# Their rows


def _batches(source: Source, known: Outlets, now: datetime, before: Before, apart: Apart | None) -> Iterator[Batch]:
    """The batches of a source, from where an import before has ended."""
    key = key_of(source)
    whole = _whole(source)
    start = (before(key) if key else None) or 0
    if start:
        done = "imported before, and passed over; touch it to have it read again"
        half = f"goes on at {start / max(whole, 1):.0%}, where an import before has ended"
        note = f"{source.path}: {half if start < whole else done}"
        yield Batch(schema.empty("articles"), 0, notes=Counter([note]))
    if apart and source.form == "warc" and start < whole:
        yield from apart(source, start, now)
    elif start < whole or not start:
        yield from stretch(source, known, now, start)


def stretch(source: Source, known: Outlets, now: datetime, start: int, stop: int | None = None) -> Iterator[Batch]:
    """The batches of a source from a place that Reached told of, up to the first one that is not before `stop`."""
    key, whole = key_of(source), _whole(source)
    rows = _up_to(_given(source, known, start), stop)
    # That a file has no rows can be told only of all of it.
    for chunk in _chunks(_fit(rows, source.path, is_whole=not start and stop is None), PAGES if key else BATCH):
        yield _batch(chunk, source, key, whole, now)


def _up_to(rows: Iterator[Given], stop: int | None) -> Iterator[Given]:
    for row in rows:
        yield row
        if stop is not None and isinstance(row, Reached) and row.position >= stop:
            return


def key_of(source: Source) -> str | None:
    """What the state of a source is known by: another path, size or time of change is another state; None for no mark.

    Rows of a table are quickly told from what is known, so that they need none.
    """
    if source.form not in ("warc", "gkg") and not (source.form == "html" and source.is_folder):
        return None
    try:
        seen = [(str(file.absolute()), file.stat()) for file in source.files]
    except OSError:
        return None
    return f"import-{digest(*(f'{path} {stat.st_size} {stat.st_mtime_ns}' for path, stat in seen))}"


def _whole(source: Source) -> int:
    """The place that is reached at the end: files of a folder, else bytes."""
    if source.is_folder:
        return len(source.files)
    try:
        return source.path.stat().st_size
    except OSError:
        return 0


def _chunks(rows: Iterator[Given], size: int) -> Iterator[list[Given]]:
    """The rows by `size` of them; each chunk but the last ends where something was reached, if anything is."""
    chunk: list[Given] = []
    count = characters = 0
    for row in rows:
        is_place = isinstance(row, Reached)
        if not is_place and (count >= size or characters >= BATCH_CHARACTERS):
            yield chunk
            chunk, count, characters = [], 0, 0
        if is_place and chunk and isinstance(chunk[-1], Reached):
            chunk.pop()
        chunk.append(row)
        count += not is_place
        characters += len(row.text) if isinstance(row, Delivered) else 0
    if chunk:
        yield chunk


def _batch(rows: list[Given], source: Source, key: str | None, whole: int, now: datetime) -> Batch:
    lost = [row for row in rows if isinstance(row, Unreadable)]
    good = [row for row in rows if isinstance(row, Delivered)]
    dropped = Counter(row.reason for row in lost if row.reason)
    reached = max((row.position for row in rows if isinstance(row, Reached)), default=None)
    return Batch(
        articles.table(good, now),
        entries=len(good) + dropped.total(),
        dropped=dropped,
        problems=_shown([row.problem for row in lost if row.is_fault]),
        notes=_noted([row.problem for row in lost if not row.is_fault]),
        marks={key: reached} if key and reached else {},
        at=f"{source.path.name} {reached / max(whole, 1):.0%}" if reached else source.path.name,
    )


def _shown(problems: list[str]) -> tuple[str, ...]:
    """The first SHOWN problems and the number of the others: a file may be broken a million times over."""
    more = len(problems) - SHOWN
    return (*problems[:SHOWN], f"... and {more:,} rows more like these") if more > 0 else tuple(problems)


def _noted(notes: list[str]) -> Counter[str]:
    """The notes by how often, at most SHOWN different ones."""
    counted = Counter(notes)
    shown = Counter(dict(counted.most_common(SHOWN)))
    more = counted.total() - shown.total()
    return shown + Counter({"... and others like these": more})


def _fit(rows: Iterator[Given], file: Path, is_whole: bool) -> Iterator[Given]:
    """The rows that can become articles; a line for each that can't, and for a file without any."""
    number = 0
    for row in rows:
        number += not isinstance(row, Reached)
        yield _unfit(row, f"{file} row {number}") or row if isinstance(row, Delivered) else row
    if not number and is_whole:
        yield Unreadable(f"{file}: it has no rows. Is it the right file?", reason=None)


def _unfit(row: Delivered, where: str) -> Unreadable | None:
    """Why a readable row is no article, or None."""
    # Of what others tell of an article, its address and their tone are worth keeping without a title.
    if not row.title.strip() and not row.text.strip() and row.text_from != articles.METADATA:
        return Unreadable(f"{where}: neither title nor text. Add one, or remove the row", "no text")
    try:
        if articles.address(row.url, row.outlet, row.guid, row.title, row.claimed_at) is None:
            return Unreadable(f"{where}: neither address nor title. Add one, or remove the row", "no address")
    except ValueError as error:
        return Unreadable(f"{where}: {one_line(error)}. Mend the address, or leave it empty", "no address")
    return None


def _given(source: Source, known: Outlets, start: int) -> Iterator[Given]:
    """What the rows of one source say; a fault of the file as a whole ends it with one Unreadable."""
    file, form = source.path, source.form
    try:
        match form:
            case "jsonl" | "csv" | "parquet":
                yield from tables.read(file, form, known)
            case "feed":
                yield from saved.feed(file, known)
            case "html":
                yield from saved.pages(list(source.files), known, start)
            case "warc":
                with file.open("rb") as stream:
                    yield from warc.read(stream, str(file), known, start)
            case "gkg":
                with file.open("rb") as stream:
                    yield from gkg.read(stream, str(file), known, _whole(source))
            case _:
                advice = f"Use --format with one of {', '.join(forms.FORMS)}"
                said = f"{file}: neither its ending nor its content says what its form is. {advice}"
                yield Unreadable(said, reason=None)
    except OSError as error:
        yield Unreadable(f"{file}: {error.strerror or error}. Check the path and its permissions", reason=None)
    except pl.exceptions.PolarsError as error:
        yield Unreadable(f"{file}: cannot be read as {form} ({one_line(error)}). Is it complete?", reason=None)
