"""The wire log: what was exchanged with the other side for a delivery."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.errors import NotFound
from caseway.delivery.models import Delivery, WireExchange


def exchanges_of(actor: Actor, delivery_id: UUID, *, after: UUID | None, limit: int) -> list[WireExchange]:
    """Return the exchanges of one delivery, oldest first, behind the given one (keyset).

    Runs in the caller's scope. Raises `NotPermitted`, and `NotFound` (`delivery.not_found`).
    """
    require(actor, "deliveries.read")
    if not Delivery.objects.filter(organisation_id=actor.organisation_id, id=delivery_id).exists():
        raise NotFound("There is no such delivery.", code="delivery.not_found")
    return exchanges([delivery_id], after=after, limit=limit)


def exchanges(
    delivery_ids: Collection[UUID], *, after: UUID | None = None, limit: int = 200
) -> list[WireExchange]:
    """Return exchanges of deliveries, oldest first, behind the given one, in the caller's scope."""
    rows = WireExchange.objects.filter(delivery_id__in=delivery_ids).select_related("connection")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return list(rows.order_by("id")[:limit])
