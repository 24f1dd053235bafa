"""What is sent: of known length, and opened anew each time it is sent."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from caseway.core.errors import Refused
from caseway.rails.contract import chunks


@dataclass(frozen=True)
class Body:
    """Content that can be had again: its length in bytes, and a way to open it.

    What is opened is a stream, or an iterable of pieces that may be walked once, such as content that is
    encrypted while it is read. Each opening may give other bytes, but the same number of them.
    """

    length: int
    open: Callable[[], AbstractContextManager[BinaryIO | Iterable[bytes]]] = field(repr=False, compare=False)

    @classmethod
    def of(cls, content: bytes | str) -> Body:
        """Return a body from memory."""
        raw = content.encode("ascii") if isinstance(content, str) else content
        return cls(len(raw), lambda: closing(io.BytesIO(raw)))

    @classmethod
    def file(cls, path: Path) -> Body:
        """Return a body from a file, of the length it has now."""
        return cls(path.stat().st_size, lambda: path.open("rb"))


class Replayable:
    """The parts of one request body, one after another; each walk over it opens them anew.

    Raises `Refused` (`fit_connect.content_changed`) when a part is not as long as was said: the request then
    breaks off, and the other side has not taken it.
    """

    def __init__(self, parts: tuple[Body, ...]) -> None:
        self._parts = parts
        self.length = sum(part.length for part in parts)

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            yield from _content(part)


def _content(part: Body) -> Iterator[bytes]:
    left = part.length
    with part.open() as opened:
        # A file is an iterable too, but of lines.
        for piece in chunks(cast(BinaryIO, opened)) if hasattr(opened, "read") else opened:
            left -= len(piece)
            if left < 0:
                break
            yield piece
    if left:
        raise Refused(
            "What was to be sent is not as long as it was before.",
            code="fit_connect.content_changed",
            remedy="Look into the store of documents, then try again.",
        )
