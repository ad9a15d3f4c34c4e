"""The table of articles that Overview and Articles show."""

from collections.abc import Callable
from datetime import time
from typing import Literal

import polars as pl
import streamlit as st

from dashboard import answers
from dashboard.desk import Desk
from data.queries import Measure

_TOWARD: dict[Measure, str] = {
    "tone": "Toward the chosen actors",
    "lexicon_tone": "Toward the chosen actors, by lexicon",
}


def article_table(
    desk: Desk,
    rows: pl.DataFrame,
    measure: Measure,
    key: str,
    height: int | Literal["content"],
    on_pick: Callable[[str], None],
) -> None:
    """A row an article of `answers.listed`, titles shown as they are; `on_pick` is told the id of one that is chosen.

    It is told before the page runs again, so that the choice counts whatever address comes with it.
    """
    ids, table = ids_and_table(desk, rows)

    def pick() -> None:
        chosen = st.session_state[key]["selection"]["rows"]
        if chosen and chosen[0] < len(ids):
            on_pick(ids[chosen[0]])

    table_to_choose_from(ids, table, measure, key, height, pick)


def ids_and_table(desk: Desk, rows: pl.DataFrame) -> tuple[tuple[str, ...], pl.DataFrame]:
    """The ids of rows of `answers.listed`, and what `article_table` shows of them."""
    ids = tuple(rows["article_id"])
    labels, topics = desk.labels(), {topic.key: topic.label for topic in desk.catalogue.topics}
    named = answers.named(desk.press, tuple(rows["article_no"].drop_nulls()))
    return ids, rows.join(named, on="article_id", how="left", maintain_order="left").select(
        # Words that sort as time does; a day alone where that is all the outlet gave.
        published=pl.when(pl.col("published_at").dt.time() == time())
        .then(pl.col("published_at").dt.strftime("%Y-%m-%d"))
        .otherwise(pl.col("published_at").dt.strftime("%Y-%m-%d %H:%M")),
        title="title",
        outlet=pl.col("outlet").cast(pl.String).replace(desk.outlets()),
        actors=pl.col("actors").list.eval(pl.element().replace(labels)),
        tone="tone",
        topics=pl.col("topics").list.head(2).list.eval(pl.element().replace(topics)),
        language=pl.col("language").cast(pl.String),
    )


def table_to_choose_from(
    ids: tuple[str, ...],
    table: pl.DataFrame,
    measure: Measure,
    key: str,
    height: int | Literal["content"] = "content",
    on_select: Literal["rerun"] | Callable[[], None] = "rerun",
) -> int | None:
    """The table of `ids_and_table`; the number of the row that was chosen."""
    picked = st.dataframe(
        # Of a frame Streamlit would make one of another kind first.
        table.to_arrow(),
        hide_index=True,
        height=height,
        key=key,
        on_select=on_select,
        selection_mode="single-row",
        alt="Articles",
        placeholder="–",
        column_config={
            "published": st.column_config.TextColumn(
                "Published (UTC)", width=130, help="A day without a time where the outlet gave no time"
            ),
            "title": st.column_config.TextColumn("Title", width=385),
            "outlet": st.column_config.TextColumn("Outlet", width=190),
            "actors": st.column_config.ListColumn("Names", width=195),
            "tone": st.column_config.NumberColumn(
                "Tone",
                format="%+.2f",
                width=70,
                help=f"{_TOWARD[measure]}; of the text where none is chosen. Empty: unsure or not scored",
            ),
            "topics": st.column_config.ListColumn("Topics", width=155),
            "language": st.column_config.TextColumn("Language", width=80),
        },
    )
    chosen: list[int] = picked.selection.rows
    return chosen[0] if chosen and chosen[0] < len(ids) else None
