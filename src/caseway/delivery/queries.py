"""Questions about what is owed, each named after what it asks. All run in the caller's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from caseway.core.clock import now
from caseway.delivery.filtering import DeliveryFilter
from caseway.delivery.models import (
    OPEN_STATES,
    STUCK_STATES,
    UNSENT_STATES,
    Connection,
    Delivery,
    DeliveryState,
)

__all__ = [
    "CauseGroup",
    "ConnectionHealth",
    "DeliveryFilter",
    "attention_groups",
    "connections_health",
    "counts_by_state",
    "deliveries",
    "doubled_keys",
]


@dataclass(frozen=True)
class ConnectionHealth:
    """A connection with what an operator asks first: how old is the oldest thing it has not delivered."""

    connection: Connection
    oldest: datetime | None
    open: int
    awaiting: int  # sent, the other side's verdict is to come
    unknown: int
    stuck: int

    @property
    def age(self) -> timedelta:
        return now() - self.oldest if self.oldest else timedelta()


def connections_health() -> list[ConnectionHealth]:
    """Return every connection with its queue, the one with the oldest waiting thing first."""
    unfinished = (
        Delivery.objects.filter(state__in=[*OPEN_STATES, *STUCK_STATES])
        .values("connection_id")
        .annotate(
            oldest=Min("created_at", filter=Q(state__in=UNSENT_STATES)),
            open=Count("id", filter=Q(state__in=UNSENT_STATES)),
            awaiting=Count("id", filter=Q(state=DeliveryState.SENT)),
            unknown=Count("id", filter=Q(state=DeliveryState.UNKNOWN)),
            stuck=Count("id", filter=Q(state__in=STUCK_STATES)),
        )
    )
    counts = {
        row["connection_id"]: {name: count for name, count in row.items() if name != "connection_id"}
        for row in unfinished
    }
    nothing = {"oldest": None, "open": 0, "awaiting": 0, "unknown": 0, "stuck": 0}
    found = [
        ConnectionHealth(connection, **counts.get(connection.id, nothing))
        for connection in Connection.objects.order_by("name")
    ]
    return sorted(found, key=lambda health: (health.oldest is None, health.oldest or now()))


@dataclass(frozen=True)
class CauseGroup:
    """Deliveries that need a person for the same cause at the same connection."""

    code: str
    connection_id: UUID
    connection_slug: str
    connection_name: str
    sentence: str
    remedy: str
    count: int
    oldest: datetime
    newest_id: UUID


def attention_groups() -> list[CauseGroup]:
    """Return what needs a person, by cause and connection, the largest group first."""
    groups = (
        Delivery.objects.filter(state__in=STUCK_STATES)
        .values("code", "connection_id", "connection__slug", "connection__name")
        .annotate(count=Count("id"), oldest=Min("created_at"))
        .order_by("-count", "code")
    )
    return [_group(row) for row in groups]


def _group(row: Mapping[str, Any]) -> CauseGroup:
    newest = (
        Delivery.objects.filter(state__in=STUCK_STATES, code=row["code"], connection_id=row["connection_id"])
        .order_by("-id")
        .values("id", "sentence", "remedy")[0]
    )
    return CauseGroup(
        code=str(row["code"]),
        connection_id=row["connection_id"],
        connection_slug=str(row["connection__slug"]),
        connection_name=str(row["connection__name"]),
        sentence=newest["sentence"],
        remedy=newest["remedy"],
        count=row["count"],
        oldest=row["oldest"],
        newest_id=newest["id"],
    )


def counts_by_state() -> dict[str, int]:
    """Return how many deliveries are in each state; states without one are 0."""
    counts = dict(Delivery.objects.values_list("state").annotate(Count("id")))
    return {state: counts.get(state, 0) for state in DeliveryState.values}


def deliveries(wanted: DeliveryFilter, *, after: UUID | None = None, limit: int = 50) -> list[Delivery]:
    """Return a page of deliveries, newest first, before the given one (keyset)."""
    rows: QuerySet[Delivery] = wanted.apply(
        Delivery.objects.select_related("connection", "submission", "case")
    ).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[:limit])


def doubled_keys() -> int:
    """Return how many effects have more than one step that claims to have made them; 0 by construction."""
    from caseway.delivery.models import Attempt

    return (
        Attempt.objects.filter(what=Attempt.What.SEND, outcome="receipted")
        .values("step__delivery__connection_id", "step__delivery__case_id", "step__key")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
        .count()
    )
