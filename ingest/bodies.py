"""Bodies of answers while they wait to be read: small ones in memory, others in files that have no name.

A run holds up to a hundred of them at a time, of 20 MB each. In memory that would be more than a machine may have;
waiting for room would let one slow server hold up all others.
"""

from tempfile import SpooledTemporaryFile

#: Bytes of a body that is held in memory; most feeds and pages are smaller.
IN_MEMORY = 262_144


class NoRoom(Exception):  # noqa: N818 - read as a sentence where it is caught
    """The disk takes no more; the text says what it said."""


class Body:
    """The bytes of a body, appended as they come; the file goes with the last who refers to it."""

    def __init__(self) -> None:
        self._held = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - lives as long as the body
        self._size = 0

    def __len__(self) -> int:
        """How many bytes it has."""
        return self._size

    def append(self, piece: bytes) -> None:
        """Put more bytes at the end. Raises NoRoom."""
        try:
            self._held.write(piece)
        except OSError as error:
            raise NoRoom(error.strerror or type(error).__name__) from error
        self._size += len(piece)

    def read(self) -> bytes:
        """All bytes."""
        self._held.seek(0)
        return self._held.read()
