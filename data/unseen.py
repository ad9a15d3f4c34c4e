"""Which articles the archive has not: new ones, and those whose text is another than what is stored."""

from __future__ import annotations

import polars as pl

from data import ids
from data.months import months_about
from data.store import Store


def of(store: Store, articles: pl.DataFrame) -> pl.DataFrame:
    """See `Archive.unseen`."""
    once = articles.unique("id", keep="last", maintain_order=True)
    stored = _stored(store, once).select("id", pl.exclude("id").name.prefix("stored_"))
    same = (pl.col("delivered_hash") == pl.col("stored_delivered_hash")) | (
        pl.col("text_hash") == pl.col("stored_text_hash")
    )
    same |= (pl.col("text_from") == "metadata") & pl.col("stored_version").is_not_null()
    changed = pl.col("stored_version").is_not_null()
    earlier = changed & (
        pl.col("published_at").is_null() | (pl.col("stored_published_at") <= pl.col("published_at"))
    ).fill_null(False)

    def kept(column: str, where: pl.Expr) -> pl.Expr:
        return pl.when(where).then(pl.col(f"stored_{column}")).otherwise(pl.col(column)).alias(column)

    return (
        once.join(stored, on="id", how="left", maintain_order="left")
        .filter(~same.fill_null(False))
        .with_columns(
            kept("published_at", earlier),
            kept("published_from", earlier),
            kept("month", earlier),
            kept("seen_at", changed),
            version=(pl.col("stored_version").fill_null(0) + 1).cast(pl.Int32),
            status=pl.when(changed).then(pl.lit("changed")).otherwise(pl.lit("new")),
        )
        .select(*articles.columns, "status")
    )


def _stored(store: Store, articles: pl.DataFrame) -> pl.DataFrame:
    """`Store.known` of these articles, wherever they lie."""
    days = pl.concat([articles["month"], articles["collected_at"].dt.strftime("%Y-%m")]).drop_nulls().unique()
    return ids.anywhere(store, articles["id"], months_about(days, 1))
