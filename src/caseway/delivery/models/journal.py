"""Every effect as planned, every try of it, its proof, and what went over the wire."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.cases.models import Case
from caseway.core.clock import now
from caseway.delivery.models.connections import Connection
from caseway.delivery.models.deliveries import Delivery


class Step(TenantModel):
    """One effect of a delivery, as planned."""

    class State(models.TextChoices):
        PLANNED = "planned"
        TRANSMITTING = "transmitting"  # committed before the first byte; after a crash: unknown
        UNKNOWN = "unknown"
        DONE = "done"
        REFUSED = "refused"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    payload = models.JSONField(default=dict)
    document_id = models.UUIDField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PLANNED)
    attempts = models.PositiveIntegerField(default=0)
    progress = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["delivery", "key"], name="step_key")]


class Attempt(TenantModel):
    """One try of a step: a send, or a probe of what became of one."""

    class What(models.TextChoices):
        SEND = "send"
        PROBE = "probe"

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="tries")
    delivery_id = models.UUIDField(db_index=True)
    what = models.CharField(max_length=5, choices=What.choices)
    number = models.PositiveIntegerField()
    fence = models.BigIntegerField()
    worker = models.CharField(max_length=100)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)  # receipted|absent|refused|unavailable|unknown|lost
    code = models.CharField(max_length=80, blank=True)
    sentence = models.CharField(max_length=500, blank=True)


class Receipt(TenantModel):
    """The proof of one effect. One key has one receipt on a case and connection, whatever happens."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="receipts")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="receipts")
    step = models.OneToOneField(Step, on_delete=models.PROTECT, related_name="receipt")
    key = models.CharField(max_length=200)
    remote_id = models.CharField(max_length=500)
    facts = models.JSONField(default=dict)
    adopted = models.BooleanField(default=False)
    awaiting = models.BooleanField(default=False)  # the other side will judge it
    warnings = models.JSONField(default=list)
    received_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "case", "key"], name="one_receipt")]
        indexes = [models.Index(fields=["connection", "remote_id"], name="receipt_remote")]


class WireExchange(TenantModel):
    """One HTTP exchange with the other side: headers and status always, redacted; bodies never by default."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="exchanges")
    attempt_id = models.UUIDField(null=True)
    delivery_id = models.UUIDField(null=True)
    arrival_id = models.UUIDField(null=True)
    at = models.DateTimeField(default=now)
    method = models.CharField(max_length=10)
    url = models.TextField()
    action = models.CharField(max_length=60, blank=True)
    status = models.PositiveIntegerField(null=True)
    exception = models.CharField(max_length=200, blank=True)
    duration_ms = models.FloatField()
    object_id = models.CharField(max_length=500, blank=True)
    request_headers = models.JSONField(default=dict)
    response_headers = models.JSONField(default=dict)
    request_bytes = models.BigIntegerField(null=True)
    response_bytes = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["delivery_id", "id"], name="exchange_delivery"),
            models.Index(fields=["connection", "-id"], name="exchange_newest"),
            models.Index(
                fields=["arrival_id", "id"],
                name="exchange_arrival",
                condition=models.Q(arrival_id__isnull=False),
            ),
        ]


class RemoteLogEntry(TenantModel):
    """One entry of the other side's own log of a case, kept as evidence, verified or not."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="remote_log")
    remote_case_id = models.CharField(max_length=200)
    position = models.PositiveIntegerField()  # in that log
    digest = models.CharField(max_length=64)
    what = models.CharField(max_length=60)
    about = models.CharField(max_length=120)
    issuer = models.CharField(max_length=300)
    at = models.DateTimeField(null=True)
    verified = models.BooleanField()
    code = models.CharField(max_length=80, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    token = models.TextField(blank=True)
    seen_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "remote_case_id", "digest"], name="remote_log_entry_once"
            )
        ]
