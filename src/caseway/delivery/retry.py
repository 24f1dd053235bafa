"""What a person decides about one delivery: try again, or close it without sending."""

from __future__ import annotations

from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import Conflict, NotFound
from caseway.delivery.dispatcher import enqueue_lane
from caseway.delivery.lanes import refresh_due
from caseway.delivery.models import Connection, Delivery, DeliveryState
from caseway.delivery.states import DELIVERY, delivery_after
from caseway.delivery.voiding import void_receipts


def retry_delivery(actor: Actor, delivery_id: UUID, reason: str = "") -> Delivery:
    """Have a delivery tried again now, with the mapping in force and a new window.

    What has its receipt stays; what may have happened is probed before it is sent. A delivery that is being
    sent or is over is left alone: raises `Conflict`. Raises `NotFound`, `NotPermitted`.
    """
    require(actor, "deliveries.retry")
    with scope(actor.organisation_id):
        delivery = _locked(delivery_id)
        _refuse_unless_possible(delivery, "retried")
        retry_in_transaction(delivery)
        _write_down(actor, delivery, "delivery.retried", reason)
    return delivery


def retry_in_transaction(delivery: Delivery) -> None:
    """Make a locked delivery due now, in the caller's transaction."""
    moment = now()
    if delivery.sent_at is not None and delivery.state == DeliveryState.REFUSED:
        void_receipts(delivery, None, "rejected")  # that submission is over there: this is a new one
        delivery.sent_at, delivery.remote_case_id = None, ""
    delivery.state = delivery_after(delivery.state, "retried")
    if delivery.steps.filter(state="unknown").exists():
        delivery.state = DeliveryState.UNKNOWN
    delivery.next_attempt_at = delivery.window_starts_at = moment
    delivery.failures, delivery.rendered_hash = 0, ""
    delivery.code = delivery.sentence = delivery.remedy = ""
    delivery.details = {}
    delivery.save()
    refresh_due(delivery.lane_id)
    connection = delivery.connection
    if connection.circuit == Connection.Circuit.OPEN and connection.paused_at is None:
        # A person asks now: let this one case try, whatever is left of the pause.
        Connection.objects.filter(id=connection.id).update(circuit_until=moment)
    if connection.paused_at is None:
        enqueue_lane(delivery.lane_id, connection)


def close_delivery(actor: Actor, delivery_id: UUID, reason: str) -> Delivery:
    """End a stuck delivery without sending it; the lane goes on. Raises `Conflict`, `NotFound`."""
    require(actor, "deliveries.close")
    if not reason.strip():
        raise Conflict(
            "Closing without sending needs a reason.",
            code="delivery.reason_missing",
            remedy="Say why nothing needs to be sent; it is kept with the delivery.",
        )
    with scope(actor.organisation_id):
        delivery = _locked(delivery_id)
        _refuse_unless_possible(delivery, "closed")
        delivery.state = delivery_after(delivery.state, "closed")
        delivery.next_attempt_at, delivery.finished_at = None, now()
        delivery.save()
        refresh_due(delivery.lane_id)
        if delivery.connection.paused_at is None:
            enqueue_lane(delivery.lane_id, delivery.connection)
        _write_down(actor, delivery, "delivery.closed", reason)
    return delivery


def _locked(delivery_id: UUID) -> Delivery:
    found = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(id=delivery_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such delivery.", code="delivery.not_found")
    return found


def _refuse_unless_possible(delivery: Delivery, event: str) -> None:
    if (DeliveryState(delivery.state), event) not in DELIVERY:
        raise Conflict(
            f"A delivery that is {delivery.get_state_display().lower()} cannot be {event}.",
            code=f"delivery.cannot_be_{event}",
            remedy="Look at its newest state; somebody may have acted before you.",
            state=delivery.state,
        )


def _write_down(actor: Actor, delivery: Delivery, kind: str, reason: str) -> None:
    record(
        kind,
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        actor=actor.name,
        reason=reason,
        connection=delivery.connection.name,
    )
    audit.record(actor, kind, "delivery", str(delivery.id), reason=reason)
