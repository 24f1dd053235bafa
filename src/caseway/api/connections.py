"""`/connections`: how the ways out are. Settings are shown, secrets never."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from caseway.access.permissions import require
from caseway.api.door import actor_of, router, scoped
from caseway.api.shapes import Shape
from caseway.core.clock import now
from caseway.delivery.models import Connection
from caseway.delivery.queries import ConnectionHealth, connections_health

api = router()


class ConnectionShape(Shape):
    """A connection with its queue. `state` is ready, paused, failing (its circuit is open) or trying."""

    slug: str
    name: str
    rail: str
    environment: str
    state: str
    paused_reason: str
    open: int
    unknown: int
    needs_attention: int
    oldest_undelivered_at: datetime | None
    oldest_undelivered_seconds: int
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure_code: str
    checked_at: datetime | None
    certificate_ends_at: datetime | None


class ConnectionList(Shape):
    items: list[ConnectionShape]


@api.get("/connections", response=ConnectionList)
@scoped
def list_connections(request: HttpRequest) -> dict[str, Any]:
    """List the connections, the one with the oldest undelivered thing first."""
    require(actor_of(request), "connections.read")
    return {"items": [_shape(health) for health in connections_health()]}


def state_of(connection: Connection) -> str:
    """Return the state of a connection in one word."""
    if connection.paused_at is not None:
        return "paused"
    return {"closed": "ready", "open": "failing", "half_open": "trying"}[connection.circuit]


def _shape(health: ConnectionHealth) -> ConnectionShape:
    connection = health.connection
    age = int((now() - health.oldest).total_seconds()) if health.oldest else 0
    return ConnectionShape(
        slug=connection.slug,
        name=connection.name,
        rail=connection.rail,
        environment=connection.environment,
        state=state_of(connection),
        paused_reason=connection.paused_reason,
        open=health.open,
        unknown=health.unknown,
        needs_attention=health.stuck,
        oldest_undelivered_at=health.oldest,
        oldest_undelivered_seconds=age,
        last_success_at=connection.last_success_at,
        last_failure_at=connection.last_failure_at,
        last_failure_code=connection.last_failure_code,
        checked_at=connection.checked_at,
        certificate_ends_at=connection.certificate_ends_at,
    )
