"""Tables to take away: csv, jsonl, parquet and xlsx, with a manifest that says what is in the file.

The same question to the same version of the archive gives the same bytes: rows have one order, and no file says when it
was written.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter

from data import derived, queries, rollup, schema, search
from data.archive import Archive
from data.filters import Filters, to_words
from data.queries import Every, Measure
from data.search import Search

if TYPE_CHECKING:
    from data.catalogue import Catalogue

WHAT = ("articles", "mentions", "volume", "tone", "share-of-voice")
FORMATS = ("csv", "jsonl", "parquet", "xlsx")

#: What a spreadsheet holds (https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3).
XLSX_ROWS = 1_048_576
XLSX_CELL = 32_767  # UTF-16 units

#: A cell that begins so is a live formula in a spreadsheet (OWASP, "CSV Injection").
FORMULA = r"^[=+\-@\t\r\n\x00]"


class ExportError(ValueError):
    """The table cannot become such a file; the message says why and what to do."""


def table(
    what: str,
    archive: Archive,
    catalogue: Catalogue,
    filters: Filters,
    every: Every = "day",
    measure: Measure = "tone",
) -> pl.DataFrame:
    """One of WHAT, filtered, with the columns and the order that CONTRACT.md promises. Raises search.SearchError."""
    asked = filters.resolved(catalogue)
    if what == "articles":
        return articles_table(archive, asked)
    if what == "mentions":
        return mentions_table(archive, asked)
    if what == "volume":
        return volume_table(archive, asked, every)
    if what == "tone":
        return tone_table(archive, asked, every, measure)
    return share_table(archive, asked)


def articles_table(archive: Archive, filters: Filters, searched: Search | None = None) -> pl.DataFrame:
    """The articles looked at, with text: `id, url, title, text, ... topics, actors`, by day and id, undated ones last.

    With actors, an article has to mention one of them, in the tones asked for; without, the tones are those of the
    whole text. `actors` are all that the article mentions, in the order of the alphabet; `text_from` is `metadata`
    where no text is known, and `gdelt_...` what GDELT made of the article.
    """
    mentions = archive.mentions().filter(_months(filters))
    actors = mentions.group_by(id="article_id").agg(actors=pl.col("actor").unique().sort())
    chosen = (
        _searched(archive, filters, searched)
        .join(_read(archive, filters), left_on="id", right_on="article_id", how="left")
        .with_columns(pl.col("is_copy").fill_null(False), day=pl.col("published_at").dt.date())
        .filter(filters.articles(), filters.about())
    )
    if filters.actors:
        of_actors = mentions.filter(pl.col("actor").is_in(filters.actors), filters.in_tone())
        chosen = chosen.join(of_actors, left_on="id", right_on="article_id", how="semi")
    else:
        chosen = chosen.filter(filters.in_tone())
    return (
        chosen.join(actors, on="id", how="left")
        .with_columns(pl.col("topics", "actors").fill_null([]), *_gdelt())
        .select(*ARTICLES)
        .sort("published_at", "id", nulls_last=True)
        .collect()
    )


def mentions_table(archive: Archive, filters: Filters) -> pl.DataFrame:
    """The mentions looked at: `article_id, url, ... model_version`, by day, article and actor, undated ones last.

    `names` are the different words that named the actor, `passages` the stretches that do, each with its tone.
    """
    articles = _searched(archive, filters)
    return (
        archive.mentions()
        .filter(_months(filters))
        .join(_read(archive, filters).drop("tone"), on="article_id")
        .with_columns(day=pl.col("published_at").dt.date())
        .filter(filters.mentions())
        .join(articles.select(article_id="id", url="url", title="title"), on="article_id")
        .with_columns(names=pl.col("spans").list.eval(pl.element().struct.field("text").unique(maintain_order=True)))
        .select(*MENTIONS)
        .sort("published_at", "article_id", "actor", nulls_last=True)
        .collect()
    )


def volume_table(archive: Archive, filters: Filters, every: Every) -> pl.DataFrame:
    """Of one actor `date, count, total_count, ratio` (Media Cloud's header); of several, `actor` stands first."""
    kept = derived.opened(archive)
    if rollup.knows(filters):
        found = rollup.volume(kept.totals(filters), kept.collected(filters), filters, every)
    else:
        found = queries.volume(_hot(archive, filters), kept.collected(filters), filters, every)
    columns = ["date", "count", "total_count", "ratio"]
    return found.select(columns if len(filters.actors) == 1 else ["actor", *columns])


def tone_table(archive: Archive, filters: Filters, every: Every, measure: Measure = "tone") -> pl.DataFrame:
    """`actor, date, tone, low, high, mentions, stories`, toward the actor or by the lexicon, see queries.tone."""
    return queries.tone(_hot(archive, filters), filters, every, measure)


def share_table(archive: Archive, filters: Filters) -> pl.DataFrame:
    """`actor, mentions, share`, see queries.share_of_voice."""
    if rollup.knows(filters):
        return rollup.share_of_voice(derived.opened(archive).totals(filters), filters)
    return queries.share_of_voice(_hot(archive, filters), filters)


def content(frame: pl.DataFrame, form: str) -> bytes:
    """The table as a file of one of FORMATS. Raises ExportError."""
    if form == "csv":
        return _safe(_flat(frame)).write_csv().encode()
    if form == "jsonl":
        return _with_texts(frame).write_ndjson().encode()
    if form == "parquet":
        body = io.BytesIO()
        frame.write_parquet(body, compression="zstd", statistics=True)
        return body.getvalue()
    if form == "xlsx":
        return _xlsx(_safe(_joined(frame)))
    raise ExportError(f"{form!r} is no format. Write one of {', '.join(FORMATS)}.")


def about(
    what: str, archive: Archive, filters: Filters, every: Every = "day", measure: Measure = "tone"
) -> dict[str, Any]:
    """What a manifest says of the question: what, its words, and the versions of archive, catalogue and model."""
    versions = archive.readings().select(pl.col("catalogue_version", "model_version").drop_nulls().unique().implode())
    catalogues, models = versions.collect().row(0) if archive.months() else ([], [])
    query: dict[str, Any] = {**to_words(filters)}
    if what in ("volume", "tone"):
        query["every"] = [every]
    if what == "tone" and measure != "tone":
        query["measure"] = [measure]
    return {
        "what": what,
        "query": query,
        "archive_version": archive.version(),
        "catalogue_version": ", ".join(sorted(catalogues)),
        "model_version": ", ".join(sorted(models)),
    }


def manifest(frame: pl.DataFrame, form: str, body: bytes, question: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside an exported file: the question, `format, rows, columns, cut_cells, sha256`."""
    return {
        **question,
        "format": form,
        "rows": frame.height,
        "columns": frame.columns,
        "cut_cells": _too_long(_safe(_flat(frame))) if form == "xlsx" else 0,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def write(frame: pl.DataFrame, path: Path, form: str, question: Mapping[str, Any]) -> None:
    """Write the file, and PATH.manifest.json beside it; neither is ever seen half-written. Raises ExportError."""
    body = content(frame, form)
    said = json.dumps(manifest(frame, form, body, question), ensure_ascii=False, indent=2) + "\n"
    _replace(path, body)
    _replace(path.with_name(path.name + ".manifest.json"), said.encode())


#: GDELT's own tone of an article that came from there, under names that cannot be taken for ours.
GDELT = ("gdelt_tone", "gdelt_positive", "gdelt_negative")

ARTICLES = (
    "id",
    "url",
    "title",
    "text",
    "outlet",
    "language",
    "published_at",
    "published_from",
    "seen_at",
    "collected_at",
    "authors",
    "copy_of",
    "story",
    "tone",
    "positive",
    "negative",
    "topics",
    "actors",
    "text_from",
    *GDELT,
)

MENTIONS = (
    "article_id",
    "url",
    "title",
    "outlet",
    "language",
    "published_at",
    "actor",
    "kind",
    "names",
    "tone",
    "lexicon_tone",
    "confidence",
    "passages",
    "catalogue_version",
    "model_version",
)


def _gdelt() -> list[pl.Expr]:
    return [pl.col("gdelt_tone").struct.field(name.removeprefix("gdelt_")).alias(name) for name in GDELT]


def _months(filters: Filters) -> pl.Expr:
    """True in the partitions that can hold the days looked at."""
    month = pl.col("month")
    after = month >= f"{filters.from_day:%Y-%m}" if filters.from_day else pl.lit(True)
    before = month <= f"{filters.to_day:%Y-%m}" if filters.to_day else pl.lit(True)
    return after & before


def _read(archive: Archive, filters: Filters) -> pl.LazyFrame:
    """The readings of those months, as far as a row of an export shows them or is chosen by them."""
    return (
        archive.readings()
        .filter(_months(filters))
        .select("article_id", "copy_of", "story", "tone", "positive", "negative", "topics")
        .with_columns(is_copy=pl.col("copy_of").is_not_null())
    )


def _hot(archive: Archive, filters: Filters) -> pl.DataFrame:
    hot = derived.opened(archive).hot(filters).collect()
    return queries.found(hot, _found(archive, filters.search)) if filters.search else hot


def _searched(archive: Archive, filters: Filters, searched: Search | None = None) -> pl.LazyFrame:
    """The articles of those months that the search finds: that of a page, or one of all texts."""
    articles = archive.articles().filter(_months(filters))
    if not filters.search:
        return articles
    found = search.found(searched, filters.search) if searched else _found(archive, filters.search)
    return articles.join(found.lazy(), left_on="id", right_on="article_id", how="semi")


def _found(archive: Archive, query: str) -> pl.DataFrame:
    """`article_id` of the articles that a query finds, whatever the index holds: a file waits for all texts."""
    return search.found(search.opened(archive, most=None), query)


def _with_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Moments as ISO 8601 with Z."""
    return frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"))


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """A cell for each value, moments and days as texts."""
    return _joined(_with_texts(frame)).with_columns(pl.col(pl.Date).cast(pl.String))


def _joined(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by '; ', a passage as `text 10-52 +0.34 (sure 0.90, continues, said by jens-stoltenberg)`."""
    flat = frame
    for name, column in flat.schema.items():
        if isinstance(column, pl.List):
            cell = _passage(pl.element()) if column == pl.List(schema.PASSAGE) else pl.element().cast(pl.String)
            flat = flat.with_columns(pl.col(name).list.eval(cell).list.join("; "))
    return flat


def _passage(passage: pl.Expr) -> pl.Expr:
    def part(name: str) -> pl.Expr:
        return passage.struct.field(name)

    stretch = pl.concat_str(part("field"), pl.lit(" "), part("start"), pl.lit("-"), part("end"))
    tone = _hundredths(part("tone"))
    sign = pl.when(tone.str.starts_with("-")).then(pl.lit(" ")).otherwise(pl.lit(" +"))
    doubt = pl.when(part("confidence") < queries.SURE).then(pl.lit("unsure ")).otherwise(pl.lit("sure "))
    speaker = pl.when(part("speaker") == "").then(pl.lit("another")).otherwise(part("speaker"))
    told = pl.concat_list(
        pl.concat_str(doubt, _hundredths(part("confidence"))),
        pl.when(part("how") != "name").then(part("how")),
        pl.concat_str(pl.lit("said by "), speaker),
    ).list.drop_nulls()
    more = pl.when(told.list.len() > 0).then(pl.concat_str(pl.lit(" ("), told.list.join(", "), pl.lit(")")))
    # A passage that was not scored has no tone to say, rather than 0; what the outlet itself says has no speaker.
    return pl.concat_str(stretch, pl.concat_str(sign, tone).fill_null(""), more.fill_null(""))


def _hundredths(number: pl.Expr) -> pl.Expr:
    """A number with two decimals, and no minus before 0.00."""
    whole = (number * 100).round().cast(pl.Int64)
    sign = pl.when(whole < 0).then(pl.lit("-")).when(whole >= 0).then(pl.lit(""))
    return pl.concat_str(sign, whole.abs() // 100, pl.lit("."), (whole.abs() % 100).cast(pl.String).str.zfill(2))


def _safe(flat: pl.DataFrame) -> pl.DataFrame:
    """The same with a ' before each text that a spreadsheet would take for a formula; numbers stay numbers."""
    text = pl.col(pl.String)
    return flat.with_columns(pl.when(~text.str.contains(FORMULA)).then(text).otherwise(pl.lit("'") + text))


def _too_long(flat: pl.DataFrame) -> int:
    """How many texts are longer than a cell of a spreadsheet may be."""
    return sum(
        len(value.encode("utf-16-le")) > 2 * XLSX_CELL
        for name, column in flat.schema.items()
        if column == pl.String
        for value in flat[name].filter(flat[name].str.len_chars() * 2 > XLSX_CELL)
    )


def _xlsx(flat: pl.DataFrame) -> bytes:
    if flat.height >= XLSX_ROWS:
        raise ExportError(
            f"{flat.height:,} rows: a sheet of xlsx holds {XLSX_ROWS:,} with its header. "
            "Take csv or parquet, or fewer days."
        )
    body = io.BytesIO()
    book = xlsxwriter.Workbook(body, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001 (a fixed day in place of now)
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    moment, day = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"))
    for row, values in enumerate([tuple(flat.columns), *flat.iter_rows()]):
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(
                    row, column, value.encode("utf-16-le")[: 2 * XLSX_CELL].decode("utf-16-le", "ignore")
                )
            elif isinstance(value, datetime):
                sheet.write(row, column, *_moment(value, moment))
            elif isinstance(value, date):
                sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            elif value is not None:
                sheet.write_number(row, column, value)
    book.close()
    return body.getvalue()


def _moment(value: datetime, form: Any) -> tuple[Any, ...]:
    """A moment as a spreadsheet holds it: UTC without saying so; before 1900 it knows none."""
    if value.year < 1900:
        return (f"{value:%Y-%m-%dT%H:%M:%SZ}",)
    return value.replace(tzinfo=None), form


def _replace(path: Path, body: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(body)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ExportError(f"{path}: cannot be written ({error.strerror}). Name another file with -o.") from error
