"""How each number is made, how often it is right, and where its limits are."""

import re
from collections.abc import Callable

import polars as pl
import streamlit as st

from dashboard import blocks, controls, model_charts
from dashboard import figures as tables
from dashboard.controls import Words
from dashboard.desk import Desk
from dashboard.theme import escape
from data import figures, queries
from data.archive import Archive
from data.figures import Figures

TITLE = "Method"

_PARTS = (
    (
        "What is counted",
        "A mention is one actor in one article, counted once however often the article names it. Volume is the number "
        "of mentions in a period. Attention is volume divided by all articles that the same outlets published in that "
        "period, so that a week with more news is no rise. Share of voice is an actor's part of the mentions of the "
        "actors shown.",
    ),
    (
        "How an actor is found",
        "By the names of the catalogue, on the article's own title and text, never on menus or related links. A strong "
        "name counts alone; a weak one only where the article names the actor otherwise or its context is there; a "
        "name on the never list takes its words away from all actors. Each article shows which rule matched where.",
    ),
    (
        "How tone toward an actor is measured",
        "A passage of an actor is a sentence that names it, or that clearly goes on about it with a pronoun or a "
        "description. A small language model reads each passage with the actor's name taken out, so that it judges "
        "what is said and not whom it is said of, and gives three probabilities: that the passage is negative, neutral "
        "or positive toward the actor. The passage's tone is the positive one less the negative one, -1 to +1. Where "
        f"the largest of the three is under {blocks.percent(queries.SURE)} the model abstains: the passage counts for "
        "nothing, and a mention without any other is unsure, which is shown and is never 0. A mention's tone is the "
        "mean of its passages. A sentence that lies wholly inside what the actor itself says is no passage of it.",
    ),
    (
        "What the lexicon is for",
        "Beside the model's tone stands the lexicon's: VADER, a list of words that people rated, over the same "
        "passages, names masked. It hears war as blame and cannot tell who is blamed, but each word that it heard can "
        "be shown. It is also the quick way to fill an archive (--tone lexicon); rescore brings the model's later. "
        f"Nearer to 0 than {queries.NEUTRAL['tone']:.2f} a tone is neutral, by the lexicon nearer than "
        f"{queries.NEUTRAL['lexicon_tone']:.2f}. The tone of a whole article is the mean of its sentences by lexicon. "
        "Only English is scored: a mention in another language is counted in volume and shown as not scored.",
    ),
    (
        "How sure a mean is",
        "The band is a 95 % interval by resampling stories: all articles that tell one event are drawn together, a "
        "thousand times, because a hundred reports of one summit are one occasion to be kind or unkind. It holds the "
        "true mean in about 19 of 20 cases, in 18 where tones crowd at one end. A point on fewer than ten stories is "
        "not drawn. A change against the days "
        "before is shown only where the archive reaches that far back.",
    ),
    (
        "What a story is",
        "The articles that tell one event. As they arrive, each joins the story whose latest articles are most like it "
        "in the words of title and lead and the actors named, where it is alike enough, and else opens one. Rare words "
        "weigh more. The older a story is and the longer nobody told it, the more alike it takes; after ten days of "
        "silence it is over. An article keeps its story. A long affair may be one story or several, and two events of "
        "one day in the same words may be taken for one: the figures below tell how often.",
    ),
    (
        "What is missing, and how it shows",
        "Days on which feeds failed are striped: fewer mentions there may mean that nobody could look. The period "
        "that is not over is dashed. Articles without a date are counted in the whole archive and lie on no chart over "
        "time. Days are UTC.",
    ),
)


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page."""
    view = controls.chosen()
    controls.write_link(view)
    header(controls.to_words(view))
    st.title("How the numbers are made")
    parts = (*_PARTS, ("Versions", _versions(desk)))
    told = "".join(f"<section><h2>{escape(title)}</h2><p>{escape(text)}</p></section>" for title, text in parts)
    st.html(f'<div class="ng-method">{told}</div>')
    measured = figures.shipped()
    if measured is None:
        blocks.empty("How often the tone is right has not been measured", _MEASURE)
    else:
        _accuracy(measured, _scored_by(desk.archive, desk.press.version))
        _mistakes(measured, desk)
        _further(measured)
    with st.expander("Model card", key="card-of-model"), st.container(key="model-card"):
        st.markdown(_below_this_page(figures.card()))


_MEASURE = "Run ./newsgauge evaluate --json > data/models/figures.json where the labelled sets are."


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Archive: lambda one: one.url})
def _scored_by(archive: Archive, version: str) -> dict[str, int]:
    """How many articles of this version of the archive were scored by which version of the model."""
    counted = archive.readings().select(pl.col("model_version").drop_nulls().value_counts(sort=True)).collect()
    return {row["model_version"]: row["count"] for row in counted["model_version"]}


def _accuracy(measured: Figures, scored_by: dict[str, int]) -> None:
    others = {model: count for model, count in scored_by.items() if model != measured.model_version}
    if others:
        told = ", ".join(f"{count:,} by {model}" for model, count in others.items())
        blocks.notice(
            [
                f"These figures are those of {measured.model_version}. Articles of this archive that were scored by "
                f"another model: {told}. ./newsgauge rescore brings them up."
            ]
        )
    with blocks.card("accuracy", "How often the tone toward an actor is right", _HOW_ACCURACY):
        st.html(tables.targets(measured))
        blocks.note(_READ_IT)
        for on, source in dict.fromkeys((one.on, one.source) for one in measured.published):
            blocks.note(f"Published: on {on} ({source}).")


_HOW_ACCURACY = (
    "People marked what a text says toward a target: negative, neutral or positive. The model, VADER and a rule that "
    "always gives the most frequent label answered the same. 95 % intervals by resampling the items of a set."
)
_READ_IT = (
    "F1 weighs misses and false finds of one label; macro F1 is the mean of the three. A rule that always says neutral "
    "is often right where most is neutral, and has a low macro F1. The error of the confidence (ECE) is how far it "
    "lies from how often the model is right; by chance is what an exact confidence would show in so few items. The "
    "model learnt from none of these sets, and nothing of it was chosen by them; figures of an earlier model on them "
    "had been seen when it was made, those on the fresh ones least often."
)


def _mistakes(measured: Figures, desk: Desk) -> None:
    """How far confidence may be trusted, and what is taken for what."""
    if not measured.details:
        return
    *sets, whole = measured.details
    with st.container(key="parts"):
        left, right = st.columns([2, 3])
    parts = pl.DataFrame(whole.reliability)
    title = "Is it right as often as it is confident?"
    with left, blocks.card("reliability", title, _HOW_RELIABILITY, "", parts, drawn=True):
        exact, border = model_charts.exact_and_border(measured.sure)
        blocks.draw(
            model_charts.reliability(desk.colours),
            "How often the model is right by its confidence",
            "chart-reliability",
            parts=parts,
            exact=exact,
            border=border,
        )
        blocks.note(f"{whole.labelled}, {sum(part.n for part in whole.reliability):,} items, in parts of equal size")
    with right, blocks.card("confusion", "What is taken for what", _HOW_CONFUSION):
        st.html(tables.confusions(sets))
        blocks.note(_HOW_CONFUSION)


_HOW_RELIABILITY = (
    "The items of all sets by the model's confidence, a tenth in each point: how many it was right on, with a 95 % "
    "interval. On the dashed line confidence is exact; below it the model is too sure of itself."
)
_HOW_CONFUSION = "Down: what people read. Across: what the model took it for, with its part of the row."


def _further(measured: Figures) -> None:
    """What was measured beside the labels of targets, and the whole table."""
    with blocks.card("further", "What else was measured", _HOW_FURTHER):
        st.html(tables.further(measured))
        for one in measured.left_out:
            blocks.note(f"Not looked at: {one.labelled}, {one.why}.")
    with st.expander("Every figure, and each difference to VADER", key="every-figure"):
        st.html(tables.every(measured))


_HOW_FURTHER = (
    "VADER, for articles, is the whole text in one call. The difference is by the same resamples of items for both; an "
    "interval without 0 is more than chance."
)


def _below_this_page(card: str) -> str:
    """The card without its title, its headings one level down."""
    return re.sub(r"^#", "##", card.split("\n", 1)[1], flags=re.MULTILINE)


def _versions(desk: Desk) -> str:
    press = desk.press
    runs = press.runs
    model = runs["model_version"].drop_nulls().to_list() if runs.height else []
    return (
        f"Catalogue {desk.catalogue.version}, model {model[0] if model else 'none yet'}, archive version "
        f"{press.version} with {press.readings.height:,} articles and {press.mentions.height:,} mentions of "
        f"{len(press.actors)} actors from {len(press.outlets)} outlets."
    )
