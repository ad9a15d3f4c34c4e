"""The commands for whoever runs an archive: status, maintain, evaluate."""

import argparse
import json

from commands.edges import OK, SOME_FAILED, bar, failed, load_catalogue, step_back
from commands.options import by


def status(options: argparse.Namespace) -> int:
    """Last runs, each feed's state, the archive's size."""
    from data import damage, health
    from data.archive import open_archive
    from ingest import tone

    archive = open_archive(options.archive)
    damage.check(archive)
    found = health.status(archive, load_catalogue(options).version, tone.version(by(options)))
    print(json.dumps(found, ensure_ascii=False) if options.json else health.told(found))
    return OK


def maintain(options: argparse.Namespace) -> int:
    """Compact the tables, remove what no reader needs, and bring daily totals and search index up to them."""
    from data import damage, derived, index
    from data.archive import open_archive
    from data.signals import stoppable

    step_back()
    archive = open_archive(options.archive)
    before = archive.size()["bytes"]
    try:
        with archive.lock(), stoppable(), bar("Maintaining") as progress:
            damage.check(archive)
            archive.maintain(progress)
            derived.catch_up(archive, progress)
            indexed = index.catch_up(archive, progress, thorough=True)
    except index.IndexFault as error:
        return failed(SOME_FAILED, str(error))
    now_held = archive.pin().size()["bytes"]
    print(f"{archive.url}: the tables hold {now_held / 1e6:,.1f} MB, {before / 1e6:,.1f} MB before")
    print(f"{index.folder_of(archive.url)}: {indexed:,} articles were read into the search index")
    return OK


def evaluate(options: argparse.Namespace) -> int:
    """Accuracy on labelled sets."""
    from ingest import evaluation

    found = evaluation.evaluate(options.data, load_catalogue(options))
    print(json.dumps(evaluation.as_json(found)) if options.json else evaluation.told(found))
    if not found.figures:
        return failed(SOME_FAILED, f"{options.data}: no labelled set here. Name the folder with --data")
    return SOME_FAILED if any(one.is_fault for one in found.left_out) else OK
