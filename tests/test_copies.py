"""A reprint is known by its words."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.copies import LEAST_WORDS, fingerprint

TEXT = " ".join(f"word{number}" for number in range(60)) + "."
WORDS = st.lists(st.text("abcдé", min_size=1, max_size=4), min_size=LEAST_WORDS, max_size=70)


def test_a_reprint_has_the_fingerprint_of_its_original():
    assert fingerprint(TEXT.upper().replace(" ", "\n\n")) == fingerprint(f"“{TEXT}”")


def test_another_word_is_another_fingerprint():
    assert fingerprint(TEXT) != fingerprint(TEXT.replace("word7 ", "word8 "))
    assert fingerprint(TEXT) != fingerprint(TEXT + " More.")


def test_a_short_text_has_none():
    assert fingerprint("") is None
    assert fingerprint(" ".join(["word"] * 49)) is None
    assert fingerprint(" ".join(["word"] * 50)) is not None


@given(WORDS, st.sampled_from([" ", ", ", " — ", "\n", ". “"]))
def test_how_words_are_parted_does_not_matter(words, between):
    assert fingerprint(between.join(words)) == fingerprint(" ".join(words))
