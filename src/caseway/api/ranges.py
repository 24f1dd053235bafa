"""One range of bytes (RFC 9110, 14.1.2). Several at once are answered with the whole, as 14.2 allows."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `first + length - 1`; `part` when it is not simply everything."""

    first: int
    length: int
    part: bool

    @property
    def last(self) -> int:
        return self.first + self.length - 1


def requested_span(header: str, size: int) -> Span | None:
    """Return what a Range header asks of a content of `size` bytes; None when no byte of it exists."""
    found = _ONE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return Span(0, size, part=False)
    first, last = found.groups()
    if not first:  # the last n bytes
        length = min(int(last), size)
        return Span(size - length, length, part=True) if length else None
    if last and int(last) < int(first):
        return Span(0, size, part=False)
    if int(first) >= size:
        return None
    end = min(int(last), size - 1) if last else size - 1
    return Span(int(first), end - int(first) + 1, part=True)
