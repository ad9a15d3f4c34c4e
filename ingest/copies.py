"""Which articles reprint another: a fingerprint that whole reprints share."""

import hashlib

from ingest.text import words

#: Under this many words two texts may be equal by chance: "Click here to see the video."
LEAST_WORDS = 50


def fingerprint(text: str) -> str | None:
    """32 hex digits of the text's words; case, punctuation and white space do not count. None under 50 words.

    >>> fingerprint("NATO met. " * 25) == fingerprint("“Nato” met … " * 25)
    True
    >>> fingerprint("NATO met.") is None
    True
    """
    said = words(text)
    if len(said) < LEAST_WORDS:
        return None
    return hashlib.blake2b(" ".join(said).encode("utf-8", "replace"), digest_size=16).hexdigest()
