"""Keys over REST: which there are, and their public parts."""

from __future__ import annotations

import pytest

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.delivery.keys import import_key
from caseway.testing.builders import a_connection
from caseway.testing.tokens import issue_token
from tests.api.conftest import Sender
from tests.delivery.key_fixtures import a_key, pem, private_parts

pytestmark = pytest.mark.mission("F-11")


def test_a_system_reads_the_keys_it_may_publish(organisation: Organisation) -> None:
    a_connection(organisation, slug="dms")
    row = import_key(system(organisation.id), "dms", "sign", pem(a_key()))
    reader = Sender(issue_token(organisation, ["connections:read"]))

    listed = reader.get("connections/dms/keys")
    jwk = reader.get(f"connections/dms/keys/{row.kid}")

    assert [(row.kid, "sign", "prepared", True)] == [
        (one["kid"], one["use"], one["state"], one["selfSigned"]) for one in listed.json()["items"]
    ]
    assert (200, row.kid, ["verify"]) == (jwk.status_code, jwk.json()["kid"], jwk.json()["key_ops"])
    said = listed.content.decode() + jwk.content.decode()
    assert [] == [part for part in private_parts(a_key()) if part in said]


def test_without_the_scope_and_without_the_key_there_is_a_problem(organisation: Organisation) -> None:
    a_connection(organisation, slug="dms")
    reader = Sender(issue_token(organisation, ["connections:read"]))
    other = Sender(issue_token(organisation, ["deliveries:read"]))

    refused, missing = other.get("connections/dms/keys"), reader.get("connections/dms/keys/none")

    assert (403, "access.not_permitted") == (refused.status_code, refused.json()["code"])
    assert (404, "keys.not_found") == (missing.status_code, missing.json()["code"])
