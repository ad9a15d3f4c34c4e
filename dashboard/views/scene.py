"""What a page of charts looks at, and what its cards are drawn of, laid out once for each view."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial, wraps
from typing import TypeVar

import polars as pl

from dashboard import blocks, outages
from dashboard.charts import Drawn
from dashboard.controls import View, Words
from dashboard.desk import Desk
from dashboard.held import Press
from dashboard.views import peaks
from data.filters import Filters
from data.queries import Every

_Laid = TypeVar("_Laid")


@dataclass(frozen=True)
class Scene:
    """What this run of the page looks at: resolved filters, days, period, and the actors as drawn."""

    desk: Desk
    view: View
    filters: Filters
    first: date | None
    last: date | None
    every: Every
    actors: tuple[Drawn, ...]

    @property
    def known(self) -> tuple[date, date]:
        """The days looked at in full: the last one may go on until midnight."""
        first, last = self.first or date.min, self.last or date.max
        end = self.desk.press.complete_to or last
        return first, min(last, end)

    @property
    def names(self) -> str:
        """The actors as readers know them."""
        return blocks.listed([actor.label for actor in self.actors])


def laid_out(work: Callable[[Scene], _Laid]) -> Callable[[Scene], _Laid]:
    """Keep what a card is drawn of with the press, as answers are: the same view again lays out nothing."""
    name = f"{work.__module__}.{work.__name__}"

    @wraps(work)
    def asked(scene: Scene) -> _Laid:
        view = (scene.filters, scene.first, scene.last, scene.every, scene.actors, scene.view, scene.desk.catalogue)
        return scene.desk.press.kept.answer(name, view, _VIEWS, partial(work, scene))

    return asked


#: Of so many views what they are drawn of is kept, some hundred kilobytes each.
_VIEWS = 60


def labelled(scene: Scene, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the actors' labels in place of their keys."""
    labels = scene.desk.labels()
    return rows.with_columns(actor=pl.Series([labels.get(key, key) for key in rows["actor"]], dtype=pl.String))


def hatching(scene: Scene, stripes: int) -> dict[str, pl.DataFrame]:
    """The data sets that draw incomplete days."""
    return dict(outages.hatching(*looked_at(scene), stripes))


def looked_at(scene: Scene) -> tuple[Press, tuple[str, ...], date | None, date | None, outages.Names]:
    """What `outages` needs to know of a scene."""
    names = tuple(scene.desk.outlets().items())
    return scene.desk.press, scene.filters.outlets, scene.first, scene.last, names


def words_of_period(scene: Scene, day: date, every: Every | None = None) -> Words:
    """The words of the actors drawn, narrowed to the period that begins on this day."""
    first, last = day, _last_day(day, every or scene.every)
    if scene.first and scene.last:
        first, last = max(first, scene.first), min(last, scene.last)
    return peaks.words_of_days(scene.view, first, last, actor=scene.filters.actors)


def _last_day(day: date, every: Every) -> date:
    if every == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day + timedelta(days=6 if every == "week" else 0)
