"""Months (2024-10) before and behind others, and conditions on months and articles as Delta Lake takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl


def month_after(month: str, steps: int) -> str:
    """The month so many steps later; of fewer than none, earlier."""
    number = int(month[:4]) * 12 + int(month[5:7]) - 1 + steps
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def months_about(months: Iterable[str], steps: int) -> list[str]:
    """These months and all that lie at most so many steps from one of them, in order."""
    return sorted({month_after(month, step) for month in months for step in range(-steps, steps + 1)})


def slices(values: list[str], size: int) -> Iterator[list[str]]:
    """The values in their order, so many at a time."""
    return (values[start : start + size] for start in range(0, len(values), size))


def replaced(rows: pl.DataFrame, stored: pl.Series, months: list[str]) -> str | None:
    """The predicate of the rows that make room: those of the articles stored; None where there are none."""
    if stored.is_empty():
        return None
    # Delta Lake accepts only rows that the predicate holds for, so that it names the new ones as well.
    ids = pl.concat([stored, rows["article_id"]]).unique().sort()
    return f"month IN ({literals(sorted({*months, *rows['month']}))}) AND article_id IN ({literals(ids)})"


def literals(values: Iterable[str]) -> str:
    """The values of an IN."""
    return ", ".join(literal(value) for value in values)


def literal(value: str) -> str:
    """A value in quotes."""
    return "'" + value.replace("'", "''") + "'"
