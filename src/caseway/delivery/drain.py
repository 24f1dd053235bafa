"""Work on one lane: claim it, bring its deliveries out in order, let go.

This is one of the two places where an unexpected exception is caught (the other is the web handler): what
nobody foresaw stops one delivery for a person, never the worker.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import InterfaceError, OperationalError

from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.core.log import get_logger
from caseway.delivery import circuit, failing, following, lanes
from caseway.delivery.finishing import finish
from caseway.delivery.keeper import keeping
from caseway.delivery.lanes import Claim, LeaseLost, hold
from caseway.delivery.links import open_connection, recording
from caseway.delivery.models import STUCK_STATES, Delivery, DeliveryState, Step
from caseway.delivery.planning import plan
from caseway.delivery.states import delivery_after
from caseway.delivery.transmit import StepFailed, Transmission
from caseway.testing import crash

# What was handed over and awaits a verdict does not hold up its lane.
_OVER = (DeliveryState.DELIVERED, DeliveryState.NOT_APPLICABLE, DeliveryState.SENT)


def drain_lane(lane_id: UUID, worker: str) -> Claim | None:
    """Bring out what is due in a lane. Returns the claim, or None when the lane is not to be had now."""
    claim = lanes.claim(lane_id, worker)
    if claim is None:
        return None
    crash.point("claim.after_lease")
    try:
        with keeping(claim):
            while (delivery := _head(claim)) is not None:
                if not _deliver(claim, delivery):
                    lanes.release(claim)
                    break
    except LeaseLost:
        get_logger().warning("lane.lease_lost", lane=str(lane_id), fence=claim.fence)
    return claim


def _head(claim: Claim) -> Delivery | None:
    """Return the delivery that is due, claimed; or let go of the lane."""
    with scope(claim.organisation_id):
        hold(claim)
        head = (
            Delivery.objects.filter(lane_id=claim.lane_id)
            .exclude(state__in=_OVER)
            .select_related("connection", "submission__case", "submission__organisation", "mapping")
            .order_by("position")
            .first()
        )
        if head is None or head.state in STUCK_STATES or not _due(head.next_attempt_at):
            lanes.let_go(claim)
            return None
        head.state = delivery_after(head.state, "claimed")
        Delivery.objects.filter(id=head.id).update(state=head.state)
        return head


def _due(at: datetime | None) -> bool:
    return at is not None and at <= now()


def _deliver(claim: Claim, delivery: Delivery) -> bool:
    """Bring out one delivery. True when the lane may go on to the next."""
    with recording() as exchanges:
        run: Transmission | None = None
        try:
            opened = open_connection(delivery.connection)
            occasion, steps, receipts = plan(claim, delivery, opened)
            run = Transmission(
                claim,
                delivery,
                opened,
                {document.id: document for document in occasion.documents},
                receipts,
                exchanges,
                steps,
            )
            for step in steps:
                if step.state != Step.State.DONE:
                    run.run(step)
            _delivered(run)
        except StepFailed as failure:
            assert run is not None
            failing.step_failed(run, failure)
        except CasewayError as error:
            failing.planning_failed(claim, delivery, error, exchanges)
        except (LeaseLost, OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - the boundary of the worker
            get_logger().error("job.failed", delivery=str(delivery.id), exc_info=error)
            failing.unexpected(claim, delivery, run, error)
        else:
            return True
    return False


def _delivered(run: Transmission) -> None:
    """Every step has its receipt: delivered, or sent where the other side will judge it later."""
    if any(run.receipts[step.key].awaiting for step in run.steps):
        following.handed_over(run)
        return
    with scope(run.claim.organisation_id):
        hold(run.claim)
        run.commit_finished()
        finish(run.delivery)
        circuit.succeeded(run.claim.connection_id)
