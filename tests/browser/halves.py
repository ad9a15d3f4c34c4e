"""The summit's archive, of which the first month was read with another catalogue and model than the others."""

from pathlib import Path

import polars as pl

from data.archive import Archive
from tests.browser.newsroom import summit
from tests.conftest import moment, row


def halves(folder: Path) -> Archive:
    """The archive, made in this folder: August by `older` and `m0`, September and October by today's and `m1`."""
    archive = summit(folder)
    at = moment("2024-10-14")
    run = {"run": "r1", "month": "2024-10", "command": "import", "started_at": at, "finished_at": at, "exit": 0}
    archive.append_run(row("runs", **run, catalogue_version="older", model_version="m0", message="270 new"))
    of_month = pl.col("month") == "2024-08"
    readings, mentions = (table.filter(of_month).collect() for table in (archive.readings(), archive.mentions()))
    other = {"catalogue_version": pl.lit("older"), "model_version": pl.lit("m0")}
    archive.replace_month("2024-08", readings.with_columns(**other), mentions.with_columns(**other))
    return archive
