"""Readings whose prints are looked up: those that share one with others are found without going through all of them.

A print is a hash of a reading's sketch, see data.copies. What is added goes into a new piece, and pieces are joined so
that each is longer than the next: there are few, and a print is sorted again as rarely as the whole doubles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Keys = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Prints:
    """Readings by row, and in which rows each print is."""

    readings: pl.DataFrame  # `article_id, fingerprint, sketch, copy_of` and more; of one that made room they are null
    pieces: tuple[Keys, ...] = ()  # a print and its row in one number, rising

    @classmethod
    def of(cls, readings: pl.DataFrame) -> Prints:
        """These readings."""
        return cls(readings, (_keys(readings, 0),))

    def with_more(self, readings: pl.DataFrame) -> Prints:
        """Those of before, and these in the rows behind."""
        pieces = [*self.pieces, _keys(readings, self.readings.height)]
        while len(pieces) > 1 and len(pieces[-2]) < 2 * len(pieces[-1]):
            # Of what is in order in parts this kind of sort only merges them.
            pieces[-2:] = [np.sort(np.concatenate(pieces[-2:]), kind="stable")]
        rows = pl.concat([self.readings, readings])
        # A chunk for each addition would be slow to go through, and to put all in one at each as well.
        return Prints(rows.rechunk() if rows.n_chunks() > _CHUNKS else rows, tuple(pieces))

    def without(self, ids: pl.Series) -> Prints:
        """These articles' rows are nobody's; most often there are none, and then nothing is copied."""
        gone = self.readings["article_id"].is_in(ids.implode())
        if not gone.any():
            return self
        kept = [pl.when(~gone).then(column).alias(column) for column in _WHOSE]
        return Prints(self.readings.with_columns(kept), self.pieces)

    def sharing(self, prints: pl.Series) -> pl.DataFrame:
        """`article_id, month, published_at, outlet, print`: who has which of these prints."""
        wanted = np.sort(prints.to_numpy().astype(np.int64))
        wanted = wanted[np.diff(wanted, prepend=_ROW) != 0]
        found = np.concatenate([np.zeros(0, np.int64), *(_among(piece, wanted) for piece in self.pieces)])
        has_one = np.zeros(self.readings.height, np.bool_)
        has_one[found & _ROW] = True
        few = self.readings.filter(pl.Series(has_one)).select("article_id", "month", "published_at", "outlet")
        of_few = np.cumsum(has_one)[found & _ROW] - 1
        sharing: pl.DataFrame = few[of_few].with_columns(print=pl.Series(found >> _DIGITS, dtype=pl.Int32))
        return sharing.filter(pl.col("article_id").is_not_null())


def _keys(readings: pl.DataFrame, first: int) -> Keys:
    """The prints of all readings with their rows, of which this is the first."""
    counts = readings["sketch"].list.len().fill_null(0).to_numpy()
    every = readings["sketch"].explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.int64)
    return np.sort(every << _DIGITS | np.repeat(np.arange(first, first + len(counts)), counts))


def _among(piece: Keys, wanted: Keys) -> Keys:
    """Those keys of a piece whose print is wanted."""
    if not len(piece):
        return piece
    first = np.searchsorted(piece, wanted << _DIGITS)
    is_there = piece[np.minimum(first, len(piece) - 1)] >> _DIGITS == wanted
    last = np.searchsorted(piece, wanted[is_there] << _DIGITS | _ROW, side="right")
    counts = last - first[is_there]
    found: Keys = piece[np.repeat(last - np.cumsum(counts), counts) + np.arange(counts.sum())]
    return found


_DIGITS = 32
_ROW = (1 << _DIGITS) - 1

#: What tells whose a row is.
_WHOSE = ("article_id", "fingerprint", "copy_of")

#: So many chunks lie in memory side by side.
_CHUNKS = 32
