"""Mappings as they are kept: drafts that change, versions that never do, and what they are bound to."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now


class MappingVersion(TenantModel):
    """One version of a mapping. A published one never changes again (a trigger holds it)."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"

    mapping_id = models.CharField(max_length=63)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    document = models.JSONField()  # as written, before `extends` is applied
    layout = models.JSONField(default=dict, blank=True)  # order of the properties, by target
    resolved = models.JSONField(null=True)  # with `extends` applied, from publishing on
    fingerprint = models.CharField(max_length=64, blank=True)  # SHA-256 of the resolved document
    types_fingerprint = models.CharField(
        max_length=64, blank=True
    )  # of the type definitions verified against
    changed_at = models.DateTimeField(default=now)
    changed_by = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "mapping_id", "version"], name="mapping_version"),
            models.UniqueConstraint(
                fields=["organisation", "mapping_id"],
                condition=models.Q(state="draft"),
                name="one_draft_a_mapping",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mapping_id}@{self.version}"


class MappingBinding(TenantModel):
    """From when on which mapping serves a form or service; the most particular and latest one wins."""

    form_id = models.CharField(max_length=100, blank=True)
    service_id = models.CharField(max_length=100, blank=True)
    connection_slug = models.SlugField(max_length=60)
    mapping = models.ForeignKey(MappingVersion, on_delete=models.PROTECT, related_name="bindings")
    valid_from = models.DateTimeField(default=now)
    created_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "connection_slug", "form_id", "service_id", "valid_from"],
                name="one_binding_at_a_time",
            )
        ]
