"""What is to be settled before a connection carries anything, and who is known to take what."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now
from caseway.delivery.models.connections import Connection


class ChecklistItem(TenantModel):
    """What became of one question of a connection's checklist; a question nobody touched has no row."""

    class State(models.TextChoices):
        ASKED = "asked"
        ANSWERED = "answered"
        NOT_NEEDED = "not_needed"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="checklist")
    code = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=State.choices)
    asked_of = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=200, blank=True)
    answer = models.TextField(blank=True)  # or the reason why it is not needed
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "code"], name="checklist_item_code"),
        ]

    def __str__(self) -> str:
        return self.code


class CatalogueEntry(TenantModel):
    """Somebody to send to, as a directory showed them: when, and to whom."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="catalogue")
    environment = models.CharField(max_length=12)
    party_id = models.CharField(max_length=200)
    name = models.CharField(max_length=300, blank=True)
    reachable = models.BooleanField()
    trusted = models.BooleanField()  # every check of signatures, keys and chain was well
    status = models.CharField(max_length=60, blank=True)
    reply_channels = models.JSONField(default=list)
    metadata_versions = models.JSONField(default=list)
    details = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    first_seen_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    seen_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["name", "party_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "environment", "party_id"], name="catalogue_entry_party"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.party_id


class CatalogueService(TenantModel):
    """A service that a party takes, in one form."""

    entry = models.ForeignKey(CatalogueEntry, on_delete=models.CASCADE, related_name="services")
    service = models.CharField(max_length=300)  # as the directory writes it
    service_key = models.CharField(max_length=300)  # in one way of writing, to compare
    schema_uri = models.CharField(max_length=500, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    regions = models.JSONField(default=list)

    class Meta:
        ordering = ["service", "schema_uri", "id"]
        indexes = [
            models.Index(fields=["organisation", "service_key"], name="catalogue_service_key"),
            models.Index(fields=["organisation", "schema_uri"], name="catalogue_schema"),
        ]

    def __str__(self) -> str:
        return self.service
