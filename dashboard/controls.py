"""The controls over a page, and the URL that says the same.

A View is what the reader has chosen, in the words of the URL. It is read from the URL once, when the page is opened;
after that the widgets lead, and the URL is written after them. (Streamlit's own binding writes an option's label into
the URL, not its key, so that a link would break with the next spelling.)
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal, cast

import streamlit as st

from dashboard import blocks, more_filters, search_box
from dashboard.held import Press
from dashboard.measures import NAMES as MEASURES
from dashboard.theme import inert
from data import filters as filtering
from data.catalogue import Catalogue
from data.filters import Filters

Words = dict[str, list[str]]

PERIODS = {"7d": 7, "30d": 30, "90d": 90, "6m": 183, "1y": 365}
DATES = "dates"
DEFAULT_PERIOD = "90d"
VOLUMES = {"count": "mentions", "ratio": "attention"}
CHANGES = {"tone": "tone", "attention": "attention"}
AGAINST = {"before": "the days before", "year": "a year before", DATES: "dates"}
MOST_ACTORS = 6
_PILLS = 12


@dataclass(frozen=True)
class View:
    """What a reader looks at. The days of `filters` count only where `period` is 'dates', as do those of `against`.

    What is compared (`of`), and the earlier period that it is compared with (`against`), matter to Compare alone.
    """

    filters: Filters = field(default_factory=Filters)
    period: str = DEFAULT_PERIOD
    volume: Literal["count", "ratio"] = "count"
    measure: Literal["tone", "lexicon_tone"] = "tone"
    of: Literal["tone", "attention"] = "tone"
    against: Literal["before", "year", "dates"] = "before"
    against_from: date | None = None
    against_to: date | None = None


def from_words(words: Words) -> tuple[View, list[str]]:
    """The view that a URL's words mean, and a message for each word's value that means nothing. Never raises."""
    filters, problems = filtering.from_words(words)
    dated = bool(filters.from_day or filters.to_day)
    period = _choice(words, "period", (*PERIODS, "all", DATES), DATES if dated else DEFAULT_PERIOD, problems)
    if period == DATES and not dated:
        period = DEFAULT_PERIOD
    view = View(
        filters=filters if period == DATES else replace(filters, from_day=None, to_day=None),
        period=period,
        volume=cast(Any, _choice(words, "volume", tuple(VOLUMES), "count", problems)),
        measure=cast(Any, _choice(words, "measure", tuple(MEASURES), "tone", problems)),
        of=cast(Any, _choice(words, "of", tuple(CHANGES), "tone", problems)),
        **_against(words, problems),
    )
    return view, problems


def _against(words: Words, problems: list[str]) -> dict[str, Any]:
    """The fields of the period that is compared with."""
    days, wrong = filtering.from_words({word: words.get(f"against-{word}", []) for word in ("from", "to")})
    problems += [re.sub(r"\b(from|to)=", r"against-\1=", message) for message in wrong]
    dated = bool(days.from_day or days.to_day)
    against = _choice(words, "against", tuple(AGAINST), DATES if dated else "before", problems)
    if against != DATES or not dated:
        return {"against": "before" if against == DATES else against}
    return {"against": DATES, "against_from": days.from_day, "against_to": days.to_day}


def to_words(view: View) -> Words:
    """The words of a view; `from_words` of them is the view again. What stands at its default has no word."""
    words = filtering.to_words(view.filters)
    if view.period not in (DEFAULT_PERIOD, DATES):
        words["period"] = [view.period]
    if view.volume != "count":
        words["volume"] = [view.volume]
    if view.measure != "tone":
        words["measure"] = [view.measure]
    if view.of != "tone":
        words["of"] = [view.of]
    if view.against == DATES:
        days = {"against-from": view.against_from, "against-to": view.against_to}
        words |= {word: [day.isoformat()] for word, day in days.items() if day}
    elif view.against != "before":
        words["against"] = [view.against]
    return words


def known(view: View, catalogue: Catalogue, outlets: Iterable[str]) -> tuple[View, list[str]]:
    """The view without the keys that catalogue and archive do not know, and a message for each of them."""
    problems = filtering.check(view.filters, catalogue, outlets)
    if not problems:
        return view, []
    narrowed: dict[str, Any] = {}
    for name in ("actors", "outlets", "panels", "languages", "topics"):
        kept = tuple(
            value
            for value in getattr(view.filters, name)
            if not filtering.check(_only(name, value), catalogue, outlets)
        )
        narrowed[name] = kept
    return replace(view, filters=replace(view.filters, **narrowed)), problems


def _only(field: str, value: str) -> Filters:
    fields: dict[str, Any] = {field: (value,)}
    return Filters(**fields)


def window(view: View, first_day: date | None, last_day: date | None) -> tuple[date | None, date | None]:
    """The first and the last day that are looked at, both inclusive. Periods are counted back from the last day read.

    >>> window(View(period="7d"), date(2024, 1, 1), date(2024, 10, 31))
    (datetime.date(2024, 10, 25), datetime.date(2024, 10, 31))
    """
    if view.period == DATES:
        return view.filters.from_day or first_day, view.filters.to_day or last_day
    if view.period == "all" or last_day is None:
        return first_day, last_day
    return last_day - timedelta(days=PERIODS[view.period] - 1), last_day


def earlier(view: View, first: date, last: date, first_day: date, last_day: date) -> tuple[date, date]:
    """The period that the one from `first` to `last` is compared with; `first_day` and `last_day` are the archive's.

    >>> october = date(2024, 10, 1), date(2024, 10, 31)
    >>> earlier(View(), *october, *october)
    (datetime.date(2024, 8, 31), datetime.date(2024, 9, 30))
    >>> earlier(View(against="year"), *october, *october)[0]
    datetime.date(2023, 10, 1)
    """
    if view.against == DATES:
        return view.against_from or first_day, view.against_to or last_day
    if view.against == "year":
        return _year_before(first), _year_before(last)
    return first - (last - first + timedelta(days=1)), first - timedelta(days=1)


def _year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)


def dated(view: View, first: date | None, last: date | None) -> Filters:
    """The view's filters with these days. A whole archive has no days: undated articles belong to it."""
    if view.period == "all":
        return replace(view.filters, from_day=None, to_day=None)
    return replace(view.filters, from_day=first, to_day=last)


def _choice(words: Words, word: str, allowed: tuple[str, ...], default: str, problems: list[str]) -> str:
    given = [value for value in words.get(word, []) if value]
    if not given:
        return default
    if given[-1] in allowed:
        return given[-1]
    problems.append(f"{word}={given[-1][:100]} means nothing here. Choose one of {', '.join(allowed)}.")
    return default


# Widgets and session

_FIELDS = {
    "actor": "actors",
    "outlet": "outlets",
    "panel": "panels",
    "language": "languages",
    "topic": "topics",
}


def open_link(page: str, catalogue: Catalogue, press: Press) -> None:
    """Set the widgets to what the URL says: when a page is opened, and when a link or the back button leads on.

    On the same page, the URL is ours unless it differs from what was written last while no widget does: a click that
    comes before the browser has taken the new URL brings the old one along, and must not be undone by it.
    """
    state = st.session_state
    same_page = state.get("opened") == page
    if same_page and (_address() == state["written"] or _choices() != state["written-with"]):
        return
    view, problems = from_words(_address())
    view, unknown = known(view, catalogue, press.outlets)
    if len(view.filters.actors) > MOST_ACTORS:
        left_out = ", ".join(view.filters.actors[MOST_ACTORS:])
        unknown.append(f"Up to {MOST_ACTORS} actors are drawn at once; left out: {left_out}.")
        view = replace(view, filters=replace(view.filters, actors=view.filters.actors[:MOST_ACTORS]))
    state["opened"] = page
    # A row chosen in the list of articles belongs to the page that was left.
    state["closed"] = state.get("closed", 0) + 1
    state["written"] = _address()
    _set(view)
    state["written-with"] = _choices()
    state["notices"] = ([*problems, *unknown], to_words(view))


def _address() -> Words:
    return {word: st.query_params.get_all(word) for word in st.query_params}


def _set(view: View) -> None:
    filters = view.filters
    state = st.session_state
    for key, name in _FIELDS.items():
        state[key] = list(getattr(filters, name))
    state["from"], state["to"] = filters.from_day, filters.to_day
    state["tone-from"], state["tone-to"] = filters.tone_from, filters.tone_to
    state["search"], state["copies"] = filters.search, filters.copies
    state["stories"] = filters.stories
    state["period"], state["volume"], state["measure"] = view.period, view.volume, view.measure
    state["of"], state["against"] = view.of, view.against
    state["against-from"], state["against-to"] = view.against_from, view.against_to
    state["six"] = list(filters.actors)


def keep_notices() -> None:
    """The page has chosen something itself: what the link was told about it still holds."""
    messages, _ = st.session_state["notices"]
    st.session_state["notices"] = (messages, to_words(chosen()))


def add_notice(message: str) -> None:
    """One more thing in the link that could not be followed."""
    messages, seen_with = st.session_state["notices"]
    st.session_state["notices"] = ([*messages, message], seen_with)


def notices(view: View) -> list[str]:
    """What in the link could not be followed; shown until the reader chooses something else."""
    messages, seen_with = st.session_state.get("notices", ([], {}))
    return messages if to_words(view) == seen_with else []


def chosen() -> View:
    """What the widgets say."""
    state = st.session_state
    period = state.get("period") or DEFAULT_PERIOD
    dated = period == DATES
    filters = Filters(
        **{name: tuple(state.get(key) or ()) for key, name in _FIELDS.items()},
        stories=tuple(state.get("stories") or ()),
        from_day=state.get("from") if dated else None,
        to_day=state.get("to") if dated else None,
        search=(state.get("search") or "").strip(),
        tone_from=state.get("tone-from"),
        tone_to=state.get("tone-to"),
        copies=bool(state.get("copies", True)),
    )
    against: Any = state.get("against") or "before"
    days = [state.get(key) if against == DATES else None for key in ("against-from", "against-to")]
    return View(
        filters,
        period,
        state.get("volume") or "count",
        state.get("measure") or "tone",
        state.get("of") or "tone",
        against,
        *days,
    )


#: What a reader chooses of which a View has no word: what is a page's own, by its key in the session.
_OWN = ("stories-order", "article", "passage", "marked", "hits-shown", "format")


def _choices() -> tuple[View, object]:
    """What the widgets say, with that of which the view has no word: dates without days yet, what is a page's own."""
    return chosen(), [st.session_state.get(key) for key in _OWN]


def write_link(view: View, **more: Sequence[str]) -> None:
    """Make the URL say what the page shows; `more` is words of the page's own, and their values."""
    words: Words = {**to_words(view), **{word: list(values) for word, values in more.items() if values}}
    if _address() != words:
        st.query_params.from_dict(words)
    st.session_state["written"], st.session_state["written-with"] = words, _choices()


def add_to_link(**more: Sequence[str]) -> None:
    """Make the URL say this too, beside what was written last; a word without values leaves it."""
    state = st.session_state
    told = {**state["written"], **{word: list(values) for word, values in more.items()}}
    words: Words = {word: values for word, values in told.items() if values}
    if words != state["written"]:
        st.query_params.from_dict(words)
    state["written"], state["written-with"] = words, _choices()


def bar(catalogue: Catalogue, press: Press, charts: bool = False, compare: bool = False, one: bool = False) -> View:
    """The controls; the one that only charts know (volume) where `charts`, those of two periods where `compare`.

    Where `one`, a single actor is chosen in the place of several.
    """
    labels = {actor.key: actor.label for actor in catalogue.actors}
    with st.container(key="controls", gap="small"):
        if not (compare or one):
            _actors(press, labels)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            if compare or one:
                _one_actor(press, labels, compare)
            _period(press)
            if compare:
                _compared()
            if charts:
                st.segmented_control(
                    "Volume as",
                    list(VOLUMES),
                    format_func=VOLUMES.__getitem__,
                    key="volume",
                    required=True,
                    persist_state="session",
                    help="Mentions: articles that name the actor. Attention: the same, divided by all articles that "
                    "the same outlets published in that time.",
                )
            if not compare or st.session_state.get("of") == "tone":
                _measure()
            if not (compare or one):
                _another(press, labels)
            search_box.field()
            more_filters.button(catalogue, press, chosen().filters)
        search_box.told(press.search, (st.session_state.get("search") or "").strip())
    view = chosen()
    st.session_state["last-period"] = view.period
    return view


def _actors(press: Press, labels: dict[str, str]) -> None:
    picked = [key for key in st.session_state.get("actor") or [] if key in labels]
    offered = [key for key in press.actors if key in labels][:_PILLS]
    offered += [key for key in picked if key not in offered]
    # By its name the style knows how much room they will take on a phone, before they are there.
    with st.container(key=f"actors-{blocks.lines([labels[key] for key in offered])}"):
        st.pills(
            f"Actors (up to {MOST_ACTORS})",
            offered,
            selection_mode="multi",
            format_func=lambda key: inert(labels[key]),
            key="actor",
            on_change=_keep_to_six,
            persist_state="session",
        )


def _measure() -> None:
    st.segmented_control(
        "Tone",
        list(MEASURES),
        format_func=MEASURES.__getitem__,
        key="measure",
        required=True,
        persist_state="session",
        help="Toward the actor: a model judges what the sentences about it say of it. By lexicon: the words of "
        "those sentences alone, whomever they praise or blame.",
    )


def _one_actor(press: Press, labels: dict[str, str], compare: bool) -> None:
    """The first of the chosen actors is the one that is looked at; the others stay chosen for the other pages."""
    chosen = st.session_state.get("actor") or []
    mentioned = [key for key in press.actors if key in labels]
    st.session_state["one"] = chosen[0] if chosen else None
    st.selectbox(
        "Actor",
        [*mentioned, *sorted(set(labels) - set(mentioned))],
        format_func=labels.__getitem__,
        key="one",
        on_change=_first_of_all if compare else _in_place_of_first,
        # So narrow that the controls of Actor are one row on a wide screen; those of Compare take two.
        width=220 if compare else 160,
    )


def _in_place_of_first() -> None:
    one = st.session_state["one"]
    if one:
        others = [key for key in st.session_state["actor"][1:] if key != one]
        st.session_state["actor"] = st.session_state["six"] = [one, *others]


def _first_of_all() -> None:
    one = st.session_state["one"]
    if one:
        others = [key for key in st.session_state["actor"] if key != one]
        st.session_state["actor"] = [one, *others][:MOST_ACTORS]
        st.session_state["six"] = st.session_state["actor"]


def _compared() -> None:
    st.segmented_control(
        "Compared with",
        list(AGAINST),
        format_func=AGAINST.__getitem__,
        key="against",
        required=True,
        persist_state="session",
        help="The days before: as many as the period has, just before it. A year before: the same days of that year.",
    )
    if st.session_state.get("against") == DATES:
        _date("Earlier from", "against-from")
        _date("Earlier to", "against-to")
    st.segmented_control(
        "Change of",
        list(CHANGES),
        format_func=CHANGES.__getitem__,
        key="of",
        required=True,
        persist_state="session",
        help="Tone: the mean of the mentions. Attention: articles that name the actor, divided by all articles that "
        "the same outlets published.",
    )


def _date(label: str, key: str) -> None:
    limits: dict[str, Any] = {"min_value": filtering.FIRST_DAY, "max_value": filtering.LAST_DAY, "format": "YYYY-MM-DD"}
    st.date_input(label, value=None, key=key, persist_state="session", width=165, **limits)


def _another(press: Press, labels: dict[str, str]) -> None:
    chosen = st.session_state.get("actor") or []
    mentioned = [key for key in press.actors if key in labels and key not in chosen]
    rest = mentioned + sorted(set(labels) - set(mentioned) - set(chosen))
    st.selectbox(
        "Add an actor",
        rest,
        index=None,
        format_func=labels.__getitem__,
        key="another",
        placeholder=f"{len(labels)} watched",
        on_change=_add_actor,
        width=160,
    )


def _keep_to_six() -> None:
    picked = st.session_state["actor"]
    if len(picked) > MOST_ACTORS:
        st.session_state["actor"] = st.session_state["six"]
        st.toast(f"Up to {MOST_ACTORS} actors at once: take one away first.")
    else:
        st.session_state["six"] = picked


def _add_actor() -> None:
    added = st.session_state["another"]
    if added:
        st.session_state["actor"] = [*st.session_state["actor"], added]
        _keep_to_six()
    st.session_state["another"] = None


def _period(press: Press) -> None:
    st.segmented_control(
        "Period",
        [*PERIODS, "all", DATES],
        key="period",
        required=True,
        persist_state="session",
        help="Counted back from the last day in the archive. Days are UTC.",
        on_change=_start_dates,
        args=(press.first_day, press.last_day),
    )
    if st.session_state.get("period") == DATES:
        _date("From", "from")
        _date("To", "to")


def _start_dates(first_day: date | None, last_day: date | None) -> None:
    """Dates begin as the days that were looked at before, so that the page does not jump."""
    state = st.session_state
    if state["period"] == DATES and not (state.get("from") or state.get("to")):
        state["from"], state["to"] = window(View(period=state["last-period"]), first_day, last_day)
