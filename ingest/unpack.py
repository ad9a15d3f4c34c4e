"""Bodies as they come over the wire, unpacked piece by piece and counted while they grow.

A bomb ends at the cap, whatever it would unpack to: no step gives more than `STEP` bytes beyond it.
"""

import zlib
from collections.abc import Callable
from typing import Protocol

import brotli  # type: ignore[import-untyped]
import zstandard

from ingest.bodies import Body

STEP = 1_000_000
# A zstd block of four bytes unpacks to 128 kB, so that this slice gives 8 MB at the very most (RFC 8878, 3.1.1.2).
_ZSTD_SLICE = 256
_ZSTD_WINDOW = 2**23  # what a server may ask of a reader (RFC 9659)


class TooLarge(Exception):  # noqa: N818 - read as a sentence where it is caught
    """More bytes than we are willing to hold."""


class Broken(Exception):  # noqa: N818
    """Bytes that do not unpack, or that end too early."""


class Unpacker(Protocol):
    """Takes the wire's bytes as they come; `finish` gives the whole, or says that it is not whole."""

    def feed(self, chunk: bytes) -> None:
        """More of the wire's bytes. Raises Broken, TooLarge and bodies.NoRoom."""

    def finish(self) -> Body:
        """All that was unpacked. Raises Broken where the packed bytes end too early."""


class _Counted:
    """Bytes collected up to a cap."""

    def __init__(self, cap: int) -> None:
        self.cap = cap
        self.body = Body()

    def keep(self, piece: bytes) -> None:
        self.body.append(piece)
        if len(self.body) > self.cap:
            raise TooLarge(f"It unpacks to more than {self.cap // 1_000_000} MB")


class Plain(_Counted):
    """Bytes that are not packed."""

    def feed(self, chunk: bytes) -> None:
        """More bytes."""
        self.keep(chunk)

    def finish(self) -> Body:
        """All bytes."""
        return self.body


class Zlib(_Counted):
    """gzip, with one member or several (RFC 1952, 2.2), and deflate with or without its header."""

    def __init__(self, cap: int, gzip: bool) -> None:
        super().__init__(cap)
        self._gzip = gzip
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if gzip else None
        self._head = b""
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        """More packed bytes."""
        self._begun = self._begun or bool(chunk)
        rest = self._head + chunk
        self._head = b""
        if self._inflate is None:
            if len(rest) < 2:
                self._head = rest
                return
            # Some servers send deflate bare; two bytes of a zlib header are a multiple of 31 (RFC 1950, 2.2).
            bare = rest[0] & 15 != 8 or int.from_bytes(rest[:2], "big") % 31 != 0
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS)
        try:
            while rest:
                if self._inflate.eof:
                    if not (self._gzip and rest.startswith(b"\x1f\x8b")):
                        return  # padding after the end
                    self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
                self.keep(self._inflate.decompress(rest, STEP))
                rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        except zlib.error as error:
            raise Broken("It does not unpack as gzip or deflate") from error

    def finish(self) -> Body:
        """All that was unpacked."""
        if self._begun and (self._inflate is None or not self._inflate.eof):
            raise Broken("The packed answer broke off before its end")
        return self.body


class Brotli(_Counted):
    """br (RFC 7932)."""

    def __init__(self, cap: int) -> None:
        super().__init__(cap)
        self._unpack = brotli.Decompressor()
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        """More packed bytes."""
        self._begun = True
        try:
            self.keep(self._unpack.process(chunk, output_buffer_limit=STEP))
            while not self._unpack.can_accept_more_data():
                self.keep(self._unpack.process(b"", output_buffer_limit=STEP))
        except brotli.error as error:
            raise Broken("It does not unpack as br") from error

    def finish(self) -> Body:
        """All that was unpacked."""
        if self._begun and not self._unpack.is_finished():
            raise Broken("The packed answer broke off before its end")
        return self.body


class Zstd(_Counted):
    """zstd (RFC 8878), one frame or several."""

    def __init__(self, cap: int) -> None:
        super().__init__(cap)
        self._unpack = self._frame()
        self._begun = False

    @staticmethod
    def _frame() -> "zstandard.ZstdDecompressionObj":  # the C module hides the class
        return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()

    def feed(self, chunk: bytes) -> None:
        """More packed bytes."""
        self._begun = True
        try:
            for start in range(0, len(chunk), _ZSTD_SLICE):
                rest = chunk[start : start + _ZSTD_SLICE]
                while rest:
                    if self._unpack.eof:
                        self._unpack = self._frame()
                    self.keep(self._unpack.decompress(rest))
                    rest = self._unpack.unused_data if self._unpack.eof else b""
        except zstandard.ZstdError as error:
            raise Broken("It does not unpack as zstd") from error

    def finish(self) -> Body:
        """All that was unpacked."""
        if self._begun and not self._unpack.eof:
            raise Broken("The packed answer broke off before its end")
        return self.body


def unpack_gzip(packed: bytes, cap: int) -> bytes:
    """A gzip file's contents. Raises Broken, TooLarge and bodies.NoRoom."""
    unpacker = Zlib(cap, gzip=True)
    unpacker.feed(packed)
    return unpacker.finish().read()


#: By the name in Content-Encoding; some servers name the charset or nothing at all there.
UNPACKERS: dict[str, Callable[[int], Unpacker]] = {
    **dict.fromkeys(("", "identity", "none", "utf-8"), Plain),
    **dict.fromkeys(("gzip", "x-gzip"), lambda cap: Zlib(cap, gzip=True)),
    "deflate": lambda cap: Zlib(cap, gzip=False),
    "br": Brotli,
    "zstd": Zstd,
}
