"""The content of a document, to take away."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from caseway.access import audit
from caseway.access.scope import scope
from caseway.cases.queries import document as find_document
from caseway.core.errors import NotFound
from caseway.intake.contents import contents
from caseway.portal.doors import actor_of, screen

PIECE = 256 * 1024


@screen("documents.read", in_transaction=False)
def download(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """Stream a document as an attachment, never shown by the browser; the trail says who took it."""
    actor = actor_of(request)
    with scope(actor.organisation_id):
        document = find_document(actor, document_id)
        rendition = document.renditions.first()
        audit.read(actor, "document", document.id)
    if rendition is None or not contents().exists(rendition.sha256):
        raise NotFound("The content of this document is not here.", code="document.content_missing")
    response = StreamingHttpResponse(_pieces(rendition.sha256), content_type=rendition.media_type)
    response["Content-Length"] = str(rendition.size)
    response["Content-Disposition"] = content_disposition_header(True, document.filename) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _pieces(sha256: str) -> Iterator[bytes]:
    with contents().open(sha256) as stream:
        while piece := stream.read(PIECE):
            yield piece
