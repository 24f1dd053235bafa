"""The facts of a submission hold the whole vocabulary of mappings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Rendition
from caseway.intake.data import SubmissionData
from caseway.intake.facts import facts_for_document, facts_of
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.intake.receive import receive_submission
from caseway.mapping.facts import DocumentFacts
from caseway.mapping.vocabulary import TERMS

MESSAGE: dict[str, Any] = {
    "kind": "message",
    "form": {"id": "hund-an", "name": "Anmeldung eines Hundes", "version": "4"},
    "service": {"id": "hundesteuer", "name": "Hundesteuer anmelden", "leikaId": "99102013104000"},
    "applicant": {"givenName": "Erika", "familyName": "Mustermann", "email": "erika@example.org"},
    "submittedAt": "2026-11-16T14:03:00+01:00",
    "message": {"subject": "Nachreichung", "body": "Anbei.", "sentAt": "2026-11-20T09:15:00+01:00"},
}


def received(organisation: Organisation, content: bytes, media_type: str) -> tuple[Submission, Rendition]:
    data = SubmissionData.model_validate(MESSAGE, strict=False)
    file = IncomingFile("structured", "antrag", media_type, [content])
    found = receive_submission(system(organisation.id), data, [file], "k-1")
    return found.submission, found.renditions[0]


def described(rendition: Rendition) -> DocumentFacts:
    return DocumentFacts(id=str(rendition.document_id), role="structured", media_type=rendition.media_type)


def test_every_term_of_the_vocabulary_has_its_fact(organisation: Organisation) -> None:
    submission, rendition = received(organisation, b"<antrag/>", "application/xml")

    with scope(organisation.id):
        stored = Submission.objects.get(id=submission.id)
        facts = facts_for_document(facts_of(stored, None, None), described(rendition))

    ours = {term.name for term in TERMS if not term.name.startswith("filing.")}  # given while filing
    assert ours == set(facts.values)
    assert "beispielhausen" == facts.values["organisation.id"]
    assert "Nachreichung" == facts.values["message.subject"]
    assert datetime(2026, 11, 20, 8, 15, tzinfo=UTC) == facts.values["message.sentAt"]


def test_the_structured_file_is_xml_or_json(organisation: Organisation) -> None:
    submission, rendition = received(organisation, b'{"hund": "Rex"}', "application/json")

    with scope(organisation.id):
        facts = facts_of(submission, described(rendition), b'{"hund": "Rex"}')

    assert ({"hund": "Rex"}, None) == (facts.json, facts.xml)
