"""Tables that people have: jsonl, csv and parquet, with the names of columns that other people use."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import polars as pl

from data.identity import digest
from ingest import moments
from ingest.articles import METADATA, Delivered
from ingest.outlets import Outlets, named
from ingest.rows import Unreadable, one_line

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

CHUNK = 1_000  # rows of a parquet file read at a time
LONGEST_LINE = 50_000_000  # bytes of a jsonl line

Row = Mapping[str, object]


def read(file: Path, form: str, outlets: Outlets) -> Iterator[Delivered | Unreadable]:
    """The rows of a file; `form` is jsonl, csv or parquet. Raises OSError, and PolarsError for what is no parquet."""
    rows = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}[form]
    for number, row in enumerate(rows(file), start=1):
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield _from_row(row, outlets)
        except ValueError as error:
            yield Unreadable(f"{file} row {number}: {one_line(error)}. Mend or remove the row")


def tells(columns: Iterable[str]) -> bool:
    """Whether a table with these columns has a title or a text."""
    return not {*COLUMNS["title"], *COLUMNS["text"]}.isdisjoint(columns)


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
                yield Unreadable(f"{file} line {number}: no JSON ({one_line(error)}). Mend or remove the line")
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
        if header and not tells(header):
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
    understood = {*(name for known in COLUMNS.values() for name in known), "media_url", "indexed_date"}
    wanted = [name for name in names if name.lower() in understood]
    if not tells(name.lower() for name in wanted):
        yield _untelling(file, names)
        return
    rows = scan.select(pl.len()).collect().item()
    for start in range(0, rows, CHUNK):
        chunk = scan.select(wanted).slice(start, CHUNK).collect()
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


def _untelling(file: Path, columns: list[str]) -> Unreadable:
    found = one_line(", ".join(columns))
    wanted = " ".join([*COLUMNS["title"], *COLUMNS["text"]])
    return Unreadable(f"{file}: no column for title or text among: {found}. Name one of them: {wanted}", reason=None)


def _from_row(row: Row, outlets: Outlets) -> Delivered:
    values = {ours: _first(row, theirs) for ours, theirs in COLUMNS.items()}
    title, text, url = (_text(values[name]) for name in ("title", "text", "url"))
    guid = _text(values["guid"])
    claimed_at = _moment(values["published_at"])
    is_listed = _is_story_list(row)
    return Delivered(
        outlet=named(_text(values["outlet"]), url, outlets),
        title=title,
        text=text,
        text_from=METADATA if is_listed else "file",
        delivered_hash=digest(title, text),
        url=url or None,
        guid=guid or (None if url or title.strip() else digest(text)),
        authors=_authors(values["authors"]),
        language=_language(_text(values["language"])),
        claimed_at=claimed_at,
        claimed_by="file" if claimed_at else None,
        seen_at=moments.parse(_text(row.get("indexed_date"))) if is_listed else None,
    )


def _is_story_list(row: Row) -> bool:
    """Whether the row is of a list of stories as Media Cloud exports it: it tells of articles, and has none of them."""
    return "media_name" in row and "media_url" in row and not any(name in row for name in COLUMNS["text"])


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
