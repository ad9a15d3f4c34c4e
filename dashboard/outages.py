"""Days on which feeds failed, as the charts of time hatch and tell them; worked out once for all who look at them."""

from datetime import date, timedelta

import polars as pl

from dashboard import answers, blocks, outage_charts
from dashboard.held import MANY, Press, kept

#: An outlet's key and what readers call it, of all outlets.
Names = tuple[tuple[str, str], ...]

_OUTLETS_NAMED = 4


@kept(MANY)
def hatching(
    press: Press, outlets: tuple[str, ...], first: date | None, last: date | None, names: Names, stripes: int
) -> dict[str, pl.DataFrame]:
    """The data sets `outages` and `stripes` that draw incomplete days; `stripes` are as many as cross the picture."""
    stretches = outage_charts.stretches(_failed(press, outlets, first, last, names))
    wide = last - first if first and last else timedelta(0)
    return {"outages": stretches, "stripes": outage_charts.stripes(stretches, wide + timedelta(days=1), stripes)}


@kept(MANY)
def told(press: Press, outlets: tuple[str, ...], first: date | None, last: date | None, names: Names) -> str:
    """Which days are incomplete, in words."""
    if press.checks.is_empty():
        return "No feed has been checked: the articles came from files, so missing days cannot be told from quiet ones."
    failed = _failed(press, outlets, first, last, names)
    if failed.is_empty():
        return "All feeds answered on every day that they were checked."
    spans = outage_charts.failures(failed).group_by("outlet", maintain_order=True).agg(pl.col("first", "last"))
    words = [
        f"{row['outlet']} {_times([blocks.days(*days) for days in zip(row['first'], row['last'], strict=True)])}"
        for row in spans.head(_OUTLETS_NAMED).iter_rows(named=True)
    ]
    more = spans.height - _OUTLETS_NAMED
    rest = f"; {more} more outlet{'s' if more > 1 else ''}, see Health" if more > 0 else ""
    return f"Striped days are incomplete, feeds failed: {'; '.join(words)}{rest}."


@kept(MANY)
def _failed(
    press: Press, outlets: tuple[str, ...], first: date | None, last: date | None, names: Names
) -> pl.DataFrame:
    """`outlet, day, failed, checked` of the days on which feeds of these outlets failed, outlets by name."""
    failed = answers.outages(press, first, last)
    if failed.is_empty():
        return failed
    failed = failed.filter(pl.col("outlet").is_in(outlets)) if outlets else failed
    return failed.with_columns(outlet=pl.col("outlet").replace(dict(names)))


def _times(days: list[str]) -> str:
    """When an outlet failed, the latest first.

    >>> _times(["5 Aug", "7 May", "6 Feb", "4 Jan"])
    '5 Aug, 7 May and 2 times before'
    """
    before = len(days) - 2
    return ", ".join(days[:2]) + (f" and {before} time{'s' if before > 1 else ''} before" if before > 0 else "")
