"""What is stored: each column's one name and type.

Moments are UTC with microseconds, as Delta Lake keeps them. A `month` is the partition, `YYYY-MM` of `published_at`, or
of `collected_at` where an article is undated.
"""

import polars as pl

Column = pl.DataType | type[pl.DataType]

MOMENT = pl.Datetime("us", "UTC")


def _table(columns: dict[str, Column]) -> pl.Schema:
    return pl.Schema(columns)


#: The seven numbers of GDELT's V2Tone; they are GDELT's reading of the text, which we have not seen.
GDELT_TONE = pl.Struct(
    {
        "tone": pl.Float64,  # positive minus negative, -100 ... +100
        "positive": pl.Float64,  # percent of words
        "negative": pl.Float64,
        "polarity": pl.Float64,
        "activity": pl.Float64,
        "self_reference": pl.Float64,
        "words": pl.Float64,
    }
)

#: An article as it was collected; never rewritten. A changed text is a new row with the next `version`.
ARTICLES = _table(
    {
        "id": pl.String,  # 16 hex digits of the canonical URL's hash, see data.identity
        "version": pl.Int32,  # 1, 2, ...; readers see the greatest
        "month": pl.String,
        "url": pl.String,  # canonical
        "outlet": pl.String,  # key of the catalogue, or a slug of the name that a file gave
        "title": pl.String,
        "text": pl.String,
        "text_from": pl.String,  # page, feed or file: who gave the text; metadata: nobody, and no tone is scored
        "authors": pl.List(pl.String),
        "language": pl.String,  # ISO 639-1, or null where it could not be told
        "published_at": MOMENT,  # min(claimed_at, seen_at); null where the outlet said nothing
        "published_from": pl.String,  # feed, page or file; gdelt: when GDELT saw it; null where undated
        "claimed_at": MOMENT,  # what the outlet said, also where it lies in the future
        "seen_at": MOMENT,  # first sight in a feed, the date of an archived record, or start of the import
        "collected_at": MOMENT,
        "guid": pl.String,
        "delivered_hash": pl.String,  # of what feed or file delivered; another hash at the same URL means look again
        "text_hash": pl.String,  # of title and text as stored; another hash is a new version
        "gdelt_tone": GDELT_TONE,  # null for all that did not come from GDELT, and in archives of before
    }
)

#: What we make of one article; replaced when catalogue or model changes. No text.
READINGS = _table(
    {
        "article_id": pl.String,
        "version": pl.Int32,  # of the article that was read
        "month": pl.String,
        "published_at": MOMENT,
        "outlet": pl.String,
        "language": pl.String,
        "words": pl.Int32,
        "tone": pl.Float64,  # of the text, -1 ... +1; null where the language is not scored
        "positive": pl.Float64,  # percent of words, as in GDELT's V2Tone
        "negative": pl.Float64,
        "topics": pl.List(pl.String),  # keys, strongest first
        "fingerprint": pl.String,  # of the normalised text; null where it is too short to compare
        "sketch": pl.List(pl.Int32),  # hashes of its runs of words, rising; null likewise
        "signature": pl.List(pl.Int32),  # hashes of telling words and actors of title and lead, rising
        "copy_of": pl.String,  # id of the article that was first published with this text
        # Id of the first article that told the same event; of a copy: its original's. Null until the run that stored
        # the article ends; whoever reads `Archive.readings` sees the original's id or its own until then.
        "story": pl.String,
        "catalogue_version": pl.String,
        "model_version": pl.String,
    }
)

#: A stretch of a field (`title` or `text`) in code points of the text as stored, and the rule that found it.
SPAN = pl.Struct({"field": pl.String, "start": pl.Int32, "end": pl.Int32, "text": pl.String, "rule": pl.String})

#: A sentence that names the actor, or continues one that does, with its tone toward the actor.
PASSAGE = pl.Struct(
    {
        "field": pl.String,
        "start": pl.Int32,
        "end": pl.Int32,
        "tone": pl.Float64,  # -1 ... +1; null where it was not scored
        "confidence": pl.Float64,  # of the tone, 0 ... 1; null where the lexicon gave it, which knows no doubt
        "how": pl.String,  # one of HOW
        "speaker": pl.String,  # who says it: an actor's key, "" for anybody else, null for the outlet itself
    }
)

#: One actor in one article, counted once. No text but the names that matched.
MENTIONS = _table(
    {
        "article_id": pl.String,
        "month": pl.String,
        "actor": pl.String,
        "published_at": MOMENT,
        "outlet": pl.String,
        "language": pl.String,
        "kind": pl.String,  # the strongest of KINDS
        # Toward the actor, -1 ... +1. Null with a confidence: unsure, no passage was clear enough. Null without one:
        # not scored, the language is none of those that are, or all that names it are the actor's own words.
        "tone": pl.Float64,
        "lexicon_tone": pl.Float64,  # of the words of the same passages
        "confidence": pl.Float64,  # of the tone, 0 ... 1; null where the lexicon gave it, which knows no doubt
        "spans": pl.List(SPAN),
        "passages": pl.List(PASSAGE),
        "catalogue_version": pl.String,
        "model_version": pl.String,
    }
)

#: How mentions lie in their table, see data.places. Tones have three decimals; confidences two, and are never greater
#: than they were.
PACKED_MENTIONS = _table(
    {
        **{column: kind for column, kind in MENTIONS.items() if column not in ("spans", "passages")},
        "names": pl.String,
        "places": pl.Binary,
    }
)

#: One feed in one run.
FETCHES = _table(
    {
        "run": pl.String,
        "month": pl.String,  # of started_at
        "feed_url": pl.String,
        "outlet": pl.String,
        "started_at": MOMENT,
        "seconds": pl.Float64,
        "state": pl.String,  # one of STATES
        "http_status": pl.Int32,
        "etag": pl.String,
        "last_modified": pl.String,
        "body_hash": pl.String,
        "entries": pl.Int32,
        "new": pl.Int32,
        "changed": pl.Int32,
        "dropped": pl.List(pl.Struct({"reason": pl.String, "count": pl.Int32})),
        "pages": pl.Int32,  # article pages read for this feed
        "failures": pl.Int32,  # failed checks in a row, this one included
        "next_at": MOMENT,
        "message": pl.String,
        "conditional": pl.Boolean,  # whether it was asked with the validators of the last time; null where it had none
        "rhythm": pl.Float64,  # seconds between two of its articles
        "wish": pl.Float64,  # seconds that feed and server ask to be left alone
        "rests": pl.List(pl.Int32),  # hours of the week in UTC, 0 is Monday's first, in which it asks for that
        "undated": pl.Int32,  # of the articles that it gave anew: those without a date
        "ambiguous": pl.Int32,  # those of them whose date two countries read differently
        "future": pl.Int32,  # those that claim to come from later than they were collected
        "expected": pl.Float64,  # articles that its past led to expect since it last had a new one, see data.rhythm
        "flag": pl.String,  # one of FLAGS, or null
        "boilerplate": pl.List(pl.String),  # lines of the outlet's pages that are left out of its articles
    }
)

#: One execution of ingest, import or rescore.
RUNS = _table(
    {
        "run": pl.String,
        "month": pl.String,  # of started_at
        "command": pl.String,
        "started_at": MOMENT,
        "finished_at": MOMENT,
        "feeds": pl.Int32,
        "feeds_failed": pl.Int32,
        "entries": pl.Int32,
        "new": pl.Int32,
        "changed": pl.Int32,
        "dropped": pl.List(pl.Struct({"reason": pl.String, "count": pl.Int32})),
        "mentions": pl.Int32,
        "exit": pl.Int32,
        "catalogue_version": pl.String,
        "model_version": pl.String,
        "message": pl.String,
    }
)

TABLES: dict[str, pl.Schema] = {
    "articles": ARTICLES,
    "readings": READINGS,
    "mentions": MENTIONS,
    "fetches": FETCHES,
    "runs": RUNS,
}

#: What the files of a table hold.
STORED: dict[str, pl.Schema] = {**TABLES, "mentions": PACKED_MENTIONS}

#: How an actor can be named, strongest first.
KINDS = ("name", "metonym", "demonym", "nominal")

#: How a passage is about its actor: it names it, or continues a passage that does by a pronoun or another word for it.
HOW = ("name", "continues")

#: What a check of a feed can end in; the first three are good news.
STATES = (
    "ok",
    "not modified",
    "same body",
    "empty",
    "stale",
    "html",
    "forbidden",
    "rate limited",
    "not found",
    "server error",
    "timeout",
    "unreachable",
    "too large",
    "refused address",
    "malformed",
    "robots",
    "undated",
)
GOOD_STATES = ("ok", "not modified", "same body")

#: In these the feed could be looked at, whatever it held: they may want somebody's eye, but they are no outage.
LOOKED_STATES = (*GOOD_STATES, "empty", "stale", "undated")

#: What is unusual about how much a feed brings: nothing for too long, or far too much.
FLAGS = ("silent", "flood")

#: Why an entry or a row did not become an article.
DROPPED = (
    "known",  # already in the archive, unchanged
    "repeated",  # twice in the same feed or file
    "no address",  # neither a link nor anything else to know it by
    "no text",  # neither title nor text
    "malformed",  # a row or entry that could not be read
    "too many",  # past the cap of entries a document
    "too large",  # a page past the cap of bytes
    "no page",  # a record of an archive that is no web page: another status, another kind of file
    "no article",  # a page that is none: a listing, a consent wall, an error
    "damaged",  # cut off, or not what its digest says
)


def empty(table: str) -> pl.DataFrame:
    """An empty frame with the columns of `table`."""
    return TABLES[table].to_frame()
