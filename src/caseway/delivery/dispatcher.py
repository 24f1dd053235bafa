"""Decides which lanes get a job now. A waiting delivery is a row, not a job.

Only lanes whose head is due, on connections that may be used, have jobs, and never more than a connection's
limit of concurrency can work on: the job table stays small however long an outage lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import connection as database
from procrastinate.types import JSONDict

from caseway.access.prepared import run
from caseway.access.scope import everything
from caseway.core.clock import now
from caseway.delivery.models import Connection, Lane

BATCH = 8  # lanes of one job
LOST_AFTER = timedelta(minutes=1)

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


def busy_sql(connection: str, moment: str, most: str) -> str:
    """Return the expression for how many lanes of a connection have a job or a worker, up to `most`."""
    return (
        f"((SELECT count(*) FROM (SELECT 1 FROM delivery_lane WHERE connection_id = {connection} "
        f"AND enqueued_at IS NOT NULL LIMIT {most}) AS waiting) + (SELECT count(*) FROM delivery_lane "
        f"WHERE connection_id = {connection} AND leased_until > {moment}))"
    )


_BUSY = f"SELECT {busy_sql('$1', '$2', '$3')}"
_MARK = (
    "UPDATE delivery_lane SET enqueued_at = $2 WHERE id = $4 AND enqueued_at IS NULL "
    f"AND {busy_sql('$1', '$2', '$3')} < $3"
)


def top_up(connection_id: UUID) -> int:
    """Give jobs to due lanes of a connection, as many as it can bear. Returns how many lanes got one."""
    with everything():
        concurrency = _concurrency(connection_id)
        free = concurrency * BATCH - _busy(connection_id, concurrency * BATCH)
        return _enqueue(connection_id, free) if free >= BATCH else 0


def enqueue_lane(lane_id: UUID, connection: Connection) -> None:
    """Give a lane its job in the caller's transaction; where its connection is busy, a job that ends does."""
    if run(_MARK, connection.id, now(), connection.concurrency, lane_id).rowcount:
        give_job(lane_id)


def give_job(lane_id: UUID) -> None:
    """Write the job of a lane that is marked as having one, in the caller's transaction."""
    from caseway.delivery.engine import drain

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


def forget_job(lanes: Sequence[str]) -> None:
    """Let lanes have a job again: theirs died with its worker. A second job for a lane does no harm."""
    with everything():
        Lane.objects.filter(id__in=lanes).update(enqueued_at=None)


def _concurrency(connection_id: UUID) -> int:
    return Connection.objects.values_list("concurrency", flat=True).get(id=connection_id)


def _busy(connection_id: UUID, most: int) -> int:
    row = run(_BUSY, connection_id, now(), most).fetchone()
    return int(row[0]) if row else 0


def _enqueue(connection_id: UUID, limit: int) -> int:
    from caseway.delivery.engine import drain

    with database.cursor() as cursor:
        cursor.execute(_TAKE, {"connection": connection_id, "now": now(), "limit": limit})
        lanes = [str(row[0]) for row in cursor.fetchall()]
    batches = [lanes[i : i + BATCH] for i in range(0, len(lanes), BATCH)]
    if batches:
        jobs: list[JSONDict] = [{"lanes": list(batch)} for batch in batches]
        drain.batch_defer(*jobs)
    return len(lanes)
