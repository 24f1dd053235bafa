"""An organisation at work: people of each role, a simulated DMS, a connection to it, a submission."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation, Role
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.links import close_clients
from caseway.delivery.models import Connection
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.intake.receive import receive_submission
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.builders import a_user
from caseway.testing.people import signed_in

XML = (
    b'<?xml version="1.0"?><f:antrag xmlns:f="urn:example:hundesteuer:1"><f:hund><f:name>Bello</f:name>'
    b"<f:rasse>Labrador</f:rasse><f:rasse>Dackel</f:rasse></f:hund></f:antrag>"
)


@pytest.fixture
def enter(organisation: Organisation) -> Callable[..., Client]:
    """Sign somebody in by role: `enter(Role.AUDITOR)`."""

    def signed(role: Role = Role.ADMINISTRATOR, of: Organisation = organisation) -> Client:
        email = f"{role.value}.{of.slug}@example.org"
        return signed_in(a_user(of, role, email, name=f"Max {role.label}"))

    return signed


@pytest.fixture
def client(enter: Callable[..., Client]) -> Client:
    """A functional administrator at their browser."""
    return enter(Role.FUNCTIONAL_ADMINISTRATOR)


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    """Caseway itself, for what a test prepares."""
    return system(organisation.id)


@pytest.fixture
def dms() -> Iterator[CmisSimulator]:
    """A DMS with the types of the public example."""
    with CmisSimulator() as running:
        yield running
    close_clients()


@pytest.fixture
def connection(actor: Actor, dms: CmisSimulator) -> Connection:
    """A tested connection to it."""
    settings = {"service_url": dms.browser_url, "login": "none"}
    return save_connection(actor, ConnectionDraft("dms-stadt", "DMS der Stadt", "cmis", "sandbox", settings))


@pytest.fixture
def submission(actor: Actor) -> Submission:
    """An application with a structured file and a document."""
    data = SubmissionData.model_validate(
        {
            "form": {"id": "hund-an", "name": "Anmeldung eines Hundes", "version": "4"},
            "service": {"id": "hundesteuer", "name": "Hundesteuer anmelden"},
            "applicant": {"givenName": "Erika", "familyName": "Mustermann"},
        }
    )
    files = [
        IncomingFile("structured", "antrag.xml", "application/xml", [XML]),
        IncomingFile("application", "antrag.pdf", "application/pdf", [b"%PDF-1.7\n1 0 obj\nendobj\n"]),
    ]
    return receive_submission(actor, data, files, "key-1").submission
