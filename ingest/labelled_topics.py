"""What articles are about, as people read it and as it is said: on outlets that the topics model never saw."""

from pathlib import Path

import numpy as np
import polars as pl

from data.catalogue import Catalogue
from ingest import topics

#: Our labels: `article, part, main, also, second_main, ...`; what is in the report part is never learnt or chosen by.
LABELS = Path(__file__).parents[1] / "data" / "labels" / "topics.csv"


def judged(press: pl.DataFrame, labels: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """The labels with what is said of their articles: `main, about, first, said, first_by_lexicon, said_by_lexicon`.

    `about` and `said` are lists of topics, of people's the main one and further ones; `first` is the likeliest topic,
    also where none is sure enough to be said. `press` has `id, title, text`; a label without its article is left out.
    """
    items = labels.join(press, left_on="article", right_on="id", maintain_order="left")
    rows = [
        (*_said(title, text, catalogue), *_by_lexicon(title, text, catalogue))
        for title, text in items.select("title", "text").iter_rows()
    ]
    columns = pl.Schema(
        {
            "first": pl.String(),
            "said": pl.List(pl.String()),
            "first_by_lexicon": pl.String(),
            "said_by_lexicon": pl.List(pl.String()),
        }
    )
    return items.with_columns(
        about=pl.concat_list("main", pl.col("also").fill_null("").str.split(" ")).list.filter(pl.element() != "")
    ).hstack(pl.DataFrame(rows, schema=columns, orient="row"))


def _said(title: str, text: str, catalogue: Catalogue) -> tuple[str, list[str]]:
    likeliest = topics.ranked(title, text, catalogue)
    media = {key for key, _ in likeliest}
    return likeliest[0][0], [key for key, _ in topics.topics(title, text, "en", catalogue) if key in media]


def _by_lexicon(title: str, text: str, catalogue: Catalogue) -> tuple[str | None, list[str]]:
    """Likewise by the lexicon alone, as topics were told before there was a model."""
    loudest = topics.loudest(title, text, catalogue)
    return loudest[0][0] if loudest else None, topics.heard_alone(dict(loudest))


def cells(about: pl.Series, said: pl.Series, keys: list[str]) -> np.ndarray:
    """Right, wrongly said and missed by article and topic: (articles, topics, 3) of 0 and 1."""
    wanted, found = (np.array([[key in one for key in keys] for one in column]) for column in (about, said))
    return np.stack([wanted & found, found & ~wanted, wanted & ~found], axis=-1).astype(np.int64)


def micro_f1(counts: np.ndarray) -> np.ndarray:
    """F1 of all topics together. (..., topics, 3) -> (...)."""
    return _f1(counts.sum(axis=-2))


def macro_f1(counts: np.ndarray) -> np.ndarray:
    """The mean of the topics' F1, of those that are there or said at all. (..., topics, 3) -> (...)."""
    there = counts.sum(axis=-1) > 0
    found: np.ndarray = (_f1(counts) * there).sum(axis=-1) / np.maximum(there.sum(axis=-1), 1)
    return found


def _f1(counts: np.ndarray) -> np.ndarray:
    right, wrong, missed = (counts[..., place] for place in range(3))
    found: np.ndarray = 2 * right / np.maximum(2 * right + wrong + missed, 1)
    return found
