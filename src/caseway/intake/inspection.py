"""What is looked at while a file streams by, and once it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from caseway.configuration import configuration
from caseway.intake.contents import contents

HEAD = 64 * 1024
"""How many bytes from the beginning tell the media type."""


@dataclass(frozen=True)
class Kept:
    """A stored content and what it was found to be."""

    sha256: str
    size: int
    media_type: str


def store_inspected(chunks: Iterable[bytes], *, filename: str, declared: str) -> Kept:
    head = bytearray()
    blob = contents().write(_remember(chunks, head), configuration().document_bytes)
    return Kept(blob.sha256, blob.size, declared or "application/octet-stream")


def _remember(chunks: Iterable[bytes], head: bytearray) -> Iterator[bytes]:
    for chunk in chunks:
        if len(head) < HEAD:
            head += chunk[: HEAD - len(head)]
        yield chunk
