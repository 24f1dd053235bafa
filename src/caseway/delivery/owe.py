"""From what happened to what is owed, in the same transaction."""

from __future__ import annotations

from uuid import UUID

from django.db import connection as database
from django.db.models import Q

from caseway.cases.events import record
from caseway.cases.models import Event
from caseway.core.clock import now
from caseway.core.ids import uuid7
from caseway.delivery.dispatcher import enqueue_lane
from caseway.delivery.lanes import refresh_due
from caseway.delivery.models import Connection, Delivery, Route
from caseway.intake.models import Submission

_OPEN_LANE = """
INSERT INTO delivery_lane (id, organisation_id, connection_id, case_id, fence, leased_by)
VALUES (%s, %s, %s, %s, 0, '')
ON CONFLICT (connection_id, case_id) DO UPDATE SET fence = delivery_lane.fence
RETURNING id, (xmax = 0) AS fresh,
          (SELECT coalesce(max(position), 0) FROM delivery_delivery WHERE lane_id = delivery_lane.id)
"""


def owe_deliveries(event: Event) -> list[Delivery]:
    """Owe what the routes say for an accepted submission; without a route, write that nothing is owed."""
    submission = Submission.objects.get(id=str(event.submission_id))
    routes = matching_routes(submission)
    if not routes:
        record(
            "delivery.not_applicable",
            submission.organisation_id,
            submission_id=submission.id,
            case_id=submission.case_id,
            rule="no route matches",
        )
    return [owe(submission, route) for route in routes]


def matching_routes(submission: Submission) -> list[Route]:
    """Return the active routes whose every condition matches, in order, each connection once."""

    def empty_or(field: str, value: str) -> Q:
        return Q(**{field: ""}) | Q(**{field: value})

    found = Route.objects.filter(
        empty_or("kind", submission.kind),
        empty_or("channel", submission.channel),
        empty_or("form_id", submission.form_id),
        empty_or("service_id", submission.service_id),
        organisation_id=submission.organisation_id,
        active=True,
    ).select_related("connection")
    by_connection: dict[UUID, Route] = {}
    for route in found:
        by_connection.setdefault(route.connection_id, route)
    return list(by_connection.values())


def owe(submission: Submission, route: Route) -> Delivery:
    """Put one delivery at the end of its lane and give the lane a job where it is due now."""
    connection = route.connection
    lane_id, fresh, last = _lane(connection, submission)
    delivery = Delivery.objects.create(
        organisation_id=submission.organisation_id,
        lane_id=lane_id,
        position=last + 1,
        connection=connection,
        case_id=submission.case_id,
        submission=submission,
        route=route,
        route_name=route.name,
    )
    if fresh:
        with database.cursor() as cursor:
            cursor.execute("UPDATE delivery_lane SET due_at = %s WHERE id = %s", [now(), lane_id])
    else:
        refresh_due(lane_id)
    if connection.paused_at is None and connection.circuit == Connection.Circuit.CLOSED:
        enqueue_lane(lane_id, connection)
    record(
        "delivery.owed",
        submission.organisation_id,
        submission_id=submission.id,
        case_id=submission.case_id,
        delivery_id=delivery.id,
        route=route.name,
        connection=connection.name,
    )
    return delivery


def _lane(connection: Connection, submission: Submission) -> tuple[UUID, bool, int]:
    with database.cursor() as cursor:
        cursor.execute(_OPEN_LANE, [uuid7(), submission.organisation_id, connection.id, submission.case_id])
        lane_id, fresh, last = cursor.fetchone()
    return lane_id, fresh, last
