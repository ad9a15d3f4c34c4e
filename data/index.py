"""The full-text index of an archive: which articles hold which words, in title and text.

It is derived: it holds words and their places, no texts, and can be deleted and made again at any time. For a folder it
lies inside, in `search`; for s3://... in `data/var/search`, under a hash of the address, on each machine that searches.
Beside Tantivy's own files lies a list of the articles and versions that are in it, one for each commit; a commit names
its list by a number that it holds itself, so that both change at once, whatever is killed when.
"""

from __future__ import annotations

import json
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import tantivy
from tantivy import Occur

from data import grammar
from data.archive import Archive, ArchiveError, Progress
from data.grammar import All, AnyOf, Fact, Near, Not, Query, QueryError, Term, Where
from data.identity import digest

#: What an index of ours looks like; one of another number is made anew.
LAYOUT = 1

#: Articles of one commit: a catch-up that is killed goes on from the last one.
STEP = 10_000

#: The most phrases that one NEAR is looked up as; with more it would take seconds.
MOST_PHRASES = 4_000

_SEEN = {"id": pl.String, "version": pl.Int32, "month": pl.String}


class IndexFault(ArchiveError):  # noqa: N818 (it says what is the case)
    """The index cannot be read or written; the message says what happened, where, and what to do.

    `cause` is what is wrong with it, for readers who have no business with addresses.
    """

    def __init__(self, message: str, cause: str = "cannot be read") -> None:
        super().__init__(message)
        self.cause = cause


@dataclass(frozen=True)
class Index:
    """An index as it was when it was opened; a commit by another process changes nothing here."""

    handle: tantivy.Index
    searcher: tantivy.Searcher
    mark: int
    seen: pl.DataFrame  # id, version, month of each article in it
    files: frozenset[str]  # those of the archive that had been looked through

    def ids(self, query: Query) -> pl.Series:
        """`article_id` of the articles that hold a query of words alone, in no order. Raises QueryError."""
        return _ids(self._keys(query))

    def _keys(self, query: Query) -> list[int]:
        asked = _Asked(self.handle.schema).of(query)
        most = max(self.searcher.num_docs, 1)
        try:
            found = self.searcher.search(asked, most, count=False, order_by_field="key", order=tantivy.Order.Asc)
        except ValueError as error:
            if "max expansions" not in str(error):
                raise IndexFault(f"the search index cannot be read ({error}). {_ADVICE}") from error
            raise QueryError(
                "too many words begin as the last one of this phrase. Write more letters before the *.", 0
            ) from error
        return [key for key, _ in found.hits]


@dataclass(frozen=True)
class Behind:
    """How an archive differs from what its index holds.

    `pending` is `id, version, month, collected_at` of the articles that are not in it as the archive has them, `gone`
    is `id` of those that it holds and the archive has otherwise or no more.
    """

    pending: pl.DataFrame
    gone: pl.DataFrame


def folder_of(url: str) -> Path:
    """Where the index of an archive lies."""
    if "://" in url:
        return Path(__file__).parent / "var" / "search" / digest(url)[:16]
    return Path(url) / "search"


def stamp(url: str) -> tuple[int, int]:
    """Two numbers that change with each commit to the index; zeros where there is none."""
    try:
        told = (folder_of(url) / "words" / "meta.json").stat()
    except OSError:
        return 0, 0
    return told.st_mtime_ns, told.st_size


def opened(archive: Archive) -> Index | None:
    """The archive's index; None where there is none. Raises IndexFault where it is damaged or another archive's."""
    folder = folder_of(archive.url)
    if not (folder / "words" / "meta.json").exists():
        return None
    for attempt in (1, 2, 3):
        try:
            return _open(folder, archive)
        except (ValueError, OSError, pl.exceptions.PolarsError) as error:
            if "lock" in str(error).lower():
                cause = "may not be opened by this user, who has to be able to write in its folder"
                raise IndexFault(f"{folder}: the search index {cause} ({_short(error)}).", cause) from error
            # A commit in between may have taken away what the one before it needs.
            if attempt == 3:
                said = f"{folder}: the search index is damaged ({_short(error)}). {_ADVICE}"
                raise IndexFault(said, "is damaged") from error
    raise AssertionError("every attempt returns or raises")


def behind(archive: Archive, index: Index | None) -> Behind:
    """What is pending and what is gone; costs little where the archive's files are those that were looked through.

    Of an archive's newest months (`Archive.newest`) that of these months alone.
    """
    seen = index.seen if index else pl.DataFrame(schema=_SEEN)
    changed = _months_changed(archive, index.files if index else frozenset())
    months = [month for month in changed if month >= archive.since]
    there = archive.articles().select("id", "version", "month", "collected_at")
    near = there.filter(pl.col("month").is_in(months)).collect()
    gone = seen.filter(pl.col("month").is_in(months)).join(near, on=["id", "version"], how="anti").select("id")
    # What is gone from its month may stand, in another version, in one that did not change.
    far = there.join(gone.lazy(), on="id", how="semi").collect() if gone.height else near.clear()
    pending = pl.concat([near, far]).unique(["id", "version"]).join(seen, on=["id", "version"], how="anti")
    return Behind(pending, pl.concat([gone, pending.select("id")]).unique())


def catch_up(archive: Archive, progress: Progress | None = None, thorough: bool = False) -> int:
    """Bring the index up to the archive; make it anew where it is missing or damaged. How many articles were read.

    May be killed at any point: the next time goes on. `thorough` also looks for damage inside of files. Only one
    process may do this at a time. Raises IndexFault, ArchiveError.
    """
    folder = folder_of(archive.url)
    try:
        index = None if thorough and _rotten(folder / "words") else opened(archive)
    except IndexFault:
        index = None
    try:
        return _catch_up(folder, archive, index or _made(folder, archive), progress)
    except (ValueError, OSError, pl.exceptions.PolarsError) as error:
        raise IndexFault(
            f"{folder}: the search index cannot be written ({_short(error)}). Make room, or let this user write there; "
            "until then, what it lacks is searched by title alone."
        ) from error


_ADVICE = "Run ./newsgauge maintain: it makes it anew."


def words(title: str | None, text: str | None) -> tuple[str, str]:
    """Title and text as the index reads them: their words, parted by spaces."""
    return " ".join(grammar.split(title or "")), " ".join(grammar.split(text or ""))


# --- reading and writing ----------------------------------------------------------------------------------------------


def _schema() -> tantivy.Schema:
    made = tantivy.SchemaBuilder()
    made.add_unsigned_field("key", indexed=True, fast=True)  # the 16 hex digits of the article's id
    made.add_unsigned_field("mark", indexed=True, fast=True)  # of one document alone: which list belongs to the commit
    for place in grammar.PLACES:
        made.add_text_field(place, tokenizer_name="words", index_option="position")
    return made.build()


def _reading_words(handle: tantivy.Index) -> tantivy.Index:
    """The same, told that what it is given are words already, parted by spaces."""
    handle.register_tokenizer("words", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return handle


def _open(folder: Path, archive: Archive) -> Index:
    handle = _reading_words(tantivy.Index.open(str(folder / "words")))
    if broken := next((file.name for file in _files(folder / "words") if not _ends(file)), None):
        raise ValueError(f"{broken} is missing or cut")
    searcher = handle.searcher()
    marks = searcher.search(tantivy.Query.exists_query("mark"), 2, order_by_field="mark").hits
    if len(marks) != 1:
        raise ValueError("it names no list of its articles")
    mark = int(marks[0][0])
    seen = pl.read_parquet(_list(folder, mark))
    told = json.loads(pl.read_parquet_metadata(_list(folder, mark))["newsgauge"])
    if told["layout"] != LAYOUT or told["archive"] != _archive_id(archive) or seen.height != searcher.num_docs - 1:
        raise ValueError("it belongs to another archive, or to another Newsgauge")
    return Index(handle, searcher, mark, seen, frozenset(told["files"]))


def _made(folder: Path, archive: Archive) -> Index:
    """An empty index in the place of whatever is there."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "words").mkdir(parents=True)
    handle = _reading_words(tantivy.Index(_schema(), path=str(folder / "words")))
    writer = handle.writer(_HEAP, 1)
    _commit(folder, archive, writer, 1, pl.DataFrame(schema=_SEEN), frozenset())
    writer.wait_merging_threads()
    return _open(folder, archive)


def _catch_up(folder: Path, archive: Archive, index: Index, progress: Progress | None) -> int:
    lacks, now = behind(archive, index), frozenset(archive.files()["path"])
    if lacks.gone.is_empty() and now == index.files:
        return 0
    writer = index.handle.writer(_HEAP, 1)
    # A key holds the 16 digits of data.identity; an id of another kind stays pending, and is searched as such.
    pending = lacks.pending.filter(pl.col("id").str.contains("^[0-9a-f]{16}$")).sort("month", "id")
    files = now if pending.height == lacks.pending.height else index.files
    # What has no successor leaves with the first commit.
    vanished = lacks.gone.join(pending, on="id", how="anti")
    _delete(writer, index, vanished["id"])
    seen, mark = index.seen.join(vanished, on="id", how="anti"), index.mark
    for start in range(0, max(pending.height, 1), STEP):
        part = pending.slice(start, STEP)
        _delete(writer, index, part["id"])
        _add(writer, archive, part)
        seen = pl.concat([seen.join(part, on="id", how="anti"), part.select(*_SEEN)])
        last, mark = start + STEP >= pending.height, mark + 1
        _commit(folder, archive, writer, mark, seen, files if last else index.files)
        if progress:
            progress("search index", min(start + STEP, pending.height), pending.height)
    writer.wait_merging_threads()
    return pending.height


_HEAP = 64_000_000


def _delete(writer: tantivy.IndexWriter, index: Index, ids: pl.Series) -> None:
    known = index.seen.join(ids.to_frame("id"), on="id", how="semi")["id"]
    keys = [int(one, 16) for one in known]
    # By query: deleting by term (Tantivy 0.27) passes over fields of numbers.
    writer.delete_documents_by_query(tantivy.Query.term_set_query(index.handle.schema, "key", keys))


def _add(writer: tantivy.IndexWriter, archive: Archive, part: pl.DataFrame) -> None:
    texts = archive.articles().filter(pl.col("month").is_in(part["month"].unique().to_list()))
    rows = texts.join(part.lazy(), on="id", how="semi").select("id", "title", "text").collect()
    for one, title, text in rows.iter_rows():
        document = tantivy.Document()
        document.add_unsigned("key", int(one, 16))
        for place, written in zip(grammar.PLACES, words(title, text), strict=True):
            document.add_text(place, written)
        writer.add_document(document)


def _commit(
    folder: Path,
    archive: Archive,
    writer: tantivy.IndexWriter,
    mark: int,
    seen: pl.DataFrame,
    files: Iterable[str],
) -> None:
    told = {"layout": LAYOUT, "archive": _archive_id(archive), "files": sorted(files)}
    # First the list, then the commit that names it: of one broken off in between, nobody hears.
    seen.write_parquet(_list(folder, mark), metadata={"newsgauge": json.dumps(told)})
    document = tantivy.Document()
    document.add_unsigned("mark", mark)
    writer.delete_documents_by_query(tantivy.Query.exists_query("mark"))
    writer.add_document(document)
    writer.commit()
    for file in folder.glob("seen-*.parquet"):
        # Who has just opened the commit before still reads its list.
        if file not in (_list(folder, mark), _list(folder, mark - 1)):
            file.unlink(missing_ok=True)


def _list(folder: Path, mark: int) -> Path:
    return folder / f"seen-{mark}.parquet"


def _archive_id(archive: Archive) -> str:
    return str(archive.tables["articles"].metadata().id)


def _months_changed(archive: Archive, known: frozenset[str]) -> list[str]:
    """The months of which files came or went."""
    files = archive.files()
    came = files.filter(~pl.col("path").is_in(list(known)))["month"]
    went = [found[1] for path in known - set(files["path"]) if (found := re.search(r"month=([^/]+)/", path))]
    return sorted({*came, *went})


def _files(folder: Path) -> Iterator[Path]:
    """The files of the latest commit; Tantivy itself takes a missing one for an empty one."""
    for segment in json.loads((folder / "meta.json").read_text(encoding="utf-8"))["segments"]:
        yield from (folder / f"{segment['segment_id'].replace('-', '')}.{kind}" for kind in _KINDS)


_KINDS = ("term", "idx", "pos", "fast", "fieldnorm", "store")


def _ends(file: Path) -> bool:
    """Whether a file is there to its end, which is always the same number."""
    if not file.exists() or file.stat().st_size < len(_END):
        return False
    with file.open("rb") as body:
        body.seek(-len(_END), 2)
        return body.read() == _END


_END = (1337).to_bytes(4, "little")


def _rotten(folder: Path) -> bool:
    """Whether a file has other bytes than were written: Tantivy keeps their CRC-32 in a footer of JSON."""
    return any(_crc_differs(file.read_bytes()) for file in folder.glob("*.*") if file.suffix not in (".json", ".lock"))


def _crc_differs(body: bytes) -> bool:
    size = int.from_bytes(body[-8:-4], "little")
    try:
        return bool(json.loads(body[-8 - size : -8])["crc"] != zlib.crc32(body[: -8 - size]))
    except (ValueError, KeyError, TypeError):
        return True


def _ids(keys: list[int]) -> pl.Series:
    digits = np.frombuffer(np.array(keys, dtype=">u8").tobytes().hex().encode(), dtype=np.uint8)
    rows = pl.Series("article_id", digits.reshape(len(keys), 16), dtype=pl.Array(pl.UInt8, 16))
    return rows.cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


# --- a query in Tantivy's words ---------------------------------------------------------------------------------------


class _Asked:
    """Queries of the grammar as Tantivy's; each holds for the same articles, to the article."""

    def __init__(self, schema: tantivy.Schema) -> None:
        self._schema = schema

    def of(self, query: Query) -> tantivy.Query:
        match query:
            case Term(_, _, where):
                return _any_of(self._term(query, place) for place in _places(where))
            case Near():
                return _any_of(self._near(query))
            case AnyOf(parts):
                return _any_of(self.of(part) for part in parts)
            case All(parts):
                # Tantivy takes away only from what is asked for.
                start = [(Occur.Must, _every())] if all(isinstance(part, Not) for part in parts) else []
                return tantivy.Query.boolean_query([*start, *map(self._clause, parts)])
            case Not():
                return self.of(All((query,)))
            case Fact():
                raise TypeError("the index knows words alone")
        raise AssertionError("every query is one of these")

    def _clause(self, part: Query) -> tuple[Occur, tantivy.Query]:
        if isinstance(part, Not):
            return Occur.MustNot, self.of(part.part)
        return Occur.Must, self.of(part)

    def _term(self, asked: Term, place: str) -> tantivy.Query:
        return self._phrase(list(enumerate(asked.words)), asked.open_end, place)

    def _phrase(self, placed: list[tuple[int, str]], open_end: bool, place: str, slop: int = 0) -> tantivy.Query:
        """Words at these distances from the first; with `open_end` the last one may go on."""
        if open_end:
            return self._patterns([*placed[:-1], (placed[-1][0], placed[-1][1] + ".*")], place, slop)
        if len(placed) == 1:
            return tantivy.Query.term_query(self._schema, place, placed[0][1], "basic")
        return tantivy.Query.phrase_query(self._schema, place, list(placed), slop)

    def _patterns(self, placed: list[tuple[int, str]], place: str, slop: int = 0) -> tantivy.Query:
        if len(placed) == 1:
            return tantivy.Query.regex_query(self._schema, place, placed[0][1])
        return tantivy.Query.regex_phrase_query(self._schema, place, list(placed), slop)

    def _near(self, asked: Near) -> Iterator[tantivy.Query]:
        pairs = [
            (one, other, place)
            for place in grammar.PLACES
            for one, other in product(asked.terms, asked.others)
            if place in _places(one.where) and place in _places(other.where)
        ]
        stepped = sum(not _apart(one, other) for one, other, _ in pairs)
        if 2 * stepped * asked.within > MOST_PHRASES:
            raise QueryError(
                f"NEAR/{asked.within} has too many alternatives to be looked up. Write fewer, or a smaller number.", 0
            )
        for one, other, place in pairs:
            for first, second in ((one, other), (other, one)):
                yield from self._after(first, second, asked.within, place)

    def _after(self, first: Term, second: Term, within: int, place: str) -> Iterator[tantivy.Query]:
        """The second at most so many words behind the first."""
        if _apart(first, second):
            # Of two words, slop is how far the second stands from right behind the first, to either side; the other
            # side's reach is shorter than asked for, and the pair is asked for in both orders.
            yield self._beside(first, second, 0, place, within - 1)
            return
        for distance in range(within):
            yield self._beside(first, second, distance, place, 0)

    def _beside(self, first: Term, second: Term, distance: int, place: str, slop: int) -> tantivy.Query:
        size = len(first.words) + distance
        placed = [*enumerate(first.words), *((size + at, word) for at, word in enumerate(second.words))]
        if not first.open_end:
            return self._phrase(placed, second.open_end, place, slop)
        patterns = [(at, word + ".*" if at == len(first.words) - 1 else word) for at, word in placed]
        if second.open_end:
            patterns[-1] = (patterns[-1][0], patterns[-1][1] + ".*")
        return self._patterns(patterns, place, slop)


def _apart(one: Term, other: Term) -> bool:
    """Whether these are two single words that no word is both of."""
    if len(one.words) > 1 or len(other.words) > 1:
        return False
    first, second = one.words[0], other.words[0]
    return not (
        first == second or (one.open_end and second.startswith(first)) or (other.open_end and first.startswith(second))
    )


def _places(where: Where) -> tuple[Where, ...]:
    return (where,) if where else grammar.PLACES


def _any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, query) for query in queries])


def _every() -> tantivy.Query:
    """All articles: all documents but the one with the mark."""
    mark = tantivy.Query.exists_query("mark")
    return tantivy.Query.boolean_query([(Occur.Must, tantivy.Query.all_query()), (Occur.MustNot, mark)])
