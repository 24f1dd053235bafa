"""`/cases/{id}/answers`, `/cases/{id}/conversation`: what is said to an applicant, and what was said."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from caseway.answers.conversation import Turn, conversation
from caseway.answers.data import AnswerData
from caseway.answers.sending import answer_case
from caseway.answers.ways import Way, ways_of
from caseway.api.door import actor_of, router, scoped
from caseway.api.openapi import ANSWER
from caseway.api.shapes import Accepted, Shape
from caseway.api.upload import accepted, described, files_of, opened
from caseway.core.errors import Conflict

api = router()


class SaidDocument(Shape):
    """A document that came or went with it; `content` is where it can be fetched."""

    id: UUID
    role: str
    title: str
    filename: str
    content: str


class TurnShape(Shape):
    """One thing said. `state` of an answer is that of its delivery, or `not_connected`; else `received`."""

    submission_id: UUID
    reference: str
    kind: str
    direction: str  # in, out
    at: datetime
    channel: str
    state: str
    subject: str
    body: str
    delivery_id: UUID | None
    connection: str
    documents: list[SaidDocument]


class WayShape(Shape):
    """A connected way. `fallback`: it carries what no way of its own leads to."""

    channel: str
    connection: str
    name: str
    route: str
    fallback: bool


class WaysShape(Shape):
    """How the applicant wants to be answered; `way` is null where nothing connected leads there."""

    channel: str
    way: WayShape | None
    others: list[WayShape]


class Conversation(Shape):
    """What was said on a case, oldest first, and which way an answer would go now."""

    items: list[TurnShape]
    ways: WaysShape | None


@api.post("/cases/{uuid:case_id}/answers", response={201: Accepted, 200: Accepted}, openapi_extra=ANSWER)
def create_answer(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Answer the applicant of a case, with files. What is answered with 2xx is on disk."""
    actor = actor_of(request)
    key, incoming = opened(request)
    said = described(incoming, "answer", AnswerData)
    received = answer_case(
        actor,
        case_id,
        said.subject,
        said.body,
        files_of(incoming),
        key,
        to=said.to,
        documents=said.documents,
    )
    return accepted(received)


@api.get("/cases/{uuid:case_id}/conversation", response=Conversation)
@scoped
def get_conversation(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    """Show what was said on a case, both ways, with how far each answer has come."""
    actor = actor_of(request)
    turns = [_turn(one) for one in conversation(actor, case_id)]
    return {"items": turns, "ways": _ways(request, case_id) if turns else None}


def _ways(request: HttpRequest, case_id: UUID) -> WaysShape | None:
    try:
        ways = ways_of(actor_of(request), case_id)
    except Conflict:  # only answers of ours: nobody to answer
        return None
    return WaysShape(
        channel=ways.channel,
        way=_way(ways.way) if ways.way else None,
        others=[_way(one) for one in ways.others],
    )


def _way(way: Way) -> WayShape:
    return WayShape(
        channel=way.channel, connection=way.slug, name=way.name, route=way.route, fallback=way.fallback
    )


def _turn(turn: Turn) -> TurnShape:
    return TurnShape(
        submission_id=turn.submission.id,
        reference=turn.submission.reference,
        kind=turn.kind,
        direction=turn.direction,
        at=turn.at,
        channel=turn.channel,
        state=turn.state,
        subject=turn.subject,
        body=turn.body,
        delivery_id=turn.delivery.id if turn.delivery else None,
        connection=turn.delivery.connection.slug if turn.delivery else "",
        documents=[
            SaidDocument(
                id=one.id,
                role=one.role,
                title=one.title,
                filename=one.filename,
                content=f"/api/v1/documents/{one.id}/content",
            )
            for one in turn.documents
        ],
    )
