"""The path of an article, where a run was broken off and where feeds are named by hand."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data import schema
from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from ingest import pipeline, reading
from tests.conftest import NOON, article

CATALOGUE = load(DEFAULT)
read = partial(reading.read, catalogue=CATALOGUE)


def broken_off(archive: Archive, batch: str, **values: object) -> None:
    """What a run leaves that is killed right after it has stored an article."""
    none = [schema.empty(table) for table in ("readings", "mentions", "fetches")]
    archive.append(article(**values), *none, batch)


def test_an_article_that_was_broken_off_twice_is_read_in_its_latest_version(tmp_path):
    archive = open_archive(str(tmp_path / "archive"), create=True)
    broken_off(archive, "1", text="NATO met.")
    pipeline.heal(archive, read)
    broken_off(archive, "2", text="Russia met.", version=2, text_hash="other")
    pipeline.heal(archive, read)
    assert archive.readings().collect()["version"].to_list() == [2]
    assert archive.mentions().collect()["actor"].sort().to_list() == ["nato", "russia"]
    assert archive.unread().is_empty()


@pytest.fixture
def many_months(tmp_path: Path) -> Archive:
    """A month with five articles and six with one, of which none was read."""
    archive = open_archive(str(tmp_path / "archive"), create=True)
    days = [(1, day) for day in range(1, 6)] + [(month, 1) for month in range(2, 8)]
    texts = ["NATO met in Oslo.", "Russia praised Ukraine.", "Der Minister sprach am Mittwoch in Berlin."]
    rows = [
        article(title=f"Report {n}", text=texts[n % 3], published_at=datetime(2024, *day, tzinfo=UTC))
        for n, day in enumerate(days)
    ]
    archive.append(pl.concat(rows), *[schema.empty(table) for table in ("readings", "mentions", "fetches")], "1")
    return archive


def rescored(archive: Archive, workers: int) -> list[pl.DataFrame]:
    """The readings and mentions of a rescore by so many processes, and what its report counts."""
    with reading.reader(CATALOGUE, workers, "lexicon") as by:
        done = pipeline.rescore(pipeline.begin("rescore", CATALOGUE, NOON, "lexicon"), archive, by)
    counted = pl.DataFrame({"reread": [done.reread], "mentions": [done.mentions]})
    return [archive.scan("readings").collect(), archive.scan("mentions").collect(), counted]


def test_months_of_few_articles_are_read_again_by_all_processes_with_the_same_result(many_months, monkeypatch):
    alone = rescored(many_months, 1)
    assert alone[0]["month"].value_counts().sort("month")["count"].to_list() == [5, 1, 1, 1, 1, 1, 1]

    def read_here(*_: object, **__: object) -> None:
        raise AssertionError("an article is read by the process that stores")

    monkeypatch.setitem(reading.FEW, "lexicon", 0)
    monkeypatch.setitem(reading.SLICES, "lexicon", 2)  # so that a piece has articles of two months
    monkeypatch.setattr(reading, "found_in", read_here)
    for of_one, of_two in zip(alone, rescored(many_months, 2), strict=True):
        assert_frame_equal(of_one, of_two)


def test_a_month_is_stored_while_the_next_ones_are_read(many_months):
    """Those who read get the first article of a later month before the month before it is stored, and not all."""
    taken: list[int] = []

    def each(frames):
        for frame in frames:
            taken.append(frame.height)
            yield read(frame)

    stored: list[tuple[int, int]] = []
    done = pipeline.rescore(
        pipeline.begin("rescore", CATALOGUE, NOON),
        many_months,
        reading.Reader(each),
        progress=lambda so_far: stored.append((so_far.reread, sum(taken))),
    )
    assert stored == [(5, 6), (6, 7), (7, 8), (8, 9), (9, 10), (10, 11), (11, 11)]
    assert done.reread == 11


def test_a_month_that_has_no_articles_is_left_with_no_readings(many_months):
    months = ["2023-12", *many_months.months(), "2024-09"]
    done = pipeline.rescore(pipeline.begin("rescore", CATALOGUE, NOON), many_months, read, months)
    assert done.reread == 11


def test_a_feed_named_by_hand_belongs_to_an_outlet_named_for_its_host_and_port():
    feeds = ["https://www.harbour.example/a.xml", "http://127.0.0.1:8080/a.xml", "http://127.0.0.1:8081/a.xml"]
    found = pipeline.sources(CATALOGUE, [], feeds, (1, 1))
    assert [source.outlet.key for source in found] == ["harbour-example", "127-0-0-1-8080", "127-0-0-1-8081"]
