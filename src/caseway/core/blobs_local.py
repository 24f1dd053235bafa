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
        self._on_disk: set[str] = set()  # folders that are known to be; two levels, so 65,792 at most

    def write(self, chunks: Iterable[bytes], limit: int | None = None) -> Blob:
        with spooled(self._temporary, chunks, limit) as (path, blob), disk_errors():
            self._place(path, path_of(blob.sha256))
        return blob

    def _place(self, path: Path, name: str) -> None:
        target = self.root / name
        folder = target.parent
        try:
            path.replace(target)  # over the same content, where it is there already
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._forget_way(name)
            path.replace(target)
        _sync_folder(folder)
        if name[:5] not in self._on_disk:
            self._sync_way(name, folder)

    def _sync_way(self, name: str, folder: Path) -> None:
        """Sync the folders above a content: an entry stays where it is, so once for each is enough.

        Also of those that somebody else made, who may not have come to this line yet.
        """
        _sync_folder(folder.parent)
        if name[:2] not in self._on_disk:
            _sync_folder(self.root)
        if not self._on_disk:
            _sync_folder(self.root.parent)
        self._on_disk.update((name[:2], name[:5]))

    def _forget_way(self, name: str) -> None:
        self._on_disk.difference_update((name[:2], name[:5]))

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
    """Write chunks to a new synced file, which is gone when the block ends, or has been moved by it.

    Raises what `BlobStore.write` raises.
    """
    path = folder / uuid7().hex
    try:
        with disk_errors():
            descriptor = _create(path)
        yield path, _fill(descriptor, chunks, limit)
    finally:
        with suppress(OSError):  # what cannot be removed now is swept later
            path.unlink(missing_ok=True)


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, flags, 0o600)


def _fill(descriptor: int, chunks: Iterable[bytes], limit: int | None) -> Blob:
    digest, size = hashlib.sha256(), 0
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
        os.close(descriptor)
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
