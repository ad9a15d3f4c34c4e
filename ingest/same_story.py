"""Whether articles that people read as telling one event are put together, and others kept apart.

The press is read as a run reads it, as far as stories go: actors, sketches, signatures. It is grouped from
`data.stories.REACH` days before the first of the labelled articles on, weeks that no label is near are passed over.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from data import copies, schema, stories
from data.catalogue import Catalogue
from ingest import mentions
from ingest.copies import fingerprint, sketch
from ingest.stories import named_at_head, signature

#: Our labels: `article_a, article_b, same_event, part, drawn`; what is reported is never chosen by.
LABELS = Path(__file__).parents[1] / "data" / "labels" / "stories.csv"


def judged(press: pl.DataFrame, pairs: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """The pairs, `article_a, article_b` and more, with `together`: whether both are of one story.

    `press` has `id, title, text, published_at` with days as text (2013-09-02); a pair that it has not both of is left
    out.
    """
    read = _readings(_near(press, pairs), catalogue)
    found = stories.grouped(copies.linked(read)).rename({"article_id": "id"})
    both = pairs
    for side in ("a", "b"):
        told = found.rename({"id": f"article_{side}", "story": f"story_{side}"})
        both = both.join(told, on=f"article_{side}", maintain_order="left")
    return both.with_columns(together=pl.col("story_a") == pl.col("story_b")).drop("story_a", "story_b")


def _near(press: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The articles of the labelled days, those between, and those of the weeks before."""
    dated = press.with_columns(day=pl.col("published_at").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))
    labelled = pl.concat([pairs["article_a"], pairs["article_b"].alias("article_a")])
    days = dated.filter(pl.col("id").is_in(labelled.implode()))["day"].drop_nulls().unique().sort()
    wanted: set[date] = set()
    for last in days:
        wanted.update(last - timedelta(days=back) for back in range(stories.REACH + 1))
    return dated.filter(pl.col("day").is_in(sorted(wanted)))


def _readings(articles: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """What grouping needs of `schema.READINGS`."""
    rows = [
        _reading(title or "", text or "", day, catalogue)
        for title, text, day in articles.select("title", "text", "day").iter_rows()
    ]
    columns = ("words", "fingerprint", "sketch", "signature")
    made = pl.DataFrame(rows, schema={column: schema.READINGS[column] for column in columns}, orient="row")
    outlet = pl.col("outlet") if "outlet" in articles.columns else pl.lit("").alias("outlet")
    return articles.select(
        outlet,
        article_id="id",
        month=pl.col("day").dt.strftime("%Y-%m"),
        published_at=pl.col("day").cast(schema.READINGS["published_at"]),
        copy_of=pl.lit(None, pl.String),
        story=pl.lit(None, pl.String),
    ).hstack(made)


def _reading(title: str, text: str, day: date, catalogue: Catalogue) -> tuple[object, ...]:
    published_at = pl.Series([day]).cast(pl.Datetime("us", "UTC"))[0]
    actors = named_at_head(mentions.find(title, text, "en", published_at, catalogue))
    return len(text.split()), fingerprint(text), sketch(text), signature(title, text, actors)
