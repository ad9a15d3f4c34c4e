"""The archive's answers about one actor, kept in memory; see `answers`.

What is usual is the same for all actors and kept once; passages and names are read from the archive once for an actor
and the months looked at, whatever else is chosen.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from dashboard import answers
from dashboard.held import FEW, MANY, Press, kept
from dashboard.kept import Kept
from data import indexed, layout, portrait, spoken, tallies
from data.archive import Archive
from data.filters import Filters
from data.queries import Measure


@kept(MANY)
def topics(press: Press, filters: Filters) -> pl.DataFrame:
    """`topic, articles, texts, of, of_texts`."""
    columns = answers.columns(press, filters.search)
    return tallies.topics(columns.article[_rows(press, filters)], _topics(press))


@kept(MANY)
def named(press: Press, filters: Filters) -> pl.DataFrame:
    """`actor, articles, texts, of, of_texts`."""
    columns, own = answers.columns(press, filters.search), _rows(press, filters)
    # What is asked of an article alone lets all whom it names through.
    rows = own if portrait.whole(filters) == filters else indexed.about(columns, np.unique(columns.article[own]))
    return tallies.named(columns, rows, own)


@kept(FEW)
def _rows(press: Press, filters: Filters) -> indexed.Places:
    """The places of the mentions looked at, of the actors chosen; of all where none is."""
    if filters.actors:
        return answers.chosen(press, filters).rows
    return indexed.of_anybody(answers.columns(press, filters.search), filters)


@kept(1)
def _topics(press: Press) -> indexed.Topics:
    return indexed.topics(press.columns)


@kept(MANY)
def topics_beside(press: Press, filters: Filters) -> pl.DataFrame:
    """`topic, articles, share, usual, lift, more`: an actor's beside those of all."""
    return portrait.beside(topics(press, filters), topics(press, portrait.whole(filters)), "topic")


@kept(MANY)
def partners(press: Press, filters: Filters) -> pl.DataFrame:
    """`actor, articles, share, usual, lift, more`: whom the articles of one actor name besides."""
    both = portrait.beside(named(press, filters), named(press, portrait.whole(filters)), "actor")
    return both.filter(~pl.col("actor").is_in(filters.actors))


@kept(MANY)
def outlets(press: Press, filters: Filters, measure: Measure) -> pl.DataFrame:
    """`outlet, articles, collected, attention, tone, low, high, stories`."""
    everybody = Filters(
        outlets=filters.outlets,
        languages=filters.languages,
        from_day=filters.from_day,
        to_day=filters.to_day,
        copies=filters.copies,
    )
    return portrait.outlets_of(answers.mentions(press, filters), _collected(press, everybody), measure)


@kept(MANY)
def _collected(press: Press, filters: Filters) -> pl.DataFrame:
    return portrait.collected(press.readings, filters)


@kept(MANY)
def ever(press: Press, actor: str) -> dict[str, Any]:
    """`articles, first, last` of all that the archive has on an actor."""
    return portrait.ever(press.mentions, actor)


@kept(FEW)
def said(press: Press, filters: Filters) -> pl.DataFrame:
    """The passages about one actor of the articles looked at: the rows of `portrait.looked_at`."""
    found = _passages(press, filters.actors[0], *_months(filters))
    return portrait.looked_at(found, answers.mentions(press, filters), filters)


@kept(FEW)
def names(press: Press, filters: Filters) -> pl.DataFrame:
    """In which words one actor is named: `text, rules, times, articles, share`."""
    spelt = _written(press, filters.actors[0], *_months(filters))
    return portrait.names(spelt, answers.mentions(press, filters), filters)


def spelt_in(press: Press, filters: Filters, articles: tuple[int, ...]) -> dict[int, tuple[str, ...]]:
    """The names of one actor in each of these articles, by their numbers, the longest first."""
    spelt = _written(press, filters.actors[0], *_months(filters))
    rows = spelt.filter(pl.col("article_no").is_in(articles)).select("article_no", pl.col("text").cast(pl.String))
    by_article = rows.group_by("article_no").agg("text")
    return {number: tuple(sorted(texts, key=lambda text: (-len(text), text))) for number, texts in by_article.rows()}


def texts(press: Press, articles: Mapping[str, str | None]) -> dict[str, dict[str, Any]]:
    """`id, title, text` of these articles; each comes with the month in which it lies, None where it has no day."""
    known = _texts(press)
    # Another session may clear what is known at any time.
    found = {one: row for one, row in known.copy().items() if one in articles}
    if new := tuple((one, month) for one, month in articles.items() if one not in found):
        found |= _read_texts(press, new)
        if len(known) > _MOST_TEXTS:
            known.clear()
        known.update(found)
    return found


#: Some kilobytes each.
_MOST_TEXTS = 1_000


@kept(1)
def _texts(press: Press) -> dict[str, dict[str, Any]]:
    return {}


@kept(FEW)
def _read_texts(press: Press, articles: tuple[tuple[str, str | None], ...]) -> dict[str, dict[str, Any]]:
    months = {month for _, month in articles}
    rows = press.search.archive.articles().filter(pl.col("id").is_in([one for one, _ in articles]))
    if None not in months:
        # Naming the months spares the scan of all others.
        rows = rows.filter(pl.col("month").is_in(sorted(month for month in months if month)))
    return {row["id"]: row for row in rows.select("id", "title", "text").collect().to_dicts()}


def _months(filters: Filters) -> tuple[str | None, str | None]:
    """The first and the last month of these days; None where they have no end."""
    days: list[date | None] = [filters.from_day, filters.to_day]
    first, last = (f"{day:%Y-%m}" if day else None for day in days)
    return first, last


@kept(FEW)
def _passages(press: Press, actor: str, first: str | None, last: str | None) -> pl.DataFrame:
    """The rows of `portrait.passages` of an actor's mentions in these months."""
    return spoken.passages(_spoken(press, first, last), actor, _numbers(press))


@kept(FEW)
def _written(press: Press, actor: str, first: str | None, last: str | None) -> pl.DataFrame:
    """The rows of `portrait.written` of an actor's mentions in these months."""
    return spoken.written(_spoken(press, first, last), actor, _numbers(press))


@kept(FEW)
def _numbers(press: Press) -> spoken.Numbers:
    return spoken.numbers(press.mentions)


def _spoken(press: Press, first: str | None, last: str | None) -> list[spoken.Month]:
    """What is said in these months; each is read once, for all actors, and again where its files have changed."""
    archive, months = press.search.archive, _files(press).items()
    wanted = [one for one in months if (not first or one[0] >= first) and (not last or one[0] <= last)]
    return [
        _read.answer(f"{archive.url} {month}", files, _VERSIONS, partial(_month, archive, month))
        for month, files in wanted
    ]


@kept(1)
def _files(press: Press) -> dict[str, tuple[str, ...]]:
    """The files of each month that holds mentions; what a file's name means never changes."""
    archive = press.search.archive
    files = layout.files_of(archive.tables["mentions"]).filter(pl.col("month") >= archive.since)
    by_month = files.sort("month", "path").group_by("month", maintain_order=True).agg("path")
    return {month: tuple(paths) for month, paths in by_month.iter_rows()}


def _month(archive: Archive, month: str) -> spoken.Month:
    rows = archive.stored("mentions").filter(pl.col("month") == month)
    kept = [column for column in ("names", "places", "spans", "passages") if column in rows.collect_schema()]
    return spoken.month(rows.select("article_id", "actor", *kept).collect())


#: Months are shared by all versions of a press: a run of ingest changes the last ones alone, of which two are kept.
_read, _VERSIONS = Kept(), 2


def of_actor(filters: Filters, actor: str) -> Filters:
    """The filters narrowed to one actor."""
    return replace(filters, actors=(actor,))
