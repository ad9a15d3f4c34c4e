"""What the HTML of a page brings with it, so that nothing is drawn first and moved when the rest comes.

The style is part of it. The font, and the scripts of what every page is made of, are asked for at once: Streamlit asks
for each of them only when it comes to an element of that kind, and for the font when there are words, which are drawn
in another one first and take other lines in it.
"""

import json
from pathlib import Path

import streamlit
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The pages by the names in their addresses; the first one is also without a name.
PAGES = ("overview", "actor", "compare", "stories", "articles", "outlets", "health", "method")
_STYLES = [Path(__file__).with_name(name) for name in ("page.css", "outlets.css")]
_SCHEME = Path(__file__).with_name("scheme.js")
#: The folder that the server has as `static`, and how the scripts in it begin.
_SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"
_ELEMENTS = ("Html", "StreamlitMarkdown", "PageLink", "ButtonGroup", "TextInput", "Selectbox", "ArrowVegaLiteChart")
#: The font of the pages' own words (.streamlit/config.toml), as the server has it.
FONT = "app/static/inter/inter-latin-wght-normal.woff2"
# It stands behind all that Streamlit adds to the head, so that of equal rules ours is the last word.
_BEFORE = b"</body>"
#: A page must not be packed before the style is in it, nor taken for the same as one with an older style.
_ASKED = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
_TOLD = (b"content-length", b"etag", b"last-modified", b"accept-ranges")


def middleware(base: str) -> Middleware:
    """What completes the HTML of the pages, below the server's `base` (server.baseUrlPath)."""
    root = f"/{base.strip('/')}" if base.strip("/") else ""
    return Middleware(_Completed, paths=frozenset([root, f"{root}/", *(f"{root}/{page}" for page in PAGES)]))


def addition() -> str:
    """The font, the style, and a script that loads those of Streamlit; one that this Streamlit has not is left out.

    The script also tells the document of the page's scheme (scheme.js).
    """
    font = f'<link rel="preload" href="./{FONT}" as="font" type="font/woff2" crossorigin>'
    style = "".join(file.read_text(encoding="utf-8") for file in _STYLES)
    found = [file.name for name in _ELEMENTS for file in sorted(_SCRIPTS.glob(f"{name}.*.js"))]
    loads = "".join(f"import({json.dumps(f'./static/js/{name}')});" for name in found)
    scheme = _SCHEME.read_text(encoding="utf-8")
    return f'{font}<style>{style}</style><script type="module">{loads}\n{scheme}</script>'


def completed(page: bytes, more: str) -> bytes:
    """The HTML of a page with more at its end; as it is, where it has no end.

    >>> completed(b"<body><p>x</p></body>", "<i></i>")
    b'<body><p>x</p><i></i></body>'
    """
    before, end, after = page.rpartition(_BEFORE)
    return b"".join([before, more.encode(), end, after]) if end else page


class _Completed:
    """Each answer that is the HTML of a page, and no other."""

    def __init__(self, app: ASGIApp, paths: frozenset[str]) -> None:
        self.app = app
        self.paths = paths
        self.more = addition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in self.paths:
            await self.app(scope, receive, send)
            return
        asked = [pair for pair in scope["headers"] if pair[0] not in _ASKED]
        held: list[Message] = []

        async def holding(message: Message) -> None:
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                for one in _whole(held, self.more):
                    await send(one)

        await self.app({**scope, "headers": asked}, receive, holding)


def _whole(answer: list[Message], more: str) -> list[Message]:
    """The messages of a whole answer, completed where it is HTML."""
    start, *parts = answer
    headers = start["headers"]
    kind = next((value for name, value in headers if name == b"content-type"), b"")
    if start["status"] != 200 or not kind.startswith(b"text/html"):
        return answer
    body = completed(b"".join(part.get("body", b"") for part in parts), more)
    kept = [pair for pair in headers if pair[0] not in _TOLD]
    length = (b"content-length", str(len(body)).encode())
    return [{**start, "headers": [*kept, length]}, {"type": "http.response.body", "body": body}]
