"""The door out holds against a real server that fails in every way."""

import asyncio
import datetime as dt
import gzip
import ipaddress
import socket
import ssl
import threading
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from data import schema
from data.terminal import printable
from ingest import fetch as fetching
from ingest.fetch import Failure, Request, Response, door, is_public
from ingest.unpack import Broken, unpack_gzip
from tests.press_server import FAULTS, GOOD, QUICK, SLOW, Press, http, press


def get(served: Press, *requests: Request, **options: Any) -> list[Response | Failure]:
    """The answers to all requests, asked at once."""

    async def ask() -> list[Response | Failure]:
        async with door(served.allow, **options) as fetch:
            return await asyncio.gather(*(fetch(request) for request in requests))

    return asyncio.run(ask())


def get_one(served: Press, path: str, **known: str) -> Response | Failure:
    return get(served, Request(served.url(path), **known), deadline=5)[0]


@pytest.fixture(scope="module")
def served() -> Iterator[Press]:
    with press() as one:
        yield one


@pytest.fixture(scope="module")
def outcomes(served: Press) -> dict[str, Response | Failure]:
    """Each fault asked for once, all at the same time, with a good feed before and after each."""
    found: dict[str, Response | Failure] = {}
    for names, deadline in ((SLOW, 5), (QUICK, 60)):
        requests = [Request(served.url(path)) for name in names for path in ("/good.xml", f"/{name}", "/good.xml")]
        answers = get(served, *requests, deadline=deadline, concurrency=80)
        assert [answer for answer in answers[::3] + answers[2::3] if getattr(answer, "body", None) != GOOD] == []
        found |= dict(zip(names, answers[1::3], strict=True))
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_a_server_has_its_kind_and_says_what_to_do(name: str, outcomes: dict[str, Any]) -> None:
    answer = outcomes[name]
    kind = answer.kind if isinstance(answer, Failure) else "answer"
    assert kind == FAULTS[name].fetched, answer
    if isinstance(answer, Failure):
        assert kind in schema.STATES
        assert answer.message.isprintable()
        assert answer.message.count(". ") >= 1 or ": " in answer.message


def test_a_whole_answer_comes_with_its_validators(served: Press) -> None:
    served.answers["/dated"] = http(GOOD, etag='"7"', last_modified="Tue, 01 Oct 2024 10:00:00 GMT")
    answer = get_one(served, "/dated")
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, answer.etag) == (200, GOOD, '"7"')
    assert (answer.last_modified, answer.content_type) == ("Tue, 01 Oct 2024 10:00:00 GMT", "application/rss+xml")


def test_a_second_question_carries_the_validators_and_may_hear_not_modified(served: Press) -> None:
    served.answers["/unchanged"] = http(status="304 Not Modified")
    answer = get_one(served, "/unchanged", etag='"7"', last_modified="Tue, 01 Oct 2024 10:00:00 GMT")
    assert isinstance(answer, Response)
    assert answer.status == 304
    headers = dict(served.asked)["/unchanged"]
    assert headers["If-None-Match"] == '"7"'
    assert headers["If-Modified-Since"] == "Tue, 01 Oct 2024 10:00:00 GMT"


@pytest.mark.parametrize(
    "name",
    [
        "short-body",
        "cut-chunks",
        "chunks-without-end",
        "length-too-short",
        "length-too-short-and-open",
        "reset-in-the-body",
        "gzip-cut",
        "br-cut",
        "zstd-cut",
        "deflate-cut",
    ],
)
def test_an_answer_that_was_cut_short_earns_no_validator(name: str, outcomes: dict[str, Any]) -> None:
    assert isinstance(outcomes[name], Failure)


def test_a_server_fails_in_more_than_a_hundred_ways() -> None:
    assert len(FAULTS) > 100


@pytest.mark.parametrize("name", ["etag-with-controls", "etag-of-20-kB"])
def test_a_validator_that_cannot_be_sent_back_is_none(name: str, outcomes: dict[str, Any]) -> None:
    assert outcomes[name].body == GOOD
    assert outcomes[name].etag is None


def test_a_redirect_to_a_name_and_password_is_refused_and_does_not_show_them(outcomes: dict[str, Any]) -> None:
    answer = outcomes["to-credentials"]
    assert "secret" not in answer.url + answer.message
    assert answer.url == "http://harbour.example/feed"


def test_what_else_comes_over_a_connection_is_for_nobody(served: Press) -> None:
    async def ask() -> list[Response | Failure]:
        async with door(served.allow, deadline=10) as fetch:
            return [await fetch(Request(served.url(path))) for path in ("/two-answers", "/good.xml", "/two-answers")]

    assert [answer.body for answer in asyncio.run(ask()) if isinstance(answer, Response)] == [GOOD] * 3


def test_a_name_that_leads_elsewhere_the_second_time_is_checked_the_second_time(
    served: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: even a name that is allowed allows only the addresses that it had then."""
    answers = iter(["127.0.0.1", "169.254.169.254"])

    def getaddrinfo(_host: str, port: int, *_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    async def ask() -> Response | Failure:
        async with door(frozenset([("rebind.example", served.port)]), deadline=5) as fetch:
            return await fetch(Request(f"http://rebind.example:{served.port}/good.xml"))

    monkeypatch.setattr(fetching.socket, "getaddrinfo", getaddrinfo)
    answer = asyncio.run(ask())
    assert isinstance(answer, Failure)
    assert answer.kind == "refused address"
    assert "169.254.169.254" in answer.message


def test_of_several_addresses_of_a_name_only_public_ones_are_dialled(
    served: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    def getaddrinfo(_host: str, port: int, *_: Any) -> list[Any]:
        homes = [("127.0.0.1", port), ("169.254.169.254", port), ("10.0.0.1", port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", where) for where in homes]

    async def ask() -> Response | Failure:
        async with door(deadline=5) as fetch:
            return await fetch(Request(f"http://many.example:{served.port}/good.xml"))

    monkeypatch.setattr(fetching.socket, "getaddrinfo", getaddrinfo)
    answer = asyncio.run(ask())
    assert isinstance(answer, Failure)
    assert answer.kind == "refused address"


def test_we_say_who_we_are_and_a_feed_can_ask_for_another_name(served: Press) -> None:
    get_one(served, "/good.xml?ours")
    get_one(served, "/good.xml?theirs", user_agent="Mozilla/5.0", accept="text/html")
    asked = dict(served.asked)
    assert asked["/good.xml?ours"]["User-Agent"].startswith("Newsgauge/")
    assert asked["/good.xml?theirs"]["User-Agent"] == "Mozilla/5.0"
    assert asked["/good.xml?theirs"]["Accept"] == "text/html"


def test_the_version_in_our_name_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == fetching.VERSION


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(GOOD)),
        ("x-gzip", gzip.compress(GOOD[:300]) + gzip.compress(GOOD[300:])),
        ("gzip", gzip.compress(GOOD) + b"\0" * 10),
        ("deflate", zlib.compress(GOOD)),
        ("deflate", zlib.compress(GOOD)[2:-4]),
        ("br", brotli.compress(GOOD)),
        ("zstd", zstandard.compress(GOOD)),
        ("zstd", zstandard.compress(GOOD[:300]) + zstandard.compress(GOOD[300:])),
        ("identity", GOOD),
        ("utf-8", GOOD),
    ],
)
def test_every_packing_unpacks_to_the_same_feed(served: Press, encoding: str, packed: bytes) -> None:
    served.answers["/packed"] = http(packed, content_encoding=encoding)
    answer = get_one(served, "/packed")
    assert isinstance(answer, Response), answer
    assert answer.body == GOOD


def test_five_hops_arrive_and_six_do_not(served: Press) -> None:
    for number in range(7):
        served.answers[f"/hop{number}"] = http(
            status="302 Found", location=f"hop{number - 1}" if number else "good.xml"
        )
    arrived, lost = get_one(served, "/hop4"), get_one(served, "/hop5")
    assert isinstance(arrived, Response)
    assert arrived.url == served.url("/good.xml")
    assert isinstance(lost, Failure)
    assert lost.kind == "unreachable"


def test_retry_after_is_read_in_both_its_forms(outcomes: dict[str, Any]) -> None:
    assert outcomes["429"].retry_after == 7200
    assert outcomes["503"].retry_after == 90  # a moment, by the server's own clock


def test_freshness_is_read_from_cache_control_or_expires(served: Press) -> None:
    served.answers["/fresh"] = http(GOOD, cache_control="public, max-age=1800")
    served.answers["/expires"] = http(
        GOOD, date="Tue, 01 Oct 2024 10:00:00 GMT", expires="Tue, 01 Oct 2024 11:00:00 GMT"
    )
    fresh, expires = get_one(served, "/fresh"), get_one(served, "/expires")
    assert isinstance(fresh, Response)
    assert isinstance(expires, Response)
    assert (fresh.max_age, expires.max_age) == (1800, 3600)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
        "http://",
        "http://[",
        "http://a:0/",
        "//x",
    ],
)
def test_only_http_addresses_are_asked_for(served: Press, url: str) -> None:
    answer = get(served, Request(url))[0]
    assert isinstance(answer, Failure)
    assert answer.kind == "refused address"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_refused_with_the_option_that_would_allow_it(served: Press, host: str) -> None:
    async def ask() -> Response | Failure:
        async with door(deadline=2) as fetch:
            return await fetch(Request(f"http://{host}:{served.port}/good.xml"))

    answer = asyncio.run(ask())
    assert isinstance(answer, Failure)
    assert answer.kind == "refused address"
    assert f"--allow-address {host}:{served.port}" in answer.message


def test_allowing_one_port_allows_no_other(served: Press) -> None:
    with press() as other:
        answer = get(served, Request(other.url("/good.xml")))[0]
        assert isinstance(answer, Failure)
        assert answer.kind == "refused address"
        assert other.asked == []


def test_an_allowed_name_allows_its_addresses(served: Press) -> None:
    async def ask() -> Response | Failure:
        async with door(frozenset([("localhost", served.port), ("[::1]", 9), ("no.such.host.invalid", 1)])) as fetch:
            return await fetch(Request(served.url("/good.xml")))

    assert isinstance(asyncio.run(ask()), Response)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_special_address_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_however_it_is_written(address: ipaddress.IPv4Address) -> None:
    assert is_public(str(address)) == is_public(f"::ffff:{address}") == is_public(f"64:ff9b::{address}")


def test_a_certificate_that_somebody_vouches_for_is_taken(tmp_path: Path) -> None:
    assert isinstance(over_tls(tmp_path, vouched=True), Response)


@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        ({"vouched": False}, "self-signed"),
        ({"vouched": True, "until": dt.datetime(2024, 6, 1, tzinfo=dt.UTC)}, "expired"),
        ({"vouched": True, "since": dt.datetime(2123, 1, 1, tzinfo=dt.UTC)}, "not yet valid"),
        ({"vouched": True, "host": "other.example"}, "not valid for"),
    ],
)
def test_a_certificate_that_is_not_the_hosts_today_is_refused(
    tmp_path: Path, certificate: dict[str, Any], said: str
) -> None:
    answer = over_tls(tmp_path, **certificate)
    assert isinstance(answer, Failure)
    assert answer.kind == "unreachable"
    assert "certificate" in answer.message
    assert said in answer.message


def over_tls(folder: Path, vouched: bool, **certificate: Any) -> Response | Failure:
    """The answer of a server with this certificate, with or without an authority that vouches for it."""
    with https(folder, **certificate) as (port, pem):

        async def ask() -> Response | Failure:
            async with door(frozenset([("localhost", port)]), deadline=5) as fetch:
                return await fetch(Request(f"https://localhost:{port}/"))

        with pytest.MonkeyPatch.context() as patched:
            # The authorities of this machine, and the one that this test invents.
            trusting = ssl.create_default_context(cafile=str(pem) if vouched else None)
            patched.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
            return asyncio.run(ask())


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with press() as gone:
        pass
    answer = get(gone, Request(gone.url("/good.xml")))[0]
    assert isinstance(answer, Failure)
    assert answer.kind == "unreachable"


def test_a_host_is_asked_by_one_request_at_a_time_and_others_need_not_wait() -> None:
    manners = fetching._Manners(pause=0, concurrency=9, own={"127.0.0.1"})
    inside: dict[str, int] = {}
    most: dict[str, int] = {}

    async def ask(host: str) -> None:
        async with manners.turn(f"http://{host}/"):
            inside[host] = inside.get(host, 0) + 1
            most[host] = max(most.get(host, 0), inside[host])
            await asyncio.sleep(0)
            inside[host] -= 1

    async def all_at_once() -> None:
        await asyncio.gather(*(ask(host) for host in ["a.example", "b.example", "127.0.0.1"] * 3))

    asyncio.run(all_at_once())
    assert most == {"a.example": 1, "b.example": 1, "127.0.0.1": 3}


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_no_answer_whatever_its_bytes_raises(answer: bytes, begins_well: bool) -> None:
    start = b"HTTP/1.1 200 OK\r\n" if begins_well else b""
    with press({"/any": start + answer}) as one:
        got = get(one, Request(one.url("/any")), deadline=1)[0]
    assert isinstance(got, Response | Failure)


@given(st.binary(max_size=600))
def test_any_bytes_unpack_or_are_broken(packed: bytes) -> None:
    try:
        assert isinstance(unpack_gzip(packed, 1_000_000), bytes)
    except Broken as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@given(st.text())
def test_a_message_holds_nothing_that_moves_a_terminal(text: str) -> None:
    assert printable(text).isprintable()


def https(
    folder: Path,
    host: str = "localhost",
    since: dt.datetime = dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    until: dt.datetime = dt.datetime(2124, 1, 1, tzinfo=dt.UTC),
) -> Any:
    """A TLS server on the loopback with a certificate of its own making; gives its port and the certificate's file."""
    from contextlib import contextmanager

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "both.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )

    @contextmanager
    def running() -> Iterator[tuple[int, Path]]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        loop = asyncio.new_event_loop()
        served = Press(answers={"/": http(GOOD)})
        server = loop.run_until_complete(asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=context))
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield server.sockets[0].getsockname()[1], pem
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    return running()
