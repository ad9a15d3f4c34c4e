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


def summit(folder: Path) -> Archive:
    """An archive with a peak: ten weeks to Sunday 13 October 2024, ten articles a day, two on NATO and one on Ukraine.

    On Tuesday 8 October 40 more, of which 28 name NATO, all from the example-post: one with a hostile title and its 15
    copies, and twelve on Vilnius, of which eight name Ukraine too. Tone toward NATO: +0.5 until 13 September, then
    +0.2, and +0.4 in the example-post. The first of the two a day was from the example-mail, which had nothing after
    13 September. So NATO has 30 articles on the 8th, where a fifth of 50 is usual, and Ukraine 9, where a tenth is.
    """
    archive = open_archive(str(folder), create=True)
    tables: dict[str, list[pl.DataFrame]] = {"articles": [], "readings": [], "mentions": []}
    for day in range(70):
        at, late = moment("2024-08-05T12:00") + timedelta(days=day), day >= 40
        for number in range(10):
            outlet = "example-mail" if number == 0 and not late else "example-times"
            key, actors = f"d{day}-{number}", [["nato"], ["nato"], ["ukraine"]][number] if number < 3 else []
            _write(tables, key, f"Note {key}", actors, at, outlet=outlet, tone=0.2 if late else 0.5)
    at = moment("2024-10-08T09:00")
    for number in range(16):
        _write(tables, f"s{number}", HOSTILE, ["nato"], at, outlet="example-post", tone=0.4, same_text=True)
        at += timedelta(minutes=1)
    for number in range(12):
        actors = ["nato", "ukraine"] if number < 8 else ["nato"]
        _write(tables, f"v{number}", "In Vilnius", actors, at, outlet="example-post", tone=0.4)
    for number in range(12):
        _write(tables, f"q{number}", f"Quiet item {number}", [], at)
    articles, readings, mentions = (pl.concat(frames) for frames in tables.values())
    archive.append(articles, readings, mentions, schema.empty("fetches"), "all")
    return archive


def events(folder: Path) -> Archive:
    """An archive with two events, 1 to 10 October 2024, and an article a day on Ukraine that tells one of its own.

    The summit in Vilnius, 1 to 3 October: eight texts of the example-times and four of the example-post, all naming
    NATO (+0.5), and a copy of the first in the example-post, under a hostile title. A flood in Valencia, three texts of
    the 5th. The tone of every text is +0.1.
    """
    archive = open_archive(str(folder), create=True)
    tables: dict[str, list[pl.DataFrame]] = {"articles": [], "readings": [], "mentions": []}
    for number in range(12):
        at = moment("2024-10-01T09:00") + timedelta(hours=5 * number)
        told = {"outlet": "example-times" if number < 8 else "example-post", "tone": 0.5, "story": "v0"}
        _write(tables, f"v{number}", f"Vilnius summit, day {number}", ["nato"], at, same_text=number == 0, **told)
    copied = moment("2024-10-01T10:00")
    _write(tables, "copy", HOSTILE, ["nato"], copied, outlet="example-post", tone=0.5, same_text=True, story="copy")
    for number in range(3):
        at = moment("2024-10-05T09:00") + timedelta(hours=number)
        _write(tables, f"w{number}", "Flood in Valencia", [], at, story="w0")
    for number in range(10):
        at = moment("2024-10-01T12:00") + timedelta(days=number)
        _write(tables, f"n{number}", f"Quiet item {number}", ["ukraine"], at)
    articles, readings, mentions = (pl.concat(frames) for frames in tables.values())
    archive.append(articles, readings, mentions, schema.empty("fetches"), "all")
    return archive


def _write(
    tables: dict[str, list[pl.DataFrame]],
    key: str,
    title: str,
    actors: list[str],
    at: object,
    language: str = "en",
    outlet: str = "example-times",
    tone: float | None = None,
    same_text: bool = False,
    story: str | None = None,
) -> None:
    month = {} if at else {"month": "2024-10", "published_from": None, "claimed_at": None}
    text = "NATO met in Oslo. <script>alert(1)</script> Nothing else happened."
    common = {"published_at": at, "language": language, "outlet": outlet, **({"month": "2024-10"} if not at else {})}
    tables["articles"].append(
        article(id=key, url=f"https://example.org/{key}", title=title, text=text, **{**common, **month})
    )
    scored = language == "en"
    tables["readings"].append(
        reading(
            article_id=key,
            tone=0.1 if scored else None,
            topics=[],
            catalogue_version=_VERSION,
            story=story or key,
            **common,
            **({"fingerprint": "f", "sketch": list(range(0, 500, 10))} if same_text else {}),
        )
    )
    for actor in actors:
        model, lexicon = {"nato": (0.6, -0.1), "ukraine": (-0.5, 0.2)}[actor] if scored else (None, None)
        toward = model if tone is None else tone
        passages = [
            {"field": "text", "start": 0, "end": 17, "tone": toward, "confidence": toward and 0.8, "how": "name"}
        ]
        if key == "hostile":
            # Neither is sure enough; the second goes on about NATO, and Jens Stoltenberg says it.
            toward, passages = None, [passages[0] | {"tone": 0.3, "confidence": 0.45}]
            said = {"how": "continues", "speaker": "jens-stoltenberg"}
            passages.append(passages[0] | {"start": 18, "end": 43, "confidence": 0.4} | said)
        tables["mentions"].append(
            mention(
                article_id=key,
                actor=actor,
                tone=toward,
                lexicon_tone=lexicon,
                confidence=(0.8 if toward else 0.45) if scored else None,
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
