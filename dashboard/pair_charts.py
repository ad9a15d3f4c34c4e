"""Pictures of who is named together with whom; see `charts`."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import altair as alt
import polars as pl

from dashboard import charts
from dashboard.charts import Spec
from dashboard.theme import Palette

_NAMES_BELOW = 95


def co_mentions(number: int, height: int, colours: Palette) -> Spec:
    """The lower triangle of who is named together, the share in each cell, as high as asked or as its words need.

    Data set: `pairs`.
    """
    return {**_co_mentions(colours), "height": max(height, 27 * (number - 1) + _NAMES_BELOW)}


@lru_cache(maxsize=4)
def _co_mentions(colours: Palette) -> Spec:
    rows = alt.Chart(alt.NamedData("pairs"))
    x = alt.X("left:N", title=None, sort=None, axis=alt.Axis(labelAngle=-38, labelLimit=130, grid=False))
    y = alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=150, labelPadding=8, grid=False))
    scale = alt.Scale(range=list(colours.sequential), zero=True)
    cells = rows.mark_rect(cornerRadius=3, stroke=colours.background, strokeWidth=2).encode(
        x=x,
        y=y,
        color=alt.Color("share:Q", legend=None, scale=scale),
        tooltip=[
            alt.Tooltip("label:N", title="Actor"),
            alt.Tooltip("left:N", title="named with"),
            alt.Tooltip("articles:Q", title="Articles", format=","),
            alt.Tooltip("share:Q", title="of articles naming either", format=".1%"),
        ],
    )
    # Where the other colour of words has the better contrast with the cell.
    strong, turn = ("#FFFFFF", 0.72) if colours.kind == "light" else ("#0B1018", 0.55)
    words = rows.mark_text(fontSize=12).encode(
        x=x,
        y=y,
        text="words:N",
        color=alt.condition(f"datum.strength > {turn}", alt.value(strong), alt.value(colours.ink)),
    )
    return charts.finished(alt.layer(cells, words), colours)


def pairs(together: pl.DataFrame, order: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """What `co_mentions` draws: `label, left, articles, share, words, strength`, the lower triangle only.

    From `actor, other, articles, share`, each pair once or in both directions; `order` is (key, label) from the top.
    """
    rank = {key: place for place, (key, _) in enumerate(order)}
    found: dict[tuple[int, int], tuple[int, float | None]] = {}
    for one, other, articles, share in together.select("actor", "other", "articles", "share").iter_rows():
        if one in rank and other in rank and one != other:
            lower, upper = sorted((rank[one], rank[other]), reverse=True)
            found.setdefault((lower, upper), (articles, share))
    most = max((share for _, share in found.values() if share is not None), default=None)
    return pl.DataFrame(
        [
            (order[lower][1], order[upper][1], articles, share, _percent(articles, share), _strength(share, most))
            for (lower, upper), (articles, share) in sorted(found.items())
        ],
        schema=_PAIRS,
        orient="row",
    )


_PAIRS = pl.Schema(
    {
        "label": pl.String,
        "left": pl.String,
        "articles": pl.Int64,
        "share": pl.Float64,
        "words": pl.String,
        "strength": pl.Float64,
    }
)


def _percent(articles: int, share: float | None) -> str:
    if not articles or share is None:
        return "–"
    return "<1%" if share < 0.005 else f"{math.floor(share * 100 + 0.5)}%"


def _strength(share: float | None, most: float | None) -> float | None:
    """The share as a part of the greatest one."""
    return None if share is None else share / most if most else 0.0


def partners(together: pl.DataFrame, actor: str, articles: int, labels: Mapping[str, str]) -> pl.DataFrame:
    """Who else the articles that name an actor name: `label, articles, share`, most first, those never named left out.

    From `actor, other, articles`; the share is of the actor's own `articles`.
    """
    named = together.filter((pl.col("actor") == actor) | (pl.col("other") == actor), pl.col("articles") > 0)
    other = pl.when(pl.col("actor") == actor).then("other").otherwise("actor")
    return named.sort("articles", descending=True, maintain_order=True).select(
        label=other.replace(labels), articles="articles", share=pl.col("articles") / max(1, articles)
    )
