"""How things look in answers: plain schemas, camelCase, no personal data in lists."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from caseway.cases.models import Case, Document, Event
from caseway.intake.models import Submission
from caseway.intake.receive import Received


class Shape(Schema):
    """The base of every answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class FormShape(Shape):
    id: str
    name: str
    version: str


class ServiceShape(Shape):
    id: str
    name: str
    leika_id: str


class CaseShape(Shape):
    id: UUID
    reference: str
    title: str
    status: str
    service_id: str
    source_system: str
    opened_at: datetime
    closed_at: datetime | None


class DocumentShape(Shape):
    """A document with its original content; `content` is where that can be fetched."""

    id: UUID
    submission_id: UUID | None
    role: str
    index: int
    title: str
    filename: str
    field_key: str
    media_type: str
    size: int
    sha256: str
    content: str


class EventShape(Shape):
    """Something that happened. `data` holds words of Caseway, never of the sender."""

    id: UUID
    kind: str
    at: datetime
    submission_id: UUID | None
    case_id: UUID | None
    delivery_id: UUID | None
    data: dict[str, Any]


class SubmissionRow(Shape):
    """A submission as lists show it: nothing of the applicant."""

    id: UUID
    reference: str
    kind: str
    channel: str
    case_id: UUID
    case_reference: str
    form: FormShape
    service: ServiceShape
    test: bool
    submitted_at: datetime | None
    received_at: datetime
    documents_count: int
    bytes: int


class AcceptedDocument(Shape):
    """A file of an accepted submission, as it was stored."""

    id: UUID
    index: int
    role: str
    filename: str
    field_key: str
    media_type: str
    size: int
    sha256: str


class Accepted(Shape):
    """The answer to a submission; the same for every repeat of the request."""

    id: UUID
    reference: str
    kind: str
    case_id: UUID
    case_reference: str
    received_at: datetime
    test: bool
    documents: list[AcceptedDocument]


def accepted_body(received: Received) -> bytes:
    """Return the JSON of an `Accepted`, built by hand because it is on the hot path."""
    submission = received.submission
    documents = [
        {
            "id": str(rendition.document.id),
            "index": rendition.document.index,
            "role": rendition.document.role,
            "filename": rendition.document.filename,
            "fieldKey": rendition.document.field_key,
            "mediaType": rendition.media_type,
            "size": rendition.size,
            "sha256": rendition.sha256,
        }
        for rendition in received.renditions
    ]
    body = {
        "id": str(submission.id),
        "reference": submission.reference,
        "kind": submission.kind,
        "caseId": str(submission.case_id),
        "caseReference": submission.case.reference,
        "receivedAt": submission.received_at.isoformat(),
        "test": submission.test,
        "documents": documents,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def submission_row(submission: Submission) -> SubmissionRow:
    """Return a submission as lists show it."""
    return SubmissionRow(**_row(submission))


def _row(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.id,
        "reference": submission.reference,
        "kind": submission.kind,
        "channel": submission.channel,
        "case_id": submission.case_id,
        "case_reference": submission.case.reference,
        "form": FormShape(id=submission.form_id, name=submission.form_name, version=submission.form_version),
        "service": ServiceShape(
            id=submission.service_id, name=submission.service_name, leika_id=submission.leika_id
        ),
        "test": submission.test,
        "submitted_at": submission.submitted_at,
        "received_at": submission.received_at,
        "documents_count": submission.documents_count,
        "bytes": submission.bytes,
    }


def case_shape(case: Case) -> CaseShape:
    """Return a case."""
    return CaseShape.model_validate(case, from_attributes=True)


def document_shape(document: Document) -> DocumentShape:
    """Return a document; its renditions are loaded."""
    original = next(r for r in document.renditions.all() if r.kind == "original")
    return DocumentShape(
        id=document.id,
        submission_id=document.submission_id,
        role=document.role,
        index=document.index,
        title=document.title,
        filename=document.filename,
        field_key=document.field_key,
        media_type=original.media_type,
        size=original.size,
        sha256=original.sha256,
        content=f"/api/v1/documents/{document.id}/content",
    )


def event_shape(event: Event) -> EventShape:
    """Return an event."""
    return EventShape.model_validate(event, from_attributes=True)
