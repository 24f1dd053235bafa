"""The good end of a delivery, written the same way whoever brings it: the last receipt, or the verdict."""

from __future__ import annotations

from caseway.cases.events import record
from caseway.core.clock import now
from caseway.delivery.models import Delivery
from caseway.delivery.states import delivery_after


def finish(delivery: Delivery, event: str = "receipted") -> None:
    """Write that a delivery is delivered, in the caller's transaction."""
    moment = now()
    delivery.state = delivery_after(delivery.state, event)
    Delivery.objects.filter(id=delivery.id).update(
        state=delivery.state,
        attempts=delivery.attempts,
        finished_at=moment,
        next_attempt_at=None,
        follow_at=None,
        code="",
        sentence="",
        remedy="",
        details={},
    )
    record(
        "delivery.delivered",
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        connection=delivery.connection.name,
        seconds=round((moment - delivery.created_at).total_seconds(), 3),
    )
