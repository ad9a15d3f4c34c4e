"""Answers are worked out once, for all who ask, and only so many are kept."""

import gc
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from dashboard import held, portraits
from dashboard.kept import Kept
from data import catalogue, schema
from data.archive import open_archive
from data.filters import Filters
from tests.browser.newsroom import newsroom
from tests.conftest import article, mention, reading


def counted(kept, calls, most=3):
    """Ask for the square of a number; `calls` is what was worked out."""

    def asked(number):
        return kept.answer("square", number, most, lambda: calls.append(number) or number**2)

    return asked


def test_the_same_question_is_worked_out_once():
    calls = []
    square = counted(Kept(), calls)
    assert [square(2), square(3), square(2)] == [4, 9, 4]
    assert calls == [2, 3]


def test_the_answer_that_nobody_has_asked_for_longest_goes_first():
    calls = []
    square = counted(Kept(), calls, most=2)
    for number in (1, 2, 1, 3):
        square(number)
    assert calls == [1, 2, 3]
    square(1)
    assert calls == [1, 2, 3]
    square(2)
    assert calls == [1, 2, 3, 2]


def test_two_questions_about_the_same_thing_have_two_answers():
    kept = Kept()
    assert kept.answer("half", 4, 3, lambda: 2) == 2
    assert kept.answer("double", 4, 3, lambda: 8) == 8


def test_what_failed_is_asked_again():
    kept, calls = Kept(), []

    def failing():
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        kept.answer("square", 2, 3, failing)
    assert counted(kept, calls)(2) == 4
    assert calls == [2]


@pytest.mark.parametrize("fails", [False, True])
def test_who_asks_while_another_is_at_work_waits_and_gets_an_answer(fails):
    kept, begun, go_on, calls, found = Kept(), Event(), Event(), [], []

    def slow():
        calls.append("first")
        begun.set()
        assert go_on.wait(20)
        if fails:
            raise SystemExit  # a reader who leaves ends the script in the middle
        return 4

    def first():
        with suppress(SystemExit):
            found.append(kept.answer("square", 2, 3, slow))

    one = Thread(target=first)
    one.start()
    assert begun.wait(20)
    other = Thread(target=lambda: found.append(kept.answer("square", 2, 3, lambda: calls.append("second") or 4)))
    other.start()
    go_on.set()
    one.join()
    other.join()
    assert calls == (["first", "second"] if fails else ["first"])
    assert found == ([4] if fails else [4, 4])


def test_nobody_waits_without_end_for_another():
    kept, begun, go_on = Kept(patience=0), Event(), Event()

    def held_up():
        begun.set()
        go_on.wait()
        return "late"

    other = Thread(target=lambda: kept.answer("square", 2, 3, held_up))
    other.start()
    begun.wait()
    try:
        assert kept.answer("square", 2, 3, lambda: 4) == 4
    finally:
        go_on.set()
        other.join()


def test_what_was_answered_before_the_search_index_caught_up_is_asked_again(tmp_path):
    newsroom(tmp_path / "archive")
    url = str(tmp_path / "archive")
    before = held.press(open_archive(url).pin(), url)
    # The same version of the archive; that a search finds nothing is as if nothing was there.
    after = replace(before, mentions=before.mentions.clear(), kept=Kept())
    assert portraits.ever(before, "nato")["articles"] > 0
    assert portraits.ever(after, "nato")["articles"] == 0


def test_what_a_run_adds_to_a_month_that_was_looked_at_is_told_too(tmp_path):
    url = str(tmp_path / "archive")
    archive = open_archive(url, create=True)
    told = {"field": "text", "start": 0, "end": 9, "tone": 0.75, "confidence": 0.9, "how": "name", "speaker": None}
    found = []
    for key in ("a", "b"):
        of = {"article_id": key, "passages": [told]}
        archive.append(
            article(id=key, url=f"https://bbc.example/{key}"),
            reading(article_id=key),
            mention(**of),
            schema.empty("fetches"),
            key,
        )
        press = held.press(open_archive(url).pin(), url)
        found.append(portraits.said(press, Filters(actors=("nato",)))["article_id"].sort().to_list())
    assert found == [["a"], ["a", "b"]]


def test_an_edited_catalogue_is_read_at_the_next_run_of_a_page(tmp_path):
    folder = Path(shutil.copytree(catalogue.DEFAULT, tmp_path / "catalogue"))
    first = held.catalogue(folder)
    assert held.catalogue(folder) is first
    actors = folder / "actors.toml"
    actors.write_text(actors.read_text().replace('label = "NATO"', 'label = "The Alliance"'))
    assert "The Alliance" in {actor.label for actor in held.catalogue(folder).actors}


def test_what_is_in_memory_is_walked_through_once_and_not_after_every_run_of_a_page(tmp_path):
    newsroom(tmp_path / "archive")
    gc.unfreeze()
    url = str(tmp_path / "archive")
    held.press(open_archive(url).pin(), url)
    try:
        # Libraries alone are a hundred thousand objects.
        assert gc.get_freeze_count() > 100_000 > len(gc.get_objects())
    finally:
        gc.unfreeze()
