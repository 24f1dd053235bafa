"""How every connection is doing, and whether anything was lost or doubled today. All from rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateTimeField, Exists, Func, Min, OuterRef, Q, Value
from django.db.models.functions import Cast

from caseway.cases.models import Event
from caseway.delivery.models import (
    OPEN_STATES,
    STUCK_STATES,
    Attempt,
    Connection,
    Delivery,
    DeliveryState,
    Receipt,
)
from caseway.intake.models import Submission

BUCKET = timedelta(minutes=5)
SPAN = timedelta(hours=12)


@dataclass(frozen=True)
class ConnectionCard:
    """One connection at a glance. `oldest_at`: when its oldest undelivered thing was owed."""

    connection: Connection
    oldest_at: datetime | None
    waiting: int
    stuck: int
    delivered_today: int
    points: list[int]  # deliveries that arrived, per 5 minutes of the last 12 hours

    @property
    def path(self) -> str:
        return spark_path(self.points)

    @property
    def tone(self) -> str:
        """Return how bad it is: the circuit first, then what needs a person, then a pause."""
        if self.connection.circuit != Connection.Circuit.CLOSED or self.stuck:
            return "bad"
        return "wait" if self.connection.paused_at else ""


@dataclass(frozen=True)
class Today:
    """What happened since midnight. `lost`: accepted, and neither owed to anybody nor excused by a rule.
    `doubled`: effects that the other side confirmed more than once."""

    came_in: int
    went_out: int
    lost: int
    doubled: int


def connection_cards(at: datetime, midnight: datetime) -> list[ConnectionCard]:
    """Return a card per connection, the one with the oldest undelivered thing first."""
    undelivered = Q(state__in=[*OPEN_STATES, *STUCK_STATES])
    facts: dict[UUID, dict[str, Any]] = {
        row["connection_id"]: dict(row)
        for row in Delivery.objects.filter(undelivered)
        .values("connection_id")
        .annotate(
            oldest_at=Min("created_at"),
            waiting=Count("id", filter=Q(state__in=OPEN_STATES)),
            stuck=Count("id", filter=Q(state__in=STUCK_STATES)),
        )
    }
    points, today = arrivals(at), _delivered_since(midnight)
    cards = [
        ConnectionCard(
            connection=connection,
            oldest_at=facts.get(connection.id, {}).get("oldest_at"),
            waiting=facts.get(connection.id, {}).get("waiting", 0),
            stuck=facts.get(connection.id, {}).get("stuck", 0),
            delivered_today=today.get(connection.id, 0),
            points=points.get(connection.id, [0] * (SPAN // BUCKET)),
        )
        for connection in Connection.objects.order_by("name")
    ]
    return sorted(cards, key=lambda card: card.oldest_at or at)


def arrivals(at: datetime) -> dict[UUID, list[int]]:
    """Return per connection how many deliveries arrived in each 5 minutes of the last 12 hours."""
    start = at - SPAN
    bucket = Func(
        Value(BUCKET),
        "finished_at",
        Cast(Value(start), DateTimeField()),
        function="date_bin",
        output_field=DateTimeField(),
    )
    rows = (
        Delivery.objects.filter(state=DeliveryState.DELIVERED, finished_at__gt=start, finished_at__lte=at)
        .annotate(bucket=bucket)
        .values_list("connection_id", "bucket")
        .annotate(number=Count("id"))
    )
    found: dict[UUID, list[int]] = {}
    for connection_id, begins, number in rows:
        series = found.setdefault(connection_id, [0] * (SPAN // BUCKET))
        series[min((begins - start) // BUCKET, len(series) - 1)] += number
    return found


def today(midnight: datetime) -> Today:
    """Return what came in and went out since midnight, and what was lost or doubled."""
    excused = Event.objects.filter(submission_id=OuterRef("id"), kind="delivery.not_applicable")
    owed = Delivery.objects.filter(submission_id=OuterRef("id"))
    arrived = Submission.objects.filter(received_at__gte=midnight)
    return Today(
        came_in=arrived.count(),
        went_out=Receipt.objects.filter(received_at__gte=midnight).count(),
        lost=arrived.filter(~Exists(owed), ~Exists(excused)).count(),
        doubled=doubled_effects(midnight),
    )


def doubled_effects(since: datetime) -> int:
    """Return how many effects were confirmed by the other side more than once."""
    confirmed = Attempt.objects.filter(
        what=Attempt.What.SEND, outcome="receipted", started_at__gte=since
    ).values_list("step__delivery__connection_id", "step__delivery__case_id", "step__key")
    return sum(1 for number in Counter(confirmed).values() if number > 1)


def _delivered_since(midnight: datetime) -> dict[UUID, int]:
    rows = (
        Delivery.objects.filter(state=DeliveryState.DELIVERED, finished_at__gte=midnight)
        .values_list("connection_id")
        .annotate(number=Count("id"))
    )
    return dict(rows)


def spark_path(points: list[int], width: float = 100, height: float = 28) -> str:
    """Return the `d` of an SVG path through the points; a flat line at the foot where nothing came."""
    top = max([*points, 1])
    step = width / max(len(points) - 1, 1)
    steps = (
        f"{i * step:.1f},{height - 2 - point / top * (height - 6):.1f}" for i, point in enumerate(points)
    )
    return "M" + " L".join(steps)
