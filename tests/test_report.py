from collections import Counter
from datetime import timedelta

import pytest

from ingest import report
from ingest.report import Report
from tests.conftest import NOON

BEGUN = Report("r1", "ingest", NOON)


def test_one_line_says_what_a_run_did():
    done = report.add(
        BEGUN, feeds=Counter({"ok": 2, "timeout": 1}), entries=5, new=3, dropped=Counter(known=2), mentions=4
    )
    line = report.summary(report.finish(done, NOON + timedelta(seconds=7)))
    assert line == "newsgauge ingest: 3 feeds, 1 failed, 3 new, 0 changed, 2 dropped (2 known), 4 mentions in 7 s"


def test_a_run_that_loses_count_of_an_entry_is_a_fault_of_ours():
    with pytest.raises(AssertionError, match="5 entries came in, 4 are accounted for"):
        report.finish(report.add(BEGUN, entries=5, new=4), NOON)


def test_the_exit_status_tells_failures_and_signals():
    assert BEGUN.exit == 0
    assert report.add(BEGUN, problems=("feed x: timeout",)).exit == 1
    assert report.finish(BEGUN, NOON, signal=15).exit == 143


def test_the_row_for_the_archive_counts_failed_feeds():
    done = report.finish(report.add(BEGUN, feeds=Counter({"ok": 2, "not modified": 1, "html": 1})), NOON)
    assert report.as_row(done).select("run", "feeds", "feeds_failed", "exit").row(0) == ("r1", 4, 1, 0)


def test_json_has_the_promised_fields_and_iso_times():
    printed = report.as_json(report.finish(BEGUN, NOON))
    assert printed["started_at"] == "2024-10-01T12:00:00Z"
    assert {"run", "feeds", "entries", "new", "changed", "dropped", "mentions", "exit"} <= printed.keys()


def test_a_rescore_says_what_it_read_again():
    done = report.finish(report.add(Report("r2", "rescore", NOON), reread=1200, mentions=3000), NOON)
    assert report.summary(done) == "newsgauge rescore: 1,200 articles read again, 3,000 mentions in 0 s"


def test_a_rescore_of_what_is_stale_says_what_it_left_and_how_to_go_on():
    begun = Report("r2", "rescore", NOON, up_to_date=42)
    nothing = "newsgauge rescore: nothing is stale, all 42 articles are up to date in 0 s"
    assert report.summary(report.finish(begun, NOON)) == nothing
    some = report.add(begun, reread=3, mentions=5)
    done = "newsgauge rescore: 3 articles read again, 5 mentions, 42 articles left as they are, of months without a "
    assert report.summary(report.finish(some, NOON)) == f"{done}stale one in 0 s"
    stopped = report.summary(report.finish(some, NOON, signal=15))
    assert stopped.endswith("stopped by signal 15, what was stored is safe; newsgauge rescore --stale goes on")
