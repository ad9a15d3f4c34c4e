"""Tables to take away, as `formats` writes them: articles, mentions and numbers, filtered, in one order.

Articles and mentions come in pieces, one stretch of time after another: a file may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from data import derived, rollup, search
from data.archive import Archive
from data.filters import Filters, to_words
from data.queries import Every, Measure

if TYPE_CHECKING:
    from data.catalogue import Catalogue

WHAT = ("articles", "mentions", "volume", "tone", "share-of-voice")

#: So many articles are read at once, or as many as have one time.
PIECE = 10_000


def pieces(
    what: str,
    archive: Archive,
    catalogue: Catalogue,
    filters: Filters,
    every: Every = "day",
    measure: Measure = "tone",
) -> Iterator[pl.DataFrame]:
    """One of WHAT, filtered, with the columns and the order that CONTRACT.md promises, piece by piece.

    There is at least one piece, which may be empty. Raises search.SearchError.
    """
    asked = filters.resolved(catalogue)
    if what == "articles":
        return articles(archive, asked)
    if what == "mentions":
        return mentions(archive, asked)
    if what == "volume":
        return iter([volume_table(archive, asked, every)])
    if what == "tone":
        return iter([tone_table(archive, asked, every, measure)])
    return iter([share_table(archive, asked)])


def articles(archive: Archive, filters: Filters, found: pl.DataFrame | None = None) -> Iterator[pl.DataFrame]:
    """The articles looked at, with text: `id, url, title, text, ... topics, actors`, by day and id, undated ones last.

    With actors, an article has to mention one of them, in the tones asked for; without, the tones are those of the
    whole text. `actors` are all that the article mentions, in the order of the alphabet; `text_from` is `metadata`
    where no text is known, and `gdelt_...` what GDELT made of the article. `found` are the `article_id` that the search
    has found already; without them all texts are searched.
    """
    found = _found(archive, filters) if found is None else found
    return _each(
        _stretches(archive.articles(), archive, filters), lambda here: _articles(archive, filters, found, here)
    )


def _articles(archive: Archive, filters: Filters, found: pl.DataFrame | None, here: _Stretch) -> pl.DataFrame:
    chosen = _chosen_articles(archive, filters, found, here)
    rows = chosen.with_columns(pl.col("topics").fill_null([]), *_gdelt()).collect()
    mentions = archive.mentions().filter(here.in_month()).select("article_id", "actor")
    named = mentions.filter(pl.col("article_id").is_in(rows["id"].implode())).collect()
    actors = named.group_by(id="article_id").agg(actors=pl.col("actor").unique().sort())
    return (
        rows.join(actors, on="id", how="left")
        .with_columns(pl.col("actors").fill_null([]))
        .select(*ARTICLES)
        .sort("published_at", "id", nulls_last=True)
    )


def _chosen_articles(archive: Archive, filters: Filters, found: pl.DataFrame | None, here: _Stretch) -> pl.LazyFrame:
    chosen = (
        _among(archive.articles().filter(here.holds()), found, "id")
        .join(_read(archive, here), left_on="id", right_on="article_id", how="left")
        .with_columns(pl.col("is_copy").fill_null(False), day=pl.col("published_at").dt.date())
        .filter(filters.articles(), filters.about())
    )
    if not filters.actors:
        return chosen.filter(filters.in_tone())
    of_actors = archive.mentions().filter(here.in_month(), pl.col("actor").is_in(filters.actors), filters.in_tone())
    return chosen.join(of_actors.select("article_id"), left_on="id", right_on="article_id", how="semi")


def mentions(archive: Archive, filters: Filters) -> Iterator[pl.DataFrame]:
    """The mentions looked at: `article_id, url, ... model_version`, by day, article and actor, undated ones last.

    `names` are the different words that named the actor, `passages` the stretches that do, each with its tone.
    """
    found = _found(archive, filters)
    # Each article in a stretch has its mentions there.
    return _each(
        _stretches(archive.mentions(), archive, filters), lambda here: _mentions(archive, filters, found, here)
    )


def _mentions(archive: Archive, filters: Filters, found: pl.DataFrame | None, here: _Stretch) -> pl.DataFrame:
    articles = archive.articles().filter(here.in_month()).select(article_id="id", url="url", title="title")
    return (
        _chosen_mentions(archive, filters, found, here)
        .join(articles, on="article_id")
        .with_columns(names=pl.col("spans").list.eval(pl.element().struct.field("text").unique(maintain_order=True)))
        .select(*MENTIONS)
        .sort("published_at", "article_id", "actor", nulls_last=True)
        .collect()
    )


def _chosen_mentions(archive: Archive, filters: Filters, found: pl.DataFrame | None, here: _Stretch) -> pl.LazyFrame:
    return (
        _among(archive.mentions().filter(here.holds()), found, "article_id")
        .join(_read(archive, here).drop("tone"), on="article_id")
        .with_columns(day=pl.col("published_at").dt.date())
        .filter(filters.mentions())
    )


def count(what: str, archive: Archive, catalogue: Catalogue, filters: Filters) -> int:
    """How many rows the pieces of articles or mentions have; no text is read. Raises search.SearchError."""
    asked = filters.resolved(catalogue)
    found = _found(archive, asked)
    chosen = _chosen_articles if what == "articles" else _chosen_mentions
    months = sorted(month for month in archive.months() if _is_asked(month, asked))
    whole = [_Stretch(month, None, None, dated) for month in months for dated in (True, False)]
    return sum(chosen(archive, asked, found, here).select(pl.len()).collect().item() for here in whole)


@dataclass(frozen=True)
class _Stretch:
    """The rows of one month from one moment on and before another; or its undated rows."""

    month: str
    first: datetime | None
    end: datetime | None
    dated: bool = True

    def in_month(self) -> pl.Expr:
        """True for the rows of the month, in whatever table."""
        return pl.col("month") == self.month

    def holds(self) -> pl.Expr:
        """True for the rows of the stretch."""
        at = pl.col("published_at")
        if not self.dated:
            return self.in_month() & at.is_null()
        after = at.is_not_null() if self.first is None else at >= self.first
        return self.in_month() & after & (pl.lit(True) if self.end is None else at < self.end)


def _stretches(rows: pl.LazyFrame, archive: Archive, filters: Filters) -> Iterator[_Stretch]:
    """All of the time looked at, in order, then the undated rows; each has about PIECE rows of the table."""
    months = [month for month in archive.months() if _is_asked(month, filters)]
    undated: list[_Stretch] = []
    for month in sorted(months):
        at = rows.filter(pl.col("month") == month).select("published_at").collect().to_series()
        if at.null_count():
            undated.append(_Stretch(month, None, None, dated=False))
        borders = at.drop_nulls().sort().gather_every(PIECE)[1:].unique().sort()
        yield from (_Stretch(month, *ends) for ends in pairwise([None, *borders, None]))
    yield from undated


def _is_asked(month: str, filters: Filters) -> bool:
    first, last = (f"{day:%Y-%m}" if day else "" for day in (filters.from_day, filters.to_day))
    return first <= month and (month <= last or not last)


def _each(stretches: Iterator[_Stretch], rows: Callable[[_Stretch], pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The rows of each stretch; of none an empty piece, for its columns."""
    some = False
    for here in stretches:
        piece = rows(here)
        if piece.height or not some:
            some = True
            yield piece
    if not some:
        yield rows(_Stretch("", None, None))


def articles_table(archive: Archive, filters: Filters) -> pl.DataFrame:
    """The pieces of `articles` in one."""
    return pl.concat(articles(archive, filters))


def volume_table(archive: Archive, filters: Filters, every: Every) -> pl.DataFrame:
    """Of one actor `date, count, total_count, ratio` (Media Cloud's header); of several, `actor` stands first."""
    kept = derived.opened(archive)
    counted = kept.counted(filters, _found(archive, filters))
    found = rollup.volume(counted, kept.collected(filters), filters, every)
    columns = ["date", "count", "total_count", "ratio"]
    return found.select(columns if len(filters.actors) == 1 else ["actor", *columns])


def tone_table(archive: Archive, filters: Filters, every: Every, measure: Measure = "tone") -> pl.DataFrame:
    """`actor, date, tone, low, high, mentions, stories`, toward the actor or by the lexicon, see queries.tone."""
    return derived.opened(archive).tone(filters, every, measure, _found(archive, filters))


def share_table(archive: Archive, filters: Filters) -> pl.DataFrame:
    """`actor, mentions, share`, see queries.share_of_voice."""
    return rollup.share_of_voice(derived.opened(archive).counted(filters, _found(archive, filters)), filters)


def about(
    what: str, archive: Archive, filters: Filters, every: Every = "day", measure: Measure = "tone"
) -> dict[str, Any]:
    """What a manifest says of the question: what, its words, and the versions of archive, catalogue and model.

    Those of catalogue and model are of the months looked at.
    """
    looked_at = archive.readings().filter(_months(filters))
    versions = looked_at.select(pl.col("catalogue_version", "model_version").drop_nulls().unique().implode())
    catalogues, models = versions.collect().row(0) if archive.months() else ([], [])
    query: dict[str, Any] = {**to_words(filters)}
    if what in ("volume", "tone"):
        query["every"] = [every]
    if what == "tone" and measure != "tone":
        query["measure"] = [measure]
    return {
        "what": what,
        "query": query,
        "archive_version": archive.version(),
        "catalogue_version": ", ".join(sorted(catalogues)),
        "model_version": ", ".join(sorted(models)),
    }


#: GDELT's own tone of an article that came from there, under names that cannot be taken for ours.
GDELT = ("gdelt_tone", "gdelt_positive", "gdelt_negative")

ARTICLES = (
    "id",
    "url",
    "title",
    "text",
    "outlet",
    "language",
    "published_at",
    "published_from",
    "seen_at",
    "collected_at",
    "authors",
    "copy_of",
    "story",
    "tone",
    "positive",
    "negative",
    "topics",
    "actors",
    "text_from",
    *GDELT,
)

MENTIONS = (
    "article_id",
    "url",
    "title",
    "outlet",
    "language",
    "published_at",
    "actor",
    "kind",
    "names",
    "tone",
    "lexicon_tone",
    "confidence",
    "passages",
    "catalogue_version",
    "model_version",
)


def _gdelt() -> list[pl.Expr]:
    return [pl.col("gdelt_tone").struct.field(name.removeprefix("gdelt_")).alias(name) for name in GDELT]


def _months(filters: Filters) -> pl.Expr:
    """True in the partitions that can hold the days looked at."""
    month = pl.col("month")
    after = month >= f"{filters.from_day:%Y-%m}" if filters.from_day else pl.lit(True)
    before = month <= f"{filters.to_day:%Y-%m}" if filters.to_day else pl.lit(True)
    return after & before


def _read(archive: Archive, here: _Stretch) -> pl.LazyFrame:
    """The readings of the month, as far as a row of an export shows them or is chosen by them."""
    return (
        archive.readings()
        .filter(here.in_month())
        .select("article_id", "copy_of", "story", "tone", "positive", "negative", "topics")
        .with_columns(is_copy=pl.col("copy_of").is_not_null())
    )


def _found(archive: Archive, filters: Filters) -> pl.DataFrame | None:
    """`article_id` of the articles that the search finds, whatever the index holds; None without a search."""
    return search.found(search.opened(archive, most=None), filters.search) if filters.search else None


def _among(rows: pl.LazyFrame, found: pl.DataFrame | None, key: str) -> pl.LazyFrame:
    return rows if found is None else rows.join(found.lazy(), left_on=key, right_on="article_id", how="semi")
