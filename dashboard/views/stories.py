"""Events: what was told, by how many, since when, in what tone, and the articles that tell it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, cast

import polars as pl
import streamlit as st

from dashboard import answers, blocks, controls
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import View, Words
from dashboard.desk import Desk, actor_link, page_link
from dashboard.theme import escape, inert
from dashboard.views.nothing import nothing
from data.filters import Filters
from data.search import SearchError

TITLE = "Stories"
_SHOWN = 40
_OPEN_AT_MOST = 6
_FIRST = 4
_OUTLETS = 8
_MOST_BARS = 120
_KEY = "story-"
_ORDERS = {"largest": "largest", "newest": "newest"}

Order = Literal["largest", "newest"]


@dataclass(frozen=True)
class Scene:
    """What this run of the page shows."""

    desk: Desk
    view: View
    filters: Filters
    order: Order


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page: what is looked at, the stories, those that are opened with their articles."""
    header(controls.to_words(controls.chosen()))
    st.title("Stories")
    view = controls.bar(desk.catalogue, desk.press)
    blocks.notice(controls.notices(view))
    filters, first, last = desk.filters(view)
    try:
        rows = answers.told_stories(desk.press, filters, view.measure)
    except SearchError as error:
        controls.write_link(view)
        blocks.empty("This search cannot be read", str(error))
        return
    opened = _opened(view)
    with blocks.card("stories", "Events and who tells them", _HOW):
        if rows.is_empty():
            controls.write_link(view)
            nothing(desk, filters, first, last)
            return
        scene = Scene(desk, view, filters, _order())
        shown = _shown(rows, scene, opened)
        shown = answers.in_full(desk.press, filters, view.measure, tuple(shown["story"]))
        lost = _lost(scene, shown)
        _write(scene)
        blocks.notice(lost)
        st.html(_counted(scene, rows, shown))
        if shown.is_empty():
            blocks.empty(
                "No event is told by more than one article here",
                "Choose a longer period, more outlets or other actors; the articles are listed under Articles.",
            )
            return
        _list(scene, shown)


_HOW = (
    "Articles are of one story when title, lead and the actors named are alike enough, and no ten days without an "
    "article lie between them; a copy is where its original is. How often that is right is told under Method. Copies "
    "and originals count as one text. With actors chosen: the articles that name at least one of them, and their tone "
    f"toward these; otherwise all, and the tone of the text. A tone is told from {FEWEST_STORIES} texts on. The words "
    "behind a title are the phrases that the story's titles have more often than those of the whole archive."
)


# What the link says beside the filters


def _order() -> Order:
    return cast(Order, st.session_state.get("stories-order") or "largest")


def _opened(view: View) -> list[str]:
    """The ids of the stories whose cards are open: those of the link when a page opens, then the reader's."""
    state = st.session_state
    if state.get("stories-of") != state.get("closed"):
        state["stories-of"] = state.get("closed")
        asked = st.query_params.get_all("open")[:_OPEN_AT_MOST]
        # Who comes for one story wants to see it.
        asked += [story for story in view.filters.stories[:1] if story not in asked]
        state["stories-asked"] = asked
        for key in [key for key in state if str(key).startswith(_KEY)]:
            state[key] = False
        state.update({f"{_KEY}{story}": True for story in asked})
        state["stories-order"] = "newest" if st.query_params.get("sort") == "newest" else "largest"
    return _open_now()


def _open_now() -> list[str]:
    state = st.session_state
    return sorted(str(key).removeprefix(_KEY) for key in state if str(key).startswith(_KEY) and state[key])


def _write(scene: Scene) -> None:
    order = _order()
    controls.write_link(scene.view, open=_open_now(), sort=[] if order == "largest" else [order])


def _lost(scene: Scene, shown: pl.DataFrame) -> list[str]:
    """Close what is not shown any more; a message for each story that the link asked for in vain."""
    state, here = st.session_state, set(shown["story"])
    for story in set(_open_now()) - here:
        del state[f"{_KEY}{story}"]
    asked, state["stories-asked"] = state.get("stories-asked", ()), ()
    return [
        f'The link asks for story "{story[:64]}", which no article looked at tells.'
        for story in asked
        if story not in here
    ]


# The list


def _shown(rows: pl.DataFrame, scene: Scene, opened: Sequence[str]) -> pl.DataFrame:
    """The stories of several articles, in the order chosen, as many as are shown; those opened are among them."""
    wanted = pl.col("story").is_in([*opened, *scene.filters.stories])
    several = rows.filter((pl.col("articles") > 1) | wanted)
    if scene.order == "newest":
        several = several.sort("last", descending=True, nulls_last=True, maintain_order=True)
    return several.filter((pl.int_range(pl.len()) < _SHOWN) | wanted)


def _counted(scene: Scene, rows: pl.DataFrame, shown: pl.DataFrame) -> str:
    """How many stories there are, of how many articles, and what is not listed."""
    press, several = scene.desk.press, rows.filter(pl.col("articles") > 1)
    whom = " or ".join(scene.desk.label(actor) for actor in scene.filters.actors)
    naming = f" that name {whom}" if whom else ""
    days = blocks.days(*controls.window(scene.view, press.first_day, press.last_day))
    alone = rows.height - several.height
    parts = [f"{int(several['articles'].sum()):,} of {int(rows['articles'].sum()):,} articles{naming}, {days}"]
    if alone:
        parts.append(f"{alone:,} articles tell an event that no other tells, and are not listed")
    if shown.height < several.height:
        parts.append(f"the {'newest' if scene.order == 'newest' else 'largest'} {shown.height} are shown")
    number = f"{several.height:,} stor{'ies' if several.height != 1 else 'y'}"
    return (
        f'<p class="ng-note"><b style="color:var(--ng-ink)"><span class="ng-count">{number}</span></b> '
        f"in {escape(' · '.join(parts))}</p>"
    )


def _list(scene: Scene, shown: pl.DataFrame) -> None:
    st.segmented_control(
        "Order", list(_ORDERS), format_func=_ORDERS.__getitem__, key="stories-order", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    labels = answers.story_labels(scene.desk.press, tuple(shown["story"]))
    rows = shown.join(labels, on="story", how="left", maintain_order="left")
    with st.container(key="stories-found", gap="xsmall"):
        for row in rows.iter_rows(named=True):
            card = st.expander(_line(row), key=f"{_KEY}{row['story']}", on_change=_write, args=(scene,))
            if card.open:
                with card:
                    _card(scene, row)


def _line(row: dict[str, Any]) -> str:
    """Title, counts, days, phrases, as Markdown in which nothing from outside is any."""
    said = [f"**{inert(row['lead'] or 'untitled')}**", _size(row)]
    if row["first"]:
        said.append(blocks.days(row["first"], row["last"]))
    if row["label"]:
        said.append(inert(", ".join(row["label"])))
    return "  ·  ".join(said)


def _size(row: dict[str, Any]) -> str:
    """How many articles and outlets tell it.

    >>> _size({"articles": 12, "outlets": 1}), _size({"articles": 1, "outlets": 1})
    ('12 articles, 1 outlet', '1 article')
    """
    articles = f"{row['articles']:,} article{'s' if row['articles'] != 1 else ''}"
    return (
        articles
        if row["articles"] == 1
        else f"{articles}, {row['outlets']:,} outlet{'s' if row['outlets'] != 1 else ''}"
    )


# One story


def _card(scene: Scene, row: dict[str, Any]) -> None:
    desk, story = scene.desk, row["story"]
    articles = answers.articles_of_story(desk.press, scene.filters, scene.view.measure, story)
    st.html(
        f'<div class="ng-peak"><p>{escape(_told(scene, row))}{_named(scene, row)}</p></div>{_days(articles)}'
        f'<div class="ng-peak ng-three">{_by_outlet(desk, articles)}{_first_articles(desk, articles)}</div>'
    )
    words = controls.to_words(scene.view) | {"story": [story]}
    number = f"All {row['articles']:,} articles" if row["articles"] > 1 else "The article"
    page_link("articles", words, f"{number} of this story →")


def _told(scene: Scene, row: dict[str, Any]) -> str:
    """How it is told: texts and tone."""
    copies = row["articles"] - row["texts"]
    texts = f"{row['texts']:,} text{'s' if row['texts'] != 1 else ''}" + (
        f" and {copies:,} cop{'ies' if copies != 1 else 'y'}" if copies else ""
    )
    toward = "toward the chosen actors" if scene.filters.actors else "of the text"
    if row["scored"] and row["scored"] >= FEWEST_STORIES:
        half = (row["high"] - row["low"]) / 2
        tone = f"Mean tone {toward} {blocks.signed(row['tone'])} ± {half:.2f}, of {row['scored']:,} texts scored."
    else:
        tone = f"No mean tone {toward}: {row['scored'] or 0} texts are scored, {FEWEST_STORIES} are needed."
    return f"{texts}. {tone}"


def _named(scene: Scene, row: dict[str, Any]) -> str:
    """Who is named, as HTML with a link to each one's page."""
    words = {word: values for word, values in controls.to_words(scene.view).items() if word != "story"}
    names = [actor_link(actor, words, scene.desk.label(actor)) for actor in row["actors"]]
    return f" Named here more than elsewhere: {blocks.listed(names)}." if names else ""


def _days(articles: pl.DataFrame) -> str:
    """A bar for each day from the first to the last; of a long story those of weeks."""
    dated = articles.drop_nulls("day")
    if dated["day"].n_unique() < 2:
        return ""
    first, last = cast(date, dated["day"].min()), cast(date, dated["day"].max())
    step = 1 if (last - first).days < _MOST_BARS else 7
    counts = [0] * ((last - first).days // step + 1)
    for day in dated["day"]:
        counts[(day - first).days // step] += 1
    width = 100 / len(counts)
    bars = "".join(
        f'<rect x="{place * width:.2f}" y="{30 - 30 * count / max(counts):.2f}" width="{width * 0.8:.2f}" '
        f'height="{30 * count / max(counts):.2f}" fill="{_BAR}"/>'
        for place, count in enumerate(counts)
        if count
    )
    peak = counts.index(max(counts))
    most = blocks.day(first + timedelta(days=peak * step))
    each = "day" if step == 1 else "week"
    told = f"Articles a {each}: most, {max(counts):,}, {'on' if step == 1 else 'from'} {most}"
    return (
        f'<figure class="ng-days"><img alt="" src="{blocks.picture("0 0 100 30", bars, stretched=True)}">'
        f"<figcaption><span>{blocks.day(first)}</span><span>{escape(told)}</span><span>{blocks.day(last)}</span>"
        "</figcaption></figure>"
    )


# A picture knows nothing of the page's colours; this grey is told from both backgrounds.
_BAR = "#7A8794"


def _by_outlet(desk: Desk, articles: pl.DataFrame) -> str:
    """Who tells it: `outlet, articles, tone`, a tone where there are texts enough."""
    scored = pl.col("text_no").filter(pl.col("tone").is_not_null()).n_unique()
    rows = (
        articles.group_by(pl.col("outlet").cast(pl.String))
        .agg(articles=pl.len(), scored=scored, tone=pl.col("tone").mean())
        .sort("articles", "outlet", descending=[True, False])
    )
    items = "".join(
        f'<li><span>{escape(desk.outlet(row["outlet"]))}</span><span class="count">{row["articles"]:,}'
        f" <small>{_tone(row)}</small></span></li>"
        for row in rows.head(_OUTLETS).iter_rows(named=True)
    )
    more = rows.height - _OUTLETS
    rest = (
        f'<p class="ng-note">and {more:,} more, {rows["articles"][_OUTLETS:].sum():,} articles</p>' if more > 0 else ""
    )
    return f'<section><h3>Articles and tone by outlet</h3><ol class="ng-ranked">{items}</ol>{rest}</section>'


def _tone(row: dict[str, Any]) -> str:
    return f"tone {blocks.signed(row['tone'])}" if row["scored"] >= FEWEST_STORIES else "too few to tell"


def _first_articles(desk: Desk, articles: pl.DataFrame) -> str:
    """The first articles, with outlet and time."""
    rows = articles.sort("published_at", "article_id", nulls_last=True).head(_FIRST)
    items = "".join(
        f"<li><span>{escape(row['title'] or 'untitled')}</span>"
        f'<span class="count"></span><span class="ng-muted">{escape(desk.outlet(row["outlet"]))}, '
        f"{blocks.moment(row['published_at']) if row['published_at'] else 'undated'}</span></li>"
        for row in rows.iter_rows(named=True)
    )
    return f'<section><h3>Told first</h3><ol class="ng-ranked">{items}</ol></section>'
