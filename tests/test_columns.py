"""Columns in a file are those that were written, and a file that is not whole is none."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data import columns
from data.columns import Table

ids = st.one_of(st.text("0123456789abcdef", min_size=16, max_size=16), st.text(max_size=20))


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    table = Table({"actor": ["nato", "ö"]}, {"day": np.array([1, 2, 3], np.int32), "none": np.zeros(0, np.bool_)})
    columns.write(tmp_path / "file", {"mentions": table, "empty": Table({}, {})})
    read = columns.read(tmp_path / "file")
    assert read.tables["mentions"].names == {"actor": ["nato", "ö"]}
    assert read.tables["mentions"]["day"].tolist() == [1, 2, 3]
    assert read.tables["mentions"]["none"].dtype == np.bool_
    assert read.tables["empty"].columns == {}
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_file_that_several_hold_is_mapped_once(tmp_path: Path) -> None:
    columns.write(tmp_path / "file", {})
    one = columns.read(tmp_path / "file")
    assert columns.read(tmp_path / "file") is one


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b'{"bytes": 1}\n', b'{"bytes": 9, "tables": {}}\n12345678'])
def test_what_is_no_such_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(columns.Damaged):
        columns.read(tmp_path / "file")


@given(st.lists(st.one_of(st.none(), st.floats(-1, 1), st.integers(-10_000, 10_000).map(lambda n: n / 1e4))))
def test_a_tone_comes_back_as_it_was(tones: list[float | None]) -> None:
    back = columns.unpacked(columns.packed(pl.Series(tones, dtype=pl.Float64)))
    assert [None if np.isnan(tone) else repr(float(tone)) for tone in back] == [
        None if tone is None else repr(tone) for tone in tones
    ]


def test_tones_of_four_decimals_take_two_bytes() -> None:
    assert columns.packed(pl.Series([-1.0, 0.1234, -0.0, None])).nbytes == 8


@given(st.lists(ids, unique=True))
@example(["+123456789abcdef", "0123456789abcdef"])
def test_ids_are_told_apart_and_those_of_articles_keep_their_order(ids: list[str]) -> None:
    numbers = columns.numbers(pl.Series(ids, dtype=pl.String))
    assert len(set(numbers.tolist())) == len(ids)
    of_articles = {one: number for one, number in zip(ids, numbers.tolist(), strict=True) if len(one) == 16}
    hexadecimal = sorted(one for one in of_articles if set(one) <= set("0123456789abcdef"))
    assert sorted(hexadecimal, key=of_articles.__getitem__) == hexadecimal
