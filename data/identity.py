"""How an article is known again: its canonical URL, and hashes of what was delivered and of what is stored."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# Parameters that say how a reader came, never which article it is.
_TRACKING = re.compile(
    r"utm_.*|at_.*|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|ocid|ncid|cmpid|cmp|smid|ito|xtor|"
    r"ref|ref_src|referrer|partner|feedtype|feedname|traffic_source|guccounter|taid|soc_src|wt_mc|wt_zmc"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# No address has these, and no terminal, log or table should be handed them.
_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\xa0\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
#: Characters of an address; servers take 8,000 (RFC 9110, 4.1).
_LONGEST = 8_000


def canonical_url(url: str) -> str:
    """The address under which an article is stored: without fragment, tracking parameters or default port.

    The scheme stays as it is; the host is lower case; the other parameters keep their order; controls and spaces are
    escaped. Raises ValueError for what is no http(s) address.

    >>> canonical_url("HTTPS://Example.org:443/a?utm_source=x&id=7#top")
    'https://example.org/a?id=7'
    """
    parts = urlsplit(url.strip())
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in _DEFAULT_PORTS or not host or _UNPRINTABLE.search(host) or len(url) > _LONGEST:
        raise ValueError(f"no http(s) address: {url[:200]!r}")
    host = f"[{host}]" if ":" in host else host
    if parts.port and parts.port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{parts.port}"
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(key.lower())
    ]
    path = _UNPRINTABLE.sub(lambda one: quote(one[0], errors="replace"), parts.path or "/")
    return urlunsplit((scheme, host, path, urlencode(kept, errors="replace"), ""))


def article_id(url: str) -> str:
    """16 hex digits that stand for a canonical URL."""
    return digest(url)[:16]


def digest(*parts: str | None) -> str:
    """32 hex digits that stand for these texts in this order; a missing text is not an empty one."""
    hashed = hashlib.blake2b(digest_size=16)
    for part in parts:
        hashed.update(b"\0" if part is None else b"\1" + part.encode("utf-8", "replace") + b"\2")
    return hashed.hexdigest()


def slug(name: str) -> str:
    """A lower-case key for a name that the catalogue does not know.

    >>> slug("CNN (Web News)")
    'cnn-web-news'
    """
    return re.sub(r"[^\w]+", "-", name.lower(), flags=re.UNICODE).strip("-_")[:80] or "unnamed"
