"""Batches of retries that a person planned, saw and started."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now
from caseway.delivery.models.deliveries import Delivery


class Replay(TenantModel):
    """A batch of retries that a person planned, saw and started."""

    class State(models.TextChoices):
        PLANNED = "planned"
        RUNNING = "running"
        PAUSED = "paused"
        CANCELLED = "cancelled"
        DONE = "done"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    filter = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)
    created_by = models.CharField(max_length=200)
    finished_at = models.DateTimeField(null=True)


class ReplayItem(TenantModel):
    """One delivery of a replay: what the plan says of it, and whether it was done."""

    class Decision(models.TextChoices):
        SEND = "send"
        SKIP = "skip"

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="items")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="+")
    decision = models.CharField(max_length=4, choices=Decision.choices)
    reason = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "delivery"], name="replay_item")]
