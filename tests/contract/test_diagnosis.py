"""The diagnosis of a connection of each rail, which is made to be given away, holds none of its secrets."""

from __future__ import annotations

import json

import pytest

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.diagnosis import diagnose
from caseway.delivery.links import open_connection, recording, seal, write_exchanges
from caseway.delivery.models import Connection
from caseway.testing.contract import OtherSide
from tests.contract.conftest import ROOMS


@pytest.mark.parametrize("other", ROOMS, ids=lambda kind: kind.name, indirect=True)
def test_no_secret_in_the_diagnosis_of_a_connection(other: OtherSide, organisation: Organisation) -> None:
    plain, secrets = seal(other.settings())
    with scope(organisation.id):
        connection = Connection.objects.create(
            organisation=organisation,
            slug="side",
            name=other.name,
            rail=other.rail.manifest.id,
            settings=plain,
            secrets=secrets,
        )
    opened = open_connection(connection)
    with recording() as exchanges:
        opened.rail.check(opened.link)
    with scope(organisation.id):
        write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
        found = diagnose(system(organisation.id), "side")

    text = json.dumps(found)
    assert True in found["connection"]["secrets"].values()
    assert len(found["exchanges"]) >= other.speaks_http
    assert not any(secret in text for secret in other.secrets)
