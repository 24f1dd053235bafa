"""What a connection is trusted by and proven with: keys, schemas it checks by, conformance runs."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now
from caseway.delivery.models.connections import Connection


class ConnectionKey(TenantModel):
    """A key pair of a connection. The private part is sealed; it leaves only into a rail's hand."""

    class Use(models.TextChoices):
        SIGN = "sign"
        DECRYPT = "decrypt"

    class State(models.TextChoices):
        PREPARED = "prepared"  # made, not published yet
        IN_FORCE = "in_force"  # signs, or is what others encrypt with
        OVERLAP = "overlap"  # still decrypts, or its signatures are still looked up
        RETIRED = "retired"  # kept as evidence, without its private part

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="keys")
    use = models.CharField(max_length=8, choices=Use.choices)
    kid = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARED)
    public = models.JSONField()  # the JWK as published
    private = models.TextField(blank=True)  # PKCS #8 PEM, sealed
    origin = models.CharField(max_length=10, default="generated")  # generated | imported
    created_at = models.DateTimeField(default=now)
    created_by = models.CharField(max_length=200, blank=True)
    in_force_at = models.DateTimeField(null=True)
    overlap_until = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)  # of its certificate

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "use", "kid"], name="connection_key_kid"),
            models.UniqueConstraint(
                fields=["connection", "use"],
                name="one_key_in_force",
                condition=models.Q(state="in_force"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.use} {self.kid}"


class SubjectSchema(TenantModel):
    """A schema of subject data that an organisation registered (FIM, XÖV …), with the files it includes."""

    uri = models.CharField(max_length=500)
    name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=40)  # of the data: application/json | application/xml
    entry = models.CharField(max_length=200)
    files = models.JSONField()  # name -> text
    service_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=now)
    created_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["uri"]
        constraints = [models.UniqueConstraint(fields=["organisation", "uri"], name="subject_schema_uri")]

    def __str__(self) -> str:
        return self.name or self.uri


class ConformanceRun(TenantModel):
    """One run of a rail's conformance clauses against one environment; signed, never changed."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="conformance_runs")
    environment = models.CharField(max_length=12)
    settings_digest = models.CharField(max_length=64)  # of what was proven
    proven = models.JSONField(default=dict)  # what the digest is of: rail, settings without secrets, key ids
    wish = models.JSONField(default=dict)  # where and with what it was asked to run
    clauses = models.JSONField(default=list)  # [{"code", "title"}], in order
    started_at = models.DateTimeField(default=now)
    heard_at = models.DateTimeField(default=now)  # the last sign of life
    finished_at = models.DateTimeField(null=True)
    passed = models.BooleanField(default=False)
    findings = models.JSONField(default=list)
    report = models.TextField(blank=True)  # compact JWS over the canonical report
    started_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["connection", "-started_at"], name="conformance_newest")]
