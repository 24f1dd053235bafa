"""Documents made for a trial: written into a folder that is thrown away afterwards. Invented people only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from caseway.core.ids import uuid7
from caseway.rails.contract import Document

PDF, XML = "application/pdf", "application/xml"
_PIECE = 256 * 1024


def sample_document(
    room: Path,
    role: str,
    filename: str,
    content: bytes | Iterable[bytes],
    *,
    media_type: str = PDF,
    index: int = 1,
    title: str = "",
) -> Document:
    """Write a document into a folder and return it; content that comes in pieces is never held whole."""
    identity = uuid7()
    path = room / str(identity)
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as stream:
        for piece in [content] if isinstance(content, bytes) else content:
            stream.write(piece)
            digest.update(piece)
            size += len(piece)
    return Document(
        id=identity,
        role=role,
        index=index,
        filename=filename,
        media_type=media_type,
        size=size,
        sha256=digest.hexdigest(),
        title=title or filename,
        field_key="",
        open=partial(_open, path),
    )


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def sample_pdf(text: str) -> bytes:
    """Return a PDF of one page that says a text (ISO 32000-1, 7.5); letters of Latin-1 only."""
    shown = text.replace("\\", "").replace("(", "").replace(")", "").encode("latin-1", "replace")
    drawing = b"BT /F1 14 Tf 72 760 Td (" + shown + b") Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(written)
    return written + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def large_content(size: int) -> Iterator[bytes]:
    """Yield a PDF's head and then noise that is different in every piece, `size` bytes in all."""
    head = b"%PDF-1.4\n"[:size]
    yield head
    left, counter = size - len(head), 0
    while left > 0:
        seed = hashlib.sha256(counter.to_bytes(8, "big")).digest()
        piece = b"".join(hashlib.sha256(seed + bytes([n])).digest() for n in range(256))
        piece = (piece * (_PIECE // len(piece)))[:left]
        yield piece
        left, counter = left - len(piece), counter + 1
