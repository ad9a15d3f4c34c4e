"""What is kept of a text tells how much of it stands in another, and nothing else does."""

import random
from collections.abc import Sequence
from datetime import timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import schema
from data.copies import originals
from ingest.copies import LEAST, LEAST_WORDS, MOST, fingerprint, sketch
from tests.conftest import NOON, moment, reading

TEXT = " ".join(f"word{number}" for number in range(60)) + "."
LONG = " ".join(f"word{number}" for number in range(1_000))
WORDS = st.lists(st.text("abcдé", min_size=1, max_size=4), min_size=LEAST_WORDS, max_size=70)
BETWEEN = st.sampled_from([" ", ", ", " — ", "\n", ". “"])


def test_a_reprint_has_the_fingerprint_of_its_original():
    assert fingerprint(TEXT.upper().replace(" ", "\n\n")) == fingerprint(f"“{TEXT}”")


def test_another_word_is_another_fingerprint():
    assert fingerprint(TEXT) != fingerprint(TEXT.replace("word7 ", "word8 "))
    assert fingerprint(TEXT) != fingerprint(TEXT + " More.")


def test_a_short_text_has_none():
    assert fingerprint("") is sketch("") is None
    assert fingerprint(" ".join(["word"] * 49)) is sketch(" ".join(["word"] * 49)) is None
    assert fingerprint(" ".join(["word"] * 50)) is not None
    assert sketch(" ".join(["word"] * 50)) is not None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(WORDS, BETWEEN)
def test_how_words_are_parted_does_not_matter(words, between):
    assert fingerprint(between.join(words)) == fingerprint(" ".join(words))
    assert sketch(between.join(words)) == sketch(" ".join(words))


def test_a_sketch_is_the_same_on_any_machine():
    made = sketch(TEXT)
    assert made is not None
    assert made[:3] == [-1988641928, -1937182348, -1863207890]  # an archive is full of them


def test_a_sketch_grows_with_its_text_and_has_its_bounds():
    sizes = {words: len(sketch(" ".join(LONG.split()[:words])) or []) for words in (50, 60, 804, 1_000)}
    assert sizes == {50: 46, 60: LEAST, 804: 50, 1_000: 62}
    assert len(sketch(" ".join(f"word{number}" for number in range(20_000))) or []) == MOST


def test_a_part_of_a_text_has_the_hashes_of_the_whole_as_far_as_these_reach():
    whole, part = sketch(LONG), sketch(" ".join(LONG.split()[300:700]))
    assert whole is not None
    assert part is not None
    reached = [hash_ for hash_ in part if hash_ <= whole[-1]]
    assert len(reached) > 10
    assert set(reached) < set(whole)


def test_a_text_that_says_one_thing_all_the_time_has_few_hashes():
    assert len(sketch("NATO met. " * 5_000) or []) == 2


@settings(deadline=None)
@given(st.text(min_size=100, max_size=400))
def test_no_text_stops_it_and_its_hashes_rise_and_fit_in_32_bits(text):
    made = sketch(text) or []
    assert made == sorted(set(made))
    assert all(-(2**31) <= hash_ < 2**31 for hash_ in made)


# Which reprints which


def press(*texts: str, outlets: Sequence[str] = (), hours: Sequence[int] = ()) -> list[str | None]:
    """`copy_of` of articles a, b, c ... with these texts; one an hour, each of another outlet unless told."""
    readings = [
        reading(
            article_id=chr(97 + n),
            outlet=outlets[n] if outlets else f"o{n}",
            published_at=NOON + timedelta(hours=hours[n] if hours else n),
            words=len(text.split()),
            sketch=sketch(text),
            fingerprint=fingerprint(text),
        )
        for n, text in enumerate(texts)
    ]
    return originals(pl.concat(readings))["copy_of"].to_list()


def prose(seed: int, words: int) -> str:
    """So many words of a text that no other seed gives."""
    return " ".join(f"w{word}" for word in random.Random(seed).choices(range(3_000), k=words))  # noqa: S311


WIRE = prose(1, 400)
OTHER = prose(2, 400)
FOOTER = prose(3, 60)


def test_an_article_that_reprints_another_is_its_copy_however_it_is_changed():
    words = WIRE.split()
    changed = {
        "whole": WIRE.upper(),
        "cut": " ".join(words[:240]),
        "cut to the first paragraphs": " ".join(words[:120]),
        "another lead": prose(4, 30) + " " + " ".join(words[30:]),
        "a local paragraph": " ".join(words[:200]) + " " + prose(5, 80) + " " + " ".join(words[200:]),
        "a word in fifteen": " ".join("other" if n % 15 == 0 else word for n, word in enumerate(words)),
    }
    assert {how: press(WIRE, OTHER, text)[2] for how, text in changed.items()} == dict.fromkeys(changed, "a")


def test_articles_on_the_same_speech_are_no_copies():
    quoted = prose(6, 120)
    assert press(f"{prose(7, 200)} {quoted}", f"{quoted} {prose(8, 200)}") == [None, None]


def test_copies_of_a_copy_point_at_the_original():
    words = WIRE.split()
    second = " ".join(words[:340]) + " " + prose(9, 60)
    third = " ".join(words[:300]) + " " + prose(9, 60)
    assert press(WIRE, second, third) == [None, "a", "a"]


def test_what_shares_only_with_a_copy_is_an_original():
    # The third has half of its text from what the second added.
    added = prose(10, 250)
    assert press(WIRE, f"{WIRE} {added}", f"{added} {prose(11, 20)}") == [None, "a", None]


def test_the_longest_is_the_original_of_those_published_at_once():
    cut = " ".join(WIRE.split()[:150])
    assert press(cut, WIRE, hours=[0, 0]) == ["b", None]


def test_an_article_that_grows_day_after_day_is_no_reprint_within_its_outlet():
    begun = prose(20, 1_600)
    grown = " ".join(begun.split()[:1_040]) + " " + prose(21, 560)
    assert press(begun, grown, outlets=["o", "p"]) == [None, "a"]
    assert press(begun, grown, outlets=["o", "o"]) == [None, None]


def test_shared_boilerplate_does_not_chain_strangers():
    # Briefs that are mostly a call to subscribe and an agency's footer: of one outlet, and of forty that share a page.
    briefs = [f"{prose(100 + n, 30)} {FOOTER}" for n in range(40)]
    days = [24 * (n % 10) for n in range(40)]
    assert press(*briefs, outlets=["o"] * 40, hours=days) == [None] * 40
    assert press(*briefs, hours=days) == [None] * 40


def test_a_copy_may_bring_along_the_footer_of_its_original():
    own = [f"{prose(400 + n, 100)} {FOOTER}" for n in range(4)]
    copy = f"{prose(5, 40)} {own[3]}"
    assert press(*own, copy, outlets=[*["o"] * 4, "p"], hours=[0, 24, 48, 72, 73]) == [*[None] * 4, "d"]


def test_a_notice_in_the_place_of_every_text_makes_no_copies():
    notice = prose(13, 70)
    assert press(*[notice] * 10, hours=[24 * n for n in range(10)]) == [None] * 10


def test_a_reprint_is_known_among_standing_background():
    background = prose(14, 200)
    days = [24 * n for n in range(12)]
    strangers = [f"{prose(200 + n, 90)} {background}" for n in range(12)]
    reprint = f"{prose(205, 90)} {background}"
    assert press(*strangers, reprint, hours=[*days, 24 * 5 + 1]) == [*[None] * 12, "f"]


def test_a_wire_text_in_forty_outlets_has_one_original():
    prints = [f"{WIRE} {prose(300 + n, 40)}" for n in range(40)]
    assert press(*prints) == [None, *["a"] * 39]


def test_a_wire_text_that_an_outlet_prints_on_three_days_stays_a_wire_text():
    prints = [f"{WIRE} {prose(350 + n, 40)}" for n in range(7)]
    outlets = ["o", "p", "q", "r", "o", "o", "s"]
    assert press(*prints, outlets=outlets, hours=[0, 1, 2, 3, 24, 48, 49]) == [None, *["a"] * 6]


def test_a_reprint_after_a_month_is_news_again_and_an_undated_one_is_of_the_end_of_its_month():
    made = {"sketch": sketch(WIRE), "words": 400}
    days = ["2024-01-31", "2024-02-01", "2024-04-01"]
    rows = [reading(article_id=day, outlet=day, published_at=moment(day), **made) for day in days]
    undated = reading(article_id="undated", published_at=None, month="2024-02", **made)
    found = originals(pl.concat([*rows, undated]))
    assert found["copy_of"].to_list() == [None, "2024-01-31", None, "2024-01-31"]


@settings(deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter(order):
    texts = [WIRE, OTHER, WIRE[:900], OTHER[:2_000] + prose(15, 30), prose(16, 60), FOOTER, FOOTER, WIRE]
    rows = [
        reading(article_id=f"a{n}", outlet=f"o{n}", words=n, sketch=sketch(text), fingerprint=fingerprint(text))
        for n, text in enumerate(texts)
    ]
    found = originals(pl.concat([rows[n] for n in order])).sort("article_id")
    assert found["copy_of"].to_list() == ["a7", "a3", "a7", None, None, "a6", None, None]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.sets(st.integers(0, 30), min_size=1)), max_size=25))
def test_a_copy_names_an_earlier_original_and_never_a_copy(articles):
    rows = [
        reading(article_id=f"a{n:02}", outlet=f"o{n}", published_at=NOON + timedelta(days=day), sketch=sorted(hashes))
        for n, (day, hashes) in enumerate(articles)
    ]
    found = originals(pl.concat([schema.empty("readings"), *rows]))
    copy_of = dict(found.rows())
    at = {f"a{n:02}": day for n, (day, _) in enumerate(articles)}
    for copy, original in copy_of.items():
        assert original is None or (copy_of[original] is None and 0 <= at[copy] - at[original] <= 31)
