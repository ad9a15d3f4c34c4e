"""Taking the articles that a page counts away: as a file with its manifest, by a command, or into a notebook."""

import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard import blocks
from dashboard.desk import Desk
from data import export, formats, search, snippet
from data.archive import Archive
from data.filters import Filters, to_words
from data.search import Search

_MIMES = {
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@st.fragment
def offer(desk: Desk, filters: Filters, number: int) -> None:
    """A file is made when it is asked for, of all articles counted; the manifest says what is in it."""
    with st.container(key="download-row", horizontal=True, vertical_alignment="bottom"):
        form = st.segmented_control(
            "Download as", list(formats.FORMATS), default="csv", key="format", required=True, persist_state="session"
        )
        form = form or "csv"
        file = f"newsgauge-articles.{form}"
        if number <= MOST_ROWS:
            st.download_button(
                f"Download {number:,} article{'s' if number != 1 else ''}",
                lambda: _file(desk.archive, desk.press.search, filters, form).path.read_bytes(),
                file_name=file,
                mime=_MIMES[form],
                on_click="ignore",
                key="download",
                type="primary",
            )
            st.download_button(
                "Manifest",
                lambda: _file(desk.archive, desk.press.search, filters, form).manifest,
                file_name=f"{file}.manifest.json",
                mime="application/json",
                on_click="ignore",
                key="manifest",
                help="Query, counts, versions of archive, catalogue and model, and the checksum of the file.",
            )
        _notebook(desk, filters)
    if number > MOST_ROWS:
        blocks.note(
            f"A page gives files of up to {MOST_ROWS:,} articles. All {number:,} of them, with their manifest, are "
            "written by this command on the machine that holds the archive, in no more memory than a few need:"
        )
        st.code(command(filters, file), language=None, wrap_lines=True)


#: A browser's file is held in the server's memory as a whole, a command's is not.
MOST_ROWS = 100_000


def command(filters: Filters, file: str) -> str:
    """The command that writes these articles.

    >>> command(Filters(actors=("nato",), search='"black sea"', copies=False), "nato.csv")
    './newsgauge export articles --actor nato --search \'"black sea"\' --no-copies -o nato.csv'
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
            st.code(snippet.articles(desk.archive, filters), language="python", height=420)


@dataclass(frozen=True)
class _File:
    """A file that has been made, as long as its folder is held."""

    path: Path
    manifest: str
    folder: tempfile.TemporaryDirectory[str]


# The two buttons give two parts of one work; the second is usually clicked right after the first.
@st.cache_resource(
    max_entries=2,
    ttl=300,
    show_spinner=False,
    hash_funcs={Archive: lambda one: (one.url, one.version()), Search: lambda one: one.stamp},
)
def _file(archive: Archive, searched: Search, filters: Filters, form: str) -> _File:
    """The file of all articles looked at, and its manifest; it holds what the page found."""
    question = export.about("articles", archive, filters)
    if filters.search and (lacking := search.notice(searched)):
        question["searched"] = lacking
    folder = tempfile.TemporaryDirectory(prefix="newsgauge-")
    path = Path(folder.name, f"articles.{form}")
    formats.write(export.articles(archive, filters, searched), path, form, question)
    return _File(path, path.with_name(path.name + ".manifest.json").read_text(encoding="utf-8"), folder)
