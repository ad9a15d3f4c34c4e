"""The days on which an actor stood out: numbered on the chart of the volume, named under it, each with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboard import answers, blocks, charts, controls, faults, measures, outages
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import View, Words
from dashboard.desk import Desk, page_link
from dashboard.theme import escape, inert
from dashboard.views.written import by_outlet
from data.filters import Filters
from data.peaks import HISTORY, LEAST_HISTORY, Explanation, Window

MOST = 6
_PHRASES = 3
_NAMED = 5


@dataclass(frozen=True)
class Found:
    """What is known of peaks: `peaks` in the order of time; from when on there is a verdict; how many are not shown.

    `peaks` has the columns of `data.peaks.peaks`, its `number`, `by` (day or week), and the `day` that the chart marks.
    """

    peaks: pl.DataFrame
    judged_from: date | None
    left_out: int


def found(desk: Desk, filters: Filters, every: charts.Every) -> Found:
    """The peaks of these days, the most surprising ones of many; of weeks alone where a point is more than a day."""
    press, anybody = desk.press, replace(filters, actors=desk.press.actors[:1])
    weeks = answers.peaks(press, filters, "week").with_columns(by=pl.lit("week"), day=pl.col("top"))
    if every == "day":
        days = answers.peaks(press, filters, "day").with_columns(by=pl.lit("day"), day=pl.col("top"))
        # What goes on for a week may stand out by none of its days.
        weeks = _on_their_highest_days(_without_peaks(weeks, days), answers.volume(press, filters, "day"))
        weeks = pl.concat([days, weeks])
    shown = weeks.sort("score", "top", "actor", descending=[True, False, False]).head(MOST).sort("day", "actor")
    numbered = shown.with_row_index("number", 1)
    judged_from = answers.judged_from(press, anybody, "day" if every == "day" else "week")
    return Found(numbered, judged_from, weeks.height - shown.height)


def _without_peaks(weeks: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """The weeks in which no day of the same actor stands out."""
    tops = days.select("actor", "top").rows()
    spans = weeks.select("actor", "first", "last").iter_rows()
    kept = [not any(of == actor and first <= top <= last for of, top in tops) for actor, first, last in spans]
    return weeks.filter(pl.Series(kept, dtype=pl.Boolean))


def _on_their_highest_days(weeks: pl.DataFrame, volume: pl.DataFrame) -> pl.DataFrame:
    """The weeks with their highest day (the earlier of equal ones) as `day`; without those outside the volume."""
    if weeks.is_empty():
        return weeks
    counts = volume.select("actor", "date", "count").rows()
    highest = [
        max(
            ((count, -day.toordinal(), day) for of, day, count in counts if of == actor and first <= day <= last),
            default=(0, 0, None),
        )[2]
        for actor, first, last in weeks.select("actor", "first", "last").iter_rows()
    ]
    return weeks.with_columns(day=pl.Series(highest, dtype=pl.Date)).drop_nulls("day")


def opened() -> list[str]:
    """The words of the peaks whose cards are open: those of the link when a page opens, then the reader's."""
    state = st.session_state
    if state.get("peaks-of") != state.get("closed"):
        state["peaks-of"] = state.get("closed")
        state["peaks-asked"] = asked = st.query_params.get_all("peak")[:MOST]
        for key in [key for key in state if str(key).startswith(_KEY)]:
            state[key] = False
        state.update({f"{_KEY}{word}": True for word in asked})
    return sorted(str(key).removeprefix(_KEY) for key in state if str(key).startswith(_KEY) and state[key])


_KEY = "peak-"


def lost(view: View, found: Found) -> list[str]:
    """Close what is no peak any more; a message for each that the link asked for in vain."""
    state = st.session_state
    shown = {f"{actor}.{top}" for actor, top in found.peaks.select("actor", "top").iter_rows()}
    open_now = opened()
    for word in set(open_now) - shown:
        del state[f"{_KEY}{word}"]
    if not shown.issuperset(open_now):
        controls.write_link(view, peak=opened())
    asked, state["peaks-asked"] = state.get("peaks-asked", ()), ()
    return [f"peak={word[:100]} is no peak of these actors and days." for word in asked if word not in shown]


def words_of_days(view: View, first: date, last: date, **more: Sequence[str]) -> Words:
    """The words of the page, narrowed to these days."""
    days = replace(view.filters, from_day=first, to_day=last)
    narrowed = controls.to_words(replace(view, filters=days, period=controls.DATES))
    return narrowed | {word: list(values) for word, values in more.items()}


def told(found: Found, first: date | None) -> str:
    """What to say of days that cannot be judged, or of which none stands out; empty where all is said by the peaks."""
    if found.judged_from is None:
        return (
            f"No peaks are told here: what is usual is learnt from the {HISTORY} weeks before, of which the archive "
            f"must hold {LEAST_HISTORY}."
        )
    since = ""
    if first and found.judged_from > first:
        since = f" Days before {blocks.day(found.judged_from)} have too little history to judge."
    if found.peaks.is_empty():
        return f"Nothing here stands out from the {HISTORY} weeks before.{since}"
    more = f" {found.left_out} lesser peaks are not shown." if found.left_out else ""
    return f"{since}{more}".strip()


# Beside the rest of the page: telling phrases are worth some tens of milliseconds a peak, which nobody should wait for.
@st.fragment(parallel=True)
@faults.told()
def rows(desk: Desk, view: View, filters: Filters, found: Found) -> None:
    """A line a peak, which opens its card."""
    # A peak is the same whatever days and actors it is shown among: so it is asked for once.
    filters = replace(filters, actors=(), from_day=None, to_day=None)
    with st.container(key="peaks-found", gap="xsmall"):
        shown = found.peaks.to_dicts()
        windows = [Window(one["actor"], one["first"], one["last"], _names(desk, one["actor"])) for one in shown]
        hints = answers.hints(desk.press, filters, windows, _PHRASES)
        for peak, window, hint in zip(shown, windows, hints, strict=True):
            card = st.expander(
                _line(desk, peak, hint),
                key=f"{_KEY}{peak['actor']}.{peak['top']}",
                on_change=_write,
                args=(view,),
            )
            if card.open:
                with card:
                    _card(desk, view, filters, peak, window)


def _write(view: View) -> None:
    controls.write_link(view, peak=opened())


def _line(desk: Desk, peak: dict[str, Any], hint: str) -> str:
    """Number, actor, days, counts, what it is about, as Markdown in which nothing from outside is any."""
    days = blocks.days(peak["first"], peak["last"])
    counts = f"{peak['articles']:,} articles, {_usual(peak['usual'])} usual"
    said = [f"**{peak['number']}**", f"**{inert(desk.label(peak['actor']))}**, {days}", counts]
    if hint:
        said.append(inert(hint))
    return "  ·  ".join(said)


def _usual(number: float) -> str:
    """A mean number of articles as a reader would count them.

    >>> _usual(3.21), _usual(0.42), _usual(0.01)
    ('3', '0.4', 'hardly any')
    """
    if number < 0.05:
        return "hardly any"
    return f"{number:.1f}" if number < 0.95 else f"{number:,.0f}"


def _names(desk: Desk, actor: str) -> tuple[str, ...]:
    """The actor's own names, which tell nothing about its peak."""
    of = [one for one in desk.catalogue.actors if one.key == actor]
    return tuple(dict.fromkeys(name for one in of for name in (one.label, *(name.text for name in one.names))))


# The card


def _card(desk: Desk, view: View, filters: Filters, peak: dict[str, Any], window: Window) -> None:
    actor, first, last = window.actor, window.first, window.last
    why = answers.explanation(desk.press, desk.archive, filters, window)
    titles = answers.story_titles(desk.press, tuple(why.stories["story"]))
    st.html(f'<div class="ng-peak"><p>{escape(_rarity(desk, peak))} {escape(_carried(why, titles))}</p></div>')
    days = replace(filters, actors=(actor,), from_day=first, to_day=last)
    blocks.note(by_outlet(desk, answers.listed(desk.press, days, view.measure)))
    blocks.note(_toned(desk, view, days))
    blocks.note(outages.told(desk.press, filters.outlets, first, last, tuple(desk.outlets().items())))
    telling = why.phrases.select(label="phrase", articles="articles", before="before")
    outlets = why.outlets.select("articles", "before", label=pl.col("outlet").replace(desk.outlets()))
    actors = why.actors.select("articles", "before", label=pl.col("actor").replace(desk.labels()))
    background = f"the {why.background:,} of the {HISTORY} weeks before"
    st.html(
        '<div class="ng-peak ng-three">'
        + _more(f"Telling phrases, against {background}", telling, why, "No phrase tells them apart.")
        + _more("Outlets that wrote more than usual", outlets, why, "No outlet wrote more than its usual part.")
        + _more("Named with it more than usual", actors, why, "Nobody is named with it more than usual.")
        + "</div>"
    )
    _stories(view, actor, first, last, why, titles)
    page_link(
        "articles",
        words_of_days(view, first, last, actor=[actor]),
        inert(f"All {why.articles:,} articles that name {desk.label(actor)}, {blocks.days(first, last)} →"),
    )


def _rarity(desk: Desk, peak: dict[str, Any]) -> str:
    """How far out the top day or week lies.

    A score is digits: 4 says that of 10,000 usual days one has as many.
    """
    top, score, every = peak["top"], peak["score"], peak["by"]
    when = f"on {blocks.day(top)}" if every == "day" else f"in the week of {blocks.day(top)}"
    rare = f"one usual {every} in {_round(10**score)}" if score < 7 else f"fewer than one usual {every} in 10 million"
    usual = _usual(peak["expected"])
    # A day of a thousand articles may not lie far out, and one of ten may.
    return (
        f"{desk.label(peak['actor'])} is named in {peak['count']:,} articles {when}, where {usual} "
        f"{'were' if usual != '1' else 'was'} to be expected: {rare} has as many."
    )


def _toned(desk: Desk, view: View, days: Filters) -> str:
    """In what tone the articles of the peak are, or why that cannot be told; `days` are its own."""
    now = answers.summary(desk.press, days, view.measure)
    name = measures.NAMES[view.measure]
    if now["stories"] < FEWEST_STORIES:
        stories = f"{now['stories']} scored stor{'y' if now['stories'] == 1 else 'ies'}"
        return f"In what tone, {name}, cannot be told of {stories}: {FEWEST_STORIES} are needed."
    half = (now["high"] - now["low"]) / 2
    negative = f"{blocks.percent(now['negative_share'])} of {now['scored']:,} scored mentions negative"
    return f"Mean tone {name} {blocks.signed(now['tone'])} ± {half:.2f}, {negative}."


def _round(number: float) -> str:
    """A number with two digits that count.

    >>> _round(5312.0), _round(1234567.0)
    ('5,300', '1,200,000')
    """
    return f"{float(f'{number:.1e}'):,.0f}"


def _carried(why: Explanation, titles: dict[str, str]) -> str:
    """Whether one story is most of it."""
    if why.stories.is_empty():
        return ""
    most = why.stories.row(0, named=True)
    if why.carried_by is not None:
        told = f"“{titles.get(why.carried_by) or 'untitled'}”"
        return f"One story carries it, {most['articles']:,} of {why.articles:,} articles: {told}."
    if most["articles"] == 1:
        return "No story carries it: each article tells another."
    return f"No story carries it: the largest is {most['articles']:,} of {why.articles:,} articles."


def _more(title: str, rows: pl.DataFrame, why: Explanation, nothing: str) -> str:
    """A list of `label, articles, before`: how many of the articles, and of those before."""
    if rows.is_empty():
        body = f'<p class="ng-note">{escape(nothing)}</p>'
    else:
        items = "".join(
            f'<li><span>{escape(row["label"])}</span><span class="count">'
            f"{blocks.percent(row['articles'] / max(1, why.articles))}"
            f" <small>{_was(row['before'], why.background)}</small></span></li>"
            for row in rows.head(_NAMED).iter_rows(named=True)
        )
        body = f'<ol class="ng-ranked">{items}</ol>'
    return f"<section><h3>{escape(title)}</h3>{body}</section>"


def _was(before: int, background: int) -> str:
    return f"before {blocks.percent(before / max(1, background))}" if before else "before none"


def _stories(view: View, actor: str, first: date, last: date, why: Explanation, titles: dict[str, str]) -> None:
    """The largest stories, each a link to its articles; those of one article are not worth one."""
    large = why.stories.filter(pl.col("articles") > 1).head(_NAMED)
    if large.is_empty():
        return
    st.html('<div class="ng-peak"><section><h3>Largest stories</h3></section></div>')
    with st.container(key=f"stories-{actor}-{first}", gap=None):
        for row in large.iter_rows(named=True):
            outlets = f"{row['outlets']} outlet{'s' if row['outlets'] != 1 else ''}"
            label = f"{titles.get(row['story']) or 'untitled'} · {row['articles']} articles, {outlets} →"
            page_link("articles", words_of_days(view, first, last, actor=[actor], story=[row["story"]]), inert(label))
