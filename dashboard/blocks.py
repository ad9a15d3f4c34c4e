"""What pages are built of: cards, figures, notices, empty states, a chart with its rows."""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboard import pictures, theme
from dashboard.charts import Spec
from dashboard.theme import Palette, escape, inert
from data import formats
from data.queries import Every


@contextmanager
def card(
    key: str,
    title: str,
    how: str,
    note: str = "",
    rows: pl.DataFrame | None = None,
    drawn: bool = False,
    points: Callable[[], str] | None = None,
) -> Iterator[None]:
    """A bordered card with its title, how its content is computed, a note at the right, and the rows behind it.

    How is our own words; title and note may hold words from outside. The rows can be taken away as a file, and where
    they are `drawn`, the charts of the card as a picture. `points` are those of its chart, as `points.table`.
    """
    with st.container(border=True, key=f"card-{key}", height="stretch"):
        with st.container(key=f"head-{key}", horizontal=True, vertical_alignment="center", gap="small"):
            st.header(inert(title), help=how, width="stretch")
            if note:
                st.html(f'<p class="ng-note">{escape(note)}</p>', width="content")
            if rows is not None:
                _table(key, title, note, rows, drawn, points)
        yield


def _table(key: str, title: str, note: str, rows: pl.DataFrame, drawn: bool, points: Callable[[], str] | None) -> None:
    """A button that opens the rows behind a chart, and the ways to take them along; sent only when it is opened."""
    popover = st.popover(
        "Table · picture" if drawn else "Table", type="tertiary", key=f"table-{key}", on_change="rerun"
    )
    if popover.open:
        with popover:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.download_button(
                    "Table as csv",
                    lambda: formats.content(rows.drop(LAYOUT, strict=False), "csv"),
                    file_name=f"newsgauge-{key}.csv",
                    mime="text/csv",
                    on_click="ignore",
                    key=f"csv-{key}",
                )
                if drawn:
                    pictures.buttons(key, title, _still(note), _source(), theme.palette(st.context.theme.type))
            if points:
                st.html(points())
            days = rows.with_columns(pl.col(pl.Date).cast(pl.String))
            st.dataframe(days, hide_index=True, height=220 if points else 320, alt="Table", column_config=COLUMNS)


def _still(note: str) -> str:
    """What a note says of a chart, without what can be done with it on the page.

    >>> _still("share of all articles · click a point for its articles")
    'share of all articles'
    """
    return " · ".join(part for part in note.split(" · ") if not part.startswith("click "))


def _source() -> str:
    """Where a picture comes from: the archive's state, and the words of the link that shows it again."""
    words = [f"{word} {', '.join(st.query_params.get_all(word))}" for word in st.query_params]
    return " · ".join(["Newsgauge", *st.session_state.get("source", ()), *words])


#: What lays a chart out and says nothing.
LAYOUT = ("colour", "room", "words")


#: What stands above each column.
COLUMNS: dict[str, Any] = {
    "actor": "Actor",
    "label": "Name",
    "left": "Named with",
    "date": "From",
    "count": st.column_config.NumberColumn("Mentions", format="localized"),
    "mentions": st.column_config.NumberColumn("Mentions", format="localized"),
    "articles": st.column_config.NumberColumn("Articles", format="localized"),
    "total_count": st.column_config.NumberColumn("All articles", format="localized"),
    "texts": st.column_config.NumberColumn("Texts", format="localized"),
    "stories": st.column_config.NumberColumn("Stories", format="localized"),
    "ratio": st.column_config.NumberColumn("Attention", format="percent"),
    "share": st.column_config.NumberColumn("Share", format="percent"),
    "tone": st.column_config.NumberColumn("Tone", format="%+.3f"),
    "low": st.column_config.NumberColumn("95 % from", format="%+.3f"),
    "high": st.column_config.NumberColumn("to", format="%+.3f"),
    "negative": "Negative",
    "neutral": "Neutral",
    "positive": "Positive",
    "unsure": "Unsure",
    "not_scored": "Not scored",
    "usual": st.column_config.NumberColumn("Share of all", format="percent"),
    "lift": st.column_config.NumberColumn("Times as often", format="%.1f"),
    "more": "More than usual",
    "first": "From",
    "last": "To",
    "outlets": "Outlets",
    "passages": st.column_config.NumberColumn("Sentences", format="localized"),
    "times": st.column_config.NumberColumn("Times", format="localized"),
    "found_as": "Found as",
    **dict.fromkeys(LAYOUT),
}


def draw(spec: Spec, alt: str, key: str, **rows: pl.DataFrame | bytes) -> None:
    """A chart whose data sets are these frames, or the streams of them that `wire.packed` makes."""
    # A chart of which nothing can be picked has no class of its own on the page, whatever its key.
    with st.container(key=key):
        st.vega_lite_chart({**spec, "datasets": rows}, theme=None, width="stretch", height=_height(spec), alt=alt)


def draw_to_pick(spec: Spec, alt: str, key: str, **rows: pl.DataFrame | bytes) -> dict[str, Any] | None:
    """A chart of which a reader can click a point: the fields of the spec's selection `picked`, once there is one."""
    event = st.vega_lite_chart(
        {**spec, "datasets": rows},
        theme=None,
        width="stretch",
        height=_height(spec),
        alt=alt,
        key=key,
        on_select="rerun",
        selection_mode="picked",
    )
    picked = event.selection.get("picked")
    return picked[0] if picked else None


def _height(spec: Spec) -> int | Literal["content"]:
    """Room that is kept before the chart is drawn, so that what stands below stays where it is."""
    height = spec.get("height")
    return height if isinstance(height, int) else "content"


@dataclass(frozen=True)
class Figure:
    """A number in a card: what it is, its change (`+8 % against …`), what it is of, how it is computed, its course."""

    label: str
    value: str
    small: str
    change: str
    of: str
    how: str
    course: Sequence[float | None] = ()


def figures(cards: Sequence[Figure], colours: Palette) -> None:
    """A row of cards, each with one number; a page has one."""
    # Room is kept for it, by what the cards hold.
    with st.container(key="courses" if any(one.course for one in cards) else "figures"):
        st.html('<div class="ng-cards">' + "".join(_figure(one, colours) for one in cards) + "</div>")


def _figure(one: Figure, colours: Palette) -> str:
    small = f" <small>{escape(one.small)}</small>" if one.small else ""
    change = f'<div class="change">{_bold_number(one.change)}</div>' if one.change else ""
    return (
        f'<div class="ng-card"><details><summary>{escape(one.label)}</summary>{escape(one.how)}</details>'
        f'<div class="value">{escape(one.value)}{small}</div>{change}<div class="of">{_joined(one.of)}</div>'
        f"{_course(one.course, colours)}</div>"
    )


def _joined(text: str) -> str:
    """The text, escaped, in which no line ends between a number and its percent sign.

    >>> _joined("3 % of <all>") == "3\xa0% of &lt;all&gt;"
    True
    """
    return escape(text.replace(" %", "\u00a0%"))


def _bold_number(change: str) -> str:
    number, _, against = change.partition(" against ")
    return f"<b>{escape(number)}</b> against {escape(against)}"


def _course(values: Sequence[float | None], colours: Palette) -> str:
    """A line through the values; a missing value is a gap."""
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return '<div class="course"></div>'
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    path, pen = [], "M"
    for place, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{place / (len(values) - 1) * 100:.2f} {27 - (value - low) / reach * 22:.2f}")
        pen = "L"
    line = (
        f'<path d="{"".join(path)}" fill="none" stroke="{colours.muted}" stroke-width="1.4" '
        'vector-effect="non-scaling-stroke"/>'
    )
    return f'<img class="course" alt="" src="{picture("0 0 100 30", line, stretched=True)}">'


def picture(box: str, content: str, stretched: bool = False) -> str:
    """An SVG of our own as an address for an image: st.html lets images through, and no SVG."""
    ratio = ' preserveAspectRatio="none"' if stretched else ""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{ratio}>{content}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def notice(messages: Sequence[str]) -> None:
    """What could not be followed; may hold words from outside."""
    if messages:
        lines = "<br>".join(escape(message) for message in messages)
        st.html(f'<div class="ng-notice" role="status">{lines}</div>')


def key(kinds: Sequence[str], more: str = "") -> str:
    """What the looks of these kinds of tone mean (`queries.Kind`, or mixed), as HTML, and what else there is to say."""
    told = "".join(f'<span class="{kind}">{_KEY.get(kind, kind)}</span>' for kind in kinds)
    return f'<div class="ng-key">{told}{f"<em>{escape(more)}</em>" if more else ""}</div>'


_KEY = {"not_scored": "not scored", "mixed": "differs between actors"}


def empty(headline: str, what_to_do: str) -> None:
    """In the place of a chart or table: there is nothing, why, and what to do."""
    st.html(f'<div class="ng-empty"><b>{escape(headline)}</b>{escape(what_to_do)}</div>')


def note(*texts: str) -> None:
    """Muted lines under a chart; may hold words from outside."""
    st.html("".join(f'<p class="ng-note">{escape(text)}</p>' for text in texts))


def count(number: float) -> str:
    """A count for a card.

    >>> count(1234), count(171634)
    ('1,234', '171.6k')
    """
    if number < 10_000:
        return f"{number:,.0f}"
    return f"{number / 1e3:,.1f}k" if number < 999_950 else f"{number / 1e6:,.2f}M"


def signed(value: float | None, digits: int = 2) -> str:
    """A tone with its sign, and a true minus.

    >>> signed(-0.051, 3), signed(None), signed(-0.0001)
    ('−0.051', '–', '0.00')
    """
    if value is None:
        return "–"
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def percent(part: float | None) -> str:
    """A share in words; what rounds to nothing and is not says so.

    >>> percent(0.123), percent(0.0004), percent(0.0)
    ('12 %', '<1 %', '0 %')
    """
    if part is None:
        return "–"
    return "<1 %" if 0 < part < 0.005 else f"{part:.0%}".replace("%", " %")


def listed(names: Iterable[str]) -> str:
    """Names in a row.

    >>> listed(["NATO", "Ukraine", "China"]), listed(["NATO"])
    ('NATO, Ukraine and China', 'NATO')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def days(first: date | None, last: date | None) -> str:
    """Two days as a reader writes them."""
    if first is None or last is None:
        return "no days"
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def day(when: date) -> str:
    """A day, such as 24 Nov 2026."""
    return f"{when:%d %b %Y}".lstrip("0")


def period(first: date, every: Every) -> str:
    """A period of a chart over time, by its first day.

    >>> period(date(2024, 7, 8), "week"), period(date(2024, 7, 1), "month")
    ('week of 8 Jul 2024', 'Jul 2024')
    """
    if every == "month":
        return f"{first:%b %Y}"
    return f"week of {day(first)}" if every == "week" else day(first)


def moment(at: datetime | None) -> str:
    """A moment with its zone; midnight is a day alone, since outlets and files that give a day give it as that.

    >>> moment(datetime(2026, 11, 4, 9, 30)), moment(datetime(2026, 11, 4)), moment(None)
    ('4 Nov 2026 09:30 UTC', '4 Nov 2026', 'never')
    """
    if at is None:
        return "never"
    return day(at) if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{day(at)} {at:%H:%M} UTC"


def ago(age: timedelta) -> str:
    """How long ago, in the largest unit that fits.

    >>> ago(timedelta(minutes=5)), ago(timedelta(hours=30)), ago(timedelta(seconds=-1))
    ('5 minutes ago', '30 hours ago', 'just now')
    """
    minutes = int(age.total_seconds() // 60)
    for unit, size, up_to in (("minute", 1, 120), ("hour", 60, 2880), ("day", 1440, 10**12)):
        if 0 < minutes < up_to:
            number = minutes // size
            return f"{number} {unit}{'s' if number != 1 else ''} ago"
    return "just now"


def lines(labels: Sequence[str], width: float = 362) -> int:
    """How many lines buttons with these labels take in so many pixels, about; at least one.

    >>> lines([]), lines(["NATO", "Ukraine"]), lines(["European Union"] * 4)
    (1, 1, 2)
    """
    number, used = 1, 0.0
    for label in labels:
        wide = 26 + sum(8.7 if sign.isupper() else 6.6 for sign in label)
        number, used = (number + 1, wide) if used and used + wide > width else (number, used + wide)
    return number
