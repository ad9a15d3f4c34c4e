"""From what was delivered to an article as it is stored: cleaned, at its canonical URL, with its times kept apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from data import schema
from data.identity import article_id, canonical_url, digest
from ingest import text as texts

#: Where `text_from` says that nobody gave a text: all that is known of the article is what a list says about it.
METADATA = "metadata"


@dataclass(frozen=True)
class Delivered:
    """What a feed, a page or a file says about one article, before anything is decided."""

    outlet: str
    title: str
    text: str
    text_from: str  # page, feed, file or METADATA
    delivered_hash: str
    url: str | None = None
    guid: str | None = None
    authors: tuple[str, ...] = ()
    language: str | None = None
    claimed_at: datetime | None = None
    claimed_by: str | None = None  # page, feed, file or gdelt
    seen_at: datetime | None = None  # where somebody else saw it before us
    gdelt_tone: Mapping[str, float | None] | None = None  # schema.GDELT_TONE


def table(delivered: Iterable[Delivered], now: datetime) -> pl.DataFrame:
    """Rows of `articles`, one for each delivered article, in order; the language is what was delivered with it."""
    return pl.DataFrame([_row(one, now) for one in delivered], schema=schema.ARTICLES)


#: Code points of title and text from which the text itself tells its language better than its outlet does: feeds say
#: en-US whatever they are written in.
TELLING = 200


def with_languages(articles: pl.DataFrame) -> pl.DataFrame:
    """The articles with the language that their text tells; a short text has the one that was delivered with it.

    This is half the cost of a row, so it is done only for articles that are new.
    """
    told = [
        _language(title, body, delivered)
        for title, body, delivered in articles.select("title", "text", "language").iter_rows()
    ]
    return articles.with_columns(language=pl.Series(told, dtype=pl.String))


def _language(title: str, body: str, delivered: str | None) -> str | None:
    if delivered and len(title) + len(body) < TELLING:
        return delivered
    return texts.language(title, body) or delivered


def address(url: str | None, outlet: str, guid: str | None, title: str, claimed_at: datetime | None) -> str | None:
    """The canonical URL; for an article without one, a `urn:` made of what it can be known by; None where nothing can.

    Raises ValueError for an address that is not http(s).
    """
    if url:
        return canonical_url(url)
    if not guid and not title:
        return None
    known_by = digest(guid) if guid else digest(title, claimed_at.isoformat() if claimed_at else None)
    return f"urn:newsgauge:{outlet}:{known_by[:16]}"


def _row(one: Delivered, now: datetime) -> dict[str, object]:
    title = texts.clean_title(one.title)
    body = texts.clean(one.text)
    url = address(one.url, one.outlet, one.guid, title, one.claimed_at)
    if url is None:
        raise ValueError(f"nothing to know this article by: {one}")
    seen_at = min(one.seen_at or now, now)
    # An outlet's clock may run ahead of ours: the claim is kept, but nothing is published after it was seen.
    published_at = min(one.claimed_at, seen_at) if one.claimed_at else None
    return {
        "id": article_id(url),
        "version": 1,
        "month": f"{published_at or now:%Y-%m}",
        "url": url,
        "outlet": one.outlet,
        "title": title,
        "text": body,
        "text_from": one.text_from,
        "authors": [name for name in map(texts.clean_title, one.authors) if name],
        "language": one.language,
        "published_at": published_at,
        "published_from": one.claimed_by if published_at else None,
        "claimed_at": one.claimed_at,
        "seen_at": seen_at,
        "collected_at": now,
        "guid": texts.clean_title(one.guid) if one.guid else None,
        "delivered_hash": one.delivered_hash,
        "text_hash": digest(title, body),
        "gdelt_tone": one.gdelt_tone,
    }
