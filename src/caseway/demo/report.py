"""What became of the day, counted on both sides: our rows, and what lies in the DMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
from django.db.models import Count

from caseway.access.scope import everything
from caseway.delivery.models import Delivery, DeliveryState, Lane, Receipt
from caseway.intake.models import Submission
from caseway.receiving.models import Arrival


@dataclass(frozen=True)
class DayReport:
    """The counts of a day. `waiting` wait for time, or behind one of their case that needs a person.

    `lost`: accepted but not accounted for, or receipted but not in the DMS.
    """

    accepted: int
    filed: int
    waiting: int
    refused: int
    attention: int
    doubled: int
    lost: int


def settled(accepted: int) -> bool:
    """Whether everything accepted is here and nothing will be tried without a person."""
    with everything():
        here = Submission.objects.count() >= accepted
    return here and not any(unsettled().values())


def unsettled() -> dict[str, int]:
    """Return how much goes on without a person, by what it is."""
    with everything():
        return {
            "lanes": Lane.objects.exclude(due_at=None, leased_until=None).count(),
            "awaited": Delivery.objects.filter(state=DeliveryState.SENT).count(),
            "arriving": Arrival.objects.filter(state=Arrival.State.FOUND).count(),
        }


def report(dms_url: str, platform_url: str, accepted: int) -> DayReport:
    """Count what was filed, waits, needs a person, lies there twice or is missing.

    What travelled over the platform was accepted twice: by us as its sender, and by us as its receiver.
    """
    with httpx2.Client(base_url=dms_url, trust_env=False, timeout=30) as http:
        counts = http.get("/_sim/counts").json()
        objects = http.get("/_sim/state").json()
    with httpx2.Client(base_url=platform_url, trust_env=False, timeout=30) as http:
        carried = http.get("/_sim/counts").json()
    with everything():
        states = dict(Delivery.objects.values_list("state").annotate(Count("id")))
        filed = Receipt.objects.filter(connection__rail="cmis")
        receipts = set(filed.values_list("remote_id", flat=True))
        taken_in = Submission.objects.exclude(origin={}).count()
        stored = Submission.objects.count()
        owed = Delivery.objects.values("submission").distinct().count()
    there = {one["id"] for one in _objects(objects)}
    waiting = sum(states.get(state, 0) for state in ("waiting", "transmitting", "unknown", "sent"))
    return DayReport(
        accepted=accepted + taken_in,
        filed=states.get("delivered", 0),
        waiting=waiting,
        refused=states.get("refused", 0),
        attention=states.get("attention", 0),
        doubled=counts["doubled"] + carried["doubled"] + max(0, taken_in - carried["handedOver"]),
        lost=max(accepted + taken_in - stored, 0)
        + (stored - owed)
        + len(receipts - there)
        + max(0, carried["handedOver"] - taken_in),
    )


def _objects(state: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state["objects"] if isinstance(state, dict) else state
    return found
