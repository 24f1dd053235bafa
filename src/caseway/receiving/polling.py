"""When a connection is asked for what waits there. A connection that cannot be asked is not collected from.

This is receiving's own brake: it opens no circuit, so that trouble with receiving never stops the sending,
and the next question that is answered lets everything go on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from caseway.access.scope import scope
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.core.redaction import redact_text
from caseway.delivery.failing import policy_of
from caseway.delivery.models import Connection
from caseway.delivery.policy import LONGEST_ASKED, next_try
from caseway.receiving.models import PollState

LONGEST = timedelta(minutes=15)
"""The longest pause between two questions that fail; one that the other side asks for may be longer."""

LOOK_AGAIN = timedelta(minutes=1)
"""How often the settings of a connection that does not receive are looked at."""

SHORTEST = timedelta(seconds=5)


def claim_poll(organisation_id: UUID, connection_id: UUID) -> Connection | None:
    """Return the connection if it is this worker's to ask now, else None.

    Whoever asks has the time of a lease; should it die, the connection is due again behind it.
    """
    moment = now()
    until = moment + timedelta(seconds=configuration().lease_seconds)
    with scope(organisation_id):
        connection = Connection.objects.filter(id=connection_id, paused_at=None).first()
        if connection is None:
            return None
        _ensure(connection, moment)
        mine = PollState.objects.filter(connection=connection, next_at__lte=moment).update(next_at=until)
    return connection if mine else None


def asked_well(connection: Connection, began: datetime, found: int, every: timedelta) -> None:
    """Write that the question was answered."""
    with scope(connection.organisation_id):
        PollState.objects.filter(connection=connection).update(
            polled_at=began,
            next_at=began + max(every, SHORTEST),
            found=found,
            failures=0,
            code="",
            sentence="",
        )


def does_not_receive(connection: Connection) -> None:
    """Write that there is nothing to ask with these settings."""
    with scope(connection.organisation_id):
        PollState.objects.filter(connection=connection).update(
            next_at=now() + LOOK_AGAIN, found=0, failures=0, code="", sentence=""
        )


def ask_failed(connection: Connection, error: CasewayError) -> None:
    """Write that the question was not answered, in the caller's transaction; the pauses grow."""
    state = PollState.objects.select_for_update().get(connection=connection)
    state.failures += 1
    state.next_at = _next_question(connection, state.failures, getattr(error, "retry_after", None))
    state.code, state.sentence = error.code[:80], redact_text(error.sentence)[:500]
    state.save()


def ask_at_once(connection: Connection, error: CasewayError, asked: timedelta | None) -> None:
    """Have the connection asked before anything more is collected from it, in the caller's transaction."""
    _ensure(connection, now())
    state = PollState.objects.select_for_update().get(connection=connection)
    if state.failures == 0:
        state.failures = 1
        state.next_at = now() + min(asked or timedelta(), LONGEST_ASKED)
        state.code, state.sentence = error.code[:80], redact_text(error.sentence)[:500]
        state.save()


def _ensure(connection: Connection, due_at: datetime) -> None:
    state = PollState(organisation_id=connection.organisation_id, connection=connection, next_at=due_at)
    PollState.objects.bulk_create([state], ignore_conflicts=True)


def _next_question(connection: Connection, failures: int, asked: timedelta | None) -> datetime:
    moment = now()
    ours = min(next_try(policy_of(connection), failures, moment), moment + LONGEST)
    return max(ours, moment + min(asked or timedelta(), LONGEST_ASKED))
