"""Pictures of one actor, as Vega-Lite specs; as `charts`, it knows no streamlit and asks nothing of the archive."""

from functools import lru_cache

from dashboard import charts
from dashboard.charts import Every, Spec
from dashboard.theme import Palette

TONE_HEIGHT = 210


@lru_cache(maxsize=16)
def tone(colours: Palette, every: Every) -> Spec:
    """The tone over time of `charts.tone`, higher, of which a point can be clicked: the selection `picked`, field `at`.

    Data sets as there.
    """
    spec = charts.tone(colours, every)
    *others, points = spec["layer"]
    click = {"type": "point", "fields": ["at"], "on": "click", "nearest": True, "toggle": False}
    mark = {**points["mark"], "cursor": "pointer"}
    points = {**points, "mark": mark, "params": [{"name": "picked", "select": click}]}
    return {**spec, "layer": [*others, points], "height": TONE_HEIGHT}
