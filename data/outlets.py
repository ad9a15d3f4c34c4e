"""Who writes how much and in what tone, who tells a story first, and how one outlet differs from the others.

Pure functions of frames. `articles` are rows with `outlet, day, language, is_copy, story, text_no, published_at`,
narrowed already to the press and the days looked at; `hot` are rows of the frame of `queries.enriched`, likewise. What
is told of a difference counts an article and its copies as one text, and a tone its stories.
"""

from datetime import time

import polars as pl

from data import queries
from data.queries import Measure

#: Fewer texts or stories tell nothing of an outlet.
FEWEST = 10

_OUTLET = pl.col("outlet").cast(pl.String)


def listed(articles: pl.DataFrame, looked_at: pl.DataFrame) -> pl.DataFrame:
    """The outlets, most articles first: `outlet, articles, stories, copies, named, attention, first, last, languages`.

    `stories` is how many events its articles tell, `copies` the part of them that reprints an earlier text. `named` is
    how many of its articles are among those `looked_at` (its `outlet` is needed), `attention` their part of the
    outlet's own articles. `first` and `last` are days, null where all are undated; languages stand most frequent first.
    """
    by_language = (
        articles.lazy()
        .group_by(_OUTLET, pl.col("language").cast(pl.String))
        .len()
        .sort("len", "language", descending=[True, False])
        .group_by("outlet", maintain_order=True)
        .agg(languages=pl.col("language").drop_nulls())
    )
    named = looked_at.lazy().group_by(_OUTLET).agg(named=pl.len().cast(pl.Int64))
    return (
        articles.lazy()
        .group_by(_OUTLET)
        .agg(
            articles=pl.len().cast(pl.Int64),
            stories=pl.col("story").n_unique().cast(pl.Int64),
            copies=pl.col("is_copy").mean(),
            first=pl.col("day").min(),
            last=pl.col("day").max(),
        )
        .join(named, on="outlet", how="left")
        .join(by_language, on="outlet", how="left")
        .with_columns(pl.col("named").fill_null(0))
        .with_columns(attention=pl.col("named") / pl.col("articles"))
        .select("outlet", "articles", "stories", "copies", "named", "attention", "first", "last", "languages")
        .sort("articles", "outlet", descending=[True, False])
        .collect()
    )


def tones(values: pl.DataFrame, by: str = "outlet") -> pl.DataFrame:
    """The mean of `value` in rows `by, story_no, value`, as `queries.means` has it.

    `by, tone, low, high, scored, scored_stories`: so many values in so many stories; a row for each key with any value.
    """
    named = values.with_columns(pl.col(by).cast(pl.String))
    found = queries.means(named, by).rename({"mentions": "scored", "stories": "scored_stories"})
    return found.filter(pl.col("scored") > 0)


def leads(articles: pl.DataFrame) -> pl.DataFrame:
    """Who tells first what several outlets tell: `outlet, told, first, share, hours`, most stories told first.

    `told` is how many of these stories the outlet tells, `first` of how many its first article is the earliest of all
    (of two in the same minute both), `share` that part, `hours` the median time by which it was later in the others.
    Both are null under ten stories. What has a day without a time tells nobody's place and is passed over.
    """
    minute = pl.col("published_at").dt.truncate("1m")
    begun = (
        articles.lazy()
        .filter(pl.col("story").is_not_null(), pl.col("published_at").dt.time() != time())
        .group_by("story", _OUTLET)
        .agg(at=minute.min())
        .with_columns(first_at=pl.col("at").min().over("story"), outlets=pl.len().over("story"))
        .filter(pl.col("outlets") > 1)
    )
    later = (pl.col("at") - pl.col("first_at")).dt.total_minutes() / 60
    late = pl.col("at") > pl.col("first_at")
    enough = pl.col("told") >= FEWEST
    return (
        begun.group_by("outlet")
        .agg(told=pl.len().cast(pl.Int64), first=(~late).sum().cast(pl.Int64), hours=later.filter(late).median())
        .select(
            "outlet",
            "told",
            "first",
            share=pl.when(enough).then(pl.col("first") / pl.col("told")),
            hours=pl.when(enough).then("hours"),
        )
        .sort("told", "outlet", descending=[True, False])
        .collect()
    )


def against_others(items: pl.DataFrame, articles: pl.DataFrame, outlet: str) -> pl.DataFrame:
    """What an outlet has more of than others: `item, own, of_own, others, of_others, ratio, low, high, side`.

    `items` has a row `item, outlet, text_no` for each topic or actor of an article; all counts are of texts. `ratio` is
    the item's part of the outlet's texts over its part of the others', with its 95 % interval by logarithms, a half
    added to each count (D. G. Katz et al., Biometrics 34, 1978; H. M. Pettigrew et al., Biometrika 73, 1986). They are
    null where neither what the outlet has nor what it would have as the others do reaches ten texts. `side` is more or
    less where the whole interval lies on one side of 1. What differs most surely comes first.
    """
    own = pl.col("outlet") == outlet
    text = pl.col("text_no")
    counts = [text.filter(own).n_unique().cast(pl.Int64), text.filter(~own).n_unique().cast(pl.Int64)]
    of_own, of_others = articles.select(own=counts[0], others=counts[1]).row(0)
    a, b = pl.col("own") + 0.5, pl.col("others") + 0.5
    n, m = of_own + 0.5, of_others + 0.5
    error = (1 / a - 1 / n + 1 / b - 1 / m).clip(0).sqrt()
    middle = ((a / n) / (b / m)).log()
    enough = pl.max_horizontal(pl.col("own"), of_own * pl.col("others") / max(1, of_others)) >= FEWEST
    told = enough & (of_own >= FEWEST) & (of_others >= FEWEST)
    ends = {"ratio": middle, "low": middle - _Z * error, "high": middle + _Z * error}
    nearest = pl.max_horizontal(pl.col("low").log(), -pl.col("high").log())
    return (
        items.group_by("item")
        .agg(own=counts[0], others=counts[1])
        .with_columns(of_own=pl.lit(of_own, pl.Int64), of_others=pl.lit(of_others, pl.Int64))
        .with_columns(pl.when(told).then(end.exp()).alias(name) for name, end in ends.items())
        .with_columns(
            side=pl.when(pl.col("low") > 1).then(pl.lit("more")).when(pl.col("high") < 1).then(pl.lit("less")),
            nearest=nearest.round(9),
        )
        .sort("nearest", "own", "item", descending=[True, True, False], nulls_last=True)
        .select("item", "own", "of_own", "others", "of_others", "ratio", "low", "high", "side")
    )


_Z = 1.959964


def tone_against_others(hot: pl.DataFrame, outlet: str, measure: Measure = "tone") -> pl.DataFrame:
    """The tone toward each actor in one outlet and in the others, where both have ten stories, most stories first.

    `actor, tone, low, high, stories, others_tone, others_low, others_high, others_stories, difference, least, most`:
    the 95 % interval of the difference reaches from `least` to `most`.
    """
    own = pl.col("outlet") == outlet
    sides = [tones(hot.filter(side).select("actor", "story_no", value=measure), "actor") for side in (own, ~own)]
    enough = pl.col("stories") >= FEWEST
    mine, others = (side.drop("scored").rename({"scored_stories": "stories"}).filter(enough) for side in sides)
    half, other_half = ((pl.col(f"{prefix}high") - pl.col(f"{prefix}low")) / 2 for prefix in ("", "others_"))
    margin = (half**2 + other_half**2).sqrt()
    return (
        mine.join(others.rename({name: f"others_{name}" for name in others.columns if name != "actor"}), on="actor")
        .with_columns(difference=pl.col("tone") - pl.col("others_tone"))
        .with_columns(least=pl.col("difference") - margin, most=pl.col("difference") + margin)
        .sort("stories", "actor", descending=[True, False])
    )
