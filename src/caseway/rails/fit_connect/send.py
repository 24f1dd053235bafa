"""The effects of a delivery, one step at a time, and how to tell afterwards whether they happened.

Nothing is visible to the recipient before the last step. An announcement that got lost ends by itself after
a day; an attachment sent again overwrites itself. Only the last step, and an event of ours, must not be
doubled: whether they happened is read in the event log of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from caseway.core.errors import Invalid, OutcomeUnknown, Refused, TooLarge
from caseway.rails.contract import Document, Link, Receipt, Step, Void, chunks
from caseway.rails.fit_connect import answering, log
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.described import metadata_of
from caseway.rails.fit_connect.errors import NotThere, StateConflict
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwk import PublicKey
from caseway.rails.fit_connect.plan import ANNOUNCE, ATTACHMENT, EVENT, SUBMIT
from caseway.rails.fit_connect.recipient import checked_key, current_kid, find_recipient, reply_key
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.sealed_body import SealedBody
from caseway.rails.fit_connect.sets import Tags
from caseway.rails.fit_connect.submissions import Announcement, Submissions
from caseway.rails.fit_connect.window import sha512_of, window
from caseway.rails.subject_data import check_subject_data


def send(step: Step, link: Link) -> Receipt:
    """Have the effect of one step (`Rail.send`)."""
    return _SENDING[step.kind](step, link)


def probe(step: Step, link: Link) -> Receipt | None:
    """Say whether a step happened (`Rail.probe`)."""
    if step.kind == SUBMIT:
        return _probe_submit(step, link)
    if step.kind == EVENT:
        return answering.probe(step, link)
    return None  # an announcement without its answer is nothing; an attachment overwrites itself


def _announce(step: Step, link: Link) -> Receipt:
    if "reply_to" in step.payload:
        return _announce_reply(step, link)
    recipient = find_recipient(step.payload, link)
    warnings = _check_data(step, recipient.schema_uri, link)
    settings = link.settings
    created = Submissions(Client.of(link)).create(
        Announcement(
            destination_id=recipient.destination.id,
            attachments=step.payload["attachments"],
            service_identifier=step.payload["service"],
            service_name=step.payload["service_name"],
            region=step.payload.get("region", ""),
            case_id=_case_so_far(step),
            sender_destination_id=settings.sender_destination_id,
            callback_url=settings.callback_url,
            callback_secret=settings.callback_secret,
        )
    )
    facts = {
        "what": "submission",
        "remote_case_id": created.case_id,
        "destination_id": recipient.destination.id,
        "destination_name": recipient.destination.name,
        "kid": recipient.key.kid,
        "schema_uri": recipient.schema_uri,
        "metadata_version": recipient.metadata_version,
    }
    return Receipt(created.submission_id, facts, warnings=warnings)


def _announce_reply(step: Step, link: Link) -> Receipt:
    case_id = step.payload["reply_to"]
    key = reply_key(step.payload["reply_key"])
    standards = step.payload.get("reply_standards") or []
    reply_id = Replies(Client.of(link)).create(case_id, step.payload["attachments"])
    facts = {
        "what": "reply",
        "remote_case_id": case_id,
        "kid": key.kid,
        "reply_key": step.payload["reply_key"],
        "schema_uri": standards[0] if standards else "",
        "metadata_version": step.payload["metadata_version"],
    }
    return Receipt(reply_id, facts)


def _case_so_far(step: Step) -> str:
    """The remote case of an earlier submission on this case: a later message continues it."""
    earlier = [one for key, one in step.receipts.items() if key.startswith(f"{SUBMIT}:")]
    return str(earlier[-1].facts.get("remote_case_id", "")) if earlier else ""


def _check_data(step: Step, schema_uri: str, link: Link) -> tuple[str, ...]:
    """Hold the subject data against their schema, where it is registered. Raises `Invalid`."""
    schema = link.schemas.get(schema_uri)
    if schema is None or step.document is None:
        return (f"The subject data were not checked: the schema {schema_uri} is not registered.",)
    with step.document.open() as stream:
        problems = check_subject_data(schema, stream)
    if problems:
        raise Invalid(
            "The subject data do not keep their schema.",
            code="fit_connect.subject_data_invalid",
            remedy="Correct the form or its export; the problems say where.",
            schema=schema_uri,
            problems=problems[:20],
        )
    return ()


def _upload(step: Step, link: Link) -> Receipt:
    announced = _announced(step)
    document, piece = _document(step), step.payload
    body = SealedBody(
        partial(window, document, piece["offset"], piece["length"]),
        piece["length"],
        _key(announced, link),
        _content_type(document),
    )
    with _while_reserved(step):
        _calls(announced, link).upload(announced.remote_id, piece["attachment_id"], body.body)
    whole = body.sealed.sha512
    if piece["document"]["fragments"] > 1:
        whole = sha512_of(document) if piece["offset"] == 0 else ""
    facts = {
        "tag": body.sealed.tag,
        "sha512": whole,
        "offset": piece["offset"],
        "document": piece["document"],
    }
    return Receipt(piece["attachment_id"], facts)


def _submit(step: Step, link: Link) -> Receipt:
    announced = _announced(step)
    _require_same_key(announced, step, link)
    key, document = _key(announced, link), _document(step)
    content = _whole(document, link.settings.max_answer_bytes)
    data, sealed_data = seal(content, key, step.payload["media_type"])
    described = metadata_of(step, announced, sealed_data.sha512)
    metadata, sealed_metadata = seal(described, key, "application/json")
    tags = Tags(sealed_metadata.tag, sealed_data.tag, _attachment_tags(step)).as_json()
    step.checkpoint({"tags": [*step.progress.get("tags", []), tags]})
    try:
        with _while_reserved(step):
            _calls(announced, link).submit(announced.remote_id, metadata, data)
    except StateConflict as error:
        raise OutcomeUnknown(
            "It was handed over before, perhaps by a try whose answer was lost.",
            code="fit_connect.handed_over_before",
            **error.details,
        ) from error
    return _handed_over(announced, tags)


def _handed_over(announced: Receipt, tags: Mapping[str, Any], *, adopted: bool = False) -> Receipt:
    facts = {
        "what": announced.facts["what"],
        "remote_case_id": announced.facts["remote_case_id"],
        "destination_id": announced.facts.get("destination_id", ""),
        "tags": dict(tags),
    }
    return Receipt(announced.remote_id, facts, adopted=adopted, awaiting=True)


def _probe_submit(step: Step, link: Link) -> Receipt | None:
    """Look for the event of the delivery service, and that it is about what one of our tries sent."""
    announced = _announced(step)
    what = announced.facts["what"]
    try:
        entries = log.read(announced.facts["remote_case_id"], link)
    except NotThere:
        return None  # the reservation ended and its log with it: the next try announces anew
    found = log.find(entries, f"submit-{what}", f"{what}:{announced.remote_id}")
    if found is None:
        return None
    for tags in step.progress.get("tags", []):
        if log.same_tags(found, tags):
            return _handed_over(announced, tags, adopted=True)
    raise Refused(
        "The delivery service holds another content than what we sent.",
        code="fit_connect.foreign_content",
        remedy="Ask the operator of the delivery service, with the log; do not send again before.",
        about=found.about,
    )


def _require_same_key(announced: Receipt, step: Step, link: Link) -> None:
    """A key exchanged since the announcement makes what was uploaded unreadable: begin again."""
    if announced.facts["what"] == "reply":
        return
    kid = current_kid(announced.facts["destination_id"], link)
    if kid != announced.facts["kid"]:
        raise Void(
            "The destination exchanged its key while attachments went up.",
            _own_keys(step),
            code="fit_connect.key_exchanged",
            remedy="It is sent again with the new key by itself.",
        )


class _while_reserved:  # noqa: N801 - reads as what it is
    """A block in which the announcement must still hold; else it is made anew with all attachments."""

    def __init__(self, step: Step) -> None:
        self._step = step

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotThere):
            raise Void(
                "The announcement does not hold any more; unfinished ones end after a day.",
                _own_keys(self._step),
                code="fit_connect.reservation_ended",
                remedy="It is announced and sent again by itself.",
            ) from error


def _own_keys(step: Step) -> list[str]:
    submission = step.key.split(":")[1]
    return [key for key in step.receipts if key.split(":")[1:2] == [submission]]


def _announced(step: Step) -> Receipt:
    return step.receipts[f"{ANNOUNCE}:{step.key.split(':')[1]}"]


def _attachment_tags(step: Step) -> dict[str, str]:
    prefix = f"{ATTACHMENT}:{step.key.split(':')[1]}:"
    return {one.remote_id: one.facts["tag"] for key, one in step.receipts.items() if key.startswith(prefix)}


def _key(announced: Receipt, link: Link) -> PublicKey:
    if announced.facts["what"] == "reply":
        return reply_key(announced.facts["reply_key"])
    return checked_key(announced.facts["destination_id"], announced.facts["kid"], link)


def _calls(announced: Receipt, link: Link) -> Submissions | Replies:
    client = Client.of(link)
    return Replies(client) if announced.facts["what"] == "reply" else Submissions(client)


def _document(step: Step) -> Document:
    if step.document is None:
        raise Refused("The document of this step is gone.", code="fit_connect.document_gone")
    return step.document


def _content_type(document: Document) -> str:
    return document.media_type or "application/octet-stream"


def _whole(document: Document, most: int) -> bytes:
    if document.size > most:
        raise TooLarge(
            f"Subject data of {document.size} bytes are larger than allowed.",
            code="fit_connect.subject_data_too_large",
            remedy="Put what is large into attachments.",
        )
    with document.open() as stream:
        return b"".join(chunks(stream))


_SENDING: Mapping[str, Callable[[Step, Link], Receipt]] = {
    ANNOUNCE: _announce,
    ATTACHMENT: _upload,
    SUBMIT: _submit,
    EVENT: answering.send,
}
