"""Articles that people already have: jsonl, csv, parquet, feed documents, HTML pages; a file or a folder of them.

A file that cannot be read, or a row of it, becomes a problem that says which, why, and what to do; the rest goes on.
"""

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from data import schema
from data.catalogue import Catalogue
from data.identity import digest, slug
from ingest import articles, moments, parsing
from ingest.articles import Delivered
from ingest.feeds import FeedError

#: What a file's ending says about its form.
FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".html": "html",
    ".htm": "html",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "feed",
    ".json": "feed",
}

#: The column of ours, and what other people's files call it; the first one present is taken.
COLUMNS = {
    "url": ("url", "link", "story_url"),
    "guid": ("guid", "id", "stories_id"),
    "title": ("title", "headline"),
    "text": ("text", "content", "body", "summary", "description"),
    "outlet": ("outlet", "media_name", "source"),
    "published_at": ("published_at", "publish_date", "published", "date"),
    "authors": ("authors", "author", "byline"),
    "language": ("language", "lang"),
}

BATCH = 1_000  # rows
SHOWN = 20  # problems of a batch that are told one by one
LONGEST_LINE = 50_000_000  # bytes of a jsonl line
LARGEST_DOCUMENT = 20_000_000  # bytes of a feed document or page


@dataclass(frozen=True)
class Batch:
    """Some rows of a file: the articles they gave, and what became of the others."""

    articles: pl.DataFrame
    entries: int
    dropped: Counter[str] = field(default_factory=Counter)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A row or a file that gave no article, and the line that says so."""

    problem: str
    reason: str | None = "malformed"  # of schema.DROPPED; None for a fault of the file as a whole


def read(paths: Iterable[Path], form: str, catalogue: Catalogue, now: datetime) -> Iterator[Batch]:
    """The articles of these files and folders, in batches. `form` is `auto` or one of the values of FORMATS."""
    outlets = _outlet_keys(catalogue)
    for path in paths:
        closed: list[OSError] = []
        found = _files(path, form, closed.append)
        for error in closed:
            yield _failed(f"{error.filename}: {error.strerror}. Let this user look into the folder")
        if not found and not closed:
            yield _failed(
                f"{path}: no file here that can be imported. Known endings: {' '.join(FORMATS)}; or use --format"
            )
        for file in found:
            yield from _batches(_fit(_delivered(file, form, outlets), file), now)


def joined(batches: list[Batch]) -> Batch:
    """One batch of what these hold."""
    return Batch(
        pl.concat([schema.empty("articles"), *(batch.articles for batch in batches)]),
        sum(batch.entries for batch in batches),
        sum((batch.dropped for batch in batches), Counter()),
        tuple(problem for batch in batches for problem in batch.problems),
    )


def _files(path: Path, form: str, closed: Callable[[OSError], None]) -> list[Path]:
    """The path itself, or the files of the folder that have the form, in order; `closed` is told of its closed folders.

    No link to a folder is followed, so that none leads in circles.
    """
    if not _is(Path.is_dir, path, otherwise=False):
        return [path]
    known = (form,) if form != "auto" else FORMATS.values()
    files = (Path(folder, name) for folder, _, names in os.walk(path, onerror=closed) for name in names)
    return sorted(
        file for file in files if FORMATS.get(file.suffix.lower()) in known and _is(Path.is_file, file, otherwise=True)
    )


def _is(kind: Callable[[Path], bool], path: Path, otherwise: bool) -> bool:
    """What the path is; where even that is not ours to know, it is up to who opens it to say so."""
    try:
        return kind(path)
    except OSError:
        return otherwise


def _failed(problem: str) -> Batch:
    return Batch(schema.empty("articles"), 0, problems=(problem,))


def _batches(rows: Iterator[Delivered | Unreadable], now: datetime) -> Iterator[Batch]:
    while chunk := list(islice(rows, BATCH)):
        yield _batch(chunk, now)


def _batch(rows: list[Delivered | Unreadable], now: datetime) -> Batch:
    good: list[Delivered] = []
    dropped: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, Unreadable):
            if row.reason:
                dropped[row.reason] += 1
        else:
            good.append(row)
    return Batch(
        articles.table(good, now),
        entries=len(good) + dropped.total(),
        dropped=dropped,
        problems=_shown([row.problem for row in rows if isinstance(row, Unreadable)]),
    )


def _shown(problems: list[str]) -> tuple[str, ...]:
    """The first SHOWN problems and the number of the others: a file may be broken a million times over."""
    more = len(problems) - SHOWN
    return (*problems[:SHOWN], f"... and {more:,} rows more like these") if more > 0 else tuple(problems)


def _fit(rows: Iterator[Delivered | Unreadable], file: Path) -> Iterator[Delivered | Unreadable]:
    """The rows that can become articles; a line for each that can't, and for a file without any."""
    number = 0
    for number, row in enumerate(rows, start=1):
        yield row if isinstance(row, Unreadable) else _unfit(row, f"{file} row {number}") or row
    if not number:
        yield Unreadable(f"{file}: it has no rows. Is it the right file?", reason=None)


def _unfit(row: Delivered, where: str) -> Unreadable | None:
    """Why a readable row is no article, or None."""
    if not row.title.strip() and not row.text.strip():
        return Unreadable(f"{where}: neither title nor text. Add one, or remove the row", "no text")
    try:
        articles.address(row.url, row.outlet, row.guid, row.title, row.claimed_at)
    except ValueError as error:
        return Unreadable(f"{where}: {_one_line(error)}. Mend the address, or leave it empty", "no address")
    return None


def _delivered(file: Path, form: str, outlets: Mapping[str, str]) -> Iterator[Delivered | Unreadable]:
    """What the rows of one file say; a fault of the file as a whole ends it with one Unreadable."""
    form = form if form != "auto" else FORMATS.get(file.suffix.lower(), "unknown")
    try:
        match form:
            case "jsonl":
                yield from _from_rows(_jsonl(file), file, outlets)
            case "csv":
                yield from _from_rows(_csv(file), file, outlets)
            case "parquet":
                yield from _from_rows(_parquet(file), file, outlets)
            case "feed":
                yield from _from_feed(file, outlets)
            case "html":
                yield _from_page(file, outlets)
            case _:
                advice = f"Use --format with one of {', '.join(sorted(set(FORMATS.values())))}"
                yield Unreadable(f"{file}: its ending says nothing about its form. {advice}", reason=None)
    except OSError as error:
        yield Unreadable(f"{file}: {error.strerror or error}. Check the path and its permissions", reason=None)
    except pl.exceptions.PolarsError as error:
        yield Unreadable(f"{file}: cannot be read as {form} ({_one_line(error)}). Is it complete?", reason=None)


Row = Mapping[str, object]


def _jsonl(file: Path) -> Iterator[Row | Unreadable]:
    with file.open("rb") as lines:
        number = 0
        while line := lines.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                yield Unreadable(
                    f"{file} line {number}: longer than {LONGEST_LINE:,} bytes. Split it; reading stopped here"
                )
                return
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Unreadable(f"{file} line {number}: no JSON ({_one_line(error)}). Mend or remove the line")
                continue
            if isinstance(row, dict):
                yield row
            else:
                yield Unreadable(f"{file} line {number}: no JSON object. Each line must be {{...}}")


def _csv(file: Path) -> Iterator[Row | Unreadable]:
    csv.field_size_limit(LONGEST_LINE)
    with file.open("rb") as raw:
        sample = raw.read(1_000_000)
    try:
        sample.decode("utf-8-sig")
        encoding = "utf-8-sig"
    except UnicodeDecodeError as error:
        # The sample may end within a character; elsewhere the file is not UTF-8, and Excel's default is the next guess.
        encoding = "utf-8-sig" if error.start > len(sample) - 4 else "cp1252"
    delimiter = max("\t;,", key=sample.lstrip(b"\r\n").split(b"\n", 1)[0].decode("utf-8", "replace").count)
    with file.open(encoding=encoding, errors="replace", newline="") as text:
        # A NUL is no character of a csv; without it the reader would refuse the row.
        lines = iter(lambda: text.readline(LONGEST_LINE), "")
        reader = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
        try:
            header = [name.strip().lower() for name in next((names for names in reader if names), [])]
        except csv.Error as error:
            yield Unreadable(f"{file}: no csv ({error}). Does it have lines?", reason=None)
            return
        if header and not _tells(header):
            yield _untelling(file, header)
            return
        while True:
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Unreadable(f"{file} line {reader.line_num}: no csv ({error}). Mend or remove the line")
                continue
            if not values:
                continue
            if len(values) != len(header):
                found = f"{len(values)} cells under {len(header)} columns"
                yield Unreadable(f"{file} line {reader.line_num}: {found}. Mend or remove the line")
                continue
            yield dict(zip(header, values, strict=True))


def _parquet(file: Path) -> Iterator[Row | Unreadable]:
    scan = pl.scan_parquet(file, glob=False)
    names = scan.collect_schema().names()
    wanted = [name for name in names if any(name.lower() in known for known in COLUMNS.values())]
    if not _tells(name.lower() for name in wanted):
        yield _untelling(file, names)
        return
    rows = scan.select(pl.len()).collect().item()
    for start in range(0, rows, BATCH):
        chunk = scan.select(wanted).slice(start, BATCH).collect()
        moments_told = [_told(name) for name, kind in chunk.schema.items() if kind in (pl.Date, pl.Datetime)]
        yield from chunk.with_columns(moments_told).rename(str.lower).iter_rows(named=True)


def _told(column: str) -> pl.Expr:
    """A column of moments as texts in UTC: Python has no year -31, so that one such value would end the file."""
    seconds = pl.col(column).dt.epoch("s")
    sane = pl.when(seconds.is_between(_YEAR_ONE, _YEAR_10000, closed="left")).then(pl.col(column))
    return pl.coalesce(
        sane.cast(pl.Datetime("us", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%SZ"), pl.format("{} s", seconds)
    ).alias(column)


_YEAR_ONE, _YEAR_10000 = -62_135_596_800, 253_402_300_800  # in seconds since 1970


def _tells(columns: Iterable[str]) -> bool:
    return not {*COLUMNS["title"], *COLUMNS["text"]}.isdisjoint(columns)


def _untelling(file: Path, columns: list[str]) -> Unreadable:
    found = _one_line(", ".join(columns))
    wanted = " ".join([*COLUMNS["title"], *COLUMNS["text"]])
    return Unreadable(f"{file}: no column for title or text among: {found}. Name one of them: {wanted}", reason=None)


def _from_rows(
    rows: Iterator[Row | Unreadable], file: Path, outlets: Mapping[str, str]
) -> Iterator[Delivered | Unreadable]:
    for number, row in enumerate(rows, start=1):
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield _from_row(row, outlets)
        except ValueError as error:
            yield Unreadable(f"{file} row {number}: {_one_line(error)}. Mend or remove the row")


def _from_row(row: Row, outlets: Mapping[str, str]) -> Delivered:
    values = {ours: _first(row, theirs) for ours, theirs in COLUMNS.items()}
    title, text, url = (_text(values[name]) for name in ("title", "text", "url"))
    guid = _text(values["guid"])
    claimed_at = _moment(values["published_at"])
    return Delivered(
        outlet=_outlet(_text(values["outlet"]), url, outlets),
        title=title,
        text=text,
        text_from="file",
        delivered_hash=digest(title, text),
        url=url or None,
        guid=guid or (None if url or title.strip() else digest(text)),
        authors=_authors(values["authors"]),
        language=_language(_text(values["language"])),
        claimed_at=claimed_at,
        claimed_by="file" if claimed_at else None,
    )


def _from_feed(file: Path, outlets: Mapping[str, str]) -> Iterator[Delivered | Unreadable]:
    document = _small(file)
    if document is None:
        yield Unreadable(f"{file}: larger than {LARGEST_DOCUMENT:,} bytes. Split it", reason=None)
        return
    try:
        feed = parsing.feed(document, file.absolute().as_uri())
    except FeedError as error:
        yield Unreadable(f"{file}: {error}", reason=None)
        return
    for entry in feed.entries:
        text = entry.content or entry.summary or ""
        yield Delivered(
            outlet=_outlet("", entry.url, outlets) if entry.url else slug(feed.title or file.stem),
            title=entry.title,
            text=text,
            text_from="feed",
            delivered_hash=digest(entry.title, text),
            url=entry.url or None,
            guid=entry.guid,
            authors=entry.authors,
            language=_language(entry.language or ""),
            claimed_at=entry.published_at,
            claimed_by="feed" if entry.published_at else None,
        )
    for reason, count in feed.dropped.items():
        for _ in range(count):
            yield Unreadable(f"{file}: an entry was dropped ({reason})")


def _from_page(file: Path, outlets: Mapping[str, str]) -> Delivered | Unreadable:
    html = _small(file)
    if html is None:
        return Unreadable(f"{file}: larger than {LARGEST_DOCUMENT:,} bytes, no article page", reason=None)
    page = parsing.page(html, "")
    if not page.text:
        return Unreadable(f"{file}: no article text found on this page. Is it an article?")
    url = page.canonical_url
    return Delivered(
        outlet=_outlet("", url, outlets) if url else slug(file.parent.name),
        title=page.title or "",
        text=page.text,
        text_from="page",
        delivered_hash=digest(page.title, page.text),
        url=url,
        guid=None if url else file.name,
        authors=page.authors,
        language=page.language,
        claimed_at=page.published_at,
        claimed_by="page" if page.published_at else None,
    )


def _small(file: Path) -> bytes | None:
    with file.open("rb") as document:
        content = document.read(LARGEST_DOCUMENT + 1)
    return content if len(content) <= LARGEST_DOCUMENT else None


def _first(row: Row, names: tuple[str, ...]) -> object:
    # NaN is how pandas writes that there is nothing; it is the one value that is not itself.
    return next((value for name in names if (value := row.get(name)) not in (None, "") and value == value), None)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"a text was expected, found {str(value)[:60]!r}")


def _moment(value: object) -> datetime | None:
    """A moment in UTC; one without a zone is taken for UTC. Raises ValueError for what is no date."""
    if value is None:
        return None
    moment = moments.parse(_text(value))
    if moment is None:
        raise ValueError(f"no date: {_text(value)[:60]!r}; write it as 2024-10-01T09:30:00Z, or leave it empty")
    return moment


def _authors(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else _text(value).split(";")
    return tuple(name.strip() for name in names if isinstance(name, str) and name.strip())


def _language(given: str) -> str | None:
    code = given.strip().lower().replace("_", "-").split("-")[0]
    return code if len(code) == 2 and code.isalpha() else None


def _outlet_keys(catalogue: Catalogue) -> dict[str, str]:
    """Key of each catalogued outlet by its key, its name and its home page's host."""
    keys: dict[str, str] = {}
    for outlet in catalogue.outlets:
        for known_by in (outlet.key, outlet.name.casefold(), _host(outlet.homepage)):
            keys.setdefault(known_by, outlet.key)
    return keys


def _outlet(name: str, url: str | None, outlets: Mapping[str, str]) -> str:
    """The catalogue's key for this name or this host, else a slug of the name, else of the host."""
    if name.strip():
        return outlets.get(name.strip().casefold()) or slug(name)
    host = _host(url or "")
    return outlets.get(host) or slug(host)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _one_line(said: Exception | str) -> str:
    return " ".join(str(said).split())[:160]
