"""What waits for us at the other side of a connection, and what became of it here."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now
from caseway.delivery.models import Connection, Delivery, DeliveryState, Purpose
from caseway.intake.models import Submission


class Arrival(TenantModel):
    """One thing that arrived, whoever told us of it and however often. Its answer is a delivery.

    What is shown of its answer is the state of that delivery; there is no second writer.
    """

    class State(models.TextChoices):
        FOUND = "found"  # to be collected, now or at next_try_at
        HELD = "held"  # a person is needed: at fault itself, or we cannot collect it as things are
        TAKEN_IN = "taken_in"  # durable here; the answer is owed, or waits for a person
        REJECTED = "rejected"  # not taken in; the rejection is owed
        GONE = "gone"  # does not wait there any more, and was never ours

    class FoundBy(models.TextChoices):
        POLL = "poll"
        CALLBACK = "callback"

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="arrivals")
    kind = models.CharField(max_length=12)  # submission | reply
    remote_id = models.CharField(max_length=200)
    remote_case_id = models.CharField(max_length=200)
    destination = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.FOUND)
    found_at = models.DateTimeField(default=now)
    found_by = models.CharField(max_length=8, choices=FoundBy.choices)
    answer_by = models.DateTimeField(null=True)  # when the other side ends it without us
    alarm_at = models.DateTimeField(null=True)  # without an answer by then it is late
    alarmed_at = models.DateTimeField(null=True)  # when somebody was told that it is late
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, null=True, related_name="arrival")
    answer = models.OneToOneField(Delivery, on_delete=models.PROTECT, null=True, related_name="answers")
    brief = models.JSONField(default=dict, blank=True)  # what only collecting tells an answer: tags
    problems = models.JSONField(default=list, blank=True)  # of the sender's, in the standard's words
    failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, default=now)
    leased_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # of the person who decided
    code = models.CharField(max_length=80, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    remedy = models.CharField(max_length=500, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "remote_id"], name="arrival_once")
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="arrival_newest"),
            models.Index(fields=["organisation", "state", "found_at"], name="arrival_state"),
            models.Index(
                fields=["connection", "next_try_at"],
                name="arrival_due",
                condition=models.Q(next_try_at__isnull=False),
            ),
            models.Index(fields=["connection", "remote_case_id"], name="arrival_remote_case"),
            models.Index(
                fields=["connection", "leased_until"],
                name="arrival_leased",
                condition=models.Q(leased_until__isnull=False),
            ),
            models.Index(
                fields=["alarm_at"],
                name="arrival_alarm",
                condition=models.Q(alarm_at__isnull=False, alarmed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.remote_id

    @property
    def unanswered(self) -> bool:
        """Whether the other side still waits for our word."""
        if self.state == Arrival.State.GONE:
            return False
        answer = self.answer
        return answer is None or answer.purpose not in FINAL or answer.state not in ANSWERED

    @property
    def is_late(self) -> bool:
        """Whether it has been without an answer for too long."""
        return self.unanswered and self.alarm_at is not None and self.alarm_at <= now()


FINAL = (Purpose.ACCEPT, Purpose.REJECT)
"""The answers behind which there is no other."""

ANSWERED = (DeliveryState.DELIVERED, DeliveryState.SENT, DeliveryState.NOT_APPLICABLE)
"""States of an answer that has gone out, or that a person ended."""

UNANSWERED = ~models.Q(state=Arrival.State.GONE) & ~models.Q(
    answer__purpose__in=FINAL, answer__state__in=ANSWERED, answer__isnull=False
)
"""The arrivals whose other side still waits for our word."""


class SeenCallback(TenantModel):
    """A callback that was acted on, so that the same one sent again is refused. Kept for a day."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="callbacks")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "digest"], name="callback_once")]


class PollState(TenantModel):
    """When a connection was last asked for what waits there, and when it may be collected from again."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="poll")
    polled_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=now)
    found = models.PositiveIntegerField(default=0)  # waiting there at the last look
    failures = models.PositiveIntegerField(default=0)  # in a row, of asking
    collect_failures = models.PositiveIntegerField(default=0)  # in a row, of the way to what is collected
    collect_after = models.DateTimeField(null=True)
    code = models.CharField(max_length=80, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
