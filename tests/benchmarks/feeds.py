"""How many fields of other projects' feed fixtures we read as they do, and how fast; two feed libraries beside us.

    python -m tests.benchmarks.feeds [--data DIR] [--wrong]

Reads feedparser-tests.tar.xz and feed-rs-gofeed-fixtures.tar.xz of the development data; prints a line a field.
"""

import argparse
import ast
import html
import json
import re
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fastfeedparser
import feedparser

from ingest import feeds, moments
from ingest.markup import plain

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
EXPECTED = re.compile(r"entries\[(\d+)\](?:\[u?'(\w+)'\]|\.(\w+))\s*==\s*(u?(?:'[^'\n]*'|\"[^\"\n]*\"))")
COUNTED = re.compile(r"len\((?:feed\[')?entries(?:'\])?\)\s*==\s*(\d+)")
FIELDS = {"title": "title", "link": "link", "summary": "summary", "description": "summary", "published": "date"}


@dataclass(frozen=True)
class Case:
    """A document and what one of its entries, or its count of entries (`entry` is None), should be."""

    suite: str
    file: str
    document: bytes
    content_type: str | None
    entry: int | None
    field: str
    expected: str | int


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, default=SHARED)
    asked.add_argument("--wrong", action="store_true", help="print each field that we read in another way")
    options = asked.parse_args()
    cases = [*of_feedparser(options.data), *of_feed_rs(options.data)]
    right: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case in cases:
        ours, theirs = read_ours(case), read_by_feedparser(case)
        for line in (right[case.suite, case.field], right["all", ""]):
            line["cases"] += 1
            line["ours"] += ours == case.expected
            line["feedparser"] += theirs == case.expected
            line["fastfeedparser"] += read_by_fastfeedparser(case) == case.expected
        if options.wrong and ours != case.expected:
            print(
                f"{case.suite} {case.file} {case.field}: wanted {case.expected!r}, read {ours!r}; they read {theirs!r}"
            )
    for (suite, field), line in sorted(right.items()):
        theirs = "   ".join(f"{name} {line[name]:5}" for name in ("feedparser", "fastfeedparser"))
        print(f"{suite:22} {field:8} {line['ours']:5} of {line['cases']:5}   {theirs}")
    speed({case.file: case.document for case in cases})


def read_ours(case: Case) -> str | int | None:
    try:
        entries = feeds.parse(case.document, "http://base.example/", case.content_type).entries
    except feeds.FeedError:
        return 0 if case.entry is None else None
    if case.entry is None:
        return len(entries)
    if case.entry >= len(entries):
        return None
    entry = entries[case.entry]
    date = entry.published_at.isoformat() if entry.published_at else None
    either = entry.summary or entry.content
    read = {"title": entry.title, "link": entry.url, "summary": either, "date": date}[case.field]
    # Ours is plain text: what looks like markup there is what somebody wrote about markup.
    return " ".join((read or "").split()) if case.field in ("title", "summary") else normal(read, case.field)


def read_by_feedparser(case: Case) -> str | int | None:
    said = {"content-location": "http://base.example/"}
    if case.content_type:
        said["content-type"] = case.content_type
    try:
        return chosen(feedparser.parse(case.document, response_headers=said).entries, case)
    except Exception:  # any of its errors is one more feed that it does not read
        return 0 if case.entry is None else None


def read_by_fastfeedparser(case: Case) -> str | int | None:
    try:
        return chosen(fastfeedparser.parse(case.document).entries, case)
    except Exception:  # likewise
        return 0 if case.entry is None else None


def chosen(entries: Any, case: Case) -> str | int | None:
    """The field of the entry that the case asks for, as a library gives it."""
    if case.entry is None:
        return len(entries)
    if case.entry >= len(entries):
        return None
    entry: Any = entries[case.entry]
    names = {"summary": ("summary", "description"), "date": ("published", "updated")}.get(case.field, (case.field,))
    return normal(next((entry.get(name) for name in names if entry.get(name)), None), case.field)


def normal(value: Any, field: str) -> str | None:
    if not isinstance(value, str):
        return None
    if field == "date":
        moment = moments.parse(value)
        return moment.isoformat() if moment else None
    return " ".join(plain(value).split()) if field != "link" else value.rstrip("/")


def of_feedparser(folder: Path) -> Iterator[Case]:
    """Expectations stand in a comment of each document: `Expect: not bozo and entries[0]['title'] == 'x'`."""
    for name, document in members(folder / "feedparser-tests.tar.xz"):
        if "/tests/" not in name or not name.endswith(".xml"):
            continue
        head = document[:4000].decode("latin-1")
        content_type = re.search(r"Header:\s*Content-type:\s*(.+)", head, re.IGNORECASE)
        suite = "feedparser " + name.split("/tests/")[1].split("/")[0]
        for found in EXPECTED.finditer(head.split("-->")[0]):
            field = FIELDS.get(found[2] or found[3])
            expected = normal(ast.literal_eval(found[4]), field) if field else None
            if field and expected:
                said = content_type[1].strip() if content_type else None
                yield Case(suite, name, document, said, int(found[1]), field, html.unescape(expected))


def of_feed_rs(folder: Path) -> Iterator[Case]:
    """What feed-rs makes of a document lies beside it as JSON."""
    files = dict(members(folder / "feed-rs-gofeed-fixtures.tar.xz"))
    for name, answer in files.items():
        document = files.get(name.replace(".serde.json", ".xml"), files.get(name.replace(".serde.json", ".json")))
        if not name.endswith(".serde.json") or document is None:
            continue
        entries = json.loads(answer)["entries"]
        yield Case("feed-rs", name, document, None, None, "count", len(entries))
        for number, entry in enumerate(entries):
            links = [link["href"] for link in entry["links"] if link["rel"] in (None, "alternate")]
            said = {
                "title": (entry["title"] or {}).get("content"),
                "link": links[0] if links else None,
                "date": entry["published"] or entry["updated"],
            }
            for field, value in said.items():
                expected = normal(value, field)
                if expected:
                    yield Case("feed-rs", name, document, None, number, field, expected)


def members(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as files:
        for member in files:
            opened = files.extractfile(member)
            if opened:
                yield member.name, opened.read()


def speed(documents: dict[str, bytes]) -> None:
    started = time.process_time()
    for document in documents.values():
        try:
            feeds.parse(document, "http://base.example/")
        except feeds.FeedError:
            continue
    seconds = time.process_time() - started
    size = sum(map(len, documents.values()))
    print(
        f"{len(documents)} documents, {size / 1e6:.1f} MB: {seconds:.2f} CPU-seconds, {size / 1e6 / seconds:.1f} MB/s"
    )


if __name__ == "__main__":
    main()
