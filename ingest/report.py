"""What a run did: one line for cron's mail, one object for programs, one row in the archive."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from data import schema


@dataclass(frozen=True)
class Report:
    """What a run did so far. Once it is finished, `entries = new + changed + sum(dropped)` holds.

    `feeds` counts the feeds by the state they ended in, `dropped` the entries or rows by reason. A problem is a line
    that says which feed or file failed, why, and what to do; a note is a line where nothing failed, with how often.
    `at` is where a long file is being read.
    """

    run: str
    command: str
    started_at: datetime
    finished_at: datetime | None = None
    feeds: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    new: int = 0
    changed: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    mentions: int = 0
    reread: int = 0  # articles that a rescore read again
    up_to_date: int | None = None  # articles that a rescore of what is stale left alone; None in all other runs
    problems: tuple[str, ...] = ()
    notes: Counter[str] = field(default_factory=Counter)
    at: str = ""
    signal: int | None = None
    catalogue_version: str = ""
    model_version: str = ""

    @property
    def exit(self) -> int:
        """The exit status: 0 all good, 1 some feeds or files failed and the rest is safe, 128 + signal when stopped."""
        if self.signal is not None:
            return 128 + self.signal
        return 1 if self.problems else 0


def add(
    report: Report,
    *,
    feeds: Counter[str] | None = None,
    entries: int = 0,
    new: int = 0,
    changed: int = 0,
    dropped: Counter[str] | None = None,
    mentions: int = 0,
    reread: int = 0,
    problems: tuple[str, ...] = (),
    notes: Counter[str] | None = None,
    at: str = "",
) -> Report:
    """The report with one more batch counted in."""
    return replace(
        report,
        feeds=report.feeds + (feeds or Counter()),
        entries=report.entries + entries,
        new=report.new + new,
        changed=report.changed + changed,
        dropped=report.dropped + (dropped or Counter()),
        mentions=report.mentions + mentions,
        reread=report.reread + reread,
        problems=report.problems + problems,
        notes=report.notes + (notes or Counter()),
        at=at,
    )


def finish(report: Report, finished_at: datetime, signal: int | None = None) -> Report:
    """The report with its end. Raises AssertionError if entries were lost count of: that is a fault of ours."""
    accounted = report.new + report.changed + report.dropped.total()
    if report.entries != accounted:
        raise AssertionError(f"{report.entries} entries came in, {accounted} are accounted for: {report}")
    return replace(report, finished_at=finished_at, signal=signal)


def summary(report: Report) -> str:
    """One line: what came, what is new, what was dropped and why, what failed."""
    parts = [
        f"{report.new:,} new",
        f"{report.changed:,} changed",
        f"{report.dropped.total():,} dropped{_reasons(report.dropped)}",
        _many(report.mentions, "mention"),
    ]
    if report.command == "rescore":
        parts = [f"{_many(report.reread, 'article')} read again", _many(report.mentions, "mention")]
    if report.up_to_date is not None:
        parts.append(f"{_many(report.up_to_date, 'article')} left as they are, of months without a stale one")
        if not report.reread and report.signal is None:
            parts = [f"nothing is stale, all {_many(report.up_to_date, 'article')} are up to date"]
    if report.feeds:
        failed = sum(n for state, n in report.feeds.items() if state not in schema.GOOD_STATES)
        parts.insert(0, f"{_many(report.feeds.total(), 'feed')}, {failed:,} failed")
    line = f"newsgauge {report.command}: {', '.join(parts)}"
    if report.finished_at:
        line += f" in {(report.finished_at - report.started_at).total_seconds():.0f} s"
    if report.signal is None:
        return line
    goes_on = "; newsgauge rescore --stale goes on" if report.command == "rescore" else ""
    return f"{line}; stopped by signal {report.signal}, what was stored is safe{goes_on}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _reasons(dropped: Counter[str]) -> str:
    return f" ({', '.join(f'{n:,} {reason}' for reason, n in dropped.most_common())})" if dropped else ""


def as_json(report: Report) -> dict[str, object]:
    """The object that `--json` prints."""
    return {
        "run": report.run,
        "started_at": _iso(report.started_at),
        "finished_at": _iso(report.finished_at),
        "feeds": dict(sorted(report.feeds.items())),
        "entries": report.entries,
        "new": report.new,
        "changed": report.changed,
        "dropped": dict(sorted(report.dropped.items())),
        "mentions": report.mentions,
        "reread": report.reread,
        "problems": list(report.problems),
        "notes": dict(sorted(report.notes.items())),
        "exit": report.exit,
    }


def _iso(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else None


def as_row(report: Report) -> pl.DataFrame:
    """One row of `runs`."""
    failed = sum(n for state, n in report.feeds.items() if state not in schema.GOOD_STATES)
    return pl.DataFrame(
        [
            {
                "run": report.run,
                "month": f"{report.started_at:%Y-%m}",
                "command": report.command,
                "started_at": report.started_at,
                "finished_at": report.finished_at,
                "feeds": report.feeds.total(),
                "feeds_failed": failed,
                "entries": report.entries,
                "new": report.new,
                "changed": report.changed,
                "dropped": [{"reason": reason, "count": n} for reason, n in sorted(report.dropped.items())],
                "mentions": report.mentions,
                "exit": report.exit,
                "catalogue_version": report.catalogue_version,
                "model_version": report.model_version,
                "message": summary(report),
            }
        ],
        schema=schema.RUNS,
    )
