"""GDELT's Global Knowledge Graph 2.1: what it says of articles, of which it gives the title and never the text.

http://data.gdeltproject.org/documentation/GDELT-Global_Knowledge_Graph_Codebook-V2.1.pdf
"""

import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import IO, BinaryIO

from data import schema
from data.identity import digest
from ingest.articles import METADATA, Delivered
from ingest.outlets import Outlets, catalogued, host, hosted
from ingest.rows import Given, Reached, Unreadable, one_line

COLUMNS = 27
LONGEST_LINE = 20_000_000  # bytes; a row of thousands of names and numbers has some ten thousand
# Where in a row stands what we read, from 0 on.
_ID, _DATE, _COLLECTION, _OUTLET, _DOCUMENT, _TONE, _TRANSLATION, _EXTRAS = 0, 1, 2, 3, 4, 15, 25, 26
_OF_THE_WEB = "1"  # in V2SourceCollectionIdentifier: the document's identifier is its address

_ROW = re.compile(rb"\d{14}-T?\d+\t\d{14}\t\d?\t")


def looks_like(head: bytes) -> bool:
    """Whether bytes are the beginning of a GKG file, unpacked."""
    return bool(_ROW.match(head))


def zipped_head(stream: BinaryIO) -> bytes:
    """The first bytes of what a zip file holds; empty where that cannot be read."""
    try:
        with zipfile.ZipFile(stream) as packed, packed.open(_member(packed)) as inside:
            return inside.read(4_096)
    except _ZIP_FAULTS:
        return b""


#: What zipfile raises for files that are damaged, encrypted, packed in ways of their own, or empty.
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, LookupError)


def read(stream: BinaryIO, name: str, outlets: Outlets, size: int) -> Iterator[Given]:
    """The articles of a GKG file of `size` bytes, plain or zipped as published. Raises OSError as the stream does."""
    stream.seek(0)
    is_packed = stream.read(2) == b"PK"
    stream.seek(0)
    yield from _packed(stream, name, outlets) if is_packed else _rows(stream, name, outlets)
    yield Reached(size)


def _packed(stream: BinaryIO, name: str, outlets: Outlets) -> Iterator[Given]:
    try:
        with zipfile.ZipFile(stream) as packed, packed.open(_member(packed)) as inside:
            yield from _rows(inside, name, outlets)
    except _ZIP_FAULTS as error:
        said = f"{name}: the zip file is damaged or not whole ({one_line(error)}). Get it again"
        yield Unreadable(said, reason=None)


def _member(packed: zipfile.ZipFile) -> str:
    """The first file in it; GDELT's have one. Raises LookupError."""
    return packed.namelist()[0]


def _rows(lines: IO[bytes], name: str, outlets: Outlets) -> Iterator[Given]:
    number = 0
    while line := lines.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            said = f"{name} line {number}: longer than {LONGEST_LINE:,} bytes; reading stopped here. Is it a GKG file?"
            yield Unreadable(said)
            return
        if not line.strip():
            continue
        try:
            yield _article(line.decode("utf-8", "replace").rstrip("\r\n").split("\t"), outlets)
        except ValueError as error:
            yield Unreadable(f"{name} line {number}: {one_line(error)}. Get the file again, or remove the line")


def _article(row: list[str], outlets: Outlets) -> Delivered:
    """The article that a row tells of. Raises ValueError for a row that is none of GKG 2.1."""
    if len(row) != COLUMNS:
        raise ValueError(f"{len(row)} columns, a row of GKG 2.1 has {COLUMNS}")
    seen_at = _moment(row[_DATE])
    if not seen_at:
        raise ValueError(f"no date: {row[_DATE]!r}")
    extras = row[_EXTRAS]
    title = unescape(_extra("PAGE_TITLE", extras)).strip()
    published_at = _moment(_extra("PAGE_PRECISEPUBTIMESTAMP", extras))
    is_told = published_at is not None and published_at <= seen_at
    is_of_web = row[_COLLECTION] == _OF_THE_WEB
    return Delivered(
        outlet=_outlet(row[_OUTLET], row[_DOCUMENT] if is_of_web else "", outlets),
        title=title,
        text="",
        text_from=METADATA,
        delivered_hash=digest(title),
        url=row[_DOCUMENT] if is_of_web else None,
        guid=None if is_of_web else row[_DOCUMENT] or row[_ID],
        authors=tuple(name.strip() for name in unescape(_extra("PAGE_AUTHORS", extras)).split(";") if name.strip()),
        language=_language(row[_TRANSLATION]),
        claimed_at=published_at if is_told else seen_at,
        claimed_by="page" if is_told else "gdelt",
        seen_at=seen_at,
        gdelt_tone=_tone(row[_TONE]),
    )


def _extra(name: str, extras: str) -> str:
    """What stands in an element of V2ExtrasXML, which is no whole document."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", extras)
    return found[1] if found else ""


def _moment(stamp: str) -> datetime | None:
    """YYYYMMDDHHMMSS in UTC."""
    if not re.fullmatch(r"[0-9]{14}", stamp):
        return None
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _outlet(name: str, url: str, outlets: Outlets) -> str:
    """The catalogue's outlet by the host of the address, or by GDELT's name for it, which is a domain; else that."""
    domain = f"https://{name.strip().lower()}"
    return catalogued(url, outlets) or hosted(domain if host(domain) else url, outlets)


def _tone(numbers: str) -> Mapping[str, float | None] | None:
    """The numbers of V1.5Tone by their names. Raises ValueError for what are no numbers."""
    if not numbers:
        return None
    values = [float(number) for number in numbers.split(",")]
    names = [field.name for field in schema.GDELT_TONE.fields]
    if len(values) > len(names) or not all(map(math.isfinite, values)):
        raise ValueError(f"no tone of GDELT: {numbers[:60]!r}")
    return dict.fromkeys(names) | dict(zip(names, values, strict=False))


def _language(translation: str) -> str | None:
    """The language of the page, from `srclc:fra;eng:...`; what was not translated is English."""
    found = re.search(r"srclc:([a-z]{3})", translation)
    return _LANGUAGES.get(found[1]) if found else "en"


#: The languages that GDELT translates (ISO 639-2, as it writes them), in ISO 639-1.
_PAIRS = (
    "afr:af ara:ar aze:az bel:be ben:bn bos:bs bul:bg cat:ca ces:cs zho:zh dan:da deu:de ell:el est:et eus:eu fas:fa "
    "fin:fi fra:fr glg:gl guj:gu heb:he hin:hi hrv:hr hun:hu hye:hy ind:id isl:is ita:it jpn:ja kan:kn kat:ka kaz:kk "
    "kor:ko lat:la lav:lv lit:lt mal:ml mar:mr mkd:mk mon:mn msa:ms mya:my nep:ne nld:nl nno:nn nob:nb nor:no pan:pa "
    "pol:pl por:pt ron:ro rus:ru sin:si slk:sk slv:sl som:so spa:es sqi:sq srp:sr swa:sw swe:sv tam:ta tel:te tgl:tl "
    "tha:th tur:tr ukr:uk urd:ur uzb:uz vie:vi"
)
_LANGUAGES: Mapping[str, str] = dict(pair.split(":") for pair in _PAIRS.split())
