"""The circuit breaker of a connection: after some failures in a row nothing is tried until a pause is over.

While a circuit is open its deliveries wait without attempts. When the pause is over one case tries (half
open); its success closes the circuit and everything that waited is due at once.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured
from caseway.delivery.models import Connection, Delivery, DeliveryState, Lane
from caseway.delivery.policy import next_try
from caseway.rails.manifest import RetryPolicy

THRESHOLD = 5
# Settings are another's to write: a circuit saves its own columns only.
_HEALTH = (
    "circuit",
    "circuit_failures",
    "circuit_until",
    "down_since",
    "last_success_at",
    "last_failure_at",
    "last_failure_code",
    "last_failure_sentence",
)


def succeeded(connection_id: UUID) -> None:
    """Note that a connection answered, in the caller's transaction; close its circuit if it was not."""
    moment = now()
    healthy = Connection.objects.filter(
        id=connection_id, circuit=Connection.Circuit.CLOSED, circuit_failures=0, down_since=None
    )
    # Written at most every few seconds: a busy connection must not fight over its own row.
    if healthy.filter(last_success_at__gt=moment - timedelta(seconds=5)).exists():
        return
    if healthy.update(last_success_at=moment):
        return
    connection = Connection.objects.select_for_update().get(id=connection_id)
    was_down = connection.down_since
    connection.circuit = Connection.Circuit.CLOSED
    connection.circuit_failures, connection.circuit_until = 0, None
    connection.down_since, connection.last_success_at = None, moment
    connection.save(update_fields=_HEALTH)
    if was_down is not None:
        _all_due(connection_id)
        record(
            "connection.up",
            connection.organisation_id,
            connection=connection.name,
            down_since=was_down.isoformat(),
        )


def failed(
    connection_id: UUID, error: CasewayError, policy: RetryPolicy, asked: timedelta | None = None
) -> None:
    """Note a failure of the connection itself, in the caller's transaction; open its circuit if due.

    Trouble with our credentials or certificates (`NotConfigured`) opens it at once: no other delivery could
    fare better.
    """
    moment = now()
    connection = Connection.objects.select_for_update().get(id=connection_id)
    connection.circuit_failures += 1
    connection.last_failure_at = moment
    connection.last_failure_code = error.code[:80]
    connection.last_failure_sentence = error.sentence[:500]
    first = connection.down_since is None
    if connection.circuit != Connection.Circuit.CLOSED or _must_open(connection, error):
        pauses = max(1, connection.circuit_failures - THRESHOLD + 1)
        connection.circuit = Connection.Circuit.OPEN
        connection.circuit_until = next_try(policy, pauses, moment, asked=asked)
        connection.down_since = connection.down_since or moment
        if first:
            record(
                "connection.down",
                connection.organisation_id,
                connection=connection.name,
                code=error.code,
                sentence=error.sentence,
            )
    connection.save(update_fields=_HEALTH)


def _must_open(connection: Connection, error: CasewayError) -> bool:
    return isinstance(error, NotConfigured) or connection.circuit_failures >= THRESHOLD


def _all_due(connection_id: UUID) -> None:
    moment = now()
    waiting = Delivery.objects.filter(
        connection_id=connection_id,
        state__in=[DeliveryState.WAITING, DeliveryState.UNKNOWN],
        next_attempt_at__gt=moment,
    )
    waiting.update(next_attempt_at=moment)
    Lane.objects.filter(connection_id=connection_id, due_at__gt=moment).update(due_at=moment)
