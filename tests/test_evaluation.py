import numpy as np
import pytest

from ingest import evaluation

# Rows are what is true, columns what was said: 8 + 1 + 1 negative, 2 + 6 + 2 neutral, 0 + 5 + 5 positive.
CONFUSION = np.array([[8, 1, 1], [2, 6, 2], [0, 5, 5]])


def test_macro_f1_is_the_mean_of_the_three_classes():
    # negative 16/20, neutral 12/22, positive 10/18
    assert evaluation.macro_f1(CONFUSION) == pytest.approx((0.8 + 12 / 22 + 10 / 18) / 3)


def test_accuracy_counts_what_is_right():
    assert evaluation.accuracy(CONFUSION) == pytest.approx(19 / 30)


def test_precision_and_recall_tell_false_finds_from_misses():
    found = np.array([[5, 1], [2, 9]])
    assert evaluation.precision(found) == pytest.approx(9 / 10)
    assert evaluation.recall(found) == pytest.approx(9 / 11)


def test_a_folder_without_labelled_sets_gives_no_figure(tmp_path):
    assert evaluation.evaluate(tmp_path, None) == []
