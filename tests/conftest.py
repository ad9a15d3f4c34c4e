"""Makers: one short line gives a row with sensible values; a test names only what it is about."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import settings

from data import schema

# A machine at work on other things makes no law untrue.
settings.register_profile("newsgauge", deadline=None)
settings.load_profile("newsgauge")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
NOON = datetime(2024, 10, 1, 12, tzinfo=UTC)


def moment(text: str) -> datetime:
    """'2024-10-01' or '2024-10-01T09:30' as a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row(table: str, **values: Any) -> pl.DataFrame:
    columns = schema.TABLES[table]
    unknown = values.keys() - columns.keys()
    assert not unknown, f"{table} has no column {unknown}"
    return pl.DataFrame([values], schema=columns)


def article(**values: Any) -> pl.DataFrame:
    """One row of `articles`."""
    title = values.get("title", "NATO meets in Oslo")
    published_at = values.get("published_at", NOON)
    defaults = {
        "id": hashlib.sha256(title.encode()).hexdigest()[:16],
        "version": 1,
        "month": f"{published_at or NOON:%Y-%m}",
        "url": f"https://example.org/{title.replace(' ', '-')}",
        "outlet": "example-times",
        "title": title,
        "text": "NATO met in Oslo on Tuesday.",
        "text_from": "feed",
        "authors": [],
        "language": "en",
        "published_at": published_at,
        "published_from": "feed",
        "claimed_at": published_at,
        "seen_at": NOON,
        "collected_at": NOON,
        "delivered_hash": title,
        "text_hash": title,
    }
    return row("articles", **(defaults | values))


def reading(**values: Any) -> pl.DataFrame:
    """One row of `readings`."""
    published_at = values.get("published_at", NOON)
    article_id = values.get("article_id", "a1")
    defaults = {
        "article_id": article_id,
        "version": 1,
        "month": f"{published_at or NOON:%Y-%m}",
        "published_at": published_at,
        "outlet": "example-times",
        "language": "en",
        "words": 100,
        "tone": 0.0,
        "positive": 2.0,
        "negative": 2.0,
        "topics": [],
        "story": article_id,
        "catalogue_version": "c1",
        "model_version": "m1",
    }
    return row("readings", **(defaults | values))


def mention(**values: Any) -> pl.DataFrame:
    """One row of `mentions`."""
    published_at = values.get("published_at", NOON)
    defaults = {
        "article_id": "a1",
        "month": f"{published_at or NOON:%Y-%m}",
        "actor": "nato",
        "published_at": published_at,
        "outlet": "example-times",
        "language": "en",
        "kind": "name",
        "tone": 0.0,
        "lexicon_tone": 0.0,
        "spans": [{"field": "title", "start": 0, "end": 4, "text": "NATO", "rule": "strong NATO"}],
        "passages": [{"field": "title", "start": 0, "end": 18, "tone": 0.0, "how": "name"}],
        "catalogue_version": "c1",
        "model_version": "m1",
    }
    return row("mentions", **(defaults | values))


@pytest.fixture(scope="session")
def shared() -> Callable[[str], Path]:
    """The path of a development file that is not part of the repository; skips where it is absent."""

    def path(name: str) -> Path:
        if not (SHARED / name).exists():
            pytest.skip(f"{name} is not on this machine (development data, not part of the repository)")
        return SHARED / name

    return path
