"""Who writes how much and in what tone, and what came of what was to be expected: all outlets, or one of them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, controls, measures, outlet_answers, outlet_charts
from dashboard.charts import FEWEST_STORIES, Every
from dashboard.controls import Words
from dashboard.desk import Desk, link
from dashboard.theme import escape, inert
from dashboard.views import outlet, received
from dashboard.views import outlet_scene as scenes
from dashboard.views.nothing import nothing
from dashboard.views.outlet_scene import Scene
from data.filters import Filters
from data.search import SearchError

TITLE = "Outlets"
_ROWS = 40
_TONE_ROWS = 24
_LEADERS = 12
_DAYS_AS_DAYS = 100


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page: what strays, what came of what was expected, who writes how much, in what tone, who is first."""
    header(controls.to_words(controls.chosen()))
    chosen = st.session_state.get("outlet") or []
    one = chosen[0] if len(chosen) == 1 and not st.session_state.get("panel") else None
    st.title(inert(desk.outlet(one)) if one else TITLE)
    view = controls.bar(desk.catalogue, desk.press)
    controls.write_link(view)
    blocks.notice(controls.notices(view))
    filters, first, last = desk.filters(view)
    if first is None or last is None:
        nothing(desk, filters, first, last)
        return
    scene = Scene(desk, view, filters, first, last, _every(first, last))
    try:
        listed = outlet_answers.listed(desk.press, filters, view.measure)
    except SearchError as error:
        blocks.empty("This search cannot be read", str(error))
        return
    if one:
        outlet.show(scene, one, listed)
        return
    if listed.is_empty():
        nothing(desk, filters, first, last)
        return
    alarms = scene.chosen(outlet_answers.alarms(desk.press, last))
    _figures(scene, listed, alarms)
    received.alarms(scene, alarms)
    received.coverage(scene, listed, alarms)
    _listed(scene, listed)
    _tones(scene, listed)
    _leads(scene)


def _every(first: date, last: date) -> Every:
    days = (last - first).days + 1
    return "day" if days <= _DAYS_AS_DAYS else "week" if days <= 800 else "month"


# Figures


def _figures(scene: Scene, listed: pl.DataFrame, alarms: pl.DataFrame) -> None:
    articles = int(listed["articles"].sum())
    copies = float((listed["copies"] * listed["articles"]).sum()) / max(1, articles)
    most = listed.row(0, named=True)
    blocks.figures(
        [
            blocks.Figure(
                "Outlets",
                blocks.count(listed.height),
                "",
                "",
                f"with an article, {blocks.days(scene.first, scene.last)}",
                "Outlets of which the days looked at have any article, whomever it names.",
            ),
            blocks.Figure(
                "Articles",
                blocks.count(articles),
                "",
                "",
                f"{blocks.percent(copies)} of them copies · most, {most['articles']:,}, of "
                f"{scene.desk.outlet(most['outlet'])}",
                "All articles of these outlets and languages. A copy reprints the text of an earlier article.",
            ),
            *_of_feeds(scene, alarms),
        ],
        scene.desk.colours,
    )


def _of_feeds(scene: Scene, alarms: pl.DataFrame) -> list[blocks.Figure]:
    """How many outlets are out of step and how many feeds are up, where any feed has been checked."""
    feeds = scene.chosen(outlet_answers.feeds_up(scene.desk.press))
    known = bool(scene.desk.press.checks.height)
    return [
        blocks.Figure(
            "Silent or out of step",
            blocks.count(alarms.height) if known else "–",
            "",
            "",
            f"of {feeds.height:,} outlets with feeds" if known else "no feed has been checked",
            "Outlets of which nothing came, or less than half or more than twice what was to be expected.",
        ),
        blocks.Figure(
            "Feeds up",
            f"{feeds['up'].sum():,}" if known else "–",
            f"of {feeds['feeds'].sum():,}" if known else "",
            "",
            "at their last check, see Health" if known else "the articles came from files",
            "Feeds that could be looked at when they were last checked, whatever they held.",
        ),
    ]


# Who writes how much


def _listed(scene: Scene, listed: pl.DataFrame) -> None:
    whom = inert(scene.whom)
    naming = f" Naming: its articles that name {whom}, and their part of its own articles." if whom else ""
    how = (
        "Articles: all of the outlet in these days and languages. Stories: how many events they tell. Copies: the part "
        f"that reprints an earlier text.{naming} Tone: the mean with its 95 % interval, a story counted as one; "
        f"blank under {FEWEST_STORIES} stories. Feeds: how many could be looked at, at their last check."
    )
    note = f"{listed.height:,} outlets, most articles first"
    with blocks.card("outlets-listed", "Who writes how much", how, note, _table(scene, listed)):
        st.html(_rows(scene, listed.head(_ROWS)))
        if listed.height > _ROWS:
            rest = listed[_ROWS:]
            blocks.note(f"and {rest.height:,} more with {rest['articles'].sum():,} articles, see Table.")
        if outlet_answers.narrows(scene.filters) and not scene.filters.actors:
            blocks.note("Matching: articles of the chosen topics, story, tone or title; all others count as articles.")
        blocks.note(_tone_of_what(scene))


def _tone_of_what(scene: Scene) -> str:
    if not scene.filters.actors:
        return "Tone: of the whole text, by lexicon. Choose an actor for the tone toward it."
    by_lexicon = f", {measures.NAMES['lexicon_tone']}" if scene.view.measure == "lexicon_tone" else ""
    return f"Tone toward {scene.whom}{by_lexicon}; what is unsure or not scored has none."


def _table(scene: Scene, listed: pl.DataFrame) -> pl.DataFrame:
    facts = {one.key: one for one in scene.desk.catalogue.outlets}
    feeds = outlet_answers.feeds_up(scene.desk.press)
    keys = listed["outlet"].to_list()
    return (
        listed.join(feeds, on="outlet", how="left", maintain_order="left")
        .with_columns(
            country=pl.Series([facts[key].country if key in facts else None for key in keys], dtype=pl.String),
            panels=pl.Series([", ".join(facts[key].panels) if key in facts else "" for key in keys], dtype=pl.String),
            told=pl.col("scored_stories") >= FEWEST_STORIES,
        )
        .select(
            pl.col("outlet").replace(scene.desk.outlets()).alias("Outlet"),
            pl.col("articles").alias("Articles"),
            pl.col("stories").alias("Stories"),
            (pl.col("copies") * 100).round(1).alias("Copies, %"),
            pl.col("named").alias("Matching"),
            (pl.col("attention") * 100).round(2).alias("Attention, %"),
            *(
                pl.when("told").then(pl.col(name).round(3)).alias(head)
                for name, head in (("tone", "Tone"), ("low", "95 % from"), ("high", "to"))
            ),
            pl.col("scored").alias("Scored"),
            pl.col("scored_stories").alias("Stories scored"),
            pl.col("first").alias("First"),
            pl.col("last").alias("Last"),
            pl.col("languages").list.join(", ").alias("Languages"),
            pl.col("country").alias("Country"),
            pl.col("panels").alias("Panels"),
            pl.col("up").alias("Feeds up"),
            pl.col("feeds").alias("Feeds"),
            pl.col("outlet").alias("Key"),
        )
    )


def _rows(scene: Scene, listed: pl.DataFrame) -> str:
    narrows = outlet_answers.narrows(scene.filters)
    heads = ["Outlet", "Articles", "Stories", "Copies"]
    heads += [f"Naming {scene.whom}" if scene.whom else "Matching", "Attention"] if narrows else []
    heads += ["Tone", "First – last", "Languages", "Feeds up", "Go to"]
    head = "".join(f'<th scope="col"{_NUMBER if name in _NUMBERS else ""}>{escape(name)}</th>' for name in heads)
    feeds = {row["outlet"]: row for row in outlet_answers.feeds_up(scene.desk.press).iter_rows(named=True)}
    facts = {one.key: one for one in scene.desk.catalogue.outlets}
    most = max(1, int(listed["articles"].max() or 1))  # type: ignore[arg-type]
    body = "".join(
        _row(scene, row, narrows, most, facts.get(row["outlet"]), feeds.get(row["outlet"]))
        for row in listed.iter_rows(named=True)
    )
    return (
        '<div class="ng-scroll" tabindex="0" role="region" aria-label="Outlets"><table class="ng-table ng-press">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


_NUMBER = ' class="number"'
_NUMBERS = ("Articles", "Stories", "Copies", "Attention", "Tone", "Feeds up")


def _row(scene: Scene, row: dict[str, Any], narrows: bool, most: int, facts: Any, feeds: Any) -> str:
    key, words = row["outlet"], scene.words(row["outlet"])
    where = " · ".join([facts.country, *facts.panels]) if facts else "not in the catalogue"
    name = f"{link('outlets', words, scene.desk.outlet(key))}<small>{escape(where)}</small>"
    bar = f'<span class="bar" style="width:{row["articles"] / most:.0%}"></span>'
    cells = [f"<td{_NUMBER}>{row['articles']:,}{bar}</td>", f"<td{_NUMBER}>{row['stories']:,}</td>"]
    cells.append(f"<td{_NUMBER}>{_part(row['copies'] if scene.filters.copies else None)}</td>")
    if narrows:
        cells += [f"<td{_NUMBER}>{row['named']:,}</td>", f"<td{_NUMBER}>{_part(row['attention'])}</td>"]
    of_stories = scenes.tone_told(row | {"stories": row["scored_stories"]})
    cells.append(f"<td{_NUMBER}>{of_stories}</td>")
    cells.append(f"<td>{escape(blocks.days(row['first'], row['last']))}</td>")
    cells.append(f"<td>{escape(', '.join(row['languages'] or []) or '–')}</td>")
    up = f"{feeds['up']} of {feeds['feeds']}" if feeds else "no feed"
    cells.append(f"<td{_NUMBER}>{escape(up)}</td>")
    go = [link(page, words, label) for page, label in (("articles", "Articles"), ("compare", "Compare"))]
    return f"<tr><td>{name}</td>{''.join(cells)}<td>{' · '.join(go)}</td></tr>"


def _part(part: float | None) -> str:
    """A share as HTML, in which "<1 %" is no tag."""
    return escape(blocks.percent(part))


# Tone


def _tones(scene: Scene, listed: pl.DataFrame) -> None:
    told = listed.filter(pl.col("scored_stories") >= FEWEST_STORIES)
    toward = f"toward {scene.whom}" if scene.whom else "of the text"
    how = (
        "The mean tone of what each outlet writes, -1 to +1, on its 95 % interval, in which the articles "
        f"that tell one event count as one. Outlets with fewer than {FEWEST_STORIES} scored stories are not drawn. "
        "Another mix of events and of kinds of article makes another tone too: it is not what the outlet thinks."
    )
    rows = outlet_charts.tone_rows(listed, scene.labels(listed["outlet"].to_list()), _TONE_ROWS)
    table = rows.select("label", "tone", "low", "high", "scored", "scored_stories").rename(
        {"label": "Outlet", "scored": "Scored", "scored_stories": "Stories"}
    )
    with blocks.card("outlet-tones", f"In what tone {toward}", how, "n: stories scored", table, drawn=True):
        if rows.is_empty():
            blocks.empty(
                "Too few to draw",
                f"No outlet has {FEWEST_STORIES} scored stories here. Choose a longer period or fewer filters.",
            )
            return
        blocks.draw(
            outlet_charts.tones(rows.height, scene.desk.colours),
            f"Mean tone {toward} by outlet",
            "chart-outlet-tones",
            tones=rows,
        )
        few = listed.height - told.height
        out = [f"{few:,} outlets have fewer than {FEWEST_STORIES} scored stories."] if few else []
        if told.height > rows.height:
            out.append(f"The {rows.height} with the most stories are drawn; the table above has all.")
        blocks.note(" ".join([*out, _tone_of_what(scene)]))


# Who is first


def _leads(scene: Scene) -> None:
    leads = scene.chosen(outlet_answers.leads(scene.desk.press, _everybody(scene.filters)))
    how = (
        "Of the stories that several outlets tell: of how many the outlet's first article is the earliest of all, and "
        "by how much it is later in the others (the median). By the outlets' own clocks; an article with a day and no "
        f"time is passed over. Blank under {FEWEST_STORIES} such stories. Whatever actors are chosen."
    )
    names = {"told": "Stories", "first": "First", "share": "Share first", "hours": "Hours later"}
    table = leads.with_columns(pl.col("outlet").replace(scene.desk.outlets())).rename({"outlet": "Outlet", **names})
    with blocks.card("outlet-leads", "Who tells it first, who follows", how, "stories of several outlets", table):
        told = leads.filter(pl.col("share").is_not_null()).sort("share", "told", descending=True)
        if told.is_empty():
            blocks.empty(
                "Nobody's place can be told",
                f"No outlet has {FEWEST_STORIES} articles with a time of day in stories that others tell as well.",
            )
            return
        items = "".join(
            f"<li><span>{escape(scene.desk.outlet(row['outlet']))}</span>"
            f'<span class="count">first in {escape(blocks.percent(row["share"]))} of {row["told"]:,}'
            f"{later(row['hours'])}</span>"
            f'<span class="bar" style="width:{row["share"]:.0%}"></span></li>'
            for row in told.head(_LEADERS).iter_rows(named=True)
        )
        st.html(f'<ol class="ng-ranked ng-columns">{items}</ol>')


def later(hours: float | None) -> str:
    """By how much an outlet follows.

    >>> later(2.0), later(50.0), later(0.25), later(None)
    (', else 2 h later', ', else 2 days later', ', else 15 min later', '')
    """
    if hours is None:
        return ""
    if hours < 1:
        return f", else {hours * 60:.0f} min later"
    return f", else {hours:.0f} h later" if hours < 48 else f", else {hours / 24:.0f} days later"


def _everybody(filters: Filters) -> Filters:
    """The press and the days of all outlets."""
    return Filters(languages=filters.languages, from_day=filters.from_day, to_day=filters.to_day, copies=filters.copies)
