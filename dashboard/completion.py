"""What the unfinished period of a chart is expected to come to: a second dashed line, and its words."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from dashboard import answers, blocks
from dashboard.charts import Every, Form
from dashboard.held import MANY, Press, kept
from data import pace
from data.filters import Filters

#: From here on there is nothing left to expect.
_WHOLE = 0.98


@dataclass(frozen=True, eq=False)
class Completion:
    """The period that is not over, the part of it that is usually out by now, and the count each actor comes to.

    `counts` is `actor, count, expected, total_count`, the last one of all articles so far; empty where nothing can be
    told.
    """

    start: date | None
    part: float
    counts: pl.DataFrame


def expected(press: Press, filters: Filters, every: Every, last: date | None) -> Completion:
    """What the last period of `answers.volume` comes to, at the pace at which these outlets usually publish.

    Nothing is told of a period that is over, that the days looked at cut off, or where `pace.part_out` tells nothing.
    """
    volume = answers.volume(press, filters, every)
    start, ended = volume["date"].max(), press.runs["finished_at"].max() if press.runs.height else None
    same_press = Filters(outlets=filters.outlets, languages=filters.languages)
    part = _part(press, same_press, every, start, ended) if _reaches_now(press, last) else None
    if part is None or part > _WHOLE or not isinstance(start, date):
        return Completion(None, 1.0, volume.select("actor", "count", "total_count", expected="ratio").clear())
    now = volume.filter(pl.col("date") == start)
    return Completion(start, part, now.select("actor", "count", "total_count", expected=pl.col("count") / part))


def _reaches_now(press: Press, last: date | None) -> bool:
    return last is not None and press.last_day is not None and last >= press.last_day


@kept(MANY)
def _part(press: Press, filters: Filters, every: Every, start: object, ended: object) -> float | None:
    """The part that is out by the end of the last run, which lies in the period that begins on `start`."""
    if not isinstance(start, date) or not isinstance(ended, datetime):
        return None
    period = pl.Series([ended.date()]).dt.truncate({"day": "1d", "week": "1w", "month": "1mo"}[every])[0]
    if period != start:
        return None
    return pace.part_out(press.articles.filter(filters.articles()), start, ended, every)


def drawn(lines: pl.DataFrame, completion: Completion) -> pl.DataFrame:
    """The rows of `volume_charts.lines`, and a second dashed line an actor: from its last whole period to the expected.

    Not measured, so that a pointer finds the count of today and not what is expected.
    """
    if completion.start is None or lines.is_empty():
        return lines
    last = lines.filter(pl.col("part") == "end", pl.col("measured"))
    ends = last.join(completion.counts.select("actor", "expected"), on="actor").with_columns(value="expected")
    joints = lines.filter(pl.col("part") == "whole").sort("at").group_by("actor", maintain_order=True).last()
    both = [joints.join(ends, on="actor", how="semi"), ends.drop("expected")]
    more = [rows.select(lines.columns).with_columns(part=pl.lit("expected"), measured=False) for rows in both]
    return pl.concat([lines, *more])


def told(completion: Completion, every: Every, labels: dict[str, str], form: Form = "count") -> str:
    """The same in words, as counts or as attention; empty where nothing is expected."""
    if completion.start is None:
        return ""
    rows = completion.counts.sort("expected", "actor", descending=[True, False]).iter_rows(named=True)
    counts = "; ".join(_counted(row, labels.get(row["actor"], row["actor"]), completion.part, form) for row in rows)
    end = "the upper dashed end" if form == "count" else "the dashed end, for so far is how it is expected to stay"
    return (
        f"The last {every} is not over: by now {blocks.percent(completion.part)} of its articles are usually out. At "
        f"that pace it comes to ({end}): {counts}."
    )


def _counted(row: dict[str, Any], label: str, part: float, form: Form) -> str:
    if form == "count":
        return f"{label} {row['count']:,} so far, about {row['expected']:,.0f}"
    share = f"{row['count'] / row['total_count']:.1%}".replace("%", " %") if row["total_count"] else "–"
    of = f"{row['count']:,} of {row['total_count']:,} so far"
    return f"{label} {share}, {of}, about {row['expected']:,.0f} of {row['total_count'] / part:,.0f}"
