"""What is looked at while a file streams into the store: kind, malware, zip bombs; and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain
from typing import BinaryIO

from caseway.access.scope import everything
from caseway.cases.models import Rendition
from caseway.configuration import configuration
from caseway.core.errors import Invalid
from caseway.intake.checks.media_type import DENIED, MediaType, refuse_denied, sniff
from caseway.intake.checks.zip_bomb import check_zip
from caseway.intake.contents import contents
from caseway.intake.scanning import require_clean, scanned

SMALL = 1_000_000
"""Contents up to this many bytes are looked at in memory, before anything is written."""

_SURE = (
    "application/pdf",
    "application/zip",
    "application/vnd.openxmlformats-",
    "application/vnd.oasis.",
    "image/",
)
"""Kinds that are known from their first bytes without doubt; a claim to be one of them must be true."""


Read = Callable[[], bytes]


@dataclass(frozen=True)
class Kept:
    """A stored content and what it was found to be."""

    sha256: str
    size: int
    media_type: str


def store_inspected(
    chunks: Iterable[bytes], *, filename: str, declared: str, also: Callable[[str, int, Read], None]
) -> Kept:
    """Store a content that passes every check.

    `also` is asked with the media type, the size and a way to read the content; of a small one before it is
    written. Raises what it raises, `Invalid` (`document.empty`, `document.type_denied`,
    `document.type_mismatch`, `malware.found`, `zip.…`), `TooLarge` (`blob.too_large`) and `Unavailable`
    (`malware.scanner_unavailable`, `blob.…`).
    """
    refuse_denied(MediaType(declared, "", agreed=True), filename, _denied())
    rest = iter(chunks)
    head = _head(rest)
    if not head:
        raise Invalid("A file is empty.", code="document.empty", remedy="Leave it out, or send its content.")
    if len(head) <= SMALL:
        media_type = _look(io.BytesIO(head), filename, declared)
        require_clean(head)
        also(media_type, len(head), lambda: head)
        blob = contents().write([head], configuration().document_bytes)
        return Kept(blob.sha256, blob.size, media_type)
    blob = contents().write(scanned(chain([head], rest)), configuration().document_bytes)
    media_type = _look_at_stored(blob.sha256, filename, declared)
    also(media_type, blob.size, partial(_read, blob.sha256))
    return Kept(blob.sha256, blob.size, media_type)


def _read(sha256: str) -> bytes:
    with contents().open(sha256) as stream:
        return stream.read()


def _head(chunks: Iterator[bytes]) -> bytes:
    """Return at least `SMALL` + 1 bytes, or the whole."""
    head = bytearray()
    for chunk in chunks:
        head += chunk
        if len(head) > SMALL:
            break
    return bytes(head)


def _look(stream: BinaryIO, filename: str, declared: str) -> str:
    found = sniff(stream, declared, filename)
    refuse_denied(found, filename, _denied())
    if not found.agreed and _must_agree(found):
        raise Invalid(
            "A file is not what it is declared to be.",
            code="document.type_mismatch",
            remedy="Send the true media type, or application/octet-stream.",
            declared=found.declared,
            detected=found.detected,
        )
    if _is_zip(stream):
        check_zip(stream)
    return _kind(found)


def _look_at_stored(sha256: str, filename: str, declared: str) -> str:
    try:
        with contents().open(sha256) as stream:
            return _look(stream, filename, declared)
    except Invalid as error:
        if error.code.startswith("zip."):
            _forget(sha256)
        raise


def _forget(sha256: str) -> None:
    """Remove a content that is refused whoever sends it, so that nobody can be about to accept it."""
    with everything():
        known = Rendition.objects.filter(sha256=sha256).exists()
    if not known:
        contents().delete(sha256)


def _kind(found: MediaType) -> str:
    """Return the more particular of what was declared and what was found, where they agree."""
    vague = found.detected in ("text/plain", "application/octet-stream", "application/xml", "application/zip")
    claim = "" if found.declared in ("application/octet-stream", "binary/octet-stream") else found.declared
    return (claim if vague and found.agreed and claim else found.detected)[:150]


@lru_cache(maxsize=1)
def _denied() -> frozenset[str]:
    refused = configuration().refused_media_types.split(",")
    return DENIED | frozenset(kind.strip() for kind in refused if kind.strip())


def _must_agree(found: MediaType) -> bool:
    if found.declared.startswith("image/") and found.detected.startswith("image/"):
        return False
    return found.declared.startswith(_SURE) or found.detected.startswith(_SURE)


def _is_zip(stream: BinaryIO) -> bool:
    stream.seek(0)
    signature = stream.read(4)
    stream.seek(0)
    return signature == b"PK\x03\x04"
