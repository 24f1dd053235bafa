"""Questions about cases, documents and events. Each runs in the caller's scope."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.cases.models import Case, Document, Event
from caseway.core.errors import NotFound


def cases(actor: Actor, *, after: UUID | None = None, limit: int = 50) -> list[Case]:
    """Return cases, newest first, below the id `after`."""
    require(actor, "cases.read")
    rows = Case.objects.filter(organisation_id=actor.organisation_id).order_by("-id")
    return list((rows.filter(id__lt=after) if after else rows)[:limit])


def case(actor: Actor, case_id: UUID) -> Case:
    """Return one case. Raises `NotFound` (`case.not_found`)."""
    require(actor, "cases.read")
    found = Case.objects.filter(organisation_id=actor.organisation_id, id=case_id).first()
    if found is None:
        raise NotFound("There is no such case.", code="case.not_found")
    return found


def documents_of_submission(actor: Actor, submission_id: UUID) -> list[Document]:
    """Return the documents that arrived with a submission, in order, with their renditions."""
    return _in_order(actor, Document.objects.filter(submission_id=submission_id))


def documents_of_case(actor: Actor, case_id: UUID) -> list[Document]:
    """Return the documents of a case, in order, with their renditions."""
    return _in_order(actor, Document.objects.filter(case_id=case_id))


def document(actor: Actor, document_id: UUID) -> Document:
    """Return one document with its renditions. Raises `NotFound` (`document.not_found`)."""
    require(actor, "documents.read")
    rows = Document.objects.filter(organisation_id=actor.organisation_id, id=document_id)
    found = rows.prefetch_related("renditions").first()
    if found is None:
        raise NotFound("There is no such document.", code="document.not_found")
    return found


def events(
    actor: Actor, *, submission_id: UUID | None = None, case_id: UUID | None = None, limit: int = 200
) -> list[Event]:
    """Return what happened to a submission or a case, oldest first."""
    require(actor, "submissions.read")
    rows = Event.objects.filter(organisation_id=actor.organisation_id).order_by("id")
    wanted = {"submission_id": submission_id, "case_id": case_id}
    return list(rows.filter(**{name: value for name, value in wanted.items() if value})[:limit])


def _in_order(actor: Actor, rows: QuerySet[Document]) -> list[Document]:
    own = rows.filter(organisation_id=actor.organisation_id).prefetch_related("renditions")
    return list(own.order_by("submission_id", "index"))
