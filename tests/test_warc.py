"""Web archives as crawlers write them, and as disks and networks leave them."""

import base64
import gzip
import hashlib
import io
import random
import tracemalloc
import zlib

import brotli
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.catalogue import DEFAULT, load
from ingest import files, parsing, rows, warc
from ingest.rows import Reached, Unreadable
from ingest.warc import Capture
from tests.archives import answer, packed, page, pages, record
from tests.conftest import NOON, moment

CATALOGUE = load(DEFAULT)
URL = "https://example.org/oslo"
INFO = record("", b"software: crawler\r\n", kind="warcinfo")
REQUEST = record(URL, b"GET /oslo HTTP/1.1\r\n\r\n", kind="request")


def read(content: bytes, tmp_path, name: str = "news.warc.gz") -> files.Batch:
    """All that an import finds in an archive."""
    (tmp_path / name).write_bytes(content)
    batch = files.joined(list(files.read([tmp_path / name], "auto", CATALOGUE, NOON)))
    assert batch.entries == batch.articles.height + batch.dropped.total()
    return batch


def found(content: bytes, start: int = 0) -> list[Capture | Unreadable | Reached]:
    return list(warc.captures(io.BytesIO(content), start))


def captured(content: bytes, start: int = 0) -> list[str]:
    return [one.url for one in found(content, start) if isinstance(one, Capture)]


def lost(content: bytes) -> list[str | None]:
    return [one.reason for one in found(content) if isinstance(one, Unreadable)]


def urls(*numbers: int) -> list[str]:
    return [f"https://example.org/{number}" for number in numbers]


@pytest.mark.parametrize("name", ["news.warc", "news.warc.gz", "download", "news.csv"])
def test_a_page_of_an_archive_becomes_an_article_seen_when_it_was_recorded(tmp_path, name):
    records = [INFO, REQUEST, record(URL, answer(page()))]
    batch = read(b"".join(records) if name == "news.warc" else packed(records), tmp_path, name)
    article = batch.articles.row(0, named=True)
    assert (batch.entries, batch.dropped, batch.problems) == (1, {}, ())
    assert (article["url"], article["outlet"], article["title"]) == (URL, "example-org", "NATO meets in Oslo")
    assert article["text"].startswith("NATO met in Oslo on Tuesday")
    assert (article["published_at"], article["published_from"]) == (moment("2024-09-30T08:00"), "page")
    assert article["seen_at"] == moment("2024-10-01T06:00")
    assert article["collected_at"] == NOON


def test_a_page_is_not_published_after_it_was_recorded(tmp_path):
    batch = read(packed([record(URL, answer(page()), date="2024-09-29T10:00:00Z")]), tmp_path)
    article = batch.articles.row(0, named=True)
    assert article["claimed_at"] == moment("2024-09-30T08:00")
    assert article["published_at"] == article["seen_at"] == moment("2024-09-29T10:00")


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.bbc.com/news/1", "bbc"),
        ("https://travel.bbc.com/1", "bbc"),
        ("https://notbbc.com/1", "notbbc-com"),
        ("http://www.example.org:8080/1", "example-org"),
    ],
)
def test_the_outlet_is_told_by_the_host(tmp_path, url, outlet):
    assert read(packed([record(url, answer(page()))]), tmp_path).articles["outlet"].to_list() == [outlet]


def test_a_page_may_name_its_own_address_and_no_other_outlets(tmp_path):
    own = page(head='<link rel="canonical" href="https://example.org/of-its-own">')
    others = page(head='<link rel="canonical" href="https://www.bbc.com/news/1">')
    batch = read(packed([record(URL, answer(own)), record(f"{URL}-2", answer(others))]), tmp_path)
    assert batch.articles["url"].to_list() == ["https://example.org/of-its-own", f"{URL}-2"]
    assert batch.articles["outlet"].to_list() == ["example-org", "example-org"]


@pytest.mark.parametrize(
    ("record_of", "reason"),
    [
        (record(URL, answer(page(), status=404)), "no page"),
        (record(URL, answer(b"", status=301, Location="/b")), "no page"),
        (record(URL, answer(b"%PDF-1.7", Content_Type="application/pdf")), "no page"),
        (record(URL, page(), kind="resource"), "no page"),
        (record(URL, b"", kind="revisit"), "no page"),
        (record("dns:example.org", b"20241001\nexample.org. 300 IN A 192.0.2.1"), "no page"),
        (record(URL, answer(b"<html><title>Before you continue</title><p>We use cookies.</p></html>")), "no article"),
        (record(URL, answer(b"<html><title>404 Not Found</title><p>There is nothing here.</p></html>")), "no article"),
        (record(URL, answer(b"")), "no article"),
        (record(URL, answer(page()), WARC_Truncated="length"), "damaged"),
    ],
)
def test_what_is_no_article_is_counted_by_its_reason_and_fails_nothing(tmp_path, record_of, reason):
    batch = read(packed([record_of]), tmp_path)
    assert (batch.entries, batch.dropped, batch.problems) == (1, {reason: 1}, ())
    assert all("news.warc.gz: " in note for note in batch.notes)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("br", brotli.compress),
        ("zstd", zstandard.compress),
        ("gzip", bytes),  # many crawlers unpack the page and leave its header
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
    ],
)
def test_a_packed_page_is_unpacked(coding, pack):
    captures = found(record(URL, answer(pack(page()), Content_Encoding=coding)))
    assert [one.body for one in captures if isinstance(one, Capture)] == [page()]


@pytest.mark.parametrize("end", [b"0\r\n\r\n", b""])
def test_chunks_are_put_together(end):
    body = page()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:100], body[100:])) + end
    captures = found(record(URL, answer(chunks, Transfer_Encoding="chunked")))
    assert [one.body for one in captures if isinstance(one, Capture)] == [body]


def test_a_page_is_decoded_by_the_charset_of_its_header(tmp_path):
    html = page("Łódź i NATO").replace(b'<meta charset="utf-8">', b"").decode().encode("iso-8859-2")
    block = answer(html, Content_Type="text/html; charset=iso-8859-2")
    assert read(packed([record(URL, block)]), tmp_path).articles["title"].to_list() == ["Łódź i NATO"]


@pytest.mark.parametrize("written", ["WARC_Block_Digest", "WARC_Payload_Digest"])
@pytest.mark.parametrize("form", ["base32", "hex", "other"])
def test_a_record_that_is_not_what_its_digest_says_is_dropped_and_named(tmp_path, written, form):
    block = answer(page())
    content = block if written == "WARC_Block_Digest" else page()
    right = hashlib.sha256(content)
    said = {"hex": f"sha256:{right.hexdigest()}", "other": "xxh3:123"}.get(
        form, f"SHA-256:{base64.b32encode(right.digest()).decode()}"
    )
    given = {"WARC_Block_Digest": "", written: said}
    good, bad = record(URL, block, **given), record(URL, block.replace(b"Oslo", b"Bonn"), **given)
    batch = read(packed([good, bad]), tmp_path)
    assert batch.articles.height == (2 if form == "other" else 1)
    assert batch.dropped == ({} if form == "other" else {"damaged": 1})
    assert ["is not what its digest says" in problem for problem in batch.problems] == [True] * batch.dropped.total()


# Damage


def test_a_record_that_is_cut_off_at_the_end_is_told(tmp_path):
    whole = packed(pages(3))
    batch = read(whole[:-40], tmp_path)
    assert batch.articles["url"].to_list() == urls(0, 1)
    assert batch.dropped == {"damaged": 1}
    start = len(packed(pages(2)))
    assert batch.problems == (
        f"{tmp_path / 'news.warc.gz'}: damaged from byte {start:,} to {len(whole) - 40:,}. "
        "What stands there is lost; get the file again",
    )
    assert captured(b"".join(pages(3))[:-40]) == urls(0, 1)
    assert lost(b"".join(pages(3))[:-40]) == ["damaged"]


@pytest.mark.parametrize("place", ["head", "middle", "checksum"])
def test_a_damaged_member_in_the_middle_costs_itself_only(place):
    before, member, after = packed(pages(2)), packed(pages(3)[2:]), packed(pages(5)[3:])
    at = {"head": 0, "middle": len(member) // 2, "checksum": len(member) - 8}[place]
    broken = member[:at] + bytes(byte ^ 0xFF for byte in member[at : at + 4]) + member[at + 4 :]
    content = before + broken + after
    assert captured(content) == urls(0, 1, 3, 4)
    assert lost(content) == ["damaged"]


def test_a_missing_stretch_of_the_file_is_passed_over():
    content = packed(pages(5))
    second, fourth = len(packed(pages(1))), len(packed(pages(3)))
    hole = content[: second + 40] + content[fourth - 40 :]
    assert captured(hole) == urls(0, 3, 4)
    assert lost(hole) == ["damaged"]


@pytest.mark.parametrize("length", ["7", "99999999", "no number"])
def test_a_plain_record_of_a_wrong_length_costs_itself_only(length):
    one, two, three = pages(3)
    right = f"Content-Length: {len(two) - two.index(b'HTTP/1.1') - 4}".encode()
    assert right in two
    content = one + two.replace(right, f"Content-Length: {length}".encode()) + three
    assert captured(content) == urls(0, 2)
    assert set(lost(content)) == {"damaged"}


def test_an_archive_packed_as_a_whole_is_read_too():
    assert captured(gzip.compress(b"".join([INFO, *pages(3)]))) == urls(0, 1, 2)
    assert lost(gzip.compress(b"".join(pages(3)))) == []


def test_zeros_at_the_end_are_no_damage():
    assert lost(packed(pages(1)) + bytes(512)) == []


def test_a_record_larger_than_any_page_is_passed_over_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(warc, "LARGEST_DOCUMENT", 100_000)
    giant = record(URL, answer(b"<p>" + b"x" * 20_000_000), WARC_Block_Digest="")
    content = packed([giant, *pages(1)])
    del giant
    tracemalloc.start()
    assert lost(content) == ["too large"]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert captured(content) == urls(0)


def test_a_page_that_unpacks_to_more_than_any_page_is_dropped(monkeypatch):
    monkeypatch.setattr(warc, "LARGEST_DOCUMENT", 100_000)
    bomb = gzip.compress(b"x" * 10_000_000)
    assert lost(record(URL, answer(bomb, Content_Encoding="gzip"))) == ["too large"]


def test_a_page_that_does_not_unpack_is_named(tmp_path):
    batch = read(packed([record(URL, answer(b"\x1f\x8bno", Content_Encoding="gzip"))]), tmp_path)
    assert batch.dropped == {"damaged": 1}
    assert f"{URL}: It does not unpack as gzip" in batch.problems[0]


def test_a_response_without_its_address_is_named(tmp_path):
    batch = read(packed([record("", answer(page()))]), tmp_path)
    assert batch.dropped == {"no address": 1}
    assert "a response without its address" in batch.problems[0]


def test_a_page_that_could_not_be_looked_at_is_a_fault_and_not_taken_for_none(tmp_path, monkeypatch):
    monkeypatch.setattr(parsing, "MEMORY", 10_000_000)
    batch = read(packed([record(URL, answer(page(text="<b>x</b>" * 400_000)))]), tmp_path)
    assert batch.dropped == {"malformed": 1}
    assert f"{URL} Reading it takes more memory than a document may have. Touch the file" in batch.problems[0]


def test_an_archive_without_pages_is_named(tmp_path):
    assert "it has no rows" in read(packed([INFO]), tmp_path).problems[0]


# Going on


@pytest.mark.parametrize("join", [packed, b"".join])
def test_from_each_place_that_was_reached_the_rest_is_read_and_nothing_twice(join):
    content = join([INFO, *pages(4)])
    everything = found(content)
    for place in [one.position for one in everything if isinstance(one, Reached)]:
        given_before = everything[: everything.index(Reached(place))]
        before = [one.url for one in given_before if isinstance(one, Capture)]
        assert before + captured(content, place) == urls(0, 1, 2, 3)


def test_a_place_at_which_no_record_begins_is_not_trusted():
    assert captured(packed(pages(3)), 17) == urls(0, 1, 2)


# Laws


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3_000))
def test_no_bytes_raise(content):
    for start in (b"", b"WARC/1.0\r\n", b"\x1f\x8b\x08\0"):
        assert isinstance(found(start + content)[-1], Reached)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_whatever_is_damaged_no_page_is_made_up_and_none_comes_twice(rnd: random.Random, times):
    content = bytearray(packed(pages(4)))
    for _ in range(times):
        at = rnd.randrange(len(content))
        content[at : at + rnd.randrange(30)] = rnd.randbytes(rnd.randrange(30))
    everything = found(bytes(content))
    whole = {one.url: one.body for one in found(packed(pages(4))) if isinstance(one, Capture)}
    got = [one for one in everything if isinstance(one, Capture)]
    assert [one.url for one in got if whole.get(one.url) == one.body] == [one.url for one in got]
    assert len({one.url for one in got}) == len(got)
    places = [one.position for one in everything if isinstance(one, Reached)]
    assert places == sorted(places)
    assert places[-1] == len(content)


def test_what_is_shown_of_a_record_is_bounded(tmp_path):
    block = answer(b"\x1f\x8bno", Content_Encoding="gzip")
    batch = read(packed([record("https://example.org/" + "a" * 5_000, block)]), tmp_path)
    assert len(batch.problems[0]) < 1_000
    assert rows.LARGEST_DOCUMENT == 20_000_000
