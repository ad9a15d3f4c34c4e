"""What can be asked of the archive: mentions, readings and filters in, one small table out.

Every query is a pure function of frames. `hot` is the frame that `enriched` makes once for each version of the archive;
`readings` are rows of the table of that name, or what `narrow` keeps of them. Days are UTC. An undated article has no
day: it counts where no day is asked for, and in no row that has a date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal, get_args

import polars as pl

from data import copies, resampling, schema
from data.filters import Filters

Every = Literal["day", "week", "month"]
Measure = Literal["tone", "lexicon_tone"]
Kind = Literal["negative", "neutral", "positive", "unsure", "not_scored"]

#: A tone nearer to 0 than this is neutral, by what gave it.
NEUTRAL: Mapping[Measure, float] = {
    # The middle third of the scale. Of 1,296 labelled passages that the model was sure of, 99.8 % fall so into the
    # class that it thinks the likeliest, and 82 % into that of their label, no border more; by 0.05, 75 and 69 %.
    "tone": 1 / 3,
    # VADER's own threshold, https://github.com/cjhutto/vaderSentiment#about-the-scoring.
    "lexicon_tone": 0.05,
}

#: A passage with less confidence is unsure: its tone counts for nothing. The same as in ingest.tone.
SURE = 0.6


def enriched(mentions: pl.DataFrame | pl.LazyFrame, readings: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The hot frame, a row for each mention whose article has been read.

    `article_id, article_no, actor, published_at, day, outlet, language, kind, tone, lexicon_tone, confidence, story,
    story_no, text_no, is_copy, topics`. The numbers are quicker to count: of the article, of its story (the articles
    that tell one event), and of its text (an article and its copies); actor, outlet, language and kind are categorical.
    They are the same in whatever order the rows come, those of articles in the order of their ids.
    """
    read = readings.lazy().select(
        "article_id", "story", "topics", is_copy=pl.col("copy_of").is_not_null(), text=copies.FAMILY
    )
    # Read before there were stories, a text is one of its own.
    told = pl.coalesce("story", "text").rank("dense").cast(pl.UInt32)
    numbered = read.with_columns(
        article_no=pl.col("article_id").rank("ordinal").cast(pl.UInt32) - 1,
        story_no=told,
        text_no=pl.col("text").rank("dense").cast(pl.UInt32),
    )
    return (
        mentions.lazy()
        .select(
            "article_id",
            *(pl.col(column).cast(pl.Categorical) for column in ("actor", "outlet", "language", "kind")),
            "published_at",
            "tone",
            "lexicon_tone",
            "confidence",
            day=pl.col("published_at").dt.date(),
        )
        .join(numbered, on="article_id", how="inner")
        .select(*_HOT)
        .collect()
    )


def narrow(readings: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """What the denominators need of the readings: `article_id, day, outlet, language, is_copy`."""
    return (
        readings.lazy()
        .select(
            "article_id",
            *(pl.col(column).cast(pl.Categorical) for column in ("outlet", "language")),
            day=pl.col("published_at").dt.date(),
            is_copy=pl.col("copy_of").is_not_null(),
        )
        .collect()
    )


def found(hot: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The rows of the hot frame of these articles, `article_id` or `article_no`: those that a search found.

    The other queries know nothing of the search: words are no part of the hot frame.
    """
    return hot.join(articles, on=articles.columns, how="semi", maintain_order="left")


def volume(hot: pl.DataFrame, readings: pl.DataFrame, filters: Filters, every: Every = "day") -> pl.DataFrame:
    """How often each actor is written about: `actor, date, count, total_count, ratio, texts, stories`.

    `count` is mentions, `texts` counts those of an article and its copies once, `stories` those of all articles that
    tell one event, `total_count` all articles of the same outlets,
    languages and days, `ratio` their quotient (attention), null where nothing was collected. `date` is the first day of
    the period (weeks begin on Monday). There is a row for each actor and each period of the window, also where nothing
    was found; the window ends where the filters say, otherwise with the first and the last article of that press.
    """
    counted = (
        hot.lazy()
        .filter(filters.mentions(), pl.col("day").is_not_null())
        .select("actor", "text_no", "story_no", date=period("day", every))
        .group_by("actor", "date")
        .agg(count=pl.len(), texts=pl.col("text_no").n_unique(), stories=pl.col("story_no").n_unique())
        .with_columns(pl.col("actor").cast(pl.String))
        .collect()
    )
    return laid_out(counted, _narrowed(readings), filters, every)


def laid_out(counted: pl.DataFrame, press: pl.DataFrame, filters: Filters, every: Every) -> pl.DataFrame:
    """Counts of actors by date, as a row for each actor and each period beside the articles of the same press.

    `counted` is `actor, date, count` and what else was counted; `press` is what `narrow` keeps, or its rows counted in
    `articles`. Gives `actor, date, count, total_count, ratio` and the rest.
    """
    press = press.filter(filters.articles(), pl.col("day").is_not_null())
    first, last = press.select(pl.col("day").min(), last=pl.col("day").max()).row(0)
    dates = _periods(filters.from_day or first, filters.to_day or last, every)
    number = pl.col("articles").sum() if "articles" in press.columns else pl.len()
    collected = press.group_by(date=period("day", every)).agg(total_count=number)
    # The orders of actors and of dates are kept by each join, which is quicker than to sort what comes out.
    periods = dates.join(collected, on="date", how="left", maintain_order="left")
    more = [column for column in counted.columns if column not in ("actor", "date", "count")]
    return (
        _actors(counted, filters)
        .sort("actor")
        .join(periods, how="cross")
        .join(counted, on=["actor", "date"], how="left", maintain_order="left")
        .with_columns(pl.col("count", "total_count", *more).fill_null(0).cast(pl.Int64))
        .with_columns(ratio=pl.when(pl.col("total_count") > 0).then(pl.col("count") / pl.col("total_count")))
        .select("actor", "date", "count", "total_count", "ratio", *more)
    )


def tone(hot: pl.DataFrame, filters: Filters, every: Every = "day", measure: Measure = "tone") -> pl.DataFrame:
    """The mean tone toward each actor: `actor, date, tone, low, high, mentions, stories`.

    `mentions` and `stories` count what was scored. `low` to `high` is the 95 % interval of the mean by resampling the
    stories, see `resampling`: what tells one event is one observation, in however many outlets and words. It is null
    under ten stories. A period without any mention has no row; one whose mentions are all unscored has a null tone.
    """
    values = (
        hot.lazy()
        .filter(filters.mentions(), pl.col("day").is_not_null())
        .select(pl.col("actor").cast(pl.String), "story_no", date=period("day", every), value=measure)
        .collect()
    )
    return means(values, "actor", "date")


def means(values: pl.DataFrame, *by: str, story: str = "story_no") -> pl.DataFrame:
    """The mean of `value` by these columns: `by ..., tone, low, high, mentions, stories`, in their order.

    `mentions` counts the values, `stories` what they are of: all values of one `story`, a number, are drawn together in
    the interval, see `resampling`. A null is no value, and a group of nulls alone has a row without a tone.
    """
    groups = values.select(by).unique().sort(by).with_row_index("group")
    scored = values.drop_nulls("value").join(groups, on=by, nulls_equal=True)
    group, number = (scored[column].cast(pl.Int64).to_numpy() for column in ("group", story))
    found = resampling.means(group, number, scored["value"].cast(pl.Float64).to_numpy(), groups.height)
    return pl.concat([groups.drop("group"), found], how="horizontal")


def share_of_voice(hot: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """Each actor's part of the mentions of all actors shown: `actor, mentions, share`, most first.

    Shares add up to 1; they are null where there is no mention at all.
    """
    return shares(_by_actor(hot, filters, mentions=pl.len()))


def shares(counted: pl.DataFrame) -> pl.DataFrame:
    """`actor, mentions` with each actor's `share` of them all, most first."""
    share = pl.when(pl.col("mentions").sum() > 0).then(pl.col("mentions") / pl.col("mentions").sum())
    return counted.with_columns(share=share).sort("mentions", "actor", descending=[True, False])


def balance(hot: pl.DataFrame, filters: Filters, measure: Measure = "tone") -> pl.DataFrame:
    """How many mentions are unkind and kind: `actor, negative, neutral, positive, unsure, not_scored, mentions`.

    A row for each actor, by key. The five kinds add up to `mentions`; see `kind`.
    """
    of = kind(measure)
    counts = {one: (of == one).sum() for one in get_args(Kind)}
    return _by_actor(hot, filters, **counts, mentions=pl.len()).sort("actor")


def kind(measure: Measure = "tone") -> pl.Expr:
    """The Kind of a mention, for a row with `tone, lexicon_tone, confidence`.

    A tone is neutral when it is nearer to 0 than NEUTRAL of what gave it: one without a confidence is the lexicon's, in
    either measure. Without a tone but with a confidence, the model was unsure; the lexicon knows no doubt.
    """
    value, doubted = pl.col(measure), pl.col("confidence").is_not_null() & (measure == "tone")
    neutral = pl.when(doubted).then(NEUTRAL["tone"]).otherwise(NEUTRAL["lexicon_tone"])
    return (
        pl.when(value.is_null() & doubted)
        .then(pl.lit("unsure"))
        .when(value.is_null())
        .then(pl.lit("not_scored"))
        .when(value <= -neutral)
        .then(pl.lit("negative"))
        .when(value >= neutral)
        .then(pl.lit("positive"))
        .otherwise(pl.lit("neutral"))
    )


def kind_of(tone: float | None, confidence: float | None) -> Kind:
    """The Kind of one mention or passage by its tone; a passage that is not sure enough counts as one without.

    >>> kind_of(0.3, 0.9), kind_of(0.3, None), kind_of(0.9, 0.4), kind_of(None, None)
    ('neutral', 'positive', 'unsure', 'not_scored')
    """
    if tone is None or (confidence is not None and confidence < SURE):
        return "not_scored" if confidence is None else "unsure"
    if abs(tone) < NEUTRAL["lexicon_tone" if confidence is None else "tone"]:
        return "neutral"
    return "negative" if tone < 0 else "positive"


def co_mentions(hot: pl.DataFrame, filters: Filters, actors: Sequence[str]) -> pl.DataFrame:
    """Which actors stand in the same articles: `actor, other, articles, share`.

    There is a row for each pair, in the order given. `articles` is how many name both; `share` is that over how many
    name either (Jaccard's index, 0 ... 1), null where none does.
    """
    wanted = list(dict.fromkeys(actors))
    looked_at = hot.lazy().filter(replace(filters, actors=tuple(wanted)).mentions()).select("article_no", "actor")
    pairs = looked_at.join(looked_at, on="article_no").group_by("actor", "actor_right").agg(articles=pl.len())
    together = {(one, other): n for one, other, n in pairs.collect().iter_rows()}
    rows = [
        (
            one,
            other,
            n := together.get((one, other), 0),
            sum(together.get((each, each), 0) for each in (one, other)) - n,
        )
        for position, one in enumerate(wanted)
        for other in wanted[position + 1 :]
    ]
    columns = {"actor": pl.String, "other": pl.String, "articles": pl.Int64, "either": pl.Int64}
    return pl.DataFrame(rows, schema=columns, orient="row").select(
        "actor", "other", "articles", share=pl.when(pl.col("either") > 0).then(pl.col("articles") / pl.col("either"))
    )


def stories(hot: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The events that these articles tell, those of most articles first, a row for each.

    `story, first, last, articles, texts, outlets, actors, tone, low, high, scored`: its first and its last day, null
    where all of it is undated; `texts` counts an article and its copies once; `actors` are up to five that many of its
    articles name and few others; the mean of the articles' `tone`, its interval as in `tone`, and how many texts have
    one.
    `articles` needs `article_id, story, text_no, day, outlet, tone`; what has no story yet is passed over. With the hot
    frame's `article_no` beside the ids it is several times quicker.
    """
    return in_full(counted_stories(articles), hot, articles, rarity(hot))


def counted_stories(articles: pl.DataFrame) -> pl.DataFrame:
    """The rows of `stories` without their actors and tones, which are most of the work: `story, first ... outlets`."""
    return (
        articles.lazy()
        .filter(pl.col("story").is_not_null())
        .group_by("story")
        .agg(
            first=pl.col("day").min(),
            last=pl.col("day").max(),
            articles=pl.len().cast(pl.Int64),
            texts=pl.col("text_no").n_unique().cast(pl.Int64),
            outlets=pl.col("outlet").n_unique().cast(pl.Int64),
        )
        .sort("articles", "outlets", "last", "story", descending=[True, True, True, False], nulls_last=True)
        .collect()
    )


def rarity(hot: pl.DataFrame) -> pl.DataFrame:
    """How little it says that an article names an actor, as `actor, rare`: 0 where every one does."""
    article = "article_no" if "article_no" in hot.columns else "article_id"
    return hot.group_by("actor").agg(rare=(hot[article].n_unique() / pl.len()).log())


def in_full(stories: pl.DataFrame, hot: pl.DataFrame, articles: pl.DataFrame, rare: pl.DataFrame) -> pl.DataFrame:
    """The rows of `stories` of some of `counted_stories` of the same articles, in their order.

    Of the hot frame the rows of these stories' articles are enough; `rare` is the `rarity` of all of it.
    """
    article = "article_no" if "article_no" in articles.columns else "article_id"
    told = articles.lazy().join(stories.lazy().select("story"), on="story", how="semi").collect().lazy()
    # Within one story its texts are what is drawn.
    values = told.select("story", "text_no", value="tone").collect()
    tones = means(values, "story", story="text_no").drop("mentions").rename({"stories": "scored"})
    marking = (pl.len() * pl.col("rare").first()).round(9)
    named = (
        hot.lazy()
        .select(article, "actor")
        .join(told.select(article, "story"), on=article)
        .join(rare.lazy(), on="actor")
        .group_by("story", "actor")
        .agg(marking=marking, articles=pl.len())
        .with_columns(pl.col("actor").cast(pl.String))
        .sort("marking", "articles", "actor", descending=[True, True, False])
        .group_by("story", maintain_order=True)
        .agg(actors=pl.col("actor").head(_NAMED))
    )
    return (
        stories.lazy()
        .join(named, on="story", how="left", maintain_order="left")
        .join(tones.lazy(), on="story", how="left", maintain_order="left")
        .with_columns(pl.col("actors").fill_null([]))
        .select(*_STORIES)
        .collect()
    )


_NAMED = 5
_STORIES = ("story", "first", "last", "articles", "texts", "outlets", "actors", "tone", "low", "high", "scored")


def summary(hot: pl.DataFrame, readings: pl.DataFrame, filters: Filters, measure: Measure = "tone") -> pl.DataFrame:
    """One row about all that is looked at.

    `mentions, articles, outlets, tone, low, high, negative_share, scored, stories, by_lexicon, unsure, not_scored,
    undated, collected`: the distinct articles and outlets of the mentions; their mean tone with its interval (as in
    `tone`); the part of the scored ones that is negative; how many are scored, in how many stories, and by the lexicon;
    how many are unsure and not scored (these and the scored add up to the mentions); the mentions that no window of
    days can hold, because their article is undated; all articles of the same press and days.
    """
    lookup = hot.lazy().filter(filters.mentions()).with_columns(kind=kind(measure), value=measure)
    undated = replace(filters, from_day=None, to_day=None).mentions() & pl.col("day").is_null()
    scored = pl.col("value").is_not_null()
    by_lexicon = scored & (pl.col("confidence").is_null() | (measure == "lexicon_tone"))
    counted = lookup.select(
        mentions=pl.len(),
        articles=pl.col("article_no").n_unique(),
        outlets=pl.col("outlet").n_unique(),
        negative_share=(pl.col("kind") == "negative").filter(scored).mean(),
        scored=scored.sum(),
        stories=pl.col("story_no").filter(scored).n_unique(),
        by_lexicon=by_lexicon.sum(),
        unsure=(pl.col("kind") == "unsure").sum(),
        not_scored=(pl.col("kind") == "not_scored").sum(),
    ).collect()
    interval = means(lookup.select("story_no", "value", all=0).collect(), "all").select("tone", "low", "high")
    return pl.concat(
        [
            counted,
            interval if interval.height else interval.clear(1),
            hot.lazy().filter(undated).select(undated=pl.len()).collect(),
            _narrowed(readings).lazy().filter(filters.articles()).select(collected=pl.len()).collect(),
        ],
        how="horizontal",
    ).select(
        pl.col("mentions", "articles", "outlets").cast(pl.Int64),
        "tone",
        "low",
        "high",
        "negative_share",
        pl.col("scored", "stories", "by_lexicon", "unsure", "not_scored", "undated", "collected").cast(pl.Int64),
    )


def outages(fetches: pl.DataFrame, from_day: date | None = None, to_day: date | None = None) -> pl.DataFrame:
    """The days on which an outlet could not be read: `outlet, day, failed, checked`, those of `checks` that failed."""
    return checks(fetches, from_day, to_day).filter(pl.col("failed") > 0)


def checks(fetches: pl.DataFrame, from_day: date | None = None, to_day: date | None = None) -> pl.DataFrame:
    """On how many checks an outlet's feeds could not be looked at, day by day: `outlet, day, failed, checked`.

    What a check found holds until the feed is checked again, so that an outage spans the days between two failed checks
    on which nobody looked. A day before the first check or after the last has no row. `fetches` needs `outlet,
    feed_url, started_at, state`.
    """
    day = pl.col("day")
    next_day = pl.col("started_at").shift(-1).over("feed_url", order_by="started_at").dt.date()
    return (
        fetches.lazy()
        .with_columns(day=pl.col("started_at").dt.date(), held_to=next_day.dt.offset_by("-1d"))
        .with_columns(day=pl.date_ranges(day, pl.max_horizontal(day, "held_to")))
        .explode("day")
        .filter(day >= (from_day or date.min), day <= (to_day or date.max))
        .group_by("outlet", "day")
        .agg(
            failed=(~pl.col("state").is_in(schema.LOOKED_STATES)).sum().cast(pl.Int64),
            checked=pl.len().cast(pl.Int64),
        )
        .sort("outlet", "day")
        .collect()
    )


def drops(runs: pl.DataFrame) -> pl.DataFrame:
    """Why entries did not become articles, over these runs: `reason, count`, most first."""
    return (
        runs.lazy()
        .select(pl.col("dropped").explode(empty_as_null=False, keep_nulls=False))
        .unnest("dropped")
        .group_by("reason")
        .agg(count=pl.col("count").sum().cast(pl.Int64))
        .sort("count", "reason", descending=[True, False])
        .collect()
    )


def default_every(from_day: date, to_day: date) -> Every:
    """The period that draws a readable line: days up to two months, weeks up to about two years, then months.

    >>> default_every(date(2024, 10, 1), date(2024, 10, 31))
    'day'
    """
    days = (to_day - from_day).days + 1
    return "day" if days <= 62 else "week" if days <= 800 else "month"


_HOT = (
    "article_id",
    "article_no",
    "actor",
    "published_at",
    "day",
    "outlet",
    "language",
    "kind",
    "tone",
    "lexicon_tone",
    "confidence",
    "story",
    "story_no",
    "text_no",
    "is_copy",
    "topics",
)


_EVERY = {"day": "1d", "week": "1w", "month": "1mo"}


def _narrowed(readings: pl.DataFrame) -> pl.DataFrame:
    return readings if "day" in readings.columns else narrow(readings)


def period(column: str, every: Every) -> pl.Expr:
    """The first day of the period in which a day lies."""
    return pl.col(column) if every == "day" else pl.col(column).dt.truncate(_EVERY[every])


def _periods(first: date | None, last: date | None, every: Every) -> pl.DataFrame:
    """`date`: the first day of each period from first to last; none where the window has no ends."""
    if first is None or last is None or last < first:
        return pl.DataFrame(schema={"date": pl.Date})
    days = pl.DataFrame({"date": pl.date_range(first, last, "1d", eager=True)})
    return days.select(period("date", every)).unique(maintain_order=True)


def _actors(counted: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """`actor`: those asked for, or else those that were found."""
    if filters.actors:
        return pl.DataFrame({"actor": filters.actors}, schema={"actor": pl.String})
    return counted.select("actor").unique()


def _by_actor(hot: pl.DataFrame, filters: Filters, **counts: pl.Expr) -> pl.DataFrame:
    """`actor` and the counts, with zeros for an actor that was asked for and not found."""
    counted = (
        hot.lazy()
        .filter(filters.mentions())
        .group_by("actor")
        .agg(**{name: count.cast(pl.Int64) for name, count in counts.items()})
        .with_columns(pl.col("actor").cast(pl.String))
        .collect()
    )
    return with_all_asked(counted, filters)


def with_all_asked(counted: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """Counts by `actor`, with a row of zeros for each that was asked for and not found."""
    asked = _actors(counted, filters).join(counted, on="actor", how="left")
    return asked.with_columns(pl.exclude("actor").fill_null(0))
