"""Why an article is in its story: what it shares with the others, how long they were silent, and whom it reprints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log
from typing import Any

import polars as pl

from data import copies, stories
from data.archive import Archive
from data.identity import article_id, canonical_url
from data.phrases import phrases_of
from data.terminal import printable

#: Of a story so many texts are compared with, those nearest in time; so many others of its months tell what is usual.
COMPARED, USUAL = 60, 600

#: Phrases and actors that are told at most.
MOST = 8


@dataclass(frozen=True)
class Belonging:
    """An article's place in its story.

    `articles` are all of the story, in the order of publication: `article_id, title, outlet, published_at, copy_of`.
    `phrases` and `actors` are what it shares with others, the most telling first, each with how many of the `compared`
    other texts have it; `nearest` is the earlier one that shares most of that.
    """

    article: str
    story: str
    articles: pl.DataFrame
    phrases: tuple[tuple[str, int], ...]
    actors: tuple[tuple[str, int], ...]
    nearest: str | None
    compared: int

    def row(self, article: str) -> dict[str, Any]:
        """An article of the story."""
        return self.articles.row(by_predicate=pl.col("article_id") == article, named=True)

    @property
    def original(self) -> str | None:
        """The article that this one reprints."""
        found: str | None = self.row(self.article)["copy_of"]
        return found

    @property
    def copies(self) -> pl.DataFrame:
        """The other articles that reprint the same text: rows of `articles`, without the original."""
        same = pl.col("copy_of") == (self.original or self.article)
        return self.articles.filter(same, pl.col("article_id") != self.article)


def article(archive: Archive, name: str) -> dict[str, Any] | None:
    """`id, title, text, language, published_at` (as text), `outlet, url` of the article of this id or address, or None.

    Raises ArchiveError.
    """
    try:
        ids = [name, article_id(canonical_url(name))]
    except ValueError:
        ids = [name]
    stored = archive.known(ids)
    if stored.is_empty():
        return None
    one = (pl.col("month") == stored["month"][0]) & (pl.col("id") == stored["id"][0])
    row = archive.articles().filter(one).select(*_TEXT, "language", "published_at", "outlet", "url").collect()
    found = row.row(0, named=True)
    return found | {"published_at": found["published_at"] and found["published_at"].isoformat()}


def heading(record: Mapping[str, Any]) -> str:
    """Which article it is, on two lines."""
    when = (record["published_at"] or "undated")[:16]
    said = f"{printable(record['title'] or 'untitled')} ({record['outlet']}, {when}, {record['id']})"
    return f"article  {said}\n         {printable(record['url'])}"


def of_article(archive: Archive, article: str) -> Belonging | None:
    """The place of the article of this id in its story; None where the archive has not read it. Raises ArchiveError."""
    readings = archive.readings().select("article_id", "month", "published_at", "outlet", "copy_of", "story")
    own = readings.filter(pl.col("article_id") == article).collect()
    if own.is_empty():
        return None
    story = own["story"].item()
    told = readings.filter(pl.col("story") == story).with_columns(copies.at()).collect()
    texts, usual = _texts(archive, told, article), _usual(archive, told)
    telling = phrases_of(pl.concat([texts, usual]).unique("id", maintain_order=True))
    named = archive.mentions().filter(_within(told), pl.col("article_id").is_in(texts["id"].implode()))
    titles = archive.articles().filter(_within(told)).select("title", article_id="id")
    return explained(
        article,
        told.join(titles.collect(), on="article_id", how="left").sort("at", "article_id"),
        telling.with_columns(here=pl.col("article_id").is_in(texts["id"].implode())),
        named.select("article_id", "actor").collect(),
        usual.height,
    )


def explained(article: str, told: pl.DataFrame, telling: pl.DataFrame, named: pl.DataFrame, usual: int) -> Belonging:
    """The place of an article among those of its story, `told`, in the order of publication.

    `telling` is that of `phrases_of` with `here` for the texts of the story that are compared, among `usual`
    others; `named` is `article_id, actor` of those of the story.
    """
    phrases = _shared(article, telling, usual)
    actors = _counted(named.filter(pl.col("actor").is_in(_own(named, article)["actor"].implode())), article, "actor")
    return Belonging(
        article=article,
        story=told["story"][0],
        articles=told.select("article_id", "title", "outlet", "published_at", "copy_of"),
        phrases=tuple(_apart(phrases.group_by("phrase", maintain_order=True).first())),
        actors=tuple(actors.select("actor", "others").head(MOST).iter_rows()),
        nearest=_nearest(article, told, phrases),
        compared=telling.filter("here", pl.col("article_id") != article)["article_id"].n_unique(),
    )


def _within(told: pl.DataFrame) -> pl.Expr:
    """The months of a story; naming them spares the scan of all others."""
    return pl.col("month").is_in(told["month"].unique().implode())


def _texts(archive: Archive, told: pl.DataFrame, article: str) -> pl.DataFrame:
    """`id, title, text` of the article and of the originals of its story that are nearest to it in time."""
    at = told.filter(pl.col("article_id") == article)["at"].item()
    near = told.filter(pl.col("copy_of").is_null() | (pl.col("article_id") == article))
    near = near.sort((pl.col("at") - at).abs(), pl.col("article_id") != article, "article_id").head(COMPARED + 1)
    wanted = pl.concat([near["article_id"], pl.Series([article])]).unique()
    return archive.articles().filter(_within(near), pl.col("id").is_in(wanted.implode())).select(_TEXT).collect()


def _usual(archive: Archive, told: pl.DataFrame) -> pl.DataFrame:
    """`id, title, text` of articles of other stories, evenly drawn from its months."""
    others = archive.readings().filter(_within(told), pl.col("story") != told["story"][0], pl.col("copy_of").is_null())
    ids = others.sort("published_at", "article_id").select("article_id").collect()["article_id"]
    some = ids.gather_every(max(1, len(ids) // USUAL))
    return archive.articles().filter(_within(told), pl.col("id").is_in(some.implode())).select(_TEXT).collect()


_TEXT = ("id", "title", "text")


def _own(rows: pl.DataFrame, article: str) -> pl.DataFrame:
    return rows.filter(pl.col("article_id") == article)


def _shared(article: str, telling: pl.DataFrame, usual: int) -> pl.DataFrame:
    """`article_id, phrase, written, others, weight`: the phrases of the article that others of its story have as well.

    A phrase weighs by how rare it is among the usual texts; the most telling ones come first.
    """
    rows = telling.explode("phrases", "written").select("article_id", "here", "written", phrase="phrases")
    rows = rows.with_columns(pl.col("phrase", "written").cast(pl.String))
    own = _own(rows, article).select("phrase", "written")
    rows = rows.drop("written").filter(pl.col("article_id") != article).join(own, on="phrase")
    before = pl.col("here").not_().sum().over("phrase")
    return (
        rows.with_columns(
            others=pl.col("here").sum().over("phrase"),
            weight=((usual + 1) / (before + 1)).log(),
        )
        .filter("here", pl.col("weight") > log(_RARE))
        .sort(
            pl.col("others") * pl.col("weight") * pl.col("phrase").str.count_matches(" ").add(1).sqrt(),
            "phrase",
            descending=[True, False],
        )
    )


#: One in so many of the usual texts has a telling phrase at most.
_RARE = 10


def _counted(rows: pl.DataFrame, article: str, what: str) -> pl.DataFrame:
    """`what, others`: how many other articles have it, the most frequent first."""
    others = rows.filter(pl.col("article_id") != article)
    return others.group_by(what).agg(others=pl.len()).sort("others", what, descending=[True, False])


def _apart(phrases: pl.DataFrame) -> list[tuple[str, int]]:
    """The first phrases, as written, with how many others have them; no two have a word in common."""
    chosen: list[tuple[str, int]] = []
    said: set[str] = set()
    for phrase, written, others in phrases.select("phrase", "written", "others").iter_rows():
        if len(chosen) < MOST and said.isdisjoint(phrase.split()):
            chosen.append((written, others))
            said.update(phrase.split())
    return chosen


def _nearest(article: str, told: pl.DataFrame, phrases: pl.DataFrame) -> str | None:
    """The article before this one that shares the most telling phrases with it."""
    place = told["article_id"].to_list().index(article)
    before = phrases.filter(pl.col("article_id").is_in(told["article_id"].head(place).implode()))
    alike = before.group_by("article_id").agg(pl.col("weight").sum())
    found = alike.sort("weight", "article_id", descending=[True, False])["article_id"].to_list()
    return found[0] if found else None


def as_json(belonging: Belonging) -> dict[str, Any]:
    """`story, articles, outlets, first, last, place, nearest, phrases, actors, compared, copy_of, copies`."""
    rows, copies_of = belonging.articles, belonging.copies["article_id"].to_list()
    told_at = rows["published_at"].drop_nulls()
    return {
        "story": belonging.story,
        "articles": rows.height,
        "outlets": rows["outlet"].n_unique(),
        "first": _moment(told_at.min()),  # type: ignore[arg-type]
        "last": _moment(told_at.max()),  # type: ignore[arg-type]
        "place": rows["article_id"].to_list().index(belonging.article) + 1,
        "nearest": belonging.nearest,
        "phrases": [{"phrase": phrase, "others": others} for phrase, others in belonging.phrases],
        "actors": [{"actor": actor, "others": others} for actor, others in belonging.actors],
        "compared": belonging.compared,
        "copy_of": belonging.original,
        "copies": copies_of,
    }


def told(belonging: Belonging) -> str:
    """The place of an article in its story, for people."""
    return "\n".join([*_told_story(belonging), *_told_why(belonging), *_told_copies(belonging)])


def _told_story(belonging: Belonging) -> list[str]:
    rows = as_json(belonging)
    first = belonging.articles.row(0, named=True)
    if rows["articles"] == 1:
        return [f"story    {belonging.story}: no other article tells it"]
    return [
        f"story    {belonging.story}: {rows['articles']:,} articles of {_number(rows['outlets'], 'outlet')}, "
        f"{(rows['first'] or 'undated')[:10]} to {(rows['last'] or 'undated')[:10]}; this is number {rows['place']:,}",
        f"         begun by {_named(first)}",
    ]


def _told_why(belonging: Belonging) -> list[str]:
    """What speaks for it; nothing of an article that is alone."""
    if belonging.articles.height == 1:
        return []
    of = f"of {_number(belonging.compared, 'other text')}"
    lines = []
    if belonging.original:
        lines.append("why      a copy is where its original is")
    elif belonging.article == belonging.articles["article_id"][0]:
        lines.append("why      it began the story; the others joined it")
    elif belonging.nearest:
        lines.append(f"why      most like {_named(belonging.row(belonging.nearest))}")
    silence = _silence(belonging)
    lines += [f"         {silence}"] if silence else []
    lines += [f"         shares   {_shares(belonging.phrases)} ({of})"] if belonging.phrases else []
    lines += [f"         names    {_shares(belonging.actors)} ({of})"] if belonging.actors else []
    return lines


def _told_copies(belonging: Belonging) -> list[str]:
    lines = []
    if belonging.original and belonging.original in belonging.articles["article_id"]:
        lines.append(f"copy of  {_named(belonging.row(belonging.original))}")
    elif belonging.original:
        lines.append(f"copy of  {belonging.original}")
    copied = [_named(row) for row in belonging.copies.head(MOST).iter_rows(named=True)]
    more = belonging.copies.height - len(copied)
    lines += [f"{'copies  ' if not number else '        '} {one}" for number, one in enumerate(copied)]
    return lines + ([f"         and {more:,} more"] if more else [])


def _silence(belonging: Belonging) -> str | None:
    """How long nobody had told the story when this article did."""
    own = belonging.row(belonging.article)["published_at"]
    before = belonging.articles.filter(pl.col("published_at") < own)["published_at"].max() if own else None
    if not isinstance(before, datetime):
        return None
    hours = (own - before).total_seconds() / 3600
    since = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} days"
    return f"{since} after the article before it; a story is over after {stories.QUIET} days without one"


def _shares(things: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{printable(thing)} {others}" for thing, others in things)


def _named(row: Mapping[str, Any]) -> str:
    """`Title (outlet, 2024-10-01T09:30, id)`, on one line whatever the title holds."""
    at = row["published_at"]
    return f"{printable(row['title'] or 'untitled')} ({row['outlet']}, {_moment(at) or 'undated'}, {row['article_id']})"


def _moment(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%dT%H:%MZ}" if at else None


def _number(number: int, what: str) -> str:
    """A number of things.

    >>> _number(1, "outlet"), _number(1_200, "outlet")
    ('1 outlet', '1,200 outlets')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"
