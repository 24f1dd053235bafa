"""The store of contents of this process."""

from __future__ import annotations

from functools import lru_cache

from caseway.configuration import configuration
from caseway.core.blobs import BlobStore


@lru_cache(maxsize=1)
def contents() -> BlobStore:
    """Return the blob store of the configuration."""
    return BlobStore.from_url(configuration().blob_address)
