"""What arrived and has no answer in time: said once in the log and the story, shown until it is answered."""

from __future__ import annotations

from caseway.access.scope import everything, within
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.log import get_logger
from caseway.receiving.models import UNANSWERED, Arrival

LATE = "arrival.waits_too_long"


def raise_due() -> int:
    """Tell of what has become late. Returns how much."""
    moment = now()
    with everything():
        late = Arrival.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            UNANSWERED, alarm_at__lte=moment, alarmed_at=None
        )
        found = list(late.select_related("connection").order_by("alarm_at")[:500])
        Arrival.objects.filter(id__in=[arrival.id for arrival in found]).update(alarmed_at=moment)
    for arrival in found:
        _tell(arrival)
    return len(found)


def _tell(arrival: Arrival) -> None:
    days = (now() - arrival.found_at).days
    get_logger().error(LATE, arrival=str(arrival.id), connection=arrival.connection.slug, days=days)
    with within(arrival.organisation_id):
        record(
            LATE,
            arrival.organisation_id,
            connection=arrival.connection.name,
            arrival=str(arrival.id),
            days=days,
            code=arrival.code,
        )
