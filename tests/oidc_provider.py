"""An OpenID provider on the loopback: one client, a few users who sign in by a click, tokens signed by RS256."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "newsgauge", "what the provider gave"
#: What the token of each user says.
USERS: dict[str, dict[str, Any]] = {
    "ada": {"email": "ada@example.org", "email_verified": True},
    "bob": {"email": "bob@elsewhere.example", "email_verified": True},
    "eve": {"email": "ada@example.org", "email_verified": False},
}


@contextmanager
def provider() -> Iterator[str]:
    """The provider's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Provider", (_Provider,), {"key": RSAKey.generate_key(2048)}))
    server.codes = {}  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Provider(BaseHTTPRequestHandler):
    key: RSAKey

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        asked = {word: values[0] for word, values in parse_qs(address.query).items()}
        match address.path:
            case "/.well-known/openid-configuration":
                self._json(self._metadata())
            case "/keys":
                self._json({"keys": [self.key.as_dict(private=False)]})
            case "/authorize" if asked.get("client_id") == CLIENT and asked.get("response_type") == "code":
                self._ask(asked)
            case "/chosen":
                self._redirect(asked.pop("user"), asked)
            case "/end":
                self._to(asked["post_logout_redirect_uri"])
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = {word: values[0] for word, values in parse_qs(self.rfile.read(length).decode()).items()}
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        code = self.server.codes.pop(asked.get("code"), None)  # type: ignore[attr-defined]
        if self.headers["Authorization"] != f"Basic {known}" or code is None or not _proves(code, asked):
            self._json({"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self._address(), "aud": CLIENT, "sub": code["user"], "iat": now, "exp": now + 600}
        token = jwt.encode({"alg": "RS256"}, claims | {"nonce": code["nonce"]} | USERS[code["user"]], self.key)
        self._json({"access_token": secrets.token_hex(), "token_type": "Bearer", "id_token": token, "expires_in": 600})

    def _metadata(self) -> dict[str, Any]:
        here = self._address()
        return {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
            "end_session_endpoint": f"{here}/end",
            "code_challenge_methods_supported": ["S256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _ask(self, asked: dict[str, str]) -> None:
        links = "".join(f'<p><a href="/chosen?{urlencode(asked | {"user": user})}">{user}</a>' for user in USERS)
        self._answer(f"<!doctype html><title>Who are you?</title><h1>Who are you?</h1>{links}".encode(), "text/html")

    def _redirect(self, user: str, asked: dict[str, str]) -> None:
        code = secrets.token_hex()
        self.server.codes[code] = asked | {"user": user}  # type: ignore[attr-defined]
        self._to(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    def _to(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, body: dict[str, Any], status: int = 200) -> None:
        self._answer(json.dumps(body).encode(), "application/json", status)

    def _answer(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _address(self) -> str:
        return f"http://{self.headers['Host']}"

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


def _proves(code: dict[str, str], asked: dict[str, str]) -> bool:
    """Whether who asks for the token is who asked for the code (RFC 7636, S256)."""
    digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return code.get("code_challenge") == expected and code["redirect_uri"] == asked.get("redirect_uri")
