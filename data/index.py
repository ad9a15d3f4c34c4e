"""The full-text index of an archive: which articles hold which words, in title and text.

It is derived: it holds words and their places, no texts, and can be deleted and made again at any time. For a folder it
lies inside, in `search`; for s3://... in `data/var/search`, under a hash of the address, on each machine that searches.
Beside Tantivy's own files lies a list of the articles and versions that are in it, one for each commit; a commit names
its list by a number that it holds itself, so that both change at once, whatever is killed when. Each article has a row,
a small number, so that what was found is told by one bit an article.
"""

from __future__ import annotations

import json
import operator
import re
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
import polars as pl
import tantivy
from numpy.typing import NDArray

from data import broad, columns, grammar
from data.archive import Archive, ArchiveError, Progress
from data.asked import Asked
from data.grammar import All, AnyOf, Not, Query, QueryError, Term
from data.identity import digest

#: What an index of ours looks like; one of another number is made anew.
LAYOUT = 2

#: Articles of one commit: a catch-up that is killed goes on from the last one.
STEP = 10_000

#: An answer of so many articles is kept, and is worth being put together from answers that are kept.
BROAD = 5_000

#: Answers that are kept, each a bit an article.
MOST_KEPT = 64

#: What more than this part of all articles hold is read as sums of bits, which takes as long for few as for many.
DENSE = 0.12

#: So many rows are looked up at once where nothing tells how many there are.
AT_ONCE = 100_000

#: The rows of a block: so many that a sum of floats tells one by one, and so many sums. Tantivy tells so many blocks.
_BITS, _SUMS, _MOST_BLOCKS = 52, 8, 65_000

#: The key is the number that the 16 hex digits of an article's id are.
_SEEN = {"key": pl.UInt64, "version": pl.Int32, "month": pl.String, "row": pl.UInt32}
_Bits = NDArray[np.bool_]


class IndexFault(ArchiveError):  # noqa: N818 (it says what is the case)
    """The index cannot be read or written; the message says what happened, where, and what to do.

    `cause` is what is wrong with it, for readers who have no business with addresses.
    """

    def __init__(self, message: str, cause: str = "cannot be read") -> None:
        super().__init__(message)
        self.cause = cause


@dataclass(frozen=True, eq=False)
class Index:
    """An index as it was when it was opened; a commit by another process changes nothing here."""

    handle: tantivy.Index
    searcher: tantivy.Searcher
    mark: int
    seen: pl.DataFrame  # key, version, month, row of each article in it
    files: frozenset[str]  # those of the archive that had been looked through
    keys: NDArray[np.uint64]  # by row
    there: _Bits  # by row, whether it is an article's
    ready: broad.Ready  # the bits of words that many articles hold, of the first rows
    _kept: dict[Query, NDArray[np.uint8]] = field(default_factory=dict, repr=False)

    def held(self, query: Query) -> _Bits:
        """Whether a query of words alone holds, by row. Raises QueryError, IndexFault."""
        if (kept := self._kept.get(query)) is not None:
            return np.unpackbits(kept, count=len(self.there)).view(np.bool_)
        if isinstance(query, Not):
            return self.there & ~self.held(query.part)
        if isinstance(query, All | AnyOf):
            held = self._joined(query, self._count(query))
        elif (bits := self._ready(query)) is not None:
            held = self._completed(query, bits)
        else:
            held = self._looked_up(query, self._count(query) if _is_word(query) else None)
        if np.count_nonzero(held) >= BROAD:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[query] = np.packbits(held)
        return held

    def entries(self, asked: Term, place: str) -> int:
        """How many entries of the index are read for the last word of a term: one for each word and document."""
        word = asked.words[-1]
        if not asked.open_end:
            return self.searcher.doc_freq(place, word)
        return sum(count for _, count in self.searcher.terms_with_prefix(place, word))

    def ids(self, held: _Bits) -> pl.Series:
        """`article_id` of the rows that hold."""
        return _ids(self.keys[held])

    def without(self, gone: pl.Series) -> Index:
        """The same, these articles apart, and without the long list of those that are in it."""
        there = self.there.copy()
        there[self.seen.join(_keyed(gone.to_frame("id")), on="key", how="semi")["row"]] = False
        return replace(self, seen=self.seen.clear(), there=there, _kept={})

    def _joined(self, query: All | AnyOf, number: int) -> _Bits:
        """Looked up as one, or put together from its parts where these, of which some may be kept, are hardly more."""
        parts = [part.part if isinstance(part, Not) else part for part in query.parts]
        unknown = (part for part in parts if part not in self._kept and self._ready(part) is None)
        if number < BROAD or sum(map(self._count, unknown)) > 1.5 * number:
            return self._looked_up(query, number)
        join = operator.and_ if isinstance(query, All) else operator.or_
        return reduce(join, (self.held(part) for part in query.parts))

    def _ready(self, query: Query) -> NDArray[np.uint8] | None:
        return self.ready.get(query.words[0]) if _is_word(query) and not query.where else None

    def _completed(self, query: Query, bits: NDArray[np.uint8]) -> _Bits:
        """The bits of the first rows, and those that follow looked up."""
        first = min(len(bits) * 8, len(self.there))
        held = self._summed(query, first)
        held[:first] = np.unpackbits(bits, count=first).view(np.bool_)
        return held

    def _count(self, query: Query) -> int:
        """In how many documents it holds; a word in title and text counts twice."""
        if _is_word(query):
            places = [query.where] if query.where else grammar.PLACES
            return sum(self.searcher.doc_freq(place, query.words[0]) for place in places)
        return int(self._asked(query, lambda found: self.searcher.search(found, 1)).count)

    def _looked_up(self, query: Query, number: int | None) -> _Bits:
        """`number` is how many documents it holds in, or more; None where only looking tells."""
        dense = int(DENSE * len(self.there))
        if number is not None and number > dense:
            return self._summed(query)
        most = max(1, min(AT_ONCE, dense) if number is None else number)
        # In the order of rows, which is nearly that of the documents: any other has to be made.
        order: dict[str, Any] = {"order_by_field": "row", "order": tantivy.Order.Asc}
        told = self._asked(query, lambda found: self.searcher.search(found, most, **order))
        if told.count > most:
            return self._looked_up(query, told.count)
        held = np.zeros(len(self.there), np.bool_)
        held[np.fromiter((row for row, _ in told.hits), np.int64)] = True
        return held

    def _summed(self, query: Query, first: int = 0) -> _Bits:
        """The same from the first row on, as sums of bits, of as many blocks at once as Tantivy tells."""
        held, at_once = np.zeros(len(self.there), np.bool_), _BITS * _SUMS * (_MOST_BLOCKS - 1)
        for start in range(first, len(held), at_once):
            held |= self._summed_within(query, start, start + at_once)
        return held

    def _summed_within(self, query: Query, first: int, behind: int) -> _Bits:
        sums = {str(n): {"sum": {"field": f"bits{n}"}} for n in range(_SUMS)}
        asked = {"blocks": {"terms": {"field": "block", "size": _MOST_BLOCKS}, "aggs": sums}}
        told = self._asked(query, lambda found: self.searcher.aggregate(self._within(first, behind, found), asked))
        return _unpacked(told["blocks"]["buckets"], len(self.there))

    def _within(self, first: int, behind: int, asked: tantivy.Query) -> tantivy.Query:
        """Asked of these rows alone."""
        if not first and behind >= len(self.there):
            return asked
        schema, kind = self.handle.schema, tantivy.FieldType.Unsigned
        return asked.and_must_match(tantivy.Query.range_query(schema, "row", kind, first, behind, include_upper=False))

    def _asked(self, query: Query, ask: Callable[[tantivy.Query], Any]) -> Any:
        asked = Asked(self.handle.schema).of(query)
        try:
            return ask(asked)
        except ValueError as error:
            if "max expansions" not in str(error):
                raise IndexFault(f"the search index cannot be read ({error}). {_ADVICE}") from error
            raise QueryError(
                "too many words begin as the last one of this phrase. Write more letters before the *.", 0
            ) from error


def _is_word(query: Query) -> TypeGuard[Term]:
    """Whether it is a single word, of which the index itself tells how many documents have it."""
    return isinstance(query, Term) and len(query.words) == 1 and not query.open_end


def _unpacked(blocks: Sequence[dict[str, Any]], size: int) -> _Bits:
    """The sums of bits of each block as the bits of all rows."""
    sums = np.zeros((-(-size // (_BITS * _SUMS)), _SUMS), "<u8")
    of_block = operator.itemgetter(*map(str, range(_SUMS)))
    told = np.fromiter((one["value"] for block in blocks for one in of_block(block)), np.float64)
    sums[np.fromiter((block["key"] for block in blocks), np.int64)] = told.reshape(-1, _SUMS)
    bits = np.unpackbits(sums.view(np.uint8).reshape(-1, 8), axis=1, count=_BITS, bitorder="little")
    return bits.reshape(-1)[:size].view(np.bool_)


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
    near = _keyed(there.filter(pl.col("month").is_in(months)).collect())
    left = seen.filter(pl.col("month").is_in(months)).join(near, on=["key", "version"], how="anti")
    gone = _ids(left["key"].to_numpy()).alias("id").to_frame()
    # What is gone from its month may stand, in another version, in one that did not change.
    far = _keyed(there.join(gone.lazy(), on="id", how="semi").collect()) if gone.height else near.clear()
    pending = pl.concat([near, far]).unique(["id", "version"]).join(seen, on=["key", "version"], how="anti")
    return Behind(pending.drop("key"), pl.concat([gone, pending.select("id")]).unique())


def _keyed(articles: pl.DataFrame) -> pl.DataFrame:
    return articles.with_columns(key=pl.Series(columns.numbers(articles["id"]), dtype=pl.UInt64))


def catch_up(archive: Archive, progress: Progress | None = None, thorough: bool = False) -> int:
    """Bring the index up to the archive; make it anew where it is missing or damaged. How many articles were read.

    May be killed at any point: the next time goes on. `thorough` also looks for damage inside of files. Only one
    process may do this at a time. Raises IndexFault, ArchiveError.
    """
    folder = folder_of(archive.url)
    if thorough and broad.is_rotten(folder):
        (folder / "broad").unlink()
    try:
        index = None if thorough and _rotten(folder / "words") else opened(archive)
    except IndexFault:
        index = None
    try:
        index = index or _made(folder, archive)
        read = _catch_up(folder, archive, index, progress)
        if broad.is_due(folder, len(index.there) + read):
            _make_ready(folder, _open(folder, archive))
        return read
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
    made.add_unsigned_field("row", indexed=True, fast=True)  # the article's in the list
    made.add_unsigned_field("block", fast=True)
    for n in range(_SUMS):
        made.add_unsigned_field(f"bits{n}", fast=True)
    made.add_unsigned_field("mark", fast=True)  # of one document alone: which list belongs to the commit
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
    if told["layout"] != LAYOUT:
        cause = "was made by another version of Newsgauge"
        raise IndexFault(f"{folder}: the search index {cause}. {_ADVICE}", cause)
    if told["archive"] != _archive_id(archive) or seen.height != searcher.num_docs - 1:
        raise ValueError("it belongs to another archive")
    # A row that was an article's once is never another's.
    keys = np.zeros(max(_next_row(seen), told.get("rows", 0)), np.uint64)
    there = np.zeros(len(keys), np.bool_)
    keys[seen["row"]], there[seen["row"]] = seen["key"], True
    return Index(handle, searcher, mark, seen, frozenset(told["files"]), keys, there, broad.opened(folder))


def _next_row(seen: pl.DataFrame) -> int:
    return 0 if seen.is_empty() else int(seen["row"].max()) + 1  # type: ignore[arg-type]


def _made(folder: Path, archive: Archive) -> Index:
    """An empty index in the place of whatever is there."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "words").mkdir(parents=True)
    handle = _reading_words(tantivy.Index(_schema(), path=str(folder / "words")))
    writer = handle.writer(_HEAP, 1)
    _commit(folder, archive, writer, 1, pl.DataFrame(schema=_SEEN), frozenset(), 0)
    writer.wait_merging_threads()
    return _open(folder, archive)


def _catch_up(folder: Path, archive: Archive, index: Index, progress: Progress | None) -> int:
    lacks, now = behind(archive, index), frozenset(archive.files()["path"])
    if lacks.gone.is_empty() and now == index.files:
        return 0
    writer = index.handle.writer(_HEAP, 1)
    # A key holds the 16 digits of data.identity; an id of another kind stays pending, and is searched as such.
    pending = _keyed(lacks.pending.filter(pl.col("id").str.contains("^[0-9a-f]{16}$"))).sort("month", "id")
    files = now if pending.height == lacks.pending.height else index.files
    # What has no successor leaves with the first commit.
    vanished = _keyed(lacks.gone.join(pending, on="id", how="anti"))
    _delete(writer, index, vanished)
    seen, mark = index.seen.join(vanished, on="key", how="anti"), index.mark
    for start in range(0, max(pending.height, 1), STEP):
        part = pending.slice(start, STEP)
        _delete(writer, index, part)
        added = _add(writer, archive, part, len(index.there) + start)
        seen = pl.concat([seen.join(part, on="key", how="anti"), added])
        last, mark = start + STEP >= pending.height, mark + 1
        rows = len(index.there) + min(start + STEP, pending.height)
        _commit(folder, archive, writer, mark, seen, files if last else index.files, rows)
        if progress:
            progress("search index", min(start + STEP, pending.height), pending.height)
    writer.wait_merging_threads()
    return pending.height


def _make_ready(folder: Path, index: Index) -> None:
    counted = index.searcher.terms_with_prefix("text", "")
    broad.write(folder, index.seen.height, counted, lambda word: index.held(Term((word,))))


_HEAP = 64_000_000


def _delete(writer: tantivy.IndexWriter, index: Index, articles: pl.DataFrame) -> None:
    rows = index.seen.join(articles, on="key", how="semi")["row"].to_list()
    # By query: deleting by term (Tantivy 0.27) passes over fields of numbers.
    writer.delete_documents_by_query(tantivy.Query.term_set_query(index.handle.schema, "row", rows))


def _add(writer: tantivy.IndexWriter, archive: Archive, part: pl.DataFrame, first: int) -> pl.DataFrame:
    """Add these articles in rows from the first on; those that were read, as `_SEEN`."""
    texts = archive.articles().filter(pl.col("month").is_in(part["month"].unique().to_list()))
    read = texts.join(part.lazy().select("id"), on="id", how="semi").select("id", "title", "text").collect()
    # Places are packed in the width that the farthest of 128 needs: texts of one length beside each other take less.
    rows = read.sort(pl.col("text").str.len_bytes().fill_null(0), "id").with_row_index("row", first)
    for row, _, title, text in rows.iter_rows():
        document = tantivy.Document()
        document.add_unsigned("row", row)
        document.add_unsigned("block", row // (_BITS * _SUMS))
        document.add_unsigned(f"bits{row // _BITS % _SUMS}", 1 << row % _BITS)
        for place, written in zip(grammar.PLACES, words(title, text), strict=True):
            document.add_text(place, written)
        writer.add_document(document)
    return part.join(rows.select("id", "row"), on="id").select(*_SEEN).sort("row")


def _commit(
    folder: Path,
    archive: Archive,
    writer: tantivy.IndexWriter,
    mark: int,
    seen: pl.DataFrame,
    files: Iterable[str],
    rows: int,
) -> None:
    told = {"layout": LAYOUT, "archive": _archive_id(archive), "files": sorted(files), "rows": rows}
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


def _ids(keys: NDArray[np.uint64]) -> pl.Series:
    digits = np.frombuffer(keys.astype(">u8").tobytes().hex().encode(), dtype=np.uint8)
    rows = pl.Series("article_id", digits.reshape(len(keys), 16), dtype=pl.Array(pl.UInt8, 16))
    return rows.cast(pl.List(pl.UInt8)).cast(pl.Binary).cast(pl.String)


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
