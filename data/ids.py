"""In which months an archive has which articles, told without reading all of their ids and guids.

Of each month both are kept beside the archive as numbers, rising: for a folder inside, in `ids`; for s3://... in
`data/var/ids`, under a hash of the address. A file goes by a name of the files of articles that it was made from, so
that it holds all of theirs or is not looked at. What is missing or cut short is made again; the folder can be
deleted at any time. Of the months that are written to now a writer remembers the ids in memory, by file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from data import columns, schema
from data.address import is_remote, reader_options
from data.columns import Column, Table
from data.identity import digest
from data.layout import files_of
from data.store import KNOWN, Store

FOLDER = "ids"


def months_of(store: Store, ids: pl.Series, near: list[str]) -> pl.DataFrame:
    """`id, month`: which months may hold any version of these articles; most often none does.

    Those near are written to now, and are remembered file by file.
    """
    kept = [(month, table["id"]) for month, table in _far(store, near)]
    return pl.concat([_found(kept, ids), near_months_of(store, ids, near)])


def far_months_of(store: Store, guids: pl.DataFrame, near: list[str]) -> list[str]:
    """The months, but for those near, that may hold an article of one of these: `outlet, guid`."""
    wanted = _signs(guids)
    return [month for month, table in _far(store, near) if len(table["guid"]) and _among(table["guid"], wanted).any()]


def anywhere(store: Store, ids: pl.Series, near: list[str]) -> pl.DataFrame:
    """`Store.known` of these articles, wherever they lie."""
    found = months_of(store, ids, near)
    if found.is_empty():
        return pl.DataFrame(schema={column: schema.ARTICLES[column] for column in KNOWN})
    return store.known(found["id"].unique().to_list(), found["month"].unique().to_list())


def near_months_of(store: Store, ids: pl.Series, near: list[str]) -> pl.DataFrame:
    """`id, month` of these months alone."""
    held = files_of(store.tables["articles"])
    files = held.filter(pl.col("month").is_in(near)).select("month", "path")
    return _found([(month, _of_file(store, path)["id"]) for month, path in files.iter_rows()], ids)


def _found(held: list[tuple[str, Column]], ids: pl.Series) -> pl.DataFrame:
    wanted = columns.numbers(ids)
    found = [pl.DataFrame(schema={"id": pl.String, "month": pl.String})]
    for month, numbers in held:
        if len(numbers) and (are_in := _among(numbers, wanted)).any():
            some = ids.filter(pl.Series(are_in))
            found.append(pl.DataFrame({"id": some, "month": [month] * len(some)}))
    return pl.concat(found).unique(maintain_order=True)


def remember(store: Store, articles: pl.DataFrame, before: pl.DataFrame) -> None:
    """Keep what a commit wrote, so that nothing is read for it again; `before` are the `files` from before it."""
    new = store.files().join(before, on="path", how="anti")
    for (month,), written in articles.group_by("month"):
        paths = new.filter(month=month)["path"]
        if len(paths) == 1:  # else another writer's are among them
            store.ids[paths[0]] = _table(written.select("id"))


def folder_of(url: str) -> Path:
    """Where the ids of an archive are kept."""
    return Path(__file__).parent / "var" / FOLDER / digest(url)[:16] if is_remote(url) else Path(url) / FOLDER


def _among(kept: Column, wanted: Column) -> Column:
    places = np.searchsorted(kept, wanted)
    found: Column = kept[np.minimum(places, len(kept) - 1)] == wanted
    return found


def _far(store: Store, near: list[str]) -> list[tuple[str, Table]]:
    """What is kept of each month but those near."""
    far = files_of(store.tables["articles"]).filter(~pl.col("month").is_in(near))
    months = far.group_by("month").agg(pl.col("path").sort(), pl.col("rows").sum())
    return [(month, _kept(store, month, paths, rows)) for month, paths, rows in months.iter_rows()]


def _kept(store: Store, month: str, paths: list[str], rows: int) -> Table:
    """The numbers of a month, from memory, from their file, or from the table."""
    name = f"{month}-{digest(str(columns.LAYOUT), *paths)[:16]}"
    if name not in store.ids:
        file = folder_of(store.url) / f"{name}.columns"
        try:
            found = columns.read(file).tables["articles"]
            is_whole = len(found["id"]) == rows and "guid" in found.columns
        except (OSError, columns.Damaged, KeyError):
            is_whole = False
        store.ids[name] = found if is_whole else _made(store, month, file)
    return store.ids[name]


def _of_file(store: Store, path: str) -> Table:
    """The numbers of the ids of one file."""
    if path not in store.ids:
        file = pl.scan_parquet(f"{store.url}/articles/{path}", storage_options=reader_options(store.url))
        store.ids[path] = _table(file.select("id").collect())
    return store.ids[path]


def _made(store: Store, month: str, file: Path) -> Table:
    """The numbers of a month; kept in the file where one can be written, which only saves time."""
    made = _table(store.scan("articles").filter(pl.col("month") == month).select("id", "outlet", "guid").collect())
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        columns.write(file, {"articles": made})
        for other in file.parent.glob(f"{month}-*"):
            if other != file:
                other.unlink(missing_ok=True)
    except OSError:
        pass
    return made


def _table(articles: pl.DataFrame) -> Table:
    """The numbers of these articles' ids, and of their guids where they are told."""
    found = {"id": np.sort(columns.numbers(articles["id"]))}
    if "guid" in articles.columns:
        found["guid"] = np.sort(_signs(articles))
    return Table({}, found)


def _signs(articles: pl.DataFrame) -> Column:
    """The numbers of the guids that there are; a guid tells something only within its outlet."""
    told = articles.select(pl.concat_str("outlet", "guid", separator="\n")).to_series()
    return columns.numbers(told.drop_nulls().unique())
