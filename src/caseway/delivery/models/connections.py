"""Connections, what they remember, and which way things go to them."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now


class Connection(TenantModel):
    """One configured rail of one organisation in one environment."""

    class Environment(models.TextChoices):
        SANDBOX = "sandbox"
        TEST = "test"
        REFERENCE = "reference"
        PRODUCTION = "production"

    class Circuit(models.TextChoices):
        CLOSED = "closed"  # all goes through
        OPEN = "open"  # nothing is tried before circuit_until
        HALF_OPEN = "half_open"  # one case tries

    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=200)
    rail = models.CharField(max_length=31)
    environment = models.CharField(max_length=12, choices=Environment.choices, default=Environment.SANDBOX)
    settings = models.JSONField(default=dict)  # without secrets
    secrets = models.TextField(blank=True)  # encrypted JSON of the secret settings
    concurrency = models.PositiveIntegerField(default=4)
    retry = models.JSONField(null=True, blank=True)  # a RetryPolicy of its own; null: the rail's
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.CharField(max_length=200, blank=True)
    paused_reason = models.CharField(max_length=300, blank=True)
    circuit = models.CharField(max_length=10, choices=Circuit.choices, default=Circuit.CLOSED)
    circuit_failures = models.PositiveIntegerField(default=0)  # in a row
    circuit_until = models.DateTimeField(null=True, blank=True)
    down_since = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)
    last_failure_code = models.CharField(max_length=80, blank=True)
    last_failure_sentence = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_report = models.JSONField(default=list, blank=True)
    certificate_ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "slug"], name="connection_slug")]

    def __str__(self) -> str:
        return self.name


class ConnectionMemory(TenantModel):
    """What a rail remembers about a connection for a while: type definitions, capabilities."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="memory")
    key = models.CharField(max_length=200)
    value = models.JSONField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="connection_memory_key")]


class Route(TenantModel):
    """When this arrives, owe a delivery to that connection. Empty conditions match everything."""

    name = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    kind = models.CharField(max_length=20, blank=True)
    channel = models.CharField(max_length=40, blank=True)
    form_id = models.CharField(max_length=100, blank=True)
    service_id = models.CharField(max_length=100, blank=True)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="routes")

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name
