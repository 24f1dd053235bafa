"""How documents become attachments: whole or in fragments, under ids of our own, within the limits.

The limits are those of the platform (docs: sending, attachments) and count encrypted bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from caseway.core.errors import Invalid, TooLarge
from caseway.rails.contract import Document, Link
from caseway.rails.fit_connect.config import FitConnectSettings

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.+-]{1,100}")  # metadata 2.1.0, mimeType
_SEALED_EXTRA = 1024  # header, wrapped key, nonce and tag of a JWE for a key of 4096 bits, rounded up


@dataclass(frozen=True)
class Piece:
    """A part of a document that is uploaded under an id of its own; a whole document is one piece."""

    attachment_id: str
    offset: int
    length: int


def pieces_of(document: Document, link: Link) -> Sequence[Piece]:
    """Return the pieces of a document: itself, or fragments where it is larger than a fragment may be."""
    size = link.settings.fragment_bytes
    if not size or document.size <= size:
        return [Piece(attachment_id(document, link), 0, document.size)]
    return [
        Piece(attachment_id(document, link, number), offset, min(size, document.size - offset))
        for number, offset in enumerate(range(0, document.size, size), start=1)
    ]


def attachment_id(document: Document, link: Link, fragment: int = 0) -> str:
    """Return the id of an attachment, in the form of a UUIDv4.

    The same for the same document on the same connection, so that a plan made twice names the same; another
    on another connection, for ids of attachments are unique everywhere (metadata 2.1.0, attachmentId).
    """
    name = f"fit-connect attachment {link.connection_id} {document.id} {fragment}"
    return str(UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


def media_type_of(document: Document) -> str:
    """Return the media type as metadata and JOSE headers can say it: without parameters."""
    bare = document.media_type.partition(";")[0].strip().lower()
    return bare if _MEDIA_TYPE.fullmatch(bare) else "application/octet-stream"


def check_limits(
    settings: FitConnectSettings,
    documents: Sequence[Document],
    pieces: Mapping[UUID, Sequence[Piece]],
    data: Document,
) -> None:
    """Raise `Invalid` or `TooLarge` where the platform would not take all of it."""
    count = sum(len(found) for found in pieces.values())
    if count > settings.max_attachments:
        raise Invalid(
            f"There are {count} attachments, fragments included; {settings.max_attachments} are allowed.",
            code="fit_connect.too_many_attachments",
            remedy="Put several documents into one, or raise the size of a fragment.",
        )
    for document in documents:
        if any(_sealed(piece.length) > settings.max_attachment_bytes for piece in pieces[document.id]):
            raise TooLarge(
                f"A document of {document.size} bytes is larger than FIT-Connect takes.",
                code="fit_connect.attachment_too_large",
                remedy="Switch fragments on, or send it smaller.",
                document=str(document.id),
            )
    lengths = [piece.length for found in pieces.values() for piece in found]
    total = sum(_sealed(length) for length in [*lengths, data.size])
    if total > settings.max_total_bytes:
        raise TooLarge(
            f"All documents together have {total} bytes encrypted, more than FIT-Connect takes.",
            code="fit_connect.submission_too_large",
            remedy="Send fewer documents at once; the others may follow in the same case.",
        )


def _sealed(size: int) -> int:
    return size * 4 // 3 + _SEALED_EXTRA
