"""Taking the articles that a page counts away: as a file with its manifest, by a command, or into a notebook."""

import shlex
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import answers, article_link, blocks, controls, faults, files
from dashboard.desk import Desk
from data import formats, search, snippet
from data.filters import Filters, to_words
from data.making import Fault, Task
from data.shelf import Making


@st.fragment
def offer(desk: Desk, filters: Filters, number: int) -> None:
    """Ways to take along all articles counted: a file that is made when it is asked for, a command, a notebook."""
    with st.container(key="download-row", horizontal=True, vertical_alignment="bottom"):
        form = st.segmented_control(
            "Download as", list(formats.FORMATS), key="format", required=True, persist_state="session"
        )
        form = form or article_link.FORM
        controls.add_to_link(format=article_link.words_of_list().get("format", []))
        lacking = _lacking(form, number)
        is_asked = st.button(
            f"Download {number:,} article{'s' if number != 1 else ''}",
            key="download",
            type="primary",
            disabled=bool(lacking),
        )
        _command(filters, f"newsgauge-articles.{form}")
        _notebook(desk, filters)
    if lacking or form == "xlsx":
        blocks.note(lacking or _CELLS)
    place = st.empty()
    question = (desk.archive.version(), filters, form)
    if is_asked:
        with place:
            st.progress(0, text="Beginning to make the file")
        _begin(desk, filters, form, number, question)
    _taking(place, question)


_CELLS = (
    f"A cell of a spreadsheet holds {formats.XLSX_CELL:,} characters: longer texts end there, and the manifest counts "
    "them. The other forms have every text whole."
)


def _lacking(form: str, number: int) -> str:
    """Why there can be no such file; empty where there can."""
    return formats.too_many(number, "articles") if form == "xlsx" and number >= formats.XLSX_ROWS else ""


def _command(filters: Filters, file: str) -> None:
    """The command that writes the same file, for scripts."""
    with st.popover("As a command", key="command"):
        blocks.note("For scripts, on the machine that holds the archive; of its newest state.")
        st.code(command(filters, file), language=None, wrap_lines=True)


# The file that a reader has asked for


@dataclass
class _Asked:
    """The file that this session has asked for last: of which question, and whether the browser is to take it yet."""

    making: Making
    question: tuple[int, Filters, str]
    is_due: bool = True


def _begin(desk: Desk, filters: Filters, form: str, number: int, question: tuple[int, Filters, str]) -> None:
    """Make the file, or take once more the one that has just been made; a session has one at a time."""
    shelf = files.shelf()
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked and asked.question == question and asked.making.state != "failed" and shelf.is_here(asked.making):
        asked.is_due = True
        return
    if asked:
        shelf.drop(asked.making)
    archive = desk.archive
    task = Task(
        archive=archive.url,
        versions={name: table.version() for name, table in archive.tables.items()},
        filters=to_words(filters),
        form=form,
        path="",
        since=archive.since,
        searched=search.notice(desk.press.search) if filters.search else "",
    )
    found = answers.searched(desk.press, filters.search) if filters.search else None
    making = shelf.begin(task, f"newsgauge-articles.{form}", number, files.holder(st.context.cookies), found)
    st.session_state[_ASKED] = _Asked(making, question)
    # So a small file is there in the very run of the click.
    making.ended.wait(_AT_ONCE)


_ASKED = "asked-for-file"
_AT_ONCE = 2.5


def _taking(place: DeltaGenerator, question: tuple[int, Filters, str]) -> None:
    """How far the file is that this session has asked for, what has become of it, where it is."""
    asked: _Asked | None = st.session_state.get(_ASKED)
    if asked is None:
        return
    with place.container(key="download-made"):
        if not asked.making.ended.is_set():
            st.fragment(_watch, run_every=1.0)(asked)
        elif asked.making.state == "failed":
            _failed(asked.making)
        elif files.shelf().is_here(asked.making):
            _made(asked, question)


def _watch(asked: _Asked) -> None:
    """How far the file is, every second."""
    making = files.shelf().watched(asked.making)
    if making.ended.is_set():
        st.rerun()
    told = {"waiting": "Waiting until another file is made", "packing": "All articles are read; packing them up"}
    so_far = f"{making.rows:,} of {making.total:,} articles are in {making.name}"
    with st.container(key="download-progress", horizontal=True, vertical_alignment="center"):
        st.progress(min(making.rows / max(making.total, 1), 1.0), text=told.get(making.state, so_far))
        st.button("Stop", key="download-stop", on_click=_stop, args=(asked,))


def _stop(asked: _Asked) -> None:
    files.shelf().drop(asked.making)
    st.session_state.pop(_ASKED, None)


def _failed(making: Making) -> None:
    blocks.empty("The file could not be made", _FAULTS[making.fault or "broken"])


_FAULTS: dict[Fault, str] = {
    "full": (
        "The machine that serves this page has no room left on its disk. Take parquet, which is the smallest, or fewer "
        "days; or ask whoever runs it to make room."
    ),
    "long": "It would be longer than this server's files may be. Take parquet, which is the smallest, or fewer days.",
    "refused": "These articles do not fit into such a file. Take csv, jsonl or parquet, or fewer days.",
    "unreadable": f"The archive cannot be read. {faults.UNREADABLE}",
    "broken": "The server's log says why. Try again; if it fails again, tell whoever runs it.",
    "left": "Its making was stopped, since no page waited for it any more. Download it again.",
}


def _made(asked: _Asked, question: tuple[int, Filters, str]) -> None:
    """Where the file and its manifest are; the browser takes the file of its own accord, once."""
    making = asked.making
    cut = f" {making.cut_cells:,} texts end where a cell does." if making.cut_cells else ""
    other = "" if asked.question == question else " They are those of an earlier choice."
    st.html(
        f'<p class="ng-note" role="status"><a class="ng-link" href="{files.link(making)}">{making.name}</a>, '
        f"{_size(making.bytes)}, holds {making.rows:,} article{'s' if making.rows != 1 else ''}.{cut}{other} Its "
        f'<a class="ng-link" href="{files.link(making, manifest=True)}">manifest</a> has query, versions and checksum. '
        "Both can be taken for half an hour.</p>" + (_TAKE if asked.is_due else ""),
        unsafe_allow_javascript=asked.is_due,
    )
    asked.is_due = False


# A click on the link, as the reader would do it: the page stays where it is.
_TAKE = """<script>{
const links = document.querySelectorAll('.st-key-download-made a[href^="files/"]');
if (links.length) links[0].click();
}</script>"""


def _size(number: int) -> str:
    """A number of bytes for people.

    >>> [_size(number) for number in (999, 1_500, 2_345_678, 5_100_000_000)]
    ['999 bytes', '2 kB', '2.3 MB', '5.1 GB']
    """
    if number < 1_000:
        return f"{number} bytes"
    if number < 1_000_000:
        return f"{number / 1e3:,.0f} kB"
    return f"{number / 1e6:,.1f} MB" if number < 1e9 else f"{number / 1e9:,.1f} GB"


def command(filters: Filters, file: str) -> str:
    """The command that writes these articles.

    >>> print(command(Filters(actors=("nato",), search='"black sea"', copies=False), "nato.csv"))
    ./newsgauge export articles --actor nato --search '"black sea"' --no-copies -o nato.csv
    """
    words = {word: values for word, values in to_words(filters).items() if word != "no-copies"}
    given = [f"--{word} {shlex.quote(value)}" for word, values in words.items() for value in values]
    return " ".join(["./newsgauge export articles", *given, *([] if filters.copies else ["--no-copies"]), "-o", file])


def _notebook(desk: Desk, filters: Filters) -> None:
    """The lines that read the same articles in a notebook; sent only when they are asked for."""
    popover = st.popover("In a notebook", key="notebook", on_change="rerun")
    if popover.open:
        with popover:
            blocks.note(
                "Python that reads these articles from the archive itself, whose address stands in NEWSGAUGE_ARCHIVE."
                + (" It has to run in Newsgauge's folder, for the search." if filters.search else "")
            )
            st.code(snippet.articles(desk.archive, filters), language="python", wrap_lines=True)
