"""Copies and stories of what is stored: what the readings of a commit, or of a month, become beside all others."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import polars as pl

from data import copies, schema, stories
from data.months import literals, month_after, months_about, replaced
from data.prints import Prints
from data.store import Kept, Store


class Ahead:
    """`linked` of a batch, worked out while its articles and mentions are written, which takes as long.

    It holds where nobody wrote readings meanwhile and all of the batch is read; otherwise it is worked out again.
    """

    def __init__(self, store: Store, readings: pl.DataFrame, months: list[str]) -> None:
        self._store, self._readings, self._months = store, readings, months
        self._version = store.tables["readings"].version()
        self._workers = ThreadPoolExecutor(1)
        self._found = self._workers.submit(linked, store, readings, months)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.shutdown()

    def linked(self, readings: pl.DataFrame, months: list[str]) -> tuple[pl.DataFrame, str | None]:
        """`linked` of these readings."""
        found = self._found.exception() is None and self._found.result()
        same = readings is self._readings and months == self._months
        if found and same and self._store.tables["readings"].version() == self._version:
            return found
        return linked(self._store, readings, months)


def are_known(store: Store, readings: pl.DataFrame, months: list[str]) -> bool:
    """Whether any of these articles was read before, in these months."""
    kept = store.kept
    if kept and kept.version == store.tables["readings"].version() and set(months) <= kept.months:
        return bool(kept.compared.readings["article_id"].is_in(readings["article_id"].implode()).any())
    return bool(store.of("readings", readings["article_id"], months).select(pl.len()).collect().item())


def linked(store: Store, readings: pl.DataFrame, months: list[str]) -> tuple[pl.DataFrame, str | None]:
    """The readings with their `copy_of` and those stored whose original changes by them, and what they replace."""
    if readings.is_empty():
        return readings, None
    far = months_about(months, 2)
    stored = _compared(store, far)
    others = stored.without(readings["article_id"])
    before = schema.empty("readings")
    if others is not stored:  # rarely; to look for them there is to read all sketches of a month
        before = store.of("readings", readings["article_id"], months).collect()
    again, settled, standing = copies.relatives(others, readings, before)
    new = _with_stories(readings, before)
    told = copies.linked(pl.concat([again, new.select(copies.COMPARED)]), standing, settled)
    new = new.with_columns(told.tail(new.height)["copy_of"])
    what = ["article_id", "copy_of"]
    changed = told.head(again.height).join(again, on=what, how="anti", nulls_equal=True).select(what)
    amended = schema.empty("readings")
    if changed.height:  # rarely, as above
        whole = store.of("readings", changed["article_id"], again["month"].unique().to_list()).collect()
        amended = whole.drop("copy_of").join(changed, on="article_id").select(*schema.READINGS)
    # A copy goes where its original is, which has no story yet either, or another one.
    rows = pl.concat([new, amended]).with_columns(story=pl.when(pl.col("copy_of").is_null()).then("story"))
    return rows, replaced(rows, pl.concat([before["article_id"], amended["article_id"]]), months)


def told(store: Store, months: list[str]) -> tuple[pl.DataFrame, str | None]:
    """The readings of these months that get a story or another one, and what they replace."""
    near = sorted({*months_about(months, 1), *(month_after(month, -2) for month in months)})
    rows = store.scan("readings").filter(pl.col("month").is_in(near)).select(stories.COMPARED).collect()
    is_new = pl.col("month").is_in(months) & pl.col("story").is_null()
    # What has none in the months beyond waits for its turn: whoever is first is told first.
    told = stories.grouped(rows.filter(is_new), rows.filter(pl.col("story").is_not_null()))
    months = rows.join(told, on="article_id", how="semi")["month"].unique().sort().to_list()
    whole = store.scan("readings").filter(pl.col("month").is_in(months))
    if told.height > _FEW:
        return _with_stories(whole.collect(), told), f"month IN ({literals(months)})"
    rows = _with_stories(whole.join(told.lazy(), on="article_id", how="semi").collect(), told)
    return rows, replaced(rows, rows["article_id"], months)


def followed(store: Store, month: str, readings: pl.DataFrame, later: Sequence[str]) -> tuple[pl.DataFrame, str | None]:
    """A month's readings with copies and stories, those of the later months that change by them; what they replace.

    One commit, so that a run broken off leaves no story in two. What a month is told from reaches two months back:
    after two in which nothing changed nothing can.
    """
    changed = {month: _told_from(store, month, readings, {})}
    unchanged = 0
    for one in later:
        stored = store.readings().filter(month=one).collect()
        blank = stored.with_columns(pl.lit(None, pl.String).alias(column) for column in ("copy_of", "story"))
        again = _told_from(store, one, blank, changed)
        if again.equals(stored):
            unchanged += 1
        else:
            changed[one], unchanged = again, 0
        if unchanged == _REACH:
            break
    return pl.concat(changed.values()), f"month IN ({literals(changed)})"


def _told_from(store: Store, month: str, readings: pl.DataFrame, changed: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """A month's readings with copies and stories as they follow from the months before, stored or changed."""
    before = [month_after(month, -back) for back in range(_REACH, 0, -1)]
    stored = store.readings().filter(pl.col("month").is_in([one for one in before if one not in changed]))
    others = [changed[one].select(_SETTLED) for one in before if one in changed]
    settled = pl.concat([stored.select(_SETTLED).collect(), *others])
    linked = copies.linked(readings, settled=settled.select(copies.COMPARED))
    return _with_stories(linked, stories.grouped(linked, settled.select(stories.COMPARED)))


def _compared(store: Store, months: list[str]) -> Prints:
    """copies.COMPARED of the readings of these months; kept for the next batch, as long as nobody else writes."""
    version = store.tables["readings"].version()
    if store.kept is None or store.kept.version != version or not set(months) <= store.kept.months:
        found = store.readings().filter(pl.col("month").is_in(months)).select(copies.COMPARED).collect()
        store.kept = Kept(version, set(months), Prints.of(found))
    return store.kept.compared


def keep(store: Store, written: pl.DataFrame) -> None:
    """Bring what is kept up to the commit that wrote these readings."""
    version = store.tables["readings"].version()
    if store.kept and not written.is_empty() and store.kept.version == version - 1:
        near = written.filter(pl.col("month").is_in(store.kept.months)).select(copies.COMPARED)
        compared = store.kept.compared.without(written["article_id"]).with_more(near)
        store.kept = Kept(version, store.kept.months, compared)


def _with_stories(readings: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """The readings with the stories of `told`, `article_id, story`, where it has them."""
    other = told.select("article_id", told="story")
    joined = readings.join(other, on="article_id", how="left", maintain_order="left")
    return joined.with_columns(story=pl.coalesce("told", "story")).drop("told")


#: What a month that is read again needs of those before it.
_SETTLED = tuple(dict.fromkeys((*copies.COMPARED, *stories.COMPARED)))

#: So many months back lies what a month's copies and stories are told from.
_REACH = 2

#: So many rows are named one by one where they are replaced; with more, their whole months are.
_FEW = 2_000
