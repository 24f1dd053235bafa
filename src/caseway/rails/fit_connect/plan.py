"""What a delivery over FIT-Connect consists of: announced, each attachment uploaded, submitted; or one event.

Pure but for nothing: no request is made. Ids of attachments are derived from the documents, so that a plan
made twice names the same; an announcement that was lost leaves nothing behind, for what is not submitted is
deleted by the platform after a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from caseway.core.errors import Invalid, NotConfigured, TooLarge
from caseway.rails.contract import Document, Link, Occasion, PlannedStep
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.metadata import reply_by_fit_connect
from caseway.rails.fit_connect.pieces import Piece, attachment_id, check_limits, media_type_of, pieces_of

ANNOUNCE, ATTACHMENT, SUBMIT, EVENT = "announce", "attachment", "submit", "event"
ANSWERS = ("accept", "reject", "forward")
DATA_TYPES = {
    "application/json": "application/json",
    "application/xml": "application/xml",
    "text/xml": "application/xml",
}
LEIKA = "urn:de:fim:leika:leistung:"
_CHANNELS = {  # the channel here: the channel of the metadata, and the member that is its address
    "email": ("eMail", "address"),
    "de_mail": ("deMail", "address"),
    "fink": ("fink", "finkPostfachRef"),
    "elster": ("elster", "accountId"),
    "mailbox": ("idBundDeMailbox", "mailboxUuid"),
}
_PURPOSES = {"application": "form", "message": "attachment", "attachment": "attachment"}


def plan(occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
    """Return the steps of an occasion (`Rail.plan`).

    Raises `Invalid` (`fit_connect.subject_data_missing`, `…_ambiguous`, `fit_connect.too_many_attachments`,
    `fit_connect.forward_not_in_v2`), `TooLarge` (`fit_connect.attachment_too_large`,
    `fit_connect.submission_too_large`) and `NotConfigured` (`fit_connect.service_unknown`,
    `fit_connect.no_way_to_answer`).
    """
    if occasion.purpose in ANSWERS:
        return [_event(occasion, link)]
    data = subject_data_of(occasion, link.settings)
    documents = [one for one in occasion.documents if one.id != data.id]
    pieces = {one.id: pieces_of(one, link) for one in documents}
    check_limits(link.settings, documents, pieces, data)
    described = [_described(one, at, pieces[one.id], link) for at, one in enumerate(documents)]
    says = _says(occasion, data, link)
    return [
        _announce(occasion, link.settings, described, data, says),
        *_uploads(occasion, documents, pieces, described),
        PlannedStep(f"{SUBMIT}:{occasion.submission_id}", SUBMIT, "submission", says, document_id=data.id),
    ]


def is_reply(occasion: Occasion) -> bool:
    """Say whether this goes back to who sent us the application, as a reply in its case."""
    return occasion.kind == "answer" and bool(occasion.origin)


def subject_data_of(occasion: Occasion, settings: FitConnectSettings) -> Document:
    """Return the structured file. Raises `Invalid`, `TooLarge`."""
    found = [one for one in occasion.documents if one.role == "structured"]
    if len(found) > 1:
        raise Invalid(
            "There are several structured files, and FIT-Connect carries one.",
            code="fit_connect.subject_data_ambiguous",
            remedy="Send one file with the role structured, the others as attachments.",
        )
    if not found or media_type_of(found[0]) not in DATA_TYPES:
        raise Invalid(
            "There is no structured file, and FIT-Connect carries nothing without subject data.",
            code="fit_connect.subject_data_missing",
            remedy="Send the form's data as XML or JSON with the role structured.",
        )
    if found[0].size > settings.max_answer_bytes:
        raise TooLarge(
            f"Subject data of {found[0].size} bytes are larger than allowed.",
            code="fit_connect.subject_data_too_large",
            remedy="Put what is large into attachments.",
        )
    return found[0]


def purpose_of(document: Document) -> str:
    """Return the purpose of an attachment in the words of the metadata schema (2.1.0)."""
    return _PURPOSES.get(document.role, "attachment")


def service_of(occasion: Occasion, settings: FitConnectSettings) -> tuple[str, str]:
    """Return identifier and name of the service. Raises `NotConfigured`."""
    values = occasion.facts.values
    key, name = str(values.get("service.leikaId") or ""), str(values.get("service.name") or "")
    identifier = f"{LEIKA}{key}" if key else settings.service_identifier
    if not identifier:
        raise NotConfigured(
            "It is not known which service this is about.",
            code="fit_connect.service_unknown",
            remedy="Send the service's key (leikaId), or set a service on the connection.",
        )
    return identifier, name or settings.service_name or identifier


def wanted_answer(occasion: Occasion, link: Link) -> dict[str, object]:
    """Return the reply channel for the metadata: what the applicant chose, else FIT-Connect if we offer it.

    What the applicant chose is a wish of theirs and goes before ours. Raises `NotConfigured` where we offer
    FIT-Connect and have no key that could open an answer.
    """
    channel, address = str(occasion.reply.get("channel") or ""), str(occasion.reply.get("address") or "")
    if channel in _CHANNELS and address:
        name, member = _CHANNELS[channel]
        return {name: {member: address}}
    settings: FitConnectSettings = link.settings
    if settings.reply_channel != "fit_connect":
        return {}
    keys = link.keys.decryption()
    if not keys:
        raise NotConfigured(
            "Answers over FIT-Connect are offered, but there is no key to open them.",
            code="keys.none_to_decrypt",
            remedy="Generate or import a key for decryption on the connection's page of keys.",
        )
    return reply_by_fit_connect(keys[0].public, settings.reply_standards)


def _event(occasion: Occasion, link: Link) -> PlannedStep:
    if occasion.purpose == "forward":
        _check_forwarding(occasion, link)
    _check_brief(occasion)
    return PlannedStep(
        key=f"{occasion.purpose}:{occasion.brief.get('remote_id', '')}",
        kind=EVENT,
        title=occasion.purpose,
        payload={**occasion.brief, "event": occasion.purpose},
    )


def _check_forwarding(occasion: Occasion, link: Link) -> None:
    """Only submissions are forwarded, and only in v1 (set-payload 1.2.2: forward-submission)."""
    if link.settings.api_version != "v1":
        raise Invalid(
            "API v2 has no forwarding any more.",
            code="fit_connect.forward_not_in_v2",
            remedy="Accept it: what happens to it behind us is no matter of the platform.",
        )
    if occasion.brief.get("kind") == "reply":
        raise Invalid(
            "A reply cannot be forwarded.",
            code="fit_connect.forward_not_of_reply",
            remedy="Accept or reject it.",
        )


def _check_brief(occasion: Occasion) -> None:
    if occasion.purpose == "accept" and not (occasion.brief.get("tags") or {}).get("metadata"):
        raise Invalid(
            "It was not collected, so that it cannot be said what is accepted.",
            code="fit_connect.nothing_collected",
            remedy="Collect it first.",
        )
    if occasion.purpose == "reject" and not occasion.brief.get("problems"):
        raise Invalid(
            "A rejection names at least one problem.",
            code="fit_connect.problem_missing",
            remedy="Choose one of the standard problems.",
        )


def _announce(
    occasion: Occasion,
    settings: FitConnectSettings,
    described: Sequence[Mapping[str, Any]],
    data: Document,
    says: Mapping[str, Any],
) -> PlannedStep:
    payload: dict[str, Any] = {"attachments": list(described), "media_type": says["media_type"], "says": says}
    if is_reply(occasion):
        payload |= _reply_to(occasion)
    else:
        identifier, name = service_of(occasion, settings)
        payload |= {"service": identifier, "service_name": name, "region": occasion.region or settings.region}
    key = f"{ANNOUNCE}:{occasion.submission_id}"
    return PlannedStep(key, ANNOUNCE, "announcement", payload, document_id=data.id)


def _reply_to(occasion: Occasion) -> dict[str, Any]:
    way = occasion.origin.get("reply") or {}
    if way.get("channel") != "fit_connect" or not way.get("encryptionPublicKey"):
        raise NotConfigured(
            "The sender of this application did not offer to be answered over FIT-Connect.",
            code="fit_connect.no_way_to_answer",
            remedy="Route answers of this kind to the way the applicant chose: e-mail, letter or another.",
        )
    return {
        "reply_to": occasion.origin["remote_case_id"],
        "reply_key": way["encryptionPublicKey"],
        "reply_standards": list(way.get("processStandards") or ()),
        "metadata_version": occasion.origin.get("metadata_version") or "2.1.0",
    }


def _uploads(
    occasion: Occasion,
    documents: Sequence[Document],
    pieces: Mapping[UUID, Sequence[Piece]],
    described: Sequence[Mapping[str, Any]],
) -> Iterator[PlannedStep]:
    for document, told in zip(documents, described, strict=True):
        found = pieces[document.id]
        told = {name: value for name, value in told.items() if name != "pieces"} | {"fragments": len(found)}
        for number, piece in enumerate(found, start=1):
            title = document.title or document.filename or document.role
            yield PlannedStep(
                key=f"{ATTACHMENT}:{occasion.submission_id}:{piece.attachment_id}",
                kind=ATTACHMENT,
                title=(f"{title} ({number}/{len(found)})" if len(found) > 1 else title)[:300],
                payload={
                    "attachment_id": piece.attachment_id,
                    "offset": piece.offset,
                    "length": piece.length,
                    "document": told,
                },
                document_id=document.id,
            )


def _described(document: Document, position: int, pieces: Sequence[Piece], link: Link) -> dict[str, Any]:
    """What the metadata say of a document; its hash is known when it is read."""
    return {
        "id": attachment_id(document, link),
        "number": position,
        "pieces": [piece.attachment_id for piece in pieces],
        "purpose": purpose_of(document),
        "filename": document.filename,
        "description": document.title,
        "media_type": media_type_of(document),
    }


def _says(occasion: Occasion, data: Document, link: Link) -> dict[str, Any]:
    """What the metadata say beside the documents."""
    payload: dict[str, Any] = {"media_type": DATA_TYPES[media_type_of(data)]}
    if not is_reply(occasion):
        identifier, name = service_of(occasion, link.settings)
        payload["service"] = {"identifier": identifier, "name": name}
        if way := wanted_answer(occasion, link):
            payload["reply"] = way
        if reference := str(occasion.facts.values.get("submission.reference") or ""):
            payload["references"] = {"senderReference": reference}
    return payload
