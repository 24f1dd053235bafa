"""Who collects what: an arrival is claimed by a lease, and its fence keeps a late writer out.

Every write of a claimer asks for the fence of its claim. A claimer that dies lets its lease run out, and the
arrival, which is still due, is claimed again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import Error, connection

from caseway.access.scope import everything, scope
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.log import get_logger
from caseway.delivery.lanes import LeaseLost
from caseway.receiving.models import Arrival

AT_ONCE = 4
"""The most that is collected from one connection at a time; contents are large, and sending goes on too."""


@dataclass(frozen=True)
class Claim:
    """An arrival that this worker may collect until its lease ends."""

    arrival_id: UUID
    organisation_id: UUID
    connection_id: UUID
    fence: int


# What may be collected now. Things of one remote case go one after the other, the oldest first, so that a
# later one finds the case of an earlier one. When the way to one failed, the others wait for a moment.
_READY = """
  FROM receiving_arrival AS one JOIN delivery_connection AS link ON link.id = one.connection_id
 WHERE one.next_try_at <= %(now)s
   AND (one.leased_until IS NULL OR one.leased_until <= %(now)s)
   AND link.paused_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM receiving_pollstate AS poll
                    WHERE poll.connection_id = link.id AND poll.collect_after > %(now)s)
   AND NOT EXISTS (SELECT 1 FROM receiving_arrival AS other
                    WHERE other.connection_id = one.connection_id AND other.id <> one.id
                      AND other.remote_case_id = one.remote_case_id AND one.remote_case_id <> ''
                      AND (other.leased_until > %(now)s
                           OR (other.next_try_at <= %(now)s AND other.id < one.id)))
   AND (SELECT count(*) FROM receiving_arrival AS busy
         WHERE busy.connection_id = link.id AND busy.leased_until > %(now)s)
       < LEAST(link.concurrency, %(most)s)
"""

_CLAIM = f"""
UPDATE receiving_arrival SET fence = fence + 1, leased_until = %(until)s
 WHERE id = (SELECT one.id {_READY} AND link.id = %(connection)s
              ORDER BY one.next_try_at, one.id LIMIT 1 FOR UPDATE OF one SKIP LOCKED)
RETURNING id, organisation_id, connection_id, fence
"""

_DUE = f"SELECT DISTINCT link.id {_READY}"


def claim(connection_id: UUID) -> Claim | None:
    """Take the next due arrival of a connection, or return None when there is none to be had now.

    Claims of one connection stand in line (an advisory lock), so that its limit is exact.
    """
    moment = now()
    values: dict[str, Any] = {
        "connection": connection_id,
        "now": moment,
        "until": moment + timedelta(seconds=configuration().lease_seconds),
        "most": AT_ONCE,
    }
    with everything(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [str(connection_id)])
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    return Claim(*row) if row else None


def connections_due() -> list[UUID]:
    """Return the connections that have something to collect now."""
    with everything(), connection.cursor() as cursor:
        cursor.execute(_DUE, {"now": now(), "most": AT_ONCE})
        return [row[0] for row in cursor.fetchall()]


def hold(claim: Claim) -> Arrival:
    """Return the claimed arrival, locked, in the caller's transaction. Raises `LeaseLost`."""
    found = (
        Arrival.objects.select_for_update(of=("self",))
        .select_related("connection", "submission")
        .filter(id=claim.arrival_id, fence=claim.fence)
        .first()
    )
    if found is None:
        raise LeaseLost(claim.arrival_id)
    return found


@contextmanager
def keeping(claim: Claim) -> Iterator[None]:
    """Have the lease renewed while the block runs, however long a download takes."""
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(claim, done), name="arrival-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(claim: Claim, done: threading.Event) -> None:
    pause = configuration().lease_seconds / 3
    while not done.wait(pause):
        try:
            _renew(claim)
        except Error as error:
            # The database is away: the lease runs out, and the fence keeps the late writer out.
            get_logger().warning("database.unavailable", error=type(error).__name__)
        finally:
            connection.close()


def _renew(claim: Claim) -> None:
    until = now() + timedelta(seconds=configuration().lease_seconds)
    with scope(claim.organisation_id):
        Arrival.objects.filter(id=claim.arrival_id, fence=claim.fence, leased_until__isnull=False).update(
            leased_until=until
        )
