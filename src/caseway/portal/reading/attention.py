"""What needs a person, grouped by cause and connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Min

from caseway.delivery.models import STUCK_STATES, Delivery


@dataclass(frozen=True)
class CauseGroup:
    """Deliveries of one connection that need a person for the same reason."""

    code: str
    connection_id: UUID
    connection: str
    connection_slug: str
    number: int
    oldest_at: datetime
    sentence: str
    remedy: str


def stuck_count() -> int:
    """Return how many deliveries need a person."""
    return Delivery.objects.filter(state__in=STUCK_STATES).count()


def cause_groups(limit: int = 200) -> list[CauseGroup]:
    """Return the groups, the largest first."""
    rows = (
        Delivery.objects.filter(state__in=STUCK_STATES)
        .values("code", "connection_id", "connection__name", "connection__slug")
        .annotate(
            number=Count("id"),
            oldest_at=Min("created_at"),
            sentence=Max("sentence"),
            remedy=Max("remedy"),
        )
        .order_by("-number", "oldest_at")[:limit]
    )
    return [
        CauseGroup(
            code=row["code"],
            connection_id=row["connection_id"],
            connection=row["connection__name"],
            connection_slug=row["connection__slug"],
            number=row["number"],
            oldest_at=row["oldest_at"],
            sentence=row["sentence"],
            remedy=row["remedy"],
        )
        for row in rows
    ]
