"""robots.txt beyond what Protego reads of it: the pause that a site asks for, also where it stands among the names."""

import re

from protego import Protego

#: The name by which a robots.txt may speak to us.
NAME = "Newsgauge"

_DELAY = re.compile(r"\s*crawl[- ]delay\s*:", re.IGNORECASE)
_NAME = re.compile(r"\s*user-agent\s*:", re.IGNORECASE)
_SILENT = re.compile(r"\s*(?:#.*)?")


def in_order(text: str) -> str:
    """A robots.txt with each Crawl-delay behind the names of its group: between two of them it would part the group.

    A Crawl-delay is no rule, so it ends no list of names (RFC 9309, 2.2.4).

    >>> print(in_order("User-agent: a\\nCrawl-delay: 5\\nUser-agent: b\\nDisallow: /x"))
    User-agent: a
    User-agent: b
    Crawl-delay: 5
    Disallow: /x
    """
    ordered: list[str] = []
    held: list[str] = []
    among_names = False
    for line in text.splitlines():
        if _DELAY.match(line) and among_names:
            held.append(line)
            continue
        if not _SILENT.fullmatch(line):
            among_names = _NAME.match(line) is not None
            if not among_names:
                ordered += held
                held = []
        ordered.append(line)
    return "\n".join([*ordered, *held])


def delay(rules: Protego) -> float:
    """Seconds that the site asks us to leave between two requests; 0 where it asks for nothing."""
    return max(rules.crawl_delay(NAME) or 0.0, 0.0)
