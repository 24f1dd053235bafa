"""The content store on a file system: written aside, synced, then linked under its name; never half there."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from caseway.core.blobs import Blob, BlobStore, Readable, checked_name, missing, path_of, too_large
from caseway.core.clock import now
from caseway.core.errors import Unavailable
from caseway.core.ids import uuid7

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class LocalBlobStore(BlobStore):
    """Contents below one folder; unfinished ones in its `tmp`, on the same file system."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._temporary = root / "tmp"

    def write(self, chunks: Iterable[bytes], limit: int | None = None) -> Blob:
        with spooled(self._temporary, chunks, limit) as (path, blob), disk_errors():
            self._place(path, blob)
        return blob

    def _place(self, path: Path, blob: Blob) -> None:
        target = self.root / path_of(blob.sha256)
        _make_folders(self.root, target.parent)
        try:
            os.link(path, target)
        except FileExistsError:
            if target.stat().st_size != blob.size:  # damaged since; the true content is at hand
                path.replace(target)
        # Also when it was there: who wrote it may not have come to this line yet.
        for folder in (target.parent, target.parent.parent, self.root):
            _sync_folder(folder)

    @contextmanager
    def _open_raw(self, sha256: str) -> Iterator[tuple[Readable, int]]:
        with disk_errors(sha256):
            file = (self.root / path_of(sha256)).open("rb", buffering=0)
        with file:
            yield _File(file.fileno()), os.fstat(file.fileno()).st_size

    def size(self, sha256: str) -> int:
        with disk_errors(checked_name(sha256)):
            return (self.root / path_of(sha256)).stat().st_size

    def delete(self, sha256: str) -> None:
        with disk_errors():
            (self.root / path_of(sha256)).unlink(missing_ok=True)

    def sweep_temporary(self, older_than: timedelta) -> int:
        return sweep(self._temporary, older_than)


class _File:
    """An open file by its descriptor; what goes wrong is said in the words of the core tree."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, size: int, /) -> bytes:
        with disk_errors():
            return os.read(self._descriptor, size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        with disk_errors():
            return os.lseek(self._descriptor, offset, whence)


@contextmanager
def spooled(folder: Path, chunks: Iterable[bytes], limit: int | None) -> Iterator[tuple[Path, Blob]]:
    """Write chunks to a new synced file, which is gone when the block ends.

    Raises what `BlobStore.write` raises.
    """
    path = folder / uuid7().hex
    try:
        with disk_errors():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        yield path, _fill(descriptor, chunks, limit)
    finally:
        with suppress(OSError):  # what cannot be removed now is swept later
            path.unlink(missing_ok=True)


def _fill(descriptor: int, chunks: Iterable[bytes], limit: int | None) -> Blob:
    digest, size = hashlib.sha256(), 0
    file = os.fdopen(descriptor, "wb", buffering=0)
    try:
        for chunk in chunks:
            size += len(chunk)
            if limit is not None and size > limit:
                raise too_large(limit)
            digest.update(chunk)
            with disk_errors():
                _write_all(descriptor, chunk)
        with disk_errors():
            os.fsync(descriptor)
    finally:
        file.close()
    return Blob(digest.hexdigest(), size)


def _write_all(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


@contextmanager
def disk_errors(sha256: str | None = None) -> Iterator[None]:
    """Turn errors of the file system into `Unavailable`; a missing content, when named, into `NotFound`."""
    try:
        yield
    except OSError as error:
        if sha256 is not None and isinstance(error, FileNotFoundError):
            raise missing(sha256) from error
        if error.errno in _FULL:
            raise Unavailable(
                "There is no space left for contents.",
                code="blob.no_space",
                remedy="Free or add space on the volume of the content store.",
            ) from error
        raise Unavailable(
            "The content store cannot be used.",
            code="blob.store_unavailable",
            remedy="Check that its folder exists, belongs to the service and can be written.",
            errno=error.errno,
        ) from error


def sweep(folder: Path, older_than: timedelta) -> int:
    """Remove the files of a folder that were last written before a time span; return how many."""
    before, removed = (now() - older_than).timestamp(), 0
    with disk_errors():
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    removed += 1
    return removed


def _make_folders(root: Path, folder: Path) -> None:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
