"""Which outlets wrote the articles that are looked at."""

import polars as pl

from dashboard.desk import Desk

_NAMED = 6


def by_outlet(desk: Desk, rows: pl.DataFrame) -> str:
    """How many of these rows, of which `outlet` is a column, each outlet has: those with most by name, in one line."""
    counted = rows["outlet"].cast(pl.String).value_counts().sort("count", "outlet", descending=[True, False])
    told = ", ".join(f"{desk.outlet(outlet)} {count:,}" for outlet, count in counted.head(_NAMED).iter_rows())
    more = counted.height - _NAMED
    rest = f" and {more} more outlet{'s' if more > 1 else ''} {counted['count'][_NAMED:].sum():,}"
    return f"By {told}{rest if more > 0 else ''}."
