"""A part of a stored document as a stream of its own: what one fragment carries."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from caseway.rails.contract import Document, chunks

_SKIP = 1024 * 1024


class _Window(io.RawIOBase):
    """At most `length` bytes of a stream, from where it stands."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream, self._left = stream, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(min(len(buffer), self._left))
        buffer[: len(piece)] = piece
        self._left -= len(piece)
        return len(piece)


@contextmanager
def window(document: Document, offset: int, length: int) -> Iterator[BinaryIO]:
    """Open `length` bytes of a document from `offset` on; a store that cannot seek is read past them."""
    with document.open() as stream:
        if offset and stream.seekable():
            stream.seek(offset)
        elif offset:
            _read_past(stream, offset)
        yield cast(BinaryIO, _Window(stream, length))


def sha512_of(document: Document) -> str:
    """Return the SHA-512 of a whole document, in hex, as the metadata state it."""
    digest = hashlib.sha512()
    with document.open() as stream:
        for piece in chunks(stream):
            digest.update(piece)
    return digest.hexdigest()


def _read_past(stream: BinaryIO, left: int) -> None:
    while left > 0 and (piece := stream.read(min(_SKIP, left))):
        left -= len(piece)
