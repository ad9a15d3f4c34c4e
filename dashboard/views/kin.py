"""What an article is one of: its story, and the articles that have its text."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, controls
from dashboard.controls import View
from dashboard.desk import Desk, page_link
from dashboard.theme import inert

_COPIES = 5


def links(desk: Desk, view: View, reading: dict[str, Any]) -> None:
    """Links to the story that the article of this reading belongs to, to what it reprints and who reprints it."""
    rows = _story(desk.press.articles, reading)
    others = rows.filter(pl.col("article_id") != reading["article_id"])
    with st.container(key="kin", gap=None):
        if others.is_empty():
            blocks.note("No other article tells its story.")
            return
        outlets = rows["outlet"].n_unique()
        number = f"{rows.height:,} articles, {outlets:,} outlet{'' if outlets == 1 else 's'}"
        # All that tells it, whatever days, outlets and actors are looked at.
        page_link("stories", {"period": ["all"], "story": [reading["story"]]}, f"Its story: {number} →")
        same = others.filter("same_text")
        for row in same.head(_COPIES).iter_rows(named=True):
            words = controls.to_words(view) | {"article": [row["article_id"]]}
            page_link("articles", words, _same_text(desk, row, is_copy=reading["copy_of"] is not None))
        if same.height > _COPIES:
            blocks.note(f"and {same.height - _COPIES:,} more with the same text")


def _story(articles: pl.DataFrame, reading: dict[str, Any]) -> pl.DataFrame:
    """All articles of a story, the original of the article first, then its copies as they came, with `same_text`."""
    text = articles.filter(pl.col("article_id") == reading["article_id"])["text_no"]
    return (
        articles.filter(pl.col("story") == reading["story"])
        .with_columns(same_text=pl.col("text_no").is_in(text.implode()))
        .sort("is_copy", "published_at", "article_id", nulls_last=True)
    )


def _same_text(desk: Desk, row: dict[str, Any], *, is_copy: bool) -> str:
    """How another article with this one's text stands to it, as Markdown in which nothing from outside is any."""
    how = "Also reprinted by" if is_copy and row["is_copy"] else "Reprinted by" if row["is_copy"] else "Reprint of"
    when = f", {blocks.moment(row['published_at'])}" if row["published_at"] else ""
    return f"{how} {inert(desk.outlet(row['outlet']))}{when}: {inert(row['title'] or 'untitled')}"
