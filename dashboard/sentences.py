"""What an article says of the chosen actors: of all sentences about them the one that says it most surely."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboard.held import FEW, Press, kept
from data.queries import Kind, kind_of

_MOST_LETTERS = 300


@dataclass(frozen=True)
class Sentence:
    """A sentence about an actor: its words, where the actor's names stand in them, its tone and who says it.

    `place` is where it stands in the article, as `text.120`; `speaker` is as in `schema`, None for the outlet itself.
    """

    actor: str
    words: str
    names: tuple[tuple[int, int], ...]
    kind: Kind
    tone: float | None
    confidence: float | None
    speaker: str | None
    place: str


@dataclass(frozen=True)
class Said:
    """An article's title and text, and its clearest sentence; None where it has none about these actors."""

    title: str
    text: str
    sentence: Sentence | None


@kept(FEW)
def said(press: Press, articles: tuple[str, ...], actors: tuple[str, ...]) -> dict[str, Said]:
    """What a few articles say, by their ids. Raises what reading an archive raises."""
    archive, near = press.search.archive, _near(press, articles)
    texts = archive.articles().filter(near, pl.col("id").is_in(articles)).select("id", "title", "text").collect()
    of_actors = pl.col("article_id").is_in(articles) & pl.col("actor").is_in(actors)
    columns = ("article_id", "actor", "spans", "passages")
    mentions = archive.mentions().filter(near, of_actors).select(columns).collect() if actors else pl.DataFrame()
    by_article: dict[str, list[dict[str, Any]]] = {}
    for mention in mentions.iter_rows(named=True):
        by_article.setdefault(mention["article_id"], []).append(mention)
    return {
        one: Said(title or "", text or "", clearest({"title": title, "text": text}, by_article.get(one, ())))
        for one, title, text in texts.iter_rows()
    }


def _near(press: Press, articles: tuple[str, ...]) -> pl.Expr:
    """The months of these articles, whose naming spares the scan of all others; all, where one of them is undated."""
    days = press.articles.filter(pl.col("article_id").is_in(articles))["day"]
    months = days.dt.strftime("%Y-%m").unique().to_list()
    return pl.lit(True) if None in months else pl.col("month").is_in(months)


def clearest(article: dict[str, str | None], mentions: Iterable[dict[str, Any]]) -> Sentence | None:
    """Of all passages the surest one with a tone, the strongest of equal ones; else the first one.

    >>> one = {"field": "text", "start": 0, "end": 12, "tone": 0.1, "confidence": 0.8, "speaker": None}
    >>> two = one | {"start": 13, "end": 28, "tone": -0.9}
    >>> span = {"field": "text", "start": 13, "end": 17}
    >>> mention = {"actor": "nato", "passages": [one, two], "spans": [span]}
    >>> clearest({"text": "It met here. NATO failed us."}, [mention]).words
    'NATO failed us.'
    """
    found = (
        (mention, passage)
        for mention in mentions
        for passage in mention["passages"] or []
        if (article.get(passage["field"]) or "")[passage["start"] : passage["end"]].strip()
    )
    # Names are looked for in the one that is shown, not in all.
    best = max(found, key=lambda one: _clear(one[1]), default=None)
    return _sentence(article, *best) if best else None


def _clear(passage: dict[str, Any]) -> tuple[float, float]:
    tone, confidence = passage["tone"], passage["confidence"]
    if kind_of(tone, confidence) in ("unsure", "not_scored"):
        return (0.0, 0.0)
    # A lexicon knows no doubt, so that the strength alone tells its sentences apart.
    return (confidence or 1.0, abs(tone or 0.0))


def _sentence(article: dict[str, str | None], mention: dict[str, Any], passage: dict[str, Any]) -> Sentence:
    field, start, end = passage["field"], passage["start"], passage["end"]
    whole = (article[field] or "")[start:end].rstrip()
    words = whole if len(whole) <= _MOST_LETTERS else whole[:_MOST_LETTERS].rsplit(" ", 1)[0] + " …"
    shown = min(len(words), _MOST_LETTERS)
    names = sorted(
        (max(span["start"] - start, 0), min(span["end"] - start, shown))
        for span in mention["spans"] or []
        if span["field"] == field and span["start"] - start < shown and span["end"] > start
    )
    kind = kind_of(passage["tone"], passage["confidence"])
    told = (kind, passage["tone"], passage["confidence"], passage["speaker"])
    return Sentence(mention["actor"], words, tuple(names), *told, f"{field}.{start}")
