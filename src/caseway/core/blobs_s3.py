"""The content store in S3: hashed on local disk first, since the name is not known before, then put."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore import exceptions
from obstore.store import S3Store

from caseway.core.blobs import Blob, BlobStore, Readable, checked_name, missing, path_of
from caseway.core.blobs_local import spooled, sweep
from caseway.core.errors import NotConfigured, NotFound, Unavailable

_PART = 8 * 1024 * 1024  # at most two parts in memory
_RETRY: Any = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(seconds=2),
        "base": 2,
    },
}


class S3BlobStore(BlobStore):
    """Contents below a prefix of one bucket."""

    def __init__(self, bucket: str, prefix: str, options: Mapping[str, str], spool: Path) -> None:
        config: Any = {"region": "us-east-1", **options}
        plain = options.get("endpoint", "").startswith("http://")
        try:
            self._store = S3Store(
                bucket,
                prefix=prefix or None,
                config=config,
                client_options={"allow_http": plain, "connect_timeout": "5s", "timeout": "60s"},
                retry_config=_RETRY,
            )
        except exceptions.BaseError as error:
            raise NotConfigured(
                "The settings of the S3 store cannot be used.",
                code="blob.address_unusable",
                remedy="Give s3://bucket/prefix?endpoint=https://…&region=….",
            ) from error
        self._spool = spool

    def write(self, chunks: Iterable[bytes], limit: int | None = None) -> Blob:
        with spooled(self._spool, chunks, limit) as (path, blob):
            if not self._is_there(blob):
                self._put(path, blob)
        return blob

    def _put(self, path: Path, blob: Blob) -> None:
        # A conditional put goes in one piece. Larger ones go in parts and may replace the same content by
        # itself, which S3 does at once and as a whole.
        small = blob.size <= _PART
        with s3_errors():
            try:
                obstore.put(
                    self._store,
                    path_of(blob.sha256),
                    path.read_bytes() if small else path,
                    mode="create" if small else None,
                    use_multipart=not small,
                    chunk_size=_PART,
                    max_concurrency=2,
                )
            except exceptions.AlreadyExistsError:
                return
            kept = obstore.head(self._store, path_of(blob.sha256))["size"]
        if kept != blob.size:
            raise Unavailable("The S3 store kept less than it was given.", code="blob.store_unavailable")

    def _is_there(self, blob: Blob) -> bool:
        try:
            return self.size(blob.sha256) == blob.size
        except NotFound:
            return False

    @contextmanager
    def _open_raw(self, sha256: str) -> Iterator[tuple[Readable, int]]:
        size = self.size(sha256)
        with s3_errors(sha256):
            reader = obstore.open_reader(self._store, path_of(sha256), buffer_size=4 * 1024 * 1024, size=size)
        yield _Object(reader, sha256), size

    def size(self, sha256: str) -> int:
        with s3_errors(checked_name(sha256)):
            return obstore.head(self._store, path_of(sha256))["size"]

    def delete(self, sha256: str) -> None:
        with s3_errors():
            obstore.delete(self._store, path_of(sha256))

    def sweep_temporary(self, older_than: timedelta) -> int:
        """Remove old spool files. Unfinished multipart uploads end by the bucket's own lifecycle rule."""
        return sweep(self._spool, older_than)


class _Object:
    """An object being read; what goes wrong is said in the words of the core tree."""

    def __init__(self, reader: Any, sha256: str) -> None:
        self._reader = reader
        self._sha256 = sha256

    def read(self, size: int, /) -> bytes:
        with s3_errors(self._sha256):
            return bytes(self._reader.read(size))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        with s3_errors(self._sha256):
            return int(self._reader.seek(offset, whence))


@contextmanager
def s3_errors(sha256: str | None = None) -> Iterator[None]:
    """Turn errors of the S3 client into the core tree."""
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError) as error:
        if sha256 is not None:
            raise missing(sha256) from error
        raise _unavailable() from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
        raise NotConfigured(
            "The S3 store does not accept our key.",
            code="blob.store_forbidden",
            remedy="Check the access key, the secret key and the rights on the bucket.",
        ) from error
    except (exceptions.BaseError, OSError) as error:
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    return Unavailable(
        "The S3 store cannot be reached or did not keep a content.",
        code="blob.store_unavailable",
        remedy="It is tried again by itself. If this lasts, check the address of the store and its bucket.",
    )
