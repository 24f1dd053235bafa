"""`/documents`: what is known of a document, and its content as a stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from caseway.access import audit
from caseway.access.scope import scope
from caseway.api.door import actor_of, router, scoped, tagged
from caseway.api.problems import RangeNotSatisfiable
from caseway.api.ranges import Span, requested_span
from caseway.api.shapes import DocumentShape, document_shape
from caseway.cases import queries
from caseway.cases.models import Document, Rendition
from caseway.intake.contents import contents

CHUNK = 256 * 1024

api = router()


@api.get("/documents/{uuid:document_id}", response=DocumentShape)
@scoped
def get_document(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Show a document; its content is at `content`."""
    actor = actor_of(request)
    found = queries.document(actor, document_id)
    audit.read(actor, "document", found.id)
    return tagged(request, document_shape(found))


@api.get("/documents/{uuid:document_id}/content", response={200: None, 206: None, 304: None})
def get_content(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """Stream the content, whole or one range of it (RFC 9110, 14). Always as an attachment."""
    actor = actor_of(request)
    with scope(actor.organisation_id):
        document = queries.document(actor, document_id)
        original = next(r for r in document.renditions.all() if r.kind == "original")
        audit.record(actor, "document.content", "document", document.id)
    return _answer(request, document, original)


def _answer(request: HttpRequest, document: Document, original: Rendition) -> HttpResponseBase:
    etag = f'"{original.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        span = _span(request, original.size, etag)
        response = StreamingHttpResponse(
            _Content(original.sha256, span),
            content_type=original.media_type,
            status=206 if span.part else 200,
        )
        response["Content-Length"] = str(span.length)
        response["Content-Disposition"] = _attachment(document.filename)
        if span.part:
            response["Content-Range"] = f"bytes {span.first}-{span.last}/{original.size}"
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _span(request: HttpRequest, size: int, etag: str) -> Span:
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    span = requested_span(asked, size)
    if span is None:
        raise RangeNotSatisfiable("The content is shorter than that.", size=size)
    return span


def _attachment(filename: str) -> str:
    """Return the header's value with an ASCII fallback and the real name (RFC 6266, appendix D)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


class _Content:
    """The chunks of a span of a blob; the blob is open from the first chunk until the answer is closed."""

    def __init__(self, sha256: str, span: Span) -> None:
        self._stack = ExitStack()
        self._chunks = self._read(sha256, span)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        self._stack.close()

    def _read(self, sha256: str, span: Span) -> Iterator[bytes]:
        if not span.length:
            return
        stream: BinaryIO = self._stack.enter_context(contents().open(sha256))
        stream.seek(span.first)
        left = span.length
        while left and (chunk := stream.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
