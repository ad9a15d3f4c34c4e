"""What form a file has: told from its first bytes where they leave no doubt, else from its ending, else from both."""

import csv
import json
import re
from pathlib import Path

from ingest import gkg, tables, warc

#: What a file's ending says about its form; of two that fit, the longer one.
ENDINGS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".html": "html",
    ".htm": "html",
    ".xml": "feed",
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "feed",
    ".json": "feed",
    ".warc": "warc",
    ".warc.gz": "warc",
    ".gkg.csv": "gkg",
    ".gkg.csv.zip": "gkg",
}
FORMS = tuple(sorted(set(ENDINGS.values())))

_HEAD = 65_536


def form(file: Path) -> str | None:
    """One of FORMS; None where neither content nor ending tells. A pipe, or a file that is closed: by its ending."""
    try:
        if not file.is_file():
            return by_ending(file.name)
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
            inside = gkg.zipped_head(stream) if head.startswith(b"PK\x03\x04") else warc.unpacked_head(head)
    except OSError:
        return by_ending(file.name)
    return _by_magic(inside) or by_ending(file.name) or _by_look(head)


def by_ending(name: str) -> str | None:
    """What the ending of a file's name says."""
    fitting = [ending for ending in ENDINGS if name.lower().endswith(ending)]
    return ENDINGS[max(fitting, key=len)] if fitting else None


def _by_magic(head: bytes) -> str | None:
    """The form of which a file can only be that begins so."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if warc.looks_like(head):
        return "warc"
    if gkg.looks_like(head):
        return "gkg"
    start = head[:4_096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start.startswith(b"<"):
        return None
    if re.search(rb"<(?:rss|feed|rdf:rdf|urlset|sitemapindex)[\s>]", start):
        return "feed"
    return "html" if re.search(rb"<!doctype html|<html[\s>]", start) else None


def _by_look(head: bytes) -> str | None:
    """The form of a file whose name says nothing: lines of JSON, or a table with columns that we know."""
    try:
        line = head.decode("utf-8-sig").lstrip().split("\n", 1)[0]
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return None
        line = head[: error.start].decode("utf-8-sig").lstrip().split("\n", 1)[0]
    if line.startswith("{"):
        return "feed" if "jsonfeed.org" in head.decode("utf-8", "replace") else "jsonl" if _is_object(line) else None
    try:
        columns = next(csv.reader([line], delimiter=max("\t;,", key=line.count)), [])
    except csv.Error:
        return None
    return "csv" if len(columns) > 1 and tables.tells(name.strip().lower() for name in columns) else None


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
