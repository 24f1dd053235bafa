"""What can happen, in a closed list of words, and who is told of it in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.db.models import Model

from caseway.cases.models import Case, Event
from caseway.cases.writing import Row, new_row, write

KINDS = {
    "submission.accepted": "A submission is durable here.",
    "case.opened": "A case was opened for it.",
    "document.placed": "It was placed on a case.",
    "delivery.owed": "A route owes a delivery.",
    "delivery.not_applicable": "No route matches: nothing to send.",
    "delivery.planned": "The mapping was rendered and the steps are known.",
    "delivery.waiting": "A try failed in a way that time may mend.",
    "delivery.unknown": "The outcome of a try is not known and will be looked up.",
    "delivery.attention": "A person is needed.",
    "delivery.sent": "Every step has its receipt; the other side will judge it.",
    "delivery.delivered": "Every step has its receipt.",
    "delivery.voided": "Receipts hold no more; their steps are sent anew.",
    "delivery.retried": "A person had it tried again.",
    "delivery.closed": "A person closed it without sending.",
    "step.receipted": "One effect has its receipt.",
    "arrival.found": "Something waits for us at the other side of a connection.",
    "arrival.held": "What arrived waits for a person.",
    "arrival.decided": "A person decided about what arrived.",
    "arrival.gone": "What arrived does not wait any more at the other side.",
    "arrival.waits_too_long": "What arrived has had no answer for too long.",
    "answer.not_connected": "No connected way leads to who is to be answered.",
    "connection.promoted": "A connection moved on to the next environment.",
    "connection.conformed": "A conformance run ended.",
    "connection.down": "A connection stopped answering.",
    "connection.up": "A connection answers again.",
    "connection.paused": "A person paused a connection.",
    "connection.resumed": "A person resumed a connection.",
    "mapping.published": "A mapping version was published.",
}

Handler = Callable[[Event], Iterable[Model]]
_handlers: defaultdict[str, list[Handler]] = defaultdict(list)


def record(
    kind: str,
    organisation_id: UUID,
    *,
    submission_id: UUID | None = None,
    case: Case | None = None,
    case_id: UUID | None = None,
    delivery_id: UUID | None = None,
    actor: str = "",
    about: Model | None = None,
    **data: Any,
) -> Event:
    """Write an event and tell its subscribers, all in the caller's transaction.

    `about` is the row the event tells of, handed on to subscribers that would read it again.
    Raises `KeyError` for a kind that is not in `KINDS`.
    """
    event = happened(
        kind,
        organisation_id,
        submission_id=submission_id,
        case_id=case.id if case else case_id,
        delivery_id=delivery_id,
        actor=actor,
        **data,
    )
    write(event, *tell(event, about))
    return event


def happened(
    kind: str,
    organisation_id: UUID,
    *,
    submission_id: UUID | None = None,
    case_id: UUID | None = None,
    delivery_id: UUID | None = None,
    actor: str = "",
    **data: Any,
) -> Event:
    """Return an event that is not written yet, for who writes it together with other rows and then tells it.

    Raises `KeyError` for a kind that is not in `KINDS`.
    """
    KINDS[kind]
    return new_row(
        Event,
        organisation_id=organisation_id,
        kind=kind,
        submission_id=submission_id,
        case_id=case_id,
        delivery_id=delivery_id,
        actor=actor,
        data=data,
    )


def tell(event: Event, about: Model | None = None) -> list[Model]:
    """Tell the subscribers of an event, in the caller's transaction; return what is to be written with it."""
    if about is not None:
        event._about = about  # type: ignore[attr-defined]
    return [row for handler in _handlers[event.kind] for row in handler(event)]


def written_with(event: Event, kind: type[Row]) -> Row | None:
    """Return the row of a kind that an event was recorded with in this transaction, or None."""
    about = getattr(event, "_about", None)
    return about if isinstance(about, kind) else None


def subscribe(kind: str, handler: Handler) -> None:
    """Have a function called inside the transaction of each event of a kind. Done once, at start-up.

    It is called before the event is written, and returns the rows that are to be written with it: what
    follows from an event costs no trip of its own.
    """
    KINDS[kind]
    if handler not in _handlers[kind]:
        _handlers[kind].append(handler)
