"""Work on one lane: claim it, bring its deliveries out in order, let go.

This is one of the two places where an unexpected exception is caught (the other is the web handler): what
nobody foresaw stops one delivery for a person, never the worker.
"""

from __future__ import annotations

from uuid import UUID

from django.db import InterfaceError, OperationalError

from caseway.access.scope import scope
from caseway.core.errors import CasewayError
from caseway.core.log import get_logger
from caseway.delivery import circuit, failing, following, lanes
from caseway.delivery.finishing import ENDING, end
from caseway.delivery.keeper import keeping
from caseway.delivery.lanes import Claim, LeaseLost
from caseway.delivery.links import open_connection, recording
from caseway.delivery.loading import read
from caseway.delivery.models import Step
from caseway.delivery.planning import plan
from caseway.delivery.transmit import StepFailed, Transmission
from caseway.testing import crash


def drain_lane(lane_id: UUID, worker: str) -> Claim | None:
    """Bring out what is due in a lane. Returns the claim, or None when the lane is not to be had now."""
    claim = lanes.claim(lane_id, worker)
    if claim is None:
        return None
    crash.point("claim.after_lease")
    try:
        with keeping(claim):
            head = claim.head
            while head is not None:
                head = _deliver(claim, head)
    except LeaseLost:
        get_logger().warning("lane.lease_lost", lane=str(lane_id), fence=claim.fence)
    return claim


def _deliver(claim: Claim, head: UUID) -> UUID | None:
    """Bring out one delivery. Returns the next one, where the lane may go on to it."""
    ground = read(claim, head)
    delivery = ground.delivery
    with recording() as exchanges:
        run: Transmission | None = None
        try:
            opened = open_connection(delivery.connection)
            planned = plan(claim, ground, opened)
            run = Transmission(
                claim,
                delivery,
                opened,
                {document.id: document for document in planned.occasion.documents},
                ground.receipts,
                exchanges,
                planned.steps,
                planned.entry,
            )
            for step in run.steps:
                if step.state != Step.State.DONE:
                    run.run(step)
            return _delivered(run)
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
    lanes.release(claim)
    return None


def _delivered(run: Transmission) -> UUID | None:
    """Every step has its receipt: delivered, or sent where the other side will judge it later."""
    with scope(run.claim.organisation_id):
        if any(run.receipts[step.key].awaiting for step in run.steps):
            following.handed_over(run)
        else:
            run.entry.add(end(run.delivery, "receipted"))
            run.entry.change(run.delivery, *ENDING)
        run.commit()
        circuit.succeeded(run.claim.connection_id)
        return lanes.go_on(run.claim)
