"""Questions about deliveries that only this door asks. Each runs in the caller's scope."""

from __future__ import annotations

from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.permissions import allowed, require
from caseway.core.errors import NotFound
from caseway.delivery.models import Delivery, Replay


def deliveries_of_submission(actor: Actor, submission_id: UUID) -> list[Delivery]:
    """Return what a submission owes, oldest first; nothing to who may not read deliveries."""
    if not allowed(actor, "deliveries.read"):
        return []
    rows = Delivery.objects.filter(organisation_id=actor.organisation_id, submission_id=submission_id)
    return list(rows.select_related("connection").order_by("id"))


def delivery(actor: Actor, delivery_id: UUID) -> Delivery:
    """Return one delivery with steps, tries and receipts. Raises `NotFound` (`delivery.not_found`)."""
    require(actor, "deliveries.read")
    rows = Delivery.objects.filter(organisation_id=actor.organisation_id, id=delivery_id)
    found = (
        rows.select_related("connection", "mapping")
        .prefetch_related("steps__tries", "steps__receipt")
        .first()
    )
    if found is None:
        raise NotFound("There is no such delivery.", code="delivery.not_found")
    return found


def replay(actor: Actor, replay_id: UUID) -> Replay:
    """Return one replay. Raises `NotFound` (`replay.not_found`)."""
    require(actor, "deliveries.read")
    found = Replay.objects.filter(organisation_id=actor.organisation_id, id=replay_id).first()
    if found is None:
        raise NotFound("There is no such replay.", code="replay.not_found")
    return found
