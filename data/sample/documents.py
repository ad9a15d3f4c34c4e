"""The sample press as a server sends it: feeds in five forms, and pages. Articles in, bytes out."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from data.catalogue import Outlet
from data.sample.press import Article
from data.sample.profiles import Profile

NOTICE = "Sample: written for Newsgauge. This outlet does not exist, and its articles are invented."


def feed(outlet: Outlet, profile: Profile, articles: Sequence[Article], address: str) -> tuple[bytes, str]:
    """The outlet's feed with these articles in its own form, and its content type. `address` is http://host:port."""
    make, content_type = _FORMS[profile.form]
    return make(outlet, profile, articles, address).encode("utf-8"), content_type


def link(article: Article, profile: Profile, address: str) -> str:
    """Where the article is, with what the outlet hangs on its links."""
    return f"{address}{article.path}" + (f"?{profile.tracking}" if profile.tracking else "")


def _rss(outlet: Outlet, profile: Profile, articles: Sequence[Article], address: str) -> str:
    items = "".join(
        f"<item><title>{_html_in_xml(article.title)}</title><link>{_xml(link(article, profile, address))}</link>"
        f'<guid isPermaLink="false">{_xml(article.path)}</guid>'
        + (f"<pubDate>{format_datetime(article.claimed_at, usegmt=True)}</pubDate>" if article.claimed_at else "")
        + f"<dc:creator>{_xml(article.author)}</dc:creator>"
        f"<description>{_html_in_xml(article.paragraphs[0])}</description>"
        + (f"<content:encoded>{_xml(_html(article))}</content:encoded>" if profile.carries == "text" else "")
        + "</item>\n"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>\n'
        f"<title>{_xml(outlet.name)}</title><link>{_xml(outlet.homepage)}</link>"
        f"<description>{_xml(NOTICE)}</description><language>{profile.language}</language>\n{items}</channel></rss>\n"
    )


def _rdf(outlet: Outlet, profile: Profile, articles: Sequence[Article], address: str) -> str:
    links = [link(article, profile, address) for article in articles]
    sequence = "".join(f'<rdf:li rdf:resource="{_xml(at)}"/>' for at in links)
    items = "".join(
        f'<item rdf:about="{_xml(at)}"><title>{_html_in_xml(article.title)}</title><link>{_xml(at)}</link>'
        + (f"<dc:date>{article.claimed_at.isoformat()}</dc:date>" if article.claimed_at else "")
        + f"<dc:creator>{_xml(article.author)}</dc:creator>"
        f"<description>{_html_in_xml(article.paragraphs[0])}</description>"
        f"<content:encoded>{_xml(_html(article))}</content:encoded></item>\n"
        for article, at in zip(articles, links, strict=True)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f'<channel rdf:about="{_xml(outlet.homepage)}"><title>{_xml(outlet.name)}</title>'
        f"<link>{_xml(outlet.homepage)}</link><description>{_xml(NOTICE)}</description>"
        f"<items><rdf:Seq>{sequence}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


def _atom(outlet: Outlet, profile: Profile, articles: Sequence[Article], address: str) -> str:
    newest = max((article.published_at for article in articles), default=datetime(2024, 3, 1, tzinfo=UTC))
    entries = "".join(
        f'<entry><title type="html">{_html_in_xml(article.title)}</title>'
        # A relative address, as some feeds have it: the reader has to know where the feed came from.
        f'<link rel="alternate" href="{_xml(link(article, profile, ""))}"/>'
        f"<id>tag:sample.invalid,2024:{_xml(article.path)}</id>"
        f"<updated>{article.published_at.isoformat()}</updated>"
        + (f"<published>{article.claimed_at.isoformat()}</published>" if article.claimed_at else "")
        + f"<author><name>{_xml(article.author)}</name></author><summary>{_xml(article.paragraphs[0])}</summary>"
        f'<content type="html">{_xml(_html(article))}</content></entry>\n'
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{profile.language}"><title>{_xml(outlet.name)}</title>'
        f"<subtitle>{_xml(NOTICE)}</subtitle><id>{_xml(outlet.homepage)}</id>"
        f'<link href="{_xml(outlet.homepage)}"/><updated>{newest.isoformat()}</updated>\n{entries}</feed>\n'
    )


def _json(outlet: Outlet, profile: Profile, articles: Sequence[Article], address: str) -> str:
    items = [
        {
            "id": article.path,
            "url": link(article, profile, address),
            "title": article.title,
            "summary": article.paragraphs[0],
            "content_html": _html(article),
            "authors": [{"name": article.author}],
            "language": article.language,
        }
        | ({"date_published": article.claimed_at.isoformat()} if article.claimed_at else {})
        for article in articles
    ]
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.homepage,
        "description": NOTICE,
        "language": profile.language,
    }
    return json.dumps(head | {"items": items}, ensure_ascii=False, indent=1)


def _sitemap(outlet: Outlet, profile: Profile, articles: Sequence[Article], address: str) -> str:
    urls = "".join(
        f"<url><loc>{_xml(link(article, profile, address))}</loc><news:news><news:publication>"
        f"<news:name>{_xml(outlet.name)}</news:name><news:language>{article.language}</news:language></news:publication>"
        f"<news:publication_date>{article.published_at.isoformat()}</news:publication_date>"
        f"<news:title>{_xml(article.title)}</news:title></news:news></url>\n"
        for article in articles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{urls}</urlset>\n'
    )


_FORMS = {
    "rss": (_rss, "application/rss+xml; charset=utf-8"),
    "rdf": (_rdf, "application/rdf+xml; charset=utf-8"),
    "atom": (_atom, "application/atom+xml; charset=utf-8"),
    "json": (_json, "application/feed+json; charset=utf-8"),
    "sitemap": (_sitemap, "application/xml; charset=utf-8"),
}


def page(outlet: Outlet, article: Article, related: Sequence[Article], address: str) -> bytes:
    """An article's page, with what pages have around the text: a menu, a date, related articles, a footer."""
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": article.published_at.isoformat(),
        "inLanguage": article.language,
        "author": {"@type": "Person", "name": article.author},
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    links = "".join(f'<li><a href="{escape(one.path)}">{escape(one.title)}</a></li>' for one in related)
    body = (
        f"<header><h1>{escape(article.title)}</h1>"
        f'<p class="byline">{escape(article.author)}, <time datetime="{article.published_at.isoformat()}">'
        f"{article.published_at:%Y-%m-%d %H:%M} UTC</time></p></header>\n<article>{_html(article)}</article>\n"
        f'<aside class="related"><h2>More from {escape(outlet.name)}</h2><ul>{links}</ul></aside>'
    )
    # In a script element only "</" could end it early.
    script = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
    head = (
        f'<link rel="canonical" href="{escape(address + article.path)}">'
        f'<script type="application/ld+json">{script}</script>'
    )
    return _whole_page(article.language, f"{article.title} – {outlet.name}", head, body, outlet)


def front_page(outlet: Outlet, articles: Sequence[Article]) -> bytes:
    """An outlet's newest articles."""
    links = "".join(
        f'<li><time>{one.published_at:%Y-%m-%d}</time> <a href="{escape(one.path)}">{escape(one.title)}</a></li>\n'
        for one in articles
    )
    return _whole_page(
        outlet.languages[0], outlet.name, "", f"<h1>{escape(outlet.name)}</h1><ul>\n{links}</ul>", outlet
    )


def kiosk(outlets: Sequence[Outlet]) -> bytes:
    """All outlets of the sample."""
    links = "".join(
        f'<li><a href="/{one.key}/" lang="{one.languages[0]}">{escape(one.name)}</a></li>\n' for one in outlets
    )
    return _whole_page("en", "The sample press of Newsgauge", "", f"<h1>The sample press</h1><ul>\n{links}</ul>", None)


def message(text: str) -> bytes:
    """A page that says one thing, for what is not there or is down."""
    return _whole_page("en", text, "", f"<h1>{escape(text)}</h1>", None)


def _whole_page(language: str, title: str, head: str, body: str, outlet: Outlet | None) -> bytes:
    menu = '<a href="/">All outlets</a>' + (f' <a href="/{outlet.key}/">{escape(outlet.name)}</a>' if outlet else "")
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width">{head}'
        "<style>body{font:17px/1.5 Georgia,serif;max-width:40em;margin:auto;padding:1em}"
        "nav,footer,.byline,aside{font:14px sans-serif;color:#555}</style></head>\n"
        f"<body><nav>{menu}</nav>\n<main>{body}</main>\n<footer>{escape(NOTICE)}</footer></body></html>\n"
    ).encode()


def _html(article: Article) -> str:
    return "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs)


def _xml(text: str) -> str:
    return escape(text)


def _html_in_xml(text: str) -> str:
    """For what readers take for HTML inside XML, as an RSS title: a "<b>" that is to be seen is escaped twice."""
    return escape(escape(text, quote=False), quote=False)
