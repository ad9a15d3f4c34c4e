"""What text looks like once it has come in by the one door, where its sentences end, and which language it is in."""

import tracemalloc
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text import SENTENCE_CAP, TEXT_CAP, clean, clean_title, language, sentences, traced

#: Letters that have given trouble, often enough to meet each other.
AWKWARD = st.text(st.one_of(st.sampled_from(" \n\t\r\x00\x1c\x85\xa0\xad\u2028\u200b\ufeff\ud800e\u0301\u0315\u1100\u1161\u11a8İΣ\u202ea."), st.characters()), max_size=60)  # fmt: skip  # noqa: E501


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("NA\x00TO\x07", "NATO"),
        ("  NATO \t met\xa0\xa0today ", "NATO met today"),
        ("One.\r\n\r\n\n Two.", "One.\nTwo."),
        ("One.\u2029Two.", "One.\nTwo."),
        ("Zele\u0301nsky", "Zelénsky"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("\u202eOTAN\u202c \u2066x\u2069", "OTAN x"),
        ("Uk\u00adra\u200bine\ufeff", "Ukraine"),
        ("\uffff", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_text_comes_in_clean(given_text, stored):
    assert clean(given_text) == stored


def test_a_title_is_one_line_of_at_most_a_thousand_letters():
    assert clean_title("NATO\n\nmeets") == "NATO meets"
    assert clean_title("a" * 999 + " bcd") == "a" * 999
    assert len(clean_title("x" * 10_000_000)) == 1_000


def test_a_letter_keeps_at_most_thirty_marks():
    assert len(clean("a" + "\u0315\u0316" * 1_000_000)) == 31


@given(AWKWARD)
def test_cleaning_twice_changes_nothing(text):
    once = clean(text)
    assert clean(once) == once
    assert clean_title(clean_title(text)) == clean_title(text)
    assert unicodedata.is_normalized("NFC", once)
    once.encode()


@given(AWKWARD, st.integers(0, 70))
def test_each_letter_of_a_cleaned_text_is_traced_to_the_text_as_given(text, cap):
    cleaned, trace = traced(text, cap)
    stretches = list(trace)
    assert cleaned == clean(text, cap)
    assert len(stretches) == len(cleaned)
    for letter, (start, end) in zip(cleaned, stretches, strict=True):
        assert 0 <= start < end <= len(text)
        assert letter in f"\ufffd{clean(text[start:end])}" or letter == clean(f"a{text[start:end]}b")[1:-1]
    assert [*sorted(stretches)] == stretches


def test_a_name_is_traced_through_marks_and_breaks():
    text = "\x00 Re\u0301gis \t\n Le\u00adbrun"
    cleaned, stretches = traced(text)
    assert cleaned == "Régis\nLebrun"
    assert text[stretches[6][0] : stretches[11][1]] == "Le\u00adbrun"
    assert text[stretches[0][0] : stretches[4][1]] == "Re\u0301gis"


@pytest.mark.parametrize(
    "parts",
    [
        ["Mr. Rutte met Gen. C. Q. Brown and Sen. Lindsey Graham.", "They spoke."],
        ["He left the U.S. in June.", "U.S. President Joe Biden stayed."],
        ["He came from the U.S.", "The visit was short."],
        ["It began at 9 a.m. on Jan. 20 at Apple Inc. in Ohio.", "It rained."],
        ["“We will stay,” she said.", "“We must.”", "He agreed."],
        ["“Why?” he asked.", "“Because!”", "Nobody spoke..."],
        ["Ms. Warren, D-Mass., spoke (twice.)", "Then she left."],
        ["Prices rose 3.5 percent to $1.20.", "Analysts cheered!"],
        ["A heading without a stop", "A paragraph.", "Another."],
        ["Что дальше?", "Никто не знает."],
        ["北约开会。", "乌克兰欢迎。"],
        ["J.D. Vance and Donald Trump Jr. spoke vs. Harris.", "She won."],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(parts):
    text = "\n".join(parts) if not parts[0].endswith((".", "?", "!", "”", ".)", "。")) else " ".join(parts)
    text = text.replace("。 ", "。")
    assert cut(text) == parts


@given(st.text(st.sampled_from("ab. \n!?“”\"'。U"), max_size=200))
def test_sentences_leave_out_nothing_but_white_space(text):
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() and start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize("text", ["a" * 500_000, "word " * 100_000, "." * 500_000 + "x", "U." * 250_000, "“" * 99_999])
def test_no_sentence_is_longer_than_its_cap(text):
    spans = sentences(text)
    assert max(end - start for start, end in spans) <= SENTENCE_CAP
    assert sum(end - start for start, end in spans) >= len(text.replace(" ", ""))


def test_a_long_sentence_is_cut_between_words():
    assert {word for part in cut("Ukraine " * 1_000) for word in part.split()} == {"Ukraine"}


@pytest.mark.parametrize(
    ("title", "text", "told"),
    [
        ("NATO meets in Oslo", "The ministers spoke about the budget of the alliance for three hours.", "en"),
        ("Ein Bericht", "Der Generalsekretär besuchte am Mittwoch Berlin und sprach mit der Regierung.", "de"),
        ("", "Міністри говорили про бюджет альянсу протягом трьох годин.", "uk"),
        ("", "Les ministres ont parlé pendant trois heures du budget de l’alliance.", "fr"),
        ("", "Os ministros falaram durante três horas sobre o orçamento da aliança.", "pt"),
        ("NATO", "", None),
        ("", "", None),
        ("2024", "12345 67890", None),
    ],
)
def test_a_language_is_told_or_said_to_be_unsure(title, text, told):
    assert language(title, text) == told


@pytest.mark.parametrize("piece", ["a", "  ", "NATO\t", "😀\u200b"])
def test_tracing_a_text_of_any_length_takes_memory_for_what_is_kept_of_it(piece):
    letters = f"N{piece * (2_000_000 // len(piece))}O"
    tracemalloc.start()
    try:
        cleaned, trace = traced(letters)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(trace) == len(cleaned) <= TEXT_CAP
    assert trace[len(cleaned) - 1][1] <= len(letters)
    # Pieces between what is dropped, and two numbers of four bytes for each letter that is kept; not a pair for each.
    assert peak < 64 * len(letters) + 16 * TEXT_CAP
