"""The facts of a submission in the vocabulary that mappings speak (caseway.mapping.vocabulary)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from caseway.core.errors import Invalid
from caseway.intake.models import Submission
from caseway.mapping.facts import DescribedDocument, Facts, document_values

_APPLICANT = ("type", "givenName", "familyName", "organisationName", "email", "mailboxId")


def facts_of(submission: Submission, structured: DescribedDocument | None, content: bytes | None) -> Facts:
    """Return the facts of a submission; `content` is that of its structured file, XML or JSON.

    `document.*` is added for each document by whoever renders (`Facts.with_values`). Raises `Invalid`
    (`submission.structured_broken`) for JSON that cannot be read, which the door refuses in the first place.
    """
    values = _submission(submission) | _names(submission) | _applicant(submission.applicant)
    if submission.message:
        values |= message_values(submission.message)
    if structured is None or content is None:
        return Facts(values)
    if is_json(structured.media_type):
        return Facts(values, json=parse_json(content))
    return Facts(values, xml=content)


def facts_for_document(facts: Facts, document: DescribedDocument) -> Facts:
    """Return the facts with those of one document."""
    return facts.with_values(document_values(document))


def message_values(message: dict[str, Any]) -> dict[str, Any]:
    """Return the `message.*` part of the vocabulary."""
    sent_at = message.get("sentAt")
    return {
        "message.id": message.get("id", ""),
        "message.subject": message.get("subject", ""),
        "message.body": message.get("body", ""),
        "message.sentAt": datetime.fromisoformat(sent_at) if sent_at else None,
        "message.direction": message.get("direction", "in"),
    }


def is_json(media_type: str) -> bool:
    """Tell whether a media type is JSON, or a form of it such as `application/ld+json` (RFC 6839, 3.1)."""
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


def parse_json(content: bytes) -> Any:
    """Return parsed JSON (RFC 8259, UTF-8). Raises `Invalid` (`submission.structured_broken`)."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid(
            "The structured file is not readable JSON.",
            code="submission.structured_broken",
            remedy="Send JSON in UTF-8 as in RFC 8259, not nested deeper than a few hundred levels.",
        ) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _submission(submission: Submission) -> dict[str, Any]:
    return {
        "submission.id": str(submission.id),
        "submission.reference": submission.reference,
        "submission.submittedAt": submission.submitted_at,
        "submission.receivedAt": submission.received_at,
        "submission.channel": submission.channel,
        "case.id": str(submission.case_id),
        "case.reference": submission.case.reference,
    }


def _names(submission: Submission) -> dict[str, Any]:
    return {
        "service.id": submission.service_id,
        "service.name": submission.service_name,
        "service.leikaId": submission.leika_id,
        "form.id": submission.form_id,
        "form.name": submission.form_name,
        "form.version": submission.form_version,
        "organisation.id": submission.organisation.slug,
        "organisation.name": submission.organisation.name,
    }


def _applicant(applicant: dict[str, Any]) -> dict[str, Any]:
    return {f"applicant.{name}": applicant.get(name, "") for name in _APPLICANT}
