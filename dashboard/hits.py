"""What was found, each with what it says: the words searched for, or the clearest sentence about the chosen actors."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import polars as pl

from dashboard import blocks, measures
from dashboard.desk import Desk
from dashboard.sentences import Said, Sentence
from dashboard.theme import escape
from data import grammar, search
from data.grammar import Query

#: So many hits are shown with what they say, and so many more on request; the table has all.
SHOWN, MOST = 10, 100


def hits(
    desk: Desk,
    rows: pl.DataFrame,
    said: dict[str, Said],
    query: str,
    words: dict[str, Any],
    before_each: Callable[[], object] = lambda: None,
) -> str:
    """Rows of `answers.listed` as HTML, each with what its text says; all of it is escaped.

    `words` are those of the address of this page, to which a title leads. The query may be empty. What is called before
    each row may raise, where nobody waits for the rest.
    """
    asked = grammar.parse(query) if query else None
    asked = asked if asked and any(grammar.wanted(asked)) else None
    shown = [row for row in rows.iter_rows(named=True) if row["article_id"] in said]
    items = []
    for row in shown:
        before_each()
        items.append(_hit(desk, row, said[row["article_id"]], asked, words))
    return f'<ol class="ng-hits">{"".join(items)}</ol>'


def _hit(desk: Desk, row: dict[str, Any], said: Said, asked: Query | None, words: dict[str, Any]) -> str:
    sentence = None if asked else said.sentence
    to = {**words, "article": [row["article_id"]], **({"passage": [sentence.place]} if sentence else {})}
    address = escape("?" + urlencode(to, doseq=True))
    headline = marked(said.title, search.spans(asked, said.title, "title") if asked else ()) or "No title"
    when = blocks.moment(row["published_at"]) if row["published_at"] else "undated"
    byline = " · ".join([desk.outlet(row["outlet"]), when, *(["copy"] if row["is_copy"] else [])])
    return (
        f'<li><a href="{address}" target="_self">{headline}</a><span class="byline">{escape(byline)}</span>'
        f"{_about(desk, sentence) if sentence else _beginning(said.text, asked)}</li>"
    )


def _beginning(text: str, asked: Query | None) -> str:
    """The stretch of a text that has the words searched for, else its beginning."""
    if asked:
        return f"<p>{marked(*search.snippet(asked, text))}</p>"
    short = text if len(text) <= search.SNIPPET else text[: search.SNIPPET].rsplit(" ", 1)[0] + " …"
    return f"<p>{escape(short)}</p>"


def _about(desk: Desk, one: Sentence) -> str:
    """A sentence with the actor's names in bold, its tone, how sure that is, and who says it.

    A line at its side has the colour of the tone.
    """
    words, at = [], 0
    for start, end in one.names:
        start = max(start, at)
        if start < end:
            words.append(f"{escape(one.words[at:start])}<b>{escape(one.words[start:end])}</b>")
            at = end
    quote = "".join(words) + escape(one.words[at:])
    tone = measures.KINDS.get(one.kind) or blocks.signed(one.tone)
    told = [] if one.kind == "not_scored" else [_sure(one)]
    if one.speaker is not None:
        told.append("in its own words" if one.speaker == one.actor else f"said by {_name(desk, one.speaker)}")
    return (
        f'<p class="about {one.kind}">{quote} <span class="tone"><b>{escape(desk.label(one.actor))} {escape(tone)}</b>'
        f"{escape(''.join(f', {part}' for part in told))}</span></p>"
    )


def _sure(one: Sentence) -> str:
    return "by lexicon" if one.confidence is None else f"confidence {blocks.percent(one.confidence)}"


def _name(desk: Desk, speaker: str) -> str:
    return desk.label(speaker) if speaker else "somebody else"


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
