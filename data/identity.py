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
LONGEST_URL = 8_000


def canonical_url(url: str) -> str:
    """The address under which an article is stored: without fragment, tracking parameters or default port.

    Of a page for phones (m., mobile., amp., /amp, the caches of AMP pages) it is that of the article itself. The scheme
    stays as it is; the host is lower case; the other parameters keep their order; controls and spaces are escaped.
    Raises ValueError for what is no http(s) address.

    >>> canonical_url("HTTPS://Example.org:443/a?utm_source=x&id=7#top")
    'https://example.org/a?id=7'
    >>> canonical_url("https://www.google.com/amp/s/amp.example.org/world/rain.amp.html")
    'https://www.example.org/world/rain.html'
    """
    if len(url) > LONGEST_URL:
        raise ValueError(f"no http(s) address: {url[:200]!r}")
    parts = urlsplit(_out_of_cache(url.strip()))
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in _DEFAULT_PORTS or not host or _UNPRINTABLE.search(host):
        raise ValueError(f"no http(s) address: {url[:200]!r}")
    host = f"[{host}]" if ":" in host else _for_desks(host)
    if parts.port and parts.port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{parts.port}"
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.fullmatch(key.lower()) and not _AMP_PARAMETER.fullmatch(f"{key}={value}".lower())
    ]
    path = _UNPRINTABLE.sub(lambda one: quote(one[0], errors="replace"), _without_amp(parts.path) or "/")
    return urlunsplit((scheme, host, path, urlencode(kept, errors="replace"), ""))


# The address stands in that of the cache; s says that it is https. https://developers.google.com/amp/cache/overview
_CACHE = re.compile(
    r"https?://(?:www\.google\.[a-z.]+/amp|[\w-]+\.cdn\.ampproject\.org/[acilmvw])/(s/)?([^/?#]+\.[^/?#]+/.*)",
    re.IGNORECASE,
)
_AMP_PARAMETER = re.compile(r"_?amp=(1|true|amp|)|output(type)?=amp|amp_js_v=.*|usqp=mq.*")
_FOR_PHONES = ("m", "mobile", "amp")


def _out_of_cache(url: str) -> str:
    while found := _CACHE.fullmatch(url):
        url = f"{'https' if found[1] else 'http'}://{found[2]}"
    return url


def _for_desks(host: str) -> str:
    """www.example.org of m.example.org, en.example.org of en.m.example.org; what has no third label stays."""
    labels = host.split(".")
    if len(labels) >= 3 and labels[0] in _FOR_PHONES:
        labels[0] = "www"
    return ".".join([labels[0], *(label for label in labels[1:-2] if label != "m"), *labels[1:][-2:]])


def _without_amp(path: str) -> str:
    """/a of /a/amp, /amp/a, /a.amp; a path that is nothing else stays."""
    kept = [segment for segment in path.split("/") if segment.lower() not in _AMP]
    if not any(kept):
        return path
    ending = re.fullmatch(r"(.+?)(?:\.amp)+(\.html?)?", kept[-1], re.IGNORECASE)
    if ending and ending[1].lower() not in _AMP:
        kept[-1] = ending[1] + (ending[2] or "")
    return "/".join(kept)


_AMP = ("amp", "amphtml")


def variants(url: str) -> tuple[str, ...]:
    """The other addresses at which an outlet may list the article of a canonical one.

    With http and https, with and without www. or what phones are sent to, with and without a last slash. What is no
    address (urn:) has none.

    >>> "http://example.org/a/" in variants("https://www.example.org/a")
    True
    """
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        return ()
    bare = re.sub(r"^(?:www|m|mobile|amp)\.(?=[^.]+\.)", "", parts.netloc)
    named = re.search("[a-z]", bare.rpartition(":")[0] or bare) and "." in bare and not bare.startswith("[")
    hosts = [bare, *(f"{label}.{bare}" for label in ("www", *_FOR_PHONES))] if named else [parts.netloc]
    path = parts.path.rstrip("/")
    others = {
        urlunsplit((scheme, host, one or "/", parts.query, ""))
        for scheme in _DEFAULT_PORTS
        for host in hosts
        for one in (path, f"{path}/")
    }
    return tuple(sorted(others - {url}))


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
