"""`/submissions`: the way in, and what became of what came in."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.api.delivery_reading import deliveries_of_submission
from caseway.api.delivery_shapes import DeliveryRow, delivery_row
from caseway.api.door import Limit, Page, actor_of, page, router, scoped, tagged
from caseway.api.openapi import SUBMIT
from caseway.api.shapes import (
    Accepted,
    CaseShape,
    DocumentShape,
    EventShape,
    SubmissionRow,
    case_shape,
    document_shape,
    event_shape,
    submission_row,
)
from caseway.api.upload import submit
from caseway.cases import queries as case_queries
from caseway.intake import queries
from caseway.intake.models import Submission
from caseway.intake.moments import Moment
from caseway.intake.queries import SubmissionFilter
from caseway.intake.text import Line

api = router()


class SubmissionDetail(SubmissionRow):
    """A submission and everything that became of it."""

    applicant: dict[str, Any]
    message: dict[str, Any]
    case: CaseShape
    documents: list[DocumentShape]
    events: list[EventShape]
    deliveries: list[DeliveryRow]


@api.post("/submissions", response={201: Accepted, 200: Accepted}, openapi_extra=SUBMIT)
def create_submission(request: HttpRequest) -> HttpResponse:
    """Accept a submission with its files. What is answered with 2xx is on disk."""
    return submit(request)


@api.get("/submissions", response=Page[SubmissionRow])
@scoped
def list_submissions(
    request: HttpRequest,
    after: UUID | None = None,
    limit: Limit = 50,
    form: Annotated[str, Line(100)] = "",
    state: Annotated[str, Line(16)] = "",
    since: Moment | None = None,
) -> dict[str, Any]:
    """List submissions, newest first; `state` is that of one of their deliveries."""
    wanted = SubmissionFilter(form=form, state=state, since=since)
    rows = queries.submissions(actor_of(request), wanted, after=after, limit=limit + 1)
    return page(rows, limit, submission_row)


@api.get("/submissions/{uuid:submission_id}", response=SubmissionDetail)
@scoped
def get_submission(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Show a submission and everything that became of it."""
    actor = actor_of(request)
    submission = queries.submission(actor, submission_id)
    audit.read(actor, "submission", submission.id, person_of(submission))
    return tagged(request, _detail(actor, submission))


def _detail(actor: Actor, submission: Submission) -> SubmissionDetail:
    documents = case_queries.documents_of_submission(actor, submission.id)
    events = case_queries.events(actor, submission_id=submission.id, limit=500)
    deliveries = deliveries_of_submission(actor, submission.id)
    return SubmissionDetail(
        **submission_row(submission).model_dump(),
        applicant=submission.applicant,
        message=submission.message,
        case=case_shape(submission.case),
        documents=[document_shape(document) for document in documents],
        events=[event_shape(event) for event in events],
        deliveries=[delivery_row(delivery) for delivery in deliveries],
    )


def person_of(submission: Submission) -> str | None:
    """Return what the applicant is found by in the audit trail."""
    return submission.applicant.get("mailboxId") or submission.applicant.get("email") or None
