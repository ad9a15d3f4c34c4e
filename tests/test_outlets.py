"""Outlets beside each other, worked out by hand."""

import math
from collections.abc import Mapping
from datetime import timedelta

import polars as pl
import pytest

from data import outlets
from tests.conftest import moment

DAY = moment("2024-10-01T00:00")


def rows(*told: Mapping[str, object]) -> pl.DataFrame:
    """Articles of 1 October, each its own text and story unless told otherwise."""
    base = {"outlet": "post", "language": "en", "is_copy": False, "published_at": DAY + timedelta(hours=9)}
    made = [{**base, "story": f"s{place}", "text_no": place, **one} for place, one in enumerate(told)]
    return pl.DataFrame(made).with_columns(day=pl.col("published_at").dt.date())


def test_an_outlet_is_told_with_what_its_numbers_are_of() -> None:
    later = {"published_at": DAY + timedelta(days=3)}
    articles = rows(
        {"story": "a"}, {"story": "a", "language": "de"}, {"story": "b", "is_copy": True}, later, {"outlet": "mail"}
    )
    found = outlets.listed(articles, articles.head(1))
    post = found.row(0, named=True)
    assert (post["outlet"], post["articles"], post["stories"], post["copies"]) == ("post", 4, 3, 0.25)
    assert (post["named"], post["attention"], post["languages"]) == (1, 0.25, ["en", "de"])
    assert (str(post["first"]), str(post["last"])) == ("2024-10-01", "2024-10-04")
    mail = found.row(1, named=True)
    assert (mail["outlet"], mail["named"], mail["attention"]) == ("mail", 0, 0.0)


def test_a_tone_of_an_outlet_counts_its_stories() -> None:
    values = pl.DataFrame({"outlet": "post", "story_no": [1, 1, 2], "value": [0.5, 0.5, -0.1]})
    found = outlets.tones(values).row(0, named=True)
    assert (found["outlet"], found["scored"], found["scored_stories"]) == ("post", 3, 2)
    assert found["tone"] == pytest.approx(0.3)


def pair(number: int, late: float, first: str = "mail", second: str = "post") -> list[dict[str, object]]:
    """A story that the first outlet tells at nine and the second so many hours later, and again after that."""
    at = DAY + timedelta(hours=9)
    story = {"story": f"t{first}{number}"}
    return [
        {**story, "outlet": first, "published_at": at},
        {**story, "outlet": second, "published_at": at + timedelta(hours=late)},
        {**story, "outlet": second, "published_at": at + timedelta(hours=late + 5)},
    ]


def test_who_tells_first_and_how_much_later_the_others_follow() -> None:
    told = [one for number in range(9) for one in pair(number, late=number + 1)]
    told += pair(9, late=2, first="post", second="mail")
    told += [{"outlet": "post"}]  # nobody else tells it
    found = {row["outlet"]: row for row in outlets.leads(rows(*told)).iter_rows(named=True)}
    # Of ten stories the mail has nine first, and follows once, after two hours; the post follows after 1 to 9 hours.
    assert (found["mail"]["told"], found["mail"]["first"], found["mail"]["share"], found["mail"]["hours"]) == (
        10, 9, 0.9, 2.0,
    )  # fmt: skip
    assert (found["post"]["first"], found["post"]["hours"]) == (1, 5.0)


def test_under_ten_stories_and_by_days_alone_nobody_leads() -> None:
    few = outlets.leads(rows(*pair(0, late=1)))
    assert few["told"].to_list() == [1, 1]
    assert few["share"].to_list() == [None, None]
    days = rows(*pair(0, late=24)).with_columns(published_at=pl.col("published_at").dt.truncate("1d"))
    assert outlets.leads(days).is_empty()


def texts(outlet: str, number: int, start: int) -> pl.DataFrame:
    numbers = pl.Series(range(start, start + number), dtype=pl.UInt32)
    return pl.DataFrame({"text_no": numbers}).with_columns(outlet=pl.lit(outlet)).select("outlet", "text_no")


def test_what_an_outlet_has_more_of_is_told_with_its_interval() -> None:
    articles = pl.concat([texts("post", 100, 0), texts("mail", 200, 1000)])
    named = {"nato": (40, 20), "ukraine": (10, 20), "china": (0, 60), "rare": (2, 1)}
    items = pl.concat(
        pl.concat([texts("post", own, 0), texts("mail", others, 1000)]).with_columns(item=pl.lit(key))
        for key, (own, others) in named.items()
    )
    found = {row["item"]: row for row in outlets.against_others(items, articles, "post").iter_rows(named=True)}
    nato = found["nato"]
    ratio = (40.5 / 100.5) / (20.5 / 200.5)
    error = math.sqrt(1 / 40.5 - 1 / 100.5 + 1 / 20.5 - 1 / 200.5)
    assert (nato["own"], nato["of_own"], nato["others"], nato["of_others"], nato["side"]) == (40, 100, 20, 200, "more")
    assert nato["ratio"] == pytest.approx(ratio)
    assert nato["low"] == pytest.approx(ratio * math.exp(-1.96 * error), rel=1e-4)
    # As many parts as the others have; never, where thirty would be usual; too few to tell.
    assert (found["ukraine"]["side"], found["china"]["side"]) == (None, "less")
    assert (found["rare"]["ratio"], found["rare"]["own"]) == (None, 2)


def test_a_text_that_ten_others_print_counts_once_among_the_others() -> None:
    copied = pl.concat([texts("post", 10, 0), *(texts(f"mail{number}", 10, 100) for number in range(10))])
    found = outlets.against_others(copied.with_columns(item=pl.lit("nato")), copied, "post").row(0, named=True)
    assert (found["others"], found["of_others"]) == (10, 10)


def test_a_tone_is_put_beside_that_of_the_others_where_both_have_ten_stories() -> None:
    hot = pl.concat(
        [
            texts("post", 10, 0).with_columns(actor=pl.lit("nato"), tone=0.5),
            texts("mail", 12, 100).with_columns(actor=pl.lit("nato"), tone=0.2),
            texts("post", 9, 0).with_columns(actor=pl.lit("china"), tone=0.5),
            texts("mail", 12, 100).with_columns(actor=pl.lit("china"), tone=0.2),
        ]
    )
    (row,) = outlets.tone_against_others(hot.rename({"text_no": "story_no"}), "post").iter_rows(named=True)
    assert (row["actor"], row["stories"], row["others_stories"]) == ("nato", 10, 12)
    assert row["difference"] == pytest.approx(0.3)
    assert (row["least"], row["most"]) == (pytest.approx(0.3), pytest.approx(0.3))
