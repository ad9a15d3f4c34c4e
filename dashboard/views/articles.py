"""Why: the articles behind the numbers, one of them read closely, all of them taken away."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Literal, get_args

import polars as pl
import streamlit as st

from dashboard import answers, article_link, blocks, controls, faults, hits, measures, sentences
from dashboard.charts import FEWEST_STORIES
from dashboard.controls import View, Words
from dashboard.desk import Desk, actor_link
from dashboard.marked import Passage, Stretch, look, marked, stretches
from dashboard.theme import escape, inert
from dashboard.views import download, kin
from dashboard.views.listing import article_table
from dashboard.views.nothing import failed_days, nothing
from dashboard.views.written import by_outlet
from data import queries
from data.filters import Filters
from data.queries import Measure
from data.search import SearchError

TITLE = "Articles"
_SHOWN = 500
_OUTLETS_NAMED = 6


def show(desk: Desk, header: Callable[[Words], None]) -> None:
    """The page: what is looked at, one article where one is chosen, the list."""
    header(controls.to_words(controls.chosen()))
    st.title("Articles")
    view = controls.bar(desk.catalogue, desk.press)
    filters, first, last = desk.filters(view)
    article_link.read(filters)
    blocks.notice(controls.notices(view))
    controls.write_link(view, **article_link.words())
    if article_link.opened_id():
        _reader(desk, view, article_link.opened_id(), article_link.sought())
    try:
        rows = answers.listed(desk.press, filters, view.measure)
    except SearchError as error:
        blocks.empty("This search cannot be read", str(error))
        return
    with blocks.card("articles", "Articles found", _HOW):
        if rows.is_empty():
            nothing(desk, filters, first, last)
            return
        st.html(_counted(desk, view, filters, rows))
        blocks.note(by_outlet(desk, rows))
        if incomplete := _incomplete(desk, filters, first, last):
            blocks.note(incomplete)
        download.offer(desk, filters, rows.height)
        # Room is kept for a whole list before it comes.
        with st.container(key="said-whole" if rows.height >= hits.SHOWN else "said-few"):
            _said(desk, view, filters, rows)
        _list(desk, view, filters, rows)


_TABLE_BELOW = "Their texts could not be looked at; the table below does not depend on them. The server's log says why."
_HOW = (
    "With actors chosen: the articles that name at least one of them, and their mean tone toward these. Without: all "
    "articles, and the tone of the text. The download holds all of them, not only those shown."
)


def _counted(desk: Desk, view: View, filters: Filters, rows: pl.DataFrame) -> str:
    days = blocks.days(*controls.window(view, desk.press.first_day, desk.press.last_day))
    whom = " or ".join(desk.label(actor) for actor in filters.actors)
    naming = f" that name {whom}" if whom else ""
    shown = f" · the newest {_SHOWN} are shown, the download has all" if rows.height > _SHOWN else ""
    copies = int(rows["is_copy"].sum())
    mean = _mean(answers.summary(desk.press, filters, view.measure), view.measure) if whom else ""
    of_them = f" · {copies:,} of them copies" if copies else ""
    return (
        f'<p class="ng-note"><b style="color:var(--ng-ink)"><span class="ng-count">{rows.height:,}</span> '
        f"article{'s' if rows.height != 1 else ''}</b>{escape(naming)}, {escape(days)}{mean}{of_them}{shown}</p>"
    )


def _mean(now: dict[str, Any], measure: Measure) -> str:
    """The mean tone with what it is of, where there are stories enough; how many mentions are unsure."""
    unsure = f" · {now['unsure']:,} of {now['mentions']:,} mentions unsure" if now["unsure"] else ""
    if now["stories"] < FEWEST_STORIES:
        return unsure
    half = (now["high"] - now["low"]) / 2
    return f" · mean tone {measures.NAMES[measure]} {blocks.signed(now['tone'])} ± {half:.2f}{unsure}"


def _incomplete(desk: Desk, filters: Filters, first: date | None, last: date | None) -> str:
    """Which of the days looked at are incomplete because feeds failed; empty where none is."""
    failed = failed_days(desk, filters, first, last)
    if failed.is_empty():
        return ""
    days = failed["day"].n_unique()
    of_outlets = failed.group_by("outlet").len().sort("len", "outlet", descending=[True, False])
    named = [
        f"{desk.outlet(outlet)} on {number:,} day{'s' if number > 1 else ''}"
        for outlet, number in of_outlets.head(_OUTLETS_NAMED).iter_rows()
    ]
    more = of_outlets.height - len(named)
    named += [f"{more:,} more outlet{'s' if more > 1 else ''}"] if more else []
    return (
        f"Not all could be looked at: feeds failed on {days:,} of these days, of {blocks.listed(named)} (see Health). "
        "What they did not give is missing here."
    )


# Beside the rest of the page: texts are read from the archive, which nobody should wait for.
@st.fragment(parallel=True)
@faults.told("What they say cannot be read", _TABLE_BELOW)
def _said(desk: Desk, view: View, filters: Filters, rows: pl.DataFrame) -> None:
    """The newest articles with what they say, titles as links; more of them on request."""
    with st.container(key="said"):
        number = st.session_state["hits-shown"]
        top = rows.head(number)
        said = sentences.said(desk.press, tuple(top["article_id"]), filters.actors)
        words = controls.to_words(view) | article_link.words_of_list()
        # Streamlit ends a script whose reader has gone when it next looks at the session.
        st.html(hits.hits(desk, top, said, filters.search, words, lambda: st.session_state["hits-shown"]))
        with st.container(key="said-more", horizontal=True, vertical_alignment="center"):
            if number < min(rows.height, hits.MOST):
                more = min(hits.SHOWN, rows.height - number)
                st.button(f"Show {more} more", key="more-hits", on_click=article_link.show_more)
            if rows.height > number:
                blocks.note(f"So far the newest {number}; the table has all of them.")


# The list


def _list(desk: Desk, view: View, filters: Filters, rows: pl.DataFrame) -> None:
    top = rows.head(_SHOWN)
    blocks.note("All of them, to sort by a click on a heading; the box before a row opens it, or Shift and Space.")
    state = st.session_state
    # Another selection of articles is another table: a row's number means nothing there.
    key = f"articles-{hash(filters)}-{state['articles-of']}-{state.get('table', 0)}"
    height: int | Literal["content"] = "content" if top.height < 18 else 620
    article_table(desk, top, view.measure, key, height, on_pick=article_link.open_article)


# One article


def _reader(desk: Desk, view: View, article_id: str, sought: str) -> None:
    """One article, with the button that closes it; `sought` is the place of a passage as `text.120`, or empty."""
    with st.container(border=True, key="card-reader"):
        with st.container(key="close-row", horizontal=True, horizontal_alignment="right"):
            st.button("Close article", key="close", on_click=article_link.close_article)
        with faults.told("This article cannot be read", _LIST_BELOW):
            _read(desk, view, article_id, sought)


_LIST_BELOW = (
    "It is in the archive, but what is stored of it could not be looked at. The list below does not depend on it. "
    "The server's log says why. Run ./newsgauge status on the machine that holds the archive, then open it again."
)


def _read(desk: Desk, view: View, article_id: str, sought: str) -> None:
    """Text and facts of an article, beside each other; or that there is none of this id."""
    found = answers.article(desk.press, desk.archive, article_id)
    if found is None:
        blocks.notice([f'The link asks for article "{article_id[:64]}", which this archive does not have.'])
        return
    # Whom the reader has chosen stands first.
    chosen = view.filters.actors
    found = replace(found, mentions=sorted(found.mentions, key=lambda mention: mention["actor"] not in chosen))
    left, right = st.columns([5, 3], gap="large")
    with right:
        if found.reading:
            kin.links(desk, view, found.reading)
        st.html(_facts(desk, view, found))
        st.code(found.article["url"], language=None, wrap_lines=True)
    with left:
        _text(desk, view, found, sought)


def _text(desk: Desk, view: View, found: answers.Article, sought: str) -> None:
    actors: list[str] = [mention["actor"] for mention in found.mentions]
    chosen = [actor for actor in actors if actor in view.filters.actors] or actors
    labels = desk.labels()
    if len(actors) > 1:
        article_link.marked(actors, chosen)
        wanted = st.pills(
            "Marked for",
            actors,
            selection_mode="multi",
            format_func=lambda actor: inert(labels.get(actor or "", actor or "")),
            key="marked",
            persist_state="session",
        )
        article_link.write_marked([actor for actor in actors if actor in wanted], chosen)
    else:
        wanted = actors
    shown = [mention for mention in found.mentions if mention["actor"] in wanted]
    article = found.article
    drawn = {field: _drawn(article[field] or "", field, shown, sought) for field in ("title", "text")}
    title = _marked(desk, article, "title", shown, sought, drawn).removeprefix("<p>").removesuffix("</p>")
    st.html(
        f'<article class="ng-article"><h2>{title}</h2>'
        f'<div class="byline">{escape(_byline(desk, article))}</div>{_sought(article, shown, sought)}'
        f"{_cut(article['text'] or '', drawn['text'], shown)}{_legend(desk, shown, drawn)}"
        f"{_marked(desk, article, 'text', shown, sought, drawn)}</article>"
    )


def _drawn(text: str, field: str, mentions: list[dict[str, Any]], sought: str) -> list[Stretch]:
    """The parts of a title or text that are drawn; `sought` is the place of a passage, or empty."""
    of_field, _, place = sought.partition(".")
    passages = [(one["start"], one["end"]) for one in _stored(mentions, field)]
    return stretches(text, passages, int(place) if of_field == field and place.isdecimal() else None)


def _cut(text: str, drawn: list[Stretch], mentions: list[dict[str, Any]]) -> str:
    """How much of a long text is drawn; empty where all of it is."""
    number = sum(end - start for start, end in drawn)
    if number == len(text):
        return ""
    passages = list(_stored(mentions, "text"))
    marks = sum(any(one["end"] > start and one["start"] < end for start, end in drawn) for one in passages)
    around = ", and what stands around the passage that was sought" if len(drawn) > 1 else ""
    return (
        f'<p class="sought">This text is long: of its {len(text):,} characters the first {drawn[0][1]:,} are shown'
        f"{around}, with {marks:,} of {len(passages):,} passages marked. The numbers beside it count all of them, and "
        "the download of the articles has the whole text.</p>"
    )


def _sought(article: dict[str, Any], mentions: list[dict[str, Any]], sought: str) -> str:
    """The passage that the link leads to, which may stand far down, and a way there; empty where there is none."""
    for mention in mentions:
        for passage in mention["passages"] or []:
            if f"{passage['field']}.{passage['start']}" == sought:
                words = (article[passage["field"]] or "")[passage["start"] : passage["end"]]
                return (
                    f'<p class="sought">“{escape(words.strip())}” <a href="#sought">to its place in the text ↓</a></p>'
                )
    return ""


def _legend(desk: Desk, mentions: list[dict[str, Any]], drawn: dict[str, list[Stretch]]) -> str:
    """What the marks of title and text mean, of those that there are."""
    marks: dict[tuple[str, int, int], list[Passage]] = {}
    for field in ("title", "text"):
        for passage in _passages(desk, mentions, field, drawn[field]):
            marks.setdefault((field, passage.start, passage.end), []).append(passage)
    looks = {look(passages) for passages in marks.values()}
    of_these = [kind for kind in (*get_args(queries.Kind), "mixed") if kind in looks]
    continued = any(one["how"] == "continues" for mention in mentions for one in mention["passages"] or [])
    return blocks.key(of_these, "continued: about the actor by a pronoun or another word for it" if continued else "")


def _marked(
    desk: Desk,
    article: dict[str, Any],
    field: str,
    mentions: list[dict[str, Any]],
    sought: str,
    drawn: dict[str, list[Stretch]],
) -> str:
    """The drawn parts of a title or text with its passages marked, dots between them."""
    passages = _passages(desk, mentions, field, drawn[field])
    passages = [replace(one, sought=f"{field}.{one.start}" == sought) for one in passages]
    names = [
        (span["start"], span["end"])
        for mention in mentions
        for span in mention["spans"] or []
        if span["field"] == field
    ]
    text = article[field] or ""
    parts = [marked(text, passages, names, stretch) for stretch in drawn[field]]
    return "<p>…</p>".join(parts) + ("<p>…</p>" if drawn[field][-1][1] < len(text) else "")


def _stored(mentions: list[dict[str, Any]], field: str) -> Iterator[dict[str, Any]]:
    """The passages of a title or text, as `mentions` has them."""
    return (one for mention in mentions for one in mention["passages"] or [] if one["field"] == field)


def _passages(desk: Desk, mentions: list[dict[str, Any]], field: str, drawn: list[Stretch]) -> list[Passage]:
    """Those that touch a part that is drawn."""
    return [
        _passage(desk, mention["actor"], passage)
        for mention in mentions
        for passage in _stored([mention], field)
        if any(passage["end"] > start and passage["start"] < end for start, end in drawn)
    ]


def _passage(desk: Desk, actor: str, passage: dict[str, Any]) -> Passage:
    """A passage with its tone in words: `NATO +0.62, continued, said by Jens Stoltenberg`."""
    tone, confidence = passage["tone"], passage["confidence"]
    kind = queries.kind_of(tone, confidence)
    speaker = _speaker(desk, actor, passage["speaker"])
    told = [
        f"{desk.label(actor)} {measures.KINDS.get(kind) or blocks.signed(tone)}",
        "continued" if passage["how"] == "continues" else "",
        speaker,
    ]
    more = [
        f"{desk.label(actor)}: {measures.KINDS.get(kind, kind)}",
        f"tone {blocks.signed(tone)}" if tone is not None else "",
        f"confidence {confidence:.0%}" if confidence is not None else "by lexicon" if tone is not None else "",
        _HOW_ABOUT.get(passage["how"] or "", ""),
        speaker or "in the outlet's own words",
    ]
    return Passage(passage["start"], passage["end"], kind, _joined(told), f"{_joined(more)}.")


_HOW_ABOUT = {"name": "names the actor", "continues": "goes on about the actor by a pronoun or another word for it"}


def _speaker(desk: Desk, actor: str, speaker: str | None) -> str:
    """Who says a passage; empty where the outlet itself does."""
    if speaker is None:
        return ""
    if speaker == actor:
        return "in its own words"
    return f"said by {desk.label(speaker) if speaker else 'somebody else'}"


def _joined(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part)


def _byline(desk: Desk, article: dict[str, Any]) -> str:
    when = blocks.moment(article["published_at"]) if article["published_at"] else "undated"
    origin = {"page": "text of the page", "feed": "text of the feed", "file": "text of a file"}
    origin |= {"metadata": "metadata only, no text"}
    parts = [desk.outlet(article["outlet"]), when, ", ".join(article["authors"] or [])]
    parts += [article["language"] or "language not told", origin.get(article["text_from"] or "", "")]
    return " · ".join(part for part in parts if part)


def _facts(desk: Desk, view: View, found: answers.Article) -> str:
    words = controls.to_words(view)
    text_from = found.article["text_from"]
    rows = "".join(_actor_facts(desk, words, mention | {"text_from": text_from}) for mention in found.mentions)
    named = rows or '<div class="row ng-muted">It names none of the actors of the catalogue.</div>'
    return f'<div class="ng-facts">{named}{_reading_facts(desk, found)}</div>'


def _actor_facts(desk: Desk, words: Words, mention: dict[str, Any]) -> str:
    """Whom the article names, how kindly, how sure that is, and the rules that matched."""
    kind = queries.kind_of(mention["tone"], mention["confidence"])
    head = measures.KINDS.get(kind) or blocks.signed(mention["tone"])
    rules: dict[str, int] = {}
    for span in mention["spans"] or []:
        told = f"“{span['text']}” by {span['rule']}"
        rules[told] = rules.get(told, 0) + 1
    lines = [_doubt(mention, kind), _of_passages(mention["passages"] or [])]
    lines += [rule + (f" × {times}" if times > 1 else "") for rule, times in rules.items()]
    listed = "<br>".join(escape(line) for line in lines if line)
    return (
        f'<div class="row"><div class="head"><b>{actor_link(mention["actor"], words, desk.label(mention["actor"]))}</b>'
        f'<span class="ng-kind {kind}">{escape(head)}</span>'
        f'<span class="ng-muted">found by {escape(mention["kind"])}</span></div>'
        f'<div class="ng-muted">{listed}</div></div>'
    )


def _doubt(mention: dict[str, Any], kind: queries.Kind) -> str:
    """How sure the tone of a mention is, and what the lexicon says beside it."""
    confidence, lexicon = mention["confidence"], mention["lexicon_tone"]
    beside = f"by lexicon {blocks.signed(lexicon)}" if lexicon is not None else ""
    if kind == "not_scored" and mention["text_from"] == "metadata":
        return "only metadata is known of the article"
    if kind == "not_scored":
        return "its language is not read" if mention["passages"] else "named in its own words alone"
    if kind == "unsure":
        return _joined([f"no passage is clear enough, the clearest has a confidence of {confidence:.0%}", beside])
    if confidence is None:
        return f"{kind}, by lexicon alone"
    return _joined([kind, f"confidence {confidence:.0%}", beside])


def _of_passages(passages: list[dict[str, Any]]) -> str:
    """How many passages a mention has, and of what sort; empty for none.

    >>> one = {"tone": 0.9, "confidence": 0.9, "how": "name", "speaker": None}
    >>> _of_passages([one, one | {"how": "continues", "speaker": ""}, one | {"confidence": 0.4}])
    '3 passages: 1 unsure, 1 continued, 1 said by somebody'
    """
    sorts = {
        "unsure": sum(queries.kind_of(one["tone"], one["confidence"]) == "unsure" for one in passages),
        "continued": sum(one["how"] == "continues" for one in passages),
        "said by somebody": sum(one["speaker"] is not None for one in passages),
    }
    told = ", ".join(f"{number:,} {sort}" for sort, number in sorts.items() if number)
    number = f"{len(passages):,} passage{'s' if len(passages) != 1 else ''}"
    return f"{number}: {told}" if told else number if passages else ""


def _gdelts(tone: dict[str, Any] | None) -> str:
    """GDELT's reading of an article that came from there, which is none of ours."""
    if not tone or tone["tone"] is None:
        return ""
    return f"GDELT’s own tone of the text: {blocks.signed(tone['tone'], 1)} on its scale of −100 … +100"


def _reading_facts(desk: Desk, found: answers.Article) -> str:
    reading = found.reading
    if reading is None:
        return '<div class="row ng-muted">Stored, not read yet: the next run does it.</div>'
    topics = {topic.key: topic.label for topic in desk.catalogue.topics}
    told = [topics.get(topic, topic) for topic in reading["topics"] or []]
    is_known = found.article["text_from"] != "metadata"
    tone = f"Tone of the text: not scored{' in this language' if is_known else ', only metadata is known of it'}"
    if reading["tone"] is not None:
        tone = (
            f"Tone of the text {blocks.signed(reading['tone'])}, {reading['positive']:.1f} % positive and "
            f"{reading['negative']:.1f} % negative words"
        )
    lines = [f"Topics: {', '.join(told) or 'none found'}", tone, _gdelts(found.article["gdelt_tone"])]
    lines.append(f"Catalogue {reading['catalogue_version']}, model {reading['model_version']}")
    return '<div class="row ng-muted">' + "<br>".join(escape(line) for line in lines if line) + "</div>"
