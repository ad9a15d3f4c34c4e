"""A small archive whose figures can be worked out in the head.

October 2024, each day at noon: two articles name NATO (tone +0.6, by lexicon -0.1), one Ukraine (-0.5, by lexicon
+0.2), one both, one nobody. On the 31st one more names NATO under a hostile title, and the model is unsure of it; one
is German and names NATO without a tone, one names NATO and is undated. NATO: 3 * 31 + 2 dated mentions, and the undated
one. Articles: 5 * 31 + 2, and the undated one.
"""

from datetime import timedelta
from pathlib import Path

import polars as pl

from data import catalogue, schema
from data.archive import Archive, open_archive
from tests.conftest import article, mention, moment, reading, row

HOSTILE = '<img src=x onerror="document.title=1">[x](javascript:alert(1)) :material/home: :red[y] $\\latex$ **z**'
LAST = moment("2024-10-31T12:00")
_VERSION = catalogue.load(catalogue.DEFAULT).version


def newsroom(folder: Path) -> Archive:
    """The archive, made in this folder."""
    archive = open_archive(str(folder), create=True)
    tables: dict[str, list[pl.DataFrame]] = {"articles": [], "readings": [], "mentions": []}
    for day in range(31):
        at = LAST - timedelta(days=day)
        for number, actors in enumerate((["nato"], ["nato"], ["ukraine"], ["nato", "ukraine"], [])):
            _write(tables, f"d{day}-{number}", " and ".join(actors) or "nobody", actors, at)
    _write(tables, "hostile", HOSTILE, ["nato"], LAST + timedelta(minutes=5))
    _write(tables, "german", "Die NATO in Oslo", ["nato"], LAST, language="de")
    _write(tables, "undated", "NATO without a day", ["nato"], None)
    articles, readings, mentions = (pl.concat(frames) for frames in tables.values())
    archive.append(articles, readings, mentions, pl.concat(_checks()), "all")
    archive.append_run(_run())
    return archive


def _write(
    tables: dict[str, list[pl.DataFrame]], key: str, title: str, actors: list[str], at: object, language: str = "en"
) -> None:
    month = {} if at else {"month": "2024-10", "published_from": None, "claimed_at": None}
    text = "NATO met in Oslo. <script>alert(1)</script> Nothing else happened."
    common = {"published_at": at, "language": language, **({"month": "2024-10"} if not at else {})}
    tables["articles"].append(
        article(id=key, url=f"https://example.org/{key}", title=title, text=text, **{**common, **month})
    )
    scored = language == "en"
    tables["readings"].append(
        reading(article_id=key, tone=0.1 if scored else None, topics=[], catalogue_version=_VERSION, **common)
    )
    for actor in actors:
        tone, lexicon = {"nato": (0.6, -0.1), "ukraine": (-0.5, 0.2)}[actor] if scored else (None, None)
        passages = [{"field": "text", "start": 0, "end": 17, "tone": tone, "confidence": tone and 0.8, "how": "name"}]
        if key == "hostile":
            # Neither is sure enough; the second goes on about NATO, and Jens Stoltenberg says it.
            tone, passages = None, [passages[0] | {"tone": 0.3, "confidence": 0.45}]
            said = {"how": "continues", "speaker": "jens-stoltenberg"}
            passages.append(passages[0] | {"start": 18, "end": 43, "confidence": 0.4} | said)
        tables["mentions"].append(
            mention(
                article_id=key,
                actor=actor,
                tone=tone,
                lexicon_tone=lexicon,
                confidence=(0.8 if tone else 0.45) if scored else None,
                spans=[{"field": "text", "start": 0, "end": 4, "text": "NATO", "rule": "strong NATO"}],
                passages=passages,
                catalogue_version=_VERSION,
                **common,
            )
        )


def _checks() -> list[pl.DataFrame]:
    """One feed, read each day, which failed on 10 and 11 October."""
    days = [(LAST - timedelta(days=day), "timeout" if day in (20, 21) else "ok") for day in range(31)]
    return [
        row(
            "fetches",
            run=f"r{at:%d}",
            month="2024-10",
            feed_url="https://example.org/feed",
            outlet="example-times",
            started_at=at,
            seconds=0.1,
            state=state,
            entries=5,
            new=5,
            changed=0,
            dropped=[],
            failures=int(state not in schema.GOOD_STATES),
        )
        for at, state in days
    ]


def _run() -> pl.DataFrame:
    return row(
        "runs",
        run="r31",
        month="2024-10",
        command="ingest",
        started_at=LAST + timedelta(minutes=6),
        finished_at=LAST + timedelta(minutes=7),
        feeds=1,
        feeds_failed=0,
        entries=20,
        new=6,
        changed=1,
        dropped=[{"reason": "known", "count": 12}, {"reason": "no text", "count": 1}],
        mentions=8,
        exit=0,
        catalogue_version=_VERSION,
        model_version="m1",
        message="read one feed",
    )
