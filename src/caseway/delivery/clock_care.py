"""What a clock that was ahead left behind: leases, jobs and pauses that end far in the future.

A clock set forward does no harm: leases run out, and fences keep the late writers out. A clock set back
makes everything written before look as if it had time: nothing is lost, but some would wait until the clock
is there again. What no pause of the schedule can explain is made due.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from caseway.access.scope import everything
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.log import get_logger
from caseway.delivery.failing import policy_of
from caseway.delivery.lanes import refresh_due
from caseway.delivery.models import UNSENT_STATES, Connection, Delivery, Lane
from caseway.delivery.policy import longest_pause

_SLACK = timedelta(minutes=1)
_seen: dict[UUID, tuple[datetime | None, float]] = {}  # leases that end too late: when, and seen since


def mend() -> int:
    """End what only a clock that was ahead can have written. Returns how many things were. Periodic."""
    moment = now()
    with everything():
        mended = _forget_jobs(moment) + _end_leases(moment)
        for connection in Connection.objects.filter(paused_at=None):
            mended += _close_pauses(connection, moment) + _make_due(connection, moment)
    if mended:
        get_logger().warning("clock.was_ahead", mended=mended)
    return mended


def _forget_jobs(moment: datetime) -> int:
    """A second job for a lane does no harm."""
    return Lane.objects.filter(enqueued_at__gt=moment + _SLACK).update(enqueued_at=None)


def _end_leases(moment: datetime) -> int:
    """End leases that nobody renewed for the time of a lease: who works renews, by the clock as it is now."""
    lease = configuration().lease_seconds
    ahead = dict(
        Lane.objects.filter(leased_until__gt=moment + timedelta(seconds=lease) + _SLACK).values_list(
            "id", "leased_until"
        )
    )
    for lane_id in [known for known, (until, _) in _seen.items() if ahead.get(known) != until]:
        del _seen[lane_id]
    ended = 0
    for lane_id, until in ahead.items():
        _, since = _seen.setdefault(lane_id, (until, time.monotonic()))
        if time.monotonic() - since > lease:
            ended += Lane.objects.filter(id=lane_id, leased_until=until).update(
                leased_until=None, leased_by=""
            )
    return ended


def _close_pauses(connection: Connection, moment: datetime) -> int:
    """Let a connection be tried again whose pause is longer than any of its schedule."""
    limit = moment + longest_pause(policy_of(connection)) + _SLACK
    return Connection.objects.filter(id=connection.id, circuit_until__gt=limit).update(circuit_until=moment)


def _make_due(connection: Connection, moment: datetime) -> int:
    """Make due what is to wait longer than any pause of the schedule, and what never failed and yet waits."""
    limit = moment + longest_pause(policy_of(connection)) + _SLACK
    waiting = Delivery.objects.filter(connection=connection, state__in=UNSENT_STATES)
    late = list(Lane.objects.filter(connection=connection, due_at__gt=limit).values_list("id", flat=True))
    young = waiting.filter(created_at__gt=moment + _SLACK, failures=0, next_attempt_at__gt=moment + _SLACK)
    lanes = {*late, *young.values_list("lane_id", flat=True)}
    if not lanes:
        return 0
    young.update(next_attempt_at=moment, window_starts_at=moment)
    waiting.filter(lane_id__in=late, next_attempt_at__gt=limit).update(next_attempt_at=moment)
    refresh_due(*lanes)
    return len(lanes)
