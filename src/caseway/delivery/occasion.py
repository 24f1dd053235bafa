"""From rows to what a rail sees: the occasion of a delivery, its documents as streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, BinaryIO
from uuid import UUID

from caseway.cases.models import Rendition
from caseway.configuration import configuration
from caseway.core.blobs import BlobStore
from caseway.core.clock import now
from caseway.core.errors import NotConfigured
from caseway.delivery.models import Delivery
from caseway.intake.facts import facts_of
from caseway.intake.models import Submission
from caseway.mapping.facts import Facts
from caseway.mapping.models import MappingVersion
from caseway.mapping.publishing import mapping_for
from caseway.rails.contract import Document, Occasion

STRUCTURED_LIMIT = 20_000_000  # bytes of a structured file that a mapping may look into


@lru_cache(maxsize=1)
def blob_store() -> BlobStore:
    """Return the store of contents of this process."""
    return BlobStore.from_url(configuration().blob_address)


def documents_of(submission_id: UUID) -> list[Document]:
    """Return the documents a submission came with, in order, in the caller's scope."""
    renditions = (
        Rendition.objects.filter(document__submission_id=submission_id, kind="original")
        .select_related("document")
        .order_by("document__index", "document_id")
    )
    return [_document(rendition) for rendition in renditions]


def _document(rendition: Rendition) -> Document:
    document = rendition.document
    return Document(
        id=document.id,
        role=document.role,
        index=document.index,
        filename=document.filename,
        media_type=rendition.media_type,
        size=rendition.size,
        sha256=rendition.sha256,
        title=document.title,
        field_key=document.field_key,
        open=partial(_open, rendition.sha256),
    )


def _open(sha256: str) -> AbstractContextManager[BinaryIO]:
    return _reading(sha256)


@contextmanager
def _reading(sha256: str) -> Iterator[BinaryIO]:
    with blob_store().open(sha256) as stream:
        yield stream


def occasion_of(delivery: Delivery, mapping: MappingVersion | None) -> Occasion:
    """Return what a delivery is about, in the caller's scope."""
    answering: dict[str, Any] = {
        "purpose": delivery.purpose,
        "brief": delivery.brief,
        "origin": origin_of(delivery.case_id, delivery.connection_id),
    }
    if delivery.submission is None:
        nothing = Facts({})
        return Occasion(None, delivery.case_id, "application", nothing, (), None, **answering)
    occasion = occasion_for(delivery.submission, mapping.resolved if mapping else None)
    return replace(occasion, **answering)


def origin_of(case_id: UUID, connection_id: UUID) -> dict[str, Any]:
    """Return how the case's first submission over a connection came, with its way to answer."""
    first = (
        Submission.objects.filter(case_id=case_id, origin__connection=str(connection_id))
        .order_by("id")
        .values("origin", "reply")
        .first()
    )
    return {**first["origin"], "reply": first["reply"]} if first else {}


def occasion_for(submission: Submission, resolved: Mapping[str, Any] | None) -> Occasion:
    """Return a submission as an occasion with a resolved mapping, in the caller's scope."""
    documents = documents_of(submission.id)
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


def mapping_of(delivery: Delivery) -> MappingVersion:
    """Return the mapping in force for a delivery. Raises `NotConfigured` when nothing is bound."""
    submission = delivery.submission
    if submission is None:
        raise NotConfigured("An answer without a submission has no mapping.", code="mapping.not_bound")
    mapping = mapping_for(
        delivery.organisation_id,
        form_id=submission.form_id,
        service_id=submission.service_id,
        connection_slug=delivery.connection.slug,
        at=now(),
    )
    if mapping is None:
        raise NotConfigured(
            f"No mapping is bound for form “{submission.form_id}” at {delivery.connection.name}.",
            code="mapping.not_bound",
            remedy="Publish a mapping, bind it to the form or service, then retry.",
            form=submission.form_id,
            service=submission.service_id,
        )
    return mapping
