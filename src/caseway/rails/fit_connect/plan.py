"""What a delivery over FIT-Connect consists of: announced, each attachment uploaded, submitted; or one event.

Pure but for nothing: no request is made. Ids of attachments are derived from the documents, so that a plan
made twice names the same; an announcement that was lost leaves nothing behind, for what is not submitted is
deleted by the platform after a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from caseway.core.errors import Invalid, NotConfigured, TooLarge
from caseway.rails.contract import Document, Link, Occasion, PlannedStep
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.metadata import reply_by_fit_connect

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
_SEALED_EXTRA = 1024  # header, wrapped key, nonce and tag of a JWE for a key of 4096 bits, rounded up


@dataclass(frozen=True)
class Piece:
    """A part of a document that is uploaded under an id of its own; a whole document is one piece."""

    attachment_id: str
    offset: int
    length: int


def plan(occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
    """Return the steps of an occasion (`Rail.plan`).

    Raises `Invalid` (`fit_connect.subject_data_missing`, `…_ambiguous`, `fit_connect.too_many_attachments`),
    `TooLarge` (`fit_connect.attachment_too_large`, `fit_connect.submission_too_large`) and `NotConfigured`
    (`fit_connect.service_unknown`, `fit_connect.no_way_to_answer`).
    """
    settings: FitConnectSettings = link.settings
    if occasion.purpose in ANSWERS:
        return [_event(occasion)]
    data = subject_data_of(occasion)
    documents = [one for one in occasion.documents if one.id != data.id]
    pieces = {one.id: pieces_of(one, settings) for one in documents}
    _check_limits(settings, documents, pieces, data)
    return [
        _announce(occasion, settings, pieces, data),
        *_uploads(occasion, documents, pieces),
        _submit(occasion, link, data),
    ]


def is_reply(occasion: Occasion) -> bool:
    """Say whether this goes back to who sent us the application, as a reply in its case."""
    return occasion.kind == "answer" and bool(occasion.origin)


def subject_data_of(occasion: Occasion) -> Document:
    """Return the structured file. Raises `Invalid`."""
    found = [one for one in occasion.documents if one.role == "structured"]
    if len(found) > 1:
        raise Invalid(
            "There are several structured files, and FIT-Connect carries one.",
            code="fit_connect.subject_data_ambiguous",
            remedy="Send one file with the role structured, the others as attachments.",
        )
    if not found or found[0].media_type not in DATA_TYPES:
        raise Invalid(
            "There is no structured file, and FIT-Connect carries nothing without subject data.",
            code="fit_connect.subject_data_missing",
            remedy="Send the form's data as XML or JSON with the role structured.",
        )
    return found[0]


def pieces_of(document: Document, settings: FitConnectSettings) -> Sequence[Piece]:
    """Return the pieces of a document: itself, or fragments where it is larger than a fragment may be."""
    size = settings.fragment_bytes
    if not size or document.size <= size:
        return [Piece(attachment_id(document.id), 0, document.size)]
    return [
        Piece(attachment_id(document.id, number), offset, min(size, document.size - offset))
        for number, offset in enumerate(range(0, document.size, size), start=1)
    ]


def attachment_id(document_id: UUID, fragment: int = 0) -> str:
    """Return the id of an attachment: the same for the same document, in the form of a UUIDv4."""
    digest = hashlib.sha256(f"fit-connect attachment {document_id} {fragment}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


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


def _event(occasion: Occasion) -> PlannedStep:
    about = str(occasion.brief.get("remote_id", ""))
    return PlannedStep(
        key=f"{occasion.purpose}:{about}",
        kind=EVENT,
        title=occasion.purpose,
        payload={**occasion.brief, "event": occasion.purpose},
    )


def _announce(
    occasion: Occasion, settings: FitConnectSettings, pieces: dict[UUID, Sequence[Piece]], data: Document
) -> PlannedStep:
    attachments = [piece.attachment_id for found in pieces.values() for piece in found]
    payload: dict[str, object] = {"attachments": attachments, "media_type": DATA_TYPES[data.media_type]}
    if is_reply(occasion):
        payload |= _reply_to(occasion)
    else:
        identifier, name = service_of(occasion, settings)
        payload |= {"service": identifier, "service_name": name, "region": occasion.region or settings.region}
    key = f"{ANNOUNCE}:{occasion.submission_id}"
    return PlannedStep(key, ANNOUNCE, "announcement", payload, document_id=data.id)


def _reply_to(occasion: Occasion) -> dict[str, object]:
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
    occasion: Occasion, documents: Sequence[Document], pieces: dict[UUID, Sequence[Piece]]
) -> Iterator[PlannedStep]:
    for position, document in enumerate(documents):
        for number, piece in enumerate(pieces[document.id], start=1):
            title = document.title or document.filename or document.role
            if len(pieces[document.id]) > 1:
                title = f"{title} ({number}/{len(pieces[document.id])})"
            yield PlannedStep(
                key=f"{ATTACHMENT}:{occasion.submission_id}:{piece.attachment_id}",
                kind=ATTACHMENT,
                title=title[:300],
                payload={
                    "attachment_id": piece.attachment_id,
                    "offset": piece.offset,
                    "length": piece.length,
                    "document": _described(document, position, len(pieces[document.id])),
                },
                document_id=document.id,
            )


def _described(document: Document, position: int, pieces: int) -> dict[str, object]:
    """What the metadata say of the document this piece is of; its hash is known when it is read."""
    return {
        "id": attachment_id(document.id),
        "number": position,
        "fragments": pieces,
        "purpose": purpose_of(document),
        "filename": document.filename,
        "description": document.title,
        "media_type": document.media_type,
    }


def _submit(occasion: Occasion, link: Link, data: Document) -> PlannedStep:
    payload: dict[str, object] = {"media_type": DATA_TYPES[data.media_type]}
    if not is_reply(occasion):
        identifier, name = service_of(occasion, link.settings)
        payload["service"] = {"identifier": identifier, "name": name}
        if way := wanted_answer(occasion, link):
            payload["reply"] = way
        if reference := str(occasion.facts.values.get("submission.reference") or ""):
            payload["references"] = {"senderReference": reference}
    return PlannedStep(
        f"{SUBMIT}:{occasion.submission_id}", SUBMIT, "submission", payload, document_id=data.id
    )


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


def _check_limits(
    settings: FitConnectSettings,
    documents: Sequence[Document],
    pieces: dict[UUID, Sequence[Piece]],
    data: Document,
) -> None:
    count = sum(len(found) for found in pieces.values())
    if count > settings.max_attachments:
        raise Invalid(
            f"There are {count} attachments, fragments included; {settings.max_attachments} are allowed.",
            code="fit_connect.too_many_attachments",
            remedy="Put several documents into one, or raise the size of a fragment.",
        )
    for document in documents:
        if any(_sealed(piece.length) > settings.max_attachment_bytes for piece in pieces[document.id]):
            raise TooLarge(
                f"A document of {document.size} bytes is larger than FIT-Connect takes.",
                code="fit_connect.attachment_too_large",
                remedy="Switch fragments on, or send it smaller.",
                document=str(document.id),
            )
    total = sum(_sealed(one.size) for one in [*documents, data])
    if total > settings.max_total_bytes:
        raise TooLarge(
            f"All documents together have {total} bytes encrypted, more than FIT-Connect takes.",
            code="fit_connect.submission_too_large",
            remedy="Send fewer documents at once; the others may follow in the same case.",
        )


def _sealed(size: int) -> int:
    return size * 4 // 3 + _SEALED_EXTRA
