"""What a file of other people gives, row by row: an article, a row that is none, or how far the file has been read."""

from dataclasses import dataclass

from ingest.articles import Delivered

LARGEST_DOCUMENT = 20_000_000  # bytes of a feed document or page


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row or a file that gave no article, and the line that says so."""

    problem: str
    reason: str | None = "malformed"  # of schema.DROPPED; None for what is no row
    is_fault: bool = True  # something failed; otherwise it is told, and all is well


@dataclass(frozen=True, slots=True)
class Reached:
    """All that stands before this place of the file has been given; an import that is broken off can go on here."""

    position: int


Given = Delivered | Unreadable | Reached


def one_line(said: Exception | str) -> str:
    """What a library or a file says, fit for the middle of a line of ours."""
    return " ".join(str(said).split())[:160]
