"""Handing over: the one step after which the recipient sees it, and which must never happen twice.

Whether it happened is read in the event log of the case, and only from what is verified there. What cannot be
verified is no proof that nothing happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from caseway.core.errors import OutcomeUnknown, Refused, TooLarge
from caseway.rails.contract import Document, Link, Receipt, Step, chunks
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.described import metadata_of
from caseway.rails.fit_connect.errors import NotThere, StateConflict, Unprocessable
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.recipient import current_kid
from caseway.rails.fit_connect.reservation import (
    ENDED,
    announced,
    calls,
    document_of,
    ended,
    exchanged,
    held,
    recipient_key,
    uploaded,
)
from caseway.rails.fit_connect.sets import Tags
from caseway.rails.following import LogEntry


def hand_over(step: Step, link: Link) -> Receipt:
    """Seal metadata and data, keep their tags, and send all of it off (`Rail.send`)."""
    announcement = held(step)
    _require_same_key(announcement, step, link)
    key, document = recipient_key(step, announcement, link), document_of(step)
    content = _whole(document, link.settings.max_answer_bytes)
    data, sealed_data = seal(content, key, step.payload["media_type"])
    receipts = uploaded(step)
    described = metadata_of(step.payload, announcement, list(receipts.values()), sealed_data.sha512)
    metadata, sealed_metadata = seal(described, key, "application/json")
    of_attachments = {name: one.facts["tag"] for name, one in receipts.items()}
    tags = Tags(sealed_metadata.tag, sealed_data.tag, of_attachments).as_json()
    former = list(step.progress.get("tags", []))
    step.checkpoint({"tags": [*former, tags]})
    try:
        calls(announcement, link).submit(announcement.remote_id, metadata, data)
    except (StateConflict, Unprocessable, NotThere) as error:
        return _not_taken(step, announcement, former, link, error)
    return _handed_over(announcement, tags)


def probe(step: Step, link: Link) -> Receipt | None:
    """Look for the delivery service's word that it holds what one of our tries sent (`Rail.probe`)."""
    announcement = announced(step)
    return _found(announcement, step.progress.get("tags", []), link) if announcement else None


def _not_taken(
    step: Step, announcement: Receipt, former: Sequence[Any], link: Link, error: Refused
) -> Receipt:
    """What a refusal of the last step means: an earlier try may be why, though its answer was lost."""
    if isinstance(error, StateConflict):
        raise OutcomeUnknown(
            "It was handed over before, perhaps by a try whose answer was lost.",
            code="fit_connect.handed_over_before",
            **error.details,
        ) from error
    if former and (found := _found(announcement, former, link)) is not None:
        return found
    if isinstance(error, NotThere) and error.code in ENDED:
        raise ended(step) from error
    raise error


def _found(announcement: Receipt, tries: Sequence[Mapping[str, Any]], link: Link) -> Receipt | None:
    what, case_id = announcement.facts["what"], announcement.facts["remote_case_id"]
    event, about = f"submit-{what}", f"{what}:{announcement.remote_id}"
    entries = _log(case_id, link, tried=bool(tries))
    entry = log.find(entries, event, about)
    if entry is None:
        _require_no_doubt(entries, event, about)
        return None
    for tags in tries:
        if log.same_tags(entry, tags):
            return _handed_over(announcement, tags, adopted=True)
    raise Refused(
        "The delivery service holds another content than what we sent.",
        code="fit_connect.foreign_content",
        remedy="Ask the operator of the delivery service, with the log; do not send again before.",
        about=about,
    )


def _log(case_id: str, link: Link, *, tried: bool) -> Sequence[LogEntry]:
    try:
        return log.read(case_id, link)
    except NotThere as error:
        if not tried:
            return ()
        raise Refused(
            "The log of the case is gone, so that it cannot be told whether it was handed over.",
            code="fit_connect.log_gone",
            remedy="Ask the recipient whether it arrived, before it is sent anew.",
            case=case_id,
        ) from error


def _require_no_doubt(entries: Sequence[LogEntry], event: str, about: str) -> None:
    doubtful = log.doubtful(entries, (event,), about)
    if doubtful is not None:
        raise OutcomeUnknown(
            f"The log says that it was handed over, and cannot be verified: {doubtful.sentence}",
            code="fit_connect.log_not_verified",
            because=doubtful.code,
        )


def _handed_over(announcement: Receipt, tags: Mapping[str, Any], *, adopted: bool = False) -> Receipt:
    facts = {
        "what": announcement.facts["what"],
        "remote_case_id": announcement.facts["remote_case_id"],
        "destination_id": announcement.facts.get("destination_id", ""),
        "tags": dict(tags),
    }
    return Receipt(announcement.remote_id, facts, adopted=adopted, awaiting=True)


def _require_same_key(announcement: Receipt, step: Step, link: Link) -> None:
    """A key exchanged since the announcement makes what was uploaded unreadable: begin again."""
    if announcement.facts["what"] == "reply":
        return
    if current_kid(announcement.facts["destination_id"], link) != announcement.facts["kid"]:
        raise exchanged(step)


def _whole(document: Document, most: int) -> bytes:
    if document.size > most:
        raise TooLarge(
            f"Subject data of {document.size} bytes are larger than allowed.",
            code="fit_connect.subject_data_too_large",
            remedy="Put what is large into attachments.",
        )
    with document.open() as stream:
        return b"".join(chunks(stream))
