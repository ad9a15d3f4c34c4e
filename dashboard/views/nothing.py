"""What stands in the place of charts and lists when there is nothing: nobody wrote, or nobody could look."""

from datetime import date

import polars as pl

from dashboard import answers, blocks
from dashboard.desk import Desk
from data.filters import Filters


def nothing(desk: Desk, filters: Filters, first: date | None, last: date | None) -> None:
    """Why there is nothing, and what to widen."""
    press = desk.press
    whom = "other actors" if filters.actors else "actors"
    wide = f"choose a longer period (the archive holds {blocks.days(press.first_day, press.last_day)}) or {whom}."
    narrowing = _narrowing(filters)
    hint = f"You look at {', '.join(narrowing)}: widen that, or {wide}" if narrowing else wide[0].upper() + wide[1:]
    failed = failed_days(desk, filters, first, last)
    if failed.height:
        outlets = failed["outlet"].n_unique()
        blocks.empty(
            "No article found, and not everything could be looked at",
            f"In these days feeds of {outlets} outlet{'s' if outlets > 1 else ''} failed (see Health). {hint}",
        )
    else:
        naming = " names these actors" if filters.actors else ""
        blocks.empty(f"No article{naming}, {blocks.days(first, last)}", hint)


def failed_days(desk: Desk, filters: Filters, first: date | None, last: date | None) -> pl.DataFrame:
    """`outlet, day, failed, checked`: failed days of the outlets that are looked at."""
    outages = answers.outages(desk.press, first, last)
    return outages.filter(pl.col("outlet").is_in(filters.outlets)) if filters.outlets else outages


def _narrowing(filters: Filters) -> list[str]:
    return [
        name
        for name, narrows in (
            ("chosen outlets or panels", filters.outlets),
            ("chosen languages", filters.languages),
            ("chosen topics", filters.topics),
            ("one story", filters.stories),
            ("a range of tone", filters.tone_from is not None or filters.tone_to is not None),
            (f"articles that say “{filters.search}”", filters.search),
            ("originals only", not filters.copies),
        )
        if narrows
    ]
