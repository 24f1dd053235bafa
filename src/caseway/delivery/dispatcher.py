"""Decides which lanes get a job now. A waiting delivery is a row, not a job.

Only lanes whose head is due, on connections that may be used, have jobs, and never more than `CAP` of one
connection: the job table stays small however long an outage lasts (RELIABILITY, section 6).
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import connection as database

from caseway.access.scope import everything
from caseway.core.clock import now
from caseway.delivery.models import Lane

CAP = 200
BATCH = 4
LOST_AFTER = timedelta(minutes=2)

_TAKE = """
UPDATE delivery_lane SET enqueued_at = %(now)s
 WHERE id IN (
    SELECT lane.id FROM delivery_lane AS lane JOIN delivery_connection AS link ON link.id = lane.connection_id
     WHERE lane.connection_id = %(connection)s AND lane.due_at <= %(now)s AND lane.enqueued_at IS NULL
       AND (lane.leased_until IS NULL OR lane.leased_until <= %(now)s)
       AND link.paused_at IS NULL AND (link.circuit = 'closed' OR link.circuit_until <= %(now)s)
     ORDER BY lane.due_at
     LIMIT (SELECT CASE WHEN circuit = 'closed' THEN %(limit)s ELSE 1 END
              FROM delivery_connection WHERE id = %(connection)s)
     FOR UPDATE OF lane SKIP LOCKED)
RETURNING id
"""


def top_up(connection_id: UUID) -> int:
    """Give jobs to due lanes of a connection, up to the cap. Returns how many got one."""
    with everything():
        free = CAP - _enqueued(connection_id)
        return _enqueue(connection_id, free) if free >= CAP // 2 else 0


def enqueue_lane(lane_id: UUID, connection_id: UUID) -> None:
    """Give a lane its job in the caller's transaction, unless its connection has jobs enough."""
    from caseway.delivery.engine import drain

    if _enqueued(connection_id) < CAP and Lane.objects.filter(id=lane_id, enqueued_at=None).update(
        enqueued_at=now()
    ):
        drain.defer(lanes=[str(lane_id)])


def sweep() -> int:
    """Give jobs to every due lane of every usable connection; forget jobs that were lost. Periodic."""
    moment = now()
    with everything(), database.cursor() as cursor:
        Lane.objects.filter(enqueued_at__lt=moment - LOST_AFTER).update(enqueued_at=None)
        cursor.execute(
            "SELECT id FROM delivery_connection WHERE paused_at IS NULL "
            "AND (circuit = 'closed' OR circuit_until <= %s) AND EXISTS (SELECT 1 FROM delivery_lane AS lane "
            "WHERE lane.connection_id = delivery_connection.id AND lane.due_at <= %s)",
            [moment, moment],
        )
        usable = [row[0] for row in cursor.fetchall()]
    return sum(top_up(connection_id) for connection_id in usable)


def _enqueued(connection_id: UUID) -> int:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM delivery_lane "
            "WHERE connection_id = %s AND enqueued_at IS NOT NULL LIMIT %s) AS some",
            [connection_id, CAP],
        )
        return int(cursor.fetchone()[0])


def _enqueue(connection_id: UUID, limit: int) -> int:
    from caseway.delivery.engine import drain

    with database.cursor() as cursor:
        cursor.execute(_TAKE, {"connection": connection_id, "now": now(), "limit": limit})
        lanes = [str(row[0]) for row in cursor.fetchall()]
    batches = [lanes[i : i + BATCH] for i in range(0, len(lanes), BATCH)]
    if batches:
        drain.batch_defer(*({"lanes": batch} for batch in batches))
    return len(lanes)
