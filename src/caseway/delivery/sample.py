"""What a conformance run sends: a sample made on the spot, or a submission that somebody names."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from caseway.access.models import Organisation
from caseway.core.clock import now
from caseway.core.errors import NotFound
from caseway.core.ids import short_reference, uuid7
from caseway.delivery.models import Connection
from caseway.delivery.occasion import occasion_for
from caseway.intake.models import Submission
from caseway.mapping.bindings import in_force, mapping_for
from caseway.mapping.facts import Facts
from caseway.mapping.models import MappingBinding
from caseway.rails.contract import Occasion
from caseway.rails.samples import XML, sample_document, sample_pdf

_STRUCTURED = """<?xml version="1.0" encoding="UTF-8"?>
<antrag><antragsteller><name>Erika Mustermann</name></antragsteller></antrag>
"""


def sample_for(connection: Connection, submission_id: UUID | None, room: Path) -> Occasion:
    """Return the sample of a run, in the caller's scope. Raises `NotFound` (`submission.not_found`).

    The mapping is the one that serves the submission named, else the newest one bound to the connection.
    """
    if submission_id is None:
        return _made(connection, room)
    rows = Submission.objects.select_related("case", "organisation")
    submission = rows.filter(id=submission_id).first()
    if submission is None:
        raise NotFound("There is no such submission.", code="submission.not_found")
    version = mapping_for(
        connection.organisation_id,
        form_id=submission.form_id,
        service_id=submission.service_id,
        connection_slug=connection.slug,
        at=now(),
    )
    return occasion_for(submission, version.resolved if version else None)


def _made(connection: Connection, room: Path) -> Occasion:
    binding = _newest_binding(connection)
    submission_id, case_id = uuid7(), uuid7()
    values = _values(connection, submission_id, case_id)
    if binding is not None:
        values |= {
            name: value
            for name, value in (("form.id", binding.form_id), ("service.id", binding.service_id))
            if value
        }
    text = _STRUCTURED.encode()
    documents = (
        sample_document(room, "application", "Antrag.pdf", sample_pdf("Antrag von Erika Mustermann")),
        sample_document(room, "structured", "Antrag.xml", text, media_type=XML),
        sample_document(room, "attachment", "Nachweis.pdf", sample_pdf("Nachweis"), index=1),
    )
    mapping = binding.mapping.resolved if binding else None
    return Occasion(submission_id, case_id, "application", Facts(values, xml=text), documents, mapping)


def _newest_binding(connection: Connection) -> MappingBinding | None:
    rows = MappingBinding.objects.filter(connection_slug=connection.slug, mapping__resolved__isnull=False)
    bindings = list(rows.select_related("mapping").order_by("valid_from", "id"))
    holding = in_force(bindings, now())
    return next((one for one in reversed(bindings) if one.id in holding), None)


def _values(connection: Connection, submission_id: UUID, case_id: UUID) -> dict[str, Any]:
    organisation = Organisation.objects.get(id=connection.organisation_id)
    return {
        "submission.id": str(submission_id),
        "submission.reference": short_reference("PROBE"),
        "submission.submittedAt": now(),
        "submission.receivedAt": now(),
        "submission.channel": "conformance",
        "case.id": str(case_id),
        "case.reference": short_reference("PROBE"),
        "service.id": "conformance",
        "service.name": "Konformitätslauf",
        "service.leikaId": "",
        "form.id": "conformance",
        "form.name": "Konformitätslauf",
        "form.version": "1",
        "organisation.id": organisation.slug,
        "organisation.name": organisation.name,
        "applicant.type": "person",
        "applicant.givenName": "Erika",
        "applicant.familyName": "Mustermann",
        "applicant.organisationName": "",
        "applicant.email": "erika.mustermann@example.org",
        "applicant.mailboxId": "",
    }
