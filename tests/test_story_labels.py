"""A story is called by the phrases that tell it from the rest, and by the title at its centre."""

from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from data import story_labels
from tests.conftest import NOON

DAY = date(2024, 10, 1)

TITLES = {
    "v1": "Ministers arrive for the Vilnius summit",
    "v2": "Vilnius summit agrees on air defence",
    "v3": "What the summit in Vilnius means for air defence",
    "v4": "Air defence: Oslo waits, Vilnius summit talks",
    "f1": "Flood in Valencia kills dozens",
    "f2": "Rivers burst their banks as ministers visit Valencia",
}


WORDS = ["Vilnius", "Valencia", "summit", "flood", "kills", "of", "dozens", "agrees"]
TITLES_DRAWN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


def press(titles: dict[str, str], **more: Any) -> pl.DataFrame:
    """Articles of the stories v and f, an hour apart, and of others, each alone."""
    rows = [
        {
            "article_id": key,
            "title": title,
            "day": DAY,
            "published_at": NOON + timedelta(hours=number),
            "story": key[0] if key[0] in "vf" else key,
            "is_copy": False,
        }
        | more
        for number, (key, title) in enumerate(titles.items())
    ]
    return pl.DataFrame(rows)


def called(articles: pl.DataFrame, *stories: str) -> dict[str, tuple[list[str], str | None]]:
    return {story: (label, lead) for story, label, lead in story_labels.labelled(articles, stories).iter_rows()}


def test_a_story_is_called_by_what_its_titles_share_and_others_lack() -> None:
    # Ministers are in the titles of both, and in many others: that tells nothing.
    others = {f"o{n}": f"Ministers speak on matter {n}" for n in range(200)}
    found = called(press(TITLES | others), "f", "v")
    assert list(found) == ["f", "v"]
    assert found["f"][0] == ["Valencia"]
    # Each is in three of the four; "Vilnius" and "summit" alone are in all, and part of what is told.
    assert set(found["v"][0][:2]) == {"Vilnius summit", "air defence"}
    assert not any("inisters" in phrase for label, _ in found.values() for phrase in label)


def test_the_lead_is_the_title_that_has_most_in_common_and_the_first_of_few() -> None:
    found = called(press(TITLES), "v", "f")
    assert found["v"][1] == "Vilnius summit agrees on air defence"
    assert found["f"][1] == "Flood in Valencia kills dozens"


def test_copies_have_no_say_in_what_a_story_is_called() -> None:
    copies = press({f"v{n}": "Oslo waits for gas" for n in range(10, 20)}, is_copy=True)
    assert called(pl.concat([press(TITLES), copies]), "v") == called(press(TITLES), "v")


def test_a_story_is_called_the_same_beside_whichever_others() -> None:
    articles = press(TITLES | {f"o{n}": f"Summit of ministers agrees on matter {n}" for n in range(50)})
    both = called(articles, "v", "f", "o1")
    assert both == called(articles, "v") | called(articles, "f") | called(articles, "o1")
    titles = {story: lead for story, (_, lead) in both.items()}
    assert dict(story_labels.leads(articles, ["f", "o1", "v"]).iter_rows()) == titles


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["v1", "v2", "v3", "v4", "f1", "f2", "f3"]), TITLES_DRAWN, max_size=7))
def test_a_story_has_the_same_title_and_phrases_beside_whichever_others(drawn: dict[str, str]) -> None:
    articles = press(TITLES | drawn)
    assert called(articles, "v", "f") == called(articles, "v") | called(articles, "f")
    together = dict(story_labels.leads(articles, ["v", "f"]).iter_rows())
    assert together == {story: dict(story_labels.leads(articles, [story]).iter_rows())[story] for story in "vf"}


def test_what_is_kept_of_the_usual_titles_names_a_story_by_its_own_articles_alone() -> None:
    articles = press(TITLES | {f"o{n}": f"Summit of ministers agrees on matter {n}" for n in range(50)})
    own, usual = articles.filter(pl.col("story") == "v"), story_labels.evenly(articles)
    assert story_labels.labelled(own, ["v"], usual=usual).equals(story_labels.labelled(articles, ["v"]))


def test_what_is_not_there_has_no_row_and_what_has_no_title_has_none() -> None:
    assert called(press(TITLES), "nowhere") == {}
    assert called(press({"v1": "", "v2": ""}), "v") == {"v": ([], "")}


def test_a_story_of_one_article_has_its_title_and_no_phrase() -> None:
    assert called(press(TITLES | {"o1": "Drawings of bridges in Lisbon"}), "o1") == {
        "o1": ([], "Drawings of bridges in Lisbon")
    }
