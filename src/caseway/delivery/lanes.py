"""Lanes: who works on which case at which connection, and when its head is due.

A claim is one conditional update that raises the lane's fence; every later write of the claimer asks for that
fence, so that a worker that lost its lease (a pause, a partition, a clock) cannot write any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from caseway.access.prepared import run
from caseway.access.scope import everything, scope
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.delivery.models import Connection


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
    head: UUID | None = None  # the delivery that was due when the lane was claimed


_LEASED = "(SELECT count(*) FROM delivery_lane WHERE connection_id = link.id AND leased_until > {now})"

# Whose connection is seen to be full need not stand in line to be told so.
_IN_LINE = f"""
SELECT pg_advisory_xact_lock(hashtextextended(lane.connection_id::text, 7))
  FROM delivery_lane AS lane JOIN delivery_connection AS link ON link.id = lane.connection_id
 WHERE lane.id = $1 AND {_LEASED.format(now="$2")} < link.concurrency
"""
_CLAIM = f"""
UPDATE delivery_lane AS lane
   SET fence = fence + 1, leased_until = $4, leased_by = $2, enqueued_at = NULL
  FROM delivery_connection AS link
 WHERE lane.id = $1 AND link.id = lane.connection_id
   AND lane.due_at <= $3
   AND (lane.leased_until IS NULL OR lane.leased_until <= $3)
   AND link.paused_at IS NULL
   AND (link.circuit = 'closed' OR link.circuit_until <= $3)
   AND {_LEASED.format(now="$3")} < CASE WHEN link.circuit = 'closed' THEN link.concurrency ELSE 1 END
RETURNING lane.organisation_id, lane.connection_id, lane.case_id, lane.fence, link.circuit
"""

# The lowest delivery of a lane that is not over decides: one that is stuck parks the lane.
_HEAD = """
SELECT head.id, head.next_attempt_at, head.state IN ('refused', 'attention') AS stuck
  FROM delivery_delivery AS head
 WHERE head.lane_id = {lane} AND head.state NOT IN ('delivered', 'not_applicable', 'sent')
 ORDER BY head.position LIMIT 1
"""
_DUE = "SELECT CASE WHEN NOT stuck THEN next_attempt_at END FROM"
_REFRESH = f"UPDATE delivery_lane SET due_at = ({_DUE} ({_HEAD.format(lane='delivery_lane.id')}) AS head)"

_GO_ON = f"""
WITH head AS ({_HEAD.format(lane="$1")}),
     due AS (SELECT id FROM head WHERE NOT stuck AND next_attempt_at <= $3),
     freed AS (UPDATE delivery_lane SET leased_until = NULL, leased_by = '', due_at = ({_DUE} head)
                WHERE id = $1 AND fence = $2 AND NOT EXISTS (TABLE due)),
     taken AS (UPDATE delivery_delivery SET state = 'transmitting' WHERE id IN (TABLE due))
TABLE due
"""

# A fresh lease keeps its end, which is in an index: then only the row itself is written. An end too far ahead
# is of a clock that was set back since.
HOLD = """
UPDATE delivery_lane
   SET leased_until = CASE WHEN leased_until > $3 AND leased_until <= $4 THEN leased_until ELSE $4 END
 WHERE id = $1 AND fence = $2 RETURNING 1
"""
HOLD_VALUES = 4


def claim(lane_id: UUID, worker: str) -> Claim | None:
    """Take a due lane whose connection may be used, or return None.

    Claims of one connection stand in line (an advisory lock), so that its limit of concurrency is exact.
    Where the circuit is open and its time is up, this claim is the one that tries (half open).
    """
    moment = now()
    with everything():
        row = None
        if run(_IN_LINE, lane_id, moment).fetchone() is not None:
            row = run(_CLAIM, lane_id, worker, moment, _lease_end(moment)).fetchone()
        if row is None:
            run("UPDATE delivery_lane SET enqueued_at = NULL WHERE id = $1", lane_id)
            return None
        organisation_id, connection_id, case_id, fence, circuit = row
        if circuit == Connection.Circuit.OPEN:
            Connection.objects.filter(id=connection_id).update(
                circuit=Connection.Circuit.HALF_OPEN, circuit_until=_lease_end(moment)
            )
        claimed = Claim(lane_id, organisation_id, connection_id, case_id, fence, worker)
        return replace(claimed, head=go_on(claimed))


def go_on(claim: Claim) -> UUID | None:
    """Take up the head of a lane that is held in the caller's transaction, or let go where it is not due.

    Returns the delivery that is being sent now.
    """
    head = run(_GO_ON, claim.lane_id, claim.fence, now()).fetchone()
    return head[0] if head else None


def hold(claim: Claim) -> None:
    """Renew the lease in the caller's transaction. Raises `LeaseLost`."""
    if run(HOLD, *hold_values(claim)).fetchone() is None:
        raise LeaseLost(claim.lane_id)


def hold_values(claim: Claim) -> tuple[Any, ...]:
    """Return the parameters of `HOLD`, for a statement that begins with it."""
    moment = now()
    fresh = moment + timedelta(seconds=configuration().lease_seconds * 2 / 3)
    return claim.lane_id, claim.fence, fresh, _lease_end(moment)


def release(claim: Claim) -> None:
    """Let go of a lane and write down when its head is due. Another's lane is left alone."""
    with scope(claim.organisation_id):
        run(
            f"{_REFRESH}, leased_until = NULL, leased_by = '' WHERE id = $1 AND fence = $2",
            claim.lane_id,
            claim.fence,
        )


def refresh_due(*lane_ids: UUID) -> None:
    """Recompute when lanes are due, in the caller's transaction."""
    run(f"{_REFRESH} WHERE id = ANY($1)", list(lane_ids))


def _lease_end(moment: datetime) -> datetime:
    return moment + timedelta(seconds=configuration().lease_seconds)
