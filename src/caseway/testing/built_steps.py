"""The steps, tries, receipts and exchanges of a delivery that `caseway.testing.builders` makes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from caseway.cases.models import Document
from caseway.delivery.models import Attempt, Delivery, DeliveryState, Receipt, Step, WireExchange
from caseway.rails.cmis.target import DOCUMENT, FOLDER, Target

_REASONS: dict[str, dict[str, Any]] = {
    DeliveryState.REFUSED: {
        "code": "cmis.constraint",
        "sentence": "A rule of the DMS forbids these values.",
        "remedy": "Correct the mapping and file again; what is filed already stays.",
        "details": {"remote": "Pflichtfeld 413 nicht gefüllt"},
    },
    DeliveryState.ATTENTION: {
        "code": "delivery.window_exhausted",
        "sentence": "It was tried for as long as was promised, without success.",
        "remedy": "When the connection answers again, retry; nothing is sent twice.",
    },
    DeliveryState.UNKNOWN: {
        "code": "delivery.outcome_unknown",
        "sentence": "The connection broke after the request had left.",
    },
}


def why(state: str, owed_at: datetime) -> dict[str, Any]:
    """Return the fields of a delivery that its state brings with it."""
    if state == DeliveryState.DELIVERED:
        return {"finished_at": owed_at + timedelta(seconds=3), "next_attempt_at": None, "attempts": 1}
    if state == DeliveryState.NOT_APPLICABLE:
        return {"finished_at": owed_at, "next_attempt_at": None}
    stuck = state in (DeliveryState.REFUSED, DeliveryState.ATTENTION)
    tried = 0 if state == DeliveryState.WAITING else 1
    return {**_REASONS.get(state, {}), "attempts": tried, **({"next_attempt_at": None} if stuck else {})}


def steps_of(delivery: Delivery, number: int, owed_at: datetime) -> None:
    """Write the steps of a delivery, with the tries, receipts and exchanges that lead to its state."""
    done = {DeliveryState.DELIVERED: number, DeliveryState.WAITING: 0}.get(DeliveryState(delivery.state), 1)
    for position in range(1, number + 1):
        step = _a_step(delivery, position)
        if position <= done:
            _confirm(step, owed_at + timedelta(seconds=position))
        elif position == done + 1 and delivery.state in _TRIED:
            _try(step, owed_at + timedelta(seconds=position), *_TRIED[DeliveryState(delivery.state)])


_TRIED = {
    DeliveryState.REFUSED: ("refused", 409, Step.State.REFUSED),
    DeliveryState.ATTENTION: ("unavailable", 503, Step.State.PLANNED),
    DeliveryState.UNKNOWN: ("unknown", None, Step.State.UNKNOWN),
    DeliveryState.TRANSMITTING: ("", None, Step.State.TRANSMITTING),
}


def _a_step(delivery: Delivery, position: int) -> Step:
    document = None if position == 1 else _document_number(delivery, position - 1)
    return Step.objects.create(
        organisation_id=delivery.organisation_id,
        delivery=delivery,
        position=position,
        key="case" if document is None else f"document:{document.id}",
        kind="folder" if document is None else "document",
        title="Case folder" if document is None else document.title,
        payload=_payload(delivery, document),
        document_id=document.id if document else None,
    )


def _document_number(delivery: Delivery, number: int) -> Document:
    documents = Document.objects.filter(submission_id=delivery.submission_id).order_by("index")
    return documents[number - 1]


def _payload(delivery: Delivery, document: Document | None) -> dict[str, Any]:
    assert delivery.submission is not None
    reference = delivery.submission.reference
    return Target(
        role="case" if document is None else document.role,
        base=FOLDER if document is None else DOCUMENT,
        type="Akte" if document is None else "Datei",
        name=f"{reference} Hundesteuer" if document is None else document.filename,
        token=None,
        parent={"path": "/Akten"} if document is None else {"step": "case"},
        properties={
            "355": {"type": "string", "multi": False, "value": reference},
            "401": {"type": "string", "multi": False, "value": delivery.submission.applicant.get("name")},
        },
    ).payload()


def _confirm(step: Step, at: datetime) -> None:
    _try(step, at, "receipted", 201, Step.State.DONE)
    delivery = step.delivery
    Receipt.objects.update_or_create(
        connection_id=delivery.connection_id,
        case_id=delivery.case_id,
        key=step.key,
        defaults={
            "organisation_id": delivery.organisation_id,
            "step": step,
            "remote_id": f"D{str(step.id)[-8:]}",
            "received_at": at + timedelta(milliseconds=84),
        },
    )


def _try(step: Step, at: datetime, outcome: str, status: int | None, state: str) -> Attempt:
    delivery = step.delivery
    attempt = Attempt.objects.create(
        organisation_id=delivery.organisation_id,
        step=step,
        delivery_id=delivery.id,
        what=Attempt.What.SEND,
        number=1,
        fence=1,
        worker="worker-1",
        started_at=at,
        finished_at=at + timedelta(milliseconds=84) if outcome else None,
        outcome=outcome,
        code="" if outcome in ("receipted", "") else delivery.code,
        sentence="" if outcome in ("receipted", "") else delivery.sentence,
    )
    Step.objects.filter(id=step.id).update(state=state, attempts=1)
    action = "createFolder" if step.kind == "folder" else "createDocument"
    WireExchange.objects.create(
        organisation_id=delivery.organisation_id,
        connection_id=delivery.connection_id,
        attempt_id=attempt.id,
        delivery_id=delivery.id,
        at=at,
        method="POST",
        url="https://dms.example.org/cmis/root",
        action=action,
        status=status,
        exception="" if status else "ReadTimeout",
        duration_ms=84.0,
        request_headers={"authorization": "Basic [redacted]", "content-type": "multipart/form-data"},
        response_headers={"content-type": "application/json"} if status else {},
        request_bytes=1200,
        response_bytes=640 if status else None,
    )
    return attempt
