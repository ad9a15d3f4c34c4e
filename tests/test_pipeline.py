"""The path of an article, where a run was broken off and where feeds are named by hand."""

from functools import partial

from data import schema
from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from ingest import pipeline, reading
from tests.conftest import article

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


def test_a_feed_named_by_hand_belongs_to_an_outlet_named_for_its_host_and_port():
    feeds = ["https://www.harbour.example/a.xml", "http://127.0.0.1:8080/a.xml", "http://127.0.0.1:8081/a.xml"]
    found = pipeline.sources(CATALOGUE, [], feeds, (1, 1))
    assert [source.outlet.key for source in found] == ["harbour-example", "127-0-0-1-8080", "127-0-0-1-8081"]
