"""Colours, style sheet, and how a text from outside is made harmless."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as hex. `actors` are six; an actor's place among them stands in the catalogue."""

    kind: str
    background: str
    panel: str
    ink: str
    muted: str
    grid: str
    border: str
    primary: str
    actors: tuple[str, ...]
    negative: str
    neutral: str
    positive: str
    sequential: tuple[str, str]


LIGHT = Palette(
    kind="light",
    background="#FFFFFF",
    panel="#F5F6F8",
    ink="#0F1520",
    muted="#56606F",
    grid="#E6E9EE",
    border="#DDE1E7",
    primary="#1F5FA8",
    actors=("#155FC2", "#C4652C", "#00A1A6", "#9A3C72", "#1A4901", "#541081"),
    negative="#B5472A",
    neutral="#D3D8DF",
    positive="#1F6FA8",
    sequential=("#EEF3FA", "#1D4F91"),
)

DARK = Palette(
    kind="dark",
    background="#14171C",
    panel="#1E232B",
    ink="#E8EBF0",
    muted="#A9B2C0",
    grid="#2C333D",
    border="#333B47",
    primary="#8AB8FF",
    actors=("#68A2F8", "#EB9093", "#4FFCEC", "#FADD68", "#54851E", "#A34AAC"),
    negative="#F08A63",
    neutral="#414A57",
    positive="#66B2F0",
    sequential=("#1E2B3D", "#7FB4FF"),
)


def palette(kind: str | None) -> Palette:
    """The palette of a theme's kind; light where the browser has not said."""
    return DARK if kind == "dark" else LIGHT


def places(actors: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Which of the six colours each actor (key, colour of the catalogue) is drawn in; actors in the catalogue's order.

    An actor has its own colour whatever else is chosen, and in whatever order. Where two of the chosen share one, the
    one that the catalogue lists later takes the next free place, since two lines in one colour cannot be told apart.

    >>> places([("nato", 0), ("ukraine", 3)])
    {'nato': 0, 'ukraine': 3}
    >>> places([("nato", 0), ("hamas", 0)])
    {'nato': 0, 'hamas': 1}
    """
    wanted = list(actors)
    own = {colour for _, colour in wanted}
    taken: dict[str, int] = {}
    for key, colour in wanted:
        free = [place % 6 for place in range(colour, colour + 6) if place % 6 not in taken.values()]
        # A colour that is somebody's own is the last to be borrowed.
        borrowed = [place for place in free if place not in own]
        taken[key] = colour if colour in free else [*borrowed, *free, colour][0]
    return taken


# What would turn the words after it around: embeddings, overrides and isolates (https://unicode.org/reports/tr9/).
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_JOINED = re.compile(r"\\[-<>~](?=\\[-=>])")


def inert(text: str) -> str:
    r"""A text from outside, for a place that reads Markdown: shown as it is, no markup, link, formula or icon.

    Each mark of punctuation is escaped, and what Streamlit still looks for in the finished text (`:red[`, `:material/`,
    addresses that become links, `->` and its like) is broken by a word joiner, which has no width.

    >>> inert("[x](javascript:1)").replace("\u2060", "")
    '\\[x\\]\\(javascript\\:1\\)'
    """
    one_line = " ".join(text.translate(_TURNING).split())
    escaped = _PUNCTUATION.sub(r"\\\1", one_line)
    for mark in ("\\:", "\\@"):
        escaped = escaped.replace(mark, f"{mark}\u2060")
    return _JOINED.sub("\\g<0>\u2060", escaped).replace("www", "w\u2060ww")


def escape(text: object) -> str:
    """A text from outside, for HTML that this package writes: as text, also inside an attribute.

    >>> escape("<b>\u202eon")
    '&lt;b&gt;on'
    """
    return html.escape(str(text).translate(_TURNING), quote=True)


def variables(colours: Palette) -> str:
    """The colours that page.css asks for by name, as a style element.

    They follow the theme at once, when the reader's system turns dark: in the page, and in what floats over it as soon
    as the document has its scheme (scheme.js). Charts are drawn in `colours`, the theme of which the server knew last.
    """
    own, light, dark = _named(colours), _named(LIGHT), _named(DARK)
    both = {name: f"light-dark({light[name]}, {dark[name]})" for name in own}
    told = {":root": own, ':root[style*="color-scheme"], [data-testid="stApp"]': both}
    rules = (
        f"{place} {{{' '.join(f'--ng-{name}: {colour};' for name, colour in named.items())}}}"
        for place, named in told.items()
    )
    return f"<style>{' '.join(rules)}</style>"


def _named(colours: Palette) -> dict[str, str]:
    return {
        "background": colours.background,
        "panel": colours.panel,
        "ink": colours.ink,
        "muted": colours.muted,
        "grid": colours.grid,
        "border": colours.border,
        "primary": colours.primary,
        "negative": colours.negative,
        "neutral": colours.neutral,
        "positive": colours.positive,
        "deep": colours.sequential[1],
    }
