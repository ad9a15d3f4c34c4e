"""The phrases of titles and leads, and which of them are more frequent in some articles than in those before.

A phrase is one to three words between which no punctuation stands, with no stop word at its ends. Pure functions of
frames; `window` numbers the sets of articles that are told together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data import search

_Places = NDArray[np.int64]

ONE_WINDOW = pl.lit(0, pl.UInt32).alias("window")

#: Code points of the text that are its lead.
_LEAD = 500

_LONGEST_WORD = 40

#: What stands in fewer articles of the window tells nothing.
_FEWEST_ARTICLES = 2

#: Counts of what is usual that are added to what was seen, so that a rare one must be seen more often to be telling:
#: for phrases, of which an article has about fifty and a title ten, and for outlets and actors.
MANY, OF_TITLES, FEW = 500.0, 100.0, 10.0

#: A phrase whose articles nearly all have a longer one with it is left to that one.
_ABSORBED = 0.65

#: How many phrases are weighed against each other.
_CANDIDATES = 300

#: Titles and initials keep their full stop, which is no end of a phrase: "Gen. Allen", "U.S. troops".
_ABBREVIATED = r"\b(?:(?:\p{Lu}\.){2,}|(?:Adm|Col|Dr|Gen|Gov|Lt|Rep|Sen|Sgt|St)\.)"
_WORD = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[.&'’-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*"
_BREAK = r"[^\p{L}\p{N}\s'’\"“”‘$€£#@]"


def phrases_of(articles: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The phrases of each article's title and lead: `article_id, phrases, written`, two lists of one length.

    `articles` needs `id, title, text`. A phrase is one to three words between which no punctuation stands, with no stop
    word at its ends, folded ("supreme court") and as written ("Supreme Court"); an article has it once. What stands in
    one article only is left out. Linear time: .1 ms and about 500 bytes an article, so that they need no store.
    """
    by_article = each_phrase(articles).lazy().group_by("article_id").agg(phrases="phrase", written="written")
    return by_article.sort("article_id").collect()


def each_phrase(articles: pl.DataFrame | pl.LazyFrame, fewest: int = 2) -> pl.DataFrame:
    """Each article's phrases that `fewest` of the articles have, each once: `article_id, phrase, written`."""
    return numbered(articles, fewest).table()


@dataclass(frozen=True, eq=False)
class Numbered:
    """The phrases of some articles by numbers: most are counted, and few of them read.

    A row is a phrase of an article: `article` is a place in `articles`, whose column is `article_id`; `phrase` numbers
    the phrases from 0 on; its first word is the one at `place`, and it has `length` of them. `first` is a row of each
    phrase.
    """

    articles: pl.DataFrame
    article: _Places
    phrase: _Places
    first: _Places
    place: _Places
    length: _Places
    words: "_Vocabulary"

    def table(self) -> pl.DataFrame:
        """All rows in words: `article_id, phrase, written`."""
        every = np.arange(len(self.phrase))
        ids = self.articles["article_id"][self.article]
        return pl.DataFrame([ids, self.spelled(every).alias("phrase"), self.written(every).alias("written")])

    def spelled(self, rows: _Places) -> pl.Series:
        """The phrases of these rows, folded."""
        return self._joined(self.words.word, self.first[self.phrase[rows]])

    def written(self, rows: _Places) -> pl.Series:
        """As they are written where they stand."""
        return self._joined(self.words.written, rows)

    def _joined(self, words: pl.Series, rows: _Places) -> pl.Series:
        length = self.length[rows]
        some = [np.flatnonzero(length == one) for one in _LENGTHS]
        found = [
            _joined(words, self.words.place, self.place[rows[these]], one)
            for these, one in zip(some, _LENGTHS, strict=True)
        ]
        return pl.concat(found)[np.argsort(np.concatenate(some))]


#: How many words a phrase may have.
_LENGTHS = (1, 2, 3)


def numbered(articles: pl.DataFrame | pl.LazyFrame, fewest: int = 2) -> Numbered:
    """The phrases of `each_phrase`, which are words only where they are read."""
    told = articles.lazy().select(article_id="id", text=_text()).collect()
    words, starts = _spoken(told["text"])
    ids = told["article_id"].unique().sort()
    article = np.repeat(told["article_id"].rank("dense").to_numpy().astype(np.int64) - 1, np.diff(starts))
    return _numbered(words, article, ids, fewest)


def _numbered(words: "_Vocabulary", article: _Places, ids: pl.Series, fewest: int) -> Numbered:
    """The phrases among these words, `article` being that of each."""
    found = [_grams(words, article, length, fewest) for length in _LENGTHS]
    place = np.concatenate([one.place for one in found])
    rows = np.cumsum([0, *(len(one.place) for one in found)])
    phrases = np.cumsum([0, *(len(one.first) for one in found)])
    return Numbered(
        ids.alias("article_id").to_frame(),
        article[place],
        np.concatenate([one.phrase + before for one, before in zip(found, phrases[:-1], strict=True)]),
        np.concatenate([one.first + before for one, before in zip(found, rows[:-1], strict=True)]),
        place,
        np.repeat(_LENGTHS, np.diff(rows)),
        words,
    )


@dataclass(frozen=True, eq=False)
class Titles:
    """Titles taken apart into words: those of each begin where `starts` says."""

    words: "_Vocabulary"
    starts: _Places


def titles(told: pl.Series) -> Titles:
    """All titles of a press, once for all windows: 2 to 8 s a million, and 60 MB."""
    text = told.alias("title").to_frame().select(_text(pl.lit(""))).to_series()
    words, starts = _spoken(text)
    return Titles(replace(words, place=words.place.astype(np.int32)), starts)


def of_titles(all_titles: Titles, places: _Places, ids: pl.Series) -> Numbered:
    """The phrases of `numbered` of the titles at these places, each of another article, of these ids."""
    starts = all_titles.starts[places]
    number = all_titles.starts[places + 1] - starts
    within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    place = all_titles.words.place[np.repeat(starts, number) + within].astype(np.int64)
    return _numbered(replace(all_titles.words, place=place), np.repeat(np.arange(len(places)), number), ids, 2)


def _spoken(texts: pl.Series) -> tuple["_Vocabulary", _Places]:
    """The words of texts, and where those of each text begin."""
    pieces = texts.str.split(" ")
    words, number = _words(pieces.explode(empty_as_null=False, keep_nulls=False))
    ends = np.cumsum(np.append(0, number))[np.cumsum(pieces.list.len().to_numpy().astype(np.int64))]
    return words, np.append(0, ends)


def _text(lead: pl.Expr | None = None) -> pl.Expr:
    """Title and lead, each with an end."""
    lead = pl.col("text").fill_null("").str.slice(0, _LEAD) if lead is None else lead
    return pl.concat_str(
        pl.col("title").fill_null(""),
        pl.lit(" . "),
        lead,
        pl.lit(" . "),
    )


@dataclass(frozen=True, eq=False)
class _Vocabulary:
    """The different words, of which a text has each many times: `place` has where each word of the texts stands here.

    `word` is folded, null where it is punctuation, and `number` the same for words that are the same so, -1 for none;
    `starts` and `ends` say whether a phrase may begin or end with it, and `counts` whether it is a mere number.
    """

    place: _Places
    word: pl.Series
    written: pl.Series
    number: _Places
    ends: NDArray[np.bool_]
    counts: NDArray[np.bool_]


def _words(pieces: pl.Series) -> tuple[_Vocabulary, _Places]:
    """The words, and the punctuation between them, of texts that were split at spaces; how many each piece has."""
    # No word reaches over a space, so that a piece that comes again is looked at once.
    different = pieces.unique()
    listed = different.str.extract_all(f"{_ABBREVIATED}|{_WORD}|{_BREAK}")
    numbers = listed.list.len().to_numpy().astype(np.int64)
    piece = _places(pieces, different)
    number, start = numbers[piece], (np.cumsum(numbers) - numbers)[piece]
    place = np.repeat(start - np.cumsum(number) + number, number) + np.arange(number.sum())
    words = listed.explode(empty_as_null=False, keep_nulls=False)
    vocabulary = words.unique()
    return _vocabulary(vocabulary, _places(words, vocabulary)[place]), number


def _places(words: pl.Series, different: pl.Series) -> _Places:
    return words.cast(pl.Enum(different)).to_physical().to_numpy().astype(np.int64)


def _vocabulary(words: pl.Series, place: _Places) -> _Vocabulary:
    folded = pl.col("word").str
    told = (
        pl.select(written=words.str.replace(r"['’]s$", ""))
        .with_columns(word=search.folded(pl.col("written")))
        .with_columns(word=pl.when(folded.contains(r"^[\p{L}\p{N}]"), folded.len_chars() <= _LONGEST_WORD).then("word"))
        .with_columns(
            ends=folded.contains(r"\p{L}.*[\p{L}\p{N}]")
            & (~pl.col("word").is_in(STOP_WORDS) | pl.col("written").is_in(_NO_STOP_WORDS)),
            counts=folded.contains(r"^\p{N}+$"),
            number=pl.col("word").rank("dense").cast(pl.Int64).fill_null(0) - 1,
        )
    )
    ends, counts = (told[column].fill_null(False).to_numpy() for column in ("ends", "counts"))
    return _Vocabulary(place, told["word"], told["written"], told["number"].to_numpy(), ends, counts)


@dataclass(frozen=True, eq=False)
class _Grams:
    """Phrases of one length that articles have: the number of each, where it begins, and a row of each number."""

    phrase: _Places
    place: _Places
    first: _Places


def _grams(words: _Vocabulary, article: _Places, length: int, fewest: int) -> _Grams:
    """Those of this many words, each once an article."""
    place = np.arange(max(0, len(article) - length + 1))
    last, number = place + length - 1, words.number[words.place]
    may_end = words.ends | words.counts if length > 1 else words.ends
    is_one = (article[place] == article[last]) & words.ends[words.place[place]] & may_end[words.place[last]]
    for further in range(length):
        is_one &= number[place + further] >= 0
    place = place[is_one]
    phrase = number[place]
    for further in range(1, length):
        # Of a beginning that comes too seldom no phrase comes often enough: most are gone before they are told apart.
        place, phrase = _often(place, phrase, fewest)
        phrase = phrase * (int(number.max(initial=0)) + 1) + number[place + further]
        phrase = np.unique(phrase, return_inverse=True)[1]
    place, phrase = _often(place, phrase, fewest)
    # The first time that an article has it, in the order of the words.
    first = np.sort(np.unique(phrase * (int(article.max(initial=0)) + 1) + article[place], return_index=True)[1])
    place, phrase = _often(place[first], phrase[first], fewest)
    _, spoken, which = np.unique(phrase, return_index=True, return_inverse=True)
    return _Grams(which, place, spoken)


def _often(place: _Places, phrase: _Places, fewest: int) -> tuple[_Places, _Places]:
    """Those of the phrases that stand so often here."""
    is_common = np.bincount(phrase)[phrase] >= fewest if len(phrase) else np.zeros(0, np.bool_)
    return place[is_common], phrase[is_common]


def _joined(words: pl.Series, of: _Places, place: _Places, length: int) -> pl.Series:
    """So many words from each place on, with a space between them."""
    each = [words[of[place + further]].alias(str(further)) for further in range(length)]
    return pl.DataFrame(each).select(pl.concat_str(pl.all(), separator=" ")).to_series().cast(pl.Categorical)


def phrases_among(phrases: pl.DataFrame, mentions: pl.DataFrame, *more: str) -> pl.DataFrame:
    """`phrase` (and `written`): a row for each phrase of each of these articles that is no copy."""
    ids = mentions.lazy().filter(~pl.col("is_copy")).select("article_id")
    return (
        phrases.lazy()
        .join(ids, on="article_id", how="semi")
        .select(*more, phrase="phrases")
        .explode("phrase", *more, empty_as_null=False, keep_nulls=False)
        .collect()
    )


def window_counts(here: pl.Series, before: pl.Series) -> pl.DataFrame:
    """What `most_telling` needs of the phrases of one window: `window, phrase, articles, before, n, m`."""
    # The categories' numbers are small ones: counted by them, a month of 10,000 articles takes 10 ms and not 50.
    now, then = (np.bincount(side.to_physical().to_numpy()) for side in (here, before))
    often = np.flatnonzero(now >= _FEWEST_ARTICLES)
    then = np.concatenate([then, np.zeros(max(0, len(now) - len(then)), then.dtype)])
    phrases = pl.Series("phrase", often, dtype=pl.UInt32).cat.to(pl.Categorical())
    return pl.DataFrame([phrases]).select(
        ONE_WINDOW,
        "phrase",
        articles=pl.lit(pl.Series(now[often], dtype=pl.Int64)),
        before=pl.lit(pl.Series(then[often], dtype=pl.Int64)),
        n=pl.lit(len(here), pl.Int64),
        m=pl.lit(len(before), pl.Int64),
    )


def windows_counts(members: pl.DataFrame, phrases: Numbered, windows: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `most_telling` needs of several windows: `window_counts` of all of them, and `window, phrase, written`.

    `members` are the articles of each window and those before: `article_id, is_copy, window, here`, and how many each
    `stands_for`. A phrase that one of a window's articles has alone is not counted, and none of a copy.
    """
    of = members.join(phrases.articles.with_row_index("article"), on="article_id", maintain_order="left")
    rows, member = _of_articles(phrases, of["article"].to_numpy())
    number = len(phrases.first)
    key = of["window"].to_numpy().astype(np.int64)[member] * number + phrases.phrase[rows]
    size, is_original = windows * number, ~of["is_copy"].to_numpy()[member]
    is_counted = (np.bincount(key, minlength=size)[key] > 1) & is_original
    rows, member, key = rows[is_counted], member[is_counted], key[is_counted]
    here, each = of["here"].to_numpy()[member], of["stands_for"].to_numpy()[member]
    now = np.bincount(key[here], minlength=size)
    then = np.bincount(key[~here], each[~here], size).astype(np.int64)
    n, m = (side.reshape(windows, number).sum(1) for side in (now, then))
    often = np.flatnonzero(now >= _FEWEST_ARTICLES)
    window = often // max(1, number)
    counts = pl.DataFrame(
        {"window": window, "articles": now[often], "before": then[often], "n": n[window], "m": m[window]},
        schema={"window": pl.UInt32, **dict.fromkeys(("articles", "before", "n", "m"), pl.Int64)},
    ).with_columns(phrases.spelled(phrases.first[often % max(1, number)]).alias("phrase"))
    those = here & (now[key] >= _FEWEST_ARTICLES)
    spoken = pl.Series("window", key[those] // max(1, number), dtype=pl.UInt32)
    rows = rows[those]
    return counts, pl.DataFrame([spoken, phrases.spelled(rows).alias("phrase"), phrases.written(rows).alias("written")])


def _of_articles(phrases: Numbered, articles: _Places) -> tuple[_Places, _Places]:
    """The rows of these articles, and for each which of the articles it is of; an article may come several times."""
    order = np.argsort(phrases.article, kind="stable")
    ends = np.cumsum(np.bincount(phrases.article, minlength=phrases.articles.height))
    number = np.diff(ends, prepend=0)[articles]
    member = np.repeat(np.arange(len(articles)), number)
    within = np.arange(len(member)) - np.repeat(np.cumsum(number) - number, number)
    return order[np.repeat(ends[articles] - number, number) + within], member


def most_telling(
    counts: pl.DataFrame, here: pl.DataFrame, names: Sequence[Sequence[str]], most: int, usual: float = MANY
) -> list[pl.DataFrame]:
    """The most telling phrases of each window, none of them a part of another: `phrase, articles, before, z`.

    `counts` and `usual` are what `more_often` needs, `here` is `window, phrase, written`; `names` are each window's.
    """
    likely = more_often(counts.lazy(), "phrase", usual, 1.5).group_by("window", maintain_order=True).head(_CANDIDATES)
    of_window = _by_window(likely, len(names))
    chosen = [
        (number, phrase)
        for number, (own, some) in enumerate(zip(names, of_window, strict=True))
        for phrase in _apart(some.select("phrase", "articles").rows(), _padded(tuple(own)), most)
    ]
    by, columns = ["window", "phrase"], {"window": pl.UInt32, "phrase": pl.String}
    phrases = pl.DataFrame(chosen, schema=columns, orient="row")
    told = phrases.join(likely, on=by).join(_spelled(here, phrases), on=by, maintain_order="left")
    told = phrases.join(told, on=by, maintain_order="left").select(
        "window", "articles", "before", "z", phrase="written"
    )
    return [some.select("phrase", "articles", "before", "z") for some in _by_window(told, len(names))]


def _by_window(rows: pl.DataFrame, windows: int) -> list[pl.DataFrame]:
    """The rows of each window, of none for some."""
    found = {one["window"][0]: one for one in rows.partition_by("window", maintain_order=True)}
    return [found.get(number, rows.clear()) for number in range(windows)]


@lru_cache(maxsize=1_000)
def _padded(names: tuple[str, ...]) -> str:
    folded = pl.Series(names, dtype=pl.String).to_frame("name").select(search.folded(pl.col("name")))["name"]
    return f" {' | '.join(folded)} "


def _spelled(here: pl.DataFrame, phrases: pl.DataFrame) -> pl.DataFrame:
    """How each of these phrases is written most often in its window: `window, phrase, written`."""
    wanted = phrases["phrase"].unique().cast(pl.Categorical()).to_physical()
    return (
        here.lazy()
        .filter(pl.col("phrase").to_physical().is_in(wanted.implode()))
        .with_columns(pl.col("phrase", "written").cast(pl.String))
        .group_by("window", "phrase", "written")
        .agg(count=pl.len())
        .sort("count", "written", descending=[True, False])
        .group_by("window", "phrase", maintain_order=True)
        .agg(pl.col("written").first())
        .collect()
    )


def _apart(candidates: list[tuple[str, int]], own: str, most: int) -> list[str]:
    """The first `most` phrases that are no part of `own`, that no longer one stands for and no earlier one overlaps."""
    padded = [(f" {phrase} ", articles) for phrase, articles in candidates]
    chosen: list[str] = []
    for phrase, articles in padded:
        if len(chosen) == most:
            break
        absorbed = any(phrase in longer and phrase != longer and n >= _ABSORBED * articles for longer, n in padded)
        if phrase not in own and not absorbed and not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
    return [phrase.strip() for phrase in chosen]


def _overlap(one: str, other: str) -> bool:
    """Whether one padded phrase holds the other, or both share two words in a row."""
    words = one.split()
    pairs = (f" {first} {second} " for first, second in pairwise(words))
    return one in other or other in one or any(pair in other for pair in pairs)


def more_often(counts: pl.LazyFrame, thing: str, usual: float, least: float) -> pl.DataFrame:
    """What is more frequent here than before, the clearest first: `window`, the thing, `articles, before, z`.

    `counts` has `window`, the thing, `articles, before`, and `n, m`, their sums over all things of the window. Log-odds
    ratio with an informative Dirichlet prior: B. L. Monroe, M. P. Colaresi and K. M. Quinn, "Fightin' Words", Political
    Analysis 16 (2008). The prior is `usual` counts, shared out as both together are. Only a z of at least `least` is
    telling, and nothing of one article alone.
    """
    y, b, n, m, prior = (pl.col(column) for column in ("articles", "before", "n", "m", "prior"))
    more = ((y + prior) / (n + usual - y - prior)).log() - ((b + prior) / (m + usual - b - prior)).log()
    error = (1 / (y + prior) + 1 / (b + prior)).sqrt()
    return (
        counts.filter(y >= _FEWEST_ARTICLES)
        .with_columns(prior=usual * (y + b) / (n + m))
        .select("window", thing, "articles", "before", z=(more / error).round(9))
        .filter(pl.col("z") >= least, pl.col("z").is_finite())
        .with_columns(pl.col(thing).cast(pl.String))
        .sort("window", "z", "articles", thing, descending=[False, True, True, False])
        .collect()
    )


#: As written so, a name.
_NO_STOP_WORDS = ("May", "US")

_STOP = (
    "a about above after again against ago all almost along already also although always am among an and another any "
    "anyone anything are around as ask asked asks at away back be became because become been before began behind "
    "being below between both but by call called calls came can cannot come comes could day days did do does doing "
    "don done down during each early either else even ever every far few first for former from further gave get gets "
    "getting give go goes going gone good got had has have having he her here hers herself him himself his how "
    "however i if in including instead into is isn it its itself just keep know last late later least less let like "
    "likely little long look made make makes making many may me mean might month months more morning most mr mrs ms "
    "much must my near nearly need needs never new news next night no nor not nothing now of off often on once one "
    "only onto or other others our out over own part people per perhaps put quite rather really right said same saw "
    "say saying says second see seen set several shall she should show shows since so some something soon still such "
    "take taken takes tell than that the their them themselves then there these they thing things think this those "
    "though three through thus time times to today told tomorrow too took toward towards try trying two under until "
    "up upon us use used using very via want wants was way we week weeks well went were what when where whether which "
    "while who whom whose why will with within without would year years yes yesterday yet you your ain aren can't "
    "couldn't didn't doesn't don't hadn't hasn't haven't he'd he'll he's i'd i'll i'm i've isn't it's let's she's "
    "shouldn't that's there's they're they've wasn't we'll we're we've weren't what's who's won't wouldn't you're "
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun january february march "
    "april june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec a.m "
    "p.m pm et gmt ap afp reuters read full video photo photos getty image images copyright "
)
#: Words that tell nothing, English ones.
STOP_WORDS = _STOP.split()
