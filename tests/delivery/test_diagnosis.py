"""The diagnosis of a connection: enough to help with, nothing secret, nothing of a person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation, Role
from caseway.access.scope import scope
from caseway.core.errors import NotFound, NotPermitted, Refused, Unavailable
from caseway.delivery.connections import pause_connection
from caseway.delivery.diagnosis import EXCHANGES, RECENT, diagnose
from caseway.delivery.models import Connection, WireExchange
from caseway.testing.ledger import LedgerRail
from tests.delivery.conftest import World


def told(world: World) -> dict[str, Any]:
    with scope(world.organisation.id):
        return diagnose(system(world.organisation.id), world.connection.slug)


def exchanged(world: World, **values: Any) -> None:
    with scope(world.organisation.id):
        WireExchange.objects.create(
            organisation=world.organisation,
            connection=world.connection,
            **{"method": "GET", "url": "https://dms.example/", "duration_ms": 1.26, **values},
        )


def test_it_tells_what_is_owed_and_what_was_tried(world: World, ledger: LedgerRail) -> None:
    ledger.script.extend([Unavailable("away", code="test.away"), Refused("no", code="test.no")])
    first, second = world.accept(), world.accept()
    world.work_on(first)
    world.work_on(second)

    found = told(world)

    assert {("waiting", "test.away", 1), ("refused", "test.no", 1)} == {
        (row["state"], row["code"], row["count"]) for row in found["deliveries"]
    }
    assert [str(second.id), str(first.id)] == [one["id"] for one in found["recent"]]
    assert ["test.no", "test.away"] == [one["tries"][-1]["code"] for one in found["recent"]]
    assert all(one["tries"][-1]["ms"] >= 0 for one in found["recent"])
    assert (0, "test.away") == (found["health"]["circuit_failures"], found["health"]["last_failure_code"])
    assert (world.connection.slug, "ledger") == (found["connection"]["slug"], found["connection"]["rail"])
    assert found["caseway"]
    assert found["postgresql"] >= 150000


def test_no_words_of_the_other_side_go_out_since_they_may_name_a_person(
    world: World, ledger: LedgerRail
) -> None:
    name = "Mustermann"
    ledger.script.append(Refused(f"Akte {name} ist gesperrt", code="test.locked", document=f"{name}.pdf"))
    world.work_on(world.accept())
    exchanged(
        world,
        url=f"https://dms.example/root/{name}/Antrag?name={name}",
        object_id=f"/root/{name}",
        request_headers={"Slug": name, "Content-Type": "text/xml"},
        response_headers={"Location": f"/{name}", "Retry-After": "120"},
    )

    found = told(world)

    assert name not in json.dumps(found)
    (one,) = found["exchanges"]
    assert ("dms.example", 1.3) == (one["host"], one["ms"])
    assert {"Content-Type": "text/xml"} == one["request_headers"]
    assert {"Retry-After": "120"} == one["response_headers"]


def test_it_stays_small_however_much_there_is(world: World) -> None:
    for _ in range(RECENT + 1):
        world.accept()
    for _ in range(EXCHANGES + 1):
        exchanged(world)

    found = told(world)

    assert (RECENT, EXCHANGES) == (len(found["recent"]), len(found["exchanges"]))
    assert RECENT + 1 == sum(row["count"] for row in found["deliveries"])


def test_secrets_that_cannot_be_opened_are_told_as_that(world: World) -> None:
    with scope(world.organisation.id):
        Connection.objects.filter(id=world.connection.id).update(secrets="not-of-this-key")

    assert {"error": "secrets.unreadable"} == told(world)["connection"]["secrets"]


def test_a_login_may_be_named_after_a_person(world: World) -> None:
    with scope(world.organisation.id):
        Connection.objects.filter(id=world.connection.id).update(
            settings={"username": "e.mustermann", "service_url": "https://dms.example/"}
        )

    assert {"username": True, "service_url": "https://dms.example/"} == told(world)["connection"]["settings"]


def test_who_took_it_is_in_the_audit_trail(world: World) -> None:
    told(world)

    with scope(world.organisation.id):
        assert [world.connection.slug] == list(
            AuditEntry.objects.filter(action="connection.diagnosed").values_list("subject_id", flat=True)
        )


def test_a_pause_is_told_without_who_and_why(world: World) -> None:
    pause_connection(system(world.organisation.id), world.connection.slug, "asked by Erika Mustermann")

    found = told(world)

    assert found["health"]["paused_at"]
    assert "Mustermann" not in json.dumps(found)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_it_is_for_those_who_may_change_the_connection(
    world: World, organisation: Organisation, role: Role
) -> None:
    actor = Actor("user", "someone@example.org", "Someone", organisation.id, role)
    with scope(organisation.id), pytest.raises(NotPermitted):
        diagnose(actor, world.connection.slug)


def test_a_connection_that_is_not_there(world: World) -> None:
    with scope(world.organisation.id), pytest.raises(NotFound, match="nowhere"):
        diagnose(system(world.organisation.id), "nowhere")
