"""What moved: volume and tone of the chosen actors, who is named with whom, the newest articles."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import polars as pl
import streamlit as st

from dashboard import (
    answers,
    blocks,
    break_charts,
    breaks,
    charts,
    completion,
    controls,
    measures,
    outages,
    outlet_answers,
    pair_charts,
    share_charts,
    tone_charts,
    volume_charts,
)
from dashboard.charts import Drawn
from dashboard.controls import View, Words
from dashboard.desk import Desk, actor_link, most_mentioned, page_link
from dashboard.theme import escape, inert
from dashboard.views import peaks, received
from dashboard.views.listing import article_table
from dashboard.views.nothing import nothing
from data import queries
from data.filters import Filters
from data.queries import Every
from data.search import SearchError

TITLE = "Overview"
_SHOWN_AT_FIRST = 4
_TOGETHER = 12
_NEWEST = 12
_PARTNERS = 8
_OUTLETS_NAMED = 4


@dataclass(frozen=True)
class Scene:
    """What this run of the page looks at: resolved filters, days, period, and the actors as drawn."""

    desk: Desk
    view: View
    filters: Filters
    first: date | None
    last: date | None
    every: Every
    actors: tuple[Drawn, ...]

    @property
    def known(self) -> tuple[date, date]:
        """The days looked at in full: the last one may go on until midnight."""
        first, last = self.first or date.min, self.last or date.max
        end = self.desk.press.complete_to or last
        return first, min(last, end)


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page, from its controls to its newest articles."""
    if "actor-chosen" not in st.session_state:
        # Written into the link at once, so that it still means these actors when others are in the news.
        st.session_state["actor-chosen"] = True
        st.session_state["actor"] = st.session_state["actor"] or list(most_mentioned(desk, _SHOWN_AT_FIRST))
        st.session_state["six"] = st.session_state["actor"]
        controls.keep_notices()
    place = st.container(key="top")
    st.title("Attention and tone")
    view = controls.bar(desk.catalogue, desk.press, charts=True)
    controls.write_link(view, peak=peaks.opened())
    with place:
        header(controls.to_words(view))
    blocks.notice(controls.notices(view))
    scene = _scene(desk, view)
    try:
        answers.looked_at(desk.press, scene.filters.search)
    except SearchError as error:
        blocks.empty("This search cannot be read", str(error))
        return
    _figures(scene)
    if answers.summary(desk.press, scene.filters, view.measure)["mentions"]:
        volume_card(scene)
        _tone(scene)
        _parts(scene)
        _newest(scene)
    else:
        nothing(desk, scene.filters, scene.first, scene.last)


def _scene(desk: Desk, view: View) -> Scene:
    filters, first, last = desk.filters(view)
    actors = filters.actors or most_mentioned(desk, _SHOWN_AT_FIRST)
    every = queries.default_every(first, last) if first and last else "month"
    return Scene(desk, view, replace(filters, actors=actors), first, last, every, desk.drawn(actors))


# Figures


def _figures(scene: Scene) -> None:
    press, measure = scene.desk.press, scene.view.measure
    now = answers.summary(press, scene.filters, measure)
    before, against = figures_before(scene), against_days(scene)
    stories = answers.stories(press, scene.filters)
    course = answers.course(press, scene.filters, scene.every, measure)
    volume = answers.volume(press, scene.filters, scene.every)
    by_date = volume.group_by("date").agg(pl.col("count").sum(), pl.col("total_count").max()).sort("date")
    # A mean on fewer stories says more about chance than about the press.
    enough = now["stories"] >= charts.FEWEST_STORIES
    half = (now["high"] - now["low"]) / 2 if enough and now["low"] is not None else None
    if not (enough and (before["stories"] or 0) >= charts.FEWEST_STORIES):
        before = before | {"tone": None, "negative_share": None}
    few = "" if enough else f" · too few, {charts.FEWEST_STORIES} are needed"
    undated = (
        f" · {now['undated']:,} undated mention{'s' if now['undated'] > 1 else ''} on no chart"
        if now["undated"]
        else ""
    )
    blocks.figures(
        [
            blocks.Figure(
                "Mentions",
                blocks.count(now["mentions"]),
                (f"in {now['articles']:,} articles " if now["articles"] != now["mentions"] else "")
                + f"of {now['outlets']} outlet{'s' if now['outlets'] != 1 else ''}",
                growth(now["mentions"], before["mentions"], against),
                f"{stories:,} distinct stor{'ies' if stories != 1 else 'y'} · "
                f"{blocks.percent(now['articles'] / now['collected'] if now['collected'] else None)} of "
                f"{now['collected']:,} articles collected{undated}",
                "One mention is one chosen actor in one article, counted once however often it is named there. "
                "Articles that tell one event are one story.",
                by_date["count"].to_list(),
            ),
            blocks.Figure(
                "Mean tone",
                blocks.signed(now["tone"] if enough else None, 3),
                f"± {half:.3f}" if half is not None else "",
                shift(now["tone"], before["tone"], against),
                f"{now['scored']:,} scored mentions in {now['stories']:,} stories{few}{without_tone(now)}",
                f"{measures.told(measure, now)} The mean of the mentions, -1 to +1, with its 95 % interval, in which "
                "the articles that tell one event count as one. What is unsure or not scored is left out.",
                course["tone"].to_list(),
            ),
            blocks.Figure(
                "Negative share",
                blocks.percent(now["negative_share"] if enough else None),
                "",
                _points(now["negative_share"], before["negative_share"], against),
                f"of {now['scored']:,} scored mentions, tone ≤ −{measures.border(measure, now)}{without_tone(now)}",
                "The part of the scored mentions that is negative; what is unsure or not scored is in neither number.",
                course["negative_share"].to_list(),
            ),
            blocks.Figure(
                "Articles collected",
                blocks.count(now["collected"]),
                "",
                growth(now["collected"], before["collected"], against),
                blocks.days(scene.first, scene.last),
                "All articles of the outlets and languages looked at, whomever they name: what attention is measured "
                "against.",
                by_date["total_count"].to_list(),
            ),
        ],
        scene.desk.colours,
    )


def without_tone(now: dict[str, Any]) -> str:
    """How many of the mentions have no tone, and why; a line breaks behind a dot, not within."""
    told = (f"{now[kind]:,} {name}".replace(" ", "\u00a0") for kind, name in measures.KINDS.items() if now[kind])
    return "".join(f"\u00a0· {words}" for words in told)


def against_days(scene: Scene) -> str:
    """What the figures are put against, in words."""
    length = (scene.last - scene.first).days + 1 if scene.first and scene.last else 0
    return f"the {length} days before" if length > 1 else "the day before"


def days_before(scene: Scene) -> Filters | None:
    """The filters of the days just before; None where the archive does not reach that far back."""
    first, last, begin = scene.first, scene.last, scene.desk.press.first_day
    if scene.view.period == "all" or first is None or last is None or begin is None:
        return None
    earlier = first - (last - first + timedelta(days=1))
    return None if earlier < begin else replace(scene.filters, from_day=earlier, to_day=first - timedelta(days=1))


def figures_before(scene: Scene) -> dict[str, Any]:
    """The same figures for the days just before; all None where there are none."""
    days = days_before(scene)
    if days is None:
        return dict.fromkeys(("mentions", "articles", "tone", "negative_share", "collected", "stories"))
    return answers.summary(scene.desk.press, days, scene.view.measure)


def growth(now: float, before: float | None, against: str) -> str:
    """A change as a part of what was before; empty where that is nothing or unknown.

    Where there were few before, or ten times as many now, a part says nothing that one can picture.

    >>> growth(54, 50, "the 30 days before"), growth(52, 3, "the day before"), growth(0.2, 0.01, "the day before")
    ('+8 % against the 30 days before', 'from 3 to 52 against the day before', '× 20 against the day before')
    """
    if not before:
        return ""
    if before >= 1 and (before < _FEW or now > _TIMES * before):
        change = f"from {before:,.0f} to {now:,.0f}"
    elif now > _TIMES * before:
        change = f"× {now / before:,.0f}"
    else:
        change = _minus(f"{(now - before) / before:+.0%}").replace("%", " %")
    return f"{change} against {against}"


#: Under so many a change is told by both counts, and so is one by so many times.
_FEW, _TIMES = 10, 10


def shift(now: float | None, before: float | None, against: str) -> str:
    """A change of a tone; empty where one of them is unknown."""
    return "" if now is None or before is None else f"{_minus(f'{now - before:+.3f}')} against {against}"


def _points(now: float | None, before: float | None, against: str) -> str:
    return "" if now is None or before is None else f"{_minus(f'{(now - before) * 100:+.1f}')} points against {against}"


def _minus(number: str) -> str:
    return number.replace("-", "−")


# Charts


def volume_card(scene: Scene) -> None:
    """The volume over time with its peaks, outages and breaks; a click leads to the articles of a point."""
    desk, form = scene.desk, scene.view.volume
    volume = answers.volume(desk.press, scene.filters, scene.every)
    title = f"{'Mentions' if form == 'count' else 'Attention'} per {scene.every}"
    how = (
        "Articles that name the actor, each counted once. "
        if form == "count"
        else "Articles that name the actor, divided by all articles that the same outlets published in that time. "
    ) + "Dashed: a period that is not over or began before the days looked at"
    how += ", and what it is expected to come to. "
    how += "Striped: days on which feeds failed."
    note = "" if form == "count" else "share of all articles of the same outlets · "
    note += "click a point for its articles"
    with blocks.card("volume", title, how, note, _with_labels(desk, volume), drawn=True):
        # Where nothing at all was collected, nobody can say that nobody wrote.
        collected = volume.with_columns(pl.when(pl.col("total_count") > 0).then(pl.col(form)))
        lines = volume_charts.lines(collected, form, scene.known, scene.every, scene.actors)
        ahead = completion.expected(desk.press, scene.filters, scene.every, scene.last)
        # A part of a period already has the attention that the whole one is expected to have.
        lines = completion.drawn(lines, ahead) if form == "count" else lines
        found = peaks.found(desk, scene.filters, scene.every)
        blocks.notice(peaks.lost(scene.view, found))
        marks, room = volume_charts.marks(found.peaks, lines, scene.every)
        ends, frame = volume_charts.ends(lines, scene.actors, room)
        broken = breaks.of_volume(desk, scene.filters, scene.every)
        picked = blocks.draw_to_pick(
            volume_charts.volume(scene.actors, desk.colours, form, scene.every),
            f"{title} of {_names(scene.actors)}{_told_peaks(marks)}",
            "chart-volume",
            lines=lines,
            ends=ends,
            frame=frame,
            marks=marks,
            rules=break_charts.rules(broken.found, frame),
            **hatching(scene, stripes=90),
        )
        if found.peaks.is_empty():
            _highest(scene, volume)
        else:
            peaks.rows(desk, scene.view, scene.filters, found)
        if told := peaks.told(found, scene.first):
            blocks.note(told)
        blocks.note(outages.told(*_looked_at(scene)))
        for words in (completion.told(ahead, scene.every, desk.labels(), form), _came(scene)):
            if words:
                blocks.note(words)
        if changed := breaks.told(broken, scene.every):
            blocks.note(changed)
    if picked:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=picked["at"])).date()
        st.switch_page(st.session_state["pages"]["articles"], query_params=words_of_period(scene, day))


def _came(scene: Scene) -> str:
    """How much came of what was to be expected of the outlets looked at; empty where that cannot be told."""
    if scene.first is None or scene.last is None:
        return ""
    months = outlet_answers.received(scene.desk.press, scene.first, scene.last, "month")
    outlets = scene.filters.outlets
    told = received.came(months.filter(pl.col("outlet").is_in(outlets)) if outlets else months)
    return f"{told} See Outlets." if told else ""


def _told_peaks(marks: pl.DataFrame) -> str:
    return f"; numbered peaks {blocks.listed(marks['number'].sort().cast(pl.String))}" if marks.height else ""


def _highest(scene: Scene, volume: pl.DataFrame) -> None:
    """Each actor's highest period, as links to the articles behind it, where nothing stands out or can be told to."""
    form = scene.view.volume
    with st.container(key="peaks", horizontal=True, vertical_alignment="center", gap="small"):
        st.html('<p class="ng-note">Highest</p>', width="content")
        for actor, day, value in volume_charts.highest(volume, form).iter_rows():
            number = f"{value:,.0f}" if form == "count" else blocks.percent(value)
            label = f"{scene.desk.label(actor)} {number}, {_period_words(day, scene.every)} →"
            words = words_of_period(scene, day) | {"actor": [actor]}
            page_link("articles", words, inert(label))


def words_of_period(scene: Scene, day: date, every: Every | None = None) -> Words:
    """The words of the actors drawn, narrowed to the period that begins on this day."""
    first, last = day, _last_day(day, every or scene.every)
    if scene.first and scene.last:
        first, last = max(first, scene.first), min(last, scene.last)
    return peaks.words_of_days(scene.view, first, last, actor=scene.filters.actors)


def _last_day(day: date, every: Every) -> date:
    if every == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day + timedelta(days=6 if every == "week" else 0)


def _period_words(day: date, every: Every) -> str:
    """A period as a reader writes it.

    >>> _period_words(date(2024, 7, 8), "week"), _period_words(date(2024, 7, 1), "month")
    ('week of 8 Jul 2024', 'Jul 2024')
    """
    if every == "month":
        return f"{day:%b %Y}"
    return f"week of {blocks.day(day)}" if every == "week" else blocks.day(day)


def hatching(scene: Scene, stripes: int) -> dict[str, pl.DataFrame]:
    """The data sets that draw incomplete days."""
    return dict(outages.hatching(*_looked_at(scene), stripes))


def _looked_at(scene: Scene) -> tuple[answers.Press, tuple[str, ...], date | None, date | None, outages.Names]:
    names = tuple(scene.desk.outlets().items())
    return scene.desk.press, scene.filters.outlets, scene.first, scene.last, names


def _tone(scene: Scene) -> None:
    desk = scene.desk
    every = tone_every(scene)
    measured = answers.tone(desk.press, scene.filters, every, scene.view.measure)
    drawn = tone_charts.tones(measured, scene.known, every, scene.actors)
    how = (
        "The mean of the mentions, -1 to +1. The band is the 95 % interval of the mean, in which the articles that "
        "tell one event count as one. All charts have one scale; the other actors are drawn in grey. "
        f"A point on fewer than {charts.FEWEST_STORIES} stories is not drawn."
    )
    title = f"Mean tone per {every}{', by lexicon' if scene.view.measure == 'lexicon_tone' else ''}"
    note = "numbers: all days looked at · above 0 favourable, below 0 unfavourable"
    with blocks.card("tone", title, how, note, _with_labels(desk, measured), drawn=True):
        blocks.note(measures.told(scene.view.measure, answers.summary(desk.press, scene.filters, scene.view.measure)))
        frame = tone_charts.tone_frame(drawn)
        broken = breaks.of_tone(desk, scene.filters, every)
        hatched = hatching(scene, stripes=30 if len(scene.actors) > 1 else 90)
        hatched["outages"] = hatched["outages"].select("start", "end")
        for row in _rows(scene.actors):
            for column, actor in zip(st.columns(len(row), gap="medium"), row, strict=True):
                if actor is not None:
                    with column:
                        _tone_of(scene, actor, every, drawn, frame, hatched, broken.found)
        if changed := breaks.told(broken, every):
            blocks.note(changed)


def _tone_of(
    scene: Scene,
    actor: Drawn,
    every: Every,
    drawn: pl.DataFrame,
    frame: pl.DataFrame,
    hatched: dict[str, pl.DataFrame],
    broken: pl.DataFrame,
) -> None:
    st.html(_tone_head(scene, actor))
    own = drawn.filter(pl.col("actor") == actor.key)
    if not (own["measured"] & (own["part"] == "whole")).any():
        blocks.empty(
            "Too few to draw",
            f"No whole {every} has {charts.FEWEST_STORIES} scored stories. What is told above is of all days looked "
            "at, where these have as many; fewer filters bring more.",
        )
        return
    blocks.draw(
        tone_charts.tone(scene.desk.colours, every),
        f"Mean tone toward {actor.label}{', by lexicon' if scene.view.measure == 'lexicon_tone' else ''}",
        f"chart-tone-{actor.key}",
        own=own,
        # Their texts stand where the line does not.
        rules=break_charts.rules(broken, frame, low=(own["tone"].sum() or 0) > 0),
        others=drawn.filter(pl.col("actor") != actor.key, pl.col("part") == "whole").select("actor", "at", "tone"),
        frame=frame,
        **hatched,
    )


def _tone_head(scene: Scene, actor: Drawn) -> str:
    """The actor, and its mean tone over all days looked at, where there are stories enough; what it leaves out."""
    name = actor_link(actor.key, controls.to_words(scene.view), actor.label)
    dot = f'<span class="ng-dot" style="background:{actor.colour}"></span><b>{name}</b>'
    overall = answers.overall(scene.desk.press, scene.filters, scene.view.measure)
    of = next((row for row in overall.iter_rows(named=True) if row["actor"] == actor.key), {"stories": 0})
    if of["stories"] < charts.FEWEST_STORIES:
        return f'<div class="ng-tone-head">{dot}</div>'
    balances = answers.balance(scene.desk.press, scene.filters, scene.view.measure)
    unsure = sum(row["unsure"] for row in balances.iter_rows(named=True) if row["actor"] == actor.key)
    told = f"{blocks.signed(of['tone'])} ± {(of['high'] - of['low']) / 2:.2f}"
    size = f"n {of['mentions']:,}" + (f" · {unsure:,} unsure" if unsure else "")
    return f'<div class="ng-tone-head">{dot} {escape(told)} <span class="ng-muted">{size}</span></div>'


def tone_every(scene: Scene) -> Every:
    """The finest period, no finer than the volume's, in which the typical point of an actor has enough stories."""
    volume = answers.volume(scene.desk.press, scene.filters, scene.every).filter(pl.col("total_count") > 0)
    days = {"day": 1, "week": 7, "month": 30}
    per_day = volume["texts"].sum() / max(1, volume.height) / days[scene.every]
    for every in ("day", "week", "month"):
        if days[every] >= days[scene.every] and per_day * days[every] >= 1.5 * charts.FEWEST_STORIES:
            return every
    return "month" if scene.first and scene.last and (scene.last - scene.first).days > 62 else "week"


def _rows(actors: tuple[Drawn, ...]) -> list[list[Drawn | None]]:
    """Up to four beside each other; five and six in two rows of three."""
    wide = len(actors) if len(actors) <= 4 else 3
    padded: list[Drawn | None] = [*actors, *[None] * (-len(actors) % wide)]
    return [padded[start : start + wide] for start in range(0, len(padded), wide)]


def _parts(scene: Scene) -> None:
    with st.container(key="parts"):
        left, right = st.columns(2, gap="small")
    with left:
        if len(scene.actors) > 1:
            _together(scene)
        else:
            _partners(scene, scene.actors[0])
    with right:
        # One actor's share of itself says nothing.
        if len(scene.actors) > 1:
            _share(scene)
        _balance(scene)
        if len(scene.actors) == 1:
            _outlets(scene)


def _share(scene: Scene) -> None:
    voices = answers.share_of_voice(scene.desk.press, scene.filters)
    shares = share_charts.shares(voices, scene.actors)
    how = "Each actor's part of the mentions of the actors shown. The parts add up to 100 %."
    with blocks.card("share", "Share of voice", how, f"of {voices['mentions'].sum():,} mentions", shares, drawn=True):
        blocks.draw(
            share_charts.share_of_voice(len(scene.actors), scene.desk.colours),
            f"Share of voice of {_names(scene.actors)}",
            "chart-share",
            shares=shares,
        )


def _balance(scene: Scene) -> None:
    balances = answers.balance(scene.desk.press, scene.filters, scene.view.measure)
    parts = share_charts.parts(balances, scene.actors)
    now = answers.summary(scene.desk.press, scene.filters, scene.view.measure)
    border = measures.border(scene.view.measure, now)
    how = (
        f"The scored mentions of each actor: negative (tone -{border} or lower), neutral, positive (+{border} or "
        "higher), each as a part of the scored ones. Neutral lies across the middle, so a bar leans to where the tone "
        "leans. Striped or empty at the right, as a part of all mentions: those without a tone."
    )
    note = f"{measures.NAMES[scene.view.measure]} · of {now['scored']:,} scored mentions"
    with blocks.card("balance", "Balance of tone", how, note, _with_labels(scene.desk, balances), drawn=True):
        st.html(blocks.key([kind for kind in get_args(queries.Kind) if balances[kind].sum()]))
        if not now["scored"]:
            blocks.empty("No mention here has a tone", _NO_TONE[bool(now["unsure"])])
        else:
            blocks.draw(
                share_charts.balance(len(scene.actors), scene.desk.colours),
                f"Balance of tone of {_names(scene.actors)}",
                "chart-balance",
                parts=parts,
            )
        blocks.note(_left_out(scene, balances))


_NO_TONE = {
    False: "Tone is read in English only, and what an actor says is none toward it. Choose other languages or actors.",
    True: "No sentence here is clear enough for the model. Choose a longer period, or the tone by lexicon.",
}


_NOT_SCORED = "Not scored, in another language or in the actor's own words alone"


def _left_out(scene: Scene, balances: pl.DataFrame) -> str:
    """Which mentions have no tone, of how many."""
    reasons = {"unsure": "Unsure, no sentence was clear enough", "not_scored": _NOT_SCORED}
    told = [
        f"{reason}: {', '.join(f'{scene.desk.label(actor)} {number:,} of {all_:,}' for actor, number, all_ in some)}."
        for kind, reason in reasons.items()
        if (some := _some(balances, kind))
    ]
    return " ".join(told) or f"All {balances['mentions'].sum():,} mentions are scored."


def _some(balances: pl.DataFrame, kind: str) -> list[tuple[str, int, int]]:
    """Actor, how many of this kind, of how many mentions; most first, actors with none left out."""
    some = balances.filter(pl.col(kind) > 0).sort(kind, "actor", descending=[True, False])
    return some.select("actor", kind, "mentions").rows()


def _together(scene: Scene) -> None:
    desk = scene.desk
    others = [key for key in most_mentioned(desk, 2 * _TOGETHER) if key not in scene.filters.actors]
    keys = (*scene.filters.actors, *others)[:_TOGETHER]
    pairs = pair_charts.pairs(
        answers.co_mentions(desk.press, scene.filters, keys), [(key, desk.label(key)) for key in keys]
    )
    how = (
        "Articles that name both, as a part of the articles that name either (Jaccard's index). The actors chosen "
        "come first, then the most mentioned ones."
    )
    rows = pairs.select("label", "left", "articles", "share")
    with blocks.card("together", "Named together", how, "of articles that name either", rows, drawn=True):
        if not pairs["articles"].sum():
            blocks.empty("No article names two of them", "Choose a longer period or more actors.")
            return
        with st.container(key="wide-together"):
            blocks.draw(
                pair_charts.co_mentions(len(keys), 175 + 76 * len(scene.actors), desk.colours),
                "Who is named together, in percent",
                "chart-together",
                pairs=pairs,
            )
        with st.container(key="narrow-together"):
            top = pairs.filter(pl.col("articles") > 0).sort("share", descending=True).head(10)
            st.html(_ranked(top.with_columns(label=pl.format("{} and {}", "label", "left"))))


def _partners(scene: Scene, actor: Drawn) -> None:
    """With one actor, whom its own articles name besides."""
    desk = scene.desk
    others = [key for key in most_mentioned(desk, 2 * _TOGETHER) if key != actor.key]
    together = answers.co_mentions(desk.press, scene.filters, (actor.key, *others))
    own = int(answers.share_of_voice(desk.press, scene.filters)["mentions"].sum())
    partners = pair_charts.partners(together, actor.key, own, desk.labels())
    how = "Whom else the articles that name the actor name, and in which part of them. Of the most mentioned actors."
    note = f"of {own:,} articles that name {actor.label}"
    with blocks.card("together", "Named together", how, note, partners):
        if partners.is_empty():
            blocks.empty("These articles name no other actor", "Choose a longer period or fewer filters.")
        else:
            st.html(_ranked(partners.head(_PARTNERS)))


def _outlets(scene: Scene) -> None:
    by_outlet = answers.by_outlet(scene.desk.press, scene.filters, scene.view.measure)
    named = by_outlet.with_columns(label=pl.col("outlet").replace(scene.desk.outlets()))
    rows = named.select("label", "share", "articles", "tone", "stories")
    how = "The outlets that name the actor most, with their part of its mentions. The table has all, with their tone."
    with blocks.card("outlets", "Outlets", how, f"{rows.height} name {scene.actors[0].label}", rows):
        st.html(_ranked(rows.head(_OUTLETS_NAMED)))


def _ranked(rows: pl.DataFrame) -> str:
    """A list of `label, share, articles` with bars."""
    most = max(rows["share"].to_list(), default=1.0)
    items = [
        f"<li><span>{escape(row['label'])}</span>"
        f'<span class="count">{escape(blocks.percent(row["share"]))} · {row["articles"]:,}</span>'
        f'<span class="bar" style="width:{row["share"] / most:.0%}"></span></li>'
        for row in rows.iter_rows(named=True)
    ]
    return f'<ol class="ng-ranked">{"".join(items)}</ol>'


# Articles


def _newest(scene: Scene) -> None:
    desk = scene.desk
    rows = answers.newest(desk.press, scene.filters, scene.view.measure, _NEWEST)
    how = "The newest articles that name a chosen actor. Choose a row to read one and see what matched in it."
    with blocks.card("newest", "Newest articles", how):
        picked = article_table(desk, rows, scene.view.measure, key="newest-rows")
        page_link("articles", controls.to_words(scene.view), "All articles, search and download →")
    if picked is not None:
        article = rows["article_id"][picked]
        st.switch_page(
            st.session_state["pages"]["articles"], query_params={**controls.to_words(scene.view), "article": article}
        )


def _with_labels(desk: Desk, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(actor=pl.col("actor").replace(desk.labels()))


def _names(actors: tuple[Drawn, ...]) -> str:
    return blocks.listed([actor.label for actor in actors])
