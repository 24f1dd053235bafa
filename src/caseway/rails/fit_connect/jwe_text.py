"""A compact JWE as it comes off the wire: pieces of any size, read segment by segment (RFC 7516 §7.1).

Codes: `fit_connect.jwe_malformed`, `fit_connect.jwe_truncated` (see `jwe_opening`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.jwe_header import JweRefused

_DOT = b"."
_PIECE = 128 * 1024  # characters decoded at once; stays in the cache


class JweText:
    """Reads the segments in order: `short` three times, `long` to its end, `last`."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = _cut(pieces)
        self._held = b""

    def short(self, limit: int) -> bytes:
        """Return the next segment as text, of at most `limit` characters."""
        while (end := self._held.find(_DOT)) < 0:
            if len(self._held) > limit:
                raise _malformed()
            self._held += self._more()
        segment, self._held = self._held[:end], self._held[end + 1 :]
        if len(segment) > limit:
            raise _malformed()
        return segment

    def long(self) -> Iterator[bytes]:
        """Yield what the next segment holds, decoded, in pieces."""
        gathered = bytearray()
        while (end := self._held.find(_DOT)) < 0:
            gathered += self._held
            self._held = b""
            if len(gathered) >= _PIECE:
                whole = len(gathered) - len(gathered) % 4
                yield self.decoded(bytes(gathered[:whole]))
                del gathered[:whole]
            self._held = self._more()
        gathered += self._held[:end]
        self._held = self._held[end + 1 :]
        yield self.decoded(bytes(gathered))

    def last(self, limit: int) -> bytes:
        """Return the last segment as text; nothing may follow it."""
        text = self._held
        for piece in self._pieces:
            text += piece
            if len(text) > limit:
                raise _malformed()
        if _DOT in text or len(text) > limit:
            raise _malformed()
        if len(text) < 22:  # 128 bits in base64url (RFC 7518 §5.3)
            raise _truncated()
        return text

    def decoded(self, segment: bytes) -> bytes:
        """Return what a segment holds."""
        try:
            return segments.decode(segment)
        except ValueError:
            raise _malformed() from None

    def _more(self) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            raise _truncated()
        return piece


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            yield piece[start : start + _PIECE]


def _malformed() -> JweRefused:
    return JweRefused(
        "An encrypted part is not a compact JWE.",
        code="fit_connect.jwe_malformed",
        remedy="The sender must encrypt anew.",
    )


def _truncated() -> JweRefused:
    return JweRefused(
        "An encrypted part ends too early.",
        code="fit_connect.jwe_truncated",
        remedy="Try again; if it stays so, the sender must send it anew.",
    )
