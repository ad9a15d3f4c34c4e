"""The lines for a notebook: run as they are, they read what the page counts."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from data import export, schema, snippet
from data.archive import Archive, open_archive
from data.filters import Filters
from tests.conftest import article, mention, moment, reading

HOME = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Five articles: two tell one story, one is French, one undated, one was changed after it had been collected."""
    made = open_archive(str(tmp_path_factory.mktemp("snippet") / "archive"), create=True)
    november = moment("2024-11-05T08:00")
    whole = {
        "articles": [
            article(id="a1", title="NATO meets in Oslo"),
            article(id="a2", title="A reprint", outlet="post"),
            article(id="a3", title="Élections", language="fr", published_at=november),
            article(id="a4", title="Undated", published_at=None, published_from=None, language=None),
            article(id="a5", title="Grain leaves Odesa", published_at=november),
        ],
        "readings": [
            reading(article_id="a1", tone=0.5, topics=["politics", "conflict"], fingerprint="g", story="a1"),
            reading(article_id="a2", tone=-0.25, outlet="post", fingerprint="g", copy_of="a1", story="a1"),
            reading(article_id="a3", tone=None, published_at=november, language="fr"),
            reading(article_id="a4", tone=0.0, published_at=None, language=None),
            reading(article_id="a5", tone=-0.5, published_at=november, topics=["trade"]),
        ],
        "mentions": [
            mention(article_id="a1", tone=0.34),
            mention(article_id="a1", actor="ukraine", tone=-0.5),
            mention(article_id="a2", tone=-0.25, outlet="post"),
            mention(article_id="a4", tone=None, published_at=None),
            mention(article_id="a5", actor="ukraine", tone=0.1, published_at=november),
        ],
    }
    tables = [pl.concat(whole[name]) for name in ("articles", "readings", "mentions")]
    made.append(*tables, schema.empty("fetches"), "b1")
    again = article(id="a5", version=2, title="Grain leaves Odesa again", published_at=november)
    made.append(again, whole["readings"][4], whole["mentions"][4], schema.empty("fetches"), "b2")
    return made


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(actors=("nato",)),
        Filters(actors=("ukraine", "russia"), tone_from=0.0),
        Filters(outlets=("post", "it's")),
        Filters(languages=("und", "fr")),
        Filters(topics=("conflict", "trade")),
        Filters(stories=("a1",), copies=False),
        Filters(from_day=moment("2024-10-02").date(), to_day=moment("2024-11-05").date()),
        Filters(tone_to=0.0),
        Filters(search='grain OR title:"oslo"', actors=("ukraine",)),
        Filters(search="]) or __import__('os').abort() #"),
    ],
)
def test_the_lines_read_what_is_exported(archive: Archive, filters: Filters) -> None:
    try:
        expected = export.articles_table(archive, filters)
    except ValueError:
        # What no search can read is text in the lines, and read there as little.
        assert repr(filters.search) in snippet.articles(archive, filters)
        return
    code = snippet.articles(archive.pin(), filters) + "print(articles['id'].to_list(), articles['title'].to_list())"
    environment = os.environ | {"NEWSGAUGE_ARCHIVE": archive.url, "PYTHONPATH": str(HOME)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == f"{expected['id'].to_list()} {expected['title'].to_list()}"
    assert archive.url not in code
