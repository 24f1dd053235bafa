"""The fixed vocabulary: every name a mapping may use for what is known of a submission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from caseway.core.errors import Invalid
from caseway.mapping.hints import did_you_mean

TermType = Literal["string", "integer", "datetime", "uri"]
Scope = Literal["submission", "document", "message"]


@dataclass(frozen=True)
class Term:
    """One name: what it means, what it looks like, where it is known.

    `scope` is `submission` for what is known everywhere, `document` for what only an object with a document
    knows, `message` for what only a message knows. `personal` terms are treated as sensitive everywhere.
    """

    name: str
    type: TermType
    meaning: str
    example: str
    alias: str = ""
    scope: Scope = "submission"
    personal: bool = False


TERMS: tuple[Term, ...] = (
    Term("submission.id", "string", "Identifier of the submission, the same for ever",
         "0199c5a1-7a00-7000-8000-000000000001", "antrag.id"),
    Term("submission.reference", "string", "Short reference a person can say on the phone", "S-8F3KQ2ZT",
         "antrag.referenz"),
    Term("submission.submittedAt", "datetime", "When the applicant sent it", "2026-11-16T14:03:00+01:00",
         "antrag.gesendetAm"),
    Term("submission.receivedAt", "datetime", "When it was accepted here", "2026-11-16T14:03:02+01:00",
         "antrag.eingangAm"),
    Term("submission.channel", "string", "The way it came in", "api", "antrag.kanal"),
    Term("case.id", "string", "Identifier of the case it belongs to", "0199c5a1-7a00-7000-8000-0000000000c1",
         "vorgang.id"),
    Term("case.reference", "string", "Short reference of the case", "C-4T7M2XQA", "vorgang.referenz"),
    Term("filing.key", "string", "Key of the object being filed, by which it is found again",
         "0199c5a1-7a00-7000-8000-000000000001", "ablage.schluessel"),
    Term("service.id", "string", "Identifier of the service applied for", "hundesteuer", "dienstleistung.id"),
    Term("service.name", "string", "Name of the service applied for", "Hundesteuer anmelden",
         "dienstleistung.name"),
    Term("service.leikaId", "string", "Key of the service in the German catalogue of services",
         "99102013104000", "dienstleistung.leikaId"),
    Term("form.id", "string", "Identifier of the form", "hund-an", "formular.id"),
    Term("form.name", "string", "Name of the form, which names the application", "Anmeldung eines Hundes",
         "antrag.name"),
    Term("form.version", "string", "Version of the form", "4", "formular.version"),
    Term("organisation.id", "string", "Identifier of the authority that receives it", "musterstadt",
         "organisation.kennung"),
    Term("organisation.name", "string", "Name of the authority that receives it", "Stadt Musterstadt",
         "organisation.bezeichnung"),
    Term("applicant.type", "string", "person or organisation", "person", "antragsteller.art"),
    Term("applicant.givenName", "string", "Given name of the applicant", "Erika", "antragsteller.vorname",
         personal=True),
    Term("applicant.familyName", "string", "Family name of the applicant", "Mustermann",
         "antragsteller.nachname", personal=True),
    Term("applicant.organisationName", "string", "Name of the applying organisation", "Muster GmbH",
         "antragsteller.organisation", personal=True),
    Term("applicant.email", "string", "E-mail address of the applicant", "erika@example.org",
         "antragsteller.email", personal=True),
    Term("applicant.mailboxId", "string", "Mailbox for answers to the applicant",
         "6f1c0f6e-0000-4000-8000-000000000000", "antragsteller.postfach", personal=True),
    Term("document.id", "string", "Identifier of the document", "0199c5a1-7a00-7000-8000-0000000000d1",
         "dokument.id", "document"),
    Term("document.role", "string", "application, structured, attachment or message", "attachment",
         "dokument.rolle", "document"),
    Term("document.index", "integer", "Number of the document in its submission, from 1", "2",
         "dokument.nummer", "document"),
    Term("document.filename", "string", "File name as the sender gave it", "Impfpass.pdf",
         "dokument.dateiname", "document"),
    Term("document.mediaType", "string", "Media type of the content", "application/pdf", "dokument.medientyp",
         "document"),
    Term("document.size", "integer", "Size of the content in bytes", "48211", "dokument.groesse", "document"),
    Term("document.sha256", "string", "SHA-256 of the content, hexadecimal",
         "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "dokument.sha256", "document"),
    Term("document.fieldKey", "string", "Field of the form the file was uploaded to", "impfpass",
         "dokument.feld", "document"),
    Term("document.title", "string", "Title of the document for a person", "Impfpass", "dokument.titel",
         "document"),
    Term("message.id", "string", "Identifier of the message", "0199c5a1-7a00-7000-8000-0000000000e1",
         "nachricht.id", "message"),
    Term("message.subject", "string", "Subject of the message", "Nachreichung", "nachricht.betreff",
         "message", personal=True),
    Term("message.body", "string", "Text of the message", "Anbei der Impfpass.", "nachricht.text", "message",
         personal=True),
    Term("message.sentAt", "datetime", "When the message was sent", "2026-11-20T09:15:00+01:00",
         "nachricht.gesendetAm", "message"),
    Term("message.direction", "string", "in (from the applicant) or out (to the applicant)", "in",
         "nachricht.richtung", "message"),
)  # fmt: skip

# What every submission, document or message has, so that a required property made of it cannot be empty.
ALWAYS_KNOWN = frozenset(
    (
        "submission.id",
        "submission.reference",
        "submission.receivedAt",
        "submission.channel",
        "case.id",
        "case.reference",
        "filing.key",
        "organisation.id",
        "organisation.name",
        "document.id",
        "document.role",
        "document.index",
        "document.filename",
        "document.mediaType",
        "document.size",
        "document.sha256",
        "message.id",
    )
)

_BY_NAME = {term.name: term for term in TERMS} | {term.alias: term for term in TERMS if term.alias}


def find_term(name: str) -> Term | None:
    """Return the term with this English name or German alias."""
    return _BY_NAME.get(name)


def term(name: str) -> Term:
    """Return the term with this name. Raises `Invalid` (`mapping.property_unknown`) with a close name."""
    found = _BY_NAME.get(name)
    if found is None:
        raise Invalid(
            f"{name} is not a name of the vocabulary.",
            code="mapping.property_unknown",
            remedy=did_you_mean(name, _BY_NAME) or "See the list of names in the mapping reference.",
            name=name,
        )
    return found
