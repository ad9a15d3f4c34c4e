"""Texts that want to be more than text, and an archive and a catalogue in which every word from outside is one."""

import re
from datetime import timedelta
from pathlib import Path

import polars as pl

from data import catalogue
from data.archive import Archive
from tests.browser.newsroom import summit
from tests.conftest import article, mention, moment, reading, row

_HTML = (
    "<script>window.pwned=1</script>",
    '<img src=x onerror="window.pwned=1">',
    '<svg onload="window.pwned=1">',
    '<iframe src="javascript:parent.pwned=1"></iframe>',
    '<a href="javascript:window.pwned=1">go</a>',
    '"><b onmouseover="window.pwned=1">bold',
    "'><style>body{display:none}</style>",
    "</p></li></div><h1>broken out</h1>",
    "<!-- hidden from here",
    "<input autofocus onfocus=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>x</details>",
    "<math><mtext><img src=x onerror=window.pwned=1></mtext></math>",
    '<form action="https://evil.example/"><button>Send</button></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    '<base href="https://evil.example/">',
    '<object data="https://evil.example/x.swf"></object>',
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<video src=x onerror=window.pwned=1></video>",
    "&lt;b&gt;twice&lt;/b&gt; &amp;amp; &#x3C;i&#x3E;",
    "<![CDATA[<b>x</b>]]>",
)
_MARKDOWN = (
    "**bold** __bold__ *slanted* _slanted_ ~~gone~~",
    "# a heading",
    "- a list",
    "1. first of a list",
    "> a quotation",
    "| a | b |",
    "---",
    "```a block```",
    "`code`",
    "    indented code",
    "[a link](https://evil.example/)",
    "[a link](javascript:window.pwned=1)",
    "![a picture](https://evil.example/x.png)",
    "<https://evil.example/>",
    "see https://evil.example/auto and www.evil.example",
    "write to ada@evil.example",
    "[reference][1] [1]: https://evil.example/",
    "a footnote[^1]",
    "- [ ] a task",
    "a back\\slash and \\*stars\\*",
)
_FORMULAS = (
    "$x^2$",
    "$$\\sum_i x_i$$",
    "\\(x\\) \\[y\\]",
    "$\\href{javascript:window.pwned=1}{x}$",
    "US$5 million and US$6 million",
)
_STREAMLIT = (
    ":red[coloured]",
    ":blue-background[on blue]",
    ":rainbow[rain]",
    ":violet-badge[a badge]",
    ":small[small]",
    ":material/skull:",
    ":skull:",
    ":streamlit:",
    ":orange[:material/warning: **x**]",
    "a -> b <- c <-> d -- e >= f <= g ~= h",
)
_SIGNS = (
    "\u202eesrever\u202c forward",
    "\u2066isolated\u2069 \u2067from the right\u2069",
    "zero\u200bwidth\u200d\ufeff\u2060marks",
    "soft\u00adhyphen and Z\u0336a\u0335l\u0334g\u0338o",
    "\U0001f469\u200d\U0001f52c found \U0001f480",
)
_CHARTS = (
    "datum.tone + 1",
    '{"signal": "window.pwned=1"}',
    "${window.pwned=1} {{constructor.constructor('window.pwned=1')()}}",
    "{0} {name} %s %(name)s",
)
_TABLES = ('=HYPERLINK("https://evil.example/","x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)")
_OTHERS = ("'; DROP TABLE articles;--", "../../etc/passwd", "C:\\Windows\\x")

PAYLOADS = (*_HTML, *_MARKDOWN, *_FORMULAS, *_STREAMLIT, *_SIGNS, *_CHARTS, *_TABLES, *_OTHERS)
HALF = len(PAYLOADS) // 2
#: What the catalogue calls the example-times and the two actors.
NAME = PAYLOADS[4] + PAYLOADS[30]
NATO, UKRAINE = f"{PAYLOADS[1]} {PAYLOADS[20]}", f"{PAYLOADS[45]} ${{x}} $y$ :x:"
#: The days of the payloads in front of HALF, and of the others.
EARLY, LATE = ("2024-10-04", "2024-10-06"), ("2024-10-10", "2024-10-12")


def hostile(folder: Path) -> Archive:
    """The summit's archive, and two articles with each payload as title, text, author, and one of them as outlet.

    They tell a story of their own, name Ukraine, and are plainly for or against it. The article `all` has all payloads
    as paragraphs and as authors. Each payload is a feed's address and its message as well.
    """
    archive = summit(folder)
    told = [_told(number, place) for number in range(len(PAYLOADS)) for place in (0, 1)]
    told.append(("all", PAYLOADS[0], "\n\n".join(PAYLOADS), list(PAYLOADS), "example-post", LATE[1]))
    version = catalogue.load(_catalogue(folder.parent / "catalogue")).version
    articles, readings, mentions = [], [], []
    for place, (key, title, text, authors, outlet, day) in enumerate(told):
        common = {"published_at": moment(day) + timedelta(minutes=place), "outlet": outlet}
        url = "javascript:window.pwned=1//" if key == "all" else f"https://example.org/{key}"
        articles.append(article(id=key, url=url, title=title, text=text, authors=authors, **common))
        story = key.partition("-")[0]
        readings.append(reading(article_id=key, story=story, tone=0.1, catalogue_version=version, **common))
        tone = 0.9 if place % 2 else -0.9
        passage = {"field": "text", "start": 0, "end": len(text), "tone": tone, "confidence": 0.9, "how": "name"}
        span = {"field": "text", "start": 0, "end": min(3, len(text)), "text": text[:3], "rule": f"strong {title}"}
        found = {"spans": [span], "passages": [passage], "tone": tone, "confidence": 0.9}
        mentions.append(mention(article_id=key, actor="ukraine", catalogue_version=version, **found, **common))
    archive.append(pl.concat(articles), pl.concat(readings), pl.concat(mentions), pl.concat(map(_check, PAYLOADS)), "h")
    archive.append_run(
        row(
            "runs", run="r1", month="2024-10", command="ingest", started_at=moment(LATE[1]), exit=1,
            finished_at=moment("2024-10-13"), feeds=1, feeds_failed=1, entries=1, new=0, changed=0, mentions=0,
            dropped=[{"reason": PAYLOADS[1], "count": 1}], catalogue_version=version, model_version=PAYLOADS[0],
            message=PAYLOADS[1],
        )
    )  # fmt: skip
    return archive


def _told(number: int, place: int) -> tuple[str, str, str, list[str], str, str]:
    """Key, title, text, authors, outlet and day of an article with this payload."""
    payload = PAYLOADS[number]
    day = (EARLY if number < HALF else LATE)[0]
    return f"p{number}-{place}", payload, payload, [payload], "example-post" if place else payload, day


def _check(payload: str) -> pl.DataFrame:
    return row(
        "fetches", run="r1", month="2024-10", feed_url=payload, outlet="example-post", started_at=moment(LATE[1]),
        seconds=0.1, state="malformed", entries=0, new=0, changed=0, dropped=[], failures=1, message=payload,
    )  # fmt: skip


def _catalogue(folder: Path) -> Path:
    """A catalogue with the actors NATO and Ukraine, an outlet and a topic, all with hostile labels."""
    folder.mkdir(exist_ok=True)
    for name in ("topics.toml", "words.toml"):
        (folder / name).write_text((catalogue.DEFAULT / name).read_text())
    topics = (folder / "topics.toml").read_text()
    (folder / "topics.toml").write_text(re.sub(r'^label = "', f'label = "{_quoted(PAYLOADS[1])} ', topics, flags=re.M))
    people = {"nato": ("NATO", NATO), "ukraine": ("Ukraine", UKRAINE)}
    actors = (
        f'[{key}]\nlabel = "{_quoted(label)}"\nkind = "organisation"\ncolour = {place}\nstrong = ["{name}"]\n'
        f'examples = ["[{name}] met."]\n'
        for place, (key, (name, label)) in enumerate(people.items())
    )
    (folder / "actors.toml").write_text("\n".join(actors))
    outlet = (
        f'[example-times]\nname = "{_quoted(NAME)}"\nhomepage = "https://example.org/"\n'
        'country = "GB"\nlanguages = ["en"]\nmedia_type = "print"\nownership = "private"\npanels = ["uk-national"]\n'
        'feeds = [{url = "https://example.org/feed"}]\n'
    )
    (folder / "outlets.toml").write_text(outlet)
    return folder


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
