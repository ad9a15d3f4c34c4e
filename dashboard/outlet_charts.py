"""Pictures of outlets, as Vega-Lite specs; as `charts`, it knows no streamlit and asks nothing of the archive."""

from collections.abc import Mapping
from functools import lru_cache

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import FEWEST_STORIES, Every, Spec
from dashboard.theme import Palette

_ROW = 24

#: What each state of `coverage.State` is called in a tooltip and a key, in the order of the key.
STATES: Mapping[str, str] = {
    "far less": "far less than expected",
    "less": "less",
    "usual": "as expected",
    "more": "more",
    "far more": "far more",
    "no answer": "no feed answered",
    "learning": "too little history",
    "unfinished": "not over yet",
}


def colour(state: str, colours: Palette) -> str:
    """What a state is drawn in; what tells nothing of the outlet has no colour but that of the page."""
    light = colours.kind == "light"
    return {
        "far less": colours.negative,
        "less": "#E9B9A6" if light else "#7A4A3A",
        "usual": "#DCE7F3" if light else "#26374C",
        "more": "#8DB8D8" if light else "#2F6690",
        "far more": colours.positive,
    }.get(state, colours.background)


# --- Expected and received --------------------------------------------------------------------------------------------


def coverage(outlets: int, colours: Palette) -> Spec:
    """A row an outlet, a cell a period: less or more than expected; striped where feeds failed. Data set: `cells`."""
    return {**_coverage(colours), "height": _ROW * outlets + 30}


@lru_cache(maxsize=4)
def _coverage(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("cells"))
    x = charts.time_axis(colours, "start:T", room=80)
    y = alt.Y("label:N", title=None, sort=None, axis=_names(colours))
    told = [
        alt.Tooltip("label:N", title="Outlet"),
        alt.Tooltip("when:N", title="When"),
        alt.Tooltip("told:N", title="Received"),
        alt.Tooltip("expected:N", title="Expected"),
        alt.Tooltip("name:N", title="That is"),
        alt.Tooltip("feeds:N", title="Feeds"),
    ]
    # A hair of the page between the cells, but not where they are hairs themselves.
    gap = alt.ExprRef("width < 420 ? 0.2 : 0.8")
    states = [state for state in STATES if state not in ("no answer", "learning", "unfinished")]
    scale = alt.Scale(domain=states, range=[colour(state, colours) for state in states])
    cells = rows.transform_filter("datum.known").mark_rect(stroke=colours.background, strokeWidth=gap)
    blank = rows.transform_filter("!datum.known && !datum.striped").mark_rect(
        fill=colours.panel, stroke=colours.border, strokeWidth=0.6, strokeDash=alt.ExprRef("[2, 2]")
    )
    striped = rows.transform_filter("datum.striped").mark_rect(fill=_stripes(colours))
    chart = alt.layer(
        blank.encode(x=x, x2="end:T", y=y, tooltip=told),
        cells.encode(x=x, x2="end:T", y=y, tooltip=told, color=alt.Color("state:N", legend=None, scale=scale)),
        striped.encode(x=x, x2="end:T", y=y, tooltip=told, opacity=alt.Opacity("strength:Q", scale=None)),
    )
    return charts.finished(chart, colours)


def _names(colours: Palette) -> alt.Axis:
    """The names beside the rows, cut where they would leave a phone no picture."""
    axis = charts.name_axis(colours)
    axis.labelLimit = alt.ExprRef("containerSize()[0] < 520 ? 112 : 230")
    return axis


def _stripes(colours: Palette) -> alt.LinearGradient:
    """Stripes that lean, which also a reader who sees no colours tells from a cell."""
    bands = 8
    stops = [
        alt.GradientStop(color=colours.muted if place % 2 else colours.background, offset=edge / bands)
        for place in range(bands)
        for edge in (place, place + 1)
    ]
    return alt.LinearGradient(gradient="linear", x1=0, y1=0, x2=0.6, y2=1, stops=stops)


def cells(periods: pl.DataFrame, labels: Mapping[str, str], every: Every) -> pl.DataFrame:
    """What `coverage` draws: `label, start, end, when, state, name, told, expected, feeds, known, striped, strength`.

    From the rows of `coverage.periods`, of the outlets in `labels`, in that order. What was not checked has no cell.
    """
    order = {outlet: place for place, outlet in enumerate(labels)}
    shown = periods.filter(pl.col("outlet").is_in(list(labels)), pl.col("state") != "not checked")
    failed, dark = pl.col("failed"), pl.col("dark")
    end = pl.col("date").dt.offset_by({"day": "1d", "week": "1w", "month": "1mo"}[every])
    feeds = (
        pl.when(dark > 0)
        .then(pl.lit("none answered") if every == "day" else pl.format("none answered on {} days", dark))
        .when(failed > 0)
        .then(pl.lit("some failed") if every == "day" else pl.format("some failed on {} days", failed))
        .otherwise(pl.lit("all answered"))
    )
    return (
        shown.with_columns(place=pl.col("outlet").replace_strict(order, return_dtype=pl.Int32))
        .sort("place", "date")
        .select(
            pl.col("outlet").replace_strict(dict(labels), return_dtype=pl.String).alias("label"),
            charts.at("date", "start"),
            end.cast(pl.Datetime("ms")).dt.epoch("ms").cast(pl.Float64).alias("end"),
            charts.words("date"),
            "state",
            pl.col("state").replace_strict(dict(STATES), default=pl.col("state"), return_dtype=pl.String).alias("name"),
            pl.format("{} articles", "received").alias("told"),
            pl.col("expected").round(1).cast(pl.String).fill_null("not known").alias("expected"),
            feeds.alias("feeds"),
            pl.col("state").is_in(["far less", "less", "usual", "more", "far more"]).alias("known"),
            ((failed > 0) | (dark > 0)).alias("striped"),
            pl.when(pl.col("state") == "no answer").then(0.9).otherwise(0.45).alias("strength"),
        )
    )


# --- Tone -------------------------------------------------------------------------------------------------------------


def tones(outlets: int, colours: Palette) -> Spec:
    """A row an outlet: its mean tone as a point on its 95 % interval, its numbers at the right. Data set: `tones`."""
    return {**_tones(colours), "height": _ROW * outlets + 30}


@lru_cache(maxsize=4)
def _tones(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("tones"))
    y = alt.Y("label:N", title=None, sort=None, axis=_names(colours))
    words = "datum.value == 0 ? '0' : replace(datum.label, '-', '−')"
    axis = alt.Axis(format="+.2~f", tickCount=5, labelExpr=words)
    scale = alt.Scale(nice=False)
    x = alt.X("tone:Q", title=None, axis=axis, scale=scale)
    low = alt.X("low:Q", title=None, axis=axis, scale=scale)
    told = [
        alt.Tooltip("label:N", title="Outlet"),
        alt.Tooltip("tone:Q", title="Mean tone", format="+.3f"),
        alt.Tooltip("low:Q", title="95 % from", format="+.3f"),
        alt.Tooltip("high:Q", title="to", format="+.3f"),
        alt.Tooltip("scored_stories:Q", title="Stories", format=","),
        alt.Tooltip("scored:Q", title="Scored", format=","),
    ]
    zero = rows.mark_rule(color=colours.muted, strokeDash=[2, 2]).encode(x=alt.datum(0))
    reach = rows.mark_rule(color=colours.primary, strokeWidth=3, opacity=0.35).encode(x=low, x2="high:Q", y=y)
    point = rows.mark_circle(color=colours.primary, size=70, opacity=1).encode(x=x, y=y, tooltip=told)
    number = rows.mark_text(align="left", dx=8, color=colours.muted, fontSize=12)
    numbers = number.encode(x=alt.X("edge:Q", title=None), y=y, text="words:N")
    corners = [rows.mark_point(opacity=0).encode(x=alt.X(f"{end}:Q", title=None), y=y) for end in ("least", "most")]
    return charts.finished(alt.layer(zero, reach, point, numbers, *corners), colours)


def tone_rows(listed: pl.DataFrame, labels: Mapping[str, str], most: int) -> pl.DataFrame:
    """What `tones` draws: `label, tone, low, high, scored, scored_stories, words, edge, least, most`.

    From `outlet, tone, low, high, scored, scored_stories`; of those with ten stories the `most` with the most of them,
    the most favourable first.
    """
    told = listed.filter(pl.col("scored_stories") >= FEWEST_STORIES)
    most_told = told.sort("scored_stories", "outlet", descending=[True, False])
    shown = most_told.head(most).sort("tone", "outlet", descending=[True, False])
    reach = pl.max_horizontal(pl.col("low").abs().max(), pl.col("high").abs().max(), pl.lit(0.1)) * 1.05
    return shown.select(
        pl.col("outlet").replace_strict(dict(labels), return_dtype=pl.String).alias("label"),
        "tone",
        "low",
        "high",
        "scored",
        "scored_stories",
        words=pl.format("n {}", "scored_stories"),
        edge=pl.col("high"),
        least=-reach,
        # Words stand to the right of the intervals.
        most=reach * 1.2,
    )
