"""Files that people have, as they are: broken rows among good ones, other people's column names, odd encodings."""

import gzip
import json
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.catalogue import DEFAULT, load
from ingest import files, forms, tables
from tests.archives import packed, page, pages
from tests.conftest import NOON, moment

CATALOGUE = load(DEFAULT)
GOOD = {
    "url": "https://example.org/1?utm_source=x",
    "outlet": "Example Times",
    "title": "NATO meets",
    "text": "It met.",
}


def read(*paths: Path, form: str = "auto") -> files.Batch:
    """All batches of these files as one."""
    batches = list(files.read(paths, form, CATALOGUE, NOON))
    return files.joined(batches)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def test_a_jsonl_row_becomes_an_article_at_its_canonical_address(tmp_path):
    row = GOOD | {"published_at": "2024-09-30T23:30:00+02:00", "authors": ["A. Writer"], "language": "en-GB"}
    article = read(write(tmp_path, "a.jsonl", json.dumps(row))).articles.row(0, named=True)
    assert article["url"] == "https://example.org/1"
    assert article["outlet"] == "example-times"
    assert article["published_at"] == moment("2024-09-30T21:30")
    assert (article["published_from"], article["text_from"], article["language"]) == ("file", "file", "en")
    assert article["authors"] == ["A. Writer"]
    assert article["month"] == "2024-09"


def test_an_undated_row_stays_undated_and_lies_in_the_month_of_the_import(tmp_path):
    article = read(write(tmp_path, "a.jsonl", json.dumps(GOOD))).articles.row(0, named=True)
    assert (article["published_at"], article["published_from"], article["claimed_at"]) == (None, None, None)
    assert article["month"] == "2024-10"


def test_a_date_in_the_future_is_kept_as_a_claim(tmp_path):
    row = GOOD | {"published_at": "2031-01-01"}
    article = read(write(tmp_path, "a.jsonl", json.dumps(row))).articles.row(0, named=True)
    assert article["claimed_at"] == moment("2031-01-01")
    assert article["published_at"] == NOON


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{this is no JSON", "line 2: no JSON"),
        ("[1, 2]", "line 2: no JSON object"),
        (json.dumps(GOOD | {"published_at": "the other day"}), "row 2: no date: 'the other day'"),
        (json.dumps(GOOD | {"title": {"de": "NATO"}}), "row 2: a text was expected"),
        ("[" * 100_000, "line 2: no JSON"),
    ],
)
def test_a_broken_row_is_named_and_the_rest_goes_on(tmp_path, line, complaint):
    second = json.dumps(GOOD | {"url": "https://example.org/2"})
    batch = read(write(tmp_path, "press.jsonl", f"{json.dumps(GOOD)}\n{line}\n{second}\n"))
    assert batch.articles["url"].to_list() == ["https://example.org/1", "https://example.org/2"]
    assert batch.dropped == {"malformed": 1}
    assert batch.entries == 3
    assert len(batch.problems) == 1
    assert "press.jsonl" in batch.problems[0]
    assert complaint in batch.problems[0]


def test_a_thousand_broken_rows_are_told_in_a_few_lines(tmp_path):
    batch = read(write(tmp_path, "a.jsonl", "no json\n" * 1000))
    assert len(batch.problems) == files.SHOWN + 1
    assert batch.problems[-1] == "... and 980 rows more like these"
    assert batch.dropped == {"malformed": 1000}


def test_rows_without_text_or_address_are_counted_by_reason(tmp_path):
    rows = [{"url": "https://example.org/1"}, GOOD | {"url": "javascript:alert(1)"}, {"text": "No title, no address."}]
    batch = read(write(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert batch.dropped == {"no text": 1, "no address": 1}
    assert "a.jsonl row 1: neither title nor text" in batch.problems[0]
    assert "a.jsonl row 2: no http(s) address" in batch.problems[1]
    assert batch.articles["text"].to_list() == ["No title, no address."]


def test_a_file_without_rows_is_named(tmp_path):
    assert "a.jsonl: it has no rows" in read(write(tmp_path, "a.jsonl", "\n\n")).problems[0]


def test_an_article_without_an_address_is_known_by_its_id(tmp_path):
    row = {"id": "a17", "outlet": "Example Times", "title": "NATO meets"}
    url = read(write(tmp_path, "a.jsonl", json.dumps(row))).articles["url"][0]
    assert url.startswith("urn:newsgauge:example-times:")
    assert read(write(tmp_path, "b.jsonl", json.dumps(row | {"title": "New headline"}))).articles["url"][0] == url


def test_a_story_csv_with_other_names_for_its_columns_is_understood(tmp_path):
    content = "stories_id,media_name,publish_date,title,url\n7,BBC News,2024-10-01,NATO meets,https://bbc.co.uk/7\n"
    article = read(write(tmp_path, "stories.csv", content)).articles.row(0, named=True)
    assert (article["outlet"], article["title"]) == (slug_of("BBC News"), "NATO meets")
    assert article["published_at"] == moment("2024-10-01")


def slug_of(name: str) -> str:
    return next((outlet.key for outlet in CATALOGUE.outlets if outlet.name == name), "bbc-news")


def test_a_csv_from_a_spreadsheet_in_another_encoding_is_read(tmp_path):
    content = "title;text;url\nTürkei und NATO;Größe zählt;https://example.org/1\n".encode("cp1252")
    assert read(write(tmp_path, "a.csv", content)).articles["title"][0] == "Türkei und NATO"


def test_a_csv_row_with_too_few_cells_is_named(tmp_path):
    batch = read(write(tmp_path, "a.csv", "title,text,url\nonly one\nNATO,met,https://example.org/1\n"))
    assert batch.articles.height == 1
    assert "line 2: 1 cells under 3 columns" in batch.problems[0]


def test_parquet_is_read_whole_across_batches(tmp_path):
    rows = files.BATCH + 1
    frame = pl.DataFrame({"url": [f"https://example.org/{n}" for n in range(rows)], "title": ["NATO"] * rows})
    frame.write_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").articles["id"].n_unique() == rows


def test_a_file_that_is_no_parquet_is_named(tmp_path):
    batch = read(write(tmp_path, "a.parquet", b"PAR1 not really"))
    assert batch.entries == 0
    assert "a.parquet: cannot be read as parquet" in batch.problems[0]


def test_missing_and_unknown_files_are_named(tmp_path):
    batch = read(tmp_path / "nowhere.jsonl", write(tmp_path, "a.docx", b"x"), tmp_path / "empty.d")
    assert len(batch.problems) == 3
    assert "nowhere.jsonl: No such file or directory" in batch.problems[0]
    assert "a.docx: neither its ending nor its content says what its form is" in batch.problems[1]


def test_a_folder_of_pages_and_feeds_is_read_in_one_go(tmp_path):
    paragraph = "NATO met in Oslo on Tuesday, and its members spoke at length about the budget of the alliance."
    page = "<html lang=en><head><title>NATO meets in Oslo</title>"
    page += "<link rel=canonical href='https://example.org/oslo'></head>"
    page += (
        f"<body><article><h1>NATO meets in Oslo</h1><p>{paragraph}</p><p>{paragraph} Again.</p></article></body></html>"
    )
    write(tmp_path, "oslo.html", page)
    item = "<title>NATO in Riga</title><link>https://example.org/riga</link><description>It met.</description>"
    write(tmp_path, "feed.xml", f"<rss version='2.0'><channel><title>Loop</title><item>{item}</item></channel></rss>")
    batch = read(tmp_path)
    assert batch.articles.select("url", "text_from").rows() == [
        ("https://example.org/riga", "feed"),
        ("https://example.org/oslo", "page"),
    ]


def test_text_from_outside_is_cleaned_at_the_door(tmp_path):
    row = GOOD | {"title": "NATO\u0000 \ud800 meets " + "x" * 5_000_000, "text": "a\u202eb"}
    article = read(write(tmp_path, "a.jsonl", json.dumps(row))).articles.row(0, named=True)
    assert article["title"].startswith("NATO \ufffd meets xxx")
    assert len(article["title"]) == 1_000
    assert article["text"] == "ab"


def test_lone_surrogates_and_controls_in_what_an_article_is_known_by_stop_nothing(tmp_path):
    rows = [
        GOOD | {"url": "https://example.org/a\ud800b"},
        GOOD | {"url": "https://example.org/\x1b[2J\x9b"},
        {"title": "NATO met", "guid": "\ud800\x1b[2J"},
        GOOD,
    ]
    batch = read(write(tmp_path, "a.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    assert batch.articles.height == 4
    for column in ("url", "guid"):
        assert all(value.isprintable() for value in batch.articles[column].drop_nulls())


def test_an_address_of_a_megabyte_is_none(tmp_path):
    batch = read(write(tmp_path, "a.jsonl", json.dumps(GOOD | {"url": "https://example.org/" + "a" * 1_000_000})))
    assert batch.dropped == {"no address": 1}


def test_a_csv_that_is_one_endless_cell_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "LONGEST_LINE", 1_000)
    batch = read(write(tmp_path, "a.csv", "x" * 2_000), write(tmp_path, "b.csv", f"title,url\nNATO,{GOOD['url']}\n"))
    assert batch.articles.height == 1
    assert "a.csv" in batch.problems[0]


def test_a_csv_may_begin_with_empty_lines(tmp_path):
    batch = read(write(tmp_path, "a.csv", f"\n\ntitle,url\nNATO met,{GOOD['url']}\n"))
    assert batch.articles["title"].to_list() == ["NATO met"]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "packed.csv"])
def test_a_table_without_title_and_text_is_named_with_the_columns_that_it_has(tmp_path, name):
    table = pl.DataFrame({"colour": ["red"], "size": ["2"]})
    if name == "a.parquet":
        table.write_parquet(tmp_path / name)
    else:
        content = table.write_csv().encode()
        write(tmp_path, name, gzip.compress(content) if name == "packed.csv" else content)
    batch = read(tmp_path / name)
    assert len(batch.problems) == 1
    assert f"{name}: no column for title or text" in batch.problems[0]


def test_a_missing_value_that_is_written_as_nan_is_none(tmp_path):
    line = '{"url": "https://example.org/1", "title": NaN, "headline": "NATO met", "published_at": NaN}'
    batch = read(write(tmp_path, "a.jsonl", line))
    assert batch.articles["title"].to_list() == ["NATO met"]
    assert batch.articles["published_at"].to_list() == [None]


@pytest.mark.parametrize(
    "moments",
    [
        pl.Series([date(999, 1, 1), date(2024, 10, 1)]),
        pl.Series([-(10**17), 1727776800000000]).cast(pl.Datetime("us")),
        pl.Series([253402300799000000, 1727776800000000])
        .cast(pl.Datetime("us", "UTC"))
        .dt.convert_time_zone("Asia/Tokyo"),
        pl.Series([10**18, 1727776800000]).cast(pl.Datetime("ms")),
    ],
)
def test_a_date_that_no_clock_has_said_costs_its_row_only(tmp_path, moments):
    urls = ["https://example.org/1", "https://example.org/2"]
    pl.DataFrame({"url": urls, "title": ["a", "b"], "published_at": moments}).write_parquet(tmp_path / "a.parquet")
    batch = read(tmp_path / "a.parquet")
    assert batch.articles["month"].to_list() == ["2024-10"]
    assert batch.dropped == {"malformed": 1}
    assert "a.parquet row 1: no date" in batch.problems[0]


def test_links_in_circles_and_pipes_in_a_folder_are_passed_over(tmp_path):
    write(tmp_path, "a.jsonl", json.dumps(GOOD))
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    batch = read(tmp_path)
    assert (batch.articles.height, batch.entries, batch.problems) == (1, 1, ())


def test_a_folder_that_cannot_be_looked_into_is_named_and_the_rest_goes_on(tmp_path):
    write(tmp_path, "a.jsonl", json.dumps(GOOD))
    for name, mode in (("closed", 0), ("listed", 0o444)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "b.jsonl", json.dumps(GOOD))
        (tmp_path / name).chmod(mode)
    if os.access(tmp_path / "closed", os.R_OK):
        pytest.skip("nothing is closed to this user")
    batch = read(tmp_path, tmp_path / "closed" / "b.jsonl")
    assert batch.articles.height == 1
    assert [problem.split(":")[0] for problem in batch.problems] == [
        str(tmp_path / "closed"),
        str(tmp_path / "listed" / "b.jsonl"),
        str(tmp_path / "closed" / "b.jsonl"),
    ]


# Lists of stories

STORIES = "id,indexed_date,language,media_name,media_url,publish_date,title,url\n"
STORY = "7f3a,2024-09-30 22:10:05.123456,en,bbc.com,bbc.com,2024-09-30,NATO praises Oslo,https://www.bbc.com/news/1\n"


def test_a_story_of_media_cloud_is_metadata_seen_when_it_was_indexed(tmp_path):
    article = read(write(tmp_path, "stories.csv", STORIES + STORY)).articles.row(0, named=True)
    assert (article["outlet"], article["text"], article["text_from"]) == ("bbc", "", "metadata")
    assert (article["published_at"], article["published_from"]) == (moment("2024-09-30"), "file")
    assert f"{article['seen_at']:%Y-%m-%d %H:%M:%S}" == "2024-09-30 22:10:05"


def test_a_list_of_stories_as_parquet_is_metadata_too(tmp_path):
    pl.read_csv((STORIES + STORY).encode()).write_parquet(tmp_path / "stories.parquet")
    assert read(tmp_path / "stories.parquet").articles["text_from"].to_list() == ["metadata"]


def test_a_table_with_a_text_is_no_list_of_stories(tmp_path):
    table = STORIES.replace("title", "text,title") + STORY.replace("NATO", "It met.,NATO")
    assert read(write(tmp_path, "a.csv", table)).articles["text_from"].to_list() == ["file"]


# Saved pages


@pytest.mark.parametrize(
    ("comment", "seen"),
    [
        ("<!-- saved from url=(0023)https://example.org/oslo -->", NOON),
        (
            "<!--\n Page saved with SingleFile \n url: https://example.org/oslo \n"
            " saved date: Mon Sep 30 2024 21:00:00 GMT+0200 (Central European Summer Time)\n-->",
            moment("2024-09-30T19:00"),
        ),
        (
            "<!-- Mirrored from example.org/oslo by HTTrack Website Copier/3.x [XR&CO'2014], "
            "Mon, 30 Sep 2024 19:00:00 GMT -->",
            moment("2024-09-30T19:00"),
        ),
    ],
)
def test_a_saved_page_has_the_address_it_was_saved_from(tmp_path, comment, seen):
    article = read(write(tmp_path, "a.html", comment.encode() + page())).articles.row(0, named=True)
    assert article["url"].removeprefix("http").removeprefix("s") == "://example.org/oslo"
    assert (article["outlet"], article["seen_at"]) == ("example-org", seen)


def test_a_saved_page_may_call_itself_by_another_address_of_its_outlet_and_by_no_other_outlets(tmp_path):
    saved = b"<!-- saved from url=(0023)https://example.org/oslo -->"
    for name, claimed in (("a.html", "https://example.org/better"), ("b.html", "https://www.bbc.com/news/1")):
        write(tmp_path, name, saved + page(head=f'<link rel="canonical" href="{claimed}">'))
    assert read(tmp_path).articles["url"].to_list() == ["https://example.org/better", "https://example.org/oslo"]


def test_when_a_file_was_changed_is_no_date_of_its_article(tmp_path):
    undated = page(head='<link rel="canonical" href="https://example.org/1">').replace(b"2024-09-30T08:00:00Z", b"")
    os.utime(write(tmp_path, "a.html", undated), (1_700_000_000, 1_700_000_000))
    article = read(tmp_path).articles.row(0, named=True)
    assert (article["published_at"], article["published_from"], article["seen_at"]) == (None, None, NOON)


def test_a_saved_page_that_is_no_article_is_told_and_fails_nothing(tmp_path):
    write(tmp_path, "good.html", page())
    write(tmp_path, "wall.html", "<html><title>Before you continue</title><p>We use cookies.</p></html>")
    batch = read(tmp_path)
    assert (batch.articles.height, batch.dropped, batch.problems) == (1, {"no article": 1}, ())
    assert "wall.html: the page asks for consent" in str(batch.notes)


# What a file is


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (page(), "html"),
        (b"\xef\xbb\xbf\n<HTML><p>a", "html"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='y'>", "html"),
        (b"<!-- saved from url=(0021)https://example.org/a -->\n<html>", "html"),
        (b"<?xml version='1.0'?>\n<rss version='2.0'>", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'>", "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feed"),
        (b'{"title": "NATO"}\n{"title": "Oslo"}\n', "jsonl"),
        (b"title;url\nNATO;https://example.org/1\n", "csv"),
        (b"colour,size\nred,2\n", None),
        (b"WARC/1.1\r\n", "warc"),
        (gzip.compress(b"WARC/1.0\r\n"), "warc"),
        (b"20241001093000-T17\t20241001093000\t1\t", "gkg"),
        (gzip.compress(b"anything"), None),
        (b"PK\x03\x04 no zip", None),
        (b"\x89PNG\r\n\x1a\n\x00", None),
        (b"", None),
    ],
)
def test_the_content_tells_what_a_file_without_an_ending_is(tmp_path, content, form):
    assert forms.form(write(tmp_path, "download", content)) == form


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.xml", "a.html", "a.parquet", "a.gz"])
def test_the_content_counts_more_than_the_ending(tmp_path, name):
    (tmp_path / name).write_bytes(packed(pages(1)))
    assert read(tmp_path / name).articles["url"].to_list() == ["https://example.org/0"]
    assert forms.form(write(tmp_path, name, page())) == "html"


def test_a_folder_of_everything_is_read_and_what_is_none_of_ours_passed_over(tmp_path):
    write(tmp_path, "download", packed(pages(1)))
    write(tmp_path, "stories.txt", STORIES + STORY)
    write(tmp_path, "picture.png", b"\x89PNG\r\n\x1a\n")
    write(tmp_path, "page", page(head='<link rel="canonical" href="https://example.org/page">'))
    batch = read(tmp_path)
    assert sorted(batch.articles["url"]) == [
        "https://example.org/0",
        "https://example.org/page",
        "https://www.bbc.com/news/1",
    ]
    assert (batch.entries, batch.problems) == (3, ())
    assert read(tmp_path, form="warc").articles["url"].to_list() == ["https://example.org/0"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=500), start=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"<", b"{", b"PAR1"])
)
def test_no_bytes_raise(tmp_path, content, start):
    batch = read(write(tmp_path, "download", start + content))
    assert batch.entries == batch.articles.height + batch.dropped.total()
    assert batch.problems or batch.entries
