"""robots.txt (RFC 9309) by Protego, and beyond it: which rule forbids a page, and the pause that a site asks for."""

import re

from protego import Protego
from protego._utils import _quote_path

#: The name by which a robots.txt may speak to us.
NAME = "Newsgauge"

#: What RFC 9309 asks of a reader, and no more.
MOST_BYTES = 512_000

_DELAY = re.compile(r"\s*crawl[- ]delay\s*:", re.IGNORECASE)
_NAME = re.compile(r"\s*user-agent\s*:", re.IGNORECASE)
_SILENT = re.compile(r"\s*(?:#.*)?")


def rules(document: bytes) -> Protego:
    """The rules of a robots.txt; a byte order mark or a Crawl-delay between two names does not part a group."""
    text = document[:MOST_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
    return Protego.parse(in_order(text))


def forbidding(rules: Protego, url: str) -> str | None:
    """The rule that keeps us from this page, as `Disallow: /private`; None where we may read it."""
    if rules.can_fetch(url, NAME):
        return None
    # Protego tells no reason; its rules are in the order of their weight, and the first that matches decides.
    weighed = rules._get_matching_rule_set(NAME)._rules  # type: ignore[union-attr]
    decides = next(rule for rule in weighed if rule.value.match(_quote_path(url)))
    return f"Disallow: {decides.value._pattern}"


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
