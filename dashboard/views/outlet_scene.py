"""What the pages of outlets look at, and how they tell a tone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboard import blocks, controls
from dashboard.charts import FEWEST_STORIES, Every
from dashboard.controls import View, Words
from dashboard.desk import Desk
from data.filters import Filters


@dataclass(frozen=True)
class Scene:
    """What this run of the page looks at: resolved filters, the days, and how they are parted."""

    desk: Desk
    view: View
    filters: Filters
    first: date
    last: date
    every: Every

    def words(self, outlet: str) -> Words:
        """The words of the page, with this outlet alone."""
        words = {word: values for word, values in controls.to_words(self.view).items() if word != "panel"}
        return words | {"outlet": [outlet]}

    @property
    def whom(self) -> str:
        """The chosen actors by name."""
        return " or ".join(self.desk.label(actor) for actor in self.filters.actors)

    def chosen(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of the outlets that are looked at; all of them where none is chosen."""
        return rows.filter(pl.col("outlet").is_in(self.filters.outlets)) if self.filters.outlets else rows

    def labels(self, outlets: list[str]) -> dict[str, str]:
        """The names of these outlets, told apart by their keys where two have one name."""
        names = [self.desk.outlet(key) for key in outlets]
        return {
            key: name if names.count(name) == 1 else f"{name} ({key})" for key, name in zip(outlets, names, strict=True)
        }


def tone_told(row: Mapping[str, Any]) -> str:
    """A mean tone with its interval and of how many stories, as HTML; under ten what it lacks.

    >>> tone_told({"tone": 0.5, "low": 0.4, "high": 0.6, "stories": 12})
    '+0.50 <small>± 0.10 · n 12</small>'
    >>> tone_told({"tone": 0.5, "low": 0.4, "high": 0.6, "stories": 3})
    '– <small>n 3, too few</small>'
    """
    if row["stories"] < FEWEST_STORIES:
        return f"– <small>n {row['stories']}, too few</small>"
    return f"{blocks.signed(row['tone'])} <small>± {(row['high'] - row['low']) / 2:.2f} · n {row['stories']:,}</small>"
