"""Asking connections what waits for us there, and writing it down before anything is done about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import Error
from django.db.models import Q

from caseway.access.scope import everything, scope
from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured
from caseway.core.http import Exchange
from caseway.core.log import get_logger
from caseway.delivery.links import OpenConnection, open_connection, recording, write_exchanges
from caseway.delivery.models import Connection
from caseway.rails.inbound import Receives
from caseway.rails.registry import rails
from caseway.receiving import polling
from caseway.receiving.models import Arrival
from caseway.receiving.registering import register

MOST = 20_000
"""More than this is not listed at one time; the rest is found behind it."""

BATCH = 200


def connections_to_poll() -> list[tuple[UUID, UUID]]:
    """Return organisation and id of the connections that are due to be asked."""
    receiving = [name for name, rail in rails().items() if isinstance(rail, Receives)]
    with everything():
        due = Connection.objects.filter(
            Q(poll=None) | Q(poll__next_at__lte=now()), rail__in=receiving, paused_at=None
        )
        return list(due.order_by("id").values_list("organisation_id", "id"))


def poll_due() -> int:
    """Ask every connection that is due. Returns how much was found that was not known."""
    return sum(
        poll(organisation_id, connection_id) for organisation_id, connection_id in connections_to_poll()
    )


def poll(organisation_id: UUID, connection_id: UUID) -> int:
    """Ask one connection, unless another worker does. Returns how much was found that was not known."""
    connection = polling.claim_poll(organisation_id, connection_id)
    if connection is None:
        return 0
    with recording() as exchanges:
        try:
            return _ask(connection, exchanges)
        except CasewayError as error:
            _failed(connection, exchanges, error)
        except Error:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of the worker
            get_logger().error("job.failed", job="poll", connection=connection.slug, exc_info=error)
            _failed(connection, exchanges, unexpected(error))
    return 0


def receiving_rail(opened: OpenConnection) -> Receives:
    """Return the rail of a connection as one over which things come. Raises `NotConfigured`."""
    if not isinstance(opened.rail, Receives):
        raise NotConfigured(
            "Nothing can come over a connection of this kind.",
            code="arrival.rail_receives_nothing",
            remedy="Update the package that brings the rail.",
        )
    return opened.rail


def unexpected(error: Exception) -> CasewayError:
    """Return the error of the tree for what nobody foresaw."""
    return CasewayError(
        f"Caseway met a fault of its own ({type(error).__name__}).",
        code="caseway.unexpected",
        remedy="Look into the log of the worker. It is tried again by itself; nothing is lost.",
    )


def _ask(connection: Connection, exchanges: list[Exchange]) -> int:
    began = now()
    opened = open_connection(connection)
    rail = receiving_rail(opened)
    manners = rail.manners(opened.link.settings)
    if not manners.receives:
        polling.does_not_receive(connection)
        return 0
    there: set[tuple[str, str]] = set()
    fresh = 0
    listed = iter(islice(rail.waiting(opened.link), MOST))
    while batch := list(islice(listed, BATCH)):
        with scope(connection.organisation_id):
            fresh += register(connection, batch, Arrival.FoundBy.POLL, manners)
        there |= {(one.kind, one.remote_id) for one in batch}
    with scope(connection.organisation_id):
        if fresh:
            write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
        if len(there) < MOST:
            _look_for_missing(connection, there, began)
    polling.asked_well(connection, began, len(there), timedelta(seconds=manners.poll_seconds))
    return fresh


def _failed(connection: Connection, exchanges: list[Exchange], error: CasewayError) -> None:
    get_logger().warning("poll.failed", connection=connection.slug, code=error.code)
    with scope(connection.organisation_id):
        write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
        polling.ask_failed(connection, error)


def _look_for_missing(connection: Connection, there: set[tuple[str, str]], began: datetime) -> None:
    """Have a look at held arrivals that are not listed any more; whether they are gone, collecting tells.

    Those that are to be collected need no look of their own: collecting them tells it too.
    """
    held = Arrival.objects.filter(connection=connection, state=Arrival.State.HELD, found_at__lt=began)
    missing, back = [], []
    for row in held.only("id", "kind", "remote_id", "next_try_at"):
        listed = (row.kind, row.remote_id) in there
        if not listed and row.next_try_at is None:
            missing.append(row.id)
        if listed and row.next_try_at is not None:
            back.append(row.id)
    Arrival.objects.filter(id__in=missing, state=Arrival.State.HELD).update(next_try_at=now())
    Arrival.objects.filter(id__in=back, state=Arrival.State.HELD, leased_until=None).update(next_try_at=None)
