"""Articles collected day by day, and the periods in which days are counted."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.columns import UNDATED
from data.filters import Filters
from data.indexed import Column, Places, day_number
from data.queries import Every


@dataclass(frozen=True, eq=False)
class Collected:
    """How many articles were collected on each day from `first` on (days since 1970), and how many have no day."""

    first: int
    counts: Places
    undated: int

    def within(self, filters: Filters) -> int:
        """The articles of the days asked for; of all, with the undated, where no day is asked for."""
        if filters.from_day is None and filters.to_day is None:
            return int(self.counts.sum()) + self.undated
        return int(self.days(filters)[1].sum())

    def ends(self, filters: Filters) -> tuple[int, int] | None:
        """The first and the last of the days asked for on which something was collected."""
        first, counts = self.days(filters)
        days = np.flatnonzero(counts)
        return (first + int(days[0]), first + int(days[-1])) if len(days) else None

    def days(self, filters: Filters) -> tuple[int, Places]:
        """The first of the days asked for, and the counts from it on."""
        start = 0 if filters.from_day is None else max(0, day_number(filters.from_day) - self.first)
        end = len(self.counts) if filters.to_day is None else max(0, day_number(filters.to_day) - self.first + 1)
        return self.first + start, self.counts[start:end]


def collected(readings: pl.DataFrame, filters: Filters) -> Collected:
    """All articles of the same outlets and languages, of all days; `readings` is `queries.narrow`."""
    press = replace(filters, from_day=None, to_day=None).articles()
    days = readings.lazy().filter(press).select(pl.col("day").cast(pl.Int32).fill_null(UNDATED)).collect().to_series()
    return collected_on(days.to_numpy())


def collected_on(days: Column, articles: Column | None = None) -> Collected:
    """Articles of these days, one of each or as many as `articles` says."""
    dated = days < UNDATED
    counts = np.ones(len(days), np.int64) if articles is None else articles.astype(np.int64)
    first = int(days[dated].min()) if dated.any() else 0
    found = np.bincount(days[dated] - first, counts[dated]).astype(np.int64)
    return Collected(first, found, int(counts[~dated].sum()))


@dataclass(frozen=True, eq=False)
class Periods:
    """Periods in a row: the `dates` of their first days, and for each day from `first` on the `place` of its period."""

    dates: pl.Series
    first: int
    place: Places

    def of(self, days: Column) -> tuple[Places, NDArray[np.bool_]]:
        """The period of each day, and whether it lies in any."""
        since = days.astype(np.int64) - self.first
        inside = (since >= 0) & (since < len(self.place))
        place: Places = self.place[np.where(inside, since, 0)] if len(self.place) else since
        return place, inside


@lru_cache(maxsize=256)
def whole_periods(first: int, last: int, every: Every) -> Periods:
    """Those from the one of the first day to that of the last, each whole."""
    days = pl.Series([first, max(first, last)], dtype=pl.Int32).cast(pl.Date)
    step = {"day": "1d", "week": "1w", "month": "1mo"}[every]
    begin, end = days.dt.truncate(step).to_list()
    dates = pl.date_range(begin, end, step, eager=True)
    numbers = dates.cast(pl.Int32).to_numpy()
    after = day_number(pl.Series([end]).dt.offset_by(step).item())
    lengths = np.diff(numbers, append=after)
    return Periods(dates, int(numbers[0]), np.repeat(np.arange(len(dates)), lengths))


NO_PERIODS = Periods(pl.Series([], dtype=pl.Date), 0, np.zeros(0, np.int64))
