"""The bytes of documents: small ones in memory, large ones on disk, never a large one in memory."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

SPOOL_OVER = 1 << 20
_CHUNK = 1 << 18


@dataclass
class Content:
    """The content of one document: `data` in memory, or the first `size` bytes of the file at `path`."""

    size: int
    data: bytes | None = None
    path: Path | None = None
    _sha256: str = ""

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes from `start` up to, not including, `end`."""
        left = (self.size if end is None else min(end, self.size)) - start
        if self.data is not None:
            yield self.data[start : start + left]
            return
        if self.path is None or left <= 0:
            return
        with self.path.open("rb") as file:
            file.seek(start)
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hex; worked out when first asked."""
        if not self._sha256:
            digest = hashlib.sha256()
            for chunk in self.chunks():
                digest.update(chunk)
            self._sha256 = digest.hexdigest()
        return self._sha256


class ContentStore:
    """Where contents live: large ones (with `durable`: all) as files in `folder`, the rest in memory."""

    def __init__(
        self, folder: Path | None = None, *, durable: bool = False, spool_over: int = SPOOL_OVER
    ) -> None:
        self._folder = folder
        self._durable = durable
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._spool_over = 0 if durable else spool_over
        self._numbers = count(1)
        self._lock = threading.Lock()

    def writer(self) -> Writer:
        """Return a writer for one new content."""
        return Writer(self, self._spool_over)

    def new_file(self) -> Path:
        """Return the path of a file that does not exist yet."""
        with self._lock:
            folder = self._ready_folder()
            while (path := folder / str(next(self._numbers))).exists():
                pass
            path.touch()
        return path

    def appended(self, old: Content | None, more: Content) -> Content:
        """Return `old` followed by `more`; a file is appended to in place, beyond the size `old` knows."""
        if old is None:
            return more
        size = old.size + more.size
        if old.path is not None:
            with old.path.open("r+b") as file:
                file.truncate(old.size)
                file.seek(old.size)
                for chunk in more.chunks():
                    file.write(chunk)
            self.discard(more)
            return Content(size, path=old.path)
        with self.writer() as writer:
            for part in (old, more):
                for chunk in part.chunks():
                    writer.write(chunk)
            self.discard(more)
            return writer.finish()

    def copy(self, content: Content | None) -> Content | None:
        """Return a content of its own with the same bytes."""
        if content is None or content.path is None:
            return content
        path = self.new_file()
        shutil.copyfile(content.path, path)
        return Content(content.size, path=path)

    def discard(self, content: Content | None) -> None:
        """Delete the file of a content nobody holds any more."""
        if content is not None and content.path is not None:
            content.path.unlink(missing_ok=True)

    def at(self, name: str, size: int) -> Content:
        """Return the content the journal speaks of."""
        return Content(size, path=self._ready_folder() / name)

    def keep_only(self, names: set[str]) -> None:
        """Delete every file no object holds: uploads that were cut off."""
        for path in self._ready_folder().iterdir():
            if path.name not in names:
                path.unlink()

    def close(self) -> None:
        """Delete the temporary folder, if one was needed."""
        if self._own is not None:
            self._own.cleanup()
            self._own = None
            self._folder = None

    def _ready_folder(self) -> Path:
        if self._folder is None:
            self._own = tempfile.TemporaryDirectory(prefix="cmis-simulator-")
            self._folder = Path(self._own.name)
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


class Writer:
    """Takes bytes as they come; moves to disk when they grow. Left without `finish`, it leaves nothing."""

    def __init__(self, store: ContentStore, spool_over: int) -> None:
        self._store = store
        self._spool_over = spool_over
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._finished = False
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Add bytes."""
        self.size += len(chunk)
        if self._file is None and self.size > self._spool_over:
            self._spool()
        if self._file is None:
            self._memory += chunk
        else:
            self._file.write(chunk)

    def finish(self) -> Content:
        """Return the content; it is with the operating system now."""
        if self._file is None and self._spool_over == 0:
            self._spool()
        self._finished = True
        if self._file is None:
            return Content(self.size, data=bytes(self._memory))
        self._file.close()
        return Content(self.size, path=self._path)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._finished and self._file is not None:
            self._file.close()
            with contextlib.suppress(FileNotFoundError):
                if self._path is not None:
                    self._path.unlink()

    def _spool(self) -> None:
        self._path = self._store.new_file()
        self._file = self._path.open("wb")
        self._file.write(self._memory)
        self._memory.clear()
