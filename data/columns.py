"""Tables of numbers that a question reads in part: columns as they lie in memory, in a file that is mapped.

A file is a line of JSON, which says what is where, and behind it the columns one after another, each of one width of
number (numpy's own layout). Nothing is read of it but the columns and rows that are asked for, and what several
processes read of it they share. Words are told by numbers, their places among the names of a table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.identity import digest

Column = NDArray[Any]
Numbers = NDArray[np.int64]

#: What a file looks like; another number stands in another one's name.
LAYOUT = 3

#: Later than any day, in days since 1970: that of an undated article.
UNDATED = 2**30

#: What a column begins at a multiple of, in bytes.
_ALIGNED = 64


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of the same or of several lengths, and the names that their numbers stand for, by what they name.

    The number behind the last name stands for none.
    """

    names: Mapping[str, list[str]]
    columns: Mapping[str, Column]

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]


@dataclass(frozen=True, eq=False)
class Part:
    """What is kept of a month: a table for each of its names. Its file may be gone while this is held."""

    tables: Mapping[str, Table]


class Damaged(ValueError):  # noqa: N818 (it says what is the case)
    """A file holds no columns, or not all of them."""


# --- files ------------------------------------------------------------------------------------------------------------


def write(file: Path, tables: Mapping[str, Table]) -> None:
    """Make a file, whole or not at all; one that is there makes room."""
    told: dict[str, Any] = {}
    columns: list[Column] = []
    place = 0
    for name, table in tables.items():
        at = {}
        for column, values in table.columns.items():
            at[column] = [values.dtype.str, place, len(values)]
            columns.append(values)
            place += _padded(values.nbytes)
        told[name] = {"names": table.names, "columns": at}
    # Another process may make the same file at this moment.
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("wb") as made:
        made.write(_header({"bytes": place, "tables": told}))
        for values in columns:
            made.write(values.tobytes())
            made.write(bytes(_padded(values.nbytes) - values.nbytes))
        # Its name must not stand for what a failing machine never wrote: that would be numbers, and wrong ones.
        made.flush()
        os.fsync(made.fileno())
    beside.replace(file)


def read(file: Path) -> Part:
    """What a file holds. Raises Damaged, OSError."""
    stamp = file.stat()
    # The same file is mapped once, however many hold it.
    key = (str(file), stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    part = _mapped.get(key)
    if part is None:
        part = _mapped[key] = _read(file, stamp.st_size)
    return part


_mapped: WeakValueDictionary[tuple[str, int, int, int], Part] = WeakValueDictionary()


def _read(file: Path, size: int) -> Part:
    try:
        with file.open("rb") as opened:
            line = opened.readline()
        told = json.loads(line)
        is_whole = size == len(line) + told["bytes"]
        tables = told["tables"].items()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{file}: no columns") from error
    if not is_whole:
        raise Damaged(f"{file}: cut short")
    body = np.asarray(np.memmap(file, np.uint8, "r", offset=len(line))) if told["bytes"] else np.zeros(0, np.uint8)
    return Part({name: Table(one["names"], _views(body, one["columns"])) for name, one in tables})


def _views(body: NDArray[np.uint8], at: Mapping[str, tuple[str, int, int]]) -> dict[str, Column]:
    views = {}
    for name, (kind, place, rows) in at.items():
        width = np.dtype(kind).itemsize
        views[name] = body[place : place + rows * width].view(kind)
    return views


def _header(told: Mapping[str, Any]) -> bytes:
    line = json.dumps(told, separators=(",", ":")).encode()
    return line.ljust(_padded(len(line) + 1) - 1) + b"\n"


def _padded(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


# --- numbers for words ------------------------------------------------------------------------------------------------


def coded(words: pl.Series) -> tuple[list[str], Column]:
    """The different words in their order, and the place of each among them; behind them for null."""
    names = words.drop_nulls().unique().sort()
    codes = words.cast(pl.Enum(names)).to_physical().cast(pl.UInt32).fill_null(len(names)).to_numpy()
    return names.to_list(), codes.astype(np.min_scalar_type(len(names)))


def among(names: Iterable[str], wanted: Iterable[str], nothing: bool = False) -> NDArray[np.bool_]:
    """For each number of a name whether it is wanted; at last whether what has none is."""
    words = set(wanted)
    return np.array([*(name in words for name in names), nothing], np.bool_)


def numbers(ids: pl.Series) -> NDArray[np.uint64]:
    """Ids of 16 hex digits, see data.identity, as the numbers that they are, and so in the same order.

    Any other id has a number as well, which tells it apart.
    """
    # A number that is written with a sign is none.
    is_hex = pl.col("id").str.len_bytes().eq(16) & ~pl.col("id").str.starts_with("+")
    told = pl.col("id").str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    found = ids.to_frame("id").select(pl.when(is_hex).then(told)).to_series()
    rest = ids.filter(found.is_null()).unique()
    if rest.len():
        others = pl.Series([int(digest(one)[:16], 16) for one in rest], dtype=pl.UInt64)
        found = found.fill_null(ids.replace_strict(rest, others, default=None, return_dtype=pl.UInt64))
    return found.to_numpy()


# --- tones ------------------------------------------------------------------------------------------------------------

#: Tones are stored with so many decimals, and told by whole numbers where all of a column are.
_DECIMALS = 1e4
#: No tone, and a zero that was rounded from below.
_NO_TONE, _LESS_THAN_ZERO = -(2**15), -(2**15) + 1
#: The tone of each such number, from 0 on and then from the least.
_TONES = np.arange(-(2**15), 2**15) / _DECIMALS
_TONES[:2] = np.nan, -0.0
_TONES = np.roll(_TONES, 2**15)


def packed(tones: pl.Series) -> Column:
    """The tones in a quarter of their width where that loses nothing; what `unpacked` takes."""
    values = tones.cast(pl.Float64).fill_null(np.nan).to_numpy()
    is_none = np.isnan(values)
    short = np.where(is_none, 0, np.clip(np.rint(values * _DECIMALS), -30_000, 30_000)).astype(np.int16)
    short[(values == 0) & np.signbit(values)] = _LESS_THAN_ZERO
    short[is_none] = _NO_TONE
    return short if np.array_equal(unpacked(short), values, equal_nan=True) else values


def unpacked(tones: Column) -> Column:
    """The tones as they are, not a number where there is none."""
    return _TONES[tones.view(np.uint16)] if tones.dtype == np.int16 else tones
