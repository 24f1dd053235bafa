"""What arrived, as it arrived."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.cases.models import Case
from caseway.core.clock import now


class Submission(TenantModel):
    """A submission: sender, channel, facts; its files are the documents with its id. Immutable."""

    class Kind(models.TextChoices):
        APPLICATION = "application"
        MESSAGE = "message"
        ANSWER = "answer"  # from us to the applicant

    reference = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.APPLICATION)
    channel = models.CharField(max_length=40, default="api")
    sender = models.CharField(max_length=200)
    idempotency_key = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="submissions")
    form_id = models.CharField(max_length=100, blank=True)
    form_name = models.CharField(max_length=200, blank=True)
    form_version = models.CharField(max_length=40, blank=True)
    service_id = models.CharField(max_length=100, blank=True)
    service_name = models.CharField(max_length=200, blank=True)
    leika_id = models.CharField(max_length=20, blank=True)
    applicant = models.JSONField(default=dict)
    message = models.JSONField(default=dict)  # id, subject, body, sentAt, direction
    region = models.CharField(max_length=12, blank=True)  # ARS or AGS of the place it is about
    reply = models.JSONField(default=dict)  # the way the applicant wants to be answered
    origin = models.JSONField(default=dict)  # how it came over a connection: remote ids, metadata
    test = models.BooleanField(default=False)
    submitted_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(default=now)
    documents_count = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sender", "idempotency_key"], name="submission_idempotency"
            ),
            models.UniqueConstraint(fields=["organisation", "reference"], name="submission_reference"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="submission_newest"),
            models.Index(fields=["organisation", "form_id", "-id"], name="submission_form"),
            models.Index(fields=["organisation", "case", "id"], name="submission_case"),
        ]

    def __str__(self) -> str:
        return self.reference
