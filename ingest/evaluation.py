"""How right the readings are, on sets that people labelled: each figure with its n and a 95 % interval.

Sets are looked for in one folder. The texts of our own labels lie there as well; only those of held-out articles are
reported, so nothing that a model learnt from (`data.models.sets`). `ingest.measures` tells how the intervals are made.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.catalogue import Catalogue
from data.figures import LABELS, Detail, Figure, Figures, LeftOut, Published, as_json
from data.models.kinds import is_body
from ingest import labelled_topics, marked_sets, mentions, same_story, tone
from ingest.marked_sets import BODIES, BROUGHT, IN_WORDS, PEOPLE, PRESS, PRONOUNS, Marked, absent
from ingest.measures import (
    MEASURES,
    RESAMPLES,
    SEED,
    accuracy,
    calibration,
    compared,
    confusion_of,
    correlation,
    middle,
    reliability,
    share_figure,
)
from ingest.text import Stretch

__all__ = ["as_json", "evaluate", "told"]

#: Below this VADER's tone counts as neutral, the thresholds of its authors (Hutto & Gilbert 2014).
NEUTRAL_BELOW = 0.05

CONFIDENCE = "Confidence, in all sets above together"
SWAPPED = "Share of labels that stay when the name is swapped for another of its kind"
ACTORS = "Mean tone of an actor: correlation with the mean of what people read"
ARTICLES = "Tone of a text: correlation with the mean of 20 people's ratings"
NAMES = "Finding names that are easily taken for another"
STORIES = "Putting articles together that tell one event"
TOPICS = "What an article is about, on outlets that no topic was learnt from"

Found = Figure | Published | Detail | LeftOut


def evaluate(folder: Path, catalogue: Catalogue) -> Figures:
    """The figures of every set that lies in the folder, and which do not and why."""
    looked_for = list(marked_sets.all_in(folder))
    judged = [_judged(one) for one in looked_for if isinstance(one, Marked)]
    found: list[Found] = [one for one in looked_for if isinstance(one, LeftOut)]
    for one in judged:
        found += _toward(one)
    found += _together([one for one in judged if one.of.group != BROUGHT])
    found += _name_swaps(judged)
    found += _by_actor(judged)
    found += _articles(folder)
    found += _hard_names(folder, catalogue)
    found += _stories(folder, catalogue)
    found += _topics(folder, catalogue)
    return Figures(
        model_version=tone.MODEL_VERSION,
        sure=tone.SURE,
        figures=tuple(one for one in found if isinstance(one, Figure)),
        published=tuple(one for one in found if isinstance(one, Published)),
        details=tuple(one for one in found if isinstance(one, Detail)),
        left_out=tuple(one for one in found if isinstance(one, LeftOut)),
    )


# What model and lexicon say of them


@dataclass(frozen=True)
class Judged:
    """A set with what was said of each item: the model's probabilities (n, 3), its label and VADER's (n,)."""

    of: Marked
    probabilities: np.ndarray
    model: np.ndarray
    vader: np.ndarray

    @property
    def confidence(self) -> np.ndarray:
        """How likely the model's label is, by the model."""
        return np.asarray(self.probabilities.max(axis=-1))


def _judged(of: Marked) -> Judged:
    probabilities = tone.toward(of.texts, of.spans).select(LABELS).to_numpy()
    return Judged(of, probabilities, probabilities.argmax(axis=-1), _by_vader(of.texts, of.spans))


def _by_vader(texts: Sequence[str], spans: Sequence[Stretch]) -> np.ndarray:
    tones = tone.lexicon_toward(texts, spans)["tone"].to_numpy()
    return np.asarray(1 + (tones >= NEUTRAL_BELOW) - (tones <= -NEUTRAL_BELOW))


def _toward(one: Judged) -> Iterator[Found]:
    """All figures of one set with a marked target."""
    group, name, right = one.of.group, one.of.name, one.of.labels
    if not len(right):
        yield LeftOut(name, "it has no item")
        return
    for measure, of in MEASURES.items():
        yield compared(group, name, measure, of, right, one.model, one.vader)
    sure = one.confidence >= tone.SURE
    yield share_figure(group, name, _ABSTAINS, ~sure)
    if sure.any():
        yield compared(group, name, "accuracy where sure", accuracy, right[sure], one.model[sure], one.vader[sure])
    yield from calibration(group, name, one.confidence, one.model == right)
    yield from (told for told in PUBLISHED if told.labelled == name)
    yield _detail(name, right, one.model, one.vader, one.confidence)


def _detail(labelled: str, right: np.ndarray, model: np.ndarray, vader: np.ndarray, confidence: np.ndarray) -> Detail:
    return Detail(
        labelled,
        confusion_of(right, model),
        confusion_of(right, vader),
        tuple(reliability(confidence, model == right)),
    )


PUBLISHED = tuple(
    Published(
        IN_WORDS[part],
        "macro F1",
        value,
        by,
        "the test items of the same collection",
        "Hamborg & Donnay 2021, https://aclanthology.org/2021.eacl-main.142",
    )
    for part, by, value in (
        ("rw", "BERT-base", 0.80),
        ("rw", "GRU-TSC", 0.831),
        ("mt", "BERT-base", 0.74),
        ("mt", "GRU-TSC", 0.825),
    )
)


def _together(judged: Sequence[Judged]) -> Iterator[Found]:
    """How far confidence may be trusted: one set alone has too few items of each confidence to tell."""
    if not judged:
        return
    columns = zip(*((one.of.labels, one.model, one.vader, one.confidence) for one in judged), strict=True)
    right, model, vader, confidence = map(np.concatenate, columns)
    name, hit, sure = "all targets together", model == right, confidence >= tone.SURE
    yield share_figure(CONFIDENCE, name, _ABSTAINS, ~sure)
    yield share_figure(CONFIDENCE, name, "accuracy where sure", hit[sure])
    yield from calibration(CONFIDENCE, name, confidence, hit)
    yield _detail(name, right, model, vader, confidence)


_ABSTAINS = f"abstains (under {tone.SURE:g})"


def _name_swaps(judged: Sequence[Judged]) -> Iterator[Found]:
    """Whether the label depends on who it is: the name, wherever it stands, becomes that of somebody else."""
    swapped = [(one, *_swap(one.of)) for one in judged if one.of.group != BROUGHT]
    for name, body in (("people", False), ("countries and organisations", True)):
        model: list[bool] = []
        vader: list[bool] = []
        for one, places, texts, spans in swapped:
            kept = [n for n, place in enumerate(places) if is_body(_target(one.of, place)) == body]
            at, texts, spans = [places[n] for n in kept], [texts[n] for n in kept], [spans[n] for n in kept]
            if at:
                said = tone.toward(texts, spans).select(LABELS).to_numpy().argmax(axis=-1)
                model += (said == one.model[at]).tolist()
                vader += (_by_vader(texts, spans) == one.vader[at]).tolist()
        if model:
            yield share_figure(SWAPPED, name, "share that stays", np.array(model), np.array(vader))


def _swap(of: Marked) -> tuple[list[int], list[str], list[Stretch]]:
    """The items whose target is a name, as places, and each with another one's name: text and span."""
    places, texts, spans = [], [], []
    for place, (text, (start, end)) in enumerate(zip(of.texts, of.spans, strict=True)):
        name = text[start:end]
        if not _A_NAME.fullmatch(name) or name.lower() in PRONOUNS:
            continue
        other = (_OTHER_BODIES if is_body(name) else _OTHER_PEOPLE)[place % 6]
        again = re.compile(rf"\b(?:{name}|{name.split()[-1]})\b")
        before, behind = (again.sub(other, part) for part in (text[:start], text[end:]))
        places.append(place)
        texts.append(f"{before}{other}{behind}")
        spans.append((len(before), len(before) + len(other)))
    return places, texts, spans


_A_NAME = re.compile(r"[A-Z]\w{2,}(?: [A-Z]\w+)*")
_OTHER_PEOPLE = ("Lindqvist", "Okafor", "Brandão", "Trump", "Merkel", "Ardern")
_OTHER_BODIES = ("Norway", "Peru", "Latvia", "Russia", "NATO", "Israel")


def _target(of: Marked, place: int) -> str:
    start, end = of.spans[place]
    return of.texts[place][start:end]


def _by_actor(judged: Sequence[Judged]) -> Iterator[Found]:
    """Whether the mean over an actor's sentences, which charts show, is what people read on the mean."""
    for group, name, fewest in ((PEOPLE, "people", 5), (BODIES, "countries and organisations", 10)):
        rows = [row for one in judged if one.of.group == group for row in _tones(one)]
        if not rows:
            continue
        means = (
            pl.DataFrame(rows, schema=["actor", "people", "model", "vader"], orient="row")
            .filter(pl.col("actor") != "")
            .group_by("actor", maintain_order=True)
            .agg(pl.len(), pl.col("people", "model", "vader").mean())
            .filter(pl.col("len") >= fewest)
        )
        if means.height > 2:
            read, model, vader = (means[column].to_numpy() for column in ("people", "model", "vader"))
            told = f"{name} with {fewest} sentences or more"
            yield correlation(ACTORS, told, "actors", read, model, vader, np.arange(means.height))


def _tones(one: Judged) -> Iterator[tuple[str, int, float, float]]:
    vader = tone.lexicon_toward(one.of.texts, one.of.spans)["tone"].to_list()
    model = one.probabilities[:, 2] - one.probabilities[:, 0]
    yield from zip(one.of.actors, (one.of.labels - 1).tolist(), model.tolist(), vader, strict=True)


# Tone of a text


def _articles(folder: Path) -> Iterator[Found]:
    """Editorials, each sentence of which people rated; VADER is that of the whole text in one call, names unmasked."""
    file = folder / "nyt-sentence-tone.parquet"
    if not file.exists():
        yield absent("tone of editorials and their sentences", file)
        return
    items = pl.read_parquet(file)
    scored = items.with_columns(
        ours=pl.Series([tone.of_sentences([_names_masked(text)]).tone for text in items["text"]]),
        vader=pl.Series([tone.score(text).compound for text in items["text"]]),
    )
    whole = scored.group_by("doc", maintain_order=True).agg(
        pl.col("mean_rating", "ours").mean(), pl.col("text").str.join(" ")
    )
    read, ours = whole["mean_rating"].to_numpy(), whole["ours"].to_numpy()
    vader = np.array([tone.score(text).compound for text in whole["text"]])
    yield correlation(ARTICLES, "editorials", "articles", read, ours, vader, np.arange(whole.height))
    read, ours, vader = (scored[column].to_numpy() for column in ("mean_rating", "ours", "vader"))
    of_doc = scored["doc"].rle_id().to_numpy()
    yield correlation(ARTICLES, "their sentences", "sentences", read, ours, vader, of_doc)


def _names_masked(sentence: str) -> str:
    return tone.masked(sentence, tone.names(sentence, [(0, len(sentence))]))


# Names


def _hard_names(folder: Path, catalogue: Catalogue) -> Iterator[Found]:
    """Hard hits (relatives, namesakes, states, months): is the actor found where it is meant, and only there?"""
    labels, press = folder / "our-mention-labels.parquet", folder / PRESS
    if lost := [file for file in (labels, press) if not file.exists()]:
        yield absent("hard names", lost[0])
        return
    texts = pl.read_parquet(press, columns=["id", "title", "text", "published_at"])
    items = pl.read_parquet(labels).join(texts, left_on="article", right_on="id", maintain_order="left")
    meant = ~items["label"].is_in(["no", "child"]).to_numpy()
    found = np.array([_is_found(row, catalogue) for row in items.iter_rows(named=True)])
    # Among hard hits, half of which are somebody else, taking every one is the rule to beat.
    yield share_figure(NAMES, "hard names", "precision", meant[found])
    yield share_figure(NAMES, "hard names", "recall", found[meant])


def _is_found(row: dict[str, Any], catalogue: Catalogue) -> bool:
    published_at = pl.Series([row["published_at"]]).str.to_datetime("%Y-%m-%d", time_zone="UTC")[0]
    return any(
        span.actor == row["actor"]
        and span.field == row["field"]
        and span.start < row["end"]
        and row["start"] < span.end
        for span in mentions.find(row["title"], row["text"], "en", published_at, catalogue)
    )


def _stories(folder: Path, catalogue: Catalogue) -> Iterator[Found]:
    """Pairs of articles of weeks that nothing was chosen by: is what people read as one event one story, and only that?

    Pairs drawn by their texts alone tell how much is found; those that are together tell how much of it is right.
    """
    press = folder / PRESS
    if not press.exists():
        yield absent("pairs of articles", press)
        return
    texts = pl.read_parquet(press, columns=["id", "title", "text", "published_at", "outlet"])
    pairs = pl.read_csv(same_story.LABELS).filter(part="report")
    judged = same_story.judged(texts, pairs, catalogue)
    for labelled, drawn in STORY_PAIRS.items():
        some = judged.filter(pl.col("drawn").is_in(drawn))
        if some.height:
            yield from _of_pairs(labelled, some, drawn_together=drawn == ("one story",))


#: The sets of pairs, and why the pairs of each were drawn.
STORY_PAIRS = {
    "an article and one of its five nearest": ("neighbours",),
    "two articles of one story": ("one story",),
    "hard pairs": ("earlier story", "just apart", "just together", "actors"),
}


def _of_pairs(labelled: str, pairs: pl.DataFrame, drawn_together: bool = False) -> Iterator[Figure]:
    """Pairs drawn because they were together say nothing of what was not found."""
    one, said = (pairs["same_event"] == "yes").to_numpy(), pairs["together"].to_numpy()
    yield share_figure(STORIES, labelled, "precision", one[said])
    if not drawn_together:
        yield share_figure(STORIES, labelled, "recall", said[one])
        yield _f1(STORIES, labelled, one, said)
        yield share_figure(STORIES, labelled, "one event, as people read", one)


def _f1(group: str, labelled: str, one: np.ndarray, said: np.ndarray) -> Figure:
    """F1 of saying yes, with its interval by resampling the pairs."""
    cells = np.array([(one & said).sum(), (one & ~said).sum(), (~one & said).sum(), (~one & ~said).sum()])
    draws = np.random.default_rng(SEED).multinomial(len(one), cells / len(one), size=RESAMPLES)

    def f1(counts: np.ndarray) -> np.ndarray:
        return np.asarray(2 * counts[..., 0] / np.maximum(2 * counts[..., 0] + counts[..., 1] + counts[..., 2], 1))

    return Figure(group, labelled, "F1", len(one), float(f1(cells)), *middle(f1(draws)))


# Topics


def _topics(folder: Path, catalogue: Catalogue) -> Iterator[Found]:
    """The 17 media topics, beside the lexicon alone: of all labelled articles, and of those drawn by chance."""
    press = folder / PRESS
    if not press.exists():
        yield absent("topics of articles", press)
        return
    texts = pl.read_parquet(press, columns=["id", "title", "text"])
    labels = pl.read_csv(labelled_topics.LABELS).filter(part="report")
    items = labelled_topics.judged(texts, labels, catalogue)
    for labelled, some in (
        ("all articles, by topic and by chance", items),
        ("those drawn by chance", items.filter(drawn="random")),
    ):
        if some.height:
            yield from _main_topics(labelled, some)
            yield from _all_topics(labelled, some, sorted({topic.key for topic in catalogue.topics if topic.words}))


def _main_topics(labelled: str, items: pl.DataFrame) -> Iterator[Figure]:
    """How often the likeliest topic is the one that an editor would file the article under, or one of those."""
    in_all = {by: _held(items["about"], items[by]) for by in ("first", "first_by_lexicon")}
    right = {by: (items[by] == items["main"]).fill_null(False).to_numpy() for by in in_all}
    always = (items["main"] == items["main"].mode().sort()[0]).mean()
    for measure, hits in (("main topic right", right), ("main or a further one", in_all)):
        ours, lexicon = hits["first"], hits["first_by_lexicon"]
        majority = {"majority": always} if hits is right else {}
        yield replace(share_figure(TOPICS, labelled, measure, ours), **majority)
        yield share_figure(TOPICS, labelled, f"{measure}, lexicon alone", lexicon)
        yield _more(labelled, f"{measure}, more than lexicon", ours, lexicon)
    agree = (items["main"] == items["second_main"]).fill_null(False).to_numpy()
    yield share_figure(TOPICS, labelled, "main topic, two readers agree", agree)


def _held(lists: pl.Series, wanted: pl.Series) -> np.ndarray:
    return np.array([one in held for held, one in zip(lists, wanted, strict=True)])


def _more(labelled: str, measure: str, ours: np.ndarray, theirs: np.ndarray) -> Figure:
    """The difference of two shares of the same items, with its interval by resampling them."""
    gains = ours.astype(np.int64) - theirs.astype(np.int64)
    draws = np.random.default_rng(SEED).choice(gains, size=(RESAMPLES, len(gains))).mean(axis=1)
    return Figure(TOPICS, labelled, measure, len(gains), float(gains.mean()), *middle(draws))


def _all_topics(labelled: str, items: pl.DataFrame, keys: list[str]) -> Iterator[Figure]:
    """F1 of all topics that are said, whether as the main one or not."""
    at = np.random.default_rng(SEED).integers(items.height, size=(RESAMPLES, items.height))
    for by, name in (("said", ""), ("said_by_lexicon", ", lexicon alone")):
        cells = labelled_topics.cells(items["about"], items[by], keys)
        draws = np.stack([cells[some].sum(axis=0) for some in at])
        for measure, of in (("micro F1", labelled_topics.micro_f1), ("macro F1", labelled_topics.macro_f1)):
            value = float(of(cells.sum(axis=0)))
            yield Figure(TOPICS, labelled, f"{measure} of topics{name}", items.height, value, *middle(of(draws)))
        yield share_figure(TOPICS, labelled, f"without a topic{name}", (items[by].list.len() == 0).to_numpy())


# For people


def told(figures: Figures) -> str:
    """A table for people, at most 100 columns wide."""
    lines = [
        f"model {figures.model_version}",
        f"It is sure from a confidence of {figures.sure:g}. Intervals are 95 %.",
        "ours - VADER is by the same resamples of items: an interval without 0 is more than chance.",
        "The model learnt from none of these sets, and nothing of it was chosen by them. Figures of an",
        "earlier model had been seen, on fresh ones least often. ECE: error of the confidence.",
    ]
    for group, members in figures.by_group():
        lines += ["", group.upper(), _HEAD]
        for name, rows in members:
            lines += [f"  {name}", *(_row(one) for one in rows), *_published(name, figures.published)]
    if figures.left_out:
        lines += ["", "NOT LOOKED AT", *(f"  {one.labelled}: {one.why}" for one in figures.left_out)]
    return "\n".join(lines)


_HEAD = f"{'':25}{'n':>6}  {'ours':17}  {'VADER':17}  {'ours - VADER':20} majority"


def _row(one: Figure) -> str:
    values = (_with_interval(one.value, one.low, one.high), _with_interval(one.vader, one.vader_low, one.vader_high))
    better = _with_interval(one.better, one.better_low, one.better_high, sign="+")
    majority = "" if one.majority is None else number(one.majority)
    return f"    {one.measure:21}{one.n:6,}  {values[0]:17}  {values[1]:17}  {better:20} {majority:>8}".rstrip()


def _with_interval(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    if value is None or low is None or high is None:
        return ""
    return f"{number(value, sign)} {number(low, sign)} to {number(high, sign)}"


def number(value: float, sign: str = "") -> str:
    """Three places, without the 0 before the point.

    >>> number(0.7821), number(-0.05, "+"), number(1.0)
    ('.782', '-.050', '1.00')
    """
    written = f"{value:{sign}.3f}"
    return f"{value:{sign}.2f}" if abs(value) >= 0.9995 else written.replace("0.", ".", 1)


def _published(name: str, published: Iterable[Published]) -> Iterator[str]:
    chosen = [one for one in published if one.labelled == name]
    if chosen:
        values = ", ".join(f"{one.by} {number(one.value)}" for one in chosen)
        yield f"    published {chosen[0].measure}, on {chosen[0].on}: {values}"
        yield f"      ({chosen[0].source})"
