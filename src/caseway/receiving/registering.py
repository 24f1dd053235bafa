"""What waits for us is written down once, whoever tells of it and however often."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.log import get_logger
from caseway.delivery.failing import policy_of
from caseway.delivery.models import Connection
from caseway.delivery.policy import next_try
from caseway.rails.inbound import Arriving, Manners
from caseway.receiving.models import Arrival


def register(
    connection: Connection, arriving: Sequence[Arriving], found_by: Arrival.FoundBy, manners: Manners
) -> int:
    """Write down what waits, in the caller's transaction. Returns how much of it is to be collected anew."""
    rows = Arrival.objects.filter(connection=connection, remote_id__in=[one.remote_id for one in arriving])
    known = {(kind, name): state for kind, name, state in rows.values_list("kind", "remote_id", "state")}
    unknown = [one for one in arriving if (one.kind, one.remote_id) not in known]
    back = {
        (one.kind, one.remote_id)
        for one in arriving
        if known.get((one.kind, one.remote_id)) == Arrival.State.GONE
    }
    return _insert(connection, unknown, found_by, manners) + _found_again(connection, back)


def _insert(
    connection: Connection, unknown: Sequence[Arriving], found_by: Arrival.FoundBy, manners: Manners
) -> int:
    """Write what is not known; another that does so at the same moment was first, or is too late."""
    rows = [
        Arrival(
            organisation_id=connection.organisation_id,
            connection=connection,
            kind=one.kind,
            remote_id=one.remote_id,
            remote_case_id=one.remote_case_id,
            destination=one.destination,
            found_by=found_by,
            alarm_at=now() + timedelta(days=manners.alarm_after_days),
        )
        for one in unknown
    ]
    if not rows:
        return 0
    Arrival.objects.bulk_create(rows, ignore_conflicts=True)
    fresh = list(Arrival.objects.filter(id__in=[row.id for row in rows]).order_by("id"))
    for arrival in fresh:
        _tell(arrival, connection)
    return len(fresh)


def _tell(arrival: Arrival, connection: Connection) -> None:
    record(
        "arrival.found",
        arrival.organisation_id,
        connection=connection.name,
        arrival=str(arrival.id),
        arrival_kind=arrival.kind,
        found_by=arrival.found_by,
    )
    get_logger().info(
        "arrival.found", arrival=str(arrival.id), connection=connection.slug, found_by=arrival.found_by
    )


def _found_again(connection: Connection, back: Collection[tuple[str, str]]) -> int:
    """What was thought gone and waits there all the same is collected after all, with growing patience."""
    if not back:
        return 0
    rows = Arrival.objects.select_for_update().filter(
        connection=connection, state=Arrival.State.GONE, remote_id__in=[name for _, name in back]
    )
    again = [row for row in rows if (row.kind, row.remote_id) in back]
    for row in again:
        row.state, row.settled_at = Arrival.State.FOUND, None
        row.next_try_at = next_try(policy_of(connection), row.failures, now())
        row.save(update_fields=["state", "settled_at", "next_try_at"])
    return len(again)
