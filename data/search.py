"""Finding articles by words and "phrases" of their title."""

import re
import unicodedata

import polars as pl


class SearchError(ValueError):
    """A query that cannot be read: `message` says why, `position` is the code point where it goes wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def matches(query: str, column: str = "title") -> pl.Expr:
    """True where the column holds each word and each "phrase" of the query, in any order; for an empty query, always.

    A word is whole ("rom" is not in "Rome"), and neither case nor accents count ("Zelenskyy" finds "ZELENSKYY", "Orban"
    finds "Orbán"). Raises SearchError.
    """
    wanted = [_pattern(term) for term in terms(query)]
    text = folded(pl.col(column).fill_null(""))
    return pl.all_horizontal([pl.lit(True), *(text.str.contains(pattern) for pattern in wanted)])


def terms(query: str) -> list[str]:
    """The words and phrases of a query, folded; a phrase's words are joined by one space.

    >>> terms('Rutte "Secretary  General"')
    ['rutte', 'secretary general']
    """
    found = []
    position = 0
    while position < len(query):
        if query[position].isspace():
            position += 1
            continue
        end, term = _phrase(query, position) if query[position] in _QUOTES else _word(query, position)
        if words := _words(term):
            found.append(" ".join(words))
        position = end
    if query.strip() and not found:
        raise SearchError("there is no letter and no digit to look for", 0)
    return found


def folded(text: pl.Expr) -> pl.Expr:
    """Lower case without accents, so that two spellings of one name are one."""
    bare = text.str.normalize("NFKD").str.replace_all(r"\p{Mn}", "").str.to_lowercase()
    return bare.str.replace_all("ς", "σ", literal=True)


_QUOTES = {'"': '"', "“": "”", "„": "“"}


def _phrase(query: str, start: int) -> tuple[int, str]:
    close = query.find(_QUOTES[query[start]], start + 1)
    if close < 0:
        raise SearchError("a phrase is opened and never closed; add a closing quotation mark", start)
    return close + 1, query[start + 1 : close]


def _word(query: str, start: int) -> tuple[int, str]:
    end = start
    while end < len(query) and not query[end].isspace() and query[end] not in _QUOTES:
        end += 1
    return end, query[start:end]


def _words(text: str) -> list[str]:
    bare = (
        "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn")
        .lower()
        .replace("ς", "σ")
    )
    return re.findall(r"[^\W_]+", bare)


def _pattern(term: str) -> str:
    # Between the words of a phrase stands anything that is no word: "secretary general" finds "Secretary-General".
    return r"(?:^|[^\p{L}\p{N}])" + r"[^\p{L}\p{N}]+".join(map(re.escape, term.split(" "))) + r"(?:$|[^\p{L}\p{N}])"
