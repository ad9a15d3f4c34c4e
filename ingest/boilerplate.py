"""What an outlet prints on page after page, and what is therefore no part of an article: learnt from its pages.

Newsletter lines, calls to join a channel, notes about rights: no list of phrases knows them in every language, but each
outlet repeats its own. Left in, they name actors that nobody wrote about, and make strangers look like copies.
"""

import re
from collections import Counter
from collections.abc import Sequence

#: Pages of an outlet, each with a text of its own, on which a line stands before it is taken for the outlet's.
FEWEST = 4
#: The part of the pages read together on which it stands: a sentence about the war stands on many, but not on so many.
PART = 0.25
#: Longer lines are paragraphs that somebody wrote.
LONGEST = 400
#: Addresses for which an outlet gives one and the same text: it is no article's.
SAME = 3
MOST_LINES = 100


def learned(texts: Sequence[str], known: Sequence[str] = ()) -> tuple[str, ...]:
    """The lines that these texts of an outlet share, and those that were `known` before, as first seen; MOST_LINES.

    >>> pages = [f"Report number {number} came in.\\nJoin our channel!" for number in "abcd"]
    >>> learned(pages)
    ('Join our channel!',)
    """
    different = set(texts)
    seen: Counter[str] = Counter()
    written: dict[str, str] = {}
    for text in sorted(different):
        lines = {_key(line): line for line in text.split("\n") if len(line) <= LONGEST}
        seen.update(lines.keys() - {""})
        written |= {key: line for key, line in lines.items() if key not in written}
    enough = max(FEWEST, PART * len(different))
    fresh = [written[key] for key, count in seen.most_common() if count >= enough]
    return tuple({_key(line): line for line in [*fresh, *known]}.values())[:MOST_LINES]


def without(text: str, lines: Sequence[str]) -> str:
    """The text without these lines, whatever their numbers and capitals."""
    keys = {_key(line) for line in lines}
    return "\n".join(line for line in text.split("\n") if _key(line) not in keys) if keys else text


def repeated(texts: Sequence[str]) -> frozenset[str]:
    """The texts that SAME pages or more have in common, which are walls and not articles."""
    return frozenset(text for text, count in Counter(texts).items() if text and count >= SAME)


def _key(line: str) -> str:
    """A line as it is compared: `Updated 9:30` is `Updated 10:45`."""
    return re.sub(r"\d+", "0", " ".join(re.findall(r"\w+", line.casefold())))
