"""What tests of the e-mail rail say to it: settings, occasions, steps."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO
from uuid import NAMESPACE_URL, UUID, uuid5

from caseway.mapping.facts import Facts
from caseway.rails.contract import Document, Link, Occasion, Receipt, Step
from caseway.rails.email import rail
from caseway.rails.email.config import EmailSettings
from caseway.rails.email.simulator import EmailSimulator

SENT_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TO = "erika.mustermann@example.org"


def settings_for(server: EmailSimulator, **changes: Any) -> EmailSettings:
    """Return the settings of a connection to the simulated server."""
    values: dict[str, Any] = {
        "host": "localhost",
        "port": server.smtp_port,
        "security": server.security,
        "ca_pem": server.ca_pem or None,
        "sender": "Bauamt Beispielhausen <bauamt@example.org>",
        "timeout": 20,
    }
    if server.login:
        values |= {"username": server.login[0], "password": server.login[1]}
    return EmailSettings(**{**values, **changes})


def link_to(settings: EmailSettings) -> Link:
    """Return an open connection; mail needs no HTTP client."""
    nothing: Any = None
    return Link(UUID(int=1), "sandbox", settings, nothing, nothing)


@contextmanager
def _reading(content: bytes) -> Any:
    stream: BinaryIO = io.BytesIO(content)
    yield stream


def a_document(filename: str, content: bytes, media_type: str = "application/pdf") -> Document:
    """Return a document that comes with an answer."""
    return Document(
        id=uuid5(NAMESPACE_URL, filename),
        role="attachment",
        index=1,
        filename=filename,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        title=filename,
        field_key="",
        open=partial(_reading, content),
    )


def an_answer(
    subject: str = "Ihr Antrag",
    body: str = "Bitte nennen Sie die Rasse.",
    documents: Sequence[Document] = (),
    number: int = 0,
    **more: Any,
) -> Occasion:
    """Return an answer to somebody who wants it by e-mail; the same number is the same answer."""
    values: dict[str, Any] = {
        "message.subject": subject,
        "message.body": body,
        "message.sentAt": SENT_AT,
    }
    return Occasion(
        submission_id=uuid5(NAMESPACE_URL, f"answer {number}"),
        case_id=uuid5(NAMESPACE_URL, "case"),
        kind="answer",
        facts=Facts(values),
        documents=documents,
        mapping=None,
        **{"reply": {"channel": "email", "address": TO}, **more},
    )


def step_of(occasion: Occasion, link: Link) -> Step:
    """Return the one step of an answer, as the engine hands it over."""
    (planned,) = rail.plan(occasion, link)
    return Step(
        key=planned.key,
        kind=planned.kind,
        payload=planned.payload,
        document=None,
        attempt=1,
        receipts={},
        progress={},
        checkpoint=lambda _: None,
        documents=tuple(occasion.documents),
    )


def send(occasion: Occasion, link: Link) -> Receipt:
    """Send an answer. Raises what the rail raises."""
    return rail.send(step_of(occasion, link), link)
