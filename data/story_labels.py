"""What a story is called: the phrases that tell it from all else that was written, and the title at its centre."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.phrases import Numbered, each_phrase, most_telling, numbered

#: Phrases of a story at most.
MOST = 4

#: So many titles of the archive tell what is usual, evenly drawn from all its days.
USUAL = 4_000

#: In a small press phrases weigh as if so many others were known: what is rare cannot be told from few titles.
FEWEST = 20_000

#: From so many texts on a story's title is the one at its centre; of fewer it is the first.
SEVERAL = 3


@dataclass(frozen=True, eq=False)
class Usual:
    """What is usual: the ids of some articles, and how many of them have each `phrase`, `everywhere`."""

    articles: pl.Series
    phrases: pl.DataFrame


def labelled(
    articles: pl.DataFrame, stories: Sequence[str], most: int = MOST, usual: Usual | None = None
) -> pl.DataFrame:
    """`story, label, lead` of these stories, in their order; a story that has no article here has no row.

    `articles` needs `article_id, title, day, published_at, story, is_copy` of all that is stored: a story is called the
    same whatever is looked at, and beside whichever others. `label` is a list of at most `most` phrases that its titles
    have more often than those of the archive; what one text alone has tells nothing. `lead` is as in `leads`. Who asks
    often keeps what `evenly` gives of the same articles; then those of the stories are enough.
    """
    own = _own(articles, stories)
    if own.is_empty():
        return pl.DataFrame(schema={"story": pl.String, "label": _PHRASES, "lead": pl.String})
    usual = evenly(articles) if usual is None else usual
    of_stories = own.select("article_id", "window").join(_phrases(own), on="article_id")
    found = of_stories.with_columns(sampled=pl.col("article_id").is_in(usual.articles.implode()))
    others = found.with_columns(others=pl.len().over("window", "phrase") - 1)
    shared = others.group_by("article_id").agg(shared=pl.col("others").sum())
    called = _leads(own.join(shared, on="article_id", how="left"))
    told = most_telling(_counted(found, usual.phrases), found, [()] * called.height, most)
    return called.select("story", pl.Series("label", [some["phrase"].to_list() for some in told], _PHRASES), "lead")


def evenly(articles: pl.DataFrame) -> Usual:
    """What is usual in the titles of some originals from all days."""
    dated = articles.lazy().filter(~pl.col("is_copy")).sort("day", "article_id").select("article_id", "title").collect()
    some = dated.gather_every(max(1, dated.height // USUAL))
    return Usual(some["article_id"], _phrases(some)["phrase"].value_counts(name="everywhere"))


def leads(
    articles: pl.DataFrame, stories: Sequence[str], phrases: Callable[[pl.DataFrame], Numbered] | None = None
) -> pl.DataFrame:
    """`story, lead` of these stories: the title that has most in common with the others; copies count for nothing.

    `phrases` tells those of the titles of some of the articles, in the order of their rows, where they are known.
    """
    own = _own(articles, stories)
    found = phrases(own) if phrases else numbered(_texts(own), fewest=1)
    by_id = found.articles.with_columns(shared=pl.Series(_shared(found, own)))
    return _leads(own.join(by_id, on="article_id", maintain_order="left")).select("story", "lead")


def _shared(found: Numbered, own: pl.DataFrame) -> NDArray[np.int64]:
    """How often the phrases of each article stand in the others of its story."""
    windows = found.articles.join(own.select("article_id", "window"), on="article_id", maintain_order="left")["window"]
    key = windows.to_numpy().astype(np.int64)[found.article] * len(found.first) + found.phrase
    _, place, often = np.unique(key, return_inverse=True, return_counts=True)
    return np.bincount(found.article, often[place] - 1, found.articles.height).astype(np.int64)


_PHRASES = pl.List(pl.String)


def _own(articles: pl.DataFrame, stories: Sequence[str]) -> pl.DataFrame:
    """The originals of these stories, which are numbered by `window` in their order."""
    wanted = pl.LazyFrame({"story": list(dict.fromkeys(stories))}, schema={"story": pl.String})
    # Before they are joined: an archive has many more stories, and the columns of all of them would be moved.
    originals = articles.lazy().filter(pl.col("story").is_in(list(stories)), ~pl.col("is_copy"))
    return (
        wanted.join(originals, on="story", maintain_order="left_right")
        .with_columns(window=pl.col("story").rle_id())
        .collect()
    )


def _phrases(titles: pl.DataFrame) -> pl.DataFrame:
    """`article_id, phrase, written`."""
    return each_phrase(_texts(titles), fewest=1)


def _texts(titles: pl.DataFrame) -> pl.DataFrame:
    return titles.select("title", id="article_id", text=pl.lit(""))


def _counted(found: pl.DataFrame, usual: pl.DataFrame) -> pl.DataFrame:
    """`window, phrase, articles, before, n, m`: how often a story has a phrase, and how often the other texts do.

    A phrase that one text alone has counts for nothing, here as there.
    """
    total = int(usual.filter(pl.col("everywhere") > 1)["everywhere"].sum())
    of_story = (
        found.lazy().group_by("window", "phrase").agg(articles=pl.len().cast(pl.Int64), own=pl.col("sampled").sum())
    )
    own = pl.col("own").cast(pl.Int64)
    return (
        of_story.join(usual.lazy(), on="phrase", how="left")
        .with_columns(pl.col("everywhere").fill_null(0).cast(pl.Int64))
        .with_columns(before=pl.col("everywhere") - own)
        .filter(pl.col("articles") + pl.col("before") > 1)
        .select(
            "window",
            "phrase",
            "articles",
            "before",
            n=pl.col("articles").sum().over("window"),
            m=pl.max_horizontal(FEWEST, total - own.filter(pl.col("everywhere") > 1).sum().over("window")),
        )
        .collect()
    )


def _leads(own: pl.DataFrame) -> pl.DataFrame:
    """`window, story, lead`: the title whose phrases most others have, for its length; of equal ones the first.

    `own` has how often they have them as `shared`.
    """
    words = pl.col("title").str.count_matches(r"\S+")
    central = (pl.col("shared") / (words + SEVERAL).sqrt()).round(9).fill_null(0.0)
    several = pl.len().over("window") >= SEVERAL
    return (
        own.lazy()
        .with_columns(central=pl.when(several).then(central).otherwise(0.0))
        .sort(
            *("window", "central", "published_at", "article_id"),
            descending=[False, True, False, False],
            nulls_last=True,
        )
        .group_by("window", maintain_order=True)
        .agg(pl.col("story").first(), lead=pl.col("title").first())
        .collect()
    )
