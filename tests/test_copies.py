"""What is kept of a text tells how much of it stands in another, and nothing else does."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.copies import LEAST, LEAST_WORDS, MOST, fingerprint, sketch

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


@given(st.text(min_size=100, max_size=400))
def test_no_text_stops_it_and_its_hashes_rise_and_fit_in_32_bits(text):
    made = sketch(text) or []
    assert made == sorted(set(made))
    assert all(-(2**31) <= hash_ < 2**31 for hash_ in made)
