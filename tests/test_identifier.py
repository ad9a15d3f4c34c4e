"""What tells the language says what its model says, in less memory."""

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from ingest.identifier import identifier

TEXTS = (
    "The minister spoke in Oslo on Monday.",
    "Der Minister sprach am Mittwoch in Berlin.",
    "Le gouvernement a annoncé de nouvelles mesures.",
    "Правительство объявило о новых мерах.",
    "政府は新たな措置を発表した。",
    "الحكومة تعلن إجراءات جديدة",
    "NATO",
    "",
)


def test_it_says_of_every_text_what_the_whole_model_says_of_it() -> None:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole.set_languages([code for code in whole.labels if len(code) == 2 and code != "la"])

    assert [identifier().classify(text) for text in TEXTS] == [whole.classify(text) for text in TEXTS]
    assert [identifier().classify(text)[0] for text in TEXTS[:5]] == ["en", "de", "fr", "ru", "ja"]


def test_the_tables_of_the_model_are_a_third_of_what_they_are_as_they_come() -> None:
    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    moves = identifier().tk_nextmove

    held = 4 * (len(moves.begins) + len(moves.numbers)) + identifier().nb_ptc.nbytes
    assert 3 * held < 4 * len(whole.tk_nextmove) + whole.nb_ptc.nbytes + identifier().nb_ptc.nbytes
