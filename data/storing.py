"""Storing a batch: its articles, its mentions, its readings, in this order and in a commit each; see data.archive."""

from __future__ import annotations

from functools import partial

import polars as pl

from data import ids as known_ids
from data import kin
from data.months import replaced
from data.store import Store


def batch(store: Store, articles: pl.DataFrame, readings: pl.DataFrame, mentions: pl.DataFrame, name: str) -> bool:
    """See `Archive.append`. Whether the batch is new, so that nothing of it can be in any table after these."""
    with kin.Ahead(store, readings, _months(store, readings)) as ahead:
        return _in_order(store, articles, readings, mentions, name, ahead)


def _in_order(
    store: Store,
    articles: pl.DataFrame,
    readings: pl.DataFrame,
    mentions: pl.DataFrame,
    name: str,
    ahead: kin.Ahead,
) -> bool:
    stored = store.batches("articles")
    behind = stored != store.batches("readings")
    again = store.last("articles", name) is not None
    before = store.files()
    fresh = store.write("articles", name, lambda: (_missing(store, articles), None), lambda n: n + 1)
    known_ids.remember(store, fresh, before)
    # Articles come first: of a batch whose articles are new nothing is stored.
    is_new = not fresh.is_empty()
    stored += is_new
    # Another run may have stored the same article meanwhile, with its own text: then its reading counts.
    lost = articles.clear() if again else articles.join(fresh, on="id", how="anti")
    readings, mentions = _without(lost, readings), _without(lost, mentions)
    # A batch that was broken off leaves the readings behind until somebody reads what it stored.
    heals = behind and store.unread_ids().join(readings, left_on="id", right_on="article_id", how="anti").is_empty()
    months = _months(store, readings)
    told = partial(_mentions, store, mentions, readings, months, store.batches("readings") + is_new)
    store.write("mentions", name, told, lambda n: n + 1, is_new=is_new)
    written = store.write(
        "readings",
        name,
        lambda: ahead.linked(readings, months),
        lambda n: stored if heals else n + is_new,
        is_new=is_new,
    )
    kin.keep(store, written)
    return is_new


def _missing(store: Store, articles: pl.DataFrame) -> pl.DataFrame:
    if articles.is_empty():
        return articles
    months = articles["month"].unique().to_list()
    if known_ids.near_months_of(store, articles["id"], months).is_empty():
        return articles
    stored = store.scan("articles").filter(pl.col("month").is_in(months)).select("id", "version")
    return articles.lazy().join(stored, on=["id", "version"], how="anti", maintain_order="left").collect()


def _months(store: Store, readings: pl.DataFrame) -> list[str]:
    """The months of these readings, and those in which any version of what has changed lies, in order."""
    changed = readings.filter(pl.col("version") > 1).select(id="article_id")
    if changed.is_empty():
        return sorted(set(readings["month"]))
    rows = store.scan("articles").select("id", "month").join(changed.lazy(), on="id", how="semi")
    return sorted({*readings["month"], *rows.collect()["month"]})


def _mentions(
    store: Store, mentions: pl.DataFrame, readings: pl.DataFrame, months: list[str], whole: int
) -> tuple[pl.DataFrame, str | None]:
    """The mentions, and the predicate of those that the articles read have already.

    Where all batches of articles are read, as many as `whole`, only what was read before has any.
    """
    if store.batches("articles") == whole and not kin.are_known(store, readings, months):
        return mentions, None
    stored = store.of("mentions", readings["article_id"], months).select("article_id").collect()
    return mentions, replaced(mentions, stored["article_id"], months)


def _without(articles: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The readings or mentions of all but these articles."""
    if articles.is_empty():
        return rows
    return rows.join(articles.select(article_id="id"), on="article_id", how="anti", maintain_order="left")
