"""From what was collected to a submission that is durable here: once, on its case, as it came."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from caseway.access.actor import system
from caseway.access.scope import scope
from caseway.core.errors import Conflict, Invalid
from caseway.delivery.models import Connection
from caseway.intake.data import (
    CaseKey,
    DocumentData,
    Form,
    Message,
    Provenance,
    Service,
    SubmissionData,
)
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.intake.moments import EARLIEST, LATEST
from caseway.intake.receive import receive_submission
from caseway.rails import inbound
from caseway.rails.contract import chunks
from caseway.rails.inbound import Collected
from caseway.receiving.models import Arrival
from caseway.receiving.placing import known_case


def idempotency_key(arrival: Arrival) -> str:
    """Return the key under which an arrival is taken in: there it is one thing, whatever happens here."""
    name = "\n".join([str(arrival.connection_id), arrival.kind, arrival.remote_id])
    return f"arrival:{sha256(name.encode()).hexdigest()}"


def durable_submission(arrival: Arrival) -> Submission | None:
    """Return what an arrival was taken in as, though nobody could write that down any more."""
    actor = system(arrival.organisation_id)
    with scope(arrival.organisation_id):
        return (
            Submission.objects.select_related("case")
            .filter(
                organisation_id=arrival.organisation_id,
                sender=actor.id,
                idempotency_key=idempotency_key(arrival),
            )
            .first()
        )


def take_in(arrival: Arrival, collected: Collected) -> Submission:
    """Make what was collected durable. The same arrival again is the same submission.

    Raises what `receive_submission` raises, and `Invalid` (`arrival.not_takeable`).
    """
    data = _data(arrival, collected)
    with ExitStack() as stack:
        files = [_file(one, stack) for one in collected.files]
        try:
            return receive_submission(
                system(arrival.organisation_id),
                data,
                files,
                idempotency_key(arrival),
                Provenance(_origin(arrival, collected), dict(collected.reply)),
            ).submission
        except Conflict as conflict:
            # Another worker was first, and knew its case or its titles otherwise: it is still this one thing.
            durable = durable_submission(arrival)
            if conflict.code != "submission.idempotency_conflict" or durable is None:
                raise
            return durable


def _origin(arrival: Arrival, collected: Collected) -> dict[str, Any]:
    return {
        **collected.origin,
        "connection": str(arrival.connection_id),
        "rail": arrival.connection.rail,
        "kind": arrival.kind,
        "remote_id": arrival.remote_id,
        "remote_case_id": arrival.remote_case_id,
        "destination": arrival.destination,
    }


def _data(arrival: Arrival, collected: Collected) -> SubmissionData:
    with scope(arrival.organisation_id):
        case = known_case(arrival.connection, arrival.remote_case_id)
    title = line(collected.title, 200)
    try:
        return SubmissionData(
            kind=collected.kind,
            form=Form(id=collected.form_id, name=title if _names_the_form(collected, case) else ""),
            service=Service(
                id=collected.service_id,
                name=line(collected.service_name, 200),
                leika_id=_digits(collected.leika_id, 20),
            ),
            submitted_at=_moment(collected.submitted_at),
            channel=arrival.connection.rail,
            case=CaseKey(reference=case.reference) if case else None,
            message=_message(collected) if collected.kind == "message" else None,
            region=_digits(collected.region, 12),
            documents=tuple(_document(one) for one in collected.files),
            test=arrival.connection.environment != Connection.Environment.PRODUCTION,
        )
    except ValidationError as error:
        raise Invalid(
            "What arrived says something of itself that cannot be stored.",
            code="arrival.not_takeable",
            remedy="Look at the fields named; reject it, or have its sender send it in another form.",
            fields=sorted({".".join([error.title, *map(str, one["loc"])]) for one in error.errors()}),
        ) from error


def _names_the_form(collected: Collected, case: object) -> bool:
    return collected.kind == "application" or case is None


def _message(collected: Collected) -> Message:
    return Message(
        subject=line(collected.subject or collected.title, 300),
        body=collected.body,
        direction="in",
        sent_at=_moment(collected.submitted_at),
    )


def _document(file: inbound.IncomingFile) -> DocumentData:
    return DocumentData(part=file.part, role=file.role, title=line(file.title, 300))  # type: ignore[arg-type]


def _file(file: inbound.IncomingFile, stack: ExitStack) -> IncomingFile:
    pieces = _pieces(file)
    stack.enter_context(closing(pieces))
    return IncomingFile(file.part, file.filename, file.media_type, pieces)


def _pieces(file: inbound.IncomingFile) -> Any:
    with file.open() as stream:
        yield from chunks(stream)


def line(text: str, longest: int) -> str:
    """Return a text of others as one line that can be stored; how it was stays in the origin."""
    clean = "".join(_plain(text))
    return unicodedata.normalize("NFC", " ".join(clean.split()))[:longest].strip()


def _plain(text: str) -> Iterator[str]:
    for character in text:
        yield " " if unicodedata.category(character) in ("Cc", "Cs") else character


def _digits(text: str, longest: int) -> str:
    return text if text.isascii() and text.isdigit() and len(text) <= longest else ""


def _moment(at: datetime | None) -> datetime | None:
    """A time that cannot be one (no zone, the year 1) is left out rather than stopping what it came with."""
    return at if at is not None and at.tzinfo is not None and EARLIEST <= at < LATEST else None
