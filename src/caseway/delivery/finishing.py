"""The good end of a delivery, written the same way whoever brings it: the last receipt, or the verdict."""

from __future__ import annotations

from caseway.cases.events import happened, tell
from caseway.cases.models import Event
from caseway.cases.writing import write
from caseway.core.clock import now
from caseway.delivery.models import Delivery
from caseway.delivery.states import delivery_after

ENDING = (
    "state",
    "attempts",
    "finished_at",
    "next_attempt_at",
    "follow_at",
    "code",
    "sentence",
    "remedy",
    "details",
)
"""The columns of a delivery that its good end changes."""


def finish(delivery: Delivery, event: str) -> None:
    """Write that a delivery is delivered, in the caller's transaction."""
    told = end(delivery, event)
    delivery.save(update_fields=ENDING)
    write(told, *tell(told))


def end(delivery: Delivery, event: str) -> Event:
    """Make a row that of a delivered delivery; return the event that tells of it. Neither is written."""
    moment = now()
    delivery.state = delivery_after(delivery.state, event)
    delivery.finished_at, delivery.next_attempt_at, delivery.follow_at = moment, None, None
    delivery.code = delivery.sentence = delivery.remedy = ""
    delivery.details = {}
    return happened(
        "delivery.delivered",
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        connection=delivery.connection.name,
        seconds=round((moment - delivery.created_at).total_seconds(), 3),
    )
