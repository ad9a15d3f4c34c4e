"""Which articles of the archive may be those that feeds list: at the same address, of the same guid, of the same title.

An address is one article whoever lists it; guid and title tell something only within an outlet.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from data import ids, schema

if TYPE_CHECKING:
    from data.archive import Archive

#: Two articles of an outlet with one title are the same within so many days.
SAME_TITLE = timedelta(days=7)

#: What is asked about an entry: its id by its address, those of the other addresses that it may have, and the rest.
ASKED: dict[str, schema.Column] = {
    "number": pl.Int64,
    "id": pl.String,
    "others": pl.List(pl.String),
    "outlet": pl.String,
    "guid": pl.String,  # as the archive has it; null where it tells nothing
    "title": pl.String,  # of `title_key`; null where it tells nothing
    "at": schema.MOMENT,  # published, or now
    "now": schema.MOMENT,
}

#: What the archive has that may be it, the likeliest first; `url`, `title`, `text` where it is not at its own address.
CANDIDATES: dict[str, schema.Column] = {
    "number": pl.Int64,
    "by": pl.String,  # address, guid or title
    "id": pl.String,
    "url": pl.String,
    "outlet": pl.String,
    "delivered_hash": pl.String,
    "title": pl.String,
    "text": pl.String,
}


def title_key(title: pl.Expr) -> pl.Expr:
    """A title without what outlets change about it: letters and digits in lower case."""
    return title.str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()


def candidates(archive: "Archive", asked: pl.DataFrame) -> pl.DataFrame:
    """CANDIDATES for rows of ASKED, in their latest versions; an article that nothing speaks for has no row.

    Each further sign is looked for only where none before it was found: reading the addresses costs least.
    """
    near = _months_near(asked)
    address = _by_address(archive, asked, near)
    left = asked.join(address, on="number", how="anti")
    guid = _by_guid(archive, left, near)
    left = left.join(guid, on="number", how="anti")
    signs = pl.concat([address, guid, _by_title(archive, left, near)]).unique(maintain_order=True)
    return _described(archive, signs, asked, near) if signs.height else pl.DataFrame(schema=CANDIDATES)


_SIGNS: dict[str, schema.Column] = {"number": pl.Int64, "by": pl.String, "id": pl.String}


def _by_address(archive: "Archive", asked: pl.DataFrame, near: list[str]) -> pl.DataFrame:
    own = asked.select("number", "id")
    stored = archive.anywhere(own["id"].unique(), near).select("id")
    found = own.join(stored, on="id", how="semi")
    others = (
        asked.join(found, on="number", how="anti")
        .select("number", id="others")
        .explode("id", empty_as_null=False, keep_nulls=False)
    )
    if others.height:
        stored = archive.anywhere(others["id"].unique(), near).select("id")
        found = pl.concat([found, others.join(stored, on="id", how="semi")])
    return found.select("number", pl.lit("address").alias("by"), "id")


def _by_guid(archive: "Archive", asked: pl.DataFrame, near: list[str]) -> pl.DataFrame:
    asked = asked.filter(pl.col("guid").is_not_null())
    if asked.is_empty():
        return pl.DataFrame(schema=_SIGNS)
    months = [*near, *ids.far_months_of(archive, asked.select("outlet", "guid"), near)]
    stored = _of_outlets(archive, asked).filter(pl.col("month").is_in(months)).select("outlet", "guid", "id")
    found = stored.join(asked.lazy().select("outlet", "guid", "number"), on=["outlet", "guid"])
    return found.select("number", pl.lit("guid").alias("by"), "id").collect()


def _by_title(archive: "Archive", asked: pl.DataFrame, near: list[str]) -> pl.DataFrame:
    asked = asked.filter(pl.col("title").is_not_null())
    if asked.is_empty():
        return pl.DataFrame(schema=_SIGNS)
    stored = _of_outlets(archive, asked).filter(pl.col("month").is_in(near))
    keyed = stored.select("outlet", "id", "seen_at", "published_at", title=title_key(pl.col("title")))
    published = (pl.coalesce("published_at", "seen_at") - pl.col("at")).abs()
    seen = (pl.col("seen_at") - pl.col("now")).abs()
    return (
        keyed.join(asked.lazy().select("outlet", "title", "number", "at", "now"), on=["outlet", "title"])
        .filter((published <= SAME_TITLE) | (seen <= SAME_TITLE))
        .sort("seen_at", descending=True)
        .select("number", pl.lit("title").alias("by"), "id")
        .collect()
    )


def _of_outlets(archive: "Archive", asked: pl.DataFrame) -> pl.LazyFrame:
    return archive.scan("articles").filter(pl.col("outlet").is_in(asked["outlet"].unique().implode()))


def _described(archive: "Archive", signs: pl.DataFrame, asked: pl.DataFrame, near: list[str]) -> pl.DataFrame:
    """The candidates with what the archive has of them; title and text are read only where they are compared."""
    stored = archive.anywhere(signs["id"].unique(), near).select("id", "version", "month", "outlet", "delivered_hash")
    found = signs.join(stored, on="id", maintain_order="left")
    inexact = found.join(asked, on=["number", "id"], how="anti").select("id", "version", "month").unique()
    if inexact.is_empty():
        texts = pl.DataFrame(schema={"id": pl.String, "url": pl.String, "title": pl.String, "text": pl.String})
    else:
        scan = archive.scan("articles").filter(pl.col("month").is_in(inexact["month"].unique().implode()))
        rows = scan.select("id", "version", "url", "title", "text")
        texts = rows.join(inexact.lazy().select("id", "version"), on=["id", "version"], how="semi").collect()
    return found.join(texts.unique("id"), on="id", how="left", maintain_order="left").select(*CANDIDATES)


def _months_near(asked: pl.DataFrame) -> list[str]:
    """The months about those in which what was asked for would lie."""
    months = pl.concat([asked["at"], asked["now"]]).dt.truncate("1mo").unique()
    about = pl.concat([months.dt.offset_by(step) for step in ("-1mo", "0mo", "1mo")])
    return about.dt.strftime("%Y-%m").unique().sort().to_list()
