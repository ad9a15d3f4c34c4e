"""A file of a table that is gone or cut short is named, with what to do."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import newsgauge
from data import damage, schema
from data.archive import Archive, ArchiveError, open_archive
from tests.conftest import article, mention, moment, reading


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    made = open_archive(str(tmp_path / "archive"), create=True)
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", made.url)
    for month in ("2024-09", "2024-10"):
        at = {"published_at": moment(f"{month}-03")}
        rows = reading(article_id=month, **at), mention(article_id=month, **at)
        made.append(article(id=month, **at), *rows, schema.empty("fetches"), month)
    return made


def remove(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:400])


def overwrite(file: Path) -> None:
    file.write_bytes(b"\0" * file.stat().st_size)


def file_of(archive: Archive, table: str) -> Path:
    (file,) = Path(archive.url, table, "month=2024-10").glob("*.parquet")
    return file


@pytest.mark.parametrize(
    ("harm", "says"),
    [(remove, "is missing"), (cut, "has 400 bytes and not the [0-9,]+ that"), (overwrite, "is damaged at its end")],
)
@pytest.mark.parametrize("table", ["articles", "mentions"])
def test_a_file_that_is_not_as_it_was_written_is_named(
    archive: Archive, table: str, harm: Callable[[Path], None], says: str
) -> None:
    assert damage.told(archive) == ""
    file = file_of(archive, table)
    harm(file)
    with pytest.raises(ArchiveError, match=f"a file of the table {table} {says}.*{file.name}. Bring it back"):
        damage.check(archive)


@pytest.mark.parametrize("words", [["export", "tone", "--actor", "nato"], ["maintain"], ["status"]])
def test_each_command_that_meets_one_names_it(archive: Archive, words: list[str], capsys) -> None:
    file = file_of(archive, "mentions")
    cut(file)
    assert newsgauge.main(words) == 74
    said = capsys.readouterr().err.splitlines()[-1]
    assert file.name in said
    assert "`newsgauge rescore`" in said


def test_what_is_made_of_articles_can_be_made_again(archive: Archive) -> None:
    for table in ("mentions", "readings"):
        remove(file_of(archive, table))
    rows = archive.articles().filter(month="2024-10").collect()
    archive.replace_month("2024-10", reading(article_id=rows["id"][0]), mention(article_id=rows["id"][0], actor="un"))
    assert damage.told(archive.pin()) == ""
    assert archive.mentions().filter(pl.col("month") == "2024-10").collect()["actor"].to_list() == ["un"]


def test_a_fault_of_another_kind_is_no_damage(archive: Archive, capsys) -> None:
    with pytest.raises(SystemExit):
        newsgauge.main(["export", "tone", "--actor", "nato", "-o", str(Path(archive.url, "no", "where.csv"))])
    assert "cannot be written" in capsys.readouterr().err
