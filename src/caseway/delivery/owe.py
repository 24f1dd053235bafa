"""From what happened to what is owed, in the same transaction. The hot path of accepting: few round trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from caseway.access.prepared import run
from caseway.cases.events import happened, record, written_with
from caseway.cases.models import Event
from caseway.cases.writing import new_row, write
from caseway.core.clock import now
from caseway.core.ids import uuid7
from caseway.delivery.dispatcher import busy_sql, enqueue_lane, give_job
from caseway.delivery.models import Connection, Delivery, Lane
from caseway.delivery.ways import is_way, way_to_answer
from caseway.intake.models import Submission

# An empty condition matches everything; each connection is owed once, by the first route that matches.
_MATCHING = f"""
SELECT DISTINCT ON (route.connection_id)
       route.id, route.name, link.id, link.name, link.concurrency, link.rail,
       link.paused_at IS NULL AND link.circuit = 'closed',
       {busy_sql("link.id", "$6", "link.concurrency")} < link.concurrency,
       route.channel, route.position
  FROM delivery_route AS route JOIN delivery_connection AS link ON link.id = route.connection_id
 WHERE route.active AND route.organisation_id = $1
   AND route.kind IN ('', $2) AND route.channel IN ('', $3)
   AND route.form_id IN ('', $4) AND route.service_id IN ('', $5)
 ORDER BY route.connection_id, route.position, route.id
"""

# Where nothing is open in a lane, what is put into it is its head and due at once.
_OPEN_LANE = """
INSERT INTO delivery_lane (id, organisation_id, connection_id, case_id, fence, leased_by, due_at)
VALUES ($1, $2, $3, $4, 0, '', $5)
ON CONFLICT (connection_id, case_id) DO UPDATE SET due_at = CASE WHEN EXISTS (
    SELECT FROM delivery_delivery AS other
     WHERE other.lane_id = delivery_lane.id AND other.state NOT IN ('delivered', 'not_applicable')
) THEN delivery_lane.due_at ELSE excluded.due_at END
RETURNING id, (SELECT coalesce(max(position), 0) FROM delivery_delivery WHERE lane_id = delivery_lane.id)
"""


@dataclass(frozen=True)
class Match:
    """A route that matches, with what owing needs to know of its connection."""

    route_id: UUID
    route_name: str
    connection: Connection  # id, name, rail and concurrency only
    usable: bool
    free: bool = True  # it can work on another lane now
    channel: str = ""
    position: int = 0


def owe_deliveries(event: Event) -> list[Model]:
    """Return what the routes say is owed for an accepted submission; without a route, that nothing is owed.

    What came over a connection never goes back over it: there it is answered.
    """
    submission = written_with(event, Submission) or Submission.objects.get(id=str(event.submission_id))
    came_over = submission.origin.get("connection", "")
    matches = [one for one in matching_routes(submission) if str(one.connection.id) != came_over]
    if submission.kind == Submission.Kind.ANSWER:
        matches = one_way_to_answer(submission, matches)
    if not matches:
        return [
            happened(
                "delivery.not_applicable",
                submission.organisation_id,
                submission_id=submission.id,
                case_id=submission.case_id,
                rule="no route matches",
            )
        ]
    return [row for match in matches for row in owe(submission, match)]


def matching_routes(submission: Submission) -> list[Match]:
    """Return the active routes whose every condition matches, each connection once."""
    found = run(
        _MATCHING,
        submission.organisation_id,
        submission.kind,
        submission.channel,
        submission.form_id,
        submission.service_id,
        now(),
    )
    return [
        Match(
            route,
            name,
            new_row(Connection, id=link, name=link_name, concurrency=concurrency, rail=rail_id),
            *rest,
        )
        for route, name, link, link_name, concurrency, rail_id, *rest in found
    ]


def one_way_to_answer(submission: Submission, matches: Sequence[Match]) -> list[Match]:
    """Return the matches with one of the ways to answer only: an applicant gets an answer once.

    Where none leads to the applicant, that is written down, for a person to see.
    """
    others = [one for one in matches if not is_way(one)]
    way = way_to_answer(submission, matches)
    if way is None:
        record(
            "answer.not_connected",
            submission.organisation_id,
            submission_id=submission.id,
            case_id=submission.case_id,
            channel=submission.channel,
        )
    return [*others, way] if way else others


def owe(submission: Submission, match: Match) -> list[Model]:
    """Return a delivery at the end of its lane, to be written; the lane has its job where it is due now."""
    lanes: list[Model] = []
    if submission.case._state.adding:  # nobody else can know this case yet, nor have a lane of it
        lane = _first_lane(submission, match)
        lanes, lane_id, position = [lane], lane.id, 1
    else:
        lane_id, position = _next_in_lane(match.connection.id, submission.organisation_id, submission.case_id)
        if match.usable:
            enqueue_lane(lane_id, match.connection)
    delivery = new_row(
        Delivery,
        organisation_id=submission.organisation_id,
        lane_id=lane_id,
        position=position,
        connection_id=match.connection.id,
        case_id=submission.case_id,
        submission_id=submission.id,
        route_id=match.route_id,
        route_name=match.route_name,
    )
    return [*lanes, delivery, _owed(delivery, match.connection)]


def owe_answer(
    connection: Connection,
    case_id: UUID,
    submission_id: UUID | None,
    purpose: str,
    brief: Mapping[str, Any],
    remote_case_id: str = "",
) -> Delivery:
    """Owe an answer to what came over a connection, in the caller's transaction (see `Purpose`)."""
    lane_id, position = _next_in_lane(connection.id, connection.organisation_id, case_id)
    delivery = Delivery(
        organisation_id=connection.organisation_id,
        lane_id=lane_id,
        position=position,
        connection_id=connection.id,
        case_id=case_id,
        submission_id=submission_id,
        purpose=purpose,
        brief=dict(brief),
        remote_case_id=remote_case_id,
        route_name=purpose,
    )
    write(delivery, _owed(delivery, connection))
    if connection.paused_at is None and connection.circuit == Connection.Circuit.CLOSED:
        enqueue_lane(lane_id, connection)
    return delivery


def _owed(delivery: Delivery, connection: Connection) -> Event:
    return happened(
        "delivery.owed",
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        route=delivery.route_name,
        connection=connection.name,
    )


def _first_lane(submission: Submission, match: Match) -> Lane:
    moment = now()
    lane = new_row(
        Lane,
        organisation_id=submission.organisation_id,
        connection_id=match.connection.id,
        case_id=submission.case_id,
        due_at=moment,
        enqueued_at=moment if match.usable and match.free else None,
    )
    if lane.enqueued_at:
        give_job(lane.id)
    return lane


def _next_in_lane(connection_id: UUID, organisation_id: UUID, case_id: UUID) -> tuple[UUID, int]:
    """Open the lane of a case that others may know, and return it with the position behind its last."""
    lane_id, last = run(_OPEN_LANE, uuid7(), organisation_id, connection_id, case_id, now()).fetchall()[0]
    return lane_id, last + 1
