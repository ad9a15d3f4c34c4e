"""Answers kept in memory by what was asked, each worked out once, the latest of each question."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar, cast

_Answer = TypeVar("_Answer")


class Kept:
    """What one version of the archive has answered, for all sessions together.

    Streamlit's own caches hash and copy at every call, which for the fifty answers of a page costs more than to work
    them out. These hand out what they hold: nobody may change it.
    """

    def __init__(self, patience: float = 20) -> None:
        """`patience` is how many seconds one waits for another's answer."""
        self._patience = patience
        self._lock = Lock()
        self._answers: dict[str, OrderedDict[Hashable, Future[Any]]] = {}

    def answer(self, question: str, asked: Hashable, most: int, work: Callable[[], _Answer]) -> _Answer:
        """What `work` gives, which runs only where nobody has asked this; of a question the `most` latest are kept.

        Who asks while another is at work waits for it, and after `patience` works it out as well: whatever holds the
        other one up, no page may hang. What raises is not kept.
        """
        while True:
            answer, is_mine = self._place(question, asked, most)
            if is_mine:
                return self._worked_out(question, asked, answer, work)
            try:
                failed = answer.exception(self._patience)
            except TimeoutError:
                return work()
            if failed is None:
                return cast(_Answer, answer.result())
            # The other one failed, perhaps because its reader has gone: that is no answer to this one.

    def _place(self, question: str, asked: Hashable, most: int) -> tuple[Future[Any], bool]:
        """The answer, perhaps still being worked out, and whether it is the caller who has to."""
        with self._lock:
            answers = self._answers.setdefault(question, OrderedDict())
            if asked in answers:
                answers.move_to_end(asked)
                return answers[asked], False
            answer = answers[asked] = Future()
            if len(answers) > most:
                answers.popitem(last=False)
            return answer, True

    def _worked_out(self, question: str, asked: Hashable, answer: Future[Any], work: Callable[[], _Answer]) -> _Answer:
        try:
            found = work()
        except BaseException as error:
            with self._lock:
                self._answers[question].pop(asked, None)
            answer.set_exception(error)
            raise
        answer.set_result(found)
        return found
