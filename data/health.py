"""What the archive knows of its own making: its size, its last run, each feed's state."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import polars as pl

from data import rhythm, versions
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
    "expected": "expected",
    "flag": "flag",
}

#: What a flag says to people.
FLAGS = {
    "silent": "silent: {expected:,.0f} articles were to be expected since its last new one, and none came",
    "flood": "flood: far more new articles than in its other weeks, look whether they are news",
}


def status(archive: Archive, catalogue: str, model: str) -> dict[str, Any]:
    """`archive`, `readings`, `last_run`, `shards`, `feeds`, `dates`, `checks`, as `status --json` prints.

    `last_run` is None before the first one, `shards` the last run of each shard where that was one, by its command.
    `catalogue` and `model` are today's versions; articles that were read with others are stale. A feed's `weekdays` are
    the articles that it brings on a Monday ... Sunday, None before that is known.
    """
    last = archive.runs().sort("started_at", "run").tail(1).collect()
    states = archive.feed_states().sort("feed_url")
    usual = rhythm.as_of_last_check(archive.fetches()).select("feed_url", "weekdays")
    feeds = states.select(**FEED_COLUMNS).join(usual, on="feed_url", how="left", maintain_order="left")
    return {
        "archive": _printable(archive.size()),
        "readings": readings(versions.counted(archive.readings(), catalogue, model), catalogue, model),
        "last_run": _run(last.row(0, named=True)) if last.height else None,
        "shards": shards(archive.runs(), last["command"][0]) if last.height else {},
        "feeds": [_printable(row) for row in feeds.iter_rows(named=True)],
        "dates": dates(archive.fetches()).to_dicts(),
        "checks": checks(archive.fetches()),
    }


def shards(runs: pl.LazyFrame, command: str) -> dict[str, dict[str, Any]]:
    """The last run of each shard of the split that this command, `ingest --shard 2/5`, is of; empty for another one."""
    _, sharded, shard = command.partition(" --shard ")
    if not sharded:
        return {}
    _, _, parts = shard.partition("/")
    of_split = pl.col("command").str.contains(rf" --shard \d+/{parts}$")
    last = runs.filter(of_split).sort("started_at", "run").unique("command", keep="last").collect()
    number = pl.col("command").str.extract(r"(\d+)/").cast(pl.Int64)
    return {row["command"]: _run(row) for row in last.sort(number).iter_rows(named=True)}


def dates(fetches: pl.LazyFrame) -> pl.DataFrame:
    """What the feeds of each outlet said of their days: `outlet, articles, undated, ambiguous, future`, worst first.

    Of all articles that feeds gave as new or changed; the ambiguous ones are undated for that. An outlet without such a
    trouble has no row.
    """
    troubles = ("undated", "ambiguous", "future")
    counts = pl.col("new").fill_null(0) + pl.col("changed").fill_null(0)
    return (
        fetches.group_by("outlet")
        .agg(counts.sum().cast(pl.Int64).alias("articles"), pl.col(troubles).fill_null(0).sum().cast(pl.Int64))
        .filter(pl.any_horizontal(pl.col(trouble) > 0 for trouble in troubles))
        .sort(pl.col("undated") + pl.col("future"), pl.col("outlet"), descending=[True, False])
        .collect()
    )


def checks(fetches: pl.LazyFrame) -> dict[str, int]:
    """How many checks there were; how many asked with the validators of the last time, how many on purpose without."""
    asked_with = pl.col("conditional").fill_null(False)
    on_purpose = ~pl.col("conditional").fill_null(True)
    counted = fetches.select(all=pl.len(), conditional=asked_with.sum(), unconditional=on_purpose.sum()).collect()
    return {name: int(count) for name, count in counted.row(0, named=True).items()}


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
        *(f"    {one['finished_at']}  {one['message']}" for one in found["shards"].values()),
    ]
    failing = [feed for feed in feeds if feed["failures"]]
    lines.append(f"feeds     {len(feeds)} checked so far, {len(failing)} failing")
    lines += [line for cause in _by_cause(failing) for line in cause]
    lines += _flagged(feeds) + _dated(found["dates"]) + _checked(found["checks"])
    return "\n".join(lines)


def _flagged(feeds: list[dict[str, Any]]) -> list[str]:
    flagged = sorted((feed for feed in feeds if feed["flag"]), key=lambda feed: (feed["flag"], feed["outlet"]))
    if not flagged:
        return []
    told_each = [f"    {feed['outlet']}  {printable(feed['feed_url'], 2_000)}  {flag(feed)}" for feed in flagged]
    return [f"rhythm    {len(flagged)} of {len(feeds)} feeds bring far less or far more than they do", *told_each]


def flag(feed: dict[str, Any]) -> str:
    """What a feed's flag says, with its figure; empty where it has none."""
    return FLAGS[feed["flag"]].format(expected=feed["expected"] or 0.0) if feed["flag"] else ""


def _dated(dates: list[dict[str, Any]]) -> list[str]:
    if not dates:
        return []
    total = {name: sum(one[name] for one in dates) for name in ("undated", "ambiguous", "future")}
    return [
        f"dates     {total['undated']:,} articles without a date that can be read, {total['ambiguous']:,} of them with "
        f"one that two countries read differently; {total['future']:,} with one to come",
        *(
            f"    {one['outlet']}  {one['undated']:,} undated ({one['ambiguous']:,} ambiguous), {one['future']:,} to "
            f"come, of {one['articles']:,}"
            for one in dates
        ),
    ]


def _checked(checks: dict[str, int]) -> list[str]:
    if not checks["conditional"] and not checks["unconditional"]:
        return []
    return [
        f"checks    {checks['all']:,}, of which {checks['conditional']:,} asked only for what changed, and "
        f"{checks['unconditional']:,} for all, lest a server's word hides news"
    ]


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
