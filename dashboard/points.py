"""The points of a chart as a table of links to the articles behind them, for who cannot or will not aim at one."""

from collections.abc import Callable, Iterable
from datetime import date

from dashboard.controls import Words
from dashboard.desk import link
from dashboard.theme import escape


def table(
    actors: Iterable[tuple[str, str]],
    values: Iterable[tuple[str, date, str]],
    period: Callable[[date], str],
    words: Callable[[str, date], Words],
) -> str:
    """A row a period, the newest first, and a column an actor, as HTML in which all is escaped.

    `actors` are keys with labels; `values` are actor, first day of the period, and what stands at the point, empty
    where there is none; `period` names it, and `words` are those of the page of its articles.
    """
    columns = dict(actors)
    told: dict[date, dict[str, str]] = {}
    for actor, day, value in values:
        told.setdefault(day, {})[actor] = value
    heads = "".join(f'<th scope="col" class="number">{escape(label)}</th>' for label in columns.values())
    body = "".join(
        f'<tr><th scope="row">{escape(period(day))}</th>'
        + "".join(f'<td class="number">{_cell(at.get(actor), words(actor, day))}</td>' for actor in columns)
        + "</tr>"
        for day, at in sorted(told.items(), reverse=True)
    )
    return (
        '<p class="ng-note">Each number leads to the articles behind it.</p>'
        '<div class="ng-scroll ng-points" tabindex="0" role="region" aria-label="Points of the chart">'
        f'<table class="ng-table"><thead><tr><th scope="col">Period</th>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: str | None, words: Words) -> str:
    return link("articles", words, value) if value else "–"
