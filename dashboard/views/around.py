"""What one actor's articles are about, who writes them, which stories they tell, and whom else they name."""

from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from dashboard import answers, blocks, controls, portraits
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import Words
from dashboard.desk import link, page_link
from dashboard.theme import escape, inert
from dashboard.views.scene import Scene, laid_out

_TOPICS, _OUTLETS, _STORIES, _PARTNERS = 12, 10, 9, 12


def cards(scene: Scene) -> None:
    """Two rows of two cards."""
    with st.container(key="parts"):
        left, right = st.columns(2, gap="small")
        with left:
            _topics(scene)
        with right:
            _outlets(scene)
    with st.container(key="parts-more"):
        left, right = st.columns(2, gap="small")
        with left:
            _stories(scene)
        with right:
            _partners(scene)


def words_of(scene: Scene, **more: str) -> Words:
    """The words of the page, of its one actor; `more` takes the place of others."""
    own = controls.to_words(scene.view) | {"actor": list(scene.filters.actors)}
    return own | {word: [value] for word, value in more.items()}


@dataclass(frozen=True, eq=False)
class _Laid:
    """What a card shows: the `table` behind it, its note, its list as HTML, empty where there is none, what is left."""

    table: pl.DataFrame
    note: str
    html: str
    more: str = ""


# Topics


def _topics(scene: Scene) -> None:
    how = (
        "The part of the actor's articles that is about a topic; an article may have several, or none. The upright "
        "line is the part of all articles of the same press and days that name an actor, whichever. ▲ marks what is "
        "more than that: at least 1.25 times, and by three standard errors. × is not told under ten texts."
    )
    laid = _topics_laid(scene)
    with blocks.card("topics", "Topics", how, laid.note, laid.table):
        if not laid.html:
            blocks.empty("No topic was found in these articles", "Choose a longer period or fewer filters.")
            return
        st.html(laid.html)
        if laid.more:
            blocks.note(laid.more)


@laid_out
def _topics_laid(scene: Scene) -> _Laid:
    rows = portraits.topics_beside(scene.desk.press, scene.filters)
    labels = {topic.key: topic.label for topic in scene.desk.catalogue.topics}
    table = rows.with_columns(label=pl.col("topic").replace(labels)).select(
        "label", "articles", "share", "usual", "lift", "more"
    )
    shown = _most_telling(rows, _TOPICS)
    # Several chosen topics widen each other: a link could not mean one of them within another.
    linked = not scene.filters.topics
    items = [
        _beside(
            link("articles", words_of(scene, topic=row["topic"]), labels.get(row["topic"], row["topic"]))
            if linked
            else escape(labels.get(row["topic"], row["topic"])),
            row,
            _reach(shown),
        )
        for row in shown.iter_rows(named=True)
    ]
    more = rows.height - shown.height
    return _Laid(
        table,
        f"of the articles that name {scene.actors[0].label}; │ of all actors'",
        f'<ol class="ng-ranked ng-beside">{"".join(items)}</ol>' if items else "",
        f"{more} more topic{'s' if more > 1 else ''} in the table." if more else "",
    )


def _most_telling(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    """The most telling rows of `portrait.beside`, the largest of them first."""
    return rows.head(number).sort("articles", descending=True, maintain_order=True)


def _reach(rows: pl.DataFrame) -> float:
    return float(max([1e-9, *rows["share"].to_list(), *rows["usual"].to_list()]))


def _beside(name: str, row: dict[str, Any], reach: float, behind: Words | None = None) -> str:
    """A line with the bar of its share and a mark at the usual one; `name` is HTML.

    The number leads to the articles `behind` it, where there is a link to them.
    """
    number = f"{row['articles']:,}"
    number = link("articles", behind, number) if behind else number
    lift = f"× {row['lift']:.1f}" if row["lift"] is not None else ""
    mark = '<span class="over" title="more than usual">▲</span>' if row["more"] else ""
    told = f"{blocks.percent(row['share'])} of them against {blocks.percent(row['usual'])} of all"
    return (
        f'<li title="{told}"><span>{name}</span><span class="count">{mark}{blocks.percent(row["share"])} · '
        f"{number} <small>{lift}</small></span>"
        f'<span class="track"><span class="bar" style="width:{row["share"] / reach:.1%}"></span>'
        f'<span class="tick" style="left:{row["usual"] / reach:.1%}"></span></span></li>'
    )


# Outlets


def _outlets(scene: Scene) -> None:
    how = (
        "Who writes about the actor. Attention is the part of all the outlet's articles of these days that names the "
        "actor. The tone is the mean of its mentions, with the 95 % interval on one scale for all; it is blank under "
        f"{FEWEST_STORIES} stories, and n counts them."
    )
    laid = _outlets_laid(scene)
    with blocks.card("outlets", "Outlets", how, laid.note, laid.table):
        st.html(laid.html)
        if laid.more:
            blocks.note(laid.more)


@laid_out
def _outlets_laid(scene: Scene) -> _Laid:
    rows = portraits.outlets(scene.desk.press, scene.filters, scene.view.measure)
    told = rows.with_columns(
        label=pl.col("outlet").replace(scene.desk.outlets()),
        **{name: pl.when(pl.col("stories") >= FEWEST_STORIES).then(name) for name in ("tone", "low", "high")},
    )
    table = told.select(
        "label",
        "articles",
        "tone",
        "low",
        "high",
        "stories",
        total_count="collected",
        ratio="attention",
    )
    shown = told.head(_OUTLETS)
    reach = max([0.2, *(abs(value) for name in ("low", "high") for value in shown[name].drop_nulls())])
    body = "".join(_outlet(scene, row, min(1.0, reach)) for row in shown.iter_rows(named=True))
    more, articles = rows.height - shown.height, rows["articles"][_OUTLETS:].sum()
    return _Laid(
        table,
        f"{rows.height} outlet{'s' if rows.height != 1 else ''} name {scene.actors[0].label}",
        '<div class="ng-scroll" tabindex="0" role="region" aria-label="Outlets"><table class="ng-table ng-outlets">'
        '<thead><tr><th>Outlet</th><th class="number">Articles</th><th class="number">Attention</th>'
        '<th class="number">Tone</th><th>On one scale</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>",
        f"{more} more outlet{'s' if more > 1 else ''} with {articles:,} articles in the table." if more else "",
    )


def _outlet(scene: Scene, row: dict[str, Any], reach: float) -> str:
    words = {word: values for word, values in words_of(scene, outlet=row["outlet"]).items() if word != "panel"}
    if row["tone"] is None:
        tone, picture = '<span class="ng-muted">–</span>', ""
    else:
        half = (row["high"] - row["low"]) / 2
        tone = f'{blocks.signed(row["tone"])} <small class="beside">± {half:.2f}</small>'
        picture = _range(row["low"], row["tone"], row["high"], reach)
    share = "–" if row["attention"] is None else f"{row['attention']:.1%}".replace("%", " %")
    return (
        f"<tr><td>{link('articles', words, row['label'])}</td>"
        f'<td class="number">{row["articles"]:,}</td>'
        f'<td class="number">{share}<small>of {row["collected"] or 0:,}</small></td>'
        f'<td class="number">{tone}<small>n {row["stories"]:,}</small></td><td class="range">{picture}</td></tr>'
    )


def _range(low: float, mean: float, high: float, reach: float) -> str:
    """An interval on the scale from -reach to +reach, with a mark at 0 and one at the mean."""
    left, at, right = (max(0.0, min(1.0, (value / reach + 1) / 2)) for value in (low, mean, high))
    kind = "positive" if low > 0 else "negative" if high < 0 else "even"
    return (
        f'<span class="ng-range {kind}"><span class="zero"></span>'
        f'<span class="span" style="left:{left:.1%};width:{right - left:.1%}"></span>'
        f'<span class="mean" style="left:{at:.1%}"></span></span>'
    )


# Stories


def _stories(scene: Scene) -> None:
    how = (
        "Articles that tell one event are one story; how often that is right is told under Method. Counted are those "
        "of its articles that name the actor. The table has the tone toward it, blank under ten texts."
    )
    laid = _stories_laid(scene)
    with blocks.card("stories", "Stories with most articles", how, laid.note, laid.table):
        if not laid.html:
            blocks.empty("No event is told by more than one article here", "Choose a longer period or fewer filters.")
            return
        st.html(laid.html)
        page_link("stories", words_of(scene), inert(f"All stories that name {scene.actors[0].label} →"))


@laid_out
def _stories_laid(scene: Scene) -> _Laid:
    press, filters = scene.desk.press, scene.filters
    rows = answers.told_stories(press, filters, scene.view.measure)
    several = rows.filter(pl.col("articles") > 1)
    shown = answers.in_full(press, filters, scene.view.measure, tuple(several["story"].head(_STORIES)))
    titles = answers.story_titles(press, tuple(shown["story"]))
    enough = pl.col("scored").fill_null(0) >= FEWEST_STORIES
    table = shown.select(
        pl.col("story").replace(titles).alias("label"),
        "first",
        "last",
        "articles",
        "texts",
        "outlets",
        *(pl.when(enough).then(name).alias(name) for name in ("tone", "low", "high")),
    )
    note = f"{several.height:,} of several articles, {rows.height - several.height:,} of one"
    most = max(shown["articles"].to_list(), default=1)
    items = "".join(_story(scene, row, titles, most) for row in shown.iter_rows(named=True))
    return _Laid(table, note, f'<ol class="ng-ranked">{items}</ol>' if items else "")


def _story(scene: Scene, row: dict[str, Any], titles: dict[str, str], most: int) -> str:
    outlets = f"{row['outlets']} outlet{'s' if row['outlets'] != 1 else ''}"
    days = blocks.days(row["first"], row["last"]) if row["first"] else "undated"
    title = link("stories", words_of(scene, story=row["story"]), titles.get(row["story"]) or "untitled")
    return (
        f'<li><span>{title} <small class="ng-muted">{escape(days)}</small></span>'
        f'<span class="count">{row["articles"]:,} · {outlets}</span>'
        f'<span class="bar" style="width:{row["articles"] / most:.0%}"></span></li>'
    )


# Whom they name


def _partners(scene: Scene) -> None:
    how = (
        "Whom else the actor's articles name, the most telling first: × is how many times as often as in all articles "
        "of the same press and days that name an actor, whichever; the upright line is that part. It is not told under "
        "ten texts. ▲ marks what is more than that: at least 1.25 times, and by three standard errors."
    )
    laid = _partners_laid(scene)
    with blocks.card("together", "Named together with it", how, laid.note, laid.table):
        if not laid.html:
            blocks.empty("These articles name no other actor", "Choose a longer period or fewer filters.")
            return
        st.html(laid.html)


@laid_out
def _partners_laid(scene: Scene) -> _Laid:
    rows = portraits.partners(scene.desk.press, scene.filters)
    labels = scene.desk.labels()
    table = rows.with_columns(label=pl.col("actor").replace(labels)).select(
        "label", "articles", "share", "usual", "lift", "more"
    )
    shown = _most_telling(rows, _PARTNERS)
    items = "".join(_partner(scene, row, labels, _reach(shown)) for row in shown.iter_rows(named=True))
    return _Laid(
        table,
        f"of the articles that name {scene.actors[0].label}; │ of all",
        f'<ol class="ng-ranked ng-beside">{items}</ol>' if items else "",
    )


def _partner(scene: Scene, row: dict[str, Any], labels: dict[str, str], reach: float) -> str:
    """A partner, who leads to its page, and the articles that name both."""
    name = link("actor", words_of(scene, actor=row["actor"]), labels.get(row["actor"], row["actor"]))
    search = scene.view.filters.search
    both = f"({search}) actor:{row['actor']}" if search else f"actor:{row['actor']}"
    return _beside(name, row, reach, words_of(scene, search=both))
