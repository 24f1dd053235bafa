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

HEAD = 100
"""How far a claim looks down the line."""


@dataclass(frozen=True)
class Claim:
    """An arrival that this worker may collect until its lease ends."""

    arrival_id: UUID
    organisation_id: UUID
    connection_id: UUID
    fence: int


# A connection that may be collected from: not paused, no brake on it, and not enough at work already.
_USABLE = """
       link.paused_at IS NULL
   AND NOT EXISTS (SELECT 1 FROM receiving_pollstate AS poll
                    WHERE poll.connection_id = link.id AND poll.collect_after > %(now)s)
   AND (SELECT count(*) FROM receiving_arrival AS busy
         WHERE busy.connection_id = link.id AND busy.leased_until > %(now)s)
       < LEAST(link.concurrency, %(most)s)
"""

_FREE = "one.next_try_at <= %(now)s AND (one.leased_until IS NULL OR one.leased_until <= %(now)s)"

# The head of the line is looked at, not the whole: a long one would be sorted for each claim. Things of one
# remote case go one after the other, the first due first, so that a later one finds the case of an earlier.
_CLAIM = f"""
WITH head AS MATERIALIZED (
    SELECT one.id, one.next_try_at, one.remote_case_id
      FROM receiving_arrival AS one
     WHERE one.connection_id = %(connection)s AND {_FREE}
     ORDER BY one.next_try_at, one.id LIMIT {HEAD})
UPDATE receiving_arrival SET fence = fence + 1, leased_until = %(until)s
 WHERE id = (
    SELECT one.id FROM head JOIN receiving_arrival AS one ON one.id = head.id
     WHERE {_FREE}
       AND EXISTS (SELECT 1 FROM delivery_connection AS link WHERE link.id = %(connection)s AND {_USABLE})
       AND NOT EXISTS (SELECT 1 FROM head AS before
                        WHERE before.remote_case_id = head.remote_case_id AND head.remote_case_id <> ''
                          AND (before.next_try_at, before.id) < (head.next_try_at, head.id))
       AND NOT EXISTS (SELECT 1 FROM receiving_arrival AS busy
                        WHERE busy.connection_id = %(connection)s AND busy.leased_until > %(now)s
                          AND busy.remote_case_id = head.remote_case_id AND head.remote_case_id <> '')
     ORDER BY head.next_try_at, head.id LIMIT 1 FOR UPDATE OF one SKIP LOCKED)
RETURNING id, organisation_id, connection_id, fence
"""

_CONNECTIONS = f"""
SELECT link.id FROM delivery_connection AS link
 WHERE {_USABLE}
   AND EXISTS (SELECT 1 FROM receiving_arrival AS one WHERE one.connection_id = link.id AND {_FREE})
   AND (%(connection)s::uuid IS NULL OR link.id = %(connection)s::uuid)
"""


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


def connections_due(connection_id: UUID | None = None) -> list[UUID]:
    """Return the connections that have something to collect now; or the one given, where it has."""
    with everything(), connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS, {"now": now(), "most": AT_ONCE, "connection": connection_id})
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
