"""How right the readings are, on sets that people labelled: each figure with its n and a 95 % interval.

Sets are looked for in one folder. The texts of our own labels lie there as well; only those of held-out articles are
reported, so nothing that a model learnt from (`data.models.sets`). The intervals are by resampling the items of a set
(percentile bootstrap, Efron & Tibshirani 1993, with a fixed seed), those of lone shares are Wilson's.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.catalogue import Catalogue
from data.figures import LABELS, Confidence, Detail, Figure, Figures, LeftOut, Published, as_json
from data.models import sets
from data.models.kinds import is_body
from ingest import labelled_topics, mentions, same_story, tone
from ingest.text import Stretch

__all__ = ["as_json", "evaluate", "told"]

RESAMPLES = 1_000
SEED = 20241001

#: Below this VADER's tone counts as neutral, the thresholds of its authors (Hutto & Gilbert 2014).
NEUTRAL_BELOW = 0.05

#: The confidences of a set are looked at in so many parts.
PARTS = 10

PEOPLE = "Tone toward people in news sentences"
BODIES = "Tone toward countries and organisations in news sentences"
HEADLINES = "Tone toward anyone in headlines"
BROUGHT = "Tone toward the target in other sets of the folder"
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
    looked_for = list(_marked_sets(folder))
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


# Sets with a marked target


@dataclass(frozen=True)
class Marked:
    """Texts with a marked target each, and what people read toward it: places in LABELS."""

    group: str
    name: str
    texts: list[str]
    spans: list[Stretch]
    labels: np.ndarray
    actors: list[str]


def _marked_sets(folder: Path) -> Iterator[Marked | LeftOut]:
    yield from _people(folder)
    yield from _ours(folder)
    yield from _brought(folder)


def _people(folder: Path) -> Iterator[Marked | LeftOut]:
    """Sentences as in the world (rw), and ones with several targets (mt)."""
    file = folder / DEV
    if file.exists():
        yield from _of_file(file)
    else:
        yield _absent("people in news sentences", file)


DEV, TRAIN = "target-tone-dev.parquet", "target-tone-train.parquet"


def _of_file(file: Path) -> Iterator[Marked | LeftOut]:
    try:
        yield from _parts_of(file)
    except (pl.exceptions.PolarsError, ValueError, TypeError, OSError) as error:
        yield LeftOut(file.name, " ".join(str(error).split())[:300], is_fault=True)


def _parts_of(file: Path) -> list[Marked]:
    """The set of each part of a file, or one of the whole. Raises what reading and `_marked` raise."""
    items = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file)
    if "part" not in items.columns:
        return [_marked(BROUGHT, file.name, items)]
    parts = items.partition_by("part", as_dict=True, maintain_order=True)
    if file.name == DEV:
        return [
            _marked(PEOPLE, _IN_WORDS.get(part, f"people, {part}"), rows)
            for (part,), rows in sorted(parts.items())[::-1]
        ]
    return [_marked(BROUGHT, f"{file.name}, {part}", rows) for (part,), rows in parts.items()]


_IN_WORDS = {"rw": "people, as in the world (rw)", "mt": "people, several targets in a sentence (mt)"}


def _marked(group: str, name: str, items: pl.DataFrame) -> Marked:
    """A set of the columns `text, start, end, label`. Raises ValueError for one of them that cannot be understood."""
    if lost := {"text", "start", "end", "label"} - set(items.columns):
        raise ValueError(f"it has no column {', '.join(sorted(lost))}; wanted are text, start, end, label")
    for row, values in enumerate(items.select("text", "start", "end", "label").iter_rows()):
        if None in values:
            raise ValueError(f"row {row}: a text, start, end or label is missing")
    texts: list[str] = items["text"].to_list()
    spans = [(int(start), int(end)) for start, end in zip(items["start"], items["end"], strict=True)]
    for row, (text, (start, end)) in enumerate(zip(texts, spans, strict=True)):
        if not 0 <= start < end <= len(text):
            raise ValueError(f"row {row}: the span ({start}, {end}) is no part of its text of {len(text)} code points")
    labels = np.array([_place(label) for label in items["label"]], dtype=np.int64)
    actors = [_last_name(text[start:end]) for text, (start, end) in zip(texts, spans, strict=True)]
    return Marked(group, name, texts, spans, labels, actors)


def _place(label: object) -> int:
    """A label's place in LABELS, by how it begins: neg, Neutral, POSITIVE."""
    places = [place for place, name in enumerate(LABELS) if str(label).lower().startswith(name[:3])]
    if not places:
        raise ValueError(f"{label!r} is no label; write neg, neu or pos")
    return places[0]


def _last_name(target: str) -> str:
    """By which a person is known from one sentence to the next; empty for a pronoun.

    >>> _last_name("then-President Barack Obama's"), _last_name("OBAMA"), _last_name("his")
    ('obama', 'obama', '')
    """
    word = re.sub(r"(?:['’]s?|\W+)$", "", target).split()[-1:]
    return word[0].lower() if word and word[0][0].isupper() and word[0].lower() not in _NO_NAMES else ""


_NO_NAMES = frozenset(
    ("he", "she", "it", "they", "him", "her", "them", "his", "hers", "its", "their", "i", "you", "we", "who", "the")
)


def _ours(folder: Path) -> Iterator[Marked | LeftOut]:
    """Our own labels of articles that are held out; their texts are those of the press."""
    press = folder / PRESS
    kinds = (("text", BODIES, "countries and organisations"), ("title", HEADLINES, "headlines"))
    if not press.exists():
        yield from (_absent(f"{told} (our labels)", press) for *_, told in kinds)
        return
    texts = pl.read_parquet(press, columns=["id", "title", "text"])
    for field, group, told in kinds:
        for labels, name in _OF_OURS.items():
            held_out = pl.col("article").map_elements(sets.is_held_out, return_dtype=pl.Boolean)
            chosen = pl.read_csv(labels).filter(pl.col("drawn") == "random", pl.col("field") == field, held_out)
            yield _of_press(
                group, f"{told}, {name}", chosen.join(texts, left_on="article", right_on="id", maintain_order="left")
            )


PRESS = "us-press-2012-2018.parquet"

_OF_OURS = {
    sets.FRESH_LABELS: "fresh set",
    sets.HELD_OUT_LABELS: "second held-out set",
    sets.OUR_LABELS: "first held-out set",
}


def _of_press(group: str, name: str, items: pl.DataFrame) -> Marked:
    texts, spans = [], []
    for row in items.iter_rows(named=True):
        first = row["sentence_start"]
        texts.append(row[row["field"]][first : row["sentence_end"]])
        spans.append((row["start"] - first, row["end"] - first))
    labels = np.array([_place(label) for label in items["label"]], dtype=np.int64)
    return Marked(group, name, texts, spans, labels, items["actor"].to_list())


def _brought(folder: Path) -> Iterator[Marked | LeftOut]:
    """Sets that people lay into the folder: `target-tone-NAME.parquet` or `.csv` of `text, start, end, label`.

    A column `part` makes a set of each part.
    """
    for file in sorted((*folder.glob("target-tone-*.parquet"), *folder.glob("target-tone-*.csv"))):
        if file.name == TRAIN:
            yield LeftOut(file.name, "the model learnt from it")
        elif file.name != DEV:
            yield from _of_file(file)


def _absent(labelled: str, file: Path) -> LeftOut:
    return LeftOut(labelled, f"{file.name} is not in the folder")


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
        yield _compared(group, name, measure, of, right, one.model, one.vader)
    sure = one.confidence >= tone.SURE
    yield _share(group, name, _ABSTAINS, ~sure)
    if sure.any():
        yield _compared(group, name, "accuracy where sure", accuracy, right[sure], one.model[sure], one.vader[sure])
    yield from _calibration(group, name, one.confidence, one.model == right)
    yield from (told for told in PUBLISHED if told.labelled == name)
    yield _detail(name, right, one.model, one.vader, one.confidence)


def _detail(labelled: str, right: np.ndarray, model: np.ndarray, vader: np.ndarray, confidence: np.ndarray) -> Detail:
    return Detail(
        labelled,
        _confusion(right, model),
        _confusion(right, vader),
        tuple(_reliability(confidence, model == right)),
    )


PUBLISHED = tuple(
    Published(
        _IN_WORDS[part],
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
    yield _share(CONFIDENCE, name, _ABSTAINS, ~sure)
    yield _share(CONFIDENCE, name, "accuracy where sure", hit[sure])
    yield from _calibration(CONFIDENCE, name, confidence, hit)
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
            yield _share(SWAPPED, name, "share that stays", np.array(model), np.array(vader))


def _swap(of: Marked) -> tuple[list[int], list[str], list[Stretch]]:
    """The items whose target is a name, as places, and each with another one's name: text and span."""
    places, texts, spans = [], [], []
    for place, (text, (start, end)) in enumerate(zip(of.texts, of.spans, strict=True)):
        name = text[start:end]
        if not _A_NAME.fullmatch(name) or name.lower() in _NO_NAMES:
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
            yield _correlation(ACTORS, told, "actors", read, model, vader, np.arange(means.height))


def _tones(one: Judged) -> Iterator[tuple[str, int, float, float]]:
    vader = tone.lexicon_toward(one.of.texts, one.of.spans)["tone"].to_list()
    model = one.probabilities[:, 2] - one.probabilities[:, 0]
    yield from zip(one.of.actors, (one.of.labels - 1).tolist(), model.tolist(), vader, strict=True)


# Tone of a text


def _articles(folder: Path) -> Iterator[Found]:
    """Editorials, each sentence of which people rated; VADER is that of the whole text in one call, names unmasked."""
    file = folder / "nyt-sentence-tone.parquet"
    if not file.exists():
        yield _absent("tone of editorials and their sentences", file)
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
    yield _correlation(ARTICLES, "editorials", "articles", read, ours, vader, np.arange(whole.height))
    read, ours, vader = (scored[column].to_numpy() for column in ("mean_rating", "ours", "vader"))
    of_doc = scored["doc"].rle_id().to_numpy()
    yield _correlation(ARTICLES, "their sentences", "sentences", read, ours, vader, of_doc)


def _names_masked(sentence: str) -> str:
    return tone.masked(sentence, tone.names(sentence, [(0, len(sentence))]))


# Names


def _hard_names(folder: Path, catalogue: Catalogue) -> Iterator[Found]:
    """Hard hits (relatives, namesakes, states, months): is the actor found where it is meant, and only there?"""
    labels, press = folder / "our-mention-labels.parquet", folder / PRESS
    if lost := [file for file in (labels, press) if not file.exists()]:
        yield _absent("hard names", lost[0])
        return
    texts = pl.read_parquet(press, columns=["id", "title", "text", "published_at"])
    items = pl.read_parquet(labels).join(texts, left_on="article", right_on="id", maintain_order="left")
    meant = ~items["label"].is_in(["no", "child"]).to_numpy()
    found = np.array([_is_found(row, catalogue) for row in items.iter_rows(named=True)])
    # Among hard hits, half of which are somebody else, taking every one is the rule to beat.
    yield _share(NAMES, "hard names", "precision", meant[found])
    yield _share(NAMES, "hard names", "recall", found[meant])


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
        yield _absent("pairs of articles", press)
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
    yield _share(STORIES, labelled, "precision", one[said])
    if not drawn_together:
        yield _share(STORIES, labelled, "recall", said[one])
        yield _f1(STORIES, labelled, one, said)
        yield _share(STORIES, labelled, "one event, as people read", one)


def _f1(group: str, labelled: str, one: np.ndarray, said: np.ndarray) -> Figure:
    """F1 of saying yes, with its interval by resampling the pairs."""
    cells = np.array([(one & said).sum(), (one & ~said).sum(), (~one & said).sum(), (~one & ~said).sum()])
    draws = np.random.default_rng(SEED).multinomial(len(one), cells / len(one), size=RESAMPLES)

    def f1(counts: np.ndarray) -> np.ndarray:
        return np.asarray(2 * counts[..., 0] / np.maximum(2 * counts[..., 0] + counts[..., 1] + counts[..., 2], 1))

    return Figure(group, labelled, "F1", len(one), float(f1(cells)), *_middle(f1(draws)))


# Topics


def _topics(folder: Path, catalogue: Catalogue) -> Iterator[Found]:
    """The 17 media topics, beside the lexicon alone: of all labelled articles, and of those drawn by chance."""
    press = folder / PRESS
    if not press.exists():
        yield _absent("topics of articles", press)
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
        yield replace(_share(TOPICS, labelled, measure, ours), **majority)
        yield _share(TOPICS, labelled, f"{measure}, lexicon alone", lexicon)
        yield _more(labelled, f"{measure}, more than lexicon", ours, lexicon)
    agree = (items["main"] == items["second_main"]).fill_null(False).to_numpy()
    yield _share(TOPICS, labelled, "main topic, two readers agree", agree)


def _held(lists: pl.Series, wanted: pl.Series) -> np.ndarray:
    return np.array([one in held for held, one in zip(lists, wanted, strict=True)])


def _more(labelled: str, measure: str, ours: np.ndarray, theirs: np.ndarray) -> Figure:
    """The difference of two shares of the same items, with its interval by resampling them."""
    gains = ours.astype(np.int64) - theirs.astype(np.int64)
    draws = np.random.default_rng(SEED).choice(gains, size=(RESAMPLES, len(gains))).mean(axis=1)
    return Figure(TOPICS, labelled, measure, len(gains), float(gains.mean()), *_middle(draws))


def _all_topics(labelled: str, items: pl.DataFrame, keys: list[str]) -> Iterator[Figure]:
    """F1 of all topics that are said, whether as the main one or not."""
    at = np.random.default_rng(SEED).integers(items.height, size=(RESAMPLES, items.height))
    for by, name in (("said", ""), ("said_by_lexicon", ", lexicon alone")):
        cells = labelled_topics.cells(items["about"], items[by], keys)
        draws = np.stack([cells[some].sum(axis=0) for some in at])
        for measure, of in (("micro F1", labelled_topics.micro_f1), ("macro F1", labelled_topics.macro_f1)):
            value = float(of(cells.sum(axis=0)))
            yield Figure(TOPICS, labelled, f"{measure} of topics{name}", items.height, value, *_middle(of(draws)))
        yield _share(TOPICS, labelled, f"without a topic{name}", (items[by].list.len() == 0).to_numpy())


# Measures. A confusion matrix is (..., true, said); a measure of a stack of them is an array.

Values = Any
Measure = Callable[[np.ndarray], Values]


def macro_f1(confusion: np.ndarray) -> Values:
    """Unweighted mean of the classes' F1, 0 for a class that is neither there nor said. (..., true, said) -> (...)."""
    return np.mean(class_f1(confusion), axis=-1)


def class_f1(confusion: np.ndarray) -> Values:
    """The F1 of each class. (..., true, said) -> (..., classes)."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return 2 * hits / np.maximum(total, 1)


def accuracy(confusion: np.ndarray) -> Values:
    """Share of items that are right."""
    return np.trace(confusion, axis1=-2, axis2=-1) / np.maximum(confusion.sum(axis=(-2, -1)), 1)


MEASURES: dict[str, Measure] = {
    "macro F1": macro_f1,
    "accuracy": accuracy,
    "F1 of negative": lambda confusion: class_f1(confusion)[..., 0],
    "F1 of neutral": lambda confusion: class_f1(confusion)[..., 1],
    "F1 of positive": lambda confusion: class_f1(confusion)[..., 2],
}


def _compared(
    group: str, labelled: str, measure: str, of: Measure, right: np.ndarray, model: np.ndarray, vader: np.ndarray
) -> Figure:
    """The model beside VADER: the same resamples of items give both, and the difference."""
    cells = np.zeros((3, 3, 3), dtype=np.int64)
    np.add.at(cells, (right, model, vader), 1)
    # Resampling items is drawing how many fall into each cell of (true, model, VADER).
    n = len(right)
    draws = np.random.default_rng(SEED).multinomial(n, cells.ravel() / n, size=RESAMPLES).reshape(-1, 3, 3, 3)
    ours, theirs = (float(of(cells.sum(axis=axis))) for axis in (2, 1))
    ours_drawn, theirs_drawn = (of(draws.sum(axis=axis)) for axis in (3, 2))
    majority = np.zeros((3, 3), dtype=np.int64)
    majority[:, cells.sum(axis=(1, 2)).argmax()] = cells.sum(axis=(1, 2))
    return Figure(
        group,
        labelled,
        measure,
        n,
        ours,
        *_middle(ours_drawn),
        theirs,
        *_middle(theirs_drawn),
        ours - theirs,
        *_middle(ours_drawn - theirs_drawn),
        float(of(majority)),
    )


def _middle(draws: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def _share(group: str, labelled: str, measure: str, hits: np.ndarray, vader: np.ndarray | None = None) -> Figure:
    """A share of items; where hardly any or nearly all are counted, resampling would claim to be certain."""
    ours = share(int(hits.sum()), len(hits))
    theirs = (None, None, None) if vader is None else share(int(vader.sum()), len(vader))
    return Figure(group, labelled, measure, len(hits), *ours, *theirs)


def share(hits: int, n: int) -> tuple[float, float, float]:
    """A share and its 95 % interval (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953).

    >>> [round(value, 3) for value in share(10, 10)]
    [1.0, 0.722, 1.0]
    """
    if not n:
        return 0.0, 0.0, 1.0
    z = 1.959964
    middle = (hits + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * sqrt(hits * (n - hits) / n + z * z / 4)
    return hits / n, max(0.0, middle - reach), min(1.0, middle + reach)


def _correlation(
    group: str,
    labelled: str,
    measure: str,
    read: np.ndarray,
    ours: np.ndarray,
    vader: np.ndarray,
    clusters: np.ndarray,
) -> Figure:
    """Pearson's r with what people read. Clusters (0, 0, 1 ...) are resampled whole, as their items hang together."""
    random = np.random.default_rng(SEED)
    members = np.split(np.arange(len(read)), np.flatnonzero(np.diff(clusters)) + 1)
    draws = []
    for _ in range(RESAMPLES):
        at = np.concatenate([members[place] for place in random.integers(len(members), size=len(members))])
        draws.append((pearson(read[at], ours[at]), pearson(read[at], vader[at])))
    ours_drawn, theirs_drawn = np.array(draws).T
    value, theirs = pearson(read, ours), pearson(read, vader)
    return Figure(
        group,
        labelled,
        f"r, {measure}",
        len(read),
        value,
        *_middle(ours_drawn),
        theirs,
        *_middle(theirs_drawn),
        value - theirs,
        *_middle(ours_drawn - theirs_drawn),
    )


def pearson(left: np.ndarray, right: np.ndarray) -> float:
    """Correlation; 0 where one side is all the same."""
    left, right = left - left.mean(), right - right.mean()
    scale = sqrt(float(left @ left) * float(right @ right))
    return float(left @ right) / scale if scale else 0.0


# Confidence


def _calibration(group: str, labelled: str, confidence: np.ndarray, hit: np.ndarray) -> Iterator[Figure]:
    """The calibration error, and what it would be by chance alone if each confidence were exact: it is never 0."""
    random = np.random.default_rng(SEED)
    value = calibration_error(confidence, hit)
    draws, exact = [], []
    for _ in range(RESAMPLES):
        at = random.integers(len(hit), size=len(hit))
        draws.append(calibration_error(confidence[at], hit[at]))
        exact.append(calibration_error(confidence, random.random(len(hit)) < confidence))
    low, high = _middle(np.array(draws))
    # Resampling adds chance to the error, and adds it always upward: reflected at the value it is taken off again.
    low, high = max(0.0, 2 * value - high), max(value, 2 * value - low)
    yield Figure(group, labelled, "ECE", len(hit), value, low, high)
    yield Figure(group, labelled, "ECE by chance alone", len(hit), float(np.mean(exact)), *_middle(np.array(exact)))


def calibration_error(confidence: np.ndarray, hit: np.ndarray) -> float:
    """Expected calibration error: |accuracy - mean confidence|, in PARTS parts of equally many items."""
    return float(
        sum(part.n * abs(part.accuracy - part.confidence) for part in _reliability(confidence, hit)) / len(hit)
    )


def _reliability(confidence: np.ndarray, hit: np.ndarray) -> Iterator[Confidence]:
    order = np.argsort(confidence, kind="stable")
    for part in np.array_split(order, min(PARTS, len(order))):
        yield Confidence(len(part), float(confidence[part].mean()), *share(int(hit[part].sum()), len(part)))


def _confusion(right: np.ndarray, said: np.ndarray) -> tuple[tuple[int, ...], ...]:
    confusion = np.zeros((3, 3), dtype=np.int64)
    np.add.at(confusion, (right, said), 1)
    return tuple(tuple(row) for row in confusion.tolist())


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
