"""Tables as files: csv, jsonl, parquet and xlsx, with a manifest that says what is in the file.

The same rows give the same bytes: no file says when it was written. A table comes in pieces, each of which is written
before the next one is made.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from data import queries, schema, sheet

FORMATS = ("csv", "jsonl", "parquet", "xlsx")

XLSX_ROWS, XLSX_CELL = sheet.ROWS, sheet.CELL

#: A cell that begins so is a live formula in a spreadsheet (OWASP, "CSV Injection"); one that is set to
#: Japanese or Chinese takes the full-width signs for the same.
FORMULA = r"^[=+\-@＝＋－＠\t\r\n\x00]"

#: So many rows are a group in a parquet file.
_GROUP = 10_000


def too_many(number: int, what: str) -> str:
    """That so many rows do not fit into a sheet, and what to do.

    >>> too_many(1_048_576, "articles")
    'A sheet of xlsx holds 1,048,575 articles, and these are 1,048,576. Take csv or parquet, or fewer days.'
    """
    return (
        f"A sheet of xlsx holds {XLSX_ROWS - 1:,} {what}, and these are {number:,}. Take csv or parquet, or fewer days."
    )


class ExportError(ValueError):
    """The table cannot become such a file; the message says why and what to do."""


def content(frame: pl.DataFrame, form: str) -> bytes:
    """A small table as a file of one of FORMATS. Raises ExportError."""
    body = io.BytesIO()
    _written([frame], body, form)
    return body.getvalue()


def stream(found: Iterable[pl.DataFrame], out: BinaryIO, form: str) -> None:
    """The pieces as a file of one of FORMATS, written as they come as far as the format lets it. Raises ExportError."""
    if form in ("csv", "jsonl"):
        _written(found, out, form)
        return
    with tempfile.TemporaryFile() as whole:
        _written(found, whole, form)
        whole.seek(0)
        shutil.copyfileobj(whole, out)


@dataclass(frozen=True)
class Written:
    """What has been written: how many rows, the columns, how many cells had to be cut."""

    rows: int
    columns: tuple[str, ...]
    cut_cells: int = 0


def _written(found: Iterable[pl.DataFrame], out: BinaryIO, form: str) -> Written:
    """Write the pieces, each before the next one is made; `out` can be sought in for parquet and xlsx."""
    if form == "parquet":
        return _parquet(found, out)
    if form == "xlsx":
        return _xlsx(found, out)
    if form not in FORMATS:
        raise ExportError(f"{form!r} is no format. Write one of {', '.join(FORMATS)}.")
    rows, columns = 0, None
    for piece in found:
        # Straight into the file: texts of Python's own on the way would pile up.
        with _system_errors():
            if form == "csv":
                _safe(_flat(piece)).write_csv(out, include_header=columns is None)
            else:
                _with_texts(piece).write_ndjson(out)
        rows, columns = rows + piece.height, tuple(piece.columns)
    return Written(rows, columns or ())


def _parquet(found: Iterable[pl.DataFrame], out: BinaryIO) -> Written:
    rows, columns = 0, tuple[str, ...]()
    files: list[Path] = []
    with tempfile.TemporaryDirectory() as folder:
        for piece in found:
            files.append(Path(folder, f"{len(files):06}.parquet"))
            with _system_errors():
                piece.write_parquet(files[-1], compression="zstd", statistics=True)
            rows, columns = rows + piece.height, tuple(piece.columns)
        if len(files) == 1:
            out.write(files[0].read_bytes())
        else:
            # Each piece stays a group of rows, so that no more than a few are in memory.
            whole = pl.scan_parquet(files, schema=pl.read_parquet_schema(files[0]))
            with _system_errors():
                whole.sink_parquet(out, compression="zstd", statistics=True, row_group_size=_GROUP, engine="streaming")
    return Written(rows, columns)


def manifest(written: Written, form: str, sha256: str, question: Mapping[str, Any]) -> str:
    """What stands beside an exported file, as JSON: the question, `format, rows, columns, cut_cells, sha256`."""
    said = {
        **question,
        "format": form,
        "rows": written.rows,
        "columns": list(written.columns),
        "cut_cells": written.cut_cells,
        "sha256": sha256,
    }
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def write(found: Iterable[pl.DataFrame], path: Path, form: str, question: Mapping[str, Any]) -> Written:
    """Write the file, and PATH.manifest.json beside it; neither is ever seen half-written. Raises ExportError."""
    try:
        _remove_left_over(path)
        with _replacing(path) as out:
            written = _written(found, out, form)
            out.seek(0)
            sha256 = hashlib.file_digest(out, "sha256").hexdigest()
        with _replacing(path.with_name(path.name + ".manifest.json"), beside=path) as out:
            out.write(manifest(written, form, sha256, question).encode())
    except OSError as error:
        raise ExportError(f"{path}: cannot be written ({error.strerror}). Name another file with -o.") from error
    return written


@contextmanager
def _replacing(path: Path, beside: Path | None = None) -> Iterator[io.BufferedRandom]:
    """A new file that takes the name of `path` once all is written; until then it is `.NAME.PID` and locked."""
    unfinished = (beside or path).with_name(f".{(beside or path).name}.{os.getpid()}")
    try:
        with unfinished.open("w+b") as out:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield out
            out.flush()
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _remove_left_over(path: Path) -> None:
    """Remove the unfinished files of exports to `path` that were killed; one still at work holds its lock."""
    for left in path.parent.iterdir():
        name, _, process = left.name.rpartition(".")
        if name == f".{path.name}" and process.isdecimal():
            # It may be another user's, or gone by now.
            with suppress(OSError), left.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()


@contextmanager
def _system_errors() -> Iterator[None]:
    """What polars raises for a full disk and the like -> OSError with its number and the system's own words."""
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        number = re.search(r"os error ([0-9]+)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error


def _with_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Moments as ISO 8601 with Z."""
    return frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """A cell for each value, moments and days as texts."""
    return _joined(_with_texts(frame)).with_columns(pl.col(pl.Date).cast(pl.String))


def _joined(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by '; ', a passage as `text 10-52 +0.34 (sure 0.90, continues, said by jens-stoltenberg)`."""
    flat = frame
    for name, column in flat.schema.items():
        if isinstance(column, pl.List):
            cell = _passage(pl.element()) if column == pl.List(schema.PASSAGE) else pl.element().cast(pl.String)
            flat = flat.with_columns(pl.col(name).list.eval(cell).list.join("; "))
    return flat


def _passage(passage: pl.Expr) -> pl.Expr:
    def part(name: str) -> pl.Expr:
        return passage.struct.field(name)

    stretch = pl.concat_str(part("field"), pl.lit(" "), part("start"), pl.lit("-"), part("end"))
    tone = _hundredths(part("tone"))
    sign = pl.when(tone.str.starts_with("-")).then(pl.lit(" ")).otherwise(pl.lit(" +"))
    doubt = pl.when(part("confidence") < queries.SURE).then(pl.lit("unsure ")).otherwise(pl.lit("sure "))
    speaker = pl.when(part("speaker") == "").then(pl.lit("another")).otherwise(part("speaker"))
    told = pl.concat_list(
        pl.concat_str(doubt, _hundredths(part("confidence"))),
        pl.when(part("how") != "name").then(part("how")),
        pl.concat_str(pl.lit("said by "), speaker),
    ).list.drop_nulls()
    more = pl.when(told.list.len() > 0).then(pl.concat_str(pl.lit(" ("), told.list.join(", "), pl.lit(")")))
    # A passage that was not scored has no tone to say, rather than 0; what the outlet itself says has no speaker.
    return pl.concat_str(stretch, pl.concat_str(sign, tone).fill_null(""), more.fill_null(""))


def _hundredths(number: pl.Expr) -> pl.Expr:
    """A number with two decimals, and no minus before 0.00."""
    whole = (number * 100).round().cast(pl.Int64)
    sign = pl.when(whole < 0).then(pl.lit("-")).when(whole >= 0).then(pl.lit(""))
    return pl.concat_str(sign, whole.abs() // 100, pl.lit("."), (whole.abs() % 100).cast(pl.String).str.zfill(2))


def _safe(flat: pl.DataFrame) -> pl.DataFrame:
    """The same with a ' before each text that a spreadsheet would take for a formula; numbers stay numbers."""
    text = pl.col(pl.String)
    return flat.with_columns(pl.when(~text.str.contains(FORMULA)).then(text).otherwise(pl.lit("'") + text))


def _too_long(flat: pl.DataFrame) -> int:
    """How many texts are longer than a cell of a spreadsheet may be."""
    return sum(
        len(value.encode("utf-16-le")) > 2 * XLSX_CELL
        for name, column in flat.schema.items()
        if column == pl.String
        for value in flat[name].filter(flat[name].str.len_chars() * 2 > XLSX_CELL)
    )


def _xlsx(found: Iterable[pl.DataFrame], out: BinaryIO) -> Written:
    pieces = iter(found)
    first = next(pieces, pl.DataFrame())
    rows, cut = 0, 0

    def flat() -> Iterator[pl.DataFrame]:
        nonlocal rows, cut
        for piece in chain([first], pieces):
            rows += piece.height
            if rows >= XLSX_ROWS:
                raise ExportError(
                    f"More than {XLSX_ROWS - 1:,} rows: a sheet of xlsx holds no more. "
                    "Take csv or parquet, or fewer days."
                )
            safe = _safe(_joined(piece))
            cut += _too_long(safe)
            yield safe

    sheet.write(first.columns, flat(), out)
    return Written(rows, tuple(first.columns), cut)
