"""Routes: made, changed and taken away by who may, checked the same at every door, and kept in the trail."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation, Role
from caseway.access.scope import scope
from caseway.core.errors import Invalid, NotFound, NotPermitted
from caseway.core.ids import uuid7
from caseway.delivery.models import Connection, Route
from caseway.delivery.routes import drafted, remove_route, save_route
from caseway.testing.builders import a_connection


@pytest.fixture
def dms(organisation: Organisation) -> Connection:
    return a_connection(organisation)


def person(organisation: Organisation, role: Role) -> Actor:
    return Actor("user", "u-1", "Max Mustermann", organisation.id, role=role)


def test_routes_are_looked_at_in_the_order_they_were_made(
    organisation: Organisation, dms: Connection
) -> None:
    made = [save_route(system(organisation.id), drafted(name=name, connection="dms")) for name in ("A", "B")]

    assert [10, 20] == [route.position for route in made]


def test_a_change_keeps_what_it_is_and_where_it_stands(organisation: Organisation, dms: Connection) -> None:
    admin = person(organisation, Role.FUNCTIONAL_ADMINISTRATOR)
    route = save_route(admin, drafted(name="Hund", connection="dms", position=7))

    changed = save_route(
        admin, drafted(name="Hunde", connection="dms", form_id="hund", active=False), route.id
    )

    assert (route.id, 7, "Hunde", "hund", False) == (
        changed.id,
        changed.position,
        changed.name,
        changed.form_id,
        changed.active,
    )


def test_who_made_changed_and_removed_a_route_is_in_the_trail(
    organisation: Organisation, dms: Connection
) -> None:
    admin = person(organisation, Role.ADMINISTRATOR)
    route = save_route(admin, drafted(name="Hund", connection="dms"))
    save_route(admin, drafted(name="Hunde", connection="dms"), route.id)

    assert "Hunde" == remove_route(admin, route.id)

    with scope(organisation.id):
        assert not Route.objects.exists()
        told = AuditEntry.objects.order_by("number").values_list("action", "subject_id", "details__name")
        assert [
            ("routes.edit", str(route.id), "Hund"),
            ("routes.edit", str(route.id), "Hunde"),
            ("routes.delete", str(route.id), "Hunde"),
        ] == list(told)


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_who_may_not_edit_routes_cannot(organisation: Organisation, dms: Connection, role: Role) -> None:
    route = save_route(system(organisation.id), drafted(name="Hund", connection="dms"))

    with pytest.raises(NotPermitted):
        save_route(person(organisation, role), drafted(name="X", connection="dms"))
    with pytest.raises(NotPermitted):
        remove_route(person(organisation, role), route.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"name": "a\x07"},
        {"kind": "parcel"},
        {"channel": "API!"},
        {"form_id": "x" * 101},
        {"position": -1},
        {"position": 2**31},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_cannot_be_a_route_is_named_by_its_field(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as error:
        drafted(**{"name": "Hund", "connection": "dms", **wrong})

    assert "route.invalid" == error.value.code
    assert wrong.keys() == error.value.details["fields"].keys()


def test_a_route_of_another_organisation_is_not_there(
    organisation: Organisation, other_organisation: Organisation, dms: Connection
) -> None:
    route = save_route(system(organisation.id), drafted(name="Hund", connection="dms"))
    stranger = person(other_organisation, Role.ADMINISTRATOR)
    a_connection(other_organisation, "ours")

    for act in (
        lambda: save_route(stranger, drafted(name="X", connection="ours"), route.id),
        lambda: save_route(stranger, drafted(name="X", connection="dms")),
        lambda: remove_route(stranger, route.id),
        lambda: remove_route(stranger, uuid7()),
    ):
        with pytest.raises(NotFound):
            act()
