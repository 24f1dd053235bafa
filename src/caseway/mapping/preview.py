"""A mapping tried on a real submission: what the DMS would get, what stands in the way. Nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.cases.models import Rendition
from caseway.core.errors import Invalid
from caseway.intake.contents import contents
from caseway.intake.facts import facts_of
from caseway.intake.models import Submission
from caseway.intake.queries import submission as find_submission
from caseway.mapping import catalogue
from caseway.mapping.facts import DocumentFacts, Facts
from caseway.mapping.render import render_what_can
from caseway.mapping.rendered import Rendered
from caseway.mapping.typedefs import TypeDefinitions

STRUCTURED_LIMIT = 5_000_000  # bytes of a structured file that a preview opens


@dataclass(frozen=True)
class Sample:
    """A submission as a mapping sees it."""

    submission: Submission
    facts: Facts
    documents: Sequence[DocumentFacts]


@dataclass(frozen=True)
class Preview:
    """What rendering gives; where `problems` has entries, filing would stop before the first call."""

    sample: Sample
    rendered: Rendered
    problems: Sequence[Invalid]


def preview(
    actor: Actor, document: Mapping[str, Any], submission_id: UUID, types: TypeDefinitions | None = None
) -> Preview:
    """Render a document, draft or not, with a stored submission. Raises `Invalid` when `extends` is wrong."""
    return render_sample(actor, document, sample_of(actor, submission_id), types)


def render_sample(
    actor: Actor, document: Mapping[str, Any], sample: Sample, types: TypeDefinitions | None = None
) -> Preview:
    """Render a document with a sample that was read already."""
    resolved = catalogue.resolved(actor, document)
    rendered, problems = render_what_can(resolved, sample.facts, sample.documents, types)
    return Preview(sample, rendered, problems)


def sample_of(actor: Actor, submission_id: UUID) -> Sample:
    """Read a submission for a preview; who looked is in the audit trail.

    Raises `NotFound` (`submission.not_found`) and `NotPermitted`.
    """
    require(actor, "mappings.read")
    require(actor, "documents.read")
    submission = find_submission(actor, submission_id)
    audit.record(actor, "mappings.preview", "submission", str(submission.id))
    rows = Rendition.objects.filter(document__submission_id=submission.id, kind="original")
    renditions = list(rows.select_related("document").order_by("document__index", "document_id"))
    documents = [_document_facts(rendition) for rendition in renditions]
    structured = next((one for one in documents if one.role == "structured"), None)
    return Sample(submission, facts_of(submission, structured, _content(structured)), documents)


def _document_facts(rendition: Rendition) -> DocumentFacts:
    document = rendition.document
    return DocumentFacts(
        id=str(document.id),
        role=document.role,
        index=document.index,
        filename=document.filename,
        media_type=rendition.media_type,
        size=rendition.size,
        sha256=rendition.sha256,
        title=document.title,
        field_key=document.field_key,
    )


def _content(structured: DocumentFacts | None) -> bytes | None:
    if structured is None or structured.size > STRUCTURED_LIMIT:
        return None
    with contents().open(structured.sha256) as stream:
        return bytes(stream.read())
