"""The commands about the catalogue: check, audit, list, import-opml, export-opml."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from commands.edges import OK, SOME_FAILED, WRONG_USAGE, load_catalogue, now, say, usage

if TYPE_CHECKING:
    from data.catalogue import Catalogue

LISTS = ("actors", "outlets", "panels", "topics")


def catalogue(options: argparse.Namespace) -> int:
    """Check the catalogue, or exchange its feeds as OPML."""
    from data import opml

    if options.action == "import-opml":
        if len(options.what) != 1:
            usage("catalogue import-opml needs a file")
        try:
            print(opml.as_toml(options.what[0].read_bytes()))
        except (opml.OpmlError, OSError) as error:
            usage(f"{options.what[0]}: {error}")
        return OK
    known = load_catalogue(options)
    if options.action == "audit":
        return audit(options, known)
    if options.action == "list":
        wanted = [str(what) for what in options.what]
        if len(wanted) != 1 or wanted[0] not in LISTS:
            usage(f"catalogue list what? One of {', '.join(LISTS)}")
        print("\n".join(keys(known, wanted[0])))
        return OK
    if options.action == "export-opml":
        sys.stdout.buffer.write(opml.write(known.outlets))
        return OK
    from ingest import by_example, topics

    wrong = by_example.check(known) + topics.check(known)
    for line in wrong + by_example.unexercised(known):
        say(line)
    sentences = sum(len(one.examples) + len(one.counter_examples) for one in known.actors)
    sentences += sum(len(one.examples) + len(one.counter_examples) for one in known.topics)
    print(f"{len(known.actors)} actors, {len(known.outlets)} outlets, {len(known.topics)} topics; ", end="")
    print(f"{sentences - len(wrong)} of {sentences} example sentences are read as they should be")
    return WRONG_USAGE if wrong else OK


def audit(options: argparse.Namespace, known: "Catalogue") -> int:
    """How the catalogue's names fare in the archive's articles, or in those of files."""
    from data.archive import open_archive
    from ingest import audit as names
    from ingest import files

    unknown = set(options.actor) - {actor.key for actor in known.actors}
    if unknown:
        usage(f"--actor {', '.join(sorted(unknown))}: no actor of the catalogue. `catalogue list actors` shows them")
    if options.limit < 1:
        usage("--limit: name a number of articles, 1 or more")
    problems: list[str] = []
    if options.what:
        batches = files.read(options.what, "auto", known, now())
        articles = names.of_files(batches, options.limit, problems.append)
    else:
        articles = names.of_archive(open_archive(options.archive), options.limit)
    found = names.audit(articles, known, options.actor)
    for problem in problems:
        say(problem)
    print(json.dumps(names.as_json(found), ensure_ascii=False) if options.json else names.told(found))
    return SOME_FAILED if problems else OK


def keys(known: "Catalogue", what: str) -> list[str]:
    """A line for each key of the catalogue that filters take, with what it stands for."""
    if what == "panels":
        return sorted({panel for outlet in known.outlets for panel in outlet.panels})
    labels = {
        "actors": [(actor.key, actor.label) for actor in known.actors],
        "outlets": [(outlet.key, outlet.name) for outlet in known.outlets],
        "topics": [(topic.key, topic.label) for topic in known.topics],
    }[what]
    return [f"{key:32} {label}" for key, label in labels]
