"""Which outlet an article is of, by the name or the address that came with it."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from data.catalogue import Catalogue
from data.identity import slug

#: Key of each catalogued outlet by its key, its name in small letters, and its home page's host.
Outlets = Mapping[str, str]


def outlets(catalogue: Catalogue) -> Outlets:
    """What the outlets of the catalogue are known by."""
    keys: dict[str, str] = {}
    for outlet in catalogue.outlets:
        for known_by in (outlet.key, outlet.name.casefold(), host(outlet.homepage)):
            keys.setdefault(known_by, outlet.key)
    return keys


def named(name: str, url: str | None, known: Outlets) -> str:
    """The catalogue's key for this name, else a slug of it; without a name, `hosted`."""
    if name.strip():
        return known.get(name.strip().casefold()) or slug(name)
    return hosted(url or "", known)


def hosted(url: str, known: Outlets) -> str:
    """The catalogue's key for the host of this address or the domain that it lies in, else a slug of the host.

    >>> hosted("https://edition.news.example.org/1", {"example.org": "times"}), hosted("https://www.other.org/1", {})
    ('times', 'other-org')
    """
    return catalogued(url, known) or slug(host(url))


def catalogued(url: str, known: Outlets) -> str | None:
    """The catalogue's key for the host of this address or the domain that it lies in; None where it has none."""
    return next((known[domain] for domain in _domains(host(url)) if domain in known), None)


def own_address(claimed: str | None, found_at: str, known: Outlets) -> str:
    """The address that a page claims for itself, where that is of the outlet at which it was found; else that place.

    Anybody may write another outlet's address into a page, and reprints do: it would then be taken for the original.
    """
    if not claimed:
        return found_at
    hosts = sorted((host(claimed), host(found_at)), key=len)
    is_own = hosts[1].endswith(f".{hosts[0]}") or hosted(claimed, known) == hosted(found_at, known)
    return claimed if is_own else found_at


def host(url: str) -> str:
    """The host of an address without its www.; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _domains(name: str) -> Iterator[str]:
    """a.b.org, b.org: a key or a name of the catalogue has no dot, so that no last label can be taken for one."""
    labels = name.split(".")
    return (".".join(labels[start:]) for start in range(len(labels) - 1))
