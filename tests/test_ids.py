"""An article is known again wherever it lies, by what is kept of the ids of all months, or without it."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from data import columns, ids, known, schema
from data.archive import Archive, open_archive
from tests.conftest import article, moment

NONE = schema.empty("readings"), schema.empty("mentions"), schema.empty("fetches")
MONTHS = [f"2023-{month:02d}" for month in range(1, 9)]


def stored(url: str) -> Archive:
    """Eight months of 2023 with three articles each: the second of March is 0302."""
    archive = open_archive(url, create=True)
    for month in MONTHS:
        at = moment(f"{month}-10")
        names = [f"{month[5:]}{n:02d}" for n in (1, 2, 3)]
        rows = pl.concat(article(id=name, published_at=at, outlet="bbc", guid=f"guid {name}") for name in names)
        archive.append(rows, *NONE, month)
    return archive


def asked(*names: str, at: str = "2024-06-01") -> pl.DataFrame:
    """Articles of these ids as a feed of another year lists them."""
    rows = [article(id=name, published_at=moment(at), collected_at=moment(at)) for name in names]
    return pl.concat(rows).drop("version")


def unseen(archive: Archive, *names: str) -> list[str]:
    return archive.unseen(asked(*names))["id"].to_list()


def by_guid(archive: Archive, guid: str, outlet: str = "bbc") -> list[str]:
    """The articles that may be what a feed of another year lists at a new address."""
    at = moment("2024-06-01")
    row = {"number": 0, "id": "new", "others": [], "outlet": outlet, "guid": guid, "title": None, "at": at, "now": at}
    return known.candidates(archive, pl.DataFrame([row], schema=known.ASKED))["id"].to_list()


def kept(archive: Archive) -> list[Path]:
    return sorted(ids.folder_of(archive.url).iterdir())


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return stored(str(tmp_path / "archive"))


def test_an_article_of_long_ago_is_known_and_its_months_need_not_be_read_for_it_again(archive: Archive) -> None:
    assert unseen(archive, "0302", "new") == ["new"]
    assert [path.name[:7] for path in kept(archive)] == MONTHS
    # No text or id of April can be read any more: whoever asks for others does not notice.
    shutil.rmtree(Path(archive.url) / "articles" / "month=2023-04")
    assert unseen(archive.pin(), "0302", "0803", "new", "newer") == ["new", "newer"]


def test_a_guid_of_long_ago_is_known_at_its_outlet_and_other_months_need_not_be_read_for_it_again(
    archive: Archive,
) -> None:
    assert by_guid(archive, "guid 0302") == ["0302"]
    assert by_guid(archive, "guid 0302", outlet="npr") == by_guid(archive, "guid 0399") == []
    shutil.rmtree(Path(archive.url) / "articles" / "month=2023-04")
    assert by_guid(archive.pin(), "guid 0803") == ["0803"]
    assert by_guid(archive.pin(), "guid 0804") == []


def test_what_was_just_written_need_not_be_read_to_know_who_is_new(archive: Archive) -> None:
    archive.append(article(id="just", published_at=moment("2024-06-01")), *NONE, "just")
    shutil.rmtree(Path(archive.url) / "articles" / "month=2024-06")
    assert unseen(archive, "new") == ["new"]


def test_what_another_writes_at_the_same_time_is_known_too(archive: Archive) -> None:
    for name in ("theirs", "more of theirs"):
        open_archive(archive.url).append(article(id=name, published_at=moment("2024-06-01")), *NONE, name)
    archive.append(article(id="ours", published_at=moment("2024-06-01")), *NONE, "ours")
    assert unseen(archive, "ours", "theirs", "more of theirs", "new") == ["new"]


@pytest.mark.parametrize("harm", ["gone", "cut short", "of fewer articles", "of before the guids"])
def test_what_is_kept_is_made_again_where_it_is_harmed(archive: Archive, harm: str) -> None:
    unseen(archive, "new")
    march = kept(archive)[2]
    if harm == "gone":
        march.unlink()
    elif harm == "cut short":
        march.write_bytes(march.read_bytes()[:-8])
    elif harm == "of before the guids":
        columns.write(march, {"articles": columns.Table({}, {"id": columns.read(march).tables["articles"]["id"]})})
    else:
        held = columns.read(march).tables["articles"]
        columns.write(march, {"articles": columns.Table({}, {"id": held["id"][:1], "guid": held["guid"][:1]})})
    assert unseen(archive.pin(), "0301", "0302", "0303", "new") == ["new"]
    assert {name: values.size for name, values in columns.read(march).tables["articles"].columns.items()} == {
        "id": 3,
        "guid": 3,
    }


def test_a_month_that_changed_is_looked_at_as_it_is_now(archive: Archive) -> None:
    assert unseen(archive, "0309") == ["0309"]
    other = open_archive(archive.url)
    more = article(id="0309", published_at=moment("2023-03-20"))
    other.append(more, *NONE, "more")
    assert unseen(archive, "0309") == ["0309"]  # as it was when it was opened
    assert unseen(archive.pin(), "0309", "0302") == []
    other.tidy(files=1)
    other.maintain()
    assert unseen(archive.pin(), "0309", "0302") == []
    assert [path.name[:7] for path in kept(archive)] == MONTHS


def test_where_nothing_can_be_kept_articles_are_known_all_the_same(archive: Archive) -> None:
    (Path(archive.url) / ids.FOLDER).write_text("a file is in the place of the folder")
    assert unseen(archive, "0302", "new") == ["new"]
