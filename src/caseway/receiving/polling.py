"""When a connection is asked for what waits there, and receiving's own brake.

When the way to one arrival fails, the others of its connection are not tried for a moment; the connection is
asked at once, and an answer lets everything go on. No circuit is opened: trouble with receiving never stops
the sending, and a question that fails never stops the collecting of what is known.
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
            collect_failures=0,
            collect_after=None,
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
    state.next_at = _after(connection, state.failures, getattr(error, "retry_after", None))
    state.code, state.sentence = error.code[:80], redact_text(error.sentence)[:500]
    state.save()


def brake(connection: Connection, error: CasewayError) -> None:
    """Collect nothing from the connection for a moment, and ask it at once, in the caller's transaction."""
    moment, asked = now(), getattr(error, "retry_after", None)
    _ensure(connection, moment)
    state = PollState.objects.select_for_update().get(connection=connection)
    state.collect_failures += 1
    state.collect_after = _after(connection, state.collect_failures, asked)
    state.next_at = min(state.next_at, moment) if asked is None else max(state.next_at, state.collect_after)
    state.save()


def let_go(connection: Connection) -> None:
    """The way is free: collect on, in the caller's transaction."""
    PollState.objects.filter(connection=connection, collect_failures__gt=0).update(
        collect_failures=0, collect_after=None
    )


def _ensure(connection: Connection, due_at: datetime) -> None:
    state = PollState(organisation_id=connection.organisation_id, connection=connection, next_at=due_at)
    PollState.objects.bulk_create([state], ignore_conflicts=True)


def _after(connection: Connection, failures: int, asked: timedelta | None) -> datetime:
    moment = now()
    ours = min(next_try(policy_of(connection), failures, moment), moment + LONGEST)
    return max(ours, moment + min(asked or timedelta(), LONGEST_ASKED))
