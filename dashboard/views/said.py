"""What is said about one actor, most positively and most negatively, by whom; and the names by which it is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboard import blocks, faults, portraits
from dashboard.charts import FEWEST_STORIES
from dashboard.desk import link
from dashboard.theme import escape
from dashboard.views.around import words_of
from dashboard.views.scene import Scene
from data import portrait
from data.portrait import Side, Voice

#: How many passages stand in each list; some more are looked at, for one sentence may stand in several stories.
_SHOWN, _LOOKED_AT = 4, 7
_MOST_LETTERS = 420
_SPEAKERS, _NAMES = 10, 12
_HEADS: dict[Side, str] = {"positive": "Most positively", "negative": "Most negatively"}
_VOICES: dict[Voice, str] = {"outlet": "In the outlets' own words", "quoted": "Said by others, and quoted"}
_KINDS = {
    "strong": "name",
    "weak": "name that needs another beside it",
    "office": "office it holds",
    "metonym": "its seat",
    "demonym": "its people",
    "nominal": "description",
}

_Passages = dict[tuple[Side, Voice], list[dict[str, Any]]]


# Beside the rest of the page: passages are read from the archive, which nobody should wait for.
@st.fragment(parallel=True)
@faults.told()
def strongest(scene: Scene) -> None:
    """The passages of the highest tone either way, each with its speaker, outlet, day and article."""
    label = scene.actors[0].label
    how = (
        "Sentences about the actor whose tone the model is sure of, the highest tone first, one of each story. What "
        "outlets write in their own words stands apart from what they quote; what the actor itself says is no tone "
        "toward it and is left out. The table has all that are listed here."
    )
    with st.container(key="said"):
        with st.spinner("Reading the passages …"):
            found = portraits.said(scene.desk.press, scene.filters)
            listed = _listed(scene, found)
        with blocks.card("said", "What is said of it", how, _note(found), _table(scene, listed)):
            if found.is_empty():
                blocks.empty(
                    f"No sentence about {label} has a tone here",
                    "Tone is read in English, where the model is sure. Choose a longer period or fewer filters.",
                )
                return
            if not portrait.by_model(found):
                blocks.note("By lexicon: the model has read too few of these articles so far; ./newsgauge rescore.")
            st.html(f'<div class="ng-two">{"".join(_side(scene, side, listed) for side in portrait.SIDES)}</div>')


def _note(found: pl.DataFrame) -> str:
    articles = found["article_no"].n_unique()
    return f"of {found.height:,} sentences with a tone, in {articles:,} article{'s' if articles != 1 else ''}"


def _listed(scene: Scene, found: pl.DataFrame) -> _Passages:
    """The passages of each list with their `sentence`, the article's `title`, and its `names` of the actor."""
    chosen = {
        (side, voice): portrait.strongest(found, side, voice, _LOOKED_AT)
        for side in portrait.SIDES
        for voice in portrait.VOICES
    }
    rows = pl.concat(chosen.values())
    articles = (
        rows.select("article_id", "article_no", month=pl.col("published_at").dt.strftime("%Y-%m"))
        .unique()
        .sort("article_no")
    )
    press = scene.desk.press
    texts = portraits.texts(press, dict(articles.select("article_id", "month").iter_rows()))
    spelt = portraits.spelt_in(press, scene.filters, tuple(articles["article_no"]))
    return {place: _with_words(rows.to_dicts(), texts, spelt) for place, rows in chosen.items()}


def _with_words(
    rows: Iterable[dict[str, Any]], texts: Mapping[str, dict[str, Any]], spelt: Mapping[int, tuple[str, ...]]
) -> list[dict[str, Any]]:
    """The rows whose words are still there, no sentence twice, as many as are shown."""
    kept: dict[str, dict[str, Any]] = {}
    for row in rows:
        article = texts.get(row["article_id"], {})
        sentence = (article.get(row["field"]) or "")[row["start"] : row["end"]].strip()
        if sentence and sentence not in kept:
            names = spelt.get(row["article_no"], ())
            kept[sentence] = row | {"sentence": sentence, "title": article["title"], "names": names}
    return list(kept.values())[:_SHOWN]


def _table(scene: Scene, listed: _Passages) -> pl.DataFrame:
    rows = [
        {
            "sentence": row["sentence"],
            "tone": row["tone"],
            "confidence": row["confidence"],
            "said by": _speaker(scene, row["speaker"]) or "the outlet",
            "outlet": scene.desk.outlet(row["outlet"]),
            "published": blocks.moment(row["published_at"]) if row["published_at"] else "undated",
            "title": row["title"],
        }
        for rows in listed.values()
        for row in rows
    ]
    columns = {"tone": pl.Float64, "confidence": pl.Float64}
    names = ("sentence", "tone", "confidence", "said by", "outlet", "published", "title")
    return pl.DataFrame(rows, schema={name: columns.get(name, pl.String) for name in names})


def _side(scene: Scene, side: Side, listed: _Passages) -> str:
    lists = "".join(
        f"<h4>{escape(told)}</h4>{_list(scene, side, listed[side, voice])}" for voice, told in _VOICES.items()
    )
    return f'<section class="ng-said {side}"><h3>{_HEADS[side]}</h3>{lists}</section>'


def _list(scene: Scene, side: Side, rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return f'<p class="ng-note">Nothing {side} here.</p>'
    return f"<ol>{''.join(_item(scene, row) for row in rows)}</ol>"


def _item(scene: Scene, row: dict[str, Any]) -> str:
    """A sentence with its tone, who says it, where and when, and the way to its place in the article."""
    day = blocks.day(row["published_at"]) if row["published_at"] else "undated"
    sure = "by lexicon" if row["confidence"] is None else f"confidence {row['confidence']:.0%}".replace("%", " %")
    speaker = _speaker(scene, row["speaker"])
    by = f"<b>{escape(speaker)}</b>, in " if speaker else ""
    words = words_of(scene, article=row["article_id"], passage=f"{row['field']}.{row['start']}")
    where = "headline" if row["field"] == "title" else "read it there"
    return (
        f'<li><span class="tone" title="{sure}">{blocks.signed(row["tone"])}</span>'
        f"<div><q>{_sentence(row['sentence'], row['names'])}</q>"
        f'<p class="by">{by}{escape(scene.desk.outlet(row["outlet"]))}, {day} · '
        f"{link('articles', words, row['title'] or where)}</p></div></li>"
    )


def _speaker(scene: Scene, speaker: str | None) -> str:
    """Who says it; empty for the outlet itself."""
    if speaker is None:
        return ""
    return scene.desk.label(speaker) if speaker else "somebody who is not watched"


def _sentence(sentence: str, names: Sequence[str]) -> str:
    """The sentence as HTML with the actor's names in bold, cut where it is very long.

    >>> _sentence("NATO <b> met; natoism did not.", ("NATO",))
    '<b>NATO</b> &lt;b&gt; met; natoism did not.'
    """
    if len(sentence) > _MOST_LETTERS:
        sentence = sentence[:_MOST_LETTERS].rsplit(" ", 1)[0] + " …"
    if not names:
        return escape(sentence)
    found = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)")
    # Every second piece is one that was found.
    pieces = found.split(sentence)
    return "".join(f"<b>{escape(piece)}</b>" if place % 2 else escape(piece) for place, piece in enumerate(pieces))


# Who speaks, and the names


@st.fragment(parallel=True)
@faults.told()
def words(scene: Scene) -> None:
    """Who says what is said, in which tone; and the names by which the actor is written."""
    with st.container(key="parts-words"):
        left, right = st.columns(2, gap="small")
        with left:
            _voices(scene)
        with right:
            _names(scene)


def _voices(scene: Scene) -> None:
    found = portrait.voices(portraits.said(scene.desk.press, scene.filters))
    labels = scene.desk.labels() | {"": "Others, who are not watched"}
    told = found.with_columns(
        label=pl.col("speaker").replace(labels).fill_null("The outlets themselves"),
        **{name: pl.when(pl.col("stories") >= FEWEST_STORIES).then(name) for name in ("tone", "low", "high")},
    )
    how = (
        "Whose sentences about the actor have a tone: those of the outlets' own, and of whom they quote, as far as "
        f"the text tells. The tone is the mean of the sentences with its 95 % interval, blank under {FEWEST_STORIES} "
        "stories, which n counts."
    )
    table = told.select("label", "passages", "stories", "tone", "low", "high")
    with blocks.card("voices", "Who says it", how, f"{found['passages'].sum():,} sentences with a tone", table):
        if found.is_empty():
            blocks.empty("No sentence has a tone here", "Choose a longer period or fewer filters.")
            return
        items = "".join(_voice(row) for row in told.head(_SPEAKERS).iter_rows(named=True))
        st.html(f'<ol class="ng-ranked">{items}</ol>')
        if (more := told.height - _SPEAKERS) > 0:
            blocks.note(f"{more} more in the table.")


def _voice(row: dict[str, Any]) -> str:
    tone = "too few to tell" if row["tone"] is None else f"tone {blocks.signed(row['tone'])}"
    half = f" ± {(row['high'] - row['low']) / 2:.2f}" if row["tone"] is not None else ""
    return (
        f'<li><span>{escape(row["label"])}</span><span class="count">{row["passages"]:,} · '
        f"<small>{tone}{half} · n {row['stories']:,}</small></span></li>"
    )


def _names(scene: Scene) -> None:
    found = portraits.names(scene.desk.press, scene.filters)
    kinds = pl.col("rules").list.eval(pl.element().replace(_KINDS)).list.join(", ")
    table = found.select("articles", "share", "times", label="text", found_as=kinds)
    how = (
        "The words of the articles in which the actor was found, in how many articles and how often. An article may "
        "have several. Which rules there are stands under the actor's name above."
    )
    note = f"of the articles that name {scene.actors[0].label}"
    with blocks.card("names", "Written as", how, note, table):
        reach = max([1e-9, *found["share"].to_list()])
        items = "".join(
            f'<li><span>{escape(row["label"])} <small class="ng-muted">{escape(row["found_as"])}</small></span>'
            f'<span class="count">{blocks.percent(row["share"])} · {row["times"]:,} times</span>'
            f'<span class="bar" style="width:{row["share"] / reach:.0%}"></span></li>'
            for row in table.head(_NAMES).iter_rows(named=True)
        )
        st.html(f'<ol class="ng-ranked">{items}</ol>')
        if (more := found.height - _NAMES) > 0:
            blocks.note(f"{more} more in the table.")
