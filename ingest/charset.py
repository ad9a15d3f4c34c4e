"""Bytes to characters: what the document says it is, unless its bytes say otherwise."""

import codecs
import re

from charset_normalizer import from_bytes
from w3lib.encoding import resolve_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
# Python codecs that are no charset of a document, and one that hides markup.
_NO_CHARSETS = {"utf-7", "idna", "punycode", "raw-unicode-escape", "unicode-escape"}
# What servers say when nobody told them.
_DEFAULTS = {"ascii", "iso8859-1", "cp1252"}
_SAMPLE = 50_000


def decode(document: bytes, content_type: str | None = None) -> str:
    """The document's characters: by its byte order mark, the HTTP header, its own declaration, or by detection.

    Bytes that are UTF-8 beyond ASCII are taken for UTF-8 where the label is but the usual default of a server. A label
    that does not fit is passed over; what fits nowhere is decoded with U+FFFD in the gaps.

    >>> decode("Łódź".encode(), "text/xml; charset=latin1"), decode("Ça".encode("latin-1"), "text/xml; charset=latin1")
    ('Łódź', 'Ça')
    """
    for mark, charset in _MARKS:
        if document.startswith(mark):
            return document.decode(charset, "replace").removeprefix("\ufeff")
    labels = [label for label in (_in_header(content_type), _in_document(document)) if label]
    if not labels or labels[0] in _DEFAULTS:
        labels.insert(0, "utf-8")
    for label in labels:
        decoded = _strictly(document, label)
        if decoded is not None:
            return decoded
    return _detected(document)


def _in_header(content_type: str | None) -> str | None:
    found = _DECLARED.search((content_type or "").encode("ascii", "replace"))
    return _charset(found[1]) if found else None


def _in_document(document: bytes) -> str | None:
    found = _DECLARED.search(document[:2048])
    label = _charset(found[1]) if found else None
    # Bytes in which we could read the declaration are no UTF-16, whatever it says.
    return None if label and label.startswith(("utf-16", "utf-32")) else label


def _charset(label: bytes) -> str | None:
    """Python's name of a charset; the web reads some labels as their larger sisters (encoding.spec.whatwg.org)."""
    resolved = resolve_encoding(label.decode("ascii"))
    if resolved is None:
        return None
    try:
        "".encode(resolved)  # Python knows codecs that are none of text, such as zlib
    except (LookupError, UnicodeError):
        return None
    name = codecs.lookup(resolved).name.replace("_", "-")
    return None if name in _NO_CHARSETS else name


def _strictly(document: bytes, charset: str) -> str | None:
    try:
        return document.decode(charset)
    except (UnicodeError, LookupError):
        # Windows has five empty places where Latin-1 has controls; a page with one of them is still Latin.
        return document.decode("latin-1") if charset in _DEFAULTS - {"ascii"} else None


def _detected(document: bytes) -> str:
    """What the bytes look like: UTF-8 with a flaw here and there, or else the likeliest charset."""
    beyond_ascii = re.search(rb"[\x80-\xff]", document)
    start = beyond_ascii.start() if beyond_ascii else 0
    sample = document[start : start + _SAMPLE]
    as_utf8 = sample.decode("utf-8", "replace")
    flaws = as_utf8.count("\ufffd")
    if flaws * 3 <= sum(character > "\x7f" for character in as_utf8):
        return document.decode("utf-8", "replace")
    best = from_bytes(sample).best()
    return document.decode(best.encoding if best else "utf-8", "replace")
