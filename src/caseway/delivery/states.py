"""The life of a delivery and of a step as tables: state × event → state. In the docs, and tested whole."""

from __future__ import annotations

from typing import Final

from caseway.delivery.models import DeliveryState as D
from caseway.delivery.models import Step

S = Step.State

DELIVERY: Final[dict[tuple[D, str], D]] = {
    (D.WAITING, "claimed"): D.TRANSMITTING,
    (D.UNKNOWN, "claimed"): D.TRANSMITTING,
    (D.TRANSMITTING, "claimed"): D.TRANSMITTING,  # after a crash: the lease ran out
    (D.TRANSMITTING, "unavailable"): D.WAITING,
    (D.TRANSMITTING, "outcome_unknown"): D.UNKNOWN,
    (D.TRANSMITTING, "refused"): D.REFUSED,
    (D.TRANSMITTING, "invalid"): D.ATTENTION,
    (D.TRANSMITTING, "exhausted"): D.ATTENTION,
    (D.WAITING, "exhausted"): D.ATTENTION,
    (D.UNKNOWN, "exhausted"): D.ATTENTION,
    (D.TRANSMITTING, "receipted"): D.DELIVERED,
    (D.TRANSMITTING, "handed_over"): D.SENT,
    (D.SENT, "accepted"): D.DELIVERED,
    (D.SENT, "rejected"): D.REFUSED,
    (D.SENT, "exhausted"): D.ATTENTION,
    (D.REFUSED, "retried"): D.WAITING,
    (D.ATTENTION, "retried"): D.WAITING,
    (D.WAITING, "retried"): D.WAITING,
    (D.UNKNOWN, "retried"): D.UNKNOWN,
    (D.REFUSED, "closed"): D.NOT_APPLICABLE,
    (D.ATTENTION, "closed"): D.NOT_APPLICABLE,
}

STEP: Final[dict[tuple[Step.State, str], Step.State]] = {
    (S.PLANNED, "sending"): S.TRANSMITTING,
    (S.REFUSED, "replanned"): S.PLANNED,
    (S.PLANNED, "replanned"): S.PLANNED,
    (S.TRANSMITTING, "found_after_crash"): S.UNKNOWN,
    (S.TRANSMITTING, "receipted"): S.DONE,
    (S.TRANSMITTING, "unavailable"): S.PLANNED,
    (S.TRANSMITTING, "outcome_unknown"): S.UNKNOWN,
    (S.TRANSMITTING, "refused"): S.REFUSED,
    (S.UNKNOWN, "probe_found"): S.DONE,
    (S.UNKNOWN, "probe_absent"): S.PLANNED,
    (S.UNKNOWN, "unavailable"): S.UNKNOWN,
    (S.UNKNOWN, "outcome_unknown"): S.UNKNOWN,
    (S.UNKNOWN, "refused"): S.UNKNOWN,
    (S.PLANNED, "already_receipted"): S.DONE,
    (S.DONE, "voided"): S.PLANNED,
    (S.TRANSMITTING, "void"): S.PLANNED,
    (S.UNKNOWN, "void"): S.PLANNED,
}


def delivery_after(state: str, event: str) -> D:
    """Return the state behind an event. Raises `KeyError` for what cannot happen."""
    return DELIVERY[D(state), event]


def step_after(state: str, event: str) -> Step.State:
    """Return the state behind an event. Raises `KeyError` for what cannot happen."""
    return STEP[Step.State(state), event]
