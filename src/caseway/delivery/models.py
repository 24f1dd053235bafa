"""What is owed to whom, every try of it, and its proof. The status shown anywhere is computed from here."""

from __future__ import annotations

from django.db import models

from caseway.access.tenant import TenantModel
from caseway.cases.models import Case
from caseway.core.clock import now
from caseway.intake.models import Submission
from caseway.mapping.models import MappingVersion


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


OPEN_STATES = (DeliveryState.WAITING, DeliveryState.TRANSMITTING, DeliveryState.UNKNOWN, DeliveryState.SENT)
STUCK_STATES = (DeliveryState.REFUSED, DeliveryState.ATTENTION)


class Delivery(TenantModel):
    """One thing owed to one connection. `failures` counts since the last decision of a person."""

    lane = models.ForeignKey(Lane, on_delete=models.PROTECT, related_name="deliveries")
    position = models.PositiveIntegerField()  # in its lane
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="deliveries")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="deliveries")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="deliveries")
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
                fields=["connection", "created_at"],
                name="delivery_open",
                condition=models.Q(state__in=["waiting", "transmitting", "unknown", "sent"]),
            ),
            models.Index(
                fields=["organisation", "code", "connection"],
                name="delivery_stuck",
                condition=models.Q(state__in=["refused", "attention"]),
            ),
        ]


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
        ]


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
