"""People at their browsers."""

from __future__ import annotations

import pytest
from django.test import Client

from caseway.access.models import Organisation, Role
from caseway.delivery.models import Connection
from caseway.testing.builders import a_connection, a_user
from caseway.testing.people import signed_in


@pytest.fixture
def administrator(organisation: Organisation) -> Client:
    """Erika Mustermann, administrator of Stadt Beispielhausen."""
    return signed_in(
        a_user(organisation, Role.ADMINISTRATOR, "erika.mustermann@example.org", name="Erika Mustermann")
    )


@pytest.fixture
def auditor(organisation: Organisation) -> Client:
    """Max Mustermann, auditor of Stadt Beispielhausen."""
    return signed_in(a_user(organisation, Role.AUDITOR))


@pytest.fixture
def neighbour(other_organisation: Organisation) -> Client:
    """An administrator of another organisation."""
    return signed_in(
        a_user(other_organisation, Role.ADMINISTRATOR, "lieschen.mueller@example.org", name="Lieschen Müller")
    )


@pytest.fixture
def dms(organisation: Organisation) -> Connection:
    """The DMS of Stadt Beispielhausen."""
    return a_connection(organisation)
