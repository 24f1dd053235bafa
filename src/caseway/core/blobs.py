"""Contents, kept once under their own SHA-256 and never changed: on a file system or in an S3 store.

`BlobStore.from_url("file:///var/lib/caseway/blobs")` or
`BlobStore.from_url("s3://bucket/prefix?endpoint=https://s3.example&region=eu-1")`; the keys of S3 come from
`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` or as arguments. What `write` returned is durable.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from caseway.core.errors import Invalid, NotConfigured, NotFound, TooLarge, Unavailable

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_BUFFER = 256 * 1024


@dataclass(frozen=True)
class Blob:
    """A stored content: lower-case hex SHA-256 and size in bytes."""

    sha256: str
    size: int


class Readable(Protocol):
    """What a store opens: bytes in order, and a way back."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


class BlobStore(ABC):
    """A store of contents. Safe to share between threads and processes."""

    @staticmethod
    def from_url(
        url: str, *, access_key: str = "", secret_key: str = "", spool: Path | None = None
    ) -> BlobStore:
        """Open the store that an address names; folders are made at the first write.

        `spool` is the local folder where contents for S3 wait until their hash is known. Raises
        `NotConfigured` with `blob.address_unusable`.
        """
        from caseway.core.blobs_local import LocalBlobStore
        from caseway.core.blobs_s3 import S3BlobStore

        parts = urlsplit(url)
        if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
            return LocalBlobStore(Path(unquote(parts.path)))
        if parts.scheme == "s3" and parts.netloc:
            options = {name: values[0] for name, values in parse_qs(parts.query).items()}
            keys = {"access_key_id": access_key, "secret_access_key": secret_key}
            options |= {name: value for name, value in keys.items() if value}
            default = Path(tempfile.gettempdir()) / f"caseway-spool-{os.getuid()}"
            return S3BlobStore(parts.netloc, parts.path.strip("/"), options, spool or default)
        raise NotConfigured(
            "The address of the content store cannot be used.",
            code="blob.address_unusable",
            remedy="Give file:///an/absolute/folder or s3://bucket/prefix?endpoint=https://….",
        )

    @abstractmethod
    def write(self, chunks: Iterable[bytes], limit: int | None = None) -> Blob:
        """Keep a content, in bounded memory; it is durable when this returns, and absent when it raises.

        A content that is there already is no error. Raises `TooLarge` with `blob.too_large` beyond `limit`
        bytes, `Unavailable` with `blob.no_space` or `blob.store_unavailable`, and whatever `chunks` raises.
        """

    def open(self, sha256: str) -> AbstractContextManager[BinaryIO]:
        """Read a content as a stream that can seek.

        Reading it from the start to the end checks it: the last piece is replaced by `Unavailable` with
        `blob.corrupt` when the content is not what its name says. Raises `NotFound` with `blob.missing`,
        `Unavailable` with `blob.store_unavailable`.
        """
        return self._opened(checked_name(sha256))

    @contextmanager
    def _opened(self, sha256: str) -> Iterator[BinaryIO]:
        with self._open_raw(sha256) as (inner, size):
            with io.BufferedReader(_VerifyingReader(inner, sha256, size), _BUFFER) as reader:
                yield reader

    @abstractmethod
    def _open_raw(self, sha256: str) -> AbstractContextManager[tuple[Readable, int]]:
        """Open a content unchecked, with its size in bytes."""

    @abstractmethod
    def size(self, sha256: str) -> int:
        """Return the size in bytes. Raises `NotFound` with `blob.missing`."""

    def exists(self, sha256: str) -> bool:
        """Tell whether a content is there."""
        try:
            self.size(sha256)
        except NotFound:
            return False
        return True

    @abstractmethod
    def delete(self, sha256: str) -> None:
        """Forget a content; one that is not there is no error."""

    @abstractmethod
    def sweep_temporary(self, older_than: timedelta) -> int:
        """Remove what interrupted writes left behind, by age; return how many files went."""


class _VerifyingReader(io.RawIOBase):
    """Reads a content and compares its hash where its end is reached without a jump."""

    def __init__(self, inner: Readable, sha256: str, size: int) -> None:
        self._inner = inner
        self._sha256 = sha256
        self._size = size
        self._rewind(0)

    def _rewind(self, position: int) -> None:
        self._position = position
        self._hash: Any = hashlib.sha256() if position == 0 else None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        position = self._inner.seek(offset, whence)
        if position != self._position or position == 0:
            self._rewind(position)
        return position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        piece = bytes(self._inner.read(len(buffer)))
        buffer[: len(piece)] = piece
        self._position += len(piece)
        if self._hash is not None:
            self._hash.update(piece)
            if not piece or self._position >= self._size:
                self._compare()
        return len(piece)

    def _compare(self) -> None:
        if self._hash.hexdigest() != self._sha256:
            raise Unavailable(
                "A stored content is damaged.",
                code="blob.corrupt",
                remedy="Restore the content from a backup.",
                sha256=self._sha256,
            )


def checked_name(sha256: str) -> str:
    """Return a SHA-256 that is safe in a path. Raises `Invalid` with `blob.name_invalid`."""
    if not _SHA256.match(sha256):
        raise Invalid("A content is named by 64 hexadecimal digits.", code="blob.name_invalid")
    return sha256


def path_of(sha256: str) -> str:
    """Return where a content lies below the root: `ab/cd/abcd…`."""
    return f"{sha256[:2]}/{sha256[2:4]}/{checked_name(sha256)}"


def too_large(limit: int) -> TooLarge:
    """Say that a content passes its limit in bytes."""
    return TooLarge(f"The content is larger than {limit} bytes.", code="blob.too_large", limit=limit)


def missing(sha256: str) -> NotFound:
    """Say that a content is not there."""
    return NotFound("A stored content is missing.", code="blob.missing", sha256=sha256)
