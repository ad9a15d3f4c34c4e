"""The picture of how often the model of tone is right; see `charts`."""

from functools import lru_cache

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import Spec
from dashboard.theme import Palette

RELIABILITY_HEIGHT = 420


@lru_cache(maxsize=8)
def reliability(colours: Palette) -> Spec:
    """How often the model is right, by how confident it is; exact confidence would lie on the dashed line.

    Data sets: `parts` of `confidence, accuracy, low, high, n`; `exact` and `border` from `exact_and_border`.
    """
    axis = alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], titleColor=colours.muted, titleFontWeight=400)
    x = alt.X("confidence:Q", title="confidence", axis=axis, scale=alt.Scale(domain=[0.3, 1]))
    y = alt.Y("accuracy:Q", title="right", axis=axis, scale=alt.Scale(domain=[0, 1]))
    line = alt.Chart(alt.NamedData("exact")).mark_line(color=colours.muted, strokeDash=[3, 4], strokeWidth=1)
    parts = alt.Chart(alt.NamedData("parts"))
    reach = parts.mark_rule(color=colours.primary, strokeWidth=1.5, opacity=0.6)
    told = [
        alt.Tooltip("confidence:Q", title="Mean confidence", format=".1%"),
        alt.Tooltip("accuracy:Q", title="Right", format=".1%"),
        alt.Tooltip("n:Q", title="Items"),
    ]
    point = parts.mark_circle(color=colours.primary, size=60, opacity=1)
    border = alt.Chart(alt.NamedData("border"))
    rule = border.mark_rule(color=colours.muted, strokeWidth=1, opacity=0.6).encode(x=x)
    words = border.mark_text(color=colours.muted, align="right", dx=-5, fontSize=12).encode(x=x, y=y, text="text:N")
    layers = (
        line.encode(x=x, y=y),
        rule,
        words,
        reach.encode(x=x, y=alt.Y("low:Q", title="right"), y2="high:Q"),
        point.encode(x=x, y=y, tooltip=told),
    )
    return charts.finished(alt.layer(*layers, height=RELIABILITY_HEIGHT), colours)


def exact_and_border(sure: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ends of the dashed line, `confidence, accuracy`; where the model abstains, and `text` there."""
    exact = pl.DataFrame({"confidence": [0.3, 1.0], "accuracy": [0.3, 1.0]})
    return exact, pl.DataFrame({"confidence": [sure], "accuracy": [0.05], "text": ["← abstains"]})
