"""What is owed to whom, in which order, and its state: the one that is shown anywhere."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.cases.models import Case
from caseway.core.clock import now
from caseway.delivery.models.connections import Connection, Route
from caseway.intake.models import Submission
from caseway.mapping.models import MappingVersion


class Lane(TenantModel):
    """The line of one case at one connection: what keeps order, and what a worker holds while it works.

    `due_at` is when its head may be tried (null: nothing to do). `fence` rises with each claim; a worker
    whose fence is not the newest may not write any more.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="lanes")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="lanes")
    due_at = models.DateTimeField(null=True)
    enqueued_at = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    leased_by = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "case"], name="lane_of_case")]
        indexes = [
            models.Index(
                fields=["connection", "due_at"], name="lane_due", condition=models.Q(due_at__isnull=False)
            ),
            models.Index(
                fields=["connection"], name="lane_enqueued", condition=models.Q(enqueued_at__isnull=False)
            ),
            models.Index(
                fields=["connection", "leased_until"],
                name="lane_leased",
                condition=models.Q(leased_until__isnull=False),
            ),
        ]


class DeliveryState(models.TextChoices):
    WAITING = "waiting"
    TRANSMITTING = "transmitting"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    REFUSED = "refused"
    ATTENTION = "attention"
    NOT_APPLICABLE = "not_applicable"


UNSENT_STATES = (DeliveryState.WAITING, DeliveryState.TRANSMITTING, DeliveryState.UNKNOWN)
OPEN_STATES = (*UNSENT_STATES, DeliveryState.SENT)
STUCK_STATES = (DeliveryState.REFUSED, DeliveryState.ATTENTION)


class Purpose(models.TextChoices):
    """Why something is owed: it was accepted here, or it answers what came over this connection."""

    SUBMISSION = "submission"
    ACCEPT = "accept"
    REJECT = "reject"
    FORWARD = "forward"


class Delivery(TenantModel):
    """One thing owed to one connection. `failures` counts since the last decision of a person.

    A rejection of what was never taken in has no submission. `brief` is what an answer needs to be planned.
    A delivery that was sent is followed at `follow_at` until the other side's verdict.
    """

    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="deliveries")
    position = models.PositiveIntegerField()  # in its lane
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="deliveries")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deliveries")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="deliveries")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.SUBMISSION)
    brief = models.JSONField(default=dict, blank=True)
    remote_case_id = models.CharField(max_length=200, blank=True)  # what the other side calls the case
    route = models.ForeignKey(Route, on_delete=models.SET_NULL, null=True, related_name="+")
    route_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    mapping = models.ForeignKey(MappingVersion, on_delete=models.PROTECT, null=True, related_name="+")
    rendered_hash = models.CharField(max_length=64, blank=True)
    failures = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    window_starts_at = models.DateTimeField(default=now)
    next_attempt_at = models.DateTimeField(null=True, default=now)
    sent_at = models.DateTimeField(null=True)
    follow_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=80, blank=True)  # why it waits or is stuck
    sentence = models.CharField(max_length=500, blank=True)
    remedy = models.CharField(max_length=500, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lane", "position"], name="delivery_in_lane")]
        indexes = [
            models.Index(fields=["organisation", "state", "-id"], name="delivery_state"),
            models.Index(
                fields=["organisation", "state", "-submission"],
                name="delivery_message_state",
                condition=~models.Q(state="delivered"),
            ),
            models.Index(
                fields=["connection", "created_at"],
                name="delivery_open",
                condition=models.Q(state__in=["waiting", "transmitting", "unknown", "sent"]),
            ),
            models.Index(
                fields=["follow_at"], name="delivery_follow", condition=models.Q(follow_at__isnull=False)
            ),
            models.Index(
                fields=["connection", "remote_case_id"],
                name="delivery_remote_case",
                condition=~models.Q(remote_case_id=""),
            ),
            models.Index(
                fields=["organisation", "code", "connection"],
                name="delivery_stuck",
                condition=models.Q(state__in=["refused", "attention"]),
            ),
        ]
