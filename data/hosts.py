"""What a server is called: the names and addresses in a Host header, and which of them the dashboard answers to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

#: Names of the dashboard, separated by commas, beside the address that it is bound to.
VARIABLE = "NEWSGAUGE_HOST"
_LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*", re.ASCII)
_WITH_PORT = re.compile(r"(?P<host>\[[^]]*\]|[^:]*)(:\d{0,5})?", re.ASCII)


@dataclass(frozen=True)
class Hosts:
    """The hosts that the dashboard answers to: `names` (as host_name() has them) and the addresses of loopback.

    `every_address`: it is bound to all addresses of the machine, whichever those are.
    """

    names: frozenset[str]
    every_address: bool = False

    def __contains__(self, name: str) -> bool:
        """Whether `name`, as host_name() has it, is one of them."""
        found = _address(name)
        # Somebody else's name can lead here; who asks for an address has it from nobody.
        return name in self.names or (found is not None and (self.every_address or found.is_loopback))


def hosts(bound: str | None, more: Iterable[str]) -> Hosts:
    """The hosts of a dashboard that is bound to an address (None: to all) and is told of `more` names.

    Raises ValueError with a name that is none.

    >>> "news.example.org" in hosts("127.0.0.1", ["News.example.org"])
    True
    >>> "10.0.0.7" in hosts("0.0.0.0", []), "10.0.0.7" in hosts("127.0.0.1", []), "evil.example" in hosts(None, [])
    (True, False, False)
    """
    names = {"localhost"}
    for text in [*([bound] if bound else []), *more]:
        name = host_name(text)
        if name is None:
            raise ValueError(text)
        names.add(name)
    address = _address(bound) if bound else None
    return Hosts(frozenset(names), every_address=not bound or (address is not None and address.is_unspecified))


def host_name(host: str) -> str | None:
    """The name or address that a Host header has, in lower case, without a port or a final dot; None if it has none.

    >>> host_name("News.Example.org.:8501"), host_name("[::1]:8501"), host_name("::1"), host_name("a@b")
    ('news.example.org', '::1', '::1', None)
    """
    text = host.lower()
    if (address := _address(text)) is not None:
        return str(address)
    match = _WITH_PORT.fullmatch(text)
    if match is None:
        return None
    text = match["host"]
    if text.startswith("["):
        address = _address(text[1:-1])
        return str(address) if ":" in text and address is not None else None
    if (address := _address(text)) is not None:
        return str(address)
    name = text.removesuffix(".")
    return name if _NAME.fullmatch(name) else None


def in_url(address: str) -> str:
    """An address as a URL has it.

    >>> in_url("::1"), in_url("127.0.0.1")
    ('[::1]', '127.0.0.1')
    """
    return f"[{address}]" if ":" in address else address


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a text is; one of IPv4 that is written as one of IPv6 is one of IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
