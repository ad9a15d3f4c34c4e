"""The tables of an archive as they lie there: made, opened, with which columns, and how a file is written."""

from __future__ import annotations

import os
from typing import Any

import polars as pl
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Schema,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from data import places, schema
from data.address import MISSING, ArchiveError, ArchiveMissing, fault, is_remote, options, reader_options

#: The layout of the tables. A greater number in an archive was written by a newer Newsgauge.
LAYOUT = 2

#: A month of a table is one file up to this size.
FILE_SIZE = 256 * 2**20

#: Rows of mentions that share a dictionary of articles, and of which a file keeps least and greatest values together:
#: who asks for one actor reads no more of the others'.
_GROUP = 150_000

#: Bytes of a dictionary: the ids of all articles that a group of mentions is of.
_DICTIONARY = 8 * 2**20

#: Bytes of a page of whole texts: what is alike is found within one.
_LONG_PAGE = 8 * 2**20


def create(url: str) -> None:
    """Make the tables that are missing, empty. Raises ArchiveError."""
    # Articles come last: an archive that has them has all tables.
    for table in reversed(schema.TABLES):
        try:
            if not DeltaTable.is_deltatable(f"{url}/{table}", storage_options=options(url)):
                DeltaTable.create(
                    f"{url}/{table}",
                    Schema.from_arrow(schema.STORED[table]),
                    mode="ignore",
                    partition_by=["month"],
                    configuration={
                        "newsgauge.layout": str(LAYOUT),
                        _PACKED: "yes",
                        "delta.checkpointInterval": "50",
                        "delta.setTransactionRetentionDuration": "interval 30 days",
                        "delta.dataSkippingStatsColumns": _STATISTICS[table],
                    },
                    raise_if_key_not_exists=False,
                    storage_options=options(url),
                )
        except CommitFailedError:
            continue  # another run makes the same archive at this moment
        except (DeltaError, OSError) as error:
            raise fault(url, "the archive cannot be made", error) from error


def load(url: str) -> dict[str, DeltaTable]:
    """The tables as they are now. Raises ArchiveMissing, ArchiveError."""
    # Readings first and articles last: whatever is written meanwhile, a reading seen has its mentions and its article.
    order = ["readings", "mentions", "fetches", "runs", "articles"]
    tables: dict[str, DeltaTable] = {}
    for table in order:
        try:
            tables[table] = DeltaTable(f"{url}/{table}", storage_options=options(url))
        except TableNotFoundError as error:
            if not is_remote(url) and not os.access(url, os.R_OK | os.X_OK):
                raise fault(url, f"{table} cannot be read", PermissionError("Permission denied")) from error
            if tables and table != "articles":
                raise ArchiveError(f"{url}: the table {table} is missing. Bring it back from a copy.") from error
            raise ArchiveMissing(MISSING.format(url=url)) from error
        except (DeltaError, OSError) as error:
            raise fault(url, f"{table} cannot be read", error) from error
    return {table: tables[table] for table in schema.TABLES}


def check(url: str, articles: DeltaTable) -> None:
    """Raises ArchiveError where the tables are a newer Newsgauge's, or nobody's that is known."""
    layout = _layout(articles)
    if not layout.isdigit():
        raise ArchiveError(f"{url}: these tables are not Newsgauge's. Name another folder with --archive.")
    if int(layout) > LAYOUT:
        raise ArchiveError(
            f"{url}: written by a newer Newsgauge (layout {layout}, this one knows {LAYOUT}). Update this one."
        )


def announce(articles: DeltaTable) -> None:
    """Say that the tables may hold what an earlier Newsgauge does not read. Raises CommitFailedError, DeltaError."""
    if _layout(articles) != str(LAYOUT):
        told = {"newsgauge.layout": str(LAYOUT)}
        articles.alter.set_table_properties(told, raise_if_not_exists=False)


def unpacked_months(url: str, mentions: DeltaTable) -> list[str]:
    """The months in which spans and passages lie as an earlier Newsgauge wrote them; none once `packed` was told."""
    if is_packed(mentions) or not mentions.file_uris():
        return []
    rows = pl.scan_delta(mentions, storage_options=reader_options(url)).filter(pl.col("names").is_null())
    return rows.select(pl.col("month").unique().sort()).collect().to_series().to_list()


def tell_packed(mentions: DeltaTable) -> None:
    """Say that no spans and passages lie as an earlier Newsgauge wrote them. Raises CommitFailedError, DeltaError."""
    if not is_packed(mentions):
        mentions.alter.set_table_properties({_PACKED: "yes"}, raise_if_not_exists=False)


def is_packed(mentions: DeltaTable) -> bool:
    """Whether that was told."""
    return bool(mentions.metadata().configuration.get(_PACKED))


_PACKED = "newsgauge.packed"


def _layout(articles: DeltaTable) -> str:
    return articles.metadata().configuration.get("newsgauge.layout") or ""


def as_today(scan: pl.LazyFrame, table: str) -> pl.LazyFrame:
    """The columns of a table; columns and fields that an earlier Newsgauge did not write are null."""
    stored = scan.collect_schema()
    packed = {"spans": places.spans(), "passages": places.passages()} if "places" in stored else {}
    # Only where it must be: a filter on a column that is cast reads every file.
    found = {
        column: (pl.col(column) if stored.get(column) == kind else pl.col(column).cast(kind))
        if column in stored
        else pl.lit(None, kind)
        for column, kind in schema.TABLES[table].items()
    }
    for column, told in packed.items():
        found[column] = pl.coalesce(told, found[column]) if column in stored else told
    return scan.select(**found)


def write(
    delta: DeltaTable,
    table: str,
    rows: pl.DataFrame,
    predicate: str | None,
    marks: list[Transaction],
    for_good: bool,
) -> None:
    """Commit rows in the order of the table, beside those that are there, or in the place of those of the predicate.

    They are rows of schema.TABLES or of schema.STORED. Raises CommitFailedError, DeltaError, OSError.
    """
    is_stored = table != "mentions" or "places" in rows.columns
    rows = rows.select(*(schema.STORED if is_stored else schema.TABLES)[table]).sort(ORDER[table])
    if not is_stored:
        rows = places.packed(rows)
    how: dict[str, Any] = {
        "schema_mode": "merge",  # an archive of an earlier Newsgauge gets the fields that it lacks
        "target_file_size": FILE_SIZE,
        "writer_properties": writer(by_actor=table == "mentions", for_good=for_good),
        "commit_properties": CommitProperties(app_transactions=marks),
    }
    if predicate is None:
        write_deltalake(delta, rows, mode="append", **how)
    else:
        write_deltalake(delta, rows, mode="overwrite", predicate=predicate, **how)


def files_of(table: DeltaTable) -> pl.DataFrame:
    """`path, month, rows, bytes` of each file of a table; what a path names never changes."""
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    if actions.is_empty():
        return pl.DataFrame(schema=_FILES)
    return actions.select("path", month="partition.month", rows="num_records", bytes="size_bytes")


_FILES = {"path": pl.String, "month": pl.String, "rows": pl.Int64, "bytes": pl.Int64}


def writer(by_actor: bool = False, for_good: bool = False) -> WriterProperties:
    """How a file is written: soon, where somebody waits for it or it is soon written again, or `for_good`."""
    level = 12 if for_good else 3
    if not by_actor:
        return WriterProperties(compression="ZSTD", compression_level=level)
    numbers = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
    return WriterProperties(
        compression="ZSTD",
        compression_level=level,
        max_row_group_size=_GROUP,
        dictionary_page_size_limit=_DICTIONARY,
        data_page_size_limit=_LONG_PAGE,
        column_properties={"places": numbers},
    )


def tight_writer(for_good: bool) -> WriterProperties:
    """How texts are written by who has time: 0.5 ms an article and a sixth smaller, `for_good` 5 ms and a quarter.

    Reading takes as long as before.
    """
    level = 19 if for_good else 12
    return WriterProperties(compression="ZSTD", compression_level=level, data_page_size_limit=_LONG_PAGE)


#: How the rows of a commit lie: what is asked for together lies together.
ORDER = {
    "articles": ["published_at", "id"],
    "readings": ["published_at", "article_id"],
    "mentions": ["actor", "published_at", "article_id"],
    "fetches": ["started_at", "feed_url"],
    "runs": ["started_at", "run"],
}

#: The columns of which the log keeps least and greatest value; those of whole texts would fill it.
_STATISTICS = {
    "articles": "id,version,outlet,language,published_at,collected_at",
    "readings": "article_id,outlet,language,published_at",
    "mentions": "article_id,actor,outlet,language,published_at",
    "fetches": "run,feed_url,started_at",
    "runs": "run,started_at",
}
