"""From rows to what a rail sees: the occasion of a delivery, its documents as streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache, partial
from typing import Any, BinaryIO
from uuid import UUID

from caseway.access.prepared import run
from caseway.configuration import configuration
from caseway.core.blobs import BlobStore
from caseway.intake.facts import facts_of
from caseway.intake.models import Submission
from caseway.rails.contract import Document, Occasion

# Lists and objects as JSON, so that one statement may hold several of them.
DOCUMENTS = """
SELECT json_agg(json_build_array(document.id, document.role, document.index, document.filename,
                                 rendition.media_type, rendition.size, rendition.sha256, document.title,
                                 document.field_key) ORDER BY document.index, document.id)
  FROM cases_rendition AS rendition JOIN cases_document AS document ON document.id = rendition.document_id
 WHERE document.submission_id = {submission} AND rendition.kind = 'original'
"""
ORIGIN = """
SELECT json_build_array(first.origin, first.reply) FROM intake_submission AS first
 WHERE first.case_id = {case} AND first.origin ->> 'connection' = {connection}::text
 ORDER BY first.id LIMIT 1
"""
STRUCTURED_LIMIT = 20_000_000  # bytes of a structured file that a mapping may look into


@lru_cache(maxsize=1)
def blob_store() -> BlobStore:
    """Return the store of contents of this process."""
    return BlobStore.from_url(configuration().blob_address)


def documents_of(submission_id: UUID) -> list[Document]:
    """Return the documents a submission came with, in order, in the caller's scope."""
    found = run(DOCUMENTS.format(submission="$1"), submission_id).fetchone()
    return documents_in(found[0] if found else None)


def documents_in(listed: Sequence[Sequence[Any]] | None) -> list[Document]:
    """Return the documents that `DOCUMENTS` lists."""
    return [
        Document(UUID(key), role, index, name, media_type, size, sha256, title, field, partial(_open, sha256))
        for key, role, index, name, media_type, size, sha256, title, field in listed or ()
    ]


def _open(sha256: str) -> AbstractContextManager[BinaryIO]:
    return _reading(sha256)


@contextmanager
def _reading(sha256: str) -> Iterator[BinaryIO]:
    with blob_store().open(sha256) as stream:
        yield stream


def origin_of(case_id: UUID, connection_id: UUID) -> dict[str, Any]:
    """Return how the case's first submission over a connection came, with its way to answer."""
    found = run(ORIGIN.format(case="$1", connection="$2"), case_id, str(connection_id)).fetchone()
    return origin_in(found[0] if found else None)


def origin_in(told: Sequence[Any] | None) -> dict[str, Any]:
    """Return the origin that `ORIGIN` tells."""
    return {**told[0], "reply": told[1]} if told else {}


def occasion_for(submission: Submission, resolved: Mapping[str, Any] | None) -> Occasion:
    """Return a submission as an occasion with a resolved mapping, in the caller's scope."""
    return occasion_with(submission, documents_of(submission.id), resolved)


def occasion_with(
    submission: Submission, documents: Sequence[Document], resolved: Mapping[str, Any] | None
) -> Occasion:
    """Return a submission with its documents as an occasion. Raises what reading a content raises."""
    structured = next((d for d in documents if d.role == "structured"), None)
    content = None
    if structured is not None and structured.size <= STRUCTURED_LIMIT:
        with structured.open() as stream:
            content = stream.read()
    return Occasion(
        submission_id=submission.id,
        case_id=submission.case_id,
        kind=submission.kind,
        facts=facts_of(submission, structured, content),
        documents=documents,
        mapping=resolved,
        reply=submission.reply,
        region=submission.region,
    )
