"""The only socket. A request becomes a Response or a Failure; nothing that happens outside raises.

Every answer has one total deadline, caps on what comes over the wire and on what it unpacks to, and an address that was
checked where it was dialled: at every hop of a redirect the last look happens as the socket is made.
"""

import asyncio
import contextlib
import ipaddress
import re
import socket
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from tempfile import gettempdir
from time import monotonic
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from data.terminal import printable
from ingest.bodies import Body, NoRoom
from ingest.unpack import UNPACKERS, Broken, TooLarge, Unpacker

VERSION = "0.1.0"
USER_AGENT = f"Newsgauge/{VERSION} (media monitoring; reads news feeds, obeys robots.txt)"
ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)

HOPS = 5
DEADLINE = 20.0  # seconds, from the first look-up to the last byte
WIRE_BYTES = 10_000_000
DECODED_BYTES = 20_000_000
HEADER_BYTES = 32_768  # one header line; with at most 128 lines
PAUSE = 1.0  # seconds between two requests to a host
CONCURRENCY = 40
LONGEST_VALIDATOR = 1_000

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Request:
    """What to get, and what is known of it from the last time."""

    url: str
    user_agent: str | None = None
    accept: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    pause: float = 0.0  # seconds since the last request to this host, where it asks for more than our own manners do


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer with status 200-299 or 304; `url` is where the redirects ended."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in lower case
    held: Body = field(repr=False)
    content_type: str | None
    etag: str | None
    last_modified: str | None
    max_age: float | None  # seconds that the answer says it stays fresh
    seconds: float

    @property
    def body(self) -> bytes:
        """The unpacked body, read from where it is held."""
        return self.held.read()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer: `kind` is one of `schema.STATES`, `message` says what to do; it is printable."""

    url: str
    kind: str
    status: int | None
    message: str
    retry_after: float | None  # seconds that the server asks us to stay away
    seconds: float
    retry_at: datetime | None = None  # until when, where the server names a moment and not what its own clock says


Fetch = Callable[[Request], Awaitable[Response | Failure]]


@contextlib.asynccontextmanager
async def door(
    allow: frozenset[Address] = frozenset(),
    *,
    deadline: float = DEADLINE,
    pause: float = PAUSE,
    concurrency: int = CONCURRENCY,
    asked_ago: Mapping[str, float] | None = None,
) -> AsyncIterator[Fetch]:
    """The door out, open for the length of a run.

    Of the private addresses only those of `allow` can be reached, for example ("127.0.0.1", 8000); requests to them
    do not queue, all others go to a host one at a time with a `pause` between them. `deadline` is seconds a request,
    `asked_ago` the seconds since an earlier run asked a host: the pause that it wants lies between two runs as well.
    """
    permitted = allow | frozenset([pair async for pair in _addresses(allow)])
    connector = aiohttp.TCPConnector(
        limit=0,
        resolver=_Resolver(),
        socket_factory=_gate(permitted),
        happy_eyeballs_delay=0.25,
        force_close=True,  # a connection carries one answer: what else comes over it is for nobody
    )
    manners = _Manners(pause, concurrency, {_bare(host) for host, _ in permitted}, asked_ago or {})
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_line_size=HEADER_BYTES,
        max_field_size=HEADER_BYTES,
        timeout=aiohttp.ClientTimeout(total=None),  # ours is the one deadline, over all hops
    ) as session:

        async def fetch(request: Request) -> Response | Failure:
            return await _follow(session, manners, request, deadline)

        yield fetch


async def _follow(
    session: aiohttp.ClientSession, manners: "_Manners", request: Request, deadline: float
) -> Response | Failure:
    """The answer at the end of the redirects. Waiting for one's turn is not counted, everything else is."""
    seconds_left = deadline
    url = request.url
    for hop in range(HOPS + 1):
        refused = _refused_url(url, led_there=hop > 0)
        if refused:
            return Failure(_shown(url), "refused address", None, refused, None, deadline - seconds_left)
        async with manners.turn(url, request.pause):
            started = monotonic()
            answer = await _within(session, replace(request, url=url), seconds_left, deadline)
            seconds_left -= monotonic() - started
        if not isinstance(answer, str):
            return replace(answer, seconds=deadline - seconds_left)
        url = _joined(url, answer)
    message = f"It redirects more than {HOPS} times. Open the address in a browser and write down where it ends."
    return Failure(_shown(url), "unreachable", None, message, None, deadline - seconds_left)


def _shown(url: str) -> str:
    """An address as others may read it: without a user's name and password."""
    return printable(re.sub(r"^([^/?#]*//)[^/?#]*@", r"\1", url))


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location  # is refused at the next hop, as the nonsense it is


async def _within(
    session: aiohttp.ClientSession, request: Request, seconds: float, deadline: float
) -> Response | Failure | str:
    """One hop: an answer, or the address that it redirects to."""

    def failure(kind: str, message: str, status: int | None = None) -> Failure:
        return Failure(_shown(request.url), kind, status, message, None, 0.0)

    try:
        async with asyncio.timeout(max(seconds, 0.0)):
            return await _hop(session, request)
    except TimeoutError:
        return failure(
            "timeout",
            f"No whole answer within {deadline:g} s. It is tried again later; if it stays so, check the address.",
        )
    except TooLarge as error:
        return failure("too large", f"{error}. Look for a smaller feed of this outlet.")
    except Broken as error:
        return failure("malformed", f"{error}. It is tried again later; if it stays so, tell the outlet.")
    except NoRoom as error:
        said = f"This machine has no room for it ({error}, in {gettempdir()}). Free some; it is tried again later."
        return failure("unreachable", said)
    except aiohttp.ClientConnectorCertificateError as error:
        return failure(
            "unreachable",
            f"Its certificate is not valid ({printable(str(error.certificate_error), 120)}). Check the address; an "
            "outlet's own clock or a missing certificate authority on this machine are other causes.",
        )
    except aiohttp.ClientConnectorDNSError:
        return failure("unreachable", "Its host name is not known. Check the spelling and this machine's connection.")
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, _RefusedAddressError):
            return failure("refused address", _advice(request.url, error.os_error.address))
        return failure("unreachable", f"No connection ({_cause(error.os_error)}). Is the address right, the line up?")
    except aiohttp.ClientPayloadError:
        return failure("malformed", "The answer broke off before its end. It is tried again later.")
    except aiohttp.InvalidURL:
        return failure("refused address", "This is no valid address. Correct it in the catalogue.")
    except aiohttp.ClientResponseError as error:
        kind = "too large" if "more than" in error.message else "malformed"
        return failure(kind, f"Its headers cannot be read ({printable(error.message, 120)}). Tell the outlet.")
    except (aiohttp.ClientError, OSError) as error:
        return failure("unreachable", f"The connection broke ({_cause(error)}). It is tried again later.")
    except ValueError as error:  # yarl and the idna codec on an address that no URL can be made of
        return failure("refused address", f"This is no valid address ({_cause(error)}). Correct it in the catalogue.")


async def _hop(session: aiohttp.ClientSession, request: Request) -> Response | Failure | str:
    async with session.get(request.url, headers=_headers(request), allow_redirects=False) as answer:
        location = answer.headers.get("Location")
        if answer.status in (301, 302, 303, 307, 308) and location:
            return location
        if answer.status == 304 and not (request.etag or request.last_modified):
            raise Broken("The server answers 'not modified' to a first question")
        if answer.status == 206:
            raise Broken("The server sends a part of what was asked for")
        if not (200 <= answer.status < 300 or answer.status == 304):
            return _refusal(request.url, answer)
        body = await _body(answer)
        headers = {name.lower(): printable(value, HEADER_BYTES) for name, value in answer.headers.items()}
        return Response(
            url=request.url,
            status=answer.status,
            headers=headers,
            held=body,
            content_type=headers.get("content-type"),
            etag=_validator(answer.headers.get("ETag")),
            last_modified=_validator(answer.headers.get("Last-Modified")),
            max_age=_max_age(headers),
            seconds=0.0,
        )


def _validator(text: str | None) -> str | None:
    """What can be sent back as it came; a long one would have the next question refused, and the one after that."""
    return text if text and len(text) <= LONGEST_VALIDATOR and text == printable(text, LONGEST_VALIDATOR) else None


def _headers(request: Request) -> dict[str, str]:
    headers = {
        "User-Agent": request.user_agent or USER_AGENT,
        "Accept": request.accept or ACCEPT,
        "Accept-Encoding": "gzip, deflate, br, zstd",
    }
    if request.etag:
        headers["If-None-Match"] = request.etag
    if request.last_modified:
        headers["If-Modified-Since"] = request.last_modified
    return headers


async def _body(answer: aiohttp.ClientResponse) -> Body:
    """The unpacked body, whole. Raises TooLarge, Broken, NoRoom, and ClientPayloadError if it is cut short."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in UNPACKERS:
        raise Broken(f"It is packed in a way that was not asked for ({printable(encoding, 40)})")
    unpacker: Unpacker = UNPACKERS[encoding](DECODED_BYTES)
    wire = 0
    async for chunk in answer.content.iter_chunked(65_536):
        wire += len(chunk)
        if wire > WIRE_BYTES:
            raise TooLarge(f"It is longer than {WIRE_BYTES // 1_000_000} MB")
        unpacker.feed(chunk)
    return unpacker.finish()


def _refusal(url: str, answer: aiohttp.ClientResponse) -> Failure:
    kind, advice = _refusal_of(answer.status)
    retry_after = _seconds_until(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    retry_at = None if retry_after is not None else _http_date(answer.headers.get("Retry-After"))
    return Failure(_shown(url), kind, answer.status, f"HTTP {answer.status}: {advice}", retry_after, 0.0, retry_at)


def _refusal_of(status: int) -> tuple[str, str]:
    """The kind of failure that a status means, and what to do about it."""
    if status in (404, 410):
        return "not found", "nothing is at this address any more. Look for the outlet's new one."
    if status == 429:
        return "rate limited", "the server asks for fewer requests. It is asked again later."
    if status == 408:
        return "timeout", "the server gave up waiting. It is tried again later."
    if 400 <= status < 500:
        return "forbidden", "the server refuses this request. Try another user_agent or accept for this feed."
    if status >= 500:
        return "server error", "the server is at fault. It is tried again later."
    return "malformed", "this is no answer to the question. Check the address in a browser."


def _seconds_until(retry_after: str | None, date: str | None) -> float | None:
    """A Retry-After header as seconds from the server's own Date (RFC 9110, 10.2.3); None where it cannot be read."""
    if not retry_after:
        return None
    if re.fullmatch(r"[0-9]+", retry_after.strip()):
        return float(retry_after.strip()[:12])  # 30,000 years are as good as more
    moment, now = _http_date(retry_after), _http_date(date)
    return max((moment - now).total_seconds(), 0.0) if moment and now else None


def _max_age(headers: Mapping[str, str]) -> float | None:
    """Seconds of freshness by Cache-Control, or else by Expires against the server's own Date (RFC 9111, 4.2.1)."""
    found = re.search(r"max-age\s*=\s*\"?(\d{1,9})", headers.get("cache-control", ""), re.IGNORECASE)
    if found:
        return float(found[1])
    expires, date = _http_date(headers.get("expires")), _http_date(headers.get("date"))
    return max((expires - date).total_seconds(), 0.0) if expires and date else None


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refused_url(url: str, led_there: bool) -> str | None:
    """Why an address is not asked for, where it says so itself; `led_there` by a redirect, it may name no user."""
    try:
        parts = urlsplit(url)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "This is no valid address. Correct it in the catalogue."
    if parts.scheme.lower() not in ("http", "https"):
        return f"Only http and https are fetched, not {printable(parts.scheme, 20) or 'this'}. Correct the address."
    if led_there and "@" in parts.netloc:
        return (
            "It redirects to an address with a user's name in it. Open it in a browser; the outlet may be broken into."
        )
    return None if known else "This address names no host. Correct it in the catalogue."


def _advice(url: str, address: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
    host = parts.hostname or ""
    where = "" if _bare(host) == address else f" (at {address})"
    return (
        f"{printable(host, 100)}{where} is a private address. If this feed is your own, allow it: "
        f"--allow-address {printable(f'[{host}]' if ':' in host else host, 100)}:{port}"
    )


def _cause(error: BaseException | None) -> str:
    return printable(getattr(error, "strerror", None) or str(error) or type(error).__name__, 120)


# The address, where it is dialled


class _RefusedAddressError(OSError):
    """An address that must not be dialled; the text is the same for all, so that several are told as one."""

    def __init__(self, address: str) -> None:
        super().__init__("a private address")
        self.address = address


def is_public(address: str) -> bool:
    """Whether anyone may be reached there: no private, local, reserved, multicast or metadata address.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # Each of these carries an IPv4 address that a gateway may dial: mapped, 6to4, Teredo, NAT64 (RFC 6052).
        carried = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in ipaddress.ip_network("64:ff9b::/96") or int(ip) >> 32 == 0:
            carried.append(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF))
        inner = [v4 for v4 in carried if v4 is not None]
        if ip in ipaddress.ip_network("64:ff9b:1::/48") or not all(is_public(str(v4)) for v4 in inner):
            return False
        if inner:
            return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not getattr(ip, "is_site_local", False)


def _gate(permitted: frozenset[Address]) -> Callable[[AddrInfoType], socket.socket]:
    """Makes a socket for an address that may be dialled, and for no other: there is no look-up after this look."""

    def make(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        address, port = str(where[0]), where[1]
        if (_bare(address), port) not in permitted and not is_public(address):
            raise _RefusedAddressError(address)
        return socket.socket(family, kind, protocol)

    return make


async def _addresses(allow: Iterable[Address]) -> AsyncIterator[Address]:
    """The numeric addresses of the allowed hosts; a name that is not known allows nothing."""
    for host, port in allow:
        try:
            found = await _Resolver().resolve(_bare(host), port)
        except OSError:
            continue
        for result in found:
            yield result["host"], port


def _bare(host: str) -> str:
    return host.strip("[]").lower()


class _Resolver(AbstractResolver):
    """Looks up names in threads that nobody waits for at the end: a dead name server must not hold up a stop."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def settle(result: list[ResolveResult] | OSError) -> None:
            if found.done():
                return
            if isinstance(result, OSError):
                found.set_exception(result)
            else:
                found.set_result(result)

        def look_up() -> None:
            result: list[ResolveResult] | OSError
            try:
                result = [
                    ResolveResult(hostname=host, host=str(where[0]), port=port, family=kind, proto=protocol, flags=0)
                    for kind, _, protocol, _, where in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
                ]
            except OSError as error:
                result = error
            except UnicodeError as error:  # a label that is empty or too long for the idna codec
                result = OSError(f"no host name: {error}")
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, result)

        threading.Thread(target=look_up, daemon=True, name="look-up").start()
        return await found

    async def close(self) -> None:
        """Nothing to close."""


class _Manners:
    """Whose turn it is: one request at a time to a host with a pause between, and so many in all."""

    def __init__(
        self, pause: float, concurrency: int, own: set[str], asked_ago: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self._pause = pause
        self._own = own  # hosts of ours: no queue, no pause
        self._slots = asyncio.Semaphore(concurrency)
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._left_at = {_bare(host): monotonic() - seconds for host, seconds in asked_ago.items()}

    @contextlib.asynccontextmanager
    async def turn(self, url: str, pause: float = 0.0) -> AsyncIterator[None]:
        host = _bare(urlsplit(url).hostname or "")
        if host in self._own:
            async with self._slots:
                yield
            return
        async with self._queues[host]:
            free_at = self._left_at[host] + max(self._pause, pause) if host in self._left_at else 0.0
            await asyncio.sleep(max(free_at - monotonic(), 0.0))
            try:
                async with self._slots:
                    yield
            finally:
                self._left_at[host] = monotonic()
