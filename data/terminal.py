"""Texts of others where people read them: in a terminal, a log, cron's mail."""


def printable(text: str, length: int = 300) -> str:
    """`text` in one line, without control characters, bidi overrides and lone surrogates, at most `length` of it.

    >>> printable("a.jsonl\\x1b[2J\\nall is well")
    'a.jsonl [2J all is well'
    """
    kept = "".join(character if character.isprintable() else " " for character in text[:length])
    return " ".join(kept.split())
