"""What the figures of a page are put against, the days just before, and a change in words."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from dashboard import answers
from dashboard.views.scene import Scene
from data.filters import Filters


def against_days(scene: Scene) -> str:
    """What the figures are put against, in words."""
    length = (scene.last - scene.first).days + 1 if scene.first and scene.last else 0
    return f"the {length} days before" if length > 1 else "the day before"


def days_before(scene: Scene) -> Filters | None:
    """The filters of the days just before; None where the archive does not reach that far back."""
    first, last, begin = scene.first, scene.last, scene.desk.press.first_day
    if scene.view.period == "all" or first is None or last is None or begin is None:
        return None
    earlier = first - (last - first + timedelta(days=1))
    return None if earlier < begin else replace(scene.filters, from_day=earlier, to_day=first - timedelta(days=1))


def figures_before(scene: Scene) -> dict[str, Any]:
    """The same figures for the days just before; all None where there are none."""
    days = days_before(scene)
    if days is None:
        return dict.fromkeys(("mentions", "articles", "tone", "negative_share", "collected", "stories"))
    return answers.summary(scene.desk.press, days, scene.view.measure)


def growth(now: float, before: float | None, against: str) -> str:
    """A change as a part of what was before; empty where that is nothing or unknown.

    Where there were few before, or ten times as many now, a part says nothing that one can picture.

    >>> growth(54, 50, "the 30 days before"), growth(52, 3, "the day before"), growth(0.2, 0.01, "the day before")
    ('+8 % against the 30 days before', 'from 3 to 52 against the day before', '× 20 against the day before')
    """
    if not before:
        return ""
    if before >= 1 and (before < _FEW or now > _TIMES * before):
        change = f"from {before:,.0f} to {now:,.0f}"
    elif now > _TIMES * before:
        change = f"× {now / before:,.0f}"
    else:
        change = _minus(f"{(now - before) / before:+.0%}").replace("%", " %")
    return f"{change} against {against}"


#: Under so many a change is told by both counts, and so is one by so many times.
_FEW, _TIMES = 10, 10


def shift(now: float | None, before: float | None, against: str) -> str:
    """A change of a tone; empty where one of them is unknown."""
    return "" if now is None or before is None else f"{_minus(f'{now - before:+.3f}')} against {against}"


def points(now: float | None, before: float | None, against: str) -> str:
    """A change of a share in points; empty where one of them is unknown."""
    return "" if now is None or before is None else f"{_minus(f'{(now - before) * 100:+.1f}')} points against {against}"


def _minus(number: str) -> str:
    return number.replace("-", "−")
