"""Lanes: who works on which case at which connection, and when its head is due.

A claim is one conditional update that raises the lane's fence; every later write of the claimer asks for that
fence, so that a worker that lost its lease (a pause, a partition, a clock) cannot write any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection as database

from caseway.access.scope import everything, scope
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.delivery.models import Connection, Lane


class LeaseLost(Exception):
    """Another worker holds this lane now; whatever was going to be written must not be."""


@dataclass(frozen=True)
class Claim:
    """A lane that this worker may work on until its lease ends."""

    lane_id: UUID
    organisation_id: UUID
    connection_id: UUID
    case_id: UUID
    fence: int
    worker: str


_CLAIM = """
UPDATE delivery_lane AS lane
   SET fence = fence + 1, leased_until = %(until)s, leased_by = %(worker)s, enqueued_at = NULL
  FROM delivery_connection AS link
 WHERE lane.id = %(lane)s AND link.id = lane.connection_id
   AND lane.due_at <= %(now)s
   AND (lane.leased_until IS NULL OR lane.leased_until <= %(now)s)
   AND link.paused_at IS NULL
   AND (link.circuit = 'closed' OR link.circuit_until <= %(now)s)
   AND (SELECT count(*) FROM delivery_lane AS other
         WHERE other.connection_id = link.id AND other.leased_until > %(now)s)
       < CASE WHEN link.circuit = 'closed' THEN link.concurrency ELSE 1 END
RETURNING lane.organisation_id, lane.connection_id, lane.case_id, lane.fence, link.circuit
"""


def claim(lane_id: UUID, worker: str) -> Claim | None:
    """Take a due lane whose connection may be used, or return None.

    Claims of one connection stand in line (an advisory lock), so that its limit of concurrency is exact.
    Where the circuit is open and its time is up, this claim is the one that tries (half open).
    """
    moment = now()
    with everything(), database.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(connection_id::text, 7)) "
            "FROM delivery_lane WHERE id = %s",
            [lane_id],
        )
        cursor.execute(
            _CLAIM, {"lane": lane_id, "worker": worker, "now": moment, "until": _lease_end(moment)}
        )
        row = cursor.fetchone()
        if row is None:
            Lane.objects.filter(id=lane_id).update(enqueued_at=None)
            return None
        if row[4] == Connection.Circuit.OPEN:
            Connection.objects.filter(id=row[1]).update(
                circuit=Connection.Circuit.HALF_OPEN, circuit_until=_lease_end(moment)
            )
    return Claim(lane_id, row[0], row[1], row[2], row[3], worker)


def hold(claim: Claim) -> None:
    """Renew the lease in the caller's transaction. Raises `LeaseLost`."""
    held = Lane.objects.filter(id=claim.lane_id, fence=claim.fence).update(leased_until=_lease_end(now()))
    if not held:
        raise LeaseLost(claim.lane_id)


def release(claim: Claim) -> None:
    """Let go of a lane and write down when its head is due. Another's lane is left alone."""
    with scope(claim.organisation_id):
        let_go(claim)


def let_go(claim: Claim) -> None:
    """Release a lane in the caller's transaction."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_lane SET leased_until = NULL, leased_by = '', due_at = (" + HEAD_DUE + ") "
            "WHERE id = %(lane)s AND fence = %(fence)s",
            {"lane": claim.lane_id, "fence": claim.fence},
        )


# The lowest delivery of the lane that is not over decides: one that is stuck parks the lane (null).
HEAD_DUE = """
SELECT CASE WHEN head.state IN ('refused', 'attention') THEN NULL ELSE head.next_attempt_at END
  FROM delivery_delivery AS head
 WHERE head.lane_id = delivery_lane.id AND head.state NOT IN ('delivered', 'not_applicable', 'sent')
 ORDER BY head.position LIMIT 1
"""


def refresh_due(*lane_ids: UUID) -> None:
    """Recompute when lanes are due, in the caller's transaction."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_lane SET due_at = (" + HEAD_DUE + ") WHERE id = ANY(%(lanes)s)",
            {"lanes": list(lane_ids)},
        )


def _lease_end(moment: datetime) -> datetime:
    return moment + timedelta(seconds=configuration().lease_seconds)
