"""How deliveries, their steps, tries and receipts look in answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from caseway.api.shapes import Shape
from caseway.delivery.models import Attempt, Delivery, Receipt, Step, WireExchange


class DeliveryRow(Shape):
    """A delivery as lists show it. `sentence` is Caseway's; the other side's words are in the detail."""

    id: UUID
    submission_id: UUID | None  # none for a rejection of what was not taken in
    purpose: str
    case_id: UUID
    connection: str
    state: str
    route: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    finished_at: datetime | None
    code: str
    sentence: str
    remedy: str


class AttemptShape(Shape):
    what: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    code: str
    sentence: str


class ReceiptShape(Shape):
    """The proof of one effect: what the other side calls it."""

    remote_id: str
    adopted: bool
    received_at: datetime
    facts: dict[str, Any]
    warnings: list[str]


class StepShape(Shape):
    key: str
    kind: str
    title: str
    state: str
    document_id: UUID | None
    attempts: list[AttemptShape]
    receipt: ReceiptShape | None


class DeliveryDetail(DeliveryRow):
    """A delivery with its steps; `mapping` is the version it was rendered with, as `id@version`."""

    mapping: str | None
    details: dict[str, Any]
    steps: list[StepShape]


class ExchangeShape(Shape):
    """One exchange with the other side, without secrets and bodies. `exception` is how it failed: on the way,
    or in the words of the answer (`constraint`)."""

    id: UUID
    at: datetime
    attempt_id: UUID | None
    method: str
    url: str
    action: str
    status: int | None
    exception: str
    object_id: str
    duration_ms: float
    request_headers: dict[str, str]
    response_headers: dict[str, str]
    request_bytes: int | None
    response_bytes: int | None


def exchange_shape(exchange: WireExchange) -> ExchangeShape:
    """Return an exchange as the wire log shows it."""
    return ExchangeShape.model_validate(exchange, from_attributes=True)


def row_values(delivery: Delivery) -> dict[str, Any]:
    """Return the values of a row; its connection is loaded."""
    return {
        "id": delivery.id,
        "submission_id": delivery.submission_id,
        "purpose": delivery.purpose,
        "case_id": delivery.case_id,
        "connection": delivery.connection.slug,
        "state": delivery.state,
        "route": delivery.route_name,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at,
        "next_attempt_at": delivery.next_attempt_at,
        "finished_at": delivery.finished_at,
        "code": delivery.code,
        "sentence": delivery.sentence,
        "remedy": delivery.remedy,
    }


def delivery_row(delivery: Delivery) -> DeliveryRow:
    """Return a delivery as lists show it."""
    return DeliveryRow(**row_values(delivery))


def delivery_detail(delivery: Delivery) -> DeliveryDetail:
    """Return a delivery with steps, tries and receipts, which are loaded."""
    return DeliveryDetail(
        **row_values(delivery),
        mapping=str(delivery.mapping) if delivery.mapping else None,
        details=delivery.details,
        steps=[step_shape(step) for step in delivery.steps.all()],
    )


def step_shape(step: Step) -> StepShape:
    """Return a step with its tries and its receipt."""
    receipt: Receipt | None = getattr(step, "receipt", None)
    return StepShape(
        key=step.key,
        kind=step.kind,
        title=step.title,
        state=step.state,
        document_id=step.document_id,
        attempts=[
            _attempt(attempt) for attempt in sorted(step.tries.all(), key=lambda found: found.started_at)
        ],
        receipt=ReceiptShape.model_validate(receipt, from_attributes=True) if receipt else None,
    )


def _attempt(attempt: Attempt) -> AttemptShape:
    return AttemptShape.model_validate(attempt, from_attributes=True)
