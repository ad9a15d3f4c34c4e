"""What the archive knows of its own making: its size, its last run, each feed's state."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import polars as pl

from data import versions
from data.archive import Archive
from data.terminal import printable

FEED_COLUMNS = {
    "feed_url": "feed_url",
    "outlet": "outlet",
    "state": "state",
    "http_status": "http_status",
    "seconds": "seconds",
    "entries": "entries",
    "new": "new",
    "checked_at": "started_at",
    "next_at": "next_at",
    "failures": "failures",
    "message": "message",
}


def status(archive: Archive, catalogue: str, model: str) -> dict[str, Any]:
    """`archive`, `readings`, `last_run` (None before the first) and `feeds`, as `status --json` prints them.

    `catalogue` and `model` are today's versions; articles that were read with others are stale.
    """
    last = archive.runs().sort("started_at", "run").tail(1).collect()
    states = archive.feed_states().sort("feed_url")
    return {
        "archive": _printable(archive.size()),
        "readings": readings(versions.counted(archive.readings(), catalogue, model), catalogue, model),
        "last_run": _run(last.row(0, named=True)) if last.height else None,
        "feeds": [_printable(row) for row in states.select(**FEED_COLUMNS).iter_rows(named=True)],
    }


def readings(counted: pl.DataFrame, catalogue: str, model: str) -> dict[str, Any]:
    """How many articles are read, how many of them are stale, and the same by version, from `versions.counted`."""
    stale = counted.filter("stale")
    return {
        "articles": int(counted["articles"].sum()),
        "stale": int(stale["articles"].sum()),
        "catalogue_version": catalogue,
        "model_version": model,
        "versions": [
            {
                "catalogue_version": row["catalogue"],
                "model_version": row["model"],
                "articles": row["articles"],
                "first_day": row["first_day"] and str(row["first_day"]),
                "last_day": row["last_day"] and str(row["last_day"]),
                "stale": row["stale"],
            }
            for row in counted.iter_rows(named=True)
        ],
    }


def _run(row: dict[str, Any]) -> dict[str, Any]:
    dropped = {one["reason"]: one["count"] for one in row["dropped"] or []}
    return _printable({name: value for name, value in row.items() if name != "month"} | {"dropped": dropped})


def _printable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _iso(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def told(found: dict[str, Any]) -> str:
    """The same for people: the archive, the last run, and the feeds that need someone's eye before the others."""
    archive, last, feeds = found["archive"], found["last_run"], found["feeds"]
    days = _days(archive) if archive["first_day"] else "no day yet"
    lines = [
        f"archive   {archive['articles']:,} articles, {archive['mentions']:,} mentions, {days}, "
        f"{archive['bytes'] / 1e6:,.1f} MB, version {archive['version']}",
        *_read_with(found["readings"]),
        f"last run  {last['finished_at']}  {last['message']}" if last else "last run  none yet: newsgauge ingest",
    ]
    failing = [feed for feed in feeds if feed["failures"]]
    lines.append(f"feeds     {len(feeds)} checked so far, {len(failing)} failing")
    lines += [line for cause in _by_cause(failing) for line in cause]
    return "\n".join(lines)


def _read_with(readings: dict[str, Any]) -> list[str]:
    """What the articles were read with, and what to do where that is not today's catalogue and model."""
    if not readings["stale"]:
        today = f"catalogue {readings['catalogue_version']} and model {readings['model_version']}"
        return [f"read      {readings['articles']:,} articles with {today}, none is stale"]
    return [
        f"read      {readings['stale']:,} of {readings['articles']:,} articles are stale, read with another catalogue "
        "or model than today's: newsgauge rescore --stale",
        *(
            f"    {one['articles']:,} {'stale' if one['stale'] else 'up to date'}, {_days(one)}: "
            f"catalogue {one['catalogue_version']}, model {one['model_version']}"
            for one in readings["versions"]
        ),
    ]


def _days(one: dict[str, Any]) -> str:
    return f"{one['first_day']} to {one['last_day']}" if one["first_day"] else "undated"


def _by_cause(failing: list[dict[str, Any]]) -> list[list[str]]:
    """For each cause its number of feeds and what to do, then the feeds by outlet; the most frequent cause first."""
    causes: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for feed in sorted(failing, key=lambda feed: (feed["outlet"], feed["feed_url"])):
        causes[feed["state"], feed["message"] or "no message"].append(feed)
    return [
        [f"{state}: {len(feeds)}. {message}", *map(_failing, feeds)]
        for (state, message), feeds in sorted(causes.items(), key=lambda cause: -len(cause[1]))
    ]


def _failing(feed: dict[str, Any]) -> str:
    times = "once" if feed["failures"] == 1 else f"{feed['failures']} times in a row"
    again = f"again at {feed['next_at']}" if feed["next_at"] else "again with the next run"
    return f"    {feed['outlet']}  {printable(feed['feed_url'], 2_000)}  {times}, {again}"
