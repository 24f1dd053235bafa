"""The one transaction of accepting: case, submission, documents, renditions and event, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from caseway.access.actor import Actor
from caseway.cases import events
from caseway.cases.models import Case, Document, Event, Rendition
from caseway.cases.opening import case_by_reference, new_case, require_ours
from caseway.cases.writing import new_row, write_unless
from caseway.core.clock import now
from caseway.core.errors import Invalid
from caseway.core.ids import short_reference, uuid7
from caseway.intake.data import Provenance, SubmissionData
from caseway.intake.files import StoredFile
from caseway.intake.models import Submission


class KeyKnown(Exception):
    """The sender's key is there already; nothing of this transaction may stay."""


def store(
    actor: Actor,
    data: SubmissionData,
    files: Sequence[StoredFile],
    key: str,
    fingerprint: str,
    provenance: Provenance | None = None,
) -> tuple[Submission, list[Rendition]]:
    """Write everything of a new submission in the caller's transaction and return it with its contents.

    Raises `KeyKnown`, `Invalid` (`submission.continues_unknown`) and `Conflict` (`case.read_only`).
    """
    case, opened = _case(actor.organisation_id, data)
    submission = _submission(actor, data, files, key, fingerprint, case)
    submission.reply = dict(provenance.reply) if provenance else _said(data.reply)
    submission.origin = dict(provenance.origin) if provenance else {}
    documents = [_document(submission, file, index) for index, file in enumerate(files, start=1)]
    renditions = [_rendition(document, file) for document, file in zip(documents, files, strict=True)]
    happened = _happened(actor, submission, opened)
    follows = [row for event in happened for row in events.tell(event, about=submission)]
    rows = (submission, *([case] if opened else []), *documents, *renditions, *happened, *follows)
    if not write_unless("submission_idempotency", *rows):
        raise KeyKnown
    return submission, renditions


def _happened(actor: Actor, submission: Submission, opened: bool) -> list[Event]:
    happened = partial(
        events.happened,
        organisation_id=actor.organisation_id,
        submission_id=submission.id,
        case_id=submission.case_id,
        actor=actor.id,
    )
    opening = [happened("case.opened")] if opened else []
    accepted = happened(
        "submission.accepted",
        reference=submission.reference,
        submission_kind=submission.kind,
        form=submission.form_id,
    )
    return [*opening, accepted]


def _case(organisation_id: UUID, data: SubmissionData) -> tuple[Case, bool]:
    if data.continues:
        return require_ours(_continued(organisation_id, data.continues)), False
    reference = data.case.reference if data.case else ""
    if reference and (found := case_by_reference(organisation_id, reference)):
        return require_ours(found), False
    title = data.service.name or data.form.name or data.service.id or data.form.id or "Submission"
    return new_case(organisation_id, reference=reference, title=title, service_id=data.service.id), True


def _continued(organisation_id: UUID, name: str) -> Case:
    try:
        wanted: dict[str, object] = {"id": UUID(name)}
    except ValueError:
        wanted = {"reference": name}
    earlier = (
        Submission.objects.filter(organisation_id=organisation_id, **wanted).select_related("case").first()
    )
    if earlier is None:
        raise Invalid(
            "The submission that this one continues is not known here.",
            code="submission.continues_unknown",
            remedy="Name the id or the reference that the earlier one was answered with.",
        )
    return earlier.case


def _submission(
    actor: Actor, data: SubmissionData, files: Sequence[StoredFile], key: str, fingerprint: str, case: Case
) -> Submission:
    submission = new_row(
        Submission,
        organisation_id=actor.organisation_id,
        reference=short_reference("S"),
        kind=data.kind,
        channel=data.channel,
        sender=actor.id,
        idempotency_key=key,
        content_hash=fingerprint,
        case_id=case.id,
        form_id=data.form.id,
        form_name=data.form.name,
        form_version=data.form.version,
        service_id=data.service.id,
        service_name=data.service.name,
        leika_id=data.service.leika_id,
        region=data.region,
        applicant=_said(data.applicant),
        message=_message(data),
        test=data.test,
        submitted_at=data.submitted_at,
        documents_count=len(files),
        bytes=sum(file.size for file in files),
    )
    submission.case = case
    return submission


def _message(data: SubmissionData) -> dict[str, str]:
    """What we say is said when it is accepted: a repeat of the request, later, is still the same one."""
    if data.message is None:
        return {}
    sent = {"sentAt": now().isoformat()} if data.message.direction == "out" else {}
    return sent | _said(data.message) | {"id": str(uuid7())}


def _said(part: object) -> dict[str, str]:
    dump = getattr(part, "model_dump", None)
    return dict(dump(mode="json", by_alias=True, exclude_none=True)) if dump else {}


def _rendition(document: Document, file: StoredFile) -> Rendition:
    rendition = new_row(
        Rendition,
        organisation_id=document.organisation_id,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
        declared_media_type=file.declared_media_type,
    )
    rendition.document = document
    return rendition


def _document(submission: Submission, file: StoredFile, index: int) -> Document:
    return new_row(
        Document,
        organisation_id=submission.organisation_id,
        case_id=submission.case_id,
        submission_id=submission.id,
        role=file.role,
        index=index,
        title=file.title,
        filename=file.filename,
        field_key=file.field_key,
    )
