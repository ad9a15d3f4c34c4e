"""What the topics model learns from: labels that people read, collectors' topics, definitions, an encoder's vectors."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data import catalogue as catalogues

LABELS = Path(__file__).parents[1] / "labels" / "topics.csv"
PRESS = "us-press-2012-2018.parquet"
NEWSCODES = "iptc_mediatopic_2023-10.json"

#: What a sentence encoder hears in the articles of the press, as topic_teacher.py left it.
TEACHING = Path(__file__).with_name("topic-teaching.npz")


def press(folder: Path) -> pl.DataFrame:
    """The articles of the set with `main, also` where they are labelled to learn; none of a site that is reported by.

    An outlet is known by its site: the set lists some twice, as "Fox News" and "Fox Online News".
    """
    articles = pl.read_parquet(folder / PRESS, columns=["id", "url", "outlet", "title", "text", "topic"]).with_columns(
        site=pl.col("url").str.to_lowercase().str.extract(r"^https?://(?:[^/]*\.)?([^./]+\.[a-z]+(?:\.uk)?)(?:[/:?]|$)")
    )
    labels = pl.read_csv(LABELS).select("article", "part", "main", "also", "drawn")
    known = articles.join(labels, left_on="id", right_on="article", how="left", maintain_order="left")
    reported = known.filter(part="report")
    return known.filter(
        ~pl.col("outlet").is_in(reported["outlet"].to_list())
        & ~pl.col("site").is_in(reported["site"].drop_nulls().to_list()).fill_null(False)
    )


#: Topics of the set's collectors that name one of ours, and of those that a politician's press says little of.
COLLECTED = {
    "arts_and_entertainment": "arts-culture-entertainment-and-media",
    "banking_and_finance": "economy-business-and-finance",
    "business": "economy-business-and-finance",
    "disaster": "disaster-accident-and-emergency-incident",
    "ebola": "health",
    "education": "education",
    "environment": "environment",
    "labor": "labour",
    "obesity_and_malnutrition": "health",
    "religion_and_faith": "religion",
    "science": "science-and-technology",
    "sports": "sport",
    "technology": "science-and-technology",
}
MOST_COLLECTED = 60  # of one of ours


def collected(known: pl.DataFrame) -> pl.DataFrame:
    """Articles without a label whose collectors' topic names one of ours: rows of `known` with `main`."""
    return (
        known.filter(pl.col("main").is_null() & pl.col("topic").is_in(list(COLLECTED)))
        .with_columns(main=pl.col("topic").replace_strict(COLLECTED), drawn=pl.lit("collected"))
        .sort("id")  # ids are drawn by chance
        .filter(pl.int_range(pl.len()).over("main") < MOST_COLLECTED)
    )


def defined(folder: Path) -> pl.DataFrame:
    """Each topic of the second level as if it were an article: its name, and what is defined below it."""
    codes: list[dict[str, Any]] = [
        code for code in json.loads((folder / NEWSCODES).read_text(encoding="utf-8")) if not code["retired"]
    ]
    below = {code["qcode"]: code["parent"] for code in codes}
    keys = {topic.id: topic.key for topic in catalogues.load(catalogues.DEFAULT).topics if topic.words}
    second = {code["qcode"]: code for code in codes if code["depth"] == 2}
    told: dict[str, list[str]] = {qcode: [] for qcode in second}
    for code in codes:
        at = code["qcode"]
        while at is not None and at not in second:
            at = below.get(at)
        if at is not None:
            told[at].append(f"{code['name']}. {code['definition'] or ''}")
    rows = [
        {"id": qcode, "title": code["name"], "text": " ".join(told[qcode]), "main": keys[code["level1"]]}
        for qcode, code in second.items()
    ]
    return pl.DataFrame(rows).with_columns(outlet=pl.lit(""), drawn=pl.lit("defined"))


def write_teaching(articles: pl.Series, vectors: np.ndarray, file: Path) -> None:
    """Keeps what an encoder hears (articles, n) in whole numbers of one byte, and of which articles (ids) it is."""
    scale = np.abs(vectors).max(axis=0) / 127
    kept = np.rint(vectors / scale).astype(np.int8)
    known = np.array([_known_by(article) for article in articles], dtype=np.uint32)
    np.savez_compressed(file, vectors=kept, scale=scale.astype(np.float32), articles=known)


def teaching(articles: pl.Series, file: Path) -> np.ndarray:
    """What the encoder hears in these articles, (articles, n); zeros where it was not asked."""
    with np.load(file) as kept:
        places = {article: place for place, article in enumerate(kept["articles"].tolist())}
        vectors = np.pad(kept["vectors"] * kept["scale"], ((0, 1), (0, 0)))
    found: np.ndarray = vectors[[places.get(_known_by(article), -1) for article in articles]]
    return found


def _known_by(article: str) -> int:
    return int.from_bytes(sha256(article.encode()).digest()[:4], "big")
