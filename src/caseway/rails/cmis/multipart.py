"""The multipart/form-data writer of the Browser binding: streaming, in constant memory, umlaut-proof.

Servers built on OpenCMIS read fields as ISO-8859-1 unless told otherwise, so every field part names its
charset and a `_charset_` field is sent as well (RFC 7578 §4.6, §5.1.2). A raw UTF-8 `filename` is stored as
mojibake there; the part carries an ASCII name, and the real one travels in the `filename` control.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO

from caseway.core.errors import Refused

PIECE = 256 * 1024
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}")
_FIELD_NAME = re.compile(r"[\w:.\[\]-]+", re.ASCII)


@dataclass(frozen=True)
class Content:
    """A window of `size` bytes, from `offset`, of a file that can be opened again and again."""

    filename: str
    media_type: str
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)
    offset: int = 0

    def window(self, offset: int, size: int) -> Content:
        """Return a part of this content."""
        return Content(self.filename, self.media_type, size, self.open, self.offset + offset)

    def pieces(self) -> Iterator[bytes]:
        """Yield exactly `size` bytes. Raises `Refused` when the file is shorter than it should be."""
        with self.open() as stream:
            _skip(stream, self.offset)
            left = self.size
            while left:
                piece = stream.read(min(PIECE, left))
                if not piece:
                    raise Refused(
                        "The stored file is shorter than recorded.",
                        code="cmis.content_short",
                        remedy="Check the blob store with `caseway doctor`.",
                        missing=left,
                    )
                left -= len(piece)
                yield piece


def _skip(stream: BinaryIO, count: int) -> None:
    if count and stream.seekable():
        stream.seek(count)
        return
    while count:
        piece = stream.read(min(PIECE, count))
        if not piece:
            return
        count -= len(piece)


class MultipartBody:
    """A request body: fields in order, then at most one file in the part `content`.

    Iterating yields the body; it may be iterated again (a retried login sends it twice). `length` is exact.
    Raises `ValueError` for a field name outside the closed set of the binding.
    """

    def __init__(
        self, fields: Sequence[tuple[str, str]], content: Content | None, *, boundary: str | None = None
    ) -> None:
        self.boundary = boundary or f"caseway-{secrets.token_hex(16)}"
        self._content = content
        self._head = b"".join(self._field(name, value) for name, value in fields)
        self._head += self._file_head(content) if content else b""
        self._tail = (b"\r\n" if content else b"") + f"--{self.boundary}--\r\n".encode("ascii")
        self.length = len(self._head) + (content.size if content else 0) + len(self._tail)

    @property
    def content_type(self) -> str:
        """The value of the Content-Type header."""
        return f"multipart/form-data; boundary={self.boundary}"

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        if self._content:
            yield from self._content.pieces()
        yield self._tail

    def _field(self, name: str, value: str) -> bytes:
        if not _FIELD_NAME.fullmatch(name):
            raise ValueError(f"not a control name of the Browser binding: {name!r}")
        return (
            f"--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="{name}"\r\n'
            "Content-Type: text/plain; charset=utf-8\r\n"
            f"\r\n{value}\r\n"
        ).encode()

    def _file_head(self, content: Content) -> bytes:
        filename = ascii_filename(content.filename)
        return (
            f"--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="content"; filename="{filename}"\r\n'
            f"Content-Type: {safe_media_type(content.media_type)}\r\n"
            "Content-Transfer-Encoding: binary\r\n\r\n"
        ).encode("ascii")


def ascii_filename(name: str) -> str:
    """Return a file name of ASCII letters, digits and `. _ -` and blank that stands in for the real one."""
    decomposed = unicodedata.normalize("NFKD", name)
    without_marks = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9._ -]", "_", without_marks)[-120:].strip() or "content"


def safe_media_type(media_type: str) -> str:
    """Return type/subtype, or `application/octet-stream` for what is not one (RFC 6838 §4.2)."""
    bare = media_type.partition(";")[0].strip()
    return bare if _MEDIA_TYPE.fullmatch(bare) else "application/octet-stream"
