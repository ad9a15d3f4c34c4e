"""Is the change real, and what is it made of: one actor in two periods, taken apart by outlet."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import answers, blocks, breaks, change_charts, controls, measures
from dashboard.change_charts import Step
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import View, Words
from dashboard.desk import Desk, link, most_mentioned, page_link
from dashboard.theme import escape, inert
from dashboard.views.nothing import failed_days
from dashboard.views.peaks import words_of_days
from data.change import Change
from data.filters import Filters
from data.search import SearchError

TITLE = "Compare"
_OUTLETS = 12


@dataclass(frozen=True)
class Side:
    """One of the two periods: its days, its figures (a row of `queries.summary`), and how many stories it has."""

    name: str
    days: tuple[date, date]
    now: dict[str, Any]
    stories: int

    @property
    def told(self) -> str:
        """The days as a reader writes them."""
        return blocks.days(*self.days)


@dataclass(frozen=True)
class Pair:
    """What this run of the page compares."""

    desk: Desk
    view: View
    filters: Filters
    actor: str
    before: Side
    after: Side

    @property
    def label(self) -> str:
        """The actor as readers know it."""
        return self.desk.label(self.actor)

    @property
    def tone(self) -> bool:
        """Whether tones are compared, and no attention."""
        return self.view.of == "tone"

    def value(self, number: float | None, plus: bool = True) -> str:
        """A tone or an attention in words, with its sign where it is a tone or a change."""
        if number is None:
            return "–"
        if self.tone:
            return blocks.signed(number, 3)
        # Two digits behind the point also tell an actor apart that is named in one article of a thousand.
        points = f"{blocks.signed(number * 100)} points" if plus else f"{number * 100:.2f} %"
        return points.replace("0.00 points", "0 points")


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page, from its controls to the table of outlets."""
    if not st.session_state["actor"]:
        st.session_state["actor"] = st.session_state["six"] = list(most_mentioned(desk, 1))
        controls.keep_notices()
    header(controls.to_words(controls.chosen()))
    st.title("Compare two periods")
    view = controls.bar(desk.catalogue, desk.press, compare=True)
    controls.write_link(view)
    blocks.notice(controls.notices(view))
    filters, first, last = desk.filters(view)
    try:
        answers.looked_at(desk.press, filters.search)
    except SearchError as error:
        blocks.empty("This search cannot be read", str(error))
        return
    if view.period == "all" and view.against == "before":
        blocks.empty(
            "The whole archive has no days before it", "Choose a shorter period, or other days to compare with."
        )
    elif not filters.actors or first is None or last is None:
        blocks.empty("There is nobody to compare", "The archive names none of the actors of the catalogue on any day.")
    else:
        _compared(_pair(desk, view, filters, first, last))


def _compared(pair: Pair) -> None:
    change = answers.change(
        pair.desk.press,
        pair.filters,
        pair.before.days,
        pair.after.days,
        pair.view.measure if pair.tone else "attention",
    )
    _figures(pair, change)
    if reason := _too_few(pair):
        blocks.empty("Too few stories to compare", reason)
        _doubts(pair)
        _articles(pair)
        return
    _apart(pair, change)
    _by_outlet(pair, change)


def _pair(desk: Desk, view: View, filters: Filters, first: date, last: date) -> Pair:
    press = desk.press
    of_actor = replace(filters, actors=filters.actors[:1])
    earlier = controls.earlier(view, first, last, press.first_day or first, press.last_day or last)
    sides = [
        _side(desk, view, replace(of_actor, from_day=days[0], to_day=days[1]), name)
        for name, days in (("Before", earlier), ("After", (first, last)))
    ]
    return Pair(desk, view, of_actor, of_actor.actors[0], *sides)


def _side(desk: Desk, view: View, filters: Filters, name: str) -> Side:
    now = answers.summary(desk.press, filters, view.measure)
    stories = now["stories"] if view.of == "tone" else answers.stories(desk.press, filters)
    return Side(name, (filters.from_day or date.min, filters.to_day or date.max), now, stories)


def _too_few(pair: Pair) -> str:
    """Why nothing is drawn; empty where there is enough."""
    told = []
    for side in (pair.before, pair.after):
        if not side.now["collected"]:
            told.append(f"{side.told}: no article at all was collected, so that nobody could look.")
        elif side.stories < FEWEST_STORIES:
            scored = "scored " if pair.tone else ""
            stories = f"{side.stories} {scored}stor{'y' if side.stories == 1 else 'ies'}"
            told.append(f"{side.told}: {stories} of {pair.label}, {FEWEST_STORIES} are needed.")
    if not told:
        return ""
    reach = blocks.days(pair.desk.press.first_day, pair.desk.press.last_day)
    return " ".join([*told, f"Choose longer periods or fewer filters; the archive holds {reach}."])


# Figures


def _figures(pair: Pair, change: Change) -> None:
    enough = not _too_few(pair)
    values = (change.before, change.after)
    cards = [_of_side(pair, side, value) for side, value in zip((pair.before, pair.after), values, strict=True)]
    changed = _changed(change) if enough else None
    half = _half_of_change(pair) if enough else None
    cards.append(
        blocks.Figure(
            "Change",
            pair.value(changed),
            f"± {half:.3f}" if half is not None else "",
            "",
            _real(changed, half),
            "After less before. The interval is that of the difference of two means, each with its 95 % interval, in "
            "which the articles that tell one event count as one; periods that share days have none.",
        )
    )
    both, gone, come = _outlets_of(change)
    cards.append(
        blocks.Figure(
            "Outlets",
            f"{both:,}",
            "in both periods",
            "",
            f"{gone:,} only before, {come:,} only after",
            "Outlets with a scored mention of the actor in the period."
            if pair.tone
            else "Outlets of which the period has any article, whomever it names.",
        )
    )
    blocks.figures(cards, pair.desk.colours)


def _of_side(pair: Pair, side: Side, value: float | None) -> blocks.Figure:
    enough, now = side.stories >= FEWEST_STORIES, side.now
    half = (now["high"] - now["low"]) / 2 if pair.tone and enough and now["low"] is not None else None
    return blocks.Figure(
        side.name,
        pair.value(value if enough else None, plus=False),
        f"± {half:.3f}" if half is not None else "",
        "",
        f"{side.told} · {_behind(pair, side)}",
        f"{measures.told(pair.view.measure, now)} The mean of the scored mentions, with its 95 % interval."
        if pair.tone
        else "Articles that name the actor, divided by all articles that the same outlets published in the period.",
    )


def _behind(pair: Pair, side: Side) -> str:
    if not pair.tone:
        return f"{side.now['mentions']:,} of {side.now['collected']:,} articles"
    few = "" if side.stories >= FEWEST_STORIES else f" · too few, {FEWEST_STORIES} are needed"
    return f"{side.now['scored']:,} scored mentions in {side.stories:,} stories{few}"


def _changed(change: Change) -> float | None:
    return None if change.before is None or change.after is None else change.after - change.before


def _half_of_change(pair: Pair) -> float | None:
    """Half of the 95 % interval of the difference; None where it is not known."""
    ends = [(side.now["low"], side.now["high"]) for side in (pair.before, pair.after)]
    if not pair.tone or _overlap(pair) or any(low is None for low, _ in ends):
        return None
    return math.hypot(*((high - low) / 2 for low, high in ends))


def _overlap(pair: Pair) -> bool:
    return pair.before.days[0] <= pair.after.days[1] and pair.after.days[0] <= pair.before.days[1]


def _real(changed: float | None, half: float | None) -> str:
    if changed is None or half is None:
        return ""
    return "more than chance alone would make" if abs(changed) > half else "chance alone may make as much"


def _outlets_of(change: Change) -> tuple[int, int, int]:
    """How many outlets have a weight in both periods, only before, only after."""
    was, is_ = change.outlets["weight_before"] > 0, change.outlets["weight_after"] > 0
    return int((was & is_).sum()), int((was & ~is_).sum()), int((is_ & ~was).sum())


# The change


def _apart(pair: Pair, change: Change) -> None:
    how = (
        "Same outlets: the outlets of both periods have another value themselves, times the mean of their weights. "
        "Mix of outlets: some of them write more than before and others less. Gained and lost: outlets of which one "
        "period alone has any article. The four add up to the whole change (Kitagawa 1955, Griliches and Regev 1995)."
    )
    title = f"The change of {'tone' if pair.tone else 'attention'} taken apart"
    note = measures.NAMES[pair.view.measure] if pair.tone else "share of all articles of the same outlets"
    steps = _steps(pair, change)
    rows = steps.select("label", "words", "more")
    with blocks.card(
        "change", title, how, note, rows.rename({"label": "Part", "words": "By", "more": "Is"}), drawn=True
    ):
        blocks.note(_sentence(pair, change))
        blocks.draw(
            change_charts.change(pair.desk.colours, "count" if pair.tone else "ratio"),
            f"{title}: {pair.label}, {pair.before.told} and {pair.after.told}",
            "chart-change",
            steps=steps,
        )
        for side, counts in zip((pair.before, pair.after), change.counts.iter_rows(named=True), strict=True):
            blocks.note(_counted(pair, side, counts))
        _doubts(pair)
        _articles(pair)


_TERMS = {
    "within": ("Same outlets", "outlets of both periods changed themselves"),
    "mix": ("Mix of outlets", "some of them wrote more than before, others less"),
    "gained": ("Outlets gained", "outlets with articles only after"),
    "lost": ("Outlets lost", "outlets with articles only before"),
}


def _steps(pair: Pair, change: Change) -> pl.DataFrame:
    terms = [
        Step(name, value := getattr(change, term) or 0.0, pair.value(value), meaning)
        for term, (name, meaning) in _TERMS.items()
    ]
    before, after = (
        Step(side.name, value or 0.0, pair.value(value, plus=False), f"{side.told}, {_behind(pair, side)}")
        for side, value in ((pair.before, change.before), (pair.after, change.after))
    )
    return change_charts.steps(before, terms, after, pair.desk.colours, pair.tone)


def _sentence(pair: Pair, change: Change) -> str:
    """The change in one sentence, its greatest part first."""
    terms = {term: getattr(change, term) or 0.0 for term in _TERMS}
    greatest = max(terms, key=lambda term: abs(terms[term]))
    whole = _changed(change) or 0.0
    what = "The tone toward" if pair.tone else "The attention to"
    moved = "did not move" if not whole else f"moved by {pair.value(whole)}"
    if not terms[greatest]:
        return f"{what} {pair.label} {moved}."
    return f"{what} {pair.label} {moved}; the greatest part is {pair.value(terms[greatest])}: {_TERMS[greatest][1]}."


def _counted(pair: Pair, side: Side, counts: dict[str, Any]) -> str:
    """What stands behind a period, in words."""
    mentions = f"{side.told}: {counts['mentions']:,} mention{'s' if counts['mentions'] != 1 else ''} of {pair.label}"
    if not pair.tone:
        return f"{mentions} in {side.now['collected']:,} articles collected."
    kinds = [f"{counts['scored']:,} scored"]
    kinds += [f"{counts[kind]:,} {name}" for kind, name in measures.KINDS.items() if counts[kind]]
    return f"{mentions}: {', '.join(kinds)}. Only the scored ones count here."


def _doubts(pair: Pair) -> None:
    """What else may have made a change: days that both share, and feeds that failed."""
    if _overlap(pair):
        blocks.note("The two periods share days: what happened on these is in both.")
    press = pair.desk.press
    failed = [failed_days(pair.desk, pair.filters, *side.days) for side in (pair.before, pair.after)]
    told = [
        f"{days['outlet'].n_unique()} outlet{'s' if days['outlet'].n_unique() != 1 else ''} in {side.told}"
        for days, side in zip(failed, (pair.before, pair.after), strict=True)
        if days.height
    ]
    if press.checks.height and told:
        blocks.note(f"Feeds failed, of {' and '.join(told)} (see Health): what they did not give is missing here.")
    if changed := _read_otherwise(pair):
        blocks.note(changed)


def _read_otherwise(pair: Pair) -> str:
    """Whether another catalogue or model read one of the periods; empty where all was read with one."""
    first, last = (side(one.days[end] for one in (pair.before, pair.after)) for end, side in enumerate((min, max)))
    both = replace(pair.filters, from_day=first, to_day=last)
    broken = breaks.of_tone(pair.desk, both, "day") if pair.tone else breaks.of_volume(pair.desk, both, "day")
    return breaks.told(broken, "day")


def _articles(pair: Pair) -> None:
    with st.container(key="articles-of-periods", horizontal=True, gap="small"):
        for side in (pair.before, pair.after):
            words = words_of_days(pair.view, *side.days, actor=[pair.actor])
            page_link("articles", words, inert(f"Articles of {side.told} →"))


# Outlets


def _by_outlet(pair: Pair, change: Change) -> None:
    how = (
        "What each outlet adds to the change: through its own value, its weight, or both. The weight is its part of "
        f"the {'scored mentions' if pair.tone else 'articles'} of the period. All outlets add up to the whole change."
    )
    named = change.outlets.with_columns(label=pl.col("outlet").replace(pair.desk.outlets()))
    unit = 1 if pair.tone else 100
    columns = {
        "Outlet": pl.col("label"),
        "Before": pl.col("value_before") * unit,
        "After": pl.col("value_after") * unit,
        "Weight before, %": pl.col("weight_before") * 100,
        "Weight after, %": pl.col("weight_after") * 100,
        "Itself": pl.col("within") * unit,
        "Mix": pl.col("mix") * unit,
        "Gained": pl.col("gained") * unit,
        "Lost": pl.col("lost") * unit,
        "Adds": pl.col("total") * unit,
    }
    rows = named.select(**columns).with_columns(pl.col(pl.Float64).round(4))
    note = f"{rows.height:,} outlets" + ("" if pair.tone else " · the table is in percent")
    with blocks.card("change-outlets", "What each outlet adds", how, note, rows):
        st.html(_table(pair, named.head(_OUTLETS)))
        if rows.height > _OUTLETS:
            rest = math.fsum(named["total"][_OUTLETS:])
            blocks.note(f"The other {rows.height - _OUTLETS:,} outlets add {pair.value(rest)} together, see Table.")


def _table(pair: Pair, outlets: pl.DataFrame) -> str:
    what = "Tone" if pair.tone else "Attention"
    heads = ("Outlet", "Adds", f"{what} before", "after", "Weight before", "after")
    head = "".join(f'<th scope="col"{_NUMBER if place else ""}>{name}</th>' for place, name in enumerate(heads))
    body = "".join(_row(pair, row) for row in outlets.iter_rows(named=True))
    return (
        '<div class="ng-scroll" tabindex="0" role="region" aria-label="What each outlet adds">'
        f'<table class="ng-table ng-shares"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


_NUMBER = ' class="number"'


def _row(pair: Pair, row: dict[str, Any]) -> str:
    values = ((pair.before, row["value_before"]), (pair.after, row["value_after"]))
    cells = [_value(pair, side, row["outlet"], value) for side, value in values]
    cells += [blocks.percent(row[name]) if row[name] else "–" for name in ("weight_before", "weight_after")]
    sign = "" if not pair.tone else "up" if row["total"] > 0 else "down" if row["total"] < 0 else ""
    numbers = "".join(f"<td{_NUMBER}>{cell}</td>" for cell in cells)
    return (
        f"<tr><td>{escape(row['label'])}</td>"
        f'<td class="number"><b class="{sign}">{escape(pair.value(row["total"]))}</b></td>{numbers}</tr>'
    )


def _value(pair: Pair, side: Side, outlet: str, value: float | None) -> str:
    """What an outlet has in a period, as a link to its articles of then."""
    told = pair.value(value, plus=False)
    # An outlet of a chosen panel is looked at alone.
    of_outlet = replace(pair.view, filters=replace(pair.view.filters, outlets=(outlet,), panels=()))
    words = words_of_days(of_outlet, *side.days, actor=[pair.actor])
    return link("articles", words, told) if value is not None else escape(told)
