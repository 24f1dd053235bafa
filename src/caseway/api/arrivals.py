"""`/arrivals`: what came over connections, what became of it, and what a person decides about it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import ConfigDict, Field

from caseway.api.delivery_shapes import ExchangeShape, exchange_shape
from caseway.api.door import Limit, Page, actor_of, page, router, scoped, tagged
from caseway.api.shapes import Shape
from caseway.delivery.models import Delivery
from caseway.intake.text import Line, Paragraphs
from caseway.receiving import deciding, queries
from caseway.receiving.models import Arrival
from caseway.receiving.queries import ArrivalFilter
from caseway.receiving.reasons import reasons_of

api = router()
Reason = Annotated[str, Line(500)]


class AnswerShape(Shape):
    """The answer that is owed or has gone out: a delivery like any other."""

    delivery_id: UUID
    purpose: str  # accept, reject, forward
    state: str


class ArrivalRow(Shape):
    """An arrival as lists show it. `late`: it has had no answer for too long."""

    id: UUID
    connection: str
    kind: str
    state: str
    remote_id: str
    remote_case_id: str
    destination: str
    found_at: datetime
    found_by: str
    answer_by: datetime | None
    late: bool
    submission_id: UUID | None
    case_id: UUID | None
    answer: AnswerShape | None
    failures: int
    next_try_at: datetime | None
    code: str
    sentence: str
    remedy: str


class ProblemShape(Shape):
    """One reason of a rejection, in the words of the other side's standard."""

    type: str
    title: str
    detail: str
    instance: str


class ArrivalDetail(ArrivalRow):
    """An arrival with what may be decided about it now, and the reasons a rejection may name."""

    problems: list[ProblemShape]
    reasons: list[ProblemShape]
    decisions: list[str]
    decided_by: str
    reason: str
    settled_at: datetime | None
    details: dict[str, Any]


class Decision(Shape):
    """Why it was decided so; kept here and not sent."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason = ""


class ChosenProblem(Shape):
    """A reason: `type` and `instance` exactly as listed with the arrival, and a detail of one's own."""

    model_config = ConfigDict(extra="forbid")
    type: Annotated[str, Line(300)]
    instance: Annotated[str, Line(200)]
    detail: Annotated[str, Paragraphs(deciding.DETAIL)] = ""


class Rejection(Decision):
    """Why it is rejected. Without problems those that were proven are taken."""

    problems: Annotated[list[ChosenProblem], Field(max_length=50)] = []


@api.get("/arrivals", response=Page[ArrivalRow])
@scoped
def list_arrivals(
    request: HttpRequest,
    after: UUID | None = None,
    limit: Limit = 50,
    state: Annotated[str, Line(16)] = "",
    connection: Annotated[str, Line(60)] = "",
    late: bool = False,
) -> dict[str, Any]:
    """List arrivals, newest first; every filter given must match."""
    wanted = ArrivalFilter(state, connection, late)
    rows = queries.arrivals(actor_of(request), wanted, after=after, limit=limit + 1)
    return page(rows, limit, arrival_row)


@api.get("/arrivals/{uuid:arrival_id}", response=ArrivalDetail)
@scoped
def get_arrival(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    """Show an arrival with what may be decided about it."""
    return tagged(request, _detail(queries.arrival(actor_of(request), arrival_id)))


@api.get("/arrivals/{uuid:arrival_id}/exchanges", response=Page[ExchangeShape])
@scoped
def list_arrival_exchanges(
    request: HttpRequest, arrival_id: UUID, after: UUID | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """List what was exchanged with the other side while it was collected, oldest first."""
    rows = queries.exchanges_of_arrival(actor_of(request), arrival_id, after=after, limit=limit + 1)
    return page(rows, limit, exchange_shape)


@api.post("/arrivals/{uuid:arrival_id}/accept", response=ArrivalRow)
@scoped
def post_accept(request: HttpRequest, arrival_id: UUID, wish: Decision) -> ArrivalRow:
    """Accept what is durable here. The answer is owed at once and goes out by itself."""
    return arrival_row(deciding.accept_arrival(actor_of(request), arrival_id, wish.reason))


@api.post("/arrivals/{uuid:arrival_id}/reject", response=ArrivalRow)
@scoped
def post_reject(request: HttpRequest, arrival_id: UUID, wish: Rejection) -> ArrivalRow:
    """Reject an arrival with reasons of the other side's list."""
    problems = [one.model_dump() for one in wish.problems]
    return arrival_row(deciding.reject_arrival(actor_of(request), arrival_id, problems, wish.reason))


@api.post("/arrivals/{uuid:arrival_id}/forward", response=ArrivalRow)
@scoped
def post_forward(request: HttpRequest, arrival_id: UUID, wish: Decision) -> ArrivalRow:
    """Tell the other side that it was taken over for forwarding; it is still to be accepted or rejected."""
    return arrival_row(deciding.forward_arrival(actor_of(request), arrival_id, wish.reason))


@api.post("/arrivals/{uuid:arrival_id}/collect", response=ArrivalRow)
@scoped
def post_collect(request: HttpRequest, arrival_id: UUID) -> ArrivalRow:
    """Have an arrival that is not taken in collected now."""
    return arrival_row(deciding.collect_again(actor_of(request), arrival_id))


def arrival_row(arrival: Arrival) -> ArrivalRow:
    """Return an arrival as lists show it; connection, submission and answer are loaded."""
    return ArrivalRow(**_values(arrival))


def _detail(arrival: Arrival) -> ArrivalDetail:
    return ArrivalDetail(
        **_values(arrival),
        problems=[ProblemShape(**problem) for problem in arrival.problems],
        reasons=[ProblemShape(**problem.as_json()) for problem in reasons_of(arrival)],
        decisions=sorted(queries.decisions_for(arrival)),
        decided_by=arrival.decided_by,
        reason=arrival.reason,
        settled_at=arrival.settled_at,
        # The other side's own words may name a person; they are told where documents are read, not here.
        details={name: value for name, value in arrival.details.items() if name != "remote"},
    )


def _values(arrival: Arrival) -> dict[str, Any]:
    same = (
        "id", "kind", "state", "remote_id", "remote_case_id", "destination", "found_at", "found_by",
        "answer_by", "submission_id", "failures", "next_try_at", "code", "sentence", "remedy",
    )  # fmt: skip
    answer, submission = arrival.answer, arrival.submission
    case_id = submission.case_id if submission else answer.case_id if answer else None
    return {
        **{name: getattr(arrival, name) for name in same},
        "connection": arrival.connection.slug,
        "late": arrival.is_late,
        "case_id": case_id,
        "answer": _answer(answer) if answer else None,
    }


def _answer(delivery: Delivery) -> AnswerShape:
    return AnswerShape(delivery_id=delivery.id, purpose=delivery.purpose, state=delivery.state)
