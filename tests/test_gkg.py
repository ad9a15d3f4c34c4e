"""GDELT's Global Knowledge Graph as it is published: metadata and GDELT's own tone, and no text."""

import html
import io
import re
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from data import export, formats, schema
from data.archive import Archive, open_archive
from data.catalogue import DEFAULT, load
from data.filters import Filters
from ingest import articles, files, gkg, pipeline, reading
from tests.archives import page
from tests.conftest import NOON, moment

CATALOGUE = load(DEFAULT)
URL = "https://www.bbc.com/news/oslo-1"
EXTRAS = "<PAGE_LINKS>https://example.org/a</PAGE_LINKS><PAGE_TITLE>NATO praises Oslo &#x2013; again</PAGE_TITLE>"


def line(**values: str) -> str:
    """A row of 27 columns; a test names those that it is about by their place, as `c4`."""
    row = [""] * gkg.COLUMNS
    row[:5] = ["20241001093000-17", "20241001093000", "1", "bbc.com", URL]
    row[15] = "-2.5,1.25,3.75,5,20.5,0.5,400"
    row[26] = EXTRAS
    for name, value in values.items():
        row[int(name.removeprefix("c"))] = value
    return "\t".join(row) + "\n"


def zipped(content: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("20241001093000.gkg.csv", content)
    return made.getvalue()


def read(tmp_path, content: str | bytes, name: str = "20241001093000.gkg.csv.zip") -> files.Batch:
    packed = content if isinstance(content, bytes) else zipped(content)
    (tmp_path / name).write_bytes(packed)
    batch = files.joined(list(files.read([tmp_path / name], "auto", CATALOGUE, NOON)))
    assert batch.entries == batch.articles.height + batch.dropped.total()
    return batch


def stored(tmp_path, *names: str) -> Archive:
    """An archive into which these files were imported, in their order."""
    archive = open_archive(str(tmp_path / "archive"), create=True)
    read_by_lexicon = partial(reading.read, catalogue=CATALOGUE, by="lexicon")
    for name in names:
        # Each run has a time of its own, as a run's name is made of it.
        begun = pipeline.begin("import", CATALOGUE, NOON + timedelta(minutes=archive.version()), "lexicon")
        pipeline.import_files(begun, [tmp_path / name], "auto", CATALOGUE, archive, read_by_lexicon)
    return archive.pin()


@pytest.mark.parametrize("name", ["20241001093000.gkg.csv.zip", "download"])
def test_a_row_becomes_an_article_of_which_only_metadata_is_known(tmp_path, name):
    article = read(tmp_path, line(), name).articles.row(0, named=True)
    assert (article["url"], article["outlet"]) == (URL, "bbc")
    assert (article["title"], article["text"], article["text_from"]) == ("NATO praises Oslo – again", "", "metadata")
    assert article["language"] == "en"


def test_a_plain_file_is_read_as_well(tmp_path):
    assert read(tmp_path, line().encode(), "a.csv").articles["outlet"].to_list() == ["bbc"]


def test_the_time_is_when_gdelt_saw_it_unless_the_page_says_when_it_was_published(tmp_path):
    told = "<PAGE_PRECISEPUBTIMESTAMP>20240930180000</PAGE_PRECISEPUBTIMESTAMP>"
    later = told.replace("20240930", "20250930")
    rows = [line(c4=f"{URL}{number}", c26=EXTRAS + extra) for number, extra in enumerate(["", told, later])]
    found = read(tmp_path, "".join(rows)).articles
    assert found.select("published_at", "published_from").rows() == [
        (moment("2024-10-01T09:30"), "gdelt"),
        (moment("2024-09-30T18:00"), "page"),
        (moment("2024-10-01T09:30"), "gdelt"),
    ]
    assert set(found["seen_at"]) == {moment("2024-10-01T09:30")}


def test_gdelts_tone_is_kept_as_gdelts(tmp_path):
    article = read(tmp_path, line()).articles.row(0, named=True)
    assert article["gdelt_tone"] == {
        "tone": -2.5,
        "positive": 1.25,
        "negative": 3.75,
        "polarity": 5.0,
        "activity": 20.5,
        "self_reference": 0.5,
        "words": 400.0,
    }


def test_an_actor_in_the_title_is_mentioned_and_no_tone_toward_it_is_scored(tmp_path):
    read(tmp_path, line())
    archive = stored(tmp_path, "20241001093000.gkg.csv.zip")
    mention = archive.mentions().collect().row(0, named=True)
    assert (mention["actor"], mention["tone"], mention["lexicon_tone"], mention["confidence"]) == ("nato", *[None] * 3)
    made = archive.readings().collect().row(0, named=True)
    assert (made["language"], made["tone"], made["positive"]) == ("en", None, None)


def test_an_export_labels_gdelts_tone_and_leaves_ours_open(tmp_path):
    read(tmp_path, line())
    (tmp_path / "own.jsonl").write_text('{"url": "https://example.org/1", "title": "NATO is a great success"}\n')
    table = export.articles_table(stored(tmp_path, "20241001093000.gkg.csv.zip", "own.jsonl"), Filters())
    by_outlet = {row["outlet"]: row for row in table.iter_rows(named=True)}
    gdelts, own = by_outlet["bbc"], by_outlet["example-org"]
    assert (gdelts["tone"], gdelts["text_from"], gdelts["published_from"]) == (None, "metadata", "gdelt")
    assert [gdelts[name] for name in export.GDELT] == [-2.5, 1.25, 3.75]
    assert own["tone"] is not None
    assert (own["text_from"], [own[name] for name in export.GDELT]) == ("file", [None, None, None])
    header = formats.content(table, "csv").decode().splitlines()[0]
    assert header.endswith("topics,actors,text_from,gdelt_tone,gdelt_positive,gdelt_negative")


@pytest.mark.parametrize("order", [["both/gkg", "both/html"], ["both/html", "both/gkg"], ["both"]])
def test_metadata_never_takes_the_place_of_a_text(tmp_path, order):
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "gkg").write_bytes(zipped(line()))
    (tmp_path / "both" / "html").write_bytes(page(head=f'<link rel="canonical" href="{URL}">'))
    [article] = stored(tmp_path, *order).articles().collect().iter_rows(named=True)
    assert article["text_from"] == "page"
    assert article["text"].startswith("NATO met in Oslo")


@pytest.mark.parametrize(
    ("values", "outlet"),
    [
        ({"c3": "example.org", "c4": "https://news.example.org/1"}, "example-org"),
        ({"c3": "bbc.co.uk", "c4": "https://www.bbc.com/1"}, "bbc"),
        ({"c3": "bbc.com", "c4": "https://mirror.example.org/1"}, "bbc"),
        ({"c3": "", "c4": "https://example.org/1"}, "example-org"),
        ({"c2": "2", "c3": "BBC Monitoring", "c4": "BBC Monitoring 17"}, "bbc-monitoring"),
    ],
)
def test_the_outlet_is_told_by_the_address_or_by_gdelts_name_for_it(tmp_path, values, outlet):
    assert read(tmp_path, line(**values)).articles["outlet"].to_list() == [outlet]


@pytest.mark.parametrize(
    ("translated", "language"), [("", "en"), ("srclc:fra;eng:GT-FRA 1.0", "fr"), ("srclc:zzz;eng:x", None)]
)
def test_a_translated_page_has_the_language_that_it_was_translated_from(tmp_path, translated, language):
    assert read(tmp_path, line(c25=translated)).articles["language"].to_list() == [language]


@pytest.mark.parametrize(
    ("row", "reason", "complaint"),
    [
        ("a\tb\tc\n", "malformed", "line 2: 3 columns, a row of GKG 2.1 has 27"),
        (line(c1="2024"), "malformed", "line 2: no date: '2024'"),
        (line(c1="20241399000000"), "malformed", "line 2: no date"),
        (line(c15="a,b"), "malformed", "line 2: could not convert"),
        (line(c15="nan,1,1"), "malformed", "line 2: no tone of GDELT"),
        (line(c4="javascript:alert(1)"), "no address", "row 2: no http(s) address"),
        (line(c0="", c2="2", c4="", c26=""), "no address", "row 2: neither address nor title"),
    ],
)
def test_a_row_that_is_none_is_counted_and_the_rest_goes_on(tmp_path, row, reason, complaint):
    batch = read(tmp_path, line() + row + line(c4="https://example.org/3"))
    assert batch.articles.height == 2
    assert batch.dropped == {reason: 1}
    assert complaint in batch.problems[0]


def test_a_row_without_a_title_is_an_article_with_gdelts_tone_that_a_later_text_completes(tmp_path):
    untitled = read(tmp_path, line(c26="<PAGE_LINKS>x</PAGE_LINKS>")).articles.row(0, named=True)
    assert [untitled[name] for name in ("url", "title", "text", "text_from")] == [URL, "", "", "metadata"]
    assert untitled["gdelt_tone"]["tone"] == -2.5
    (tmp_path / "own.jsonl").write_text(f'{{"url": "{URL}", "title": "NATO met", "text": "It met in Oslo."}}\n')
    archive = stored(tmp_path, "20241001093000.gkg.csv.zip", "own.jsonl")
    [article] = archive.articles().collect().iter_rows(named=True)
    assert (article["title"], article["text"], article["version"]) == ("NATO met", "It met in Oslo.", 2)
    assert archive.readings().collect()["words"].to_list() == [6]


def test_a_row_without_a_tone_has_none(tmp_path):
    assert read(tmp_path, line(c15="")).articles["gdelt_tone"].to_list() == [None]


def test_a_zip_file_that_is_cut_off_or_damaged_is_named(tmp_path):
    whole = zipped("".join(line(c4=f"https://example.org/{number}") for number in range(2_000)))
    broken = whole[:300] + bytes(30) + whole[330:]
    for content in (whole[: len(whole) // 2], broken, b"PK\x03\x04", zipped("")[:-22]):
        batch = read(tmp_path, content)
        assert len(batch.problems) == 1
        assert "20241001093000.gkg.csv.zip: the zip file is damaged or not whole" in batch.problems[0]


def test_a_zip_file_that_holds_nothing_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.gkg.csv.zip", "w"):
        pass
    [*_, batch] = files.read([tmp_path / "a.gkg.csv.zip"], "gkg", CATALOGUE, NOON)
    assert "a.gkg.csv.zip: the zip file is damaged or not whole" in batch.problems[0]


def test_a_file_that_was_imported_before_is_passed_over_and_a_changed_one_is_read(tmp_path):
    name = "20241001093000.gkg.csv.zip"
    read(tmp_path, line())
    archive = stored(tmp_path, name)
    again = list(files.read([tmp_path / name], "auto", CATALOGUE, NOON, archive.mark))
    assert sum(batch.entries for batch in again) == 0
    assert "imported before, and passed over" in str(again[0].notes)
    (tmp_path / name).write_bytes(zipped(line() + line(c4="https://example.org/2")))
    assert sum(batch.entries for batch in files.read([tmp_path / name], "auto", CATALOGUE, NOON, archive.mark)) == 2


@given(st.binary(max_size=2_000))
def test_no_bytes_raise(content):
    for start in (b"", b"PK\x03\x04", line().encode()):
        stream = io.BytesIO(start + content)
        assert list(gkg.read(stream, "a", {}, 1))
        gkg.zipped_head(stream)


@pytest.mark.parametrize("is_packed", [True, False])
def test_a_file_is_read_from_its_beginning_wherever_somebody_looked_at_it_last(tmp_path, is_packed):
    path = tmp_path / "a.gkg.csv.zip"
    read(tmp_path, line() if is_packed else line().encode(), path.name)
    content = path.read_bytes()
    for place in (0, 1, 2, len(content)):
        stream = io.BytesIO(content)
        stream.seek(place)
        first, *_ = gkg.read(stream, path.name, {}, len(content))
        assert first == next(gkg.read(io.BytesIO(content), path.name, {}, len(content)))


@given(st.lists(st.text(st.characters(exclude_characters="\t\n\r"), max_size=20), min_size=27, max_size=27))
def test_no_cells_raise(cells):
    rows = list(gkg.read(io.BytesIO("\t".join(cells).encode("utf-8", "replace")), "a", {}, 1))
    assert len(rows) <= 2


def test_an_archive_of_before_takes_gdelts_rows_and_has_none_for_its_own(tmp_path, monkeypatch):
    now = dict(schema.TABLES)
    before = pl.Schema({name: kind for name, kind in schema.ARTICLES.items() if name != "gdelt_tone"})
    monkeypatch.setitem(schema.TABLES, "articles", before)
    monkeypatch.setitem(schema.STORED, "articles", before)
    monkeypatch.setattr(schema, "ARTICLES", before)
    monkeypatch.setattr(articles, "_row", partial(without_tone, articles._row))
    (tmp_path / "own.jsonl").write_text('{"url": "https://example.org/1", "title": "NATO met"}\n')
    stored(tmp_path, "own.jsonl")
    monkeypatch.undo()
    assert dict(schema.TABLES) == now
    read(tmp_path, line())
    archive = stored(tmp_path, "20241001093000.gkg.csv.zip")
    archive.maintain()
    tones = archive.pin().articles().sort("url").collect().select("outlet", pl.col("gdelt_tone").struct.field("tone"))
    assert sorted(tones.rows()) == [("bbc", -2.5), ("example-org", None)]


def without_tone(row, *arguments):
    return {name: value for name, value in row(*arguments).items() if name != "gdelt_tone"}


def test_the_page_of_an_article_says_that_only_metadata_is_known_and_what_gdelt_made_of_it(tmp_path, monkeypatch):
    read(tmp_path, line())
    article_id = stored(tmp_path, "20241001093000.gkg.csv.zip").articles().collect()["id"][0]
    monkeypatch.setenv("NEWSGAUGE_ARCHIVE", str(tmp_path / "archive"))
    app = AppTest.from_file(str(Path(gkg.__file__).parents[1] / "streamlit_app.py"), default_timeout=60)
    app._page_hash = calc_hash("articles")
    app.query_params["article"] = article_id
    app.run()
    assert not app.exception
    page = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", block.body)) for block in app.html)
    assert "metadata only, no text" in page
    assert "only metadata is known of the article" in page
    assert "Tone of the text: not scored, only metadata is known of it" in page
    assert "GDELT’s own tone of the text: −2.5 on its scale" in page
