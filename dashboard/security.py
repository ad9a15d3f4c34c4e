"""Whose requests the server answers, and what a browser may do with the answers.

A page elsewhere can point a name of its own at this machine (DNS rebinding, https://owasp.org/www-community/attacks/)
and would then read all that the dashboard shows: so the server answers only to names that it was told to serve.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from data.hosts import VARIABLE, Hosts, host_name, hosts

_log = logging.getLogger(__name__)

#: No other site shows a page in a frame, where clicks could be led, nor learns from which search a reader came.
_POLICY = "frame-ancestors 'none'"
_HEADERS = {"x-frame-options": "DENY", "x-content-type-options": "nosniff", "referrer-policy": "same-origin"}
#: Streamlit's counts of sessions and memory, which it tells anybody.
_CLOSED = "_stcore/metrics"

_NOT_SERVED = (
    "421 Misdirected Request\n\nThis dashboard does not answer to {host}. Open it at the address that it printed when "
    "it started. Whoever runs it lets it answer to more names by:\n\n    ./newsgauge dashboard --host {example}\n"
)
_FOREIGN = (
    "403 Forbidden\n\nA page of {origin} asks for a session of {host}. If both are this dashboard, behind a proxy, let "
    "the proxy pass on the Host that the browser sent (nginx: proxy_set_header Host $http_host).\n"
)


def middleware(base: str, bound: str | None, environment: Mapping[str, str], secrets: Mapping[str, Any]) -> Middleware:
    """What has to stand before all else, below the server's `base` (server.baseUrlPath).

    It answers to the address that the server is `bound` to, to the names in the `environment`, and to the host at which
    the sign-in in the `secrets` leads readers back. Raises ValueError with a name in the environment that is none.
    """
    named = [name for text in environment.get(VARIABLE, "").split(",") if (name := text.strip())]
    root = f"/{base.strip('/')}/" if base.strip("/") else "/"
    return Middleware(_Guard, answers_to=hosts(bound, [*named, *_led_back_to(secrets)]), closed=root + _CLOSED)


def _led_back_to(secrets: Mapping[str, Any]) -> list[str]:
    auth = secrets.get("auth")
    uri = auth.get("redirect_uri") if isinstance(auth, Mapping) else None
    try:
        host = urlsplit(uri).netloc if isinstance(uri, str) else ""
    except ValueError:
        return []
    return [host] if host_name(host) else []  # the sign-in itself tells what is wrong with another


def same_origin(origin: str | None, host: str) -> bool:
    """Whether a WebSocket is asked for by a page of this server. Browsers say by whose; other programs need not.

    >>> same_origin("http://localhost:8501", "localhost:8501"), same_origin("http://localhost:3000", "localhost:8501")
    (True, False)
    """
    if origin is None:
        return True
    scheme, _, at = origin.lower().partition("://")
    return scheme in {"http", "https"} and at == host.lower()


class _Guard:
    def __init__(self, app: ASGIApp, answers_to: Hosts, closed: str) -> None:
        self.app = app
        self.answers_to = answers_to
        self.closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                headers = MutableHeaders(raw=message["headers"])
                headers.append("content-security-policy", _POLICY)  # a browser keeps to each of several
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope) if scope["type"] in {"http", "websocket"} else None
        if refusal is None:
            await self.app(scope, receive, sending)
        elif scope["type"] == "http":
            await refusal(scope, receive, sending)
        else:
            await WebSocket(scope, receive, sending).send_denial_response(refusal)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        given = headers.getlist("host")
        host = host_name(given[0]) if len(given) == 1 else None
        if host is None or host not in self.answers_to:
            _log.warning("refused: a request for the host %.200r. The option --host serves more names", given)
            return PlainTextResponse(_NOT_SERVED.format(host=host or "this name", example=host or "NAME"), 421)
        origin = headers.get("origin")
        if scope["type"] == "websocket" and not same_origin(origin, given[0]):
            _log.warning("refused: a page of %.200r asks for a session of %.200r", origin, given[0])
            return PlainTextResponse(_FOREIGN.format(origin=(origin or "")[:200], host=host), 403)
        return PlainTextResponse("404 Not Found\n", 404) if scope["path"].rstrip("/") == self.closed else None
