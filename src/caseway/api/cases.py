"""`/cases`: the case index."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from caseway.access import audit
from caseway.api.door import Limit, Page, actor_of, page, router, scoped, tagged
from caseway.api.shapes import (
    CaseShape,
    DocumentShape,
    EventShape,
    SubmissionRow,
    case_shape,
    document_shape,
    event_shape,
    submission_row,
)
from caseway.cases import queries
from caseway.intake.queries import SubmissionFilter, submissions

api = router()


class CaseDetail(CaseShape):
    """A case with what came for it and what happened; at most 200 of each."""

    submissions: list[SubmissionRow]
    documents: list[DocumentShape]
    events: list[EventShape]


@api.get("/cases", response=Page[CaseShape])
@scoped
def list_cases(request: HttpRequest, after: UUID | None = None, limit: Limit = 50) -> dict[str, Any]:
    """List cases, newest first."""
    return page(queries.cases(actor_of(request), after=after, limit=limit + 1), limit, case_shape)


@api.get("/cases/{uuid:case_id}", response=CaseDetail)
@scoped
def get_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case with its submissions, documents and events."""
    actor = actor_of(request)
    case = queries.case(actor, case_id)
    audit.read(actor, "case", case.id)
    came = submissions(actor, SubmissionFilter(case_id=case.id), limit=200)
    detail = CaseDetail(
        **case_shape(case).model_dump(),
        submissions=[submission_row(submission) for submission in came],
        documents=[document_shape(found) for found in queries.documents_of_case(actor, case.id)[:200]],
        events=[event_shape(event) for event in queries.events(actor, case_id=case.id, limit=200)],
    )
    return tagged(request, detail)
