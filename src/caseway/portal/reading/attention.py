"""What needs a person: how many, and which deliveries share a cause."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from caseway.cases.models import Event
from caseway.core.redaction import mask
from caseway.delivery.models import STUCK_STATES, Delivery


@dataclass(frozen=True)
class StuckRow:
    """One delivery that needs a person, as a list shows it. `applicant` is masked."""

    delivery: Delivery
    applicant: str
    retried: int  # how often a person had it tried again


def stuck_count() -> int:
    """Return how many deliveries need a person."""
    return Delivery.objects.filter(state__in=STUCK_STATES).count()


def stuck(connection: str, code: str) -> QuerySet[Delivery]:
    """Return the deliveries of a connection that need a person for one cause."""
    return Delivery.objects.filter(
        state__in=STUCK_STATES, connection__slug=connection, code=code
    ).select_related("submission", "case", "connection", "answers")


def stuck_rows(deliveries: list[Delivery]) -> list[StuckRow]:
    """Return the rows of a page."""
    ids = [delivery.id for delivery in deliveries]
    retried: dict[object, int] = {}
    for delivery_id in Event.objects.filter(delivery_id__in=ids, kind="delivery.retried").values_list(
        "delivery_id", flat=True
    ):
        retried[delivery_id] = retried.get(delivery_id, 0) + 1
    return [
        StuckRow(delivery, mask(_applicant(delivery)), retried.get(delivery.id, 0)) for delivery in deliveries
    ]


def _applicant(delivery: Delivery) -> str:
    return str(delivery.submission.applicant.get("name", "")) if delivery.submission else ""
