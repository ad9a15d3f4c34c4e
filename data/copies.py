"""Which article reprints which, told by sketches of their texts: a copy names its original, which is no copy itself.

A sketch holds the least hashes of a text's runs of words (`ingest.copies.sketch`). Two of them tell how much of one
text stands in the other (Broder, "On the resemblance and containment of documents", 1997). A hash, like the fingerprint
of a whole text, is a print here.

What is printed day after day is no sign of a copy: calls to subscribe, agency footers, standing background. A wire
text is of a day or two, however many outlets print it.

All of it takes linear time: a print brings an article together with the first and with the last one before that has it,
and with no others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from data.prints import Prints

#: Days after its original in which a copy is looked for. Later, the same text is news again.
WINDOW = 31

#: So much of a copy stands in its original.
SHARE = 0.6

#: Within one outlet it must be more: tomorrow's article repeats what led to it, and is no reprint.
SHARE_AT_HOME = 0.7

#: A print stands for good when it is found on so many days within WINDOW; within one outlet, when it is found there on
#: so many, unless more outlets than these have it: an agency's text is brought on three days by many. A whole text does
#: so by the first rule only: an outlet may well bring an article again.
DAYS = 8
DAYS_AT_HOME = 3
OUTLETS_AT_HOME = 3

#: A shorter sketch holds every run of its text; the others are samples.
SAMPLED = 48

#: Runs that a copy must have, beside those that stand for good, to be judged by.
LEAST_RUNS = 8

#: Runs that a copy has in common with its original at least.
LEAST_SHARED = 5

#: What is compared of a reading.
COMPARED = ("article_id", "month", "published_at", "outlet", "words", "fingerprint", "sketch", "copy_of")


def linked(
    readings: pl.DataFrame, standing: Standing | None = None, settled: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The readings with `copy_of` from `originals`."""
    return readings.with_columns(originals(readings, standing, settled)["copy_of"])


def originals(
    readings: pl.DataFrame, standing: Standing | None = None, settled: pl.DataFrame | None = None
) -> pl.DataFrame:
    """`article_id, copy_of` of readings, row by row: the first article that this one reprints, or null.

    An original is no copy and was published at most WINDOW days before. The order of the rows is immaterial. Of
    several published at once the longest comes first, then the one with the lowest id; an undated article counts as of
    the end of its month. `settled` are other readings that may be originals and stay what they are by their `copy_of`;
    `standing` is what stands for good; None: as these alone tell.
    """
    rows = _ordered(readings.select(COMPARED) if settled is None else _with(readings, settled))
    pairs = _pairs(rows, standing)
    if settled is not None:
        mine, copies = rows["article_id"].is_in(readings["article_id"].implode()), rows["copy_of"].is_not_null()
        pairs = pairs.filter(mine.gather(pairs["later"]), (mine | ~copies).gather(pairs["earlier"]))
    found = rows.select("article_id", copy_of=pl.col("article_id").gather(_first(pairs, rows.height)))
    return readings.select("article_id").join(found, on="article_id", how="left", maintain_order="left")


class Standing(NamedTuple):
    """Prints that stand for good."""

    everywhere: pl.DataFrame  # print
    at_home: pl.DataFrame  # print, outlet


class Relatives(NamedTuple):
    """What the originals of new readings depend on, and whose original may depend on the new ones."""

    again: pl.DataFrame  # COMPARED of the stored readings to be judged again, with the new ones
    settled: pl.DataFrame  # of those that may be originals and stay what they are
    standing: Standing  # of their prints, as all that is stored tells


def relatives(stored: Prints, readings: pl.DataFrame, before: pl.DataFrame) -> Relatives:
    """The relatives of readings, one at least, among those stored; `before` are the rows that the readings replace.

    They are whole families, an original with its copies. What was published before all new ones is settled, but for
    the families that an article leaves when its text changes.
    """
    own = prints(readings)
    shared = _sharing(stored, own)
    # What is seen once, as most is, stands nowhere for good.
    standing = _standing(_places(pl.concat([shared, own]).filter(pl.col("print").is_duplicated())))
    often = _passing(shared, standing).group_by("article_id").len().filter(pl.col("len") >= LEAST_SHARED)
    likely = _of_any(stored.readings, article_id=often["article_id"], fingerprint=readings["fingerprint"])
    left = before.select(FAMILY)["family"]
    families = pl.concat([left, _related(likely, readings, standing).select(FAMILY)["family"]])
    family = _of_any(stored.readings, article_id=families, copy_of=families).filter(FAMILY.is_in(families.implode()))
    again = FAMILY.is_in(left.implode()) | (at() >= readings.select(at()).min().item())
    found = family.filter(again)
    if not found.is_empty():
        # Whether a print stands for good is told by its own places, and those of the new readings' prints are known.
        others = prints(found).join(own, on="print", how="anti")
        more = _standing(_places(_sharing(stored, others)))
        standing = Standing(*(pl.concat(both) for both in zip(standing, more, strict=True)))
    return Relatives(found, family.filter(~again), standing)


def _of_any(readings: pl.DataFrame, **wanted: pl.Series) -> pl.DataFrame:
    """The readings that have in any of these columns what is wanted there."""
    found = pl.repeat(False, readings.height, eager=True)
    for column, values in wanted.items():
        if values.len():
            found |= readings[column].is_in(values.drop_nulls().implode()).fill_null(False)
    return readings.filter(found) if found.any() else readings.clear()


#: An original with its copies goes by the original's id.
FAMILY = pl.coalesce("copy_of", "article_id").alias("family")


def _related(stored: pl.DataFrame, readings: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """The stored readings that reprint one of these, or are reprinted by one."""
    if stored.is_empty():
        return stored
    # The others of these have no part in a pair with one that is stored.
    sharing = prints(readings).join(prints(stored).select("print"), on="print", how="semi")["article_id"]
    these = _of_any(readings, article_id=sharing, fingerprint=stored["fingerprint"])
    rows = _ordered(_with(these, stored))
    mine = rows["article_id"].is_in(these["article_id"].implode())
    pairs = _pairs(rows, standing)
    touched = pairs.filter(mine.gather(pairs["later"]) | mine.gather(pairs["earlier"]))
    return stored.join(rows[pl.concat([touched["later"], touched["earlier"]]).unique()], on="article_id", how="semi")


def prints(readings: pl.DataFrame) -> pl.DataFrame:
    """`article_id, day, outlet, print`: a row for each hash of a sketch. Days count from 1970, outlets are hashes."""
    found = readings.select("article_id", (at() // _DAY).alias("day"), pl.col("outlet").hash(), print="sketch")
    return found.drop_nulls("print").explode("print", empty_as_null=False, keep_nulls=False)


def _sharing(stored: Prints, these: pl.DataFrame) -> pl.DataFrame:
    """`prints` of stored readings, those that are among these as well."""
    sharing = stored.sharing(these["print"])
    return sharing.select("article_id", (at() // _DAY).alias("day"), pl.col("outlet").hash(), "print")


def _places(found: pl.DataFrame) -> pl.DataFrame:
    """`print, day, outlet`, each once: where prints are seen."""
    return found.select("print", "day", "outlet").unique()


_DAY = 86_400


def _with(readings: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([readings.select(COMPARED), others.select(COMPARED)])


def at() -> pl.Expr:
    """When an article counts as published, in seconds since 1970."""
    next_month = (pl.col("month") + "-01").str.to_datetime(time_unit="us", time_zone="UTC").dt.offset_by("1mo")
    return pl.coalesce("published_at", next_month.dt.offset_by("-1s")).dt.epoch("s").alias("at")


def _ordered(readings: pl.DataFrame) -> pl.DataFrame:
    """The readings in the order in which they were published, which is their `place`."""
    return (
        readings.with_columns(at())
        .sort("at", -pl.col("words").fill_null(0), "article_id")
        .with_row_index("place")
        .with_columns(day=pl.col("at") // _DAY)
    )


def _pairs(rows: pl.DataFrame, standing: Standing | None) -> pl.DataFrame:
    """`later, earlier`: places of articles of which the later one reprints the earlier one."""
    rows = rows.with_columns(pl.col("outlet").hash())
    found = rows.select("place", "day", "outlet", print="sketch").drop_nulls("print")
    found = found.explode("print", empty_as_null=False, keep_nulls=False)
    standing = standing or _standing(_places(found.filter(pl.col("print").is_duplicated())))
    runs = _passing(found, standing).select("place", "print")
    texts = rows.select("place", "day", "outlet", print="fingerprint").drop_nulls("print")
    texts = texts.join(_repeated(texts, ["print"], DAYS), on="print", how="anti")
    alike = _alike(_near(runs, rows, votes=2), runs, rows, standing)
    pairs = pl.concat([_near(texts, rows, votes=1), alike]).unique()
    return pl.concat([pairs, _alike(_of_copied(pairs, rows), runs, rows, standing)]).unique()


def _standing(seen: pl.DataFrame) -> Standing:
    """Of the prints that are seen in these places."""
    seen = seen.filter(pl.len().over("print") >= min(DAYS, DAYS_AT_HOME))  # most are not
    at_home = _repeated(seen, ["print", "outlet"], DAYS_AT_HOME)
    outlets = seen.join(at_home, on="print", how="semi").group_by("print").agg(pl.col("outlet").n_unique())
    abroad = outlets.filter(pl.col("outlet") > OUTLETS_AT_HOME)
    return Standing(_repeated(seen, ["print"], DAYS), at_home.join(abroad, on="print", how="anti"))


def _passing(found: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Those rows whose print does not stand for good."""
    if standing.everywhere.is_empty() and standing.at_home.is_empty():
        return found
    passing = found.join(standing.everywhere, on="print", how="anti")
    return passing.join(standing.at_home, on=["print", "outlet"], how="anti")


def _repeated(seen: pl.DataFrame, what: list[str], days: int) -> pl.DataFrame:
    """`what` is seen on so many days within WINDOW."""
    if seen.height < days:
        return seen.select(what).clear()
    often = seen.group_by(what).len().filter(pl.col("len") >= days)
    first = seen.join(often, on=what, how="semi").select(*what, "day").unique().sort(*what, "day")
    last = first.select(pl.all().shift(1 - days).name.suffix("_last"))
    same = [pl.col(column) == pl.col(f"{column}_last") for column in what]
    soon = pl.col("day_last") - pl.col("day") < WINDOW
    return first.hstack(last).filter(*same, soon).select(what).unique()


def _near(found: pl.DataFrame, rows: pl.DataFrame, votes: int) -> pl.DataFrame:
    """`later, earlier`: places that share so many prints, of which the first and the last one before count."""
    found = found.filter(pl.col("print").is_duplicated()).sort("print", "place")
    place = found["place"].cast(pl.Int64).to_numpy()
    group = found["print"].rle_id().cast(pl.Int64).to_numpy() << 32
    at = rows["at"].to_numpy()
    since = np.searchsorted(at, at - WINDOW * _DAY)
    first = np.searchsorted(group | place, group | since[place])
    here = np.arange(place.size)
    one, another = first < here, first < here - 1
    pairs = pl.DataFrame(
        {
            "later": np.concatenate([place[one], place[another]]),
            "earlier": np.concatenate([place[first[one]], place[here[another] - 1]]),
        },
        schema={"later": pl.UInt32, "earlier": pl.UInt32},
    )
    return pairs.group_by("later", "earlier").len().filter(pl.col("len") >= votes).drop("len")


def _alike(pairs: pl.DataFrame, runs: pl.DataFrame, rows: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    """Those pairs of which enough of the later one stands in the earlier one."""
    if pairs.is_empty():
        return pairs
    reach = pl.when(pl.col("sketch").list.len() >= SAMPLED).then(pl.col("sketch").list.last())
    known = rows.select("place", "outlet", reach=reach)
    held = runs.join(pairs.select(place="earlier").unique(), on="place", how="semi")
    shared = (
        pairs.join(known, left_on="later", right_on="place")
        .join(known.rename({"outlet": "home", "reach": "bound"}), left_on="earlier", right_on="place")
        .join(runs, left_on="later", right_on="place")
        # A copy may bring along what stands for good where it is from.
        .join(standing.at_home, left_on=["print", "home"], right_on=["print", "outlet"], how="anti")
        # Of what is greater than a sample's greatest nobody knows whether the text has it.
        .filter(pl.col("print") <= pl.min_horizontal("reach", "bound").fill_null(2**31))
        .join(held.with_columns(held=1), left_on=["earlier", "print"], right_on=["place", "print"], how="left")
        .group_by("later", "earlier")
        .agg(runs=pl.len(), share=pl.col("held").count() / pl.len(), at_home=(pl.col("outlet") == pl.col("home")).any())
    )
    enough = pl.when("at_home").then(SHARE_AT_HOME).otherwise(SHARE)
    return shared.filter(pl.col("runs") >= LEAST_RUNS, pl.col("share") >= enough).select("later", "earlier")


def _of_copied(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs of an article and the first one that its own earlier one reprints: it may reprint that as well."""
    first = pairs.group_by("later").agg(first=pl.col("earlier").min())
    further = pairs.join(first, left_on="earlier", right_on="later").select("later", earlier="first").unique()
    soon = rows["at"].gather(further["later"]) - rows["at"].gather(further["earlier"]) <= WINDOW * _DAY
    return further.filter(soon).join(pairs, on=["later", "earlier"], how="anti")


def _first(pairs: pl.DataFrame, count: int) -> pl.Series:
    """For each place that of its original, the first one that it reprints and that is no copy; null for an original."""
    found: list[int | None] = [None] * count
    for later, earlier in pairs.sort("later", "earlier").iter_rows():
        if found[later] is None and found[earlier] is None:
            found[later] = earlier
    return pl.Series(found, dtype=pl.UInt32)
