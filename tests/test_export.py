"""What is taken away: the promised columns, the same bytes each time, and no cell that starts a formula."""

import csv
import fcntl
import hashlib
import io
import json
import re
import resource
import signal
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from data import export, formats, schema
from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from data.filters import Filters
from data.queries import Measure
from tests.conftest import article, mention, moment, reading

FORMATS = pytest.mark.parametrize("form", formats.FORMATS)


def mentions_of(archive: Archive, filters: Filters) -> pl.DataFrame:
    """All that `export mentions` writes."""
    return pl.concat(export.mentions(archive, filters))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Four articles: two on a day in October, one of them a copy, one in November, one undated."""
    made = open_archive(str(tmp_path_factory.mktemp("export") / "archive"), create=True)
    november = moment("2024-11-05T08:00")
    articles = [
        article(id="a1", url="https://example.org/1", title="NATO meets in Oslo", authors=["Ann", "Bo"]),
        article(id="a2", url="https://example.org/2", title='=HYPERLINK("http://evil","x")', outlet="post"),
        article(id="a3", url="https://example.org/3", title="Élections", language="fr", published_at=november),
        article(id="a4", url="https://example.org/4", title="Undated", published_at=None, published_from=None),
    ]
    readings = [
        reading(article_id="a1", tone=0.5, topics=["politics", "conflict"], fingerprint="g"),
        reading(article_id="a2", tone=-0.25, outlet="post", fingerprint="g"),
        reading(article_id="a3", tone=None, published_at=november, language="fr"),
        reading(article_id="a4", tone=0.0, published_at=None),
    ]
    twice = [
        {"field": "title", "start": 0, "end": 4, "text": "NATO", "rule": "strong NATO"},
        {"field": "text", "start": 0, "end": 4, "text": "Nato", "rule": "strong Nato"},
        {"field": "text", "start": 9, "end": 13, "text": "NATO", "rule": "strong NATO"},
    ]
    passages = [
        {"field": "title", "start": 0, "end": 18, "tone": None},
        {"field": "text", "start": 10, "end": 52, "tone": 0.341, "confidence": 0.9, "how": "name", "speaker": ""},
        {"field": "text", "start": 53, "end": 60, "tone": -0.001, "how": "continues"},
        {"field": "text", "start": 61, "end": 70, "tone": -1.0, "confidence": 0.4, "speaker": "jens-stoltenberg"},
        {
            "field": "text",
            "start": 71,
            "end": 80,
            "tone": 0.5,
            "confidence": 1.0,
            "how": "continues",
            "speaker": "nato",
        },
    ]
    mentions = [
        mention(article_id="a1", tone=0.34, spans=twice, passages=passages),
        mention(article_id="a1", actor="ukraine", tone=-0.5, lexicon_tone=0.25),
        mention(article_id="a2", tone=-0.25, outlet="post"),
        mention(article_id="a3", tone=None, published_at=november, language="fr"),
        mention(article_id="a4", published_at=None),
        # Unsure: without a tone, but not without a confidence.
        mention(article_id="a4", actor="russia", tone=None, confidence=0.4, lexicon_tone=-0.6, published_at=None),
    ]
    made.append(pl.concat(articles), pl.concat(readings), pl.concat(mentions), schema.empty("fetches"), "b1")
    return made


def test_articles_have_the_promised_columns_and_one_order(archive: Archive) -> None:
    found = export.articles_table(archive, Filters())
    assert found.columns == [
        "id",
        "url",
        "title",
        "text",
        "outlet",
        "language",
        "published_at",
        "published_from",
        "seen_at",
        "collected_at",
        "authors",
        "copy_of",
        "story",
        "tone",
        "positive",
        "negative",
        "topics",
        "actors",
        "text_from",
        "gdelt_tone",
        "gdelt_positive",
        "gdelt_negative",
    ]
    assert found.select("id", "copy_of", "actors").rows() == [
        ("a1", None, ["nato", "ukraine"]),
        ("a2", "a1", ["nato"]),
        ("a3", None, ["nato"]),
        ("a4", None, ["nato", "russia"]),
    ]


def test_mentions_have_the_promised_columns_and_each_name_once(archive: Archive) -> None:
    found = mentions_of(archive, Filters(actors=("nato",)))
    assert found.columns == [
        "article_id",
        "url",
        "title",
        "outlet",
        "language",
        "published_at",
        "actor",
        "kind",
        "names",
        "tone",
        "lexicon_tone",
        "confidence",
        "passages",
        "catalogue_version",
        "model_version",
    ]
    assert found["article_id"].to_list() == ["a1", "a2", "a3", "a4"]
    assert found["names"].to_list()[0] == ["NATO", "Nato"]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(actors=("ukraine",)), ["a1"]),
        (Filters(outlets=("post",)), ["a2"]),
        (Filters(languages=("fr",)), ["a3"]),
        (Filters(topics=("conflict",)), ["a1"]),
        (Filters(stories=("a1",)), ["a1", "a2"]),
        (Filters(copies=False), ["a1", "a3", "a4"]),
        (Filters(from_day=moment("2024-11-05").date()), ["a3"]),
        (Filters(to_day=moment("2024-10-01").date()), ["a1", "a2"]),
        (Filters(search="elections"), ["a3"]),
        (Filters(tone_from=0.0), ["a1", "a4"]),
        (Filters(tone_to=-0.1, actors=("nato",)), ["a2"]),
        (Filters(actors=("russia",)), ["a4"]),
        (Filters(tone_from=-1.0, tone_to=1.0, actors=("russia",)), []),
    ],
)
def test_each_filter_chooses_articles(archive: Archive, filters: Filters, ids: list[str]) -> None:
    assert export.articles_table(archive, filters)["id"].to_list() == ids
    catalogue = load(DEFAULT)
    assert export.count("articles", archive, catalogue, filters) == len(ids)
    assert export.count("mentions", archive, catalogue, filters) == mentions_of(archive, filters).height


def test_volume_of_one_actor_has_media_clouds_header(archive: Archive) -> None:
    one = export.volume_table(archive, Filters(actors=("ukraine",)), "month")
    assert formats.content(one, "csv").decode().splitlines() == [
        "date,count,total_count,ratio",
        "2024-10-01,1,2,0.5",
        "2024-11-01,0,1,0.0",
    ]
    several = export.volume_table(archive, Filters(), "month")
    assert several.columns == ["actor", "date", "count", "total_count", "ratio"]


def test_tone_and_share_have_their_headers(archive: Archive) -> None:
    assert export.tone_table(archive, Filters(), "day").columns == (
        ["actor", "date", "tone", "low", "high", "mentions", "stories"]
    )
    assert export.share_table(archive, Filters()).rows() == [
        ("nato", 4, pytest.approx(4 / 6)),
        ("russia", 1, pytest.approx(1 / 6)),
        ("ukraine", 1, pytest.approx(1 / 6)),
    ]


def test_the_tone_of_the_words_is_exported_beside_that_toward_the_actor(archive: Archive) -> None:
    ukraine = Filters(actors=("ukraine",))
    tones = {
        measure: export.tone_table(archive, ukraine, "month", measure)["tone"].to_list()
        for measure in get_args(Measure)
    }
    assert tones == {"tone": [-0.5], "lexicon_tone": [0.25]}
    asked = [export.about("tone", archive, ukraine, "month", measure)["query"] for measure in get_args(Measure)]
    assert asked[0] | {"measure": ["lexicon_tone"]} == asked[1]
    assert "measure" not in asked[0]


def test_lists_are_joined_in_a_cell_and_kept_in_jsonl(archive: Archive) -> None:
    mentions = mentions_of(archive, Filters(actors=("nato",)))
    cells = next(csv.DictReader(io.StringIO(formats.content(mentions, "csv").decode())))
    assert cells["names"] == "NATO; Nato"
    assert cells["passages"].split("; ") == [
        "title 0-18",
        "text 10-52 +0.34 (sure 0.90, said by another)",
        "text 53-60 +0.00 (continues)",
        "text 61-70 -1.00 (unsure 0.40, said by jens-stoltenberg)",
        "text 71-80 +0.50 (sure 1.00, continues, said by nato)",
    ]
    assert cells["published_at"] == "2024-10-01T12:00:00Z"
    record = json.loads(formats.content(mentions, "jsonl").splitlines()[0])
    assert record["names"] == ["NATO", "Nato"]
    scored = {"tone": 0.34, "confidence": 0.9, "how": "name", "speaker": ""}
    assert record["passages"][1] == {"field": "text", "start": 10, "end": 52} | scored
    assert record["published_at"] == "2024-10-01T12:00:00Z"


def test_an_unsure_mention_is_exported_with_its_doubt_and_left_out_of_a_range_of_tone(archive: Archive) -> None:
    unsure = Filters(actors=("russia",))
    found = mentions_of(archive, unsure)
    assert found.select("tone", "lexicon_tone", "confidence").rows() == [(None, -0.6, 0.4)]
    cells = next(csv.DictReader(io.StringIO(formats.content(found, "csv").decode())))
    assert (cells["tone"], cells["lexicon_tone"], cells["confidence"]) == ("", "-0.6", "0.4")
    assert mentions_of(archive, Filters(actors=("russia",), tone_from=-1.0)).is_empty()


def test_parquet_and_xlsx_carry_what_a_passage_is_and_who_says_it(archive: Archive) -> None:
    mentions = mentions_of(archive, Filters(actors=("nato",)))
    assert pl.read_parquet(formats.content(mentions, "parquet")).equals(mentions)
    strings = zipfile.ZipFile(io.BytesIO(formats.content(mentions, "xlsx"))).read("xl/worksheets/sheet1.xml").decode()
    assert "text 61-70 -1.00 (unsure 0.40, said by jens-stoltenberg)" in strings


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\0"])
def test_no_cell_starts_a_formula(start: str) -> None:
    frame = pl.DataFrame({"title": [start + "1+1"], "authors": [[start + "cmd", "Ann"]], "tone": [-0.5]})
    rows = list(csv.reader(io.StringIO(formats.content(frame, "csv").decode(), newline="")))
    assert rows[1] == ["'" + start + "1+1", "'" + start + "cmd; Ann", "-0.5"]
    sheet = zipfile.ZipFile(io.BytesIO(formats.content(frame, "xlsx"))).read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"<f[ >]", sheet)
    assert "<v>-0.5</v>" in sheet


@FORMATS
def test_the_same_question_gives_the_same_bytes(archive: Archive, form: str) -> None:
    bodies = {formats.content(export.articles_table(archive.pin(), Filters()), form) for _ in range(3)}
    assert len(bodies) == 1


@FORMATS
def test_an_empty_table_keeps_its_columns(form: str) -> None:
    empty = pl.DataFrame(schema={"date": pl.Date, "names": pl.List(pl.String), "at": schema.MOMENT})
    body = formats.content(empty, form)
    if form == "csv":
        assert body == b"date,names,at\n"
    if form == "parquet":
        assert pl.read_parquet(body).schema == empty.schema


def test_parquet_keeps_lists_and_moments(archive: Archive) -> None:
    articles = export.articles_table(archive, Filters())
    assert pl.read_parquet(formats.content(articles, "parquet")).equals(articles)


@FORMATS
def test_a_file_has_a_manifest_with_its_hash(archive: Archive, tmp_path: Path, form: str) -> None:
    filters = Filters(actors=("nato",), from_day=moment("2024-10-01").date())
    target = tmp_path / f"mentions.{form}"
    found = mentions_of(archive, filters)
    formats.write([found], target, form, export.about("mentions", archive, filters))
    manifest = json.loads((tmp_path / f"mentions.{form}.manifest.json").read_text())
    assert manifest == {
        "what": "mentions",
        "query": {"actor": ["nato"], "from": ["2024-10-01"]},
        "archive_version": archive.version(),
        "catalogue_version": "c1",
        "model_version": "m1",
        "format": form,
        "rows": 3,
        "columns": found.columns,
        "cut_cells": 0,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
    }
    assert sorted(file.name for file in tmp_path.iterdir()) == [target.name, target.name + ".manifest.json"]


def test_a_text_too_long_for_a_cell_is_cut_and_counted(tmp_path: Path) -> None:
    long = pl.DataFrame({"text": ["x" * 40_000, "😀" * 20_000, "short"]})
    formats.write([long], tmp_path / "long.xlsx", "xlsx", {})
    assert json.loads((tmp_path / "long.xlsx.manifest.json").read_text())["cut_cells"] == 2
    strings = zipfile.ZipFile(tmp_path / "long.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert sorted(map(len, re.findall(r"<t[^>]*>([^<]*)</t>", strings))) == [4, 5, 16_383, 32_767]


def test_more_rows_than_a_sheet_holds_are_refused() -> None:
    with pytest.raises(formats.ExportError, match="Take csv or parquet"):
        formats.content(pl.DataFrame({"n": range(formats.XLSX_ROWS)}), "xlsx")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(formats.ExportError, match=r"nowhere/x\.csv: cannot be written"):
        formats.write([pl.DataFrame({"n": [1]})], tmp_path / "nowhere" / "x.csv", "csv", {})


@FORMATS
def test_that_the_disk_is_full_is_told_in_the_systems_words_and_leaves_nothing(tmp_path: Path, form: str) -> None:
    pieces = [pl.DataFrame({"title": [f"NATO meets for the {place}th time" for place in range(5_000)]})] * 2
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # bytes
    try:
        with pytest.raises(formats.ExportError, match=rf"x\.{form}: cannot be written \(File too large\)\. Name ano"):
            formats.write(pieces, tmp_path / f"x.{form}", form, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


#: Writes a file of many pieces and dies before the last one.
KILLED = """
import os, signal, sys
from pathlib import Path
import polars as pl
from data import formats

def pieces():
    yield pl.DataFrame({"n": [1]})
    os.kill(os.getpid(), signal.SIGKILL)

formats.write(pieces(), Path(sys.argv[1]), "csv", {})
"""


def test_what_a_killed_export_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    command = [sys.executable, "-c", KILLED, str(target)]
    killed = subprocess.run(command, cwd=Path(__file__).parents[1], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [file.name.startswith(".x.csv.") for file in tmp_path.iterdir()] == [True]
    others = [tmp_path / name for name in (".x.csv.notes", ".y.csv.123", "x.csv.123")]
    for other in others:
        other.touch()
    formats.write([pl.DataFrame({"n": [1]})], target, "csv", {})
    assert sorted(tmp_path.iterdir()) == sorted([*others, target, tmp_path / "x.csv.manifest.json"])


def test_the_unfinished_file_of_an_export_at_work_is_left_to_it(tmp_path: Path) -> None:
    target = tmp_path / "x.csv"
    with (tmp_path / ".x.csv.1").open("wb") as at_work:
        fcntl.flock(at_work, fcntl.LOCK_EX)
        formats.write([pl.DataFrame({"n": [1]})], target, "csv", {})
        assert (tmp_path / ".x.csv.1").exists()
    formats.write([pl.DataFrame({"n": [1]})], target, "csv", {})
    assert not (tmp_path / ".x.csv.1").exists()


def test_a_manifest_names_the_versions_of_the_months_looked_at(tmp_path: Path) -> None:
    archive = open_archive(str(tmp_path / "archive"), create=True)
    for one, day, version in (("a1", "2024-10-05", "m1"), ("a2", "2024-11-05", "m2")):
        common = {"published_at": moment(day), "month": day[:7]}
        rows = reading(article_id=one, model_version=version, **common), mention(article_id=one, **common)
        archive.append(article(id=one, **common), *rows, schema.empty("fetches"), one)
    november = Filters(from_day=date(2024, 11, 1), to_day=date(2024, 11, 30))
    assert export.about("articles", archive, Filters())["model_version"] == "m1, m2"
    assert export.about("articles", archive, november)["model_version"] == "m2"
    none = Filters(from_day=date(2023, 1, 1), to_day=date(2023, 1, 2))
    assert export.about("articles", archive, none)["model_version"] == ""
