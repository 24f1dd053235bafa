"""What a monitoring asks of receiving: how much came, how old the oldest unanswered is, how much is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, Q

from caseway.core.clock import now
from caseway.receiving.models import UNANSWERED, Arrival


@dataclass(frozen=True)
class ArrivalFigure:
    """The arrivals of one connection in one state. `age` is that of the oldest without an answer."""

    organisation: str
    connection: str
    state: str
    count: int
    age: timedelta
    late: int


def arrival_figures() -> list[ArrivalFigure]:
    """Return the figures of every connection in the caller's scope."""
    moment = now()
    rows = (
        Arrival.objects.values("organisation__slug", "connection__slug", "state")
        .annotate(
            count=Count("id"),
            oldest=Min("found_at", filter=UNANSWERED),
            late=Count("id", filter=UNANSWERED & Q(alarm_at__lte=moment)),
        )
        .order_by("organisation__slug", "connection__slug", "state")
    )
    return [
        ArrivalFigure(
            row["organisation__slug"],
            row["connection__slug"],
            row["state"],
            row["count"],
            moment - row["oldest"] if row["oldest"] else timedelta(),
            row["late"],
        )
        for row in rows
    ]
