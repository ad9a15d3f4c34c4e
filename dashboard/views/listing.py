"""The table of articles that Overview and Articles show."""

from typing import Literal

import polars as pl
import streamlit as st

from dashboard import answers
from dashboard.desk import Desk


def article_table(desk: Desk, rows: pl.DataFrame, key: str, height: int | Literal["content"] = "content") -> int | None:
    """A row an article of `answers.listed`, titles shown as they are; the number of the row that was chosen."""
    ids = tuple(rows["article_id"])
    labels, topics = desk.labels(), {topic.key: topic.label for topic in desk.catalogue.topics}
    table = rows.join(answers.named(desk.press, ids), on="article_id", how="left", maintain_order="left").select(
        published="published_at",
        title="title",
        outlet=pl.col("outlet").cast(pl.String).replace(desk.outlets()),
        actors=pl.col("actors").list.eval(pl.element().replace(labels)),
        tone="tone",
        topics=pl.col("topics").list.head(2).list.eval(pl.element().replace(topics)),
        language=pl.col("language").cast(pl.String),
    )
    picked = st.dataframe(
        table,
        hide_index=True,
        height=height,
        key=key,
        on_select="rerun",
        selection_mode="single-row",
        alt="Articles",
        placeholder="–",
        column_config={
            "published": st.column_config.DatetimeColumn("Published (UTC)", format="DD MMM YYYY HH:mm", width=145),
            "title": st.column_config.TextColumn("Title", width=400),
            "outlet": st.column_config.TextColumn("Outlet", width=140),
            "actors": st.column_config.ListColumn("Names", width=200),
            "tone": st.column_config.NumberColumn(
                "Tone", format="%+.2f", width=70, help="Toward the chosen actors; of the text where none is chosen"
            ),
            "topics": st.column_config.ListColumn("Topics", width=160),
            "language": st.column_config.TextColumn("Language", width=90),
        },
    )
    chosen: list[int] = picked.selection.rows
    return chosen[0] if chosen and chosen[0] < len(ids) else None
