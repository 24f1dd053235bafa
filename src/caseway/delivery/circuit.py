"""The circuit breaker of a connection: after some failures in a row nothing is tried until a pause is over.

While a circuit is open its deliveries wait without attempts. When the pause is over one case tries (half
open); its success closes the circuit and everything that waited is due at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from caseway.access.prepared import run
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

_WRITTEN_EVERY = timedelta(seconds=5)  # a busy connection must not fight over its own row

# Says whether a connection is well; where it is, and that was not written lately, writes that it answered.
_ANSWERS = """
WITH link AS (
    SELECT id, circuit = 'closed' AND circuit_failures = 0 AND down_since IS NULL AS well,
           coalesce(last_success_at > $3, false) AS written
      FROM delivery_connection WHERE id = $1),
noted AS (
    UPDATE delivery_connection AS one SET last_success_at = $2 FROM link
     WHERE one.id = link.id AND link.well AND NOT link.written
       AND one.circuit = 'closed' AND one.circuit_failures = 0 AND one.down_since IS NULL
    RETURNING 1)
SELECT well AND (written OR EXISTS (TABLE noted)) FROM link
"""


def succeeded(connection_id: UUID) -> None:
    """Note that a connection answered, in the caller's transaction; close its circuit if it was not."""
    moment = now()
    row = run(_ANSWERS, connection_id, moment, moment - _WRITTEN_EVERY).fetchone()
    if row is None or not row[0]:
        _mended(connection_id, moment)


def _mended(connection_id: UUID, moment: datetime) -> None:
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
