"""An article of the archive is told with its story, the reasons for it, and whom it reprints."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import newsgauge
from data import belonging, schema
from data.archive import Archive, open_archive
from ingest.stories import signature
from tests.conftest import NOON, article, mention, reading

VOTE = "Moldova votes for the European Union. Maia Sandu called the referendum in Chisinau a victory."
AGAIN = "Sandu hails the referendum in Moldova. In Chisinau they count on, and the European Union waits."
WIRE = list(range(0, 600, 10))


TOLD: list[tuple[str, str, float, dict[str, Any]]] = [
    ("v1", VOTE, 0, {"sketch": WIRE, "outlet": "bbc"}),
    ("v2", AGAIN, 5, {"outlet": "yle"}),
    ("w1", VOTE, 2, {"sketch": WIRE, "outlet": "npr"}),
    ("w2", VOTE, 3, {"sketch": WIRE, "outlet": "cnn"}),
    *((f"o{n}", f"Thing{n} matter{n} in Place{n} and the mayor", n / 10, {}) for n in range(60)),
]
HOSTILE = "V\x1b[2Jote\nall is well"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Two articles on a vote, two reprints of the first, sixty other things, and one with a hostile title."""
    filled = open_archive(str(tmp_path_factory.mktemp("belonging") / "archive"), create=True)
    articles = [article(id="h1", title=HOSTILE, url="https://example.org/h1")]
    readings = [reading(article_id="h1", story=None)]
    for key, text, hours, values in TOLD:
        at = NOON + timedelta(hours=hours)
        title, _, body = text.partition(". ")
        made = {"article_id": key, "published_at": at, "story": None, "signature": signature(title, body)} | values
        outlet, url = made.get("outlet", "o"), f"https://example.org/{key}"
        articles.append(article(id=key, published_at=at, title=title, text=body, outlet=outlet, url=url))
        readings.append(reading(**made))
    mentions = pl.concat([mention(article_id=key, actor="maia-sandu") for key in ("v1", "v2")])
    filled.append(pl.concat(articles), pl.concat(readings), mentions, schema.empty("fetches"), "all")
    filled.tell_stories()
    return filled.pin()


def test_an_article_is_told_with_what_it_shares_with_its_story(archive: Archive) -> None:
    place = belonging.of_article(archive, "v2")
    assert place is not None
    assert place.story == "v1"
    assert place.articles["article_id"].to_list() == ["v1", "w1", "w2", "v2"]
    assert place.compared == 1  # copies say nothing of their own
    shared = dict(place.phrases)
    assert shared["European Union"] == shared["Chisinau"] == 1
    assert "mayor" not in shared
    assert place.actors == (("maia-sandu", 1),)
    assert place.nearest == "v1"
    assert (place.original, place.copies.height) == (None, 0)


def test_an_original_names_its_copies_and_a_copy_its_original(archive: Archive) -> None:
    first, copy = belonging.of_article(archive, "v1"), belonging.of_article(archive, "w2")
    assert first is not None
    assert copy is not None
    assert first.copies["article_id"].to_list() == ["w1", "w2"]
    assert (copy.original, copy.copies["article_id"].to_list()) == ("v1", ["w1"])
    assert "why      a copy is where its original is" in belonging.told(copy)
    assert "copy of  Moldova votes for the European Union (bbc, 2024-10-01T12:00Z, v1)" in belonging.told(copy)
    assert "it began the story" in belonging.told(first)


def test_an_article_alone_says_so_and_one_that_is_not_there_has_no_place(archive: Archive) -> None:
    alone = belonging.of_article(archive, "o7")
    assert alone is not None
    assert belonging.told(alone) == "story    o7: no other article tells it"
    assert belonging.of_article(archive, "nowhere") is None


def test_explain_tells_an_article_of_the_archive_by_its_id(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert newsgauge.main(["explain", "--tone", "lexicon", "--archive", archive.url, "--article", "v2"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("article  Sandu hails the referendum in Moldova (yle, 2024-10-01T17:00, v2)")
    assert "4 articles of 4 outlets, 2024-10-01 to 2024-10-01; this is number 4" in told
    assert "most like Moldova votes for the European Union" in told
    assert "2 h after the article before it" in told
    assert "language" in told  # and then what is made of its text
    assert newsgauge.main(["explain", "--tone", "lexicon", "--archive", archive.url, "--jsonl", "--article", "w1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["id"], found["story"]["story"], found["story"]["copy_of"]) == ("w1", "v1", "v1")
    assert found["story"]["copies"] == ["w2"]


def test_explain_finds_an_article_by_its_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("url,title,text\nhttps://example.org/1?id=7,NATO meets,NATO met in Oslo.\n")
    where = ["--archive", str(tmp_path / "imported"), "--tone", "lexicon"]
    assert newsgauge.main(["import", str(rows), *where]) == 0
    capsys.readouterr()
    assert newsgauge.main(["explain", "--article", "https://example.org/1?id=7&utm_source=x#top", *where]) == 0
    assert "article  NATO meets" in capsys.readouterr().out


def test_an_article_that_is_not_there_is_no_empty_answer(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        newsgauge.main(["explain", "--archive", archive.url, "--article", "nowhere"])
    assert end.value.code == 2
    assert "--article nowhere: no article of" in capsys.readouterr().err


def test_what_a_title_hides_moves_no_cursor(archive: Archive) -> None:
    record, place = belonging.article(archive, "h1"), belonging.of_article(archive, "h1")
    assert record is not None
    assert place is not None
    told = belonging.heading(record) + belonging.told(place)
    assert told.replace("\n", "").isprintable()
    assert told.count("\n") == 1
