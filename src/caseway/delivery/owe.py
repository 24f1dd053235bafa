"""From what happened to what is owed, in the same transaction. The hot path of accepting: few round trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from caseway.access.prepared import run
from caseway.cases.events import record, written_with
from caseway.cases.models import Event
from caseway.cases.writing import write
from caseway.core.clock import now
from caseway.core.ids import uuid7
from caseway.delivery.dispatcher import enqueue_lane
from caseway.delivery.lanes import refresh_due
from caseway.delivery.models import Connection, Delivery
from caseway.delivery.ways import is_way, way_to_answer
from caseway.intake.models import Submission

# An empty condition matches everything; each connection is owed once, by the first route that matches.
_MATCHING = """
SELECT DISTINCT ON (route.connection_id) route.id, route.name, link.id, link.name, link.concurrency,
       link.paused_at IS NULL AND link.circuit = 'closed', link.rail, route.channel, route.position
  FROM delivery_route AS route JOIN delivery_connection AS link ON link.id = route.connection_id
 WHERE route.active AND route.organisation_id = $1
   AND route.kind IN ('', $2) AND route.channel IN ('', $3)
   AND route.form_id IN ('', $4) AND route.service_id IN ('', $5)
 ORDER BY route.connection_id, route.position, route.id
"""

# A new lane is due at once; of a known one the head decides.
_OPEN_LANE = """
INSERT INTO delivery_lane (id, organisation_id, connection_id, case_id, fence, leased_by, due_at)
VALUES ($1, $2, $3, $4, 0, '', $5)
ON CONFLICT (connection_id, case_id) DO UPDATE SET fence = delivery_lane.fence
RETURNING id, (xmax = 0) AS fresh,
          (SELECT coalesce(max(position), 0) FROM delivery_delivery WHERE lane_id = delivery_lane.id)
"""


@dataclass(frozen=True)
class Match:
    """A route that matches, with what owing needs to know of its connection."""

    route_id: UUID
    route_name: str
    connection: Connection  # id, name, rail and concurrency only
    usable: bool
    channel: str = ""
    position: int = 0


def owe_deliveries(event: Event) -> list[Delivery]:
    """Owe what the routes say for an accepted submission; without a route, write that nothing is owed.

    What came over a connection never goes back over it: there it is answered.
    """
    submission = written_with(event, Submission) or Submission.objects.get(id=str(event.submission_id))
    came_over = submission.origin.get("connection", "")
    matches = [one for one in matching_routes(submission) if str(one.connection.id) != came_over]
    if submission.kind == Submission.Kind.ANSWER:
        matches = one_way_to_answer(submission, matches)
    if not matches:
        record(
            "delivery.not_applicable",
            submission.organisation_id,
            submission_id=submission.id,
            case_id=submission.case_id,
            rule="no route matches",
        )
    return [owe(submission, match) for match in matches]


def matching_routes(submission: Submission) -> list[Match]:
    """Return the active routes whose every condition matches, each connection once."""
    found = run(
        _MATCHING,
        submission.organisation_id,
        submission.kind,
        submission.channel,
        submission.form_id,
        submission.service_id,
    )
    return [
        Match(
            route,
            name,
            Connection(id=link, name=link_name, concurrency=concurrency, rail=rail_id),
            usable,
            channel,
            position,
        )
        for route, name, link, link_name, concurrency, usable, rail_id, channel, position in found
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


def owe(submission: Submission, match: Match) -> Delivery:
    """Put one delivery at the end of its lane and give the lane a job where it is due now."""
    lane_id, fresh, last = _lane(match.connection.id, submission.organisation_id, submission.case_id)
    delivery = Delivery(
        organisation_id=submission.organisation_id,
        lane_id=lane_id,
        position=last + 1,
        connection_id=match.connection.id,
        case_id=submission.case_id,
        submission_id=submission.id,
        route_id=match.route_id,
        route_name=match.route_name,
    )
    owed = Event(
        organisation_id=submission.organisation_id,
        kind="delivery.owed",
        submission_id=submission.id,
        case_id=submission.case_id,
        delivery_id=delivery.id,
        data={"route": match.route_name, "connection": match.connection.name},
    )
    write(delivery, owed)
    if not fresh:
        refresh_due(lane_id)
    if match.usable:
        enqueue_lane(lane_id, match.connection)
    return delivery


def owe_answer(
    connection: Connection,
    case_id: UUID,
    submission_id: UUID | None,
    purpose: str,
    brief: Mapping[str, Any],
    remote_case_id: str = "",
) -> Delivery:
    """Owe an answer to what came over a connection, in the caller's transaction (see `Purpose`)."""
    lane_id, fresh, last = _lane(connection.id, connection.organisation_id, case_id)
    delivery = Delivery(
        organisation_id=connection.organisation_id,
        lane_id=lane_id,
        position=last + 1,
        connection_id=connection.id,
        case_id=case_id,
        submission_id=submission_id,
        purpose=purpose,
        brief=dict(brief),
        remote_case_id=remote_case_id,
        route_name=purpose,
    )
    owed = Event(
        organisation_id=connection.organisation_id,
        kind="delivery.owed",
        submission_id=submission_id,
        case_id=case_id,
        delivery_id=delivery.id,
        data={"route": purpose, "connection": connection.name},
    )
    write(delivery, owed)
    if not fresh:
        refresh_due(lane_id)
    if connection.paused_at is None and connection.circuit == Connection.Circuit.CLOSED:
        enqueue_lane(lane_id, connection)
    return delivery


def _lane(connection_id: UUID, organisation_id: UUID, case_id: UUID) -> tuple[UUID, bool, int]:
    opened = run(_OPEN_LANE, uuid7(), organisation_id, connection_id, case_id, now())
    lane_id, fresh, last = opened.fetchone() or (None, False, 0)
    return lane_id, fresh, last
