"""Receipts that hold no more: the other side forgot a reservation, or a person has a refused thing sent anew.

A voided receipt is gone from the proofs; that it was there stays in the events and in the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable

from caseway.cases.events import record
from caseway.delivery.models import Attempt, Delivery, Receipt, Step
from caseway.delivery.states import step_after


def void_receipts(delivery: Delivery, keys: Iterable[str] | None, why: str) -> int:
    """Take back receipts of a delivery's own steps (None: all), in the caller's transaction.

    Their steps are planned again. Returns how many were taken back.
    """
    own = Receipt.objects.filter(step__delivery=delivery).select_related("step")
    if keys is not None:
        own = own.filter(key__in=list(keys))
    taken = list(own)
    for receipt in taken:
        step = receipt.step
        state = step_after(step.state, "voided")
        Step.objects.filter(id=step.id).update(state=state, progress={}, attempts=0)
        Attempt.objects.filter(step=step, outcome="receipted").update(outcome="voided")
        receipt.delete()
    if taken:
        record(
            "delivery.voided",
            delivery.organisation_id,
            submission_id=delivery.submission_id,
            case_id=delivery.case_id,
            delivery_id=delivery.id,
            why=why,
            receipts=[{"key": one.key, "remote": one.remote_id} for one in taken],
        )
    return len(taken)
