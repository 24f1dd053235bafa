"""What became of the day, counted on both sides: our rows, and what lies in the DMS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
from django.db.models import Count

from caseway.access.scope import everything
from caseway.delivery.models import Delivery, Receipt
from caseway.intake.models import Submission


@dataclass(frozen=True)
class DayReport:
    """The counts of a day. `lost`: accepted but not accounted for, or receipted but not in the DMS."""

    accepted: int
    filed: int
    waiting: int
    refused: int
    attention: int
    doubled: int
    lost: int

    @property
    def settled(self) -> bool:
        """Whether nothing waits for time any more."""
        return self.waiting == 0 and self.filed + self.refused + self.attention == self.accepted


def report(simulator_url: str, accepted: int) -> DayReport:
    """Count what was filed, waits, needs a person, lies there twice or is missing."""
    with httpx2.Client(base_url=simulator_url, trust_env=False, timeout=30) as http:
        counts = http.get("/_sim/counts").json()
        objects = http.get("/_sim/state").json()
    with everything():
        states = dict(Delivery.objects.values_list("state").annotate(Count("id")))
        receipts = set(Receipt.objects.values_list("remote_id", flat=True))
        stored = Submission.objects.count()
        owed = Delivery.objects.values("submission").distinct().count()
    there = {one["id"] for one in _objects(objects)}
    waiting = sum(states.get(state, 0) for state in ("waiting", "transmitting", "unknown", "sent"))
    return DayReport(
        accepted=accepted,
        filed=states.get("delivered", 0),
        waiting=waiting,
        refused=states.get("refused", 0),
        attention=states.get("attention", 0),
        doubled=counts["doubled"],
        lost=max(accepted - stored, 0) + (stored - owed) + len(receipts - there),
    )


def _objects(state: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state["objects"] if isinstance(state, dict) else state
    return found
