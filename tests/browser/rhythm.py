"""An archive of outlets with a rhythm, one of which falls silent, one floods, and one could not be looked at.

Nine weeks, Monday 5 August to Sunday 6 October 2024. The example-times has four articles a day, of which one names NATO
(tone +0.5). The example-post has four, of which two name NATO (-0.2), until Sunday 22 September, and then none, though
its feed answers. The example-mail has four, and none from 9 to 15 September, when its feed fails. The example-wire has
two, and twelve from Thursday 3 October on. The example-files has one, and no feed. Of a day's articles the first of the
times, the post and the mail tell one story: at six, at nine and at twelve o'clock.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from data.archive import Archive, open_archive
from tests.conftest import article, mention, moment, reading, row

FIRST, DAYS = moment("2024-08-05T00:00"), 63
_HOURS = {"example-times": 6, "example-post": 9, "example-mail": 12, "example-wire": 15, "example-files": 18}
_TONES = {"example-times": 0.5, "example-post": -0.2}


def rhythm(folder: Path, days: int = DAYS) -> Archive:
    """The archive, made in this folder; of more days, the last ones go on like that."""
    archive = open_archive(str(folder), create=True)
    told = pl.DataFrame(list(_articles(days)))
    archive.append(
        _like(article(), told.select("id", "outlet", "published_at", "month", "url", "title")),
        _like(reading(), told.select("outlet", "published_at", "month", "story", article_id="id")),
        _like(
            mention(confidence=0.8),
            told.filter("nato").select("outlet", "published_at", "month", "tone", article_id="id"),
        ),
        pl.concat(_checks(days)),
        "all",
    )
    end = FIRST + timedelta(days=days, minutes=20)
    archive.append_run(
        row("runs", run="r1", month="2024-10", command="ingest", started_at=end, finished_at=end, exit=0, dropped=[])
    )
    return archive


def _articles(days: int) -> Iterator[dict[str, Any]]:
    for day in range(days):
        at = FIRST + timedelta(days=day)
        for outlet, number in _numbers(day).items():
            for place in range(number):
                key = f"{outlet}-{day}-{place}"
                shared = place == 0 and outlet in ("example-times", "example-post", "example-mail")
                yield {
                    "id": key,
                    "outlet": outlet,
                    "published_at": at + timedelta(hours=_HOURS[outlet], minutes=place),
                    "month": f"{at:%Y-%m}",
                    "url": f"https://example.org/{key}",
                    "title": f"Note {key}",
                    "story": f"story-{day}" if shared else key,
                    "nato": place < {"example-times": 1, "example-post": 2}.get(outlet, 0),
                    "tone": _TONES.get(outlet, 0.0),
                }


def _numbers(day: int) -> dict[str, int]:
    return {
        "example-times": 4,
        "example-post": 4 if day < 49 else 0,
        "example-mail": 0 if 35 <= day < 42 else 4,
        "example-wire": 12 if day >= 59 else 2,
        "example-files": 1,
    }


def _like(one: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """So many rows that are like the one, but for their own columns."""
    return rows.join(one.drop(rows.columns), how="cross").select(
        pl.col(name).cast(kind) for name, kind in one.schema.items()
    )


def _checks(days: int) -> Iterator[pl.DataFrame]:
    """A feed of each outlet but the example-files, read at noon, and after the last midnight."""
    moments = [FIRST + timedelta(days=day, hours=12) for day in range(days)]
    for outlet in sorted(set(_HOURS) - {"example-files"}):
        for at in [*moments, FIRST + timedelta(days=days, minutes=10)]:
            yield _check(outlet, at)


def _check(outlet: str, at: datetime) -> pl.DataFrame:
    failed = outlet == "example-mail" and 35 <= (at - FIRST).days < 42
    return row(
        "fetches", run=f"{at:%m%d}", month=f"{at:%Y-%m}", feed_url=f"https://example.org/{outlet}", outlet=outlet,
        started_at=at, seconds=0.1, state="timeout" if failed else "ok", entries=4, new=4, changed=0, dropped=[],
        failures=int(failed),
    )  # fmt: skip
