"""How sure a mean is: the stories behind it are drawn again and again, and the mean is worked out each time.

Whatever tells one event, copies and other reporters' own words alike, comes and goes together: a thousand articles on
one summit are one observation of how an actor is written about, and not a thousand.

The draws are the Poisson bootstrap (N. Chamandy et al., "Estimating uncertainty for massive data streams", Google,
2012): each story comes 0, 1, 2 ... times, once on average, so that its draws need no other story's. The ends are taken
so far out that few stories are as unsure as Student's t says they are (T. C. Hesterberg, "What teachers should know
about the bootstrap", The American Statistician 69, 2015, section 4.3). They lie wherever the draws lie: never beyond
the values, and not in the middle between them where tones crowd at one side.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

CONFIDENCE = 0.95

#: Of fewer stories no interval is told: those drawn from so few are too narrow.
FEWEST = 10

#: How often the stories are drawn.
DRAWS = 1_000

#: Of more stories than this some are drawn together, always the same ones; that makes an interval wrong by a thirtieth
#: of its width.
SLOTS = 512

_SEED = 20_120_831
#: Values are added as whole numbers of this size: no order of adding rounds otherwise, and a view is stable.
_GRAIN = 1e9

MEANS = {
    **dict.fromkeys(("tone", "low", "high"), pl.Float64),
    **dict.fromkeys(("mentions", "stories"), pl.Int64),
}

_Numbers = NDArray[np.int64]
_Values = NDArray[np.float64]


def means(group: _Numbers, story: _Numbers, value: _Values, groups: int) -> pl.DataFrame:
    """The mean of the values of each group with its 95 % interval: `tone, low, high, mentions, stories`.

    A row for each group from 0 on, in that order; `mentions` and `stories` count its values and its different stories.
    The tone is null where there is no value, the interval under ten stories. The same rows in any order give the same
    table.
    """
    return means_of(by_story(group, story, value), groups)


@dataclass(frozen=True, eq=False)
class ByStory:
    """A row for each story of each group, by group and story: how many values it has there, and their sum."""

    group: _Numbers
    story: _Numbers
    size: _Numbers
    total: _Values

    def where(self, rows: NDArray[np.bool_]) -> "ByStory":
        """Some of the rows."""
        return ByStory(self.group[rows], self.story[rows], self.size[rows], self.total[rows])

    def grouped(self, group: _Numbers) -> "ByStory":
        """The same in other groups, `group` being that of each row."""
        starts, order = _sorted(group, self.story)
        if not len(starts):
            return self
        rows = order[starts]
        size, total = np.add.reduceat(self.size[order], starts), np.add.reduceat(self.total[order], starts)
        return ByStory(group[rows], self.story[rows], size, total)


def means_of(of: ByStory, groups: int) -> pl.DataFrame:
    """The table of `means`."""
    size = np.bincount(of.group, weights=of.size, minlength=groups)[:groups].astype(np.int64)
    total = np.bincount(of.group, weights=of.total, minlength=groups)[:groups]
    stories = np.bincount(of.group, minlength=groups)[:groups]
    ends = np.full((2, groups), np.nan)
    # Groups of as many stories are drawn together: few stories need few slots.
    sure = np.argsort(stories, kind="stable")[np.count_nonzero(stories < FEWEST) :]
    for start in range(0, len(sure), _AT_ONCE):
        some = sure[start : start + _AT_ONCE]
        ends[:, some] = _ends(of.group, of.size, of.total, some, stories[some])
    tone = np.divide(total, size, where=size > 0, out=np.full(groups, np.nan))
    values = dict(zip(("tone", "low", "high"), np.round((tone, *ends), 12), strict=True))
    return pl.DataFrame({**values, "mentions": size, "stories": stories}, schema=MEANS, nan_to_null=True)


#: So many groups are drawn at once: what they take stays near the processor.
_AT_ONCE = 64


def by_story(group: _Numbers, story: _Numbers, value: _Values) -> ByStory:
    """The values of each story of each group together."""
    return ByStory(group, story, np.ones(len(group), np.int64), value).grouped(group)


def _sorted(group: _Numbers, story: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Where each story of each group begins in the order of groups and stories, and that order of the rows."""
    # Key and place in one number: that is sorted several times sooner than places by their keys.
    bits = len(group).bit_length()
    keys = group.astype(np.int64) * (int(story.max(initial=0)) + 1) + story
    placed = np.sort((keys << bits) | np.arange(len(group)))
    keys, order = placed >> bits, placed & ((1 << bits) - 1)
    return np.flatnonzero(np.diff(keys, prepend=-1)), order


def _ends(
    group: _Numbers, size: _Numbers, total: _Values, some: _Numbers, stories: _Numbers
) -> tuple[_Values, _Values]:
    """The ends of the intervals of some groups, each of at least FEWEST stories; the rows are those of `_by_story`."""
    starts = np.searchsorted(group, some)
    rows = np.repeat(starts - np.cumsum(stories) + stories, stories) + np.arange(stories.sum())
    rank = rows - np.repeat(starts, stories)
    slots = min(SLOTS, int(stories.max(initial=0)))
    cell = np.repeat(np.arange(len(some)), stories) * slots + _slots()[rank % len(_slots())]
    sums, sizes = (
        np.bincount(cell, weights=one, minlength=len(some) * slots).reshape(len(some), slots)
        for one in (np.rint(total[rows] * _GRAIN), size[rows])
    )
    drawn = sums @ _weights()[:slots]
    drawn /= _drawn_sizes(sizes)
    drawn.sort(axis=1)
    tail = np.array([_tail(int(number)) for number in stories])
    return _quantile(drawn, tail) / _GRAIN, _quantile(drawn, 1 - tail) / _GRAIN


def _drawn_sizes(sizes: NDArray[Any]) -> NDArray[np.floating[Any]]:
    """How many values each draw of each group has, `sizes` being those of each slot."""
    if sizes.sum(axis=1).max() < _SMALL:
        # Whole numbers so small are exact in half the bits, which are multiplied twice as fast.
        return sizes.astype(np.float32) @ _small_weights()[: sizes.shape[1]]
    return sizes @ _weights()[: sizes.shape[1]]


#: The largest draw of all slots is less than twice their values, which float32 counts up to 16 million.
_SMALL = 4_000_000


@lru_cache(maxsize=1)
def _slots() -> _Numbers:
    """The slot of each story of a group, by its rank: one of its own, and further on any."""
    more = np.random.default_rng(_SEED).integers(0, SLOTS, 2**18)
    return np.append(np.arange(SLOTS), more)


@lru_cache(maxsize=1)
def _weights() -> _Values:
    """How often the story in each slot comes in each draw."""
    return np.random.default_rng(_SEED).poisson(1.0, (SLOTS, DRAWS)).astype(np.float64)


@lru_cache(maxsize=1)
def _small_weights() -> NDArray[np.float32]:
    return _weights().astype(np.float32)


@lru_cache(maxsize=100_000)
def _tail(stories: int) -> float:
    """The part of the draws beyond each end, of two stories or more.

    >>> round(_tail(10), 4), round(_tail(100_000), 4)
    (0.0086, 0.025)
    """
    return NormalDist().cdf(-student(stories - 1) * math.sqrt(stories / (stories - 1)))


def _quantile(rising: _Values, part: _Values) -> _Values:
    """Of each row, the value below which this part of it lies; between two of them in proportion."""
    place = part * (DRAWS - 1)
    first = np.floor(place).astype(np.int64)
    row = np.arange(len(rising))
    below, above = rising[row, first], rising[row, np.minimum(first + 1, DRAWS - 1)]
    ends: _Values = below + (above - below) * (place - first)
    return ends


@lru_cache(maxsize=100_000)
def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Student's t: with this many degrees of freedom, a share `confidence` of the distribution lies within +-t.

    G. W. Hill, "Algorithm 396: Student's t-quantiles", Communications of the ACM 13 (10), 1970; exact for one and two
    degrees of freedom, otherwise right to about six digits.

    >>> round(student(10), 3)
    2.228
    """
    outside = 1 - confidence
    if freedom == 1:
        return 1 / math.tan(outside * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (outside * (2 - outside)) - 2)
    n = float(freedom)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * outside) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(outside / 2)
        y = x**2
        if freedom < 5:
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y**2)
    else:
        near = 1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)
        y = (near * y - 1) * (n + 1) / (n + 2) + 1 / y
    return math.sqrt(n * y)
