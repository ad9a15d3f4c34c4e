"""From when on another catalogue or model read the articles: what a chart of time must mark, and its words.

A step where the reading changed may be the reading's own. A new catalogue may find other mentions, with other tones; a
new model reads tones and topics only.
"""

import os
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import polars as pl

from dashboard import blocks
from dashboard.break_charts import MOST_RULES
from dashboard.charts import Every
from dashboard.desk import Desk
from dashboard.held import FEW, MANY, Press, kept
from data import versions
from data.filters import Filters
from data.versions import Of


@dataclass(frozen=True, eq=False)
class Breaks:
    """`found` is `of, date, before, after`: each period from which on another version read most articles.

    `mixed` is `of, date, articles, others`: the periods of which not all articles were read with one version.
    """

    found: pl.DataFrame
    mixed: pl.DataFrame


def of_volume(desk: Desk, filters: Filters, every: Every) -> Breaks:
    """What may make a step in a volume: the catalogue; and the model, where topics or tones choose what is counted."""
    chosen = filters.topics or filters.tone_from is not None or filters.tone_to is not None
    return _breaks(desk.press, _same_press(filters), every, versions.OF if chosen else ("catalogue",))


def of_tone(desk: Desk, filters: Filters, every: Every) -> Breaks:
    """What may make a step in a tone."""
    return _breaks(desk.press, _same_press(filters), every, versions.OF)


def _same_press(filters: Filters) -> Filters:
    """All articles of the same press: an actor's own would tell by chance which version read most of them."""
    return replace(filters, actors=(), topics=(), stories=(), search="", tone_from=None, tone_to=None)


@kept(MANY)
def _breaks(press: Press, filters: Filters, every: Every, kinds: tuple[Of, ...]) -> Breaks:
    # Most archives are read with one version, of which there is nothing to work out for each view.
    of = {kind: versions.periods(_by_day(press), filters, every, kind) for kind in kinds if kind in _changed(press)}
    if not of:
        return _NONE
    return Breaks(
        pl.concat(versions.breaks(periods).select(pl.lit(kind).alias("of"), pl.all()) for kind, periods in of.items()),
        pl.concat(
            periods.filter(pl.col("others") > 0).select(pl.lit(kind).alias("of"), "date", "articles", "others")
            for kind, periods in of.items()
        ),
    )


@kept(FEW)
def _by_day(press: Press) -> pl.DataFrame:
    return versions.by_day(press.search.archive.readings())


_NONE = Breaks(
    pl.DataFrame(schema={"of": pl.String, "date": pl.Date, "before": pl.String, "after": pl.String}),
    pl.DataFrame(schema={"of": pl.String, "date": pl.Date, "articles": pl.Int64, "others": pl.Int64}),
)


@kept(FEW)
def _changed(press: Press) -> tuple[Of, ...]:
    """Of what there is more than one version."""
    return tuple(of for of in versions.OF if _by_day(press)[of].n_unique() > 1)


@dataclass(frozen=True, eq=False)
class Today:
    """The versions of today, and what has read the articles: the rows of `versions.counted`."""

    catalogue: str
    model: str
    counted: pl.DataFrame


def today(desk: Desk) -> Today | None:
    """What is stale against today's catalogue and model; None where no run has told which model that is."""
    runs = desk.press.runs
    last = runs["model_version"][0] if runs.height else None
    model = os.environ.get("NEWSGAUGE_MODEL_VERSION") or last
    if not model:
        return None
    return Today(desk.catalogue.version, model, _counted(desk.press, desk.catalogue.version, model))


@kept(FEW)
def _counted(press: Press, catalogue: str, model: str) -> pl.DataFrame:
    return versions.counted(press.search.archive.readings(), catalogue, model)


@lru_cache(maxsize=MANY)
def told(breaks: Breaks, every: Every) -> str:
    """What the rules of a chart say, for readers who see none; empty where all was read with one version."""
    sentences = [*(_break(row, every) for row in _latest(breaks.found).iter_rows(named=True))]
    if more := breaks.found.height - len(sentences):
        sentences.append(f"{more} change{'s' if more > 1 else ''} before.")
    sentences += [_mixture(of, rows, every) for (of,), rows in breaks.mixed.group_by("of", maintain_order=True)]
    if sentences:
        sentences.append("A step there may be the reading's and not the press's.")
    return " ".join(sentences)


def _latest(found: pl.DataFrame) -> pl.DataFrame:
    return found.sort("date", maintain_order=True).tail(MOST_RULES)


def _break(row: dict[str, object], every: Every) -> str:
    since = _period(row["date"], every)  # type: ignore[arg-type]
    return f"New {row['of']}: from {since} on most articles are read with {row['after']}, before with {row['before']}."


def _mixture(of: object, mixed: pl.DataFrame, every: Every) -> str:
    first, last = _period(mixed["date"].min(), every), _period(mixed["date"].max(), every)  # type: ignore[arg-type]
    most = blocks.percent((mixed["others"] / mixed["articles"]).max())  # type: ignore[arg-type]
    if mixed.height == 1:
        return f"Mixed: {first}, {most} of its articles are read with another {of} than most."
    where = f"{mixed.height} {every}s, {first} to {last}"
    return f"Mixed: {where}, up to {most} of their articles are read with another {of} than most."


def _period(day: date, every: Every) -> str:
    """A period as it stands in a sentence."""
    return f"the {blocks.period(day, every)}" if every == "week" else blocks.period(day, every)
