"""Which of several workers reads which feed, without their talking to each other.

An outlet belongs to one worker with all its feeds, and so does a host with all feeds that lie on it: nobody is asked by
two at once, and what two feeds of an outlet list is known to be one article by the worker that reads both.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from data.identity import digest
from ingest.collect import Source

#: The number of a worker, from 1 on, and how many there are.
Shard = tuple[int, int]


def of(sources: Sequence[Source], listed: Iterable[Source], shard: Shard) -> list[Source]:
    """Those of these feeds that are this shard's; `listed` are all feeds that any worker may be told to read.

    Every feed is in one shard, whichever others are asked for beside it.
    """
    number, parts = shard
    party = parties([*listed, *sources])
    return [source for source in sources if int(party[source.outlet.key][:8], 16) % parts == number - 1]


def parties(sources: Iterable[Source]) -> dict[str, str]:
    """The party of each outlet: outlets that share a host, also by way of others, are of one; 32 hex digits.

    It follows from the hosts alone, and so stays the same while none comes to it or leaves.
    """
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    outlets = set()
    for source in sources:
        outlets.add(source.outlet.key)
        for host in _hosts(source):
            # The least digest of its hosts is the party's name, so that the order of the feeds tells nothing.
            first, second = sorted((root(f"z outlet {source.outlet.key}"), root(digest(host))))
            parent[second] = first
    return {key: root(f"z outlet {key}") for key in outlets}


def _hosts(source: Source) -> set[str]:
    """The hosts that are asked for the feed and, most likely, for its pages."""
    named = (urlsplit(url).hostname or "" for url in (source.feed.url, source.outlet.homepage))
    return {host.removeprefix("www.") for host in named if host}
