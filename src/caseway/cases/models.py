"""Cases, documents, renditions, and the events that make up their story."""

from __future__ import annotations

from django.db import models
from django.db.models import Func
from django.db.models.functions import Lower

from caseway.access.tenant import TenantModel
from caseway.core.clock import now


class Case(TenantModel):
    """A case. `source_system` says whose it is; ours where it is empty, else a read-only copy."""

    reference = models.CharField(max_length=60)
    reference_folded = models.GeneratedField(
        expression=Lower("reference"), output_field=models.TextField(), db_persist=True
    )
    title = models.CharField(max_length=300)
    case_type = models.CharField(max_length=100, blank=True)
    service_id = models.CharField(max_length=100, blank=True)
    source_system = models.CharField(max_length=100, blank=True)
    source_id = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField(default=now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "reference"], name="case_reference")]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="case_newest"),
            models.Index(fields=["organisation", "reference_folded"], name="case_folded"),
            models.Index(
                fields=["organisation", "source_id"],
                name="case_source",
                condition=~models.Q(source_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class DocumentRole(models.TextChoices):
    APPLICATION = "application"
    STRUCTURED = "structured"
    ATTACHMENT = "attachment"
    MESSAGE = "message"


class Document(TenantModel):
    """A thing with content that belongs to a case; `submission_id` is what it arrived with."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents", null=True)
    submission_id = models.UUIDField(null=True, db_index=True)
    role = models.CharField(max_length=20, choices=DocumentRole.choices)
    index = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=300)
    filename = models.CharField(max_length=200)
    field_key = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now)


class Rendition(TenantModel):
    """One form of a document's content; the blob is named by its SHA-256."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=20, default="original")
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=150)
    declared_media_type = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "kind"], name="one_rendition_a_kind")]


class Event(TenantModel):
    """Something that happened, in words of the closed list `caseway.cases.events`. Never changed."""

    kind = models.CharField(max_length=40)
    at = models.DateTimeField(default=now)
    submission_id = models.UUIDField(null=True)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="events")
    delivery_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    # What a reader's cursor goes by: ids are given before the commit, so a later one may be seen earlier.
    transaction = models.BigIntegerField(
        db_default=Func(function="txid_current", output_field=models.BigIntegerField()), editable=False
    )

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "submission_id", "id"], name="event_of_submission"),
            models.Index(fields=["organisation", "transaction", "id"], name="event_behind"),
        ]
