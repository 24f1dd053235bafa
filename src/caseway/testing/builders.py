"""Builders of rows for tests and demonstrations: valid, short to call, invented people only.

Every builder opens the scope of the organisation it builds for. They write rows as the use cases leave them;
a test of the use cases themselves calls those instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caseway.access.models import Membership, Organisation, Role, User
from caseway.access.scope import scope
from caseway.cases.models import Case, Document, DocumentRole, Event, Rendition
from caseway.core.blobs import Blob
from caseway.core.clock import now
from caseway.core.ids import short_reference
from caseway.delivery.models import (
    Connection,
    Delivery,
    DeliveryState,
    Lane,
    Route,
)
from caseway.intake.contents import contents
from caseway.intake.models import Submission
from caseway.mapping.models import MappingVersion
from caseway.testing.built_steps import steps_of, why

APPLICANT = {"name": "Erika Mustermann", "email": "erika.mustermann@example.org"}


def an_organisation(slug: str = "beispielhausen", name: str = "Stadt Beispielhausen") -> Organisation:
    """Return an organisation, made where it does not exist."""
    return Organisation.objects.get_or_create(slug=slug, defaults={"name": name})[0]


def a_user(
    organisation: Organisation,
    role: Role = Role.FUNCTIONAL_ADMINISTRATOR,
    email: str = "max.mustermann@example.org",
    password: str | None = None,
    name: str = "Max Mustermann",
) -> User:
    """Return a person with a role in an organisation."""
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, password, name)
    Membership.objects.update_or_create(user=user, organisation=organisation, defaults={"role": role})
    return user


def a_connection(organisation: Organisation, slug: str = "dms", **fields: Any) -> Connection:
    """Return a connection of the CMIS rail in the sandbox."""
    values = {"name": "d.velop documents", "rail": "cmis", "settings": {}, **fields}
    with scope(organisation.id):
        return Connection.objects.create(organisation=organisation, slug=slug, **values)


def a_route(connection: Connection, name: str = "Hundesteuer", **fields: Any) -> Route:
    """Return a route to a connection; without conditions it matches everything."""
    with scope(connection.organisation_id):
        return Route.objects.create(
            organisation_id=connection.organisation_id, connection=connection, name=name, **fields
        )


def a_mapping(organisation: Organisation, mapping_id: str = "hundesteuer") -> MappingVersion:
    """Return a published mapping of two properties; the applicant's name is marked sensitive."""
    properties = {
        "355": {"label": "Auftrag-ID", "value": {"property": "submission.reference"}},
        "401": {"label": "Name", "value": {"property": "applicant.name"}, "sensitive": True},
    }
    roles = ("case", *DocumentRole.values)
    resolved = {"targets": {role: {"properties": properties} for role in roles}}
    with scope(organisation.id):
        return MappingVersion.objects.create(
            organisation=organisation,
            mapping_id=mapping_id,
            version=MappingVersion.objects.filter(mapping_id=mapping_id).count() + 1,
            state=MappingVersion.State.PUBLISHED,
            document=resolved,
            resolved=resolved,
            published_at=now(),
        )


def a_case(organisation: Organisation, reference: str = "", **fields: Any) -> Case:
    """Return a case."""
    values = {"title": "Hundesteuer, Anmeldung", "service_id": "99102013104000", **fields}
    with scope(organisation.id):
        return Case.objects.create(
            organisation=organisation, reference=reference or short_reference("HS"), **values
        )


def a_submission(
    organisation: Organisation, case: Case | None = None, documents: int = 1, **fields: Any
) -> Submission:
    """Return an accepted submission with an application document, accompanying ones, and its events."""
    case = case or a_case(organisation)
    reference = fields.pop("reference", short_reference("S"))
    files = [_a_file(reference, index) for index in range(documents)]
    values = {
        "sender": "form-portal",
        "idempotency_key": reference,
        "content_hash": "0" * 64,
        "form_id": "hundesteuer",
        "form_name": "Hundesteuer, Anmeldung",
        "form_version": "7",
        "service_id": "99102013104000",
        "service_name": "Hundesteuer",
        "applicant": APPLICANT,
        "received_at": now(),
        "documents_count": documents,
        "bytes": sum(file.blob.size for file in files),
        **fields,
    }
    with scope(organisation.id):
        submission = Submission.objects.create(
            organisation=organisation, case=case, reference=reference, **values
        )
        for index, file in enumerate(files, start=1):
            _a_document(submission, index, file)
        for kind in ("submission.accepted", "document.placed"):
            _event(kind, submission, at=submission.received_at)
    return submission


def a_delivery(
    submission: Submission,
    connection: Connection,
    state: str = DeliveryState.WAITING,
    *,
    steps: int | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> Delivery:
    """Return a delivery in a state, with the steps, tries, receipts and exchanges that lead there.

    Its steps are the case folder and every document; `steps=0` makes none.
    """
    owed_at = at or submission.received_at
    with scope(submission.organisation_id):
        lane, _ = Lane.objects.get_or_create(
            organisation_id=submission.organisation_id, connection=connection, case_id=submission.case_id
        )
        delivery = Delivery.objects.create(
            organisation_id=submission.organisation_id,
            lane=lane,
            position=lane.deliveries.count() + 1,
            connection=connection,
            case_id=submission.case_id,
            submission=submission,
            state=state,
            created_at=owed_at,
            window_starts_at=owed_at,
            **{**why(state, owed_at), "route_name": "Hundesteuer", **fields},
        )
        _event(
            "delivery.owed", submission, delivery, at=owed_at, connection=connection.name, route="Hundesteuer"
        )
        if state not in (DeliveryState.NOT_APPLICABLE,):
            steps_of(delivery, submission.documents_count + 1 if steps is None else steps, owed_at)
    return delivery


def nothing_to_send(submission: Submission, rule: str = "no route matches") -> None:
    """Write that no route matched a submission."""
    with scope(submission.organisation_id):
        _event("delivery.not_applicable", submission, at=submission.received_at, rule=rule)


_APPLICATION_XML = """<?xml version="1.0" encoding="UTF-8"?>
<antrag>
  <formular id="hundesteuer" version="7"/>
  <antragsteller>
    <name>Erika Mustermann</name>
  </antragsteller>
  <hund>
    <rufname>Bello</rufname>
    <rasse/>
  </hund>
</antrag>
"""

_KINDS = (
    (DocumentRole.APPLICATION, "Antrag", "antrag.pdf", "application/pdf"),
    (DocumentRole.STRUCTURED, "Formulardaten", "antrag.xml", "application/xml"),
)


@dataclass(frozen=True)
class _File:
    role: DocumentRole
    title: str
    filename: str
    media_type: str
    blob: Blob


def _a_file(reference: str, index: int) -> _File:
    """Write the content of one file: the application, then its structured form, then what accompanies it."""
    number = index - len(_KINDS) + 1
    accompanying = (DocumentRole.ATTACHMENT, f"Anlage {number}", f"anlage-{number}.pdf", "application/pdf")
    kind = _KINDS[index] if index < len(_KINDS) else accompanying
    text = _APPLICATION_XML if kind[0] == DocumentRole.STRUCTURED else f"%PDF-1.7 {reference} {index}"
    return _File(*kind, contents().write([text.encode()]))


def _a_document(submission: Submission, index: int, file: _File) -> None:
    document = Document.objects.create(
        organisation_id=submission.organisation_id,
        case_id=submission.case_id,
        submission_id=submission.id,
        role=file.role,
        index=index,
        title=file.title,
        filename=file.filename,
    )
    Rendition.objects.create(
        organisation_id=submission.organisation_id,
        document=document,
        sha256=file.blob.sha256,
        size=file.blob.size,
        media_type=file.media_type,
    )


def _event(
    kind: str,
    submission: Submission,
    delivery: Delivery | None = None,
    *,
    at: datetime,
    **data: Any,
) -> None:
    """Write an event at a time, telling nobody: a builder makes what is, not what follows."""
    delivery_id: UUID | None = delivery.id if delivery else None
    Event.objects.create(
        organisation_id=submission.organisation_id,
        kind=kind,
        at=at,
        submission_id=submission.id,
        case_id=submission.case_id,
        delivery_id=delivery_id,
        data=data,
    )
