"""Can I trust it: the last runs, each feed's state, what was dropped and why, days without a look."""

from collections.abc import Callable
from typing import Any

import polars as pl
import streamlit as st

from dashboard import answers, blocks, breaks, controls, outage_charts
from dashboard.controls import Words
from dashboard.desk import Desk
from data import queries, rhythm, schema

TITLE = "Health"
_RUNS = 50
_DAYS = 60

#: What a reader should know of each state of a feed.
STATES = {
    "ok": "new articles or none, all well",
    "not modified": "the server said that nothing changed",
    "same body": "the same document as before",
    "empty": "the feed lists no article",
    "stale": "its newest article is old",
    "html": "a web page came in place of a feed",
    "forbidden": "the server refused us",
    "rate limited": "we asked too often",
    "not found": "the address is gone",
    "server error": "the server failed",
    "timeout": "no answer in time",
    "unreachable": "no connection",
    "too large": "more than the limit",
    "refused address": "a private address, which we never fetch",
    "malformed": "the document could not be read",
    "robots": "robots.txt forbids it",
    "undated": "no article has a date",
}


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page."""
    view = controls.chosen()
    controls.write_link(view)
    header(controls.to_words(view))
    st.title("Health of the archive")
    press = desk.press
    if press.runs.is_empty():
        blocks.empty("Nothing has run yet", "Start with ./newsgauge ingest or ./newsgauge import FILE.")
        return
    _last_run(desk, press.runs.row(0, named=True))
    _runs(press.runs)
    _read_with(desk)
    left, right = st.columns([2, 3])
    with left:
        _drops(press.runs)
    with right:
        _outages(desk)
    _unusual(desk)
    _dates(desk)
    _feeds(desk)


def _last_run(desk: Desk, run: dict[str, Any]) -> None:
    dropped = sum(one["count"] for one in run["dropped"] or [])
    seconds = (run["finished_at"] - run["started_at"]).total_seconds() if run["finished_at"] else None
    failed = run["feeds_failed"] or 0
    blocks.figures(
        [
            blocks.Figure(
                "Last run",
                blocks.day(run["started_at"]),
                f"{run['started_at']:%H:%M} UTC",
                "",
                f"{run['command']}, {what_went_wrong(run['exit']) or 'complete'}"
                + (f", {seconds:,.0f} s" if seconds is not None else ""),
                "The newest run of ingest, import or rescore. Had failures: some feeds or files failed, the rest is "
                "safe. Was stopped: by a signal, and what it had done until then is safe.",
            ),
            blocks.Figure(
                "Feeds read",
                f"{(run['feeds'] or 0) - failed:,}",
                f"of {run['feeds'] or 0:,}",
                "",
                (f"{failed:,} failed" if failed else "none failed") if run["feeds"] else "this run read no feeds",
                "A feed that fails never stops the others; it is asked again in the next run.",
            ),
            blocks.Figure(
                "Entries",
                f"{run['entries'] or 0:,}",
                "",
                "",
                f"= {run['new'] or 0:,} new + {run['changed'] or 0:,} changed + {dropped:,} dropped",
                "Every entry of a feed or file is new, changed, or dropped for a reason: nothing disappears.",
            ),
            blocks.Figure(
                "Mentions found",
                f"{run['mentions'] or 0:,}",
                "",
                "",
                f"catalogue {run['catalogue_version']}, model {run['model_version']}",
                "Chosen names of the catalogue found in the new and changed articles of this run.",
            ),
        ],
        desk.colours,
    )


def what_went_wrong(status: int | None) -> str:
    """How a run ended by its exit status, in words; empty where all was good.

    >>> what_went_wrong(0), what_went_wrong(1), what_went_wrong(143), what_went_wrong(None)
    ('', 'had failures', 'was stopped', 'has not finished')
    """
    if status is None:
        return "has not finished"
    # A signal has stopped a run whose status is above 128.
    return "" if status == 0 else "was stopped" if status > 128 else "had failures"


def _runs(runs: pl.DataFrame) -> None:
    dropped = pl.col("dropped").list.eval(pl.element().struct.field("count")).list.sum()
    rows = runs.head(_RUNS).select(
        "started_at",
        "command",
        ((pl.col("finished_at") - pl.col("started_at")).dt.total_milliseconds() / 1000).alias("seconds"),
        "feeds",
        "feeds_failed",
        "entries",
        "new",
        "changed",
        dropped.alias("dropped"),
        "mentions",
        "exit",
        # The line of the log says again what stands in the columns; the part after them is news.
        pl.col("message").str.replace(r"^newsgauge \w+: ", ""),
    )
    how = "Entries = new + changed + dropped, in each row."
    with blocks.card("runs", "Runs", how, f"newest {rows.height} of {runs.height:,}"):
        st.dataframe(
            rows,
            hide_index=True,
            height="content" if rows.height < 10 else 320,
            placeholder="–",
            key="runs",
            alt="Runs",
            column_config={
                "started_at": st.column_config.DatetimeColumn("Started (UTC)", format="DD MMM YYYY HH:mm"),
                "command": "Command",
                "seconds": st.column_config.NumberColumn("Seconds", format="%.1f"),
                "exit": "Exit",
                **{
                    column: st.column_config.NumberColumn(label, format="localized")
                    for column, label in (
                        ("feeds", "Feeds"),
                        ("feeds_failed", "Failed"),
                        ("entries", "Entries"),
                        ("new", "New"),
                        ("changed", "Changed"),
                        ("dropped", "Dropped"),
                        ("mentions", "Mentions"),
                    )
                },
                "message": st.column_config.TextColumn("Message", width="large"),
            },
        )


def _read_with(desk: Desk) -> None:
    """Which catalogue and model the articles were read with, and what is stale."""
    found = breaks.today(desk)
    if found is None or found.counted.is_empty():
        return
    counted = found.counted
    stale, articles = (int(rows["articles"].sum()) for rows in (counted.filter("stale"), counted))
    how = (
        "How many articles were read with which catalogue and model. Stale: with another one than today's, so that a "
        "step in a chart may be the reading's."
    )
    with blocks.card("read-with", "Read with", how, f"{stale:,} of {articles:,} articles stale"):
        if not stale:
            blocks.note(
                f"All {articles:,} articles are read with today's catalogue {found.catalogue} and model {found.model}."
            )
            return
        st.dataframe(
            counted.with_columns(stale=pl.when("stale").then(pl.lit("stale")).otherwise(pl.lit("up to date"))).select(
                "stale", "articles", "first_day", "last_day", "catalogue", "model"
            ),
            hide_index=True,
            height="content" if counted.height < 10 else 320,
            placeholder="–",
            key="versions",
            alt="Articles by what read them",
            column_config={
                "stale": "State",
                "articles": st.column_config.NumberColumn("Articles", format="localized"),
                "first_day": st.column_config.DateColumn("From", format="DD MMM YYYY"),
                "last_day": st.column_config.DateColumn("To", format="DD MMM YYYY"),
                "catalogue": "Catalogue",
                "model": st.column_config.TextColumn("Model", width="large"),
            },
        )
        blocks.note(
            f"{stale:,} of {articles:,} articles are stale: ./newsgauge rescore --stale reads them again with today's "
            f"catalogue {found.catalogue} and model {found.model}."
        )


def _drops(runs: pl.DataFrame) -> None:
    drops = queries.drops(runs)
    reasons = {
        "known": "already in the archive, unchanged",
        "repeated": "twice in one feed or file",
        "no address": "nothing to know it by",
        "no text": "neither title nor text",
        "malformed": "could not be read",
        "too many": "past the limit of one document",
    }
    how = "Why entries did not become articles, over all runs. Known ones are the usual case: feeds repeat themselves."
    with blocks.card("drops", "Dropped, and why", how, f"over {runs.height:,} run{'s' if runs.height != 1 else ''}"):
        if drops.is_empty():
            blocks.empty("Nothing was dropped", "Every entry became an article.")
            return
        st.dataframe(
            drops.with_columns(meaning=pl.col("reason").replace_strict(reasons, default="", return_dtype=pl.String)),
            hide_index=True,
            key="drops",
            alt="Dropped entries by reason",
            column_config={
                "reason": "Reason",
                "count": st.column_config.NumberColumn("Entries", format="localized"),
                "meaning": st.column_config.TextColumn("Meaning", width="medium"),
            },
        )


def _outages(desk: Desk) -> None:
    how = (
        "A row for each outlet of which a feed failed, a cell for each day. Dark: no feed of the outlet answered; "
        "lighter: some did; pale: all did. What a check found holds until the next one; no cell: never checked."
    )
    checks = desk.press.checks
    by_day = answers.checks_by_day(desk.press, _DAYS)
    named = by_day.with_columns(outlet=pl.col("outlet").replace(desk.outlets()))
    note, rows = f"last {_DAYS} days with checks", None if named.is_empty() else named
    with blocks.card("outages", "Days on which feeds failed", how, note, rows, drawn=True):
        if checks.is_empty():
            blocks.empty("No feed has been checked", "The articles came from files. Outages are known for feeds only.")
            return
        if rows is None:
            blocks.empty("No feed failed", "All feeds answered each time that they were asked.")
            return
        blocks.draw(
            outage_charts.outages(named["outlet"].n_unique(), desk.colours),
            "Failed feeds by outlet and day",
            "chart-outages",
            days=outage_charts.checks(named),
        )


def _unusual(desk: Desk) -> None:
    """Feeds that bring nothing, or far more than they do; with what each weekday brings."""
    feeds = desk.press.feeds
    if feeds.is_empty():
        return
    known = feeds.join(desk.press.usual, on="feed_url").height
    flagged = feeds.filter(pl.col("flag").is_not_null()).join(desk.press.usual, on="feed_url", how="left")
    how = (
        f"What a feed brought on each weekday and at each hour in the last {rhythm.WEEKS} weeks tells what to expect. "
        f"Silent: {rhythm.SILENT:g} articles or more were to be expected since its last new one. "
        f"Flood: {rhythm.FLOOD} or more in 24 hours, and {rhythm.TIMES:g} times what was to be expected. "
        f"Nothing is expected of a feed that was looked at on fewer than {rhythm.LEAST_DAYS} days. "
        "This is about feeds, hour by hour, and soon; Outlets tells of outlets, day by day, against twelve weeks, and "
        "surely: so one may be flagged here and not yet there, and an outlet of several feeds there only when all of "
        "them bring little."
    )
    note = f"{flagged.height:,} of {known:,} feeds whose rhythm is known"
    with blocks.card("unusual", "Silent feeds and floods", how, note if known else ""):
        if not known:
            blocks.empty(
                "No rhythm is known yet", f"It is after {rhythm.LEAST_DAYS} days of checks, one a day is enough."
            )
            return
        if flagged.is_empty():
            blocks.note(f"All {known:,} feeds whose rhythm is known bring about as much as they do.")
            return
        rows = flagged.sort("flag", "expected", descending=[True, True]).select(
            "flag",
            outlet=pl.col("outlet").replace(desk.outlets()),
            expected="expected",
            last_new_at="last_new_at",
            recent="recent",
            weekdays="weekdays",
            feed="feed_url",
        )
        st.dataframe(
            rows,
            hide_index=True,
            height="content" if rows.height < 10 else 320,
            placeholder="–",
            key="unusual",
            alt="Feeds that are silent or flood",
            column_config=_pace_columns(),
        )


def _pace_columns() -> dict[str, Any]:
    return {
        "flag": st.column_config.TextColumn("Flag", width=70),
        "outlet": st.column_config.TextColumn("Outlet", width=190),
        "expected": st.column_config.NumberColumn("Expected since", format="%.0f", width=120),
        "last_new_at": st.column_config.DatetimeColumn("Last new (UTC)", format="DD MMM HH:mm"),
        "recent": st.column_config.NumberColumn("Last 24 h", width=90),
        "weekdays": st.column_config.BarChartColumn("Usual, Mon–Sun", y_min=0, width=130),
        "feed": st.column_config.TextColumn("Address", width="medium"),
    }


def _dates(desk: Desk) -> None:
    """What outlets say of their days: missing, ambiguous, to come."""
    dates = desk.press.dates
    if dates.is_empty():
        return
    how = (
        "Of the articles that feeds gave as new or changed. Without a date: stored undated, no day is invented. "
        "Ambiguous: one of those, with a date that two countries read differently (02/03). To come: the day lies ahead "
        "of the clock; the article counts on the day on which it was collected, and the claim is kept."
    )
    total = {name: int(dates[name].sum()) for name in ("undated", "future")}
    note = f"{total['undated']:,} without a date, {total['future']:,} to come"
    with blocks.card("dates", "Dates that cannot be right", how, note):
        st.dataframe(
            dates.with_columns(pl.col("outlet").replace(desk.outlets())),
            hide_index=True,
            height="content" if dates.height < 10 else 320,
            key="dates",
            alt="Missing, ambiguous and future dates by outlet",
            column_config={
                "outlet": st.column_config.TextColumn("Outlet", width=190),
                **{
                    column: st.column_config.NumberColumn(label, format="localized")
                    for column, label in (
                        ("articles", "Articles"),
                        ("undated", "Without a date"),
                        ("ambiguous", "Ambiguous"),
                        ("future", "To come"),
                    )
                },
            },
        )


def _feeds(desk: Desk) -> None:
    feeds = desk.press.feeds
    bad = ~pl.col("state").is_in(schema.GOOD_STATES)
    how = (
        "The last check of each feed. A failing feed is asked again, ever less often, and never given up. A feed is "
        f"asked for what changed; {desk.press.unconditional:,} checks asked for all of it, lest a server hides news."
    )
    failing = feeds.filter(bad).height
    note = f"{failing:,} of {feeds.height:,} in trouble" if failing else f"all {feeds.height:,} well"
    with blocks.card("feeds", "Feeds", how, note if feeds.height else ""):
        if feeds.is_empty():
            blocks.empty("No feed has been read", "./newsgauge ingest reads the feeds of the catalogue.")
            return
        feeds = feeds.join(desk.press.usual.select("feed_url", "weekdays"), on="feed_url", how="left")
        rows = feeds.sort(bad, "failures", "outlet", descending=[True, True, False]).select(
            "state",
            meaning=pl.col("state").replace_strict(STATES, default="", return_dtype=pl.String),
            outlet=pl.col("outlet").replace(desk.outlets()),
            failures="failures",
            checked="started_at",
            next="next_at",
            http="http_status",
            entries="entries",
            new="new",
            weekdays="weekdays",
            feed="feed_url",
            message="message",
        )
        st.dataframe(
            rows,
            hide_index=True,
            height="content" if rows.height < 16 else 560,
            placeholder="–",
            key="feeds",
            alt="Feeds and their state",
            column_config={
                "state": st.column_config.TextColumn("State", width=110),
                "meaning": st.column_config.TextColumn("Meaning", width=210),
                "outlet": st.column_config.TextColumn("Outlet", width=190),
                "failures": st.column_config.NumberColumn("Failed in a row", width=110),
                "checked": st.column_config.DatetimeColumn("Checked (UTC)", format="DD MMM HH:mm"),
                "next": st.column_config.DatetimeColumn("Next (UTC)", format="DD MMM HH:mm"),
                "http": st.column_config.NumberColumn("HTTP", format="%d", width=60),
                "entries": st.column_config.NumberColumn("Entries", width=70),
                "new": st.column_config.NumberColumn("New", width=60),
                "weekdays": st.column_config.BarChartColumn("Usual, Mon–Sun", y_min=0, width=130),
                "feed": st.column_config.TextColumn("Address", width="medium"),
                "message": st.column_config.TextColumn("Message", width="large"),
            },
        )
