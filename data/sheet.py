"""A sheet of xlsx as large as one may be, row by row into a file: the cells of many rows are made at once, by columns.

What a cell is written as stands in ECMA-376, part 1, 18.3.1 (https://ecma-international.org/publications-and-standards/
standards/ecma-376/). All that is not a cell is XlsxWriter's.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name

#: What a spreadsheet holds (https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3).
ROWS = 1_048_576
CELL = 32_767  # UTF-16 units

#: The formats of moments and of days; a cell says which of the two is its own by its place here, from 1 on.
_FORMATS = {"moment": "yyyy-mm-dd hh:mm:ss", "day": "yyyy-mm-dd"}
_SHEET = "xl/worksheets/sheet1.xml"
#: So many rows are made at once.
_AT_ONCE = 2_000
#: A spreadsheet reads `_x000B_` as a character that XML cannot hold, and so a text that looks like it has to be told.
_LOOKS_SO = "_x([0-9a-fA-F]{4})"
_UNSPEAKABLE = [chr(code) for code in (*range(9), *range(0x0B, 0x20), 0xFFFE, 0xFFFF)]
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {one: f"_x{ord(one):04X}_" for one in _UNSPEAKABLE}


def write(columns: list[str], pieces: Iterable[pl.DataFrame], out: BinaryIO) -> None:
    """A book of one sheet: a line of names that stays in sight, then the rows of the pieces, which have no lists.

    `out` can be sought in. Moments are written as UTC without saying so; those before 1900, which a spreadsheet does
    not know, as texts. Texts are cut where a cell ends. Nothing is a formula or a link, whatever it looks like.
    """
    book, before, after = _frame(columns)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as whole:
        for part in book.infolist():
            if part.filename != _SHEET:
                whole.writestr(part, book.read(part), zipfile.ZIP_DEFLATED, 5)
                continue
            kept = zipfile.ZipInfo(part.filename, part.date_time)
            kept.compress_type, kept.external_attr = zipfile.ZIP_DEFLATED, part.external_attr
            with whole.open(kept, "w", force_zip64=True) as sheet:
                sheet.write(before)
                row = 2
                for piece in pieces:
                    for some in piece.iter_slices(_AT_ONCE):
                        sheet.write(rows(some, row))
                        row += some.height
                sheet.write(after)


def _frame(columns: list[str]) -> tuple[zipfile.ZipFile, bytes, bytes]:
    """A book with the names alone, and what stands in its sheet before and after the rows."""
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (a fixed day in place of now)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name)
    # A format is kept in the book where a cell has it.
    for place, form in enumerate(_FORMATS.values()):
        sheet.write_blank(1, place, None, book.add_format({"num_format": form}))
    try:
        book.close()
    except FileCreateError as error:  # its own name for what the system said of a temporary file
        raise error.args[0] from error
    parts = zipfile.ZipFile(body)
    before, row, rest = parts.read(_SHEET).partition(b'<row r="2"')
    if not row:
        raise AssertionError("XlsxWriter has written no second row")
    start, size, names = before.partition(b"<dimension ")
    return parts, start + (names.partition(b"/>")[2] if size else b""), rest[rest.index(b"</sheetData>") :]


def rows(flat: pl.DataFrame, first: int) -> bytes:
    """The rows as XML, the first of them with this number; a value that is null has no cell."""
    named = flat.rename({name: str(place) for place, name in enumerate(flat.columns)})
    numbered = named.with_columns(row=pl.int_range(first, first + pl.len()).cast(pl.String))
    cells = [_cell(str(place), kind, xl_col_to_name(place)) for place, kind in enumerate(flat.dtypes)]
    row = pl.concat_str(pl.lit('<row r="'), pl.col("row"), pl.lit('">'), *cells, pl.lit("</row>"))
    return "".join(numbered.select(row=row)["row"]).encode()


def _cell(column: str, kind: pl.DataType, letters: str) -> pl.Expr:
    value = pl.col(column)
    if kind == pl.String:
        return _text(value, letters)
    if kind in (pl.Datetime, pl.Date):
        is_known = value.dt.year() >= 1900
        days = value.dt.epoch("us") / 86_400_000_000 if kind == pl.Datetime else value.dt.epoch("d").cast(pl.Float64)
        serial = pl.when(is_known).then(_serial(days))
        told = value.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if kind == pl.Datetime else "%Y-%m-%d")
        style = [*_FORMATS].index("moment" if kind == pl.Datetime else "day") + 1
        return pl.concat_str(_number(serial, letters, f' s="{style}"'), _text(pl.when(~is_known).then(told), letters))
    number = value.cast(pl.UInt8) if kind == pl.Boolean else value
    return _number(pl.when(number.is_finite()).then(number) if kind.is_float() else number, letters)


def _serial(days: pl.Expr) -> pl.Expr:
    """Days since 1970 as a spreadsheet counts them: it takes 1900 for a leap year (ECMA-376, part 1, 18.17.4.1)."""
    serial = days + 25_569
    return pl.when(serial < 61).then(serial - 1).otherwise(serial)


def _number(value: pl.Expr, letters: str, style: str = "") -> pl.Expr:
    cell = pl.concat_str(
        pl.lit(f'<c r="{letters}'), pl.col("row"), pl.lit(f'"{style}><v>'), value.cast(pl.String), pl.lit("</v></c>")
    )
    return cell.fill_null("")


def _text(value: pl.Expr, letters: str) -> pl.Expr:
    fits = pl.when(value.str.len_chars() * 2 > CELL).then(value.map_batches(_cut, pl.String)).otherwise(value)
    escaped = fits.str.replace_all(_LOOKS_SO, "_x005F_x${1}").str.replace_many([*_ESCAPES], [*_ESCAPES.values()])
    spaces = pl.when(fits.str.contains(r"^\s|\s$")).then(pl.lit(' xml:space="preserve"')).otherwise(pl.lit(""))
    cell = pl.concat_str(
        pl.lit(f'<c r="{letters}'),
        pl.col("row"),
        pl.lit('" t="inlineStr"><is><t'),
        spaces,
        pl.lit(">"),
        escaped,
        pl.lit("</t></is></c>"),
    )
    return cell.fill_null("")


def _cut(texts: pl.Series) -> pl.Series:
    """Texts that end where a cell does."""
    return pl.Series(texts.name, [text and cut(text) for text in texts], dtype=pl.String)


def cut(text: str) -> str:
    """A text that ends where a cell does, and never within a character.

    >>> len(cut("x" * 40_000)), len(cut("😀" * 20_000)), cut("short")
    (32767, 16383, 'short')
    """
    if len(text) * 2 <= CELL:
        return text
    return text.encode("utf-16-le")[: 2 * CELL].decode("utf-16-le", "ignore")
