"""A sheet of xlsx: what goes in comes out as a spreadsheet reads it."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from data import sheet

NAME = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def book(*pieces: pl.DataFrame) -> zipfile.ZipFile:
    body = io.BytesIO()
    sheet.write(pieces[0].columns, pieces, body)
    whole = zipfile.ZipFile(body)
    assert whole.testzip() is None
    return whole


def cells(*pieces: pl.DataFrame) -> dict[str, str | float]:
    """Each cell below the names by its place, read as ECMA-376 says."""
    root = etree.fromstring(book(*pieces).read("xl/worksheets/sheet1.xml"))
    found: dict[str, str | float] = {}
    for cell in root.iter(f"{NAME}c"):
        text, number = cell.find(f"{NAME}is/{NAME}t"), cell.find(f"{NAME}v")
        if number is not None:
            found[cell.get("r")] = float(number.text)
        else:
            found[cell.get("r")] = re.sub("_x([0-9a-fA-F]{4})_", lambda told: chr(int(told[1], 16)), text.text or "")
    names = [found.pop(f"{letter}1") for letter, _ in zip("ABCDEFGH", pieces[0].columns, strict=False)]
    assert names == pieces[0].columns
    return found


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), min_size=1, max_size=5))
def test_any_text_comes_out_as_it_went_in(texts: list[str | None]) -> None:
    found = cells(pl.DataFrame({"text": texts}, schema={"text": pl.String}))
    assert found == {f"A{row}": text for row, text in enumerate(texts, start=2) if text is not None}


@given(st.text("_x0041FfB", max_size=20))
def test_a_text_that_looks_like_an_escape_stays_what_it_is(text: str) -> None:
    assert cells(pl.DataFrame({"text": [text]})) == {"A2": text}


@given(st.lists(st.floats() | st.none(), min_size=1, max_size=5))
def test_numbers_come_out_as_they_went_in_and_what_is_none_is_no_cell(numbers: list[float | None]) -> None:
    found = cells(pl.DataFrame({"n": numbers}, schema={"n": pl.Float64}))
    finite = {f"A{row}": one for row, one in enumerate(numbers, start=2) if one is not None and abs(one) < float("inf")}
    assert found == finite


@given(st.timedeltas(timedelta(days=61), timedelta(days=109_000)))
def test_a_moment_is_days_since_the_end_of_1899(since: timedelta) -> None:
    moment = datetime(1899, 12, 30, tzinfo=UTC) + since
    found = cells(pl.DataFrame({"at": [moment]}, schema={"at": pl.Datetime("us", "UTC")}))
    days = since / timedelta(days=1)
    assert abs(found["A2"] - days) < 1e-6  # a tenth of a second


def test_days_are_counted_as_a_spreadsheet_does_and_older_ones_are_texts() -> None:
    days = [date(2024, 10, 1), date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(1899, 12, 31), None]
    found = cells(pl.DataFrame({"day": days}))
    assert found == {"A2": 45_566, "A3": 1, "A4": 59, "A5": 61, "A6": "1899-12-31"}
    moments = pl.DataFrame({"at": [datetime(1899, 12, 31, 23, 59, tzinfo=UTC), datetime(2024, 10, 1, 12, tzinfo=UTC)]})
    assert cells(moments) == {"A2": "1899-12-31T23:59:00Z", "A3": 45_566.5}


def test_moments_and_days_have_formats_of_their_own() -> None:
    frame = pl.DataFrame({"at": [datetime(2024, 10, 1, tzinfo=UTC)], "day": [date(2024, 10, 1)], "n": [1]})
    whole = book(frame)
    styles = re.findall(r'<c r="(\w+)" s="(\d)">', whole.read("xl/worksheets/sheet1.xml").decode())
    assert styles == [("A2", "1"), ("B2", "2")]
    told = whole.read("xl/styles.xml").decode()
    codes = dict(re.findall(r'numFmtId="(\d+)" formatCode="([^"]+)"', told))
    of_cells = re.findall(r'<xf numFmtId="(\d+)"', told.partition("<cellXfs")[2])
    assert [codes[one] for one in of_cells[1:3]] == ["yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"]


def test_rows_go_on_over_pieces_and_parts_of_them() -> None:
    many = sheet._AT_ONCE + 1
    found = cells(pl.DataFrame({"n": range(many)}), pl.DataFrame({"n": [-1]}), pl.DataFrame({"n": [-2, -3]}))
    assert len(found) == many + 3
    assert [found[f"A{row}"] for row in (2, many + 1, many + 2, many + 4)] == [0, many - 1, -1, -3]


def test_a_text_is_cut_where_a_cell_ends_and_never_within_a_character() -> None:
    found = cells(pl.DataFrame({"text": ["x" * 40_000, "😀" * 20_000, "x" * 32_767, None]}))
    assert [len(str(found[f"A{row}"])) for row in (2, 3, 4)] == [32_767, 16_383, 32_767]


def test_names_of_columns_may_be_those_of_anything() -> None:
    assert cells(pl.DataFrame({"row": ["a"], "0": ["b"], "<&>": ["c"]})) == {"A2": "a", "B2": "b", "C2": "c"}
