"""Collecting: fetch what waits, make it durable here, and only then owe the acceptance.

The order is the promise. Fetching has no effect on the other side and may be done again; intake is idempotent
by the name of the thing; the acceptance is owed in the transaction that says it is taken in. Whenever the
process dies between two of them, the next claim finds what is there and goes on behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.db import InterfaceError, OperationalError

from caseway.access.scope import scope
from caseway.core.errors import CasewayError, Invalid, NotFound, Unavailable
from caseway.core.log import get_logger
from caseway.delivery.lanes import LeaseLost
from caseway.delivery.links import OpenConnection, open_connection, recording
from caseway.rails.inbound import Arriving, Collected, Receives, Rejectable
from caseway.receiving import claiming, outcomes
from caseway.receiving.claiming import Claim
from caseway.receiving.finding import receiving_rail, unexpected
from caseway.receiving.models import Arrival
from caseway.receiving.outcomes import Run
from caseway.receiving.rooms import room
from caseway.receiving.taking_in import durable_submission, take_in
from caseway.testing import crash

GONE = "arrival.gone"


def collect_due() -> int:
    """Collect everything that is due. Returns how many arrivals were tried."""
    return sum(collect_from(connection_id) for connection_id in claiming.connections_due())


def collect_from(connection_id: UUID, most: int = 1000) -> int:
    """Collect what is due from one connection, one after the other. Returns how many were tried."""
    for done in range(most):
        claim = claiming.claim(connection_id)
        if claim is None:
            return done
        collect(claim)
    return most


def collect(claim: Claim) -> None:
    """Collect one claimed arrival; whatever comes of it is written down."""
    with scope(claim.organisation_id):
        arrival = Arrival.objects.select_related("connection").get(id=claim.arrival_id)
    try:
        with claiming.keeping(claim), recording() as exchanges:
            _try(Run(claim, arrival, exchanges))
    except LeaseLost:
        get_logger().warning("arrival.lease_lost", arrival=str(claim.arrival_id), fence=claim.fence)


def _try(run: Run) -> None:
    try:
        _collect(run)
    except Rejectable as error:
        outcomes.at_fault(run, error)
    except NotFound as error:
        if error.code == GONE and not run.there:
            outcomes.gone(run, error)
        else:
            outcomes.held(run, error)
    except Invalid as error:
        outcomes.held(run, error)
    except CasewayError as error:
        outcomes.waits(run, error)
    except (LeaseLost, OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of the worker
        get_logger().error("job.failed", arrival=str(run.arrival.id), exc_info=error)
        outcomes.waits(run, unexpected(error))


def _collect(run: Run) -> None:
    opened = open_connection(run.arrival.connection)
    rail = receiving_rail(opened)
    manners = run.manners = rail.manners(opened.link.settings)
    durable = durable_submission(run.arrival)
    if durable is None and run.arrival.state == Arrival.State.HELD:
        _look(run, rail, opened)
        return
    if durable is None:
        with _room() as folder:
            collected = _fetch(run, rail, opened, folder)
            crash.point("arrival.after_collect")
            outcomes.remember(run, collected)
            durable = take_in(run.arrival, collected)
        crash.point("arrival.after_intake")
    outcomes.taken_in(run, durable, manners)


def _fetch(run: Run, rail: Receives, opened: OpenConnection, folder: Path) -> Collected:
    arrival = run.arrival
    arriving = Arriving(
        kind=arrival.kind,  # type: ignore[arg-type]
        remote_id=arrival.remote_id,
        remote_case_id=arrival.remote_case_id,
        destination=arrival.destination,
    )
    collected = rail.collect(arriving, opened.link, folder)
    run.there = True
    return collected


def _look(run: Run, rail: Receives, opened: OpenConnection) -> None:
    """See whether a held arrival is still there. Whatever else looking shows, a person decides about it."""
    try:
        with _room() as folder:
            _fetch(run, rail, opened, folder)
    except NotFound as error:
        if error.code == GONE:
            raise
        outcomes.still_there(run)
    except CasewayError:
        outcomes.still_there(run)
    else:
        outcomes.still_there(run)


@contextmanager
def _room() -> Iterator[Path]:
    try:
        with room() as folder:
            yield folder
    except OSError as error:
        raise Unavailable(
            "What arrived could not be unpacked on this machine.",
            code="arrival.no_room",
            remedy="See that the data folder can be written and has space; it is collected again by itself.",
            reason=error.strerror or type(error).__name__,
        ) from error
