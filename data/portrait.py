"""One actor: what its articles are about, who writes them, whom else they name, what is said of it, in which words.

Pure functions of frames, as in `queries`: `hot` is the frame of `queries.enriched`, already narrowed to a search. What
is usual is learnt from all articles of the same press and days that name an actor: `beside` puts the two together.
Passages and names are no part of the hot frame; `passages` and `written` make small frames of an actor's mentions.
"""

from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from data import queries
from data.filters import Filters
from data.queries import Measure

Side = Literal["positive", "negative"]
Voice = Literal["outlet", "quoted"]
SIDES: tuple[Side, ...] = get_args(Side)
VOICES: tuple[Voice, ...] = get_args(Voice)

#: Fewer texts tell nothing of what is usual: a lift is null under this.
FEWEST_TEXTS = 10

#: From how many standard errors and from which lift on a part is more than usual.
Z, LIFT = 3.0, 1.25


def whole(filters: Filters) -> Filters:
    """The articles that an actor's own are put beside: those of all actors, whatever the tone toward them."""
    return replace(filters, actors=(), tone_from=None, tone_to=None)


def topics(hot: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """What the articles looked at are about: `topic, articles, texts, of, of_texts`, by topic.

    `of` is all articles looked at, each counted once however many actors it names, `of_texts` an article and its copies
    once. An article may have several topics, or none.
    """
    articles = _articles(hot, filters).select("topics", "text_no").collect()
    by_topic = (
        articles.lazy()
        .explode("topics", empty_as_null=False, keep_nulls=False)
        .select("text_no", topic=pl.col("topics").cast(pl.Categorical))
        .collect()
    )
    return _counted(by_topic, "topic").with_columns(_of(articles))


def named(hot: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """Whom the articles looked at name: `actor, articles, texts, of, of_texts`, by actor; see `topics`.

    With one actor chosen, these are its articles and all whom they name, itself among them.
    """
    articles = _articles(hot, filters).select("article_no", "text_no").collect()
    rows = hot.lazy()
    if whole(filters) == filters:
        # What is asked of an article is asked of all whom it names alike.
        rows = rows.filter(filters.mentions())
    else:
        rows = rows.join(articles.lazy().select("article_no"), on="article_no", how="semi")
    return _counted(rows.select("actor", "text_no").collect(), "actor").with_columns(_of(articles))


def _counted(rows: pl.DataFrame, thing: str) -> pl.DataFrame:
    """How often each thing (a category) has a row and how many texts: the thing, `articles, texts`, by its name."""
    things = rows[thing].unique().drop_nulls()
    code, text = rows[thing].to_physical().to_numpy(), rows["text_no"].to_numpy()
    texts = int(text.max(initial=0)) + 1
    # Pairs in a row are told apart sooner than in groups.
    pairs = np.sort(code.astype(np.int64) * texts + text)
    distinct = np.bincount(pairs[np.diff(pairs, prepend=-1) != 0] // texts)
    at = things.to_physical().to_numpy()
    counted = {thing: things.cast(pl.String), "articles": np.bincount(code)[at], "texts": distinct[at]}
    return pl.DataFrame(counted, schema={thing: pl.String, "articles": pl.Int64, "texts": pl.Int64}).sort(thing)


def _articles(hot: pl.DataFrame, filters: Filters) -> pl.LazyFrame:
    """The articles looked at, each once: a row of the hot frame is one actor in one of them."""
    looked_at = hot.lazy().filter(filters.mentions())
    return looked_at if len(filters.actors) == 1 else looked_at.filter(pl.col("article_no").is_first_distinct())


def _of(articles: pl.DataFrame) -> list[pl.Expr]:
    counts = {"of": articles.height, "of_texts": articles["text_no"].n_unique()}
    return [pl.lit(number, pl.Int64).alias(name) for name, number in counts.items()]


def beside(own: pl.DataFrame, usual: pl.DataFrame, key: str) -> pl.DataFrame:
    """The parts of an actor's articles beside those of all: `key, articles, share, usual, lift, more`.

    `own` and `usual` are tables of `topics` or `named`. `usual` is the part of all articles, `lift` how many times as
    large the part of the actor's own is, null under ten texts. `more` marks what is more than usual: at least 1.25
    times, and by three standard errors (two proportions, of texts: the actor's own against those of the others).
    The most telling first, by articles times the logarithm of the lift; then those without a lift, by articles.
    """
    rest, of_rest = (pl.col(f"{name}_usual") - pl.col(name) for name in ("texts", "of_texts"))
    both = pl.col("texts_usual") / pl.col("of_texts_usual")
    error = (both * (1 - both) * (1 / pl.col("of_texts") + 1 / of_rest)).sqrt()
    apart = (pl.col("texts") / pl.col("of_texts") - rest / of_rest) / error
    lift = pl.col("share") / pl.col("usual")
    return (
        own.join(usual, on=key, suffix="_usual")
        .with_columns(
            share=pl.col("articles") / pl.col("of"), usual=pl.col("articles_usual") / pl.col("of_usual"), apart=apart
        )
        .with_columns(lift=pl.when(pl.col("texts") >= FEWEST_TEXTS).then(lift))
        .with_columns(
            # Where all articles are the actor's own there is nobody to be more than.
            more=((pl.col("lift") >= LIFT) & pl.col("apart").is_finite() & (pl.col("apart") >= Z)).fill_null(False),
            telling=(pl.col("articles") * pl.col("lift").log()).round(9),
        )
        .sort("telling", "articles", key, descending=[True, True, False], nulls_last=True)
        .select(key, "articles", "share", "usual", "lift", "more")
    )


def outlets(hot: pl.DataFrame, readings: pl.DataFrame, filters: Filters, measure: Measure = "tone") -> pl.DataFrame:
    """Who writes of the actor, most articles first: `outlet, articles, collected, attention, tone, low, high, stories`.

    `collected` is all articles of the outlet in the same days and languages, `attention` the part that names the actor.
    The tone with its interval is that of `queries.means`, over `stories` scored.
    """
    return outlets_of(hot.filter(filters.mentions()), collected(readings, filters), measure)


def collected(readings: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """How many articles each outlet has in the days and languages looked at: `outlet, collected`."""
    return (
        readings.lazy()
        .filter(filters.articles())
        .group_by(pl.col("outlet").cast(pl.String))
        .agg(collected=pl.len().cast(pl.Int64))
        .collect()
    )


def outlets_of(mentions: pl.DataFrame, collected: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """The rows of `outlets` of the mentions looked at."""
    counted = mentions.group_by(pl.col("outlet").cast(pl.String)).agg(articles=pl.len().cast(pl.Int64))
    values = mentions.select(pl.col("outlet").cast(pl.String), "story_no", value=measure)
    tones = queries.means(values, "outlet").drop("mentions")
    return (
        counted.join(collected, on="outlet", how="left")
        .join(tones, on="outlet", how="left")
        .with_columns(attention=pl.col("articles") / pl.col("collected"), stories=pl.col("stories").fill_null(0))
        .select("outlet", "articles", "collected", "attention", "tone", "low", "high", "stories")
        .sort("articles", "outlet", descending=[True, False])
    )


# What is said, and in which words


def passages(mentions: pl.DataFrame | pl.LazyFrame, hot: pl.DataFrame) -> pl.DataFrame:
    """The passages about one actor that count for its tone, but what it says itself.

    `article_no, field, start, end, tone, confidence, how, speaker`, as in schema.PASSAGE. `mentions` are rows of the
    table of that name of one actor; those whose article `hot` does not know are passed over.
    """
    return said_of(mentions).join(_numbers(hot), on="article_id").select("article_no", *_PASSAGE).collect()


def said_of(mentions: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
    """The rows of `passages` of any actors, with `actor` and `article_id` in the place of the number."""
    sure = pl.col("confidence").is_null() | (pl.col("confidence") >= queries.SURE)
    return (
        mentions.lazy()
        .select("article_id", "actor", "passages")
        .explode("passages", empty_as_null=False, keep_nulls=False)
        .unnest("passages")
        .filter(pl.col("tone").is_not_null(), sure, pl.col("speaker").ne_missing(pl.col("actor")))
        .select(
            "article_id",
            "actor",
            pl.col("field", "how", "speaker").cast(pl.Categorical),
            "start",
            "end",
            pl.col("tone", "confidence").cast(pl.Float32),
        )
    )


_PASSAGE = ("field", "how", "speaker", "start", "end", "tone", "confidence")


def written(mentions: pl.DataFrame | pl.LazyFrame, hot: pl.DataFrame) -> pl.DataFrame:
    """By which names each article has the actor: `article_no, text, rule, times`; `rule` is the kind of rule alone.

    `mentions` as in `passages`.
    """
    return written_of(mentions).join(_numbers(hot), on="article_id").select("article_no", *_WRITTEN).collect()


def written_of(mentions: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
    """The rows of `written` of any actors, with `actor` and `article_id` in the place of the number."""
    return (
        mentions.lazy()
        .select("article_id", "actor", "spans")
        .explode("spans", empty_as_null=False, keep_nulls=False)
        .unnest("spans")
        .group_by("article_id", "actor", "text", rule=pl.col("rule").str.extract(r"^(\S+)"))
        .agg(times=pl.len().cast(pl.UInt32))
        .with_columns(pl.col("text", "rule").cast(pl.Categorical))
    )


_WRITTEN = ("text", "rule", "times")


def _numbers(hot: pl.DataFrame) -> pl.LazyFrame:
    return hot.lazy().select("article_id", "article_no").unique("article_no")


def by_model(spoken: pl.DataFrame) -> bool:
    """Whether the model gave most of the tones of these passages, and not the lexicon, whose numbers mean another."""
    return 2 * spoken["confidence"].count() > spoken.height


def looked_at(spoken: pl.DataFrame, hot: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """The rows of `passages` of the articles looked at, of the model or of the lexicon, whichever gave more.

    With `article_id, story_no, text_no, outlet, published_at` of the article.
    """
    articles = hot.lazy().filter(filters.mentions()).select(*_OF_ARTICLE)
    found = spoken.lazy().join(articles, on="article_no").collect()
    judged = pl.col("confidence").is_not_null() if by_model(found) else pl.col("confidence").is_null()
    return found.filter(judged)


_OF_ARTICLE = ("article_no", "article_id", "story_no", "text_no", "outlet", "published_at")


def strongest(said: pl.DataFrame, side: Side, voice: Voice, most: int) -> pl.DataFrame:
    """The passages of the highest tone on one side, one of each story: rows of `looked_at`, at most `most`.

    `voice` parts what outlets write in their own words from what they quote. What is neutral is on no side. Of equal
    tones the surer comes first, then the later one.
    """
    neutral = queries.NEUTRAL["tone" if by_model(said) else "lexicon_tone"]
    toward = pl.col("tone") if side == "positive" else -pl.col("tone")
    quoted = pl.col("speaker").is_not_null()
    return (
        said.lazy()
        .filter(toward >= neutral, quoted if voice == "quoted" else ~quoted)
        .with_columns(toward=toward)
        .sort(
            *("toward", "confidence", "published_at", "article_id", "field", "start"),
            descending=[True, True, True, False, True, False],
            nulls_last=True,
        )
        .unique("story_no", keep="first", maintain_order=True)
        .head(most)
        .drop("toward")
        .collect()
    )


def voices(said: pl.DataFrame) -> pl.DataFrame:
    """Who says what is said: `speaker, passages, stories, tone, low, high`, those of most stories first.

    `speaker` is as in schema.PASSAGE: an actor's key, "" for anybody else, null for the outlets themselves. The tone is
    the mean of the passages, with the interval of `queries.means`.
    """
    rows = said.select("story_no", value="tone", speaker=pl.col("speaker").cast(pl.String))
    return (
        queries.means(rows, "speaker")
        .select("speaker", "stories", "tone", "low", "high", passages="mentions")
        .select("speaker", "passages", "stories", "tone", "low", "high")
        .sort("stories", "passages", "speaker", descending=[True, True, False])
    )


def names(spelt: pl.DataFrame, hot: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """In which words the articles looked at name the actor: `text, rules, times, articles, share`, most articles first.

    `spelt` comes from `written`; `share` is of all articles looked at. `rules` are the kinds of rules that found it.
    """
    articles = hot.lazy().filter(filters.mentions()).select("article_no")
    of = articles.select(pl.len()).collect().item()
    return (
        spelt.lazy()
        .join(articles, on="article_no", how="semi")
        .group_by(pl.col("text").cast(pl.String))
        .agg(
            rules=pl.col("rule").cast(pl.String).unique().sort(),
            times=pl.col("times").sum().cast(pl.Int64),
            articles=pl.col("article_no").n_unique().cast(pl.Int64),
        )
        .with_columns(share=pl.col("articles") / max(1, of))
        .select("text", "rules", "times", "articles", "share")
        .sort("articles", "times", "text", descending=[True, True, False])
        .collect()
    )


def ever(hot: pl.DataFrame, actor: str) -> dict[str, Any]:
    """Where an actor is named at all: `articles, first, last`; the days are null where none is dated."""
    of = hot.lazy().filter(pl.col("actor") == actor)
    return (
        of.select(articles=pl.len().cast(pl.Int64), first=pl.col("day").min(), last=pl.col("day").max())
        .collect()
        .row(0, named=True)
    )
