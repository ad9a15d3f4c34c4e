"""One outlet: how much it writes against what was expected, about what and whom, in what tone, and its feeds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, break_charts, charts, controls, outage_charts, outlet_answers, volume_charts
from dashboard.charts import FEWEST_STORIES, Drawn
from dashboard.desk import link, page_link
from dashboard.theme import escape
from dashboard.views import received
from dashboard.views.health import STATES
from dashboard.views.nothing import failed_days, nothing
from dashboard.views.outlet_scene import Scene, tone_told
from dashboard.views.peaks import words_of_days
from data import schema

_DIFFERENT = 8
_TONES = 14


def show(scene: Scene, key: str, listed: pl.DataFrame) -> None:
    """What is known of one outlet, from its figures to its feeds."""
    _head(scene, key)
    row = next((row for row in listed.iter_rows(named=True) if row["outlet"] == key), None)
    if row is None:
        nothing(scene.desk, scene.filters, scene.first, scene.last)
    else:
        _figures(scene, key, row)
        _volume(scene, key)
        _topics_and_actors(scene, key)
        _tones(scene, key)
    _feeds(scene, key)


def _head(scene: Scene, key: str) -> None:
    """What the catalogue knows of it, and where it goes on."""
    facts = next((one for one in scene.desk.catalogue.outlets if one.key == key), None)
    told = "not in the catalogue: from files or a feed of its own"
    if facts:
        told = " · ".join([facts.country, ", ".join(facts.languages), facts.media_type, facts.ownership, *facts.panels])
    st.html(f'<p class="ng-note">{escape(told)}</p>')
    everything = {word: values for word, values in controls.to_words(scene.view).items() if word != "outlet"}
    with st.container(key="outlet-links", horizontal=True, gap="small"):
        page_link("outlets", everything, "← All outlets")
        for page, label in (("articles", "Its articles"), ("stories", "Stories"), ("compare", "Compare")):
            page_link(page, scene.words(key), f"{label} →")
        page_link("health", scene.words(key), "Health →")


def _figures(scene: Scene, key: str, row: dict[str, Any]) -> None:
    blocks.figures([*_amounts(scene, key, row), *_about(scene, row)], scene.desk.colours)
    for alarm in outlet_answers.alarms(scene.desk.press, scene.last).filter(outlet=key).iter_rows(named=True):
        told = f"{received.alarm_head(alarm)}: {received.alarm_counts(alarm)}; {received.alarm_reason(alarm)}."
        blocks.notice([told[0].upper() + told[1:]])


def _amounts(scene: Scene, key: str, row: dict[str, Any]) -> list[blocks.Figure]:
    """How much it writes, and how much of what was to be expected."""
    periods = outlet_answers.received(scene.desk.press, scene.first, scene.last, scene.every).filter(outlet=key)
    judged = periods.filter(pl.col("judged") > 0)
    came, expected = int(judged["received"].sum()), float(judged["expected"].sum())
    return [
        blocks.Figure(
            "Articles",
            blocks.count(row["articles"]),
            "",
            "",
            f"{row['stories']:,} stories · {blocks.percent(row['copies'])} copies · "
            f"{blocks.days(row['first'], row['last'])}",
            "All articles of this outlet in these days and languages, and how many events they tell.",
        ),
        blocks.Figure(
            "Received of expected",
            blocks.percent(came / expected if expected else None),
            "",
            "",
            f"{came:,} articles of about {expected:,.0f}, where enough is known"
            if expected
            else "nothing can be expected: too little history, or no feed is checked",
            "Over the days with four known weeks before them on which a feed answered.",
        ),
    ]


def _about(scene: Scene, row: dict[str, Any]) -> list[blocks.Figure]:
    """How much of it is looked at, and in what tone."""
    enough = row["scored_stories"] >= FEWEST_STORIES
    half = (row["high"] - row["low"]) / 2 if enough else None
    return [
        blocks.Figure(
            f"Naming {scene.whom}" if scene.whom else "Looked at",
            blocks.count(row["named"]),
            "",
            "",
            f"{blocks.percent(row['attention'])} of its {row['articles']:,} articles"
            if outlet_answers.narrows(scene.filters)
            else "all of its articles: choose an actor to see how many name it",
            "Attention: these articles, divided by all articles of the outlet.",
        ),
        blocks.Figure(
            "Mean tone",
            blocks.signed(row["tone"] if enough else None, 3),
            f"± {half:.3f}" if half is not None else "",
            "",
            f"{'toward ' + scene.whom if scene.whom else 'of the text'}, {row['scored']:,} scored in "
            f"{row['scored_stories']:,} stories" + ("" if enough else f" · too few, {FEWEST_STORIES} are needed"),
            "The mean, -1 to +1, with its 95 % interval, in which the articles that tell one event count as one.",
        ),
    ]


# Volume


def _volume(scene: Scene, key: str) -> None:
    press, every, colours = scene.desk.press, scene.every, scene.desk.colours
    counted = outlet_answers.counted(press, key, scene.first, scene.last, every)
    periods = outlet_answers.received(press, scene.first, scene.last, every).filter(outlet=key)
    # A part of a period's days is no period: the line of what was expected breaks there.
    whole = pl.when(pl.col("judged") == pl.col("days")).then("expected")
    lines = counted.join(periods.select("date", expected=whole), on="date", how="left", maintain_order="left")
    drawn = (Drawn("received", "received", colours.primary), Drawn("expected", "expected", colours.muted))
    table = lines.rename({"date": "From", "count": "Received", "expected": "Expected"})
    with blocks.card(
        "outlet-volume", f"Articles per {every}", _VOLUME, "click a point for its articles", table, drawn=True
    ):
        long = pl.concat(
            lines.select(pl.lit(one.key).alias("actor"), "date", value=pl.col(name).cast(pl.Float64))
            for one, name in zip(drawn, ("count", "expected"), strict=True)
        )
        shown = volume_charts.lines(long, "value", (scene.first, min(scene.last, _known_to(scene))), every, drawn)
        ends, frame = volume_charts.ends(shown, drawn)
        failed = failed_days(scene.desk, scene.filters, scene.first, scene.last)
        stretches = outage_charts.stretches(failed)
        wide = scene.last - scene.first + timedelta(days=1)
        picked = blocks.draw_to_pick(
            volume_charts.volume(drawn, colours, "count", every),
            f"Articles per {every}, received and expected",
            "chart-outlet-volume",
            lines=shown,
            ends=ends,
            frame=frame,
            marks=volume_charts.marks(_NO_PEAKS, shown, every)[0],
            rules=break_charts.rules(_NO_BREAKS, frame),
            outages=stretches,
            stripes=outage_charts.stripes(stretches, wide, 90),
        )
        blocks.note(_outage_told(scene, key, failed, periods))
    if picked:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=picked["at"])).date()
        words = words_of_days(scene.view, max(day, scene.first), min(_end(day, every), scene.last), outlet=[key])
        st.switch_page(st.session_state["pages"]["articles"], query_params=words | {"actor": []})


_VOLUME = (
    "All articles of the outlet, in all languages, by the day that it gives. Expected: the median of its last "
    "twelve whole weeks, shared out over the weekdays as it shares them. Dashed: a period that is not over. "
    "Striped: days on which feeds failed."
)
_NO_PEAKS = pl.DataFrame(schema={"number": pl.Int64, "actor": pl.String, "day": pl.Date})
_NO_BREAKS = pl.DataFrame(schema={"of": pl.String, "date": pl.Date, "before": pl.String, "after": pl.String})


def _known_to(scene: Scene) -> date:
    press = scene.desk.press
    return scene.last if press.checks.is_empty() else outlet_answers.complete_to(press)


def _end(day: date, every: charts.Every) -> date:
    if every == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return day + timedelta(days=6 if every == "week" else 0)


def _outage_told(scene: Scene, key: str, failed: pl.DataFrame, periods: pl.DataFrame) -> str:
    if key not in set(scene.desk.press.checks["outlet"]):
        return (
            "No feed of this outlet is checked, its articles came from files: a day that is missing cannot be told "
            "from a quiet one, and nothing can be expected."
        )
    if periods.filter(pl.col("state") != "not checked").is_empty():
        return "Its feeds were not checked in these days."
    if failed.is_empty():
        return "Its feeds answered on every day that they were checked."
    spans = outage_charts.failures(failed)
    told = [blocks.days(first, last) for first, last in spans.select("first", "last").head(3).iter_rows()]
    more = spans.height - len(told)
    return (
        f"Feeds failed {'; '.join(told)}{f' and {more} times before' if more else ''}: what was written is not known."
    )


# What it writes more and less about


def _topics_and_actors(scene: Scene, key: str) -> None:
    press, filters = scene.desk.press, scene.filters
    topics = {topic.key: topic.label for topic in scene.desk.catalogue.topics}
    with st.container(key="parts"):
        left, right = st.columns(2, gap="small")
    with left:
        found = outlet_answers.topics(press, filters, key)
        _different(scene, "outlet-topics", "Topics, against the other outlets", "topic", found, topics)
    with right:
        found = outlet_answers.actors(press, filters, key)
        _different(scene, "outlet-actors", "Actors, against the other outlets", "actor", found, scene.desk.labels())


def _different(scene: Scene, card: str, title: str, word: str, found: pl.DataFrame, labels: dict[str, str]) -> None:
    how = (
        f"The part of the outlet's texts that has the {word}, divided by that of all other outlets in the same days, "
        "with its 95 % interval. More and less are marked where the whole interval lies on one side of 1; the most "
        f"certain stand first. Blank where fewer than {FEWEST_STORIES} texts have or would have it."
    )
    named = found.with_columns(pl.col("item").replace(labels))
    heads = {"item": word.capitalize(), "own": "Its texts", "of_own": "of", "others": "Others' texts"}
    table = named.rename(heads | {"of_others": "of them", "ratio": "Times", "low": "95 % from", "high": "to"})
    judged = named.filter(pl.col("ratio").is_not_null())
    size = f"{found['of_own'][0]:,} texts against {found['of_others'][0]:,}" if found.height else ""
    with blocks.card(card, title, how, size, table):
        if judged.is_empty():
            blocks.empty("Too few to compare", f"No {word} has {FEWEST_STORIES} texts here. Choose a longer period.")
            return
        sides = [
            judged.filter(pl.col("side") == "more").head(_DIFFERENT),
            judged.filter(pl.col("side") == "less").head(_DIFFERENT),
        ]
        rows = "".join(map(_difference, pl.concat(sides).iter_rows(named=True)))
        if rows:
            st.html(f'<ol class="ng-ranked">{rows}</ol>')
        marked = judged.filter(pl.col("side").is_not_null()).height
        chance = judged.height * 0.05
        blocks.note(
            f"{marked:,} of {judged.height:,} {word}s differ; chance alone would make about {chance:.0f} of them."
        )


def _difference(row: dict[str, Any]) -> str:
    more = row["side"] == "more"
    mark = '<b class="up">▲ more</b>' if more else '<b class="down">▼ less</b>'
    parts = [
        escape(blocks.percent(row[own] / row[of] if row[of] else None))
        for own, of in (("own", "of_own"), ("others", "of_others"))
    ]
    return (
        f'<li><span>{escape(row["item"])} <small class="ng-side">{mark}</small></span>'
        f'<span class="count">{times(row["ratio"])} times as often <small>({times(row["low"])} to '
        f"{times(row['high'])})</small></span>"
        f'<span class="ng-muted">{parts[0]} of its texts (n {row["own"]:,}), {parts[1]} of the others\'</span></li>'
    )


def times(ratio: float) -> str:
    """A ratio in words.

    >>> times(2.04), times(0.33), times(12.3)
    ('2.0', '0.33', '12')
    """
    digits = 0 if ratio >= 10 else 1 if ratio >= 1 else 2
    return f"{ratio:.{digits}f}"


# Tone


def _tones(scene: Scene, key: str) -> None:
    found = outlet_answers.tones(scene.desk.press, scene.filters, key, scene.view.measure)
    how = (
        "The mean tone toward each actor in this outlet and in all others, each with its 95 % interval, a story "
        f"counted as one, where both have {FEWEST_STORIES} scored stories. The difference is marked where its interval "
        "does not hold 0. Other events make another tone too."
    )
    named = found.with_columns(pl.col("actor").replace(scene.desk.labels()))
    heads = {"actor": "Actor", "tone": "Tone here", "low": "95 % from", "high": "to", "stories": "Stories here"}
    others = {"others_tone": "Others", "others_low": "Others from", "others_high": "to others"} | {
        "others_stories": "Stories"
    }
    ends = {"difference": "Difference", "least": "Difference from", "most": "to difference"}
    with blocks.card(
        "outlet-tone", "Tone toward each actor, against the other outlets", how, "", named.rename(heads | others | ends)
    ):
        if found.is_empty():
            blocks.empty("Too few to compare", f"No actor has {FEWEST_STORIES} scored stories here and elsewhere.")
            return
        heads_told = ("Actor", "Here", "Others", "Difference")
        head = "".join(
            f'<th scope="col"{_NUMBER if place else ""}>{told}</th>' for place, told in enumerate(heads_told)
        )
        body = "".join(_tone_row(scene, key, row) for row in found.head(_TONES).iter_rows(named=True))
        st.html(
            '<div class="ng-scroll" tabindex="0" role="region" aria-label="Tone by actor">'
            f'<table class="ng-table ng-shares"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        )
        marked = found.filter((pl.col("least") > 0) | (pl.col("most") < 0)).height
        blocks.note(
            f"{marked:,} of {found.height:,} actors differ; chance alone would make about {found.height * 0.05:.0f}."
            + (f" The {_TONES} with the most stories are listed." if found.height > _TONES else "")
        )


_NUMBER = ' class="number"'


def _tone_row(scene: Scene, key: str, row: dict[str, Any]) -> str:
    others = {name: row[f"others_{name}"] for name in ("tone", "low", "high", "stories")}
    margin = (row["most"] - row["least"]) / 2
    sure = row["least"] > 0 or row["most"] < 0
    look = ("up" if row["difference"] > 0 else "down") if sure else "quiet"
    name = link("articles", scene.words(key) | {"actor": [row["actor"]]}, scene.desk.label(row["actor"]))
    return (
        f"<tr><td>{name}</td><td{_NUMBER}>{tone_told(row)}</td><td{_NUMBER}>{tone_told(others)}</td>"
        f'<td class="number {look}">{blocks.signed(row["difference"])} <small>± {margin:.2f}'
        f"{'' if sure else ' · may be chance'}</small></td></tr>"
    )


# Feeds


def _feeds(scene: Scene, key: str) -> None:
    feeds = scene.desk.press.feeds.filter(outlet=key).sort("feed_url")
    how = "The last check of each feed of the outlet. Health has all checks, and the days on which feeds failed."
    with blocks.card("outlet-feeds", "Feeds", how):
        if feeds.is_empty():
            blocks.empty("No feed of this outlet has been checked", "Its articles came from files.")
            return
        items = "".join(_feed(row) for row in feeds.iter_rows(named=True))
        st.html(f'<ol class="ng-ranked">{items}</ol>')
        page_link("health", scene.words(key), "All feeds and checks: Health →")


def _feed(row: dict[str, Any]) -> str:
    good = row["state"] in schema.LOOKED_STATES
    meaning = STATES.get(row["state"], "")
    again = f", failed {row['failures']:,} times in a row" if row["failures"] else ""
    return (
        f'<li><span style="overflow-wrap:anywhere">{escape(row["feed_url"])}</span>'
        f'<span class="ng-chip {"good" if good else "bad"}">{escape(row["state"])}</span>'
        f'<span class="ng-muted">{escape(meaning + again)} · checked {blocks.moment(row["started_at"])}</span></li>'
    )
