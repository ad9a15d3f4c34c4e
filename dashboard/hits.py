"""What was found, with the words that were searched for marked where they stand."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import polars as pl

from dashboard import blocks
from dashboard.desk import Desk
from dashboard.theme import escape
from data import grammar, search
from data.grammar import Query

#: So many hits are shown with what they say.
SHOWN = 10


def hits(desk: Desk, rows: pl.DataFrame, texts: dict[str, tuple[str, str]], query: str, words: dict[str, Any]) -> str:
    """The first SHOWN rows of `answers.listed` as HTML, each with a snippet of its text; all of it is escaped.

    `texts` is title and text by article; `words` are those of the address of this page, to which a title leads.
    """
    asked = grammar.parse(query)
    shown = [row for row in rows.head(SHOWN).iter_rows(named=True) if row["article_id"] in texts]
    items = "".join(_hit(desk, row, *texts[row["article_id"]], asked, words) for row in shown)
    return f'<ol class="ng-hits">{items}</ol>'


def _hit(desk: Desk, row: dict[str, Any], title: str, text: str, asked: Query, words: dict[str, Any]) -> str:
    address = escape("?" + urlencode({**words, "article": [row["article_id"]]}, doseq=True))
    when = blocks.moment(row["published_at"]) if row["published_at"] else "undated"
    headline = marked(title, search.spans(asked, title, "title")) or "No title"
    return (
        f'<li><a href="{address}" target="_self">{headline}</a>'
        f'<span class="byline">{escape(desk.outlet(row["outlet"]))} · {escape(when)}</span>'
        f"<p>{marked(*search.snippet(asked, text))}</p></li>"
    )


def marked(text: str, stretches: Sequence[tuple[int, int]]) -> str:
    """The text, escaped, with these stretches as marks; where they overlap, as one.

    >>> marked("a < b", [(0, 1), (4, 5)])
    '<mark>a</mark> &lt; <mark>b</mark>'
    """
    pieces, at = [], 0
    for start, end in sorted(stretches):
        start = max(start, at)
        if start < end:
            pieces.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
            at = end
    return "".join(pieces) + escape(text[at:])
